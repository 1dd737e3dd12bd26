#include "cli/simulate/body.h"

struct json *body_new(struct cx *cx)
{
	struct json *o = CX_NEW(cx, struct json);

	if (!o)
		return NULL;
	o->type = JSON_OBJECT;
	o->item = cx_array(cx, BODY_MEMBERS_MAX, sizeof(o->item[0]));
	o->name = cx_array(cx, BODY_MEMBERS_MAX, sizeof(o->name[0]));
	return o->item && o->name ? o : NULL;
}

struct json *body_list(struct cx *cx, size_t max)
{
	struct json *list = CX_NEW(cx, struct json);

	if (!list)
		return NULL;
	list->type = JSON_ARRAY;
	list->item = cx_array(cx, max, sizeof(list->item[0]));
	return list->item ? list : NULL;
}

void body_at(struct json *o, const char *name, struct json *value)
{
	if (!o || !value)
		return;
	BUG(o->count == BODY_MEMBERS_MAX);
	o->name[o->count] = name;
	o->item[o->count++] = value;
}

void body_push(struct json *list, struct json *value)
{
	if (list && value) /* the maker of the list counted */
		list->item[list->count++] = value;
}

void body_int(struct cx *cx, struct json *o, const char *name, int64_t value)
{
	struct json *v = value == FIELD_NONE ? NULL : CX_NEW(cx, struct json);

	if (!v)
		return;
	v->type = JSON_INT;
	v->number = value;
	body_at(o, name, v);
}

void body_text(struct cx *cx, struct json *o, const char *name, const char *text)
{
	struct json *v = text ? CX_NEW(cx, struct json) : NULL;

	if (!v)
		return;
	v->type = JSON_TEXT;
	v->text = text;
	v->len = strlen(text);
	body_at(o, name, v);
}

void body_bool(struct cx *cx, struct json *o, const char *name, bool value)
{
	struct json *v = CX_NEW(cx, struct json);

	if (!v)
		return;
	v->type = JSON_BOOL;
	v->truth = value;
	body_at(o, name, v);
}

int64_t got_int(const struct json *v, const char *name)
{
	const struct json *m = json_get(v, name);

	return m && m->type == JSON_INT ? m->number : FIELD_NONE;
}

const char *got_text(const struct json *v, const char *name)
{
	const struct json *m = json_get(v, name);

	return m && m->type == JSON_TEXT ? m->text : NULL;
}

bool got_is(const struct json *v, const char *name, const char *text)
{
	const char *got = got_text(v, name);

	return got && strcmp(got, text) == 0;
}

bool got_true(const struct json *v, const char *name)
{
	const struct json *m = json_get(v, name);

	return m && m->type == JSON_BOOL && m->truth;
}

size_t got_count(const struct json *v, const char *name)
{
	const struct json *m = json_get(v, name);

	return m && m->type == JSON_ARRAY ? m->count : 0;
}

const struct json *got_item(const struct json *v, const char *name, size_t i)
{
	return i < got_count(v, name) ? json_get(v, name)->item[i] : NULL;
}
