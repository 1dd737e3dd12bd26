/* Money to owners and merchants: a payout a week, the file for the bank, the bank's answer two days later
 * with some lines rejected, which are paid again; at the end the tax.
 */
#include "cli/simulate/sim.h"

enum { FILE_MAX = 700 * 1024, LINES_MAX = 240 };

struct payout {
	int64_t payout;
	bool in_parts; /* the bank answers every other line first, the others later */
	bool ended[LINES_MAX]; /* lines that the bank has answered */
};
struct sim_bank {
	int64_t owners_due; /* items whose owner waits for money */
	bool shops_due;     /* some merchant may be owed something */
	int in_flight, made;
	int64_t asked_round; /* in which payouts were asked for: once a night is enough */
	bool rejected_one;
};

static event_fn make_payout, export_file, bank_answers, fix_accounts;

void bank_owes(struct sim *s, const struct sim_life *l, bool owner)
{
	if (owner && l->price_minor > 0)
		s->bank->owners_due++;
	if (l->order->shop >= 0)
		s->bank->shops_due = true;
}

/* --- the payout --- */

static enum err payout_made(struct sim *s, void *arg, const struct json *answer)
{
	struct sim_bank *b = s->bank;
	struct payout *p = CX_NEW(s->cx, struct payout);
	size_t lines = got_count(answer, "lines");

	(void)arg;
	if (!p)
		return s->cx->err;
	p->payout = got_int(answer, "payout");
	p->in_parts = ++b->made % 4 == 0 && lines > 1;
	b->in_flight++;
	for (size_t i = 0; i < lines; i++)
		if (got_is(got_item(answer, "lines", i), "kind", "owner"))
			b->owners_due--;
	if (got_int(answer, "left") > 0 && b->owners_due == 0) { /* merchants for whom there was no line */
		b->shops_due = true;
		if (sim_night(s, 1, make_payout, s)) /* any argument: once, not every week */
			return s->cx->err;
	}
	return sim_soon(s, &s->chance, export_file, p);
}

static bool is_over(const struct sim *s)
{
	const struct sim_bank *b = s->bank;

	return s->lives_done == s->lives && b->owners_due == 0 && !b->shops_due && b->in_flight == 0;
}

/* As many as the owners who wait fill: each takes those who have waited longest. */
static enum err make_payout(struct sim *s, void *once, int64_t at_us)
{
	struct sim_bank *b = s->bank;
	int64_t payouts = b->owners_due > LINES_MAX ? (b->owners_due + LINES_MAX - 1) / LINES_MAX : 1;

	if (is_over(s))
		return ERR_OK;
	if (!once && sim_night(s, s->payout_every, make_payout, NULL))
		return s->cx->err;
	if ((b->owners_due == 0 && !b->shops_due) || b->asked_round == s->round)
		return ERR_OK;
	b->asked_round = s->round;
	b->shops_due = false;
	for (int64_t i = 0; i < payouts; i++) {
		struct json *body = body_new(&s->work);
		body_bool(&s->work, body, "all_due", true);
		if (sim_ask(s, at_us, s->world.officer, "settle.payout_create", body, payout_made, NULL))
			return s->cx->err;
	}
	return ERR_OK;
}

static enum err export_file(struct sim *s, void *arg, int64_t at_us)
{
	struct payout *p = arg;
	struct json *params = sim_body(s, "payout", p->payout), *body = sim_body(s, "payout", p->payout);
	const struct json *file;
	const char *digest;

	if (s->year) { /* nobody makes all those files; and when a year goes on, accounts may have changed */
		digest = sim_digest(s, &s->chance);
	} else {
		body_text(&s->work, params, "format", "csv");
		if (sim_get(s, s->world.city, "settle.payout_file", params, &file))
			return s->cx->err;
		digest = got_text(file, "digest");
	}
	body_text(&s->work, body, "format", "csv");
	body_text(&s->work, body, "digest", digest);
	if (sim_ask(s, at_us, s->world.officer, "settle.payout_exported", body, NULL, NULL))
		return s->cx->err;
	return sim_days(s, &s->chance, 2, 2, bank_answers, p);
}

/* --- the bank --- */

struct rejected { /* whose accounts must be put right */
	int count;
	int64_t party[];
};

static bool rejects(struct sim *s, const struct json *line)
{
	if (!got_is(line, "kind", "owner"))
		return false;
	if (!s->bank->rejected_one) { /* it happens for sure, once */
		s->bank->rejected_one = true;
		return true;
	}
	return prng_chance(&s->chance, PLAN_BAD_ACCOUNT);
}

static void add_line(struct sim *s, struct sb *file, const char *id, int64_t minor, const char *status,
		     const char *reason)
{
	sb_printf(file, "%s,%lld.%02lld,%s,%s,%s\r\n", id, (long long)(minor / 100), (long long)(minor % 100),
		  s->world.currency, status, reason);
}

/* The bank's CSV (programme/settle/bank.h) for the lines that still wait. */
static const char *write_answer(struct sim *s, const struct payout *p, const struct json *payout,
				struct rejected *bad)
{
	struct sb file;
	char count[24];
	int64_t total = 0;
	int lines = 0;

	sb_init(&file, &s->work, FILE_MAX);
	sb_str(&file, "end_to_end_id,amount,currency,status,reason\r\n");
	for (size_t i = 0; i < got_count(payout, "lines"); i++) {
		const struct json *line = got_item(payout, "lines", i);
		const char *id = got_text(line, "end_to_end");
		int64_t amount = got_int(line, "amount_minor");
		bool later = p->in_parts && i % 2 == 1;
		if (i >= LINES_MAX || p->ended[i]) /* the state shown may be a later one, after a stop */
			continue;
		if (!later && rejects(s, line)) {
			bad->party[bad->count++] = got_int(line, "party");
			add_line(s, &file, id, amount, "rejected", "AC04");
		} else {
			add_line(s, &file, id, amount, later ? "waiting" : "paid", "");
		}
		total += amount;
		lines++;
	}
	snprintf(count, sizeof(count), "%d", lines);
	add_line(s, &file, "TOTAL", total, count, "");
	return sb_end(&file) ? NULL : file.data;
}

static void count_paid(struct sim *s, struct payout *p, const struct json *payout,
		       const struct json *answer)
{
	for (size_t i = 0; i < got_count(answer, "lines"); i++) {
		const struct json *end = got_item(answer, "lines", i);
		int64_t n = got_int(end, "line");
		const struct json *line =
			n > 0 && n <= LINES_MAX ? got_item(payout, "lines", (size_t)n - 1) : NULL;
		int64_t amount = got_int(line, "amount_minor");
		if (!line)
			continue;
		p->ended[n - 1] = true;
		if (!got_true(end, "paid")) {
			s->totals.rejected++;
			continue;
		}
		if (got_is(line, "kind", "owner")) {
			s->totals.paid_owners++;
			s->totals.paid_minor += amount;
		} else {
			s->totals.paid_merchants_minor += amount;
		}
	}
}

struct answer_arg { /* in the round's memory */
	struct payout *p;
	const struct json *payout;
	struct rejected *bad;
};

static enum err answered(struct sim *s, void *arg, const struct json *answer)
{
	struct answer_arg *a = arg;
	size_t bytes = sizeof(*a->bad) + (size_t)a->bad->count * sizeof(a->bad->party[0]);
	struct rejected *bad;

	count_paid(s, a->p, a->payout, answer);
	s->bank->owners_due += a->bad->count;
	if (a->bad->count) {
		bad = cx_memdup(s->cx, a->bad, bytes);
		if (!bad || sim_days(s, &s->chance, 1, 2, fix_accounts, bad))
			return s->cx->err;
	}
	if (a->p->in_parts) {
		a->p->in_parts = false;
		return sim_days(s, &s->chance, 1, 2, bank_answers, a->p);
	}
	s->bank->in_flight--;
	return ERR_OK;
}

static enum err bank_answers(struct sim *s, void *arg, int64_t at_us)
{
	struct answer_arg *a = CX_NEW(&s->work, struct answer_arg);
	struct json *body;
	const char *file;

	if (!a)
		return sim_failed(s);
	a->p = arg;
	a->bad = cx_alloc(&s->work, sizeof(*a->bad) + LINES_MAX * sizeof(a->bad->party[0]));
	if (!a->bad)
		return sim_failed(s);
	if (sim_get(s, s->world.city, "settle.payout", sim_body(s, "payout", a->p->payout), &a->payout))
		return s->cx->err;
	file = write_answer(s, a->p, a->payout, a->bad);
	body = sim_body(s, "payout", a->p->payout);
	body_text(&s->work, body, "file", file);
	return sim_ask(s, at_us, s->world.officer, "settle.payout_result", body, answered, a);
}

/* The owner gives another account; the next payout goes there. */
static enum err fix_accounts(struct sim *s, void *arg, int64_t at_us)
{
	const struct rejected *bad = arg;

	for (int i = 0; i < bad->count; i++) {
		struct json *body = sim_body(s, "party", bad->party[i]);
		body_text(&s->work, body, "name",
			  cx_printf(&s->work, "Owner of account %lld", (long long)++s->references));
		body_text(&s->work, body, "bank_account",
			  cx_printf(&s->work, "SIM8%09lld", (long long)s->references));
		if (sim_ask(s, at_us, s->world.counter, "party.update", body, NULL, NULL))
			return s->cx->err;
	}
	return ERR_OK;
}

enum err bank_begin(struct sim *s)
{
	s->bank = CX_NEW(s->cx, struct sim_bank);
	if (!s->bank)
		return s->cx->err;
	return sim_night(s, s->payout_every, make_payout, NULL);
}

/* --- at the end --- */

static enum err pay_tax(struct sim *s, void *arg, int64_t at_us)
{
	struct json *body = body_new(&s->work);

	(void)arg;
	if (s->tax_minor <= 0)
		return ERR_OK;
	body_int(&s->work, body, "amount_minor", s->tax_minor);
	s->tax_minor = 0;
	return sim_ask(s, at_us, s->world.officer, "settle.tax_pay", body, NULL, NULL);
}

enum err bank_taxes(struct sim *s) { return sim_soon(s, &s->chance, pay_tax, NULL); }
