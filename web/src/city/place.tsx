/* Where devices come from: districts on the city's own map, and merchants ranked. */
import { useCallback, useMemo, useState } from 'preact/hooks';
import { useLocation } from 'preact-iso';
import type { Answer } from '../base/ask';
import { cityId } from '../base/session';
import { count, money, nothing, percent } from '../base/format';
import { useAsk, useNarrow } from '../base/use';
import { colon, lang, locale, words } from '../base/words';
import { Card, Empty, Loading, Select, Wrong } from '../ui/basic';
import { Chart, inks, palette } from '../ui/chart';
import { districtOf, type Districts } from '../ui/map';
import { Table, type Column } from '../ui/table';
import { itemsOf } from './behind';
import type { Period } from './period';

const w = words({
	map: 'Uptake by district', map_note: 'By where the devices were handed in. Press a district to see its devices.', no_map: 'The city has not published a map of its districts', no_map_text: 'An administrator can publish one as GeoJSON; the figures by place are in the list of merchants until then.', show: 'Show', devices: 'Devices', per: 'Per 100,000 people',
	district: 'District', people: 'People', sites: 'Places', elsewhere: 'Not in any district', without: '{n} device was handed in outside all districts.|{n} devices were handed in outside all districts.', none: 'No device was handed in',
	merchants: 'Merchants', merchant: 'Merchant', rank: 'Ranked by', pieces: 'Taken in', agreed: 'Agreed prices', revised: 'Revised', declined: 'Declined', merchants_note: 'Revised: of those inspected. Declined: of the revised offers that were answered.',
}, {
	map: '各区回收量', map_note: '按设备交付地点统计。点击区域查看设备。', no_map: '本市尚未发布行政区地图', no_map_text: '管理员可发布 GeoJSON 地图；在此之前可在商户列表查看各处数据。', show: '显示', devices: '台数', per: '每 10 万人台数',
	district: '区', people: '人口', sites: '网点', elsewhere: '不在任何区内', without: '有 {n} 台设备在所有区之外交付。', none: '没有交付的设备',
	merchants: '商户', merchant: '商户', rank: '排序', pieces: '收取台数', agreed: '成交金额', revised: '重新报价率', declined: '拒绝率', merchants_note: '重新报价率：占已检测设备。拒绝率：占已答复的重新报价。',
});
type Count = NonNullable<Answer<'desk.counts'>['rows']>[number];
interface District { code?: string; name: string; people?: number; taken: number; sites: number[] }

function DistrictMap(p: { period: Period }) {
	const city = cityId(), { route } = useLocation(), narrow = useNarrow(), l = lang.value;
	const [per, setPer] = useState<'devices' | 'per'>('devices');
	const map = useAsk('map.map', { city });
	const counts = useAsk('desk.counts', { city, from: p.period.from, to: p.period.to, by: 'site' });
	const districts = map.data?.map as Districts | undefined;
	const rows = useMemo(() => {
		const all: District[] = (districts?.features ?? []).map((f) => ({ code: f.properties?.code, name: (l === 'zh' ? f.properties?.name_zh : undefined) ?? f.properties?.name ?? '', people: f.properties?.population, taken: 0, sites: [] }));
		const outside: District = { name: w('elsewhere'), taken: 0, sites: [] };
		for (const r of counts.data?.rows ?? []) {
			const f = r.lat_e6 === undefined || r.lon_e6 === undefined ? undefined : districtOf(districts, r.lon_e6 / 1e6, r.lat_e6 / 1e6);
			const d = (f && all.find((x) => x.code === f.properties?.code)) ?? outside;
			d.taken += r.taken ?? 0;
			if (r.id !== undefined)
				d.sites.push(r.id);
		}
		return [...all, ...(outside.taken ? [outside] : [])].sort((a, b) => b.taken - a.taken);
	}, [districts, counts.data, l]);
	const rate = (d: District) => (d.people ? (d.taken / d.people) * 100000 : undefined);
	const value = (d: District) => (per === 'per' ? rate(d) ?? 0 : d.taken);
	const number = (v: number) => v.toLocaleString(locale(), { maximumFractionDigits: per === 'per' ? 1 : 0 });
	const option = useCallback(() => {
		const c = inks(), colors = palette(), name = (code: string) => rows.find((d) => d.code === code)?.name ?? code;
		const most = Math.max(1e-9, ...rows.filter((d) => d.code).map(value));
		return {
			tooltip: { trigger: 'item', formatter: (x: { name: string }) => {
				const d = rows.find((r) => r.code === x.name);
				return d ? `${d.name}${colon()}${count(d.taken)}${d.people ? `\n${w('people')}${colon()}${count(d.people)}\n${w('per')}${colon()}${rate(d)!.toLocaleString(locale(), { maximumFractionDigits: 1 })}` : ''}` : '';
			} },
			visualMap: { type: 'continuous', min: 0, max: most, left: 0, bottom: 0, orient: 'horizontal', itemWidth: 12, itemHeight: narrow ? 90 : 120, text: [number(most), '0'], textStyle: { color: c.soft }, inRange: { color: [c.card, colors[0]] }, calculable: false },
			series: [{
				type: 'map', map: `city-${city}`, nameProperty: 'code', selectedMode: false, top: 6, bottom: 44, left: 6, right: 6, aspectScale: 0.85,
				itemStyle: { borderColor: c.soft, borderWidth: 1, areaColor: c.card },
				emphasis: { itemStyle: { areaColor: colors[3] }, label: { color: c.ink } },
				label: { show: true, fontSize: narrow ? 10 : 12, color: c.ink, textBorderColor: c.card, textBorderWidth: 3, formatter: (x: { name: string }) => name(x.name) },
				labelLayout: { hideOverlap: true },
				data: rows.filter((d) => d.code).map((d) => ({ name: d.code, value: value(d) })),
			}],
		};
	}, [rows, per, narrow]);
	if (counts.error && !counts.data)
		return <Card title={w('map')}><Wrong error={counts.error} retry={counts.reload} /></Card>;
	if (map.error && map.error.status !== 404)
		return <Card title={w('map')}><Wrong error={map.error} retry={map.reload} /></Card>;
	if (map.error)
		return <Card title={w('map')}><Empty title={w('no_map')}>{w('no_map_text')}</Empty></Card>;
	if (!districts || !counts.data)
		return <Card title={w('map')}><Loading /></Card>;
	const outside = rows.find((d) => !d.code);
	const open = (d: District | undefined) => d?.sites.length && route(itemsOf(p.period, { site: d.sites }));
	return (
		<Chart title={w('map')} note={<>{w('map_note')}{outside && <> {w('without', { n: outside.taken })}</>}</>} csv="districts.csv" rows={rows} option={option} height={narrow ? 380 : 460} map={{ name: `city-${city}`, geo: districts }}
			actions={<Select<'devices' | 'per'> label={w('show')} hideLabel value={per} onChange={setPer} options={[['devices', w('devices')], ['per', w('per')]]} />}
			columns={[
				{ key: 'district', head: w('district'), cell: (d) => (d.sites.length ? <a href={itemsOf(p.period, { site: d.sites })}>{d.name}</a> : d.name), csv: (d) => d.name },
				{ key: 'devices', head: w('devices'), num: true, cell: (d) => count(d.taken), csv: (d) => d.taken },
				{ key: 'people', head: w('people'), num: true, cell: (d) => count(d.people), csv: (d) => d.people },
				{ key: 'per', head: w('per'), num: true, cell: (d) => rate(d)?.toLocaleString(locale(), { maximumFractionDigits: 1 }) ?? nothing, csv: (d) => rate(d)?.toFixed(2) },
				{ key: 'sites', head: w('sites'), num: true, cell: (d) => count(d.sites.length), csv: (d) => d.sites.length },
			]}
			onClick={(e) => open(rows.find((d) => d.code === e.name))} />
	);
}

type Rank = 'taken' | 'agreed' | 'revised' | 'declined';
function Merchants(p: { period: Period }) {
	const city = cityId(), [rank, setRank] = useState<Rank>('taken');
	const counts = useAsk('desk.counts', { city, from: p.period.from, to: p.period.to, by: 'merchant' });
	const of: Record<Rank, (r: Count) => number> = { taken: (r) => r.taken ?? 0, agreed: (r) => r.agreed_minor ?? 0, revised: (r) => r.revised_bp ?? -1, declined: (r) => r.declined_bp ?? -1 };
	const rows = useMemo(() => [...(counts.data?.rows ?? [])].sort((a, b) => of[rank](b) - of[rank](a)), [counts.data, rank]);
	const most = Math.max(1, ...rows.map((r) => r.taken ?? 0));
	const bp = (v: number | undefined) => (v === undefined ? nothing : percent(v / 10000, 1));
	const name = (r: Count) => r.name ?? `${w('merchant')} ${r.id}`;
	const columns: Column<Count>[] = [
		{ key: 'merchant', head: w('merchant'), cell: name, csv: name, width: 'minmax(120px, 1.5fr)' },
		{ key: 'taken', phone: 'said', head: w('pieces'), cell: (r) => <span class="share"><meter min={0} max={most} value={r.taken ?? 0} aria-label={`${name(r)}${colon()}${count(r.taken)}`} /><span>{count(r.taken)}</span></span>, csv: (r) => r.taken, width: 'minmax(96px, 1fr)' },
		{ key: 'agreed', phone: 'end', head: w('agreed'), num: true, cell: (r) => money(r.agreed_minor), csv: (r) => r.agreed_minor, width: '92px' },
		{ key: 'revised', phone: 'said', head: w('revised'), num: true, cell: (r) => bp(r.revised_bp), csv: (r) => r.revised_bp, width: '84px' },
		{ key: 'declined', phone: 'said', head: w('declined'), num: true, cell: (r) => bp(r.declined_bp), csv: (r) => r.declined_bp, width: '76px' },
	];
	return (
		<Card title={w('merchants')} actions={<Select<Rank> label={w('rank')} hideLabel value={rank} onChange={setRank} options={[['taken', w('pieces')], ['agreed', w('agreed')], ['revised', w('revised')], ['declined', w('declined')]]} />}>
			<p class="small muted">{w('merchants_note')}</p>
			<Table label={w('merchants')} rows={rows} columns={columns} id={(r) => r.id ?? 0} href={(r) => itemsOf(p.period, { merchant: r.id })} loading={counts.loading} error={counts.error} reload={counts.reload} csv="merchants.csv" empty={<Empty title={w('none')} />} />
		</Card>
	);
}
export function Places(p: { period: Period }) {
	return <div class="two"><DistrictMap period={p.period} /><Merchants period={p.period} /></div>;
}
