#include "kernel/field.h"

#include <errno.h>

#include "codec/hash.h"

enum { FIELDS_MAX = 128 };

static const char **text_at(const struct field *f, void *s)
{
	return (const char **)(void *)((char *)s + f->at);
}

static struct bytes *bytes_at(const struct field *f, void *s)
{
	return (struct bytes *)(void *)((char *)s + f->at);
}

static struct list *list_at(const struct field *f, void *s)
{
	return (struct list *)(void *)((char *)s + f->at);
}

static const char *text_of(const struct field *f, const void *s)
{
	return *(const char *const *)(const void *)((const char *)s + f->at);
}

static struct bytes bytes_of(const struct field *f, const void *s)
{
	return *(const struct bytes *)(const void *)((const char *)s + f->at);
}

static struct list list_of(const struct field *f, const void *s)
{
	return *(const struct list *)(const void *)((const char *)s + f->at);
}

static bool is_int(const struct field *f)
{
	return f->type == FIELD_INT || f->type == FIELD_BOOL || f->type == FIELD_ENUM;
}

void field_init(const struct field *f, void *s)
{
	for (; f->name; f++) {
		if (is_int(f))
			*field_int_at(f, s) = FIELD_NONE;
		else if (f->type == FIELD_TEXT)
			*text_at(f, s) = NULL;
		else if (f->type == FIELD_HEX)
			*bytes_at(f, s) = (struct bytes){0};
		else
			*list_at(f, s) = (struct list){0};
	}
}

int field_count(const struct field *f)
{
	int n = 0;
	while (f[n].name)
		n++;
	return n;
}

const struct field *field_find(const struct field *f, const char *name)
{
	for (; f->name; f++)
		if (f->name[0] == name[0] && strcmp(f->name, name) == 0)
			return f;
	return NULL;
}

int64_t field_enum(const char *const *names, const char *name)
{
	for (int64_t i = 0; names[i]; i++)
		if (strcmp(names[i], name) == 0)
			return i;
	return -1;
}

static int64_t enum_count(const char *const *names)
{
	int64_t n = 0;
	while (names[n])
		n++;
	return n;
}

static bool is_present(const struct field *f, const void *s)
{
	if (is_int(f))
		return field_int_of(f, s) != FIELD_NONE;
	if (f->type == FIELD_TEXT)
		return text_of(f, s) != NULL;
	if (f->type == FIELD_HEX)
		return bytes_of(f, s).p != NULL;
	return list_of(f, s).count > 0;
}

/* A field and a unit as a message names them: "mass_mg"; in another language with the word for it. */
static const char *said(struct cx *cx, const struct field *f)
{
	return cx_say_code(cx, "field", f->name);
}

static const char *unit(struct cx *cx, const struct field *f)
{
	return f->unit ? cx_say_code(cx, "unit", f->unit) : "";
}

static enum err bad_enum(struct cx *cx, const struct field *f, const char *got)
{
	struct sb sb;

	sb_init(&sb, cx, 2000);
	for (const char *const *n = f->names; *n; n++)
		sb_printf(&sb, "%s%s", n == f->names ? "" : ", ", *n);
	return cx_fail(cx, ERR_INVALID, "%s: \"%.40s\" is not one of: %s", said(cx, f), got, sb.data);
}

static enum err check_int(struct cx *cx, const struct field *f, int64_t value)
{
	if (f->type == FIELD_ENUM) {
		if (value < 0 || value >= enum_count(f->names))
			return cx_fail(cx, ERR_INVALID, "%s: no such value: %lld", said(cx, f),
				       (long long)value);
		return ERR_OK;
	}
	if (value < f->min)
		return cx_fail(cx, ERR_INVALID, "%s: must be at least %lld%s%s, not %lld", said(cx, f),
			       (long long)f->min, f->unit ? " " : "", unit(cx, f),
			       (long long)value);
	if (value > f->max)
		return cx_fail(cx, ERR_INVALID, "%s: must be at most %lld%s%s, not %lld", said(cx, f),
			       (long long)f->max, f->unit ? " " : "", unit(cx, f),
			       (long long)value);
	return ERR_OK;
}

static enum err check_size(struct cx *cx, const struct field *f, size_t n, const char *what)
{
	if (n < (size_t)f->min)
		return cx_fail(cx, ERR_INVALID, "%s: needs at least %lld %s, has %zu", said(cx, f),
			       (long long)f->min, cx_say(cx, what), n);
	if (n > (size_t)f->max)
		return cx_fail(cx, ERR_INVALID, "%s: may have at most %lld %s, has %zu", said(cx, f),
			       (long long)f->max, cx_say(cx, what), n);
	return ERR_OK;
}

static enum err wrong_type(struct cx *cx, const struct field *f, const char *want)
{
	return cx_fail(cx, ERR_INVALID, "%s: must be %s", said(cx, f), cx_say(cx, want));
}

static enum err read_list(struct cx *cx, const struct field *f, unsigned mask, const struct json *v,
			  void *out)
{
	struct list list = {.count = v->count};
	char *item;

	if (v->type != JSON_ARRAY)
		return wrong_type(cx, f, "an array");
	if (check_size(cx, f, v->count, "items"))
		return cx->err;
	item = cx_array(cx, v->count, f->sub_size);
	if (!item)
		return cx->err;
	for (size_t i = 0; i < v->count; i++) {
		if (field_read(cx, f->sub, mask, v->item[i], item + i * f->sub_size))
			return cx_prefix(cx, "%s[%zu].", f->name, i);
	}
	list.item = item;
	*list_at(f, out) = list;
	return ERR_OK;
}

static enum err read_hex(struct cx *cx, const struct field *f, const char *text, size_t len, void *out)
{
	size_t n = len / 2;
	unsigned char *p = cx_alloc(cx, n + 1);

	if (!p)
		return cx->err;
	if (len % 2)
		return wrong_type(cx, f, "lower-case hexadecimal, two digits a byte");
	if (check_size(cx, f, n, "bytes"))
		return cx->err;
	for (size_t i = 0; i < n; i++) {
		const char *digits = "0123456789abcdef";
		const char *a = memchr(digits, text[2 * i], 16), *b = memchr(digits, text[2 * i + 1], 16);
		if (!a || !b)
			return wrong_type(cx, f, "lower-case hexadecimal");
		p[i] = (unsigned char)((a - digits) << 4 | (b - digits));
	}
	*bytes_at(f, out) = (struct bytes){p, n};
	return ERR_OK;
}

static enum err read_one(struct cx *cx, const struct field *f, unsigned mask, const struct json *v, void *out)
{
	int64_t value;

	switch (f->type) {
	case FIELD_INT:
		if (v->type != JSON_INT)
			return wrong_type(cx, f, "a whole number without fraction or exponent");
		value = v->number;
		break;
	case FIELD_BOOL:
		if (v->type != JSON_BOOL)
			return wrong_type(cx, f, "true or false");
		value = v->truth;
		break;
	case FIELD_ENUM:
		if (v->type != JSON_TEXT)
			return wrong_type(cx, f, "text");
		value = field_enum(f->names, v->text);
		if (value < 0)
			return bad_enum(cx, f, v->text);
		break;
	case FIELD_TEXT:
		if (v->type != JSON_TEXT)
			return wrong_type(cx, f, "text");
		if (check_size(cx, f, v->len, "bytes"))
			return cx->err;
		*text_at(f, out) = v->text;
		return ERR_OK;
	case FIELD_HEX:
		if (v->type != JSON_TEXT)
			return wrong_type(cx, f, "text");
		return read_hex(cx, f, v->text, v->len, out);
	case FIELD_LIST:
		return read_list(cx, f, mask, v, out);
	default:
		BUG(true);
	}
	if (check_int(cx, f, value))
		return cx->err;
	*field_int_at(f, out) = value;
	return ERR_OK;
}

static enum err unknown_field(struct cx *cx, const struct field *f, unsigned mask, const char *name)
{
	struct sb sb;

	sb_init(&sb, cx, 600);
	for (; f->name; f++)
		if (f->flags & mask)
			sb_printf(&sb, "%s%s", sb.len ? ", " : "", f->name);
	return cx_fail(cx, ERR_INVALID, "%.60s: there is no such field here; there are: %s", name, sb.data);
}

enum err field_read(struct cx *cx, const struct field *f, unsigned mask, const struct json *v, void *out)
{
	if (v->type != JSON_OBJECT)
		return cx_fail(cx, ERR_INVALID, "must be an object");
	field_init(f, out);
	for (size_t i = 0; i < v->count; i++) {
		const struct field *m = field_find(f, v->name[i]);
		if (!m || !(m->flags & mask))
			return unknown_field(cx, f, mask, v->name[i]);
		if (v->item[i]->type == JSON_NULL && mask & IN)
			continue; /* in a request, null is the same as absent */
		if (read_one(cx, m, mask, v->item[i], out))
			return cx->err;
	}
	for (; f->name; f++)
		if (f->flags & mask && f->flags & REQ && (!(mask & IN) || f->flags & IN) &&
		    !is_present(f, out))
			return cx_fail(cx, ERR_INVALID, "%s: is missing", said(cx, f));
	return ERR_OK;
}

static enum err parse_int(struct cx *cx, const struct field *f, const char *text, int64_t *value)
{
	char *end;

	errno = 0;
	*value = strtoll(text, &end, 10);
	if (end == text || *end || errno || *value > JSON_INT_MAX || *value < -JSON_INT_MAX ||
	    !(*text == '-' || (*text >= '0' && *text <= '9')))
		return cx_fail(cx, ERR_INVALID, "%s: \"%.40s\" is not a whole number", said(cx, f), text);
	return ERR_OK;
}

enum err field_parse(struct cx *cx, const struct field *f, const char *text, void *out)
{
	int64_t value;

	switch (f->type) {
	case FIELD_TEXT:
		if (check_size(cx, f, strlen(text), "bytes"))
			return cx->err;
		*text_at(f, out) = text;
		return ERR_OK;
	case FIELD_HEX:
		return read_hex(cx, f, text, strlen(text), out);
	case FIELD_LIST:
		return cx_fail(cx, ERR_INVALID,
			       "%s: a list cannot be given this way; give it as JSON", f->name);
	case FIELD_BOOL:
		if (strcmp(text, "true") != 0 && strcmp(text, "false") != 0)
			return wrong_type(cx, f, "true or false");
		value = *text == 't';
		break;
	case FIELD_ENUM:
		value = field_enum(f->names, text);
		if (value < 0)
			return bad_enum(cx, f, text);
		break;
	case FIELD_INT:
	default:
		if (parse_int(cx, f, text, &value))
			return cx->err;
	}
	if (check_int(cx, f, value))
		return cx->err;
	*field_int_at(f, out) = value;
	return ERR_OK;
}

static enum err check_one(struct cx *cx, const struct field *f, unsigned mask, const void *s)
{
	if (is_int(f))
		return check_int(cx, f, field_int_of(f, s));
	if (f->type == FIELD_TEXT)
		return check_size(cx, f, strlen(text_of(f, s)), "bytes");
	if (f->type == FIELD_HEX)
		return check_size(cx, f, bytes_of(f, s).n, "bytes");
	if (check_size(cx, f, list_of(f, s).count, "items"))
		return cx->err;
	for (size_t i = 0; i < list_of(f, s).count; i++)
		if (field_check(cx, f->sub, mask, (const char *)list_of(f, s).item + i * f->sub_size))
			return cx_prefix(cx, "%s[%zu].", f->name, i);
	return ERR_OK;
}

enum err field_check(struct cx *cx, const struct field *f, unsigned mask, const void *s)
{
	for (; f->name; f++) {
		if (!(f->flags & mask))
			continue;
		if (!is_present(f, s)) {
			if (f->flags & REQ)
				return cx_fail(cx, ERR_INVALID, "%s: is missing", said(cx, f));
			continue;
		}
		if (check_one(cx, f, mask, s))
			return cx->err;
	}
	return ERR_OK;
}

static enum err keep_list(struct cx *cx, const struct field *f, unsigned mask, struct list *list)
{
	char *item = cx_memdup(cx, list->item, list->count * f->sub_size);

	if (!item)
		return cx->err;
	for (size_t i = 0; i < list->count; i++)
		if (field_keep(cx, f->sub, mask, item + i * f->sub_size))
			return cx->err;
	list->item = item;
	return ERR_OK;
}

enum err field_keep(struct cx *cx, const struct field *f, unsigned mask, void *s)
{
	for (; f->name; f++) {
		if (!(f->flags & mask) || is_int(f) || !is_present(f, s))
			continue;
		if (f->type == FIELD_TEXT) {
			if (!(*text_at(f, s) = cx_strdup(cx, text_of(f, s))))
				return cx->err;
		} else if (f->type == FIELD_HEX) {
			struct bytes *b = bytes_at(f, s);
			if (!(b->p = cx_memdup(cx, b->p, b->n)))
				return cx->err;
		} else if (keep_list(cx, f, mask, list_at(f, s))) {
			return cx->err;
		}
	}
	return ERR_OK;
}

static void write_one(struct json_writer *w, const struct field *f, unsigned mask, const void *s)
{
	struct list list;

	switch (f->type) {
	case FIELD_INT:
		jw_int(w, field_int_of(f, s));
		break;
	case FIELD_BOOL:
		jw_bool(w, field_int_of(f, s) != 0);
		break;
	case FIELD_ENUM:
		jw_text(w, f->names[field_int_of(f, s)]);
		break;
	case FIELD_TEXT:
		jw_text(w, text_of(f, s));
		break;
	case FIELD_HEX:
		jw_hex(w, bytes_of(f, s).p, bytes_of(f, s).n);
		break;
	case FIELD_LIST:
	default:
		list = list_of(f, s);
		jw_array(w);
		for (size_t i = 0; i < list.count; i++) {
			jw_object(w);
			field_write(w, f->sub, mask, (const char *)list.item + i * f->sub_size);
			jw_object_end(w);
		}
		jw_array_end(w);
	}
}

/* Most names differ in their first letter. */
static bool stands_behind(const char *a, const char *b)
{
	return a[0] == b[0] ? strcmp(a, b) > 0 : (unsigned char)a[0] > (unsigned char)b[0];
}

/* The present members with any of the mask's flags, by name. */
static int in_order(const struct field *f, unsigned mask, const void *s,
		    const struct field *order[FIELDS_MAX])
{
	int n = 0;

	for (; f->name; f++) {
		int i = n;
		if (!(f->flags & mask) || !is_present(f, s))
			continue;
		BUG(n == FIELDS_MAX);
		for (; i > 0 && stands_behind(order[i - 1]->name, f->name); i--)
			order[i] = order[i - 1];
		order[i] = f;
		n++;
	}
	return n;
}

static void write_name(struct json_writer *w, const struct field *f)
{
	if (f->quoted)
		jw_quoted(w, f->quoted, strlen(f->quoted));
	else
		jw_name(w, f->name);
}

void field_write(struct json_writer *w, const struct field *f, unsigned mask, const void *s)
{
	const struct field *order[FIELDS_MAX];
	int n = in_order(f, mask, s, order);

	for (int i = 0; i < n; i++) {
		write_name(w, order[i]);
		write_one(w, order[i], mask, s);
	}
}

/* --- as a tree --- */

static bool text_tree(struct cx *cx, const char *text, struct json *out)
{
	size_t n = strlen(text);

	*out = (struct json){.type = JSON_TEXT, .text = cx_strndup(cx, text, n), .len = n};
	return out->text != NULL;
}

static bool hex_tree(struct cx *cx, struct bytes b, struct json *out)
{
	char *hex = hex_text(cx, b.p, b.n);

	*out = (struct json){.type = JSON_TEXT, .text = hex, .len = 2 * b.n};
	return hex != NULL;
}

static bool list_tree(struct cx *cx, const struct field *f, unsigned mask, struct list list, struct json *out)
{
	*out = (struct json){.type = JSON_ARRAY, .count = list.count,
			     .item = cx_array(cx, list.count, sizeof(out->item[0]))};
	for (size_t i = 0; out->item && i < list.count; i++) {
		out->item[i] = field_tree(cx, f->sub, mask, (const char *)list.item + i * f->sub_size, 0);
		if (!out->item[i])
			return false;
	}
	return out->item != NULL;
}

static bool one_tree(struct cx *cx, const struct field *f, unsigned mask, const void *s, struct json *out)
{
	switch (f->type) {
	case FIELD_INT:
		*out = (struct json){.type = JSON_INT, .number = field_int_of(f, s)};
		return true;
	case FIELD_BOOL:
		*out = (struct json){.type = JSON_BOOL, .truth = field_int_of(f, s) != 0};
		return true;
	case FIELD_ENUM:
		return text_tree(cx, f->names[field_int_of(f, s)], out);
	case FIELD_TEXT:
		return text_tree(cx, text_of(f, s), out);
	case FIELD_HEX:
		return hex_tree(cx, bytes_of(f, s), out);
	case FIELD_LIST:
	default:
		return list_tree(cx, f, mask, list_of(f, s), out);
	}
}

struct json *field_tree(struct cx *cx, const struct field *f, unsigned mask, const void *s, size_t room)
{
	const struct field *order[FIELDS_MAX];
	int n = in_order(f, mask, s, order);
	struct json *o = CX_NEW(cx, struct json), *value = cx_array(cx, (size_t)n, sizeof(*value));

	if (!o || !value)
		return NULL;
	o->type = JSON_OBJECT;
	o->item = cx_array(cx, (size_t)n + room, sizeof(o->item[0]));
	o->name = cx_array(cx, (size_t)n + room, sizeof(o->name[0]));
	if (!o->item || !o->name)
		return NULL;
	for (int i = 0; i < n; i++) {
		if (!one_tree(cx, order[i], mask, s, &value[i]))
			return NULL;
		o->name[i] = order[i]->name;
		o->item[i] = &value[i];
	}
	o->count = (size_t)n;
	return o;
}

/* --- compared --- */

static bool one_differs(const struct field *f, unsigned mask, const void *asked, const void *kept)
{
	struct bytes a, b;
	struct list x, y;

	if (is_int(f))
		return field_int_of(f, asked) != field_int_of(f, kept);
	if (f->type == FIELD_TEXT)
		return strcmp(text_of(f, asked), text_of(f, kept)) != 0;
	if (f->type == FIELD_HEX) {
		a = bytes_of(f, asked);
		b = bytes_of(f, kept);
		return a.n != b.n || memcmp(a.p, b.p, a.n) != 0;
	}
	x = list_of(f, asked);
	y = list_of(f, kept);
	for (size_t i = 0; x.count == y.count && i < x.count; i++)
		if (field_differs(f->sub, mask, (const char *)x.item + i * f->sub_size,
				  (const char *)y.item + i * f->sub_size))
			return true;
	return x.count != y.count;
}

const char *field_differs(const struct field *f, unsigned mask, const void *asked, const void *kept)
{
	for (; f->name; f++)
		if ((f->flags & mask) == mask && is_present(f, asked) &&
		    (!is_present(f, kept) || one_differs(f, mask, asked, kept)))
			return f->name;
	return NULL;
}

struct db_val field_value(const struct field *f, const void *s)
{
	struct bytes b;

	if (!is_present(f, s))
		return db_null();
	switch (f->type) {
	case FIELD_TEXT:
		return db_text(text_of(f, s));
	case FIELD_HEX:
		b = bytes_of(f, s);
		return db_blob(b.p, b.n);
	case FIELD_LIST:
		BUG(true);
	case FIELD_INT:
	case FIELD_BOOL:
	case FIELD_ENUM:
	default:
		return db_i64(field_int_of(f, s));
	}
}

enum db_kind field_kind(const struct field *f)
{
	if (f->type == FIELD_TEXT)
		return DB_TEXT;
	if (f->type == FIELD_HEX)
		return DB_BLOB;
	return DB_I64;
}

enum err field_row(struct cx *cx, const struct field *f, const struct db_rows *rows, void *out)
{
	for (int i = 0; f[i].name; i++) {
		if (is_int(&f[i])) {
			*field_int_at(&f[i], out) = db_is_null(rows, i) ? FIELD_NONE : db_get_i64(rows, i);
		} else if (f[i].type == FIELD_TEXT) {
			const char *text = db_get_text(rows, i);
			const char *copy = text ? cx_strdup(cx, text) : NULL;
			if (text && !copy)
				return cx->err;
			*text_at(&f[i], out) = copy;
		} else {
			struct bytes b = {0};
			const void *p = db_get_blob(rows, i, &b.n);
			if (!db_is_null(rows, i)) {
				b.p = cx_memdup(cx, p, b.n);
				if (!b.p)
					return cx->err;
			}
			*bytes_at(&f[i], out) = b;
		}
	}
	return ERR_OK;
}
