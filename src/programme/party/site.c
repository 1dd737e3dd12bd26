#include "programme/party/hours.h"
#include "programme/party/own.h"

const char *const site_kinds[] = {"store", "kiosk", "centre", "recycler", "locker", NULL};

#define PLACE_FIELDS(T, flags)                                                                     \
	F_INT(T, lat_e6, flags, -90000000, 90000000, "1e-6 degree", "latitude, WGS 84"),           \
	F_INT(T, lon_e6, flags, -180000000, 180000000, "1e-6 degree", "longitude, WGS 84")
#define HOURS_DOC "opening hours, \"Mo-Fr 09:00-18:00; Sa 10:00-16:00; PH off\""

const struct field site_fields[] = {
	F_ID(struct site, city, COLUMN | REQ, "the city"),
	F_ID(struct site, site, COLUMN | REQ, "the site"),
	F_ID(struct site, party, COLUMN | REQ, "who operates it"),
	F_ENUM(struct site, kind, COLUMN | REQ, site_kinds, "what it is"),
	PLACE_FIELDS(struct site, COLUMN),
	F_TEXT(struct site, name, COLUMN | REQ, 1, 100, "name"),
	F_TEXT(struct site, address, COLUMN, 1, 300, "address"),
	F_TEXT(struct site, hours, COLUMN, 1, 300, HOURS_DOC),
	F_BOOL(struct site, open, COLUMN | REQ, "in operation"),
	F_END};
struct table site_table = {.name = "site",
			   .kind = TABLE_STATE,
			   .fields = site_fields,
			   .size = sizeof(struct site),
			   .keys = 2,
			   .fresh = FRESH_ID,
			   .doc = "stores, kiosks, centres, recyclers, lockers"};

const struct site *site_get(struct cx *cx, struct tx *tx, int64_t site)
{
	struct site key = {.site = site};
	return tx_get(cx, tx, &site_table, &key);
}

const struct field site_open_fields[] = {
	F_ID(struct site_open, party, MUST, "who operates it: an organisation"),
	F_ENUM(struct site_open, kind, MUST, site_kinds, "what it is"),
	PLACE_FIELDS(struct site_open, GIVEN),
	F_TEXT(struct site_open, name, MUST, 1, 100, "name, for the public"),
	F_TEXT(struct site_open, address, GIVEN, 1, 300, "address, for the public"),
	F_TEXT(struct site_open, hours, GIVEN, 1, 300, HOURS_DOC),
	F_ID(struct site_open, site, DERIVED | REQ, "the site"),
	F_END};
const struct field site_change_fields[] = {
	F_ID(struct site_change, site, MUST | PATH, "the site"),
	PLACE_FIELDS(struct site_change, GIVEN),
	F_TEXT(struct site_change, name, GIVEN, 1, 100, "name, for the public"),
	F_TEXT(struct site_change, address, GIVEN, 1, 300, "address, for the public"),
	F_TEXT(struct site_change, hours, GIVEN, 1, 300, HOURS_DOC),
	F_END};
const struct field site_close_fields[] = {F_ID(struct site_close, site, MUST | PATH, "the site"), F_END};

static enum err check_place(struct cx *cx, int64_t lat_e6, int64_t lon_e6, const char *hours)
{
	if ((lat_e6 == FIELD_NONE) != (lon_e6 == FIELD_NONE))
		return cx_fail(cx, ERR_INVALID, "lat_e6 and lon_e6: give both or none");
	if (hours && hours_check(cx, hours))
		return cx_prefix(cx, "hours: ");
	return ERR_OK;
}

enum err site_open_decide(struct cx *cx, struct tx *tx, void *record)
{
	struct site_open *rec = record;
	const struct party *p;

	p = tx_check_org(cx, tx, rec->party) ? NULL : party_get(cx, tx, rec->party);
	if (!p || check_place(cx, rec->lat_e6, rec->lon_e6, rec->hours))
		return cx->err;
	if (p->kind != PARTY_ORGANISATION)
		return cx_fail(cx, ERR_INVALID,
			       "party: %lld is a person; a site is operated by an organisation",
			       (long long)rec->party);
	if (rec->kind == SITE_RECYCLER && !(p->roles & PARTY_RECYCLER))
		return cx_fail(cx, ERR_INVALID, "kind: party %lld is not registered as recycler",
			       (long long)rec->party);
	rec->site = tx_new_id(tx);
	return ERR_OK;
}

enum err site_open_apply(struct cx *cx, struct tx *tx, const struct entry *entry, const void *record)
{
	const struct site_open *rec = record;
	struct site row = {.city = entry->city, .site = rec->site, .party = rec->party, .kind = rec->kind,
			   .lat_e6 = rec->lat_e6, .lon_e6 = rec->lon_e6, .name = rec->name,
			   .address = rec->address, .hours = rec->hours, .open = 1};
	return tx_put(cx, tx, &site_table, &row);
}

/* The site, if the caller may change it and it is in operation. */
static const struct site *own_site(struct cx *cx, struct tx *tx, int64_t site)
{
	const struct site *s = site_get(cx, tx, site);

	if (!s || tx_check_org(cx, tx, s->party))
		return NULL;
	if (!s->open) {
		cx_fail(cx, ERR_CONFLICT, "site %lld is closed", (long long)site);
		return NULL;
	}
	return s;
}

enum err site_change_decide(struct cx *cx, struct tx *tx, void *record)
{
	const struct site_change *rec = record;

	if (!own_site(cx, tx, rec->site) || check_place(cx, rec->lat_e6, rec->lon_e6, rec->hours))
		return cx->err;
	if (rec->lat_e6 == FIELD_NONE && !rec->name && !rec->address && !rec->hours)
		return cx_fail(cx, ERR_INVALID, "there is nothing to change");
	return ERR_OK;
}

enum err site_change_apply(struct cx *cx, struct tx *tx, const struct entry *entry, const void *record)
{
	const struct site_change *rec = record;
	const struct site *s = site_get(cx, tx, rec->site);
	struct site row;

	(void)entry;
	if (!s)
		return cx->err;
	row = *s;
	row.lat_e6 = field_or(rec->lat_e6, s->lat_e6);
	row.lon_e6 = field_or(rec->lon_e6, s->lon_e6);
	row.name = rec->name ? rec->name : s->name;
	row.address = rec->address ? rec->address : s->address;
	row.hours = rec->hours ? rec->hours : s->hours;
	return tx_put(cx, tx, &site_table, &row);
}

enum err site_close_decide(struct cx *cx, struct tx *tx, void *record)
{
	const struct site_close *rec = record;
	int64_t posted, available;

	if (!own_site(cx, tx, rec->site) ||
	    tx_balance(cx, tx, ACCOUNT(PC_CUSTODY, rec->site), "pc", &posted, &available))
		return cx->err;
	if (posted != 0)
		return cx_fail(cx, ERR_CONFLICT, "site %lld still holds %lld devices; move them first",
			       (long long)rec->site, (long long)posted);
	return ERR_OK;
}

enum err site_close_apply(struct cx *cx, struct tx *tx, const struct entry *entry, const void *record)
{
	const struct site_close *rec = record;
	const struct site *s = site_get(cx, tx, rec->site);
	struct site row;

	(void)entry;
	if (!s)
		return cx->err;
	row = *s;
	row.open = 0;
	return tx_put(cx, tx, &site_table, &row);
}
