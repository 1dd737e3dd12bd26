/* A day at the counter: what was taken, what is to come, what waits for one side, what is to be handed back. */
import { useState } from 'preact/hooks';
import { useLocation } from 'preact-iso';
import { ChevronLeft, ChevronRight, Printer } from 'lucide-preact';
import { ask, type Row } from '../base/ask';
import { cityId } from '../base/session';
import { dayBegins, localDay, money, nowUs, percent, count, when } from '../base/format';
import { listed, words } from '../base/words';
import { useAct, useAsk, usePages } from '../base/use';
import { Button, Card, Empty, Figure, Input, Tabs, Wrong } from '../ui/basic';
import { useCategories } from '../ui/categories';
import { DeviceState, ItemState, itemState } from '../ui/states';
import { Table, type Column } from '../ui/table';
import { Label, printSheet } from './label';

const w = words({
	taken: 'Taken', coming: 'Booked', confirm: 'One side is missing', back: 'To hand back', kept: 'Price to be accepted', none_kept: 'No price waits for an answer', none_kept_text: 'What was taken without a connection stands here until its owner has accepted the price.', ask_list: 'Ask the list of stolen devices', ask_owner: 'Owner’s answer, until {at}', next_step: 'Next', day: 'Day', before: 'The day before', after: 'The day after', today: 'Today', find: 'Label, IMEI, model or order', find_wrong: 'Nothing found for this.', state: 'State', all: 'All',
	label: 'Label', device: 'Device', price: 'Price', when: 'When', stage: 'Stage', none_taken: 'Nothing was taken on this day', none_taken_text: 'What is taken in stands here at once.', none_coming: 'No booking of this day', none_confirm: 'Nothing waits', none_confirm_text: 'Every hand-over that was begun has both confirmations.', none_back: 'Nothing is to be handed back', print: 'Print the label of {label}', take: 'Take a device', n_taken: 'Taken', sum: 'Promised', revised: 'Revised', declined: 'Declined', missing_owner: 'the owner’s', missing_us: 'ours', missing: 'Missing', views: 'What is shown', since: 'Since', order: 'Order',
}, {
	taken: '已收件', coming: '已预约', confirm: '待一方确认', back: '待退还', kept: '价格待确认', none_kept: '没有待确认的价格', none_kept_text: '断网时收取的设备会显示在这里，直到机主确认价格。', ask_list: '查询被盗名单', ask_owner: '等待机主答复，至 {at}', next_step: '下一步', day: '日期', before: '前一天', after: '后一天', today: '今天', find: '标签、IMEI、型号或订单', find_wrong: '没有找到。', state: '状态', all: '全部',
	label: '标签', device: '设备', price: '价格', when: '时间', stage: '阶段', none_taken: '当天没有收件', none_taken_text: '收件后会立即显示在这里。', none_coming: '当天没有预约', none_confirm: '没有待确认的交接', none_confirm_text: '所有已开始的交接均已双方确认。', none_back: '没有待退还的设备', print: '打印 {label} 的标签', take: '收件', n_taken: '已收', sum: '承诺总价', revised: '改价率', declined: '拒绝率', missing_owner: '机主', missing_us: '我方', missing: '待确认', views: '显示内容', since: '自', order: '订单',
});
type Seen = 'taken' | 'coming' | 'confirm' | 'kept' | 'back';
type Line = Row<'desk.items'>;
const next = (day: string, by: number) => localDay(dayBegins(day) + by * 86400e6 + 43200e6);

export function Today() {
	const today = localDay(nowUs());
	const [seen, see] = useState<Seen>('taken');
	const [day, setDay] = useState(today);
	const [state, setState] = useState('');
	const [find, setFind] = useState('');
	const [printed, setPrinted] = useState<Line>();
	const { route } = useLocation(), cats = useCategories();
	const at = cityId() ? { city: cityId(), from: day, to: next(day, 1) } : undefined;
	const list = usePages('desk.items', at && (seen === 'taken' || seen === 'coming') ? { ...at, of: seen === 'taken' ? 'taken' as const : 'booked' as const, ...(seen === 'coming' ? { state: 'booked' as const } : {}) } : undefined);
	const counts = useAsk('desk.counts', at), states = useAsk('desk.counts', at && { ...at, by: 'state' }), sum = counts.data?.rows?.[0];
	const look = useAct(async () => {
		const a = (await ask('desk.find', { city: cityId(), text: find })).items?.find((x) => x.kind === 'device' || x.kind === 'order' || x.kind === 'item');
		if (!a)
			return false;
		route(`/${a.kind}s/${a.id}`);
		return true;
	});
	const [lost, setLost] = useState(false);
	const text = find.trim().toLowerCase();
	const rows = list.rows.filter((r) => (!state || r.state === state) && (!text || [r.name, r.label, r.label?.replace(/-/g, ''), String(r.order), r.category].some((x) => x?.toLowerCase().includes(text))));
	const print = (r: Line) => {
		setPrinted(r);
		setTimeout(() => printSheet('label'), 50);
	};
	const columns: Column<Line>[] = [
		{ key: 'name', head: w('device'), width: 'minmax(150px, 2fr)', cell: (r) => r.name ?? cats.name(r.category) },
		{ key: 'label', phone: 'line', head: w('label'), width: '120px', cell: (r) => (r.label ? <span class="mono">{r.label}</span> : `#${r.order}`), csv: (r) => r.label },
		{ key: 'state', phone: 'end', head: w('state'), width: 'minmax(120px, 1fr)', cell: (r) => <ItemState state={r.state} />, csv: (r) => itemState(r.state) },
		...(seen === 'taken' ? [{ key: 'stage', head: w('stage'), width: 'minmax(110px, 1fr)', cell: (r: Line) => <DeviceState state={r.device_state} />, csv: (r: Line) => r.device_state }] : []),
		{ key: 'price', phone: 'line', head: w('price'), width: '100px', num: true, cell: (r) => money(r.agreed_minor ?? r.offered_minor ?? r.quoted_minor) },
		{ key: 'when', phone: 'line', head: w('when'), width: '72px', cell: (r) => when(r.received_us ?? r.booked_us, 'time') },
		...(seen === 'taken' ? [{ key: 'print', phone: 'end' as const, head: <span class="hide">{w('label')}</span>, width: '48px', cell: (r: Line) => (r.device ? <Button kind="quiet" small class="icon" aria-label={w('print', { label: r.label ?? '' })} onClick={() => print(r)}><Printer aria-hidden="true" /></Button> : ''), csv: () => '' }] : []),
	];
	return (
		<div class="stack">
			<div class="row day">
				<Button kind="quiet" class="icon" aria-label={w('before')} onClick={() => setDay(next(day, -1))}><ChevronLeft aria-hidden="true" /></Button>
				<Input label={w('day')} hideLabel type="date" value={day} max={today} onInput={(d) => d && setDay(d)} />
				<Button kind="quiet" class="icon" aria-label={w('after')} disabled={day >= today} onClick={() => setDay(next(day, 1))}><ChevronRight aria-hidden="true" /></Button>
				{day !== today && <Button small onClick={() => setDay(today)}>{w('today')}</Button>}
				<form class="grow" onSubmit={(e) => { e.preventDefault(); void look.run().then((ok) => setLost(ok === false)); }}>
					<Input label={w('find')} hideLabel placeholder={w('find')} value={find} onInput={(t) => { setFind(t); setLost(false); }} type="search" wrong={lost && w('find_wrong')} />
				</form>
			</div>
			<Wrong error={look.error} inline />
			<div class="figures">
				<Figure label={w('n_taken')} value={count(sum?.taken)} />
				<Figure label={w('sum')} value={money(sum?.quoted_minor)} />
				<Figure label={w('revised')} value={sum?.revised_bp === undefined ? '–' : percent(sum.revised_bp / 1e4)} />
				<Figure label={w('declined')} value={sum?.declined_bp === undefined ? '–' : percent(sum.declined_bp / 1e4)} />
			</div>
			<Tabs label={w('views')} value={seen} onChange={(v) => { see(v); setState(''); }} tabs={[{ value: 'taken', label: w('taken') }, { value: 'coming', label: w('coming') }, { value: 'confirm', label: w('confirm') }, { value: 'kept', label: w('kept') }, { value: 'back', label: w('back') }]} />
			{seen === 'taken' && (states.data?.rows?.length ?? 0) > 1 && (
				<div class="actions" role="group" aria-label={w('state')}>
					<Button small aria-pressed={!state} onClick={() => setState('')}>{w('all')}</Button>
					{states.data!.rows!.map((r) => <Button key={r.key} small aria-pressed={state === r.key} onClick={() => setState(r.key ?? '')}>{itemState(r.key)} {count(r.items)}</Button>)}
				</div>
			)}
			{seen === 'taken' || seen === 'coming' ? (
				<Card flush>
					<Table label={seen === 'taken' ? w('taken') : w('coming')} rows={rows} columns={columns} id={(r) => r.item} href={(r) => `/items/${r.item}`} loading={list.loading} error={list.error} reload={list.reload} more={list.more} loadMore={list.loadMore} csv={`counter-${day}.csv`}
						empty={<Empty title={seen === 'taken' ? w('none_taken') : w('none_coming')} action={seen === 'taken' && day === today ? <a class="button main" href="/counter">{w('take')}</a> : undefined}>{seen === 'taken' && w('none_taken_text')}</Empty>} />
				</Card>
			) : <Waiting of={seen} />}
			{printed?.device && <div class="print-only"><Label device={printed.device} what={printed.name ?? cats.name(printed.category)} at_us={printed.received_us} /></div>}
		</div>
	);
}

/* Hand-overs with one confirmation, prices that their owners have not accepted yet, and devices on their way back: of any
 * day. */
function Waiting(p: { of: 'confirm' | 'kept' | 'back' }) {
	const list = usePages('tradein.items', cityId() ? { city: cityId(), state: p.of === 'confirm' ? 'booked' : p.of === 'kept' ? 'kept' : 'returning' } : undefined, 1000);
	const rows = p.of === 'confirm' ? list.rows.filter((r) => !!r.given_us !== !!r.taken_us) : list.rows;
	const columns: Column<Row<'tradein.items'>>[] = [
		{ key: 'what', head: w('device'), width: 'minmax(140px, 2fr)', cell: (r) => <Named model={r.model} category={r.category} /> },
		{ key: 'order', phone: 'said', head: w('order'), width: '90px', cell: (r) => String(r.order) },
		p.of === 'kept' ? { key: 'next', phone: 'line' as const, head: w('next_step'), width: 'minmax(150px, 2fr)', cell: (r: Row<'tradein.items'>) => (r.offer_until_us ? w('ask_owner', { at: when(r.offer_until_us) }) : w('ask_list')) } :
		{ key: 'missing', phone: 'said', head: w('missing'), width: 'minmax(100px, 1fr)', cell: (r) => listed([!r.given_us && (p.of === 'confirm' ? w('missing_owner') : w('missing_us')), !r.taken_us && (p.of === 'confirm' ? w('missing_us') : w('missing_owner'))].filter((x) => x !== false)) },
		{ key: 'price', phone: 'end', head: w('price'), width: '100px', num: true, cell: (r) => money(r.offered_minor ?? r.quoted_minor) },
		{ key: 'since', phone: 'line', head: w('since'), width: '190px', cell: (r) => when(r.since_us) },
	];
	return <Card flush><Table label={w(p.of)} rows={rows} columns={columns} id={(r) => r.item!} href={(r) => `/items/${r.item}`} loading={list.loading} error={list.error} reload={list.reload} more={list.more} loadMore={list.loadMore}
		empty={<Empty title={w(`none_${p.of}`)}>{p.of === 'confirm' ? w('none_confirm_text') : p.of === 'kept' ? w('none_kept_text') : undefined}</Empty>} /></Card>;
}
function Named(p: { model?: number; category?: string }) {
	const m = useAsk('catalogue.model', p.model ? { model: p.model } : undefined).data, cats = useCategories();
	return <>{m ? `${m.brand} ${m.name}` : cats.name(p.category)}</>;
}
