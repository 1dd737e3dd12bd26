/* An order for staff: whose, where, when, and its items, each with what can be done. */
import { useRoute } from 'preact-iso';
import { Problem } from '../base/ask';
import { cityId, signedIn, who } from '../base/session';
import { money, when } from '../base/format';
import { codeWords, words } from '../base/words';
import { useAsk } from '../base/use';
import { Card, Chip, Facts, Page, Shown, Wrong } from '../ui/basic';
import { ItemState } from '../ui/states';
import { Actions } from './actions';
import { Meanwhile, useItem, useModelName } from './item';
import { Story } from './story';
import './counter.css';

const w = words({
	title: 'Order {n}', counter: 'Counter', about: 'The order', owner: 'Owner', owner_n: 'no. {n}', phone: 'Phone', site: 'Where', channel: 'How it comes', slot: 'Slot', booked: 'Booked', lapses: 'Lapses', lapsed: 'over', netted: 'Against a new purchase of', items: 'Devices', item: 'Item {n}', history: 'What happened', sum: 'Promised in all',
}, {
	title: '订单 {n}', counter: '柜台', about: '订单信息', owner: '机主', owner_n: '{n} 号', phone: '电话', site: '地点', channel: '交付方式', slot: '时段', booked: '预约于', lapses: '有效至', lapsed: '已过期', netted: '抵扣新购', items: '设备', item: '订单项 {n}', history: '经过', sum: '承诺总价',
});
const channel = codeWords({ drop_off: 'Brought to the counter', courier: 'By courier', doorstep: 'Collected at the door' }, { drop_off: '到店交付', courier: '快递', doorstep: '上门收取' });

function One(p: { item: number; open: boolean }) {
	const it = useItem(p.item), i = it.one.data, what = useModelName(i?.model, i?.category);
	const device = useAsk('device.get', i?.device && cityId() ? { city: cityId(), device: i.device } : undefined);
	return (
		<Card title={<><a href={`/items/${p.item}`}>{what || w('item', { n: String(p.item) })}</a> <ItemState state={i?.state} /></>}>
			<Meanwhile of={it} item={p.item} />
			<Shown of={it.one} lines={2}>{(x) => <>
				<div class="row"><b class="order-price">{money(x.agreed_minor ?? x.offered_minor ?? x.quoted_minor)}</b>{x.bonus_minor ? <Chip>+ {money(x.bonus_minor)}</Chip> : null}</div>
				<Actions item={x} what={what} deviceState={device.data?.state} onDone={() => { it.clear(); it.reload(); device.reload(); }} onConflict={() => { it.conflict(); device.reload(); }} />
			</>}</Shown>
			<details open={p.open}><summary>{w('history')}</summary><Shown of={it.story} lines={2}>{(h) => <Story entries={h.items ?? []} item={p.item} fresh={it.fresh} />}</Shown></details>
		</Card>
	);
}

export default function OrderPage() {
	const { params } = useRoute(), order = Number(params.order), at = signedIn() && cityId() && order > 0 ? { city: cityId() } : undefined;
	const one = useAsk('tradein.order', at && { ...at, order }), o = one.data;
	const site = useAsk('party.site', at && o?.site ? { ...at, site: o.site } : undefined).data;
	const owner = useAsk('party.party', at && o?.owner && !who.value.org ? { ...at, party: o.owner } : undefined).data;
	const title = w('title', { n: params.order ?? '' });
	if (!signedIn())
		return <Page title={title} narrow><Wrong error={new Problem('unauthenticated', 401, '')} /></Page>;
	return (
		<Page title={title} crumbs={<a href="/counter/today">{w('counter')}</a>}>
			<Shown of={one}>{(x) => (
				<div class="side">
					<section class="stack" aria-label={w('items')}>{(x.devices ?? []).map((i) => <One key={i.item} item={i.item!} open={(x.devices ?? []).length === 1} />)}</section>
					<Card title={w('about')}>
						<Facts of={[
							[w('owner'), owner?.name ?? w('owner_n', { n: String(x.owner) })], [w('phone'), owner?.phone], [w('site'), site?.name], [w('channel'), channel(x.channel)], [w('slot'), x.slot_us ? when(x.slot_us) : undefined],
							[w('booked'), when(x.booked_us)], [w('lapses'), (x.devices ?? []).some((i) => i.state === 'booked') ? <>{when(x.lapse_us)} {x.lapse_us! < Date.now() * 1000 && <Chip tone="warn">{w('lapsed')}</Chip>}</> : undefined],
							[w('netted'), x.netted ? money(x.purchase_minor) : undefined], [w('sum'), money((x.devices ?? []).reduce((n, i) => n + (i.quoted_minor ?? 0), 0))],
						]} />
					</Card>
				</div>
			)}</Shown>
		</Page>
	);
}
