/* What buyers see: devices at a fixed price with their facts, bought from the deposit; their own orders and balance. For
 * staff also /offers/buyers: deposits, refunds, every sale. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { useLocation } from 'preact-iso';
import { ImageOff, LayoutGrid, List, ShieldCheck, Undo2 } from 'lucide-preact';
import { ask, newKey, type Row } from '../base/ask';
import { can, cityId, who } from '../base/session';
import { ago, money, parseMoney, when } from '../base/format';
import { useAct, useAsk, usePages, useRested } from '../base/use';
import { codeWords, colon, listed, words } from '../base/words';
import { Button, Card, Chip, Dialog, Empty, Facts, Figure, Input, Note, Page, say, Select, Shown, Wrong } from '../ui/basic';
import { CategoryName, useCategories } from '../ui/categories';
import { grades, ModelName, modelText, SiteName, useBuyers } from '../ui/names';
import { Table, type Column } from '../ui/table';
import { Photo } from '../ui/photo';
import { Loading } from '../ui/basic';
import { Act } from '../ui/device/act';
import { functionWord, lookWord } from '../ui/device/grades';
import { defectWord, learnQuestions } from '../ui/device/defects';
import { mediumKind, mediumState, saleState } from '../ui/device/words';
import './stock.css';

const w = words({
	title: 'Offers', sub: 'Inspected, erased, at a fixed price. What you buy can be returned within the time that the sale names.', lots: 'Offers', orders: 'My orders', buyers: 'Buyers and sales', balance: 'Balance', promised: 'Reserved', available: 'Free to spend', category: 'Category', every: 'All', look: 'Look at least', works: 'Function at least', most: 'At most', any: 'Any',
	buy: 'Buy', details: 'Details', price: 'Price', since: 'On offer since', site: 'Where', returned: 'Returned {n} time|Returned {n} times', device: 'Device', grade: 'Grades', buy_title: 'Buy this?', buy_text: 'It costs {price}. From your deposit {left} remains.', short: 'Your deposit has {have} free; this costs {price}. Pay in first: staff note it when the bank has it.', bought: 'Bought. It waits for you at its site: see your orders.', none: 'Nothing on offer like this', none_text: 'Loosen a filter, or look again tomorrow.',
	more: 'Show more', cards: 'As cards', list: 'As a list', erased: 'All data verified erased', mass: 'Weight', media: 'Storage', sale: 'Order', state: 'State', bought_at: 'Bought', return_until: 'Return until', no_orders: 'No orders yet', no_orders_text: 'What you buy stands here, with the time within which it can be returned.', all: 'All', buyer: 'Buyer', deposit: 'Note a deposit', refund: 'Pay back', amount: 'Amount', reference: 'The bank’s reference', reference_hint: 'It counts once.', amount_wrong: 'An amount above zero', noted: 'Noted. The balance is {balance}.',
	choose_buyer: 'Choose a buyer', sales: 'Sales', month: 'This month', in: 'in {amount}', out: 'out {amount}', passport: 'Its passport', photos: 'Photos from the inspection', photo: 'Photo {n}', photo_of: 'Photo: {what}', no_photo: 'No photo was taken', sign_in: 'Sign in to buy', tabs: 'Offers', refused: 'The price has changed, or somebody else was faster. Here is how it stands now.', cancel: 'Cancel', required: 'Please fill this in.', before: 'Before',
}, {
	title: '在售设备', sub: '已检测、已擦除、一口价。购买后可在订单注明的期限内退货。', lots: '在售', orders: '我的订单', buyers: '买家与销售', balance: '余额', promised: '已冻结', available: '可用', category: '类别', every: '全部', look: '外观不低于', works: '功能不低于', most: '最高价', any: '不限',
	buy: '购买', details: '详情', price: '价格', since: '上架时间', site: '所在网点', returned: '被退货 {n} 次', device: '设备', grade: '等级', buy_title: '确定购买？', buy_text: '价格 {price}，支付后押金余额 {left}。', short: '您的押金可用 {have}，此设备 {price}。请先付款，工作人员会在银行到账后登记。', bought: '已购买。请到所在网点取货，详见“我的订单”。', none: '没有符合条件的设备', none_text: '请放宽筛选条件，或明天再来看看。',
	more: '显示更多', cards: '卡片', list: '列表', erased: '数据已全部验证擦除', mass: '重量', media: '存储', sale: '订单', state: '状态', bought_at: '购买时间', return_until: '退货截止', no_orders: '还没有订单', no_orders_text: '您购买的设备会显示在这里，并注明退货期限。', all: '全部', buyer: '买家', deposit: '登记押金', refund: '退还押金', amount: '金额', reference: '银行流水号', reference_hint: '每个流水号只计一次。', amount_wrong: '请输入大于零的金额', noted: '已登记，余额 {balance}。',
	choose_buyer: '选择买家', sales: '销售', month: '本月', in: '收入 {amount}', out: '支出 {amount}', passport: '设备护照', photos: '检测照片', photo: '照片 {n}', photo_of: '照片：{what}', no_photo: '检测时未拍照', sign_in: '登录后购买', tabs: '在售设备', refused: '价格已变动，或已被他人购买。以下为最新情况。', cancel: '取消', required: '请填写此项。', before: '此前',
});
const lineWord = codeWords({ bank: 'Bank', purchase: 'Purchases', commission: 'Commission', netted: 'Netted', material: 'Material', rounding: 'Rounding', other: 'Other' }, { bank: '银行', purchase: '购买', commission: '佣金', netted: '抵扣', material: '材料', rounding: '取整', other: '其他' });
type Lot = Row<'stock.offers'>;
type Sale = Row<'stock.sales'>;
const staff = () => can('clerk', 'technician', 'admin');
const mine = () => (can('buyer') ? who.value.org || undefined : undefined);

/** The deposit of a buyer: how much of it is free. */
export function useDeposit(party: number | undefined) {
	const own = useAsk('settle.own', party ? { city: cityId(), party: party === mine() ? undefined : party } : undefined);
	return { ...own, account: own.data?.accounts?.find((a) => a.kind === 'buyer') };
}
function Balance(p: { of: ReturnType<typeof useDeposit> }) {
	const a = p.of.account;
	return (
		<div class="stack tight">
			<div class="figures"><Figure label={w('balance')} value={money(a?.balance_minor ?? 0)} /><Figure label={w('promised')} value={money(a?.promised_minor ?? 0)} /><Figure label={w('available')} value={money(a?.available_minor ?? 0)} /></div>
			{!!a?.lines?.length && <p class="small muted">{w('month')}{colon()}{a.lines.map((l) => `${lineWord(l.what)} ${[l.in_minor ? w('in', { amount: money(l.in_minor) }) : '', l.out_minor ? w('out', { amount: money(l.out_minor) }) : ''].filter(Boolean).join(', ')}`).join(' · ')}</p>}
		</div>
	);
}

export default function Offers() {
	const { path } = useLocation(), part = path.split('/')[2] ?? '';
	const tab = (href: string, text: string, on: boolean) => <a href={href} aria-current={on ? 'page' : undefined}>{text}</a>;
	const orders = !!mine(), sales = can('clerk', 'officer', 'auditor', 'admin');
	return (
		<Page title={w('title')} sub={w('sub')}>
			{(orders || sales) && <nav class="tabs no-print" aria-label={w('tabs')}>{tab('/offers', w('lots'), part === '')}{orders && tab('/offers/orders', w('orders'), part === 'orders')}{sales && tab('/offers/buyers', w('buyers'), part === 'buyers')}</nav>}
			{part === 'orders' && orders ? <Orders /> : part === 'buyers' && sales ? <Buyers /> : <Lots />}
		</Page>
	);
}

function Lots() {
	const [category, setCategory] = useState(''), [c, setC] = useState<'' | '3' | '4' | '5' | '6'>(''), [f, setF] = useState<'' | '3' | '4' | '5' | '6'>(''), [most, setMost] = useState(''), [as, setAs] = useState<'cards' | 'list'>('cards');
	const [open, setOpen] = useState<Lot>(), [buying, setBuying] = useState<Lot>();
	const options = useCategories().options(), party = mine(), deposit = useDeposit(party), max = useRested(parseMoney(most), 300);
	const pages = usePages('stock.offers', { city: cityId(), category: category || undefined, grade_c: c ? Number(c) : undefined, grade_f: f ? Number(f) : undefined, max_minor: max || undefined, photos: as === 'cards' || undefined }, as === 'cards' ? 60 : 500);
	const done = () => {
		setBuying(undefined);
		setOpen(undefined);
		pages.reload();
		deposit.reload();
	};
	const may = !!party || staff(), pictured = pages.rows.some((x) => x.photos?.length);
	const columns: Column<Lot>[] = [
		{ key: 'device', phone: 'line', head: w('device'), width: 'minmax(180px, 2fr)', cell: (x) => <ModelName id={x.model} category={x.category} />, csv: (x) => modelText(x.model) || x.category },
		{ key: 'grade', phone: 'line', head: w('grade'), width: 'minmax(200px, 2fr)', cell: (x) => `${grades(x.grade_c, x.grade_f)} · ${functionWord(x.grade_f)}`, csv: (x) => grades(x.grade_c, x.grade_f) },
		{ key: 'price', phone: 'end', head: w('price'), width: '120px', num: true, cell: (x) => money(x.price_minor), csv: (x) => x.price_minor },
		{ key: 'since', head: w('since'), width: '130px', cell: (x) => ago(x.listed_us), csv: (x) => when(x.listed_us) },
		{ key: 'site', phone: 'line', head: w('site'), width: 'minmax(130px, 1fr)', cell: (x) => <SiteName id={x.site} />, csv: (x) => x.site },
		...(may ? [{ key: 'buy', phone: 'end' as const, head: w('buy'), width: '110px', cell: (x: Lot) => <Button small onClick={() => setBuying(x)}>{w('buy')}</Button>, csv: () => '' }] : []),
	];
	const cs = (['3', '4', '5', '6'] as const).map((n): [typeof n, string] => [n, `C${n} · ${lookWord(Number(n))}`]), fs = (['3', '4', '5', '6'] as const).map((n): [typeof n, string] => [n, `F${n} · ${functionWord(Number(n))}`]);
	return (
		<>
			{party && (deposit.error ? <Wrong error={deposit.error} retry={deposit.reload} inline /> : <Balance of={deposit} />)}
			<div class="filters">
				<Select label={w('category')} value={category} onChange={setCategory} options={[['', w('every')], ...options]} />
				<Select label={w('look')} value={c} onChange={setC} options={[['', w('any')], ...cs]} />
				<Select label={w('works')} value={f} onChange={setF} options={[['', w('any')], ...fs]} />
				<Input label={w('most')} inputMode="decimal" value={most} onInput={setMost} placeholder={w('any')} />
				<Button kind="quiet" aria-pressed={as === 'list'} onClick={() => setAs(as === 'cards' ? 'list' : 'cards')}>{as === 'cards' ? <List aria-hidden="true" /> : <LayoutGrid aria-hidden="true" />}{as === 'cards' ? w('list') : w('cards')}</Button>
				{!may && <a class="button" href="/login?to=/offers">{w('sign_in')}</a>}
			</div>
			{as === 'list' ? <Card flush label={w('lots')}><Table label={w('lots')} rows={pages.rows} columns={columns} id={(x) => x.device} onOpen={setOpen} loading={pages.loading} error={pages.error} reload={pages.reload} more={pages.more} loadMore={pages.loadMore} csv="offers.csv" empty={<Empty title={w('none')}>{w('none_text')}</Empty>} /></Card> :
				!pages.rows.length ? (pages.error ? <Wrong error={pages.error} retry={pages.reload} /> : pages.loading ? <Loading lines={8} /> : <Empty title={w('none')}>{w('none_text')}</Empty>) : <>
					<div class="lots">{pages.rows.map((x) => (
						<article class="card lot" key={x.device}>
							{pictured && <LotPhoto lot={x} />}
							<h2><ModelName id={x.model} category={x.category} /></h2>
							<div class="row"><Chip tone="good"><ShieldCheck aria-hidden="true" />{grades(x.grade_c, x.grade_f)}</Chip>{x.returns > 0 && <Chip><Undo2 aria-hidden="true" />{w('returned', { n: x.returns })}</Chip>}</div>
							<div class="small muted">{[lookWord(x.grade_c), functionWord(x.grade_f)].filter(Boolean).join(' · ')}</div>
							<div class="price">{money(x.price_minor)}</div>
							<div class="small muted"><SiteName id={x.site} /> · {ago(x.listed_us)}</div>
							<div class="actions">{may && <Button kind="main" onClick={() => setBuying(x)}>{w('buy')}</Button>}<Button onClick={() => setOpen(x)}>{w('details')}</Button></div>
						</article>
					))}</div>
					<Wrong error={pages.error} retry={pages.reload} inline />
					{pages.more && <div class="center"><Button busy={pages.loading} onClick={pages.loadMore}>{w('more')}</Button></div>}
				</>}
			{open && <LotDialog lot={open} may={may} onBuy={() => { setBuying(open); setOpen(undefined); }} onClose={() => setOpen(undefined)} />}
			{buying && (party ? <Buy lot={buying} party={party} deposit={deposit} onDone={done} onClose={() => setBuying(undefined)} /> :
				<Act action="stock.sell" of={{ device: buying.device, model: buying.model, category: buying.category, price: buying.price_minor }} onDone={done} onClose={() => setBuying(undefined)} />)}
		</>
	);
}
/** A card's picture: the first photo; what has none says so. Asked for when it comes into sight. */
function LotPhoto(p: { lot: Lot }) {
	const first = p.lot.photos?.[0], more = (p.lot.photos?.length ?? 0) - 1, box = useRef<HTMLDivElement>(null), [seen, setSeen] = useState(false);
	useEffect(() => learnQuestions(p.lot.category), [p.lot.category]);
	useEffect(() => {
		if (!first || seen || !box.current)
			return;
		const eye = new IntersectionObserver((e) => e.some((x) => x.isIntersecting) && setSeen(true), { rootMargin: '300px' });
		eye.observe(box.current);
		return () => eye.disconnect();
	}, [first, seen]);
	return <div class="photo" ref={box}>{first && seen ? <Photo evidence={first.evidence} offer={p.lot.device} label={photoWord(first.about, 1)} plain /> : first ? <div class="ghost square" /> : <div class="none small muted"><ImageOff aria-hidden="true" />{w('no_photo')}</div>}{more > 0 && <span class="more" aria-hidden="true">+{more}</span>}</div>;
}
const photoWord = (about: string | undefined, n: number) => (about ? w('photo_of', { what: defectWord(about) }) : w('photo', { n: String(n) }));
/** All photos of a device on offer, or bought, as it was inspected. */
export function LotPhotos(p: { device: number }) {
	const pass = useAsk('device.passport', { city: cityId(), device: p.device }), category = pass.data?.category;
	useEffect(() => learnQuestions(category), [category]);
	const city = cityId(), photos = useAsk('stock.photos', { city, device: p.device }), rows = photos.data?.items ?? [];
	if (photos.error?.kind === 'not-found')
		return null; /* it was taken off, or given back: the page says so elsewhere */
	return <><h3>{w('photos')}</h3>{photos.error ? <Wrong error={photos.error} retry={photos.reload} inline /> : !photos.data ? <Loading lines={2} /> : !rows.length ? <p class="small muted">{w('no_photo')}</p> :
		<div class="photos">{rows.map((f, i) => <figure key={f.evidence}><Photo evidence={f.evidence} offer={p.device} label={photoWord(f.about, i + 1)} />{f.about && <figcaption class="small muted">{defectWord(f.about)}</figcaption>}</figure>)}</div>}</>;
}
function LotDialog(p: { lot: Lot; may: boolean; onBuy: () => void; onClose: () => void }) {
	const x = p.lot, city = cityId(), pass = useAsk('device.passport', { city, device: x.device });
	return (
		<Dialog title={pass.data?.brand ? `${pass.data.brand} ${pass.data.model ?? ''}` : w('details')} onClose={p.onClose} wide
			footer={<><a class="button" href={`/p/${city}/${x.device}`}>{w('passport')}</a>{p.may && <Button kind="main" onClick={p.onBuy}>{w('buy')} · {money(x.price_minor)}</Button>}</>}>
			<Shown of={pass}>{(a) => <>
				{a.erased && <Note tone="good">{w('erased')}</Note>}
				<Facts of={[
					[w('category'), <CategoryName code={a.category} />], [w('grade'), `${grades(a.grade_c, a.grade_f)}${colon()}${listed([lookWord(a.grade_c), functionWord(a.grade_f)].filter(Boolean))}`], [w('price'), <strong>{money(x.price_minor)}</strong>], [w('mass'), a.mass_mg ? `${Math.round(a.mass_mg / 1000)} g` : ''],
					[w('media'), (a.media ?? []).map((m) => `${mediumKind(m.kind)}${m.capacity_gb ? ` ${m.capacity_gb} GB` : ''}${colon()}${mediumState(m.state)}`).join('; ')], [w('site'), <SiteName id={x.site} />], [w('since'), when(x.listed_us, 'date')], [w('before'), a.returns ? w('returned', { n: a.returns }) : ''],
				]} />
				<LotPhotos device={x.device} />
			</>}</Shown>
		</Dialog>
	);
}
function Buy(p: { lot: Lot; party: number; deposit: ReturnType<typeof useDeposit>; onDone: () => void; onClose: () => void }) {
	const [key] = useState(newKey), have = p.deposit.account?.available_minor ?? 0, price = p.lot.price_minor, short = have < price;
	const act = useAct(async () => {
		await ask('stock.sell', { city: cityId(), device: p.lot.device, buyer: p.party, price_minor: price }, { key });
		say(w('bought'));
		p.onDone();
	});
	return (
		<Dialog title={w('buy_title')} onClose={p.onClose} onSubmit={() => (short ? p.onClose() : void act.run())}
			footer={<><Button onClick={p.onClose}>{w('cancel')}</Button>{!short && <Button type="submit" kind="main" busy={act.busy}>{w('buy')} · {money(price)}</Button>}</>}>
			<p><strong><ModelName id={p.lot.model} category={p.lot.category} /></strong></p>
			<p>{grades(p.lot.grade_c, p.lot.grade_f)} · {listed([lookWord(p.lot.grade_c), functionWord(p.lot.grade_f)].filter(Boolean))} · <SiteName id={p.lot.site} /></p>
			{short ? <Note tone="warn">{w('short', { have: money(have), price: money(price) })}</Note> : <p>{w('buy_text', { price: money(price), left: money(have - price) })}</p>}
			{act.error?.status === 409 && <Note tone="warn">{w('refused')}</Note>}
			<Wrong error={act.error} inline />
		</Dialog>
	);
}

const states = ['reserved', 'delivered', 'cancelled', 'returned'] as const;
const tones = { reserved: 'info', delivered: 'good', cancelled: '', returned: 'warn' } as const;
function Sales(p: { buyer?: number; withBuyer?: boolean }) {
	const [state, setState] = useState<'' | (typeof states)[number]>(''), buyers = useBuyers();
	const pages = usePages('stock.sales', { city: cityId(), state: state || undefined, buyer: p.buyer }, 500);
	const name = (id: number) => buyers.find((b) => b.party === id)?.public_name ?? `#${id}`;
	const columns: Column<Sale>[] = [
		{ key: 'sale', head: w('sale'), width: '100px', cell: (x) => `#${x.sale}`, csv: (x) => x.sale },
		{ key: 'device', phone: 'line', head: w('device'), width: 'minmax(150px, 2fr)', cell: (x) => <SoldName device={x.device} />, csv: (x) => x.device },
		{ key: 'state', phone: 'end', head: w('state'), width: 'minmax(150px, 1fr)', cell: (x) => <Chip tone={tones[x.state]}>{saleState(x.state)}</Chip>, csv: (x) => x.state },
		{ key: 'price', phone: 'end', head: w('price'), width: '120px', num: true, cell: (x) => money(x.price_minor), csv: (x) => x.price_minor },
		{ key: 'at', phone: 'line', head: w('bought_at'), width: '130px', cell: (x) => when(x.sold_us, 'date'), csv: (x) => when(x.sold_us) },
		{ key: 'until', head: w('return_until'), width: '130px', cell: (x) => (x.state === 'delivered' && x.return_until_us ? when(x.return_until_us, 'date') : ''), csv: (x) => when(x.return_until_us) },
		...(p.withBuyer ? [{ key: 'buyer', phone: 'line' as const, head: w('buyer'), width: 'minmax(120px, 1fr)', cell: (x: Sale) => name(x.buyer), csv: (x: Sale) => name(x.buyer) }] : []),
	];
	return (
		<>
			<div class="filters"><Select label={w('state')} value={state} onChange={setState} options={[['', w('all')], ...states.map((s): [typeof s, string] => [s, saleState(s)])]} /></div>
			<Card flush label={w('sales')}><Table label={w('sales')} rows={pages.rows} columns={columns} id={(x) => x.sale} href={(x) => `/sales/${x.sale}`} loading={pages.loading} error={pages.error} reload={pages.reload} more={pages.more} loadMore={pages.loadMore} csv="sales.csv"
				empty={<Empty title={w('no_orders')}>{w('no_orders_text')}</Empty>} /></Card>
		</>
	);
}
/* A sale names its device alone; what anyone may know of it says what it is. */
export function SoldName(p: { device: number }) {
	const a = useAsk('device.passport', { city: cityId(), device: p.device });
	return a.data ? <>{a.data.brand ? `${a.data.brand} ${a.data.model ?? ''}` : <CategoryName code={a.data.category} />} <span class="mono small muted">{a.data.label}</span></> : <>#{p.device}</>;
}
function Orders() {
	const deposit = useDeposit(mine());
	return <>{deposit.error ? <Wrong error={deposit.error} retry={deposit.reload} inline /> : <Balance of={deposit} />}<Sales /></>;
}

function Buyers() {
	const buyers = useBuyers(), [party, setParty] = useState<number>(), [open, setOpen] = useState<'deposit' | 'refund'>();
	const deposit = useDeposit(can('officer', 'auditor', 'admin') ? party : undefined), may = can('clerk', 'admin');
	return (
		<>
			<div class="filters">
				<Select label={w('buyer')} value={party ? String(party) : ''} onChange={(v) => setParty(v ? Number(v) : undefined)} options={[['', w('all')], ...buyers.map((b): [string, string] => [String(b.party), b.public_name ?? `#${b.party}`])]} />
				{may && <><Button disabled={!party} onClick={() => setOpen('deposit')}>{w('deposit')}</Button><Button disabled={!party} onClick={() => setOpen('refund')}>{w('refund')}</Button></>}
				{may && !party && <small class="muted">{w('choose_buyer')}</small>}
			</div>
			{party && deposit.account && <Balance of={deposit} />}
			<Sales key={party ?? 0} buyer={party} withBuyer={!party} />
			{open && party && <Money kind={open} buyer={party} name={buyers.find((b) => b.party === party)?.public_name ?? ''} onClose={(done) => { setOpen(undefined); if (done) deposit.reload(); }} />}
		</>
	);
}
function Money(p: { kind: 'deposit' | 'refund'; buyer: number; name: string; onClose: (done: boolean) => void }) {
	const [amount, setAmount] = useState(''), [reference, setReference] = useState(''), [tried, setTried] = useState(false), [key] = useState(newKey), minor = parseMoney(amount) ?? 0;
	const act = useAct(async () => {
		setTried(true);
		if (minor <= 0 || !reference.trim())
			return;
		const a = await ask(p.kind === 'deposit' ? 'stock.deposit' : 'stock.refund', { city: cityId(), buyer: p.buyer, amount_minor: minor, reference: reference.trim() }, { key });
		say(w('noted', { balance: money(a.balance_minor) }));
		p.onClose(true);
	});
	return (
		<Dialog title={`${w(p.kind)}${colon()}${p.name}`} onClose={() => p.onClose(false)} onSubmit={() => void act.run()} footer={<><Button onClick={() => p.onClose(false)}>{w('cancel')}</Button><Button type="submit" kind="main" busy={act.busy}>{w(p.kind)}</Button></>}>
			<Input label={w('amount')} inputMode="decimal" value={amount} onInput={setAmount} wrong={tried && minor <= 0 && w('amount_wrong')} />
			<Input label={w('reference')} hint={w('reference_hint')} value={reference} onInput={setReference} maxLength={64} wrong={tried && !reference.trim() && w('required')} />
			<Wrong error={act.error} inline />
		</Dialog>
	);
}
