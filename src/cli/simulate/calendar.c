#include "cli/simulate/calendar.h"

static bool before(const struct event *a, const struct event *b)
{
	return a->at_us != b->at_us ? a->at_us < b->at_us : a->order < b->order;
}

static enum err grow(struct cx *cx, struct calendar *c)
{
	size_t cap = c->cap ? c->cap * 2 : 1024;
	struct event *heap;

	if (cap > CALENDAR_MAX)
		return cx_fail(cx, ERR_TOO_LARGE, "more than %d events wait in the simulation", CALENDAR_MAX);
	heap = cx_array(
		cx, cap,
		sizeof(*heap)); /* the old one stays in the arena: half as much again at most */
	if (!heap)
		return cx->err;
	if (c->count)
		memcpy(heap, c->heap, c->count * sizeof(*heap));
	c->heap = heap;
	c->cap = cap;
	return ERR_OK;
}

enum err calendar_put(struct cx *cx, struct calendar *c, int64_t at_us, event_fn *act, void *arg)
{
	struct event e = {at_us, c->puts, act, arg};
	size_t i = c->count;

	if (c->count == c->cap && grow(cx, c))
		return cx->err;
	c->puts++;
	c->count++;
	for (; i > 0 && before(&e, &c->heap[(i - 1) / 2]); i = (i - 1) / 2)
		c->heap[i] = c->heap[(i - 1) / 2];
	c->heap[i] = e;
	return ERR_OK;
}

const struct event *calendar_first(const struct calendar *c) { return c->count ? c->heap : NULL; }

struct event calendar_take(struct calendar *c)
{
	struct event first, last;
	size_t i = 0, child;

	BUG(c->count == 0);
	first = c->heap[0];
	last = c->heap[--c->count];
	for (; (child = 2 * i + 1) < c->count; i = child) {
		if (child + 1 < c->count && before(&c->heap[child + 1], &c->heap[child]))
			child++;
		if (!before(&c->heap[child], &last))
			break;
		c->heap[i] = c->heap[child];
	}
	if (c->count)
		c->heap[i] = last;
	return first;
}
