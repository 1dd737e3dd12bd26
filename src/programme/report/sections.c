/* What the report tells: one entry a section, with the queries that give it. */
#include "programme/erase/erase.h"
#include "programme/report/parts.h"
#include "programme/settle/settle.h"
#include "programme/stock/stock.h"

/* An account is its kind's code times 2^47, and its number. */
#define CODE(account) account " / 140737488355328"
#define NUMBER(account) account " % 140737488355328"
#define MOVED "t.kind IN (0, 2)" /* posted at once, or the posting of a promise */
#define SUM(x) "CAST(COALESCE(SUM(" x "), 0) AS BIGINT)"
#define OF_DEVICES                                                                                  \
	"device d JOIN item_index x ON x.city = d.city AND x.item = d.item JOIN item i "               \
	"ON i.city = x.city AND i.order_id = x.order_id AND i.n = x.n JOIN trade_order o "             \
	"ON o.city = i.city AND o.order_id = i.order_id"
#define TAKEN "{city:d} AND {time:d.received_us}"

/* Numbers of states that stand in the texts of queries. */
_Static_assert(ITEM_BOOKED == 0 && ITEM_RETURNING == 8 && ITEM_RETURNED == 9 && ITEM_CANCELLED == 10 &&
	       ITEM_LAPSED == 11 && ITEM_LOST == 12, "items");
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

static void derive_share(struct report_row *row)
{
	if (row->cell[2].number > 0)
		wilson(row->cell[1].number, row->cell[2].number, &row->cell[3].number, &row->cell[4].number,
			&row->cell[5].number);
}

/* Net change of every account kind, unit by unit. */
#define CHANGES                                                                                     \
	"(SELECT " CODE("t.to_account") " AS code, t.unit AS unit, t.amount AS net FROM transfer t "   \
	"WHERE {log:t} AND " MOVED " UNION ALL SELECT " CODE("t.from_account") ", t.unit, -t.amount "  \
	"FROM transfer t WHERE {log:t} AND " MOVED ") AS m"
#define MASS_IN "(200, 209, 210, 211, 213)"

/* What a coin's way from one account to another is called. */
#define CLASS                                                                                       \
	"CASE " CODE("t.from_account") " * 1000 + " CODE("t.to_account")                               \
	" WHEN 303301 THEN 'price_agreed' WHEN 307301 THEN 'bonus' WHEN 310301 THEN 'compensation'"    \
	" WHEN 301300 THEN 'paid_to_owners' WHEN 301302 THEN 'netted_at_retailers'"                    \
	" WHEN 303302 THEN 'commissions' WHEN 302300 THEN 'paid_to_merchants'"                         \
	" WHEN 300304 THEN 'deposits' WHEN 304300 THEN 'refunds' WHEN 304303 THEN 'sold_without_tax'"  \
	" WHEN 304305 THEN 'tax_on_sales' WHEN 303304 THEN 'sales_reversed'"                           \
	" WHEN 305304 THEN 'tax_reversed' WHEN 305300 THEN 'tax_paid' WHEN 303313 THEN 'repairs'"      \
	" WHEN 308309 THEN 'recovery_revenue' WHEN 309308 THEN 'recovery_charges'"                     \
	" WHEN 300308 THEN 'received_from_recyclers' WHEN 300306 THEN 'received_for_bonuses'"          \
	" WHEN 306307 THEN 'bonus_granted' ELSE 'other' END"

#define STAGE(number, name, us, from, condition)                                                    \
	"SELECT " #number ", '" name "', " us " FROM " from " WHERE " condition
#define QUARTILES                                                                                   \
	", r AS (SELECT ord, stage, us, ROW_NUMBER() OVER (PARTITION BY ord, stage ORDER BY us) AS k, " \
	"COUNT(*) OVER (PARTITION BY ord, stage) AS n FROM s) "                                        \
	"SELECT stage, MAX(n), MAX(CASE WHEN k = (n + 1) / 2 THEN us END), "                           \
	"MAX(CASE WHEN k = (9 * n + 9) / 10 THEN us END) FROM r GROUP BY ord, stage ORDER BY ord"

#define KEEP 0, 0
#define SORT_DOWN(column) REPORT_SORT_DOWN, column
#define SORT_TEXT(column) REPORT_SORT_TEXT, column
#define SORT_CELLS REPORT_SORT_CELLS, 0

const struct section_spec report_sections[] = {
	{"figures",
	 "At a glance",
	 "概览",
	 "Devices: those taken in within the period. Sales, returns and dismantling: within the period.",
	 "设备：期内收取的设备。销售、退货、拆解：发生在期内。",
	 {{"figure", REPORT_WORD}, {"value", REPORT_UNIT}, {"unit", REPORT_TEXT}},
	 3,
	 -1,
	 NULL,
	 KEEP,
	 {"SELECT 'orders_booked', COUNT(*), 'count' FROM trade_order o WHERE {city:o} AND {time:o.booked_us}",
	  "SELECT 'items_booked', COUNT(*), 'count' FROM item i JOIN trade_order o ON o.city = i.city AND "
	  "o.order_id = i.order_id WHERE {city:o} AND {time:o.booked_us}",
	  "SELECT 'devices_taken', COUNT(*), 'count' FROM device d WHERE " TAKEN,
	  "SELECT 'devices_agreed', COUNT(*), 'count' FROM " OF_DEVICES " WHERE " TAKEN
	  " AND i.agreed_minor IS NOT NULL AND i.state <> 12",
	  "SELECT 'devices_given_back', COUNT(*), 'count' FROM device d WHERE " TAKEN
	  " AND d.state = 12",
	  "SELECT 'sales_delivered', COUNT(*), 'count' FROM sale s WHERE {city:s} AND {time:s.delivered_us}",
	  "SELECT 'sales_returned', COUNT(*), 'count' FROM sale s WHERE {city:s} AND {time:s.returned_us}",
	  "SELECT 'devices_dismantled', COUNT(*), 'count' FROM batch_device b WHERE {city:b} AND "
	  "{time:b.weighed_us}",
	  "SELECT 'mass_in_mg', " SUM("-m.net") ", 'mg' FROM " CHANGES
						" WHERE m.unit = 'mg' AND m.code IN " MASS_IN,
	  "SELECT 'mass_out_mg', " SUM("m.net") ", 'mg' FROM " CHANGES
						" WHERE m.unit = 'mg' AND m.code NOT IN " MASS_IN,
	  "SELECT 'mass_remainder_mg', " SUM("-m.net") ", 'mg' FROM " CHANGES
						       " WHERE m.unit = 'mg'"}},

	{"rates",
	 "Shares",
	 "比率",
	 "Count and base are given; the share's 95 % interval is Wilson's score interval, z = 1.959964. "
	 "At once: at the promised price or better. Declined: or left to lapse.",
	 "列出分子与分母；95% 区间为 Wilson 得分区间，z = 1.959964。当场同意：按承诺价或更高。拒绝：含超时失效。",
	 {{"share", REPORT_WORD},
	  {"count", REPORT_COUNT},
	  {"of", REPORT_COUNT},
	  {"percent", REPORT_BP},
	  {"low", REPORT_BP},
	  {"high", REPORT_BP}},
	 3,
	 -1,
	 derive_share,
	 KEEP,
	 {"SELECT 'handed_over_of_booked', COUNT(CASE WHEN i.state NOT IN (0, 10, 11) THEN 1 END), COUNT(*) "
	  "FROM item i JOIN trade_order o ON o.city = i.city AND o.order_id = i.order_id "
	  "WHERE {city:o} AND {time:o.booked_us}",
	  "SELECT 'inspected_of_taken', COUNT(i.inspection_seq), COUNT(*) FROM " OF_DEVICES
	  " WHERE " TAKEN,
	  "SELECT 'agreed_at_once_of_inspected', COUNT(CASE WHEN i.offered_minor IS NULL AND "
	  "i.agreed_minor IS NOT NULL AND i.state <> 12 THEN 1 END), COUNT(*) FROM " OF_DEVICES
	  " WHERE " TAKEN " AND i.inspection_seq IS NOT NULL",
	  "SELECT 'revised_of_inspected', COUNT(i.offered_minor), COUNT(*) FROM " OF_DEVICES
	  " WHERE " TAKEN " AND i.inspection_seq IS NOT NULL",
	  "SELECT 'accepted_of_answered_offers', COUNT(CASE WHEN i.state NOT IN (8, 9) THEN 1 END), COUNT(*) "
	  "FROM " OF_DEVICES " WHERE " TAKEN
	  " AND i.offered_minor IS NOT NULL AND i.state <> 12 AND "
	  "(i.agreed_minor IS NOT NULL OR i.state IN (8, 9))",
	  "SELECT 'declined_of_answered_offers', COUNT(CASE WHEN i.state IN (8, 9) THEN 1 END), COUNT(*) "
	  "FROM " OF_DEVICES " WHERE " TAKEN
	  " AND i.offered_minor IS NOT NULL AND i.state <> 12 AND "
	  "(i.agreed_minor IS NOT NULL OR i.state IN (8, 9))",
	  "SELECT 'verified_of_erasure_attempts', COUNT(CASE WHEN e.outcome = 3 THEN 1 END), COUNT(*) "
	  "FROM erasure e WHERE {city:e} AND {time:e.recorded_us} AND e.outcome <> 0",
	  "SELECT 'rejected_of_payments', COUNT(CASE WHEN l.state = 2 THEN 1 END), COUNT(*) "
	  "FROM payout_line l WHERE {city:l} AND {time:l.result_us}",
	  "SELECT 'returned_of_deliveries', COUNT(s.returned_us), COUNT(*) FROM sale s WHERE {city:s} AND "
	  "{time:s.delivered_us}"}},

	{"devices_by_stage",
	 "Devices by stage",
	 "设备现状",
	 "Devices taken in within the period, by their present state.",
	 "期内收取的设备，按当前状态。",
	 {{"stage", REPORT_WORD}, {"devices", REPORT_COUNT}, {"mass_mg", REPORT_MG}},
	 3,
	 1,
	 NULL,
	 KEEP,
	 {"SELECT {device_state:d.state}, COUNT(*), " SUM(
		 "d.mass_mg") " FROM device d WHERE " TAKEN " GROUP BY d.state ORDER BY d.state"}},

	{"items_by_stage",
	 "Trade-in items by stage",
	 "回收项目现状",
	 "Items booked within the period, by their present state.",
	 "期内预约的项目，按当前状态。",
	 {{"stage", REPORT_WORD}, {"items", REPORT_COUNT}},
	 2,
	 1,
	 NULL,
	 KEEP,
	 {"SELECT {item_state:i.state}, COUNT(*) FROM item i JOIN trade_order o ON o.city = i.city AND "
	  "o.order_id = i.order_id WHERE {city:o} AND {time:o.booked_us} GROUP BY i.state ORDER BY i.state"}},

	{"devices_by_category",
	 "Devices by category",
	 "设备类别",
	 "Devices taken in within the period. Prices: promised before inspection, and agreed with bonus.",
	 "期内收取的设备。价格：检测前的承诺价，以及含补贴的成交价。",
	 {{"category", REPORT_WORD},
	  {"devices", REPORT_COUNT},
	  {"agreed", REPORT_COUNT},
	  {"currency", REPORT_TEXT},
	  {"quoted_minor", REPORT_MINOR},
	  {"agreed_minor", REPORT_MINOR},
	  {"bonus_minor", REPORT_MINOR}},
	 7,
	 1,
	 NULL,
	 SORT_DOWN(1),
	 {"SELECT d.category, COUNT(*), COUNT(CASE WHEN i.state <> 12 THEN i.agreed_minor END), c.currency, " SUM("i.quoted_minor") ", " SUM("CASE WHEN i.state <> 12 THEN i.agreed_minor END") ", " SUM(
		 "CASE WHEN i.agreed_minor IS NOT NULL AND i.state <> 12 THEN i.bonus_minor END") " FROM " OF_DEVICES
												  " JOIN city c ON c.city = d.city WHERE " TAKEN
												  " GROUP BY d.category, c.currency ORDER BY 2 DESC"}},

	{"stage_times",
	 "Time between stages",
	 "各阶段用时",
	 "Devices taken in within the period that have come so far. Median and 90th percentile by nearest "
	 "rank, from the dated records that the journal's entries left.",
	 "期内收取且已到达该阶段的设备。中位数与第 90 百分位按最近秩法，取自日志记录的时间。",
	 {{"stage", REPORT_WORD},
	  {"devices", REPORT_COUNT},
	  {"median_us", REPORT_US},
	  {"p90_us", REPORT_US}},
	 4,
	 2,
	 NULL,
	 KEEP,
	 {"WITH s(ord, stage, us) AS (" STAGE(1, "booked_to_taken", "d.received_us - o.booked_us", OF_DEVICES, TAKEN) " UNION ALL " STAGE(
		 2, "taken_to_inspected",
		 "(SELECT MIN(q.inspected_us) FROM inspection q WHERE q.city = d.city "
		 "AND q.device = d.device) - d.received_us",
		 OF_DEVICES,
		 TAKEN
		 " AND i.inspection_seq IS NOT NULL") " UNION ALL " STAGE(3, "taken_to_owed",
									  "l.owed_us - d.received_us",
									  OF_DEVICES
									  " JOIN payout_line l ON "
									  "l.city = i.city AND l.payout = i.payout AND l.item = i.item",
									  TAKEN) " UNION ALL " STAGE(4,
												     "owed_to_paid",
												     "l.result_us - l.owed_us",
												     OF_DEVICES
												     " JOIN payout_line l ON "
												     "l.city = i.city AND l.payout = i.payout AND l.item = i.item AND l.state = 1",
												     TAKEN) " UNION ALL " STAGE(5,
																"taken_to_erased",
																"e.done - d.received_us",
																"device d JOIN (SELECT city, device, "
																"MIN(recorded_us) AS done FROM erasure WHERE outcome = 3 GROUP BY city, device) AS e ON "
																"e.city = d.city AND e.device = d.device",
																TAKEN) " UNION ALL " STAGE(6,
																			   "taken_to_stock",
																			   "k.received_us - d.received_us",
																			   "device d JOIN stock_device k ON "
																			   "k.city = d.city AND k.device = d.device AND k.received_us IS NOT NULL",
																			   TAKEN) " UNION ALL " STAGE(7,
																						      "taken_to_sold",
																						      "s.sold - d.received_us",
																						      "device d JOIN (SELECT city, device, "
																						      "MIN(sold_us) AS sold FROM sale WHERE state <> 2 GROUP BY city, device) AS s ON s.city = d.city AND "
																						      "s.device = d.device",
																						      TAKEN) " UNION ALL " STAGE(8,
																										 "sold_to_delivered",
																										 "s.delivered_us - s.sold_us",
																										 "device d JOIN sale s ON "
																										 "s.city = d.city AND s.device = d.device AND s.delivered_us IS NOT NULL",
																										 TAKEN) " UNION ALL " STAGE(9,
																													    "taken_to_dismantled",
																													    "b.weighed_us - d.received_us",
																													    "device d JOIN batch_device b ON "
																													    "b.city = d.city AND b.device = d.device",
																													    TAKEN) ")" QUARTILES}},

	{"stage_ages",
	 "Age in the present stage",
	 "当前阶段停留时间",
	 "Devices taken in within the period that are not at their end, as of the report's time.",
	 "期内收取且尚未完结的设备，截至报告时间。",
	 {{"stage", REPORT_WORD},
	  {"devices", REPORT_COUNT},
	  {"median_us", REPORT_US},
	  {"p90_us", REPORT_US}},
	 4,
	 -1,
	 NULL,
	 KEEP,
	 {"WITH s(ord, stage, us) AS (SELECT d.state, {device_state:d.state}, {now} - d.since_us FROM device d "
	  "WHERE " TAKEN
	  " AND d.state NOT IN (8, 10, 12, 14, 15) AND d.since_us <= {now})" QUARTILES}},

	{"money",
	 "Money",
	 "资金",
	 "Every coin that moved within the period, by what it was for.",
	 "期内每一笔资金流动，按用途。",
	 {{"flow", REPORT_WORD},
	  {"transfers", REPORT_COUNT},
	  {"currency", REPORT_TEXT},
	  {"amount_minor", REPORT_MINOR}},
	 4,
	 3,
	 NULL,
	 SORT_DOWN(3),
	 {"SELECT " CLASS " AS flow, COUNT(*), t.unit, " SUM(
		 "t.amount") " FROM transfer t WHERE {log:t} AND " MOVED
			     " AND t.from_account >= 300 * 140737488355328 GROUP BY flow, t.unit ORDER BY 4 DESC"}},

	{"margin",
	 "Margin",
	 "毛利",
	 "Devices: sales without tax less prices, commissions and repairs. Recovery: what recyclers pay less "
	 "what they charge. Losses: compensation and write-offs. Devices not yet sold count with their cost.",
	 "设备：不含税销售额减收购价、佣金与维修。拆解：回收商付款减收费。损失：赔偿与核销。未售设备按成本计。",
	 {{"source", REPORT_WORD}, {"currency", REPORT_TEXT}, {"amount_minor", REPORT_MINOR}},
	 3,
	 -1,
	 NULL,
	 SORT_TEXT(1),
	 {"SELECT CASE m.code WHEN 303 THEN 'devices' WHEN 309 THEN 'recovery' ELSE 'losses' END AS source, "
	  "m.unit, " SUM("m.net") " FROM " CHANGES
				  " WHERE m.code IN (303, 309, 310) GROUP BY source, m.unit "
				  "ORDER BY MIN(m.code)",
	  "SELECT 'total', m.unit, " SUM("m.net") " FROM " CHANGES
						  " WHERE m.code IN (303, 309, 310) "
						  "GROUP BY m.unit"}},

	{"tax",
	 "Tax",
	 "税款",
	 "By tax code: owed by sales, given back by returns.",
	 "按税码：销售产生与退货冲回。",
	 {{"code", REPORT_TEXT},
	  {"currency", REPORT_TEXT},
	  {"owed_minor", REPORT_MINOR},
	  {"returned_minor", REPORT_MINOR}},
	 4,
	 -1,
	 NULL,
	 SORT_CELLS,
	 {"SELECT t.tax, t.unit, " SUM("CASE WHEN " CODE("t.to_account") " = 305 THEN t.amount END") ", " SUM("CASE WHEN " CODE(
		 "t.from_account") " = 305 THEN t.amount END") " FROM transfer t WHERE {log:t} AND " MOVED
							       " AND t.tax IS NOT NULL AND (" CODE("t.to_account") " = 305 OR " CODE(
								       "t.from_account") " = 305) GROUP BY t.tax, t.unit"}},

	{"mass",
	 "Where every gram went",
	 "每一克的去向",
	 "In: received, parts fitted, recorded gain, and differences to the scale and to receipts. Out: on "
	 "hand, sold, given back, fractions, shipped, recorded loss. What is in less what is out must be 0.",
	 "收入：收取、装入零件、记录的增益，以及与秤和收据的差异。去向：在库、售出、退还、组分、发运、记录的损耗。差额必须为 0。",
	 {{"account", REPORT_WORD}, {"side", REPORT_WORD}, {"mass_mg", REPORT_MG}},
	 3,
	 2,
	 NULL,
	 KEEP,
	 {"SELECT {account:m.code}, CASE WHEN m.code IN " MASS_IN " THEN 'in' ELSE 'out' END, " SUM(
		  "CASE WHEN m.code IN " MASS_IN
		  " THEN -m.net ELSE m.net END") " FROM " CHANGES
						 " WHERE m.unit = 'mg' GROUP BY m.code ORDER BY 2, m.code",
	  "SELECT 'remainder', 'in_less_out', " SUM("-m.net") " FROM " CHANGES
							      " WHERE m.unit = 'mg'"}},

	{"mass_by_category",
	 "Mass received by category",
	 "各类别收取质量",
	 "Nominal mass when it was taken in; the scale's difference is booked beside it.",
	 "收取时的标称质量；与秤的差异另行记账。",
	 {{"category", REPORT_WORD}, {"devices", REPORT_COUNT}, {"mass_mg", REPORT_MG}},
	 3,
	 2,
	 NULL,
	 SORT_DOWN(2),
	 {"SELECT d.category, COUNT(*), " SUM(
		 "t.amount") " FROM transfer t JOIN device d ON d.city = t.city AND "
			     "d.device = " NUMBER(
				     "t.to_account") " WHERE {log:t} AND " MOVED
						     " AND t.unit = 'mg' AND " CODE("t.from_account") " = 200 AND " CODE(
							     "t.to_account") " = 201 GROUP BY d.category "
									     "ORDER BY 3 DESC"}},

	{"erasure",
	 "Erasure",
	 "数据擦除",
	 "Attempts recorded within the period, by method (NIST SP 800-88) and outcome.",
	 "期内记录的擦除尝试，按方法（NIST SP 800-88）与结果。",
	 {{"method", REPORT_WORD},
	  {"outcome", REPORT_WORD},
	  {"attempts", REPORT_COUNT},
	  {"devices", REPORT_COUNT}},
	 4,
	 2,
	 NULL,
	 KEEP,
	 {"SELECT COALESCE({method:e.method}, 'none'), {outcome:e.outcome}, COUNT(*), COUNT(DISTINCT e.device) "
	  "FROM erasure e WHERE {city:e} AND {time:e.recorded_us} GROUP BY e.method, e.outcome "
	  "ORDER BY COALESCE(e.method, -1), e.outcome"}},

	{"media",
	 "Storage media",
	 "存储介质",
	 "Media of the devices taken in within the period, as they are now.",
	 "期内收取设备的介质，按当前状态。",
	 {{"kind", REPORT_WORD}, {"state", REPORT_WORD}, {"media", REPORT_COUNT}},
	 3,
	 -1,
	 NULL,
	 KEEP,
	 {"SELECT {medium_kind:m.kind}, {medium_state:m.state}, COUNT(*) FROM medium m JOIN device d ON "
	  "d.city = m.city AND d.device = m.device WHERE " TAKEN " GROUP BY m.kind, m.state "
	  "ORDER BY m.kind, m.state"}},

	{"merchants",
	 "Merchants",
	 "商户",
	 "By devices taken in within the period, first fifty. Commission: on those devices.",
	 "按期内收取的设备数，前五十名。佣金：来自这些设备。",
	 {{"merchant", REPORT_ID},
	  {"name", REPORT_TEXT},
	  {"devices", REPORT_COUNT},
	  {"agreed", REPORT_COUNT},
	  {"currency", REPORT_TEXT},
	  {"agreed_minor", REPORT_MINOR},
	  {"commission_minor", REPORT_MINOR}},
	 7,
	 2,
	 NULL,
	 KEEP,
	 {"SELECT o.merchant, p.public_name, COUNT(*), COUNT(CASE WHEN i.state <> 12 THEN i.agreed_minor END), "
	  "c.currency, " SUM("CASE WHEN i.state <> 12 THEN i.agreed_minor END") ", " SUM(
		  "(SELECT SUM(t.amount) "
		  "FROM transfer t WHERE t.city = d.city AND t.from_account = 303 * 140737488355328 + d.device AND " CODE(
			  "t.to_account") " = 302 AND " MOVED
					  ")") " FROM " OF_DEVICES
					       " JOIN city c ON c.city = d.city "
					       "LEFT JOIN party p ON p.city = o.city AND p.party = o.merchant WHERE " TAKEN
					       " GROUP BY o.city, o.merchant, p.public_name, c.currency ORDER BY 3 DESC, o.city, o.merchant LIMIT 50"}},

	{"payouts",
	 "Payments",
	 "付款",
	 "Lines of payouts that the bank answered within the period.",
	 "银行在期内答复的付款明细。",
	 {{"state", REPORT_WORD},
	  {"reason", REPORT_TEXT},
	  {"payments", REPORT_COUNT},
	  {"currency", REPORT_TEXT},
	  {"amount_minor", REPORT_MINOR}},
	 5,
	 -1,
	 NULL,
	 SORT_CELLS,
	 {"SELECT {line_state:l.state}, l.reason, COUNT(*), p.currency, " SUM(
		 "l.amount_minor") " FROM payout_line l "
				   "JOIN payout p ON p.city = l.city AND p.payout = l.payout WHERE {city:l} AND {time:l.result_us} "
				   "GROUP BY l.state, l.reason, p.currency ORDER BY l.state"}},

	{"balances",
	 "Trial balance",
	 "试算平衡",
	 "Net change of every kind of account within the period; each unit adds up to 0.",
	 "期内各类账户净变动；每种单位合计为 0。",
	 {{"account", REPORT_WORD}, {"unit", REPORT_TEXT}, {"value", REPORT_UNIT}},
	 3,
	 -1,
	 NULL,
	 SORT_TEXT(1),
	 {"SELECT {account:m.code}, m.unit, " SUM(
		  "m.net") " FROM " CHANGES " GROUP BY m.code, m.unit ORDER BY m.code",
	  "SELECT 'sum', m.unit, " SUM("m.net") " FROM " CHANGES " GROUP BY m.unit"}},

	{.id = NULL}};
