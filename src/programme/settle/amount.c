#include "programme/settle/amount.h"

#define AMOUNT_MAX INT64_C(1000000000000)

static int digits_of(const char *currency)
{
	int digits = currency_digits(currency);

	return digits < 0 ? 2 : digits;
}

static int64_t power10(int digits)
{
	int64_t power = 1;

	while (digits-- > 0)
		power *= 10;
	return power;
}

void amount_text(char out[AMOUNT_TEXT], int64_t minor, const char *currency)
{
	int digits = digits_of(currency);
	uint64_t unit = (uint64_t)power10(digits);
	uint64_t size = minor < 0 ? 0 - (uint64_t)minor : (uint64_t)minor;
	char rest[24]; /* behind a 1 that keeps leading zeros */

	snprintf(rest, sizeof(rest), "%llu", (unsigned long long)(unit + size % unit));
	snprintf(out, AMOUNT_TEXT, "%s%llu%s%s", minor < 0 ? "-" : "", (unsigned long long)(size / unit),
		digits ? "." : "", rest + 1);
}

enum err amount_read(struct cx *cx, const char *text, const char *currency, int64_t *minor)
{
	int digits = digits_of(currency);
	int after = -1; /* digits read behind the point; -1 before it */
	int64_t value = 0;
	const char *p;

	for (p = text; *p; p++) {
		if (*p == '.' && after < 0 && p > text && digits > 0) {
			after = 0;
			continue;
		}
		if (*p < '0' || *p > '9' || after == digits)
			return cx_fail(cx, ERR_INVALID, "amount '%.40s': write %s with at most %d decimals",
				text, currency, digits);
		value = value * 10 + (*p - '0');
		if (value > AMOUNT_MAX)
			return cx_fail(cx, ERR_INVALID, "amount '%.40s' is too large", text);
		if (after >= 0)
			after++;
	}
	if (p == text || after == 0)
		return cx_fail(cx, ERR_INVALID, "amount '%.40s': digits are missing", text);
	value *= power10(digits - (after < 0 ? 0 : after));
	if (value > AMOUNT_MAX)
		return cx_fail(cx, ERR_INVALID, "amount '%.40s' is too large", text);
	*minor = value;
	return ERR_OK;
}
