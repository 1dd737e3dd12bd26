/* What is in stock: by category, grade and age; put up for sale, priced, taken back, one or many. /stock/count counts a site. */
import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { useLocation } from 'preact-iso';
import { ClipboardCheck } from 'lucide-preact';
import { ask, Problem, type Row } from '../base/ask';
import { can, cityId, signedIn } from '../base/session';
import { ago, count, money, nowUs, parseMoney, when } from '../base/format';
import { useAsk, usePages } from '../base/use';
import { words } from '../base/words';
import { Button, Card, Choices, Empty, Figure, Input, Note, Page, Select, Shown, Wrong } from '../ui/basic';
import { CategoryName } from '../ui/categories';
import { grades, ModelName, modelText, SiteName } from '../ui/names';
import { Table, type Column } from '../ui/table';
import { DeviceState } from '../ui/states';
import { PriceInput, SiteSelect } from '../ui/device/act';
import { Batch } from '../ui/device/batch';
import { actionWord } from '../ui/device/words';
import { CountPage } from './count';
import './stock.css';

const w = words({
	title: 'Stock', count: 'Count a site', on_hand: 'On hand', for_sale: 'For sale', asked: 'Asked in all', not_listed: 'Not yet for sale', category: 'Category', grade: 'Look at least', function: 'Function at least', age: 'In stock for', state: 'State', every: 'All', any_site: 'Every site', site: 'Site', in_stock: 'In stock', listed: 'For sale', sold: 'Sold, not handed over',
	device: 'Device', grades: 'Grades', label: 'Label', price: 'Asking price', since: 'Since', selected: '{n} selected', none: 'Nothing like this in stock', none_text: 'Take away a filter, or take devices in on the bench.', list: 'Devices in stock', age_7: 'over 7 days', age_30: 'over 30 days', age_90: 'over 90 days', clear: 'Clear the filters', returns: 'Returned',
	how: 'New price', fixed: 'The same for all', percent: 'By percent', percent_hint: 'Below zero is cheaper: -10', percent_now: 'Only for devices that are for sale now.', percent_wrong: 'A number between -90 and 200', not_on_sale: 'It is not for sale: give it a price first.', offers: 'What buyers see', facets: 'Filters', sales: 'Sales and buyers',
}, {
	title: '库存', count: '盘点', on_hand: '在库', for_sale: '在售', asked: '在售总价', not_listed: '尚未上架', category: '类别', grade: '外观不低于', function: '功能不低于', age: '在库时间', state: '状态', every: '全部', any_site: '所有网点', site: '网点', in_stock: '在库', listed: '在售', sold: '已售待交付',
	device: '设备', grades: '等级', label: '标签', price: '售价', since: '时间', selected: '已选 {n} 台', none: '没有符合条件的库存', none_text: '请减少筛选条件，或在检测台入库设备。', list: '库存设备', age_7: '超过 7 天', age_30: '超过 30 天', age_90: '超过 90 天', clear: '清除筛选', returns: '退货',
	how: '新价格', fixed: '统一价格', percent: '按百分比', percent_hint: '负数为降价：-10', percent_now: '仅适用于正在销售的设备。', percent_wrong: '请输入 -90 到 200 之间的数', not_on_sale: '尚未上架，请先定价。', offers: '买家所见', facets: '筛选', sales: '销售与买家',
});
type Dev = Row<'stock.inventory'>;
type Facet = Row<'stock.facets'>;
const ages = ['to_7_days', 'to_30_days', 'to_90_days', 'over_90_days'];
const older = ['', '7', '30', '90'] as const;
interface Filter { category: string; c: number; f: number; age: (typeof older)[number]; state: '' | 'stock' | 'listed' | 'sold'; site?: number }
const blank: Filter = { category: '', c: 0, f: 0, age: '', state: '' };
/* Whether a facet is within the filter, one dimension left out. */
function within(x: Facet, f: Filter, but?: keyof Filter): boolean {
	return (but === 'category' || !f.category || x.category === f.category) && (but === 'c' || !f.c || (x.grade_c ?? 0) >= f.c) && (but === 'f' || !f.f || (x.grade_f ?? 0) >= f.f) && (but === 'age' || ages.indexOf(x.age) >= older.indexOf(f.age));
}
const sum = (list: Facet[], of: (x: Facet) => number) => list.reduce((n, x) => n + of(x), 0);

export default function Stock() {
	const { path } = useLocation();
	if (!signedIn())
		return <Page title={w('title')} narrow><Wrong error={new Problem('unauthenticated', 401, '')} /></Page>;
	return path.startsWith('/stock/count') ? <CountPage /> : <Shelf />;
}

function Shelf() {
	const city = cityId(), may = can('clerk', 'technician', 'admin');
	const [f, setF] = useState<Filter>(blank), [picked, pick] = useState(new Set<string | number>()), [batch, setBatch] = useState<'stock.list' | 'stock.unlist'>();
	const facets = useAsk('stock.facets', { city });
	const [dayNow] = useState(() => nowUs());
	const pages = usePages('stock.inventory', { city, category: f.category || undefined, grade_c: f.c || undefined, grade_f: f.f || undefined, state: f.state || undefined, site: f.site, received_before_us: f.age ? dayNow - Number(f.age) * 86400e6 : undefined }, 500);
	const change = (c: Partial<Filter>) => {
		setF({ ...f, ...c });
		pick(new Set());
	};
	const chosen = pages.rows.filter((d) => picked.has(d.device!));
	const columns: Column<Dev>[] = [
		{ key: 'device', head: w('device'), width: 'minmax(180px, 2fr)', cell: (d) => <ModelName id={d.model} category={d.category} />, csv: (d) => modelText(d.model) || d.category },
		{ key: 'label', phone: 'line', head: w('label'), width: '130px', cell: (d) => <span class="mono">{d.label}</span>, csv: (d) => d.label },
		{ key: 'grade', phone: 'line', head: w('grades'), width: '80px', cell: (d) => grades(d.grade_c, d.grade_f) },
		{ key: 'state', phone: 'line', head: w('state'), width: '110px', cell: (d) => <DeviceState state={d.state} />, csv: (d) => d.state },
		{ key: 'price', phone: 'end', head: w('price'), width: '120px', num: true, cell: (d) => (d.listed_minor ? money(d.listed_minor) : ''), csv: (d) => d.listed_minor },
		{ key: 'since', phone: 'line', head: w('since'), width: '120px', cell: (d) => ago(d.since_us), csv: (d) => when(d.since_us) },
		{ key: 'site', phone: 'line', head: w('site'), width: 'minmax(130px, 1fr)', cell: (d) => <SiteName id={d.site} />, csv: (d) => d.site },
		{ key: 'returns', head: w('returns'), width: '80px', num: true, cell: (d) => (d.returns ? String(d.returns) : ''), csv: (d) => d.returns },
	];
	const filtered = JSON.stringify(f) !== JSON.stringify(blank);
	return (
		<Page title={w('title')} actions={<><a class="button" href="/offers">{w('offers')}</a>{can('clerk', 'admin') && <a class="button" href="/offers/buyers">{w('sales')}</a>}{may && <a class="button" href="/stock/count"><ClipboardCheck aria-hidden="true" />{w('count')}</a>}</>}>
			<div class="stack facets-room"><Shown of={facets} lines={9}>{(a) => {
				const all = a.items ?? [], now = all.filter((x) => within(x, f));
				const chip = (on: boolean, text: ComponentChildren, n: number, go: () => void, key: string) => <Button key={key} aria-pressed={on} onClick={go}>{text} <b>{count(n)}</b></Button>;
				const codes = [...new Set(all.map((x) => x.category))].sort((x, y) => sum(all.filter((z) => z.category === y), (z) => z.devices) - sum(all.filter((z) => z.category === x), (z) => z.devices));
				const devices = (list: Facet[]) => sum(list, (x) => x.devices);
				return <>
					<div class="figures">
						<Figure label={w('on_hand')} value={count(devices(now))} /><Figure label={w('for_sale')} value={count(sum(now, (x) => x.listed))} /><Figure label={w('not_listed')} value={count(devices(now) - sum(now, (x) => x.listed))} /><Figure label={w('asked')} value={money(sum(now, (x) => x.asked_minor))} />
					</div>
					<div class="facets" role="group" aria-label={w('facets')}>
						<fieldset class="facet"><legend>{w('category')}</legend><div>
							{chip(!f.category, w('every'), devices(all.filter((x) => within(x, f, 'category'))), () => change({ category: '' }), '')}
							{codes.map((c) => chip(f.category === c, <CategoryName code={c} />, devices(all.filter((x) => x.category === c && within(x, f, 'category'))), () => change({ category: c }), c))}
						</div></fieldset>
						<fieldset class="facet"><legend>{w('grade')}</legend><div>
							{[0, 3, 5, 6].map((c) => chip(f.c === c, c ? `C${c}` : w('every'), devices(all.filter((x) => (x.grade_c ?? 0) >= c && within(x, f, 'c'))), () => change({ c }), String(c)))}
						</div></fieldset>
						<fieldset class="facet"><legend>{w('function')}</legend><div>
							{[0, 3, 4, 5, 6].map((n) => chip(f.f === n, n ? `F${n}` : w('every'), devices(all.filter((x) => (x.grade_f ?? 0) >= n && within(x, f, 'f'))), () => change({ f: n }), String(n)))}
						</div></fieldset>
						<fieldset class="facet"><legend>{w('age')}</legend><div>
							{older.map((o, i) => chip(f.age === o, o ? w(`age_${o}`) : w('every'), devices(all.filter((x) => ages.indexOf(x.age) >= i && within(x, f, 'age'))), () => change({ age: o }), o))}
						</div></fieldset>
					</div>
				</>;
			}}</Shown></div>
			<div class="filters">
				<Select label={w('state')} value={f.state} onChange={(state) => change({ state })} options={[['', w('every')], ['stock', w('in_stock')], ['listed', w('listed')], ['sold', w('sold')]]} />
				<SiteSelect label={w('site')} value={f.site} onChange={(site) => change({ site })} any={w('any_site')} />
				{filtered && <Button kind="quiet" onClick={() => change({ ...blank, site: undefined })}>{w('clear')}</Button>}
			</div>
			{chosen.length > 0 && <div class="actions no-print" role="status"><strong>{w('selected', { n: chosen.length })}</strong><Button small onClick={() => setBatch('stock.list')}>{actionWord('stock.list')}</Button><Button small onClick={() => setBatch('stock.unlist')}>{actionWord('stock.unlist')}</Button></div>}
			<Card flush label={w('list')}>
				<Table label={w('list')} rows={pages.rows} columns={columns} id={(d) => d.device!} href={(d) => `/devices/${d.device}`} loading={pages.loading} error={pages.error} reload={pages.reload} more={pages.more} loadMore={pages.loadMore}
					selected={may ? picked : undefined} onSelect={may ? pick : undefined} csv="stock.csv" empty={<Empty title={w('none')}>{w('none_text')}</Empty>} />
			</Card>
			{batch && <Pricing action={batch} rows={chosen} onClose={(any) => {
				setBatch(undefined);
				if (any) {
					pick(new Set());
					pages.reload();
					facets.reload();
				}
			}} />}
		</Page>
	);
}

function Pricing(p: { action: 'stock.list' | 'stock.unlist'; rows: Dev[]; onClose: (any: boolean) => void }) {
	const [how, setHow] = useState<'fixed' | 'percent'>('fixed'), [price, setPrice] = useState(''), [by, setBy] = useState('-10');
	const minor = parseMoney(price), share = Number(by), fair = Number.isFinite(share) && share >= -90 && share <= 200 && by.trim() !== '';
	const run = async (id: number, key: string) => {
		const city = cityId(), d = p.rows.find((x) => x.device === id)!;
		if (p.action === 'stock.unlist')
			return void (await ask('stock.unlist', { city, device: id }, { key }));
		if (how === 'percent' && !d.listed_minor)
			throw new Problem('conflict', 0, w('not_on_sale'));
		const to = how === 'fixed' ? minor! : Math.max(1, Math.round(d.listed_minor! * (1 + share / 100)));
		await ask('stock.list', { city, device: id, price_minor: to }, { key });
		return money(to);
	};
	return (
		<Batch title={actionWord(p.action)} rows={p.rows.map((d) => ({ id: d.device!, label: d.label ?? `#${d.device}` }))} ready={p.action === 'stock.unlist' || (how === 'fixed' ? (minor ?? 0) > 0 : fair)} run={(r, key) => run(r.id, key)} onClose={p.onClose}>
			{p.action === 'stock.list' && <>
				<Choices legend={w('how')} value={how} onChange={setHow} options={[{ value: 'fixed', label: w('fixed') }, { value: 'percent', label: w('percent') }]} />
				{how === 'fixed' ? <PriceInput value={price} onInput={setPrice} tried={price !== ''} /> : <>
					<Input label={w('percent')} hint={w('percent_hint')} inputMode="numeric" value={by} onInput={setBy} wrong={!fair && w('percent_wrong')} /><Note>{w('percent_now')}</Note></>}
			</>}
		</Batch>
	);
}
