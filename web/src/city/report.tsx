/* /city/report: the programme's account of itself over a period, to read, print and keep. */
import { Download, Printer } from 'lucide-preact';
import { city as cityNow, cityId } from '../base/session';
import { count, currency, mass, money, nothing, percent, when } from '../base/format';
import { useAsk } from '../base/use';
import { colon, lang, locale, words } from '../base/words';
import { Button, Card, Empty, Note, Page, Shown } from '../ui/basic';
import { useCategories } from '../ui/categories';
import { csvOf, download } from '../ui/table';
import { CityNav } from './dashboard';
import { sectionsOf, type ReportRow, type Section } from './figures';
import { PeriodChoice, spanText, usePeriod, usOf } from './period';
import { reportWord } from './report-words';

const w = words({
	title: 'Report', print: 'Print', json: 'JSON', sub: '{city}, {span}', query: 'How this is counted', query_text: 'Run this on a copy of the database and the same row comes out.', toc: 'Contents', nothing: 'Nothing in this period', hours: '{n} hours', days: '{n} days', minutes: '{n} min', made: 'State of the books: {when}.', csv: 'CSV', table: 'table', more: 'Times between stages, merchants and what else is counted device by device are on their way.',
}, {
	title: '报告', print: '打印', json: 'JSON', sub: '{city}，{span}', query: '统计方法', query_text: '在数据库副本上运行此查询，可得到同一行结果。', toc: '目录', nothing: '这段时间没有内容', hours: '{n} 小时', days: '{n} 天', minutes: '{n} 分钟', made: '账本状态：{when}。', csv: 'CSV', table: '表格', more: '各阶段用时、商户等需逐台统计的部分正在计算。',
});

function duration(us: number): string {
	const h = us / 3600e6, one = (n: number) => n.toLocaleString(locale(), { maximumFractionDigits: 1 });
	return h >= 48 ? w('days', { n: one(h / 24) }) : h >= 1 ? w('hours', { n: one(h) }) : w('minutes', { n: one(h * 60) });
}
const numeric = (column: string) => /_(minor|mg|us|bp)$|^(value|count|of|percent|low|high|devices|items|agreed|transfers|attempts|media|payments)$/.test(column);

function cell(column: keyof ReportRow, r: ReportRow, category: (c: string) => string): string {
	const v = r[column];
	if (v === null || v === undefined || v === '')
		return nothing;
	if (typeof v === 'string')
		return column === 'category' ? category(v) : column === 'name' || column === 'currency' ? v : column === 'reason' ? v : reportWord(v);
	const unit = typeof r.currency === 'string' ? r.currency : currency.value;
	if (column.endsWith('_minor'))
		return money(v, unit);
	if (column.endsWith('_mg'))
		return mass(v);
	if (column === 'oldest_us')
		return when(v);
	if (column.endsWith('_us'))
		return duration(v);
	if (column === 'percent' || column === 'low' || column === 'high')
		return percent(v / 10000, 1);
	if (column === 'merchant' || column === 'city')
		return String(v);
	if (column === 'value')
		return r.unit === 'mg' ? mass(v) : r.unit === 'count' || r.unit === 'pc' ? count(v) : money(v, String(r.unit));
	return count(v);
}

function Part(p: { section: Section }) {
	const { name: category } = useCategories(), rows = p.section.rows ?? [];
	const all = (Object.keys(rows[0] ?? {}) as (keyof ReportRow)[]).filter((c) => c !== 'query');
	const columns = all.filter((c) => c !== 'unit' && c !== 'currency'); /* figures stand with their unit */
	return (
		<Card class="report" title={<span id={`part-${p.section.id}`}>{p.section.title}</span>} actions={rows.length ? <Button small kind="quiet" onClick={() => download(`${p.section.id}.csv`, csvOf(rows, all.map((c) => ({ key: c, head: c, cell: () => '', csv: (r) => r[c] }))))}><Download aria-hidden="true" />{w('csv')}</Button> : undefined}>
			<p class="small muted">{p.section.note}</p>
			{rows.length ? <>
				<div class="scroll" tabIndex={0} role="region" aria-label={`${p.section.title}${colon()}${w('table')}`}>
					<table>
						<thead><tr>{columns.map((c) => <th key={c} scope="col" class={numeric(c) ? 'num' : ''}>{reportWord(c)}</th>)}</tr></thead>
						<tbody>{rows.map((r, i) => <tr key={i}>{columns.map((c) => <td key={c} class={numeric(c) ? 'num' : ''}>{cell(c, r, category)}</td>)}</tr>)}</tbody>
					</table>
				</div>
				{rows[0]?.query && <details class="no-print"><summary>{w('query')}</summary><p class="small muted">{w('query_text')}</p><div class="query" tabIndex={0} role="region" aria-label={w('query')}>{rows[0].query}</div></details>}
			</> : <p class="muted">{w('nothing')}</p>}
		</Card>
	);
}

/* What comes from columns, at once; the whole report takes its place when it is there. */
const quick = 'figures,rates,devices_by_stage,items_by_stage,devices_by_category,money,margin,tax,mass,erasure,payouts,balances';

export function Report() {
	const { period, query, choose } = usePeriod(), asked = { city: cityId(), ...usOf(period), lang: lang.value };
	const whole = useAsk('report.city', asked), first = useAsk('report.city', { ...asked, only: quick });
	const report = whole.loading && first.data && !first.loading ? first : whole;
	const name = cityNow.value?.name ?? '';
	return (
		<Page title={w('title')} sub={w('sub', { city: name, span: spanText(period) })} actions={<>
			<Button disabled={report !== whole} onClick={() => print()}><Printer aria-hidden="true" />{w('print')}</Button>
			<Button disabled={report !== whole || !whole.data} onClick={() => download(`report-${period.from}-${period.to}.json`, JSON.stringify(whole.data, null, '\t'), 'application/json')}><Download aria-hidden="true" />{w('json')}</Button>
		</>}>
			<CityNav query={query} />
			<PeriodChoice key={query} period={period} choose={choose} />
			<Shown of={report} lines={10}>{(r) => {
				const parts = sectionsOf(r);
				return parts.length ? <>
					<p class="muted">{w('made', { when: when(r.now_us) })}</p>
					{report === first && <Note tone="info" role="status">{w('more')}</Note>}
					<nav class="row no-print" aria-label={w('toc')}>{parts.map((s) => <a key={s.id} class="button small" href={`#part-${s.id}`}>{s.title}</a>)}</nav>
					{parts.map((s) => <Part key={s.id} section={s} />)}
				</> : <Card><Empty title={w('nothing')} /></Card>;
			}}</Shown>
		</Page>
	);
}
