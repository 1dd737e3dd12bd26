/* Hand-overs, which both sides confirm: the owner's device comes into custody, or goes back. */
#include "programme/tradein/parts.h"

const char *const tradein_stolen_answers[] = {"clear", "listed", "unknown", NULL};
static const char *const fail_reasons[] = {"not_collected", "refused", "address_unknown",
					   "damaged_on_the_way", NULL};

#define IN_CUSTODY                                                                                  \
	F_ID(struct tradein_hand, device, DERIVED, "the device"),                                      \
	F_ENUM(struct tradein_hand, to, DERIVED, item_states, "the item's state afterwards"),          \
	F_MG(struct tradein_hand, mass_mg, DERIVED, "nominal mass, until it is weighed"),              \
	F_BOOL(struct tradein_hand, storage, DERIVED, "such a device has storage media"),              \
	F_ENUM(struct tradein_hand, medium_kind, DERIVED, medium_kinds, "its medium, until it is inspected")
#define GOES_BACK                                                                                   \
	F_ENUM(struct tradein_hand, to, DERIVED, item_states, "the item's state afterwards"),          \
	F_MG(struct tradein_hand, mass_mg, DERIVED, "mass that goes back")

const struct field tradein_give_fields[] = {
	ITEM_FIELD(struct tradein_hand),
	F_ID(struct tradein_hand, carrier, GIVEN, "courier: the party to whom it was given"),
	EVIDENCE_FIELD(struct tradein_hand),
	F_BOOL(struct tradein_hand, custody_only, GIVEN,
	       "given into custody alone: the owner has not seen the price, and agrees to none yet"),
	IN_CUSTODY,
	F_END};
const struct field tradein_take_fields[] = {
	ITEM_FIELD(struct tradein_hand),
	F_ID(struct tradein_hand, site, GIVEN, "where it was taken; the order's site when absent"),
	F_LIST(struct tradein_hand, identifiers, IN | PII, CLAIMS_MAX, claim_given_fields,
	       struct claim_given,
	       "what identifies it: one or two IMEIs, serial, label; none is normal too"),
	F_ENUM(struct tradein_hand, stolen, GIVEN, tradein_stolen_answers,
	       "what the list of stolen devices says"),
	F_LIST(struct tradein_hand, claims, DERIVED, CLAIMS_MAX, claim_fields, struct claim,
	       "the identities recorded"),
	IN_CUSTODY,
	F_END};
const struct field tradein_return_given_fields[] = {
	ITEM_FIELD(struct tradein_hand),
	F_ID(struct tradein_hand, carrier, GIVEN,
	     "the carrier who brings it back; absent: over the counter"),
	GOES_BACK, F_END};
const struct field tradein_return_taken_fields[] = {
	ITEM_FIELD(struct tradein_hand), EVIDENCE_FIELD(struct tradein_hand), GOES_BACK, F_END};
const struct field tradein_return_failed_fields[] = {
	ITEM_FIELD(struct tradein_hand),
	F_ENUM(struct tradein_hand, reason, MUST, fail_reasons, "why it could not be given back"),
	F_ID(struct tradein_hand, site, GIVEN, "where it is again; the order's site when absent"),
	GOES_BACK,
	F_END};

/* --- in --- */

static enum err check_not_lapsed(struct cx *cx, struct tx *tx, const struct item *i, const struct order *o)
{
	/* The first side starts the hand-over; the second may confirm later. */
	if (i->given_us != FIELD_NONE || i->taken_us != FIELD_NONE || o->lapse_us > tx_now_us(tx))
		return ERR_OK;
	return cx_fail(cx, ERR_CONFLICT, "item %lld: the booking has lapsed; ask for a new quote",
		       (long long)i->item);
}

/* Both sides are there: the piece and its nominal mass come in. */
static enum err decide_custody(struct cx *cx, struct tx *tx, const struct item *i, bool alone,
			       struct tradein_hand *rec)
{
	struct product product;

	if (catalogue_use(cx, tx, i->model, i->category, &product))
		return cx->err;
	rec->to = alone ? ITEM_KEPT : ITEM_CUSTODY;
	rec->mass_mg = product.mass_mg;
	rec->storage = product.storage;
	if (product.storage)
		rec->medium_kind = medium_usual(product.category);
	tx_site(tx, rec->site);
	if (tx_move_amount(cx, tx, ACCOUNT(PC_OUTSIDE, 0), ACCOUNT(PC_CUSTODY, rec->site), "pc", 1))
		return cx->err;
	return tx_move_amount(cx, tx, ACCOUNT(MG_OUTSIDE, 0), ACCOUNT(MG_DEVICE, rec->device), "mg",
			      product.mass_mg);
}

enum err tradein_give_decide(struct cx *cx, struct tx *tx, void *arg)
{
	struct tradein_hand *rec = arg;
	const struct item *i;
	const struct order *o;

	if (item_open(cx, tx, rec->item, &i, &o) || order_check_owner(cx, tx, o, i, rec->evidence) ||
	    item_check(cx, tx, i, ITEM_BOOKED) || check_not_lapsed(cx, tx, i, o))
		return cx->err;
	if (i->given_us != FIELD_NONE)
		return cx_fail(cx, ERR_CONFLICT,
			       "item %lld was given already; the clerk's tradein.take_in is next",
			       (long long)i->item);
	if (rec->carrier != FIELD_NONE && o->channel != CHANNEL_COURIER)
		return cx_fail(cx, ERR_INVALID, "carrier: order %lld is not for a courier",
			       (long long)o->order);
	if (rec->carrier != FIELD_NONE && party_check_role(cx, tx, rec->carrier, PARTY_CARRIER))
		return cx->err;
	rec->to = ITEM_BOOKED;
	if (i->taken_us == FIELD_NONE)
		return ERR_OK;
	rec->device = i->device;
	rec->site = i->taken_site;
	return decide_custody(cx, tx, i, rec->custody_only == 1, rec);
}

/* A merchant takes devices in at its own sites. */
static enum err decide_site(struct cx *cx, struct tx *tx, const struct order *o, struct tradein_hand *rec)
{
	const struct site *site;

	if (rec->site == FIELD_NONE)
		rec->site = o->site;
	if (rec->site == FIELD_NONE)
		return cx_fail(cx, ERR_INVALID, "site: say where it was taken in");
	site = site_get(cx, tx, rec->site);
	if (!site)
		return cx->err;
	tx_site(tx, rec->site);
	return tx_check_org(cx, tx, site->party);
}

enum err tradein_take_decide(struct cx *cx, struct tx *tx, void *arg)
{
	struct tradein_hand *rec = arg;
	const struct item *i;
	const struct order *o;

	if (item_open(cx, tx, rec->item, &i, &o) || item_check(cx, tx, i, ITEM_BOOKED) ||
	    check_not_lapsed(cx, tx, i, o))
		return cx->err;
	if (tx_who(tx)->order)
		return cx_fail(cx, ERR_FORBIDDEN, "the clerk confirms this, not the owner");
	if (i->taken_us != FIELD_NONE)
		return cx_fail(cx, ERR_CONFLICT,
			       "item %lld was taken already; the owner's tradein.give is next",
			       (long long)i->item);
	if (rec->stolen == STOLEN_LISTED)
		return cx_fail(
			cx, ERR_CONFLICT,
			"the device is on the list of stolen devices: do not take it in, follow "
			"the police's instructions");
	if (decide_site(cx, tx, o, rec))
		return cx->err;
	rec->device = tx_new_device(tx);
	if (device_claim(cx, tx, rec->device, rec->identifiers, &rec->claims))
		return cx->err;
	rec->to = ITEM_BOOKED;
	return i->given_us == FIELD_NONE ? ERR_OK : decide_custody(cx, tx, i, i->custody_only == 1, rec);
}

static enum err put_device(struct cx *cx, struct tx *tx, const struct item *i,
			   const struct tradein_hand *rec)
{
	const struct order *o = order_get(cx, tx, i->order);
	struct device d;
	const struct medium m = {.city = tx_city(tx),
				 .device = i->device,
				 .medium = 1,
				 .kind = rec->medium_kind,
				 .state = MEDIUM_PRESENT,
				 .capacity_gb = i->storage_gb,
				 .last_seq = FIELD_NONE};

	if (!o)
		return cx->err;
	field_init(device_table.fields, &d);
	d.city = tx_city(tx);
	d.device = i->device;
	d.state = DEVICE_CUSTODY;
	d.owner = o->owner;
	d.custody = ACCOUNT(PC_CUSTODY, i->taken_site);
	d.site = i->taken_site;
	d.model = i->model;
	d.category = i->category;
	d.storage = field_or(rec->storage, 0);
	d.item = i->item;
	d.received_us = tx_now_us(tx);
	d.taken_mg = d.mass_mg = field_or(rec->mass_mg, 0);
	d.returns = 0;
	if (d.storage && medium_set(cx, tx, &m))
		return cx->err;
	return device_set(cx, tx, &d);
}

/* The changed item is written, and when both sides are there, the device comes to be. */
static enum err hand_in(struct cx *cx, struct tx *tx, struct item *i, const struct tradein_hand *rec)
{
	i->state = rec->to;
	if (rec->to != ITEM_BOOKED && put_device(cx, tx, i, rec))
		return cx->err;
	return item_set(cx, tx, i);
}

enum err tradein_give_apply(struct cx *cx, struct tx *tx, const struct entry *entry, const void *arg)
{
	const struct tradein_hand *rec = arg;
	const struct item *old = item_get(cx, tx, rec->item);

	(void)entry;
	if (!old)
		return cx->err;
	struct item i = *old;
	i.given_us = tx_now_us(tx);
	i.carrier = rec->carrier;
	if (rec->custody_only == 1)
		i.custody_only = 1;
	return hand_in(cx, tx, &i, rec);
}

enum err tradein_take_apply(struct cx *cx, struct tx *tx, const struct entry *entry, const void *arg)
{
	const struct tradein_hand *rec = arg;
	const struct item *old = item_get(cx, tx, rec->item);

	if (!old)
		return cx->err;
	struct item i = *old;
	i.taken_us = tx_now_us(tx);
	i.taken_site = entry->site;
	i.device = rec->device;
	i.carrier = FIELD_NONE;
	if (device_claimed(cx, tx, rec->device, rec->claims))
		return cx->err;
	return hand_in(cx, tx, &i, rec);
}

/* --- and back again --- */

/* Both sides are there: the piece and its mass go. */
static enum err decide_returned(struct cx *cx, struct tx *tx, const struct device *d,
				struct tradein_hand *rec)
{
	rec->to = ITEM_RETURNED;
	rec->mass_mg = d->mass_mg;
	if (device_check(cx, tx, d, DEVICE_RETURNED) ||
	    device_move_piece(cx, tx, d, ACCOUNT(PC_RETURNED, 0)))
		return cx->err;
	return tx_move_amount(cx, tx, ACCOUNT(MG_DEVICE, d->device), ACCOUNT(MG_RETURNED, 0), "mg",
			      d->mass_mg);
}

enum err tradein_return_given_decide(struct cx *cx, struct tx *tx, void *arg)
{
	struct tradein_hand *rec = arg;
	const struct item *i;
	const struct order *o;
	const struct device *d;

	if (item_open(cx, tx, rec->item, &i, &o) || item_check(cx, tx, i, ITEM_RETURNING))
		return cx->err;
	d = device_get(cx, tx, i->device);
	if (!d || device_check(cx, tx, d, DEVICE_RETURNING))
		return cx->err;
	if (tx_who(tx)->order)
		return cx_fail(cx, ERR_FORBIDDEN, "the clerk confirms this, not the owner");
	if (i->given_us != FIELD_NONE)
		return cx_fail(
			cx, ERR_CONFLICT,
			"item %lld was given back already; the owner's tradein.return_taken is next",
			(long long)i->item);
	if (d->site != FIELD_NONE)
		tx_site(tx, d->site);
	if (i->taken_us != FIELD_NONE)
		return decide_returned(cx, tx, d, rec);
	rec->to = ITEM_RETURNING;
	if (rec->carrier == FIELD_NONE)
		return ERR_OK;
	if (party_check_role(cx, tx, rec->carrier, PARTY_CARRIER))
		return cx->err;
	return device_move_piece(cx, tx, d, ACCOUNT(PC_TRANSIT, rec->carrier));
}

enum err tradein_return_taken_decide(struct cx *cx, struct tx *tx, void *arg)
{
	struct tradein_hand *rec = arg;
	const struct item *i;
	const struct order *o;
	const struct device *d;

	if (item_open(cx, tx, rec->item, &i, &o) || order_check_owner(cx, tx, o, i, rec->evidence) ||
	    item_check(cx, tx, i, ITEM_RETURNING))
		return cx->err;
	d = device_get(cx, tx, i->device);
	if (!d || device_check(cx, tx, d, DEVICE_RETURNING))
		return cx->err;
	if (i->taken_us != FIELD_NONE)
		return cx_fail(
			cx, ERR_CONFLICT,
			"item %lld was taken back already; the clerk's tradein.return_given is next",
			(long long)i->item);
	rec->to = ITEM_RETURNING;
	return i->given_us == FIELD_NONE ? ERR_OK : decide_returned(cx, tx, d, rec);
}

enum err tradein_return_failed_decide(struct cx *cx, struct tx *tx, void *arg)
{
	struct tradein_hand *rec = arg;
	const struct item *i;
	const struct order *o;
	const struct device *d;

	if (item_open(cx, tx, rec->item, &i, &o) || item_check(cx, tx, i, ITEM_RETURNING))
		return cx->err;
	d = device_get(cx, tx, i->device);
	if (!d || device_check(cx, tx, d, DEVICE_RETURNING))
		return cx->err;
	if (tx_who(tx)->order)
		return cx_fail(cx, ERR_FORBIDDEN, "the clerk confirms this, not the owner");
	if (i->given_us == FIELD_NONE)
		return cx_fail(cx, ERR_CONFLICT, "item %lld was not sent back yet", (long long)i->item);
	rec->to = ITEM_RETURNING;
	if (rec->site == FIELD_NONE)
		rec->site = d->site != FIELD_NONE ? d->site : i->taken_site;
	if (decide_site(cx, tx, o, rec))
		return cx->err;
	if (d->custody == ACCOUNT(PC_CUSTODY, rec->site))
		return ERR_OK;
	return device_move_piece(cx, tx, d, ACCOUNT(PC_CUSTODY, rec->site));
}

/* The changed item is written with its device, which is gone when both sides are there. */
static enum err hand_back(struct cx *cx, struct tx *tx, struct item *i, struct device *d,
			  const struct tradein_hand *rec)
{
	i->state = rec->to;
	if (rec->to == ITEM_RETURNED) {
		d->state = DEVICE_RETURNED;
		d->custody = ACCOUNT(PC_RETURNED, 0);
		d->site = FIELD_NONE;
		i->carrier = FIELD_NONE;
	}
	return device_set(cx, tx, d) ? cx->err : item_set(cx, tx, i);
}

static enum err open_pair(struct cx *cx, struct tx *tx, int64_t item, struct item *i, struct device *d)
{
	const struct item *old = item_get(cx, tx, item);
	const struct device *dev = old ? device_get(cx, tx, old->device) : NULL;

	if (!dev)
		return cx->err;
	*i = *old;
	*d = *dev;
	return ERR_OK;
}

enum err tradein_return_given_apply(struct cx *cx, struct tx *tx, const struct entry *entry,
				    const void *arg)
{
	const struct tradein_hand *rec = arg;
	struct item i;
	struct device d;

	(void)entry;
	if (open_pair(cx, tx, rec->item, &i, &d))
		return cx->err;
	i.given_us = tx_now_us(tx);
	if (rec->carrier != FIELD_NONE && rec->to == ITEM_RETURNING) {
		i.carrier = rec->carrier;
		d.custody = ACCOUNT(PC_TRANSIT, rec->carrier);
		d.site = FIELD_NONE;
	}
	return hand_back(cx, tx, &i, &d, rec);
}

enum err tradein_return_taken_apply(struct cx *cx, struct tx *tx, const struct entry *entry,
				    const void *arg)
{
	const struct tradein_hand *rec = arg;
	struct item i;
	struct device d;

	(void)entry;
	if (open_pair(cx, tx, rec->item, &i, &d))
		return cx->err;
	i.taken_us = tx_now_us(tx);
	return hand_back(cx, tx, &i, &d, rec);
}

enum err tradein_return_failed_apply(struct cx *cx, struct tx *tx, const struct entry *entry,
				     const void *arg)
{
	const struct tradein_hand *rec = arg;
	struct item i;
	struct device d;

	(void)entry;
	if (open_pair(cx, tx, rec->item, &i, &d))
		return cx->err;
	i.given_us = i.taken_us = FIELD_NONE;
	i.carrier = FIELD_NONE;
	d.site = rec->site;
	d.custody = ACCOUNT(PC_CUSTODY, rec->site);
	return hand_back(cx, tx, &i, &d, rec);
}
