/* One batch: weigh in by scanning, weigh out by fraction, and a bar that shows what is not accounted for yet. */
import { useState } from 'preact/hooks';
import { ArrowDownToLine, ArrowUpFromLine, Lock, TriangleAlert } from 'lucide-preact';
import { ask, Problem } from '../base/ask';
import { count, mass, parseMass, when } from '../base/format';
import { useFractionName, useList, usePartyName, useSiteName } from '../base/names';
import { can, cityId } from '../base/session';
import { useAct, useAsk, usePages } from '../base/use';
import { codeWords, colon, listed, words } from '../base/words';
import { Button, Card, Chip, Dialog, Empty, Facts, Input, Note, Page, say, Select, Shown, Wrong } from '../ui/basic';
import { palette } from '../ui/chart';
import { CameraScan, useScanner } from '../ui/code';
import { Table } from '../ui/table';
import { BatchState } from './batches';

const w = words({
	title: 'Batch {id}', batches: 'Batches', bar: 'Where the mass is', in: 'Weighed in', out: 'Weighed out', rest: 'Not accounted for', over: 'More out than in', gain: 'Recorded gain', loss: 'Recorded loss', devices: 'Devices', device: 'Device', fraction: 'Fraction', mass: 'Mass',
	weigh_in: 'Weigh in a device', label: 'Label', label_hint: 'Scan it or type it.', reading: 'The scale says', reading_hint: 'Grams, or with a unit: 840, 1.25 kg', add_in: 'Weigh in', not_device: 'This is not the label of a device.', not_mass: 'Write a mass, such as 840 g.', weighed: '{label} is in: {mass}.',
	weigh_out: 'Weigh out a fraction', add_out: 'Weigh out', lot: 'Into', new_lot: 'A new lot', lot_n: 'Lot {id}, {mass}', hazard: 'Kept apart: hazardous', choose: 'Please choose.', out_done: '{mass} of {fraction} are out.',
	close: 'Close the batch', close_text: '{mass} are not accounted for. Closing records them as a loss: say what became of them.', close_even: 'Everything that came in has gone out. The batch can be closed.', reason: 'Reason', cancel: 'Cancel', closed: 'The batch is closed.',
	over_title: 'Record a gain', over_text: '{mass} more have gone out than came in. Say where they come from; then the books are even.', none_in: 'Nothing weighed in yet', none_in_text: 'Scan the label of a device that is on its way to recovery.', none_out: 'Nothing weighed out yet', nominal: 'Nominal', when: 'When', site: 'Site', by: 'Dismantled by', scale: 'Scale', opened: 'Opened', ended: 'Closed', waste: 'Waste code', even: 'Even', lot_head: 'Lot', print: 'Print',
}, {
	title: '批次 {id}', batches: '拆解批次', bar: '质量去向', in: '称入', out: '称出', rest: '尚未入账', over: '称出多于称入', gain: '已记盈余', loss: '已记损耗', devices: '设备', device: '设备', fraction: '物料', mass: '质量',
	weigh_in: '称入设备', label: '标签', label_hint: '扫描或输入。', reading: '秤的读数', reading_hint: '克，或带单位：840、1.25 kg', add_in: '称入', not_device: '这不是设备标签。', not_mass: '请输入质量，例如 840 g。', weighed: '{label} 已称入：{mass}。',
	weigh_out: '称出物料', add_out: '称出', lot: '归入', new_lot: '新批料', lot_n: '批料 {id}，{mass}', hazard: '危险物料，单独存放', choose: '请选择。', out_done: '已称出 {fraction} {mass}。',
	close: '关闭批次', close_text: '还有 {mass} 没有入账。关闭时将记为损耗，请说明去向。', close_even: '称入的全部已称出，可以关闭批次。', reason: '原因', cancel: '取消', closed: '批次已关闭。',
	over_title: '记录盈余', over_text: '称出比称入多 {mass}。请说明来源，账目才能平衡。', none_in: '尚未称入设备', none_in_text: '扫描待拆解设备的标签。', none_out: '尚未称出物料', nominal: '标称', when: '时间', site: '网点', by: '拆解方', scale: '秤', opened: '开始', ended: '关闭', waste: '废物代码', even: '已平衡', lot_head: '批料', print: '打印',
});
const reasons = codeWords({ dust: 'Dust', moisture: 'Moisture', evaporated: 'Evaporated', scale: 'Difference of the scale', spilled: 'Spilled', found: 'Found again', mixed_up: 'Mixed up with another batch' },
	{ dust: '粉尘', moisture: '水分', evaporated: '挥发', scale: '秤的误差', spilled: '洒落', found: '重新找到', mixed_up: '与其他批次混淆' });
type Reason = 'dust' | 'moisture' | 'evaporated' | 'scale' | 'spilled' | 'found' | 'mixed_up';
const reasonList: Reason[] = ['dust', 'moisture', 'evaporated', 'scale', 'spilled', 'found', 'mixed_up'];

/** The bar: fractions out, then loss, and what is left; all of the width is what came in (or went out, if that is more). */
export function MassBar(p: { in_mg: number; parts: { name: string; mg: number }[]; rest: number; loss: number; gain: number }) {
	const all = Math.max(p.in_mg + p.gain, p.parts.reduce((s, x) => s + x.mg, 0) + p.loss, 1), colours = palette();
	return (
		<figure class="mass-bar">
			<svg viewBox="0 0 1000 40" preserveAspectRatio="none" role="img" aria-label={`${w('bar')}${colon()}${listed(p.parts.map((x) => `${x.name} ${mass(x.mg)}`))}; ${w('loss')} ${mass(p.loss)}; ${w('rest')} ${mass(p.rest)}`}>
				<rect width="1000" height="40" class="rest" />
				{p.parts.concat(p.loss > 0 ? [{ name: w('loss'), mg: p.loss }] : []).reduce<{ x: number; out: preact.JSX.Element[] }>((acc, part, i) => {
					const width = (part.mg / all) * 1000;
					acc.out.push(<rect key={i} x={acc.x} width={width} height="40" fill={i === p.parts.length ? 'var(--line-strong)' : colours[i % colours.length]} stroke="var(--card)" />);
					return { x: acc.x + width, out: acc.out };
				}, { x: 0, out: [] }).out}
			</svg>
			<figcaption>
				{p.parts.map((x, i) => <span key={x.name}><i class={`key k${i % 8}`} />{x.name} <b>{mass(x.mg)}</b></span>)}
				{p.loss > 0 && <span><i class="key loss" />{w('loss')} <b>{mass(p.loss)}</b></span>}
				{p.rest !== 0 && <span class={p.rest < 0 ? 'over' : ''}><i class="key rest" />{p.rest < 0 ? w('over') : w('rest')} <b>{mass(Math.abs(p.rest))}</b></span>}
			</figcaption>
		</figure>
	);
}

export function Batch(p: { id: number }) {
	const city = cityId();
	const batch = useAsk('recover.batch', { city, batch: p.id });
	const weighings = usePages('recover.weighings', { city, batch: p.id });
	const [closing, setClosing] = useState(false);
	const site = useSiteName(), party = usePartyName(), fraction = useFractionName();
	const reload = () => {
		batch.reload();
		weighings.reload();
	};
	return (
		<Page title={w('title', { id: String(p.id) })} crumbs={<a href="/recovery">{w('batches')}</a>} sub={batch.data && <BatchState state={batch.data.state} />}
			actions={<>
				<Button onClick={() => print()}>{w('print')}</Button>
				{batch.data?.state === 'open' && can('technician', 'dismantler', 'admin') && <Button kind="main" onClick={() => setClosing(true)}><Lock aria-hidden="true" />{w('close')}</Button>}
			</>}>
			<Shown of={batch}>{(b) => {
				const rest = b.unaccounted_mg ?? 0, work = b.state === 'open' && can('technician', 'dismantler', 'admin');
				return (
					<>
						<Card title={w('bar')} actions={rest === 0 && b.in_mg ? <Chip tone="good">{w('even')}</Chip> : rest < 0 ? <Chip tone="bad">{w('over')}</Chip> : undefined}>
							<div class="row mass-sums" aria-live="polite">
								<span>{w('in')} <b>{mass(b.in_mg)}</b></span><span>{w('out')} <b>{mass(b.out_mg)}</b></span>
								{!!b.gain_mg && <span>{w('gain')} <b>{mass(b.gain_mg)}</b></span>}
								{!!b.loss_mg && <span>{w('loss')} <b>{mass(b.loss_mg)}</b> {b.loss_reason && `(${reasons(b.loss_reason)})`}</span>}
								<span class={rest ? 'unaccounted' : ''}>{w('rest')} <b>{mass(rest)}</b></span>
							</div>
							<MassBar in_mg={b.in_mg ?? 0} gain={b.gain_mg ?? 0} loss={b.loss_mg ?? 0} rest={rest} parts={(b.fractions ?? []).map((f) => ({ name: fraction(f.fraction), mg: f.mass_mg ?? 0 }))} />
							{rest < 0 && work && <Gain batch={p.id} over={-rest} onDone={reload} />}
						</Card>
						{work && <div class="two"><WeighIn batch={p.id} onDone={reload} /><WeighOut batch={p.id} site={b.site} onDone={reload} /></div>}
						<div class="two">
							<Card title={`${w('devices')} (${count(b.devices)})`} flush>
								<Table label={w('devices')} {...weighings} id={(r) => r.device!} href={(r) => `/devices/${r.device}`} csv={`batch-${p.id}-devices.csv`}
									empty={<Empty title={w('none_in')} icon={<ArrowDownToLine aria-hidden="true" />}>{w('none_in_text')}</Empty>}
									columns={[
										{ key: 'device', head: w('device'), cell: (r) => `#${r.device! % 2 ** 32}`, csv: (r) => r.device },
										{ key: 'mass', phone: 'end', head: w('mass'), cell: (r) => mass(r.scale_mg), csv: (r) => r.scale_mg, num: true },
										{ key: 'nominal', phone: 'said', head: w('nominal'), cell: (r) => mass(r.nominal_mg), csv: (r) => r.nominal_mg, num: true },
										{ key: 'when', phone: 'line', head: w('when'), cell: (r) => when(r.weighed_us), width: '196px' },
									]} />
							</Card>
							<Card title={w('fraction')} flush>
								<Table label={w('fraction')} rows={b.fractions ?? []} id={(r) => `${r.lot}`} csv={`batch-${p.id}-fractions.csv`} empty={<Empty title={w('none_out')} icon={<ArrowUpFromLine aria-hidden="true" />} />}
									columns={[
										{ key: 'fraction', head: w('fraction'), cell: (r) => <>{fraction(r.fraction)} {r.hazard && <TriangleAlert size={16} class="hazard" role="img" aria-label={w('hazard')} />}</>, csv: (r) => r.fraction, width: 'minmax(140px, 2fr)' },
										{ key: 'mass', phone: 'end', head: w('mass'), cell: (r) => mass(r.mass_mg), csv: (r) => r.mass_mg, num: true },
										{ key: 'code', phone: 'line', head: w('waste'), cell: (r) => r.waste_code ?? '', width: '100px' },
										{ key: 'lot', phone: 'said', head: w('lot_head'), cell: (r) => `#${r.lot}`, width: '70px' },
									]} />
							</Card>
						</div>
						<Card><Facts of={[[w('site'), site(b.site)], [w('by'), party(b.dismantler)], [w('scale'), b.scale], [w('opened'), when(b.opened_us)], [w('ended'), b.closed_us ? when(b.closed_us) : undefined]]} /></Card>
						{closing && <Close batch={p.id} rest={rest} onClose={() => setClosing(false)} onDone={() => { setClosing(false); say(w('closed')); reload(); }} />}
					</>
				);
			}}</Shown>
		</Page>
	);
}

function WeighIn(p: { batch: number; onDone: () => void }) {
	const [label, setLabel] = useState('');
	const [reading, setReading] = useState('');
	const mg = parseMass(reading);
	const scanned = (text: string) => {
		setLabel(text.split('/').pop() ?? text);
		document.getElementById('reading')?.focus();
	};
	useScanner(scanned);
	const act = useAct(async () => {
		const found = (await ask('desk.find', { city: cityId(), text: label.trim() })).items?.find((x) => x.kind === 'device');
		if (!found)
			throw new Problem('input', 0, w('not_device'));
		if (mg === undefined)
			throw new Problem('input', 0, w('not_mass'));
		await ask('recover.weigh_in', { city: cityId(), batch: p.batch, device: found.id!, scale_mg: mg });
		say(w('weighed', { label: found.label ?? label, mass: mass(mg) }));
		setLabel('');
		setReading('');
		document.getElementById('label')?.focus();
		p.onDone();
	});
	return (
		<Card title={w('weigh_in')} class="no-print">
			<form class="stack" onSubmit={(e) => { e.preventDefault(); void act.run(); }}>
				<div class="row top"><div class="grow"><div class="field"><label for="label">{w('label')}</label><input id="label" value={label} autocomplete="off" onInput={(e) => setLabel(e.currentTarget.value)} aria-describedby="label-hint" required /><div class="hint" id="label-hint">{w('label_hint')}</div></div></div></div>
				<CameraScan small onCode={scanned} />
				<div class="field"><label for="reading">{w('reading')}</label><input id="reading" inputMode="decimal" value={reading} autocomplete="off" onInput={(e) => setReading(e.currentTarget.value)} aria-describedby="reading-hint" required /><div class="hint" id="reading-hint">{mg === undefined ? w('reading_hint') : `= ${mass(mg)}`}</div></div>
				<Wrong error={act.error} inline />
				<div><Button kind="main" type="submit" busy={act.busy}><ArrowDownToLine aria-hidden="true" />{w('add_in')}</Button></div>
			</form>
		</Card>
	);
}

function WeighOut(p: { batch: number; site?: number; onDone: () => void }) {
	const fractions = useList('recover.fractions'), name = useFractionName();
	const [fraction, setFraction] = useState('');
	const [reading, setReading] = useState('');
	const [lot, setLot] = useState('');
	const lots = useAsk('recover.lots', fraction ? { city: cityId(), state: 'open', fraction, site: p.site, limit: 50 } : undefined);
	const mg = parseMass(reading), hazard = fractions.find((f) => f.code === fraction)?.hazard;
	const act = useAct(async () => {
		if (mg === undefined)
			throw new Problem('input', 0, w('not_mass'));
		await ask('recover.weigh_out', { city: cityId(), batch: p.batch, fraction, mass_mg: mg, lot: lot ? Number(lot) : undefined });
		say(w('out_done', { mass: mass(mg), fraction: name(fraction) }));
		setReading('');
		setLot('');
		lots.reload();
		p.onDone();
	});
	return (
		<Card title={w('weigh_out')} class="no-print">
			<form class="stack" onSubmit={(e) => { e.preventDefault(); void act.run(); }}>
				<Select label={w('fraction')} value={fraction} onChange={(v) => { setFraction(v); setLot(''); }} options={[['', w('choose')], ...fractions.map((f): [string, string] => [f.code!, name(f.code)])]} />
				{hazard && <Note tone="warn">{w('hazard')}</Note>}
				<Input label={w('reading')} hint={mg === undefined ? w('reading_hint') : `= ${mass(mg)}`} inputMode="decimal" value={reading} onInput={setReading} required />
				<Select label={w('lot')} value={lot} onChange={setLot} options={[['', w('new_lot')], ...(lots.data?.items ?? []).map((l): [string, string] => [String(l.lot), w('lot_n', { id: String(l.lot), mass: mass(l.mass_mg) })])]} />
				<Wrong error={act.error} inline />
				<div><Button kind="main" type="submit" busy={act.busy} disabled={!fraction}><ArrowUpFromLine aria-hidden="true" />{w('add_out')}</Button></div>
			</form>
		</Card>
	);
}

function Gain(p: { batch: number; over: number; onDone: () => void }) {
	const [reason, setReason] = useState<Reason>('scale');
	const act = useAct(async () => {
		await ask('recover.gain', { city: cityId(), batch: p.batch, mass_mg: p.over, reason });
		p.onDone();
	});
	return (
		<form class="stack tight" onSubmit={(e) => { e.preventDefault(); void act.run(); }}>
			<Note tone="bad">{w('over_text', { mass: mass(p.over) })}</Note>
			<div class="row"><div class="grow"><Select label={w('reason')} hideLabel value={reason} onChange={setReason} options={reasonList.map((r) => [r, reasons(r)])} /></div><Button type="submit" busy={act.busy}>{w('over_title')}</Button></div>
			<Wrong error={act.error} inline />
		</form>
	);
}

function Close(p: { batch: number; rest: number; onClose: () => void; onDone: () => void }) {
	const [reason, setReason] = useState<Reason>('dust');
	const act = useAct(async () => {
		await ask('recover.batch_close', { city: cityId(), batch: p.batch, reason: p.rest > 0 ? reason : undefined });
		p.onDone();
	});
	return (
		<Dialog title={w('close')} onClose={p.onClose} onSubmit={() => void act.run()} footer={<><Button onClick={p.onClose}>{w('cancel')}</Button><Button kind="main" type="submit" busy={act.busy}>{w('close')}</Button></>}>
			<p>{p.rest > 0 ? w('close_text', { mass: mass(p.rest) }) : w('close_even')}</p>
			{p.rest > 0 && <Select label={w('reason')} value={reason} onChange={setReason} options={reasonList.map((r) => [r, reasons(r)])} />}
			<Wrong error={act.error} inline />
		</Dialog>
	);
}
