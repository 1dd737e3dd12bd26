/* Booking: which devices, how they come to us, and last of all who their owner is. No account is needed. */
import { useEffect, useMemo, useState } from 'preact/hooks';
import { LocateFixed, Printer } from 'lucide-preact';
import { useLocation } from 'preact-iso';
import { ask, Problem } from '../base/ask';
import { city, cityId, openOrder, orderLink, signedIn } from '../base/session';
import { count, dayBegins, localDay, money, when, zone } from '../base/format';
import { hoursText } from '../base/hours';
import { useAct, useAsk, useDraft } from '../base/use';
import { colon, listed, locale, words } from '../base/words';
import { Button, Card, Chip, Choices, Copy, Empty, Input, Loading, Note, Page, reason, Select, TextArea, Wrong } from '../ui/basic';
import { useCategories } from '../ui/categories';
import { Qr } from '../ui/code';
import { Map as CityMap, type Districts } from '../ui/map';
import { choose, chosen, quoteArgs, rememberOrder, remove, type Kept } from './facts';
import { CategoryIcon } from './pictures';
import { metres, openNow, sitesArgs, sitesOf, type Point, type Site } from './sites';
import { inLine, refusal, useQuestions, worth, type Quote } from './steps';
import './owner.css';

const w = words({
	title: 'Book', sub: 'Nothing is owed before you hand over, and you may cancel until then.', nothing: 'Nothing is chosen', nothing_text: 'Find a device, or choose from your drawer.', start: 'Find a device', drawer: 'Your drawer', devices: 'Devices', together: 'Together', leave: 'Not this one',
	how: 'How does it come to us?', shop: 'I bring it', shop_hint: 'to a shop or collection point', courier: 'By post', courier_hint: 'a courier takes it along', doorstep: 'From my door', doorstep_hint: 'at a time that you choose', choose_shop: 'Choose a shop', map: 'Map of the shops', near: 'Nearest first', near_no: 'Your location is not available. The list stays as it is.', open_now: 'Open now', closed_now: 'Closed now', closed: 'closed', no_shops: 'No shop takes devices in this city yet. Choose another way.',
	km: '{km} km', m: '{m} m', day: 'Day', time: 'Time', slot: 'When shall we come?', slot_zone: 'Local time of {city}.', who: 'Who are you?', who_text: 'Kept sealed, used for this order alone, and erased when you ask for it.', name: 'Name', phone: 'Phone', email: 'Email', reach: 'Phone or email: one of them is enough.', address: 'Address', address_hint: 'Where it is collected, and where it goes back to if you decline.', address_back: 'Address (only if it has to be sent back)',
	account: 'Account for the money', account_hint: 'Bank card or account number. You may leave it empty and give it when you hand over.', book: 'Book: {sum}', booking: 'Booking', need_name: 'Please say who you are.', need_reach: 'Please give a phone number or an email address.', need_shop: 'Please choose a shop.', need_slot: 'Please choose a time.', need_address: 'Please give the address.', bad_email: 'This does not look like an email address.', bad_phone: 'This does not look like a phone number.', moved: 'Prices have changed since. Today it is {sum} in all; book again if you agree.', check: 'Something is still missing: see above.',
	refused: 'This one is not bought any more: {why}', no_price: 'Its price could not be asked for.', done: 'Booked', done_sub: 'Keep this code and PIN: with them you open your order anywhere.', code: 'Order code', pin: 'PIN', link: 'Link to your order', link_hint: 'Whoever has the link or the PIN acts as you. At the counter, show the code only.', qr: 'QR code of the order {code}', print: 'Print', copy: 'Copy the link', to_order: 'Go to your order', next: 'What happens next', lapse: 'The prices are kept for you until {day}.', n_shop: 'Bring it to {shop}, {address}. Show the code; both of you confirm the hand-over.', n_courier: 'The courier comes to your address. Wrap it well; confirm the hand-over in your order.', n_doorstep: 'We come on {slot}. Confirm the hand-over in your order.',
	prepare: 'Before you hand it over: sign out of your account, switch the activation lock off, take out SIM and memory cards. We erase all the rest, and prove it.', staff: 'You are signed in as staff. Opening the order ends that session.', kind_store: 'Shop', kind_kiosk: 'Kiosk', kind_centre: 'Operation centre', kind_locker: 'Locker',
}, {
	title: '预约', sub: '交付前不产生任何费用，可随时取消。', nothing: '尚未选择设备', nothing_text: '请先查找设备，或从抽屉中选择。', start: '查找设备', drawer: '我的抽屉', devices: '设备', together: '合计', leave: '不预约此台',
	how: '如何交给我们？', shop: '自己送去', shop_hint: '送到门店或回收点', courier: '快递寄送', courier_hint: '快递员上门取件', doorstep: '上门回收', doorstep_hint: '由您选择时间', choose_shop: '选择门店', map: '门店地图', near: '由近到远', near_no: '无法获取您的位置，列表保持不变。', open_now: '营业中', closed_now: '休息中', closed: '休息', no_shops: '该城市暂无门店，请选择其他方式。',
	km: '{km} 公里', m: '{m} 米', day: '日期', time: '时间', slot: '何时上门？', slot_zone: '{city} 当地时间。', who: '您的联系方式', who_text: '加密保存，仅用于本订单，您可随时要求删除。', name: '姓名', phone: '电话', email: '电子邮箱', reach: '电话和邮箱填一项即可。', address: '地址', address_hint: '取件地址；如不同意新报价，设备也退回到这里。', address_back: '地址（仅在需要寄回时使用）',
	account: '收款账户', account_hint: '银行卡号或账号。可留空，交付设备时再提供。', book: '预约：{sum}', booking: '正在预约', need_name: '请填写姓名。', need_reach: '请填写电话或邮箱。', need_shop: '请选择门店。', need_slot: '请选择时间。', need_address: '请填写地址。', bad_email: '邮箱格式不正确。', bad_phone: '电话号码格式不正确。', moved: '价格已有变化，今日合计 {sum}。同意请再次预约。', check: '还有未填项，请查看上方提示。',
	refused: '此设备目前无法回收：{why}', no_price: '暂时无法获取报价。', done: '预约成功', done_sub: '请保存订单号和 PIN，凭此可随时打开订单。', code: '订单号', pin: 'PIN', link: '订单链接', link_hint: '持有链接或 PIN 的人可代您操作。在柜台只需出示订单号。', qr: '订单 {code} 的二维码', print: '打印', copy: '复制链接', to_order: '查看订单', next: '接下来', lapse: '价格为您保留至 {day}。', n_shop: '请送至 {shop}（{address}）。出示订单号，双方确认交接。', n_courier: '快递员将上门取件。请妥善包装，并在订单中确认交付。', n_doorstep: '我们将于 {slot} 上门。请在订单中确认交付。',
	prepare: '交付前：退出账号、关闭激活锁、取出 SIM 卡和存储卡。其余数据由我们擦除并提供证明。', staff: '您正以工作人员身份登录，打开订单将结束该会话。', kind_store: '门店', kind_kiosk: '服务点', kind_centre: '运营中心', kind_locker: '回收柜',
});
type Channel = 'drop_off' | 'courier' | 'doorstep';
interface Form { channel: Channel; site?: number; day: string; hour: string; name: string; phone: string; email: string; address: string; account: string }
const empty: Form = { channel: 'drop_off', day: '', hour: '', name: '', phone: '', email: '', address: '', account: '' };
const hours = [9, 11, 13, 15, 17, 19];
interface Done { city: number; order?: number; code: string; pin: string; link: string; lapse_us?: number; channel: Channel; slot_us?: number; shop?: string; address?: string; names: string[] }

/** The beginning of an hour of a local day, also where clocks change on that day. */
function slotOf(day: string, hour: number): number {
	const guess = dayBegins(day) + hour * 3600e6;
	const shown = Number(new Intl.DateTimeFormat('en-GB', { timeZone: zone.value, hour: '2-digit', hourCycle: 'h23' }).format(new Date(guess / 1000)));
	return guess + (hour - shown) * 3600e6;
}
function lastDone(): Done | undefined {
	try {
		return JSON.parse(sessionStorage.getItem('relode.booked') ?? 'null') as Done | null ?? undefined;
	} catch {
		return undefined;
	}
}

export default function Book() {
	const [done, setDone] = useState<Done | undefined>(() => (chosen().length ? undefined : lastDone()));
	const [list, setList] = useState<Kept[]>(() => chosen().slice(0, 12));
	if (done)
		return <Confirmation of={done} />;
	if (!list.length)
		return (
			<Page title={w('title')} narrow>
				<Empty title={w('nothing')} action={<div class="actions"><a class="button main" href="/">{w('start')}</a><a class="button" href="/drawer">{w('drawer')}</a></div>}>{w('nothing_text')}</Empty>
			</Page>
		);
	return <Booking list={list} onLeave={(id) => { const rest = list.filter((k) => k.id !== id); setList(rest); choose(rest.map((k) => k.id)); }} onDone={(d) => {
		sessionStorage.setItem('relode.booked', JSON.stringify(d));
		rememberOrder({ city: d.city, code: d.code, order: d.order });
		remove(...list.map((k) => k.id));
		choose([]);
		setDone(d);
		scrollTo(0, 0);
	}} />;
}

interface Priced { kept: Kept; quote?: Quote; error?: Problem }
function usePrices(list: Kept[]): [Priced[], () => void] {
	const [priced, set] = useState<Record<string, Priced>>({}), [turn, setTurn] = useState(0);
	const key = list.map((k) => k.id).join();
	useEffect(() => {
		const stop = new AbortController();
		for (const k of list)
			if (turn || !priced[k.id])
				ask('tradein.quote', quoteArgs(k), { signal: stop.signal }).then((quote) => set((o) => ({ ...o, [k.id]: { kept: k, quote } })),
					(e: unknown) => stop.signal.aborted || set((o) => ({ ...o, [k.id]: { kept: k, error: e instanceof Problem ? e : new Problem('error', 0, String(e)) } })));
		return () => stop.abort();
	}, [key, turn]);
	return [list.map((k) => priced[k.id] ?? { kept: k }), () => setTurn((n) => n + 1)];
}

function Booking(p: { list: Kept[]; onLeave: (id: string) => void; onDone: (d: Done) => void }) {
	const cats = useCategories(), [prices, askAgain] = usePrices(p.list), [moved, setMoved] = useState(false);
	const [f, setForm, drop] = useDraft<Form>('book', empty), [tried, setTried] = useState(false);
	const put = <K extends keyof Form>(k: K) => (v: Form[K]) => setForm((old) => ({ ...old, [k]: v }));
	const sites = useAsk('party.sites', sitesArgs(cityId())), shops = useMemo(() => sitesOf(sites.data), [sites.data]);
	const sum = prices.reduce((s, x) => s + (worth(x.quote) ?? 0), 0), good = prices.every((x) => x.quote?.token);
	const wrong = {
		site: f.channel === 'drop_off' && !shops.some((s) => s.site === f.site) && w('need_shop'),
		slot: f.channel === 'doorstep' && !(f.day && f.hour) && w('need_slot'),
		name: !f.name.trim() && w('need_name'),
		phone: f.phone.trim() ? f.phone.replace(/\D/g, '').length < 5 && w('bad_phone') : !f.email.trim() && w('need_reach'),
		email: f.email.trim() !== '' && !/^\S+@\S+\.\S+$/.test(f.email.trim()) && w('bad_email'),
		address: f.channel !== 'drop_off' && !f.address.trim() && w('need_address'),
	};
	const act = useAct(async () => {
		const slot_us = f.channel === 'doorstep' ? slotOf(f.day, Number(f.hour)) : undefined, shop = shops.find((s) => s.site === f.site);
		const text = (t: string) => t.trim() || undefined;
		/* an owner without an account says who it is in the booking itself */
		const args = {
			city: cityId(), channel: f.channel, site: f.channel === 'drop_off' ? f.site : undefined, slot_us, name: text(f.name), phone: text(f.phone), email: text(f.email), address: text(f.address), bank_account: text(f.account),
			items: prices.map((x) => ({ token: x.quote!.token })),
		};
		const a = await ask('tradein.book', args).catch((e: unknown) => {
			if (e instanceof Problem && e.status === 409 && e.more.reason === 'quote') {
				setMoved(true); /* the promise is too old, or the list of prices is another: show today's before it is booked */
				askAgain();
			}
			throw e;
		});
		drop();
		p.onDone({ city: cityId(), order: a.order, code: a.order_code ?? '', pin: a.pin ?? '', link: a.link ?? '', lapse_us: a.lapse_us, channel: f.channel, slot_us, shop: shop?.name, address: shop?.address, names: p.list.map((k) => k.name || cats.name(k.category)) });
	});
	const send = () => {
		setTried(true);
		if (Object.values(wrong).some(Boolean)) {
			setTimeout(() => (document.querySelector('[aria-invalid="true"], .note.bad') as HTMLElement | null)?.scrollIntoView({ block: 'center' }), 50);
			return;
		}
		void act.run();
	};
	const head = (n: number, text: string) => <span class="steps-head"><i aria-hidden="true">{n}</i>{text}</span>;
	return (
		<Page title={w('title')} sub={w('sub')} class="booking">
			<Card title={head(1, w('devices'))}>
				<ul class="things">{prices.map((x) => <Thing key={x.kept.id} of={x} name={x.kept.name || cats.name(x.kept.category)} onLeave={() => p.onLeave(x.kept.id)} />)}</ul>
				{prices.length > 1 && <div class="row spread together"><b>{w('together')}</b><b class="worth">{money(sum)}</b></div>}
			</Card>
			<Card title={head(2, w('how'))}>
				<Choices legend={w('how')} hideLegend value={f.channel} onChange={put('channel')} options={[
					{ value: 'drop_off', label: w('shop'), hint: w('shop_hint') }, { value: 'courier', label: w('courier'), hint: w('courier_hint') }, { value: 'doorstep', label: w('doorstep'), hint: w('doorstep_hint') }]} />
				{f.channel === 'drop_off' && (sites.data ? <Shops shops={shops} chosen={f.site} onChoose={put('site')} /> : sites.error ? <Wrong error={sites.error} retry={sites.reload} inline /> : <Loading />)}
				{f.channel === 'drop_off' && tried && wrong.site && <Note tone="bad" role="alert">{wrong.site}</Note>}
				{f.channel === 'doorstep' && <Slot form={f} put={put} wrong={tried && wrong.slot} />}
			</Card>
			<form class="card" noValidate onSubmit={(e) => { e.preventDefault(); send(); }}>
				<header><h2>{head(3, w('who'))}</h2></header>
				<p class="muted">{w('who_text')}</p>
				<div class="fields">
					<Input label={w('name')} value={f.name} onInput={put('name')} autocomplete="name" maxLength={200} required wrong={tried && wrong.name} />
					<Input label={w('phone')} type="tel" value={f.phone} onInput={put('phone')} autocomplete="tel" maxLength={40} hint={w('reach')} wrong={tried && wrong.phone} />
					<Input label={w('email')} type="email" value={f.email} onInput={put('email')} autocomplete="email" maxLength={254} wrong={tried && wrong.email} />
					<Input label={w('account')} value={f.account} onInput={put('account')} maxLength={64} hint={w('account_hint')} inputMode="text" />
				</div>
				<TextArea label={f.channel === 'drop_off' ? w('address_back') : w('address')} value={f.address} onInput={put('address')} rows={2} maxLength={500} hint={f.channel === 'drop_off' ? undefined : w('address_hint')} wrong={tried && wrong.address} />
				{moved && act.error?.status === 409 ? <Note tone="warn" role="alert">{w('moved', { sum: money(sum) })}</Note> : <Wrong error={act.error} inline />}
				{tried && Object.values(wrong).some(Boolean) && <Note tone="warn" role="alert">{w('check')}</Note>}
				<div class="actions"><Button kind="main" type="submit" busy={act.busy} disabled={!good}>{act.busy ? w('booking') : w('book', { sum: money(sum) })}</Button></div>
			</form>
		</Page>
	);
}
function Thing(p: { of: Priced; name: string; onLeave: () => void }) {
	const { kept, quote, error } = p.of, questions = useQuestions(kept.category);
	return (
		<li>
			<CategoryIcon category={kept.category} />
			<div class="grow">
				<b>{p.name}</b><div class="small muted">{inLine(questions.data, kept)}</div>
				{quote?.refused && <Note tone="warn" role="status">{w('refused', { why: refusal(quote) })}</Note>}
				{error && <Note tone="bad" role="alert">{w('no_price')} {error.kind === 'offline' ? '' : reason(error)}</Note>}
			</div>
			<b class="worth">{quote && !quote.refused ? money(worth(quote)) : ''}</b>
			<Button kind="quiet" small onClick={p.onLeave} aria-label={`${w('leave')}${colon()}${p.name}`}>{w('leave')}</Button>
		</li>
	);
}

function Shops(p: { shops: Site[]; chosen?: number; onChoose: (site: number) => void }) {
	const [here, setHere] = useState<Point>(), [no, setNo] = useState(false);
	const map = useAsk('map.map', { city: cityId() });
	const districts = map.data?.map as Districts | undefined;
	const sorted = useMemo(() => {
		const far = (s: Site) => (here ? metres(here, s) ?? Infinity : 0);
		return [...p.shops].sort((a, b) => far(a) - far(b));
	}, [p.shops, here]);
	const places = useMemo(() => p.shops.filter((s) => s.lat_e6 !== undefined && s.lon_e6 !== undefined).map((s) => ({ id: s.site, lat: s.lat_e6! / 1e6, lon: s.lon_e6! / 1e6, label: s.name })), [p.shops]);
	useEffect(() => {
		if (p.chosen)
			document.getElementById(`shop-${p.chosen}`)?.scrollIntoView({ block: 'nearest' });
	}, [p.chosen]);
	if (!p.shops.length)
		return <Note tone="warn">{w('no_shops')}</Note>;
	const locate = () => navigator.geolocation?.getCurrentPosition((g) => { setHere({ lat: g.coords.latitude, lon: g.coords.longitude }); setNo(false); }, () => setNo(true), { timeout: 10000, maximumAge: 300000 });
	const distance = (s: Site) => {
		const m = here && metres(here, s);
		return m === undefined ? '' : m < 950 ? w('m', { m: count(Math.round(m / 10) * 10) }) : w('km', { km: (m / 1000).toLocaleString(locale(), { maximumFractionDigits: 1 }) });
	};
	return (
		<>
			<div class="row spread"><h3>{w('choose_shop')}</h3><Button small onClick={locate}><LocateFixed aria-hidden="true" />{w('near')}</Button></div>
			{no && <Note tone="warn" role="status">{w('near_no')}</Note>}
			<div class="shops">
				<CityMap districts={districts} places={places} chosen={p.chosen} onChoose={p.onChoose} label={w('map')} />
				<div class="shop-list" role="radiogroup" aria-label={w('choose_shop')}>
					{sorted.map((s) => {
						const open = openNow(s);
						return (
							<label class="shop" key={s.site} id={`shop-${s.site}`}>
								<input type="radio" name="shop" checked={p.chosen === s.site} onChange={() => p.onChoose(s.site)} />
								<span><b>{s.name}</b><small>{s.address ?? w(`kind_${s.kind as 'store'}`)}</small>{s.hours && <small>{hoursText(s.hours, w('closed'))}</small>}</span>
								<span class="stack tight">{open !== undefined && <Chip tone={open ? 'good' : ''}>{open ? w('open_now') : w('closed_now')}</Chip>}{here && <small class="num">{distance(s)}</small>}</span>
							</label>
						);
					})}
				</div>
			</div>
		</>
	);
}
function Slot(p: { form: Form; put: <K extends keyof Form>(k: K) => (v: Form[K]) => void; wrong: string | false }) {
	const { form: f, put } = p, now = Date.now() * 1000;
	const days = Array.from({ length: 14 }, (_, i) => localDay(now + i * 86400e6));
	const name = (day: string) => new Intl.DateTimeFormat(locale(), { timeZone: zone.value, weekday: 'short', month: 'short', day: 'numeric' }).format(new Date(dayBegins(day) / 1000 + 12 * 3600e3));
	const free = f.day ? hours.filter((h) => slotOf(f.day, h) > now + 3600e6) : [];
	const span = (h: number) => `${String(h).padStart(2, '0')}:00–${String(h + 2).padStart(2, '0')}:00`;
	return (
		<div class="stack slot">
			<Select label={w('day')} hint={w('slot_zone', { city: city.value?.name ?? '' })} value={f.day} wrong={!f.day && p.wrong} options={[['', w('slot')], ...days.filter((d) => hours.some((h) => slotOf(d, h) > now + 3600e6)).map((d) => [d, name(d)] as [string, string])]} onChange={(d) => { put('day')(d); put('hour')(''); }} />
			{f.day && <Choices legend={w('time')} value={f.hour || undefined} onChange={put('hour')} options={free.map((h) => ({ value: String(h), label: span(h) }))} />}
			{f.day && !f.hour && p.wrong && <Note tone="bad" role="alert">{p.wrong}</Note>}
		</div>
	);
}

function Confirmation(p: { of: Done }) {
	const { of: d } = p, { route } = useLocation();
	const link = orderLink(d.city, d.link), shown = `${location.origin}/o/${d.city}/${d.code}`;
	const go = useAct(async () => {
		await openOrder(d.city, { link: d.link });
		route('/order');
	});
	return (
		<Page title={w('done')} sub={w('done_sub')} narrow actions={<Button onClick={() => print()}><Printer aria-hidden="true" />{w('print')}</Button>}>
			<Card>
				<div class="ticket">
					<Qr text={shown} label={w('qr', { code: d.code })} size={168} />
					<dl class="grow">
						<dt>{w('code')}</dt><dd class="code">{d.code}</dd>
						<dt>{w('pin')}</dt><dd class="code">{d.pin}</dd>
					</dl>
				</div>
				<p>{listed(d.names)}</p>
			</Card>
			<Card title={w('next')}>
				<p>{d.channel === 'drop_off' ? w('n_shop', { shop: d.shop ?? '', address: d.address ?? '' }) : d.channel === 'courier' ? w('n_courier') : w('n_doorstep', { slot: when(d.slot_us) })}</p>
				<p>{w('prepare')}</p>
				{d.lapse_us && <p class="muted">{w('lapse', { day: when(d.lapse_us, 'date') })}</p>}
				{signedIn() && <Note tone="warn">{w('staff')}</Note>}
				<Wrong error={go.error} inline />
				<div class="actions no-print"><Button kind="main" busy={go.busy} onClick={() => void go.run()}>{w('to_order')}</Button></div>
			</Card>
			<Card title={w('link')}>
				<p class="mono small link-text">{link}</p>
				<p class="muted small">{w('link_hint')}</p>
				<div class="actions no-print"><Copy text={link} label={w('copy')} /></div>
			</Card>
		</Page>
	);
}
