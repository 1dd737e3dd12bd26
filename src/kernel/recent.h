/* recent.h: idempotency keys: those of the newest entries in memory, older ones in table idem.
 *
 * A key is a digest, so its row lies anywhere in the table, on a page of its own. Written with its entry it
 * would cost a page each. Entries therefore count in generations of 16,384: the keys of the present one and
 * of the one before are in memory only (the entries have them, and they are read again at the start), and
 * while a generation grows the keys of the one before move into the table in the order of their bytes, one
 * with each entry, so that neighbours share a page. Which key moves with which entry follows from the
 * entries alone: every process and audit come to the same rows.
 *
 * Rows of many generations lie in one order of digests, a run, then a new one begins: else a generation's
 * keys would spread over a table that grows, until each has a page of its own again. A run has four
 * generations, or an eighth to a sixteenth of all before it, so that there are few to look into.
 *
 * Nearly every key is new. A sieve (Bloom's filter: some bits of a large field, set for each key) says of
 * most that they are not in the table either, so that it need not be asked.
 *
 * A row's key begins with the number of the week in which it moved, then that of its run. So a lookup asks
 * for two weeks, and what is older stands together at the table's beginning, where the writer takes it away:
 * no entry says so, and audit does not miss rows of weeks before the last.
 */
#ifndef RELODE_KERNEL_RECENT_H
#define RELODE_KERNEL_RECENT_H

#include "kernel/entry.h"
#include "kernel/overlay.h"

enum {
	IDEM_DAYS = 7,              /* a key is remembered for */
	IDEM_DIGEST = 16,           /* bytes of the digest of key and caller */
	IDEM_ROW = 2 + 2 + IDEM_DIGEST, /* of a row's key: week, run, most significant byte first; digest */
	RECENT_GENERATION = 16384   /* entries */
};

struct recent;
enum err recent_new(struct cx *cx, struct recent **out) MUST_USE;
void recent_free(struct recent *r); /* accepts NULL */
/* Tests only, before anything is written: generations of so many entries. */
void recent_set_generation(int64_t entries);
/* Whether the first `size` entries of a city may have keys in the table. */
bool recent_has_moved(int64_t size);

size_t recent_bytes(const struct recent *r); /* that it has from the system */
int64_t recent_size(const struct recent *r); /* entries up to here are known */
/* Forgets entries from `size` on, which were not written. */
void recent_cut(struct recent *r, int64_t size);
/* Reads what came since from the city's journal, up to `size`, and forgets what needs no memory any more. */
enum err recent_load(struct cx *cx, struct recent *r, struct db *db, int64_t city, int64_t size) MUST_USE;
void recent_trim(struct recent *r);

/* The newest entry with this key, or -1. */
int64_t recent_find(const struct recent *r, const unsigned char digest[IDEM_DIGEST]);
/* The sieve. Wanted: there is none, or it has become too full; then begin one for so many keys of the table
 * and add each. Keys in memory, and those that come, are added without being asked for. */
enum { SIEVE_KEYS_MAX = 1 << 20 }; /* of a table; with more it is asked each time */
bool recent_wants_sieve(const struct recent *r);
enum err recent_sieve(struct cx *cx, struct recent *r, int64_t keys) MUST_USE;
void recent_sieve_add(struct recent *r, const unsigned char digest[IDEM_DIGEST]);
void recent_sieve_drop(struct recent *r, bool for_ever); /* there are too many keys; else it is not whole */
/* false: the table has no row of this key. */
bool recent_may_be_moved(const struct recent *r, const unsigned char digest[IDEM_DIGEST]);

/* With entry e a key of the generation before may move: puts its row. */
enum err recent_move(struct cx *cx, struct recent *r, struct overlay *o, const struct entry *e) MUST_USE;
/* Makes room, then adds the next entry: its key, or NULL. */
enum err recent_reserve(struct cx *cx, struct recent *r) MUST_USE;
void recent_add(struct recent *r, int64_t seq, const unsigned char *digest);

int64_t idem_week(int64_t us);
int idem_run(int64_t seq); /* into which a key moves with entry seq; -1: none does */
int64_t idem_week_of(const void *row_key);
int idem_run_of(const void *row_key);
void idem_row_key(unsigned char out[IDEM_ROW], int64_t week, int run,
		  const unsigned char digest[IDEM_DIGEST]);

#endif
