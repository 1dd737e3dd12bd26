/* The model of payouts. */
#include "model_parts.h"

#include <string.h>

static bool is_owed(const struct m_item *i)
{
	return i && IS(i, BIT(I_AGREED) | BIT(I_PAYOUT_FAILED) | BIT(I_LOST)) &&
	       i->owed - i->promised > 0;
}

/* The lines that a payout would have; -1: it is refused. */
int make_lines(const struct town *m, const struct ask *a, struct m_line line[M_LINES])
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

bool may_payout(const struct town *m, const struct ask *a, int64_t now)
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

void do_payout(struct town *m, const struct ask *a, const struct told *t, int64_t now)
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

bool may_exported(const struct town *m, const struct ask *a, int64_t now)
{
	const struct m_payout *p = model_payout(m, a->id);

	(void)now;
	return p && (p->state == P_CREATED || (p->state == P_EXPORTED && waiting(p) == p->lines));
}

void do_exported(struct town *m, const struct ask *a, const struct told *t, int64_t now)
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

bool may_drop(const struct town *m, const struct ask *a, int64_t now)
{
	const struct m_payout *p = model_payout(m, a->id);

	(void)now;
	return p && p->state == P_CREATED;
}

void do_drop(struct town *m, const struct ask *a, const struct told *t, int64_t now)
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

bool may_result(const struct town *m, const struct ask *a, int64_t now)
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

void do_result(struct town *m, const struct ask *a, const struct told *t, int64_t now)
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
