/* Whatever the bytes: json_parse refuses them with a place, or gives a tree that the writer writes,
 * compact and indented, and that reads back as the same value. What is read in the quick way is read in the
 * other, too, and as the same. */
#include "fuzz.h"

#include "codec/json_plain.h"
#include "base/utf8.h"

enum { OUT_MAX = 64 << 20 };

/* The writer's text is longer than its source: indents, and escapes that were plain. */
static const struct json_limits limits_again = {OUT_MAX, 32, 20000};

static void must_equal(const struct json *a, const struct json *b)
{
	HOLDS(a->type == b->type || (a->type == JSON_REAL && b->type == JSON_INT)); /* 1.0 is written 1 */
	switch (a->type) {
	case JSON_NULL:
		break;
	case JSON_BOOL:
		HOLDS(a->truth == b->truth);
		break;
	case JSON_INT:
		HOLDS(a->number == b->number && a->number <= JSON_INT_MAX && a->number >= -JSON_INT_MAX);
		break;
	case JSON_REAL:
		HOLDS(a->real == (b->type == JSON_INT ? (double)b->number : b->real));
		break;
	case JSON_TEXT:
		HOLDS(a->len == b->len && memcmp(a->text, b->text, a->len) == 0);
		HOLDS(strlen(a->text) == a->len && utf8_valid(a->text, a->len));
		break;
	case JSON_ARRAY:
	case JSON_OBJECT:
		HOLDS(a->count == b->count);
		for (size_t i = 0; i < a->count; i++) {
			HOLDS(a->type == JSON_ARRAY || strcmp(a->name[i], b->name[i]) == 0);
			HOLDS(a->type == JSON_ARRAY || json_get(a, a->name[i]) == a->item[i]);
			must_equal(a->item[i], b->item[i]);
		}
		break;
	}
}

static void write_and_read(struct cx *cx, const struct json *v, bool indent)
{
	struct json_writer w;
	struct json *again;
	struct sb sb;

	sb_init(&sb, cx, OUT_MAX);
	jw_init(&w, &sb, indent);
	jw_value(&w, v);
	HOLDS(sb_end(&sb) == ERR_OK);
	HOLDS(json_parse(cx, sb.data, sb.len, &limits_again, &again) == ERR_OK);
	must_equal(v, again);
}

/* A text with an escape beside it makes json_parse take the other way. */
static void read_both_ways(struct cx *cx, const char *text, size_t n)
{
	struct json *quick, *v;
	struct sb sb;

	if (json_plain(cx, text, n, &json_limits_request, &quick) != PLAIN_READ)
		return;
	sb_init(&sb, cx, OUT_MAX);
	sb_str(&sb, "[\"\\u0061\",");
	sb_add(&sb, text, n);
	sb_str(&sb, "]");
	HOLDS(sb_end(&sb) == ERR_OK);
	HOLDS(json_parse(cx, sb.data, sb.len, &(struct json_limits){OUT_MAX, 33, 20002}, &v) == ERR_OK);
	HOLDS(v->count == 2);
	must_equal(quick, v->item[1]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct json *v = NULL;
	struct cx cx;

	cx_init(&cx, (size_t)1 << 30);
	if (json_parse(&cx, (const char *)data, size, &json_limits_request, &v)) {
		HOLDS(!v && (cx.err == ERR_INPUT || cx.err == ERR_TOO_LARGE));
		HOLDS(strncmp(cx.msg, "line ", 5) == 0 || size > json_limits_request.bytes);
	} else {
		write_and_read(&cx, v, false);
		write_and_read(&cx, v, true);
	}
	cx_reset(&cx);
	read_both_ways(&cx, (const char *)data, size);
	cx_done(&cx);
	return 0;
}
