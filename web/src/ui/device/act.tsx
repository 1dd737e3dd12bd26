/* One action on a device, as a small dialog with exactly the fields that it needs. The bench, the device's page and the
 * stock open the same ones: <Act action="device.hold" of={subject} onDone={…} onClose={…} />. */
import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { ask, newKey } from '../../base/ask';
import { cityId } from '../../base/session';
import { dayBegins, mass, money, parseMass, parseMoney } from '../../base/format';
import { useAct, useAsk } from '../../base/use';
import { words } from '../../base/words';
import { Button, Checkbox, Choices, Confirm, Dialog, Input, Note, say, Select, Wrong } from '../basic';
import { ModelName, SiteName, useBuyers, useCarriers, useSites } from '../names';
import { actionName, actionWord, holdWord, identityWord, mediumKind, returnReason, sendReason } from './words';
import './device.css';
import { AttemptDialog, DestroyDialog } from './erase';
import { DisposeDialog } from './dispose';
import { RepairDialog } from './repair';

const w = words({
	cancel: 'Cancel', done: '{what}: done', site_to: 'To which site', site_at: 'At which site', carrier: 'Carried by', own_hands: 'Our own hands', choose: 'Please choose.', reason: 'Reason', until: 'Not before',
	weight: 'What the scale says', weight_hint: 'Grams, or with the unit: 1.25 kg', weight_wrong: 'A weight such as 172 g', kind: 'Kind of medium', capacity: 'Capacity in GB', price: 'Asking price, tax included',
	price_wrong: 'An amount of money, above zero', before: 'It is now {price}.', buyer: 'Buyer', sell_for: 'For {price}, from the buyer’s deposit.', complete: 'It is complete', damaged: 'It is damaged', locked: 'It is locked to an account',
	batch: 'Batch', no_batch: 'No batch is open.', no_batch_go: 'Open one in recovery', identity: 'Kind', value: 'As it is printed or shown', ends: 'Claims that no longer hold', ends_with: '… {end}', same_as: 'Number of the other device',
	number_wrong: 'A number, as on the device’s page', save: 'Save', nothing: 'Give an identity, or mark one that no longer holds.',
	t_start: 'All storage media that are not known to be clear are erased in this round.', t_receive: 'It is erased, or has nothing to erase, and stands ready for sale.', t_unlist: 'Buyers do not see it any more. It stays in stock.',
	t_release: 'It goes on where it was interrupted.', t_seize: 'It leaves our books for good. Only when an authority has it in hand.', t_lose: 'It is written off. If it turns up again, it can be found again.',
	t_cancel_sale: 'The buyer’s money is free again, and the device is back in stock.', t_deliver: 'The buyer has it in hand now. The money becomes due, and the time for returns begins.',
}, {
	cancel: '取消', done: '{what}：已完成', site_to: '发往网点', site_at: '所在网点', carrier: '承运方', own_hands: '自行运送', choose: '请选择。', reason: '原因', until: '不早于',
	weight: '秤上读数', weight_hint: '单位为克，也可写单位：1.25 kg', weight_wrong: '请输入重量，例如 172 g', kind: '介质类型', capacity: '容量（GB）', price: '售价（含税）',
	price_wrong: '请输入大于零的金额', before: '目前为 {price}。', buyer: '买家', sell_for: '价格 {price}，从买家押金中支付。', complete: '配件齐全', damaged: '有损坏', locked: '已锁定账户',
	batch: '批次', no_batch: '没有开放的批次。', no_batch_go: '前往拆解页面开启', identity: '类型', value: '按印刷或显示内容填写', ends: '不再有效的标识', ends_with: '尾号 {end}', same_as: '另一台设备的编号',
	number_wrong: '请输入设备页面上的编号', save: '保存', nothing: '请填写一个标识，或勾选不再有效的标识。',
	t_start: '本轮将擦除所有尚未确认清空的存储介质。', t_receive: '设备已擦除或无需擦除，可以销售。', t_unlist: '买家将看不到它，设备仍在库存中。',
	t_release: '设备将从中断处继续。', t_seize: '设备将永久移出账目。仅在主管机关已接收时操作。', t_lose: '设备将被核销。如果再次出现，可以登记找回。',
	t_cancel_sale: '买家的款项将解冻，设备退回库存。', t_deliver: '买家已拿到设备。款项结清，退货期开始计算。',
});

export interface Subject {
	device: number;
	label?: string;
	category?: string;
	model?: number;
	state?: string;
	site?: number;
	sale?: number;
	price?: number; /* asked, while it is listed */
	media?: { medium?: number; kind?: string; state?: string; attempts?: number }[];
	identifiers?: { n?: number; kind?: string; ends_with?: string; to_us?: number }[];
	medium?: number; /* the one that comes next */
}
export interface ActProps { of: Subject; onDone: () => void; onClose: () => void }

/** Actions that have their dialog here; others stand on pages of their own. */
export const hasDialog = (action: string) => action in simple || action in forms;

export function Act(p: ActProps & { action: string }) {
	const done = () => {
		say(w('done', { what: actionWord(p.action) }));
		p.onDone();
	};
	const Form = forms[p.action];
	if (Form)
		return <Form of={p.of} onDone={done} onClose={p.onClose} />;
	return p.action in simple ? <Simple {...p} onDone={done} /> : null;
}

/* --- nothing to fill in --- */

const simple: Record<string, { run: (s: Subject, key: string) => Promise<unknown>; text: Parameters<typeof w>[0]; danger?: boolean; now?: boolean }> = {
	'erase.start': { run: (s, key) => ask('erase.start', { city: cityId(), device: s.device }, { key }), text: 't_start', now: true },
	'stock.receive': { run: (s, key) => ask('stock.receive', { city: cityId(), device: s.device }, { key }), text: 't_receive', now: true },
	'stock.unlist': { run: (s, key) => ask('stock.unlist', { city: cityId(), device: s.device }, { key }), text: 't_unlist' },
	'device.release': { run: (s, key) => ask('device.release', { city: cityId(), device: s.device }, { key }), text: 't_release' },
	'device.seize': { run: (s, key) => ask('device.seize', { city: cityId(), device: s.device }, { key }), text: 't_seize', danger: true },
	'device.lose': { run: (s, key) => ask('device.lose', { city: cityId(), device: s.device }, { key }), text: 't_lose', danger: true },
	'stock.cancel_sale': { run: (s, key) => ask('stock.cancel_sale', { city: cityId(), sale: s.sale! }, { key }), text: 't_cancel_sale', danger: true },
	'stock.deliver': { run: (s, key) => ask('stock.deliver', { city: cityId(), sale: s.sale! }, { key }), text: 't_deliver' },
};
/** What is done at once, without a question, where the button says all: the bench's usual next steps. */
export const runNow = (action: string) => (simple[action]?.now ? simple[action]!.run : undefined);

function Simple(p: ActProps & { action: string }) {
	const s = simple[p.action]!, [key] = useState(newKey);
	const act = useAct(async () => {
		await s.run(p.of, key);
		p.onDone();
	});
	return <Confirm title={actionWord(p.action)} text={w(s.text)} yes={actionWord(p.action)} danger={s.danger} busy={act.busy} error={act.error} onYes={() => void act.run()} onClose={p.onClose} />;
}

/* --- forms --- */

/** A dialog that sends once: `run` answers false when something is still missing. */
export function FormDialog(p: { title: string; yes?: string; onClose: () => void; run: (key: string) => Promise<boolean | void>; children: ComponentChildren; wide?: boolean; danger?: boolean; off?: boolean }) {
	const [key, fresh] = useState(newKey);
	const act = useAct(async () => {
		try {
			await p.run(key);
		} catch (e) {
			fresh(newKey()); /* refused: what is sent next is another request */
			throw e;
		}
	});
	return (
		<Dialog title={p.title} onClose={p.onClose} wide={p.wide} onSubmit={() => void act.run()}
			footer={<><Button onClick={p.onClose}>{w('cancel')}</Button><Button type="submit" kind={p.danger ? 'danger' : 'main'} busy={act.busy} disabled={p.off}>{p.yes ?? p.title}</Button></>}>
			{p.children}
			<Wrong error={act.error} inline />
		</Dialog>
	);
}
export function SiteSelect(p: { label: string; value: number | undefined; onChange: (site: number | undefined) => void; wrong?: string | false; any?: string; not?: number }) {
	const sites = useSites().filter((s) => s.open !== false && s.site !== p.not);
	return (
		<Select label={p.label} value={p.value ? String(p.value) : ''} wrong={p.wrong} options={[['', p.any ?? w('choose')], ...sites.map((s): [string, string] => [String(s.site), s.name])]}
			onChange={(v) => p.onChange(v ? Number(v) : undefined)} />
	);
}
function Ship(p: ActProps) {
	const [site, setSite] = useState<number>(), [carrier, setCarrier] = useState(''), [tried, setTried] = useState(false);
	const carriers = useCarriers();
	return (
		<FormDialog title={actionWord('device.ship')} onClose={p.onClose} run={async (key) => {
			setTried(true);
			if (!site)
				return;
			await ask('device.ship', { city: cityId(), device: p.of.device, to_site: site, carrier: carrier ? Number(carrier) : undefined }, { key });
			p.onDone();
		}}>
			<SiteSelect label={w('site_to')} value={site} onChange={setSite} not={p.of.site} wrong={tried && !site && w('choose')} />
			<Select label={w('carrier')} value={carrier} onChange={setCarrier} options={[['', w('own_hands')], ...carriers.map((c): [string, string] => [String(c.party), c.public_name ?? `#${c.party}`])]} />
		</FormDialog>
	);
}
/* Arrives, or is found: where. */
const placed = (action: 'device.arrive' | 'device.find') => function Placed(p: ActProps) {
	const [site, setSite] = useState<number | undefined>(p.of.site), [tried, setTried] = useState(false);
	return (
		<FormDialog title={actionWord(action)} onClose={p.onClose} run={async (key) => {
			setTried(true);
			if (!site)
				return;
			await ask(action, { city: cityId(), device: p.of.device, site }, { key });
			p.onDone();
		}}>
			<SiteSelect label={w('site_at')} value={site} onChange={setSite} wrong={tried && !site && w('choose')} />
		</FormDialog>
	);
};
const holds = ['activation_lock', 'stolen_list', 'dispute', 'statutory'] as const;
function Hold(p: ActProps) {
	const [reason, setReason] = useState<(typeof holds)[number]>(), [until, setUntil] = useState(''), [tried, setTried] = useState(false);
	return (
		<FormDialog title={actionWord('device.hold')} onClose={p.onClose} run={async (key) => {
			setTried(true);
			if (!reason || (reason === 'statutory' && !until))
				return;
			await ask('device.hold', { city: cityId(), device: p.of.device, reason, until_us: reason === 'statutory' ? dayBegins(until) : undefined }, { key });
			p.onDone();
		}}>
			<Choices legend={w('reason')} value={reason} onChange={setReason} options={holds.map((h) => ({ value: h, label: holdWord(h) }))} />
			{tried && !reason && <Note tone="bad" role="alert">{w('choose')}</Note>}
			{reason === 'statutory' && <Input type="date" label={w('until')} value={until} onInput={setUntil} wrong={tried && !until && w('choose')} />}
		</FormDialog>
	);
}
function MassInput(p: { value: string; onInput: (t: string) => void; tried: boolean; optional?: boolean }) {
	const ok = parseMass(p.value) || (p.optional && !p.value);
	return <Input label={w('weight')} hint={w('weight_hint')} value={p.value} onInput={p.onInput} inputMode="decimal" wrong={p.tried && !ok && w('weight_wrong')} />;
}
function Weigh(p: ActProps) {
	const [text, setText] = useState(''), [tried, setTried] = useState(false);
	return (
		<FormDialog title={actionWord('device.weigh')} onClose={p.onClose} run={async (key) => {
			const mg = parseMass(text);
			setTried(true);
			if (!mg)
				return;
			await ask('device.weigh', { city: cityId(), device: p.of.device, mass_mg: mg }, { key });
			p.onDone();
		}}><MassInput value={text} onInput={setText} tried={tried} /></FormDialog>
	);
}
const kinds = ['flash', 'ssd', 'hdd', 'card', 'sim', 'other'] as const;
function Medium(p: ActProps) {
	const [kind, setKind] = useState<(typeof kinds)[number]>('flash'), [gb, setGb] = useState('');
	return (
		<FormDialog title={actionWord('device.medium')} onClose={p.onClose} run={async (key) => {
			await ask('device.medium', { city: cityId(), device: p.of.device, kind, capacity_gb: gb ? Number(gb) : undefined }, { key });
			p.onDone();
		}}>
			<Choices legend={w('kind')} value={kind} onChange={setKind} options={kinds.map((k) => ({ value: k, label: mediumKind(k) }))} />
			<Input label={w('capacity')} type="number" min={0} max={1000000} value={gb} onInput={setGb} />
		</FormDialog>
	);
}
const identities = ['imei', 'serial', 'mac', 'other'] as const;
function Identify(p: ActProps) {
	const [kind, setKind] = useState<(typeof identities)[number]>('imei'), [value, setValue] = useState(''), [end, setEnd] = useState<number[]>([]), [tried, setTried] = useState(false);
	const now = (p.of.identifiers ?? []).filter((x) => !x.to_us);
	return (
		<FormDialog title={actionWord('device.identify')} yes={w('save')} onClose={p.onClose} run={async (key) => {
			setTried(true);
			if (!value.trim() && !end.length)
				return;
			await ask('device.identify', { city: cityId(), device: p.of.device, add: value.trim() ? [{ kind, value: value.trim() }] : undefined, end: end.length ? end.map((n) => ({ n })) : undefined }, { key });
			p.onDone();
		}}>
			<Select label={w('identity')} value={kind} onChange={(v) => setKind(v)} options={identities.map((k): [typeof k, string] => [k, identityWord(k)])} />
			<Input label={w('value')} value={value} onInput={setValue} maxLength={64} spellcheck={false} wrong={tried && !value.trim() && !end.length && w('nothing')} />
			{now.length > 0 && <fieldset><legend>{w('ends')}</legend>{now.map((x) => (
				<Checkbox key={x.n} label={`${identityWord(x.kind)} ${w('ends_with', { end: x.ends_with ?? '' })}`} checked={end.includes(x.n!)} onChange={(on) => setEnd(on ? [...end, x.n!] : end.filter((n) => n !== x.n))} />
			))}</fieldset>}
		</FormDialog>
	);
}
const merged = (action: 'device.merge' | 'device.unmerge') => function Merged(p: ActProps) {
	const [text, setText] = useState(''), [tried, setTried] = useState(false);
	const other = /^\d+$/.test(text.trim()) ? Number(text) : undefined;
	return (
		<FormDialog title={actionWord(action)} onClose={p.onClose} run={async (key) => {
			setTried(true);
			if (!other)
				return;
			await ask(action, { city: cityId(), device: p.of.device, same_as: other }, { key });
			p.onDone();
		}}><Input label={w('same_as')} inputMode="numeric" value={text} onInput={setText} wrong={tried && !other && w('number_wrong')} /></FormDialog>
	);
};
export function PriceInput(p: { value: string; onInput: (t: string) => void; tried: boolean; hint?: string }) {
	return <Input label={w('price')} hint={p.hint} inputMode="decimal" value={p.value} onInput={p.onInput} wrong={p.tried && !(parseMoney(p.value) ?? 0) && w('price_wrong')} />;
}
function List(p: ActProps) {
	const [text, setText] = useState(''), [tried, setTried] = useState(false);
	return (
		<FormDialog title={actionName('stock.list', p.of.state)} onClose={p.onClose} run={async (key) => {
			const price = parseMoney(text);
			setTried(true);
			if (!price || price < 0)
				return;
			await ask('stock.list', { city: cityId(), device: p.of.device, price_minor: price }, { key });
			p.onDone();
		}}><PriceInput value={text} onInput={setText} tried={tried} hint={p.of.price ? w('before', { price: money(p.of.price) }) : undefined} /></FormDialog>
	);
}
function Sell(p: ActProps) {
	const [buyer, setBuyer] = useState(''), [tried, setTried] = useState(false), buyers = useBuyers();
	return (
		<FormDialog title={actionWord('stock.sell')} onClose={p.onClose} run={async (key) => {
			setTried(true);
			if (!buyer)
				return;
			await ask('stock.sell', { city: cityId(), device: p.of.device, buyer: Number(buyer), price_minor: p.of.price }, { key });
			p.onDone();
		}}>
			<p><ModelName id={p.of.model} category={p.of.category} /></p>
			<p>{w('sell_for', { price: money(p.of.price) })}</p>
			<Select label={w('buyer')} value={buyer} onChange={setBuyer} wrong={tried && !buyer && w('choose')} options={[['', w('choose')], ...buyers.map((b): [string, string] => [String(b.party), b.public_name ?? `#${b.party}`])]} />
		</FormDialog>
	);
}
const returns = ['changed_mind', 'not_as_described', 'defective', 'other'] as const;
function Return(p: ActProps) {
	const [site, setSite] = useState<number | undefined>(p.of.site), [reason, setReason] = useState<(typeof returns)[number]>(), [text, setText] = useState('');
	const [found, setFound] = useState({ complete: true, damaged: false, locked: false }), [tried, setTried] = useState(false);
	return (
		<FormDialog title={actionWord('stock.return')} onClose={p.onClose} run={async (key) => {
			const mg = text ? parseMass(text) : undefined;
			setTried(true);
			if (!site || !reason || (text && !mg))
				return;
			await ask('stock.return', { city: cityId(), sale: p.of.sale!, site, reason, ...found, mass_mg: mg }, { key });
			p.onDone();
		}}>
			<Choices legend={w('reason')} value={reason} onChange={setReason} options={returns.map((r) => ({ value: r, label: returnReason(r) }))} />
			{tried && !reason && <Note tone="bad" role="alert">{w('choose')}</Note>}
			<SiteSelect label={w('site_at')} value={site} onChange={setSite} wrong={tried && !site && w('choose')} />
			<div>{(['complete', 'damaged', 'locked'] as const).map((f) => <Checkbox key={f} label={w(f)} checked={found[f]} onChange={(on) => setFound({ ...found, [f]: on })} />)}</div>
			<MassInput value={text} onInput={setText} tried={tried} optional />
		</FormDialog>
	);
}
const sends = ['disposition', 'erase_failed', 'damaged', 'incomplete', 'recall'] as const;
function Send(p: ActProps) {
	const [reason, setReason] = useState<(typeof sends)[number]>(p.of.state === 'erase_failed' ? 'erase_failed' : 'disposition');
	return (
		<FormDialog title={actionWord('recover.send')} onClose={p.onClose} run={async (key) => {
			await ask('recover.send', { city: cityId(), device: p.of.device, reason }, { key });
			p.onDone();
		}}><Choices legend={w('reason')} value={reason} onChange={setReason} options={sends.map((r) => ({ value: r, label: sendReason(r) }))} /></FormDialog>
	);
}
function WeighIn(p: ActProps) {
	const open = useAsk('recover.batches', { city: cityId(), state: 'open', limit: 200 });
	const batches = open.data?.items ?? [];
	const [batch, setBatch] = useState(''), [text, setText] = useState(''), [tried, setTried] = useState(false);
	return (
		<FormDialog title={actionWord('recover.weigh_in')} onClose={p.onClose} run={async (key) => {
			const mg = parseMass(text);
			setTried(true);
			if (!batch || !mg)
				return;
			await ask('recover.weigh_in', { city: cityId(), batch: Number(batch), device: p.of.device, scale_mg: mg }, { key });
			p.onDone();
		}}>
			{open.data && !batches.length && <Note tone="warn">{w('no_batch')} <a href="/recovery">{w('no_batch_go')}</a></Note>}
			<Wrong error={open.error} inline />
			<fieldset><legend>{w('batch')}</legend>{batches.map((b) => (
				<label class="choice" key={b.batch}><input type="radio" name="batch" checked={batch === String(b.batch)} onChange={() => setBatch(String(b.batch))} />
					<span>#{b.batch} · <SiteName id={b.site} /><small>{mass(b.in_mg)}</small></span></label>
			))}</fieldset>
			{tried && !batch && <Note tone="bad" role="alert">{w('choose')}</Note>}
			<MassInput value={text} onInput={setText} tried={tried} />
		</FormDialog>
	);
}

const forms: Record<string, (p: ActProps) => ComponentChildren> = {
	'device.ship': Ship, 'device.arrive': placed('device.arrive'), 'device.find': placed('device.find'), 'device.hold': Hold, 'device.weigh': Weigh, 'device.medium': Medium, 'device.identify': Identify,
	'device.merge': merged('device.merge'), 'device.unmerge': merged('device.unmerge'), 'stock.list': List, 'stock.sell': Sell, 'stock.return': Return, 'stock.repair': RepairDialog, 'stock.dispose': DisposeDialog,
	'recover.send': Send, 'recover.weigh_in': WeighIn, 'erase.attempt': AttemptDialog, 'erase.destroy': DestroyDialog,
};
