/* Making a payout, logging that its file was exported, giving it up before that. */
#include "programme/settle/parts.h"

int64_t item_owed(const struct item *i)
{
	return i->agreed_minor == FIELD_NONE ? 0 : i->agreed_minor + field_or(i->bonus_minor, 0);
}

int64_t payout_line_account(const struct payout_line *l)
{
	switch ((enum payee)l->kind) {
	case PAYEE_OWNER:
		return ACCOUNT(MONEY_OWNER, l->item);
	case PAYEE_MERCHANT:
		return ACCOUNT(MONEY_MERCHANT, l->party);
	case PAYEE_BUYER:
		break;
	}
	return ACCOUNT(MONEY_BUYER, l->party);
}

enum err settle_check_programme(struct cx *cx, struct tx *tx)
{
	if (tx_who(tx)->order)
		return cx_fail(cx, ERR_FORBIDDEN, "an order's link cannot move the programme's money");
	return tx_check_org(cx, tx, 0);
}

const struct payout *payout_get(struct cx *cx, struct tx *tx, int64_t payout)
{
	const struct payout key = {.city = tx_city(tx), .payout = payout};

	return tx_get(cx, tx, &payout_table, &key);
}

enum err payout_lines(struct cx *cx, struct tx *tx, int64_t payout, const struct payout_line *const **lines,
		      size_t *count)
{
	const struct payout_line key = {.city = tx_city(tx), .payout = payout};
	const void *const *rows;

	if (tx_scan(cx, tx, &payout_line_table, &key, 2, PAYOUT_LINES_MAX, &rows, count))
		return cx->err;
	*lines = (const struct payout_line *const *)rows;
	return ERR_OK;
}

/* --- the end of a line: by the bank's answer, or by giving up the payout --- */

enum err payout_line_end(struct cx *cx, struct tx *tx, const struct payout *p, const struct payout_line *l,
			 bool paid)
{
	struct transfer t = {
		.from = payout_line_account(l), .to = ACCOUNT(MONEY_BANK, 0), .unit = p->currency,
		.amount = l->amount_minor, .kind = paid ? TRANSFER_POST : TRANSFER_VOID,
		.pending_seq = l->seq, .pending_n = l->n};

	if (l->kind == PAYEE_OWNER) {
		const struct item *i = item_get(cx, tx, l->item);

		if (!i || item_check(cx, tx, i, paid ? ITEM_PAID : ITEM_PAYOUT_FAILED))
			return cx->err;
	}
	return tx_transfer(cx, tx, t);
}

static enum err end_item(struct cx *cx, struct tx *tx, int64_t item, bool paid)
{
	const struct item *old = item_get(cx, tx, item);
	struct item changed;

	if (!old)
		return cx->err;
	changed = *old;
	changed.state = paid ? ITEM_PAID : ITEM_PAYOUT_FAILED;
	changed.since_us = tx_now_us(tx);
	return item_set(cx, tx, &changed);
}

static enum err owe_merchant_again(struct cx *cx, struct tx *tx, const struct payout_line *l)
{
	const struct due row = {
		.city = tx_city(tx), .kind = PAYEE_MERCHANT, .ref = l->party, .from_us = l->owed_us};

	return tx_put(cx, tx, &due_table, &row);
}

static void count_end(struct payout *p, const struct payout_line *l, enum payout_line_state end)
{
	if (end == LINE_PAID) {
		p->paid_lines++;
		p->paid_minor += l->amount_minor;
	} else if (end == LINE_REJECTED) {
		p->rejected_lines++;
		p->rejected_minor += l->amount_minor;
	} else {
		p->lines--;
		p->total_minor -= l->amount_minor;
	}
}

enum err payout_line_ended(struct cx *cx, struct tx *tx, struct payout *p, const struct payout_line *l,
			   enum payout_line_state end, const char *reason)
{
	struct payout_line changed = *l;
	bool paid = end == LINE_PAID;

	changed.state = end;
	changed.result_us = tx_now_us(tx);
	changed.reason = reason;
	count_end(p, l, end);
	if (tx_put(cx, tx, &payout_line_table, &changed))
		return cx->err;
	if (l->kind == PAYEE_OWNER)
		return end_item(cx, tx, l->item, paid);
	if (tx_touch(cx, tx, ACCOUNT(SUBJECT_PARTY, l->party)))
		return cx->err;
	return !paid && l->kind == PAYEE_MERCHANT ? owe_merchant_again(cx, tx, l) : ERR_OK;
}

/* --- settle.payout_create --- */

static const struct field asked_item_fields[] = {
	F_ID(struct payout_item, item, IN | REQ, "a trade-in item whose owner is to be paid"),
	F_END};
static const struct field asked_merchant_fields[] = {
	F_ID(struct payout_party, party, IN | REQ, "a merchant, paid all that is owed"),
	F_END};
static const struct field asked_buyer_fields[] = {
	F_ID(struct payout_party, party, IN | REQ, "a buyer whose money is given back"),
	F_INT(struct payout_party, amount_minor, IN, 1, SETTLE_AMOUNT_MAX, "minor",
		"how much; all that is free when absent"),
	F_END};
static const struct field made_fields[] = {
	F_ENUM(struct payout_made, kind, DERIVED | REQ, payees, "who is paid"),
	F_ID(struct payout_made, item, DERIVED, "the item of an owner"),
	F_ID(struct payout_made, party, DERIVED | REQ, "the party that is paid"),
	F_INT(struct payout_made, amount_minor, DERIVED | REQ, 1, SETTLE_AMOUNT_MAX, "minor", "how much"),
	F_US(struct payout_made, owed_us, DERIVED | REQ, "owed since"),
	F_INT(struct payout_made, n, DERIVED | REQ, 0, ENTRY_TRANSFERS_MAX, NULL, "its transfer"),
	F_TEXT(struct payout_made, end_to_end, OUT | SECRET, 1, BANK_ID_MAX,
		"id that the bank's file carries"),
	F_END};
const struct field settle_payout_create_fields[] = {
	F_BOOL(struct payout_create, all_due, IN, "everything that is due, oldest first"),
	F_LIST(struct payout_create, items, IN, PAYOUT_LINES_MAX, asked_item_fields, struct payout_item,
		"owners to pay, by item"),
	F_LIST(struct payout_create, merchants, IN, PAYOUT_LINES_MAX, asked_merchant_fields,
		struct payout_party, "merchants to pay"),
	F_LIST(struct payout_create, buyers, IN, PAYOUT_LINES_MAX, asked_buyer_fields, struct payout_party,
		"buyers to give money back to"),
	F_ID(struct payout_create, payout, DERIVED | REQ, "the payout"),
	F_TEXT(struct payout_create, currency, DERIVED | REQ, 3, 3, "currency"),
	F_MINOR(struct payout_create, total_minor, DERIVED | REQ, "sum of the lines"),
	F_INT(struct payout_create, left, DERIVED | REQ, 0, DUE_MAX, NULL,
		"due, but beyond what one payout holds: make another"),
	F_LIST(struct payout_create, lines, DERIVED, PAYOUT_LINES_MAX, made_fields, struct payout_made,
		"who is paid what, in order: line 1, 2, …"),
	F_END};

struct making {
	struct payout_create *r;
	const struct city *city;
	struct payout_made *line;
};

static bool asked_before(const struct making *m, int64_t kind, int64_t ref)
{
	size_t i;

	for (i = 0; i < m->r->lines.count; i++) {
		const struct payout_made *l = &m->line[i];

		if (l->kind == kind && (kind == PAYEE_OWNER ? l->item : l->party) == ref)
			return true;
	}
	return false;
}

static enum err add_line(struct cx *cx, struct tx *tx, struct making *m, struct payout_made made)
{
	const struct payout_line l = {.kind = made.kind, .item = made.item, .party = made.party};
	struct transfer t = {.from = payout_line_account(&l), .to = ACCOUNT(MONEY_BANK, 0),
		.unit = m->city->currency, .amount = made.amount_minor, .kind = TRANSFER_PENDING};

	if (m->r->lines.count == PAYOUT_LINES_MAX)
		return cx_fail(cx, ERR_TOO_LARGE, "a payout has at most %d lines: make several",
			PAYOUT_LINES_MAX);
	if (tx_transfer(cx, tx, t))
		return cx->err;
	made.n = tx_transfer_n(tx);
	m->line[m->r->lines.count++] = made;
	m->r->total_minor += made.amount_minor;
	return ERR_OK;
}

/* Since when an item's owner is owed: a rejected line hands on the time of the first. */
static enum err owed_since(struct cx *cx, struct tx *tx, const struct item *i, int64_t *out)
{
	const struct payout_line *const *lines;
	size_t count = 0, k;

	*out = i->since_us;
	if (i->state != ITEM_PAYOUT_FAILED || i->payout == FIELD_NONE)
		return ERR_OK;
	if (payout_lines(cx, tx, i->payout, &lines, &count))
		return cx->err;
	for (k = 0; k < count; k++) {
		if (lines[k]->item == i->item)
			*out = lines[k]->owed_us;
	}
	return ERR_OK;
}

/* What is free in a line's account; it must be this much, or anything above 0 when want is FIELD_NONE. */
static enum err free_money(struct cx *cx, struct tx *tx, const struct making *m, const struct payout_line *l,
			   int64_t want, int64_t *out)
{
	int64_t posted, available;

	if (tx_balance(cx, tx, payout_line_account(l), m->city->currency, &posted, &available))
		return cx->err;
	if (available <= 0 || (want != FIELD_NONE && available < want)) {
		char have[AMOUNT_TEXT];

		amount_text(have, available, m->city->currency);
		return cx_fail(cx, ERR_CONFLICT, "%s %lld has %s %s free to be paid",
			cx_say_code(cx, "payee", payees[l->kind]),
			(long long)(l->kind == PAYEE_OWNER ? l->item : l->party), have,
			m->city->currency);
	}
	*out = want == FIELD_NONE ? available : want;
	return ERR_OK;
}

static enum err add_owner(struct cx *cx, struct tx *tx, struct making *m, int64_t item)
{
	const struct item *i = item_get(cx, tx, item);
	const struct order *o = i ? order_get(cx, tx, i->order) : NULL;
	struct payout_made made = {.kind = PAYEE_OWNER, .item = item};
	const struct payout_line l = {.kind = PAYEE_OWNER, .item = item};

	if (!o)
		return cx->err;
	if (i->state == ITEM_PAID)
		return cx_fail(cx, ERR_CONFLICT, "item %lld is paid: a second payout is refused",
			(long long)item);
	if (asked_before(m, PAYEE_OWNER, item))
		return cx_fail(cx, ERR_INVALID, "item %lld is named twice: a second payout is refused",
			(long long)item);
	if (item_check(cx, tx, i, ITEM_PAYING))
		return cx->err;
	if (free_money(cx, tx, m, &l, item_owed(i), &made.amount_minor) ||
	    owed_since(cx, tx, i, &made.owed_us))
		return cx->err;
	made.party = o->owner;
	return add_line(cx, tx, m, made);
}

static enum err add_party(struct cx *cx, struct tx *tx, struct making *m, int64_t kind, int64_t party,
			  int64_t amount)
{
	struct payout_made made = {
		.kind = kind, .item = FIELD_NONE, .party = party, .owed_us = tx_now_us(tx)};
	const struct payout_line l = {.kind = kind, .party = party};
	const struct due key = {.city = tx_city(tx), .kind = kind, .ref = party};
	const void *row;

	if (!party_get(cx, tx, party))
		return cx->err;
	if (asked_before(m, kind, party))
		return cx_fail(cx, ERR_INVALID, "party %lld is named twice", (long long)party);
	if (free_money(cx, tx, m, &l, amount, &made.amount_minor))
		return cx->err;
	if (tx_find(cx, tx, &due_table, &key, &row))
		return cx->err;
	if (row)
		made.owed_us = ((const struct due *)row)->from_us;
	return add_line(cx, tx, m, made);
}

static int by_time(const void *a, const void *b)
{
	const struct due *x = *(const struct due *const *)a;
	const struct due *y = *(const struct due *const *)b;

	if (x->from_us != y->from_us)
		return x->from_us < y->from_us ? -1 : 1;
	return x->ref < y->ref ? -1 : x->ref > y->ref;
}

/* The rows of a kind whose time has come, oldest first. */
static enum err due_now(struct cx *cx, struct tx *tx, const struct making *m, int64_t kind,
			const struct due ***out, size_t *count)
{
	const struct due key = {.city = tx_city(tx), .kind = kind};
	int64_t until = tx_now_us(tx) - m->city->payout_days * INT64_C(86400000000);
	const void *const *rows;
	size_t all = 0, i, n = 0;

	if (tx_scan(cx, tx, &due_table, &key, 2, DUE_MAX, &rows, &all))
		return cx->err;
	*out = cx_array(cx, all, sizeof(**out));
	if (!*out)
		return cx->err;
	for (i = 0; i < all; i++) {
		const struct due *d = rows[i];

		if (d->from_us <= until)
			(*out)[n++] = d;
	}
	qsort(*out, n, sizeof(**out), by_time);
	*count = n;
	return ERR_OK;
}

static enum err is_forgotten(struct cx *cx, struct tx *tx, int64_t party, bool *out)
{
	const struct party key = {.city = tx_city(tx), .party = party};
	const void *row;

	if (tx_find(cx, tx, &party_table, &key, &row))
		return cx->err;
	*out = !row || ((const struct party *)row)->forgotten_us != FIELD_NONE;
	return ERR_OK;
}

/* Who has been forgotten cannot be paid through a bank, and must not hold up the others. */
static enum err add_due_owner(struct cx *cx, struct tx *tx, struct making *m, int64_t item)
{
	const struct item *i = item_get(cx, tx, item);
	const struct order *o = i ? order_get(cx, tx, i->order) : NULL;
	bool forgotten;

	if (!o || is_forgotten(cx, tx, o->owner, &forgotten))
		return cx->err;
	return forgotten ? ERR_OK : add_owner(cx, tx, m, item);
}

/* The mark of a merchant says "maybe": an empty account is passed over. */
static enum err add_due_merchant(struct cx *cx, struct tx *tx, struct making *m, int64_t party)
{
	int64_t posted, available;
	bool forgotten;

	if (tx_balance(cx, tx, ACCOUNT(MONEY_MERCHANT, party), m->city->currency, &posted, &available) ||
	    is_forgotten(cx, tx, party, &forgotten))
		return cx->err;
	return available <= 0 || forgotten ? ERR_OK : add_party(cx, tx, m, PAYEE_MERCHANT, party, FIELD_NONE);
}

static enum err add_due(struct cx *cx, struct tx *tx, struct making *m, int64_t kind)
{
	const struct due **due;
	size_t count = 0, i;

	if (due_now(cx, tx, m, kind, &due, &count))
		return cx->err;
	for (i = 0; i < count; i++) {
		if (asked_before(m, kind, due[i]->ref))
			continue;
		if (m->r->lines.count == PAYOUT_LINES_MAX)
			m->r->left++;
		else if (kind == PAYEE_OWNER ? add_due_owner(cx, tx, m, due[i]->ref)
					     : add_due_merchant(cx, tx, m, due[i]->ref))
			return cx->err;
	}
	return ERR_OK;
}

static enum err add_asked(struct cx *cx, struct tx *tx, struct making *m)
{
	const struct payout_create *r = m->r;
	const struct payout_item *item = r->items.item;
	const struct payout_party *merchant = r->merchants.item;
	const struct payout_party *buyer = r->buyers.item;
	size_t i;

	for (i = 0; i < r->items.count; i++) {
		if (add_owner(cx, tx, m, item[i].item))
			return cx->err;
	}
	for (i = 0; i < r->merchants.count; i++) {
		if (add_party(cx, tx, m, PAYEE_MERCHANT, merchant[i].party, FIELD_NONE))
			return cx->err;
	}
	for (i = 0; i < r->buyers.count; i++) {
		if (add_party(cx, tx, m, PAYEE_BUYER, buyer[i].party, buyer[i].amount_minor))
			return cx->err;
	}
	return ERR_OK;
}

enum err settle_payout_create_decide(struct cx *cx, struct tx *tx, void *rec)
{
	struct payout_create *r = rec;
	struct making m = {.r = r, .city = city_get(cx, tx)};

	if (!m.city || settle_check_programme(cx, tx))
		return cx->err;
	m.line = cx_array(cx, PAYOUT_LINES_MAX, sizeof(*m.line));
	if (!m.line)
		return cx->err;
	r->lines = (struct list){.item = m.line};
	r->total_minor = 0;
	r->left = 0;
	if (add_asked(cx, tx, &m))
		return cx->err;
	if (field_or(r->all_due, 0) &&
	    (add_due(cx, tx, &m, PAYEE_OWNER) || add_due(cx, tx, &m, PAYEE_MERCHANT)))
		return cx->err;
	if (r->lines.count == 0)
		return cx_fail(cx, ERR_CONFLICT, "nothing is due in city %lld: name items, merchants or "
			"buyers, or wait until something is", (long long)tx_city(tx));
	r->payout = tx_new_id(tx);
	r->currency = m.city->currency;
	return ERR_OK;
}

enum err settle_payout_create_reveal(struct cx *cx, struct reader *r, const struct entry *e, void *rec)
{
	struct payout_create *p = rec;
	struct payout_made *line = p->lines.item;

	(void)r;
	for (size_t i = 0; i < p->lines.count; i++) {
		char *id = cx_alloc(cx, BANK_ID_MAX);
		if (!id)
			return cx->err;
		bank_end_to_end(id, e->city, p->payout, (int64_t)i + 1);
		line[i].end_to_end = id;
	}
	return ERR_OK;
}

static enum err put_line(struct cx *cx, struct tx *tx, const struct payout_create *r, size_t i)
{
	const struct payout_made *made = &((const struct payout_made *)r->lines.item)[i];
	const struct payout_line l = {
		.city = tx_city(tx), .payout = r->payout, .line = (int64_t)i + 1, .kind = made->kind,
		.item = made->item, .party = made->party, .amount_minor = made->amount_minor,
		.state = LINE_PENDING, .seq = tx_seq(tx), .n = made->n, .owed_us = made->owed_us,
		.result_us = FIELD_NONE};
	const struct due key = {.city = tx_city(tx), .kind = made->kind, .ref = made->party};
	const void *row;
	const struct item *old;
	struct item changed;

	if (tx_put(cx, tx, &payout_line_table, &l))
		return cx->err;
	if (made->kind != PAYEE_OWNER) {
		if (tx_find(cx, tx, &due_table, &key, &row) ||
		    (row && tx_del(cx, tx, &due_table, &key)))
			return cx->err;
		return tx_touch(cx, tx, ACCOUNT(SUBJECT_PARTY, made->party));
	}
	old = item_get(cx, tx, made->item);
	if (!old)
		return cx->err;
	changed = *old;
	changed.state = ITEM_PAYING;
	changed.since_us = tx_now_us(tx);
	changed.payout = r->payout;
	return item_set(cx, tx, &changed);
}

enum err settle_payout_create_apply(struct cx *cx, struct tx *tx, const struct entry *e, const void *rec)
{
	const struct payout_create *r = rec;
	const struct payout p = {
		.city = e->city, .payout = r->payout, .state = PAYOUT_CREATED, .currency = r->currency,
		.lines = (int64_t)r->lines.count, .total_minor = r->total_minor, .created_us = e->recorded_us,
		.exported_us = FIELD_NONE, .settled_us = FIELD_NONE, .format = FIELD_NONE};
	size_t i;

	if (tx_put(cx, tx, &payout_table, &p))
		return cx->err;
	for (i = 0; i < r->lines.count; i++) {
		if (put_line(cx, tx, r, i))
			return cx->err;
	}
	return ERR_OK;
}

/* --- settle.payout_exported --- */

const struct field settle_payout_exported_fields[] = {
	F_ID(struct payout_exported, payout, MUST | PATH, "the payout"),
	F_ENUM(struct payout_exported, format, MUST, payout_formats, "form of the file"),
	F_HEX(struct payout_exported, digest, MUST, 32, "SHA-256 of the file that was given to the bank"),
	F_END};

enum err settle_payout_exported_decide(struct cx *cx, struct tx *tx, void *rec)
{
	const struct payout_exported *r = rec;
	const struct payout *p = payout_get(cx, tx, r->payout);

	if (!p || settle_check_programme(cx, tx))
		return cx->err;
	if (p->state == PAYOUT_EXPORTED && p->paid_lines + p->rejected_lines > 0)
		return cx_fail(cx, ERR_CONFLICT,
			"the bank has answered lines of payout %lld: its file is not given again",
			(long long)p->payout);
	return tx_check_move(cx, tx, &payout_machine, "payout", p->payout, p->state, PAYOUT_EXPORTED);
}

enum err settle_payout_exported_apply(struct cx *cx, struct tx *tx, const struct entry *e, const void *rec)
{
	const struct payout_exported *r = rec;
	const struct payout *old = payout_get(cx, tx, r->payout);
	struct payout p;

	if (!old)
		return cx->err;
	p = *old;
	p.state = PAYOUT_EXPORTED;
	p.exported_us = e->recorded_us;
	p.format = r->format;
	p.digest = r->digest;
	if (tx_step(cx, tx, &payout_machine, "payout", p.payout, old->state, p.state))
		return cx->err;
	return tx_put(cx, tx, &payout_table, &p);
}

/* --- settle.payout_cancel --- */

/* ISO 20022: the order was cancelled. */
static const char reason_cancelled[] = "DS02";

static const struct field dropped_fields[] = {
	F_INT(struct payout_dropped, line, GIVEN | REQ, 1, PAYOUT_LINES_MAX, NULL, "a line"),
	F_END};
const struct field settle_payout_cancel_fields[] = {
	F_ID(struct payout_cancel, payout, MUST | PATH, "the payout, not yet exported"),
	F_TEXT(struct payout_cancel, reason, GIVEN, 1, BANK_REASON_MAX - 1,
		"ISO 20022 reason; DS02 (order cancelled) when absent"),
	F_LIST(struct payout_cancel, lines, GIVEN, PAYOUT_LINES_MAX, dropped_fields, struct payout_dropped,
		"lines to drop; the whole payout when absent"),
	F_END};

static bool drops(const struct payout_cancel *r, const struct payout_line *l)
{
	const struct payout_dropped *d = r->lines.item;
	size_t i;

	if (l->state != LINE_PENDING)
		return false;
	for (i = 0; i < r->lines.count; i++) {
		if (d[i].line == l->line)
			return true;
	}
	return r->lines.count == 0;
}

enum err settle_payout_cancel_decide(struct cx *cx, struct tx *tx, void *rec)
{
	struct payout_cancel *r = rec;
	const struct payout *p = payout_get(cx, tx, r->payout);
	char reason[BANK_REASON_MAX];
	const struct payout_line *const *lines;
	size_t count = 0, dropped = 0, i;

	if (!p || settle_check_programme(cx, tx) || payout_lines(cx, tx, p->payout, &lines, &count))
		return cx->err;
	if (!r->reason)
		r->reason = reason_cancelled;
	if (bank_reason_set(cx, reason, r->reason))
		return cx->err;
	for (i = 0; i < count; i++)
		dropped += drops(r, lines[i]);
	if (tx_check_move(cx, tx, &payout_machine, "payout", p->payout, p->state,
			  (int64_t)dropped == p->lines ? PAYOUT_CANCELLED : PAYOUT_CREATED))
		return cx->err;
	if (dropped == 0 || (r->lines.count > 0 && dropped != r->lines.count))
		return cx_fail(
			cx, ERR_CONFLICT,
			"payout %lld has not all of these lines, or has dropped some already",
			(long long)p->payout);
	for (i = 0; i < count; i++) {
		if (drops(r, lines[i]) && payout_line_end(cx, tx, p, lines[i], false))
			return cx->err;
	}
	return ERR_OK;
}

enum err settle_payout_cancel_apply(struct cx *cx, struct tx *tx, const struct entry *e, const void *rec)
{
	const struct payout_cancel *r = rec;
	const struct payout *old = payout_get(cx, tx, r->payout);
	const struct payout_line *const *lines;
	struct payout p;
	size_t count = 0, i;

	if (!old || payout_lines(cx, tx, r->payout, &lines, &count))
		return cx->err;
	p = *old;
	for (i = 0; i < count; i++) {
		if (drops(r, lines[i]) && payout_line_ended(cx, tx, &p, lines[i], LINE_DROPPED, r->reason))
			return cx->err;
	}
	if (p.lines == 0) {
		p.state = PAYOUT_CANCELLED;
		p.settled_us = e->recorded_us;
	}
	if (tx_step(cx, tx, &payout_machine, "payout", p.payout, old->state, p.state))
		return cx->err;
	return tx_put(cx, tx, &payout_table, &p);
}
