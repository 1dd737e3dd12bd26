/* Whatever a request's first line and headers hold: the router refuses it, or finds a route whose
 * pattern, filled with the parameters that it gave, leads there again with the same parameters. */
#include "fuzz.h"

#include "base/utf8.h"
#include "server/header.h"
#include "server/router.h"

static const struct {
	enum method method;
	const char *pattern;
} routes[] = {
	{METHOD_GET, "/healthz"},
	{METHOD_GET, "/v1/cities"},
	{METHOD_POST, "/v1/cities"},
	{METHOD_GET, "/v1/cities/{city}/orders/{order}"},
	{METHOD_GET, "/v1/cities/{city}/orders/open"},
	{METHOD_GET, "/v1/cities/{city}/orders/{order}/items/{item}"},
	{METHOD_GET, "/v1/cities/{city}/orders/open/items"},
	{METHOD_GET, "/{a}/{b}/{c}/{d}/{e}/{f}"},
	{METHOD_PUT, "/{a}/{b}"},
};

static struct router *make(struct cx *cx)
{
	struct router *r;

	HOLDS(router_new(cx, &r) == ERR_OK);
	for (size_t i = 0; i < ARRAY_LEN(routes); i++)
		HOLDS(router_add(cx, r, routes[i].method, routes[i].pattern, &routes[i]) == ERR_OK);
	return r;
}

static void must_be_text(const char *s) { HOLDS(utf8_valid(s, strlen(s))); }

static void fill(struct sb *sb, const struct route_match *m)
{
	int next = 0;

	for (const char *p = m->pattern; *p; p++) {
		if (*p != '{') {
			sb_char(sb, *p);
			continue;
		}
		HOLDS(next < m->params);
		router_encode(sb, m->param[next++].value);
		p += strcspn(p, "}");
	}
	HOLDS(next == m->params);
}

static void must_find_again(struct cx *cx, const struct router *r, enum method method,
			    const struct route_match *m)
{
	struct route_match again;
	struct sb sb;

	sb_init(&sb, cx, 4 * ROUTER_TARGET_MAX);
	fill(&sb, m);
	HOLDS(sb_end(&sb) == ERR_OK);
	HOLDS(router_find(cx, r, method, sb.data, sb.len, &again) == ERR_OK);
	HOLDS(again.target == m->target && again.params == m->params && again.allow == m->allow);
	for (int i = 0; i < m->params; i++)
		HOLDS(strcmp(again.param[i].value, m->param[i].value) == 0);
}

static void check_target(struct cx *cx, const char *text, size_t n)
{
	const struct router *r = make(cx);
	struct target t;
	struct query q;

	if (target_split(cx, text, n, &t))
		return;
	HOLDS(t.path >= text && t.path + t.path_n <= text + n);
	for (int method = 0; method < METHODS; method++) {
		struct route_match m;
		enum err err = router_find(cx, r, (enum method)method, t.path, t.path_n, &m);
		HOLDS(err == ERR_OK || err == ERR_NOT_FOUND || err == ERR_INPUT);
		if (err)
			continue;
		HOLDS(m.allow && m.params <= ROUTER_PARAMS_MAX);
		HOLDS((m.target != NULL) == ((m.allow >> method & 1) != 0));
		for (int i = 0; i < m.params; i++) {
			HOLDS(*m.param[i].value);
			must_be_text(m.param[i].value);
		}
		must_find_again(cx, r, (enum method)method, &m);
	}
	if (query_read(cx, t.query, t.query_n, &q) == ERR_OK) {
		HOLDS(q.count <= ROUTER_QUERY_MAX);
		for (int i = 0; i < q.count; i++) {
			must_be_text(q.pair[i].name);
			must_be_text(q.pair[i].value);
		}
	}
}

static void check_headers(struct cx *cx, const char *text)
{
	const char *key = NULL, *bearer = header_bearer(text);
	int64_t number = -1;

	HOLDS(!bearer || *bearer);
	if (header_key(cx, text, 40, &key) == ERR_OK)
		HOLDS(*key && strlen(key) <= 40);
	if (header_number(cx, "N", text, 1000, &number) == ERR_OK)
		HOLDS(number >= 0 && number <= 1000);
	else
		HOLDS(number == -1);
	(void)header_is_json(text);
	(void)header_has_etag(text, "tag");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cx cx;
	char *text;

	cx_init(&cx, (size_t)1 << 28);
	text = cx_strndup(&cx, (const char *)data, size);
	HOLDS(text);
	check_target(&cx, text, size);
	cx_clear(&cx);
	check_headers(&cx, text);
	cx_done(&cx);
	return 0;
}
