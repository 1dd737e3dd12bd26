/* Opening hours as sites have them, the part of OpenStreetMap's opening_hours that src/programme/party/hours.h reads:
 * "Mo-Fr 09:00-12:00,13:00-18:30; Sa 10:00-16:00; PH off". A later rule takes the place of an earlier one for its days. */
import { lang, locale } from './words';

const names = ['Mo', 'Tu', 'We', 'Th', 'Fr', 'Sa', 'Su'];
type Span = [number, number]; /* minutes of the day; the end may lie beyond midnight */

/** Spans by day of the week, Monday first; undefined: not understood. */
export function weekOf(text: string): Span[][] | undefined {
	const week: Span[][] = names.map(() => []);
	if (text.trim() === '24/7')
		return names.map(() => [[0, 1440]]);
	for (const rule of text.split(';')) {
		const m = /^\s*([A-Z][A-Za-z,\-\s]*?)?\s*((?:\d{1,2}:\d{2}\s*-\s*\d{1,2}:\d{2}\s*,?\s*)+|off|closed)\s*$/.exec(rule);
		if (!m)
			return undefined;
		const days: number[] = [];
		for (const part of (m[1] ?? 'Mo-Su').split(',')) {
			const [from, to] = part.trim().split('-').map((d) => names.indexOf(d.trim())) as [number, number | undefined];
			if (from < 0)
				continue; /* PH, SH: which days those are is not known here */
			for (let d = from; ; d = (d + 1) % 7) {
				days.push(d);
				if (d === (to ?? from))
					break;
			}
		}
		const spans: Span[] = [...m[2]!.matchAll(/(\d{1,2}):(\d{2})\s*-\s*(\d{1,2}):(\d{2})/g)].map((x) => {
			const a = Number(x[1]) * 60 + Number(x[2]), b = Number(x[3]) * 60 + Number(x[4]);
			return [a, b <= a ? b + 1440 : b];
		});
		for (const d of days)
			week[d] = spans;
	}
	return week;
}
/** Weekday, Monday 0, and minute of the day of a moment in a zone. */
function clock(ms: number, tz: string): [number, number] {
	const p = Object.fromEntries(new Intl.DateTimeFormat('en-GB', { timeZone: tz, weekday: 'short', hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }).formatToParts(new Date(ms)).map((x) => [x.type, x.value]));
	return [names.indexOf((p.weekday ?? '').slice(0, 2)), Number(p.hour) * 60 + Number(p.minute)];
}
/** Whether it is open at a moment; undefined when the text is not understood. */
export function openAt(text: string | undefined, ms: number, tz: string): boolean | undefined {
	const week = text ? weekOf(text) : undefined;
	if (!week)
		return undefined;
	const [day, minute] = clock(ms, tz);
	return week[day]!.some(([a, b]) => minute >= a && minute < b) || week[(day + 6) % 7]!.some(([, b]) => minute + 1440 < b);
}
/** "Mon–Fri 09:00–19:00, Sat 10:00–16:00" in the reader's language. */
export function hoursText(text: string | undefined, closed: string): string {
	const week = text ? weekOf(text) : undefined;
	if (!week)
		return text ?? '';
	const name = (d: number) => new Intl.DateTimeFormat(locale(), { weekday: 'short', timeZone: 'UTC' }).format(new Date(Date.UTC(2024, 0, 1 + d))).replace(/(\p{Script=Han})(\p{Script=Han})/gu, '$1\u2060$2'); /* from a Monday on */
	const time = (m: number) => `${String(Math.floor(m / 60) % 24).padStart(2, '0')}:${String(m % 60).padStart(2, '0')}`;
	/* a line may end between rules, not within one */
	const zh = lang.value === 'zh', to = '\u2060–\u2060';
	const of = (s: Span[]) => (s.length ? s.map(([a, b]) => (a === 0 && b === 1440 ? `00:00${to}24:00` : `${time(a)}${to}${time(b)}`)).join(zh ? '、' : ', ') : closed);
	const out: string[] = [];
	for (let d = 0; d < 7; ) {
		let e = d;
		while (e < 6 && of(week[e + 1]!) === of(week[d]!))
			e++;
		out.push(`${d === e ? name(d) : `${name(d)}${to}${name(e)}`}\u00a0${of(week[d]!)}`);
		d = e + 1;
	}
	return out.join(zh ? '；' : '; ');
}
