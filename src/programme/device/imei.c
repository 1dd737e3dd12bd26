#include "programme/device/device.h"

#include <ctype.h>

/* Luhn: every second digit from the right, but the check digit, counts double (its digits' sum). */
static bool luhn_holds(const char *digits, int n)
{
	int sum = 0;

	for (int i = 0; i < n; i++) {
		int d = digits[n - 1 - i] - '0';
		if (i % 2)
			d = d * 2 > 9 ? d * 2 - 9 : d * 2;
		sum += d;
	}
	return sum % 10 == 0;
}

enum err imei_normalise(struct cx *cx, const char *text, char out[17])
{
	char digit[17];
	int n = 0;
	bool same = true;

	for (const char *p = text; *p; p++) {
		if (*p == ' ' || *p == '-')
			continue;
		if (*p < '0' || *p > '9')
			return cx_fail(cx, ERR_INVALID, "an IMEI has digits only, not \"%.1s\"", p);
		if (n == 16)
			return cx_fail(cx, ERR_INVALID,
				       "an IMEI has 15 digits (an IMEISV 16), this one has more");
		digit[n++] = *p;
		same = same && *p == digit[0];
	}
	if (n < 15)
		return cx_fail(cx, ERR_INVALID, "an IMEI has 15 digits (an IMEISV 16), this one has %d", n);
	if (same)
		return cx_fail(
			cx, ERR_INVALID,
			"an IMEI whose digits are all the same is a placeholder, not an identity");
	if (n == 15 && !luhn_holds(digit, n))
		return cx_fail(
			cx, ERR_INVALID,
			"the last digit of this IMEI does not check: read it again (dial *#06#)");
	digit[n] = 0;
	memcpy(out, digit, (size_t)n + 1);
	return ERR_OK;
}

static enum err normalise_serial(struct cx *cx, const char *text, char **out)
{
	char *s = cx_alloc(cx, strlen(text) + 1);
	size_t n = 0;

	if (!s)
		return cx->err;
	for (const char *p = text; *p; p++)
		if (!isspace((unsigned char)*p))
			s[n++] = (char)toupper((unsigned char)*p);
	if (n == 0)
		return cx_fail(cx, ERR_INVALID, "a blank serial number is no identity: leave it out");
	*out = s;
	return ERR_OK;
}

static enum err normalise_mac(struct cx *cx, const char *text, char **out)
{
	char *s = cx_alloc(cx, 13);
	int n = 0;

	if (!s)
		return cx->err;
	for (const char *p = text; *p; p++) {
		if (*p == ':' || *p == '-' || *p == '.')
			continue;
		if (!isxdigit((unsigned char)*p) || n == 12)
			return cx_fail(cx, ERR_INVALID, "a MAC address has twelve hexadecimal digits");
		s[n++] = (char)tolower((unsigned char)*p);
	}
	if (n != 12)
		return cx_fail(cx, ERR_INVALID,
			       "a MAC address has twelve hexadecimal digits, this one has %d", n);
	*out = s;
	return ERR_OK;
}

enum err claim_normalise(struct cx *cx, int64_t kind, const char *text, char **out)
{
	char imei[17];

	if (kind == IDENTIFIER_MAC)
		return normalise_mac(cx, text, out);
	if (kind != IDENTIFIER_IMEI)
		return normalise_serial(cx, text, out);
	if (imei_normalise(cx, text, imei))
		return cx->err;
	*out = cx_strdup(cx, imei);
	return *out ? ERR_OK : cx->err;
}

/* The first 14 digits (type and serial) are the identity; the 15th checks, 15 and 16 of an IMEISV count
 * the software's version. So an IMEI and the IMEISV of one device find each other. */
char *claim_searched(struct cx *cx, int64_t kind, const char *normal)
{
	return kind == IDENTIFIER_IMEI ? cx_strndup(cx, normal, 14) : cx_strdup(cx, normal);
}
