/* Differences to what was declared, in words: "screen:cracked" by the questions of the price list. */
import { signal } from '@preact/signals';
import { ask } from '../../base/ask';
import { cityId } from '../../base/session';
import { codeWords, named } from '../../base/words';

const plain = codeWords({ battery: 'Battery', storage: 'Storage', other_model: 'Another model', floor: 'Lowest price', rounding: 'Rounding', age: 'Age' },
	{ battery: '电池', storage: '存储容量', other_model: '型号不同', floor: '最低价', rounding: '取整', age: '年限' });
interface Answered { code?: string; en?: string; zh?: string }
interface Question extends Answered { answers?: Answered[] }
const questions = signal<Question[]>([]);
const asked = new Set<string>();
/** Asks for the questions of a category, once. */
export function learnQuestions(category: string | undefined) {
	if (!category || asked.has(category))
		return;
	asked.add(category);
	ask('tradein.questions', { city: cityId(), category }).then((a) => (questions.value = [...questions.value, ...((a as { questions?: Question[] }).questions ?? [])]), () => asked.delete(category));
}
export function defectWord(code: string | undefined): string {
	const [question, answer] = (code ?? '').split(':');
	/* a question alone: it is better than was declared, as good as can be */
	const q = questions.value.find((x) => x.code === question), a = answer ? q?.answers?.find((x) => x.code === answer) : q?.answers?.[0];
	return q && a ? `${named(q)}${/[?？]$/.test(named(q)) ? ' ' : ': '}${named(a)}` : plain(question) + (answer ? `: ${answer}` : '');
}
