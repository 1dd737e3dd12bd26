/* The model: for each verb who may, when, and what follows. */
#include "model.h"

#include <string.h>

#define DAY INT64_C(86400000000)
#define BIT(s) (1u << (s))
#define IS(x, set) ((BIT((x)->state) & (set)) != 0)
#define UNBENT(m, rule) ((m)->bent != (rule))

enum { QUOTE_DAYS = 30, OFFER_DAYS = 14, RETURN_DAYS = 14, KEY_DAYS = 7, EAST_HOURS = 8 };
enum { AHEAD_S = 300, BACK_DAYS = 400 };

const char *const item_is_names[] = {"booked",	  "in_custody", "inspected", "offered",
				     "agreed",	  "paying",	"paid",	     "payout_failed",
				     "returning", "returned",	"cancelled", "lapsed",
				     "lost",	  "netted",	"seized",    NULL};
const char *const device_is_names[] = {"in_custody",   "owned",	     "erasing",	  "erased",
				       "erase_failed", "stock",	     "listed",	  "sold",
				       "delivered",    "to_recover", "returning", "returned",
				       "held",	       "seized",     "lost",	  NULL};
const char *const medium_is_names[] = {"present", "failed", "erased", "destroyed", NULL};
const char *const sale_is_names[] = {"reserved", "delivered", "cancelled", "returned", NULL};
const char *const payout_is_names[] = {"created", "exported", "settled", "cancelled", NULL};
const char *const bent_names[] = {"straight",	 "no_lapse",	 "no_gate",	  "no_funds",
				  "no_window",	 "keys_forever", "no_commission", "owner_left_out",
				  "twice_given", "no_rounds"};

/* --- finding --- */

#define FIND(name, array, count)                                                                   \
	struct m_##name *model_##name(const struct town *m, int64_t id)                            \
	{                                                                                          \
		for (int i = m->count - 1; i >= 0; i--)                                            \
			if (m->array[i].id == id)                                                  \
				return (struct m_##name *)&m->array[i];                            \
		return NULL;                                                                       \
	}
FIND(order, order, orders)
FIND(item, item, items)
FIND(device, device, devices)
FIND(sale, sale, sales)
FIND(payout, payout, payouts)
FIND(party, party, parties)

static const struct m_site *site_of(const struct town *m, int64_t id)
{
	for (int i = 0; i < m->sites; i++)
		if (m->site[i].id == id)
			return &m->site[i];
	return NULL;
}

/* --- who --- */

/* The programme itself, or this organisation. */
static bool for_party(const struct ask *a, int64_t party)
{
	return a->asker == STAFF || a->party == party;
}

static bool at_own_site(const struct town *m, const struct ask *a, int64_t site)
{
	const struct m_site *s = site_of(m, site);

	return s && for_party(a, s->party);
}

/* A device is the business of whoever runs the site where it is, or where it is going. */
static bool own_device(const struct town *m, const struct ask *a, const struct m_device *d)
{
	if (a->asker == STAFF)
		return true;
	if (d->to_site != NONE)
		return at_own_site(m, a, d->to_site);
	return d->place == AT_SITE && at_own_site(m, a, d->at);
}

static bool own_order(const struct ask *a, const struct m_order *o)
{
	return a->asker == STAFF || (a->asker == LINK && a->order == o->id) ||
	       (a->asker == CLERK && a->party == o->merchant);
}

/* What only the owner may say; the programme's administrator may in the owner's place. */
static bool as_owner(const struct town *m, const struct ask *a, const struct m_order *o)
{
	if (!UNBENT(m, OWNER_LEFT_OUT))
		return own_order(a, o);
	return own_order(a, o) && a->asker != CLERK;
}

/* --- devices --- */

#define WORKSHOP (BIT(D_OWNED) | BIT(D_ERASING) | BIT(D_ERASED) | BIT(D_ERASE_FAILED))
#define SALEABLE (BIT(D_STOCK) | BIT(D_LISTED))
#define FREE (BIT(D_CUSTODY) | WORKSHOP | SALEABLE | BIT(D_TO_RECOVER) | BIT(D_RETURNING))
#define NOT_AGREED (BIT(I_CUSTODY) | BIT(I_INSPECTED) | BIT(I_OFFERED))

/* In one of these states and not on its way to another site. */
static bool ready(const struct m_device *d, unsigned states)
{
	return d && IS(d, states) && d->to_site == NONE;
}

static bool is_clear(const struct m_medium *x)
{
	return x->state == M_ERASED || x->state == M_DESTROYED;
}

static bool all_clear(const struct m_device *d)
{
	for (int64_t i = 0; i < d->media; i++)
		if (!is_clear(&d->medium[i]))
			return false;
	return d->media > 0 || !d->storage;
}

/* The gate before anything leaves. */
static bool may_leave(const struct town *m, const struct m_device *d, int64_t now)
{
	return (all_clear(d) || !UNBENT(m, NO_GATE)) &&
	       (d->hold_until_us == NONE || d->hold_until_us <= now);
}

static void reopen(struct m_device *d)
{
	for (int64_t i = 0; i < d->media; i++)
		if (d->medium[i].state == M_ERASED)
			d->medium[i].state = M_PRESENT;
}

static void to_place(struct m_device *d, int64_t place, int64_t at)
{
	d->place = place;
	d->at = at;
	d->to_site = NONE;
}

/* After an attempt on, or the destruction of, one medium. */
static void end_attempt(const struct town *m, struct m_device *d, int64_t n)
{
	bool left = false;

	for (int64_t i = 0; i < d->media; i++)
		if (!is_clear(&d->medium[i]) && i + 1 != n &&
		    (d->medium[i].tried_in != d->round || !UNBENT(m, NO_ROUNDS)))
			left = true;
	if (all_clear(d))
		d->state = D_ERASED;
	else if (d->state == D_ERASING)
		d->state = left ? D_ERASING : D_ERASE_FAILED;
}

/* --- the trade-in --- */

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

static bool may_book(const struct town *m, const struct ask *a, int64_t now)
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

static void do_book(struct town *m, const struct ask *a, const struct told *t, int64_t now)
{
	const struct m_site *s = site_of(m, a->site);

	m->order[m->orders++] = (struct m_order){.id = t->id,
						 .owner = a->other,
						 .merchant = s ? s->party : m->programme,
						 .site = s ? s->id : NONE,
						 .lapse_us = now + QUOTE_DAYS * DAY,
						 .netted = a->amount > 0,
						 .courier = a->what == 1};
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

static bool may_give(const struct town *m, const struct ask *a, int64_t now)
{
	struct subject s = of_item(m, a->id);
	const struct m_party *carrier = a->other ? model_party(m, a->other) : NULL;

	if (!s.i || !as_owner(m, a, s.o) || s.i->state != I_BOOKED || !in_time(m, &s, now))
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
			       .hold_until_us = NONE,
			       .storage = phone,
			       .media = phone};
	i->state = I_CUSTODY;
	i->device = device;
}

static void do_give(struct town *m, const struct ask *a, const struct told *t, int64_t now)
{
	struct subject s = of_item(m, a->id);

	(void)now;
	s.i->given = true;
	if (s.i->taken)
		come_in(m, s.i, s.o, t->id);
}

static bool may_take(const struct town *m, const struct ask *a, int64_t now)
{
	struct subject s = of_item(m, a->id);
	int64_t site = a->site ? a->site : s.o ? s.o->site : NONE;

	return s.i && own_order(a, s.o) && s.i->state == I_BOOKED && !s.i->taken &&
	       in_time(m, &s, now) && at_own_site(m, a, site);
}

static void do_take(struct town *m, const struct ask *a, const struct told *t, int64_t now)
{
	struct subject s = of_item(m, a->id);

	(void)now;
	s.i->taken = true;
	s.i->taken_site = a->site ? a->site : s.o->site;
	s.i->device = t->id;
	if (s.i->given)
		come_in(m, s.i, s.o, t->id);
}

static bool may_cancel(const struct town *m, const struct ask *a, int64_t now)
{
	struct subject s = of_item(m, a->id);

	(void)now;
	return s.i && own_order(a, s.o) && s.i->state == I_BOOKED && !s.i->given;
}

static void do_cancel(struct town *m, const struct ask *a, const struct told *t, int64_t now)
{
	struct subject s = of_item(m, a->id);

	(void)t;
	(void)now;
	s.i->state = I_CANCELLED;
	s.i->taken = false;
	s.i->device = NONE;
}

static bool may_lapse(const struct town *m, const struct ask *a, int64_t now)
{
	struct subject s = of_item(m, a->id);

	if (!s.i)
		return false;
	if (s.i->state == I_BOOKED)
		return !s.i->given && !s.i->taken && s.o->lapse_us <= now;
	return IS(s.i, BIT(I_OFFERED) | BIT(I_INSPECTED)) && ready(s.d, BIT(D_CUSTODY)) &&
	       s.i->offer_until_us <= now;
}

static void go_back(struct subject *s)
{
	s->i->state = I_RETURNING;
	s->i->given = s->i->taken = false;
	s->d->state = D_RETURNING;
}

static void do_lapse(struct town *m, const struct ask *a, const struct told *t, int64_t now)
{
	struct subject s = of_item(m, a->id);

	(void)t;
	(void)now;
	if (s.i->state == I_BOOKED)
		s.i->state = I_LAPSED;
	else
		go_back(&s);
}

static bool may_inspect(const struct town *m, const struct ask *a, int64_t now)
{
	const unsigned after = BIT(I_AGREED) | BIT(I_PAYING) | BIT(I_PAID) | BIT(I_PAYOUT_FAILED) |
			       BIT(I_NETTED) | BIT(I_LOST);
	const unsigned bench =
		BIT(D_CUSTODY) | BIT(D_OWNED) | BIT(D_ERASED) | BIT(D_ERASE_FAILED) | BIT(D_STOCK);
	struct subject s = of_item(m, a->id);

	(void)now;
	return s.i && own_order(a, s.o) && IS(s.i, NOT_AGREED | after) && ready(s.d, bench);
}

/* Half to even. */
static int64_t share(int64_t amount, int64_t bp)
{
	int64_t whole = amount * bp / 10000, rest = amount * bp % 10000;

	return whole + (rest > 5000 || (rest == 5000 && whole % 2));
}

static void agree(struct town *m, struct subject *s, int64_t price, int64_t bonus)
{
	struct m_party *merchant = model_party(m, s->o->merchant);
	int64_t commission = 0;

	if (s->o->merchant != m->programme && UNBENT(m, NO_COMMISSION))
		commission = share(price, merchant->share_bp) + merchant->fixed;
	s->i->state = s->o->netted ? I_NETTED : I_AGREED;
	s->i->agreed = price;
	s->i->bonus = bonus;
	s->d->state = D_OWNED;
	s->d->owner = m->programme;
	s->d->money -= price + commission;
	m->fund -= bonus;
	merchant->owed += commission;
	if (s->o->netted)
		merchant->owed += price + bonus;
	else
		s->i->owed += price + bonus;
}

static void do_inspect(struct town *m, const struct ask *a, const struct told *t, int64_t now)
{
	struct subject s = of_item(m, a->id);

	if (!IS(s.i, NOT_AGREED))
		return;
	s.i->offer_until_us = now + OFFER_DAYS * DAY;
	if (a->what == LOCKED || a->what == STOLEN) {
		s.i->state = I_INSPECTED;
		s.d->state = D_HELD;
		s.d->held_from = D_CUSTODY;
		s.d->statutory = false;
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

static bool may_accept(const struct town *m, const struct ask *a, int64_t now)
{
	struct subject s = of_item(m, a->id);

	return s.i && as_owner(m, a, s.o) && s.i->state == I_OFFERED &&
	       ready(s.d, BIT(D_CUSTODY)) && s.i->offer_until_us > now;
}

static void do_accept(struct town *m, const struct ask *a, const struct told *t, int64_t now)
{
	struct subject s = of_item(m, a->id);

	(void)t;
	(void)now;
	agree(m, &s, s.i->offered, s.i->bonus);
}

static bool may_decline(const struct town *m, const struct ask *a, int64_t now)
{
	struct subject s = of_item(m, a->id);

	(void)now;
	return s.i && as_owner(m, a, s.o) && IS(s.i, NOT_AGREED) && ready(s.d, BIT(D_CUSTODY));
}

static void do_decline(struct town *m, const struct ask *a, const struct told *t, int64_t now)
{
	struct subject s = of_item(m, a->id);

	(void)t;
	(void)now;
	go_back(&s);
}

static bool may_return(const struct town *m, const struct ask *a, int64_t now)
{
	struct subject s = of_item(m, a->id);
	const struct m_party *carrier = a->other ? model_party(m, a->other) : NULL;

	(void)now;
	if (!s.i || s.i->state != I_RETURNING || !ready(s.d, BIT(D_RETURNING)))
		return false;
	if (a->verb == RETURN_TAKEN)
		return as_owner(m, a, s.o) && !s.i->taken;
	if (a->verb == RETURN_FAILED)
		return own_order(a, s.o) && s.i->given &&
		       at_own_site(m, a,
				   a->site		 ? a->site :
				   s.d->place == AT_SITE ? s.d->at :
							   s.i->taken_site);
	return own_order(a, s.o) && !s.i->given &&
	       (a->other == 0 || s.i->taken || (carrier && carrier->carrier));
}

static void do_return(struct town *m, const struct ask *a, const struct told *t, int64_t now)
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

static bool may_compensate(const struct town *m, const struct ask *a, int64_t now)
{
	struct subject s = of_item(m, a->id);

	(void)now;
	if (!s.i || !own_order(a, s.o))
		return false;
	if (s.i->state == I_BOOKED)
		return s.i->given && !s.i->taken;
	return IS(s.i, NOT_AGREED | BIT(I_RETURNING)) && s.d && s.d->state == D_LOST;
}

static void do_compensate(struct town *m, const struct ask *a, const struct told *t, int64_t now)
{
	struct subject s = of_item(m, a->id);

	(void)t;
	(void)now;
	s.i->state = I_LOST;
	s.i->agreed = s.i->quoted;
	s.i->bonus = 0;
	s.i->owed += s.i->quoted;
	m->loss -= s.i->quoted;
	if (s.d)
		s.d->owner = m->programme;
}

static bool may_seized(const struct town *m, const struct ask *a, int64_t now)
{
	struct subject s = of_item(m, a->id);

	(void)now;
	return s.i && own_order(a, s.o) && IS(s.i, NOT_AGREED | BIT(I_RETURNING)) && s.d &&
	       s.d->state == D_SEIZED;
}

static void do_seized(struct town *m, const struct ask *a, const struct told *t, int64_t now)
{
	(void)t;
	(void)now;
	model_item(m, a->id)->state = I_SEIZED;
}

/* --- what can happen to any device --- */

static bool may_hold(const struct town *m, const struct ask *a, int64_t now)
{
	const struct m_device *d = model_device(m, a->id);

	return d && own_device(m, a, d) && IS(d, FREE | BIT(D_SOLD)) &&
	       (a->what == 0 || a->until_us > now);
}

static void do_hold(struct town *m, const struct ask *a, const struct told *t, int64_t now)
{
	struct m_device *d = model_device(m, a->id);

	(void)t;
	(void)now;
	d->held_from = d->state;
	d->state = D_HELD;
	d->statutory = a->what != 0;
	if (d->statutory)
		d->hold_until_us = a->until_us;
}

static bool may_release(const struct town *m, const struct ask *a, int64_t now)
{
	const struct m_device *d = model_device(m, a->id);

	return d && own_device(m, a, d) && d->state == D_HELD &&
	       !(d->statutory && d->hold_until_us > now);
}

static void do_release(struct town *m, const struct ask *a, const struct told *t, int64_t now)
{
	struct m_device *d = model_device(m, a->id);

	(void)t;
	(void)now;
	d->state = d->held_from;
	d->held_from = NONE;
}

static bool may_go(const struct town *m, const struct ask *a, int64_t now)
{
	const struct m_device *d = model_device(m, a->id);
	unsigned from = BIT(D_HELD) | (a->verb == LOSE ? FREE : 0);

	(void)now;
	return d && own_device(m, a, d) && IS(d, from) &&
	       !(d->state == D_HELD && d->held_from == D_SOLD);
}

static void do_go(struct town *m, const struct ask *a, const struct told *t, int64_t now)
{
	struct m_device *d = model_device(m, a->id);

	(void)t;
	(void)now;
	d->lost_from = d->state;
	if (d->state == D_LISTED)
		d->price = NONE;
	d->state = a->verb == LOSE ? D_LOST : D_SEIZED;
	to_place(d, a->verb == LOSE ? NOBODY_KNOWS : AT_AUTHORITY, 0);
}

static bool may_find(const struct town *m, const struct ask *a, int64_t now)
{
	const struct m_device *d = model_device(m, a->id);

	(void)now;
	return d && d->state == D_LOST && at_own_site(m, a, a->site);
}

/* Where a device goes on that was lost in this state: nobody knows who had it. */
static int64_t goes_on(const struct town *m, const struct m_device *d, int64_t was)
{
	switch (was) {
	case D_CUSTODY:
	case D_RETURNING:
		return d->owner == m->programme ? D_OWNED : was;
	case D_ERASED:
	case D_STOCK:
	case D_LISTED:
		return D_OWNED;
	case D_ERASING:
		return D_ERASE_FAILED;
	default:
		return was;
	}
}

static void do_find(struct town *m, const struct ask *a, const struct told *t, int64_t now)
{
	struct m_device *d = model_device(m, a->id);
	int64_t held = d->held_from;

	(void)t;
	(void)now;
	d->state = goes_on(m, d, d->lost_from);
	d->held_from = NONE;
	if (d->lost_from == D_HELD) {
		int64_t after = goes_on(m, d, held);
		bool ours_now = (held == D_CUSTODY || held == D_RETURNING) && after == D_OWNED;
		d->state = ours_now ? D_OWNED : D_HELD;
		d->held_from = ours_now ? NONE : after;
	}
	d->lost_from = NONE;
	d->price = NONE;
	to_place(d, AT_SITE, a->site);
	reopen(d);
}

static bool may_ship(const struct town *m, const struct ask *a, int64_t now)
{
	const struct m_device *d = model_device(m, a->id);
	const struct m_party *carrier = a->other ? model_party(m, a->other) : NULL;

	(void)now;
	return d && own_device(m, a, d) && ready(d, FREE | BIT(D_HELD) | BIT(D_SOLD)) &&
	       d->place == AT_SITE && site_of(m, a->site) && a->site != d->at &&
	       (a->other == 0 || (carrier && carrier->carrier));
}

static void do_ship(struct town *m, const struct ask *a, const struct told *t, int64_t now)
{
	struct m_device *d = model_device(m, a->id);

	(void)t;
	(void)now;
	to_place(d, ON_THE_WAY, a->other);
	d->to_site = a->site;
}

static bool may_arrive(const struct town *m, const struct ask *a, int64_t now)
{
	const struct m_device *d = model_device(m, a->id);

	(void)now;
	return d && IS(d, FREE | BIT(D_HELD) | BIT(D_SOLD)) && d->to_site != NONE &&
	       at_own_site(m, a, a->site);
}

static void do_arrive(struct town *m, const struct ask *a, const struct told *t, int64_t now)
{
	(void)t;
	(void)now;
	to_place(model_device(m, a->id), AT_SITE, a->site);
}

static bool may_weigh(const struct town *m, const struct ask *a, int64_t now)
{
	const struct m_device *d = model_device(m, a->id);

	(void)now;
	return d && own_device(m, a, d) && ready(d, FREE | BIT(D_HELD));
}

static void do_weigh(struct town *m, const struct ask *a, const struct told *t, int64_t now)
{
	(void)t;
	(void)now;
	model_device(m, a->id)->mass = a->amount;
}

static bool may_medium(const struct town *m, const struct ask *a, int64_t now)
{
	const struct m_device *d = model_device(m, a->id);

	(void)now;
	return d && ready(d, BIT(D_CUSTODY) | WORKSHOP | SALEABLE | BIT(D_TO_RECOVER)) &&
	       d->media < M_MEDIA;
}

static void do_medium(struct town *m, const struct ask *a, const struct told *t, int64_t now)
{
	struct m_device *d = model_device(m, a->id);

	(void)t;
	(void)now;
	d->medium[d->media++] = (struct m_medium){.state = M_PRESENT};
	d->storage = true;
	if (IS(d, BIT(D_ERASED) | SALEABLE)) {
		d->state = D_OWNED;
		d->price = NONE;
	}
}

/* --- erasure --- */

static bool may_erase(const struct town *m, const struct ask *a, int64_t now)
{
	const struct m_device *d = model_device(m, a->id);

	(void)now;
	return ready(d, BIT(D_OWNED) | BIT(D_ERASE_FAILED)) && d->media > 0 && !all_clear(d);
}

static void do_erase(struct town *m, const struct ask *a, const struct told *t, int64_t now)
{
	struct m_device *d = model_device(m, a->id);

	(void)t;
	(void)now;
	d->state = D_ERASING;
	d->round++;
}

static bool may_attempt(const struct town *m, const struct ask *a, int64_t now)
{
	const struct m_device *d = model_device(m, a->id);

	(void)now;
	return ready(d, BIT(D_ERASING)) && a->n <= d->media && !is_clear(&d->medium[a->n - 1]);
}

static void do_attempt(struct town *m, const struct ask *a, const struct told *t, int64_t now)
{
	static const int64_t leads_to[] = {
		[VERIFIED] = M_ERASED, [FAILED] = M_FAILED, [NOT_TRIED] = M_PRESENT};
	struct m_device *d = model_device(m, a->id);

	(void)t;
	(void)now;
	d->medium[a->n - 1] = (struct m_medium){leads_to[a->what], d->round};
	end_attempt(m, d, a->n);
}

static bool may_destroy(const struct town *m, const struct ask *a, int64_t now)
{
	const struct m_device *d = model_device(m, a->id);

	(void)now;
	return ready(d, BIT(D_OWNED) | BIT(D_ERASING) | BIT(D_ERASE_FAILED) | BIT(D_TO_RECOVER)) &&
	       a->n <= d->media && d->medium[a->n - 1].state != M_DESTROYED;
}

static void do_destroy(struct town *m, const struct ask *a, const struct told *t, int64_t now)
{
	struct m_device *d = model_device(m, a->id);

	(void)t;
	(void)now;
	d->medium[a->n - 1] = (struct m_medium){M_DESTROYED, d->round};
	if (d->state != D_TO_RECOVER)
		end_attempt(m, d, a->n);
}

/* --- stock and sale --- */

static bool may_receive(const struct town *m, const struct ask *a, int64_t now)
{
	const struct m_device *d = model_device(m, a->id);

	(void)now;
	return ready(d, BIT(D_OWNED) | BIT(D_ERASED)) && own_device(m, a, d) &&
	       (all_clear(d) || !UNBENT(m, NO_GATE)) && d->place == AT_SITE;
}

static void do_receive(struct town *m, const struct ask *a, const struct told *t, int64_t now)
{
	(void)t;
	(void)now;
	model_device(m, a->id)->state = D_STOCK;
}

static bool may_list(const struct town *m, const struct ask *a, int64_t now)
{
	const struct m_device *d = model_device(m, a->id);

	return ready(d, SALEABLE) && own_device(m, a, d) && may_leave(m, d, now);
}

static void do_list(struct town *m, const struct ask *a, const struct told *t, int64_t now)
{
	struct m_device *d = model_device(m, a->id);

	(void)t;
	(void)now;
	d->state = D_LISTED;
	d->price = a->amount;
}

static bool may_unlist(const struct town *m, const struct ask *a, int64_t now)
{
	const struct m_device *d = model_device(m, a->id);

	(void)now;
	return ready(d, BIT(D_LISTED)) && own_device(m, a, d);
}

static void do_unlist(struct town *m, const struct ask *a, const struct told *t, int64_t now)
{
	struct m_device *d = model_device(m, a->id);

	(void)t;
	(void)now;
	d->state = D_STOCK;
	d->price = NONE;
}

static bool may_sell(const struct town *m, const struct ask *a, int64_t now)
{
	const struct m_device *d = model_device(m, a->id);
	const struct m_party *buyer = model_party(m, a->other);

	return ready(d, BIT(D_LISTED)) && buyer && buyer->buyer && for_party(a, a->other) &&
	       may_leave(m, d, now) && d->place == AT_SITE &&
	       (a->amount == 0 || a->amount == d->price) &&
	       (buyer->credit - buyer->credit_promised >= d->price || !UNBENT(m, NO_FUNDS));
}

static void do_sell(struct town *m, const struct ask *a, const struct told *t, int64_t now)
{
	struct m_device *d = model_device(m, a->id);

	(void)now;
	m->sale[m->sales++] = (struct m_sale){.id = t->id,
					      .device = d->id,
					      .buyer = a->other,
					      .price = d->price,
					      .state = S_RESERVED,
					      .until_us = NONE};
	model_party(m, a->other)->credit_promised += d->price;
	d->state = D_SOLD;
	d->price = NONE;
}

static bool may_cancel_sale(const struct town *m, const struct ask *a, int64_t now)
{
	const struct m_sale *s = model_sale(m, a->id);

	(void)now;
	return s && for_party(a, s->buyer) && s->state == S_RESERVED &&
	       ready(model_device(m, s->device), BIT(D_SOLD));
}

static void do_cancel_sale(struct town *m, const struct ask *a, const struct told *t, int64_t now)
{
	struct m_sale *s = model_sale(m, a->id);

	(void)t;
	(void)now;
	s->state = S_CANCELLED;
	model_party(m, s->buyer)->credit_promised -= s->price;
	model_device(m, s->device)->state = D_STOCK;
}

static bool may_deliver(const struct town *m, const struct ask *a, int64_t now)
{
	const struct m_sale *s = model_sale(m, a->id);
	const struct m_device *d = s ? model_device(m, s->device) : NULL;

	return d && own_device(m, a, d) && s->state == S_RESERVED && ready(d, BIT(D_SOLD)) &&
	       may_leave(m, d, now);
}

/* The window ends with the local day that is so many days after the day of delivery. */
static int64_t window_end(int64_t now)
{
	const int64_t east = EAST_HOURS * INT64_C(3600000000);

	return ((now + east) / DAY + RETURN_DAYS + 1) * DAY - east;
}

static void do_deliver(struct town *m, const struct ask *a, const struct told *t, int64_t now)
{
	struct m_sale *s = model_sale(m, a->id);
	struct m_device *d = model_device(m, s->device);
	struct m_party *buyer = model_party(m, s->buyer);

	(void)t;
	s->state = S_DELIVERED;
	s->until_us = window_end(now);
	d->state = D_DELIVERED;
	d->owner = s->buyer;
	d->money += s->price;
	buyer->credit -= s->price;
	buyer->credit_promised -= s->price;
	to_place(d, AT_BUYER, s->buyer);
}

static bool may_bring_back(const struct town *m, const struct ask *a, int64_t now)
{
	const struct m_sale *s = model_sale(m, a->id);

	return s && at_own_site(m, a, a->site) && s->state == S_DELIVERED &&
	       model_device(m, s->device)->state == D_DELIVERED &&
	       (now < s->until_us || !UNBENT(m, NO_WINDOW));
}

static void do_bring_back(struct town *m, const struct ask *a, const struct told *t, int64_t now)
{
	struct m_sale *s = model_sale(m, a->id);
	struct m_device *d = model_device(m, s->device);

	(void)t;
	(void)now;
	s->state = S_RETURNED;
	d->state = D_OWNED;
	d->owner = m->programme;
	d->money -= s->price;
	model_party(m, s->buyer)->credit += s->price;
	to_place(d, AT_SITE, a->site);
	reopen(d);
}

static bool may_pay_in(const struct town *m, const struct ask *a, int64_t now)
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

static void do_pay_in(struct town *m, const struct ask *a, const struct told *t, int64_t now)
{
	int64_t in = a->verb == DEPOSIT ? a->amount : -a->amount;

	(void)t;
	(void)now;
	m->ref[m->refs++] = a->n;
	model_party(m, a->id)->credit += in;
	m->bank -= in;
}

static bool may_send(const struct town *m, const struct ask *a, int64_t now)
{
	const struct m_device *d = model_device(m, a->id);

	(void)now;
	return ready(d, BIT(D_OWNED) | BIT(D_ERASED) | BIT(D_ERASE_FAILED) | BIT(D_STOCK)) &&
	       own_device(m, a, d);
}

static void do_send(struct town *m, const struct ask *a, const struct told *t, int64_t now)
{
	(void)t;
	(void)now;
	model_device(m, a->id)->state = D_TO_RECOVER;
}

/* --- payouts --- */

static bool is_owed(const struct m_item *i)
{
	return i && IS(i, BIT(I_AGREED) | BIT(I_PAYOUT_FAILED) | BIT(I_LOST)) &&
	       i->owed - i->promised > 0;
}

/* The lines that a payout would have; -1: it is refused. */
static int make_lines(const struct town *m, const struct ask *a, struct m_line line[M_LINES])
{
	int n = 0;

	for (int k = 0; k < ASK_ITEMS && a->pay[k]; k++) {
		const struct m_item *i = model_item(m, a->pay[k]);
		if (!is_owed(i))
			return -1;
		for (int j = 0; j < n; j++)
			if (line[j].item == i->id)
				return -1;
		line[n++] = (struct m_line){i->id, NONE, NONE, i->owed - i->promised, L_PENDING};
	}
	if (a->other) {
		const struct m_party *p = model_party(m, a->other);
		if (!p || p->owed - p->owed_promised <= 0)
			return -1;
		line[n++] =
			(struct m_line){NONE, p->id, NONE, p->owed - p->owed_promised, L_PENDING};
	}
	if (a->id) {
		const struct m_party *p = model_party(m, a->id);
		int64_t free = p ? p->credit - p->credit_promised : 0;
		if (free <= 0 || a->amount > free)
			return -1;
		line[n++] =
			(struct m_line){NONE, NONE, p->id, a->amount ? a->amount : free, L_PENDING};
	}
	for (int k = 0; a->what && k < m->items && n < M_LINES; k++)
		if (is_owed(&m->item[k]))
			line[n++] = (struct m_line){m->item[k].id, NONE, NONE, m->item[k].owed,
						    L_PENDING};
	for (int k = 0; a->what && k < m->parties && n < M_LINES; k++)
		if (m->party[k].owed > m->party[k].owed_promised)
			line[n++] = (struct m_line){NONE, m->party[k].id, NONE,
						    m->party[k].owed - m->party[k].owed_promised,
						    L_PENDING};
	return n ? n : -1;
}

int model_due(const struct town *m)
{
	int n = 0;

	for (int k = 0; k < m->items; k++)
		n += is_owed(&m->item[k]);
	for (int k = 0; k < m->parties; k++)
		n += m->party[k].owed > m->party[k].owed_promised;
	return n;
}

static bool may_payout(const struct town *m, const struct ask *a, int64_t now)
{
	struct m_line line[M_LINES];

	(void)now;
	return make_lines(m, a, line) > 0;
}

/* What a line takes from is less free, or free again. */
static void promise(struct town *m, const struct m_line *l, int64_t amount)
{
	if (l->item != NONE)
		model_item(m, l->item)->promised += amount;
	else if (l->party != NONE)
		model_party(m, l->party)->owed_promised += amount;
	else
		model_party(m, l->buyer)->credit_promised += amount;
}

static void do_payout(struct town *m, const struct ask *a, const struct told *t, int64_t now)
{
	struct m_payout *p = &m->payout[m->payouts++];

	(void)a;
	(void)now;
	*p = (struct m_payout){.id = t->id, .state = P_CREATED, .lines = t->lines};
	memcpy(p->line, t->line, sizeof(p->line));
	for (int64_t i = 0; i < p->lines; i++) {
		promise(m, &p->line[i], p->line[i].amount);
		if (p->line[i].item != NONE) {
			model_item(m, p->line[i].item)->state = I_PAYING;
			model_item(m, p->line[i].item)->payout = p->id;
		}
	}
}

static int64_t waiting(const struct m_payout *p)
{
	int64_t n = 0;

	for (int64_t i = 0; i < p->lines; i++)
		n += p->line[i].state == L_PENDING;
	return n;
}

static bool may_exported(const struct town *m, const struct ask *a, int64_t now)
{
	const struct m_payout *p = model_payout(m, a->id);

	(void)now;
	return p && (p->state == P_CREATED || (p->state == P_EXPORTED && waiting(p) == p->lines));
}

static void do_exported(struct town *m, const struct ask *a, const struct told *t, int64_t now)
{
	(void)t;
	(void)now;
	model_payout(m, a->id)->state = P_EXPORTED;
}

static void end_line(struct town *m, struct m_line *l, int64_t state)
{
	l->state = state;
	promise(m, l, -l->amount);
	if (l->item != NONE)
		model_item(m, l->item)->state = state == L_PAID ? I_PAID : I_PAYOUT_FAILED;
	if (state != L_PAID)
		return;
	m->bank += l->amount;
	if (l->item != NONE)
		model_item(m, l->item)->owed -= l->amount;
	else if (l->party != NONE)
		model_party(m, l->party)->owed -= l->amount;
	else
		model_party(m, l->buyer)->credit -= l->amount;
}

static bool may_drop(const struct town *m, const struct ask *a, int64_t now)
{
	const struct m_payout *p = model_payout(m, a->id);

	(void)now;
	return p && p->state == P_CREATED;
}

static void do_drop(struct town *m, const struct ask *a, const struct told *t, int64_t now)
{
	struct m_payout *p = model_payout(m, a->id);

	(void)t;
	(void)now;
	p->state = P_CANCELLED;
	for (int64_t i = 0; i < p->lines; i++)
		end_line(m, &p->line[i], L_DROPPED);
}

/* what: two bits a line: 0 not named, 1 paid, 2 rejected. */
static int64_t answered(const struct ask *a, int64_t line)
{
	return a->what >> (2 * line) & 3;
}

static bool may_result(const struct town *m, const struct ask *a, int64_t now)
{
	const struct m_payout *p = model_payout(m, a->id);
	int64_t named = 0;

	(void)now;
	if (!p || p->state != P_EXPORTED)
		return false;
	for (int64_t i = 0; i < p->lines; i++) {
		named += answered(a, i) != 0;
		if (answered(a, i) && p->line[i].state != L_PENDING)
			return false;
	}
	return named > 0;
}

static void do_result(struct town *m, const struct ask *a, const struct told *t, int64_t now)
{
	struct m_payout *p = model_payout(m, a->id);

	(void)t;
	(void)now;
	for (int64_t i = 0; i < p->lines; i++)
		if (answered(a, i))
			end_line(m, &p->line[i], answered(a, i) == 1 ? L_PAID : L_REJECTED);
	if (waiting(p) == 0)
		p->state = P_SETTLED;
}

/* --- the table --- */

#define OF_STAFF BIT(STAFF)
#define OF_SHOP (BIT(STAFF) | BIT(CLERK))
#define OF_ALL (BIT(STAFF) | BIT(CLERK) | BIT(LINK))
#define OF_TRADE (BIT(STAFF) | BIT(CLERK) | BIT(BUYER))

static const struct {
	unsigned who;
	bool (*may)(const struct town *, const struct ask *, int64_t now);
	void (*apply)(struct town *, const struct ask *, const struct told *, int64_t now);
} verbs[VERBS] = {
	[BOOK] = {OF_ALL, may_book, do_book},
	[GIVE] = {OF_ALL, may_give, do_give},
	[TAKE_IN] = {OF_SHOP, may_take, do_take},
	[CANCEL] = {OF_ALL, may_cancel, do_cancel},
	[LAPSE] = {OF_STAFF, may_lapse, do_lapse},
	[INSPECT] = {OF_SHOP, may_inspect, do_inspect},
	[ACCEPT] = {OF_ALL, may_accept, do_accept},
	[DECLINE] = {OF_ALL, may_decline, do_decline},
	[RETURN_GIVEN] = {OF_SHOP, may_return, do_return},
	[RETURN_TAKEN] = {OF_ALL, may_return, do_return},
	[RETURN_FAILED] = {OF_SHOP, may_return, do_return},
	[COMPENSATE] = {OF_SHOP, may_compensate, do_compensate},
	[SEIZED] = {OF_SHOP, may_seized, do_seized},
	[HOLD] = {OF_SHOP, may_hold, do_hold},
	[RELEASE] = {OF_SHOP, may_release, do_release},
	[SEIZE] = {OF_SHOP, may_go, do_go},
	[LOSE] = {OF_SHOP, may_go, do_go},
	[FIND] = {OF_SHOP, may_find, do_find},
	[SHIP] = {OF_SHOP, may_ship, do_ship},
	[ARRIVE] = {OF_SHOP, may_arrive, do_arrive},
	[WEIGH] = {OF_SHOP, may_weigh, do_weigh},
	[MEDIUM] = {OF_STAFF, may_medium, do_medium},
	[ERASE] = {OF_STAFF, may_erase, do_erase},
	[ATTEMPT] = {OF_STAFF, may_attempt, do_attempt},
	[DESTROY] = {OF_STAFF, may_destroy, do_destroy},
	[RECEIVE] = {OF_SHOP, may_receive, do_receive},
	[LIST] = {OF_SHOP, may_list, do_list},
	[UNLIST] = {OF_SHOP, may_unlist, do_unlist},
	[SELL] = {OF_TRADE, may_sell, do_sell},
	[CANCEL_SALE] = {OF_TRADE, may_cancel_sale, do_cancel_sale},
	[DELIVER] = {OF_SHOP, may_deliver, do_deliver},
	[RETURN] = {OF_SHOP, may_bring_back, do_bring_back},
	[DEPOSIT] = {OF_SHOP, may_pay_in, do_pay_in},
	[REFUND] = {OF_SHOP, may_pay_in, do_pay_in},
	[SEND] = {OF_SHOP, may_send, do_send},
	[PAYOUT] = {OF_STAFF, may_payout, do_payout},
	[EXPORTED] = {OF_STAFF, may_exported, do_exported},
	[DROP] = {OF_STAFF, may_drop, do_drop},
	[RESULT] = {OF_STAFF, may_result, do_result},
};

/* --- keys and time --- */

/* The newest use of a key by this caller for this verb, or NULL. */
static const struct m_known *known_key(const struct town *m, const struct ask *a, int64_t key)
{
	for (int i = m->keys - 1; i >= 0; i--) {
		const struct m_known *k = &m->known[i];
		if (k->key == key && k->ask.verb == a->verb && k->ask.asker == a->asker &&
		    k->ask.party == a->party && k->ask.order == a->order)
			return k;
	}
	return NULL;
}

static int64_t recorded_at(const struct town *m, int64_t clock_us)
{
	return clock_us > m->last_us ? clock_us : m->last_us;
}

enum verdict model_judge(const struct town *m, const struct ask *a, int64_t key, int64_t clock_us,
			 int64_t *seq)
{
	const struct m_known *k = key ? known_key(m, a, key) : NULL;
	int64_t now = recorded_at(m, clock_us);

	*seq = m->size;
	if (!(verbs[a->verb].who & BIT(a->asker)))
		return REFUSED;
	if (k && (k->recorded_us >= now - KEY_DAYS * DAY || !UNBENT(m, KEYS_FOREVER))) {
		*seq = k->seq;
		return memcmp(&k->ask, a, sizeof(*a)) == 0 ? REPLAYED : OTHER_BODY;
	}
	if (a->claimed_us != NONE && (a->claimed_us > now + AHEAD_S * INT64_C(1000000) ||
				      a->claimed_us < now - BACK_DAYS * DAY))
		return REFUSED;
	return verbs[a->verb].may(m, a, now) ? ALLOWED : REFUSED;
}

/* The same lines, in the order that they were answered in. */
static const char *check_lines(const struct town *m, const struct ask *a, const struct told *t)
{
	struct m_line line[M_LINES];
	int n = make_lines(m, a, line);

	for (int64_t i = 0; i < t->lines; i++) {
		const struct m_line *l = &t->line[i];
		int k = 0;
		while (k < n && !(line[k].item == l->item && line[k].party == l->party &&
				  line[k].buyer == l->buyer && line[k].amount == l->amount))
			k++;
		if (k == n)
			return "a payment that is not owed, or is of another amount";
		line[k].amount = NONE;
	}
	return t->lines == n ? NULL : "a payout of more, or of less, than is owed";
}

/* What the rules say is theirs; but nobody gets less than was promised, and worse is less. */
static const char *check_told(const struct town *m, const struct ask *a, const struct told *t)
{
	const struct m_item *i = model_item(m, a->id);

	for (int64_t k = 0; a->verb == BOOK && k < a->n; k++)
		if (t->quoted[k] <= 0 || model_item(m, t->item[k]))
			return "a price of nothing, or an item's number that another has";
	if ((a->verb == SELL || a->verb == PAYOUT) &&
	    (model_sale(m, t->id) || model_payout(m, t->id)))
		return "a number that another has";
	if (a->verb == PAYOUT)
		return check_lines(m, a, t);
	if (a->verb == ACCEPT && (t->agreed != i->offered || t->granted != i->bonus))
		return "what was agreed is not what was offered";
	if (a->verb != INSPECT || !IS(i, NOT_AGREED) || a->what == LOCKED || a->what == STOLEN)
		return NULL;
	if (a->what == WORSE)
		return t->offered > 0 && t->offered < i->quoted ?
			       NULL :
			       "worse than was said, but not cheaper";
	if (t->agreed < i->quoted || t->granted < i->said_bonus)
		return "the owner gets less than was promised";
	if (a->what == AS_SAID && (t->agreed != i->quoted || t->granted != i->said_bonus))
		return "as it was said, but at another price";
	return NULL;
}

const char *model_apply(struct town *m, const struct ask *a, int64_t key, int64_t clock_us,
			const struct told *t)
{
	int64_t now = recorded_at(m, clock_us);
	const char *wrong = check_told(m, a, t);

	if (wrong)
		return wrong;
	verbs[a->verb].apply(m, a, t, now);
	if (key)
		m->known[m->keys++] = (struct m_known){key, m->size, now, *a};
	m->size++;
	m->last_us = now;
	return NULL;
}

bool model_full(const struct town *m)
{
	enum { BATCH = 64 };

	return m->items > M_ITEMS - ASK_ITEMS * BATCH || m->sales > M_SALES - BATCH ||
	       m->payouts > M_PAYOUTS - BATCH || m->keys > M_KNOWN - BATCH ||
	       m->refs > M_REFS - BATCH;
}
