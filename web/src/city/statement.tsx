/* /money/statement: an account's transfers with the balance after each, and the reversal of an entry. */
import { useState } from 'preact/hooks';
import { useLocation } from 'preact-iso';
import { ask, type Row } from '../base/ask';
import { cityId } from '../base/session';
import { currency, mass, money, count, nothing, when } from '../base/format';
import { useAct, useAsk, useNarrow, usePages } from '../base/use';
import { codeWords, words } from '../base/words';
import { Button, Card, Dialog, Empty, Figure, Input, Note, Page, say, Select, Wrong } from '../ui/basic';
import { Table, type Column } from '../ui/table';
import { acts, MoneyNav, useParties } from './money-nav';
import { accountWord } from './words';

const w = words({
	title: 'Statement of an account', sub: 'Every balance is explained by the entries that made it.', kind: 'Account', of: 'Number of party, device or item', show: 'Show', when: 'When', what: 'What', counter: 'With', in: 'In', out: 'Out', balance: 'Balance', entry: 'Entry', posted: 'Balance', pending_in: 'Promised to it', pending_out: 'Promised from it',
	none: 'Nothing has moved on this account', choose: 'Choose an account', choose_text: 'The bank, the tax, a merchant: choose one above and see how its balance came about.', reverse: 'Reverse', sign: 'Balances are from the programme’s side: minus means that the account gave more than it got.',
	reverse_title: 'Reverse entry {n}?', reverse_text: 'Nothing is deleted. A new entry moves the same money back, exactly and once; both stay in the books for ever. What an owner, a buyer or a consignment is owed is corrected where it came about, not here.', reason: 'Why', yes: 'Reverse the money', reversed: 'Entry {n} was reversed: {count} transfer moved back.|Entry {n} was reversed: {count} transfers moved back.', all: 'All transfers of the entry', only: 'This transfer alone', which: 'What is moved back', cancel: 'Cancel',
}, {
	title: '账户对账单', sub: '每个余额都由相应记录说明来源。', kind: '账户', of: '参与方、设备或回收单编号', show: '查看', when: '时间', what: '事项', counter: '对方账户', in: '转入', out: '转出', balance: '余额', entry: '记录', posted: '余额', pending_in: '待转入', pending_out: '待转出',
	none: '此账户没有发生额', choose: '请选择账户', choose_text: '银行、税款、商户……在上方选择账户，查看余额的来源。', reverse: '冲正', sign: '余额按项目方视角：负数表示该账户转出多于转入。',
	reverse_title: '冲正记录 {n}？', reverse_text: '不会删除任何内容。系统新增一条记录，把同样的金额原样转回，且只能一次；两条记录都永久保留。应付机主、买家或发运单的款项须在其来源处更正，不在此处。', reason: '原因', yes: '确认冲正', reversed: '记录 {n} 已冲正，转回 {count} 笔。', all: '该记录的全部转账', only: '仅此一笔', which: '转回范围', cancel: '取消',
});
const reasonWord = codeWords({ mistake: 'A mistake', duplicate: 'Booked twice', dispute: 'A dispute', duplicate_claim: 'Claimed twice' }, { mistake: '操作错误', duplicate: '重复入账', dispute: '争议', duplicate_claim: '重复申领' });
export const typeWord = codeWords({
	'settle.payout_create': 'Payout made', 'settle.payout_result': 'Bank’s answer', 'settle.payout_cancel': 'Payout cancelled', 'settle.receipt': 'Money received', 'settle.exchange': 'Currency exchanged', 'settle.tax_pay': 'Tax paid', 'settle.adjust': 'Reversal',
	'stock.deliver': 'Sale delivered', 'stock.return': 'Sale returned', 'stock.deposit': 'Deposit', 'stock.refund': 'Refund', 'stock.repair': 'Repair', 'stock.sell': 'Sold', 'stock.cancel_sale': 'Sale cancelled', 'stock.stocktake': 'Stocktake', 'stock.receive': 'Return received',
	'tradein.accept': 'Offer accepted', 'tradein.compensate': 'Compensation', 'inspect.record': 'Inspected', 'tradein.take_in': 'Taken in', 'tradein.give': 'Handed over', 'recover.receipt': 'Recycler’s receipt', 'recover.receipt_correct': 'Receipt corrected', 'recover.weigh_in': 'Weighed in', 'recover.weigh_out': 'Weighed out', 'recover.batch_close': 'Batch closed', 'recover.consign': 'Consigned',
}, {
	'settle.payout_create': '创建付款', 'settle.payout_result': '银行答复', 'settle.payout_cancel': '取消付款', 'settle.receipt': '收款', 'settle.exchange': '换汇', 'settle.tax_pay': '缴税', 'settle.adjust': '冲正',
	'stock.deliver': '销售交付', 'stock.return': '销售退货', 'stock.deposit': '保证金', 'stock.refund': '退款', 'stock.repair': '维修', 'stock.sell': '售出', 'stock.cancel_sale': '取消销售', 'stock.stocktake': '盘点', 'stock.receive': '收到退货',
	'tradein.accept': '接受报价', 'tradein.compensate': '赔偿', 'inspect.record': '检测', 'tradein.take_in': '收取', 'tradein.give': '交付', 'recover.receipt': '回收厂回执', 'recover.receipt_correct': '更正回执', 'recover.weigh_in': '称入', 'recover.weigh_out': '称出', 'recover.batch_close': '批次关闭', 'recover.consign': '发运',
});
/* the kinds of accounts; those of somebody or something need a number */
const single = ['money_bank', 'money_tax', 'money_benefit_fund', 'money_repair', 'money_loss', 'money_rounding', 'money_position', 'mg_outside', 'mg_loss'];
const numbered = ['money_owner', 'money_merchant', 'money_buyer', 'money_device', 'money_recycler', 'money_batch'];
const oneWord = codeWords({ money_owner: 'Owner of device', money_device: 'Device', money_batch: 'Recovery', money_benefit: 'Bonus for device', mg_device: 'Device', mg_batch: 'Batch', mg_fraction: 'Lot', mg_consignment: 'Consignment' },
	{ money_owner: '机主，回收单', money_device: '设备', money_batch: '拆解', money_benefit: '补贴，设备', mg_device: '设备', mg_batch: '拆解批次', mg_fraction: '拆解物批次', mg_consignment: '发运单' });
const unitOf = (account: string) => (account.startsWith('mg_') ? 'mg' : account.startsWith('pc_') ? 'pc' : undefined);

export function useAccountName(): (account: string | undefined) => string {
	const parties = useParties();
	return (account) => {
		const [kind, ref] = (account ?? '').split('/');
		return !ref ? accountWord(kind) : ['money_merchant', 'money_buyer', 'money_recycler'].includes(kind!) ? parties.name(Number(ref)) : `${oneWord(kind)} ${ref}`;
	};
}

export function Statement() {
	const { query, route } = useLocation(), name = useAccountName();
	const account = query.account ?? '', [k, r = ''] = account.split('/');
	const [kind, setKind] = useState(k || 'money_bank'), [ref, setRef] = useState(r);
	return (
		<Page title={account ? name(account) : w('title')} sub={w('sub')}>
			<MoneyNav />
			<form class="period" onSubmit={(e) => { e.preventDefault(); route(`/money/statement?account=${encodeURIComponent(numbered.includes(kind) ? `${kind}/${ref.trim()}` : kind)}`); }}>
				<Select<string> label={w('kind')} value={kind} onChange={setKind} options={[...single, ...numbered, ...(single.includes(kind) || numbered.includes(kind) ? [] : [kind])].map((x): [string, string] => [x, x.startsWith('mg_') ? `${accountWord(x)} (mg)` : accountWord(x)])} />
				{numbered.includes(kind) && <Input label={w('of')} value={ref} onInput={setRef} inputMode="numeric" required pattern="[0-9]+" />}
				<Button type="submit" kind="main">{w('show')}</Button>
			</form>
			{account ? <Lines key={account} account={account} name={name} /> : <Card><Empty title={w('choose')}>{w('choose_text')}</Empty></Card>}
		</Page>
	);
}
function Lines(p: { account: string; name: (a?: string) => string }) {
	const city = cityId(), unit = unitOf(p.account), args = { city, account: p.account, ...(unit ? { unit } : {}) };
	const head = useAsk('settle.statement', { ...args, limit: 1 }), pages = usePages('settle.statement', args);
	const [line, setLine] = useState<Row<'settle.statement'>>();
	type L = Row<'settle.statement'>;
	const narrow = useNarrow(); /* where the day alone has room */
	const show = (n: number | undefined) => (n === undefined ? '' : unit === 'mg' ? mass(n) : unit === 'pc' ? count(n) : money(n, currency.value));
	const columns: Column<L>[] = [
		{ key: 'when', head: w('when'), cell: (l) => when(l.at_us, narrow ? 'date' : 'both'), csv: (l) => when(l.at_us), width: '180px' },
		{ key: 'what', phone: 'line', head: w('what'), cell: (l) => typeWord(l.type), csv: (l) => l.type, width: 'minmax(130px, 1fr)' },
		{ key: 'counter', phone: 'line', head: w('counter'), cell: (l) => <a href={`/money/statement?account=${encodeURIComponent(l.counter ?? '')}`}>{p.name(l.counter)}</a>, csv: (l) => l.counter, width: 'minmax(140px, 1.2fr)' },
		{ key: 'in', phone: 'end', head: w('in'), num: true, cell: (l) => show(l.in), csv: (l) => l.in, width: '110px' },
		{ key: 'out', phone: 'end', head: w('out'), num: true, cell: (l) => show(l.out), csv: (l) => l.out, width: '110px' },
		{ key: 'balance', phone: 'said', head: w('balance'), num: true, cell: (l) => show(l.balance), csv: (l) => l.balance, width: '120px' },
		{ key: 'entry', head: w('entry'), num: true, cell: (l) => <a href={`/city/proof?entry=${l.seq}`}>{String(l.seq)}</a>, csv: (l) => l.seq, width: '70px' },
		...(acts() && !unit ? [{ key: 'act', phone: 'end' as const, head: <span class="hide">{w('reverse')}</span>, cell: (l: L) => <Button small kind="quiet" aria-label={w('reverse_title', { n: String(l.seq) })} onClick={() => setLine(l)}>{w('reverse')}</Button>, csv: () => '', width: '90px' }] : []),
	];
	if (head.error)
		return <Wrong error={head.error} retry={head.reload} />;
	const h = head.data;
	return <>
		<div class="figures">
			<Figure label={w('posted')} value={h ? show(h.posted) : nothing} /><Figure label={w('pending_in')} value={h ? show(h.pending_in) : nothing} /><Figure label={w('pending_out')} value={h ? show(h.pending_out) : nothing} />
		</div>
		<p class="small muted">{w('sign')}</p>
		<Card flush label={w('title')}><Table label={w('title')} {...pages} columns={columns} id={(l) => `${l.seq}.${l.n}`} csv={`statement-${p.account.replace('/', '-')}.csv`} empty={<Empty title={w('none')} />} /></Card>
		{line && <Reverse line={line} onDone={() => { setLine(undefined); head.reload(); pages.reload(); }} onClose={() => setLine(undefined)} />}
	</>;
}

type Reason = 'mistake' | 'duplicate' | 'dispute' | 'duplicate_claim';
export function Reverse(p: { line: { seq?: number; n?: number }; onDone: () => void; onClose: () => void }) {
	const [reason, setReason] = useState<Reason>('mistake'), [which, setWhich] = useState<'all' | 'only'>('all'), n = String(p.line.seq);
	const act = useAct(async () => {
		const a = await ask('settle.adjust', { city: cityId(), reverses: p.line.seq!, reason, ...(which === 'only' && p.line.n !== undefined ? { n: p.line.n } : {}) });
		say(w('reversed', { n, count: String(a.count) }));
		p.onDone();
	});
	return (
		<Dialog title={w('reverse_title', { n })} onClose={p.onClose} onSubmit={() => void act.run()} footer={<><Button onClick={p.onClose}>{w('cancel')}</Button><Button type="submit" kind="danger" busy={act.busy}>{w('yes')}</Button></>}>
			<Note tone="warn">{w('reverse_text')}</Note>
			<Select<Reason> label={w('reason')} value={reason} onChange={setReason} options={(['mistake', 'duplicate', 'dispute', 'duplicate_claim'] as const).map((x) => [x, reasonWord(x)])} />
			{p.line.n !== undefined && <Select<'all' | 'only'> label={w('which')} value={which} onChange={setWhich} options={[['all', w('all')], ['only', w('only')]]} />}
			<Wrong error={act.error} inline />
		</Dialog>
	);
}
