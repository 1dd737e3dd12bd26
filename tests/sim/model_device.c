/* The model of what can happen to any device, and of its erasure. */
#include "model_parts.h"

/* --- what can happen to any device --- */

bool may_hold(const struct town *m, const struct ask *a, int64_t now)
{
	const struct m_device *d = model_device(m, a->id);

	return d && own_device(m, a, d) && IS(d, FREE | BIT(D_SOLD)) &&
	       (a->what == 0 || a->until_us > now);
}

void do_hold(struct town *m, const struct ask *a, const struct told *t, int64_t now)
{
	struct m_device *d = model_device(m, a->id);

	(void)t;
	(void)now;
	d->held_from = d->state;
	d->state = D_HELD;
	d->statutory = a->what != 0;
	d->stolen = false;
	if (d->statutory)
		d->hold_until_us = a->until_us;
}

bool may_release(const struct town *m, const struct ask *a, int64_t now)
{
	const struct m_device *d = model_device(m, a->id);

	return d && own_device(m, a, d) && d->state == D_HELD &&
	       !(d->statutory && d->hold_until_us > now);
}

void do_release(struct town *m, const struct ask *a, const struct told *t, int64_t now)
{
	struct m_device *d = model_device(m, a->id);

	(void)t;
	(void)now;
	d->state = d->held_from;
	d->held_from = NONE;
}

bool may_go(const struct town *m, const struct ask *a, int64_t now)
{
	const struct m_device *d = model_device(m, a->id);
	unsigned from = BIT(D_HELD) | (a->verb == LOSE ? FREE : 0);

	(void)now;
	return d && own_device(m, a, d) && IS(d, from) &&
	       !(d->state == D_HELD && d->held_from == D_SOLD);
}

void to_lost(struct town *m, struct m_device *d)
{
	d->lost_from = d->state;
	if (d->state == D_LISTED)
		d->price = NONE;
	d->state = D_LOST;
	m->gone += d->mass;
	to_place(d, NOBODY_KNOWS, 0);
}

void do_go(struct town *m, const struct ask *a, const struct told *t, int64_t now)
{
	struct m_device *d = model_device(m, a->id);

	(void)t;
	(void)now;
	to_lost(m, d);
	if (a->verb == LOSE)
		return;
	d->state = D_SEIZED;
	to_place(d, AT_AUTHORITY, 0);
}

bool may_find(const struct town *m, const struct ask *a, int64_t now)
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

void do_find(struct town *m, const struct ask *a, const struct told *t, int64_t now)
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
	m->gone -= d->mass;
	d->price = NONE;
	to_place(d, AT_SITE, a->site);
	reopen(d);
}

bool may_ship(const struct town *m, const struct ask *a, int64_t now)
{
	const struct m_device *d = model_device(m, a->id);
	const struct m_party *carrier = a->other ? model_party(m, a->other) : NULL;

	(void)now;
	return d && own_device(m, a, d) && ready(d, FREE | BIT(D_HELD) | BIT(D_SOLD)) &&
	       d->place == AT_SITE && site_of(m, a->site) && a->site != d->at &&
	       (a->other == 0 || (carrier && carrier->carrier));
}

void do_ship(struct town *m, const struct ask *a, const struct told *t, int64_t now)
{
	struct m_device *d = model_device(m, a->id);

	(void)t;
	(void)now;
	to_place(d, ON_THE_WAY, a->other);
	d->to_site = a->site;
}

bool may_arrive(const struct town *m, const struct ask *a, int64_t now)
{
	const struct m_device *d = model_device(m, a->id);

	(void)now;
	return d && IS(d, FREE | BIT(D_HELD) | BIT(D_SOLD)) && d->to_site != NONE &&
	       at_own_site(m, a, a->site);
}

void do_arrive(struct town *m, const struct ask *a, const struct told *t, int64_t now)
{
	(void)t;
	(void)now;
	to_place(model_device(m, a->id), AT_SITE, a->site);
}

bool may_weigh(const struct town *m, const struct ask *a, int64_t now)
{
	const struct m_device *d = model_device(m, a->id);

	(void)now;
	return d && own_device(m, a, d) && ready(d, FREE | BIT(D_HELD));
}

void do_weigh(struct town *m, const struct ask *a, const struct told *t, int64_t now)
{
	struct m_device *d = model_device(m, a->id);

	(void)t;
	(void)now;
	m->measured += d->mass - a->amount;
	d->mass = a->amount;
}

bool may_medium(const struct town *m, const struct ask *a, int64_t now)
{
	const struct m_device *d = model_device(m, a->id);

	(void)now;
	return d && own_device(m, a, d) &&
	       ready(d, BIT(D_CUSTODY) | WORKSHOP | SALEABLE | BIT(D_TO_RECOVER)) && d->media < M_MEDIA;
}

void do_medium(struct town *m, const struct ask *a, const struct told *t, int64_t now)
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

bool may_erase(const struct town *m, const struct ask *a, int64_t now)
{
	const struct m_device *d = model_device(m, a->id);

	(void)now;
	return ready(d, BIT(D_OWNED) | BIT(D_ERASE_FAILED)) && d->media > 0 && !all_clear(d);
}

void do_erase(struct town *m, const struct ask *a, const struct told *t, int64_t now)
{
	struct m_device *d = model_device(m, a->id);

	(void)t;
	(void)now;
	d->state = D_ERASING;
	d->round++;
}

bool may_attempt(const struct town *m, const struct ask *a, int64_t now)
{
	const struct m_device *d = model_device(m, a->id);

	(void)now;
	return ready(d, BIT(D_ERASING)) && a->n <= d->media && !is_clear(&d->medium[a->n - 1]);
}

void do_attempt(struct town *m, const struct ask *a, const struct told *t, int64_t now)
{
	static const int64_t leads_to[] = {
		[VERIFIED] = M_ERASED, [FAILED] = M_FAILED, [NOT_TRIED] = M_PRESENT};
	struct m_device *d = model_device(m, a->id);

	(void)t;
	(void)now;
	d->medium[a->n - 1] = (struct m_medium){leads_to[a->what], d->round};
	end_attempt(m, d, a->n);
}

bool may_destroy(const struct town *m, const struct ask *a, int64_t now)
{
	const struct m_device *d = model_device(m, a->id);

	(void)now;
	return ready(d, BIT(D_OWNED) | BIT(D_ERASING) | BIT(D_ERASE_FAILED) | BIT(D_TO_RECOVER) |
				BIT(D_RECOVERED)) &&
	       own_device(m, a, d) && a->n <= d->media && d->medium[a->n - 1].state != M_DESTROYED &&
	       d->medium[a->n - 1].state != M_REMOVED;
}

void do_destroy(struct town *m, const struct ask *a, const struct told *t, int64_t now)
{
	struct m_device *d = model_device(m, a->id);

	(void)t;
	(void)now;
	d->medium[a->n - 1] = (struct m_medium){M_DESTROYED, d->round};
	if (!IS(d, BIT(D_TO_RECOVER) | BIT(D_RECOVERED)))
		end_attempt(m, d, a->n);
}
