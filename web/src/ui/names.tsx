/* Names for numbers: sites, organisations, models. Each is asked for once a city and kept. */
import { signal, type Signal } from '@preact/signals';
import { ask, type Answer } from '../base/ask';
import { useList, useSiteName } from '../base/names';
import { cityId } from '../base/session';
import { CategoryName } from './categories';

export { useSites } from '../base/names';

export const useBuyers = () => useList('party.list', { city: cityId(), role: 'buyer' });
export const useCarriers = () => useList('party.list', { city: cityId(), role: 'carrier' });

export function SiteName(p: { id: number | undefined }) {
	return <>{useSiteName()(p.id)}</>;
}
/* Models: asked for one by one as they come into sight, six at a time. */
const models = new Map<number, Signal<Answer<'catalogue.model'> | undefined>>();
const waiting: number[] = [];
let busy = 0;
function work() {
	while (busy < 6 && waiting.length) {
		const id = waiting.pop()!;
		busy++;
		ask('catalogue.model', { model: id }).then((m) => (models.get(id)!.value = m), () => models.delete(id)).finally(() => {
			busy--;
			work();
		});
	}
}
export function modelOf(id: number): Signal<Answer<'catalogue.model'> | undefined> {
	let s = models.get(id);
	if (!s) {
		models.set(id, (s = signal<Answer<'catalogue.model'> | undefined>(undefined)));
		waiting.push(id);
		work();
	}
	return s;
}
/** "Apple iPhone 11", or the category where no model is known. */
export function ModelName(p: { id: number | undefined; category?: string }) {
	const m = p.id ? modelOf(p.id).value : undefined;
	const text = m && `${m.brand} ${m.name}`;
	return text ? <>{text}</> : <CategoryName code={p.category} />;
}
/** What is known of the model by now, for CSV. */
export const modelText = (id: number | undefined) => {
	const m = id ? models.get(id)?.peek() : undefined;
	return m ? `${m.brand} ${m.name}` : '';
};
/** The two grades in short: C4 F3. */
export const grades = (c: number | undefined, f: number | undefined) => (c === undefined && f === undefined ? '' : [c === undefined ? '' : `C${c}`, f === undefined ? '' : `F${f}`].filter(Boolean).join(' '));
