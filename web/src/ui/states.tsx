/* States of devices and items, in words and tones. */
import { codeWords } from '../base/words';
import { Chip, type Tone } from './basic';

export const deviceState = codeWords({
	in_custody: 'In our care', owned: 'Bought', erasing: 'Being erased', erased: 'Erased', erase_failed: 'Erasure failed', stock: 'In stock', listed: 'For sale', sold: 'Sold',
	delivered: 'Delivered', to_recover: 'To recovery', recovered: 'Dismantled', returning: 'Going back', returned: 'Returned', held: 'On hold', seized: 'Seized', lost: 'Lost',
}, {
	in_custody: '保管中', owned: '已收购', erasing: '正在擦除', erased: '已擦除', erase_failed: '擦除失败', stock: '库存', listed: '在售', sold: '已售出',
	delivered: '已交付', to_recover: '待拆解', recovered: '已拆解', returning: '退回中', returned: '已退回', held: '冻结', seized: '已移交', lost: '遗失',
});
export const itemState = codeWords({
	booked: 'Booked', in_custody: 'Handed in', inspected: 'Inspected', offered: 'New offer', agreed: 'Agreed', paying: 'Being paid', paid: 'Paid', payout_failed: 'Payment failed',
	returning: 'Going back', returned: 'Returned', cancelled: 'Cancelled', lapsed: 'Lapsed', lost: 'Lost', netted: 'Set against a purchase', seized: 'Seized', kept: 'Price to be accepted',
}, {
	booked: '已预约', in_custody: '已交付', inspected: '已检测', offered: '新报价', agreed: '已同意', paying: '付款中', paid: '已付款', payout_failed: '付款失败',
	returning: '退回中', returned: '已退回', cancelled: '已取消', lapsed: '已过期', lost: '遗失', netted: '已抵扣购物款', seized: '已移交', kept: '价格待确认',
});
const tones: Record<string, Tone> = {
	erased: 'good', stock: 'good', listed: 'info', sold: 'good', delivered: 'good', paid: 'good', agreed: 'good', netted: 'good', recovered: 'good',
	offered: 'warn', kept: 'warn', erasing: 'info', paying: 'info', booked: 'info', in_custody: 'info', returning: 'warn', held: 'warn', to_recover: 'info',
	erase_failed: 'bad', payout_failed: 'bad', lost: 'bad', seized: 'bad',
};
export const DeviceState = (p: { state?: string }) => (p.state ? <Chip tone={tones[p.state] ?? ''}>{deviceState(p.state)}</Chip> : null);
export const ItemState = (p: { state?: string }) => (p.state ? <Chip tone={tones[p.state] ?? ''}>{itemState(p.state)}</Chip> : null);
export const roleWord = codeWords({
	owner: 'Owner', clerk: 'Counter', technician: 'Bench', buyer: 'Buyer', dismantler: 'Dismantler', officer: 'City officer', analyst: 'Analyst', auditor: 'Auditor', admin: 'Administrator', system: 'System',
}, { owner: '机主', clerk: '柜台', technician: '检测台', buyer: '买家', dismantler: '拆解员', officer: '城市管理员', analyst: '分析员', auditor: '审计员', admin: '系统管理员', system: '系统' });
