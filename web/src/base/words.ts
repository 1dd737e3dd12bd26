/* Words that people see, in English and Simplified Chinese. Each module brings its own:
 *
 *   const w = words({ title: 'Your drawer', n_devices: '{n} device|{n} devices' }, { title: '您的抽屉', n_devices: '{n} 台设备' });
 *   w('title')   w('n_devices', { n: 3 })
 *
 * The Chinese table must have exactly the English keys, or it does not compile. '|' parts one from other numbers,
 * by {n}. Reading a word subscribes the component to the language. */
import { signal } from '@preact/signals';

export type Lang = 'en' | 'zh';
function first(): Lang {
	const kept = localStorage.getItem('relode.lang');
	if (kept === 'en' || kept === 'zh')
		return kept;
	return navigator.languages.some((l) => l.toLowerCase().startsWith('zh')) ? 'zh' : 'en';
}
export const lang = signal<Lang>(first());
export const locale = () => (lang.value === 'zh' ? 'zh-CN' : 'en-GB');

export function setLang(l: Lang) {
	localStorage.setItem('relode.lang', l);
	document.documentElement.lang = l === 'zh' ? 'zh-CN' : 'en';
	lang.value = l;
}
document.documentElement.lang = lang.value === 'zh' ? 'zh-CN' : 'en';

export type Values = Record<string, string | number>;
const plural = new Intl.PluralRules('en');

export function fill(text: string, values?: Values): string {
	let form = text;
	if (text.includes('|') && typeof values?.n === 'number') {
		const [one, other] = text.split('|') as [string, string];
		form = plural.select(values.n) === 'one' ? one : other;
	}
	return values ? form.replace(/\{(\w+)\}/g, (all, name: string) => {
		const v = values[name];
		return v === undefined ? all : typeof v === 'number' ? v.toLocaleString(locale()) : v;
	}) : form;
}

export function words<T extends Record<string, string>>(en: T, zh: { [K in keyof T]: string }) {
	return (key: keyof T & string, values?: Values): string => fill((lang.value === 'zh' ? zh : en)[key] ?? key, values);
}
/** For codes from the server (states, kinds): the word when there is one, else the code with spaces. */
export function codeWords<T extends Record<string, string>>(en: T, zh: { [K in keyof T]: string }): (code: string | undefined | null) => string {
	return (code: string | undefined | null): string =>
		code ? ((lang.value === 'zh' ? zh : en) as Record<string, string>)[code] ?? code.replace(/_/g, ' ') : '';
}
/** Several things in one line. */
export const listed = (parts: string[]) => parts.join(lang.value === 'zh' ? '、' : ', ');
/** Between a thing's name and what is said of it. */
export const colon = () => (lang.value === 'zh' ? '：' : ': ');
/** Of a row that brings both languages, as the catalogue and the rules do. */
export function named(row: { en?: string; zh?: string; name?: string; code?: string } | undefined | null): string {
	return (lang.value === 'zh' ? row?.zh || row?.en : row?.en || row?.zh) || row?.name || row?.code || '';
}
