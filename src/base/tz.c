#include "base/tz.h"

#include <sys/stat.h>

#include "base/file.h"
#include "base/time.h"

static const char directory[] = "/usr/share/zoneinfo";
enum {
	NAME_MAX_BYTES = 64,
	FILE_MAX = 128 * 1024,
	KEPT_MAX = 4096, /* bytes of a file that is kept: all zones of today have fewer */
	TYPES_MAX = 256,
	HEADER = 44,
	DAY_S = 86400,
	OFFSET_MIN_S = -25 * 3600, /* exclusive bounds of RFC 9636 section 3.2 */
	OFFSET_MAX_S = 26 * 3600,
	RULE_TIME_MAX_S = 167 * 3600,
};

/* A day of the year in a POSIX TZ rule, and the local second of it (which may lie on another day). */
struct rule {
	enum { RULE_JULIAN, RULE_ZERO_BASED, RULE_MONTH_WEEK } form;
	int month, week, day;
	int second;
};

struct tz {
	const char *name;
	size_t changes;
	const int64_t *change_s;    /* instants, rising */
	const unsigned char *type;  /* type[i] holds from change_s[i] on */
	size_t types;
	const int32_t *offset_s;    /* of each type */
	bool has_footer, has_summer;
	int32_t standard_s, summer_s; /* offsets of the footer */
	struct rule begin, end;       /* of summer time */
};

static int64_t floor_div(int64_t a, int64_t b)
{
	return a / b - (a % b < 0);
}

/* ---- the footer: a POSIX TZ string, RFC 9636 section 3.3 ---- */

static bool parse_number(const char **p, int max, int *out)
{
	int value = 0;

	if (**p < '0' || **p > '9')
		return false;
	for (; **p >= '0' && **p <= '9'; (*p)++) {
		value = value * 10 + (**p - '0');
		if (value > max)
			return false;
	}
	*out = value;
	return true;
}

static bool take(const char **p, char c)
{
	if (**p != c)
		return false;
	(*p)++;
	return true;
}

/* [+-]hh[:mm[:ss]] as seconds */
static bool parse_hms(const char **p, int hours_max, int *seconds)
{
	bool minus = **p == '-';
	int h, m = 0, s = 0;

	if (!take(p, '-'))
		take(p, '+');
	if (!parse_number(p, hours_max, &h))
		return false;
	if (take(p, ':') && !parse_number(p, 59, &m))
		return false;
	if (take(p, ':') && !parse_number(p, 59, &s))
		return false;
	*seconds = (h * 60 + m) * 60 + s;
	if (minus)
		*seconds = -*seconds;
	return true;
}

/* Names are not used: three letters or more, or anything within <>. */
static bool skip_name(const char **p)
{
	const char *from = *p;

	if (take(p, '<')) {
		while (**p && **p != '>')
			(*p)++;
		return take(p, '>') && *p - from > 2;
	}
	while ((**p >= 'a' && **p <= 'z') || (**p >= 'A' && **p <= 'Z'))
		(*p)++;
	return *p - from >= 3;
}

static bool parse_rule(const char **p, struct rule *r)
{
	*r = (struct rule){.second = 2 * 3600};
	if (take(p, 'M')) {
		r->form = RULE_MONTH_WEEK;
		if (!parse_number(p, 12, &r->month) || !take(p, '.') || !parse_number(p, 5, &r->week) ||
		    !take(p, '.') || !parse_number(p, 6, &r->day) || r->month < 1 || r->week < 1)
			return false;
	} else if (take(p, 'J')) {
		r->form = RULE_JULIAN;
		if (!parse_number(p, 365, &r->day) || r->day < 1)
			return false;
	} else {
		r->form = RULE_ZERO_BASED;
		if (!parse_number(p, 365, &r->day))
			return false;
	}
	return !take(p, '/') || parse_hms(p, RULE_TIME_MAX_S / 3600, &r->second);
}

static bool parse_footer(struct tz *tz, const char *p)
{
	int west_s;

	if (!*p)
		return true; /* no rule: the last type holds for ever */
	if (!skip_name(&p) || !parse_hms(&p, 24, &west_s))
		return false;
	tz->has_footer = true;
	tz->standard_s = -west_s;
	if (!*p)
		return true;
	tz->has_summer = true;
	tz->summer_s = tz->standard_s + 3600;
	if (!skip_name(&p))
		return false;
	if (*p != ',') {
		if (!parse_hms(&p, 24, &west_s))
			return false;
		tz->summer_s = -west_s;
	}
	return take(&p, ',') && parse_rule(&p, &tz->begin) && take(&p, ',') &&
	       parse_rule(&p, &tz->end) && !*p;
}

/* ---- the file ---- */

struct block {
	const unsigned char *data;
	size_t isutcnt, isstdcnt, leapcnt, timecnt, typecnt, charcnt;
};

static uint32_t be32(const unsigned char *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static int64_t be64(const unsigned char *p)
{
	return (int64_t)((uint64_t)be32(p) << 32 | be32(p + 4));
}

/* Reads the header at p and finds the end of its block; NULL when it does not fit into n bytes. */
static const unsigned char *read_block(const unsigned char *p, size_t n, size_t time_size,
				       struct block *b)
{
	size_t need;

	if (n < HEADER || memcmp(p, "TZif", 4) != 0)
		return NULL;
	*b = (struct block){p + HEADER,      be32(p + 20), be32(p + 24), be32(p + 28),
			    be32(p + 32), be32(p + 36), be32(p + 40)};
	if (b->isutcnt > n || b->isstdcnt > n || b->leapcnt > n || b->timecnt > n || b->typecnt > n ||
	    b->charcnt > n)
		return NULL;
	need = HEADER + b->timecnt * (time_size + 1) + b->typecnt * 6 + b->charcnt +
	       b->leapcnt * (time_size + 4) + b->isstdcnt + b->isutcnt;
	return need <= n ? p + need : NULL;
}

static enum err corrupt(struct cx *cx, const char *name)
{
	return cx_fail(cx, ERR_CORRUPT, "the time zone file of %s is not well formed", name);
}

static enum err take_table(struct cx *cx, struct tz *tz, const struct block *b)
{
	const unsigned char *type = b->data + b->timecnt * 8, *types = type + b->timecnt;
	int64_t *change = cx_array(cx, b->timecnt, sizeof(*change));
	int32_t *offset = cx_array(cx, b->typecnt, sizeof(*offset));

	if (!change || !offset)
		return ERR_MEMORY;
	for (size_t i = 0; i < b->timecnt; i++) {
		change[i] = be64(b->data + 8 * i);
		if (type[i] >= b->typecnt || (i > 0 && change[i] <= change[i - 1]))
			return corrupt(cx, tz->name);
	}
	for (size_t i = 0; i < b->typecnt; i++) {
		offset[i] = (int32_t)be32(types + 6 * i);
		if (offset[i] <= OFFSET_MIN_S || offset[i] >= OFFSET_MAX_S)
			return corrupt(cx, tz->name);
	}
	tz->changes = b->timecnt;
	tz->change_s = change;
	tz->types = b->typecnt;
	tz->offset_s = offset;
	tz->type = cx_memdup(cx, type, b->timecnt);
	return tz->type ? ERR_OK : ERR_MEMORY;
}

static enum err take_footer(struct cx *cx, struct tz *tz, const unsigned char *p, size_t n)
{
	const unsigned char *end = n > 0 ? memchr(p + 1, '\n', n - 1) : NULL;
	char *footer;

	if (!end || *p != '\n')
		return corrupt(cx, tz->name);
	footer = cx_strndup(cx, (const char *)p + 1, (size_t)(end - p) - 1);
	if (!footer)
		return ERR_MEMORY;
	return parse_footer(tz, footer) ? ERR_OK : corrupt(cx, tz->name);
}

enum err tz_read(struct cx *cx, const char *name, const void *bytes, size_t n, struct tz **out)
{
	const unsigned char *p = bytes, *limit = p + n;
	struct tz *tz = CX_NEW(cx, struct tz);
	struct block b;

	if (!tz || !(tz->name = cx_strdup(cx, name)))
		return ERR_MEMORY;
	/* The first block has 32-bit times: it is for older readers and only skipped here. */
	if (n < HEADER || p[4] < '2' || !(p = read_block(p, n, 4, &b)))
		return corrupt(cx, name);
	p = read_block(p, (size_t)(limit - p), 8, &b);
	if (!p || b.typecnt == 0 || b.typecnt > TYPES_MAX)
		return corrupt(cx, name);
	if (b.leapcnt > 0)
		return cx_fail(cx, ERR_INVALID, "the time zone %s counts leap seconds", name);
	if (take_table(cx, tz, &b) || take_footer(cx, tz, p, (size_t)(limit - p)))
		return cx->err;
	*out = tz;
	return ERR_OK;
}

/* Letters, digits, _ + - in parts between single slashes: nothing that leads elsewhere. */
static bool good_name(const char *s)
{
	size_t n = strlen(s);

	if (n == 0 || n > NAME_MAX_BYTES || s[0] == '/' || s[n - 1] == '/' || strstr(s, "//"))
		return false;
	for (; *s; s++)
		if (!((*s >= 'a' && *s <= 'z') || (*s >= 'A' && *s <= 'Z') || (*s >= '0' && *s <= '9') ||
		      strchr("_+-/", *s)))
			return false;
	return true;
}

static enum err no_zone(struct cx *cx, const char *name)
{
	return cx_fail(cx, ERR_INVALID, "there is no time zone %s in %s", name, directory);
}

/* The file that a thread read last: a city asks for its one zone again and again, and reading it would be
 * most of the work. A newer tzdata brings other files. */
static _Thread_local struct {
	char name[NAME_MAX_BYTES + 1];
	struct stat file;
	size_t n;
	unsigned char byte[KEPT_MAX];
} kept;

static bool is_kept(const char *name, const struct stat *file)
{
	return strcmp(kept.name, name) == 0 && file->st_ino == kept.file.st_ino &&
	       file->st_dev == kept.file.st_dev && file->st_size == kept.file.st_size &&
	       file->st_mtim.tv_sec == kept.file.st_mtim.tv_sec &&
	       file->st_mtim.tv_nsec == kept.file.st_mtim.tv_nsec;
}

static void keep(const char *name, const struct stat *file, const char *bytes, size_t n)
{
	if (n > KEPT_MAX || (off_t)n != file->st_size)
		return;
	snprintf(kept.name, sizeof(kept.name), "%s", name);
	kept.file = *file;
	kept.n = n;
	memcpy(kept.byte, bytes, n);
}

static enum err read_zone(struct cx *cx, const char *name, char **bytes, size_t *n)
{
	char *path = cx_printf(cx, "%s/%s", directory, name);
	struct stat file;

	if (!path)
		return ERR_MEMORY;
	if (stat(path, &file))
		return no_zone(cx, name);
	if (is_kept(name, &file)) {
		*n = kept.n;
		*bytes = cx_memdup(cx, kept.byte, kept.n);
		return *bytes ? ERR_OK : ERR_MEMORY;
	}
	if (file_read(cx, path, FILE_MAX, bytes, n))
		return cx->err == ERR_MEMORY ? ERR_MEMORY : no_zone(cx, name);
	if (*n < 4 || memcmp(*bytes, "TZif", 4) != 0) /* other files live there too */
		return no_zone(cx, name);
	keep(name, &file, *bytes, *n);
	return ERR_OK;
}

enum err tz_open(struct cx *cx, const char *name, struct tz **out)
{
	char *bytes;
	size_t n;

	if (!good_name(name))
		return cx_fail(cx, ERR_INVALID, "'%.64s' is not a time zone such as Asia/Shanghai", name);
	return read_zone(cx, name, &bytes, &n) ? cx->err : tz_read(cx, name, bytes, n, out);
}

const char *tz_name(const struct tz *tz)
{
	return tz->name;
}

/* ---- instants ---- */

/* The local second (since 1970, by the clock on the wall) that the rule names in a year. */
static int64_t rule_local_s(const struct rule *r, int year)
{
	int32_t first = day_of_civil((struct civil){year, 1, 1}), day;
	int32_t march = day_of_civil((struct civil){year, 3, 1});

	switch (r->form) {
	case RULE_JULIAN: /* 29 February is never counted */
		day = first + r->day - 1;
		if (r->day >= 60 && march - first == 60)
			day++;
		break;
	case RULE_ZERO_BASED:
		day = first + r->day;
		break;
	default: { /* week 5 is the last one of the month */
		int32_t month = day_of_civil((struct civil){year, r->month, 1});
		int32_t next = r->month == 12 ? day_of_civil((struct civil){year + 1, 1, 1}) :
						day_of_civil((struct civil){year, r->month + 1, 1});

		day = month + (r->day - day_weekday(month) % 7 + 7) % 7 + (r->week - 1) * 7;
		if (day >= next)
			day -= 7;
		break;
	}
	}
	return (int64_t)day * DAY_S + r->second;
}

static int64_t summer_begin_s(const struct tz *tz, int year)
{
	return rule_local_s(&tz->begin, year) - tz->standard_s;
}

static int64_t summer_end_s(const struct tz *tz, int year)
{
	return rule_local_s(&tz->end, year) - tz->summer_s;
}

static int year_at(int64_t s)
{
	return civil_of_day((int32_t)floor_div(s, DAY_S)).year;
}

/* Whether s lies in the summer that begins in a year; south of the equator it ends in the next one. */
static bool in_summer_of(const struct tz *tz, int year, int64_t s)
{
	int64_t begin = summer_begin_s(tz, year), end = summer_end_s(tz, year);

	if (end <= begin)
		end = summer_end_s(tz, year + 1);
	return s >= begin && s < end;
}

/* The offset changes where a summer begins or ends, and nowhere else: a year's own beginning lies elsewhere
 * in each time, and its rules may reach into the years beside it by some days. */
static int32_t footer_offset_s(const struct tz *tz, int64_t s)
{
	int year;

	if (!tz->has_summer)
		return tz->standard_s;
	year = year_at(s);
	for (int y = year - 2; y <= year + 1; y++)
		if (in_summer_of(tz, y, s))
			return tz->summer_s;
	return tz->standard_s;
}

/* How many changes of the table lie at or before s. */
static size_t changes_until(const struct tz *tz, int64_t s)
{
	size_t low = 0, high = tz->changes;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (tz->change_s[middle] <= s)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static int32_t offset_at(const struct tz *tz, int64_t s)
{
	size_t n = changes_until(tz, s);

	if (n == tz->changes && tz->has_footer)
		return footer_offset_s(tz, s);
	return tz->offset_s[n == 0 ? 0 : tz->type[n - 1]]; /* type 0 holds before the first change */
}

/* The first instant after s at which the offset may change; INT64_MAX when there is none. */
static int64_t next_change_s(const struct tz *tz, int64_t s)
{
	size_t n = changes_until(tz, s);
	int64_t best = INT64_MAX;

	if (n < tz->changes)
		return tz->change_s[n];
	if (!tz->has_summer)
		return best;
	for (int year = year_at(s) - 1; year <= year_at(s) + 1; year++) {
		int64_t begin = summer_begin_s(tz, year), end = summer_end_s(tz, year);

		if (begin > s && begin < best)
			best = begin;
		if (end > s && end < best)
			best = end;
	}
	return best;
}

int tz_offset_s(const struct tz *tz, int64_t us)
{
	return offset_at(tz, floor_div(us, TIME_SECOND_US));
}

int32_t tz_day(const struct tz *tz, int64_t us)
{
	int64_t s = floor_div(us, TIME_SECOND_US);

	return (int32_t)floor_div(s + offset_at(tz, s), DAY_S);
}

int64_t tz_day_start_us(const struct tz *tz, int32_t day)
{
	int64_t midnight = (int64_t)day * DAY_S;
	int64_t s = midnight - OFFSET_MAX_S; /* no offset is so large: the day has not begun */

	BUG(day < DAY_MIN || day > DAY_MAX);
	for (;;) { /* from change to change; within one the clock runs evenly */
		int64_t next = next_change_s(tz, s), start = midnight - offset_at(tz, s);

		if (start < s)
			start = s;
		if (start < next)
			return start * TIME_SECOND_US;
		s = next;
	}
}
