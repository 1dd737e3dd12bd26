/* check.c: what audit asks of stock.
 *
 * Invariant 4: when a device is listed, sold or delivered, every medium of it is proven erased by the
 * records of erasure since it last came back to us; its state is not asked. Invariants 1 and 2, their
 * part: a sale and its device agree, and so do a sale and its promises.
 */
#include "programme/stock/internal.h"

static enum err check_erased(struct cx *cx, struct audit *a, struct tx *tx, int64_t device,
			     int64_t city, int64_t seq, const char *what)
{
	const struct device *d = device_get(cx, tx, device);
	struct stock_device kept;
	int64_t medium;

	if (!d || stock_device_find(cx, tx, device, &kept) ||
	    erase_unproven(cx, tx, d, field_or(kept.opened_seq, -1), &medium))
		return cx->err;
	if (medium == -1)
		audit_finding(a, 4, city, seq, "device %lld was %s, but none of its storage media is known",
			      (long long)device, what);
	else if (medium != 0)
		audit_finding(
			a, 4, city, seq,
			"device %lld was %s, but no record proves that its medium %lld is erased",
			(long long)device, what, (long long)medium);
	return ERR_OK;
}

enum err stock_check_entry(struct cx *cx, struct audit *a, struct tx *tx, const struct entry *e,
			   const void *rec)
{
	if (strcmp(e->type, "stock.list") == 0)
		return check_erased(cx, a, tx, ((const struct stock_list *)rec)->device, e->city,
				    e->seq, "listed");
	if (strcmp(e->type, "stock.sell") == 0)
		return check_erased(cx, a, tx, ((const struct stock_sell *)rec)->device, e->city,
				    e->seq, "sold");
	if (strcmp(e->type, "stock.deliver") == 0)
		return check_erased(cx, a, tx, ((const struct stock_deliver *)rec)->device, e->city,
				    e->seq, "delivered");
	return ERR_OK;
}

struct check {
	struct audit *audit;
	struct tx *tx;
	int64_t city;
};

static enum err check_promise(struct cx *cx, struct check *c, const struct sale *s, int64_t n, int64_t seq)
{
	const void *row;

	if (tx_find(cx, c->tx, &pending_table, &(struct pending){.seq = s->pending_seq, .n = n}, &row))
		return cx->err;
	if ((row != NULL) != (s->state == SALE_RESERVED))
		audit_finding(c->audit, 1, c->city, seq, "sale %lld is %s, but its promise of money is not",
			      (long long)s->sale, sale_states[s->state]);
	return ERR_OK;
}

/* The newest sale of a device says what the device says; an older one is over. */
static enum err check_sale(struct cx *cx, void *arg, const void *row, int64_t seq)
{
	const struct sale *s = row;
	struct check *c = arg;
	const struct device *d = device_get(cx, c->tx, s->device);
	bool newest, open = s->state == SALE_RESERVED || s->state == SALE_DELIVERED, fits;

	if (!d)
		return cx->err;
	newest = d->sale == s->sale;
	fits = s->state == SALE_RESERVED ?
		       d->state == DEVICE_SOLD ||
			       (d->state == DEVICE_HELD && d->held_from == DEVICE_SOLD) :
		       s->state != SALE_DELIVERED || d->state == DEVICE_DELIVERED;
	if ((open && !newest) || (newest && !fits))
		audit_finding(c->audit, 2, c->city, seq, "sale %lld is %s, but device %lld is %s",
			      (long long)s->sale, sale_states[s->state], (long long)d->device,
			      device_states[d->state]);
	if (s->tax_minor > s->price_minor)
		audit_finding(c->audit, 1, c->city, seq, "sale %lld has more tax than price",
			      (long long)s->sale);
	if (check_promise(cx, c, s, s->pending_n, seq))
		return cx->err;
	return s->pending_tax_n == FIELD_NONE ? ERR_OK : check_promise(cx, c, s, s->pending_tax_n, seq);
}

/* Whatever is on offer or with a buyer at the end is proven too, should an entry's check have been fooled
 * by what came after it. */
static enum err check_device(struct cx *cx, void *arg, const void *row, int64_t seq)
{
	const struct cx_mark mark = cx_mark(cx);
	const struct device *d = row;
	struct check *c = arg;

	if (d->state != DEVICE_LISTED && d->state != DEVICE_SOLD && d->state != DEVICE_DELIVERED)
		return ERR_OK;
	if (check_erased(cx, c->audit, c->tx, d->device, c->city, seq, device_states[d->state]))
		return cx->err;
	cx_restore(cx, mark);
	return ERR_OK;
}

enum err stock_check_city(struct cx *cx, struct audit *a, struct tx *tx, int64_t city)
{
	struct check c = {.audit = a, .tx = tx, .city = city};

	if (audit_each(cx, tx, &sale_table, check_sale, &c))
		return cx->err;
	return audit_each(cx, tx, &device_table, check_device, &c);
}
