/* Names of sites, organisations, fractions and categories, asked for once a city and kept. */
import { signal, type Signal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { askAll, asProblem, type Op, type Problem, type Row } from './ask';
import { cityId, signedIn } from './session';
import { lang } from './words';

interface Kept { rows: Signal<unknown[]>; error: Signal<Problem | undefined>; asked: boolean }
const kept = new Map<string, Kept>();

/** All rows of a short list, asked for once and shared by whoever asks; `[]` until they are there. */
export function useKept<K extends Op>(op: K, args: Record<string, unknown> = {}, on = true): { rows: Row<K>[]; error?: Problem; reload: () => void } {
	const key = JSON.stringify([op, args]);
	let s = kept.get(key);
	if (!s)
		kept.set(key, (s = { rows: signal<unknown[]>([]), error: signal<Problem | undefined>(undefined), asked: false }));
	const list = s;
	const reload = () => {
		if (list.asked)
			return;
		list.asked = true;
		askAll(op, args as never).then((rows) => {
			list.rows.value = rows;
			list.error.value = undefined;
		}, (e) => {
			list.error.value = asProblem(e);
			list.asked = false; /* the next page tries again */
		});
	};
	useEffect(() => {
		if (on)
			reload();
	}, [key, on]);
	return { rows: list.rows.value as Row<K>[], error: list.error.value, reload };
}
export const useList = <K extends Op>(op: K, args: Record<string, unknown> = {}, on = true): Row<K>[] => useKept(op, args, on).rows;
/** What was kept is asked for again by the next page, after something in it changed. */
export const forgetList = (op: Op) => {
	for (const [key, s] of kept)
		if (key.startsWith(`["${op}"`)) {
			s.rows.value = [];
			s.asked = false;
		}
};

export const useSites = () => useList('party.sites', { city: cityId() });
export const useOrganisations = () => useList('party.list', { city: cityId(), kind: 'organisation' }, signedIn());

export function useSiteName() {
	const sites = useSites();
	return (id: number | undefined) => (id ? sites.find((s) => s.site === id)?.name ?? `#${id}` : '');
}
export function usePartyName() {
	const parties = useOrganisations();
	return (id: number | undefined) => (id ? parties.find((s) => s.party === id)?.public_name ?? `#${id}` : '');
}
export function useFractionName() {
	const list = useList('recover.fractions');
	return (code: string | undefined) => {
		const f = list.find((x) => x.code === code);
		return (lang.value === 'zh' ? f?.name_zh : f?.name_en) ?? code ?? '';
	};
}
