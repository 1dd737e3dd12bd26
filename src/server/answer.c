/* Answers: JSON, problems (RFC 9457), ETags, and the line in the log. */
#include "base/time.h"
#include "codec/hash.h"
#include "server/header.h"
#include "server/loop.h"

void answer_header(struct exchange *x, const char *name, const char *value)
{
	BUG(x->answer.headers == ANSWER_HEADERS_MAX);
	if (value) {
		x->answer.header[x->answer.headers].name = name;
		x->answer.header[x->answer.headers++].value = value;
	}
}

void answer_text(struct exchange *x, int status, const char *type, const char *text, size_t n)
{
	x->answer.status = status;
	x->answer.type = type;
	x->answer.body = text;
	x->answer.n = n;
}

void answer_json(struct exchange *x, int status, const struct sb *sb)
{
	answer_text(x, status, "application/json", sb->data, sb->len);
}

void answer_tag(const struct exchange *x, char out[KEPT_TAG_MAX])
{
	struct digest d = sha256(x->answer.body, x->answer.n);

	hex_encode(out, d.byte, KEPT_TAG_MAX / 2);
}

void answer_tagged(struct exchange *x, const char *tag)
{
	const char *have = x->heading[HEADING_IF_NONE_MATCH];
	size_t n = strlen(tag);
	char *quoted = cx_alloc(&x->cx, n + 3);

	if (quoted) {
		quoted[0] = quoted[n + 1] = '"';
		memcpy(quoted + 1, tag, n);
	}
	answer_header(x, "ETag", quoted);
	if (!have || !header_has_etag(have, tag))
		return;
	answer_text(x, 304, NULL, "", 0);
}

void answer_etag(struct exchange *x)
{
	char tag[KEPT_TAG_MAX];

	answer_tag(x, tag);
	answer_tagged(x, tag);
}

/* --- problems --- */

static void write_hint(struct json_writer *w, const struct cx_hint *h)
{
	const char *p = h->text;

	jw_name(w, h->key);
	if (*p && strspn(p, "0123456789") == strlen(p) && strlen(p) < 16) {
		jw_int(w, strtoll(p, NULL, 10));
		return;
	}
	if (strcmp(h->key, "allowed") != 0) {
		jw_text(w, p);
		return;
	}
	jw_array(w);
	while (*p) {
		size_t n = strcspn(p, ",");
		char *word = cx_strndup(w->sb->cx, p, n);
		if (n > 0)
			jw_text(w, word);
		p += n + (p[n] == ',');
		p += strspn(p, " ");
	}
	jw_array_end(w);
}

static const char *hint_of(const struct cx *cx, const char *key)
{
	for (int i = 0; i < cx->hints; i++)
		if (strcmp(cx->hint[i].key, key) == 0)
			return cx->hint[i].text;
	return NULL;
}

static void answer_language(struct exchange *x)
{
	answer_header(x, "Content-Language", tongue_tag(x->cx.tongue));
	answer_header(x, "Vary", "Accept-Language");
}

static void problem_headers(struct exchange *x, enum err err)
{
	answer_language(x);
	if (err == ERR_UNAUTHENTICATED || err == ERR_SESSION)
		answer_header(x, "WWW-Authenticate",
			      x->bearer ? "Bearer realm=\"relode\", error=\"invalid_token\"" :
					  "Bearer realm=\"relode\"");
	if (err == ERR_METHOD)
		answer_header(x, "Allow", router_allow_text(&x->cx, x->match.allow));
	if (err == ERR_RATE || err == ERR_BUSY || err == ERR_INTERRUPTED) {
		const char *wait = hint_of(&x->cx, "retry_after_s");
		answer_header(x, "Retry-After", wait ? wait : "1");
	}
}

/* What the caller is told: nothing of what failed inside, and nothing in another language than the rest. */
static const char *detail_of(struct cx *cx, enum err err)
{
	if (err_inside(err) || !cx->msg[0])
		return cx_say(cx, "this failed inside the server; its log says why, by the instance");
	return cx->foreign ? cx_say(cx, err_title(err)) : cx->msg;
}

void answer_problem(struct exchange *x)
{
	enum err err = x->cx.err;
	int status = x->answer.status ? x->answer.status : err_http(err);
	struct json_writer w;
	struct cx *cx = &x->cx;
	struct sb sb;

	x->answer = (struct answer){.status = status};
	problem_headers(x, err);
	sb_init(&sb, cx, 100000);
	jw_init(&w, &sb, false);
	jw_object(&w);
	jw_text_at(&w, "type", cx_printf(cx, "/problems/%s", err_slug(err)));
	jw_text_at(&w, "title", cx_say(cx, err_title(err)));
	jw_int_at(&w, "status", status);
	jw_text_at(&w, "detail", detail_of(cx, err));
	jw_text_at(&w, "instance", cx_printf(cx, "urn:uuid:%s", x->id));
	for (int i = 0; i < cx->hints; i++)
		write_hint(&w, &cx->hint[i]);
	jw_object_end(&w);
	if (sb.err) { /* memory is out: the smallest true answer */
		static const char last[] = "{\"title\":\"out of memory\"}";
		answer_text(x, status, "application/problem+json", last, sizeof(last) - 1);
		return;
	}
	answer_text(x, status, "application/problem+json", sb.data, sb.len);
}

enum err serve_problem(struct exchange *x)
{
	const char *slug = x->match.param[0].value;
	char *text;

	for (enum err e = ERR_INPUT; e < ERR_COUNT; e++) {
		if (strcmp(err_slug(e), slug) != 0)
			continue;
		text = cx_printf(&x->cx, "%s: %s (status %d)\n", slug, cx_say(&x->cx, err_title(e)),
				 err_http(e));
		if (!text)
			return x->cx.err;
		answer_text(x, 200, "text/plain; charset=utf-8", text, strlen(text));
		answer_language(x);
		return ERR_OK;
	}
	return cx_fail(&x->cx, ERR_NOT_FOUND, "there is no problem of this type");
}

/* --- the log --- */

/* Paths and queries may hold what is personal, and so may messages about values: of a request the
 * pattern is written; of its error the kind, and the words only when the fault is ours. The address
 * stands where someone may be trying doors. */
void answer_log(struct exchange *x, int64_t took_us, bool broken)
{
	static const char *const levels[] = {"info", "warn", "error"}; /* by enum server_log */
	const struct server_options *o = server_now(x->server);
	int status = x->answer.status;
	bool door = status == 401 || status == 403 || status == 429;
	enum server_log level = status >= 500  ? SERVER_LOG_ERROR :
				door || broken ? SERVER_LOG_WARN :
						 SERVER_LOG_ALL;
	struct sb sb;

	if (o->log_fd < 0 || level < o->log)
		return;
	sb_init(&sb, &x->cx, 4000);
	sb_printf(&sb, "time=%s level=%s id=%s method=%s route=%s status=%d ms=%lld.%03lld bytes=%zu",
		  time_rfc3339(&x->cx, cx_now(&x->cx)), levels[level], x->id,
		  x->head ? "HEAD" : x->route ? method_names[x->route->method] : "-",
		  x->match.pattern ? x->match.pattern : "-", status, (long long)(took_us / 1000),
		  (long long)(took_us % 1000), x->answer.n);
	if (x->route && x->route->has_city)
		sb_printf(&sb, " city=%lld", (long long)x->city);
	if (x->who.user)
		sb_printf(&sb, " user=%lld", (long long)x->who.user);
	if (x->q.replayed)
		sb_str(&sb, " replayed=true");
	if (broken)
		sb_str(&sb, " broken=true");
	if (door)
		sb_printf(&sb, " address=%s", x->address);
	if (x->cx.err)
		sb_printf(&sb, " error=%s", err_slug(x->cx.err));
	if (err_inside(x->cx.err)) {
		sb_str(&sb, " detail=");
		json_quote(&sb, x->cx.msg, strlen(x->cx.msg));
	}
	sb_char(&sb, '\n');
	if (!sb_end(&sb))
		loop_log(x->loop, sb.data, sb.len);
}
