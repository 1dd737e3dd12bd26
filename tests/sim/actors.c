/* actors: owners, clerks, the bench and buyers act at random, through several writers at once, and everything
 * is compared with the model (model.h).
 *
 * One seed is one city's life, and always the same one: the scheduler, the clock and the actors draw from
 * it, and all run in one thread. Several processes, each a database handle, a key store and a writer of its
 * own, take batches of all sizes. While one decides, another may write (the clock that it asks lets it): so
 * it must find that out, read, and decide again. Requests are sent again with the same key, as by callers
 * whose answer was lost, also days later, also with another body; writers are dropped and made anew; the
 * clock jumps, also back. Each answer is compared with what the model says, and after each step every row of
 * items, devices, media, sales, payouts and balances is. At the end the books are audited.
 *
 *     actors [--seconds N] [--seed S] [--steps N] [--bend RULE] [--trace]
 *
 * Without --seed the seeds go on from the date's. Exits 1 and names the seed when there is a difference.
 */
#include <time.h>

#include "../unit/trade.h"
#include "model.h"
#include "programme/settle/settle.h"
#include "programme/stock/stock.h"

#define L(x) ((long long)(x))
enum { CITY = 3, PROCESSES = 3, BATCH_USUAL = 8, BATCH_LARGE = 40, SENT = 256, STEPS = 250 };

struct process {
	struct cx cx;
	struct db *db;
	struct keys *keys;
	struct writer *writer;
};

struct call {
	struct ask ask;
	int64_t key; /* 0: none */
	struct cx cx;
	struct request q;
	struct told told;
};
struct batch {
	struct call call[BATCH_LARGE];
	struct request *list[BATCH_LARGE];
	int n, process;
};

struct sim {
	struct trade t;
	struct town m;
	struct process process[PROCESSES];
	char dir[64], where[512];
	uint64_t seed, state;
	int64_t step, next_key, next_ref, witness;
	int64_t owner, shop, store, buyer, buyer2, carrier;
	struct batch outer, nested;
	int until_nested; /* calls of the clock before another process writes; -1: none does */
	struct {
		struct ask ask;
		int64_t key;
	} sent[SENT];
	int sents;
	int64_t allowed, refused, replayed, interleaved;
	bool trace;
	char why[2000]; /* the difference; "" while there is none */
};

static const char *const type_of[VERBS] = {[BOOK] = "tradein.book",
					   [GIVE] = "tradein.give",
					   [TAKE_IN] = "tradein.take_in",
					   [CANCEL] = "tradein.cancel",
					   [LAPSE] = "tradein.lapse",
					   [INSPECT] = "inspect.record",
					   [ACCEPT] = "tradein.accept",
					   [DECLINE] = "tradein.decline",
					   [RETURN_GIVEN] = "tradein.return_given",
					   [RETURN_TAKEN] = "tradein.return_taken",
					   [RETURN_FAILED] = "tradein.return_failed",
					   [COMPENSATE] = "tradein.compensate",
					   [SEIZED] = "tradein.seized",
					   [HOLD] = "device.hold",
					   [RELEASE] = "device.release",
					   [SEIZE] = "device.seize",
					   [LOSE] = "device.lose",
					   [FIND] = "device.find",
					   [SHIP] = "device.ship",
					   [ARRIVE] = "device.arrive",
					   [WEIGH] = "device.weigh",
					   [MEDIUM] = "device.medium",
					   [ERASE] = "erase.start",
					   [ATTEMPT] = "erase.attempt",
					   [DESTROY] = "erase.destroy",
					   [RECEIVE] = "stock.receive",
					   [LIST] = "stock.list",
					   [UNLIST] = "stock.unlist",
					   [SELL] = "stock.sell",
					   [CANCEL_SALE] = "stock.cancel_sale",
					   [DELIVER] = "stock.deliver",
					   [RETURN] = "stock.return",
					   [DEPOSIT] = "stock.deposit",
					   [REFUND] = "stock.refund",
					   [SEND] = "recover.send",
					   [PAYOUT] = "settle.payout_create",
					   [EXPORTED] = "settle.payout_exported",
					   [DROP] = "settle.payout_cancel",
					   [RESULT] = "settle.payout_result"};
/* How often each is thought of. */
static const int weight[VERBS] = {
	[BOOK] = 8,	     [GIVE] = 30,	  [TAKE_IN] = 30,      [CANCEL] = 1,
	[LAPSE] = 8,	     [INSPECT] = 60,	  [ACCEPT] = 30,       [DECLINE] = 6,
	[RETURN_GIVEN] = 20, [RETURN_TAKEN] = 20, [RETURN_FAILED] = 5, [COMPENSATE] = 10,
	[SEIZED] = 10,	     [HOLD] = 2,	  [RELEASE] = 20,      [SEIZE] = 2,
	[LOSE] = 1,	     [FIND] = 8,	  [SHIP] = 2,	       [ARRIVE] = 30,
	[WEIGH] = 1,	     [MEDIUM] = 2,	  [ERASE] = 60,	       [ATTEMPT] = 90,
	[DESTROY] = 6,	     [RECEIVE] = 60,	  [LIST] = 60,	       [UNLIST] = 2,
	[SELL] = 60,	     [CANCEL_SALE] = 6,	  [DELIVER] = 60,      [RETURN] = 25,
	[DEPOSIT] = 4,	     [REFUND] = 1,	  [SEND] = 3,	       [PAYOUT] = 12,
	[EXPORTED] = 20,     [DROP] = 4,	  [RESULT] = 40};

/* --- chance --- */

static uint64_t draw(struct sim *s)
{
	uint64_t z = s->state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

static int64_t below(struct sim *s, int64_t n)
{
	return (int64_t)(draw(s) % (uint64_t)n);
}
static bool one_in(struct sim *s, int64_t n)
{
	return below(s, n) == 0;
}

/* Of count, rather one of the newest. */
static int newest(struct sim *s, int count)
{
	int64_t span = one_in(s, 4) || count < 30 ? count : 30;

	return count - 1 - (int)below(s, span);
}

/* --- processes --- */

static void process_start(struct sim *s, int n)
{
	struct process *p = &s->process[n];
	char path[128];

	cx_init(&p->cx, 0);
	p->cx.clock = s->t.k.cx.clock;
	p->cx.clock_arg = s->t.k.cx.clock_arg;
	snprintf(path, sizeof(path), "%s/keys", s->t.k.dir);
	if (db_open(&p->cx, s->where, 0, &p->db) || keys_open(&p->cx, path, false, &p->keys) ||
	    writer_new(&p->cx, p->db, &s->t.k.domain, p->keys, CITY, &p->writer))
		fail_msg("%s", p->cx.msg);
}

static void process_end(struct process *p)
{
	writer_free(p->writer);
	keys_close(p->keys);
	db_close(p->db);
	cx_done(&p->cx);
}

static void run_batch(struct sim *s, struct batch *b)
{
	writer_run(s->process[b->process].writer, b->list, (size_t)b->n);
}

/* The clock of a request that is being decided: now another process may write. */
static int64_t clock_of_call(void *arg)
{
	struct sim *s = arg;

	if (s->until_nested > 0 && --s->until_nested == 0) {
		s->interleaved++;
		run_batch(s, &s->nested);
	}
	return s->t.k.now_us;
}

/* --- what is asked --- */

static int64_t site_any(struct sim *s)
{
	return s->m.site[below(s, s->m.sites)].id;
}
static int64_t merchant_any(struct sim *s)
{
	return one_in(s, 4) ? s->store : s->shop;
}

static void as_somebody(struct sim *s, struct ask *a, const struct m_order *o)
{
	int64_t who = below(s, 10);

	if (who < 2 || (who < 4 && !o)) {
		a->asker = CLERK;
		a->party = o && !one_in(s, 5) ? o->merchant : merchant_any(s);
	} else if (who < 4) {
		a->asker = LINK;
		a->order = one_in(s, 20) ? s->m.order[newest(s, s->m.orders)].id : o->id;
	}
}

static void ask_book(struct sim *s, struct ask *a)
{
	a->other = s->owner;
	a->n = 1 + below(s, ASK_ITEMS);
	a->what = one_in(s, 6);
	if (!a->what)
		a->site = site_any(s);
	for (int64_t k = 0; k < a->n; k++)
		a->kind[k] = one_in(s, 4) ? WASHER : PHONE;
	if (one_in(s, 6))
		a->amount = one_in(s, 4) ? 1 : 100000000;
	as_somebody(s, a, NULL);
}

static void ask_item(struct sim *s, struct ask *a)
{
	const struct m_item *i;

	if (s->m.items == 0) {
		a->id = 1;
		return;
	}
	i = &s->m.item[newest(s, s->m.items)];
	a->id = i->id;
	as_somebody(s, a, model_order(&s->m, i->order));
	if ((a->verb == GIVE || a->verb == RETURN_GIVEN) && one_in(s, 6))
		a->other = one_in(s, 4) ? s->owner : s->carrier;
	if ((a->verb == TAKE_IN && (model_order(&s->m, i->order)->courier || one_in(s, 10))) ||
	    (a->verb == RETURN_FAILED && one_in(s, 3)))
		a->site = site_any(s);
	if (a->verb == INSPECT) {
		a->what = below(s, 10);
		a->what = a->what < 5 ? AS_SAID :
			  a->what < 6 ? BETTER :
			  a->what < 9 ? WORSE :
					LOCKED + one_in(s, 2);
		if (i->kind == WASHER && (a->what == BETTER || a->what == WORSE))
			a->what = AS_SAID;
	}
}

static void ask_device(struct sim *s, struct ask *a)
{
	const struct m_device *d;

	if (s->m.devices == 0) { /* of one that is not there */
		a->id = a->n = a->amount = 1;
		a->site = s->m.site[0].id;
		a->other = s->buyer;
		return;
	}
	d = &s->m.device[newest(s, s->m.devices)];
	a->id = d->id;
	as_somebody(s, a, NULL);
	switch ((enum verb)a->verb) {
	case HOLD:
		a->what = one_in(s, 3);
		a->until_us = a->what ? s->t.k.now_us + (below(s, 20) - 1) * DAY_US : 0;
		break;
	case FIND:
	case SHIP:
	case ARRIVE:
		a->site = site_any(s);
		a->other = a->verb == SHIP && one_in(s, 2) ? s->carrier : 0;
		break;
	case WEIGH:
		a->amount = 1 + below(s, 400000);
		break;
	case ATTEMPT:
		a->what = one_in(s, 4) ? FAILED + one_in(s, 2) : VERIFIED;
		a->n = 1 + below(s, d->media + (d->media == 0));
		break;
	case DESTROY:
		a->n = 1 + below(s, d->media + one_in(s, 10) + (d->media == 0));
		break;
	case LIST:
		a->amount = 1000 + below(s, 100000);
		break;
	case SELL:
		a->other = one_in(s, 20) ? s->owner : one_in(s, 3) ? s->buyer2 : s->buyer;
		a->amount = d->price == NONE || one_in(s, 2) ? 0 : d->price + one_in(s, 8);
		if (one_in(s, 2)) {
			a->asker = BUYER;
			a->party = one_in(s, 10) ? s->buyer : a->other;
		}
		break;
	default:
		break;
	}
}

static void ask_sale(struct sim *s, struct ask *a)
{
	const struct m_sale *x;

	if (s->m.sales == 0) {
		a->id = a->site = 1;
		return;
	}
	x = &s->m.sale[newest(s, s->m.sales)];
	a->id = x->id;
	if (one_in(s, 5))
		as_somebody(s, a, NULL);
	if (a->verb == CANCEL_SALE && one_in(s, 3)) {
		a->asker = BUYER;
		a->party = one_in(s, 10) ? s->buyer : x->buyer;
		a->order = 0;
	}
	if (a->verb == RETURN)
		a->site = site_any(s);
}

static void ask_payout(struct sim *s, struct ask *a)
{
	int n = 0;

	if (one_in(s, 4) && model_due(&s->m) <= M_LINES) {
		a->what = 1;
		return;
	}
	while (s->m.items && n < ASK_ITEMS && (n == 0 || one_in(s, 2)))
		a->pay[n++] = s->m.item[newest(s, s->m.items)].id;
	if (one_in(s, 3))
		a->other = merchant_any(s);
	if (one_in(s, 8)) {
		a->id = s->buyer2;
		a->amount = one_in(s, 2) ? 0 : 1 + below(s, 100000);
	}
}

static void ask_money(struct sim *s, struct ask *a)
{
	if (a->verb == DEPOSIT || a->verb == REFUND) {
		a->id = one_in(s, 20) ? s->owner : one_in(s, 3) ? s->buyer2 : s->buyer;
		a->amount = 1 + below(s, 60000);
		a->n = one_in(s, 10) ? 1 + below(s, s->next_ref) : s->next_ref++;
		return;
	}
	if (a->verb == PAYOUT) {
		ask_payout(s, a);
		return;
	}
	a->id = s->m.payouts ? s->m.payout[newest(s, s->m.payouts)].id : 1;
	if (a->verb == RESULT && s->m.payouts) {
		const struct m_payout *p = model_payout(&s->m, a->id);
		for (int64_t i = 0; i < p->lines; i++)
			if (!one_in(s, 5) && (p->line[i].state == L_PENDING || one_in(s, 20)))
				a->what |= (one_in(s, 3) ? 2 : 1) << (2 * i);
	}
}

static struct ask ask_verb(struct sim *s, enum verb verb)
{
	struct ask a = {.verb = verb, .asker = STAFF, .claimed_us = NONE};

	if (verb == BOOK)
		ask_book(s, &a);
	else if (verb <= SEIZED)
		ask_item(s, &a);
	else if (verb <= SELL || verb == SEND)
		ask_device(s, &a);
	else if (verb <= RETURN)
		ask_sale(s, &a);
	else
		ask_money(s, &a);
	if (one_in(s, 4))
		a.claimed_us = s->t.k.now_us - below(s, DAY_US);
	else if (one_in(s, 40))
		a.claimed_us = s->t.k.now_us + (one_in(s, 2) ? 1 : -420) * DAY_US;
	return a;
}

static enum verb verb_any(struct sim *s)
{
	int64_t at;
	int all = 0, v;

	for (v = 0; v < VERBS; v++)
		all += weight[v];
	at = below(s, all);
	for (v = 0; at >= weight[v]; v++)
		at -= weight[v];
	return (enum verb)v;
}

/* Mostly something that is allowed now. */
static struct ask ask_any(struct sim *s)
{
	enum { THOUGHTS = 40 };
	struct ask a = ask_verb(s, verb_any(s));
	int64_t seq;

	for (int i = 0; i < THOUGHTS && !one_in(s, 8); i++) {
		if (model_judge(&s->m, &a, 0, s->t.k.now_us, &seq) == ALLOWED)
			break;
		a = ask_verb(s, verb_any(s));
	}
	return a;
}

/* Asked before, now again: as it was, or the key with another body. */
static void ask_again(struct sim *s, struct call *c)
{
	int at = s->sents - 1 - (int)below(s, one_in(s, 2) || s->sents < 12 ? s->sents : 12);
	struct ask other;

	c->ask = s->sent[at].ask;
	c->key = s->sent[at].key;
	if (!one_in(s, 6))
		return;
	other = ask_verb(s, (enum verb)c->ask.verb);
	other.asker = c->ask.asker;
	other.party = c->ask.party;
	other.order = c->ask.order;
	other.claimed_us = c->ask.claimed_us;
	c->ask = other;
}

static void remember(struct sim *s, const struct call *c)
{
	if (s->sents == SENT) {
		memmove(s->sent, s->sent + SENT / 2, sizeof(s->sent) / 2);
		s->sents = SENT / 2;
	}
	s->sent[s->sents].ask = c->ask;
	s->sent[s->sents++].key = c->key;
}

/* --- its body --- */

static void body_of_result(struct sim *s, const struct ask *a, struct sb *sb)
{
	const struct m_payout *p = model_payout(&s->m, a->id);
	int64_t sum = 0, count = 0;

	sb_str(sb, ",\"file\":\"end_to_end_id,amount,currency,status,reason\\r\\n");
	for (int64_t i = 0; p && i < p->lines; i++) {
		int64_t how = a->what >> (2 * i) & 3, amount = p->line[i].amount;
		if (how == 0)
			continue;
		sb_printf(sb, "R%d-%lld-%lld,%lld.%02lld,CNY,%s\\r\\n", CITY, L(p->id), L(i + 1),
			  L(amount / 100), L(amount % 100), how == 1 ? "paid," : "rejected,AC04");
		sum += amount;
		count++;
	}
	sb_printf(sb, "TOTAL,%lld.%02lld,CNY,%lld,\\r\\n\"", L(sum / 100), L(sum % 100), L(count));
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
	const struct m_item *i = model_item(&s->m, a->id);
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

#define LOG_DIGEST "aa11223344556677889900aabbccddeeff00112233445566778899aabbccddee"

static void body_of_device(struct sim *s, const struct ask *a, struct sb *sb)
{
	static const char *const tried[] = {
		[VERIFIED] = "verified\",\"sampled\":64,\"mismatched\":0,\"log\":\"" LOG_DIGEST,
		[FAILED] = "failed\",\"reason\":\"write_error",
		[NOT_TRIED] = "not_attempted\",\"reason\":\"no_access"};

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
	else if (a->verb == MEDIUM)
		sb_str(sb, ",\"kind\":\"flash\"");
	else if (a->verb == SEND)
		sb_str(sb, ",\"reason\":\"damaged\"");
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

static void body_of(struct sim *s, const struct ask *a, struct sb *sb)
{
	enum verb v = (enum verb)a->verb;

	sb_char(sb, '{');
	if (v == BOOK) {
		body_of_book(s, a, sb);
	} else if (v == INSPECT) {
		body_of_inspect(s, a, sb);
	} else if (v <= SEIZED) {
		sb_printf(sb, "\"item\":%lld", L(a->id));
		if (a->other)
			sb_printf(sb, ",\"carrier\":%lld", L(a->other));
		if (a->site)
			sb_printf(sb, ",\"site\":%lld", L(a->site));
		if (v == RETURN_FAILED)
			sb_str(sb, ",\"reason\":\"refused\"");
	} else if (v <= SELL || v == SEND) {
		body_of_device(s, a, sb);
	} else if (v <= RETURN) {
		sb_printf(sb, "\"sale\":%lld", L(a->id));
		if (v == RETURN)
			sb_printf(sb, ",\"site\":%lld,\"reason\":\"other\"", L(a->site));
	} else if (v == DEPOSIT || v == REFUND) {
		sb_printf(sb, "\"buyer\":%lld,\"amount_minor\":%lld,\"reference\":\"r-%lld\"",
			  L(a->id), L(a->amount), L(a->n));
	} else if (v == PAYOUT) {
		body_of_payout(a, sb);
	} else {
		sb_printf(sb, "\"payout\":%lld", L(a->id));
		if (v == EXPORTED)
			sb_str(sb, ",\"format\":\"csv\",\"digest\":\"" LOG_DIGEST "\"");
		if (v == RESULT)
			body_of_result(s, a, sb);
	}
	sb_char(sb, '}');
}

static struct principal principal_of(const struct ask *a)
{
	static const unsigned roles[] = {[STAFF] = (ROLE_SYSTEM << 1) - 1,
					 [CLERK] = ROLE_CLERK,
					 [LINK] = ROLE_OWNER,
					 [BUYER] = ROLE_BUYER};

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
	if (s->sents > 0 && one_in(s, 8)) {
		ask_again(s, c);
	} else {
		c->ask = ask_any(s);
		c->key = one_in(s, 3) ? 0 : s->next_key++;
		if (c->key)
			remember(s, c);
	}
	cx_init(&c->cx, 0);
	sb_init(&sb, &c->cx, 100000);
	body_of(s, &c->ask, &sb);
	if (sb_end(&sb) || json_parse(&c->cx, sb.data, sb.len, &json_limits_file, &body) ||
	    request_read(&c->cx, &s->t.k.domain, type_of[c->ask.verb], CITY, body, &c->q))
		fail_msg("%s: %s: %s", type_of[c->ask.verb], c->cx.msg, sb.data);
	if (s->trace)
		printf("%lld asks %s key %lld claimed %lld %s\n", L(s->step), type_of[c->ask.verb],
		       L(c->key), L(c->ask.claimed_us), sb.data);
	c->cx.clock = clock_of_call;
	c->cx.clock_arg = s;
	c->q.cx = &c->cx;
	c->q.who = principal_of(&c->ask);
	c->q.happened_us = c->ask.claimed_us == NONE ? FIELD_NONE : c->ask.claimed_us;
	c->q.idem_key = c->key ? cx_printf(&c->cx, "key-%lld", L(c->key)) : NULL;
}

static void make_batch(struct sim *s, struct batch *b, int process)
{
	b->process = process;
	b->n = 1 + (int)below(s, one_in(s, 12) ? BATCH_LARGE : BATCH_USUAL);
	for (int i = 0; i < b->n; i++) {
		make_call(s, &b->call[i]);
		b->list[i] = &b->call[i].q;
	}
}

/* --- what is answered --- */

static int64_t number_in(const struct json *v, const char *name)
{
	const struct json *x = v ? json_get(v, name) : NULL;

	return x && x->type == JSON_INT ? x->number : NONE;
}

static void differs(struct sim *s, const char *fmt, ...) PRINTF_LIKE(2, 3);
static void differs(struct sim *s, const char *fmt, ...)
{
	va_list ap;

	if (s->why[0])
		return;
	va_start(ap, fmt);
	vsnprintf(s->why, sizeof(s->why), fmt, ap);
	va_end(ap);
}

static void read_lines(const struct json *v, struct told *t)
{
	const struct json *lines = json_get(v, "lines");

	for (size_t i = 0; lines && i < lines->count && i < M_LINES; i++) {
		const struct json *l = lines->item[i], *kind = json_get(l, "kind");
		int64_t party = number_in(l, "party");
		bool owner = strcmp(kind->text, "owner") == 0,
		     buyer = strcmp(kind->text, "buyer") == 0;
		t->line[i] = (struct m_line){owner ? number_in(l, "item") : NONE,
					     owner || buyer ? NONE : party, buyer ? party : NONE,
					     number_in(l, "amount_minor"), L_PENDING};
	}
	t->lines = lines ? (int64_t)lines->count : 0;
}

static void read_answer(struct sim *s, struct call *c)
{
	static const char *const id_of[VERBS] = {[BOOK] = "order",
						 [GIVE] = "device",
						 [TAKE_IN] = "device",
						 [SELL] = "sale",
						 [PAYOUT] = "payout"};
	struct reader r = kit_reader(&s->t.k, CITY);
	const struct json *items;
	struct json *v;

	c->cx.clock = s->t.k.cx.clock;
	c->cx.clock_arg = s->t.k.cx.clock_arg;
	if (request_answer_tree(&c->cx, &r, &c->q, &v)) {
		differs(s, "%s has no answer: %s", type_of[c->ask.verb], c->cx.msg);
		return;
	}
	c->told = (struct told){.id = id_of[c->ask.verb] ? number_in(v, id_of[c->ask.verb]) : NONE,
				.agreed = number_in(v, "agreed_minor"),
				.offered = number_in(v, "offered_minor"),
				.granted = number_in(v, "bonus_minor")};
	if (c->ask.verb == PAYOUT)
		read_lines(v, &c->told);
	items = c->ask.verb == BOOK ? json_get(v, "items") : NULL;
	for (size_t i = 0; items && i < items->count && i < ASK_ITEMS; i++) {
		c->told.item[i] = number_in(items->item[i], "item");
		c->told.quoted[i] = number_in(items->item[i], "quoted_minor");
		c->told.bonus[i] = number_in(items->item[i], "bonus_minor");
	}
}

static bool is_refusal(enum err err)
{
	return err == ERR_CONFLICT || err == ERR_FORBIDDEN || err == ERR_NOT_FOUND ||
	       err == ERR_INVALID || err == ERR_TOO_LARGE;
}

static void compare_call(struct sim *s, struct call *c)
{
	static const char *const verdicts[] = {"allowed", "refused", "an answer given before",
					       "a key with another body"};
	struct request *q = &c->q;
	const char *wrong;
	int64_t seq;
	enum verdict v = model_judge(&s->m, &c->ask, c->key, s->t.k.now_us, &seq);
	bool same = v == ALLOWED    ? !q->err && !q->replayed :
		    v == REPLAYED   ? !q->err && q->replayed :
		    v == OTHER_BODY ? q->err == ERR_IDEMPOTENCY :
				      is_refusal(q->err);

	if (s->trace)
		printf("%lld %s id %lld asker %lld: %s, %s\n", L(s->step), type_of[c->ask.verb],
		       L(c->ask.id), L(c->ask.asker), verdicts[v],
		       q->err	   ? c->cx.msg :
		       q->replayed ? "again" :
				     "done");
	if (!same) {
		differs(s, "%s %lld (asker %lld): the model says %s, the programme %s%s",
			type_of[c->ask.verb], L(c->ask.id), L(c->ask.asker), verdicts[v],
			q->err	    ? err_slug(q->err) :
			q->replayed ? "gave an earlier answer" :
				      "did it",
			q->err ? c->cx.msg : "");
		return;
	}
	s->allowed += v == ALLOWED;
	s->replayed += v == REPLAYED;
	s->refused += v == REFUSED;
	if (q->err)
		return;
	if (q->entry.seq != seq)
		differs(s, "%s: entry %lld, the model says %lld", type_of[c->ask.verb],
			L(q->entry.seq), L(seq));
	read_answer(s, c);
	wrong = v == ALLOWED && !s->why[0] ?
			model_apply(&s->m, &c->ask, c->key, s->t.k.now_us, &c->told) :
			NULL;
	if (wrong)
		differs(s, "%s %lld: %s", type_of[c->ask.verb], L(c->ask.id), wrong);
	else if (v == ALLOWED && q->entry.recorded_us != s->m.last_us)
		differs(s, "%s: recorded at %lld, the model says %lld", type_of[c->ask.verb],
			L(q->entry.recorded_us), L(s->m.last_us));
}

/* --- what the books hold --- */

/* Runs a query of whole numbers; each row is given to `row` with as many columns. */
static void each_row(struct sim *s, const char *sql, int columns,
		     void (*row)(struct sim *, const int64_t *))
{
	struct cx *cx = &s->t.k.cx;
	struct cx_mark mark = cx_mark(cx);
	int64_t column[12];
	struct db_rows *rows;

	if (db_query(cx, s->t.k.db, &rows, sql, DB_ARGS(db_i64(CITY))))
		fail_msg("%s: %s", sql, cx->msg);
	while (db_next(cx, rows)) {
		for (int i = 0; i < columns; i++)
			column[i] = db_is_null(rows, i) ? NONE : db_get_i64(rows, i);
		row(s, column);
	}
	db_rows_free(rows);
	if (cx->err)
		fail_msg("%s: %s", sql, cx->msg);
	cx_restore(cx, mark);
}

#define CHECK_SAME(what, id, field, have, want)                                                    \
	do {                                                                                       \
		if ((have) != (want))                                                              \
			differs(s, "%s %lld: %s is %lld, the model says %lld", what, L(id), field, \
				L(have), L(want));                                                 \
	} while (0)

static void check_state(struct sim *s, const char *what, int64_t id, const char *have,
			const char *want)
{
	if (strcmp(have, want) != 0)
		differs(s, "%s %lld is %s, the model says %s", what, L(id), have, want);
}

static void compare_item(struct sim *s, const int64_t *c)
{
	const struct m_item *i = model_item(&s->m, c[0]);

	if (!i) {
		differs(s, "item %lld is not the model's", L(c[0]));
		return;
	}
	check_state(s, "item", i->id, item_states[c[1]], item_is_names[i->state]);
	CHECK_SAME("item", i->id, "device", c[2], i->device);
	CHECK_SAME("item", i->id, "agreed_minor", c[3], i->agreed);
	CHECK_SAME("item", i->id, "offered_minor", c[4], i->offered);
	CHECK_SAME("item", i->id, "payout", c[5], i->payout);
	CHECK_SAME("item", i->id, "given", c[6] != NONE, i->given);
	CHECK_SAME("item", i->id, "taken", c[7] != NONE, i->taken);
	CHECK_SAME("item", i->id, "bonus_minor", c[8], i->bonus);
}

static int64_t custody_of(const struct m_device *d)
{
	static const int code[] = {
		[AT_SITE] = PC_CUSTODY,	   [ON_THE_WAY] = PC_TRANSIT, [AT_BUYER] = PC_BUYER,
		[BACK_HOME] = PC_RETURNED, [NOBODY_KNOWS] = PC_LOST,  [AT_AUTHORITY] = PC_SEIZED};

	return ACCOUNT(code[d->place], d->at);
}

static void compare_device(struct sim *s, const int64_t *c)
{
	const struct m_device *d = model_device(&s->m, c[0]);

	if (!d) {
		differs(s, "device %lld is not the model's", L(c[0]));
		return;
	}
	check_state(s, "device", d->id, device_states[c[1]], device_is_names[d->state]);
	check_state(s, "hold of device", d->id, c[2] == NONE ? "none" : device_states[c[2]],
		    d->held_from == NONE ? "none" : device_is_names[d->held_from]);
	CHECK_SAME("device", d->id, "custody", c[3], custody_of(d));
	CHECK_SAME("device", d->id, "to_site", c[4], d->to_site);
	CHECK_SAME("device", d->id, "owner", c[5], d->owner);
	CHECK_SAME("device", d->id, "mass_mg", c[6], d->mass);
	CHECK_SAME("device", d->id, "listed_minor", c[7], d->price);
	CHECK_SAME("device", d->id, "media", c[8], d->media);
}

static void compare_medium(struct sim *s, const int64_t *c)
{
	const struct m_device *d = model_device(&s->m, c[0]);

	if (d && c[1] <= d->media)
		check_state(s, "medium of device", d->id, medium_states[c[2]],
			    medium_is_names[d->medium[c[1] - 1].state]);
	else
		differs(s, "a medium of device %lld is not the model's", L(c[0]));
}

static void compare_sale(struct sim *s, const int64_t *c)
{
	const struct m_sale *x = model_sale(&s->m, c[0]);

	if (x)
		check_state(s, "sale", x->id, sale_states[c[1]], sale_is_names[x->state]);
	else
		differs(s, "sale %lld is not the model's", L(c[0]));
}

static void compare_payout(struct sim *s, const int64_t *c)
{
	const struct m_payout *p = model_payout(&s->m, c[0]);

	if (p)
		check_state(s, "payout", p->id, payout_states[c[1]], payout_is_names[p->state]);
	else
		differs(s, "payout %lld is not the model's", L(c[0]));
}

static bool on_hand(const struct m_device *d)
{
	return d->place == AT_SITE || d->place == ON_THE_WAY;
}

static int64_t pieces_at(const struct town *m, int64_t account)
{
	int64_t n = 0;

	for (int i = 0; i < m->devices; i++)
		n += custody_of(&m->device[i]) == account;
	return n;
}

/* What the model says of an account; false: it says nothing of such. */
static bool balance_of(const struct town *m, int64_t account, int64_t *posted, int64_t *promised)
{
	const struct m_party *p = model_party(m, account_ref(account));
	const struct m_item *i = model_item(m, account_ref(account));
	const struct m_device *d = model_device(m, account_ref(account));

	*promised = 0;
	switch (account_code(account)) {
	case PC_OUTSIDE:
		*posted = -m->devices;
		return true;
	case PC_CUSTODY:
	case PC_TRANSIT:
	case PC_BUYER:
	case PC_RETURNED:
	case PC_LOST:
	case PC_SEIZED:
		*posted = pieces_at(m, account);
		return true;
	case MG_DEVICE:
		*posted = d && on_hand(d) ? d->mass : 0;
		return true;
	case MONEY_OWNER:
		*posted = i ? i->owed : 0;
		*promised = i ? i->promised : 0;
		return true;
	case MONEY_MERCHANT:
		*posted = p ? p->owed : 0;
		*promised = p ? p->owed_promised : 0;
		return true;
	case MONEY_BUYER:
		*posted = p ? p->credit : 0;
		*promised = p ? p->credit_promised : 0;
		return true;
	case MONEY_DEVICE:
		*posted = d ? d->money : 0;
		return true;
	case MONEY_BANK:
		*posted = m->bank;
		return true;
	case MONEY_LOSS:
		*posted = m->loss;
		return true;
	case MONEY_BENEFIT_FUND:
		*posted = m->fund;
		return true;
	case MONEY_BENEFIT:
		*posted = 0;
		return true;
	default:
		return false;
	}
}

static void compare_balance(struct sim *s, const int64_t *c)
{
	int64_t posted, promised;

	if (!balance_of(&s->m, c[0], &posted, &promised))
		return;
	if (c[1] != posted || (account_code(c[0]) != PC_OUTSIDE && c[2] != promised))
		differs(s, "%s holds %lld and has promised %lld, the model says %lld and %lld",
			account_text(&s->t.k.cx, &s->t.k.domain, c[0]), L(c[1]), L(c[2]), L(posted),
			L(promised));
}

/* Nothing of the model's is missing: there are as many rows, and the sums are the same. */
static void compare_totals(struct sim *s, const int64_t *c)
{
	const struct town *m = &s->m;
	int64_t owed = 0, credit = 0, items = 0, pieces = 0;

	for (int i = 0; i < m->items; i++)
		items += m->item[i].owed;
	for (int i = 0; i < m->parties; i++) {
		owed += m->party[i].owed;
		credit += m->party[i].credit;
	}
	for (int i = 0; i < m->devices; i++)
		pieces += on_hand(&m->device[i]);
	CHECK_SAME("city", CITY, "number of items", c[0], m->items);
	CHECK_SAME("city", CITY, "number of devices", c[1], m->devices);
	CHECK_SAME("city", CITY, "number of sales", c[2], m->sales);
	CHECK_SAME("city", CITY, "number of payouts", c[3], m->payouts);
	CHECK_SAME("city", CITY, "sum owed to owners", c[4], items);
	CHECK_SAME("city", CITY, "sum owed to merchants", c[5], owed);
	CHECK_SAME("city", CITY, "sum of buyers' money", c[6], credit);
	CHECK_SAME("city", CITY, "number of pieces on hand", c[7], pieces);
	CHECK_SAME("city", CITY, "size of the log", c[8], m->size);
}

#define SUM_OF(code_from, code_to)                                                                 \
	"(SELECT COALESCE(SUM(posted), 0) FROM balance WHERE city = $1 AND account >= " code_from  \
	" * 140737488355328 AND account < " code_to " * 140737488355328)"

/* clang-format off */
static const char totals[] =
	"SELECT (SELECT COUNT(*) FROM item WHERE city = $1), (SELECT COUNT(*) FROM device WHERE city = $1), "
	"(SELECT COUNT(*) FROM sale WHERE city = $1), (SELECT COUNT(*) FROM payout WHERE city = $1), "
	SUM_OF("301", "302") ", " SUM_OF("302", "303") ", " SUM_OF("304", "305") ", " SUM_OF("101", "103")
	", "
	"(SELECT size FROM log_head WHERE city = $1)";
/* clang-format on */

static void compare_all(struct sim *s)
{
	_Static_assert(PC_CUSTODY == 101 && PC_TRANSIT == 102 && MONEY_OWNER == 301 &&
			       MONEY_MERCHANT == 302 && MONEY_BUYER == 304,
		       "the query says so");

	each_row(
		s,
		"SELECT item, state, device, agreed_minor, offered_minor, payout, given_us, taken_us, "
		"bonus_minor FROM item WHERE city = $1",
		9, compare_item);
	each_row(s,
		 "SELECT d.device, d.state, d.held_from, d.custody, d.to_site, d.owner, d.mass_mg, "
		 "d.listed_minor, (SELECT COUNT(*) FROM medium m WHERE m.city = d.city AND "
		 "m.device = d.device) FROM device d WHERE d.city = $1",
		 9, compare_device);
	each_row(s, "SELECT device, medium, state FROM medium WHERE city = $1", 3, compare_medium);
	each_row(s, "SELECT sale, state FROM sale WHERE city = $1", 2, compare_sale);
	each_row(s, "SELECT payout, state FROM payout WHERE city = $1", 2, compare_payout);
	each_row(s, "SELECT account, posted, pending_out FROM balance WHERE city = $1", 3,
		 compare_balance);
	each_row(s, totals, 9, compare_totals);
}

/* --- a city's life --- */

static int64_t party(struct sim *s, const char *kind, const char *roles, struct m_party p)
{
	p.id = kit_int(kit_act(&s->t.k, CITY, "party.register",
			       "{\"kind\":\"%s\",\"roles\":\"%s\",\"name\":\"N\"%s}", kind, roles,
			       *kind == 'o' ? ",\"public_name\":\"N\"" : ""),
		       "party");
	s->m.party[s->m.parties++] = p;
	return p.id;
}

static void site(struct sim *s, int64_t party)
{
	int64_t id = kit_int(
		kit_act(&s->t.k, CITY, "party.site_open",
			"{\"party\":%lld,\"kind\":\"%s\",\"name\":\"Site\",\"address\":\"1 Road\","
			"\"lat_e6\":31000000,\"lon_e6\":121000000,\"hours\":\"Mo-Sa 09:00-19:00\"}",
			L(party), party == s->m.programme ? "centre" : "store"),
		"site");

	s->m.site[s->m.sites++] = (struct m_site){id, party};
}

static void open_place(struct sim *s)
{
	kit_open(&s->t.k);
	if (s->t.k.scratch[0]) {
		snprintf(s->where, sizeof(s->where), "%s", s->t.k.scratch);
		return;
	}
	kit_close(&s->t.k);
	snprintf(s->dir, sizeof(s->dir), "/tmp/relode-actors-XXXXXX");
	assert_non_null(mkdtemp(s->dir));
	snprintf(s->where, sizeof(s->where), "%s/t.db", s->dir);
	kit_open_at(&s->t.k, s->where);
}

static void open_city(struct sim *s)
{
	struct kit *k = &s->t.k;

	trade_rule(k, "price_list", "data/rules/price_list.default.json");
	trade_rule(k, "rubric", "data/rules/rubric.default.json");
	trade_catalogue(&s->t);
	s->witness = kit_int(kit_act(k, 0, "access.user_create",
				     "{\"login\":\"witness\",\"roles\":\"technician\"}"),
			     "user");
	kit_act(k, 0, "access.user_create", "{\"login\":\"other\",\"roles\":\"technician\"}");
	if (s->witness == 1)
		s->witness++;
	kit_act(k, CITY, "city.open",
		"{\"city\":%d,\"name\":\"Shanghai\",\"time_zone\":\"Asia/Shanghai\","
		"\"currency\":\"CNY\"}",
		CITY);
	s->m.programme = kit_int(kit_get(k, CITY, "city.city", "{}"), "programme");
	s->m.party[s->m.parties++] = (struct m_party){.id = s->m.programme};
	s->owner = party(s, "person", "owner", (struct m_party){0});
	s->shop = party(s, "organisation", "merchant",
			(struct m_party){.merchant = true, .share_bp = 537, .fixed = 100});
	s->store = party(s, "organisation", "merchant,retailer",
			 (struct m_party){.merchant = true, .retailer = true});
	s->buyer = party(s, "organisation", "buyer", (struct m_party){.buyer = true});
	s->buyer2 = party(s, "organisation", "buyer", (struct m_party){.buyer = true});
	s->carrier = party(s, "organisation", "carrier", (struct m_party){.carrier = true});
	kit_act(k, CITY, "party.terms",
		"{\"party\":%lld,\"commission_bp\":537,\"commission_minor\":100}", L(s->shop));
	site(s, s->shop);
	site(s, s->store);
	site(s, s->m.programme);
	site(s, s->m.programme);
	s->m.last_us = k->now_us;
}

static void move_clock(struct sim *s)
{
	int64_t how = below(s, 100), step = below(s, 3600 * INT64_C(1000000));

	if (how < 4)
		step = below(s, 10 * DAY_US);
	else if (how < 5)
		step = below(s, 40 * DAY_US);
	else if (how < 9)
		step = -below(s, 2 * DAY_US);
	kit_at(&s->t.k, s->t.k.now_us + step);
}

static void end_calls(struct batch *b)
{
	for (int i = 0; i < b->n; i++)
		cx_done(&b->call[i].cx);
	b->n = 0;
}

static void compare_batch(struct sim *s, struct batch *b)
{
	for (int i = 0; i < b->n && !s->why[0]; i++)
		compare_call(s, &b->call[i]);
}

static void one_step(struct sim *s)
{
	int first = (int)below(s, PROCESSES),
	    second = (first + 1 + (int)below(s, PROCESSES - 1)) % PROCESSES;
	bool nested = one_in(s, 3);

	move_clock(s);
	make_batch(s, &s->outer, first);
	if (nested)
		make_batch(s, &s->nested, second);
	s->until_nested = nested ? 1 + (int)below(s, 2 * s->outer.n) : -1;
	run_batch(s, &s->outer);
	if (nested && s->until_nested == 0)
		compare_batch(s, &s->nested);
	compare_batch(s, &s->outer);
	if (nested && s->until_nested > 0) { /* the other was slower than all of this */
		s->until_nested = -1;
		run_batch(s, &s->nested);
		compare_batch(s, &s->nested);
	}
	if (!s->why[0])
		compare_all(s);
	end_calls(&s->outer);
	if (nested)
		end_calls(&s->nested);
	if (one_in(s, 15)) {
		process_end(&s->process[first]);
		process_start(s, first);
	}
}

/* The books hold, by their own proof. */
static void prove(struct sim *s)
{
	struct audit_options options = {.city = -1};
	struct audit_result *r = cx_alloc(&s->t.k.cx, sizeof(*r));

	if (audit_run(&s->t.k.cx, s->t.k.db, &s->t.k.domain, s->t.k.keys, &options, r))
		differs(s, "audit: %s", s->t.k.cx.msg);
	else if (r->findings)
		differs(s, "audit: invariant %d, city %lld, entry %lld: %s",
			r->finding[0].invariant, L(r->finding[0].city), L(r->finding[0].seq),
			r->finding[0].text);
}

static int64_t log_size(struct sim *s)
{
	int64_t size;

	if (db_one_i64(&s->t.k.cx, s->t.k.db, &size, "SELECT size FROM log_head WHERE city = $1",
		       DB_ARGS(db_i64(CITY))))
		fail_msg("%s", s->t.k.cx.msg);
	return size;
}

/* false: there was a difference, which is told. */
static bool live(struct sim *s, uint64_t seed, int64_t steps, int64_t bent, bool trace)
{
	char command[128];

	memset(s, 0, sizeof(*s));
	s->seed = s->state = seed;
	s->trace = trace;
	s->m.bent = bent;
	s->next_key = s->next_ref = 1;
	s->until_nested = -1;
	open_place(s);
	open_city(s);
	s->m.size = log_size(s);
	for (int i = 0; i < PROCESSES; i++)
		process_start(s, i);
	for (s->step = 0; s->step < steps && !s->why[0] && !model_full(&s->m); s->step++)
		one_step(s);
	if (!s->why[0])
		prove(s);
	for (int i = 0; i < PROCESSES; i++)
		process_end(&s->process[i]);
	kit_close(&s->t.k);
	snprintf(command, sizeof(command), "rm -rf %s", s->dir);
	return (!s->dir[0] || system(command) == 0) && !s->why[0];
}

/* --- the command --- */

struct options {
	int64_t seconds, steps, bent;
	uint64_t seed;
	bool one, trace;
};

static bool read_options(int argc, char **argv, struct options *o)
{
	for (int i = 1; i < argc; i++) {
		const char *value = i + 1 < argc ? argv[i + 1] : NULL;
		if (strcmp(argv[i], "--trace") == 0) {
			o->trace = true;
			continue;
		}
		if (!value)
			return false;
		i++;
		if (strcmp(argv[i - 1], "--seconds") == 0) {
			o->seconds = strtoll(value, NULL, 10);
		} else if (strcmp(argv[i - 1], "--steps") == 0) {
			o->steps = strtoll(value, NULL, 10);
		} else if (strcmp(argv[i - 1], "--seed") == 0) {
			o->seed = strtoull(value, NULL, 10);
			o->one = true;
		} else if (strcmp(argv[i - 1], "--bend") == 0) {
			for (o->bent = BENDS - 1;
			     o->bent > 0 && strcmp(bent_names[o->bent], value) != 0;)
				o->bent--;
			if (o->bent == 0)
				return false;
		} else {
			return false;
		}
	}
	o->one &= o->seconds == 0;
	return true;
}

int main(int argc, char **argv)
{
	static struct sim s;
	struct options o = {.steps = STEPS, .seed = (uint64_t)time(NULL) / 86400};
	time_t end;
	int lives = 0;
	int64_t entries = 0, refused = 0, replayed = 0, interleaved = 0;

	if (!read_options(argc, argv, &o)) {
		fprintf(stderr,
			"usage: actors [--seconds N] [--seed S] [--steps N] [--bend RULE] [--trace]\n");
		return 2;
	}
	setvbuf(stdout, NULL, _IOLBF, 0);
	end = time(NULL) + (time_t)o.seconds;
	do {
		if (!live(&s, o.seed, o.steps, o.bent, o.trace)) {
			printf("seed %llu, step %lld: %s\n", (unsigned long long)o.seed, L(s.step),
			       s.why);
			return 1;
		}
		lives++;
		entries += s.allowed;
		refused += s.refused;
		replayed += s.replayed;
		interleaved += s.interleaved;
		o.seed++;
	} while (!o.one && time(NULL) < end);
	printf("%d cities, to seed %llu: %lld actions done, %lld refused, %lld answered again, "
	       "%lld batches while another decided: all as the model says, the books hold\n",
	       lives, (unsigned long long)o.seed - 1, L(entries), L(refused), L(replayed),
	       L(interleaved));
	return 0;
}
