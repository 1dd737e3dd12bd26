/* Hooks: what a page needs of the server, and of the keyboard. */
import { useCallback, useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { paged } from '../api/routes';
import { ask, asProblem, type Answer, type Args, type Op, type Problem, type Row } from './ask';

export interface Asked<T> {
	data?: T;
	error?: Problem;
	loading: boolean;
	reload: () => void;
}

/** Asks when the arguments change (args undefined: not yet) and keeps the last answer while it asks again. */
export function useAsk<K extends Op>(op: K, args: Args<K> | undefined): Asked<Answer<K>> {
	const [state, set] = useState<{ data?: Answer<K>; error?: Problem; loading: boolean }>({ loading: !!args });
	const [turn, setTurn] = useState(0);
	const key = args ? JSON.stringify(args) : undefined;
	useEffect(() => {
		if (key === undefined) {
			set({ loading: false });
			return;
		}
		const stop = new AbortController();
		set((s) => ({ ...s, loading: true }));
		ask(op, JSON.parse(key) as Args<K>, { signal: stop.signal }).then(
			(data) => stop.signal.aborted || set({ data, loading: false }),
			(e) => stop.signal.aborted || set((s) => ({ data: s.data, error: asProblem(e), loading: false })),
		);
		return () => stop.abort();
	}, [op, key, turn]);
	return { ...state, reload: useCallback(() => setTurn((n) => n + 1), []) };
}

export interface Pages<T> extends Asked<T[]> {
	rows: T[];
	more: boolean;
	loadMore: () => void;
}
/** A list by pages: begins anew when the arguments change; loadMore asks for the next page. */
export function usePages<K extends Op>(op: K, args: Args<K> | undefined, limit = 200): Pages<Row<K>> {
	const [rows, setRows] = useState<Row<K>[]>([]);
	const [error, setError] = useState<Problem>();
	const [loading, setLoading] = useState(!!args);
	const [turn, setTurn] = useState(0);
	const next = useRef<string>();
	const busy = useRef<AbortController>();
	const key = args ? JSON.stringify(args) : undefined;

	const page = useCallback(async (after?: string) => {
		if (key === undefined)
			return;
		busy.current?.abort();
		const stop = (busy.current = new AbortController());
		setLoading(true);
		try {
			const a = (await ask(op, { ...(paged.has(op) ? { limit } : {}), ...JSON.parse(key), after } as Args<K>, { signal: stop.signal })) as { items?: Row<K>[]; next?: string };
			if (stop.signal.aborted)
				return;
			next.current = a.next;
			setRows((old) => (after ? [...old, ...(a.items ?? [])] : a.items ?? []));
			setError(undefined);
			setLoading(false);
		} catch (e) {
			if (stop.signal.aborted)
				return;
			setError(asProblem(e));
			setLoading(false);
		}
	}, [op, key, limit]);
	useEffect(() => {
		next.current = undefined;
		if (key === undefined) {
			setRows([]);
			setLoading(false);
		}
		void page();
		return () => busy.current?.abort();
	}, [page, turn]);
	return {
		rows, data: rows, error, loading, more: !!next.current,
		loadMore: useCallback(() => void (next.current && page(next.current)), [page]),
		reload: useCallback(() => setTurn((n) => n + 1), []),
	};
}

/** A write: run(...) answers what was done, or undefined when it was refused; then `error` says why. */
export function useAct<A extends unknown[], T>(act: (...a: A) => Promise<T>): { run: (...a: A) => Promise<T | undefined>; busy: boolean; error?: Problem; clear: () => void } {
	const [busy, setBusy] = useState(false);
	const [error, setError] = useState<Problem>();
	const fn = useRef(act), running = useRef(false);
	fn.current = act;
	const run = useCallback(async (...a: A) => {
		if (running.current)
			return undefined; /* a double click is one click */
		running.current = true;
		setBusy(true);
		setError(undefined);
		try {
			return await fn.current(...a);
		} catch (e) {
			setError(asProblem(e));
			return undefined;
		} finally {
			running.current = false;
			setBusy(false);
		}
	}, []);
	return { run, busy, error, clear: useCallback(() => setError(undefined), []) };
}

/** Keys as "Ctrl+K", "Shift+A", "F2", "a"; plain letters do nothing while something is being typed. */
export function useKeys(map: Record<string, (e: KeyboardEvent) => void>, on = true) {
	const ref = useRef(map);
	ref.current = map;
	/* before the page is painted: a key that is pressed as soon as it is named counts */
	useLayoutEffect(() => {
		if (!on)
			return;
		const listen = (e: KeyboardEvent) => {
			const t = e.target as HTMLElement;
			const typing = t.closest('input:not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable]') !== null;
			const name = (e.ctrlKey || e.metaKey ? 'Ctrl+' : '') + (e.altKey ? 'Alt+' : '') + (e.key.length === 1 ? e.key.toUpperCase() : e.key);
			if (typing && name.length === 1)
				return;
			if (document.querySelector('dialog[open]') && !t.closest('dialog'))
				return;
			const f = ref.current[name];
			if (f) {
				e.preventDefault();
				f(e);
			}
		};
		document.addEventListener('keydown', listen);
		return () => document.removeEventListener('keydown', listen);
	}, [on]);
}

/** A value that follows another one after it has rested. */
export function useRested<T>(value: T, ms = 200): T {
	const [v, set] = useState(value);
	useEffect(() => {
		const t = setTimeout(() => set(value), ms);
		return () => clearTimeout(t);
	}, [value, ms]);
	return v;
}

/** What was typed, kept in this tab until it was sent: a reload or an ended session loses nothing. */
export function useDraft<T>(name: string, initial: T): [T, (v: T | ((old: T) => T)) => void, () => void] {
	const key = `relode.draft.${name}`;
	const [v, set] = useState<T>(() => {
		try {
			const kept = sessionStorage.getItem(key);
			return kept ? (JSON.parse(kept) as T) : initial;
		} catch {
			return initial;
		}
	});
	const put = useCallback((n: T | ((old: T) => T)) => set((old) => {
		const value = typeof n === 'function' ? (n as (o: T) => T)(old) : n;
		sessionStorage.setItem(key, JSON.stringify(value));
		return value;
	}), [key]);
	const drop = useCallback(() => {
		sessionStorage.removeItem(key);
		set(initial);
	}, [key]);
	return [v, put, drop];
}

/** Typing begins in this field when the page opens; not on a phone, whose keyboard would cover the page. */
export function useFocus(id: string, on = true) {
	useEffect(() => {
		if (!on || !matchMedia('(pointer: fine)').matches)
			return;
		const t = requestAnimationFrame(() => document.getElementById(id)?.focus()); /* after the page has taken it */
		return () => cancelAnimationFrame(t);
	}, [id, on]);
}

/** Whether there is little room, as on a phone: tables become cards, charts show less text. */
export function useNarrow(): boolean {
	const [narrow, set] = useState(() => matchMedia('(max-width: 640px)').matches);
	useEffect(() => {
		const m = matchMedia('(max-width: 640px)'), listen = () => set(m.matches);
		m.addEventListener('change', listen);
		return () => m.removeEventListener('change', listen);
	}, []);
	return narrow;
}
