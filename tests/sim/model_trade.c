/* The model of the trade-in: from the booking to what is agreed, or back. */
#include "model_parts.h"

enum { QUOTE_DAYS = 30, OFFER_DAYS = 14 };

struct subject {
	struct m_item *i;
	struct m_order *o;
	struct m_device *d; /* NULL: none */
};

static struct subject of_item(const struct town *m, int64_t id)
{
	struct subject s = {.i = model_item(m, id)};

	if (s.i) {
		s.o = model_order(m, s.i->order);
		s.d = model_device(m, s.i->device);
	}
	return s;
}

bool may_book(const struct town *m, const struct ask *a, int64_t now)
{
	const struct m_site *s = site_of(m, a->site);
	const struct m_party *merchant = s ? model_party(m, s->party) : NULL;
	bool courier = a->what == 1;

	(void)now;
	if (a->asker == LINK || !model_party(m, a->other) || (!courier && !s))
		return false;
	if (a->asker == CLERK && (!s || a->party != s->party) && a->party != a->other)
		return false;
	/* a new purchase of less than any device is worth nets nothing */
	return a->amount == 0 || (a->amount > 10000 && merchant && merchant->retailer);
}

void do_book(struct town *m, const struct ask *a, const struct told *t, int64_t now)
{
	const struct m_site *s = site_of(m, a->site);

	m->order[m->orders++] = (struct m_order){.id = t->id,
						 .owner = a->other,
						 .merchant = s ? s->party : m->programme,
						 .site = s ? s->id : NONE,
						 .lapse_us = now + QUOTE_DAYS * DAY,
						 .netted = a->amount > 0,
						 .courier = a->what == 1,
						 .account_seq = NONE};
	for (int64_t k = 0; k < a->n; k++)
		m->item[m->items++] = (struct m_item){.id = t->item[k],
						      .order = t->id,
						      .kind = a->kind[k],
						      .state = I_BOOKED,
						      .device = NONE,
						      .quoted = t->quoted[k],
						      .said_bonus = t->bonus[k],
						      .bonus = t->bonus[k],
						      .offered = NONE,
						      .agreed = NONE,
						      .offer_until_us = NONE,
						      .taken_site = NONE,
						      .payout = NONE};
}

/* The first side must confirm in time. */
static bool in_time(const struct town *m, const struct subject *s, int64_t now)
{
	return s->i->given || s->i->taken || s->o->lapse_us > now || !UNBENT(m, NO_LAPSE);
}

bool may_give(const struct town *m, const struct ask *a, int64_t now)
{
	struct subject s = of_item(m, a->id);
	const struct m_party *carrier = a->other ? model_party(m, a->other) : NULL;

	if (!s.i || !as_owner(m, a, s.i) || s.i->state != I_BOOKED || !in_time(m, &s, now))
		return false;
	if (s.i->given && UNBENT(m, TWICE_GIVEN))
		return false;
	return a->other == 0 || (s.o->courier && carrier && carrier->carrier);
}

static void come_in(struct town *m, struct m_item *i, const struct m_order *o, int64_t device)
{
	struct m_device *d = &m->device[m->devices++];
	bool phone = i->kind == PHONE;

	*d = (struct m_device){.id = device,
			       .item = i->id,
			       .state = D_CUSTODY,
			       .held_from = NONE,
			       .lost_from = NONE,
			       .place = AT_SITE,
			       .at = i->taken_site,
			       .to_site = NONE,
			       .owner = o->owner,
			       .mass = phone ? 174000 : 70000000,
			       .price = NONE,
			       .way = NONE,
			       .hold_until_us = NONE,
			       .storage = phone,
			       .media = phone};
	i->state = i->alone ? I_KEPT : I_CUSTODY;
	i->device = device;
}

void do_give(struct town *m, const struct ask *a, const struct told *t, int64_t now)
{
	struct subject s = of_item(m, a->id);

	(void)now;
	s.i->given = true;
	s.i->alone = a->what != 0;
	if (s.i->taken)
		come_in(m, s.i, s.o, t->id);
}

bool may_take(const struct town *m, const struct ask *a, int64_t now)
{
	struct subject s = of_item(m, a->id);
	int64_t site = a->site ? a->site : s.o ? s.o->site : NONE;

	return s.i && own_order(a, s.o) && s.i->state == I_BOOKED && !s.i->taken &&
	       in_time(m, &s, now) && at_own_site(m, a, site) && a->what != LISTED &&
	       claims_differ(a);
}

void do_take(struct town *m, const struct ask *a, const struct told *t, int64_t now)
{
	struct subject s = of_item(m, a->id);

	(void)now;
	s.i->taken = true;
	s.i->taken_site = a->site ? a->site : s.o->site;
	s.i->device = t->id;
	make_claims(m, a, t->id);
	if (s.i->given)
		come_in(m, s.i, s.o, t->id);
}

bool may_cancel(const struct town *m, const struct ask *a, int64_t now)
{
	struct subject s = of_item(m, a->id);

	(void)now;
	return s.i && own_order(a, s.o) && s.i->state == I_BOOKED && !s.i->given;
}

void do_cancel(struct town *m, const struct ask *a, const struct told *t, int64_t now)
{
	struct subject s = of_item(m, a->id);

	(void)t;
	(void)now;
	s.i->state = I_CANCELLED;
	s.i->taken = false;
	s.i->device = NONE;
}

bool may_lapse(const struct town *m, const struct ask *a, int64_t now)
{
	struct subject s = of_item(m, a->id);

	if (!s.i)
		return false;
	if (s.i->state == I_BOOKED)
		return !s.i->given && !s.i->taken && s.o->lapse_us <= now;
	return IS(s.i, BIT(I_OFFERED) | BIT(I_INSPECTED) | BIT(I_KEPT)) && ready(s.d, BIT(D_CUSTODY)) &&
	       s.i->offer_until_us != NONE && s.i->offer_until_us <= now;
}

static void go_back(struct subject *s)
{
	s->i->state = I_RETURNING;
	s->i->given = s->i->taken = false;
	s->i->offer_until_us = NONE;
	s->d->state = D_RETURNING;
}

void do_lapse(struct town *m, const struct ask *a, const struct told *t, int64_t now)
{
	struct subject s = of_item(m, a->id);

	(void)t;
	(void)now;
	if (s.i->state == I_BOOKED)
		s.i->state = I_LAPSED;
	else
		go_back(&s);
}

bool may_inspect(const struct town *m, const struct ask *a, int64_t now)
{
	const unsigned after = BIT(I_AGREED) | BIT(I_PAYING) | BIT(I_PAID) | BIT(I_PAYOUT_FAILED) |
			       BIT(I_NETTED) | BIT(I_LOST);
	const unsigned bench =
		BIT(D_CUSTODY) | BIT(D_OWNED) | BIT(D_ERASED) | BIT(D_ERASE_FAILED) | BIT(D_STOCK);
	struct subject s = of_item(m, a->id);

	(void)now;
	return s.i && own_order(a, s.o) && IS(s.i, NOT_AGREED | after) && ready(s.d, bench);
}

int64_t share(int64_t amount, int64_t bp)
{
	int64_t whole = amount * bp / 10000, rest = amount * bp % 10000;

	return whole + (rest > 5000 || (rest == 5000 && whole % 2));
}

static void agree(struct town *m, struct subject *s, int64_t price, int64_t bonus)
{
	struct m_party *merchant = model_party(m, s->o->merchant);
	int64_t commission = 0, n = 1;

	if (s->o->merchant != m->programme && UNBENT(m, NO_COMMISSION))
		commission = share(price, merchant->share_bp) + merchant->fixed;
	s->i->state = s->o->netted ? I_NETTED : I_AGREED;
	s->i->agreed = price;
	s->i->offer_until_us = NONE;
	s->i->bonus = bonus;
	s->d->state = D_OWNED;
	s->d->owner = m->programme;
	s->d->money -= price + commission;
	m->fund -= bonus;
	merchant->owed += commission;
	n = note_move(m, n, BOUND, s->d->id, NONE, price);
	n = note_move(m, n, GRANTED, s->d->id, NONE, bonus);
	n = note_move(m, n, BOUND, s->d->id, NONE, bonus);
	n = note_move(m, n, EARNED, s->d->id, merchant->id, commission);
	if (s->o->netted)
		note_move(m, n, BOUND, s->d->id, NONE, price + bonus);
	if (s->o->netted)
		merchant->owed += price + bonus;
	else
		s->i->owed += price + bonus;
}

void do_inspect(struct town *m, const struct ask *a, const struct told *t, int64_t now)
{
	struct subject s = of_item(m, a->id);

	s.i->looked_at = true;
	s.i->price = t->price;
	if ((a->what == LOCKED || a->what == STOLEN) &&
	    (IS(s.i, NOT_AGREED) || UNBENT(m, ONLY_BEFORE))) {
		s.d->held_from = s.d->state;
		s.d->state = D_HELD;
		s.d->statutory = false;
		s.d->stolen = a->what == STOLEN;
	}
	if (!IS(s.i, NOT_AGREED))
		return;
	s.i->offer_until_us = now + OFFER_DAYS * DAY;
	if (a->what == LOCKED || a->what == STOLEN) {
		s.i->state = I_INSPECTED;
		s.i->offered = NONE;
	} else if (a->what == WORSE) {
		s.i->state = I_OFFERED;
		s.i->offered = t->offered;
		if (t->granted != NONE)
			s.i->bonus = t->granted;
	} else {
		agree(m, &s, t->agreed, t->granted);
	}
}

bool may_accept(const struct town *m, const struct ask *a, int64_t now)
{
	struct subject s = of_item(m, a->id);

	return s.i && as_owner(m, a, s.i) && IS(s.i, BIT(I_OFFERED) | BIT(I_KEPT)) &&
	       ready(s.d, BIT(D_CUSTODY)) &&
	       (s.i->offer_until_us > now || (s.i->state == I_KEPT && !UNBENT(m, YES_UNASKED)));
}

void do_accept(struct town *m, const struct ask *a, const struct told *t, int64_t now)
{
	struct subject s = of_item(m, a->id);

	(void)now;
	if (s.i->state != I_KEPT) {
		agree(m, &s, s.i->offered, t->granted);
		return;
	}
	s.i->state = I_CUSTODY; /* the price is promised now, as to others by their booking */
	s.i->alone = false;
	s.i->offer_until_us = NONE;
}

bool may_decline(const struct town *m, const struct ask *a, int64_t now)
{
	struct subject s = of_item(m, a->id);

	(void)now;
	return s.i && as_owner(m, a, s.i) && IS(s.i, NOT_OURS) && ready(s.d, BIT(D_CUSTODY));
}

void do_decline(struct town *m, const struct ask *a, const struct told *t, int64_t now)
{
	struct subject s = of_item(m, a->id);

	(void)t;
	(void)now;
	go_back(&s);
}

bool may_return(const struct town *m, const struct ask *a, int64_t now)
{
	struct subject s = of_item(m, a->id);
	const struct m_party *carrier = a->other ? model_party(m, a->other) : NULL;

	(void)now;
	if (!s.i || s.i->state != I_RETURNING || !ready(s.d, BIT(D_RETURNING)))
		return false;
	if (a->verb == RETURN_TAKEN)
		return as_owner(m, a, s.i) && !s.i->taken;
	if (a->verb == RETURN_FAILED)
		return own_order(a, s.o) && s.i->given &&
		       at_own_site(m, a,
				   a->site		 ? a->site :
				   s.d->place == AT_SITE ? s.d->at :
							   s.i->taken_site);
	return own_order(a, s.o) && !s.i->given &&
	       (a->other == 0 || s.i->taken || (carrier && carrier->carrier));
}

void do_return(struct town *m, const struct ask *a, const struct told *t, int64_t now)
{
	struct subject s = of_item(m, a->id);

	(void)t;
	(void)now;
	if (a->verb == RETURN_FAILED) {
		to_place(s.d, AT_SITE,
			 a->site	       ? a->site :
			 s.d->place == AT_SITE ? s.d->at :
						 s.i->taken_site);
		s.i->given = s.i->taken = false;
		return;
	}
	if (a->verb == RETURN_TAKEN)
		s.i->taken = true;
	else
		s.i->given = true;
	if (s.i->given && s.i->taken) {
		s.i->state = I_RETURNED;
		s.d->state = D_RETURNED;
		to_place(s.d, BACK_HOME, 0);
	} else if (a->other) {
		to_place(s.d, ON_THE_WAY, a->other);
	}
}

bool may_compensate(const struct town *m, const struct ask *a, int64_t now)
{
	struct subject s = of_item(m, a->id);

	(void)now;
	if (!s.i || !own_order(a, s.o))
		return false;
	if (s.i->state == I_BOOKED)
		return s.i->given && !s.i->taken;
	return IS(s.i, NOT_OURS | BIT(I_RETURNING)) && s.d && s.d->state == D_LOST;
}

void do_compensate(struct town *m, const struct ask *a, const struct told *t, int64_t now)
{
	struct subject s = of_item(m, a->id);

	(void)t;
	(void)now;
	s.i->state = I_LOST;
	s.i->agreed = s.i->quoted;
	s.i->offer_until_us = NONE;
	s.i->bonus = 0;
	s.i->owed += s.i->quoted;
	m->loss -= s.i->quoted;
	note_move(m, 1, BOUND, NONE, NONE, s.i->quoted);
	if (s.d)
		s.d->owner = m->programme;
}

bool may_seized(const struct town *m, const struct ask *a, int64_t now)
{
	struct subject s = of_item(m, a->id);

	(void)now;
	return s.i && own_order(a, s.o) && IS(s.i, NOT_OURS | BIT(I_RETURNING)) && s.d &&
	       s.d->state == D_SEIZED;
}

void do_seized(struct town *m, const struct ask *a, const struct told *t, int64_t now)
{
	(void)t;
	(void)now;
	model_item(m, a->id)->state = I_SEIZED;
}

/* --- custody alone --- */

/* what: the answer of the list of stolen devices. */
static bool suspect(const struct town *m, const struct ask *a, const struct m_device *d)
{
	return a->what == LISTED || found_stolen(m, d->id, NONE);
}

enum verdict judge_propose(const struct town *m, const struct ask *a, int64_t now)
{
	struct subject s = of_item(m, a->id);

	(void)now;
	if (!s.i)
		return NOT_THERE;
	if (!own_order(a, s.o))
		return NOT_YOURS;
	if (s.i->state != I_KEPT || !ready(s.d, BIT(D_CUSTODY)))
		return NOT_NOW;
	return suspect(m, a, s.d) || s.i->offer_until_us == NONE ? ALLOWED : NOT_NOW;
}

void do_propose(struct town *m, const struct ask *a, const struct told *t, int64_t now)
{
	struct subject s = of_item(m, a->id);

	(void)t;
	s.i->offer_until_us = now + OFFER_DAYS * DAY;
	if (!suspect(m, a, s.d))
		return;
	s.i->offer_until_us = NONE;
	s.d->held_from = s.d->state;
	s.d->state = D_HELD;
	s.d->statutory = false;
	s.d->stolen = true;
}

const char *check_proposed(const struct town *m, const struct ask *a, const struct told *t)
{
	struct subject s = of_item(m, a->id);

	if (t->also[0] != NONE ? !found_stolen(m, s.d->id, t->also[0]) : found_stolen(m, s.d->id, NONE))
		return "another of its identity is held, or none is";
	if (suspect(m, a, s.d))
		return t->promised == NONE ? NULL : "a price for what may be stolen";
	return t->promised == s.i->quoted && t->granted == s.i->bonus ? NULL :
									"another price than was quoted";
}

/* --- the account of an order --- */

/* id: the order; evidence: of the owner's will. Money that is on its way goes where it was sent. */
enum verdict judge_account(const struct town *m, const struct ask *a, int64_t now)
{
	const struct m_order *o = model_order(m, a->id);
	const struct m_item *first = NULL;

	(void)now;
	if (!o)
		return NOT_THERE;
	if (!own_order(a, o))
		return NOT_YOURS;
	for (int i = m->items - 1; i >= 0; i--) {
		if (m->item[i].order == o->id && m->item[i].state == I_PAYING)
			return NOT_NOW;
		if (m->item[i].order == o->id)
			first = &m->item[i];
	}
	if (a->evidence && !model_evidence(m, a->evidence))
		return NOT_THERE;
	if (a->evidence && !is_about(m, a->evidence, first))
		return NOT_SO;
	return as_owner(m, a, first) ? ALLOWED : NOT_YOURS;
}

void do_account(struct town *m, const struct ask *a, const struct told *t, int64_t now)
{
	(void)t;
	(void)now;
	model_order(m, a->id)->account_seq = m->size;
}
