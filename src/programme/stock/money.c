/* money.c: what buyers pay in and get back through the bank. */
#include "programme/stock/internal.h"

const struct field stock_deposit_fields[] = {
	F_ID(struct stock_payment, buyer, MUST | PATH, "party"),
	F_INT(struct stock_payment, amount_minor, MUST, 1, 1000000000000, "minor", "amount"),
	F_TEXT(struct stock_payment, reference, MUST, 1, 64, "the bank's reference; it counts once"),
	SIGNED_MINOR(struct stock_payment, balance_minor, DERIVED, "the buyer's balance now"),
	F_END};
const struct field stock_refund_fields[] = {
	F_ID(struct stock_payment, buyer, MUST | PATH, "party"),
	F_INT(struct stock_payment, amount_minor, MUST, 1, 1000000000000, "minor", "amount"),
	F_TEXT(struct stock_payment, reference, MUST, 1, 64, "the bank's reference; it counts once"),
	SIGNED_MINOR(struct stock_payment, balance_minor, DERIVED, "the buyer's balance now"),
	F_END};

static enum err decide(struct cx *cx, struct tx *tx, struct stock_payment *rec, bool in)
{
	const struct city *city = city_get(cx, tx);
	const int64_t bank = ACCOUNT(MONEY_BANK, 0), buyer = ACCOUNT(MONEY_BUYER, rec->buyer);
	int64_t posted, available;
	const void *row;

	if (!city || tx_check_org(cx, tx, 0) || party_check_role(cx, tx, rec->buyer, PARTY_BUYER) ||
	    stock_check_code(cx, "reference", rec->reference) ||
	    tx_find(cx, tx, &buyer_payment_table,
		    &(struct buyer_payment){.reference = rec->reference}, &row) ||
	    tx_balance(cx, tx, buyer, city->currency, &posted, &available))
		return cx->err;
	if (row)
		return cx_fail(
			cx, ERR_CONFLICT,
			"reference: the bank's reference %s has been counted already, by entry %lld",
			rec->reference, (long long)((const struct buyer_payment *)row)->seq);
	if (!in && rec->amount_minor > available) {
		char have[AMOUNT_TEXT], want[AMOUNT_TEXT];
		amount_text(have, available, city->currency);
		amount_text(want, rec->amount_minor, city->currency);
		return cx_fail(cx, ERR_CONFLICT, "buyer %lld has %s %s available, not %s",
			       (long long)rec->buyer, have, city->currency, want);
	}
	rec->balance_minor = posted + (in ? rec->amount_minor : -rec->amount_minor);
	return tx_move_amount(cx, tx, in ? bank : buyer, in ? buyer : bank, city->currency,
			      rec->amount_minor);
}

static enum err apply(struct cx *cx, struct tx *tx, const struct entry *e, const struct stock_payment *rec,
		      int64_t kind)
{
	if (tx_put(cx, tx, &buyer_payment_table,
		   &(struct buyer_payment){.city = e->city,
					   .reference = rec->reference,
					   .kind = kind,
					   .buyer = rec->buyer,
					   .amount_minor = rec->amount_minor,
					   .seq = e->seq,
					   .at_us = e->recorded_us}))
		return cx->err;
	return tx_touch(cx, tx, ACCOUNT(SUBJECT_PARTY, rec->buyer));
}

enum err stock_deposit_decide(struct cx *cx, struct tx *tx, void *rec)
{
	return decide(cx, tx, rec, true);
}

enum err stock_deposit_apply(struct cx *cx, struct tx *tx, const struct entry *e, const void *rec)
{
	return apply(cx, tx, e, rec, BUYER_DEPOSIT);
}

enum err stock_refund_decide(struct cx *cx, struct tx *tx, void *rec)
{
	return decide(cx, tx, rec, false);
}

enum err stock_refund_apply(struct cx *cx, struct tx *tx, const struct entry *e, const void *rec)
{
	return apply(cx, tx, e, rec, BUYER_REFUND);
}
