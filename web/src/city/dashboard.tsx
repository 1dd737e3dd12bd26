/* /city: what the programme does for the city, over a period and beside the one before. */
import type { ComponentChildren } from 'preact';
import { useLocation } from 'preact-iso';
import { Printer, RefreshCw } from 'lucide-preact';
import type { Answer } from '../base/ask';
import { can, city as cityNow, cityId } from '../base/session';
import { count, mass, moneyShort, nothing, percent } from '../base/format';
import { useAsk } from '../base/use';
import { lang, words } from '../base/words';
import { Button, Card, Empty, Figure, Loading, Note, Page, Wrong } from '../ui/basic';
import { useCategories } from '../ui/categories';
import { livesOf } from './behind';
import { numberOf, quantiles, rowsOf, sums, type ReportRow } from './figures';
import { Flow } from './flow';
import { Erasure, Fractions, MassBalance } from './matter';
import { Metals } from './metals';
import { Places } from './place';
import { PeriodChoice, spanText, usePeriod, usOf, type Period } from './period';
import { StageTimes, Trend } from './time';
import { moneyReaders } from './words';

const w = words({
	title: 'The city', none: 'No device was taken in', none_text: 'Nothing happened on these days. Choose a longer period.', all: 'Show all days', compare: '{span}; compared with {before}', behind: '{n} entry has not been counted yet; the figures will follow in a moment.|{n} entries have not been counted yet; the figures will follow in a moment.',
	reload: 'Count again', figures: 'Key figures', taken: 'Devices taken in', paid: 'Paid out', agreed: 'Agreed prices', of_promised: '{share} of {sum} promised', revision: 'Offers revised', of_inspected: '{n} of {of} inspected', decline: 'Revised offers declined',
	of_answered: '{n} of {of} answered', erased: 'Erasures verified', of_attempts: '{n} of {of} attempts', mass: 'Mass taken in', resold: 'Resold', recovered: 'To materials', of_taken: '{share} of those taken in', stuck: 'Stuck now', stuck_what: 'waiting for somebody',
	before: 'was {value}', same: 'as before: {value}', points: '{n} points', to_report: 'Report', to_proof: 'Proof', sections: 'Parts of the city', dash: 'Dashboard', print: 'Print', kinds: '{n} kind|{n} kinds', unknown: 'Could not be counted',
}, {
	title: '城市概况', none: '这段时间没有收取设备', none_text: '所选日期内没有数据，请选择更长的时间段。', all: '查看全部', compare: '{span}，对比 {before}', behind: '还有 {n} 条记录尚未统计，数字稍后会更新。',
	reload: '重新统计', figures: '关键指标', taken: '收取设备', paid: '已付款', agreed: '成交金额', of_promised: '占承诺价 {sum} 的 {share}', revision: '重新报价率', of_inspected: '已检测 {of} 台，其中 {n} 台', decline: '重新报价拒绝率',
	of_answered: '已答复 {of} 台，其中 {n} 台', erased: '擦除验证通过率', of_attempts: '共 {of} 次，通过 {n} 次', mass: '收取质量', resold: '已转售', recovered: '拆解回收', of_taken: '占收取设备的 {share}', stuck: '当前积压', stuck_what: '等待处理',
	before: '上期 {value}', same: '与上期相同：{value}', points: '{n} 个百分点', to_report: '报告', to_proof: '存证', sections: '城市页面', dash: '概况', print: '打印', kinds: '{n} 类', unknown: '未能统计',
});

export function CityNav(p: { query?: string }) {
	const { path } = useLocation();
	const way = (href: string, text: string) => <a href={href + (p.query ?? '')} aria-current={path === href ? 'page' : undefined}>{text}</a>;
	return <nav class="tabs city-nav no-print" aria-label={w('sections')}>{way('/city', w('dash'))}{way('/city/report', w('to_report'))}{way('/city/proof', w('to_proof'))}</nav>;
}

/** How a figure moved against the period before; good: whether more of it is better. */
function Delta(p: { now: number | undefined; before: number | undefined; show: (n: number) => string; good?: 'up' | 'down'; points?: boolean }) {
	if (p.now === undefined || p.before === undefined || Number.isNaN(p.before) || (!p.points && !p.before))
		return null;
	const by = p.points ? p.now - p.before : p.now / p.before - 1, flat = Math.abs(by) < 0.0005;
	if (flat)
		return <span class="delta">{w('same', { value: p.show(p.before) })}</span>;
	const sign = by > 0 ? '▲' : '▼', tone = p.good && ((by > 0) === (p.good === 'up') ? 'up' : 'down');
	const size = p.points ? w('points', { n: (Math.abs(by) * 100).toFixed(1) }) : percent(Math.abs(by), Math.abs(by) < 0.1 ? 1 : 0);
	return <span class="delta"><span class={`moved ${tone ?? ''}`}>{sign} {size}</span> <span class="nowrap">{w('before', { value: p.show(p.before) })}</span></span>;
}

/* What was erased, of what was tried. */
function erasures(r: Answer<'report.city'> | undefined) {
	const tried = (rows: ReportRow[]) => rows.reduce((n, x) => n + numberOf(x.attempts), 0), rows = rowsOf(r, 'erasure').filter((x) => x.outcome !== 'not_attempted');
	return r && { verified: tried(rows.filter((x) => x.outcome === 'verified')), attempts: tried(rows) };
}
const paidOut = (r: Answer<'report.city'> | undefined) =>
	r && rowsOf(r, 'money').filter((x) => (x.flow === 'paid_to_owners' || x.flow === 'paid_to_merchants') && x.currency === cityNow.value?.currency).reduce((n, x) => n + numberOf(x.amount_minor), 0);
const inStages = (a: Answer<'lives.count'> | undefined, stages: string[]) => a?.rows?.filter((r) => stages.includes(r.then ?? '')).reduce((n, r) => n + (r.lives ?? 0), 0);
const over = (n: number | undefined, of: number | undefined) => (n === undefined || !of ? undefined : n / of);

function Figures(p: { period: Period; failed: boolean; report?: Answer<'report.city'>; reportBefore?: Answer<'report.city'>; lives: Answer<'lives.count'>; livesBefore?: Answer<'lives.count'>; flow?: Answer<'lives.count'>; flowBefore?: Answer<'lives.count'>; inspected?: number; inspectedBefore?: number }) {
	const now = sums(p.lives.rows ?? [])!, before = sums(p.livesBefore?.rows);
	const erased = erasures(p.report), erasedBefore = erasures(p.reportBefore);
	const resold = inStages(p.flow, ['delivered']), apart = inStages(p.flow, ['recovered']);
	const wait = p.failed ? nothing : '…'; /* what the report would say */
	const pct = (x: number) => percent(x, 1), line = (a: ComponentChildren, b: ComponentChildren) => <>{a}<br />{b}</>;
	const of = (word: 'of_inspected' | 'of_answered' | 'of_attempts', n: number | undefined, all: number | undefined) => (n === undefined || all === undefined ? nothing : w(word, { n, of: all }));
	return (
		<section class="figures city-figures" aria-label={w('figures')}>
			<Figure label={w('taken')} value={count(now.lives)} href={livesOf(p.period)} sub={<Delta now={now.lives} before={before?.lives} show={count} good="up" />} />
			<Figure label={w('agreed')} value={moneyShort(now.agreed_minor)} href={livesOf(p.period, { flag: 'agreed' })}
				sub={line(w('of_promised', { share: percent(over(now.agreed_minor, now.promised_minor)), sum: moneyShort(now.promised_minor) }), <Delta now={now.agreed_minor} before={before?.agreed_minor} show={(n) => moneyShort(n)} good="up" />)} />
			<Figure label={w('paid')} value={p.report ? moneyShort(paidOut(p.report) ?? 0) : wait} href={can(...moneyReaders) ? `/money/payouts?from=${p.period.from}&to=${p.period.to}` : livesOf(p.period, { came: 'paid_days' })}
				sub={<Delta now={paidOut(p.report)} before={paidOut(p.reportBefore)} show={(n) => moneyShort(n)} />} />
			<Figure label={w('revision')} value={percent(over(now.revised, p.inspected), 1)} href={livesOf(p.period, { flag: 'revised' })}
				sub={line(of('of_inspected', now.revised, p.inspected), <Delta points now={over(now.revised, p.inspected)} before={over(before?.revised, p.inspectedBefore)} show={pct} good="down" />)} />
			<Figure label={w('decline')} value={percent(over(now.declined, now.answered), 1)} href={livesOf(p.period, { flag: 'revised', item: ['returning', 'returned'] })}
				sub={line(of('of_answered', now.declined, now.answered), <Delta points now={over(now.declined, now.answered)} before={over(before?.declined, before?.answered)} show={pct} good="down" />)} />
			<Figure label={w('erased')} value={erased ? percent(over(erased.verified, erased.attempts), 1) : wait} href={livesOf(p.period, { came: 'erased_days' })}
				sub={line(of('of_attempts', erased?.verified, erased?.attempts), <Delta points now={over(erased?.verified, erased?.attempts)} before={over(erasedBefore?.verified, erasedBefore?.attempts)} show={pct} good="up" />)} />
			<Figure label={w('mass')} value={mass(now.mass_mg)} href={livesOf(p.period)} sub={<Delta now={now.mass_mg} before={before?.mass_mg} show={mass} good="up" />} />
			<Figure label={w('resold')} value={count(resold)} href={livesOf(p.period, { stage: ['delivered'] })}
				sub={line(w('of_taken', { share: percent(over(resold, now.lives)) }), <Delta now={resold} before={inStages(p.flowBefore, ['delivered'])} show={count} good="up" />)} />
			<Figure label={w('recovered')} value={count(apart)} href={livesOf(p.period, { stage: ['recovered'] })}
				sub={line(w('of_taken', { share: percent(over(apart, now.lives), 1) }), <Delta now={apart} before={inStages(p.flowBefore, ['recovered'])} show={count} />)} />
			<Stuck />
		</section>
	);
}
function Stuck() {
	const { data, error } = useAsk('exceptions.counts', { city: cityId(), lang: lang.value }), kinds = data?.items;
	const n = kinds?.reduce((a, c) => a + c.count, 0);
	return <Figure label={w('stuck')} value={n === undefined ? (error ? nothing : '…') : count(n)} href={can('technician', 'clerk', 'admin') ? '/bench/stuck' : can('officer', 'auditor') ? '/city/stuck' : undefined}
		sub={error ? w('unknown') : <>{w('stuck_what')}{kinds?.length ? <> · {w('kinds', { n: kinds.length })}</> : ''}</>} />;
}

export function Dashboard() {
	const { period, query, choose } = usePeriod(), city = cityId();
	const span = { from: period.from, to: period.to }, l = lang.value;
	const report = useAsk('report.city', { city, ...usOf(period), lang: l, only: 'money,erasure,mass' });
	const reportBefore = useAsk('report.city', period.before && { city, ...usOf(period.before), lang: l, only: 'money,erasure' });
	const lives = useAsk('lives.count', { city, ...span, by: 'item', then: 'flags' });
	const livesBefore = useAsk('lives.count', period.before && { city, ...period.before, by: 'item', then: 'flags' });
	const flow = useAsk('lives.count', { city, ...span, by: 'category', then: 'stage' });
	const flowBefore = useAsk('lives.count', period.before && { city, ...period.before, by: 'category', then: 'stage' });
	const came = useAsk('lives.count', { city, ...span, by: 'inspected_days' });
	const cameBefore = useAsk('lives.count', period.before && { city, ...period.before, by: 'inspected_days' });
	const inspected = (a: Answer<'lives.count'> | undefined) => a && quantiles(a.rows ?? [], []).count;
	const { name: categoryName } = useCategories();
	const reload = () => [report, reportBefore, lives, livesBefore, flow, flowBefore, came, cameBefore].forEach((x) => x.reload());
	const n = lives.data && sums(lives.data.rows ?? [])!.lives, busy = lives.loading || report.loading || flow.loading || came.loading, has = <T,>(x: { data?: T }) => (period.before ? x.data : undefined);
	return (
		<Page title={w('title')} sub={period.before ? w('compare', { span: spanText(period), before: spanText(period.before) }) : spanText(period)}
			actions={<Button onClick={() => print()}><Printer aria-hidden="true" />{w('print')}</Button>}>
			<CityNav query={query} />
			<PeriodChoice key={query} period={period} choose={choose} />
			{!!lives.data?.behind && <Note tone="info" role="status">{w('behind', { n: lives.data.behind })} <Button kind="link" onClick={reload}><RefreshCw size={14} aria-hidden="true" />{w('reload')}</Button></Note>}
			{lives.data === undefined ? (lives.error ? <Wrong error={lives.error} retry={reload} /> : <Loading lines={8} />) : n === 0 ? (
				<Card><Empty title={w('none')} action={<Button kind="main" onClick={() => choose('all')}>{w('all')}</Button>}>{w('none_text')}</Empty></Card>
			) : <div class="stack fresh" aria-busy={busy || undefined}>
				{lives.error && <Wrong error={lives.error} retry={reload} inline />}
				{report.error && <Wrong error={report.error} retry={report.reload} inline />}
				<Figures period={period} failed={!!report.error} report={report.data} reportBefore={has(reportBefore)} lives={lives.data} livesBefore={has(livesBefore)} flow={flow.data} flowBefore={has(flowBefore)} inspected={inspected(came.data)} inspectedBefore={inspected(has(cameBefore))} />
				<Flow period={period} lives={flow} report={report.data} categoryName={categoryName} />
				<div class="two"><StageTimes period={period} inspected={came} inspectedBefore={cameBefore} /><Trend period={period} /></div>
				<Places period={period} />
				{(report.data || !report.error) && <div class="two"><Erasure period={period} report={report.data} /><MassBalance period={period} report={report.data} /></div>}
				<Metals period={period} />
				<Fractions period={period} />
			</div>}
		</Page>
	);
}
