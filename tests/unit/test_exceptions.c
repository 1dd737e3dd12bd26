/* What is stuck: each rule is made to hold by an action of its own, and to end by what it says
 * unblocks it. */
#include "base/time.h"
#include "lab.h"
#include "programme/exceptions/exceptions.h"

#define L(x) ((long long)(x))

static void later(struct kit *k, int64_t days)
{
	kit_at(k, k->now_us + days * DAY_US);
	/* the simulated city's clock is its last entry */
	kit_act(k, 1, "city.settings", "{\"name\":\"Shanghai\"}");
}

static int64_t count(struct kit *k, const char *kind)
{
	const struct json *v = kit_get(k, 1, "exceptions.list", "{\"kind\":\"%s\"}", kind);
	const struct json *counts = json_get(v, "counts");

	assert_int_equal(json_get(v, "items")->count,
			 counts->count ? (size_t)kit_int(v, "counts.0.count") : 0);
	return counts->count ? kit_int(v, "counts.0.count") : 0;
}

/* The one exception of a kind: of this thing, with at least one way out. */
static const struct json *only(struct kit *k, const char *kind, int64_t id)
{
	const struct json *v = kit_get(k, 1, "exceptions.list", "{\"kind\":\"%s\"}", kind);

	if (json_get(v, "items")->count != 1)
		fail_msg("%zu exceptions %s", json_get(v, "items")->count, kind);
	assert_int_equal(kit_int(v, "items.0.id"), id);
	assert_true(json_get(json_get(v, "items")->item[0], "actions")->count > 0);
	return json_get(v, "items")->item[0];
}

static void trade_ins_that_wait(void **state)
{
	struct lab l;
	struct kit *k = &l.t.k;
	const struct json *v;

	(void)state;
	lab_open(&l);
	trade_book_phone(&l.t);
	assert_int_equal(count(k, "booking_overdue"), 0);
	later(k, 40);
	only(k, "booking_overdue", l.t.item);
	kit_act(k, 1, "tradein.lapse", "{\"item\":%lld}", L(l.t.item));
	assert_int_equal(count(k, "booking_overdue"), 0);

	trade_book_phone(&l.t);
	kit_act(k, 1, "tradein.give", "{\"item\":%lld}", L(l.t.item));
	later(k, 2);
	only(k, "half_handed_over", l.t.item);
	l.t.device = kit_int(kit_act(k, 1, "tradein.take_in", "{\"item\":%lld}", L(l.t.item)), "device");
	assert_int_equal(count(k, "half_handed_over"), 0);
	later(k, 2);
	assert_int_equal(count(k, "not_inspected"), 0);
	later(k, 2);
	v = only(k, "not_inspected", l.t.item);
	assert_int_equal(kit_int(v, "site"), l.t.shop);
	assert_int_equal(kit_int(v, "merchant"), l.t.merchant);
	assert_int_equal(kit_int(v, "days"), 4);
	assert_string_equal(kit_text(v, "actions.0.action"), "inspect.record");

	trade_inspect(
		&l.t,
		",\"battery_percent\":90,\"marks\":[{\"part\":\"screen\",\"severity\":\"cracked\"}]");
	assert_int_equal(count(k, "not_inspected"), 0);
	later(k, 10);
	assert_int_equal(count(k, "offer_unanswered"), 0);
	later(k, 2);
	only(k, "offer_unanswered", l.t.item);
	assert_int_equal(count(k, "offer_lapsed"), 0);
	later(k, 3);
	only(k, "offer_lapsed", l.t.item);
	assert_int_equal(count(k, "offer_unanswered"), 0);
	kit_act(k, 1, "tradein.lapse", "{\"item\":%lld}", L(l.t.item));
	assert_int_equal(count(k, "offer_lapsed"), 0);
	later(k, 15);
	only(k, "return_not_taken", l.t.item);
	kit_act(k, 1, "tradein.return_given", "{\"item\":%lld}", L(l.t.item));
	kit_act(k, 1, "tradein.return_taken", "{\"item\":%lld}", L(l.t.item));
	assert_int_equal(count(k, "return_not_taken"), 0);
	kit_audit(k);
	lab_close(&l);
}

static void devices_that_wait(void **state)
{
	struct lab l;
	struct kit *k = &l.t.k;
	const struct json *v;
	int64_t phone, second, sale;

	(void)state;
	lab_open(&l);
	phone = lab_phone(&l);
	later(k, 15);
	only(k, "idle", phone);
	kit_act(k, 1, "erase.start", "{\"device\":%lld}", L(phone));
	later(k, 3);
	only(k, "erasure_stuck", phone);
	kit_act(k, 1, "erase.attempt",
		"{\"device\":%lld,\"medium\":1,\"outcome\":\"failed\",\"method\":\"Purge\","
		"\"technique\":\"cryptographic_erase\","
		"\"tool\":\"bench\",\"tool_version\":\"1\",\"started_us\":%lld,\"ended_us\":%lld,"
		"\"reason\":\"write_error\","
		"\"log\":\"aa11223344556677889900aabbccddeeff00112233445566778899aabbccddee\"}",
		L(phone), L(k->now_us - 100), L(k->now_us - 1));
	only(k, "erase_failed", phone);
	assert_int_equal(count(k, "erasure_stuck"), 0);
	lab_erase(&l, phone);
	assert_int_equal(count(k, "erase_failed"), 0);
	kit_act(k, 1, "device.hold", "{\"device\":%lld,\"reason\":\"dispute\"}", L(phone));
	v = only(k, "held", phone);
	assert_string_equal(kit_text(v, "detail"), "dispute");
	kit_act(k, 1, "device.release", "{\"device\":%lld}", L(phone));
	assert_int_equal(count(k, "held"), 0);

	kit_act(k, 1, "stock.receive", "{\"device\":%lld}", L(phone));
	only(k, "no_identity", phone);
	kit_act(k, 1, "device.identify",
		"{\"device\":%lld,\"add\":[{\"kind\":\"imei\",\"value\":\"490154203237518\"}]}",
		L(phone));
	assert_int_equal(count(k, "no_identity"), 0);
	second = lab_phone(&l);
	kit_act(k, 1, "device.identify",
		"{\"device\":%lld,\"add\":[{\"kind\":\"imei\",\"value\":\"490154203237518\"}]}",
		L(second));
	assert_int_equal(count(k, "duplicate_identity"), 2);
	kit_act(k, 1, "device.identify", "{\"device\":%lld,\"end\":[{\"n\":1}]}", L(second));
	assert_int_equal(count(k, "duplicate_identity"), 0);

	kit_act(k, 1, "stock.deposit",
		"{\"buyer\":%lld,\"amount_minor\":500000,\"reference\":\"IN-1\"}", L(l.buyer));
	kit_act(k, 1, "stock.list", "{\"device\":%lld,\"price_minor\":400000}", L(phone));
	sale = kit_int(kit_act(k, 1, "stock.sell", "{\"device\":%lld,\"buyer\":%lld}", L(phone),
			       L(l.buyer)),
		       "sale");
	later(k, 8);
	only(k, "not_delivered", phone);
	kit_act(k, 1, "stock.cancel_sale", "{\"sale\":%lld}", L(sale));
	assert_int_equal(count(k, "not_delivered"), 0);
	later(k, 90);
	only(k, "stocktake_overdue", l.t.centre);
	kit_audit(k);
	lab_close(&l);
}

static void devices_on_their_way(void **state)
{
	struct lab l;
	struct kit *k = &l.t.k;
	const struct json *v;
	int64_t phone;

	(void)state;
	lab_open(&l);
	phone = lab_phone(&l);
	later(k, 3);
	kit_act(k, 1, "device.ship", "{\"device\":%lld,\"to_site\":%lld,\"carrier\":%lld}", L(phone),
		L(l.other_site), L(l.t.carrier));
	later(k, 6);
	assert_int_equal(count(k, "in_transit"), 0);
	later(k, 2);
	v = only(k, "in_transit", phone);
	assert_int_equal(kit_int(v, "site"), l.other_site);
	assert_int_equal(kit_int(v, "days"), 8); /* since it was sent, not since it was bought */
	assert_string_equal(kit_text(v, "detail"), cx_printf(&k->cx, "carrier %lld", L(l.t.carrier)));
	assert_string_equal(kit_text(v, "actions.0.action"), "device.arrive");
	kit_act(k, 1, "device.arrive", "{\"device\":%lld,\"site\":%lld}", L(phone), L(l.other_site));
	assert_int_equal(count(k, "in_transit"), 0);
	/* by our own hands, and never seen again */
	kit_act(k, 1, "device.ship", "{\"device\":%lld,\"to_site\":%lld}", L(phone), L(l.t.centre));
	later(k, 8);
	assert_null(json_get(only(k, "in_transit", phone), "detail"));
	kit_act(k, 1, "device.lose", "{\"device\":%lld}", L(phone));
	assert_int_equal(count(k, "in_transit"), 0);
	kit_audit(k);
	lab_close(&l);
}

static void lost_and_compensated(void **state)
{
	struct lab l;
	struct kit *k = &l.t.k;

	(void)state;
	lab_open(&l);
	trade_book_phone(&l.t);
	trade_hand_in(&l.t);
	kit_act(k, 1, "device.lose", "{\"device\":%lld}", L(l.t.device));
	only(k, "device_lost", l.t.item);
	kit_act(k, 1, "tradein.compensate", "{\"item\":%lld}", L(l.t.item));
	assert_int_equal(count(k, "device_lost"), 0);
	later(k, 4);
	only(k, "not_paid", l.t.item);
	kit_audit(k);
	lab_close(&l);
}

static void payments_that_wait(void **state)
{
	struct lab l;
	struct kit *k = &l.t.k;
	int64_t id;

	(void)state;
	lab_open(&l);
	trade_book_phone(&l.t);
	trade_hand_in(&l.t);
	trade_inspect(&l.t, ",\"battery_percent\":90,\"storage_gb\":128");
	later(k, 2);
	assert_int_equal(count(k, "not_paid"), 0);
	later(k, 2);
	only(k, "not_paid", l.t.item);
	id = kit_int(
		kit_act(k, 1, "settle.payout_create", "{\"items\":[{\"item\":%lld}]}", L(l.t.item)),
		"payout");
	assert_int_equal(count(k, "not_paid"), 0);
	later(k, 2);
	only(k, "payout_not_exported", id);
	kit_act(k, 1, "settle.payout_exported",
		"{\"payout\":%lld,\"format\":\"csv\",\"digest\":\"%064d\"}", L(id), 1);
	assert_int_equal(count(k, "payout_not_exported"), 0);
	later(k, 6);
	only(k, "payout_no_answer", id);
	kit_act(k, 1, "settle.payout_result",
		"{\"payout\":%lld,\"file\":\"<Document "
		"xmlns='urn:iso:std:iso:20022:tech:xsd:pain.002.001.03'>"
		"<CstmrPmtStsRpt><OrgnlGrpInfAndSts><OrgnlMsgId>R1-%lld</OrgnlMsgId><GrpSts>RJCT</GrpSts>"
		"<StsRsnInf><Rsn><Cd>AC01</Cd></Rsn></StsRsnInf></OrgnlGrpInfAndSts></CstmrPmtStsRpt>"
		"</Document>\"}",
		L(id), L(id));
	assert_int_equal(count(k, "payout_no_answer"), 0);
	assert_string_equal(kit_text(only(k, "payout_failed", l.t.item), "detail"), "AC01");
	kit_act(k, 1, "settle.payout_create", "{\"all_due\":true}");
	assert_int_equal(count(k, "payout_failed"), 0);
	lab_close(&l);
}

static void recovery_that_waits(void **state)
{
	struct lab l;
	struct kit *k = &l.t.k;
	const struct json *v;
	int64_t washer, batch, lot, consignment;

	(void)state;
	lab_open(&l);
	washer = lab_washer(&l);
	kit_act(k, 1, "recover.send", "{\"device\":%lld,\"reason\":\"incomplete\"}", L(washer));
	later(k, 31);
	only(k, "not_dismantled", washer);
	batch = kit_int(kit_act(k, 1, "recover.batch_open",
				"{\"site\":%lld,\"dismantler\":%lld,\"scale\":\"S-1\"}",
				L(l.t.centre), L(l.programme)),
			"batch");
	kit_act(k, 1, "recover.weigh_in", "{\"batch\":%lld,\"device\":%lld,\"scale_mg\":70000000}",
		L(batch), L(washer));
	assert_int_equal(count(k, "not_dismantled"), 0);
	later(k, 8);
	only(k, "batch_open", batch);
	lot = kit_int(kit_act(k, 1, "recover.weigh_out",
			      "{\"batch\":%lld,\"fraction\":\"ferrous\",\"mass_mg\":70000000}",
			      L(batch)),
		      "lot");
	kit_act(k, 1, "recover.batch_close", "{\"batch\":%lld}", L(batch));
	assert_int_equal(count(k, "batch_open"), 0);
	consignment = kit_int(kit_act(k, 1, "recover.consign",
				      "{\"recycler\":%lld,\"document\":\"T-1\",\"lots\":[{\"lot\":%lld}]}",
				      L(l.recycler), L(lot)), "consignment");
	later(k, 31);
	only(k, "no_receipt", consignment);
	kit_act(k, 1, "recover.receipt",
		"{\"consignment\":%lld,\"certificate\":\"C-1\",\"dated_us\":%lld,"
		"\"value_minor\":12000,\"lots\":[{\"lot\":%lld,\"received_mg\":69000000}]}",
		L(consignment), L(k->now_us), L(lot));
	assert_int_equal(count(k, "no_receipt"), 0);
	v = only(k, "receipt_differs", consignment);
	assert_string_equal(kit_text(v, "detail"), "-1000000 mg");
	kit_act(k, 1, "recover.receipt_correct",
		"{\"consignment\":%lld,\"certificate\":\"C-1b\",\"dated_us\":%lld,"
		"\"value_minor\":12000,\"reason\":\"typing\",\"lots\":[{\"lot\":%lld,"
		"\"received_mg\":70000000}]}",
		L(consignment), L(k->now_us), L(lot));
	assert_int_equal(count(k, "receipt_differs"), 0);
	lab_close(&l);
}

static void filters_pages_and_languages(void **state)
{
	struct lab l;
	struct kit *k = &l.t.k;
	const struct json *v;
	char *after;

	(void)state;
	lab_open(&l);
	for (int i = 0; i < 3; i++) {
		trade_book_phone(&l.t);
		trade_hand_in(&l.t);
		later(k, 2);
	}
	later(k, 5);
	v = kit_get(k, 1, "exceptions.list", "{}");
	assert_int_equal(kit_int(v, "counts.0.count"), 3);
	assert_int_equal(json_get(v, "items")->count, 3);
	assert_true(kit_int(v, "items.0.since_us") < kit_int(v, "items.2.since_us"));
	assert_int_equal(json_get(kit_get(k, 1, "exceptions.list", "{\"older_days\":8}"), "items")->count, 2);
	assert_int_equal(
		json_get(kit_get(k, 1, "exceptions.list", "{\"site\":%lld}", L(l.t.shop)), "items")
			->count,
		3);
	assert_int_equal(
		json_get(kit_get(k, 1, "exceptions.list", "{\"site\":%lld}", L(l.t.store)), "items")
			->count,
		0);
	assert_int_equal(
		json_get(kit_get(k, 1, "exceptions.list", "{\"merchant\":%lld}", L(l.t.merchant)),
			 "items")
			->count,
		3);
	v = kit_get(k, 1, "exceptions.list", "{\"limit\":2}");
	assert_int_equal(json_get(v, "items")->count, 2);
	after = cx_strdup(&k->cx, kit_text(v, "next"));
	v = kit_get(k, 1, "exceptions.list", "{\"limit\":2,\"after\":\"%s\"}", after);
	assert_int_equal(json_get(v, "items")->count, 1);
	assert_null(json_get(v, "next"));
	/* the counts alone, as an analyst may have them: no ids */
	v = kit_get(k, 1, "exceptions.counts", "{\"lang\":\"zh\"}");
	assert_int_equal(json_get(v, "items")->count, 1);
	assert_int_equal(kit_int(v, "items.0.count"), 3);
	assert_string_equal(kit_text(v, "items.0.subject"), "item");
	assert_string_equal(kit_text(v, "items.0.text"), "已收取，但未检测。");
	assert_null(json_get(json_get(v, "items")->item[0], "id"));
	v = kit_get(k, 1, "exceptions.counts", "{\"older_days\":8}");
	assert_int_equal(kit_int(v, "items.0.count"), 2);
	v = kit_get(k, 1, "exceptions.list", "{\"lang\":\"zh\"}");
	assert_string_equal(kit_text(v, "items.0.text"), "已收取，但未检测。");
	kit_get_refused(k, 1, "exceptions.list", ERR_INVALID, "no kind of exception",
			"{\"kind\":\"boredom\"}");
	/* a merchant sees its own, another none */
	kit_as(k, (struct principal){.user = 9, .roles = ROLE_CLERK, .org = l.t.merchant});
	assert_int_equal(json_get(kit_get(k, 1, "exceptions.list", "{}"), "items")->count, 3);
	kit_as(k, (struct principal){.user = 9, .roles = ROLE_CLERK, .org = l.t.retailer});
	v = kit_get(k, 1, "exceptions.list", "{}");
	assert_int_equal(json_get(v, "items")->count, 0);
	assert_int_equal(json_get(v, "counts")->count, 0);
	assert_int_equal(json_get(kit_get(k, 1, "exceptions.counts", "{}"), "items")->count, 0);
	kit_staff(k);
	lab_close(&l);
}

/* Each rule says everything, and every action that it names exists. */
static void rules_are_complete(void **state)
{
	struct lab l;
	size_t n = 0;

	(void)state;
	lab_open(&l);
	for (const struct exception_rule *r = exception_rules; r->code; r++, n++) {
		assert_true(r->subject && r->en && r->zh && r->unblock_en && r->unblock_zh && r->unblock[0]);
		assert_true((strstr(r->sql, "%s") != NULL) == (r->states != NULL));
		for (int i = 0; i < EXCEPTION_UNBLOCK_MAX && r->unblock[i]; i++)
			if (!domain_action(&l.t.k.domain, r->unblock[i]))
				fail_msg("%s: there is no action %s", r->code, r->unblock[i]);
		for (const struct exception_rule *o = exception_rules; o < r; o++)
			assert_string_not_equal(o->code, r->code);
	}
	assert_true(n >= 25);
	lab_close(&l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(trade_ins_that_wait), cmocka_unit_test(devices_that_wait),
		cmocka_unit_test(devices_on_their_way),
		cmocka_unit_test(lost_and_compensated), cmocka_unit_test(payments_that_wait),
		cmocka_unit_test(recovery_that_waits), cmocka_unit_test(filters_pages_and_languages),
		cmocka_unit_test(rules_are_complete),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
