/* batch.c: to recovery, and the batch: weighed in, weighed out, closed. */
#include "programme/recover/internal.h"

/* --- recover.send --- */

const struct field recover_send_fields[] = {
	F_ID(struct recover_send, device, MUST | PATH, "the device"),
	F_ENUM(struct recover_send, reason, MUST, send_reasons, "why it is not resold"),
	F_END};

enum err recover_send_decide(struct cx *cx, struct tx *tx, void *p)
{
	struct recover_send *rec = p;
	const struct device *d = device_get(cx, tx, rec->device);
	const struct site *site;
	struct stock_device kept;

	if (!d)
		return cx->err;
	if (d->site != FIELD_NONE) {
		site = site_get(cx, tx, d->site);
		if (!site || tx_check_org(cx, tx, site->party))
			return cx->err;
		tx_site(tx, d->site);
	} else if (tx_check_org(cx, tx, 0)) {
		return cx->err;
	}
	if (device_check(cx, tx, d, DEVICE_TO_RECOVER))
		return cx->err;
	if (rec->reason == SEND_ERASE_FAILED && d->state != DEVICE_ERASE_FAILED)
		return cx_fail(cx, ERR_INVALID, "reason: device %lld is %s, its erasure has not failed",
			       (long long)d->device, cx_say_code(cx, "device", device_states[d->state]));
	if (rec->reason == SEND_DISPOSITION) {
		if (stock_device_find(cx, tx, d->device, &kept))
			return cx->err;
		if (kept.choice != DISPOSE_RECOVERY)
			return cx_fail(cx, ERR_CONFLICT,
				       "device %lld has no disposition that says recovery: "
				       "decide with stock.dispose, or give another reason",
				       (long long)d->device);
	}
	return ERR_OK;
}

enum err recover_send_apply(struct cx *cx, struct tx *tx, const struct entry *e, const void *p)
{
	const struct recover_send *rec = p;
	const struct device *row = device_get(cx, tx, rec->device);
	struct device d;

	(void)e;
	if (!row)
		return cx->err;
	d = *row;
	d.state = DEVICE_TO_RECOVER;
	return device_set(cx, tx, &d);
}

/* --- recover.batch_open --- */

const struct field recover_open_fields[] = {
	F_ID(struct recover_open, site, MUST, "where: a site of the dismantler's, or of an operator's"),
	F_ID(struct recover_open, dismantler, MUST, "party that takes the devices apart"),
	F_TEXT(struct recover_open, scale, MUST, 1, 40, "id of the scale"),
	F_ID(struct recover_open, batch, DERIVED, "the batch"),
	F_END};

/* At a site of one's own, or at an operator's depots: not where another keeps its devices. */
static enum err check_place(struct cx *cx, struct tx *tx, const struct site *site)
{
	const struct party *keeper = party_get(cx, tx, site->party);

	if (!keeper || keeper->roles & PARTY_OPERATOR)
		return cx->err;
	return tx_check_org(cx, tx, site->party);
}

enum err recover_open_decide(struct cx *cx, struct tx *tx, void *p)
{
	struct recover_open *rec = p;
	const struct party *party = party_get(cx, tx, rec->dismantler);
	const struct site *site = party ? site_get(cx, tx, rec->site) : NULL;

	if (!site || stock_check_code(cx, "scale", rec->scale) || tx_check_org(cx, tx, rec->dismantler) ||
	    check_place(cx, tx, site))
		return cx->err;
	if (!(party->roles & (PARTY_RECYCLER | PARTY_OPERATOR)))
		return cx_fail(cx, ERR_INVALID, "dismantler: party %lld is neither recycler nor operator",
			       (long long)rec->dismantler);
	tx_site(tx, rec->site);
	rec->batch = tx_new_id(tx);
	return ERR_OK;
}

enum err recover_open_apply(struct cx *cx, struct tx *tx, const struct entry *e, const void *p)
{
	const struct recover_open *rec = p;

	return batch_set(cx, tx, &(struct batch){.city = e->city, .batch = rec->batch, .state = BATCH_OPEN,
						 .site = rec->site, .dismantler = rec->dismantler,
						 .scale = rec->scale, .opened_us = e->recorded_us,
						 .closed_us = FIELD_NONE, .loss_reason = FIELD_NONE});
}

const struct batch *batch_open_get(struct cx *cx, struct tx *tx, int64_t batch)
{
	const struct batch *b = batch_get(cx, tx, batch);

	if (!b || tx_check_org(cx, tx, b->dismantler) ||
	    tx_check_move(cx, tx, &batch_machine, "batch", b->batch, b->state, BATCH_OPEN))
		return NULL;
	tx_site(tx, b->site);
	return b;
}

/* --- recover.weigh_in --- */

const struct field recover_weigh_in_fields[] = {
	F_ID(struct recover_weigh_in, batch, MUST | PATH, "the batch"),
	F_ID(struct recover_weigh_in, device, MUST, "the device"),
	WEIGHED(struct recover_weigh_in, scale_mg, MUST, "what the scale says"),
	F_MG(struct recover_weigh_in, nominal_mg, DERIVED, "its mass by the books before"),
	F_MG(struct recover_weigh_in, in_mg, DERIVED, "weighed into the batch so far"),
	F_END};

enum err recover_weigh_in_decide(struct cx *cx, struct tx *tx, void *p)
{
	struct recover_weigh_in *rec = p;
	const struct batch *b = batch_open_get(cx, tx, rec->batch);
	const struct device *d = b ? device_get(cx, tx, rec->device) : NULL;

	if (!d || device_check(cx, tx, d, DEVICE_RECOVERED))
		return cx->err;
	if (d->custody != ACCOUNT(PC_CUSTODY, b->site))
		return cx_fail(cx, ERR_CONFLICT, "device %lld is not at site %lld, where batch %lld is",
			       (long long)d->device, (long long)b->site, (long long)b->batch);
	if (b->devices == RECOVER_DEVICES_MAX)
		return cx_fail(cx, ERR_TOO_LARGE,
			       "batch %lld has %d devices already: close it and open another",
			       (long long)b->batch, RECOVER_DEVICES_MAX);
	rec->nominal_mg = d->mass_mg;
	rec->in_mg = b->in_mg + rec->scale_mg;
	if (device_weigh(cx, tx, d, rec->scale_mg) ||
	    tx_move_amount(cx, tx, ACCOUNT(MG_DEVICE, d->device), ACCOUNT(MG_BATCH, b->batch), "mg",
			   rec->scale_mg))
		return cx->err;
	return device_move_piece(cx, tx, d, ACCOUNT(PC_DISMANTLED, b->batch));
}

enum err recover_weigh_in_apply(struct cx *cx, struct tx *tx, const struct entry *e, const void *p)
{
	const struct recover_weigh_in *rec = p;
	const struct batch *old = batch_get(cx, tx, rec->batch);
	const struct device *row = old ? device_get(cx, tx, rec->device) : NULL;
	struct device d;
	struct batch b;

	if (!row)
		return cx->err;
	b = *old;
	d = *row;
	b.devices++;
	b.in_mg += rec->scale_mg;
	d.state = DEVICE_RECOVERED;
	d.custody = ACCOUNT(PC_DISMANTLED, rec->batch);
	d.mass_mg = rec->scale_mg;
	if (tx_put(cx, tx, &batch_device_table,
		   &(struct batch_device){.city = e->city, .batch = rec->batch, .device = rec->device,
					  .nominal_mg = rec->nominal_mg, .scale_mg = rec->scale_mg,
					  .weighed_us = e->recorded_us, .seq = e->seq}) ||
	    tx_put(cx, tx, &device_batch_table,
		   &(struct device_batch){.city = e->city, .device = rec->device, .batch = rec->batch}) ||
	    stock_off_shelf(cx, tx, rec->device) || batch_set(cx, tx, &b))
		return cx->err;
	return device_set(cx, tx, &d);
}

/* --- recover.weigh_out --- */

const struct field recover_weigh_out_fields[] = {
	F_ID(struct recover_weigh_out, batch, MUST | PATH, "the batch"),
	F_TEXT(struct recover_weigh_out, fraction, MUST, 1, 40, "code of the fraction (data/fractions.csv)"),
	WEIGHED(struct recover_weigh_out, mass_mg, MUST, "what the scale says"),
	F_ID(struct recover_weigh_out, lot, IN | LOG | OUT, "lot that it goes to; absent: a new one"),
	F_BOOL(struct recover_weigh_out, opened, DERIVED, "the lot is new"),
	F_BOOL(struct recover_weigh_out, hazard, DERIVED, "kept apart"),
	F_TEXT(struct recover_weigh_out, waste_code, DERIVED, 1, 12, "European List of Waste"),
	F_MG(struct recover_weigh_out, left_mg, DERIVED, "what is in no fraction yet"),
	F_HEX(struct recover_weigh_out, list, LOG, 32, "digest of the list of fractions"),
	F_END};

/* A lot takes its own fraction only, and only while it is on hand where the batch is. */
static enum err check_lot(struct cx *cx, struct tx *tx, const struct recover_weigh_out *rec,
			  const struct batch *b)
{
	const struct lot *l = lot_get(cx, tx, rec->lot);

	if (!l || tx_check_move(cx, tx, &lot_machine, "lot", l->lot, l->state, LOT_OPEN))
		return cx->err;
	if (strcmp(l->fraction, rec->fraction) != 0 && l->hazard != rec->hazard)
		return cx_fail(
			cx, ERR_CONFLICT,
			"lot: hazardous and other fractions are kept apart: lot %lld holds %s, "
			"not %s",
			(long long)l->lot, l->fraction, rec->fraction);
	if (strcmp(l->fraction, rec->fraction) != 0)
		return cx_fail(cx, ERR_CONFLICT, "lot: lot %lld holds %s, not %s",
			       (long long)l->lot, l->fraction, rec->fraction);
	if (l->site != b->site)
		return cx_fail(cx, ERR_CONFLICT, "lot: lot %lld is at site %lld, the batch at site %lld",
			       (long long)l->lot, (long long)l->site, (long long)b->site);
	return ERR_OK;
}

enum err recover_weigh_out_decide(struct cx *cx, struct tx *tx, void *p)
{
	struct recover_weigh_out *rec = p;
	const struct batch *b = batch_open_get(cx, tx, rec->batch);
	const struct fraction *f;

	if (!b || fraction_get(cx, rec->fraction, &f) || fraction_list_note(cx, &rec->list))
		return cx->err;
	if (rec->mass_mg > batch_left_mg(b))
		return cx_fail(
			cx, ERR_CONFLICT,
			"weights out would exceed weights in: batch %lld has %lld mg that are in no "
			"fraction yet, not %lld; if there is more on the scale, record it with recover.gain",
			(long long)b->batch, (long long)batch_left_mg(b), (long long)rec->mass_mg);
	rec->hazard = f->hazard;
	rec->waste_code = f->waste_code;
	rec->left_mg = batch_left_mg(b) - rec->mass_mg;
	rec->opened = rec->lot == FIELD_NONE;
	if (rec->opened)
		rec->lot = tx_new_id(tx);
	else if (check_lot(cx, tx, rec, b))
		return cx->err;
	return tx_move_amount(cx, tx, ACCOUNT(MG_BATCH, b->batch), ACCOUNT(MG_FRACTION, rec->lot),
			      "mg", rec->mass_mg);
}

enum err recover_weigh_out_apply(struct cx *cx, struct tx *tx, const struct entry *e, const void *p)
{
	const struct recover_weigh_out *rec = p;
	const struct batch *old = batch_get(cx, tx, rec->batch);
	struct batch_lot part = {
		.city = e->city, .batch = rec->batch, .lot = rec->lot, .mass_mg = rec->mass_mg};
	struct lot lot = {.city = e->city, .lot = rec->lot, .state = LOT_OPEN, .fraction = rec->fraction,
			  .waste_code = rec->waste_code, .hazard = rec->hazard, .consignment = FIELD_NONE,
			  .opened_us = e->recorded_us};
	const struct lot *before;
	const void *row;
	struct batch b;

	if (!old)
		return cx->err;
	b = *old;
	b.out_mg += rec->mass_mg;
	lot.site = b.site;
	if (!rec->opened) {
		before = lot_get(cx, tx, rec->lot);
		if (!before)
			return cx->err;
		lot = *before;
	}
	lot.mass_mg += rec->mass_mg;
	if (tx_find(cx, tx, &batch_lot_table, &part, &row))
		return cx->err;
	if (row)
		part.mass_mg += ((const struct batch_lot *)row)->mass_mg;
	if (lot_set(cx, tx, &lot) || tx_put(cx, tx, &batch_lot_table, &part))
		return cx->err;
	return batch_set(cx, tx, &b);
}

/* --- recover.gain --- */

const struct field recover_gain_fields[] = {
	F_ID(struct recover_gain, batch, MUST | PATH, "the batch"),
	WEIGHED(struct recover_gain, mass_mg, MUST, "how much more there is"),
	F_ENUM(struct recover_gain, reason, MUST, mass_reasons, "where it comes from"),
	F_MG(struct recover_gain, left_mg, DERIVED, "what is in no fraction yet"),
	F_END};

enum err recover_gain_decide(struct cx *cx, struct tx *tx, void *p)
{
	struct recover_gain *rec = p;
	const struct batch *b = batch_open_get(cx, tx, rec->batch);

	if (!b)
		return cx->err;
	if (rec->reason != MASS_MOISTURE && rec->reason != MASS_SCALE && rec->reason != MASS_FOUND &&
	    rec->reason != MASS_MIXED_UP)
		return cx_fail(cx, ERR_INVALID,
			       "reason: a gain comes from moisture, scale, found or mixed_up");
	rec->left_mg = batch_left_mg(b) + rec->mass_mg;
	return tx_move_amount(cx, tx, ACCOUNT(MG_GAIN, b->batch), ACCOUNT(MG_BATCH, b->batch), "mg",
			      rec->mass_mg);
}

enum err recover_gain_apply(struct cx *cx, struct tx *tx, const struct entry *e, const void *p)
{
	const struct recover_gain *rec = p;
	const struct batch *old = batch_get(cx, tx, rec->batch);
	struct batch b;

	(void)e;
	if (!old)
		return cx->err;
	b = *old;
	b.gain_mg += rec->mass_mg;
	return batch_set(cx, tx, &b);
}

/* --- recover.batch_close --- */

const struct field recover_close_fields[] = {
	F_ID(struct recover_close, batch, MUST | PATH, "the batch"),
	F_ENUM(struct recover_close, reason, GIVEN, mass_reasons,
	       "what became of the rest; needed when there is one"),
	F_MG(struct recover_close, loss_mg, DERIVED, "the rest, a recorded loss"), F_END};

/* No medium of a dismantled device may still hold data when the batch is done. */
static enum err check_media(struct cx *cx, struct tx *tx, const struct batch *b)
{
	const void *const *rows;
	size_t count;

	if (tx_scan(cx, tx, &batch_device_table, &(struct batch_device){.batch = b->batch}, 2,
		    RECOVER_DEVICES_MAX, &rows, &count))
		return cx->err;
	for (size_t i = 0; i < count; i++) {
		const struct device *d = device_get(cx, tx, ((const struct batch_device *)rows[i])->device);
		if (!d)
			return cx->err;
		if (device_check_erased(cx, tx, d))
			return cx_prefix(cx, "batch %lld cannot be closed: ", (long long)b->batch);
	}
	return ERR_OK;
}

enum err recover_close_decide(struct cx *cx, struct tx *tx, void *p)
{
	struct recover_close *rec = p;
	const struct batch *b = batch_get(cx, tx, rec->batch);

	if (!b || tx_check_org(cx, tx, b->dismantler) ||
	    tx_check_move(cx, tx, &batch_machine, "batch", b->batch, b->state, BATCH_CLOSED) ||
	    check_media(cx, tx, b))
		return cx->err;
	tx_site(tx, b->site);
	rec->loss_mg = batch_left_mg(b);
	if (rec->loss_mg > 0 && rec->reason == FIELD_NONE)
		return cx_fail(
			cx, ERR_INVALID,
			"reason: %lld mg of batch %lld are in no fraction: say what became of them",
			(long long)rec->loss_mg, (long long)b->batch);
	if (rec->loss_mg == 0 && rec->reason != FIELD_NONE)
		return cx_fail(cx, ERR_INVALID, "reason: nothing of batch %lld is left over",
			       (long long)b->batch);
	return tx_move_amount(cx, tx, ACCOUNT(MG_BATCH, b->batch), ACCOUNT(MG_LOSS, b->batch), "mg",
			      rec->loss_mg);
}

enum err recover_close_apply(struct cx *cx, struct tx *tx, const struct entry *e, const void *p)
{
	const struct recover_close *rec = p;
	const struct batch *old = batch_get(cx, tx, rec->batch);
	struct batch b;

	if (!old)
		return cx->err;
	b = *old;
	b.state = BATCH_CLOSED;
	b.loss_mg += rec->loss_mg;
	b.loss_reason = rec->reason;
	b.closed_us = e->recorded_us;
	return batch_set(cx, tx, &b);
}
