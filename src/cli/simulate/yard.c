/* The yard: batches of devices taken apart, lots of fractions, what the smelter receives and pays.
 *
 * A batch goes through rounds: opened; weighed in; weighed out and closed. Lots gather over batches until
 * they are consigned. What the recycler's scale says differs; the first time it differs for sure, and is
 * corrected.
 */
#include "cli/simulate/sim.h"

enum {
	POOL_BATCH = 400,      /* devices of one batch */
	LOTS_MAX = 40,
	TREES_MAX = 3,         /* devices of a batch whose components are written down */
	LOT_MINOR_PER_KG = 350 /* what the smelter pays for all lots together; assumption */
};

struct lot {
	const char *fraction;
	int64_t lot, mass_mg; /* FIELD_NONE: none on hand */
};
struct consignment {
	int64_t consignment, mass_mg, value_minor;
	int lots;
	struct lot lot[LOTS_MAX];
};
struct sim_yard {
	struct sim_life **pool, **next; /* next: of the batch that is open; its orders are held */
	size_t waiting, pool_cap, in_batch;
	int64_t batch, in_mg;
	int64_t out_mg[LOTS_MAX];       /* by lot's place, of the batch */
	struct lot lot[LOTS_MAX];
	int lots, rounds, on_the_way;   /* on_the_way: consignments without receipt */
	bool busy;
};

static event_fn look, open_next, weigh_in, weigh_out, receive;
static enum err consign(struct sim *s, int64_t at_us);

static enum err pool_add(struct sim *s, struct sim_life *l)
{
	struct sim_yard *y = s->yard;

	if (y->waiting == y->pool_cap) {
		size_t cap = y->pool_cap ? 2 * y->pool_cap : POOL_BATCH;
		struct sim_life **pool = cx_array(s->cx, cap, sizeof(struct sim_life *));
		if (!pool)
			return s->cx->err;
		if (y->waiting)
			memcpy(pool, y->pool, y->waiting * sizeof(struct sim_life *));
		y->pool = pool;
		y->pool_cap = cap;
	}
	y->pool[y->waiting++] = l;
	return ERR_OK;
}

enum err yard_take(struct sim *s, void *arg, int64_t at_us)
{
	struct sim_life *l = arg;

	s->totals.to_recover++;
	if (pool_add(s, l))
		return s->cx->err;
	return bench_destroy(s, l, at_us); /* what could not be erased, or was not worth it */
}

/* --- a batch --- */

static enum err opened(struct sim *s, void *arg, const struct json *answer)
{
	(void)arg;
	s->yard->batch = got_int(answer, "batch");
	s->totals.batches++;
	return sim_soon(s, &s->chance, weigh_in, NULL);
}

static enum err open_batch(struct sim *s, int64_t at_us)
{
	struct json *body = sim_body(s, "site", s->world.centre);

	s->yard->busy = true;
	body_int(&s->work, body, "dismantler", s->world.recycler);
	body_text(&s->work, body, "scale", "SCALE-1");
	return sim_ask(s, at_us, s->world.dismantler_user, "recover.batch_open", body, opened, NULL);
}

static enum err open_next(struct sim *s, void *arg, int64_t at_us)
{
	(void)arg;
	return open_batch(s, at_us);
}

static bool is_over(const struct sim *s)
{
	const struct sim_yard *y = s->yard;

	return s->lives_done == s->lives && y->waiting == 0 && y->lots == 0 && y->on_the_way == 0 && !y->busy;
}

/* Every two weeks a batch, if anything waits; every other time the lots go to the smelter. */
static enum err look(struct sim *s, void *arg, int64_t at_us)
{
	struct sim_yard *y = s->yard;
	bool last = s->lives_done + y->waiting == s->lives;

	(void)arg;
	if (is_over(s))
		return ERR_OK;
	y->rounds++;
	if (sim_days(s, &s->chance, PLAN_RECOVERY_EVERY, PLAN_RECOVERY_EVERY, look, NULL))
		return s->cx->err;
	if (y->busy)
		return ERR_OK;
	if (y->lots > 0 && (last || y->rounds % (PLAN_CONSIGN_EVERY / PLAN_RECOVERY_EVERY) == 0) &&
	    consign(s, at_us))
		return s->cx->err;
	return y->waiting > 0 ? open_batch(s, at_us) : ERR_OK;
}

static int lot_of(struct sim_yard *y, const char *fraction)
{
	for (int i = 0; i < y->lots; i++)
		if (strcmp(y->lot[i].fraction, fraction) == 0)
			return i;
	if (y->lots == LOTS_MAX)
		return -1;
	y->lot[y->lots] = (struct lot){.fraction = fraction, .lot = FIELD_NONE};
	return y->lots++;
}

static const struct sim_category *category_of(const struct sim *s, const struct sim_life *l)
{
	return &s->rules.category[l->found.category];
}

static enum err weigh_in(struct sim *s, void *arg, int64_t at_us)
{
	struct sim_yard *y = s->yard;

	(void)arg;
	y->in_mg = 0;
	y->in_batch = y->waiting > POOL_BATCH ? POOL_BATCH : y->waiting;
	for (size_t i = 0; i < y->in_batch; i++) {
		struct sim_life *l = y->next[i] = y->pool[i];
		struct json *body = sim_body(s, "batch", y->batch);
		l->mass_mg += l->mass_mg *
			      prng_between(&l->chance, -PLAN_SCALE_OFF / 4, PLAN_SCALE_OFF / 4) /
			      10000;
		y->in_mg += l->mass_mg;
		body_int(&s->work, body, "device", l->device);
		body_int(&s->work, body, "scale_mg", l->mass_mg);
		if (sim_ask(s, at_us, s->world.dismantler_user, "recover.weigh_in", body, NULL, NULL))
			return s->cx->err;
		s->totals.dismantled++;
		sim_hold(l->order);
		sim_done(s, l);
	}
	y->waiting -= y->in_batch;
	memmove(y->pool, y->pool + y->in_batch, y->waiting * sizeof(*y->pool));
	s->totals.in_mg += y->in_mg;
	return sim_soon(s, &s->chance, weigh_out, NULL);
}

/* What was found in a device, as the rule's component tree has it. */
static enum err write_tree(struct sim *s, const struct sim_life *l, int64_t at_us)
{
	const struct sim_category *c = category_of(s, l);
	struct json *body = sim_body(s, "batch", s->yard->batch), *list = body_list(&s->work, SIM_PARTS_MAX);

	if (c->parts == 0)
		return ERR_OK;
	for (int i = 0; i < c->parts; i++) {
		const struct sim_part *p = &c->part[i];
		struct json *part = body_new(&s->work);
		int64_t mass = l->mass_mg * p->share_bp / 10000;
		body_text(&s->work, part, "code", p->code);
		body_int(&s->work, part, "parent", p->parent < 0 ? FIELD_NONE : p->parent + 1);
		body_text(&s->work, part, "fraction", p->fraction);
		if (p->parent < 0 && mass > 0) /* a part of a part is not weighed apart */
			body_int(&s->work, part, "mass_mg", mass);
		body_push(list, part);
	}
	body_int(&s->work, body, "device", l->device);
	body_at(body, "components", list);
	return sim_ask(s, at_us, s->world.dismantler_user, "recover.component", body, NULL, NULL);
}

static void sum_fractions(struct sim *s)
{
	struct sim_yard *y = s->yard;

	memset(y->out_mg, 0, sizeof(y->out_mg));
	for (size_t i = 0; i < y->in_batch; i++) {
		const struct sim_category *c = category_of(s, y->next[i]);
		for (int k = 0; k < c->parts; k++) {
			int at = lot_of(y, c->part[k].fraction);
			if (at >= 0)
				y->out_mg[at] += y->next[i]->mass_mg * c->part[k].share_bp / 10000;
		}
	}
}

struct weighing {
	struct lot *lot;
	int64_t mass_mg;
};

static enum err weighed(struct sim *s, void *arg, const struct json *answer)
{
	struct weighing *w = arg;

	w->lot->lot = got_int(answer, "lot");
	w->lot->mass_mg += w->mass_mg;
	if (got_true(answer, "hazard"))
		s->totals.hazard_mg += w->mass_mg;
	return ERR_OK;
}

static enum err weigh_lot(struct sim *s, int at, int64_t mass_mg, int64_t at_us)
{
	struct sim_yard *y = s->yard;
	struct json *body = sim_body(s, "batch", y->batch);
	struct weighing *w = CX_NEW(&s->work, struct weighing);

	if (!w)
		return sim_failed(s);
	*w = (struct weighing){&y->lot[at], mass_mg};
	body_text(&s->work, body, "fraction", y->lot[at].fraction);
	body_int(&s->work, body, "mass_mg", mass_mg);
	body_int(&s->work, body, "lot", y->lot[at].lot);
	s->totals.out_mg += mass_mg;
	return sim_ask(s, at_us, s->world.dismantler_user, "recover.weigh_out", body, weighed, w);
}

static enum err gain(struct sim *s, int64_t at_us, int64_t *rest_mg)
{
	struct json *body = sim_body(s, "batch", s->yard->batch);
	int64_t more = s->yard->in_mg / 1000;

	if (more == 0 || !prng_chance(&s->chance, PLAN_GAIN))
		return ERR_OK;
	*rest_mg += more;
	body_int(&s->work, body, "mass_mg", more);
	body_text(&s->work, body, "reason", "moisture");
	return sim_ask(s, at_us, s->world.dismantler_user, "recover.gain", body, NULL, NULL);
}

static enum err closed(struct sim *s, void *arg, const struct json *answer)
{
	struct sim_yard *y = s->yard;

	(void)arg;
	(void)answer;
	for (size_t i = 0; i < y->in_batch; i++)
		sim_release(s, y->next[i]->order);
	y->in_batch = 0;
	y->busy = y->waiting >= POOL_BATCH; /* more than a batch holds: another at once */
	return y->busy ? sim_soon(s, &s->chance, open_next, NULL) : ERR_OK;
}

/* The rest is residue, but for some dust. */
static enum err weigh_out(struct sim *s, void *arg, int64_t at_us)
{
	struct sim_yard *y = s->yard;
	struct json *body = sim_body(s, "batch", y->batch);
	int64_t dust = y->in_mg * PLAN_DUST / 10000 + 1, rest = y->in_mg - dust;
	int residue;

	(void)arg;
	for (size_t i = 0; i < y->in_batch && i < TREES_MAX; i++)
		if (write_tree(s, y->next[i], at_us))
			return s->cx->err;
	sum_fractions(s);
	if (gain(s, at_us, &rest))
		return s->cx->err;
	residue = lot_of(y, "residue");
	for (int i = 0; i < y->lots; i++) {
		int64_t mass = y->out_mg[i] < rest ? y->out_mg[i] : rest;
		if (mass <= 0 || i == residue)
			continue;
		rest -= mass;
		if (weigh_lot(s, i, mass, at_us))
			return s->cx->err;
	}
	if (rest > 0 && residue >= 0 && weigh_lot(s, residue, rest, at_us))
		return s->cx->err;
	body_text(&s->work, body, "reason", "dust");
	return sim_ask(s, at_us, s->world.dismantler_user, "recover.batch_close", body, closed, NULL);
}

/* --- to the smelter --- */

static enum err shipped(struct sim *s, void *arg, const struct json *answer)
{
	struct consignment *c = arg;

	c->consignment = got_int(answer, "consignment");
	s->totals.consignments++;
	return sim_days(s, &s->chance, 4, 9, receive, c);
}

static enum err consign(struct sim *s, int64_t at_us)
{
	struct sim_yard *y = s->yard;
	struct consignment *c = CX_NEW(s->cx, struct consignment);
	struct json *body = sim_body(s, "recycler", s->world.smelter), *lots = body_list(&s->work, LOTS_MAX);

	if (!c)
		return s->cx->err;
	for (int i = 0; i < y->lots; i++) {
		if (y->lot[i].lot == FIELD_NONE)
			continue;
		c->lot[c->lots++] = y->lot[i];
		c->mass_mg += y->lot[i].mass_mg;
		body_push(lots, sim_body(s, "lot", y->lot[i].lot));
	}
	y->lots = 0;
	if (c->lots == 0)
		return ERR_OK;
	y->on_the_way++;
	body_int(&s->work, body, "carrier", s->world.carrier);
	body_text(&s->work, body, "document",
		  cx_printf(&s->work, "SIM-CMR-%lld", (long long)++s->references));
	body_at(body, "lots", lots);
	return sim_ask(s, at_us, s->world.counter, "recover.consign", body, shipped, c);
}

/* The recycler's scale: up to half a percent off; off_bp: so much for sure, on the first lot. */
static void add_weights(struct sim *s, const struct consignment *c, int64_t off_bp, struct json *body)
{
	struct json *lots = body_list(&s->work, LOTS_MAX);

	for (int i = 0; i < c->lots; i++) {
		struct json *w = sim_body(s, "lot", c->lot[i].lot);
		int64_t bp = i == 0 && off_bp ? off_bp : prng_between(&s->chance, -50, 30);
		body_int(&s->work, w, "received_mg", c->lot[i].mass_mg + c->lot[i].mass_mg * bp / 10000);
		body_push(lots, w);
	}
	body_at(body, "lots", lots);
}

static struct json *receipt(struct sim *s, struct consignment *c, int64_t off_bp, int64_t at_us)
{
	struct json *body = sim_body(s, "consignment", c->consignment);

	c->value_minor = c->mass_mg / 1000 * LOT_MINOR_PER_KG / 1000 + 1;
	body_text(&s->work, body, "certificate",
		  cx_printf(&s->work, "SIM-CERT-%lld", (long long)c->consignment));
	body_int(&s->work, body, "dated_us", at_us - SIM_DAY_US);
	body_int(&s->work, body, "value_minor", c->value_minor);
	body_int(&s->work, body, "fee_minor", c->value_minor / 10);
	add_weights(s, c, off_bp, body);
	return body;
}

static enum err pay(struct sim *s, void *arg, int64_t at_us)
{
	struct consignment *c = arg;
	struct json *body = sim_body(s, "party", s->world.smelter);

	body_text(&s->work, body, "source", "recycler");
	body_int(&s->work, body, "amount_minor", c->value_minor - c->value_minor / 10);
	return sim_ask(s, at_us, s->world.officer, "settle.receipt", body, NULL, NULL);
}

static enum err receipted(struct sim *s, void *arg, const struct json *answer)
{
	(void)arg;
	s->totals.receipt_difference_mg += got_int(answer, "difference_mg");
	return ERR_OK;
}

/* The correction takes the whole receipt back and stands in its place. */
static enum err correct(struct sim *s, void *arg, int64_t at_us)
{
	struct consignment *c = arg;
	struct json *body = receipt(s, c, -80, at_us);

	body_text(&s->work, body, "reason", "reweighed");
	if (sim_ask(s, at_us, s->world.counter, "recover.receipt_correct", body, NULL, NULL))
		return s->cx->err;
	return sim_days(s, &s->chance, 2, 5, pay, c);
}

static enum err receive(struct sim *s, void *arg, int64_t at_us)
{
	struct consignment *c = arg;
	bool first = s->totals.consignments == 1;

	s->yard->on_the_way--;
	if (sim_ask(s, at_us, s->world.counter, "recover.receipt",
		    receipt(s, c, first ? -150 : 0, at_us), receipted, c))
		return s->cx->err;
	if (first || prng_chance(&s->chance, PLAN_RECEIPT_CORRECTED))
		return sim_days(s, &s->chance, 1, 3, correct, c);
	return sim_days(s, &s->chance, 2, 5, pay, c);
}

enum err yard_begin(struct sim *s)
{
	struct sim_yard *y = s->yard = CX_NEW(s->cx, struct sim_yard);

	if (!y)
		return s->cx->err;
	y->next = cx_array(s->cx, POOL_BATCH, sizeof(*y->next));
	if (!y->next)
		return s->cx->err;
	return sim_days(s, &s->chance, PLAN_RECOVERY_EVERY, PLAN_RECOVERY_EVERY, look, NULL);
}
