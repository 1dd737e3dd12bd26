/* What waits to be paid. */
#include "programme/settle/parts.h"

static const struct due *due_find(struct cx *cx, struct tx *tx, int64_t kind, int64_t ref)
{
	const struct due key = {.city = tx_city(tx), .kind = kind, .ref = ref};
	const void *row;

	if (tx_find(cx, tx, &due_table, &key, &row))
		return NULL;
	return row;
}

static enum err due_add(struct cx *cx, struct tx *tx, int64_t kind, int64_t ref, int64_t from_us)
{
	const struct due row = {.city = tx_city(tx), .kind = kind, .ref = ref, .from_us = from_us};

	return tx_put(cx, tx, &due_table, &row);
}

/* Marks the order's merchant: a commission or a netted sum has just been posted to its account. */
static enum err mark_merchant(struct cx *cx, struct tx *tx, const struct item *i)
{
	const struct order *o = order_get(cx, tx, i->order);
	struct party key = {.city = tx_city(tx)};
	const struct party *p;
	const void *row;

	if (!o)
		return cx->err;
	if (o->merchant == FIELD_NONE)
		return ERR_OK;
	key.party = o->merchant;
	if (tx_find(cx, tx, &party_table, &key, &row))
		return cx->err;
	p = row;
	if (!p || (p->commission_bp <= 0 && p->commission_minor <= 0 && i->state != ITEM_NETTED))
		return ERR_OK;
	if (due_find(cx, tx, PAYEE_MERCHANT, p->party))
		return ERR_OK;
	return cx->err ? cx->err : due_add(cx, tx, PAYEE_MERCHANT, p->party, tx_now_us(tx));
}

/* A lost device is compensated like a price: only then has the item an agreed sum. */
static bool owed_now(const struct item *i)
{
	return i->state == ITEM_AGREED || i->state == ITEM_PAYOUT_FAILED ||
	       (i->state == ITEM_LOST && item_owed(i) > 0);
}

enum err settle_item_changed(struct cx *cx, struct tx *tx, const struct item *i)
{
	struct due key = {.city = tx_city(tx), .kind = PAYEE_OWNER, .ref = i->item};
	const struct due *d;

	if (i->state == ITEM_NETTED)
		return mark_merchant(cx, tx, i);
	if (i->state != ITEM_PAYING && !owed_now(i))
		return ERR_OK;
	d = due_find(cx, tx, PAYEE_OWNER, i->item);
	if (cx->err)
		return cx->err;
	if (i->state == ITEM_PAYING)
		return d ? tx_del(cx, tx, &due_table, &key) : ERR_OK;
	if (d)
		return ERR_OK;
	if (due_add(cx, tx, PAYEE_OWNER, i->item, tx_now_us(tx)))
		return cx->err;
	return i->state == ITEM_AGREED ? mark_merchant(cx, tx, i) : ERR_OK;
}
