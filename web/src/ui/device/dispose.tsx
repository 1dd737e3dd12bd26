/* Sell it, or take it apart: both expected values side by side, and the decision. */
import { useState } from 'preact/hooks';
import { ask, newKey, type Answer } from '../../base/ask';
import { cityId } from '../../base/session';
import { money, percent } from '../../base/format';
import { useAct, useAsk } from '../../base/use';
import { lang, words } from '../../base/words';
import { Button, Checkbox, Chip, Dialog, Facts, Loading, say, Select, Wrong } from '../basic';
import type { ActProps } from './act';
import { actionWord, choiceWord, disposeReason } from './words';

const w = words({
	repairs: 'Repairs that it needs before it can be sold', none_listed: 'No repairs are listed for this category.', reckoning: 'Working it out', decide: 'Decide: {choice}', resale: 'Sell it', recovery: 'Take it apart', sale: 'Expected price', sold: 'Chance of a sale', repair: 'Repairs', selling: 'Cost of selling',
	erase: 'Erasing', processing: 'Cost of dismantling', better: 'worth more', other: 'Decide otherwise', reason: 'Why not as reckoned', decided: 'Decided: {choice}.', close: 'Cancel', expected: 'Expected value',
}, {
	repairs: '出售前需要的维修', none_listed: '此类别没有维修项目。', reckoning: '正在计算', decide: '决定：{choice}', resale: '转售', recovery: '拆解', sale: '预期售价', sold: '售出概率', repair: '维修', selling: '销售成本',
	erase: '擦除', processing: '拆解成本', better: '更划算', other: '另作决定', reason: '为何不按计算结果', decided: '已决定：{choice}。', close: '取消', expected: '预期价值',
});
interface Repair { code: string; en?: string; zh?: string; cost_minor?: number }
/** The repairs that the recovery rule knows for a category. */
export function useRepairs(category: string | undefined): { list: Repair[]; loading: boolean } {
	const rule = useAsk('rule.rule', { kind: 'recovery', name: 'default' });
	const body = (rule.data as { body?: unknown } | undefined)?.body; /* of every rule's view; its kind has no schema */
	let list: Repair[] = [];
	if (typeof body === 'string' && category) {
		const r = JSON.parse(body) as { categories?: { code?: string; category?: string; repairs?: Repair[] }[] };
		list = r.categories?.find((c) => (c.code ?? c.category) === category)?.repairs ?? [];
	}
	return { list, loading: rule.loading };
}
export const repairName = (r: Repair) => (lang.value === 'zh' ? r.zh : r.en) ?? r.code;
type Reckoned = Answer<'stock.preview'>;
const why = ['demand', 'customer', 'safety', 'legal', 'trial'] as const;

/** Both ways, and what each is made of. */
function Worth(p: { of: Reckoned }) {
	const d = p.of, best = d.computed;
	return (
		<div class="ways">
			<div class={`way-of ${best === 'resale' ? 'on' : ''}`}>
				<h3>{w('resale')} {best === 'resale' && <Chip tone="good">{w('better')}</Chip>}</h3>
				<b>{money(d.resale_minor)}</b><span class="muted small">{w('expected')}</span>
				<Facts of={[[w('sale'), money(d.sale_minor)], [w('sold'), percent(d.sold_bp / 1e4)], [w('repair'), money(d.repair_minor)], [w('selling'), money(d.selling_minor)], [w('erase'), money(d.erase_minor)]]} />
			</div>
			<div class={`way-of ${best === 'recovery' ? 'on' : ''}`}>
				<h3>{w('recovery')} {best === 'recovery' && <Chip tone="good">{w('better')}</Chip>}</h3>
				<b>{money(d.recovery_minor)}</b><span class="muted small">{w('expected')}</span>
				<Facts of={[[w('processing'), money(d.processing_minor)]]} />
			</div>
		</div>
	);
}

/** Reckons while repairs are ticked; nothing is decided before a button says what. */
export function DisposeDialog(p: ActProps) {
	const repairs = useRepairs(p.of.category), [need, setNeed] = useState<string[]>([]), [key] = useState(newKey), [reason, setReason] = useState<(typeof why)[number]>('demand'), [open, setOpen] = useState(false);
	const worth = useAsk('stock.preview', { city: cityId(), device: p.of.device, repairs: need.join(',') || undefined }), d = worth.data;
	const decide = useAct(async (choice?: 'resale' | 'recovery') => {
		const a = await ask('stock.dispose', { city: cityId(), device: p.of.device, repairs: need.map((code) => ({ code })), ...(choice ? { choice, reason } : {}) }, { key });
		say(w('decided', { choice: choiceWord(a.choice) }));
		p.onDone();
	});
	const other = d?.computed === 'resale' ? 'recovery' : 'resale', ready = d && !worth.loading && !worth.error;
	return (
		<Dialog title={actionWord('stock.dispose')} onClose={p.onClose} wide onSubmit={() => ready && void decide.run()}
			footer={<><Button onClick={p.onClose}>{w('close')}</Button>{ready && !open && <Button onClick={() => setOpen(true)}>{w('other')}</Button>}<Button kind="main" type="submit" busy={decide.busy} disabled={!ready}>{d ? w('decide', { choice: choiceWord(d.computed) }) : w('reckoning')}</Button></>}>
			{repairs.list.length ? (
				<fieldset><legend>{w('repairs')}</legend>{repairs.list.map((r) => (
					<Checkbox key={r.code} label={<>{repairName(r)} <small class="muted">{money(r.cost_minor)}</small></>} checked={need.includes(r.code)} onChange={(on) => setNeed(on ? [...need, r.code] : need.filter((x) => x !== r.code))} />
				))}</fieldset>
			) : !repairs.loading && <p class="muted">{w('none_listed')}</p>}
			{d ? <div role="status" aria-busy={worth.loading || undefined}><Worth of={d} /></div> : !worth.error && <Loading lines={3} />}
			<Wrong error={worth.error} retry={worth.reload} inline />
			{open && ready && <div class="row top"><div class="grow"><Select label={w('reason')} value={reason} onChange={(v) => setReason(v)} options={why.map((x): [typeof x, string] => [x, disposeReason(x)])} /></div>
				<Button kind="danger" busy={decide.busy} onClick={() => void decide.run(other)}>{w('decide', { choice: choiceWord(other) })}</Button></div>}
			<Wrong error={decide.error} inline />
		</Dialog>
	);
}
