/* The files to the bank and back: golden bytes, amounts, and return files that must be refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "programme/settle/amount.h"
#include "programme/settle/bank.h"

static struct cx cx;

static int setup(void **state)
{
	(void)state;
	cx_init(&cx, 0);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	cx_done(&cx);
	return 0;
}

static void amounts(void **state)
{
	static const struct {
		const char *currency, *text;
		int64_t minor; /* -1: refused */
		const char *back;
	} cases[] = {
		{"CNY", "12.34", 1234, "12.34"}, {"CNY", "12", 1200, "12.00"}, {"CNY", "12.3", 1230, "12.30"},
		{"CNY", "0.05", 5, "0.05"}, {"JPY", "500", 500, "500"}, {"KWD", "1.234", 1234, "1.234"},
		{"CNY", "0", 0, "0.00"}, {"CNY", "10000000000.00", 1000000000000, "10000000000.00"},
		{"JPY", "5.0", -1, NULL}, {"CNY", "1.234", -1, NULL}, {"CNY", "", -1, NULL},
		{"CNY", ".5", -1, NULL}, {"CNY", "5.", -1, NULL}, {"CNY", "-5", -1, NULL},
		{"CNY", "1,000", -1, NULL}, {"CNY", "1e3", -1, NULL}, {"CNY", " 1", -1, NULL},
		{"CNY", "1.2.3", -1, NULL}, {"CNY", "10000000000.01", -1, NULL},
		{"CNY", "99999999999999999999999999", -1, NULL},
	};
	char text[AMOUNT_TEXT];
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(cases); i++) {
		int64_t minor = 77;
		enum err err = amount_read(&cx, cases[i].text, cases[i].currency, &minor);

		assert_int_equal(err, cases[i].minor < 0 ? ERR_INVALID : ERR_OK);
		cx_clear(&cx);
		assert_int_equal(minor, cases[i].minor < 0 ? 77 : cases[i].minor);
		if (cases[i].back) {
			amount_text(text, minor, cases[i].currency);
			assert_string_equal(text, cases[i].back);
		}
	}
	amount_text(text, -1205, "CNY");
	assert_string_equal(text, "-12.05");
	amount_text(text, -5, "CNY");
	assert_string_equal(text, "-0.05");
}

static void iban(void **state)
{
	/* examples of the IBAN registry, and one digit changed */
	static const char *const good[] = {"GB29NWBK60161331926819", "DE89370400440532013000",
		"FR1420041010050500013M02606", "NO9386011117947"};
	static const char *const bad[] = {"GB29NWBK60161331926818", "DE89", "6222020200112233445", "",
		"de89370400440532013000", "GB29NWBK6016133192681!"};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(good); i++)
		assert_true(iban_valid(good[i]));
	for (i = 0; i < ARRAY_LEN(bad); i++)
		assert_false(iban_valid(bad[i]));
}

static struct bank_batch sample(struct bank_payment *p)
{
	struct bank_batch b = {.currency = "CNY", .created_us = INT64_C(1767225600000000) + 3723000000,
		.from = {"City programme", "6222020200112233445", NULL}, .payment = p, .count = 2};

	bank_message_id(b.message_id, 1, 17);
	p[0] = (struct bank_payment){.to = {"李雷 & <Han>", "GB29NWBK60161331926819", "NWBKGB2L"},
		.amount_minor = 1234, .purpose = "trade-in item 5"};
	p[1] = (struct bank_payment){.to = {"Shop, \"Best\"", "6222021234567890123", NULL},
		.amount_minor = 50000, .purpose = "commissions and netted trade-ins"};
	bank_end_to_end(p[0].end_to_end, 1, 17, 1);
	bank_end_to_end(p[1].end_to_end, 1, 17, 2);
	return b;
}

static void golden(const char *path, const char *got, size_t n)
{
	char buf[8192];
	FILE *f = fopen(path, "rb");
	size_t have;

	if (!f)
		fail_msg("cannot open %s", path);
	have = fread(buf, 1, sizeof(buf), f);
	fclose(f);
	if (have != n || memcmp(buf, got, n) != 0)
		fail_msg("%s differs from:\n%s", path, got);
}

static void files_out(void **state)
{
	struct bank_payment p[2];
	struct bank_batch b = sample(p);
	struct sb sb;

	(void)state;
	sb_init(&sb, &cx, BANK_FILE_MAX);
	assert_int_equal(bank_pain001(&cx, &b, &sb), ERR_OK);
	golden("tests/golden/payout.pain001.xml", sb.data, sb.len);
	sb_init(&sb, &cx, BANK_FILE_MAX);
	assert_int_equal(bank_csv(&cx, &b, &sb), ERR_OK);
	golden("tests/golden/payout.csv", sb.data, sb.len);
	p[1].to.account = NULL;
	sb_init(&sb, &cx, BANK_FILE_MAX);
	assert_int_equal(bank_pain001(&cx, &b, &sb), ERR_INVALID);
	assert_non_null(strstr(cx.msg, "R1-17-2 has no bank account"));
	cx_clear(&cx);
	sb_init(&sb, &cx, 100);
	p[1].to.account = "1";
	assert_int_equal(bank_csv(&cx, &b, &sb), ERR_TOO_LARGE);
	cx_clear(&cx);
}

#define HEAD "end_to_end_id,amount,currency,status,reason\r\n"
#define PAIN(body)                                                                                  \
	"<?xml version=\"1.0\"?><Document xmlns=\"urn:iso:std:iso:20022:tech:xsd:pain.002.001.03\">"  \
	"<CstmrPmtStsRpt><GrpHdr><MsgId>B1</MsgId></GrpHdr>" body "</CstmrPmtStsRpt></Document>"
#define GROUP(more) "<OrgnlGrpInfAndSts><OrgnlMsgId>R1-17</OrgnlMsgId>" more "</OrgnlGrpInfAndSts>"
#define TX(id, sts, more)                                                                           \
	"<TxInfAndSts><OrgnlEndToEndId>" id "</OrgnlEndToEndId><TxSts>" sts "</TxSts>" more "</TxInfAndSts>"
#define RSN(code) "<StsRsnInf><Rsn><Cd>" code "</Cd></Rsn></StsRsnInf>"
#define AMT(ccy, x) "<OrgnlTxRef><Amt><InstdAmt Ccy=\"" ccy "\">" x "</InstdAmt></Amt></OrgnlTxRef>"
#define INFO(body) "<OrgnlPmtInfAndSts><OrgnlPmtInfId>R1-17</OrgnlPmtInfId>" body "</OrgnlPmtInfAndSts>"

/* What is read, as one line a payment: id, outcome, reason, amount. */
static void summary(const struct bank_result *r, char *out, size_t size)
{
	static const char *const outcome[] = {"paid", "rejected", "waiting"};
	size_t at = 0, i;

	out[0] = 0;
	if (r->whole)
		at += (size_t)snprintf(out, size, "all %s %s;", outcome[r->outcome], r->reason);
	for (i = 0; i < r->lines; i++)
		at += (size_t)snprintf(out + at, size - at, "%s %s %s %lld;", r->line[i].end_to_end,
			outcome[r->line[i].outcome], r->line[i].reason, (long long)r->line[i].amount_minor);
	assert_true(at < size);
}

static void files_back(void **state)
{
	static const struct {
		const char *text, *want;
	} cases[] = {
		{HEAD
		 "R1-17-1,12.34,CNY,paid,\r\nR1-17-2,500.00,CNY,rejected,AC04\r\nTOTAL,512.34,CNY,2,\r\n",
		 "R1-17-1 paid  1234;R1-17-2 rejected AC04 50000;"},
		{"\xEF\xBB\xBF" HEAD "R1-17-1,12.34,CNY,waiting,\nTOTAL,12.34,CNY,1,\n",
		 "R1-17-1 waiting  1234;"},
		{PAIN(GROUP("") INFO(TX("R1-17-1", "ACSC", AMT("CNY", "12.34"))
					     TX("R1-17-2", "RJCT", RSN("AM04")))),
		 "R1-17-1 paid  1234;R1-17-2 rejected AM04 -1;"},
		{PAIN(GROUP("") INFO(RSN("AC01") TX("R1-17-1", "RJCT", "")
					     TX("R1-17-2", "PDNG", ""))),
		 "R1-17-1 rejected AC01 -1;R1-17-2 waiting  -1;"},
		{PAIN(GROUP("") INFO(
			 TX("R1-17-1", "RJCT",
			    "<StsRsnInf><Rsn><Prtry>no such person</Prtry></Rsn></StsRsnInf>"))),
		 "R1-17-1 rejected NARR -1;"},
		{PAIN(GROUP("<GrpSts>RJCT</GrpSts>" RSN("AM05"))), "all rejected AM05;"},
		{PAIN(GROUP("<GrpSts>ACCP</GrpSts>") INFO("<PmtInfSts>ACSC</PmtInfSts>")),
		 "all paid MS03;"},
	};
	struct bank_result r;
	char got[512];
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(cases); i++) {
		if (bank_result_read(&cx, cases[i].text, strlen(cases[i].text), "CNY", &r))
			fail_msg("case %zu: %s", i, cx.msg);
		summary(&r, got, sizeof(got));
		assert_string_equal(got, cases[i].want);
	}
	assert_int_equal(r.count, -1);
	assert_string_equal(r.message_id, "R1-17");
}

static void group_totals(void **state)
{
	static const char text[] =
		PAIN(GROUP("<OrgnlNbOfTxs>2</OrgnlNbOfTxs><OrgnlCtrlSum>512.34</OrgnlCtrlSum>"
			   "<GrpSts>ACSC</GrpSts>"));
	struct bank_result r;

	(void)state;
	assert_int_equal(bank_result_read(&cx, text, strlen(text), "CNY", &r), ERR_OK);
	assert_int_equal(r.count, 2);
	assert_int_equal(r.total_minor, 51234);
}

static void refused(void **state)
{
	static const struct {
		const char *text, *words;
	} cases[] = {
		{HEAD "R1-17-1,12.34,CNY,paid,\r\n", "without a TOTAL"},
		{HEAD "R1-17-1,12.34,CNY,paid,\r\nTOTAL,12.35,CNY,1,\r\n", "add up to 12.34"},
		{HEAD "R1-17-1,12.34,CNY,paid,\r\nTOTAL,12.34,CNY,2,\r\n", "1 are above it"},
		{HEAD "TOTAL,0.00,CNY,0,\r\nR1-17-1,12.34,CNY,paid,\r\n", "must be the last"},
		{HEAD "R1-17-1,12.34,EUR,paid,\r\nTOTAL,12.34,CNY,1,\r\n", "the payout is in CNY"},
		{HEAD "R1-17-1,12.34,CNY,maybe,\r\nTOTAL,12.34,CNY,1,\r\n",
		 "paid, rejected or waiting"},
		{HEAD "R1-17-1,12.34,CNY,rejected,\r\nTOTAL,12.34,CNY,1,\r\n", "needs a reason"},
		{HEAD "R1-17-1,12.34,CNY,rejected,ac04\r\nTOTAL,12.34,CNY,1,\r\n",
		 "ISO 20022 code"},
		{HEAD "R1-17-1,-1,CNY,paid,\r\nTOTAL,12.34,CNY,1,\r\n", "amount '-1'"},
		{HEAD ",12.34,CNY,paid,\r\nTOTAL,12.34,CNY,1,\r\n", "end_to_end_id"},
		{"id,amount,currency,status,reason\r\n", "no column 'end_to_end_id'"},
		{PAIN(GROUP("") INFO(TX("R1-17-1", "XXXX", ""))), "a status is none of"},
		{PAIN(GROUP("") INFO("<TxInfAndSts><TxSts>ACSC</TxSts></TxInfAndSts>")),
		 "needs OrgnlEndToEndId"},
		{PAIN(GROUP("") INFO(TX("R1-17-1", "ACSC", AMT("EUR", "12.34")))),
		 "payout's currency"},
		{PAIN(GROUP("") INFO(TX("R1-17-1", "ACSC", AMT("CNY", "12,34")))),
		 "amount '12,34'"},
		{PAIN(GROUP("")), "neither a payment's status"},
		{PAIN(""), "OrgnlMsgId is missing"},
		{PAIN("<OrgnlGrpInfAndSts>"), "mismatched tag"},
		{"<Document xmlns=\"urn:iso:std:iso:20022:tech:xsd:pain.002.001.10\"/>",
		 "no Document of"},
		{"<!DOCTYPE a [<!ENTITY b \"c\">]><a>&b;</a>", "document type declaration"},
		{"<", "pain.002, line 1"},
		{PAIN("<a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a>"
		      "<a><a><a><a><a>"),
		 "nested too deep"},
	};
	struct bank_result r = {.count = 77};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(cases); i++) {
		enum err err = bank_result_read(&cx, cases[i].text, strlen(cases[i].text), "CNY", &r);

		if (!err || !strstr(cx.msg, cases[i].words))
			fail_msg("case %zu: wanted \"%s\", got: %s", i, cases[i].words,
				err ? cx.msg : "no error");
		assert_int_equal(r.count, 77);
		cx_clear(&cx);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(amounts), cmocka_unit_test(iban), cmocka_unit_test(files_out),
		cmocka_unit_test(files_back), cmocka_unit_test(group_totals), cmocka_unit_test(refused),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
