#include "programme/city/city.h"

#include "base/time.h"
#include "base/tz.h"
#include "kernel/books.h"
#include "programme/list.h"
#include "programme/party/party.h"

enum { CITY_MAX = 32767, DAYS_MAX = 3650, RATES_MAX = 1000 };

#define DAYS_FIELDS(T, flags)                                                                      \
	F_INT(T, quote_days, flags, 1, 365, "days",                                                \
	      "a price is honoured for so long; 30 when absent"),                                  \
		F_INT(T, offer_days, flags, 1, 365, "days",                                        \
		      "time to accept a revised offer; 14 when absent"),                           \
		F_INT(T, hold_days, flags, 0, DAYS_MAX, "days",                                    \
		      "statutory hold before resale; 0 when absent"),                              \
		F_INT(T, return_days, flags, 0, 365, "days",                                       \
		      "a buyer may return within so long; 14 when absent"),                        \
		F_INT(T, payout_days, flags, 0, 365, "days",                                       \
		      "payables are due after so long; 0 when absent")

static const struct field city_fields[] = {
	F_INT(struct city, city, COLUMN | REQ, 0, CITY_MAX, "id", "the city; 0 is the programme itself"),
	F_TEXT(struct city, name, COLUMN | REQ, 1, 100, "name"),
	F_TEXT(struct city, time_zone, COLUMN | REQ, 1, 64, "IANA time zone"),
	F_TEXT(struct city, currency, COLUMN | REQ, 3, 3, "currency of the books, ISO 4217"),
	F_ID(struct city, programme, COLUMN | REQ, "party of the programme in this city"),
	F_US(struct city, opened_us, COLUMN | REQ, "when its books were opened"),
	DAYS_FIELDS(struct city, COLUMN | REQ),
	F_BOOL(struct city, simulated, COLUMN | REQ, "its keys come from a seed, its clock from the entries"),
	F_END};
struct table city_table = {.name = "city",
			   .kind = TABLE_STATE,
			   .fields = city_fields,
			   .size = sizeof(struct city),
			   .keys = 1,
			   .doc = "settings of a city"};

static const struct field rate_fields[] = {
	F_ID(struct city_rate, city, COLUMN | REQ, "the city"),
	F_TEXT(struct city_rate, code, COLUMN | REQ, 1, 16, "tax code"),
	F_US(struct city_rate, from_us, COLUMN | REQ, "holds from this time on"),
	F_INT(struct city_rate, rate_bp, COLUMN | REQ, 0, 10000, "bp", "rate in basis points"),
	F_BOOL(struct city_rate, margin, COLUMN | REQ, "on the margin (second-hand goods), not on the price"),
	F_END};
struct table city_rate_table = {.name = "city_rate",
				.kind = TABLE_STATE,
				.fields = rate_fields,
				.size = sizeof(struct city_rate),
				.keys = 3,
				.doc = "dated tax rates of a city"};

enum err city_now(struct cx *cx, const struct reader *r, int64_t city, int64_t *now_us)
{
	const struct log_head key = {.city = city};
	const struct log_head *head;
	const void *row;

	if (reader_find(cx, r, &log_head_table, &key, &row))
		return cx->err;
	head = row;
	if (!head)
		return cx_fail(cx, ERR_NOT_FOUND, "there is no city %lld", (long long)city);
	*now_us = head->simulated ? head->recorded_us : cx_now(cx);
	return ERR_OK;
}

const struct city *city_get(struct cx *cx, struct tx *tx)
{
	struct city key = {.city = tx_city(tx)};
	return tx_get(cx, tx, &city_table, &key);
}

/* --- city.open --- */

struct city_open {
	int64_t city;
	const char *name, *time_zone, *currency, *sim_seed;
	int64_t simulated;
	int64_t quote_days, offer_days, hold_days, return_days, payout_days;
	int64_t programme;
};
static const struct field open_fields[] = {
	F_INT(struct city_open, city, MUST | OUT, 0, CITY_MAX, "id",
	      "number of the city; 0 is the programme itself"),
	F_TEXT(struct city_open, name, MUST, 1, 100, "name"),
	F_TEXT(struct city_open, time_zone, MUST, 1, 64, "IANA time zone, \"Asia/Shanghai\""),
	F_TEXT(struct city_open, currency, MUST, 3, 3,
	       "currency of the books, ISO 4217; of reports for city 0"),
	F_BOOL(struct city_open, simulated, GIVEN, "a simulated city: needs sim_seed"),
	F_TEXT(struct city_open, sim_seed, IN, 1, 64,
	       "the simulation's seed: keys are derived from it"),
	DAYS_FIELDS(struct city_open, GIVEN),
	F_ID(struct city_open, programme, DERIVED | REQ, "party of the programme in this city"),
	F_END};

static enum err check_time_zone(struct cx *cx, const char *name)
{
	struct cx_mark mark = cx_mark(cx);
	struct tz *tz;
	enum err err = tz_open(cx, name, &tz);

	if (err == ERR_OK)
		cx_restore(cx, mark);
	else if (err == ERR_INVALID)
		cx_prefix(cx, "time_zone: ");
	return err;
}

static enum err open_decide(struct cx *cx, struct tx *tx, void *record)
{
	struct city_open *rec = record;

	if (tx_who(tx)->city != 0 || tx_who(tx)->org != 0)
		return cx_fail(cx, ERR_FORBIDDEN, "only the programme's own administrators open a city");
	if (check_time_zone(cx, rec->time_zone))
		return cx->err;
	if (currency_digits(rec->currency) < 0)
		return cx_fail(
			cx, ERR_INVALID,
			"currency: \"%s\" is no currency code of ISO 4217; write CNY, EUR, …",
			rec->currency);
	rec->simulated = field_or(rec->simulated, 0);
	if (rec->simulated != (rec->sim_seed != NULL))
		return cx_fail(cx, ERR_INVALID,
			       "sim_seed: a simulated city needs it, and no other may have it");
	rec->quote_days = field_or(rec->quote_days, 30);
	rec->offer_days = field_or(rec->offer_days, 14);
	rec->hold_days = field_or(rec->hold_days, 0);
	rec->return_days = field_or(rec->return_days, 14);
	rec->payout_days = field_or(rec->payout_days, 0);
	rec->programme = tx_new_id(tx);
	return ERR_OK;
}

static enum err open_apply(struct cx *cx, struct tx *tx, const struct entry *entry, const void *record)
{
	const struct city_open *rec = record;
	struct city row = {.city = entry->city,
			   .name = rec->name,
			   .time_zone = rec->time_zone,
			   .currency = rec->currency,
			   .programme = rec->programme,
			   .opened_us = entry->recorded_us,
			   .quote_days = rec->quote_days,
			   .offer_days = rec->offer_days,
			   .hold_days = rec->hold_days,
			   .return_days = rec->return_days,
			   .payout_days = rec->payout_days,
			   .simulated = rec->simulated};

	return tx_put(cx, tx, &city_table, &row) ? cx->err :
	       party_put_programme(cx, tx, rec->programme, rec->name);
}

/* --- city.settings --- */

struct city_settings {
	int64_t quote_days, offer_days, hold_days, return_days, payout_days;
	const char *name;
};
static const struct field settings_fields[] = {
	F_TEXT(struct city_settings, name, GIVEN, 1, 100, "name"),
	DAYS_FIELDS(struct city_settings, GIVEN),
	F_END};

static enum err settings_decide(struct cx *cx, struct tx *tx, void *record)
{
	const struct city_settings *rec = record;

	if (tx_check_org(cx, tx, 0))
		return cx->err;
	if (!rec->name && rec->quote_days == FIELD_NONE && rec->offer_days == FIELD_NONE &&
	    rec->hold_days == FIELD_NONE && rec->return_days == FIELD_NONE && rec->payout_days == FIELD_NONE)
		return cx_fail(cx, ERR_INVALID, "there is nothing to change; give at least one setting");
	return ERR_OK;
}

static enum err settings_apply(struct cx *cx, struct tx *tx, const struct entry *entry, const void *record)
{
	const struct city_settings *rec = record;
	const struct city *old = city_get(cx, tx);
	struct city row;

	(void)entry;
	if (!old)
		return cx->err;
	row = *old;
	row.name = rec->name ? rec->name : old->name;
	row.quote_days = field_or(rec->quote_days, old->quote_days);
	row.offer_days = field_or(rec->offer_days, old->offer_days);
	row.hold_days = field_or(rec->hold_days, old->hold_days);
	row.return_days = field_or(rec->return_days, old->return_days);
	row.payout_days = field_or(rec->payout_days, old->payout_days);
	return tx_put(cx, tx, &city_table, &row);
}

/* --- city.rate --- */

struct rate_set {
	const char *code;
	int64_t from_us, rate_bp, margin;
};
static const struct field rate_set_fields[] = {
	F_TEXT(struct rate_set, code, MUST, 1, 16, "tax code: capital letters, digits and '-', \"VAT\""),
	F_US(struct rate_set, from_us, MUST, "holds from this time on, until a later one"),
	F_INT(struct rate_set, rate_bp, MUST, 0, 10000, "bp", "rate in basis points"),
	F_BOOL(struct rate_set, margin, GIVEN, "on the margin (second-hand goods), not on the price"),
	F_END};

static enum err rates_of(struct cx *cx, struct tx *tx, const char *code, const void *const **rows,
			 size_t *count)
{
	struct city_rate key = {.city = tx_city(tx), .code = code};
	return tx_scan(cx, tx, &city_rate_table, &key, 2, RATES_MAX, rows, count);
}

enum err city_rate_at(struct cx *cx, struct tx *tx, const char *code, int64_t at_us, struct city_rate *out)
{
	const void *const *rows;
	size_t count;

	if (rates_of(cx, tx, code, &rows, &count))
		return cx->err;
	while (count > 0) {
		const struct city_rate *r = rows[--count];
		if (r->from_us > at_us)
			continue;
		*out = *r;
		return ERR_OK;
	}
	return cx_fail(cx, ERR_NOT_FOUND,
		       "city %lld has no tax rate \"%s\" at that time; set it with city.rate",
		       (long long)tx_city(tx), code);
}

static enum err rate_decide(struct cx *cx, struct tx *tx, void *record)
{
	struct rate_set *rec = record;
	const void *const *rows;
	size_t count;

	if (tx_check_org(cx, tx, 0))
		return cx->err;
	if (strspn(rec->code, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-") != strlen(rec->code))
		return cx_fail(cx, ERR_INVALID, "code: capital letters, digits and '-' only");
	if (rates_of(cx, tx, rec->code, &rows, &count))
		return cx->err;
	if (count == RATES_MAX)
		return cx_fail(cx, ERR_TOO_LARGE, "there are %d rates of %s already", RATES_MAX, rec->code);
	if (count > 0) {
		const struct city_rate *last = rows[count - 1];
		if (rec->from_us <= last->from_us)
			return cx_fail(cx, ERR_CONFLICT,
				       "from_us: a rate of %s holds from %s on; a new one must begin "
				       "later, for what was decided under the old one stands",
				       rec->code, time_rfc3339(cx, last->from_us));
	}
	rec->margin = field_or(rec->margin, 0);
	return ERR_OK;
}

static enum err rate_apply(struct cx *cx, struct tx *tx, const struct entry *entry, const void *record)
{
	const struct rate_set *rec = record;
	struct city_rate row = {.city = entry->city, .code = rec->code, .from_us = rec->from_us,
				.rate_bp = rec->rate_bp, .margin = rec->margin};

	return tx_put(cx, tx, &city_rate_table, &row);
}

/* --- views --- */

struct list_params {
	int64_t limit;
	const char *after;
};
static const struct field list_params[] = {PAGE_FIELDS(struct list_params), F_END};

static enum err view_cities(struct cx *cx, struct reader *r, const void *params, struct json_writer *w)
{
	const struct list_params *p = params;
	db_auto_rows *rows = NULL;
	int64_t after = -1;
	char *sql = cx_printf(cx, "SELECT %s FROM city WHERE city > $1 ORDER BY city LIMIT $2",
			      reader_columns(&city_table));

	if (!sql || (p->after && page_after(cx, p->after, &after)) ||
	    db_query(cx, r->db, &rows, sql, DB_ARGS(db_i64(after), db_i64(list_ask(p->limit)))))
		return cx->err;
	return list_rows(cx, w, &city_table, "city", rows, p->limit, NULL);
}

static enum err view_city(struct cx *cx, struct reader *r, const void *params, struct json_writer *w)
{
	struct city key = {.city = r->city};
	const void *row;

	(void)params;
	if (reader_find(cx, r, &city_table, &key, &row))
		return cx->err;
	if (!row)
		return cx_fail(cx, ERR_NOT_FOUND, "there is no city %lld", (long long)r->city);
	field_write(w, city_fields, OUT, row);
	return ERR_OK;
}

static enum err view_rates(struct cx *cx, struct reader *r, const void *params, struct json_writer *w)
{
	db_auto_rows *rows = NULL;
	char *sql = cx_printf(cx, "SELECT %s FROM city_rate WHERE city = $1 ORDER BY code, from_us LIMIT $2",
			      reader_columns(&city_rate_table));

	(void)params;
	if (!sql || db_query(cx, r->db, &rows, sql, DB_ARGS(db_i64(r->city), db_i64(RATES_MAX + 1))))
		return cx->err;
	return list_rows(cx, w, &city_rate_table, "from_us", rows, RATES_MAX, NULL);
}

/* --- city.live --- */

struct city_live {
	int64_t city;
};
static const struct field live_fields[] = {F_ID(struct city_live, city, DERIVED | REQ, "the city"),
					   F_END};

static enum err live_decide(struct cx *cx, struct tx *tx, void *record)
{
	struct city_live *rec = record;
	const struct city *c = city_get(cx, tx);

	if (!c || tx_check_org(cx, tx, 0))
		return cx->err;
	if (!c->simulated)
		return cx_fail(cx, ERR_CONFLICT, "city %lld is not simulated: its clock is the world's",
			       (long long)tx_city(tx));
	rec->city = tx_city(tx);
	return ERR_OK;
}

static enum err live_apply(struct cx *cx, struct tx *tx, const struct entry *entry, const void *record)
{
	const struct city *old = city_get(cx, tx);
	struct city c;

	(void)entry;
	(void)record;
	if (!old)
		return cx->err;
	c = *old;
	c.simulated = 0;
	return tx_put(cx, tx, &city_table, &c);
}

static struct table *const tables[] = {&city_table, &city_rate_table, NULL};
static const struct account_kind accounts[] = {
	{SUBJECT_CITY, "city", ACCOUNT_ELSEWHERE, "", "a city's own settings"},
	{0}};
static const struct action actions[] = {{.type = "city.open",
					 .v = 1,
					 .method = "POST",
					 .path = "/v1/cities",
					 .roles = ROLE_ADMIN | ROLE_SYSTEM,
					 .fields = open_fields,
					 .size = sizeof(struct city_open),
					 .decide = open_decide,
					 .apply = open_apply,
					 .opens = true,
					 .doc = "Opens the books of a city."},
					{.type = "city.settings",
					 .v = 1,
					 .method = "PATCH",
					 .path = "/v1/cities/{city}",
					 .roles = ROLE_ADMIN | ROLE_SYSTEM,
					 .fields = settings_fields,
					 .size = sizeof(struct city_settings),
					 .decide = settings_decide,
					 .apply = settings_apply,
					 .doc = "Changes a city's name and periods."},
					{.type = "city.rate",
					 .v = 1,
					 .method = "POST",
					 .path = "/v1/cities/{city}/rates",
					 .roles = ROLE_ADMIN | ROLE_SYSTEM,
					 .fields = rate_set_fields,
					 .size = sizeof(struct rate_set),
					 .decide = rate_decide,
					 .apply = rate_apply,
					 .doc = "Sets a tax rate that holds from a time on."},
					{.type = "city.live",
					 .v = 1,
					 .method = "POST",
					 .path = "/v1/cities/{city}/live",
					 .roles = ROLE_ADMIN | ROLE_SYSTEM,
					 .fields = live_fields,
					 .size = sizeof(struct city_live),
					 .decide = live_decide,
					 .apply = live_apply,
					 .real_time = true,
					 .doc = "Ends a simulation: the city goes on by the world's "
						"clock. For demonstrations: its secrets still come "
						"from the seed."},
					{0}};

#define ANYONE (ROLE_PUBLIC | ROLE_OWNER | ROLE_BUYER)
#define STAFF                                                                                      \
	(ROLE_CLERK | ROLE_TECHNICIAN | ROLE_DISMANTLER | ROLE_OFFICER | ROLE_ANALYST |            \
	 ROLE_AUDITOR | ROLE_ADMIN | ROLE_SYSTEM)
static const struct view views[] = {{.name = "city.list",
				     .path = "/v1/cities",
				     .roles = ANYONE | STAFF,
				     .params = list_params,
				     .params_size = sizeof(struct list_params),
				     .fields = city_fields,
				     .list = true,
				     .run = view_cities,
				     .doc = "The cities of this programme."},
				    {.name = "city.city",
				     .path = "/v1/cities/{city}",
				     .roles = ANYONE | STAFF,
				     .fields = city_fields,
				     .run = view_city,
				     .doc = "One city's settings."},
				    {.name = "city.rates",
				     .path = "/v1/cities/{city}/rates",
				     .roles = STAFF,
				     .fields = rate_fields,
				     .list = true,
				     .run = view_rates,
				     .doc = "A city's tax rates, by code and time."},
				    {0}};

const struct feature city_feature = {
	.name = "city", .tables = tables, .accounts = accounts, .actions = actions, .views = views};
