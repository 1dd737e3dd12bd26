#include "programme/party/hours.h"

static const char *const days[] = {"Mo", "Tu", "We", "Th", "Fr", "Sa", "Su", "PH", "SH"};
enum { WEEK = 7 };

static void spaces(const char **p)
{
	while (**p == ' ')
		++*p;
}

static bool take(const char **p, const char *word)
{
	size_t n = strlen(word);
	if (strncmp(*p, word, n) != 0)
		return false;
	*p += n;
	return true;
}

/* The day's number, or -1. */
static int take_day(const char **p)
{
	for (int i = 0; i < (int)ARRAY_LEN(days); i++)
		if (take(p, days[i]))
			return i;
	return -1;
}

/* True when there were days, or none at all; false when they are not well formed. */
static bool take_days(const char **p)
{
	int day = take_day(p);

	if (day < 0)
		return true;
	for (;;) {
		if (**p == '-') {
			++*p;
			if (day >= WEEK || (day = take_day(p)) < 0 || day >= WEEK)
				return false;
		}
		if (**p != ',')
			return **p == ' ';
		++*p;
		if ((day = take_day(p)) < 0)
			return false;
	}
}

static bool take_clock(const char **p, int hour_max)
{
	const char *s = *p;
	int digit[4], hour, minute;

	for (int i = 0, at = 0; i < 4; i++, at++) {
		if (i == 2 && s[at++] != ':')
			return false;
		if (s[at] < '0' || s[at] > '9')
			return false;
		digit[i] = s[at] - '0';
	}
	hour = digit[0] * 10 + digit[1];
	minute = digit[2] * 10 + digit[3];
	if (hour > hour_max || minute > 59 || (hour == hour_max && minute > 0))
		return false;
	*p += 5;
	return true;
}

static bool take_times(const char **p)
{
	for (;;) {
		spaces(p);
		if (!take_clock(p, 24) || !take(p, "-") || !take_clock(p, 48))
			return false;
		if (!take(p, ","))
			return true;
	}
}

static bool take_rule(const char **p)
{
	spaces(p);
	if (!take_days(p))
		return false;
	spaces(p);
	if (!take(p, "off") && !take(p, "closed") && !take_times(p))
		return false;
	spaces(p);
	return true;
}

enum err hours_check(struct cx *cx, const char *text)
{
	const char *p = text;

	if (strcmp(text, "24/7") == 0)
		return ERR_OK;
	while (take_rule(&p)) {
		if (*p == 0)
			return ERR_OK;
		if (*p++ != ';')
			break;
	}
	return cx_fail(
		cx, ERR_INVALID,
		"\"%s\" is not understood at \"%.12s\"; write opening hours as "
		"\"Mo-Fr 09:00-18:00; Sa 10:00-16:00; PH off\"",
		text, p);
}
