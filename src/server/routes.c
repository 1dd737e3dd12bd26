/* The table of routes: what features declare, and the door's own. */
#include "server/http.h"

#define EVERYONE (ROLE_PUBLIC)
#define LOG "/v1/cities/{city}/log/"

enum err serve_health(struct exchange *x);
enum err serve_ready(struct exchange *x);
enum err serve_metrics(struct exchange *x);
enum err serve_openapi(struct exchange *x);

const struct own_route own_routes[] = {
	{.method = METHOD_GET,
	 .pattern = "/healthz",
	 .id = "server.health",
	 .roles = EVERYONE,
	 .serve = serve_health,
	 .no_limit = true,
	 .tag = "server",
	 .type = "text/plain",
	 .doc = "The process is alive."},
	{.method = METHOD_GET,
	 .pattern = "/readyz",
	 .id = "server.ready",
	 .roles = EVERYONE,
	 .serve = serve_ready,
	 .no_limit = true,
	 .tag = "server",
	 .type = "text/plain",
	 .doc = "The database answers and the queue has room; 503 when not."},
	{.method = METHOD_GET,
	 .pattern = "/metrics",
	 .id = "server.metrics",
	 .roles = EVERYONE,
	 .serve = serve_metrics,
	 .no_limit = true,
	 .tag = "server",
	 .type = "text/plain",
	 .doc = "Figures for Prometheus; to this machine, and to auditors, officers and administrators."},
	{.method = METHOD_GET,
	 .pattern = "/openapi.json",
	 .id = "server.openapi",
	 .roles = EVERYONE,
	 .serve = serve_openapi,
	 .tag = "server",
	 .type = "application/json",
	 .doc = "This document."},
	{.method = METHOD_GET,
	 .pattern = "/problems/{slug}",
	 .id = "server.problem",
	 .roles = EVERYONE,
	 .serve = serve_problem,
	 .tag = "server",
	 .type = "text/plain",
	 .doc = "What a problem's type means."},
	{.method = METHOD_POST,
	 .pattern = "/v1/login",
	 .id = "server.login",
	 .roles = EVERYONE,
	 .serve = login_queue,
	 .work = login_work,
	 .queued = true,
	 .tag = "server",
	 .request = login_request_fields,
	 .answer = login_answer_fields,
	 .doc = "Gives a bearer token of one day for a login and a password."},
	{.method = METHOD_GET,
	 .pattern = "/v1/session",
	 .id = "server.session",
	 .roles = EVERYONE,
	 .serve = serve_session,
	 .session = true,
	 .tag = "server",
	 .answer = session_fields,
	 .doc = "Who the cookie or token speaks for. A user has login, roles, org, scope and expires_us; an "
		"order's owner has roles, order, city and owner; nobody has none of them."},
	{.method = METHOD_POST,
	 .pattern = "/v1/session",
	 .id = "server.session_open",
	 .roles = EVERYONE,
	 .serve = login_queue,
	 .work = session_open_work,
	 .queued = true,
	 .session = true,
	 .tag = "server",
	 .request = login_request_fields,
	 .answer = session_fields,
	 .doc = "Logs in by cookie. The answer is that of GET; the token is in the cookie alone, which no "
		"script reads. A session that the cookie had before ends."},
	{.method = METHOD_DELETE,
	 .pattern = "/v1/session",
	 .id = "server.session_close",
	 .roles = EVERYONE,
	 .serve = login_queue,
	 .work = session_close_work,
	 .queued = true,
	 .session = true,
	 .tag = "server",
	 .answer = session_fields,
	 .doc = "Logs out. The token is revoked, the cookie taken back."},
	{.method = METHOD_POST,
	 .pattern = "/v1/cities/{city}/order-session",
	 .id = "server.order_session",
	 .roles = EVERYONE,
	 .serve = login_queue,
	 .work = session_order_work,
	 .queued = true,
	 .session = true,
	 .tag = "server",
	 .request = session_order_fields,
	 .answer = session_fields,
	 .doc = "Opens an order for its owner by cookie. With its code and PIN, or its link's token; after "
		"five wrong tries of a code each further one waits. The answer is that of GET /v1/session."},
	{.method = METHOD_GET,
	 .pattern = "/v1/verifier-key",
	 .id = "log.verifier_key",
	 .roles = EVERYONE,
	 .serve = serve_verifier_key,
	 .tag = "log",
	 .type = "text/plain",
	 .doc = "The verifier keys of all cities' logs, one a line (C2SP signed note)."},
	{.method = METHOD_GET,
	 .pattern = LOG "checkpoint",
	 .id = "log.checkpoint",
	 .roles = EVERYONE,
	 .serve = serve_checkpoint,
	 .tag = "log",
	 .type = "text/plain",
	 .doc = "The log's newest signed checkpoint (C2SP tlog-checkpoint)."},
	{.method = METHOD_GET,
	 .pattern = LOG "entries",
	 .id = "log.entries",
	 .roles = ROLE_AUDITOR | ROLE_ADMIN,
	 .serve = serve_entries,
	 .tag = "log",
	 .type = "application/x-ndjson",
	 .params = log_entries_params,
	 .params_size = sizeof(struct log_params),
	 .doc = "Entries as canonical JSON, one a line: exactly the bytes of the log's leaves."},
	{.method = METHOD_GET,
	 .pattern = LOG "proof/inclusion",
	 .id = "log.inclusion",
	 .roles = EVERYONE,
	 .serve = serve_inclusion,
	 .tag = "log",
	 .params = log_inclusion_params,
	 .params_size = sizeof(struct log_params),
	 .answer = inclusion_fields,
	 .doc = "Proves that an entry is in the log of a size (RFC 6962)."},
	{.method = METHOD_GET,
	 .pattern = LOG "proof/consistency",
	 .id = "log.consistency",
	 .roles = EVERYONE,
	 .serve = serve_consistency,
	 .tag = "log",
	 .params = log_consistency_params,
	 .params_size = sizeof(struct log_params),
	 .answer = consistency_fields,
	 .doc = "Proves that the log of one size is the beginning of the log of another (RFC 6962)."},
	{.pattern = NULL},
};

static enum err add(struct cx *cx, struct routes *r, struct route route)
{
	struct route *out = &r->route[r->count];

	route.has_city = strstr(route.pattern, "{city}") != NULL;
	route.index = r->count++;
	*out = route;
	return router_add(cx, r->router, route.method, route.pattern, out);
}

/* Every {name} of a pattern but city is a field that may be asked for. */
static enum err check_params(struct cx *cx, const char *pattern, const struct field *f)
{
	for (const char *p = strchr(pattern, '{'); p; p = strchr(p + 1, '{')) {
		char *name = cx_strndup(cx, p + 1, strcspn(p + 1, "}"));
		const struct field *m;
		if (!name)
			return cx->err;
		if (strcmp(name, "city") == 0)
			continue;
		m = f ? field_find(f, name) : NULL;
		if (!m || !(m->flags & IN))
			return cx_fail(cx, ERR_CORRUPT,
				       "route %s: {%s} is no field that a request may carry",
				       pattern, name);
	}
	return ERR_OK;
}

static bool in_pattern(const char *pattern, const char *name)
{
	size_t n = strlen(name);

	for (const char *p = strchr(pattern, '{'); p; p = strchr(p + 1, '{'))
		if (strncmp(p + 1, name, n) == 0 && p[1 + n] == '}')
			return true;
	return false;
}

/* An action's fields without those of its path. */
static const struct field *body_fields(struct cx *cx, const struct action *a)
{
	int n = field_count(a->fields), count = 0;
	struct field *f = cx_array(cx, (size_t)n + 1, sizeof(*f));

	for (int i = 0; f && i < n; i++)
		if (!in_pattern(a->path, a->fields[i].name))
			f[count++] = a->fields[i];
	return f;
}

static enum err add_action(struct cx *cx, struct routes *r, const struct action *a)
{
	struct route route = {.method = (enum method)method_of(a->method), .pattern = a->path, .id = a->type,
			      .roles = a->roles, .action = a, .body = body_fields(cx, a)};

	if (method_of(a->method) < 0)
		return cx_fail(cx, ERR_CORRUPT, "action %s: there is no method %s", a->type, a->method);
	if (!route.body || check_params(cx, a->path, a->fields))
		return cx->err;
	return add(cx, r, route);
}

static enum err add_view(struct cx *cx, struct routes *r, const struct domain *d, const struct view *v)
{
	struct route route = {.method = METHOD_GET,
			      .pattern = v->path,
			      .id = v->name,
			      .roles = v->roles,
			      .view = v};

	/* An operation's id is unique: a view that is called as an action is told apart. */
	if (domain_action(d, v->name)) {
		route.id = cx_printf(cx, "%s.get", v->name);
		if (!route.id)
			return cx->err;
	}
	if (check_params(cx, v->path, v->params))
		return cx->err;
	return add(cx, r, route);
}

static int count_routes(const struct domain *d)
{
	int n = 0;

	for (const struct own_route *o = own_routes; o->pattern; o++)
		n++;
	for (const struct feature *const *f = d->features; *f; f++) {
		for (const struct action *a = (*f)->actions; a && a->type; a++)
			n++;
		for (const struct view *v = (*f)->views; v && v->name; v++)
			n++;
	}
	return n;
}

enum err routes_new(struct cx *cx, const struct domain *d, struct routes *out)
{
	struct routes r = {.route = cx_array(cx, (size_t)count_routes(d), sizeof(struct route))};

	if (!r.route || router_new(cx, &r.router))
		return cx->err;
	for (const struct own_route *o = own_routes; o->pattern; o++)
		if (add(cx, &r,
			(struct route){.method = o->method,
				       .pattern = o->pattern,
				       .id = o->id,
				       .roles = o->roles,
				       .own = o}))
			return cx->err;
	for (const struct feature *const *f = d->features; *f; f++) {
		for (const struct action *a = (*f)->actions; a && a->type; a++)
			if (a->path && add_action(cx, &r, a))
				return cx->err;
		for (const struct view *v = (*f)->views; v && v->name; v++)
			if (v->path && add_view(cx, &r, d, v))
				return cx->err;
	}
	*out = r;
	return ERR_OK;
}
