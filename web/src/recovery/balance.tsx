/* The city's account of mass: what came in, where it is, where it went, and that the two sides are even. */
import { mass } from '../base/format';
import { useFractionName } from '../base/names';
import { cityId } from '../base/session';
import { useAsk } from '../base/use';
import { words } from '../base/words';
import { Card, Chip, Note, Shown } from '../ui/basic';
import { Table } from '../ui/table';

const w = words({
	in: 'Came in', out: 'Is or went', received: 'Devices received', parts_in: 'Parts fitted', gain: 'Recorded gain', devices: 'In devices on hand', batches: 'In open batches', lots: 'In lots on hand', way: 'On the way to a recycler', receipted: 'Shipped and received', sold: 'Sold', returned: 'Given back to owners', parts_out: 'Parts taken out', lost: 'Lost or seized', loss: 'Loss of dismantling', confirm: 'Not confirmed by receipts', total: 'Together',
	even: 'Even to the milligram', uneven: '{mass} are not explained', measured: 'Corrected by the scale', nominal: 'Until it is weighed, a device counts with its nominal mass; what the scale then says is posted as a correction.', fractions: 'Fractions', fraction: 'Fraction', produced: 'Weighed out', on_hand: 'On hand', shipped: 'Shipped', got: 'Received', waste: 'Waste code', hazard: 'Hazardous', yes: 'yes',
}, {
	in: '收入', out: '现存或去向', received: '收到的设备', parts_in: '装入的零件', gain: '已记盈余', devices: '在库设备', batches: '进行中的批次', lots: '在库批料', way: '运往回收商途中', receipted: '已发运并签收', sold: '已售出', returned: '已退还机主', parts_out: '取出的零件', lost: '遗失或移交', loss: '拆解损耗', confirm: '签收未确认', total: '合计',
	even: '分毫不差', uneven: '{mass} 去向不明', measured: '称重修正', nominal: '设备称重前按标称质量计入；称重后的差额作为修正入账。', fractions: '物料', fraction: '物料', produced: '称出', on_hand: '在库', shipped: '发运', got: '签收', waste: '废物代码', hazard: '危险', yes: '是',
});

export function Balance() {
	const balance = useAsk('recover.balance', { city: cityId() }), yields = useAsk('recover.yield', { city: cityId() });
	const name = useFractionName();
	return (
		<Shown of={balance}>{(b) => {
			const n = (v: number | undefined) => v ?? 0;
			const ins: [string, number][] = [[w('received'), n(b.received_mg)], [w('parts_in'), n(b.parts_in_mg)], [w('gain'), n(b.gain_mg)], [w('measured'), n(b.measured_mg)]];
			const outs: [string, number][] = [[w('devices'), n(b.devices_mg)], [w('batches'), n(b.batches_mg)], [w('lots'), n(b.lots_mg)], [w('way'), n(b.on_way_mg)], [w('receipted'), n(b.receipted_mg)], [w('confirm'), n(b.not_confirmed_mg)], [w('sold'), n(b.sold_mg)], [w('returned'), n(b.returned_mg)], [w('parts_out'), n(b.parts_out_mg)], [w('lost'), n(b.lost_mg)], [w('loss'), n(b.dismantling_loss_mg)]];
			const sum = (x: [string, number][]) => x.reduce((s, r) => s + r[1], 0);
			const open = sum(ins) - sum(outs);
			const side = (title: string, rows: [string, number][]) => (
				<Card title={title}>
					<table><tbody>{rows.map(([k, v]) => <tr key={k}><td>{k}</td><td class="num">{mass(v)}</td></tr>)}</tbody><tfoot><tr><th scope="row">{w('total')}</th><td class="num"><b>{mass(sum(rows))}</b></td></tr></tfoot></table>
				</Card>
			);
			return (
				<>
					<div>{open === 0 ? <Chip tone="good">{w('even')}</Chip> : <Chip tone="bad">{w('uneven', { mass: mass(open) })}</Chip>}</div>
					<div class="two">{side(w('in'), ins)}{side(w('out'), outs)}</div>
					{!!b.measured_mg && <Note>{w('nominal')}</Note>}
					<Shown of={yields}>{(y) => (
						<Card title={w('fractions')} flush>
							<Table label={w('fractions')} rows={y.items} id={(r) => r.fraction!} csv="fractions.csv" columns={[
								{ key: 'fraction', head: w('fraction'), cell: (r) => name(r.fraction), csv: (r) => r.fraction, width: 'minmax(150px, 2fr)' },
								{ key: 'hazard', head: w('hazard'), cell: (r) => (r.hazard ? w('yes') : ''), width: '100px' },
								{ key: 'waste', head: w('waste'), cell: (r) => r.waste_code ?? '', width: '100px' },
								{ key: 'out', phone: 'end', head: w('produced'), cell: (r) => mass(r.out_mg), csv: (r) => r.out_mg, num: true },
								{ key: 'hand', phone: 'said', head: w('on_hand'), cell: (r) => mass(r.on_hand_mg), csv: (r) => r.on_hand_mg, num: true },
								{ key: 'shipped', phone: 'said', head: w('shipped'), cell: (r) => mass(r.shipped_mg), csv: (r) => r.shipped_mg, num: true },
								{ key: 'got', phone: 'said', head: w('got'), cell: (r) => mass(r.receipted_mg), csv: (r) => r.receipted_mg, num: true },
							]} />
						</Card>
					)}</Shown>
				</>
			);
		}}</Shown>
	);
}
