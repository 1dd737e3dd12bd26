/* Numbers, money, mass, time for people, by language and by the city's time zone. Money comes in minor units, mass in
 * milligrams, time in microseconds UTC. Absent values show as an en dash. */
import { signal } from '@preact/signals';
import { locale } from './words';

export const nothing = '–';
/** The city's zone and currency; set with the city. */
export const zone = signal('UTC');
export const currency = signal('EUR');

const digits = (code: string) => new Intl.NumberFormat('en', { style: 'currency', currency: code }).resolvedOptions().maximumFractionDigits ?? 2;

export function money(minor: number | undefined | null, code = currency.value, plus = false): string {
	if (minor === undefined || minor === null)
		return nothing;
	const d = digits(code), value = minor / 10 ** d;
	return new Intl.NumberFormat(locale(), {
		style: 'currency', currency: code, currencyDisplay: 'narrowSymbol', signDisplay: plus ? 'exceptZero' : 'auto',
		minimumFractionDigits: Number.isInteger(value) ? 0 : d,
	}).format(value);
}
/** Large sums, short: ¥1.2M, ¥120万. */
export function moneyShort(minor: number, code = currency.value): string {
	return new Intl.NumberFormat(locale(), {
		style: 'currency', currency: code, currencyDisplay: 'narrowSymbol', notation: 'compact', maximumFractionDigits: 1,
	}).format(minor / 10 ** digits(code));
}
/** What a person typed as an amount, in minor units; undefined: not a number. */
export function parseMoney(text: string, code = currency.value): number | undefined {
	const t = text.trim().replace(/[\s,，]/g, '').replace(/^[^\d.-]+/, '');
	if (!/^-?\d+(\.\d*)?$/.test(t))
		return undefined;
	return Math.round(Number(t) * 10 ** digits(code));
}
export function count(n: number | undefined | null): string {
	return n === undefined || n === null ? nothing : n.toLocaleString(locale());
}
export function percent(share: number | undefined | null, fraction = 0): string {
	return share === undefined || share === null || !Number.isFinite(share) ? nothing :
		share.toLocaleString(locale(), { style: 'percent', maximumFractionDigits: fraction });
}
export function mass(mg: number | undefined | null): string {
	if (mg === undefined || mg === null)
		return nothing;
	const a = Math.abs(mg);
	const [value, unit] = a >= 1e9 ? [mg / 1e9, 't'] : a >= 1e6 ? [mg / 1e6, 'kg'] : a >= 1e3 ? [mg / 1e3, 'g'] : [mg, 'mg'];
	return `${value.toLocaleString(locale(), { maximumSignificantDigits: a === 0 ? 1 : 4 })}\u00a0${unit}`; /* no line ends between them */
}
/** Typed grams or kilograms ("1.25 kg", "840 g", "840": grams) in milligrams. */
export function parseMass(text: string): number | undefined {
	const m = /^\s*(\d+(?:[.,]\d*)?)\s*(mg|g|kg|t)?\s*$/i.exec(text);
	if (!m)
		return undefined;
	const unit = { mg: 1, g: 1e3, kg: 1e6, t: 1e9 }[(m[2] ?? 'g').toLowerCase()] ?? 1e3;
	return Math.round(Number(m[1]!.replace(',', '.')) * unit);
}
export type Style = 'date' | 'time' | 'both' | 'month';
export function when(us: number | undefined | null, style: Style = 'both', tz = zone.value): string {
	if (us === undefined || us === null)
		return nothing;
	const o: Intl.DateTimeFormatOptions = { timeZone: tz };
	if (style === 'month')
		Object.assign(o, { year: 'numeric', month: 'short' });
	if (style === 'date' || style === 'both')
		Object.assign(o, { year: 'numeric', month: 'short', day: 'numeric' });
	if (style === 'time' || style === 'both')
		Object.assign(o, { hour: '2-digit', minute: '2-digit', hour12: false });
	/* no line ends within 2026年11月7日, nor between 7 and Nov */
	return new Intl.DateTimeFormat(locale(), o).format(new Date(us / 1000)).replace(/([年月])?(\d+)(?=[年月日])/g, (_, before?: string, n?: string) => `${before ? `${before}\u2060` : ''}${n}\u2060`).replace(/^(\d+) (?=\p{L})/u, '$1\u00a0');
}
/** A text as a program wants it, without what only holds lines together. */
export const plain = (text: string) => text.replace(/\u2060/g, '').replace(/\u00a0/g, ' ');
/** "3 days ago", "in 2 hours". */
export function ago(us: number | undefined | null, nowUs = Date.now() * 1000): string {
	if (us === undefined || us === null)
		return nothing;
	const s = (us - nowUs) / 1e6, f = new Intl.RelativeTimeFormat(locale(), { numeric: 'auto' });
	const steps: [number, Intl.RelativeTimeFormatUnit][] = [[31557600, 'year'], [2629800, 'month'], [86400, 'day'], [3600, 'hour'], [60, 'minute']];
	for (const [size, unit] of steps)
		if (Math.abs(s) >= size)
			return f.format(Math.trunc(s / size), unit);
	return f.format(Math.trunc(s), 'second');
}
/** A local day "2026-11-26" of a moment, in the city's zone. */
export function localDay(us: number, tz = zone.value): string {
	return new Intl.DateTimeFormat('en-CA', { timeZone: tz, year: 'numeric', month: '2-digit', day: '2-digit' }).format(new Date(us / 1000));
}
/** When a local day of the city begins, in microseconds UTC (found by correcting a guess, so also where clocks change). */
export function dayBegins(day: string, tz = zone.value): number {
	const noon = Date.parse(`${day}T00:00:00Z`);
	let guess = noon;
	for (let i = 0; i < 3; i++) {
		const p = Object.fromEntries(new Intl.DateTimeFormat('en-US', {
			timeZone: tz, hourCycle: 'h23', year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit', second: '2-digit',
		}).formatToParts(new Date(guess)).map((x) => [x.type, x.value]));
		const shown = Date.UTC(Number(p.year), Number(p.month) - 1, Number(p.day), Number(p.hour), Number(p.minute), Number(p.second));
		if (shown === noon)
			break;
		guess += noon - shown;
	}
	return guess * 1000;
}
export const nowUs = () => Date.now() * 1000;
