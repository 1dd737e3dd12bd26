/* stocktake.c: what is counted at a site against what the books have in stock there.
 *
 * Missing devices that are ours and promised to nobody are written off: piece to lost, mass to recorded
 * loss, as device.lose does. A missing device that is sold, held or elsewhere in its life is named and
 * left: its own action says what becomes of it. Devices seen that the books have elsewhere are named.
 */
#include "programme/stock/internal.h"

static const struct field seen_fields[] = {
	F_ID(struct stock_seen, device, MUST, "a device that was seen"),
	F_END};
static const struct field difference_fields[] = {
	F_ID(struct stock_difference, device, DERIVED, "the device"),
	F_ENUM(struct stock_difference, result, DERIVED, stocktake_results, "what was found"),
	F_ENUM(struct stock_difference, state, DERIVED, device_states, "its state before"),
	F_END};
const struct field stock_stocktake_fields[] = {
	F_ID(struct stock_stocktake, site, MUST | PATH, "site"),
	F_TEXT(struct stock_stocktake, category, GIVEN, 1, 40, "only devices of this category are counted"),
	F_LIST(struct stock_stocktake, seen, GIVEN, STOCK_SITE_MAX, seen_fields, struct stock_seen,
	       "devices counted"),
	F_ID(struct stock_stocktake, stocktake, DERIVED, "the stocktake"),
	F_INT(struct stock_stocktake, expected, DERIVED, 0, STOCK_SITE_MAX, NULL,
	      "devices that the books have there"),
	F_INT(struct stock_stocktake, lost, DERIVED, 0, STOCK_LOST_MAX, NULL, "written off"),
	F_INT(struct stock_stocktake, missing, DERIVED, 0, STOCK_SITE_MAX, NULL,
	      "not seen, not written off"),
	F_INT(struct stock_stocktake, unexpected, DERIVED, 0, STOCK_SITE_MAX, NULL,
	      "seen, but elsewhere by the books"),
	F_LIST(struct stock_stocktake, differences, DERIVED, 2 * STOCK_SITE_MAX, difference_fields,
	       struct stock_difference, "what differs"),
	F_END};

static int by_device(const void *a, const void *b)
{
	const struct stock_seen *x = a, *y = b;

	return (x->device > y->device) - (x->device < y->device);
}

static enum err sort_seen(struct cx *cx, struct list seen)
{
	struct stock_seen *s = seen.item;

	if (seen.count)
		qsort(s, seen.count, sizeof(*s), by_device);
	for (size_t i = 1; i < seen.count; i++)
		if (s[i].device == s[i - 1].device)
			return cx_fail(cx, ERR_INVALID, "seen: device %lld stands there twice",
				       (long long)s[i].device);
	return ERR_OK;
}

static void add(struct stock_stocktake *rec, int64_t device, int64_t result, int64_t state)
{
	struct stock_difference *all = rec->differences.item;

	all[rec->differences.count++] = (struct stock_difference){device, result, state};
	rec->lost += result == TAKE_LOST;
	rec->missing += result == TAKE_MISSING;
	rec->unexpected += result == TAKE_UNEXPECTED || result == TAKE_UNKNOWN;
}

static enum err write_off(struct cx *cx, struct tx *tx, struct stock_stocktake *rec, const struct device *d)
{
	add(rec, d->device, TAKE_LOST, d->state);
	if (rec->lost > STOCK_LOST_MAX)
		return cx_fail(
			cx, ERR_TOO_LARGE,
			"more than %d devices are missing: a count that far from the books is "
			"checked and written off device by device (device.lose)",
			STOCK_LOST_MAX);
	if (device_check(cx, tx, d, DEVICE_LOST) || device_move_piece(cx, tx, d, ACCOUNT(PC_LOST, 0)))
		return cx->err;
	return tx_move_amount(cx, tx, ACCOUNT(MG_DEVICE, d->device), ACCOUNT(MG_LOSS, 0), "mg", d->mass_mg);
}

/* The books have it at this site, and it is of the kind that is counted. */
static bool counts(const struct stock_stocktake *rec, const struct device *d)
{
	return d->custody == ACCOUNT(PC_CUSTODY, rec->site) &&
	       (!rec->category || strcmp(rec->category, d->category) == 0);
}

/* Goes through the shelf; `seen` is sorted. */
static enum err find_missing(struct cx *cx, struct tx *tx, struct stock_stocktake *rec,
			     const void *const *shelf, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const struct shelf *at = shelf[i];
		const struct device *d = device_get(cx, tx, at->device);

		if (!d)
			return cx->err;
		if (!counts(rec, d))
			continue;
		if (++rec->expected > STOCK_SITE_MAX)
			return cx_fail(cx, ERR_TOO_LARGE,
				       "site %lld has more than %d devices in stock: count one "
				       "category at a time",
				       (long long)rec->site, STOCK_SITE_MAX);
		if (rec->seen.count &&
		    bsearch(&(struct stock_seen){d->device}, rec->seen.item, rec->seen.count,
			    sizeof(struct stock_seen), by_device))
			continue;
		if (d->state != DEVICE_STOCK && d->state != DEVICE_LISTED)
			add(rec, d->device, TAKE_MISSING, d->state);
		else if (write_off(cx, tx, rec, d))
			return cx->err;
	}
	return ERR_OK;
}

static enum err find_unexpected(struct cx *cx, struct tx *tx, struct stock_stocktake *rec)
{
	const struct stock_seen *s = rec->seen.item;

	for (size_t i = 0; i < rec->seen.count; i++) {
		const struct device *d;
		const void *row;

		if (tx_find(cx, tx, &device_table, &(struct device){.device = s[i].device}, &row))
			return cx->err;
		d = row;
		if (!d)
			add(rec, s[i].device, TAKE_UNKNOWN, FIELD_NONE);
		else if (!counts(rec, d))
			add(rec, d->device, TAKE_UNEXPECTED, d->state);
	}
	return ERR_OK;
}

enum err stock_stocktake_decide(struct cx *cx, struct tx *tx, void *p)
{
	struct stock_stocktake *rec = p;
	const struct site *site = site_get(cx, tx, rec->site);
	const void *const *shelf;
	size_t count;

	if (!site || tx_check_org(cx, tx, site->party) || sort_seen(cx, rec->seen) ||
	    tx_scan(cx, tx, &shelf_table, &(struct shelf){.site = rec->site}, 2, STOCK_SHELF_MAX,
		    &shelf, &count))
		return cx->err;
	tx_site(tx, rec->site);
	rec->stocktake = tx_new_id(tx);
	rec->expected = rec->lost = rec->missing = rec->unexpected = 0;
	rec->differences.item = cx_array(cx, count + rec->seen.count + 1, sizeof(struct stock_difference));
	if (!rec->differences.item || find_missing(cx, tx, rec, shelf, count))
		return cx->err;
	return find_unexpected(cx, tx, rec);
}

static enum err apply_lost(struct cx *cx, struct tx *tx, const struct stock_difference *diff)
{
	const struct device *row = device_get(cx, tx, diff->device);
	struct device d;

	if (!row)
		return cx->err;
	d = *row;
	d.lost_from = d.state;
	d.state = DEVICE_LOST;
	d.custody = ACCOUNT(PC_LOST, 0);
	d.site = d.to_site = FIELD_NONE;
	d.listed_minor = FIELD_NONE;
	if (stock_off_shelf(cx, tx, diff->device))
		return cx->err;
	return device_set(cx, tx, &d);
}

/* Devices that were moved to another site leave the shelf; those that stand there are on it. */
static enum err tidy_shelf(struct cx *cx, struct tx *tx, int64_t site, struct list seen)
{
	const struct stock_seen *s = seen.item;
	const void *const *shelf;
	size_t count;

	if (tx_scan(cx, tx, &shelf_table, &(struct shelf){.site = site}, 2, STOCK_SHELF_MAX, &shelf, &count))
		return cx->err;
	for (size_t i = 0; i < count; i++) {
		const struct shelf *at = shelf[i];
		const struct device *d = device_get(cx, tx, at->device);

		if (!d)
			return cx->err;
		if (d->custody != ACCOUNT(PC_CUSTODY, site) && stock_off_shelf(cx, tx, d->device))
			return cx->err;
	}
	for (size_t i = 0; i < seen.count; i++) {
		const struct device *d;
		const void *row;

		if (tx_find(cx, tx, &device_table, &(struct device){.device = s[i].device}, &row))
			return cx->err;
		d = row;
		if (d && d->custody == ACCOUNT(PC_CUSTODY, site) &&
		    (d->state == DEVICE_STOCK || d->state == DEVICE_LISTED || d->state == DEVICE_SOLD) &&
		    stock_put_on_shelf(cx, tx, d->device, site))
			return cx->err;
	}
	return ERR_OK;
}

enum err stock_stocktake_apply(struct cx *cx, struct tx *tx, const struct entry *e, const void *p)
{
	const struct stock_stocktake *rec = p;
	const struct stock_difference *diff = rec->differences.item;

	for (size_t i = 0; i < rec->differences.count; i++) {
		if (diff[i].result == TAKE_LOST && apply_lost(cx, tx, &diff[i]))
			return cx->err;
		if (tx_put(cx, tx, &stocktake_line_table,
			   &(struct stocktake_line){.city = e->city, .stocktake = rec->stocktake,
						    .device = diff[i].device, .result = diff[i].result,
						    .state = diff[i].state}))
			return cx->err;
	}
	if (tidy_shelf(cx, tx, rec->site, rec->seen))
		return cx->err;
	return tx_put(cx, tx, &stocktake_table,
		      &(struct stocktake){.city = e->city, .stocktake = rec->stocktake, .site = rec->site,
					  .taken_us = e->recorded_us, .expected = rec->expected,
					  .seen = (int64_t)rec->seen.count, .lost = rec->lost,
					  .missing = rec->missing, .unexpected = rec->unexpected});
}
