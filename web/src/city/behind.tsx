/* What lies behind a figure: the devices, items or lots that were counted. The address holds the question, so it can be
 * kept and sent. Lists in it ("stage=owned,erased") mean any of them. */
import { useMemo } from 'preact/hooks';
import { useLocation } from 'preact-iso';
import type { Args, Row } from '../base/ask';
import { cityId } from '../base/session';
import { useAsk, usePages } from '../base/use';
import { mass, money, count, when } from '../base/format';
import { codeWords, lang, listed, named, words } from '../base/words';
import { Card, Chip, Empty, Page, Shown, Wrong } from '../ui/basic';
import { useCategories } from '../ui/categories';
import { Table, type Column } from '../ui/table';
import { deviceState, DeviceState, itemState, ItemState } from '../ui/states';
import { ModelName } from '../ui/names';
import { dayText, spanText, usOf, type Span } from './period';
import { product, useWalk } from './walk';
import { flags } from './words';

const w = words({
	title: 'Devices behind the figure', items: 'Devices behind the figure', lots: 'Lots of {what}', all_lots: 'Lots of fractions', city: 'City', taken: 'Taken in', device: 'Device', category: 'Category', merchant: 'Merchant', order: 'Order',
	device_state: 'Now', promised: 'Promised', agreed: 'Agreed', mass: 'Mass', days: 'Days', period: 'Taken in {span}', none: 'No device', none_text: 'Nothing is counted here any more.',
	stage: 'now {what}', category_is: 'category {what}', merchant_is: 'taken by {what}', item_is: 'trade-in {what}', site_is: 'at {what}', revised_yes: 'with a revised offer', revised_no: 'without a revised offer', no_merchant: 'Merchant {id}',
	lot: 'Lot', site: 'Site', consignment: 'Consignment', opened: 'State', hazard: 'Hazard', kept_apart: 'kept apart', stuck: 'Stuck now', stuck_sub: 'What waits too long, and what would move it on.', what: 'What is stuck', subject: 'Where', age: 'Days', unblock: 'What would help', nothing_stuck: 'Nothing is stuck', no_lots: 'No lot', fraction: 'Fraction', model: 'Model', apart: 'Devices dismantled', apart_within: 'Weighed in: {span}', opened_within: 'opened: {span}', weighed_in: 'Weighed in', batch: 'Batch', entry: 'Entry', counted: 'These are the entries that the figure counts. Open one to see everything that happened to it.',
}, {
	title: '指标明细', items: '指标明细', lots: '{what}批次', all_lots: '拆解物批次', city: '城市', taken: '收取日期', device: '设备', category: '类别', merchant: '商户', order: '订单',
	device_state: '当前状态', promised: '承诺价', agreed: '成交价', mass: '质量', days: '天数', period: '收取时间：{span}', none: '没有设备', none_text: '这里已没有被统计的设备。',
	stage: '当前{what}', category_is: '类别：{what}', merchant_is: '由 {what} 收取', item_is: '回收单{what}', site_is: '网点：{what}', revised_yes: '有重新报价', revised_no: '无重新报价', no_merchant: '商户 {id}',
	lot: '批次', site: '网点', consignment: '发运单', opened: '状态', hazard: '危险物', kept_apart: '单独存放', stuck: '当前积压', stuck_sub: '等待过久的事项，以及如何推进。', what: '事项', subject: '对象', age: '天数', unblock: '解决办法', nothing_stuck: '没有积压', no_lots: '没有批次', fraction: '拆解物', model: '型号', apart: '已拆解设备', apart_within: '称入时间：{span}', opened_within: '建立时间：{span}', weighed_in: '称入时间', batch: '拆解批次', entry: '记录', counted: '以下是该指标统计的内容，点开可查看其全部经过。',
});
const flagWord = codeWords({
	agreed: 'agreed', revised: 'with a revised offer', returned: 'sent back by a buyer', failed: 'with a failed erasure', rejected: 'with a rejected payment', held: 'once on hold', lost: 'lost',
}, { agreed: '已成交', revised: '有重新报价', returned: '买家退货', failed: '擦除失败过', rejected: '付款被退回过', held: '曾被冻结', lost: '遗失' });
const dayWord = codeWords({
	inspected_days: 'inspected', agreed_days: 'agreed', paid_days: 'paid', erased_days: 'erased', sold_days: 'sold', delivered_days: 'delivered', dismantled_days: 'dismantled',
}, { inspected_days: '已检测', agreed_days: '已成交', paid_days: '已付款', erased_days: '已擦除', sold_days: '已售出', delivered_days: '已交付', dismantled_days: '已拆解' });
const lotState = codeWords({ open: 'Open', shipped: 'Shipped', receipted: 'Receipted' }, { open: '未发运', shipped: '已发运', receipted: '已收回执' });

export type LifeDays = 'inspected_days' | 'agreed_days' | 'paid_days' | 'erased_days' | 'sold_days' | 'delivered_days' | 'dismantled_days';
export interface Behind { category?: string[]; stage?: string[]; item?: string[]; merchant?: number; flag?: keyof typeof flags; came?: LifeDays; over?: number }
/** The address of the devices taken in within a span of days. flag: with it alone; came: that came so far; over: in more days. */
export function livesOf(s: Span, b: Behind = {}): string {
	const q = new URLSearchParams({ from: s.from, to: s.to });
	for (const [k, v] of Object.entries(b))
		if (v !== undefined && !(Array.isArray(v) && !v.length))
			q.set(k, Array.isArray(v) ? v.join(',') : String(v));
	return `/city/lives?${q}`;
}
export function itemsOf(s: Span, b: { site?: number[]; merchant?: number; revised?: boolean } = {}): string {
	const q = new URLSearchParams({ from: s.from, to: s.to });
	for (const [k, v] of Object.entries(b))
		if (v !== undefined)
			q.set(k, Array.isArray(v) ? v.join(',') : String(v));
	return `/city/items?${q}`;
}

/** The devices that were weighed into batches within a span of days, of some categories. */
export const dismantledOf = (s: Span, category: string[] = []) => `/city/dismantled?${new URLSearchParams({ from: s.from, to: s.to, ...(category.length ? { category: category.join(',') } : {}) })}`;
/** The transfers behind figures of money; a flow with a minus is taken off. */
export const movesOf = (s: Span, flows: string[]) => `/money/moves?${new URLSearchParams({ flow: flows.join(','), from: s.from, to: s.to })}`;
/** The lots of a fraction that were opened within a span of days. */
export const lotsOf = (fraction: string, s: Span) => `/city/lots?${new URLSearchParams({ fraction, from: s.from, to: s.to })}`;

const list = (t: string | undefined): (string | undefined)[] => (t ? t.split(',') : [undefined]);
const crumbs = () => <a href="/city">{w('city')}</a>;

export function LivesBehind() {
	const { query } = useLocation(), city = cityId(), { name: categoryName } = useCategories();
	const span = { from: query.from ?? '2000-01-01', to: query.to ?? '2100-01-01' };
	const came = query.came as LifeDays | undefined, over = query.over === undefined ? undefined : Number(query.over);
	const flag = query.flag as keyof typeof flags | undefined;
	/* the server counts by all flags of a device together: those of them that hold the one that is asked for */
	const keys = useAsk('lives.count', flag ? { city, ...span, by: 'flags' } : undefined);
	const questions = useMemo(() => {
		if (flag && !keys.data)
			return undefined;
		const key = flag ? (keys.data?.rows ?? []).map((r) => r.by).filter((k) => Number(k) & flags[flag]) : [undefined];
		return product({ category: list(query.category), stage: list(query.stage), item: list(query.item), merchant: list(query.merchant), key })
			.map((q) => ({ city, ...span, ...q, ...(flag ? { by: 'flags' } : {}) }) as Args<'lives.list'>);
	}, [JSON.stringify(query), city, keys.data]);
	const pages = useWalk('lives.list', questions, came ? (r) => r[came] !== undefined && (over === undefined || r[came] > over) : undefined);
	type Life = Row<'lives.list'>;
	const merchant = (r: Life) => r.merchant_name ?? (r.merchant ? w('no_merchant', { id: String(r.merchant) }) : '');
	const columns: Column<Life>[] = [
		{ key: 'device', head: w('device'), cell: (r) => r.label ?? String(r.item), width: '130px' },
		{ key: 'category', phone: 'line', head: w('category'), cell: (r) => categoryName(r.category), width: 'minmax(110px, 1fr)' },
		{ key: 'taken', phone: 'line', head: w('taken'), cell: (r) => (r.taken ? dayText(r.taken) : ''), csv: (r) => r.taken, width: '90px' },
		{ key: 'merchant', phone: 'line', head: w('merchant'), cell: merchant, width: 'minmax(130px, 1.2fr)' },
		...(came ? [{ key: 'days', phone: 'said' as const, head: `${dayWord(came)} · ${w('days')}`, num: true, cell: (r: Life) => count(r[came]), csv: (r: Life) => r[came], width: '110px' }] : []),
		{ key: 'state', phone: 'end', head: w('device_state'), cell: (r) => (r.device_state ? <DeviceState state={r.device_state} /> : <ItemState state={r.state} />), csv: (r) => r.device_state ?? r.state, width: '140px' },
		{ key: 'promised', head: w('promised'), num: true, cell: (r) => money(r.promised_minor), csv: (r) => r.promised_minor, width: '110px' },
		{ key: 'agreed', phone: 'end', head: w('agreed'), num: true, cell: (r) => money(r.agreed_minor), csv: (r) => r.agreed_minor, width: '110px' },
		{ key: 'mass', head: w('mass'), num: true, cell: (r) => mass(r.mass_mg), csv: (r) => r.mass_mg, width: '100px' },
	];
	const told = [
		query.category && w('category_is', { what: listed(list(query.category).map(categoryName)) }),
		query.stage && w('stage', { what: listed(list(query.stage).map((s) => deviceState(s))) }),
		query.item && w('item_is', { what: listed(list(query.item).map((s) => itemState(s))) }),
		query.merchant && w('merchant_is', { what: pages.rows[0] ? merchant(pages.rows[0]) : query.merchant }),
		flag && flagWord(flag), came && (over === undefined ? dayWord(came) : `${dayWord(came)} > ${over} ${w('days')}`),
	].filter(Boolean) as string[];
	return (
		<Page title={w('title')} crumbs={crumbs()} sub={<span class="row">{w('period', { span: spanText(span) })}{told.map((t) => <Chip key={t}>{t}</Chip>)}</span>}>
			<p class="muted">{w('counted')}</p>
			{keys.error ? <Wrong error={keys.error} retry={keys.reload} /> :
				<Card flush label={w('title')}><Table label={w('title')} {...pages} columns={columns} id={(r) => r.item ?? 0} href={(r) => (r.device ? `/devices/${r.device}` : `/items/${r.item}`)} csv="devices.csv"
					empty={<Empty title={w('none')}>{w('none_text')}</Empty>} /></Card>}
		</Page>
	);
}

export function ItemsBehind() {
	const { query } = useLocation(), city = cityId(), { name: categoryName } = useCategories();
	const span = { from: query.from ?? '2000-01-01', to: query.to ?? '2100-01-01' };
	const questions = useMemo(() => product({ site: list(query.site), merchant: list(query.merchant), category: list(query.category) })
		.map((q) => ({ city, ...span, ...q, ...(query.revised ? { revised: query.revised === 'true' } : {}) }) as Args<'desk.items'>), [JSON.stringify(query), city]);
	const pages = useWalk('desk.items', questions);
	const names = useAsk('desk.counts', query.site || query.merchant ? { city, ...span, by: query.site ? 'site' : 'merchant' } : undefined);
	const wanted = new Set((query.site ?? query.merchant)?.split(',').map(Number));
	const told = listed((names.data?.rows ?? []).filter((r) => wanted.has(r.id ?? 0)).map((r) => r.name ?? ''));
	type Item = Row<'desk.items'>;
	const columns: Column<Item>[] = [
		{ key: 'device', head: w('device'), cell: (r) => r.label ?? String(r.item), width: '130px' },
		{ key: 'model', phone: 'line', head: w('model'), cell: (r) => r.name ?? categoryName(r.category), width: 'minmax(150px, 1.5fr)' },
		{ key: 'state', phone: 'end', head: w('device_state'), cell: (r) => <ItemState state={r.state} />, csv: (r) => r.state, width: '130px' },
		{ key: 'promised', head: w('promised'), num: true, cell: (r) => money(r.quoted_minor), csv: (r) => r.quoted_minor, width: '110px' },
		{ key: 'agreed', phone: 'end', head: w('agreed'), num: true, cell: (r) => money(r.agreed_minor), csv: (r) => r.agreed_minor, width: '110px' },
		{ key: 'order', head: w('order'), num: true, cell: (r) => <a href={`/orders/${r.order}`}>{String(r.order)}</a>, csv: (r) => r.order, width: '80px' },
	];
	return (
		<Page title={w('items')} crumbs={crumbs()} sub={<span class="row">{w('period', { span: spanText(span) })}{told && <Chip>{query.site ? w('site_is', { what: told }) : w('merchant_is', { what: told })}</Chip>}
			{query.revised && <Chip>{query.revised === 'true' ? w('revised_yes') : w('revised_no')}</Chip>}</span>}>
			<p class="muted">{w('counted')}</p>
			<Card flush label={w('items')}><Table label={w('items')} {...pages} columns={columns} id={(r) => r.item ?? 0} href={(r) => (r.device ? `/devices/${r.device}` : `/items/${r.item}`)} csv="items.csv"
				empty={<Empty title={w('none')}>{w('none_text')}</Empty>} /></Card>
		</Page>
	);
}

export function LotsBehind() {
	const { query } = useLocation(), city = cityId();
	const fractions = useAsk('recover.fractions', {});
	const span = query.from && query.to ? { from: query.from, to: query.to } : undefined, us = span && usOf(span);
	const questions = useMemo(() => product({ fraction: list(query.fraction), state: list(query.state) }).map((q) => ({ city, ...q, ...(us ? { from_us: us.from_us, until_us: us.to_us } : {}) }) as Args<'recover.lots'>), [JSON.stringify(query), city]);
	const pages = useWalk('recover.lots', questions);
	type Lot = Row<'recover.lots'>;
	const name = (code: string | undefined) => {
		const f = fractions.data?.items?.find((x) => x.code === code);
		return named({ en: f?.name_en, zh: f?.name_zh, code });
	};
	const columns: Column<Lot>[] = [
		{ key: 'lot', head: w('lot'), cell: (r) => String(r.lot), width: '90px' },
		{ key: 'fraction', phone: 'line', head: w('fraction'), cell: (r) => name(r.fraction), csv: (r) => r.fraction, width: 'minmax(140px, 1.5fr)' },
		{ key: 'state', phone: 'end', head: w('opened'), cell: (r) => lotState(r.state), csv: (r) => r.state },
		{ key: 'mass', phone: 'end', head: w('mass'), num: true, cell: (r) => mass(r.mass_mg), csv: (r) => r.mass_mg },
		{ key: 'hazard', phone: 'line', head: w('hazard'), cell: (r) => (r.hazard ? <Chip tone="warn">{w('kept_apart')}</Chip> : ''), csv: (r) => (r.hazard ? 1 : 0) },
		{ key: 'consignment', phone: 'said', head: w('consignment'), num: true, cell: (r) => (r.consignment ? String(r.consignment) : '') },
	];
	return (
		<Shown of={fractions}>{(f) => {
			const one = f.items?.find((x) => x.code === query.fraction);
			const title = query.fraction ? w('lots', { what: name(query.fraction) }) : w('all_lots');
			return (
				<Page title={title} crumbs={crumbs()} sub={[one?.waste_code, span && w('opened_within', { span: spanText(span) })].filter(Boolean).join(' · ')}>
					<Card flush label={title}><Table label={title} {...pages} columns={columns} id={(r) => r.lot ?? 0} csv="lots.csv" empty={<Empty title={w('no_lots')} />} /></Card>
				</Page>
			);
		}}</Shown>
	);
}

/** Devices that were dismantled within the days: those whose content the metals reckon with. */
export function DismantledBehind() {
	const { query } = useLocation(), city = cityId(), { name: categoryName } = useCategories();
	const span = { from: query.from ?? '2000-01-01', to: query.to ?? '2100-01-01' }, us = usOf(span);
	const questions = useMemo(() => list(query.category).map((category) => ({ city, category, from_us: us.from_us, until_us: us.to_us }) as Args<'recover.dismantled'>), [JSON.stringify(query), city]);
	const pages = useWalk('recover.dismantled', questions);
	type Apart = Row<'recover.dismantled'>;
	const columns: Column<Apart>[] = [
		{ key: 'device', head: w('device'), cell: (r) => <ModelName id={r.model} category={r.category} />, csv: (r) => r.device, width: 'minmax(150px, 1.5fr)' },
		{ key: 'category', phone: 'line', head: w('category'), cell: (r) => categoryName(r.category), csv: (r) => r.category, width: 'minmax(110px, 1fr)' },
		{ key: 'at', phone: 'line', head: w('weighed_in'), cell: (r) => when(r.weighed_us), width: '170px' },
		{ key: 'mass', phone: 'end', head: w('mass'), num: true, cell: (r) => mass(r.scale_mg), csv: (r) => r.scale_mg, width: '100px' },
		{ key: 'batch', phone: 'said', head: w('batch'), num: true, cell: (r) => <a href={`/recovery/batches/${r.batch}`}>#{r.batch}</a>, csv: (r) => r.batch, width: '80px' },
		{ key: 'entry', head: w('entry'), num: true, cell: (r) => <a href={`/city/proof?entry=${r.seq}`}>{String(r.seq)}</a>, csv: (r) => r.seq, width: '80px' },
	];
	return (
		<Page title={w('apart')} crumbs={crumbs()} sub={<span class="row">{w('apart_within', { span: spanText(span) })}{query.category && <Chip>{w('category_is', { what: list(query.category).map(categoryName).join(', ') })}</Chip>}</span>}>
			<p class="muted">{w('counted')}</p>
			<Card flush label={w('apart')}><Table label={w('apart')} {...pages} columns={columns} id={(r) => r.device} href={(r) => `/devices/${r.device}`} csv="dismantled.csv" empty={<Empty title={w('none')}>{w('none_text')}</Empty>} /></Card>
		</Page>
	);
}

const subjectWord = codeWords({ item: 'Trade-in', device: 'Device', order: 'Order', sale: 'Sale', payout: 'Payout', batch: 'Batch', consignment: 'Consignment', lot: 'Lot', party: 'Party' },
	{ item: '回收单', device: '设备', order: '订单', sale: '销售单', payout: '付款批次', batch: '拆解批次', consignment: '发运单', lot: '拆解物批次', party: '参与方' });
const places: Record<string, string> = { item: '/items/', device: '/devices/', order: '/orders/', sale: '/sales/', payout: '/money/payouts/', batch: '/recovery/batches/' };
/** What is stuck in the city, for those who have no bench to clear it at. */
export function StuckBehind() {
	const pages = usePages('exceptions.list', { city: cityId(), lang: lang.value });
	type Stuck = Row<'exceptions.list'>;
	const subject = (r: Stuck) => `${subjectWord(r.subject)} ${r.id}`;
	const columns: Column<Stuck>[] = [
		{ key: 'subject', head: w('subject'), cell: (r) => (places[r.subject ?? ''] ? <a href={`${places[r.subject!]}${r.id}`}>{subject(r)}</a> : subject(r)), csv: subject, width: '150px' },
		{ key: 'age', phone: 'said', head: w('age'), num: true, cell: (r) => count(r.days), csv: (r) => r.days, width: '60px' },
		{ key: 'what', phone: 'line', head: w('what'), cell: (r) => <span title={r.text}>{r.text}</span>, csv: (r) => r.text, width: 'minmax(260px, 1.4fr)' },
		{ key: 'unblock', head: w('unblock'), cell: (r) => <span title={r.unblock}>{r.unblock}</span>, csv: (r) => r.unblock, width: 'minmax(320px, 1.6fr)' },
	];
	return (
		<Page title={w('stuck')} crumbs={crumbs()} sub={w('stuck_sub')}>
			<Card flush label={w('stuck')}><Table label={w('stuck')} {...pages} columns={columns} id={(r) => `${r.kind} ${r.subject} ${r.id}`} csv="stuck.csv" empty={<Empty title={w('nothing_stuck')} />} /></Card>
		</Page>
	);
}
