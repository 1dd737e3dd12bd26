/* The period as ranges of entries, and queries with both put in.
 *
 * What moved is summed over whole blocks of entries (table `turnover`). Of a block that the period cuts, the
 * entries within the period are read, and what they moved stands in the queries as it is.
 */
#include "kernel/books.h"
#include "kernel/journal.h"
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
enum err scope_first(struct cx *cx, struct reader *r, int64_t city, int64_t size, int64_t us, int64_t *out)
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

enum { EDGES_MAX = 1024 };

/* --- what moved at the period's ends --- */

static int64_t block_of(int64_t seq) { return seq - seq % TURNOVER_ENTRIES; }
static int64_t block_from(int64_t seq) { return block_of(seq + TURNOVER_ENTRIES - 1); }

static enum err add_edge(struct cx *cx, struct scope *s, const struct transfer *t)
{
	const struct lives_move m = {.from = account_code(t->from), .to = account_code(t->to),
				     .unit = t->unit, .tax = t->tax ? t->tax : "", .transfers = 1,
				     .amount = t->amount};

	return moves_add(cx, s->edge, &s->edges, EDGES_MAX, &m);
}

static enum err read_edge(struct cx *cx, struct reader *r, struct scope *s, int64_t city, int64_t first,
			  int64_t end)
{
	journal_auto *j = NULL;
	struct journal_line line;
	struct cx read;
	enum err err = ERR_OK;

	if (first >= end)
		return ERR_OK;
	if (journal_open(cx, r->db, city, first, &j))
		return cx->err;
	cx_init(&read, SIZE_MAX / 2);
	while (!err && first < end && journal_next(cx, j, &line, NULL)) {
		const struct transfer *t;
		struct entry e;
		err = entry_decode(&read, r->domain, line.body, line.n, &e);
		if (err)
			cx_pass(cx, &read);
		t = err ? NULL : e.transfers.item;
		for (size_t i = 0; !err && i < e.transfers.count; i++)
			if (transfer_moves(&t[i]))
				err = add_edge(cx, s, &t[i]);
		first++;
		cx_reset(&read);
	}
	cx_done(&read);
	return cx->err;
}

/* The entries of the city that no whole block of the period holds. */
static enum err read_edges(struct cx *cx, struct reader *r, struct scope *s, struct seq_range *range,
			   int64_t size)
{
	range->blocks = block_from(range->first);
	range->blocks_end = range->end == size ? block_from(size) : block_of(range->end);
	if (range->blocks >= range->blocks_end)
		return read_edge(cx, r, s, range->city, range->first, range->end);
	if (read_edge(cx, r, s, range->city, range->first, range->blocks))
		return cx->err;
	return read_edge(cx, r, s, range->city, range->blocks_end, range->end);
}

/* Columns: city, size, recorded_us. */
static enum err add_city(struct cx *cx, struct reader *r, const struct db_rows *rows, struct scope *s)
{
	struct seq_range *range = &s->range[s->cities];
	int64_t size = db_get_i64(rows, 1), last = db_get_i64(rows, 2);

	if (s->cities == REPORT_CITIES_MAX)
		return cx_fail(cx, ERR_TOO_LARGE, "a report covers at most %d cities", REPORT_CITIES_MAX);
	*range = (struct seq_range){.city = db_get_i64(rows, 0), .size = size, .first = 0, .end = size};
	if (s->from_us > 0 && scope_first(cx, r, range->city, size, s->from_us, &range->first))
		return cx->err;
	if (s->to_us <= last && scope_first(cx, r, range->city, size, s->to_us, &range->end))
		return cx->err;
	if (read_edges(cx, r, s, range, size))
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
	out->edge = cx_array(cx, EDGES_MAX, sizeof(*out->edge));
	if (!out->edge)
		return cx->err;
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

/* Whole blocks; a block that the log's end cuts is one. */
static void add_log_condition(const struct scope *s, const char *alias, struct sb *sb)
{
	size_t i;

	if (s->from_us == 0 && s->to_us == JSON_INT_MAX) {
		add_city_condition(s, alias, sb);
		return;
	}
	sb_char(sb, '(');
	for (i = 0; i < s->cities; i++)
		sb_printf(sb, "%s%s.city = %lld AND %s.seq >= %lld AND %s.seq < %lld", i ? " OR " : "",
			  alias, (long long)s->range[i].city, alias, (long long)s->range[i].blocks, alias,
			  (long long)s->range[i].blocks_end);
	sb_char(sb, ')');
}

/* Rows beside those of the blocks. */
static void add_edges(struct cx *cx, const struct scope *s, struct sb *sb)
{
	const char *rows = s->edges ? moves_text(cx, s->edge, s->edges) : "";

	if (!rows)
		sb->err = cx->err;
	if (!rows || !*rows)
		return;
	sb_str(sb, " UNION ALL ");
	sb_add(sb, rows + 1, strlen(rows) - 2); /* without their brackets */
}

static void add_since(const struct scope *s, const char *expr, struct sb *sb)
{
	if (s->from_us == 0)
		sb_printf(sb, "%s IS NOT NULL", expr);
	else
		sb_printf(sb, "%s >= %lld", expr, (long long)s->from_us);
}

static void add_time_condition(const struct scope *s, const char *expr, struct sb *sb)
{
	add_since(s, expr, sb);
	if (s->to_us != JSON_INT_MAX)
		sb_printf(sb, " AND %s < %lld", expr, (long long)s->to_us);
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

/* A query being written. */
struct expanding {
	struct cx *cx;
	const struct scope *s;
	bool known;
};
static void expand(const struct expanding *x, const char *sql, size_t n, struct sb *out);

static int cube_named(const char *name) { return (int)field_enum(report_cubes, name); }

static void add_token(const struct expanding *x, const char *name, const char *arg, struct sb *out)
{
	const struct scope *s = x->s;
	const char *piece = report_piece(name);
	int cube = cube_named(name);

	if (x->known && cube >= 0 && s->known[cube])
		sb_str(out, s->known[cube]);
	else if (piece)
		expand(x, piece, strlen(piece), out);
	else if (strcmp(name, "now") == 0)
		sb_i64(out, s->now_us);
	else if (strcmp(name, "city") == 0)
		add_city_condition(s, arg, out);
	else if (strcmp(name, "log") == 0)
		add_log_condition(s, arg, out);
	else if (strcmp(name, "edges") == 0)
		add_edges(x->cx, s, out);
	else if (strcmp(name, "time") == 0)
		add_time_condition(s, arg, out);
	else if (strcmp(name, "since") == 0)
		add_since(s, arg, out);
	else if (strcmp(name, "sum") == 0)
		sb_printf(out, "CAST(COALESCE(SUM(%s), 0) AS BIGINT)", arg);
	else if (strcmp(name, "account") == 0)
		add_account_names(s->domain, arg, out);
	else {
		BUG(!report_names(name));
		add_names(report_names(name), arg, out);
	}
}

/* Bytes of the token that begins at sql, with both its braces. */
static size_t token_length(const char *sql, size_t n)
{
	size_t i, depth = 0;

	for (i = 0; i < n; i++) {
		if (sql[i] == '{')
			depth++;
		else if (sql[i] == '}' && --depth == 0)
			return i + 1;
	}
	BUG(true); /* a token that is not closed */
	return 0;
}

/* "{name:argument}": the argument is expanded first. */
static void expand_token(const struct expanding *x, const char *token, size_t n, struct sb *out)
{
	size_t named = strcspn(token + 1, ":}");
	char name[32];
	struct sb arg;

	BUG(named >= sizeof(name));
	memcpy(name, token + 1, named);
	name[named] = 0;
	sb_init(&arg, x->cx, REPORT_SQL_MAX);
	if (token[named + 1] == ':')
		expand(x, token + named + 2, n - named - 3, &arg);
	if (sb_end(&arg)) { /* half an argument would make another query */
		out->err = arg.err;
		return;
	}
	add_token(x, name, arg.data, out);
}

static void expand(const struct expanding *x, const char *sql, size_t n, struct sb *out)
{
	size_t i = 0;

	while (i < n) {
		if (sql[i] == '{') {
			size_t length = token_length(sql + i, n - i);

			expand_token(x, sql + i, length, out);
			i += length;
		} else {
			sb_char(out, sql[i++]);
		}
	}
}

char *scope_query(struct cx *cx, const struct scope *s, const char *sql, bool known)
{
	const struct expanding x = {.cx = cx, .s = s, .known = known};
	struct sb sb;

	sb_init(&sb, cx, REPORT_SQL_MAX);
	expand(&x, sql, strlen(sql), &sb);
	return sb_end(&sb) ? NULL : sb.data;
}

unsigned scope_cubes(const char *sql)
{
	unsigned found = 0;

	for (sql = strchr(sql, '{'); sql; sql = strchr(sql + 1, '{')) {
		size_t n = strcspn(sql + 1, ":}");
		char name[32];
		int cube;

		BUG(n >= sizeof(name));
		memcpy(name, sql + 1, n);
		name[n] = 0;
		cube = cube_named(name);
		if (cube >= 0)
			found |= 1U << cube;
		else if (report_piece(name))
			found |= scope_cubes(report_piece(name));
	}
	return found;
}

enum err scope_sum_moved(struct cx *cx, struct reader *r, struct scope *s)
{
	static const char sql[] = "SELECT t.from_kind, t.to_kind, t.unit, t.tax, {sum:t.transfers}, "
				  "{sum:t.amount} FROM {moved} AS t GROUP BY t.from_kind, t.to_kind, t.unit, "
				  "t.tax";
	struct lives_move *m = cx_array(cx, MOVES_MAX, sizeof(*m));
	char *query = scope_query(cx, s, sql, false);
	db_auto_rows *rows = NULL;
	size_t n = 0;

	if (!m || !query || db_query(cx, r->db, &rows, query, DB_NONE))
		return cx->err;
	while (db_next(cx, rows)) {
		if (n == MOVES_MAX)
			return cx_fail(cx, ERR_TOO_LARGE, "more than %d ways of transfers", MOVES_MAX);
		m[n] = (struct lives_move){
			.from = (int)db_get_i64(rows, 0), .to = (int)db_get_i64(rows, 1),
			.unit = cx_strdup(cx, db_get_text(rows, 2)),
			.tax = cx_strdup(cx, db_get_text(rows, 3)),
			.transfers = db_get_i64(rows, 4), .amount = db_get_i64(rows, 5)};
		n++;
	}
	if (cx->err)
		return cx->err;
	s->known[CUBE_MOVED] = moves_text(cx, m, n);
	return cx->err;
}
