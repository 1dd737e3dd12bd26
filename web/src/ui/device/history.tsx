/* Everything that happened to a device, in words: newest first, each with its entry in the log and the proof of it. */
import type { Row } from '../../base/ask';
import { cityId } from '../../base/session';
import { mass, money, when } from '../../base/format';
import { codeWords, colon, listed, words } from '../../base/words';
import { SiteName } from '../names';
import { partWord } from '../part-words';
import { choiceWord, disposeReason, holdWord, identityWord, mediumKind, methodWord, outcomeWord, reasonWord, returnReason, sendReason, techniqueWord } from './words';

const w = words({
	entry: 'Entry {n}', proof: 'Proof', user: 'user {n}', system: 'by itself', to: 'to', medium: 'Medium {n}', parts_in: 'Fitted: {parts}', parts_out: 'Taken out: {parts}', agreed: 'Agreed at {price}', offered: 'New offer {price}', price: 'Price {price}', paid: 'For {price}', refund: 'Credited {price}', ids: 'Identities: {ids}',
	resale: 'Resale {a}, recovery {b}', round: 'Round {n}', late: 'said to have happened {when}', cost: 'Cost {price}', kept: 'Decided: {choice}', way: 'The way of this device', nothing: 'Nothing has happened yet.',
}, {
	entry: '第 {n} 条', proof: '证明', user: '用户 {n}', system: '自动', to: '至', medium: '介质 {n}', parts_in: '装入：{parts}', parts_out: '取出：{parts}', agreed: '成交价 {price}', offered: '新报价 {price}', price: '价格 {price}', paid: '金额 {price}', refund: '退款 {price}', ids: '标识：{ids}',
	resale: '转售 {a}，拆解 {b}', round: '第 {n} 轮', late: '声称发生于 {when}', cost: '费用 {price}', kept: '决定：{choice}', way: '设备经历', nothing: '尚无记录。',
});
const past = codeWords({
	'tradein.book': 'Booked', 'tradein.give': 'The owner handed it over', 'tradein.take_in': 'Taken in', 'device.ship': 'Sent off', 'device.arrive': 'Arrived', 'inspect.record': 'Inspected', 'tradein.accept': 'The owner accepted the new offer', 'tradein.decline': 'The owner declined the new offer',
	'tradein.lapse': 'The offer lapsed', 'tradein.return_given': 'Given back', 'tradein.return_taken': 'The owner has it back', 'tradein.return_failed': 'Could not be given back', 'erase.start': 'Erasing began', 'erase.attempt': 'An attempt to erase', 'erase.destroy': 'A medium was destroyed', 'device.medium': 'A storage medium was added',
	'device.weigh': 'Weighed', 'device.hold': 'Put on hold', 'device.release': 'Released', 'device.seize': 'Given to an authority', 'device.lose': 'Could not be found', 'device.find': 'Found again', 'device.identify': 'Identities were changed', 'device.merge': 'Found to be the same as another', 'device.unmerge': 'No longer the same as another',
	'stock.dispose': 'Resale or recovery was decided', 'stock.repair': 'Repaired', 'stock.receive': 'Taken into stock', 'stock.list': 'Put up for sale', 'stock.unlist': 'Taken off sale', 'stock.sell': 'Sold', 'stock.cancel_sale': 'The sale was cancelled', 'stock.deliver': 'Handed to the buyer', 'stock.return': 'The buyer returned it',
	'stock.stocktake': 'Missing at a stocktake', 'recover.send': 'Sent to recovery', 'recover.weigh_in': 'Weighed in for dismantling', 'recover.component': 'A component was recorded', 'evidence.add': 'A photo or document was added', 'tradein.compensate': 'The owner was compensated', 'tradein.propose': 'The price was put to the owner', 'tradein.seized': 'Closed: seized',
}, {
	'tradein.book': '已预约', 'tradein.give': '机主已交付', 'tradein.take_in': '已收取', 'device.ship': '已发出', 'device.arrive': '已到达', 'inspect.record': '已检测', 'tradein.accept': '机主接受新报价', 'tradein.decline': '机主拒绝新报价',
	'tradein.lapse': '报价已过期', 'tradein.return_given': '已退还', 'tradein.return_taken': '机主已取回', 'tradein.return_failed': '未能退还', 'erase.start': '开始擦除', 'erase.attempt': '一次擦除', 'erase.destroy': '销毁一个介质', 'device.medium': '添加存储介质',
	'device.weigh': '已称重', 'device.hold': '已冻结', 'device.release': '已解除冻结', 'device.seize': '已移交主管机关', 'device.lose': '未能找到', 'device.find': '已找回', 'device.identify': '标识变更', 'device.merge': '确认与另一台相同', 'device.unmerge': '取消与另一台的合并',
	'stock.dispose': '决定转售或拆解', 'stock.repair': '已维修', 'stock.receive': '已入库', 'stock.list': '已上架', 'stock.unlist': '已下架', 'stock.sell': '已售出', 'stock.cancel_sale': '销售已取消', 'stock.deliver': '已交付买家', 'stock.return': '买家退货',
	'stock.stocktake': '盘点时缺失', 'recover.send': '送去拆解', 'recover.weigh_in': '拆解称入', 'recover.component': '记录了部件', 'evidence.add': '添加了照片或文件', 'tradein.compensate': '已赔偿机主', 'tradein.propose': '已向机主报价', 'tradein.seized': '结案：已移交',
});
const bad = new Set(['device.hold', 'device.lose', 'device.seize', 'stock.return', 'stock.stocktake', 'tradein.decline', 'tradein.lapse', 'stock.cancel_sale']);
export type Event = Row<'device.history'>;
/** What an entry recorded: an object by its action's fields, whatever the schema says. */
export type Data = { [k: string]: unknown };
export const dataOf = (e: Event): Data => {
	const d = e.data as unknown;
	return d && typeof d === 'object' ? (d as Data) : {};
};
export interface Part { code?: string; direction?: string; mass_mg?: number; cost_minor?: number }
const num = (d: Data, k: string) => (typeof d[k] === 'number' ? (d[k] as number) : undefined);
const text = (d: Data, k: string) => (typeof d[k] === 'string' ? (d[k] as string) : undefined);

/** The details of an entry that people ask for. */
function details(e: Event): string[] {
	const d = dataOf(e), out: (string | undefined | false)[] = [];
	const price = (k: string, key: 'agreed' | 'offered' | 'price' | 'paid' | 'refund' | 'cost') => num(d, k) !== undefined && w(key, { price: money(num(d, k)) });
	switch (e.type) {
	case 'inspect.record':
		out.push(num(d, 'grade_c') !== undefined && `C${num(d, 'grade_c')} F${num(d, 'grade_f')}`, price('agreed_minor', 'agreed'), price('offered_minor', 'offered'), text(d, 'hold_reason') && holdWord(text(d, 'hold_reason')), num(d, 'mass_mg') !== undefined && mass(num(d, 'mass_mg')));
		break;
	case 'erase.start': out.push(w('round', { n: String(num(d, 'round') ?? '') })); break;
	case 'erase.attempt': case 'erase.destroy':
		out.push(w('medium', { n: String(num(d, 'medium') ?? '') }), outcomeWord(text(d, 'outcome')), methodWord(text(d, 'method')), techniqueWord(text(d, 'technique')), [text(d, 'tool'), text(d, 'tool_version')].filter(Boolean).join(' '), reasonWord(text(d, 'reason')));
		break;
	case 'device.medium': out.push(mediumKind(text(d, 'kind'))); break;
	case 'device.weigh': case 'recover.weigh_in': out.push(mass(num(d, 'mass_mg') ?? num(d, 'scale_mg'))); break;
	case 'device.hold': out.push(holdWord(text(d, 'reason'))); break;
	case 'stock.dispose': out.push(w('kept', { choice: choiceWord(text(d, 'choice')) }), w('resale', { a: money(num(d, 'resale_minor')), b: money(num(d, 'recovery_minor')) }), disposeReason(text(d, 'reason'))); break;
	case 'stock.repair': {
		const parts = (d.parts as Part[] | undefined) ?? [], names = (way: string) => listed(parts.filter((x) => x.direction === way).map((x) => partWord(x.code)));
		out.push(names('in') && w('parts_in', { parts: names('in') }), names('out') && w('parts_out', { parts: names('out') }), price('cost_minor', 'cost'));
		break;
	}
	case 'stock.list': out.push(price('price_minor', 'price')); break;
	case 'stock.sell': out.push(price('price_minor', 'paid')); break;
	case 'stock.return': out.push(returnReason(text(d, 'reason')), price('refund_minor', 'refund')); break;
	case 'recover.send': out.push(sendReason(text(d, 'reason'))); break;
	case 'tradein.take_in': case 'device.identify': {
		const claims = ((d.claims as { kind?: string }[] | undefined) ?? []).map((c) => identityWord(c.kind));
		out.push(claims.length > 0 && w('ids', { ids: listed(claims) }), num(d, 'mass_mg') !== undefined && mass(num(d, 'mass_mg')));
		break;
	}
	}
	return out.filter((x): x is string => !!x && x !== '–');
}
/* The same action in two meanings. */
const other = codeWords({ 'tradein.propose': 'Listed as stolen: put on hold', 'tradein.accept': 'The owner accepted the price' }, { 'tradein.propose': '在失窃名单上：已冻结', 'tradein.accept': '机主接受价格' });
export const eventText = (e: Event) => ((e.type === 'tradein.propose' && text(dataOf(e), 'hold_reason')) || (e.type === 'tradein.accept' && num(dataOf(e), 'promised_minor') !== undefined) ? other(e.type) : past(e.type));

export function History(p: { of: Event[] }) {
	const events = [...p.of].sort((a, b) => (b.seq ?? 0) - (a.seq ?? 0));
	if (!events.length)
		return <p class="muted">{w('nothing')}</p>;
	return (
		<ol class="way" aria-label={w('way')}>
			{events.map((e, i) => {
				const d = dataOf(e), failed = e.type === 'erase.attempt' && d.outcome !== 'verified', late = (e.recorded_us ?? 0) - (e.happened_us ?? 0) > 3600e6;
				return (
					<li key={e.seq} class={bad.has(e.type ?? '') || failed ? 'stop' : i === 0 ? 'now' : 'done'}>
						<div><strong>{eventText(e)}</strong>{e.type === 'device.ship' && typeof d.to_site === 'number' ? <> {w('to')} <SiteName id={d.to_site} /></> : null}</div>
						{details(e).length > 0 && <div>{details(e).join(' · ')}</div>}
						<div class="small muted">
							{when(e.recorded_us)}{late ? ` (${w('late', { when: when(e.happened_us) })})` : ''}{e.site ? <> · <SiteName id={e.site} /></> : null} · {e.actor ? w('user', { n: String(e.actor) }) : w('system')} · {w('entry', { n: String(e.seq) })} · <a href={`/v1/cities/${cityId()}/log/proof/inclusion?seq=${e.seq}`} target="_blank" rel="noopener" aria-label={`${w('proof')}${colon()}${w('entry', { n: String(e.seq) })}`}>{w('proof')}</a>
						</div>
					</li>
				);
			})}
		</ol>
	);
}
