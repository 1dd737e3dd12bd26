/* Metals in what was dismantled. Nobody assays a lot here: what devices contain is an estimate by the
 * recovery rule, whose lines name their sources. What a scale said of a metal's own fraction stands in
 * recover.yield. */
#include "programme/list.h"
#include "programme/recover/internal.h"
#include "programme/rule/rule.h"

enum { UG_PER_MG = 1000 };

/* --- recover.metals --- */

const struct field recover_metals_params[] = {
	F_US(struct metals_params, from_us, IN, "devices that were weighed in from then"),
	F_US(struct metals_params, until_us, IN, "and before then"),
	F_END};

struct metal_row {
	const char *category, *material, *fraction, *source;
	int64_t devices, device_ug, contained_mg, recovered_bp, expected_mg;
};
const struct field recover_metals_shown[] = {
	F_TEXT(struct metal_row, category, OUT | REQ, 1, 40, "category of the devices"),
	F_INT(struct metal_row, devices, OUT | REQ, 1, JSON_INT_MAX, NULL, "weighed into batches"),
	F_TEXT(struct metal_row, material, OUT, 1, 8,
	       "the metal; absent: the rule says nothing of such devices"),
	F_INT(struct metal_row, device_ug, OUT, 0, JSON_INT_MAX, "ug", "in one device: an estimate"),
	F_MG(struct metal_row, contained_mg, OUT, "in all of them: an estimate"),
	F_INT(struct metal_row, recovered_bp, OUT, 0, 10000, "bp",
	      "share that is expected to reach a fraction that is paid for"),
	F_MG(struct metal_row, expected_mg, OUT, "so much of it: an estimate"),
	F_TEXT(struct metal_row, source, OUT, 1, 400, "where device_ug is from"),
	F_TEXT(struct metal_row, fraction, OUT, 1, 40,
	       "the fraction that is this metal, which scales measure: see recover.yield"),
	F_END};

static const char *fraction_of(const char *material)
{
	static const char *const own[][2] = {{"Al", "aluminium"}, {"Cu", "copper"}, {"Fe", "ferrous"}};

	for (size_t i = 0; i < ARRAY_LEN(own); i++)
		if (strcmp(own[i][0], material) == 0)
			return own[i][1];
	return NULL;
}

static void write_row(struct json_writer *w, const struct metal_row *row)
{
	jw_object(w);
	field_write(w, recover_metals_shown, OUT, row);
	jw_object_end(w);
}

/* A row a metal of such devices; without a rule for them, one that says how many there were. */
static enum err write_category(struct cx *cx, const struct recovery *rule, struct metal_row row,
			       struct json_writer *w)
{
	const struct recovery_category *c = rule ? recovery_category_find(rule, row.category) : NULL;
	const struct recovery_metal *m = c ? c->metals.item : NULL;
	__int128 ug;

	row.device_ug = row.contained_mg = row.recovered_bp = row.expected_mg = FIELD_NONE;
	if (!c || c->metals.count == 0)
		write_row(w, &row);
	for (size_t i = 0; c && i < c->metals.count; i++) {
		ug = (__int128)m[i].ug * row.devices;
		if (ug / UG_PER_MG > JSON_INT_MAX)
			return cx_fail(cx, ERR_TOO_LARGE, "more %s than can be counted", m[i].material);
		row.material = m[i].material;
		row.fraction = fraction_of(m[i].material);
		row.source = m[i].source;
		row.device_ug = m[i].ug;
		row.recovered_bp = m[i].recovered_bp;
		row.contained_mg = (int64_t)((ug + UG_PER_MG / 2) / UG_PER_MG);
		row.expected_mg = (int64_t)((ug * m[i].recovered_bp / 10000 + UG_PER_MG / 2) / UG_PER_MG);
		write_row(w, &row);
	}
	return ERR_OK;
}

enum err recover_metals_run(struct cx *cx, struct reader *r, const void *params, struct json_writer *w)
{
	static const char sql[] =
		"SELECT d.category, COUNT(*) FROM batch_device b JOIN device d ON d.city = b.city AND "
		"d.device = b.device WHERE b.city = $1 AND b.weighed_us >= $2 AND b.weighed_us < $3 "
		"GROUP BY d.category ORDER BY d.category";
	const struct metals_params *p = params;
	const struct rule *rule = NULL;
	db_auto_rows *rows = NULL;

	if (reader_check_org(cx, r, 0))
		return cx->err;
	if (rule_read(cx, r, RULE_RECOVERY, "default", &rule)) {
		if (cx->err != ERR_CONFLICT)
			return cx->err;
		cx_clear(cx); /* none was published */
		rule = NULL;
	}
	if (db_query(cx, r->db, &rows, sql,
		     DB_ARGS(db_i64(r->city), db_i64(field_or(p->from_us, 0)),
			     db_i64(field_or(p->until_us, JSON_INT_MAX)))))
		return cx->err;
	jw_name(w, "items");
	jw_array(w);
	while (db_next(cx, rows))
		if (write_category(cx, rule ? rule_recovery(rule) : NULL,
				   (struct metal_row){.category = db_get_text(rows, 0),
						      .devices = db_get_i64(rows, 1)},
				   w))
			return cx->err;
	jw_array_end(w);
	return cx->err;
}

/* --- recover.dismantled --- */

const struct field recover_dismantled_params[] = {
	PAGE_FIELDS(struct dismantled_params),
	F_TEXT(struct dismantled_params, category, IN, 1, 40, "only of this category"),
	F_US(struct dismantled_params, from_us, IN, "weighed in from then"),
	F_US(struct dismantled_params, until_us, IN, "and before then"),
	F_END};

struct dismantled {
	int64_t device, batch, model, scale_mg, weighed_us, seq;
	const char *category;
};
const struct field recover_dismantled_shown[] = {
	F_ID(struct dismantled, device, OUT | REQ, "the device"),
	F_TEXT(struct dismantled, category, OUT | REQ, 1, 40, "category"),
	F_ID(struct dismantled, model, OUT, "model of the catalogue"),
	F_ID(struct dismantled, batch, OUT | REQ, "the batch"),
	F_MG(struct dismantled, scale_mg, OUT | REQ, "what the scale said"),
	F_US(struct dismantled, weighed_us, OUT | REQ, "weighed in at"),
	F_INT(struct dismantled, seq, OUT | REQ, 0, JSON_INT_MAX, NULL, "by this entry"),
	F_END};

enum err recover_dismantled_run(struct cx *cx, struct reader *r, const void *params, struct json_writer *w)
{
	static const char sql[] =
		"SELECT b.device, b.batch, d.model, b.scale_mg, b.weighed_us, b.seq, d.category "
		"FROM device_batch x JOIN batch_device b ON b.city = x.city AND b.batch = x.batch AND "
		"b.device = x.device JOIN device d ON d.city = x.city AND d.device = x.device "
		"WHERE x.city = $1 AND x.device > $2 AND b.weighed_us >= $3 AND b.weighed_us < $4 AND "
		"($5 = '' OR d.category = $5) ORDER BY x.device LIMIT $6";
	const struct dismantled_params *p = params;
	int64_t page = list_ask(p->limit) - 1, count = 0, last = 0, after;
	db_auto_rows *rows = NULL;

	if (reader_check_org(cx, r, 0) || page_after(cx, p->after, &after) ||
	    db_query(cx, r->db, &rows, sql,
		     DB_ARGS(db_i64(r->city), db_i64(after), db_i64(field_or(p->from_us, 0)),
			     db_i64(field_or(p->until_us, JSON_INT_MAX)),
			     db_text(p->category ? p->category : ""), db_i64(page + 1))))
		return cx->err;
	jw_name(w, "items");
	jw_array(w);
	for (; count < page && db_next(cx, rows); count++) {
		const struct dismantled d = {db_get_i64(rows, 0),
					     db_get_i64(rows, 1),
					     db_is_null(rows, 2) ? FIELD_NONE : db_get_i64(rows, 2),
					     db_get_i64(rows, 3),
					     db_get_i64(rows, 4),
					     db_get_i64(rows, 5),
					     db_get_text(rows, 6)};
		jw_object(w);
		field_write(w, recover_dismantled_shown, OUT, &d);
		jw_object_end(w);
		last = d.device;
	}
	return list_end(cx, w, rows, count, page, last);
}
