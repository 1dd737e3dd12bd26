/* Who and what there is before the first device: users, the city, its merchants with their sites, buyers,
 * a carrier, a recycler that takes apart, and a smelter. Names, accounts and places are made up. */
#include "base/time.h"
#include "cli/simulate/sim.h"

enum {
	SHOPS_MIN = 3,
	SHOPS_MAX = 12,
	LIVES_PER_SHOP = 500,
	SPREAD_E6 = 70000,              /* sites lie within so many millionths of a degree of the middle */
	FIXED_COMMISSION_MINOR = 100,
	FUND_MINOR = 100000000          /* paid in for bonuses */
};

/* --- users --- */

struct new_user {
	const char *who, *roles; /* "counter" of city 3 is the user "sim3.counter" */
	int64_t org, scope;      /* 0: the programme, every city */
	int64_t *user;
	const char *login;
};

/* Those that are there already, from a simulation that was stopped. */
static enum err find_users(struct sim *s, struct new_user *list, size_t count)
{
	const char *begin = cx_printf(&s->work, "sim%lld.", (long long)s->world.city), *after = NULL;
	const struct json *answer;

	if (!begin)
		return sim_failed(s);
	do {
		struct json *params = body_new(&s->work);
		body_int(&s->work, params, "limit", 1000);
		body_text(&s->work, params, "after", after);
		if (sim_get(s, 0, "access.users", params, &answer))
			return s->cx->err;
		for (size_t i = 0; i < got_count(answer, "items"); i++) {
			const struct json *u = got_item(answer, "items", i);
			const char *login = got_text(u, "login");
			if (!login || strncmp(login, begin, strlen(begin)) != 0)
				continue;
			for (size_t k = 0; k < count; k++)
				if (strcmp(login, list[k].login) == 0)
					*list[k].user = got_int(u, "user");
		}
		after = got_text(answer, "next");
	} while (after);
	return ERR_OK;
}

static struct json *user_body(struct sim *s, struct new_user *n)
{
	struct json *body = body_new(&s->work);

	n->login = cx_printf(&s->work, "sim%lld.%.24s", (long long)s->world.city, n->who);
	body_text(&s->work, body, "login", n->login);
	body_text(&s->work, body, "roles", n->roles);
	if (n->org)
		body_int(&s->work, body, "org", n->org);
	if (n->scope)
		body_int(&s->work, body, "scope", n->scope);
	return body;
}

static enum err make_users(struct sim *s, struct new_user *list, size_t count)
{
	struct door_action *act = cx_array(&s->work, count, sizeof(*act));
	size_t missing = 0;

	for (size_t i = 0; act && i < count; i++) {
		*list[i].user = 0;
		act[i] = (struct door_action){.type = "access.user_create", .happened_us = FIELD_NONE,
					      .body = user_body(s, &list[i])};
	}
	if (s->work.err || door_act(&s->work, s->door, act, count))
		return sim_failed(s);
	cx_clear(&s->work); /* a single one tells its refusal there, too */
	for (size_t i = 0; i < count; i++) {
		if (act[i].err && act[i].err != ERR_CONFLICT)
			return cx_fail(s->cx, act[i].err, "user %s: %s", list[i].login, act[i].msg);
		if (!act[i].err)
			*list[i].user = got_int(act[i].answer, "user");
		missing += act[i].err != ERR_OK;
	}
	if (missing && find_users(s, list, count))
		return s->cx->err;
	for (size_t i = 0; i < count; i++)
		if (*list[i].user == 0)
			return cx_fail(s->cx, ERR_CONFLICT, "there is no user %s, and none can be made",
				       list[i].login);
	return ERR_OK;
}

/* --- the city --- */

enum err world_next(struct sim *s)
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
	struct new_user staff[] = {{"officer", "officer", 0, w->city, &w->officer, NULL},
				   {"counter", "clerk", 0, w->city, &w->counter, NULL},
				   {"bench1", "technician", 0, w->city, &w->bench, NULL},
				   {"bench2", "technician", 0, w->city, &w->bench2, NULL}};

	return make_users(s, staff, ARRAY_LEN(staff));
}

static enum err make_admin(struct sim *s)
{
	struct new_user admin = {"admin", "admin", 0, 0, &s->world.admin, NULL};

	return make_users(s, &admin, 1);
}

/* --- parties and sites --- */

static struct json *party_body(struct sim *s, const char *name, const char *roles)
{
	struct json *body = body_new(&s->work);

	body_text(&s->work, body, "kind", "organisation");
	body_text(&s->work, body, "roles", roles);
	body_text(&s->work, body, "public_name", name);
	body_text(&s->work, body, "bank_account",
		  cx_printf(&s->work, "SIM%lld%010lld", (long long)s->world.city,
			    (long long)++s->accounts));
	return body;
}

static enum err make_party(struct sim *s, const char *name, const char *roles, int64_t *party)
{
	const struct json *answer;

	if (sim_do(s, s->world.city, s->world.counter, "party.register", party_body(s, name, roles), &answer))
		return s->cx->err;
	*party = got_int(answer, "party");
	return ERR_OK;
}

static struct json *site_body(struct sim *s, int64_t party, const char *kind, const char *name,
			      const char *hours)
{
	struct json *body = sim_body(s, "party", party);

	body_text(&s->work, body, "kind", kind);
	body_int(&s->work, body, "lat_e6", s->world.lat_e6 + prng_between(&s->chance, -SPREAD_E6, SPREAD_E6));
	body_int(&s->work, body, "lon_e6", s->world.lon_e6 + prng_between(&s->chance, -SPREAD_E6, SPREAD_E6));
	body_text(&s->work, body, "name", name);
	body_text(&s->work, body, "address",
		  cx_printf(&s->work, "%lld Simulated Street, %s",
			    (long long)prng_between(&s->chance, 1, 200), s->world.name));
	body_text(&s->work, body, "hours", hours);
	return body;
}

static enum err make_site(struct sim *s, int64_t party, const char *kind, const char *name, const char *hours,
			  int64_t *site)
{
	const struct json *answer;

	if (sim_do(s, s->world.city, s->world.counter, "party.site_open",
		   site_body(s, party, kind, name, hours), &answer))
		return s->cx->err;
	*site = got_int(answer, "site");
	return ERR_OK;
}

static enum err make_programme(struct sim *s)
{
	struct sim_world *w = &s->world;
	struct json *body = sim_body(s, "party", w->programme);
	struct new_user dismantler = {"dismantler", "dismantler", 0, w->city, &w->dismantler_user, NULL};

	body_text(&s->work, body, "bank_account", "SIM0000000000");
	if (sim_do(s, w->city, w->counter, "party.update", body, NULL) ||
	    make_site(s, w->programme, "centre", "Operation centre", "Mo-Su 08:00-20:00", &w->centre) ||
	    make_party(s, "City Couriers", "carrier", &w->carrier) ||
	    make_party(s, "Careful Dismantling", "recycler", &w->recycler) ||
	    make_party(s, "North Smelter", "recycler", &w->smelter))
		return s->cx->err;
	dismantler.org = w->recycler;
	if (make_users(s, &dismantler, 1))
		return s->cx->err;
	body = body_new(&s->work);
	body_text(&s->work, body, "source", "benefit_fund");
	body_int(&s->work, body, "amount_minor", FUND_MINOR);
	return sim_do(s, w->city, w->officer, "settle.receipt", body, NULL);
}

/* --- many at one time: shops and buyers --- */

struct making {
	struct sim_shop *shop;
	const char **name;
	struct door_action *act;
	struct new_user *clerk;
};

static enum err make_parties(struct sim *s, struct making *m, int count)
{
	for (int i = 0; i < count; i++) {
		struct sim_shop *shop = &m->shop[i];
		shop->retailer = i % 2 == 1; /* sells new devices too: trade-ins can be netted */
		m->name[i] = cx_printf(&s->work, "%s %d",
				       shop->retailer ? "Electronics Store" : "Phone Corner", i + 1);
		m->act[i] = (struct door_action){
			.type = "party.register", .user = s->world.counter,
			.body = party_body(s, m->name[i], shop->retailer ? "merchant,retailer" : "merchant")};
	}
	if (sim_do_all(s, m->act, (size_t)count))
		return s->cx->err;
	for (int i = 0; i < count; i++)
		m->shop[i].party = got_int(m->act[i].answer, "party");
	return ERR_OK;
}

static enum err make_sites(struct sim *s, struct making *m, int count)
{
	for (int i = 0; i < count; i++)
		m->act[i] = (struct door_action){
			.type = "party.site_open", .user = s->world.counter,
			.body = site_body(s, m->shop[i].party, i % 4 == 2 ? "kiosk" : "store", m->name[i],
					  "Mo-Fr 09:00-19:00; Sa 10:00-16:00")};
	if (sim_do_all(s, m->act, (size_t)count))
		return s->cx->err;
	for (int i = 0; i < count; i++)
		m->shop[i].site = got_int(m->act[i].answer, "site");
	return ERR_OK;
}

static enum err make_terms(struct sim *s, struct making *m, int count)
{
	for (int i = 0; i < count; i++) {
		struct json *body = sim_body(s, "party", m->shop[i].party);
		body_int(&s->work, body, "commission_bp", PLAN_COMMISSION);
		body_int(&s->work, body, "commission_minor", FIXED_COMMISSION_MINOR);
		m->act[i] = (struct door_action){
			.type = "party.terms", .user = s->world.admin, .quiet = true, .body = body};
	}
	return sim_do_all(s, m->act, (size_t)count);
}

static enum err make_clerks(struct sim *s, struct making *m, int count)
{
	for (int i = 0; i < count; i++)
		m->clerk[i] = (struct new_user){.who = cx_printf(&s->work, "shop%d", i + 1),
						.roles = "clerk",
						.org = m->shop[i].party,
						.scope = s->world.city,
						.user = &m->shop[i].clerk};
	return s->work.err ? sim_failed(s) : make_users(s, m->clerk, (size_t)count);
}

static enum err make_shops(struct sim *s)
{
	size_t count = (size_t)s->world.shops;
	struct making m = {.shop = cx_array(s->cx, count, sizeof(*m.shop)),
			   .name = cx_array(&s->work, count, sizeof(*m.name)),
			   .act = cx_array(&s->work, count, sizeof(*m.act)),
			   .clerk = cx_array(&s->work, count, sizeof(*m.clerk))};

	if (!m.shop || !m.name || !m.act || !m.clerk)
		return sim_failed(s);
	s->world.shop = m.shop;
	if (make_parties(s, &m, s->world.shops) || make_sites(s, &m, s->world.shops) ||
	    make_terms(s, &m, s->world.shops) || make_clerks(s, &m, s->world.shops))
		return s->cx->err;
	return ERR_OK;
}

static enum err make_buyers(struct sim *s)
{
	struct new_user user[SIM_BUYERS];

	for (int i = 0; i < SIM_BUYERS; i++) {
		struct sim_buyer *b = &s->world.buyer[i];
		char *name = cx_printf(&s->work, "Second Life %d", i + 1),
		     *who = cx_printf(&s->work, "buyer%d", i + 1);
		if (!name || !who || make_party(s, name, "buyer", &b->party))
			return sim_failed(s);
		user[i] = (struct new_user){who, "buyer", b->party, s->world.city, &b->user, NULL};
	}
	return make_users(s, user, SIM_BUYERS);
}

enum err world_make(struct sim *s)
{
	struct sim_world *w = &s->world;
	int64_t shops = SHOPS_MIN + s->count / LIVES_PER_SHOP;

	s->start_us = day_of_civil(s->first_day) * SIM_DAY_US + 8 * INT64_C(3600000000) - w->offset_us;
	if (!w->shops)
		w->shops = shops > SHOPS_MAX ? SHOPS_MAX : (int)shops;
	if (make_admin(s) || open_city(s) || make_staff(s) || make_programme(s) || make_shops(s) ||
	    make_buyers(s))
		return s->cx->err;
	return ERR_OK;
}
