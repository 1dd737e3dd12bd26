/* Devices that an owner thinks about, kept in this browser; each is asked for its price as it is today. */
import { useEffect, useState } from 'preact/hooks';
import { useLocation } from 'preact-iso';
import { Package, Trash2 } from 'lucide-preact';
import { money } from '../base/format';
import { useAsk } from '../base/use';
import { colon, words } from '../base/words';
import { Button, Card, Checkbox, Empty, Note, Page, say, Wrong } from '../ui/basic';
import { useCategories } from '../ui/categories';
import { choose, drawer, putBack, quoteArgs, remove, type Kept } from './facts';
import { CategoryIcon } from './pictures';
import { inLine, refusal, useQuestions, worth } from './steps';
import './owner.css';

const w = words({
	title: 'Your drawer', sub: 'Kept in this browser alone. Prices are as of today.', empty: 'Your drawer is empty', empty_text: 'Put in the devices that lie about at home, and see what they are worth together.', add: 'Add a device', total: 'Together worth', n: '{n} device|{n} devices',
	remove: 'Remove', removed: '{name} is removed.', undo: 'Undo', change: 'Change answers', book: 'Book {n} device|Book {n} devices', choose: 'Book {name}', max: 'At most 12 devices go into one order.', offline: 'No price now', none: 'Not bought',
}, {
	title: '我的抽屉', sub: '仅保存在此浏览器中。价格为今日价。', empty: '抽屉是空的', empty_text: '把家里闲置的设备放进来，看看一共值多少钱。', add: '添加设备', total: '合计', n: '{n} 台设备',
	remove: '移除', removed: '已移除 {name}。', undo: '撤销', change: '修改答案', book: '预约 {n} 台设备', choose: '预约 {name}', max: '一个订单最多 12 台设备。', offline: '暂无法报价', none: '不回收',
});
const most = 12;

export default function Drawer() {
	const { route } = useLocation(), cats = useCategories(), list = drawer.value;
	const [worths, setWorths] = useState<Record<string, number | undefined>>({}), [off, setOff] = useState<string[]>([]);
	const can = list.filter((k) => worths[k.id] !== undefined), on = can.filter((k) => !off.includes(k.id));
	const total = list.reduce((sum, k) => sum + (worths[k.id] ?? 0), 0);
	if (!list.length)
		return <Page title={w('title')} narrow><Empty title={w('empty')} icon={<Package aria-hidden="true" />} action={<a class="button main" href="/">{w('add')}</a>}>{w('empty_text')}</Empty></Page>;
	return (
		<Page title={w('title')} sub={w('sub')} narrow actions={<a class="button" href="/">{w('add')}</a>}>
			<Card>
				<div class="price" aria-live="polite"><span class="muted">{w('total')}</span><b>{money(total)}</b><span class="muted">{w('n', { n: list.length })}</span></div>
				<div class="actions"><Button kind="main" disabled={!on.length || on.length > most} onClick={() => { choose(on.map((k) => k.id)); route('/book'); }}>{w('book', { n: on.length })}</Button></div>
				{on.length > most && <Note tone="warn" role="status">{w('max')}</Note>}
			</Card>
			<Card>
				<ul class="things">
					{list.map((k) => {
						const name = k.name || cats.name(k.category);
						return <Thing key={k.id} kept={k} name={name} on={on.includes(k)} onWorth={(v) => setWorths((old) => (old[k.id] === v && k.id in old ? old : { ...old, [k.id]: v }))} onChoose={(yes) => setOff(yes ? off.filter((x) => x !== k.id) : [...off, k.id])}
							onRemove={() => { remove(k.id); say(w('removed', { name }), { action: { label: w('undo'), run: () => putBack(k) } }); }} />;
					})}
				</ul>
			</Card>
		</Page>
	);
}
function Thing(p: { kept: Kept; name: string; on: boolean; onWorth: (v: number | undefined) => void; onChoose: (on: boolean) => void; onRemove: () => void }) {
	const k = p.kept, questions = useQuestions(k.category), quote = useAsk('tradein.quote', quoteArgs(k)), value = worth(quote.data);
	useEffect(() => {
		if (quote.data)
			p.onWorth(value);
	}, [quote.data, value]);
	const edit = `/quote/${k.model ?? 'category'}?${k.model ? '' : `c=${encodeURIComponent(k.category)}&`}edit=${k.id}`;
	return (
		<li>
			<Checkbox label={<span class="hide">{w('choose', { name: p.name })}</span>} checked={p.on} disabled={value === undefined} onChange={p.onChoose} />
			<CategoryIcon category={k.category} />
			<div class="grow"><b>{p.name}</b><div class="small muted">{inLine(questions.data, k)}</div>{quote.data?.refused && <div class="small">{refusal(quote.data)}</div>}{quote.error && quote.error.kind !== 'offline' && <Wrong error={quote.error} retry={quote.reload} inline />}</div>
			<b class={`worth ${quote.data?.refused ? 'no' : ''}`}>{quote.data ? (quote.data.refused ? w('none') : money(value)) : quote.error ? w('offline') : ''}</b>
			<div class="actions">
				<a class="button small quiet" href={edit}>{w('change')}</a>
				<Button kind="quiet" small class="icon" aria-label={`${w('remove')}${colon()}${p.name}`} onClick={p.onRemove}><Trash2 aria-hidden="true" /></Button>
			</div>
		</li>
	);
}
