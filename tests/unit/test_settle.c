/* Settlement: payouts through the bank and back, payables, statements, corrections. */
#include "codec/hash.h"
#include "programme/settle/settle.h"
#include "trade.h"

#define L(x) ((long long)(x))

/* --- a city with money to pay --- */

struct money {
	struct trade t;
	int64_t programme;
	int64_t item[4]; /* agreed on */
	size_t items;
};

static void bank_account(struct money *m, int64_t party, const char *name, const char *account)
{
	kit_act(&m->t.k, 1, "party.update",
		"{\"party\":%lld,\"name\":\"%s\",\"bank_account\":\"%s\"}", L(party), name,
		account);
}

static void agree_phone(struct money *m)
{
	trade_book_phone(&m->t);
	trade_hand_in(&m->t);
	trade_inspect(
		&m->t,
		",\"battery_percent\":90,\"storage_gb\":128,\"activation_lock\":\"off\","
		"\"stolen\":\"clear\"");
	assert_string_equal(trade_state(&m->t), "agreed");
	m->item[m->items++] = m->t.item;
}

static void money_open(struct money *m, size_t phones)
{
	memset(m, 0, sizeof(*m));
	trade_open(&m->t);
	m->programme = kit_int(kit_get(&m->t.k, 1, "city.city", "{}"), "programme");
	while (m->items < phones)
		agree_phone(m);
}

static void accounts_known(struct money *m)
{
	bank_account(m, m->programme, "City programme", "6222 0202 0011 2233 445");
	bank_account(m, m->t.owner, "Li Lei", "GB29 NWBK 6016 1331 9268 19");
	bank_account(m, m->t.merchant, "Shop Ltd", "6222021234567890123");
	bank_account(m, m->t.retailer, "Store Ltd", "6222021234567890124");
}

static const char *item_state(struct money *m, size_t i)
{
	return kit_text(kit_get(&m->t.k, 1, "tradein.item", "{\"item\":%lld}", L(m->item[i])), "state");
}

static int64_t owed(struct money *m, size_t i)
{
	return kit_balance(&m->t.k, 1, cx_printf(&m->t.k.cx, "money_owner/%lld", L(m->item[i])), "CNY");
}

static int64_t create_due(struct money *m)
{
	return kit_int(kit_act(&m->t.k, 1, "settle.payout_create", "{\"all_due\":true}"), "payout");
}

static const struct json *payout(struct money *m, int64_t id)
{
	return kit_get(&m->t.k, 1, "settle.payout", "{\"payout\":%lld}", L(id));
}

static void export_payout(struct money *m, int64_t id)
{
	const struct json *file = kit_get(&m->t.k, 1, "settle.payout_file", "{\"payout\":%lld}", L(id));

	kit_act(&m->t.k, 1, "settle.payout_exported",
		"{\"payout\":%lld,\"format\":\"pain001\",\"digest\":\"%s\"}", L(id),
		kit_text(file, "digest"));
}

static const char *amount(struct money *m, int64_t minor)
{
	char text[AMOUNT_TEXT];

	amount_text(text, minor, "CNY");
	return cx_strdup(&m->t.k.cx, text);
}

/* A bank's CSV for lines 1..n of a payout: 'p' paid, 'r' rejected AC04, 'w' waiting, '-' not named. */
static const char *answer_csv(struct money *m, int64_t id, const char *what)
{
	const struct json *p = payout(m, id);
	int64_t sum = 0, count = 0;
	struct sb sb;

	sb_init(&sb, &m->t.k.cx, 100000);
	sb_str(&sb, "end_to_end_id,amount,currency,status,reason\\r\\n");
	for (size_t i = 0; what[i]; i++) {
		char path[64];
		int64_t minor;

		if (what[i] == '-')
			continue;
		snprintf(path, sizeof(path), "lines.%zu.amount_minor", i);
		minor = kit_int(p, path);
		sb_printf(&sb, "R1-%lld-%zu,%s,CNY,%s,%s\\r\\n", L(id), i + 1, amount(m, minor),
			  what[i] == 'p' ? "paid" :
			  what[i] == 'r' ? "rejected" :
					   "waiting",
			  what[i] == 'r' ? "AC04" : "");
		sum += minor;
		count++;
	}
	sb_printf(&sb, "TOTAL,%s,CNY,%lld,\\r\\n", amount(m, sum), L(count));
	assert_int_equal(sb_end(&sb), ERR_OK);
	return sb.data;
}

static void result(struct money *m, int64_t id, const char *file)
{
	kit_act(&m->t.k, 1, "settle.payout_result", "{\"payout\":%lld,\"file\":\"%s\"}", L(id), file);
}

static void result_refused(struct money *m, int64_t id, enum err err, const char *words, const char *file)
{
	kit_refuse(&m->t.k, 1, "settle.payout_result", err, words,
		   "{\"payout\":%lld,\"file\":\"%s\"}", L(id), file);
}

#define PAIN(body)                                                                                  \
	"<Document xmlns='urn:iso:std:iso:20022:tech:xsd:pain.002.001.03'><CstmrPmtStsRpt>" body       \
	"</CstmrPmtStsRpt></Document>"

/* --- the tests --- */

static void partly_rejected_and_paid_again(void **state)
{
	struct money m;
	const struct json *v;
	int64_t id, again, price, commission;

	(void)state;
	money_open(&m, 3);
	price = owed(&m, 0);
	assert_true(price > 0);
	v = kit_get(&m.t.k, 1, "settle.payables", "{}");
	assert_int_equal(json_get(v, "items")->count, 3);
	assert_int_equal(kit_int(v, "items.1.item"), m.item[1]);
	assert_int_equal(kit_int(v, "items.1.amount_minor"), price);
	assert_int_equal(kit_int(v, "items.1.party"), m.t.owner);
	v = kit_get(&m.t.k, 1, "settle.payables", "{\"kind\":\"merchant\"}");
	commission = kit_int(v, "items.0.amount_minor");
	assert_int_equal(commission, 3 * settle_commission(kit_int(kit_get(&m.t.k, 1, "tradein.item",
		"{\"item\":%lld}", L(m.item[0])), "agreed_minor"), 500, 100));

	id = create_due(&m);
	v = payout(&m, id);
	assert_int_equal(json_get(v, "lines")->count, 4);
	assert_int_equal(kit_int(v, "total_minor"), 3 * price + commission);
	assert_string_equal(kit_text(v, "lines.3.kind"), "merchant");
	assert_string_equal(item_state(&m, 0), "paying");
	kit_refuse(&m.t.k, 1, "settle.payout_create", ERR_CONFLICT, "nothing is due", "{\"all_due\":true}");
	kit_refuse(&m.t.k, 1, "settle.payout_create", ERR_CONFLICT, "paying", "{\"items\":[{\"item\":%lld}]}",
		L(m.item[0]));
	kit_get_refused(&m.t.k, 1, "settle.payout_file", ERR_INVALID, "programme has no",
			"{\"payout\":%lld}", L(id));
	accounts_known(&m);
	result_refused(&m, id, ERR_CONFLICT, "created", answer_csv(&m, id, "pppp"));
	export_payout(&m, id);
	assert_string_equal(kit_text(payout(&m, id), "state"), "exported");

	result(&m, id, answer_csv(&m, id, "pr-w"));
	assert_string_equal(item_state(&m, 0), "paid");
	assert_string_equal(item_state(&m, 1), "payout_failed");
	assert_string_equal(item_state(&m, 2), "paying");
	assert_int_equal(owed(&m, 0), 0);
	assert_int_equal(owed(&m, 1), price);
	v = payout(&m, id);
	assert_string_equal(kit_text(v, "state"), "exported");
	assert_string_equal(kit_text(v, "lines.1.reason"), "AC04");
	assert_int_equal(kit_balance(&m.t.k, 1, "money_bank", "CNY"), price);
	result_refused(&m, id, ERR_CONFLICT, "a second payout", answer_csv(&m, id, "p---"));
	result_refused(&m, id, ERR_CONFLICT, "a second payout", answer_csv(&m, id, "-p--"));
	kit_refuse(&m.t.k, 1, "settle.payout_exported", ERR_CONFLICT, "is not given again",
		"{\"payout\":%lld,\"format\":\"csv\",\"digest\":\"%064d\"}", L(id), 1);
	kit_refuse(&m.t.k, 1, "settle.payout_cancel", ERR_CONFLICT, "exported", "{\"payout\":%lld}", L(id));
	result(&m, id,
	       cx_printf(
		       &m.t.k.cx,
		       PAIN("<OrgnlGrpInfAndSts><OrgnlMsgId>R1-%lld</OrgnlMsgId>"
			    "</OrgnlGrpInfAndSts><OrgnlPmtInfAndSts><TxInfAndSts>"
			    "<OrgnlEndToEndId>R1-%lld-3</OrgnlEndToEndId>"
			    "<TxSts>ACSC</TxSts></TxInfAndSts><TxInfAndSts>"
			    "<OrgnlEndToEndId>R1-%lld-4</OrgnlEndToEndId>"
			    "<TxSts>ACSC</TxSts></TxInfAndSts></OrgnlPmtInfAndSts>"),
		       L(id), L(id), L(id)));
	assert_string_equal(kit_text(payout(&m, id), "state"), "settled");
	result_refused(&m, id, ERR_CONFLICT, "a second payout", answer_csv(&m, id, "pppp"));

	kit_refuse(&m.t.k, 1, "settle.payout_create", ERR_CONFLICT, "a second payout",
		"{\"items\":[{\"item\":%lld}]}", L(m.item[0]));
	kit_at(&m.t.k, KIT_START + 5 * DAY_US);
	again = create_due(&m);
	v = payout(&m, again);
	assert_int_equal(json_get(v, "lines")->count, 1);
	assert_int_equal(kit_int(v, "lines.0.item"), m.item[1]);
	assert_int_equal(kit_int(v, "lines.0.owed_us"), kit_int(payout(&m, id), "lines.1.owed_us"));
	export_payout(&m, again);
	result(&m, again,
	       cx_printf(
		       &m.t.k.cx,
		       PAIN("<OrgnlGrpInfAndSts><OrgnlMsgId>R1-%lld</OrgnlMsgId>"
			    "<OrgnlNbOfTxs>1</OrgnlNbOfTxs><OrgnlCtrlSum>%s</OrgnlCtrlSum>"
			    "<GrpSts>ACSC</GrpSts></OrgnlGrpInfAndSts>"),
		       L(again), amount(&m, price)));
	assert_string_equal(item_state(&m, 1), "paid");
	assert_int_equal(kit_balance(&m.t.k, 1, "money_bank", "CNY"), 3 * price + commission);
	kit_audit(&m.t.k);
	trade_close(&m.t);
}

static void wrong_return_files(void **state)
{
	struct money m;
	int64_t id, other;
	const char *good, *file;
	char *bad;

	(void)state;
	money_open(&m, 2);
	accounts_known(&m);
	id = kit_int(kit_act(&m.t.k, 1, "settle.payout_create", "{\"items\":[{\"item\":%lld}]}",
			     L(m.item[0])),
		     "payout");
	other = kit_int(kit_act(&m.t.k, 1, "settle.payout_create", "{\"items\":[{\"item\":%lld}]}",
				L(m.item[1])),
			"payout");
	export_payout(&m, id);
	export_payout(&m, other);
	good = answer_csv(&m, id, "p");
	result_refused(&m, id, ERR_INVALID, "no end-to-end id of payout", answer_csv(&m, other, "p"));
	result_refused(&m, id, ERR_INVALID, "without a TOTAL",
		       "end_to_end_id,amount,currency,status,reason\\r\\n");
	/* one digit of the line's amount and of the total */
	bad = cx_strdup(&m.t.k.cx, good);
	for (char *p = bad; (p = strstr(p, amount(&m, owed(&m, 0)))); p++)
		*p = *p == '9' ? '1' : (char)(*p + 1);
	result_refused(&m, id, ERR_INVALID, "the file says", bad);
	result_refused(
		&m, id, ERR_INVALID, "twice",
		cx_printf(
			&m.t.k.cx,
			"end_to_end_id,amount,currency,status,reason\\nR1-%lld-1,%s,CNY,waiting,"
			"\\nR1-%lld-1,%s,CNY,waiting,\\n"
			"TOTAL,%s,CNY,2,\\n",
			L(id), amount(&m, owed(&m, 0)), L(id), amount(&m, owed(&m, 0)),
			amount(&m, 2 * owed(&m, 0))));
	result_refused(&m, id, ERR_CONFLICT, "decides no line", answer_csv(&m, id, "w"));
	result_refused(&m, id, ERR_INVALID, "answers message 'R1-1', not", PAIN("<OrgnlGrpInfAndSts>"
		"<OrgnlMsgId>R1-1</OrgnlMsgId><GrpSts>ACSC</GrpSts></OrgnlGrpInfAndSts>"));
	file = cx_printf(&m.t.k.cx, PAIN("<OrgnlGrpInfAndSts><OrgnlMsgId>R1-%lld</OrgnlMsgId>"
		"<OrgnlNbOfTxs>2</OrgnlNbOfTxs><GrpSts>ACSC</GrpSts></OrgnlGrpInfAndSts>"), L(id));
	result_refused(&m, id, ERR_INVALID, "message of 2 payments", file);
	file = cx_printf(&m.t.k.cx, PAIN("<OrgnlGrpInfAndSts><OrgnlMsgId>R1-%lld</OrgnlMsgId>"
		"<OrgnlCtrlSum>1.00</OrgnlCtrlSum><GrpSts>ACSC</GrpSts></OrgnlGrpInfAndSts>"), L(id));
	result_refused(&m, id, ERR_INVALID, "message over 1.00 CNY", file);
	result(&m, id, good);
	kit_audit(&m.t.k);
	trade_close(&m.t);
}

static void cancelled_before_the_bank(void **state)
{
	struct money m;
	int64_t id, price;

	(void)state;
	money_open(&m, 1);
	accounts_known(&m);
	price = owed(&m, 0);
	id = create_due(&m);
	kit_act(&m.t.k, 1, "settle.payout_cancel", "{\"payout\":%lld}", L(id));
	assert_string_equal(item_state(&m, 0), "payout_failed");
	assert_int_equal(owed(&m, 0), price);
	kit_get_refused(&m.t.k, 1, "settle.payout_file", ERR_CONFLICT, "cancelled",
			"{\"payout\":%lld}", L(id));
	kit_refuse(&m.t.k, 1, "settle.payout_exported", ERR_CONFLICT, "cancelled",
		"{\"payout\":%lld,\"format\":\"csv\",\"digest\":\"%064d\"}", L(id), 1);
	id = create_due(&m);
	assert_int_equal(json_get(payout(&m, id), "lines")->count, 2);
	export_payout(&m, id);
	result(&m, id, answer_csv(&m, id, "pp"));
	assert_string_equal(item_state(&m, 0), "paid");
	kit_audit(&m.t.k);
	trade_close(&m.t);
}

/* A payout pays many: an owner, or a shop, sees in an item's history that there was one, and not the
 * others in it. */
static void history_keeps_what_others_were_paid(void **state)
{
	const struct json *v, *items;
	struct money m;

	(void)state;
	money_open(&m, 2);
	accounts_known(&m);
	create_due(&m);
	const struct principal who[] = {{.roles = ROLE_OWNER, .order = m.t.order, .city = 1},
					{.user = 9, .roles = ROLE_CLERK, .org = m.t.merchant}};
	for (size_t i = 0; i <= ARRAY_LEN(who); i++) {
		if (i < ARRAY_LEN(who))
			kit_as(&m.t.k, who[i]);
		else
			kit_staff(&m.t.k);
		v = kit_get(&m.t.k, 1, "tradein.history", "{\"item\":%lld}", L(m.item[1]));
		items = json_get(v, "items");
		v = items->item[items->count - 1];
		assert_string_equal(kit_text(v, "type"), "settle.payout_create");
		assert_int_equal(json_get(v, "data") != NULL, i == ARRAY_LEN(who));
		assert_non_null(json_get(items->item[0], "data"));
	}
	trade_close(&m.t);
}

/* One owner has no bank account: the line is dropped, the others are paid, and later the one too. */
static void dropped_before_the_bank(void **state)
{
	struct money m;
	const struct json *v;
	int64_t id, price, other;

	(void)state;
	money_open(&m, 2);
	other = m.t.owner;
	m.t.owner = trade_party(&m.t.k, "person", "owner", "\"name\":\"Han\"");
	agree_phone(&m);
	m.t.owner = other;
	accounts_known(&m);
	price = owed(&m, 2);
	id = create_due(&m);
	kit_get_refused(&m.t.k, 1, "settle.payout_file", ERR_INVALID, "R1-", "{\"payout\":%lld}", L(id));
	kit_refuse(&m.t.k, 1, "settle.payout_cancel", ERR_CONFLICT, "not all of these lines",
		"{\"payout\":%lld,\"lines\":[{\"line\":9}]}", L(id));
	kit_refuse(&m.t.k, 1, "settle.payout_cancel", ERR_INVALID, "ISO 20022",
		"{\"payout\":%lld,\"lines\":[{\"line\":3}],\"reason\":\"ac\"}", L(id));
	kit_act(&m.t.k, 1, "settle.payout_cancel",
		"{\"payout\":%lld,\"lines\":[{\"line\":3}],\"reason\":\"AC01\"}", L(id));
	kit_refuse(&m.t.k, 1, "settle.payout_cancel", ERR_CONFLICT, "dropped some already",
		"{\"payout\":%lld,\"lines\":[{\"line\":3}]}", L(id));
	v = payout(&m, id);
	assert_string_equal(kit_text(v, "state"), "created");
	assert_string_equal(kit_text(v, "lines.2.state"), "dropped");
	assert_string_equal(item_state(&m, 2), "payout_failed");
	v = kit_get(&m.t.k, 1, "settle.payout_file", "{\"payout\":%lld}", L(id));
	assert_null(strstr(kit_text(v, "text"), cx_printf(&m.t.k.cx, "R1-%lld-3<", L(id))));
	assert_non_null(strstr(kit_text(v, "text"), "<NbOfTxs>3</NbOfTxs>"));
	export_payout(&m, id);
	result(&m, id, cx_printf(&m.t.k.cx, PAIN("<OrgnlGrpInfAndSts><OrgnlMsgId>R1-%lld</OrgnlMsgId>"
		"<OrgnlNbOfTxs>3</OrgnlNbOfTxs><GrpSts>ACSC</GrpSts></OrgnlGrpInfAndSts>"), L(id)));
	assert_string_equal(kit_text(payout(&m, id), "state"), "settled");
	assert_string_equal(item_state(&m, 1), "paid");
	assert_int_equal(owed(&m, 2), price);
	kit_audit(&m.t.k);
	id = create_due(&m);
	assert_int_equal(kit_int(payout(&m, id), "lines.0.item"), m.item[2]);
	kit_act(&m.t.k, 1, "settle.payout_cancel", "{\"payout\":%lld,\"lines\":[{\"line\":1}]}", L(id));
	assert_string_equal(kit_text(payout(&m, id), "state"), "cancelled");
	kit_audit(&m.t.k);
	trade_close(&m.t);
}

static void netted_at_the_retailer(void **state)
{
	struct money m;
	const struct json *v;
	int64_t id, price;

	(void)state;
	money_open(&m, 0);
	accounts_known(&m);
	trade_book(&m.t,
		   cx_printf(&m.t.k.cx, "\"site\":%lld,\"netted\":true,\"purchase_minor\":900000",
			     L(m.t.store)),
		   cx_printf(&m.t.k.cx, "\"model\":%lld,\"storage_gb\":128,\"battery_percent\":90",
			     L(m.t.phone)));
	trade_hand_in(&m.t);
	trade_inspect(
		&m.t,
		",\"battery_percent\":90,\"storage_gb\":128,\"activation_lock\":\"off\","
		"\"stolen\":\"clear\"");
	m.item[m.items++] = m.t.item;
	assert_string_equal(item_state(&m, 0), "netted");
	assert_int_equal(owed(&m, 0), 0);
	v = kit_get(&m.t.k, 1, "tradein.item", "{\"item\":%lld}", L(m.item[0]));
	price = kit_int(v, "agreed_minor") + kit_int(v, "bonus_minor");
	v = kit_get(&m.t.k, 1, "settle.payables", "{\"kind\":\"merchant\"}");
	assert_int_equal(kit_int(v, "items.0.party"), m.t.retailer);
	assert_true(kit_int(v, "items.0.amount_minor") >= price);
	kit_refuse(&m.t.k, 1, "settle.payout_create", ERR_CONFLICT, "netted", "{\"items\":[{\"item\":%lld}]}",
		L(m.item[0]));
	id = create_due(&m);
	v = payout(&m, id);
	assert_int_equal(json_get(v, "lines")->count, 1);
	assert_int_equal(kit_int(v, "lines.0.party"), m.t.retailer);
	export_payout(&m, id);
	/* rejected, and owed again */
	result(&m, id, answer_csv(&m, id, "r"));
	id = create_due(&m);
	export_payout(&m, id);
	result(&m, id, answer_csv(&m, id, "p"));
	assert_int_equal(kit_balance(&m.t.k, 1,
				     cx_printf(&m.t.k.cx, "money_merchant/%lld", L(m.t.retailer)),
				     "CNY"),
			 0);
	kit_refuse(&m.t.k, 1, "settle.payout_create", ERR_CONFLICT, "has 0.00 CNY free",
		"{\"merchants\":[{\"party\":%lld}]}", L(m.t.retailer));
	kit_audit(&m.t.k);
	trade_close(&m.t);
}

static void refund_to_a_buyer(void **state)
{
	struct money m;
	int64_t buyer, id;
	const char *account;

	(void)state;
	money_open(&m, 0);
	accounts_known(&m);
	buyer = trade_party(&m.t.k, "organisation", "buyer", "\"public_name\":\"B\",\"name\":\"B Ltd\","
		"\"bank_account\":\"DE89370400440532013000\"");
	account = cx_printf(&m.t.k.cx, "money_buyer/%lld", L(buyer));
	kit_act(&m.t.k, 1, "stock.deposit",
		"{\"buyer\":%lld,\"amount_minor\":50000,\"reference\":\"IN-1\"}", L(buyer));
	kit_refuse(&m.t.k, 1, "settle.payout_create", ERR_CONFLICT, "has 500.00 CNY free",
		"{\"buyers\":[{\"party\":%lld,\"amount_minor\":50001}]}", L(buyer));
	id = kit_int(kit_act(&m.t.k, 1, "settle.payout_create",
			     "{\"buyers\":[{\"party\":%lld,\"amount_minor\":20000}]}", L(buyer)),
		     "payout");
	/* what is promised cannot be promised again */
	kit_refuse(&m.t.k, 1, "settle.payout_create", ERR_CONFLICT, "has 300.00 CNY free",
		"{\"buyers\":[{\"party\":%lld,\"amount_minor\":30001}]}", L(buyer));
	export_payout(&m, id);
	result(&m, id, answer_csv(&m, id, "r"));
	assert_int_equal(kit_balance(&m.t.k, 1, account, "CNY"), 50000);
	id = kit_int(kit_act(&m.t.k, 1, "settle.payout_create", "{\"buyers\":[{\"party\":%lld}]}",
			     L(buyer)),
		     "payout");
	export_payout(&m, id);
	result(&m, id, answer_csv(&m, id, "p"));
	assert_int_equal(kit_balance(&m.t.k, 1, account, "CNY"), 0);
	assert_int_equal(kit_balance(&m.t.k, 1, "money_bank", "CNY"), 0);
	kit_audit(&m.t.k);
	trade_close(&m.t);
}

/* One account's statement, page by page: each row's balance follows, and the last is what it holds. */
static void explain(struct kit *k, const char *account, const char *unit, int64_t posted)
{
	const char *after = "";
	int64_t balance = 0, pages = 0;

	for (;; pages++) {
		const struct json *v = kit_get(k, 1, "settle.statement",
					       "{\"account\":\"%s\",\"unit\":\"%s\",\"limit\":2%s}",
					       account, unit, after);
		const struct json *items = json_get(v, "items");

		assert_int_equal(kit_int(v, "opening"), balance);
		for (size_t i = 0; i < items->count; i++) {
			const struct json *in = json_get(items->item[i], "in"),
					  *out = json_get(items->item[i], "out");

			assert_true(!in != !out);
			balance += in ? in->number : -out->number;
			assert_int_equal(kit_int(items->item[i], "balance"), balance);
			assert_true(strlen(kit_text(items->item[i], "type")) > 3);
			assert_true(kit_int(items->item[i], "at_us") >= KIT_START);
		}
		assert_int_equal(kit_int(v, "closing"), balance);
		if (!json_get(v, "next"))
			break;
		after = cx_printf(&k->cx, ",\"after\":\"%s\"", kit_text(v, "next"));
		assert_true(pages < 1000);
	}
	assert_int_equal(balance, posted);
}

static void every_balance_is_explained(void **state)
{
	struct money m;
	struct kit *k;
	db_auto_rows *rows = NULL;
	int64_t id, accounts = 0;

	(void)state;
	money_open(&m, 3);
	k = &m.t.k;
	accounts_known(&m);
	id = create_due(&m);
	export_payout(&m, id);
	result(&m, id, answer_csv(&m, id, "prpp"));
	assert_int_equal(db_query(&k->cx, k->db, &rows, "SELECT account, unit, posted FROM balance "
							"WHERE city = 1", DB_NONE),
		ERR_OK);
	while (db_next(&k->cx, rows)) {
		explain(k, account_text(&k->cx, &k->domain, db_get_i64(rows, 0)), db_get_text(rows, 1),
			db_get_i64(rows, 2));
		accounts++;
	}
	assert_int_equal(k->cx.err, ERR_OK);
	db_rows_free(rows);
	rows = NULL;
	assert_true(accounts > 6);
	kit_get_refused(k, 1, "settle.statement", ERR_INVALID, "account", "{\"account\":\"money_moon/1\"}");
	kit_as(k, (struct principal){.user = 9, .roles = ROLE_CLERK, .org = m.t.merchant});
	kit_get_refused(k, 1, "settle.statement", ERR_FORBIDDEN, "another organisation",
			"{\"account\":\"money_bank\"}");
	kit_get(k, 1, "settle.statement", "{\"account\":\"money_merchant/%lld\"}", L(m.t.merchant));
	kit_get_refused(k, 1, "settle.statement", ERR_FORBIDDEN, "another organisation",
		"{\"account\":\"money_merchant/%lld\"}", L(m.t.retailer));
	kit_get_refused(k, 1, "settle.payouts", ERR_FORBIDDEN, "another organisation", "{}");
	kit_get_refused(k, 1, "settle.payout_file", ERR_FORBIDDEN, "another organisation",
			"{\"payout\":%lld}", L(id));
	kit_staff(k);
	trade_close(&m.t);
}

static void a_device_has_its_profit_and_loss(void **state)
{
	struct money m;
	const struct json *v, *i;

	(void)state;
	money_open(&m, 1);
	v = kit_get(&m.t.k, 1, "settle.device_profit", "{\"device\":%lld}", L(m.t.device));
	i = kit_get(&m.t.k, 1, "tradein.item", "{\"item\":%lld}", L(m.item[0]));
	assert_string_equal(kit_text(v, "lines.0.what"), "purchase");
	assert_int_equal(kit_int(v, "lines.0.out_minor"), kit_int(i, "agreed_minor"));
	assert_string_equal(kit_text(v, "lines.1.what"), "commission");
	assert_int_equal(kit_int(v, "bonus_minor"), kit_int(i, "bonus_minor"));
	assert_int_equal(kit_int(v, "profit_minor"),
		kit_balance(&m.t.k, 1, cx_printf(&m.t.k.cx, "money_device/%lld", L(m.t.device)), "CNY"));
	assert_int_equal(kit_int(v, "income_minor") - kit_int(v, "cost_minor"), kit_int(v, "profit_minor"));
	kit_get_refused(&m.t.k, 1, "settle.device_profit", ERR_NOT_FOUND, "no device", "{\"device\":5}");
	trade_close(&m.t);
}

static void cash_and_corrections(void **state)
{
	struct money m;
	struct kit *k;
	int64_t recycler, seq;

	(void)state;
	money_open(&m, 1);
	k = &m.t.k;
	recycler = trade_party(k, "organisation", "recycler", "\"public_name\":\"R\"");
	kit_refuse(k, 1, "settle.receipt", ERR_CONFLICT, "owes 0.00 CNY",
		"{\"source\":\"recycler\",\"party\":%lld,\"amount_minor\":1}", L(recycler));
	kit_refuse(k, 1, "settle.receipt", ERR_INVALID, "name the recycler",
		   "{\"source\":\"recycler\",\"amount_minor\":1}");
	kit_refuse(k, 1, "settle.tax_pay", ERR_CONFLICT, "tax owed is 0.00 CNY", "{\"amount_minor\":1}");
	kit_refuse(k, 1, "settle.exchange", ERR_INVALID, "both CNY",
		"{\"from_currency\":\"CNY\",\"from_minor\":1,\"to_currency\":\"CNY\",\"to_minor\":1}");
	kit_refuse(k, 1, "settle.exchange", ERR_INVALID, "no currency code",
		"{\"from_currency\":\"XXA\",\"from_minor\":1,\"to_currency\":\"CNY\",\"to_minor\":1}");
	/* bonuses are paid for in euro: 1,000.00 EUR for 7,800.00 CNY */
	seq = kit_int(kit_act(k, 1, "settle.receipt", "{\"source\":\"benefit_fund\",\"amount_minor\":780000,"
		"\"currency\":\"EUR\",\"paid_minor\":100000}"), "seq");
	assert_int_equal(kit_balance(k, 1, "money_position", "EUR"), 100000);
	assert_int_equal(kit_balance(k, 1, "money_position", "CNY"), -780000);
	kit_act(k, 1, "settle.exchange",
		"{\"from_currency\":\"EUR\",\"from_minor\":100000,\"to_currency\":\"CNY\","
		"\"to_minor\":779500}");
	assert_int_equal(kit_balance(k, 1, "money_position", "EUR"), 0);
	assert_int_equal(kit_balance(k, 1, "money_position", "CNY"), -500);
	/* a mistake is reversed, exactly and once */
	kit_act(k, 1, "settle.adjust", "{\"reverses\":%lld,\"reason\":\"mistake\"}", L(seq));
	assert_int_equal(kit_balance(k, 1, "money_position", "EUR"), -100000);
	kit_refuse(k, 1, "settle.adjust", ERR_CONFLICT, "was reversed by entry",
		   "{\"reverses\":%lld,\"reason\":\"mistake\"}", L(seq));
	kit_refuse(k, 1, "settle.adjust", ERR_CONFLICT, "was reversed by entry",
		"{\"reverses\":%lld,\"n\":2,\"reason\":\"mistake\"}", L(seq));
	kit_refuse(k, 1, "settle.adjust", ERR_NOT_FOUND, "no such transfer",
		   "{\"reverses\":1,\"reason\":\"mistake\"}");
	/* what an owner is owed stands on the agreed price */
	seq = kit_int(kit_get(k, 1, "settle.statement", "{\"account\":\"money_owner/%lld\"}",
			      L(m.item[0])),
		      "items.0.seq");
	kit_refuse(k, 1, "settle.adjust", ERR_CONFLICT, "item's agreed price",
		   "{\"reverses\":%lld,\"reason\":\"mistake\"}", L(seq));
	seq = kit_int(
		kit_get(k, 1, "settle.statement", "{\"account\":\"mg_outside\",\"unit\":\"mg\"}"),
		"items.0.seq");
	kit_refuse(k, 1, "settle.adjust", ERR_CONFLICT, "not money",
		   "{\"reverses\":%lld,\"reason\":\"mistake\"}", L(seq));
	kit_audit(k);
	trade_close(&m.t);
}

/* A commission that was taken away by mistake, and given back when all else was paid, is due. */
static void what_is_given_back_is_due(void **state)
{
	const struct json *v;
	struct money m;
	struct kit *k = &m.t.k;
	int64_t taken;

	(void)state;
	money_open(&m, 0);
	accounts_known(&m);
	kit_act(k, 1, "party.terms", "{\"party\":%lld,\"commission_bp\":0,\"commission_minor\":100}",
		L(m.t.merchant));
	agree_phone(&m);
	v = kit_get(k, 1, "settle.statement", "{\"account\":\"money_merchant/%lld\"}", L(m.t.merchant));
	taken = kit_int(kit_act(k, 1, "settle.adjust",
				"{\"reverses\":%lld,\"n\":%lld,\"reason\":\"mistake\"}",
				L(kit_int(v, "items.0.seq")), L(kit_int(v, "items.0.n"))),
			"seq");
	agree_phone(&m);
	create_due(&m);
	kit_refuse(k, 1, "settle.payout_create", ERR_CONFLICT, "nothing is due", "{\"all_due\":true}");
	kit_act(k, 1, "settle.adjust", "{\"reverses\":%lld,\"reason\":\"mistake\"}", L(taken));
	v = payout(&m, create_due(&m));
	assert_string_equal(kit_text(v, "lines.0.kind"), "merchant");
	assert_int_equal(kit_int(v, "lines.0.amount_minor"), 100);
	assert_int_equal(kit_int(v, "total_minor"), 100);
	kit_audit(k);
	trade_close(&m.t);
}

static void only_the_programme_pays(void **state)
{
	static const struct {
		const char *type, *body;
	} cases[] = {
		{"settle.payout_create", "{\"all_due\":true}"},
		{"settle.receipt", "{\"source\":\"benefit_fund\",\"amount_minor\":1}"},
		{"settle.exchange",
		 "{\"from_currency\":\"EUR\",\"from_minor\":1,\"to_currency\":\"CNY\",\"to_minor\":1}"},
		{"settle.tax_pay", "{\"amount_minor\":1}"},
		{"settle.adjust", "{\"reverses\":1,\"reason\":\"mistake\"}"},
	};
	struct money m;

	(void)state;
	money_open(&m, 1);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		kit_as(&m.t.k, (struct principal){.user = 9,
						  .roles = ROLE_ADMIN | ROLE_OFFICER,
						  .org = m.t.merchant});
		kit_refuse(&m.t.k, 1, cases[i].type, ERR_FORBIDDEN, "", "%s", cases[i].body);
		kit_as(&m.t.k, (struct principal){.roles = ROLE_OWNER, .order = m.t.order});
		kit_refuse(&m.t.k, 1, cases[i].type, ERR_FORBIDDEN, "", "%s", cases[i].body);
	}
	kit_staff(&m.t.k);
	trade_close(&m.t);
}

/* A payout holds PAYOUT_LINES_MAX lines; what is due beyond that is counted, and comes with the next. */
static void one_file_is_not_enough(void **state)
{
	struct money m;
	const struct json *a;
	size_t n = PAYOUT_LINES_MAX + 5;

	(void)state;
	money_open(&m, 0);
	for (size_t i = 0; i < n; i++) {
		m.items = 0;
		agree_phone(&m);
	}
	a = kit_act(&m.t.k, 1, "settle.payout_create", "{\"all_due\":true}");
	assert_int_equal(json_get(a, "lines")->count, PAYOUT_LINES_MAX);
	assert_int_equal(kit_int(a, "left"), 6);
	a = kit_act(&m.t.k, 1, "settle.payout_create", "{\"all_due\":true}");
	assert_int_equal(json_get(a, "lines")->count, 6);
	assert_int_equal(kit_int(a, "left"), 0);
	kit_audit(&m.t.k);
	trade_close(&m.t);
}

/* --- that the audit's checks can fail: an action that no honest programme has --- */

struct evil {
	int64_t item, amount, pay, take_device;
};
static const struct field evil_fields[] = {
	F_ID(struct evil, item, MUST, "item"),
	F_INT(struct evil, amount, MUST, 0, 1000000000, "minor", "taken from its owner, or given"),
	F_BOOL(struct evil, pay, MUST, "to the owner"),
	F_BOOL(struct evil, take_device, MUST, "and the device, without a price"),
	F_END};

static enum err evil_decide(struct cx *cx, struct tx *tx, void *rec)
{
	const struct evil *r = rec;
	int64_t owner = ACCOUNT(MONEY_OWNER, r->item), bank = ACCOUNT(MONEY_BANK, 0);

	return tx_move_amount(cx, tx, r->pay ? bank : owner, r->pay ? owner : bank, "CNY", r->amount);
}

static enum err evil_apply(struct cx *cx, struct tx *tx, const struct entry *e, const void *rec)
{
	const struct evil *r = rec;
	const struct item *i = item_get(cx, tx, r->item);
	struct device d;

	(void)e;
	if (!i || !r->take_device)
		return cx->err;
	d = *device_get(cx, tx, i->device);
	d.state = DEVICE_OWNED;
	return tx_put(cx, tx, &device_table, &d);
}

static const struct action evil_actions[] = {
	{.type = "evil.do", .v = 1, .roles = ROLE_ADMIN, .fields = evil_fields, .size = sizeof(struct evil),
	 .decide = evil_decide, .apply = evil_apply, .doc = "Wrongs an owner."},
	{.type = NULL}};
static const struct feature evil_feature = {.name = "evil", .actions = evil_actions};

static void open_with_evil(struct money *m)
{
	static const struct feature *features[40];
	size_t n = 0;

	money_open(m, 1);
	for (; programme_features[n]; n++)
		features[n] = programme_features[n];
	features[n++] = &evil_feature;
	features[n] = NULL;
	assert_int_equal(domain_init(&m->t.k.cx, &m->t.k.domain, features), ERR_OK);
}

static void audit_finds_a_wronged_owner(void **state)
{
	static const struct {
		const char *rest, *words;
	} cases[] = {
		{"\"amount\":100,\"pay\":false,\"take_device\":false", "money of its owner is moved, "
								       "but it is agreed"},
		{"\"amount\":100,\"pay\":false,\"take_device\":false", "its owner's account should hold"},
		{"\"amount\":100,\"pay\":true,\"take_device\":false", "credited 100"},
	};
	struct money m;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		open_with_evil(&m);
		kit_audit(&m.t.k);
		kit_act(&m.t.k, 1, "evil.do", "{\"item\":%lld,%s}", L(m.item[0]), cases[i].rest);
		kit_audit_finds(&m.t.k, 5, cases[i].words);
		trade_close(&m.t);
	}
	open_with_evil(&m);
	trade_book_phone(&m.t);
	trade_hand_in(&m.t);
	kit_audit(&m.t.k);
	kit_act(&m.t.k, 1, "evil.do",
		"{\"item\":%lld,\"amount\":0,\"pay\":false,\"take_device\":true}", L(m.t.item));
	kit_audit_finds(&m.t.k, 5, "its owner never agreed");
	trade_close(&m.t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(partly_rejected_and_paid_again),
		cmocka_unit_test(wrong_return_files),
		cmocka_unit_test(cancelled_before_the_bank),
		cmocka_unit_test(dropped_before_the_bank),
		cmocka_unit_test(netted_at_the_retailer),
		cmocka_unit_test(refund_to_a_buyer),
		cmocka_unit_test(every_balance_is_explained),
		cmocka_unit_test(a_device_has_its_profit_and_loss),
		cmocka_unit_test(cash_and_corrections),
		cmocka_unit_test(what_is_given_back_is_due),
		cmocka_unit_test(history_keeps_what_others_were_paid),
		cmocka_unit_test(only_the_programme_pays),
		cmocka_unit_test(one_file_is_not_enough),
		cmocka_unit_test(audit_finds_a_wronged_owner),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
