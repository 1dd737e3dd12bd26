/* /money/taxes: tax by code, and its payment. */
import { useState } from 'preact/hooks';
import { ask } from '../base/ask';
import { cityId } from '../base/session';
import { currency, money, parseMoney, percent, when, nothing } from '../base/format';
import { useAct, useAsk } from '../base/use';
import { words } from '../base/words';
import { Button, Card, Confirm, Empty, Figure, Input, Page, say, Shown } from '../ui/basic';
import { acts, MoneyNav } from './money-nav';

const w = words({
	title: 'Tax', owed: 'Owed to the tax office', by_code: 'By tax code', code: 'Code', on_sales: 'On sales', given_back: 'Given back by returns', none: 'No tax has come up', rates: 'Rates', rate: 'Rate', from: 'Holds from', margin: 'on the margin', price: 'on the price', base: 'Taken', no_rates: 'The city has no tax rates',
	pay: 'Tax was paid', pay_text: 'Note what was transferred to the tax office.', amount: 'Amount', hint: 'In {currency}; owed: {sum}', book: 'Book it', bad: 'An amount above zero, at most what is owed.', sure: 'Book {sum} as paid to the tax office?', sure_text: 'This makes an entry that stays. A mistake is corrected by reversing it.', booked: 'Booked as entry {n}.', statement: 'see how it came about',
}, {
	title: '税款', owed: '应缴税款', by_code: '按税码', code: '税码', on_sales: '销售产生', given_back: '退货冲回', none: '尚无税款', rates: '税率', rate: '税率', from: '生效时间', margin: '按差额', price: '按价格', base: '计税方式', no_rates: '本市没有设置税率',
	pay: '登记缴税', pay_text: '登记已转给税务机关的金额。', amount: '金额', hint: '币种 {currency}；应缴 {sum}', book: '登记', bad: '请输入大于零且不超过应缴的金额。', sure: '登记已缴税 {sum}？', sure_text: '这会产生一条永久记录，如有错误通过冲正更正。', booked: '已登记为记录 {n}。', statement: '查看来源',
});

export function Taxes() {
	const city = cityId(), taxes = useAsk('settle.taxes', { city }), rates = useAsk('city.rates', { city });
	const account = useAsk('settle.statement', { city, account: 'money_tax', limit: 1 }), owed = account.data?.posted;
	const [text, setText] = useState(''), [tried, setTried] = useState(false), [sure, setSure] = useState(false);
	const amount = parseMoney(text), ok = amount !== undefined && amount > 0 && amount <= (owed ?? 0);
	const pay = useAct(async () => {
		const a = await ask('settle.tax_pay', { city, amount_minor: amount! });
		say(w('booked', { n: String(a.seq) }));
		setText('');
		setTried(false);
		setSure(false);
		account.reload();
		taxes.reload();
	});
	return (
		<Page title={w('title')}>
			<MoneyNav />
			<div class="figures"><Figure label={w('owed')} value={owed === undefined ? (account.error ? nothing : '…') : money(owed)} sub={w('statement')} href="/money/statement?account=money_tax" /></div>
			<div class="two">
				<Card title={w('by_code')}><Shown of={taxes}>{(t) => (t.items?.length ? (
					<div class="scroll" tabIndex={0} role="group" aria-label={w('by_code')}><table>
						<thead><tr><th scope="col">{w('code')}</th><th scope="col" class="num">{w('on_sales')}</th><th scope="col" class="num">{w('given_back')}</th></tr></thead>
						<tbody>{t.items.map((x) => <tr key={`${x.code} ${x.currency}`}><td>{x.code}</td><td class="num">{money(x.owed_minor, x.currency)}</td><td class="num">{money(x.returned_minor, x.currency)}</td></tr>)}</tbody>
					</table></div>
				) : <Empty title={w('none')} />)}</Shown></Card>
				{acts() && <Card title={w('pay')}>
					<p class="muted">{w('pay_text')}</p>
					<form class="stack" onSubmit={(e) => { e.preventDefault(); setTried(true); setSure(ok); }}>
						<Input label={w('amount')} hint={w('hint', { currency: currency.value, sum: money(owed) })} value={text} onInput={setText} inputMode="decimal" wrong={tried && !ok && w('bad')} />
						<div><Button type="submit" kind="main">{w('book')}</Button></div>
					</form>
				</Card>}
				<Card title={w('rates')}><Shown of={rates}>{(r) => (r.items?.length ? (
					<div class="scroll" tabIndex={0} role="group" aria-label={w('rates')}><table>
						<thead><tr><th scope="col">{w('code')}</th><th scope="col" class="num">{w('rate')}</th><th scope="col">{w('base')}</th><th scope="col">{w('from')}</th></tr></thead>
						<tbody>{r.items.map((x, i) => <tr key={i}><td>{x.code}</td><td class="num">{percent((x.rate_bp ?? 0) / 10000, 2)}</td><td>{x.margin ? w('margin') : w('price')}</td><td>{when(x.from_us, 'date')}</td></tr>)}</tbody>
					</table></div>
				) : <Empty title={w('no_rates')} />)}</Shown></Card>
			</div>
			{sure && <Confirm title={w('sure', { sum: money(amount) })} text={w('sure_text')} yes={w('book')} busy={pay.busy} error={pay.error} onYes={() => void pay.run()} onClose={() => { setSure(false); pay.clear(); }} />}
		</Page>
	);
}
