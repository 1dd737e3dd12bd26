/* /money: what is owed, how it is paid, and every account explained. Officers act, auditors read. */
import './city.css';
import { useLocation } from 'preact-iso';
import { words } from '../base/words';
import { Cash } from './cash';
import { Only } from './only';
import { Moves } from './moves';
import { Owed } from './owed';
import { NewPayout, Payout, Payouts } from './payouts';
import { Statement } from './statement';
import { Taxes } from './taxes';
import { moneyReaders } from './words';

const w = words({ title: 'Money' }, { title: '资金' });

export default function Money() {
	const { path } = useLocation(), [, , at = '', id] = path.split('/');
	const page = at === 'new' ? <NewPayout /> : at === 'payouts' && id ? <Payout key={id} id={Number(id)} /> : at === 'owed' ? <Owed /> : at === 'statement' ? <Statement /> : at === 'cash' ? <Cash /> : at === 'taxes' ? <Taxes /> : at === 'moves' ? <Moves /> : <Payouts />;
	return <Only roles={moneyReaders} title={w('title')}>{page}</Only>;
}
