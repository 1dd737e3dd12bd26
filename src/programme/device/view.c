/* What can be asked about devices. */
#include "codec/text.h"
#include "programme/catalogue/catalogue.h"
#include "programme/desk/desk.h"
#include "programme/device/parts.h"
#include "programme/history.h"
#include "programme/list.h"
#include "programme/party/party.h"
#include "programme/tradein/tradein.h"

#define STAFF \
	(ROLE_CLERK | ROLE_TECHNICIAN | ROLE_DISMANTLER | ROLE_OFFICER | ROLE_ANALYST | \
	 ROLE_AUDITOR | ROLE_ADMIN | ROLE_SYSTEM)
enum { SHOWN_CLAIMS = 32, SHOWN_END = 4 };

static const struct {
	int code;
	const char *name;
} places[] = {{PC_CUSTODY, "site"},	     {PC_TRANSIT, "transit"},	   {PC_BUYER, "buyer"},
	      {PC_DISMANTLED, "dismantled"}, {PC_RETURNED, "returned"},	   {PC_LOST, "lost"},
	      {PC_SEIZED, "seized"},	     {PC_DOWNSTREAM, "downstream"}};

static const char *place_of(const struct device *d)
{
	for (size_t i = 0; i < ARRAY_LEN(places); i++)
		if (places[i].code == account_code(d->custody))
			return places[i].name;
	return "unknown";
}

/* --- who may look --- */

static enum err device_read(struct cx *cx, struct reader *r, int64_t device, const struct device **out)
{
	const struct device key = {.city = r->city, .device = device};
	const void *row;

	if (reader_find(cx, r, &device_table, &key, &row))
		return cx->err;
	if (!row)
		return cx_fail(cx, ERR_NOT_FOUND, "there is no device %lld in city %lld", (long long)device,
			       (long long)r->city);
	*out = row;
	return ERR_OK;
}

/* The programme, who runs the site where it is, the merchant who took it, the holder of the order's link; as
 * long as it waits to be taken apart, every dismantler. */
enum err device_read_check(struct cx *cx, struct reader *r, const struct device *d)
{
	const struct site skey = {.city = r->city, .site = d->site};
	const struct item ikey = {.city = r->city, .item = d->item};
	const void *row = NULL;

	if (r->who.org == 0 && r->who.order == 0)
		return ERR_OK;
	if (r->who.roles & ROLE_DISMANTLER && d->state == DEVICE_TO_RECOVER)
		return ERR_OK;
	if (r->who.org != 0 && d->site != FIELD_NONE) {
		if (reader_find(cx, r, &site_table, &skey, &row))
			return cx->err;
		if (row && ((const struct site *)row)->party == r->who.org)
			return ERR_OK;
	}
	if (reader_find(cx, r, &item_table, &ikey, &row))
		return cx->err;
	return order_read_check(cx, r, row ? ((const struct item *)row)->order : FIELD_NONE);
}

/* --- one device --- */

struct device_params {
	int64_t device;
};
static const struct field device_params_fields[] = {
	F_ID(struct device_params, device, IN | REQ | PATH, "the device"), F_END};

struct claim_answer {
	int64_t n, kind;
	const char *ends_with;
	int64_t from_us, to_us;
};
static const struct field claim_answer_fields[] = {
	F_INT(struct claim_answer, n, OUT, 1, 1000000, NULL, "number of the claim"),
	F_ENUM(struct claim_answer, kind, OUT, identifier_kinds, "kind of identity"),
	F_TEXT(struct claim_answer, ends_with, OUT, 0, SHOWN_END,
	       "its last characters; absent when erased"),
	F_US(struct claim_answer, from_us, OUT, "claimed since"),
	F_US(struct claim_answer, to_us, OUT, "claimed until"),
	F_END};
struct link_answer {
	int64_t device, from_us, to_us;
};
static const struct field link_answer_fields[] = {
	F_ID(struct link_answer, device, OUT, "another id of the same thing"),
	F_US(struct link_answer, from_us, OUT, "merged at"),
	F_US(struct link_answer, to_us, OUT, "merge undone at"),
	F_END};
struct device_answer {
	struct device row; /* first: its columns serve for both */
	const char *label, *place;
	struct list media, identifiers, same_as;
};
#define LABELLED                                                                                    \
	DEVICE_COLUMNS, F_TEXT(struct device_answer, label, OUT, 1, 32, "code on its label"), \
		F_TEXT(struct device_answer, place, OUT, 1, 16, "where its piece is")
const struct field device_row_fields[] = {LABELLED, F_END};
static const struct field device_answer_fields[] = {
	LABELLED,
	F_LIST(struct device_answer, media, OUT, MEDIA_MAX, medium_fields, struct medium,
	       "storage media"),
	F_LIST(struct device_answer, identifiers, OUT, SHOWN_CLAIMS, claim_answer_fields,
	       struct claim_answer, "identities, masked"),
	F_LIST(struct device_answer, same_as, OUT, SHOWN_CLAIMS, link_answer_fields,
	       struct link_answer, "other ids of the same thing"),
	F_END};

static enum err read_media(struct cx *cx, struct reader *r, int64_t device, struct list *out)
{
	db_auto_rows *rows = NULL;
	char *sql = cx_printf(cx, "SELECT %s FROM medium WHERE city = $1 AND device = $2 ORDER BY medium",
			      reader_columns(&medium_table));
	struct medium *m = cx_array(cx, MEDIA_MAX, sizeof(*m));
	size_t n = 0;

	if (!sql || !m || db_query(cx, r->db, &rows, sql, DB_ARGS(db_i64(r->city), db_i64(device))))
		return cx->err;
	while (n < MEDIA_MAX && db_next(cx, rows))
		if (field_row(cx, medium_table.fields, rows, &m[n++]))
			return cx->err;
	*out = (struct list){m, n};
	return cx->err;
}

/* The line of a claim in the texts that were sealed together: "3 359303100000002". NULL: it is not there. */
static char *line_of(struct cx *cx, const char *texts, int64_t claim)
{
	char *head = cx_printf(cx, "%lld ", (long long)claim);
	const char *at = texts;

	while (head && at && strncmp(at, head, strlen(head)) != 0) {
		at = strchr(at, '\n');
		at = at ? at + 1 : NULL;
	}
	return head && at ? cx_strndup(cx, at + strlen(head), strcspn(at, "\n") - strlen(head)) : NULL;
}

/* The end of a claim's sealed text; nothing when its key is destroyed. */
static enum err claim_end(struct cx *cx, struct reader *r, int64_t claim, int64_t seq, int64_t n,
			  const char **out)
{
	struct bytes text;
	size_t length;
	char *line;

	if (vault_read(cx, r, r->city, seq, n, &text)) {
		if (cx->err != ERR_GONE)
			return cx->err;
		cx_clear(cx);
		*out = NULL;
		return ERR_OK;
	}
	line = line_of(cx, text.p, claim);
	if (!line)
		return cx->err ? cx->err :
				 cx_fail(cx, ERR_CORRUPT, "claim %lld is not among those that were sealed",
					 (long long)claim);
	length = strlen(line);
	*out = line + (length > 2 * SHOWN_END ? length - SHOWN_END : length / 2);
	return ERR_OK;
}

static enum err read_claims(struct cx *cx, struct reader *r, int64_t device, struct list *out)
{
	static const char sql[] = "SELECT n, kind, vault_seq, vault_n, from_us, to_us FROM identifier "
				  "WHERE city = $1 AND device = $2 ORDER BY n DESC LIMIT 32";
	db_auto_rows *rows = NULL;
	struct claim_answer *c = cx_array(cx, SHOWN_CLAIMS, sizeof(*c));
	size_t n = 0;

	if (!c || db_query(cx, r->db, &rows, sql, DB_ARGS(db_i64(r->city), db_i64(device))))
		return cx->err;
	for (; n < SHOWN_CLAIMS && db_next(cx, rows); n++) {
		c[n] = (struct claim_answer){.n = db_get_i64(rows, 0),
					     .kind = db_get_i64(rows, 1),
					     .from_us = db_get_i64(rows, 4),
					     .to_us = db_is_null(rows, 5) ? FIELD_NONE :
									    db_get_i64(rows, 5)};
		if (claim_end(cx, r, c[n].n, db_get_i64(rows, 2), db_get_i64(rows, 3), &c[n].ends_with))
			return cx->err;
	}
	*out = (struct list){c, n};
	return cx->err;
}

static enum err read_links(struct cx *cx, struct reader *r, int64_t device, struct list *out)
{
	static const char sql[] =
		"SELECT same_as, from_us, to_us FROM device_link WHERE city = $1 AND device = $2 "
		"ORDER BY same_as LIMIT 32";
	db_auto_rows *rows = NULL;
	struct link_answer *l = cx_array(cx, SHOWN_CLAIMS, sizeof(*l));
	size_t n = 0;

	if (!l || db_query(cx, r->db, &rows, sql, DB_ARGS(db_i64(r->city), db_i64(device))))
		return cx->err;
	for (; n < SHOWN_CLAIMS && db_next(cx, rows); n++)
		l[n] = (struct link_answer){db_get_i64(rows, 0), db_get_i64(rows, 1),
					    db_is_null(rows, 2) ? FIELD_NONE : db_get_i64(rows, 2)};
	*out = (struct list){l, n};
	return cx->err;
}

static enum err get_run(struct cx *cx, struct reader *r, const void *arg, struct json_writer *w)
{
	const struct device_params *p = arg;
	const struct device *d;
	struct device_answer a = {0};
	char label[32];

	if (device_read(cx, r, p->device, &d) || device_read_check(cx, r, d) ||
	    read_media(cx, r, d->device, &a.media) ||
	    read_claims(cx, r, d->device, &a.identifiers) ||
	    read_links(cx, r, d->device, &a.same_as))
		return cx->err;
	device_label(label, d->device);
	a.row = *d;
	a.label = label;
	a.place = place_of(d);
	field_write(w, device_answer_fields, OUT, &a);
	return ERR_OK;
}

struct history_params {
	int64_t device;
	int64_t limit;
	const char *after;
};
static const struct field history_params_fields[] = {
	F_ID(struct history_params, device, IN | REQ | PATH, "the device"),
	PAGE_FIELDS(struct history_params), F_END};

static enum err history_run(struct cx *cx, struct reader *r, const void *arg, struct json_writer *w)
{
	const struct history_params *p = arg;
	const struct device *d;

	if (device_read(cx, r, p->device, &d) || device_read_check(cx, r, d))
		return cx->err;
	return history_rows(cx, r, w, FIELD_NONE, ACCOUNT(SUBJECT_DEVICE, p->device), p->after, p->limit);
}

/* --- lists --- */

struct list_params {
	int64_t state, site, since_us;
	const char *category;
	int64_t limit;
	const char *after;
};
static const struct field list_params_fields[] = {
	F_ENUM(struct list_params, state, IN, device_states, "in this state"),
	F_TEXT(struct list_params, category, IN, 1, 40, "of this category"),
	F_ID(struct list_params, site, IN, "at this site"),
	F_US(struct list_params, since_us, IN, "whose state has changed since"),
	PAGE_FIELDS(struct list_params),
	F_END};

/* What a list adds to each row. */
void device_row_more(struct cx *cx, struct json_writer *w, const void *row)
{
	const struct device *d = row;
	char label[32];

	(void)cx;
	device_label(label, d->device);
	jw_text_at(w, "label", label);
	jw_text_at(w, "place", place_of(d));
}

/* An organisation sees the devices that it took and those at its sites. Its orders first (CROSS JOIN is an
 * order to SQLite): they are fewer than the city's items. Their index finds them, as it holds all that is
 * asked of it. */
static const char org_condition[] =
	" AND (item IN (SELECT i.item FROM trade_order o CROSS JOIN item i WHERE o.city = $1 AND "
	"o.order_id IN (SELECT y.order_id FROM trade_order y WHERE y.city = $1 AND y.merchant = $%d) "
	"AND i.city = o.city AND " ITEMS_OF_ORDER ") OR site IN (SELECT site FROM site "
	"WHERE city = $1 AND party = $%d))";

static enum err list_run(struct cx *cx, struct reader *r, const void *arg, struct json_writer *w)
{
	const struct list_params *p = arg;
	db_auto_rows *rows = NULL;
	struct db_val val[8];
	int64_t after;
	struct sb sql;
	int n = 2;

	if (page_after(cx, p->after, &after))
		return cx->err;
	val[0] = db_i64(r->city);
	val[1] = db_i64(after);
	sb_init(&sql, cx, 4000);
	sb_printf(&sql, "SELECT %s FROM device WHERE city = $1 AND device > $2",
		  reader_columns(&device_table));
	if (p->state != FIELD_NONE) {
		val[n++] = db_i64(p->state);
		sb_printf(&sql, " AND state = $%d", n);
	}
	if (p->category) {
		val[n++] = db_text(p->category);
		sb_printf(&sql, " AND category = $%d", n);
	}
	if (p->site != FIELD_NONE) {
		val[n++] = db_i64(p->site);
		sb_printf(&sql, " AND site = $%d", n);
	}
	if (p->since_us != FIELD_NONE) {
		val[n++] = db_i64(p->since_us);
		sb_printf(&sql, " AND since_us >= $%d", n);
	}
	if (r->who.org != 0) {
		val[n++] = db_i64(r->who.org);
		sb_printf(&sql, org_condition, n, n);
	}
	val[n++] = db_i64(list_ask(p->limit));
	sb_printf(&sql, " ORDER BY device LIMIT $%d", n);
	if (sb_end(&sql) || db_query(cx, r->db, &rows, sql.data, (struct db_args){val, n}))
		return cx->err;
	return list_rows(cx, w, &device_table, "device", rows, p->limit, device_row_more);
}

struct search_params {
	const char *identifier;
	int64_t kind;
	int64_t limit;
	const char *after;
};
static const struct field search_params_fields[] = {
	F_TEXT(struct search_params, identifier, IN | REQ, 1, 64, "IMEI, serial, …, whole"),
	F_ENUM(struct search_params, kind, IN, identifier_kinds, "its kind; imei when absent"),
	PAGE_FIELDS(struct search_params),
	F_END};

static enum err search_run(struct cx *cx, struct reader *r, const void *arg, struct json_writer *w)
{
	const struct search_params *p = arg;
	int64_t kind = field_or(p->kind, IDENTIFIER_IMEI), after;
	db_auto_rows *rows = NULL;
	struct bytes blind;
	char *normal, *searched, *sql;

	if (reader_check_org(cx, r, 0) || page_after(cx, p->after, &after) ||
	    claim_normalise(cx, kind, p->identifier, &normal))
		return cx->err;
	searched = claim_searched(cx, kind, normal);
	if (!searched || reader_blind(cx, r, r->city, identifier_kinds[kind], searched, &blind))
		return cx->err;
	sql = cx_printf(
		cx,
		"SELECT %s FROM device WHERE city = $1 AND device > $2 AND device IN (SELECT device FROM "
		"identifier_index WHERE city = $1 AND blind = $3) ORDER BY device LIMIT $4",
		reader_columns(&device_table));
	if (!sql || db_query(cx, r->db, &rows, sql,
			     DB_ARGS(db_i64(r->city), db_i64(after), db_blob(blind.p, blind.n),
				     db_i64(list_ask(p->limit)))))
		return cx->err;
	return list_rows(cx, w, &device_table, "device", rows, p->limit, device_row_more);
}

/* --- what anyone may know --- */

struct passport {
	struct afterlife life; /* first: its fields serve for both */
	const char *label, *category, *brand, *model, *unu_key;
	int64_t weee, battery, storage, mass_mg, grade_c, grade_f, returns, erased;
	struct list media;
};
static const struct field passport_medium_fields[] = {
	F_INT(struct medium, medium, OUT, 1, MEDIA_MAX, NULL, "number within the device"),
	F_ENUM(struct medium, kind, OUT, medium_kinds, "kind of medium"),
	F_ENUM(struct medium, state, OUT, medium_states, "what is known of its data"),
	F_INT(struct medium, capacity_gb, OUT, 0, 1000000, "GB", "capacity"),
	F_END};
static const struct field passport_fields[] = {
	F_TEXT(struct passport, label, OUT, 1, 32, "code on its label"),
	F_TEXT(struct passport, category, OUT, 1, 40, "category"),
	F_TEXT(struct passport, brand, OUT, 1, 100, "brand"),
	F_TEXT(struct passport, model, OUT, 1, 200, "model"),
	F_TEXT(struct passport, unu_key, OUT, 1, 8, "UNU-KEY"),
	F_INT(struct passport, weee, OUT, 1, 6, NULL,
	      "category of Directive 2012/19/EU, annex III"),
	F_BOOL(struct passport, battery, OUT, "has a battery"),
	F_BOOL(struct passport, storage, OUT, "has storage media"),
	F_MG(struct passport, mass_mg, OUT, "mass"),
	F_INT(struct passport, grade_c, OUT, 0, 9, NULL, "cosmetic grade C0 to C9"),
	F_INT(struct passport, grade_f, OUT, 1, 6, NULL, "functional grade F1 to F6"),
	F_INT(struct passport, returns, OUT, 0, 1000000, NULL, "times that a buyer returned it"),
	F_BOOL(struct passport, erased, OUT,
	       "every storage medium is verified erased, or destroyed"),
	F_LIST(struct passport, media, OUT, MEDIA_MAX, passport_medium_fields, struct medium,
	       "storage media"),
	AFTERLIFE_FIELDS,
	F_END};

static bool all_clear(const struct device *d, struct list media)
{
	const struct medium *m = media.item;

	for (size_t i = 0; i < media.count; i++)
		if (m[i].state != MEDIUM_ERASED && m[i].state != MEDIUM_DESTROYED &&
		    m[i].state != MEDIUM_REMOVED)
			return false;
	return media.count > 0 || d->storage != 1;
}

static enum err passport_run(struct cx *cx, struct reader *r, const void *arg, struct json_writer *w)
{
	const struct device_params *p = arg;
	const struct device *d;
	struct product product;
	char label[32];

	if (device_read(cx, r, p->device, &d) || catalogue_read(cx, r, d->model, d->category, &product))
		return cx->err;
	struct passport a = {.label = label,
			     .category = d->category,
			     .brand = product.brand,
			     .model = product.name,
			     .unu_key = product.unu_key,
			     .weee = product.weee,
			     .battery = product.battery,
			     .storage = d->storage,
			     .mass_mg = d->mass_mg,
			     .grade_c = d->grade_c,
			     .grade_f = d->grade_f,
			     .returns = d->returns};
	device_label(label, d->device);
	if (read_media(cx, r, d->device, &a.media) || desk_afterlife(cx, r, d, &a.life))
		return cx->err;
	a.erased = all_clear(d, a.media);
	field_write(w, passport_fields, OUT, &a);
	return ERR_OK;
}

const struct view device_views[] = {
	{.name = "device.get",
	 .path = "/v1/cities/{city}/devices/{device}",
	 .roles = STAFF | ROLE_OWNER,
	 .params = device_params_fields,
	 .params_size = sizeof(struct device_params),
	 .fields = device_answer_fields,
	 .run = get_run,
	 .doc = "A device with its media and identities (masked)."},
	{.name = "device.list",
	 .path = "/v1/cities/{city}/devices",
	 .roles = STAFF,
	 .params = list_params_fields,
	 .params_size = sizeof(struct list_params),
	 .fields = device_row_fields,
	 .list = true,
	 .run = list_run,
	 .doc = "Devices, filtered; an organisation sees its own."},
	{.name = "device.history",
	 .path = "/v1/cities/{city}/devices/{device}/history",
	 .roles = STAFF,
	 .params = history_params_fields,
	 .params_size = sizeof(struct history_params),
	 .fields = history_answer_fields,
	 .list = true,
	 .run = history_run,
	 .doc = "Everything that happened to a device."},
	{.name = "device.search",
	 .path = "/v1/cities/{city}/device-search",
	 .roles = STAFF,
	 .params = search_params_fields,
	 .params_size = sizeof(struct search_params),
	 .fields = device_row_fields,
	 .list = true,
	 .run = search_run,
	 .doc = "Devices that claim, or claimed, an identity."},
	{.name = "device.passport",
	 .path = "/v1/cities/{city}/devices/{device}/passport",
	 .roles = STAFF | ROLE_OWNER | ROLE_BUYER | ROLE_PUBLIC,
	 .params = device_params_fields,
	 .params_size = sizeof(struct device_params),
	 .fields = passport_fields,
	 .run = passport_run,
	 .doc = "What anyone may know of a device: what it is, its grade, whether its data are gone."},
	{.name = NULL}};
