/* The model of stock, sale and its tax, and stocktakes. */
#include "model_parts.h"

enum { RETURN_DAYS = 14 };

bool may_receive(const struct town *m, const struct ask *a, int64_t now)
{
	const struct m_device *d = model_device(m, a->id);

	(void)now;
	return ready(d, BIT(D_OWNED) | BIT(D_ERASED)) && own_device(m, a, d) &&
	       (all_clear(d) || !UNBENT(m, NO_GATE)) && d->place == AT_SITE;
}

void do_receive(struct town *m, const struct ask *a, const struct told *t, int64_t now)
{
	(void)t;
	(void)now;
	model_device(m, a->id)->state = D_STOCK;
	model_device(m, a->id)->received = true;
}

bool may_list(const struct town *m, const struct ask *a, int64_t now)
{
	const struct m_device *d = model_device(m, a->id);

	return ready(d, SALEABLE) && own_device(m, a, d) && may_leave(m, d, now) &&
	       (d->way != RECOVERY || !UNBENT(m, NO_DECISION));
}

void do_list(struct town *m, const struct ask *a, const struct told *t, int64_t now)
{
	struct m_device *d = model_device(m, a->id);

	(void)t;
	(void)now;
	d->state = D_LISTED;
	d->price = a->amount;
}

bool may_unlist(const struct town *m, const struct ask *a, int64_t now)
{
	const struct m_device *d = model_device(m, a->id);

	(void)now;
	return ready(d, BIT(D_LISTED)) && own_device(m, a, d);
}

void do_unlist(struct town *m, const struct ask *a, const struct told *t, int64_t now)
{
	struct m_device *d = model_device(m, a->id);

	(void)t;
	(void)now;
	d->state = D_STOCK;
	d->price = NONE;
}

/* The tax that a gross sum contains: half to even. */
static int64_t contained(int64_t gross, int64_t bp)
{
	int64_t all = 10000 + bp, whole = gross * bp / all, rest = gross * bp % all;

	return whole + (2 * rest > all || (2 * rest == all && whole % 2));
}

/* Of the rates that began, the one that began last: on the margin over what the owner agreed to, or on
 * all. */
static int64_t tax_of(const struct town *m, int64_t price, int64_t cost, int64_t now)
{
	const struct m_rate *r = NULL;
	int64_t taxed = price;

	for (int i = 0; i < m->rates; i++)
		if (m->rate[i].from_us <= now && (!r || UNBENT(m, FIRST_RATE)))
			r = &m->rate[i];
	if (!r)
		return 0;
	if (r->margin && UNBENT(m, WHOLE_PRICE))
		taxed = price > cost ? price - cost : 0;
	return contained(taxed, r->bp);
}

/* What the owner agreed to; nothing when nothing was paid. */
static int64_t cost_of(const struct town *m, const struct m_device *d)
{
	const struct m_item *i = model_item(m, d->item);

	return i->agreed == NONE ? 0 : i->agreed;
}

const char *check_tax(const struct town *m, const struct ask *a, const struct told *t, int64_t now)
{
	const struct m_device *d = model_device(m, a->id);

	return t->tax == tax_of(m, d->price, cost_of(m, d), now) ?
		       NULL :
		       "the price contains more tax, or less";
}

bool may_sell(const struct town *m, const struct ask *a, int64_t now)
{
	const struct m_device *d = model_device(m, a->id);
	const struct m_party *buyer = model_party(m, a->other);

	return ready(d, BIT(D_LISTED)) && buyer && buyer->buyer && for_party(a, a->other) &&
	       may_leave(m, d, now) && d->place == AT_SITE &&
	       (a->amount == 0 || a->amount == d->price) &&
	       (buyer->credit - buyer->credit_promised >= d->price || !UNBENT(m, NO_FUNDS));
}

void do_sell(struct town *m, const struct ask *a, const struct told *t, int64_t now)
{
	struct m_device *d = model_device(m, a->id);

	(void)now;
	m->sale[m->sales++] = (struct m_sale){.id = t->id,
					      .device = d->id,
					      .buyer = a->other,
					      .price = d->price,
					      .tax = t->tax,
					      .cost = cost_of(m, d),
					      .state = S_RESERVED,
					      .until_us = NONE};
	model_party(m, a->other)->credit_promised += d->price;
	d->state = D_SOLD;
	d->price = NONE;
}

bool may_cancel_sale(const struct town *m, const struct ask *a, int64_t now)
{
	const struct m_sale *s = model_sale(m, a->id);

	(void)now;
	return s && for_party(a, s->buyer) && s->state == S_RESERVED &&
	       ready(model_device(m, s->device), BIT(D_SOLD));
}

void do_cancel_sale(struct town *m, const struct ask *a, const struct told *t, int64_t now)
{
	struct m_sale *s = model_sale(m, a->id);

	(void)t;
	(void)now;
	s->state = S_CANCELLED;
	model_party(m, s->buyer)->credit_promised -= s->price;
	model_device(m, s->device)->state = D_STOCK;
}

bool may_deliver(const struct town *m, const struct ask *a, int64_t now)
{
	const struct m_sale *s = model_sale(m, a->id);
	const struct m_device *d = s ? model_device(m, s->device) : NULL;

	return d && own_device(m, a, d) && s->state == S_RESERVED && ready(d, BIT(D_SOLD)) &&
	       may_leave(m, d, now);
}

/* The window ends with the local day that is so many days after the day of delivery. */
static int64_t window_end(const struct town *m, int64_t now)
{
	const int64_t east = m->east_hours * INT64_C(3600000000);

	return ((now + east) / DAY + RETURN_DAYS + 1) * DAY - east;
}

void do_deliver(struct town *m, const struct ask *a, const struct told *t, int64_t now)
{
	struct m_sale *s = model_sale(m, a->id);
	struct m_device *d = model_device(m, s->device);
	struct m_party *buyer = model_party(m, s->buyer);

	(void)t;
	s->state = S_DELIVERED;
	s->until_us = window_end(m, now);
	d->state = D_DELIVERED;
	d->owner = s->buyer;
	d->money += s->price - s->tax;
	m->tax += s->tax;
	buyer->credit -= s->price;
	buyer->credit_promised -= s->price;
	to_place(d, AT_BUYER, s->buyer);
}

bool may_bring_back(const struct town *m, const struct ask *a, int64_t now)
{
	const struct m_sale *s = model_sale(m, a->id);

	return s && at_own_site(m, a, a->site) && s->state == S_DELIVERED &&
	       model_device(m, s->device)->state == D_DELIVERED &&
	       (now < s->until_us || !UNBENT(m, NO_WINDOW));
}

void do_bring_back(struct town *m, const struct ask *a, const struct told *t, int64_t now)
{
	struct m_sale *s = model_sale(m, a->id);
	struct m_device *d = model_device(m, s->device);

	(void)t;
	(void)now;
	s->state = S_RETURNED;
	d->state = D_OWNED;
	d->owner = m->programme;
	d->money -= s->price - s->tax;
	if (UNBENT(m, TAX_KEPT))
		m->tax -= s->tax;
	model_party(m, s->buyer)->credit += s->price;
	to_place(d, AT_SITE, a->site);
	reopen(d);
}

bool may_pay_in(const struct town *m, const struct ask *a, int64_t now)
{
	const struct m_party *p = model_party(m, a->id);

	(void)now;
	if (!p || !p->buyer || a->asker != STAFF)
		return false;
	for (int i = 0; i < m->refs; i++)
		if (m->ref[i] == a->n)
			return false;
	return a->verb == DEPOSIT || a->amount <= p->credit - p->credit_promised;
}

void do_pay_in(struct town *m, const struct ask *a, const struct told *t, int64_t now)
{
	int64_t in = a->verb == DEPOSIT ? a->amount : -a->amount;

	(void)t;
	(void)now;
	m->ref[m->refs++] = a->n;
	model_party(m, a->id)->credit += in;
	note_move(m, 1, BOUND, NONE, NONE, a->amount);
	m->bank -= in;
}

bool may_send(const struct town *m, const struct ask *a, int64_t now)
{
	const struct m_device *d = model_device(m, a->id);

	(void)now;
	if (a->what == DECIDED && (!d || d->way != RECOVERY) && UNBENT(m, NO_DECISION))
		return false;
	if (a->what == NOT_ERASED && (!d || d->state != D_ERASE_FAILED))
		return false;
	return ready(d, DECIDABLE) && own_device(m, a, d);
}

void do_send(struct town *m, const struct ask *a, const struct told *t, int64_t now)
{
	(void)t;
	(void)now;
	model_device(m, a->id)->state = D_TO_RECOVER;
}

/* --- stocktake --- */

static bool was_seen(const struct ask *a, int64_t device)
{
	for (int i = 0; i < ASK_SEEN && a->seen[i]; i++)
		if (a->seen[i] == device)
			return true;
	return false;
}

static bool of_category(const struct town *m, const struct ask *a, const struct m_device *d)
{
	return a->what == 0 || model_item(m, d->item)->kind == a->what - 1;
}

static bool is_here(const struct town *m, const struct ask *a, const struct m_device *d)
{
	return d->place == AT_SITE && d->at == a->site && of_category(m, a, d);
}

/* Wherever it came into stock. */
static bool is_expected(const struct town *m, const struct ask *a, const struct m_device *d)
{
	return d->received && is_here(m, a, d);
}

bool may_stocktake(const struct town *m, const struct ask *a, int64_t now)
{
	(void)now;
	for (int i = 0; i < ASK_SEEN && a->seen[i]; i++)
		for (int k = 0; k < i; k++)
			if (a->seen[k] == a->seen[i])
				return false;
	return at_own_site(m, a, a->site);
}

/* Sold or held, and not there: it is looked for, and nothing is decided. */
static bool shrinks(const struct town *m, const struct ask *a, const struct m_device *d)
{
	return is_expected(m, a, d) && !was_seen(a, d->id) &&
	       (IS(d, SALEABLE) || (d->state == D_SOLD && !UNBENT(m, SOLD_IS_LOST))) &&
	       UNBENT(m, NO_SHRINKAGE);
}

const char *check_count(const struct town *m, const struct ask *a, const struct told *t)
{
	int64_t expected = 0, lost = 0, missing = 0, unexpected = 0;

	for (int i = 0; i < m->devices; i++) {
		const struct m_device *d = &m->device[i];
		expected += is_expected(m, a, d);
		lost += shrinks(m, a, d);
		missing += is_expected(m, a, d) && !was_seen(a, d->id) && !shrinks(m, a, d);
	}
	for (int i = 0; i < ASK_SEEN && a->seen[i]; i++) {
		const struct m_device *d = model_device(m, a->seen[i]);
		unexpected += !d || !is_here(m, a, d);
	}
	return t->expected != expected ? "it counts on more or fewer devices" :
	       t->lost != lost || t->missing != missing ? "it misses more or fewer devices" :
	       t->unexpected != unexpected		? "more or fewer devices surprise it" :
							  NULL;
}

void do_stocktake(struct town *m, const struct ask *a, const struct told *t, int64_t now)
{
	(void)t;
	(void)now;
	for (int i = 0; i < m->devices; i++) {
		struct m_device *d = &m->device[i];
		if (shrinks(m, a, d))
			to_lost(m, d);
	}
}

/* --- tax --- */

bool may_rate(const struct town *m, const struct ask *a, int64_t now)
{
	(void)now;
	return m->rates == 0 || a->until_us > m->rate[m->rates - 1].from_us;
}

void do_rate(struct town *m, const struct ask *a, const struct told *t, int64_t now)
{
	(void)t;
	(void)now;
	m->rate[m->rates++] = (struct m_rate){a->until_us, a->amount, a->what != 0};
}

bool may_tax_pay(const struct town *m, const struct ask *a, int64_t now)
{
	(void)now;
	return a->amount <= m->tax;
}

void do_tax_pay(struct town *m, const struct ask *a, const struct told *t, int64_t now)
{
	(void)t;
	(void)now;
	m->tax -= a->amount;
	m->bank += a->amount;
	note_move(m, 1, TAXED, NONE, NONE, a->amount);
}
