/* Requests as JSON, and their answers. */
#include "kernel/secret.h"
#include "kernel/writer.h"

enum err request_read(struct cx *cx, const struct domain *d, const char *type, int64_t city,
		      const struct json *body, struct request *out)
{
	struct request q = {.cx = cx, .city = city, .happened_us = FIELD_NONE};

	q.action = domain_action(d, type);
	if (!q.action)
		return cx_fail(cx, ERR_NOT_FOUND, "there is no action %.60s", type);
	q.rec = cx_alloc(cx, q.action->size);
	if (!q.rec || field_read(cx, q.action->fields, IN, body, q.rec))
		return cx->err;
	*out = q;
	return ERR_OK;
}

enum err request_answer(struct cx *cx, struct reader *r, struct request *q, struct json_writer *w)
{
	if (q->action->reveal && q->action->reveal(cx, r, &q->entry, q->rec))
		return cx->err;
	field_write(w, q->action->fields, OUT, q->rec);
	if (!field_find(q->action->fields, "city"))
		jw_int_at(w, "city", q->entry.city);
	jw_int_at(w, "recorded_us", q->entry.recorded_us);
	jw_int_at(w, "seq", q->entry.seq);
	return ERR_OK;
}

enum err request_answer_tree(struct cx *cx, struct reader *r, struct request *q, struct json **out)
{
	const struct {
		const char *name;
		int64_t value;
	} more[] = {{"recorded_us", q->entry.recorded_us}, {"seq", q->entry.seq}, {"city", q->entry.city}};
	size_t n = ARRAY_LEN(more) - (field_find(q->action->fields, "city") ? 1 : 0);
	struct json *o, *value = cx_array(cx, n, sizeof(*value));

	if (!value || (q->action->reveal && q->action->reveal(cx, r, &q->entry, q->rec)))
		return cx->err;
	o = field_tree(cx, q->action->fields, OUT, q->rec, n);
	if (!o)
		return cx->err;
	for (size_t i = 0; i < n; i++) {
		value[i] = (struct json){.type = JSON_INT, .number = more[i].value};
		o->name[o->count] = more[i].name;
		o->item[o->count++] = &value[i];
	}
	*out = o;
	return ERR_OK;
}
