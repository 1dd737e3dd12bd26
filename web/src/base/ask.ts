/* The one way to the server: ask('tradein.quote', {city, model}) by the operation's name in the OpenAPI document.
 * Arguments that stand in the path go there; of the rest, GET and DELETE take a query, other methods a JSON body.
 * Every write carries an Idempotency-Key, so that a try again after a broken connection is safe. */
import { signal } from '@preact/signals';
import type { operations } from '../api/types';
import { paged, routes } from '../api/routes';
import { lang, locale } from './words';

type Ops = operations;
export type Op = keyof Ops;
type Path<O> = O extends { parameters: { path: infer P } } ? P : unknown;
type Query<O> = O extends { parameters: { query?: infer Q } } ? (Q extends undefined ? unknown : Q) : unknown;
type Body<O> = O extends { requestBody: { content: { 'application/json': infer B } } } ? B :
	O extends { requestBody?: { content: { 'application/json': infer B } } } ? Partial<B> : unknown;
export type Args<K extends Op> = Path<Ops[K]> & Query<Ops[K]> & Body<Ops[K]>;
type Content<R> = R extends { content: { 'application/json': infer C } } ? C : never;
type Responses<O> = O extends { responses: infer R } ? R : never;
type Get<R, N> = N extends keyof R ? Content<R[N]> : never;
export type Answer<K extends Op> = Get<Responses<Ops[K]>, 201> extends never ? Get<Responses<Ops[K]>, 200> : Get<Responses<Ops[K]>, 201>;
/** The element of a list's answer: Row<'device.list'>. */
export type Row<K extends Op> = Answer<K> extends { items?: (infer T)[] } ? T : never;

/** What the server said no with (RFC 9457), in the language that was shown then; or 'offline' when it could not be
 * reached. Its sentence is for people: a program goes by kind, status and what else is in `more` (reason, state). */
export class Problem extends Error {
	readonly lang = lang.value;
	constructor(
		readonly kind: string, /* 'offline', 'conflict', 'forbidden', … : the end of the problem's type */
		readonly status: number,
		message: string,
		readonly more: Record<string, unknown> = {},
	) {
		super(message);
	}
}

export const asProblem = (e: unknown): Problem => (e instanceof Problem ? e : new Problem('error', 0, e instanceof Error ? e.message : String(e)));

/** Whether the server answered the last time that it was asked. */
export const online = signal(true);
/** Set by the session: asks the person to sign in again and resolves true when that is done. */
export const signInAgain: { ask?: () => Promise<boolean> } = {};

export function newKey(): string {
	/* crypto.randomUUID is there on https and localhost alone. */
	const b = crypto.getRandomValues(new Uint8Array(16));
	return Array.from(b, (x) => x.toString(16).padStart(2, '0')).join('');
}

interface Options {
	key?: string; /* of a write that may have been sent before */
	happenedUs?: number;
	signal?: AbortSignal;
	again?: boolean; /* after signing in again */
	quiet?: boolean; /* no sign-in dialog when the session has ended */
}

export function urlOf(op: Op, args: Record<string, unknown>): { method: string; url: string; rest: Record<string, unknown> } {
	const route = routes[op];
	if (!route)
		throw new Error(`there is no operation ${op}`);
	const [method, pattern] = route.split(' ') as [string, string];
	const rest: Record<string, unknown> = { ...args };
	let url = pattern.replace(/\{(\w+)\}/g, (_, name: string) => {
		const value = rest[name];
		delete rest[name];
		return encodeURIComponent(String(value));
	});
	for (const name of Object.keys(rest))
		if (rest[name] === undefined || rest[name] === null || rest[name] === '')
			delete rest[name];
	if (method === 'GET' || method === 'DELETE') {
		const query = new URLSearchParams(Object.entries(rest).map(([k, v]) => [k, String(v)]));
		if (query.size)
			url += `?${query}`;
	}
	return { method, url, rest };
}

async function problemOf(r: Response): Promise<Problem> {
	try {
		const p = await r.json();
		return new Problem(String(p.type ?? '').split('/').pop() || 'error', r.status, p.detail ?? p.title ?? r.statusText, p);
	} catch {
		return new Problem('error', r.status, `${r.status} ${r.statusText}`);
	}
}

/** Any request to the server; the body is JSON. */
export async function send(method: string, url: string, body?: unknown, o: Options = {}): Promise<Response> {
	const headers: Record<string, string> = { 'Accept-Language': locale() }; /* refusals come in it */
	const write = method !== 'GET';
	if (write) {
		headers['Idempotency-Key'] = `"${o.key ?? newKey()}"`;
		if (method !== 'DELETE')
			headers['Content-Type'] = 'application/json';
		if (o.happenedUs)
			headers['Relode-Happened-Us'] = String(o.happenedUs);
	}
	let r: Response;
	try {
		r = await fetch(url, {
			method, headers, credentials: 'same-origin', signal: o.signal,
			body: write && method !== 'DELETE' ? JSON.stringify(body ?? {}) : undefined,
		});
	} catch (e) {
		if (o.signal?.aborted)
			throw e;
		online.value = false;
		throw new Problem('offline', 0, 'offline');
	}
	online.value = true;
	return r;
}

export async function ask<K extends Op>(op: K, args: Args<K>, options: Options = {}): Promise<Answer<K>> {
	const { method, url, rest } = urlOf(op, args as Record<string, unknown>);
	const key = options.key ?? newKey(); /* the same one when it is sent again after signing in */
	const r = await send(method, url, rest, { ...options, key });
	if (r.ok)
		return (r.status === 204 ? {} : await r.json()) as Answer<K>;
	const problem = await problemOf(r);
	if (r.status === 401 && !options.again && !options.quiet && signInAgain.ask && (await signInAgain.ask()))
		return ask(op, args, { ...options, key, again: true });
	throw problem;
}

/** All pages of a list, up to `most` rows. */
export async function askAll<K extends Op>(op: K, args: Args<K>, most = 2000): Promise<Row<K>[]> {
	const rows: Row<K>[] = [];
	let after: string | undefined;
	do {
		const page = (await ask(op, { ...(paged.has(op) ? { limit: 200 } : {}), ...args, after } as Args<K>)) as { items?: Row<K>[]; next?: string };
		rows.push(...(page.items ?? []));
		after = page.next;
	} while (after && rows.length < most);
	return rows;
}
