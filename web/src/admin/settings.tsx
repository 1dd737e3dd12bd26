/* A city's own settings: periods, tax rates, the map of its districts. */
import { useState } from 'preact/hooks';
import { ask, Problem } from '../base/ask';
import { dayBegins, localDay, nowUs, percent, when } from '../base/format';
import { can, city, cityId, reloadCities, setCity } from '../base/session';
import { useAct, useAsk } from '../base/use';
import { words } from '../base/words';
import { Button, Card, Checkbox, Dialog, Empty, Facts, Input, Note, say, Shown, Wrong } from '../ui/basic';
import { Map, type Districts } from '../ui/map';
import { Table } from '../ui/table';

const w = words({
	settings: 'Settings', name: 'Name', zone: 'Time zone', currency: 'Currency', quote_days: 'A price is honoured for, days', offer_days: 'Time to answer a revised offer, days', hold_days: 'Hold before resale, days', return_days: 'A buyer may return within, days', payout_days: 'Payment is due after, days', save: 'Save', done: 'Saved.', rates: 'Tax rates', code: 'Code', rate: 'Rate', from: 'From', margin: 'On the margin', yes: 'yes', no: 'no', add_rate: 'Set a rate', rate_percent: 'Rate, %', on_margin: 'On the margin (second-hand goods), not on the price', cancel: 'Cancel', no_rates: 'No tax rates', map: 'Districts', map_text: 'A GeoJSON file: polygons with code, name and, if wanted, name_zh and population.', upload: 'Choose a GeoJSON file', map_none: 'No map yet', map_info: '{n} district|{n} districts', bad: 'Write a number.', simulated: 'This city is simulated: its clock is what its entries claim.', open: 'Open another city', city_no: 'Number', open_text: 'A city has books, a log and keys of its own.', opened: 'The city is open.',
}, {
	settings: '设置', name: '名称', zone: '时区', currency: '货币', quote_days: '报价有效期（天）', offer_days: '新报价答复期（天）', hold_days: '再售前留置期（天）', return_days: '买家退货期（天）', payout_days: '付款期（天）', save: '保存', done: '已保存。', rates: '税率', code: '代码', rate: '税率', from: '生效日', margin: '差额征税', yes: '是', no: '否', add_rate: '设置税率', rate_percent: '税率 %', on_margin: '按差额（二手商品）而非全价征税', cancel: '取消', no_rates: '没有税率', map: '区划地图', map_text: 'GeoJSON 文件：多边形，含 code、name，可含 name_zh 和 population。', upload: '选择 GeoJSON 文件', map_none: '还没有地图', map_info: '{n} 个区', bad: '请填写数字。', simulated: '这是模拟城市：时钟以其记录为准。', open: '开设新城市', city_no: '编号', open_text: '每个城市有自己的账本、日志和密钥。', opened: '城市已开设。',
});
const periods = ['quote_days', 'offer_days', 'hold_days', 'return_days', 'payout_days'] as const;

export function Settings() {
	const c = city.value;
	const [name, setName] = useState(c?.name ?? '');
	const [days, setDays] = useState<Record<string, string>>(Object.fromEntries(periods.map((k) => [k, String(c?.[k] ?? '')])));
	const [opening, setOpening] = useState(false);
	const save = useAct(async () => {
		const values = Object.fromEntries(periods.map((k) => [k, Number(days[k])]));
		if (Object.values(values).some((v) => !Number.isInteger(v)))
			throw new Problem('input', 0, w('bad'));
		await ask('city.settings', { city: cityId(), name: name.trim(), ...values });
		await reloadCities();
		say(w('done'));
	});
	return (
		<>
			<Card title={w('settings')} actions={can('admin') && <Button small onClick={() => setOpening(true)}>{w('open')}</Button>}>
				<Facts of={[[w('zone'), c?.time_zone], [w('currency'), c?.currency]]} />
				{c?.simulated && <Note>{w('simulated')}</Note>}
				<form class="stack" onSubmit={(e) => { e.preventDefault(); void save.run(); }}>
					<Input label={w('name')} value={name} onInput={setName} required maxLength={100} disabled={!can('admin')} />
					<div class="grid">{periods.map((k) => <Input key={k} label={w(k)} type="number" min={0} max={3650} value={days[k] ?? ''} onInput={(t) => setDays({ ...days, [k]: t })} disabled={!can('admin')} />)}</div>
					<Wrong error={save.error} inline />
					{can('admin') && <div><Button kind="main" type="submit" busy={save.busy}>{w('save')}</Button></div>}
				</form>
			</Card>
			<Rates />
			<Districts_ />
			{opening && <Opening onClose={() => setOpening(false)} />}
		</>
	);
}

function Rates() {
	const rates = useAsk('city.rates', { city: cityId() });
	const [adding, setAdding] = useState(false);
	const [code, setCode] = useState('VAT');
	const [rate, setRate] = useState('');
	const [from, setFrom] = useState(localDay(nowUs()));
	const [margin, setMargin] = useState(false);
	const act = useAct(async () => {
		const bp = Math.round(Number(rate.replace(',', '.')) * 100);
		if (!rate || !Number.isFinite(bp))
			throw new Problem('input', 0, w('bad'));
		await ask('city.rate', { city: cityId(), code: code.trim(), from_us: dayBegins(from), rate_bp: bp, margin });
		setAdding(false);
		rates.reload();
	});
	return (
		<Card title={w('rates')} flush actions={can('admin') && <Button small onClick={() => setAdding(true)}>{w('add_rate')}</Button>}>
			<Shown of={rates}>{(r) => <Table label={w('rates')} rows={r.items ?? []} id={(x) => `${x.code}${x.from_us}`} empty={<Empty title={w('no_rates')} />} columns={[
				{ key: 'code', head: w('code'), cell: (x) => x.code ?? '' }, { key: 'rate', phone: 'end', head: w('rate'), cell: (x) => percent((x.rate_bp ?? 0) / 10000, 2), num: true },
				{ key: 'margin', phone: 'said', head: w('margin'), cell: (x) => (x.margin ? w('yes') : w('no')) }, { key: 'from', phone: 'said', head: w('from'), cell: (x) => when(x.from_us, 'date') },
			]} />}</Shown>
			{adding && <Dialog title={w('add_rate')} onClose={() => setAdding(false)} onSubmit={() => void act.run()} footer={<><Button onClick={() => setAdding(false)}>{w('cancel')}</Button><Button kind="main" type="submit" busy={act.busy}>{w('save')}</Button></>}>
				<Input label={w('code')} value={code} onInput={setCode} required maxLength={16} /><Input label={w('rate_percent')} inputMode="decimal" value={rate} onInput={setRate} required /><Input label={w('from')} type="date" value={from} onInput={setFrom} required />
				<Checkbox label={w('on_margin')} checked={margin} onChange={setMargin} /><Wrong error={act.error} inline />
			</Dialog>}
		</Card>
	);
}

function Districts_() {
	const map = useAsk('map.map', { city: cityId() });
	const act = useAct(async (file: File) => {
		await ask('map.publish', { city: cityId(), body: await file.text() });
		map.reload();
		say(w('done'));
	});
	const d = map.data?.map as Districts | undefined;
	return (
		<Card title={w('map')}>
			{d ? <><p class="muted">{w('map_info', { n: d.features.length })}</p><Map label={w('map')} districts={d} height={360} /></> : map.loading ? null : map.error && map.error.status !== 404 ? <Wrong error={map.error} retry={map.reload} /> : <Empty title={w('map_none')}>{w('map_text')}</Empty>}
			{can('admin') && <label class="button file">{w('upload')}<input class="hide" type="file" accept=".json,.geojson,application/geo+json" onChange={(e) => { const f = e.currentTarget.files?.[0]; e.currentTarget.value = ''; if (f) void act.run(f); }} /></label>}
			<Wrong error={act.error} inline />
		</Card>
	);
}

function Opening(p: { onClose: () => void }) {
	const [number, setNumber] = useState('');
	const [name, setName] = useState('');
	const [zone, setZone] = useState(Intl.DateTimeFormat().resolvedOptions().timeZone);
	const [currency, setCurrency] = useState(city.value?.currency ?? 'EUR');
	const act = useAct(async () => {
		await ask('city.open', { city: Number(number), name: name.trim(), time_zone: zone.trim(), currency: currency.trim() } as never);
		await reloadCities();
		setCity(Number(number));
		say(w('opened'));
		p.onClose();
	});
	return (
		<Dialog title={w('open')} onClose={p.onClose} onSubmit={() => void act.run()} footer={<><Button onClick={p.onClose}>{w('cancel')}</Button><Button kind="main" type="submit" busy={act.busy}>{w('open')}</Button></>}>
			<p class="muted">{w('open_text')}</p>
			<Input label={w('city_no')} type="number" min={1} value={number} onInput={setNumber} required /><Input label={w('name')} value={name} onInput={setName} required maxLength={100} />
			<Input label={w('zone')} value={zone} onInput={setZone} required /><Input label={w('currency')} value={currency} onInput={setCurrency} required minLength={3} maxLength={3} />
			<Wrong error={act.error} inline />
		</Dialog>
	);
}
