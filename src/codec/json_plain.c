/* One pass over the text, straight into the arena. */
#include "codec/json_plain.h"

#include "base/utf8.h"

enum { NAMES_MAX = 32 }; /* of one object: where they are not in order, each is compared with all before it */

struct plain_text {
	struct cx *cx;
	const char *p, *end;
	size_t depth, values; /* that are left */
	enum plain no;        /* why a function gave up */
};
/* Of an array or object, as they come. */
struct member {
	struct member *next;
	const char *name;
	struct json value;
};

static bool read_value(struct plain_text *t, struct json *to);

static bool no_memory(struct plain_text *t)
{
	t->no = PLAIN_FAILED;
	return false;
}

static void skip_blanks(struct plain_text *t)
{
	while (t->p < t->end && (*t->p == ' ' || *t->p == '\n' || *t->p == '\r' || *t->p == '\t'))
		t->p++;
}

static bool take(struct plain_text *t, char c)
{
	if (t->p == t->end || *t->p != c)
		return false;
	t->p++;
	return true;
}

static bool read_text(struct plain_text *t, const char **text, size_t *len)
{
	const char *from = t->p + 1;

	if (!take(t, '"'))
		return false;
	while (t->p < t->end && *t->p != '"' && *t->p != '\\' && (unsigned char)*t->p >= ' ')
		t->p++;
	*len = (size_t)(t->p - from);
	if (!take(t, '"'))
		return false;
	*text = cx_strndup(t->cx, from, *len);
	return *text || no_memory(t);
}

static bool read_integer(struct plain_text *t, struct json *to)
{
	bool minus = take(t, '-');
	const char *from = t->p;
	int64_t value = 0;

	for (; t->p < t->end && *t->p >= '0' && *t->p <= '9' && value <= JSON_INT_MAX; t->p++)
		value = value * 10 + (*t->p - '0');
	if (t->p == from || (*from == '0' && t->p > from + 1) || value > JSON_INT_MAX)
		return false;
	*to = (struct json){.type = JSON_INT, .number = minus ? -value : value};
	return true;
}

static bool read_word(struct plain_text *t, const char *word, const struct json *is, struct json *to)
{
	size_t n = strlen(word);

	if ((size_t)(t->end - t->p) < n || memcmp(t->p, word, n) != 0)
		return false;
	t->p += n;
	*to = *is;
	return true;
}

/* --- arrays and objects --- */

/* Members of one array or object, so far. */
struct members {
	struct member *first, *last;
	size_t count;
	bool named;
	bool mixed; /* the names do not come in the order of their bytes, as an entry's do */
};

/* The name was there before. */
static bool is_double(struct members *s, const char *name)
{
	if (!s->last || (!s->mixed && strcmp(s->last->name, name) < 0))
		return false;
	s->mixed = true;
	for (const struct member *m = s->first; m; m = m->next)
		if (strcmp(m->name, name) == 0)
			return true;
	return false;
}

/* A name, of an object, and the value; it is put at the end. */
static bool read_member(struct plain_text *t, struct members *s)
{
	struct member *m = CX_NEW(t->cx, struct member);
	size_t len;

	if (!m)
		return no_memory(t);
	if (s->named) {
		if (s->count == NAMES_MAX || !read_text(t, &m->name, &len) || is_double(s, m->name))
			return false;
		skip_blanks(t);
		if (!take(t, ':'))
			return false;
		skip_blanks(t);
	}
	*(s->last ? &s->last->next : &s->first) = m;
	s->last = m;
	s->count++;
	return read_value(t, &m->value);
}

static bool collect(struct plain_text *t, struct member *m, struct json *to)
{
	to->item = cx_array(t->cx, to->count, sizeof(*to->item));
	to->name = to->type == JSON_OBJECT ? cx_array(t->cx, to->count, sizeof(*to->name)) : NULL;
	if (!to->item || (to->type == JSON_OBJECT && !to->name))
		return no_memory(t);
	for (size_t i = 0; i < to->count; i++, m = m->next) {
		to->item[i] = &m->value;
		if (to->name)
			to->name[i] = m->name;
	}
	return true;
}

static bool read_members(struct plain_text *t, struct json *to)
{
	struct members s = {.named = *t->p == '{'};
	char close = s.named ? '}' : ']';

	if (t->depth == 0)
		return false;
	t->depth--;
	t->p++;
	*to = (struct json){.type = s.named ? JSON_OBJECT : JSON_ARRAY};
	skip_blanks(t);
	while (s.count > 0 || !take(t, close)) {
		if (!read_member(t, &s))
			return false;
		skip_blanks(t);
		if (take(t, close))
			break;
		if (!take(t, ','))
			return false;
		skip_blanks(t);
	}
	t->depth++;
	to->count = s.count;
	return collect(t, s.first, to);
}

static bool read_value(struct plain_text *t, struct json *to)
{
	static const struct json yes = {.type = JSON_BOOL, .truth = true}, no = {.type = JSON_BOOL},
				 nothing = {.type = JSON_NULL};

	if (t->p == t->end || t->values-- == 0)
		return false;
	switch (*t->p) {
	case '{':
	case '[':
		return read_members(t, to);
	case '"':
		to->type = JSON_TEXT;
		return read_text(t, &to->text, &to->len);
	case 't':
		return read_word(t, "true", &yes, to);
	case 'f':
		return read_word(t, "false", &no, to);
	case 'n':
		return read_word(t, "null", &nothing, to);
	default:
		return read_integer(t, to);
	}
}

enum plain json_plain(struct cx *cx, const char *text, size_t n, const struct json_limits *limits,
		      struct json **out)
{
	struct plain_text t = {cx, text, text + n, limits->depth, limits->values, PLAIN_NOT};
	struct json *value;

	if (n == 0 || n > limits->bytes || !utf8_valid(text, n))
		return PLAIN_NOT;
	value = CX_NEW(cx, struct json);
	if (!value)
		return PLAIN_FAILED;
	skip_blanks(&t);
	if (!read_value(&t, value))
		return t.no;
	skip_blanks(&t);
	if (t.p < t.end)
		return PLAIN_NOT;
	*out = value;
	return PLAIN_READ;
}
