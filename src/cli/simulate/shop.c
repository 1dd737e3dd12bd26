/* The shop: stock, asking prices, buyers, deliveries, what buyers bring back, the stocktake. */
#include "cli/simulate/sim.h"

enum {
	DEPOSIT_MIN_MINOR = 500000,
	STOCKTAKE_MIN = 3,     /* devices waiting for a buyer before one of them is missed */
	STOCKTAKE_MAX = 4500   /* rows of a shelf; the programme counts up to 5,000 at one time */
};

static event_fn buy, cheaper, deliver, cancel, bring_back, hold, release, found;

/* --- the shelf --- */

static enum err shelf_add(struct sim *s, struct sim_life *l)
{
	if (s->shelved == s->shelf_cap) {
		size_t cap = s->shelf_cap ? 2 * s->shelf_cap : 256;
		struct sim_life **shelf = cx_array(s->cx, cap, sizeof(struct sim_life *));
		if (!shelf)
			return s->cx->err;
		if (s->shelved)
			memcpy(shelf, s->shelf, s->shelved * sizeof(struct sim_life *));
		s->shelf = shelf;
		s->shelf_cap = cap;
	}
	l->shelf = (int)s->shelved;
	s->shelf[s->shelved++] = l;
	s->shelf_rows++;
	return ERR_OK;
}

static void shelf_take(struct sim *s, struct sim_life *l)
{
	struct sim_life *last = s->shelf[--s->shelved];

	s->shelf[l->shelf] = last;
	last->shelf = l->shelf;
}

static int64_t price_of(const struct sim_life *l)
{
	int64_t asked = l->device_of->asking_minor;

	if (asked != FIELD_NONE && asked > 0 && !l->wrong)
		return asked;
	return l->price_minor * 10000 / PLAN_BUY_SHARE + 100;
}

static enum err list_at(struct sim *s, struct sim_life *l, int64_t at_us, int64_t price_minor)
{
	struct json *body = sim_body(s, "device", l->device);

	l->listed_minor = price_minor;
	s->totals.listed++;
	body_int(&s->work, body, "price_minor", price_minor);
	return sim_ask(s, at_us, s->world.counter, "stock.list", body, NULL, NULL);
}

/* Listed; sooner or later somebody buys it. */
static enum err wait_for_buyer(struct sim *s, struct sim_life *l, bool dear)
{
	l->waits = true;
	if (dear)
		return sim_days(s, &l->chance, 10, 12, cheaper, l);
	if (prng_chance(&l->chance, PLAN_DISPUTE))
		return sim_days(s, &l->chance, 1, 2, hold, l);
	return sim_days(s, &l->chance, 1, 14, buy, l);
}

enum err shop_stock(struct sim *s, void *arg, int64_t at_us)
{
	struct sim_life *l = arg;
	bool dear = prng_chance(&l->chance, PLAN_DEAR);
	int64_t price = price_of(l);

	if (sim_ask(s, at_us, s->world.counter, "stock.receive", sim_body(s, "device", l->device),
		    NULL, NULL) ||
	    list_at(s, l, at_us, dear ? price + price / 8 : price) || shelf_add(s, l))
		return s->cx->err;
	return wait_for_buyer(s, l, dear);
}

static enum err cheaper(struct sim *s, void *arg, int64_t at_us)
{
	struct sim_life *l = arg;

	if (l->missing)
		return ERR_OK;
	if (list_at(s, l, at_us, price_of(l)))
		return s->cx->err;
	return wait_for_buyer(s, l, false);
}

static enum err hold(struct sim *s, void *arg, int64_t at_us)
{
	struct sim_life *l = arg;
	struct json *body;

	if (l->missing)
		return ERR_OK;
	l->waits = false;
	s->totals.held++;
	body = sim_body(s, "device", l->device);
	body_text(&s->work, body, "reason", "dispute");
	if (sim_ask(s, at_us, s->world.counter, "device.hold", body, NULL, NULL))
		return s->cx->err;
	return sim_days(s, &l->chance, 2, 6, release, l);
}

static enum err release(struct sim *s, void *arg, int64_t at_us)
{
	struct sim_life *l = arg;

	if (sim_ask(s, at_us, s->world.counter, "device.release", sim_body(s, "device", l->device),
		    NULL, NULL))
		return s->cx->err;
	l->waits = true;
	return sim_days(s, &l->chance, 1, 10, buy, l);
}

/* --- sale --- */

static const char *reference(struct sim *s, const char *what)
{
	return cx_printf(&s->work, "SIM-%s-%lld", what, (long long)++s->references);
}

static enum err pay_in(struct sim *s, struct sim_buyer *b, int64_t at_us, int64_t price_minor)
{
	struct json *body = sim_body(s, "buyer", b->party);
	int64_t amount = 5 * price_minor > DEPOSIT_MIN_MINOR ? 5 * price_minor : DEPOSIT_MIN_MINOR;

	b->funds_minor += amount;
	body_int(&s->work, body, "amount_minor", amount);
	body_text(&s->work, body, "reference", reference(s, "IN"));
	return sim_ask(s, at_us, s->world.counter, "stock.deposit", body, NULL, NULL);
}

static enum err sold(struct sim *s, void *arg, const struct json *answer)
{
	struct sim_life *l = arg;

	l->sale = got_int(answer, "sale");
	l->tax_minor = got_int(answer, "tax_minor");
	s->totals.sold++;
	if (prng_chance(&l->chance, PLAN_SALE_CANCELLED))
		return sim_soon(s, &l->chance, cancel, l);
	return sim_days(s, &l->chance, 0, 3, deliver, l);
}

static enum err buy(struct sim *s, void *arg, int64_t at_us)
{
	struct sim_life *l = arg;
	struct sim_buyer *b;
	struct json *body;

	if (l->missing)
		return ERR_OK;
	l->waits = false;
	l->buyer = (int)prng_below(&l->chance, SIM_BUYERS);
	b = &s->world.buyer[l->buyer];
	if (b->funds_minor < l->listed_minor && pay_in(s, b, at_us, l->listed_minor))
		return s->cx->err;
	b->funds_minor -= l->listed_minor;
	body = sim_body(s, "device", l->device);
	body_int(&s->work, body, "buyer", b->party);
	body_int(&s->work, body, "price_minor", l->listed_minor);
	return sim_ask(s, at_us, b->user, "stock.sell", body, sold, l);
}

static enum err cancel(struct sim *s, void *arg, int64_t at_us)
{
	struct sim_life *l = arg;
	struct sim_buyer *b = &s->world.buyer[l->buyer];

	s->totals.sales_cancelled++;
	b->funds_minor += l->listed_minor;
	if (sim_ask(s, at_us, b->user, "stock.cancel_sale", sim_body(s, "sale", l->sale), NULL, NULL) ||
	    list_at(s, l, at_us, price_of(l)))
		return s->cx->err;
	return wait_for_buyer(s, l, false);
}

/* One device is brought back twice for sure; others by chance. */
static bool comes_back(struct sim *s, struct sim_life *l)
{
	if (!s->returned_twice) {
		s->returned_twice = true;
		l->returns_due = 2;
	}
	return l->returns_due > l->returns || (l->returns == 0 && prng_chance(&l->chance, PLAN_RETURNED));
}

static enum err deliver(struct sim *s, void *arg, int64_t at_us)
{
	struct sim_life *l = arg;

	shelf_take(s, l);
	s->totals.delivered++;
	s->totals.revenue_minor += l->listed_minor;
	s->tax_minor += l->tax_minor > 0 ? l->tax_minor : 0;
	if (sim_ask(s, at_us, s->world.counter, "stock.deliver", sim_body(s, "sale", l->sale), NULL, NULL))
		return s->cx->err;
	if (comes_back(s, l))
		return sim_days(s, &l->chance, 2, PLAN_RETURN - 3, bring_back, l);
	sim_done(s, l);
	return ERR_OK;
}

/* It begins again at the bench: whatever the buyer wrote on it must be erased. */
static enum err bring_back(struct sim *s, void *arg, int64_t at_us)
{
	static const char *const reasons[] = {"changed_mind", "not_as_described", "defective"};
	struct sim_life *l = arg;
	struct json *body = sim_body(s, "sale", l->sale);

	l->returns++;
	l->rounds = 0;
	l->clean = l->gone;
	l->site = s->world.centre;
	s->totals.buyer_returns++;
	s->totals.revenue_minor -= l->listed_minor;
	s->tax_minor -= l->tax_minor > 0 ? l->tax_minor : 0;
	s->world.buyer[l->buyer].funds_minor += l->listed_minor;
	body_int(&s->work, body, "site", l->site);
	body_text(&s->work, body, "reason", reasons[prng_below(&l->chance, 3)]);
	body_bool(&s->work, body, "complete", true);
	body_bool(&s->work, body, "damaged", false);
	if (sim_ask(s, at_us, s->world.counter, "stock.return", body, NULL, NULL))
		return s->cx->err;
	return sim_soon(s, &l->chance, bench_erase, l);
}

/* --- the stocktake --- */

/* The first time that enough wait for a buyer, one of them is not where it should be. */
static struct sim_life *miss_one(struct sim *s)
{
	size_t waiting = 0;
	struct sim_life *last = NULL;

	if (s->counted)
		return NULL;
	for (size_t i = 0; i < s->shelved; i++)
		if (s->shelf[i]->waits) {
			waiting++;
			last = s->shelf[i];
		}
	if (waiting < STOCKTAKE_MIN)
		return NULL;
	s->counted = true;
	return last;
}

/* Nobody knows who had it: it is erased again. */
static enum err found(struct sim *s, void *arg, int64_t at_us)
{
	struct sim_life *l = arg;
	struct json *body = sim_body(s, "device", l->device);

	l->missing = false;
	l->rounds = 0;
	l->clean = l->gone;
	s->totals.found++;
	body_int(&s->work, body, "site", s->world.centre);
	if (sim_ask(s, at_us, s->world.counter, "device.find", body, NULL, NULL))
		return s->cx->err;
	return sim_soon(s, &l->chance, bench_erase, l);
}

static enum err lose(struct sim *s, struct sim_life *l)
{
	l->missing = true;
	l->waits = false;
	s->totals.lost++;
	shelf_take(s, l);
	return sim_days(s, &l->chance, 16, 20, found, l); /* after whatever had been planned for it */
}

static int by_number(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

/* Every device on the shelf, by its number, as the books keep a count. */
static struct json *seen_on_shelf(struct sim *s)
{
	struct json *seen = body_list(&s->work, s->shelved);
	int64_t *device = cx_array(&s->work, s->shelved, sizeof(*device));

	if (!device)
		return NULL;
	for (size_t i = 0; i < s->shelved; i++)
		device[i] = s->shelf[i]->device;
	qsort(device, s->shelved, sizeof(*device), by_number);
	for (size_t i = 0; i < s->shelved; i++)
		body_push(seen, sim_body(s, "device", device[i]));
	return seen;
}

static enum err stocktake(struct sim *s, void *arg, int64_t at_us)
{
	struct json *body = sim_body(s, "site", s->world.centre);
	struct sim_life *missing = miss_one(s);

	(void)arg;
	if (s->lives_done < s->lives && sim_night(s, PLAN_STOCKTAKE_EVERY, stocktake, NULL))
		return s->cx->err;
	if (s->shelf_rows > STOCKTAKE_MAX)
		return ERR_OK;
	if (missing && lose(s, missing))
		return s->cx->err;
	body_at(body, "seen", seen_on_shelf(s));
	s->shelf_rows = s->shelved; /* a count tidies the shelf in the books */
	return sim_ask(s, at_us, s->world.counter, "stock.stocktake", body, NULL, NULL);
}

enum err shop_begin(struct sim *s)
{
	int64_t first = s->days / 2 + 6; /* when a short period has devices in stock */

	return sim_night(s, first < PLAN_STOCKTAKE_EVERY ? first : PLAN_STOCKTAKE_EVERY, stocktake, NULL);
}

/* --- at the end --- */

static enum err refund(struct sim *s, void *arg, int64_t at_us)
{
	(void)arg;
	for (int i = 0; i < SIM_BUYERS; i++) {
		struct sim_buyer *b = &s->world.buyer[i];
		struct json *body;
		if (b->funds_minor == 0)
			continue;
		body = sim_body(s, "buyer", b->party);
		body_int(&s->work, body, "amount_minor", b->funds_minor);
		body_text(&s->work, body, "reference", reference(s, "OUT"));
		if (sim_ask(s, at_us, s->world.counter, "stock.refund", body, NULL, NULL))
			return s->cx->err;
		b->funds_minor = 0;
	}
	return ERR_OK;
}

enum err shop_refunds(struct sim *s) { return sim_soon(s, &s->chance, refund, NULL); }
