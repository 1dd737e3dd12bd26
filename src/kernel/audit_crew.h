/* audit_crew.h: what lets several threads audit one state of the books, city by city.
 *
 * Each thread reads through a handle of its own. Their transactions begin one after the other while others
 * may write, so they are begun again until all of them see the same log of every city: whatever changes the
 * books moves a log_head in the same transaction, on either engine.
 */
#ifndef RELODE_KERNEL_AUDIT_CREW_H
#define RELODE_KERNEL_AUDIT_CREW_H

#include <pthread.h>

#include "kernel/audit.h"

/* handle[0] is given, the others are opened from `where`, and a transaction for reading is begun on each.
 * *count: how many were wanted, then how many there are: fewer when others write so often that not all came
 * to see the same, at least one. */
enum err audit_handles_open(struct cx *cx, const char *where, struct db **handle, int *count) MUST_USE;
void audit_handles_close(struct db **handle, int count); /* handle[0] stays, without a transaction */

/* The cities, dealt out in their order; and how far all have come. */
struct audit_crew {
	pthread_mutex_t lock;
	const struct audit_options *options;
	int cities, next;
	int64_t done, total; /* entries */
	bool failed;         /* one of the threads, which says why: the others end */
};
void audit_crew_init(struct audit_crew *c, const struct audit_options *options, int cities, int64_t total);
void audit_crew_done(struct audit_crew *c);
int audit_crew_take(struct audit_crew *c); /* the next city's place, or -1 */
/* So many entries more were read. ERR_INTERRUPTED: end now. */
enum err audit_crew_step(struct cx *cx, struct audit_crew *c, int64_t entries) MUST_USE;
bool audit_crew_fail(struct audit_crew *c); /* true: first of all, and so to be told */

#endif
