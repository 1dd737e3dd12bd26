/* Metals: what the devices that were dismantled contain, by the sources of the recovery table, beside what scales and
 * recyclers' receipts measured of a metal's own fraction. Nobody assays a lot, and the page says so. */
import { useMemo } from 'preact/hooks';
import type { Answer, Row } from '../base/ask';
import { cityId } from '../base/session';
import { count, mass } from '../base/format';
import { useAsk } from '../base/use';
import { words } from '../base/words';
import { metalWord } from '../ui/afterlife';
import { Card, Chip, Empty, Loading, Note, Wrong } from '../ui/basic';
import { Table, type Column } from '../ui/table';
import { useCategories } from '../ui/categories';
import { dismantledOf, lotsOf } from './behind';
import { usOf, type Period } from './period';

const w = words({
	title: 'Grams of metal', note: 'Contained and expected back are estimates: devices dismantled within the period, times what one contains by the sources below. Weighed out and confirmed are measured: lots of that metal’s own fraction, by the scale and by the recyclers’ receipts. No lot is assayed.',
	metal: 'Metal', devices: 'Devices', contained: 'Contained (estimate)', expected: 'Expected back (estimate)', weighed: 'Weighed out (measured)', confirmed: 'Confirmed by recyclers (measured)', before: 'was {value}', contained_before: 'Contained, period before', weighed_before: 'Weighed out, period before', basis: 'Estimate from', published: 'a source', assumed: 'an assumption', partly: 'sources and assumptions',
	unknown: '{n} dismantled device is of a kind whose content no source tells; it is not counted here.|{n} dismantled devices are of kinds whose content no source tells; they are not counted here.', none: 'No device was dismantled in this period', sources: 'What one device contains, and who says so', each: '{metal}: {mass}, of which {share} % are expected back',
}, {
	title: '金属克数', note: '“所含”与“预计回收”为估算：该时间段拆解的设备数 × 下列来源给出的单台含量。“称出”与“回收厂已确认”为实测：该金属自身拆解物批次的秤重与回收厂回执。各批次不做化验。',
	metal: '金属', devices: '台数', contained: '所含（估算）', expected: '预计回收（估算）', weighed: '称出（实测）', confirmed: '回收厂已确认（实测）', before: '上期 {value}', contained_before: '上期所含', weighed_before: '上期称出', basis: '估算依据', published: '公开来源', assumed: '假设', partly: '来源与假设',
	unknown: '另有 {n} 台已拆解设备没有含量来源，未计入。', none: '这段时间没有拆解设备', sources: '单台含量及其来源', each: '{metal}：{mass}，预计回收 {share} %',
});
type Line = Row<'recover.metals'>;
interface Metal { material: string; devices: number; contained: number; expected: number; before?: number; weighed?: number; confirmed?: number; weighedBefore?: number; fraction?: string; of: Line[] }
const assumed = (l: Line) => /^assumption/i.test(l.source ?? '');
const basis = (m: Metal) => (m.of.every(assumed) ? 'assumed' : m.of.some(assumed) ? 'partly' : 'published');
const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);
/* a few micrograms are no zero */
const fine = (ug: number | undefined) => (ug !== undefined && ug < 1000 ? `${count(ug)}\u00a0µg` : mass((ug ?? 0) / 1000));

function metals(now: Line[], before: Line[] | undefined, made: Answer<'recover.yield'> | undefined, madeBefore: Answer<'recover.yield'> | undefined): Metal[] {
	const all = new Map<string, Metal>(), sum = (rows: Line[] | undefined, m: string) => rows?.filter((r) => r.material === m).reduce((n, r) => n + (r.contained_mg ?? 0), 0);
	for (const r of now) {
		if (!r.material)
			continue;
		const m = all.get(r.material) ?? { material: r.material, devices: 0, contained: 0, expected: 0, fraction: r.fraction, of: [] };
		all.set(r.material, { ...m, devices: m.devices + r.devices, contained: m.contained + (r.contained_mg ?? 0), expected: m.expected + (r.expected_mg ?? 0), of: [...m.of, r] });
	}
	const own = (y: Answer<'recover.yield'> | undefined, m: Metal) => (m.fraction && y ? y.items?.find((f) => f.fraction === m.fraction) ?? { out_mg: 0, receipted_mg: 0 } : undefined);
	return [...all.values()].map((m) => ({ ...m, before: sum(before, m.material), weighed: own(made, m)?.out_mg, confirmed: own(made, m)?.receipted_mg, weighedBefore: own(madeBefore, m)?.out_mg })).sort((a, b) => b.contained - a.contained);
}

export function Metals(p: { period: Period }) {
	const city = cityId(), { name: categoryName } = useCategories(), us = (s: { from: string; to: string }) => ({ from_us: usOf(s).from_us, until_us: usOf(s).to_us });
	const now = useAsk('recover.metals', { city, ...us(p.period) }), made = useAsk('recover.yield', { city, ...us(p.period) });
	const before = useAsk('recover.metals', p.period.before && { city, ...us(p.period.before) }), madeBefore = useAsk('recover.yield', p.period.before && { city, ...us(p.period.before) });
	const compare = !!p.period.before;
	const rows = useMemo(() => metals(now.data?.items ?? [], compare ? before.data?.items : undefined, made.data, compare ? madeBefore.data : undefined), [now.data, before.data, made.data, madeBefore.data, compare]);
	const unknown = (now.data?.items ?? []).filter((r) => !r.material).reduce((n, r) => n + r.devices, 0);
	const wrong = [now, made].find((x) => x.error && !x.data);
	if (wrong)
		return <Card title={w('title')}><Wrong error={wrong.error} retry={wrong.reload} /></Card>;
	if (!now.data || !made.data)
		return <Card title={w('title')}><Loading /></Card>;
	const was = (value: number | undefined, old: number | undefined, href: string) => (value === undefined ? '' : <span class="pair"><a href={href}>{mass(value)}</a>{old !== undefined && ' '}{old !== undefined && <small class="muted">{w('before', { value: mass(old) })}</small>}</span>);
	const columns: Column<Metal>[] = [
		{ key: 'metal', head: w('metal'), cell: (m) => <span class="pair"><span>{capital(metalWord(m.material))}</span>{' '}<small class="muted">{m.material}</small></span>, csv: (m) => m.material, width: 'minmax(110px, 1fr)' },
		{ key: 'devices', head: w('devices'), num: true, phone: 'said', cell: (m) => <a href={dismantledOf(p.period, m.of.map((l) => l.category))}>{count(m.devices)}</a>, csv: (m) => m.devices, width: '90px' },
		{ key: 'contained', head: w('contained'), num: true, phone: 'end', cell: (m) => was(m.contained, m.before, dismantledOf(p.period, m.of.map((l) => l.category))), csv: (m) => m.contained, width: 'minmax(120px, 1fr)' },
		{ key: 'expected', head: w('expected'), num: true, phone: 'said', cell: (m) => mass(m.expected), csv: (m) => m.expected, width: 'minmax(120px, 1fr)' },
		{ key: 'weighed', head: w('weighed'), num: true, phone: 'said', cell: (m) => (m.fraction ? was(m.weighed, m.weighedBefore, lotsOf(m.fraction, p.period)) : '–'), csv: (m) => m.weighed, width: 'minmax(120px, 1fr)' },
		{ key: 'confirmed', head: w('confirmed'), num: true, phone: 'said', cell: (m) => (m.fraction ? mass(m.confirmed) : '–'), csv: (m) => m.confirmed, width: 'minmax(130px, 1fr)' },
		{ key: 'basis', head: w('basis'), cell: (m) => <Chip tone={basis(m) === 'published' ? '' : 'warn'}>{w(basis(m))}</Chip>, csv: (m) => [...new Set(m.of.map((l) => l.source))].join('; '), width: '230px' },
	];
	/* in the file alone: on the page they stand below the figure */
	const more: Column<Metal>[] = [{ key: 'cb', head: w('contained_before'), cell: () => '', csv: (m) => m.before }, { key: 'wb', head: w('weighed_before'), cell: () => '', csv: (m) => m.weighedBefore }];
	const categories = [...new Set((now.data.items ?? []).filter((r) => r.material).map((r) => r.category))];
	return (
		<Card title={w('title')} class="metals">
			<p class="small muted">{w('note')}</p>
			{unknown > 0 && <Note>{w('unknown', { n: unknown })}</Note>}
			<Table label={w('title')} rows={rows} columns={columns} csvMore={compare ? more : undefined} id={(m) => m.material} csv="metals.csv" height={58} phoneHeight={132} empty={<Empty title={w('none')} />} />
			{categories.length > 0 && <details><summary>{w('sources')}</summary>
				{categories.map((c) => <div key={c}><h3>{categoryName(c)}</h3><ul class="small">{now.data!.items!.filter((r) => r.category === c && r.material).map((r) => (
					<li key={r.material}>{w('each', { metal: capital(metalWord(r.material)), mass: fine(r.device_ug), share: ((r.recovered_bp ?? 0) / 100).toLocaleString() })} <span class="muted" lang="en">({r.source})</span></li>
				))}</ul></div>)}
			</details>}
		</Card>
	);
}
