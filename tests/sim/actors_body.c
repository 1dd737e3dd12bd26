/* What was asked, as requests of the programme. */
#include "actors.h"
#include "codec/text.h"

const struct act acts[VERBS] = {
	[BOOK] = {"tradein.book", 8, ABOUT_ORDER, "order"},
	[GIVE] = {"tradein.give", 30, ABOUT_ITEM, "device"},
	[TAKE_IN] = {"tradein.take_in", 30, ABOUT_ITEM, "device"},
	[CANCEL] = {"tradein.cancel", 1, ABOUT_ITEM},
	[LAPSE] = {"tradein.lapse", 8, ABOUT_ITEM},
	[INSPECT] = {"inspect.record", 60, ABOUT_ITEM},
	[ACCEPT] = {"tradein.accept", 30, ABOUT_ITEM},
	[DECLINE] = {"tradein.decline", 6, ABOUT_ITEM},
	[RETURN_GIVEN] = {"tradein.return_given", 20, ABOUT_ITEM},
	[RETURN_TAKEN] = {"tradein.return_taken", 20, ABOUT_ITEM},
	[RETURN_FAILED] = {"tradein.return_failed", 5, ABOUT_ITEM},
	[COMPENSATE] = {"tradein.compensate", 10, ABOUT_ITEM},
	[SEIZED] = {"tradein.seized", 10, ABOUT_ITEM},
	[HOLD] = {"device.hold", 2, ABOUT_DEVICE},
	[RELEASE] = {"device.release", 20, ABOUT_DEVICE},
	[SEIZE] = {"device.seize", 2, ABOUT_DEVICE},
	[LOSE] = {"device.lose", 1, ABOUT_DEVICE},
	[FIND] = {"device.find", 8, ABOUT_DEVICE},
	[SHIP] = {"device.ship", 2, ABOUT_DEVICE},
	[ARRIVE] = {"device.arrive", 30, ABOUT_DEVICE},
	[WEIGH] = {"device.weigh", 1, ABOUT_DEVICE},
	[MEDIUM] = {"device.medium", 2, ABOUT_DEVICE},
	[ERASE] = {"erase.start", 60, ABOUT_DEVICE},
	[ATTEMPT] = {"erase.attempt", 90, ABOUT_DEVICE},
	[DESTROY] = {"erase.destroy", 12, ABOUT_DEVICE},
	[RECEIVE] = {"stock.receive", 80, ABOUT_DEVICE},
	[LIST] = {"stock.list", 80, ABOUT_DEVICE},
	[UNLIST] = {"stock.unlist", 2, ABOUT_DEVICE},
	[SELL] = {"stock.sell", 90, ABOUT_DEVICE, "sale"},
	[CANCEL_SALE] = {"stock.cancel_sale", 6, ABOUT_SALE},
	[DELIVER] = {"stock.deliver", 60, ABOUT_SALE},
	[RETURN] = {"stock.return", 25, ABOUT_SALE},
	[DEPOSIT] = {"stock.deposit", 4, ABOUT_MONEY},
	[REFUND] = {"stock.refund", 1, ABOUT_MONEY},
	[SEND] = {"recover.send", 20, ABOUT_DEVICE},
	[PAYOUT] = {"settle.payout_create", 12, ABOUT_MONEY, "payout"},
	[EXPORTED] = {"settle.payout_exported", 20, ABOUT_MONEY},
	[DROP] = {"settle.payout_cancel", 4, ABOUT_MONEY},
	[RESULT] = {"settle.payout_result", 40, ABOUT_MONEY},
	[DISPOSE] = {"stock.dispose", 12, ABOUT_DEVICE},
	[REPAIR] = {"stock.repair", 12, ABOUT_DEVICE},
	[IDENTIFY] = {"device.identify", 15, ABOUT_DEVICE},
	[MERGE] = {"device.merge", 4, ABOUT_DEVICE},
	[UNMERGE] = {"device.unmerge", 4, ABOUT_DEVICE},
	[STOCKTAKE] = {"stock.stocktake", 14, ABOUT_SITE},
	[RATE] = {"city.rate", 1, ABOUT_MONEY},
	[TAX_PAY] = {"settle.tax_pay", 3, ABOUT_MONEY},
	[EVIDENCE] = {"evidence.add", 12, ABOUT_EVIDENCE, "evidence"},
	[BATCH] = {"recover.batch_open", 2, ABOUT_RECOVERY, "batch"},
	[WEIGH_IN] = {"recover.weigh_in", 60, ABOUT_RECOVERY},
	[COMPONENT] = {"recover.component", 25, ABOUT_RECOVERY},
	[WEIGH_OUT] = {"recover.weigh_out", 30, ABOUT_RECOVERY, "lot"},
	[GAIN] = {"recover.gain", 3, ABOUT_RECOVERY},
	[CLOSE] = {"recover.batch_close", 6, ABOUT_RECOVERY},
	[CONSIGN] = {"recover.consign", 12, ABOUT_RECOVERY, "consignment"},
	[RECEIPT] = {"recover.receipt", 25, ABOUT_RECOVERY},
	[CORRECT] = {"recover.receipt_correct", 4, ABOUT_RECOVERY},
	[RECEIVED] = {"settle.receipt", 3, ABOUT_MONEY},
	[EXCHANGE] = {"settle.exchange", 1, ABOUT_MONEY},
	[ADJUST] = {"settle.adjust", 6, ABOUT_MONEY},
	[PROPOSE] = {"tradein.propose", 40, ABOUT_ITEM},
	[ACCOUNT_OF] = {"tradein.account", 2, ABOUT_ITEM},
};

static void body_of_result(struct sim *s, const struct ask *a, struct sb *sb)
{
	const struct m_payout *p = model_payout(&s->h->m, a->id);
	int64_t sum = 0, count = 0;

	sb_str(sb, ",\"file\":\"end_to_end_id,amount,currency,status,reason\\r\\n");
	for (int64_t i = 0; p && i < p->lines; i++) {
		int64_t how = a->what >> (2 * i) & 3, amount = p->line[i].amount;
		if (how == 0)
			continue;
		sb_printf(sb, "R%lld-%lld-%lld,%lld.%02lld,%s,%s\\r\\n", L(s->h->city), L(p->id),
			  L(i + 1), L(amount / 100), L(amount % 100), s->h->currency,
			  how == 1 ? "paid," : "rejected,AC04");
		sum += amount;
		count++;
	}
	sb_printf(sb, "TOTAL,%lld.%02lld,%s,%lld,\\r\\n\"", L(sum / 100), L(sum % 100),
		  s->h->currency, L(count));
}

static void body_of_book(struct sim *s, const struct ask *a, struct sb *sb)
{
	sb_printf(sb, "\"owner\":%lld,\"items\":[", L(a->other));
	for (int64_t k = 0; k < a->n; k++)
		if (a->kind[k] == PHONE)
			sb_printf(sb,
				  "%s{\"model\":%lld,\"storage_gb\":128,\"battery_percent\":90}",
				  k ? "," : "", L(s->t.phone));
		else
			sb_printf(sb, "%s{\"category\":\"washing_machine\"}", k ? "," : "");
	sb_str(sb, "]");
	if (a->what)
		sb_str(sb, ",\"channel\":\"courier\"");
	if (a->site)
		sb_printf(sb, ",\"site\":%lld", L(a->site));
	if (a->amount)
		sb_printf(sb, ",\"netted\":true,\"purchase_minor\":%lld", L(a->amount));
}

static void body_of_inspect(struct sim *s, const struct ask *a, struct sb *sb)
{
	const struct m_item *i = model_item(&s->h->m, a->id);
	bool phone = !i || i->kind == PHONE;

	sb_printf(sb, "\"item\":%lld,\"tests\":[%s]", L(a->id),
		  trade_all_pass(&s->t, phone ? "phone" : "washing_machine"));
	if (phone)
		sb_printf(sb, ",\"storage_gb\":128,\"battery_percent\":%d",
			  a->what == WORSE  ? 50 :
			  a->what == BETTER ? 100 :
					      90);
	if (a->what == LOCKED)
		sb_str(sb, ",\"activation_lock\":\"on\"");
	if (a->what == STOLEN)
		sb_str(sb, ",\"stolen\":\"listed\"");
}

static void body_of_dispose(struct sim *s, const struct ask *a, struct sb *sb)
{
	static const char *const repair[KINDS][ASK_REPAIRS] = {[PHONE] = {"screen", "battery"},
							       [WASHER] = {"pump"}};
	const struct m_device *d = model_device(&s->h->m, a->id);
	const struct m_item *i = d ? model_item(&s->h->m, d->item) : NULL;

	if (a->amount != NONE)
		sb_printf(sb, ",\"price_minor\":%lld", L(a->amount));
	if (a->n)
		sb_str(sb, ",\"repairs\":[");
	for (int k = 0, n = 0; k < ASK_REPAIRS; k++)
		if (a->n >> k & 1)
			sb_printf(sb, "%s{\"code\":\"%s\"}", n++ ? "," : "",
				  repair[i ? i->kind : PHONE][k]);
	if (a->n)
		sb_str(sb, "]");
	if (a->what)
		sb_printf(sb, ",\"choice\":\"%s\"", a->what - 1 == RESALE ? "resale" : "recovery");
	if (a->other)
		sb_str(sb, ",\"reason\":\"safety\"");
}

static void body_of_repair(struct sim *s, const struct ask *a, struct sb *sb)
{
	(void)s;
	if (a->amount)
		sb_printf(sb, ",\"labour_minor\":%lld", L(a->amount));
	if (a->n)
		sb_str(sb, ",\"parts\":[");
	for (int64_t k = 0; k < a->n; k++) {
		const struct m_part *p = &a->part[k];
		sb_printf(sb, "%s{\"code\":\"part\",\"direction\":\"%s\",\"mass_mg\":%lld", k ? "," : "",
			  p->out ? "out" : "in", L(p->mass));
		if (p->cost)
			sb_printf(sb, ",\"cost_minor\":%lld", L(p->cost));
		if (p->medium && p->out)
			sb_printf(sb, ",\"medium\":%lld", L(p->medium));
		else if (p->medium)
			sb_str(sb, ",\"medium_kind\":\"flash\"");
		sb_char(sb, '}');
	}
	if (a->n)
		sb_char(sb, ']');
}

/* Odd numbers are IMEIs, else also written as IMEISV; even ones serials, else in small letters. */
static void body_of_claim(int64_t claim, struct sb *sb)
{
	int64_t n = claim < 0 ? -1 - claim : claim;
	char digits[16];
	int sum = 0;

	if (n % 2 == 0) {
		sb_printf(sb, "{\"kind\":\"serial\",\"value\":\"%s%lld\"}", claim < 0 ? "sn" : "SN", L(n));
		return;
	}
	snprintf(digits, sizeof(digits), "356938035640%02d", (int)n);
	for (int i = 0; i < 14; i++) {
		int d = (digits[i] - '0') * (1 + i % 2);
		sum += d / 10 + d % 10;
	}
	if (claim < 0)
		sb_printf(sb, "{\"kind\":\"imei\",\"value\":\"%s01\"}", digits);
	else
		sb_printf(sb, "{\"kind\":\"imei\",\"value\":\"%s%d\"}", digits, (10 - sum % 10) % 10);
}

static void body_of_claims(const struct ask *a, const char *name, struct sb *sb)
{
	if (a->claim[0])
		sb_printf(sb, ",\"%s\":[", name);
	for (int k = 0; k < ASK_CLAIMS && a->claim[k]; k++) {
		sb_str(sb, k ? "," : "");
		body_of_claim(a->claim[k], sb);
	}
	if (a->claim[0])
		sb_char(sb, ']');
}

#define LOG_DIGEST "aa11223344556677889900aabbccddeeff00112233445566778899aabbccddee"

static void body_of_device(struct sim *s, const struct ask *a, struct sb *sb)
{
	static const char *const tried[] = {
		[VERIFIED] = "verified\",\"sampled\":64,\"mismatched\":0,\"log\":\"" LOG_DIGEST,
		[FAILED] = "failed\",\"reason\":\"write_error",
		[NOT_TRIED] = "not_attempted\",\"reason\":\"no_access"};

	static const char *const sent_for[] = {
		[DAMAGED] = "damaged", [DECIDED] = "disposition", [NOT_ERASED] = "erase_failed"};

	sb_printf(sb, "\"device\":%lld", L(a->id));
	if (a->verb == HOLD)
		sb_printf(sb,
			  a->what ? ",\"reason\":\"statutory\",\"until_us\":%lld" :
				    ",\"reason\":\"dispute\"",
			  L(a->until_us));
	else if (a->verb == FIND || a->verb == ARRIVE)
		sb_printf(sb, ",\"site\":%lld", L(a->site));
	else if (a->verb == SHIP)
		sb_printf(sb, ",\"to_site\":%lld", L(a->site));
	else if (a->verb == WEIGH)
		sb_printf(sb, ",\"mass_mg\":%lld", L(a->amount));
	else if (a->verb == DISPOSE)
		body_of_dispose(s, a, sb);
	else if (a->verb == REPAIR)
		body_of_repair(s, a, sb);
	else if (a->verb == MERGE || a->verb == UNMERGE)
		sb_printf(sb, ",\"same_as\":%lld", L(a->other));
	else if (a->verb == MEDIUM)
		sb_str(sb, ",\"kind\":\"flash\"");
	else if (a->verb == SEND)
		sb_printf(sb, ",\"reason\":\"%s\"", sent_for[a->what]);
	else if (a->verb == LIST)
		sb_printf(sb, ",\"price_minor\":%lld", L(a->amount));
	else if (a->verb == ATTEMPT)
		sb_printf(sb, ",\"medium\":%lld,\"outcome\":\"%s\"", L(a->n), tried[a->what]);
	else if (a->verb == DESTROY)
		sb_printf(
			sb,
			",\"medium\":%lld,\"technique\":\"shred\",\"witness_user\":%lld,\"log\":\"%s\"",
			L(a->n), L(s->witness), LOG_DIGEST);
	if (a->verb == ATTEMPT && a->what != NOT_TRIED)
		sb_printf(
			sb,
			",\"method\":\"Purge\",\"technique\":\"cryptographic_erase\",\"tool\":\"bench\","
			"\"tool_version\":\"1\",\"started_us\":%lld,\"ended_us\":%lld",
			L(KIT_START - 2), L(KIT_START - 1));
	if (a->verb == IDENTIFY)
		body_of_claims(a, "add", sb);
	if (a->end)
		sb_printf(sb, ",\"end\":[{\"n\":%lld}]", L(a->end));
	if (a->verb == SHIP && a->other)
		sb_printf(sb, ",\"carrier\":%lld", L(a->other));
	if (a->verb == SELL)
		sb_printf(sb, ",\"buyer\":%lld", L(a->other));
	if (a->verb == SELL && a->amount)
		sb_printf(sb, ",\"price_minor\":%lld", L(a->amount));
}

static void body_of_payout(const struct ask *a, struct sb *sb)
{
	sb_printf(sb, "\"all_due\":%s", a->what ? "true" : "false");
	if (a->pay[0])
		sb_str(sb, ",\"items\":[");
	for (int k = 0; k < ASK_ITEMS && a->pay[k]; k++)
		sb_printf(sb, "%s{\"item\":%lld}", k ? "," : "", L(a->pay[k]));
	if (a->pay[0])
		sb_str(sb, "]");
	if (a->other)
		sb_printf(sb, ",\"merchants\":[{\"party\":%lld}]", L(a->other));
	if (a->id && a->amount)
		sb_printf(sb, ",\"buyers\":[{\"party\":%lld,\"amount_minor\":%lld}]", L(a->id),
			  L(a->amount));
	else if (a->id)
		sb_printf(sb, ",\"buyers\":[{\"party\":%lld}]", L(a->id));
}

static void body_of_item(struct sim *s, const struct ask *a, struct sb *sb)
{
	if (a->verb == INSPECT) {
		body_of_inspect(s, a, sb);
		return;
	}
	if (a->verb == ACCOUNT_OF)
		sb_printf(sb, "\"order\":%lld,\"bank_account\":\"6222 0202 0011 2233 445\"", L(a->id));
	else
		sb_printf(sb, "\"item\":%lld", L(a->id));
	if (a->verb == GIVE && a->what)
		sb_str(sb, ",\"custody_only\":true");
	if (a->verb == PROPOSE)
		sb_printf(sb, ",\"stolen\":\"%s\"",
			  a->what == LISTED ? "listed" : a->what == CLEAR ? "clear" : "unknown");
	if (a->other)
		sb_printf(sb, ",\"carrier\":%lld", L(a->other));
	if (a->site)
		sb_printf(sb, ",\"site\":%lld", L(a->site));
	body_of_claims(a, "identifiers", sb);
	if (a->evidence)
		sb_printf(sb, ",\"evidence\":%lld", L(a->evidence));
	if (a->verb == TAKE_IN && a->what)
		sb_printf(sb, ",\"stolen\":\"%s\"", a->what == LISTED ? "listed" : "clear");
	if (a->verb == RETURN_FAILED)
		sb_str(sb, ",\"reason\":\"refused\"");
}

static void body_of_sale(struct sim *s, const struct ask *a, struct sb *sb)
{
	(void)s;
	sb_printf(sb, "\"sale\":%lld", L(a->id));
	if (a->verb == RETURN)
		sb_printf(sb, ",\"site\":%lld,\"reason\":\"other\"", L(a->site));
}

static void body_of_money(struct sim *s, const struct ask *a, struct sb *sb)
{
	if (a->verb == DEPOSIT || a->verb == REFUND) {
		sb_printf(sb, "\"buyer\":%lld,\"amount_minor\":%lld,\"reference\":\"r-%lld\"",
			  L(a->id), L(a->amount), L(a->n));
	} else if (a->verb == RATE) {
		sb_printf(sb, "\"code\":\"VAT\",\"from_us\":%lld,\"rate_bp\":%lld,\"margin\":%s",
			  L(a->until_us), L(a->amount), a->what ? "true" : "false");
	} else if (a->verb == TAX_PAY) {
		sb_printf(sb, "\"amount_minor\":%lld", L(a->amount));
	} else if (a->verb == RECEIVED) {
		sb_printf(sb, "\"source\":\"%s\",\"amount_minor\":%lld",
			  a->what ? "benefit_fund" : "recycler", L(a->amount));
		if (a->id)
			sb_printf(sb, ",\"party\":%lld", L(a->id));
		if (a->fee)
			sb_printf(sb, ",\"currency\":\"USD\",\"paid_minor\":%lld", L(a->fee));
	} else if (a->verb == EXCHANGE) {
		sb_printf(sb,
			  "\"from_currency\":\"%s\",\"from_minor\":%lld,\"to_currency\":\"%s\","
			  "\"to_minor\":%lld",
			  a->what ? s->h->currency : "USD", L(a->fee), s->h->currency, L(a->amount));
	} else if (a->verb == ADJUST) {
		sb_printf(sb, "\"reverses\":%lld,\"reason\":\"mistake\"", L(a->id));
		if (a->n)
			sb_printf(sb, ",\"n\":%lld", L(a->n));
	} else if (a->verb == PAYOUT) {
		body_of_payout(a, sb);
	} else {
		sb_printf(sb, "\"payout\":%lld", L(a->id));
		if (a->verb == EXPORTED)
			sb_str(sb, ",\"format\":\"csv\",\"digest\":\"" LOG_DIGEST "\"");
		if (a->verb == RESULT)
			body_of_result(s, a, sb);
	}
}

static void body_of_site(struct sim *s, const struct ask *a, struct sb *sb)
{
	static const char *const category[KINDS] = {[PHONE] = "phone", [WASHER] = "washing_machine"};

	(void)s;
	sb_printf(sb, "\"site\":%lld,\"seen\":[", L(a->site));
	for (int i = 0; i < ASK_SEEN && a->seen[i]; i++)
		sb_printf(sb, "%s{\"device\":%lld}", i ? "," : "", L(a->seen[i]));
	sb_char(sb, ']');
	if (a->what)
		sb_printf(sb, ",\"category\":\"%s\"", category[a->what - 1]);
}

char *paper(struct cx *cx, int64_t n)
{
	const char *text = cx_printf(cx, "%%PDF-1.4\n%lld\n", L(n));

	return text ? base64_encode(cx, text, strlen(text)) : NULL;
}

static void body_of_evidence(struct sim *s, const struct ask *a, struct sb *sb)
{
	sb_printf(sb, "\"content\":\"%s\"", a->what ? "R0lGODlhLi4uLi4u" : paper(&s->t.k.cx, a->n));
	if (a->id)
		sb_printf(sb, ",\"device\":%lld", L(a->id));
	if (a->other)
		sb_printf(sb, ",\"order\":%lld", L(a->other));
}

static void (*const body_about[])(struct sim *, const struct ask *, struct sb *) = {
	[ABOUT_ORDER] = body_of_book, [ABOUT_ITEM] = body_of_item,   [ABOUT_DEVICE] = body_of_device,
	[ABOUT_SALE] = body_of_sale,  [ABOUT_MONEY] = body_of_money,
	[ABOUT_SITE] = body_of_site,  [ABOUT_EVIDENCE] = body_of_evidence,
	[ABOUT_RECOVERY] = body_of_recovery,
};

struct principal principal_of(const struct ask *a)
{
	static const unsigned roles[] = {[STAFF] = (ROLE_SYSTEM << 1) - 1,
					 [CLERK] = ROLE_CLERK,
					 [LINK] = ROLE_OWNER,
					 [BUYER] = ROLE_BUYER,
					 [DISMANTLER] = ROLE_DISMANTLER};

	return (struct principal){.user = a->asker == LINK ? 0 : 1 + a->asker,
				  .roles = roles[a->asker],
				  .org = a->party,
				  .order = a->order};
}

static void make_call(struct sim *s, struct call *c)
{
	struct json *body;
	struct sb sb;

	c->key = 0;
	if (s->h->sents > 0 && one_in(s, 8)) {
		ask_again(s, c);
	} else {
		c->ask = ask_any(s);
		c->key = one_in(s, 3) ? 0 : s->h->next_key++;
		if (c->key)
			remember(s, c);
	}
	cx_init(&c->cx, 0);
	sb_init(&sb, &c->cx, 100000);
	sb_char(&sb, '{');
	body_about[acts[c->ask.verb].about](s, &c->ask, &sb);
	sb_char(&sb, '}');
	if (sb_end(&sb) || json_parse(&c->cx, sb.data, sb.len, &json_limits_file, &body) ||
	    request_read(&c->cx, &s->t.k.domain, acts[c->ask.verb].type, s->h->city, body, &c->q))
		fail_msg("%s: %s: %s", acts[c->ask.verb].type, c->cx.msg, sb.data);
	if (s->trace)
		printf("%lld asks %s key %lld claimed %lld %s\n", L(s->step), acts[c->ask.verb].type,
		       L(c->key), L(c->ask.claimed_us), sb.data);
	c->cx.clock = clock_of_call;
	c->cx.clock_arg = s;
	c->q.cx = &c->cx;
	c->q.who = principal_of(&c->ask);
	c->q.happened_us = c->ask.claimed_us == NONE ? FIELD_NONE : c->ask.claimed_us;
	c->q.idem_key = c->key ? cx_printf(&c->cx, "key-%lld", L(c->key)) : NULL;
}

void make_batch(struct sim *s, struct calls *b, int process, struct home *h)
{
	s->h = b->h = h;
	b->process = process;
	b->n = 1 + (int)below(s, one_in(s, 12) ? BATCH_LARGE : BATCH_USUAL);
	for (int i = 0; i < b->n; i++) {
		make_call(s, &b->call[i]);
		b->list[i] = &b->call[i].q;
	}
}
