/* What flows where: devices or grams from categories to what became of them, or coins from those who paid to those who
 * got them. */
import type { ComponentChildren } from 'preact';
import { useCallback, useMemo, useState } from 'preact/hooks';
import { useLocation } from 'preact-iso';
import type { Answer } from '../base/ask';
import { useNarrow, type Asked } from '../base/use';
import { can, city as cityNow } from '../base/session';
import { count, mass, money, percent } from '../base/format';
import { colon, words } from '../base/words';
import { Empty, Loading, Select, Wrong } from '../ui/basic';
import { Chart, inks, palette } from '../ui/chart';
import { deviceState } from '../ui/states';
import { livesOf, movesOf } from './behind';
import { largest, numberOf, rowsOf } from './figures';
import type { Period } from './period';
import { moneyReaders, outcomes, outcomeWord } from './words';

const w = words({
	title: 'What flows where', measure: 'Measured in', pieces: 'Devices', grams: 'Mass', money: 'Money', from: 'From', to: 'To', value: 'Amount', share: 'Share', others: 'Other categories', none: 'Nothing flowed in this period',
	note_devices: 'Devices taken in within the period, by category, and what became of them so far. Press a band to see the devices.', note_money: 'Coins that moved within the period, net of what was taken back. Laid out in advance: for devices not yet sold. Press a band to see what is behind it.',
	buyers: 'Buyers', fund: 'Bonus fund', recyclers: 'Recyclers', ahead: 'Laid out in advance', programme: 'Programme', owners: 'Owners', bonus: 'Bonuses to owners', merchants: 'Merchants', tax: 'Tax', repairs: 'Repairs', compensation: 'Compensation', kept: 'Left for the programme',
}, {
	title: '流向', measure: '计量单位', pieces: '台数', grams: '质量', money: '资金', from: '来源', to: '去向', value: '数量', share: '占比', others: '其他类别', none: '这段时间没有流动',
	note_devices: '该时间段收取的设备，按类别显示目前去向。点击色带查看设备。', note_money: '该时间段发生的资金流动，已扣除冲回部分。垫付资金用于尚未售出的设备。点击色带查看明细。',
	buyers: '买家', fund: '补贴基金', recyclers: '回收厂', ahead: '垫付资金', programme: '项目', owners: '机主', bonus: '机主补贴', merchants: '商户', tax: '税款', repairs: '维修', compensation: '赔偿', kept: '项目结余',
});
type Measure = 'pieces' | 'grams' | 'money';
interface Node { id: string; text: string; depth: number; color: number; href?: string }
interface Band { from: string; to: string; value: number; href?: string }
interface Graph { nodes: Node[]; bands: Band[] }

const kinds = Object.keys(outcomes);
const outcomeOf = (stage: string) => kinds.find((k) => outcomes[k]!.includes(stage)) ?? 'stop';

function devices(rows: NonNullable<Answer<'lives.count'>['rows']>, of: (r: { lives?: number; mass_mg?: number }) => number, period: Period, name: (c?: string) => string, narrow: boolean): Graph {
	const total = new Map<string, number>();
	for (const r of rows)
		total.set(r.by ?? '', (total.get(r.by ?? '') ?? 0) + of(r));
	const { top, rest } = largest([...total].filter(([, v]) => v > 0), ([, v]) => v, narrow ? 5 : 8);
	const groups = [...top.map(([c]) => ({ id: `c:${c}`, text: name(c), of: [c] })), ...(rest.length ? [{ id: 'c:', text: w('others'), of: rest.map(([c]) => c) }] : [])];
	const g: Graph = { nodes: groups.map((x) => ({ id: x.id, text: x.text, depth: 0, color: 7, href: livesOf(period, { category: x.of }) })), bands: [] };
	for (const [i, k] of kinds.entries()) {
		const here = rows.filter((r) => outcomeOf(r.then ?? '') === k && of(r) > 0), stages = [...new Set(here.map((r) => r.then ?? ''))];
		if (!here.length)
			continue;
		g.nodes.push({ id: `o:${k}`, text: outcomeWord(k), depth: 1, color: i, href: livesOf(period, { stage: outcomes[k] }) });
		for (const x of groups) {
			const value = here.filter((r) => x.of.includes(r.by ?? '')).reduce((n, r) => n + of(r), 0);
			if (value)
				g.bands.push({ from: x.id, to: `o:${k}`, value, href: livesOf(period, { category: x.of, stage: outcomes[k] }) });
		}
		for (const s of narrow || stages.length < 2 ? [] : stages) { /* one stage says nothing more than its outcome */
			const href = livesOf(period, { stage: [s] });
			g.nodes.push({ id: `s:${s}`, text: deviceState(s), depth: 2, color: i, href });
			g.bands.push({ from: `o:${k}`, to: `s:${s}`, value: here.filter((r) => r.then === s).reduce((n, r) => n + of(r), 0), href });
		}
	}
	return g;
}

function coins(report: Answer<'report.city'> | undefined, period: Period): Graph {
	const rows = rowsOf(report, 'money').filter((r) => r.currency === cityNow.value?.currency);
	const sum = (...ids: string[]) => ids.reduce((n, id) => n + numberOf(rows.find((r) => r.flow === id)?.amount_minor), 0);
	/* the entries of these days; who may not see accounts sees the devices, where there are some */
	const at = (flows: string[], else_?: string) => (can(...moneyReaders) ? movesOf(period, flows) : else_);
	const ins: [string, string, number, string | undefined][] = [
		['buyers', w('buyers'), sum('sold_without_tax', 'tax_on_sales') - sum('sales_reversed', 'tax_reversed'), at(['sold_without_tax', 'tax_on_sales', '-sales_reversed', '-tax_reversed'], livesOf(period, { stage: ['sold', 'delivered'] }))],
		['fund', w('fund'), sum('bonus_granted'), at(['bonus_granted'])],
		['recyclers', w('recyclers'), sum('recovery_revenue'), at(['recovery_revenue'], '/recovery')],
	];
	const outs: [string, string, number, string | undefined][] = [
		['owners', w('owners'), sum('price_agreed'), at(['price_agreed'], livesOf(period, { flag: 'agreed' }))],
		['bonus', w('bonus'), sum('bonus'), at(['bonus'], livesOf(period, { flag: 'agreed' }))],
		['merchants', w('merchants'), sum('commissions'), at(['commissions'])],
		['tax', w('tax'), sum('tax_on_sales') - sum('tax_reversed'), at(['tax_on_sales', '-tax_reversed'])],
		['repairs', w('repairs'), sum('repairs'), at(['repairs'])],
		['recovery', w('recyclers') + ' ', sum('recovery_charges'), at(['recovery_charges'], '/recovery')],
		['compensation', w('compensation'), sum('compensation'), at(['compensation'])],
	];
	const left = ins.reduce((n, x) => n + x[2], 0) - outs.reduce((n, x) => n + x[2], 0);
	if (left > 0)
		outs.push(['kept', w('kept'), left, undefined]);
	else
		ins.push(['ahead', w('ahead'), -left, livesOf(period, { stage: ['owned', 'erasing', 'erased', 'stock', 'listed'] })]);
	const g: Graph = { nodes: [{ id: 'm', text: w('programme'), depth: 1, color: 0 }], bands: [] };
	for (const [id, text, value, href] of ins.filter((x) => x[2] > 0)) {
		g.nodes.push({ id: `i:${id}`, text, depth: 0, color: id === 'ahead' ? 3 : 2, href });
		g.bands.push({ from: `i:${id}`, to: 'm', value, href });
	}
	for (const [i, [id, text, value, href]] of outs.filter((x) => x[2] > 0).entries()) {
		g.nodes.push({ id: `o:${id}`, text, depth: 2, color: i, href });
		g.bands.push({ from: 'm', to: `o:${id}`, value, href });
	}
	return g.bands.length ? g : { nodes: [], bands: [] };
}

export function Flow(p: { period: Period; lives: Asked<Answer<'lives.count'>>; report?: Answer<'report.city'>; categoryName: (c?: string) => string }) {
	const [measure, setMeasure] = useState<Measure>('pieces'), narrow = useNarrow(), { route } = useLocation();
	const rows = p.lives.data?.rows;
	const show = measure === 'pieces' ? count : measure === 'grams' ? mass : (n: number) => money(n);
	const g = useMemo(() => (measure === 'money' ? coins(p.report, p.period) :
		devices(rows ?? [], measure === 'pieces' ? (r) => r.lives ?? 0 : (r) => r.mass_mg ?? 0, p.period, p.categoryName, narrow)),
	[measure, rows, p.report, JSON.stringify(p.period), p.categoryName('phone'), narrow]);
	const text = new Map(g.nodes.map((n) => [n.id, n.text]));
	const most = Math.max(...[0, 1, 2].map((d) => g.nodes.filter((n) => n.depth === d).length));
	const deep = g.nodes.some((n) => n.depth === 2);
	const total = g.bands.filter((b) => !b.from.startsWith('o:') && (measure !== 'money' || b.to === 'm')).reduce((n, b) => n + b.value, 0);
	const option = useCallback(() => {
		const c = inks(), colors = palette();
		return {
			tooltip: { trigger: 'item', formatter: (x: { dataType: string; name: string; value: number; data: { source: string; target: string; value: number } }) =>
				(x.dataType === 'edge' ? `${text.get(x.data.source)} → ${text.get(x.data.target)}${colon()}${show(x.data.value)}` : `${text.get(x.name)}${colon()}${show(x.value)}`) },
			series: [{
				type: 'sankey', left: 2, right: narrow ? 2 : 6, top: 12, bottom: 12, nodeWidth: narrow ? 12 : 16, nodeGap: 20, draggable: false, nodeAlign: 'left', emphasis: { focus: 'adjacency' }, layoutIterations: 24,
				data: g.nodes.map((n) => ({
					name: n.id, depth: n.depth, itemStyle: { color: colors[n.color % colors.length], borderWidth: 0 }, cursor: n.href ? 'pointer' : 'default',
					label: { position: n.depth === (deep ? 2 : 1) ? 'left' : 'right' },
				})),
				links: g.bands.map((b) => ({ source: b.from, target: b.to, value: b.value })),
				lineStyle: { color: 'target', opacity: 0.28, curveness: 0.5 },
				label: { color: c.ink, fontSize: narrow ? 12 : 13, textBorderColor: c.card, textBorderWidth: 3, width: narrow ? 100 : 300, overflow: 'break', lineHeight: 15,
					formatter: (x: { name: string; value: number }) => `${text.get(x.name)}${narrow ? '' : ` ${show(x.value)}`}` },
				labelLayout: { hideOverlap: true },
			}],
		};
	}, [g, narrow, measure]);
	const open = (href: string | undefined) => href && route(href);
	const link = (b: Band, inside: ComponentChildren) => (b.href ? <a href={b.href}>{inside}</a> : inside);
	if (!p.lives.data)
		return p.lives.error ? <Wrong error={p.lives.error} retry={p.lives.reload} /> : <Loading />;
	return (
		<Chart title={w('title')} note={measure === 'money' ? w('note_money') : w('note_devices')} csv={`flows-${measure}.csv`} rows={g.bands} option={option} height={Math.max(320, most * 42)} empty={<Empty title={w('none')} />}
			actions={<Select<Measure> label={w('measure')} hideLabel value={measure} onChange={setMeasure} options={[['pieces', w('pieces')], ['grams', w('grams')], ['money', w('money')]]} />}
			columns={[
				{ key: 'from', head: w('from'), cell: (b) => text.get(b.from), csv: (b) => text.get(b.from)?.trim() },
				{ key: 'to', head: w('to'), cell: (b) => text.get(b.to), csv: (b) => text.get(b.to)?.trim() },
				{ key: 'value', head: w('value'), num: true, cell: (b) => link(b, show(b.value)), csv: (b) => b.value },
				{ key: 'share', head: w('share'), num: true, cell: (b) => percent(total ? b.value / total : undefined, 1), csv: (b) => (total ? (b.value / total).toFixed(4) : '') },
			]}
			onClick={(e) => {
				const d = e.data as { source?: string; target?: string };
				open(e.dataType === 'edge' ? g.bands.find((b) => b.from === d.source && b.to === d.target)?.href : g.nodes.find((n) => n.id === e.name)?.href);
			}} />
	);
}
