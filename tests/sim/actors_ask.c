/* What the actors ask: at random, but mostly what the model says is allowed. */
#include "actors.h"

static int64_t site_any(struct sim *s)
{
	return s->h->m.site[below(s, s->h->m.sites)].id;
}
static int64_t merchant_any(struct sim *s)
{
	return one_in(s, 4) ? s->h->store : s->h->shop;
}

static void as_somebody(struct sim *s, struct ask *a, const struct m_order *o)
{
	int64_t who = below(s, 10);

	if (who < 2 || (who < 4 && !o)) {
		a->asker = CLERK;
		a->party = o && !one_in(s, 5) ? o->merchant : merchant_any(s);
	} else if (who < 4) {
		a->asker = LINK;
		a->order = one_in(s, 20) ? s->h->m.order[newest(s, s->h->m.orders)].id : o->id;
	}
}

struct ask somebody(struct sim *s)
{
	struct ask a = {.asker = STAFF};

	as_somebody(s, &a, &s->h->m.order[newest(s, s->h->m.orders)]);
	if (one_in(s, 10))
		a = (struct ask){.asker = BUYER, .party = s->h->buyer};
	return a;
}

static void ask_book(struct sim *s, struct ask *a)
{
	a->other = s->h->owner;
	a->n = 1 + below(s, ASK_ITEMS);
	a->what = one_in(s, 6);
	if (!a->what)
		a->site = site_any(s);
	for (int64_t k = 0; k < a->n; k++)
		a->kind[k] = one_in(s, 4) ? WASHER : PHONE;
	if (one_in(s, 6))
		a->amount = one_in(s, 4) ? 1 : 100000000;
	as_somebody(s, a, NULL);
}

/* Of few identities: so that things come back, and numbers are copied. */
static void ask_claims(struct sim *s, struct ask *a)
{
	a->claim[0] = 1 + below(s, IDENTITIES);
	if (one_in(s, 3))
		a->claim[1] = 1 + below(s, IDENTITIES);
	for (int k = 0; k < ASK_CLAIMS; k++)
		if (a->claim[k] && one_in(s, 3))
			a->claim[k] = -1 - a->claim[k];
}

/* Rather one that is about it. */
static int64_t paper_of(struct sim *s, const struct m_item *i)
{
	for (int k = s->h->m.papers - 1; k >= 0 && !one_in(s, 3 * s->h->m.papers); k--) {
		const struct m_evidence *e = &s->h->m.evidence[k];
		if (e->order == i->order || (e->device != NONE && e->device == i->device))
			return e->id;
	}
	return s->h->m.evidence[newest(s, s->h->m.papers)].id;
}

static void ask_item(struct sim *s, struct ask *a)
{
	const struct m_item *i;

	if (s->h->m.items == 0) {
		a->id = 1;
		return;
	}
	i = &s->h->m.item[newest(s, s->h->m.items)];
	a->id = i->id;
	as_somebody(s, a, model_order(&s->h->m, i->order));
	if ((a->verb == GIVE || a->verb == RETURN_GIVEN) && one_in(s, 6))
		a->other = one_in(s, 4) ? s->h->owner : s->h->carrier;
	if ((a->verb == TAKE_IN && (model_order(&s->h->m, i->order)->courier || one_in(s, 10))) ||
	    (a->verb == RETURN_FAILED && one_in(s, 3)))
		a->site = site_any(s);
	if (s->h->m.papers && (a->verb == GIVE || a->verb == ACCEPT || a->verb == DECLINE ||
			    a->verb == RETURN_TAKEN || a->verb == ACCOUNT_OF))
		a->evidence = one_in(s, 2) ? 0 : paper_of(s, i);
	if (a->verb == GIVE)
		a->what = one_in(s, 4);
	if (a->verb == PROPOSE)
		a->what = one_in(s, 6) ? LISTED : below(s, 2) ? CLEAR : NOT_ASKED;
	if (a->verb == ACCOUNT_OF)
		a->id = one_in(s, 20) ? i->id : i->order;
	if (a->verb == TAKE_IN) {
		a->what = one_in(s, 6) ? 1 + one_in(s, 4) : NOT_ASKED;
		if (one_in(s, 2))
			ask_claims(s, a);
	}
	if (a->verb == INSPECT) {
		a->what = below(s, 10);
		a->what = a->what < 5 ? AS_SAID :
			  a->what < 6 ? BETTER :
			  a->what < 9 ? WORSE :
					LOCKED + one_in(s, 2);
		if (i->kind == WASHER && (a->what == BETTER || a->what == WORSE))
			a->what = AS_SAID;
	}
}

static bool is_phone(const struct sim *s, const struct m_device *d)
{
	return model_item(&s->h->m, d->item)->kind == PHONE;
}

static int64_t other_of(const struct sim *s, int64_t same_as)
{
	for (int i = 0; i < s->h->m.links; i++)
		if (s->h->m.link[i].same_as == same_as && !s->h->m.link[i].ended)
			return s->h->m.link[i].device;
	return same_as;
}

static void ask_repair(struct sim *s, struct ask *a, const struct m_device *d)
{
	a->amount = one_in(s, 2) ? 0 : below(s, 5000);
	a->n = below(s, ASK_PARTS + 1);
	for (int64_t k = 0; k < a->n; k++) {
		struct m_part *p = &a->part[k];
		p->out = one_in(s, 2);
		p->mass = 1 + below(s, p->out && one_in(s, 20) ? 2 * d->mass + 1 : 20000);
		p->cost = p->out && !one_in(s, 20) ? 0 : below(s, 20000);
		if (one_in(s, 4))
			p->medium = p->out ? 1 + below(s, d->media + 1) : 1;
	}
}

/* A device of the other city, or none. */
static int64_t elsewhere(struct sim *s)
{
	const struct town *m = &s->home[s->h == s->home].m;

	return m->devices ? m->device[newest(s, m->devices)].id : 1;
}

static void ask_device(struct sim *s, struct ask *a)
{
	const struct m_device *d;

	if (s->h->m.devices == 0) { /* of one that is not there */
		a->id = a->n = a->amount = 1;
		a->site = s->h->m.site[0].id;
		a->other = s->h->buyer;
		return;
	}
	d = &s->h->m.device[newest(s, s->h->m.devices)];
	a->id = one_in(s, 60) ? elsewhere(s) : d->id;
	as_somebody(s, a, NULL);
	if (one_in(s, 10)) {
		a->asker = DISMANTLER;
		a->party = s->h->recycler;
	}
	switch ((enum verb)a->verb) {
	case HOLD:
		a->what = one_in(s, 3);
		a->until_us = a->what ? s->t.k.now_us + (below(s, 20) - 1) * DAY_US : 0;
		break;
	case FIND:
	case SHIP:
	case ARRIVE:
		a->site = site_any(s);
		a->other = a->verb == SHIP && one_in(s, 2) ? s->h->carrier : 0;
		break;
	case WEIGH:
		a->amount = 1 + below(s, 400000);
		break;
	case ATTEMPT:
		a->what = one_in(s, 4) ? FAILED + one_in(s, 2) : VERIFIED;
		a->n = 1 + below(s, d->media + (d->media == 0));
		break;
	case DESTROY:
		a->n = 1 + below(s, d->media + one_in(s, 10) + (d->media == 0));
		break;
	case LIST:
		a->amount = 1000 + below(s, 100000);
		break;
	case SEND:
		a->what = below(s, SENT_FORS);
		break;
	case REPAIR:
		ask_repair(s, a, d);
		break;
	case IDENTIFY:
		a->end = one_in(s, 4) ? 1 + below(s, 3) : 0;
		if (!one_in(s, 4))
			ask_claims(s, a);
		break;
	case MERGE:
	case UNMERGE:
		a->other = a->verb == UNMERGE && s->h->m.links ?
				   s->h->m.link[below(s, s->h->m.links)].same_as :
				   s->h->m.device[newest(s, s->h->m.devices)].id;
		if (a->verb == UNMERGE && s->h->m.links && !one_in(s, 4))
			a->id = other_of(s, a->other);
		break;
	case DISPOSE:
		a->amount = one_in(s, 2) ? NONE : below(s, one_in(s, 2) ? 8000 : 300000);
		a->n = one_in(s, 3) ? below(s, is_phone(s, d) ? 4 : 2) : 0;
		a->what = one_in(s, 2) ? 0 : 1 + below(s, 2);
		a->other = a->what && one_in(s, 2);
		break;
	case SELL:
		a->other = one_in(s, 20) ? s->h->owner : one_in(s, 3) ? s->h->buyer2 : s->h->buyer;
		a->amount = d->price == NONE || one_in(s, 2) ? 0 : d->price + one_in(s, 8);
		if (one_in(s, 2)) {
			a->asker = BUYER;
			a->party = one_in(s, 10) ? s->h->buyer : a->other;
		}
		break;
	default:
		break;
	}
}

static void ask_sale(struct sim *s, struct ask *a)
{
	const struct m_sale *x;

	if (s->h->m.sales == 0) {
		a->id = a->site = 1;
		return;
	}
	x = &s->h->m.sale[newest(s, s->h->m.sales)];
	a->id = x->id;
	if (one_in(s, 5))
		as_somebody(s, a, NULL);
	if (a->verb == CANCEL_SALE && one_in(s, 3)) {
		a->asker = BUYER;
		a->party = one_in(s, 10) ? s->h->buyer : x->buyer;
		a->order = 0;
	}
	if (a->verb == RETURN)
		a->site = site_any(s);
}

static void ask_payout(struct sim *s, struct ask *a)
{
	int n = 0;

	if (one_in(s, 4) && model_due(&s->h->m) <= M_LINES) {
		a->what = 1;
		return;
	}
	while (s->h->m.items && n < ASK_ITEMS && (n == 0 || one_in(s, 2)))
		a->pay[n++] = s->h->m.item[newest(s, s->h->m.items)].id;
	if (one_in(s, 3))
		a->other = merchant_any(s);
	if (one_in(s, 8)) {
		a->id = s->h->buyer2;
		a->amount = one_in(s, 2) ? 0 : 1 + below(s, 100000);
	}
}

/* Rather something that can be reversed, or was; or any transfer of any entry. */
static void ask_adjust(struct sim *s, struct ask *a)
{
	const struct m_move *x = NULL;

	for (int i = 0; s->h->m.moves && i < 10; i++) {
		x = &s->h->m.move[newest(s, s->h->m.moves)];
		if ((x->what != BOUND && x->what != GRANTED) || one_in(s, 10))
			break;
	}
	a->id = x && !one_in(s, 10) ? x->seq : below(s, s->h->m.size + 2);
	a->n = !x || one_in(s, 3) ? 0 : one_in(s, 10) ? 1 + below(s, 5) : x->n;
}

static void ask_money(struct sim *s, struct ask *a)
{
	if (a->verb == DEPOSIT || a->verb == REFUND) {
		a->id = one_in(s, 20) ? s->h->owner : one_in(s, 3) ? s->h->buyer2 : s->h->buyer;
		a->amount = 1 + below(s, 60000);
		a->n = one_in(s, 10) ? 1 + below(s, s->h->next_ref) : s->h->next_ref++;
		return;
	}
	if (a->verb == RATE) {
		a->until_us = s->t.k.now_us + (below(s, 8) - 3) * DAY_US;
		a->amount = below(s, 2500);
		a->what = one_in(s, 2);
		return;
	}
	if (a->verb == TAX_PAY) {
		a->amount = 1 + below(s, one_in(s, 4) || s->h->m.tax < 1 ? 20000 : s->h->m.tax);
		return;
	}
	if (a->verb == RECEIVED) {
		const struct m_party *p = model_party(&s->h->m, s->h->recycler);
		a->what = one_in(s, 3);
		a->id = a->what == one_in(s, 15) ? one_in(s, 15) ? s->h->shop : s->h->recycler : 0;
		a->amount = 1 + below(s, a->what || p->debt >= 0 || one_in(s, 8) ? 100000 : -p->debt);
		a->fee = one_in(s, 3) ? 1 + a->amount / 8 : 0;
		return;
	}
	if (a->verb == EXCHANGE) {
		a->fee = 1 + below(s, 10000);
		a->amount = 8 * a->fee;
		a->what = one_in(s, 10);
		return;
	}
	if (a->verb == ADJUST) {
		ask_adjust(s, a);
		return;
	}
	if (a->verb == PAYOUT) {
		ask_payout(s, a);
		return;
	}
	a->id = s->h->m.payouts ? s->h->m.payout[newest(s, s->h->m.payouts)].id : 1;
	if (a->verb == RESULT && s->h->m.payouts) {
		const struct m_payout *p = model_payout(&s->h->m, a->id);
		for (int64_t i = 0; i < p->lines; i++)
			if (!one_in(s, 5) && (p->line[i].state == L_PENDING || one_in(s, 20)))
				a->what |= (one_in(s, 3) ? 2 : 1) << (2 * i);
	}
}

/* Mostly everything is seen that stands there, at times what does not. */
static void ask_site(struct sim *s, struct ask *a)
{
	int n = 0;

	a->site = one_in(s, 20) ? 1 : site_any(s);
	a->what = one_in(s, 4) ? 1 + below(s, KINDS) : 0;
	as_somebody(s, a, NULL);
	for (int i = 0; i < s->h->m.devices && n < ASK_SEEN - 2; i++) {
		const struct m_device *d = &s->h->m.device[i];
		bool here = d->place == AT_SITE && d->at == a->site &&
			    (d->state == D_STOCK || d->state == D_LISTED || d->state == D_SOLD);
		if (here ? !one_in(s, 12) : one_in(s, 60))
			a->seen[n++] = d->id;
	}
	if (one_in(s, 6))
		a->seen[n++] = 1 + below(s, 3);
	if (n && one_in(s, 15))
		a->seen[n] = a->seen[0];
}

static void ask_evidence(struct sim *s, struct ask *a)
{
	const struct m_order *o = s->h->m.orders ? &s->h->m.order[newest(s, s->h->m.orders)] : NULL;

	as_somebody(s, a, o);
	if (s->h->m.devices && !one_in(s, 3))
		a->id = s->h->m.device[newest(s, s->h->m.devices)].id;
	if (o && (!a->id || one_in(s, 20)))
		a->other = o->id;
	a->n = below(s, 1000);
	a->what = one_in(s, 10);
}

static void (*const ask_about[])(struct sim *, struct ask *) = {
	[ABOUT_ORDER] = ask_book, [ABOUT_ITEM] = ask_item,   [ABOUT_DEVICE] = ask_device,
	[ABOUT_SALE] = ask_sale,  [ABOUT_MONEY] = ask_money,
	[ABOUT_SITE] = ask_site,  [ABOUT_EVIDENCE] = ask_evidence,
	[ABOUT_RECOVERY] = ask_recovery,
};

static struct ask ask_verb(struct sim *s, enum verb verb)
{
	struct ask a = {.verb = verb, .asker = STAFF, .claimed_us = NONE};

	ask_about[acts[verb].about](s, &a);
	if (one_in(s, 4))
		a.claimed_us = s->t.k.now_us - below(s, DAY_US);
	else if (one_in(s, 40))
		a.claimed_us = s->t.k.now_us + (one_in(s, 2) ? 1 : -420) * DAY_US;
	return a;
}

static enum verb verb_any(struct sim *s)
{
	int64_t at;
	int all = 0, v;

	for (v = 0; v < VERBS; v++)
		all += acts[v].weight;
	at = below(s, all);
	for (v = 0; at >= acts[v].weight; v++)
		at -= acts[v].weight;
	return (enum verb)v;
}

/* Mostly something that is allowed now. */
struct ask ask_any(struct sim *s)
{
	enum { THOUGHTS = 40 };
	struct ask a = ask_verb(s, verb_any(s));
	int64_t seq;

	for (int i = 0; i < THOUGHTS && !one_in(s, 8); i++) {
		if (model_judge(&s->h->m, &a, 0, s->t.k.now_us, &seq) == ALLOWED)
			break;
		a = ask_verb(s, verb_any(s));
	}
	return a;
}

/* Asked before, now again: as it was, or the key with another body. */
void ask_again(struct sim *s, struct call *c)
{
	int at = s->h->sents - 1 - (int)below(s, one_in(s, 2) || s->h->sents < 12 ? s->h->sents : 12);
	struct ask other;

	c->ask = s->h->sent[at].ask;
	c->key = s->h->sent[at].key;
	if (!one_in(s, 6))
		return;
	other = ask_verb(s, (enum verb)c->ask.verb);
	other.asker = c->ask.asker;
	other.party = c->ask.party;
	other.order = c->ask.order;
	other.claimed_us = c->ask.claimed_us;
	c->ask = other;
}

void remember(struct sim *s, const struct call *c)
{
	if (s->h->sents == SENT) {
		memmove(s->h->sent, s->h->sent + SENT / 2, sizeof(s->h->sent) / 2);
		s->h->sents = SENT / 2;
	}
	s->h->sent[s->h->sents].ask = c->ask;
	s->h->sent[s->h->sents++].key = c->key;
}
