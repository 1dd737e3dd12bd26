/* Payouts as they stand, and the file for the bank, made from the vault when it is asked for. */
#include "programme/list.h"
#include "programme/settle/parts.h"

const struct field settle_payouts_params[] = {
	PAGE_FIELDS(struct payouts_params),
	F_ENUM(struct payouts_params, state, IN, payout_states, "in this state only"),
	F_END};

enum err settle_payouts_run(struct cx *cx, struct reader *r, const void *params, struct json_writer *w)
{
	const struct payouts_params *p = params;
	db_auto_rows *rows = NULL;
	int64_t after = 0;
	char *sql = cx_printf(cx,
		"SELECT %s FROM payout WHERE city = $1 AND payout > $2 AND ($3 < 0 OR state = $3) "
		"ORDER BY payout LIMIT $4", reader_columns(&payout_table));

	if (!sql || settle_check_viewer(cx, r) || page_after(cx, p->after, &after) ||
	    db_query(cx, r->db, &rows, sql, DB_ARGS(db_i64(r->city), db_i64(after),
		    db_i64(field_or(p->state, -1)), db_i64(list_ask(p->limit)))))
		return cx->err;
	return list_rows(cx, w, &payout_table, "payout", rows, p->limit, NULL);
}

/* --- one payout --- */

const struct field settle_payout_params[] = {
	F_ID(struct payout_params, payout, IN | PATH | REQ, "the payout"),
	F_END};

struct line_shown {
	struct payout_line l;
	const char *end_to_end;
};
static const struct field line_shown_fields[] = {
	F_INT(struct payout_line, line, OUT, 1, PAYOUT_LINES_MAX, NULL, "line"),
	F_ENUM(struct payout_line, kind, OUT, payees, "who is paid"),
	F_ID(struct payout_line, item, OUT, "the item of an owner"),
	F_ID(struct payout_line, party, OUT, "the party that is paid"),
	F_MINOR(struct payout_line, amount_minor, OUT, "how much"),
	F_ENUM(struct payout_line, state, OUT, payout_line_states, "what became of it"),
	F_US(struct payout_line, owed_us, OUT, "owed since"),
	F_US(struct payout_line, result_us, OUT, "when the bank's answer was imported"),
	F_TEXT(struct payout_line, reason, OUT, 1, 4, "ISO 20022 code of a rejection"),
	F_TEXT(struct line_shown, end_to_end, OUT, 1, BANK_ID_MAX, "id that the bank's file carries"),
	F_END};
struct payout_shown {
	struct payout p;
	struct list lines;
};
const struct field settle_payout_shown[] = {
	F_ID(struct payout, payout, OUT, "the payout"),
	F_ENUM(struct payout, state, OUT, payout_states, "how far it is"),
	F_TEXT(struct payout, currency, OUT, 3, 3, "currency"),
	F_MINOR(struct payout, total_minor, OUT, "sum of the lines"),
	F_MINOR(struct payout, paid_minor, OUT, "paid so far"),
	F_MINOR(struct payout, rejected_minor, OUT, "rejected so far"),
	F_US(struct payout, created_us, OUT, "made at"),
	F_US(struct payout, exported_us, OUT, "file given to the bank at"),
	F_US(struct payout, settled_us, OUT, "last line decided at"),
	F_ENUM(struct payout, format, OUT, payout_formats, "form of the file"),
	F_HEX(struct payout, digest, OUT, 32, "SHA-256 of the file"),
	F_LIST(struct payout_shown, lines, OUT, PAYOUT_LINES_MAX, line_shown_fields, struct line_shown,
		"who is paid what"),
	F_END};

static enum err payout_read(struct cx *cx, const struct reader *r, int64_t payout, struct payout *out)
{
	const struct payout key = {.city = r->city, .payout = payout};
	const void *row;

	if (reader_find(cx, r, &payout_table, &key, &row))
		return cx->err;
	if (!row)
		return cx_fail(cx, ERR_NOT_FOUND, "there is no payout %lld in city %lld", (long long)payout,
			(long long)r->city);
	*out = *(const struct payout *)row;
	return ERR_OK;
}

/* All lines in order, with their ids; the list is in the arena. */
static enum err lines_read(struct cx *cx, const struct reader *r, const struct payout *p, struct list *out)
{
	db_auto_rows *rows = NULL;
	struct line_shown *line = cx_array(cx, PAYOUT_LINES_MAX, sizeof(*line));
	char *sql = cx_printf(cx, "SELECT %s FROM payout_line WHERE city = $1 AND payout = $2 ORDER BY line",
		reader_columns(&payout_line_table));
	char id[BANK_ID_MAX];
	size_t n = 0;

	if (!line || !sql ||
	    db_query(cx, r->db, &rows, sql, DB_ARGS(db_i64(p->city), db_i64(p->payout))))
		return cx->err;
	for (; n < PAYOUT_LINES_MAX && db_next(cx, rows); n++) {
		if (field_row(cx, payout_line_fields, rows, &line[n].l))
			return cx->err;
		bank_end_to_end(id, p->city, p->payout, line[n].l.line);
		line[n].end_to_end = cx_strdup(cx, id);
		if (!line[n].end_to_end)
			return cx->err;
	}
	if (cx->err)
		return cx->err;
	*out = (struct list){.item = line, .count = n};
	return ERR_OK;
}

enum err settle_payout_run(struct cx *cx, struct reader *r, const void *params, struct json_writer *w)
{
	const struct payout_params *p = params;
	struct payout_shown shown;

	if (settle_check_viewer(cx, r) || payout_read(cx, r, p->payout, &shown.p) ||
	    lines_read(cx, r, &shown.p, &shown.lines))
		return cx->err;
	field_write(w, settle_payout_shown, OUT, &shown);
	return ERR_OK;
}

/* --- the file --- */

const struct field settle_file_params[] = {
	F_ID(struct file_params, payout, IN | PATH | REQ, "the payout"),
	F_ENUM(struct file_params, format, IN, payout_formats, "pain001 (ISO 20022 XML) when absent, or csv"),
	F_END};
struct file_shown {
	const char *name, *media_type, *text;
	int64_t format;
	struct bytes digest;
};
const struct field settle_file_shown[] = {
	F_TEXT(struct file_shown, name, OUT, 1, 64, "name of the file"),
	F_TEXT(struct file_shown, media_type, OUT, 1, 64, "media type"),
	F_ENUM(struct file_shown, format, OUT, payout_formats, "form"),
	F_HEX(struct file_shown, digest, OUT, 32, "SHA-256 of the text: give it to settle.payout_exported"),
	F_TEXT(struct file_shown, text, OUT, 1, BANK_FILE_MAX, "the file; it holds personal data"),
	F_END};

/* Bank accounts are typed with spaces and '-' for reading; the bank's files have neither. */
static char *squeeze(struct cx *cx, const char *s)
{
	char *out = cx_strdup(cx, s);
	char *to = out;

	if (!out)
		return NULL;
	for (; *s; s++) {
		if (*s != ' ' && *s != '-')
			*to++ = *s;
	}
	*to = 0;
	return out;
}

static const char *detail(const struct json *details, const char *name)
{
	const struct json *v = json_get(details, name);

	return v && v->type == JSON_TEXT ? v->text : NULL;
}

/* Holder and account of a party; what is not known stays NULL, and bank.c refuses it by name. */
static enum err account_of(struct cx *cx, struct reader *r, int64_t party, struct bank_account *out)
{
	const struct party key = {.city = r->city, .party = party};
	struct json *details;
	const char *account;
	const void *row;

	if (party_details(cx, r, r->city, party, &details) ||
	    reader_find(cx, r, &party_table, &key, &row))
		return cx->err;
	*out = (struct bank_account){.name = detail(details, "name")};
	if (row && ((const struct party *)row)->public_name)
		out->name = ((const struct party *)row)->public_name;
	account = detail(details, "bank_account");
	out->account = account ? squeeze(cx, account) : NULL;
	return account && !out->account ? cx->err : ERR_OK;
}

/* What an owner named for the order of this item goes before what is known of him. */
static enum err account_of_order(struct cx *cx, struct reader *r, int64_t item, struct bank_account *out)
{
	const struct item key = {.city = r->city, .item = item};
	const struct order *o;
	const void *row;
	struct bytes text;

	if (reader_find(cx, r, &item_table, &key, &row))
		return cx->err;
	if (!row)
		return ERR_OK;
	const struct order at = {.city = r->city, .order = ((const struct item *)row)->order};
	if (reader_find(cx, r, &order_table, &at, &row))
		return cx->err;
	o = row;
	if (!o || o->account_n == FIELD_NONE)
		return ERR_OK;
	if (vault_read(cx, r, r->city, o->account_seq, o->account_n, &text))
		return cx->err;
	out->account = squeeze(cx, text.p);
	return out->account ? ERR_OK : cx->err;
}

static const char *purpose_of(struct cx *cx, const struct payout_line *l)
{
	if (l->kind == PAYEE_OWNER)
		return cx_printf(cx, "trade-in item %lld", (long long)l->item);
	return l->kind == PAYEE_MERCHANT ? "commissions and netted trade-ins" : "refund";
}

/* Lines that were dropped never go to the bank. */
static enum err fill_payments(struct cx *cx, struct reader *r, const struct list *lines,
			      struct bank_payment *payment, size_t *count)
{
	const struct line_shown *line = lines->item;
	size_t i, n = 0;

	for (i = 0; i < lines->count; i++) {
		const struct payout_line *l = &line[i].l;

		if (l->state == LINE_DROPPED)
			continue;
		bank_end_to_end(payment[n].end_to_end, l->city, l->payout, l->line);
		payment[n].amount_minor = l->amount_minor;
		payment[n].purpose = purpose_of(cx, l);
		if (!payment[n].purpose || account_of(cx, r, l->party, &payment[n].to))
			return cx_prefix(cx, "line %lld: ", (long long)l->line);
		if (l->kind == PAYEE_OWNER && account_of_order(cx, r, l->item, &payment[n].to))
			return cx_prefix(cx, "line %lld: ", (long long)l->line);
		n++;
	}
	*count = n;
	return ERR_OK;
}

static enum err programme_account(struct cx *cx, struct reader *r, struct bank_account *out)
{
	const struct city key = {.city = r->city};
	const void *row;

	if (reader_find(cx, r, &city_table, &key, &row))
		return cx->err;
	if (!row)
		return cx_fail(cx, ERR_NOT_FOUND, "there is no city %lld", (long long)r->city);
	return account_of(cx, r, ((const struct city *)row)->programme, out);
}

static enum err make_file(struct cx *cx, struct reader *r, const struct payout *p, int64_t format,
			  struct sb *out)
{
	struct bank_batch batch = {.currency = p->currency, .created_us = p->created_us};
	struct bank_payment *payment;
	struct list lines;

	if (lines_read(cx, r, p, &lines) || programme_account(cx, r, &batch.from))
		return cx->err;
	payment = cx_array(cx, lines.count, sizeof(*payment));
	if (!payment || fill_payments(cx, r, &lines, payment, &batch.count))
		return cx->err;
	bank_message_id(batch.message_id, p->city, p->payout);
	batch.payment = payment;
	return format == FORMAT_CSV ? bank_csv(cx, &batch, out) : bank_pain001(cx, &batch, out);
}

enum err settle_file_run(struct cx *cx, struct reader *r, const void *params, struct json_writer *w)
{
	const struct file_params *p = params;
	struct file_shown shown = {.format = field_or(p->format, FORMAT_PAIN001)};
	bool csv = shown.format == FORMAT_CSV;
	char id[BANK_ID_MAX];
	struct digest digest;
	struct payout payout;
	struct sb sb;

	if (settle_check_viewer(cx, r) || payout_read(cx, r, p->payout, &payout))
		return cx->err;
	if (payout.state == PAYOUT_CANCELLED)
		return cx_fail(cx, ERR_CONFLICT, "payout %lld was cancelled: it has no file for the bank",
			(long long)payout.payout);
	sb_init(&sb, cx, BANK_FILE_MAX);
	if (make_file(cx, r, &payout, shown.format, &sb))
		return cx->err;
	bank_message_id(id, payout.city, payout.payout);
	digest = sha256(sb.data, sb.len);
	shown.name = cx_printf(cx, "%s.%s", id, csv ? "csv" : "xml");
	shown.media_type = csv ? "text/csv; charset=utf-8" : "application/xml";
	shown.digest = (struct bytes){digest.byte, sizeof(digest.byte)};
	shown.text = sb.data;
	if (!shown.name)
		return cx->err;
	field_write(w, settle_file_shown, OUT, &shown);
	return ERR_OK;
}
