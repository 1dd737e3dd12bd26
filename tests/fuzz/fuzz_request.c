/* Whatever a request's body holds: every action refuses it, or reads it so that what it has read,
 * written again, is read as the same. The first byte says which action, the rest is the body; without
 * a digit or letter there ('{' begins the body) all are asked. */
#include "all.h"

#include "kernel/writer.h"

enum { OUT_MAX = 16 << 20 };

static char *write_again(struct cx *cx, const struct request *q)
{
	struct json_writer w;
	struct sb sb;

	sb_init(&sb, cx, OUT_MAX);
	jw_init(&w, &sb, false);
	jw_object(&w);
	field_write(&w, q->action->fields, IN, q->rec);
	jw_object_end(&w);
	HOLDS(sb_end(&sb) == ERR_OK);
	return sb.data;
}

static void ask(struct cx *cx, const struct domain *d, const struct action *a,
		const struct json *body)
{
	struct request q, again;
	struct json *v;
	char *text, *same;

	if (request_read(cx, d, a->type, 1, body, &q)) {
		HOLDS(*cx->msg);
		cx_clear(cx);
		return;
	}
	text = write_again(cx, &q);
	HOLDS(json_parse(cx, text, strlen(text), &json_limits_file, &v) == ERR_OK);
	HOLDS(request_read(cx, d, a->type, 1, v, &again) == ERR_OK);
	same = write_again(cx, &again);
	HOLDS(strcmp(text, same) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct domain *d = domain_of_all();
	struct json *body;
	struct cx cx;
	bool one = size > 0 && data[0] != '{';

	cx_init(&cx, (size_t)1 << 28);
	if (size > 0 && json_parse(&cx, (const char *)data + one, size - one, &json_limits_request,
				   &body) == ERR_OK)
		for (int i = 0; i < d->actions; i++)
			if (!one || data[0] % d->actions == i)
				ask(&cx, d, d->action[i], body);
	cx_done(&cx);
	return 0;
}
