/* entry.h: one line of the journal, as canonical JSON (RFC 8785) and back.
 *
 *   {"actor":7,"city":1,"data":{…},"happened_us":…,"idem":"…","ids":2,"recorded_us":…,
 *    "refs":[{"digest":"…","name":"price_list/default"}],"rows":[{"count":3,"digest":"…","table":"model"}],
 *    "seq":12,"site":3,"transfers":[{"amount":1,"from":"pc_outside","to":"pc_custody/3","unit":"pc"}],
 *    "type":"tradein.take_in","v":1}
 *
 * Members that are absent, empty or 0 (ids, site, idem, refs, rows, transfers) are left out. The bytes
 * are the data of the log's leaf. A released (type, v) never changes its bytes.
 */
#ifndef RELODE_KERNEL_ENTRY_H
#define RELODE_KERNEL_ENTRY_H

#include "kernel/tx.h"

/* Appends the canonical bytes to sb. */
enum err entry_encode(struct cx *cx, const struct domain *d, const struct entry *e, struct sb *sb) MUST_USE;
/* Reads them back; the record is decoded by the action's fields. Unknown types and versions, and bytes
 * that are not exactly what entry_encode writes, are ERR_CORRUPT. */
enum err entry_decode(struct cx *cx, const struct domain *d, const char *body, size_t n,
		      struct entry *out) MUST_USE;
/* Reads one entry of a city's journal. That may take as much memory as a whole pack: give it a context of its
 * own, of ENTRY_READ_MAX, where many are read. */
enum { ENTRY_READ_MAX = 1536 * 1024 * 1024 };
enum err entry_read(struct cx *cx, struct db *db, const struct domain *d, int64_t city, int64_t seq,
		    struct entry *out) MUST_USE;

#endif
