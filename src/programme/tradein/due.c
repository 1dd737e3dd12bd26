/* What time asks for: bookings and offers that are over. */
#include "programme/city/city.h"
#include "programme/tradein/parts.h"

static enum err
visit_rows(struct cx *cx, struct reader *r, const char *sql, int64_t state, int64_t now_us,
	   enum err (*visit)(struct cx *, void *arg, const char *type, int64_t item), void *arg)
{
	db_auto_rows *rows = NULL;

	if (db_query(cx, r->db, &rows, sql, DB_ARGS(db_i64(r->city), db_i64(state), db_i64(now_us))))
		return cx->err;
	while (db_next(cx, rows))
		if (visit(cx, arg, "tradein.lapse", db_get_i64(rows, 0)))
			return cx->err;
	return cx->err;
}

/* The index of states finds them: SQLite would read all items for the sake of their order. ("+ 0" keeps
 * PostgreSQL, before it has statistics, from going through all devices of a state for each.) */
#define OF_STATE "i.item IN (SELECT y.item FROM item y WHERE y.city = $1 AND y.state = $2)"

enum err tradein_due(struct cx *cx, struct reader *r, int64_t now_us,
		     enum err (*visit)(struct cx *, void *arg, const char *type, int64_t item), void *arg)
{
	/* One side has confirmed: the hand-over is under way, and somebody must look. */
	static const char bookings[] =
		"SELECT i.item FROM item i JOIN trade_order o ON o.city = i.city AND o.order_id = i.order_id "
		"WHERE i.city = $1 AND " OF_STATE " AND i.given_us IS NULL AND i.taken_us IS NULL "
		"AND o.lapse_us <= $3 ORDER BY i.item";
	/* A device that is held or lost waits for its release, or for compensation. */
	static const char offers[] =
		"SELECT i.item FROM item i JOIN device d ON d.city = i.city AND d.device = i.device "
		"WHERE i.city = $1 AND " OF_STATE " AND i.offer_until_us <= $3 AND d.state + 0 = 0 AND "
		"d.to_site IS NULL "
		"ORDER BY i.item";

	int64_t clock_us;

	_Static_assert(DEVICE_CUSTODY == 0, "the query says so");
	if (city_now(cx, r, r->city, &clock_us))
		return cx->err;
	if (clock_us < now_us)
		now_us = clock_us;
	if (visit_rows(cx, r, bookings, ITEM_BOOKED, now_us, visit, arg) ||
	    visit_rows(cx, r, offers, ITEM_OFFERED, now_us, visit, arg))
		return cx->err;
	if (visit_rows(cx, r, offers, ITEM_INSPECTED, now_us, visit, arg))
		return cx->err;
	return visit_rows(cx, r, offers, ITEM_KEPT, now_us, visit, arg);
}
