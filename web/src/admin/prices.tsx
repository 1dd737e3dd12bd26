/* The price list: changed here, tried on what was booked, and only then put in force. What is being changed is kept in the
 * browser until it is in force or dropped. */
import { useEffect, useState } from 'preact/hooks';
import { ask, Problem, type Answer } from '../base/ask';
import { count, localDay, money, nowUs, parseMoney } from '../base/format';
import { can, cityId } from '../base/session';
import { useAct, useAsk, useDraft } from '../base/use';
import { colon, named, words } from '../base/words';
import { Button, Card, Chip, Confirm, Empty, Figure, Input, Note, say, Select, Shown, Tabs, TextArea, Wrong } from '../ui/basic';
import { CategoryName } from '../ui/categories';
import { Table } from '../ui/table';

const w = words({
	title: 'Price list', text: 'Amounts are in {currency}. A change holds for quotes from the moment it is put in force; prices that were shown before are honoured.', changed: 'Changed, not in force', in_force: 'In force', category: 'Category', by_hand: 'By category', models: 'By model', as_text: 'As text', view: 'View', all_by: 'All prices of this category by', percent: '%', apply: 'Apply', answers: 'What each answer takes off or adds', question: 'Question', answer: 'Answer', share: 'Share, %', fixed: 'Fixed', refuse: 'Not bought', bonus: 'Bonus on top, %', floor: 'At least',
	brand: 'Brand', model: 'Model', storage: 'Storage, GB', base: 'Base price', add: 'Add', remove: 'Remove', no_models: 'No model has a price of its own; they follow the category.', preview: 'What would it do?', day: 'Booked on', last: 'Yesterday’s bookings', newest: 'The newest bookings', items: 'Devices looked at', up: 'Dearer', down: 'Cheaper', same: 'Not bought any more', before: 'Together now', after: 'Together then', diff: 'Difference', none: 'Nothing was booked on that day. Look at the newest bookings.', by_model: 'Largest changes', put: 'Put in force', put_title: 'Put this price list in force?', put_text: 'New quotes use it at once. The list before stays in the books.', drop: 'Drop the changes', dropped: 'The list in force is shown again.', put_done: 'The price list is in force.', bad_json: 'The text is not JSON: {why}', bad_number: 'Write a number, such as -11 or 12.5.', edit_first: 'Change something first.', devices: 'Devices', which: 'Which bookings',
}, {
	title: '价格表', text: '金额单位为 {currency}。生效后的报价采用新价格；此前已显示的价格仍然有效。', changed: '已修改，未生效', in_force: '生效中', category: '类别', by_hand: '按类别', models: '按型号', as_text: '文本', view: '视图', all_by: '本类别全部价格调整', percent: '%', apply: '应用', answers: '每个回答对价格的影响', question: '问题', answer: '回答', share: '比例 %', fixed: '固定金额', refuse: '不收购', bonus: '额外奖励 %', floor: '最低价',
	brand: '品牌', model: '型号', storage: '存储 GB', base: '基准价', add: '添加', remove: '移除', no_models: '没有单独定价的型号，均按类别计算。', preview: '预览影响', day: '预约日期', last: '昨日预约', newest: '最近的预约', items: '涉及设备', up: '涨价', down: '降价', same: '不再收购', before: '现价合计', after: '新价合计', diff: '差额', none: '当天没有预约，请查看最近的预约。', by_model: '变化最大', put: '生效', put_title: '使此价格表生效？', put_text: '新报价立即采用。之前的价格表仍保留在账本中。', drop: '放弃修改', dropped: '已恢复为生效中的价格表。', put_done: '价格表已生效。', bad_json: '文本不是有效的 JSON：{why}', bad_number: '请填写数字，例如 -11 或 12.5。', edit_first: '请先修改。', devices: '设备', which: '预约范围',
});

interface AnswerRule { code: string; en: string; zh: string; bp?: number; minor?: number; refuse?: string }
interface Category { category: string; launch_unknown_minor?: number; age?: { months: number; bp: number }[]; questions: { code: string; en: string; zh: string; answers: AnswerRule[] }[]; floor_minor?: number; bonus_bp?: number }
interface List { currency: string; categories: Category[]; models: { brand: string; name: string; storage_gb?: number; base_minor: number }[] }
const draftName = 'draft';

export function Prices() {
	const rule = useAsk('rule.rule', { kind: 'price_list', name: 'default' });
	return <Shown of={rule} lines={8}>{(r) => <Editor key={r.digest} body={r.body ?? '{}'} reload={rule.reload} />}</Shown>;
}

function Editor(p: { body: string; reload: () => void }) {
	const [text, setText, dropText] = useDraft('price-list', p.body);
	const [view, setView] = useState<'hand' | 'models' | 'text'>('hand');
	const [error, setError] = useState<Problem>();
	const [asking, setAsking] = useState(false);
	let list: List | undefined;
	try {
		list = JSON.parse(text) as List;
	} catch (e) {
		list = undefined;
	}
	const put = (change: (l: List) => void) => {
		const l = JSON.parse(text) as List;
		change(l);
		setText(JSON.stringify(l, undefined, 1));
	};
	const touched = text !== p.body;
	const publish = useAct(async () => {
		await ask('rule.publish', { kind: 'price_list', name: 'default', body: text });
		say(w('put_done'));
		setAsking(false);
		dropText();
		p.reload();
	});
	useEffect(() => {
		try {
			JSON.parse(text);
			setError(undefined);
		} catch (e) {
			setError(new Problem('input', 0, w('bad_json', { why: e instanceof Error ? e.message : '' })));
		}
	}, [text]);
	const edit = can('admin');
	return (
		<>
			<Card title={w('title')} actions={<Chip tone={touched ? 'warn' : 'good'}>{touched ? w('changed') : w('in_force')}</Chip>}>
				{list && <p class="muted">{w('text', { currency: list.currency })}</p>}
				<Tabs label={w('view')} value={view} onChange={setView} tabs={[{ value: 'hand', label: w('by_hand') }, { value: 'models', label: w('models') }, { value: 'text', label: w('as_text') }]} />
				{view === 'text' ? <TextArea label={w('as_text')} hideLabel value={text} onInput={setText} rows={20} class="mono" spellcheck={false} /> :
					!list ? null : view === 'hand' ? <ByCategory list={list} put={put} edit={edit} /> : <ByModel list={list} put={put} edit={edit} />}
				<Wrong error={error} inline />
				{edit && touched && <div class="actions">
					<Button kind="main" disabled={!!error} onClick={() => setAsking(true)}>{w('put')}</Button>
					<Button kind="quiet" onClick={() => { dropText(); setText(p.body); say(w('dropped')); }}>{w('drop')}</Button>
				</div>}
			</Card>
			{edit && <Preview text={text} touched={touched && !error} />}
			{asking && <Confirm title={w('put_title')} text={w('put_text')} yes={w('put')} busy={publish.busy} error={publish.error} onYes={() => void publish.run()} onClose={() => setAsking(false)} />}
		</>
	);
}

/* An amount or share typed in place: taken when it is a number, when the field is left. */
function Cell(p: { label: string; value: number | undefined; per: number; edit: boolean; onChange: (v: number | undefined) => void }) {
	const shown = p.value === undefined ? '' : String(p.value / p.per);
	const [text, setText] = useState(shown);
	useEffect(() => setText(shown), [shown]);
	const n = text.trim() === '' ? undefined : Number(text.replace(',', '.'));
	const wrong = n !== undefined && !Number.isFinite(n);
	return <input class="cell" aria-label={p.label} aria-invalid={wrong || undefined} title={wrong ? w('bad_number') : undefined} inputMode="decimal" disabled={!p.edit} value={text} onInput={(e) => setText(e.currentTarget.value)} onBlur={() => !wrong && p.onChange(n === undefined ? undefined : Math.round(n * p.per))} />;
}

function ByCategory(p: { list: List; put: (f: (l: List) => void) => void; edit: boolean }) {
	const kinds = useAsk('catalogue.categories.get', {});
	const [at, setAt] = useState(p.list.categories[0]?.category ?? '');
	const [by, setBy] = useState('');
	const i = Math.max(0, p.list.categories.findIndex((c) => c.category === at)), c = p.list.categories[i];
	const name = (code: string) => {
		const k = kinds.data?.items?.find((x) => x.code === code);
		return k ? named({ en: k.name_en, zh: k.name_zh, code }) : code;
	};
	if (!c)
		return null;
	const share = Number(by.replace(',', '.'));
	return (
		<div class="stack">
			<div class="row top">
				<Select label={w('category')} value={at} onChange={setAt} options={p.list.categories.map((x) => [x.category, name(x.category)])} />
				{p.edit && <form class="row" onSubmit={(e) => {
					e.preventDefault();
					const k = 1 + share / 100;
					p.put((l) => {
						const x = l.categories[i]!;
						x.age = x.age?.map((a) => ({ ...a, bp: Math.max(0, Math.round(a.bp * k)) }));
					});
					setBy('');
				}}><Input label={`${w('all_by')} (${w('percent')})`} inputMode="decimal" value={by} onInput={setBy} wrong={by && !Number.isFinite(share) ? w('bad_number') : false} /><div class="field under"><Button type="submit" disabled={!by || !Number.isFinite(share) || share <= -100}>{w('apply')}</Button></div></form>}
			</div>
			<div class="row"><label class="inline">{w('bonus')} <Cell label={w('bonus')} value={c.bonus_bp} per={100} edit={p.edit} onChange={(v) => p.put((l) => { l.categories[i]!.bonus_bp = v ?? 0; })} /></label>
				<label class="inline">{w('floor')} <Cell label={w('floor')} value={c.floor_minor} per={100} edit={p.edit} onChange={(v) => p.put((l) => { l.categories[i]!.floor_minor = v ?? 0; })} /></label></div>
			<h3>{w('answers')}</h3>
			<div class="scroll" tabIndex={0} role="region" aria-label={w('answers')}>
				<table class="prices">
					<thead><tr><th scope="col">{w('question')}</th><th scope="col">{w('answer')}</th><th scope="col" class="num">{w('share')}</th><th scope="col" class="num">{w('fixed')}</th><th scope="col">{w('refuse')}</th></tr></thead>
					<tbody>{c.questions.flatMap((q, qi) => q.answers.map((a, ai) => (
						<tr key={q.code + a.code} class={ai === 0 ? 'asks' : undefined}>
							<td class="lead">{ai === 0 ? named(q) : ''}</td><td class="lead">{named(a)}</td>
							<td class="num" data-head={w('share')}>{ai === 0 ? '–' : <Cell label={`${named(q)}, ${named(a)}${colon()}${w('share')}`} value={a.bp} per={100} edit={p.edit} onChange={(v) => p.put((l) => { l.categories[i]!.questions[qi]!.answers[ai]!.bp = v; })} />}</td>
							<td class="num" data-head={w('fixed')}>{ai === 0 ? '–' : <Cell label={`${named(q)}, ${named(a)}${colon()}${w('fixed')}`} value={a.minor} per={100} edit={p.edit} onChange={(v) => p.put((l) => { l.categories[i]!.questions[qi]!.answers[ai]!.minor = v; })} />}</td>
							<td>{a.refuse ? <Chip tone="bad">{w('refuse')}</Chip> : ''}</td>
						</tr>
					)))}</tbody>
				</table>
			</div>
		</div>
	);
}

function ByModel(p: { list: List; put: (f: (l: List) => void) => void; edit: boolean }) {
	const [brand, setBrand] = useState('');
	const [name, setName] = useState('');
	const [gb, setGb] = useState('');
	const [base, setBase] = useState('');
	const minor = parseMoney(base, p.list.currency);
	return (
		<div class="stack">
			{p.list.models.length ? (
				<div class="scroll" tabIndex={0} role="region" aria-label={w('models')}>
					<table class="prices">
						<thead><tr><th scope="col">{w('brand')}</th><th scope="col">{w('model')}</th><th scope="col" class="num">{w('storage')}</th><th scope="col" class="num">{w('base')}</th><th><span class="hide">{w('remove')}</span></th></tr></thead>
						<tbody>{p.list.models.map((m, i) => (
							<tr key={i}><td>{m.brand}</td><td class="grow">{m.name}</td><td class="num">{m.storage_gb ? `${m.storage_gb} GB` : ''}</td>
								<td class="num"><Cell label={`${m.brand} ${m.name}${colon()}${w('base')}`} value={m.base_minor} per={100} edit={p.edit} onChange={(v) => v !== undefined && p.put((l) => { l.models[i]!.base_minor = v; })} /></td>
								<td>{p.edit && <Button small kind="quiet" onClick={() => p.put((l) => { l.models.splice(i, 1); })}>{w('remove')}</Button>}</td></tr>
						))}</tbody>
					</table>
				</div>
			) : <Empty title={w('no_models')} />}
			{p.edit && <form class="row top" onSubmit={(e) => {
				e.preventDefault();
				p.put((l) => { l.models.push({ brand: brand.trim(), name: name.trim(), ...(gb ? { storage_gb: Number(gb) } : {}), base_minor: minor! }); });
				setName('');
				setBase('');
			}}>
				<Input label={w('brand')} value={brand} onInput={setBrand} required /><Input label={w('model')} value={name} onInput={setName} required /><Input label={w('storage')} inputMode="numeric" value={gb} onInput={setGb} /><Input label={w('base')} inputMode="decimal" value={base} onInput={setBase} required wrong={base && minor === undefined ? w('bad_number') : false} />
				<div class="field under"><Button type="submit" disabled={minor === undefined}>{w('add')}</Button></div>
			</form>}
		</div>
	);
}

function Preview(p: { text: string; touched: boolean }) {
	const [which, setWhich] = useState<'day' | 'newest'>('day');
	const [day, setDay] = useState(localDay(nowUs() - 86400e6));
	const [data, setData] = useState<Answer<'desk.preview'>>();
	const act = useAct(async () => {
		await ask('rule.publish', { kind: 'price_list', name: draftName, body: p.text }).catch((e: unknown) => {
			if (!(e instanceof Problem && e.status === 409)) /* the draft is exactly this text already */
				throw e;
		});
		setData(await ask('desk.preview', { city: cityId(), name: draftName, ...(which === 'day' ? { day } : { last: 1000 }) }));
	});
	useEffect(() => setData(undefined), [p.text, which, day]);
	return (
		<Card title={w('preview')}>
			<form class="row top" onSubmit={(e) => { e.preventDefault(); void act.run(); }}>
				<Select label={w('which')} value={which} onChange={setWhich} options={[['day', w('last')], ['newest', w('newest')]]} />
				{which === 'day' && <Input label={w('day')} type="date" value={day} onInput={setDay} required />}
				<div class="field under"><Button type="submit" busy={act.busy} disabled={!p.touched}>{w('preview')}</Button></div>
			</form>
			{!p.touched && <p class="muted">{w('edit_first')}</p>}
			<Wrong error={act.error} inline />
			{data && (data.items ? <>
				<div class="figures" role="status">
					<Figure label={w('items')} value={count(data.items)} /><Figure label={w('up')} value={count(data.up)} /><Figure label={w('down')} value={count(data.down)} /><Figure label={w('same')} value={count(data.not_bought)} />
					<Figure label={w('before')} value={money(data.before_minor, data.currency)} /><Figure label={w('after')} value={money(data.after_minor, data.currency)} sub={money((data.after_minor ?? 0) - (data.before_minor ?? 0), data.currency, true)} />
				</div>
				<h3>{w('by_model')}</h3>
				<Table label={w('by_model')} rows={data.models ?? []} id={(r) => `${r.model ?? r.category}`} csv="preview.csv" columns={[
					{ key: 'name', head: w('model'), cell: (r) => r.name ?? <CategoryName code={r.category} />, csv: (r) => r.name ?? r.category, width: 'minmax(160px, 2fr)' },
					{ key: 'items', phone: 'said', head: w('devices'), cell: (r) => count(r.items), num: true, width: '90px' },
					{ key: 'before', phone: 'said', head: w('before'), cell: (r) => money(r.before_minor, data.currency), csv: (r) => r.before_minor, num: true },
					{ key: 'after', phone: 'said', head: w('after'), cell: (r) => money(r.after_minor, data.currency), csv: (r) => r.after_minor, num: true },
					{ key: 'diff', phone: 'end', head: w('diff'), cell: (r) => money((r.after_minor ?? 0) - (r.before_minor ?? 0), data.currency, true), csv: (r) => (r.after_minor ?? 0) - (r.before_minor ?? 0), num: true },
				]} />
			</> : <Note>{w('none')}</Note>)}
		</Card>
	);
}
