/* The web app's files over HTTP: pages, scripts, pictures; see web.h. No caller is asked who it is. */
#include "server/header.h"
#include "server/http.h"

/* Nothing from elsewhere, nothing inline, nothing made of text; forms and frames stay here. */
static const char policy[] =
	"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; "
	"connect-src 'self'; font-src 'self'; manifest-src 'self'; worker-src 'self'; "
	"media-src 'self' blob:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

static enum err serve_app(struct exchange *x);
static const struct own_route own = {.method = METHOD_GET,
				     .pattern = "/*",
				     .id = "server.app",
				     .roles = ROLE_PUBLIC,
				     .serve = serve_app,
				     .no_limit = true,
				     .hidden = true};
static const struct route route = {.method = METHOD_GET,
				   .pattern = "/*",
				   .id = "server.app",
				   .roles = ROLE_PUBLIC,
				   .index = -1,
				   .own = &own};

static struct web *web_now(struct server *s)
{
	struct web *w;

	pthread_mutex_lock(&s->web_lock);
	w = s->web ? web_keep(s->web) : NULL;
	pthread_mutex_unlock(&s->web_lock);
	return w;
}

void app_set(struct server *s, struct web *w)
{
	struct web *before;

	pthread_mutex_lock(&s->web_lock);
	before = s->web;
	s->web = w;
	pthread_mutex_unlock(&s->web_lock);
	web_drop(before);
}

bool app_find(struct exchange *x)
{
	x->web = web_now(x->server);
	if (!x->web && x->target.path_n == 1) {
		cx_clear(&x->cx);
		cx_fail(&x->cx, ERR_NOT_FOUND,
			"the API alone is served here (/openapi.json): the web app was not found. Build it "
			"(npm ci && npm run build in web/) and name its folder: relode serve --web web/dist");
	}
	x->file = x->web ? web_find(x->web, x->target.path, x->target.path_n) : NULL;
	if (!x->file)
		return false;
	cx_clear(&x->cx);
	x->route = &route;
	x->match.pattern = route.pattern;
	return true;
}

static enum err serve_app(struct exchange *x)
{
	const struct web_file *f = x->file;
	const char *accept = exchange_header_all(x, "Accept-Encoding"), *have;
	const struct web_body *b;
	enum web_coding coding;
	const void *body;

	if (x->cx.err)
		return x->cx.err;
	coding = web_choose(f, accept);
	b = &f->body[coding];
	have = f->fixed ? NULL : x->heading[HEADING_IF_NONE_MATCH];
	if (have && header_has_etag(have, b->tag))
		answer_text(x, 304, NULL, "", 0);
	else if (!web_read(&x->cx, b, &body))
		answer_text(x, 200, f->type, body, b->n);
	else
		return x->cx.err;
	answer_header(x, "Cache-Control", f->fixed ? "public, max-age=31536000, immutable" : "no-cache");
	answer_header(x, "Vary", "Accept-Encoding");
	answer_header(x, "ETag", cx_printf(&x->cx, "\"%s\"", b->tag));
	if (coding && x->answer.status == 200)
		answer_header(x, "Content-Encoding", web_codings[coding]);
	if (!f->runs)
		return x->cx.err;
	answer_header(x, "Content-Security-Policy", policy);
	answer_header(x, "Permissions-Policy", "camera=(self), geolocation=(self)");
	answer_header(x, "Cross-Origin-Opener-Policy", "same-origin");
	return x->cx.err;
}
