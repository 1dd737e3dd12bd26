#include "programme/lives/member.h"

static const struct span none = {NULL, 0};

/* The place behind the text that begins at a quote; n when it does not end. */
static size_t skip_text(const char *p, size_t n, size_t at)
{
	const char *end = at + 1 < n ? memchr(p + at + 1, '"', n - at - 1) : NULL;

	while (end) {
		size_t here = (size_t)(end - p), slashes = 0;

		while (p[here - 1 - slashes] == '\\')
			slashes++;
		if (slashes % 2 == 0)
			return here + 1;
		end = here + 1 < n ? memchr(p + here + 1, '"', n - here - 1) : NULL;
	}
	return n;
}

/* The place behind the object or array that begins here. */
static size_t skip_nested(const char *p, size_t n, size_t at)
{
	static const unsigned char marks[256] = {['"'] = 1, ['{'] = 2, ['['] = 2, ['}'] = 3, [']'] = 3};
	size_t depth = 0;

	while (at < n) {
		switch (marks[(unsigned char)p[at]]) {
		case 1:
			at = skip_text(p, n, at);
			continue;
		case 2:
			depth++;
			break;
		case 3:
			if (--depth == 0)
				return at + 1;
			break;
		default:
			break;
		}
		at++;
	}
	return n;
}

/* The place behind the value that begins here. */
static size_t skip_value(const char *p, size_t n, size_t at)
{
	if (at < n && p[at] == '"')
		return skip_text(p, n, at);
	if (at < n && (p[at] == '{' || p[at] == '['))
		return skip_nested(p, n, at);
	while (at < n && p[at] != ',' && p[at] != '}' && p[at] != ']') /* a number, or a word */
		at++;
	return at;
}

bool member_each(struct span object, size_t *at, struct span *name, struct span *value)
{
	size_t begin = *at ? *at : 1, colon, end;

	if (object.n < 2 || object.p[0] != '{' || begin >= object.n || object.p[begin] != '"')
		return false;
	colon = skip_text(object.p, object.n, begin);
	if (colon >= object.n || object.p[colon] != ':')
		return false;
	end = skip_value(object.p, object.n, colon + 1);
	*name = (struct span){object.p + begin + 1, colon - begin - 2};
	*value = (struct span){object.p + colon + 1, end - colon - 1};
	*at = end + (end < object.n && object.p[end] == ',');
	return true;
}

struct span member_get(struct span object, const char *name)
{
	struct span member, value;
	size_t at = 0;

	while (member_each(object, &at, &member, &value)) {
		if (span_is(member, name))
			return value;
	}
	return none;
}

struct span member_next(struct span array, size_t *at)
{
	size_t begin = *at ? *at : 1, end;

	if (array.n < 2 || array.p[0] != '[' || begin >= array.n || array.p[begin] == ']')
		return none;
	end = skip_value(array.p, array.n, begin);
	*at = end + (end < array.n && array.p[end] == ',');
	return (struct span){array.p + begin, end - begin};
}

int64_t span_number(struct span s)
{
	bool negative = s.n > 0 && s.p[0] == '-';
	int64_t value = 0;

	if (s.n == negative)
		return FIELD_NONE;
	for (size_t i = negative; i < s.n; i++) {
		if (s.p[i] < '0' || s.p[i] > '9' || value > JSON_INT_MAX / 10)
			return FIELD_NONE;
		value = value * 10 + (s.p[i] - '0');
	}
	return negative ? -value : value;
}

struct span span_text(struct span s)
{
	if (s.n < 2 || s.p[0] != '"' || s.p[s.n - 1] != '"')
		return none;
	return (struct span){s.p + 1, s.n - 2};
}

int64_t member_number(struct span object, const char *name) { return span_number(member_get(object, name)); }

struct span member_text(struct span object, const char *name) { return span_text(member_get(object, name)); }

bool span_is(struct span s, const char *text) { return strlen(text) == s.n && memcmp(s.p, text, s.n) == 0; }
