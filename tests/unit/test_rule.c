/* Rules: what is accepted, what is refused and where, versions, and the arithmetic of shapes. */
#include "kit.h"
#include "programme/rule/own.h"

#define HEAD "\"title\":\"t\",\"sources\":[{\"what\":\"a\",\"source\":\"assumption\"}],"
#define MONEY \
	"\"currency\":\"CNY\",\"rates\":[{\"currency\":\"CNY\",\"per_10000\":10000}," \
	"{\"currency\":\"EUR\",\"per_10000\":1250}],"
#define ANSWER(code, more) "{\"code\":\"" code "\",\"en\":\"e\",\"zh\":\"z\"" more "}"
#define CATEGORY(more, answers) \
	"{\"category\":\"phone\",\"launch_unknown_minor\":180000,\"age_unknown_months\":36," \
	"\"floor_minor\":500,\"age\":[{\"months\":0,\"bp\":6500},{\"months\":12,\"bp\":5000}," \
	"{\"months\":15,\"bp\":4999}],\"questions\":[{\"code\":\"screen\",\"en\":\"e\",\"zh\":\"z\"," \
	"\"answers\":[" answers "]}]" more "}"
#define GOOD_ANSWERS ANSWER("fine", "") "," ANSWER("cracked", ",\"bp\":-1100")
#define PRICES(money, category) "{" HEAD money "\"round_minor\":100,\"categories\":[" category "]}"
#define GOOD_PRICES PRICES(MONEY, CATEGORY("", GOOD_ANSWERS))
#define TEST_TOUCH "{\"code\":\"touch\",\"en\":\"e\",\"zh\":\"z\",\"class\":\"key\"}"
#define RUBRIC(functions, causes, needs) \
	"{" HEAD "\"cosmetic_best\":6,\"tests\":[" TEST_TOUCH "],\"observations\":[" \
	"{\"code\":\"screen\",\"en\":\"e\",\"zh\":\"z\",\"levels\":[" \
	"{\"code\":\"cracked\",\"en\":\"e\",\"zh\":\"z\",\"c\":1}]}],\"functions\":[" functions "]," \
	"\"function_otherwise\":1,\"answers\":[{\"question\":\"screen\",\"causes\":[{\"answer\":\"broken\"" \
	causes "}],\"otherwise\":\"fine\",\"needs\":[" needs "]}]}"
#define RECOVERY(components) \
	"{" HEAD MONEY "\"fractions\":[{\"code\":\"battery\",\"en\":\"e\",\"zh\":\"z\",\"hazard\":true}]," \
	"\"categories\":[{\"category\":\"phone\",\"erase_minor\":1,\"selling_minor\":1," \
	"\"processing_minor\":1,\"components\":[" components "]}]}"
#define PART(code, more) "{\"code\":\"" code "\",\"en\":\"e\",\"zh\":\"z\",\"fraction\":\"battery\"" more "}"

static char *quoted(struct kit *k, const char *text)
{
	struct sb sb;

	sb_init(&sb, &k->cx, 1 << 20);
	json_quote(&sb, text, strlen(text));
	return sb_end(&sb) ? "" : sb.data; /* which no action takes */
}

static const struct json *publish(struct kit *k, const char *kind, const char *name, const char *body)
{
	return kit_act(k, 0, "rule.publish", "{\"kind\":\"%s\",\"name\":\"%s\",\"body\":%s}", kind,
		       name, quoted(k, body));
}

static void test_accepted(void **state)
{
	static const struct {
		const char *kind, *body;
	} cases[] = {
		{"price_list", GOOD_PRICES},
		{"price_list",
		 PRICES(MONEY,
			CATEGORY(",\"battery_bp_per_point\":55,\"battery_unknown_percent\":85",
				 GOOD_ANSWERS))},
		{"rubric", RUBRIC("{\"f\":4,\"key_failed\":0},{\"f\":3}",
				  ",\"failed\":[{\"code\":\"touch\"}]", "{\"code\":\"touch\"}")},
		{"rubric",
		 RUBRIC("{\"f\":4}", ",\"observed\":[{\"code\":\"screen/cracked\"}]", "")},
		{"recovery", RECOVERY(PART("pack", "") "," PART(
				     "cell", ",\"parent\":\"pack\",\"share_bp\":2000"))},
		{"commission", "{" HEAD "\"currency\":\"CNY\",\"bp\":600,\"minor\":0}"},
	};
	struct kit k;

	(void)state;
	kit_open(&k);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		publish(&k, cases[i].kind, cx_printf(&k.cx, "n%zu", i), cases[i].body);
	assert_int_equal(json_get(kit_get(&k, 0, "rule.list", "{}"), "items")->count, ARRAY_LEN(cases));
	assert_int_equal(json_get(kit_get(&k, 0, "rule.list", "{\"kind\":\"rubric\"}"), "items")->count, 2);
	kit_audit(&k);
	kit_close(&k);
}

static void test_refused(void **state)
{
	static const struct {
		const char *kind, *words, *body;
	} cases[] = {
		{"price_list", "body: ", "{\"title\":"},
		{"price_list", "body: title: is missing", "{}"},
		{"price_list", "must be an object", "[]"},
		{"price_list", "rates: the rule's own currency",
		 PRICES("\"currency\":\"CNY\",\"rates\":[{\"currency\":\"EUR\",\"per_10000\":1250}],",
			CATEGORY("", GOOD_ANSWERS))},
		{"price_list", "currency: \"ZZZ\"",
		 PRICES("\"currency\":\"ZZZ\",\"rates\":[{\"currency\":\"ZZZ\",\"per_10000\":10000}],",
			CATEGORY("", GOOD_ANSWERS))},
		{"price_list", "categories[1]: \"phone\" is there twice",
		 PRICES(MONEY, CATEGORY("", GOOD_ANSWERS) "," CATEGORY("", GOOD_ANSWERS))},
		{"price_list", "categories[0].questions[0].answers[0]: the first",
		 PRICES(MONEY,
			CATEGORY("", ANSWER("cracked", ",\"bp\":-1100") "," ANSWER("fine", "")))},
		{"price_list", "categories[0].questions[0].answers[1]: \"fine\" is there twice",
		 PRICES(MONEY, CATEGORY("", ANSWER("fine", "") "," ANSWER("fine", "")))},
		{"price_list", "categories[0].questions[0].answers[1].bp: must be at least -10000",
		 PRICES(MONEY, CATEGORY("", ANSWER("fine", "") "," ANSWER("x", ",\"bp\":-10001")))},
		{"price_list", "categories[0].battery_bp_per_point, battery",
		 PRICES(MONEY, CATEGORY(",\"battery_bp_per_point\":55", GOOD_ANSWERS))},
		{"price_list", "categories[0].storage[1].gb: sizes must rise",
		 PRICES(MONEY, CATEGORY(",\"storage\":[{\"gb\":64,\"bp\":0},{\"gb\":64,\"bp\":0}]",
					GOOD_ANSWERS))},
		{"price_list", "categories[0].colour: there is no such field",
		 PRICES(MONEY, CATEGORY(",\"colour\":1", GOOD_ANSWERS))},
		{"price_list", "categories[0].bonus_minor: must be at least 0",
		 PRICES(MONEY, CATEGORY(",\"bonus_minor\":-1", GOOD_ANSWERS))},
		{"rubric", "functions[1].f: the best grade comes first",
		 RUBRIC("{\"f\":3},{\"f\":4}", ",\"failed\":[{\"code\":\"touch\"}]", "")},
		{"rubric", "answers[0].causes[0].failed[0].code: there is no test \"smell\"",
		 RUBRIC("{\"f\":3}", ",\"failed\":[{\"code\":\"smell\"}]", "")},
		{"rubric", "answers[0].causes[0].observed[0].code",
		 RUBRIC("{\"f\":3}", ",\"observed\":[{\"code\":\"screen\"}]", "")},
		{"rubric", "answers[0].causes[0].observed[0].code",
		 RUBRIC("{\"f\":3}", ",\"observed\":[{\"code\":\"screen/bent\"}]", "")},
		{"rubric", "answers[0].causes[0].failed, observed: a cause",
		 RUBRIC("{\"f\":3}", "", "")},
		{"rubric", "answers[0].needs[0].code",
		 RUBRIC("{\"f\":3}", ",\"failed\":[{\"code\":\"touch\"}]", "{\"code\":\"smell\"}")},
		{"rubric", "functions[0].f: must be at most 6",
		 RUBRIC("{\"f\":7}", ",\"failed\":[{\"code\":\"touch\"}]", "")},
		{"recovery", "components[0].parent: no \"pack\"",
		 RECOVERY(PART("cell", ",\"parent\":\"pack\"") "," PART("pack", ""))},
		{"recovery", "components[0].fraction: there is no fraction \"gold\"",
		 RECOVERY("{\"code\":\"a\",\"en\":\"e\",\"zh\":\"z\",\"fraction\":\"gold\"}")},
		{"recovery", "add up to 10001",
		 RECOVERY(PART("a", ",\"share_bp\":10000") "," PART("b", ",\"share_bp\":1"))},
		{"commission", "bp: must be at most 10000",
		 "{" HEAD "\"currency\":\"CNY\",\"bp\":10001,\"minor\":0}"},
		{"commission", "minor: must be a whole number",
		 "{" HEAD "\"currency\":\"CNY\",\"bp\":1,\"minor\":0.5}"},
	};
	struct kit k;

	(void)state;
	kit_open(&k);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		kit_refuse(&k, 0, "rule.publish", i == 0 ? ERR_INPUT : ERR_INVALID, cases[i].words,
			   "{\"kind\":\"%s\",\"name\":\"default\",\"body\":%s}", cases[i].kind,
			   quoted(&k, cases[i].body));
	kit_refuse(&k, 0, "rule.publish", ERR_INVALID, "name: lower case",
		   "{\"kind\":\"rubric\",\"name\":\"A B\",\"body\":\"{}\"}");
	kit_refuse(&k, 1, "rule.publish", ERR_INVALID, "city 0",
		   "{\"kind\":\"rubric\",\"name\":\"a\",\"body\":\"{}\"}");
	kit_as(&k, (struct principal){.user = 3, .roles = ROLE_ADMIN, .org = 4});
	kit_refuse(&k, 0, "rule.publish", ERR_FORBIDDEN, "organisation",
		   "{\"kind\":\"rubric\",\"name\":\"a\",\"body\":\"{}\"}");
	kit_close(&k);
}

static void test_versions(void **state)
{
	const char *first = GOOD_PRICES, *second = PRICES(MONEY, CATEGORY("", ANSWER("fine", "")));
	const struct rule *a, *b;
	const struct json *view;
	struct reader r;
	struct kit k;
	char *digest;

	(void)state;
	kit_open(&k);
	r = kit_reader(&k, 0);
	assert_int_equal(rule_read(&k.cx, &r, RULE_PRICE_LIST, "default", &a), ERR_CONFLICT);
	assert_non_null(strstr(k.cx.msg, "publish one"));
	cx_clear(&k.cx);
	kit_get_refused(&k, 0, "rule.rule", ERR_NOT_FOUND, "",
			"{\"kind\":\"price_list\",\"name\":\"default\"}");
	digest = cx_strdup(&k.cx, kit_text(publish(&k, "price_list", "default", first), "digest"));
	kit_refuse(&k, 0, "rule.publish", ERR_CONFLICT, "in force already",
		   "{\"kind\":\"price_list\",\"name\":\"default\",\"body\":%s}", quoted(&k, first));
	assert_int_equal(rule_read(&k.cx, &r, RULE_PRICE_LIST, "default", &a), ERR_OK);
	publish(&k, "price_list", "default", second);
	assert_int_equal(rule_read(&k.cx, &r, RULE_PRICE_LIST, "default", &b), ERR_OK);
	assert_ptr_not_equal(a, b);
	/* The first is still there for who asks for it, and is the same object. */
	assert_int_equal(price_category_find(rule_price_list(a), "phone")->questions.count, 1);
	assert_non_null(price_answer_find(
		price_question_find(price_category_find(rule_price_list(a), "phone"), "screen"),
		"cracked"));
	assert_null(price_answer_find(
		price_question_find(price_category_find(rule_price_list(b), "phone"), "screen"),
		"cracked"));
	view = kit_get(&k, 0, "rule.rule",
		       "{\"kind\":\"price_list\",\"name\":\"default\",\"version\":\"%s\"}", digest);
	assert_string_equal(kit_text(view, "body"), first);
	assert_string_equal(kit_text(kit_get(&k, 0, "rule.rule",
					     "{\"kind\":\"price_list\",\"name\":\"default\"}"),
				     "body"),
			    second);
	publish(&k, "price_list", "default", first); /* back to the first */
	assert_int_equal(rule_read(&k.cx, &r, RULE_PRICE_LIST, "default", &b), ERR_OK);
	assert_ptr_equal(a, b);
	kit_audit(&k);
	kit_close(&k);
}

static void test_share(void **state)
{
	static const struct {
		int64_t amount, num, den, want;
	} cases[] = {
		{10, 1, 4, 2},
		{30, 1, 4, 8},
		{-10, 1, 4, -2},
		{-30, 1, 4, -8},
		{7, 1, 2, 4},
		{9, 1, 2, 4},
		{5, 1, 2, 2},
		{-5, 1, 2, -2},
		{-7, 1, 2, -4},
		{100, -1100, 10000, -11},
		{101, 5000, 10000, 50},
		{0, 5, 3, 0},
		{1, 1, 3, 0},
		{2, 1, 3, 1},
		{9007199254740991, 10000, 10000, 9007199254740991},
	};
	int64_t out = 77;
	struct cx cx;

	(void)state;
	cx_init(&cx, 0);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		assert_int_equal(rule_share(&cx, cases[i].amount, cases[i].num, cases[i].den, &out), ERR_OK);
		assert_int_equal(out, cases[i].want);
	}
	out = 77;
	assert_int_equal(rule_share(&cx, INT64_MAX, INT64_MAX, 1, &out), ERR_INVALID);
	assert_int_equal(out, 77);
	cx_done(&cx);
}

static void test_curves(void **state)
{
	static const struct {
		int64_t months, bp;
	} ages[] = {{0, 6500},	{6, 5750},  {11, 5125}, {12, 5000},
		    {13, 5000}, {14, 4999}, {15, 4999}, {600, 4999}};
	static const struct {
		int64_t gb, bp;
	} sizes[] = {{1, 0}, {63, 0}, {64, -500}, {127, -500}, {128, 0}, {9999, 300}};
	static const struct price_age age[] = {{0, 6500}, {12, 5000}, {15, 4999}};
	static const struct price_storage storage[] = {{64, -500}, {128, 0}, {256, 300}};
	struct price_category c = {.age = {(void *)(uintptr_t)age, 3},
				   .storage = {(void *)(uintptr_t)storage, 3}};
	static const struct price_rate rate[] = {{"CNY", 10000}, {"EUR", 1250}, {"USD", 1400}};
	struct list rates = {(void *)(uintptr_t)rate, 3};
	struct cx cx;
	int64_t out;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(ages); i++)
		assert_int_equal(price_age_bp(&c, ages[i].months), ages[i].bp);
	for (size_t i = 0; i < ARRAY_LEN(sizes); i++)
		assert_int_equal(price_storage_bp(&c, sizes[i].gb), sizes[i].bp);
	cx_init(&cx, 0);
	assert_int_equal(rule_convert(&cx, rates, 79900, "USD", "CNY", &out), ERR_OK);
	assert_int_equal(out, 570714); /* 79900 / 0.14 = 570714.28 */
	assert_int_equal(rule_convert(&cx, rates, 100, "CNY", "EUR", &out), ERR_OK);
	assert_int_equal(out, 12); /* 12.5 half-even */
	assert_int_equal(rule_convert(&cx, rates, 5, "JPY", "EUR", &out), ERR_CONFLICT);
	assert_non_null(strstr(cx.msg, "JPY"));
	cx_clear(&cx);
	assert_int_equal(rule_convert(&cx, rates, 5, "JPY", "JPY", &out), ERR_OK);
	cx_done(&cx);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_accepted), cmocka_unit_test(test_refused),
		cmocka_unit_test(test_versions), cmocka_unit_test(test_share),
		cmocka_unit_test(test_curves),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
