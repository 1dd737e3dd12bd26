/* What the dashboard makes of the server's answers: shares, sums, quantiles. Pure. */
import type { Answer } from '../base/ask';
import { flags } from './words';

export type Lives = NonNullable<Answer<'lives.count'>['rows']>[number];
/** A section's rows as report.city answers them: of its columns each section has some, and the query that gives the row again. */
export type Section = Answer<'report.city'>['sections'][number];
export type ReportRow = Section['rows'][number];
export const sectionsOf = (r: Answer<'report.city'> | undefined): Section[] => r?.sections ?? [];
export const rowsOf = (r: Answer<'report.city'> | undefined, id: string) => sectionsOf(r).find((s) => s.id === id)?.rows ?? [];
export const numberOf = (v: unknown) => (typeof v === 'number' ? v : 0);

export interface Sums { lives: number; mass_mg: number; agreed_minor: number; promised_minor: number; agreed: number; revised: number; answered: number; declined: number; failed: number }
/** Of rows by item's state, then flags. Promised and agreed: of those that were agreed. */
export function sums(rows: Lives[] | undefined): Sums | undefined {
	if (!rows)
		return undefined;
	const s: Sums = { lives: 0, mass_mg: 0, agreed_minor: 0, promised_minor: 0, agreed: 0, revised: 0, answered: 0, declined: 0, failed: 0 };
	for (const r of rows) {
		const n = r.lives ?? 0, f = Number(r.then ?? 0), back = r.by === 'returned' || r.by === 'returning';
		s.lives += n;
		s.mass_mg += r.mass_mg ?? 0;
		if (f & flags.agreed) {
			s.agreed += n;
			s.agreed_minor += r.agreed_minor ?? 0;
			s.promised_minor += r.promised_minor ?? 0;
		}
		if (f & flags.revised) {
			s.revised += n;
			if (back)
				s.declined += n;
			if (back || f & flags.agreed)
				s.answered += n;
		}
		if (f & flags.failed)
			s.failed += n;
	}
	return s;
}

/** Of rows by days: how many have come so far, and in how many days a share of them had. */
export function quantiles(rows: Lives[], shares: number[]): { count: number; days: (number | undefined)[] } {
	const known = rows.filter((r) => r.by !== undefined).map((r) => [Number(r.by), r.lives ?? 0] as const).sort((a, b) => a[0] - b[0]);
	const count = known.reduce((n, [, c]) => n + c, 0);
	return {
		count,
		days: shares.map((q) => {
			let seen = 0;
			for (const [day, n] of known)
				if ((seen += n) >= q * count)
					return day; /* nearest rank */
			return undefined;
		}),
	};
}
/** The largest by value, and the others as one row. */
export function largest<T>(rows: T[], value: (r: T) => number, n: number): { top: T[]; rest: T[] } {
	const sorted = [...rows].sort((a, b) => value(b) - value(a));
	return sorted.length <= n + 1 ? { top: sorted, rest: [] } : { top: sorted.slice(0, n), rest: sorted.slice(n) };
}
/** The Monday of a day's week. */
export function weekOf(day: string): string {
	const t = Date.parse(`${day}T00:00:00Z`), back = (new Date(t).getUTCDay() + 6) % 7;
	return new Date(t - back * 86400e3).toISOString().slice(0, 10);
}
