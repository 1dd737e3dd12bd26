/* What the owner decides about an item, and what time or fate decides. */
#include "programme/evidence/evidence.h"
#include "programme/tradein/parts.h"

#define TO F_ENUM(struct tradein_choice, to, DERIVED, item_states, "the item's state afterwards")

const struct field tradein_accept_fields[] = {
	ITEM_FIELD(struct tradein_choice),
	EVIDENCE_FIELD(struct tradein_choice),
	TO,
	F_MINOR(struct tradein_choice, promised_minor, DERIVED,
		"price accepted before inspection, of a device given into custody alone"),
	F_MINOR(struct tradein_choice, agreed_minor, DERIVED, "agreed price"),
	F_MINOR(struct tradein_choice, bonus_minor, DERIVED, "bonus granted"),
	F_MINOR(struct tradein_choice, commission_minor, DERIVED, "the merchant's commission"),
	F_ID(struct tradein_choice, owner, DERIVED, "owner of the device from now on"),
	F_US(struct tradein_choice, hold_until_us, DERIVED, "not to be resold before"),
	F_END};
const struct field tradein_choice_fields[] = {
	ITEM_FIELD(struct tradein_choice), EVIDENCE_FIELD(struct tradein_choice), TO, F_END};
const struct field tradein_fate_fields[] = {
	ITEM_FIELD(struct tradein_choice),
	TO,
	F_MINOR(struct tradein_choice, agreed_minor, DERIVED, "compensation"),
	F_ID(struct tradein_choice, owner, DERIVED, "owner of the device from now on, should it be found"),
	F_END};

/* Of what was given into custody alone, until its owner was told a price. */
static enum err check_proposed(struct cx *cx, const struct item *i)
{
	if (i->offer_until_us != FIELD_NONE)
		return ERR_OK;
	return cx_fail(cx, ERR_CONFLICT,
		       "item %lld: the price has not been put to its owner yet: tradein.propose comes first",
		       (long long)i->item);
}

enum err tradein_accept_decide(struct cx *cx, struct tx *tx, void *arg)
{
	struct tradein_choice *rec = arg;
	const struct item *i;
	const struct order *o;
	const struct device *d;
	struct agreement a;
	bool kept;

	if (item_open(cx, tx, rec->item, &i, &o) || order_check_owner(cx, tx, o, i, rec->evidence))
		return cx->err;
	kept = i->state == ITEM_KEPT;
	if (item_check(cx, tx, i, kept ? ITEM_CUSTODY : o->netted == 1 ? ITEM_NETTED : ITEM_AGREED))
		return cx->err;
	d = device_get(cx, tx, i->device);
	if (!d || device_check(cx, tx, d, kept ? DEVICE_CUSTODY : DEVICE_OWNED))
		return cx->err;
	if (check_proposed(cx, i))
		return cx->err;
	if (i->offer_until_us <= tx_now_us(tx))
		return cx_fail(
			cx, ERR_CONFLICT,
			"item %lld: the offer has lapsed; the device goes back free of charge",
			(long long)i->item);
	if (kept) { /* the promise that others have from their booking on; inspection is still to come */
		rec->to = ITEM_CUSTODY;
		rec->promised_minor = i->quoted_minor;
		return ERR_OK;
	}
	if (tradein_agree(cx, tx, i, i->offered_minor, i->bonus_minor, &a))
		return cx->err;
	rec->to = a.to;
	rec->agreed_minor = a.agreed_minor;
	rec->bonus_minor = a.bonus_minor;
	rec->commission_minor = a.commission_minor;
	rec->owner = a.owner;
	rec->hold_until_us = a.hold_until_us;
	return ERR_OK;
}

enum err tradein_accept_apply(struct cx *cx, struct tx *tx, const struct entry *entry, const void *arg)
{
	const struct tradein_choice *rec = arg;
	const struct agreement a = {rec->to,	      rec->agreed_minor,
				    rec->bonus_minor, rec->commission_minor,
				    rec->owner,	      rec->hold_until_us};
	const struct item *old = item_get(cx, tx, rec->item);
	const struct device *dev = old ? device_get(cx, tx, old->device) : NULL;

	(void)entry;
	if (!dev)
		return cx->err;
	struct item i = *old;
	struct device d = *dev;
	if (rec->to == ITEM_CUSTODY) {
		i.state = ITEM_CUSTODY;
		i.custody_only = i.offer_until_us = FIELD_NONE;
		return item_set(cx, tx, &i);
	}
	tradein_agreed(&a, &i, &d);
	return device_set(cx, tx, &d) ? cx->err : item_set(cx, tx, &i);
}

enum err tradein_decline_decide(struct cx *cx, struct tx *tx, void *arg)
{
	struct tradein_choice *rec = arg;
	const struct item *i;
	const struct order *o;
	const struct device *d;

	if (item_open(cx, tx, rec->item, &i, &o) || order_check_owner(cx, tx, o, i, rec->evidence) ||
	    item_check(cx, tx, i, ITEM_RETURNING))
		return cx->err;
	rec->to = ITEM_RETURNING;
	d = device_get(cx, tx, i->device);
	return d ? device_check(cx, tx, d, DEVICE_RETURNING) : cx->err;
}

/* The device goes back: both confirmations of the hand-over begin again. */
static enum err start_return(struct cx *cx, struct tx *tx, struct item *i)
{
	const struct device *old = device_get(cx, tx, i->device);

	if (!old)
		return cx->err;
	struct device d = *old;
	d.state = DEVICE_RETURNING;
	i->given_us = i->taken_us = FIELD_NONE;
	i->offer_until_us = FIELD_NONE;
	return device_set(cx, tx, &d);
}

static enum err end_or_return(struct cx *cx, struct tx *tx, const struct tradein_choice *rec)
{
	const struct item *old = item_get(cx, tx, rec->item);

	if (!old)
		return cx->err;
	struct item i = *old;
	i.state = rec->to;
	if (rec->to == ITEM_RETURNING && start_return(cx, tx, &i))
		return cx->err;
	if (rec->to == ITEM_CANCELLED)
		i.device = i.taken_us = FIELD_NONE;
	return item_set(cx, tx, &i);
}

enum err tradein_decline_apply(struct cx *cx, struct tx *tx, const struct entry *entry, const void *rec)
{
	(void)entry;
	return end_or_return(cx, tx, rec);
}

enum err tradein_cancel_decide(struct cx *cx, struct tx *tx, void *arg)
{
	struct tradein_choice *rec = arg;
	const struct item *i;
	const struct order *o;

	if (item_open(cx, tx, rec->item, &i, &o) || item_check(cx, tx, i, ITEM_CANCELLED))
		return cx->err;
	if (rec->evidence != FIELD_NONE && evidence_check(cx, tx, rec->evidence, i->device, o->order))
		return cx->err;
	if (i->given_us != FIELD_NONE)
		return cx_fail(
			cx, ERR_CONFLICT,
			"item %lld has left its owner's hands; tradein.decline takes it back later",
			(long long)i->item);
	rec->to = ITEM_CANCELLED;
	return ERR_OK;
}

enum err tradein_cancel_apply(struct cx *cx, struct tx *tx, const struct entry *entry, const void *rec)
{
	(void)entry;
	return end_or_return(cx, tx, rec);
}

enum err tradein_lapse_decide(struct cx *cx, struct tx *tx, void *arg)
{
	struct tradein_choice *rec = arg;
	const struct item *i;
	const struct order *o;
	const struct device *d;
	bool booked;

	if (item_open(cx, tx, rec->item, &i, &o))
		return cx->err;
	booked = i->state == ITEM_BOOKED;
	rec->to = booked ? ITEM_LAPSED : ITEM_RETURNING;
	if (item_check(cx, tx, i, rec->to))
		return cx->err;
	if (!booked) {
		d = device_get(cx, tx, i->device);
		if (!d || device_check(cx, tx, d, DEVICE_RETURNING))
			return cx->err;
	}
	if (booked && (i->given_us != FIELD_NONE || i->taken_us != FIELD_NONE))
		return cx_fail(cx, ERR_CONFLICT,
			       "item %lld is being handed over: one side has confirmed",
			       (long long)i->item);
	if (!booked && check_proposed(cx, i))
		return cx->err;
	if ((booked ? o->lapse_us : i->offer_until_us) > tx_now_us(tx))
		return cx_fail(cx, ERR_CONFLICT, "item %lld: its time is not over yet", (long long)i->item);
	return ERR_OK;
}

enum err tradein_lapse_apply(struct cx *cx, struct tx *tx, const struct entry *entry, const void *rec)
{
	(void)entry;
	return end_or_return(cx, tx, rec);
}

/* Lost on the way to us: the owner gave it to a carrier, and it never came. */
static enum err check_lost(struct cx *cx, struct tx *tx, const struct item *i)
{
	const struct device *d;

	if (i->state == ITEM_BOOKED) {
		if (i->given_us != FIELD_NONE && i->taken_us == FIELD_NONE)
			return ERR_OK;
		return cx_fail(cx, ERR_CONFLICT, "item %lld was not given to us yet", (long long)i->item);
	}
	d = device_get(cx, tx, i->device);
	if (!d)
		return cx->err;
	if (d->state == DEVICE_LOST)
		return ERR_OK;
	return cx_fail(cx, ERR_CONFLICT, "device %lld is not lost: device.lose comes first",
		       (long long)d->device);
}

enum err tradein_compensate_decide(struct cx *cx, struct tx *tx, void *arg)
{
	struct tradein_choice *rec = arg;
	const struct city *city = city_get(cx, tx);
	const struct item *i;
	const struct order *o;

	if (!city || item_open(cx, tx, rec->item, &i, &o) || item_check(cx, tx, i, ITEM_LOST) ||
	    check_lost(cx, tx, i))
		return cx->err;
	if (tx_who(tx)->order)
		return cx_fail(cx, ERR_FORBIDDEN, "the programme decides this");
	rec->to = ITEM_LOST;
	rec->agreed_minor = i->quoted_minor;
	rec->owner = city->programme;
	return tx_move_amount(cx, tx, ACCOUNT(MONEY_LOSS, 0), ACCOUNT(MONEY_OWNER, i->item), city->currency,
			      i->quoted_minor);
}

enum err tradein_compensate_apply(struct cx *cx, struct tx *tx, const struct entry *entry, const void *arg)
{
	const struct tradein_choice *rec = arg;
	const struct item *old = item_get(cx, tx, rec->item);

	(void)entry;
	if (!old)
		return cx->err;
	struct item i = *old;
	i.state = rec->to;
	i.agreed_minor = rec->agreed_minor;
	i.bonus_minor = 0;
	i.offer_until_us = FIELD_NONE;
	if (old->state != ITEM_BOOKED) {
		const struct device *dev = device_get(cx, tx, i.device);
		if (!dev)
			return cx->err;
		struct device d = *dev;
		d.owner = rec->owner;
		if (device_set(cx, tx, &d))
			return cx->err;
	}
	return item_set(cx, tx, &i);
}

enum err tradein_seized_decide(struct cx *cx, struct tx *tx, void *arg)
{
	struct tradein_choice *rec = arg;
	const struct item *i;
	const struct order *o;
	const struct device *d;

	if (item_open(cx, tx, rec->item, &i, &o) || item_check(cx, tx, i, ITEM_SEIZED))
		return cx->err;
	d = device_get(cx, tx, i->device);
	if (!d)
		return cx->err;
	if (d->state != DEVICE_SEIZED)
		return cx_fail(cx, ERR_CONFLICT,
			       "device %lld is not seized: device.seize comes first",
			       (long long)d->device);
	rec->to = ITEM_SEIZED;
	return ERR_OK;
}

enum err tradein_seized_apply(struct cx *cx, struct tx *tx, const struct entry *entry, const void *rec)
{
	(void)entry;
	return end_or_return(cx, tx, rec);
}
