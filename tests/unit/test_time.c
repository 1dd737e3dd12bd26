/* Calendar days, RFC 3339, and time zones with their gaps, overlaps, skipped days and broken files. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/file.h"
#include "base/time.h"
#include "base/tz.h"

static struct cx cx;

static int start(void **state)
{
	(void)state;
	cx_init(&cx, 0);
	return 0;
}

static int finish(void **state)
{
	(void)state;
	cx_fail_allocation(0);
	cx_done(&cx);
	return 0;
}

static int64_t at(const char *s)
{
	int64_t us = 0;

	if (time_parse(&cx, s, &us))
		fail_msg("%s", cx.msg);
	return us;
}

static int32_t day(const char *s)
{
	int32_t day = 0;

	if (day_parse(&cx, s, &day))
		fail_msg("%s", cx.msg);
	return day;
}

static const struct {
	const char *text;
	int32_t day;
	int weekday;
} day_cases[] = {
	{"1970-01-01", 0, 4},           {"1969-12-31", -1, 3},      {"2000-02-29", 11016, 2},
	{"2000-03-01", 11017, 3},       {"1900-02-28", -25509, 3},  {"1900-03-01", -25508, 4},
	{"0001-01-01", DAY_MIN, 1},     {"9999-12-31", DAY_MAX, 5}, {"2026-05-01", 20574, 5},
	{"2038-01-19", 24855, 2},
};

static void days_are_known(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(day_cases); i++) {
		assert_int_equal(day(day_cases[i].text), day_cases[i].day);
		assert_string_equal(day_format(&cx, day_cases[i].day), day_cases[i].text);
		assert_int_equal(day_weekday(day_cases[i].day), day_cases[i].weekday);
	}
}

/* Every day of ten thousand years: each is the one after the day before, by counting. */
static void every_day_follows_the_one_before(void **state)
{
	struct civil c = {1, 1, 1};
	int weekday = 1;

	(void)state;
	for (int32_t d = DAY_MIN; d <= DAY_MAX; d++) {
		struct civil got = civil_of_day(d);

		if (got.year != c.year || got.month != c.month || got.day != c.day || day_of_civil(c) != d ||
		    !civil_valid(c) || day_weekday(d) != weekday)
			fail_msg("day %d is %d-%d-%d, wanted %d-%d-%d", d, got.year, got.month, got.day,
				 c.year, c.month, c.day);
		weekday = weekday % 7 + 1;
		c.day++;
		if (civil_valid(c))
			continue;
		c = (struct civil){c.year, c.month + 1, 1};
		if (c.month == 13)
			c = (struct civil){c.year + 1, 1, 1};
	}
	assert_int_equal(c.year, 10000);
}

static const char *const bad_days[] = {
	"",           "2026-5-01",   "2026-05-1",   "26-05-01",   "2026-05-01 ", " 2026-05-01", "2026/05/01",
	"2026-13-01", "2026-00-01",  "2026-02-29",  "1900-02-29", "2026-04-31",  "2026-05-00",  "2026-05-32",
	"0000-01-01", "10000-01-01", "-001-01-01", "2026-05-01T", "2026-05-0a",
};

static const struct {
	const char *text, *utc; /* utc NULL: refused */
} time_cases[] = {
	{"1970-01-01T00:00:00Z", "1970-01-01T00:00:00.000000Z"},
	{"1969-12-31T23:59:59.999999Z", "1969-12-31T23:59:59.999999Z"},
	{"2026-05-01t08:30:00z", "2026-05-01T08:30:00.000000Z"},
	{"2026-05-01T08:30:00.5+08:00", "2026-05-01T00:30:00.500000Z"},
	{"2026-05-01T08:30:00.000001-23:59", "2026-05-02T08:29:00.000001Z"},
	{"2026-05-01T08:30:00-00:00", "2026-05-01T08:30:00.000000Z"},
	{"0001-01-01T00:00:00Z", "0001-01-01T00:00:00.000000Z"},
	{"9999-12-31T23:59:59.999999Z", "9999-12-31T23:59:59.999999Z"},
	{"0001-01-01T00:00:00+00:01", NULL},
	{"9999-12-31T23:59:59-00:01", NULL},
	{"", NULL},
	{"2026-05-01", NULL},
	{"2026-05-01T08:30:00", NULL},
	{"2026-05-01 08:30:00Z", NULL},
	{"2026-05-01T08:30Z", NULL},
	{"2026-05-01T8:30:00Z", NULL},
	{"2026-05-01T24:00:00Z", NULL},
	{"2026-05-01T23:60:00Z", NULL},
	{"2016-12-31T23:59:60Z", NULL},
	{"2026-05-01T08:30:00.Z", NULL},
	{"2026-05-01T08:30:00,5Z", NULL},
	{"2026-05-01T08:30:00.1234567Z", NULL},
	{"2026-05-01T08:30:00+0800", NULL},
	{"2026-05-01T08:30:00+08", NULL},
	{"2026-05-01T08:30:00+24:00", NULL},
	{"2026-05-01T08:30:00Z ", NULL},
	{"2026-05-01T08:30:00ZZ", NULL},
	{"2026-02-29T08:30:00Z", NULL},
};

static void text_is_rfc_3339_or_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad_days); i++) {
		int32_t out = 77;

		assert_int_equal(day_parse(&cx, bad_days[i], &out), ERR_INVALID);
		assert_int_equal(out, 77);
	}
	for (size_t i = 0; i < ARRAY_LEN(time_cases); i++) {
		int64_t us = 77;
		enum err err = time_parse(&cx, time_cases[i].text, &us);

		assert_int_equal(err, time_cases[i].utc ? ERR_OK : ERR_INVALID);
		if (err)
			assert_int_equal(us, 77);
		else
			assert_string_equal(time_rfc3339(&cx, us), time_cases[i].utc);
	}
}

static void what_has_no_text_is_refused(void **state)
{
	(void)state;
	assert_non_null(time_rfc3339(&cx, TIME_MIN_US));
	assert_non_null(time_rfc3339(&cx, TIME_MAX_US));
	assert_null(time_rfc3339(&cx, TIME_MIN_US - 1));
	assert_null(time_rfc3339(&cx, TIME_MAX_US + 1));
	assert_null(time_rfc3339(&cx, INT64_MIN));
	assert_null(day_format(&cx, DAY_MIN - 1));
	assert_null(day_format(&cx, DAY_MAX + 1));
	assert_null(day_format(&cx, INT32_MIN));
	assert_int_equal(cx.err, ERR_INVALID);
	assert_int_equal(time_day(-1), -1);
	assert_int_equal(time_day(TIME_DAY_US - 1), 0);
}

static struct tz *zone(const char *name)
{
	struct tz *tz = NULL;

	if (tz_open(&cx, name, &tz))
		fail_msg("%s", cx.msg);
	assert_string_equal(tz_name(tz), name);
	return tz;
}

/* Offsets computed by another implementation (Python's zoneinfo). The later ones lie past the tables
 * and come from the rule in the footer. */
static const struct {
	const char *zone, *at;
	int offset_s;
} offset_cases[] = {
	{"UTC", "2026-05-01T00:00:00Z", 0},
	{"Asia/Shanghai", "2026-05-01T00:00:00Z", 28800},
	{"Asia/Shanghai", "1990-07-01T00:00:00Z", 32400},
	{"Asia/Shanghai", "1890-01-01T00:00:00Z", 29143},
	{"Asia/Shanghai", "2300-07-01T00:00:00Z", 28800},
	{"Europe/Berlin", "2026-03-29T00:59:59Z", 3600},
	{"Europe/Berlin", "2026-03-29T01:00:00Z", 7200},
	{"Europe/Berlin", "2026-10-25T00:59:59.999999Z", 7200},
	{"Europe/Berlin", "2026-10-25T01:00:00Z", 3600},
	{"Europe/Berlin", "2100-03-28T00:59:59Z", 3600},
	{"Europe/Berlin", "2100-03-28T01:00:00Z", 7200},
	{"Europe/Berlin", "9999-07-01T00:00:00Z", 7200},
	{"America/New_York", "2040-03-11T06:59:59Z", -18000},
	{"America/New_York", "2040-03-11T07:00:00Z", -14400},
	{"America/New_York", "2040-11-04T05:59:59Z", -14400},
	{"America/New_York", "2040-11-04T06:00:00Z", -18000},
	{"Europe/Dublin", "2050-01-15T00:00:00Z", 0},
	{"Europe/Dublin", "2050-07-15T00:00:00Z", 3600},
	{"Australia/Lord_Howe", "2050-01-15T00:00:00Z", 39600},
	{"Australia/Lord_Howe", "2050-07-15T00:00:00Z", 37800},
	{"Asia/Kathmandu", "2026-01-01T00:00:00Z", 20700},
	{"Pacific/Kiritimati", "2026-01-01T00:00:00Z", 50400},
	{"Etc/GMT+12", "2026-01-01T00:00:00Z", -43200},
	{"America/Sao_Paulo", "2018-11-04T03:00:00Z", -7200},
};

static void offsets_are_those_of_the_zones(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(offset_cases); i++)
		assert_int_equal(tz_offset_s(zone(offset_cases[i].zone), at(offset_cases[i].at)),
				 offset_cases[i].offset_s);
}

static const struct {
	const char *zone, *day, *start;
} day_start_cases[] = {
	{"UTC", "2026-05-01", "2026-05-01T00:00:00Z"},
	{"Asia/Shanghai", "2026-05-01", "2026-04-30T16:00:00Z"},
	{"Europe/Berlin", "2026-03-29", "2026-03-28T23:00:00Z"}, /* a day of 23 hours */
	{"Europe/Berlin", "2026-03-30", "2026-03-29T22:00:00Z"},
	{"Europe/Berlin", "2090-10-30", "2090-10-29T23:00:00Z"},
	{"America/Sao_Paulo", "2018-11-04", "2018-11-04T03:00:00Z"}, /* begins at one o'clock */
	{"America/St_Johns", "2010-11-07", "2010-11-07T02:30:00Z"},  /* put back at one past midnight */
	{"Pacific/Apia", "2011-12-29", "2011-12-29T10:00:00Z"},
	{"Pacific/Apia", "2011-12-30", "2011-12-30T10:00:00Z"}, /* there was no 30th */
	{"Pacific/Apia", "2011-12-31", "2011-12-30T10:00:00Z"},
	{"Pacific/Apia", "2012-01-01", "2011-12-31T10:00:00Z"},
};

static void days_start_where_the_clock_says(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(day_start_cases); i++)
		assert_string_equal(time_rfc3339(&cx, tz_day_start_us(zone(day_start_cases[i].zone),
								      day(day_start_cases[i].day))),
				    time_rfc3339(&cx, at(day_start_cases[i].start)));
	/* Before the year 1 in UTC: it has no text, but it is a number. */
	assert_true(tz_day_start_us(zone("Asia/Shanghai"), DAY_MIN) < TIME_MIN_US);
	assert_int_equal(tz_day(zone("America/St_Johns"), at("2010-11-07T02:30:59Z")), day("2010-11-07"));
	assert_int_equal(tz_day(zone("America/St_Johns"), at("2010-11-07T02:31:00Z")), day("2010-11-06"));
}

/* Days tile time: each start is the first instant of its day, and the next one lies beyond. */
static void days_tile_time(void **state)
{
	static const char *const zones[] = {"Asia/Shanghai", "Europe/Berlin",       "America/Sao_Paulo",
					    "Asia/Gaza",     "Australia/Lord_Howe", "America/Nuuk"};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(zones); i++) {
		const struct tz *tz = zone(zones[i]);

		for (int32_t d = day("1895-01-01"); d < day("2101-01-01"); d++) {
			int64_t begin = tz_day_start_us(tz, d);
			int64_t hours = (tz_day_start_us(tz, d + 1) - begin) / (3600 * TIME_SECOND_US);

			if (tz_day(tz, begin) != d || tz_day(tz, begin - 1) >= d ||
			    hours < 22 || hours > 26)
				fail_msg("%s, day %d", zones[i], d);
		}
	}
}

static const char *const bad_zones[] = {
	"", "/", "/etc/passwd", "../passwd", "Asia/../../passwd", "Asia/./Shanghai", "Asia//Shanghai",
	"Asia/",
	"/Asia/Shanghai", "Asia", "Asia/Nowhere", "zone.tab", "tzdata.zi", "leapseconds", "Asia/Shang hai",
	"Asia/Shanghai\n", "right/UTC",
	"A23456789012345678901234567890123456789012345678901234567890123456789",
};

static void names_lead_nowhere_else(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad_zones); i++) {
		struct tz *tz = NULL;

		if (tz_open(&cx, bad_zones[i], &tz) != ERR_INVALID)
			fail_msg("'%s' was not refused", bad_zones[i]);
		assert_null(tz);
	}
}

enum { MADE_MAX = 512 };

/* A version 2 file: an empty first block, one change to type 1 at 1980-01-01 and the footer. */
static size_t make_zone(unsigned char *out, const char *footer)
{
	static const char head[44] = {'T', 'Z', 'i', 'f', '2'};
	unsigned char *p = out;

	memcpy(p, head, 44);
	p += 44;
	memcpy(p, head, 44);
	p[35] = 1; /* changes */
	p[39] = 2; /* types */
	p[43] = 4; /* characters */
	p += 44;
	memcpy(p, "\0\0\0\0\x12\xce\xa6\0", 8);
	p += 8;
	*p++ = 1;
	memcpy(p, "\0\0\x0e\x10\0\0" "\0\0\x1c\x20\1\0" "ABC", 16);
	p += 16;
	p += snprintf((char *)p, MADE_MAX - 200, "\n%s\n", footer);
	return (size_t)(p - out);
}

static const struct {
	const char *footer, *at;
	int offset_s; /* -1: refused */
} footer_cases[] = {
	{"", "1979-12-31T23:59:59Z", 3600},
	{"", "2026-01-01T00:00:00Z", 7200},
	{"ABC3", "1979-12-31T23:59:59Z", 3600},
	{"ABC3", "2026-01-01T00:00:00Z", -10800},
	{"<-03>3:30:15", "2026-01-01T00:00:00Z", -12615},
	{"ABC-1DEF,M3.5.0,M10.5.0/3", "2026-07-01T00:00:00Z", 7200},
	{"ABC-1DEF,J60/0,J300/0", "2024-02-29T22:59:59Z", 3600}, /* J60 is 1 March, leap year or not */
	{"ABC-1DEF,J60/0,J300/0", "2024-02-29T23:00:00Z", 7200},
	{"ABC-1DEF,J60/0,J300/0", "2023-02-28T23:00:00Z", 7200},
	{"ABC-1DEF,59/0,300/0", "2024-02-28T23:00:00Z", 7200}, /* 59 counted from 0 is 29 February then */
	{"ABC-1DEF,59/0,300/0", "2024-02-28T22:59:59Z", 3600},
	{"XXX3EDT4,0/0,J365/23", "2026-01-01T12:00:00Z", -14400}, /* summer all the year */
	{"XXX3EDT4,0/0,J365/23", "2026-12-31T12:00:00Z", -14400},
	{"ABC-10DEF,M10.1.0,M4.1.0/3", "2026-01-01T00:00:00Z", 39600}, /* over the new year */
	{"ABC-10DEF,M10.1.0,M4.1.0/3", "2026-07-01T00:00:00Z", 36000},
	{"ABC2DEF,M3.4.4/50,M10.4.4/-50", "2026-07-01T00:00:00Z", -3600},
	{"AB3", "2026-01-01T00:00:00Z", -1},
	{"ABC", "2026-01-01T00:00:00Z", -1},
	{"ABC25", "2026-01-01T00:00:00Z", -1},
	{"ABC3DEF", "2026-01-01T00:00:00Z", -1},
	{"ABC3DEF,M3.5.0", "2026-01-01T00:00:00Z", -1},
	{"ABC3DEF,M13.5.0,M10.5.0", "2026-01-01T00:00:00Z", -1},
	{"ABC3DEF,M0.5.0,M10.5.0", "2026-01-01T00:00:00Z", -1},
	{"ABC3DEF,M3.6.0,M10.5.0", "2026-01-01T00:00:00Z", -1},
	{"ABC3DEF,M3.5.7,M10.5.0", "2026-01-01T00:00:00Z", -1},
	{"ABC3DEF,J0,J300", "2026-01-01T00:00:00Z", -1},
	{"ABC3DEF,366,J300", "2026-01-01T00:00:00Z", -1},
	{"ABC3DEF,M3.5.0/168,M10.5.0", "2026-01-01T00:00:00Z", -1},
	{"ABC3DEF,M3.5.0,M10.5.0x", "2026-01-01T00:00:00Z", -1},
	{"<A3", "2026-01-01T00:00:00Z", -1},
	{"ABC99999999999999999999", "2026-01-01T00:00:00Z", -1},
};

static void footers_are_posix_rules(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(footer_cases); i++) {
		unsigned char file[MADE_MAX];
		size_t n = make_zone(file, footer_cases[i].footer);
		struct tz *tz = NULL;
		enum err err = tz_read(&cx, "made", file, n, &tz);

		if (err != (footer_cases[i].offset_s == -1 ? ERR_CORRUPT : ERR_OK))
			fail_msg("%s: %s", footer_cases[i].footer, err ? cx.msg : "not refused");
		if (!err && tz_offset_s(tz, at(footer_cases[i].at)) != footer_cases[i].offset_s)
			fail_msg("%s at %s: %d", footer_cases[i].footer, footer_cases[i].at,
				 tz_offset_s(tz, at(footer_cases[i].at)));
	}
}

static const struct {
	const char *name;
	size_t at;
	unsigned char value;
} bad_bytes[] = {
	{"no magic", 0, 'X'},          {"no second magic", 44, 'X'},
	{"no such type", 96, 2},       {"an offset of a week", 103, 9},
	{"no types", 83, 0},           {"more changes than bytes", 76, 1},
	{"more characters", 84, 0xff}, {"no line feed before the footer", 113, 'X'},
};

static void broken_files_are_refused(void **state)
{
	unsigned char file[MADE_MAX], old[MADE_MAX];
	size_t n = make_zone(file, "ABC-1DEF,M3.5.0,M10.5.0/3");
	struct tz *tz = NULL;

	(void)state;
	for (size_t cut = 0; cut < n; cut++) {
		void *exact = malloc(cut ? cut : 1); /* so that reading beyond is seen */

		assert_non_null(exact);
		memcpy(exact, file, cut);
		assert_int_equal(tz_read(&cx, "cut", exact, cut, &tz), ERR_CORRUPT);
		free(exact);
	}
	assert_int_equal(tz_read(&cx, "whole", file, n, &tz), ERR_OK);
	for (size_t i = 0; i < n; i++)
		for (int bit = 0; bit < 8; bit++) { /* refused or read, but always an answer */
			struct cx_mark mark = cx_mark(&cx);

			memcpy(old, file, n);
			old[i] ^= (unsigned char)(1 << bit);
			if (tz_read(&cx, "changed", old, n, &tz) == ERR_OK) {
				int offset = tz_offset_s(tz, at("2026-07-01T00:00:00Z"));

				assert_true(offset > -30 * 3600 && offset < 30 * 3600);
				tz_day_start_us(tz, 20000);
			}
			cx_restore(&cx, mark);
		}
	for (size_t i = 0; i < ARRAY_LEN(bad_bytes); i++) {
		unsigned char was = file[bad_bytes[i].at];

		file[bad_bytes[i].at] = bad_bytes[i].value;
		assert_int_equal(tz_read(&cx, bad_bytes[i].name, file, n, &tz), ERR_CORRUPT);
		file[bad_bytes[i].at] = was;
	}
	assert_int_equal(tz_read(&cx, "whole", file, n, &tz), ERR_OK);
	file[4] = 0; /* version 1 */
	assert_int_equal(tz_read(&cx, "old", file, n, &tz), ERR_CORRUPT);
}

static void every_allocation_may_fail(void **state)
{
	int failures = 0;

	(void)state;
	for (long n = 1;; n++) {
		struct tz *tz = NULL;

		cx_reset(&cx);
		cx_fail_allocation(n);
		if (tz_open(&cx, "Europe/Berlin", &tz) == ERR_OK)
			break;
		assert_int_equal(cx.err, ERR_MEMORY);
		assert_null(tz);
		failures++;
	}
	assert_true(failures >= 7);
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, start, finish)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(days_are_known),
		CASE(every_day_follows_the_one_before),
		CASE(text_is_rfc_3339_or_refused),
		CASE(what_has_no_text_is_refused),
		CASE(offsets_are_those_of_the_zones),
		CASE(days_start_where_the_clock_says),
		CASE(days_tile_time),
		CASE(names_lead_nowhere_else),
		CASE(footers_are_posix_rules),
		CASE(broken_files_are_refused),
		CASE(every_allocation_may_fail),
	};
	return cmocka_run_group_tests_name("time", tests, NULL, NULL);
}
