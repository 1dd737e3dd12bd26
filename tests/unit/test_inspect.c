/* Inspection: the grade by the rubric, answers, differences, locks, media, looking again. */
#include "programme/rule/rule.h"
#include "trade.h"

#define L(x) ((long long)(x))

static const struct rubric *rubric_of(struct kit *k)
{
	struct reader r = kit_reader(k, 1);
	const struct rule *rule;

	assert_int_equal(rule_read(&k->cx, &r, RULE_RUBRIC, "default", &rule), ERR_OK);
	return rule_rubric(rule);
}

static const struct price_category *phone_of(struct kit *k)
{
	struct reader r = kit_reader(k, 1);
	const struct rule *rule;

	assert_int_equal(rule_read(&k->cx, &r, RULE_PRICE_LIST, "default", &rule), ERR_OK);
	return price_category_find(rule_price_list(rule), "phone");
}

/* Every test of a phone passes, but those named. */
static struct list results(struct kit *k, const char *failed, const char *untested)
{
	const struct rubric *r = rubric_of(k);
	const struct rubric_test *t = r->tests.item;
	struct found_test *out = cx_array(&k->cx, r->tests.count, sizeof(*out));
	size_t n = 0;

	for (size_t i = 0; i < r->tests.count; i++) {
		if (!rubric_applies(t[i].categories, "phone"))
			continue;
		out[n++] = (struct found_test){
			t[i].code, failed && strcmp(failed, t[i].code) == 0	? TEST_FAIL :
				   untested && strcmp(untested, t[i].code) == 0 ? TEST_UNTESTED :
										  TEST_PASS};
	}
	return (struct list){out, n};
}

static struct inspect_facts no_facts(void)
{
	return (struct inspect_facts){.looked_at = FIELD_NONE,
				      .battery_percent = FIELD_NONE,
				      .storage_gb = FIELD_NONE,
				      .mass_mg = FIELD_NONE,
				      .refurbished = FIELD_NONE,
				      .activation_lock = FIELD_NONE,
				      .stolen = FIELD_NONE,
				      .found_model = FIELD_NONE};
}

static void grades(void **state)
{
	static const struct {
		const char *failed, *untested, *part, *severity;
		int64_t battery, refurbished, looked_at, c, f;
	} cases[] = {
		{NULL, NULL, NULL, NULL, 95, FIELD_NONE, FIELD_NONE, 6,
		 4}, /* not refurbished: no more than F4 */
		{NULL, NULL, NULL, NULL, 95, 1, FIELD_NONE, 6, 6},
		{NULL, NULL, NULL, NULL, 85, 1, FIELD_NONE, 6, 5}, /* battery below 90 */
		{NULL, NULL, NULL, NULL, 79, 1, FIELD_NONE, 6, 4},
		{NULL, NULL, NULL, NULL, FIELD_NONE, 1, FIELD_NONE, 6,
		 4},							  /* battery not measured */
		{NULL, NULL, "screen", "faint", 95, 1, FIELD_NONE, 5, 5}, /* F6 asks C6 too */
		{NULL, NULL, "screen", "cracked", 95, FIELD_NONE, FIELD_NONE, 1,
		 4}, /* the axes are apart */
		{"bluetooth", NULL, NULL, NULL, 95, 1, FIELD_NONE, 6, 4},
		{NULL, "bluetooth", NULL, NULL, 95, 1, FIELD_NONE, 6, 4},
		{"wifi", NULL, NULL, NULL, 95, FIELD_NONE, FIELD_NONE, 6, 3},
		{NULL, "wifi", NULL, NULL, 95, FIELD_NONE, FIELD_NONE, 6, 3},
		{NULL, "power", NULL, NULL, 95, FIELD_NONE, FIELD_NONE, 6, -1},
		{"power", NULL, NULL, NULL, 95, FIELD_NONE, FIELD_NONE, 6,
		 -1}, /* otherwise: the rubric's last */
		{NULL, NULL, NULL, NULL, 95, FIELD_NONE, 0, 0, 4}, /* nobody looked: C0 */
	};
	struct trade t;

	(void)state;
	trade_open(&t);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct inspect_facts f = no_facts();
		struct found_mark m = {cases[i].part, cases[i].severity};
		struct grade g;
		int64_t want = cases[i].f < 0 ? rubric_of(&t.k)->function_otherwise : cases[i].f;
		f.tests = results(&t.k, cases[i].failed, cases[i].untested);
		f.marks = (struct list){&m, cases[i].part ? 1 : 0};
		f.battery_percent = cases[i].battery;
		f.refurbished = cases[i].refurbished;
		f.looked_at = cases[i].looked_at;
		if (inspect_grade(&t.k.cx, rubric_of(&t.k), "phone", true, &f, &g))
			fail_msg("case %zu: %s", i, t.k.cx.msg);
		if (g.c != cases[i].c || g.f != want)
			fail_msg("case %zu: C%lld F%lld, wanted C%lld F%lld", i, L(g.c), L(g.f),
				 L(cases[i].c), L(want));
	}
	trade_close(&t);
}

static void answers_follow_from_facts(void **state)
{
	static const struct {
		const char *failed, *untested, *part, *severity, *declared, *want;
	} cases[] = {
		{NULL, NULL, NULL, NULL, NULL, "screen:fine"},
		{NULL, NULL, NULL, NULL, "screen:cracked",
		 "screen:fine"}, /* better than declared */
		{NULL, NULL, "screen", "cracked", NULL, "screen:cracked"},
		{NULL, NULL, "screen", "deep", NULL, "screen:scratched"},
		{NULL, NULL, "screen", "faint", NULL, "screen:fine"},
		{"touch", NULL, "screen", "cracked", NULL,
		 "screen:broken"}, /* the worst cause first */
		{NULL, "touch", NULL, NULL, "screen:cracked",
		 "screen:cracked"}, /* not tested: what was declared stands */
		{NULL, NULL, NULL, NULL, "box:complete",
		 "box:complete"}, /* the bench says nothing of it */
		{"power", NULL, NULL, NULL, "power:works", "power:dead"},
	};
	struct trade t;

	(void)state;
	trade_open(&t);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct inspect_facts f = no_facts();
		struct found_mark m = {cases[i].part, cases[i].severity};
		const char *out;
		f.tests = results(&t.k, cases[i].failed, cases[i].untested);
		f.marks = (struct list){&m, cases[i].part ? 1 : 0};
		assert_int_equal(inspect_answers(&t.k.cx, rubric_of(&t.k), phone_of(&t.k), "phone",
						 &f, cases[i].declared, &out),
				 ERR_OK);
		if (!strstr(out, cases[i].want))
			fail_msg("case %zu: %s", i, out);
	}
	trade_close(&t);
}

static void facts_must_make_sense(void **state)
{
	static const struct {
		const char *words, *facts;
	} cases[] = {
		{"no test \"spin\" for a phone",
		 "\"tests\":[{\"test\":\"spin\",\"result\":\"pass\"}]"},
		{"reported twice",
		 "\"tests\":[{\"test\":\"power\",\"result\":\"pass\"},{\"test\":\"power\","
		 "\"result\":\"fail\"}]"},
		{"tests[0].result", "\"tests\":[{\"test\":\"power\",\"result\":\"maybe\"}]"},
		{"looks at no \"rust\"", "\"marks\":[{\"part\":\"rust\",\"severity\":\"spots\"}]"},
		{"has no \"awful\"", "\"marks\":[{\"part\":\"screen\",\"severity\":\"awful\"}]"},
		{"nobody looked",
		 "\"looked_at\":false,\"marks\":[{\"part\":\"screen\",\"severity\":\"deep\"}]"},
		{"battery_percent", "\"battery_percent\":101"},
		{"named twice",
		 "\"media\":[{\"medium\":1,\"kind\":\"flash\"},{\"medium\":1,\"kind\":\"flash\"}]"},
		{"which recorded medium", "\"media\":[{\"kind\":\"sim\",\"absent\":true}]"},
		{"with a photo that shows it",
		 "\"media\":[{\"medium\":1,\"kind\":\"flash\",\"absent\":true}]"},
		{"there is no such field", "\"grade_c\":9"},
	};
	struct trade t;

	(void)state;
	trade_open(&t);
	trade_book_phone(&t);
	kit_refuse(&t.k, 1, "inspect.record", ERR_CONFLICT, "booked", "{\"item\":%lld}", L(t.item));
	trade_hand_in(&t);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		kit_refuse(&t.k, 1, "inspect.record", ERR_INVALID, cases[i].words,
			   "{\"item\":%lld,%s}", L(t.item), cases[i].facts);
	kit_refuse(&t.k, 1, "inspect.record", ERR_NOT_FOUND, "",
		   "{\"item\":%lld,\"photos\":[{\"evidence\":77}]}", L(t.item));
	kit_refuse(&t.k, 1, "inspect.record", ERR_NOT_FOUND, "",
		   "{\"item\":%lld,\"media\":[{\"medium\":7,\"kind\":\"sim\"}]}", L(t.item));
	trade_close(&t);
}

static void another_device_than_declared(void **state)
{
	struct trade t;
	const struct json *a;
	int64_t sum = 0, quoted;

	(void)state;
	trade_open(&t);
	trade_book_phone(&t);
	quoted = kit_int(kit_get(&t.k, 1, "tradein.item", "{\"item\":%lld}", L(t.item)), "quoted_minor");
	trade_hand_in(&t);
	a = trade_inspect(&t, cx_printf(&t.k.cx, ",\"battery_percent\":90,\"found_model\":%lld",
					L(t.old_phone)));
	assert_string_equal(kit_text(a, "to"), "offered");
	assert_string_equal(kit_text(a, "defects.0.code"), "other_model");
	for (size_t i = 0; i < json_get(a, "defects")->count; i++)
		sum += kit_int(json_get(a, "defects")->item[i], "step_minor");
	assert_int_equal(quoted + sum, kit_int(a, "offered_minor"));
	a = kit_get(&t.k, 1, "device.get", "{\"device\":%lld}", L(t.device));
	assert_int_equal(kit_int(a, "model"), t.old_phone);
	/* looked at once more: it was right after all, and is agreed at the promise */
	a = trade_inspect(
		&t, cx_printf(&t.k.cx, ",\"battery_percent\":90,\"found_model\":%lld", L(t.phone)));
	assert_string_equal(kit_text(a, "to"), "agreed");
	assert_int_equal(kit_int(a, "agreed_minor"), quoted);
	a = kit_get(&t.k, 1, "inspect.list", "{\"item\":%lld}", L(t.item));
	assert_int_equal(json_get(a, "items")->count, 2);
	assert_int_equal(kit_int(a, "items.0.facts.0.found_model"), t.old_phone);
	assert_int_equal(kit_int(a, "items.1.price_minor"), quoted);
	kit_audit(&t.k);
	trade_close(&t);
}

static void a_washing_machine_that_is_a_laptop(void **state)
{
	struct trade t;
	const struct json *a;

	(void)state;
	trade_open(&t);
	trade_book(&t, cx_printf(&t.k.cx, "\"site\":%lld", L(t.shop)),
		   "\"category\":\"washing_machine\",\"age_months\":60");
	trade_hand_in(&t);
	assert_int_equal(
		kit_balance(&t.k, 1, cx_printf(&t.k.cx, "mg_device/%lld", L(t.device)), "mg"),
		70000000);
	a = kit_get(&t.k, 1, "device.get", "{\"device\":%lld}", L(t.device));
	assert_null(json_get(a, "media"));
	kit_act(&t.k, 1, "inspect.record",
		"{\"item\":%lld,\"found_model\":%lld,\"mass_mg\":1900000,\"battery_percent\":80}",
		L(t.item), L(t.laptop));
	a = kit_get(&t.k, 1, "device.get", "{\"device\":%lld}", L(t.device));
	assert_string_equal(kit_text(a, "category"), "laptop");
	assert_string_equal(kit_text(a, "media.0.kind"), "ssd"); /* must be erased before it leaves */
	assert_int_equal(
		kit_balance(&t.k, 1, cx_printf(&t.k.cx, "mg_device/%lld", L(t.device)), "mg"),
		1900000);
	kit_audit(&t.k);
	trade_close(&t);
}

static void a_lock_holds_until_it_is_off(void **state)
{
	struct trade t;
	const struct json *a;

	(void)state;
	trade_open(&t);
	trade_book_phone(&t);
	trade_hand_in(&t);
	a = trade_inspect(&t, ",\"battery_percent\":90,\"activation_lock\":\"on\"");
	assert_string_equal(kit_text(a, "to"), "inspected");
	assert_string_equal(kit_text(a, "device_to"), "held");
	assert_null(json_get(a, "agreed_minor"));
	kit_refuse(&t.k, 1, "inspect.record", ERR_CONFLICT, "held", "{\"item\":%lld}", L(t.item));
	kit_audit(&t.k);
	kit_act(&t.k, 1, "device.release", "{\"device\":%lld}", L(t.device));
	a = trade_inspect(&t, ",\"battery_percent\":90");
	assert_string_equal(kit_text(a, "to"), "agreed");
	kit_audit(&t.k);
	trade_close(&t);
}

/* The owner has agreed, and then it turns out: it is ours, but it may not be sold as it is. */
static void a_lock_found_later_holds_too(void **state)
{
	struct trade t;
	const struct json *a;

	(void)state;
	trade_open(&t);
	trade_book_phone(&t);
	trade_hand_in(&t);
	trade_inspect(&t, ",\"battery_percent\":90");
	a = kit_get(&t.k, 1, "inspect.preview", "{\"item\":%lld,\"stolen\":\"listed\"}", L(t.item));
	assert_string_equal(kit_text(a, "hold_reason"), "stolen_list");
	a = trade_inspect(&t, ",\"battery_percent\":90,\"stolen\":\"listed\"");
	assert_string_equal(kit_text(a, "to"), "agreed");
	assert_string_equal(kit_text(a, "device_to"), "held");
	kit_refuse(&t.k, 1, "erase.start", ERR_CONFLICT, "held", "{\"device\":%lld}", L(t.device));
	kit_audit(&t.k);
	kit_act(&t.k, 1, "device.release", "{\"device\":%lld}", L(t.device));
	assert_string_equal(trade_device_state(&t), "owned");
	/* erased and in stock, a buyer's lock and a card are found: it goes on where the card is erased */
	kit_act(&t.k, 1, "erase.start", "{\"device\":%lld}", L(t.device));
	kit_act(&t.k, 1, "erase.attempt",
		"{\"device\":%lld,\"medium\":1,\"outcome\":\"verified\",\"method\":\"Purge\","
		"\"technique\":\"cryptographic_erase\",\"tool\":\"bench\",\"tool_version\":\"1\","
		"\"started_us\":%lld,\"ended_us\":%lld,\"sampled\":64,\"mismatched\":0,\"log\":"
		"\"aa11223344556677889900aabbccddeeff00112233445566778899aabbccddee\"}",
		L(t.device), L(KIT_START - 2), L(KIT_START - 1));
	kit_act(&t.k, 1, "stock.receive", "{\"device\":%lld}", L(t.device));
	trade_inspect(&t, ",\"activation_lock\":\"on\",\"media\":[{\"kind\":\"card\"}]");
	assert_string_equal(trade_device_state(&t), "held");
	kit_audit(&t.k);
	kit_act(&t.k, 1, "device.release", "{\"device\":%lld}", L(t.device));
	assert_string_equal(trade_device_state(&t), "owned");
	kit_audit(&t.k);
	trade_close(&t);
}

static void media_are_what_is_found(void **state)
{
	struct trade t;
	const struct json *a;
	int64_t photo;

	(void)state;
	trade_open(&t);
	trade_book(&t, cx_printf(&t.k.cx, "\"site\":%lld", L(t.shop)),
		   cx_printf(&t.k.cx, "\"model\":%lld,\"battery_percent\":90", L(t.laptop)));
	trade_hand_in(&t);
	/* the drive was taken out; a card was left in */
	photo = kit_int(kit_act(&t.k, 1, "evidence.add",
				"{\"device\":%lld,\"content\":\"JVBERi0xLjQKZW1wdHkK\"}",
				L(t.device)),
			"evidence");
	kit_act(&t.k, 1, "inspect.record",
		"{\"item\":%lld,\"battery_percent\":90,\"photos\":[{\"evidence\":%lld,"
		"\"about\":\"power\"}],\"media\":["
		"{\"medium\":1,\"kind\":\"hdd\",\"absent\":true},{\"kind\":\"card\",\"capacity_gb\":32}],"
		"\"tests\":[{\"test\":\"power\",\"result\":\"fail\"}]}",
		L(t.item), L(photo));
	a = kit_get(&t.k, 1, "device.get", "{\"device\":%lld}", L(t.device));
	assert_string_equal(kit_text(a, "media.0.state"), "removed");
	assert_string_equal(kit_text(a, "media.1.kind"), "card");
	/* the photo is the evidence of the defect that it is about */
	a = kit_get(&t.k, 1, "tradein.history", "{\"item\":%lld}", L(t.item));
	a = json_get(json_get(json_get(a, "items")->item[3], "data"), "defects");
	assert_non_null(a);
	bool shown = false;
	for (size_t i = 0; i < a->count; i++)
		shown |= strcmp(kit_text(a->item[i], "code"), "power:dead") == 0 &&
			 json_get(a->item[i], "evidence");
	assert_true(shown);
	kit_audit(&t.k);
	trade_close(&t);
}

static void looked_at_again_as_ours(void **state)
{
	struct trade t;
	const struct json *a;
	int64_t owed;

	(void)state;
	trade_open(&t);
	trade_book_phone(&t);
	trade_hand_in(&t);
	trade_inspect(&t, ",\"battery_percent\":90");
	owed = kit_balance(&t.k, 1, cx_printf(&t.k.cx, "money_owner/%lld", L(t.item)), "CNY");
	a = trade_inspect(
		&t,
		",\"battery_percent\":70,\"marks\":[{\"part\":\"screen\",\"severity\":\"cracked\"}]");
	assert_string_equal(kit_text(a, "to"), "agreed");
	assert_int_equal(kit_int(a, "grade_c"), 1);
	assert_int_equal(
		kit_balance(&t.k, 1, cx_printf(&t.k.cx, "money_owner/%lld", L(t.item)), "CNY"),
		owed);
	kit_refuse(&t.k, 1, "inspect.record", ERR_INVALID, "only before",
		   "{\"item\":%lld,\"media\":[{\"medium\":1,\"kind\":\"flash\",\"absent\":true}]}",
		   L(t.item));
	assert_int_equal(kit_int(kit_get(&t.k, 1, "device.get", "{\"device\":%lld}", L(t.device)),
				 "grade_c"),
			 1);
	kit_audit(&t.k);
	trade_close(&t);
}

/* Facts as they come in, judged by the same rules as when they are recorded. */
static void previewed_as_it_is_recorded(void **state)
{
	struct trade t;
	const struct json *a, *b;
	char *passed = NULL;

	(void)state;
	trade_open(&t);
	trade_book_phone(&t);
	kit_get_refused(&t.k, 1, "inspect.preview", ERR_CONFLICT, "never came", "{\"item\":%lld}", L(t.item));
	trade_hand_in(&t);
	struct list all = results(&t.k, NULL, NULL);
	const struct found_test *f = all.item;
	for (size_t i = 0; i < all.count; i++)
		passed = cx_printf(&t.k.cx, "%s%s%s", passed ? passed : "", passed ? "," : "", f[i].test);
	a = kit_get(&t.k, 1, "inspect.preview", "{\"item\":%lld}", L(t.item));
	assert_int_equal(kit_int(a, "grade_f"), rubric_of(&t.k)->function_otherwise);
	a = kit_get(&t.k, 1, "inspect.preview",
		    "{\"item\":%lld,\"passed\":\"%s\",\"marks\":\"screen/cracked,back/light\","
		    "\"battery_percent\":90}", L(t.item), passed);
	b = trade_inspect(&t, ",\"battery_percent\":90,\"marks\":["
			      "{\"part\":\"screen\",\"severity\":\"cracked\"},"
			      "{\"part\":\"back\",\"severity\":\"light\"}]");
	assert_string_equal(kit_text(b, "to"), "offered");
	assert_int_equal(kit_int(a, "price_minor"), kit_int(b, "offered_minor"));
	assert_int_equal(kit_int(a, "grade_c"), kit_int(b, "grade_c"));
	assert_int_equal(kit_int(a, "grade_f"), kit_int(b, "grade_f"));
	assert_int_equal(json_get(a, "defects")->count, json_get(b, "defects")->count);
	assert_string_equal(kit_text(a, "defects.0.code"), kit_text(b, "defects.0.code"));
	/* a lock is not priced; another model is */
	a = kit_get(&t.k, 1, "inspect.preview", "{\"item\":%lld,\"activation_lock\":\"on\"}", L(t.item));
	assert_string_equal(kit_text(a, "hold_reason"), "activation_lock");
	assert_null(json_get(a, "price_minor"));
	a = kit_get(&t.k, 1, "inspect.preview", "{\"item\":%lld,\"battery_percent\":90,\"found_model\":%lld}",
		    L(t.item), L(t.old_phone));
	assert_string_equal(kit_text(a, "defects.0.code"), "other_model");
	/* what the rubric does not know is named */
	kit_get_refused(&t.k, 1, "inspect.preview", ERR_INVALID, "no test \"wings\"",
			"{\"item\":%lld,\"failed\":\"power,wings\"}", L(t.item));
	kit_get_refused(&t.k, 1, "inspect.preview", ERR_INVALID, "screen/cracked",
			"{\"item\":%lld,\"marks\":\"screen\"}", L(t.item));
	kit_audit(&t.k);
	trade_close(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(grades),
		cmocka_unit_test(answers_follow_from_facts),
		cmocka_unit_test(facts_must_make_sense),
		cmocka_unit_test(another_device_than_declared),
		cmocka_unit_test(a_washing_machine_that_is_a_laptop),
		cmocka_unit_test(a_lock_holds_until_it_is_off),
		cmocka_unit_test(a_lock_found_later_holds_too),
		cmocka_unit_test(media_are_what_is_found),
		cmocka_unit_test(looked_at_again_as_ours),
		cmocka_unit_test(previewed_as_it_is_recorded),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
