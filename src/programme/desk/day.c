/* day.c: what a counter took today, and counts of the same by site, merchant, category or state. */
#include "base/time.h"
#include "programme/desk/parts.h"

enum { GROUPS_MAX = 5000, IDS_MAX = 8000000 };

/* What both views are asked first: their parameters begin with it. */
#define ASKED                                                                                       \
	F_TEXT(struct desk_asked, from, IN, 10, 10, "from this local day on: 2026-01-31; else today"), \
	F_TEXT(struct desk_asked, to, IN, 10, 10, "until before this day; absent: up to now"),          \
	F_ENUM(struct desk_asked, of, IN, desk_bases,                                               \
	       "the period is that of taking in, or of booking; taken when absent"),                \
	F_ID(struct desk_asked, site, IN, "taken at this site"),                                    \
	F_ID(struct desk_asked, merchant, IN, "taken by this merchant"),                            \
	F_TEXT(struct desk_asked, category, IN, 1, 40, "devices of this category"),                 \
	F_ENUM(struct desk_asked, state, IN, item_states, "items in this state now"),               \
	F_ENUM(struct desk_asked, device_state, IN, device_states, "devices in this state now"),    \
	F_BOOL(struct desk_asked, revised, IN, "those with, or without, a revised offer")

/* --- desk.items --- */

const struct field desk_items_params[] = {
	ASKED, PAGE_FIELDS(struct desk_items), F_END};

struct row {
	int64_t item, order, state, since_us, device, model, quoted_minor, bonus_minor, offered_minor;
	int64_t agreed_minor, booked_us, site, merchant, channel, device_state, received_us;
	const char *category, *name, *label;
};
const struct field desk_items_shown[] = {
	F_ID(struct row, item, OUT | REQ, "the item"),
	F_ID(struct row, order, OUT | REQ, "its order"),
	F_ENUM(struct row, state, OUT | REQ, item_states, "where the item is"),
	F_US(struct row, since_us, OUT | REQ, "in this state since"),
	F_ID(struct row, device, OUT, "the device; absent before it was taken in"),
	F_TEXT(struct row, label, OUT, 1, 32, "code on the device's label"),
	F_ENUM(struct row, device_state, OUT, device_states, "where the device is in its life"),
	F_TEXT(struct row, category, OUT | REQ, 1, 40, "category, as found, else as declared"),
	F_ID(struct row, model, OUT, "model, as found, else as declared"),
	F_TEXT(struct row, name, OUT, 1, 400, "its brand and name"),
	F_MINOR(struct row, quoted_minor, OUT | REQ, "promised"),
	F_MINOR(struct row, bonus_minor, OUT, "bonus on top"),
	F_MINOR(struct row, offered_minor, OUT, "revised offer"),
	F_MINOR(struct row, agreed_minor, OUT, "agreed"),
	F_US(struct row, booked_us, OUT | REQ, "booked at"),
	F_US(struct row, received_us, OUT, "taken in at"),
	F_ID(struct row, site, OUT, "where it was taken, or is to be"),
	F_ID(struct row, merchant, OUT | REQ, "who took it, or is to"),
	F_ENUM(struct row, channel, OUT | REQ, order_channels, "how it came"),
	F_END};

static int64_t or_none(const struct db_rows *rows, int column)
{
	return db_is_null(rows, column) ? FIELD_NONE : db_get_i64(rows, column);
}

static const char row_columns[] =
	"SELECT i.item, i.order_id, i.state, i.since_us, i.device, COALESCE(d.model, i.model), "
	"i.quoted_minor, i.bonus_minor, i.offered_minor, i.agreed_minor, o.booked_us, "
	"COALESCE(i.taken_site, o.site), "
	"o.merchant, o.channel, d.state, d.received_us, COALESCE(d.category, i.category)";

static enum err write_row(struct cx *cx, struct reader *r, const struct db_rows *rows, struct json_writer *w,
			  int64_t *item, int64_t *device)
{
	struct row x = {or_none(rows, 0),  or_none(rows, 1),  or_none(rows, 2),	 or_none(rows, 3),
			or_none(rows, 4),  or_none(rows, 5),  or_none(rows, 6),	 or_none(rows, 7),
			or_none(rows, 8),  or_none(rows, 9),  or_none(rows, 10), or_none(rows, 11),
			or_none(rows, 12), or_none(rows, 13), or_none(rows, 14), or_none(rows, 15),
			.category = db_get_text(rows, 16)};
	char label[32];

	if (desk_model(cx, r, x.model, &x.name))
		return cx->err;
	if (x.device != FIELD_NONE) {
		device_label(label, x.device);
		x.label = label;
	}
	jw_object(w);
	field_write(w, desk_items_shown, OUT, &x);
	jw_object_end(w);
	*item = x.item;
	*device = x.device;
	return ERR_OK;
}

/* By device, or by item: both count up as they come, and an order has at most so many items. */
static void from_page(struct desk_query *q, const struct desk_items *p, struct desk_span *s, int64_t after,
		      const struct reader *r)
{
	enum { NEAR = 64 };

	if (s->booked && after - NEAR > s->first)
		s->first = after - NEAR;
	if (!s->booked && after >= s->first)
		s->first = after + 1;
	sb_str(&q->sql, row_columns);
	desk_from(q, r, &p->asked, s);
	if (s->booked) {
		q->val[q->n++] = db_i64(after);
		sb_printf(&q->sql, " AND i.item + 0 > $%d", q->n); /* "+ 0": its order finds it */
	}
	q->val[q->n++] = db_i64(list_ask(p->limit));
	sb_printf(&q->sql, " ORDER BY %s LIMIT $%d", s->booked ? "o.order_id, i.item" : "d.device", q->n);
}

enum err desk_items_run(struct cx *cx, struct reader *r, const void *params, struct json_writer *w)
{
	const struct desk_items *p = params;
	int64_t page = list_ask(p->limit) - 1, count = 0, after, item = 0, device = 0;
	struct desk_query q = {0};
	db_auto_rows *rows = NULL;
	struct desk_span s;

	if (r->who.order)
		return cx_fail(cx, ERR_FORBIDDEN, "the link of an order shows that order only");
	if (page_after(cx, p->after, &after) || desk_period(cx, r, &p->asked, &s))
		return cx->err;
	sb_init(&q.sql, cx, 4000);
	from_page(&q, p, &s, after, r);
	if (sb_end(&q.sql) || db_query(cx, r->db, &rows, q.sql.data, (struct db_args){q.val, q.n}))
		return cx->err;
	jw_name(w, "items");
	jw_array(w);
	for (; count < page && db_next(cx, rows); count++)
		if (write_row(cx, r, rows, w, &item, &device))
			return cx->err;
	return list_end(cx, w, rows, count, page, s.booked ? item : device);
}

/* --- desk.counts --- */

static const char *const groups[] = {"site", "merchant", "category", "state", "device_state", NULL};
enum group { BY_SITE, BY_MERCHANT, BY_CATEGORY, BY_STATE, BY_DEVICE_STATE };
static const char *const group_columns[] = {"COALESCE(i.taken_site, o.site)", "o.merchant",
					    "COALESCE(d.category, i.category)", "i.state", "d.state"};
const struct field desk_counts_params[] = {
	ASKED,
	F_ENUM(struct desk_counts, by, IN, groups, "a row for each of these; one row for all when absent"),
	F_END};

struct counted {
	const char *key, *name;
	int64_t id, lat_e6, lon_e6, items, taken, inspected, revised, declined, returned, agreed, paid, ended;
	int64_t quoted_minor, agreed_minor, bonus_minor, mass_mg, revised_bp, declined_bp;
};
#define COUNT(m, doc) F_INT(struct counted, m, OUT | REQ, 0, JSON_INT_MAX, NULL, doc)
static const struct field counted_fields[] = {
	F_TEXT(struct counted, key, OUT, 1, 64, "category or state"),
	F_ID(struct counted, id, OUT, "site or merchant"),
	F_TEXT(struct counted, name, OUT, 1, 200, "name of the site, trade name of the merchant"),
	F_INT(struct counted, lat_e6, OUT, -90000000, 90000000, "1e-6 degree", "latitude of the site"),
	F_INT(struct counted, lon_e6, OUT, -180000000, 180000000, "1e-6 degree", "longitude of the site"),
	COUNT(items, "items"),
	COUNT(taken, "of them taken in"),
	COUNT(inspected, "inspected"),
	COUNT(revised, "with a revised offer"),
	COUNT(declined, "whose owner declined it, or let it lapse"),
	COUNT(returned, "given back, or on the way back"),
	COUNT(agreed, "agreed"),
	COUNT(paid, "paid or netted"),
	COUNT(ended, "cancelled or lapsed before they came"),
	F_MINOR(struct counted, quoted_minor, OUT | REQ, "promised"),
	F_MINOR(struct counted, agreed_minor, OUT | REQ, "agreed"),
	F_MINOR(struct counted, bonus_minor, OUT | REQ, "bonus of those agreed"),
	F_MG(struct counted, mass_mg, OUT | REQ, "mass of those taken in"),
	F_INT(struct counted, revised_bp, OUT, 0, 10000, "bp", "revised of those inspected"),
	F_INT(struct counted, declined_bp, OUT, 0, 10000, "bp", "declined of those revised"),
	F_END};
struct counts {
	const char *from, *to;
	struct list rows;
};
const struct field desk_counts_shown[] = {
	F_TEXT(struct counts, from, OUT | REQ, 10, 10, "first local day that counts"),
	F_TEXT(struct counts, to, OUT | REQ, 10, 10, "the day before which it ends"),
	F_LIST(struct counts, rows, OUT, GROUPS_MAX, counted_fields, struct counted, "most items first"),
	F_END};

_Static_assert(ITEM_RETURNING == 8 && ITEM_RETURNED == 9 && ITEM_PAID == 6 && ITEM_NETTED == 13 &&
	       ITEM_CANCELLED == 10 && ITEM_LAPSED == 11 && ITEM_LOST == 12, "numbers in the query");
#define SUM(x) "CAST(COALESCE(SUM(" x "), 0) AS BIGINT)"
#define WHEN(x) "COUNT(CASE WHEN " x " THEN 1 END)"
#define AGREED "i.agreed_minor IS NOT NULL AND i.state <> 12"
static const char count_columns[] =
	"COUNT(*), COUNT(d.device), COUNT(i.inspection_seq), COUNT(i.offered_minor), "
	WHEN("i.offered_minor IS NOT NULL AND i.state IN (8, 9)") ", " WHEN("i.state IN (8, 9)") ", "
	WHEN(AGREED) ", " WHEN("i.state IN (6, 13)") ", " WHEN("i.state IN (10, 11)") ", "
	SUM("i.quoted_minor") ", " SUM("CASE WHEN " AGREED " THEN i.agreed_minor END") ", "
	SUM("CASE WHEN " AGREED " THEN i.bonus_minor END") ", " SUM("d.mass_mg");

static int64_t share_bp(int64_t part, int64_t of)
{
	return of > 0 ? (part * 10000 + of / 2) / of : FIELD_NONE;
}

static enum err name_row(struct cx *cx, struct reader *r, int64_t by, const struct db_rows *rows,
			 struct counted *out)
{
	const void *row = NULL;

	if (by == FIELD_NONE || db_is_null(rows, 0))
		return ERR_OK;
	if (by == BY_CATEGORY)
		out->key = cx_strdup(cx, db_get_text(rows, 0));
	else if (by == BY_STATE)
		out->key = item_states[db_get_i64(rows, 0)];
	else if (by == BY_DEVICE_STATE)
		out->key = device_states[db_get_i64(rows, 0)];
	else
		out->id = db_get_i64(rows, 0);
	if (by == BY_MERCHANT) {
		const struct party key = {.city = r->city, .party = out->id};
		if (reader_find(cx, r, &party_table, &key, &row))
			return cx->err;
		out->name = row ? ((const struct party *)row)->public_name : NULL;
	}
	if (by == BY_SITE) {
		if (reader_find(cx, r, &site_table, &(struct site){.city = r->city, .site = out->id}, &row))
			return cx->err;
		const struct site *s = row;
		out->name = s ? s->name : NULL;
		out->lat_e6 = s ? s->lat_e6 : FIELD_NONE;
		out->lon_e6 = s ? s->lon_e6 : FIELD_NONE;
	}
	return cx->err;
}

static enum err read_count(struct cx *cx, struct reader *r, int64_t by, const struct db_rows *rows,
			   struct counted *out)
{
	int c = by == FIELD_NONE ? 0 : 1;
	struct counted x = {.id = FIELD_NONE, .lat_e6 = FIELD_NONE, .lon_e6 = FIELD_NONE};
	int64_t *const into[] = {&x.items, &x.taken, &x.inspected, &x.revised, &x.declined, &x.returned,
				 &x.agreed, &x.paid, &x.ended, &x.quoted_minor, &x.agreed_minor,
				 &x.bonus_minor, &x.mass_mg};

	for (size_t i = 0; i < ARRAY_LEN(into); i++)
		*into[i] = db_get_i64(rows, c + (int)i);
	x.revised_bp = share_bp(x.revised, x.inspected);
	x.declined_bp = share_bp(x.declined, x.revised);
	if (name_row(cx, r, by, rows, &x))
		return cx->err;
	*out = x;
	return ERR_OK;
}

static enum err read_counts(struct cx *cx, struct reader *r, const struct desk_counts *p,
			    const struct desk_span *s, struct list *out)
{
	struct desk_query q = {0};
	db_auto_rows *rows = NULL;
	struct counted *x = cx_array(cx, GROUPS_MAX, sizeof(*x));
	const char *column = p->by == FIELD_NONE ? NULL : group_columns[p->by];
	size_t n = 0;

	sb_init(&q.sql, cx, 8000);
	sb_printf(&q.sql, "SELECT %s%s%s", column ? column : "", column ? ", " : "", count_columns);
	desk_from(&q, r, &p->asked, s);
	if (column)
		sb_printf(&q.sql, " GROUP BY %s ORDER BY 2 DESC, %s IS NULL, 1 LIMIT %d", column, column,
			  GROUPS_MAX + 1);
	if (!x || sb_end(&q.sql) || db_query(cx, r->db, &rows, q.sql.data, (struct db_args){q.val, q.n}))
		return cx->err;
	while (db_next(cx, rows)) {
		if (n == GROUPS_MAX)
			return cx_fail(cx, ERR_TOO_LARGE, "more than %d rows: ask for less", GROUPS_MAX);
		if (read_count(cx, r, p->by, rows, &x[n++]))
			return cx->err;
	}
	*out = (struct list){x, n};
	return cx->err;
}

enum err desk_counts_run(struct cx *cx, struct reader *r, const void *params, struct json_writer *w)
{
	const struct desk_counts *p = params;
	struct desk_span s;
	struct counts a;

	if (r->who.order)
		return cx_fail(cx, ERR_FORBIDDEN, "the link of an order shows that order only");
	if (desk_period(cx, r, &p->asked, &s))
		return cx->err;
	if (s.end - s.first > IDS_MAX)
		return cx_fail(cx, ERR_TOO_LARGE, "the period holds too much to count here: ask for a "
			       "shorter one, or ask lives.count");
	a.from = day_format(cx, s.from_day);
	a.to = day_format(cx, s.to_day);
	if (!a.from || !a.to || read_counts(cx, r, p, &s, &a.rows))
		return cx->err;
	field_write(w, desk_counts_shown, OUT, &a);
	return ERR_OK;
}
