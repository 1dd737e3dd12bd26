/* Money to owners and merchants: a payout a week, the file for the bank, the bank's answer two days later
 * with some lines rejected, which are paid again; at the end the tax.
 */
#include "cli/simulate/sim.h"

enum { FILE_MAX = 700 * 1024, LINES_MAX = 240, ID_MAX_BYTES = 35 };

struct line {
	int64_t party, amount_minor;
	bool owner, ended; /* ended: the bank has answered it */
	char id[ID_MAX_BYTES + 1];
};
struct payout {
	struct payout *next; /* of those whose memory is free */
	int64_t payout;
	bool in_parts; /* the bank answers every other line first, the others later */
	size_t lines;
	struct line line[LINES_MAX];
};
struct sim_bank {
	int64_t owners_due; /* items whose owner waits for money */
	bool shops_due;     /* some merchant may be owed something */
	int in_flight, made;
	int64_t asked_round; /* in which payouts were asked for: once a night is enough */
	bool rejected_one;
	struct payout *idle;
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

static struct payout *new_payout(struct sim *s)
{
	struct payout *p = s->bank->idle;

	if (!p)
		return CX_NEW(s->cx, struct payout);
	s->bank->idle = p->next;
	*p = (struct payout){.lines = 0};
	return p;
}

static bool read_line(const struct json *from, struct line *out)
{
	const char *id = got_text(from, "end_to_end");

	if (!id || strlen(id) > ID_MAX_BYTES)
		return false;
	*out = (struct line){.party = got_int(from, "party"), .amount_minor = got_int(from, "amount_minor"),
			     .owner = got_is(from, "kind", "owner")};
	memcpy(out->id, id, strlen(id) + 1);
	return true;
}

static enum err payout_made(struct sim *s, void *arg, const struct json *answer)
{
	struct sim_bank *b = s->bank;
	struct payout *p = new_payout(s);
	size_t lines = got_count(answer, "lines");

	(void)arg;
	if (!p)
		return s->cx->err;
	p->payout = got_int(answer, "payout");
	p->in_parts = ++b->made % 4 == 0 && lines > 1;
	b->in_flight++;
	for (; p->lines < lines && p->lines < LINES_MAX; p->lines++) {
		if (!read_line(got_item(answer, "lines", p->lines), &p->line[p->lines]))
			return cx_fail(s->cx, ERR_CORRUPT, "payout %lld: a line has no id for the bank",
				       (long long)p->payout);
		b->owners_due -= p->line[p->lines].owner;
	}
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

static bool rejects(struct sim *s, const struct line *line)
{
	if (!line->owner)
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
static const char *write_answer(struct sim *s, const struct payout *p, struct rejected *bad)
{
	struct sb file;
	char count[24];
	int64_t total = 0;
	int lines = 0;

	sb_init(&file, &s->work, FILE_MAX);
	sb_str(&file, "end_to_end_id,amount,currency,status,reason\r\n");
	for (size_t i = 0; i < p->lines; i++) {
		const struct line *line = &p->line[i];
		bool later = p->in_parts && i % 2 == 1;
		if (line->ended)
			continue;
		if (!later && rejects(s, line)) {
			bad->party[bad->count++] = line->party;
			add_line(s, &file, line->id, line->amount_minor, "rejected", "AC04");
		} else {
			add_line(s, &file, line->id, line->amount_minor, later ? "waiting" : "paid", "");
		}
		total += line->amount_minor;
		lines++;
	}
	snprintf(count, sizeof(count), "%d", lines);
	add_line(s, &file, "TOTAL", total, count, "");
	return sb_end(&file) ? NULL : file.data;
}

static void count_paid(struct sim *s, struct payout *p, const struct json *answer)
{
	for (size_t i = 0; i < got_count(answer, "lines"); i++) {
		const struct json *end = got_item(answer, "lines", i);
		int64_t n = got_int(end, "line");
		struct line *line = n > 0 && n <= (int64_t)p->lines ? &p->line[n - 1] : NULL;
		if (!line)
			continue;
		line->ended = true;
		if (!got_true(end, "paid")) {
			s->totals.rejected++;
		} else if (line->owner) {
			s->totals.paid_owners++;
			s->totals.paid_minor += line->amount_minor;
		} else {
			s->totals.paid_merchants_minor += line->amount_minor;
		}
	}
}

struct answer_arg { /* in the round's memory */
	struct payout *p;
	struct rejected *bad;
};

static enum err answered(struct sim *s, void *arg, const struct json *answer)
{
	struct answer_arg *a = arg;
	size_t bytes = sizeof(*a->bad) + (size_t)a->bad->count * sizeof(a->bad->party[0]);
	struct rejected *bad;

	count_paid(s, a->p, answer);
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
	a->p->next = s->bank->idle;
	s->bank->idle = a->p;
	return ERR_OK;
}

static enum err bank_answers(struct sim *s, void *arg, int64_t at_us)
{
	struct answer_arg *a = CX_NEW(&s->work, struct answer_arg);
	struct json *body;

	if (!a)
		return sim_failed(s);
	a->p = arg;
	a->bad = cx_alloc(&s->work, sizeof(*a->bad) + LINES_MAX * sizeof(a->bad->party[0]));
	if (!a->bad)
		return sim_failed(s);
	body = sim_body(s, "payout", a->p->payout);
	body_text(&s->work, body, "file", write_answer(s, a->p, a->bad));
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
