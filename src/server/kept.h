/* kept.h: answers of views that hold as long as nothing is written in their city: a table of fixed size.
 *
 * A view that is declared steady (domain.h) answers from rows of its city's books and of city 0's, from the
 * target and from who asks, and from nothing else. So the same target asked by the same caller has the same
 * answer while both cities' versions (node_version) are what they were before it was made. Versions are
 * this process's: where another may write to the database, nothing is kept. What is kept holds nothing
 * personal. Threads may share one.
 */
#ifndef RELODE_SERVER_KEPT_H
#define RELODE_SERVER_KEPT_H

#include "kernel/tx.h"

enum {
	KEPT_BYTES_MAX = 4096,    /* of a target with its answer; longer ones are made anew each time */
	KEPT_TAG_MAX = 2 * 16 + 1 /* of an ETag, with its NUL */
};

struct kept;
struct kept_key {
	const char *target;          /* as it came */
	const struct principal *who;
	uint64_t city, programme;    /* versions, as they were before the answer was made */
};
struct kept_answer {
	const void *body;
	size_t n;
	char tag[KEPT_TAG_MAX];
};
enum err kept_new(struct cx *cx, struct kept **out) MUST_USE;
void kept_free(struct kept *k); /* accepts NULL */
/* The body is copied into cx. false: not kept, or cx->err. */
bool kept_find(struct cx *cx, struct kept *k, const struct kept_key *key, struct kept_answer *out);
/* May forget another answer; does nothing when it is too long or there is no memory. */
void kept_put(struct kept *k, const struct kept_key *key, const struct kept_answer *a);

#endif
