/* Finding a model of the catalogue while typing, forgiving of spelling; also by IMEI. A combobox by the ARIA pattern. */
import { useEffect, useId, useRef, useState } from 'preact/hooks';
import { ask, Problem, type Row } from '../base/ask';
import { useRested } from '../base/use';
import { words } from '../base/words';
import { Wrong } from './basic';

const w = words({ none: 'Nothing found. Try the brand and a word of the name, or the IMEI.', none_imei: 'No model is known for this IMEI. Type the brand and a word of the name.', n: '{n} model found|{n} models found', released: 'since {year}' },
	{ none: '未找到。请尝试输入品牌加部分型号，或 IMEI。', none_imei: '未找到此 IMEI 对应的型号。请输入品牌加部分型号。', n: '找到 {n} 个型号', released: '{year} 年上市' });
export type Model = Row<'catalogue.search'>;

export function ModelFinder(p: { label: string; hint?: string; placeholder?: string; onModel: (m: Model) => void; autofocus?: boolean; text?: string }) {
	const [text, setText] = useState(p.text ?? '');
	const [found, setFound] = useState<Model[]>(), [foundOf, setFoundOf] = useState('');
	/* Enter that comes before the answer to what was typed waits for it: it never takes the first of an earlier one */
	const hasty = useRef(false), now = useRef('');
	now.current = text.trim();
	const [error, setError] = useState<Problem>();
	const [at, setAt] = useState(0);
	const [open, setOpen] = useState(false);
	const rested = useRested(text.trim(), 160), id = useId(), input = useRef<HTMLInputElement>(null);
	useEffect(() => {
		if (p.text !== undefined)
			setText(p.text);
	}, [p.text]);
	useEffect(() => {
		if (p.autofocus)
			input.current?.focus();
	}, []);
	useEffect(() => {
		if (rested.length < 2) {
			setFound(undefined);
			return;
		}
		const stop = new AbortController();
		ask('catalogue.search', { q: rested, limit: 12 }, { signal: stop.signal }).then((a) => {
			if (stop.signal.aborted)
				return;
			const first = a.items?.[0];
			setFound(a.items ?? []);
			setFoundOf(rested);
			setError(undefined);
			setAt(0);
			setOpen(true);
			if (rested !== now.current)
				return;
			if (hasty.current && first)
				chosen.current(first);
			hasty.current = false;
		}, (e) => {
			if (stop.signal.aborted)
				return;
			hasty.current = false;
			setError(e instanceof Problem ? e : undefined);
		});
		return () => stop.abort();
	}, [rested]);
	const choose = (m: Model) => {
		setOpen(false);
		setText(`${m.brand} ${m.name}`);
		p.onModel(m);
	};
	const chosen = useRef(choose);
	chosen.current = choose;
	const typed = (next: string) => {
		hasty.current = false;
		setText(next);
	};
	const keys = (e: KeyboardEvent) => {
		const n = found?.length ?? 0;
		if (e.key === 'ArrowDown' && n) {
			e.preventDefault();
			setOpen(true);
			setAt((at + 1) % n);
		} else if (e.key === 'ArrowUp' && n) {
			e.preventDefault();
			setAt((at - 1 + n) % n);
		} else if (e.key === 'Enter' && open && now.current.length >= 2 && foundOf !== now.current && !error) {
			e.preventDefault();
			hasty.current = true;
		} else if (e.key === 'Enter' && open && foundOf === now.current && found?.[at]) {
			e.preventDefault();
			choose(found[at]!);
		} else if (e.key === 'Escape') {
			setOpen(false);
		}
	};
	return (
		<div class="field finder">
			<label for={id}>{p.label}</label>
			<div class="finder-box">
				<input id={id} ref={input} type="text" role="combobox" aria-expanded={open && !!found?.length} aria-controls={`${id}l`} aria-autocomplete="list" aria-activedescendant={open && found?.length ? `${id}o${at}` : undefined}
					autocomplete="off" spellcheck={false} placeholder={p.placeholder} value={text} aria-describedby={p.hint ? `${id}h` : undefined}
					onInput={(e) => typed(e.currentTarget.value)} onKeyDown={keys} onFocus={() => setOpen(true)} onBlur={() => setTimeout(() => setOpen(false), 150)} />
				{open && found && (found.length ? (
					<ul id={`${id}l`} role="listbox" aria-label={p.label}>
						{found.map((m, i) => (
							<li key={m.model} id={`${id}o${i}`} role="option" aria-selected={i === at} onMouseDown={(e) => { e.preventDefault(); choose(m); }} onMouseMove={() => setAt(i)}>
								<span>{m.brand} {m.name}</span>
								<small class="muted nowrap">{m.released_day ? w('released', { year: String(new Date(m.released_day * 86400e3).getUTCFullYear()) }) : m.code}</small>
							</li>
						))}
					</ul>
				) : rested.length >= 2 ? <p class="hint" role="status">{w(/^[\d\s/-]{14,}$/.test(rested) ? 'none_imei' : 'none')}</p> : null)}
			</div>
			{p.hint && <div class="hint" id={`${id}h`}>{p.hint}</div>}
			<Wrong error={error} inline />
			<span class="hide" role="status">{open && found ? w('n', { n: found.length }) : ''}</span>
		</div>
	);
}
