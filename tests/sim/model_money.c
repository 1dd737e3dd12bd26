/* The model of payouts, of what comes in, and of what is taken back. */
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

/* --- what comes in --- */

/* what: for the fund, else from a recycler. */
enum verdict judge_received(const struct town *m, const struct ask *a, int64_t now)
{
	const struct m_party *p = model_party(m, a->id);

	(void)now;
	if (a->what)
		return a->id ? NOT_SO : ALLOWED;
	if (!a->id)
		return NOT_SO;
	return !p ? NOT_THERE : !p->recycler ? NOT_SO : a->amount <= -p->debt ? ALLOWED : NOT_NOW;
}

/* fee: dollars that it came as; 0: in the city's own money. */
void do_received(struct town *m, const struct ask *a, const struct told *t, int64_t now)
{
	int64_t n = 1, party = a->what ? NONE : a->id;

	(void)t;
	(void)now;
	if (a->what)
		m->fund += a->amount;
	else
		model_party(m, a->id)->debt += a->amount;
	if (a->fee == 0) {
		m->bank -= a->amount;
		note_move(m, n, a->what ? GOT_FUND : GOT_DEBT, NONE, party, a->amount);
		return;
	}
	m->dollar_bank -= a->fee;
	m->dollar_position += a->fee;
	m->position -= a->amount;
	n = note_move(m, n, DOLLAR_IN, NONE, NONE, a->fee);
	note_move(m, n, PAID_FOR, NONE, party, a->amount);
}

/* fee: dollars for an amount of the city's own; what: it was meant to be the same currency. */
enum verdict judge_exchange(const struct town *m, const struct ask *a, int64_t now)
{
	(void)m;
	(void)now;
	return a->what ? NOT_SO : ALLOWED;
}

void do_exchange(struct town *m, const struct ask *a, const struct told *t, int64_t now)
{
	int64_t n;

	(void)t;
	(void)now;
	m->dollar_position -= a->fee;
	m->dollar_bank += a->fee;
	m->bank -= a->amount;
	m->position += a->amount;
	n = note_move(m, 1, DOLLAR_OUT, NONE, NONE, a->fee);
	note_move(m, n, OWN_IN, NONE, NONE, a->amount);
}

/* --- taken back --- */

int64_t note_move(struct town *m, int64_t n, enum moved what, int64_t device, int64_t party, int64_t amount)
{
	if (amount == 0)
		return n;
	m->move[m->moves++] = (struct m_move){.seq = m->size,
					      .n = n,
					      .what = what,
					      .device = device,
					      .party = party,
					      .amount = amount};
	return n + 1;
}

/* id: the entry; n: its transfer, 0: all. */
static bool is_meant(const struct ask *a, const struct m_move *x)
{
	return x->seq == a->id && (a->n == 0 || x->n == a->n);
}

/* What a state stands on stays, and a bonus has gone on to its owner; of a commission, what was paid or is
 * promised is not there to be taken. */
static bool reversible(const struct town *m, const struct m_move *x)
{
	const struct m_party *p = model_party(m, x->party);

	if (x->reversed && UNBENT(m, REVERSED_AGAIN))
		return false;
	if (x->what == BOUND || x->what == GRANTED)
		return false;
	return x->what != EARNED || x->back || p->owed - p->owed_promised >= x->amount ||
	       !UNBENT(m, ANY_REVERSAL);
}

static int64_t meant(const struct town *m, const struct ask *a)
{
	int64_t n = 0;

	for (int i = 0; i < m->moves; i++)
		n += is_meant(a, &m->move[i]);
	return n;
}

/* Of entries that moved no money the model has no list: in whatever way, nothing of them is reversed. */
enum verdict judge_adjust(const struct town *m, const struct ask *a, int64_t now)
{
	(void)now;
	if (a->id >= m->size)
		return NOT_THERE;
	for (int i = 0; i < m->moves; i++)
		if (is_meant(a, &m->move[i]) && !reversible(m, &m->move[i]))
			return NOT_NOW;
	return meant(m, a) ? ALLOWED : REFUSED;
}

/* sign 1: as when it was done first; -1: taken back. */
static void move_money(struct town *m, const struct m_move *x, int64_t sign)
{
	int64_t amount = sign * x->amount;

	switch ((enum moved)x->what) {
	case EARNED:
		model_device(m, x->device)->money -= amount;
		model_party(m, x->party)->owed += amount;
		break;
	case MENDED:
		model_device(m, x->device)->money -= amount;
		m->repairs += amount;
		break;
	case TAXED:
		m->tax -= amount;
		m->bank += amount;
		break;
	case GOT_DEBT:
		model_party(m, x->party)->debt += amount;
		m->bank -= amount;
		break;
	case GOT_FUND:
		m->fund += amount;
		m->bank -= amount;
		break;
	case DOLLAR_IN:
	case DOLLAR_OUT:
		amount = x->what == DOLLAR_IN ? amount : -amount;
		m->dollar_bank -= amount;
		m->dollar_position += amount;
		break;
	case PAID_FOR:
		m->position -= amount;
		*(x->party == NONE ? &m->fund : &model_party(m, x->party)->debt) += amount;
		break;
	case OWN_IN:
		m->bank -= amount;
		m->position += amount;
		break;
	case BOUND:
	case GRANTED:
	default:
		break;
	}
}

void do_adjust(struct town *m, const struct ask *a, const struct told *t, int64_t now)
{
	int64_t n = 1;

	(void)t;
	(void)now;
	for (int i = 0, before = m->moves; i < before; i++) {
		struct m_move *x = &m->move[i];
		if (!is_meant(a, x))
			continue;
		move_money(m, x, x->back ? 1 : -1);
		x->reversed = true;
		n = note_move(m, n, (enum moved)x->what, x->device, x->party, x->amount);
		m->move[m->moves - 1].back = !x->back;
	}
}

const char *check_adjusted(const struct town *m, const struct ask *a, const struct told *t)
{
	return t->count == meant(m, a) ? NULL : "more is reversed, or less";
}
