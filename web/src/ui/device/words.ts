/* What is done to devices and found on them, in words. */
import { codeWords } from '../../base/words';

export const actionWord = codeWords({
	'inspect.record': 'Inspect', 'erase.start': 'Start erasing', 'erase.attempt': 'Record an erasure', 'erase.destroy': 'Destroy a medium', 'device.medium': 'Add a storage medium',
	'device.weigh': 'Weigh', 'device.ship': 'Send to another site', 'device.arrive': 'Has arrived', 'device.hold': 'Put on hold', 'device.release': 'Release', 'device.seize': 'Give to an authority',
	'device.lose': 'Cannot be found', 'device.find': 'Found again', 'device.identify': 'Identities', 'device.merge': 'Same as another', 'device.unmerge': 'Not the same after all',
	'stock.receive': 'Take into stock', 'stock.dispose': 'Sell or recover?', 'stock.list': 'Put up for sale', 'stock.unlist': 'Take off sale', 'stock.sell': 'Sell', 'stock.cancel_sale': 'Cancel the sale',
	'stock.deliver': 'Hand to the buyer', 'stock.return': 'Take back', 'stock.repair': 'Repair', 'recover.send': 'Send to recovery', 'recover.weigh_in': 'Weigh in for dismantling',
	'recover.component': 'Record a component', 'tradein.accept': 'Accept the offer', 'tradein.decline': 'Decline the offer', 'tradein.lapse': 'Let the offer lapse', 'tradein.return_given': 'Give back to the owner',
	'tradein.return_taken': 'Owner has it back', 'tradein.return_failed': 'Return failed', 'tradein.compensate': 'Compensate the owner', 'tradein.seized': 'Close: seized', 'tradein.take_in': 'Take in',
	'tradein.give': 'Owner hands over', 'tradein.propose': 'Check the list, name the price', 'tradein.account': 'Account for the payment', 'tradein.cancel': 'Cancel', 'settle.payout_create': 'Pay out', 'party.update': 'Correct the details', 'settle.payout_exported': 'Mark as sent to the bank',
	'settle.payout_cancel': 'Cancel the payout', 'settle.payout_result': 'Import the bank’s answer', 'recover.weigh_out': 'Weigh out', 'recover.batch_close': 'Close the batch', 'recover.receipt': 'Record the receipt',
	'recover.receipt_correct': 'Correct the receipt', 'stock.stocktake': 'Count the stock',
}, {
	'inspect.record': '检测', 'erase.start': '开始擦除', 'erase.attempt': '记录擦除结果', 'erase.destroy': '销毁存储介质', 'device.medium': '添加存储介质',
	'device.weigh': '称重', 'device.ship': '发往其他网点', 'device.arrive': '确认到达', 'device.hold': '冻结', 'device.release': '解除冻结', 'device.seize': '移交主管机关',
	'device.lose': '找不到设备', 'device.find': '已找回', 'device.identify': '设备标识', 'device.merge': '与另一台相同', 'device.unmerge': '取消合并',
	'stock.receive': '入库', 'stock.dispose': '转售还是拆解？', 'stock.list': '上架销售', 'stock.unlist': '下架', 'stock.sell': '售出', 'stock.cancel_sale': '取消销售',
	'stock.deliver': '交付买家', 'stock.return': '接收退货', 'stock.repair': '维修', 'recover.send': '送去拆解', 'recover.weigh_in': '拆解称入',
	'recover.component': '记录部件', 'tradein.accept': '接受报价', 'tradein.decline': '拒绝报价', 'tradein.lapse': '报价过期', 'tradein.return_given': '退还机主',
	'tradein.return_taken': '机主已取回', 'tradein.return_failed': '退还未成功', 'tradein.compensate': '赔偿机主', 'tradein.seized': '结案：已移交', 'tradein.take_in': '收取设备',
	'tradein.give': '机主交付', 'tradein.propose': '查名单并报价', 'tradein.account': '收款账户', 'tradein.cancel': '取消', 'settle.payout_create': '付款', 'party.update': '更正资料', 'settle.payout_exported': '标记为已提交银行',
	'settle.payout_cancel': '取消付款', 'settle.payout_result': '导入银行回执', 'recover.weigh_out': '称出', 'recover.batch_close': '关闭批次', 'recover.receipt': '登记回执',
	'recover.receipt_correct': '更正回执', 'stock.stocktake': '盘点',
});
const again = codeWords({ 'stock.list': 'Change the price' }, { 'stock.list': '改价' });
/** The action's name for a device in this state. */
export const actionName = (action: string, state: string | undefined) => (action === 'stock.list' && state === 'listed' ? again(action) : actionWord(action));
export const mediumKind = codeWords({ flash: 'Built-in memory', ssd: 'SSD', hdd: 'Hard disk', card: 'Memory card', sim: 'SIM card', other: 'Other' },
	{ flash: '内置存储', ssd: '固态硬盘', hdd: '机械硬盘', card: '存储卡', sim: 'SIM 卡', other: '其他' });
export const mediumState = codeWords({ present: 'Not yet erased', failed: 'Erasure failed', unverifiable: 'Could not be verified', erased: 'Erased and verified', destroyed: 'Destroyed', removed: 'Removed' },
	{ present: '尚未擦除', failed: '擦除失败', unverifiable: '无法验证', erased: '已擦除并验证', destroyed: '已销毁', removed: '已取出' });
export const outcomeWord = codeWords({ verified: 'Erased, verified', failed: 'Failed', unverifiable: 'Could not be verified', not_attempted: 'Not attempted' },
	{ verified: '已擦除并验证', failed: '失败', unverifiable: '无法验证', not_attempted: '未执行' });
export const techniqueWord = codeWords({
	overwrite: 'Overwrite', factory_reset: 'Factory reset', ata_secure_erase: 'ATA secure erase', ata_sanitize_overwrite: 'ATA sanitize overwrite', block_erase: 'Block erase', cryptographic_erase: 'Cryptographic erase',
	nvme_format: 'NVMe format', degauss: 'Degauss', disintegrate: 'Disintegrate', pulverize: 'Pulverise', melt: 'Melt', incinerate: 'Incinerate', shred: 'Shred',
}, {
	overwrite: '覆写', factory_reset: '恢复出厂设置', ata_secure_erase: 'ATA 安全擦除', ata_sanitize_overwrite: 'ATA Sanitize 覆写', block_erase: '块擦除', cryptographic_erase: '加密擦除',
	nvme_format: 'NVMe 格式化', degauss: '消磁', disintegrate: '分解', pulverize: '粉碎', melt: '熔化', incinerate: '焚烧', shred: '切碎',
});
export const methodWord = codeWords({ Clear: 'Clear', Purge: 'Purge', Destroy: 'Destroy' }, { Clear: '清除 (Clear)', Purge: '净化 (Purge)', Destroy: '销毁 (Destroy)' });
export const reasonWord = codeWords({
	no_power: 'No power', locked: 'Locked', no_access: 'No access', read_error: 'Read error', write_error: 'Write error', timeout: 'Took too long', verify_mismatch: 'Check found data', interrupted: 'Interrupted',
	unsupported: 'Not supported', not_worth: 'Not worth it',
}, {
	no_power: '无法开机', locked: '已锁定', no_access: '无法访问', read_error: '读取错误', write_error: '写入错误', timeout: '超时', verify_mismatch: '验证不符', interrupted: '被中断',
	unsupported: '不支持', not_worth: '不值得',
});
export const holdWord = codeWords({ activation_lock: 'Locked to an account', stolen_list: 'On the list of stolen devices', dispute: 'In dispute', statutory: 'Statutory holding time' },
	{ activation_lock: '激活锁未解除', stolen_list: '在失窃名单上', dispute: '存在争议', statutory: '法定保留期' });
export const sendReason = codeWords({ disposition: 'Worth more in parts', erase_failed: 'Cannot be erased', damaged: 'Damaged', incomplete: 'Incomplete', recall: 'Recalled' },
	{ disposition: '拆解价值更高', erase_failed: '无法擦除', damaged: '损坏', incomplete: '缺件', recall: '召回' });
export const returnReason = codeWords({ changed_mind: 'Changed their mind', not_as_described: 'Not as described', defective: 'Defective', other: 'Other' },
	{ changed_mind: '不想要了', not_as_described: '与描述不符', defective: '有故障', other: '其他' });
export const disposeReason = codeWords({ legal: 'Legal', safety: 'Safety', demand: 'Demand', customer: 'Customer’s wish', trial: 'Trial' },
	{ legal: '法律要求', safety: '安全', demand: '需求', customer: '客户意愿', trial: '试行' });
export const choiceWord = codeWords({ resale: 'Resale', recovery: 'Recovery' }, { resale: '转售', recovery: '拆解' });
export const identityWord = codeWords({ imei: 'IMEI', serial: 'Serial number', mac: 'MAC address', other: 'Other' }, { imei: 'IMEI', serial: '序列号', mac: 'MAC 地址', other: '其他' });
export const placeWord = codeWords({ site: 'At a site', transit: 'On its way', buyer: 'With the buyer', dismantled: 'Dismantled', returned: 'With its owner', lost: 'Lost', seized: 'With an authority', downstream: 'With a recycler', unknown: 'Unknown' },
	{ site: '在网点', transit: '运输中', buyer: '在买家处', dismantled: '已拆解', returned: '在机主处', lost: '遗失', seized: '在主管机关', downstream: '在回收商处', unknown: '未知' });
export const whyWord = codeWords({ offer_over: 'The owner did not answer the offer in time.', disposition: 'It is worth more in parts.', no_medium_known: 'It should have storage, but none is recorded.', erase_failed: 'Erasing has failed before.' },
	{ offer_over: '机主未在期限内答复报价。', disposition: '拆解的价值更高。', no_medium_known: '应有存储介质，但尚未登记。', erase_failed: '此前擦除失败。' });
export const saleState = codeWords({ reserved: 'Waiting to be handed over', delivered: 'Delivered', cancelled: 'Cancelled', returned: 'Returned' },
	{ reserved: '待交付', delivered: '已交付', cancelled: '已取消', returned: '已退货' });

/* As programme/erase/media.c has it: which techniques do for which media. */
const all = ['flash', 'ssd', 'hdd', 'card', 'sim', 'other'], chips = ['flash', 'ssd', 'card', 'sim', 'other'], disks = ['ssd', 'hdd', 'other'];
const fits: Record<string, [string[], string[]]> = {
	factory_reset: [['Clear', 'Purge'], chips], cryptographic_erase: [['Purge'], all], block_erase: [['Purge'], chips], overwrite: [['Clear'], all], ata_secure_erase: [['Clear', 'Purge'], disks],
	ata_sanitize_overwrite: [['Purge'], disks], nvme_format: [['Purge'], ['ssd', 'other']], degauss: [['Purge', 'Destroy'], ['hdd', 'other']],
	shred: [['Destroy'], all], disintegrate: [['Destroy'], all], pulverize: [['Destroy'], all], melt: [['Destroy'], all], incinerate: [['Destroy'], all],
};
export const techniquesFor = (method: string, kind: string) => Object.keys(fits).filter((t) => fits[t]![0].includes(method) && fits[t]![1].includes(kind));
export const methodsFor = (technique: string) => fits[technique]?.[0] ?? [];
