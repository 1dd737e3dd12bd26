/* Canonical JSON, RFC 8785 (JCS), and the writing of single strings and numbers. */
#include "codec/json.h"

#include <math.h>

#include "base/utf8.h"

enum { DEPTH_MAX = 1024, DIGITS_MAX = 17 };
#define EACH UINT64_C(0x0101010101010101)

static void stick(struct sb *sb, const char *what)
{
	if (!sb->err)
		sb->err = cx_fail(sb->cx, ERR_INVALID, "%s cannot be written as JSON", cx_say(sb->cx, what));
}

static void quote_byte(struct sb *sb, unsigned char c)
{
	static const char shorts[32] = {
		['\b'] = 'b', ['\t'] = 't', ['\n'] = 'n', ['\f'] = 'f', ['\r'] = 'r'};
	char escaped[7];

	if (c == '"' || c == '\\')
		snprintf(escaped, sizeof(escaped), "\\%c", c);
	else if (shorts[c])
		snprintf(escaped, sizeof(escaped), "\\%c", shorts[c]);
	else
		snprintf(escaped, sizeof(escaped), "\\u%04x", c);
	sb_str(sb, escaped);
}

static void quote_run(struct sb *sb, const char *s, size_t n)
{
	size_t begin = 0;

	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)s[i];

		if (c >= 0x20 && c != '"' && c != '\\')
			continue;
		sb_add(sb, s + begin, i - begin);
		quote_byte(sb, c);
		begin = i + 1;
	}
	sb_add(sb, s + begin, n - begin);
}

/* Error messages may carry bytes of refused input: what leaves here is valid UTF-8 even so. */
static void quote_repaired(struct sb *sb, const char *s, size_t n)
{
	while (n > 0) {
		size_t len = 1;

		while (len < 4 && len < n && !utf8_valid(s, len))
			len++;
		if (utf8_valid(s, len)) {
			quote_run(sb, s, len);
		} else {
			sb_str(sb, "\xef\xbf\xbd");
			len = 1;
		}
		s += len;
		n -= len;
	}
}

/* Not 0 when a byte of the word is 0; no byte has its highest bit. */
static uint64_t has_zero(uint64_t word)
{
	return (word - EACH) & ~word & 0x80 * EACH;
}

/* Most texts are names, codes and digits: visible ASCII that stands for itself. Seen by eight bytes. */
static bool is_plain(const char *s, size_t n)
{
	for (; n >= 8; s += 8, n -= 8) {
		uint64_t word;
		memcpy(&word, s, 8);
		if (((word | (word - ' ' * EACH)) & 0x80 * EACH) | has_zero(word ^ 0x7f * EACH) |
		    has_zero(word ^ '"' * EACH) | has_zero(word ^ '\\' * EACH))
			return false;
	}
	for (size_t i = 0; i < n; i++)
		if (s[i] < 0x20 || s[i] == 0x7f || s[i] == '"' || s[i] == '\\')
			return false;
	return true;
}

/* p: room for the text and its quotes. */
static void put_plain(char *p, const char *s, size_t n)
{
	p[0] = p[n + 1] = '"';
	memcpy(p + 1, s, n);
}

void json_name(struct sb *sb, const char *s, size_t n, bool first)
{
	char *p;

	if (!is_plain(s, n)) {
		if (!first)
			sb_char(sb, ',');
		json_quote(sb, s, n);
		sb_char(sb, ':');
		return;
	}
	p = sb_grow(sb, n + (first ? 3 : 4));
	if (!p)
		return;
	if (!first)
		*p++ = ',';
	put_plain(p, s, n);
	p[n + 2] = ':';
}

void json_quote(struct sb *sb, const char *s, size_t n)
{
	if (is_plain(s, n)) {
		char *p = sb_grow(sb, n + 2);
		if (p)
			put_plain(p, s, n);
		return;
	}
	sb_char(sb, '"');
	if (utf8_valid(s, n))
		quote_run(sb, s, n);
	else
		quote_repaired(sb, s, n);
	sb_char(sb, '"');
}

/* value (positive) as d.ddd x 10^exponent with `count` digits rounded to nearest; only the digits and
 * the exponent leave, so the locale's decimal point does not matter. */
static int decimal(double value, int count, char digits[DIGITS_MAX + 1])
{
	char text[40];
	const char *p = text;
	int n = 0;

	snprintf(text, sizeof(text), "%.*e", count - 1, value);
	for (; *p && *p != 'e'; p++)
		if (*p >= '0' && *p <= '9')
			digits[n++] = *p;
	digits[n] = 0;
	BUG(n != count || *p != 'e');
	return (int)strtol(p + 1, NULL, 10);
}

static bool reads_back(const char *digits, int exponent, double value)
{
	char text[40];

	snprintf(text, sizeof(text), "%se%d", digits, exponent - (int)strlen(digits) + 1);
	return strtod(text, NULL) == value;
}

/* Adds one to the last digit, if there is no carry out of the front. */
static bool next_up(char *digits)
{
	size_t i = strlen(digits);

	while (i > 0 && digits[i - 1] == '9')
		digits[--i] = '0';
	if (i > 0)
		digits[i - 1]++;
	return i > 0;
}

/* The shortest digits that read back as value, and of these the nearest (ECMAScript
 * Number::toString). Up to 15 digits survive decimal -> double -> decimal, so for normal numbers 15
 * digits stripped of their zeros are the shortest there are; subnormal ones have fewer. At a power of
 * two the gap below is half of that above: the nearest 16 digits may read back as another number
 * while the next above them, still in the wider half, does not. */
static int shortest(double value, char digits[DIGITS_MAX + 1])
{
	int first = fpclassify(value) == FP_SUBNORMAL ? 1 : 15;

	for (int count = first; count < DIGITS_MAX; count++) {
		int exponent = decimal(value, count, digits);

		if (reads_back(digits, exponent, value) ||
		    (count == 16 && next_up(digits) && reads_back(digits, exponent, value)))
			return exponent;
	}
	return decimal(value, DIGITS_MAX, digits);
}

static void zeros(struct sb *sb, int n)
{
	for (; n > 0; n--)
		sb_char(sb, '0');
}

void json_double(struct sb *sb, double value)
{
	char digits[DIGITS_MAX + 1];
	int k, n;

	if (!isfinite(value)) {
		stick(sb, "a number that is not finite");
		return;
	}
	if (value == 0) { /* also -0 */
		sb_char(sb, '0');
		return;
	}
	if (value < 0)
		sb_char(sb, '-');
	n = shortest(fabs(value), digits) + 1; /* names of ECMA-262: digits x 10^(n-k) */
	k = (int)strlen(digits);
	while (k > 1 && digits[k - 1] == '0')
		k--;
	if (k <= n && n <= 21) {
		sb_add(sb, digits, (size_t)k);
		zeros(sb, n - k);
	} else if (0 < n && n <= 21) {
		sb_add(sb, digits, (size_t)n);
		sb_char(sb, '.');
		sb_add(sb, digits + n, (size_t)(k - n));
	} else if (-6 < n && n <= 0) {
		sb_str(sb, "0.");
		zeros(sb, -n);
		sb_add(sb, digits, (size_t)k);
	} else {
		sb_add(sb, digits, 1);
		if (k > 1)
			sb_char(sb, '.');
		sb_add(sb, digits + 1, (size_t)(k - 1));
		sb_printf(sb, "e%c%d", n > 0 ? '+' : '-', abs(n - 1));
	}
}

void json_int(struct sb *sb, int64_t value)
{
	if (value > JSON_INT_MAX || value < -JSON_INT_MAX)
		stick(sb, "an integer beyond 2^53-1");
	else
		sb_i64(sb, value);
}

/* UTF-8 sorts by code point. UTF-16 differs in one thing: surrogates (lead bytes f0..f4 in UTF-8)
 * come before U+E000..U+FFFF (lead bytes ee and ef). */
static int utf16_rank(char c)
{
	unsigned char byte = (unsigned char)c;

	return byte == 0xee || byte == 0xef ? byte + 0x10 : byte;
}

int json_name_cmp(const char *a, const char *b)
{
	while (*a && *a == *b) {
		a++;
		b++;
	}
	return utf16_rank(*a) - utf16_rank(*b);
}

struct member {
	const char *name;
	const struct json *value;
};

static int by_name(const void *a, const void *b)
{
	return json_name_cmp(((const struct member *)a)->name, ((const struct member *)b)->name);
}

static void canonical(struct sb *sb, const struct json *v, int depth);

static void canonical_object(struct sb *sb, const struct json *v, int depth)
{
	struct member *members = cx_array(sb->cx, v->count, sizeof(*members));

	if (!members) {
		sb->err = sb->err ? sb->err : ERR_MEMORY;
		return;
	}
	for (size_t i = 0; i < v->count; i++)
		members[i] = (struct member){v->name[i], v->item[i]};
	qsort(members, v->count, sizeof(*members), by_name);
	sb_char(sb, '{');
	for (size_t i = 0; i < v->count; i++) {
		if (i > 0)
			sb_char(sb, ',');
		json_quote(sb, members[i].name, strlen(members[i].name));
		sb_char(sb, ':');
		canonical(sb, members[i].value, depth + 1);
	}
	sb_char(sb, '}');
}

static void canonical_array(struct sb *sb, const struct json *v, int depth)
{
	sb_char(sb, '[');
	for (size_t i = 0; i < v->count; i++) {
		if (i > 0)
			sb_char(sb, ',');
		canonical(sb, v->item[i], depth + 1);
	}
	sb_char(sb, ']');
}

static void canonical(struct sb *sb, const struct json *v, int depth)
{
	BUG(depth > DEPTH_MAX);
	if (sb->err)
		return;
	switch (v->type) {
	case JSON_NULL:
		sb_str(sb, "null");
		break;
	case JSON_BOOL:
		sb_str(sb, v->truth ? "true" : "false");
		break;
	case JSON_INT:
		json_int(sb, v->number);
		break;
	case JSON_REAL:
		json_double(sb, v->real);
		break;
	case JSON_TEXT:
		json_quote(sb, v->text, v->len);
		break;
	case JSON_ARRAY:
		canonical_array(sb, v, depth);
		break;
	case JSON_OBJECT:
		canonical_object(sb, v, depth);
		break;
	}
}

void json_canonical(struct sb *sb, const struct json *v)
{
	canonical(sb, v, 0);
}
