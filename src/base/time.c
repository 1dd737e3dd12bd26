#include "base/time.h"

#include <time.h>

static int64_t floor_div(int64_t a, int64_t b)
{
	return a / b - (a % b < 0);
}

static bool leap(int year)
{
	return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

bool civil_valid(struct civil c)
{
	static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

	if (c.year < 1 || c.year > 9999 || c.month < 1 || c.month > 12 || c.day < 1)
		return false;
	return c.day <= days[c.month - 1] + (c.month == 2 && leap(c.year));
}

enum { ERA_DAYS = 146097, EPOCH = 719468 }; /* days of 400 years; days from 0000-03-01 to 1970-01-01 */

/* Years begin in March here: the leap day is then the last of its year, and (153 m + 2) / 5 is the
 * number of days before month m of it. */
int32_t day_of_civil(struct civil c)
{
	int64_t year = (int64_t)c.year - (c.month <= 2);
	int64_t era = floor_div(year, 400), of_era = year - era * 400;
	int64_t of_year = (153 * ((c.month + 9) % 12) + 2) / 5 + c.day - 1;

	return (int32_t)(era * ERA_DAYS + of_era * 365 + of_era / 4 - of_era / 100 + of_year - EPOCH);
}

struct civil civil_of_day(int32_t day)
{
	int64_t shifted = (int64_t)day + EPOCH;
	int64_t era = floor_div(shifted, ERA_DAYS), rest = shifted - era * ERA_DAYS;
	int64_t of_era = (rest - rest / 1460 + rest / 36524 - rest / 146096) / 365;
	int64_t of_year = rest - (365 * of_era + of_era / 4 - of_era / 100);
	int64_t month = (5 * of_year + 2) / 153;
	struct civil c;

	c.day = (int)(of_year - (153 * month + 2) / 5 + 1);
	c.month = (int)(month < 10 ? month + 3 : month - 9);
	c.year = (int)(of_era + era * 400 + (c.month <= 2));
	return c;
}

int day_weekday(int32_t day)
{
	int64_t since_monday = (int64_t)day + 3; /* 1970-01-01 was a Thursday */

	return (int)(since_monday - floor_div(since_monday, 7) * 7) + 1;
}

int32_t time_day(int64_t us)
{
	return (int32_t)floor_div(us, TIME_DAY_US);
}

char *day_format(struct cx *cx, int32_t day)
{
	struct civil c = civil_of_day(day);

	if (day < DAY_MIN || day > DAY_MAX) {
		cx_fail(cx, ERR_INVALID, "day %d is outside of the years 1 to 9999", day);
		return NULL;
	}
	return cx_printf(cx, "%04d-%02d-%02d", c.year, c.month, c.day);
}

char *time_rfc3339(struct cx *cx, int64_t us)
{
	struct civil c;
	int64_t of_day;
	int second;

	if (us < TIME_MIN_US || us > TIME_MAX_US) {
		cx_fail(cx, ERR_INVALID, "%lld us is outside of the years 1 to 9999", (long long)us);
		return NULL;
	}
	c = civil_of_day(time_day(us));
	of_day = us - time_day(us) * TIME_DAY_US;
	second = (int)(of_day / TIME_SECOND_US);
	return cx_printf(cx, "%04d-%02d-%02dT%02d:%02d:%02d.%06dZ", c.year, c.month, c.day,
			 second / 3600, second / 60 % 60, second % 60, (int)(of_day % TIME_SECOND_US));
}

/* Reads exactly n digits and moves behind them. */
static bool digits(const char **p, int n, int *out)
{
	int value = 0;

	for (; n > 0; n--, (*p)++) {
		if (**p < '0' || **p > '9')
			return false;
		value = value * 10 + (**p - '0');
	}
	*out = value;
	return true;
}

static bool mark(const char **p, char c)
{
	if (**p != c)
		return false;
	(*p)++;
	return true;
}

static bool read_day(const char **p, int32_t *day)
{
	struct civil c;

	if (!digits(p, 4, &c.year) || !mark(p, '-') || !digits(p, 2, &c.month) || !mark(p, '-') ||
	    !digits(p, 2, &c.day) || !civil_valid(c))
		return false;
	*day = day_of_civil(c);
	return true;
}

/* hh:mm of the clock, or of an offset. */
static bool read_minutes(const char **p, int *minutes)
{
	int hour, minute;

	if (!digits(p, 2, &hour) || !mark(p, ':') || !digits(p, 2, &minute) || hour > 23 || minute > 59)
		return false;
	*minutes = hour * 60 + minute;
	return true;
}

static bool read_fraction(const char **p, int *us)
{
	int n = 0;

	*us = 0;
	if (!mark(p, '.'))
		return true;
	for (; **p >= '0' && **p <= '9'; (*p)++, n++)
		if (n < 6)
			*us = *us * 10 + (**p - '0');
	if (n < 1 || n > 6)
		return false;
	for (; n < 6; n++)
		*us *= 10;
	return true;
}

static bool read_offset(const char **p, int *minutes)
{
	bool west = **p == '-';

	*minutes = 0;
	if (mark(p, 'Z') || mark(p, 'z'))
		return true;
	if ((!mark(p, '+') && !mark(p, '-')) || !read_minutes(p, minutes))
		return false;
	if (west)
		*minutes = -*minutes;
	return true;
}

enum err day_parse(struct cx *cx, const char *s, int32_t *day)
{
	const char *p = s;
	int32_t value;

	if (!read_day(&p, &value) || *p)
		return cx_fail(cx, ERR_INVALID, "'%.40s' is not a date such as 2026-05-01", s);
	*day = value;
	return ERR_OK;
}

enum err time_parse(struct cx *cx, const char *s, int64_t *us)
{
	int minutes, second, fraction, offset;
	const char *p = s;
	int64_t value;
	int32_t day;

	if (!read_day(&p, &day) || (!mark(&p, 'T') && !mark(&p, 't')) || !read_minutes(&p, &minutes) ||
	    !mark(&p, ':') || !digits(&p, 2, &second) || second > 59 || !read_fraction(&p, &fraction) ||
	    !read_offset(&p, &offset) || *p)
		return cx_fail(cx, ERR_INVALID, "'%.40s' is not a time such as 2026-05-01T08:30:00Z", s);
	value = day * TIME_DAY_US + ((minutes - offset) * 60 + second) * TIME_SECOND_US + fraction;
	if (value < TIME_MIN_US || value > TIME_MAX_US)
		return cx_fail(cx, ERR_INVALID, "'%.40s' is outside of the years 1 to 9999 in UTC", s);
	*us = value;
	return ERR_OK;
}

static int64_t read_clock(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return (int64_t)t.tv_sec * TIME_SECOND_US + t.tv_nsec / 1000;
}

int64_t monotonic_us(void) { return read_clock(CLOCK_MONOTONIC); }
int64_t monotonic_coarse_us(void) { return read_clock(CLOCK_MONOTONIC_COARSE); }
