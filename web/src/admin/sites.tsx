/* Sites: on the map and as a list; opening, changing, closing. */
import { useState } from 'preact/hooks';
import { MapPin, Plus } from 'lucide-preact';
import { ask, Problem, type Row } from '../base/ask';
import { forgetList, useOrganisations, usePartyName } from '../base/names';
import { can, cityId } from '../base/session';
import { hoursText } from '../base/hours';
import { useAct, useAsk, usePages } from '../base/use';
import { codeWords, words } from '../base/words';
import { Button, Card, Chip, Confirm, Dialog, Empty, Input, say, Select, Wrong } from '../ui/basic';
import { Map, type Districts } from '../ui/map';
import { Table } from '../ui/table';

const w = words({
	title: 'Sites', add: 'Open a site', name: 'Name', kind: 'Kind', by: 'Run by', address: 'Address', hours: 'Opening hours', day_off: 'closed', hours_hint: 'As in Mo-Fr 09:00-18:00; Sa 10:00-16:00; PH off', state: 'State', open: 'Open', closed: 'Closed', none: 'No sites yet', lat: 'Latitude', lon: 'Longitude', place_hint: 'Degrees, such as 31.2304', bad_place: 'Write latitude and longitude in degrees.', cancel: 'Cancel', save: 'Save', create: 'Open', edit: 'Site {name}', close: 'Close this site', close_title: 'Close {name}?', close_text: 'Only a site that holds no device can be closed.', choose: 'Please choose.', map: 'Map of sites', done: 'Saved.',
}, {
	title: '网点', add: '开设网点', name: '名称', kind: '类型', by: '运营方', address: '地址', hours: '营业时间', day_off: '休息', hours_hint: '例如 Mo-Fr 09:00-18:00; Sa 10:00-16:00; PH off', state: '状态', open: '营业', closed: '关闭', none: '还没有网点', lat: '纬度', lon: '经度', place_hint: '以度为单位，例如 31.2304', bad_place: '请以度为单位填写经纬度。', cancel: '取消', save: '保存', create: '开设', edit: '网点 {name}', close: '关闭此网点', close_title: '关闭 {name}？', close_text: '只有没有设备的网点才能关闭。', choose: '请选择。', map: '网点地图', done: '已保存。',
});
export const siteKind = codeWords({ store: 'Store', kiosk: 'Kiosk', centre: 'Operation centre', recycler: 'Recycler', locker: 'Locker' }, { store: '门店', kiosk: '自助点', centre: '运营中心', recycler: '拆解企业', locker: '寄存柜' });
type Kind = 'store' | 'kiosk' | 'centre' | 'recycler' | 'locker';
type Site = Row<'party.sites'>;

export function Sites() {
	const pages = usePages('party.sites', { city: cityId() });
	const map = useAsk('map.map', { city: cityId() });
	const party = usePartyName();
	const [adding, setAdding] = useState(false);
	const [open, setOpen] = useState<Site>();
	const reload = () => {
		forgetList('party.sites');
		pages.reload();
		setAdding(false);
		setOpen(undefined);
		say(w('done'));
	};
	const change = can('admin', 'clerk');
	return (
		<>
			{(!!map.data || pages.rows.some((s) => s.lat_e6 !== undefined)) && <Card label={w('map')}>
				<Map label={w('map')} districts={map.data?.map as Districts | undefined} chosen={open?.site} places={pages.rows.filter((s) => s.lat_e6 !== undefined).map((s) => ({ id: s.site!, lat: s.lat_e6! / 1e6, lon: s.lon_e6! / 1e6, label: s.name ?? '', tone: s.open === false ? 'off' as const : undefined }))} onChoose={(id) => setOpen(pages.rows.find((s) => s.site === id))} height={380} />
			</Card>}
			<Card flush label={w('title')}>
				{change && <div class="row pad"><span class="grow" /><Button kind="main" onClick={() => setAdding(true)}><Plus aria-hidden="true" />{w('add')}</Button></div>}
				<Table label={w('title')} {...pages} id={(r) => r.site!} onOpen={change ? setOpen : undefined} csv="sites.csv" empty={<Empty title={w('none')} icon={<MapPin aria-hidden="true" />} />} columns={[
					{ key: 'name', head: w('name'), cell: (r) => r.name ?? '', width: 'minmax(150px, 2fr)' },
					{ key: 'kind', phone: 'line', head: w('kind'), cell: (r) => siteKind(r.kind), width: '140px' },
					{ key: 'by', head: w('by'), cell: (r) => party(r.party), width: 'minmax(140px, 1fr)' },
					{ key: 'address', phone: 'line', head: w('address'), cell: (r) => r.address ?? '', width: 'minmax(140px, 2fr)' },
					{ key: 'hours', head: w('hours'), cell: (r) => hoursText(r.hours, w('day_off')), csv: (r) => r.hours, width: 'minmax(140px, 1fr)' },
					{ key: 'state', phone: 'end', head: w('state'), cell: (r) => <Chip tone={r.open === false ? '' : 'good'}>{r.open === false ? w('closed') : w('open')}</Chip>, csv: (r) => (r.open === false ? 'closed' : 'open'), width: '90px' },
				]} />
			</Card>
			{adding && <Edit onClose={() => setAdding(false)} onDone={reload} />}
			{open && change && <Edit site={open} onClose={() => setOpen(undefined)} onDone={reload} />}
		</>
	);
}

function Edit(p: { site?: Site; onClose: () => void; onDone: () => void }) {
	const s = p.site, parties = useOrganisations();
	const [name, setName] = useState(s?.name ?? '');
	const [kind, setKind] = useState<Kind>('store');
	const [party, setParty] = useState('');
	const [address, setAddress] = useState(s?.address ?? '');
	const [hours, setHours] = useState(s?.hours ?? '');
	const [lat, setLat] = useState(s?.lat_e6 !== undefined ? String(s.lat_e6 / 1e6) : '');
	const [lon, setLon] = useState(s?.lon_e6 !== undefined ? String(s.lon_e6 / 1e6) : '');
	const [closing, setClosing] = useState(false);
	const save = useAct(async () => {
		const place = lat.trim() || lon.trim() ? { lat_e6: Math.round(Number(lat) * 1e6), lon_e6: Math.round(Number(lon) * 1e6) } : {};
		if (Object.values(place).some((x) => !Number.isFinite(x)))
			throw new Problem('input', 0, w('bad_place'));
		const same = { city: cityId(), name: name.trim(), address: address.trim() || undefined, hours: hours.trim() || undefined, ...place };
		if (s)
			await ask('party.site_change', { ...same, site: s.site! });
		else
			await ask('party.site_open', { ...same, party: Number(party), kind });
		p.onDone();
	});
	const close = useAct(async () => {
		await ask('party.site_close', { city: cityId(), site: s!.site! });
		p.onDone();
	});
	return (
		<Dialog title={s ? w('edit', { name: s.name ?? '' }) : w('add')} onClose={p.onClose} onSubmit={() => void save.run()} footer={<>
			{s && s.open !== false && <Button kind="danger" onClick={() => setClosing(true)}>{w('close')}</Button>}
			<Button onClick={p.onClose}>{w('cancel')}</Button><Button kind="main" type="submit" busy={save.busy} disabled={!s && !party}>{s ? w('save') : w('create')}</Button></>}>
			{!s && <Select label={w('by')} value={party} onChange={setParty} options={[['', w('choose')], ...parties.map((x): [string, string] => [String(x.party), x.public_name ?? `#${x.party}`])]} />}
			{!s && <Select label={w('kind')} value={kind} onChange={setKind} options={(['store', 'kiosk', 'centre', 'recycler', 'locker'] as const).map((k) => [k, siteKind(k)])} />}
			<Input label={w('name')} value={name} onInput={setName} required maxLength={100} />
			<Input label={w('address')} value={address} onInput={setAddress} maxLength={300} />
			<Input label={w('hours')} hint={w('hours_hint')} value={hours} onInput={setHours} maxLength={300} />
			<div class="two"><Input label={w('lat')} hint={w('place_hint')} inputMode="decimal" value={lat} onInput={setLat} /><Input label={w('lon')} inputMode="decimal" value={lon} onInput={setLon} /></div>
			<Wrong error={save.error} inline />
			{closing && <Confirm danger title={w('close_title', { name: s?.name ?? '' })} text={w('close_text')} yes={w('close')} busy={close.busy} error={close.error} onYes={() => void close.run()} onClose={() => setClosing(false)} />}
		</Dialog>
	);
}
