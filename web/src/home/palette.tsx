/* Search from anywhere (Ctrl-K): pages, models, and for staff whatever a scanned or typed text may be. */
import { useEffect, useId, useRef, useState } from 'preact/hooks';
import { useLocation } from 'preact-iso';
import { ask, Problem } from '../base/ask';
import { cityId, signedIn } from '../base/session';
import { codeWords, words } from '../base/words';
import { useRested } from '../base/use';
import { Dialog, Wrong } from '../ui/basic';

const w = words({ title: 'Search', hint: 'A page, a model, a label, an IMEI, an order, a name', none: 'Nothing found for this.' },
	{ title: '搜索', hint: '页面、型号、标签、IMEI、订单或名称', none: '没有找到相关内容。' });
const kind = codeWords({ page: 'Page', model: 'Model', device: 'Device', order: 'Order', item: 'Item', lot: 'Lot', batch: 'Batch', consignment: 'Consignment', sale: 'Sale', site: 'Site', party: 'Organisation' },
	{ page: '页面', model: '型号', device: '设备', order: '订单', item: '订单项', lot: '批料', batch: '拆解批次', consignment: '托运', sale: '销售', site: '网点', party: '机构' });

interface Hit { kind: string; title: string; sub?: string; href: string }
const hrefs: Record<string, (id: number) => string> = {
	device: (id) => `/devices/${id}`, order: (id) => `/orders/${id}`, item: (id) => `/items/${id}`, lot: () => '/recovery/lots', batch: (id) => `/recovery/batches/${id}`,
	consignment: (id) => `/recovery/consignments/${id}`, sale: (id) => `/sales/${id}`, site: (id) => `/admin/sites?site=${id}`, party: (id) => `/admin/parties?party=${id}`,
};

async function look(text: string, signal: AbortSignal): Promise<Hit[]> {
	const hits: Hit[] = [];
	if (signedIn()) {
		const a = await ask('desk.find', { city: cityId(), text }, { signal, quiet: true });
		for (const x of a.items ?? [])
			if (x.kind && hrefs[x.kind])
				hits.push({ kind: x.kind, title: x.title ?? x.label ?? `#${x.id}`, sub: x.label && x.title ? x.label : undefined, href: hrefs[x.kind]!(x.id!) });
	}
	const models = await ask('catalogue.search', { q: text, limit: 6 }, { signal });
	for (const m of models.items ?? [])
		hits.push({ kind: 'model', title: `${m.brand} ${m.name}`, href: `/quote/${m.model}` });
	return hits;
}

export function Palette(p: { onClose: () => void; ways: { href: string; text: string }[] }) {
	const [text, setText] = useState('');
	const [hits, setHits] = useState<Hit[]>([]);
	const [error, setError] = useState<Problem>();
	const [at, setAt] = useState(0);
	const [done, setDone] = useState(false);
	const { route } = useLocation(), id = useId(), input = useRef<HTMLInputElement>(null), rested = useRested(text.trim(), 180);
	useEffect(() => input.current?.focus(), []);
	const pages = p.ways.filter((x) => !text || x.text.toLowerCase().includes(text.trim().toLowerCase())).map((x) => ({ kind: 'page', title: x.text, href: x.href, sub: undefined as string | undefined }));
	useEffect(() => {
		setAt(0);
		setDone(false);
		if (rested.length < 2) {
			setHits([]);
			return;
		}
		const stop = new AbortController();
		look(rested, stop.signal).then((h) => {
			setHits(h);
			setError(undefined);
			setDone(true);
		}, (e) => stop.signal.aborted || setError(e instanceof Problem ? e : undefined));
		return () => stop.abort();
	}, [rested]);
	const all: Hit[] = [...hits.filter((h) => h.kind !== 'model'), ...pages, ...hits.filter((h) => h.kind === 'model')];
	const go = (h: Hit | undefined) => {
		if (h) {
			p.onClose();
			route(h.href);
		}
	};
	return (
		<Dialog title={w('title')} onClose={p.onClose}>
			<div class="palette">
				<input ref={input} type="text" role="combobox" aria-label={w('title')} aria-expanded={all.length > 0} aria-controls={`${id}l`} aria-activedescendant={all.length ? `${id}o${at}` : undefined} placeholder={w('hint')} value={text} autocomplete="off" spellcheck={false}
					onInput={(e) => setText(e.currentTarget.value)}
					onKeyDown={(e) => {
						if (e.key === 'ArrowDown' || e.key === 'ArrowUp') {
							e.preventDefault();
							setAt((at + (e.key === 'ArrowDown' ? 1 : -1) + all.length) % Math.max(1, all.length));
						} else if (e.key === 'Enter') {
							e.preventDefault();
							go(all[at]);
						}
					}} />
				<Wrong error={error} inline />
				<ul id={`${id}l`} role="listbox" aria-label={w('title')}>
					{all.map((h, i) => (
						<li key={h.href + i} id={`${id}o${i}`} role="option" aria-selected={i === at} onClick={() => go(h)} onMouseMove={() => setAt(i)}>
							<span>{h.title}{h.sub && <small class="muted"> · {h.sub}</small>}</span><small class="muted">{kind(h.kind)}</small>
						</li>
					))}
				</ul>
				{done && !all.length && <p class="muted center" role="status">{w('none')}</p>}
			</div>
		</Dialog>
	);
}
