/* Who is signed in, and in which city we are. The session's secret is a cookie that scripts cannot read. */
import { computed, effect, signal } from '@preact/signals';
import { ask, online, send, signInAgain, Problem, type Row } from './ask';
import { currency, zone } from './format';

export type Role = 'owner' | 'clerk' | 'technician' | 'buyer' | 'dismantler' | 'officer' | 'analyst' | 'auditor' | 'admin' | 'system';
export interface Who {
	user?: number;
	login?: string;
	roles: Role[];
	org?: number;  /* the organisation for which it acts */
	scope?: number; /* the one city in which it acts */
	order?: number; /* an owner's session: the one order that it opens */
	city?: number;
	owner?: number;
	expires_us?: number;
}
export type City = Row<'city.list'>;

export const who = signal<Who>({ roles: [] });
export const cities = signal<City[]>([]);
const wanted = signal<number | undefined>(Number(localStorage.getItem('relode.city')) || undefined);
/** The city in which the app is now; undefined until the list has come, or when there is none. */
export const city = computed(() => {
	const list = cities.value, w = who.value;
	const only = w.scope || w.city;
	return list.find((c) => c.city === only) ?? list.find((c) => c.city === wanted.value) ?? list[0];
});
export const cityId = () => city.value?.city ?? 0;
effect(() => {
	if (city.value) {
		zone.value = city.value.time_zone ?? 'UTC';
		currency.value = city.value.currency ?? 'EUR';
	}
});
export function setCity(id: number) {
	localStorage.setItem('relode.city', String(id));
	wanted.value = id;
}
export const can = (...roles: Role[]) => roles.some((r) => who.value.roles.includes(r));
export const signedIn = () => !!who.value.user;

function take(answer: Record<string, unknown>) {
	const roles = answer.roles;
	who.value = {
		...(answer as object),
		roles: (Array.isArray(roles) ? roles : typeof roles === 'string' ? roles.split(/[\s,]+/).filter(Boolean) : []) as Role[],
	};
}
async function session(method: string, url: string, body?: unknown): Promise<void> {
	const r = await send(method, url, body);
	const answer = r.status === 204 ? {} : await r.json().catch(() => ({}));
	if (!r.ok)
		throw new Problem(String(answer.type ?? '').split('/').pop() || 'error', r.status, answer.detail ?? r.statusText, answer);
	take(method === 'DELETE' ? { roles: [] } : answer);
}
export const signIn = (login: string, password: string) => session('POST', '/v1/session', { login, password });
export const signOut = () => session('DELETE', '/v1/session');
/** The address of an owner's order. The secret stands behind the '#': it never reaches the server, its log, or another site. */
export const orderLink = (inCity: number, link: string) => `${location.origin}/o/${inCity}#${link}`;
export const openOrder = (inCity: number, by: { code: string; pin: string } | { link: string }) =>
	session('POST', `/v1/cities/${inCity}/order-session`, by);

/** Set to show the dialog that asks to sign in again over the page as it is. */
export const again = signal<((ok: boolean) => void) | undefined>(undefined);
let asking: Promise<boolean> | undefined;
signInAgain.ask = () => {
	if (!signedIn())
		return Promise.resolve(false); /* nobody was signed in: the page says so itself */
	asking ??= new Promise<boolean>((resolve) => (again.value = (ok) => {
		again.value = undefined;
		asking = undefined;
		resolve(ok);
	}));
	return asking;
};

/* What the counter needs to open while the server is away: who works here (no secret), and the cities. Owners' sessions leave nothing. */
const kept = 'relode.shift';
function remember() {
	if (who.value.user && can('clerk', 'technician', 'admin'))
		localStorage.setItem(kept, JSON.stringify({ who: who.value, cities: cities.value }));
	else
		localStorage.removeItem(kept);
}
function recall(): boolean {
	try {
		const k = JSON.parse(localStorage.getItem(kept) ?? '') as { who: Who; cities: City[] };
		if (!k.who.user || !Array.isArray(k.who.roles) || !k.cities.length)
			return false;
		who.value = k.who;
		cities.value = k.cities;
		return true;
	} catch {
		return false;
	}
}

/** Whether the first questions have been answered. */
export const ready = signal(false);
export const startError = signal<Problem | undefined>(undefined);
export async function start() {
	startError.value = undefined;
	try {
		await session('GET', '/v1/session').catch((e: unknown) => {
			if (!(e instanceof Problem) || e.kind === 'offline')
				throw e;
		});
		await reloadCities();
	} catch (e) {
		const p = e instanceof Problem ? e : new Problem('error', 0, String(e));
		if (p.kind !== 'offline' || !recall())
			startError.value = p;
	}
	ready.value = true;
}
/** City 0 is the programme itself: nobody trades in there. */
export async function reloadCities() {
	cities.value = ((await ask('city.list', { limit: 200 })).items ?? []).filter((c) => c.city > 0);
}
effect(() => {
	if (ready.value && online.value && !startError.value)
		remember();
});
