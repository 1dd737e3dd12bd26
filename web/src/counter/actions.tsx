/* What can be done about an item now, by whoever is here. What only the owner may decide is confirmed by a slip that the
 * owner signs here, or a photo of a signed paper. Whoever comes second is told what happened meanwhile. */
import { useRef, useState } from 'preact/hooks';
import { ask, newKey, type Answer } from '../base/ask';
import { can, cityId, who } from '../base/session';
import { money } from '../base/format';
import { useAct } from '../base/use';
import { words } from '../base/words';
import { Button, Confirm, Dialog, Input, Note, say, Select, Wrong } from '../ui/basic';
import { PhotoAdd } from '../ui/photo';
import { SignaturePad } from './pad';
import { drawSlip } from './slip';

const w = words({
	take_in: 'Take it in', give: 'The owner hands it over', accept: 'The owner accepts {price}', decline: 'The owner wants it back', cancel: 'Cancel the booking', hand_back: 'Hand it back', failed: 'It could not be given back', compensate: 'Compensate the loss', seized: 'Close: seized',
	cancel_text: 'Nothing was handed over. The price promised ends with it; the owner can book again.', failed_text: 'The device is with us again.', reason: 'Why', not_collected: 'Not collected', refused: 'Refused', address_unknown: 'Address unknown', damaged_on_the_way: 'Damaged on the way', compensate_text: 'The owner gets the promised price of {price}. This cannot be taken back.', seized_text: 'An authority has the device. The item is closed.',
	give_title: 'The owner hands over', accept_title: 'The owner accepts the new offer', decline_title: 'The owner declines; the device goes back free of charge', back_title: 'The owner has the device back', for_owner: 'The owner can do this with the order’s link or code, on any phone. Here it needs the owner’s will on paper or screen:', name: 'Name of the owner', sign: 'Signature (with finger, pen or mouse)', or_photo: 'Or a photo of a signed paper', photo_there: 'The document is kept.', need: 'The owner’s name is needed, or a signed paper.',
	propose: 'Look up, name the price', propose_text: 'It is in our care alone, and its owner has not seen a price. Is it on the list of stolen devices? Look it up as your shop does.', clear: 'Not listed', listed: 'Listed as stolen', unknown: 'Could not be looked up', clear_then: 'The price of {price} is put to the owner', listed_then: 'It is held and kept apart; no price is named', accept_price: 'The owner accepts the price of {price}', accept_price_title: 'The owner accepts the price',
	term_price: 'The price is yours when the inspection finds what you declared. Otherwise you get a new offer with reasons; you may decline it and have the device back, free of charge.', held: 'It is held as stolen. Keep it apart, give it to nobody and pay nothing; tell the programme, and follow the police’s instructions.', bonus: 'Bonus',
	yes: 'Confirm', at: 'At', device: 'Device', order: 'Order', price: 'Price', how_key: 'Agreed to by key, at the counter’s screen, by:', how_hand: 'Signed at the counter’s screen by:', done: 'Recorded.', none: 'Nothing is to be done at the counter now.',
}, {
	take_in: '确认收件', give: '机主交付', accept: '机主接受 {price}', decline: '机主要求退回', cancel: '取消预约', hand_back: '退还给机主', failed: '未能退还', compensate: '赔付遗失', seized: '结案：被扣押',
	cancel_text: '尚未交付任何设备。所承诺的价格随之失效，机主可重新预约。', failed_text: '设备已回到我方。', reason: '原因', not_collected: '未来领取', refused: '拒收', address_unknown: '地址不详', damaged_on_the_way: '途中损坏', compensate_text: '机主将获得承诺的价格 {price}。此操作无法撤销。', seized_text: '设备已由有关部门扣押，此项结案。',
	give_title: '机主交付设备', accept_title: '机主接受新报价', decline_title: '机主拒绝报价，设备免费退回', back_title: '机主已取回设备', for_owner: '机主可用自己的手机，凭订单链接或订单号自行操作。在此代为确认需机主在纸上或屏幕上表明意愿：', name: '机主姓名', sign: '签名（可用手指、触控笔或鼠标）', or_photo: '或拍摄已签字的文件', photo_there: '文件已保存。', need: '请填写机主姓名，或提供已签字的文件。',
	propose: '查名单并报价', propose_text: '设备仅由我们代为保管，机主尚未看到价格。它在被盗名单上吗？请按本店流程查询。', clear: '不在名单上', listed: '在被盗名单上', unknown: '无法查询', clear_then: '向机主报价 {price}', listed_then: '冻结并单独存放，不报价', accept_price: '机主接受价格 {price}', accept_price_title: '机主接受价格',
	term_price: '若检测结果与您的描述一致，即按此价格付款。否则会给出附理由的新报价，您可以拒绝并免费取回设备。', held: '已按被盗设备冻结。请单独存放，不要交给任何人，不要付款；告知项目方，并按警方要求处理。', bonus: '补贴',
	yes: '确认', at: '时间', device: '设备', order: '订单', price: '价格', how_key: '在柜台屏幕上按键确认：', how_hand: '在柜台屏幕上签名：', done: '已记录。', none: '柜台目前无需操作。',
});

export type Item = Answer<'tradein.item'>;
type Owners = 'give' | 'accept' | 'decline' | 'back';
type Open = Owners | 'propose' | 'cancel' | 'failed' | 'compensate' | 'seized';

/** What the item's state allows at the counter. */
export function possible(i: Item, deviceState?: string): { owner: Owners[]; take: boolean; propose?: boolean; own: Exclude<Open, Owners | 'propose'>[] } {
	const s = i.state, booked = s === 'booked', programme = !who.value.org, kept = s === 'kept' && deviceState !== 'held' && deviceState !== 'lost' && deviceState !== 'seized';
	if (!can('clerk', 'technician', 'admin'))
		return { owner: [], take: false, own: [] };
	return {
		owner: [...(booked && !i.given_us ? ['give' as const] : []), ...(s === 'offered' || (kept && i.offer_until_us) ? ['accept' as const] : []), ...(kept || s === 'in_custody' || s === 'inspected' || s === 'offered' ? ['decline' as const] : []), ...(s === 'returning' ? ['back' as const] : [])],
		take: booked && !i.taken_us,
		propose: kept && !i.offer_until_us,
		own: [...(booked && !i.given_us ? ['cancel' as const] : []), ...(s === 'returning' && i.given_us ? ['failed' as const] : []),
			...(programme && (deviceState === 'lost' && s !== 'lost' ? true : booked && i.given_us && !i.taken_us) ? ['compensate' as const] : []), ...(programme && deviceState === 'seized' && s !== 'seized' ? ['seized' as const] : [])],
	};
}

export function Actions(p: { item: Item; what: string; deviceState?: string; onDone: () => void; onConflict: () => void }) {
	const [open, setOpen] = useState<Open>();
	const can = possible(p.item, p.deviceState), i = p.item, price = money(i.state === 'kept' ? (i.quoted_minor ?? 0) + (i.bonus_minor ?? 0) : i.offered_minor);
	const close = () => setOpen(undefined);
	const did = () => {
		close();
		say(w('done'));
		p.onDone();
	};
	const words: Record<Open, string> = {
		give: w('give'), accept: i.state === 'kept' ? w('accept_price', { price }) : w('accept', { price }), propose: w('propose'), decline: w('decline'), back: w('hand_back'), cancel: w('cancel'), failed: w('failed'), compensate: w('compensate'), seized: w('seized'),
	};
	if (i.state === 'kept' && p.deviceState === 'held')
		return <Note tone="bad">{w('held')}</Note>;
	if (!can.take && !can.owner.length && !can.own.length)
		return <p class="muted">{w('none')}</p>;
	return (
		<div class="actions">
			{can.take && <a class="button main" href={`/counter?order=${i.order}`}>{w('take_in')}</a>}
			{can.propose && <Button kind="main" onClick={() => setOpen('propose')}>{words.propose}</Button>}
			{can.owner.map((o) => <Button key={o} kind={o === 'back' || (o === 'accept') ? 'main' : undefined} onClick={() => setOpen(o)}>{words[o]}</Button>)}
			{can.own.map((o) => <Button key={o} kind="danger" onClick={() => setOpen(o)}>{words[o]}</Button>)}
			{open === 'propose' && <Propose item={i} onDone={did} onClose={close} onConflict={() => { close(); p.onConflict(); }} />}
			{open && open !== 'propose' && (open === 'give' || open === 'accept' || open === 'decline' || open === 'back' ?
				<ForOwner what={open} item={i} name={p.what} onDone={did} onClose={close} onConflict={() => { close(); p.onConflict(); }} /> :
				<Own what={open} item={i} title={words[open]} onDone={did} onClose={close} onConflict={() => { close(); p.onConflict(); }} />)}
		</div>
	);
}

function useConflict<A extends unknown[]>(act: (...a: A) => Promise<void>, onConflict: () => void) {
	const a = useAct(async (...args: A) => {
		try {
			await act(...args);
		} catch (e) {
			if (e instanceof Object && 'kind' in e && e.kind === 'conflict')
				onConflict();
			else
				throw e;
		}
	});
	return a;
}

/* Of what was given into custody alone: the list of stolen devices first, then the price. */
function Propose(p: { item: Item; onDone: () => void; onClose: () => void; onConflict: () => void }) {
	const price = money((p.item.quoted_minor ?? 0) + (p.item.bonus_minor ?? 0)), key = useRef(newKey());
	const act = useConflict(async (stolen: 'clear' | 'listed' | 'unknown') => {
		await ask('tradein.propose', { city: cityId(), item: p.item.item!, stolen }, { key: `${key.current}-${stolen}` });
		p.onDone();
	}, p.onConflict);
	return (
		<Dialog title={w('propose')} onClose={p.onClose}>
			<p>{w('propose_text')}</p>
			<div class="options">
				{(['clear', 'listed', 'unknown'] as const).map((o) => (
					<button key={o} type="button" class={`option ${o === 'listed' ? 'bad' : ''}`} disabled={act.busy} onClick={() => void act.run(o)}>
						<span>{w(o)}<small>{o === 'listed' ? w('listed_then') : w('clear_then', { price })}</small></span>
					</button>
				))}
			</div>
			<Wrong error={act.error} inline />
		</Dialog>
	);
}

const reasons = ['not_collected', 'refused', 'address_unknown', 'damaged_on_the_way'] as const;
function Own(p: { what: Exclude<Open, Owners | 'propose'>; item: Item; title: string; onDone: () => void; onClose: () => void; onConflict: () => void }) {
	const [reason, setReason] = useState<(typeof reasons)[number]>('not_collected');
	const at = { city: cityId(), item: p.item.item! };
	const act = useConflict(async () => {
		if (p.what === 'cancel')
			await ask('tradein.cancel', at);
		else if (p.what === 'failed')
			await ask('tradein.return_failed', { ...at, reason });
		else if (p.what === 'compensate')
			await ask('tradein.compensate', at);
		else
			await ask('tradein.seized', at);
		p.onDone();
	}, p.onConflict);
	const text = p.what === 'cancel' ? w('cancel_text') : p.what === 'failed' ? <><p>{w('failed_text')}</p><Select label={w('reason')} value={reason} options={reasons.map((r) => [r, w(r)])} onChange={setReason} /></> :
		p.what === 'compensate' ? w('compensate_text', { price: money(p.item.quoted_minor) }) : w('seized_text');
	return <Confirm title={p.title} text={text} yes={p.title} danger busy={act.busy} error={act.error} onYes={() => void act.run()} onClose={p.onClose} />;
}

function ForOwner(p: { what: Owners; item: Item; name: string; onDone: () => void; onClose: () => void; onConflict: () => void }) {
	const [name, setName] = useState('');
	const [evidence, setEvidence] = useState<number>();
	const [need, setNeed] = useState(false);
	const pad = useRef<HTMLCanvasElement>(null), drawn = useRef(false), key = useRef(newKey());
	const i = p.item, at = { city: cityId(), item: i.item! };
	const kept = i.state === 'kept', terms = p.what === 'accept' && kept ? [w('term_price')] : [];
	const title = p.what === 'give' ? w('give_title') : p.what === 'accept' ? (kept ? w('accept_price_title') : w('accept_title')) : p.what === 'decline' ? w('decline_title') : w('back_title');
	const act = useConflict(async () => {
		setNeed(false);
		let document = evidence;
		if (document === undefined && !name.trim()) {
			setNeed(true);
			return;
		}
		if (document === undefined) {
			document = (await ask('evidence.add', {
				city: cityId(), order: i.order, purpose: 'signature', content: drawSlip({
					title, terms, name, how: drawn.current ? w('how_hand') : w('how_key'), signature: drawn.current ? pad.current ?? undefined : undefined,
					lines: [[w('device'), p.name], [w('order'), String(i.order)], [w('price'), money(p.what === 'accept' && !kept ? i.offered_minor : i.quoted_minor)], ...(kept && i.bonus_minor ? [[w('bonus'), money(i.bonus_minor)] as [string, string]] : []), [w('at'), new Date().toISOString()]],
				}),
			})).evidence;
			setEvidence(document);
		}
		const o = { key: `${key.current}-${p.what}` }, body = { ...at, evidence: document };
		if (p.what === 'give')
			await ask('tradein.give', body, o);
		else if (p.what === 'accept')
			await ask('tradein.accept', body, o);
		else if (p.what === 'decline')
			await ask('tradein.decline', body, o);
		else {
			/* both sides at once: what one of them has confirmed already stays as it is */
			if (!i.given_us)
				await ask('tradein.return_given', at, { key: `${key.current}-given` });
			if (!i.taken_us)
				await ask('tradein.return_taken', body, o);
		}
		p.onDone();
	}, p.onConflict);
	return (
		<Dialog title={title} onClose={p.onClose} onSubmit={() => void act.run()}
			footer={<Button type="submit" kind="main" keys="Enter" busy={act.busy}>{w('yes')}</Button>}>
			<p><b>{p.name}</b>{terms.length > 0 && <> · <b>{money(i.quoted_minor)}</b>{i.bonus_minor ? <> + {money(i.bonus_minor)}</> : null}</>}</p>
			{terms.map((t) => <p key={t}>{t}</p>)}
			<p class="muted">{w('for_owner')}</p>
			<Input label={w('name')} value={name} onInput={setName} wrong={need && w('need')} autofocus />
			<SignaturePad label={w('sign')} canvas={pad} drawn={drawn} />
			{evidence === undefined ? <PhotoAdd order={i.order} purpose="document" label={w('or_photo')} onAdded={setEvidence} /> : <Note tone="good">{w('photo_there')}</Note>}
			<Wrong error={act.error} inline />
		</Dialog>
	);
}
