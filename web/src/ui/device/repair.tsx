/* Parts fitted and taken out, with their mass and cost. */
import { useState } from 'preact/hooks';
import { ask } from '../../base/ask';
import { cityId } from '../../base/session';
import { parseMass, parseMoney } from '../../base/format';
import { words } from '../../base/words';
import { Button, Checkbox, Input, Note, Select } from '../basic';
import { FormDialog, type ActProps } from './act';
import { repairName, useRepairs } from './dispose';
import { actionWord, mediumKind } from './words';

const w = words({
	part: 'Part', in: 'Fitted', out: 'Taken out', direction: 'Which way', weight: 'Weight', weight_hint: 'Grams', cost: 'Cost', more: 'One more part', remove: 'Remove', labour: 'Cost of the work', medium: 'It is a storage medium', which: 'Which medium',
	medium_note: 'A medium that is fitted must be erased before the device is sold.', wrong: 'Each part needs a name and a weight; one that is fitted also its cost.', n: 'Part {n}',
}, {
	part: '部件', in: '装入', out: '取出', direction: '方向', weight: '重量', weight_hint: '克', cost: '费用', more: '再加一个部件', remove: '移除', labour: '人工费用', medium: '这是存储介质', which: '哪个介质',
	medium_note: '装入的存储介质须擦除后设备才能出售。', wrong: '每个部件都要有名称和重量；装入的还要有费用。', n: '部件 {n}',
});
const kinds = ['flash', 'ssd', 'hdd', 'card', 'sim', 'other'] as const;
interface Part { code: string; direction: 'in' | 'out'; mass: string; cost: string; medium?: boolean; kind: (typeof kinds)[number]; which: string }
const blank = (direction: 'in' | 'out'): Part => ({ code: '', direction, mass: '', cost: '', kind: 'flash', which: '' });

export function RepairDialog(p: ActProps) {
	const [parts, setParts] = useState<Part[]>([blank('out'), blank('in')]), [labour, setLabour] = useState(''), [tried, setTried] = useState(false);
	const known = useRepairs(p.of.category).list;
	const change = (i: number, c: Partial<Part>) => setParts(parts.map((x, n) => (n === i ? { ...x, ...c } : x)));
	const used = parts.filter((x) => x.code.trim() || x.mass.trim());
	const good = used.every((x) => x.code.trim() && parseMass(x.mass) !== undefined && (x.direction === 'out' || parseMoney(x.cost) !== undefined)) && (used.length > 0 || parseMoney(labour));
	const send = async (key: string) => {
		setTried(true);
		if (!good)
			return;
		await ask('stock.repair', {
			city: cityId(), device: p.of.device, labour_minor: labour ? parseMoney(labour) : undefined,
			parts: used.map((x) => ({
				code: x.code.trim(), direction: x.direction, mass_mg: parseMass(x.mass)!, cost_minor: x.direction === 'in' ? parseMoney(x.cost) : undefined,
				medium_kind: x.medium && x.direction === 'in' ? x.kind : undefined, medium: x.medium && x.direction === 'out' && x.which ? Number(x.which) : undefined,
			})),
		}, { key });
		p.onDone();
	};
	return (
		<FormDialog title={actionWord('stock.repair')} onClose={p.onClose} run={send} wide>
			{parts.map((x, i) => (
				<fieldset class="fields part" key={i}><legend>{w('n', { n: String(i + 1) })}</legend>
					<Select label={w('direction')} value={x.direction} onChange={(direction) => change(i, { direction })} options={[['out', w('out')], ['in', w('in')]]} />
					<Input label={w('part')} list="parts" value={x.code} onInput={(code) => change(i, { code })} maxLength={40} />
					<Input label={w('weight')} hint={w('weight_hint')} inputMode="decimal" value={x.mass} onInput={(mass) => change(i, { mass })} />
					{x.direction === 'in' && <Input label={w('cost')} inputMode="decimal" value={x.cost} onInput={(cost) => change(i, { cost })} />}
					<Checkbox label={w('medium')} checked={!!x.medium} onChange={(medium) => change(i, { medium })} />
					{x.medium && (x.direction === 'in' ? <Select label={w('which')} value={x.kind} onChange={(kind) => change(i, { kind })} options={kinds.map((k): [typeof k, string] => [k, mediumKind(k)])} /> :
						<Select label={w('which')} value={x.which} onChange={(which) => change(i, { which })} options={[['', '…'], ...(p.of.media ?? []).map((m): [string, string] => [String(m.medium), `${m.medium} · ${mediumKind(m.kind)}`])]} />)}
					{parts.length > 1 && <Button small kind="quiet" onClick={() => setParts(parts.filter((_, n) => n !== i))}>{w('remove')}</Button>}
				</fieldset>
			))}
			<datalist id="parts">{known.map((r) => <option key={r.code} value={r.code}>{repairName(r)}</option>)}</datalist>
			<Button small onClick={() => setParts([...parts, blank('in')])}>{w('more')}</Button>
			<Input label={w('labour')} inputMode="decimal" value={labour} onInput={setLabour} />
			{parts.some((x) => x.medium && x.direction === 'in') && <Note tone="warn">{w('medium_note')}</Note>}
			{tried && !good && <Note tone="bad" role="alert">{w('wrong')}</Note>}
		</FormDialog>
	);
}
