/* Who and what there is before the first device: users, the city, its merchants with their sites, buyers,
 * a carrier, a recycler that takes apart, and a smelter. Names, accounts and places are made up. */
#include "base/time.h"
#include "cli/simulate/sim.h"

enum {
	SHOPS_MIN = 3,
	LIVES_PER_SHOP = 500,
	SPREAD_E6 = 70000,              /* sites lie within so many millionths of a degree of the middle */
	FIXED_COMMISSION_MINOR = 100,
	FUND_MINOR = 100000000          /* paid in for bonuses */
};

/* --- users --- */

/* A user may be there already, from a simulation that was stopped early; 0 when not. */
static enum err find_user(struct sim *s, const char *login, int64_t *user)
{
	const struct json *answer;
	const char *after = NULL;

	*user = 0;
	do {
		struct json *params = body_new(&s->work);
		body_int(&s->work, params, "limit", 1000);
		body_text(&s->work, params, "after", after);
		if (sim_get(s, 0, "access.users", params, &answer))
			return s->cx->err;
		for (size_t i = 0; i < got_count(answer, "items"); i++)
			if (got_is(got_item(answer, "items", i), "login", login))
				*user = got_int(got_item(answer, "items", i), "user");
		after = got_text(answer, "next");
	} while (after && *user == 0);
	return ERR_OK;
}

/* who: "counter" of city 3 is the user "sim3.counter". org, scope 0: the programme, every city. */
static enum err make_user(struct sim *s, const char *who, const char *roles, int64_t org,
			  int64_t scope, int64_t *user)
{
	struct json *body = body_new(&s->work);
	char *login = cx_printf(&s->work, "sim%lld.%.24s", (long long)s->world.city, who);
	const struct json *answer;

	if (!login || find_user(s, login, user))
		return sim_failed(s);
	if (*user)
		return ERR_OK;
	body_text(&s->work, body, "login", login);
	body_text(&s->work, body, "roles", roles);
	if (org)
		body_int(&s->work, body, "org", org);
	if (scope)
		body_int(&s->work, body, "scope", scope);
	if (sim_do(s, 0, 0, "access.user_create", body, &answer))
		return s->cx->err;
	*user = got_int(answer, "user");
	return ERR_OK;
}

/* --- the city --- */

static enum err next_city(struct sim *s)
{
	const struct json *answer;
	const char *after = NULL;

	s->world.city = 1;
	do {
		struct json *params = body_new(&s->work);
		body_int(&s->work, params, "limit", 1000);
		body_text(&s->work, params, "after", after);
		if (sim_get(s, 0, "city.list", params, &answer))
			return s->cx->err;
		for (size_t i = 0; i < got_count(answer, "items"); i++) {
			int64_t city = got_int(got_item(answer, "items", i), "city");
			if (city >= s->world.city)
				s->world.city = city + 1;
		}
		after = got_text(answer, "next");
	} while (after);
	return ERR_OK;
}

static enum err open_city(struct sim *s)
{
	struct sim_world *w = &s->world;
	struct json *body = sim_body(s, "city", w->city);
	const struct json *answer;

	body_text(&s->work, body, "name", w->name);
	body_text(&s->work, body, "time_zone", w->time_zone);
	body_text(&s->work, body, "currency", w->currency);
	body_bool(&s->work, body, "simulated", true);
	body_text(&s->work, body, "sim_seed", s->seed_text);
	body_int(&s->work, body, "quote_days", PLAN_QUOTE);
	body_int(&s->work, body, "offer_days", PLAN_OFFER);
	body_int(&s->work, body, "return_days", PLAN_RETURN);
	if (sim_do(s, w->city, w->admin, "city.open", body, &answer))
		return s->cx->err;
	w->programme = got_int(answer, "programme");
	body = body_new(&s->work);
	body_text(&s->work, body, "code", "VAT");
	body_int(&s->work, body, "from_us", s->start_us);
	body_int(&s->work, body, "rate_bp", w->vat_bp);
	body_bool(&s->work, body, "margin", w->vat_margin);
	return sim_do(s, w->city, w->admin, "city.rate", body, NULL);
}

static enum err make_staff(struct sim *s)
{
	struct sim_world *w = &s->world;

	if (make_user(s, "officer", "officer", 0, w->city, &w->officer) ||
	    make_user(s, "counter", "clerk", 0, w->city, &w->counter) ||
	    make_user(s, "bench1", "technician", 0, w->city, &w->bench) ||
	    make_user(s, "bench2", "technician", 0, w->city, &w->bench2))
		return s->cx->err;
	return ERR_OK;
}

/* --- parties and sites --- */

static enum err make_party(struct sim *s, const char *name, const char *roles, int64_t *party)
{
	struct json *body = body_new(&s->work);
	const struct json *answer;

	body_text(&s->work, body, "kind", "organisation");
	body_text(&s->work, body, "roles", roles);
	body_text(&s->work, body, "public_name", name);
	body_text(&s->work, body, "bank_account",
		  cx_printf(&s->work, "SIM%lld%010lld", (long long)s->world.city,
			    (long long)s->keys));
	if (sim_do(s, s->world.city, s->world.counter, "party.register", body, &answer))
		return s->cx->err;
	*party = got_int(answer, "party");
	return ERR_OK;
}

static enum err make_site(struct sim *s, int64_t party, const char *kind, const char *name, const char *hours,
			  int64_t *site)
{
	struct json *body = sim_body(s, "party", party);
	const struct json *answer;

	body_text(&s->work, body, "kind", kind);
	body_int(&s->work, body, "lat_e6", s->world.lat_e6 + prng_between(&s->chance, -SPREAD_E6, SPREAD_E6));
	body_int(&s->work, body, "lon_e6", s->world.lon_e6 + prng_between(&s->chance, -SPREAD_E6, SPREAD_E6));
	body_text(&s->work, body, "name", name);
	body_text(&s->work, body, "address",
		  cx_printf(&s->work, "%lld Simulated Street, %s",
			    (long long)prng_between(&s->chance, 1, 200), s->world.name));
	body_text(&s->work, body, "hours", hours);
	if (sim_do(s, s->world.city, s->world.counter, "party.site_open", body, &answer))
		return s->cx->err;
	*site = got_int(answer, "site");
	return ERR_OK;
}

static enum err make_programme(struct sim *s)
{
	struct sim_world *w = &s->world;
	struct json *body = sim_body(s, "party", w->programme);

	body_text(&s->work, body, "bank_account", "SIM0000000000");
	if (sim_do(s, w->city, w->counter, "party.update", body, NULL) ||
	    make_site(s, w->programme, "centre", "Operation centre", "Mo-Su 08:00-20:00", &w->centre) ||
	    make_party(s, "City Couriers", "carrier", &w->carrier) ||
	    make_party(s, "Careful Dismantling", "recycler", &w->recycler) ||
	    make_party(s, "North Smelter", "recycler", &w->smelter) ||
	    make_user(s, "dismantler", "dismantler", w->recycler, w->city, &w->dismantler_user))
		return s->cx->err;
	body = body_new(&s->work);
	body_text(&s->work, body, "source", "benefit_fund");
	body_int(&s->work, body, "amount_minor", FUND_MINOR);
	return sim_do(s, w->city, w->officer, "settle.receipt", body, NULL);
}

static enum err make_shop(struct sim *s, int n)
{
	struct sim_world *w = &s->world;
	struct sim_shop *shop = &w->shop[n];
	char *who = cx_printf(&s->work, "shop%d", n + 1), *name;
	struct json *body;

	shop->retailer = n % 2 == 1; /* sells new devices too: trade-ins can be netted */
	name = cx_printf(&s->work, "%s %d", shop->retailer ? "Electronics Store" : "Phone Corner", n + 1);
	if (!name ||
	    make_party(s, name, shop->retailer ? "merchant,retailer" : "merchant", &shop->party) ||
	    make_site(s, shop->party, n % 4 == 2 ? "kiosk" : "store", name,
		      "Mo-Fr 09:00-19:00; Sa 10:00-16:00", &shop->site) ||
	    make_user(s, who, "clerk", shop->party, w->city, &shop->clerk))
		return sim_failed(s);
	body = sim_body(s, "party", shop->party);
	body_int(&s->work, body, "commission_bp", PLAN_COMMISSION);
	body_int(&s->work, body, "commission_minor", FIXED_COMMISSION_MINOR);
	return sim_do(s, w->city, w->admin, "party.terms", body, NULL);
}

static enum err make_buyer(struct sim *s, int n)
{
	struct sim_buyer *b = &s->world.buyer[n];
	char *name = cx_printf(&s->work, "Second Life %d", n + 1),
	     *who = cx_printf(&s->work, "buyer%d", n + 1);

	if (!name || !who || make_party(s, name, "buyer", &b->party))
		return sim_failed(s);
	return make_user(s, who, "buyer", b->party, s->world.city, &b->user);
}

enum err world_make(struct sim *s)
{
	struct sim_world *w = &s->world;
	struct civil first = {2026, 1, 5};
	int64_t shops = SHOPS_MIN + s->count / LIVES_PER_SHOP;

	s->start_us = day_of_civil(first) * SIM_DAY_US + 8 * INT64_C(3600000000) - w->offset_us;
	w->shops = shops > SIM_SHOPS_MAX ? SIM_SHOPS_MAX : (int)shops;
	if (next_city(s) || make_user(s, "admin", "admin", 0, 0, &w->admin) || open_city(s) ||
	    make_staff(s) || make_programme(s))
		return s->cx->err;
	for (int i = 0; i < w->shops; i++) {
		if (make_shop(s, i))
			return s->cx->err;
	}
	for (int i = 0; i < SIM_BUYERS; i++) {
		if (make_buyer(s, i))
			return s->cx->err;
	}
	return ERR_OK;
}
