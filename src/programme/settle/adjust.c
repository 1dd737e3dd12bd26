/* Correcting an entry by another that gives its money back, exactly and once.
 *
 * Nothing is ever edited. What can be corrected here is money that was posted and that no state of an
 * item, a sale or a payout stands on: those have actions of their own (a buyer's return, a rejected
 * line). Pieces and milligrams are corrected by counting and weighing again.
 */
#include "programme/settle/parts.h"

enum adjust_reason { ADJUST_MISTAKE, ADJUST_DUPLICATE, ADJUST_DISPUTE, ADJUST_CLAIM };
static const char *const adjust_reasons[] = {"mistake", "duplicate", "dispute", "duplicate_claim", NULL};

const struct field settle_adjust_fields[] = {
	F_INT(struct adjust, reverses, MUST, 0, JSON_INT_MAX, NULL, "the entry that is corrected"),
	F_INT(struct adjust, n, GIVEN, 1, ENTRY_TRANSFERS_MAX, NULL,
		"one of its transfers; all of them when absent"),
	F_ENUM(struct adjust, reason, MUST, adjust_reasons, "why"),
	F_INT(struct adjust, count, DERIVED | REQ, 1, ENTRY_TRANSFERS_MAX, NULL, "transfers reversed"),
	F_END};

/* Accounts whose money belongs to the state of something else. */
static const char *bound_to(int code)
{
	switch (code) {
	case MONEY_OWNER:
		return "what an owner is owed stands on the item's agreed price";
	case MONEY_BUYER:
		return "a buyer's money stands on deposits and sales: use the buyer's return or refund";
	case MONEY_BATCH:
		return "a consignment's revenue stands on its receipt: use recover.receipt_correct";
	default:
		return NULL;
	}
}

static enum err check_transfer(struct cx *cx, struct tx *tx, int64_t seq, int64_t n, const struct transfer *t)
{
	const struct adjusted key = {.city = tx_city(tx), .seq = seq, .n = n};
	const char *bound = bound_to(account_code(t->from));
	const void *row;

	if (!bound)
		bound = bound_to(account_code(t->to));
	if (strcmp(t->unit, "pc") == 0 || strcmp(t->unit, "mg") == 0 || strcmp(t->unit, "gCO2e") == 0)
		return cx_fail(cx, ERR_CONFLICT, "transfer %lld of entry %lld moves %s, not money: count or "
			"weigh again instead", (long long)n, (long long)seq, t->unit);
	if (t->kind != TRANSFER_POSTED)
		return cx_fail(cx, ERR_CONFLICT,
			       "transfer %lld of entry %lld is a promise or the end of one: "
			       "it ends by the bank's answer",
			       (long long)n, (long long)seq);
	if (bound)
		return cx_fail(cx, ERR_CONFLICT, "transfer %lld of entry %lld cannot be reversed: %s",
			(long long)n, (long long)seq, cx_say(cx, bound));
	if (tx_find(cx, tx, &adjusted_table, &key, &row))
		return cx->err;
	if (row)
		return cx_fail(cx, ERR_CONFLICT,
			       "transfer %lld of entry %lld was reversed by entry %lld",
			       (long long)n, (long long)seq,
			       (long long)((const struct adjusted *)row)->by_seq);
	return ERR_OK;
}

enum err settle_adjust_decide(struct cx *cx, struct tx *tx, void *rec)
{
	struct adjust *r = rec;
	const struct transfer *t;
	struct entry e;

	if (settle_check_programme(cx, tx) || tx_entry(cx, tx, r->reverses, &e))
		return cx->err;
	r->count = 0;
	t = e.transfers.item;
	for (size_t i = 0; i < e.transfers.count; i++) {
		if (r->n != FIELD_NONE && r->n != (int64_t)i + 1)
			continue;
		if (check_transfer(cx, tx, r->reverses, (int64_t)i + 1, &t[i]) ||
		    tx_transfer(cx, tx, (struct transfer){.from = t[i].to, .to = t[i].from,
			.unit = t[i].unit, .amount = t[i].amount, .tax = t[i].tax}))
			return cx->err;
		r->count++;
	}
	if (r->count == 0)
		return cx_fail(cx, ERR_NOT_FOUND, "entry %lld of city %lld has no such transfer to reverse",
			(long long)r->reverses, (long long)tx_city(tx));
	return ERR_OK;
}

/* A commission whose reversal is reversed is owed again. */
static enum err mark_merchants(struct cx *cx, struct tx *tx, const struct entry *e)
{
	const struct transfer *t = e->transfers.item;

	for (size_t i = 0; i < e->transfers.count; i++)
		if (account_code(t[i].to) == MONEY_MERCHANT &&
		    settle_mark_merchant(cx, tx, account_ref(t[i].to)))
			return cx->err;
	return ERR_OK;
}

/* Which numbers were reversed follows from the entry alone: all of them in order, or the one named. */
enum err settle_adjust_apply(struct cx *cx, struct tx *tx, const struct entry *e, const void *rec)
{
	const struct adjust *r = rec;
	int64_t n;

	for (n = 1; n <= r->count; n++) {
		const struct adjusted row = {.city = e->city, .seq = r->reverses,
			.n = r->n == FIELD_NONE ? n : r->n, .by_seq = e->seq};

		if (tx_put(cx, tx, &adjusted_table, &row))
			return cx->err;
	}
	return mark_merchants(cx, tx, e);
}
