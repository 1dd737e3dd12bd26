/* Lists. Rows have one height and only those in sight are drawn, so 100,000 of them scroll like ten; the next page is
 * asked for before the end is reached.
 *
 * On a phone a table whose columns say phone shows each row as a card: the first column as its title, 'end' at the right
 * of it, 'line' below one after the other, 'said' too but with its head; a column that says nothing is left out there. A
 * table that says nothing at all scrolls sideways. */
import type { ComponentChildren } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { signal } from '@preact/signals';
import { useLocation } from 'preact-iso';
import { Download } from 'lucide-preact';
import { nothing, plain } from '../base/format';
import { words } from '../base/words';
import type { Problem } from '../base/ask';
import { useNarrow } from '../base/use';
import { Button, Empty, Loading, Wrong } from './basic';

const w = words({ none: 'Nothing here', rows: '{n} row|{n} rows', more: '{n} rows so far; scroll for more', csv: 'CSV', loading_more: 'Loading more', select: 'Select this row', all: 'Select all rows' },
	{ none: '暂无内容', rows: '{n} 行', more: '已载入 {n} 行，向下滚动继续', csv: 'CSV', loading_more: '继续载入', select: '选择此行', all: '选择所有行' });

export interface Column<T> {
	key: string;
	head: ComponentChildren;
	cell: (row: T) => ComponentChildren;
	width?: string;   /* of grid-template-columns; default minmax(90px, 1fr) */
	num?: boolean;
	phone?: 'end' | 'line' | 'said'; /* where it stands on a phone, see below */
	csv?: (row: T) => string | number | undefined | null; /* absent: cell, when it is text */
}
interface Props<T> {
	label: string;
	rows: T[];
	columns: Column<T>[];
	id: (row: T) => string | number;
	href?: (row: T) => string;
	onOpen?: (row: T) => void;
	loading?: boolean;
	error?: Problem;
	reload?: () => void;
	more?: boolean;
	loadMore?: () => void;
	empty?: ComponentChildren;
	height?: number; /* of a row */
	phoneHeight?: number; /* of a row on a phone, whose texts then wrap; else 68, a title and one line, or 90 for two when much is said */
	selected?: Set<string | number>;
	onSelect?: (s: Set<string | number>) => void;
	csv?: string; /* file name: offers the rows that are here as CSV */
	csvMore?: Column<T>[]; /* columns of the file alone */
	foot?: ComponentChildren;
}

/* On paper there is no scrolling: all rows that are here. */
const onPaper = signal(false);
addEventListener('beforeprint', () => (onPaper.value = true));
addEventListener('afterprint', () => (onPaper.value = false));

export function csvOf<T>(rows: T[], columns: Column<T>[]): string {
	const quote = (v: unknown) => {
		let t = v === undefined || v === null ? '' : String(v);
		if (/^[=+\-@\t\r]/.test(t) && !/^-?[\d.]+$/.test(t))
			t = `'${t}`; /* not a formula for whoever opens it in a spreadsheet */
		return /[",\r\n]/.test(t) ? `"${t.replace(/"/g, '""')}"` : t;
	};
	const line = (cells: unknown[]) => cells.map(quote).join(',') + '\r\n';
	const text = (c: Column<T>, r: T) => {
		const v = c.csv ? c.csv(r) : c.cell(r);
		return typeof v === 'object' ? '' : typeof v === 'string' ? plain(v) : v;
	};
	return '\ufeff' + line(columns.map((c) => (typeof c.head === 'string' ? c.head : c.key))) + rows.map((r) => line(columns.map((c) => text(c, r)))).join('');
}
export function download(name: string, text: string, type = 'text/csv;charset=utf-8') {
	const a = document.createElement('a');
	a.href = URL.createObjectURL(new Blob([text], { type }));
	a.download = name;
	a.click();
	setTimeout(() => URL.revokeObjectURL(a.href), 1000);
}

export function Table<T>(p: Props<T>) {
	const view = useRef<HTMLDivElement>(null);
	const [top, setTop] = useState(0);
	const [seen, setSeen] = useState(800);
	const { route } = useLocation();
	const cards = useNarrow() && p.columns.some((c) => c.phone);
	const two = cards && !p.phoneHeight && p.columns.filter((c) => c.phone === 'line' || c.phone === 'said').length > 2;
	const h = cards ? p.phoneHeight ?? (two ? 90 : 68) : p.height ?? 48;
	const pick = p.selected && p.onSelect;
	const grid = cards ? {} : { gridTemplateColumns: (pick ? '28px ' : '') + p.columns.map((c) => c.width ?? 'minmax(90px, 1fr)').join(' ') };
	const all = onPaper.value;
	const from = all ? 0 : Math.max(0, Math.floor(top / h) - 8), to = all ? p.rows.length : Math.min(p.rows.length, Math.ceil((top + seen) / h) + 8);

	useEffect(() => {
		const el = view.current;
		if (!el)
			return;
		const o = new ResizeObserver(() => setSeen(el.clientHeight));
		o.observe(el);
		return () => o.disconnect();
	}, [p.rows.length > 0]);
	useEffect(() => {
		if (!all && p.more && !p.loading && p.loadMore && to > p.rows.length - 20)
			p.loadMore();
	}, [to, p.more, p.loading, p.rows.length]);

	if (!p.rows.length) {
		if (p.error)
			return <Wrong error={p.error} retry={p.reload} />;
		return p.loading ? <div class="pad"><Loading lines={6} /></div> : <>{p.empty ?? <Empty title={w('none')} />}</>;
	}
	const open = (r: T) => (p.href ? route(p.href(r)) : p.onOpen?.(r));
	const clickable = !!(p.href || p.onOpen);
	const toggle = (id: string | number) => {
		const s = new Set(p.selected);
		if (!s.delete(id))
			s.add(id);
		p.onSelect!(s);
	};
	const cell = (c: Column<T>, r: T, first: boolean, where?: string) => {
		const shown = c.cell(r);
		if (where === 'line' || where === 'said')
			if (shown === '' || shown === nothing || shown === undefined || shown === null || shown === false)
				return null; /* a card says what there is */
		return (
			<div role="cell" key={c.key} class={where ?? (c.num ? 'num' : '')} title={!cards && typeof shown === 'string' ? shown : undefined}>
				{where === 'said' && <span class="muted">{c.head} </span>}
				{first && p.href ? <a href={p.href(r)}>{shown}</a> : first && p.onOpen ? <button type="button" class="link" onClick={(e) => { e.stopPropagation(); p.onOpen!(r); }}>{shown}</button> : shown}
			</div>
		);
	};
	const as = (r: T, ...where: Column<T>['phone'][]) => p.columns.slice(1).filter((c) => c.phone && where.includes(c.phone)).map((c) => cell(c, r, false, c.phone));
	const cells = (r: T) => (!cards ? p.columns.map((c, n) => cell(c, r, n === 0)) : <>
		<div class="top" role="presentation">{cell(p.columns[0]!, r, true, 'first')}{as(r, 'end')}</div>
		<div class="lines" role="presentation">{as(r, 'line', 'said')}</div>
	</>);
	return (
		<div class={`list ${cards ? 'cards' : ''} ${cards && p.phoneHeight ? 'tall' : two ? 'lined' : ''}`}>
			{p.error && <Wrong error={p.error} retry={p.reload} inline />}
			<div class="view" ref={view} role="table" aria-label={p.label} aria-rowcount={p.more ? -1 : p.rows.length + 1} tabIndex={0} onScroll={(e) => setTop(e.currentTarget.scrollTop)}>
				<div role="rowgroup" class="heads">
					<div class={`tr th ${cards && !pick ? 'hide' : ''}`} role="row" style={grid}>
						{pick && <div role="columnheader"><label class="pick"><input type="checkbox" aria-label={w('all')} checked={p.selected!.size > 0 && p.selected!.size === p.rows.length} onChange={(e) => p.onSelect!(new Set(e.currentTarget.checked ? p.rows.map(p.id) : []))} />{cards && <span aria-hidden="true">{w('all')}</span>}</label></div>}
						{p.columns.filter((c, n) => !cards || !n || c.phone).map((c) => <div role="columnheader" key={c.key} class={cards ? 'hide' : c.num ? 'num' : ''}>{c.head}</div>)}
					</div>
				</div>
				<div role="rowgroup" class="space" style={{ height: `${p.rows.length * h}px` }}>
					{p.rows.slice(from, to).map((r, i) => {
						const id = p.id(r), at = from + i;
						return (
							<div class={`tr ${clickable ? 'link' : ''}`} role="row" key={id} aria-rowindex={at + 2} aria-selected={pick ? p.selected!.has(id) : undefined}
								style={{ ...grid, top: `${at * h}px`, height: `${h}px` }}
								onClick={clickable ? (e) => (e.target as HTMLElement).closest('a, button, input, label') ? undefined : open(r) : undefined}>
								{pick && <div role="cell" class="box"><label class="pick"><input type="checkbox" aria-label={w('select')} checked={p.selected!.has(id)} onChange={() => toggle(id)} /></label></div>}
								{cells(r)}
							</div>
						);
					})}
				</div>
			</div>
			<div class="row spread list-foot">
				<small class="muted" role="status">{p.loading ? w('loading_more') : p.more ? w('more', { n: p.rows.length }) : w('rows', { n: p.rows.length })}</small>
				<div class="actions no-print">{p.foot}{p.csv && <Button small kind="quiet" onClick={() => download(p.csv!, csvOf(p.rows, [...p.columns, ...(p.csvMore ?? [])]))}><Download aria-hidden="true" />{w('csv')}</Button>}</div>
			</div>
		</div>
	);
}
