/* What the programme answers and what its books hold, against the model. */
#include "actors.h"
#include "programme/settle/settle.h"
#include "programme/stock/stock.h"

/* --- what is answered --- */

static int64_t number_in(const struct json *v, const char *name)
{
	const struct json *x = v ? json_get(v, name) : NULL;

	return x && x->type == JSON_INT ? x->number : NONE;
}

static int64_t way_in(const struct json *v, const char *name)
{
	const struct json *x = v ? json_get(v, name) : NULL;

	return !x ? NONE : strcmp(x->text, "resale") == 0 ? RESALE : RECOVERY;
}

void differs(struct sim *s, const char *fmt, ...)
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

static void read_claims(const struct json *v, struct told *t)
{
	const struct json *claims = json_get(v, "claims");

	t->claims = claims ? (int64_t)claims->count : 0;
	for (int64_t i = 0; i < t->claims && i < ASK_CLAIMS; i++) {
		t->claim_n[i] = number_in(claims->item[i], "n");
		t->also[i] = number_in(claims->item[i], "also");
	}
}

/* What an inspection found an item worth: its entry knows, no answer does. */
static int64_t found_price(struct sim *s, int64_t item, int64_t seq)
{
	int64_t price;

	if (db_one_i64(&s->t.k.cx, s->t.k.db, &price,
		       "SELECT COALESCE(MAX(price_minor), -1) FROM inspection WHERE city = $1 AND "
		       "item = $2 AND seq = $3",
		       DB_ARGS(db_i64(s->h->city), db_i64(item), db_i64(seq))))
		fail_msg("%s", s->t.k.cx.msg);
	return price;
}

static void read_answer(struct sim *s, struct call *c)
{
	const char *id = acts[c->ask.verb].answer;
	struct reader r = kit_reader(&s->t.k, s->h->city);
	const struct json *items;
	struct json *v;

	c->cx.clock = s->t.k.cx.clock;
	c->cx.clock_arg = s->t.k.cx.clock_arg;
	if (request_answer_tree(&c->cx, &r, &c->q, &v)) {
		differs(s, "%s has no answer: %s", acts[c->ask.verb].type, c->cx.msg);
		return;
	}
	c->told = (struct told){.id = id ? number_in(v, id) : NONE,
				.agreed = number_in(v, "agreed_minor"),
				.offered = number_in(v, "offered_minor"),
				.granted = number_in(v, "bonus_minor"),
				.way = way_in(v, "choice"),
				.rule_way = way_in(v, "computed"),
				.sale = number_in(v, "sale_minor"),
				.repair = number_in(v, "repair_minor"),
				.resale = number_in(v, "resale_minor"),
				.recovery = number_in(v, "recovery_minor"),
				.expected = number_in(v, "expected"),
				.lost = number_in(v, "lost"),
				.missing = number_in(v, "missing"),
				.unexpected = number_in(v, "unexpected"),
				.tax = number_in(v, "tax_minor"),
				.left = number_in(v, "left_mg"),
				.loss = number_in(v, "loss_mg"),
				.received = number_in(v, "received_mg"),
				.difference = number_in(v, "difference_mg"),
				.mass = number_in(v, "mass_mg"),
				.reverses = number_in(v, "reverses_seq"),
				.count = number_in(v, "count"),
				.promised = number_in(v, "promised_minor")};
	if (c->ask.verb == INSPECT)
		c->told.price = found_price(s, c->ask.id, c->q.entry.seq);
	if (c->ask.verb == PAYOUT)
		read_lines(v, &c->told);
	read_claims(v, &c->told);
	if (c->ask.verb == PROPOSE)
		c->told.also[0] = number_in(v, "also");
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
	       err == ERR_INVALID || err == ERR_TOO_LARGE || err == ERR_MEDIA_TYPE;
}

void compare_call(struct sim *s, struct call *c)
{
	static const char *const verdicts[VERDICTS] = {
		"allowed",	   "refused",	      "not there",	      "not the caller's",
		"not possible now", "against a rule", "an answer given before", "a key with another body"};
	static const enum err errs[VERDICTS] = {[NOT_THERE] = ERR_NOT_FOUND, [NOT_YOURS] = ERR_FORBIDDEN,
						[NOT_NOW] = ERR_CONFLICT,    [NOT_SO] = ERR_INVALID,
						[OTHER_BODY] = ERR_IDEMPOTENCY};
	struct request *q = &c->q;
	const char *wrong;
	int64_t seq;
	enum verdict v = model_judge(&s->h->m, &c->ask, c->key, s->t.k.now_us, &seq);
	bool same = v == ALLOWED    ? !q->err && !q->replayed :
		    v == REPLAYED   ? !q->err && q->replayed :
		    v == REFUSED    ? is_refusal(q->err) :
				      q->err == errs[v];

	if (s->trace)
		printf("%lld %s id %lld asker %lld: %s, %s\n", L(s->step), acts[c->ask.verb].type,
		       L(c->ask.id), L(c->ask.asker), verdicts[v],
		       q->err	   ? c->cx.msg :
		       q->replayed ? "again" :
				     "done");
	if (!same) {
		differs(s, "%s %lld (asker %lld): the model says %s, the programme %s%s",
			acts[c->ask.verb].type, L(c->ask.id), L(c->ask.asker), verdicts[v],
			q->err	    ? err_slug(q->err) :
			q->replayed ? "gave an earlier answer" :
				      "did it",
			q->err ? c->cx.msg : "");
		return;
	}
	s->tally.allowed += v == ALLOWED;
	s->tally.replayed += v == REPLAYED;
	s->tally.refused[q->err] += v != OTHER_BODY && q->err;
	s->tally.so_refused += v != OTHER_BODY && v != REFUSED && q->err;
	if (q->err)
		return;
	if (q->entry.seq != seq)
		differs(s, "%s: entry %lld, the model says %lld", acts[c->ask.verb].type,
			L(q->entry.seq), L(seq));
	read_answer(s, c);
	wrong = v == ALLOWED && !s->why[0] ?
			model_apply(&s->h->m, &c->ask, c->key, s->t.k.now_us, &c->told) :
			NULL;
	if (wrong)
		differs(s, "%s %lld: %s", acts[c->ask.verb].type, L(c->ask.id), wrong);
	else if (v == ALLOWED && q->entry.recorded_us != s->h->m.last_us)
		differs(s, "%s: recorded at %lld, the model says %lld", acts[c->ask.verb].type,
			L(q->entry.recorded_us), L(s->h->m.last_us));
}

/* --- what the books hold --- */

void each_row(struct sim *s, const char *sql, int columns, void (*row)(struct sim *, const int64_t *))
{
	struct cx *cx = &s->t.k.cx;
	struct cx_mark mark = cx_mark(cx);
	int64_t column[16];
	struct db_rows *rows;

	if (db_query(cx, s->t.k.db, &rows, sql, DB_ARGS(db_i64(s->h->city))))
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

void check_state(struct sim *s, const char *what, int64_t id, const char *have,
			const char *want)
{
	if (strcmp(have, want) != 0)
		differs(s, "%s %lld is %s, the model says %s", what, L(id), have, want);
}

static void compare_item(struct sim *s, const int64_t *c)
{
	const struct m_item *i = model_item(&s->h->m, c[0]);

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
	CHECK_SAME("item", i->id, "custody_only", c[9] == 1, i->alone);
	CHECK_SAME("item", i->id, "offer_until_us", c[11], i->offer_until_us);
	CHECK_SAME("item", i->id, "lapse_us of its order", c[12], model_order(&s->h->m, i->order)->lapse_us);
	CHECK_SAME("item", i->id, "entry of its order's account", c[10],
		   model_order(&s->h->m, i->order)->account_seq);
}

static int64_t custody_of(const struct m_device *d)
{
	static const int code[] = {
		[AT_SITE] = PC_CUSTODY,	   [ON_THE_WAY] = PC_TRANSIT, [AT_BUYER] = PC_BUYER,
		[BACK_HOME] = PC_RETURNED, [NOBODY_KNOWS] = PC_LOST,  [AT_AUTHORITY] = PC_SEIZED,
		[IN_PIECES] = PC_DISMANTLED};

	return ACCOUNT(code[d->place], d->at);
}

static void compare_device(struct sim *s, const int64_t *c)
{
	const struct m_device *d = model_device(&s->h->m, c[0]);

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
	CHECK_SAME("device", d->id, "disposition", c[9], d->way);
	CHECK_SAME("device", d->id, "hold_until_us", c[11], d->hold_until_us);
	CHECK_SAME("device", d->id, "site", c[10], model_site(&s->h->m, d));
}

static void compare_medium(struct sim *s, const int64_t *c)
{
	const struct m_device *d = model_device(&s->h->m, c[0]);

	if (d && c[1] <= d->media)
		check_state(s, "medium of device", d->id, medium_states[c[2]],
			    medium_is_names[d->medium[c[1] - 1].state]);
	else
		differs(s, "a medium of device %lld is not the model's", L(c[0]));
}

static void compare_claim(struct sim *s, const int64_t *c)
{
	const struct m_claim *x = model_claim(&s->h->m, c[0], c[1]);

	if (!x)
		differs(s, "a claim of device %lld is not the model's", L(c[0]));
	else
		CHECK_SAME("device", c[0], "end of a claim", c[2] != NONE, x->ended);
}

static void compare_paper(struct sim *s, const int64_t *c)
{
	const struct m_evidence *e = model_evidence(&s->h->m, c[0]);

	if (!e) {
		differs(s, "evidence %lld is not the model's", L(c[0]));
		return;
	}
	CHECK_SAME("evidence", e->id, "device", c[1], e->device);
	CHECK_SAME("evidence", e->id, "order", c[2], e->order);
}

static void compare_sale(struct sim *s, const int64_t *c)
{
	const struct m_sale *x = model_sale(&s->h->m, c[0]);

	if (!x) {
		differs(s, "sale %lld is not the model's", L(c[0]));
		return;
	}
	check_state(s, "sale", x->id, sale_states[c[1]], sale_is_names[x->state]);
	CHECK_SAME("sale", x->id, "tax_minor", c[2], x->tax);
	CHECK_SAME("sale", x->id, "cost_minor", c[3], x->cost);
	CHECK_SAME("sale", x->id, "return_until_us", c[4], x->until_us);
}

static void compare_payout(struct sim *s, const int64_t *c)
{
	const struct m_payout *p = model_payout(&s->h->m, c[0]);

	if (p)
		check_state(s, "payout", p->id, payout_states[c[1]], payout_is_names[p->state]);
	else
		differs(s, "payout %lld is not the model's", L(c[0]));
}

static void compare_adjusted(struct sim *s, const int64_t *c)
{
	for (int i = 0; i < s->h->m.moves; i++)
		if (s->h->m.move[i].seq == c[0] && s->h->m.move[i].n == c[1] && s->h->m.move[i].reversed)
			return;
	differs(s, "transfer %lld of entry %lld was not reversed, says the model", L(c[1]), L(c[0]));
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

/* In dollars. */
static int64_t dollars_of(const struct town *m, int64_t account)
{
	return account_code(account) == MONEY_BANK     ? m->dollar_bank :
	       account_code(account) == MONEY_POSITION ? m->dollar_position :
							 0;
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
	case PC_DISMANTLED:
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
	case MONEY_POSITION:
		*posted = m->position;
		return true;
	case MONEY_LOSS:
		*posted = m->loss;
		return true;
	case MONEY_TAX:
		*posted = m->tax;
		return true;
	case MONEY_REPAIR:
		*posted = m->repairs;
		return true;
	case MG_PARTS_IN:
		*posted = m->parts_in;
		return true;
	case MG_PARTS_OUT:
		*posted = m->parts_out;
		return true;
	case MONEY_BENEFIT_FUND:
		*posted = m->fund;
		return true;
	case MONEY_BENEFIT:
		*posted = 0;
		return true;
	default:
		return balance_of_recovery(m, account, posted);
	}
}

static void compare_balance(struct sim *s, const int64_t *c)
{
	int64_t posted, promised;
	bool dollars = c[3] != 0;

	if (!balance_of(&s->h->m, c[0], &posted, &promised))
		return;
	if (dollars) {
		posted = dollars_of(&s->h->m, c[0]);
		promised = 0;
	}
	if (c[1] != posted || (account_code(c[0]) != PC_OUTSIDE && c[2] != promised))
		differs(s, "%s%s holds %lld and has promised %lld, the model says %lld and %lld",
			account_text(&s->t.k.cx, &s->t.k.domain, c[0]), dollars ? " in USD" : "", L(c[1]),
			L(c[2]), L(posted), L(promised));
}

/* Nothing of the model's is missing: there are as many rows, and the sums are the same. */
static void compare_totals(struct sim *s, const int64_t *c)
{
	const struct town *m = &s->h->m;
	int64_t owed = 0, credit = 0, items = 0, pieces = 0, links = 0, reversed = 0;

	for (int i = 0; i < m->items; i++)
		items += m->item[i].owed;
	for (int i = 0; i < m->parties; i++) {
		owed += m->party[i].owed;
		credit += m->party[i].credit;
	}
	for (int i = 0; i < m->links; i++)
		links += !m->link[i].ended;
	for (int i = 0; i < m->moves; i++)
		reversed += m->move[i].reversed;
	for (int i = 0; i < m->devices; i++)
		pieces += on_hand(&m->device[i]);
	CHECK_SAME("city", s->h->city, "number of items", c[0], m->items);
	CHECK_SAME("city", s->h->city, "number of devices", c[1], m->devices);
	CHECK_SAME("city", s->h->city, "number of sales", c[2], m->sales);
	CHECK_SAME("city", s->h->city, "number of payouts", c[3], m->payouts);
	CHECK_SAME("city", s->h->city, "sum owed to owners", c[4], items);
	CHECK_SAME("city", s->h->city, "sum owed to merchants", c[5], owed);
	CHECK_SAME("city", s->h->city, "sum of buyers' money", c[6], credit);
	CHECK_SAME("city", s->h->city, "number of pieces on hand", c[7], pieces);
	CHECK_SAME("city", s->h->city, "size of the log", c[8], m->size);
	CHECK_SAME("city", s->h->city, "number of claims", c[9], m->claims);
	CHECK_SAME("city", s->h->city, "number of merges", c[10], 2 * links);
	CHECK_SAME("city", s->h->city, "number of transfers reversed", c[11], reversed);
}

/* clang-format off */
static const char totals[] =
	"SELECT (SELECT COUNT(*) FROM item WHERE city = $1), (SELECT COUNT(*) FROM device WHERE city = $1), "
	"(SELECT COUNT(*) FROM sale WHERE city = $1), (SELECT COUNT(*) FROM payout WHERE city = $1), "
	SUM_OF("301", "302") ", " SUM_OF("302", "303") ", " SUM_OF("304", "305") ", " SUM_OF("101", "103")
	", "
	"(SELECT size FROM log_head WHERE city = $1), (SELECT COUNT(*) FROM identifier WHERE city = $1), "
	"(SELECT COUNT(*) FROM device_link WHERE city = $1 AND to_us IS NULL), "
	"(SELECT COUNT(*) FROM adjusted WHERE city = $1)";
/* clang-format on */

void compare_all(struct sim *s)
{
	_Static_assert(DISPOSE_RESALE == (int)RESALE && DISPOSE_RECOVERY == (int)RECOVERY,
		       "the column is compared");
	_Static_assert(PC_CUSTODY == 101 && PC_TRANSIT == 102 && MONEY_OWNER == 301 &&
			       MONEY_MERCHANT == 302 && MONEY_BUYER == 304,
		       "the query says so");

	each_row(
		s,
		"SELECT i.item, i.state, i.device, i.agreed_minor, i.offered_minor, i.payout, i.given_us, "
		"i.taken_us, i.bonus_minor, i.custody_only, o.account_seq, i.offer_until_us, o.lapse_us "
		"FROM item i JOIN trade_order o ON "
		"o.city = i.city AND o.order_id = i.order_id WHERE i.city = $1",
		13, compare_item);
	each_row(s,
		 "SELECT d.device, d.state, d.held_from, d.custody, d.to_site, d.owner, d.mass_mg, "
		 "d.listed_minor, (SELECT COUNT(*) FROM medium m WHERE m.city = d.city AND "
		 "m.device = d.device), (SELECT k.choice FROM stock_device k WHERE k.city = d.city AND "
		 "k.device = d.device), d.site, d.hold_until_us FROM device d WHERE d.city = $1",
		 12, compare_device);
	each_row(s, "SELECT device, medium, state FROM medium WHERE city = $1", 3, compare_medium);
	each_row(s, "SELECT device, n, to_us FROM identifier WHERE city = $1", 3, compare_claim);
	each_row(s, "SELECT evidence, device, order_id FROM evidence WHERE city = $1", 3, compare_paper);
	each_row(s, "SELECT sale, state, tax_minor, cost_minor, return_until_us FROM sale WHERE city = $1",
		 5, compare_sale);
	each_row(s, "SELECT payout, state FROM payout WHERE city = $1", 2, compare_payout);
	each_row(s,
		 "SELECT account, posted, pending_out, CASE unit WHEN 'USD' THEN 1 ELSE 0 END FROM balance "
		 "WHERE city = $1",
		 4, compare_balance);
	each_row(s, "SELECT seq, n FROM adjusted WHERE city = $1", 2, compare_adjusted);
	each_row(s, totals, 12, compare_totals);
	compare_recovery(s);
}

void compare_sight(struct sim *s, const struct ask *who)
{
	const struct m_evidence *e = &s->h->m.evidence[newest(s, s->h->m.papers)];
	const struct view *v = evidence_feature.views;
	struct cx *cx = &s->t.k.cx;
	struct cx_mark mark = cx_mark(cx);
	struct reader r = kit_reader(&s->t.k, s->h->city);
	struct json_writer w;
	struct sb sb;
	bool seen;

	sb_init(&sb, cx, 10000);
	jw_init(&w, &sb, false);
	r.who = principal_of(who);
	jw_object(&w);
	seen = (v->roles & r.who.roles) && view_run(cx, v, &r, &e->id, &w) == ERR_OK;
	jw_object_end(&w);
	if (seen && (sb_end(&sb) || !strstr(sb.data, paper(cx, e->n))))
		differs(s, "evidence %lld is not what was added", L(e->id));
	if (seen != (who->asker != BUYER && model_may_see(&s->h->m, who, e)))
		differs(s, "evidence %lld: asker %lld of %lld, order %lld %s it", L(e->id), L(who->asker),
			L(who->party), L(who->order), seen ? "sees" : "does not see");
	cx_clear(cx);
	cx_restore(cx, mark);
}
