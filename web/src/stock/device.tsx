/* One device: what and where it is, everything that happened to it, and what can be done with it. */
import { useEffect, useState } from 'preact/hooks';
import { useRoute } from 'preact-iso';
import { Wrench } from 'lucide-preact';
import { askAll, Problem, type Row } from '../base/ask';
import { can, cityId, signedIn } from '../base/session';
import { ago, mass, money, when } from '../base/format';
import { useAsk } from '../base/use';
import { codeWords, colon, words } from '../base/words';
import { Button, Card, Chip, Copy, Facts, Note, Page, reason, Shown, Wrong } from '../ui/basic';
import { partWord } from '../ui/part-words';
import { Qr } from '../ui/code';
import { CategoryName } from '../ui/categories';
import { grades, modelOf, SiteName } from '../ui/names';
import { Photo } from '../ui/photo';
import { DeviceState, ItemState } from '../ui/states';
import { Act, hasDialog, type Subject } from '../ui/device/act';
import { dataOf, History, type Event, type Part } from '../ui/device/history';
import { Media } from '../ui/device/media';
import { actionName, actionWord, choiceWord, holdWord, identityWord, placeWord, saleState } from '../ui/device/words';
import './stock.css';

const w = words({
	title: 'Device', facts: 'What and where', next: 'Next', media: 'Storage media', identities: 'Identities', history: 'What happened', prices: 'Asking prices', repairs: 'Repairs', components: 'Components', profit: 'Profit and loss', passport: 'Passport', passport_text: 'What anyone may know of it', photos: 'Photos', decisions: 'Resale or recovery', sales: 'Sales',
	category: 'Category', number: 'Number', site: 'Site', on_way: 'On its way to', place: 'Place', state: 'In this state', grade: 'Grades', weight: 'Weight', received: 'Taken in', price: 'Asking price', hold: 'On hold', hold_until: 'Not to be sold before', returns: 'Returned by buyers', item: 'Trade-in', cosmetic: 'C{c} look', functional: 'F{f} function',
	bench: 'Open on the bench', actions: 'What can be done', none_may: 'Nothing that your role may do.', ends: '… {end}', until: 'until {when}', off: 'Taken off', income: 'Income', cost: 'Cost', sum: 'Profit', bonus: 'Bonus from the benefit fund', same_as: 'The same thing as', at_item: 'On the order’s page', erased_id: 'erased',
	fitted: 'fitted', out: 'taken out', hazard: 'Hazard', parts_of: 'Repair {n}', sale_n: 'Sale {n}', resale: 'Resale', recovery: 'Recovery', times: '{n} time|{n} times',
}, {
	title: '设备', facts: '基本信息', next: '下一步', media: '存储介质', identities: '设备标识', history: '经历', prices: '售价记录', repairs: '维修', components: '部件', profit: '盈亏', passport: '设备护照', passport_text: '任何人都可以查看的信息', photos: '照片', decisions: '转售或拆解', sales: '销售',
	category: '类别', number: '编号', site: '网点', on_way: '正运往', place: '位置', state: '进入此状态', grade: '等级', weight: '重量', received: '收取时间', price: '售价', hold: '冻结原因', hold_until: '最早可售', returns: '买家退货', item: '回收订单', cosmetic: 'C{c} 外观', functional: 'F{f} 功能',
	bench: '在检测台打开', actions: '可用操作', none_may: '您的角色没有可用操作。', ends: '尾号 {end}', until: '至 {when}', off: '下架', income: '收入', cost: '成本', sum: '利润', bonus: '来自补贴资金的奖励', same_as: '与此相同', at_item: '前往订单页面', erased_id: '已删除',
	fitted: '装入', out: '取出', hazard: '危害', parts_of: '维修 {n}', sale_n: '销售 {n}', resale: '转售', recovery: '拆解', times: '{n} 次',
});
const profitLine = codeWords({ purchase: 'Bought for', sale: 'Sold for', commission: 'Commission', erase: 'Erasing', repair: 'Repairs', selling: 'Selling', processing: 'Dismantling', tax: 'Tax', material: 'Material', rounding: 'Rounding', transport: 'Transport', compensation: 'Compensation', other: 'Other', write_off: 'Written off', cost: 'Cost' },
	{ purchase: '收购', sale: '售出', commission: '佣金', erase: '擦除', repair: '维修', selling: '销售', processing: '拆解', tax: '税', material: '材料', rounding: '取整', transport: '运输', compensation: '赔偿', other: '其他', write_off: '核销', cost: '成本' });

type Component = Row<'recover.tree'>;
function Tree(p: { of: Component[]; parent: number }) {
	const here = p.of.filter((c) => (c.parent ?? 0) === p.parent);
	return here.length ? (
		<ul class="tree">{here.map((c) => (
			<li key={c.component}>{c.code.replace(/_/g, ' ')} <span class="muted">{[c.material, mass(c.mass_mg)].filter((x) => x && x !== '–').join(' · ')}</span> {c.hazard && <Chip tone="warn">{w('hazard')}{colon()}{c.hazard}</Chip>}<Tree of={p.of} parent={c.component} /></li>
		))}</ul>
	) : null;
}

export default function DevicePage() {
	const { params } = useRoute(), id = Number(params.device);
	if (!signedIn())
		return <Page title={w('title')} narrow><Wrong error={new Problem('unauthenticated', 401, '')} /></Page>;
	return <Device key={id} id={id} />;
}
function Device(p: { id: number }) {
	const city = cityId(), of = { city, device: p.id };
	const dev = useAsk('device.get', of), next = useAsk('desk.next', can('clerk', 'technician', 'dismantler', 'officer', 'analyst', 'auditor', 'admin') ? of : undefined);
	const tries = useAsk('erase.attempts', { ...of, limit: 200 });
	const seller = can('clerk', 'technician', 'officer', 'analyst', 'auditor', 'admin');
	const prices = useAsk('stock.prices', seller ? { ...of, limit: 100 } : undefined), decisions = useAsk('stock.decisions', seller ? { ...of, limit: 50 } : undefined), sales = useAsk('stock.sales', seller ? { ...of, limit: 50 } : undefined);
	const profit = useAsk('settle.device_profit', can('officer', 'analyst', 'auditor', 'admin') ? of : undefined);
	const tree = useAsk('recover.tree', { ...of, limit: 1000 });
	const item = useAsk('tradein.item', dev.data?.item ? { city, item: dev.data.item } : undefined);
	const [events, setEvents] = useState<Event[]>(), [error, setError] = useState<Problem>(), [turn, setTurn] = useState(0), [open, setOpen] = useState<string>();
	useEffect(() => {
		askAll('device.history', of, 5000).then(setEvents, (e) => setError(e instanceof Problem ? e : new Problem('error', 0, String(e))));
	}, [turn]);
	const reload = () => {
		for (const x of [dev, next, tries, prices, decisions, sales, profit, tree, item])
			x.reload();
		setTurn((n) => n + 1);
	};
	const d = dev.data, n = next.data, m = d?.model ? modelOf(d.model).value : undefined;
	const subject: Subject = { device: p.id, label: d?.label, category: d?.category, model: d?.model, state: d?.state, site: d?.site, sale: n?.sale ?? d?.sale, price: d?.listed_minor, media: d?.media, identifiers: d?.identifiers, medium: n?.medium };
	const possible = (n?.possible ?? []).filter((a) => a.may && (a.action !== 'device.arrive' || d?.place === 'transit'));
	const dialogs = possible.filter((a) => hasDialog(a.action)), back = d?.state === 'delivered' && d.sale && can('clerk', 'technician', 'admin');
	const elsewhere = possible.some((a) => !hasDialog(a.action) && a.action !== 'inspect.record');
	const repairs = (events ?? []).filter((e) => e.type === 'stock.repair');
	const link = `${location.origin}/p/${city}/${p.id}`;
	return (
		<Page title={m ? `${m.brand} ${m.name}` : d?.label ?? w('title')} sub={d && <span class="row"><span class="mono">{d.label}</span><DeviceState state={d.state} />{d.grade_c !== undefined && <Chip>{w('cosmetic', { c: String(d.grade_c) })}</Chip>}{d.grade_f !== undefined && <Chip>{w('functional', { f: String(d.grade_f) })}</Chip>}{d.listed_minor ? <strong>{money(d.listed_minor)}</strong> : null}</span>}
			actions={d && can('technician', 'clerk', 'admin') && <a class="button main" href={`/bench/device/${p.id}`}><Wrench aria-hidden="true" />{w('bench')}</a>}>
			<Shown of={dev} lines={10}>{(x) => (
				<div class="side">
					<div class="stack">
						{n && <Card title={w('actions')}>
							{n.action && <p class="muted">{w('next')}: <strong>{actionWord(n.action)}</strong></p>}
							<div class="actions">
								{n.item && possible.some((a) => a.action === 'inspect.record' && a.of === 'device') && <a class={`button ${n.action === 'inspect.record' ? 'main' : ''}`} href={`/bench/inspect/${n.item}`}>{actionWord('inspect.record')}</a>}
								{dialogs.map((a) => <Button key={a.action} kind={a.action === n.action ? 'main' : undefined} small={a.action !== n.action} onClick={() => setOpen(a.action)}>{actionName(a.action, x.state)}</Button>)}
								{back && <Button onClick={() => setOpen('stock.return')}>{actionWord('stock.return')}</Button>}
								{can('technician', 'admin') && !['delivered', 'returned', 'seized', 'lost', 'recovered'].includes(x.state ?? '') && <Button small kind="quiet" onClick={() => setOpen(x.same_as?.some((s) => !s.to_us) ? 'device.unmerge' : 'device.merge')}>{actionWord(x.same_as?.some((s) => !s.to_us) ? 'device.unmerge' : 'device.merge')}</Button>}
							</div>
							{elsewhere && n.item && <a href={`/items/${n.item}`}>{w('at_item')}</a>}
							{!dialogs.length && !back && !elsewhere && <p class="muted">{w('none_may')}</p>}
						</Card>}
						<Card title={w('history')}>{events ? <History of={events} /> : error ? <Wrong error={error} retry={reload} /> : <Shown of={{ loading: true, reload }}>{() => null}</Shown>}</Card>
					</div>
					<div class="stack">
						<Card title={w('facts')}><Facts of={[
							[w('category'), <CategoryName code={x.category} />], [w('number'), <span class="mono">{x.device}</span>], [w('site'), x.site && x.place === 'site' ? <SiteName id={x.site} /> : ''], [w('on_way'), x.to_site ? <SiteName id={x.to_site} /> : ''], [w('place'), placeWord(x.place)],
							[w('state'), ago(x.since_us)], [w('grade'), grades(x.grade_c, x.grade_f)], [w('weight'), x.mass_mg ? mass(x.mass_mg) : ''], [w('received'), when(x.received_us, 'date')], [w('price'), x.listed_minor ? money(x.listed_minor) : ''], [w('hold'), x.hold_reason ? holdWord(x.hold_reason) : ''],
							[w('hold_until'), x.hold_until_us ? when(x.hold_until_us, 'date') : ''], [w('returns'), x.returns ? w('times', { n: x.returns }) : ''], [w('item'), x.item ? <><a href={`/items/${x.item}`}>{x.item}</a> <ItemState state={item.data?.state} /></> : ''],
							[w('same_as'), x.same_as?.length ? <>{x.same_as.filter((s) => !s.to_us).map((s) => <a key={s.device} href={`/devices/${s.device}`}>{s.device} </a>)}</> : ''],
						]} /></Card>
						<Card title={w('passport')}><div class="row top"><Qr text={link} label={w('passport')} size={132} /><div class="stack tight grow"><a href={`/p/${city}/${p.id}`}>{w('passport_text')}</a><div><Copy text={link} /></div></div></div></Card>
						<Card title={w('media')}><Media device={x} attempts={tries.data?.items} /></Card>
						{!!item.data?.photos?.length && can('clerk', 'technician', 'dismantler', 'officer', 'auditor', 'admin') && <Card title={w('photos')}><div class="photos">{item.data.photos.map((f) => <Photo key={f.evidence} evidence={f.evidence!} />)}</div></Card>}
						{!!x.identifiers?.length && <Card title={w('identities')}><Facts of={x.identifiers.map((i) => [identityWord(i.kind), <><span class="mono">{i.ends_with ? w('ends', { end: i.ends_with }) : w('erased_id')}</span>{i.to_us ? <small class="muted"> {w('until', { when: when(i.to_us, 'date') })}</small> : null}</>])} /></Card>}
						{!!decisions.data?.items?.length && <Card title={w('decisions')}>{decisions.data.items.map((x) => (
							<div key={x.seq}><strong>{choiceWord(x.choice)}</strong> <small class="muted">{when(x.at_us, 'date')}</small><div class="small">{w('resale')} {money(x.resale_minor)} · {w('recovery')} {money(x.recovery_minor)}</div></div>
						))}</Card>}
						{!!prices.data?.items?.length && <Card title={w('prices')}><ul class="plain">{prices.data.items.map((x) => <li key={x.seq} class="row spread"><span>{x.price_minor === undefined ? w('off') : money(x.price_minor)}</span><small class="muted">{when(x.at_us)}</small></li>)}</ul></Card>}
						{!!sales.data?.items?.length && <Card title={w('sales')}><ul class="plain">{sales.data.items.map((x) => <li key={x.sale} class="row spread"><a href={`/sales/${x.sale}`}>{w('sale_n', { n: String(x.sale) })}</a><span>{money(x.price_minor)}</span><small class="muted">{saleState(x.state)}</small></li>)}</ul></Card>}
						{repairs.length > 0 && <Card title={w('repairs')}>{repairs.map((e) => {
							const data = dataOf(e);
							return (
								<div key={e.seq}><div class="row spread"><strong>{w('parts_of', { n: String(data.repair) })}</strong><span>{money(data.cost_minor as number | undefined)}</span></div>
									<ul class="plain small">{((data.parts as Part[] | undefined) ?? []).map((x, i) => <li key={i}>{partWord(x.code)} · {x.direction === 'in' ? w('fitted') : w('out')} · {mass(x.mass_mg)}{x.cost_minor ? ` · ${money(x.cost_minor)}` : ''}</li>)}</ul></div>
							);
						})}</Card>}
						{!!tree.data?.items?.length && <Card title={w('components')}><Tree of={tree.data.items} parent={0} /></Card>}
						{profit.data && <Card title={w('profit')}>
							<ul class="plain">{(profit.data.lines ?? []).map((l, i) => <li key={i} class="row spread"><span>{profitLine(l.what)}</span><span class={(l.in_minor ?? 0) < (l.out_minor ?? 0) ? 'down' : ''}>{money((l.in_minor ?? 0) - (l.out_minor ?? 0), profit.data!.currency, true)}</span></li>)}</ul>
							<hr />
							<ul class="plain">
								{([['income', profit.data.income_minor], ['cost', profit.data.cost_minor]] as const).map(([k, v]) => <li key={k} class="row spread"><span class="muted">{w(k)}</span><span>{money(v)}</span></li>)}
								<li class="row spread"><strong>{w('sum')}</strong><strong>{money(profit.data.profit_minor, undefined, true)}</strong></li>
								{!!profit.data.bonus_minor && <li class="row spread small muted"><span>{w('bonus')}</span><span>{money(profit.data.bonus_minor)}</span></li>}
							</ul>
						</Card>}
					</div>
				</div>
			)}</Shown>
			{next.error && next.error.status !== 403 && dev.data && <Note tone="warn">{reason(next.error)}</Note>}
			{open && <Act action={open} of={subject} onClose={() => setOpen(undefined)} onDone={() => { setOpen(undefined); reload(); }} />}
		</Page>
	);
}
