/* audit_snapshot.h: what an audit may trust of an earlier one that found nothing.
 *
 * FILE is a signed note (checkpoint.h) under the log's key: version, digest of the schema and of the rows,
 * when it was saved, cities and entries. FILE.<digest>.rows beside it is an SQLite database of the auditor's
 * own with the program's tables: every state row as replaying the entries gave it, where each log stood
 * (log_head), how many rows each table had, and which rules city 0 had published. An audit that begins
 * there replays newer entries over these rows with the same code, through an overlay, and so works in
 * proportion to what is new (hashing and counting apart). Both files have mode 0600; FILE is replaced last,
 * so that a save happens whole or not at all.
 */
#ifndef RELODE_KERNEL_AUDIT_SNAPSHOT_H
#define RELODE_KERNEL_AUDIT_SNAPSHOT_H

#include "kernel/audit.h"
#include "kernel/books.h"
#include "kernel/checkpoint.h"
#include "kernel/overlay.h"

#define SNAPSHOT_ORIGIN "relode/audit"

struct snapshot;
struct snapshot_facts {
	int64_t saved_us, cities, entries;
};

/* Verifies seal and digest. ERR_INPUT, ERR_INVALID: not sealed by this key; ERR_CORRUPT: the rows are not
 * the sealed ones; ERR_CONFLICT: saved under another schema. */
enum err snapshot_open(struct cx *cx, const char *path, const struct vkey *key,
		       struct snapshot **out) MUST_USE;
struct snapshot_facts snapshot_facts(const struct snapshot *s);
struct db *snapshot_db(struct snapshot *s); /* its rows, for an overlay */
void snapshot_close(struct snapshot *s);    /* accepts NULL; a save that was not sealed leaves nothing */

/* Where the city's log stood; *known false: the snapshot has no such city. */
enum err snapshot_head(struct cx *cx, struct snapshot *s, int64_t city, struct log_head *head,
		       bool *known) MUST_USE;
/* The live log's first head->size entries still have the root that is trusted. */
enum err snapshot_check_log(struct cx *cx, struct audit *a, struct db *live,
			    const struct log_head *head) MUST_USE;
/* A published checkpoint of no more entries than head's is of a beginning of the trusted log. */
enum err snapshot_check_published(struct cx *cx, struct audit *a, struct db *live,
				  const struct log_head *head, const struct checkpoint *published) MUST_USE;
/* Compares the rows of a state table, or of the transfers, that entries since have written, with the live
 * ones, and counts the others. last_us: of the last entry; idempotency keys of weeks before the last one's
 * may be gone. */
enum err snapshot_compare(struct cx *cx, struct audit *a, struct snapshot *s, struct db *live,
			  const struct table *t, struct overlay *o, int64_t city, int64_t last_us,
			  struct audit_result *result) MUST_USE;
/* A write-once table has as many rows of entries before `size` as it had. */
enum err snapshot_count_before(struct cx *cx, struct audit *a, struct snapshot *s, struct db *live,
			       const struct table *t, int64_t city, int64_t size,
			       struct audit_result *result) MUST_USE;

/* Rules that city 0 published. */
struct snapshot_rule {
	unsigned char digest[32];
	const char *name;
	int64_t city, seq;
};
enum err snapshot_rules(struct cx *cx, struct snapshot *s,
			enum err (*visit)(struct cx *, void *arg, const struct snapshot_rule *rule),
			void *arg) MUST_USE;

/* Saving: begin, each city of which nothing was found, the rules, seal. from: the snapshot that this audit
 * began with, or NULL; it stays the caller's. */
enum err snapshot_begin(struct cx *cx, const char *path, const struct snapshot *from,
			struct snapshot **out) MUST_USE;
enum err snapshot_put_city(struct cx *cx, struct snapshot *s, struct db *live, const struct domain *d,
			   struct overlay *o, int64_t city) MUST_USE;
enum err snapshot_put_rule(struct cx *cx, struct snapshot *s, const struct snapshot_rule *rule) MUST_USE;
enum err snapshot_seal(struct cx *cx, struct snapshot *s, const struct sign_seed *seed) MUST_USE;

#endif
