/* desk.tasks, desk.waiting: what waits at the bench, by what is to be done, the longest waiting first.
 *
 * A task is one or two states, so the index of states finds its devices; they are sorted within the task.
 * A planner without statistics would read all devices ever taken instead, so each query asks that index alone
 * for the ids first. What is on its way belongs to one task, whatever its state.
 */
#include "programme/desk/parts.h"

#define MOVING "(custody % $2 = $3)"
#define HERE(state) "state = " state " AND NOT " MOVING
#define WAITING "device IN (SELECT d.device FROM device d WHERE d.city = $1 AND d.state IN (%s))"
#define ALL_STATES "0, 1, 2, 3, 4, 5, 7, 9, 11, 13"
static const struct {
	const char *name, *where, *states;
} tasks[] = {
	{"inspect", HERE("0") " AND grade_c IS NULL", "0"},
	{"arrive", MOVING " AND state <> 11", "0, 1, 2, 3, 4, 5, 7, 9, 13"},
	{"erase", HERE("1") " AND storage = 1", "1"},
	{"erasing", HERE("2"), "2"},
	{"failed", HERE("4"), "4"},
	{"decide", "(state = 3 OR (state = 1 AND storage = 0)) AND NOT " MOVING, "1, 3"},
	{"shelve", HERE("5"), "5"},
	{"deliver", HERE("7"), "7"},
	{"recover", HERE("9"), "9"},
	{"back", "state = 11 AND (" MOVING " OR NOT " MOVING ")", "11"}, /* also what is on its way */
	{"held", HERE("13"), "13"},
	{"waits", HERE("0") " AND grade_c IS NOT NULL", "0"}};
_Static_assert(DEVICE_CUSTODY == 0 && DEVICE_OWNED == 1 && DEVICE_ERASING == 2 && DEVICE_ERASED == 3 &&
	       DEVICE_ERASE_FAILED == 4 && DEVICE_STOCK == 5 && DEVICE_SOLD == 7 && DEVICE_TO_RECOVER == 9 &&
	       DEVICE_RETURNING == 11 && DEVICE_HELD == 13, "numbers in the queries");
static const char *const names[] = {"inspect", "arrive", "erase", "erasing", "failed", "decide", "shelve",
				    "deliver", "recover", "back", "held", "waits", NULL};
_Static_assert(ARRAY_LEN(names) == ARRAY_LEN(tasks) + 1, "a name for each task");

const struct field desk_tasks_params[] = {
	F_ID(struct desk_tasks, site, IN, "only at this site"), F_END};
struct task {
	int64_t task, count, oldest_us;
};
const struct field desk_tasks_shown[] = {
	F_ENUM(struct task, task, OUT | REQ, names, "what is to be done"),
	F_INT(struct task, count, OUT | REQ, 0, JSON_INT_MAX, NULL, "devices that wait for it"),
	F_US(struct task, oldest_us, OUT, "since when, the one that waits longest"),
	F_END};
const struct field desk_waiting_params[] = {
	F_ENUM(struct desk_waiting, task, IN | REQ, names, "what is to be done"),
	F_ID(struct desk_waiting, site, IN, "only at this site"),
	PAGE_FIELDS(struct desk_waiting),
	F_END};

/* An organisation sees the devices that it took and those at its sites: of what waits, not of all ever taken.
 * $1 city, $2 and $3: an account by $2 leaves its kind, $3 is that of what is on its way; $4 the site or -1,
 * $5 the organisation or 0. */
static const char of_caller[] =
	" AND ($4 < 0 OR site = $4) AND ($5 = 0 OR site IN (SELECT site FROM site WHERE city = $1 AND "
	"party = $5) OR EXISTS (SELECT 1 FROM item i JOIN trade_order o ON o.city = i.city AND "
	"o.order_id = i.order_id WHERE i.city = $1 AND i.item = device.item AND o.merchant = $5))";

/* All tasks in one pass over what waits for any. */
static enum err count_tasks(struct cx *cx, struct reader *r, int64_t site, struct task out[])
{
	db_auto_rows *rows = NULL;
	struct sb sql;

	sb_init(&sql, cx, 16000);
	for (size_t n = 0; n < ARRAY_LEN(tasks); n++)
		sb_printf(&sql, "%s COUNT(CASE WHEN %s THEN 1 END), MIN(CASE WHEN %s THEN since_us END)",
			  n ? "," : "SELECT", tasks[n].where, tasks[n].where);
	sb_printf(&sql, " FROM device WHERE city = $1 AND " WAITING "%s", ALL_STATES, of_caller);
	if (sb_end(&sql) || db_query(cx, r->db, &rows, sql.data,
				     DB_ARGS(db_i64(r->city), db_i64(DOMAIN_CODES), db_i64(PC_TRANSIT),
					     db_i64(site), db_i64(r->who.org))))
		return cx->err;
	if (!db_next(cx, rows))
		return cx->err;
	for (int n = 0; n < (int)ARRAY_LEN(tasks); n++)
		out[n] = (struct task){n, db_get_i64(rows, 2 * n),
				       db_is_null(rows, 2 * n + 1) ? FIELD_NONE :
								     db_get_i64(rows, 2 * n + 1)};
	return ERR_OK;
}

enum err desk_tasks_run(struct cx *cx, struct reader *r, const void *params, struct json_writer *w)
{
	const struct desk_tasks *p = params;
	struct task t[ARRAY_LEN(tasks)] = {0};

	if (count_tasks(cx, r, field_or(p->site, -1), t))
		return cx->err;
	jw_name(w, "items");
	jw_array(w);
	for (size_t n = 0; n < ARRAY_LEN(tasks); n++) {
		jw_object(w);
		field_write(w, desk_tasks_shown, OUT, &t[n]);
		jw_object_end(w);
	}
	jw_array_end(w);
	return ERR_OK;
}

/* Where a page begins: behind this device, which waits since then. */
static enum err read_place(struct cx *cx, const char *after, int64_t *since_us, int64_t *device)
{
	long long since, id;
	int end = -1;

	*since_us = *device = -1;
	if (!after)
		return ERR_OK;
	if (sscanf(after, "%lld.%lld%n", &since, &id, &end) != 2 || after[end] || since < 0 || id < 0 ||
	    since > JSON_INT_MAX || id > JSON_INT_MAX)
		return cx_fail(cx, ERR_INVALID, "after: \"%.40s\" is no cursor of this list", after);
	*since_us = since;
	*device = id;
	return ERR_OK;
}

static enum err write_waiting(struct cx *cx, struct db_rows *rows, int64_t page, struct json_writer *w)
{
	struct device d = {0};
	int64_t count = 0;
	char *next;

	jw_name(w, "items");
	jw_array(w);
	for (; count < page && db_next(cx, rows); count++) {
		if (field_row(cx, device_table.fields, rows, &d))
			return cx->err;
		jw_object(w);
		if (reader_write_row(cx, &device_table, rows, w))
			return cx->err;
		device_row_more(cx, w, &d);
		jw_object_end(w);
	}
	jw_array_end(w);
	if (cx->err || count < page || !db_next(cx, rows))
		return cx->err;
	next = cx_printf(cx, "%lld.%lld", (long long)d.since_us, (long long)d.device);
	if (!next)
		return cx->err;
	jw_text_at(w, "next", next);
	return ERR_OK;
}

enum err desk_waiting_run(struct cx *cx, struct reader *r, const void *params, struct json_writer *w)
{
	const struct desk_waiting *p = params;
	int64_t page = list_ask(p->limit) - 1, since, device;
	db_auto_rows *rows = NULL;
	char *sql = cx_printf(
		cx,
		"SELECT %s FROM device WHERE city = $1 AND " WAITING " AND %s%s "
		"AND (since_us, device) > ($6, $7) ORDER BY since_us, device LIMIT $8",
		reader_columns(&device_table), tasks[p->task].states, tasks[p->task].where, of_caller);

	if (!sql || read_place(cx, p->after, &since, &device) ||
	    db_query(cx, r->db, &rows, sql,
		     DB_ARGS(db_i64(r->city), db_i64(DOMAIN_CODES), db_i64(PC_TRANSIT),
			     db_i64(field_or(p->site, -1)), db_i64(r->who.org), db_i64(since),
			     db_i64(device), db_i64(page + 1))))
		return cx->err;
	return write_waiting(cx, rows, page, w);
}
