/* Batches of dismantling: open ones first; opening one. */
import { useState } from 'preact/hooks';
import { useLocation } from 'preact-iso';
import { Plus, Recycle } from 'lucide-preact';
import { ask } from '../base/ask';
import { count, mass, when } from '../base/format';
import { usePartyName, useSiteName, useOrganisations, useSites } from '../base/names';
import { can, city, cityId, who } from '../base/session';
import { useAct, usePages } from '../base/use';
import { words } from '../base/words';
import { Button, Card, Chip, Dialog, Empty, Input, Select, Wrong } from '../ui/basic';
import { Table } from '../ui/table';

const w = words({
	open: 'Open a batch', title: 'Batches', all: 'All', only_open: 'Open', only_closed: 'Closed', show: 'Show', batch: 'Batch', state: 'State', devices: 'Devices', in: 'Weighed in', out: 'Weighed out', rest: 'Unaccounted', site: 'Site', opened: 'Opened', by: 'Dismantled by',
	is_open: 'Open', is_closed: 'Closed', none: 'No batch yet', none_text: 'A batch holds the devices that are taken apart together. Open one, weigh devices in, and weigh out what comes of them.',
	scale: 'Scale', scale_hint: 'The number on the scale, so that a reading can be traced.', cancel: 'Cancel', dismantler: 'Who takes the devices apart', need: 'Please choose.',
}, {
	open: '新建批次', title: '拆解批次', all: '全部', only_open: '进行中', only_closed: '已关闭', show: '显示', batch: '批次', state: '状态', devices: '设备', in: '称入', out: '称出', rest: '未入账', site: '网点', opened: '开始时间', by: '拆解方',
	is_open: '进行中', is_closed: '已关闭', none: '还没有批次', none_text: '一个批次包含一起拆解的设备。新建批次，称入设备，再称出拆得的物料。',
	scale: '秤编号', scale_hint: '秤上的编号，便于追溯读数。', cancel: '取消', dismantler: '由谁拆解', need: '请选择。',
});

export const BatchState = (p: { state?: string }) => <Chip tone={p.state === 'open' ? 'info' : 'good'}>{p.state === 'open' ? w('is_open') : w('is_closed')}</Chip>;

export function Batches() {
	const [state, setState] = useState<'open' | 'closed' | ''>('');
	const [opening, setOpening] = useState(false);
	const pages = usePages('recover.batches', { city: cityId(), state: state || undefined });
	const site = useSiteName(), party = usePartyName();
	const rows = [...pages.rows].sort((a, b) => Number(a.state === 'closed') - Number(b.state === 'closed') || b.opened_us! - a.opened_us!);
	return (
		<Card flush title="" label={w('title')}>
			<div class="row spread pad">
				<Select label={w('show')} hideLabel value={state} onChange={(v) => setState(v as typeof state)} options={[['', w('all')], ['open', w('only_open')], ['closed', w('only_closed')]]} />
				{can('technician', 'dismantler', 'admin') && <Button kind="main" onClick={() => setOpening(true)}><Plus aria-hidden="true" />{w('open')}</Button>}
			</div>
			<Table label={w('title')} {...pages} rows={rows} id={(r) => r.batch!} href={(r) => `/recovery/batches/${r.batch}`} csv="batches.csv"
				empty={<Empty title={w('none')} icon={<Recycle aria-hidden="true" />}>{w('none_text')}</Empty>}
				columns={[
					{ key: 'batch', head: w('batch'), cell: (r) => `#${r.batch}`, width: '80px' },
					{ key: 'state', phone: 'end', head: w('state'), cell: (r) => <BatchState state={r.state} />, csv: (r) => r.state, width: '110px' },
					{ key: 'devices', phone: 'said', head: w('devices'), cell: (r) => count(r.devices), num: true, width: '80px' },
					{ key: 'in', phone: 'said', head: w('in'), cell: (r) => mass(r.in_mg), csv: (r) => r.in_mg, num: true, width: '110px' },
					{ key: 'out', head: w('out'), cell: (r) => mass(r.out_mg), csv: (r) => r.out_mg, num: true, width: '110px' },
					{ key: 'rest', phone: 'said', head: w('rest'), cell: (r) => (r.unaccounted_mg ? <Chip tone="warn">{mass(r.unaccounted_mg)}</Chip> : mass(0)), csv: (r) => r.unaccounted_mg, num: true, width: '130px' },
					{ key: 'opened', head: w('opened'), cell: (r) => when(r.opened_us), width: '176px' },
					{ key: 'site', phone: 'line', head: w('site'), cell: (r) => site(r.site), width: 'minmax(120px, 1fr)' },
					{ key: 'by', head: w('by'), cell: (r) => party(r.dismantler), width: 'minmax(120px, 1fr)' },
				]} />
			{opening && <Opening onClose={() => setOpening(false)} />}
		</Card>
	);
}

function Opening(p: { onClose: () => void }) {
	const { route } = useLocation();
	const parties = useOrganisations(), mine = who.value.org;
	/* A dismantler works at its own sites and at the programme's. */
	const sites = useSites().filter((s) => s.open !== false && (!mine || s.party === mine || s.party === city.value?.programme));
	const [site, setSite] = useState('');
	const [dismantler, setDismantler] = useState(mine ? String(mine) : '');
	const [scale, setScale] = useState(localStorage.getItem('relode.scale') ?? '');
	const act = useAct(async () => {
		const a = await ask('recover.batch_open', { city: cityId(), site: Number(site), dismantler: Number(dismantler), scale: scale.trim() });
		localStorage.setItem('relode.scale', scale.trim());
		route(`/recovery/batches/${a.batch}`);
	});
	return (
		<Dialog title={w('open')} onClose={p.onClose} onSubmit={() => void act.run()} footer={<><Button onClick={p.onClose}>{w('cancel')}</Button><Button kind="main" type="submit" busy={act.busy} disabled={!site || !dismantler || !scale.trim()}>{w('open')}</Button></>}>
			<Select label={w('site')} value={site} onChange={setSite} options={[['', w('need')], ...sites.map((s): [string, string] => [String(s.site), s.name!])]} />
			<Select label={w('dismantler')} value={dismantler} onChange={setDismantler} disabled={!!mine} options={[['', w('need')], ...parties.filter((x) => /recycler|operator/.test(x.roles ?? '')).map((x): [string, string] => [String(x.party), x.public_name ?? `#${x.party}`])]} />
			<Input label={w('scale')} hint={w('scale_hint')} value={scale} onInput={setScale} required maxLength={40} />
			<Wrong error={act.error} inline />
		</Dialog>
	);
}
