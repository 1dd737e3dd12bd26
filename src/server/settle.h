/* settle.h: answers requests when what they wrote is durable, on a slow disk while the next batch is decided.
 *
 * A thread of its own. The writing thread hands it what is written; it makes the disk take all that waits
 * (db_settle), one sync for however many, and answers each, in the order in which they were handed over. So
 * nobody is told of what a power failure may still take, refusals decided upon it included, and the disk's
 * time is not the writing thread's. Where the disk takes less time than the handing over costs, the writing
 * thread does the same itself (docs/adr/0044).
 */
#ifndef RELODE_SERVER_SETTLE_H
#define RELODE_SERVER_SETTLE_H

#include "server/queue.h"

struct settler;
/* db: the writing handle, in db_defer. broken, with its arg, is called whenever the disk did not take what
 * was written, in the thread that asked it to, before those who wait are told. */
enum err settler_new(struct cx *cx, struct db *db, void (*broken)(void *arg), void *arg,
		     struct settler **out) MUST_USE;
/* Accepts NULL; answers what waits first. */
void settler_free(struct settler *s);
/* n <= BATCH_MAX requests that have run; waits while there is no room. */
void settler_put(struct settler *s, const struct waiting *list, size_t n);
/* The same, but in the caller's thread, which waits for the disk. cx: for the error. */
void settler_here(struct settler *s, struct cx *cx, const struct waiting *list, size_t n);
int64_t settler_took_us(const struct settler *s); /* a sync, lately; 0: there was none */

#endif
