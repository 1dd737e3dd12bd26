/* The same action on many devices, a few at a time: progress, what came of each, and another try for those that failed.
 * Each keeps its key, so that a try again after a broken connection does nothing twice. */
import type { ComponentChildren } from 'preact';
import { useRef, useState } from 'preact/hooks';
import { Check, CircleAlert } from 'lucide-preact';
import { newKey, Problem } from '../../base/ask';
import { words } from '../../base/words';
import { Button, Dialog, Note, reason } from '../basic';

const w = words({ start: 'Do it for {n} device|Do it for {n} devices', retry: 'Try the {n} failed one again|Try the {n} failed ones again', close: 'Close', stop: 'Stop', all_done: 'All {n} are done.', some: '{done} done, {failed} failed.', doing: '{done} of {all}', offline: 'No connection', what: 'Devices' },
	{ start: '对 {n} 台设备执行', retry: '重试失败的 {n} 台', close: '关闭', stop: '停止', all_done: '{n} 台全部完成。', some: '完成 {done} 台，失败 {failed} 台。', doing: '{done} / {all}', offline: '没有网络连接', what: '设备' });
export interface BatchRow { id: number; label: string }
interface Done { ok: boolean; text?: string }

export function Batch(p: { title: string; rows: BatchRow[]; ready?: boolean; run: (row: BatchRow, key: string) => Promise<string | void>; onClose: (anyDone: boolean) => void; children?: ComponentChildren }) {
	const [results, setResults] = useState<Record<number, Done>>({}), [running, setRunning] = useState(false);
	const keys = useRef(new Map<number, string>()), stop = useRef(false);
	const done = p.rows.filter((r) => results[r.id]?.ok).length, failed = p.rows.filter((r) => results[r.id] && !results[r.id]!.ok);
	const started = done + failed.length > 0;
	const go = async (rows: BatchRow[]) => {
		const queue = [...rows];
		stop.current = false;
		setRunning(true);
		const worker = async () => {
			for (let r = queue.shift(); r && !stop.current; r = queue.shift()) {
				const row = r, key = keys.current.get(row.id) ?? newKey();
				keys.current.set(row.id, key);
				let d: Done;
				try {
					d = { ok: true, text: (await p.run(row, key)) ?? undefined };
				} catch (e) {
					const offline = e instanceof Problem && e.kind === 'offline';
					d = { ok: false, text: offline ? w('offline') : e instanceof Problem ? reason(e) : String(e) };
					if (!offline)
						keys.current.delete(row.id); /* refused: the next try is another request */
				}
				setResults((old) => ({ ...old, [row.id]: d }));
			}
		};
		await Promise.all([worker(), worker(), worker()]);
		setRunning(false);
	};
	const close = () => {
		stop.current = true;
		p.onClose(done > 0);
	};
	return (
		<Dialog title={p.title} onClose={close} wide onSubmit={() => !running && p.ready !== false && void go(started ? failed : p.rows)}
			footer={running ? <Button onClick={() => { stop.current = true; }}>{w('stop')}</Button> : <>
				<Button onClick={close}>{w('close')}</Button>
				{!started && <Button type="submit" kind="main" disabled={p.ready === false}>{w('start', { n: p.rows.length })}</Button>}
				{started && failed.length > 0 && <Button type="submit" kind="main">{w('retry', { n: failed.length })}</Button>}
			</>}>
			{!started && !running && p.children}
			{(started || running) && <>
				<progress class="progress" value={done + failed.length} max={p.rows.length} aria-label={p.title} />
				<div role="status">{running ? <p>{w('doing', { done: done + failed.length, all: p.rows.length })}</p> :
					failed.length ? <Note tone="warn">{w('some', { done, failed: failed.length })}</Note> : <Note tone="good">{w('all_done', { n: done })}</Note>}</div>
			</>}
			<ul class="results" aria-label={w('what')} tabIndex={0}>
				{[...p.rows].sort((a, b) => Number(results[a.id]?.ok ?? true) - Number(results[b.id]?.ok ?? true)).slice(0, 200).map((r) => {
					const d = results[r.id];
					return <li key={r.id} class={d && !d.ok ? 'bad' : ''}><span class="mono nowrap">{r.label}</span>{d && (d.ok ? <Check size={16} aria-hidden="true" /> : <CircleAlert size={16} aria-hidden="true" />)}<span class="grow small">{d?.text}</span></li>;
				})}
			</ul>
		</Dialog>
	);
}
