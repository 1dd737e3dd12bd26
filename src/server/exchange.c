/* A request's way: its target, its caller, its body; then a view in this thread, or an action through
 * the node's queue while the connection sleeps; then the answer. */
#include "server/exchange.h"

#include <microhttpd.h>
#include <strings.h>

#include "base/time.h"
#include "server/header.h"
#include "server/loop.h"

struct joined {
	const char *name;
	struct sb sb;
};

static enum MHD_Result join(void *arg, enum MHD_ValueKind kind, const char *name, const char *value)
{
	struct joined *j = arg;

	(void)kind;
	if (strcasecmp(name, j->name) != 0)
		return MHD_YES;
	if (j->sb.len > 0)
		sb_char(&j->sb, ',');
	sb_str(&j->sb, value ? value : "");
	return MHD_YES;
}

const char *exchange_header_all(struct exchange *x, const char *name)
{
	struct joined j = {.name = name};

	sb_init(&j.sb, &x->cx, REQUEST_HEADER_BYTES_MAX);
	MHD_get_connection_values(x->connection, MHD_HEADER_KIND, join, &j);
	return sb_end(&j.sb) ? NULL : j.sb.data;
}

enum err exchange_reader(struct exchange *x, int64_t city, struct reader *out)
{
	return node_reader_get(&x->cx, x->server->node, city, x->who, out);
}

/* --- what the request asks for --- */

static enum err read_city(struct exchange *x)
{
	const char *text = NULL;

	for (int i = 0; i < x->match.params; i++)
		if (strcmp(x->match.param[i].name, "city") == 0)
			text = x->match.param[i].value;
	if (!text)
		return ERR_OK;
	if (header_number(&x->cx, "city", text, NODE_CITIES_MAX - 1, &x->city)) {
		cx_fail(&x->cx, ERR_NOT_FOUND, "there is no city %.40s", text);
		return x->cx.err;
	}
	return ERR_OK;
}

static enum err find_route(struct exchange *x, const char *method)
{
	struct cx *cx = &x->cx;
	int number = method_of(method);

	x->head = strcmp(method, "HEAD") == 0;
	if (x->head)
		number = METHOD_GET;
	if (strcmp(x->raw, "*") == 0) { /* OPTIONS *: of the server as a whole */
		x->match.allow = (1u << METHODS) - 1;
		return ERR_OK;
	}
	if (target_split(cx, x->raw, strlen(x->raw), &x->target)) {
		if (cx->err == ERR_TOO_LARGE)
			x->answer.status = 414;
		return cx->err;
	}
	if (router_find(cx, x->server->routes.router, number < 0 ? METHOD_GET : (enum method)number,
			x->target.path, x->target.path_n, &x->match))
		return cx->err == ERR_NOT_FOUND && number == METHOD_GET && app_find(x) ? ERR_OK : cx->err;
	if (strcmp(method, "OPTIONS") == 0)
		return ERR_OK;
	x->route = number < 0 ? NULL : x->match.target;
	if (!x->route)
		return cx_fail(cx, ERR_METHOD, "there is no %.20s here; there is: %s", method,
			       router_allow_text(cx, x->match.allow));
	return read_city(x);
}

#define NAMED(text) {text, sizeof(text) - 1}
static const struct {
	const char *name;
	size_t n;
} headings[HEADINGS] = {
	[HEADING_HOST] = NAMED("Host"),
	[HEADING_COOKIE] = NAMED("Cookie"),
	[HEADING_EXPECT] = NAMED("Expect"),
	[HEADING_ORIGIN] = NAMED("Origin"),
	[HEADING_FORWARDED] = NAMED("Forwarded"),
	[HEADING_CONTENT_TYPE] = NAMED("Content-Type"),
	[HEADING_AUTHORIZATION] = NAMED("Authorization"),
	[HEADING_IF_NONE_MATCH] = NAMED("If-None-Match"),
	[HEADING_CONTENT_LENGTH] = NAMED("Content-Length"),
	[HEADING_SEC_FETCH_SITE] = NAMED("Sec-Fetch-Site"),
	[HEADING_ACCEPT_LANGUAGE] = NAMED("Accept-Language"),
	[HEADING_IDEMPOTENCY_KEY] = NAMED("Idempotency-Key"),
	[HEADING_X_FORWARDED_FOR] = NAMED("X-Forwarded-For"),
	[HEADING_CONTENT_ENCODING] = NAMED("Content-Encoding"),
	[HEADING_TRANSFER_ENCODING] = NAMED("Transfer-Encoding"),
	[HEADING_RELODE_HAPPENED_US] = NAMED("Relode-Happened-Us"),
	[HEADING_RELODE_ON_BEHALF_OF] = NAMED("Relode-On-Behalf-Of"),
};

/* HEADINGS: the door does not ask for it. */
static enum heading heading_of(const char *name, size_t n)
{
	for (int h = 0; h < HEADINGS && headings[h].n <= n; h++)
		if (headings[h].n == n && strcasecmp(headings[h].name, name) == 0)
			return (enum heading)h;
	return HEADINGS;
}

/* What of the headers decides where this request ends and the next begins. */
struct framing {
	struct exchange *x;
	int headers, lengths, codings;
	const char *coding;
};

static enum MHD_Result take_header(void *arg, enum MHD_ValueKind kind, const char *name, size_t name_n,
				   const char *value, size_t value_n)
{
	struct framing *f = arg;
	enum heading h = heading_of(name, name_n);

	(void)kind;
	(void)value_n;
	if (h < HEADINGS && !f->x->heading[h])
		f->x->heading[h] = value;
	f->lengths += h == HEADING_CONTENT_LENGTH;
	if (h == HEADING_TRANSFER_ENCODING) {
		f->codings++;
		f->coding = value ? value : "";
	}
	return ++f->headers > REQUEST_HEADERS_MAX ? MHD_NO : MHD_YES;
}

/* A request that a proxy before us may have read to another end than we do is not answered, and nothing
 * that follows it on its connection is read (RFC 9112 section 11.2). */
static enum err check_framing(struct exchange *x, const struct framing *f)
{
	if (f->lengths + f->codings < 2 && (!f->codings || strcasecmp(f->coding, "chunked") == 0))
		return ERR_OK;
	x->close = x->unframed = true;
	return cx_fail(&x->cx, ERR_INPUT,
		       "one Content-Length, or Transfer-Encoding: chunked, says where the body ends");
}

static enum err check_headers(struct exchange *x)
{
	struct framing f = {.x = x};
	const char *languages;

	MHD_get_connection_values_n(x->connection, MHD_HEADER_KIND, take_header, &f);
	languages = x->heading[HEADING_ACCEPT_LANGUAGE];
	x->cx.tongue = languages ? header_tongue(languages) : NULL;
	if (f.headers <= REQUEST_HEADERS_MAX)
		return check_framing(x, &f);
	x->answer.status = 431;
	return cx_fail(&x->cx, ERR_TOO_LARGE, "more than %d headers", REQUEST_HEADERS_MAX);
}

static bool has_body(const struct route *r)
{
	return r && (r->action || (r->own && r->own->request));
}

/* What can be refused before the body has come. */
static enum err check_body(struct exchange *x)
{
	const char *length = x->heading[HEADING_CONTENT_LENGTH], *type = x->heading[HEADING_CONTENT_TYPE];
	const char *encoding = x->heading[HEADING_CONTENT_ENCODING];
	bool coming = (length && strcmp(length, "0") != 0) || x->heading[HEADING_TRANSFER_ENCODING];
	int64_t n;

	if (!coming || !x->route)
		return ERR_OK;
	if (length && (header_number(&x->cx, "Content-Length", length, JSON_INT_MAX, &n)))
		return x->cx.err;
	if (!has_body(x->route))
		return ERR_OK; /* of a GET: read and forgotten */
	if (encoding && strcasecmp(encoding, "identity") != 0)
		return cx_fail(&x->cx, ERR_MEDIA_TYPE, "a body must not be compressed");
	if (!type || !header_is_json(type))
		return cx_fail(&x->cx, ERR_MEDIA_TYPE, "a body must be JSON: Content-Type: application/json");
	if (length && n > (int64_t)json_limits_request.bytes)
		return cx_fail(&x->cx, ERR_TOO_LARGE, "a body may have at most %zu bytes",
			       json_limits_request.bytes);
	return ERR_OK;
}

static enum err check_all(struct exchange *x, const char *method)
{
	if (check_headers(x) || live_find_caller(x) || find_route(x, method))
		return x->cx.err;
	if (!x->route || x->file) /* OPTIONS; or what everyone may read */
		return ERR_OK;
	if (auth_check(x) || check_body(x))
		return x->cx.err;
	if (x->route->action && x->route->has_city)
		return node_room(&x->cx, x->server->node, x->city, &x->who);
	return ERR_OK;
}

/* --- reading parameters and bodies --- */

static enum err read_params(struct exchange *x, const struct field *f, size_t size)
{
	struct cx *cx = &x->cx;

	x->params = cx_alloc(cx, size + 1);
	if (!x->params || query_read(cx, x->target.query, x->target.query_n, &x->query))
		return cx->err;
	if (f)
		field_init(f, x->params);
	for (int i = 0; f && i < x->match.params; i++) {
		const struct field *m = field_find(f, x->match.param[i].name);
		if (m && field_parse(cx, m, x->match.param[i].value, x->params))
			return cx->err;
	}
	for (int i = 0; i < x->query.count; i++) {
		const struct field *m = f ? field_find(f, x->query.pair[i].name) : NULL;
		if (!m || !(m->flags & IN) || m->flags & PATH)
			return cx_fail(cx, ERR_INVALID, "%.60s: there is no such parameter here",
				       x->query.pair[i].name);
		if (field_parse(cx, m, x->query.pair[i].value, x->params))
			return cx->err;
	}
	return f ? field_check(cx, f, IN, x->params) : ERR_OK;
}

enum err exchange_body(struct exchange *x, const struct field *f, void *out)
{
	static const struct json empty = {.type = JSON_OBJECT};
	const struct json *v = &empty;
	struct json *parsed;

	if (sb_end(&x->body))
		return x->cx.err;
	if (x->body.len > 0) {
		if (json_parse(&x->cx, x->body.data, x->body.len, &json_limits_request, &parsed))
			return x->cx.err;
		v = parsed;
	}
	return field_read(&x->cx, f, IN, v, out);
}

/* --- actions --- */

static enum err read_key(struct exchange *x)
{
	const char *key = x->heading[HEADING_IDEMPOTENCY_KEY];
	const char *happened = x->heading[HEADING_RELODE_HAPPENED_US];

	if (!key)
		return cx_fail(
			&x->cx, ERR_INPUT,
			"the header Idempotency-Key is missing: a new key for each thing that "
			"is done, the same key when it is tried again");
	if (header_key(&x->cx, key, IDEM_KEY_MAX, &x->q.idem_key))
		return x->cx.err;
	x->q.happened_us = FIELD_NONE;
	if (happened &&
	    header_number(&x->cx, "Relode-Happened-Us", happened, JSON_INT_MAX, &x->q.happened_us))
		return x->cx.err;
	return ERR_OK;
}

static enum err read_action(struct exchange *x)
{
	const struct action *a = x->route->action;
	const struct field *city = field_find(a->fields, "city");
	struct cx *cx = &x->cx;
	void *rec = cx_alloc(cx, a->size);

	if (!rec || query_read(cx, x->target.query, x->target.query_n, &x->query))
		return cx->err;
	if (x->query.count > 0)
		return cx_fail(cx, ERR_INVALID, "%.60s: an action takes its fields from the body",
			       x->query.pair[0].name);
	field_init(a->fields, rec);
	if (read_key(x) || exchange_body(x, x->route->body, rec))
		return cx->err;
	for (int i = 0; i < x->match.params; i++) {
		const struct field *m = field_find(a->fields, x->match.param[i].name);
		if (m && field_parse(cx, m, x->match.param[i].value, rec))
			return cx->err;
	}
	if (!x->route->has_city && city && city->type == FIELD_INT && city->flags & IN)
		x->city = field_or(field_int_of(city, rec), 0);
	x->q.cx = cx;
	x->q.action = a;
	x->q.who = x->who;
	x->q.city = x->city;
	x->q.rec = rec;
	return ERR_OK;
}

static void answer_action(struct exchange *x)
{
	struct json_writer w;
	struct reader r;
	struct sb sb;
	enum err err;

	if (x->q.err) {
		answer_problem(x);
		return;
	}
	sb_init(&sb, &x->cx, ANSWER_MAX);
	jw_init(&w, &sb, false);
	jw_object(&w);
	err = exchange_reader(x, x->city, &r);
	if (!err) {
		err = request_answer(&x->cx, &r, &x->q, &w);
		node_reader_put(x->server->node, &r);
	}
	jw_object_end(&w);
	if (err || sb_end(&sb)) {
		answer_problem(x);
		return;
	}
	answer_json(x, x->q.replayed ? 200 : 201, &sb);
	answer_header(x, "Cache-Control", "no-store");
	if (x->q.replayed)
		answer_header(x, "Idempotency-Replayed", "true");
}

static void action_done(struct request *q, void *arg)
{
	(void)q;
	exchange_wake(arg);
}

/* --- views --- */

/* The cursor stands at the very end of a list's answer: …],"next":"CURSOR"}. Quotes within texts are
 * escaped, so nothing else can look like that. */
static void link_next(struct exchange *x, const struct sb *body)
{
	static const char before[] = "],\"next\":\"";
	const char *end = body->data + body->len, *p;
	struct sb link;
	char *cursor;

	if (body->len < sizeof(before) + 2 || memcmp(end - 2, "\"}", 2) != 0)
		return;
	for (p = end - 3; p > body->data && *p != '"'; p--)
		;
	if ((size_t)(p - body->data) < sizeof(before) - 2 ||
	    memcmp(p - (sizeof(before) - 2), before, sizeof(before) - 1) != 0)
		return;
	cursor = cx_strndup(&x->cx, p + 1, (size_t)(end - p) - 3);
	sb_init(&link, &x->cx, 2 * ROUTER_TARGET_MAX);
	sb_str(&link, "<");
	sb_add(&link, x->target.path, x->target.path_n);
	sb_str(&link, "?");
	for (int i = 0; i < x->query.count; i++) {
		if (strcmp(x->query.pair[i].name, "after") == 0)
			continue;
		sb_add(&link, x->query.pair[i].raw, x->query.pair[i].raw_n);
		sb_str(&link, "&");
	}
	sb_str(&link, "after=");
	if (cursor)
		router_encode(&link, cursor);
	sb_str(&link, ">; rel=\"next\"");
	if (!sb_end(&link))
		answer_header(x, "Link", link.data);
}

static void answer_view(struct exchange *x, const struct sb *sb)
{
	answer_json(x, 200, sb);
	answer_header(x, "Cache-Control", x->bearer ? "private, no-cache" : "no-cache");
	answer_header(x, "Vary", "Authorization, Cookie");
}

/* What of an answer may be kept is asked before it is made: what is written meanwhile makes it old. */
static bool may_keep(struct exchange *x, struct kept_key *key)
{
	*key = (struct kept_key){.target = x->raw, .who = &x->who};
	return x->route->view->steady && node_version(x->server->node, x->city, &key->city) &&
	       node_version(x->server->node, 0, &key->programme);
}

static bool answer_kept(struct exchange *x, const struct kept_key *key)
{
	struct kept_answer a;

	if (!kept_find(&x->cx, x->server->kept, key, &a))
		return false;
	answer_view(x, &(struct sb){.data = (char *)(uintptr_t)a.body, .len = a.n});
	answer_tagged(x, a.tag);
	return true;
}

static void tag_view(struct exchange *x, const struct kept_key *keep)
{
	struct kept_answer a = {.body = x->answer.body, .n = x->answer.n};

	answer_tag(x, a.tag);
	if (keep)
		kept_put(x->server->kept, keep, &a);
	answer_tagged(x, a.tag);
}

/* One state of the books for all its queries, and the file is locked once, not for each. */
static enum err read_books(struct exchange *x, struct reader *r, struct apart_thread *t,
			   struct json_writer *w)
{
	enum err err = db_begin(&x->cx, r->db, false);

	if (!err) {
		if (t)
			apart_watch(t, r->db);
		err = view_run(&x->cx, x->route->view, r, x->params, w);
		if (t)
			apart_watch(t, NULL);
	}
	db_rollback(r->db);
	return err;
}

enum err exchange_view(struct exchange *x, struct reader *r, struct apart_thread *t)
{
	const struct view *v = x->route->view;
	struct kept_key key;
	struct json_writer w;
	struct sb sb;
	bool keep = may_keep(x, &key);

	sb_init(&sb, &x->cx, ANSWER_MAX);
	jw_init(&w, &sb, false);
	jw_object(&w);
	if (read_books(x, r, t, &w))
		return x->cx.err;
	jw_object_end(&w);
	if (sb_end(&sb))
		return x->cx.err;
	answer_view(x, &sb);
	if (v->list)
		link_next(x, &sb);
	else
		tag_view(x, keep ? &key : NULL);
	return ERR_OK;
}

/* In this thread. */
static enum err run_view(struct exchange *x)
{
	struct reader r;
	enum err err = exchange_reader(x, x->city, &r);

	if (err)
		return err;
	err = exchange_view(x, &r, NULL);
	node_reader_put(x->server->node, &r);
	return err;
}

/* Whether it is answered without being run: from what was kept, or because it asks wrongly. */
static bool answer_early(struct exchange *x)
{
	const struct view *v = x->route->view;
	struct kept_key key;

	return (may_keep(x, &key) && answer_kept(x, &key)) || read_params(x, v->params, v->params_size);
}

static enum err run_own(struct exchange *x)
{
	const struct own_route *o = x->route->own;

	if (!o->request && !x->file && read_params(x, o->params, o->params_size))
		return x->cx.err;
	return o->serve(x);
}

static void answer_options(struct exchange *x)
{
	answer_text(x, 204, NULL, "", 0);
	answer_header(x, "Allow", router_allow_text(&x->cx, x->match.allow));
}

/* --- sleeping while another thread works --- */

/* Before x is another thread's: from then on only its connection may be touched, until it is awake. */
static void fall_asleep(struct exchange *x)
{
	x->stage = STAGE_ASLEEP;
	loop_asleep(x->loop);
}

static bool stay_awake(struct exchange *x)
{
	x->stage = STAGE_BODY;
	loop_not_asleep(x->loop);
	answer_problem(x);
	return true;
}

/* The other thread may be done with x by now; but it is this thread that will resume it. */
static bool sleep_now(struct MHD_Connection *connection)
{
	MHD_suspend_connection(connection);
	return false;
}

void exchange_wake(struct exchange *x) { loop_wake(x->loop, x); }

/* false: the connection sleeps, and x is another thread's. */
static bool run_action(struct exchange *x)
{
	struct MHD_Connection *connection = x->connection;

	if (read_action(x)) {
		answer_problem(x);
		return true;
	}
	fall_asleep(x);
	if (node_submit(&x->cx, x->server->node, &x->q, action_done, x))
		return stay_awake(x);
	return sleep_now(connection);
}

/* queue: gives x to another thread, or fails. */
static bool run_queued(struct exchange *x, enum err (*queue)(struct exchange *x))
{
	struct MHD_Connection *connection = x->connection;

	fall_asleep(x);
	if (queue(x))
		return stay_awake(x);
	return sleep_now(connection);
}

static bool begin_view(struct exchange *x)
{
	bool early = answer_early(x);

	if (!early && x->route->view->apart)
		return run_queued(x, apart_queue);
	if (early ? x->cx.err : run_view(x))
		answer_problem(x);
	return true;
}

bool exchange_run(struct exchange *x)
{
	if (x->cx.err) {
		answer_problem(x);
	} else if (!x->route) {
		answer_options(x);
	} else if (x->route->action) {
		return run_action(x);
	} else if (x->route->own && x->route->own->queued) {
		return run_queued(x, x->route->own->serve);
	} else if (x->route->view) {
		return begin_view(x);
	} else if (run_own(x)) {
		answer_problem(x);
	}
	return true;
}

void exchange_finish(struct exchange *x)
{
	if (x->route->action)
		answer_action(x);
	else if (x->q.err)
		answer_problem(x);
}

/* --- the body as it comes --- */

/* Whether the answer must wait until the body has been read away: a caller that is still writing does
 * not read why it was refused. */
static bool will_discard(struct exchange *x)
{
	const char *length = x->heading[HEADING_CONTENT_LENGTH];

	if (x->heading[HEADING_EXPECT] || x->unframed)
		return false;
	return !length || strtoll(length, NULL, 10) <= REQUEST_DISCARD_MAX;
}

bool exchange_begin(struct exchange *x, const char *method)
{
	x->begun = true;
	x->now_us = monotonic_us();
	sb_init(&x->body, &x->cx, json_limits_request.bytes);
	x->stage = STAGE_BODY;
	if (!check_all(x, method))
		return true;
	x->discard = true;
	if (will_discard(x))
		return true;
	x->close = true;
	answer_problem(x);
	return false;
}

bool exchange_upload(struct exchange *x, const char *data, size_t n)
{
	x->body_seen += n;
	if (x->body_seen > REQUEST_DISCARD_MAX)
		return false;
	if (x->discard || !has_body(x->route))
		return true;
	if (x->body_seen > json_limits_request.bytes) {
		cx_fail(&x->cx, ERR_TOO_LARGE, "a body may have at most %zu bytes",
			json_limits_request.bytes);
		x->discard = true;
		return true;
	}
	sb_add(&x->body, data, n);
	return true;
}
