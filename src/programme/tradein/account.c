/* The account that an order is paid to, when its owner names one: for this order alone. Whoever forges the
 * owner's will at a counter does not get at what he is owed for other orders. */
#include "programme/tradein/parts.h"

const struct field tradein_account_fields[] = {
	F_ID(struct tradein_account, order, MUST | PATH, "the order"),
	F_TEXT(struct tradein_account, bank_account, IN | PII | REQ, 3, 64,
	       "account that money is paid out to"),
	EVIDENCE_FIELD(struct tradein_account),
	F_INT(struct tradein_account, vault_n, LOG, 0, JSON_INT_MAX, NULL,
	      "number of the sealed account in this entry"),
	F_END};

/* Money that is on its way goes where it was sent. */
static enum err check_items(struct cx *cx, struct tx *tx, const struct order *o, const struct item **first)
{
	for (int64_t n = 1; n <= o->items; n++) {
		const struct item *i = item_get(cx, tx, order_item(o->order, n));
		if (!i)
			return cx->err;
		if (i->state == ITEM_PAYING)
			return cx_fail(cx, ERR_CONFLICT,
				       "item %lld is being paid: wait for the bank's answer",
				       (long long)i->item);
	}
	*first = item_get(cx, tx, order_item(o->order, 1));
	return cx->err;
}

enum err tradein_account_decide(struct cx *cx, struct tx *tx, void *arg)
{
	struct tradein_account *rec = arg;
	const struct order *o = order_get(cx, tx, rec->order);
	const struct item *first;

	if (!o || order_check_caller(cx, tx, o) || check_items(cx, tx, o, &first) ||
	    order_check_owner(cx, tx, o, first, rec->evidence))
		return cx->err;
	return party_seal_account(cx, tx, o->owner, rec->bank_account, &rec->vault_n);
}

enum err tradein_account_apply(struct cx *cx, struct tx *tx, const struct entry *entry, const void *arg)
{
	const struct tradein_account *rec = arg;
	const struct order *old = order_get(cx, tx, rec->order);

	if (!old)
		return cx->err;
	struct order o = *old;
	o.account_seq = entry->seq;
	o.account_n = rec->vault_n;
	if (tx_put(cx, tx, &order_table, &o))
		return cx->err;
	for (int64_t n = 1; n <= o.items; n++) /* it stands in the history of each item */
		if (tx_touch(cx, tx, ACCOUNT(SUBJECT_ITEM, order_item(o.order, n))))
			return cx->err;
	return ERR_OK;
}
