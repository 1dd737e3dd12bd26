/* view.c: batches with their live balance, lots, consignments with discrepancies, the account of mass. */
#include "programme/list.h"
#include "programme/recover/internal.h"

#define READERS                                                                                    \
	(ROLE_CLERK | ROLE_TECHNICIAN | ROLE_DISMANTLER | ROLE_OFFICER | ROLE_ANALYST |            \
	 ROLE_AUDITOR | ROLE_ADMIN)
#define CITY "/v1/cities/{city}/"
#define PARAMS(p) .params = p##_params, .params_size = sizeof(struct p##_params)
#define NUMBER(T, m, doc) F_INT(T, m, OUT, -JSON_INT_MAX, JSON_INT_MAX, "mg", doc)

/* The row of a table by its id, or ERR_NOT_FOUND. */
static enum err one(struct cx *cx, struct reader *r, const struct table *t, const void *key, int64_t id,
		    const void **row)
{
	if (reader_find(cx, r, t, key, row))
		return cx->err;
	if (!*row)
		return cx_fail(cx, ERR_NOT_FOUND, "there is no %s %lld in city %lld",
			       cx_say_code(cx, "thing", t->name), (long long)id,
			       (long long)r->city);
	return ERR_OK;
}

/* --- batches --- */

struct batches_params {
	int64_t limit;
	const char *after;
	int64_t state, dismantler;
};
static const struct field batches_params[] = {
	PAGE_FIELDS(struct batches_params),
	F_ENUM(struct batches_params, state, IN, batch_states, "only open or closed ones"),
	F_ID(struct batches_params, dismantler, IN, "only of this party"),
	F_END};

static void write_left(struct cx *cx, struct json_writer *w, const void *row)
{
	(void)cx;
	jw_int_at(w, "unaccounted_mg", batch_left_mg(row));
}

static enum err view_batches(struct cx *cx, struct reader *r, const void *params, struct json_writer *w)
{
	const struct batches_params *p = params;
	db_auto_rows *rows = NULL;
	int64_t after;
	char *sql = cx_printf(
		cx,
		"SELECT %s FROM batch WHERE city = $1 AND batch > $2 AND ($3 < 0 OR state = $3) "
		"AND ($4 < 0 OR dismantler = $4) ORDER BY batch LIMIT $5",
		reader_columns(&batch_table));

	if (!sql || page_after(cx, p->after, &after) ||
	    db_query(cx, r->db, &rows, sql,
		     DB_ARGS(db_i64(r->city), db_i64(after), db_i64(field_or(p->state, -1)),
			     db_i64(r->who.org != 0 ? r->who.org : field_or(p->dismantler, -1)),
			     db_i64(list_ask(p->limit)))))
		return cx->err;
	return list_rows(cx, w, &batch_table, "batch", rows, p->limit, write_left);
}

struct batch_params {
	int64_t batch;
};
static const struct field batch_params[] = {
	F_ID(struct batch_params, batch, IN | REQ | PATH, "the batch"), F_END};

struct shown_fraction {
	const char *fraction, *waste_code;
	int64_t hazard, lot, mass_mg;
};
static const struct field shown_fraction_fields[] = {
	F_TEXT(struct shown_fraction, fraction, OUT | REQ, 1, 40, "fraction"),
	F_TEXT(struct shown_fraction, waste_code, OUT | REQ, 1, 12, "European List of Waste"),
	F_BOOL(struct shown_fraction, hazard, OUT | REQ, "kept apart"),
	F_ID(struct shown_fraction, lot, OUT | REQ, "lot"),
	F_MG(struct shown_fraction, mass_mg, OUT | REQ, "weighed out into it from this batch"),
	F_END};
struct shown_batch {
	int64_t city, batch, state, site, dismantler, devices, in_mg, gain_mg, out_mg, loss_mg,
		unaccounted_mg, opened_us, closed_us, loss_reason;
	const char *scale;
	struct list fractions;
};
static const struct field shown_batch_fields[] = {
	F_ID(struct shown_batch, city, OUT | REQ, "the city"),
	F_ID(struct shown_batch, batch, OUT | REQ, "the batch"),
	F_ENUM(struct shown_batch, state, OUT | REQ, batch_states, "open or closed"),
	F_ID(struct shown_batch, site, OUT | REQ, "site"),
	F_ID(struct shown_batch, dismantler, OUT | REQ, "party that takes the devices apart"),
	F_TEXT(struct shown_batch, scale, OUT | REQ, 1, 40, "id of the scale"),
	F_INT(struct shown_batch, devices, OUT | REQ, 0, RECOVER_DEVICES_MAX, NULL,
	      "devices weighed in"),
	F_MG(struct shown_batch, in_mg, OUT | REQ, "weighed in"),
	F_MG(struct shown_batch, gain_mg, OUT | REQ, "recorded gain"),
	F_MG(struct shown_batch, out_mg, OUT | REQ, "weighed out"),
	F_MG(struct shown_batch, loss_mg, OUT | REQ, "recorded loss"),
	NUMBER(struct shown_batch, unaccounted_mg, "in + gain - out - loss"),
	F_US(struct shown_batch, opened_us, OUT | REQ, "opened at"),
	F_US(struct shown_batch, closed_us, OUT, "closed at"),
	F_ENUM(struct shown_batch, loss_reason, OUT, mass_reasons, "why the rest was lost"),
	F_LIST(struct shown_batch, fractions, OUT, RECOVER_FRACTIONS_MAX, shown_fraction_fields,
	       struct shown_fraction, "what was weighed out"),
	F_END};

static enum err read_fractions(struct cx *cx, struct reader *r, int64_t batch, struct list *out)
{
	static const char sql[] =
		"SELECT l.fraction, l.waste_code, l.hazard, l.lot, b.mass_mg FROM batch_lot b "
		"JOIN lot l ON l.city = b.city AND l.lot = b.lot WHERE b.city = $1 AND b.batch = $2 "
		"ORDER BY l.fraction, l.lot LIMIT 1000";
	struct shown_fraction *f = cx_array(cx, RECOVER_FRACTIONS_MAX, sizeof(*f));
	db_auto_rows *rows = NULL;
	size_t n = 0;

	if (!f || db_query(cx, r->db, &rows, sql, DB_ARGS(db_i64(r->city), db_i64(batch))))
		return cx->err;
	for (; n < RECOVER_FRACTIONS_MAX && db_next(cx, rows); n++) {
		f[n] = (struct shown_fraction){
			cx_strdup(cx, db_get_text(rows, 0)), cx_strdup(cx, db_get_text(rows, 1)),
			db_get_i64(rows, 2), db_get_i64(rows, 3), db_get_i64(rows, 4)};
		if (!f[n].fraction || !f[n].waste_code)
			return cx->err;
	}
	*out = (struct list){f, n};
	return cx->err;
}

static enum err view_batch(struct cx *cx, struct reader *r, const void *params, struct json_writer *w)
{
	const struct batch_params *p = params;
	const struct batch *b;
	const void *row;
	struct shown_batch s;

	if (one(cx, r, &batch_table, &(struct batch){.city = r->city, .batch = p->batch}, p->batch, &row))
		return cx->err;
	b = row;
	s = (struct shown_batch){.city = b->city,
				 .batch = b->batch,
				 .state = b->state,
				 .site = b->site,
				 .dismantler = b->dismantler,
				 .devices = b->devices,
				 .in_mg = b->in_mg,
				 .gain_mg = b->gain_mg,
				 .out_mg = b->out_mg,
				 .loss_mg = b->loss_mg,
				 .unaccounted_mg = batch_left_mg(b),
				 .opened_us = b->opened_us,
				 .closed_us = b->closed_us,
				 .loss_reason = b->loss_reason,
				 .scale = b->scale};
	if (reader_check_org(cx, r, b->dismantler) || read_fractions(cx, r, b->batch, &s.fractions))
		return cx->err;
	field_write(w, shown_batch_fields, OUT, &s);
	return ERR_OK;
}

struct inside_params {
	int64_t batch, limit;
	const char *after;
};
static const struct field inside_params[] = {
	F_ID(struct inside_params, batch, IN | REQ | PATH, "the batch"),
	PAGE_FIELDS(struct inside_params),
	F_END};

static enum err view_inside(struct cx *cx, struct reader *r, const void *params, struct json_writer *w)
{
	const struct inside_params *p = params;
	db_auto_rows *rows = NULL;
	const void *row;
	int64_t after;
	char *sql = cx_printf(
		cx,
		"SELECT %s FROM batch_device WHERE city = $1 AND batch = $2 AND device > $3 "
		"ORDER BY device LIMIT $4",
		reader_columns(&batch_device_table));

	if (!sql ||
	    one(cx, r, &batch_table, &(struct batch){.city = r->city, .batch = p->batch}, p->batch,
		&row) ||
	    reader_check_org(cx, r, ((const struct batch *)row)->dismantler) ||
	    page_after(cx, p->after, &after) ||
	    db_query(cx, r->db, &rows, sql,
		     DB_ARGS(db_i64(r->city), db_i64(p->batch), db_i64(after),
			     db_i64(list_ask(p->limit)))))
		return cx->err;
	return list_rows(cx, w, &batch_device_table, "device", rows, p->limit, NULL);
}

/* --- recover.tree --- */

struct tree_params {
	int64_t device, limit;
	const char *after;
};
static const struct field tree_params[] = {
	F_ID(struct tree_params, device, IN | REQ | PATH, "the device"),
	PAGE_FIELDS(struct tree_params),
	F_END};

static enum err view_tree(struct cx *cx, struct reader *r, const void *params, struct json_writer *w)
{
	const struct tree_params *p = params;
	db_auto_rows *rows = NULL;
	int64_t after;
	char *sql = cx_printf(
		cx,
		"SELECT %s FROM component WHERE city = $1 AND device = $2 AND component > $3 "
		"ORDER BY component LIMIT $4",
		reader_columns(&component_table));

	if (!sql || reader_check_org(cx, r, 0) || page_after(cx, p->after, &after) ||
	    db_query(cx, r->db, &rows, sql,
		     DB_ARGS(db_i64(r->city), db_i64(p->device), db_i64(after), db_i64(list_ask(p->limit)))))
		return cx->err;
	return list_rows(cx, w, &component_table, "component", rows, p->limit, NULL);
}

/* --- lots --- */

struct lots_params {
	int64_t limit;
	const char *after;
	int64_t state, site, hazard, from_us, until_us;
	const char *fraction;
};
static const struct field lots_params[] = {
	PAGE_FIELDS(struct lots_params),
	F_ENUM(struct lots_params, state, IN, lot_states, "only lots in this state"),
	F_ID(struct lots_params, site, IN, "only at this site"),
	F_BOOL(struct lots_params, hazard, IN, "only those kept apart, or the others"),
	F_TEXT(struct lots_params, fraction, IN, 1, 40, "only of this fraction"),
	F_US(struct lots_params, from_us, IN, "lots that were opened from then"),
	F_US(struct lots_params, until_us, IN, "and before then"),
	F_END};

static enum err view_lots(struct cx *cx, struct reader *r, const void *params, struct json_writer *w)
{
	const struct lots_params *p = params;
	db_auto_rows *rows = NULL;
	int64_t after;
	char *sql = cx_printf(
		cx,
		"SELECT %s FROM lot WHERE city = $1 AND lot > $2 AND ($3 < 0 OR state = $3) "
		"AND ($4 < 0 OR site = $4) AND ($5 < 0 OR hazard = $5) AND ($6 = '' OR fraction = $6) "
		"AND ($7 = 0 OR site IN (SELECT site FROM site WHERE city = $1 AND party = $7)) "
		"AND opened_us >= $8 AND opened_us < $9 ORDER BY lot LIMIT $10",
		reader_columns(&lot_table));

	if (!sql || page_after(cx, p->after, &after) ||
	    db_query(cx, r->db, &rows, sql,
		     DB_ARGS(db_i64(r->city), db_i64(after), db_i64(field_or(p->state, -1)),
			     db_i64(field_or(p->site, -1)), db_i64(field_or(p->hazard, -1)),
			     db_text(p->fraction ? p->fraction : ""), db_i64(r->who.org),
			     db_i64(field_or(p->from_us, 0)), db_i64(field_or(p->until_us, JSON_INT_MAX)),
			     db_i64(list_ask(p->limit)))))
		return cx->err;
	return list_rows(cx, w, &lot_table, "lot", rows, p->limit, NULL);
}

/* --- consignments --- */

struct consignments_params {
	int64_t limit;
	const char *after;
	int64_t state, recycler, differs;
};
static const struct field consignments_params[] = {
	PAGE_FIELDS(struct consignments_params),
	F_ENUM(struct consignments_params, state, IN, consignment_states,
	       "only consignments in this state"),
	F_ID(struct consignments_params, recycler, IN, "only to this party"),
	F_BOOL(struct consignments_params, differs, IN,
	       "only those whose receipt differs from what was shipped"),
	F_END};

static void write_difference(struct cx *cx, struct json_writer *w, const void *row)
{
	const struct consignment *c = row;

	(void)cx;
	if (c->received_mg != FIELD_NONE)
		jw_int_at(w, "difference_mg", c->received_mg - c->mass_mg);
}

static enum err view_consignments(struct cx *cx, struct reader *r, const void *params, struct json_writer *w)
{
	const struct consignments_params *p = params;
	db_auto_rows *rows = NULL;
	int64_t after;
	char *sql = cx_printf(
		cx,
		"SELECT %s FROM consignment WHERE city = $1 AND consignment > $2 AND ($3 < 0 OR state = "
		"$3) "
		"AND ($4 < 0 OR recycler = $4) AND ($5 < 1 OR received_mg <> mass_mg) AND ($5 <> 0 OR "
		"received_mg = mass_mg) "
		"ORDER BY consignment LIMIT $6",
		reader_columns(&consignment_table));

	if (!sql || page_after(cx, p->after, &after) ||
	    db_query(cx, r->db, &rows, sql,
		     DB_ARGS(db_i64(r->city), db_i64(after), db_i64(field_or(p->state, -1)),
			     db_i64(r->who.org != 0 ? r->who.org : field_or(p->recycler, -1)),
			     db_i64(field_or(p->differs, -1)), db_i64(list_ask(p->limit)))))
		return cx->err;
	return list_rows(cx, w, &consignment_table, "consignment", rows, p->limit, write_difference);
}

struct consignment_params {
	int64_t consignment;
};
static const struct field consignment_params[] = {
	F_ID(struct consignment_params, consignment, IN | REQ | PATH, "the consignment"), F_END};

struct shown_lot {
	int64_t lot, hazard, shipped_mg, received_mg, difference_mg;
	const char *fraction, *waste_code;
};
static const struct field shown_lot_fields[] = {
	F_ID(struct shown_lot, lot, OUT | REQ, "the lot"),
	F_TEXT(struct shown_lot, fraction, OUT | REQ, 1, 40, "fraction"),
	F_TEXT(struct shown_lot, waste_code, OUT | REQ, 1, 12, "European List of Waste"),
	F_BOOL(struct shown_lot, hazard, OUT | REQ, "kept apart"),
	F_MG(struct shown_lot, shipped_mg, OUT | REQ, "shipped"),
	F_MG(struct shown_lot, received_mg, OUT, "by the receipt"),
	NUMBER(struct shown_lot, difference_mg, "received less shipped"),
	F_END};
struct shown_consignment {
	struct consignment c;
	int64_t difference_mg;
	struct list contents, history;
};

static enum err read_lots(struct cx *cx, struct reader *r, int64_t consignment, struct list *out)
{
	static const char sql[] =
		"SELECT c.lot, l.hazard, c.shipped_mg, c.received_mg, l.fraction, l.waste_code FROM "
		"consignment_lot c "
		"JOIN lot l ON l.city = c.city AND l.lot = c.lot WHERE c.city = $1 AND c.consignment = $2 "
		"ORDER BY c.lot";
	struct shown_lot *l = cx_array(cx, RECOVER_LOTS_MAX, sizeof(*l));
	db_auto_rows *rows = NULL;
	size_t n = 0;

	if (!l || db_query(cx, r->db, &rows, sql, DB_ARGS(db_i64(r->city), db_i64(consignment))))
		return cx->err;
	for (; n < RECOVER_LOTS_MAX && db_next(cx, rows); n++) {
		bool received = !db_is_null(rows, 3);
		l[n] = (struct shown_lot){.lot = db_get_i64(rows, 0), .hazard = db_get_i64(rows, 1),
					  .shipped_mg = db_get_i64(rows, 2),
					  .received_mg = received ? db_get_i64(rows, 3) : FIELD_NONE,
					  .fraction = cx_strdup(cx, db_get_text(rows, 4)),
					  .waste_code = cx_strdup(cx, db_get_text(rows, 5))};
		l[n].difference_mg = received ? l[n].received_mg - l[n].shipped_mg : FIELD_NONE;
		if (!l[n].fraction || !l[n].waste_code)
			return cx->err;
	}
	*out = (struct list){l, n};
	return cx->err;
}

enum { RECEIPTS_SHOWN = 100 };
static enum err read_receipts(struct cx *cx, struct reader *r, int64_t consignment, struct list *out)
{
	struct receipt *list = cx_array(cx, RECEIPTS_SHOWN, sizeof(*list));
	db_auto_rows *rows = NULL;
	size_t n = 0;
	char *sql = cx_printf(
		cx,
		"SELECT %s FROM receipt WHERE city = $1 AND consignment = $2 ORDER BY n LIMIT %d",
		reader_columns(&receipt_table), RECEIPTS_SHOWN);

	if (!list || !sql || db_query(cx, r->db, &rows, sql, DB_ARGS(db_i64(r->city), db_i64(consignment))))
		return cx->err;
	for (; n < RECEIPTS_SHOWN && db_next(cx, rows); n++)
		if (field_row(cx, receipt_fields, rows, &list[n]))
			return cx->err;
	*out = (struct list){list, n};
	return cx->err;
}

/* struct consignment is the first member: its offsets are those of the whole. */
static const struct field shown_consignment_fields[] = {
	F_ID(struct consignment, city, OUT | REQ, "the city"),
	F_ID(struct consignment, consignment, OUT | REQ, "the consignment"),
	F_ENUM(struct consignment, state, OUT | REQ, consignment_states, "shipped, or receipted"),
	F_ID(struct consignment, site, OUT | REQ, "site that it left from"),
	F_ID(struct consignment, recycler, OUT | REQ, "party that receives it"),
	F_ID(struct consignment, carrier, OUT, "party that carries it"),
	F_TEXT(struct consignment, document, OUT | REQ, 1, 40, "number of the transport document"),
	F_INT(struct consignment, lots, OUT | REQ, 1, RECOVER_LOTS_MAX, NULL, "lots"),
	F_MG(struct consignment, mass_mg, OUT | REQ, "mass shipped"),
	F_US(struct consignment, shipped_us, OUT | REQ, "shipped at"),
	F_INT(struct consignment, receipts, OUT | REQ, 0, JSON_INT_MAX, NULL,
	      "receipts and corrections so far"),
	F_INT(struct consignment, receipt_seq, OUT, 0, JSON_INT_MAX, NULL,
	      "entry of the receipt that holds"),
	F_MG(struct consignment, received_mg, OUT, "mass by the receipt that holds"),
	F_MINOR(struct consignment, value_minor, OUT, "what the recycler pays"),
	F_MINOR(struct consignment, fee_minor, OUT, "what the recycler charges"),
	F_TEXT(struct consignment, certificate, OUT, 1, 64, "number of its certificate"),
	NUMBER(struct shown_consignment, difference_mg, "received less shipped"),
	F_LIST(struct shown_consignment, contents, OUT, RECOVER_LOTS_MAX, shown_lot_fields,
	       struct shown_lot, "its lots"),
	F_LIST(struct shown_consignment, history, OUT, RECEIPTS_SHOWN, receipt_fields,
	       struct receipt, "receipt and corrections"),
	F_END};

static enum err view_consignment(struct cx *cx, struct reader *r, const void *params, struct json_writer *w)
{
	const struct consignment_params *p = params;
	const struct consignment *c;
	struct shown_consignment s;
	const void *row;

	if (one(cx, r, &consignment_table,
		&(struct consignment){.city = r->city, .consignment = p->consignment},
		p->consignment, &row))
		return cx->err;
	c = row;
	s.c = *c;
	s.difference_mg = c->received_mg == FIELD_NONE ? FIELD_NONE : c->received_mg - c->mass_mg;
	if (reader_check_org(cx, r, c->recycler) || read_lots(cx, r, c->consignment, &s.contents) ||
	    read_receipts(cx, r, c->consignment, &s.history))
		return cx->err;
	field_write(w, shown_consignment_fields, OUT, &s);
	return ERR_OK;
}

/* --- recover.fractions --- */

struct shown_code {
	const char *code, *name_en, *name_zh, *kind, *waste_code;
	int64_t hazard;
};
static const struct field shown_code_fields[] = {
	F_TEXT(struct shown_code, code, OUT | REQ, 1, 40, "code"),
	F_TEXT(struct shown_code, name_en, OUT | REQ, 1, 100, "name in English"),
	F_TEXT(struct shown_code, name_zh, OUT | REQ, 1, 100, "name in Chinese"),
	F_BOOL(struct shown_code, hazard, OUT | REQ, "kept apart"),
	F_TEXT(struct shown_code, kind, OUT | REQ, 1, 40, "kind of hazard"),
	F_TEXT(struct shown_code, waste_code, OUT | REQ, 1, 12,
	       "European List of Waste; '*': hazardous waste"),
	F_END};

static enum err view_fractions(struct cx *cx, struct reader *r, const void *params, struct json_writer *w)
{
	const struct fraction *f;

	(void)r;
	(void)params;
	jw_name(w, "items");
	jw_array(w);
	for (size_t i = 0; (f = fraction_at(i)) != NULL; i++) {
		struct shown_code s = {f->code, f->name_en, f->name_zh, f->kind, f->waste_code, f->hazard};
		jw_object(w);
		field_write(w, shown_code_fields, OUT, &s);
		jw_object_end(w);
	}
	jw_array_end(w);
	return cx->err;
}

/* --- recover.mass, recover.balance --- */

/* Milligrams of each flow that touches devices, by category. */
struct mass {
	const char *category;
	int64_t received_mg, measured_mg, parts_in_mg, parts_out_mg, sold_mg, returned_mg, lost_mg,
		weighed_in_mg, on_hand_mg;
};
static const struct field mass_fields[] = {
	F_TEXT(struct mass, category, OUT | REQ, 1, 40, "category of devices"),
	NUMBER(struct mass, received_mg, "taken in, nominal"),
	NUMBER(struct mass, measured_mg, "the scale's readings less nominal"),
	NUMBER(struct mass, parts_in_mg, "parts fitted"),
	NUMBER(struct mass, parts_out_mg, "parts taken out"),
	NUMBER(struct mass, sold_mg, "sold, less what buyers returned"),
	NUMBER(struct mass, returned_mg, "returned to owners"),
	NUMBER(struct mass, lost_mg, "recorded loss, less what was found"),
	NUMBER(struct mass, weighed_in_mg, "weighed in to be dismantled"),
	NUMBER(struct mass, on_hand_mg, "on hand as devices"),
	F_END};

static void write_mass(struct json_writer *w, const struct mass *m)
{
	jw_object(w);
	field_write(w, mass_fields, OUT, m);
	jw_object_end(w);
}

/* A device's row has the mass that it came with, and the one it has or left with: what a scale corrected is
 * the rest, when what repairs fitted and took out is known. */
static enum err view_mass(struct cx *cx, struct reader *r, const void *params, struct json_writer *w)
{
	static const char sql[] =
		"WITH part AS (SELECT device, "
		"SUM(CASE WHEN direction = 0 THEN mass_mg ELSE 0 END) AS fitted, "
		"SUM(CASE WHEN direction = 0 THEN 0 ELSE mass_mg END) AS taken_out FROM repair_part "
		"WHERE city = $1 GROUP BY device) "
		"SELECT d.category, CAST(SUM(d.taken_mg) AS BIGINT), "
		"CAST(SUM(d.mass_mg) AS BIGINT), CAST(COALESCE(SUM(p.fitted), 0) AS BIGINT), "
		"CAST(COALESCE(SUM(p.taken_out), 0) AS BIGINT), "
		"CAST(SUM(CASE WHEN d.state = 8 THEN d.mass_mg ELSE 0 END) AS BIGINT), "
		"CAST(SUM(CASE WHEN d.state = 12 THEN d.mass_mg ELSE 0 END) AS BIGINT), "
		"CAST(SUM(CASE WHEN d.state IN (14, 15) THEN d.mass_mg ELSE 0 END) AS BIGINT), "
		"CAST(SUM(CASE WHEN d.state = 10 THEN d.mass_mg ELSE 0 END) AS BIGINT) "
		"FROM device d LEFT JOIN part p ON p.device = d.device "
		"WHERE d.city = $1 GROUP BY d.category ORDER BY d.category";
	db_auto_rows *rows = NULL;

	_Static_assert(DEVICE_DELIVERED == 8 && DEVICE_RECOVERED == 10 && DEVICE_RETURNED == 12 &&
		       DEVICE_SEIZED == 14 && DEVICE_LOST == 15 && PART_IN == 0, "numbers in the query");
	(void)params;
	if (reader_check_org(cx, r, 0) || db_query(cx, r->db, &rows, sql, DB_ARGS(db_i64(r->city))))
		return cx->err;
	jw_name(w, "items");
	jw_array(w);
	while (db_next(cx, rows)) {
		struct mass m = {.category = db_get_text(rows, 0),
				 .received_mg = db_get_i64(rows, 1),
				 .parts_in_mg = db_get_i64(rows, 3),
				 .parts_out_mg = db_get_i64(rows, 4),
				 .sold_mg = db_get_i64(rows, 5),
				 .returned_mg = db_get_i64(rows, 6),
				 .lost_mg = db_get_i64(rows, 7),
				 .weighed_in_mg = db_get_i64(rows, 8)};
		int64_t mass = db_get_i64(rows, 2);

		m.measured_mg = mass - m.received_mg - m.parts_in_mg + m.parts_out_mg;
		m.on_hand_mg = mass - m.sold_mg - m.returned_mg - m.lost_mg - m.weighed_in_mg;
		write_mass(w, &m);
	}
	jw_array_end(w);
	return cx->err;
}

struct account {
	int64_t received_mg, measured_mg, parts_in_mg, gain_mg, sold_mg, returned_mg, parts_out_mg, lost_mg,
		dismantling_loss_mg, devices_mg, batches_mg, lots_mg, shipped_mg, on_way_mg, receipted_mg,
		not_confirmed_mg;
};
static const struct field account_fields[] = {
	NUMBER(struct account, received_mg, "devices taken in, nominal"),
	NUMBER(struct account, measured_mg, "the scale's readings less nominal"),
	NUMBER(struct account, parts_in_mg, "parts fitted"),
	NUMBER(struct account, gain_mg, "recorded gain of dismantling"),
	NUMBER(struct account, sold_mg, "sold, less what buyers returned"),
	NUMBER(struct account, returned_mg, "returned to owners"),
	NUMBER(struct account, parts_out_mg, "parts taken out"),
	NUMBER(struct account, lost_mg, "devices lost or seized, less what was found"),
	NUMBER(struct account, dismantling_loss_mg, "recorded loss of dismantling"),
	NUMBER(struct account, devices_mg, "on hand as devices"),
	NUMBER(struct account, batches_mg, "on hand in open batches"),
	NUMBER(struct account, lots_mg, "on hand as fractions"),
	NUMBER(struct account, shipped_mg, "fractions shipped"),
	NUMBER(struct account, on_way_mg, "of them: receipt awaited"),
	NUMBER(struct account, receipted_mg, "of them: by the recyclers' receipts"),
	NUMBER(struct account, not_confirmed_mg, "of them: not confirmed by a receipt"),
	F_END};

static enum err view_balance(struct cx *cx, struct reader *r, const void *params, struct json_writer *w)
{
	static const char sql[] =
		"SELECT from_kind, to_kind, CAST(SUM(amount) AS BIGINT) FROM turnover "
		"WHERE city = $1 AND unit = 'mg' GROUP BY from_kind, to_kind";
	db_auto_rows *rows = NULL;
	int64_t t[FLOWS] = {0};
	struct account a;

	(void)params;
	if (reader_check_org(cx, r, 0) ||
	    db_query(cx, r->db, &rows, sql, DB_ARGS(db_i64(r->city))))
		return cx->err;
	while (db_next(cx, rows)) {
		enum flow flow;
		int sign;
		if (mass_flow((int)db_get_i64(rows, 0), (int)db_get_i64(rows, 1), &flow, &sign))
			t[flow] += sign * db_get_i64(rows, 2);
	}
	if (cx->err)
		return cx->err;
	a = (struct account){.received_mg = t[FLOW_RECEIVED],
			     .measured_mg = t[FLOW_MEASURED],
			     .parts_in_mg = t[FLOW_PARTS_IN],
			     .gain_mg = t[FLOW_GAIN],
			     .sold_mg = t[FLOW_SOLD],
			     .returned_mg = t[FLOW_RETURNED],
			     .parts_out_mg = t[FLOW_PARTS_OUT],
			     .lost_mg = t[FLOW_LOST],
			     .dismantling_loss_mg = t[FLOW_BATCH_LOSS],
			     .devices_mg = t[FLOW_RECEIVED] + t[FLOW_MEASURED] + t[FLOW_PARTS_IN] -
					   t[FLOW_PARTS_OUT] - t[FLOW_SOLD] - t[FLOW_RETURNED] -
					   t[FLOW_LOST] - t[FLOW_WEIGHED_IN],
			     .batches_mg = t[FLOW_WEIGHED_IN] + t[FLOW_GAIN] - t[FLOW_WEIGHED_OUT] -
					   t[FLOW_BATCH_LOSS],
			     .lots_mg = t[FLOW_WEIGHED_OUT] - t[FLOW_SHIPPED],
			     .shipped_mg = t[FLOW_SHIPPED],
			     .on_way_mg = t[FLOW_SHIPPED] - t[FLOW_RECEIPTED] - t[FLOW_DIFFERENCE],
			     .receipted_mg = t[FLOW_RECEIPTED],
			     .not_confirmed_mg = t[FLOW_DIFFERENCE]};
	field_write(w, account_fields, OUT, &a);
	return ERR_OK;
}

/* --- recover.yield --- */

struct yield {
	const char *fraction, *waste_code;
	int64_t hazard, out_mg, on_hand_mg, shipped_mg, receipted_mg;
	const char *name_en, *name_zh, *kind;
};
struct yield_params {
	int64_t from_us, until_us;
};
static const struct field yield_params[] = {
	F_US(struct yield_params, from_us, IN, "lots that were opened from then"),
	F_US(struct yield_params, until_us, IN, "and before then"),
	F_END};
static const struct field yield_fields[] = {
	F_TEXT(struct yield, fraction, OUT | REQ, 1, 40, "fraction"),
	F_TEXT(struct yield, waste_code, OUT | REQ, 1, 12, "European List of Waste"),
	F_BOOL(struct yield, hazard, OUT | REQ, "kept apart"),
	NUMBER(struct yield, out_mg, "weighed out"),
	NUMBER(struct yield, on_hand_mg, "on hand"),
	NUMBER(struct yield, shipped_mg, "shipped"),
	NUMBER(struct yield, receipted_mg, "by the recyclers' receipts"),
	F_TEXT(struct yield, name_en, OUT, 1, 100, "name in English"),
	F_TEXT(struct yield, name_zh, OUT, 1, 100, "name in Chinese"),
	F_TEXT(struct yield, kind, OUT, 1, 40, "kind of hazard"),
	F_END};

static enum err view_yield(struct cx *cx, struct reader *r, const void *params, struct json_writer *w)
{
	static const char sql[] =
		"SELECT l.fraction, MIN(l.waste_code), MAX(l.hazard), CAST(SUM(l.mass_mg) AS BIGINT), "
		"CAST(SUM(CASE WHEN l.state = 0 THEN l.mass_mg ELSE 0 END) AS BIGINT), "
		"CAST(SUM(CASE WHEN l.state = 0 THEN 0 ELSE l.mass_mg END) AS BIGINT), "
		"CAST(COALESCE(SUM(c.received_mg), 0) AS BIGINT) FROM lot l "
		"LEFT JOIN consignment_lot c ON c.city = l.city AND c.consignment = l.consignment AND "
		"c.lot = l.lot "
		"WHERE l.city = $1 AND l.opened_us >= $2 AND l.opened_us < $3 "
		"GROUP BY l.fraction ORDER BY l.fraction";
	const struct yield_params *p = params;
	db_auto_rows *rows = NULL;

	if (reader_check_org(cx, r, 0) ||
	    db_query(cx, r->db, &rows, sql, DB_ARGS(db_i64(r->city), db_i64(field_or(p->from_us, 0)),
						    db_i64(field_or(p->until_us, JSON_INT_MAX)))))
		return cx->err;
	jw_name(w, "items");
	jw_array(w);
	while (db_next(cx, rows)) {
		struct yield y = {db_get_text(rows, 0), db_get_text(rows, 1), db_get_i64(rows, 2),
				  db_get_i64(rows, 3),	db_get_i64(rows, 4),  db_get_i64(rows, 5),
				  db_get_i64(rows, 6)};
		const struct fraction *f = fraction_find(y.fraction);
		y.name_en = f ? f->name_en : NULL;
		y.name_zh = f ? f->name_zh : NULL;
		y.kind = f ? f->kind : NULL;
		jw_object(w);
		field_write(w, yield_fields, OUT, &y);
		jw_object_end(w);
	}
	jw_array_end(w);
	return cx->err;
}

const struct view recover_views[] = {
	{.name = "recover.batches",
	 .path = CITY "batches",
	 .roles = READERS,
	 PARAMS(batches),
	 .fields = shown_batch_fields,
	 .list = true,
	 .run = view_batches,
	 .doc = "Dismantling batches; a dismantler sees its own."},
	{.name = "recover.batch",
	 .path = CITY "batches/{batch}",
	 .roles = READERS,
	 PARAMS(batch),
	 .fields = shown_batch_fields,
	 .run = view_batch,
	 .doc = "One batch with its balance of mass: in, out by fraction, unaccounted."},
	{.name = "recover.weighings",
	 .path = CITY "batches/{batch}/devices",
	 .roles = READERS,
	 PARAMS(inside),
	 .fields = batch_device_fields,
	 .list = true,
	 .run = view_inside,
	 .doc = "Devices weighed into a batch."},
	{.name = "recover.tree",
	 .path = CITY "devices/{device}/components",
	 .roles = READERS,
	 PARAMS(tree),
	 .fields = component_fields,
	 .list = true,
	 .run = view_tree,
	 .doc = "Components found in a device, as a tree."},
	{.name = "recover.lots",
	 .path = CITY "lots",
	 .roles = READERS,
	 PARAMS(lots),
	 .fields = lot_fields,
	 .list = true,
	 .run = view_lots,
	 .doc = "Lots of fractions."},
	{.name = "recover.consignments",
	 .path = CITY "consignments",
	 .roles = READERS,
	 PARAMS(consignments),
	 .fields = shown_consignment_fields,
	 .list = true,
	 .run = view_consignments,
	 .doc = "Consignments, with how far receipts differ."},
	{.name = "recover.consignment",
	 .path = CITY "consignments/{consignment}",
	 .roles = READERS,
	 PARAMS(consignment),
	 .fields = shown_consignment_fields,
	 .run = view_consignment,
	 .doc = "One consignment: lots, receipts, discrepancies."},
	{.name = "recover.fractions",
	 .path = "/v1/fractions",
	 .roles = READERS | ROLE_PUBLIC,
	 .fields = shown_code_fields,
	 .list = true,
	 .run = view_fractions,
	 .doc = "The list of fractions with their waste codes."},
	{.name = "recover.mass",
	 .path = CITY "mass",
	 .roles = READERS,
	 .fields = mass_fields,
	 .list = true,
	 .apart = true,
	 .run = view_mass,
	 .doc = "Where the mass of devices went, by category."},
	{.name = "recover.balance",
	 .path = CITY "mass/balance",
	 .roles = READERS,
	 .fields = account_fields,
	 .run = view_balance,
	 .doc = "The city's account of mass: in, on hand, gone, shipped, confirmed."},
	{.name = "recover.yield",
	 .path = CITY "mass/fractions",
	 .roles = READERS,
	 PARAMS(yield),
	 .fields = yield_fields,
	 .list = true,
	 .run = view_yield,
	 .doc = "Fractions weighed out, on hand, shipped and receipted."},
	{.name = "recover.metals",
	 .path = CITY "mass/metals",
	 .roles = READERS,
	 .params = recover_metals_params,
	 .params_size = sizeof(struct metals_params),
	 .fields = recover_metals_shown,
	 .list = true,
	 .run = recover_metals_run,
	 .doc = "Metals in the devices that were dismantled: estimates by the recovery rule's sources."},
	{.name = "recover.dismantled",
	 .path = CITY "mass/dismantled",
	 .roles = READERS,
	 .params = recover_dismantled_params,
	 .params_size = sizeof(struct dismantled_params),
	 .fields = recover_dismantled_shown,
	 .list = true,
	 .run = recover_dismantled_run,
	 .doc = "Devices that were weighed into batches."},
	{.name = NULL}};
