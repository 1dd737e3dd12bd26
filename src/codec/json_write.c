#include "codec/hash.h"
#include "codec/json.h"

enum { INDENT = 2 };

/* After the first error every call is idle: the levels need no book-keeping any more. */

void jw_init(struct json_writer *w, struct sb *sb, bool indent)
{
	*w = (struct json_writer){.sb = sb, .indent = indent};
}

static void new_line(struct json_writer *w)
{
	if (!w->indent)
		return;
	sb_char(w->sb, '\n');
	for (int i = 0; i < w->depth * INDENT; i++)
		sb_char(w->sb, ' ');
}

/* What stands between the value before and the name or value to come. */
static void separate(struct json_writer *w)
{
	if (w->some[w->depth])
		sb_char(w->sb, ',');
	w->some[w->depth] = true;
	if (w->depth > 0)
		new_line(w);
}

/* False when there is nothing to do any more. */
static bool begin_value(struct json_writer *w)
{
	if (w->sb->err)
		return false;
	BUG(w->object[w->depth] != w->named);
	BUG(w->depth == 0 && w->some[0]);
	if (!w->named)
		separate(w);
	w->named = false;
	return true;
}

static void open_level(struct json_writer *w, bool object)
{
	if (!begin_value(w))
		return;
	if (w->depth == JSON_WRITE_DEPTH) {
		w->sb->err = cx_fail(w->sb->cx, ERR_INVALID, "JSON nested deeper than %d",
				     JSON_WRITE_DEPTH);
		return;
	}
	sb_char(w->sb, object ? '{' : '[');
	w->depth++;
	w->some[w->depth] = false;
	w->object[w->depth] = object;
}

static void close_level(struct json_writer *w, bool object)
{
	bool some = w->some[w->depth];

	if (w->sb->err)
		return;
	BUG(w->depth == 0 || w->named || w->object[w->depth] != object);
	w->depth--;
	if (some)
		new_line(w);
	sb_char(w->sb, object ? '}' : ']');
}

void jw_object(struct json_writer *w)
{
	open_level(w, true);
}

void jw_object_end(struct json_writer *w)
{
	close_level(w, true);
}

void jw_array(struct json_writer *w)
{
	open_level(w, false);
}

void jw_array_end(struct json_writer *w)
{
	close_level(w, false);
}

/* False when there is nothing to do any more. first: no comma is to be written. */
static bool begin_name(struct json_writer *w, bool *first)
{
	if (w->sb->err)
		return false;
	BUG(!w->object[w->depth] || w->named);
	w->named = true;
	*first = w->indent || !w->some[w->depth];
	if (w->indent)
		separate(w);
	w->some[w->depth] = true;
	return true;
}

static void end_name(struct json_writer *w)
{
	if (w->indent)
		sb_char(w->sb, ' ');
}

void jw_name(struct json_writer *w, const char *name)
{
	bool first;

	if (!begin_name(w, &first))
		return;
	json_name(w->sb, name, strlen(name), first);
	end_name(w);
}

void jw_quoted(struct json_writer *w, const char *quoted, size_t n)
{
	bool first;
	char *p;

	if (!begin_name(w, &first) || !(p = sb_grow(w->sb, n + !first)))
		return;
	if (!first)
		*p++ = ',';
	memcpy(p, quoted, n);
	end_name(w);
}

static void put_text(struct json_writer *w, const char *s, size_t n)
{
	if (begin_value(w))
		json_quote(w->sb, s, n);
}

void jw_text(struct json_writer *w, const char *s)
{
	if (s) {
		put_text(w, s, strlen(s));
		return;
	}
	if (w->sb->cx->err == ERR_MEMORY && !w->sb->err)
		w->sb->err = ERR_MEMORY;
	jw_null(w);
}

void jw_hex(struct json_writer *w, const void *bytes, size_t n)
{
	char *p;

	if (!begin_value(w) || !(p = sb_grow(w->sb, 2 * n + 2)))
		return;
	hex_encode(p + 1, bytes, n);
	p[0] = p[2 * n + 1] = '"';
}

void jw_int(struct json_writer *w, int64_t value)
{
	if (begin_value(w))
		json_int(w->sb, value);
}

void jw_real(struct json_writer *w, double value)
{
	if (begin_value(w))
		json_double(w->sb, value);
}

void jw_bool(struct json_writer *w, bool value)
{
	if (begin_value(w))
		sb_str(w->sb, value ? "true" : "false");
}

void jw_null(struct json_writer *w)
{
	if (begin_value(w))
		sb_str(w->sb, "null");
}

void jw_value(struct json_writer *w, const struct json *v)
{
	switch (v->type) {
	case JSON_NULL:
		jw_null(w);
		break;
	case JSON_BOOL:
		jw_bool(w, v->truth);
		break;
	case JSON_INT:
		jw_int(w, v->number);
		break;
	case JSON_REAL:
		jw_real(w, v->real);
		break;
	case JSON_TEXT:
		put_text(w, v->text, v->len);
		break;
	case JSON_ARRAY:
	case JSON_OBJECT:
		open_level(w, v->type == JSON_OBJECT);
		for (size_t i = 0; i < v->count && !w->sb->err; i++) {
			if (v->type == JSON_OBJECT)
				jw_name(w, v->name[i]);
			jw_value(w, v->item[i]);
		}
		close_level(w, v->type == JSON_OBJECT);
		break;
	}
}
