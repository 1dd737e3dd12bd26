/* The files to the bank, and the CSV that comes back. */
#include "programme/settle/bank.h"

#include "base/time.h"
#include "codec/csv.h"
#include "programme/settle/amount.h"

#define PAIN001 "urn:iso:std:iso:20022:tech:xsd:pain.001.001.03"

enum {
	NAME_MAX_CHARS = 140,  /* Max140Text */
	ACCOUNT_MAX_CHARS = 34 /* Max34Text */
};

void bank_message_id(char out[BANK_ID_MAX], int64_t city, int64_t payout)
{
	snprintf(out, BANK_ID_MAX, "R%lld-%lld", (long long)city, (long long)payout);
}

void bank_end_to_end(char out[BANK_ID_MAX], int64_t city, int64_t payout, int64_t line)
{
	snprintf(out, BANK_ID_MAX, "R%lld-%lld-%lld", (long long)city, (long long)payout,
		(long long)line);
}

static bool upper(char c)
{
	return c >= 'A' && c <= 'Z';
}

static bool digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Letters count as 10..35; the first four characters are read last. */
static int iban_mod97(const char *s, size_t n)
{
	int rest = 0;
	size_t i;

	for (i = 0; i < n; i++) {
		char c = s[(i + 4) % n];

		if (digit(c))
			rest = (rest * 10 + (c - '0')) % 97;
		else
			rest = (rest * 100 + (c - 'A' + 10)) % 97;
	}
	return rest;
}

bool iban_valid(const char *s)
{
	size_t n = strlen(s);
	size_t i;

	if (n < 15 || n > ACCOUNT_MAX_CHARS || !upper(s[0]) || !upper(s[1]) || !digit(s[2]) ||
	    !digit(s[3]))
		return false;
	for (i = 4; i < n; i++) {
		if (!upper(s[i]) && !digit(s[i]))
			return false;
	}
	return iban_mod97(s, n) == 1;
}

/* --- XML --- */

/* Of a message, in UTC. */
static void add_date(struct sb *out, int64_t us)
{
	struct civil c = civil_of_day(time_day(us));

	sb_printf(out, "%04d-%02d-%02d", c.year, c.month, c.day);
}

static void add_time(struct sb *out, int64_t us)
{
	int second = (int)(us % TIME_DAY_US / TIME_SECOND_US);

	add_date(out, us);
	sb_printf(out, "T%02d:%02d:%02dZ", second / 3600, second / 60 % 60, second % 60);
}

/* At most max characters of text; what XML cannot hold (control characters) becomes a space. */
static void add_text(struct sb *out, const char *s, int max)
{
	for (; *s; s++) {
		unsigned char c = (unsigned char)*s;

		if ((c & 0xC0) != 0x80 && max-- == 0)
			return;
		if (c == '&')
			sb_str(out, "&amp;");
		else if (c == '<')
			sb_str(out, "&lt;");
		else if (c == '>')
			sb_str(out, "&gt;");
		else
			sb_char(out, c < 0x20 || c == 0x7F ? ' ' : (char)c);
	}
}

static void element(struct sb *out, const char *name, const char *text, int max)
{
	sb_printf(out, "<%s>", name);
	add_text(out, text, max);
	sb_printf(out, "</%s>", name);
}

static void add_account(struct sb *out, const char *wrap, const struct bank_account *a)
{
	sb_printf(out, "<%s><Id>", wrap);
	if (iban_valid(a->account)) {
		element(out, "IBAN", a->account, ACCOUNT_MAX_CHARS);
	} else {
		sb_str(out, "<Othr>");
		element(out, "Id", a->account, ACCOUNT_MAX_CHARS);
		sb_str(out, "</Othr>");
	}
	sb_printf(out, "</Id></%s>\n", wrap);
}

static void add_agent(struct sb *out, const char *wrap, const struct bank_account *a)
{
	sb_printf(out, "<%s><FinInstnId>", wrap);
	if (a->bic)
		element(out, "BIC", a->bic, 11);
	else
		sb_str(out, "<Othr><Id>NOTPROVIDED</Id></Othr>");
	sb_printf(out, "</FinInstnId></%s>\n", wrap);
}

static void add_payment(struct sb *out, const struct bank_batch *b, const struct bank_payment *p)
{
	char amount[AMOUNT_TEXT];

	amount_text(amount, p->amount_minor, b->currency);
	sb_str(out, "<CdtTrfTxInf><PmtId>");
	element(out, "EndToEndId", p->end_to_end, 35);
	sb_printf(out, "</PmtId>\n<Amt><InstdAmt Ccy=\"%s\">%s</InstdAmt></Amt>\n", b->currency, amount);
	if (p->to.bic)
		add_agent(out, "CdtrAgt", &p->to);
	sb_str(out, "<Cdtr>");
	element(out, "Nm", p->to.name, NAME_MAX_CHARS);
	sb_str(out, "</Cdtr>\n");
	add_account(out, "CdtrAcct", &p->to);
	sb_str(out, "<RmtInf>");
	element(out, "Ustrd", p->purpose, NAME_MAX_CHARS);
	sb_str(out, "</RmtInf></CdtTrfTxInf>\n");
}

static enum err check_account(struct cx *cx, const char *what, const struct bank_account *a)
{
	if (!a->name || !*a->name)
		return cx_fail(cx, ERR_INVALID, "%s has no name: give the party one", what);
	if (!a->account || !*a->account)
		return cx_fail(cx, ERR_INVALID, "%s has no bank account: give the party one", what);
	if (strlen(a->account) > ACCOUNT_MAX_CHARS)
		return cx_fail(cx, ERR_INVALID, "%s: a bank account has at most %d characters", what,
			ACCOUNT_MAX_CHARS);
	return ERR_OK;
}

static enum err check_batch(struct cx *cx, const struct bank_batch *b, int64_t *total)
{
	size_t i;

	if (check_account(cx, cx_say(cx, "the programme"), &b->from))
		return cx->err;
	*total = 0;
	for (i = 0; i < b->count; i++) {
		if (check_account(cx, b->payment[i].end_to_end, &b->payment[i].to))
			return cx->err;
		*total += b->payment[i].amount_minor;
	}
	return ERR_OK;
}

static void add_header(struct sb *out, const struct bank_batch *b, const char *total)
{
	sb_str(out, "<GrpHdr>");
	element(out, "MsgId", b->message_id, 35);
	sb_str(out, "<CreDtTm>");
	add_time(out, b->created_us);
	sb_printf(out, "</CreDtTm><NbOfTxs>%zu</NbOfTxs><CtrlSum>%s</CtrlSum><InitgPty>", b->count, total);
	element(out, "Nm", b->from.name, NAME_MAX_CHARS);
	sb_str(out, "</InitgPty></GrpHdr>\n<PmtInf>");
	element(out, "PmtInfId", b->message_id, 35);
	sb_printf(out, "<PmtMtd>TRF</PmtMtd><NbOfTxs>%zu</NbOfTxs><CtrlSum>%s</CtrlSum><ReqdExctnDt>",
		b->count, total);
	add_date(out, b->created_us);
	sb_str(out, "</ReqdExctnDt>\n<Dbtr>");
	element(out, "Nm", b->from.name, NAME_MAX_CHARS);
	sb_str(out, "</Dbtr>\n");
	add_account(out, "DbtrAcct", &b->from);
	add_agent(out, "DbtrAgt", &b->from);
}

enum err bank_pain001(struct cx *cx, const struct bank_batch *b, struct sb *out)
{
	char sum[AMOUNT_TEXT];
	int64_t total;
	size_t i;

	if (check_batch(cx, b, &total))
		return cx->err;
	amount_text(sum, total, b->currency);
	sb_str(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Document xmlns=\"" PAIN001 "\">"
		    "<CstmrCdtTrfInitn>\n");
	add_header(out, b, sum);
	for (i = 0; i < b->count; i++)
		add_payment(out, b, &b->payment[i]);
	sb_str(out, "</PmtInf></CstmrCdtTrfInitn></Document>\n");
	return sb_end(out);
}

/* --- CSV out --- */

static void put_record(struct sb *out, const char *const *field, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++)
		csv_put(out, i == 0, field[i]);
	csv_put_end(out);
}

enum err bank_csv(struct cx *cx, const struct bank_batch *b, struct sb *out)
{
	static const char *const names[] = {"end_to_end_id", "amount", "currency", "name", "account",
		"bic", "purpose"};
	char amount[AMOUNT_TEXT], count[24];
	int64_t total;
	size_t i;

	if (check_batch(cx, b, &total))
		return cx->err;
	put_record(out, names, ARRAY_LEN(names));
	for (i = 0; i < b->count; i++) {
		const struct bank_payment *p = &b->payment[i];
		const char *field[] = {p->end_to_end, amount, b->currency, p->to.name, p->to.account,
			p->to.bic ? p->to.bic : "", p->purpose};

		amount_text(amount, p->amount_minor, b->currency);
		put_record(out, field, ARRAY_LEN(field));
	}
	amount_text(amount, total, b->currency);
	snprintf(count, sizeof(count), "%zu", b->count);
	put_record(out, (const char *const[]){"TOTAL", amount, b->currency, count, "", "",
		b->message_id}, ARRAY_LEN(names));
	return sb_end(out);
}

/* --- CSV back --- */

enum column { C_ID, C_AMOUNT, C_CURRENCY, C_STATUS, C_REASON, COLUMNS };
static const char *const column_names[] = {"end_to_end_id", "amount", "currency", "status", "reason"};

struct csv_in {
	const struct csv *csv;
	int column[COLUMNS];
	const char *currency;
	int64_t sum;
	bool ended; /* TOTAL was read */
};

static const char *cell(const struct csv_in *in, enum column c)
{
	return csv_field(in->csv, in->column[c]);
}

enum err bank_reason_set(struct cx *cx, char out[BANK_REASON_MAX], const char *text)
{
	size_t n = strlen(text);
	size_t i;

	for (i = 0; i < n; i++) {
		if (n >= BANK_REASON_MAX || (!upper(text[i]) && !digit(text[i])))
			return cx_fail(cx, ERR_INVALID,
				"reason '%.40s': write an ISO 20022 code of up to four capital letters "
				"and digits, such as AC04", text);
	}
	memcpy(out, text, n + 1);
	return ERR_OK;
}

static enum err csv_line_read(struct cx *cx, struct csv_in *in, struct bank_line *out)
{
	const char *id = cell(in, C_ID);
	const char *status = cell(in, C_STATUS);
	struct bank_line line = {0};

	if (!*id || strlen(id) >= BANK_ID_MAX)
		return cx_fail(cx, ERR_INVALID, "end_to_end_id: 1 to %d characters", BANK_ID_MAX - 1);
	memcpy(line.end_to_end, id, strlen(id) + 1);
	memcpy(line.currency, in->currency, 4);
	if (strcmp(status, "paid") == 0)
		line.outcome = BANK_PAID;
	else if (strcmp(status, "rejected") == 0)
		line.outcome = BANK_REJECTED;
	else if (strcmp(status, "waiting") == 0)
		line.outcome = BANK_WAITING;
	else
		return cx_fail(cx, ERR_INVALID, "status '%.40s': write paid, rejected or waiting", status);
	if (bank_reason_set(cx, line.reason, cell(in, C_REASON)))
		return cx->err;
	if (line.outcome == BANK_REJECTED && !line.reason[0])
		return cx_fail(cx, ERR_INVALID, "a rejected payment needs a reason code");
	if (amount_read(cx, cell(in, C_AMOUNT), in->currency, &line.amount_minor))
		return cx->err;
	in->sum += line.amount_minor;
	*out = line;
	return ERR_OK;
}

static enum err csv_total_read(struct cx *cx, struct csv_in *in, size_t lines)
{
	char want[AMOUNT_TEXT];
	int64_t total;

	if (amount_read(cx, cell(in, C_AMOUNT), in->currency, &total))
		return cx->err;
	amount_text(want, in->sum, in->currency);
	if (total != in->sum)
		return cx_fail(cx, ERR_INVALID, "TOTAL is %.40s, but the amounts above add up to %s",
			cell(in, C_AMOUNT), want);
	snprintf(want, sizeof(want), "%zu", lines);
	if (strcmp(cell(in, C_STATUS), want) != 0)
		return cx_fail(cx, ERR_INVALID, "TOTAL says '%.40s' payments, but %s are above it",
			cell(in, C_STATUS), want);
	in->ended = true;
	return ERR_OK;
}

static enum err csv_record(struct cx *cx, struct csv_in *in, struct bank_result *out)
{
	if (in->ended)
		return cx_fail(cx, ERR_INVALID, "TOTAL must be the last record");
	if (strcmp(cell(in, C_CURRENCY), in->currency) != 0)
		return cx_fail(cx, ERR_INVALID, "currency '%.40s': the payout is in %s",
			cell(in, C_CURRENCY), in->currency);
	if (strcmp(cell(in, C_ID), "TOTAL") == 0)
		return csv_total_read(cx, in, out->lines);
	if (out->lines == BANK_LINES_MAX)
		return cx_fail(cx, ERR_TOO_LARGE, "more than %d payments", BANK_LINES_MAX);
	if (csv_line_read(cx, in, &out->line[out->lines]))
		return cx->err;
	out->lines++;
	return ERR_OK;
}

static enum err csv_result(struct cx *cx, const char *text, size_t n, const char *currency,
			   struct bank_result *out)
{
	struct csv_in in = {.currency = currency};
	struct csv *csv;
	int i;

	if (csv_open(cx, text, n, &csv))
		return cx->err;
	in.csv = csv;
	for (i = 0; i < COLUMNS; i++) {
		in.column[i] = csv_find(csv, column_names[i]);
		if (in.column[i] < 0)
			return cx_fail(cx, ERR_INVALID, "the bank's file has no column '%s'",
				column_names[i]);
	}
	while (csv_next(cx, csv)) {
		if (csv_record(cx, &in, out))
			return cx_prefix(cx, "line %d: ", csv_line(csv));
	}
	if (cx->err)
		return cx->err;
	if (!in.ended)
		return cx_fail(cx, ERR_INVALID, "the bank's file ends without a TOTAL record: it was cut");
	return ERR_OK;
}

enum err bank_result_read(struct cx *cx, const char *text, size_t n, const char *currency,
			  struct bank_result *out)
{
	struct bank_result result = {.count = -1, .total_minor = -1};
	size_t at = 0;

	if (n > BANK_FILE_MAX)
		return cx_fail(cx, ERR_TOO_LARGE, "the bank's file: at most %d bytes", BANK_FILE_MAX);
	result.line = cx_array(cx, BANK_LINES_MAX, sizeof(*result.line));
	if (!result.line)
		return cx->err;
	if (n >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0)
		at = 3;
	while (at < n && strchr(" \t\r\n", text[at]) && text[at])
		at++;
	result.xml = at < n && text[at] == '<';
	if (result.xml ? bank_pain002(cx, text, n, currency, &result)
		       : csv_result(cx, text, n, currency, &result))
		return cx->err;
	*out = result;
	return ERR_OK;
}
