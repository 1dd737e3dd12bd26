#include "programme/party/party.h"

#include "base/time.h"
#include "kernel/keys.h"
#include "programme/city/city.h"
#include "programme/party/own.h"

const char *const party_kinds[] = {"person", "organisation", NULL};
const char *const party_role_names[] = {"owner", "merchant", "retailer", "buyer", "recycler", "carrier",
					"operator", NULL};
enum { PARTY_ROLES_ALL = 127 };

static const struct field party_fields[] = {
	F_ID(struct party, city, COLUMN | REQ, "the city"),
	F_ID(struct party, party, COLUMN | REQ, "the party"),
	F_ENUM(struct party, kind, COLUMN | REQ, party_kinds, "a person or an organisation"),
	F_INT(struct party, roles, COLUMN | REQ | HIDE, 0, PARTY_ROLES_ALL, NULL,
	      "what it may be here, as bits"),
	F_INT(struct party, vault_seq, COLUMN | HIDE, 0, JSON_INT_MAX, NULL,
	      "entry of the newest sealed details"),
	F_INT(struct party, vault_n, COLUMN | HIDE, 0, JSON_INT_MAX, NULL, "their number there"),
	F_US(struct party, created_us, COLUMN | REQ, "when it was registered"),
	F_US(struct party, keep_until_us, COLUMN, "its personal data must be kept until then"),
	F_US(struct party, forgotten_us, COLUMN, "when its personal data was erased"),
	F_TEXT(struct party, public_name, COLUMN, 1, 100, "trade name of an organisation"),
	F_INT(struct party, commission_bp, COLUMN | REQ, 0, 10000, "bp",
	      "merchants: share of the agreed price"),
	F_MINOR(struct party, commission_minor, COLUMN | REQ,
		"merchants: fixed commission for a device"),
	F_END};
struct table party_table = {.name = "party", .kind = TABLE_STATE, .fields = party_fields,
			    .size = sizeof(struct party), .keys = 2,
			    .fresh = FRESH_ID, .doc = "people and organisations"};

/* --- for other features --- */

static const struct party *party_row(struct cx *cx, struct tx *tx, int64_t party)
{
	struct party key = {.party = party};
	return tx_get(cx, tx, &party_table, &key);
}

const struct party *party_get(struct cx *cx, struct tx *tx, int64_t party)
{
	const struct party *p = party_row(cx, tx, party);

	if (p && p->forgotten_us != FIELD_NONE) {
		cx_fail(cx, ERR_GONE, "party %lld has been forgotten", (long long)party);
		return NULL;
	}
	return p;
}

enum err party_check_role(struct cx *cx, struct tx *tx, int64_t party, int64_t roles)
{
	const struct party *p = party_get(cx, tx, party);
	char *want;

	if (!p)
		return cx->err;
	if ((p->roles & roles) == roles)
		return ERR_OK;
	want = party_roles_text(cx, roles & ~p->roles);
	return want ? cx_fail(cx, ERR_INVALID, "party %lld is not registered as %s",
			      (long long)party, cx_say_code(cx, "role", want)) :
		      cx->err;
}

enum err party_keep(struct cx *cx, struct tx *tx, int64_t party, int64_t until_us)
{
	const struct party *p = party_row(cx, tx, party);
	struct party row;

	if (!p)
		return cx->err;
	if (p->forgotten_us != FIELD_NONE || (p->keep_until_us != FIELD_NONE && p->keep_until_us >= until_us))
		return ERR_OK;
	row = *p;
	row.keep_until_us = until_us;
	return tx_put(cx, tx, &party_table, &row);
}

static enum err touch(struct cx *cx, struct tx *tx, int64_t party)
{
	return tx_touch(cx, tx, ACCOUNT(SUBJECT_PARTY, party));
}

static struct party empty_party(struct tx *tx, int64_t party)
{
	struct party row;

	field_init(party_fields, &row);
	row.city = tx_city(tx);
	row.party = party;
	row.roles = row.commission_bp = row.commission_minor = 0;
	row.created_us = tx_now_us(tx);
	return row;
}

enum err party_put_programme(struct cx *cx, struct tx *tx, int64_t party, const char *name)
{
	struct party row = empty_party(tx, party);

	row.kind = PARTY_ORGANISATION;
	row.roles = PARTY_OPERATOR;
	row.public_name = name;
	if (tx_put(cx, tx, &party_table, &row))
		return cx->err;
	return touch(cx, tx, party);
}

/* --- words and keys --- */

enum err party_roles_parse(struct cx *cx, const char *text, int64_t *bits)
{
	int64_t got = 0;

	for (const char *p = text; *p;) {
		size_t n = strcspn(p, ", ");
		int i = 0;
		while (party_role_names[i] && !(strlen(party_role_names[i]) == n &&
						memcmp(party_role_names[i], p, n) == 0))
			i++;
		if (n > 0 && !party_role_names[i])
			return cx_fail(
				cx, ERR_INVALID,
				"roles: \"%.*s\" is none of owner, merchant, retailer, buyer, "
				"recycler, carrier, operator",
				(int)n, p);
		if (n > 0)
			got |= INT64_C(1) << i;
		p += n;
		p += strspn(p, ", ");
	}
	*bits = got;
	return ERR_OK;
}

char *party_roles_text(struct cx *cx, int64_t bits)
{
	struct sb sb;

	sb_init(&sb, cx, 200);
	for (int i = 0; party_role_names[i]; i++)
		if (bits & INT64_C(1) << i)
			sb_printf(&sb, "%s%s", sb.len ? "," : "", party_role_names[i]);
	return sb_end(&sb) ? NULL : sb.data;
}

char *party_phone_key(struct cx *cx, const char *phone)
{
	enum { DIGITS = 10 }; /* with or without the country's code it is the same number */
	char *key = cx_alloc(cx, strlen(phone) + 1);
	size_t n = 0;

	if (!key)
		return NULL;
	for (; *phone; phone++)
		if (*phone >= '0' && *phone <= '9')
			key[n++] = *phone;
	return n == 0 ? NULL : n > DIGITS ? key + n - DIGITS : key;
}

/* Addresses are compared without case: what stands before the '@' may differ by it, but hardly ever does. */
static char *email_key(struct cx *cx, const char *email) { return party_name_key(cx, email); }

char *party_name_key(struct cx *cx, const char *name)
{
	char *key = cx_alloc(cx, strlen(name) + 1);
	size_t n = 0;

	if (!key)
		return NULL;
	for (; *name; name++) {
		if (*name == ' ' && (n == 0 || key[n - 1] == ' '))
			continue;
		key[n++] = *name >= 'A' && *name <= 'Z' ? (char)(*name + 'a' - 'A') : *name;
	}
	if (n > 0 && key[n - 1] == ' ')
		key[--n] = 0;
	return n == 0 ? NULL : key;
}

/* --- details: what register and update have in common --- */

static const struct field sealed_fields[] = {
	PARTY_DETAIL(name, 1, 200, ""),	   PARTY_DETAIL(phone, 3, 40, ""),
	PARTY_DETAIL(email, 3, 254, ""),   PARTY_DETAIL(address, 1, 500, ""),
	PARTY_DETAIL(bank_account, 3, 64, ""), F_END};

static bool details_given(const struct party_contact *d)
{
	return d->name || d->phone || d->email || d->address || d->bank_account;
}

static enum err details_check(struct cx *cx, const struct party_contact *d)
{
	const char *at;

	if (d->phone && (strspn(d->phone, "+0123456789 ()-./") != strlen(d->phone) ||
			 strcspn(d->phone, "0123456789") == strlen(d->phone)))
		return cx_fail(cx, ERR_INVALID, "phone: digits, spaces and +()-./ only");
	at = d->email ? strchr(d->email, '@') : NULL;
	if (d->email && (!at || at == d->email || !at[1] || strchr(at + 1, '@') ||
			 strpbrk(d->email, " \t\r\n")))
		return cx_fail(cx, ERR_INVALID, "email: must be of the form name@domain");
	if (d->bank_account &&
	    strspn(d->bank_account,
		   "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789 -") !=
		    strlen(d->bank_account))
		return cx_fail(cx, ERR_INVALID, "bank_account: letters, digits, spaces and '-' only");
	return ERR_OK;
}

static enum err index_by(struct cx *cx, struct tx *tx, int64_t party, const char *kind, const char *key)
{
	if (!key)
		return cx->err; /* ERR_OK when there is nothing to search for */
	return tx_index(cx, tx, ACCOUNT(SUBJECT_PARTY, party), kind, key);
}

static enum err details_seal(struct cx *cx, struct tx *tx, int64_t party, struct party_contact *d)
{
	struct json_writer w;
	struct sb sb;

	if (!details_given(d))
		return ERR_OK;
	if (details_check(cx, d))
		return cx->err;
	sb_init(&sb, cx, 16 * 1024);
	jw_init(&w, &sb, false);
	jw_object(&w);
	field_write(&w, sealed_fields, PII, d);
	jw_object_end(&w);
	if (sb_end(&sb) ||
	    vault_write(cx, tx, ACCOUNT(SUBJECT_PARTY, party), VAULT_PARTY, sb.data, sb.len, &d->vault_n))
		return cx->err;
	if (d->phone && index_by(cx, tx, party, PARTY_PHONE, party_phone_key(cx, d->phone)))
		return cx->err;
	if (d->name && index_by(cx, tx, party, PARTY_NAME, party_name_key(cx, d->name)))
		return cx->err;
	if (d->email && index_by(cx, tx, party, PARTY_EMAIL, email_key(cx, d->email)))
		return cx->err;
	return ERR_OK;
}

/* A number, and the details sealed under its key. After a restore the list of destroyed keys names people too
 * who came after the backup: their numbers are passed over, so that a number is one person's for ever. */
static enum err new_party(struct cx *cx, struct tx *tx, struct party_contact *d, int64_t *party)
{
	enum { NUMBERS_MAX = 500000 };
	enum err err = ERR_GONE;

	for (int i = 0; err == ERR_GONE && i < NUMBERS_MAX; i++) {
		cx_clear(cx);
		*party = tx_new_id(tx);
		err = details_given(d) ? details_seal(cx, tx, *party, d) :
					 tx_check_subject(cx, tx, ACCOUNT(SUBJECT_PARTY, *party));
	}
	return err;
}

char *party_account_end(struct cx *cx, const char *bank_account)
{
	enum { SHOWN = 4 };
	char end[SHOWN + 1] = "";
	size_t at = SHOWN;

	for (size_t n = strlen(bank_account); n > 0 && at > 0; n--)
		if (bank_account[n - 1] != ' ' && bank_account[n - 1] != '-')
			end[--at] = bank_account[n - 1];
	return at == SHOWN ? NULL : cx_strdup(cx, end + at);
}

enum err party_seal_account(struct cx *cx, struct tx *tx, int64_t party, const char *bank_account, int64_t *n)
{
	const struct party_contact only = {.bank_account = bank_account};

	if (!party_get(cx, tx, party) || details_check(cx, &only))
		return cx->err;
	return vault_write(cx, tx, ACCOUNT(SUBJECT_PARTY, party), VAULT_PARTY, bank_account,
			   strlen(bank_account), n);
}

/* Puts the new details in the row. */
static void details_apply(const struct party_contact *d, int64_t seq, struct party *row)
{
	if (d->vault_n == FIELD_NONE)
		return;
	row->vault_seq = seq;
	row->vault_n = d->vault_n;
}

enum err party_details(struct cx *cx, struct reader *r, int64_t city, int64_t party, struct json **out)
{
	struct party key = {.city = city, .party = party};
	const struct party *p;
	const void *row;
	struct bytes text;

	if (reader_find(cx, r, &party_table, &key, &row))
		return cx->err;
	p = row;
	if (!p)
		return cx_fail(cx, ERR_NOT_FOUND, "there is no party %lld in city %lld",
			       (long long)party, (long long)city);
	if (p->forgotten_us != FIELD_NONE)
		return cx_fail(cx, ERR_GONE, "party %lld has been forgotten", (long long)party);
	if (p->vault_n == FIELD_NONE)
		return json_parse(cx, "{}", 2, &json_limits_request, out);
	if (vault_read(cx, r, city, p->vault_seq, p->vault_n, &text))
		return cx->err;
	return json_parse(cx, text.p, text.n, &json_limits_request, out);
}

/* --- owners who come without an account --- */

bool party_contact_given(const struct party_contact *c) { return details_given(c); }

enum err party_new_owner(struct cx *cx, struct tx *tx, struct party_contact *c, int64_t *party)
{
	if (!c->name)
		return cx_fail(cx, ERR_INVALID, "name: is missing");
	if (!c->phone && !c->email)
		return cx_fail(cx, ERR_INVALID, "phone: give it, or an email, so that you can be reached");
	return new_party(cx, tx, c, party);
}

enum err party_put_owner(struct cx *cx, struct tx *tx, int64_t party, int64_t seq,
			 const struct party_contact *c)
{
	struct party row = empty_party(tx, party);

	row.kind = PARTY_PERSON;
	row.roles = PARTY_OWNER;
	details_apply(c, seq, &row);
	if (tx_put(cx, tx, &party_table, &row))
		return cx->err;
	return touch(cx, tx, party);
}

enum err party_reached_by(struct cx *cx, struct tx *tx, const struct party_contact *c, bool by_email,
			  int64_t after, int64_t *party, size_t max, size_t *count)
{
	const char *text = by_email ? c->email : c->phone;
	char *key = !text ? NULL : by_email ? email_key(cx, text) : party_phone_key(cx, text);

	*count = 0;
	if (!key)
		return cx->err;
	if (tx_search(cx, tx, by_email ? PARTY_EMAIL : PARTY_PHONE, key, ACCOUNT(SUBJECT_PARTY, after), party,
		      max, count))
		return cx->err;
	for (size_t i = 0; i < *count; i++)
		party[i] = account_ref(party[i]);
	return ERR_OK;
}

/* --- party.register --- */

struct party_register {
	struct party_contact d;
	int64_t kind;
	const char *roles, *public_name;
	int64_t keep_until_us;
	int64_t party, role_bits;
};
static const struct field register_fields[] = {
	F_ENUM(struct party_register, kind, MUST, party_kinds, "a person or an organisation"),
	F_TEXT(struct party_register, roles, IN | REQ, 1, 100,
	       "what it may be: owner, merchant, retailer, buyer, recycler, carrier, operator; "
	       "several with ','"),
	F_TEXT(struct party_register, public_name, GIVEN, 1, 100,
	       "trade name of an organisation: public, never of a person"),
	PARTY_CONTACT_FIELDS,
	F_US(struct party_register, keep_until_us, GIVEN,
	     "the personal data must be kept until then"),
	F_ID(struct party_register, party, DERIVED | REQ, "the party"),
	F_INT(struct party_register, role_bits, LOG | REQ, 1, PARTY_ROLES_ALL, NULL,
	      "roles as bits"),
	F_END};

/* Owners may be registered by anyone; those that the programme deals with, by the programme alone. */
static enum err check_registrar(struct cx *cx, struct tx *tx, int64_t bits)
{
	if (bits == PARTY_OWNER ||
	    (tx_who(tx)->org == 0 && tx_has_role(tx, ROLE_CLERK | ROLE_ADMIN | ROLE_SYSTEM)))
		return ERR_OK;
	return cx_fail(cx, ERR_FORBIDDEN,
		       "roles: only the programme's staff gives a party a role other than owner");
}

static enum err register_decide(struct cx *cx, struct tx *tx, void *record)
{
	struct party_register *rec = record;

	if (party_roles_parse(cx, rec->roles, &rec->role_bits))
		return cx->err;
	if (rec->role_bits == 0)
		return cx_fail(cx, ERR_INVALID, "roles: at least one is needed");
	if (check_registrar(cx, tx, rec->role_bits))
		return cx->err;
	if (rec->kind == PARTY_ORGANISATION && !rec->public_name)
		return cx_fail(cx, ERR_INVALID, "public_name: an organisation needs its trade name");
	if (rec->kind == PARTY_PERSON && rec->public_name)
		return cx_fail(
			cx, ERR_INVALID,
			"public_name: a person has none; give the name as `name`, which is sealed");
	return new_party(cx, tx, &rec->d, &rec->party);
}

static enum err register_apply(struct cx *cx, struct tx *tx, const struct entry *entry, const void *record)
{
	const struct party_register *rec = record;
	struct party row = empty_party(tx, rec->party);

	row.kind = rec->kind;
	row.roles = rec->role_bits;
	row.public_name = rec->public_name;
	row.keep_until_us = rec->keep_until_us;
	details_apply(&rec->d, entry->seq, &row);
	if (tx_put(cx, tx, &party_table, &row))
		return cx->err;
	return touch(cx, tx, rec->party);
}

/* --- party.update --- */

struct party_update {
	struct party_contact d;
	int64_t party;
	const char *public_name;
	int64_t keep_until_us;
};
static const struct field update_fields[] = {
	F_ID(struct party_update, party, MUST | PATH, "the party"),
	F_TEXT(struct party_update, public_name, GIVEN, 1, 100, "trade name of an organisation"),
	PARTY_CONTACT_FIELDS,
	F_US(struct party_update, keep_until_us, GIVEN, "the personal data must be kept until then"),
	F_END};

/* The caller is the party itself, or the programme's staff. */
static const struct party *own_party(struct cx *cx, struct tx *tx, int64_t party)
{
	if (!party_is_own(tx_who(tx), PARTY_STAFF, party)) {
		cx_fail(cx, ERR_FORBIDDEN, "party %lld is another organisation or person", (long long)party);
		return NULL;
	}
	return party_get(cx, tx, party);
}

static enum err update_decide(struct cx *cx, struct tx *tx, void *record)
{
	struct party_update *rec = record;
	const struct party *p = own_party(cx, tx, rec->party);

	if (!p)
		return cx->err;
	if (!details_given(&rec->d) && !rec->public_name && rec->keep_until_us == FIELD_NONE)
		return cx_fail(cx, ERR_INVALID, "there is nothing to change");
	if (rec->public_name && p->kind == PARTY_PERSON)
		return cx_fail(cx, ERR_INVALID, "public_name: a person has none");
	if (rec->keep_until_us != FIELD_NONE && tx_who(tx)->org != 0)
		return cx_fail(
			cx, ERR_FORBIDDEN,
			"keep_until_us: only the programme's staff changes a retention duty");
	return details_seal(cx, tx, rec->party, &rec->d);
}

static enum err update_apply(struct cx *cx, struct tx *tx, const struct entry *entry, const void *record)
{
	const struct party_update *rec = record;
	const struct party *p = party_row(cx, tx, rec->party);
	struct party row;

	if (!p)
		return cx->err;
	row = *p;
	row.public_name = rec->public_name ? rec->public_name : p->public_name;
	row.keep_until_us = field_or(rec->keep_until_us, p->keep_until_us);
	details_apply(&rec->d, entry->seq, &row);
	if (tx_put(cx, tx, &party_table, &row))
		return cx->err;
	return touch(cx, tx, rec->party);
}

/* --- party.roles --- */

struct party_roles {
	int64_t party, role_bits;
	const char *roles;
};
static const struct field roles_fields[] = {
	F_ID(struct party_roles, party, MUST | PATH, "the party"),
	F_TEXT(struct party_roles, roles, IN | REQ, 1, 100,
	       "all roles that it has from now on, separated by ','"),
	F_INT(struct party_roles, role_bits, LOG | REQ, 1, PARTY_ROLES_ALL, NULL, "roles as bits"),
	F_END};

static enum err roles_decide(struct cx *cx, struct tx *tx, void *record)
{
	struct party_roles *rec = record;
	const struct party *p = party_get(cx, tx, rec->party);

	if (!p || tx_check_org(cx, tx, 0) || party_roles_parse(cx, rec->roles, &rec->role_bits))
		return cx->err;
	if (rec->role_bits == 0)
		return cx_fail(cx, ERR_INVALID, "roles: at least one is needed");
	return ERR_OK;
}

static enum err roles_apply(struct cx *cx, struct tx *tx, const struct entry *entry, const void *record)
{
	const struct party_roles *rec = record;
	const struct party *p = party_row(cx, tx, rec->party);
	struct party row;

	(void)entry;
	if (!p)
		return cx->err;
	row = *p;
	row.roles = rec->role_bits;
	if (tx_put(cx, tx, &party_table, &row))
		return cx->err;
	return touch(cx, tx, rec->party);
}

/* --- party.terms --- */

struct party_terms {
	int64_t party, commission_bp, commission_minor;
};
static const struct field terms_fields[] = {
	F_ID(struct party_terms, party, MUST | PATH, "the merchant or retailer"),
	F_INT(struct party_terms, commission_bp, GIVEN | REQ, 0, 10000, "bp",
	      "commission: share of the agreed price"),
	F_MINOR(struct party_terms, commission_minor, GIVEN | REQ,
		"commission: fixed, for each device"),
	F_END};

static enum err terms_decide(struct cx *cx, struct tx *tx, void *record)
{
	struct party_terms *rec = record;
	const struct party *p = party_get(cx, tx, rec->party);

	if (!p || tx_check_org(cx, tx, 0))
		return cx->err;
	if (!(p->roles & (PARTY_MERCHANT | PARTY_RETAILER)))
		return cx_fail(cx, ERR_INVALID,
			       "party %lld is registered neither as merchant nor as retailer",
			       (long long)rec->party);
	return ERR_OK;
}

static enum err terms_apply(struct cx *cx, struct tx *tx, const struct entry *entry, const void *record)
{
	const struct party_terms *rec = record;
	const struct party *p = party_row(cx, tx, rec->party);
	struct party row;

	(void)entry;
	if (!p)
		return cx->err;
	row = *p;
	row.commission_bp = rec->commission_bp;
	row.commission_minor = rec->commission_minor;
	if (tx_put(cx, tx, &party_table, &row))
		return cx->err;
	return touch(cx, tx, rec->party);
}

/* --- party.forget --- */

struct party_forget {
	int64_t party;
};
static const struct field forget_fields[] = {
	F_ID(struct party_forget, party, MUST | PATH, "the party"), F_END};

static enum err forget_decide(struct cx *cx, struct tx *tx, void *record)
{
	const struct party_forget *rec = record;
	const struct party *p = own_party(cx, tx, rec->party);
	const struct city *city;

	if (!p)
		return cx->err;
	city = city_get(cx, tx);
	if (!city)
		return cx->err;
	if (city->programme == rec->party)
		return cx_fail(cx, ERR_CONFLICT, "party %lld is the programme itself", (long long)rec->party);
	if (p->keep_until_us != FIELD_NONE && p->keep_until_us > tx_now_us(tx)) {
		cx_fail(cx, ERR_CONFLICT,
			"the personal data of party %lld must be kept until %s; ask again "
			"then",
			(long long)rec->party, time_rfc3339(cx, p->keep_until_us));
		cx_hint(cx, "keep_until_us", "%lld", (long long)p->keep_until_us);
		return cx->err;
	}
	return ERR_OK;
}

static enum err forget_apply(struct cx *cx, struct tx *tx, const struct entry *entry, const void *record)
{
	const struct party_forget *rec = record;
	const struct party *p = party_row(cx, tx, rec->party);
	struct party row;

	if (!p)
		return cx->err;
	row = *p;
	row.forgotten_us = entry->recorded_us;
	row.vault_seq = row.vault_n = FIELD_NONE;
	if (tx_put(cx, tx, &party_table, &row))
		return cx->err;
	return touch(cx, tx, rec->party);
}

/* The entry is durable: now the key goes, and with it all that was sealed under it, and the index. */
static enum err forget_after(struct cx *cx, struct keys *keys, const struct entry *entry, const void *record)
{
	const struct party_forget *rec = record;
	enum err err = keys_destroy(cx, keys, entry->city, ACCOUNT(SUBJECT_PARTY, rec->party),
				    entry->recorded_us);

	if (err == ERR_NOT_FOUND) { /* nothing was ever sealed */
		cx_clear(cx);
		return ERR_OK;
	}
	return err;
}

static struct table *const tables[] = {&party_table, &site_table, &vault_table, NULL};
static const struct account_kind accounts[] = {
	{SUBJECT_PARTY, "party", 0, "", "a party, as the subject of a history and of a key"},
	{SUBJECT_SITE, "site", 0, "", "a site"},
	{0}};

#define STAFF PARTY_STAFF
#define ACTION(t, rs, m, p, f, T, x, d)                                                             \
	{.type = "party." t, .v = 1, .method = m, .path = "/v1/cities/{city}/" p, .roles = rs, .fields = f, \
	 .size = T, .decide = x##_decide, .apply = x##_apply, .doc = d}
static const struct action actions[] = {
	ACTION("register", STAFF | ROLE_OWNER | ROLE_PUBLIC, "POST", "parties", register_fields,
	       sizeof(struct party_register), register, "Registers a person or an organisation."),
	ACTION("update", STAFF | ROLE_OWNER | ROLE_BUYER, "PATCH", "parties/{party}", update_fields,
	       sizeof(struct party_update), update,
	       "Changes a party; personal details that are given replace the earlier ones as a whole."),
	ACTION("roles", STAFF, "PUT", "parties/{party}/roles", roles_fields,
	       sizeof(struct party_roles), roles, "Says what a party may be in this city."),
	ACTION("terms", ROLE_ADMIN | ROLE_SYSTEM, "PUT", "parties/{party}/terms", terms_fields,
	       sizeof(struct party_terms), terms,
	       "Sets a merchant's commission; holds for what is agreed later."),
	{.type = "party.forget",
	 .v = 1,
	 .method = "POST",
	 .path = "/v1/cities/{city}/parties/{party}/forget",
	 .roles = STAFF | ROLE_OWNER | ROLE_BUYER,
	 .fields = forget_fields,
	 .size = sizeof(struct party_forget),
	 .decide = forget_decide,
	 .apply = forget_apply,
	 .after = forget_after,
	 .doc = "Erases a party's personal data for ever; what was done stays in the books without it."},
	ACTION("site_open", STAFF, "POST", "sites", site_open_fields, sizeof(struct site_open),
	       site_open, "Opens a site: a store, kiosk, centre, recycler or locker."),
	ACTION("site_change", STAFF, "PATCH", "sites/{site}", site_change_fields,
	       sizeof(struct site_change), site_change,
	       "Changes a site's name, address, place or hours."),
	ACTION("site_close", STAFF, "POST", "sites/{site}/close", site_close_fields,
	       sizeof(struct site_close), site_close, "Closes a site that holds no device."),
	{0}};

const struct feature party_feature = {
	.name = "party", .tables = tables, .accounts = accounts, .actions = actions, .views = party_views};
