/* What this shop is owed and was paid, and how its takes fare. */
import { useState } from 'preact/hooks';
import { cityId, who } from '../base/session';
import { count, localDay, money, nowUs, percent, when } from '../base/format';
import { codeWords, words } from '../base/words';
import { useAsk, usePages } from '../base/use';
import { Card, Empty, Figure, Input, Note, Shown } from '../ui/basic';
import { Table, type Column } from '../ui/table';
import type { Row } from '../base/ask';

const w = words({
	owed: 'Owed to you', owe: 'You owe', promised: 'On its way to you', rest: 'The rest, open', came: 'Came in', went: 'Paid out', since: 'Since', lines: 'What came and went', statement: 'Statement', at: 'When', why: 'For', in: 'In', out: 'Out', balance: 'Balance', none: 'No account yet', none_text: 'It begins with the first device that is agreed.', today: 'Taken today', month: 'Taken this month', revised: 'Revised after inspection', declined: 'Declined by owners', agreed: 'Agreed with owners', of_inspected: 'of {n} inspected', of_revised: 'of {n} revised', own: 'Own figures', partial: 'The period is long: its first part counts here.', programme: 'You work for the programme itself: what it owes stands under Money.', n: '{n} time|{n} times',
}, {
	owed: '应付给您', owe: '您应付', promised: '付款途中', rest: '其余未付', came: '收入', went: '支出', since: '起始日', lines: '往来明细', statement: '对账单', at: '时间', why: '事由', in: '收入', out: '支出', balance: '余额', none: '暂无账户', none_text: '首台设备成交后即建立。', today: '今日收件', month: '本月收件', revised: '检测后改价', declined: '机主拒绝', agreed: '已成交', of_inspected: '共检测 {n} 台', of_revised: '共改价 {n} 台', own: '本店数据', partial: '时间较长，此处仅统计前一部分。', programme: '您为本计划工作人员：应付款请见“资金”。', n: '{n} 笔',
});
const kind = codeWords({ bank: 'Bank transfer', commission: 'Commission', netted: 'Set against a purchase', purchase: 'Purchase', material: 'Material', rounding: 'Rounding', other: 'Other' }, { bank: '银行转账', commission: '佣金', netted: '抵扣购物', purchase: '购物', material: '物料', rounding: '取整', other: '其他' });
const step = codeWords({ 'inspect.record': 'Commission: agreed at inspection', 'tradein.accept': 'Commission: new offer accepted', 'settle.payout_create': 'Payment ordered', 'settle.payout_result': 'Payment', 'settle.adjust': 'Correction', 'settle.receipt': 'Money received', 'stock.sell': 'Sale' },
	{ 'inspect.record': '佣金：检测后成交', 'tradein.accept': '佣金：机主接受新报价', 'settle.payout_create': '已安排付款', 'settle.payout_result': '付款', 'settle.adjust': '更正', 'settle.receipt': '收款', 'stock.sell': '销售' });

export function Money() {
	const today = localDay(nowUs());
	const [from, setFrom] = useState(`${today.slice(0, 7)}-01`);
	const city = cityId();
	const own = useAsk('settle.own', city && who.value.org ? { city, from } : undefined);
	const day = useAsk('desk.counts', city ? { city } : undefined).data?.rows?.[0];
	const month = useAsk('desk.counts', city ? { city, from: `${today.slice(0, 7)}-01` } : undefined), m = month.data?.rows?.[0];
	return (
		<div class="stack">
			<Card title={w('own')}>
				<Shown of={month} lines={2}>{() => (
					<div class="figures">
						<Figure label={w('today')} value={count(day?.taken)} sub={money(day?.quoted_minor)} />
						<Figure label={w('month')} value={count(m?.taken)} sub={money(m?.quoted_minor)} />
						<Figure label={w('revised')} value={m?.revised_bp === undefined ? '–' : percent(m.revised_bp / 1e4, 1)} sub={w('of_inspected', { n: m?.inspected ?? 0 })} />
						<Figure label={w('declined')} value={m?.declined_bp === undefined ? '–' : percent(m.declined_bp / 1e4, 1)} sub={w('of_revised', { n: m?.revised ?? 0 })} />
						<Figure label={w('agreed')} value={money(m?.agreed_minor)} sub={count(m?.agreed)} />
					</div>
				)}</Shown>
			</Card>
			{!who.value.org ? <Note>{w('programme')}</Note> : (
				<Shown of={own}>{(o) => (
					<>
						{o.partial && <Note tone="warn">{w('partial')}</Note>}
						{!(o.accounts ?? []).length && <Card><Empty title={w('none')}>{w('none_text')}</Empty></Card>}
						{(o.accounts ?? []).map((a) => (
							<Card key={a.account} title={a.balance_minor < 0 ? w('owe') : w('owed')} actions={<Input label={w('since')} hideLabel type="date" max={today} value={from} onInput={(d) => d && setFrom(d)} />}>
								<div class="figures">
									<Figure label={a.balance_minor < 0 ? w('owe') : w('owed')} value={money(Math.abs(a.balance_minor), o.currency)} />
									<Figure label={w('promised')} value={money(a.promised_minor, o.currency)} />
									<Figure label={w('rest')} value={money(a.available_minor, o.currency)} />
								</div>
								{(a.lines ?? []).length > 0 && (
									<div class="scroll" tabIndex={0} role="region" aria-label={w('lines')}><table>
										<caption class="hide">{w('lines')}</caption>
										<thead><tr><th>{w('why')}</th><th class="num">{w('came')}</th><th class="num">{w('went')}</th></tr></thead>
										<tbody>{a.lines!.map((l) => <tr key={l.what}><td>{kind(l.what)} <small class="muted nowrap">{w('n', { n: l.count })}</small></td><td class="num">{l.in_minor ? money(l.in_minor, o.currency) : ''}</td><td class="num">{l.out_minor ? money(l.out_minor, o.currency) : ''}</td></tr>)}</tbody>
									</table></div>
								)}
								<Statement account={a.account} currency={o.currency} />
							</Card>
						))}
					</>
				)}</Shown>
			)}
		</div>
	);
}
function Statement(p: { account: string; currency: string }) {
	const list = usePages('settle.statement', cityId() ? { city: cityId(), account: p.account } : undefined);
	const sum = (n?: number) => (n ? money(n, p.currency) : '');
	const columns: Column<Row<'settle.statement'>>[] = [
		{ key: 'at', head: w('at'), width: '176px', cell: (r) => when(r.at_us), csv: (r) => when(r.at_us) },
		{ key: 'why', phone: 'line', head: w('why'), width: 'minmax(160px, 2fr)', cell: (r) => step(r.type) },
		{ key: 'in', phone: 'said', head: w('in'), width: '100px', num: true, cell: (r) => sum(r.in) },
		{ key: 'out', phone: 'said', head: w('out'), width: '100px', num: true, cell: (r) => sum(r.out) },
		{ key: 'balance', phone: 'end', head: w('balance'), width: '110px', num: true, cell: (r) => money(r.balance, p.currency) },
	];
	return <><h3>{w('statement')}</h3><Table label={w('statement')} rows={list.rows} columns={columns} id={(r) => `${r.seq}.${r.n}`} loading={list.loading} error={list.error} reload={list.reload} more={list.more} loadMore={list.loadMore} csv="statement.csv" height={44} /></>;
}
