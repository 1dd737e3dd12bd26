/* Members of canonical JSON where they lie (programme/lives/member.h), against the tree: every member,
 * element, number and text is the same; and of bytes that are no JSON nothing behind their end is read. */
#include "fuzz.h"

#include <stdlib.h>

#include "codec/json.h"
#include "programme/lives/member.h"

enum { OUT_MAX = 64 << 20 };

static void same_bytes(struct cx *cx, const struct json *v, struct span s)
{
	struct sb sb;

	sb_init(&sb, cx, OUT_MAX);
	json_canonical(&sb, v);
	HOLDS(sb_end(&sb) == ERR_OK && sb.len == s.n && memcmp(sb.data, s.p, s.n) == 0);
}

static void same_name(struct cx *cx, const char *name, struct span s)
{
	struct json_writer w;
	struct sb sb;

	sb_init(&sb, cx, OUT_MAX);
	jw_init(&w, &sb, false);
	jw_text(&w, name);
	HOLDS(sb_end(&sb) == ERR_OK && sb.len == s.n + 2 && memcmp(sb.data + 1, s.p, s.n) == 0);
}

/* v was read from canonical bytes, which are those of s. */
static void same_value(struct cx *cx, const struct json *v, struct span s)
{
	struct span name, value;
	size_t at = 0, n = 0;

	same_bytes(cx, v, s);
	if (v->type == JSON_INT)
		HOLDS(span_number(s) == v->number);
	if (v->type == JSON_TEXT)
		HOLDS(span_text(s).n == s.n - 2 || s.n == 2);
	for (; v->type == JSON_OBJECT && member_each(s, &at, &name, &value); n++) {
		HOLDS(n < v->count);
		same_name(cx, v->name[n], name);
		same_value(cx, v->item[n], value);
	}
	for (; v->type == JSON_ARRAY && (value = member_next(s, &at)).n; n++) {
		HOLDS(n < v->count);
		same_value(cx, v->item[n], value);
	}
	HOLDS(v->type != JSON_OBJECT && v->type != JSON_ARRAY ? n == 0 : n == v->count);
}

/* Of any bytes: what is given lies within them, and it ends. */
static void stays_within(struct span s, int depth)
{
	struct span name, value;
	size_t at = 0;

	while (depth > 0 && member_each(s, &at, &name, &value)) {
		HOLDS(name.p >= s.p && value.p + value.n <= s.p + s.n);
		stays_within(value, depth - 1);
	}
	at = 0;
	while (depth > 0 && (value = member_next(s, &at)).n) {
		HOLDS(value.p >= s.p && value.p + value.n <= s.p + s.n);
		stays_within(value, depth - 1);
	}
	span_number(s);
	span_text(s);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *copy = malloc(size + 1); /* its end is the input's: the sanitizer looks */
	struct json *v, *again;
	struct cx cx;
	struct sb sb;

	HOLDS(copy);
	memcpy(copy + 1, data, size);
	stays_within((struct span){copy + 1, size}, 4);
	free(copy);
	cx_init(&cx, (size_t)1 << 30);
	if (json_parse(&cx, (const char *)data, size, &json_limits_request, &v) == ERR_OK) {
		sb_init(&sb, &cx, OUT_MAX);
		json_canonical(&sb, v);
		HOLDS(sb_end(&sb) == ERR_OK);
		HOLDS(json_parse(&cx, sb.data, sb.len, &json_limits_file, &again) == ERR_OK);
		same_value(&cx, again, (struct span){sb.data, sb.len});
	}
	cx_done(&cx);
	return 0;
}
