/* sale.c: a sale is promised, cancelled, delivered. */
#include "base/tz.h"
#include "programme/stock/internal.h"

#define TAX_CODE "VAT"

/* --- stock.sell --- */

const struct field stock_sell_fields[] = {
	F_ID(struct stock_sell, device, MUST | PATH, "the device"),
	F_ID(struct stock_sell, buyer, MUST, "party that buys"),
	F_INT(struct stock_sell, price_minor, IN | LOG | OUT, 1, 1000000000000, "minor",
	      "the price that the buyer saw: refused when it is another now"),
	F_ID(struct stock_sell, sale, DERIVED, "the sale"),
	F_MINOR(struct stock_sell, tax_minor, DERIVED, "tax in the price"),
	F_TEXT(struct stock_sell, tax_code, DERIVED, 1, 16, "tax code; absent: the city has no rate"),
	F_INT(struct stock_sell, tax_bp, DERIVED, 0, 10000, "bp", "tax rate"),
	F_BOOL(struct stock_sell, margin, DERIVED, "taxed on the margin"),
	F_MINOR(struct stock_sell, cost_minor, LOG, "what the programme paid for it"),
	F_INT(struct stock_sell, pending_n, LOG, 1, ENTRY_TRANSFERS_MAX, NULL, "the promise of the price"),
	F_INT(struct stock_sell, pending_tax_n, LOG, 1, ENTRY_TRANSFERS_MAX, NULL, "the promise of the "
		"tax"),
	F_END};

/* The tax that the price contains. A city without a rate taxes nothing. */
static enum err find_tax(struct cx *cx, struct tx *tx, struct stock_sell *rec)
{
	struct city_rate rate;
	enum err err = city_rate_at(cx, tx, TAX_CODE, tx_now_us(tx), &rate);

	if (err == ERR_NOT_FOUND) {
		cx_clear(cx);
		rec->tax_minor = 0;
		return ERR_OK;
	}
	if (err)
		return err;
	rec->tax_code = TAX_CODE;
	rec->tax_bp = rate.rate_bp;
	rec->margin = rate.margin;
	rec->tax_minor = rate.margin ? settle_tax_on_margin(rec->price_minor, rec->cost_minor, rate.rate_bp)
				     : settle_tax_included(rec->price_minor, rate.rate_bp);
	return ERR_OK;
}

static enum err promise(struct cx *cx, struct tx *tx, struct stock_sell *rec, const char *currency)
{
	struct transfer t = {.from = ACCOUNT(MONEY_BUYER, rec->buyer),
			     .to = ACCOUNT(MONEY_DEVICE, rec->device),
			     .unit = currency,
			     .amount = rec->price_minor - rec->tax_minor,
			     .kind = TRANSFER_PENDING};

	if (tx_transfer(cx, tx, t))
		return cx->err;
	rec->pending_n = tx_transfer_n(tx);
	if (rec->tax_minor == 0)
		return ERR_OK;
	t.to = ACCOUNT(MONEY_TAX, 0);
	t.amount = rec->tax_minor;
	t.tax = rec->tax_code;
	if (tx_transfer(cx, tx, t))
		return cx->err;
	rec->pending_tax_n = tx_transfer_n(tx);
	return ERR_OK;
}

/* The price is what the buyer saw, and the deposit covers it. */
static enum err check_price(struct cx *cx, const struct stock_sell *rec, const struct device *d,
			    int64_t available, const char *currency)
{
	char price[AMOUNT_TEXT], other[AMOUNT_TEXT];

	amount_text(price, d->listed_minor, currency);
	if (rec->price_minor != FIELD_NONE && rec->price_minor != d->listed_minor) {
		amount_text(other, rec->price_minor, currency);
		return cx_fail(cx, ERR_CONFLICT, "price_minor: the price of device %lld is %s %s now, not %s",
			       (long long)d->device, price, currency, other);
	}
	if (available >= d->listed_minor)
		return ERR_OK;
	amount_text(other, available, currency);
	return cx_fail(cx, ERR_CONFLICT,
		       "buyer %lld has %s %s available, the price is %s: a deposit comes first",
		       (long long)rec->buyer, other, currency, price);
}

enum err stock_sell_decide(struct cx *cx, struct tx *tx, void *p)
{
	struct stock_sell *rec = p;
	const struct device *d = device_get(cx, tx, rec->device);
	const struct city *city = city_get(cx, tx);
	int64_t posted, available;

	if (!d || !city || tx_check_org(cx, tx, rec->buyer) ||
	    party_check_role(cx, tx, rec->buyer, PARTY_BUYER) ||
	    device_check(cx, tx, d, DEVICE_SOLD) || device_check_erased(cx, tx, d) ||
	    stock_check_hold(cx, tx, d) ||
	    tx_balance(cx, tx, ACCOUNT(MONEY_BUYER, rec->buyer), city->currency, &posted,
		       &available))
		return cx->err;
	if (account_code(d->custody) != PC_CUSTODY)
		return cx_fail(
			cx, ERR_CONFLICT,
			"device %lld is on its way between sites: sell it when it has arrived",
			(long long)d->device);
	if (check_price(cx, rec, d, available, city->currency))
		return cx->err;
	rec->price_minor = d->listed_minor;
	if (stock_cost(cx, tx, d, &rec->cost_minor) || find_tax(cx, tx, rec) ||
	    promise(cx, tx, rec, city->currency))
		return cx->err;
	tx_site(tx, d->site);
	rec->sale = tx_new_id(tx);
	return ERR_OK;
}

enum err stock_sell_apply(struct cx *cx, struct tx *tx, const struct entry *e, const void *p)
{
	const struct stock_sell *rec = p;
	const struct device *row = device_get(cx, tx, rec->device);
	struct device d;
	struct sale s;

	if (!row)
		return cx->err;
	d = *row;
	field_init(sale_fields, &s);
	s.city = e->city;
	s.sale = rec->sale;
	s.state = SALE_RESERVED;
	s.device = rec->device;
	s.buyer = rec->buyer;
	s.site = d.site;
	s.price_minor = rec->price_minor;
	s.tax_minor = rec->tax_minor;
	s.tax_code = rec->tax_code;
	s.tax_bp = rec->tax_bp;
	s.margin = rec->margin;
	s.cost_minor = rec->cost_minor;
	s.pending_seq = e->seq;
	s.pending_n = rec->pending_n;
	s.pending_tax_n = rec->pending_tax_n;
	s.sold_us = e->recorded_us;
	d.state = DEVICE_SOLD;
	d.sale = rec->sale;
	d.listed_minor = FIELD_NONE;
	if (sale_set(cx, tx, &s))
		return cx->err;
	return device_set(cx, tx, &d);
}

/* Posts or voids both promises of a sale. */
static enum err resolve(struct cx *cx, struct tx *tx, const struct sale *s, int64_t kind)
{
	const struct city *city = city_get(cx, tx);
	struct transfer t = {.from = ACCOUNT(MONEY_BUYER, s->buyer),
			     .to = ACCOUNT(MONEY_DEVICE, s->device),
			     .amount = s->price_minor - s->tax_minor,
			     .kind = kind,
			     .pending_seq = s->pending_seq,
			     .pending_n = s->pending_n};

	if (!city)
		return cx->err;
	t.unit = city->currency;
	if (tx_transfer(cx, tx, t))
		return cx->err;
	if (s->pending_tax_n == FIELD_NONE)
		return ERR_OK;
	t.to = ACCOUNT(MONEY_TAX, 0);
	t.amount = s->tax_minor;
	t.pending_n = s->pending_tax_n;
	t.tax = s->tax_code;
	return tx_transfer(cx, tx, t);
}

/* --- stock.cancel_sale --- */

const struct field stock_cancel_fields[] = {
	F_ID(struct stock_cancel, sale, MUST | PATH, "the sale"),
	F_ID(struct stock_cancel, device, DERIVED, "the device, in stock again"),
	F_END};

enum err stock_cancel_decide(struct cx *cx, struct tx *tx, void *p)
{
	struct stock_cancel *rec = p;
	const struct sale *s = sale_get(cx, tx, rec->sale);
	const struct device *d;

	if (!s || tx_check_org(cx, tx, s->buyer) || sale_check(cx, tx, s, SALE_CANCELLED))
		return cx->err;
	d = device_get(cx, tx, s->device);
	if (!d || device_check(cx, tx, d, DEVICE_STOCK))
		return cx->err;
	rec->device = s->device;
	return resolve(cx, tx, s, TRANSFER_VOID);
}

enum err stock_cancel_apply(struct cx *cx, struct tx *tx, const struct entry *e, const void *p)
{
	const struct stock_cancel *rec = p;
	const struct sale *old = sale_get(cx, tx, rec->sale);
	const struct device *row = device_get(cx, tx, rec->device);
	struct device d;
	struct sale s;

	(void)e;
	if (!old || !row)
		return cx->err;
	s = *old;
	d = *row;
	s.state = SALE_CANCELLED;
	d.state = DEVICE_STOCK;
	if (sale_set(cx, tx, &s))
		return cx->err;
	return device_set(cx, tx, &d);
}

/* --- stock.deliver --- */

const struct field stock_deliver_fields[] = {
	F_ID(struct stock_deliver, sale, MUST | PATH, "the sale"),
	F_ID(struct stock_deliver, device, DERIVED, "the device"),
	F_MG(struct stock_deliver, mass_mg, DERIVED, "its mass"),
	F_US(struct stock_deliver, return_until_us, DERIVED, "the buyer may return it before"),
	F_END};

/* The window ends with the city's local day that is return_days after the day of delivery. */
static enum err window_end(struct cx *cx, struct tx *tx, int64_t *until_us)
{
	const struct city *city = city_get(cx, tx);
	struct tz *tz;

	if (!city)
		return cx->err;
	if (city->return_days == 0) {
		*until_us = tx_now_us(tx);
		return ERR_OK;
	}
	if (tz_open(cx, city->time_zone, &tz))
		return cx->err;
	*until_us = tz_day_start_us(tz, tz_day(tz, tx_now_us(tx)) + (int32_t)city->return_days + 1);
	return ERR_OK;
}

enum err stock_deliver_decide(struct cx *cx, struct tx *tx, void *p)
{
	struct stock_deliver *rec = p;
	const struct sale *s = sale_get(cx, tx, rec->sale);
	const struct device *d = s ? device_get(cx, tx, s->device) : NULL;

	if (!d || erase_check_bench(cx, tx, d) || sale_check(cx, tx, s, SALE_DELIVERED) ||
	    device_check(cx, tx, d, DEVICE_DELIVERED) || device_check_erased(cx, tx, d) ||
	    stock_check_hold(cx, tx, d))
		return cx->err;
	rec->device = d->device;
	rec->mass_mg = d->mass_mg;
	if (window_end(cx, tx, &rec->return_until_us) || resolve(cx, tx, s, TRANSFER_POST) ||
	    device_move_piece(cx, tx, d, ACCOUNT(PC_BUYER, s->buyer)))
		return cx->err;
	return tx_move_amount(cx, tx, ACCOUNT(MG_DEVICE, d->device), ACCOUNT(MG_SOLD, d->device),
			      "mg", d->mass_mg);
}

enum err stock_deliver_apply(struct cx *cx, struct tx *tx, const struct entry *e, const void *p)
{
	const struct stock_deliver *rec = p;
	const struct sale *old = sale_get(cx, tx, rec->sale);
	const struct device *row = device_get(cx, tx, rec->device);
	struct device d;
	struct sale s;

	if (!old || !row)
		return cx->err;
	s = *old;
	d = *row;
	s.state = SALE_DELIVERED;
	s.delivered_us = e->recorded_us;
	s.delivered_seq = e->seq;
	s.return_until_us = rec->return_until_us;
	s.mass_mg = rec->mass_mg;
	d.state = DEVICE_DELIVERED;
	d.owner = s.buyer;
	d.custody = ACCOUNT(PC_BUYER, s.buyer);
	d.site = d.to_site = FIELD_NONE;
	if (sale_set(cx, tx, &s) || stock_off_shelf(cx, tx, d.device))
		return cx->err;
	return device_set(cx, tx, &d);
}
