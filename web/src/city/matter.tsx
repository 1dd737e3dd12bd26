/* What is done to matter and data: erasure by method and result, where every gram went, fractions and hazards. */
import { useCallback, useMemo } from 'preact/hooks';
import { useLocation } from 'preact-iso';
import type { Answer } from '../base/ask';
import { cityId } from '../base/session';
import { count, mass } from '../base/format';
import { useAsk, useNarrow } from '../base/use';
import { colon, named, words } from '../base/words';
import { Card, Chip, Empty, Figure, Loading, Wrong } from '../ui/basic';
import { axis, Chart, inks, legend, palette } from '../ui/chart';
import { livesOf, lotsOf } from './behind';
import { numberOf, rowsOf, type ReportRow } from './figures';
import { usOf, type Period } from './period';
import { accountWord, methodWord, outcomes, resultWord } from './words';

const w = words({
	erasure: 'Erasure by method and result', erasure_note: 'Attempts within the period, by the methods of NIST SP 800-88. Press a bar to see the devices.', method: 'Method', result: 'Result', attempts: 'Attempts', devices: 'Devices', no_erasure: 'Nothing was erased in this period',
	balance: 'Where every gram went', balance_note: 'What came in and went out within the period, from the ledger. A stock that shrank counts as coming in.', side: 'Side', account: 'Account', mass: 'Mass', in: 'In', out: 'Out', holds: 'All {sum} are accounted for: in and out are equal.', broken: '{sum} are not accounted for.', no_mass: 'No gram moved in this period', from_stock: '{what} (less than before)',
	fractions: 'Fractions and hazards', fractions_note: 'Lots opened within the period. Hazards (⚠) are kept apart. Press a bar to see the lots.', fraction: 'Fraction', code: 'Waste code', weighed: 'Weighed out', on_hand: 'On hand', on_way: 'On the way', confirmed: 'Confirmed by recyclers', hazard: 'Hazard', kept_apart: 'hazard', none: 'Nothing was dismantled in this period',
	now: 'Mass in the books now', received: 'Received', in_devices: 'In devices on hand', in_batches: 'Being dismantled', in_lots: 'Fractions on hand', shipped: 'Shipped to recyclers', not_confirmed: 'Not confirmed by receipts', loss: 'Lost in dismantling (dust, moisture)',
}, {
	erasure: '擦除方法与结果', erasure_note: '该时间段内的擦除次数，方法依据 NIST SP 800-88。点击柱条查看设备。', method: '方法', result: '结果', attempts: '次数', devices: '设备', no_erasure: '这段时间没有擦除',
	balance: '每一克的去向', balance_note: '该时间段账本中的收入与去向。库存减少计为来源。', side: '方向', account: '科目', mass: '质量', in: '来源', out: '去向', holds: '{sum} 全部有据可查：来源与去向相等。', broken: '有 {sum} 去向不明。', no_mass: '这段时间没有质量变动', from_stock: '{what}（减少）',
	fractions: '拆解物与危险物', fractions_note: '该时间段内建立的批次。危险物（⚠）单独存放。点击柱条查看批次。', fraction: '拆解物', code: '废物代码', weighed: '称出', on_hand: '在手', on_way: '途中', confirmed: '回收厂已确认', hazard: '危险物', kept_apart: '危险', none: '这段时间没有拆解',
	now: '账上现有质量', received: '收入', in_devices: '在手设备', in_batches: '拆解中', in_lots: '在手拆解物', shipped: '已发往回收厂', not_confirmed: '回执未确认', loss: '拆解损耗（粉尘、水分）',
});
const results = ['verified', 'unverifiable', 'failed', 'not_attempted'];

export function Erasure(p: { period: Period; report?: Answer<'report.city'> }) {
	const { route } = useLocation(), narrow = useNarrow();
	const rows = useMemo(() => rowsOf(p.report, 'erasure'), [p.report]);
	const methods = [...new Set(rows.map((r) => String(r.method ?? '')))];
	const behind = (r: ReportRow | undefined) => livesOf(p.period, r?.outcome === 'verified' ? { came: 'erased_days' } : { flag: 'failed' });
	const option = useCallback(() => {
		const colors = palette(), tone: Record<string, string> = { verified: colors[0]!, unverifiable: colors[3]!, failed: colors[5]!, not_attempted: colors[7]! };
		return {
			tooltip: { trigger: 'axis', axisPointer: { type: 'shadow' } }, legend: legend(), grid: { left: 4, right: 24, top: narrow ? 40 : 34, bottom: 4, containLabel: true },
			xAxis: { type: 'value', ...axis({ minInterval: 1 }) },
			yAxis: { type: 'category', inverse: true, data: methods.map((m) => methodWord(m)), ...axis(), axisTick: { show: false } },
			series: results.filter((o) => rows.some((r) => r.outcome === o)).map((o) => ({
				name: resultWord(o), type: 'bar', stack: 'all', barMaxWidth: 44, cursor: 'pointer', itemStyle: { color: tone[o], borderColor: inks().card, borderWidth: 1 },
				data: methods.map((m) => numberOf(rows.find((r) => r.method === m && r.outcome === o)?.attempts)),
			})),
		};
	}, [rows, narrow]);
	if (!p.report)
		return <Card title={w('erasure')}><Loading /></Card>;
	return (
		<Chart title={w('erasure')} note={w('erasure_note')} csv="erasure.csv" rows={rows} option={option} height={280} empty={<Empty title={w('no_erasure')} />} columns={[
			{ key: 'method', head: w('method'), cell: (r) => methodWord(String(r.method ?? '')), csv: (r) => r.method },
			{ key: 'result', head: w('result'), cell: (r) => <a href={behind(r)}>{resultWord(String(r.outcome))}</a>, csv: (r) => r.outcome },
			{ key: 'attempts', head: w('attempts'), num: true, cell: (r) => count(numberOf(r.attempts)), csv: (r) => r.attempts },
			{ key: 'devices', head: w('devices'), num: true, cell: (r) => count(numberOf(r.devices)), csv: (r) => r.devices },
		]} onClick={(e) => route(behind(rows.find((r) => resultWord(String(r.outcome)) === e.seriesName)))} />
	);
}

interface Gram { account: string; side: 'in' | 'out'; mg: number; shrank: boolean }
export function MassBalance(p: { period: Period; report?: Answer<'report.city'> }) {
	const { route } = useLocation();
	const rows = useMemo(() => rowsOf(p.report, 'mass').filter((r) => r.account !== 'remainder' && numberOf(r.mass_mg)).map((r): Gram => {
		const mg = numberOf(r.mass_mg), side = r.side === 'in' ? 'in' : 'out';
		return mg >= 0 ? { account: String(r.account), side, mg, shrank: false } : { account: String(r.account), side: side === 'in' ? 'out' : 'in', mg: -mg, shrank: true };
	}).sort((a, b) => (a.side === b.side ? b.mg - a.mg : a.side === 'in' ? -1 : 1)), [p.report]);
	const left = numberOf(rowsOf(p.report, 'mass').find((r) => r.account === 'remainder')?.mass_mg);
	const sum = (side: 'in' | 'out') => rows.filter((r) => r.side === side).reduce((n, r) => n + r.mg, 0);
	const behind: Record<string, string> = {
		mg_outside: livesOf(p.period), mg_measurement: livesOf(p.period), mg_device: livesOf(p.period, { stage: [...outcomes.work!, ...outcomes.sale!, 'to_recover', 'held'] }), mg_sold: livesOf(p.period, { stage: ['delivered'] }),
		mg_returned: livesOf(p.period, { stage: ['returned'] }), mg_loss: livesOf(p.period, { stage: ['lost', 'seized', 'recovered'] }), mg_batch: '/recovery', mg_fraction: '/city/lots?state=open', mg_consignment: '/city/lots?state=shipped',
		mg_downstream: '/city/lots?state=receipted', mg_receipt_difference: '/city/lots?state=receipted', mg_gain: '/recovery',
	};
	const word = (r: Gram) => (r.shrank ? w('from_stock', { what: accountWord(r.account) }) : accountWord(r.account));
	const option = useCallback(() => {
		const c = inks(), colors = palette();
		return {
			tooltip: { trigger: 'item', formatter: (x: { dataIndex: number }) => `${word(rows[x.dataIndex]!)}${colon()}${mass(rows[x.dataIndex]!.mg)}` },
			grid: { left: 140, right: 74, top: 4, bottom: 4 },
			xAxis: { type: 'value', show: false },
			yAxis: { type: 'category', inverse: true, data: rows.map((_, i) => i), ...axis({ axisLabel: { color: c.soft, interval: 0, width: 130, overflow: 'break', lineHeight: 14, formatter: (i: string) => word(rows[Number(i)]!) } }), axisTick: { show: false }, splitLine: { show: false } },
			series: [{
				type: 'bar', barMaxWidth: 20, cursor: 'pointer', label: { show: true, position: 'right', color: c.ink, formatter: (x: { dataIndex: number }) => mass(rows[x.dataIndex]!.mg) },
				data: rows.map((r) => ({ value: r.mg, itemStyle: { color: r.account === 'mg_loss' || r.account === 'mg_receipt_difference' ? colors[5] : r.side === 'in' ? colors[2] : colors[0] } })),
			}],
		};
	}, [rows]);
	if (!p.report)
		return <Card title={w('balance')}><Loading /></Card>;
	return (
		<Chart title={w('balance')} csv="mass-balance.csv" rows={rows} option={option} height={Math.max(280, rows.length * 34)} empty={<Empty title={w('no_mass')} />}
			note={<>{w('balance_note')} <Chip tone={left ? 'bad' : 'good'}>{left ? w('broken', { sum: mass(left) }) : w('holds', { sum: mass(sum('in')) })}</Chip></>} columns={[
				{ key: 'side', head: w('side'), cell: (r) => w(r.side), csv: (r) => r.side },
				{ key: 'account', head: w('account'), cell: (r) => (behind[r.account] ? <a href={behind[r.account]}>{word(r)}</a> : word(r)), csv: (r) => r.account },
				{ key: 'mass', head: w('mass'), num: true, cell: (r) => mass(r.mg), csv: (r) => r.mg },
			]} onClick={(e) => { const to = behind[rows[Number(e.name)]?.account ?? '']; if (to) route(to); }} />
	);
}

export function Fractions(p: { period: Period }) {
	const city = cityId(), { route } = useLocation(), narrow = useNarrow();
	const made = useAsk('recover.yield', { city, from_us: usOf(p.period).from_us, until_us: usOf(p.period).to_us }), names = useAsk('recover.fractions', {}), balance = useAsk('recover.balance', { city });
	type Fraction = NonNullable<Answer<'recover.yield'>['items']>[number];
	const rows = useMemo(() => [...(made.data?.items ?? [])].filter((f) => f.out_mg).sort((a, b) => (b.out_mg ?? 0) - (a.out_mg ?? 0)), [made.data]);
	const name = (f: Fraction) => {
		const n = names.data?.items?.find((x) => x.code === f.fraction);
		return named({ en: n?.name_en, zh: n?.name_zh, code: f.fraction });
	};
	const onWay = (f: Fraction) => Math.max(0, (f.out_mg ?? 0) - (f.on_hand_mg ?? 0) - (f.receipted_mg ?? 0));
	const option = useCallback(() => {
		const c = inks(), colors = palette(), most = Math.max(1, ...rows.map((r) => r.out_mg ?? 0));
		const series = (text: string, color: string, of: (f: Fraction) => number, last = false) => ({
			name: text, type: 'bar', stack: 'all', barMaxWidth: 20, cursor: 'pointer', itemStyle: { color }, data: rows.map(of),
			...(last ? { label: { show: true, position: 'right', color: c.ink, formatter: (x: { dataIndex: number }) => mass(rows[x.dataIndex]!.out_mg) } } : {}),
		});
		return {
			tooltip: { trigger: 'axis', axisPointer: { type: 'shadow' }, formatter: (x: { dataIndex: number }[]) => {
				const f = rows[x[0]!.dataIndex]!;
				return `${name(f)}${f.hazard ? ` (${w('kept_apart')})` : ''}\n${w('on_hand')}${colon()}${mass(f.on_hand_mg)}\n${w('on_way')}${colon()}${mass(onWay(f))}\n${w('confirmed')}${colon()}${mass(f.receipted_mg)}`;
			} },
			legend: legend(), grid: { left: narrow ? 118 : 250, right: 76, top: 34, bottom: 4 },
			xAxis: { type: 'value', show: false, max: most },
			yAxis: { type: 'category', inverse: true, data: rows.map((f) => f.fraction), axisTick: { show: false },
				...axis({ axisLabel: { color: c.soft, interval: 0, width: narrow ? 108 : 236, overflow: 'break', lineHeight: 14, formatter: (code: string) => { const f = rows.find((r) => r.fraction === code)!; return `${f.hazard ? '⚠ ' : ''}${name(f)}`; } } }) },
			series: [series(w('on_hand'), colors[0]!, (f) => f.on_hand_mg ?? 0), series(w('on_way'), colors[3]!, onWay), series(w('confirmed'), colors[2]!, (f) => f.receipted_mg ?? 0, true)],
		};
	}, [rows, names.data, narrow]);
	const wrong = [made, names, balance].find((x) => x.error && !x.data);
	if (wrong)
		return <Card title={w('fractions')}><Wrong error={wrong.error} retry={wrong.reload} /></Card>;
	if (!made.data || !names.data || !balance.data)
		return <Card title={w('fractions')}><Loading /></Card>;
	const b = balance.data;
	return (
		<div class="stack">
			<Chart title={w('fractions')} note={w('fractions_note')} csv="fractions.csv" rows={rows} option={option} height={Math.max(280, 40 + rows.length * (narrow ? 40 : 30))} empty={<Empty title={w('none')} />} columns={[
				{ key: 'fraction', head: w('fraction'), cell: (f) => <a href={lotsOf(f.fraction, p.period)}>{name(f)}</a>, csv: (f) => f.fraction },
				{ key: 'code', head: w('code'), cell: (f) => f.waste_code },
				{ key: 'hazard', head: w('hazard'), cell: (f) => (f.hazard ? <Chip tone="warn">{w('kept_apart')}</Chip> : ''), csv: (f) => (f.hazard ? 1 : 0) },
				{ key: 'weighed', head: w('weighed'), num: true, cell: (f) => mass(f.out_mg), csv: (f) => f.out_mg },
				{ key: 'on_hand', head: w('on_hand'), num: true, cell: (f) => mass(f.on_hand_mg), csv: (f) => f.on_hand_mg },
				{ key: 'on_way', head: w('on_way'), num: true, cell: (f) => mass(onWay(f)), csv: (f) => onWay(f) },
				{ key: 'confirmed', head: w('confirmed'), num: true, cell: (f) => mass(f.receipted_mg), csv: (f) => f.receipted_mg },
			]} onClick={(e) => route(lotsOf(e.name, p.period))} />
			<Card title={w('now')}>
				<div class="figures">
					<Figure label={w('received')} value={mass(b.received_mg)} href={livesOf({ from: '2000-01-01', to: p.period.to })} />
					<Figure label={w('in_devices')} value={mass(b.devices_mg)} href="/stock" />
					<Figure label={w('in_batches')} value={mass(b.batches_mg)} href="/recovery" />
					<Figure label={w('in_lots')} value={mass(b.lots_mg)} href="/city/lots?state=open" />
					<Figure label={w('shipped')} value={mass(b.shipped_mg)} href="/city/lots?state=shipped,receipted" />
					<Figure label={w('not_confirmed')} value={mass(b.not_confirmed_mg)} href="/city/lots?state=receipted" />
					<Figure label={w('loss')} value={mass(b.dismantling_loss_mg)} href="/recovery" />
				</div>
			</Card>
		</div>
	);
}
