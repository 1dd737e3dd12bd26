/* The model of what the bench decides of a device that is ours, and of what it mends. */
#include "model_parts.h"

/* The recovery rule that actors.c publishes, in this model's words and in the rule's money. */
static const struct worth {
	int64_t sale_bp, sold_bp, cost, recovery; /* cost: of selling and erasing */
	int64_t repair[ASK_REPAIRS];
} worth[KINDS] = {[PHONE] = {12000, 9000, 3500, 1700, {18000, 9000}},
		  [WASHER] = {11000, 8000, 18000, 4100, {12000, 0}}};

struct values {
	int64_t way, sale, repair, resale, recovery;
};

/* The way that is worth more; without a grade nobody can say. A price that is not said is that of the newest
 * inspection; where that priced nothing, what the owner agreed to. */
static bool value(const struct town *m, const struct ask *a, struct values *v)
{
	const struct m_device *d = model_device(m, a->id);
	const struct m_item *i = d ? model_item(m, d->item) : NULL;
	const struct worth *w = i ? &worth[i->kind] : NULL;
	int64_t price = a->amount;

	if (!i || !i->looked_at)
		return false;
	if (price == NONE)
		price = i->price != NONE ? i->price : i->agreed;
	*v = (struct values){.sale = share(price, w->sale_bp), .recovery = share(w->recovery, m->rate_bp)};
	for (int k = 0; k < ASK_REPAIRS; k++)
		v->repair += a->n >> k & 1 ? share(w->repair[k], m->rate_bp) : 0;
	v->resale = share(v->sale, w->sold_bp) - v->repair - share(w->cost, m->rate_bp);
	v->way = v->resale > v->recovery ? RESALE : RECOVERY;
	if (!UNBENT(m, DEAREST_WAY))
		v->way = RESALE;
	return true;
}

/* other: a reason is given, without which only what the rule says can be chosen. */
bool may_dispose(const struct town *m, const struct ask *a, int64_t now)
{
	const struct m_device *d = model_device(m, a->id);
	struct values v;

	(void)now;
	return ready(d, DECIDABLE) && own_device(m, a, d) && value(m, a, &v) &&
	       (a->what == 0 || (a->what - 1 == v.way) == !a->other);
}

void do_dispose(struct town *m, const struct ask *a, const struct told *t, int64_t now)
{
	(void)now;
	model_device(m, a->id)->way = t->way;
}

const char *check_values(const struct town *m, const struct ask *a, const struct told *t)
{
	struct values v;

	if (!value(m, a, &v) || t->rule_way != v.way)
		return "another way is worth more";
	if (t->way != (a->what ? a->what - 1 : v.way))
		return "it was decided otherwise than asked";
	if (t->sale != v.sale || t->repair != v.repair || t->resale != v.resale ||
	    t->recovery != v.recovery)
		return "the values are not what the rule makes of the price";
	return NULL;
}

/* What is taken out was in it, and cannot have anything on it. */
static bool part_is_there(const struct ask *a, const struct m_device *d, int64_t n)
{
	const struct m_part *p = &a->part[n];

	for (int64_t k = 0; p->medium && k < n; k++)
		if (a->part[k].out && a->part[k].medium == p->medium)
			return false;
	return p->cost == 0 && (p->medium == 0 || (p->medium <= d->media &&
						   (d->medium[p->medium - 1].state == M_ERASED ||
						    d->medium[p->medium - 1].state == M_DESTROYED)));
}

bool may_repair(const struct town *m, const struct ask *a, int64_t now)
{
	const struct m_device *d = model_device(m, a->id);
	int64_t mass = d ? d->mass : 0, media = 0;

	(void)now;
	if (!ready(d, BIT(D_OWNED) | BIT(D_ERASED) | BIT(D_STOCK)) || !own_device(m, a, d) ||
	    (a->n == 0 && a->amount == 0))
		return false;
	for (int64_t k = 0; k < a->n; k++) {
		if (a->part[k].out && !part_is_there(a, d, k))
			return false;
		mass += a->part[k].out ? -a->part[k].mass : a->part[k].mass;
		if (mass < 0) /* one after the other */
			return false;
		media += !a->part[k].out && a->part[k].medium;
	}
	return d->media + media <= M_MEDIA;
}

void do_repair(struct town *m, const struct ask *a, const struct told *t, int64_t now)
{
	struct m_device *d = model_device(m, a->id);
	int64_t cost = a->amount;

	(void)t;
	(void)now;
	for (int64_t k = 0; k < a->n; k++) {
		const struct m_part *p = &a->part[k];
		cost += p->cost;
		d->mass += p->out ? -p->mass : p->mass;
		m->parts_in -= p->out ? 0 : p->mass;
		m->parts_out += p->out ? p->mass : 0;
		if (p->out && p->medium)
			d->medium[p->medium - 1].state = M_REMOVED;
		if (p->out || !p->medium)
			continue;
		d->medium[d->media++] = (struct m_medium){.state = M_PRESENT};
		d->storage = true;
		if (UNBENT(m, UNSEEN_MEDIUM))
			d->state = D_OWNED;
	}
	m->repairs += cost;
	for (int64_t k = 0; k < a->n; k++)
		note_move(m, k + 1, BOUND, d->id, NONE, a->part[k].mass);
	note_move(m, a->n + 1, MENDED, d->id, NONE, cost);
	if (UNBENT(m, FREE_REPAIR))
		d->money -= cost;
}
