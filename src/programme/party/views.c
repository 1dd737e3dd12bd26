#include "programme/list.h"
#include "programme/party/own.h"

#define STAFF PARTY_STAFF

/* What is shown: the table's open columns, the roles as words, and for who may see them the details. */
struct party_shown {
	int64_t city, party, kind, created_us, keep_until_us, forgotten_us, commission_bp, commission_minor;
	const char *public_name, *roles;
	const char *name, *phone, *email, *address, *bank_account;
};
static const struct field shown_fields[] = {
	F_ID(struct party_shown, city, OUT | REQ, "the city"),
	F_ID(struct party_shown, party, OUT | REQ, "the party"),
	F_ENUM(struct party_shown, kind, OUT | REQ, party_kinds, "a person or an organisation"),
	F_US(struct party_shown, created_us, OUT | REQ, "when it was registered"),
	F_US(struct party_shown, keep_until_us, OUT, "its personal data must be kept until then"),
	F_US(struct party_shown, forgotten_us, OUT, "when its personal data was erased"),
	F_TEXT(struct party_shown, public_name, OUT, 1, 100, "trade name of an organisation"),
	F_INT(struct party_shown, commission_bp, OUT | REQ, 0, 10000, "bp",
	      "merchants: share of the agreed price"),
	F_MINOR(struct party_shown, commission_minor, OUT | REQ,
		"merchants: fixed commission for a device"),
	F_TEXT(struct party_shown, roles, OUT | REQ, 1, 100,
	       "what it may be here: \"owner,buyer\""),
	F_TEXT(struct party_shown, name, OUT, 1, 200, "personal details, like the following"),
	F_TEXT(struct party_shown, phone, OUT, 3, 40, "phone number"),
	F_TEXT(struct party_shown, email, OUT, 3, 254, "e-mail address"),
	F_TEXT(struct party_shown, address, OUT, 1, 500, "postal address"),
	F_TEXT(struct party_shown, bank_account, OUT, 3, 64, "account that money is paid out to"),
	F_END};

static void write_roles(struct cx *cx, struct json_writer *w, const void *row)
{
	const struct party *p = row;

	jw_text_at(w, "roles", party_roles_text(cx, p->roles));
}

/* The open columns, and the roles as words. */
static void write_open(struct cx *cx, struct json_writer *w, const struct party *row)
{
	for (const struct field *f = party_table.fields; f->name; f++) {
		const struct field one[] = {*f, F_END};
		if (!(f->flags & HIDE))
			field_write(w, one, COLUMN, row);
	}
	write_roles(cx, w, row);
}

/* --- party.list --- */

enum { SEARCH_STEP = 64 };


struct list_params {
	int64_t limit;
	const char *after;
	int64_t kind, role;
	const char *phone, *name;
};
static const struct field list_params[] = {
	PAGE_FIELDS(struct list_params),
	F_ENUM(struct list_params, kind, IN, party_kinds, "persons or organisations only"),
	F_ENUM(struct list_params, role, IN, party_role_names, "parties that have this role"),
	F_TEXT(struct list_params, phone, IN, 3, 40, "exactly this phone number, in any spelling"),
	F_TEXT(struct list_params, name, IN, 1, 200, "exactly this name, in any case"),
	F_END};

static enum err view_every_party(struct cx *cx, struct reader *r, const struct list_params *p, int64_t after,
				 struct json_writer *w)
{
	db_auto_rows *rows = NULL;
	char *sql = cx_printf(cx,
		"SELECT %s FROM party WHERE city = $1 AND party > $2 AND ($3 < 0 OR kind = $3) "
		"AND ($4 = 0 OR (roles & $4) <> 0) AND ($5 = 0 OR party = $5) ORDER BY party LIMIT $6",
		reader_columns(&party_table));

	if (!sql || db_query(cx, r->db, &rows, sql,
			     DB_ARGS(db_i64(r->city), db_i64(after), db_i64(field_or(p->kind, -1)),
				     db_i64(p->role == FIELD_NONE ? 0 : INT64_C(1) << p->role),
				     db_i64(r->who.org), db_i64(list_ask(p->limit)))))
		return cx->err;
	return list_rows(cx, w, &party_table, "party", rows, p->limit, write_roles);
}

/* --- searching: the index says who may be meant, the sealed details say who is --- */

struct search {
	const struct list_params *params;
	const char *kind, *key; /* of the index; what is looked for in its one form */
};

static enum err search_key(struct cx *cx, const struct list_params *p, struct search *s)
{
	if (p->phone && p->name)
		return cx_fail(cx, ERR_INVALID, "phone, name: search by one of them at a time");
	*s = (struct search){p, p->phone ? PARTY_PHONE : PARTY_NAME,
			     p->phone ? party_phone_key(cx, p->phone) : party_name_key(cx, p->name)};
	if (!s->key && !cx->err)
		return cx_fail(cx, ERR_INVALID, "%s: there is nothing in it to search for",
			       p->phone ? "phone" : "name");
	return cx->err;
}

/* Does the party say so of itself now, and is it one that the caller asks for? Forgotten ones, and such as
 * an action named that was never written, are not. */
static enum err is_meant(struct cx *cx, struct reader *r, const struct search *s, int64_t party,
			 const struct party **out)
{
	const struct party key = {.city = r->city, .party = party};
	const struct json *text;
	struct json *details;
	const void *found;
	const struct party *row;
	const char *form;

	*out = NULL;
	if (reader_find(cx, r, &party_table, &key, &found))
		return cx->err;
	row = found;
	if (!row || row->forgotten_us != FIELD_NONE || (r->who.org != 0 && r->who.org != party) ||
	    (s->params->kind != FIELD_NONE && row->kind != s->params->kind) ||
	    (s->params->role != FIELD_NONE && !(row->roles & INT64_C(1) << s->params->role)))
		return ERR_OK;
	if (party_details(cx, r, r->city, party, &details)) {
		if (cx->err == ERR_GONE)
			cx_clear(cx);
		return cx->err;
	}
	text = json_get(details, s->params->phone ? "phone" : "name");
	if (!text || text->type != JSON_TEXT)
		return ERR_OK;
	form = s->params->phone ? party_phone_key(cx, text->text) : party_name_key(cx, text->text);
	if (form && strcmp(form, s->key) == 0)
		*out = row;
	return cx->err;
}

static enum err search_parties(struct cx *cx, struct reader *r, const struct search *s, int64_t after,
			       struct json_writer *w)
{
	int64_t left = list_ask(s->params->limit) - 1, last = after, subject[SEARCH_STEP];
	char *next = NULL;
	size_t count = SEARCH_STEP;

	jw_name(w, "items");
	jw_array(w);
	for (after = ACCOUNT(SUBJECT_PARTY, after); count == SEARCH_STEP && !next;) {
		if (reader_search(cx, r, r->city, s->kind, s->key, after, subject, SEARCH_STEP, &count))
			return cx->err;
		for (size_t i = 0; i < count && !next; i++) {
			const struct party *row;
			after = subject[i];
			if (is_meant(cx, r, s, account_ref(after), &row))
				return cx->err;
			if (row && left-- == 0)
				next = page_cursor(cx, last);
			if (!row || next)
				continue;
			jw_object(w);
			write_open(cx, w, row);
			jw_object_end(w);
			last = row->party;
		}
		if (cx->err)
			return cx->err;
	}
	jw_array_end(w);
	if (next)
		jw_text_at(w, "next", next);
	return ERR_OK;
}

static enum err view_parties(struct cx *cx, struct reader *r, const void *params, struct json_writer *w)
{
	const struct list_params *p = params;
	struct search s;
	int64_t after;

	if (!party_is_own(&r->who, PARTY_WATCHERS, r->who.org))
		return cx_fail(cx, ERR_FORBIDDEN, "the list of parties is not open to this caller");
	if (page_after(cx, p->after, &after))
		return cx->err;
	if (!p->phone && !p->name)
		return view_every_party(cx, r, p, after, w);
	return search_key(cx, p, &s) ? cx->err : search_parties(cx, r, &s, after, w);
}

/* --- party.earlier: an owner who dealt with this merchant before --- */

struct earlier_params {
	const char *phone;
};
static const struct field earlier_params[] = {
	F_TEXT(struct earlier_params, phone, IN | REQ, 3, 40, "exactly this phone number, in any spelling"),
	F_END};
struct earlier {
	int64_t party;
	const char *name, *account_ends;
};
static const struct field earlier_fields[] = {
	F_ID(struct earlier, party, OUT | REQ, "the owner"),
	F_TEXT(struct earlier, name, OUT, 1, 16, "how the name begins: the rest is for the programme alone"),
	F_TEXT(struct earlier, account_ends, OUT, 1, 4, "how the account ends that he is paid to"),
	F_END};
enum { EARLIER_MAX = 4 };

/* The first character of a name, and that there is more. */
static char *masked(struct cx *cx, const char *name)
{
	size_t n = 1;

	while ((name[n] & 0xc0) == 0x80)
		n++;
	return cx_printf(cx, "%.*s**", (int)n, name);
}

static enum err dealt_with(struct cx *cx, struct reader *r, int64_t owner, bool *yes)
{
	static const char sql[] =
		"SELECT order_id FROM trade_order WHERE city = $1 AND owner = $2 AND ($3 = 0 OR "
		"merchant = $3) LIMIT 1";
	db_auto_rows *rows = NULL;

	if (db_query(cx, r->db, &rows, sql,
		     DB_ARGS(db_i64(r->city), db_i64(owner), db_i64(r->who.org))))
		return cx->err;
	*yes = db_next(cx, rows);
	return cx->err;
}

/* Writes the owner when he has this phone number now and was a customer of the caller's organisation. */
static enum err write_earlier(struct cx *cx, struct reader *r, int64_t party, const char *phone,
			      size_t *left, struct json_writer *w)
{
	const struct party key = {.city = r->city, .party = party}, *row;
	struct earlier e = {.party = party};
	const struct json *text, *name, *account;
	struct json *details;
	const void *found;
	const char *form;
	bool dealt;

	if (reader_find(cx, r, &party_table, &key, &found))
		return cx->err;
	row = found;
	if (!row || row->forgotten_us != FIELD_NONE || row->kind != PARTY_PERSON ||
	    dealt_with(cx, r, party, &dealt) || !dealt)
		return cx->err;
	if (party_details(cx, r, r->city, party, &details)) {
		if (cx->err == ERR_GONE)
			cx_clear(cx);
		return cx->err;
	}
	text = json_get(details, "phone");
	name = json_get(details, "name");
	account = json_get(details, "bank_account");
	form = text && text->type == JSON_TEXT ? party_phone_key(cx, text->text) : NULL;
	if (!form || strcmp(form, phone) != 0)
		return cx->err;
	if (name && name->type == JSON_TEXT && name->text[0])
		e.name = masked(cx, name->text);
	if (account && account->type == JSON_TEXT)
		e.account_ends = party_account_end(cx, account->text);
	if (cx->err)
		return cx->err;
	jw_object(w);
	field_write(w, earlier_fields, OUT, &e);
	jw_object_end(w);
	--*left;
	return ERR_OK;
}

static enum err view_earlier(struct cx *cx, struct reader *r, const void *params, struct json_writer *w)
{
	const struct earlier_params *p = params;
	const char *phone = party_phone_key(cx, p->phone);
	int64_t subject[SEARCH_STEP], after = ACCOUNT(SUBJECT_PARTY, 0);
	size_t count = SEARCH_STEP, left = EARLIER_MAX;

	if (!phone)
		return cx->err ? cx->err : cx_fail(cx, ERR_INVALID,
						   "%s: there is nothing in it to search for",
						   "phone");
	jw_name(w, "items");
	jw_array(w);
	while (count == SEARCH_STEP && left > 0) {
		if (reader_search(cx, r, r->city, PARTY_PHONE, phone, after, subject, SEARCH_STEP, &count))
			return cx->err;
		for (size_t i = 0; i < count && left > 0; i++) {
			after = subject[i];
			if (write_earlier(cx, r, account_ref(after), phone, &left, w))
				return cx->err;
		}
	}
	jw_array_end(w);
	return ERR_OK;
}

/* --- party.party --- */

struct party_params {
	int64_t party;
};
static const struct field party_params[] = {
	F_ID(struct party_params, party, IN | REQ | PATH, "the party"), F_END};

enum err party_read_check(struct cx *cx, const struct reader *r, int64_t party)
{
	if (party_is_own(&r->who, PARTY_WATCHERS, party))
		return ERR_OK;
	return cx_fail(cx, ERR_FORBIDDEN, "party %lld is another organisation or person", (long long)party);
}

static enum err view_party(struct cx *cx, struct reader *r, const void *params, struct json_writer *w)
{
	const struct party_params *p = params;
	struct party key = {.city = r->city, .party = p->party};
	struct json *details;
	const void *row;
	enum err err;

	if (party_read_check(cx, r, p->party) || reader_find(cx, r, &party_table, &key, &row))
		return cx->err;
	if (!row)
		return cx_fail(cx, ERR_NOT_FOUND, "there is no party %lld in city %lld", (long long)p->party,
			       (long long)r->city);
	write_open(cx, w, row);
	if (!party_is_own(&r->who, STAFF, p->party))
		return ERR_OK;
	err = party_details(cx, r, r->city, p->party, &details);
	if (err == ERR_GONE) { /* forgotten: the rest is still true */
		cx_clear(cx);
		return ERR_OK;
	}
	if (err)
		return err;
	for (size_t i = 0; i < details->count; i++) {
		jw_name(w, details->name[i]);
		jw_value(w, details->item[i]);
	}
	return ERR_OK;
}

/* --- sites --- */

struct sites_params {
	int64_t limit;
	const char *after;
	int64_t kind, party, open;
	int64_t south_e6, west_e6, north_e6, east_e6;
};
#define DEGREE(m, limit, doc) F_INT(struct sites_params, m, IN, -(limit), limit, "1e-6 degree", doc)
static const struct field sites_params[] = {
	PAGE_FIELDS(struct sites_params),
	F_ENUM(struct sites_params, kind, IN, site_kinds, "sites of this kind"),
	F_ID(struct sites_params, party, IN, "sites of this operator"),
	F_BOOL(struct sites_params, open, IN, "in operation, or closed"),
	DEGREE(south_e6, 90000000, "box: southern edge; give all four or none"),
	DEGREE(west_e6, 180000000, "box: western edge; may lie east of the eastern one, over the date line"),
	DEGREE(north_e6, 90000000, "box: northern edge"),
	DEGREE(east_e6, 180000000, "box: eastern edge"),
	F_END};

static enum err view_sites(struct cx *cx, struct reader *r, const void *params, struct json_writer *w)
{
	static const char where[] =
		"city = $1 AND site > $2 AND ($3 < 0 OR kind = $3) AND ($4 = 0 OR party = $4) "
		"AND ($5 < 0 OR \"open\" = $5) AND ($6 = 0 OR (lat_e6 BETWEEN $7 AND $8 AND "
		"CASE WHEN $9 <= $10 THEN lon_e6 BETWEEN $9 AND $10 ELSE lon_e6 >= $9 OR lon_e6 <= $10 END))";
	const struct sites_params *p = params;
	int edges = (p->south_e6 != FIELD_NONE) + (p->west_e6 != FIELD_NONE) + (p->north_e6 != FIELD_NONE) +
		    (p->east_e6 != FIELD_NONE);
	db_auto_rows *rows = NULL;
	int64_t after;
	char *sql = cx_printf(cx, "SELECT %s FROM site WHERE %s ORDER BY site LIMIT $11",
			      reader_columns(&site_table), where);

	if (edges != 0 && edges != 4)
		return cx_fail(cx, ERR_INVALID, "a box needs south_e6, west_e6, north_e6 and east_e6");
	if (!sql || page_after(cx, p->after, &after) ||
	    db_query(cx, r->db, &rows, sql,
		     DB_ARGS(db_i64(r->city), db_i64(after), db_i64(field_or(p->kind, -1)),
			     db_i64(field_or(p->party, 0)), db_i64(field_or(p->open, -1)),
			     db_i64(edges), db_i64(field_or(p->south_e6, 0)),
			     db_i64(field_or(p->north_e6, 0)), db_i64(field_or(p->west_e6, 0)),
			     db_i64(field_or(p->east_e6, 0)), db_i64(list_ask(p->limit)))))
		return cx->err;
	return list_rows(cx, w, &site_table, "site", rows, p->limit, NULL);
}

struct site_params {
	int64_t site;
};
static const struct field site_params[] = {
	F_ID(struct site_params, site, IN | REQ | PATH, "the site"), F_END};

static enum err view_site(struct cx *cx, struct reader *r, const void *params, struct json_writer *w)
{
	const struct site_params *p = params;
	struct site key = {.city = r->city, .site = p->site};
	const void *row;

	if (reader_find(cx, r, &site_table, &key, &row))
		return cx->err;
	if (!row)
		return cx_fail(cx, ERR_NOT_FOUND, "there is no site %lld in city %lld", (long long)p->site,
			       (long long)r->city);
	field_write(w, site_fields, OUT, row);
	return ERR_OK;
}

#define READERS                                                                                    \
	(STAFF | ROLE_OWNER | ROLE_BUYER | ROLE_TECHNICIAN | ROLE_DISMANTLER | ROLE_OFFICER |      \
	 ROLE_AUDITOR)
const struct view party_views[] = {
	{.name = "party.list",
	 .path = "/v1/cities/{city}/parties",
	 .roles = READERS,
	 .params = list_params,
	 .params_size = sizeof(struct list_params),
	 .fields = shown_fields,
	 .list = true,
	 .run = view_parties,
	 .doc = "Parties, without personal data; a merchant, owner or buyer sees itself alone."},
	{.name = "party.earlier",
	 .path = "/v1/cities/{city}/earlier-owners",
	 .roles = ROLE_CLERK | ROLE_ADMIN,
	 .params = earlier_params,
	 .params_size = sizeof(struct earlier_params),
	 .fields = earlier_fields,
	 .list = true,
	 .guarded = true,
	 .run = view_earlier,
	 .doc = "Owners with exactly this phone number who dealt with the caller's merchant before: number "
		"and how the name begins."},
	{.name = "party.party",
	 .path = "/v1/cities/{city}/parties/{party}",
	 .roles = READERS,
	 .params = party_params,
	 .params_size = sizeof(struct party_params),
	 .fields = shown_fields,
	 .run = view_party,
	 .doc = "One party; its personal details for the programme's clerks and for itself."},
	{.name = "party.sites",
	 .path = "/v1/cities/{city}/sites",
	 .roles = READERS | ROLE_ANALYST | ROLE_PUBLIC,
	 .params = sites_params,
	 .params_size = sizeof(struct sites_params),
	 .fields = site_fields,
	 .list = true,
	 .run = view_sites,
	 .doc = "Sites, by kind, operator and place."},
	{.name = "party.site",
	 .path = "/v1/cities/{city}/sites/{site}",
	 .roles = READERS | ROLE_ANALYST | ROLE_PUBLIC,
	 .params = site_params,
	 .params_size = sizeof(struct site_params),
	 .fields = site_fields,
	 .run = view_site,
	 .doc = "One site."},
	{0}};
