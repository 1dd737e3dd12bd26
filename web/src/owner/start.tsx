/* Where an owner begins: find the device, or open an order. */
import { useState } from 'preact/hooks';
import { useLocation } from 'preact-iso';
import { Banknote, PackageCheck, ShieldCheck, Undo2 } from 'lucide-preact';
import { ask } from '../base/ask';
import { useAct } from '../base/use';
import { city, who } from '../base/session';
import { listed, words } from '../base/words';
import { Card, Note, Page, Wrong } from '../ui/basic';
import { useCategories } from '../ui/categories';
import { CameraScan } from '../ui/code';
import { ModelFinder } from '../ui/models';
import { bookedHere, drawer } from './facts';
import { CategoryIcon } from './pictures';
import './owner.css';

const w = words({
	title: 'What is your old device worth?', lead: 'Find it, answer a few questions, see the price and what each answer does to it. Then bring it to a shop, or have it collected.',
	find: 'Which device is it?', find_hint: 'Brand and model, in English or Chinese; or the 15 digits of the IMEI (dial *#06#).', placeholder: 'iPhone 13, 小米 12, Galaxy S21 …', scan: 'Scan the IMEI barcode',
	no_imei: 'No model is known for {text}. Type its name, or choose what it is below.', other: 'Not found, or another kind of device? Choose what it is', drawer: 'In your drawer: {n} device|In your drawer: {n} devices', to_drawer: 'Open the drawer',
	order: 'Your order', order_text: 'Follow an order, answer a new offer, or see how your data were erased.', order_open: 'Open an order', order_now: 'Go to your order', booked: 'Booked in this browser: {codes}',
	p_price: 'A price with reasons', p_price_t: 'It is promised for {days} days. If inspection finds something else, you get each difference with its photo and its part of the price.',
	p_free: 'Free return', p_free_t: 'If you do not agree to a new price, the device comes back to you and costs you nothing.', p_data: 'Your data, provably gone',
	p_data_t: 'Nothing is sold on before every storage medium in it has been erased and checked, or destroyed before a witness.', p_books: 'Open books', p_books_t: 'You can see what became of your device, down to the gram of copper.', how: 'How we keep our word', no_city: 'No city takes devices here yet.',
}, {
	title: '您的旧设备值多少钱？', lead: '找到型号，回答几个问题，即可看到价格以及每个答案的影响。然后送到门店，或预约上门、快递。',
	find: '是哪款设备？', find_hint: '输入品牌和型号（中英文均可），或 15 位 IMEI（拨 *#06# 查看）。', placeholder: 'iPhone 13、小米 12、Galaxy S21 …', scan: '扫描 IMEI 条形码',
	no_imei: '未找到 {text} 对应的型号。请输入名称，或在下方选择类别。', other: '没找到，或是其他设备？请选择类别', drawer: '抽屉里有 {n} 台设备', to_drawer: '打开抽屉',
	order: '我的订单', order_text: '查看进度、答复新报价，或查看数据擦除记录。', order_open: '打开订单', order_now: '前往我的订单', booked: '本浏览器预约的订单：{codes}',
	p_price: '报价有据', p_price_t: '报价 {days} 天内有效。若检测结果不同，每处差异都附照片和对应金额。',
	p_free: '免费退回', p_free_t: '不同意新价格，设备原样退回，您无需支付任何费用。', p_data: '数据清除，可查证',
	p_data_t: '设备内每个存储介质都经擦除并核验，或在见证下销毁之后，才会再次流通。', p_books: '账目公开', p_books_t: '设备的去向可查，细到每一克铜。', how: '我们的承诺', no_city: '此处暂未开通城市。',
});

/* The tiles' room before they are known, so that nothing below moves when they come. */
function Awaited() {
	return <div class="tiles" role="status" aria-label={w('other')}>{Array.from({ length: 19 }, (_, i) => <div key={i} class="tile"><div class="ghost square" /></div>)}</div>;
}

export default function Start() {
	const { route } = useLocation(), cats = useCategories();
	const [text, setText] = useState<string>(), [missed, setMissed] = useState<string>();
	const scan = useAct(async (code: string) => {
		setMissed(undefined);
		setText(code);
		const found = (await ask('catalogue.search', { q: code, limit: 2 })).items;
		if (found.length === 1)
			route(`/quote/${found[0]!.model}`);
		else if (!found.length)
			setMissed(code);
	});
	const codes = bookedHere().filter((b) => b.city === city.value?.city).slice(0, 3).map((b) => b.code);
	const promise = (Icon: typeof Undo2, title: string, more: string) => <li><Icon aria-hidden="true" /><div><b>{title}</b><span>{more}</span></div></li>;
	if (!city.value)
		return <Page title={w('title')} narrow><Note>{w('no_city')}</Note></Page>;
	return (
		<Page title={w('title')} sub={<p class="opening">{w('lead')}</p>}>
			<div class="side">
				<div class="stack">
					<Card>
						<ModelFinder label={w('find')} hint={w('find_hint')} placeholder={w('placeholder')} text={text} onModel={(m) => route(`/quote/${m.model}`)} />
						<div class="actions"><CameraScan label={w('scan')} onCode={(t) => void scan.run(t.trim())} /></div>
						{missed && <Note tone="warn" role="status">{w('no_imei', { text: missed })}</Note>}
						<Wrong error={scan.error} inline />
					</Card>
					<Card title={w('other')}>
						{cats.list ? (
							<ul class="tiles">
								{cats.list.map((c) => <li key={c.code}><a class="tile" href={`/quote/category?c=${encodeURIComponent(c.code)}`}><CategoryIcon category={c.code} />{cats.name(c.code)}</a></li>)}
							</ul>
						) : cats.error ? <Wrong error={cats.error} retry={cats.reload} inline /> : <Awaited />}
					</Card>
				</div>
				<div class="stack">
					{drawer.value.length > 0 && <Card title={w('drawer', { n: drawer.value.length })}><div class="actions"><a class="button" href="/drawer">{w('to_drawer')}</a></div></Card>}
					<Card title={w('order')}>
						<p class="muted">{w('order_text')}</p>
						{codes.length > 0 && <p class="small">{w('booked', { codes: listed(codes) })}</p>}
						<div class="actions"><a class="button" href={who.value.order ? '/order' : '/o'}>{who.value.order ? w('order_now') : w('order_open')}</a></div>
					</Card>
					<Card title={w('how')}>
						<ul class="promises">
							{promise(Banknote, w('p_price'), w('p_price_t', { days: city.value.quote_days }))}
							{promise(Undo2, w('p_free'), w('p_free_t'))}
							{promise(ShieldCheck, w('p_data'), w('p_data_t'))}
							{promise(PackageCheck, w('p_books'), w('p_books_t'))}
						</ul>
					</Card>
				</div>
			</div>
		</Page>
	);
}
