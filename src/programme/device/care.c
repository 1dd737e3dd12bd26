/* What interrupts a device's life, and what ends it badly: hold, release, seize, lose, find. */
#include "programme/city/city.h"
#include "programme/device/parts.h"
#include "programme/party/party.h"
#include "programme/stock/stock.h"

const struct field device_hold_fields[] = {
	DEVICE_FIELD(struct device_hold),
	F_ENUM(struct device_hold, reason, MUST, hold_reasons, "why it may not go on"),
	F_US(struct device_hold, until_us, GIVEN, "statutory: not to be released before"),
	F_ENUM(struct device_hold, from, DERIVED, device_states, "the state that the hold interrupts"),
	F_END};
const struct field device_release_fields[] = {
	DEVICE_FIELD(struct device_release),
	F_ENUM(struct device_release, to, DERIVED, device_states, "the state to which it goes back"),
	F_END};
const struct field device_gone_fields[] = {
	DEVICE_FIELD(struct device_gone),
	F_ENUM(struct device_gone, from, DERIVED, device_states, "the state that it had"),
	F_MG(struct device_gone, mass_mg, DERIVED, "mass written to loss"),
	F_END};
const struct field device_find_fields[] = {
	DEVICE_FIELD(struct device_find),
	F_ID(struct device_find, site, MUST, "the site where it was found"),
	F_ENUM(struct device_find, to, DERIVED, device_states, "the state in which it goes on"),
	F_ENUM(struct device_find, held_from, DERIVED, device_states,
	       "held: the state in which it goes on when it is released"),
	F_MG(struct device_find, mass_mg, DERIVED, "mass back from loss"),
	F_END};

enum err device_hold_decide(struct cx *cx, struct tx *tx, void *arg)
{
	struct device_hold *rec = arg;
	const struct device *d = device_get(cx, tx, rec->device);

	if (!d || device_check_caller(cx, tx, d) ||
	    tx_check_move(cx, tx, &device_machine, "device", d->device, d->state, DEVICE_HELD))
		return cx->err;
	if (rec->reason == HOLD_STATUTORY && rec->until_us == FIELD_NONE)
		return cx_fail(cx, ERR_INVALID, "until_us: a statutory hold says until when");
	if (rec->until_us != FIELD_NONE && rec->until_us <= tx_now_us(tx))
		return cx_fail(cx, ERR_INVALID, "until_us: is past already");
	rec->from = d->state;
	return ERR_OK;
}

enum err device_hold_apply(struct cx *cx, struct tx *tx, const struct entry *entry, const void *arg)
{
	const struct device_hold *rec = arg;
	const struct device *old = device_get(cx, tx, rec->device);

	(void)entry;
	if (!old)
		return cx->err;
	struct device d = *old;
	d.state = DEVICE_HELD;
	d.held_from = rec->from;
	d.hold_reason = rec->reason;
	if (rec->until_us != FIELD_NONE)
		d.hold_until_us = rec->until_us;
	return device_set(cx, tx, &d);
}

enum err device_release_decide(struct cx *cx, struct tx *tx, void *arg)
{
	struct device_release *rec = arg;
	const struct device *d = device_get(cx, tx, rec->device);

	if (!d || device_check_caller(cx, tx, d) ||
	    tx_check_move(cx, tx, &device_machine, "device", d->device, d->state,
			  d->state == DEVICE_HELD ? d->held_from : DEVICE_CUSTODY))
		return cx->err;
	if (d->hold_reason == HOLD_STATUTORY && d->hold_until_us > tx_now_us(tx))
		return cx_fail(cx, ERR_CONFLICT,
			       "device %lld is under a statutory hold that has not ended yet",
			       (long long)d->device);
	rec->to = d->held_from;
	return ERR_OK;
}

enum err device_release_apply(struct cx *cx, struct tx *tx, const struct entry *entry, const void *arg)
{
	const struct device_release *rec = arg;
	const struct device *old = device_get(cx, tx, rec->device);

	(void)entry;
	if (!old)
		return cx->err;
	struct device d = *old;
	d.state = rec->to;
	d.held_from = FIELD_NONE;
	d.hold_reason = FIELD_NONE;
	return device_set(cx, tx, &d);
}

/* Out of our hands for ever, or so it seems: the piece goes to `place`, the mass to recorded loss. */
static enum err decide_gone(struct cx *cx, struct tx *tx, struct device_gone *rec, int to, int place)
{
	const struct device *d = device_get(cx, tx, rec->device);

	if (!d || device_check_caller(cx, tx, d) ||
	    tx_check_move(cx, tx, &device_machine, "device", d->device, d->state, to))
		return cx->err;
	if (d->state == DEVICE_HELD && d->held_from == DEVICE_SOLD)
		return cx_fail(cx, ERR_CONFLICT,
			       "device %lld is promised to a buyer: device.release, then "
			       "stock.cancel_sale come first",
			       (long long)d->device);
	rec->from = d->state;
	rec->mass_mg = d->mass_mg;
	if (device_move_piece(cx, tx, d, ACCOUNT(place, 0)))
		return cx->err;
	return tx_move_amount(cx, tx, ACCOUNT(MG_DEVICE, d->device), ACCOUNT(MG_LOSS, 0), "mg", d->mass_mg);
}

enum err device_seize_decide(struct cx *cx, struct tx *tx, void *rec)
{
	return decide_gone(cx, tx, rec, DEVICE_SEIZED, PC_SEIZED);
}

enum err device_seize_apply(struct cx *cx, struct tx *tx, const struct entry *entry, const void *arg)
{
	const struct device_gone *rec = arg;
	const struct device *old = device_get(cx, tx, rec->device);

	(void)entry;
	if (!old)
		return cx->err;
	struct device d = *old;
	d.state = DEVICE_SEIZED;
	d.custody = ACCOUNT(PC_SEIZED, 0);
	d.site = d.to_site = FIELD_NONE;
	return device_set(cx, tx, &d);
}

enum err device_lose_decide(struct cx *cx, struct tx *tx, void *rec)
{
	return decide_gone(cx, tx, rec, DEVICE_LOST, PC_LOST);
}

enum err device_lose_apply(struct cx *cx, struct tx *tx, const struct entry *entry, const void *arg)
{
	const struct device_gone *rec = arg;
	const struct device *old = device_get(cx, tx, rec->device);

	(void)entry;
	if (!old)
		return cx->err;
	struct device d = *old;
	d.state = DEVICE_LOST;
	d.lost_from = rec->from;
	d.custody = ACCOUNT(PC_LOST, 0);
	d.site = d.to_site = FIELD_NONE;
	if (rec->from == DEVICE_LISTED)
		d.listed_minor = FIELD_NONE;
	return device_set(cx, tx, &d);
}

/* Where a device that was in this state goes on. Nobody knows who had it: what was erased must be erased
 * again, a listing has ended, a broken erasure starts anew. What its owner was compensated for is the
 * programme's. */
static int64_t found_state(const struct device *d, int64_t was, int64_t programme)
{
	switch (was) {
	case DEVICE_CUSTODY:
	case DEVICE_RETURNING:
		return d->owner == programme ? DEVICE_OWNED : was;
	case DEVICE_ERASED:
	case DEVICE_STOCK:
	case DEVICE_LISTED:
		return DEVICE_OWNED;
	case DEVICE_ERASING:
		return DEVICE_ERASE_FAILED;
	default:
		return was;
	}
}

/* A hold outlives the loss, unless it was of a device that was its owner's and is ours now. */
static void decide_found(const struct device *d, int64_t programme, struct device_find *rec)
{
	int64_t after;

	rec->to = found_state(d, d->lost_from, programme);
	if (d->lost_from != DEVICE_HELD)
		return;
	after = found_state(d, d->held_from, programme);
	if ((d->held_from == DEVICE_CUSTODY || d->held_from == DEVICE_RETURNING) && after == DEVICE_OWNED)
		rec->to = DEVICE_OWNED;
	else
		rec->held_from = after;
}

enum err device_find_decide(struct cx *cx, struct tx *tx, void *arg)
{
	struct device_find *rec = arg;
	const struct device *d = device_get(cx, tx, rec->device);
	const struct city *city = city_get(cx, tx);
	const struct site *site = d && city ? site_get(cx, tx, rec->site) : NULL;

	if (!site || tx_check_org(cx, tx, site->party))
		return cx->err;
	rec->to = DEVICE_CUSTODY;
	if (d->state == DEVICE_LOST)
		decide_found(d, city->programme, rec);
	if (tx_check_move(cx, tx, &device_machine, "device", d->device, d->state, rec->to))
		return cx->err;
	tx_site(tx, rec->site);
	rec->mass_mg = d->mass_mg;
	if (device_move_piece(cx, tx, d, ACCOUNT(PC_CUSTODY, rec->site)))
		return cx->err;
	return tx_move_amount(cx, tx, ACCOUNT(MG_LOSS, 0), ACCOUNT(MG_DEVICE, d->device), "mg", d->mass_mg);
}

enum err device_find_apply(struct cx *cx, struct tx *tx, const struct entry *entry, const void *arg)
{
	const struct device_find *rec = arg;
	const struct device *old = device_get(cx, tx, rec->device);

	(void)entry;
	if (!old)
		return cx->err;
	struct device d = *old;
	d.state = rec->to;
	d.lost_from = d.listed_minor = FIELD_NONE;
	d.held_from = rec->held_from;
	if (rec->to != DEVICE_HELD)
		d.hold_reason = FIELD_NONE;
	d.custody = ACCOUNT(PC_CUSTODY, rec->site);
	d.site = rec->site;
	if (stock_reopen(cx, tx, rec->device) || device_reopen_media(cx, tx, rec->device))
		return cx->err;
	return device_set(cx, tx, &d);
}
