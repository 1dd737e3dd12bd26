/* month.h: a busy month of a small city: bought, sold, returned, dismantled, declined, lost and paid, so
 * that each kind of row is there for what reads them.
 */
#ifndef RELODE_TESTS_MONTH_H
#define RELODE_TESTS_MONTH_H

#include "base/time.h"
#include "lab.h"

static inline void month_later(struct kit *k, int64_t hours)
{
	kit_at(k, k->now_us + hours * 3600 * TIME_SECOND_US);
}

static inline void month_sell(struct lab *l, int64_t phone, bool comes_back)
{
	struct kit *k = &l->t.k;
	int64_t sale;

	kit_act(k, 1, "stock.list", "{\"device\":%lld,\"price_minor\":400000}", (long long)phone);
	month_later(k, 30);
	sale = kit_int(kit_act(k, 1, "stock.sell", "{\"device\":%lld,\"buyer\":%lld}", (long long)phone,
			       (long long)l->buyer),
		       "sale");
	month_later(k, 5);
	kit_act(k, 1, "stock.deliver", "{\"sale\":%lld}", (long long)sale);
	month_later(k, 50);
	if (comes_back)
		kit_act(k, 1, "stock.return",
			"{\"sale\":%lld,\"site\":%lld,\"reason\":\"defective\",\"complete\":true,"
			"\"damaged\":false}",
			(long long)sale, (long long)l->t.centre);
}

static inline void month_dismantle(struct lab *l)
{
	struct kit *k = &l->t.k;
	int64_t phone = lab_erased_phone(l), washer = lab_washer(l), batch, lot, consignment;

	month_later(k, 20);
	kit_act(k, 1, "recover.send", "{\"device\":%lld,\"reason\":\"damaged\"}", (long long)phone);
	kit_act(k, 1, "recover.send", "{\"device\":%lld,\"reason\":\"incomplete\"}", (long long)washer);
	batch = kit_int(kit_act(k, 1, "recover.batch_open",
				"{\"site\":%lld,\"dismantler\":%lld,\"scale\":\"S-1\"}",
				(long long)l->t.centre, (long long)l->programme),
			"batch");
	kit_act(k, 1, "recover.weigh_in", "{\"batch\":%lld,\"device\":%lld,\"scale_mg\":171000}",
		(long long)batch, (long long)phone);
	kit_act(k, 1, "recover.weigh_in", "{\"batch\":%lld,\"device\":%lld,\"scale_mg\":72000000}",
		(long long)batch, (long long)washer);
	lot = kit_int(kit_act(k, 1, "recover.weigh_out",
			      "{\"batch\":%lld,\"fraction\":\"ferrous\",\"mass_mg\":50000000}",
			      (long long)batch),
		      "lot");
	kit_act(k, 1, "recover.batch_close", "{\"batch\":%lld,\"reason\":\"dust\"}", (long long)batch);
	consignment = kit_int(kit_act(k, 1, "recover.consign",
				      "{\"recycler\":%lld,\"document\":\"T-1\",\"lots\":[{\"lot\":%lld}]}",
				      (long long)l->recycler, (long long)lot), "consignment");
	kit_act(k, 1, "recover.receipt", "{\"consignment\":%lld,\"certificate\":\"C-1\",\"dated_us\":%lld,"
		"\"value_minor\":12000,\"fee_minor\":500,\"lots\":[{\"lot\":%lld,\"received_mg\":49000000}]}",
		(long long)consignment, (long long)k->now_us, (long long)lot);
	kit_act(k, 1, "settle.receipt",
		"{\"source\":\"recycler\",\"party\":%lld,\"amount_minor\":11500}", (long long)l->recycler);
}

/* A phone at the merchant's shop whose screen is worse than declared. */
static inline void month_offer(struct lab *l, const char *answer)
{
	trade_book_phone(&l->t);
	month_later(&l->t.k, 3);
	trade_hand_in(&l->t);
	month_later(&l->t.k, 7);
	trade_inspect(
		&l->t,
		",\"battery_percent\":90,\"marks\":[{\"part\":\"screen\",\"severity\":\"cracked\"}]");
	assert_string_equal(trade_state(&l->t), "offered");
	month_later(&l->t.k, 11);
	if (!answer)
		return;
	kit_act(&l->t.k, 1, answer, "{\"item\":%lld}", (long long)l->t.item);
	if (strcmp(answer, "tradein.decline") != 0)
		return;
	kit_act(&l->t.k, 1, "tradein.return_given", "{\"item\":%lld}", (long long)l->t.item);
	kit_act(&l->t.k, 1, "tradein.return_taken", "{\"item\":%lld}", (long long)l->t.item);
}

static inline void month_pay_some(struct lab *l)
{
	struct kit *k = &l->t.k;
	int64_t id = kit_int(kit_act(k, 1, "settle.payout_create", "{\"all_due\":true}"), "payout");
	const struct json *p = kit_get(k, 1, "settle.payout", "{\"payout\":%lld}", (long long)id);
	size_t n = json_get(p, "lines")->count;
	struct sb sb;

	kit_act(k, 1, "settle.payout_exported",
		"{\"payout\":%lld,\"format\":\"csv\",\"digest\":\"%064d\"}", (long long)id, 1);
	month_later(k, 26);
	sb_init(&sb, &k->cx, 100000);
	sb_str(&sb, "<Document xmlns='urn:iso:std:iso:20022:tech:xsd:pain.002.001.03'><CstmrPmtStsRpt>");
	sb_printf(
		&sb,
		"<OrgnlGrpInfAndSts><OrgnlMsgId>R1-%lld</OrgnlMsgId></OrgnlGrpInfAndSts><OrgnlPmtInfAndSts>",
		(long long)id);
	for (size_t i = 1; i <= n; i++)
		sb_printf(
			&sb,
			"<TxInfAndSts><OrgnlEndToEndId>R1-%lld-%zu</OrgnlEndToEndId><TxSts>%s</TxSts>"
			"</TxInfAndSts>",
			(long long)id, i, i == 2 ? "RJCT" : "ACSC");
	sb_str(&sb, "</OrgnlPmtInfAndSts></CstmrPmtStsRpt></Document>");
	assert_int_equal(sb_end(&sb), ERR_OK);
	kit_act(k, 1, "settle.payout_result", "{\"payout\":%lld,\"file\":\"%s\"}", (long long)id, sb.data);
}

static inline void month_open(struct lab *l)
{
	struct kit *k = &l->t.k;

	lab_open(l);
	kit_act(k, 1, "city.rate",
		"{\"code\":\"VAT\",\"from_us\":%lld,\"rate_bp\":1300,\"margin\":true}",
		(long long)k->now_us);
	kit_act(k, 1, "stock.deposit",
		"{\"buyer\":%lld,\"amount_minor\":5000000,\"reference\":\"IN-1\"}", (long long)l->buyer);
	month_sell(l, lab_stock_phone(l), true);
	month_sell(l, lab_stock_phone(l), false);
	month_dismantle(l);
	month_offer(l, "tradein.accept");
	month_offer(l, "tradein.decline");
	/* lost in our hands and compensated: no price was agreed */
	trade_book_phone(&l->t);
	trade_hand_in(&l->t);
	kit_act(k, 1, "device.lose", "{\"device\":%lld}", (long long)l->t.device);
	kit_act(k, 1, "tradein.compensate", "{\"item\":%lld}", (long long)l->t.item);
	month_later(k, 24 * 10);
	month_offer(l, NULL);
	trade_book_phone(&l->t);
	trade_hand_in(&l->t);
	trade_inspect(&l->t, ",\"battery_percent\":90,\"storage_gb\":128");
	month_pay_some(l);
	trade_book_phone(&l->t);
	kit_audit(k);
}

#endif
