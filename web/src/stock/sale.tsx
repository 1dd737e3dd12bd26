/* One sale: where it stands, and what can be done with it now. */
import { useState } from 'preact/hooks';
import { useRoute } from 'preact-iso';
import { Problem } from '../base/ask';
import { can, cityId, signedIn } from '../base/session';
import { mass, money, nowUs, percent, when } from '../base/format';
import { useAsk } from '../base/use';
import { words } from '../base/words';
import { Button, Card, Chip, Facts, Note, Page, Shown, Wrong } from '../ui/basic';
import { SiteName, useBuyers } from '../ui/names';
import { Act } from '../ui/device/act';
import { actionWord, returnReason, saleState } from '../ui/device/words';
import { LotPhotos, SoldName } from './offers';
import './stock.css';

const w = words({
	title: 'Sale {n}', back: 'Offers', device: 'Device', buyer: 'Buyer', price: 'Price', tax: 'Of it tax', margin: 'taxed on the margin', site: 'Leaves from', sold: 'Bought', delivered: 'Handed over', until: 'May be returned until', weight: 'Weight', returned: 'Returned', reason: 'Reason', cost: 'Paid to the owner', gain: 'Difference', steps: 'Its way',
	wait_buyer: 'It is reserved for you: the price is set aside from your deposit. Collect it at the site.', wait_staff: 'Hand it over when the buyer is there; the money becomes due then.', over: 'The time for returns is over.', ask_return: 'To return it, bring it to the site within the time: staff take it back and credit the price.', cancelled: 'This sale was cancelled; the money is free again.', cancel: 'Cancel the order', what: 'What this sale is about', actions: 'What can be done',
}, {
	title: '销售 {n}', back: '在售设备', device: '设备', buyer: '买家', price: '价格', tax: '其中税额', margin: '按差额征税', site: '出货网点', sold: '购买时间', delivered: '交付时间', until: '退货截止', weight: '重量', returned: '退货时间', reason: '原因', cost: '付给机主', gain: '差额', steps: '进度',
	wait_buyer: '已为您预留，价款已从押金中冻结。请到网点取货。', wait_staff: '买家到场后交付设备，款项随即结清。', over: '退货期限已过。', ask_return: '如需退货，请在期限内将设备带到网点，由工作人员接收并退款。', cancelled: '此销售已取消，款项已解冻。', cancel: '取消订单', what: '销售内容', actions: '可用操作',
});

export default function SalePage() {
	const { params } = useRoute(), id = Number(params.sale);
	if (!signedIn())
		return <Page title={w('title', { n: String(id) })} narrow><Wrong error={new Problem('unauthenticated', 401, '')} /></Page>;
	return <One key={id} id={id} />;
}
function One(p: { id: number }) {
	const sale = useAsk('stock.sale', { city: cityId(), sale: p.id }), buyers = useBuyers(), [open, setOpen] = useState<string>();
	const staff = can('clerk', 'technician', 'admin'), buyer = can('buyer'), money_in = can('officer', 'auditor', 'admin', 'analyst');
	return (
		<Page title={w('title', { n: String(p.id) })} narrow crumbs={<a href={buyer ? '/offers/orders' : '/offers/buyers'}>{w('back')}</a>}>
			<Shown of={sale}>{(s) => {
				const within = s.state === 'delivered' && (s.return_until_us ?? 0) > nowUs();
				const way = [['sold', s.sold_us], ['delivered', s.delivered_us], ['returned', s.returned_us]] as const;
				return <>
					<Card title={w('what')} actions={<Chip tone={s.state === 'delivered' ? 'good' : s.state === 'reserved' ? 'info' : 'warn'}>{saleState(s.state)}</Chip>}>
						<Facts of={[
							[w('device'), <a href={staff || money_in ? `/devices/${s.device}` : `/p/${cityId()}/${s.device}`}><SoldName device={s.device} /></a>], [w('price'), <strong>{money(s.price_minor)}</strong>], [w('tax'), s.tax_code ? `${money(s.tax_minor)} (${s.tax_code} ${percent((s.tax_bp ?? 0) / 1e4, 1)}${s.margin ? `, ${w('margin')}` : ''})` : ''],
							[w('buyer'), buyer ? '' : buyers.find((b) => b.party === s.buyer)?.public_name ?? `#${s.buyer}`], [w('site'), <SiteName id={s.site} />], [w('weight'), s.mass_mg ? mass(s.mass_mg) : ''], [w('until'), s.state === 'delivered' ? when(s.return_until_us) : ''], [w('reason'), s.reason ? returnReason(s.reason) : ''],
							[w('cost'), !buyer && s.cost_minor ? money(s.cost_minor) : ''], [w('gain'), !buyer && s.cost_minor ? money(s.price_minor - s.cost_minor, undefined, true) : ''],
						]} />
						{(s.state === 'reserved' || s.state === 'delivered') && <LotPhotos device={s.device} />}
					</Card>
					<Card title={w('steps')}><ol class="way">{way.map(([k, at]) => (k !== 'returned' || at) && <li key={k} class={at ? (k === 'returned' ? 'stop' : 'done') : 'now'}><strong>{w(k)}</strong><div class="small muted">{when(at)}</div></li>)}</ol></Card>
					{s.state === 'reserved' && <Note>{w(buyer ? 'wait_buyer' : 'wait_staff')}</Note>}
					{s.state === 'cancelled' && <Note>{w('cancelled')}</Note>}
					{s.state === 'delivered' && <Note tone={within ? 'info' : 'warn'}>{w(within ? 'ask_return' : 'over')}</Note>}
					{(staff || buyer) && (s.state === 'reserved' || (s.state === 'delivered' && staff)) && <div class="actions" role="group" aria-label={w('actions')}>
						{s.state === 'reserved' && staff && <Button kind="main" onClick={() => setOpen('stock.deliver')}>{actionWord('stock.deliver')}</Button>}
						{s.state === 'reserved' && <Button kind="danger" onClick={() => setOpen('stock.cancel_sale')}>{w('cancel')}</Button>}
						{s.state === 'delivered' && staff && <Button disabled={!within} onClick={() => setOpen('stock.return')}>{actionWord('stock.return')}</Button>}
					</div>}
					{open && <Act action={open} of={{ device: s.device, sale: s.sale, site: s.site, price: s.price_minor }} onClose={() => setOpen(undefined)} onDone={() => { setOpen(undefined); sale.reload(); }} />}
				</>;
			}}</Shown>
		</Page>
	);
}
