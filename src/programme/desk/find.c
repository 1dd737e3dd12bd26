/* find.c: one lookup for scanners and for whoever types: what is it that this text names? */
#include "codec/text.h"
#include "programme/desk/parts.h"
#include "programme/recover/recover.h"
#include "programme/settle/settle.h"
#include "programme/stock/stock.h"

enum { FOUND_MAX = 40, FOUND_OF_A_KIND = 8, TEXT_MAX = 200, NUMBER_DIGITS = 16 };

const struct field desk_find_params[] = {
	F_TEXT(struct desk_find, text, IN | REQ, 1, TEXT_MAX,
	       "a label's code, an IMEI or serial, a number, a name; of a link what is behind the last '/'"),
	F_END};

static const char *const kinds[] = {"device", "order", "item",  "sale", "batch", "lot", "consignment",
				    "payout", "site",  "party", NULL};
enum kind { K_DEVICE, K_ORDER, K_ITEM, K_SALE, K_BATCH, K_LOT, K_CONSIGNMENT, K_PAYOUT, K_SITE, K_PARTY };
static const char *const reasons[] = {"label", "number", "imei", "serial", "mac", "other", "name", NULL};
enum reason { BY_LABEL, BY_NUMBER, BY_IMEI, BY_SERIAL, BY_MAC, BY_OTHER, BY_NAME };

struct found {
	int64_t kind, id, matched;
	const char *title, *state, *category, *label;
	int64_t order;
};
const struct field desk_find_shown[] = {
	F_ENUM(struct found, kind, OUT | REQ, kinds, "what it is"),
	F_ID(struct found, id, OUT | REQ, "its number: the view of that kind shows it"),
	F_ENUM(struct found, matched, OUT | REQ, reasons, "what of it the text is"),
	F_TEXT(struct found, title, OUT, 1, 400, "how people call it: model, trade name, fraction"),
	F_TEXT(struct found, state, OUT, 1, 40, "where it is in its life"),
	F_TEXT(struct found, category, OUT, 1, 40, "category of devices"),
	F_TEXT(struct found, label, OUT, 1, 32, "device: the code on its label"),
	F_ID(struct found, order, OUT, "item: its order"),
	F_END};

struct finder {
	struct cx *cx;
	struct reader *r;
	struct found found[FOUND_MAX];
	size_t count;
};

static bool may(const struct finder *f, unsigned roles) { return (f->r->who.roles & roles) != 0; }

static void add(struct finder *f, struct found x)
{
	for (size_t i = 0; i < f->count; i++)
		if (f->found[i].kind == x.kind && f->found[i].id == x.id)
			return;
	if (f->count < FOUND_MAX)
		f->found[f->count++] = x;
}

static enum err party_title(struct finder *f, int64_t party, const char **out)
{
	const struct party key = {.city = f->r->city, .party = party};
	const void *row = NULL;

	if (party != FIELD_NONE && reader_find(f->cx, f->r, &party_table, &key, &row))
		return f->cx->err;
	*out = row ? ((const struct party *)row)->public_name : NULL;
	return ERR_OK;
}

/* --- things by number, each as its own view would show it --- */

static enum err find_device(struct finder *f, int64_t id, int64_t matched)
{
	const struct device key = {.city = f->r->city, .device = id};
	struct found x = {.kind = K_DEVICE, .id = id, .matched = matched, .order = FIELD_NONE};
	const struct device *d;
	const void *row;
	char label[32];
	bool seen;

	if (!may(f, STAFF) || f->count == FOUND_MAX)
		return ERR_OK;
	if (reader_find(f->cx, f->r, &device_table, &key, &row))
		return f->cx->err;
	d = row;
	if (!d)
		return ERR_OK;
	if (desk_allowed(f->cx, device_read_check(f->cx, f->r, d), &seen) ||
	    desk_model(f->cx, f->r, d->model, &x.title))
		return f->cx->err;
	device_label(label, id);
	x.state = device_states[d->state];
	x.category = d->category;
	x.label = cx_strdup(f->cx, label);
	if (!x.label)
		return f->cx->err;
	if (seen)
		add(f, x);
	return ERR_OK;
}

static enum err find_order(struct finder *f, int64_t id, int64_t matched)
{
	const struct order key = {.city = f->r->city, .order = id};
	struct found x = {.kind = K_ORDER, .id = id, .matched = matched, .order = FIELD_NONE};
	const void *row;
	bool seen;

	if (!may(f, STAFF))
		return ERR_OK;
	if (reader_find(f->cx, f->r, &order_table, &key, &row))
		return f->cx->err;
	if (!row)
		return ERR_OK;
	if (desk_allowed(f->cx, order_read_check(f->cx, f->r, id), &seen) ||
	    party_title(f, ((const struct order *)row)->merchant, &x.title))
		return f->cx->err;
	if (seen)
		add(f, x);
	return ERR_OK;
}

static enum err find_item(struct finder *f, int64_t id)
{
	struct found x = {.kind = K_ITEM, .id = id, .matched = BY_NUMBER};
	const struct item *i;
	bool seen;

	if (!may(f, STAFF))
		return ERR_OK;
	if (desk_item(f->cx, f->r, id, &i))
		return f->cx->err;
	if (!i)
		return ERR_OK;
	if (desk_allowed(f->cx, order_read_check(f->cx, f->r, i->order), &seen) ||
	    desk_model(f->cx, f->r, i->model, &x.title))
		return f->cx->err;
	x.state = item_states[i->state];
	x.category = i->category;
	x.order = i->order;
	if (seen)
		add(f, x);
	return ERR_OK;
}

static enum err find_sale(struct finder *f, int64_t id)
{
	const struct sale key = {.city = f->r->city, .sale = id};
	struct found x = {.kind = K_SALE, .id = id, .matched = BY_NUMBER, .order = FIELD_NONE};
	const struct sale *s;
	const void *row;

	if (!may(f, (STAFF & ~(unsigned)ROLE_DISMANTLER) | ROLE_BUYER))
		return ERR_OK;
	if (reader_find(f->cx, f->r, &sale_table, &key, &row))
		return f->cx->err;
	s = row;
	if (!s || (f->r->who.org != 0 && f->r->who.org != s->buyer))
		return ERR_OK;
	if (party_title(f, s->buyer, &x.title))
		return f->cx->err;
	x.state = sale_states[s->state];
	add(f, x);
	return ERR_OK;
}

#define YARD (STAFF & ~(unsigned)ROLE_SYSTEM)

static enum err find_batch(struct finder *f, int64_t id)
{
	const struct batch key = {.city = f->r->city, .batch = id};
	struct found x = {.kind = K_BATCH, .id = id, .matched = BY_NUMBER, .order = FIELD_NONE};
	const struct batch *b;
	const void *row;
	bool seen;

	if (reader_find(f->cx, f->r, &batch_table, &key, &row))
		return f->cx->err;
	b = row;
	if (!b)
		return ERR_OK;
	if (desk_allowed(f->cx, reader_check_org(f->cx, f->r, b->dismantler), &seen) ||
	    party_title(f, b->dismantler, &x.title))
		return f->cx->err;
	x.state = batch_states[b->state];
	if (seen)
		add(f, x);
	return ERR_OK;
}

static enum err find_lot(struct finder *f, int64_t id)
{
	const struct lot key = {.city = f->r->city, .lot = id};
	struct site at = {.city = f->r->city};
	const struct lot *l;
	const struct site *site;
	const void *row;

	if (reader_find(f->cx, f->r, &lot_table, &key, &row))
		return f->cx->err;
	l = row;
	if (!l)
		return ERR_OK;
	at.site = l->site;
	if (reader_find(f->cx, f->r, &site_table, &at, &row))
		return f->cx->err;
	site = row;
	if (f->r->who.org == 0 || (site && site->party == f->r->who.org))
		add(f, (struct found){.kind = K_LOT, .id = id, .matched = BY_NUMBER, .title = l->fraction,
				      .state = lot_states[l->state], .order = FIELD_NONE});
	return ERR_OK;
}

static enum err find_consignment(struct finder *f, int64_t id)
{
	const struct consignment key = {.city = f->r->city, .consignment = id};
	struct found x = {.kind = K_CONSIGNMENT, .id = id, .matched = BY_NUMBER, .order = FIELD_NONE};
	const struct consignment *c;
	const void *row;
	bool seen;

	if (reader_find(f->cx, f->r, &consignment_table, &key, &row))
		return f->cx->err;
	c = row;
	if (!c)
		return ERR_OK;
	if (desk_allowed(f->cx, reader_check_org(f->cx, f->r, c->recycler), &seen) ||
	    party_title(f, c->recycler, &x.title))
		return f->cx->err;
	x.state = consignment_states[c->state];
	if (seen)
		add(f, x);
	return ERR_OK;
}

static enum err find_payout(struct finder *f, int64_t id)
{
	const struct payout key = {.city = f->r->city, .payout = id};
	const void *row;

	if (f->r->who.org != 0 || !may(f, ROLE_OFFICER | ROLE_AUDITOR | ROLE_ADMIN | ROLE_SYSTEM))
		return ERR_OK;
	if (reader_find(f->cx, f->r, &payout_table, &key, &row))
		return f->cx->err;
	if (row)
		add(f, (struct found){.kind = K_PAYOUT, .id = id, .matched = BY_NUMBER, .order = FIELD_NONE,
				      .state = payout_states[((const struct payout *)row)->state]});
	return ERR_OK;
}

/* --- sites and organisations, by number and by name --- */

static enum err add_site(struct finder *f, const struct site *s, int64_t matched)
{
	add(f, (struct found){.kind = K_SITE, .id = s->site, .matched = matched, .order = FIELD_NONE,
			      .title = s->name, .state = s->open ? "open" : "closed"});
	return ERR_OK;
}

static enum err add_party(struct finder *f, const struct party *p, int64_t matched)
{
	bool seen;

	if (p->kind != PARTY_ORGANISATION || p->forgotten_us != FIELD_NONE)
		return ERR_OK;
	if (desk_allowed(f->cx, party_read_check(f->cx, f->r, p->party), &seen))
		return f->cx->err;
	if (seen)
		add(f, (struct found){.kind = K_PARTY, .id = p->party, .matched = matched,
				      .order = FIELD_NONE, .title = p->public_name});
	return ERR_OK;
}

static enum err find_place(struct finder *f, int64_t id)
{
	const void *row;

	if (reader_find(f->cx, f->r, &site_table, &(struct site){.city = f->r->city, .site = id}, &row) ||
	    (row && add_site(f, row, BY_NUMBER)))
		return f->cx->err;
	if (reader_find(f->cx, f->r, &party_table, &(struct party){.city = f->r->city, .party = id}, &row) ||
	    (row && add_party(f, row, BY_NUMBER)))
		return f->cx->err;
	return ERR_OK;
}

/* The text as a pattern of LIKE that it begins, or stands within. */
static char *pattern_of(struct cx *cx, const char *text)
{
	struct sb sb;

	sb_init(&sb, cx, 4 * TEXT_MAX + 8);
	sb_char(&sb, '%');
	for (const char *p = text; *p; p++) {
		if (*p == '%' || *p == '_' || *p == '\\')
			sb_char(&sb, '\\');
		sb_char(&sb, *p);
	}
	sb_char(&sb, '%');
	return sb_end(&sb) ? NULL : sb.data;
}

#define NAMED(table, key, column, condition)                                                        \
	"SELECT %s FROM " table " WHERE city = $1 AND LOWER(" column ") LIKE LOWER($2) ESCAPE '\\' "   \
	"AND ($3 = 0 OR party = $3) " condition "ORDER BY " key " LIMIT $4"

static enum err find_names(struct finder *f, const char *text)
{
	struct cx *cx = f->cx;
	const char *pattern = pattern_of(cx, text);
	char *sites = cx_printf(cx, NAMED("site", "site", "name", ""), reader_columns(&site_table));
	char *parties = cx_printf(cx, NAMED("party", "party", "public_name", "AND kind = 1 "),
				  reader_columns(&party_table));
	db_auto_rows *rows = NULL, *more = NULL;
	struct site s;
	struct party p;

	_Static_assert(PARTY_ORGANISATION == 1, "the number in the query");
	if (!pattern || !sites || !parties ||
	    db_query(cx, f->r->db, &rows, sites, DB_ARGS(db_i64(f->r->city), db_text(pattern), db_i64(0),
							 db_i64(FOUND_OF_A_KIND))))
		return cx->err;
	while (db_next(cx, rows))
		if (field_row(cx, site_table.fields, rows, &s) || add_site(f, &s, BY_NAME))
			return cx->err;
	if (cx->err || db_query(cx, f->r->db, &more, parties,
				DB_ARGS(db_i64(f->r->city), db_text(pattern), db_i64(f->r->who.org),
					db_i64(FOUND_OF_A_KIND))))
		return cx->err;
	while (db_next(cx, more))
		if (field_row(cx, party_table.fields, more, &p) || add_party(f, &p, BY_NAME))
			return cx->err;
	return cx->err;
}

/* --- devices by what is on them --- */

static enum err find_identity(struct finder *f, int64_t kind, const char *text)
{
	static const char sql[] = "SELECT DISTINCT device FROM identifier_index WHERE city = $1 AND "
				  "blind = $2 ORDER BY device LIMIT $3";
	db_auto_rows *rows = NULL;
	struct cx *cx = f->cx;
	struct bytes blind;
	char *normal, *searched;

	if (!may(f, STAFF))
		return ERR_OK;
	if (claim_normalise(cx, kind, text, &normal)) {
		if (cx->err == ERR_INVALID) { /* it is none of this kind */
			cx_clear(cx);
			return ERR_OK;
		}
		return cx->err;
	}
	searched = claim_searched(cx, kind, normal);
	if (!searched || reader_blind(cx, f->r, f->r->city, identifier_kinds[kind], searched, &blind) ||
	    db_query(cx, f->r->db, &rows, sql, DB_ARGS(db_i64(f->r->city), db_blob(blind.p, blind.n),
						       db_i64(FOUND_OF_A_KIND))))
		return cx->err;
	while (db_next(cx, rows))
		if (find_device(f, db_get_i64(rows, 0), BY_IMEI + kind))
			return cx->err;
	return cx->err;
}

static enum err find_label(struct finder *f, const char *text)
{
	int64_t device, order;

	if (strlen(text) > CODE_MAX)
		return ERR_OK;
	if (code_read(f->cx, text, &device)) {
		if (f->cx->err != ERR_INVALID)
			return f->cx->err;
		cx_clear(f->cx);
		return ERR_OK;
	}
	if (find_device(f, device, BY_LABEL) || order_of_code(f->cx, f->r, device, &order))
		return f->cx->err;
	return order == FIELD_NONE ? ERR_OK : find_order(f, order, BY_LABEL);
}

static enum err find_number(struct finder *f, const char *text)
{
	static enum err (*const by[])(struct finder *, int64_t) = {find_item, find_sale, find_payout,
								   find_place};
	static enum err (*const yard[])(struct finder *, int64_t) = {find_batch, find_lot, find_consignment};
	const char *digits = *text == '#' ? text + 1 : text;
	size_t n = strlen(digits);
	int64_t id;

	if (n == 0 || n > NUMBER_DIGITS || strspn(digits, "0123456789") != n)
		return ERR_OK;
	id = strtoll(digits, NULL, 10);
	if (id > ID_MAX)
		return ERR_OK;
	if (find_device(f, id, BY_NUMBER) || find_order(f, id, BY_NUMBER))
		return f->cx->err;
	for (size_t i = 0; i < ARRAY_LEN(by); i++)
		if (by[i](f, id))
			return f->cx->err;
	for (size_t i = 0; may(f, YARD) && i < ARRAY_LEN(yard); i++)
		if (yard[i](f, id))
			return f->cx->err;
	return ERR_OK;
}

/* Without spaces around it; of a link the last part. */
static char *meant(struct cx *cx, const char *text)
{
	const char *slash = strrchr(text, '/');
	char *copy, *end;

	if (slash && strstr(text, "://"))
		text = slash + 1;
	text += strspn(text, " \t\r\n");
	copy = cx_strdup(cx, text);
	if (!copy)
		return NULL;
	end = copy + strlen(copy);
	while (end > copy && strchr(" \t\r\n", end[-1]))
		*--end = 0;
	return copy;
}

enum err desk_find_run(struct cx *cx, struct reader *r, const void *params, struct json_writer *w)
{
	const struct desk_find *p = params;
	struct finder f = {.cx = cx, .r = r};
	char *text = meant(cx, p->text);

	if (r->who.order)
		return cx_fail(cx, ERR_FORBIDDEN, "the link of an order shows that order only");
	if (!text || (*text && (find_label(&f, text) || find_number(&f, text))))
		return cx->err;
	for (int64_t kind = 0; *text && identifier_kinds[kind]; kind++)
		if (find_identity(&f, kind, text))
			return cx->err;
	/* A number that names something is not looked for within names. */
	if (*text && (f.count == 0 || strspn(text, "#0123456789") != strlen(text)) &&
	    find_names(&f, text))
		return cx->err;
	jw_name(w, "items");
	jw_array(w);
	for (size_t i = 0; i < f.count; i++) {
		jw_object(w);
		field_write(w, desk_find_shown, OUT, &f.found[i]);
		jw_object_end(w);
	}
	jw_array_end(w);
	return ERR_OK;
}
