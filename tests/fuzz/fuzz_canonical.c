/* Canonical JSON (RFC 8785) of whatever can be parsed: it parses, it is its own canonical form, its
 * names rise, and it does not depend on the order of the members in the text. Every eight bytes are
 * also taken as a number, which must be written so that it reads back. */
#include "fuzz.h"

#include <math.h>

#include "codec/json.h"

enum { OUT_MAX = 64 << 20 };

static const struct json_limits limits_again = {OUT_MAX, 32, 20000};

static struct sb canonical(struct cx *cx, const struct json *v)
{
	struct sb sb;

	sb_init(&sb, cx, OUT_MAX);
	json_canonical(&sb, v);
	HOLDS(sb_end(&sb) == ERR_OK);
	return sb;
}

static void names_must_rise(const struct json *v)
{
	if (v->type != JSON_ARRAY && v->type != JSON_OBJECT)
		return;
	for (size_t i = 0; i < v->count; i++) {
		HOLDS(v->type == JSON_ARRAY || i == 0 || json_name_cmp(v->name[i - 1], v->name[i]) < 0);
		names_must_rise(v->item[i]);
	}
}

static void turn_round(struct json *v)
{
	if (v->type != JSON_ARRAY && v->type != JSON_OBJECT)
		return;
	for (size_t i = 0; i < v->count; i++)
		turn_round(v->item[i]);
	for (size_t i = 0, j = v->count; v->type == JSON_OBJECT && i + 1 < j; i++) {
		struct json *item = v->item[i];
		const char *name = v->name[i];

		j--;
		v->item[i] = v->item[j];
		v->item[j] = item;
		v->name[i] = v->name[j];
		v->name[j] = name;
	}
}

static void number_must_read_back(struct cx *cx, const uint8_t *bytes)
{
	struct json *again;
	double value;
	struct sb sb;

	memcpy(&value, bytes, sizeof(value));
	sb_init(&sb, cx, 64);
	json_double(&sb, value);
	if (!isfinite(value)) {
		HOLDS(sb_end(&sb) == ERR_INVALID);
		cx_clear(cx);
		return;
	}
	HOLDS(sb_end(&sb) == ERR_OK && strtod(sb.data, NULL) == value);
	if (fabs(value) > (double)JSON_INT_MAX && fabs(value) < 1e21)
		return; /* an integer that json_parse refuses */
	HOLDS(json_parse(cx, sb.data, sb.len, &limits_again, &again) == ERR_OK);
	HOLDS(again->type == JSON_INT ? (double)again->number == value : again->real == value);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct json *v, *again;
	struct cx cx;

	cx_init(&cx, (size_t)1 << 30);
	if (json_parse(&cx, (const char *)data, size, &json_limits_request, &v) == ERR_OK) {
		struct sb once = canonical(&cx, v), twice;

		HOLDS(json_parse(&cx, once.data, once.len, &limits_again, &again) == ERR_OK);
		names_must_rise(again);
		twice = canonical(&cx, again);
		HOLDS(once.len == twice.len && memcmp(once.data, twice.data, once.len) == 0);
		turn_round(v);
		twice = canonical(&cx, v);
		HOLDS(once.len == twice.len && memcmp(once.data, twice.data, once.len) == 0);
	}
	cx_clear(&cx);
	for (size_t i = 0; i + 8 <= size && i < 256; i += 8)
		number_must_read_back(&cx, data + i);
	cx_done(&cx);
	return 0;
}
