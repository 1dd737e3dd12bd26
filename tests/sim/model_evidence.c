/* The model of photos and documents: about what they are, and whom that concerns. */
#include "model_parts.h"

bool is_about(const struct town *m, int64_t evidence, const struct m_item *i)
{
	const struct m_evidence *e = model_evidence(m, evidence);

	if (!UNBENT(m, ANY_PAPER))
		return e != NULL;
	return e && (e->order == i->order || (e->device != NONE && e->device == i->device));
}

/* what: it is no picture. */
bool may_evidence(const struct town *m, const struct ask *a, int64_t now)
{
	const struct m_device *d = model_device(m, a->id);
	const struct m_order *o = model_order(m, a->other);

	(void)now;
	if ((a->id != 0) == (a->other != 0) || a->what)
		return false;
	return a->id ? d && a->asker != LINK && own_device(m, a, d) : o && own_order(a, o);
}

void do_evidence(struct town *m, const struct ask *a, const struct told *t, int64_t now)
{
	(void)now;
	m->evidence[m->papers++] = (struct m_evidence){
		t->id, a->id ? a->id : NONE, a->other ? a->other : NONE, a->n};
}

/* Those whose order it concerns, also through the device that came by it. */
bool model_may_see(const struct town *m, const struct ask *who, const struct m_evidence *e)
{
	const struct m_device *d = model_device(m, e->device);
	const struct m_item *i = d ? model_item(m, d->item) : NULL;
	const struct m_order *o = model_order(m, i ? i->order : e->order);

	return !UNBENT(m, SEEN_BY_ALL) || own_order(who, o);
}
