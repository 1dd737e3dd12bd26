/* Opening an order: by its code and PIN, or by its link. The link's secret becomes a session cookie, which no script can
 * read, and does not stay in the address. */
import { useEffect, useState } from 'preact/hooks';
import { useLocation, useRoute } from 'preact-iso';
import { Problem } from '../base/ask';
import { cities, cityId, openOrder, setCity, signedIn, who } from '../base/session';
import { useAct } from '../base/use';
import { words } from '../base/words';
import { Button, Card, Input, Loading, Note, Page, Select, Wrong } from '../ui/basic';
import { bookedHere } from './facts';
import './owner.css';

const w = words({
	title: 'Open your order', sub: 'Code and PIN stand on your booking.', code: 'Order code', pin: 'PIN', pin_hint: 'Six digits', open: 'Open', city: 'City', wrong: 'There is no order with this code and PIN. Please look at both again.', typo: 'This code has a slip in it: please compare it letter by letter.', many: 'Too many tries for this code. Please wait {minutes} minute, then try again.|Too many tries for this code. Please wait {minutes} minutes, then try again.',
	opening: 'Your order is being opened', bad_link: 'This link is not valid. Open the order with its code and PIN.', need_code: 'Please give the code.', need_pin: 'The PIN has six digits.', staff: 'You are signed in as staff. Opening an order ends that session.', lost: 'Lost both? The shop where you booked can help, with your phone number.', now: 'An order is open in this browser already.', to_order: 'Go to it',
}, {
	title: '打开我的订单', sub: '订单号和 PIN 见预约凭证。', code: '订单号', pin: 'PIN', pin_hint: '六位数字', open: '打开', city: '城市', wrong: '没有与此订单号和 PIN 相符的订单，请核对两者。', typo: '订单号有误，请逐位核对。', many: '此订单号尝试次数过多，请 {minutes} 分钟后再试。',
	opening: '正在打开订单', bad_link: '链接无效，请使用订单号和 PIN 打开。', need_code: '请填写订单号。', need_pin: 'PIN 为六位数字。', staff: '您正以工作人员身份登录，打开订单将结束该会话。', lost: '都找不到了？请带上手机号到预约门店，店员可以帮您。', now: '此浏览器中已有打开的订单。', to_order: '前往查看',
});

export default function Open() {
	const { params } = useRoute(), { route } = useLocation();
	const [secret] = useState(() => (location.hash.startsWith('#ro_') ? location.hash.slice(1) : undefined)), [badLink, setBadLink] = useState(false);
	const inCity = Number(params.city) || undefined;
	useEffect(() => {
		if (!secret || !inCity)
			return;
		history.replaceState(null, '', '/o'); /* before anyone can read it over a shoulder, or keep it as a bookmark */
		openOrder(inCity, { link: secret }).then(() => route('/order', true), () => setBadLink(true));
	}, []);
	useEffect(() => {
		if (inCity && cities.value.some((c) => c.city === inCity))
			setCity(inCity);
	}, [inCity]);
	if (secret && !badLink)
		return <Page title={w('opening')} narrow><Loading lines={5} /></Page>;
	return <ByCode city={inCity} code={params.code ?? ''} badLink={badLink} />;
}

function ByCode(p: { city?: number; code: string; badLink: boolean }) {
	const { route } = useLocation(), here = bookedHere();
	const [code, setCode] = useState(p.code || here[0]?.code || ''), [pin, setPin] = useState(''), [tried, setTried] = useState(false);
	const list = cities.value.filter((c) => c.city > 0), [at, setAt] = useState(String(p.city ?? here[0]?.city ?? cityId()));
	const digits = pin.replace(/\s/g, '');
	const wrong = { code: !code.trim() && w('need_code'), pin: !/^\d{6}$/.test(digits) && w('need_pin') };
	const act = useAct(async () => {
		await openOrder(Number(at), { code: code.trim(), pin: digits });
		setCity(Number(at));
		route('/order');
	});
	const said = act.error && sayWhy(act.error);
	return (
		<Page title={w('title')} sub={w('sub')} narrow>
			{p.badLink && <Note tone="bad" role="alert">{w('bad_link')}</Note>}
			{who.value.order && <Note>{w('now')} <a href="/order">{w('to_order')}</a></Note>}
			{signedIn() && <Note tone="warn">{w('staff')}</Note>}
			<form class="card" noValidate onSubmit={(e) => { e.preventDefault(); setTried(true); if (!wrong.code && !wrong.pin) void act.run(); }}>
				{list.length > 1 && <Select label={w('city')} value={at} options={list.map((c) => [String(c.city), c.name] as [string, string])} onChange={setAt} />}
				<Input label={w('code')} value={code} onInput={setCode} autocapitalize="characters" spellcheck={false} class="mono" wrong={tried && wrong.code} maxLength={40} />
				<Input label={w('pin')} hint={w('pin_hint')} value={pin} onInput={setPin} inputMode="numeric" class="mono" maxLength={12} wrong={tried && wrong.pin} autofocus={!!code} />
				{said ? <Note tone="bad" role="alert">{said}</Note> : <Wrong error={act.error} inline />}
				<div class="actions"><Button kind="main" type="submit" busy={act.busy}>{w('open')}</Button></div>
			</form>
			<Card><p class="muted">{w('lost')}</p></Card>
		</Page>
	);
}
function sayWhy(e: Problem): string | undefined {
	if (e.status === 401)
		return w('wrong');
	if ((e.status === 400 || e.status === 422) && e.more.reason === 'code')
		return w('typo');
	if (e.status === 429) {
		const n = Math.max(1, Math.ceil(Number(e.more.retry_after_s ?? 60) / 60));
		return w('many', { n, minutes: n });
	}
	return undefined;
}
