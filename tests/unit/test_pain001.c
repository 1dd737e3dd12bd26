/* The file to the bank against the structure of ISO 20022 pain.001.001.03.
 *
 * The rules below were written down by hand from the published schema (generated on 2009-01-08): of each type
 * that we write, its elements in their order with how often each may stand there, and the bounds of its
 * texts. Elements that we never write are left out, so writing one is found here too. It is not the schema
 * itself: that is not shipped, because its terms of use do not say that it may be.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <expat.h>
#include <regex.h>

#include "programme/settle/bank.h"

enum { CHILDREN_MAX = 12, DEPTH_MAX = 12, TEXT_MAX = 2000, MANY = 1000000 };

struct child {
	const char *name, *type;
	int min, max;
};
struct type {
	const char *name;
	struct child child[CHILDREN_MAX]; /* in order; none: a text */
	bool choice;                      /* exactly one of the children */
	const char *text;                 /* regular expression */
	int length;                       /* characters at most; 0: the expression says it all */
};
#define DATE "[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])"
static const struct type types[] = {
	{.name = "Document", .child = {{"CstmrCdtTrfInitn", "Initiation", 1, 1}}},
	{.name = "Initiation",
	 .child = {{"GrpHdr", "GroupHeader", 1, 1}, {"PmtInf", "Instruction", 1, MANY}}},
	{.name = "GroupHeader",
	 .child = {{"MsgId", "Text35", 1, 1}, {"CreDtTm", "DateTime", 1, 1}, {"NbOfTxs", "Count", 1, 1},
		   {"CtrlSum", "Sum", 0, 1}, {"InitgPty", "Party", 1, 1}}},
	{.name = "Instruction",
	 .child = {{"PmtInfId", "Text35", 1, 1}, {"PmtMtd", "Method", 1, 1}, {"NbOfTxs", "Count", 0, 1},
		   {"CtrlSum", "Sum", 0, 1}, {"ReqdExctnDt", "Date", 1, 1}, {"Dbtr", "Party", 1, 1},
		   {"DbtrAcct", "Account", 1, 1}, {"DbtrAgt", "Agent", 1, 1},
		   {"CdtTrfTxInf", "Transfer", 1, MANY}}},
	{.name = "Transfer",
	 .child = {{"PmtId", "PaymentId", 1, 1}, {"Amt", "AmountChoice", 1, 1}, {"CdtrAgt", "Agent", 0, 1},
		   {"Cdtr", "Party", 0, 1}, {"CdtrAcct", "Account", 0, 1}, {"RmtInf", "Remittance", 0, 1}}},
	{.name = "PaymentId", .child = {{"InstrId", "Text35", 0, 1}, {"EndToEndId", "Text35", 1, 1}}},
	{.name = "AmountChoice", .choice = true, .child = {{"InstdAmt", "Amount", 1, 1}}},
	{.name = "Party", .child = {{"Nm", "Text140", 0, 1}}},
	{.name = "Account", .child = {{"Id", "AccountId", 1, 1}}},
	{.name = "AccountId",
	 .choice = true,
	 .child = {{"IBAN", "Iban", 1, 1}, {"Othr", "OtherAccount", 1, 1}}},
	{.name = "OtherAccount", .child = {{"Id", "Text34", 1, 1}}},
	{.name = "Agent", .child = {{"FinInstnId", "Institution", 1, 1}}},
	{.name = "Institution", .child = {{"BIC", "Bic", 0, 1}, {"Othr", "OtherInstitution", 0, 1}}},
	{.name = "OtherInstitution", .child = {{"Id", "Text35", 1, 1}}},
	{.name = "Remittance", .child = {{"Ustrd", "Text140", 0, MANY}}},
	{.name = "Text34", .text = ".+", .length = 34},
	{.name = "Text35", .text = ".+", .length = 35},
	{.name = "Text140", .text = ".+", .length = 140},
	{.name = "Count", .text = "[0-9]{1,15}"},
	{.name = "Sum", .text = "[0-9]{1,18}(\\.[0-9]{1,17})?", .length = 19},
	{.name = "Amount", .text = "[0-9]{1,18}(\\.[0-9]{1,5})?", .length = 19},
	{.name = "Method", .text = "CHK|TRF|TRA"},
	{.name = "Date", .text = DATE},
	{.name = "DateTime", .text = DATE "T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]Z"},
	{.name = "Iban", .text = "[A-Z]{2}[0-9]{2}[a-zA-Z0-9]{1,30}"},
	{.name = "Bic", .text = "[A-Z]{6}[A-Z2-9][A-NP-Z0-9]([A-Z0-9]{3})?"},
};

struct open_element {
	const char *name;
	const struct type *type;
	int at, times; /* the child that stood last, and how often in a row */
	char text[TEXT_MAX];
	size_t n;
};
struct reading {
	XML_Parser parser;
	struct open_element open[DEPTH_MAX];
	int depth;
	char wrong[300]; /* "" while nothing is */
	/* what the message's own definition asks beyond its structure */
	char count_said[2][40], sum_said[2][40];
	int transfers;
};

__attribute__((format(printf, 2, 3))) static void wrong(struct reading *r, const char *format, ...)
{
	va_list ap;

	if (r->wrong[0])
		return;
	va_start(ap, format);
	vsnprintf(r->wrong, sizeof(r->wrong), format, ap);
	va_end(ap);
	XML_StopParser(r->parser, XML_FALSE);
}

static const struct type *type_of(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(types); i++)
		if (strcmp(types[i].name, name) == 0)
			return &types[i];
	fail_msg("the table has no type %s", name);
	return NULL;
}

/* Those between the child that stood last and the next one must be ones that may be absent. */
static void may_be_absent(struct reading *r, const struct open_element *in, int to)
{
	const struct child *c = in->type->child;

	for (int i = in->times > 0 ? in->at + 1 : 0; i < to; i++)
		if (c[i].min > 0)
			wrong(r, "%s lacks %s", in->name, c[i].name);
}

static const struct type *child_type(struct reading *r, struct open_element *in, const char *name)
{
	const struct child *c = in->type->child;
	int i = 0;

	while (i < CHILDREN_MAX && c[i].name && strcmp(c[i].name, name) != 0)
		i++;
	if (i == CHILDREN_MAX || !c[i].name) {
		wrong(r, "%s in %s", name, in->name);
		return NULL;
	}
	if (in->times > 0 && i < in->at)
		wrong(r, "%s after %s in %s", name, c[in->at].name, in->name);
	if (in->times > 0 && in->type->choice)
		wrong(r, "two choices in %s", in->name);
	if (!in->type->choice && (i != in->at || in->times == 0))
		may_be_absent(r, in, i);
	in->times = in->times > 0 && i == in->at ? in->times + 1 : 1;
	in->at = i;
	if (in->times > c[i].max)
		wrong(r, "%s more than %d times in %s", name, c[i].max, in->name);
	return type_of(c[i].type);
}

static const char *local_name(struct reading *r, const char *name)
{
	static const char space[] = "urn:iso:std:iso:20022:tech:xsd:pain.001.001.03|";

	if (strncmp(name, space, sizeof(space) - 1) == 0)
		return name + sizeof(space) - 1;
	wrong(r, "%s is in another namespace", name);
	return name;
}

static void XMLCALL begin(void *arg, const XML_Char *name, const XML_Char **attribute)
{
	struct reading *r = arg;
	const char *local = local_name(r, name);
	const struct type *t;
	regex_t currency;

	if (r->wrong[0])
		return;
	if (r->depth == DEPTH_MAX) {
		wrong(r, "too deep");
		return;
	}
	if (r->depth == 0)
		t = strcmp(local, "Document") == 0 ? type_of("Document") : NULL;
	else
		t = child_type(r, &r->open[r->depth - 1], local);
	if (!t) {
		wrong(r, "the root is %s", local);
		return;
	}
	if (strcmp(t->name, "Amount") == 0) {
		assert_int_equal(regcomp(&currency, "^[A-Z]{3}$", REG_EXTENDED | REG_NOSUB), 0);
		if (!attribute[0] || strcmp(attribute[0], "Ccy") != 0 || attribute[2] ||
		    regexec(&currency, attribute[1], 0, NULL, 0))
			wrong(r, "Ccy of %s", local);
		regfree(&currency);
	} else if (attribute[0]) {
		wrong(r, "attribute %s in %s", attribute[0], local);
	}
	r->transfers += strcmp(t->name, "Transfer") == 0;
	r->open[r->depth++] = (struct open_element){.name = strdup(local), .type = t};
}

static int characters(const char *s)
{
	int n = 0;

	for (; *s; s++)
		n += ((unsigned char)*s & 0xc0) != 0x80;
	return n;
}

static void check_text(struct reading *r, struct open_element *e)
{
	const struct type *t = e->type;
	char *whole = NULL;
	regex_t pattern;

	assert_true(asprintf(&whole, "^(%s)$", t->text) > 0);
	assert_int_equal(regcomp(&pattern, whole, REG_EXTENDED | REG_NOSUB), 0);
	if (regexec(&pattern, e->text, 0, NULL, 0) || (t->length > 0 && characters(e->text) > t->length))
		wrong(r, "%s is \"%.60s\", no %s", e->name, e->text, t->name);
	regfree(&pattern);
	free(whole);
	int in_header = r->open[r->depth - 1].type == type_of("GroupHeader");
	if (strcmp(t->name, "Count") == 0 && e->n < 40)
		memcpy(r->count_said[in_header], e->text, e->n + 1);
	if (strcmp(t->name, "Sum") == 0 && e->n < 40)
		memcpy(r->sum_said[in_header], e->text, e->n + 1);
}

static void XMLCALL end(void *arg, const XML_Char *name)
{
	struct reading *r = arg;
	struct open_element *e = &r->open[r->depth - 1];
	int children = 0;

	(void)name;
	if (r->wrong[0])
		return;
	r->depth--;
	while (children < CHILDREN_MAX && e->type->child[children].name)
		children++;
	if (children == 0)
		check_text(r, e);
	else if (strspn(e->text, " \n") != e->n)
		wrong(r, "text in %s", e->name);
	else if (e->type->choice && e->times == 0)
		wrong(r, "%s lacks a choice", e->name);
	else if (!e->type->choice)
		may_be_absent(r, e, children);
	if (!r->wrong[0]) {
		free((char *)(uintptr_t)e->name);
		e->name = NULL;
	}
}

static void XMLCALL text(void *arg, const XML_Char *s, int n)
{
	struct reading *r = arg;
	struct open_element *e = &r->open[r->depth - 1];

	if (e->n + (size_t)n >= sizeof(e->text)) {
		wrong(r, "%s is too long", e->name);
		return;
	}
	memcpy(e->text + e->n, s, (size_t)n);
	e->n += (size_t)n;
	e->text[e->n] = 0;
}

/* What is wrong with a file; "" when nothing is. */
static const char *look(const char *file, size_t n)
{
	static struct reading r;
	char count[20];

	memset(&r, 0, sizeof(r));
	r.parser = XML_ParserCreateNS("UTF-8", '|');
	assert_non_null(r.parser);
	XML_SetUserData(r.parser, &r);
	XML_SetElementHandler(r.parser, begin, end);
	XML_SetCharacterDataHandler(r.parser, text);
	if (XML_Parse(r.parser, file, (int)n, XML_TRUE) != XML_STATUS_OK && !r.wrong[0])
		snprintf(r.wrong, sizeof(r.wrong), "no XML: %s", XML_ErrorString(XML_GetErrorCode(r.parser)));
	XML_ParserFree(r.parser);
	for (int i = 0; i < DEPTH_MAX; i++)
		free((char *)(uintptr_t)r.open[i].name);
	snprintf(count, sizeof(count), "%d", r.transfers);
	if (!r.wrong[0] && (strcmp(r.count_said[0], count) != 0 || strcmp(r.count_said[1], count) != 0))
		snprintf(r.wrong, sizeof(r.wrong), "NbOfTxs is not %s", count);
	if (!r.wrong[0] && strcmp(r.sum_said[0], r.sum_said[1]) != 0)
		snprintf(r.wrong, sizeof(r.wrong), "CtrlSum differs");
	return r.wrong;
}

/* --- what we write --- */

static char *repeated(struct cx *cx, const char *s, int times)
{
	struct sb sb;

	sb_init(&sb, cx, 10000);
	for (int i = 0; i < times; i++)
		sb_str(&sb, s);
	assert_int_equal(sb_end(&sb), ERR_OK);
	return sb.data;
}

static struct sb written(struct cx *cx, const char *currency, const struct bank_account *to, int count,
			 int64_t amount_minor)
{
	struct bank_payment *p = cx_array(cx, (size_t)count, sizeof(*p));
	struct bank_batch b = {.currency = currency, .created_us = INT64_C(1767225600000000),
			       .from = {"City programme", "DE89370400440532013000", "COBADEFF"},
			       .payment = p, .count = (size_t)count};
	struct sb sb;

	assert_non_null(p);
	bank_message_id(b.message_id, INT32_MAX, (INT64_C(1) << 47) - 1);
	for (int i = 0; i < count; i++) {
		p[i] = (struct bank_payment){.to = *to, .amount_minor = amount_minor, .purpose = "item 5"};
		bank_end_to_end(p[i].end_to_end, INT32_MAX, (INT64_C(1) << 47) - 1, i + 1);
	}
	sb_init(&sb, cx, BANK_FILE_MAX);
	if (bank_pain001(cx, &b, &sb))
		fail_msg("%s", cx->msg);
	return sb;
}

static void what_we_write_fits(void **state)
{
	struct cx cx;
	const struct {
		const char *currency;
		struct bank_account to;
		int count;
		int64_t minor;
	} cases[] = {
		{"CNY", {"Li Lei", "6222020200112233445", NULL}, 1, 1},
		{"JPY", {"李雷 & <Han> \"x\" 'y' ]]>", "6222 0202-0011", NULL}, 3, 500},
		{"KWD", {"\001\002 tab\tnew\nline \177", "GB29NWBK60161331926819", "NWBKGB2LXXX"}, 2, 1234},
		{"EUR", {"many", "DE89370400440532013000", NULL}, BANK_LINES_MAX, 1000000000},
		{"EUR", {"long", "1234567890123456789012345678901234", NULL}, 1, INT64_C(999999999999)},
		{"EUR", {NULL, "NO9386011117947", NULL}, 1, 1},
	};

	(void)state;
	cx_init(&cx, 0);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct bank_account to = cases[i].to;
		struct sb sb;
		if (!to.name) /* cut between characters, not within one */
			to.name = repeated(&cx, "长", 200);
		sb = written(&cx, cases[i].currency, &to, cases[i].count, cases[i].minor);
		if (look(sb.data, sb.len)[0])
			fail_msg("case %zu: %s", i, look(sb.data, sb.len));
	}
	cx_done(&cx);
}

/* The rules can find fault: each change of a good file is named. */
static void the_rules_find_fault(void **state)
{
	static const struct {
		const char *from, *to, *words;
	} cases[] = {
		{"pain.001.001.03\"", "pain.001.001.02\"", "another namespace"},
		{"<PmtMtd>TRF</PmtMtd>", "", "PmtInf lacks PmtMtd"},
		{"<PmtMtd>TRF", "<PmtMtd>XXX", "PmtMtd is \"XXX\""},
		{"<PmtMtd>TRF</PmtMtd>", "<PmtMtd>TRF</PmtMtd><PmtMtd>TRF</PmtMtd>",
		 "PmtMtd more than 1 times"},
		{"<NbOfTxs>1</NbOfTxs><CtrlSum>0.01</CtrlSum><InitgPty>",
		 "<CtrlSum>0.01</CtrlSum><NbOfTxs>1</NbOfTxs><InitgPty>", "GrpHdr lacks NbOfTxs"},
		{"<EndToEndId>", "<Other>x</Other><EndToEndId>", "Other in PmtId"},
		{"<Nm>Li Lei</Nm>", "<Nm></Nm>", "Nm is \"\""},
		{"Ccy=\"CNY\"", "Ccy=\"cny\"", "Ccy of InstdAmt"},
		{" Ccy=\"CNY\"", "", "Ccy of InstdAmt"},
		{"\">0.01<", "\">-0.01<", "no Amount"},
		{"\">0.01<", "\">0.012345<", "no Amount"},
		{"2026-01-01</ReqdExctnDt>", "2026-1-1</ReqdExctnDt>", "no Date"},
		{"T00:00:00Z", " 00:00:00", "no DateTime"},
		{"<IBAN>DE89", "<IBAN>de89", "no Iban"},
		{"<BIC>COBADEFF", "<BIC>COBA", "no Bic"},
		{"<Othr><Id>6222020200112233445</Id></Othr>", "", "lacks a choice"},
		{"<Cdtr>", "stray<Cdtr>", "text in CdtTrfTxInf"},
		{"<GrpHdr>", "<GrpHdr><NbOfTxs>1</NbOfTxs>", "GrpHdr lacks MsgId"},
		{"<NbOfTxs>1</NbOfTxs><CtrlSum>0.01</CtrlSum><Reqd",
		 "<NbOfTxs>2</NbOfTxs><CtrlSum>0.01</CtrlSum><Reqd", "NbOfTxs is not 1"},
		{"</CstmrCdtTrfInitn>", "", "no XML"},
	};
	const struct bank_account to = {"Li Lei", "6222020200112233445", NULL};
	struct cx cx;

	(void)state;
	cx_init(&cx, 0);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const struct sb good = written(&cx, "CNY", &to, 1, 1);
		const char *at = strstr(good.data, cases[i].from), *found;
		char *bad;
		if (!at)
			fail_msg("case %zu: the file has no %s", i, cases[i].from);
		bad = cx_printf(&cx, "%.*s%s%s", (int)(at - good.data), good.data, cases[i].to,
				at + strlen(cases[i].from));
		found = look(bad, strlen(bad));
		if (!strstr(found, cases[i].words))
			fail_msg("case %zu: \"%s\", not \"%s\"", i, found, cases[i].words);
	}
	cx_done(&cx);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(what_we_write_fits),
					   cmocka_unit_test(the_rules_find_fault)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
