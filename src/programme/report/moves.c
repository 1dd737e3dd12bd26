/* The transfers behind a row of money: of one way from a kind of account to another, within a period. Blocks
 * of entries in which nothing went that way (table `turnover`) are not read. */
#include "kernel/books.h"
#include "kernel/journal.h"
#include "kernel/log.h"
#include "programme/list.h"
#include "programme/report/parts.h"

enum { PLACES = 8192 }; /* more than an entry has transfers: a cursor is entry * PLACES + transfer */
_Static_assert((int)ENTRY_TRANSFERS_MAX < (int)PLACES, "a transfer's number fits");

/* As the piece {flow} of sections.c names them; unit/test_report.c holds the two together. */
static const struct {
	int from, to;
} ways[] = {{303, 301}, {307, 301}, {310, 301}, {301, 300}, {301, 302}, {303, 302}, {302, 300},
	    {300, 304}, {304, 300}, {304, 303}, {304, 305}, {303, 304}, {305, 304}, {305, 300},
	    {303, 313}, {308, 309}, {309, 308}, {300, 308}, {300, 306}, {306, 307}};
static const char *const flows[] = {
	"price_agreed", "bonus", "compensation", "paid_to_owners", "netted_at_retailers", "commissions",
	"paid_to_merchants", "deposits", "refunds", "sold_without_tax", "tax_on_sales", "sales_reversed",
	"tax_reversed", "tax_paid", "repairs", "recovery_revenue", "recovery_charges",
	"received_from_recyclers", "received_for_bonuses", "bonus_granted", NULL};
_Static_assert(ARRAY_LEN(ways) + 1 == ARRAY_LEN(flows), "a name for each way");

const struct field report_moves_params[] = {
	PAGE_FIELDS(struct moves_params),
	F_ENUM(struct moves_params, flow, IN | REQ, flows, "the row: what the money was for"),
	F_US(struct moves_params, from_us, IN, "beginning of the period; the first entry when absent"),
	F_US(struct moves_params, to_us, IN, "end of the period, not included"),
	F_END};
struct move {
	int64_t seq, n, at_us, amount_minor;
	const char *type, *from, *to, *currency, *tax;
};
const struct field report_moves_shown[] = {
	F_INT(struct move, seq, OUT | REQ, 0, JSON_INT_MAX, NULL, "entry of the journal"),
	F_INT(struct move, n, OUT | REQ, 1, ENTRY_TRANSFERS_MAX, NULL, "transfer of that entry"),
	F_US(struct move, at_us, OUT | REQ, "recorded at"),
	F_TEXT(struct move, type, OUT | REQ, 1, 64, "what happened"),
	F_TEXT(struct move, from, OUT | REQ, 1, 64, "the account that gave"),
	F_TEXT(struct move, to, OUT | REQ, 1, 64, "the account that got"),
	F_MINOR(struct move, amount_minor, OUT | REQ, "so much"),
	F_TEXT(struct move, currency, OUT | REQ, 3, 3, "currency"),
	F_TEXT(struct move, tax, OUT, 1, 16, "tax code"),
	F_END};

struct walk {
	struct reader *r;
	struct json_writer *w;
	int from, to;
	int64_t first, end;    /* entries of the period */
	int64_t last;          /* cursor of the last row that was written */
	int64_t count, page;
	bool more;
};

static enum err write_move(struct cx *cx, struct walk *x, const struct entry *e, size_t i)
{
	const struct transfer *t = (const struct transfer *)e->transfers.item + i;
	const struct move m = {.seq = e->seq, .n = (int64_t)i + 1, .at_us = e->recorded_us,
			       .amount_minor = t->amount, .type = e->action->type,
			       .from = account_text(cx, x->r->domain, t->from),
			       .to = account_text(cx, x->r->domain, t->to),
			       .currency = t->unit, .tax = t->tax};

	if (!m.from || !m.to)
		return cx->err;
	jw_object(x->w);
	field_write(x->w, report_moves_shown, OUT, &m);
	jw_object_end(x->w);
	x->last = m.seq * PLACES + m.n;
	x->count++;
	return ERR_OK;
}

static enum err write_entry(struct cx *cx, struct walk *x, const struct entry *e)
{
	const struct transfer *t = e->transfers.item;

	for (size_t i = 0; i < e->transfers.count && !x->more; i++) {
		if (!transfer_moves(&t[i]) || account_code(t[i].from) != x->from ||
		    account_code(t[i].to) != x->to || e->seq * PLACES + (int64_t)i + 1 <= x->last)
			continue;
		x->more = x->count == x->page;
		if (!x->more && write_move(cx, x, e, i))
			return cx->err;
	}
	return ERR_OK;
}

/* The entries of one block that the period holds. */
static enum err write_block(struct cx *cx, struct walk *x, int64_t block)
{
	int64_t seq = block > x->first ? block : x->first;
	int64_t end = block + TURNOVER_ENTRIES < x->end ? block + TURNOVER_ENTRIES : x->end;
	journal_auto *j = NULL;
	struct journal_line line;
	struct cx read;

	if (seq >= end || journal_open(cx, x->r->db, x->r->city, seq, &j))
		return cx->err;
	cx_init(&read, ENTRY_READ_MAX);
	for (; !cx->err && !x->more && seq < end && journal_next(cx, j, &line, NULL); seq++) {
		struct entry e;
		if (entry_decode(&read, x->r->domain, line.body, line.n, &e) || write_entry(&read, x, &e))
			cx_fail(cx, read.err, "%s", read.msg);
		cx_reset(&read);
	}
	cx_done(&read);
	return cx->err;
}

static enum err write_blocks(struct cx *cx, struct walk *x)
{
	static const char sql[] =
		"SELECT DISTINCT seq FROM turnover WHERE city = $1 AND seq > $2 AND seq < $3 AND "
		"from_kind = $4 AND to_kind = $5 ORDER BY seq";
	db_auto_rows *rows = NULL;

	if (db_query(cx, x->r->db, &rows, sql,
		     DB_ARGS(db_i64(x->r->city), db_i64(x->first - TURNOVER_ENTRIES), db_i64(x->end),
			     db_i64(x->from), db_i64(x->to))))
		return cx->err;
	while (!x->more && db_next(cx, rows))
		if (write_block(cx, x, db_get_i64(rows, 0)))
			return cx->err;
	return cx->err;
}

enum err report_moves_run(struct cx *cx, struct reader *r, const void *params, struct json_writer *w)
{
	const struct moves_params *p = params;
	struct walk x = {.r = r, .w = w, .from = ways[p->flow].from, .to = ways[p->flow].to,
			 .page = list_ask(p->limit) - 1};
	struct log_head log;
	char *next;

	if (reader_check_org(cx, r, 0) || page_after(cx, p->after, &x.last) ||
	    log_head_read(cx, r->db, r->city, &log) ||
	    scope_first(cx, r, r->city, log.size, field_or(p->from_us, 0), &x.first) ||
	    scope_first(cx, r, r->city, log.size, field_or(p->to_us, JSON_INT_MAX), &x.end))
		return cx->err;
	if (x.last / PLACES > x.first)
		x.first = x.last / PLACES;
	jw_name(w, "items");
	jw_array(w);
	if (write_blocks(cx, &x))
		return cx->err;
	jw_array_end(w);
	if (!x.more)
		return ERR_OK;
	next = page_cursor(cx, x.last);
	if (!next)
		return cx->err;
	jw_text_at(w, "next", next);
	return ERR_OK;
}
