/* Devices: identities, holds, weighing, shipping, media and the gate, what anyone may see, audit. */
#include "trade.h"

#define L(x) ((long long)(x))

static void imei_rules(void **state)
{
	static const struct {
		const char *text, *want, *words;
	} cases[] = {
		{"490154203237518", "490154203237518", NULL},
		{"49-015420-323751-8", "490154203237518", NULL},
		{" 49 015420 323751 8 ", "490154203237518", NULL},
		{"4901542032375101", "4901542032375101", NULL}, /* IMEISV: no check digit */
		{"490154203237519", NULL, "does not check"},
		{"940154203237518", NULL, "does not check"}, /* two digits swapped */
		{"000000000000000", NULL, "all the same"},
		{"1111111111111111", NULL, "all the same"},
		{"49015420323751", NULL, "this one has 14"},
		{"49015420323751801", NULL, "has more"},
		{"", NULL, "this one has 0"},
		{"49015420323751O", NULL, "digits only"},
		{"４９０", NULL, "digits only"},
	};
	struct cx cx;

	(void)state;
	cx_init(&cx, 0);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		char out[17] = "untouched";
		enum err err = imei_normalise(&cx, cases[i].text, out);
		if (cases[i].want) {
			if (err || strcmp(out, cases[i].want) != 0)
				fail_msg("%s: %s %s", cases[i].text, out, cx.msg);
		} else {
			assert_int_equal(err, ERR_INVALID);
			assert_string_equal(out, "untouched");
			if (!strstr(cx.msg, cases[i].words))
				fail_msg("%s: %s", cases[i].text, cx.msg);
		}
		cx_clear(&cx);
	}
	cx_done(&cx);
}

static void other_claims(void **state)
{
	static const struct {
		int64_t kind;
		const char *text, *want;
	} cases[] = {
		{IDENTIFIER_SERIAL, " f17 abc ", "F17ABC"},
		{IDENTIFIER_SERIAL, "  ", NULL},
		{IDENTIFIER_MAC, "00:1A:2b:3C:4d:5E", "001a2b3c4d5e"},
		{IDENTIFIER_MAC, "001a.2b3c.4d5e", "001a2b3c4d5e"},
		{IDENTIFIER_MAC, "00:1A", NULL},
		{IDENTIFIER_MAC, "00:1A:2b:3C:4d:5E:00", NULL},
		{IDENTIFIER_MAC, "00:1A:2b:3C:4d:5G", NULL},
		{IDENTIFIER_OTHER, "asset 7", "ASSET7"},
	};
	struct cx cx;

	(void)state;
	cx_init(&cx, 0);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		char *out = NULL;
		enum err err = claim_normalise(&cx, cases[i].kind, cases[i].text, &out);
		assert_int_equal(err, cases[i].want ? ERR_OK : ERR_INVALID);
		if (cases[i].want)
			assert_string_equal(out, cases[i].want);
		cx_clear(&cx);
	}
	cx_done(&cx);
}

static void in_custody(struct trade *t)
{
	trade_open(t);
	trade_book_phone(t);
	trade_hand_in(t);
}

static void identities_are_claims(void **state)
{
	struct trade t;
	const struct json *a;
	int64_t first, second;

	(void)state;
	in_custody(&t);
	first = t.device;
	a = kit_act(&t.k, 1, "device.identify",
		    "{\"device\":%lld,\"add\":[{\"kind\":\"imei\",\"value\":\"490154203237518\"},"
		    "{\"kind\":\"imei\",\"value\":\"356938035643809\"}]}", L(first));
	assert_int_equal(kit_int(a, "claims.1.n"), 2);
	kit_refuse(&t.k, 1, "device.identify", ERR_INVALID, "is the same as",
		   "{\"device\":%lld,\"add\":[{\"kind\":\"imei\",\"value\":\"490154203237518\"},"
		   "{\"kind\":\"imei\",\"value\":\"4901542032375101\"}]}", L(first));
	kit_refuse(&t.k, 1, "device.identify", ERR_INVALID, "at least one", "{\"device\":%lld}", L(first));
	/* neither answer nor journal nor any row of state has the number */
	a = kit_get(&t.k, 1, "device.history", "{\"device\":%lld}", L(first));
	for (size_t i = 0; i < json_get(a, "items")->count; i++) {
		struct sb sb;
		sb_init(&sb, &t.k.cx, 1 << 20);
		json_canonical(&sb, json_get(a, "items")->item[i]);
		assert_null(strstr(sb.data, "490154203237518"));
	}
	/* found by IMEI and by IMEISV */
	a = kit_get(&t.k, 1, "device.search", "{\"identifier\":\"49-0154203237518\"}");
	assert_int_equal(kit_int(a, "items.0.device"), first);
	a = kit_get(&t.k, 1, "device.search", "{\"identifier\":\"4901542032375199\"}");
	assert_int_equal(kit_int(a, "items.0.device"), first);
	kit_get_refused(&t.k, 1, "device.search", ERR_INVALID, "does not check",
			"{\"identifier\":\"490154203237519\"}");
	/* the board is changed: the claim ends, and is still found */
	kit_act(&t.k, 1, "device.identify", "{\"device\":%lld,\"end\":[{\"n\":1}]}", L(first));
	kit_refuse(&t.k, 1, "device.identify", ERR_CONFLICT, "ended already",
		   "{\"device\":%lld,\"end\":[{\"n\":1}]}", L(first));
	kit_refuse(&t.k, 1, "device.identify", ERR_NOT_FOUND, "",
		   "{\"device\":%lld,\"end\":[{\"n\":9}]}", L(first));
	/* two ids of one thing, and back */
	trade_book_phone(&t);
	trade_hand_in(&t);
	second = t.device;
	/* what the first claims no longer, another may claim alone */
	a = kit_act(&t.k, 1, "device.identify",
		    "{\"device\":%lld,\"add\":[{\"kind\":\"imei\",\"value\":\"490154203237518\"},"
		    "{\"kind\":\"imei\",\"value\":\"356938035643809\"}]}", L(second));
	assert_null(json_get(json_get(a, "claims")->item[0], "also"));
	assert_int_equal(kit_int(a, "claims.1.also"), first);
	kit_act(&t.k, 1, "device.merge", "{\"device\":%lld,\"same_as\":%lld}", L(first), L(second));
	kit_refuse(&t.k, 1, "device.merge", ERR_CONFLICT, "merged already",
		   "{\"device\":%lld,\"same_as\":%lld}", L(second), L(first));
	kit_refuse(&t.k, 1, "device.merge", ERR_INVALID, "itself",
		   "{\"device\":%lld,\"same_as\":%lld}", L(first), L(first));
	a = kit_get(&t.k, 1, "device.get", "{\"device\":%lld}", L(second));
	assert_int_equal(kit_int(a, "same_as.0.device"), first);
	kit_act(&t.k, 1, "device.unmerge", "{\"device\":%lld,\"same_as\":%lld}", L(second), L(first));
	kit_refuse(&t.k, 1, "device.unmerge", ERR_CONFLICT, "not merged",
		   "{\"device\":%lld,\"same_as\":%lld}", L(first), L(second));
	a = kit_get(&t.k, 1, "device.get", "{\"device\":%lld}", L(first));
	assert_true(kit_int(a, "same_as.0.to_us") > 0);
	kit_audit(&t.k);
	trade_close(&t);
}

/* What is merged shares its benefits: nobody merges another's device with one of theirs. */
static void a_shop_merges_its_own(void **state)
{
	static const char *const both[] = {"device.merge", "device.unmerge"};
	struct trade t;
	int64_t first, second;

	(void)state;
	trade_open(&t);
	trade_book_phone(&t);
	trade_hand_in(&t);
	first = t.device;
	trade_book_phone(&t);
	trade_hand_in(&t);
	second = t.device;
	kit_act(&t.k, 1, "device.ship", "{\"device\":%lld,\"to_site\":%lld,\"carrier\":%lld}", L(second),
		L(t.centre), L(t.carrier));
	for (int i = 0; i < 2; i++) {
		kit_as(&t.k, (struct principal){.user = 9, .roles = ROLE_TECHNICIAN, .org = t.merchant});
		kit_refuse(&t.k, 1, both[i], ERR_FORBIDDEN, "another organisation",
			   "{\"device\":%lld,\"same_as\":%lld}", L(first), L(second));
		kit_refuse(&t.k, 1, both[i], ERR_FORBIDDEN, "another organisation",
			   "{\"device\":%lld,\"same_as\":%lld}", L(second), L(first));
		kit_staff(&t.k);
		kit_act(&t.k, 1, both[i], "{\"device\":%lld,\"same_as\":%lld}", L(first), L(second));
	}
	kit_act(&t.k, 1, "device.arrive", "{\"device\":%lld,\"site\":%lld}", L(second), L(t.centre));
	kit_act(&t.k, 1, "device.ship", "{\"device\":%lld,\"to_site\":%lld,\"carrier\":%lld}", L(second),
		L(t.shop), L(t.carrier));
	kit_as(&t.k, (struct principal){.user = 9, .roles = ROLE_TECHNICIAN, .org = t.merchant});
	for (int i = 0; i < 2; i++)
		kit_act(&t.k, 1, both[i], "{\"device\":%lld,\"same_as\":%lld}", L(first), L(second));
	kit_staff(&t.k);
	kit_audit(&t.k);
	trade_close(&t);
}

static void holds_interrupt_and_give_back(void **state)
{
	struct trade t;
	const struct json *a;

	(void)state;
	in_custody(&t);
	kit_refuse(&t.k, 1, "device.release", ERR_CONFLICT, "in_custody", "{\"device\":%lld}", L(t.device));
	kit_refuse(&t.k, 1, "device.hold", ERR_INVALID, "until when",
		   "{\"device\":%lld,\"reason\":\"statutory\"}", L(t.device));
	kit_refuse(&t.k, 1, "device.hold", ERR_INVALID, "is past",
		   "{\"device\":%lld,\"reason\":\"statutory\",\"until_us\":%lld}", L(t.device),
		   L(KIT_START));
	kit_act(&t.k, 1, "device.hold", "{\"device\":%lld,\"reason\":\"dispute\"}", L(t.device));
	kit_refuse(&t.k, 1, "device.hold", ERR_CONFLICT, "held",
		   "{\"device\":%lld,\"reason\":\"dispute\"}", L(t.device));
	kit_refuse(&t.k, 1, "inspect.record", ERR_CONFLICT, "held", "{\"item\":%lld}", L(t.item));
	a = kit_act(&t.k, 1, "device.release", "{\"device\":%lld}", L(t.device));
	assert_string_equal(kit_text(a, "to"), "in_custody");
	/* a statutory hold keeps until its time */
	trade_inspect(&t, ",\"battery_percent\":90");
	kit_act(&t.k, 1, "device.hold",
		"{\"device\":%lld,\"reason\":\"statutory\",\"until_us\":%lld}", L(t.device),
		L(KIT_START + 5 * DAY_US));
	kit_refuse(&t.k, 1, "device.release", ERR_CONFLICT, "not ended", "{\"device\":%lld}", L(t.device));
	kit_at(&t.k, KIT_START + 5 * DAY_US);
	a = kit_act(&t.k, 1, "device.release", "{\"device\":%lld}", L(t.device));
	assert_string_equal(kit_text(a, "to"), "owned");
	/* lost while it was held: found, it is held again */
	kit_act(&t.k, 1, "device.hold", "{\"device\":%lld,\"reason\":\"dispute\"}", L(t.device));
	kit_act(&t.k, 1, "device.lose", "{\"device\":%lld}", L(t.device));
	kit_as(&t.k, (struct principal){.user = 9, .roles = ROLE_CLERK, .org = t.merchant});
	kit_refuse(&t.k, 1, "device.find", ERR_FORBIDDEN, "", "{\"device\":%lld,\"site\":%lld}", L(t.device),
		   L(t.centre)); /* what is found at others' sites is theirs to say */
	kit_staff(&t.k);
	a = kit_act(&t.k, 1, "device.find", "{\"device\":%lld,\"site\":%lld}", L(t.device), L(t.centre));
	assert_string_equal(kit_text(a, "to"), "held");
	a = kit_act(&t.k, 1, "device.release", "{\"device\":%lld}", L(t.device));
	assert_string_equal(kit_text(a, "to"), "owned");
	kit_audit(&t.k);
	trade_close(&t);
}

static void scales_and_ways(void **state)
{
	struct trade t;
	const char *mass, *here;

	(void)state;
	in_custody(&t);
	mass = cx_printf(&t.k.cx, "mg_device/%lld", L(t.device));
	here = cx_printf(&t.k.cx, "pc_custody/%lld", L(t.shop));
	kit_act(&t.k, 1, "device.weigh", "{\"device\":%lld,\"mass_mg\":180001}", L(t.device));
	assert_int_equal(kit_balance(&t.k, 1, mass, "mg"), 180001);
	assert_int_equal(kit_balance(&t.k, 1, "mg_measurement", "mg"), -6001);
	kit_act(&t.k, 1, "device.weigh", "{\"device\":%lld,\"mass_mg\":170000}", L(t.device));
	assert_int_equal(kit_balance(&t.k, 1, "mg_measurement", "mg"), 4000);
	kit_refuse(&t.k, 1, "device.weigh", ERR_INVALID, "mass_mg",
		   "{\"device\":%lld,\"mass_mg\":0}", L(t.device));
	kit_refuse(&t.k, 1, "device.arrive", ERR_CONFLICT, "device.ship comes first",
		   "{\"device\":%lld,\"site\":%lld}", L(t.device), L(t.centre));
	kit_refuse(&t.k, 1, "device.ship", ERR_CONFLICT, "already",
		   "{\"device\":%lld,\"to_site\":%lld}", L(t.device), L(t.shop));
	kit_refuse(&t.k, 1, "device.ship", ERR_INVALID, "",
		   "{\"device\":%lld,\"to_site\":%lld,\"carrier\":%lld}", L(t.device), L(t.centre),
		   L(t.owner)); /* no carrier */
	kit_act(&t.k, 1, "device.ship", "{\"device\":%lld,\"to_site\":%lld,\"carrier\":%lld}",
		L(t.device), L(t.centre), L(t.carrier));
	assert_int_equal(kit_balance(&t.k, 1, here, "pc"), 0);
	assert_int_equal(
		kit_balance(&t.k, 1, cx_printf(&t.k.cx, "pc_transit/%lld", L(t.carrier)), "pc"), 1);
	kit_audit(&t.k);
	kit_refuse(&t.k, 1, "device.weigh", ERR_CONFLICT, "on its way",
		   "{\"device\":%lld,\"mass_mg\":5}", L(t.device));
	kit_refuse(&t.k, 1, "inspect.record", ERR_CONFLICT, "on its way", "{\"item\":%lld}", L(t.item));
	/* who runs the other site takes it in, nobody else */
	kit_as(&t.k, (struct principal){.user = 9, .roles = ROLE_CLERK, .org = t.merchant});
	kit_refuse(&t.k, 1, "device.arrive", ERR_FORBIDDEN, "", "{\"device\":%lld,\"site\":%lld}",
		   L(t.device), L(t.centre));
	kit_staff(&t.k);
	kit_act(&t.k, 1, "device.arrive", "{\"device\":%lld,\"site\":%lld}", L(t.device), L(t.centre));
	assert_int_equal(kit_balance(&t.k, 1, cx_printf(&t.k.cx, "pc_custody/%lld", L(t.centre)), "pc"), 1);
	trade_inspect(&t, ",\"battery_percent\":90");
	kit_audit(&t.k);
	trade_close(&t);
}

static void a_medium_more_opens_the_gate_again(void **state)
{
	struct trade t;
	const struct json *a;

	(void)state;
	in_custody(&t);
	trade_inspect(&t, ",\"battery_percent\":90");
	kit_refuse(&t.k, 1, "stock.receive", ERR_CONFLICT, "medium 1 (flash)", "{\"device\":%lld}",
		   L(t.device));
	a = kit_act(&t.k, 1, "device.medium",
		    "{\"device\":%lld,\"kind\":\"card\",\"capacity_gb\":64}", L(t.device));
	assert_int_equal(kit_int(a, "medium"), 2);
	a = kit_get(&t.k, 1, "device.passport", "{\"device\":%lld}", L(t.device));
	assert_string_equal(kit_text(a, "model"), "iPhone 13");
	assert_string_equal(kit_text(a, "media.1.state"), "present");
	assert_false(json_get(a, "erased")->truth);
	assert_null(json_get(a, "owner"));
	assert_null(json_get(a, "identifiers"));
	for (int i = 3; i <= MEDIA_MAX; i++)
		kit_act(&t.k, 1, "device.medium", "{\"device\":%lld,\"kind\":\"card\"}", L(t.device));
	kit_refuse(&t.k, 1, "device.medium", ERR_TOO_LARGE, "limit",
		   "{\"device\":%lld,\"kind\":\"card\"}", L(t.device));
	kit_audit(&t.k);
	trade_close(&t);
}

static void lists_and_histories_page(void **state)
{
	struct trade t;
	const struct json *a;
	int64_t seen = 0;
	const char *next = NULL;

	(void)state;
	trade_open(&t);
	for (int i = 0; i < 5; i++) {
		trade_book_phone(&t);
		trade_hand_in(&t);
	}
	do {
		a = next ? kit_get(&t.k, 1, "device.list", "{\"limit\":2,\"after\":\"%s\"}", next) :
			   kit_get(&t.k, 1, "device.list", "{\"limit\":2}");
		seen += (int64_t)json_get(a, "items")->count;
		next = json_get(a, "next") ? kit_text(a, "next") : NULL;
	} while (next);
	assert_int_equal(seen, 5);
	a = kit_get(
		&t.k, 1, "device.list",
		"{\"state\":\"in_custody\",\"category\":\"phone\",\"site\":%lld,\"since_us\":%lld}",
		L(t.shop), L(KIT_START));
	assert_int_equal(json_get(a, "items")->count, 5);
	assert_string_equal(kit_text(a, "items.0.place"), "site");
	assert_int_equal(
		json_get(kit_get(&t.k, 1, "device.list", "{\"state\":\"owned\"}"), "items")->count,
		0);
	assert_int_equal(
		json_get(kit_get(&t.k, 1, "device.list", "{\"site\":%lld}", L(t.centre)), "items")
			->count,
		0);
	trade_inspect(&t, ",\"battery_percent\":90");
	a = kit_get(&t.k, 1, "device.history", "{\"device\":%lld,\"limit\":1}", L(t.device));
	assert_string_equal(kit_text(a, "items.0.type"), "tradein.take_in");
	a = kit_get(&t.k, 1, "device.history", "{\"device\":%lld,\"after\":\"%s\"}", L(t.device),
		    kit_text(a, "next"));
	assert_string_equal(kit_text(a, "items.0.type"), "inspect.record");
	a = kit_get(&t.k, 1, "tradein.history", "{\"item\":%lld}", L(t.item));
	assert_string_equal(kit_text(a, "items.0.type"), "tradein.book");
	assert_string_equal(kit_text(a, "items.3.type"), "inspect.record");
	trade_close(&t);
}

/* Rows changed behind the books' back, in ways that agree with no entry: named by the invariant. */
static void audit_names_what_is_wrong(void **state)
{
	static const struct {
		const char *sql, *words;
	} cases[] = {
		{"UPDATE device SET state = 1", "device"},
		{"UPDATE device SET mass_mg = mass_mg + 1", "device"},
		{"UPDATE device SET site = site + 1", "device"},
		{"UPDATE identifier SET to_us = 5", "identifier"},
		{"DELETE FROM medium", "medium"},
		{"UPDATE item SET quoted_minor = 1", "item"},
		{"UPDATE trade_order SET owner = 1", "trade_order"},
		{"DELETE FROM item", "item"},
		{"UPDATE inspection SET grade_c = 0", "inspection"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct trade t;
		in_custody(&t);
		kit_act(&t.k, 1, "device.identify",
			"{\"device\":%lld,\"add\":[{\"kind\":\"imei\",\"value\":\"490154203237518\"}]}",
			L(t.device));
		trade_inspect(&t, ",\"battery_percent\":60");
		kit_audit(&t.k);
		assert_int_equal(db_script(&t.k.cx, t.k.db, cases[i].sql), ERR_OK);
		kit_audit_finds(&t.k, 7, cases[i].words);
		trade_close(&t);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(imei_rules),
		cmocka_unit_test(other_claims),
		cmocka_unit_test(identities_are_claims),
		cmocka_unit_test(a_shop_merges_its_own),
		cmocka_unit_test(holds_interrupt_and_give_back),
		cmocka_unit_test(scales_and_ways),
		cmocka_unit_test(a_medium_more_opens_the_gate_again),
		cmocka_unit_test(lists_and_histories_page),
		cmocka_unit_test(audit_names_what_is_wrong),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
