/* Counting a site: scan everything that stands there; what differs from the books is shown, then recorded. */
import { useEffect, useState } from 'preact/hooks';
import { useLocation } from 'preact-iso';
import { ask, askAll, newKey, Problem, type Answer, type Row } from '../base/ask';
import { can, cityId } from '../base/session';
import { count, when } from '../base/format';
import { useAct, useAsk, useDraft, useFocus } from '../base/use';
import { codeWords, words } from '../base/words';
import { Button, Card, Confirm, Empty, Facts, Figure, Note, Page, Select, Shown, Wrong } from '../ui/basic';
import { CameraScan, useScanner } from '../ui/code';
import { useCategories } from '../ui/categories';
import { ModelName, SiteName } from '../ui/names';
import { Table, type Column } from '../ui/table';
import { DeviceState } from '../ui/states';
import { SiteSelect } from '../ui/device/act';

const w = words({
	title: 'Count a site', back: 'Stock', site: 'Site', category: 'Category', every: 'Everything', choose: 'Choose the site, then scan every device that stands there.', scan: 'Scan or type a label', add: 'Count it', seen: 'Counted', expected: 'By the books', missing: 'Not yet seen', extra: 'Not expected here', twice: '{label}: counted already', ok: '{label}: counted',
	extra_one: '{label}: by the books it is not here', unknown: '“{text}” is not known here.', finish: 'Record the count', sure: 'Record this count?', sure_lost: '{n} device in stock was not seen and will be written off as lost.|{n} devices in stock were not seen and will be written off as lost.', sure_all: 'Everything that the books have here was seen.', too_many: 'More than 100 are missing: a count that far from the books is not recorded. Look again, or count one category at a time.',
	recorded: 'The count is recorded.', lost: 'Written off', left: 'Missing, not written off', unexpected: 'Seen, but elsewhere by the books', differences: 'Differences', none: 'No differences', none_text: 'The shelf and the books agree.', again: 'Count another', anew: 'Begin anew', device: 'Device', label: 'Label', state: 'State', result: 'Result', before: 'Counts before', at: 'Counted at', kept: 'What was scanned is kept on this screen until it is recorded.', list_missing: 'Not yet seen',
}, {
	title: '盘点', back: '库存', site: '网点', category: '类别', every: '全部', choose: '请选择网点，然后扫描该处的每一台设备。', scan: '扫描或输入标签', add: '计入', seen: '已清点', expected: '账面数量', missing: '尚未清点', extra: '账面不在此处', twice: '{label}：已经清点过', ok: '{label}：已清点',
	extra_one: '{label}：账面上不在此处', unknown: '未找到“{text}”。', finish: '记录盘点', sure: '确定记录本次盘点吗？', sure_lost: '{n} 台在库设备未清点到，将核销为遗失。', sure_all: '账面上的设备全部清点到。', too_many: '缺失超过 100 台，与账面相差过大，无法记录。请重新清点，或按类别盘点。',
	recorded: '盘点已记录。', lost: '已核销', left: '缺失但未核销', unexpected: '清点到，但账面在别处', differences: '差异', none: '没有差异', none_text: '实物与账面一致。', again: '盘点其他网点', anew: '重新开始', device: '设备', label: '标签', state: '状态', result: '结果', before: '历次盘点', at: '盘点时间', kept: '扫描内容在记录之前保留在本页。', list_missing: '尚未清点',
});
const resultWord = codeWords({ lost: 'Written off', missing: 'Missing', unexpected: 'Elsewhere by the books', unknown: 'Unknown' }, { lost: '已核销', missing: '缺失', unexpected: '账面在别处', unknown: '未知' });
type Dev = Row<'stock.inventory'>;
const MOST = 5000, LOST_MOST = 100;

export function CountPage() {
	const { query } = useLocation();
	const [site, setSite] = useState<number | undefined>(Number(query.site) || undefined), [category, setCategory] = useState(''), options = useCategories().options();
	const [done, setDone] = useState<Answer<'stock.stocktake'>>();
	if (!can('clerk', 'technician', 'admin'))
		return <Page title={w('title')} narrow><Wrong error={new Problem('forbidden', 403, '')} /></Page>;
	return (
		<Page title={w('title')} crumbs={<a href="/stock">{w('back')}</a>}>
			{done ? <Result of={done} onAgain={() => { setDone(undefined); setSite(undefined); }} /> : <>
				<div class="filters">
					<SiteSelect label={w('site')} value={site} onChange={setSite} />
					<Select label={w('category')} value={category} onChange={setCategory} options={[['', w('every')], ...options]} />
				</div>
				{site ? <Counting key={`${site}.${category}`} site={site} category={category || undefined} onDone={setDone} /> : <><Note>{w('choose')}</Note><Before /></>}
			</>}
		</Page>
	);
}

/* One sound for "counted", a lower one for "look here": eyes stay on the shelf. */
let audio: AudioContext | undefined;
function beep(good: boolean) {
	try {
		audio ??= new AudioContext();
		const o = audio.createOscillator(), g = audio.createGain();
		o.frequency.value = good ? 880 : 220;
		g.gain.value = 0.08;
		o.connect(g).connect(audio.destination);
		o.start();
		o.stop(audio.currentTime + (good ? 0.08 : 0.3));
	} catch {
		/* no sound here: the words say the same */
	}
}
const plain = (t: string) => t.toUpperCase().replace(/.*\//, '').replace(/[\s-]/g, '');

function Counting(p: { site: number; category?: string; onDone: (a: Answer<'stock.stocktake'>) => void }) {
	const [books, setBooks] = useState<Dev[]>(), [error, setError] = useState<Problem>(), [turn, setTurn] = useState(0);
	const [seen, setSeen, drop] = useDraft<{ device: number; label: string }[]>(`count.${cityId()}.${p.site}.${p.category ?? ''}`, []);
	const [text, setText] = useState(''), [last, setLast] = useState<{ text: string; good: boolean }>(), [sure, setSure] = useState(false), [key] = useState(newKey);
	useEffect(() => {
		askAll('stock.inventory', { city: cityId(), site: p.site, category: p.category, limit: 1000 }, MOST).then((rows) => setBooks(rows.filter((d) => d.place === 'site')), (e) => setError(e instanceof Problem ? e : new Problem('error', 0, String(e))));
	}, [turn]);
	const said = (good: boolean, t: string) => {
		beep(good);
		setLast({ good, text: t });
	};
	const got = (device: number, label: string) => {
		const expected = !!books?.some((d) => d.device === device);
		if (seen.some((s) => s.device === device))
			return said(true, w('twice', { label }));
		setSeen((old) => [{ device, label }, ...old]);
		said(expected, w(expected ? 'ok' : 'extra_one', { label }));
	};
	const scan = useAct(async (raw: string) => {
		const t = raw.trim();
		setText('');
		if (!t)
			return;
		const here = books?.find((d) => plain(d.label ?? '') === plain(t)); /* most are: no question to the server */
		if (here)
			return got(here.device!, here.label!);
		const found = ((await ask('desk.find', { city: cityId(), text: t })).items ?? []).find((x) => x.kind === 'device' && x.matched !== 'name');
		if (found)
			got(found.id, found.label ?? `#${found.id}`);
		else
			said(false, w('unknown', { text: t }));
	});
	useScanner((t) => void scan.run(t));
	useFocus('count', !!books);
	const record = useAct(async () => {
		const a = await ask('stock.stocktake', { city: cityId(), site: p.site, category: p.category, seen: seen.map((s) => ({ device: s.device })) }, { key });
		drop();
		p.onDone(a);
	});
	if (!books)
		return <Shown of={{ data: undefined as Dev[] | undefined, error, loading: !error, reload: () => { setError(undefined); setTurn(turn + 1); } }} lines={6}>{() => null}</Shown>;
	const ids = new Set(seen.map((s) => s.device)), at = new Set(books.map((d) => d.device)), missing = books.filter((d) => !ids.has(d.device!)), extra = seen.filter((s) => !at.has(s.device));
	const lost = missing.filter((d) => d.state === 'stock' || d.state === 'listed').length;
	const columns: Column<Dev>[] = [
		{ key: 'label', head: w('label'), width: '140px', cell: (d) => <span class="mono">{d.label}</span>, csv: (d) => d.label },
		{ key: 'device', phone: 'line', head: w('device'), width: 'minmax(150px, 2fr)', cell: (d) => <ModelName id={d.model} category={d.category} /> },
		{ key: 'state', phone: 'end', head: w('state'), width: '110px', cell: (d) => <DeviceState state={d.state} />, csv: (d) => d.state },
	];
	return (
		<div class="stack">
			<div class="count-scan stack tight">
				<form class="row" onSubmit={(e) => { e.preventDefault(); void scan.run(text); }}>
					<label class="hide" for="count">{w('scan')}</label>
					<input id="count" type="text" autocomplete="off" spellcheck={false} placeholder={w('scan')} value={text} onInput={(e) => setText(e.currentTarget.value)} />
					<Button type="submit" busy={scan.busy}>{w('add')}</Button>
				</form>
				<div><CameraScan small onCode={(t) => void scan.run(t)} /></div>
				<p class={`count-last ${last && !last.good ? 'down' : ''}`} role="status" aria-live="assertive">{last?.text}</p>
				<Wrong error={scan.error} inline />
			</div>
			<div class="figures"><Figure label={w('seen')} value={count(seen.length)} /><Figure label={w('expected')} value={count(books.length)} /><Figure label={w('missing')} value={count(missing.length)} /><Figure label={w('extra')} value={count(extra.length)} /></div>
			<progress class="progress" value={books.length - missing.length} max={Math.max(1, books.length)} aria-label={w('seen')} />
			{lost > LOST_MOST && <Note tone="warn">{w('too_many')}</Note>}
			<div class="actions"><Button kind="main" disabled={!seen.length} onClick={() => setSure(true)}>{w('finish')}</Button><Button kind="quiet" onClick={() => { drop(); setLast(undefined); }}>{w('anew')}</Button><small class="muted">{w('kept')}</small></div>
			{extra.length > 0 && <Card title={w('extra')}><ul class="plain">{extra.map((x) => <li key={x.device}><a class="mono" href={`/devices/${x.device}`}>{x.label}</a></li>)}</ul></Card>}
			{missing.length > 0 && <Card title={w('list_missing')} flush class="padded"><Table label={w('list_missing')} rows={missing} columns={columns} id={(d) => d.device!} href={(d) => `/devices/${d.device}`} csv="missing.csv" /></Card>}
			{sure && <Confirm title={w('sure')} text={lost ? w('sure_lost', { n: lost }) : w('sure_all')} yes={w('finish')} danger={lost > 0} busy={record.busy} error={record.error} onYes={() => void record.run()} onClose={() => setSure(false)} />}
		</div>
	);
}
function Result(p: { of: Answer<'stock.stocktake'>; onAgain: () => void }) {
	const a = p.of;
	return (
		<Card title={w('recorded')}>
			<Facts of={[[w('expected'), count(a.expected)], [w('lost'), count(a.lost)], [w('left'), count(a.missing)], [w('unexpected'), count(a.unexpected)]]} />
			<Differences of={a.differences ?? []} />
			<div class="actions"><Button kind="main" onClick={p.onAgain}>{w('again')}</Button></div>
		</Card>
	);
}
function Differences(p: { of: { device?: number; result?: string; state?: string }[] }) {
	return p.of.length ? (
		<div class="scroll" tabIndex={0} role="region" aria-label={w('differences')}><table><thead><tr><th>{w('device')}</th><th>{w('result')}</th><th>{w('state')}</th></tr></thead>
			<tbody>{p.of.slice(0, 500).map((d) => <tr key={d.device}><td><a href={`/devices/${d.device}`}>{d.device}</a></td><td>{resultWord(d.result)}</td><td><DeviceState state={d.state} /></td></tr>)}</tbody></table></div>
	) : <Empty title={w('none')}>{w('none_text')}</Empty>;
}
/** Counts so far, with what they found. */
function Before() {
	const counts = useAsk('stock.counts', { city: cityId(), limit: 50 }), [open, setOpen] = useState<number>();
	const found = useAsk('stock.differences', open ? { city: cityId(), stocktake: open, limit: 500 } : undefined);
	return (
		<Card title={w('before')}>
			<Shown of={counts}>{(a) => (a.items?.length ? (
				<div class="scroll" tabIndex={0} role="region" aria-label={w('before')}><table><thead><tr><th>{w('at')}</th><th>{w('site')}</th><th class="num">{w('expected')}</th><th class="num">{w('seen')}</th><th class="num">{w('lost')}</th><th class="num">{w('unexpected')}</th></tr></thead>
					<tbody>{[...a.items].reverse().map((x) => <tr key={x.stocktake}><td><Button kind="link" onClick={() => setOpen(x.stocktake)}>{when(x.taken_us)}</Button></td><td><SiteName id={x.site} /></td><td class="num">{count(x.expected)}</td><td class="num">{count(x.seen)}</td><td class="num">{count(x.lost)}</td><td class="num">{count(x.unexpected)}</td></tr>)}</tbody></table></div>
			) : <Empty title={w('none')} />)}</Shown>
			{open && <><h3>{w('differences')}</h3><Shown of={found}>{(a) => <Differences of={a.items ?? []} />}</Shown></>}
		</Card>
	);
}
