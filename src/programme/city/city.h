/* city.h: a city's own settings: name, time zone, currency, days and rates.
 */
#ifndef RELODE_PROGRAMME_CITY_CITY_H
#define RELODE_PROGRAMME_CITY_CITY_H

#include "kernel/reader.h"
#include "kernel/tx.h"
#include "programme/programme.h"

struct city {
	int64_t city;
	const char *name, *time_zone, *currency; /* IANA zone; ISO 4217 */
	int64_t programme;     /* party of the programme in this city: owner of what is bought */
	int64_t opened_us;
	int64_t quote_days;    /* a price is honoured for: 30 */
	int64_t offer_days;    /* to accept a revised offer: 14 */
	int64_t hold_days;     /* statutory hold before resale: 0 */
	int64_t return_days;   /* a buyer may return within: 14 */
	int64_t payout_days;   /* payables are due after: 0 */
	int64_t simulated; /* bool: opened by `relode simulate`; its keys come from a seed, not from chance */
};
extern struct table city_table;
/* Tax rates by code, dated: the newest from_us not after the time holds. */
struct city_rate {
	int64_t city;
	const char *code;    /* "VAT" */
	int64_t from_us, rate_bp; /* basis points */
	int64_t margin;      /* bool: on the margin (second-hand goods), not on the price */
};
extern struct table city_rate_table;

/* ISO 4217: decimal digits of a currency's minor unit (CNY 2, JPY 0), or -1 when there is none so named. */
int currency_digits(const char *code);

/* For views: the city's clock. That of a simulated city is its last entry; any other's is the context's. */
enum err city_now(struct cx *cx, const struct reader *r, int64_t city, int64_t *now_us) MUST_USE;
const struct city *city_get(struct cx *cx, struct tx *tx) MUST_USE; /* of this tx */
/* The rate that holds at a time; ERR_NOT_FOUND when none is set. */
enum err city_rate_at(struct cx *cx, struct tx *tx, const char *code, int64_t at_us,
		      struct city_rate *out) MUST_USE;

extern const struct feature city_feature;

#endif
