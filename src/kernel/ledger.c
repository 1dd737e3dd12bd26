/* The ledger: an entry's transfers against balances and pending transfers. */
#include "kernel/history.h"
#include "kernel/tx_internal.h"

/* "money" stands for every currency code. */
static bool unit_fits(const struct account_kind *k, const char *unit)
{
	bool money = strlen(unit) == 3 && unit[0] >= 'A' && unit[0] <= 'Z';
	const char *want = money ? "money" : unit;
	const char *p = k->units ? strstr(k->units, want) : NULL;
	size_t n = strlen(want);

	return p && (p == k->units || p[-1] == ' ') && (p[n] == 0 || p[n] == ' ');
}

static enum err check_account(struct cx *cx, const struct domain *d, int64_t account, const char *unit)
{
	const struct account_kind *k = domain_account(d, account_code(account));

	if (!k)
		return cx_fail(cx, ERR_INVALID, "account %lld is of no declared kind", (long long)account);
	if (!unit_fits(k, unit))
		return cx_fail(cx, ERR_INVALID, "account %s does not hold %s", k->name, unit);
	return ERR_OK;
}

static enum err balance_of(struct cx *cx, struct tx *tx, int64_t account, const char *unit,
			   struct balance *out)
{
	struct balance key = {.account = account, .unit = unit};
	const void *row;

	if (tx_find(cx, tx, &balance_table, &key, &row))
		return cx->err;
	*out = row ? *(const struct balance *)row : key;
	return ERR_OK;
}

static bool add(int64_t *to, int64_t amount)
{
	return !__builtin_add_overflow(*to, amount, to) && *to <= JSON_INT_MAX && *to >= -JSON_INT_MAX;
}

/* Adds to one account; the three amounts may be negative. */
static enum err post(struct cx *cx, struct tx *tx, int64_t account, const char *unit,
		     int64_t posted, int64_t in, int64_t out)
{
	struct balance b;

	if (balance_of(cx, tx, account, unit, &b))
		return cx->err;
	if (!add(&b.posted, posted) || !add(&b.pending_in, in) || !add(&b.pending_out, out))
		return cx_fail(cx, ERR_INVALID, "account %s would overflow in %s",
			       account_text(cx, tx->domain, account), unit);
	if (b.pending_in < 0 || b.pending_out < 0)
		return cx_fail(cx, ERR_INVALID, "account %s has no such promise",
			       account_text(cx, tx->domain, account));
	if (b.posted == 0 && b.pending_in == 0 && b.pending_out == 0)
		return overlay_del(cx, tx->overlay, &balance_table, &b);
	return overlay_put(cx, tx->overlay, &balance_table, &b);
}

static enum err resolve(struct cx *cx, struct tx *tx, const struct transfer *t)
{
	struct pending key = {.seq = t->pending_seq, .n = t->pending_n};
	int64_t moved = t->kind == TRANSFER_POST ? t->amount : 0;
	const struct pending *p;
	const void *row;

	if (tx_find(cx, tx, &pending_table, &key, &row))
		return cx->err;
	p = row;
	if (!p)
		return cx_fail(cx, ERR_CONFLICT,
			       "pending transfer %lld/%lld has been settled already, or there was none",
			       (long long)key.seq, (long long)key.n);
	if (p->from_account != t->from || p->to_account != t->to || strcmp(p->unit, t->unit) != 0 ||
	    t->amount > p->amount)
		return cx_fail(cx, ERR_INVALID, "pending transfer %lld/%lld is another one",
			       (long long)p->seq, (long long)p->n);
	if (post(cx, tx, t->from, t->unit, -moved, 0, -p->amount) ||
	    post(cx, tx, t->to, t->unit, moved, -p->amount, 0))
		return cx->err;
	return overlay_del(cx, tx->overlay, &pending_table, &key);
}

static enum err apply_one(struct cx *cx, struct tx *tx, const struct transfer *t, int64_t n)
{
	struct pending p = {.seq = tx->entry->seq, .n = n, .from_account = t->from, .to_account = t->to,
			    .unit = t->unit, .amount = t->amount};

	if (check_account(cx, tx->domain, t->from, t->unit) || check_account(cx, tx->domain, t->to, t->unit))
		return cx->err;
	if (t->from == t->to || t->amount <= 0)
		return cx_fail(cx, ERR_INVALID, "transfer %lld moves nothing", (long long)n);
	switch (t->kind) {
	case TRANSFER_POSTED:
		if (post(cx, tx, t->from, t->unit, -t->amount, 0, 0))
			return cx->err;
		return post(cx, tx, t->to, t->unit, t->amount, 0, 0);
	case TRANSFER_PENDING:
		if (post(cx, tx, t->from, t->unit, 0, 0, t->amount) ||
		    post(cx, tx, t->to, t->unit, 0, t->amount, 0))
			return cx->err;
		return overlay_put(cx, tx->overlay, &pending_table, &p);
	default:
		return resolve(cx, tx, t);
	}
}

/* Funds are looked at when all of the entry's transfers are in, so their order does not matter. */
static enum err check_funds(struct cx *cx, struct tx *tx, const struct transfer *t)
{
	const struct account_kind *k = domain_account(tx->domain, account_code(t->from));
	struct balance b;

	if (!(k->flags & ACCOUNT_MIN0))
		return ERR_OK;
	if (balance_of(cx, tx, t->from, t->unit, &b))
		return cx->err;
	if (b.posted - b.pending_out >= 0)
		return ERR_OK;
	cx_fail(cx, ERR_CONFLICT, "account %s has not enough %s: %lld are missing",
		account_text(cx, tx->domain, t->from), t->unit, (long long)(b.pending_out - b.posted));
	return cx->err;
}

static enum err add_turnover(struct cx *cx, struct tx *tx, const struct entry *e, const struct transfer *t)
{
	struct turnover row = {.seq = e->seq - e->seq % TURNOVER_ENTRIES,
			       .from_kind = account_code(t->from),
			       .to_kind = account_code(t->to),
			       .unit = t->unit,
			       .tax = t->tax ? t->tax : ""};
	const void *old;

	if (tx_find(cx, tx, &turnover_table, &row, &old))
		return cx->err;
	if (old)
		row = *(const struct turnover *)old;
	if (!add(&row.transfers, 1) || !add(&row.amount, t->amount))
		return cx_fail(cx, ERR_INVALID, "more %s move at once than can be counted", t->unit);
	return overlay_put(cx, tx->overlay, &turnover_table, &row);
}

/* What moved: into the sums, and a note in the histories of both accounts. */
static enum err note_moved(struct cx *cx, struct tx *tx, const struct entry *e, const struct transfer *t)
{
	if (add_turnover(cx, tx, e, t) ||
	    history_note(cx, tx->overlay, history_of_account(tx->domain, t->from), e->seq))
		return cx->err;
	return history_note(cx, tx->overlay, history_of_account(tx->domain, t->to), e->seq);
}

enum err ledger_apply(struct cx *cx, struct tx *tx, const struct entry *e)
{
	const struct transfer *t = e->transfers.item;

	for (size_t i = 0; i < e->transfers.count; i++) {
		if (apply_one(cx, tx, &t[i], (int64_t)i + 1) ||
		    (transfer_moves(&t[i]) && note_moved(cx, tx, e, &t[i])))
			return cx->err;
	}
	for (size_t i = 0; i < e->transfers.count; i++)
		if (check_funds(cx, tx, &t[i]))
			return cx->err;
	return ERR_OK;
}
