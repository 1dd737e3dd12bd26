/* Charts (Apache ECharts): loaded by the pages that draw, never styled from HTML, always with their table beside them. */
import type { ComponentChildren } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { ChartColumn, Download, Table2 } from 'lucide-preact';
import type { EChartsCoreOption, EChartsType } from 'echarts/core';
import { dark } from '../base/theme';
import { colon, lang, words } from '../base/words';
import { Button, Card } from './basic';
import { csvOf, download, type Column } from './table';

const w = words({ table: 'Table', chart: 'Chart', csv: 'CSV' }, { table: '表格', chart: '图表', csv: 'CSV' });

export const palette = () => (dark.value
	? ['#86d1ba', '#f0ac7d', '#9ccbf0', '#f0c767', '#d7a8e0', '#ff9d94', '#b7c98a', '#a9b3b3']
	: ['#1d6f5c', '#b4591f', '#1f567f', '#b58400', '#7d4a8f', '#a3261f', '#5f7a25', '#5f6a6a']);
export const inks = () => (dark.value
	? { ink: '#ecebe6', soft: '#bcc2c1', line: '#363c40', card: '#1c2023' }
	: { ink: '#1b2324', soft: '#4c5656', line: '#dcd7cc', card: '#ffffff' });

/** The bare drawing. option is made anew for each theme and language: read palette() and inks() in it. */
export function Draw(p: { option: () => EChartsCoreOption; label: string; height?: number; onClick?: (e: { name: string; data: unknown; seriesName?: string; dataType?: string }) => void; map?: { name: string; geo: unknown } }) {
	const ref = useRef<HTMLDivElement>(null), chart = useRef<EChartsType>(), click = useRef(p.onClick), option = useRef(p.option);
	const isDark = dark.value, l = lang.value;
	click.current = p.onClick;
	option.current = p.option; /* it may be another one by the time that the charts are loaded */
	useEffect(() => {
		let gone = false;
		const size = new ResizeObserver(() => {
			if (matchMedia('print').matches)
				return; /* the drawing is scaled to the paper */
			chart.current?.resize();
			ref.current?.querySelector('svg')?.setAttribute('viewBox', `0 0 ${chart.current?.getWidth()} ${chart.current?.getHeight()}`);
		});
		void import('./echarts').then(({ echarts }) => {
			if (gone || !ref.current)
				return;
			if (p.map)
				echarts.registerMap(p.map.name, p.map.geo as never);
			chart.current = echarts.init(ref.current, undefined, { renderer: 'svg' });
			chart.current.on('click', (e) => click.current?.(e as never));
			chart.current.setOption(base(option.current()));
			size.observe(ref.current);
		});
		return () => {
			gone = true;
			size.disconnect();
			chart.current?.dispose();
			chart.current = undefined;
		};
	}, [isDark, p.map?.geo]);
	useEffect(() => chart.current?.setOption(base(p.option()), true), [p.option, l]);
	return <div ref={ref} class="chart" role="img" aria-label={p.label} style={{ height: `${p.height ?? 320}px` }} />;
}
/* Tooltips as rich text: as HTML they would carry inline styles, which our Content-Security-Policy refuses. */
function base(o: EChartsCoreOption): EChartsCoreOption {
	const c = inks();
	return {
		color: palette(), backgroundColor: 'transparent', animationDuration: matchMedia('(prefers-reduced-motion: reduce)').matches ? 0 : 300,
		textStyle: { color: c.ink, fontFamily: getComputedStyle(document.body).fontFamily },
		...o,
		tooltip: o.tooltip === undefined ? undefined : { renderMode: 'richText', confine: true, backgroundColor: c.card, borderColor: c.line, textStyle: { color: c.ink }, ...(o.tooltip as object) },
	};
}
/** Axes and legends in the theme's ink, for an option's parts. */
export const axis = (more: object = {}) => ({ axisLabel: { color: inks().soft, hideOverlap: true }, axisLine: { lineStyle: { color: inks().line } }, splitLine: { lineStyle: { color: inks().line } }, nameTextStyle: { color: inks().soft }, ...more });
export const legend = (more: object = {}) => ({ textStyle: { color: inks().soft }, inactiveColor: inks().line, type: 'scroll', top: 0, ...more });

/** A card with a chart, the same figures as a table, and as CSV. */
export function Chart<T>(p: { title: string; note?: ComponentChildren; option: () => EChartsCoreOption; rows: T[]; columns: Column<T>[]; height?: number; csv: string; actions?: ComponentChildren; onClick?: Parameters<typeof Draw>[0]['onClick']; map?: { name: string; geo: unknown }; empty?: ComponentChildren }) {
	const [asTable, set] = useState(false);
	return (
		<Card title={p.title} actions={<>
			{p.actions}
			<Button small kind="quiet" aria-pressed={asTable} onClick={() => set(!asTable)}>{asTable ? <ChartColumn aria-hidden="true" /> : <Table2 aria-hidden="true" />}{asTable ? w('chart') : w('table')}</Button>
			<Button small kind="quiet" onClick={() => download(p.csv, csvOf(p.rows, p.columns))}><Download aria-hidden="true" />{w('csv')}</Button>
		</>}>
			{p.note && <p class="small muted">{p.note}</p>}
			{!p.rows.length && p.empty ? p.empty : asTable ? (
				<div class="scroll" tabIndex={0} role="region" aria-label={`${p.title}${colon()}${w('table')}`}>
					<table>
						<thead><tr>{p.columns.map((c) => <th key={c.key} class={c.num ? 'num' : ''} scope="col">{c.head}</th>)}</tr></thead>
						<tbody>{p.rows.map((r, i) => <tr key={i}>{p.columns.map((c) => <td key={c.key} class={c.num ? 'num' : ''}>{c.cell(r)}</td>)}</tr>)}</tbody>
					</table>
				</div>
			) : <Draw option={p.option} label={p.title} height={p.height} onClick={p.onClick} map={p.map} />}
		</Card>
	);
}
