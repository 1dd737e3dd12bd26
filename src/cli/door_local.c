#include "cli/door_local.h"

#include "kernel/journal.h"
#include "kernel/log.h"
#include "programme/access/access.h"
#include "programme/tradein/tradein.h"

enum { MEMORY_MAX = 1 << 30 }; /* bytes of one batch's requests */

enum err door_act(struct cx *cx, struct door *d, struct door_action *list, size_t count)
{
	return d->act(cx, d, list, count);
}

enum err door_recall(struct cx *cx, struct door *d, int64_t seq, struct door_action *list, size_t count)
{
	if (!d->recall)
		return cx_fail(cx, ERR_INPUT,
			       "a simulation goes on only where the database is opened: give --db, not "
			       "--server");
	return d->recall(cx, d, seq, list, count);
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

void door_hold(struct door *d, size_t keep)
{
	if (d->hold)
		d->hold(d, keep);
}

enum err door_flush(struct cx *cx, struct door *d)
{
	return d->flush ? d->flush(cx, d) : ERR_OK;
}

void door_close(struct door *d)
{
	if (d)
		d->close(d);
}

struct node *door_node(struct door *d) { return d->node; }

/* Requests of one transaction at a time, in slots that are used again and again. Each has an error of its
 * own; their memory is the batch's. */
struct slot {
	struct cx cx;
	struct request q;
	struct door_action *act;
};
/* Users whose rights were looked up: few act, often. They are looked up again when this door has acted in
 * city 0, where rights are, and after a second: another process may have acted there. */
enum { KNOWN = 4096, KNOWN_US = 1000000 };
struct known {
	int64_t user;
	uint64_t age; /* in which it was looked up */
	struct principal who;
};
/* Links of orders that were booked here, by order: what is held back is not in the database yet, and what
 * is need not be asked for. */
enum {
	LINK_BYTES = 64,
	LINKS_LEAST = 16384,
	LINK_KEEP = 8192 /* of the rows that are kept, for a link: an order's actions are held back as well */
};
struct link {
	int64_t city;
	char text[LINK_BYTES];
};
struct local_door {
	struct door d;
	struct link *link; /* from the first one on; NULL before */
	int64_t links;     /* that there is room for */
	struct cx keep, batch; /* memory until the door is closed; until the next batch */
	struct slot *slot;
	struct request **q;
	size_t slots;
	uint64_t age;
	int64_t age_us;
	struct known known[KNOWN];
};

static struct local_door *local_of(struct door *d)
{
	return (struct local_door *)(void *)((char *)d - offsetof(struct local_door, d));
}

/* --- who asks --- */

/* Whoever may open the files may do everything: the local administrator is the system itself. */
static struct principal administrator(void)
{
	return (struct principal){.roles = (ROLE_SYSTEM << 1) - 1};
}

/* "ro_17.Qm9v…" */
static int64_t order_of(const char *link)
{
	return strncmp(link, "ro_", 3) == 0 ? strtoll(link + 3, NULL, 10) : 0;
}

static bool linked(const struct local_door *l, const struct door_action *a, struct principal *out)
{
	int64_t order = order_of(a->order_link);
	const struct link *k = l->link && order > 0 ? &l->link[order % l->links] : NULL;

	if (!k || k->city != a->city || strcmp(k->text, a->order_link) != 0)
		return false;
	*out = (struct principal){.roles = ROLE_OWNER, .city = a->city, .order = order};
	return true;
}

static void keep_link(struct local_door *l, int64_t city, const struct json *answer)
{
	const struct json *link = json_get(answer, "link");
	int64_t order = link && link->type == JSON_TEXT ? order_of(link->text) : 0;

	if (order <= 0 || link->len >= LINK_BYTES)
		return;
	if (!l->link)
		l->link = cx_array(&l->keep, (size_t)l->links, sizeof(*l->link));
	if (!l->link) { /* then each is looked up */
		cx_clear(&l->keep);
		return;
	}
	l->link[order % l->links].city = city;
	memcpy(l->link[order % l->links].text, link->text, link->len + 1);
}

static enum err look_up(struct cx *cx, struct door *d, const struct door_action *a, struct principal *out)
{
	struct reader r;
	enum err err;

	if (node_reader_get(cx, d->node, a->city, *out, &r))
		return cx->err;
	if (a->order_link)
		err = order_authenticate(cx, &r, a->order_link, out);
	else
		err = access_principal(cx, &r, a->user, out);
	node_reader_put(d->node, &r);
	return err;
}

/* A link is good from the booking on and never changes: only when the books do not know it, it may be one of
 * an order that is held back. */
static enum err who_asks(struct cx *cx, struct door *d, const struct door_action *a, struct principal *out)
{
	*out = administrator();
	if ((a->user == 0 && !a->order_link) || (a->order_link && linked(local_of(d), a, out)))
		return ERR_OK;
	if (!look_up(cx, d, a, out) || !a->order_link)
		return cx->err;
	cx_clear(cx);
	return node_flush(cx, d->node) ? cx->err : look_up(cx, d, a, out);
}

static enum err who_asks_known(struct cx *cx, struct local_door *l, const struct door_action *a,
			       struct principal *out)
{
	struct known *k = &l->known[(uint64_t)a->user % KNOWN];

	if (a->user == 0 || a->order_link)
		return who_asks(cx, &l->d, a, out);
	if (k->user != a->user || k->age != l->age) {
		if (who_asks(cx, &l->d, a, out))
			return cx->err;
		*k = (struct known){a->user, l->age, *out};
	}
	*out = k->who;
	return ERR_OK;
}

/* --- acting --- */

static enum err grow(struct cx *cx, struct local_door *l, size_t count)
{
	size_t slots = l->slots ? l->slots : 16;

	if (count <= l->slots)
		return ERR_OK;
	while (slots < count)
		slots *= 2;
	l->slot = cx_array(&l->keep, slots, sizeof(*l->slot));
	l->q = cx_array(&l->keep, slots, sizeof(struct request *));
	l->slots = l->slot && l->q ? slots : 0;
	return l->slots ? ERR_OK : cx_fail(cx, ERR_MEMORY, "%s", l->keep.msg);
}

static enum err answer_of(struct cx *cx, struct door *d, struct request *q, const struct json **out)
{
	struct reader r;
	struct json *v;
	enum err err;

	if (node_reader_get(cx, d->node, q->city, q->who, &r))
		return cx->err;
	err = request_answer_tree(cx, &r, q, &v);
	node_reader_put(d->node, &r);
	if (err)
		return err;
	*out = v;
	return ERR_OK;
}

static enum err take_answer(struct cx *cx, struct door *d, struct slot *s)
{
	s->act->err = s->q.err;
	if (s->q.err) {
		s->act->msg = cx_strdup(cx, s->cx.msg);
		return s->act->msg ? ERR_OK : cx->err;
	}
	if (s->act->quiet)
		return ERR_OK;
	if (answer_of(cx, d, &s->q, &s->act->answer))
		return cx->err;
	keep_link(local_of(d), s->q.city, s->act->answer);
	return ERR_OK;
}

static void read_request(struct local_door *l, struct slot *s, struct door_action *a)
{
	if (a->city == 0)
		l->age_us = 0;
	cx_share(&s->cx, &l->batch);
	s->act = a;
	s->q = (struct request){.cx = &s->cx};
	s->q.err = request_read(&s->cx, node_domain(l->d.node), a->type, a->city, a->body, &s->q);
	if (!s->q.err)
		s->q.err = who_asks_known(&s->cx, l, a, &s->q.who);
	s->q.idem_key = a->key;
	s->q.happened_us = a->happened_us;
	s->q.cx = &s->cx;
}

/* alone: the only action that was asked for; its error is the caller's to print. */
static enum err act_some(struct cx *cx, struct local_door *l, struct door_action *list, size_t count,
			 bool alone)
{
	size_t n = 0;

	cx_reset(&l->batch);
	l->batch.clock = cx->clock;
	l->batch.clock_arg = cx->clock_arg;
	if (grow(cx, l, count))
		return cx->err;
	for (size_t i = 0; i < count; i++) {
		read_request(l, &l->slot[i], &list[i]);
		if (!l->slot[i].q.err)
			l->q[n++] = &l->slot[i].q;
	}
	node_run(l->d.node, l->q, n);
	for (size_t i = 0; i < count; i++) {
		struct slot *s = &l->slot[i];
		if (take_answer(cx, &l->d, s))
			list[i].err = cx->err;
		if (alone && s->q.err) {
			cx_fail(cx, s->q.err, "%s", s->cx.msg);
			for (int h = 0; h < s->cx.hints; h++)
				cx_hint(cx, s->cx.hint[h].key, "%s", s->cx.hint[h].text);
		}
	}
	return ERR_OK;
}

static void grow_old(struct local_door *l, int64_t now_us)
{
	if (now_us >= l->age_us && now_us - l->age_us <= KNOWN_US)
		return;
	l->age++;
	l->age_us = now_us;
}

/* As many at one time as one transaction holds: so memory is bounded, too. */
static enum err act_local(struct cx *cx, struct door *d, struct door_action *list, size_t count)
{
	struct local_door *l = local_of(d);

	for (size_t i = 0, n; i < count; i += n) {
		n = count - i > BATCH_MAX ? BATCH_MAX : count - i;
		grow_old(l, cx_now(cx));
		if (act_some(cx, l, list + i, n, count == 1))
			return cx->err;
	}
	return ERR_OK;
}

/* --- reading back what was done --- */

static enum err not_that(struct cx *cx, const struct door_action *a, const struct entry *e, const char *what)
{
	return cx_fail(cx, ERR_CONFLICT,
		       "city %lld, entry %lld is %s, and differs in %s from what is to be done now (%s): "
		       "it was not made by the same program with the same seed, options and rules",
		       (long long)e->city, (long long)e->seq, e->type, what, a->type);
}

/* The entry stands for the action; *q becomes as if the action had just been done. */
static enum err recall_one(struct cx *cx, struct door *d, const struct door_action *a, struct entry *e,
			   struct request *q)
{
	const char *name;

	if (strcmp(e->type, a->type) != 0)
		return not_that(cx, a, e, "its kind");
	if (e->actor != (a->order_link ? 0 : a->user))
		return not_that(cx, a, e, "who did it");
	if (a->happened_us != FIELD_NONE && e->happened_us != a->happened_us)
		return not_that(cx, a, e, "its time");
	if (request_read(cx, node_domain(d->node), a->type, a->city, a->body, q))
		return cx->err;
	name = field_differs(q->action->fields, IN | LOG, q->rec, e->rec);
	if (name)
		return not_that(cx, a, e, name);
	q->entry = *e;
	q->rec = e->rec;
	return ERR_OK;
}

static enum err recall_local(struct cx *cx, struct door *d, int64_t seq, struct door_action *list,
			     size_t count)
{
	struct local_door *l = local_of(d);
	struct cx *own = &l->batch;
	journal_auto *j = NULL;

	if (count && journal_open(cx, node_db(d->node), list[0].city, seq, &j))
		return cx->err;
	for (size_t i = 0; i < count; i++) {
		struct journal_line line;
		struct entry e;
		struct request q;
		cx_reset(own);
		if (!journal_next(cx, j, &line, NULL) || line.seq != seq + (int64_t)i)
			return cx->err ? cx->err :
					 cx_fail(cx, ERR_CORRUPT, "city %lld, entry %lld is missing",
						 (long long)list[i].city, (long long)(seq + (int64_t)i));
		if (entry_decode(own, node_domain(d->node), line.body, line.n, &e) ||
		    recall_one(own, d, &list[i], &e, &q))
			return cx_fail(cx, own->err, "%s", own->msg);
		list[i].err = ERR_OK;
		if (list[i].quiet)
			continue;
		if (answer_of(cx, d, &q, &list[i].answer))
			return cx->err;
		keep_link(l, list[i].city, list[i].answer);
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
	if (!p || node_flush(cx, d->node) || (v->params && field_read(cx, v->params, IN, params, p)))
		return cx->err;
	if (node_reader_get(cx, d->node, city, administrator(), &r))
		return cx->err;
	sb_init(&sb, cx, json_limits_file.bytes);
	jw_init(&w, &sb, false);
	jw_object(&w);
	err = view_run(cx, v, &r, p, &w);
	node_reader_put(d->node, &r);
	if (err) /* it may have left lists open */
		return err;
	jw_object_end(&w);
	if (sb_end(&sb) || json_parse(cx, sb.data, sb.len, &json_limits_file, &answer))
		return cx->err;
	*out = answer;
	return ERR_OK;
}

static enum err checkpoint_local(struct cx *cx, struct door *d, int64_t city, const char **note)
{
	struct log_head head;

	if (node_flush(cx, d->node) || log_head_read(cx, node_db(d->node), city, &head))
		return cx->err;
	*note = head.note;
	return ERR_OK;
}

static void hold_local(struct door *d, size_t keep)
{
	struct local_door *l = local_of(d);

	if (!l->link && keep / LINK_KEEP > LINKS_LEAST)
		l->links = (int64_t)(keep / LINK_KEEP);
	node_hold(d->node, keep);
}

static enum err flush_local(struct cx *cx, struct door *d) { return node_flush(cx, d->node); }

static void close_local(struct door *d)
{
	struct local_door *l = local_of(d);

	node_close(d->node);
	cx_done(&l->batch);
	cx_done(&l->keep);
}

static struct local_door *door_new(struct cx *cx)
{
	struct local_door *l = CX_NEW(cx, struct local_door);

	if (!l)
		return NULL;
	l->links = LINKS_LEAST;
	l->d = (struct door){.act = act_local, .recall = recall_local, .get = get_local,
			      .checkpoint = checkpoint_local, .hold = hold_local,
			      .flush = flush_local, .close = close_local};
	return l;
}

static enum err door_opened(struct local_door *l, struct door **out)
{
	cx_init(&l->keep, MEMORY_MAX);
	cx_init(&l->batch, MEMORY_MAX);
	*out = &l->d;
	return ERR_OK;
}

enum err door_open_local(struct cx *cx, const char *where, const char *keys, bool read_only,
			 struct door **out)
{
	struct node_options o = {.where = where, .keys = keys, .read_only = read_only};
	struct local_door *l = door_new(cx);

	return !l || node_open(cx, &o, &l->d.node) ? cx->err : door_opened(l, out);
}

enum err door_open_beside(struct cx *cx, struct door *d, struct door **out)
{
	struct local_door *l = door_new(cx);

	BUG(!d->node);
	return !l || node_beside(cx, d->node, &l->d.node) ? cx->err : door_opened(l, out);
}
