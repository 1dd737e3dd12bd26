/* tz.h: local time of IANA time zones, without the process's TZ.
 *
 * Reads the system's compiled zones (RFC 9636, "TZif", version 2 or later; Debian package tzdata) and
 * the rule behind the table for times past it. An opened zone never changes; it may be shared between
 * threads, and lives as long as the arena of the context that opened it.
 */
#ifndef RELODE_BASE_TZ_H
#define RELODE_BASE_TZ_H

#include "base/cx.h"

struct tz;

/* name as "Asia/Shanghai" or "UTC". ERR_INVALID when it is no name or there is no such zone;
 * ERR_CORRUPT when the file is not well formed. */
enum err tz_open(struct cx *cx, const char *name, struct tz **out) MUST_USE;
const char *tz_name(const struct tz *tz);
/* The same from the bytes of a file: for tests. */
enum err tz_read(struct cx *cx, const char *name, const void *bytes, size_t n, struct tz **out) MUST_USE;

int tz_offset_s(const struct tz *tz, int64_t us); /* local time less UTC, seconds, at that instant */
int32_t tz_day(const struct tz *tz, int64_t us);  /* local day, as days since 1970-01-01 */
/* The first instant whose local day is `day` or later (DAY_MIN to DAY_MAX): midnight, or the end of a
 * gap over it. A day that the zone skipped starts where the next one does. From the start of a day to
 * that of the next is the day, also when the clock was put back over midnight. */
int64_t tz_day_start_us(const struct tz *tz, int32_t day);

#endif
