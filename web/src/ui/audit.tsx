/* What the last audit found, in words. It is a note of what that audit said, not a proof. */
import { Check, X } from 'lucide-preact';
import { ago, count, when } from '../base/format';
import { useAsk } from '../base/use';
import { codeWords, words } from '../base/words';
import { Card, Empty, Note, Shown } from './basic';

const w = words({
	audit: 'The last audit', text: 'What the command relode audit found when it last replayed all books from their entries alone. This is a note of it, not a proof: whoever wants proof runs it again on a copy of the books.', none: 'No audit has been noted yet', none_text: 'When the operator or an auditor runs relode audit on the server, its result is shown here.',
	holds: 'All books hold.', broken: 'The books do NOT hold. Keep a copy of them, and tell your auditor.', at: '{when} ({ago}): {cities}, {entries}, {rows}.', cities: '{n} city|{n} cities', entries: '{n} entry|{n} entries', rows: '{n} row|{n} rows', rules: 'What must hold', finding: 'Rule {rule}, entry {seq}: {text}', yes: 'holds', no: 'broken',
}, {
	audit: '最近一次审计', text: '最近一次运行 relode audit、仅凭记录重放全部账本的结果。这只是审计的记录，不是证明：需要证明者应在账本副本上自行运行。', none: '还没有审计记录', none_text: '运营方或审计员在服务器上运行 relode audit 后，结果会显示在这里。',
	holds: '账本全部成立。', broken: '账本不成立！请保留副本，并通知审计员。', at: '{when}（{ago}）：{cities}，{entries}，{rows}。', cities: '{n} 个城市', entries: '{n} 条记录', rows: '{n} 行', rules: '必须成立的规则', finding: '规则 {rule}，记录 {seq}：{text}', yes: '成立', no: '不成立',
});
/* The seven rules in words; as relode audit numbers them. */
const ruleWord = codeWords({
	r1: 'In each unit all accounts sum to zero, and none that may not go below zero is below it.', r2: 'Every device is in exactly one place and state; places hold as many pieces as devices say so.', r3: 'Every milligram that came in is on hand, went out, or is recorded as lost or gained.', r4: 'No device with storage was listed or sold before every medium was verified erased or destroyed.',
	r5: 'No owner received less than a price agreed to, or lost a device without agreeing.', r6: 'At most one benefit, subsidy or carbon claim of a kind in a device’s life.', r7: 'The log is exactly these entries in this order, signed; every figure follows from them.',
}, {
	r1: '每种单位下所有账户合计为零；不得透支的账户均未透支。', r2: '每台设备只在一个地点、一种状态；各地点的件数与设备记录一致。', r3: '收入的每一毫克，或在手、或已出库、或登记为损耗与盈余。', r4: '含存储的设备，在全部介质验证擦除或销毁之前，没有上架或售出。',
	r5: '没有机主收到低于其同意价格的款项，也没有机主未经同意失去设备。', r6: '每台设备的同类优惠、补贴或碳减排申报最多一次。', r7: '日志恰由这些记录按此顺序组成并已签名；所有数据均可由其推出。',
});

export function LastAudit() {
	const audit = useAsk('report.audit', {});
	if (audit.error?.status === 404)
		return <Card title={w('audit')}><Empty title={w('none')}>{w('none_text')}</Empty></Card>;
	return (
		<Card title={w('audit')}>
			<p class="muted">{w('text')}</p>
			<Shown of={audit}>{(a) => <>
				<Note tone={a.holds ? 'good' : 'bad'} role={a.holds ? undefined : 'alert'}>
					<b>{a.holds ? w('holds') : w('broken')}</b><br />
					{w('at', { when: when(a.at_us), ago: ago(a.at_us), cities: w('cities', { n: a.cities ?? 0 }), entries: w('entries', { n: a.entries ?? 0 }), rows: w('rows', { n: a.rows ?? 0 }) })}
				</Note>
				<h3>{w('rules')}</h3>
				<ul class="checks">{(a.invariants ?? []).map((i) => <li key={i.number}>{i.holds ? <Check class="yes" aria-label={w('yes')} /> : <X class="no" aria-label={w('no')} />}<span>{count(i.number)}. {ruleWord(`r${i.number}`)}</span></li>)}</ul>
				{!!a.findings?.length && <ul>{a.findings.map((f, i) => <li key={i}>{w('finding', { rule: f.invariant ?? 0, seq: String(f.seq ?? ''), text: f.text ?? '' })}</li>)}</ul>}
			</>}</Shown>
		</Card>
	);
}
