/* What is stuck, why, and one click to the place where it can be moved on. */
import { useState } from 'preact/hooks';
import { type Row } from '../base/ask';
import { cityId } from '../base/session';
import { ago, when } from '../base/format';
import { useAsk, usePages } from '../base/use';
import { lang, words } from '../base/words';
import { Button, Card, Empty, Select, Shown } from '../ui/basic';
import { SiteName } from '../ui/names';
import { Table, type Column } from '../ui/table';
import { SiteSelect } from '../ui/device/act';
import { actionWord } from '../ui/device/words';
import { ArrowRight, CircleCheck } from 'lucide-preact';

const w = words({
	all: 'All', kinds: 'Kinds', site: 'Site', any_site: 'Every site', age: 'For at least', any: 'Any time', days: '{n} day|{n} days', why: 'What is stuck', unblock: 'What would help', since: 'Since', where: 'Where', list: 'Stuck', none: 'Nothing is stuck', none_text: 'Everything moves.', do: 'To do',
	item: 'Item {n}', device: 'Device {n}', payout: 'Payout {n}', batch: 'Batch {n}', consignment: 'Consignment {n}', site_n: 'Site {n}', other: '{kind} {n}',
}, {
	all: '全部', kinds: '类别', site: '网点', any_site: '所有网点', age: '至少持续', any: '不限', days: '{n} 天', why: '什么卡住了', unblock: '如何解决', since: '开始于', where: '地点', list: '卡住的事项', none: '没有卡住的事项', none_text: '一切进行顺利。', do: '处理',
	item: '订单项 {n}', device: '设备 {n}', payout: '付款 {n}', batch: '批次 {n}', consignment: '托运 {n}', site_n: '网点 {n}', other: '{kind} {n}',
});
type Stuck = Row<'exceptions.list'>;

/** Where it can be moved on. */
export function placeOf(x: Stuck): string {
	const acts = (x.actions ?? []).map((a) => a.action ?? '');
	switch (x.subject) {
	case 'device': return acts.some((a) => a.startsWith('recover.')) && !acts.some((a) => /^(erase|stock)/.test(a)) ? '/recovery' : `/bench/device/${x.id}`;
	case 'item': return acts[0] === 'inspect.record' ? `/bench/inspect/${x.id}` : `/items/${x.id}`;
	case 'batch': return `/recovery/batches/${x.id}`;
	case 'consignment': return `/recovery/consignments/${x.id}`;
	case 'payout': return '/money';
	case 'site': return `/stock/count?site=${x.id}`;
	case 'stocktake': return '/stock/count';
	default: return '/bench';
	}
}
const subjects = ['item', 'device', 'payout', 'batch', 'consignment'] as const;
function subjectOf(x: Stuck): string {
	const n = String(x.id);
	const s = subjects.find((k) => k === x.subject);
	return s ? w(s, { n }) : x.subject === 'site' ? w('site_n', { n }) : w('other', { kind: x.subject ?? '', n });
}

export function Stuck() {
	const [kind, setKind] = useState(''), [site, setSite] = useState<number>(), [days, setDays] = useState<'' | '1' | '3' | '7' | '30'>('');
	const filter = { city: cityId(), lang: lang.value, site, older_days: days ? Number(days) : undefined };
	const counts = useAsk('exceptions.counts', filter);
	const pages = usePages('exceptions.list', { ...filter, kind: kind || undefined });
	const kinds = counts.data?.items ?? [];
	const total = kinds.reduce((n, k) => n + k.count, 0);
	const columns: Column<Stuck>[] = [
		{ key: 'why', head: w('why'), width: 'minmax(240px, 2fr)', cell: (x) => <span class="two-line"><span>{x.text}</span><small class="muted">{subjectOf(x)}</small></span>, csv: (x) => `${x.kind} ${x.subject} ${x.id}` },
		{ key: 'unblock', phone: 'line', head: w('unblock'), width: 'minmax(240px, 2fr)', cell: (x) => <span class="two-line">{x.unblock}</span>, csv: (x) => x.unblock },
		{ key: 'since', head: w('since'), width: '120px', cell: (x) => ago(x.since_us), csv: (x) => when(x.since_us) },
		{ key: 'where', head: w('where'), width: 'minmax(120px, 1fr)', cell: (x) => <SiteName id={x.site} />, csv: (x) => x.site },
		{ key: 'do', phone: 'end', head: w('do'), width: '150px', cell: (x) => <a class="button small" href={placeOf(x)}>{actionWord(x.actions?.[0]?.action)} <ArrowRight aria-hidden="true" /></a>, csv: () => '' },
	];
	return (
		<div class="stack">
			<Shown of={counts} lines={2}>{() => (
				<div class="filters" role="group" aria-label={w('kinds')}>
					<Button class="pick-chip" aria-pressed={!kind} onClick={() => setKind('')}>{w('all')} <b>{total}</b></Button>
					{kinds.map((k) => <Button key={k.kind} class="pick-chip" aria-pressed={kind === k.kind} onClick={() => setKind(k.kind)}>{k.text.replace(/[.。]$/, '')} <b>{k.count}</b></Button>)}
				</div>
			)}</Shown>
			<div class="filters">
				<SiteSelect label={w('site')} value={site} onChange={setSite} any={w('any_site')} />
				<Select label={w('age')} value={days} onChange={setDays} options={[['', w('any')], ...(['1', '3', '7', '30'] as const).map((d): [typeof d, string] => [d, w('days', { n: Number(d) })])]} />
			</div>
			<Card flush label={w('list')}>
				<Table label={w('list')} rows={pages.rows} columns={columns} id={(x) => `${x.kind}${x.subject}${x.id}`} height={96} phoneHeight={176} loading={pages.loading} error={pages.error} reload={pages.reload} more={pages.more} loadMore={pages.loadMore}
					csv="stuck.csv" empty={<Empty title={w('none')} icon={<CircleCheck aria-hidden="true" />}>{w('none_text')}</Empty>} />
			</Card>
		</div>
	);
}
