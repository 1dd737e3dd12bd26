/* The model of what devices are known by: claims, and numbers that turn out to be one thing. */
#include "model_parts.h"

struct m_claim *model_claim(const struct town *m, int64_t device, int64_t n)
{
	for (int i = m->claims - 1; i >= 0; i--)
		if (m->claim[i].device == device && m->claim[i].n == n)
			return (struct m_claim *)&m->claim[i];
	return NULL;
}

static int64_t identity(int64_t claim)
{
	return claim < 0 ? -1 - claim : claim;
}

static int64_t claims_of(const struct town *m, int64_t device)
{
	int64_t n = 0;

	for (int i = 0; i < m->claims; i++)
		n += m->claim[i].device == device;
	return n;
}

bool claims_differ(const struct ask *a)
{
	return !a->claim[0] || identity(a->claim[0]) != identity(a->claim[1]);
}

void make_claims(struct town *m, const struct ask *a, int64_t device)
{
	int64_t n = claims_of(m, device);

	for (int k = 0; k < ASK_CLAIMS && a->claim[k]; k++)
		m->claim[m->claims++] = (struct m_claim){device, ++n, identity(a->claim[k]), false};
}

/* Is another device with us that claims this now? It is said, and not refused: numbers are copied. */
static bool also_claimed(const struct town *m, int64_t who, int64_t device, int64_t what)
{
	for (int i = 0; i < m->claims && UNBENT(m, NOBODY_ELSE); i++) {
		const struct m_claim *c = &m->claim[i];
		const struct m_device *d = model_device(m, c->device);
		if (c->identity == what && !c->ended && c->device != device && d &&
		    (d->place == AT_SITE || d->place == ON_THE_WAY) && (who == NONE || who == c->device))
			return true;
	}
	return false;
}

bool found_stolen(const struct town *m, int64_t device, int64_t who)
{
	for (int i = 0; i < m->claims && UNBENT(m, NOT_SUSPECT); i++)
		for (int j = 0; m->claim[i].device == device && j < m->claims; j++) {
			const struct m_claim *c = &m->claim[j];
			const struct m_device *d = model_device(m, c->device);
			if (c->identity == m->claim[i].identity && c->device != device && d &&
			    (d->state == D_SEIZED || (d->state == D_HELD && d->stolen)) &&
			    (who == NONE || who == d->id))
				return true;
		}
	return false;
}

const char *check_claims(const struct town *m, const struct ask *a, const struct told *t)
{
	int64_t device = a->verb == IDENTIFY ? a->id : t->id, n = claims_of(m, device);
	int64_t asked = (a->claim[0] != 0) + (a->claim[1] != 0);

	if (t->claims != asked)
		return "other claims than were made";
	for (int64_t k = 0; k < asked; k++) {
		int64_t what = identity(a->claim[k]);
		if (t->claim_n[k] != n + k + 1)
			return "a claim of another number";
		if (also_claimed(m, NONE, device, what) != (t->also[k] != NONE))
			return "another device claims the same, or none does";
		if (t->also[k] != NONE && !also_claimed(m, t->also[k], device, what))
			return "that device does not claim the same";
	}
	return NULL;
}

/* The numbers of one thing: by merges alone. */
static int one_thing(const struct town *m, int64_t device, int64_t *same)
{
	int n = 1;

	same[0] = device;
	for (int k = 0; k < n && UNBENT(m, BONUS_BY_LINK); k++)
		for (int i = 0; i < m->links; i++) {
			const struct m_link *l = &m->link[i];
			int64_t other = l->device == same[k] ? l->same_as :
					l->same_as == same[k] ? l->device :
								NONE;
			int j = 0;
			while (j < n && same[j] != other)
				j++;
			if (!l->ended && other != NONE && j == n)
				same[n++] = other;
		}
	return n;
}

static bool bought_with_bonus(const struct town *m, int64_t device)
{
	const struct m_device *d = model_device(m, device);
	const struct m_item *i = d ? model_item(m, d->item) : NULL;

	return i && i->agreed != NONE && i->bonus > 0;
}

/* A claim that ended says what it was once: that counts, too. */
bool had_bonus(const struct town *m, int64_t device)
{
	int64_t same[M_ITEMS];
	int n = one_thing(m, device, same);

	for (int k = 0; k < n && UNBENT(m, BONUS_AGAIN); k++) {
		if (k > 0 && bought_with_bonus(m, same[k]))
			return true;
		for (int i = 0; i < m->claims; i++)
			for (int j = 0; m->claim[i].device == same[k] && j < m->claims; j++)
				if (m->claim[j].identity == m->claim[i].identity &&
				    m->claim[j].device != device &&
				    bought_with_bonus(m, m->claim[j].device))
					return true;
	}
	return false;
}

bool may_identify(const struct town *m, const struct ask *a, int64_t now)
{
	const struct m_device *d = model_device(m, a->id);
	const struct m_claim *end = a->end ? model_claim(m, a->id, a->end) : NULL;

	(void)now;
	return ready(d, FREE | BIT(D_HELD)) && own_device(m, a, d) && (a->claim[0] || a->end) &&
	       (a->end == 0 || (end && !end->ended)) && claims_differ(a);
}

void do_identify(struct town *m, const struct ask *a, const struct told *t, int64_t now)
{
	(void)t;
	(void)now;
	if (a->end)
		model_claim(m, a->id, a->end)->ended = true;
	make_claims(m, a, a->id);
}

static struct m_link *link_of(const struct town *m, int64_t one, int64_t other)
{
	for (int i = 0; i < m->links; i++) {
		const struct m_link *l = &m->link[i];
		if (l->device == (one < other ? one : other) &&
		    l->same_as == (one < other ? other : one))
			return (struct m_link *)l;
	}
	return NULL;
}

bool may_merge(const struct town *m, const struct ask *a, int64_t now)
{
	const struct m_device *d = model_device(m, a->id), *same = model_device(m, a->other);
	const struct m_link *l = link_of(m, a->id, a->other);
	bool merged = l && !l->ended;

	(void)now;
	return d && own_device(m, a, d) && same && own_device(m, a, same) && a->id != a->other &&
	       merged == (a->verb == UNMERGE);
}

void do_merge(struct town *m, const struct ask *a, const struct told *t, int64_t now)
{
	struct m_link *l = link_of(m, a->id, a->other);

	(void)t;
	(void)now;
	if (!l) {
		l = &m->link[m->links++];
		*l = (struct m_link){.device = a->id < a->other ? a->id : a->other,
				     .same_as = a->id < a->other ? a->other : a->id};
	}
	l->ended = a->verb == UNMERGE;
}
