/* The rules: what counts as stuck. The most urgent come first. */
#include "programme/exceptions/exceptions.h"
#include "programme/recover/recover.h"
#include "programme/settle/settle.h"
#include "programme/stock/stock.h"
#include "programme/tradein/tradein.h"

#define STATES(...) ((const int[]){__VA_ARGS__, -1})

/* id, since_us, site, merchant, detail of items and devices, with the order they came by. The index of
 * states finds them: a planner without statistics reads the whole table, unless the index holds all. */
#define ITEMS(since, detail, from, condition)                                                       \
	"SELECT i.item, " since ", o.site, o.merchant, " detail " FROM item i JOIN trade_order o "     \
	"ON o.city = i.city AND o.order_id = i.order_id " from                                         \
	"WHERE i.city = $1 AND i.item IN (SELECT y.item FROM item y WHERE y.city = $1 AND "              \
	"y.state IN (%s)) AND " condition " ORDER BY 2, 1"
#define IN_STATES "d.device IN (SELECT y.device FROM device y WHERE y.city = $1 AND y.state IN (%s))"
#define DEVICES(since, detail, from, condition)                                                     \
	"SELECT d.device, " since ", d.site, o.merchant, " detail " FROM device d "                    \
	"LEFT JOIN item i ON i.city = d.city AND i.item = d.item "                                     \
	"LEFT JOIN trade_order o ON o.city = d.city AND o.order_id = i.order_id " from                 \
	"WHERE d.city = $1 AND " IN_STATES " AND " condition " ORDER BY 2, 1"
/* Numbers of states that stand in the texts of queries. */
_Static_assert(ITEM_CUSTODY == 1 && ITEM_INSPECTED == 2 && ITEM_OFFERED == 3 && ITEM_RETURNING == 8 &&
	       ITEM_KEPT == 15, "items");
_Static_assert(DEVICE_CUSTODY == 0 && DEVICE_OWNED == 1 && DEVICE_LISTED == 6 && DEVICE_SOLD == 7 &&
	       DEVICE_TO_RECOVER == 9 && DEVICE_RETURNING == 11 && DEVICE_HELD == 13, "devices");
_Static_assert(PAYEE_OWNER == 0 && TAKE_MISSING == 1, "payees, stocktakes");
#define TRANSIT "102" /* the account pc_transit of no carrier */
_Static_assert(ACCOUNT(PC_TRANSIT, 1) == 1024 + 102, "transit, and what its number stands before");
#define NO_TEXT "CAST(NULL AS TEXT)"
#define NO_ID "CAST(NULL AS BIGINT)"

const struct exception_rule exception_rules[] = {
	{"device_lost",
	 "item",
	 0,
	 STATES(DEVICE_LOST),
	 "SELECT i.item, d.since_us, o.site, o.merchant, " NO_TEXT
	 " FROM device d JOIN item i ON i.city = d.city AND i.item = d.item "
	 "JOIN trade_order o ON o.city = i.city AND o.order_id = i.order_id "
	 "WHERE d.city = $1 AND " IN_STATES " AND d.since_us <= $2 AND i.agreed_minor IS NULL "
	 "AND i.state IN (1, 2, 3, 8, 15) ORDER BY 2, 1",
	 NULL,
	 "A device was lost before its owner agreed to a price.",
	 "设备在机主同意价格之前丢失。",
	 "Compensate the owner, or find the device.",
	 "赔偿机主，或找回设备。",
	 {"tradein.compensate", "device.find"}},
	{"payout_failed",
	 "item",
	 0,
	 STATES(ITEM_PAYOUT_FAILED),
	 ITEMS("i.since_us",
	       "(SELECT l.reason FROM payout_line l WHERE l.city = i.city AND "
	       "l.payout = i.payout AND l.item = i.item)",
	       "", "i.since_us <= $2"),
	 NULL,
	 "The bank rejected the payment to the owner.",
	 "银行退回了付给机主的款项。",
	 "Correct the owner's bank account, then make a new payout.",
	 "更正机主的银行账户，然后重新付款。",
	 {"party.update", "settle.payout_create"}},
	{"duplicate_identity",
	 "device",
	 0,
	 STATES(DEVICE_CUSTODY, DEVICE_OWNED, DEVICE_ERASING, DEVICE_ERASED, DEVICE_ERASE_FAILED,
		DEVICE_STOCK, DEVICE_LISTED, DEVICE_HELD, DEVICE_TO_RECOVER, DEVICE_RETURNING),
	 /* From what is claimed more than once, which is little: the index of claims is read in its order. */
	 "SELECT d.device, c.from_us, d.site, o.merchant, " NO_TEXT " FROM (SELECT z.blind FROM "
	 "identifier_index z WHERE z.city = $1 GROUP BY z.blind HAVING COUNT(*) > 1) twice "
	 "CROSS JOIN identifier_index q CROSS JOIN identifier c CROSS JOIN device d "
	 "LEFT JOIN item i ON i.city = d.city AND i.item = d.item "
	 "LEFT JOIN trade_order o ON o.city = d.city AND o.order_id = i.order_id "
	 "WHERE q.city = $1 AND q.blind = twice.blind AND c.city = $1 AND c.device = q.device AND c.n = q.n "
	 "AND c.to_us IS NULL AND d.city = $1 AND d.device = c.device AND d.state IN (%s) "
	 "AND c.from_us <= $2 AND EXISTS (SELECT 1 FROM identifier_index y JOIN identifier b "
	 "ON b.city = y.city AND b.device = y.device AND b.n = y.n AND b.to_us IS NULL "
	 "JOIN device e ON e.city = y.city AND e.device = y.device AND e.state IN "
	 "(0, 1, 2, 3, 4, 5, 6, 9, 11, 13) WHERE y.city = c.city AND y.blind = c.blind "
	 "AND y.device <> c.device) AND NOT EXISTS (SELECT 1 FROM device_link k WHERE k.city = d.city "
	 "AND k.device = d.device AND k.to_us IS NULL) ORDER BY 2, 1",
	 NULL,
	 "Two devices on hand claim the same IMEI or serial number.",
	 "两台在库设备声称相同的 IMEI 或序列号。",
	 "Look at both: correct a claim, or merge the two records.",
	 "核对两台设备：更正标识，或合并记录。",
	 {"device.identify", "device.merge", "device.hold"}},
	{"held",
	 "device",
	 0,
	 STATES(DEVICE_HELD),
	 DEVICES("d.since_us", "d.hold_reason", "", "d.since_us <= $2"),
	 hold_reasons,
	 "The device is held.",
	 "设备被扣留。",
	 "Clear the reason and release it, or hand it to the authority.",
	 "消除原因后放行，或移交主管机关。",
	 {"device.release", "device.seize"}},
	{"awaiting_answer",
	 "item",
	 0,
	 STATES(ITEM_INSPECTED),
	 ITEMS("i.since_us", NO_TEXT, "", "i.since_us <= $2"),
	 NULL,
	 "Inspected, but locked or without a clear answer of the stolen list: there is no price yet.",
	 "已检测，但设备有锁或失窃名单没有明确答复：尚无价格。",
	 "Ask the list again or have the owner remove the lock, then inspect again.",
	 "再次查询名单或请机主解锁，然后重新检测。",
	 {"inspect.record", "tradein.decline"}},
	{"seized_open",
	 "item",
	 0,
	 STATES(DEVICE_SEIZED),
	 "SELECT i.item, d.since_us, o.site, o.merchant, " NO_TEXT
	 " FROM device d JOIN item i ON i.city = d.city AND i.item = d.item "
	 "JOIN trade_order o ON o.city = i.city AND o.order_id = i.order_id "
	 "WHERE d.city = $1 AND " IN_STATES " AND d.since_us <= $2 AND i.agreed_minor IS NULL "
	 "AND i.state IN (1, 2, 3, 8, 15) ORDER BY 2, 1",
	 NULL,
	 "The device was seized, but its item is still open.",
	 "设备已被没收，但回收项目尚未关闭。",
	 "Close the item.",
	 "关闭该项目。",
	 {"tradein.seized"}},
	{"offer_lapsed",
	 "item",
	 0,
	 STATES(ITEM_OFFERED, ITEM_KEPT),
	 ITEMS("i.offer_until_us", NO_TEXT, "", "i.offer_until_us <= $2"),
	 NULL,
	 "The offer has lapsed and the device has not been sent back.",
	 "报价已失效，设备尚未退回。",
	 "Let it lapse, then give the device back.",
	 "执行失效，然后退还设备。",
	 {"tradein.lapse", "tradein.return_given"}},
	{"offer_unanswered",
	 "item",
	 -3,
	 STATES(ITEM_OFFERED, ITEM_KEPT),
	 ITEMS("i.since_us", NO_TEXT, "",
	       "i.offer_until_us <= $2 AND i.offer_until_us > $2 - 259200000000"),
	 NULL,
	 "The owner has not answered the offer, which lapses within three days.",
	 "机主尚未答复报价，报价将在三天内失效。",
	 "Remind the owner to accept or decline.",
	 "提醒机主接受或拒绝。",
	 {"tradein.accept", "tradein.decline"}},
	{"price_to_propose",
	 "item",
	 0,
	 STATES(ITEM_KEPT),
	 ITEMS("i.since_us", NO_TEXT,
	       "JOIN device d ON d.city = i.city AND d.device = i.device AND d.state + 0 = 0 ",
	       "i.offer_until_us IS NULL AND i.since_us <= $2"),
	 NULL,
	 "Taken into custody alone: its owner has not been told a price.",
	 "仅代为保管：机主尚未得知价格。",
	 "Look it up in the list of stolen devices; then the price is put to its owner.",
	 "查询失窃名单，然后向机主报价。",
	 {"tradein.propose", "tradein.decline"}},
	{"erase_failed",
	 "device",
	 0,
	 STATES(DEVICE_ERASE_FAILED),
	 DEVICES("d.since_us", NO_TEXT, "", "d.since_us <= $2"),
	 NULL,
	 "Not every storage medium could be verified erased.",
	 "并非所有存储介质都已验证擦除。",
	 "Try again, destroy the medium, or send the device to recovery.",
	 "重试、销毁介质，或送去拆解。",
	 {"erase.start", "erase.destroy", "recover.send"}},
	{"booking_overdue",
	 "item",
	 0,
	 STATES(ITEM_BOOKED),
	 ITEMS("COALESCE(o.slot_us, o.lapse_us)", NO_TEXT, "",
	       "COALESCE(o.slot_us, o.lapse_us) <= $2"),
	 NULL,
	 "Booked, but the slot or the booking's time is over.",
	 "已预约，但时段或预约期已过。",
	 "Take the device in, cancel, or let the booking lapse.",
	 "收取设备、取消，或让预约失效。",
	 {"tradein.take_in", "tradein.give", "tradein.cancel", "tradein.lapse"}},
	{"half_handed_over",
	 "item",
	 1,
	 STATES(ITEM_BOOKED),
	 ITEMS("COALESCE(i.given_us, i.taken_us)", NO_TEXT, "",
	       "(i.given_us IS NULL) <> (i.taken_us IS NULL) AND COALESCE(i.given_us, i.taken_us) <= $2"),
	 NULL,
	 "Only one side has confirmed the hand-over.",
	 "交接只有一方确认。",
	 "Ask the other side to confirm, or compensate what a carrier lost.",
	 "请另一方确认；承运人丢失的则赔偿。",
	 {"tradein.give", "tradein.take_in", "tradein.compensate"}},
	{"not_inspected",
	 "item",
	 3,
	 STATES(ITEM_CUSTODY),
	 ITEMS("i.since_us", NO_TEXT, "", "i.since_us <= $2"),
	 NULL,
	 "Taken in, but not inspected.",
	 "已收取，但未检测。",
	 "Inspect it.",
	 "进行检测。",
	 {"inspect.record"}},
	{"return_not_taken",
	 "item",
	 14,
	 STATES(ITEM_RETURNING),
	 ITEMS("i.since_us", NO_TEXT, "", "i.since_us <= $2"),
	 NULL,
	 "The owner has not taken the device back.",
	 "机主尚未取回设备。",
	 "Give it back, or note why that failed and try again.",
	 "退还设备，或记录失败原因后重试。",
	 {"tradein.return_given", "tradein.return_taken", "tradein.return_failed"}},
	{"not_paid",
	 "item",
	 3,
	 NULL,
	 "SELECT u.ref, u.from_us, o.site, o.merchant, " NO_TEXT " FROM due u JOIN item i "
	 "ON i.city = u.city AND i.item = u.ref JOIN trade_order o ON o.city = i.city AND "
	 "o.order_id = i.order_id JOIN city c ON c.city = u.city WHERE u.city = $1 AND u.kind = 0 AND "
	 "u.from_us + c.payout_days * 86400000000 <= $2 ORDER BY 2, 1",
	 NULL,
	 "The owner is owed money, and no payout has been made.",
	 "应付机主款项，尚未付款。",
	 "Make a payout.",
	 "安排付款。",
	 {"settle.payout_create"}},
	{"payout_not_exported",
	 "payout",
	 1,
	 STATES(PAYOUT_CREATED),
	 "SELECT payout, created_us, " NO_ID ", " NO_ID ", " NO_TEXT
	 " FROM payout WHERE city = $1 AND "
	 "state IN (%s) AND created_us <= $2 ORDER BY 2, 1",
	 NULL,
	 "The payout's file has not been given to the bank.",
	 "付款文件尚未提交银行。",
	 "Export it, or cancel the payout.",
	 "导出文件，或取消付款。",
	 {"settle.payout_exported", "settle.payout_cancel"}},
	{"payout_no_answer",
	 "payout",
	 5,
	 STATES(PAYOUT_EXPORTED),
	 "SELECT payout, exported_us, " NO_ID ", " NO_ID ", " NO_TEXT
	 " FROM payout WHERE city = $1 AND "
	 "state IN (%s) AND exported_us <= $2 ORDER BY 2, 1",
	 NULL,
	 "The bank has not answered every line of the payout.",
	 "银行尚未答复该批付款的全部明细。",
	 "Ask the bank, and import its return file.",
	 "询问银行，并导入回执文件。",
	 {"settle.payout_result"}},
	{"no_identity",
	 "device",
	 0,
	 STATES(DEVICE_STOCK, DEVICE_LISTED),
	 DEVICES("d.since_us", NO_TEXT, "",
		 "d.category = 'phone' AND d.since_us <= $2 AND NOT EXISTS "
		 "(SELECT 1 FROM identifier c WHERE c.city = d.city AND c.device = d.device AND "
		 "c.to_us IS NULL)"),
	 NULL,
	 "A phone is for sale without a verified identity.",
	 "手机待售，但没有已核实的身份标识。",
	 "Read its IMEI and record it.",
	 "读取并登记 IMEI。",
	 {"device.identify"}},
	{"erasure_stuck",
	 "device",
	 2,
	 STATES(DEVICE_ERASING),
	 DEVICES("d.since_us", NO_TEXT, "", "d.since_us <= $2"),
	 NULL,
	 "A round of erasure was begun and not ended.",
	 "擦除已开始但未结束。",
	 "Record an attempt on each medium.",
	 "记录每个介质的擦除结果。",
	 {"erase.attempt", "erase.destroy"}},
	{"idle",
	 "device",
	 14,
	 STATES(DEVICE_OWNED, DEVICE_ERASED),
	 DEVICES("d.since_us", NO_TEXT, "", "d.since_us <= $2"),
	 NULL,
	 "The device is ours and nothing happens to it.",
	 "设备归我方所有，但长期无进展。",
	 "Erase it, take it into stock, or decide on its way.",
	 "擦除、入库，或决定去向。",
	 {"erase.start", "stock.receive", "stock.dispose", "recover.send"}},
	{"not_delivered",
	 "device",
	 7,
	 STATES(DEVICE_SOLD),
	 DEVICES("d.since_us", NO_TEXT, "", "d.since_us <= $2"),
	 NULL,
	 "Sold, but not delivered: the buyer's money is reserved.",
	 "已售出但未交付：买方款项被预留。",
	 "Deliver it, or cancel the sale.",
	 "交付设备，或取消销售。",
	 {"stock.deliver", "stock.cancel_sale"}},
	{"in_transit",
	 "device",
	 7,
	 /* whoever is at the end of its way is on its way nowhere */
	 STATES(DEVICE_CUSTODY, DEVICE_OWNED, DEVICE_ERASING, DEVICE_ERASED, DEVICE_ERASE_FAILED,
		DEVICE_STOCK, DEVICE_LISTED, DEVICE_SOLD, DEVICE_TO_RECOVER, DEVICE_RETURNING, DEVICE_HELD),
	 "SELECT d.device, d.moved_us, d.to_site, o.merchant, CASE WHEN d.custody > " TRANSIT " THEN "
	 "'carrier ' || CAST(d.custody / 1024 AS TEXT) END FROM device d "
	 "LEFT JOIN item i ON i.city = d.city AND i.item = d.item "
	 "LEFT JOIN trade_order o ON o.city = d.city AND o.order_id = i.order_id "
	 "WHERE d.city = $1 AND " IN_STATES " AND d.to_site IS NOT NULL AND d.moved_us <= $2 ORDER BY 2, 1",
	 NULL,
	 "Sent to another site, where it has not arrived.",
	 "已发往另一站点，但尚未到达。",
	 "Take it in where it has arrived; if it is nowhere, declare it lost.",
	 "在到达站点签收；无处可寻则申报丢失。",
	 {"device.arrive", "device.lose"}},
	{"not_dismantled",
	 "device",
	 30,
	 STATES(DEVICE_TO_RECOVER),
	 DEVICES("d.since_us", NO_TEXT, "", "d.since_us <= $2"),
	 NULL,
	 "Waits for dismantling.",
	 "等待拆解。",
	 "Weigh it into a batch.",
	 "称重进入批次。",
	 {"recover.weigh_in"}},
	{"batch_open",
	 "batch",
	 7,
	 STATES(BATCH_OPEN),
	 "SELECT batch, opened_us, site, dismantler, " NO_TEXT " FROM batch WHERE city = $1 AND "
	 "state IN (%s) AND opened_us <= $2 ORDER BY 2, 1",
	 NULL,
	 "The dismantling batch is still open.",
	 "拆解批次仍未关闭。",
	 "Weigh out the fractions and close it.",
	 "称出各组分并关闭批次。",
	 {"recover.weigh_out", "recover.batch_close"}},
	{"no_receipt",
	 "consignment",
	 30,
	 STATES(CONSIGNMENT_SHIPPED),
	 "SELECT consignment, shipped_us, site, recycler, " NO_TEXT
	 " FROM consignment WHERE city = $1 AND "
	 "state IN (%s) AND shipped_us <= $2 ORDER BY 2, 1",
	 NULL,
	 "Shipped to a recycler, whose receipt is missing.",
	 "已发往回收商，但缺少收据。",
	 "Ask the recycler, and record its receipt.",
	 "询问回收商并登记收据。",
	 {"recover.receipt"}},
	{"receipt_differs",
	 "consignment",
	 0,
	 STATES(CONSIGNMENT_RECEIPTED),
	 "SELECT c.consignment, t.at_us, c.site, c.recycler, CAST(c.received_mg - c.mass_mg AS TEXT) || "
	 "' mg' "
	 "FROM consignment c JOIN receipt t ON t.city = c.city AND t.consignment = c.consignment AND "
	 "t.seq = c.receipt_seq WHERE c.city = $1 AND c.state IN (%s) AND t.at_us <= $2 AND "
	 "c.received_mg <> c.mass_mg ORDER BY 2, 1",
	 NULL,
	 "The recycler's receipt does not confirm the weight that was shipped.",
	 "回收商收据与发出重量不符。",
	 "Clear it up with the recycler; a corrected receipt is a new entry.",
	 "与回收商核实；更正收据为新记录。",
	 {"recover.receipt_correct"}},
	{"stocktake_missing",
	 "device",
	 0,
	 NULL,
	 "SELECT l.device, t.taken_us, t.site, " NO_ID ", " NO_TEXT
	 " FROM stocktake_line l JOIN stocktake t "
	 "ON t.city = l.city AND t.stocktake = l.stocktake JOIN device d ON d.city = l.city AND "
	 "d.device = l.device WHERE l.city = $1 AND l.result = 1 AND t.taken_us <= $2 AND d.site = t.site "
	 "AND d.since_us <= t.taken_us AND d.state IN (0, 1, 2, 3, 4, 5, 6, 7, 9, 11, 13) AND NOT EXISTS "
	 "(SELECT 1 FROM stocktake s WHERE s.city = t.city AND s.site = t.site AND s.taken_us > t.taken_us) "
	 "ORDER BY 2, 1",
	 NULL,
	 "The last stocktake of the site did not find the device.",
	 "最近一次盘点未找到该设备。",
	 "Look for it and count again, or declare it lost.",
	 "查找并重新盘点，或申报丢失。",
	 {"stock.stocktake", "device.lose"}},
	{"stocktake_overdue",
	 "site",
	 90,
	 STATES(DEVICE_STOCK, DEVICE_LISTED),
	 "SELECT d.site, COALESCE((SELECT MAX(t.taken_us) FROM stocktake t WHERE t.city = d.city AND "
	 "t.site = d.site), MIN(d.received_us)), d.site, " NO_ID ", " NO_TEXT " FROM device d "
	 "WHERE d.city = $1 AND " IN_STATES " AND d.site IS NOT NULL GROUP BY d.city, d.site HAVING "
	 "COALESCE((SELECT MAX(t.taken_us) FROM stocktake t WHERE t.city = d.city AND t.site = d.site), "
	 "MIN(d.received_us)) <= $2 ORDER BY 2, 1",
	 NULL,
	 "The site's stock has not been counted.",
	 "该站点库存长期未盘点。",
	 "Take stock.",
	 "进行盘点。",
	 {"stock.stocktake"}},
	{.code = NULL}};
