/* What this browser keeps for a loss of the network: takes that were not sent yet, and answers that name nobody (questions,
 * categories, sites). Takes hold a person's name and phone until they are sent; then only numbers stay. */
import { useEffect, useState } from 'preact/hooks';
import { ask, Problem, type Answer, type Args, type Op } from '../base/ask';

let opened: Promise<IDBDatabase> | undefined;
function open(): Promise<IDBDatabase> {
	opened ??= new Promise((done, fail) => {
		const r = indexedDB.open('relode.counter', 1);
		r.onupgradeneeded = () => {
			r.result.createObjectStore('jobs', { keyPath: 'id' });
			r.result.createObjectStore('kept', { keyPath: 'key' });
		};
		r.onsuccess = () => done(r.result);
		r.onerror = () => fail(r.error);
	});
	return opened;
}
async function on<T>(store: 'jobs' | 'kept', mode: IDBTransactionMode, what: (s: IDBObjectStore) => IDBRequest<T>): Promise<T> {
	const tx = (await open()).transaction(store, mode, { durability: 'strict' });
	const r = what(tx.objectStore(store));
	await new Promise<void>((done, fail) => {
		tx.oncomplete = () => done();
		tx.onabort = tx.onerror = () => fail(tx.error);
	});
	return r.result;
}
export const put = (store: 'jobs' | 'kept', row: unknown) => on(store, 'readwrite', (s) => s.put(row));
export const get = <T>(store: 'jobs' | 'kept', key: string) => on<T | undefined>(store, 'readonly', (s) => s.get(key) as IDBRequest<T | undefined>);
export const all = <T>(store: 'jobs' | 'kept') => on<T[]>(store, 'readonly', (s) => s.getAll() as IDBRequest<T[]>);
export const drop = (store: 'jobs' | 'kept', key: string) => on(store, 'readwrite', (s) => s.delete(key));

/** As ask(), but when the server cannot be reached the last answer to the same question stands. For what names nobody. */
export async function askKept<K extends Op>(op: K, args: Args<K>): Promise<Answer<K>> {
	const key = `${op} ${JSON.stringify(args)}`;
	try {
		const answer = await ask(op, args);
		put('kept', { key, answer }).catch(() => undefined); /* no room, or a private window: then not */
		return answer;
	} catch (e) {
		const kept = e instanceof Problem && e.kind === 'offline' ? await get<{ answer: Answer<K> }>('kept', key).catch(() => undefined) : undefined;
		if (kept)
			return kept.answer;
		throw e;
	}
}
export function useKept<K extends Op>(op: K, args: Args<K> | undefined): { data?: Answer<K>; error?: Problem; reload: () => void } {
	const [state, set] = useState<{ data?: Answer<K>; error?: Problem; of?: string }>({});
	const [turn, setTurn] = useState(0);
	const key = args ? JSON.stringify(args) : undefined;
	useEffect(() => {
		if (key === undefined)
			return;
		let gone = false;
		askKept(op, JSON.parse(key) as Args<K>).then((data) => gone || set({ data, of: key }),
			(e) => gone || set({ error: e instanceof Problem ? e : new Problem('error', 0, String(e)), of: key }));
		return () => {
			gone = true;
		};
	}, [op, key, turn]);
	return { ...(state.of === key ? state : {}), reload: () => setTurn((n) => n + 1) };
}
