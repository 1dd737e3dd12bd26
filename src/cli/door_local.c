#include "cli/door_local.h"

#include "kernel/log.h"
#include "programme/access/access.h"
#include "programme/tradein/tradein.h"

enum err door_act(struct cx *cx, struct door *d, struct door_action *list, size_t count)
{
	return d->act(cx, d, list, count);
}

enum err door_get(struct cx *cx, struct door *d, int64_t city, const char *view, const struct json *params,
		  const struct json **out)
{
	return d->get(cx, d, city, view, params, out);
}

enum err door_checkpoint(struct cx *cx, struct door *d, int64_t city, const char **note)
{
	return d->checkpoint(cx, d, city, note);
}

void door_close(struct door *d)
{
	if (d)
		d->close(d);
}

struct node *door_node(struct door *d) { return d->node; }

/* Whoever may open the files may do everything: the local administrator is the system itself. */
static struct principal administrator(void)
{
	return (struct principal){.roles = (ROLE_SYSTEM << 1) - 1};
}

static enum err who_asks(struct cx *cx, struct door *d, const struct door_action *a, struct principal *out)
{
	struct reader r;
	enum err err = ERR_OK;

	*out = administrator();
	if (a->user == 0 && !a->order_link)
		return ERR_OK;
	if (node_reader_get(cx, d->node, a->city, *out, &r))
		return cx->err;
	if (a->order_link)
		err = order_authenticate(cx, &r, a->order_link, out);
	else
		err = access_principal(cx, &r, a->user, out);
	node_reader_put(d->node, &r);
	return err;
}

static enum err answer_of(struct cx *cx, struct door *d, struct request *q, const struct json **out)
{
	struct json_writer w;
	struct reader r;
	struct json *v;
	struct sb sb;
	enum err err;

	sb_init(&sb, cx, json_limits_file.bytes);
	jw_init(&w, &sb, false);
	jw_object(&w);
	if (node_reader_get(cx, d->node, q->city, q->who, &r))
		return cx->err;
	err = request_answer(cx, &r, q, &w);
	node_reader_put(d->node, &r);
	jw_object_end(&w);
	if (err || sb_end(&sb) || json_parse(cx, sb.data, sb.len, &json_limits_file, &v))
		return cx->err;
	*out = v;
	return ERR_OK;
}

/* Users whose rights were looked up for the present list: few act in it, often. */
enum { KNOWN_MAX = 64 };
struct known {
	int64_t user[KNOWN_MAX];
	struct principal who[KNOWN_MAX];
	int count;
};

static enum err who_asks_known(struct cx *cx, struct door *d, const struct door_action *a, struct known *k,
			       struct principal *out)
{
	bool plain = a->user != 0 && !a->order_link;

	for (int i = 0; plain && i < k->count; i++)
		if (k->user[i] == a->user) {
			*out = k->who[i];
			return ERR_OK;
		}
	if (who_asks(cx, d, a, out))
		return cx->err;
	if (plain && k->count < KNOWN_MAX) {
		k->user[k->count] = a->user;
		k->who[k->count++] = *out;
	}
	return ERR_OK;
}

/* Each request has a context of its own, so that one's error does not hide another's. */
struct slot {
	struct cx cx;
	struct request q;
	struct door_action *act;
};

static enum err take_answer(struct cx *cx, struct door *d, struct slot *s)
{
	s->act->err = s->q.err;
	if (s->q.err) {
		s->act->msg = cx_strdup(cx, s->cx.msg);
		return s->act->msg ? ERR_OK : cx->err;
	}
	return answer_of(cx, d, &s->q, &s->act->answer);
}

/* alone: the only action that was asked for; its error is the caller's to print. */
static enum err act_some(struct cx *cx, struct door *d, struct door_action *list, size_t count, bool alone)
{
	struct slot *slot = cx_array(cx, count, sizeof(*slot));
	struct request **q = cx_array(cx, count, sizeof(*q));
	struct known known = {.count = 0};
	size_t n = 0;

	if (!slot || !q)
		return cx->err;
	for (size_t i = 0; i < count; i++) {
		struct slot *s = &slot[i];
		cx_init(&s->cx, 0);
		s->cx.clock = cx->clock;
		s->cx.clock_arg = cx->clock_arg;
		s->act = &list[i];
		s->q.err = request_read(&s->cx, node_domain(d->node), list[i].type, list[i].city,
					list[i].body, &s->q);
		if (!s->q.err)
			s->q.err = who_asks_known(&s->cx, d, &list[i], &known, &s->q.who);
		s->q.idem_key = list[i].key;
		s->q.happened_us = list[i].happened_us;
		s->q.cx = &s->cx;
		if (!s->q.err)
			q[n++] = &s->q;
	}
	node_run(d->node, q, n);
	for (size_t i = 0; i < count; i++) {
		if (take_answer(cx, d, &slot[i]))
			list[i].err = cx->err;
		if (alone && slot[i].q.err) {
			cx_fail(cx, slot[i].q.err, "%s", slot[i].cx.msg);
			for (int h = 0; h < slot[i].cx.hints; h++)
				cx_hint(cx, slot[i].cx.hint[h].key, "%s", slot[i].cx.hint[h].text);
		}
		cx_done(&slot[i].cx);
	}
	return ERR_OK;
}

/* As many at one time as one transaction holds: so memory is bounded, too. */
static enum err act_local(struct cx *cx, struct door *d, struct door_action *list, size_t count)
{
	for (size_t i = 0, n; i < count; i += n) {
		n = count - i > BATCH_MAX ? BATCH_MAX : count - i;
		if (act_some(cx, d, list + i, n, count == 1))
			return cx->err;
	}
	return ERR_OK;
}

static enum err get_local(struct cx *cx, struct door *d, int64_t city, const char *name,
			  const struct json *params, const struct json **out)
{
	const struct view *v = node_view(d->node, name);
	struct json_writer w;
	struct reader r;
	struct json *answer;
	struct sb sb;
	void *p;
	enum err err;

	if (!v)
		return cx_fail(cx, ERR_NOT_FOUND, "there is no view %.60s", name);
	p = cx_alloc(cx, v->params_size);
	if (!p || (v->params && field_read(cx, v->params, IN, params, p)))
		return cx->err;
	if (node_reader_get(cx, d->node, city, administrator(), &r))
		return cx->err;
	sb_init(&sb, cx, json_limits_file.bytes);
	jw_init(&w, &sb, false);
	jw_object(&w);
	err = v->run(cx, &r, p, &w);
	node_reader_put(d->node, &r);
	jw_object_end(&w);
	if (err || sb_end(&sb) || json_parse(cx, sb.data, sb.len, &json_limits_file, &answer))
		return cx->err;
	*out = answer;
	return ERR_OK;
}

static enum err checkpoint_local(struct cx *cx, struct door *d, int64_t city, const char **note)
{
	struct log_head head;

	if (log_head_read(cx, node_db(d->node), city, &head))
		return cx->err;
	*note = head.note;
	return ERR_OK;
}

static void close_local(struct door *d)
{
	node_close(d->node);
}

enum err door_open_local(struct cx *cx, const char *where, const char *keys, bool read_only,
			 struct door **out)
{
	struct node_options o = {.where = where, .keys = keys, .read_only = read_only};
	struct door *d = CX_NEW(cx, struct door);

	if (!d)
		return cx->err;
	*d = (struct door){.act = act_local, .get = get_local, .checkpoint = checkpoint_local,
			    .close = close_local};
	if (node_open(cx, &o, &d->node))
		return cx->err;
	*out = d;
	return ERR_OK;
}
