/* /money/moves: the transfers behind a figure of money: of some flows, within some days. A flow with a minus before its
 * name is taken off: what was given back. */
import { useMemo } from 'preact/hooks';
import { useLocation } from 'preact-iso';
import type { Args, Row } from '../base/ask';
import { cityId } from '../base/session';
import { money, when } from '../base/format';
import { useNarrow } from '../base/use';
import { listed, words } from '../base/words';
import { Card, Empty, Figure, Page } from '../ui/basic';
import { Table, type Column } from '../ui/table';
import { MoneyNav } from './money-nav';
import { spanText, usOf } from './period';
import { reportWord } from './report-words';
import { typeWord, useAccountName } from './statement';
import { useWalk } from './walk';

const w = words({
	title: 'What moved', when: 'When', what: 'What', flow: 'For', from: 'From', to: 'To', amount: 'Amount', entry: 'Entry', sum: 'Together', so_far: 'Together, of the rows loaded so far', none: 'Nothing moved on these days',
}, {
	title: '资金变动', when: '时间', what: '事项', flow: '用途', from: '转出', to: '转入', amount: '金额', entry: '记录', sum: '合计', so_far: '已载入部分合计', none: '这些日期没有变动',
});
type Move = Row<'report.moves'>;
type Flow = Args<'report.moves'>['flow'];

export function Moves() {
	const { query } = useLocation(), city = cityId(), account = useAccountName(), narrow = useNarrow();
	const span = { from: query.from ?? '2000-01-01', to: query.to ?? '2100-01-01' }, flows = (query.flow ?? '').split(',').filter(Boolean);
	const name = (flow: string) => flow.replace(/^-/, '');
	const questions = useMemo(() => flows.map((f) => ({ city, flow: name(f) as Flow, ...usOf(span) }) as Args<'report.moves'>), [JSON.stringify(query), city]);
	const pages = useWalk('report.moves', questions);
	/* which question a row answers, by its two accounts: a flow is one way from a kind of account to another */
	const kinds = (m: Move) => `${m.from.split('/')[0]} ${m.to.split('/')[0]}`;
	const back = new Set(flows.filter((f) => f.startsWith('-')).map(name).map((f) => backKinds[f]));
	const value = (m: Move) => (back.has(kinds(m)) ? -m.amount_minor : m.amount_minor);
	const columns: Column<Move>[] = [
		{ key: 'when', head: w('when'), cell: (m) => when(m.at_us, narrow ? 'date' : 'both'), csv: (m) => when(m.at_us), width: '180px' },
		{ key: 'what', phone: 'line', head: w('what'), cell: (m) => typeWord(m.type), csv: (m) => m.type, width: 'minmax(130px, 1fr)' },
		{ key: 'from', phone: 'said', head: w('from'), cell: (m) => <a href={`/money/statement?account=${encodeURIComponent(m.from)}`}>{account(m.from)}</a>, csv: (m) => m.from, width: 'minmax(140px, 1.2fr)' },
		{ key: 'to', phone: 'said', head: w('to'), cell: (m) => <a href={`/money/statement?account=${encodeURIComponent(m.to)}`}>{account(m.to)}</a>, csv: (m) => m.to, width: 'minmax(140px, 1.2fr)' },
		{ key: 'amount', phone: 'end', head: w('amount'), num: true, cell: (m) => money(value(m), m.currency), csv: value, width: '130px' },
		{ key: 'entry', head: w('entry'), num: true, cell: (m) => <a href={`/city/proof?entry=${m.seq}`}>{String(m.seq)}</a>, csv: (m) => m.seq, width: '80px' },
	];
	const sum = pages.rows.reduce((n, m) => n + value(m), 0);
	return (
		<Page title={w('title')} sub={`${listed(flows.map((f) => reportWord(name(f))))} · ${spanText(span)}`}>
			<MoneyNav />
			{pages.rows.length > 0 && <div class="figures"><Figure label={w(pages.more ? 'so_far' : 'sum')} value={money(sum)} /></div>}
			<Card flush label={w('title')}><Table label={w('title')} {...pages} columns={columns} id={(m) => `${m.seq}.${m.n}`} csv="moves.csv" empty={<Empty title={w('none')} />} /></Card>
		</Page>
	);
}
const backKinds: Record<string, string> = { sales_reversed: 'money_device money_buyer', tax_reversed: 'money_tax money_buyer' };
