/* The model of recovery: batches weighed in and out, lots, consignments and the recyclers' receipts. */
#include "model_parts.h"

int64_t model_left(const struct m_batch *b)
{
	return b->in + b->gain - b->out - b->loss;
}

static bool more_fits(const struct town *m, int64_t mass, int64_t room)
{
	return mass <= room || !UNBENT(m, MORE_OUT);
}

enum verdict judge_batch(const struct town *m, const struct ask *a, int64_t now)
{
	const struct m_party *p = model_party(m, a->other);
	const struct m_site *s = site_of(m, a->site);
	const struct m_party *keeper = s ? model_party(m, s->party) : NULL;

	(void)now;
	return !p || !keeper				      ? NOT_THERE :
	       !for_party(a, p->id)			      ? NOT_YOURS :
	       !keeper->operates && !for_party(a, keeper->id) ? NOT_YOURS :
	       p->recycler || p->operates		      ? ALLOWED :
								NOT_SO;
}

void do_batch(struct town *m, const struct ask *a, const struct told *t, int64_t now)
{
	(void)now;
	m->batch[m->batches++] = (struct m_batch){
		.id = t->id, .state = B_OPEN, .site = a->site, .dismantler = a->other};
}

/* The dismantler's own, and open. */
static enum verdict at_work(const struct ask *a, const struct m_batch *b)
{
	return !b			    ? NOT_THERE :
	       !for_party(a, b->dismantler) ? NOT_YOURS :
	       b->state == B_OPEN	    ? ALLOWED :
					      NOT_NOW;
}

enum verdict judge_weigh_in(const struct town *m, const struct ask *a, int64_t now)
{
	const struct m_batch *b = model_batch(m, a->id);
	const struct m_device *d = model_device(m, a->other);
	enum verdict work = at_work(a, b);

	(void)now;
	if (work != ALLOWED)
		return work;
	if (!d)
		return NOT_THERE;
	return ready(d, BIT(D_TO_RECOVER)) && d->place == AT_SITE && d->at == b->site ? ALLOWED :
											NOT_NOW;
}

void do_weigh_in(struct town *m, const struct ask *a, const struct told *t, int64_t now)
{
	struct m_batch *b = model_batch(m, a->id);
	struct m_device *d = model_device(m, a->other);

	(void)t;
	(void)now;
	m->measured += d->mass - a->amount; /* the scale is right */
	d->mass = a->amount;
	d->state = D_RECOVERED;
	to_place(d, IN_PIECES, b->id);
	b->devices++;
	b->in += a->amount;
}

/* Number n of a device: what was found before, then what is being found. */
static struct m_component component(const struct town *m, const struct ask *a, int64_t known,
				    int64_t n)
{
	for (int i = 0; n <= known && i < m->components; i++)
		if (m->component[i].device == a->other && m->component[i].n == n)
			return m->component[i];
	return (struct m_component){a->other, n, a->found[n - known - 1].parent,
				    a->found[n - known - 1].mass};
}

static int64_t found_in(const struct town *m, int64_t device)
{
	int64_t n = 0;

	for (int i = 0; i < m->components; i++)
		n += m->component[i].device == device;
	return n;
}

/* What was weighed of it directly: not of what is within that. */
static int64_t weighed_within(const struct town *m, const struct ask *a, int64_t known,
			      int64_t parent)
{
	int64_t sum = 0;

	for (int64_t n = 1; n <= known + a->n; n++) {
		struct m_component c = component(m, a, known, n);
		sum += c.parent == parent ? c.mass : 0;
	}
	return sum;
}

enum verdict judge_component(const struct town *m, const struct ask *a, int64_t now)
{
	const struct m_device *d = model_device(m, a->other);
	int64_t known = found_in(m, a->other);
	enum verdict work = at_work(a, model_batch(m, a->id));

	(void)now;
	if (work != ALLOWED)
		return work;
	if (!d)
		return NOT_THERE;
	if (d->place != IN_PIECES || d->at != a->id)
		return NOT_NOW;
	for (int64_t k = 0; k < a->n; k++)
		if (a->found[k].parent > known + k || a->found[k].fraction == 1 + NO_FRACTION)
			return NOT_SO;
	if (!more_fits(m, weighed_within(m, a, known, 0), d->mass))
		return NOT_NOW;
	for (int64_t n = 1; n <= known + a->n; n++) {
		int64_t mass = component(m, a, known, n).mass;
		if (mass && weighed_within(m, a, known, n) > mass)
			return NOT_NOW;
	}
	return ALLOWED;
}

void do_component(struct town *m, const struct ask *a, const struct told *t, int64_t now)
{
	int64_t known = found_in(m, a->other);

	(void)t;
	(void)now;
	for (int64_t k = 0; k < a->n; k++)
		m->component[m->components++] = (struct m_component){
			a->other, known + k + 1, a->found[k].parent, a->found[k].mass};
}

enum verdict judge_weigh_out(const struct town *m, const struct ask *a, int64_t now)
{
	const struct m_batch *b = model_batch(m, a->id);
	const struct m_lot *l = a->other ? model_lot(m, a->other) : NULL;
	enum verdict work = at_work(a, b);

	(void)now;
	if (work != ALLOWED)
		return work;
	if (a->what == NO_FRACTION)
		return NOT_SO;
	if (!more_fits(m, a->amount, model_left(b)))
		return NOT_NOW;
	if (!a->other)
		return ALLOWED;
	if (!l)
		return NOT_THERE;
	return l->state == T_OPEN && l->site == b->site &&
			       (l->fraction == a->what || !UNBENT(m, MIXED_LOT)) ?
		       ALLOWED :
		       NOT_NOW;
}

void do_weigh_out(struct town *m, const struct ask *a, const struct told *t, int64_t now)
{
	struct m_batch *b = model_batch(m, a->id);
	struct m_lot *l = model_lot(m, t->id);

	(void)now;
	if (!a->other) {
		l = &m->lot[m->lots++];
		*l = (struct m_lot){.id = t->id,
				    .state = T_OPEN,
				    .site = b->site,
				    .fraction = a->what,
				    .consignment = NONE,
				    .received = NONE};
	}
	l->mass += a->amount;
	b->out += a->amount;
}

enum verdict judge_gain(const struct town *m, const struct ask *a, int64_t now)
{
	enum verdict work = at_work(a, model_batch(m, a->id));

	(void)now;
	if (work != ALLOWED)
		return work;
	return a->what == DUST ? NOT_SO : ALLOWED; /* nothing becomes more by that */
}

void do_gain(struct town *m, const struct ask *a, const struct told *t, int64_t now)
{
	(void)t;
	(void)now;
	model_batch(m, a->id)->gain += a->amount;
}

/* what: a reason, which is given when something is left, and only then. */
enum verdict judge_close(const struct town *m, const struct ask *a, int64_t now)
{
	const struct m_batch *b = model_batch(m, a->id);
	enum verdict work = at_work(a, b);

	(void)now;
	if (work != ALLOWED)
		return work;
	for (int i = 0; i < m->devices && UNBENT(m, DATA_LEAVES); i++) {
		const struct m_device *d = &m->device[i];
		if (d->place == IN_PIECES && d->at == b->id && !all_clear(d))
			return NOT_NOW;
	}
	return (model_left(b) > 0) == (a->what != 0) ? ALLOWED : NOT_SO;
}

void do_close(struct town *m, const struct ask *a, const struct told *t, int64_t now)
{
	struct m_batch *b = model_batch(m, a->id);

	(void)t;
	(void)now;
	b->loss += model_left(b);
	b->state = B_CLOSED;
}

/* amount: a carrier, or 0. */
enum verdict judge_consign(const struct town *m, const struct ask *a, int64_t now)
{
	const struct m_party *recycler = model_party(m, a->other),
			     *carrier = a->amount ? model_party(m, a->amount) : NULL;
	int64_t site = NONE;

	(void)now;
	if (!recycler)
		return NOT_THERE;
	if (!recycler->recycler)
		return NOT_SO;
	if (a->amount && !carrier)
		return NOT_THERE;
	if (a->amount && !carrier->carrier)
		return NOT_SO;
	for (int64_t k = 0; k < a->n; k++) {
		const struct m_lot *l = model_lot(m, a->weight[k].lot);
		if (!l)
			return NOT_THERE;
		if (!at_own_site(m, a, l->site))
			return NOT_YOURS;
		for (int64_t j = 0; j < k; j++)
			if (a->weight[j].lot == l->id)
				return NOT_SO;
		if (k == 0)
			site = l->site;
		if (l->state != T_OPEN || l->site != site)
			return NOT_NOW;
	}
	return ALLOWED;
}

void do_consign(struct town *m, const struct ask *a, const struct told *t, int64_t now)
{
	struct m_consignment *c = &m->consignment[m->consignments++];

	(void)now;
	*c = (struct m_consignment){.id = t->id,
				    .state = C_SHIPPED,
				    .site = model_lot(m, a->weight[0].lot)->site,
				    .recycler = a->other,
				    .lots = a->n,
				    .receipt_seq = NONE,
				    .received = NONE};
	for (int64_t k = 0; k < a->n; k++) {
		struct m_lot *l = model_lot(m, a->weight[k].lot);
		l->state = T_SHIPPED;
		l->consignment = c->id;
		c->mass += l->mass;
	}
}

/* Every lot of the consignment, once, and no other. */
static enum verdict same_lots(const struct town *m, const struct ask *a,
			      const struct m_consignment *c)
{
	for (int64_t k = 0; k < a->n; k++) {
		const struct m_lot *l = model_lot(m, a->weight[k].lot);
		for (int64_t j = 0; j < k; j++)
			if (a->weight[j].lot == a->weight[k].lot)
				return NOT_SO;
		if (!l || l->consignment != c->id)
			return NOT_NOW;
	}
	return a->n == c->lots ? ALLOWED : NOT_SO;
}

enum verdict judge_receipt(const struct town *m, const struct ask *a, int64_t now)
{
	const struct m_consignment *c = model_consignment(m, a->id);

	if (!c)
		return NOT_THERE;
	if (a->asker != STAFF)
		return NOT_YOURS;
	if (c->state != (a->verb == RECEIPT ? C_SHIPPED : C_RECEIPTED))
		return NOT_NOW;
	for (int i = 0; i < m->certificates; i++)
		if (m->certificate[i].recycler == c->recycler &&
		    m->certificate[i].n == a->certificate && m->certificate[i].consignment != c->id)
			return NOT_NOW;
	if (a->until_us > now)
		return NOT_SO;
	return same_lots(m, a, c);
}

/* Each lot's difference and its mass, the money; nothing of it can be taken back but by a correction. */
static int64_t note_receipt(struct town *m, int64_t n, const struct ask *a, const struct m_consignment *c)
{
	for (int64_t k = 0; k < a->n; k++) {
		const struct m_lot *l = model_lot(m, a->weight[k].lot);
		n = note_move(m, n, BOUND, NONE, NONE, l->mass - l->received);
		n = note_move(m, n, BOUND, NONE, NONE, l->received);
	}
	n = note_move(m, n, BOUND, NONE, NONE, c->value);
	return note_move(m, n, BOUND, NONE, NONE, c->fee);
}

void do_receipt(struct town *m, const struct ask *a, const struct told *t, int64_t now)
{
	struct m_consignment *c = model_consignment(m, a->id);
	struct m_party *recycler = model_party(m, c->recycler);
	int64_t n = 1;

	(void)t;
	(void)now;
	if (c->state == C_RECEIPTED)
		n = note_receipt(m, n, a, c);
	if (UNBENT(m, PAID_TWICE)) /* a correction is in place of what it corrects */
		recycler->debt += c->value - c->fee;
	c->value = a->amount == NONE ? 0 : a->amount;
	c->fee = a->fee == NONE ? 0 : a->fee;
	recycler->debt += c->fee - c->value;
	c->state = C_RECEIPTED;
	c->receipt_seq = m->size;
	c->receipts++;
	m->receipts++;
	c->received = 0;
	for (int64_t k = 0; k < a->n; k++) {
		struct m_lot *l = model_lot(m, a->weight[k].lot);
		l->state = T_RECEIPTED;
		l->received = UNBENT(m, SMOOTHED) ? a->weight[k].mass : l->mass;
		c->received += l->received;
	}
	note_receipt(m, n, a, c);
	m->certificate[m->certificates++] =
		(struct m_certificate){c->recycler, a->certificate, c->id};
}

const char *check_recovery(const struct town *m, const struct ask *a, const struct told *t)
{
	const struct m_batch *b = model_batch(m, a->id);
	const struct m_consignment *c = model_consignment(m, a->id);
	int64_t mass = 0;

	for (int64_t k = 0;
	     k < a->n && (a->verb == CONSIGN || a->verb == RECEIPT || a->verb == CORRECT); k++)
		mass += a->verb == CONSIGN ? model_lot(m, a->weight[k].lot)->mass :
					     a->weight[k].mass;
	switch ((enum verb)a->verb) {
	case BATCH:
		return model_batch(m, t->id) ? "a number that another has" : NULL;
	case WEIGH_OUT:
		if (a->other ? t->id != a->other : model_lot(m, t->id) != NULL)
			return "another lot, or a number that another has";
		return t->left == model_left(b) - a->amount ? NULL : "there is more left, or less";
	case GAIN:
		return t->left == model_left(b) + a->amount ? NULL : "there is more left, or less";
	case CLOSE:
		return t->loss == model_left(b) ? NULL : "the loss is not what is left";
	case CONSIGN:
		if (model_consignment(m, t->id))
			return "a number that another has";
		return t->mass == mass ? NULL : "more is shipped, or less";
	case RECEIPT:
	case CORRECT:
		if (t->reverses != c->receipt_seq)
			return "it corrects another receipt, or none";
		return t->received == mass && t->difference == mass - c->mass ?
			       NULL :
			       "the weights are others";
	default:
		return NULL;
	}
}
