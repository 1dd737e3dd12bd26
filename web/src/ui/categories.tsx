/* Categories of devices and their names, asked for once and kept. */
import type { Row } from '../base/ask';
import { useKept } from '../base/names';
import { lang } from '../base/words';

export type Category = Row<'catalogue.categories.get'>;
const text = (list: Category[], code: string | undefined) => {
	const c = list.find((x) => x.code === code), name = (lang.value === 'zh' ? c?.name_zh : c?.name_en) ?? (code ?? '').replace(/_/g, ' ');
	return name.charAt(0).toUpperCase() + name.slice(1);
};
/** list: none until they are there; name: of a code, in the page's language; options: code and name of each, for a choice. */
export function useCategories() {
	const { rows, error, reload } = useKept('catalogue.categories.get');
	return {
		list: rows.length ? rows : undefined, error, reload,
		name: (code: string | undefined) => text(rows, code),
		options: (): [string, string][] => rows.map((c) => [c.code ?? '', text(rows, c.code)]),
	};
}
export function CategoryName(p: { code: string | undefined }) {
	return <>{useCategories().name(p.code)}</>;
}
