/* packer.h: packs of the journal, made by a thread of their own (docs/adr/0052).
 *
 * To compress 512 entries takes as long as to decide twenty. A server's writing thread has it done: it asks
 * when a pack's entries are in the books, and writes the pack with a later batch. Until then they lie in the
 * tail. What the thread cannot do (no memory, no file) is left to whoever asked.
 */
#ifndef RELODE_KERNEL_PACKER_H
#define RELODE_KERNEL_PACKER_H

#include "kernel/journal.h"

struct packer;
/* where: an SQLite file, opened for reading when the first pack is asked for. */
enum err packer_new(struct cx *cx, const char *where, struct packer **out) MUST_USE;
void packer_free(struct packer *p); /* no job may be left; accepts NULL */

/* One pack that is asked for; its owner's, and zeroed at first. */
struct pack_job {
	struct cx cx; /* of row; the thread's while it works */
	bool set_up;
	struct pack_row row;
	enum pack_step { PACK_NONE, PACK_WAITS, PACK_DONE } step; /* under the packer's lock */
	struct pack_job *next;
};
/* Asks for the pack that begins with entry `first`: all its entries are in the books. Not while one waits. */
void packer_put(struct packer *p, struct pack_job *job, int64_t city, int64_t first);
/* PACK_DONE: job->row is the pack, until packer_put or packer_drop. PACK_NONE: it was not asked for, or
 * could not be made. */
enum pack_step packer_step(struct packer *p, const struct pack_job *job);
/* Nothing is asked for any more, and the job's memory given back. Waits where the thread is at it. */
void packer_drop(struct packer *p, struct pack_job *job);

#endif
