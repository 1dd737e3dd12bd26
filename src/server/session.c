/* Sessions by cookie, for the web app: the same tokens as the header's, where no script can read them.
 *
 * A cookie goes with every request, also with one that another site caused. So a request that changes
 * something must say that this site caused it, and one from elsewhere that reads is answered as nobody's.
 */
#include "codec/text.h"
#include "programme/access/access.h"
#include "programme/tradein/tradein.h"
#include "server/header.h"
#include "server/http.h"

enum { SESSION_S = 86400, ORDER_SESSION_S = 7 * 86400, COOKIE_MAX = 4096 };

struct order_open {
	const char *code, *pin, *link;
};
const struct field session_order_fields[] = {
	F_TEXT(struct order_open, code, IN, 1, 2 * CODE_MAX, "the order's code, as it is read aloud"),
	F_TEXT(struct order_open, pin, IN, ORDER_PIN, ORDER_PIN, "and its PIN"),
	F_TEXT(struct order_open, link, IN, 1, 100, "or the token of its link"),
	F_END};

/* What every answer here says: who the session speaks for. */
struct session_shown {
	int64_t user, org, scope, expires_us, order, city, owner;
	const char *login;
	struct list roles;
};
const struct field session_fields[] = {
	F_ID(struct session_shown, user, OUT | REQ | MAY_NULL,
	     "the user; null for nobody, and for an order's owner"),
	F_TEXT(struct session_shown, login, OUT, 2, 40, "the user's handle"),
	F_WORDS(struct session_shown, roles, OUT, 16, role_names, "what the user, or the owner, may do"),
	F_ID(struct session_shown, org, OUT, "the organisation for which the user acts; 0: none"),
	F_ID(struct session_shown, scope, OUT, "the one city in which the user acts; 0: all"),
	F_US(struct session_shown, expires_us, OUT, "when the user's session ends"),
	F_ID(struct session_shown, order, OUT, "an owner's session: the order that it opens"),
	F_ID(struct session_shown, city, OUT, "the order's city"),
	F_ID(struct session_shown, owner, OUT, "the order's owner"),
	F_END};

/* The prefix makes the browser refuse one that is set without HTTPS or by a neighbouring host. */
static const char *cookie_name(bool secure) { return secure ? "__Host-relode" : "relode"; }

static void set_cookie(struct exchange *x, const char *value, int seconds)
{
	answer_header(x, "Set-Cookie",
		      cx_printf(&x->cx, "%s=%s; Path=/; HttpOnly; SameSite=Strict; Max-Age=%d%s",
				cookie_name(x->secure), value, seconds, x->secure ? "; Secure" : ""));
}

/* --- who caused the request --- */

static bool changes(const struct exchange *x) { return x->route->method != METHOD_GET; }

static enum err not_from_here(struct exchange *x)
{
	cx_fail(&x->cx, ERR_FORBIDDEN,
		"with a cookie, a change must come from a page of this site: Sec-Fetch-Site: same-origin, or "
		"an Origin that is this host");
	cx_hint(&x->cx, "reason", "cross-site");
	return x->cx.err;
}

/* A browser says where a request comes from, and no script can make it lie. must: it has to say so. */
static enum err check_site(struct exchange *x, bool must)
{
	const char *site = x->heading[HEADING_SEC_FETCH_SITE], *origin = x->heading[HEADING_ORIGIN];

	if (site)
		return strcmp(site, "same-origin") == 0 ? ERR_OK : not_from_here(x);
	if (origin)
		return header_same_origin(origin, live_host(x), x->secure) ? ERR_OK : not_from_here(x);
	return must ? not_from_here(x) : ERR_OK;
}

static bool from_elsewhere(struct exchange *x)
{
	const char *site = x->heading[HEADING_SEC_FETCH_SITE];

	return site && strcmp(site, "same-origin") != 0 && strcmp(site, "none") != 0;
}

/* "rl_…", or "CITY:ro_…": an order's link is one of a city. */
static void read_value(struct exchange *x, const char *value)
{
	const char *colon = strchr(value, ':');
	char *city = colon ? cx_strndup(&x->cx, value, (size_t)(colon - value)) : NULL;

	x->bearer = colon ? colon + 1 : value;
	if (!colon)
		return;
	if (strncmp(x->bearer, "ro_", 3) != 0 || !city ||
	    header_number(&x->cx, "cookie", city, NODE_CITIES_MAX - 1, &x->cookie_city)) {
		cx_clear(&x->cx);
		x->bearer = "-"; /* nobody's */
	}
}

enum err session_cookie(struct exchange *x)
{
	const char *all = x->heading[HEADING_COOKIE] ? exchange_header_all(x, "Cookie") : NULL;
	bool session = x->route->own && x->route->own->session;
	const char *value = NULL;

	if (all && strlen(all) <= COOKIE_MAX)
		value = header_cookie(&x->cx, all, cookie_name(x->secure));
	if (x->cx.err || (!changes(x) && (!value || from_elsewhere(x))))
		return x->cx.err;
	if (changes(x) && (value || session) && check_site(x, value != NULL))
		return x->cx.err;
	if (value)
		read_value(x, value);
	return ERR_OK;
}

/* --- answers --- */

static void write_roles(struct json_writer *w, unsigned roles)
{
	jw_name(w, "roles");
	jw_array(w);
	for (int i = 0; role_names[i]; i++)
		if (roles & 1u << i & ~(unsigned)ROLE_PUBLIC)
			jw_text(w, role_names[i]);
	jw_array_end(w);
}

static enum err write_user(struct exchange *x, struct reader *r, const struct principal *who,
			   int64_t expires_us, struct json_writer *w)
{
	const char *login;

	if (access_user_login(&x->cx, r, who->user, &login))
		return x->cx.err;
	jw_int_at(w, "user", who->user);
	jw_text_at(w, "login", login);
	write_roles(w, who->roles);
	jw_int_at(w, "org", who->org);
	jw_int_at(w, "scope", who->city);
	jw_int_at(w, "expires_us", expires_us);
	return ERR_OK;
}

static enum err write_order(struct exchange *x, struct reader *r, const struct principal *who,
			    struct json_writer *w)
{
	struct order key = {.city = who->city, .order = who->order};
	const void *row;

	if (reader_find(&x->cx, r, &order_table, &key, &row))
		return x->cx.err;
	jw_name(w, "user");
	jw_null(w);
	jw_int_at(w, "order", who->order);
	jw_int_at(w, "city", who->city);
	if (row)
		jw_int_at(w, "owner", ((const struct order *)row)->owner);
	write_roles(w, who->roles);
	return ERR_OK;
}

static enum err answer_who(struct exchange *x, const struct principal *who, int64_t expires_us)
{
	struct json_writer w;
	struct reader r;
	struct sb sb;
	enum err err = ERR_OK;

	if (exchange_reader(x, who->order ? who->city : 0, &r))
		return x->cx.err;
	sb_init(&sb, &x->cx, 10000);
	jw_init(&w, &sb, false);
	jw_object(&w);
	if (who->user)
		err = write_user(x, &r, who, expires_us, &w);
	else if (who->order)
		err = write_order(x, &r, who, &w);
	else
		jw_name(&w, "user"), jw_null(&w);
	jw_object_end(&w);
	node_reader_put(x->server->node, &r);
	if (err || sb_end(&sb))
		return x->cx.err;
	answer_json(x, 200, &sb);
	return ERR_OK;
}

enum err serve_session(struct exchange *x)
{
	if (answer_who(x, &x->who, x->expires_us))
		return x->cx.err;
	if (x->dead)
		set_cookie(x, "", 0);
	return ERR_OK;
}

/* --- begin and end --- */

/* Ends the session that the request came with, as its user. One that has ended is not missed. */
static enum err revoke(struct exchange *x)
{
	struct json token = {.type = JSON_INT}, *item[] = {&token}, body = {.type = JSON_OBJECT};
	const char *name[] = {"token"};
	struct node *n = x->server->node;
	struct request q;
	struct reader r;
	enum err err;

	if (!x->bearer || strncmp(x->bearer, "rl_", 3) != 0 || exchange_reader(x, 0, &r))
		return x->cx.err;
	err = access_authenticate(&x->cx, &r, x->bearer, &r.who, NULL);
	if (!err)
		err = access_token_number(&x->cx, &r, x->bearer, &token.number);
	body.item = item;
	body.name = name;
	body.count = 1;
	if (!err)
		err = request_read(&x->cx, node_domain(n), "access.token_revoke", 0, &body, &q);
	q.who = r.who;
	node_reader_put(n, &r);
	if (!err)
		err = node_act(&x->cx, n, &q);
	if (err != ERR_UNAUTHENTICATED && err != ERR_CONFLICT)
		return err;
	cx_clear(&x->cx);
	return ERR_OK;
}

enum err session_open_work(struct exchange *x, struct db *db)
{
	struct principal who;
	struct json_writer w;
	struct json *answer;
	struct sb sb;

	if (login_check(x, db, &who) || (x->cookie && revoke(x)))
		return x->cx.err;
	sb_init(&sb, &x->cx, 10000);
	jw_init(&w, &sb, false);
	jw_object(&w);
	if (login_issue(x, who, "session", &w))
		return x->cx.err;
	jw_object_end(&w);
	if (sb_end(&sb) || json_parse(&x->cx, sb.data, sb.len, &json_limits_request, &answer) ||
	    answer_who(x, &who, json_get(answer, "expires_us")->number))
		return x->cx.err;
	x->who = who;
	set_cookie(x, json_get(answer, "token")->text, SESSION_S);
	return ERR_OK;
}

enum err session_close_work(struct exchange *x, struct db *db)
{
	static const struct principal nobody = {.roles = ROLE_PUBLIC};

	(void)db;
	if (revoke(x) || answer_who(x, &nobody, 0))
		return x->cx.err;
	set_cookie(x, "", 0);
	return ERR_OK;
}

/* Tries are counted by the code that was given, whether an order has it or not: both are answered alike. */
static enum err open_by_code(struct exchange *x, struct db *db, struct reader *r,
			     const struct order_open *o, const char **link, struct principal *who)
{
	struct reader counted = {.db = db, .domain = r->domain, .keys = r->keys};
	struct cx *cx = &x->cx;
	char *what;
	int64_t code;
	enum err err;

	if (!o->code || !o->pin)
		return cx_fail(cx, ERR_INVALID, "give the order's code and its pin, or its link");
	if (code_read(cx, o->code, &code)) {
		cx_prefix(cx, "code: ");
		cx_hint(cx, "reason", "code");
		return cx->err;
	}
	what = cx_printf(cx, "order:%lld:%lld", (long long)x->city, (long long)code);
	if (!what || access_tries(cx, &counted, what))
		return cx->err;
	err = order_open(cx, r, code, o->pin, link, who);
	if (err && err != ERR_UNAUTHENTICATED)
		return err;
	cx_clear(cx);
	if (access_tried(cx, &counted, what, !err))
		return cx->err;
	return err ? cx_fail(cx, err, "there is no order with this code and PIN") : ERR_OK;
}

static enum err open_order(struct exchange *x, struct db *db, const char **link, struct principal *who)
{
	struct order_open o;
	struct reader r;
	enum err err;

	if (auth_failures(x) || exchange_body(x, session_order_fields, &o) ||
	    exchange_reader(x, x->city, &r))
		return x->cx.err;
	if (o.link && !o.code && !o.pin) {
		*link = o.link;
		err = order_authenticate(&x->cx, &r, o.link, who);
	} else if (o.link) {
		err = cx_fail(&x->cx, ERR_INVALID, "give the order's code and its pin, or its link");
	} else {
		err = open_by_code(x, db, &r, &o, link, who);
	}
	node_reader_put(x->server->node, &r);
	if (err == ERR_UNAUTHENTICATED)
		auth_failed(x);
	return err;
}

enum err session_order_work(struct exchange *x, struct db *db)
{
	struct principal who;
	const char *link, *value;

	if (open_order(x, db, &link, &who) || (x->cookie && revoke(x)) || answer_who(x, &who, 0))
		return x->cx.err;
	value = cx_printf(&x->cx, "%lld:%s", (long long)x->city, link);
	if (!value)
		return x->cx.err;
	x->who = who;
	set_cookie(x, value, ORDER_SESSION_S);
	return ERR_OK;
}
