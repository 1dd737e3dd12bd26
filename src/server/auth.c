/* Who asks, and may it ask this, and so often. */
#include "base/time.h"
#include "codec/hash.h"
#include "programme/access/access.h"
#include "programme/tradein/tradein.h"
#include "server/header.h"
#include "server/loop.h"

bool auth_is_local(struct exchange *x)
{
	return (strncmp(x->address, "127.", 4) == 0 || strcmp(x->address, "::1") == 0) &&
	       !x->heading[HEADING_FORWARDED] && !x->heading[HEADING_X_FORWARDED_FOR];
}

static enum err too_often(struct exchange *x, int wait_s)
{
	cx_fail(&x->cx, ERR_RATE, "too many requests; try again in %d seconds", wait_s);
	cx_hint(&x->cx, "retry_after_s", "%d", wait_s);
	return x->cx.err;
}

/* Asks the database; what it says is known for a moment. city: of an order's link. */
static enum err resolve(struct exchange *x, int64_t city, const struct short_digest *token,
			struct known_answer *a)
{
	struct server *s = x->server;
	uint64_t version = node_programme_version(s->node);
	struct reader r;
	enum err err;

	if (exchange_reader(x, city, &r))
		return x->cx.err;
	if (strncmp(x->bearer, "ro_", 3) == 0) {
		err = order_authenticate(&x->cx, &r, x->bearer, &a->who);
	} else {
		err = access_authenticate(&x->cx, &r, x->bearer, &a->who, &a->expires_us);
		if (!err)
			known_put(loop_known(x->loop), token, version, x->now_us, a);
	}
	node_reader_put(s->node, &r);
	return err;
}

static bool is_programme_admin(const struct principal *who)
{
	return who->roles & ROLE_ADMIN && who->org == 0 && who->city == 0 && who->order == 0;
}

/* The digest of its number is no token's: those have no zero bytes. */
/* A user by its number: no token has the same digest, since those have no zero bytes. */
static enum err find_user(struct exchange *x, int64_t user, struct principal *out)
{
	struct server *s = x->server;
	struct short_digest key = known_digest(loop_known(x->loop), &user, sizeof(user));
	uint64_t version = node_programme_version(s->node);
	struct known_answer a = {.expires_us = INT64_MAX};
	struct reader r;
	enum err err;

	if (!known_find(loop_known(x->loop), &key, version, x->now_us, &a)) {
		if (exchange_reader(x, 0, &r))
			return x->cx.err;
		err = access_principal(&x->cx, &r, user, &a.who);
		node_reader_put(s->node, &r);
		if (err)
			return err;
		known_put(loop_known(x->loop), &key, version, x->now_us, &a);
	}
	*out = a.who;
	return ERR_OK;
}

/* An administrator of the whole programme may act as a user: simulations, and help over the telephone. */
static enum err on_behalf(struct exchange *x)
{
	const char *header = x->heading[HEADING_RELODE_ON_BEHALF_OF];
	int64_t user;

	if (!header)
		return ERR_OK;
	if (!is_programme_admin(&x->who))
		return cx_fail(&x->cx, ERR_FORBIDDEN,
			       "Relode-On-Behalf-Of is for the programme's administrators");
	if (header_number(&x->cx, "Relode-On-Behalf-Of", header, ID_MAX, &user))
		return x->cx.err;
	if (find_user(x, user, &x->who) == ERR_FORBIDDEN)
		return cx_fail(&x->cx, ERR_INVALID,
			       "Relode-On-Behalf-Of: there is no user %lld, or it is disabled",
			       (long long)user);
	return x->cx.err;
}

/* Wrong credentials of this address: whether there were too many, and one more. */
enum err auth_failures(struct exchange *x)
{
	int wait_s;

	if (limit_left(x->server->limit, server_now(x->server)->rate_failed, 'f', x->net, x->net_n,
		       monotonic_us(), &wait_s))
		return ERR_OK;
	return too_often(x, wait_s);
}

void auth_failed(struct exchange *x)
{
	int wait_s;

	limit_take(x->server->limit, server_now(x->server)->rate_failed, 'f', x->net, x->net_n,
		   monotonic_us(), &wait_s);
}

/* Who x->bearer speaks for. */
static enum err find_bearer(struct exchange *x, int64_t city)
{
	struct server *s = x->server;
	struct short_digest token = known_digest(loop_known(x->loop), x->bearer, strlen(x->bearer));
	struct known_answer a = {.expires_us = 0};

	if ((!known_find(loop_known(x->loop), &token, node_programme_version(s->node), x->now_us, &a) ||
	     a.expires_us <= cx_now(&x->cx)) &&
	    resolve(x, city, &token, &a))
		return x->cx.err;
	x->who = a.who;
	x->expires_us = a.expires_us;
	return ERR_OK;
}

static enum err act_as(struct exchange *x)
{
	/* The programme's administrators run simulations and imports: they are not limited, for whomever
	 * they act. */
	x->trusted = is_programme_admin(&x->who);
	return on_behalf(x);
}

static enum err authenticate(struct exchange *x)
{
	if (auth_failures(x))
		return x->cx.err;
	if (find_bearer(x, x->city) == ERR_UNAUTHENTICATED)
		auth_failed(x);
	return x->cx.err ? x->cx.err : act_as(x);
}

/* An order's cookie counts in its city alone. */
static bool counts_here(const struct exchange *x)
{
	bool session = x->route->own && x->route->own->session;

	return strncmp(x->bearer, "ro_", 3) != 0 || session ||
	       (x->route->has_city && x->city == x->cookie_city);
}

/* A cookie whose session has ended is sent with every request of a page that was left open: it is no guess
 * and its caller is nobody. So many are looked up as nobody may ask. */
static enum err authenticate_cookie(struct exchange *x)
{
	struct limit *l = x->server->limit;
	struct limit_rate rate = server_now(x->server)->rate_public;
	int wait_s;

	if (session_cookie(x) || !x->bearer)
		return x->cx.err;
	if (!counts_here(x)) {
		x->bearer = NULL;
		return ERR_OK;
	}
	if (!limit_left(l, rate, 'c', x->net, x->net_n, x->now_us, &wait_s))
		return too_often(x, wait_s);
	x->cookie = true;
	if (find_bearer(x, x->cookie_city) != ERR_UNAUTHENTICATED)
		return x->cx.err ? x->cx.err : act_as(x);
	limit_take(l, rate, 'c', x->net, x->net_n, x->now_us, &wait_s);
	cx_clear(&x->cx);
	x->bearer = NULL;
	x->cookie = false;
	x->dead = true;
	return ERR_OK;
}

/* A user's tokens share one bucket, so that more tokens are not more requests; its organisation's users
 * share another; and so do all that come from one address. */
static enum err check_rate(struct exchange *x)
{
	const struct server_options *o = server_now(x->server);
	struct limit *l = x->server->limit;
	bool known = x->who.user != 0 || x->who.order != 0;
	int64_t id[3] = {x->who.user, x->who.order, x->who.order ? x->city : 0};
	int64_t org[2] = {x->who.org, x->who.city}, now_us = x->now_us;
	int wait_s;

	if ((x->route->own && x->route->own->no_limit) || x->trusted)
		return ERR_OK;
	if (known && !limit_take(l, o->rate, 'u', id, sizeof(id), now_us, &wait_s))
		return too_often(x, wait_s);
	if (x->who.org && !limit_take(l, o->rate_org, 'o', org, sizeof(org), now_us, &wait_s))
		return too_often(x, wait_s);
	if (!limit_take(l, known ? o->rate_address : o->rate_public, known ? 'A' : 'a', x->net, x->net_n,
			now_us, &wait_s))
		return too_often(x, wait_s);
	/* what everyone may write: bookings, registrations */
	if (!x->who.user && x->route->action && x->route->roles & ROLE_PUBLIC &&
	    !limit_take(l, o->rate_guest, 'g', x->net, x->net_n, now_us, &wait_s))
		return too_often(x, wait_s);
	if (x->route->view && x->route->view->guarded &&
	    !limit_take(l, o->rate_guest, 'q', id, sizeof(id), now_us, &wait_s))
		return too_often(x, wait_s);
	return ERR_OK;
}

static enum err check_roles(struct exchange *x)
{
	unsigned roles = x->route->roles;

	/* What someone meant to do is not done as somebody else; what everyone may read is read. */
	if (x->dead && (!(roles & ROLE_PUBLIC) || x->route->action))
		return cx_fail(&x->cx, ERR_SESSION, "the session has ended; log in again (POST /v1/session)");
	if (roles & ROLE_PUBLIC)
		return ERR_OK;
	if (!x->bearer)
		return cx_fail(&x->cx, ERR_UNAUTHENTICATED,
			       "give a bearer token: Authorization: Bearer rl_…; or log in");
	if (!(x->who.roles & roles))
		return cx_fail(&x->cx, ERR_FORBIDDEN, "%s is not open to this caller's roles",
			       cx_say_code(&x->cx, "action", x->route->id));
	if (x->route->has_city && x->who.city != 0 && x->who.city != x->city)
		return cx_fail(&x->cx, ERR_FORBIDDEN, "this caller acts in city %lld only",
			       (long long)x->who.city);
	return ERR_OK;
}

enum err auth_check(struct exchange *x)
{
	const char *header = x->heading[HEADING_AUTHORIZATION];

	x->who = (struct principal){.roles = ROLE_PUBLIC};
	if (header) {
		x->bearer = header_bearer(header);
		if (!x->bearer)
			return cx_fail(&x->cx, ERR_UNAUTHENTICATED,
				       "Authorization: only \"Bearer TOKEN\" is understood");
		if (authenticate(x))
			return x->cx.err;
	} else if (authenticate_cookie(x)) {
		return x->cx.err;
	}
	if (check_rate(x))
		return x->cx.err;
	return check_roles(x);
}
