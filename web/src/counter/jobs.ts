/* A take: what has to reach the server, in this order, each under a key that was made with the take, so that it may be
 * sent again after any break: who the owner is, the booking, the slip that the owner confirmed, the owner's hand-over,
 * ours. What was taken without the server is custody alone: the price is named, and accepted, later. It is written here before it is sent, and what the server answered after each step; a reload or a loss of the
 * network in between loses nothing and doubles nothing. */
import { signal } from '@preact/signals';
import { ask, newKey, online, Problem, type Op, type Args, type Answer } from '../base/ask';
import { who } from '../base/session';
import { all, drop, get, put } from './store';

export interface Identifier { kind: 'imei' | 'serial'; value: string }
export interface Facts { model?: number; category?: string; answers?: string; storage_gb?: number; battery_percent?: number; age_months?: number }
export interface Job {
	id: string;
	city: number;
	user: number;  /* only who recorded it sends it */
	login: string;
	at_us: number;
	skew_us?: number; /* what the server's clock was ahead, when it was first sent: the same ever after, as a repeated request must be */
	late: boolean; /* recorded without the server: custody alone */
	state: 'waiting' | 'refused' | 'sent';
	what: string;
	site: number;
	owner?: { party?: number; name?: string; phone?: string; account?: string };
	booked?: { order: number; item: number; given: boolean };
	token?: string;
	facts?: Facts;
	identifiers?: Identifier[];
	stolen: 'clear' | 'unknown';
	answer?: 'told' | 'held'; /* of a late one: its owner has a price to accept; it is held as stolen */
	slip?: string; /* the picture of what the owner confirmed, base64 */
	phone?: boolean; /* the owner confirms with a phone of their own */
	done: { party?: number; order?: number; item?: number; evidence?: number; given?: boolean; account?: boolean; taken?: boolean; device?: number; price_minor?: number; bonus_minor?: number; also?: number; sent_us?: number };
	error?: { kind: string; status: number; message: string; lang?: string };
}
/** What an owner opens the order with: shown once, kept nowhere here. */
export interface Access { link?: string; code?: string; pin?: string }

export const jobs = signal<Job[]>([]);
const tabs = 'BroadcastChannel' in globalThis ? new BroadcastChannel('relode.counter') : undefined;
export async function reloadJobs() {
	jobs.value = (await all<Job>('jobs').catch(() => [])).sort((a, b) => a.at_us - b.at_us);
}
tabs?.addEventListener('message', () => void reloadJobs());

async function keep(job: Job) {
	await put('jobs', job);
	await reloadJobs();
	tabs?.postMessage(0);
}
export async function forget(id: string) {
	await drop('jobs', id);
	await reloadJobs();
	tabs?.postMessage(0);
}
export function newJob(x: Omit<Job, 'id' | 'user' | 'login' | 'state' | 'done'>): Job {
	return { ...x, id: newKey(), user: who.value.user ?? 0, login: who.value.login ?? '', state: 'waiting', done: {} };
}

/* One tab at a time does a take. Where there are no locks (plain http on another machine), the keys still hold. */
async function alone<T>(name: string, run: () => Promise<T>, wait: boolean): Promise<T | undefined> {
	if (!navigator.locks)
		return run();
	return navigator.locks.request(`relode.${name}`, { ifAvailable: !wait }, (lock) => (lock ? run() : undefined)) as Promise<T | undefined>;
}

/* The server's clock less ours, so that a wrong clock at the counter does not make a take of tomorrow. */
let skewMs = 0;
async function reach(): Promise<boolean> {
	try {
		const r = await fetch('/healthz', { cache: 'no-store' });
		const date = Date.parse(r.headers.get('Date') ?? '');
		if (Number.isFinite(date))
			skewMs = Math.abs(date - Date.now()) > 60_000 ? date - Date.now() : 0;
		await r.text(); /* read to the end: the connection is free again */
		online.value = r.ok;
		return r.ok;
	} catch {
		online.value = false;
		return false;
	}
}

type Step = <K extends Op>(step: string, op: K, args: Args<K>) => Promise<Answer<K>>;
/* One body under one key, however often it is sent. */
const stepOf = (job: Job, quiet: boolean): Step => {
	const happenedUs = job.at_us + (job.skew_us ??= skewMs * 1000);
	return (name, op, args) => ask(op, args, { key: `${job.id}-${name}`, happenedUs, quiet });
};
const book = (job: Job, step: Step) => step('book', 'tradein.book', { city: job.city, owner: job.done.party!, site: job.site, channel: 'drop_off', items: [job.token ? { token: job.token } : job.facts ?? {}] });
/** Code, PIN and link of a take that was sent by itself: the booking is asked for again, which answers as it did. */
export async function accessOf(job: Job): Promise<Access> {
	const b = await book(job, stepOf(job, false));
	return { link: b.link, code: b.order_code, pin: b.pin };
}
async function confirmGive(job: Job, step: Step) {
	const d = job.done;
	if (job.booked?.given || job.phone || d.given)
		return;
	if (job.slip && !d.evidence)
		d.evidence = (await step('evidence', 'evidence.add', { city: job.city, order: d.order, purpose: 'signature', content: job.slip })).evidence;
	try {
		await step('give', 'tradein.give', { city: job.city, item: d.item!, evidence: d.evidence, custody_only: job.late || undefined });
	} catch (e) {
		/* the owner was faster, with a phone: as good */
		if (!(e instanceof Problem) || e.kind !== 'conflict' || !(await ask('tradein.item', { city: job.city, item: d.item! })).given_us)
			throw e;
	}
	d.given = true;
}
/* A take without the network may not know its model; the server may, by the IMEI. */
async function modelOf(job: Job): Promise<Facts> {
	const imei = job.identifiers?.find((x) => x.kind === 'imei')?.value;
	if (job.facts?.model || !imei)
		return job.facts ?? {};
	const found = (await ask('catalogue.search', { q: imei, limit: 2 })).items ?? [];
	return found.length === 1 ? { ...job.facts, model: found[0]!.model, category: undefined } : job.facts ?? {};
}
async function steps(job: Job, quiet: boolean): Promise<Access> {
	const d = job.done, access: Access = {};
	const step = stepOf(job, quiet);
	if (job.booked) {
		d.order = job.booked.order;
		d.item = job.booked.item;
	} else {
		if (job.owner?.party)
			d.party = job.owner.party;
		if (!d.party) {
			d.party = (await step('owner', 'party.register', { city: job.city, kind: 'person', roles: 'owner', name: job.owner?.name, phone: job.owner?.phone, bank_account: job.owner?.account })).party;
			await keep(job);
		}
		if (!d.item) {
			if (!job.token && !job.facts?.model) {
				job.facts = await modelOf(job);
				await keep(job); /* the same body under the same key, if it has to be sent again */
			}
			const b = await book(job, step);
			Object.assign(access, { link: b.link, code: b.order_code, pin: b.pin });
			Object.assign(d, { order: b.order, item: b.items?.[0]?.item, price_minor: b.items?.[0]?.quoted_minor, bonus_minor: b.items?.[0]?.bonus_minor });
			await keep(job);
		}
	}
	await confirmGive(job, step);
	await keep(job);
	if (job.owner?.party && job.owner.account && !d.account) {
		await step('account', 'tradein.account', { city: job.city, order: d.order!, bank_account: job.owner.account, evidence: d.evidence });
		d.account = true;
		await keep(job);
	}
	if (!d.taken) {
		const t = await step('take', 'tradein.take_in', { city: job.city, item: d.item!, site: job.site, identifiers: job.identifiers?.length ? job.identifiers : undefined, stolen: job.stolen });
		Object.assign(d, { taken: true, device: t.device, also: t.claims?.find((c) => c.also)?.also });
	}
	d.sent_us = Date.now() * 1000;
	return access;
}
/* What stays of a take that was sent: numbers, and what it was; of a late one what was booked, which names nobody. */
function bare(job: Job): Job {
	const { owner: _o, identifiers: _i, slip: _s, token: _t, facts, error: _e, ...rest } = job;
	return { ...rest, facts: job.late ? facts : undefined, state: 'sent' };
}
/** The clerk looked a late take up in the list of stolen devices: its owner gets a price, or it is kept apart. */
export async function lookedUp(job: Job, stolen: 'clear' | 'listed' | 'unknown'): Promise<void> {
	const a = await ask('tradein.propose', { city: job.city, item: job.done.item!, stolen }, { key: `${job.id}-${stolen}` });
	await keep({ ...job, answer: a.hold_reason ? 'held' : 'told' });
}
const later = (p: Problem) => p.kind === 'offline' || p.status === 401 || p.status === 429 || p.status === 503;

/** Sends a take as far as it goes. It stays, as waiting or refused with the reason, when it does not go to the end. */
export async function advance(first: Job, quiet: boolean): Promise<{ job: Job; access: Access }> {
	const run = async () => {
		const job = (await get<Job>('jobs', first.id)) ?? first;
		if (job.state === 'sent')
			return { job, access: {} };
		delete job.error;
		job.state = 'waiting';
		await keep(job);
		let access: Access = {};
		try {
			access = await steps(job, quiet);
			const sent = bare(job);
			await keep(sent);
			return { job: sent, access };
		} catch (e) {
			const p = e instanceof Problem ? e : new Problem('error', 0, String(e));
			job.error = { kind: p.kind, status: p.status, message: p.message, lang: p.lang };
			job.state = later(p) ? 'waiting' : 'refused';
			await keep(job);
			return { job, access };
		}
	};
	return (await alone(`job.${first.id}`, run, true)) ?? { job: first, access: {} };
}
export const sending = signal(false);
/** Sends what waits, oldest first; one tab does it. */
export async function sendAll(): Promise<void> {
	await reloadJobs();
	if (!jobs.value.some((j) => j.state === 'waiting') || sending.value || !(await reach()))
		return;
	await alone('send', async () => {
		sending.value = true;
		try {
			for (const job of await all<Job>('jobs')) {
				if (job.state !== 'waiting' || job.user !== who.value.user)
					continue;
				const { job: after } = await advance(job, true);
				if (after.state === 'waiting')
					break; /* the server is away again, or wants a sign-in */
			}
		} finally {
			sending.value = false;
		}
	}, false);
}
/** While the counter is open: tries again every few seconds as long as something waits. */
export function watchJobs(): () => void {
	void reach().then(sendAll);
	const t = setInterval(() => void sendAll(), 5000);
	const now = () => void sendAll();
	addEventListener('online', now);
	return () => {
		clearInterval(t);
		removeEventListener('online', now);
	};
}
