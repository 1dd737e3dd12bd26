/* Lists that several questions fill one after the other: what lies behind a figure that is a sum of the server's rows. */
import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import { ask, Problem, type Args, type Op, type Row } from '../base/ask';
import type { Pages } from '../base/use';

const enough = 60; /* new rows before the screen waits for more scrolling */

/** All rows of all questions, in their order; keep: only those for which it is true. */
export function useWalk<K extends Op>(op: K, questions: Args<K>[] | undefined, keep?: (r: Row<K>) => boolean): Pages<Row<K>> {
	const [rows, setRows] = useState<Row<K>[]>([]);
	const [error, setError] = useState<Problem>();
	const [loading, setLoading] = useState(true);
	const [more, setMore] = useState(false);
	const [turn, setTurn] = useState(0);
	const at = useRef({ question: 0, after: undefined as string | undefined });
	const stop = useRef(new AbortController());
	const kept = useRef(keep);
	kept.current = keep;
	const key = questions ? JSON.stringify(questions) : undefined;

	const go = useCallback(async (signal: AbortSignal) => {
		if (key === undefined)
			return;
		const all = JSON.parse(key) as Args<K>[];
		setLoading(true);
		try {
			const found: Row<K>[] = [];
			while (at.current.question < all.length && found.length < enough) {
				const page = (await ask(op, { limit: 200, ...(all[at.current.question] as object), after: at.current.after } as unknown as Args<K>, { signal })) as { items?: Row<K>[]; next?: string };
				found.push(...(page.items ?? []).filter((r) => kept.current?.(r) ?? true));
				at.current = page.next ? { question: at.current.question, after: page.next } : { question: at.current.question + 1, after: undefined };
			}
			if (signal.aborted)
				return;
			setRows((old) => [...old, ...found]);
			setMore(at.current.question < all.length);
			setError(undefined);
		} catch (e) {
			if (signal.aborted)
				return;
			setError(e instanceof Problem ? e : new Problem('error', 0, String(e)));
			setMore(false);
		}
		setLoading(false);
	}, [op, key]);
	useEffect(() => {
		const mine = (stop.current = new AbortController());
		at.current = { question: 0, after: undefined };
		setRows([]);
		void go(mine.signal);
		return () => mine.abort();
	}, [go, turn]);
	return {
		rows, data: rows, error, loading, more,
		loadMore: useCallback(() => void go(stop.current.signal), [go]),
		reload: useCallback(() => setTurn((n) => n + 1), []),
	};
}
/** Every combination of the lists: product({a: [1, 2], b: ['x']}) is [{a: 1, b: 'x'}, {a: 2, b: 'x'}]. */
export function product(lists: Record<string, (string | undefined)[]>): Record<string, string | undefined>[] {
	return Object.entries(lists).reduce<Record<string, string | undefined>[]>((all, [k, vs]) => all.flatMap((o) => vs.map((v) => ({ ...o, [k]: v }))), [{}]);
}
