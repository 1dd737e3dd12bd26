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

enum err settle_mark_merchant(struct cx *cx, struct tx *tx, int64_t party)
{
	if (due_find(cx, tx, PAYEE_MERCHANT, party))
		return ERR_OK;
	return cx->err ? cx->err : due_add(cx, tx, PAYEE_MERCHANT, party, tx_now_us(tx));
}

/* Marks the order's merchant: a commission or a netted sum may just have been posted to its account. */
static enum err mark_merchant(struct cx *cx, struct tx *tx, const struct item *i)
{
	const struct order *o = order_get(cx, tx, i->order);
	const struct city *c = city_get(cx, tx);

	if (!o || !c)
		return cx->err;
	if (o->merchant == FIELD_NONE || o->merchant == c->programme)
		return ERR_OK;
	return settle_mark_merchant(cx, tx, o->merchant);
}

/* A lost device is compensated like a price. Where nothing is owed (a device taken for free), nothing is
 * ever due. */
static bool owed_now(const struct item *i)
{
	return item_owed(i) > 0 &&
	       (i->state == ITEM_AGREED || i->state == ITEM_PAYOUT_FAILED || i->state == ITEM_LOST);
}

enum err settle_item_changed(struct cx *cx, struct tx *tx, const struct item *i)
{
	struct due key = {.city = tx_city(tx), .kind = PAYEE_OWNER, .ref = i->item};
	const struct due *d;

	if (!owed_now(i) && i->state != ITEM_PAYING && i->state != ITEM_AGREED && i->state != ITEM_NETTED)
		return ERR_OK;
	d = due_find(cx, tx, PAYEE_OWNER, i->item);
	if (cx->err)
		return cx->err;
	if (i->state == ITEM_PAYING)
		return d ? tx_del(cx, tx, &due_table, &key) : ERR_OK;
	if (d)
		return ERR_OK;
	if (owed_now(i) && due_add(cx, tx, PAYEE_OWNER, i->item, tx_now_us(tx)))
		return cx->err;
	return i->state == ITEM_AGREED || i->state == ITEM_NETTED ? mark_merchant(cx, tx, i) : ERR_OK;
}
