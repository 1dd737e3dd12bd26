/* limit.h: how often a caller may ask: a token bucket for each key, in a table of fixed size.
 *
 * A bucket holds at most `burst` and gains `rate` a second. When the table is full, the bucket that has
 * most in it is forgotten: its caller loses nothing. Keys are hashed with a secret of the process.
 * Threads may share one.
 */
#ifndef RELODE_SERVER_LIMIT_H
#define RELODE_SERVER_LIMIT_H

#include "base/cx.h"

struct limit;
struct limit_rate {
	int rate;  /* a second, in thousandths: 500 is one every two seconds; 0: no limit */
	int burst; /* at once */
};

enum err limit_new(struct cx *cx, struct limit **out) MUST_USE;
void limit_free(struct limit *l); /* accepts NULL */
/* Takes one. false, and the seconds to wait (at least 1), when the bucket is empty. kind keeps the
 * buckets of different uses apart. */
bool limit_take(struct limit *l, struct limit_rate rate, char kind, const void *key, size_t n, int64_t now_us,
		int *wait_s);
/* Whether limit_take would succeed, without taking. */
bool limit_left(struct limit *l, struct limit_rate rate, char kind, const void *key, size_t n, int64_t now_us,
		int *wait_s);

#endif
