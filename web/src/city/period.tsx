/* The time that is looked at, kept in the address: ?p=30, or ?p=own&from=2026-11-01&to=2026-11-30 (to: the last day). */
import { useState } from 'preact/hooks';
import { useLocation } from 'preact-iso';
import { dayBegins, localDay, nowUs, zone } from '../base/format';
import { locale, words } from '../base/words';
import { Button, Input, Select } from '../ui/basic';

const w = words({
	period: 'Period', d7: 'Last 7 days', d30: 'Last 30 days', d90: 'Last 90 days', month: 'This month', last: 'Last month', year: 'This year', all: 'All days', own: 'Other days…',
	from: 'From', to: 'To', show: 'Show', order: 'The first day comes after the last one.', since: 'since the beginning',
}, {
	period: '时间段', d7: '近 7 天', d30: '近 30 天', d90: '近 90 天', month: '本月', last: '上月', year: '今年', all: '全部', own: '自选日期…',
	from: '从', to: '到', show: '查看', order: '开始日期晚于结束日期。', since: '自开始以来',
});

export type Preset = '7' | '30' | '90' | 'month' | 'last' | 'year' | 'all' | 'own';
export interface Span { from: string; to: string } /* local days; `to` is the first one after */
export interface Period extends Span { preset: Preset; before?: Span }

export const addDays = (day: string, n: number) => new Date(Date.parse(`${day}T00:00:00Z`) + n * 86400e3).toISOString().slice(0, 10);
export const daysOf = (s: Span) => Math.round((Date.parse(s.to) - Date.parse(s.from)) / 86400e3);
const monthBefore = (day: string) => addDays(`${day.slice(0, 7)}-01`, -1).slice(0, 7) + '-01';
const isDay = (t: string | undefined): t is string => !!t && /^\d{4}-\d\d-\d\d$/.test(t) && !Number.isNaN(Date.parse(t));

export function periodOf(query: Record<string, string | undefined>, today: string): Period {
	const tomorrow = addDays(today, 1), p = query.p as Preset | undefined;
	const span = (preset: Preset, from: string, to: string): Period => ({ preset, from, to, before: { from: addDays(from, -daysOf({ from, to })), to: from } });
	switch (p) {
	case '7': case '90':
		return span(p, addDays(tomorrow, -Number(p)), tomorrow);
	case 'month':
		return span(p, `${today.slice(0, 7)}-01`, tomorrow);
	case 'last': {
		const from = monthBefore(today);
		return { preset: p, from, to: `${today.slice(0, 7)}-01`, before: { from: monthBefore(from), to: from } };
	}
	case 'year':
		return span(p, `${today.slice(0, 4)}-01-01`, tomorrow);
	case 'all':
		return { preset: p, from: '2000-01-01', to: tomorrow };
	case 'own':
		if (isDay(query.from) && isDay(query.to) && query.from <= query.to)
			return span(p, query.from, addDays(query.to, 1));
	}
	return span('30', addDays(tomorrow, -30), tomorrow);
}

/** The period of this address, and a way to another one. `query` is what links between the city's pages carry on. */
export function usePeriod(): { period: Period; query: string; choose: (p: Preset, own?: { from: string; to: string }) => void } {
	const { path, query, route } = useLocation();
	const period = periodOf(query, localDay(nowUs(), zone.value));
	const text = (p: Preset, own?: { from: string; to: string }) => `?${new URLSearchParams({ p, ...(p === 'own' ? own : {}) })}`;
	return {
		period,
		query: text(period.preset, { from: period.from, to: addDays(period.to, -1) }),
		choose: (p, own) => route(path + text(p, own)),
	};
}
export const usOf = (s: Span) => ({ from_us: dayBegins(s.from), to_us: dayBegins(s.to) });

/** "27 Oct – 26 Nov 2026": both days belong to it. */
export function spanText(s: Span): string {
	if (s.from <= '2000-01-01')
		return w('since');
	const f = new Intl.DateTimeFormat(locale(), { timeZone: 'UTC', year: 'numeric', month: 'short', day: 'numeric' });
	return f.formatRange(new Date(`${s.from}T00:00:00Z`), new Date(`${addDays(s.to, -1)}T00:00:00Z`));
}
export const dayText = (day: string) => new Intl.DateTimeFormat(locale(), { timeZone: 'UTC', month: 'short', day: 'numeric' }).format(new Date(`${day}T00:00:00Z`));

export function PeriodChoice(p: { period: Period; choose: (p: Preset, own?: { from: string; to: string }) => void }) {
	const [own, setOwn] = useState(p.period.preset === 'own');
	const [from, setFrom] = useState(p.period.from <= '2000-01-01' ? '' : p.period.from);
	const [to, setTo] = useState(addDays(p.period.to, -1));
	const wrong = from && to && from > to ? w('order') : undefined;
	return (
		<form class="period no-print" onSubmit={(e) => { e.preventDefault(); if (from && to && !wrong) p.choose('own', { from, to }); }}>
			<Select<Preset> label={w('period')} value={own ? 'own' : p.period.preset} onChange={(v) => { setOwn(v === 'own'); if (v !== 'own') p.choose(v); }} options={[
				['7', w('d7')], ['30', w('d30')], ['90', w('d90')], ['month', w('month')], ['last', w('last')], ['year', w('year')], ['all', w('all')], ['own', w('own')],
			]} />
			{own && <>
				<Input label={w('from')} type="date" value={from} onInput={setFrom} required wrong={wrong} />
				<Input label={w('to')} type="date" value={to} onInput={setTo} required />
				<Button type="submit">{w('show')}</Button>
			</>}
		</form>
	);
}
