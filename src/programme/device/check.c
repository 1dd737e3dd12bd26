/* What audit asks of devices: pieces and states agree (invariant 2), and so do scales (3, their part). */
#include "programme/device/parts.h"

struct place_count {
	int64_t account, devices;
	int64_t first; /* a device there, for the message */
};
struct census {
	struct audit *audit;
	struct tx *tx;
	int64_t city, devices;
	struct place_count *place; /* open addressing; account 0 is free */
	size_t used, size;
};

static struct place_count *slot_of(struct census *c, int64_t account)
{
	size_t i = (size_t)((uint64_t)account * UINT64_C(0x9e3779b97f4a7c15) >> 20) & (c->size - 1);

	while (c->place[i].account && c->place[i].account != account)
		i = (i + 1) & (c->size - 1);
	return &c->place[i];
}

static enum err grow(struct cx *cx, struct census *c)
{
	struct place_count *old = c->place;
	size_t n = c->size;

	c->size = n ? n * 2 : 256;
	c->place = cx_array(cx, c->size, sizeof(*c->place));
	if (!c->place)
		return cx->err;
	for (size_t i = 0; i < n; i++)
		if (old[i].account)
			*slot_of(c, old[i].account) = old[i];
	return ERR_OK;
}

static enum err count_place(struct cx *cx, struct census *c, const struct device *d)
{
	struct place_count *p;

	if (c->used * 2 >= c->size && grow(cx, c))
		return cx->err;
	p = slot_of(c, d->custody);
	if (!p->account) {
		*p = (struct place_count){.account = d->custody, .first = d->device};
		c->used++;
	}
	p->devices++;
	c->devices++;
	return ERR_OK;
}

/* The kinds of place in which a device of this state may be. */
static bool place_fits(const struct device *d)
{
	int code = account_code(d->custody);

	switch ((enum device_state)d->state) {
	case DEVICE_DELIVERED:
		return code == PC_BUYER;
	case DEVICE_RECOVERED:
		return code == PC_DISMANTLED || code == PC_DOWNSTREAM;
	case DEVICE_RETURNED:
		return code == PC_RETURNED;
	case DEVICE_SEIZED:
		return code == PC_SEIZED;
	case DEVICE_LOST:
		return code == PC_LOST;
	case DEVICE_CUSTODY:
	case DEVICE_OWNED:
	case DEVICE_ERASING:
	case DEVICE_ERASED:
	case DEVICE_ERASE_FAILED:
	case DEVICE_STOCK:
	case DEVICE_LISTED:
	case DEVICE_SOLD:
	case DEVICE_TO_RECOVER:
	case DEVICE_RETURNING:
	case DEVICE_HELD:
		break;
	}
	return code == PC_TRANSIT || (code == PC_CUSTODY && account_ref(d->custody) == d->site);
}

static enum err check_device(struct cx *cx, void *arg, const void *row, int64_t seq)
{
	struct census *c = arg;
	const struct device *d = row;
	int64_t posted, available, want = device_on_hand(d) ? d->mass_mg : 0;

	if (count_place(cx, c, d))
		return cx->err;
	if (!place_fits(d))
		audit_finding(c->audit, 2, c->city, seq, "device %lld is %s, but its piece is in %s",
			      (long long)d->device, device_states[d->state],
			      account_text(cx, tx_domain(c->tx), d->custody));
	if (tx_balance(cx, c->tx, ACCOUNT(MG_DEVICE, d->device), "mg", &posted, &available))
		return cx->err;
	if (posted != want)
		audit_finding(c->audit, 3, c->city, seq,
			      "device %lld has %lld mg in its account, its row says %lld mg",
			      (long long)d->device, (long long)posted, (long long)want);
	return ERR_OK;
}

enum err device_audit_city(struct cx *cx, struct audit *a, struct tx *tx, int64_t city)
{
	struct census c = {.audit = a, .tx = tx, .city = city};
	int64_t posted, available;

	if (audit_each(cx, tx, &device_table, check_device, &c))
		return cx->err;
	if (audit_continues(a))
		return ERR_OK; /* not all devices were counted */
	for (size_t i = 0; i < c.size; i++) {
		if (!c.place[i].account)
			continue;
		if (tx_balance(cx, tx, c.place[i].account, "pc", &posted, &available))
			return cx->err;
		if (posted != c.place[i].devices)
			audit_finding(
				a, 2, city, -1,
				"%s holds %lld pieces, but %lld devices say that they are there",
				account_text(cx, tx_domain(tx), c.place[i].account),
				(long long)posted, (long long)c.place[i].devices);
	}
	/* No place may hold less than nothing, so when this agrees too, no other place holds any. */
	if (tx_balance(cx, tx, ACCOUNT(PC_OUTSIDE, 0), "pc", &posted, &available))
		return cx->err;
	if (-posted != c.devices)
		audit_finding(a, 2, city, -1, "%lld pieces came in, but there are %lld devices",
			      (long long)-posted, (long long)c.devices);
	return ERR_OK;
}
