/* Money that comes in from recyclers and for the benefit fund, currency exchange, and tax paid.
 *
 * The city's books are in one currency. Another one passes through the position account: what comes in
 * stands there in its own unit against what was credited in the book currency, until it is exchanged.
 */
#include "programme/settle/parts.h"

#define BANK ACCOUNT(MONEY_BANK, 0)
#define POSITION ACCOUNT(MONEY_POSITION, 0)

static enum err check_currency(struct cx *cx, const char *name, const char *currency)
{
	if (currency_digits(currency) < 0)
		return cx_fail(cx, ERR_INVALID, "%s: \"%s\" is no currency code of ISO 4217", name, currency);
	return ERR_OK;
}

enum err settle_no_state_apply(struct cx *cx, struct tx *tx, const struct entry *e, const void *rec)
{
	(void)cx;
	(void)tx;
	(void)e;
	(void)rec;
	return ERR_OK;
}

/* --- settle.receipt --- */

enum receipt_from { FROM_RECYCLER, FROM_FUND };
static const char *const receipt_from[] = {"recycler", "benefit_fund", NULL};

const struct field settle_receipt_fields[] = {
	F_ENUM(struct receipt, source, MUST, receipt_from, "a recycler, or who pays for bonuses"),
	F_ID(struct receipt, party, GIVEN, "the recycler"),
	F_INT(struct receipt, amount_minor, MUST, 1, SETTLE_AMOUNT_MAX, "minor",
		"credited, in the city's currency"),
	F_TEXT(struct receipt, currency, GIVEN, 3, 3, "of the money received, when it is another one"),
	F_INT(struct receipt, paid_minor, GIVEN, 1, SETTLE_AMOUNT_MAX, "minor",
		"money received, in that currency"),
	F_END};

/* A recycler's account is given from when revenue is booked: below zero is what it owes. */
static enum err check_owes(struct cx *cx, struct tx *tx, const struct city *c, const struct receipt *r)
{
	int64_t posted, available;
	char owes[AMOUNT_TEXT];

	if (r->party == FIELD_NONE)
		return cx_fail(cx, ERR_INVALID, "party: name the recycler");
	if (party_check_role(cx, tx, r->party, PARTY_RECYCLER) ||
	    tx_balance(cx, tx, ACCOUNT(MONEY_RECYCLER, r->party), c->currency, &posted, &available))
		return cx->err;
	if (r->amount_minor <= -posted)
		return ERR_OK;
	amount_text(owes, posted < 0 ? -posted : 0, c->currency);
	return cx_fail(cx, ERR_CONFLICT, "recycler %lld owes %s %s, not more: record its receipt first",
		(long long)r->party, owes, c->currency);
}

enum err settle_receipt_decide(struct cx *cx, struct tx *tx, void *rec)
{
	const struct receipt *r = rec;
	const struct city *c = city_get(cx, tx);
	int64_t to;

	if (!c || settle_check_programme(cx, tx))
		return cx->err;
	if (r->source == FROM_RECYCLER) {
		if (check_owes(cx, tx, c, r))
			return cx->err;
		to = ACCOUNT(MONEY_RECYCLER, r->party);
	} else {
		if (r->party != FIELD_NONE)
			return cx_fail(cx, ERR_INVALID, "party: the benefit fund has none");
		to = ACCOUNT(MONEY_BENEFIT_FUND, 0);
	}
	if ((r->currency != NULL) != (r->paid_minor != FIELD_NONE))
		return cx_fail(cx, ERR_INVALID, "currency and paid_minor: give both or neither");
	if (!r->currency)
		return tx_move_amount(cx, tx, BANK, to, c->currency, r->amount_minor);
	if (check_currency(cx, "currency", r->currency))
		return cx->err;
	if (strcmp(r->currency, c->currency) == 0)
		return cx_fail(cx, ERR_INVALID, "currency: %s is the city's own; leave it out", r->currency);
	if (tx_move_amount(cx, tx, BANK, POSITION, r->currency, r->paid_minor))
		return cx->err;
	return tx_move_amount(cx, tx, POSITION, to, c->currency, r->amount_minor);
}

enum err settle_receipt_apply(struct cx *cx, struct tx *tx, const struct entry *e, const void *rec)
{
	const struct receipt *r = rec;

	if (r->party == FIELD_NONE)
		return settle_no_state_apply(cx, tx, e, rec);
	return tx_touch(cx, tx, ACCOUNT(SUBJECT_PARTY, r->party));
}

/* --- settle.exchange --- */

const struct field settle_exchange_fields[] = {
	F_TEXT(struct exchange, from_currency, MUST, 3, 3, "currency given to the bank"),
	F_INT(struct exchange, from_minor, MUST, 1, SETTLE_AMOUNT_MAX, "minor", "how much of it"),
	F_TEXT(struct exchange, to_currency, MUST, 3, 3, "currency got from the bank"),
	F_INT(struct exchange, to_minor, MUST, 1, SETTLE_AMOUNT_MAX, "minor", "how much of it"),
	F_END};

enum err settle_exchange_decide(struct cx *cx, struct tx *tx, void *rec)
{
	const struct exchange *r = rec;

	if (settle_check_programme(cx, tx) || check_currency(cx, "from_currency", r->from_currency) ||
	    check_currency(cx, "to_currency", r->to_currency))
		return cx->err;
	if (strcmp(r->from_currency, r->to_currency) == 0)
		return cx_fail(cx, ERR_INVALID, "from_currency and to_currency are both %s",
			r->to_currency);
	if (tx_move_amount(cx, tx, POSITION, BANK, r->from_currency, r->from_minor))
		return cx->err;
	return tx_move_amount(cx, tx, BANK, POSITION, r->to_currency, r->to_minor);
}

/* --- settle.tax_pay --- */

const struct field settle_tax_pay_fields[] = {
	F_INT(struct tax_pay, amount_minor, MUST, 1, SETTLE_AMOUNT_MAX, "minor",
		"paid to the tax office, in the city's currency"),
	F_END};

enum err settle_tax_pay_decide(struct cx *cx, struct tx *tx, void *rec)
{
	const struct tax_pay *r = rec;
	const struct city *c = city_get(cx, tx);
	int64_t posted, available;
	char owed[AMOUNT_TEXT];

	if (!c || settle_check_programme(cx, tx) ||
	    tx_balance(cx, tx, ACCOUNT(MONEY_TAX, 0), c->currency, &posted, &available))
		return cx->err;
	if (r->amount_minor > available) {
		amount_text(owed, available, c->currency);
		return cx_fail(cx, ERR_CONFLICT, "tax owed is %s %s, not more", owed, c->currency);
	}
	return tx_move_amount(cx, tx, ACCOUNT(MONEY_TAX, 0), BANK, c->currency, r->amount_minor);
}
