/* An inspection: a test list by category, walked with the keyboard or with gloves. Grade and price follow from the facts
 * by the server's rules as they come in (inspect.preview); they are recorded once. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { useLocation } from 'preact-iso';
import { ask, newKey, type Answer } from '../base/ask';
import { cityId } from '../base/session';
import { money, parseMass, when } from '../base/format';
import { useAct, useAsk, useDraft, useKeys, useRested } from '../base/use';
import { codeWords, named, words } from '../base/words';
import { Button, Card, Checkbox, Chip, Confirm, Facts, Input, Note, Page, Select, Shown, Wrong } from '../ui/basic';
import { ModelFinder } from '../ui/models';
import { ModelName, modelText } from '../ui/names';
import { Photo, PhotoAdd } from '../ui/photo';
import { holdWord, mediumKind } from '../ui/device/words';
import { defectWord, learnQuestions } from '../ui/device/defects';

const w = words({
	title: 'Inspection', back: 'Back to the device', tests: 'Tests', looks: 'What it looks like', measured: 'Measured', pass: 'Works', fail: 'Fails', untested: 'Not tested', none: 'None', rest: 'The rest works', keys: 'Keys', keys_text: 'Up and down: j, k or arrows. p works, f fails, u not tested; at marks 1 is the worst, 0 none. a: the rest works. Ctrl+Enter: record.',
	battery: 'Battery health, %', storage: 'Storage, GB', weight: 'What the scale says', weight_hint: 'Grams, or 1.25 kg', lock: 'Activation lock', off: 'Off', on: 'On', unknown: 'Unknown', stolen: 'List of stolen devices', clear: 'Not listed', listed: 'Listed', refurbished: 'It has been refurbished', not_looked: 'The outside was not looked at',
	other: 'It is another model than declared', found: 'Which model it is', medium_more: 'There is a memory card or one more drive', card: 'It holds one more: {kind}', photos: 'Photos', photo_of: 'Photo of it', result: 'As it stands', promised: 'Promised', price: 'Price for what was found', offer: 'The owner gets a new offer', same: 'Agreed at the promised price', better: 'Agreed, better than promised', held: 'It will be put on hold: {why}', cosmetic: 'Look', functional: 'Function',
	left: '{n} test left|{n} tests left', record: 'Record', record_ask: 'Record with {n} test not done?|Record with {n} tests not done?', record_text: 'What was not tested counts as not working for the grade. An inspection cannot be changed, only done again.', recorded: 'Recorded', agreed: 'Agreed at {price}', offered: 'New offer: {price}, until {until}', on_hold: 'On hold: {why}', graded: 'Graded {grade}',
	go: 'Go on with this device', next: 'Next device', draft: 'Kept on this screen until it is recorded.', discard: 'Begin anew', price_no: 'The price is settled; this inspection grades it.', steps: 'Why', wrong_mass: 'A weight such as 172 g', wait: 'Comes as you go', group: 'How {name} is',
	done_n: '{done} of {all} tested', c_of: 'C{n} of 9', f_of: 'F{n} of 6',
}, {
	title: '检测', back: '返回设备', tests: '功能测试', looks: '外观', measured: '测量', pass: '正常', fail: '故障', untested: '未测', none: '无', rest: '其余正常', keys: '快捷键', keys_text: '上下移动：j、k 或方向键。p 正常，f 故障，u 未测；外观项 1 为最差，0 为无痕迹。a：其余正常。Ctrl+Enter：记录。',
	battery: '电池健康度（%）', storage: '存储容量（GB）', weight: '秤上读数', weight_hint: '单位为克，或写 1.25 kg', lock: '激活锁', off: '已关闭', on: '未解除', unknown: '不清楚', stolen: '失窃名单', clear: '不在名单', listed: '在名单上', refurbished: '经过翻新', not_looked: '未检查外观',
	other: '与申报型号不同', found: '实际型号', medium_more: '另有存储卡或硬盘', card: '另有：{kind}', photos: '照片', photo_of: '拍照', result: '当前结果', promised: '承诺价', price: '按检测结果的价格', offer: '机主将收到新报价', same: '按承诺价成交', better: '成交，高于承诺价', held: '将被冻结：{why}', cosmetic: '外观', functional: '功能',
	left: '还有 {n} 项未测', record: '记录', record_ask: '还有 {n} 项未测，确定记录吗？', record_text: '未测项目在评级时按不正常计。检测记录不能修改，只能重新检测。', recorded: '已记录', agreed: '成交价 {price}', offered: '新报价 {price}，有效至 {until}', on_hold: '已冻结：{why}', graded: '评级 {grade}',
	go: '继续处理此设备', next: '下一台设备', draft: '记录之前内容保留在本页。', discard: '重新开始', price_no: '价格已定，本次检测只评级。', steps: '原因', wrong_mass: '请输入重量，例如 172 g', wait: '随检测更新', group: '{name}的状况',
	done_n: '已测 {done} / {all}', c_of: 'C{n}（满 9）', f_of: 'F{n}（满 6）',
});
const classWord = codeWords({ key: 'Most important', hardware: 'Hardware', other: 'Other' }, { key: '关键项', hardware: '硬件', other: '其他' });
type Result = 'pass' | 'fail';
interface Found { tests: Record<string, Result>; marks: Record<string, string>; photos: { evidence: number; about?: string }[]; battery: string; storage: string; mass: string; lock: 'off' | 'on' | 'unknown'; stolen: 'clear' | 'listed' | 'unknown'; refurbished: boolean; notLooked: boolean; other: boolean; model?: number; card: string }
const blank: Found = { tests: {}, marks: {}, photos: [], battery: '', storage: '', mass: '', lock: 'off', stolen: 'clear', refurbished: false, notLooked: false, other: false, card: '' };
type Tests = Answer<'inspect.tests'>;
const whole = (t: string) => (/^\d+$/.test(t.trim()) ? Number(t) : undefined);

/* A scanner types faster than a hand: keys that come in a burst are not meant for the list. */
function useCalm() {
	const last = useRef(0), timer = useRef<number>();
	return (f: () => void) => () => {
		const now = performance.now(), fast = now - last.current < 35;
		last.current = now;
		clearTimeout(timer.current);
		if (!fast)
			timer.current = window.setTimeout(f, 40);
	};
}

export function Inspect(p: { item: number }) {
	const item = useAsk('tradein.item', { city: cityId(), item: p.item });
	return (
		<Page title={w('title')} class="bench" crumbs={item.data?.device && <a href={`/bench/device/${item.data.device}`}>{w('back')}</a>}>
			<Shown of={item} lines={10}>{(i) => <Loaded item={i} />}</Shown>
		</Page>
	);
}
function Loaded(p: { item: Answer<'tradein.item'> }) {
	const device = useAsk('device.get', { city: cityId(), device: p.item.device ?? 0 });
	const [facts, setFacts, drop] = useDraft<Found>(`inspect.${p.item.item}`, blank);
	const category = device.data?.category ?? p.item.category ?? '';
	useEffect(() => learnQuestions(category), [category]);
	const tests = useAsk('inspect.tests', category ? { city: cityId(), category } : undefined);
	return <Shown of={device} lines={10}>{(d) => <Shown of={tests} lines={10}>{(t) => <Sheet item={p.item} device={d} tests={t} facts={facts} set={setFacts} drop={drop} />}</Shown>}</Shown>;
}

type Args1 = { item: Answer<'tradein.item'>; device: Answer<'device.get'>; tests: Tests; facts: Found; set: (f: Found | ((o: Found) => Found)) => void; drop: () => void };
const codes = (list: string[]) => (list.length ? list.join(',') : undefined);

function Sheet({ item, device, tests, facts, set, drop }: Args1) {
	const calm = useCalm();
	const test = tests.tests ?? [], looks = facts.notLooked ? [] : tests.observations ?? [];
	const [at, setAt] = useState(0), [sure, setSure] = useState(false), [done, setDone] = useState<Answer<'inspect.record'>>(), [key, fresh] = useState(newKey), [tried, setTried] = useState(false);
	const rows = test.length + looks.length, list = useRef<HTMLDivElement>(null);
	const left = test.filter((t) => !facts.tests[t.code!]).length;
	const change = (c: Partial<Found>) => set((f) => ({ ...f, ...c }));
	const setTest = (code: string, r: Result | undefined) => set((f) => {
		const all = { ...f.tests };
		if (r)
			all[code] = r;
		else
			delete all[code];
		return { ...f, tests: all };
	});
	const setMark = (code: string, level: string | undefined) => set((f) => {
		const all = { ...f.marks };
		if (level)
			all[code] = level;
		else
			delete all[code];
		return { ...f, marks: all };
	});
	const move = (by: number) => setAt((n) => Math.min(rows - 1, Math.max(0, n + by)));
	useEffect(() => {
		list.current?.querySelector(`[data-row="${at}"]`)?.scrollIntoView({ block: 'nearest' });
	}, [at]);

	const asked = useRested({
		city: cityId(), item: item.item!, passed: codes(Object.keys(facts.tests).filter((c) => facts.tests[c] === 'pass')), failed: codes(Object.keys(facts.tests).filter((c) => facts.tests[c] === 'fail')),
		marks: facts.notLooked ? undefined : codes(Object.entries(facts.marks).map(([a, b]) => `${a}/${b}`)), looked_at: facts.notLooked ? false : undefined, battery_percent: whole(facts.battery), storage_gb: whole(facts.storage),
		refurbished: facts.refurbished || undefined, activation_lock: facts.lock, stolen: facts.stolen, found_model: facts.other ? facts.model : undefined,
	}, 150);
	const preview = useAsk('inspect.preview', asked);

	const mg = facts.mass ? parseMass(facts.mass) : undefined;
	const record = useAct(async () => {
		setTried(true);
		if (facts.mass && !mg)
			return;
		try {
			const a = await ask('inspect.record', {
				city: cityId(), item: item.item!, tests: test.filter((t) => facts.tests[t.code!]).map((t) => ({ test: t.code!, result: facts.tests[t.code!]! })),
				marks: looks.filter((o) => facts.marks[o.code!]).map((o) => ({ part: o.code!, severity: facts.marks[o.code!]! })), photos: facts.photos, looked_at: facts.notLooked ? false : undefined,
				media: facts.card ? [{ kind: facts.card as 'card' }] : undefined, battery_percent: whole(facts.battery), storage_gb: whole(facts.storage), mass_mg: mg, refurbished: facts.refurbished || undefined,
				activation_lock: facts.lock, stolen: facts.stolen, found_model: facts.other ? facts.model : undefined,
			}, { key });
			drop();
			setSure(false);
			setDone(a);
		} catch (e) {
			fresh(newKey());
			throw e;
		}
	});
	const ready = () => (left > 0 ? setSure(true) : void record.run());
	const digit = (n: number) => calm(() => {
		const o = looks[at - test.length];
		if (o && n <= (o.levels?.length ?? 0)) {
			setMark(o.code!, n ? o.levels![n - 1]!.code : undefined);
			move(1);
		}
	});
	const mark = (r: Result | undefined) => calm(() => {
		const t = test[at];
		if (t) {
			setTest(t.code!, r);
			move(1);
		}
	});
	const rest = () => set((f) => ({ ...f, tests: { ...Object.fromEntries(test.map((t) => [t.code!, 'pass' as Result])), ...f.tests } }));
	useKeys({
		J: calm(() => move(1)), K: calm(() => move(-1)), ArrowDown: () => move(1), ArrowUp: () => move(-1), P: mark('pass'), F: mark('fail'), U: mark(undefined), A: calm(rest), 'Ctrl+Enter': ready,
		...Object.fromEntries(Array.from({ length: 10 }, (_, n) => [String(n), digit(n)])),
	}, !done && !sure);

	if (done)
		return <Recorded of={done} device={device.device!} />;
	const photoOf = (about: string) => <PhotoAdd device={device.device} label={w('photo_of')} onAdded={(evidence) => set((f) => ({ ...f, photos: [...f.photos, { evidence, about }] }))} />;
	let group = '';
	return (
		<div class="side inspect">
			<div class="stack" ref={list}>
				<div class="row spread">
					<h2><ModelName id={device.model} category={device.category} /> <span class="mono small muted">{device.label}</span></h2>
					<div class="actions no-print"><Button small onClick={rest} keys="A">{w('rest')}</Button></div>
				</div>
				<Card title={w('tests')}>
					{test.map((t, i) => {
						const head = t.class !== group ? (group = t.class ?? '') : '';
						return (
							<>
								{head && <h3 class="muted">{classWord(head)}</h3>}
								<div class={`check-row ${at === i ? 'at' : ''}`} data-row={i} key={t.code} onClick={() => setAt(i)}>
									<span id={`t-${t.code}`}>{named(t)}</span>
									<div class="answers" role="group" aria-labelledby={`t-${t.code}`}>
										<button type="button" class="yes" aria-pressed={facts.tests[t.code!] === 'pass'} onClick={() => setTest(t.code!, 'pass')}>{w('pass')}</button>
										<button type="button" class="no" aria-pressed={facts.tests[t.code!] === 'fail'} onClick={() => setTest(t.code!, 'fail')}>{w('fail')}</button>
										<button type="button" aria-pressed={!facts.tests[t.code!]} onClick={() => setTest(t.code!, undefined)}>{w('untested')}</button>
									</div>
									{facts.tests[t.code!] === 'fail' && photoOf(t.code!)}
								</div>
							</>
						);
					})}
				</Card>
				<Card title={w('looks')}>
					{looks.map((o, n) => {
						const i = test.length + n;
						return (
							<div class={`check-row ${at === i ? 'at' : ''}`} data-row={i} key={o.code} onClick={() => setAt(i)}>
								<span id={`o-${o.code}`}>{named(o)}</span>
								<div class="levels" role="group" aria-label={w('group', { name: named(o) })}>
									<button type="button" class="yes" aria-pressed={!facts.marks[o.code!]} onClick={() => setMark(o.code!, undefined)}><kbd aria-hidden="true">0</kbd>{w('none')}</button>
									{[...(o.levels ?? [])].map((l, k) => ({ l, k })).reverse().map(({ l, k }) => (
										<button type="button" class="no" key={l.code} aria-pressed={facts.marks[o.code!] === l.code} onClick={() => setMark(o.code!, l.code)}><kbd aria-hidden="true">{k + 1}</kbd>{named(l)}</button>
									))}
								</div>
								{facts.marks[o.code!] && photoOf(o.code!)}
							</div>
						);
					})}
					<Checkbox label={w('not_looked')} checked={facts.notLooked} onChange={(notLooked) => change({ notLooked })} />
				</Card>
				<Card title={w('measured')}>
					<div class="fields">
						<Input label={w('battery')} type="number" inputMode="numeric" min={0} max={100} value={facts.battery} onInput={(battery) => change({ battery })} />
						<Input label={w('storage')} type="number" inputMode="numeric" min={0} max={1000000} value={facts.storage} onInput={(storage) => change({ storage })} />
						<Input label={w('weight')} hint={w('weight_hint')} inputMode="decimal" value={facts.mass} onInput={(mass) => change({ mass })} wrong={tried && !!facts.mass && !mg && w('wrong_mass')} />
						<Select label={w('lock')} value={facts.lock} onChange={(lock) => change({ lock })} options={[['off', w('off')], ['on', w('on')], ['unknown', w('unknown')]]} />
						<Select label={w('stolen')} value={facts.stolen} onChange={(stolen) => change({ stolen })} options={[['clear', w('clear')], ['listed', w('listed')], ['unknown', w('unknown')]]} />
						<Select label={w('medium_more')} value={facts.card} onChange={(card) => change({ card })} options={[['', w('none')], ...['card', 'sim', 'ssd', 'hdd', 'flash', 'other'].map((k): [string, string] => [k, w('card', { kind: mediumKind(k) })])]} />
					</div>
					<Checkbox label={w('refurbished')} checked={facts.refurbished} onChange={(refurbished) => change({ refurbished })} />
					<Checkbox label={w('other')} checked={facts.other} onChange={(other) => change({ other })} />
					{facts.other && <ModelFinder label={w('found')} text={modelText(facts.model) || undefined} onModel={(m) => change({ model: m.model })} />}
				</Card>
				<Card title={w('photos')}>
					{facts.photos.length > 0 && <div class="photos">{facts.photos.map((x) => <Photo key={x.evidence} evidence={x.evidence} />)}</div>}
					<PhotoAdd device={device.device} onAdded={(evidence) => set((f) => ({ ...f, photos: [...f.photos, { evidence }] }))} />
				</Card>
				<details class="no-print"><summary>{w('keys')}</summary><p class="muted">{w('keys_text')}</p></details>
			</div>
			<aside class="standing">
				<Card title={w('result')}>
					<Preview of={preview} item={item} />
					<p class="small muted" role="status">{w('done_n', { done: test.length - left, all: test.length })}{left ? ` · ${w('left', { n: left })}` : ''}</p>
					<Button kind="main" class="huge" busy={record.busy} onClick={ready}>{w('record')}</Button>
					<Wrong error={record.error} inline />
					<p class="small muted">{w('draft')} <Button kind="link" onClick={drop}>{w('discard')}</Button></p>
				</Card>
			</aside>
			<div class="standing-bar no-print">
				<b>{preview.data ? `C${preview.data.grade_c} F${preview.data.grade_f}` : ''}</b><span class="grow">{preview.data?.price_minor !== undefined ? money(preview.data.price_minor) : ''}</span>
				<Button kind="main" busy={record.busy} onClick={ready}>{w('record')}</Button>
			</div>
			{sure && <Confirm title={w('record_ask', { n: left })} text={w('record_text')} yes={w('record')} busy={record.busy} error={record.error} onYes={() => void record.run()} onClose={() => setSure(false)} />}
		</div>
	);
}

function Recorded(q: { of: Answer<'inspect.record'>; device: number }) {
	const { route } = useLocation(), a = q.of;
	useKeys({ Enter: () => route(`/bench/device/${q.device}`) });
	return (
		<Card title={w('recorded')} class="next">
			<p class="huge-text" role="status">{a.hold_reason ? w('on_hold', { why: holdWord(a.hold_reason) }) : a.agreed_minor !== undefined ? w('agreed', { price: money(a.agreed_minor) }) : a.offered_minor !== undefined ? w('offered', { price: money(a.offered_minor), until: when(a.offer_until_us, 'date') }) : w('graded', { grade: `C${a.grade_c} F${a.grade_f}` })}</p>
			<Grade c={a.grade_c} f={a.grade_f} />
			<Steps of={a.defects ?? []} />
			<div class="actions"><a class="button main" href={`/bench/device/${q.device}`}>{w('go')} <kbd aria-hidden="true">{'Enter'}</kbd></a><a class="button" href="/bench">{w('next')}</a></div>
		</Card>
	);
}

function Grade(p: { c: number | undefined; f: number | undefined }) {
	return (
		<div class="grade">
			<div><span>{w('cosmetic')}</span><b>{p.c === undefined ? '–' : `C${p.c}`}</b>{p.c !== undefined && <meter min={0} max={9} low={3} optimum={9} value={p.c} aria-label={w('c_of', { n: String(p.c) })} />}</div>
			<div><span>{w('functional')}</span><b>{p.f === undefined ? '–' : `F${p.f}`}</b>{p.f !== undefined && <meter min={0} max={6} low={3} optimum={6} value={p.f} aria-label={w('f_of', { n: String(p.f) })} />}</div>
		</div>
	);
}
function Steps(p: { of: { code?: string; declared?: string; step_minor?: number }[] }) {
	return p.of.length ? <div><h3>{w('steps')}</h3><ul class="price-steps">{p.of.map((d, i) => <li key={i}><span>{defectWord(d.code)}</span><b class={(d.step_minor ?? 0) < 0 ? 'down' : ''}>{money(d.step_minor, undefined, true)}</b></li>)}</ul></div> : null;
}
function Preview(p: { of: { data?: Answer<'inspect.preview'>; error?: Parameters<typeof Wrong>[0]['error']; loading: boolean; reload: () => void }; item: Answer<'tradein.item'> }) {
	const a = p.of.data;
	if (!a)
		return p.of.error ? <Wrong error={p.of.error} retry={p.of.reload} inline /> : <p class="muted">{w('wait')}</p>;
	const lower = a.price_minor !== undefined && p.item.quoted_minor !== undefined && a.price_minor < p.item.quoted_minor;
	return (
		<div class="stack tight" aria-live="polite">
			<Wrong error={p.of.error} inline />
			<Grade c={a.grade_c} f={a.grade_f} />
			{a.hold_reason ? <Note tone="warn">{w('held', { why: holdWord(a.hold_reason) })}</Note> : a.price_minor === undefined ? <p class="muted">{w('price_no')}</p> : <>
				<Facts of={[[w('promised'), money(p.item.quoted_minor)], [w('price'), <strong>{money(a.price_minor)}</strong>]]} />
				<Chip tone={lower ? 'warn' : 'good'}>{lower ? w('offer') : a.price_minor > (p.item.quoted_minor ?? 0) ? w('better') : w('same')}</Chip>
				{lower && <Steps of={a.defects ?? []} />}
			</>}
		</div>
	);
}
