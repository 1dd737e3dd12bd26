/* Owners and clerks: from the quote to the device on the bench's table. */
#include "cli/simulate/sim.h"

static event_fn book, hand_over, take_parcel, cancel, lapse, ship, arrive, lose, compensate_parcel, find;

/* --- beginning --- */

static void make_life(struct sim *s, struct sim_order *o)
{
	struct sim_life *l = &o->life[o->lives++];
	uint64_t number = s->lives_begun++;

	*l = (struct sim_life){.chance = prng_of(s->seed, 2 * number + 2),
			       .order = o,
			       .evidence = FIELD_NONE,
			       .worse = -1};
	if (s->devices.file) {
		l->device_of = &s->devices.device[number];
	} else {
		devices_draw(s, &l->drawn);
		l->device_of = &l->drawn;
	}
	l->found = l->device_of->said;
	l->locked = l->device_of->locked;
	l->stolen = prng_chance(&l->chance, PLAN_STOLEN);
	l->wrong = prng_chance(&l->chance, PLAN_WRONG);
}

/* Big things are collected at the door. */
static bool is_big(const struct sim *s, const struct sim_life *l)
{
	static const char *const big[] = {"tv", "washing_machine", "fridge", "air_conditioner", "printer"};
	const char *category = s->rules.category[l->device_of->said.category].code;

	for (size_t i = 0; i < ARRAY_LEN(big); i++)
		if (strcmp(big[i], category) == 0)
			return true;
	return false;
}

static void choose_channel(struct sim *s, struct sim_order *o)
{
	bool big = false;

	for (int i = 0; i < o->lives; i++)
		big |= is_big(s, &o->life[i]);
	o->channel = SIM_DROP_OFF;
	if (big || prng_chance(&o->chance, PLAN_DOORSTEP))
		o->channel = SIM_DOORSTEP;
	else if (prng_chance(&o->chance, PLAN_COURIER))
		o->channel = SIM_COURIER;
	o->shop = o->channel == SIM_DROP_OFF ? (int)prng_below(&o->chance, s->world.shops) : -1;
	o->netted = o->shop >= 0 && s->world.shop[o->shop].retailer &&
		    prng_chance(&o->chance, 2 * PLAN_NETTED);
}

static int64_t clerk_of(const struct sim *s, const struct sim_order *o)
{
	return o->shop >= 0 ? s->world.shop[o->shop].clerk : s->world.counter;
}

static enum err registered(struct sim *s, void *arg, const struct json *answer)
{
	struct sim_order *o = arg;

	o->owner = got_int(answer, "party");
	return sim_soon(s, &o->chance, book, o);
}

static enum err register_owner(struct sim *s, void *arg, int64_t at_us)
{
	struct sim_order *o = arg;
	struct json *body = body_new(&s->work);
	int64_t n = o->first;

	body_text(&s->work, body, "kind", "person");
	body_text(&s->work, body, "roles", "owner");
	body_text(&s->work, body, "name", cx_printf(&s->work, "Owner %06lld", (long long)n));
	body_text(&s->work, body, "phone", cx_printf(&s->work, "+00 %09lld", (long long)n));
	body_text(&s->work, body, "bank_account", cx_printf(&s->work, "SIM9%09lld", (long long)n));
	return sim_ask(s, at_us, clerk_of(s, o), "party.register", body, registered, o);
}

/* Memory of an order that has ended, or new. */
static struct sim_order *new_order(struct sim *s, int lives)
{
	struct sim_order *o = s->idle[lives];

	if (o)
		s->idle[lives] = o->next;
	else
		o = cx_alloc(s->cx, sizeof(*o) + (size_t)lives * sizeof(o->life[0]));
	if (o)
		*o = (struct sim_order){.first = (int64_t)s->lives_begun + 1};
	return o;
}

/* Every device is one life; some owners bring two or three at one time. */
static enum err begin_order(struct sim *s, size_t left)
{
	struct prng chance = prng_of(s->seed, 2 * s->lives_begun + 3);
	struct sim_order *o;
	int lives = 1;

	while (lives < SIM_ITEMS_MAX && (size_t)lives < left && prng_chance(&chance, PLAN_SECOND_ITEM))
		lives++;
	o = new_order(s, lives);
	if (!o)
		return s->cx->err;
	o->chance = chance;
	while (o->lives < lives)
		make_life(s, o);
	choose_channel(s, o);
	return sim_today(s, &o->chance, register_owner, o);
}

/* As many devices every day, as evenly as whole numbers go. */
static enum err open_day(struct sim *s, void *arg, int64_t at_us)
{
	int64_t day = s->round / SIM_ROUNDS + 1;
	size_t until = (size_t)((day * s->count + s->days - 1) / s->days);

	(void)arg;
	while (s->lives_begun < until && s->lives_begun < s->lives)
		if (begin_order(s, until - s->lives_begun))
			return s->cx->err;
	return s->lives_begun < s->lives ?
		       calendar_put(s->cx, &s->calendar, at_us + SIM_DAY_US, open_day, NULL) :
		       ERR_OK;
}

enum err hand_in_begin(struct sim *s)
{
	s->lives = (size_t)s->count;
	s->totals.lives = s->count;
	return calendar_put(s->cx, &s->calendar, s->start_us, open_day, NULL);
}

/* --- quote and booking --- */

static struct json *facts_body(struct sim *s, const struct sim_life *l)
{
	const struct sim_device *x = l->device_of;
	struct json *o = body_new(&s->work);

	if (x->model >= 0 && s->devices.model[x->model].model != FIELD_NONE)
		body_int(&s->work, o, "model", s->devices.model[x->model].model);
	else
		body_text(&s->work, o, "category", s->rules.category[x->said.category].code);
	body_text(&s->work, o, "answers", rules_answers_text(s, &x->said));
	body_int(&s->work, o, "storage_gb", x->said.storage_gb);
	body_int(&s->work, o, "battery_percent", x->said.battery_percent);
	body_int(&s->work, o, "age_months", x->said.age_months);
	return o;
}

/* What is bought for the devices is worth more than they; in a year, than any could be. */
static int64_t purchase(const struct sim *s, const struct sim_order *o)
{
	int64_t sum = 0;

	if (s->year)
		return o->lives * 3 * s->rules.dearest_minor;
	for (int i = 0; i < o->lives; i++)
		sum += o->life[i].price_minor;
	return 2 * sum + 10000;
}

static enum err booked(struct sim *s, void *arg, const struct json *answer)
{
	struct sim_order *o = arg;
	const char *link = got_text(answer, "link");

	o->number = got_int(answer, "order");
	if (!link || strlen(link) > SIM_LINK_MAX)
		return cx_fail(s->cx, ERR_CORRUPT, "order %lld was booked without a link",
			       (long long)o->number);
	memcpy(o->link, link, strlen(link) + 1);
	s->totals.orders++;
	for (int i = 0; i < o->lives; i++) {
		const struct json *item = got_item(answer, "items", (size_t)i);
		o->life[i].item = got_int(item, "item");
		o->life[i].price_minor = got_int(item, "quoted_minor");
		s->totals.booked++;
	}
	if (prng_chance(&o->chance, PLAN_CANCELLED))
		return sim_days(s, &o->chance, 1, 6, cancel, o);
	if (prng_chance(&o->chance, PLAN_NO_SHOW)) /* a doorstep slot moves the end of a booking */
		return sim_days(s, &o->chance, PLAN_QUOTE + 4, PLAN_QUOTE + 10, lapse, o);
	if (o->channel == SIM_DOORSTEP)
		return sim_days(s, &o->chance, 3, 3, hand_over, o); /* the slot */
	return sim_days(s, &o->chance, o->channel == SIM_COURIER ? 1 : 0, 8, hand_over, o);
}

/* Each owner looks at the price first; what is booked are the facts, priced anew in the same moment. Not so
 * in a year: when one goes on after a stop, prices are shown by a later clock. */
static enum err quote(struct sim *s, struct sim_order *o, bool *refused)
{
	const struct json *answer;

	*refused = false;
	if (s->year)
		return ERR_OK;
	for (int i = 0; i < o->lives; i++) {
		if (sim_get(s, s->world.city, "tradein.quote", facts_body(s, &o->life[i]), &answer))
			return s->cx->err;
		s->totals.quotes++;
		o->life[i].price_minor = got_int(answer, "price_minor") + got_int(answer, "bonus_minor");
		*refused |= got_text(answer, "refused") != NULL;
	}
	return ERR_OK;
}

static void give_up(struct sim *s, struct sim_order *o)
{
	for (int i = 0; i < o->lives; i++)
		sim_done(s, &o->life[i]);
}

static enum err book(struct sim *s, void *arg, int64_t at_us)
{
	static const char *const channels[] = {"drop_off", "courier", "doorstep"};
	struct sim_order *o = arg;
	struct json *body = sim_body(s, "owner", o->owner), *items = body_list(&s->work, SIM_ITEMS_MAX);
	bool refused;

	if (quote(s, o, &refused))
		return s->cx->err;
	if (refused) {
		give_up(s, o);
		return ERR_OK;
	}
	for (int i = 0; i < o->lives; i++)
		body_push(items, facts_body(s, &o->life[i]));
	if (o->shop >= 0)
		body_int(&s->work, body, "site", s->world.shop[o->shop].site);
	body_text(&s->work, body, "channel", channels[o->channel]);
	if (o->channel == SIM_DOORSTEP)
		body_int(&s->work, body, "slot_us", at_us + 3 * SIM_DAY_US);
	if (o->netted) {
		body_bool(&s->work, body, "netted", true);
		body_int(&s->work, body, "purchase_minor", purchase(s, o));
	}
	body_at(body, "items", items);
	return sim_ask(s, at_us, clerk_of(s, o), "tradein.book", body, booked, o);
}

static enum err cancel(struct sim *s, void *arg, int64_t at_us)
{
	struct sim_order *o = arg;

	for (int i = 0; i < o->lives; i++) {
		if (sim_ask_owner(s, at_us, o->link, "tradein.cancel",
				  sim_body(s, "item", o->life[i].item), NULL, NULL))
			return s->cx->err;
		s->totals.cancelled++;
	}
	if (!s->forget)
		s->forget = o->owner; /* nothing is owed to this owner: it is who is forgotten at the end */
	give_up(s, o);
	return ERR_OK;
}

static enum err lapse(struct sim *s, void *arg, int64_t at_us)
{
	struct sim_order *o = arg;

	for (int i = 0; i < o->lives; i++) {
		if (sim_ask(s, at_us, s->world.admin, "tradein.lapse",
			    sim_body(s, "item", o->life[i].item), NULL, NULL))
			return s->cx->err;
		s->totals.lapsed++;
	}
	give_up(s, o);
	return ERR_OK;
}

/* --- the hand-over --- */

/* 15 digits with their check digit (3GPP TS 23.003); TACs that begin with 00 are for tests. Here a device has
 * one of its own, so that no two of a city have one IMEI; its second differs from its first. */
static const char *make_imei(struct sim *s, struct prng *p, int64_t number, int nth)
{
	char d[16];
	int sum = 0;

	snprintf(d, sizeof(d), "00%06lld000000", (long long)(number % 1000000));
	for (int i = 8; i < 14; i++)
		d[i] = (char)('0' + prng_below(p, 10));
	d[13] = (char)('0' + (d[13] - '0') / 2 * 2 + nth);
	for (int i = 0; i < 14; i++) {
		int v = d[i] - '0';
		sum += i % 2 ? (v * 2) / 10 + (v * 2) % 10 : v;
	}
	d[14] = (char)('0' + (10 - sum % 10) % 10);
	d[15] = 0;
	return cx_strdup(&s->work, d);
}

static void push_claim(struct sim *s, struct json *list, const char *kind, const char *value)
{
	struct json *claim = body_new(&s->work);

	body_text(&s->work, claim, "kind", kind);
	body_text(&s->work, claim, "value", value);
	body_push(list, claim);
}

/* A blank serial number is normal; a phone has one IMEI or two. */
static struct json *identifiers(struct sim *s, struct sim_life *l)
{
	struct json *list = body_list(&s->work, 3);
	bool phone = strcmp(s->rules.category[l->found.category].code, "phone") == 0;
	int64_t number = l->order->first + (l - l->order->life);

	for (int i = 0, n = phone ? (int)prng_between(&l->chance, 1, 2) : 0; i < n; i++)
		push_claim(s, list, "imei", make_imei(s, &l->chance, number, i));
	if (prng_chance(&l->chance, 8000))
		push_claim(s, list, "serial",
			   cx_printf(&s->work, "SN%010lld",
				     (long long)prng_below(&l->chance, INT64_C(10000000000))));
	return list;
}

/* What the catalogue thinks is in it; the bench may find more. */
static signed char kind_of(const char *name)
{
	static const char *const kinds[] = {"flash", "ssd", "hdd", "card", "sim", "other"};

	for (size_t i = 0; name && i < ARRAY_LEN(kinds); i++)
		if (strcmp(kinds[i], name) == 0)
			return (signed char)i;
	return 5;
}

static enum err taken(struct sim *s, void *arg, const struct json *answer)
{
	struct sim_life *l = arg;

	l->device = got_int(answer, "device");
	l->storage = got_true(answer, "storage");
	l->locked = l->locked && l->storage; /* what keeps no account has no lock */
	l->media = l->storage ? 1 : 0;
	l->medium_kind[0] = kind_of(got_text(answer, "medium_kind"));
	l->mass_mg = got_int(answer, "mass_mg");
	s->totals.taken++;
	if (l->site == s->world.centre)
		return sim_days(s, &l->chance, 0, PLAN_INSPECT, bench_begin, l);
	return sim_soon(s, &l->chance, ship, l);
}

static enum err take(struct sim *s, struct sim_life *l, int64_t at_us, int64_t user, int64_t site)
{
	struct json *body = sim_body(s, "item", l->item);

	l->site = site;
	body_int(&s->work, body, "site", site);
	body_text(&s->work, body, "stolen", "clear");
	body_at(body, "identifiers", identifiers(s, l));
	return sim_ask(s, at_us, user, "tradein.take_in", body, taken, l);
}

/* By courier the two sides confirm on different days. */
static enum err give_parcel(struct sim *s, struct sim_life *l, int64_t at_us)
{
	struct json *body = sim_body(s, "item", l->item);

	body_int(&s->work, body, "carrier", s->world.carrier);
	if (sim_ask_owner(s, at_us, l->order->link, "tradein.give", body, NULL, NULL))
		return s->cx->err;
	if (prng_chance(&l->chance, PLAN_PARCEL_LOST))
		return sim_days(s, &l->chance, 10, 12, compensate_parcel, l);
	return sim_days(s, &l->chance, 1, 3, take_parcel, l);
}

static enum err hand_over(struct sim *s, void *arg, int64_t at_us)
{
	struct sim_order *o = arg;
	int64_t site = o->shop >= 0 ? s->world.shop[o->shop].site : s->world.centre;

	for (int i = 0; i < o->lives; i++) {
		struct sim_life *l = &o->life[i];
		if (o->channel == SIM_COURIER) {
			if (give_parcel(s, l, at_us))
				return s->cx->err;
			continue;
		}
		if (sim_ask_owner(s, at_us, o->link, "tradein.give", sim_body(s, "item", l->item),
				  NULL, NULL) ||
		    take(s, l, at_us, clerk_of(s, o), site))
			return s->cx->err;
	}
	return ERR_OK;
}

static enum err take_parcel(struct sim *s, void *arg, int64_t at_us)
{
	return take(s, arg, at_us, s->world.counter, s->world.centre);
}

static enum err compensate_parcel(struct sim *s, void *arg, int64_t at_us)
{
	struct sim_life *l = arg;

	s->totals.lost++;
	bank_owes(s, l, true);
	sim_done(s, l);
	return sim_ask(s, at_us, s->world.counter, "tradein.compensate",
		       sim_body(s, "item", l->item), NULL, NULL);
}

/* --- from the shop to the centre --- */

static enum err ship(struct sim *s, void *arg, int64_t at_us)
{
	struct sim_life *l = arg;
	struct json *body = sim_body(s, "device", l->device);

	body_int(&s->work, body, "to_site", s->world.centre);
	body_int(&s->work, body, "carrier", s->world.carrier);
	if (sim_ask(s, at_us, clerk_of(s, l->order), "device.ship", body, NULL, NULL))
		return s->cx->err;
	if (prng_chance(&l->chance, PLAN_LOST))
		return sim_days(s, &l->chance, 7, 9, lose, l);
	return sim_days(s, &l->chance, 1, 2, arrive, l);
}

static enum err arrive(struct sim *s, void *arg, int64_t at_us)
{
	struct sim_life *l = arg;
	struct json *body = sim_body(s, "device", l->device);

	l->site = s->world.centre;
	body_int(&s->work, body, "site", l->site);
	if (sim_ask(s, at_us, s->world.counter, "device.arrive", body, NULL, NULL))
		return s->cx->err;
	return sim_days(s, &l->chance, 0, PLAN_INSPECT, bench_begin, l);
}

/* The owner gets the promised price for what we have lost. */
static enum err lose(struct sim *s, void *arg, int64_t at_us)
{
	struct sim_life *l = arg;

	s->totals.lost++;
	bank_owes(s, l, true);
	if (sim_ask(s, at_us, s->world.counter, "device.lose", sim_body(s, "device", l->device),
		    NULL, NULL) ||
	    sim_ask(s, at_us, s->world.counter, "tradein.compensate", sim_body(s, "item", l->item),
		    NULL, NULL))
		return s->cx->err;
	if (prng_chance(&l->chance, PLAN_FOUND))
		return sim_days(s, &l->chance, 4, 20, find, l);
	sim_done(s, l);
	return ERR_OK;
}

/* Found again, it is the programme's. */
static enum err find(struct sim *s, void *arg, int64_t at_us)
{
	struct sim_life *l = arg;
	struct json *body = sim_body(s, "device", l->device);

	l->site = s->world.centre;
	l->ours = true;
	s->totals.found++;
	body_int(&s->work, body, "site", l->site);
	if (sim_ask(s, at_us, s->world.counter, "device.find", body, NULL, NULL))
		return s->cx->err;
	return sim_soon(s, &l->chance, bench_begin, l);
}
