/* /money/owed: who is owed what. */
import { useLocation } from 'preact-iso';
import type { Row } from '../base/ask';
import { cityId } from '../base/session';
import { ago, money, when } from '../base/format';
import { usePages } from '../base/use';
import { colon, words } from '../base/words';
import { Card, Empty, Page, Tabs } from '../ui/basic';
import { Table, type Column } from '../ui/table';
import { MoneyNav, useParties } from './money-nav';

const w = words({
	title: 'Owed', owners: 'Owners', merchants: 'Merchants', buyers: 'Buyers', kind: 'Who is owed', who: 'For', item: 'Device {n}', since: 'Since', amount: 'Owed', promised: 'In payouts', account: 'Statement', none: 'Nobody is owed anything',
	text_owner: 'Prices that were agreed and are not in a payout yet.', text_merchant: 'Commissions and trade-ins set against a purchase.', text_buyer: 'Deposits of buyers. They pay for what is sold to them; give back what a buyer asks for with a new payout.',
}, {
	title: '应付', owners: '机主', merchants: '商户', buyers: '买家', kind: '应付对象', who: '收款方', item: '设备 {n}', since: '起始', amount: '应付', promised: '付款中', account: '对账单', none: '没有应付款项',
	text_owner: '已成交但尚未列入付款批次的价款。', text_merchant: '佣金及抵扣购物款的回收款。', text_buyer: '买家的保证金，用于支付其购买；买家要求退回时，在新建付款中退款。',
});
type Kind = 'owner' | 'merchant' | 'buyer';

export function Owed() {
	const { query, route } = useLocation(), parties = useParties();
	const kind: Kind = query.kind === 'merchant' || query.kind === 'buyer' ? query.kind : 'owner';
	const pages = usePages('settle.payables', { city: cityId(), kind });
	type P = Row<'settle.payables'>;
	const columns: Column<P>[] = [
		kind === 'owner' ? { key: 'who', head: w('who'), cell: (x) => <a href={`/items/${x.item}`}>{w('item', { n: String(x.item) })}</a>, csv: (x) => x.item, width: 'minmax(130px, 1fr)' } :
			{ key: 'who', head: w('who'), cell: (x) => parties.name(x.party), width: 'minmax(160px, 1.4fr)' },
		...(kind === 'owner' ? [{ key: 'since', phone: 'line' as const, head: w('since'), cell: (x: P) => ago(x.from_us), csv: (x: P) => when(x.from_us), width: '130px' }] : []),
		{ key: 'amount', phone: 'end', head: w('amount'), num: true, cell: (x) => money(x.amount_minor, x.currency), csv: (x) => x.amount_minor, width: '120px' },
		{ key: 'promised', phone: 'said', head: w('promised'), num: true, cell: (x) => money(x.promised_minor, x.currency), csv: (x) => x.promised_minor, width: '120px' },
		{ key: 'account', head: w('account'), cell: (x) => <a href={`/money/statement?account=${encodeURIComponent(x.account ?? '')}`} aria-label={`${w('account')}${colon()}${x.account}`}>{w('account')} {(x.account ?? '').split('/')[1] ?? ''}</a>, csv: (x) => x.account, width: 'minmax(170px, 1fr)' },
	];
	return (
		<Page title={w('title')}>
			<MoneyNav />
			<Tabs<Kind> label={w('kind')} value={kind} onChange={(k) => route(`/money/owed?kind=${k}`)} tabs={[{ value: 'owner', label: w('owners') }, { value: 'merchant', label: w('merchants') }, { value: 'buyer', label: w('buyers') }]} />
			<p class="muted">{w(`text_${kind}`)}</p>
			<Card flush label={w('title')}><Table label={w('title')} {...pages} columns={columns} id={(x) => x.account ?? ''} csv={`owed-${kind}.csv`} empty={<Empty title={w('none')} />} /></Card>
		</Page>
	);
}
