/* How long devices take to each stage, and how rates moved week by week. */
import { useCallback, useMemo } from 'preact/hooks';
import { useLocation } from 'preact-iso';
import { cityId } from '../base/session';
import { count, nothing, percent } from '../base/format';
import type { Answer } from '../base/ask';
import { useAsk, useNarrow, type Asked } from '../base/use';
import { codeWords, colon, locale, words } from '../base/words';
import { Card, Empty, Loading, Wrong } from '../ui/basic';
import { axis, Chart, inks, legend, palette } from '../ui/chart';
import { livesOf, type LifeDays } from './behind';
import { quantiles, weekOf } from './figures';
import { addDays, dayText, daysOf, type Period } from './period';
import { flags } from './words';

const w = words({
	times: 'Time to each stage', times_note: 'Days from taking in, of the devices that have come so far. Press a bar to see them.', stage: 'Stage', came: 'Devices', quarter: 'A quarter within', half: 'Half within', nine: 'Nine of ten within', slow: 'Slower than that', days: 'days', no_times: 'No device has come so far yet', before: 'Half within, before',
	trend: 'Rates week by week', trend_months: 'Rates month by month', trend_note: 'Shares of the devices inspected, by when they were taken in. The newest ones are not all decided yet.', week: 'Week from', month: 'Month', taken: 'Taken in', revised: 'Revised', back: 'Given back', failed: 'Erasure failed', no_trend: 'No device was inspected',
}, {
	times: '各阶段用时', times_note: '从收取起算的天数，仅统计已到达该阶段的设备。点击柱条查看设备。', stage: '阶段', came: '台数', quarter: '四分之一不超过', half: '半数不超过', nine: '九成不超过', slow: '更慢的', days: '天', no_times: '还没有设备到达这些阶段', before: '上期半数不超过',
	trend: '每周比率', trend_months: '每月比率', trend_note: '占已检测设备的比例，按收取时间统计；最近的设备尚未全部有结果。', week: '周起始', month: '月份', taken: '收取', revised: '重新报价', back: '退还', failed: '擦除失败', no_trend: '没有已检测的设备',
});
const inspected: LifeDays = 'inspected_days', later: LifeDays[] = ['agreed_days', 'erased_days', 'paid_days', 'sold_days', 'delivered_days', 'dismantled_days'];
const dims = [inspected, ...later];
const dimWord = codeWords({
	inspected_days: 'Inspected', agreed_days: 'Agreed', paid_days: 'Paid', erased_days: 'Erased', sold_days: 'Sold', delivered_days: 'Delivered', dismantled_days: 'Dismantled',
}, { inspected_days: '检测', agreed_days: '成交', paid_days: '付款', erased_days: '擦除', sold_days: '售出', delivered_days: '交付', dismantled_days: '拆解' });

interface Row { dim: LifeDays; count: number; quarter?: number; half?: number; nine?: number; before?: number }
/** inspected, inspectedBefore: lives by inspected_days, which the dashboard's figures are of, too. */
export function StageTimes(p: { period: Period; inspected: Asked<Answer<'lives.count'>>; inspectedBefore: Asked<Answer<'lives.count'>> }) {
	const city = cityId(), { route } = useLocation(), span = { from: p.period.from, to: p.period.to };
	/* one question a stage; hooks stand in a fixed order because they never change */
	const asked = [p.inspected, ...later.map((by) => useAsk('lives.count', { city, ...span, by }))];
	const before = [p.inspectedBefore, ...later.map((by) => useAsk('lives.count', p.period.before && { city, ...p.period.before, by }))];
	const key = JSON.stringify(asked.map((a) => a.data)) + JSON.stringify(before.map((a) => a.data));
	const rows = useMemo(() => dims.map((dim, i): Row => {
		const q = quantiles(asked[i]!.data?.rows ?? [], [0.25, 0.5, 0.9]);
		return { dim, count: q.count, quarter: q.days[0], half: q.days[1], nine: q.days[2], before: p.period.before && quantiles(before[i]!.data?.rows ?? [], [0.5]).days[0] };
	}).filter((r) => r.count), [key]);
	const option = useCallback(() => {
		const c = inks(), colors = palette(), label = { show: true, position: 'right', color: c.ink, fontSize: 12 };
		return {
			tooltip: { trigger: 'axis', axisPointer: { type: 'shadow' }, formatter: (x: { dataIndex: number }[]) => {
				const r = rows[x[0]!.dataIndex]!;
				return `${dimWord(r.dim)}${colon()}${count(r.count)}\n${w('quarter')} ${r.quarter} ${w('days')}\n${w('half')} ${r.half} ${w('days')}\n${w('nine')} ${r.nine} ${w('days')}`;
			} },
			legend: legend(), grid: { left: 92, right: 34, top: 34, bottom: 24 },
			xAxis: { type: 'value', ...axis({ minInterval: 1 }) },
			yAxis: { type: 'category', inverse: true, data: rows.map((r) => dimWord(r.dim)), ...axis(), splitLine: { show: false }, axisTick: { show: false } },
			series: [
				{ name: w('half'), type: 'bar', data: rows.map((r) => r.half), itemStyle: { color: colors[0] }, barGap: '10%', label, cursor: 'pointer' },
				{ name: w('nine'), type: 'bar', data: rows.map((r) => r.nine), itemStyle: { color: colors[1] }, label, cursor: 'pointer' },
			],
		};
	}, [rows]);
	const wrong = asked.find((a) => a.error && !a.data);
	if (wrong)
		return <Card title={w('times')}><Wrong error={wrong.error} retry={wrong.reload} /></Card>;
	if (asked.some((a) => !a.data))
		return <Card title={w('times')}><Loading /></Card>;
	const day = (n: number | undefined) => (n === undefined ? nothing : count(n));
	return (
		<Chart title={w('times')} note={w('times_note')} csv="stage-times.csv" rows={rows} option={option} height={Math.max(300, rows.length * 52)} empty={<Empty title={w('no_times')} />} columns={[
			{ key: 'stage', head: w('stage'), cell: (r) => <a href={livesOf(span, { came: r.dim })}>{dimWord(r.dim)}</a>, csv: (r) => r.dim },
			{ key: 'came', head: w('came'), num: true, cell: (r) => count(r.count), csv: (r) => r.count },
			{ key: 'quarter', head: w('quarter'), num: true, cell: (r) => day(r.quarter), csv: (r) => r.quarter },
			{ key: 'half', head: w('half'), num: true, cell: (r) => day(r.half), csv: (r) => r.half },
			{ key: 'nine', head: w('nine'), num: true, cell: (r) => day(r.nine), csv: (r) => r.nine },
			...(p.period.before ? [{ key: 'before', head: w('before'), num: true, cell: (r: Row) => day(r.before), csv: (r: Row) => r.before }] : []),
			{ key: 'slow', head: w('slow'), cell: (r) => <a href={livesOf(span, { came: r.dim, over: r.nine })}>{`> ${r.nine}`}</a>, csv: () => '' },
		]} onClick={(e) => {
			const r = rows.find((x) => dimWord(x.dim) === e.name);
			if (r)
				route(livesOf(span, e.seriesName === w('nine') ? { came: r.dim, over: r.nine } : { came: r.dim }));
		}} />
	);
}

interface Week { at: string; from: string; to: string; taken: number; inspected: number; revised: number; back: number; failed: number }
export function Trend(p: { period: Period }) {
	const city = cityId(), { route } = useLocation(), narrow = useNarrow(), span = { from: p.period.from, to: p.period.to };
	const months = daysOf(p.period) > 400, by = months ? 'month' : 'day';
	const byFlags = useAsk('lives.count', { city, ...span, by, then: 'flags' });
	const byDays = useAsk('lives.count', { city, ...span, by, then: 'inspected_days' });
	const byItem = useAsk('lives.count', { city, ...span, by, then: 'item' });
	const rows = useMemo(() => {
		const all = new Map<string, Week>();
		const at = (word: string): Week => {
			const month = word.length === 7; /* by the answer, not by what is asked now: that one may still be on its way */
			const key = month ? word : weekOf(word);
			if (!all.has(key))
				all.set(key, { at: key, from: month ? `${key}-01` : key, to: month ? `${addDays(`${key}-01`, 31).slice(0, 7)}-01` : addDays(key, 7), taken: 0, inspected: 0, revised: 0, back: 0, failed: 0 });
			return all.get(key)!;
		};
		const dated = (a: typeof byFlags) => (a.data?.rows ?? []).filter((r) => r.by);
		for (const r of dated(byFlags)) {
			const x = at(r.by ?? ''), n = r.lives ?? 0, f = Number(r.then);
			x.taken += n;
			x.revised += f & flags.revised ? n : 0;
			x.failed += f & flags.failed ? n : 0;
		}
		for (const r of dated(byDays))
			at(r.by ?? '').inspected += r.then === undefined ? 0 : r.lives ?? 0;
		for (const r of dated(byItem))
			at(r.by ?? '').back += r.then === 'returned' || r.then === 'returning' ? r.lives ?? 0 : 0;
		return [...all.values()].sort((a, b) => (a.at < b.at ? -1 : 1)).map((x) => ({ ...x, from: x.from < span.from ? span.from : x.from, to: x.to > span.to ? span.to : x.to }));
	}, [byFlags.data, byDays.data, byItem.data, span.from, span.to]);
	const name = (x: Week) => (x.at.length === 7 ? new Intl.DateTimeFormat(locale(), { timeZone: 'UTC', year: '2-digit', month: 'short' }).format(new Date(`${x.at}-01T00:00:00Z`)) : dayText(x.at));
	const rate = (n: number, of: number) => (of ? Math.min(1, n / of) : undefined);
	const option = useCallback(() => {
		const colors = palette();
		const line = (word: 'revised' | 'back' | 'failed', i: number, symbol: string) => ({ name: w(word), type: 'line', symbol, symbolSize: 8, itemStyle: { color: colors[i] }, lineStyle: { width: 2.5 }, connectNulls: true, data: rows.map((x) => rate(x[word], x.inspected)), cursor: 'pointer' });
		return {
			tooltip: { trigger: 'axis', valueFormatter: (v: number | undefined) => percent(v, 1) },
			legend: legend(), grid: { left: 46, right: 28, top: 40, bottom: 26 },
			xAxis: { type: 'category', data: rows.map(name), boundaryGap: rows.length < 2, ...axis(), splitLine: { show: false } },
			yAxis: { type: 'value', min: 0, ...axis({ axisLabel: { color: inks().soft, formatter: (v: number) => percent(v) } }) },
			series: [line('revised', 0, 'circle'), line('back', 1, 'rect'), line('failed', 4, 'triangle')],
		};
	}, [rows, narrow]);
	const wrong = [byFlags, byDays, byItem].find((a) => a.error && !a.data);
	const title = months ? w('trend_months') : w('trend');
	if (wrong)
		return <Card title={title}><Wrong error={wrong.error} retry={wrong.reload} /></Card>;
	if (!byFlags.data || !byDays.data || !byItem.data)
		return <Card title={title}><Loading /></Card>;
	const cell = (n: number, x: Week, href: string) => <a href={href}>{percent(rate(n, x.inspected), 1)}</a>;
	return (
		<Chart title={title} note={w('trend_note')} csv="rates.csv" rows={rows} option={option} height={narrow ? 340 : 364} empty={<Empty title={w('no_trend')} />} columns={[
			{ key: 'week', head: months ? w('month') : w('week'), cell: name, csv: (x) => x.at },
			{ key: 'taken', head: w('taken'), num: true, cell: (x) => <a href={livesOf({ from: x.from, to: x.to })}>{count(x.taken)}</a>, csv: (x) => x.taken },
			{ key: 'revised', head: w('revised'), num: true, cell: (x) => cell(x.revised, x, livesOf(x, { flag: 'revised' })), csv: (x) => rate(x.revised, x.inspected)?.toFixed(4) },
			{ key: 'back', head: w('back'), num: true, cell: (x) => cell(x.back, x, livesOf(x, { item: ['returning', 'returned'] })), csv: (x) => rate(x.back, x.inspected)?.toFixed(4) },
			{ key: 'failed', head: w('failed'), num: true, cell: (x) => cell(x.failed, x, livesOf(x, { flag: 'failed' })), csv: (x) => rate(x.failed, x.inspected)?.toFixed(4) },
		]} onClick={(e) => {
			const x = rows.find((r) => name(r) === e.name);
			if (x)
				route(livesOf(x, e.seriesName === w('back') ? { item: ['returning', 'returned'] } : { flag: e.seriesName === w('failed') ? 'failed' : 'revised' }));
		}} />
	);
}
