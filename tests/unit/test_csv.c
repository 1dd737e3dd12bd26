/* CSV in and out: records, encodings, limits, and errors with their place. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "codec/csv.h"

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

/* All of a text as "line:field|field/line:field|field", names first; or NULL with cx told. */
static char *dump(const char *text, size_t n)
{
	struct csv *c;
	struct sb sb;

	sb_init(&sb, &cx, 1 << 20);
	if (csv_open(&cx, text, n, &c))
		return NULL;
	for (int i = 0; i < csv_columns(c); i++)
		sb_printf(&sb, "%s%s", i ? "|" : "", csv_name(c, i));
	while (csv_next(&cx, c)) {
		sb_printf(&sb, "/%d:", csv_line(c));
		for (int i = 0; i < csv_columns(c); i++)
			sb_printf(&sb, "%s%s", i ? "|" : "", csv_field(c, i));
	}
	if (cx.err || sb_end(&sb))
		return NULL;
	assert_false(csv_next(&cx, c)); /* the end stays the end */
	return sb.data;
}

static const struct {
	const char *name, *text, *want;
} good_cases[] = {
	{"lines end with LF", "a,b\n1,2\n3,4\n", "a|b/2:1|2/3:3|4"},
	{"lines end with CRLF", "a,b\r\n1,2\r\n3,4\r\n", "a|b/2:1|2/3:3|4"},
	{"the last line end may be missing", "a,b\n1,2", "a|b/2:1|2"},
	{"names alone", "a,b\n", "a|b"},
	{"names alone, no line end", "a", "a"},
	{"empty fields", "a,b,c\n,,\n", "a|b|c/2:||"},
	{"an empty last field at the end", "a,b\n1,", "a|b/2:1|"},
	{"blanks are kept", "a, b\n 1 ,\t\n", "a| b/2: 1 |\t"},
	{"quoted", "\"a\",\"b\"\n\"1,2\",\"say \"\"no\"\"\"\n", "a|b/2:1,2|say \"no\""},
	{"quoted and empty", "a,b\n\"\",\"\"\"\"\n", "a|b/2:|\""},
	{"lines within quotes count", "a\n\"x\ny\r\nz\"\nlast\n", "a/2:x\ny\r\nz/5:last"},
	{"a column of empty fields", "a\n\n\nx\n", "a/2:/3:/4:x"},
	{"UTF-8", "m\xc3\xa4rke,\xe5\x93\x81\xe7\x89\x8c\n\xf0\x9f\x98\x80,\xe5\x8d\x8e\n",
	 "m\xc3\xa4rke|\xe5\x93\x81\xe7\x89\x8c/2:\xf0\x9f\x98\x80|\xe5\x8d\x8e"},
	{"UTF-8 with a byte order mark", "\xef\xbb\xbf" "a,b\n1,2\n", "a|b/2:1|2"},
	{"a byte order mark before quotes", "\xef\xbb\xbf\"a\",b\n1,2\n", "a|b/2:1|2"},
	/* GB18030: brand, model; Huawei; a character of four bytes (U+3605) */
	{"GB18030", "\xc6\xb7\xc5\xc6,\xd0\xcd\xba\xc5\n\xbb\xaa\xce\xaa,P60\n\x82\x30\xa4\x33,x\n",
	 "\xe5\x93\x81\xe7\x89\x8c|\xe5\x9e\x8b\xe5\x8f\xb7/2:\xe5\x8d\x8e\xe4\xb8\xba|P60/3:\xe3\x98\x85|x"},
	{"GB18030 with a byte order mark", "\x84\x31\x95\x33\xc6\xb7,b\n1,2\n", "\xe5\x93\x81|b/2:1|2"},
};

static void good_text_is_read(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(good_cases); i++) {
		const char *got = dump(good_cases[i].text, strlen(good_cases[i].text));

		if (!got)
			fail_msg("%s: %s", good_cases[i].name, cx.msg);
		assert_string_equal(got, good_cases[i].want);
	}
}

static const struct {
	const char *name, *text, *want;
} bad_cases[] = {
	{"nothing", "", "line 1, column 1: the text is empty"},
	{"a byte order mark alone", "\xef\xbb\xbf", "line 1, column 1: the text is empty"},
	{"no names", "\n1\n", "line 1: column 1 has no name"},
	{"a name is missing", "a,,c\n", "line 1: column 2 has no name"},
	{"a name twice", "a,b,a\n", "line 1: columns 1 and 3 are both called 'a'"},
	{"more fields", "a,b\n1,2\n1,2,3\n", "line 3, column 5: more fields than the first line has columns"},
	{"fewer fields", "a,b,c\n1,2\n", "line 2, column 4: fewer fields than"},
	{"an empty line", "a,b\n1,2\n\n3,4\n", "line 3, column 1: an empty line"},
	{"an empty line at the end", "a,b\r\n1,2\r\n\r\n", "line 3, column 1: an empty line"},
	{"a quote is not closed", "a,b\n1,\"2\n3,4\n", "line 2, column 3: a quote is not closed"},
	{"a quote at the very end", "a\n\"", "line 2, column 1: a quote is not closed"},
	{"an odd number of quotes", "a\n\"x\"\"\n", "line 2, column 1: a quote is not closed"},
	{"a quote within", "a,b\n1,2\"\n", "line 2, column 4: a quote inside a field that is not quoted"},
	{"a quote behind a blank", "a,b\n1, \"2\"\n", "line 2, column 4: a quote inside"},
	{"text behind a quote", "a,b\n\"1\"x,2\n", "line 2, column 4: text behind a closing quote"},
	{"a blank behind a quote", "a,b\n\"1\" ,2\n", "line 2, column 4: text behind a closing quote"},
	{"old Mac line ends", "a,b\r1,2\r", "line 1, column 4: a carriage return without a line feed"},
	{"a carriage return at the end", "a,b\n1,2\r", "line 2, column 4: a carriage return"},
	{"a carriage return behind a quote", "a\n\"x\"\ry\n", "line 2, column 4: a carriage return"},
	{"columns are characters", "a,b\n\xe5\x93\x81\xe7\x89\x8c,\"x\n", "line 2, column 4: a quote is not"},
	{"lines within quotes count", "a\n\"x\ny\",2\n", "line 3, column 4: more fields"},
	{"UTF-16, little end first", "\xff\xfe" "a,b\n", "the text is UTF-16"},
	{"UTF-16, big end first", "\xfe\xff" "a,b\n", "the text is UTF-16"},
	{"Latin-1", "a,b\nx,M\xfcller\n", "line 2, column 4: the text is neither UTF-8 nor GB18030"},
	{"Latin-1, no GB18030 at all", "a,b\ncaf\xe9,2\n", "line 2, column 4: the text is neither"},
	{"broken UTF-8", "a\n\xe5\x93,\n", "line 2, column 1: the text is neither UTF-8 nor GB18030"},
	{"GB18030, cut", "\xc6\xb7\xc5\xc6\n\xbb\xaa\xce", "line 2, column "},
	{"GB18030 with a stray quote", "\xc6\xb7,b\n\xbb\xaa\xce\xaa,\"x\n",
	 "line 2, column 4: a quote is not"},
};

static void bad_text_is_refused_with_its_place(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad_cases); i++) {
		cx_reset(&cx);
		assert_null(dump(bad_cases[i].text, strlen(bad_cases[i].text)));
		assert_int_equal(cx.err, ERR_INPUT);
		if (strncmp(cx.msg, bad_cases[i].want, strlen(bad_cases[i].want)) != 0)
			fail_msg("%s: '%s', wanted '%s'", bad_cases[i].name, cx.msg, bad_cases[i].want);
	}
	cx_reset(&cx);
	assert_null(dump("a,b\n1,\0002\n", 9));
	assert_string_equal(cx.msg, "line 2, column 3: a NUL byte: this is no text");
}

/* After an error the reader stays at its end: nothing of the rest is taken for data. */
static void an_error_ends_the_reading(void **state)
{
	static const char text[] = "a\n1,2\n3\n"; /* the 2 would pass for a record */
	struct csv *c;

	(void)state;
	assert_int_equal(csv_open(&cx, text, strlen(text), &c), ERR_OK);
	assert_false(csv_next(&cx, c));
	assert_int_equal(cx.err, ERR_INPUT);
	assert_false(csv_next(&cx, c));
}

static void columns_have_a_maximum(void **state)
{
	(void)state;
	for (int columns = CSV_COLUMNS_MAX; columns <= CSV_COLUMNS_MAX + 1; columns++) {
		struct csv *c = NULL;
		struct sb sb;

		cx_reset(&cx);
		sb_init(&sb, &cx, 1 << 20);
		for (int i = 0; i < columns; i++)
			sb_printf(&sb, "%sc%d", i ? "," : "", i);
		assert_int_equal(csv_open(&cx, sb.data, sb.len, &c),
				 columns > CSV_COLUMNS_MAX ? ERR_TOO_LARGE : ERR_OK);
		if (c)
			assert_int_equal(csv_find(c, "c255"), 255);
	}
	assert_non_null(strstr(cx.msg, "line 1, column 1171: the fields of a record are more than 256"));
}

static void a_field_has_a_maximum(void **state)
{
	static char text[CSV_FIELD_MAX + 16];

	(void)state;
	for (int quoted = 0; quoted < 2; quoted++)
		for (size_t over = 0; over < 2; over++) {
			size_t n = CSV_FIELD_MAX + over;
			struct csv *c;

			cx_reset(&cx);
			memset(text, 'x', sizeof(text));
			memcpy(text, quoted ? "a\n\"" : "a\n", quoted ? 3 : 2);
			n += quoted ? 3 : 2;
			if (quoted)
				text[n++] = '"';
			assert_int_equal(csv_open(&cx, text, n, &c), ERR_OK);
			assert_int_equal(csv_next(&cx, c), !over);
			assert_int_equal(cx.err, over ? ERR_TOO_LARGE : ERR_OK);
			if (!over)
				assert_int_equal(strlen(csv_field(c, 0)), CSV_FIELD_MAX);
		}
}

/* Reading takes memory for one record, however many there are. */
static void memory_does_not_grow_with_records(void **state)
{
	size_t n = 4 + 8 * 200000;
	char *text = malloc(n);
	struct csv *c;
	int records = 0;

	(void)state;
	assert_non_null(text);
	memcpy(text, "a,b\n", 4);
	for (size_t i = 4; i < n; i += 8)
		memcpy(text + i, "\"12\",34\n", 8);
	cx_done(&cx);
	cx_init(&cx, 16 * 1024);
	assert_int_equal(csv_open(&cx, text, n, &c), ERR_OK);
	while (csv_next(&cx, c))
		records++;
	assert_int_equal(cx.err, ERR_OK);
	assert_int_equal(records, 200000);
	free(text);
}

static const struct {
	const char *field;
	bool good;
	int64_t value;
} int_cases[] = {
	{"0", true, 0},
	{"-0", true, 0},
	{"007", true, 7},
	{"-12", true, -12},
	{"9223372036854775807", true, INT64_MAX},
	{"-9223372036854775808", true, INT64_MIN},
	{"9223372036854775808", false, 0},
	{"-9223372036854775809", false, 0},
	{"99999999999999999999999", false, 0},
	{"\"\"", false, 0},
	{"-", false, 0},
	{"--1", false, 0},
	{"+1", false, 0},
	{" 1", false, 0},
	{"1 ", false, 0},
	{"1.0", false, 0},
	{"1e3", false, 0},
	{"0x1", false, 0},
	{"1_000", false, 0},
	{"\xef\xbc\x91", false, 0}, /* a full-width digit */
};

static void whole_numbers_are_strict(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(int_cases); i++) {
		char *text = cx_printf(&cx, "name,mass_mg\nx,%s\n", int_cases[i].field);
		int64_t value = 77;
		struct csv *c;

		cx_clear(&cx);
		assert_int_equal(csv_open(&cx, text, strlen(text), &c), ERR_OK);
		assert_true(csv_next(&cx, c));
		assert_int_equal(csv_int(&cx, c, 1, &value), int_cases[i].good ? ERR_OK : ERR_INVALID);
		assert_true(value == (int_cases[i].good ? int_cases[i].value : 77));
		if (!int_cases[i].good)
			assert_int_equal(strncmp(cx.msg, "line 2, mass_mg: '", 18), 0);
	}
}

static void columns_are_found_by_name(void **state)
{
	struct csv *c;

	(void)state;
	assert_int_equal(csv_open(&cx, "a,A,b c\n", 8, &c), ERR_OK);
	assert_int_equal(csv_columns(c), 3);
	assert_int_equal(csv_find(c, "A"), 1);
	assert_int_equal(csv_find(c, "b c"), 2);
	assert_int_equal(csv_find(c, "b"), -1);
	assert_int_equal(csv_find(c, ""), -1);
}

static const struct {
	const char *field, *want;
} put_cases[] = {
	{"", ""},
	{"plain", "plain"},
	{" blank ", " blank "},
	{"a,b", "\"a,b\""},
	{"\"", "\"\"\"\""},
	{"say \"no\"", "\"say \"\"no\"\"\""},
	{"two\nlines", "\"two\nlines\""},
	{"cr\r", "\"cr\r\""},
	{"=1+1", "=1+1"},
	{"-5", "-5"},
	{"\xef\xbb\xbfx", "\"\xef\xbb\xbfx\""}, /* else the reader would skip it */
};

static void fields_are_quoted_when_they_must(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(put_cases); i++) {
		struct sb sb;
		char *want = cx_printf(&cx, "%s,%s\r\n", put_cases[i].want, put_cases[i].want);

		sb_init(&sb, &cx, 1000);
		csv_put(&sb, true, put_cases[i].field);
		csv_put(&sb, false, put_cases[i].field);
		csv_put_end(&sb);
		assert_int_equal(sb_end(&sb), ERR_OK);
		assert_string_equal(sb.data, want);
	}
}

static void every_allocation_may_fail(void **state)
{
	static const char *const texts[] = {"a,b\n1,2\n\"three and more so that the buffer must grow\","
					    "\"and grow, and grow, and grow, until it is large\"\n",
					    "\xc6\xb7\xc5\xc6,b\n1,2\n"};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		int failures = 0;

		for (long n = 1;; n++) {
			struct csv *c = NULL;

			cx_reset(&cx);
			cx_fail_allocation(n);
			if (csv_open(&cx, texts[i], strlen(texts[i]), &c))
				assert_null(c);
			while (c && csv_next(&cx, c))
				assert_int_equal(csv_columns(c), 2);
			if (!cx.err)
				break;
			assert_int_equal(cx.err, ERR_MEMORY);
			failures++;
		}
		assert_true(failures > 4);
		cx_fail_allocation(0);
	}
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, start, finish)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(good_text_is_read),
		CASE(bad_text_is_refused_with_its_place),
		CASE(an_error_ends_the_reading),
		CASE(columns_have_a_maximum),
		CASE(a_field_has_a_maximum),
		CASE(memory_does_not_grow_with_records),
		CASE(whole_numbers_are_strict),
		CASE(columns_are_found_by_name),
		CASE(fields_are_quoted_when_they_must),
		CASE(every_allocation_may_fail),
	};
	return cmocka_run_group_tests_name("csv", tests, NULL, NULL);
}
