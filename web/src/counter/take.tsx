/* Taking a device, by keyboard and scanner: one question at a time, the focus always where the next key goes. */
import type { RefObject } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { useLocation } from 'preact-iso';
import { Printer, WifiOff } from 'lucide-preact';
import { ask, online, Problem, type Answer } from '../base/ask';
import { city, cityId, orderLink, who } from '../base/session';
import { money, nowUs } from '../base/format';
import { lang, named, words } from '../base/words';
import { useAct, useAsk, useDraft, useKeys } from '../base/use';
import { Button, Card, Chip, Facts, Input, Loading, Note, reason, say, Select, Wrong } from '../ui/basic';
import { CameraScan, Qr } from '../ui/code';
import { ModelFinder, type Model } from '../ui/models';
import { Options, useFocus, type Option } from './ask';
import { codeOf, meant } from './codes';
import { advance, forget, newJob, type Access, type Facts as Declared, type Job } from './jobs';
import { Label, OwnerSlip, printSheet } from './label';
import { SignaturePad } from './pad';
import { drawSlip } from './slip';
import { askKept, useKept } from './store';
import { knownModel, learnModel, type Known } from './tac';

const w = words({
	scan: 'Scan the IMEI, or the code of a booked order', scan_hint: 'Or type it; or a model by name, when there is no IMEI. On the phone: dial *#06#.', go: 'Go on', no_imei: 'Without IMEI',
	imei_length: 'An IMEI has 15 digits. This one has {n}.', imei_check: 'The last digit does not fit: one digit was misread. Scan it again, or dial *#06#.', imei_same: 'These digits are a placeholder, not an IMEI.', bad_code: 'The last character of this code does not fit: one was mistyped.',
	model: 'Which model is it?', model_hint: 'The IMEI {imei} is new here. Once chosen, it is known from then on.', model_ph: 'iphone 13 pro, 小米…', category: 'What is it?', category_hint: 'Without the server the model cannot be looked up; its kind is enough now.', category_other: 'Not in the catalogue? Its kind is enough.',
	stolen: 'Is it on the list of stolen devices?', stolen_hint: 'Look it up as your shop does.', stolen_clear: 'Not listed', stolen_listed: 'Listed as stolen', stolen_unknown: 'Could not be looked up', stop_title: 'Do not take this device', stop_text: 'It is on the list of stolen devices. Hand nothing over, pay nothing, and follow the police’s instructions. Nothing was recorded.',
	storage: 'How much storage?', storage_unknown: 'Not known', gb: '{n} GB', battery: 'Battery health in percent', battery_hint: 'In the settings, under battery. Leave it empty when it cannot be seen.', battery_wrong: 'A whole number from 1 to 100.', age: 'Age in months', age_hint: 'Leave it empty when it is not known.', age_wrong: 'A whole number up to 1200.',
	rest: 'The rest is in order', refused: 'The programme does not buy it', refused_hint: 'Esc goes back to the answer; F2 begins anew.',
	owner: 'Whose is it?', phone: 'Phone of the owner', name: 'Name of the owner', account: 'Bank account for the payment', account_hint: 'May be left empty and given later.', phone_wrong: 'Digits, spaces and + only.', name_wrong: 'The name is needed.', found: 'Found: {name}', found_n: 'Known owner no. {n}',
	confirm: 'To the owner: please read and confirm', conf_new: 'You hand over:', price: 'Price', with_bonus: '+ {sum} bonus', term_price: 'The price is yours when the inspection finds what you declared. Otherwise you get a new offer with reasons; you may decline it and have the device back, free of charge.', term_data: 'All data on it will be erased, and you can see the record. Save what you need first.',
	term_late: 'There is no connection now. We only take the device into our care; the price, the check against the list of stolen devices and the payment follow when we are connected. You may have it back free of charge until you have agreed to the price.',
	agree: 'I agree and hand it over', own_phone: 'I confirm on my own phone', sign: 'Signature (with finger, pen or mouse; may be left empty)', agreed_by_key: 'Agreed to by key, at the counter’s screen, by:', agreed_by_hand: 'Signed at the counter’s screen by:', slip: 'Hand-over of a device', at: 'At', device: 'Device', imei: 'IMEI', order: 'Order',
	phone_given: 'The owner has confirmed already, with a phone of their own. Only your side is missing.', take_in: 'Take it in',
	done: 'Taken in', done_late: 'Kept here until the server answers', done_refused: 'The server refuses it', label: 'Print the label', owner_slip: 'Slip for the owner', next: 'Next device', wait_owner: 'Waiting for the owner to confirm on the phone', owner_done: 'The owner has confirmed.', show_owner: 'For the owner: code and PIN', also: 'Another device here has the same identity. Have it looked at before anything is paid:', retry: 'Try again',
	late_text: 'The take is kept in this browser and sent by itself as soon as the server answers. You may go on with the next device, and even close the window. Write the number on the device: {code}',
	price_wait: 'The price waits for the server.', base: 'Model and age', why: 'How the price comes about', battery_step: 'Battery', storage_step: 'Storage', floor: 'Least price', rounding: 'Rounding', site: 'Counter at', no_site: 'Your organisation has no open site in this city. An administrator can open one.',
	back: 'Back', anew: 'Begin anew', anew_done: 'Begun anew.', keys: 'Keys', key_n: 'answer', key_enter: 'go on',
	items: 'Which device of the order?', none_booked: 'Nothing of this order waits to be handed over. See what became of it:', open_order: 'Open order {n}', ident: 'Scan its IMEI', ident_hint: 'Or its serial number. Leave it empty when it has none.', booked_for: 'Booked as {what}', no_order: 'There is no order {n} of your shop.', offline_order: 'A booked order cannot be opened without the server. Take it as a new device, or wait.',
	keys_used: '{n} key for this take|{n} keys for this take', in_care: 'In our care, and in the books. The list of stolen devices comes next, then the price for its owner.', look_up: 'Look it up',
	account_end: 'Paid to the account that ends in {end}.', account_none: 'No account for the payment is known.', other_account: 'Another account, for this order', other_hint: 'Its owner confirms it with the hand-over.', pay_to: 'Paid to', known_account: 'the account that ends in {end}', customer: 'customer no. {n}',
}, {
	scan: '扫描 IMEI 或预约订单码', scan_hint: '也可手动输入；没有 IMEI 时可输入型号名称。手机上拨 *#06# 可查看。', go: '继续', no_imei: '没有 IMEI',
	imei_length: 'IMEI 应为 15 位数字，当前为 {n} 位。', imei_check: '校验位不符，有一位读错了。请重新扫描，或拨 *#06# 核对。', imei_same: '这些数字是占位符，不是 IMEI。', bad_code: '校验位不符，编码中有一位输错了。',
	model: '是哪个型号？', model_hint: '首次遇到此 IMEI 段（{imei}）。选择一次后即可自动识别。', model_ph: 'iphone 13 pro、小米……', category: '是什么设备？', category_hint: '未连接服务器，无法查询型号，先选类别即可。', category_other: '目录中没有？选择类别即可。',
	stolen: '是否在被盗设备名单上？', stolen_hint: '请按本店流程查询。', stolen_clear: '不在名单上', stolen_listed: '在被盗名单上', stolen_unknown: '无法查询', stop_title: '请勿收取此设备', stop_text: '该设备在被盗名单上。不要收取，不要付款，按警方要求处理。未作任何记录。',
	storage: '存储容量是多少？', storage_unknown: '不清楚', gb: '{n} GB', battery: '电池健康度（%）', battery_hint: '在设置的“电池”中查看。看不到可留空。', battery_wrong: '请输入 1 到 100 的整数。', age: '已使用月数', age_hint: '不清楚可留空。', age_wrong: '请输入不超过 1200 的整数。',
	rest: '其余均正常', refused: '本计划不收此设备', refused_hint: '按 Esc 返回上一题，按 F2 重新开始。',
	owner: '机主是谁？', phone: '机主电话', name: '机主姓名', account: '收款银行账号', account_hint: '可留空，之后再补。', phone_wrong: '只能包含数字、空格和 +。', name_wrong: '请填写姓名。', found: '已找到：{name}', found_n: '老客户 {n} 号',
	confirm: '请机主阅读并确认', conf_new: '您交付的设备：', price: '价格', with_bonus: '另加补贴 {sum}', term_price: '若检测结果与您的描述一致，即按此价格付款。否则会给出附理由的新报价，您可以拒绝并免费取回设备。', term_data: '设备上的所有数据都将被擦除，您可以查看擦除记录。请先备份重要资料。',
	term_late: '目前没有网络连接。我们仅代为保管设备；价格、被盗名单核查和付款将在恢复连接后进行。在您同意价格之前，可随时免费取回设备。',
	agree: '我同意并交付', own_phone: '我用自己的手机确认', sign: '签名（可用手指、触控笔或鼠标，可留空）', agreed_by_key: '在柜台屏幕上按键确认：', agreed_by_hand: '在柜台屏幕上签名：', slip: '设备交付单', at: '时间', device: '设备', imei: 'IMEI', order: '订单',
	phone_given: '机主已用自己的手机确认，只差您这一方。', take_in: '确认收件',
	done: '已收件', done_late: '已暂存，等待服务器恢复', done_refused: '服务器拒绝了', label: '打印标签', owner_slip: '打印机主回单', next: '下一台', wait_owner: '正在等待机主在手机上确认', owner_done: '机主已确认。', show_owner: '给机主：订单号和 PIN', also: '另一台设备有相同的身份标识，付款前请先核查：', retry: '重试',
	late_text: '此次收件已保存在本浏览器中，服务器恢复后自动发送。您可以继续收下一台，也可以关闭窗口。请在设备上标注编号：{code}',
	price_wait: '价格待服务器恢复后给出。', base: '型号与年限', why: '价格如何得出', battery_step: '电池', storage_step: '容量', floor: '最低价', rounding: '取整', site: '柜台', no_site: '您的机构在本市没有营业网点，请联系管理员开通。',
	back: '返回', anew: '重新开始', anew_done: '已重新开始。', keys: '按键', key_n: '选答', key_enter: '继续',
	items: '是订单中的哪一台？', none_booked: '此订单没有待交付的设备。查看进展：', open_order: '打开订单 {n}', ident: '扫描其 IMEI', ident_hint: '或输入序列号。没有可留空。', booked_for: '预约为 {what}', no_order: '贵店没有订单 {n}。', offline_order: '未连接服务器时无法打开预约订单。可按新设备收件，或稍后再试。',
	keys_used: '本次共按 {n} 键', in_care: '已入账代为保管。接下来查询被盗名单，再向机主报价。', look_up: '去查询',
	account_end: '付款至尾号 {end} 的账户。', account_none: '尚无收款账户。', other_account: '其他账户（仅此订单）', other_hint: '由机主随交付一并确认。', pay_to: '收款账户', known_account: '尾号 {end} 的账户', customer: '客户 {n} 号',
});

type Step = 'scan' | 'item' | 'model' | 'ident' | 'stolen' | 'storage' | 'battery' | 'age' | `q:${string}` | 'owner' | 'confirm' | 'stop';
interface Draft {
	step: Step;
	imeis: string[];
	serial?: string;
	search?: string;
	model?: Known;
	category?: string; /* when there is no model */
	stolen?: 'clear' | 'unknown';
	storage?: string;
	battery: string;
	age: string;
	answers: Record<string, string>;
	phone: string;
	name: string;
	account: string;
	party?: number;
	ends?: string; /* of a known customer: how the account ends that is paid to */
	order?: { order: number; item: number; given: boolean; what: string; price?: number; bonus?: number };
	keys: number;
}
const fresh: Draft = { step: 'scan', imeis: [], battery: '', age: '', answers: {}, phone: '', name: '', account: '', keys: 0 };
const asKnown = (m: Model): Known => ({ model: m.model!, category: m.category!, brand: m.brand!, name: m.name!, gb: m.variants_gb, aged: m.released_day !== undefined });
export const titleOf = (d: { model?: Known; category?: string }, categoryName: (c?: string) => string) => (d.model ? `${d.model.brand} ${d.model.name}` : categoryName(d.category));

type Questions = Answer<'tradein.questions'>;
/* The way through the questions for what is known so far. */
function wayOf(d: Draft, q: Questions | undefined): Step[] {
	if (d.order)
		return ['scan', 'ident', ...(online.value ? (['stolen'] as const) : []), 'confirm'];
	const way: Step[] = ['scan', 'model'];
	if (online.value || d.stolen)
		way.push('stolen');
	if (storageOf(d, q).length)
		way.push('storage');
	if (q?.battery)
		way.push('battery');
	if (!d.model?.aged && (d.model || d.category))
		way.push('age');
	for (const x of q?.questions ?? [])
		way.push(`q:${x.code}`);
	return [...way, 'owner', 'confirm'];
}
function storageOf(d: Draft, q: Questions | undefined): number[] {
	const own = (d.model?.gb ?? '').split(',').map(Number).filter((n) => n > 0);
	return own.length ? own : (q?.storage ?? []).map((s) => s.gb!).filter(Boolean);
}
function factsOf(d: Draft): Declared {
	return {
		model: d.model?.model, category: d.model ? undefined : d.category,
		answers: Object.entries(d.answers).map(([q, a]) => `${q}:${a}`).join(',') || undefined,
		storage_gb: d.storage && d.storage !== 'none' ? Number(d.storage) : undefined,
		battery_percent: d.battery ? Number(d.battery) : undefined, age_months: d.age ? Number(d.age) : undefined,
	};
}
const kindIcon = (s: string) => s.startsWith('q:');

/** The sites at which whoever is signed in takes devices. */
function useSite() {
	const party = who.value.org ?? city.value?.programme;
	const sites = useKept('party.sites', cityId() && party ? { city: cityId(), party, open: true, limit: 100 } : undefined);
	const list = sites.data?.items ?? [];
	const [picked, pick] = useState(Number(localStorage.getItem('relode.site')) || 0);
	const site = list.find((s) => s.site === picked)?.site ?? list[0]?.site;
	return { sites, list, site, pick: (id: number) => { localStorage.setItem('relode.site', String(id)); pick(id); } };
}

export function Take() {
	const [d, set, dropDraft] = useDraft<Draft>('counter.take', fresh);
	const [result, setResult] = useState<{ job: Job; access: Access; keys: number }>();
	const { list, site, pick, sites } = useSite();
	const categories = useKept('catalogue.categories.get', {});
	const category = d.model?.category ?? d.category;
	const questions = useKept('tradein.questions', cityId() && category ? { city: cityId(), category } : undefined).data;
	const categoryName = (c?: string) => {
		const x = categories.data?.items?.find((y) => y.code === c);
		return x ? named({ en: x.name_en, zh: x.name_zh, code: x.code }) : c ?? '';
	};
	const what = titleOf(d, categoryName);
	const facts = factsOf(d);
	const quote = useAsk('tradein.quote', !d.order && online.value && category && cityId() ? { city: cityId(), ...facts } : undefined);
	const price = !d.order && category && quote.data && !quote.error ? quote.data : undefined;
	const way = wayOf(d, questions);
	const keys = useRef(d.keys), run = useRef({ begun: 0, last: 0, keys: 0 });

	useEffect(() => {
		const count = (e: KeyboardEvent) => {
			if (['Shift', 'Control', 'Alt', 'Meta'].includes(e.key))
				return;
			const r = run.current;
			keys.current++;
			if (e.timeStamp - r.last > 100)
				[r.begun, r.keys] = [e.timeStamp, 0];
			r.last = e.timeStamp;
			/* what a scanner types, faster than any hand, is one: its trigger */
			if (++r.keys > 8 && e.key === 'Enter' && (r.last - r.begun) / r.keys < 50) {
				keys.current -= r.keys - 1;
				r.keys = 0;
				r.begun = e.timeStamp;
			}
		};
		document.addEventListener('keydown', count, true);
		return () => document.removeEventListener('keydown', count, true);
	}, []);
	const change = (x: Partial<Draft>, from: Step = d.step) => {
		const next = { ...d, ...x };
		if (!x.step) {
			const nextWay = wayOf(next, questions);
			next.step = nextWay[nextWay.indexOf(from) + 1] ?? 'confirm';
		}
		set({ ...next, keys: keys.current });
	};
	const back = () => {
		if (result)
			return;
		const i = way.indexOf(d.step);
		if (d.step === 'stop')
			set({ ...d, step: 'stolen' });
		else if (d.step === 'item')
			set({ ...d, step: 'scan' });
		else if (i > 0)
			set({ ...d, step: way[i - 1]! });
	};
	const anew = () => {
		dropDraft();
		setResult(undefined);
		keys.current = run.current.last = 0;
	};
	useKeys({ Escape: back, F2: () => { anew(); say(w('anew_done')); } });

	/* the next step after a model is known only when its questions are: then the way is whole */
	useEffect(() => {
		if (category && !questions)
			return;
		if (d.step !== 'scan' && d.step !== 'item' && d.step !== 'stop' && !way.includes(d.step))
			set({ ...d, step: d.category || d.model ? 'stolen' : 'model' });
	}, [d.step, questions]);

	const finish = async (slip: string | undefined, phone: boolean) => {
		const job = newJob({
			city: cityId(), at_us: nowUs(), late: !d.order && !price?.token, what: d.order?.what ?? what, site: site!,
			owner: d.order ? undefined : { party: d.party, name: d.name.trim(), phone: d.phone.trim(), account: d.account.trim() || undefined },
			booked: d.order && { order: d.order.order, item: d.order.item, given: d.order.given },
			token: d.order ? undefined : price?.token, facts: d.order || price?.token ? undefined : facts,
			identifiers: [...d.imeis.map((value) => ({ kind: 'imei' as const, value })), ...(d.serial ? [{ kind: 'serial' as const, value: d.serial }] : [])],
			stolen: d.stolen ?? 'unknown', slip, phone,
		});
		const r = await advance(job, false);
		if (d.imeis[0] && d.model)
			learnModel(d.imeis[0], d.model);
		setResult({ ...r, keys: keys.current });
		dropDraft();
	};

	if (sites.data && !list.length)
		return <Note tone="warn">{w('no_site')}</Note>;
	if (result)
		return <Done result={result} onChange={(r) => setResult({ ...r, keys: result.keys })} onNext={anew} />;
	return (
		<div class="side take">
			<Card class="step-card">
				{!online.value && <Note tone="warn"><WifiOff size={16} aria-hidden="true" /> {w('price_wait')}</Note>}
				<StepView d={d} change={change} questions={questions} categories={(categories.data?.items ?? []).map((c) => ({ value: c.code!, label: named({ en: c.name_en, zh: c.name_zh, code: c.code }) }))}
					what={what} price={price} finish={finish} anew={anew} />
			</Card>
			<aside class="stack">
				<PricePanel d={d} what={what} quote={price} error={quote.error} questions={questions} go={(step) => set({ ...d, step })} way={way} />
				{list.length > 1 && <Select label={w('site')} value={String(site)} options={list.map((s) => [String(s.site), s.name ?? String(s.site)])} onChange={(v) => pick(Number(v))} />}
				<KeysBar step={d.step} onBack={back} onAnew={anew} />
			</aside>
		</div>
	);
}

function KeysBar(p: { step: Step; onBack: () => void; onAnew: () => void }) {
	return (
		<div class="keys no-print" aria-label={w('keys')} role="group">
			{(kindIcon(p.step) || p.step === 'stolen' || p.step === 'storage') && <span><kbd>1–9</kbd> {w('key_n')}</span>}
			<span><kbd>Enter</kbd> {w('key_enter')}</span>
			{p.step !== 'scan' && <Button kind="quiet" small keys="Esc" onClick={p.onBack}>{w('back')}</Button>}
			{p.step !== 'scan' && <Button kind="quiet" small keys="F2" onClick={p.onAnew}>{w('anew')}</Button>}
		</div>
	);
}

interface StepProps {
	d: Draft;
	change: (x: Partial<Draft>, from?: Step) => void;
	questions?: Questions;
	categories: Option[];
	what: string;
	price?: Answer<'tradein.quote'>;
	finish: (slip: string | undefined, phone: boolean) => Promise<void>;
	anew: () => void;
}
function StepView(p: StepProps) {
	const { d, change } = p;
	switch (d.step) {
	case 'scan': case 'item': return <Scan {...p} />;
	case 'model': return <PickModel {...p} />;
	case 'ident': return <Ident {...p} />;
	case 'stolen':
		return <Options id="stolen" title={w('stolen')} hint={w('stolen_hint')} value={d.stolen} options={[
			{ value: 'clear', label: w('stolen_clear') }, { value: 'listed', label: w('stolen_listed'), bad: true }, { value: 'unknown', label: w('stolen_unknown') }]}
			onPick={(v) => (v === 'listed' ? change({ stolen: undefined, step: 'stop' }) : change({ stolen: v as 'clear' | 'unknown' }, 'stolen'))} />;
	case 'stop':
		return <Note tone="bad" role="alert"><h2>{w('stop_title')}</h2><p>{w('stop_text')}</p><Focused onClick={p.anew}>{w('next')}</Focused></Note>;
	case 'storage':
		return <Options id="storage" title={w('storage')} value={d.storage} options={[...storageOf(d, p.questions).slice(-8).map((n) => ({ value: String(n), label: w('gb', { n: String(n) }) })), { value: 'none', label: w('storage_unknown') }]}
			onPick={(v) => change({ storage: v })} />;
	case 'battery':
		return <NumberStep key="battery" label={w('battery')} hint={w('battery_hint')} wrong={w('battery_wrong')} most={100} value={d.battery} onDone={(v) => change({ battery: v })} />;
	case 'age':
		return <NumberStep key="age" label={w('age')} hint={w('age_hint')} wrong={w('age_wrong')} most={1200} value={d.age} onDone={(v) => change({ age: v })} />;
	case 'owner': return <Owner {...p} />;
	case 'confirm': return <ConfirmStep {...p} />;
	default: return <Question {...p} code={d.step.slice(2)} />;
	}
}
function Focused(p: { onClick: () => void; children: string }) {
	const ref = useFocus(true);
	return <div><button type="button" ref={ref as RefObject<HTMLButtonElement>} onClick={p.onClick}>{p.children}</button></div>;
}

function Question(p: StepProps & { code: string }) {
	const q = p.questions?.questions?.find((x) => x.code === p.code), all = p.questions?.questions ?? [];
	const after = all.slice(all.findIndex((x) => x.code === p.code));
	const rest = () => p.change({ answers: { ...p.d.answers, ...Object.fromEntries(after.map((x) => [x.code!, x.answers![0]!.code!])) }, step: 'owner' });
	useKeys({ 0: rest });
	if (!q)
		return <Loading lines={4} />;
	return (
		<>
			<Options id={`q-${q.code}`} title={named(q)} value={p.d.answers[q.code!]} options={(q.answers ?? []).map((a) => ({ value: a.code!, label: named(a), hint: a.refuse ? w('refused') : undefined, bad: !!a.refuse }))}
				onPick={(v) => p.change({ answers: { ...p.d.answers, [q.code!]: v } })} />
			{after.length > 1 && <div><Button kind="quiet" small keys="0" onClick={rest}>{w('rest')}</Button></div>}
		</>
	);
}

function NumberStep(p: { label: string; hint: string; wrong: string; most: number; value: string; onDone: (v: string) => void }) {
	const [text, setText] = useState(p.value);
	const [bad, setBad] = useState(false);
	const form = useRef<HTMLFormElement>(null);
	useEffect(() => {
		const t = setTimeout(() => form.current?.querySelector('input')?.select(), 0);
		return () => clearTimeout(t);
	}, []);
	const done = () => {
		const t = text.trim(), ok = t === '' || (/^\d+$/.test(t) && Number(t) >= 1 && Number(t) <= p.most);
		setBad(!ok);
		if (ok)
			p.onDone(t);
	};
	return (
		<form ref={form} class="stack" onSubmit={(e) => { e.preventDefault(); done(); }}>
			<Input label={<span class="ask">{p.label}</span>} hint={p.hint} wrong={bad && p.wrong} value={text} onInput={setText} inputMode="numeric" class="big" />
			<div><Button type="submit" kind="main" keys="Enter">{w('go')}</Button></div>
		</form>
	);
}

type OrderItem = NonNullable<Answer<'tradein.order'>['devices']>[number];
function Scan(p: StepProps) {
	const [text, setText] = useState('');
	const [wrong, setWrong] = useState('');
	const [open, setOpen] = useState<{ order: number; items: OrderItem[]; names: Record<number, string> }>();
	const { route, query } = useLocation();
	const form = useRef<HTMLFormElement>(null);
	useEffect(() => {
		const t = setTimeout(() => form.current?.querySelector('input')?.focus(), 0);
		return () => clearTimeout(t);
	}, []);
	const takeItem = (order: number, i: OrderItem, name: string) => p.change({
		order: { order, item: i.item!, given: !!i.given_us, what: name, price: i.quoted_minor, bonus: i.bonus_minor },
		category: undefined, model: undefined, step: 'ident',
	});
	const booked = async (order: number) => {
		const o = await ask('tradein.order', { city: cityId(), order });
		const items = (o.devices ?? []).filter((i) => i.state === 'booked' && !i.taken_us), names: Record<number, string> = {};
		for (const i of items)
			names[i.item!] = i.model ? await ask('catalogue.model', { model: i.model }).then((m) => `${m.brand} ${m.name}`, () => i.category ?? '') : i.category ?? '';
		if (items.length === 1)
			takeItem(order, items[0]!, names[items[0]!.item!]!);
		else
			setOpen({ order, items, names });
	};
	const act = useAct(async (input: string) => {
		const m = meant(input);
		setWrong('');
		setOpen(undefined);
		if (m.kind === 'bad_imei')
			setWrong(m.why === 'length' ? w('imei_length', { n: input.replace(/\D/g, '').length }) : m.why === 'check' ? w('imei_check') : w('imei_same'));
		else if (m.kind === 'bad_code')
			setWrong(w('bad_code'));
		else if (m.kind === 'device')
			route(`/devices/${m.device}`);
		else if (m.kind === 'order')
			await booked(m.order).catch((e: unknown) => {
				if (e instanceof Problem && (e.status === 404 || e.status === 403))
					setWrong(w('no_order', { n: String(m.order) }));
				else if (e instanceof Problem && e.kind === 'offline')
					setWrong(w('offline_order'));
				else
					throw e;
			});
		else if (m.kind === 'imei')
			await byImei(m.imei, p);
		else if (m.text)
			p.change({ ...fresh, search: m.text, step: 'model' });
		if (m.kind !== 'text' || !m.text)
			form.current?.querySelector('input')?.select();
	});
	useEffect(() => {
		/* "take it in" of an order's page */
		if (/^\d+$/.test(query.order ?? '')) {
			route('/counter', true);
			void act.run(`#${query.order}`);
		}
	}, [query.order]);
	if (open && open.items.length)
		return <Options id="items" title={w('items')} options={open.items.map((i) => ({ value: String(i.item), label: open.names[i.item!]!, hint: money(i.quoted_minor) }))} onPick={(v) => {
			const i = open.items.find((x) => String(x.item) === v)!;
			takeItem(open.order, i, open.names[i.item!]!);
		}} />;
	return (
		<form ref={form} class="stack" onSubmit={(e) => { e.preventDefault(); void act.run(text); }}>
			<Input label={<span class="ask">{w('scan')}</span>} hint={w('scan_hint')} wrong={wrong} value={text} onInput={(t) => { setText(t); setWrong(''); }} class="big mono" spellcheck={false} autocapitalize="none" enterkeyhint="go" />
			{open && !open.items.length && <Note tone="info">{w('none_booked')} <a href={`/orders/${open.order}`}>{w('open_order', { n: String(open.order) })}</a></Note>}
			<Wrong error={act.error} inline />
			<div class="actions">
				<Button type="submit" kind="main" keys="Enter" busy={act.busy}>{w('go')}</Button>
				<CameraScan onCode={(t) => { setText(t); void act.run(t); }} />
				<Button kind="quiet" onClick={() => p.change({ ...fresh, step: 'model' })}>{w('no_imei')}</Button>
			</div>
		</form>
	);
}
async function byImei(imei: string, p: StepProps) {
	const start: Partial<Draft> = { ...fresh, imeis: [imei] };
	const known = knownModel(imei);
	const m = await ask('catalogue.search', { q: imei, limit: 2 }).then((a) => (a.items?.length === 1 ? asKnown(a.items[0]!) : undefined), () => undefined) ?? known;
	if (!m)
		return p.change({ ...start, step: 'model' });
	await askKept('tradein.questions', { city: cityId(), category: m.category }).catch(() => undefined);
	p.change({ ...start, model: m, step: online.value ? 'stolen' : 'storage' });
}

function PickModel(p: StepProps) {
	const offline = !online.value;
	const [kinds, setKinds] = useState(offline);
	const pickModel = (m: Model) => {
		const known = asKnown(m);
		if (p.d.imeis[0])
			learnModel(p.d.imeis[0], known);
		p.change({ model: known, category: undefined, storage: undefined, answers: {}, step: 'stolen' });
	};
	if (kinds || offline)
		return <Options id="kinds" title={w('category')} hint={offline ? w('category_hint') : undefined} options={p.categories.slice(0, 9)} onPick={(v) => p.change({ category: v, model: undefined, storage: undefined, answers: {}, step: offline ? 'age' : 'stolen' })} />;
	return (
		<div class="stack">
			<LateFinder text={p.d.search} hint={p.d.imeis[0] && w('model_hint', { imei: p.d.imeis[0] })} onModel={pickModel} />
			<div><Button kind="quiet" small keys="F4" onClick={() => setKinds(true)}>{w('category_other')}</Button></div>
			<Keys map={{ F4: () => setKinds(true) }} />
		</div>
	);
}
function Keys(p: { map: Record<string, () => void> }) {
	useKeys(p.map);
	return null;
}
/* The finder takes the focus once the page's frame is done with it. */
function LateFinder(p: { text?: string; hint?: string; onModel: (m: Model) => void }) {
	const ref = useRef<HTMLDivElement>(null);
	useEffect(() => {
		const t = setTimeout(() => ref.current?.querySelector('input')?.focus(), 0);
		return () => clearTimeout(t);
	}, []);
	return <div ref={ref} class="late"><ModelFinder hint={p.hint} label={w('model')} placeholder={w('model_ph')} text={p.text} onModel={p.onModel} /></div>;
}

function Ident(p: StepProps) {
	const [text, setText] = useState(p.d.imeis[0] ?? p.d.serial ?? '');
	const [wrong, setWrong] = useState('');
	const form = useRef<HTMLFormElement>(null);
	useEffect(() => {
		const t = setTimeout(() => form.current?.querySelector('input')?.focus(), 0);
		return () => clearTimeout(t);
	}, []);
	const done = (input: string) => {
		const m = meant(input), bare = input.trim();
		if (m.kind === 'bad_imei')
			setWrong(m.why === 'length' ? w('imei_length', { n: bare.replace(/\D/g, '').length }) : m.why === 'check' ? w('imei_check') : w('imei_same'));
		else
			p.change(m.kind === 'imei' ? { imeis: [m.imei], serial: undefined } : { imeis: [], serial: bare || undefined });
	};
	return (
		<form ref={form} class="stack" onSubmit={(e) => { e.preventDefault(); done(text); }}>
			<p class="muted">{w('booked_for', { what: p.d.order!.what })}</p>
			<Input label={<span class="ask">{w('ident')}</span>} hint={w('ident_hint')} wrong={wrong} value={text} onInput={(t) => { setText(t); setWrong(''); }} class="big mono" spellcheck={false} />
			<div class="actions"><Button type="submit" kind="main" keys="Enter">{w('go')}</Button><CameraScan onCode={(t) => { setText(t); done(t); }} /></div>
		</form>
	);
}

/* The last four of an account; the first character of a name, and that there is more: what a customer of before is known by
 * on a screen that others may see. */
const endOf = (account: string) => account.replace(/[\s-]/g, '').slice(-4);
const masked = (name: string) => (name.endsWith('**') ? name : `${[...name][0]}**`);
interface Found { party: number; name: string; ends?: string }
/* A customer of before: the programme's own people know them by name, a merchant's clerk by number and the name's beginning. */
async function earlier(phone: string): Promise<Found | undefined> {
	const name = (n: string | undefined, party: number) => n ?? w('found_n', { n: String(party) });
	if (who.value.org) {
		const known = (await ask('party.earlier', { city: cityId(), phone })).items?.[0];
		return known && { party: known.party, name: name(known.name, known.party), ends: known.account_ends };
	}
	const one = (await ask('party.list', { city: cityId(), phone, kind: 'person', limit: 2 })).items?.[0];
	const full = one && (await ask('party.party', { city: cityId(), party: one.party! }));
	return full && { party: full.party!, name: name(full.name, full.party!), ends: full.bank_account && endOf(full.bank_account) };
}
function Owner(p: StepProps) {
	const [phone, setPhone] = useState(p.d.phone), [name, setName] = useState(p.d.name), [account, setAccount] = useState(p.d.account);
	const [found, setFound] = useState<Found | undefined>(p.d.party ? { party: p.d.party, name: p.d.name, ends: p.d.ends } : undefined);
	const [wrong, setWrong] = useState<'phone' | 'name'>();
	const form = useRef<HTMLFormElement>(null);
	const field = (n: number) => form.current?.querySelectorAll('input')[n];
	const looked = useRef<Promise<Found | undefined>>(), typed = useRef(false); /* a name, while the server is asked */
	useEffect(() => {
		const t = setTimeout(() => field(0)?.focus(), 0);
		return () => clearTimeout(t);
	}, []);
	/* what is typed survives a reload and a new sign-in */
	useEffect(() => p.change({ phone, name, account, party: found?.party, ends: found?.ends, step: 'owner' }), [phone, name, account, found]);
	const look = useAct(async () => {
		if (!online.value || phone.replace(/\D/g, '').length < 5)
			return undefined;
		const known = await earlier(phone.trim());
		if (known) {
			setFound(known);
			setName(known.name);
		}
		return known;
	});
	const next = async () => {
		const badPhone = !/^[+\d ()\-./]{3,40}$/.test(phone.trim()) || !/\d/.test(phone);
		if (badPhone) {
			setWrong('phone');
			field(0)?.focus();
			return;
		}
		setWrong(undefined);
		if (document.activeElement === field(0) && !found) {
			const asked = (looked.current = look.run());
			typed.current = false;
			field(1)?.focus(); /* at once: what is typed while the server is asked is the name */
			const known = await asked;
			/* with an account there is nothing left to ask; a hand that is typing a name is not led into the account */
			if (known)
				setTimeout(() => (known.ends || typed.current ? form.current?.querySelector<HTMLButtonElement>('button[type=submit]') : field(1))?.focus(), 0);
			return;
		}
		if (!name.trim()) {
			if (look.busy)
				return;
			setWrong('name');
			field(1)?.focus();
			return;
		}
		if (!found && document.activeElement === field(1))
			return field(2)?.focus();
		const known = found ?? (await looked.current); /* nobody is entered a second time because the answer was late */
		p.change({ phone, name: known?.name ?? name, account, party: known?.party, ends: known?.ends, step: 'confirm' });
	};
	/* another number is somebody else's */
	const another = () => {
		looked.current = undefined;
		if (found)
			setName('');
		setFound(undefined);
	};
	return (
		<form ref={form} class="stack" aria-busy={look.busy || undefined} onSubmit={(e) => { e.preventDefault(); void next(); }}>
			<h2>{w('owner')}</h2>
			<Input label={w('phone')} wrong={wrong === 'phone' && w('phone_wrong')} value={phone} onInput={(t) => { setPhone(t); another(); }} type="tel" inputMode="tel" class="big" />
			{found ? <div key="found" class="stack">
				<div role="status" class="row"><Chip tone="good">{w('found', { name: masked(found.name) })}</Chip><span>{found.ends ? w('account_end', { end: found.ends }) : w('account_none')}</span></div>
				<Input label={w('other_account')} hint={w('other_hint')} value={account} onInput={setAccount} spellcheck={false} maxLength={64} />
			</div> : <div key="new" class="stack">
				<Input label={w('name')} wrong={wrong === 'name' && w('name_wrong')} value={name} onInput={(t) => { typed.current = true; setName(t); }} class="big" maxLength={200} />
				<Input label={w('account')} hint={w('account_hint')} value={account} onInput={setAccount} spellcheck={false} maxLength={64} />
			</div>}
			<Wrong error={look.error} inline />
			<div><Button type="submit" kind="main" keys="Enter">{w('go')}</Button></div>
		</form>
	);
}

/* Before it takes keys: nobody agrees to what came on the screen under a finger that was on its way to Enter. */
const READING_MS = 500;
function ConfirmStep(p: StepProps) {
	const { d, price } = p, late = !d.order && !price?.token;
	const pad = useRef<HTMLCanvasElement>(null), drawn = useRef(false);
	const given = d.order?.given, amount = d.order ? d.order.price : price?.price_minor, bonus = d.order ? d.order.bonus : price?.bonus_minor;
	const terms = late ? [w('term_late'), w('term_data')] : [w('term_price'), w('term_data')];
	const labels = (p.questions?.questions ?? []).flatMap((q) => {
		const a = q.answers?.find((x) => x.code === d.answers[q.code!]);
		return a ? [[named(q), named(a)] as [string, string]] : [];
	});
	/* an account that is new for a known customer is the owner's to confirm: here, on the slip */
	const other = !!d.party && !!d.account.trim(), account: [string, string][] = d.order || !(d.account.trim() || d.ends) ? [] : [[w('pay_to'), w('known_account', { end: d.account.trim() ? endOf(d.account) : d.ends! })]];
	const act = useAct((phone: boolean) => p.finish(given || phone ? undefined : drawSlip({
		title: w('slip'), terms, name: d.party ? `${d.name} · ${w('customer', { n: String(d.party) })}` : d.name || (d.order ? `${w('order')} ${d.order.order}` : ''), how: drawn.current ? w('agreed_by_hand') : w('agreed_by_key'), signature: drawn.current ? pad.current ?? undefined : undefined,
		lines: [[w('device'), d.order?.what ?? p.what], ...(d.imeis[0] ? [[w('imei'), d.imeis[0]] as [string, string]] : []),
			[w('price'), late ? w('price_wait') : `${money(amount)}${bonus ? ` ${w('with_bonus', { sum: money(bonus) })}` : ''}`], ...labels, ...account, [w('at'), new Date().toISOString()]],
	}), phone));
	const ref = useFocus(!!price?.refused, READING_MS);
	useKeys({ F4: () => void (given || late || other || act.run(true)) });
	if (price?.refused)
		return <Note tone="bad" role="alert"><b>{w('refused')}</b><p>{(lang.value === 'zh' && price.refused_zh) || price.refused}</p><p class="small">{w('refused_hint')}</p></Note>;
	return (
		<div class="stack confirm">
			<h2>{given ? w('take_in') : w('confirm')}</h2>
			<div class="handed">
				<small>{w('conf_new')}</small><b>{d.order?.what ?? p.what}</b>
				{d.imeis[0] && <span class="mono">{w('imei')} {d.imeis[0]}</span>}
				{late ? <Chip tone="warn">{w('price_wait')}</Chip> : <span class="big-price">{money(amount)}{bonus ? <small> {w('with_bonus', { sum: money(bonus) })}</small> : null}</span>}
			</div>
			{given ? <Note tone="good">{w('phone_given')}</Note> : <>
				{labels.length + account.length > 0 && <Facts of={[...labels, ...account]} />}
				<ul class="terms">{terms.map((t) => <li key={t}>{t}</li>)}</ul>
				<SignaturePad label={w('sign')} canvas={pad} drawn={drawn} />
			</>}
			<Wrong error={act.error} inline />
			<div class="actions">
				<span ref={ref} tabIndex={-1} class="lead" onKeyDown={(e) => { if (e.key === 'Enter' && e.target === e.currentTarget) { e.preventDefault(); void act.run(false); } }}>
					<Button kind="main" keys="Enter" busy={act.busy} onClick={() => void act.run(false)}>{given ? w('take_in') : w('agree')}</Button>
				</span>
				{!given && !late && !other && <Button keys="F4" busy={act.busy} onClick={() => void act.run(true)}>{w('own_phone')}</Button>}
			</div>
		</div>
	);
}

function PricePanel(p: { d: Draft; what: string; quote?: Answer<'tradein.quote'>; error?: Problem; questions?: Questions; go: (s: Step) => void; way: Step[] }) {
	const { d, quote } = p;
	const stepName = (answer = '') => {
		const [q, a] = answer.split(':');
		const found = p.questions?.questions?.find((x) => x.code === q);
		return found ? named(found.answers?.find((x) => x.code === a)) : answer === 'storage' ? w('storage_step') : answer === 'battery' ? w('battery_step') : answer === 'floor' ? w('floor') : answer === 'rounding' ? w('rounding') : answer;
	};
	const amount = d.order ? d.order.price : quote?.price_minor, bonus = d.order ? d.order.bonus : quote?.bonus_minor;
	if (!p.what && !d.order)
		return null;
	return (
		<Card class="price-card" label={w('price')}>
			<div><b>{d.order?.what ?? p.what}</b>{d.imeis[0] && <div class="mono small muted">{d.imeis[0]}</div>}</div>
			<div class="big-price" aria-live="polite">{!online.value && !d.order ? <small>{w('price_wait')}</small> : quote?.refused ? <Chip tone="bad">{w('refused')}</Chip> : amount === undefined ? '…' : money(amount)}
				{bonus ? <small> {w('with_bonus', { sum: money(bonus) })}</small> : null}</div>
			<Wrong error={p.error?.kind === 'offline' ? undefined : p.error} inline />
			{quote && !quote.refused && (quote.steps?.length ?? 0) > 0 && (
				<dl class="steps" aria-label={w('why')}>
					<dt>{w('base')}</dt><dd>{money(quote.base_minor)}</dd>
					{quote.steps!.filter((s) => s.effect_minor).map((s) => <><dt key={s.answer}>{stepName(s.answer)}</dt><dd>{money(s.effect_minor, undefined, true)}</dd></>)}
				</dl>
			)}
			{!d.order && <ol class="trail">{p.way.filter((s) => s.startsWith('q:') && d.answers[s.slice(2)]).map((s) => {
				const q = p.questions!.questions!.find((x) => x.code === s.slice(2))!;
				return <li key={s}><Button kind="link" onClick={() => p.go(s)}>{named(q)}</Button> <span>{named(q.answers?.find((a) => a.code === d.answers[q.code!]))}</span></li>;
			})}</ol>}
		</Card>
	);
}

function Done(p: { result: { job: Job; access: Access; keys: number }; onChange: (r: { job: Job; access: Access }) => void; onNext: () => void }) {
	const { job, access } = p.result, sent = job.state === 'sent';
	const label = useRef<HTMLDivElement>(null), next = useRef<HTMLDivElement>(null);
	const [given, setGiven] = useState(!job.phone);
	const again = useAct(async () => p.onChange(await advance(job, false)));
	useEffect(() => {
		const t = setTimeout(() => (sent ? label : next).current?.querySelector('button')?.focus(), 0);
		if (sent && !job.late)
			void forget(job.id); /* done: nothing of it stays here */
		return () => clearTimeout(t);
	}, [job.state]);
	useEffect(() => {
		if (given || !job.done.item)
			return;
		const t = setInterval(() => void ask('tradein.item', { city: job.city, item: job.done.item! }, { quiet: true }).then((i) => i.given_us && setGiven(true), () => undefined), 2000);
		return () => clearInterval(t);
	}, [given, job.id]);
	const print = () => {
		printSheet('label');
		next.current?.querySelector('button')?.focus();
	};
	useKeys({ F8: () => sent && print(), F9: () => access.code && printSheet('slip') });
	return (
		<div class="two done">
			<Card title={<span>{sent ? w('done') : job.state === 'refused' ? w('done_refused') : w('done_late')} {sent && job.done.order && <small class="muted"> · {w('open_order', { n: '' })} <a href={`/orders/${job.done.order}`}>{job.done.order}</a></small>}</span>}>
				{sent && job.late && <Note tone="warn" role="status">{w('in_care')} <a href="/counter/queue">{w('look_up')}</a></Note>}
				{sent && job.done.device && <>
					<Label device={job.done.device} what={job.what} at_us={job.at_us} />
					{job.done.also && <Note tone="warn">{w('also')} <a class="mono" href={`/devices/${job.done.also}`}>{codeOf(job.done.also)}</a></Note>}
					{!given && <Note tone="info" role="status">{w('wait_owner')}</Note>}
					{given && job.phone && <Note tone="good" role="status">{w('owner_done')}</Note>}
				</>}
				{job.state === 'waiting' && <Note tone="warn" role="status">{w('late_text', { code: job.id.slice(0, 6).toUpperCase() })}</Note>}
				{job.state === 'refused' && <Note tone="bad" role="alert">{job.error && reason(job.error)}{job.done.order && <> <a href={`/orders/${job.done.order}`}>{w('open_order', { n: String(job.done.order) })}</a></>}</Note>}
				<div class="actions">
					{sent && <div ref={label}><Button kind="main" keys="Enter" onClick={print}><Printer aria-hidden="true" />{w('label')}</Button></div>}
					<div ref={next}><Button kind={sent ? undefined : 'main'} keys={sent ? undefined : 'Enter'} onClick={p.onNext}>{w('next')}</Button></div>
					{!sent && <Button busy={again.busy} onClick={() => void again.run()}>{w('retry')}</Button>}
				</div>
				<p class="small muted">{w('keys_used', { n: p.result.keys })}</p>
			</Card>
			{access.code && job.done.order && (
				<Card title={w('show_owner')}>
					<div class="row top">
						{access.link && <Qr text={orderLink(job.city, access.link)} label={w('show_owner')} size={150} />}
						<div class="stack tight"><b class="mono big-code">{access.code}</b><span class="mono">PIN {access.pin}</span></div>
					</div>
					<div><Button keys="F9" onClick={() => printSheet('slip')}><Printer aria-hidden="true" />{w('owner_slip')}</Button></div>
					<OwnerSlip order={job.done.order} access={access} what={job.what} late={job.late} />
				</Card>
			)}
		</div>
	);
}
