/* calendar.h: what is to happen, by simulated time.
 *
 * Events of the same instant come in the order in which they were put in. The heap lies in the arena of
 * the context that is given, which must be the same at every call.
 */
#ifndef RELODE_CLI_SIMULATE_CALENDAR_H
#define RELODE_CLI_SIMULATE_CALENDAR_H

#include "base/cx.h"

struct sim;
typedef enum err event_fn(struct sim *s, void *arg, int64_t at_us);

struct event {
	int64_t at_us;
	uint64_t order;
	event_fn *act;
	void *arg;
};
struct calendar {
	struct event *heap;
	size_t count, cap;
	uint64_t puts;
};

enum { CALENDAR_MAX = 64 * 1024 * 1024 }; /* events that wait */

enum err calendar_put(struct cx *cx, struct calendar *c, int64_t at_us, event_fn *act, void *arg) MUST_USE;
const struct event *calendar_first(const struct calendar *c); /* NULL: nothing waits */
struct event calendar_take(struct calendar *c);               /* the first; there must be one */

#endif
