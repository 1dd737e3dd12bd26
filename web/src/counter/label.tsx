/* What the counter prints: the device's label (62 × 29 mm) and the owner's slip. The browser's print does it; the rest of
 * the page stays away from the paper. */
import { cityId, orderLink } from '../base/session';
import { codeOf } from './codes';
import { when } from '../base/format';
import { words } from '../base/words';
import { Qr } from '../ui/code';
import type { Access } from './jobs';

const w = words({
	qr: 'QR code of the passport of {code}', taken: 'taken in {at}', order: 'Order {n}', code: 'Order code', pin: 'PIN', how: 'See what happens to your device, accept or decline: scan, or open {at} and enter code and PIN. Keep this slip: it is the key to your order.',
	link_qr: 'QR code of your order', thanks: 'Thank you. This is yours.', later: 'Receipt of custody: we keep the device for you and have not bought it. The price follows; nothing is sold before you accept it. Until then you may have it back free of charge.',
}, {
	qr: '{code} 的护照二维码', taken: '{at} 收件', order: '订单 {n}', code: '订单号', pin: 'PIN', how: '扫码，或打开 {at} 输入订单号和 PIN，即可查看设备进度、接受或拒绝报价。请妥善保管此单：凭此可查看和管理您的订单。',
	link_qr: '您的订单二维码', thanks: '感谢您。请收好此单。', later: '保管收据：设备由我们代为保管，尚未收购。价格稍后给出，经您确认后才成交；在此之前可免费取回。',
});

/** Prints one of the sheets below and hides the others from the paper. */
export function printSheet(name: 'label' | 'slip') {
	const root = document.documentElement;
	root.dataset.print = name;
	const after = () => delete root.dataset.print;
	addEventListener('afterprint', after, { once: true });
	window.print();
}
export function Label(p: { device: number; what: string; at_us?: number }) {
	const code = codeOf(p.device);
	return (
		<div class="sheet label">
			<Qr text={`${location.origin}/p/${cityId()}/${p.device}`} label={w('qr', { code })} size={96} />
			<div><b>{code}</b><span>{p.what}</span>{p.at_us && <small>{w('taken', { at: when(p.at_us, 'date') })}</small>}</div>
		</div>
	);
}
export function OwnerSlip(p: { order: number; access: Access; what: string; late?: boolean }) {
	const { code, pin, link } = p.access;
	return (
		<div class="sheet slip">
			<h2>{w('order', { n: String(p.order) })}</h2>
			<p>{p.what}</p>
			<div class="row top">
				{link && <Qr text={orderLink(cityId(), link)} label={w('link_qr')} size={150} />}
				<dl class="facts"><dt>{w('code')}</dt><dd class="mono">{code}</dd><dt>{w('pin')}</dt><dd class="mono">{pin}</dd></dl>
			</div>
			<p class="small">{w('how', { at: `${location.host}/o` })}</p>
			{p.late && <p class="small">{w('later')}</p>}
			<p class="small">{w('thanks')}</p>
		</div>
	);
}
