#include "codec/json.h"

#include <math.h>

#include "codec/json_plain.h"

/* jansson names its types as we do: here its names get a prefix. */
#define JSON_OBJECT JANSSON_OBJECT
#define JSON_ARRAY JANSSON_ARRAY
#define JSON_STRING JANSSON_STRING
#define JSON_INTEGER JANSSON_INTEGER
#define JSON_REAL JANSSON_REAL
#define JSON_TRUE JANSSON_TRUE
#define JSON_FALSE JANSSON_FALSE
#define JSON_NULL JANSSON_NULL
#include <jansson.h>
#undef JSON_OBJECT
#undef JSON_ARRAY
#undef JSON_STRING
#undef JSON_INTEGER
#undef JSON_REAL
#undef JSON_TRUE
#undef JSON_FALSE
#undef JSON_NULL

/* Most JSON that comes in is plain, and read in one pass by json_plain. The rest, and whatever is wrong with
 * a text, is jansson's: it checks the grammar; what it cannot be told (our limits, our integers) is checked
 * before, in one pass over the text that looks at tokens alone and leaves every malformed thing to jansson.
 */

enum {
	NUMBER_MAX = 128,  /* characters of one number */
	DEPTH_MAX = 1024,  /* no limits may ask for more: conversion recurses, jansson stops at 2048 */
};

const struct json_limits json_limits_request = {.bytes = 1 << 20, .depth = 32, .values = 20000};
const struct json_limits json_limits_file = {.bytes = 64 << 20, .depth = 64, .values = 4000000};

struct scan {
	struct cx *cx;
	const char *text;
	size_t n, at;
	size_t depth, values;
	const struct json_limits *limits;
};

static void free_json(json_t **root)
{
	json_decref(*root);
}

/* Prefixes the error in cx with line and column of the byte at `at`; a column is a character. */
static enum err locate(struct cx *cx, const char *text, size_t at)
{
	size_t line = 1, column = 1;

	for (size_t i = 0; i < at; i++) {
		if (text[i] == '\n') {
			line++;
			column = 1;
		} else if (((unsigned char)text[i] & 0xc0) != 0x80) {
			column++;
		}
	}
	return cx_prefix(cx, "line %zu, column %zu: ", line, column);
}

static enum err check_integer(struct scan *s, const char *number, size_t n)
{
	int64_t value = 0;

	for (size_t i = number[0] == '-'; i < n && value <= JSON_INT_MAX; i++)
		value = value * 10 + (number[i] - '0');
	if (value <= JSON_INT_MAX)
		return ERR_OK;
	cx_fail(s->cx, ERR_INPUT, "the integer %.*s%s is beyond %lld", n > 40 ? 40 : (int)n, number,
		n > 40 ? "..." : "", (long long)JSON_INT_MAX);
	return locate(s->cx, s->text, s->at);
}

/* A real whose canonical form would be an integer beyond 2^53-1 is refused like that integer: what
 * has been read can then always be written and read again. */
static enum err check_real(struct scan *s, const char *number, size_t n)
{
	char copy[NUMBER_MAX + 1];
	double value;

	if (n > NUMBER_MAX) {
		cx_fail(s->cx, ERR_TOO_LARGE, "a number of more than %d characters", NUMBER_MAX);
		return locate(s->cx, s->text, s->at);
	}
	memcpy(copy, number, n);
	copy[n] = 0;
	value = fabs(strtod(copy, NULL));
	if (!isfinite(value))
		cx_fail(s->cx, ERR_INPUT, "the number %s is too large", copy);
	else if (value > (double)JSON_INT_MAX && value < 1e21)
		cx_fail(s->cx, ERR_INPUT, "the number %s is an integer beyond %lld", copy,
			(long long)JSON_INT_MAX);
	else
		return ERR_OK;
	return locate(s->cx, s->text, s->at);
}

static enum err count_value(struct scan *s)
{
	if (++s->values <= s->limits->values)
		return ERR_OK;
	cx_fail(s->cx, ERR_TOO_LARGE, "more than %zu values", s->limits->values);
	return locate(s->cx, s->text, s->at);
}

static size_t span(const struct scan *s, const char *accept)
{
	size_t end = s->at;

	while (end < s->n && s->text[end] && strchr(accept, s->text[end]))
		end++;
	return end - s->at;
}

static enum err scan_number(struct scan *s)
{
	const char *number = s->text + s->at;
	size_t n = span(s, "-0123456789");
	size_t whole = span(s, "-+.eE0123456789");
	bool is_real = whole > n;

	if (count_value(s))
		return s->cx->err;
	if (!is_real && n > 1 && memchr(number + 1, '-', n - 1))
		is_real = true; /* malformed, such as 1-2: jansson will say so */
	if (is_real ? check_real(s, number, whole) : check_integer(s, number, n))
		return s->cx->err;
	s->at += whole;
	return ERR_OK;
}

/* A string is a value unless a colon follows: then it is a name. */
static enum err scan_string(struct scan *s)
{
	size_t end = s->at + 1;

	while (end < s->n && s->text[end] != '"')
		end += s->text[end] == '\\' ? 2 : 1;
	end = end < s->n ? end + 1 : s->n;
	for (size_t next = end; next < s->n; next++) {
		if (s->text[next] == ':') {
			s->at = end;
			return ERR_OK;
		}
		if (!strchr(" \t\r\n", s->text[next]))
			break;
	}
	if (count_value(s))
		return s->cx->err;
	s->at = end;
	return ERR_OK;
}

static enum err scan_open(struct scan *s)
{
	if (count_value(s))
		return s->cx->err;
	if (++s->depth > s->limits->depth) {
		cx_fail(s->cx, ERR_TOO_LARGE, "nested deeper than %zu", s->limits->depth);
		return locate(s->cx, s->text, s->at);
	}
	s->at++;
	return ERR_OK;
}

static enum err scan_token(struct scan *s)
{
	char c = s->text[s->at];

	if (c == '"')
		return scan_string(s);
	if (c == '-' || (c >= '0' && c <= '9'))
		return scan_number(s);
	if (c == '[' || c == '{')
		return scan_open(s);
	if (c >= 'a' && c <= 'z') { /* true, false, null */
		if (count_value(s))
			return s->cx->err;
		s->at += span(s, "abcdefghijklmnopqrstuvwxyz");
		return ERR_OK;
	}
	if ((c == ']' || c == '}') && s->depth > 0)
		s->depth--;
	s->at++;
	return ERR_OK;
}

static enum err scan_text(struct cx *cx, const char *text, size_t n, const struct json_limits *limits)
{
	struct scan s = {.cx = cx, .text = text, .n = n, .limits = limits};

	if (n > limits->bytes)
		return cx_fail(cx, ERR_TOO_LARGE, "%zu bytes of JSON, at most %zu are read", n,
			       limits->bytes);
	if (n >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0)
		return cx_fail(cx, ERR_INPUT, "line 1, column 1: a byte order mark before the JSON text");
	while (s.at < n)
		if (scan_token(&s))
			return cx->err;
	return ERR_OK;
}

static enum err fail_jansson(struct cx *cx, const json_error_t *error)
{
	const char *text = error->text;

	switch (json_error_code(error)) {
	case json_error_out_of_memory:
		return cx_fail(cx, ERR_MEMORY, "the machine has no memory left");
	case json_error_null_character:
	case json_error_null_byte_in_key:
		text = "U+0000 is not allowed in text";
		break;
	case json_error_end_of_input_expected:
		text = "more text behind the JSON value";
		break;
	default:
		if (cx->tongue) /* the library's own words are English */
			text = "the JSON is not well formed here";
	}
	return cx_fail(cx, ERR_INPUT, "line %d, column %d: %s", error->line < 1 ? 1 : error->line,
		       error->column < 1 ? 1 : error->column, cx_say(cx, text));
}

static enum err convert(struct cx *cx, json_t *from, struct json *to);

static enum err convert_array(struct cx *cx, json_t *from, struct json *to)
{
	size_t count = json_array_size(from);
	struct json *values = cx_array(cx, count, sizeof(*values));

	*to = (struct json){.type = JSON_ARRAY, .count = count};
	to->item = cx_array(cx, count, sizeof(*to->item));
	if (!values || !to->item)
		return cx->err;
	for (size_t i = 0; i < count; i++) {
		to->item[i] = &values[i];
		if (convert(cx, json_array_get(from, i), &values[i]))
			return cx->err;
	}
	return ERR_OK;
}

/* jansson iterates in the order of insertion, which is the order of the text. */
static enum err convert_object(struct cx *cx, json_t *from, struct json *to)
{
	size_t count = json_object_size(from), i = 0;
	struct json *values = cx_array(cx, count, sizeof(*values));

	*to = (struct json){.type = JSON_OBJECT, .count = count};
	to->item = cx_array(cx, count, sizeof(*to->item));
	to->name = cx_array(cx, count, sizeof(*to->name));
	if (!values || !to->item || !to->name)
		return cx->err;
	for (void *it = json_object_iter(from); it; it = json_object_iter_next(from, it), i++) {
		to->item[i] = &values[i];
		to->name[i] = cx_strdup(cx, json_object_iter_key(it));
		if (!to->name[i] || convert(cx, json_object_iter_value(it), &values[i]))
			return cx->err;
	}
	return ERR_OK;
}

static enum err convert_text(struct cx *cx, json_t *from, struct json *to)
{
	size_t len = json_string_length(from);
	const char *text = cx_strndup(cx, json_string_value(from), len);

	if (!text)
		return cx->err;
	*to = (struct json){.type = JSON_TEXT, .text = text, .len = len};
	return ERR_OK;
}

static enum err convert(struct cx *cx, json_t *from, struct json *to)
{
	switch (json_typeof(from)) {
	case JANSSON_OBJECT:
		return convert_object(cx, from, to);
	case JANSSON_ARRAY:
		return convert_array(cx, from, to);
	case JANSSON_STRING:
		return convert_text(cx, from, to);
	case JANSSON_INTEGER:
		*to = (struct json){.type = JSON_INT, .number = json_integer_value(from)};
		break;
	case JANSSON_REAL:
		*to = (struct json){.type = JSON_REAL, .real = json_real_value(from)};
		break;
	case JANSSON_TRUE:
	case JANSSON_FALSE:
		*to = (struct json){.type = JSON_BOOL, .truth = json_typeof(from) == JANSSON_TRUE};
		break;
	case JANSSON_NULL:
		*to = (struct json){.type = JSON_NULL};
		break;
	}
	return ERR_OK;
}

static enum err parse_any(struct cx *cx, const char *text, size_t n, const struct json_limits *limits,
			  struct json **out)
{
	json_t *root __attribute__((cleanup(free_json))) = NULL;
	json_error_t error;
	struct json *value;

	if (scan_text(cx, text, n, limits))
		return cx->err;
	root = json_loadb(n ? text : "", n, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &error);
	if (!root)
		return fail_jansson(cx, &error);
	value = CX_NEW(cx, struct json);
	if (!value || convert(cx, root, value))
		return cx->err;
	*out = value;
	return ERR_OK;
}

enum err json_parse(struct cx *cx, const char *text, size_t n, const struct json_limits *limits,
		    struct json **out)
{
	struct cx_mark mark = cx_mark(cx);

	BUG(limits->depth > DEPTH_MAX);
	switch (json_plain(cx, text, n, limits, out)) {
	case PLAIN_READ:
		return ERR_OK;
	case PLAIN_FAILED:
		return cx->err;
	case PLAIN_NOT:
		break;
	}
	cx_restore(cx, mark);
	return parse_any(cx, text, n, limits, out);
}

const struct json *json_get(const struct json *v, const char *name)
{
	if (!v || v->type != JSON_OBJECT)
		return NULL;
	for (size_t i = 0; i < v->count; i++)
		if (v->name[i][0] == name[0] && strcmp(v->name[i], name) == 0)
			return v->item[i];
	return NULL;
}
