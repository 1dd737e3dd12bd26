/* queue.h: what waits for a thread (actions for the writing one, views of a whole city for theirs), fair
 * between cities and between their callers.
 *
 * Each caller (an organisation, a user, an order's link) has a line of its own in its city. They are taken
 * one from each city in turn, and in a city one from each caller in turn: who sends much waits behind its
 * own requests, not others behind it. A caller's requests keep their order.
 *
 * The queue is bounded, and a caller may have as many waiting as there are free places: alone it fills
 * half of the queue, together with N others who send as much a (N + 2)th part, and there is always room
 * for who comes new. No lock: the owner has one.
 */
#ifndef RELODE_SERVER_QUEUE_H
#define RELODE_SERVER_QUEUE_H

#include "kernel/writer.h"

struct waiting {
	struct request *q;
	void (*done)(struct request *, void *arg);
	void *arg;
};
struct queue;
/* max: places. cities: numbers of cities lie below it; what lies outside counts as city 0. */
enum err queue_new(struct cx *cx, size_t max, size_t cities, struct queue **out) MUST_USE;
void queue_free(struct queue *q); /* accepts NULL; what waits is forgotten */
/* false: there is no room for this caller. */
bool queue_put(struct queue *q, const struct waiting *w);
/* Whether queue_put would take one of this caller. */
bool queue_room(struct queue *q, int64_t city, const struct principal *who);
/* At most max that wait, in the order in which they are to be done; returns how many. */
size_t queue_take(struct queue *q, struct waiting *out, size_t max);
size_t queue_length(const struct queue *q);

#endif
