/* What audit asks of trade-ins: the owner's price (invariant 5, its part) and one bonus a life (6). */
#include "programme/tradein/parts.h"

static const struct item *item_of(struct cx *cx, struct tx *tx, int64_t item)
{
	const struct item *i = item_get(cx, tx, item);

	if (!i && cx->err == ERR_NOT_FOUND)
		cx_clear(cx);
	return i;
}

/* A bonus that this entry grants: it is the one promised for the item, and no other device with one of the
 * same identities has had one. */
static enum err check_bonus(struct cx *cx, struct audit *a, struct tx *tx, const struct entry *e,
			    const struct transfer *t)
{
	const struct device key = {.city = e->city, .device = account_ref(t->to)};
	const struct item *i = NULL;
	const void *row;
	bool had;

	if (tx_find(cx, tx, &device_table, &key, &row))
		return cx->err;
	if (row)
		i = item_of(cx, tx, ((const struct device *)row)->item);
	if (cx->err)
		return cx->err;
	if (!i) {
		audit_finding(a, 6, e->city, e->seq,
			      "a bonus is granted to device %lld, which came by no item",
			      (long long)key.device);
		return ERR_OK;
	}
	if (i->agreed_minor == FIELD_NONE || i->bonus_minor != t->amount)
		audit_finding(a, 6, e->city, e->seq,
			      "item %lld: a bonus of %lld is granted, promised is %lld",
			      (long long)i->item, (long long)t->amount,
			      (long long)field_or(i->bonus_minor, 0));
	if (device_had_bonus(cx, tx, key.device, &had))
		return cx->err;
	if (had)
		audit_finding(a, 6, e->city, e->seq,
			      "device %lld gets a bonus, but it has had one in an earlier life",
			      (long long)key.device);
	return ERR_OK;
}

static void check_accepted(struct audit *a, const struct entry *e, const struct tradein_choice *rec,
			   const struct item *i)
{
	if (rec->to == ITEM_CUSTODY) {
		if (rec->promised_minor == FIELD_NONE || rec->promised_minor != i->quoted_minor)
			audit_finding(a, 5, e->city, e->seq,
				      "item %lld: its owner accepted %lld and is promised %lld",
				      (long long)i->item,
				      (long long)field_or(rec->promised_minor, -1),
				      (long long)field_or(i->quoted_minor, -1));
		return;
	}
	if (i->agreed_minor == FIELD_NONE || i->offered_minor == FIELD_NONE ||
	    i->agreed_minor < i->offered_minor)
		audit_finding(a, 5, e->city, e->seq, "item %lld: its owner accepted %lld and is owed %lld",
			      (long long)i->item, (long long)field_or(i->offered_minor, -1),
			      (long long)field_or(i->agreed_minor, -1));
}

enum err tradein_check_entry(struct cx *cx, struct audit *a, struct tx *tx, const struct entry *e,
			     const void *rec)
{
	const struct transfer *t = e->transfers.item;

	for (size_t i = 0; i < e->transfers.count; i++)
		if (account_code(t[i].to) == MONEY_BENEFIT && check_bonus(cx, a, tx, e, &t[i]))
			return cx->err;
	if (strcmp(e->type, "tradein.accept") == 0) {
		const struct item *i = item_of(cx, tx, ((const struct tradein_choice *)rec)->item);
		if (i)
			check_accepted(a, e, rec, i);
	}
	return cx->err;
}

struct ending {
	struct audit *audit;
	struct tx *tx;
	int64_t city;
};

/* What was given into custody alone is not bought before its owner's yes; what is bought has a commission. */
static void check_custody_only(struct ending *x, const struct item *i, int64_t seq)
{
	bool alone = i->custody_only == 1;

	if (alone && i->commission_minor != FIELD_NONE)
		audit_finding(
			x->audit, 5, x->city, seq,
			"item %lld was bought, but its owner gave it into custody alone and "
			"agreed to no price",
			(long long)i->item);
	if (i->state == ITEM_KEPT && !alone)
		audit_finding(x->audit, 5, x->city, seq, "item %lld is kept without having been given so",
			      (long long)i->item);
}

/* An item that is in our hands has its device in a state that fits. */
static enum err visit_item(struct cx *cx, void *arg, const void *row, int64_t seq)
{
	struct ending *x = arg;
	const struct item *i = row;
	const struct device key = {.city = x->city, .device = i->device};
	const void *found;
	bool none = i->state == ITEM_BOOKED || i->state == ITEM_CANCELLED || i->state == ITEM_LAPSED;

	check_custody_only(x, i, seq);
	if (none || i->device == FIELD_NONE)
		return ERR_OK;
	if (tx_find(cx, x->tx, &device_table, &key, &found))
		return cx->err;
	const struct device *d = found;
	if (!d || d->item != i->item)
		audit_finding(x->audit, 2, x->city, seq,
			      "item %lld is %s, but its device %lld says otherwise",
			      (long long)i->item, item_states[i->state], (long long)i->device);
	else if ((i->state == ITEM_RETURNED) != (d->state == DEVICE_RETURNED))
		audit_finding(x->audit, 2, x->city, seq, "item %lld is %s, but device %lld is %s",
			      (long long)i->item, item_states[i->state], (long long)d->device,
			      device_states[d->state]);
	return ERR_OK;
}

enum err tradein_check_city(struct cx *cx, struct audit *a, struct tx *tx, int64_t city)
{
	struct ending x = {a, tx, city};

	return audit_each(cx, tx, &item_table, visit_item, &x);
}
