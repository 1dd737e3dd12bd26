/* Names of categories, asked for once. */
import { useEffect } from 'preact/hooks';
import { signal } from '@preact/signals';
import { ask, type Row } from '../base/ask';
import { lang } from '../base/words';

export type Category = Row<'catalogue.categories.get'>;
export const categories = signal<Category[] | undefined>(undefined);
let asking: Promise<void> | undefined;

/** Loads them when that has not been done; answers what names a code. */
export function useCategories(): { list: Category[] | undefined; name: (code: string | undefined) => string } {
	useEffect(() => {
		asking ??= ask('catalogue.categories.get', {}).then((a) => {
			categories.value = a.items;
		}, () => {
			asking = undefined; /* the next page tries again */
		});
	}, []);
	const list = categories.value;
	return {
		list,
		name: (code) => {
			const c = list?.find((x) => x.code === code), text = (lang.value === 'zh' ? c?.name_zh : c?.name_en) ?? (code ?? '').replace(/_/g, ' ');
			return text.charAt(0).toUpperCase() + text.slice(1);
		},
	};
}
