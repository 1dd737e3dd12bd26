/* preview.c: what another price list would do to what was booked lately.
 *
 * The candidate is published under a name of its own, "draft" say, by rule.publish, which checks it as it
 * checks every list; quotes go by "default" alone. Both lists price the same declared facts at the time of
 * the promise.
 */
#include "base/time.h"
#include "programme/desk/parts.h"

#define IN_FORCE "default"
enum {
	PREVIEW_ITEMS = 1000, PREVIEW_ITEMS_MAX = 10000,
	KINDS_SIZE = 1 << 15, /* more than twice the items: kinds of devices, by hash */
	SHOWN_MAX = 50
};

const struct field desk_preview_params[] = {
	F_TEXT(struct desk_preview, name, IN | REQ, 1, 40, "name under which the candidate was published"),
	F_TEXT(struct desk_preview, day, IN, 10, 10, "items booked on this local day; absent: the newest"),
	F_INT(struct desk_preview, last, IN, 1, PREVIEW_ITEMS_MAX, NULL, "at most so many; 1000 when absent"),
	F_END};

/* Devices of one model, or of one category where no model is known. */
struct kind {
	int64_t model;
	const char *category, *name;
	int64_t items, changed, before_minor, after_minor;
	bool known;
	struct quote_model facts;
};
static const struct field kind_fields[] = {
	F_ID(struct kind, model, OUT, "model of the catalogue"),
	F_TEXT(struct kind, name, OUT, 1, 400, "brand and name"),
	F_TEXT(struct kind, category, OUT | REQ, 1, 40, "category"),
	F_INT(struct kind, items, OUT | REQ, 1, PREVIEW_ITEMS_MAX, NULL, "items"),
	F_INT(struct kind, changed, OUT | REQ, 0, PREVIEW_ITEMS_MAX, NULL, "of them with another price"),
	F_MINOR(struct kind, before_minor, OUT | REQ, "sum of their prices by the list in force"),
	F_MINOR(struct kind, after_minor, OUT | REQ, "and by the candidate"),
	F_END};
struct preview {
	struct bytes version, in_force;
	int64_t items, changed, up, down, not_bought, newly_bought, skipped, before_minor, after_minor;
	const char *currency;
	struct list models;
};
#define COUNT(m, d) F_INT(struct preview, m, OUT | REQ, 0, PREVIEW_ITEMS_MAX, NULL, d)
const struct field desk_preview_shown[] = {
	F_HEX(struct preview, version, OUT | REQ, 32, "version of the candidate"),
	F_HEX(struct preview, in_force, OUT | REQ, 32, "version in force"),
	F_TEXT(struct preview, currency, OUT | REQ, 3, 3, "currency"),
	COUNT(items, "items that were priced by both"),
	COUNT(changed, "whose price differs"),
	COUNT(up, "higher"),
	COUNT(down, "lower, or not bought any more"),
	COUNT(not_bought, "not bought any more"),
	COUNT(newly_bought, "not bought by the list in force, bought by the candidate"),
	COUNT(skipped, "whose model is not in the catalogue any more"),
	F_MINOR(struct preview, before_minor, OUT | REQ, "sum by the list in force"),
	F_MINOR(struct preview, after_minor, OUT | REQ, "sum by the candidate"),
	F_LIST(struct preview, models, OUT, SHOWN_MAX, kind_fields, struct kind,
	       "models whose sum changes, the largest change first"),
	F_END};

struct pricing {
	struct cx *cx;
	struct reader *r;
	const struct rule *before, *after;
	const char *currency;
	struct kind *kind;
	struct preview out;
};

static uint64_t hash_of(int64_t model, const char *category)
{
	uint64_t h = UINT64_C(0xcbf29ce484222325) ^ (uint64_t)model;

	for (const char *p = model == FIELD_NONE ? category : ""; *p; p++)
		h = (h ^ (unsigned char)*p) * UINT64_C(0x100000001b3);
	return h * UINT64_C(0x9e3779b97f4a7c15) >> 40;
}

static enum err make_kind(struct pricing *p, int64_t model, const char *category, struct kind *k)
{
	struct product product;

	*k = (struct kind){.model = model, .category = cx_strdup(p->cx, category)};
	if (!k->category || desk_model(p->cx, p->r, model, &k->name))
		return p->cx->err;
	if (catalogue_read(p->cx, p->r, model, model == FIELD_NONE ? k->category : NULL, &product)) {
		if (p->cx->err != ERR_NOT_FOUND)
			return p->cx->err;
		cx_clear(p->cx);
		return ERR_OK;
	}
	k->known = true;
	return quote_model_read(p->cx, p->r, &product, &k->facts);
}

static enum err kind_of(struct pricing *p, int64_t model, const char *category, struct kind **out)
{
	size_t i = (size_t)hash_of(model, category) & (KINDS_SIZE - 1);

	while (p->kind[i].category && (p->kind[i].model != model ||
				       (model == FIELD_NONE && strcmp(p->kind[i].category, category) != 0)))
		i = (i + 1) & (KINDS_SIZE - 1);
	*out = &p->kind[i];
	return p->kind[i].category ? ERR_OK : make_kind(p, model, category, &p->kind[i]);
}

/* 0 when it is not bought, for whatever reason. */
static enum err price_by(struct pricing *p, const struct rule *list, const struct kind *k,
			 const struct quote_facts *facts, int64_t at_us, int64_t *price)
{
	struct quote q;

	*price = 0;
	if (quote_price(p->cx, list, &k->facts, facts, at_us, p->currency, &q)) {
		if (p->cx->err != ERR_INVALID && p->cx->err != ERR_CONFLICT)
			return p->cx->err;
		cx_clear(p->cx);
		return ERR_OK;
	}
	*price = q.refuse ? 0 : q.price_minor;
	return ERR_OK;
}

static void count(struct preview *o, struct kind *k, int64_t before, int64_t after)
{
	o->items++;
	o->changed += before != after;
	o->up += after > before;
	o->down += after < before;
	o->not_bought += before > 0 && after == 0;
	o->newly_bought += before == 0 && after > 0;
	o->before_minor += before;
	o->after_minor += after;
	k->items++;
	k->changed += before != after;
	k->before_minor += before;
	k->after_minor += after;
}

static int64_t or_none(const struct db_rows *rows, int column)
{
	return db_is_null(rows, column) ? FIELD_NONE : db_get_i64(rows, column);
}

static enum err price_row(struct pricing *p, const struct db_rows *rows)
{
	struct quote_facts facts = {db_is_null(rows, 2) ? NULL : db_get_text(rows, 2), or_none(rows, 3),
				    or_none(rows, 4), or_none(rows, 5)};
	int64_t before, after;
	struct cx_mark mark;
	struct kind *k;

	if (kind_of(p, or_none(rows, 0), db_get_text(rows, 1), &k))
		return p->cx->err;
	if (!k->known) {
		p->out.skipped++;
		return ERR_OK;
	}
	mark = cx_mark(p->cx);
	if (price_by(p, p->before, k, &facts, db_get_i64(rows, 6), &before) ||
	    price_by(p, p->after, k, &facts, db_get_i64(rows, 6), &after))
		return p->cx->err;
	cx_restore(p->cx, mark);
	count(&p->out, k, before, after);
	return ERR_OK;
}

static int64_t change_of(const struct kind *k)
{
	int64_t change = k->after_minor - k->before_minor;

	return change < 0 ? -change : change;
}

static int by_change(const void *a, const void *b)
{
	const struct kind *x = a, *y = b;
	int64_t p = change_of(x), q = change_of(y);

	if (p != q)
		return p > q ? -1 : 1;
	if (x->model != y->model)
		return x->model < y->model ? -1 : 1;
	return strcmp(x->category, y->category);
}

static void rank(struct pricing *p)
{
	size_t n = 0;

	for (size_t i = 0; i < KINDS_SIZE; i++)
		if (p->kind[i].category && p->kind[i].changed > 0)
			p->kind[n++] = p->kind[i];
	qsort(p->kind, n, sizeof(*p->kind), by_change);
	p->out.models = (struct list){p->kind, n < SHOWN_MAX ? n : SHOWN_MAX};
}

static enum err price_items(struct pricing *p, const struct desk_preview *q)
{
	static const char sql[] =
		"SELECT model, category, answers, storage_gb, battery_percent, age_months, priced_us "
		"FROM item WHERE city = $1 AND item > $2 AND item <= $3 AND order_id >= $2 AND order_id < $4 "
		"ORDER BY item DESC LIMIT $5";
	struct desk_asked asked = {.from = q->day, .of = 1};
	struct desk_span s = {.first = 0, .end = ID_MAX};
	db_auto_rows *rows = NULL;
	int32_t day;

	if (q->day) {
		if (day_parse(p->cx, q->day, &day))
			return cx_prefix(p->cx, "day: ");
		asked.to = day_format(p->cx, day + 1);
		if (!asked.to || desk_period(p->cx, p->r, &asked, &s))
			return p->cx->err;
	}
	if (db_query(p->cx, p->r->db, &rows, sql,
		     DB_ARGS(db_i64(p->r->city), db_i64(s.first), db_i64(s.end + ORDER_ITEMS_MAX),
			     db_i64(s.end), db_i64(field_or(q->last, PREVIEW_ITEMS)))))
		return p->cx->err;
	while (db_next(p->cx, rows))
		if (price_row(p, rows))
			return p->cx->err;
	return p->cx->err;
}

static enum err read_list(struct cx *cx, struct reader *r, const char *name, const struct rule **out)
{
	if (rule_read(cx, r, RULE_PRICE_LIST, name, out) == ERR_CONFLICT)
		return cx->err = ERR_NOT_FOUND; /* for a reader it is not there */
	return cx->err;
}

enum err desk_preview_run(struct cx *cx, struct reader *r, const void *params, struct json_writer *w)
{
	const struct desk_preview *q = params;
	struct pricing p = {.cx = cx, .r = r, .kind = cx_array(cx, KINDS_SIZE, sizeof(struct kind))};
	const void *city;

	if (!p.kind || reader_check_org(cx, r, 0) || read_list(cx, r, IN_FORCE, &p.before) ||
	    read_list(cx, r, q->name, &p.after) ||
	    reader_find(cx, r, &city_table, &(struct city){.city = r->city}, &city))
		return cx->err;
	if (!city)
		return cx_fail(cx, ERR_NOT_FOUND, "there is no city %lld", (long long)r->city);
	p.currency = ((const struct city *)city)->currency;
	if (price_items(&p, q))
		return cx->err;
	rank(&p);
	p.out.currency = p.currency;
	p.out.version = (struct bytes){p.after->digest.byte, 32};
	p.out.in_force = (struct bytes){p.before->digest.byte, 32};
	field_write(w, desk_preview_shown, OUT, &p.out);
	return ERR_OK;
}
