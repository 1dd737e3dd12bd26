/* Payouts: choose who is paid, give the file to the bank, read what the bank answered. */
import { useEffect, useMemo, useState } from 'preact/hooks';
import { useLocation } from 'preact-iso';
import { Download, Plus, Upload } from 'lucide-preact';
import { ask, askAll, type Answer, type Row } from '../base/ask';
import { city as cityNow, cityId } from '../base/session';
import { ago, count, money, nowUs, parseMoney, when, nothing } from '../base/format';
import { useAct, useAsk, useDraft } from '../base/use';
import { codeWords, words } from '../base/words';
import { Button, Card, Chip, Confirm, Empty, Facts, Figure, Input, Note, Page, say, Select, Shown, Wrong, type Tone } from '../ui/basic';
import { download, Table, type Column } from '../ui/table';
import { usOf } from './period';
import { acts, MoneyNav, payeeWord, reasonWord, useParties } from './money-nav';

const w = words({
	title: 'Money', make: 'New payout', payout: 'Payout', made: 'Made', state: 'State', lines: 'Lines', sum: 'Sum', paid: 'Paid', rejected: 'Rejected', none: 'No payout yet', none_text: 'When owners and merchants are owed money, put it into a payout: one file for the bank.', all_states: 'All states', state_is: 'State', in_period: 'Answered by the bank {from} – {to}: {sum} paid', show_all: 'Show all payouts',
	open_bank: 'At the bank', open_made: 'Not yet sent', owed_owners: 'Owed to owners', owed_merchants: 'Owed to merchants', n_lines: '{n} line|{n} lines', n_owners: '{n} device|{n} devices', n_merchants: '{n} merchant|{n} merchants',
	new_title: 'New payout', new_sub: 'Choose who is paid. Nothing moves before you confirm.', due: 'Who is owed money now', who: 'For', kind: 'Kind', since: 'Owed since', amount: 'Amount', item: 'Device {n}', nothing_due: 'Nobody is owed money now', nothing_due_text: 'Money becomes due when a price is agreed and the days until payout are over.', not_due: '{n} more is not due yet.|{n} more are not due yet.',
	chosen: '{n} line, {sum}|{n} lines, {sum}', too_many: 'A payout holds at most {n} lines; the oldest {n} are taken, the others stay owed.', promise: 'Make this payout', sure: 'Make a payout of {sum}?', sure_text: '{n} line is promised from the programme’s money. It is paid when the bank’s return file says so. Before the file goes to the bank, lines can still be dropped.|{n} lines are promised from the programme’s money. They are paid when the bank’s return file says so. Before the file goes to the bank, lines can still be dropped.',
	back: 'Give money back to a buyer', back_text: 'Deposits that a buyer wants back. Choose the buyer and how much.', buyer: 'Buyer', choose: 'Choose…', add: 'Add', at_most: 'At most {sum}.', bad_amount: 'An amount like 125.50.', done: 'Payout {n} is made. Next: its file for the bank.',
	step1: '1. File for the bank', step1_text: 'Download the file and hand it to your bank. It holds names and accounts, so keep it safe.', pain: 'ISO 20022 (pain.001)', csv: 'CSV', got: 'Downloaded: {name}', gave: 'I gave it to the bank', gave_text: 'This notes the fingerprint of the file that you downloaded. After that no line can be dropped any more.', gave_first: 'Download the file first.', step1_done: 'Given to the bank on {when} ({format}).',
	step2: '2. The bank’s answer', step2_text: 'When the bank sends its return file (pain.002 or CSV), import it here. Each line becomes paid or rejected, once; importing a file twice changes nothing.', choose_file: 'Choose the return file', too_large: 'That file is too large to be a return file (at most 768 KB).', wait1: 'Comes after the file was given to the bank.', import: 'Import {name}', imported: '{paid} paid, {rejected} rejected, {n} line still waits.|{paid} paid, {rejected} rejected, {n} lines still wait.', step2_done: 'The bank has answered every line on {when}.',
	rejected_note: 'Rejected money is owed again: find out what is wrong with the account, then put it into another payout.', lines_title: 'Lines', to: 'Paid to', id: 'Bank’s reference', answer: 'Answer', reason: 'Reason', drop: 'Drop {n} line|Drop {n} lines', drop_all: 'Cancel the payout', drop_sure: 'Drop from this payout?', drop_text: 'The money is owed again and can go into another payout.', cancel_sure: 'Cancel payout {n}?', cancelled: 'This payout was cancelled; its money is owed again.', digest: 'Fingerprint of the file', read_only: 'Officers make payouts; you can read them.',
}, {
	title: '资金', make: '新建付款', payout: '付款批次', made: '创建时间', state: '状态', lines: '笔数', sum: '金额', paid: '已付', rejected: '退回', none: '还没有付款', none_text: '当有应付给机主和商户的款项时，汇总为一个付款批次，生成一份银行文件。', all_states: '全部状态', state_is: '状态', in_period: '银行答复于 {from} – {to}：已付 {sum}', show_all: '显示全部付款',
	open_bank: '银行处理中', open_made: '尚未提交', owed_owners: '应付机主', owed_merchants: '应付商户', n_lines: '{n} 笔', n_owners: '{n} 台设备', n_merchants: '{n} 家商户',
	new_title: '新建付款', new_sub: '选择收款人。确认之前不会动用资金。', due: '当前应付', who: '收款方', kind: '类型', since: '应付起始', amount: '金额', item: '设备 {n}', nothing_due: '当前没有应付款', nothing_due_text: '价格成交且到达付款期限后，款项即为应付。', not_due: '另有 {n} 笔尚未到期。',
	chosen: '{n} 笔，{sum}', too_many: '一个批次最多 {n} 笔；取最早的 {n} 笔，其余仍为应付。', promise: '创建付款', sure: '创建 {sum} 的付款？', sure_text: '{n} 笔款项将从项目资金中预留，银行回单确认后才算已付。文件提交银行之前仍可移除个别款项。',
	back: '退款给买家', back_text: '买家要求退回的保证金。选择买家并填写金额。', buyer: '买家', choose: '请选择…', add: '添加', at_most: '最多 {sum}。', bad_amount: '请输入金额，例如 125.50。', done: '付款批次 {n} 已创建。下一步：生成银行文件。',
	step1: '1. 银行文件', step1_text: '下载文件并提交给银行。文件含姓名和账号，请妥善保管。', pain: 'ISO 20022 (pain.001)', csv: 'CSV', got: '已下载：{name}', gave: '已提交给银行', gave_text: '将登记您所下载文件的指纹，此后不能再移除款项。', gave_first: '请先下载文件。', step1_done: '已于 {when} 提交银行（{format}）。',
	step2: '2. 银行答复', step2_text: '收到银行回单文件（pain.002 或 CSV）后在此导入。每笔款项变为已付或退回，且只处理一次；重复导入不会有变化。', choose_file: '选择回单文件', too_large: '文件过大，不是回单文件（上限 768 KB）。', wait1: '文件提交银行之后进行。', import: '导入 {name}', imported: '已付 {paid}，退回 {rejected}，还有 {n} 笔等待答复。', step2_done: '银行已于 {when} 答复全部款项。',
	rejected_note: '退回的款项恢复为应付：请核实账户问题后放入新的付款批次。', lines_title: '明细', to: '收款方', id: '银行参考号', answer: '答复', reason: '原因', drop: '移除 {n} 笔', drop_all: '取消此批次', drop_sure: '从批次中移除？', drop_text: '款项恢复为应付，可放入其他付款批次。', cancel_sure: '取消付款批次 {n}？', cancelled: '此批次已取消，款项恢复为应付。', digest: '文件指纹', read_only: '付款由管理员创建，您可以查看。',
});
const stateWord = codeWords({ created: 'Not yet sent', exported: 'At the bank', settled: 'Settled', cancelled: 'Cancelled', pending: 'Waiting', paid: 'Paid', rejected: 'Rejected', dropped: 'Dropped' },
	{ created: '尚未提交', exported: '银行处理中', settled: '已完成', cancelled: '已取消', pending: '等待答复', paid: '已付', rejected: '退回', dropped: '已移除' });
const tones: Record<string, Tone> = { created: 'warn', exported: 'info', settled: 'good', pending: 'info', paid: 'good', rejected: 'bad' };
const State = (p: { state?: string }) => <Chip tone={tones[p.state ?? ''] ?? ''}>{stateWord(p.state)}</Chip>;
const linesMax = 240, fileMax = 768 * 1024;

/** All rows of a list that is short enough to be held: payouts, what is owed. */
function useAll<T>(load: () => Promise<T>, key: string) {
	const [data, set] = useState<T>();
	const act = useAct(async () => set(await load()));
	useEffect(() => void act.run(), [key]);
	return { data, error: act.error, loading: act.busy, reload: () => void act.run() };
}

export function Payouts() {
	const city = cityId(), { query, route } = useLocation(), [state, setState] = useState<'created' | 'exported' | 'settled' | 'cancelled' | ''>('');
	const all = useAll(() => askAll('settle.payouts', { city }), String(city));
	const owners = useAll(() => askAll('settle.payables', { city, kind: 'owner' }), String(city)), merchants = useAll(() => askAll('settle.payables', { city, kind: 'merchant' }), String(city));
	const span = query.from && query.to ? { from: query.from, to: query.to } : undefined, us = span && usOf(span);
	const rows = useMemo(() => (all.data ?? []).filter((p) => (!state || p.state === state) && (!us || ((p.settled_us ?? 0) >= us.from_us && (p.settled_us ?? 0) < us.to_us))).sort((a, b) => (b.created_us ?? 0) - (a.created_us ?? 0)), [all.data, state, us?.from_us]);
	type P = Row<'settle.payouts'>;
	const sum = (xs: { amount_minor?: number }[] | undefined) => xs?.reduce((n, x) => n + Math.max(0, x.amount_minor ?? 0), 0);
	const at = (s: string) => (all.data ?? []).filter((p) => p.state === s);
	const wait = (of: { error?: unknown }) => (of.error ? nothing : '…'); /* what is not known, and what will be */
	const total = (xs: P[]) => money(xs.reduce((n, p) => n + (p.total_minor ?? 0), 0));
	const columns: Column<P>[] = [
		{ key: 'payout', head: w('payout'), cell: (p) => String(p.payout), width: '90px' },
		{ key: 'made', phone: 'line', head: w('made'), cell: (p) => when(p.created_us, 'date'), csv: (p) => when(p.created_us), width: '136px' },
		{ key: 'state', phone: 'end', head: w('state'), cell: (p) => <State state={p.state} />, csv: (p) => p.state, width: '140px' },
		{ key: 'lines', phone: 'said', head: w('lines'), num: true, cell: (p) => count(p.lines), csv: (p) => p.lines, width: '70px' },
		{ key: 'sum', phone: 'end', head: w('sum'), num: true, cell: (p) => money(p.total_minor, p.currency), csv: (p) => p.total_minor, width: 'minmax(110px, 1fr)' },
		{ key: 'paid', head: w('paid'), num: true, cell: (p) => money(p.paid_minor, p.currency), csv: (p) => p.paid_minor, width: 'minmax(110px, 1fr)' },
		{ key: 'rejected', head: w('rejected'), num: true, cell: (p) => money(p.rejected_minor, p.currency), csv: (p) => p.rejected_minor, width: 'minmax(90px, 1fr)' },
	];
	return (
		<Page title={w('title')} actions={acts() ? <a class="button main" href="/money/new"><Plus aria-hidden="true" />{w('make')}</a> : undefined} sub={acts() ? undefined : w('read_only')}>
			<MoneyNav />
			<div class="figures">
				<Figure label={w('owed_owners')} value={owners.data ? money(sum(owners.data)) : wait(owners)} sub={owners.data && w('n_owners', { n: owners.data.length })} href="/money/owed?kind=owner" />
				<Figure label={w('owed_merchants')} value={merchants.data ? money(sum(merchants.data)) : wait(merchants)} sub={merchants.data && w('n_merchants', { n: merchants.data.length })} href="/money/owed?kind=merchant" />
				<Figure label={w('open_made')} value={all.data ? total(at('created')) : wait(all)} sub={all.data && count(at('created').length)} onClick={() => setState('created')} />
				<Figure label={w('open_bank')} value={all.data ? total(at('exported')) : wait(all)} sub={all.data && count(at('exported').length)} onClick={() => setState('exported')} />
			</div>
			{span && <Note>{w('in_period', { from: span.from, to: span.to, sum: money(rows.reduce((n, p) => n + (p.paid_minor ?? 0), 0)) })} <Button kind="link" onClick={() => route('/money')}>{w('show_all')}</Button></Note>}
			<div class="period"><Select label={w('state_is')} value={state} onChange={setState} options={[['', w('all_states')], ...(['created', 'exported', 'settled', 'cancelled'] as const).map((s): [typeof s, string] => [s, stateWord(s)])]} /></div>
			<Card flush label={w('payout')}>
				<Table label={w('payout')} rows={rows} columns={columns} id={(p) => p.payout ?? 0} href={(p) => `/money/payouts/${p.payout}`} loading={all.loading} error={all.error} reload={all.reload} csv="payouts.csv"
					empty={<Empty title={w('none')} action={acts() ? <a class="button main" href="/money/new">{w('make')}</a> : undefined}>{w('none_text')}</Empty>} />
			</Card>
		</Page>
	);
}

interface Due { key: string; kind: 'owner' | 'merchant' | 'buyer'; item?: number; party?: number; amount_minor: number; from_us?: number }
export function NewPayout() {
	const city = cityId(), { route } = useLocation(), parties = useParties();
	const owed = useAll(async () => {
		const [owners, merchants] = await Promise.all([askAll('settle.payables', { city, kind: 'owner' }), askAll('settle.payables', { city, kind: 'merchant' })]);
		const until = nowUs() - (cityNow.value?.payout_days ?? 0) * 86400e6;
		const rows: Due[] = [
			...owners.map((x): Due => ({ key: `o${x.item}`, kind: 'owner', item: x.item, party: x.party, amount_minor: x.amount_minor ?? 0, from_us: x.from_us })),
			...merchants.map((x): Due => ({ key: `m${x.party}`, kind: 'merchant', party: x.party, amount_minor: x.amount_minor ?? 0, from_us: x.from_us })),
		].filter((x) => x.amount_minor > 0);
		const due = rows.filter((x) => x.kind === 'merchant' || (x.from_us ?? 0) <= until).sort((a, b) => (a.from_us ?? 0) - (b.from_us ?? 0));
		return { due, later: rows.length - due.length };
	}, String(city));
	const [without, setWithout] = useState<Set<string>>(new Set()); /* who was taken out: new ones are in */
	const [backs, setBacks] = useState<Due[]>([]);
	const [sure, setSure] = useState(false);
	const rows = [...backs, ...(owed.data?.due ?? [])], picked = rows.filter((x) => !without.has(x.key)), taken = picked.slice(0, linesMax);
	const sum = money(taken.reduce((n, x) => n + x.amount_minor, 0));
	const make = useAct(async () => {
		const a = await ask('settle.payout_create', {
			city, items: taken.filter((x) => x.kind === 'owner').map((x) => ({ item: x.item! })), merchants: taken.filter((x) => x.kind === 'merchant').map((x) => ({ party: x.party! })),
			buyers: taken.filter((x) => x.kind === 'buyer').map((x) => ({ party: x.party!, amount_minor: x.amount_minor })),
		});
		say(w('done', { n: String(a.payout) }));
		route(`/money/payouts/${a.payout}`);
	});
	const columns: Column<Due>[] = [
		{ key: 'who', head: w('who'), cell: (x) => (x.kind === 'owner' ? <a href={`/items/${x.item}`}>{w('item', { n: String(x.item) })}</a> : parties.name(x.party)), csv: (x) => x.item ?? x.party, width: 'minmax(150px, 1.4fr)' },
		{ key: 'kind', phone: 'line', head: w('kind'), cell: (x) => payeeWord(x.kind), width: '100px' },
		{ key: 'since', phone: 'line', head: w('since'), cell: (x) => (x.from_us ? ago(x.from_us) : ''), csv: (x) => (x.from_us ? when(x.from_us) : ''), width: '120px' },
		{ key: 'amount', phone: 'end', head: w('amount'), num: true, cell: (x) => money(x.amount_minor), csv: (x) => x.amount_minor, width: '120px' },
	];
	return (
		<Page title={w('new_title')} sub={w('new_sub')} crumbs={<a href="/money">{w('title')}</a>}>
			{!acts() && <Note>{w('read_only')}</Note>}
			<Card flush label={w('due')}>
				<Table label={w('due')} rows={rows} columns={columns} id={(x) => x.key} loading={owed.loading} error={owed.error} reload={owed.reload} csv="payout-preview.csv"
					selected={new Set(picked.map((x) => x.key))} onSelect={(s) => setWithout(new Set(rows.filter((x) => !s.has(x.key)).map((x) => x.key)))}
					empty={<Empty title={w('nothing_due')}>{w('nothing_due_text')}</Empty>} />
			</Card>
			{!!owed.data?.later && <p class="muted">{w('not_due', { n: owed.data.later })}</p>}
			{picked.length > linesMax && <Note tone="warn">{w('too_many', { n: linesMax })}</Note>}
			{acts() && <div class="row spread"><b aria-live="polite">{w('chosen', { n: taken.length, sum })}</b><Button kind="main" disabled={!taken.length} onClick={() => setSure(true)}>{w('promise')}</Button></div>}
			{acts() && <GiveBack name={parties.name} onAdd={(d) => setBacks((b) => [...b.filter((x) => x.key !== d.key), d])} />}
			{sure && <Confirm title={w('sure', { sum })} text={w('sure_text', { n: taken.length })} yes={w('promise')} busy={make.busy} error={make.error} onYes={() => void make.run()} onClose={() => { setSure(false); make.clear(); }} />}
		</Page>
	);
}
function GiveBack(p: { name: (party?: number) => string; onAdd: (d: Due) => void }) {
	const city = cityId(), [buyer, setBuyer] = useState(''), [text, setText] = useState(''), [tried, setTried] = useState(false);
	const owed = useAll(() => askAll('settle.payables', { city, kind: 'buyer' }), String(city));
	const one = owed.data?.find((x) => String(x.party) === buyer), most = one?.amount_minor ?? 0, amount = parseMoney(text);
	const bad = !amount || amount <= 0 ? w('bad_amount') : amount > most ? w('at_most', { sum: money(most) }) : undefined;
	if (!owed.data?.some((x) => (x.amount_minor ?? 0) > 0))
		return null;
	return (
		<Card title={w('back')}>
			<p class="muted">{w('back_text')}</p>
			<form class="period" onSubmit={(e) => {
				e.preventDefault();
				setTried(true);
				if (one && !bad) {
					p.onAdd({ key: `b${one.party}`, kind: 'buyer', party: one.party, amount_minor: amount! });
					setText('');
					setTried(false);
				}
			}}>
				<Select<string> label={w('buyer')} value={buyer} onChange={setBuyer} options={[['', w('choose')], ...owed.data.filter((x) => (x.amount_minor ?? 0) > 0).map((x): [string, string] => [String(x.party), p.name(x.party)])]} />
				<Input label={w('amount')} value={text} onInput={setText} inputMode="decimal" hint={one && w('at_most', { sum: money(most) })} wrong={tried && !!one && bad} />
				<Button type="submit" disabled={!one}>{w('add')}</Button>
			</form>
		</Card>
	);
}

type Whole = Answer<'settle.payout'>;
type Line = NonNullable<Whole['lines']>[number];
export function Payout(p: { id: number }) {
	const city = cityId(), parties = useParties(), payout = useAsk('settle.payout', { city, payout: p.id });
	const [chosen, setChosen] = useState<Set<string | number>>(new Set());
	const [drop, setDrop] = useState<'some' | 'all'>();
	const cancel = useAct(async () => {
		await ask('settle.payout_cancel', { city, payout: p.id, ...(drop === 'some' ? { lines: [...chosen].map((line) => ({ line: Number(line) })) } : {}) });
		setDrop(undefined);
		setChosen(new Set());
		payout.reload();
	});
	const columns: Column<Line>[] = [
		{ key: 'to', head: w('to'), cell: (l) => (l.kind === 'owner' ? <a href={`/items/${l.item}`}>{w('item', { n: String(l.item) })}</a> : parties.name(l.party)), csv: (l) => l.item ?? l.party, width: 'minmax(140px, 1.3fr)' },
		{ key: 'kind', phone: 'line', head: w('kind'), cell: (l) => payeeWord(l.kind), width: '90px' },
		{ key: 'amount', phone: 'end', head: w('amount'), num: true, cell: (l) => money(l.amount_minor), csv: (l) => l.amount_minor, width: '110px' },
		{ key: 'state', phone: 'end', head: w('answer'), cell: (l) => <State state={l.state} />, csv: (l) => l.state, width: '120px' },
		{ key: 'reason', phone: 'line', head: w('reason'), cell: (l) => (l.reason ? `${reasonWord(l.reason)} (${l.reason})` : ''), csv: (l) => l.reason, width: 'minmax(150px, 1.2fr)' },
		{ key: 'id', phone: 'line', head: w('id'), cell: (l) => l.end_to_end ?? '', width: '130px' },
	];
	return (
		<Page title={`${w('payout')} ${p.id}`} crumbs={<a href="/money">{w('title')}</a>} sub={payout.data && <span class="row"><State state={payout.data.state} />{when(payout.data.created_us)}</span>}>
			<Shown of={payout}>{(d) => {
				const open = d.state === 'created', bad = (d.lines ?? []).some((l) => l.state === 'rejected');
				return <>
					<div class="figures">
						<Figure label={w('sum')} value={money(d.total_minor, d.currency)} sub={w('n_lines', { n: d.lines?.length ?? 0 })} />
						<Figure label={w('paid')} value={money(d.paid_minor, d.currency)} /><Figure label={w('rejected')} value={money(d.rejected_minor, d.currency)} />
					</div>
					{d.state === 'cancelled' ? <Note tone="warn">{w('cancelled')}</Note> : <div class="two"><ToBank payout={d} reload={payout.reload} /><FromBank payout={d} reload={payout.reload} /></div>}
					{bad && <Note tone="warn">{w('rejected_note')}</Note>}
					<Card title={w('lines_title')} actions={open && acts() ? <>
						{chosen.size > 0 && <Button small kind="danger" onClick={() => setDrop('some')}>{w('drop', { n: chosen.size })}</Button>}
						<Button small kind="danger" onClick={() => setDrop('all')}>{w('drop_all')}</Button>
					</> : undefined}>
						<Table label={w('lines_title')} rows={d.lines ?? []} columns={columns} id={(l) => l.line ?? 0} csv={`payout-${p.id}.csv`} {...(open && acts() ? { selected: chosen, onSelect: setChosen } : {})} />
					</Card>
				</>;
			}}</Shown>
			{drop && <Confirm danger title={drop === 'all' ? w('cancel_sure', { n: String(p.id) }) : w('drop_sure')} text={w('drop_text')} yes={drop === 'all' ? w('drop_all') : w('drop', { n: chosen.size })} busy={cancel.busy} error={cancel.error} onYes={() => void cancel.run()} onClose={() => { setDrop(undefined); cancel.clear(); }} />}
		</Page>
	);
}
interface Got { name: string; format: 'pain001' | 'csv'; digest: string }
function ToBank(p: { payout: Whole; reload: () => void }) {
	const city = cityId(), id = p.payout.payout ?? 0, [got, setGot, dropGot] = useDraft<Got | null>(`payout.${id}`, null);
	const file = useAct(async (format: 'pain001' | 'csv') => {
		const f = await ask('settle.payout_file', { city, payout: id, format });
		download(f.name ?? `${id}`, f.text ?? '', f.media_type ?? 'text/plain');
		setGot({ name: f.name ?? '', format: format, digest: f.digest ?? '' });
	});
	const note = useAct(async () => {
		await ask('settle.payout_exported', { city, payout: id, format: got!.format, digest: got!.digest });
		dropGot();
		p.reload();
	});
	const open = p.payout.state === 'created';
	return (
		<Card title={w('step1')}>
			{!open && p.payout.exported_us ? <Note tone="good">{w('step1_done', { when: when(p.payout.exported_us), format: p.payout.format === 'csv' ? w('csv') : w('pain') })}</Note> : <p class="muted">{w('step1_text')}</p>}
			{acts() && <div class="row">
				<Button kind={open && !got ? 'main' : undefined} busy={file.busy} onClick={() => void file.run('pain001')}><Download aria-hidden="true" />{w('pain')}</Button>
				<Button busy={file.busy} onClick={() => void file.run('csv')}><Download aria-hidden="true" />{w('csv')}</Button>
			</div>}
			<Wrong error={file.error} inline />
			{open && acts() && <>
				<hr />
				<p class="small muted">{got ? w('got', { name: got.name }) : w('gave_first')} {w('gave_text')}</p>
				<div><Button kind={got ? 'main' : undefined} disabled={!got} busy={note.busy} onClick={() => void note.run()}>{w('gave')}</Button></div>
				<Wrong error={note.error} inline />
			</>}
			{p.payout.digest && <Facts of={[[w('digest'), <span class="digest">{p.payout.digest}</span>]]} />}
		</Card>
	);
}
function FromBank(p: { payout: Whole; reload: () => void }) {
	const city = cityId(), [file, setFile] = useState<File>(), [said, setSaid] = useState<string>();
	const read = useAct(async () => {
		const a = await ask('settle.payout_result', { city, payout: p.payout.payout ?? 0, file: await file!.text() });
		setSaid(w('imported', { paid: money(a.paid_minor), rejected: money(a.rejected_minor), n: a.waiting ?? 0 }));
		setFile(undefined);
		p.reload();
	});
	const large = !!file && file.size > fileMax;
	return (
		<Card title={w('step2')}>
			{p.payout.state === 'settled' ? <Note tone="good">{w('step2_done', { when: when(p.payout.settled_us) })}</Note> : <p class="muted">{p.payout.state === 'created' ? w('wait1') : w('step2_text')}</p>}
			{p.payout.state === 'exported' && acts() && <div class="row">
				<label class="button file"><Upload aria-hidden="true" />{w('choose_file')}<input class="hide" type="file" accept=".csv,.xml,.txt,text/csv,application/xml,text/xml" onChange={(e) => { setFile(e.currentTarget.files?.[0]); read.clear(); setSaid(undefined); }} /></label>
				{file && !large && <Button kind="main" busy={read.busy} onClick={() => void read.run()}>{w('import', { name: file.name })}</Button>}
			</div>}
			{large && <Note tone="bad" role="alert">{w('too_large')}</Note>}
			<Wrong error={read.error} inline />
			{said && <Note tone="good" role="status">{said}</Note>}
		</Card>
	);
}
