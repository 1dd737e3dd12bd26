/* return.c: a buyer brings a device back.
 *
 * What is booked is the reverse of the delivery, named by its entry: money to the buyer's account, piece
 * and mass back to us. The device begins again at owned, and every erased medium counts as written.
 */
#include "programme/stock/internal.h"

const struct field stock_return_fields[] = {
	F_ID(struct stock_return, sale, MUST | PATH, "the sale"),
	F_ID(struct stock_return, site, MUST, "site that takes it back"),
	F_ENUM(struct stock_return, reason, MUST, return_reasons, "the buyer's reason"),
	F_BOOL(struct stock_return, complete, GIVEN, "found complete"),
	F_BOOL(struct stock_return, damaged, GIVEN, "found damaged"),
	F_BOOL(struct stock_return, locked, GIVEN, "found locked to an account"),
	F_INT(struct stock_return, mass_mg, GIVEN, 1, 100000000000000, "mg",
	      "the scale's reading; absent: as delivered"),
	F_ID(struct stock_return, device, DERIVED, "the device"),
	F_INT(struct stock_return, reverses_seq, DERIVED, 0, JSON_INT_MAX, NULL,
	      "entry of the delivery"),
	F_MINOR(struct stock_return, refund_minor, DERIVED, "credited to the buyer"),
	F_ID(struct stock_return, owner, LOG, "owner of record again"),
	F_END};

static enum err reverse_money(struct cx *cx, struct tx *tx, const struct sale *s, const char *currency)
{
	struct transfer t = {.from = ACCOUNT(MONEY_DEVICE, s->device),
			     .to = ACCOUNT(MONEY_BUYER, s->buyer),
			     .unit = currency,
			     .amount = s->price_minor - s->tax_minor,
			     .kind = TRANSFER_POSTED};

	if (tx_transfer(cx, tx, t))
		return cx->err;
	t.from = ACCOUNT(MONEY_TAX, 0);
	t.amount = s->tax_minor;
	t.tax = s->tax_code;
	return tx_transfer(cx, tx, t);
}

static enum err reverse_mass(struct cx *cx, struct tx *tx, const struct sale *s, int64_t reading_mg)
{
	const int64_t own = ACCOUNT(MG_DEVICE, s->device), scale = ACCOUNT(MG_MEASUREMENT, 0);
	const int64_t more = field_or(reading_mg, s->mass_mg) - s->mass_mg;

	if (tx_move_amount(cx, tx, ACCOUNT(MG_SOLD, s->device), own, "mg", s->mass_mg))
		return cx->err;
	if (more >= 0)
		return tx_move_amount(cx, tx, scale, own, "mg", more);
	return tx_move_amount(cx, tx, own, scale, "mg", -more);
}

enum err stock_return_decide(struct cx *cx, struct tx *tx, void *p)
{
	struct stock_return *rec = p;
	const struct sale *s = sale_get(cx, tx, rec->sale);
	const struct device *d = s ? device_get(cx, tx, s->device) : NULL;
	const struct site *site = d ? site_get(cx, tx, rec->site) : NULL;
	const struct city *city = site ? city_get(cx, tx) : NULL;

	if (!city || tx_check_org(cx, tx, site->party) || sale_check(cx, tx, s, SALE_RETURNED) ||
	    device_check(cx, tx, d, DEVICE_OWNED))
		return cx->err;
	if (tx_now_us(tx) >= s->return_until_us) {
		cx_fail(cx, ERR_CONFLICT,
			"sale %lld: the window for returns has ended (%lld days in this city)",
			(long long)s->sale, (long long)city->return_days);
		cx_hint(cx, "return_until_us", "%lld", (long long)s->return_until_us);
		return cx->err;
	}
	tx_site(tx, rec->site);
	rec->device = s->device;
	rec->reverses_seq = s->delivered_seq;
	rec->refund_minor = s->price_minor;
	rec->owner = city->programme;
	if (reverse_money(cx, tx, s, city->currency) || reverse_mass(cx, tx, s, rec->mass_mg))
		return cx->err;
	return device_move_piece(cx, tx, d, ACCOUNT(PC_CUSTODY, rec->site));
}

enum err stock_return_apply(struct cx *cx, struct tx *tx, const struct entry *e, const void *p)
{
	const struct stock_return *rec = p;
	const struct sale *old = sale_get(cx, tx, rec->sale);
	const struct device *row = device_get(cx, tx, rec->device);
	struct device d;
	struct sale s;

	if (!old || !row)
		return cx->err;
	s = *old;
	d = *row;
	s.state = SALE_RETURNED;
	s.returned_us = e->recorded_us;
	s.returned_seq = e->seq;
	s.reason = rec->reason;
	d.state = DEVICE_OWNED;
	d.owner = rec->owner;
	d.custody = ACCOUNT(PC_CUSTODY, rec->site);
	d.site = rec->site;
	d.mass_mg = field_or(rec->mass_mg, s.mass_mg);
	d.returns++;
	if (sale_set(cx, tx, &s) || stock_reopen(cx, tx, rec->device) ||
	    device_reopen_media(cx, tx, rec->device))
		return cx->err;
	return device_set(cx, tx, &d);
}
