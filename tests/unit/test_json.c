/* JSON in and out: what is read, what is refused and where, and the canonical form of RFC 8785. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>

#include "codec/json_plain.h"

enum { TEXT_MAX = 1 << 20 };

static struct cx cx;

static int start(void **state)
{
	(void)state;
	cx_init(&cx, 0);
	return 0;
}

static int finish(void **state)
{
	(void)state;
	cx_fail_allocation(0);
	cx_done(&cx);
	return 0;
}

static struct json *parse(const char *text)
{
	struct json *v = NULL;

	if (json_parse(&cx, text, strlen(text), &json_limits_request, &v))
		fail_msg("%s: %s", text, cx.msg);
	return v;
}

static const char *canonical(const struct json *v)
{
	struct sb sb;

	sb_init(&sb, &cx, TEXT_MAX);
	json_canonical(&sb, v);
	assert_int_equal(sb_end(&sb), ERR_OK);
	return sb.data;
}

static void values_keep_type_and_order(void **state)
{
	const struct json *v = parse(" {\"b\": [1, -2.5, \"x\\u00e9\"], \"a\": true, \"n\": null} ");
	const struct json *b = json_get(v, "b");

	(void)state;
	assert_int_equal(v->type, JSON_OBJECT);
	assert_int_equal(v->count, 3);
	assert_string_equal(v->name[0], "b");
	assert_string_equal(v->name[1], "a");
	assert_string_equal(v->name[2], "n");
	assert_int_equal(b->type, JSON_ARRAY);
	assert_int_equal(b->count, 3);
	assert_int_equal(b->item[0]->type, JSON_INT);
	assert_int_equal(b->item[0]->number, 1);
	assert_int_equal(b->item[1]->type, JSON_REAL);
	assert_true(b->item[1]->real == -2.5);
	assert_int_equal(b->item[2]->type, JSON_TEXT);
	assert_string_equal(b->item[2]->text, "x\xc3\xa9");
	assert_int_equal(b->item[2]->len, 3);
	assert_true(json_get(v, "a")->truth);
	assert_int_equal(json_get(v, "n")->type, JSON_NULL);
	assert_null(json_get(v, "c"));
	assert_null(json_get(b, "a"));
	assert_null(json_get(NULL, "a"));
}

static const struct {
	const char *text;
	enum json_type type;
} number_cases[] = {
	{"0", JSON_INT},     {"-0", JSON_INT},    {"9007199254740991", JSON_INT},
	{"1.0", JSON_REAL},  {"1e2", JSON_REAL},  {"-9007199254740991", JSON_INT},
	{"1E+2", JSON_REAL}, {"-0.0", JSON_REAL}, {"1e-400", JSON_REAL},
	{"1e21", JSON_REAL}, {"9007199254740991.0", JSON_REAL},
};

static void integers_are_those_written_so(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(number_cases); i++)
		assert_int_equal(parse(number_cases[i].text)->type, number_cases[i].type);
	assert_int_equal(parse("-9007199254740991")->number, -JSON_INT_MAX);
}

#define DEEP_32 "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[["

/* want is a part of the message, beginning with the place. */
static const struct {
	const char *name, *text, *want;
	enum err err;
} refused_cases[] = {
	{"nothing", "", "line 1, column 1: ", ERR_INPUT},
	{"white space", " \n ", "line 2, column ", ERR_INPUT},
	{"broken", "{\"a\": 1,\n \"b\" 2}", "line 2, column 6: ", ERR_INPUT},
	{"single quotes", "{'a':1}", "line 1, column 2: ", ERR_INPUT},
	{"comment", "[1, // one\n2]", "line 1, column 5: ", ERR_INPUT},
	{"trailing comma", "[1,]", "line 1, column 4: ", ERR_INPUT},
	{"not closed", "[[1]", "line 1, column 4: ", ERR_INPUT},
	{"string not closed", "[\"abc", "line 1, column ", ERR_INPUT},
	{"ends in a backslash", "\"abc\\", "line 1, column ", ERR_INPUT},
	{"two values", "{} {}", "more text behind the JSON value", ERR_INPUT},
	{"wrong literal", "[nul]", "line 1, column 4: ", ERR_INPUT},
	{"NaN", "[NaN]", "line 1, column ", ERR_INPUT},
	{"Infinity", "-Infinity", "line 1, column ", ERR_INPUT},
	{"leading zero", "007", "line 1, column ", ERR_INPUT},
	{"plus", "+1", "line 1, column 1: ", ERR_INPUT},
	{"dot first", ".5", "line 1, column 1: ", ERR_INPUT},
	{"dot last", "[1.]", "line 1, column ", ERR_INPUT},
	{"minus alone", "[-]", "line 1, column ", ERR_INPUT},
	{"minus within", "[1-2]", "line 1, column ", ERR_INPUT},
	{"hexadecimal", "0x10", "line 1, column ", ERR_INPUT},
	{"byte order mark", "\xef\xbb\xbf{}", "line 1, column 1: a byte order mark", ERR_INPUT},
	{"duplicate", "{\"a\":1,\n\"a\":2}",
	 "line 2, column 3: duplicate object key near '\"a\"'", ERR_INPUT},
	{"duplicate, in order before", "{\"a\":1,\"b\":2,\"c\":3,\"b\":4}", "duplicate", ERR_INPUT},
	{"duplicate, in no order", "{\"c\":1,\"a\":2,\"b\":3,\"c\":4}", "duplicate", ERR_INPUT},
	{"duplicate, escaped", "{\"a\":1,\"\\u0061\":2}", "duplicate", ERR_INPUT},
	{"duplicate within", "[{\"x\":{\"a\":1,\"a\":1}}]", "duplicate", ERR_INPUT},
	{"U+0000", "[\"a\\u0000b\"]", "line 1, column 11: U+0000 is not allowed", ERR_INPUT},
	{"U+0000 in a name", "{\"a\\u0000\":1}", "U+0000 is not allowed", ERR_INPUT},
	{"control character", "\"a\tb\"", "control character 0x9", ERR_INPUT},
	{"line feed in text", "\"a\nb\"", "line ", ERR_INPUT},
	{"lone high surrogate", "\"\\ud800\"", "line 1, column ", ERR_INPUT},
	{"high surrogate and letter", "\"\\ud800a\"", "line 1, column ", ERR_INPUT},
	{"two high surrogates", "\"\\ud800\\ud800\"", "line 1, column ", ERR_INPUT},
	{"lone low surrogate", "\"\\udc00\"", "line 1, column ", ERR_INPUT},
	{"wrong escape", "\"\\x41\"", "line 1, column ", ERR_INPUT},
	{"short escape", "\"\\u12\"", "line 1, column ", ERR_INPUT},
	{"lone continuation", "\"\x80\"", "line 1, column ", ERR_INPUT},
	{"overlong", "\"\xc0\xaf\"", "line 1, column ", ERR_INPUT},
	{"raw surrogate", "\"\xed\xa0\x80\"", "line 1, column ", ERR_INPUT},
	{"beyond U+10FFFF", "\"\xf4\x90\x80\x80\"", "line 1, column ", ERR_INPUT},
	{"cut sequence", "\"\xe2\x82\"", "line 1, column ", ERR_INPUT},
	{"not UTF-8 outside", "[1, \xff]", "line 1, column ", ERR_INPUT},
	{"2^53", "[1,\n \"\xc3\xa9\", 9007199254740992]",
	 "line 2, column 7: the integer 9007199254740992 is beyond 9007199254740991", ERR_INPUT},
	{"-2^53", "-9007199254740992", "line 1, column 1: the integer -9007199254740992 is", ERR_INPUT},
	{"2^63", "{\"a\":9223372036854775808}", "line 1, column 6: the integer", ERR_INPUT},
	{"fifty digits", "12345678901234567890123456789012345678901234567890",
	 "the integer 1234567890123456789012345678901234567890... is beyond", ERR_INPUT},
	{"2^53 as a real", "9007199254740992.0", "is an integer beyond", ERR_INPUT},
	{"1e17", "[1e17]", "line 1, column 2: the number 1e17 is an integer beyond", ERR_INPUT},
	{"1e400", "1e400", "line 1, column 1: the number 1e400 is too large", ERR_INPUT},
	{"-1e400", "-1e400", "the number -1e400 is too large", ERR_INPUT},
	{"33 deep", DEEP_32 "[", "line 1, column 33: nested deeper than 32", ERR_TOO_LARGE},
	{"33 deep in names", "[" DEEP_32, "nested deeper than 32", ERR_TOO_LARGE},
};

static void the_malformed_is_refused_with_its_place(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(refused_cases); i++) {
		const char *text = refused_cases[i].text;
		struct json *v = (struct json *)&cx;

		cx_reset(&cx);
		assert_int_equal(json_parse(&cx, text, strlen(text), &json_limits_request, &v),
				 refused_cases[i].err);
		if (!strstr(cx.msg, refused_cases[i].want) || strncmp(cx.msg, "line ", 5) != 0)
			fail_msg("%s: '%s', wanted '%s'", refused_cases[i].name, cx.msg,
				 refused_cases[i].want);
		assert_ptr_equal(v, &cx); /* the output is untouched */
	}
}

/* want: what the quick way makes of it alone. */
static const struct {
	const char *text;
	enum plain want;
} plain_cases[] = {
	{"{\"owner\":7,\"items\":[{\"category\":\"phone\",\"ok\":true,\"n\":null}]}", PLAIN_READ},
	{" [ 0 , -0 ,\t-1,\r\n9007199254740991 ] \n", PLAIN_READ},
	{"\"\xe5\x93\x81\xe7\x89\x8c\"", PLAIN_READ},
	{"{ \"a\" : { } , \"\" : [ ] , \"b\" : false }", PLAIN_READ},
	{DEEP_32 "]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]", PLAIN_READ},
	{"\"a/b'c\x7f\"", PLAIN_READ},
	{"[1.5]", PLAIN_NOT}, /* the rest is read, or refused, by the other */
	{"[1e2]", PLAIN_NOT},
	{"\"a\\nb\"", PLAIN_NOT},
	{"{\"a\\u0062\":1}", PLAIN_NOT},
};

static void both_ways_read_the_same(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(plain_cases); i++) {
		const char *text = plain_cases[i].text;
		/* a text with an escape is not plain, and so is all that stands with it */
		char *both = cx_printf(&cx, "{\"\\u0061\":%s}", text);
		struct json *v = NULL;
		const struct json_limits limits = {1000, 33, 100};

		assert_int_equal(json_plain(&cx, text, strlen(text), &json_limits_request, &v),
				 plain_cases[i].want);
		assert_true((v != NULL) == (plain_cases[i].want == PLAIN_READ));
		v = parse(text);
		text = canonical(v);
		assert_int_equal(json_parse(&cx, both, strlen(both), &limits, &v), ERR_OK);
		assert_string_equal(canonical(json_get(v, "a")), text);
	}
}

static void the_quick_way_takes_nothing_else(void **state)
{
	struct json *v = NULL;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(refused_cases); i++) {
		const char *text = refused_cases[i].text;
		assert_int_equal(json_plain(&cx, text, strlen(text), &json_limits_request, &v), PLAIN_NOT);
		assert_null(v);
	}
	for (size_t n = 0; n < strlen(plain_cases[0].text); n++)
		assert_int_equal(json_plain(&cx, plain_cases[0].text, n, &json_limits_request, &v),
				 PLAIN_NOT);
}

/* Names are compared one by one there: an object of many is the other's. */
static void many_names_are_read_all_the_same(void **state)
{
	for (int count = 1; count < 100; count++) {
		struct json *v = NULL;
		struct sb sb;

		sb_init(&sb, &cx, 10000);
		for (int i = 0; i < count; i++)
			sb_printf(&sb, "%c\"n%d\":%d", i ? ',' : '{', i, i);
		sb_char(&sb, '}');
		assert_int_equal(sb_end(&sb), ERR_OK);
		assert_int_equal(json_plain(&cx, sb.data, sb.len, &json_limits_request, &v) == PLAIN_READ,
				 count <= 32);
		v = parse(sb.data);
		assert_int_equal(v->count, count);
		assert_int_equal(json_get(v, "n0")->number, 0);
	}
	(void)state;
}

static void nul_bytes_are_no_end(void **state)
{
	struct json *v;

	(void)state;
	assert_int_equal(json_parse(&cx, "[1]\0[2]", 7, &json_limits_request, &v), ERR_INPUT);
	assert_int_equal(json_parse(&cx, "\0", 1, &json_limits_request, &v), ERR_INPUT);
	assert_int_equal(json_parse(&cx, "\"a\0b\"", 5, &json_limits_request, &v), ERR_INPUT);
	assert_int_equal(json_parse(&cx, NULL, 0, &json_limits_request, &v), ERR_INPUT);
}

static enum err parse_within(const char *text, size_t bytes, size_t depth, size_t values)
{
	const struct json_limits limits = {bytes, depth, values};
	struct json *v;

	return json_parse(&cx, text, strlen(text), &limits, &v);
}

static void limits_are_exact(void **state)
{
	static const char text[] = "{\"a\":[1,\"x\",{}], \"b\" : null}"; /* 6 values, 3 deep */

	(void)state;
	assert_int_equal(parse_within(text, strlen(text), 3, 6), ERR_OK);
	assert_int_equal(parse_within(text, strlen(text) - 1, 3, 6), ERR_TOO_LARGE);
	assert_int_equal(parse_within(text, strlen(text), 2, 6), ERR_TOO_LARGE);
	assert_int_equal(parse_within(text, strlen(text), 3, 5), ERR_TOO_LARGE);
	assert_non_null(strstr(cx.msg, "line 1, column 24: more than 5 values"));
	assert_int_equal(parse_within("[[],[],[]]", 100, 2, 4), ERR_OK); /* siblings are not depth */
	assert_int_equal(parse_within(DEEP_32 "]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]", 100, 32, 32), ERR_OK);
	assert_int_equal(parse_within("\"[[[[\\\"[[[\"", 100, 0, 1), ERR_OK);
}

static void a_number_has_at_most_128_characters(void **state)
{
	char text[131] = "0.";
	struct json *v;

	(void)state;
	memset(text + 2, '1', 127);
	assert_int_equal(json_parse(&cx, text, 128, &json_limits_request, &v), ERR_OK);
	assert_int_equal(json_parse(&cx, text, 129, &json_limits_request, &v), ERR_TOO_LARGE);
}

/* A million brackets must cost neither stack nor memory. */
static void deep_nesting_is_cheap_to_refuse(void **state)
{
	size_t n = 1000000;
	char *text = malloc(n);
	struct json *v;

	(void)state;
	assert_non_null(text);
	memset(text, '[', n);
	assert_int_equal(json_parse(&cx, text, n, &json_limits_request, &v), ERR_TOO_LARGE);
	for (size_t i = 0; i + 5 <= n; i += 5)
		memcpy(text + i, "{\"a\":", 5);
	assert_int_equal(json_parse(&cx, text, n, &json_limits_request, &v), ERR_TOO_LARGE);
	free(text);
}

static void every_allocation_may_fail(void **state)
{
	static const char text[] = "{\"b\":[1,{\"c\":\"text\"},[]],\"a\":2.5,\"l\":\"a longer text\"}";
	int failures = 0;

	(void)state;
	for (long n = 1;; n++) {
		struct json *v = (struct json *)&cx;
		struct sb sb;

		cx_reset(&cx);
		sb_init(&sb, &cx, TEXT_MAX);
		cx_fail_allocation(n);
		if (json_parse(&cx, text, strlen(text), &json_limits_request, &v)) {
			assert_ptr_equal(v, &cx);
		} else {
			json_canonical(&sb, v);
			if (!sb_end(&sb)) {
				assert_string_equal(sb.data, "{\"a\":2.5,\"b\":[1,{\"c\":\"text\"},[]],\"l\":"
							     "\"a longer text\"}");
				break;
			}
		}
		assert_int_equal(cx.err, ERR_MEMORY);
		failures++;
	}
	assert_true(failures > 10);
}

static double of_bits(uint64_t bits)
{
	double value;

	memcpy(&value, &bits, sizeof(value));
	return value;
}

/* RFC 8785 appendix B, then powers of two, whose gaps to both sides differ, and the edges of the forms. */
static const struct {
	uint64_t bits;
	const char *want;
} real_cases[] = {
	{0x0000000000000000, "0"},
	{0x8000000000000000, "0"},
	{0x0000000000000001, "5e-324"},
	{0x8000000000000001, "-5e-324"},
	{0x7fefffffffffffff, "1.7976931348623157e+308"},
	{0xffefffffffffffff, "-1.7976931348623157e+308"},
	{0x4340000000000000, "9007199254740992"},
	{0xc340000000000000, "-9007199254740992"},
	{0x4430000000000000, "295147905179352830000"},
	{0x44b52d02c7e14af5, "9.999999999999997e+22"},
	{0x44b52d02c7e14af6, "1e+23"},
	{0x44b52d02c7e14af7, "1.0000000000000001e+23"},
	{0x444b1ae4d6e2ef4e, "999999999999999700000"},
	{0x444b1ae4d6e2ef4f, "999999999999999900000"},
	{0x444b1ae4d6e2ef50, "1e+21"},
	{0x3eb0c6f7a0b5ed8c, "9.999999999999997e-7"},
	{0x3eb0c6f7a0b5ed8d, "0.000001"},
	{0x41b3de4355555553, "333333333.3333332"},
	{0x41b3de4355555554, "333333333.33333325"},
	{0x41b3de4355555555, "333333333.3333333"},
	{0x41b3de4355555556, "333333333.3333334"},
	{0x41b3de4355555557, "333333333.33333343"},
	{0xbecbf647612f3696, "-0.0000033333333333333333"},
	{0x43143ff3c1cb0959, "1424953923781206.2"},
	{0x3d30000000000000, "5.684341886080802e-14"}, /* 2^-44 */
	{0x0010000000000000, "2.2250738585072014e-308"},
	{0x000fffffffffffff, "2.225073858507201e-308"},
	{0x0000000000000002, "1e-323"},
	{0x3ff8000000000000, "1.5"},
	{0x4059000000000000, "100"},
	{0x3fb999999999999a, "0.1"},
	{0x3fd3333333333334, "0.30000000000000004"},
	{0x3e7ad7f29abcaf48, "1e-7"},
};

static void reals_are_written_as_ecmascript_does(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(real_cases); i++) {
		struct sb sb;

		sb_init(&sb, &cx, 64);
		json_double(&sb, of_bits(real_cases[i].bits));
		assert_int_equal(sb_end(&sb), ERR_OK);
		assert_string_equal(sb.data, real_cases[i].want);
	}
}

static void every_real_reads_back(void **state)
{
	uint64_t bits = 88172645463325252;

	(void)state;
	for (int i = 0; i < 100000; i++) {
		struct cx_mark mark = cx_mark(&cx);
		struct sb sb;
		double value;

		bits ^= bits << 13;
		bits ^= bits >> 7;
		bits ^= bits << 17;
		value = of_bits(i % 4 == 0 ? bits & UINT64_C(0xfff0000000000000) : bits);
		if (!isfinite(value))
			continue;
		sb_init(&sb, &cx, 64);
		json_double(&sb, value);
		assert_int_equal(sb_end(&sb), ERR_OK);
		assert_true(strtod(sb.data, NULL) == value);
		assert_true(sb.len <= 25);
		cx_restore(&cx, mark);
	}
}

static void what_json_cannot_say_is_an_error(void **state)
{
	struct sb sb;

	(void)state;
	for (int i = 0; i < 5; i++) {
		cx_clear(&cx);
		sb_init(&sb, &cx, 64);
		if (i == 0)
			json_double(&sb, (double)NAN);
		else if (i == 1)
			json_double(&sb, -(double)INFINITY);
		else
			json_int(&sb, i == 2 ? JSON_INT_MAX + 1 : i == 3 ? -JSON_INT_MAX - 1 : INT64_MIN);
		assert_int_equal(sb_end(&sb), ERR_INVALID);
		assert_int_equal(cx.err, ERR_INVALID);
		assert_int_equal(sb.len, 0);
	}
}

static const struct {
	const char *text, *want;
} canonical_cases[] = {
	{"{}", "{}"},
	{" [ ] ", "[]"},
	{"{\"b\":1,\"a\":{\"d\":2,\"c\":3}}", "{\"a\":{\"c\":3,\"d\":2},\"b\":1}"},
	{"[1.0, 1e2, -0, -0.0, 1.50]", "[1,100,0,0,1.5]"},
	{"\"\\u20ac$\\u000F\\u000aA'\\u0042\\u0022\\u005c\\\\\\\"\\/\"",
	 "\"\xe2\x82\xac$\\u000f\\nA'B\\\"\\\\\\\\\\\"/\""},
	{"\"\\b\\t\\n\\f\\r\\u0001\\u001f\\u007f\"", "\"\\b\\t\\n\\f\\r\\u0001\\u001f\x7f\""},
	{"\"\\ud83d\\ude02\"", "\"\xf0\x9f\x98\x82\""},
	/* RFC 8785 section 3.2.3: by UTF-16 code units, so U+1F600 comes before U+FB33 */
	{"{\"\\u20ac\":\"Euro Sign\",\"\\r\":\"Carriage Return\",\"\\ufb33\":\"Hebrew Letter Dalet With "
	 "Dagesh\",\"1\":\"One\",\"\\ud83d\\ude00\":\"Emoji: Grinning Face\",\"\\u0080\":\"Control\","
	 "\"\\u00f6\":\"Latin Small Letter O With Diaeresis\"}",
	 "{\"\\r\":\"Carriage Return\",\"1\":\"One\",\"\xc2\x80\":\"Control\",\"\xc3\xb6\":\"Latin Small "
	 "Letter O With Diaeresis\",\"\xe2\x82\xac\":"
	 "\"Euro Sign\",\"\xf0\x9f\x98\x80\":\"Emoji: Grinning Face\","
	 "\"\xef\xac\xb3\":\"Hebrew Letter Dalet With Dagesh\"}"},
	{"{\"\":1,\"a\":2,\"aa\":3,\"A\":4}", "{\"\":1,\"A\":4,\"a\":2,\"aa\":3}"},
};

static void canonical_form_is_that_of_rfc_8785(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(canonical_cases); i++) {
		const char *once = canonical(parse(canonical_cases[i].text));

		assert_string_equal(once, canonical_cases[i].want);
		assert_string_equal(canonical(parse(once)), once);
	}
}

/* In the order of UTF-16 code units. */
static const char *const names_in_order[] = {
	"",	"\x01", "A", "a", "aa", "b", "\x7f", "\xc2\x80", "\xdf\xbf", "\xe0\xa0\x80", "\xed\x9f\xbf",
	"\xf0\x90\x80\x80", "\xf0\x9f\x98\x80", "\xf0\x9f\x98\x80x", "\xf4\x8f\xbf\xbf", "\xee\x80\x80",
	"\xef\xac\xb3", "\xef\xbf\xbf",
};

static void names_sort_by_utf16(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(names_in_order); i++)
		for (size_t j = 0; j < ARRAY_LEN(names_in_order); j++) {
			int order = json_name_cmp(names_in_order[i], names_in_order[j]);
			assert_int_equal((order > 0) - (order < 0), (i > j) - (i < j));
		}
}

static void bytes_that_are_not_utf8_leave_as_fffd(void **state)
{
	struct sb sb;

	(void)state;
	sb_init(&sb, &cx, 100);
	json_quote(&sb, "a\xff\xc3\xa9\xe2\x82\"\n\xf0\x9f", 10);
	assert_int_equal(sb_end(&sb), ERR_OK);
	assert_string_equal(sb.data, "\"a\xef\xbf\xbd\xc3\xa9\xef\xbf\xbd\xef\xbf\xbd\\\"\\n\xef\xbf\xbd"
				     "\xef\xbf\xbd\"");
}

/* What a byte becomes does not depend on where it stands: texts are looked through by eight bytes. */
static void every_byte_is_quoted_wherever_it_stands(void **state)
{
	enum { LONGEST = 20 };

	(void)state;
	for (int byte = 0; byte < 256; byte++)
		for (size_t n = 1; n <= LONGEST; n++)
			for (size_t at = 0; at < n; at++) {
				char text[LONGEST];
				const char *one;
				struct sb sb;
				cx_reset(&cx);
				memset(text, at % 2 ? ' ' : '~', sizeof(text));
				text[at] = (char)byte;
				sb_init(&sb, &cx, 100);
				json_quote(&sb, text, n);
				assert_int_equal(sb_end(&sb), ERR_OK);
				one = byte == '"'	 ? "\\\"" :
				      byte == '\\'	 ? "\\\\" :
				      byte == '\b'	 ? "\\b" :
				      byte == '\t'	 ? "\\t" :
				      byte == '\n'	 ? "\\n" :
				      byte == '\f'	 ? "\\f" :
				      byte == '\r'	 ? "\\r" :
				      byte < ' '	 ? cx_printf(&cx, "\\u%04x", byte) :
				      byte > 0x7f ? "\xef\xbf\xbd" :
						    cx_printf(&cx, "%c", byte);
				assert_string_equal(sb.data, cx_printf(&cx, "\"%.*s%s%.*s\"", (int)at, text,
								       one, (int)(n - at - 1),
								       text + at + 1));
			}
}

static void write_sample(struct json_writer *w)
{
	jw_object(w);
	jw_text_at(w, "text", "a \"b\"");
	jw_text_at(w, "none", NULL);
	jw_int_at(w, "int", -5);
	jw_bool_at(w, "no", false);
	JW_NAME(w, "hex");
	jw_hex(w, "\x00\xff\x0a", 3);
	jw_name(w, "list");
	jw_array(w);
	jw_real(w, 0.5);
	jw_null(w);
	jw_object(w);
	jw_object_end(w);
	jw_array(w);
	jw_array_end(w);
	jw_value(w, parse("{\"z\":[1,\"q\"],\"y\":true}"));
	jw_array_end(w);
	jw_object_end(w);
}

static void the_writer_separates(void **state)
{
	struct json_writer w;
	struct sb sb;

	(void)state;
	sb_init(&sb, &cx, TEXT_MAX);
	jw_init(&w, &sb, false);
	write_sample(&w);
	assert_int_equal(sb_end(&sb), ERR_OK);
	assert_string_equal(sb.data, "{\"text\":\"a \\\"b\\\"\",\"none\":null,\"int\":-5,\"no\":false,"
				     "\"hex\":\"00ff0a\","
				     "\"list\":[0.5,null,{},[],{\"z\":[1,\"q\"],\"y\":true}]}");
	sb_init(&sb, &cx, TEXT_MAX);
	jw_init(&w, &sb, true);
	write_sample(&w);
	assert_int_equal(sb_end(&sb), ERR_OK);
	assert_string_equal(sb.data, "{\n  \"text\": \"a \\\"b\\\"\",\n  \"none\": null,\n  \"int\": -5,\n"
				     "  \"no\": false,\n  \"hex\": \"00ff0a\",\n"
				     "  \"list\": [\n    0.5,\n    null,\n    {},\n"
				     "    [],\n"
				     "    {\n      \"z\": [\n        1,\n        \"q\"\n      ],\n"
				     "      \"y\": true\n    }\n  ]\n}");
}

static void the_writer_has_a_depth(void **state)
{
	for (int levels = JSON_WRITE_DEPTH; levels <= JSON_WRITE_DEPTH + 2; levels++) {
		struct json_writer w;
		struct sb sb;

		cx_clear(&cx);
		sb_init(&sb, &cx, TEXT_MAX);
		jw_init(&w, &sb, false);
		for (int i = 0; i < levels; i++)
			jw_array(&w);
		for (int i = 0; i < levels; i++)
			jw_array_end(&w);
		assert_int_equal(sb_end(&sb), levels > JSON_WRITE_DEPTH ? ERR_INVALID : ERR_OK);
	}
	(void)state;
}

static const char *read_vector(const char *kind, const char *name, size_t *n)
{
	const char *shared = getenv("RELODE_SHARED");
	char *path = cx_printf(&cx, "%s/vectors/jcs/%s/%s", shared ? shared : "../shared", kind, name);
	char *text = cx_alloc(&cx, 65536);
	FILE *f;

	assert_non_null(path);
	assert_non_null(text);
	f = fopen(path, "r");
	if (!f) {
		print_message("skipped: no published vector %s\n", path);
		skip();
	}
	*n = fread(text, 1, 65535, f);
	fclose(f);
	return text;
}

/* The published test data of the RFC's author; not part of this project. */
static void published_vectors(void **state)
{
	static const char *const names[] = {"arrays.json",  "french.json", "structures.json",
					    "unicode.json", "values.json", "weird.json"};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		size_t n, wantn;
		const char *text = read_vector("input", names[i], &n);
		const char *want = read_vector("output", names[i], &wantn);
		struct json *v;

		assert_int_equal(json_parse(&cx, text, n, &json_limits_request, &v), ERR_OK);
		assert_string_equal(canonical(v), want);
		assert_true(strlen(want) == wantn);
	}
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, start, finish)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(values_keep_type_and_order),
		CASE(integers_are_those_written_so),
		CASE(the_malformed_is_refused_with_its_place),
		CASE(both_ways_read_the_same),
		CASE(the_quick_way_takes_nothing_else),
		CASE(many_names_are_read_all_the_same),
		CASE(nul_bytes_are_no_end),
		CASE(limits_are_exact),
		CASE(a_number_has_at_most_128_characters),
		CASE(deep_nesting_is_cheap_to_refuse),
		CASE(every_allocation_may_fail),
		CASE(reals_are_written_as_ecmascript_does),
		CASE(every_real_reads_back),
		CASE(what_json_cannot_say_is_an_error),
		CASE(canonical_form_is_that_of_rfc_8785),
		CASE(names_sort_by_utf16),
		CASE(bytes_that_are_not_utf8_leave_as_fffd),
		CASE(every_byte_is_quoted_wherever_it_stands),
		CASE(the_writer_separates),
		CASE(the_writer_has_a_depth),
		CASE(published_vectors),
	};
	return cmocka_run_group_tests_name("json", tests, NULL, NULL);
}
