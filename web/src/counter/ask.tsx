/* One question of a take, answered by a single key: 1–9 choose, Enter takes what has the focus, arrows move it. */
import type { ComponentChildren } from 'preact';
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks';
import { words } from '../base/words';
import { say } from '../ui/basic';

const w = words({ finish: 'Finish this device first; F2 begins anew.' }, { finish: '请先完成这台设备；按 F2 重新开始。' });

export interface Option { value: string; label: ComponentChildren; hint?: ComponentChildren; bad?: boolean }

/** Puts the focus where the next key goes, after the page's own frame has taken it. */
export function useFocus(on: unknown, after_ms = 0) {
	const ref = useRef<HTMLElement & HTMLButtonElement & HTMLSpanElement>(null);
	useEffect(() => {
		const t = setTimeout(() => ref.current?.focus(), after_ms);
		return () => clearTimeout(t);
	}, [on]);
	return ref;
}

export function Options(p: { id: string; title: ComponentChildren; hint?: ComponentChildren; options: Option[]; value?: string; onPick: (v: string) => void }) {
	const box = useRef<HTMLDivElement>(null), pick = useRef(p.onPick);
	pick.current = p.onPick;
	const at = Math.max(0, p.options.findIndex((o) => o.value === p.value));
	useEffect(() => {
		const t = setTimeout(() => (box.current?.querySelectorAll('button')[at] as HTMLElement | undefined)?.focus(), 0);
		return () => clearTimeout(t);
	}, [p.id, p.options.length]);
	useLayoutEffect(() => {
		/* A scanner types far faster than a hand: a digit that another key follows at once is no answer. */
		let held: ReturnType<typeof setTimeout> | undefined, last = 0, burst = 0;
		const listen = (e: KeyboardEvent) => {
			const t = e.target as HTMLElement;
			if (e.ctrlKey || e.altKey || e.metaKey || t.closest('input, textarea, select, dialog') || document.querySelector('dialog[open]'))
				return;
			const fast = performance.now() - last < 40;
			last = performance.now();
			burst = fast ? burst : 0;
			if (fast) {
				clearTimeout(held);
				burst++;
				if (e.key === 'Enter') {
					e.preventDefault();
					if (burst > 4)
						say(w('finish'));
				}
				return;
			}
			const o = /^[1-9]$/.test(e.key) ? p.options[Number(e.key) - 1] : undefined;
			if (!o)
				return;
			e.preventDefault();
			held = setTimeout(() => pick.current(o.value), 45);
		};
		document.addEventListener('keydown', listen, true);
		return () => {
			clearTimeout(held);
			document.removeEventListener('keydown', listen, true);
		};
	}, [p.id, p.options.map((o) => o.value).join()]);
	const move = (e: KeyboardEvent) => {
		const by = e.key === 'ArrowDown' || e.key === 'ArrowRight' ? 1 : e.key === 'ArrowUp' || e.key === 'ArrowLeft' ? -1 : 0;
		if (!by)
			return;
		e.preventDefault();
		const all = [...box.current!.querySelectorAll('button')], i = all.indexOf(document.activeElement as HTMLButtonElement);
		all[(i + by + all.length) % all.length]?.focus();
	};
	return (
		<div class="stack tight" role="group" aria-labelledby={`${p.id}-t`}>
			<h2 id={`${p.id}-t`}>{p.title}</h2>
			{p.hint && <p class="muted">{p.hint}</p>}
			<div class="options" ref={box} onKeyDown={move}>
				{p.options.map((o, i) => (
					<button type="button" key={o.value} class={`option ${o.bad ? 'bad' : ''}`} aria-pressed={p.value === o.value} aria-keyshortcuts={i < 9 ? String(i + 1) : undefined} onClick={() => p.onPick(o.value)}>
						{i < 9 && <kbd aria-hidden="true">{i + 1}</kbd>}<span>{o.label}{o.hint && <small>{o.hint}</small>}</span>
					</button>
				))}
			</div>
		</div>
	);
}
