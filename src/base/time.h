/* time.h: instants and calendar days, without the C library's zones.
 *
 * An instant is int64_t microseconds since 1970-01-01T00:00:00Z (names end in _us); leap seconds do
 * not exist. A day is int32_t days since 1970-01-01 in the proleptic Gregorian calendar. Text is
 * bounded to the years 0001 to 9999; arithmetic is not. Local time is in tz.h.
 */
#ifndef RELODE_BASE_TIME_H
#define RELODE_BASE_TIME_H

#include "base/cx.h"

#define TIME_SECOND_US INT64_C(1000000)
#define TIME_DAY_US (86400 * TIME_SECOND_US)
#define TIME_MIN_US (INT64_C(-62135596800) * TIME_SECOND_US)          /* 0001-01-01T00:00:00Z */
#define TIME_MAX_US (INT64_C(253402300800) * TIME_SECOND_US - 1)      /* the last of 9999 */

enum {
	DAY_MIN = -719162, /* 0001-01-01 */
	DAY_MAX = 2932896, /* 9999-12-31 */
};

struct civil {
	int year, month, day; /* months and days from 1 */
};

bool civil_valid(struct civil c);         /* a day of the years 1 to 9999 */
int32_t day_of_civil(struct civil c);     /* year any within 5 million; month and day valid */
struct civil civil_of_day(int32_t day);   /* any day */
int day_weekday(int32_t day);             /* ISO 8601: 1 Monday to 7 Sunday */
int32_t time_day(int64_t us);             /* the UTC day of an instant */

/* "2026-05-01". NULL with ERR_INVALID outside the years 1 to 9999. */
char *day_format(struct cx *cx, int32_t day) MUST_USE;
enum err day_parse(struct cx *cx, const char *s, int32_t *day) MUST_USE; /* that form alone */

/* RFC 3339 in UTC, always with six decimals, so that texts sort as instants do:
 * "2026-05-01T08:30:00.000000Z". NULL with ERR_INVALID outside the years 1 to 9999. */
char *time_rfc3339(struct cx *cx, int64_t us) MUST_USE;
/* RFC 3339 with Z or an offset, up to six decimals. Else ERR_INVALID; so is second 60. */
enum err time_parse(struct cx *cx, const char *s, int64_t *us) MUST_USE;

/* For how long something takes, whatever is done to the clock (cx_now); since some moment. */
int64_t monotonic_us(void);
int64_t monotonic_coarse_us(void); /* behind it by some milliseconds at most, and cheaper */

#endif
