/* view.c: what is in stock, on offer, sold; and how prices and decisions came about. */
#include "programme/history.h"
#include "programme/inspect/inspect.h"
#include "programme/list.h"
#include "programme/stock/internal.h"

#define STAFF                                                                                      \
	(ROLE_CLERK | ROLE_TECHNICIAN | ROLE_ADMIN | ROLE_OFFICER | ROLE_ANALYST | ROLE_AUDITOR |  \
	 ROLE_SYSTEM)
#define DAY_US INT64_C(86400000000)
#define CITY "/v1/cities/{city}/"

/* The columns of a table, each behind "x.". */
static const char *columns_of(struct cx *cx, const struct table *t, const char *x)
{
	struct sb sb;

	sb_init(&sb, cx, 8000);
	for (const struct field *f = t->fields; f->name; f++)
		sb_printf(&sb, "%s%s.\"%s\"", f == t->fields ? "" : ", ", x, f->name);
	return sb_end(&sb) ? NULL : sb.data;
}

/* --- stock.inventory --- */

struct inventory_params {
	int64_t limit;
	const char *after;
	int64_t state, site, grade_c, grade_f, received_before_us;
	const char *category;
};
enum { IN_STOCK, IN_LISTED, IN_SOLD };
static const char *const inventory_states[] = {"stock", "listed", "sold", NULL};
static const int64_t inventory_device[] = {DEVICE_STOCK, DEVICE_LISTED, DEVICE_SOLD};
static const struct field inventory_params[] = {
	PAGE_FIELDS(struct inventory_params),
	F_ENUM(struct inventory_params, state, IN, inventory_states, "only devices in this state"),
	F_ID(struct inventory_params, site, IN, "only at this site"),
	F_TEXT(struct inventory_params, category, IN, 1, 40, "only of this category"),
	F_INT(struct inventory_params, grade_c, IN, 0, 9, NULL, "cosmetic grade at least"),
	F_INT(struct inventory_params, grade_f, IN, 1, 6, NULL, "functional grade at least"),
	F_US(struct inventory_params, received_before_us, IN, "in stock since before then"),
	F_END};

static enum err view_inventory(struct cx *cx, struct reader *r, const void *params, struct json_writer *w)
{
	static const char where[] =
		"d.city = $1 AND d.device > $2 AND d.state IN ($3, $4, $5) AND ($6 < 0 OR d.site = $6) "
		"AND ($7 = '' OR d.category = $7) AND ($8 < 0 OR d.grade_c >= $8) AND ($9 < 0 OR "
		"d.grade_f >= $9) "
		"AND s.received_us < $10 AND ($11 = 0 OR d.site IN (SELECT site FROM site WHERE city = $1 "
		"AND party = $11))";
	const struct inventory_params *p = params;
	bool one = p->state != FIELD_NONE;
	int64_t state = one ? inventory_device[p->state] : 0, after;
	db_auto_rows *rows = NULL;
	const char *columns = columns_of(cx, &device_table, "d");
	char *sql = columns ? cx_printf(cx, "SELECT %s FROM device d JOIN stock_device s ON s.city = d.city "
					"AND s.device = d.device WHERE %s ORDER BY d.device LIMIT $12",
					columns, where) :
			      NULL;

	if (!sql || page_after(cx, p->after, &after) ||
	    db_query(cx, r->db, &rows, sql,
		     DB_ARGS(db_i64(r->city), db_i64(after), db_i64(one ? state : DEVICE_STOCK),
			     db_i64(one ? state : DEVICE_LISTED), db_i64(one ? state : DEVICE_SOLD),
			     db_i64(field_or(p->site, -1)), db_text(p->category ? p->category : ""),
			     db_i64(field_or(p->grade_c, -1)), db_i64(field_or(p->grade_f, -1)),
			     db_i64(field_or(p->received_before_us, JSON_INT_MAX)), db_i64(r->who.org),
			     db_i64(list_ask(p->limit)))))
		return cx->err;
	return list_rows(cx, w, &device_table, "device", rows, p->limit, device_row_more);
}

/* --- stock.facets --- */

struct facets_params {
	int64_t at_us;
};
static const struct field facets_params[] = {
	F_US(struct facets_params, at_us, IN,
	     "ages are reckoned up to then; absent: the newest entry's time"),
	F_END};
struct facet {
	const char *category;
	int64_t grade_c, grade_f, age, devices, listed, asked_minor;
};
static const char *const ages[] = {"to_7_days", "to_30_days", "to_90_days", "over_90_days", NULL};
static const struct field facet_fields[] = {
	F_TEXT(struct facet, category, OUT | REQ, 1, 40, "category"),
	F_INT(struct facet, grade_c, OUT, 0, 9, NULL, "cosmetic grade"),
	F_INT(struct facet, grade_f, OUT, 1, 6, NULL, "functional grade"),
	F_ENUM(struct facet, age, OUT | REQ, ages, "time in stock"),
	F_INT(struct facet, devices, OUT | REQ, 0, JSON_INT_MAX, NULL, "devices in stock or listed"),
	F_INT(struct facet, listed, OUT | REQ, 0, JSON_INT_MAX, NULL, "of them listed"),
	F_INT(struct facet, asked_minor, OUT | REQ, 0, JSON_INT_MAX, "minor", "asked for the listed ones"),
	F_END};

static enum err newest_us(struct cx *cx, struct reader *r, int64_t *us)
{
	return db_one_i64(cx, r->db, us, "SELECT recorded_us FROM log_head WHERE city = $1",
			  DB_ARGS(db_i64(r->city)));
}

static enum err view_facets(struct cx *cx, struct reader *r, const void *params, struct json_writer *w)
{
	static const char sql[] =
		"SELECT category, grade_c, grade_f, age, COUNT(*), COUNT(listed_minor), "
		"CAST(COALESCE(SUM(listed_minor), 0) AS BIGINT) "
		"FROM (SELECT d.category, d.grade_c, d.grade_f, d.listed_minor, CASE WHEN s.received_us "
		">= $2 THEN 0 "
		"WHEN s.received_us >= $3 THEN 1 WHEN s.received_us >= $4 THEN 2 ELSE 3 END AS age "
		"FROM device d JOIN stock_device s ON s.city = d.city AND s.device = d.device "
		"WHERE d.city = $1 AND d.state IN ($5, $6)) AS x "
		"GROUP BY category, grade_c, grade_f, age "
		"ORDER BY category, COALESCE(grade_c, -1), COALESCE(grade_f, -1), age";
	const struct facets_params *p = params;
	db_auto_rows *rows = NULL;
	int64_t now = p->at_us;

	if (reader_check_org(cx, r, 0) || (now == FIELD_NONE && newest_us(cx, r, &now)) ||
	    db_query(cx, r->db, &rows, sql,
		     DB_ARGS(db_i64(r->city), db_i64(now - 7 * DAY_US), db_i64(now - 30 * DAY_US),
			     db_i64(now - 90 * DAY_US), db_i64(DEVICE_STOCK), db_i64(DEVICE_LISTED))))
		return cx->err;
	jw_name(w, "items");
	jw_array(w);
	while (db_next(cx, rows)) {
		struct facet f = {.category = db_get_text(rows, 0),
				  .grade_c = db_is_null(rows, 1) ? FIELD_NONE : db_get_i64(rows, 1),
				  .grade_f = db_is_null(rows, 2) ? FIELD_NONE : db_get_i64(rows, 2),
				  .age = db_get_i64(rows, 3), .devices = db_get_i64(rows, 4),
				  .listed = db_get_i64(rows, 5), .asked_minor = db_get_i64(rows, 6)};
		jw_object(w);
		field_write(w, facet_fields, OUT, &f);
		jw_object_end(w);
	}
	jw_array_end(w);
	return cx->err;
}

/* --- stock.offers --- */

struct offers_params {
	int64_t limit;
	const char *after, *category;
	int64_t grade_c, grade_f, max_minor, photos;
};
enum { OFFERS_PICTURED = 100 }; /* an entry is read for each */
static const struct field offers_params[] = {
	PAGE_FIELDS(struct offers_params),
	F_TEXT(struct offers_params, category, IN, 1, 40, "only of this category"),
	F_INT(struct offers_params, grade_c, IN, 0, 9, NULL, "cosmetic grade at least"),
	F_INT(struct offers_params, grade_f, IN, 1, 6, NULL, "functional grade at least"),
	F_MINOR(struct offers_params, max_minor, IN, "asking price at most"),
	F_BOOL(struct offers_params, photos, IN, "with their photos; limit at most 100 then"),
	F_END};
struct offer {
	int64_t device, model, grade_c, grade_f, price_minor, listed_us, site, returns;
	const char *category;
	struct list photos; /* struct found_photo */
};
static const struct field offer_fields[] = {
	F_ID(struct offer, device, OUT | REQ, "the device"),
	F_TEXT(struct offer, category, OUT | REQ, 1, 40, "category"),
	F_ID(struct offer, model, OUT, "model of the catalogue"),
	F_INT(struct offer, grade_c, OUT, 0, 9, NULL, "cosmetic grade C0 to C9"),
	F_INT(struct offer, grade_f, OUT, 1, 6, NULL, "functional grade F1 to F6"),
	F_MINOR(struct offer, price_minor, OUT | REQ, "price, tax included"),
	F_US(struct offer, listed_us, OUT | REQ, "on offer since"),
	F_ID(struct offer, site, OUT, "site where it is"),
	F_INT(struct offer, returns, OUT | REQ, 0, 1000000, NULL, "times that a buyer returned it"),
	F_LIST(struct offer, photos, OUT, INSPECT_PHOTOS_MAX, stock_photo_row_fields, struct found_photo,
	       "photos of its condition (stock.photo shows one)"),
	F_END};

static int64_t or_none(const struct db_rows *rows, int column)
{
	return db_is_null(rows, column) ? FIELD_NONE : db_get_i64(rows, column);
}

static enum err view_offers(struct cx *cx, struct reader *r, const void *params, struct json_writer *w)
{
	static const char sql[] =
		"SELECT device, model, grade_c, grade_f, listed_minor, since_us, site, \"returns\", "
		"category, item FROM device "
		"WHERE city = $1 AND state = $2 AND device > $3 AND ($4 = '' OR category = $4) "
		"AND ($5 < 0 OR grade_c >= $5) AND ($6 < 0 OR grade_f >= $6) AND listed_minor <= $7 "
		"ORDER BY device LIMIT $8";
	const struct offers_params *p = params;
	int64_t page = list_ask(p->limit) - 1, count = 0, last = 0, after;
	bool pictured = p->photos == 1;
	db_auto_rows *rows = NULL;

	if (pictured && page > OFFERS_PICTURED)
		return cx_fail(cx, ERR_INVALID, "limit: %d at most, with photos", OFFERS_PICTURED);
	if (page_after(cx, p->after, &after) ||
	    db_query(cx, r->db, &rows, sql,
		     DB_ARGS(db_i64(r->city), db_i64(DEVICE_LISTED), db_i64(after),
			     db_text(p->category ? p->category : ""), db_i64(field_or(p->grade_c, -1)),
			     db_i64(field_or(p->grade_f, -1)), db_i64(field_or(p->max_minor, JSON_INT_MAX)),
			     db_i64(page + 1))))
		return cx->err;
	jw_name(w, "items");
	jw_array(w);
	for (; count < page && db_next(cx, rows); count++) {
		struct offer o = {db_get_i64(rows, 0), or_none(rows, 1),    or_none(rows, 2),
				  or_none(rows, 3),    db_get_i64(rows, 4), db_get_i64(rows, 5),
				  or_none(rows, 6),    db_get_i64(rows, 7), db_get_text(rows, 8),
				  .photos = {NULL, 0}};
		if (pictured && inspect_photos(cx, r, o.device, db_get_i64(rows, 9), &o.photos))
			return cx->err;
		jw_object(w);
		field_write(w, offer_fields, OUT, &o);
		jw_object_end(w);
		last = o.device;
	}
	return list_end(cx, w, rows, count, page, last);
}

/* --- sales --- */

struct sales_params {
	int64_t limit;
	const char *after;
	int64_t state, buyer, device;
};
static const struct field sales_params[] = {
	PAGE_FIELDS(struct sales_params),
	F_ENUM(struct sales_params, state, IN, sale_states, "only sales that stand there"),
	F_ID(struct sales_params, buyer, IN, "only of this buyer"),
	F_ID(struct sales_params, device, IN, "only of this device"),
	F_END};

/* A buyer sees its own; what the programme paid is none of its business. */
static enum err write_sale(struct cx *cx, const struct reader *r, const struct sale *row,
			   struct json_writer *w)
{
	struct field shown[64];
	struct sale s = *row;
	int n = 0;

	if (r->who.org != 0)
		s.cost_minor = FIELD_NONE;
	for (const struct field *f = sale_fields; f->name; f++)
		if (!(f->flags & HIDE))
			shown[n++] = *f;
	shown[n] = (struct field)F_END;
	field_write(w, shown, OUT, &s);
	return cx->err;
}

static enum err view_sales(struct cx *cx, struct reader *r, const void *params, struct json_writer *w)
{
	const struct sales_params *p = params;
	int64_t page = list_ask(p->limit) - 1, count = 0, last = 0, after;
	db_auto_rows *rows = NULL;
	struct sale s;
	char *sql = cx_printf(
		cx,
		"SELECT %s FROM sale WHERE city = $1 AND sale > $2 AND ($3 < 0 OR state = $3) "
		"AND ($4 < 0 OR buyer = $4) AND ($5 < 0 OR device = $5) ORDER BY sale LIMIT $6",
		reader_columns(&sale_table));

	if (!sql || page_after(cx, p->after, &after) ||
	    (r->who.org != 0 && p->buyer != FIELD_NONE && reader_check_org(cx, r, p->buyer)) ||
	    db_query(cx, r->db, &rows, sql,
		     DB_ARGS(db_i64(r->city), db_i64(after), db_i64(field_or(p->state, -1)),
			     db_i64(r->who.org != 0 ? r->who.org : field_or(p->buyer, -1)),
			     db_i64(field_or(p->device, -1)), db_i64(page + 1))))
		return cx->err;
	jw_name(w, "items");
	jw_array(w);
	for (; count < page && db_next(cx, rows); count++) {
		if (field_row(cx, sale_fields, rows, &s))
			return cx->err;
		jw_object(w);
		if (write_sale(cx, r, &s, w))
			return cx->err;
		jw_object_end(w);
		last = s.sale;
	}
	return list_end(cx, w, rows, count, page, last);
}

struct sale_params {
	int64_t sale;
};
static const struct field sale_params[] = {
	F_ID(struct sale_params, sale, IN | REQ | PATH, "the sale"), F_END};

static enum err view_sale(struct cx *cx, struct reader *r, const void *params, struct json_writer *w)
{
	const struct sale_params *p = params;
	const struct sale *s;
	const void *row;

	if (reader_find(cx, r, &sale_table, &(struct sale){.city = r->city, .sale = p->sale}, &row))
		return cx->err;
	s = row;
	/* To another buyer it does not exist: its number alone says nothing. */
	if (!s || (r->who.org != 0 && r->who.org != s->buyer))
		return cx_fail(cx, ERR_NOT_FOUND, "there is no sale %lld in city %lld", (long long)p->sale,
			       (long long)r->city);
	return write_sale(cx, r, s, w);
}

/* --- what happened to one device --- */

struct device_params {
	int64_t device, limit;
	const char *after;
};
static const struct field device_params[] = {
	F_ID(struct device_params, device, IN | REQ | PATH, "the device"),
	PAGE_FIELDS(struct device_params),
	F_END};

/* What the entries of a device's history say. */
static enum err about_device(struct cx *cx, struct reader *r, const struct device_params *p,
			     struct json_writer *w, struct history_list list)
{
	list.subject = ACCOUNT(SUBJECT_DEVICE, p->device);
	list.after = p->after;
	list.limit = p->limit;
	return reader_check_org(cx, r, 0) ? cx->err : history_list(cx, r, w, &list);
}

static bool price_of(const struct entry *e, void *row)
{
	struct price_change *c = row;

	if (strcmp(e->type, "stock.list") == 0) {
		c->device = ((const struct stock_list *)e->rec)->device;
		c->price_minor = ((const struct stock_list *)e->rec)->price_minor;
	} else if (strcmp(e->type, "stock.unlist") == 0) {
		c->device = ((const struct stock_unlist *)e->rec)->device;
	} else if (strcmp(e->type, "stock.sell") == 0) {
		c->device = ((const struct stock_sell *)e->rec)->device;
		c->price_minor = ((const struct stock_sell *)e->rec)->price_minor;
		c->sale = ((const struct stock_sell *)e->rec)->sale;
	} else {
		return false;
	}
	c->city = e->city;
	c->seq = e->seq;
	c->at_us = e->recorded_us;
	return true;
}

static enum err view_prices(struct cx *cx, struct reader *r, const void *params, struct json_writer *w)
{
	return about_device(cx, r, params, w,
			    (struct history_list){.fields = price_change_fields,
						  .size = sizeof(struct price_change),
						  .row_of = price_of});
}

static bool decision_of(const struct entry *e, void *row)
{
	const struct stock_dispose *d = e->rec;

	if (strcmp(e->type, "stock.dispose") != 0)
		return false;
	*(struct disposition *)row = (struct disposition){.city = e->city,
							  .device = d->device,
							  .seq = e->seq,
							  .at_us = e->recorded_us,
							  .choice = d->choice,
							  .computed = d->computed,
							  .reason = d->reason,
							  .price_minor = d->price_minor,
							  .resale_minor = d->resale_minor,
							  .recovery_minor = d->recovery_minor,
							  .repair_minor = d->repair_minor,
							  .sold_bp = d->sold_bp,
							  .rule = d->rule};
	return true;
}

static enum err view_decisions(struct cx *cx, struct reader *r, const void *params, struct json_writer *w)
{
	return about_device(cx, r, params, w,
			    (struct history_list){.fields = disposition_fields,
						  .size = sizeof(struct disposition),
						  .row_of = decision_of});
}

/* --- stock.parts --- */

struct parts_params {
	int64_t repair;
};
static const struct field parts_params[] = {
	F_ID(struct parts_params, repair, IN | REQ | PATH, "the repair"), F_END};

static enum err view_parts(struct cx *cx, struct reader *r, const void *params, struct json_writer *w)
{
	const struct parts_params *p = params;
	db_auto_rows *rows = NULL;
	char *sql = cx_printf(
		cx,
		"SELECT %s FROM repair_part WHERE city = $1 AND repair = $2 ORDER BY n LIMIT %d",
		reader_columns(&repair_part_table), STOCK_PARTS_MAX);

	if (!sql || reader_check_org(cx, r, 0) ||
	    db_query(cx, r->db, &rows, sql, DB_ARGS(db_i64(r->city), db_i64(p->repair))))
		return cx->err;
	return list_rows(cx, w, &repair_part_table, "n", rows, STOCK_PARTS_MAX, NULL);
}

/* --- stocktakes --- */

struct counts_params {
	int64_t limit;
	const char *after;
	int64_t site;
};
static const struct field counts_params[] = {
	PAGE_FIELDS(struct counts_params),
	F_ID(struct counts_params, site, IN, "only of this site"),
	F_END};

static enum err view_counts(struct cx *cx, struct reader *r, const void *params, struct json_writer *w)
{
	const struct counts_params *p = params;
	db_auto_rows *rows = NULL;
	int64_t after;
	char *sql = cx_printf(
		cx,
		"SELECT %s FROM stocktake WHERE city = $1 AND stocktake > $2 AND ($3 < 0 OR site = $3) "
		"ORDER BY stocktake LIMIT $4",
		reader_columns(&stocktake_table));

	if (!sql || reader_check_org(cx, r, 0) || page_after(cx, p->after, &after) ||
	    db_query(cx, r->db, &rows, sql,
		     DB_ARGS(db_i64(r->city), db_i64(after), db_i64(field_or(p->site, -1)),
			     db_i64(list_ask(p->limit)))))
		return cx->err;
	return list_rows(cx, w, &stocktake_table, "stocktake", rows, p->limit, NULL);
}

struct differences_params {
	int64_t stocktake, limit;
	const char *after;
};
static const struct field differences_params[] = {
	F_ID(struct differences_params, stocktake, IN | REQ | PATH, "the stocktake"),
	PAGE_FIELDS(struct differences_params),
	F_END};

static enum err view_differences(struct cx *cx, struct reader *r, const void *params, struct json_writer *w)
{
	const struct differences_params *p = params;
	db_auto_rows *rows = NULL;
	int64_t after;
	char *sql = cx_printf(
		cx,
		"SELECT %s FROM stocktake_line WHERE city = $1 AND stocktake = $2 AND device > $3 "
		"ORDER BY device LIMIT $4",
		reader_columns(&stocktake_line_table));

	if (!sql || reader_check_org(cx, r, 0) || page_after(cx, p->after, &after) ||
	    db_query(cx, r->db, &rows, sql,
		     DB_ARGS(db_i64(r->city), db_i64(p->stocktake), db_i64(after),
			     db_i64(list_ask(p->limit)))))
		return cx->err;
	return list_rows(cx, w, &stocktake_line_table, "device", rows, p->limit, NULL);
}

#define PARAMS(p) .params = p##_params, .params_size = sizeof(struct p##_params)

const struct view stock_views[] = {
	{.name = "stock.inventory",
	 .path = CITY "stock",
	 .roles = STAFF,
	 PARAMS(inventory),
	 .fields = device_row_fields,
	 .list = true,
	 .run = view_inventory,
	 .doc = "Devices in stock, listed or sold and not delivered, by category, grade and age."},
	{.name = "stock.facets",
	 .path = CITY "stock/facets",
	 .roles = STAFF,
	 PARAMS(facets),
	 .fields = facet_fields,
	 .list = true,
	 .run = view_facets,
	 .doc = "How many devices are in stock, by category, grade and age."},
	{.name = "stock.offers",
	 .path = CITY "offers",
	 .roles = STAFF | ROLE_BUYER | ROLE_PUBLIC,
	 PARAMS(offers),
	 .fields = offer_fields,
	 .list = true,
	 .run = view_offers,
	 .doc = "Devices on offer at a fixed price."},
	{.name = "stock.photos",
	 .path = CITY "offers/{device}/photos",
	 .roles = STAFF | ROLE_BUYER | ROLE_PUBLIC,
	 .params = stock_photos_params,
	 .params_size = sizeof(struct stock_photos),
	 .fields = stock_photo_row_fields,
	 .list = true,
	 .run = stock_photos_run,
	 .doc = "Photos of a device's condition, as inspected: while it is on offer, and for its buyer."},
	{.name = "stock.photo",
	 .path = CITY "offers/{device}/photos/{evidence}",
	 .roles = STAFF | ROLE_BUYER | ROLE_PUBLIC,
	 .params = stock_photo_params,
	 .params_size = sizeof(struct stock_photo),
	 .fields = stock_photo_fields,
	 .run = stock_photo_run,
	 .doc = "One of these photos."},
	{.name = "stock.sales",
	 .path = CITY "sales",
	 .roles = STAFF | ROLE_BUYER,
	 PARAMS(sales),
	 .fields = sale_fields,
	 .list = true,
	 .run = view_sales,
	 .doc = "Sales; a buyer sees its own."},
	{.name = "stock.sale",
	 .path = CITY "sales/{sale}",
	 .roles = STAFF | ROLE_BUYER,
	 PARAMS(sale),
	 .fields = sale_fields,
	 .run = view_sale,
	 .doc = "One sale."},
	{.name = "stock.prices",
	 .path = CITY "devices/{device}/prices",
	 .roles = STAFF,
	 PARAMS(device),
	 .fields = price_change_fields,
	 .list = true,
	 .run = view_prices,
	 .doc = "Every asking price of a device."},
	{.name = "stock.decisions",
	 .path = CITY "devices/{device}/dispositions",
	 .roles = STAFF,
	 PARAMS(device),
	 .fields = disposition_fields,
	 .list = true,
	 .run = view_decisions,
	 .doc = "Decisions between resale and recovery, with both expected values."},
	{.name = "stock.preview",
	 .path = CITY "devices/{device}/dispositions/preview",
	 .roles = ROLE_CLERK | ROLE_TECHNICIAN | ROLE_ADMIN,
	 .params = stock_preview_params,
	 .params_size = sizeof(struct stock_preview),
	 .fields = stock_preview_shown,
	 .run = stock_preview_run,
	 .doc = "Both expected values as stock.dispose would reckon them; nothing is decided or recorded."},
	{.name = "stock.parts",
	 .path = CITY "repairs/{repair}",
	 .roles = STAFF,
	 PARAMS(parts),
	 .fields = repair_part_fields,
	 .list = true,
	 .run = view_parts,
	 .doc = "Parts of one repair."},
	{.name = "stock.counts",
	 .path = CITY "stocktakes",
	 .roles = STAFF,
	 PARAMS(counts),
	 .fields = stocktake_fields,
	 .list = true,
	 .run = view_counts,
	 .doc = "Stocktakes."},
	{.name = "stock.differences",
	 .path = CITY "stocktakes/{stocktake}/differences",
	 .roles = STAFF,
	 PARAMS(differences),
	 .fields = stocktake_line_fields,
	 .list = true,
	 .run = view_differences,
	 .doc = "What a stocktake found to differ from the books."},
	{.name = NULL}};
