/* The price of one device: questions, one after the other on a phone and all at once where there is room; the price moves
 * with each answer, and says why. */
import type { ComponentChildren } from 'preact';
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { useLocation, useRoute } from 'preact-iso';
import { ArrowLeft, ArrowRight, Check, Package } from 'lucide-preact';
import { money, when } from '../base/format';
import { useAsk, useDraft, useRested } from '../base/use';
import { named, words } from '../base/words';
import { Button, Card, Choices, Field, Loading, Note, Page, say, Wrong } from '../ui/basic';
import { useCategories } from '../ui/categories';
import { choose, drawer, keep, quoteArgs, type Facts } from './facts';
import { AnswerPicture, CategoryIcon } from './pictures';
import { ages, gigabytes, refusal, Steps, useQuestions, worth, type Questions, type Quote as Price } from './steps';
import './owner.css';

const w = words({
	title: 'What is it worth?', storage: 'How much storage does it have?', battery: 'How good is its battery?', battery_hint: 'In percent. iPhone: Settings → Battery → Battery Health. Android: often under Settings → Battery. Leave it empty when it is not shown.',
	age: 'How old is it?', unknown: 'I do not know', question: 'Question {n} of {of}', back: 'Back', next: 'Next', to_price: 'To the price', up_to: 'Up to', price: 'Your price', bonus: 'with {bonus} bonus', until: 'Promised until {day}', answer_all: 'Answer {n} more question to fix the price.|Answer {n} more questions to fix the price.',
	why: 'How the price comes about', book: 'Book now', keep: 'Put in the drawer', kept: 'It is in your drawer.', refused: 'We cannot take it like this', later: 'What is checked later',
	later_text: 'When it arrives, a technician tests it, looks at the outside, and asks the list of stolen devices. If all is as you say, you get this price. If not, you get a new price with each difference, its photo and its part of the sum. You may decline: then it comes back to you free of charge.',
	same: 'No change', changed: '{effect} since the last answer', change_answers: 'Change answers', not_priced: 'There is no price for this kind of device yet.', by_category: 'by kind of device', start: 'Hand in a device', all_shown: 'Your answers', go_on: 'Answer now',
}, {
	title: '值多少钱？', storage: '存储容量是多少？', battery: '电池健康度如何？', battery_hint: '百分比。iPhone：设置 → 电池 → 电池健康；安卓：通常在设置 → 电池。查不到可留空。',
	age: '用了多久？', unknown: '不清楚', question: '第 {n} 题，共 {of} 题', back: '上一题', next: '下一题', to_price: '查看价格', up_to: '最高', price: '您的报价', bonus: '含补贴 {bonus}', until: '报价有效期至 {day}', answer_all: '再回答 {n} 个问题即可确定价格。',
	why: '价格明细', book: '立即预约', keep: '放入抽屉', kept: '已放入抽屉。', refused: '目前无法回收', later: '之后会检查什么',
	later_text: '收到后，技术员会检测功能和外观，并核对失窃名单。与您所述一致，即按此价付款；若有出入，您会收到新价格，每处差异附照片和金额。您可以不同意，设备将免费退回。',
	same: '没有变化', changed: '比上一步 {effect}', change_answers: '修改答案', not_priced: '此类设备暂无报价。', by_category: '按类别估价', start: '回收估价', all_shown: '您的回答', go_on: '开始回答',
});

interface Step { code: string; title: string; options: { value: string; label: string; refuse?: string }[]; short?: boolean; battery?: boolean }

function useWide(): boolean {
	const query = useMemo(() => matchMedia('(min-width: 861px)'), []);
	const [wide, set] = useState(query.matches);
	useEffect(() => {
		const f = () => set(query.matches);
		query.addEventListener('change', f);
		return () => query.removeEventListener('change', f);
	}, []);
	return wide;
}
function stepsOf(q: Questions, gigs: number[], askAge: boolean): Step[] {
	const list: Step[] = [];
	if (gigs.length > 1)
		list.push({ code: '_storage', title: w('storage'), short: true, options: [...gigs.map((gb) => ({ value: String(gb), label: gigabytes(gb) })), { value: '', label: w('unknown') }] });
	for (const x of q.questions ?? [])
		list.push({ code: x.code ?? '', title: named(x), options: (x.answers ?? []).map((a) => ({ value: a.code ?? '', label: named(a), refuse: a.refuse })) });
	if (q.battery)
		list.push({ code: '_battery', title: w('battery'), options: [], battery: true });
	if (askAge)
		list.push({ code: '_age', title: w('age'), short: true, options: [...ages(), { value: '', label: w('unknown') }] });
	return list;
}
/** What was said, by step; a step that is not there was not answered. */
type Said = Record<string, string>;
function factsOf(said: Said, base: Pick<Facts, 'model' | 'category' | 'name'>): Facts {
	const number = (code: string) => (said[code] ? Number(said[code]) : undefined), battery = number('_battery');
	return {
		...base, answers: Object.fromEntries(Object.entries(said).filter(([k]) => !k.startsWith('_'))), storage: number('_storage'),
		battery: battery !== undefined && battery >= 0 && battery <= 100 ? Math.round(battery) : undefined, age: number('_age'),
	};
}

function Ask(p: { step: Step; category: string; value: string | undefined; onAnswer: (v: string) => void; onUnknown: () => void; hideLegend?: boolean }) {
	if (p.step.battery)
		return (
			<div class="stack tight">
				<Field label={p.step.title} hint={w('battery_hint')}>
					{(a) => <input {...a} type="number" inputMode="numeric" min={1} max={100} value={p.value ?? ''} onInput={(e) => p.onAnswer(e.currentTarget.value)} />}
				</Field>
				<div class="actions"><Button small aria-pressed={p.value === ''} onClick={p.onUnknown}>{p.value === '' && <Check aria-hidden="true" />}{w('unknown')}</Button></div>
			</div>
		);
	return (
		<div class={p.step.short ? 'short' : ''}>
			<Choices legend={p.step.title} value={p.value} onChange={p.onAnswer} hideLegend={p.hideLegend}
				options={p.step.options.map((o) => ({ value: o.value, label: o.label.charAt(0).toUpperCase() + o.label.slice(1), picture: p.step.short ? undefined : <AnswerPicture category={p.category} question={p.step.code} answer={o.value} /> }))} />
		</div>
	);
}

export default function Quote() {
	const { params } = useRoute(), { query } = useLocation(), cats = useCategories();
	const id = Number(params.model), byCategory = !Number.isSafeInteger(id) || id <= 0;
	const model = useAsk('catalogue.model', byCategory ? undefined : { model: id });
	const category = byCategory ? query.c : model.data?.category, questions = useQuestions(category);
	const name = model.data ? `${model.data.brand} ${model.data.name}` : byCategory ? cats.name(category) : '';
	const error = model.error ?? questions.error;
	return (
		<Page title={name || w('title')} crumbs={<a href="/">‹ {w('start')}</a>} sub={byCategory ? w('by_category') : cats.name(category)}>
			{error ? (error.status === 404 && questions.error ? <Note tone="warn" role="alert">{w('not_priced')}</Note> : <Wrong error={error} retry={model.error ? model.reload : questions.reload} />) :
				!questions.data || !category || questions.loading || (!byCategory && !model.data) ? <Loading lines={6} /> :
				<Form key={`${params.model}/${category}`} base={{ model: byCategory ? undefined : id, category, name: byCategory ? '' : name }} questions={questions.data}
					gigs={(model.data?.variants_gb ?? '').split(',').map(Number).filter((n) => n > 0)} askAge={!model.data?.released_day} editing={query.edit} />}
		</Page>
	);
}

function Form(p: { base: Pick<Facts, 'model' | 'category' | 'name'>; questions: Questions; gigs: number[]; askAge: boolean; editing?: string }) {
	const { route } = useLocation(), wide = useWide();
	const gigs = p.gigs.length ? p.gigs : (p.questions.storage ?? []).map((s) => s.gb ?? 0).filter((g) => g > 1);
	const steps = stepsOf(p.questions, gigs, p.askAge);
	const before = drawer.value.find((k) => k.id === p.editing);
	const first: Said = before ? { ...before.answers, ...(before.storage ? { _storage: String(before.storage) } : { _storage: '' }), ...(before.battery !== undefined ? { _battery: String(before.battery) } : { _battery: '' }), ...(before.age !== undefined ? { _age: String(before.age) } : { _age: '' }) } : {};
	const [said, setSaid, drop] = useDraft<Said>(`quote.${p.base.model ?? p.base.category}.${p.editing ?? ''}`, first);
	const open = steps.filter((s) => said[s.code] === undefined);
	const [at, setAtNow] = useState(() => (open.length ? steps.indexOf(open[0]!) : steps.length)), moved = useRef(false);
	const setAt = (n: number | ((old: number) => number)) => {
		moved.current = true;
		setAtNow(n);
	};
	const facts = factsOf(said, p.base), rested = useRested(JSON.stringify(facts), 120);
	const price = useAsk('tradein.quote', quoteArgs(JSON.parse(rested) as Facts));
	const last = useRef<number>(), [change, setChange] = useState<number>();
	const total = worth(price.data);
	useEffect(() => {
		if (total !== undefined && last.current !== undefined)
			setChange(total - last.current);
		if (total !== undefined)
			last.current = total;
	}, [total]);

	const answer = (s: Step, v: string) => {
		setSaid((old) => ({ ...old, [s.code]: v }));
		if (!wide && !s.battery)
			setTimeout(() => setAt((n) => (steps[n]?.code === s.code ? n + 1 : n)), 180); /* long enough to see what was pressed */
	};
	const put = (): string => {
		const id = keep(facts, p.editing);
		drop();
		return id;
	};
	const toDrawer = () => {
		put();
		say(w('kept'));
		route('/drawer');
	};
	const book = () => {
		choose([put()]);
		route('/book');
	};
	const done = !open.length, refused = price.data?.refused;
	const ends = <Ends price={price.data} done={done} refused={!!refused} onBook={book} onKeep={toDrawer} onGo={() => setAt(open.length ? steps.indexOf(open[0]!) : 0)} wide={wide} />;
	const card = (
		<Card class="price-card" label={w('price')}>
			{!refused && <Sum price={price.data} open={open.length} change={change} />}
			<Wrong error={price.error} retry={price.reload} inline />
			{refused ? <Note tone="warn" role="status"><b>{w('refused')}</b><br />{refusal(price.data!)}</Note> : price.data && <details open={wide || done}><summary>{w('why')}</summary><Steps quote={price.data} questions={p.questions} /></details>}
			{ends}
		</Card>
	);
	const later = <Card title={w('later')}><p class="muted">{w('later_text')}</p></Card>;

	if (wide)
		return (
			<div class="side">
				<div class="stack">
					<Card class="asking" label={w('all_shown')}>
						{steps.map((s) => <Ask key={s.code} step={s} category={p.base.category} value={said[s.code]} onAnswer={(v) => answer(s, v)} onUnknown={() => answer(s, '')} />)}
					</Card>
					{later}
				</div>
				{card}
			</div>
		);
	const step = steps[at];
	return (
		<>
			{step ? <>
				<div class="stack tight">
					<div class="row spread"><span class="muted">{w('question', { n: at + 1, of: steps.length })}</span><CategoryIcon category={p.base.category} /></div>
					<div class="quiz-progress" aria-hidden="true"><div style={{ width: `${((at + 1) / steps.length) * 100}%` }} /></div>
				</div>
				<div class="asking"><OneAtATime key={step.code} focus={moved.current}><Ask step={step} category={p.base.category} value={said[step.code]} onAnswer={(v) => answer(step, v)} onUnknown={() => { answer(step, ''); setAt(at + 1); }} /></OneAtATime></div>
				{refused && <Note tone="warn" role="status"><b>{w('refused')}</b><br />{refusal(price.data!)}</Note>}
				<div class="row spread">
					<Button kind="quiet" disabled={at === 0} onClick={() => setAt(at - 1)}><ArrowLeft aria-hidden="true" />{w('back')}</Button>
					<Button disabled={said[step.code] === undefined} onClick={() => setAt(at + 1)}>{at + 1 === steps.length ? w('to_price') : w('next')}<ArrowRight aria-hidden="true" /></Button>
				</div>
			</> : <>
				{card}
				<div class="actions"><Button kind="quiet" onClick={() => setAt(0)}>{w('change_answers')}</Button></div>
			</>}
			{later}
			{step && <div class="price-bar"><div class="grow"><Sum price={price.data} open={open.length} change={change} small /></div></div>}
		</>
	);
}
/** The next question takes the focus, as the next page would. */
function OneAtATime(p: { focus: boolean; children: ComponentChildren }) {
	const ref = useRef<HTMLDivElement>(null);
	useEffect(() => {
		if (p.focus)
			ref.current?.focus({ preventScroll: true });
	}, []);
	return <div ref={ref} class="one" tabIndex={-1}>{p.children}</div>;
}

function Sum(p: { price: Price | undefined; open: number; change?: number; small?: boolean }) {
	const total = worth(p.price), up = p.open > 0;
	if (!p.price)
		return <div class="ghost" />;
	const moved = p.change === undefined ? '' : p.change === 0 ? w('same') : w('changed', { effect: money(p.change, p.price.currency, true) });
	if (p.small && p.price.refused)
		return <div aria-live="polite"><b class="refused">{w('refused')}</b></div>;
	if (p.small)
		return <div aria-live="polite"><b>{up && total !== undefined && <small class="muted">{w('up_to')} </small>}{money(total ?? 0, p.price.currency)}</b><span class="change">{moved}</span></div>;
	return (
		<div class="price" aria-live="polite">
			<span class="muted">{up ? w('up_to') : w('price')}</span>
			<b>{money(total ?? 0, p.price.currency)}</b>
			{!!p.price.bonus_minor && <span class="muted">{w('bonus', { bonus: money(p.price.bonus_minor, p.price.currency) })}</span>}
			{moved && <span class="small">{moved}</span>}
			{up ? <span class="small muted">{w('answer_all', { n: p.open })}</span> : p.price.valid_until_us && total !== undefined && <span class="small muted">{w('until', { day: when(p.price.valid_until_us, 'date') })}</span>}
		</div>
	);
}
function Ends(p: { price: Price | undefined; done: boolean; refused: boolean; wide: boolean; onBook: () => void; onKeep: () => void; onGo: () => void }) {
	if (!p.done && !p.wide)
		return <div class="actions"><Button kind="main" onClick={p.onGo}>{w('go_on')}</Button></div>;
	return (
		<div class="stack tight">
			<Button kind="main" disabled={!p.done || p.refused || !p.price} onClick={p.onBook}>{w('book')}</Button>
			<Button disabled={!p.done || p.refused || !p.price} onClick={p.onKeep}><Package aria-hidden="true" />{w('keep')}</Button>
		</div>
	);
}
