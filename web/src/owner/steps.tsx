/* The words of questions and answers, and the price as a sum of its steps. */
import { useAsk } from '../base/use';
import type { Answer } from '../base/ask';
import { cityId } from '../base/session';
import { count, money } from '../base/format';
import { lang, named, words } from '../base/words';

const w = words({
	base: 'This model today, in perfect order', base_storage: 'Storage', base_battery: 'Battery health', floor: 'At least this is paid for its materials', rounding: 'Rounding', other_model: 'Another model than was named', bonus: 'Bonus of the programme, once in a device’s life',
	price: 'Price', total: 'You receive', bought: 'Price of the device', year_less: 'less than a year', years: '{n} year|{n} years', best: 'all answers the best', storage: '{gb} GB', battery: 'battery {n} %', age: '{n} months old',
}, {
	base: '该型号今日完好价', base_storage: '存储容量', base_battery: '电池健康度', floor: '材料保底价', rounding: '取整', other_model: '型号与申报不符', bonus: '项目补贴（每台设备一次）',
	price: '价格', total: '您将收到', bought: '设备价格', year_less: '不到一年', years: '{n} 年', best: '各项均为最佳', storage: '{gb} GB', battery: '电池 {n}%', age: '已用 {n} 个月',
});
export type Questions = Answer<'tradein.questions'>;
export type Quote = Answer<'tradein.quote'>;

const cap = (s: string) => s.charAt(0).toUpperCase() + s.slice(1);
export function useQuestions(category: string | undefined) {
	return useAsk('tradein.questions', category ? { city: cityId(), category } : undefined);
}
/** "screen:cracked" in words: the question, and the answer; for other steps what they are. */
export function inWords(q: Questions | undefined, step: string): { question?: string; answer: string } {
	const special: Record<string, Parameters<typeof w>[0]> = { base: 'base', storage: 'base_storage', battery: 'base_battery', floor: 'floor', rounding: 'rounding', other_model: 'other_model' };
	const word = special[step];
	if (word)
		return { answer: w(word) };
	const [question, answer] = step.split(':'), found = q?.questions?.find((x) => x.code === question);
	/* a question alone: it is better than was declared, as good as can be */
	const text = named(answer ? found?.answers?.find((x) => x.code === answer) : found?.answers?.[0]) || (answer ?? step).replace(/_/g, ' ');
	return { question: found ? named(found) : undefined, answer: cap(text) };
}
/* Answers that say nothing without their question. */
const bare = new Set(['yes', 'no', 'weak', 'on', 'off', 'none', 'missing', 'dirty']);
/** Declared facts in one line: "Glass is cracked, 256 GB, battery 85 %". */
export function inLine(q: Questions | undefined, f: { answers: Record<string, string>; storage?: number; battery?: number; age?: number }): string {
	const parts = Object.entries(f.answers).filter(([code, a]) => q?.questions?.find((x) => x.code === code)?.answers?.[0]?.code !== a).map(([code, a]) => {
		const t = inWords(q, `${code}:${a}`);
		return t.question && (bare.has(a) || /^(yes|no)\b/i.test(t.answer)) ? `${t.question}${/[？]$/.test(t.question) ? '' : ' '}${t.answer}` : t.answer;
	});
	if (!parts.length && q)
		parts.push(cap(w('best')));
	if (f.storage)
		parts.push(w('storage', { gb: String(f.storage) }));
	if (f.battery !== undefined)
		parts.push(w('battery', { n: f.battery }));
	if (f.age !== undefined)
		parts.push(w('age', { n: f.age }));
	return parts.join(lang.value === 'zh' ? '，' : ', ');
}
/** Why the programme does not buy it, as the price list says it. */
export const refusal = (q: Pick<Quote, 'refused' | 'refused_zh'>): string => (lang.value === 'zh' && q.refused_zh) || q.refused || '';

export function Steps(p: { quote: Quote; questions: Questions | undefined }) {
	const { quote } = p, code = quote.currency;
	return (
		<table class="sums">
			<tbody>
				<tr><td>{w('base')}</td><td class="num">{money(quote.base_minor, code)}</td></tr>
				{quote.steps?.map((s) => {
					const t = inWords(p.questions, s.answer ?? '');
					return <tr key={s.answer}><td>{t.answer}{t.question && <small class="muted"> · {t.question}</small>}</td><td class={`num ${(s.effect_minor ?? 0) < 0 ? 'down' : 'up'}`}>{money(s.effect_minor, code, true)}</td></tr>;
				})}
				<tr class="sum"><td>{quote.bonus_minor ? w('bought') : w('price')}</td><td class="num">{money(quote.price_minor, code)}</td></tr>
				{!!quote.bonus_minor && <>
					<tr><td>{w('bonus')}</td><td class="num up">{money(quote.bonus_minor, code, true)}</td></tr>
					<tr class="sum"><td>{w('total')}</td><td class="num">{money((quote.price_minor ?? 0) + quote.bonus_minor, code)}</td></tr>
				</>}
			</tbody>
		</table>
	);
}
export const worth = (q: Quote | undefined) => (q && !q.refused ? (q.price_minor ?? 0) + (q.bonus_minor ?? 0) : undefined);
/** The choices of age: those who do not know the month know the years. */
export const ages = (): { value: string; label: string }[] => [
	{ value: '6', label: w('year_less') }, ...[1, 2, 3, 4, 5, 7, 10, 15].map((y) => ({ value: String(y * 12), label: w('years', { n: y }) })),
];
export const gigabytes = (gb: number) => (gb >= 1024 && gb % 1024 === 0 ? `${count(gb / 1024)} TB` : `${gb} GB`);
