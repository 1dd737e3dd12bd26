/* Reads a customer payment status report, pain.002.001.03, through libexpat.
 *
 * Only what decides about money is read; the rest of the message is passed over. Expat calls back for
 * each element: the path of open elements is kept as text, and a table says what the text of which path
 * means. A document type declaration is refused, so no entity can be declared and blown up.
 */
#include "programme/settle/bank.h"

#include <expat.h>

#include "programme/settle/amount.h"

#define PAIN002 "urn:iso:std:iso:20022:tech:xsd:pain.002.001.03"

enum { DEPTH_MAX = 32, PATH_MAX_BYTES = 512, TEXT_MAX_BYTES = 256 };

struct xml {
	struct cx *cx;
	XML_Parser parser;
	struct bank_result *out;
	const char *currency; /* of the payout */
	char path[PATH_MAX_BYTES];
	size_t mark[DEPTH_MAX]; /* length of path before each open element */
	int depth;
	char text[TEXT_MAX_BYTES]; /* of the innermost element */
	size_t text_len;
	char text_currency[4];     /* its attribute Ccy */
	struct bank_line line;     /* of the open TxInfAndSts */
	bool line_status;          /* it has a status */
	char group[5], info[5];    /* status of message and payment information */
	char group_reason[BANK_REASON_MAX], info_reason[BANK_REASON_MAX];
};

/* Expat goes on until its buffer's end; the first failure is the one that is told. */
static void fail(struct xml *x, enum err err, const char *words)
{
	if (!x->cx->err)
		cx_fail(x->cx, err, "%s", cx_say(x->cx, words));
	XML_StopParser(x->parser, XML_FALSE);
}

static void stop(struct xml *x)
{
	XML_StopParser(x->parser, XML_FALSE);
}

static bool keep(struct xml *x, char *out, size_t size)
{
	if (x->text_len == 0 || x->text_len >= size) {
		fail(x, ERR_INVALID, "a text is empty or longer than its type allows");
		return false;
	}
	memcpy(out, x->text, x->text_len + 1);
	return true;
}

static void on_message_id(struct xml *x)
{
	keep(x, x->out->message_id, sizeof(x->out->message_id));
}

static void on_count(struct xml *x)
{
	int64_t count = 0;
	size_t i;

	for (i = 0; i < x->text_len; i++) {
		if (x->text[i] < '0' || x->text[i] > '9' || i >= 15) {
			fail(x, ERR_INVALID, "OrgnlNbOfTxs is not a number of up to 15 digits");
			return;
		}
		count = count * 10 + (x->text[i] - '0');
	}
	x->out->count = count;
}

static void on_total(struct xml *x)
{
	if (amount_read(x->cx, x->text, x->currency, &x->out->total_minor))
		stop(x);
}

static void on_group_status(struct xml *x)
{
	keep(x, x->group, sizeof(x->group));
}

static void on_info_status(struct xml *x)
{
	keep(x, x->info, sizeof(x->info));
}

static void reason(struct xml *x, char *out)
{
	if (bank_reason_set(x->cx, out, x->text))
		stop(x);
}

static void on_group_reason(struct xml *x)
{
	reason(x, x->group_reason);
}

static void on_info_reason(struct xml *x)
{
	reason(x, x->info_reason);
}

static void on_line_reason(struct xml *x)
{
	reason(x, x->line.reason);
}

/* A reason in the bank's own words: the code that says "see the narrative". */
static void on_line_words(struct xml *x)
{
	memcpy(x->line.reason, "NARR", 5);
}

static void on_line_id(struct xml *x)
{
	keep(x, x->line.end_to_end, sizeof(x->line.end_to_end));
}

/* ISO 20022 ExternalPaymentTransactionStatus: settled, refused, or still on its way. */
static bool outcome(struct xml *x, const char *status, enum bank_outcome *out)
{
	static const char *const paid[] = {"ACSC", "ACCC"};
	static const char *const waiting[] = {"ACTC", "ACCP", "ACSP", "ACWC", "PDNG", "RCVD", "PART"};
	size_t i;

	for (i = 0; i < ARRAY_LEN(paid); i++) {
		if (strcmp(status, paid[i]) == 0) {
			*out = BANK_PAID;
			return true;
		}
	}
	for (i = 0; i < ARRAY_LEN(waiting); i++) {
		if (strcmp(status, waiting[i]) == 0) {
			*out = BANK_WAITING;
			return true;
		}
	}
	if (strcmp(status, "RJCT") == 0) {
		*out = BANK_REJECTED;
		return true;
	}
	fail(x, ERR_INVALID,
	     "a status is none of ACSC, ACCC, RJCT, ACTC, ACCP, ACSP, ACWC, PDNG, RCVD, PART");
	return false;
}

static void on_line_status(struct xml *x)
{
	x->line_status = outcome(x, x->text, &x->line.outcome);
}

static void on_line_amount(struct xml *x)
{
	memcpy(x->line.currency, x->text_currency, sizeof(x->line.currency));
	if (strcmp(x->line.currency, x->currency) != 0)
		fail(x, ERR_INVALID, "an amount is not in the payout's currency");
	else if (amount_read(x->cx, x->text, x->currency, &x->line.amount_minor))
		stop(x);
}

#define ROOT "/Document/CstmrPmtStsRpt"
#define GROUP ROOT "/OrgnlGrpInfAndSts"
#define INFO ROOT "/OrgnlPmtInfAndSts"
#define LINE INFO "/TxInfAndSts"

static const struct {
	const char *path;
	void (*read)(struct xml *x);
} meaning[] = {
	{GROUP "/OrgnlMsgId", on_message_id},
	{GROUP "/OrgnlNbOfTxs", on_count},
	{GROUP "/OrgnlCtrlSum", on_total},
	{GROUP "/GrpSts", on_group_status},
	{GROUP "/StsRsnInf/Rsn/Cd", on_group_reason},
	{INFO "/PmtInfSts", on_info_status},
	{INFO "/StsRsnInf/Rsn/Cd", on_info_reason},
	{LINE "/OrgnlEndToEndId", on_line_id},
	{LINE "/TxSts", on_line_status},
	{LINE "/StsRsnInf/Rsn/Cd", on_line_reason},
	{LINE "/StsRsnInf/Rsn/Prtry", on_line_words},
	{LINE "/OrgnlTxRef/Amt/InstdAmt", on_line_amount},
};

static void line_end(struct xml *x)
{
	struct bank_result *out = x->out;

	if (!x->line.end_to_end[0] || !x->line_status)
		fail(x, ERR_INVALID, "TxInfAndSts needs OrgnlEndToEndId and TxSts");
	else if (out->lines == BANK_LINES_MAX)
		fail(x, ERR_TOO_LARGE, "too many payments in one file");
	else
		out->line[out->lines++] = x->line;
}

/* Names come as "namespace|name"; only the one namespace is ours. */
static const char *local_name(struct xml *x, const char *name)
{
	size_t n = strlen(PAIN002);

	if (strncmp(name, PAIN002, n) == 0 && name[n] == '|')
		return name + n + 1;
	if (x->depth == 0)
		fail(x, ERR_INVALID, "the root is no Document of pain.002.001.03");
	return "*";
}

static void XMLCALL on_start(void *arg, const char *name, const char **attr)
{
	struct xml *x = arg;
	const char *local = local_name(x, name);
	size_t at = x->depth == 0 ? 0 : strlen(x->path);
	size_t n = strlen(local);

	if (x->cx->err)
		return;
	if (x->depth == DEPTH_MAX || at + 1 + n >= sizeof(x->path)) {
		fail(x, ERR_TOO_LARGE, "elements are nested too deep");
		return;
	}
	x->mark[x->depth++] = at;
	x->path[at] = '/';
	memcpy(x->path + at + 1, local, n + 1);
	x->text_len = 0;
	x->text[0] = 0;
	x->text_currency[0] = 0;
	for (; *attr; attr += 2) {
		if (strcmp(attr[0], "Ccy") == 0 && strlen(attr[1]) == 3)
			memcpy(x->text_currency, attr[1], 4);
	}
	if (strcmp(x->path, LINE) == 0) {
		x->line = (struct bank_line){.amount_minor = -1};
		x->line_status = false;
	}
}

static void XMLCALL on_end(void *arg, const char *name)
{
	struct xml *x = arg;
	size_t i;

	(void)name;
	if (x->cx->err)
		return;
	for (i = 0; i < ARRAY_LEN(meaning); i++) {
		if (strcmp(meaning[i].path, x->path) == 0)
			meaning[i].read(x);
	}
	if (!x->cx->err && strcmp(x->path, LINE) == 0)
		line_end(x);
	x->path[x->mark[--x->depth]] = 0;
	x->text_len = 0;
	x->text[0] = 0;
}

/* Long texts are cut: none that is read may be so long, and keep() or the codes' checks refuse them. */
static void XMLCALL on_text(void *arg, const char *s, int len)
{
	struct xml *x = arg;
	size_t n = (size_t)len;

	if (n > sizeof(x->text) - 1 - x->text_len)
		n = sizeof(x->text) - 1 - x->text_len;
	memcpy(x->text + x->text_len, s, n);
	x->text_len += n;
	x->text[x->text_len] = 0;
}

static void XMLCALL on_doctype(void *arg, const char *name, const char *sysid, const char *pubid,
			       int internal)
{
	(void)name;
	(void)sysid;
	(void)pubid;
	(void)internal;
	fail(arg, ERR_INVALID, "a document type declaration is not accepted");
}

static void finish_line(struct xml *x, struct bank_line *line)
{
	const char *from = x->info_reason[0] ? x->info_reason : x->group_reason;

	if (line->outcome == BANK_REJECTED && !line->reason[0])
		memcpy(line->reason, from[0] ? from : "MS03", BANK_REASON_MAX);
}

/* Without lines the status of the payment information, else of the message, is that of all of them. */
static void finish(struct xml *x)
{
	const char *status = x->info[0] ? x->info : x->group;
	const char *from = x->info_reason[0] ? x->info_reason : x->group_reason;
	struct bank_result *out = x->out;
	size_t i;

	for (i = 0; i < out->lines; i++)
		finish_line(x, &out->line[i]);
	if (!out->message_id[0]) {
		fail(x, ERR_INVALID, "OrgnlGrpInfAndSts/OrgnlMsgId is missing");
		return;
	}
	if (out->lines > 0)
		return;
	if (!status[0]) {
		fail(x, ERR_INVALID, "there is neither a payment's status nor one of the whole message");
		return;
	}
	out->whole = outcome(x, status, &out->outcome);
	memcpy(out->reason, from[0] ? from : "MS03", BANK_REASON_MAX);
}

static enum err parse(struct xml *x, const char *text, size_t n)
{
	XML_SetUserData(x->parser, x);
	XML_SetElementHandler(x->parser, on_start, on_end);
	XML_SetCharacterDataHandler(x->parser, on_text);
	XML_SetStartDoctypeDeclHandler(x->parser, on_doctype);
	if (XML_Parse(x->parser, text, (int)n, 1) != XML_STATUS_OK && !x->cx->err)
		cx_fail(x->cx, ERR_INPUT, "%s", /* the library's own words are English */
			x->cx->tongue ? cx_say(x->cx, "the XML is not well formed here") :
					XML_ErrorString(XML_GetErrorCode(x->parser)));
	if (!x->cx->err)
		finish(x);
	if (x->cx->err)
		return cx_prefix(x->cx, "pain.002, line %lu: ",
			(unsigned long)XML_GetCurrentLineNumber(x->parser));
	return ERR_OK;
}

enum err bank_pain002(struct cx *cx, const char *text, size_t n, const char *currency,
		      struct bank_result *out)
{
	struct xml x = {.cx = cx, .out = out, .currency = currency};
	enum err err;

	BUG(n > BANK_FILE_MAX);
	x.parser = XML_ParserCreateNS(NULL, '|');
	if (!x.parser)
		return cx_fail(cx, ERR_MEMORY, "no memory for an XML parser");
	err = parse(&x, text, n);
	XML_ParserFree(x.parser);
	return err;
}
