/* afterlife.c: what became of a device: how it was erased, repaired, sold on or taken apart. */
#include "kernel/entry.h"
#include "kernel/history.h"
#include "programme/desk/parts.h"
#include "programme/erase/erase.h"
#include "programme/recover/recover.h"
#include "programme/stock/stock.h"

const char *const desk_fates[] = {"with_us",	"for_sale", "sold_on", "to_recover", "recovered",
				  "returning", "returned", "lost",    "seized",	    NULL};
enum fate {
	FATE_WITH_US, FATE_FOR_SALE, FATE_SOLD_ON, FATE_TO_RECOVER, FATE_RECOVERED, FATE_RETURNING,
	FATE_RETURNED, FATE_LOST, FATE_SEIZED
};

#define THING(T, m, d) F_TEXT(struct T, m, OUT, 1, 100, d)
const struct field after_erasure_fields[] = {
	F_INT(struct after_erasure, medium, OUT | REQ, 1, MEDIA_MAX, NULL, "the medium's number"),
	F_INT(struct after_erasure, attempt, OUT | REQ, 1, 1000000, NULL, "attempt on this medium"),
	F_ENUM(struct after_erasure, outcome, OUT | REQ, erase_outcomes, "what came of it"),
	F_ENUM(struct after_erasure, method, OUT, erase_methods, "NIST SP 800-88 Rev. 1"),
	F_ENUM(struct after_erasure, technique, OUT, erase_techniques, "technique within the method"),
	F_ENUM(struct after_erasure, reason, OUT, erase_reasons, "why it is not verified"),
	F_US(struct after_erasure, at_us, OUT | REQ, "ended at; else recorded at"),
	F_END};
const struct field after_part_fields[] = {
	F_ID(struct after_part, repair, OUT | REQ, "the repair"),
	F_US(struct after_part, at_us, OUT | REQ, "repaired at"),
	F_TEXT(struct after_part, code, OUT | REQ, 1, 40, "what part"),
	F_ENUM(struct after_part, direction, OUT | REQ, part_directions, "fitted, or taken out"),
	F_MG(struct after_part, mass_mg, OUT | REQ, "its mass"),
	F_END};
const struct field after_material_fields[] = {
	F_TEXT(struct after_material, fraction, OUT, 1, 40, "fraction; absent: not said where it goes"),
	THING(after_material, en, "its name in English"),
	THING(after_material, zh, "and in Chinese"),
	F_BOOL(struct after_material, hazard, OUT, "kept apart"),
	F_INT(struct after_material, pieces, OUT, 0, JSON_INT_MAX, NULL, "components"),
	F_MG(struct after_material, mass_mg, OUT, "weighed; absent: not weighed one by one"),
	F_END};
const struct field after_metal_fields[] = {
	F_TEXT(struct after_metal, material, OUT | REQ, 1, 64, "metal"),
	F_INT(struct after_metal, ug, OUT | REQ, 0, JSON_INT_MAX, "ug", "in one device of this category"),
	F_TEXT(struct after_metal, source, OUT, 1, 500, "where the figure comes from"),
	F_END};

static enum fate fate_of(const struct device *d)
{
	switch ((enum device_state)d->state) {
	case DEVICE_STOCK:
	case DEVICE_LISTED:
		return FATE_FOR_SALE;
	case DEVICE_SOLD:
	case DEVICE_DELIVERED:
		return FATE_SOLD_ON;
	case DEVICE_TO_RECOVER:
		return FATE_TO_RECOVER;
	case DEVICE_RECOVERED:
		return FATE_RECOVERED;
	case DEVICE_RETURNING:
		return FATE_RETURNING;
	case DEVICE_RETURNED:
		return FATE_RETURNED;
	case DEVICE_LOST:
		return FATE_LOST;
	case DEVICE_SEIZED:
		return FATE_SEIZED;
	case DEVICE_CUSTODY:
	case DEVICE_OWNED:
	case DEVICE_ERASING:
	case DEVICE_ERASED:
	case DEVICE_ERASE_FAILED:
	case DEVICE_HELD:
		break;
	}
	return FATE_WITH_US;
}

static int64_t or_none(const struct db_rows *rows, int column)
{
	return db_is_null(rows, column) ? FIELD_NONE : db_get_i64(rows, column);
}

static enum err read_erasure(struct cx *cx, struct reader *r, int64_t seq, struct after_erasure *out)
{
	struct erase_shown s;
	struct entry e;
	struct cx read; /* unpacking an entry takes more memory than what is kept of it */

	cx_init(&read, ENTRY_READ_MAX);
	if (entry_read(&read, r->db, r->domain, r->city, seq, &e))
		cx_pass(cx, &read);
	else if (!erase_shown_of(&e, &s))
		cx_fail(cx, ERR_CORRUPT, "entry %lld records no erasure; run relode audit", (long long)seq);
	else
		*out = (struct after_erasure){s.medium, s.attempt, s.outcome, s.method, s.technique, s.reason,
					      field_or(s.ended_us, s.recorded_us)};
	cx_done(&read);
	return cx->err;
}

static enum err read_erasures(struct cx *cx, struct reader *r, int64_t device, struct list *out)
{
	static const char sql[] =
		"SELECT seq FROM erasure WHERE city = $1 AND device = $2 ORDER BY seq LIMIT $3";
	struct after_erasure *e = cx_array(cx, AFTER_MAX, sizeof(*e));
	db_auto_rows *rows = NULL;
	size_t n = 0;

	if (!e || db_query(cx, r->db, &rows, sql,
			   DB_ARGS(db_i64(r->city), db_i64(device), db_i64(AFTER_MAX))))
		return cx->err;
	for (; n < AFTER_MAX && db_next(cx, rows); n++)
		if (read_erasure(cx, r, db_get_i64(rows, 0), &e[n]))
			return cx->err;
	*out = (struct list){e, n};
	return cx->err;
}

/* Repairs stand in the device's history; their parts have no index by device. */
static enum err read_repairs(struct cx *cx, struct reader *r, int64_t device, struct afterlife *a)
{
	static const char sql[] = "SELECT repair, at_us, code, direction, mass_mg FROM repair_part "
				  "WHERE city = $1 AND repair = $2 ORDER BY n LIMIT $3";
	struct after_part *p = cx_array(cx, AFTER_MAX, sizeof(*p));
	int64_t *seqs, repair;
	size_t count, n = 0;

	if (!p || history_read(cx, r->db, r->city, ACCOUNT(SUBJECT_DEVICE, device), -1, AFTER_MAX, &seqs,
			       &count))
		return cx->err;
	a->repairs = 0;
	for (size_t i = 0; i < count; i++) {
		db_auto_rows *rows = NULL;
		struct entry e;

		if (entry_read(cx, r->db, r->domain, r->city, seqs[i], &e))
			return cx->err;
		if (!stock_is_repair(&e, &repair))
			continue;
		a->repairs++;
		if (db_query(cx, r->db, &rows, sql,
			     DB_ARGS(db_i64(r->city), db_i64(repair), db_i64(STOCK_PARTS_MAX))))
			return cx->err;
		for (; n < AFTER_MAX && db_next(cx, rows); n++) {
			p[n] = (struct after_part){db_get_i64(rows, 0), db_get_i64(rows, 1),
						   db_get_i64(rows, 3), db_get_i64(rows, 4),
						   cx_strdup(cx, db_get_text(rows, 2))};
			if (!p[n].code)
				return cx->err;
		}
		if (cx->err)
			return cx->err;
	}
	a->parts = (struct list){p, n};
	return ERR_OK;
}

/* Rows of fraction, pieces, milligrams. */
static enum err read_fractions(struct cx *cx, struct reader *r, const char *sql, int64_t id, struct list *out)
{
	struct after_material *m = cx_array(cx, AFTER_MAX, sizeof(*m));
	db_auto_rows *rows = NULL;
	size_t n = 0;

	if (!m || db_query(cx, r->db, &rows, sql, DB_ARGS(db_i64(r->city), db_i64(id), db_i64(AFTER_MAX))))
		return cx->err;
	for (; n < AFTER_MAX && db_next(cx, rows); n++) {
		const struct fraction *f = db_is_null(rows, 0) ? NULL : fraction_find(db_get_text(rows, 0));
		m[n] = (struct after_material){.fraction = f ? f->code : NULL, .en = f ? f->name_en : NULL,
					       .zh = f ? f->name_zh : NULL,
					       .hazard = f ? f->hazard : FIELD_NONE,
					       .pieces = or_none(rows, 1), .mass_mg = or_none(rows, 2)};
	}
	*out = (struct list){m, n};
	return cx->err;
}

static enum err read_recovery(struct cx *cx, struct reader *r, int64_t device, struct afterlife *a)
{
	static const char own[] =
		"SELECT fraction, COUNT(*), CAST(SUM(mass_mg) AS BIGINT) FROM component WHERE city = $1 AND "
		"device = $2 GROUP BY fraction ORDER BY COALESCE(SUM(mass_mg), 0) DESC, "
		"COALESCE(fraction, '') LIMIT $3";
	static const char batch_sql[] =
		"SELECT l.fraction, CAST(NULL AS BIGINT), CAST(SUM(b.mass_mg) AS BIGINT) "
		"FROM batch_lot b JOIN lot l ON l.city = b.city AND l.lot = b.lot "
		"WHERE b.city = $1 AND b.batch = $2 GROUP BY l.fraction ORDER BY 3 DESC, 1 LIMIT $3";
	const struct device_batch key = {.city = r->city, .device = device};
	struct batch_device inside = {.city = r->city, .device = device};
	const void *row;

	if (reader_find(cx, r, &device_batch_table, &key, &row))
		return cx->err;
	if (!row)
		return ERR_OK;
	inside.batch = ((const struct device_batch *)row)->batch;
	if (read_fractions(cx, r, own, device, &a->materials) ||
	    read_fractions(cx, r, batch_sql, inside.batch, &a->batch_materials) ||
	    reader_find(cx, r, &batch_device_table, &inside, &row))
		return cx->err;
	if (row)
		a->weighed_mg = ((const struct batch_device *)row)->scale_mg;
	if (reader_find(cx, r, &batch_table, &(struct batch){.city = r->city, .batch = inside.batch}, &row))
		return cx->err;
	if (row) {
		a->batch_mg = ((const struct batch *)row)->in_mg;
		a->batch_devices = ((const struct batch *)row)->devices;
	}
	return ERR_OK;
}

/* What the recovery rule says of such devices: with sources, not measured. No rule: nothing is said. */
static enum err read_metals(struct cx *cx, struct reader *r, const char *category, struct list *out)
{
	const struct recovery_category *c;
	const struct recovery_metal *metal;
	const struct rule *rule;
	struct after_metal *m;

	if (rule_read(cx, r, RULE_RECOVERY, "default", &rule)) {
		if (cx->err == ERR_CONFLICT)
			cx_clear(cx);
		return cx->err;
	}
	c = recovery_category_find(rule_recovery(rule), category);
	if (!c)
		return ERR_OK;
	metal = c->metals.item;
	m = cx_array(cx, c->metals.count, sizeof(*m));
	for (size_t i = 0; m && i < c->metals.count; i++)
		m[i] = (struct after_metal){metal[i].material, metal[i].source, metal[i].ug};
	*out = (struct list){m, c->metals.count};
	return cx->err;
}

enum err desk_afterlife(struct cx *cx, struct reader *r, const struct device *d, struct afterlife *out)
{
	struct afterlife a = {.fate = fate_of(d), .fate_us = d->since_us, .weighed_mg = FIELD_NONE,
			      .batch_mg = FIELD_NONE, .batch_devices = FIELD_NONE};

	/* Whoever traded it in, and every buyer to whom it was delivered. */
	a.owners = 1 + d->returns + (d->state == DEVICE_DELIVERED);
	if (read_erasures(cx, r, d->device, &a.erasures) || read_repairs(cx, r, d->device, &a) ||
	    read_recovery(cx, r, d->device, &a) || read_metals(cx, r, d->category, &a.metals))
		return cx->err;
	*out = a;
	return ERR_OK;
}
