/* Whatever Accept-Encoding holds: no form is chosen that it refuses, or that the file has not. */
#include "fuzz.h"

#include "server/header.h"
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

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cx cx;
	char *text;

	cx_init(&cx, 0);
	text = cx_strndup(&cx, (const char *)data, size);
	HOLDS(text);
	check_choice(text);
	cx_done(&cx);
	return 0;
}
