#include "server/header.h"

#include <strings.h>

#include "codec/json.h"

static enum err bad_key(struct cx *cx, const char *why)
{
	return cx_fail(cx, ERR_INPUT, "Idempotency-Key: %s", cx_say(cx, why));
}

/* "…", then nothing but spaces. */
static enum err quoted(struct cx *cx, const char *p, size_t max, const char **out)
{
	char *text = cx_alloc(cx, strlen(p) + 1);
	size_t n = 0;

	if (!text)
		return cx->err;
	for (p++; *p != '"'; p++) {
		if (*p == '\\' && (p[1] == '"' || p[1] == '\\'))
			p++;
		else if (*p == '\\' || *p < 0x20 || *p > 0x7e)
			return bad_key(cx, "write it as a quoted string of visible ASCII");
		text[n++] = *p;
	}
	p += 1 + strspn(p + 1, " \t");
	if (*p)
		return bad_key(cx, "nothing may follow the quoted string");
	if (n == 0)
		return bad_key(cx, "it is empty");
	if (n > max)
		return bad_key(cx, "it is too long");
	*out = text;
	return ERR_OK;
}

enum err header_key(struct cx *cx, const char *value, size_t max, const char **out)
{
	size_t n;
	char *text;

	value += strspn(value, " \t");
	if (*value == '"')
		return quoted(cx, value, max, out);
	for (n = 0; value[n] > 0x20 && value[n] <= 0x7e; n++)
		if (strchr("\"\\,;", value[n]))
			return bad_key(cx, "a key with such characters must be in quotes");
	if (value[n + strspn(value + n, " \t")])
		return bad_key(cx, "a key with such characters must be in quotes");
	if (n == 0)
		return bad_key(cx, "it is empty");
	if (n > max)
		return bad_key(cx, "it is too long");
	text = cx_strndup(cx, value, n);
	if (!text)
		return cx->err;
	*out = text;
	return ERR_OK;
}

const char *header_bearer(const char *value)
{
	size_t spaces;

	if (strncasecmp(value, "Bearer", 6) != 0)
		return NULL;
	spaces = strspn(value + 6, " ");
	return spaces > 0 && value[6 + spaces] ? value + 6 + spaces : NULL;
}

enum err header_number(struct cx *cx, const char *name, const char *value, int64_t max, int64_t *out)
{
	int64_t number = 0;
	const char *p = value;

	for (; *p >= '0' && *p <= '9' && number <= JSON_INT_MAX / 10; p++)
		number = number * 10 + (*p - '0');
	if (p == value || *p || number > max)
		return cx_fail(cx, ERR_INPUT, "%s: must be a whole number from 0 to %lld", name,
			       (long long)max);
	*out = number;
	return ERR_OK;
}

bool header_is_json(const char *value)
{
	static const char type[] = "application/json";
	const char *p = value + strspn(value, " \t"), *charset;

	if (strncasecmp(p, type, sizeof(type) - 1) != 0)
		return false;
	p += sizeof(type) - 1;
	p += strspn(p, " \t");
	if (*p && *p != ';')
		return false;
	charset = strcasestr(p, "charset=");
	if (!charset)
		return true;
	charset += 8;
	charset += *charset == '"';
	return strncasecmp(charset, "utf-8", 5) == 0;
}

bool header_has_etag(const char *value, const char *tag)
{
	size_t n = strlen(tag);

	value += strspn(value, " \t");
	if (*value == '*')
		return true;
	for (const char *p = strchr(value, '"'); p; p = strchr(p, '"')) {
		const char *end = strchr(p + 1, '"');
		if (!end)
			return false;
		if ((size_t)(end - p) - 1 == n && memcmp(p + 1, tag, n) == 0)
			return true;
		p = end + 1;
	}
	return false;
}

/* The weight of an element in thousandths, by the ";q=" that may follow its name; none is 1, one that is not
 * well formed 0. */
static int weight(const char *p, const char *end)
{
	int value, unit = 100;

	while (p < end && *p != ';')
		p++;
	if (p == end)
		return 1000;
	p += 1 + strspn(p + 1, " \t");
	if (p + 2 >= end || (*p != 'q' && *p != 'Q') || p[1] != '=' || (p[2] != '0' && p[2] != '1'))
		return 0;
	value = 1000 * (p[2] - '0');
	p += 3;
	for (p += p < end && *p == '.'; p < end && *p >= '0' && *p <= '9'; p++, unit /= 10)
		value += unit * (*p - '0');
	return value > 1000 ? 1000 : value;
}

bool header_takes_coding(const char *value, const char *coding)
{
	size_t n = strlen(coding);
	bool star = false;

	for (const char *p = value; *(p += strspn(p, ", \t")); p += strcspn(p, ",")) {
		const char *end = p + strcspn(p, ",");
		size_t name = strcspn(p, ",; \t");
		if (name == n && strncasecmp(p, coding, n) == 0)
			return weight(p + name, end) > 0;
		if (name == 1 && *p == '*')
			star = weight(p + 1, end) > 0;
	}
	return star;
}

const struct tongue *header_tongue(const char *value)
{
	const struct tongue *best = NULL, *t;
	int most = 0;

	for (const char *p = value; *(p += strspn(p, ", \t")); p += strcspn(p, ",")) {
		const char *end = p + strcspn(p, ",");
		size_t name = strcspn(p, ",; \t");
		if (tongue_named(p, name, &t) && weight(p + name, end) > most) {
			most = weight(p + name, end);
			best = t;
		}
	}
	return best;
}

/* A cookie's bytes: visible ASCII without '"', ',', ';' and '\'. */
static bool is_cookie(const char *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (p[i] <= ' ' || p[i] > '~' || strchr("\",;\\", p[i]))
			return false;
	return n > 0;
}

const char *header_cookie(struct cx *cx, const char *value, const char *name)
{
	size_t name_n = strlen(name), found_n = 0;
	const char *found = NULL;

	for (const char *p = value; *(p += strspn(p, "; \t")); p += strcspn(p, ";")) {
		size_t n = strcspn(p, ";");
		while (n > 0 && (p[n - 1] == ' ' || p[n - 1] == '\t'))
			n--;
		if (n <= name_n || memcmp(p, name, name_n) != 0 || p[name_n] != '=')
			continue;
		if (found)
			return NULL;
		found = p + name_n + 1;
		found_n = n - name_n - 1;
	}
	return found && is_cookie(found, found_n) ? cx_strndup(cx, found, found_n) : NULL;
}

bool header_same_origin(const char *origin, const char *host, bool secure)
{
	const char *end = strstr(origin, "://");
	size_t n = end ? (size_t)(end - origin) : 0;

	bool https = n == 5 && memcmp(origin, "https", 5) == 0;
	bool http = n == 4 && memcmp(origin, "http", 4) == 0;

	return (https || (http && !secure)) && *host && strcasecmp(end + 3, host) == 0;
}
