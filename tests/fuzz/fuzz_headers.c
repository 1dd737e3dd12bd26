/* Whatever Accept-Encoding holds: no form is chosen that it refuses, or that the file has not. Whatever
 * Cookie and Origin hold: a cookie's value is one that could be sent, and stands behind its name; only this
 * host's origin is its own. Whatever Accept-Language holds: it is a language that is spoken. */
#include "fuzz.h"

#include <strings.h>

#include "server/header.h"
#include "server/proxy.h"
#include "server/web.h"

static void check_choice(const char *accept)
{
	static const char bytes[] = "12345678";
	struct web_file f = {.body = {{.p = bytes, .n = 8}, {.p = bytes, .n = 6}, {.p = bytes, .n = 4}}};
	enum web_coding c = web_choose(&f, accept);

	HOLDS(c == WEB_PLAIN || header_takes_coding(accept, web_codings[c]));
	HOLDS(c == WEB_BR || !header_takes_coding(accept, "br"));
	f.body[WEB_BR].p = NULL;
	HOLDS(web_choose(&f, accept) != WEB_BR);
	if (!strpbrk(accept, "*") && !strcasestr(accept, "gzip"))
		HOLDS(web_choose(&f, accept) == WEB_PLAIN);
}

static void check_cookie(struct cx *cx, const char *text)
{
	const char *value = header_cookie(cx, text, "relode");

	if (!value)
		return;
	HOLDS(*value && !strpbrk(value, "; \",\\\t"));
	HOLDS(strstr(text, cx_printf(cx, "relode=%s", value)));
	/* a second one of the name: neither counts */
	HOLDS(!header_cookie(cx, cx_printf(cx, "%s; relode=x", text), "relode"));
}

static void check_origin(const char *text)
{
	static const char host[] = "a.example:1";
	size_t n = strlen(text), end = sizeof(host) - 1;

	if (header_same_origin(text, host, true))
		HOLDS(n == end + 8 && strcasecmp(text + 8, host) == 0);
	if (header_same_origin(text, host, false))
		HOLDS(n > end && strcasecmp(text + n - end, host) == 0);
}

/* Naming another language beside it changes nothing; and who refuses Chinese is not given it. */
static void check_language(struct cx *cx, const char *text)
{
	const struct tongue *t = header_tongue(text);

	HOLDS(!t || t == &tongue_zh);
	HOLDS(!t || strcasestr(text, "zh"));
	HOLDS(header_tongue(cx_printf(cx, "%s, fr", text)) == t);
	HOLDS(!header_tongue(cx_printf(cx, "en, %s", text)) || t);
}

static void check_words(const char *text)
{
	char out[20];

	for (int forwarded = 0; forwarded < 2; forwarded++)
		if (proxy_word(text, forwarded, "host", out, sizeof(out)))
			HOLDS(*out && strlen(out) < sizeof(out) && strstr(text, out));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cx cx;
	char *text;

	cx_init(&cx, 0);
	text = cx_strndup(&cx, (const char *)data, size);
	HOLDS(text);
	check_choice(text);
	check_cookie(&cx, text);
	check_origin(text);
	check_words(text);
	check_language(&cx, text);
	cx_done(&cx);
	return 0;
}
