/* log.h: a city's log as others ask for it: hashes of its subtrees, for proofs (RFC 6962).
 *
 * The database keeps the subtrees of levels 8, 16, …; those between are made from them, and those below
 * from at most 255 leaves, which are hashed from the entries themselves: a proof shows what is in the
 * journal, not what was once computed of it.
 */
#ifndef RELODE_KERNEL_LOG_H
#define RELODE_KERNEL_LOG_H

#include "kernel/books.h"
#include "kernel/merkle.h"

/* arg: struct log_source. A merkle_source for merkle_root, merkle_prove_inclusion and _consistency. */
struct log_source {
	struct db *db;
	int64_t city;
};
enum err log_source(struct cx *cx, void *arg, int level, uint64_t index, struct digest *out) MUST_USE;
/* ERR_NOT_FOUND when there is no such city; out's texts and bytes are in the arena. */
enum err log_head_read(struct cx *cx, struct db *db, int64_t city, struct log_head *out) MUST_USE;
/* Origins: "relode/city/1" (log_origin); of a log that was cut and goes on (rewind.h),
 * "relode/city/1/after/SIZE/ROOT": how many entries it kept, and the first 8 bytes of their root, in hex. */
char *log_origin_after(struct cx *cx, int64_t city, int64_t size, const void *root) MUST_USE;
/* The city of an origin of either kind, or -1; *size: entries kept, or -1; root: 8 bytes. */
int64_t log_origin_read(const char *origin, int64_t *size, unsigned char root[8]);
/* The first line of a checkpoint's note. */
char *log_note_origin(struct cx *cx, const char *note) MUST_USE;
#endif
