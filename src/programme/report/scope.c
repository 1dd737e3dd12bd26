/* The period as ranges of entries, and queries with both put in. */
#include "kernel/books.h"
#include "programme/report/parts.h"

/* When an entry was recorded. */
static enum err recorded_at(struct cx *cx, struct reader *r, int64_t city, int64_t seq, int64_t *out)
{
	struct cx_mark mark = cx_mark(cx);
	struct entry e;

	if (entry_read(cx, r->db, r->domain, city, seq, &e))
		return cx->err;
	*out = e.recorded_us;
	cx_restore(cx, mark);
	return ERR_OK;
}

/* The first entry recorded at or after a time, by halving: times never go back. */
static enum err first_at(struct cx *cx, struct reader *r, int64_t city, int64_t size, int64_t us,
			 int64_t *out)
{
	int64_t low = 0, high = size, at = 0;

	while (low < high) {
		int64_t middle = low + (high - low) / 2;

		if (recorded_at(cx, r, city, middle, &at))
			return cx->err;
		if (at < us)
			low = middle + 1;
		else
			high = middle;
	}
	*out = low;
	return ERR_OK;
}

/* Columns: city, size, recorded_us. */
static enum err add_city(struct cx *cx, struct reader *r, const struct db_rows *rows, struct scope *s)
{
	struct seq_range *range = &s->range[s->cities];
	int64_t size = db_get_i64(rows, 1), last = db_get_i64(rows, 2);

	if (s->cities == REPORT_CITIES_MAX)
		return cx_fail(cx, ERR_TOO_LARGE, "a report covers at most %d cities", REPORT_CITIES_MAX);
	*range = (struct seq_range){.city = db_get_i64(rows, 0), .first = 0, .end = size};
	if (s->from_us > 0 && first_at(cx, r, range->city, size, s->from_us, &range->first))
		return cx->err;
	if (s->to_us <= last && first_at(cx, r, range->city, size, s->to_us, &range->end))
		return cx->err;
	if (last > s->now_us)
		s->now_us = last;
	s->cities++;
	return ERR_OK;
}

enum err scope_init(struct cx *cx, struct reader *r, int64_t city, int64_t from_us, int64_t to_us,
		    struct scope *out)
{
	static const char sql[] =
		"SELECT city, size, recorded_us FROM log_head WHERE city > 0 AND ($1 < 0 OR city = $1) "
		"ORDER BY city";
	db_auto_rows *rows = NULL;

	*out = (struct scope){.domain = r->domain, .city = city, .from_us = from_us, .to_us = to_us};
	if (from_us < 0 || to_us <= from_us)
		return cx_fail(cx, ERR_INVALID, "the period ends before it begins");
	if (db_query(cx, r->db, &rows, sql, DB_ARGS(db_i64(city))))
		return cx->err;
	while (db_next(cx, rows)) {
		if (add_city(cx, r, rows, out))
			return cx->err;
	}
	if (!cx->err && out->cities == 0)
		cx_fail(cx, ERR_NOT_FOUND, "there is no city to report on");
	if (out->now_us > to_us)
		out->now_us = to_us;
	return cx->err;
}

/* --- tokens --- */

static void add_city_condition(const struct scope *s, const char *alias, struct sb *sb)
{
	if (s->city == REPORT_ALL)
		sb_printf(sb, "%s.city > 0", alias);
	else
		sb_printf(sb, "%s.city = %lld", alias, (long long)s->city);
}

static void add_log_condition(const struct scope *s, const char *alias, struct sb *sb)
{
	size_t i;

	if (s->from_us == 0 && s->to_us == JSON_INT_MAX) {
		add_city_condition(s, alias, sb);
		return;
	}
	sb_char(sb, '(');
	for (i = 0; i < s->cities; i++)
		sb_printf(sb, "%s%s.city = %lld AND %s.seq >= %lld AND %s.seq < %lld", i ? " OR " : "", alias,
			(long long)s->range[i].city, alias, (long long)s->range[i].first, alias,
			(long long)s->range[i].end);
	sb_char(sb, ')');
}

static void add_time_condition(const struct scope *s, const char *expr, struct sb *sb)
{
	if (s->from_us == 0 && s->to_us == JSON_INT_MAX)
		sb_printf(sb, "%s IS NOT NULL", expr);
	else
		sb_printf(sb, "%s >= %lld AND %s < %lld", expr, (long long)s->from_us, expr,
			(long long)s->to_us);
}

static void add_names(const char *const *names, const char *expr, struct sb *sb)
{
	int i;

	sb_printf(sb, "CASE %s", expr);
	for (i = 0; names[i]; i++)
		sb_printf(sb, " WHEN %d THEN '%s'", i, names[i]);
	sb_str(sb, " END");
}

static void add_account_names(const struct domain *d, const char *expr, struct sb *sb)
{
	int code;

	sb_printf(sb, "CASE %s", expr);
	for (code = PC_OUTSIDE; code < DOMAIN_CODES; code++) {
		const struct account_kind *k = domain_account(d, code);

		if (k)
			sb_printf(sb, " WHEN %d THEN '%s'", code, k->name);
	}
	sb_str(sb, " END");
}

/* token: without its braces. */
static void add_token(const struct scope *s, char *token, struct sb *sb)
{
	char *expr = strchr(token, ':');

	if (expr)
		*expr++ = 0;
	if (strcmp(token, "now") == 0)
		sb_i64(sb, s->now_us);
	else if (strcmp(token, "city") == 0)
		add_city_condition(s, expr, sb);
	else if (strcmp(token, "log") == 0)
		add_log_condition(s, expr, sb);
	else if (strcmp(token, "time") == 0)
		add_time_condition(s, expr, sb);
	else if (strcmp(token, "account") == 0)
		add_account_names(s->domain, expr, sb);
	else {
		BUG(!report_names(token));
		add_names(report_names(token), expr, sb);
	}
}

char *scope_query(struct cx *cx, const struct scope *s, const char *sql)
{
	struct sb sb;

	sb_init(&sb, cx, REPORT_SQL_MAX);
	while (*sql) {
		size_t n = strcspn(sql, "{");
		char token[80];

		sb_add(&sb, sql, n);
		sql += n;
		if (!*sql)
			break;
		n = strcspn(++sql, "}");
		BUG(sql[n] != '}' || n >= sizeof(token));
		memcpy(token, sql, n);
		token[n] = 0;
		add_token(s, token, &sb);
		sql += n + 1;
	}
	return sb_end(&sb) ? NULL : sb.data;
}
