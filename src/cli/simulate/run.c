/* The simulation's clockwork: rounds, and what begins when. */
#include "cli/simulate/sim.h"

/* --- time --- */

static int64_t round_at(const struct sim *s, int64_t round) { return s->start_us + round * SIM_ROUND_US; }

static enum err put(struct sim *s, struct prng *p, int64_t round, event_fn *act, void *arg)
{
	int64_t at = round_at(s, round) + prng_below(p, SIM_ROUND_US / 1000000) * 1000000;

	return calendar_put(s->cx, &s->calendar, at, act, arg);
}

enum err sim_today(struct sim *s, struct prng *p, event_fn *act, void *arg)
{
	return put(s, p, s->round, act, arg);
}

enum err sim_soon(struct sim *s, struct prng *p, event_fn *act, void *arg)
{
	int64_t round = s->round + 1;

	if (round % SIM_ROUNDS >= SIM_WORKING)
		round += SIM_ROUNDS - round % SIM_ROUNDS;
	return put(s, p, round, act, arg);
}

enum err sim_days(struct sim *s, struct prng *p, int64_t low, int64_t high, event_fn *act, void *arg)
{
	int64_t days = prng_between(p, low, high);
	int64_t round = (s->round / SIM_ROUNDS + days) * SIM_ROUNDS + prng_below(p, SIM_WORKING);

	return round <= s->round ? sim_soon(s, p, act, arg) : put(s, p, round, act, arg);
}

enum err sim_night(struct sim *s, int64_t days, event_fn *act, void *arg)
{
	int64_t round = (s->round / SIM_ROUNDS + days) * SIM_ROUNDS + SIM_NIGHT;

	if (round <= s->round)
		round += SIM_ROUNDS;
	return calendar_put(s->cx, &s->calendar, round_at(s, round), act, arg);
}

/* --- orders that have ended --- */

static void end_order(struct sim *s, struct sim_order *o)
{
	if (o->ending)
		return;
	o->ending = true;
	o->next = s->ending;
	s->ending = o;
}

void sim_done(struct sim *s, struct sim_life *l)
{
	if (l->done)
		return;
	l->done = true;
	s->lives_done++;
	if (++l->order->done == l->order->lives)
		end_order(s, l->order);
}

void sim_hold(struct sim_order *o) { o->holds++; }

void sim_release(struct sim *s, struct sim_order *o)
{
	if (--o->holds == 0 && o->done == o->lives)
		end_order(s, o);
}

/* After a round nothing that was asked for in it needs the orders that have ended. */
static void free_orders(struct sim *s)
{
	struct sim_order *o, *next;

	for (o = s->ending; o; o = next) {
		next = o->next;
		o->ending = false;
		if (o->holds > 0)
			continue;
		o->next = s->idle[o->lives];
		s->idle[o->lives] = o;
	}
	s->ending = NULL;
}

/* --- the crew --- */

void sim_tell(struct sim *s)
{
	struct sim_crew *c = s->crew;

	pthread_mutex_lock(&c->lock);
	c->done += (int64_t)s->lives_done - s->told;
	s->told = (int64_t)s->lives_done;
	progress_step(&c->progress, c->done, c->all);
	pthread_mutex_unlock(&c->lock);
}

void sim_tell_anew(struct sim *s)
{
	pthread_mutex_lock(&s->crew->lock);
	progress_anew(&s->crew->progress);
	pthread_mutex_unlock(&s->crew->lock);
}

/* --- rounds --- */

static enum err play_round(struct sim *s)
{
	const struct event *next = calendar_first(&s->calendar);

	s->round = (next->at_us - s->start_us) / SIM_ROUND_US;
	for (; next && next->at_us < round_at(s, s->round + 1); next = calendar_first(&s->calendar)) {
		struct event e = calendar_take(&s->calendar);
		if (e.act(s, e.arg, e.at_us) || s->work.err)
			return sim_failed(s);
	}
	if (sim_flush(s))
		return s->cx->err;
	free_orders(s);
	cx_reset(&s->work);
	sim_tell(s);
	return ERR_OK;
}

static enum err play(struct sim *s)
{
	for (const struct event *next; (next = calendar_first(&s->calendar)) != NULL;) {
		if (s->until && next->at_us >= round_at(s, s->until * SIM_ROUNDS))
			return ERR_OK;
		if (cx_stopping(s->cx) || s->crew->failed)
			return cx_fail(
				s->cx, ERR_INTERRUPTED,
				"stopped after %lld actions; the books of city %lld are whole%s",
				(long long)s->totals.actions, (long long)s->world.city,
				s->year ? "; the same command goes on" : "");
		if (play_round(s))
			return s->cx->err;
	}
	return ERR_OK;
}

static enum err change_prices(struct sim *s, void *arg, int64_t at_us)
{
	(void)arg;
	(void)at_us;
	return rules_publish(s, true);
}

static enum err forget(struct sim *s, void *arg, int64_t at_us)
{
	(void)arg;
	if (!s->forget)
		return ERR_OK;
	s->totals.forgotten++;
	return sim_ask(s, at_us, s->world.counter, "party.forget",
		       sim_body(s, "party", s->forget), NULL, NULL);
}

/* When every life has ended and the last round is over: what is left to tidy. */
static enum err finish(struct sim *s)
{
	if (shop_refunds(s) || bank_taxes(s) || sim_night(s, 1, forget, NULL))
		return s->cx->err;
	return play(s);
}

static enum err play_all(struct sim *s)
{
	if (bank_begin(s) || hand_in_begin(s) || shop_begin(s) || yard_begin(s) ||
	    (!s->year && sim_night(s, s->days / 2, change_prices, NULL)))
		return s->cx->err;
	if (!play(s) && !s->until)
		finish(s);
	return s->cx->err;
}

enum err sim_begin(struct sim *s)
{
	if (rules_read(s) || devices_place(s))
		return sim_failed(s);
	cx_reset(&s->work);
	return ERR_OK;
}

enum err sim_run(struct sim *s)
{
	struct sim_crew crew = {.lock = PTHREAD_MUTEX_INITIALIZER, .all = s->count};

	s->crew = &crew;
	if (sim_begin(s) || world_next(s) || world_make(s) || devices_load_models(s) ||
	    rules_publish(s, false))
		return sim_failed(s);
	cx_reset(&s->work);
	progress_begin(&crew.progress, "lives");
	play_all(s);
	progress_end(&crew.progress);
	rules_restore(s);
	return s->cx->err;
}

enum err sim_prepare_year(struct sim *s)
{
	char root[DIGEST_HEX];

	if (sim_checkpoint(s, &s->recorded, root) || world_make(s))
		return sim_failed(s);
	cx_reset(&s->work);
	return ERR_OK;
}

enum err sim_run_year(struct sim *s)
{
	if (play_all(s))
		return s->cx->err;
	if (s->seq < s->recorded)
		return cx_fail(s->cx, ERR_CONFLICT,
			       "city %lld has %lld entries more than the simulation: somebody else "
			       "wrote to it",
			       (long long)s->world.city, (long long)(s->recorded - s->seq));
	return ERR_OK;
}
