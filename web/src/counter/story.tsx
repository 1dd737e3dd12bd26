/* What happened to an item, in words: one line an entry of the journal. */
import type { Row } from '../base/ask';
import { who } from '../base/session';
import { mass, money, when } from '../base/format';
import { codeWords, words } from '../base/words';
import { itemState } from '../ui/states';

const w = words({
	book: 'Booked at {price}', give: 'The owner handed it over', take: 'The counter took it in', take_stolen: 'list of stolen devices: {answer}', cancel: 'The booking was cancelled', lapse: 'Its time ran out', accept: 'The new offer of {price} was accepted', decline: 'The owner wants it back', return_given: 'Given back by us', return_taken: 'Taken back by the owner',
	return_failed: 'It could not be given back', compensate: 'Lost: compensated with {price}', seized: 'Closed: seized by an authority', agreed: 'Inspected: agreed at {price}', offered: 'Inspected: a new offer of {price}', inspected: 'Inspected, no price yet', payout: 'Payment ordered', paid: 'Paid', rejected: 'The bank rejected the payment', payout_cancel: 'The payment was cancelled', exported: 'Payment sent to the bank', evidence: 'A photo or document was added', grade: 'grade C{c} F{f}', weight: '{mass}', to: 'now: {state}',
	give_keep: 'The owner gave it into our care, without a price', propose: 'The price of {price} was put to the owner', listed: 'Listed as stolen: held', accept_price: 'The price of {price} was accepted', account: 'The owner named an account for the payment',
	you: 'you', owner: 'the owner', system: 'by itself', user: 'user {n}', told: 'reported later, happened {at}', signed: 'with a signed slip', entry: 'entry {n}', none: 'Nothing yet.',
}, {
	book: '以 {price} 预约', give: '机主已交付', take: '柜台已收件', take_stolen: '被盗名单：{answer}', cancel: '预约已取消', lapse: '已过期', accept: '已接受新报价 {price}', decline: '机主要求退回', return_given: '我方已退还', return_taken: '机主已取回',
	return_failed: '未能退还', compensate: '遗失：赔付 {price}', seized: '已结案：被有关部门扣押', agreed: '检测完成：以 {price} 成交', offered: '检测完成：新报价 {price}', inspected: '已检测，暂无价格', payout: '已安排付款', paid: '已付款', rejected: '银行拒绝付款', payout_cancel: '付款已取消', exported: '付款已提交银行', evidence: '已添加照片或文件', grade: '等级 C{c} F{f}', weight: '{mass}', to: '当前：{state}',
	give_keep: '机主交由我们保管，尚无价格', propose: '已向机主报价 {price}', listed: '在被盗名单上：已冻结', accept_price: '已接受价格 {price}', account: '机主指定了收款账户',
	you: '您', owner: '机主', system: '系统自动', user: '用户 {n}', told: '事后登记，发生于 {at}', signed: '附签字单', entry: '记录 {n}', none: '暂无记录。',
});
export const stolenWord = codeWords({ clear: 'not listed', listed: 'listed', unknown: 'not looked up' }, { clear: '不在名单上', listed: '在名单上', unknown: '未查询' });
type Entry = Row<'tradein.history'>;
type Data = Record<string, unknown>;

/* `data` is the entry's object as it is in the journal. */
export const dataOf = (e: Entry): Data => (typeof e.data === 'object' && e.data !== null ? (e.data as Data) : {});
const number = (d: Data, name: string) => (typeof d[name] === 'number' ? (d[name] as number) : undefined);
const text = (d: Data, name: string) => (typeof d[name] === 'string' ? (d[name] as string) : undefined);

export function lineOf(e: Entry, item?: number): string {
	const d = dataOf(e), price = money(number(d, 'agreed_minor') ?? number(d, 'offered_minor') ?? number(d, 'price_minor'));
	switch (e.type) {
	case 'tradein.book': {
		const own = Array.isArray(d.items) ? (d.items as Data[]).find((x) => x.item === item) ?? (d.items as Data[])[0] : undefined;
		return w('book', { price: money(own && number(own, 'quoted_minor')) });
	}
	case 'tradein.give': return d.custody_only ? w('give_keep') : w('give');
	case 'tradein.take_in': return w('take');
	case 'tradein.cancel': return w('cancel');
	case 'tradein.lapse': return w('lapse');
	case 'tradein.accept': return number(d, 'promised_minor') !== undefined ? w('accept_price', { price: money(number(d, 'promised_minor')) }) : w('accept', { price });
	case 'tradein.propose': return text(d, 'hold_reason') ? w('listed') : w('propose', { price: money(number(d, 'promised_minor')) });
	case 'tradein.account': return w('account');
	case 'tradein.decline': return w('decline');
	case 'tradein.return_given': return w('return_given');
	case 'tradein.return_taken': return w('return_taken');
	case 'tradein.return_failed': return w('return_failed');
	case 'tradein.compensate': return w('compensate', { price });
	case 'tradein.seized': return w('seized');
	case 'inspect.record': return text(d, 'to') === 'offered' ? w('offered', { price }) : text(d, 'to') === 'inspected' ? w('inspected') : w('agreed', { price });
	case 'settle.payout_create': return w('payout');
	case 'settle.payout_exported': return w('exported');
	case 'settle.payout_cancel': return w('payout_cancel');
	case 'settle.payout_result': return text(d, 'result') === 'rejected' || text(d, 'to') === 'failed' ? w('rejected') : w('paid');
	case 'evidence.add': return w('evidence');
	default: return (e.type ?? '').replace(/[._]/g, ' ');
	}
}
export function byWhom(e: Entry): string {
	if (e.actor && e.actor === who.value.user)
		return w('you');
	if (e.actor)
		return w('user', { n: String(e.actor) });
	return /give|accept|decline|return_taken|cancel|book|account/.test(e.type ?? '') ? w('owner') : w('system');
}
export function Story(p: { entries: Entry[]; item?: number; fresh?: number }) {
	if (!p.entries.length)
		return <p class="muted">{w('none')}</p>;
	return (
		<ol class="way">
			{p.entries.map((e) => {
				const d = dataOf(e), more = [
					/^tradein\.(take_in|propose)$/.test(e.type ?? '') && text(d, 'stolen') && w('take_stolen', { answer: stolenWord(text(d, 'stolen')) }),
					e.type === 'tradein.give' && d.evidence !== undefined && w('signed'),
					number(d, 'grade_c') !== undefined && w('grade', { c: String(d.grade_c), f: String(d.grade_f) }),
					e.type === 'inspect.record' && number(d, 'mass_mg') !== undefined && w('weight', { mass: mass(number(d, 'mass_mg')) }),
					/^tradein\.(cancel|decline|lapse)/.test(e.type ?? '') && text(d, 'to') && w('to', { state: itemState(text(d, 'to')) }),
					(e.recorded_us ?? 0) - (e.happened_us ?? 0) > 60e6 && w('told', { at: when(e.happened_us) }),
				].filter(Boolean);
				return (
					<li key={e.seq} class={`done ${p.fresh !== undefined && e.seq! > p.fresh ? 'now' : ''}`}>
						<b>{lineOf(e, p.item)}</b>{more.length > 0 && <span class="muted"> · {more.join(' · ')}</span>}
						<div class="small muted">{when(e.recorded_us)} · {byWhom(e)} · <span class="nowrap">{w('entry', { n: String(e.seq) })}</span></div>
					</li>
				);
			})}
		</ol>
	);
}
