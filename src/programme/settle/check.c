/* What audit asks of settlement: invariant 5. An owner never receives less than a price that the owner
 * agreed to, and never loses the device without agreeing.
 *
 * Entry by entry: what an owner's account gets is what was agreed to and the bonus, and it is taken from
 * there only to be paid out whole, or netted whole. At a city's end: nobody who was paid is owed a rest,
 * nobody who agreed is owed less, and every device that is ours came by an item that was agreed to.
 */
#include "programme/settle/parts.h"

struct checking {
	struct audit *audit;
	struct tx *tx;
	int64_t city;
	const struct city *settings;
};

static const struct item *item_row(struct cx *cx, struct tx *tx, int64_t item)
{
	const struct item key = {.city = tx_city(tx), .item = item};
	const void *row;

	return tx_find(cx, tx, &item_table, &key, &row) ? NULL : row;
}

/* What all transfers of the entry give to this account at once. */
static int64_t given_to(const struct entry *e, int64_t account)
{
	const struct transfer *t = e->transfers.item;
	int64_t sum = 0;
	size_t i;

	for (i = 0; i < e->transfers.count; i++) {
		if (t[i].to == account && t[i].kind == TRANSFER_POSTED)
			sum += t[i].amount;
	}
	return sum;
}

static void check_given(struct audit *a, const struct entry *e, const struct item *i)
{
	int64_t given = given_to(e, ACCOUNT(MONEY_OWNER, i->item));
	bool agreed = i->state == ITEM_AGREED || i->state == ITEM_NETTED || i->state == ITEM_LOST;

	if (agreed && given != item_owed(i))
		audit_finding(a, 5, e->city, e->seq,
			      "item %lld: agreed at %lld with the bonus, credited %lld",
			      (long long)i->item, (long long)item_owed(i), (long long)given);
}

static void check_taken(struct audit *a, const struct entry *e, const struct item *i,
			const struct transfer *t)
{
	bool bank = account_code(t->to) == MONEY_BANK;
	bool ok = false;

	switch ((enum transfer_kind)t->kind) {
	case TRANSFER_PENDING:
		ok = bank && i->state == ITEM_PAYING;
		break;
	case TRANSFER_POST:
		ok = bank && i->state == ITEM_PAID;
		break;
	case TRANSFER_VOID:
		ok = bank && i->state == ITEM_PAYOUT_FAILED;
		break;
	case TRANSFER_POSTED:
		ok = account_code(t->to) == MONEY_MERCHANT && i->state == ITEM_NETTED;
		break;
	}
	if (!ok)
		audit_finding(a, 5, e->city, e->seq, "item %lld: money of its owner is moved, but it is %s",
			(long long)i->item, item_states[i->state]);
	else if (t->amount != item_owed(i))
		audit_finding(a, 5, e->city, e->seq, "item %lld: %lld is owed, but %lld is moved",
			(long long)i->item, (long long)item_owed(i), (long long)t->amount);
}

enum err settle_check_entry(struct cx *cx, struct audit *a, struct tx *tx, const struct entry *e,
			    const void *rec)
{
	const struct transfer *t = e->transfers.item;
	size_t k;

	(void)rec;
	for (k = 0; k < e->transfers.count; k++) {
		bool to = account_code(t[k].to) == MONEY_OWNER;
		bool from = account_code(t[k].from) == MONEY_OWNER;
		const struct item *i;

		if (!to && !from)
			continue;
		i = item_row(cx, tx, account_ref(to ? t[k].to : t[k].from));
		if (cx->err)
			return cx->err;
		if (!i)
			audit_finding(a, 5, e->city, e->seq, "money of an owner whose item is not known");
		else if (to)
			check_given(a, e, i);
		else
			check_taken(a, e, i, &t[k]);
	}
	return ERR_OK;
}

/* --- at the end of a city --- */

/* What an owner's account holds in this state of the item. A lost device is compensated like a price. */
static int64_t expected_balance(const struct item *i)
{
	switch ((enum item_state)i->state) {
	case ITEM_AGREED:
	case ITEM_PAYING:
	case ITEM_PAYOUT_FAILED:
	case ITEM_LOST:
		return item_owed(i);
	default:
		return 0;
	}
}

static enum err visit_item(struct cx *cx, void *arg, const void *row, int64_t seq)
{
	struct checking *c = arg;
	const struct item *i = row;
	int64_t want = expected_balance(i), posted, available;

	if (tx_balance(cx, c->tx, ACCOUNT(MONEY_OWNER, i->item), c->settings->currency, &posted, &available))
		return cx->err;
	if (posted != want)
		audit_finding(c->audit, 5, c->city, seq, "item %lld is %s: its owner's account should hold "
			"%lld, it holds %lld", (long long)i->item, item_states[i->state], (long long)want,
			(long long)posted);
	if (i->state == ITEM_AGREED && i->agreed_minor == FIELD_NONE)
		audit_finding(c->audit, 5, c->city, seq, "item %lld is agreed without a price",
			(long long)i->item);
	return ERR_OK;
}

/* Devices in these states are still their owner's, or were given back to a person or an authority. */
static bool owners_device(const struct device *d)
{
	int64_t state = d->state;

	if (state == DEVICE_HELD)
		state = d->held_from;
	if (state == DEVICE_LOST)
		state = d->lost_from;
	return state == DEVICE_CUSTODY || state == DEVICE_RETURNING || state == DEVICE_RETURNED ||
	       state == DEVICE_SEIZED || state == DEVICE_HELD || state == DEVICE_LOST;
}

static enum err visit_device(struct cx *cx, void *arg, const void *row, int64_t seq)
{
	struct checking *c = arg;
	const struct device *d = row;
	const struct item *i;

	if (owners_device(d) || d->item == FIELD_NONE)
		return ERR_OK;
	i = item_row(cx, c->tx, d->item);
	if (cx->err)
		return cx->err;
	if (!i || i->agreed_minor == FIELD_NONE)
		audit_finding(c->audit, 5, c->city, seq, "device %lld is %s, but its owner never agreed to a "
			"price", (long long)d->device, device_states[d->state]);
	return ERR_OK;
}

enum err settle_check_city(struct cx *cx, struct audit *a, struct tx *tx, int64_t city)
{
	struct checking c = {.audit = a, .tx = tx, .city = city};
	const struct city key = {.city = city};
	const void *row;

	if (tx_find(cx, tx, &city_table, &key, &row))
		return cx->err;
	if (!row)
		return ERR_OK; /* a log without an opened city: its first entry is named by the kernel */
	c.settings = row;
	if (audit_each(cx, tx, &item_table, visit_item, &c))
		return cx->err;
	return audit_each(cx, tx, &device_table, visit_device, &c);
}
