/* overlay.h: a city's rows in memory, over its database.
 *
 * The city writer's overlay holds rows that were read and rows that its actions wrote. Each action runs
 * between overlay_begin and overlay_keep or overlay_drop; dropping restores every row. overlay_write writes
 * what changed; after the commit overlay_written says so, and the rows stay as a cache until
 * overlay_clear. Rows of tables that are only appended to are forgotten with their batch. Without a
 * database (audit) the overlay is all there is.
 *
 * Rows are structs described by their table's fields, in a hash table by primary key; rows that share the
 * first two key columns are chained, for scans. A row that was found is valid until the action ends.
 */
#ifndef RELODE_KERNEL_OVERLAY_H
#define RELODE_KERNEL_OVERLAY_H

#include "kernel/domain.h"

struct overlay;

/* db NULL: memory only. max: bytes it may hold. */
enum err overlay_new(struct cx *cx, const struct domain *d, struct db *db, int64_t city, size_t max,
		     struct overlay **out) MUST_USE;
void overlay_limit(struct overlay *o, size_t max); /* another, above what is held */
bool overlay_has_database(const struct overlay *o);
void overlay_free(struct overlay *o);  /* accepts NULL */
void overlay_clear(struct overlay *o); /* forgets every row, written or not */
size_t overlay_bytes(const struct overlay *o); /* held now */
/* Keeps about so many bytes of rows: those that were used last, of tables whose rows are come back to rather
 * than of others (docs/adr/0039). Nothing may wait to be written. */
void overlay_trim(struct overlay *o, size_t enough);
/* After a clear: ids and entries from these on are not in the database, so it is not asked for rows of them
 * (struct table.fresh). A trim that forgets rows of such ids moves their table's line behind them. */
void overlay_fresh(struct overlay *o, int64_t id, int64_t seq);

void overlay_begin(struct overlay *o, int64_t seq); /* seq: noted on rows that are written */
void overlay_keep(struct overlay *o);
void overlay_drop(struct overlay *o);

enum err overlay_find(struct cx *cx, struct overlay *o, const struct table *t, const void *key,
		      const void **row);
enum err overlay_scan(struct cx *cx, struct overlay *o, const struct table *t, const void *key, int prefix,
		      size_t max, const void *const **rows, size_t *count);
enum err overlay_put(struct cx *cx, struct overlay *o, const struct table *t, const void *row);
enum err overlay_del(struct cx *cx, struct overlay *o, const struct table *t, const void *key);
/* Writes what changed: a few calls a table (db.h). The caller has begun the transaction. When it is not
 * committed the overlay must be cleared. */
enum err overlay_write(struct cx *cx, struct overlay *o, struct db *db);
void overlay_written(struct overlay *o); /* it was committed */

/* Audit. The entry that last wrote the row, or -1. */
int64_t overlay_seq(struct overlay *o, const struct table *t, const void *key);
enum err overlay_each(struct cx *cx, struct overlay *o, const struct table *t,
		      enum err (*visit)(struct cx *, void *arg, const void *row, int64_t seq), void *arg);
/* Marks the row equal to this one as seen. found: a row with its key is there; equal: and all columns agree,
 * else *column is the first that does not. */
void overlay_match(struct overlay *o, const struct table *t, const void *row, bool *found, bool *equal,
		   const char **column, int64_t *seq);
/* Rows that were written since the last clear, in key order; of a deleted row the key. In the arena. */
struct overlay_change {
	const void *row;
	int64_t seq;
	bool present;
};
enum err overlay_changes(struct cx *cx, struct overlay *o, const struct table *t,
			 struct overlay_change **out, size_t *count) MUST_USE;
/* Rows never marked. */
enum err overlay_unseen(struct cx *cx, struct overlay *o, const struct table *t,
			enum err (*visit)(struct cx *, void *arg, const void *row, int64_t seq), void *arg);

/* -1, 0, 1 by the first n fields. */
int row_compare(const struct field *f, int n, const void *a, const void *b);
/* "device 7" or "item 3/2": the key without the city, for messages. */
char *row_name(struct cx *cx, const struct table *t, const void *row);

#endif
