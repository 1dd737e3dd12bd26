/* check.c: what audit asks of mass (invariant 3): for every device, batch, lot, consignment and the city
 *
 *   received + parts fitted + gain + measurement
 *     = on hand + sold + returned + parts taken out + fractions shipped + loss
 *
 * The left and right sides come from two places. What moved is summed from the transfers of all entries,
 * each sorted into a class by the kinds of its two accounts; balances are not asked. What is on hand and
 * shipped is summed from the rows that the replay made. A transfer of mass that is of no class is itself
 * a finding: there is no other way for mass to go.
 */
#include "programme/recover/internal.h"

/* back: the same way in the other direction, which takes away. */
static const struct {
	int from, to;
	enum flow flow;
	bool back;
} classes[] = {
	{MG_OUTSIDE, MG_DEVICE, FLOW_RECEIVED, false},
	{MG_MEASUREMENT, MG_DEVICE, FLOW_MEASURED, true},
	{MG_PARTS_IN, MG_DEVICE, FLOW_PARTS_IN, false},
	{MG_DEVICE, MG_PARTS_OUT, FLOW_PARTS_OUT, false},
	{MG_DEVICE, MG_SOLD, FLOW_SOLD, true},
	{MG_DEVICE, MG_RETURNED, FLOW_RETURNED, true},
	{MG_DEVICE, MG_LOSS, FLOW_LOST, true},
	{MG_DEVICE, MG_BATCH, FLOW_WEIGHED_IN, false},
	{MG_GAIN, MG_BATCH, FLOW_GAIN, false},
	{MG_BATCH, MG_FRACTION, FLOW_WEIGHED_OUT, false},
	{MG_BATCH, MG_LOSS, FLOW_BATCH_LOSS, false},
	{MG_FRACTION, MG_CONSIGNMENT, FLOW_SHIPPED, false},
	{MG_CONSIGNMENT, MG_DOWNSTREAM, FLOW_RECEIPTED, true},
	{MG_CONSIGNMENT, MG_RECEIPT_DIFFERENCE, FLOW_DIFFERENCE, true},
};

bool mass_flow(int from, int to, enum flow *flow, int *sign)
{
	for (size_t i = 0; i < ARRAY_LEN(classes); i++) {
		bool back = classes[i].back && from == classes[i].to && to == classes[i].from;
		if (!back && (from != classes[i].from || to != classes[i].to))
			continue;
		*flow = classes[i].flow;
		*sign = back ? -1 : 1;
		return true;
	}
	return false;
}

/* --- sums by (flow, subject) --- */

struct sum {
	int64_t key, mg; /* key 0: free */
};
struct sums {
	struct audit *audit;
	int64_t city;
	int64_t total_mg[FLOWS];
	struct sum *slot; /* open addressing */
	size_t used, size;
	/* from rows */
	int64_t device_mg, batch_mg, lot_mg, shipped_mg, way_mg;
};

/* Flows begin at 1 here, so no key is 0. */
#define KEY(flow, subject) ((int64_t)((flow) + 1) << 48 | (subject))

static struct sum *slot_of(const struct sums *s, int64_t key)
{
	size_t i = (size_t)((uint64_t)key * UINT64_C(0x9e3779b97f4a7c15) >> 24) & (s->size - 1);

	while (s->slot[i].key && s->slot[i].key != key)
		i = (i + 1) & (s->size - 1);
	return &s->slot[i];
}

/* The sums of a city are kept from entry to entry. */
static struct sums *sums_of(struct cx *cx, struct audit *a)
{
	return audit_memory(cx, a, classes, sizeof(struct sums));
}

static enum err add(struct cx *cx, struct audit *a, struct sums *s, int64_t key, int64_t mg)
{
	struct sum *slot;

	if (s->used * 2 >= s->size) {
		struct sum *old = s->slot;
		size_t n = s->size;
		s->size = n ? n * 2 : 1024;
		s->slot = cx_array(audit_arena(a), s->size, sizeof(*s->slot));
		if (!s->slot)
			return cx_fail(cx, ERR_MEMORY, "no memory for the sums of a city's mass");
		for (size_t i = 0; i < n; i++)
			if (old[i].key)
				*slot_of(s, old[i].key) = old[i];
	}
	slot = slot_of(s, key);
	if (!slot->key) {
		slot->key = key;
		s->used++;
	}
	slot->mg += mg;
	return ERR_OK;
}

static int64_t sum_of(const struct sums *s, enum flow flow, int64_t subject)
{
	return s->size ? slot_of(s, KEY(flow, subject))->mg : 0;
}

/* Each flow is summed for the two things it goes between, where they are things of their own. */
static enum err add_transfer(struct cx *cx, struct audit *a, struct sums *s, const struct transfer *t,
			     enum flow flow, int sign)
{
	int from = account_code(t->from), to = account_code(t->to);

	s->total_mg[flow] += sign * t->amount;
	/* Ids of devices, batches, lots and consignments do not meet within one flow: a flow goes between
	 * two kinds, and all but device ids come from one counter of the city. */
	if (from >= MG_DEVICE && from <= MG_CONSIGNMENT &&
	    add(cx, a, s, KEY(flow, account_ref(t->from)), sign * t->amount))
		return cx->err;
	if (to >= MG_DEVICE && to <= MG_CONSIGNMENT &&
	    add(cx, a, s, KEY(flow, account_ref(t->to)), sign * t->amount))
		return cx->err;
	return ERR_OK;
}

/* --- rows against sums --- */

static void differs(struct sums *s, int64_t seq, const char *what, int64_t id, const char *which,
		    int64_t row_mg, int64_t sum_mg)
{
	if (row_mg != sum_mg)
		audit_finding(s->audit, 3, s->city, seq,
			      "%s %lld: its row has %lld mg %s, its transfers %lld mg", what,
			      (long long)id, (long long)row_mg, which, (long long)sum_mg);
}

static enum err check_device(struct cx *cx, void *arg, const void *row, int64_t seq)
{
	const struct device *d = row;
	struct sums *s = arg;
	int64_t id = d->device, on_hand = device_on_hand(d) ? d->mass_mg : 0;
	int64_t in = sum_of(s, FLOW_RECEIVED, id) + sum_of(s, FLOW_MEASURED, id) +
		     sum_of(s, FLOW_PARTS_IN, id);
	int64_t out = sum_of(s, FLOW_PARTS_OUT, id) + sum_of(s, FLOW_SOLD, id) +
		      sum_of(s, FLOW_RETURNED, id) + sum_of(s, FLOW_LOST, id) +
		      sum_of(s, FLOW_WEIGHED_IN, id);

	(void)cx;
	differs(s, seq, "device", id, "on hand", on_hand, in - out);
	differs(s, seq, "device", id, "taken in", d->taken_mg, sum_of(s, FLOW_RECEIVED, id));
	s->device_mg += on_hand;
	return ERR_OK;
}

static enum err check_batch(struct cx *cx, void *arg, const void *row, int64_t seq)
{
	const struct batch *b = row;
	struct sums *s = arg;
	int64_t left = batch_left_mg(b);

	(void)cx;
	differs(s, seq, "batch", b->batch, "weighed in", b->in_mg, sum_of(s, FLOW_WEIGHED_IN, b->batch));
	differs(s, seq, "batch", b->batch, "weighed out", b->out_mg, sum_of(s, FLOW_WEIGHED_OUT, b->batch));
	differs(s, seq, "batch", b->batch, "of recorded gain", b->gain_mg, sum_of(s, FLOW_GAIN, b->batch));
	differs(s, seq, "batch", b->batch, "of recorded loss", b->loss_mg,
		sum_of(s, FLOW_BATCH_LOSS, b->batch));
	if (left < 0 || (b->state == BATCH_CLOSED && left != 0))
		audit_finding(s->audit, 3, s->city, seq,
			      "batch %lld is %s, but %lld mg of it are unaccounted",
			      (long long)b->batch, batch_states[b->state], (long long)left);
	s->batch_mg += left;
	return ERR_OK;
}

static enum err check_lot(struct cx *cx, void *arg, const void *row, int64_t seq)
{
	const struct lot *l = row;
	struct sums *s = arg;

	(void)cx;
	differs(s, seq, "lot", l->lot, "weighed into it", l->mass_mg, sum_of(s, FLOW_WEIGHED_OUT, l->lot));
	differs(s, seq, "lot", l->lot, "shipped", l->state == LOT_OPEN ? 0 : l->mass_mg,
		sum_of(s, FLOW_SHIPPED, l->lot));
	s->lot_mg += l->state == LOT_OPEN ? l->mass_mg : 0;
	return ERR_OK;
}

static enum err check_consignment(struct cx *cx, void *arg, const void *row, int64_t seq)
{
	const struct consignment *c = row;
	struct sums *s = arg;
	bool done = c->state == CONSIGNMENT_RECEIPTED;
	int64_t received = field_or(c->received_mg, 0);

	(void)cx;
	differs(s, seq, "consignment", c->consignment, "shipped", c->mass_mg,
		sum_of(s, FLOW_SHIPPED, c->consignment));
	differs(s, seq, "consignment", c->consignment, "receipted", received,
		sum_of(s, FLOW_RECEIPTED, c->consignment));
	differs(s, seq, "consignment", c->consignment, "not confirmed", done ? c->mass_mg - received : 0,
		sum_of(s, FLOW_DIFFERENCE, c->consignment));
	s->shipped_mg += c->mass_mg;
	s->way_mg += done ? 0 : c->mass_mg;
	return ERR_OK;
}

static void check_sum(struct sums *s)
{
	const int64_t *t = s->total_mg;
	int64_t in = t[FLOW_RECEIVED] + t[FLOW_PARTS_IN] + t[FLOW_GAIN] + t[FLOW_MEASURED];
	int64_t gone = t[FLOW_SOLD] + t[FLOW_RETURNED] + t[FLOW_PARTS_OUT] + t[FLOW_LOST] +
		       t[FLOW_BATCH_LOSS];
	int64_t on_hand = s->device_mg + s->batch_mg + s->lot_mg;

	if (in != on_hand + gone + s->shipped_mg)
		audit_finding(
			s->audit, 3, s->city, -1,
			"the city got %lld mg (with parts, gain and measurement), but has %lld mg on hand,"
			" %lld mg gone "
			"and %lld mg shipped",
			(long long)in, (long long)on_hand, (long long)gone,
			(long long)s->shipped_mg);
	if (s->shipped_mg != s->way_mg + t[FLOW_RECEIPTED] + t[FLOW_DIFFERENCE])
		audit_finding(
			s->audit, 3, s->city, -1,
			"%lld mg were shipped, but %lld mg are on the way, %lld mg receipted and %lld mg "
			"not confirmed",
			(long long)s->shipped_mg, (long long)s->way_mg,
			(long long)t[FLOW_RECEIPTED], (long long)t[FLOW_DIFFERENCE]);
}

enum err recover_check_city(struct cx *cx, struct audit *a, struct tx *tx, int64_t city)
{
	struct sums *s = sums_of(cx, a);

	if (!s)
		return cx->err;
	if (audit_continues(a))
		return ERR_OK; /* sums are over all transfers */
	s->audit = a;
	s->city = city;
	if (audit_each(cx, tx, &device_table, check_device, s) ||
	    audit_each(cx, tx, &batch_table, check_batch, s) ||
	    audit_each(cx, tx, &lot_table, check_lot, s) ||
	    audit_each(cx, tx, &consignment_table, check_consignment, s))
		return cx->err;
	check_sum(s);
	return ERR_OK;
}

/* Mass of one thing stays with that thing: a device's account never gives to another device's sale. */
static bool same_thing(const struct transfer *t)
{
	int from = account_code(t->from), to = account_code(t->to);

	if ((from == MG_DEVICE && to == MG_SOLD) || (from == MG_SOLD && to == MG_DEVICE) ||
	    (from == MG_CONSIGNMENT && (to == MG_DOWNSTREAM || to == MG_RECEIPT_DIFFERENCE)) ||
	    (to == MG_CONSIGNMENT && (from == MG_DOWNSTREAM || from == MG_RECEIPT_DIFFERENCE)))
		return account_ref(t->from) == account_ref(t->to);
	return true;
}

/* A lot holds what was weighed into it first, and nothing else. */
static enum err check_kept_apart(struct cx *cx, struct audit *a, struct tx *tx, const struct entry *e,
				 const struct recover_weigh_out *rec)
{
	const struct lot *l = lot_get(cx, tx, rec->lot);

	if (!l)
		return cx->err;
	if (strcmp(l->fraction, rec->fraction) != 0 || l->hazard != rec->hazard)
		audit_finding(a, 3, e->city, e->seq, "%s was weighed into lot %lld, which holds %s",
			      rec->fraction, (long long)l->lot, l->fraction);
	return ERR_OK;
}

enum err recover_check_entry(struct cx *cx, struct audit *a, struct tx *tx, const struct entry *e,
			     const void *rec)
{
	const struct transfer *t = e->transfers.item;
	struct sums *s = sums_of(cx, a);
	enum flow flow;
	int sign;

	if (!s || (strcmp(e->type, "recover.weigh_out") == 0 && check_kept_apart(cx, a, tx, e, rec)))
		return cx->err;
	for (size_t i = 0; i < e->transfers.count; i++) {
		bool known;
		if (strcmp(t[i].unit, "mg") != 0)
			continue;
		known = mass_flow(account_code(t[i].from), account_code(t[i].to), &flow, &sign);
		if (known && transfer_moves(&t[i]) && add_transfer(cx, a, s, &t[i], flow, sign))
			return cx->err;
		if (!known || !same_thing(&t[i]))
			audit_finding(a, 3, e->city, e->seq,
				      "%lld mg move from %s to %s: mass cannot go that way",
				      (long long)t[i].amount,
				      account_text(cx, tx_domain(tx), t[i].from),
				      account_text(cx, tx_domain(tx), t[i].to));
	}
	return ERR_OK;
}
