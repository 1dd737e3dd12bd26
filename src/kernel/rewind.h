/* rewind.h: books made anew from the first entries of others: point in time, or another engine.
 *
 * Entries are replayed in order through the same apply() as ever, and appended byte for byte, so the new log
 * has the same leaves; rows that entries wrote once (reference, vault) are copied and stay proved by the
 * digests in those entries. Session tables begin empty. Audit says afterwards whether all of it holds.
 *
 * A log that was cut is another log from there on: checkpoints of more entries may have been published, and
 * new entries will take their place. It gets an origin of its own, which names what it goes on from (log.h),
 * so nobody takes one for the other.
 */
#ifndef RELODE_KERNEL_REWIND_H
#define RELODE_KERNEL_REWIND_H

#include "kernel/keys.h"
#include "kernel/tx.h"

struct rewind_options {
	int64_t city;      /* only this one is cut; -1: all */
	int64_t until_seq; /* the last entry that is kept; FIELD_NONE: not given */
	int64_t until_us;  /* entries recorded later are not kept; FIELD_NONE: not given */
	void (*progress)(void *arg, int64_t done, int64_t total);
	void *progress_arg;
};
struct rewind_result {
	int64_t cities, entries, left_out; /* cities and entries that are there now; entries that are not */
};
/* From one database to another, which has the schema and no city. keys: those of `from`, which will be those
 * of `to`. When it fails, `to` is to be thrown away. */
enum err rewind_books(struct cx *cx, struct db *from, struct db *to, const struct domain *d,
		      struct keys *keys, const struct rewind_options *options,
		      struct rewind_result *result) MUST_USE;
/* After a restore that lies behind a published checkpoint: the city's log gets an origin of its own, at the
 * size it has. */
enum err rewind_new_origin(struct cx *cx, struct db *db, struct keys *keys, int64_t city) MUST_USE;

#endif
