/* What the pages of money share: the way between them, and names. */
import { useEffect, useState } from 'preact/hooks';
import { useLocation } from 'preact-iso';
import { askAll, asProblem, type Problem, type Row } from '../base/ask';
import { can, cityId } from '../base/session';
import { codeWords, words } from '../base/words';

const w = words({ payouts: 'Payouts', owed: 'Owed', statement: 'Statements', cash: 'Money in, corrections', taxes: 'Tax', parts: 'Parts of money', party: 'Party {n}' },
	{ payouts: '付款', owed: '应付', statement: '对账单', cash: '收款与更正', taxes: '税款', parts: '资金页面', party: '参与方 {n}' });

/** Whoever may change something here; others read. */
export const acts = () => can('officer', 'admin');

export function MoneyNav() {
	const { path } = useLocation();
	const way = (href: string, text: string, also = false) => <a href={href} aria-current={path === href || also ? 'page' : undefined}>{text}</a>;
	return (
		<nav class="tabs city-nav no-print" aria-label={w('parts')}>
			{way('/money', w('payouts'), path.startsWith('/money/payouts') || path === '/money/new')}{way('/money/owed', w('owed'))}{way('/money/statement', w('statement'))}{acts() && way('/money/cash', w('cash'))}{way('/money/taxes', w('taxes'))}
		</nav>
	);
}
export type Party = Row<'party.list'>;
/** Organisations of the city, by number; persons have no public name. */
export function useParties(): { name: (party: number | undefined) => string; all: Party[]; error?: Problem } {
	const city = cityId(), [all, set] = useState<Party[]>([]), [error, setError] = useState<Problem>();
	useEffect(() => {
		let gone = false;
		askAll('party.list', { city, kind: 'organisation' }).then((rows) => gone || set(rows), (e) => gone || setError(asProblem(e))); /* without names the numbers stand */
		return () => {
			gone = true;
		};
	}, [city]);
	return { all, error, name: (party) => (party === undefined ? '' : all.find((x) => x.party === party)?.public_name ?? w('party', { n: String(party) })) };
}
export const payeeWord = codeWords({ owner: 'Owner', merchant: 'Merchant', buyer: 'Buyer' }, { owner: '机主', merchant: '商户', buyer: '买家' });
export const reasonWord = codeWords({
	AC01: 'Account number is wrong', AC04: 'Account is closed', AC06: 'Account is blocked', AC13: 'Wrong kind of account', AG01: 'Transfers are forbidden on this account', AM04: 'Not enough money', AM05: 'Paid twice', BE01: 'Name and account do not match', BE04: 'Address is missing',
	CNOR: 'Bank is not known', DS02: 'Order cancelled', MD07: 'Holder has died', MS02: 'Refused by the holder', MS03: 'Reason not given', RC01: 'Bank code is wrong', RR01: 'Account of the payer is missing', FOCR: 'Recalled', NARR: 'See the bank’s note',
}, {
	AC01: '账号错误', AC04: '账户已销户', AC06: '账户被冻结', AC13: '账户类型不符', AG01: '该账户禁止转账', AM04: '余额不足', AM05: '重复付款', BE01: '户名与账号不符', BE04: '缺少地址',
	CNOR: '银行未登记', DS02: '指令已取消', MD07: '户主已去世', MS02: '收款人拒收', MS03: '未说明原因', RC01: '行号错误', RR01: '缺少付款账户', FOCR: '被召回', NARR: '见银行附注',
});
