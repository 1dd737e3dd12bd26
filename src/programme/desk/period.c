/* period.c: what happened in a period of local days: which ids fall into it, and the rows behind them.
 *
 * Orders and devices are numbered as they come, and their times never go back within a city. So the ids of a
 * period are found by halving, and no index of times is needed.
 */
#include "base/time.h"
#include "base/tz.h"
#include "programme/desk/parts.h"

const char *const desk_bases[] = {"taken", "booked", NULL};

static enum err read_zone(struct cx *cx, struct reader *r, struct tz **out)
{
	const void *row;

	if (reader_find(cx, r, &city_table, &(struct city){.city = r->city}, &row))
		return cx->err;
	if (!row)
		return cx_fail(cx, ERR_NOT_FOUND, "there is no city %lld", (long long)r->city);
	return tz_open(cx, ((const struct city *)row)->time_zone, out);
}

/* The smallest id whose row is of that time or later; behind the last, when there is none. */
static enum err first_id(struct cx *cx, struct reader *r, bool booked, int64_t us, int64_t *out)
{
	static const char *const begins[] = {
		"SELECT COALESCE(MIN(device), 1) FROM device WHERE city = $1",
		"SELECT COALESCE(MIN(order_id), 1) FROM trade_order WHERE city = $1"};
	static const char *const ends[] = {
		"SELECT COALESCE(MAX(device), 0) FROM device WHERE city = $1",
		"SELECT COALESCE(MAX(order_id), 0) FROM trade_order WHERE city = $1"};
	static const char *const rows_from[] = {
		"SELECT device, received_us FROM device WHERE city = $1 AND device >= $2 "
		"ORDER BY device LIMIT 1",
		"SELECT order_id, booked_us FROM trade_order WHERE city = $1 AND order_id >= $2 "
		"ORDER BY order_id LIMIT 1"};
	int64_t below, above; /* ids up to `below` are earlier, those from `above` on are not */

	if (db_one_i64(cx, r->db, &below, begins[booked], DB_ARGS(db_i64(r->city))) ||
	    db_one_i64(cx, r->db, &above, ends[booked], DB_ARGS(db_i64(r->city))))
		return cx->err;
	for (below--, above++; below + 1 < above;) {
		int64_t middle = below + (above - below) / 2;
		db_auto_rows *rows = NULL;

		if (db_query(cx, r->db, &rows, rows_from[booked], DB_ARGS(db_i64(r->city), db_i64(middle))))
			return cx->err;
		if (!db_next(cx, rows) && cx->err)
			return cx->err;
		if (!db_get_i64(rows, 0) || db_get_i64(rows, 1) >= us)
			above = middle;
		else
			below = db_get_i64(rows, 0);
	}
	*out = above;
	return ERR_OK;
}

enum err desk_period(struct cx *cx, struct reader *r, const struct desk_asked *p, struct desk_span *out)
{
	struct desk_span s = {.booked = p->of == 1};
	struct tz *tz;
	int64_t now_us;

	if (read_zone(cx, r, &tz) || city_now(cx, r, r->city, &now_us))
		return cx->err;
	s.from_day = tz_day(tz, now_us);
	if (p->from && day_parse(cx, p->from, &s.from_day))
		return cx_prefix(cx, "from: ");
	s.to_day = p->from && !p->to ? tz_day(tz, now_us) + 1 : s.from_day + 1;
	if (p->to && day_parse(cx, p->to, &s.to_day))
		return cx_prefix(cx, "to: ");
	if (s.to_day <= s.from_day)
		return cx_fail(cx, ERR_INVALID, "from: the period ends before it begins");
	if (first_id(cx, r, s.booked, tz_day_start_us(tz, s.from_day), &s.first) ||
	    first_id(cx, r, s.booked, tz_day_start_us(tz, s.to_day), &s.end))
		return cx->err;
	*out = s;
	return ERR_OK;
}

/* Orders first (CROSS JOIN is an order to SQLite): the period is one of their ids. */
static const char *const from[] = {
	" FROM device d JOIN item i ON i.city = d.city AND i.item = d.item "
	"JOIN trade_order o ON o.city = i.city AND o.order_id = i.order_id "
	"WHERE d.city = $1 AND d.device >= $2 AND d.device < $3",
	" FROM trade_order o CROSS JOIN item i "
	"LEFT JOIN device d ON d.city = i.city AND d.device = i.device "
	"WHERE i.city = o.city AND " ITEMS_OF_ORDER " "
	"AND o.city = $1 AND o.order_id >= $2 AND o.order_id < $3"};

static void condition(struct desk_query *q, const char *text, struct db_val value)
{
	q->val[q->n++] = value;
	sb_printf(&q->sql, text, q->n);
}

void desk_from(struct desk_query *q, const struct reader *r, const struct desk_asked *p,
	       const struct desk_span *s)
{
	q->val[0] = db_i64(r->city);
	q->val[1] = db_i64(s->first);
	q->val[2] = db_i64(s->end);
	q->n = 3;
	sb_str(&q->sql, from[s->booked]);
	/* "+ 0": without statistics PostgreSQL thinks as well of an index of these as of the period's key,
	 * and goes through all rows of the one for each of the other. */
	if (r->who.org != 0)
		condition(q, " AND o.merchant + 0 = $%d", db_i64(r->who.org));
	if (p->merchant != FIELD_NONE)
		condition(q, " AND o.merchant + 0 = $%d", db_i64(p->merchant));
	if (p->site != FIELD_NONE)
		condition(q, " AND COALESCE(i.taken_site, o.site) = $%d", db_i64(p->site));
	if (p->category)
		condition(q, " AND COALESCE(d.category, i.category) = $%d", db_text(p->category));
	if (p->state != FIELD_NONE)
		condition(q, " AND i.state + 0 = $%d", db_i64(p->state));
	if (p->device_state != FIELD_NONE)
		condition(q, " AND d.state + 0 = $%d", db_i64(p->device_state));
	if (p->revised != FIELD_NONE)
		sb_printf(&q->sql, " AND i.offered_minor IS %sNULL", p->revised ? "NOT " : "");
}
