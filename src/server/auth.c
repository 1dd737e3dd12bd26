/* Who asks, and may it ask this, and so often. */
#include "programme/access/access.h"
#include "programme/tradein/tradein.h"
#include "server/header.h"
#include "server/http.h"

bool auth_is_local(struct exchange *x)
{
	return (strncmp(x->address, "127.", 4) == 0 || strcmp(x->address, "::1") == 0) &&
	       !exchange_header(x, "Forwarded") && !exchange_header(x, "X-Forwarded-For");
}

static enum err too_often(struct exchange *x, int wait_s)
{
	cx_fail(&x->cx, ERR_RATE, "too many requests; try again in %d seconds", wait_s);
	cx_hint(&x->cx, "retry_after_s", "%d", wait_s);
	return x->cx.err;
}

static enum err resolve(struct exchange *x, struct reader *r)
{
	if (strncmp(x->bearer, "ro_", 3) == 0)
		return order_authenticate(&x->cx, r, x->bearer, &x->who);
	return access_authenticate(&x->cx, r, x->bearer, &x->who);
}

static bool is_programme_admin(const struct principal *who)
{
	return who->roles & ROLE_ADMIN && who->org == 0 && who->city == 0 && who->order == 0;
}

/* An administrator of the whole programme may act as a user: simulations, and help over the telephone. */
static enum err on_behalf(struct exchange *x, struct reader *r)
{
	const char *header = exchange_header(x, "Relode-On-Behalf-Of");
	const struct user *u;
	const void *row;
	struct user key = {.city = 0};

	if (!header)
		return ERR_OK;
	if (!is_programme_admin(&x->who))
		return cx_fail(&x->cx, ERR_FORBIDDEN,
			       "Relode-On-Behalf-Of is for the programme's administrators");
	if (header_number(&x->cx, "Relode-On-Behalf-Of", header, ID_MAX, &key.user) ||
	    reader_find(&x->cx, r, &app_user_table, &key, &row))
		return x->cx.err;
	u = row;
	if (!u || u->disabled_us != FIELD_NONE)
		return cx_fail(&x->cx, ERR_INVALID,
			       "Relode-On-Behalf-Of: there is no user %lld, or it is disabled",
			       (long long)key.user);
	x->who = (struct principal){
		.user = u->user, .roles = (unsigned)u->roles, .org = u->org, .city = u->scope};
	return ERR_OK;
}

static enum err authenticate(struct exchange *x)
{
	struct server *s = x->server;
	struct limit_rate failed = s->options.rate_failed;
	size_t n = strlen(x->address);
	struct reader r;
	enum err err;
	int wait_s;

	if (!limit_left(s->limit, failed, 'f', x->address, n, monotonic_us(), &wait_s))
		return too_often(x, wait_s);
	if (exchange_reader(x, x->city, &r))
		return x->cx.err;
	err = resolve(x, &r);
	if (err == ERR_UNAUTHENTICATED)
		limit_take(s->limit, failed, 'f', x->address, n, monotonic_us(), &wait_s);
	/* The programme's administrators run simulations and imports: they are not limited, for whomever
	 * they act. */
	x->trusted = !err && is_programme_admin(&x->who);
	if (!err)
		err = on_behalf(x, &r);
	node_reader_put(s->node, &r);
	return err;
}

static enum err check_rate(struct exchange *x)
{
	struct server *s = x->server;
	bool known = x->who.user != 0 || x->who.order != 0;
	int64_t id[3] = {x->who.user, x->who.order, x->who.order ? x->city : 0};
	int wait_s;
	bool ok;

	if (x->route->own && x->route->own->no_limit)
		return ERR_OK;
	if (x->trusted)
		return ERR_OK;
	if (known)
		ok = limit_take(s->limit, s->options.rate, 'u', id, sizeof(id), monotonic_us(), &wait_s);
	else
		ok = limit_take(s->limit, s->options.rate_public, 'a', x->address,
				strlen(x->address), monotonic_us(), &wait_s);
	return ok ? ERR_OK : too_often(x, wait_s);
}

static enum err check_roles(struct exchange *x)
{
	unsigned roles = x->route->roles;

	if (roles & ROLE_PUBLIC)
		return ERR_OK;
	if (!x->bearer)
		return cx_fail(&x->cx, ERR_UNAUTHENTICATED,
			       "give a bearer token: Authorization: Bearer rl_…");
	if (!(x->who.roles & roles))
		return cx_fail(&x->cx, ERR_FORBIDDEN, "%s is not open to this caller's roles", x->route->id);
	if (x->route->has_city && x->who.city != 0 && x->who.city != x->city)
		return cx_fail(&x->cx, ERR_FORBIDDEN, "this caller acts in city %lld only",
			       (long long)x->who.city);
	return ERR_OK;
}

enum err auth_check(struct exchange *x)
{
	const char *header = exchange_header(x, "Authorization");

	x->who = (struct principal){.roles = ROLE_PUBLIC};
	if (header) {
		x->bearer = header_bearer(header);
		if (!x->bearer)
			return cx_fail(&x->cx, ERR_UNAUTHENTICATED,
				       "Authorization: only \"Bearer TOKEN\" is understood");
		if (authenticate(x))
			return x->cx.err;
	}
	if (check_rate(x))
		return x->cx.err;
	return check_roles(x);
}
