/* An owner's order: for each device what happened, what comes next and who must act; the offer, the money, the erasure,
 * and what became of it. Opened by code and PIN, or by the order's link. */
import { useEffect, useState } from 'preact/hooks';
import { useLocation } from 'preact-iso';
import { RefreshCw } from 'lucide-preact';
import { ask, type Answer, type Row } from '../base/ask';
import { cityId, signOut, who } from '../base/session';
import { money, when } from '../base/format';
import { hoursText } from '../base/hours';
import { useAct, useAsk } from '../base/use';
import { words } from '../base/words';
import { Button, Card, Confirm, Dialog, Empty, Facts, Input, Loading, Page, say, Wrong } from '../ui/basic';
import { Erasures, Fate, Materials, Repairs } from '../ui/afterlife';
import { useCategories } from '../ui/categories';
import { DeviceState, ItemState } from '../ui/states';
import { answersOf, bookedHere } from './facts';
import { Found, Offer, Price } from './offer';
import { CategoryIcon } from './pictures';
import type { Site } from './sites';
import { inLine, useQuestions } from './steps';
import './owner.css';

const w = words({
	title: 'Your order', number: 'Order {code}', none: 'No order is open', ended: 'Please open your order again', none_text: 'Open it with its code and PIN, or with the link that you got when booking.', open: 'Open an order', close: 'Leave the order', closed: 'This browser has put the order away. Its code and PIN open it again.', reload: 'Look again', booked: 'Booked', how: 'How', shop: 'Shop', address: 'Address', hours: 'Open', slot: 'Collection', lapse: 'Prices kept until', drop_off: 'You bring it', courier: 'By post', doorstep: 'Collected from your door', closed_day: 'closed',
	declared: 'You said: {facts}', yours: 'Your turn', ours: 'Our turn', bank: 'The bank’s turn', carrier: 'On its way', finished: 'Done', stopped: 'On hold',
	t_bring: 'Bring it to {shop}. Show your order code there.', t_post: 'Give it to the courier, then confirm it here.', t_home: 'We come on {when}. Give it to the collector, then confirm it here.', t_confirm: '{shop} has taken it. Please confirm that you handed it over.', t_waits_shop: 'You have confirmed; the other side confirms when it has the device in hand.', t_inspect: 'A technician looks at it now. That rarely takes more than a few days.', t_offer: 'Look at the new offer, and accept or decline it.', t_pay: 'The price is agreed. The money goes out with the next payment run.', t_paying: 'The bank has the order to pay {sum}.', t_paid: 'You were paid {sum}.', t_netted: '{sum} was set against your purchase.',
	t_failed: 'The bank sent the money back. Please check your account with the shop or by phone; then it is paid again.', t_returning: 'The device is being sent back to you, free of charge.', t_return_confirm: 'It was handed to you, or to the carrier. Please confirm when you have it in hand.', t_returned: 'You have your device back. Nothing was charged.', t_cancelled: 'You cancelled it. Nothing was handed over.', t_lapsed: 'Nothing was handed over in time, so the booking lapsed. A new quote is a minute away.', t_lost: 'It was lost in our care. You are compensated with {sum}.', t_seized: 'It was handed to the authorities, as the law demands.',
	h_activation_lock: 'It is still locked to an account. Please sign out of it (also possible on the maker’s web page), then tell the shop.', h_stolen_list: 'It stands on the list of stolen devices. We have to clear this up; you will hear from us.', h_dispute: 'There is a dispute about it. You will hear from us.', h_statutory: 'The law makes us keep it for a time before anything else.', h_other: 'It is kept as it is until a question is cleared up.',
	give: 'I have handed it over', give_title: 'Confirm the hand-over?', give_text: 'Confirm only when the device has left your hands. The other side confirms too; from then on it is in our care.', took_back: 'I have it back', took_title: 'Do you have the device in your hands?', took_text: 'With this the order is closed for this device.', cancel: 'Cancel', cancel_title: 'Cancel this device?', cancel_text: 'Nothing is owed. The promised price ends with it.', cancel_yes: 'Yes, cancel it', new_quote: 'Ask for a new price',
	money: 'Money', promised: 'Promised', offered: 'New offer', agreed: 'Agreed', bonus: 'Bonus', paid: 'Paid', paid_on: 'on {when}', erasure: 'Your data', after: 'What became of it', passport: 'Passport of the device', materials: 'Materials', wayline: 'What happened', ahead: 'to come',
	e_book: 'Booked at {sum}', e_give: 'You confirmed the hand-over', e_take_in: 'Taken in', e_inspected: 'Inspected: all as you said', e_offer: 'Inspected: new offer of {sum}', e_held: 'Inspected: a question came up', e_accept: 'You accepted {sum}', e_decline: 'You declined the offer', e_cancel: 'Cancelled', e_lapse: 'The time ran out', e_return_given: 'Handed over for the way back', e_return_taken: 'You have it back', e_return_failed: 'The way back failed', e_compensate: 'Compensation', e_seized: 'Handed to the authorities', e_payout_create: 'Payment ordered', e_rejected: 'The bank sent the money back', e_again: 'Looked at again', e_bank: 'The bank paid', n_answer: 'Your answer to the new offer', e_payout_exported: 'Payment given to the bank', e_payout_cancel: 'Payment stopped',
	t_price_wait: 'It is in our care; nothing is sold yet. The price follows once the list of stolen devices has been asked. You may have it back free of charge.', t_price: 'Look at the price, and accept it or have the device back.', e_give_keep: 'You gave it into our care, without a price', e_book_keep: 'Taken down at the counter', e_propose: 'The price: {sum}', e_accept_price: 'You accepted the price of {sum}', e_question: 'A question came up', e_account: 'You named an account', n_price: 'Your answer to the price',
	account: 'Paid to', account_end: 'account ending in {end}', account_none: 'no account yet', account_give: 'Name an account', account_other: 'Another account', account_title: 'Where shall the money go?', account_label: 'Account number', account_text: 'For this order alone. It is kept sealed; only its end is shown.', account_save: 'Save', account_saved: 'The money goes to this account.',
	n_hand: 'Hand-over', n_inspect: 'Inspection', n_money: 'Money', n_erase: 'Erasure of the data', n_return: 'Back in your hands', none_here: 'This page shows the order of one owner.',
}, {
	title: '我的订单', number: '订单 {code}', none: '没有打开的订单', ended: '请重新打开订单', none_text: '请用订单号和 PIN，或预约时收到的链接打开。', open: '打开订单', close: '退出查看', closed: '已退出。凭订单号和 PIN 可再次打开。', reload: '刷新', booked: '预约时间', how: '方式', shop: '门店', address: '地址', hours: '营业时间', slot: '上门时间', lapse: '价格保留至', drop_off: '自己送去', courier: '快递寄送', doorstep: '上门回收', closed_day: '休息',
	declared: '您的申报：{facts}', yours: '待您处理', ours: '由我们处理', bank: '银行处理中', carrier: '运输中', finished: '已完成', stopped: '暂停处理',
	t_bring: '请送至 {shop}，并出示订单号。', t_post: '交给快递员后，请在此确认。', t_home: '我们将于 {when} 上门。交给取件员后，请在此确认。', t_confirm: '{shop} 已收到设备，请确认您已交付。', t_waits_shop: '您已确认，对方拿到设备后也会确认。', t_inspect: '技术员正在检测，通常几天内完成。', t_offer: '请查看新报价，选择接受或不接受。', t_pay: '价格已确定，将随下一批付款发出。', t_paying: '已委托银行支付 {sum}。', t_paid: '已向您支付 {sum}。', t_netted: '{sum} 已抵扣您的购物款。',
	t_failed: '银行退回了款项。请联系门店或致电核对账户，之后将重新付款。', t_returning: '设备正在免费退回给您。', t_return_confirm: '设备已交给您或快递员。拿到后请确认。', t_returned: '设备已退回，未收取任何费用。', t_cancelled: '您已取消，设备未交付。', t_lapsed: '未在期限内交付，预约已过期。可随时重新估价。', t_lost: '设备在我们保管期间遗失，赔付 {sum}。', t_seized: '依法已移交有关部门。',
	h_activation_lock: '设备仍登录着账号。请退出账号（也可在厂商网站操作），然后告知门店。', h_stolen_list: '设备在失窃名单上，需要核实，我们会与您联系。', h_dispute: '该设备存在争议，我们会与您联系。', h_statutory: '依法须保管一段时间后才能继续处理。', h_other: '在问题查清之前，设备保持原样。',
	give: '我已交付', give_title: '确认已交付？', give_text: '请在设备离手后再确认。对方也会确认，此后由我们保管。', took_back: '我已收回', took_title: '设备已在您手中？', took_text: '确认后，此设备的订单即结束。', cancel: '取消', cancel_title: '取消此设备？', cancel_text: '无需任何费用，承诺的价格随之失效。', cancel_yes: '确认取消', new_quote: '重新估价',
	money: '款项', promised: '原报价', offered: '新报价', agreed: '成交价', bonus: '补贴', paid: '已付', paid_on: '{when}', erasure: '您的数据', after: '设备去向', passport: '设备护照', materials: '材料', wayline: '处理进度', ahead: '待进行',
	e_book: '已预约，报价 {sum}', e_give: '您已确认交付', e_take_in: '已收到设备', e_inspected: '检测完成：与申报一致', e_offer: '检测完成：新报价 {sum}', e_held: '检测中发现疑问', e_accept: '您接受了 {sum}', e_decline: '您未接受新报价', e_cancel: '已取消', e_lapse: '已过期限', e_return_given: '已交出退回', e_return_taken: '您已收回', e_return_failed: '退回未成功', e_compensate: '已赔付', e_seized: '已移交有关部门', e_payout_create: '已安排付款', e_rejected: '银行退回款项', e_again: '再次检测', e_bank: '银行已付款', n_answer: '答复新报价', e_payout_exported: '已提交银行', e_payout_cancel: '付款已停止',
	t_price_wait: '设备由我们代为保管，尚未成交。查询被盗名单后给出价格，您可随时免费取回。', t_price: '请查看价格，选择接受或取回设备。', e_give_keep: '您已交由我们保管，尚无价格', e_book_keep: '已在柜台登记', e_propose: '价格：{sum}', e_accept_price: '您接受了价格 {sum}', e_question: '有疑问，待核实', e_account: '您指定了收款账户', n_price: '答复价格',
	account: '收款账户', account_end: '尾号 {end}', account_none: '尚无账户', account_give: '填写账户', account_other: '换一个账户', account_title: '款项付到哪里？', account_label: '账号', account_text: '仅用于此订单。账号加密保存，只显示尾号。', account_save: '保存', account_saved: '款项将付至此账户。',
	n_hand: '交付设备', n_inspect: '检测', n_money: '付款', n_erase: '数据擦除', n_return: '回到您手中', none_here: '此页仅显示机主的订单。',
});
type Order = Answer<'tradein.order'>;
type Item = NonNullable<Order['devices']>[number];
type Entry = Row<'tradein.history'>;
type Device = Answer<'device.get'>;

/** Looks again when the person comes back to the page, and now and then. */
function useFresh(look: () => void) {
	useEffect(() => {
		const seen = () => document.visibilityState === 'visible' && look();
		document.addEventListener('visibilitychange', seen);
		const t = setInterval(seen, 60_000);
		return () => {
			document.removeEventListener('visibilitychange', seen);
			clearInterval(t);
		};
	}, [look]);
}

export default function OrderPage() {
	const id = who.value.order, { route } = useLocation();
	if (!id)
		return (
			<Page title={w('title')} narrow>
				<Empty title={w('none')} action={<a class="button main" href="/o">{w('open')}</a>}>{who.value.user ? w('none_here') : w('none_text')}</Empty>
			</Page>
		);
	const leave = async () => {
		await signOut();
		say(w('closed'));
		route('/');
	};
	return <Opened order={id} onLeave={() => void leave()} />;
}
function Opened(p: { order: number; onLeave: () => void }) {
	const order = useAsk('tradein.order', { city: cityId(), order: p.order }), o = order.data;
	const site = useAsk('party.site', o?.site ? { city: cityId(), site: o.site } : undefined);
	const shop = site.data;
	useFresh(order.reload);
	const code = bookedHere().find((b) => b.city === cityId() && b.order === p.order)?.code ?? `#${p.order}`;
	return (
		<Page title={w('title')} sub={w('number', { code })} narrow actions={<><Button kind="quiet" class="icon" aria-label={w('reload')} onClick={order.reload}><RefreshCw aria-hidden="true" /></Button><Button onClick={p.onLeave}>{w('close')}</Button></>}>
			{!o ? (order.error?.status === 401 ? <Empty title={w('ended')} action={<a class="button main" href="/o">{w('open')}</a>}>{w('none_text')}</Empty> : order.error ? <Wrong error={order.error} retry={order.reload} /> : <Loading lines={8} />) : <>
				{o.devices?.map((i) => <Thing key={i.item} item={i} order={o} shop={shop} onChange={order.reload} />)}
				<Card>
					<Facts of={[
						[w('booked'), when(o.booked_us)], [w('how'), o.channel && w(o.channel)], [w('shop'), shop?.name], [w('address'), shop?.address], [w('hours'), shop?.hours && hoursText(shop.hours, w('closed_day'))],
						[w('slot'), o.slot_us && when(o.slot_us)], [w('lapse'), o.devices?.some((i) => i.state === 'booked') && o.lapse_us ? when(o.lapse_us, 'date') : undefined],
						[w('account'), o.devices?.some((i) => !over.has(i.state ?? '')) ? <Account order={p.order} ends={o.account_ends} paying={o.devices.some((i) => i.state === 'paying')} onChange={order.reload} /> : undefined]]} />
				</Card>
			</>}
		</Page>
	);
}

/* Of these nothing is paid any more. */
const over = new Set(['paid', 'netted', 'returned', 'cancelled', 'lapsed', 'seized']);
function Account(p: { order: number; ends?: string; paying: boolean; onChange: () => void }) {
	const [open, setOpen] = useState(false), [account, setAccount] = useState('');
	const act = useAct(async () => {
		await ask('tradein.account', { city: cityId(), order: p.order, bank_account: account.trim() });
		setOpen(false);
		setAccount('');
		say(w('account_saved'));
		p.onChange();
	});
	return <>
		{p.ends ? w('account_end', { end: p.ends }) : w('account_none')} {!p.paying && <Button kind="link" onClick={() => setOpen(true)}>{p.ends ? w('account_other') : w('account_give')}</Button>}
		{open && (
			<Dialog title={w('account_title')} onClose={() => setOpen(false)} onSubmit={() => void (account.trim() && act.run())} footer={<Button type="submit" kind="main" busy={act.busy} disabled={!account.trim()}>{w('account_save')}</Button>}>
				<Input label={w('account_label')} hint={w('account_text')} value={account} onInput={setAccount} spellcheck={false} maxLength={64} autofocus />
				<Wrong error={act.error} inline />
			</Dialog>
		)}
	</>;
}

/* --- whose turn it is --- */

interface Turn { who: 'yours' | 'ours' | 'bank' | 'carrier' | 'finished' | 'stopped'; text: string; tone: 'you' | 'us' | 'done' | 'bad' }
function turnOf(i: Item, o: Order, d: Device | undefined, shop: string): Turn {
	const sum = money((i.agreed_minor ?? 0) + (i.bonus_minor ?? 0)), you = (text: string): Turn => ({ who: 'yours', text, tone: 'you' }), us = (text: string): Turn => ({ who: 'ours', text, tone: 'us' }), done = (text: string): Turn => ({ who: 'finished', text, tone: 'done' });
	if (d?.state === 'held')
		return { who: d.hold_reason === 'activation_lock' ? 'yours' : 'stopped', text: d.hold_reason ? w(`h_${d.hold_reason}`) : w('h_other'), tone: d.hold_reason === 'activation_lock' ? 'you' : 'bad' };
	switch (i.state) {
	case 'booked':
		if (i.taken_us && !i.given_us)
			return you(w('t_confirm', { shop }));
		if (i.given_us)
			return us(w('t_waits_shop'));
		return you(o.channel === 'courier' ? w('t_post') : o.channel === 'doorstep' ? w('t_home', { when: when(o.slot_us) }) : w('t_bring', { shop }));
	case 'in_custody': case 'inspected': return us(w('t_inspect'));
	case 'offered': return you(w('t_offer'));
	case 'kept': return i.offer_until_us ? you(w('t_price')) : us(w('t_price_wait'));
	case 'agreed': return us(w('t_pay'));
	case 'paying': return { who: 'bank', text: w('t_paying', { sum }), tone: 'us' };
	case 'paid': return done(w('t_paid', { sum }));
	case 'netted': return done(w('t_netted', { sum }));
	case 'payout_failed': return you(w('t_failed'));
	case 'returning': return i.given_us ? you(w('t_return_confirm')) : { who: 'carrier', text: w('t_returning'), tone: 'us' };
	case 'returned': return done(w('t_returned'));
	case 'cancelled': return done(w('t_cancelled'));
	case 'lapsed': return done(w('t_lapsed'));
	case 'lost': return { who: 'finished', text: w('t_lost', { sum }), tone: 'bad' };
	case 'seized': return { who: 'finished', text: w('t_seized'), tone: 'bad' };
	default: return us(w('t_inspect'));
	}
}

/* --- what happened --- */

/** later: what came after it. */
function wordOf(e: Entry, i: Item, later: Entry[]): string | undefined {
	const data = (e.data ?? {}) as { to?: string; offered_minor?: number; agreed_minor?: number; bonus_minor?: number; device_to?: string; promised_minor?: number; custody_only?: boolean };
	switch (e.type) {
	case 'tradein.book': return i.custody_only && !i.offer_until_us ? w('e_book_keep') : w('e_book', { sum: money((i.quoted_minor ?? 0) + (i.bonus_minor ?? 0)) });
	case 'inspect.record': return data.offered_minor !== undefined ? w('e_offer', { sum: money(data.offered_minor + (data.bonus_minor ?? 0)) }) : data.device_to === 'held' ? w('e_held') : data.agreed_minor !== undefined ? w('e_inspected') : w('e_again');
	case 'settle.payout_result': return i.state === 'payout_failed' || later.some((x) => x.type === 'settle.payout_create') ? w('e_rejected') : w('e_bank');
	case 'tradein.propose': return data.promised_minor === undefined ? w('e_question') : w('e_propose', { sum: money(data.promised_minor + (data.bonus_minor ?? 0)) });
	case 'tradein.account': return w('e_account');
	case 'tradein.give': return data.custody_only ? w('e_give_keep') : w('e_give');
	case 'tradein.accept': return data.promised_minor !== undefined ? w('e_accept_price', { sum: money(data.promised_minor + (i.bonus_minor ?? 0)) }) : w('e_accept', { sum: money((data.agreed_minor ?? 0) + (data.bonus_minor ?? 0)) });
	case 'tradein.take_in': case 'tradein.decline': case 'tradein.cancel': case 'tradein.lapse': case 'tradein.return_given': case 'tradein.return_taken':
	case 'tradein.return_failed': case 'tradein.compensate': case 'tradein.seized': case 'settle.payout_create': case 'settle.payout_exported': case 'settle.payout_cancel':
		return w(`e_${e.type.split('.')[1] as 'take_in'}`);
	default: return undefined;
	}
}
/** What is still to come in the usual course. */
function ahead(i: Item, storage: boolean, erased: boolean): string[] {
	const rest: [string, boolean][] = [[w('n_hand'), i.state === 'booked'], [w('n_price'), i.state === 'kept'], [w('n_inspect'), ['booked', 'kept', 'in_custody', 'inspected'].includes(i.state ?? '')],
		[w('n_answer'), i.state === 'offered'],
		[w('n_money'), ['booked', 'kept', 'in_custody', 'inspected', 'offered', 'agreed', 'paying', 'payout_failed'].includes(i.state ?? '')],
		[w('n_erase'), storage && !erased && ['booked', 'kept', 'in_custody', 'inspected', 'offered', 'agreed', 'paying', 'payout_failed', 'paid', 'netted'].includes(i.state ?? '')], [w('n_return'), i.state === 'returning']];
	return rest.filter(([, yes]) => yes).map(([text]) => text);
}

type Ask = 'give' | 'took' | 'cancel';
function Thing(p: { item: Item; order: Order; shop?: Site; onChange: () => void }) {
	const { item: i, order: o } = p, at = { city: cityId(), item: i.item ?? 0 }, cats = useCategories();
	const outcome = useAsk('desk.outcome', at), history = useAsk('tradein.history', { ...at, limit: 100 }), inspections = useAsk('inspect.list', i.inspection_seq ? { ...at, limit: 100 } : undefined);
	const device = useAsk('device.get', i.device ? { city: cityId(), device: i.device } : undefined), passport = useAsk('device.passport', i.device ? { city: cityId(), device: i.device } : undefined);
	const questions = useQuestions(i.category), [asked, setAsked] = useState<Ask>();
	const key = `${i.state}/${i.since_us}/${i.given_us}/${i.taken_us}/${i.inspection_seq}`;
	const [seen, setSeen] = useState(key);
	useEffect(() => {
		if (seen !== key) {
			setSeen(key);
			for (const x of [outcome, history, inspections, device, passport])
				x.reload();
		}
	}, [key]);
	const act = useAct(async (op: 'tradein.give' | 'tradein.return_taken' | 'tradein.cancel' | 'tradein.accept' | 'tradein.decline') => {
		try {
			await ask(op, at);
			setAsked(undefined);
		} finally {
			p.onChange(); /* also when it was refused: somebody else was faster */
		}
	});
	const life = outcome.data, name = outcome.data?.found_name ?? outcome.data?.name ?? cats.name(i.category), inspection = inspections.data?.items?.at(-1);
	const turn = turnOf(i, o, device.data, p.shop?.name ?? w('shop')), agreed = i.agreed_minor !== undefined && !['returned', 'returning', 'cancelled', 'lapsed'].includes(i.state ?? '');
	const storage = passport.data?.storage ?? true, entries = history.data?.items ?? [], paidAt = entries.filter((e) => e.type === 'settle.payout_result').at(-1)?.recorded_us;
	const dialog = (title: string, text: string, yes: string, op: Parameters<typeof act.run>[0], danger = false) => <Confirm title={title} text={text} yes={yes} danger={danger} busy={act.busy} error={act.error} onYes={() => void act.run(op)} onClose={() => { act.clear(); setAsked(undefined); }} />;
	/* an order may have several devices: what is read aloud says of which */
	const of = (text: string) => ((o.devices?.length ?? 1) > 1 ? <span>{text}<span class="hide">: {name}, {i.n}</span></span> : text);
	return (
		<div class="thing">
			<Card title={<span class="row"><CategoryIcon category={i.category ?? ''} />{name}{(o.devices?.length ?? 1) > 1 && <span class="hide">, {i.n}</span>}</span>} actions={device.data?.state === 'held' ? <DeviceState state="held" /> : <ItemState state={i.state} />}>
				<p class="small muted">{w('declared', { facts: inLine(questions.data, { answers: answersOf(i.answers), storage: i.storage_gb, battery: i.battery_percent, age: i.age_months }) })}</p>
				<div class={`turn ${turn.tone}`} role="status"><span class="small muted">{w(turn.who)}</span><b>{turn.text}</b></div>
				<div class="actions">
					{i.state === 'booked' && !i.given_us && (o.channel !== 'drop_off' || !!i.taken_us) && <Button kind="main" onClick={() => setAsked('give')}>{w('give')}</Button>}
					{i.state === 'returning' && !!i.given_us && !i.taken_us && <Button kind="main" onClick={() => setAsked('took')}>{w('took_back')}</Button>}
					{i.state === 'booked' && !i.given_us && !i.taken_us && <Button onClick={() => setAsked('cancel')}>{w('cancel')}</Button>}
					{(i.state === 'lapsed' || i.state === 'cancelled') && <a class="button" href={i.model ? `/quote/${i.model}` : `/quote/category?c=${i.category}`}>{w('new_quote')}</a>}
				</div>
				{asked === 'give' && dialog(w('give_title'), w('give_text'), w('give'), 'tradein.give')}
				{asked === 'took' && dialog(w('took_title'), w('took_text'), w('took_back'), 'tradein.return_taken')}
				{asked === 'cancel' && dialog(w('cancel_title'), w('cancel_text'), w('cancel_yes'), 'tradein.cancel', true)}
			</Card>
			{i.state === 'offered' && <Offer of={of} item={i} inspection={inspection} questions={questions.data} busy={act.busy} error={act.error} onClear={act.clear} onAccept={() => void act.run('tradein.accept')} onDecline={() => void act.run('tradein.decline')} />}
			{i.state === 'kept' && device.data?.state !== 'held' && <Price of={of} item={i} busy={act.busy} error={act.error} onClear={act.clear} onAccept={() => void act.run('tradein.accept')} onDecline={() => void act.run('tradein.decline')} />}
			<Card title={of(w('wayline'))}>
				<Wrong error={history.error} retry={history.reload} inline />
				<ol class="way">
					{entries.map((e, n) => {
						const text = wordOf(e, i, entries.slice(n + 1));
						return text && <li key={e.seq} class="done">{text}<small>{when(e.happened_us ?? e.recorded_us)}</small></li>;
					})}
					{ahead(i, storage, passport.data?.erased === true).map((text, n) => <li key={text} class={n === 0 ? 'now' : ''}>{text}<small>{w('ahead')}</small></li>)}
				</ol>
				{inspection && <Found inspection={inspection} item={i} category={outcome.data?.found_category ?? i.category ?? ''} questions={questions.data} now={i.state === 'offered'} />}
			</Card>
			{agreed && (
				<Card title={of(w('money'))}>
					<Facts of={[
						[w('promised'), money(i.quoted_minor)], [w('offered'), i.offered_minor !== undefined && i.offered_minor !== i.quoted_minor ? money(i.offered_minor) : undefined], [w('agreed'), money(i.agreed_minor)], [w('bonus'), i.bonus_minor ? money(i.bonus_minor) : undefined],
						[w('paid'), i.state === 'paid' ? <>{money((i.agreed_minor ?? 0) + (i.bonus_minor ?? 0))} {w('paid_on', { when: when(paidAt ?? i.since_us, 'date') })}</> : undefined]]} />
				</Card>
			)}
			{i.device && agreed && passport.data && life && (
				<Card title={of(w('erasure'))}><Erasures storage={storage} media={passport.data.media} life={life} certificate={storage} /></Card>
			)}
			{i.device && agreed && life && (
				<Card title={of(w('after'))} actions={<a href={`/p/${cityId()}/${i.device}`}>{w('passport')}</a>}>
					<Fate life={life} />
					{!!life.repairs && <Repairs life={life} />}
					{life.fate === 'recovered' && <><h3>{w('materials')}</h3><Materials life={life} /></>}
				</Card>
			)}
		</div>
	);
}
