/* A door to a running server: the declarations here give the method and path of an action and of a view;
 * what remains of the body after the path goes as JSON. One connection, kept open; one request at a time,
 * so that the order of a list is the order of the books. */
#include <time.h>

#include <curl/curl.h>

#include "cli/door_local.h"
#include "cli/fields.h"

enum {
	CONNECT_TIMEOUT_S = 10,
	REQUEST_TIMEOUT_S = 120,
	ANSWER_MAX = 64 * 1024 * 1024, /* bytes */
	URL_MAX = 8000,
	TRIES_MAX = 6,      /* a busy server, a lost connection: the Idempotency-Key makes it safe */
	FIRST_WAIT_MS = 50, /* doubles with each try */
	KEY_MAX = 255
};

struct http_door {
	struct door d; /* first */
	CURL *curl;
	char *url;   /* without '/' at the end */
	char *token; /* or NULL */
};

static struct http_door *http_of(struct door *d) { return (struct http_door *)(void *)d; }

/* What goes out, and what came back. */
struct exchange {
	const char *method;
	struct sb url;
	const char *body; /* or NULL */
	struct curl_slist *header;
	long status;
	struct sb answer;
};

static size_t take_bytes(char *bytes, size_t size, size_t n, void *arg)
{
	struct exchange *x = arg;

	sb_add(&x->answer, bytes, size * n);
	return x->answer.err ? 0 : size * n; /* 0: curl ends the transfer */
}

static enum err set_options(struct cx *cx, CURL *c, struct exchange *x)
{
	struct sb *url = &x->url;

	if (sb_end(url))
		return cx->err;
	curl_easy_reset(c); /* the connection stays */
	if (curl_easy_setopt(c, CURLOPT_URL, url->data) ||
	    curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "http,https") ||
	    curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L) ||
	    curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT, (long)CONNECT_TIMEOUT_S) ||
	    curl_easy_setopt(c, CURLOPT_TIMEOUT, (long)REQUEST_TIMEOUT_S) ||
	    curl_easy_setopt(c, CURLOPT_FOLLOWLOCATION, 0L) ||
	    curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, take_bytes) ||
	    curl_easy_setopt(c, CURLOPT_WRITEDATA, x) ||
	    curl_easy_setopt(c, CURLOPT_HTTPHEADER, x->header) ||
	    curl_easy_setopt(c, CURLOPT_CUSTOMREQUEST, x->method))
		return cx_fail(cx, ERR_IO, "the HTTP library refuses an option");
	if (x->body && (curl_easy_setopt(c, CURLOPT_POSTFIELDSIZE, (long)strlen(x->body)) ||
			curl_easy_setopt(c, CURLOPT_POSTFIELDS, x->body)))
		return cx_fail(cx, ERR_IO, "the HTTP library refuses a body");
	return ERR_OK;
}

static void wait_ms(long ms)
{
	struct timespec t = {ms / 1000, ms % 1000 * 1000000};

	nanosleep(&t, NULL);
}

/* Until there is an answer that is not "busy". */
static enum err perform(struct cx *cx, struct http_door *h, struct exchange *x)
{
	long wait = FIRST_WAIT_MS;
	CURLcode code = CURLE_OK;

	for (int try = 0; try < TRIES_MAX; try++, wait *= 2) {
		if (try > 0)
			wait_ms(wait);
		if (cx_stopping(cx))
			return cx_fail(cx, ERR_INTERRUPTED, "stopped on request");
		sb_init(&x->answer, cx, ANSWER_MAX);
		if (set_options(cx, h->curl, x))
			return cx->err;
		code = curl_easy_perform(h->curl);
		if (x->answer.err)
			return cx_fail(cx, ERR_TOO_LARGE,
				       "the server's answer has more than %d bytes", ANSWER_MAX);
		if (code == CURLE_OK) {
			curl_easy_getinfo(h->curl, CURLINFO_RESPONSE_CODE, &x->status);
			if (x->status != 503)
				return ERR_OK;
		} else if (code != CURLE_GOT_NOTHING && code != CURLE_SEND_ERROR &&
			   code != CURLE_RECV_ERROR) {
			break; /* nobody listens, no such host, no time left: trying again does not help */
		}
	}
	if (code == CURLE_OK)
		return ERR_OK;
	return cx_fail(cx, ERR_IO, "%s: %s", h->url, curl_easy_strerror(code));
}

/* --- addresses --- */

static char *plain_text(struct cx *cx, const struct json *v)
{
	switch (v->type) {
	case JSON_TEXT:
		return cx_strdup(cx, v->text);
	case JSON_INT:
		return cx_printf(cx, "%lld", (long long)v->number);
	case JSON_BOOL:
		return cx_strdup(cx, v->truth ? "true" : "false");
	case JSON_NULL:
	case JSON_REAL:
	case JSON_ARRAY:
	case JSON_OBJECT:
		break;
	}
	cx_fail(cx, ERR_INVALID, "a value in an address must be a text, a whole number, true or false");
	return NULL;
}

static void add_escaped(struct sb *sb, const char *s)
{
	for (; *s; s++) {
		unsigned char c = (unsigned char)*s;
		bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
			     strchr("-._~", c);
		if (plain)
			sb_char(sb, (char)c);
		else
			sb_printf(sb, "%%%02X", c);
	}
}

static bool in_path(const char *path, const char *name)
{
	char mark[80];

	snprintf(mark, sizeof(mark), "{%s}", name);
	return strstr(path, mark) != NULL;
}

/* "/v1/cities/{city}/items/{item}/give" with the values of the body. */
static enum err add_path(struct cx *cx, struct sb *sb, const char *path, int64_t city,
			 const struct json *body)
{
	for (const char *p = path; *p; p++) {
		const struct json *v;
		char *name, *text;
		size_t n;

		if (*p != '{') {
			sb_char(sb, *p);
			continue;
		}
		n = strcspn(p, "}");
		name = cx_strndup(cx, p + 1, n - 1);
		if (!name)
			return cx->err;
		p += n;
		if (strcmp(name, "city") == 0) {
			sb_i64(sb, city);
			continue;
		}
		v = json_get(body, name);
		if (!v)
			return cx_fail(cx, ERR_INVALID, "%s: is missing", name);
		text = plain_text(cx, v);
		if (!text)
			return cx_prefix(cx, "%s: ", name);
		add_escaped(sb, text);
	}
	return sb_end(sb);
}

static enum err add_query(struct cx *cx, struct sb *sb, const char *path, const struct json *params)
{
	char mark = '?';

	for (size_t i = 0; params && params->type == JSON_OBJECT && i < params->count; i++) {
		char *text;
		if (in_path(path, params->name[i]))
			continue;
		text = plain_text(cx, params->item[i]);
		if (!text)
			return cx_prefix(cx, "%s: ", params->name[i]);
		sb_char(sb, mark);
		add_escaped(sb, params->name[i]);
		sb_char(sb, '=');
		add_escaped(sb, text);
		mark = '&';
	}
	return sb_end(sb);
}

/* The body without what the path has. */
static enum err body_text(struct cx *cx, const char *path, const struct json *body, const char **out)
{
	struct json_writer w;
	struct sb sb;

	sb_init(&sb, cx, json_limits_request.bytes);
	jw_init(&w, &sb, false);
	jw_object(&w);
	for (size_t i = 0; body && body->type == JSON_OBJECT && i < body->count; i++) {
		if (in_path(path, body->name[i]))
			continue;
		jw_name(&w, body->name[i]);
		jw_value(&w, body->item[i]);
	}
	jw_object_end(&w);
	if (sb_end(&sb))
		return cx->err;
	*out = sb.data;
	return ERR_OK;
}

/* --- headers --- */

static enum err add_header(struct cx *cx, struct exchange *x, const char *line)
{
	struct curl_slist *list = line ? curl_slist_append(x->header, line) : NULL;

	if (!list)
		return cx->err ? cx->err : cx_fail(cx, ERR_MEMORY, "no memory for a header");
	x->header = list;
	return ERR_OK;
}

/* As a structured-field string (RFC 8941): printable ASCII in quotes. */
static enum err add_key(struct cx *cx, struct exchange *x, const char *key)
{
	unsigned char random[16];
	struct sb sb;

	sb_init(&sb, cx, 2 * KEY_MAX + 40);
	sb_str(&sb, "Idempotency-Key: \"");
	if (!key) {
		cx_random(cx, random, sizeof(random));
		for (size_t i = 0; i < sizeof(random); i++)
			sb_printf(&sb, "%02x", random[i]);
	}
	for (; key && *key; key++) {
		if (*key < 0x20 || *key > 0x7e)
			return cx_fail(cx, ERR_INPUT,
				       "an Idempotency-Key has printable ASCII characters only");
		if (*key == '"' || *key == '\\')
			sb_char(&sb, '\\');
		sb_char(&sb, *key);
	}
	sb_char(&sb, '"');
	return sb_end(&sb) ? cx->err : add_header(cx, x, sb.data);
}

static enum err add_bearer(struct cx *cx, struct exchange *x, const char *token)
{
	if (!token)
		return ERR_OK;
	if (strspn(token,
		   "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~+/=") !=
	    strlen(token))
		return cx_fail(cx, ERR_INPUT, "the token holds a character that no token has");
	return add_header(cx, x, cx_printf(cx, "Authorization: Bearer %s", token));
}

static enum err add_action_headers(struct cx *cx, struct http_door *h, struct exchange *x,
				   const struct door_action *a)
{
	if (add_header(cx, x, "Content-Type: application/json") || add_header(cx, x, "Expect:") ||
	    add_key(cx, x, a->key) || add_bearer(cx, x, a->order_link ? a->order_link : h->token))
		return cx->err;
	if (a->happened_us != FIELD_NONE &&
	    add_header(cx, x, cx_printf(cx, "Relode-Happened-Us: %lld", (long long)a->happened_us)))
		return cx->err;
	if (a->user && !a->order_link)
		return add_header(cx, x, cx_printf(cx, "Relode-On-Behalf-Of: %lld", (long long)a->user));
	return ERR_OK;
}

/* --- answers --- */

static enum err err_of(const struct json *problem, long status)
{
	const struct json *type = json_get(problem, "type");
	const char *slug = type && type->type == JSON_TEXT ? strrchr(type->text, '/') : NULL;

	if (type && type->type == JSON_TEXT) {
		slug = slug ? slug + 1 : type->text;
		for (int e = ERR_OK + 1; e < ERR_COUNT; e++)
			if (strcmp(err_slug((enum err)e), slug) == 0)
				return (enum err)e;
	}
	for (int e = ERR_OK + 1; e < ERR_COUNT && status < 500; e++)
		if (err_http((enum err)e) == (int)status)
			return (enum err)e;
	return ERR_IO;
}

static void add_hint(struct cx *cx, const char *name, const struct json *v)
{
	struct sb sb;

	sb_init(&sb, cx, 4000);
	for (size_t i = 0; v->type == JSON_ARRAY && i < v->count; i++)
		sb_printf(&sb, "%s%s", i ? ", " : "", v->item[i]->type == JSON_TEXT ? v->item[i]->text : "?");
	if (v->type == JSON_TEXT)
		cx_hint(cx, name, "%s", v->text);
	else if (v->type == JSON_INT)
		cx_hint(cx, name, "%lld", (long long)v->number);
	else if (v->type == JSON_ARRAY && !sb.err)
		cx_hint(cx, name, "%s", sb.len ? sb.data : "");
}

/* RFC 9457: back into the error that the server had. */
static enum err take_problem(struct cx *cx, struct http_door *h, const struct exchange *x,
			     const struct json *problem)
{
	static const char *const own[] = {"type", "title", "status", "detail", "instance"};
	const struct json *detail = json_get(problem, "detail");
	bool known;

	if (!problem || problem->type != JSON_OBJECT)
		return cx_fail(cx, err_of(NULL, x->status), "%s answered %ld", h->url, x->status);
	if (!detail || detail->type != JSON_TEXT)
		detail = json_get(problem, "title");
	cx_fail(cx, err_of(problem, x->status), "%s",
		detail && detail->type == JSON_TEXT ? detail->text : "the server gives no reason");
	for (size_t i = 0; i < problem->count; i++) {
		known = false;
		for (size_t k = 0; k < ARRAY_LEN(own); k++)
			known |= strcmp(own[k], problem->name[i]) == 0;
		if (!known)
			add_hint(cx, problem->name[i], problem->item[i]);
	}
	return cx->err;
}

/* *lost: the door failed, not what was asked for. */
static enum err run(struct cx *cx, struct http_door *h, struct exchange *x, const struct json **out,
		    bool *lost)
{
	struct json *v = NULL;

	*lost = true;
	if (perform(cx, h, x))
		return cx->err;
	if (x->answer.len && json_parse(cx, x->answer.data, x->answer.len, &json_limits_file, &v)) {
		if (x->status >= 200 && x->status < 300)
			return cx_prefix(cx, "%s answered something else than JSON: ", h->url);
		cx_clear(cx); /* a proxy's page: its status says enough */
	}
	*lost = false;
	if (x->status < 200 || x->status >= 300)
		return take_problem(cx, h, x, v);
	if (!v)
		return cx_fail(cx, ERR_IO, "%s answered nothing", h->url);
	*out = v;
	return ERR_OK;
}

/* --- the door --- */

static enum err act_one(struct cx *cx, struct http_door *h, struct door_action *a, bool *lost)
{
	const struct action *action = fields_action(a->type);
	struct exchange x = {.header = NULL};
	enum err err;

	*lost = false;
	if (!action || !action->path)
		return cx_fail(cx, ERR_NOT_FOUND, "there is no action %.60s over HTTP", a->type);
	x.method = action->method;
	sb_init(&x.url, cx, URL_MAX);
	sb_str(&x.url, h->url);
	if (add_path(cx, &x.url, action->path, a->city, a->body) ||
	    body_text(cx, action->path, a->body, &x.body))
		return cx->err;
	err = add_action_headers(cx, h, &x, a);
	if (!err)
		err = run(cx, h, &x, &a->answer, lost);
	curl_slist_free_all(x.header);
	return err;
}

static enum err act_http(struct cx *cx, struct door *d, struct door_action *list, size_t count)
{
	struct http_door *h = http_of(d);

	for (size_t i = 0; i < count; i++) {
		struct door_action *a = &list[i];
		bool lost;

		a->answer = NULL;
		a->msg = NULL;
		a->err = act_one(cx, h, a, &lost);
		if (lost)
			return cx->err;
		if (a->err == ERR_OK)
			continue;
		a->msg = cx_strdup(cx, cx->msg);
		if (!a->msg)
			return cx->err;
		if (count > 1) /* a single action: its error is the caller's to print */
			cx_clear(cx);
	}
	return ERR_OK;
}

static enum err get_http(struct cx *cx, struct door *d, int64_t city, const char *name,
			 const struct json *params, const struct json **out)
{
	const struct view *v = fields_view(name);
	struct http_door *h = http_of(d);
	struct exchange x = {.method = "GET"};
	enum err err;
	bool lost;

	if (!v || !v->path)
		return cx_fail(cx, ERR_NOT_FOUND, "there is no view %.60s over HTTP", name);
	sb_init(&x.url, cx, URL_MAX);
	sb_str(&x.url, h->url);
	if (add_path(cx, &x.url, v->path, city, params) || add_query(cx, &x.url, v->path, params))
		return cx->err;
	err = add_bearer(cx, &x, h->token);
	if (!err)
		err = run(cx, h, &x, out, &lost);
	curl_slist_free_all(x.header);
	return err;
}

/* Plain text, not JSON. */
static enum err checkpoint_http(struct cx *cx, struct door *d, int64_t city, const char **note)
{
	struct http_door *h = http_of(d);
	struct exchange x = {.method = "GET"};
	struct json *problem = NULL;
	enum err err;

	sb_init(&x.url, cx, URL_MAX);
	sb_printf(&x.url, "%s/v1/cities/%lld/log/checkpoint", h->url, (long long)city);
	err = add_bearer(cx, &x, h->token);
	if (!err)
		err = perform(cx, h, &x);
	curl_slist_free_all(x.header);
	if (err)
		return err;
	if (x.status == 200 && x.answer.len) {
		*note = x.answer.data;
		return ERR_OK;
	}
	if (x.answer.len && json_parse(cx, x.answer.data, x.answer.len, &json_limits_request, &problem))
		cx_clear(cx);
	return take_problem(cx, h, &x, problem);
}

static void close_http(struct door *d)
{
	struct http_door *h = http_of(d);

	curl_easy_cleanup(h->curl); /* the rest lies in the context that opened the door */
}

enum err door_open_http(struct cx *cx, const char *url, const char *token, struct door **out)
{
	struct http_door *h;
	size_t n = strlen(url);

	if (strncmp(url, "http://", 7) != 0 && strncmp(url, "https://", 8) != 0)
		return cx_fail(cx, ERR_INPUT, "--server: \"%.80s\" must begin with http:// or https://", url);
	while (n > 0 && url[n - 1] == '/')
		n--;
	h = CX_NEW(cx, struct http_door);
	if (!h)
		return cx->err;
	h->d = (struct door){.act = act_http, .get = get_http, .checkpoint = checkpoint_http,
			      .close = close_http};
	h->url = cx_strndup(cx, url, n);
	h->token = token ? cx_strdup(cx, token) : NULL;
	if (!h->url || (token && !h->token))
		return cx->err;
	h->curl = curl_global_init(CURL_GLOBAL_DEFAULT) ? NULL : curl_easy_init();
	if (!h->curl)
		return cx_fail(cx, ERR_MEMORY, "the HTTP library cannot start");
	*out = &h->d;
	return ERR_OK;
}
