/* Consignments to recyclers and their receipts, which may disagree with what was shipped: then that is shown. */
import { useState } from 'preact/hooks';
import { Truck } from 'lucide-preact';
import { ask, Problem } from '../base/ask';
import { dayBegins, localDay, mass, money, nowUs, parseMass, parseMoney, when } from '../base/format';
import { useFractionName, usePartyName, useSiteName } from '../base/names';
import { can, cityId } from '../base/session';
import { useAct, useAsk, usePages } from '../base/use';
import { codeWords, words } from '../base/words';
import { Button, Card, Chip, Dialog, Empty, Facts, Input, Note, Page, Select, Shown, Wrong } from '../ui/basic';
import { Table } from '../ui/table';

const w = words({
	title: 'Consignments', all: 'All', on_way: 'On the way', received: 'Received', differ: 'Receipt differs', show: 'Show', id: 'Consignment', recycler: 'Recycler', shipped_us: 'Shipped', mass: 'Shipped', got: 'Received', diff: 'Difference', value: 'Paid to us', state: 'State', none: 'No consignment here', none_text: 'Lots that are shipped to a recycler make a consignment.',
	one: 'Consignment {id}', contents: 'What is in it', lot: 'Lot', fraction: 'Fraction', waste: 'Waste code', receipts: 'Receipts', certificate: 'Certificate', dated: 'Dated', fee: 'Charged', reason: 'Reason', at: 'Recorded', correction: 'Corrects the one before', document: 'Transport document', carrier: 'Carrier', from: 'From', receipt: 'Record the receipt', correct: 'Correct the receipt',
	receipt_text: 'What the recycler’s certificate says, lot by lot. It may differ from our scale: both stay on record.', value_hint: 'What the recycler pays', fee_hint: 'What the recycler charges', lot_got: 'Lot {id}, {fraction}: shipped {mass}', bad_mass: 'Write a mass for each lot, such as 840 g.', bad_money: 'Write an amount, such as 120.50.', cancel: 'Cancel', save: 'Record', agree: 'The receipt agrees with what was shipped.', mass_sent: 'Mass shipped', mass_got: 'Mass received', differs: 'The receipt differs by {mass}.', print: 'Print', wait: 'No receipt yet',
}, {
	title: '托运', all: '全部', on_way: '运输中', received: '已签收', differ: '签收不符', show: '显示', id: '托运', recycler: '回收商', shipped_us: '发运时间', mass: '发运', got: '签收', diff: '差异', value: '收入', state: '状态', none: '没有托运', none_text: '发运给回收商的批料构成一次托运。',
	one: '托运 {id}', contents: '内容', lot: '批料', fraction: '物料', waste: '废物代码', receipts: '签收记录', certificate: '证明编号', dated: '日期', fee: '费用', reason: '原因', at: '记录时间', correction: '更正前一条', document: '运输单据', carrier: '承运方', from: '发自', receipt: '登记签收', correct: '更正签收',
	receipt_text: '按回收商证明逐份填写。可能与我们的秤不同，两者都会保留。', value_hint: '回收商支付', fee_hint: '回收商收取', lot_got: '批料 {id}，{fraction}：发运 {mass}', bad_mass: '请为每份批料填写质量，例如 840 g。', bad_money: '请填写金额，例如 120.50。', cancel: '取消', save: '登记', agree: '签收与发运一致。', mass_sent: '发运质量', mass_got: '签收质量', differs: '签收相差 {mass}。', print: '打印', wait: '尚未签收',
});
const reasonWord = codeWords({ typing: 'Mistyped', wrong_lot: 'Wrong lot', reweighed: 'Weighed again', price: 'Price', other: 'Other' }, { typing: '输入错误', wrong_lot: '批料错误', reweighed: '重新称重', price: '价格', other: '其他' });
type Reason = 'typing' | 'wrong_lot' | 'reweighed' | 'price' | 'other';
const State = (p: { state?: string }) => <Chip tone={p.state === 'receipted' ? 'good' : 'info'}>{p.state === 'receipted' ? w('received') : w('on_way')}</Chip>;
const Diff = (p: { mg?: number }) => (p.mg === undefined || p.mg === 0 ? <>{mass(p.mg)}</> : <span class="nowrap">{p.mg > 0 ? '+' : ''}{mass(p.mg)}</span>);

export function Consignments() {
	const [show, setShow] = useState<'' | 'shipped' | 'receipted' | 'differs'>('');
	const pages = usePages('recover.consignments', { city: cityId(), state: show === 'shipped' || show === 'receipted' ? show : undefined, differs: show === 'differs' ? true : undefined });
	const party = usePartyName();
	return (
		<Card flush label={w('title')}>
			<div class="row pad"><Select label={w('show')} hideLabel value={show} onChange={(v) => setShow(v as typeof show)} options={[['', w('all')], ['shipped', w('on_way')], ['receipted', w('received')], ['differs', w('differ')]]} /></div>
			<Table label={w('title')} {...pages} id={(r) => r.consignment!} href={(r) => `/recovery/consignments/${r.consignment}`} csv="consignments.csv" empty={<Empty title={w('none')} icon={<Truck aria-hidden="true" />}>{w('none_text')}</Empty>}
				columns={[
					{ key: 'id', head: w('id'), cell: (r) => `#${r.consignment}`, width: '116px' },
					{ key: 'state', phone: 'end', head: w('state'), cell: (r) => <State state={r.state} />, csv: (r) => r.state, width: '120px' },
					{ key: 'recycler', phone: 'line', head: w('recycler'), cell: (r) => party(r.recycler), width: 'minmax(140px, 2fr)' },
					{ key: 'shipped', phone: 'line', head: w('shipped_us'), cell: (r) => when(r.shipped_us, 'date'), width: '136px' },
					{ key: 'mass', phone: 'said', head: w('mass'), cell: (r) => mass(r.mass_mg), csv: (r) => r.mass_mg, num: true, width: '110px' },
					{ key: 'got', phone: 'said', head: w('got'), cell: (r) => mass(r.received_mg), csv: (r) => r.received_mg, num: true, width: '110px' },
					{ key: 'diff', phone: 'said', head: w('diff'), cell: (r) => <Diff mg={r.difference_mg} />, csv: (r) => r.difference_mg, num: true, width: '110px' },
					{ key: 'value', phone: 'end', head: w('value'), cell: (r) => money(r.value_minor), csv: (r) => r.value_minor, num: true, width: '110px' },
				]} />
		</Card>
	);
}

export function Consignment(p: { id: number }) {
	const data = useAsk('recover.consignment', { city: cityId(), consignment: p.id });
	const [writing, setWriting] = useState(false);
	const party = usePartyName(), site = useSiteName(), fraction = useFractionName();
	return (
		<Page title={w('one', { id: String(p.id) })} crumbs={<a href="/recovery/consignments">{w('title')}</a>} sub={data.data && <State state={data.data.state} />}
			actions={<>
				<Button onClick={() => print()}>{w('print')}</Button>
				{data.data && can('clerk', 'technician', 'admin') && <Button kind="main" onClick={() => setWriting(true)}>{data.data.state === 'receipted' ? w('correct') : w('receipt')}</Button>}
			</>}>
			<Shown of={data}>{(c) => (
				<>
					{c.state !== 'receipted' ? <Note>{w('wait')}</Note> : c.difference_mg ? <Note tone="warn">{w('differs', { mass: mass(c.difference_mg) })}</Note> : <Note tone="good">{w('agree')}</Note>}
					<Card><Facts of={[[w('recycler'), party(c.recycler)], [w('carrier'), c.carrier ? party(c.carrier) : undefined], [w('from'), site(c.site)], [w('document'), c.document], [w('shipped_us'), when(c.shipped_us)], [w('mass_sent'), mass(c.mass_mg)], [w('mass_got'), c.received_mg !== undefined ? mass(c.received_mg) : undefined], [w('value'), c.value_minor !== undefined ? money(c.value_minor) : undefined], [w('fee'), c.fee_minor !== undefined ? money(c.fee_minor) : undefined]]} /></Card>
					<Card title={w('contents')} flush>
						<Table label={w('contents')} rows={c.contents ?? []} id={(r) => r.lot!} csv={`consignment-${p.id}.csv`} columns={[
							{ key: 'lot', head: w('lot'), cell: (r) => `#${r.lot}`, width: '70px' },
							{ key: 'fraction', phone: 'line', head: w('fraction'), cell: (r) => fraction(r.fraction), csv: (r) => r.fraction, width: 'minmax(150px, 2fr)' },
							{ key: 'waste', head: w('waste'), cell: (r) => r.waste_code ?? '', width: '100px' },
							{ key: 'mass', phone: 'said', head: w('mass'), cell: (r) => mass(r.shipped_mg), csv: (r) => r.shipped_mg, num: true },
							{ key: 'got', phone: 'said', head: w('got'), cell: (r) => mass(r.received_mg), csv: (r) => r.received_mg, num: true },
							{ key: 'diff', phone: 'said', head: w('diff'), cell: (r) => <Diff mg={r.difference_mg} />, csv: (r) => r.difference_mg, num: true },
						]} />
					</Card>
					{!!c.history?.length && (
						<Card title={w('receipts')} flush>
							<Table label={w('receipts')} rows={c.history} id={(r) => r.n!} columns={[
								{ key: 'certificate', head: w('certificate'), cell: (r) => r.certificate ?? '', width: 'minmax(140px, 1fr)' },
								{ key: 'dated', phone: 'line', head: w('dated'), cell: (r) => when(r.dated_us, 'date'), width: '136px' },
								{ key: 'got', phone: 'said', head: w('got'), cell: (r) => mass(r.received_mg), num: true },
								{ key: 'value', phone: 'end', head: w('value'), cell: (r) => money(r.value_minor), num: true },
								{ key: 'fee', head: w('fee'), cell: (r) => money(r.fee_minor), num: true },
								{ key: 'reason', phone: 'line', head: w('reason'), cell: (r) => (r.reason ? `${reasonWord(r.reason)} (${w('correction')})` : ''), width: 'minmax(160px, 1fr)' },
								{ key: 'at', head: w('at'), cell: (r) => when(r.at_us), width: '176px' },
							]} />
						</Card>
					)}
					{writing && <Receipt id={p.id} correct={c.state === 'receipted'} before={c} onClose={() => setWriting(false)} onDone={() => { setWriting(false); data.reload(); }} />}
				</>
			)}</Shown>
		</Page>
	);
}

function Receipt(p: { id: number; correct: boolean; before: { certificate?: string; value_minor?: number; fee_minor?: number; contents?: { lot?: number; fraction?: string; shipped_mg?: number; received_mg?: number }[] }; onClose: () => void; onDone: () => void }) {
	const lots = p.before.contents ?? [], fraction = useFractionName();
	const [certificate, setCertificate] = useState(p.before.certificate ?? '');
	const [dated, setDated] = useState(localDay(nowUs()));
	const [value, setValue] = useState(p.before.value_minor !== undefined ? String(p.before.value_minor / 100) : '0');
	const [fee, setFee] = useState(p.before.fee_minor !== undefined ? String(p.before.fee_minor / 100) : '0');
	const [reason, setReason] = useState<Reason>('typing');
	const [readings, setReadings] = useState<string[]>(lots.map((l) => (l.received_mg !== undefined ? `${l.received_mg / 1000} g` : '')));
	const act = useAct(async () => {
		const received = readings.map(parseMass), value_minor = parseMoney(value), fee_minor = parseMoney(fee);
		if (received.some((r) => r === undefined))
			throw new Problem('input', 0, w('bad_mass'));
		if (value_minor === undefined || fee_minor === undefined)
			throw new Problem('input', 0, w('bad_money'));
		const body = { city: cityId(), consignment: p.id, certificate: certificate.trim(), dated_us: dayBegins(dated), value_minor, fee_minor, lots: lots.map((l, i) => ({ lot: l.lot!, received_mg: received[i]! })) };
		if (p.correct)
			await ask('recover.receipt_correct', { ...body, reason });
		else
			await ask('recover.receipt', body);
		p.onDone();
	});
	return (
		<Dialog title={p.correct ? w('correct') : w('receipt')} wide onClose={p.onClose} onSubmit={() => void act.run()} footer={<><Button onClick={p.onClose}>{w('cancel')}</Button><Button kind="main" type="submit" busy={act.busy}>{w('save')}</Button></>}>
			<p class="muted">{w('receipt_text')}</p>
			<div class="two">
				<Input label={w('certificate')} value={certificate} onInput={setCertificate} required maxLength={60} />
				<Input label={w('dated')} type="date" value={dated} onInput={setDated} required />
				<Input label={w('value')} hint={w('value_hint')} inputMode="decimal" value={value} onInput={setValue} />
				<Input label={w('fee')} hint={w('fee_hint')} inputMode="decimal" value={fee} onInput={setFee} />
			</div>
			{p.correct && <Select label={w('reason')} value={reason} onChange={setReason} options={(['typing', 'wrong_lot', 'reweighed', 'price', 'other'] as const).map((r) => [r, reasonWord(r)])} />}
			{lots.map((l, i) => (
				<Input key={l.lot} label={w('lot_got', { id: String(l.lot), fraction: fraction(l.fraction), mass: mass(l.shipped_mg) })} inputMode="decimal" value={readings[i] ?? ''} hint={parseMass(readings[i] ?? '') !== undefined ? `= ${mass(parseMass(readings[i]!))}` : undefined}
					onInput={(t) => setReadings(readings.map((r, k) => (k === i ? t : r)))} required />
			))}
			<Wrong error={act.error} inline />
		</Dialog>
	);
}
