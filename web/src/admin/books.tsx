/* Whether the books hold: the last audit, and where the log stands. */
import { useEffect, useState } from 'preact/hooks';
import { Check, X } from 'lucide-preact';
import { send } from '../base/ask';
import { ago, count, when } from '../base/format';
import { cityId } from '../base/session';
import { useAsk } from '../base/use';
import { codeWords, words } from '../base/words';
import { Card, Copy, Empty, Note, Shown } from '../ui/basic';

const w = words({
	audit: 'The last audit', holds: 'All seven invariants held.', fails: 'The books did NOT hold.', at: '{when} ({ago}): {cities} cities, {entries} entries.', none: 'No audit yet', none_text: 'Run relode audit on the server: it proves the books from the books alone, and leaves its result here.', note: 'This is a note of what that audit said, not a proof. Whoever wants proof runs it again, or checks the log below.', checkpoint: 'The log of this city', checkpoint_text: 'Signed: so many entries, and the root that stands for all of them. Keep a copy elsewhere: with it anyone can show later if something was changed.', key: 'Verifier key',
}, {
	audit: '最近一次审计', holds: '七项不变量全部成立。', fails: '账本校验未通过。', at: '{when}（{ago}）：{cities} 个城市，{entries} 条记录。', none: '尚未审计', none_text: '在服务器上运行 relode audit：仅凭账本证明账本，结果会显示在这里。', note: '这只是审计结果的记录，不是证明。需要证明者可重新审计，或核对下方日志。', checkpoint: '本城市的日志', checkpoint_text: '已签名：记录条数与代表全部记录的根。请另存一份：以后任何人都能据此发现改动。', key: '验证公钥',
});
const invariant = codeWords({ 1: '', 2: '', 3: '', 4: '', 5: '', 6: '', 7: '' }, {
	1: '每种单位的账户合计为零，不得为负的账户均不为负', 2: '每台设备只在一个地方、一个状态，各处件数与设备状态一致', 3: '对每台设备、批次和城市：收入毫克数 = 现存 + 去向 + 已记损耗 − 已记盈余', 4: '含存储的设备，未逐一验证擦除或销毁的，从未上架或售出', 5: '机主所得不低于其同意的价格，未经同意不会失去设备', 6: '每台设备的生命周期内，每种补贴或碳权益至多申领一次', 7: '日志恰由这些记录按此顺序构成并已签名；每一行都与重放结果一致',
});

export function Books() {
	const audit = useAsk('report.audit', {});
	const [checkpoint, setCheckpoint] = useState<string>();
	useEffect(() => {
		send('GET', `/v1/cities/${cityId()}/log/checkpoint`).then((r) => (r.ok ? r.text() : undefined)).then(setCheckpoint, () => undefined);
	}, [cityId()]);
	return (
		<>
			<Card title={w('audit')}>
				{audit.error?.status === 404 ? <Empty title={w('none')}>{w('none_text')}</Empty> : <Shown of={audit}>{(a) => (
					<>
						<Note tone={a.holds ? 'good' : 'bad'}><b>{a.holds ? w('holds') : w('fails')}</b><br />{w('at', { when: when(a.at_us), ago: ago(a.at_us), cities: count(a.cities), entries: count(a.entries) })}</Note>
						<ul class="plain">{a.invariants?.map((i) => <li key={i.number} class="row top nowraprow">{i.holds ? <Check size={20} aria-hidden="true" class="yes" /> : <X size={20} aria-hidden="true" class="no" />}<span class="grow">{i.number}. {invariant(String(i.number)) || i.text}</span></li>)}</ul>
						{!!a.findings?.length && <pre class="text" tabIndex={0}>{a.findings.map((f) => (typeof f === 'string' ? f : JSON.stringify(f))).join('\n')}</pre>}
						<p class="small muted">{w('note')}</p>
					</>
				)}</Shown>}
			</Card>
			<Card title={w('checkpoint')} actions={checkpoint && <Copy text={checkpoint} />}>
				<p class="muted">{w('checkpoint_text')}</p>
				{checkpoint && <pre class="text" tabIndex={0}>{checkpoint}</pre>}
				<p><a href="/v1/verifier-key">{w('key')}</a></p>
			</Card>
		</>
	);
}
