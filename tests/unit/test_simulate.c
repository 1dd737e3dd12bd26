/* The simulation's own parts: chance, calendar, a file of devices. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/file.h"
#include "cli/simulate/scale.h"

/* A change of these numbers changes every simulated log. */
static void test_prng(void **state)
{
	static const uint64_t want[] = {UINT64_C(0x5eae7269e1ac3dea), UINT64_C(0x281f2f366fab48c9),
					UINT64_C(0x7f12fbaa72edbd9c), UINT64_C(0x70bff0114308f312)};
	static const int64_t below_100[] = {15, 69, 76, 3, 43};
	struct prng reference = {0}, p = prng_of(1, 1), other = prng_of(1, 2), seed = prng_of(2, 1);

	(void)state;
	assert_true(prng_next(&reference) == UINT64_C(0xe220a8397b1dcdaf)); /* splitmix64's, from state 0 */
	for (size_t i = 0; i < ARRAY_LEN(want); i++) {
		assert_true(prng_next(&p) == want[i]);
		assert_true(prng_next(&other) != want[i]);
		assert_true(prng_next(&seed) != want[i]);
	}
	for (size_t i = 0; i < ARRAY_LEN(below_100); i++)
		assert_int_equal(prng_below(&p, 100), below_100[i]);
	for (int i = 0; i < 10000; i++) {
		int64_t v = prng_between(&p, -3, 3);
		assert_true(v >= -3 && v <= 3);
	}
	assert_false(prng_chance(&p, 0));
	assert_true(prng_chance(&p, 10000));
}

static enum err nothing(struct sim *s, void *arg, int64_t at_us)
{
	(void)s;
	(void)arg;
	(void)at_us;
	return ERR_OK;
}

/* By time; what has the same time, in the order in which it was put in. */
static void test_calendar(void **state)
{
	enum { EVENTS = 5000, TIMES = 97 };
	struct calendar c = {0};
	struct prng p = prng_of(7, 7);
	struct event last = {.at_us = -1};
	struct cx cx;

	(void)state;
	cx_init(&cx, 0);
	assert_null(calendar_first(&c));
	for (int i = 0; i < EVENTS; i++)
		assert_int_equal(calendar_put(&cx, &c, prng_below(&p, TIMES), nothing, NULL), ERR_OK);
	for (int i = 0; i < EVENTS; i++) {
		struct event e;
		if (i % 3 == 0 && i < EVENTS / 2) /* in between, some more */
			assert_int_equal(calendar_put(&cx, &c, last.at_us + 1, nothing, NULL), ERR_OK);
		assert_non_null(calendar_first(&c));
		e = calendar_take(&c);
		assert_true(e.at_us > last.at_us || (e.at_us == last.at_us && e.order > last.order));
		last = e;
	}
	cx_done(&cx);
}

/* --- a file of devices --- */

static enum err read_text(struct cx *cx, const char *text, struct sim_devices *out)
{
	char path[] = "/tmp/relode-devices-XXXXXX";
	int fd = mkstemp(path);
	enum err err;

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	close(fd);
	*out = (struct sim_devices){0};
	err = devices_read(cx, path, out);
	unlink(path);
	return err;
}

static const struct {
	const char *text, *says;
} bad_files[] = {
	{"", "no header"},
	{"model\niPhone 13\n", "line 1: there is no column \"price\""},
	{"price\n1\n", "line 1: there is no column \"model\""},
	{"model,price\n", "there is no device in it"},
	{"model,price\nx,1\ny,-2\n", "line 3, column price: \"-2\" is not a number"},
	{"model,price\nx,1e3\n", "line 2, column price"},
	{"model,price\nx,1.\ny,.5\n", "line 3, column price"},
	{"model,price\nx,9999999999\n", "line 2, column price"},
	{"model,price,battery\nx,1,100.5\n", "line 2, column battery: 100.5 is more than 100"},
	{"model,price,storage\nx,1,big\n", "line 2, column storage"},
	{"model,price\nx,1,2\n", "line 2"},
	{"model,price\n\"x,1\n", "line 2"},
};

static void test_bad_files(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad_files); i++) {
		struct sim_devices d;
		struct cx cx;
		cx_init(&cx, 0);
		assert_int_not_equal(read_text(&cx, bad_files[i].text, &d), ERR_OK);
		if (i > 0 && !strstr(cx.msg, bad_files[i].says))
			fail_msg("file %zu: \"%s\" does not say \"%s\"", i, cx.msg, bad_files[i].says);
		cx_done(&cx);
	}
}

static void test_good_file(void **state)
{
	static const char text[] =
		"\xEF\xBB\xBFmodel,price,storage,battery,split,cracked,nocrack,locked,age_m,surprise\r\n"
		"iPhone 13,300.0,128.0,90.0,train,1,0,0,51.0,?\r\n"
		"iPhone 13,301.49,128.0,,train,1,1,1,,?\r\n"
		"iPhone 13,900,128.0,,calib,0,0,0,,\"a, \"\"b\"\"\"\r\n"
		"iPhone 13,100.999,,79.5,train,0,0,0,,?\r\n"
		"iPad 9,,64,,train,0,0,0,,?\r\n"
		",55,,,train,0,0,0,,?\r\n"
		"Pear,7,,,calib,0,0,0,,?\r\n";
	struct sim_devices d;
	struct cx cx;

	(void)state;
	cx_init(&cx, 0);
	assert_int_equal(read_text(&cx, text, &d), ERR_OK);
	assert_int_equal(d.devices, 7);
	assert_int_equal(d.models, 3);
	assert_string_equal(d.model[0].brand, "Apple");
	assert_string_equal(d.model[1].category, "tablet");
	assert_string_equal(d.model[2].brand, "Pear");
	assert_int_equal(d.device[0].said.age_months, 51);
	assert_int_equal(d.device[1].said.battery_percent, FIELD_NONE);
	assert_int_equal(d.device[3].said.battery_percent, 80); /* half up */
	assert_int_equal(d.device[3].asking_minor, 10100);
	assert_int_equal(d.device[4].asking_minor, FIELD_NONE);
	assert_int_equal(d.device[5].model, -1);
	assert_true(d.device[1].locked && !d.device[0].locked);
	assert_int_not_equal(d.device[0].words, 0);
	assert_int_equal(d.device[1].words, 0); /* "no crack" */
	/* median of 300.00 and 301.49 is 300.74; of it 80.5 %, down to whole euros */
	assert_int_equal(d.bases, 1);
	assert_int_equal(d.base[0].storage_gb, 128);
	assert_int_equal(d.base[0].base_minor, 24200);
	assert_int_equal(d.model[0].base_minor, 24100); /* of 101.00, 300.00, 301.49 */
	assert_int_equal(d.model[1].base_minor, FIELD_NONE);
	assert_int_equal(d.model[2].base_minor, 500); /* no row for training: all of them */
	cx_done(&cx);
}

/* Memory for rows grows with the largest cities that are played at a time; small ones have the least. */
static void test_cache(void **state)
{
	static const struct {
		int64_t fraction, days;
		int cities, threads;
		int64_t more; /* lives beyond those of the least */
	} cases[] = {
		{SCALE_WHOLE / 10, 365, 250, 2, 0},
		{8695652, 183, 2, 2, 0},   /* 200,000 devices a year in two cities, half of it */
		{8695652, 365, 2, 1, 0},
		{17391304, 365, 2, 2, 32753}, /* of 65,753 in 60 days */
		{17391304, 365, 2, 1, 1442},
		{17391304, 20, 2, 2, 0},
	};
	struct scale_plan whole = {scale_named("atrenew-2020"), SCALE_WHOLE, 365, 250, 2, 0, "1", ""};
	int64_t quarter = (int64_t)sysconf(_SC_PHYS_PAGES) * sysconf(_SC_PAGESIZE) / 4;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct scale_plan p = whole;
		int64_t more, want;
		p.fraction = cases[i].fraction;
		p.days = cases[i].days;
		p.cities = cases[i].cities;
		p.threads = cases[i].threads;
		want = (int64_t)SCALE_CACHE_LEAST + cases[i].more * 20000;
		want = want > (int64_t)SCALE_CACHE_USUAL ? want : (int64_t)SCALE_CACHE_USUAL;
		want = want < quarter ? want : quarter;
		more = (int64_t)scale_cache(&p) - want;
		assert_true(more >= 0 && more < 20000);
	}
	assert_true((int64_t)scale_cache(&whole) <= quarter);
	assert_true(scale_cache(&whole) > SCALE_CACHE_USUAL || (int64_t)scale_cache(&whole) == quarter);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_prng), cmocka_unit_test(test_calendar),
		cmocka_unit_test(test_bad_files), cmocka_unit_test(test_good_file),
		cmocka_unit_test(test_cache)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
