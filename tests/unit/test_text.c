/* Bytes as text: RFC 4648 section 10, base58btc, codes with a check character, UTF-8. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "codec/hash.h"
#include "base/utf8.h"
#include "codec/text.h"

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
	cx_done(&cx);
	return 0;
}

static const struct {
	const char *bytes, *base64, *base64url;
} base64_cases[] = {
	{"", "", ""},
	{"f", "Zg==", "Zg"},
	{"fo", "Zm8=", "Zm8"},
	{"foo", "Zm9v", "Zm9v"},
	{"foob", "Zm9vYg==", "Zm9vYg"},
	{"fooba", "Zm9vYmE=", "Zm9vYmE"},
	{"foobar", "Zm9vYmFy", "Zm9vYmFy"},
	{"\xfb\xef\xff", "++//", "--__"},
};

static void base64_of_rfc_4648(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(base64_cases); i++) {
		const char *bytes = base64_cases[i].bytes, *text = base64_cases[i].base64,
			   *url = base64_cases[i].base64url;
		unsigned char *out;
		size_t n;

		assert_string_equal(base64_encode(&cx, bytes, strlen(bytes)), text);
		assert_string_equal(base64url_encode(&cx, bytes, strlen(bytes)), url);
		assert_int_equal(base64_decode(&cx, text, strlen(text), &out, &n), ERR_OK);
		assert_int_equal(n, strlen(bytes));
		assert_memory_equal(out, bytes, n);
		assert_int_equal(base64url_decode(&cx, url, strlen(url), &out, &n), ERR_OK);
		assert_int_equal(n, strlen(bytes));
		assert_memory_equal(out, bytes, n);
	}
}

static const struct {
	const char *text;
	bool base64, base64url;
} base64_strict_cases[] = {
	{"Zg", false, true},      {"Zg=", false, false},   {"Zg===", false, false},  {"Z", false, false},
	{"Zh==", false, false}, /* unused bits are set */
	{"Zh", false, false},     {"Zm9=", false, false},  {"Zm9", false, false},    {"Zm9v\n", false, false},
	{" Zm9v", false, false},  {"Zm 9v", false, false}, {"Zm9v=", false, false},
	{"Zm9v====", false, false},
	{"++//", true, false},    {"--__", false, true},   {"Zg==Zg==", false, false}, {"=", false, false},
	{"====", false, false},   {"Zm\xc3\xa9v", false, false},
};

static void base64_is_strict(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(base64_strict_cases); i++) {
		const char *text = base64_strict_cases[i].text;
		unsigned char *out = NULL;
		size_t n = 99;

		cx_clear(&cx);
		assert_int_equal(base64_decode(&cx, text, strlen(text), &out, &n),
				 base64_strict_cases[i].base64 ? ERR_OK : ERR_INPUT);
		if (cx.err)
			assert_true(out == NULL && n == 99);
		out = NULL;
		n = 99;
		cx_clear(&cx);
		assert_int_equal(base64url_decode(&cx, text, strlen(text), &out, &n),
				 base64_strict_cases[i].base64url ? ERR_OK : ERR_INPUT);
		if (cx.err)
			assert_true(out == NULL && n == 99);
	}
	unsigned char *out;
	size_t n;
	assert_int_equal(base64_decode(&cx, "Zm9v\0", 5, &out, &n), ERR_INPUT);
}

/* Every byte in every place of a group: libsodium alone would take those from 0x80 up. */
static void base64_is_of_its_alphabet(void **state)
{
	static const char common[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

	(void)state;
	for (int byte = 1; byte < 256; byte++) {
		for (int at = 0; at < 4; at++) {
			char text[] = "AAAA";
			unsigned char *out;
			size_t n;

			text[at] = (char)byte;
			bool both = strchr(common, text[at]);
			assert_int_equal(!base64_decode(&cx, text, 4, &out, &n),
					 both || byte == '+' || byte == '/' || (byte == '=' && at == 3));
			assert_int_equal(!base64url_decode(&cx, text, 4, &out, &n),
					 both || byte == '-' || byte == '_');
		}
	}
}

/* Test vectors of draft-msporny-base58 section 5, and leading zeros. */
static const struct {
	const char *hex, *text;
} base58_cases[] = {
	{"", ""},
	{"48656c6c6f20576f726c6421", "2NEpo7TZRRrLZSi2U"},
	{"54686520717569636b2062726f776e20666f78206a756d7073206f76657220746865206c617a7920646f672e",
	 "USm3fpXnKG5EUBx2ndxBDMPVciP5hGey2Jh4NDv6gmeo1LkMeiKrLJUUBk6Z"},
	{"0000287fb4cd", "11233QC4"},
	{"00", "1"},
	{"0000", "11"},
	{"ff", "5Q"},
	{"61", "2g"},
	{"516b6fcd0f", "ABnLTmg"},
};

static void base58_of_its_draft(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(base58_cases); i++) {
		const char *hex = base58_cases[i].hex, *text = base58_cases[i].text;
		unsigned char bytes[64], *out;
		size_t n = strlen(hex) / 2, got;

		assert_true(hex_decode(bytes, n, hex, 2 * n));
		assert_string_equal(base58_encode(&cx, bytes, n), text);
		assert_int_equal(base58_decode(&cx, text, strlen(text), &out, &got), ERR_OK);
		assert_int_equal(got, n);
		assert_memory_equal(out, bytes, n);
	}
}

static void base58_has_limits(void **state)
{
	static const char *const bad[] = {"0", "O", "I", "l", "2g ", "+", "a\xc3\xa9"};
	unsigned char bytes[256], *out;
	char ones[400], *text;
	size_t n;

	(void)state;
	memset(bytes, 0xff, sizeof(bytes));
	text = base58_encode(&cx, bytes, sizeof(bytes));
	assert_int_equal(base58_decode(&cx, text, strlen(text), &out, &n), ERR_OK);
	assert_int_equal(n, sizeof(bytes));
	assert_memory_equal(out, bytes, n);
	memset(ones, '1', sizeof(ones));
	assert_int_equal(base58_decode(&cx, ones, 256, &out, &n), ERR_OK);
	assert_int_equal(base58_decode(&cx, ones, 257, &out, &n), ERR_INPUT);
	assert_int_equal(base58_decode(&cx, ones, sizeof(ones), &out, &n), ERR_INPUT);
	memset(ones, 'z', sizeof(ones));
	assert_int_equal(base58_decode(&cx, ones, 352, &out, &n), ERR_INPUT);
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		assert_int_equal(base58_decode(&cx, bad[i], strlen(bad[i]), &out, &n), ERR_INPUT);
	assert_int_equal(base58_decode(&cx, "a\0b", 3, &out, &n), ERR_INPUT);
}

static const struct {
	int64_t value;
	int digits;
} code_cases[] = {
	{0, 1}, {0, 24}, {31, 1}, {32, 1}, {1, 7}, {123456789, 7}, {1099511627775, 8}, {INT64_MAX, 1},
	{INT64_MAX, 13}, {INT64_MAX, 24}, {15475, 4},
};

static void codes_read_back(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(code_cases); i++) {
		char code[CODE_MAX], spoken[2 * CODE_MAX], *p = spoken;
		int64_t value = -1;

		code_make(code, code_cases[i].value, code_cases[i].digits);
		assert_true((int)strlen(code) > code_cases[i].digits);
		assert_int_equal(code_read(&cx, code, &value), ERR_OK);
		assert_true(value == code_cases[i].value);
		for (const char *c = code; *c; c++) { /* lower case, spaces, no dashes */
			if (*c == '-')
				continue;
			*p++ = *c >= 'A' && *c <= 'Z' ? (char)(*c + 32) : *c;
			*p++ = ' ';
		}
		*p = 0;
		value = -1;
		assert_int_equal(code_read(&cx, spoken, &value), ERR_OK);
		assert_true(value == code_cases[i].value);
	}
}

static void codes_look_as_the_header_says(void **state)
{
	char code[CODE_MAX];
	int64_t value;

	(void)state;
	code_make(code, 15475, 4); /* 0x3c73: digits 0 F 3 K */
	assert_int_equal(strncmp(code, "0F3K-", 5), 0);
	assert_int_equal(strlen(code), 6);
	code_make(code, 0, 24);
	assert_int_equal(strlen(code), CODE_MAX - 1);
	code_make(code, 1, 7); /* digits misread in the usual ways: O for 0, L for 1 */
	assert_int_equal(strncmp(code, "0000-001", 8), 0);
	memcpy(code, "oO0o-0Ol", 8);
	assert_int_equal(code_read(&cx, code, &value), ERR_OK);
	assert_int_equal(value, 1);
	code[7] = 'i';
	assert_int_equal(code_read(&cx, code, &value), ERR_OK);
	assert_int_equal(value, 1);
}

static const char code_characters[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZILOU*";

/* The check, written as the standard states it: the sum of a_i 2^(i-1), i from the right, is 1 mod 37. */
static void check_characters_follow_iso_7064(void **state)
{
	(void)state;
	for (int64_t value = 0; value < 100000; value += 37) {
		char code[CODE_MAX];
		int sum = 0, weight = 1;

		code_make(code, value, 5);
		for (size_t i = strlen(code); i-- > 0;) {
			if (code[i] == '-')
				continue;
			sum = (sum + weight * (int)(strchr(code_characters, code[i]) - code_characters)) % 37;
			weight = weight * 2 % 37;
		}
		assert_int_equal(sum, 1);
	}
}

static void every_slip_is_found(void **state)
{
	(void)state;
	for (int64_t value = 7; value < 40000000; value += 1999993) {
		char code[CODE_MAX], wrong[CODE_MAX];
		int64_t out = -1;

		code_make(code, value, 6);
		for (size_t i = 0; code[i]; i++) {
			if (code[i] == '-')
				continue;
			for (const char *c = code_characters; *c; c++) {
				memcpy(wrong, code, sizeof(wrong));
				wrong[i] = *c;
				if (code_read(&cx, wrong, &out) == ERR_OK)
					assert_true(out == value); /* the same, or O for 0 */
			}
			size_t next = code[i + 1] == '-' ? i + 2 : i + 1;
			memcpy(wrong, code, sizeof(wrong));
			wrong[i] = code[next] ? code[next] : code[i];
			if (code[next])
				wrong[next] = code[i];
			if (strcmp(wrong, code) != 0)
				assert_int_equal(code_read(&cx, wrong, &out), ERR_INVALID);
		}
	}
}

static void what_is_no_code_is_refused(void **state)
{
	static const char *const bad[] = {"", "-", "0", "00",  "0000-0000-0000-0000-0000-0000-00",
					  "U0", "*1", "a_1", "ZZZZ-ZZZZ-ZZZZ-Z1", "\xc3\xa9", "A+B"};
	int64_t out = -1;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		assert_int_equal(code_read(&cx, bad[i], &out), ERR_INVALID);
	for (const char *c = code_characters; *c; c++) { /* 2^64 and more, with every check character */
		char large[] = "G000-0000-0000-00?";

		large[sizeof(large) - 2] = *c;
		assert_int_equal(code_read(&cx, large, &out), ERR_INVALID);
	}
	assert_int_equal(out, -1);
}

/* prefix: how many bytes in front are valid. */
static const struct {
	const char *text;
	size_t prefix;
} utf8_cases[] = {
	{"", 0},                              {"plain ASCII that is longer than eight bytes", 43},
	{"\xc2\x80", 2},                      {"\xdf\xbf", 2},
	{"\xe0\xa0\x80", 3},                  {"\xed\x9f\xbf", 3},
	{"\xee\x80\x80", 3},                  {"\xef\xbf\xbf", 3},
	{"\xf0\x90\x80\x80", 4},              {"\xf4\x8f\xbf\xbf", 4},
	{"12345678\xe4\xb8\x8a" "12345678\xe6", 19}, {"a\x80", 1},
	{"\xc0\xaf", 0},                      {"\xc1\xbf", 0},
	{"\xe0\x9f\xbf", 0},                  {"\xed\xa0\x80", 0},
	{"\xf0\x8f\xbf\xbf", 0},              {"\xf4\x90\x80\x80", 0},
	{"\xf5\x80\x80\x80", 0},              {"\xff", 0},
	{"\xe2\x82", 0},                      {"\xf0\x9f\x98", 0},
	{"\xe2\x28\xa1", 0},                  {"\xf0\x9f\x28\x80", 0},
};

static void utf8_of_rfc_3629(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(utf8_cases); i++) {
		size_t n = strlen(utf8_cases[i].text);

		assert_int_equal(utf8_prefix(utf8_cases[i].text, n), utf8_cases[i].prefix);
		assert_int_equal(utf8_valid(utf8_cases[i].text, n), utf8_cases[i].prefix == n);
	}
	assert_true(utf8_valid("a\0b", 3));
}

static void memory_may_run_out(void **state)
{
	unsigned char *out = NULL;
	size_t n = 0;

	(void)state;
	cx_fail_allocation(1);
	assert_null(base64_encode(&cx, "a", 1));
	cx_fail_allocation(1);
	assert_int_equal(base64_decode(&cx, "Zg==", 4, &out, &n), ERR_MEMORY);
	cx_fail_allocation(1);
	assert_null(base58_encode(&cx, "a", 1));
	cx_fail_allocation(1);
	assert_int_equal(base58_decode(&cx, "2g", 2, &out, &n), ERR_MEMORY);
	assert_null(out);
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, start, finish)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(base64_of_rfc_4648),
		CASE(base64_is_strict),
		CASE(base64_is_of_its_alphabet),
		CASE(base58_of_its_draft),
		CASE(base58_has_limits),
		CASE(codes_read_back),
		CASE(codes_look_as_the_header_says),
		CASE(check_characters_follow_iso_7064),
		CASE(every_slip_is_found),
		CASE(what_is_no_code_is_refused),
		CASE(utf8_of_rfc_3629),
		CASE(memory_may_run_out),
	};
	return cmocka_run_group_tests_name("text", tests, NULL, NULL);
}
