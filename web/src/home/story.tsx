/* The sample's people and its story of one phone: who does which step and where. The bar goes along on the pages between. */
import { useEffect, useState } from 'preact/hooks';
import { useLocation } from 'preact-iso';
import { ArrowRight, X } from 'lucide-preact';
import { ask } from '../base/ask';
import { money } from '../base/format';
import { can, cityId, setCity, signedIn, signIn, signOut, who } from '../base/session';
import { useAct } from '../base/use';
import { words } from '../base/words';
import { Button, Copy, Wrong } from '../ui/basic';
import { tell, told } from './told';
import './story.css';

const w = words({
	owner: 'Owner', counter: 'Shop counter', bench: 'Bench', buyer: 'Buyer', recycler: 'Recycler', officer: 'City officer', auditor: 'Auditor', admin: 'Administrator',
	s1: 'Ask what a phone is worth', s1_text: 'Type “iphon 13” (mistyped is fine; the test IMEI 001001010000013 finds it too), choose it, answer what you are asked, and watch the price move. Then press “Book now”.', s2: 'Book it', s2_text: 'Choose {shop}, where our counter is, and give any name and phone number. No account is needed. The code and the PIN that you get stay at hand in the bar below the menu.', shop: 'the shop',
	s3: 'Bring it to the counter', s3_text: 'Type the code of the booking, then Enter. The IMEI may stay empty; choose “Not listed”; agree in the owner’s place. The label would be printed now.', s4: 'Inspect it', s4_text: 'Type its label and press “Inspect”. Everything works, but there are marks on the screen glass that nobody told of: choose “visible from 50 cm”, and the offer falls, with the reason. Record it.',
	s5: 'Agree, or have it back', s5_text: 'Open the order with its code and PIN, and read why. Accept the new price to go on; declining is free, and the story ends there.', s6: 'Erase it and put it up for sale', s6_text: 'Type its label again and press what is next, each time. A verified erasure wants the tool’s name and log: any word and any file will do here. Nothing is sold before that.',
	s7: 'Buy it', s7_text: 'Facts, grade, fixed price. With its price in “At most”, and its category, it is soon found.', s8: 'See what the city sees', s8_text: 'The phone is in the figures now; each of them opens the entries behind it. Under “Money”, a new payout pays its owner.',
	bar: 'The story of one phone', at: 'Story: step {n} of {of}', next: 'Next: {what} ({who})', here: 'Go there ({who})', all: 'All steps', away: 'Put the story away', code: 'Code', pin: 'PIN', label: 'Label', price: 'Asked for it', passport: 'Its passport', again: 'To the beginning', copy_code: 'Copy the code', copy_pin: 'Copy the PIN', copy_label: 'Copy the label',
	no_order: 'It needs the booking of step 2, made in this tab.', no_label: 'Its label comes with step 3.', no_lot: 'It is not on offer yet: step 6 comes first.',
}, {
	owner: '机主', counter: '门店柜台', bench: '检测台', buyer: '买家', recycler: '拆解企业', officer: '城市管理员', auditor: '审计员', admin: '系统管理员',
	s1: '查询手机价值', s1_text: '输入“iphon 13”（拼错也没关系；测试 IMEI 001001010000013 也能找到）并选择，回答问题，观察价格变化，然后点击“立即预约”。', s2: '预约', s2_text: '选择 {shop}（柜台就在那里），随意填写姓名和电话，无需账号。得到的订单号和 PIN 会保留在此栏中。', shop: '门店',
	s3: '送到柜台', s3_text: '输入订单号并回车。IMEI 可留空，选择“不在名单上”，代机主同意交付。随后即可打印标签。', s4: '检测', s4_text: '输入标签，点击“检测”。功能全部正常，但屏幕玻璃有未申报的痕迹：选择“50 厘米外可见”，报价随之下降并说明原因。然后记录。',
	s5: '接受新价，或取回', s5_text: '用订单号和 PIN 打开订单，查看原因。接受新价格，故事继续；拒绝则免费取回，故事到此结束。', s6: '擦除并上架', s6_text: '再次输入标签，逐步点击“下一步”的按钮。验证擦除需要工具名称和日志，这里任意名称、任意文件即可。在此之前绝不出售。',
	s7: '购买', s7_text: '真实信息、等级、一口价。按类别筛选并在“最高价”中输入它的价格，很快就能找到。', s8: '看看城市的视角', s8_text: '这部手机已计入数字，每个数字都能打开背后的记录。在“资金”中新建付款，即可付款给机主。',
	bar: '一部手机的故事', at: '故事：第 {n} 步，共 {of} 步', next: '下一步：{what}（{who}）', here: '前往（{who}）', all: '全部步骤', away: '收起故事', code: '订单号', pin: 'PIN', label: '标签', price: '售价', passport: '设备护照', again: '回到开头', copy_code: '复制订单号', copy_pin: '复制 PIN', copy_label: '复制标签',
	no_order: '需要先在此标签页完成第 2 步的预约。', no_label: '完成第 3 步后会有标签。', no_lot: '尚未上架，请先完成第 6 步。',
});
export type Face = 'owner' | 'counter' | 'bench' | 'buyer' | 'recycler' | 'officer' | 'auditor' | 'admin';
export const faceWord = (f: Face) => w(f);
/** Where each of them begins. */
export const start: Record<Face, string> = { owner: '/', counter: '/counter', bench: '/bench', buyer: '/offers', recycler: '/recovery', officer: '/city', auditor: '/city', admin: '/admin' };
export const story: { as: Face; to: string; name: 's1' | 's2' | 's3' | 's4' | 's5' | 's6' | 's7' | 's8' }[] = [
	{ name: 's1', as: 'owner', to: '/' }, { name: 's2', as: 'owner', to: '/drawer' }, { name: 's3', as: 'counter', to: '/counter' }, { name: 's4', as: 'bench', to: '/bench' },
	{ name: 's5', as: 'owner', to: '/o' }, { name: 's6', as: 'bench', to: '/bench' }, { name: 's7', as: 'buyer', to: '/offers' }, { name: 's8', as: 'officer', to: '/city' },
];
export const stepName = (n: number) => w(story[n - 1]!.name);
export const stepText = (n: number, shop: string | undefined) => w(`${story[n - 1]!.name}_text`, { shop: shop || w('shop') });

/** shop: the organisation for which the counter's login acts. */
export interface Demo { password: string; city: number; shop?: number }
/** The sample's logins; null: this is no sample. */
export function useDemo(): Demo | null | undefined {
	const [demo, set] = useState<Demo | null>();
	useEffect(() => {
		fetch('/demo.json').then((r) => (r.ok ? r.json() : r.text().then(() => null))).then(set, () => set(null));
	}, []);
	return demo;
}
/** Becomes one of the sample's people, and goes to a step of the story or where that person begins. */
export function useBecome(demo: Demo | null | undefined) {
	const { route } = useLocation();
	return useAct(async (as: Face, step?: number) => {
		setCity(demo!.city);
		if (as !== 'owner')
			await signIn(as, demo!.password);
		else if (signedIn())
			await signOut();
		if (step)
			tell({ step });
		route(step ? story[step - 1]!.to : start[as]);
	});
}
/** The name of the shop at which the counter's login works. */
export function useShop(demo: Demo | null | undefined): string | undefined {
	const [name, set] = useState<string>();
	useEffect(() => {
		if (demo?.shop)
			ask('party.sites', { city: demo.city, party: demo.shop, open: true, limit: 1 }).then((a) => set(a.items?.[0]?.name), () => undefined);
	}, [demo?.shop]);
	return name;
}

/* What the booking page keeps for its own reload. */
function booked(): { order?: number; code?: string; pin?: string } {
	try {
		const { order, code, pin } = JSON.parse(sessionStorage.getItem('relode.booked') ?? '') as { order?: number; code?: string; pin?: string };
		return { order, code, pin };
	} catch {
		return {};
	}
}
/* What the steps need of those before them, looked up as soon as whoever is signed in may see it. */
function useFound(path: string): number | undefined {
	const t = told.value, [price, setPrice] = useState<number>();
	useEffect(() => {
		const look = () => {
			const b = booked();
			if (b.code && b.code !== told.value?.code)
				tell({ ...b, device: undefined, label: undefined });
		};
		look();
		const timer = setInterval(look, 1000); /* the booking is made while its page stays */
		return () => clearInterval(timer);
	}, []);
	useEffect(() => {
		if (path === '/book' && t?.step === 1)
			tell({ step: 2 });
		if (!t?.order || t.label || !can('clerk', 'technician'))
			return;
		const at = { city: cityId() };
		ask('tradein.order', { ...at, order: t.order }, { quiet: true }).then(async (o) => {
			const device = o.devices?.[0]?.device;
			if (device)
				tell({ device, label: (await ask('device.get', { ...at, device }, { quiet: true })).label });
		}).catch(() => undefined); /* it is not there yet, or not theirs: asked again on the next page */
	}, [path, t?.step, t?.order, who.value.user]);
	useEffect(() => {
		setPrice(undefined);
		if (t?.step === 7 && t.device)
			ask('stock.offers', { city: cityId(), after: String(t.device - 1), limit: 1 }, { quiet: true }).then((a) => setPrice(a.items?.[0]?.device === t.device ? a.items[0]!.price_minor : undefined), () => undefined);
	}, [path, t?.step, t?.device]);
	return price;
}

export default function StoryBar() {
	const demo = useDemo(), become = useBecome(demo), shop = useShop(demo), { path } = useLocation(), price = useFound(path), t = told.value;
	useEffect(() => {
		if (demo === null)
			tell(undefined); /* what was a sample here is none any more */
	}, [demo]);
	if (!t || !demo || path === '/welcome')
		return null;
	const n = t.step, next = story[n];
	const fact = (name: 'code' | 'pin' | 'label', value: string) => <span class="fact" key={name}>{w(name)} <b class="mono">{value}</b><Copy text={value} label={w(`copy_${name}`)} /></span>;
	return (
		<aside class="told no-print" aria-label={w('bar')}>
			<div>
				<div class="row spread">
					<p><span class="muted">{w('at', { n, of: story.length })}</span> <b>{stepName(n)}</b></p>
					<div class="actions">
						<a href="/welcome">{w('all')}</a>
						<Button kind="quiet" class="icon" aria-label={w('away')} onClick={() => tell(undefined)}><X aria-hidden="true" /></Button>
					</div>
				</div>
				<p>{stepText(n, shop)}</p>
				<div class="row">
					{(n === 2 || n === 3 || n === 5) && t.code && fact('code', t.code)}
					{(n === 2 || n === 5) && t.pin && fact('pin', t.pin)}
					{(n === 3 || n === 5) && !t.code && <span class="fact">{w('no_order')}</span>}
					{(n === 4 || n === 6) && (t.label ? fact('label', t.label) : <span class="fact">{w('no_label')}</span>)}
					{n === 7 && <span class="fact">{price === undefined ? w('no_lot') : <>{w('price')} <b>{money(price)}</b></>}</span>}
					{n === 8 && t.device && <a class="fact" href={`/p/${demo.city}/${t.device}`}>{w('passport')}</a>}
					<span class="grow" />
					{next ? <Button small kind="main" busy={become.busy} onClick={() => void become.run(next.as, n + 1)}>{w('next', { what: stepName(n + 1), who: w(next.as) })}<ArrowRight aria-hidden="true" /></Button> : <a class="button small" href="/welcome">{w('again')}</a>}
				</div>
				<Wrong error={become.error} inline />
			</div>
		</aside>
	);
}
