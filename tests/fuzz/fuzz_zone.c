/* Whatever a time zone's file holds: it is refused, or every instant has a day there, and each day begins at
 * the first instant that is of it or of a later one. Whatever a zone's name is: it leads to a zone's file, or
 * nowhere. */
#include "fuzz.h"

#include "base/time.h"
#include "base/tz.h"

enum { OFFSET_MAX_S = 26 * 3600 };

static void check_instant(const struct tz *tz, int64_t us)
{
	int64_t offset_us = tz_offset_s(tz, us) * TIME_SECOND_US, day_us = 86400 * TIME_SECOND_US;
	int64_t local = us + offset_us;

	HOLDS(offset_us > -OFFSET_MAX_S * TIME_SECOND_US && offset_us < OFFSET_MAX_S * TIME_SECOND_US);
	HOLDS(tz_day(tz, us) == local / day_us - (local % day_us < 0));
}

static void check_day(const struct tz *tz, int32_t day)
{
	int64_t start = tz_day_start_us(tz, day);

	HOLDS(tz_day(tz, start) >= day);
	HOLDS(tz_day(tz, start - 1) < day);
	HOLDS(day == DAY_MAX || tz_day_start_us(tz, day + 1) >= start);
	check_instant(tz, start);
	check_instant(tz, start - 1);
}

static void check_zone(const struct tz *tz)
{
	static const int32_t days[] = {DAY_MIN, DAY_MIN + 1, -25000,      -1,     0, 1, 15338,
				       24837,   DAY_MAX - 1, DAY_MAX};

	for (size_t i = 0; i < ARRAY_LEN(days); i++)
		check_day(tz, days[i]);
	for (int32_t day = 20000; day < 20800; day += 37) /* two years of the rule behind the table */
		check_day(tz, day);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct tz *tz;
	struct cx cx;
	char *name;

	cx_init(&cx, 0);
	if (tz_read(&cx, "a zone", data, size, &tz) == ERR_OK)
		check_zone(tz);
	else
		HOLDS(cx.err == ERR_CORRUPT || cx.err == ERR_INVALID);
	cx_clear(&cx);
	name = cx_strndup(&cx, (const char *)data, size < 200 ? size : 200);
	HOLDS(name);
	if (tz_open(&cx, name, &tz) == ERR_OK)
		HOLDS(strcmp(tz_name(tz), name) == 0 && !strstr(name, "..") && *name != '/');
	else
		HOLDS(cx.err == ERR_CORRUPT || cx.err == ERR_INVALID);
	cx_done(&cx);
	return 0;
}
