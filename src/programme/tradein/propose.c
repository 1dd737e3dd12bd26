/* A device that was given into custody alone: the list of stolen devices is asked, then its owner is told a
 * price. */
#include "programme/tradein/parts.h"

const struct field tradein_propose_fields[] = {
	ITEM_FIELD(struct tradein_propose),
	F_ENUM(struct tradein_propose, stolen, MUST, tradein_stolen_answers,
	       "what the list of stolen devices says"),
	F_ENUM(struct tradein_propose, device_to, DERIVED, device_states, "the device's state afterwards"),
	F_ENUM(struct tradein_propose, hold_reason, DERIVED, hold_reasons, "why it is held"),
	F_ID(struct tradein_propose, also, DERIVED,
	     "another device here with the same identity, held as stolen or seized"),
	F_MINOR(struct tradein_propose, promised_minor, DERIVED, "the price that is put to the owner"),
	F_MINOR(struct tradein_propose, bonus_minor, DERIVED, "bonus on top"),
	F_US(struct tradein_propose, offer_until_us, DERIVED, "the owner's answer is awaited until"),
	F_END};

/* Listed: kept apart as it is. Its owner is told no price before that is cleared. */
static enum err decide_listed(struct cx *cx, struct tx *tx, const struct device *d,
			      struct tradein_propose *rec)
{
	rec->device_to = DEVICE_HELD;
	rec->hold_reason = HOLD_STOLEN_LIST;
	return device_check(cx, tx, d, DEVICE_HELD);
}

enum err tradein_propose_decide(struct cx *cx, struct tx *tx, void *arg)
{
	struct tradein_propose *rec = arg;
	const struct city *city = city_get(cx, tx);
	const struct item *i;
	const struct order *o;
	const struct device *d;

	if (!city || item_open(cx, tx, rec->item, &i, &o) || item_check(cx, tx, i, ITEM_KEPT))
		return cx->err;
	if (tx_who(tx)->order)
		return cx_fail(cx, ERR_FORBIDDEN, "the clerk confirms this, not the owner");
	d = device_get(cx, tx, i->device);
	if (!d || device_check(cx, tx, d, DEVICE_CUSTODY) ||
	    device_found_stolen(cx, tx, d->device, &rec->also))
		return cx->err;
	if (d->site != FIELD_NONE)
		tx_site(tx, d->site);
	if (rec->stolen == STOLEN_LISTED || rec->also != FIELD_NONE)
		return decide_listed(cx, tx, d, rec);
	if (i->offer_until_us != FIELD_NONE)
		return cx_fail(
			cx, ERR_CONFLICT,
			"item %lld: the price was put to its owner already; the owner's "
			"tradein.accept is next",
			(long long)i->item);
	rec->device_to = DEVICE_CUSTODY;
	rec->promised_minor = i->quoted_minor;
	rec->bonus_minor = i->bonus_minor;
	rec->offer_until_us = tx_now_us(tx) + city->offer_days * DAY_US;
	return ERR_OK;
}

enum err tradein_propose_apply(struct cx *cx, struct tx *tx, const struct entry *entry, const void *arg)
{
	const struct tradein_propose *rec = arg;
	const struct item *old = item_get(cx, tx, rec->item);
	const struct device *dev = old ? device_get(cx, tx, old->device) : NULL;

	(void)entry;
	if (!dev)
		return cx->err;
	struct item i = *old;
	struct device d = *dev;
	i.offer_until_us = rec->offer_until_us;
	d.state = rec->device_to;
	if (rec->device_to == DEVICE_HELD) {
		d.held_from = dev->state;
		d.hold_reason = rec->hold_reason;
	}
	return device_set(cx, tx, &d) ? cx->err : item_set(cx, tx, &i);
}
