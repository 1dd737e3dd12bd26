/* The simulation's clockwork: rounds, and what begins when. */
#include "cli/simulate/sim.h"

/* --- time --- */

static int64_t round_at(const struct sim *s, int64_t round) { return s->start_us + round * SIM_ROUND_US; }

static enum err put(struct sim *s, struct prng *p, int64_t round, event_fn *act, void *arg)
{
	int64_t at = round_at(s, round) + prng_below(p, SIM_ROUND_US / 1000000) * 1000000;

	return calendar_put(s->cx, &s->calendar, at, act, arg);
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

void sim_done(struct sim *s, struct sim_life *l)
{
	if (l->done)
		return;
	l->done = true;
	progress_step(&s->progress, (int64_t)++s->lives_done, (int64_t)s->lives);
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
	cx_reset(&s->work);
	return ERR_OK;
}

static enum err play(struct sim *s)
{
	for (const struct event *next; (next = calendar_first(&s->calendar)) != NULL;) {
		if (s->until && next->at_us >= round_at(s, s->until * SIM_ROUNDS))
			return ERR_OK;
		if (cx_stopping(s->cx))
			return cx_fail(
				s->cx, ERR_INTERRUPTED,
				"stopped after %lld actions; the books of city %lld are whole",
				(long long)s->totals.actions, (long long)s->world.city);
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
		       sim_body(s, "party", s->forget->owner), NULL, NULL);
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
	    sim_night(s, s->days / 2, change_prices, NULL))
		return s->cx->err;
	progress_begin(&s->progress, "lives");
	if (!play(s) && !s->until)
		finish(s);
	progress_end(&s->progress);
	return s->cx->err;
}

enum err sim_run(struct sim *s)
{
	if (rules_read(s) || devices_place(s) || world_make(s) || devices_load_models(s) ||
	    rules_publish(s, false))
		return sim_failed(s);
	cx_reset(&s->work);
	play_all(s);
	rules_restore(s);
	return s->cx->err;
}
