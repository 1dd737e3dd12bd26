/* /money/cash: money that came in, currency that was exchanged, and corrections. */
import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { ask } from '../base/ask';
import { cityId } from '../base/session';
import { currency, money, parseMoney } from '../base/format';
import { useAct, useDraft } from '../base/use';
import { words } from '../base/words';
import { Button, Card, Choices, Confirm, Input, Note, Page, say, Select, Wrong } from '../ui/basic';
import { acts, MoneyNav, useParties } from './money-nav';
import { Reverse } from './statement';

const w = words({
	title: 'Money in, corrections', receipt: 'Money came in', receipt_text: 'What arrived in the programme’s bank account and is not a buyer’s deposit.', source: 'From', recycler: 'A recycler', recycler_hint: 'for fractions it bought', fund: 'The bonus fund', fund_hint: 'whoever pays for bonuses', party: 'Recycler', choose: 'Choose…', amount: 'Amount', amount_hint: 'In {currency}', other: 'It arrived in another currency', their: 'Currency', paid: 'Amount received', book: 'Book it',
	sure_receipt: 'Book {sum} as received?', sure_text: 'This makes an entry that stays. A mistake is corrected by reversing it.', booked: 'Booked as entry {n}.', exchange: 'Currency was exchanged', exchange_text: 'What the bank took and what it gave.', from: 'Given', to: 'Got', bad_amount: 'An amount above zero, like 125.50.', bad_currency: 'Three letters, like EUR.', bad_party: 'Choose the recycler.', sure_exchange: 'Book {from} given for {to}?',
	reverse: 'Reverse an entry', reverse_text: 'Moves the money of one entry back, exactly and once. The number of an entry stands in every statement.', entry: 'Number of the entry', go: 'Reverse…', bad_entry: 'A number.', read_only: 'Officers book money; you can read the statements.', any_currency: 'Currency',
}, {
	title: '收款与更正', receipt: '登记收款', receipt_text: '到达项目银行账户的款项（买家保证金除外）。', source: '来源', recycler: '回收厂', recycler_hint: '购买拆解物的款项', fund: '补贴基金', fund_hint: '补贴出资方', party: '回收厂', choose: '请选择…', amount: '金额', amount_hint: '币种 {currency}', other: '以其他币种到账', their: '币种', paid: '到账金额', book: '登记',
	sure_receipt: '登记收到 {sum}？', sure_text: '这会产生一条永久记录，如有错误通过冲正更正。', booked: '已登记为记录 {n}。', exchange: '登记换汇', exchange_text: '银行收走的和付出的金额。', from: '付出', to: '得到', bad_amount: '请输入大于零的金额，例如 125.50。', bad_currency: '三个字母，例如 EUR。', bad_party: '请选择回收厂。', sure_exchange: '登记付出 {from}，得到 {to}？',
	reverse: '冲正记录', reverse_text: '把一条记录的金额原样转回，且只能一次。记录编号见各对账单。', entry: '记录编号', go: '冲正…', bad_entry: '请输入数字。', read_only: '收款由管理员登记，您可以查看对账单。', any_currency: '币种',
});
const positive = (text: string, code: string) => {
	const n = parseMoney(text, code);
	return n !== undefined && n > 0 ? n : undefined;
};
const isCurrency = (t: string) => /^[A-Z]{3}$/.test(t);
const Form = (p: { onSubmit: () => void; children: ComponentChildren }) => <form class="stack" onSubmit={(e) => { e.preventDefault(); p.onSubmit(); }}>{p.children}</form>;

interface In { source: 'recycler' | 'benefit_fund'; party: string; amount: string; other: boolean; currency: string; paid: string }
const empty: In = { source: 'recycler', party: '', amount: '', other: false, currency: '', paid: '' };
function Receipt() {
	const parties = useParties(), [f, setF, drop] = useDraft<In>('receipt', empty), [tried, setTried] = useState(false), [sure, setSure] = useState(false);
	const set = (x: Partial<In>) => setF((o) => ({ ...o, ...x }));
	const amount = positive(f.amount, currency.value), foreign = f.other, paid = foreign && isCurrency(f.currency) ? positive(f.paid, f.currency) : undefined;
	const wrong = {
		party: f.source === 'recycler' && !f.party && w('bad_party'), amount: !amount && w('bad_amount'), currency: foreign && !isCurrency(f.currency) && w('bad_currency'), paid: foreign && !paid && w('bad_amount'),
	};
	const act = useAct(async () => {
		const a = await ask('settle.receipt', { city: cityId(), source: f.source, amount_minor: amount!, ...(f.source === 'recycler' ? { party: Number(f.party) } : {}), ...(foreign ? { currency: f.currency, paid_minor: paid! } : {}) });
		say(w('booked', { n: String(a.seq) }));
		drop();
		setTried(false);
		setSure(false);
	});
	return (
		<Card title={w('receipt')}>
			<p class="muted">{w('receipt_text')}</p>
			<Form onSubmit={() => { setTried(true); if (!Object.values(wrong).some(Boolean)) setSure(true); }}>
				<Choices<In['source']> legend={w('source')} value={f.source} onChange={(source) => set({ source })} options={[{ value: 'recycler', label: w('recycler'), hint: w('recycler_hint') }, { value: 'benefit_fund', label: w('fund'), hint: w('fund_hint') }]} />
				{f.source === 'recycler' && <Wrong error={parties.error} inline />}
				{f.source === 'recycler' && <Select<string> label={w('party')} value={f.party} wrong={tried && wrong.party} onChange={(party) => set({ party })} options={[['', w('choose')], ...parties.all.filter((x) => (x.roles ?? '').includes('recycler')).map((x): [string, string] => [String(x.party), x.public_name ?? String(x.party)])]} />}
				<Input label={w('amount')} hint={w('amount_hint', { currency: currency.value })} value={f.amount} onInput={(amount) => set({ amount })} inputMode="decimal" wrong={tried && wrong.amount} />
				<label class="check"><input type="checkbox" checked={f.other} onChange={(e) => set({ other: e.currentTarget.checked })} /><span>{w('other')}</span></label>
				{foreign && <div class="period">
					<Input label={w('their')} value={f.currency} onInput={(t) => set({ currency: t.toUpperCase().slice(0, 3) })} wrong={tried && wrong.currency} />
					<Input label={w('paid')} value={f.paid} onInput={(paid) => set({ paid })} inputMode="decimal" wrong={tried && wrong.paid} />
				</div>}
				<div><Button type="submit" kind="main">{w('book')}</Button></div>
			</Form>
			{sure && <Confirm title={w('sure_receipt', { sum: money(amount) })} text={w('sure_text')} yes={w('book')} busy={act.busy} error={act.error} onYes={() => void act.run()} onClose={() => { setSure(false); act.clear(); }} />}
		</Card>
	);
}
interface Swap { fromCurrency: string; from: string; toCurrency: string; to: string }
function Exchange() {
	const [f, setF, drop] = useDraft<Swap>('exchange', { fromCurrency: '', from: '', toCurrency: currency.value, to: '' }), [tried, setTried] = useState(false), [sure, setSure] = useState(false);
	const set = (x: Partial<Swap>) => setF((o) => ({ ...o, ...x }));
	const okFrom = isCurrency(f.fromCurrency), okTo = isCurrency(f.toCurrency), from = okFrom ? positive(f.from, f.fromCurrency) : undefined, to = okTo ? positive(f.to, f.toCurrency) : undefined;
	const act = useAct(async () => {
		const a = await ask('settle.exchange', { city: cityId(), from_currency: f.fromCurrency, from_minor: from!, to_currency: f.toCurrency, to_minor: to! });
		say(w('booked', { n: String(a.seq) }));
		drop();
		setTried(false);
		setSure(false);
	});
	return (
		<Card title={w('exchange')}>
			<p class="muted">{w('exchange_text')}</p>
			<Form onSubmit={() => { setTried(true); if (from && to) setSure(true); }}>
				<div class="period"><Input label={w('from')} value={f.from} onInput={(from) => set({ from })} inputMode="decimal" wrong={tried && okFrom && !from && w('bad_amount')} /><Input label={w('any_currency')} value={f.fromCurrency} onInput={(t) => set({ fromCurrency: t.toUpperCase().slice(0, 3) })} wrong={tried && !okFrom && w('bad_currency')} /></div>
				<div class="period"><Input label={w('to')} value={f.to} onInput={(to) => set({ to })} inputMode="decimal" wrong={tried && okTo && !to && w('bad_amount')} /><Input label={w('any_currency')} value={f.toCurrency} onInput={(t) => set({ toCurrency: t.toUpperCase().slice(0, 3) })} wrong={tried && !okTo && w('bad_currency')} /></div>
				<div><Button type="submit">{w('book')}</Button></div>
			</Form>
			{sure && <Confirm title={w('sure_exchange', { from: money(from, f.fromCurrency), to: money(to, f.toCurrency) })} text={w('sure_text')} yes={w('book')} busy={act.busy} error={act.error} onYes={() => void act.run()} onClose={() => { setSure(false); act.clear(); }} />}
		</Card>
	);
}
function ReverseEntry() {
	const [seq, setSeq] = useState(''), [tried, setTried] = useState(false), [open, setOpen] = useState(false), ok = /^\d+$/.test(seq.trim());
	return (
		<Card title={w('reverse')}>
			<p class="muted">{w('reverse_text')}</p>
			<Form onSubmit={() => { setTried(true); setOpen(ok); }}>
				<Input label={w('entry')} value={seq} onInput={setSeq} inputMode="numeric" wrong={tried && !ok && w('bad_entry')} />
				<div><Button type="submit" kind="danger">{w('go')}</Button></div>
			</Form>
			{open && <Reverse line={{ seq: Number(seq) }} onDone={() => { setOpen(false); setSeq(''); setTried(false); }} onClose={() => setOpen(false)} />}
		</Card>
	);
}
export function Cash() {
	return (
		<Page title={w('title')}>
			<MoneyNav />
			{acts() ? <div class="two"><Receipt /><div class="stack"><Exchange /><ReverseEntry /></div></div> : <Note>{w('read_only')}</Note>}
		</Page>
	);
}
