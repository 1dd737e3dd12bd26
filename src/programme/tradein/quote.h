/* quote.h: the price of a device by what is declared about it: a pure rule, and the token that promises it.
 *
 * The formula is that of ../rule/README.md, section "price_list". Each answer's effect is a step, and the
 * steps with the base always add up to the price. Shares are rounded half to even; the price is rounded
 * down to a multiple of the list's round_minor and is never below the category's floor.
 */
#ifndef RELODE_PROGRAMME_TRADEIN_QUOTE_H
#define RELODE_PROGRAMME_TRADEIN_QUOTE_H

#include "programme/catalogue/catalogue.h"
#include "programme/rule/rule.h"

/* What is said about a device. Absent: FIELD_NONE, NULL. */
struct quote_facts {
	const char *
		answers; /* "screen:cracked,body:worn": price list's questions; not named: the best answer */
	int64_t storage_gb, battery_percent;
	int64_t age_months;  /* counts only when the catalogue knows no release date */
};
/* What the catalogue adds to struct product for a price. */
struct quote_model {
	const char *brand, *name; /* NULL when only the category is known */
	const char *category;
	int64_t released_day, launch_minor;
	const char *launch_currency;
};
enum { QUOTE_STEPS_MAX = 64, QUOTE_ANSWERS_MAX = 1000 };
struct quote_step {
	const char *answer; /* "storage", "battery", "question:answer", "floor", "rounding" */
	int64_t effect_minor;
};
struct quote {
	int64_t base_minor, price_minor;
	int64_t bonus_minor;   /* on top of the price */
	const char *refuse;    /* not NULL: why the device is not bought; the price is 0 */
	const char *refuse_zh; /* the same in Simplified Chinese, when the list says it */
	const char *refused_by; /* the "question:answer" that says so */
	const char *
		answers; /* normalised: in the list's order, best answers left out; NULL when all are */
	struct list steps;     /* struct quote_step */
};
/* at_us: the time to which age counts; currency: of the price. */
enum err quote_price(struct cx *cx, const struct rule *price_list, const struct quote_model *m,
		     const struct quote_facts *facts, int64_t at_us, const char *currency,
		     struct quote *out) MUST_USE;
/* The model's facts: in a decision, and in a view. */
enum err quote_model_use(struct cx *cx, struct tx *tx, const struct product *p,
			 struct quote_model *out) MUST_USE;
enum err quote_model_read(struct cx *cx, struct reader *r, const struct product *p,
			  struct quote_model *out) MUST_USE;

/* A promise that is in no book yet: shown to an owner, honoured when booked before it expires. */
struct promise {
	int64_t city;
	int64_t model;
	const char *category;
	const char *answers;
	int64_t storage_gb, battery_percent, age_months;
	int64_t price_minor, bonus_minor;
	struct bytes price_list; /* 32 */
	int64_t at_us, expires_us;
};
enum { PROMISE_MAX = 4000 }; /* bytes of a token */
/* base64url(canonical JSON) "." base64url(HMAC-SHA-256); secret: tx_secret or reader_secret of
 * QUOTE_PURPOSE. */
#define QUOTE_PURPOSE "quote"
char *promise_write(struct cx *cx, const struct digest *secret, const struct promise *p) MUST_USE;
/* ERR_INVALID: forged or damaged. Whether it has expired is the caller's question. */
enum err promise_read(struct cx *cx, const struct digest *secret, const char *token,
		      struct promise *out) MUST_USE;

#endif
