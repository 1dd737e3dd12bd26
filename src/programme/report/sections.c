/* What the report tells: one entry a section, with the queries that give it. */
#include "programme/erase/erase.h"
#include "programme/report/parts.h"
#include "programme/settle/settle.h"
#include "programme/stock/stock.h"

/* Numbers of states that stand in the texts of queries. */
_Static_assert(ITEM_BOOKED == 0 && ITEM_RETURNING == 8 && ITEM_RETURNED == 9 && ITEM_CANCELLED == 10 &&
	       ITEM_LAPSED == 11, "items");
_Static_assert(DEVICE_DELIVERED == 8 && DEVICE_RECOVERED == 10 && DEVICE_RETURNED == 12 &&
	       DEVICE_SEIZED == 14 && DEVICE_LOST == 15, "devices");
_Static_assert(ERASE_NOT_ATTEMPTED == 0 && ERASE_VERIFIED == 3 && LINE_PAID == 1 && LINE_REJECTED == 2 &&
	       SALE_CANCELLED == 2 && TRANSFER_POSTED == 0 && TRANSFER_POST == 2, "others");

const char *const *report_names(const char *what)
{
	static const struct {
		const char *what;
		const char *const *names;
	} lists[] = {
		{"device_state", device_states}, {"item_state", item_states}, {"medium_state", medium_states},
		{"medium_kind", medium_kinds}, {"outcome", erase_outcomes}, {"method", erase_methods},
		{"line_state", payout_line_states},
	};
	size_t i;

	for (i = 0; i < ARRAY_LEN(lists); i++) {
		if (strcmp(lists[i].what, what) == 0)
			return lists[i].names;
	}
	return NULL;
}

const char *const report_cubes[] = {
	[CUBE_MOVED] = "moved", [CUBE_ITEMS] = "items", [CUBE_DEVICES] = "devices", [CUBE_DEALS] = "deals",
	[CUBE_OFFERS] = "offers", [CUBE_ORDERS] = "orders", [CUBE_SALES] = "sales",
	[CUBE_RETURNS] = "returns", [CUBE_WEIGHED] = "weighed", [CUBE_ERASURES] = "erasures",
	[CUBE_PAYMENTS] = "payments", [CUBES] = NULL};

/* Pieces of queries, as tokens. */
static const struct {
	const char *name, *sql;
} pieces[] = {
	/* the devices taken in within the period */
	{"taken", "{city:d} AND {time:d.received_us}"},
	/* devices that are not at their end; the index of states finds them */
	{"open", "d.device IN (SELECT y.device FROM device y WHERE {city:y} AND "
		 "y.state IN (0, 1, 2, 3, 4, 5, 6, 7, 9, 11, 13))"},
	/* a device with the item that it came by */
	{"came_by", "device d JOIN item i ON i.city = d.city AND i.item = d.item"},
	/* the same from the line by which the item was paid. "+ 0": else SQLite may begin with the
	 * items, and read a whole payment's lines for each */
	{"paid_by", "payout_line l JOIN item i ON i.city = l.city AND i.item = l.item "
		    "AND i.payout + 0 = l.payout "
		    "JOIN device d ON d.city = i.city AND d.device = i.device "
		    "AND {since:l.owed_us}"},
	/* an item's order; the items of the orders booked within the period */
	{"order", "JOIN trade_order o ON o.city = i.city AND o.order_id = i.order_id"},
	{"booked", "item i {order} WHERE {city:o} AND {time:o.booked_us}"},
	/* what an owner got for a device that was lost in our hands is no price agreed */
	{"agreed", "i.commission_minor IS NOT NULL"},
	{"answered", "i.offered_minor IS NOT NULL AND (i.state IN (8, 9) OR {agreed})"},
	/* what moved within the period */
	{"moved", "(SELECT b.from_kind, b.to_kind, b.unit, b.tax, b.transfers, b.amount "
		  "FROM turnover b WHERE {log:b}{edges})"},
	/* the other cubes */
	{"items", "(SELECT i.state AS state, COUNT(*) AS n FROM {booked} GROUP BY i.state)"},
	{"devices", "(SELECT d.state AS state, COUNT(*) AS n, {sum:d.mass_mg} AS mg FROM device d "
		    "WHERE {taken} GROUP BY d.state)"},
	{"deals", "(SELECT g.category AS category, c.currency AS currency, "
		  "{sum:g.devices} AS devices, {sum:g.agreed} AS agreed, {sum:g.quoted} AS quoted, "
		  "{sum:g.price} AS price, {sum:g.bonus} AS bonus FROM "
		  "(SELECT d.city AS city, d.category AS category, "
		  "COUNT(*) AS devices, COUNT(CASE WHEN {agreed} THEN 1 END) AS agreed, "
		  "SUM(i.quoted_minor) AS quoted, SUM(CASE WHEN {agreed} THEN i.agreed_minor END) "
		  "AS price, SUM(CASE WHEN {agreed} THEN i.bonus_minor END) AS bonus "
		  "FROM {came_by} WHERE {taken} GROUP BY d.city, d.category) AS g "
		  "JOIN city c ON c.city = g.city AND {city:c} GROUP BY g.category, c.currency)"},
	{"offers", "(SELECT COUNT(*) AS taken, COUNT(i.inspection_seq) AS inspected, "
		   "COUNT(CASE WHEN i.inspection_seq IS NOT NULL AND i.offered_minor IS NULL "
		   "AND {agreed} THEN 1 END) AS agreed, "
		   "COUNT(CASE WHEN i.inspection_seq IS NOT NULL THEN i.offered_minor END) "
		   "AS revised, "
		   "COUNT(CASE WHEN {answered} THEN 1 END) AS answered, "
		   "COUNT(CASE WHEN {answered} AND i.state IN (8, 9) THEN 1 END) AS declined "
		   "FROM {came_by} WHERE {taken})"},
	{"orders", "(SELECT COUNT(*) AS n FROM trade_order o WHERE {city:o} AND {time:o.booked_us})"},
	{"sales", "(SELECT COUNT(*) AS delivered, COUNT(s.returned_us) AS back FROM sale s "
		  "WHERE {city:s} AND {time:s.delivered_us})"},
	{"returns", "(SELECT COUNT(*) AS n FROM sale s WHERE {city:s} AND {time:s.returned_us})"},
	{"weighed", "(SELECT COUNT(*) AS n FROM batch_device b "
		    "WHERE {city:b} AND {time:b.weighed_us})"},
	{"erasures", "(SELECT e.method AS method, e.outcome AS outcome, COUNT(*) AS attempts, "
		     "COUNT(DISTINCT e.device) AS devices FROM erasure e "
		     "WHERE {city:e} AND {time:e.recorded_us} GROUP BY e.method, e.outcome)"},
	{"payments", "(SELECT l.state AS state, l.reason AS reason, p.currency AS currency, "
		     "COUNT(*) AS n, {sum:l.amount_minor} AS amount FROM payout_line l "
		     "JOIN payout p ON p.city = l.city AND p.payout = l.payout WHERE {city:l} AND "
		     "{time:l.result_us} AND l.state IN (1, 2) "
		     "GROUP BY l.state, l.reason, p.currency)"},
	/* what each kind of account got less what it gave */
	{"changes", "(SELECT t.to_kind AS code, t.unit AS unit, t.amount AS net FROM {moved} AS t "
		    "UNION ALL SELECT t.from_kind, t.unit, -t.amount FROM {moved} AS t) AS m"},
	{"mass_in", "m.code IN (200, 209, 210, 211)"},
	/* median and 90th percentile by nearest rank, of r(us, its rank k, n of them) */
	{"quantiles", "MAX(n), MAX(CASE WHEN k = (n + 1) / 2 THEN us END), "
		      "MAX(CASE WHEN k = (9 * n + 9) / 10 THEN us END) FROM r"},
	/* what a coin's way from one kind of account to another is called */
	{"flow", "CASE t.from_kind * 1000 + t.to_kind "
		 "WHEN 303301 THEN 'price_agreed' WHEN 307301 THEN 'bonus' "
		 "WHEN 310301 THEN 'compensation' WHEN 301300 THEN 'paid_to_owners' "
		 "WHEN 301302 THEN 'netted_at_retailers' WHEN 303302 THEN 'commissions' "
		 "WHEN 302300 THEN 'paid_to_merchants' WHEN 300304 THEN 'deposits' "
		 "WHEN 304300 THEN 'refunds' WHEN 304303 THEN 'sold_without_tax' "
		 "WHEN 304305 THEN 'tax_on_sales' WHEN 303304 THEN 'sales_reversed' "
		 "WHEN 305304 THEN 'tax_reversed' WHEN 305300 THEN 'tax_paid' "
		 "WHEN 303313 THEN 'repairs' WHEN 308309 THEN 'recovery_revenue' "
		 "WHEN 309308 THEN 'recovery_charges' WHEN 300308 THEN 'received_from_recyclers' "
		 "WHEN 300306 THEN 'received_for_bonuses' WHEN 306307 THEN 'bonus_granted' "
		 "ELSE 'other' END"},
};

const char *report_piece(const char *name)
{
	size_t i;

	for (i = 0; i < ARRAY_LEN(pieces); i++) {
		if (strcmp(pieces[i].name, name) == 0)
			return pieces[i].sql;
	}
	return NULL;
}

/* From one stage to another, `us` long, of the devices taken in. */
#define STAGE_TIME(code, us, from)                                                                     \
	"WITH s(us) AS (SELECT " us " FROM " from " WHERE {taken}), "                                  \
	"r AS (SELECT us, ROW_NUMBER() OVER (ORDER BY us) AS k, COUNT(*) OVER () AS n FROM s) "        \
	"SELECT '" code "', {quantiles} HAVING COUNT(*) > 0"

static void derive_share(struct report_row *row)
{
	if (row->cell[2].number > 0)
		wilson(row->cell[1].number, row->cell[2].number, &row->cell[3].number, &row->cell[4].number,
			&row->cell[5].number);
}

const struct section_spec report_sections[] = {
	{.id = "figures", .en = "At a glance", .zh = "概览",
	 .note_en = "Devices: those taken in within the period. Sales, returns, dismantling: within the "
		    "period.",
	 .note_zh = "设备：期内收取的设备。销售、退货、拆解：发生在期内。",
	 .column = {{"figure", REPORT_WORD}, {"value", REPORT_UNIT}, {"unit", REPORT_TEXT}},
	 .queried = 3, .chart = -1,
	 .query = {
		"SELECT 'orders_booked', t.n, 'count' FROM {orders} AS t",
		"SELECT 'items_booked', {sum:t.n}, 'count' FROM {items} AS t",
		"SELECT 'devices_taken', {sum:t.n}, 'count' FROM {devices} AS t",
		"SELECT 'devices_agreed', {sum:t.agreed}, 'count' FROM {deals} AS t",
		"SELECT 'devices_given_back', {sum:CASE WHEN t.state = 12 THEN t.n END}, 'count' "
		"FROM {devices} AS t",
		"SELECT 'sales_delivered', t.delivered, 'count' FROM {sales} AS t",
		"SELECT 'sales_returned', t.n, 'count' FROM {returns} AS t",
		"SELECT 'devices_dismantled', t.n, 'count' FROM {weighed} AS t",
		"SELECT 'mass_in_mg', {sum:-m.net}, 'mg' FROM {changes} WHERE m.unit = 'mg' AND {mass_in}",
		"SELECT 'mass_out_mg', {sum:m.net}, 'mg' FROM {changes} WHERE m.unit = 'mg' AND NOT "
		"{mass_in}",
		"SELECT 'mass_remainder_mg', {sum:-m.net}, 'mg' FROM {changes} WHERE m.unit = 'mg'"}},

	{.id = "rates", .en = "Shares", .zh = "比率",
	 .note_en = "Count and base are given; the 95 % interval of the share is Wilson's score interval, "
		    "z = 1.959964. At once: at the promised price or better. Declined: or left to lapse.",
	 .note_zh = "列出分子与分母；95% 区间为 Wilson 得分区间，z = 1.959964。"
		    "当场同意：按承诺价或更高。拒绝：含超时失效。",
	 .column = {{"share", REPORT_WORD}, {"count", REPORT_COUNT}, {"of", REPORT_COUNT},
		    {"percent", REPORT_BP}, {"low", REPORT_BP}, {"high", REPORT_BP}},
	 .queried = 3, .chart = -1, .derive = derive_share,
	 .query = {
		"SELECT 'handed_over_of_booked', {sum:CASE WHEN t.state NOT IN (0, 10, 11) THEN t.n END}, "
		"{sum:t.n} FROM {items} AS t",
		"WITH c AS MATERIALIZED (SELECT t.taken, t.inspected, t.agreed, t.revised, t.answered, "
		"t.declined FROM {offers} AS t) SELECT share, counted, base FROM ("
		"SELECT 1 AS ord, 'inspected_of_taken' AS share, inspected AS counted, taken AS base FROM c "
		"UNION ALL SELECT 2, 'agreed_at_once_of_inspected', agreed, inspected FROM c "
		"UNION ALL SELECT 3, 'revised_of_inspected', revised, inspected FROM c "
		"UNION ALL SELECT 4, 'accepted_of_answered_offers', answered - declined, answered FROM c "
		"UNION ALL SELECT 5, 'declined_of_answered_offers', declined, answered FROM c) AS r "
		"ORDER BY ord",
		"SELECT 'verified_of_erasure_attempts', {sum:CASE WHEN t.outcome = 3 THEN t.attempts END}, "
		"{sum:t.attempts} FROM {erasures} AS t WHERE t.outcome <> 0",
		"SELECT 'rejected_of_payments', {sum:CASE WHEN t.state = 2 THEN t.n END}, {sum:t.n} "
		"FROM {payments} AS t",
		"SELECT 'returned_of_deliveries', t.back, t.delivered FROM {sales} AS t"}},

	{.id = "devices_by_stage", .en = "Devices by stage", .zh = "设备现状",
	 .note_en = "Devices taken in within the period, by their present state.",
	 .note_zh = "期内收取的设备，按当前状态。",
	 .column = {{"stage", REPORT_WORD}, {"devices", REPORT_COUNT}, {"mass_mg", REPORT_MG}},
	 .queried = 3, .chart = 1,
	 .query = {"SELECT {device_state:t.state}, t.n, t.mg FROM {devices} AS t ORDER BY t.state"}},

	{.id = "items_by_stage", .en = "Trade-in items by stage", .zh = "回收项目现状",
	 .note_en = "Items booked within the period, by their present state.",
	 .note_zh = "期内预约的项目，按当前状态。",
	 .column = {{"stage", REPORT_WORD}, {"items", REPORT_COUNT}}, .queried = 2, .chart = 1,
	 .query = {"SELECT {item_state:t.state}, t.n FROM {items} AS t ORDER BY t.state"}},

	{.id = "devices_by_category", .en = "Devices by category", .zh = "设备类别",
	 .note_en = "Devices taken in within the period. Prices: promised before inspection; agreed; bonus.",
	 .note_zh = "期内收取的设备。价格：检测前的承诺价、成交价与补贴。",
	 .column = {{"category", REPORT_WORD}, {"devices", REPORT_COUNT}, {"agreed", REPORT_COUNT},
		    {"currency", REPORT_TEXT}, {"quoted_minor", REPORT_MINOR}, {"agreed_minor", REPORT_MINOR},
		    {"bonus_minor", REPORT_MINOR}},
	 .queried = 7, .chart = 1, .sort = REPORT_SORT_DOWN, .sort_column = 1,
	 .query = {"SELECT t.category, t.devices, t.agreed, t.currency, t.quoted, t.price, t.bonus "
		   "FROM {deals} AS t"}},

	{.id = "stage_times", .en = "Time between stages", .zh = "各阶段用时",
	 .note_en = "Devices taken in within the period that have come so far. Median and 90th percentile by "
		    "nearest rank, from the dated records that the journal's entries left.",
	 .note_zh = "期内收取且已到达该阶段的设备。中位数与第 90 百分位按最近秩法，取自日志留下的带时间的记录。",
	 .column = {{"stage", REPORT_WORD}, {"devices", REPORT_COUNT}, {"median_us", REPORT_US},
		    {"p90_us", REPORT_US}},
	 .queried = 4, .chart = 2,
	 .query = {
		STAGE_TIME("booked_to_taken", "d.received_us - o.booked_us", "{came_by} {order}"),
		STAGE_TIME("taken_to_inspected", "q.first - d.received_us",
			   "device d JOIN (SELECT city, device, MIN(inspected_us) AS first FROM inspection "
			   "WHERE {since:inspected_us} GROUP BY city, device) AS q "
			   "ON q.city = d.city AND q.device = d.device"),
		STAGE_TIME("taken_to_owed", "l.owed_us - d.received_us", "{paid_by}"),
		STAGE_TIME("owed_to_paid", "l.result_us - l.owed_us", "{paid_by} AND l.state = 1"),
		STAGE_TIME("taken_to_erased", "e.done - d.received_us",
			   "device d JOIN (SELECT city, device, MIN(recorded_us) AS done FROM erasure "
			   "WHERE outcome = 3 AND {since:recorded_us} GROUP BY city, device) AS e "
			   "ON e.city = d.city AND e.device = d.device"),
		STAGE_TIME("taken_to_stock", "k.received_us - d.received_us",
			   "device d JOIN stock_device k ON k.city = d.city AND k.device = d.device "
			   "AND k.received_us IS NOT NULL"),
		STAGE_TIME("taken_to_sold", "s.sold - d.received_us",
			   "device d JOIN (SELECT city, device, MIN(sold_us) AS sold FROM sale "
			   "WHERE state <> 2 AND {since:sold_us} GROUP BY city, device) AS s "
			   "ON s.city = d.city AND s.device = d.device"),
		STAGE_TIME("sold_to_delivered", "s.delivered_us - s.sold_us",
			   "device d JOIN sale s ON s.city = d.city AND s.device = d.device "
			   "AND s.delivered_us IS NOT NULL"),
		STAGE_TIME("taken_to_dismantled", "b.weighed_us - d.received_us",
			   "device d JOIN batch_device b ON b.city = d.city AND b.device = d.device")}},

	{.id = "stage_ages", .en = "Age in the present stage", .zh = "当前阶段停留时间",
	 .note_en = "Devices taken in within the period that are not at their end, as of the report's time.",
	 .note_zh = "期内收取且尚未完结的设备，截至报告时间。",
	 .column = {{"stage", REPORT_WORD}, {"devices", REPORT_COUNT}, {"median_us", REPORT_US},
		    {"p90_us", REPORT_US}},
	 .queried = 4, .chart = -1,
	 /* "+ 0": else SQLite goes through all devices in the order of their states */
	 .query = {"WITH s(state, us) AS (SELECT d.state + 0, {now} - d.since_us FROM device d WHERE {taken} "
		   "AND {open} AND d.since_us <= {now}), "
		   "r AS (SELECT state, us, ROW_NUMBER() OVER (PARTITION BY state ORDER BY us) AS k, "
		   "COUNT(*) OVER (PARTITION BY state) AS n FROM s) "
		   "SELECT {device_state:state}, {quantiles} GROUP BY state ORDER BY state"}},

	{.id = "money", .en = "Money", .zh = "资金",
	 .note_en = "Every coin that moved within the period, by what it was for.",
	 .note_zh = "期内每一笔资金流动，按用途。",
	 .column = {{"flow", REPORT_WORD}, {"transfers", REPORT_COUNT}, {"currency", REPORT_TEXT},
		    {"amount_minor", REPORT_MINOR}},
	 .queried = 4, .chart = 3, .sort = REPORT_SORT_DOWN, .sort_column = 3,
	 .query = {"SELECT {flow} AS flow, {sum:t.transfers}, t.unit, {sum:t.amount} FROM {moved} AS t "
		   "WHERE t.from_kind >= 300 GROUP BY flow, t.unit"}},

	{.id = "margin", .en = "Margin", .zh = "毛利",
	 .note_en = "Devices: sales without tax less prices, commissions and repairs; devices not yet sold "
		    "count with their cost. Recovery: what recyclers pay less what they charge. Losses: "
		    "compensation and write-offs.",
	 .note_zh = "设备：不含税销售额减收购价、佣金与维修；未售设备按成本计。"
		    "拆解：回收商付款减收费。损失：赔偿与核销。",
	 .column = {{"source", REPORT_WORD}, {"currency", REPORT_TEXT}, {"amount_minor", REPORT_MINOR}},
	 .queried = 3, .chart = -1, .sort = REPORT_SORT_TEXT, .sort_column = 1,
	 .query = {
		"SELECT CASE m.code WHEN 303 THEN 'devices' WHEN 309 THEN 'recovery' ELSE 'losses' END "
		"AS source, "
		"m.unit, {sum:m.net} FROM {changes} WHERE m.code IN (303, 309, 310) GROUP BY source, m.unit "
		"ORDER BY MIN(m.code)",
		"SELECT 'total', m.unit, {sum:m.net} FROM {changes} WHERE m.code IN (303, 309, 310) "
		"GROUP BY m.unit"}},

	{.id = "tax", .en = "Tax", .zh = "税款",
	 .note_en = "By tax code: owed by sales, given back by returns.",
	 .note_zh = "按税码：销售产生与退货冲回。",
	 .column = {{"code", REPORT_TEXT}, {"currency", REPORT_TEXT}, {"owed_minor", REPORT_MINOR},
		    {"returned_minor", REPORT_MINOR}},
	 .queried = 4, .chart = -1, .sort = REPORT_SORT_CELLS,
	 .query = {"SELECT t.tax, t.unit, {sum:CASE WHEN t.to_kind = 305 THEN t.amount END}, "
		   "{sum:CASE WHEN t.from_kind = 305 THEN t.amount END} FROM {moved} AS t "
		   "WHERE t.tax <> '' AND (t.to_kind = 305 OR t.from_kind = 305) GROUP BY t.tax, t.unit"}},

	{.id = "mass", .en = "Where every gram went", .zh = "每一克的去向",
	 .note_en = "In: received, parts fitted, recorded gain, and the difference to the scale. Out: "
		    "on hand, "
		    "sold, given back, fractions, shipped, receipted, not confirmed by receipts, recorded "
		    "loss. In less out must be 0.",
	 .note_zh = "收入：收取、装入零件、记录的增益，以及与秤的差异。"
		    "去向：在库、售出、退还、组分、发运、回收商已收、收据未确认、记录的损耗。差额必须为 0。",
	 .column = {{"account", REPORT_WORD}, {"side", REPORT_WORD}, {"mass_mg", REPORT_MG}},
	 .queried = 3, .chart = 2,
	 .query = {
		"SELECT {account:m.code}, 'in', {sum:-m.net} FROM {changes} WHERE m.unit = 'mg' AND "
		"{mass_in} "
		"GROUP BY m.code ORDER BY m.code",
		"SELECT {account:m.code}, 'out', {sum:m.net} FROM {changes} WHERE m.unit = 'mg' AND NOT "
		"{mass_in} "
		"GROUP BY m.code ORDER BY m.code",
		"SELECT 'remainder', 'in_less_out', {sum:-m.net} FROM {changes} WHERE m.unit = 'mg'"}},

	{.id = "mass_by_category", .en = "Mass received by category", .zh = "各类别收取质量",
	 .note_en = "Nominal mass when it was taken in; the scale's difference is booked beside it.",
	 .note_zh = "收取时的标称质量；与秤的差异另行记账。",
	 .column = {{"category", REPORT_WORD}, {"devices", REPORT_COUNT}, {"mass_mg", REPORT_MG}},
	 .queried = 3, .chart = 2, .sort = REPORT_SORT_DOWN, .sort_column = 2,
	 .query = {"SELECT d.category, COUNT(*), {sum:d.taken_mg} FROM device d WHERE {taken} "
		   "GROUP BY d.category"}},

	{.id = "erasure", .en = "Erasure", .zh = "数据擦除",
	 .note_en = "Attempts recorded within the period, by method (NIST SP 800-88) and outcome.",
	 .note_zh = "期内记录的擦除尝试，按方法（NIST SP 800-88）与结果。",
	 .column = {{"method", REPORT_WORD}, {"outcome", REPORT_WORD}, {"attempts", REPORT_COUNT},
		    {"devices", REPORT_COUNT}},
	 .queried = 4, .chart = 2,
	 .query = {"SELECT COALESCE({method:t.method}, 'none'), {outcome:t.outcome}, t.attempts, t.devices "
		   "FROM {erasures} AS t ORDER BY COALESCE(t.method, -1), t.outcome"}},

	{.id = "media", .en = "Storage media", .zh = "存储介质",
	 .note_en = "Media of the devices taken in within the period, as they are now.",
	 .note_zh = "期内收取设备的介质，按当前状态。",
	 .column = {{"kind", REPORT_WORD}, {"state", REPORT_WORD}, {"media", REPORT_COUNT}},
	 .queried = 3, .chart = -1,
	 .query = {"SELECT {medium_kind:m.kind}, {medium_state:m.state}, COUNT(*) FROM medium m JOIN "
		   "device d "
		   "ON d.city = m.city AND d.device = m.device WHERE {taken} GROUP BY m.kind, m.state "
		   "ORDER BY m.kind, m.state"}},

	{.id = "merchants", .en = "Merchants", .zh = "商户",
	 .note_en = "By devices taken in within the period, first fifty. Commission: on those devices.",
	 .note_zh = "按期内收取的设备数，前五十名。佣金：来自这些设备。",
	 .column = {{"merchant", REPORT_ID}, {"name", REPORT_TEXT}, {"devices", REPORT_COUNT},
		    {"agreed", REPORT_COUNT}, {"currency", REPORT_TEXT}, {"agreed_minor", REPORT_MINOR},
		    {"commission_minor", REPORT_MINOR}},
	 .queried = 7, .chart = 2,
	 /* "+ 0": the orders of a merchant are not where SQLite should begin */
	 .query = {"SELECT g.merchant, p.public_name, g.devices, g.agreed, c.currency, g.price, g.commission "
		   "FROM (SELECT o.city + 0 AS city, o.merchant + 0 AS merchant, COUNT(*) AS devices, "
		   "COUNT(CASE WHEN {agreed} THEN 1 END) AS agreed, "
		   "{sum:CASE WHEN {agreed} THEN i.agreed_minor END} AS price, "
		   "{sum:i.commission_minor} AS commission FROM {came_by} {order} WHERE {taken} "
		   "GROUP BY o.city + 0, o.merchant + 0) AS g JOIN city c ON c.city = g.city AND {city:c} "
		   "LEFT JOIN party p ON p.city = c.city AND p.party = g.merchant "
		   "ORDER BY g.devices DESC, g.city, g.merchant LIMIT 50"}},

	{.id = "payouts", .en = "Payments", .zh = "付款",
	 .note_en = "Lines of payouts that the bank answered within the period.",
	 .note_zh = "银行在期内答复的付款明细。",
	 .column = {{"state", REPORT_WORD}, {"reason", REPORT_TEXT}, {"payments", REPORT_COUNT},
		    {"currency", REPORT_TEXT}, {"amount_minor", REPORT_MINOR}},
	 .queried = 5, .chart = -1, .sort = REPORT_SORT_CELLS,
	 .query = {"SELECT {line_state:t.state}, t.reason, {sum:t.n}, t.currency, {sum:t.amount} "
		   "FROM {payments} AS t GROUP BY t.state, t.reason, t.currency"}},

	{.id = "balances", .en = "Trial balance", .zh = "试算平衡",
	 .note_en = "Net change of every kind of account within the period; each unit adds up to 0.",
	 .note_zh = "期内各类账户净变动；每种单位合计为 0。",
	 .column = {{"account", REPORT_WORD}, {"unit", REPORT_TEXT}, {"value", REPORT_UNIT}},
	 .queried = 3, .chart = -1, .sort = REPORT_SORT_TEXT, .sort_column = 1,
	 .query = {"SELECT {account:m.code}, m.unit, {sum:m.net} FROM {changes} GROUP BY m.code, m.unit "
		   "ORDER BY m.code",
		   "SELECT 'sum', m.unit, {sum:m.net} FROM {changes} GROUP BY m.unit"}},

	{.id = NULL}};
