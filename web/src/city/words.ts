/* Words that the city's pages share, and who may open them. */
import { codeWords } from '../base/words';
import type { Role } from '../base/session';

export const readers: Role[] = ['officer', 'analyst', 'auditor', 'admin'];
export const moneyReaders: Role[] = ['officer', 'auditor', 'admin'];

export const flags = { agreed: 1, revised: 2, returned: 4, failed: 8, rejected: 16, held: 32, lost: 64 } as const;
/** What became of a device, and the states that say so. */
export const outcomes: Record<string, string[]> = {
	work: ['in_custody', 'owned', 'erasing', 'erased', 'erase_failed', 'stock'], sale: ['listed', 'sold'], resold: ['delivered'],
	apart: ['to_recover', 'recovered'], back: ['returning', 'returned'], stop: ['held', 'seized', 'lost'],
};
export const outcomeWord = codeWords({
	work: 'In our hands', sale: 'On sale', resold: 'Resold', apart: 'To materials', back: 'Given back', stop: 'Held or lost',
}, { work: '处理中', sale: '在售', resold: '已转售', apart: '拆解回收', back: '退还机主', stop: '冻结或遗失' });
export const accountWord = codeWords({
	mg_outside: 'Received', mg_measurement: 'Difference to the scale', mg_parts_in: 'Parts fitted', mg_gain: 'Recorded gain', mg_device: 'Devices on hand', mg_batch: 'Being dismantled',
	mg_fraction: 'Fractions on hand', mg_consignment: 'On the way to recyclers', mg_downstream: 'Confirmed by recyclers', mg_sold: 'Sold', mg_returned: 'Given back', mg_loss: 'Recorded loss',
	mg_parts_out: 'Parts taken out', mg_receipt_difference: 'Not confirmed by receipts', remainder: 'Not accounted for',
	money_bank: 'Bank', money_owner: 'Owners', money_merchant: 'Merchants', money_device: 'Devices', money_buyer: 'Buyers', money_tax: 'Tax', money_benefit_fund: 'Bonus fund', money_benefit: 'Bonuses',
	money_recycler: 'Recyclers', money_batch: 'Recovery', money_loss: 'Losses', money_position: 'Currency exchange', money_rounding: 'Rounding', money_repair: 'Repairs',
}, {
	mg_outside: '收入', mg_measurement: '与称重的差异', mg_parts_in: '装入零件', mg_gain: '登记盈余', mg_device: '在手设备', mg_batch: '拆解中',
	mg_fraction: '在手拆解物', mg_consignment: '运往回收厂途中', mg_downstream: '回收厂已确认', mg_sold: '已售出', mg_returned: '已退还', mg_loss: '登记损耗',
	mg_parts_out: '拆下零件', mg_receipt_difference: '回执未确认', remainder: '去向不明',
	money_bank: '银行', money_owner: '机主', money_merchant: '商户', money_device: '设备', money_buyer: '买家', money_tax: '税款', money_benefit_fund: '补贴基金', money_benefit: '补贴',
	money_recycler: '回收厂', money_batch: '拆解', money_loss: '损失', money_position: '外汇', money_rounding: '舍入', money_repair: '维修',
});
export const methodWord = codeWords({ Clear: 'Clear', Purge: 'Purge', Destroy: 'Destroy' }, { Clear: '清除 (Clear)', Purge: '净化 (Purge)', Destroy: '销毁 (Destroy)' });
export const resultWord = codeWords({ verified: 'Verified', unverifiable: 'Could not be verified', failed: 'Failed', not_attempted: 'Not tried' }, { verified: '已验证', unverifiable: '无法验证', failed: '失败', not_attempted: '未尝试' });
