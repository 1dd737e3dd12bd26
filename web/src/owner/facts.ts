/* What an owner says of a device: facts alone, kept in this browser until it is booked. A price is never kept: it is
 * asked anew, as it is today. */
import { signal } from '@preact/signals';
import type { Args } from '../base/ask';
import { cityId } from '../base/session';

export interface Facts {
	model?: number;
	category: string;
	name: string; /* as it was shown: brand and model; empty: the category says what it is */
	answers: Record<string, string>;
	storage?: number;
	battery?: number;
	age?: number;
}
export interface Kept extends Facts {
	id: string;
	added: number; /* ms */
}

export const answersText = (answers: Record<string, string>) => Object.entries(answers).map(([q, a]) => `${q}:${a}`).join(',');
export const answersOf = (text: string | undefined): Record<string, string> =>
	Object.fromEntries((text ?? '').split(',').filter(Boolean).map((x) => x.split(':') as [string, string]));

export function quoteArgs(f: Facts): Args<'tradein.quote'> {
	return {
		city: cityId(), ...(f.model ? { model: f.model } : { category: f.category }), answers: answersText(f.answers),
		storage_gb: f.storage, battery_percent: f.battery, age_months: f.age,
	};
}

/* --- the drawer --- */

const place = 'relode.drawer', most = 50;
function isKept(x: unknown): x is Kept {
	const k = x as Kept;
	return !!k && typeof k.id === 'string' && typeof k.category === 'string' && typeof k.name === 'string' && !!k.answers && typeof k.answers === 'object';
}
function read(): Kept[] {
	try {
		const kept: unknown = JSON.parse(localStorage.getItem(place) ?? '[]');
		return Array.isArray(kept) ? kept.filter(isKept).slice(0, most) : [];
	} catch {
		return [];
	}
}
export const drawer = signal<Kept[]>(read());
function write(list: Kept[]) {
	drawer.value = list.slice(0, most);
	localStorage.setItem(place, JSON.stringify(drawer.value));
}
addEventListener('storage', (e) => {
	if (e.key === place)
		drawer.value = read();
});
/** Adds it, or puts it in the place of the one with this id; answers the id. */
export function keep(f: Facts, id?: string): string {
	const own = id && drawer.value.some((k) => k.id === id) ? id : Array.from(crypto.getRandomValues(new Uint8Array(6)), (b) => b.toString(36)).join('');
	const k: Kept = { ...f, id: own, added: Date.now() };
	write(own === id ? drawer.value.map((x) => (x.id === id ? k : x)) : [k, ...drawer.value]);
	return own;
}
export const putBack = (k: Kept) => write([k, ...drawer.value.filter((x) => x.id !== k.id)]);
export const remove = (...ids: string[]) => write(drawer.value.filter((k) => !ids.includes(k.id)));

/* --- what is being booked, and orders that were booked here --- */

export function choose(ids: string[]) {
	sessionStorage.setItem('relode.book', JSON.stringify(ids));
}
export function chosen(): Kept[] {
	let ids: unknown;
	try {
		ids = JSON.parse(sessionStorage.getItem('relode.book') ?? '[]');
	} catch {
		ids = [];
	}
	return drawer.value.filter((k) => Array.isArray(ids) && ids.includes(k.id));
}

/** Codes of orders that were booked in this browser; without their PINs they open nothing. */
export interface Booked { city: number; code: string; order?: number }
export function bookedHere(): Booked[] {
	try {
		const kept: unknown = JSON.parse(localStorage.getItem('relode.orders') ?? '[]');
		return Array.isArray(kept) ? (kept as Booked[]).filter((b) => typeof b?.code === 'string' && typeof b.city === 'number') : [];
	} catch {
		return [];
	}
}
export function rememberOrder(b: Booked) {
	localStorage.setItem('relode.orders', JSON.stringify([b, ...bookedHere().filter((x) => x.code !== b.code)].slice(0, 10)));
}
