#include "codec/text.h"

#include <sodium.h>

static bool all_ascii(const char *s, size_t n)
{
	unsigned char bits = 0;

	for (size_t i = 0; i < n; i++)
		bits |= (unsigned char)s[i];
	return bits < 0x80;
}

static char *encode64(struct cx *cx, const void *p, size_t n, int variant)
{
	size_t size = sodium_base64_encoded_len(n, variant);
	char *out = cx_alloc(cx, size);

	return out ? sodium_bin2base64(out, size, p, n, variant) : NULL;
}

/* libsodium refuses other characters, wrong padding and set bits behind the last byte. But it (1.0.18)
 * takes every byte from 0x80 up as if it were of the alphabet. */
static enum err decode64(struct cx *cx, const char *s, size_t n, int variant, unsigned char **out,
			 size_t *outn)
{
	size_t max = n / 4 * 3 + 3, len = 0;
	unsigned char *bytes = cx_alloc(cx, max);

	if (!bytes)
		return ERR_MEMORY;
	if (!all_ascii(s, n) || sodium_base642bin(bytes, max, s, n, NULL, &len, NULL, variant))
		return cx_fail(cx, ERR_INPUT, variant == sodium_base64_VARIANT_ORIGINAL ?
							 "not base64 with padding" :
							 "not base64url without padding");
	*out = bytes;
	*outn = len;
	return ERR_OK;
}

char *base64_encode(struct cx *cx, const void *p, size_t n)
{
	return encode64(cx, p, n, sodium_base64_VARIANT_ORIGINAL);
}

char *base64url_encode(struct cx *cx, const void *p, size_t n)
{
	return encode64(cx, p, n, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
}

enum err base64_decode(struct cx *cx, const char *s, size_t n, unsigned char **out, size_t *outn)
{
	return decode64(cx, s, n, sodium_base64_VARIANT_ORIGINAL, out, outn);
}

enum err base64url_decode(struct cx *cx, const char *s, size_t n, unsigned char **out, size_t *outn)
{
	return decode64(cx, s, n, sodium_base64_VARIANT_URLSAFE_NO_PADDING, out, outn);
}

static const char base58[] = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
enum {
	BASE58_BYTES_MAX = 256,
	BASE58_TEXT_MAX = 352, /* 256 bytes need log(256)/log(58) x 256 = 349.6 characters */
};

/* number = number x by + plus; number has n digits of base `base`, least first. Returns the new n. */
static size_t multiply_add(unsigned char *number, size_t n, unsigned base, unsigned by, unsigned plus)
{
	for (size_t i = 0; i < n; i++) {
		plus += number[i] * by;
		number[i] = (unsigned char)(plus % base);
		plus /= base;
	}
	for (; plus > 0; plus /= base)
		number[n++] = (unsigned char)(plus % base);
	return n;
}

/* Leading zero bytes are written as so many '1'; the rest is one big number. */
char *base58_encode(struct cx *cx, const void *p, size_t n)
{
	unsigned char digit[BASE58_TEXT_MAX];
	const unsigned char *byte = p;
	size_t zeros = 0, digits = 0;
	char *out;

	BUG(n > BASE58_BYTES_MAX);
	while (zeros < n && byte[zeros] == 0)
		zeros++;
	for (size_t i = zeros; i < n; i++)
		digits = multiply_add(digit, digits, 58, 256, byte[i]);
	out = cx_alloc(cx, zeros + digits + 1);
	if (!out)
		return NULL;
	memset(out, '1', zeros);
	for (size_t i = 0; i < digits; i++)
		out[zeros + i] = base58[digit[digits - 1 - i]];
	return out;
}

enum err base58_decode(struct cx *cx, const char *s, size_t n, unsigned char **out, size_t *outn)
{
	unsigned char number[BASE58_TEXT_MAX];
	size_t zeros = 0, bytes = 0;
	unsigned char *result;

	if (n > BASE58_TEXT_MAX)
		return cx_fail(cx, ERR_INPUT, "base58 of more than %d characters", BASE58_TEXT_MAX);
	while (zeros < n && s[zeros] == '1')
		zeros++;
	for (size_t i = zeros; i < n; i++) {
		const char *at = s[i] ? strchr(base58, s[i]) : NULL;

		if (!at)
			return cx_fail(cx, ERR_INPUT, "character %zu is not of base58", i + 1);
		bytes = multiply_add(number, bytes, 256, 58, (unsigned)(at - base58));
	}
	if (zeros + bytes > BASE58_BYTES_MAX)
		return cx_fail(cx, ERR_INPUT, "base58 of more than %d bytes", BASE58_BYTES_MAX);
	result = cx_alloc(cx, zeros + bytes);
	if (!result)
		return ERR_MEMORY;
	for (size_t i = 0; i < bytes; i++)
		result[zeros + i] = number[bytes - 1 - i];
	*out = result;
	*outn = zeros + bytes;
	return ERR_OK;
}

/* The first 32 are Crockford's digits; the rest only stand as check characters. */
static const char code_alphabet[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZILOU*";
enum { CODE_BASE = 32, CODE_MODULUS = 37, CODE_DIGITS_MAX = 24, CODE_GROUP = 4 };

/* ISO/IEC 7064, pure system with radix 2: the sum of a_i x 2^i, check character included, is 1. */
static int code_check(const int *digit, int n)
{
	int sum = 0;

	for (int i = 0; i < n; i++)
		sum = (sum + digit[i]) * 2 % CODE_MODULUS;
	return (CODE_MODULUS + 1 - sum) % CODE_MODULUS;
}

void code_make(char out[CODE_MAX], int64_t value, int digits)
{
	int digit[CODE_DIGITS_MAX + 1] = {0}, n = 0;
	int64_t rest = value;

	BUG(value < 0 || digits < 1 || digits > CODE_DIGITS_MAX);
	for (; n < digits || rest > 0; n++)
		rest /= CODE_BASE;
	for (int i = n - 1; i >= 0; i--, value /= CODE_BASE)
		digit[i] = (int)(value % CODE_BASE);
	digit[n] = code_check(digit, n);
	for (int i = 0; i <= n; i++) {
		if (i > 0 && i % CODE_GROUP == 0)
			*out++ = '-';
		*out++ = code_alphabet[digit[i]];
	}
	*out = 0;
}

static int code_value(char c)
{
	const char *at;

	if (c >= 'a' && c <= 'z')
		c = (char)(c - 'a' + 'A');
	at = c ? strchr(code_alphabet, c) : NULL;
	return at ? (int)(at - code_alphabet) : -1;
}

/* What a person may have read wrong among the digits: O for 0, I or L for 1. */
static int code_digit(int value)
{
	switch (code_alphabet[value]) {
	case 'O':
		return 0;
	case 'I':
	case 'L':
		return 1;
	default:
		return value;
	}
}

enum err code_read(struct cx *cx, const char *s, int64_t *out)
{
	int digit[CODE_DIGITS_MAX + 1], n = 0, check;
	int64_t value = 0;

	for (const char *p = s; *p; p++) {
		if (*p == ' ' || *p == '-')
			continue;
		if (n > CODE_DIGITS_MAX || code_value(*p) < 0)
			return cx_fail(cx, ERR_INVALID, "'%.40s' is not a code", s);
		digit[n++] = code_value(*p);
	}
	if (n < 2)
		return cx_fail(cx, ERR_INVALID, "'%.40s' is too short for a code", s);
	check = digit[--n];
	for (int i = 0; i < n; i++) {
		digit[i] = code_digit(digit[i]);
		if (digit[i] >= CODE_BASE)
			return cx_fail(cx, ERR_INVALID, "'%.40s' is not a code: %c stands only at its end",
				       s, code_alphabet[digit[i]]);
		if (__builtin_mul_overflow(value, CODE_BASE, &value) ||
		    __builtin_add_overflow(value, digit[i], &value))
			return cx_fail(cx, ERR_INVALID, "'%.40s' is too large for a code", s);
	}
	if (check != code_check(digit, n))
		return cx_fail(cx, ERR_INVALID, "'%.40s' is mistyped: its last character does not fit", s);
	*out = value;
	return ERR_OK;
}
