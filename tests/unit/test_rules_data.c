/* The shipped data: every rule is accepted, rules and tables name the same things, rows are sane. */
#include "base/file.h"
#include "codec/csv.h"
#include "programme/inspect/inspect.h"
#include "programme/rule/rule.h"
#include "programme/tradein/quote.h"
#include "kit.h"

#define EACH(T, x, list) for (const T *x = (list).item, *x##_end = x + (list).count; x < x##_end; x++)
#define ASSUMPTION "assumption"

static const struct {
	const char *file, *kind, *name;
} shipped[] = {
	{"data/rules/price_list.default.json", "price_list", "default"},
	{"data/rules/price_list.eur.json", "price_list", "eur"},
	{"data/rules/rubric.default.json", "rubric", "default"},
	{"data/rules/recovery.default.json", "recovery", "default"},
	{"data/rules/commission.default.json", "commission", "default"},
};
enum { SHIPPED = sizeof(shipped) / sizeof(shipped[0]) };

/* UNU-KEY and the category of Directive 2012/19/EU annex III that Statistics Netherlands puts it into. */
static const struct {
	const char *key;
	int64_t weee;
} unu[] = {
	{"0102", 4}, {"0104", 4}, {"0105", 4}, {"0108", 1}, {"0109", 1}, {"0111", 1},
	{"0114", 5}, {"0204", 5}, {"0301", 6}, {"0302", 6}, {"0303", 2}, {"0304", 6},
	{"0305", 6}, {"0306", 6}, {"0308", 2}, {"0309", 2}, {"0401", 5}, {"0402", 5},
	{"0404", 5}, {"0405", 5}, {"0406", 5}, {"0407", 2}, {"0408", 2}, {"0702", 6},
};
enum { UNU = sizeof(unu) / sizeof(unu[0]) };

/* What a programme takes at least. */
static const char *const wanted[] = {
	"phone", "tablet", "laptop", "desktop", "monitor", "watch", "tv", "washing_machine", "fridge",
	"air_conditioner", "console", "camera", "printer"};
enum { WANTED = sizeof(wanted) / sizeof(wanted[0]), CATEGORIES_MAX = 100 };

static struct known {
	const char *code;
	bool storage;
} known[CATEGORIES_MAX];
static size_t categories;

static char *text_of(struct kit *k, const char *path)
{
	char *text;
	size_t n;

	if (file_read(&k->cx, path, 1 << 20, &text, &n))
		fail_msg("%s: %s", path, k->cx.msg);
	return text;
}

static struct csv *csv_of(struct kit *k, const char *path)
{
	char *text = text_of(k, path);
	struct csv *csv;

	if (csv_open(&k->cx, text, strlen(text), &csv))
		fail_msg("%s: %s", path, k->cx.msg);
	return csv;
}

static const char *cell(struct csv *csv, const char *column)
{
	int at = csv_find(csv, column);

	if (at < 0)
		fail_msg("there is no column %s", column);
	return csv_field(csv, at);
}

static void publish_all(struct kit *k)
{
	for (size_t i = 0; i < SHIPPED; i++) {
		const char *text = text_of(k, shipped[i].file);
		struct sb quoted;

		sb_init(&quoted, &k->cx, 2 << 20);
		json_quote(&quoted, text, strlen(text));
		assert_int_equal(sb_end(&quoted), ERR_OK);
		kit_act(k, 0, "rule.publish", "{\"kind\":\"%s\",\"name\":\"%s\",\"body\":%s}",
			shipped[i].kind, shipped[i].name, quoted.data);
	}
}

static const struct rule *rule_of(struct kit *k, enum rule_kind kind, const char *name)
{
	struct reader r = kit_reader(k, 0);
	const struct rule *rule;

	if (rule_read(&k->cx, &r, kind, name, &rule))
		fail_msg("%s %s: %s", rule_kinds[kind], name, k->cx.msg);
	return rule;
}

static void test_accepted(void **state)
{
	struct kit *k = *state;

	for (size_t i = 0; i < SHIPPED; i++)
		assert_string_equal(
			kit_text(kit_get(k, 0, "rule.rule", "{\"kind\":\"%s\",\"name\":\"%s\"}",
					 shipped[i].kind, shipped[i].name),
				 "name"),
			shipped[i].name);
	kit_audit(k);
}

static void check_sources(struct list sources)
{
	assert_true(sources.count > 0);
	EACH(struct rule_source, s, sources)
		assert_true(strlen(s->source) >= strlen(ASSUMPTION));
}

static void test_sources(void **state)
{
	check_sources(rule_price_list(rule_of(*state, RULE_PRICE_LIST, "default"))->sources);
	check_sources(rule_price_list(rule_of(*state, RULE_PRICE_LIST, "eur"))->sources);
	check_sources(rule_rubric(rule_of(*state, RULE_RUBRIC, "default"))->sources);
	check_sources(rule_recovery(rule_of(*state, RULE_RECOVERY, "default"))->sources);
	check_sources(rule_commission(rule_of(*state, RULE_COMMISSION, "default"))->sources);
}

/* --- categories.csv --- */

static bool category_known(const char *code)
{
	for (size_t i = 0; i < categories; i++)
		if (strcmp(known[i].code, code) == 0)
			return true;
	return false;
}

static int64_t weee_of(const char *key)
{
	for (size_t i = 0; i < UNU; i++)
		if (strcmp(unu[i].key, key) == 0)
			return unu[i].weee;
	fail_msg("%s is none of the UNU-KEYs that are used here", key);
	return 0;
}

static bool truth(const char *text)
{
	assert_true(strcmp(text, "1") == 0 || strcmp(text, "0") == 0);
	return strcmp(text, "1") == 0;
}

static void check_category(struct kit *k, struct csv *csv)
{
	const char *source = cell(csv, "mass_source"), *key = cell(csv, "unu_key");
	char *average = cx_printf(&k->cx, "average of UNU-KEY %s in 20", key);
	int64_t weee, mass_mg;

	assert_false(category_known(cell(csv, "code")));
	assert_int_equal(csv_int(&k->cx, csv, csv_find(csv, "weee"), &weee), ERR_OK);
	assert_int_equal(weee, weee_of(key));
	truth(cell(csv, "battery"));
	assert_true(*cell(csv, "name_en") && *cell(csv, "name_zh"));
	assert_int_equal(csv_int(&k->cx, csv, csv_find(csv, "mass_mg"), &mass_mg), ERR_OK);
	assert_in_range(mass_mg, 10000, 200000000);
	/* Each mass says whence: a published average of its own key, or an assumption. */
	assert_true(strncmp(source, average, strlen(average)) == 0 ||
		    strncmp(source, ASSUMPTION, strlen(ASSUMPTION)) == 0);
}

static void read_categories(struct kit *k)
{
	struct csv *csv = csv_of(k, "data/categories.csv");

	while (csv_next(&k->cx, csv)) {
		assert_true(categories < CATEGORIES_MAX);
		check_category(k, csv);
		known[categories].code = cx_strdup(&k->cx, cell(csv, "code"));
		known[categories++].storage = truth(cell(csv, "storage"));
	}
	assert_int_equal(k->cx.err, ERR_OK);
}

static void test_categories(void **state)
{
	(void)state;
	for (size_t i = 0; i < WANTED; i++)
		if (!category_known(wanted[i]))
			fail_msg("data/categories.csv has no %s", wanted[i]);
}

/* --- rules and tables name the same things --- */

static void test_every_category_has_rules(void **state)
{
	const struct price_list *cny = rule_price_list(rule_of(*state, RULE_PRICE_LIST, "default"));
	const struct price_list *eur = rule_price_list(rule_of(*state, RULE_PRICE_LIST, "eur"));
	const struct recovery *recovery = rule_recovery(rule_of(*state, RULE_RECOVERY, "default"));
	const struct commission *commission =
		rule_commission(rule_of(*state, RULE_COMMISSION, "default"));

	assert_int_equal(cny->categories.count, categories);
	assert_int_equal(eur->categories.count, categories);
	assert_int_equal(recovery->categories.count, categories);
	for (size_t i = 0; i < categories; i++) {
		const struct recovery_category *c = recovery_category_find(recovery, known[i].code);
		assert_non_null(price_category_find(cny, known[i].code));
		assert_non_null(price_category_find(eur, known[i].code));
		assert_non_null(c);
		assert_true(c->resale.count && c->components.count && c->metals.count);
		assert_int_equal(c->erase_minor > 0, known[i].storage);
	}
	EACH(struct commission_category, c, commission->categories)
		assert_true(category_known(c->category));
}

static void test_rubric_knows_categories(void **state)
{
	const struct rubric *r = rule_rubric(rule_of(*state, RULE_RUBRIC, "default"));

	EACH(struct rubric_test, t, r->tests)
		EACH(struct rubric_category, c, t->categories)
			assert_true(category_known(c->category));
	EACH(struct rubric_observation, o, r->observations)
		EACH(struct rubric_category, c, o->categories)
			assert_true(category_known(c->category));
}

/* What an inspection cannot find out: the declared answer stands. */
static bool only_declared(const char *question)
{
	return strcmp(question, "lock") == 0 || strcmp(question, "warranty") == 0 ||
	       strcmp(question, "box") == 0;
}

/* Whether a finding that leads to this answer can be made in the category. */
static const struct rubric_observation *observation_of(const struct rubric *r, const char *code)
{
	char name[65] = {0};
	size_t n = strcspn(code, "/");

	assert_true(n < sizeof(name));
	memcpy(name, code, n);
	return rubric_observation_find(r, name);
}

static bool can_happen(const struct rubric *r, const struct rubric_cause *cause, const char *code)
{
	EACH(struct rubric_code, c, cause->failed) {
		if (rubric_applies(rubric_test_find(r, c->code)->categories, code))
			return true;
	}
	EACH(struct rubric_code, c, cause->observed) {
		if (rubric_applies(observation_of(r, c->code)->categories, code))
			return true;
	}
	return false;
}

static void check_question(const struct rubric *r, const struct price_category *c,
			   const struct price_question *q)
{
	bool found = false;

	EACH(struct rubric_answer, a, r->answers) {
		if (strcmp(a->question, q->code) != 0)
			continue;
		found = true;
		if (!price_answer_find(q, a->otherwise))
			fail_msg("%s/%s: no answer %s", c->category, q->code, a->otherwise);
		EACH(struct rubric_cause, cause, a->causes)
			if (can_happen(r, cause, c->category) && !price_answer_find(q, cause->answer))
				fail_msg("%s/%s: no answer %s", c->category, q->code, cause->answer);
	}
	if (found == only_declared(q->code))
		fail_msg("%s/%s: the rubric %s", c->category, q->code,
			 found ? "answers it" : "has no answer to it");
}

static void test_findings_answer_questions(void **state)
{
	const struct rubric *r = rule_rubric(rule_of(*state, RULE_RUBRIC, "default"));
	const char *const lists[] = {"default", "eur"};

	for (size_t i = 0; i < 2; i++) {
		const struct price_list *p = rule_price_list(rule_of(*state, RULE_PRICE_LIST, lists[i]));
		EACH(struct price_category, c, p->categories)
			EACH(struct price_question, q, c->questions)
				check_question(r, c, q);
	}
}

static void test_fractions(void **state)
{
	const struct recovery *r = rule_recovery(rule_of(*state, RULE_RECOVERY, "default"));
	struct csv *csv = csv_of(*state, "data/fractions.csv");
	struct kit *k = *state;
	size_t same = 0;

	while (csv_next(&k->cx, csv)) {
		const struct recovery_fraction *f = recovery_fraction_find(r, cell(csv, "code"));
		if (!f)
			continue;
		assert_string_equal(f->en, cell(csv, "name_en"));
		assert_string_equal(f->zh, cell(csv, "name_zh"));
		assert_string_equal(f->waste_code, cell(csv, "waste_code"));
		assert_int_equal(f->hazard, strcmp(cell(csv, "hazard"), "1") == 0);
		same++;
	}
	assert_int_equal(k->cx.err, ERR_OK);
	assert_int_equal(same, r->fractions.count);
}

/* --- prices are plausible --- */

static void test_prices_fall_with_age(void **state)
{
	const struct price_list *p = rule_price_list(rule_of(*state, RULE_PRICE_LIST, "default"));

	EACH(struct price_category, c, p->categories) {
		assert_true(price_age_bp(c, 0) < 10000);
		for (int64_t months = 1; months <= 240; months++)
			assert_true(price_age_bp(c, months) <= price_age_bp(c, months - 1));
		assert_true(price_age_bp(c, 240) > 0);
		for (size_t i = 1; i < c->storage.count; i++)
			assert_true(((const struct price_storage *)c->storage.item)[i].bp >
				    ((const struct price_storage *)c->storage.item)[i - 1].bp);
	}
}

/* The euro list is the other at its own rate, but for rounding. */
static void test_euro_list(void **state)
{
	const struct price_list *cny = rule_price_list(rule_of(*state, RULE_PRICE_LIST, "default"));
	const struct price_list *eur = rule_price_list(rule_of(*state, RULE_PRICE_LIST, "eur"));
	const struct price_model *e = eur->models.item;
	int64_t minor;

	assert_int_equal(cny->models.count, eur->models.count);
	EACH(struct price_model, m, cny->models) {
		struct kit *k = *state;
		assert_string_equal(m->name, e->name);
		assert_int_equal(
			rule_convert(&k->cx, cny->rates, m->base_minor, "CNY", "EUR", &minor),
			ERR_OK);
		assert_in_range(e->base_minor, minor - 100, minor + 100);
		e++;
	}
}

static struct quote quote_of(struct kit *k, const char *code, const char *answers)
{
	const struct rule *list = rule_of(k, RULE_PRICE_LIST, "default");
	struct quote_model m = {.category = code, .released_day = FIELD_NONE, .launch_minor = FIELD_NONE};
	struct quote_facts f = {answers, FIELD_NONE, FIELD_NONE, FIELD_NONE};
	struct quote q;

	if (quote_price(&k->cx, list, &m, &f, KIT_START, "CNY", &q))
		fail_msg("%s: %s", code, k->cx.msg);
	return q;
}

/* A device of the usual age: in order it is worth something, dead much less, locked nothing. */
static void test_prices(void **state)
{
	for (size_t i = 0; i < categories; i++) {
		const char *code = known[i].code;
		int64_t good = quote_of(*state, code, NULL).price_minor;
		int64_t dead = quote_of(*state, code, "power:dead").price_minor;
		assert_in_range(good, 1000, 150000);
		assert_true(dead < good);
		assert_in_range(dead, 100, good * 35 / 100);
	}
	assert_non_null(quote_of(*state, "phone", "lock:on").refuse);
	assert_in_range(quote_of(*state, "phone", "screen:cracked").price_minor,
			quote_of(*state, "phone", NULL).price_minor * 86 / 100,
			quote_of(*state, "phone", NULL).price_minor * 89 / 100);
}

/* --- the rubric gives the grades that its sources describe --- */

/* Every test of the category with this result. */
static struct list all_tests(struct kit *k, const struct rubric *r, const char *code, enum test_result result)
{
	struct found_test *t = cx_array(&k->cx, r->tests.count, sizeof(*t));
	size_t n = 0;

	assert_non_null(t);
	EACH(struct rubric_test, test, r->tests)
		if (rubric_applies(test->categories, code))
			t[n++] = (struct found_test){test->code, result};
	return (struct list){t, n};
}

static const struct {
	const char *part, *severity; /* NULL: no mark */
	const char *failed;          /* NULL: no test */
	int64_t battery_percent, refurbished, c, f;
} grades[] = {
	{NULL, NULL, NULL, 95, 1, 6, 6},
	{NULL, NULL, NULL, 95, 0, 6, 4},
	{"body", "light", NULL, 95, 1, 4, 5},
	{NULL, NULL, NULL, 85, 1, 6, 5},
	{NULL, NULL, NULL, 70, 1, 6, 4},
	{NULL, NULL, "vibration", 95, 1, 6, 4},
	{"screen", "cracked", NULL, 95, 0, 1, 4},
	{"back", "visible", "speaker", 95, 0, 3, 3},
	{NULL, NULL, "touch", 95, 0, 6, 1},
	{NULL, NULL, "power", 95, 0, 6, 1},
};

static void test_grades(void **state)
{
	const struct rubric *r = rule_rubric(rule_of(*state, RULE_RUBRIC, "default"));
	struct kit *k = *state;

	for (size_t i = 0; i < sizeof(grades) / sizeof(grades[0]); i++) {
		struct found_mark mark = {grades[i].part, grades[i].severity};
		struct list tests = all_tests(k, r, "phone", TEST_PASS);
		struct inspect_facts facts = {
			.tests = tests, .marks = {&mark, mark.part != NULL}, .looked_at = 1,
			.battery_percent = grades[i].battery_percent, .refurbished = grades[i].refurbished};
		struct grade grade;
		for (size_t j = 0; grades[i].failed && j < tests.count; j++) {
			struct found_test *t = (struct found_test *)tests.item + j;
			if (strcmp(t->test, grades[i].failed) == 0)
				t->result = TEST_FAIL;
		}
		if (inspect_grade(&k->cx, r, "phone", true, &facts, &grade))
			fail_msg("%s", k->cx.msg);
		assert_int_equal(grade.c, grades[i].c);
		assert_int_equal(grade.f, grades[i].f);
	}
}

/* In order as declared: the inspection changes nothing. All failed: it does not even switch on. */
static void test_inspected_answers(void **state)
{
	const struct price_list *p = rule_price_list(rule_of(*state, RULE_PRICE_LIST, "default"));
	const struct rubric *r = rule_rubric(rule_of(*state, RULE_RUBRIC, "default"));
	struct kit *k = *state;

	EACH(struct price_category, c, p->categories) {
		struct inspect_facts facts = {.tests = all_tests(k, r, c->category, TEST_PASS),
					      .looked_at = 1};
		const char *answers;
		if (inspect_answers(&k->cx, r, c, c->category, &facts, NULL, &answers))
			fail_msg("%s: %s", c->category, k->cx.msg);
		assert_int_equal(quote_of(k, c->category, answers).price_minor,
				 quote_of(k, c->category, NULL).price_minor);
		facts.tests = all_tests(k, r, c->category, TEST_FAIL);
		if (inspect_answers(&k->cx, r, c, c->category, &facts, NULL, &answers))
			fail_msg("%s: %s", c->category, k->cx.msg);
		assert_non_null(strstr(answers, "power:dead"));
	}
}

static int setup(void **state)
{
	static struct kit k;

	kit_open(&k);
	publish_all(&k);
	read_categories(&k);
	*state = &k;
	return 0;
}

static int teardown(void **state)
{
	kit_close(*state);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_accepted),
		cmocka_unit_test(test_sources),
		cmocka_unit_test(test_categories),
		cmocka_unit_test(test_every_category_has_rules),
		cmocka_unit_test(test_rubric_knows_categories),
		cmocka_unit_test(test_findings_answer_questions),
		cmocka_unit_test(test_fractions),
		cmocka_unit_test(test_prices_fall_with_age),
		cmocka_unit_test(test_euro_list),
		cmocka_unit_test(test_prices),
		cmocka_unit_test(test_grades),
		cmocka_unit_test(test_inspected_answers),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
