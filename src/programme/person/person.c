#include "programme/person/person.h"

#include "programme/evidence/evidence.h"
#include "programme/history.h"
#include "programme/list.h"
#include "programme/party/party.h"
#include "programme/tradein/tradein.h"

enum { ORDERS_PAGE = 20, ENTRIES_MAX = 1000, DEVICES_MAX = 64, EVIDENCE_MAX = 1000 };

struct data_params {
	int64_t party;
	const char *after;
};
static const struct field data_params[] = {
	F_ID(struct data_params, party, IN | REQ | PATH, "the party"),
	F_TEXT(struct data_params, after, IN, 1, 64, "cursor of the orders: the `next` of the page before"),
	F_END};

/* --- other features' views, into an object of ours --- */

static const struct view *view_named(const struct reader *r, const char *name)
{
	for (const struct feature *const *f = r->domain->features; *f; f++)
		for (const struct view *v = (*f)->views; v && v->name; v++)
			if (strcmp(v->name, name) == 0)
				return v;
	return NULL;
}

/* Runs a view whose one required parameter is an id, as an object's members. */
static enum err show(struct cx *cx, struct reader *r, const char *name, const char *param, int64_t id,
		     struct json_writer *w)
{
	const struct view *v = view_named(r, name);
	const struct field *f = v ? field_find(v->params, param) : NULL;
	void *params;

	BUG(!f);
	params = cx_alloc(cx, v->params_size);
	if (!params)
		return cx->err;
	field_init(v->params, params);
	*field_int_at(f, params) = id;
	jw_object(w);
	if (view_run(cx, v, r, params, w)) /* it may have left lists open */
		return cx->err;
	jw_object_end(w);
	return ERR_OK;
}

/* --- an order --- */

static enum err show_devices(struct cx *cx, struct reader *r, int64_t order, struct json_writer *w)
{
	static const char sql[] =
		"SELECT DISTINCT i.device FROM trade_order o "
		"JOIN item i ON i.city = o.city AND " ITEMS_OF_ORDER " "
		"WHERE o.city = $1 AND o.order_id = $2 AND i.device IS NOT NULL ORDER BY i.device LIMIT $3";
	int64_t device[DEVICES_MAX];
	db_auto_rows *rows = NULL;
	int n = 0;

	if (db_query(cx, r->db, &rows, sql, DB_ARGS(db_i64(r->city), db_i64(order), db_i64(DEVICES_MAX))))
		return cx->err;
	while (n < DEVICES_MAX && db_next(cx, rows))
		device[n++] = db_get_i64(rows, 0);
	jw_name(w, "devices");
	jw_array(w);
	for (int i = 0; i < n && !cx->err; i++)
		if (show(cx, r, "device.get", "device", device[i], w))
			return cx->err;
	jw_array_end(w);
	return cx->err;
}

static enum err show_evidence(struct cx *cx, struct reader *r, int64_t order, struct json_writer *w)
{
	db_auto_rows *rows = NULL;
	char *sql = cx_printf(cx, "SELECT %s FROM evidence WHERE city = $1 AND order_id = $2 "
			      "ORDER BY evidence LIMIT $3", reader_columns(&evidence_table));

	if (!sql || db_query(cx, r->db, &rows, sql,
			     DB_ARGS(db_i64(r->city), db_i64(order), db_i64(EVIDENCE_MAX))))
		return cx->err;
	jw_name(w, "evidence");
	jw_array(w);
	while (!cx->err && db_next(cx, rows)) {
		jw_object(w);
		if (reader_write_row(cx, &evidence_table, rows, w))
			return cx->err;
		jw_object_end(w);
	}
	jw_array_end(w);
	return cx->err;
}

static enum err show_order(struct cx *cx, struct reader *r, int64_t order, struct json_writer *w)
{
	jw_object(w);
	jw_name(w, "order");
	if (show(cx, r, "tradein.order", "order", order, w) || show_devices(cx, r, order, w) ||
	    show_evidence(cx, r, order, w))
		return cx->err;
	jw_object_end(w);
	return ERR_OK;
}

static enum err show_orders(struct cx *cx, struct reader *r, const struct data_params *p, int64_t after,
			    struct json_writer *w)
{
	static const char sql[] = "SELECT order_id FROM trade_order WHERE city = $1 AND owner = $2 AND "
				  "order_id > $3 ORDER BY order_id LIMIT $4";
	int64_t order[ORDERS_PAGE + 1];
	db_auto_rows *rows = NULL;
	int n = 0;

	if (db_query(cx, r->db, &rows, sql,
		     DB_ARGS(db_i64(r->city), db_i64(p->party), db_i64(after), db_i64(ORDERS_PAGE + 1))))
		return cx->err;
	while (n < ORDERS_PAGE + 1 && db_next(cx, rows))
		order[n++] = db_get_i64(rows, 0);
	jw_name(w, "orders");
	jw_array(w);
	for (int i = 0; i < n && i < ORDERS_PAGE && !cx->err; i++)
		if (show_order(cx, r, order[i], w))
			return cx->err;
	jw_array_end(w);
	if (n > ORDERS_PAGE)
		jw_text_at(w, "next", page_cursor(cx, order[ORDERS_PAGE - 1]));
	return cx->err;
}

/* --- person.data --- */

static enum err view_data(struct cx *cx, struct reader *r, const void *params, struct json_writer *w)
{
	const struct data_params *p = params;
	int64_t after;

	if (reader_check_org(cx, r, 0) || page_after(cx, p->after, &after))
		return cx->err;
	jw_name(w, "party");
	if (show(cx, r, "party.party", "party", p->party, w))
		return cx->err;
	if (!p->after) {
		jw_name(w, "entries");
		jw_object(w);
		if (history_rows(cx, r, w, FIELD_NONE, ACCOUNT(SUBJECT_PARTY, p->party), NULL, ENTRIES_MAX))
			return cx->err;
		jw_object_end(w);
	}
	return show_orders(cx, r, p, after, w);
}

struct shown_order {
	const char *order;
	struct list devices, evidence;
};
static const struct field shown_order_fields[] = {
	F_SHOWN(struct shown_order, order, OUT | REQ, "tradein.order", "the order"),
	F_SHOWN_LIST(struct shown_order, devices, OUT | REQ, DEVICES_MAX, "device.get", "its devices"),
	F_LIST(struct shown_order, evidence, OUT | REQ, EVIDENCE_MAX, evidence_fields, struct evidence,
	       "photos and documents kept about it"),
	F_END};
struct shown {
	const char *party, *entries, *next;
	struct list orders;
};
static const struct field shown_fields[] = {
	F_SHOWN(struct shown, party, OUT | REQ, "party.party", "the party"),
	F_SHOWN(struct shown, entries, OUT, "tradein.history", "what was recorded of the party: first page"),
	F_LIST(struct shown, orders, OUT | REQ, ORDERS_PAGE, shown_order_fields, struct shown_order,
	       "the party's orders, page by page"),
	F_TEXT(struct shown, next, OUT, 1, 64, "cursor of the next page; absent on the last"),
	F_END};

static const struct view views[] = {
	{.name = "person.data",
	 .path = "/v1/cities/{city}/parties/{party}/data",
	 .roles = ROLE_OFFICER | ROLE_ADMIN,
	 .params = data_params,
	 .params_size = sizeof(struct data_params),
	 .fields = shown_fields,
	 .run = view_data,
	 .doc = "All that is held about a party, for the programme's officers to hand over."},
	{.name = NULL}};

const struct feature person_feature = {.name = "person", .views = views};
