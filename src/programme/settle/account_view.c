/* Accounts explained: what is owed, every balance from its transfers, a device's profit, tax. */
#include "kernel/history.h"
#include "programme/list.h"
#include "programme/settle/parts.h"

enum {
	HISTORY_AT_ONCE = 256,    /* entries of an account that are asked for at a time */
	PROFIT_ENTRIES_MAX = 4096 /* of one device */
};

/* --- settle.payables --- */

const struct field settle_payables_params[] = {
	PAGE_FIELDS(struct payables_params),
	F_ENUM(struct payables_params, kind, IN, payees, "owner (by item) when absent, merchant or buyer"),
	F_END};
struct payable {
	const char *account, *currency;
	int64_t item, party, amount_minor, promised_minor, from_us;
};
const struct field settle_payables_shown[] = {
	F_TEXT(struct payable, account, OUT, 1, 64, "the account that holds it"),
	F_ID(struct payable, item, OUT, "the item of an owner"),
	F_ID(struct payable, party, OUT, "who is owed"),
	F_MINOR(struct payable, amount_minor, OUT, "owed, less what is promised"),
	F_MINOR(struct payable, promised_minor, OUT, "on its way in a payout or a sale"),
	F_TEXT(struct payable, currency, OUT, 3, 3, "currency"),
	F_US(struct payable, from_us, OUT, "owed since"),
	F_END};

enum err settle_check_viewer(struct cx *cx, const struct reader *r)
{
	if (reader_check_org(cx, r, 0))
		return cx->err;
	if (r->who.roles & (ROLES_MONEY_VIEW | ROLE_ANALYST))
		return ERR_OK;
	return cx_fail(cx, ERR_FORBIDDEN, "only who handles or checks the programme's money sees this");
}

struct payables {
	struct reader *r;
	const char *currency;
	struct json_writer *w;
};

static enum err write_payable(struct cx *cx, struct payables *v, int64_t account, struct payable row)
{
	const struct balance key = {.city = v->r->city, .account = account, .unit = v->currency};
	const struct balance *b;
	const void *found;

	if (reader_find(cx, v->r, &balance_table, &key, &found))
		return cx->err;
	b = found;
	row.amount_minor = b ? b->posted - b->pending_out : 0;
	row.promised_minor = b ? b->pending_out : 0;
	row.currency = v->currency;
	row.account = account_text(cx, v->r->domain, account);
	if (!row.account)
		return cx->err;
	jw_object(v->w);
	field_write(v->w, settle_payables_shown, OUT, &row);
	jw_object_end(v->w);
	return ERR_OK;
}

/* The owner of an item, through its order. */
static enum err owner_of(struct cx *cx, const struct reader *r, int64_t item, int64_t *party)
{
	const struct item key = {.city = r->city, .item = item};
	struct order order_key = {.city = r->city};
	const void *row;

	if (reader_find(cx, r, &item_table, &key, &row))
		return cx->err;
	if (!row)
		return cx_fail(cx, ERR_CORRUPT, "item %lld is due but not known", (long long)item);
	order_key.order = ((const struct item *)row)->order;
	if (reader_find(cx, r, &order_table, &order_key, &row))
		return cx->err;
	if (!row)
		return cx_fail(cx, ERR_CORRUPT, "item %lld has no order", (long long)item);
	*party = ((const struct order *)row)->owner;
	return ERR_OK;
}

static enum err write_owner(struct cx *cx, struct payables *v, const struct db_rows *rows)
{
	struct payable row = {.item = db_get_i64(rows, 0), .from_us = db_get_i64(rows, 1)};

	if (owner_of(cx, v->r, row.item, &row.party))
		return cx->err;
	return write_payable(cx, v, ACCOUNT(MONEY_OWNER, row.item), row);
}

static enum err write_party(struct cx *cx, struct payables *v, int code, const struct db_rows *rows)
{
	const struct payable row = {.item = FIELD_NONE, .party = db_get_i64(rows, 0), .from_us = FIELD_NONE};

	return write_payable(cx, v, ACCOUNT(code, row.party), row);
}

/* Owners through what is due (accounts of items that were paid long ago stay in the books); merchants
 * and buyers through the parties, for an account's number begins with the party's. */
static enum err payables_query(struct cx *cx, const struct payables *v, const struct payables_params *p,
			       int code, int64_t after, struct db_rows **rows)
{
	static const char owners[] =
		"SELECT ref, from_us FROM due WHERE city = $1 AND kind = $2 AND ref > $3 "
		"ORDER BY ref LIMIT $4";
	static const char parties[] =
		"SELECT p.party, b.posted FROM party p JOIN balance b ON b.city = p.city AND "
		"b.account = p.party * 1024 + $2 AND b.unit = $3 WHERE p.city = $1 AND p.party > $4 AND "
		"b.posted > 0 ORDER BY p.party LIMIT $5";

	if (field_or(p->kind, PAYEE_OWNER) == PAYEE_OWNER)
		return db_query(cx, v->r->db, rows, owners, DB_ARGS(db_i64(v->r->city), db_i64(PAYEE_OWNER),
			db_i64(after), db_i64(list_ask(p->limit))));
	_Static_assert(ACCOUNT(MONEY_BUYER, 1) == 1024 + MONEY_BUYER, "a party's account, in the query");
	return db_query(cx, v->r->db, rows, parties, DB_ARGS(db_i64(v->r->city), db_i64(code),
		db_text(v->currency), db_i64(after), db_i64(list_ask(p->limit))));
}

enum err settle_currency(struct cx *cx, const struct reader *r, const char **out)
{
	const struct city key = {.city = r->city};
	const void *row;

	if (reader_find(cx, r, &city_table, &key, &row))
		return cx->err;
	if (!row)
		return cx_fail(cx, ERR_NOT_FOUND, "there is no city %lld", (long long)r->city);
	*out = ((const struct city *)row)->currency;
	return ERR_OK;
}

enum err settle_payables_run(struct cx *cx, struct reader *r, const void *params, struct json_writer *w)
{
	const struct payables_params *p = params;
	bool owners = field_or(p->kind, PAYEE_OWNER) == PAYEE_OWNER;
	int code = p->kind == PAYEE_BUYER ? MONEY_BUYER : MONEY_MERCHANT;
	int64_t page = list_ask(p->limit) - 1, count, last = 0, after = 0;
	struct payables v = {.r = r, .w = w};
	db_auto_rows *rows = NULL;

	if (settle_check_viewer(cx, r) || page_after(cx, p->after, &after) ||
	    settle_currency(cx, r, &v.currency) || payables_query(cx, &v, p, code, after, &rows))
		return cx->err;
	jw_name(w, "items");
	jw_array(w);
	for (count = 0; count < page && db_next(cx, rows); count++) {
		last = db_get_i64(rows, 0);
		if (owners ? write_owner(cx, &v, rows) : write_party(cx, &v, code, rows))
			return cx->err;
	}
	return list_end(cx, w, rows, count, page, last);
}

/* --- settle.statement --- */

const struct field settle_statement_params[] = {
	PAGE_FIELDS(struct statement_params),
	F_TEXT(struct statement_params, account, IN | REQ, 1, 64, "the account, \"money_owner/17\""),
	F_TEXT(struct statement_params, unit, IN, 2, 8, "unit; the city's currency when absent"),
	F_END};

struct statement_row {
	int64_t seq, n, at_us, in, out, balance;
	const char *type, *counter, *tax;
};
static const struct field statement_row_fields[] = {
	F_INT(struct statement_row, seq, OUT, 0, JSON_INT_MAX, NULL, "entry of the journal"),
	F_INT(struct statement_row, n, OUT, 1, ENTRY_TRANSFERS_MAX, NULL, "transfer of that entry"),
	F_US(struct statement_row, at_us, OUT, "recorded at"),
	F_TEXT(struct statement_row, type, OUT, 1, 64, "what happened"),
	F_TEXT(struct statement_row, counter, OUT, 1, 64, "the account on the other side"),
	F_INT(struct statement_row, in, OUT, 0, JSON_INT_MAX, NULL, "received"),
	F_INT(struct statement_row, out, OUT, 0, JSON_INT_MAX, NULL, "given"),
	F_TEXT(struct statement_row, tax, OUT, 1, 16, "tax code"),
	F_INT(struct statement_row, balance, OUT, -JSON_INT_MAX, JSON_INT_MAX, NULL, "balance after it"),
	F_END};
struct statement {
	const char *account, *unit;
	int64_t opening, closing, posted, pending_in, pending_out;
	struct list items;
	const char *next;
};
const struct field settle_statement_shown[] = {
	F_TEXT(struct statement, account, OUT, 1, 64, "the account"),
	F_TEXT(struct statement, unit, OUT, 2, 8, "unit"),
	F_INT(struct statement, opening, OUT, -JSON_INT_MAX, JSON_INT_MAX, NULL, "before the first row"),
	F_LIST(struct statement, items, OUT, 1000, statement_row_fields, struct statement_row, "transfers"),
	F_INT(struct statement, closing, OUT, -JSON_INT_MAX, JSON_INT_MAX, NULL, "after the last row"),
	F_INT(struct statement, posted, OUT, -JSON_INT_MAX, JSON_INT_MAX, NULL,
		"what the account holds: the closing balance of the last page"),
	F_INT(struct statement, pending_in, OUT, 0, JSON_INT_MAX, NULL, "promised to it"),
	F_INT(struct statement, pending_out, OUT, 0, JSON_INT_MAX, NULL, "promised from it"),
	F_TEXT(struct statement, next, OUT, 1, 64, "cursor of the next page"),
	F_END};

/* Where a page begins: behind transfer n of entry seq, with the balance after it. */
struct place {
	int64_t seq, n, balance;
};

static enum err read_place(struct cx *cx, const char *after, struct place *out)
{
	long long seq, n, balance;
	int end = -1;

	*out = (struct place){.seq = -1};
	if (!after)
		return ERR_OK;
	if (sscanf(after, "%lld.%lld.%lld%n", &seq, &n, &balance, &end) != 3 || after[end] || seq < 0 ||
	    n < 1 || seq > JSON_INT_MAX || n > ENTRY_TRANSFERS_MAX || balance > JSON_INT_MAX ||
	    balance < -JSON_INT_MAX)
		return cx_fail(cx, ERR_INVALID, "after: \"%.40s\" is no cursor of this list", after);
	*out = (struct place){seq, n, balance};
	return ERR_OK;
}

bool settle_moves(const struct transfer *t, int64_t account, const char *unit)
{
	return (t->kind == TRANSFER_POSTED || t->kind == TRANSFER_POST) &&
	       (t->from == account || t->to == account) && strcmp(t->unit, unit) == 0;
}

/* The entry's transfers on the account, behind place->n when it is that entry. */
static enum err statement_entry(struct cx *cx, const struct reader *r, const struct entry *e, int64_t account,
				struct place *at, struct statement_row *row, size_t page, struct statement *s)
{
	const struct transfer *t = e->transfers.item;
	size_t i = e->seq == at->seq ? (size_t)at->n : 0;

	for (; i < e->transfers.count; i++) {
		struct statement_row *x = &row[s->items.count];
		bool in = t[i].to == account;
		if (!settle_moves(&t[i], account, s->unit))
			continue;
		if (s->items.count == page) {
			s->next = cx_printf(cx, "%lld.%lld.%lld", (long long)at->seq, (long long)at->n,
					    (long long)at->balance);
			return s->next ? ERR_OK : cx->err;
		}
		at->seq = e->seq;
		at->n = (int64_t)i + 1;
		at->balance += in ? t[i].amount : -t[i].amount;
		*x = (struct statement_row){.seq = e->seq, .n = at->n, .at_us = e->recorded_us,
					    .in = in ? t[i].amount : FIELD_NONE,
					    .out = in ? FIELD_NONE : t[i].amount, .balance = at->balance,
					    .type = e->action->type, .tax = t[i].tax};
		x->counter = account_text(cx, r->domain, in ? t[i].from : t[i].to);
		if (!x->counter)
			return cx->err;
		s->items.count++;
	}
	return ERR_OK;
}

static enum err statement_rows(struct cx *cx, const struct reader *r, int64_t account, int64_t limit,
			       struct place at, struct statement *s)
{
	size_t page = (size_t)list_ask(limit) - 1, count = HISTORY_AT_ONCE;
	int64_t subject = history_of_account(r->domain, account), *seqs, last = at.seq - 1;
	struct statement_row *row = cx_array(cx, page + 1, sizeof(*row));

	if (!row)
		return cx->err;
	s->items.item = row;
	while (count == HISTORY_AT_ONCE && !s->next) {
		if (history_read(cx, r->db, r->city, subject, last, HISTORY_AT_ONCE, &seqs, &count))
			return cx->err;
		for (size_t i = 0; i < count && !s->next; i++) {
			struct entry e;
			last = seqs[i];
			if (entry_read(cx, r->db, r->domain, r->city, last, &e) ||
			    statement_entry(cx, r, &e, account, &at, row, page, s))
				return cx->err;
		}
	}
	s->closing = at.balance;
	return ERR_OK;
}

/* A merchant, buyer or recycler sees its own account; everything is for the programme's people alone. */
static enum err check_account(struct cx *cx, const struct reader *r, int64_t account)
{
	int code = account_code(account);

	if (r->who.org == 0 && r->who.order == 0)
		return settle_check_viewer(cx, r);
	if (code == MONEY_MERCHANT || code == MONEY_BUYER || code == MONEY_RECYCLER)
		return reader_check_org(cx, r, account_ref(account));
	return reader_check_org(cx, r, 0);
}

enum err settle_statement_run(struct cx *cx, struct reader *r, const void *params, struct json_writer *w)
{
	const struct statement_params *p = params;
	struct statement s = {.unit = p->unit};
	struct balance key = {.city = r->city};
	struct place after;
	const void *row;

	if (!s.unit && settle_currency(cx, r, &s.unit))
		return cx->err;
	key.unit = s.unit;
	if (account_parse(cx, r->domain, p->account, &key.account) ||
	    check_account(cx, r, key.account) || read_place(cx, p->after, &after) ||
	    reader_find(cx, r, &balance_table, &key, &row))
		return cx->err;
	s.opening = after.balance;
	if (row) {
		s.posted = ((const struct balance *)row)->posted;
		s.pending_in = ((const struct balance *)row)->pending_in;
		s.pending_out = ((const struct balance *)row)->pending_out;
	}
	s.account = account_text(cx, r->domain, key.account);
	if (!s.account || statement_rows(cx, r, key.account, p->limit, after, &s))
		return cx->err;
	field_write(w, settle_statement_shown, OUT, &s);
	if (s.items.count == 0) {
		jw_name(w, "items");
		jw_array(w);
		jw_array_end(w);
	}
	return ERR_OK;
}

/* --- settle.device_profit --- */

const struct field settle_profit_params[] = {
	F_ID(struct profit_params, device, IN | PATH | REQ, "the device"),
	F_END};
struct profit_line {
	const char *what, *counter;
	int64_t in_minor, out_minor;
};
static const struct field profit_line_fields[] = {
	F_TEXT(struct profit_line, what, OUT, 1, 32, "class of income or cost"),
	F_TEXT(struct profit_line, counter, OUT, 1, 32, "kind of the account on the other side"),
	F_MINOR(struct profit_line, in_minor, OUT, "income, given back costs"),
	F_MINOR(struct profit_line, out_minor, OUT, "cost, given back income"),
	F_END};
struct profit {
	int64_t device, income_minor, cost_minor, profit_minor, bonus_minor;
	const char *account, *currency;
	struct list lines;
};
const struct field settle_profit_shown[] = {
	F_ID(struct profit, device, OUT, "the device"),
	F_TEXT(struct profit, account, OUT, 1, 64, "its account: see settle.statement"),
	F_TEXT(struct profit, currency, OUT, 3, 3, "currency"),
	F_LIST(struct profit, lines, OUT, 64, profit_line_fields, struct profit_line, "by class"),
	F_MINOR(struct profit, income_minor, OUT, "sum of income"),
	F_MINOR(struct profit, cost_minor, OUT, "sum of cost"),
	F_INT(struct profit, profit_minor, OUT, -JSON_INT_MAX, JSON_INT_MAX, "minor",
		"income less cost: the balance of the account"),
	F_MINOR(struct profit, bonus_minor, OUT, "paid on top from the benefit fund, not by the device"),
	F_END};

/* What a coin is called by the account that it comes from or goes to. */
static const char *class_of(int code)
{
	static const struct {
		int code;
		const char *what;
	} classes[] = {
		{MONEY_OWNER, "purchase"}, {MONEY_MERCHANT, "commission"}, {MONEY_BUYER, "sale"},
		{MONEY_TAX, "tax"}, {MONEY_REPAIR, "repair"}, {MONEY_BATCH, "recovery"},
		{MONEY_LOSS, "loss"}, {MONEY_ROUNDING, "rounding"}, {MONEY_BANK, "cash"},
		{MONEY_RECYCLER, "recovery"},
	};
	size_t i;

	for (i = 0; i < ARRAY_LEN(classes); i++) {
		if (classes[i].code == code)
			return classes[i].what;
	}
	return "other";
}

static void add_profit(struct profit *p, struct profit_line *by_code, int64_t account, int64_t benefit,
		       const struct transfer *t)
{
	if (settle_moves(t, account, p->currency)) {
		bool in = t->to == account;
		struct profit_line *line = &by_code[account_code(in ? t->from : t->to)];
		line->what = "";
		line->in_minor += in ? t->amount : 0;
		line->out_minor += in ? 0 : t->amount;
		p->income_minor += in ? t->amount : 0;
		p->cost_minor += in ? 0 : t->amount;
	}
	if (settle_moves(t, benefit, p->currency) && t->to == benefit)
		p->bonus_minor += t->amount;
}

/* What the device's entries moved on its account, by the kind of the account on the other side. */
static enum err profit_lines(struct cx *cx, const struct reader *r, int64_t account, struct profit *p)
{
	struct profit_line *by_code = cx_array(cx, DOMAIN_CODES, sizeof(*by_code));
	int64_t benefit = ACCOUNT(MONEY_BENEFIT, p->device), *seqs;
	size_t count, n = 0;

	if (!by_code || history_read(cx, r->db, r->city, history_of_account(r->domain, account), -1,
				     PROFIT_ENTRIES_MAX, &seqs, &count))
		return cx->err;
	for (size_t i = 0; i < count; i++) {
		struct cx_mark mark = cx_mark(cx);
		struct entry e;
		if (entry_read(cx, r->db, r->domain, r->city, seqs[i], &e))
			return cx->err;
		for (size_t k = 0; k < e.transfers.count; k++)
			add_profit(p, by_code, account, benefit,
				   (const struct transfer *)e.transfers.item + k);
		cx_restore(cx, mark);
	}
	for (int code = 0; code < DOMAIN_CODES; code++) {
		const struct account_kind *kind = domain_account(r->domain, code);
		if (!by_code[code].what)
			continue;
		by_code[n] = (struct profit_line){class_of(code), kind ? kind->name : "?",
						  by_code[code].in_minor, by_code[code].out_minor};
		n++;
	}
	p->lines = (struct list){.item = by_code, .count = n};
	p->profit_minor = p->income_minor - p->cost_minor;
	return ERR_OK;
}

enum err settle_profit_run(struct cx *cx, struct reader *r, const void *params, struct json_writer *w)
{
	const struct profit_params *q = params;
	const struct device key = {.city = r->city, .device = q->device};
	struct profit p = {.device = q->device};
	int64_t account = ACCOUNT(MONEY_DEVICE, q->device);
	const void *row;

	if (settle_check_viewer(cx, r) || reader_find(cx, r, &device_table, &key, &row))
		return cx->err;
	if (!row)
		return cx_fail(cx, ERR_NOT_FOUND, "there is no device %lld in city %lld",
			(long long)q->device, (long long)r->city);
	p.account = account_text(cx, r->domain, account);
	if (!p.account || settle_currency(cx, r, &p.currency) || profit_lines(cx, r, account, &p))
		return cx->err;
	field_write(w, settle_profit_shown, OUT, &p);
	return ERR_OK;
}

/* --- settle.taxes --- */

struct tax_row {
	const char *code, *currency;
	int64_t owed_minor, returned_minor;
};
const struct field settle_taxes_shown[] = {
	F_TEXT(struct tax_row, code, OUT, 1, 16, "tax code; absent for payments to the tax office"),
	F_TEXT(struct tax_row, currency, OUT, 3, 3, "currency"),
	F_MINOR(struct tax_row, owed_minor, OUT, "taken for the tax office"),
	F_MINOR(struct tax_row, returned_minor, OUT, "given back to buyers, or paid to the tax office"),
	F_END};

enum err settle_taxes_run(struct cx *cx, struct reader *r, const void *params, struct json_writer *w)
{
	static const char sql[] =
		"SELECT tax, unit, CAST(SUM(CASE WHEN to_kind = $2 THEN amount ELSE 0 END) AS BIGINT), "
		"CAST(SUM(CASE WHEN from_kind = $2 THEN amount ELSE 0 END) AS BIGINT) FROM turnover "
		"WHERE city = $1 AND (from_kind = $2 OR to_kind = $2) GROUP BY tax, unit "
		"ORDER BY tax, unit";
	db_auto_rows *rows = NULL;

	(void)params;
	if (settle_check_viewer(cx, r) ||
	    db_query(cx, r->db, &rows, sql, DB_ARGS(db_i64(r->city), db_i64(MONEY_TAX))))
		return cx->err;
	jw_name(w, "items");
	jw_array(w);
	while (db_next(cx, rows)) {
		const char *code = db_get_text(rows, 0);
		struct tax_row row = {.code = *code ? code : NULL, .currency = db_get_text(rows, 1),
			.owed_minor = db_get_i64(rows, 2), .returned_minor = db_get_i64(rows, 3)};

		jw_object(w);
		field_write(w, settle_taxes_shown, OUT, &row);
		jw_object_end(w);
	}
	jw_array_end(w);
	return cx->err;
}
