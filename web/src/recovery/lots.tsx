/* Lots of fractions on hand: choose some, and ship them to a recycler. */
import { useState } from 'preact/hooks';
import { useLocation } from 'preact-iso';
import { PackageOpen, TriangleAlert, Truck } from 'lucide-preact';
import { ask } from '../base/ask';
import { mass, when } from '../base/format';
import { useFractionName, useList, useOrganisations, useSiteName } from '../base/names';
import { can, cityId } from '../base/session';
import { useAct, usePages } from '../base/use';
import { codeWords, words } from '../base/words';
import { Button, Card, Chip, Dialog, Empty, Input, Note, Select, Wrong } from '../ui/basic';
import { Table } from '../ui/table';

const w = words({
	title: 'Lots', state: 'State', fraction: 'Fraction', any: 'Every fraction', lot: 'Lot', mass: 'Mass', waste: 'Waste code', site: 'Site', since: 'Since', consignment: 'Consignment', hazard: 'Hazardous, kept apart', none: 'No lots here', none_text: 'What is weighed out of a batch lies in lots until it is shipped.',
	ship: 'Ship {n} lot|Ship {n} lots', ship_title: 'Ship to a recycler', recycler: 'Recycler', carrier: 'Carrier', itself: 'The recycler itself', document: 'Number of the transport document', total: 'Together {mass}', one_site: 'Choose lots that lie at one site.', cancel: 'Cancel', go: 'Ship', choose: 'Please choose.',
}, {
	title: '批料', state: '状态', fraction: '物料', any: '全部物料', lot: '批料', mass: '质量', waste: '废物代码', site: '网点', since: '开始时间', consignment: '托运', hazard: '危险物料，单独存放', none: '没有批料', none_text: '从批次称出的物料在发运前存放于批料中。',
	ship: '发运 {n} 份批料', ship_title: '发运给回收商', recycler: '回收商', carrier: '承运方', itself: '回收商自运', document: '运输单据编号', total: '共 {mass}', one_site: '请选择同一网点的批料。', cancel: '取消', go: '发运', choose: '请选择。',
});
const states = codeWords({ open: 'On hand', shipped: 'On the way', receipted: 'Received' }, { open: '在库', shipped: '运输中', receipted: '已签收' });
type State = 'open' | 'shipped' | 'receipted';

export function Lots() {
	const [state, setState] = useState<State>('open');
	const [fraction, setFraction] = useState('');
	const [chosen, choose] = useState(new Set<string | number>());
	const [shipping, setShipping] = useState(false);
	const pages = usePages('recover.lots', { city: cityId(), state, fraction: fraction || undefined });
	const fractions = useList('recover.fractions'), name = useFractionName(), site = useSiteName();
	const work = state === 'open' && can('clerk', 'technician', 'dismantler', 'admin');
	const lots = pages.rows.filter((r) => chosen.has(r.lot!));
	return (
		<Card flush label={w('title')}>
			<div class="row pad">
				<Select label={w('state')} hideLabel value={state} onChange={(v) => { setState(v); choose(new Set()); }} options={[['open', states('open')], ['shipped', states('shipped')], ['receipted', states('receipted')]]} />
				<Select label={w('fraction')} hideLabel value={fraction} onChange={(v) => { setFraction(v); choose(new Set()); }} options={[['', w('any')], ...fractions.map((f): [string, string] => [f.code!, name(f.code)])]} />
				<span class="grow" />
				{work && <Button kind="main" disabled={!lots.length} onClick={() => setShipping(true)}><Truck aria-hidden="true" />{w('ship', { n: lots.length })}</Button>}
			</div>
			<Table label={w('title')} {...pages} id={(r) => r.lot!} selected={work ? chosen : undefined} onSelect={work ? choose : undefined} csv="lots.csv" empty={<Empty title={w('none')} icon={<PackageOpen aria-hidden="true" />}>{w('none_text')}</Empty>}
				columns={[
					{ key: 'lot', head: w('lot'), cell: (r) => `#${r.lot}`, width: '70px' },
					{ key: 'fraction', phone: 'line', head: w('fraction'), cell: (r) => <>{name(r.fraction)} {r.hazard && <TriangleAlert size={16} class="hazard" role="img" aria-label={w('hazard')} />}</>, csv: (r) => r.fraction, width: 'minmax(150px, 2fr)' },
					{ key: 'mass', phone: 'end', head: w('mass'), cell: (r) => mass(r.mass_mg), csv: (r) => r.mass_mg, num: true, width: '110px' },
					{ key: 'waste', head: w('waste'), cell: (r) => r.waste_code ?? '', width: '100px' },
					{ key: 'site', phone: 'line', head: w('site'), cell: (r) => site(r.site), width: 'minmax(120px, 1fr)' },
					{ key: 'since', phone: 'line', head: w('since'), cell: (r) => when(r.opened_us, 'date'), width: '136px' },
					{ key: 'consignment', phone: 'said', head: w('consignment'), cell: (r) => (r.consignment ? <a href={`/recovery/consignments/${r.consignment}`}>#{r.consignment}</a> : ''), csv: (r) => r.consignment, width: '110px' },
				]} />
			{shipping && <Ship lots={lots} onClose={() => setShipping(false)} />}
		</Card>
	);
}

function Ship(p: { lots: { lot?: number; site?: number; mass_mg?: number; hazard?: boolean }[]; onClose: () => void }) {
	const parties = useOrganisations(), { route } = useLocation();
	const [recycler, setRecycler] = useState('');
	const [carrier, setCarrier] = useState('');
	const [document, setDocument] = useState('');
	const apart = new Set(p.lots.map((l) => l.site)).size > 1;
	const act = useAct(async () => {
		const a = await ask('recover.consign', { city: cityId(), recycler: Number(recycler), carrier: carrier ? Number(carrier) : undefined, document: document.trim(), lots: p.lots.map((l) => ({ lot: l.lot! })) });
		route(`/recovery/consignments/${a.consignment}`);
	});
	const of = (role: string) => parties.filter((x) => (x.roles ?? '').includes(role)).map((x): [string, string] => [String(x.party), x.public_name ?? `#${x.party}`]);
	return (
		<Dialog title={w('ship_title')} onClose={p.onClose} onSubmit={() => void act.run()} footer={<><Button onClick={p.onClose}>{w('cancel')}</Button><Button kind="main" type="submit" busy={act.busy} disabled={apart || !recycler || !document.trim()}>{w('go')}</Button></>}>
			<p>{w('total', { mass: mass(p.lots.reduce((s, l) => s + (l.mass_mg ?? 0), 0)) })} {p.lots.some((l) => l.hazard) && <Chip tone="warn">{w('hazard')}</Chip>}</p>
			{apart && <Note tone="warn">{w('one_site')}</Note>}
			<Select label={w('recycler')} value={recycler} onChange={setRecycler} options={[['', w('choose')], ...of('recycler')]} />
			<Select label={w('carrier')} value={carrier} onChange={setCarrier} options={[['', w('itself')], ...of('carrier')]} />
			<Input label={w('document')} value={document} onInput={setDocument} required maxLength={60} />
			<Wrong error={act.error} inline />
		</Dialog>
	);
}
