/* audit.h: proves the books, from the books alone.
 *
 * For every city: reads the journal in order (gapless, canonical, hashed), replays it into memory,
 * compares every book and state row with what the replay gives in both directions, verifies reference
 * and vault rows by their logged digests, the Merkle root by the signed checkpoint, and the features'
 * invariants. Each finding names the invariant and the first entry, or the table and row, that breaks.
 */
#ifndef RELODE_KERNEL_AUDIT_H
#define RELODE_KERNEL_AUDIT_H

#include "kernel/keys.h"
#include "kernel/tx.h"

enum { AUDIT_FINDINGS_MAX = 100 }; /* kept; more are counted */
enum { AUDIT_THREADS_MAX = 64 };
enum { INVARIANTS = 7 };
extern const char *const invariant_text[INVARIANTS + 1]; /* from 1: what must hold (design) */

struct audit_finding {
	int invariant; /* 1..7 */
	int64_t city, seq; /* the first entry that breaks it, or -1 */
	char text[400];
};
struct audit_result {
	struct audit_finding finding[AUDIT_FINDINGS_MAX];
	int64_t findings; /* all that were found */
	int64_t by_invariant[INVARIANTS + 1];
	int64_t cities, entries, transfers, rows;
	/* of an audit that began at a snapshot: what it trusted or only counted */
	bool continued;
	int64_t trusted_entries, trusted_us, counted;
};
struct audit_options {
	int64_t city;           /* -1: all */
	const char *checkpoint; /* text of a published checkpoint to hold against the books, or NULL */
	const char *vkey;       /* verifier key; NULL: from the key store, or from the books' first entry */
	const char *from;       /* a snapshot to begin at (audit_snapshot.h), or NULL: everything is read */
	const char *save;       /* where to save a snapshot when nothing is found, or NULL; all cities */
	/* 0: what the handle sees is read, in whatever transaction it is. Else one is begun for reading, on
	 * this handle and on others of `where` that see the same: so many threads audit cities side by side,
	 * each holding one in memory; one alone where there is a snapshot. What is found is the same. */
	int threads;
	const char *where; /* with its password */
	void (*progress)(void *arg, int64_t done, int64_t total); /* one thread at a time */
	void *progress_arg;
};

/* ERR_OK when the audit ran to its end; whether the books hold is result->findings == 0. */
enum err audit_run(struct cx *cx, struct db *db, const struct domain *d, struct keys *keys,
		   const struct audit_options *options, struct audit_result *result) MUST_USE;

/* For features' checks. seq -1: no single entry. */
void audit_finding(struct audit *a, int invariant, int64_t city, int64_t seq, const char *fmt, ...)
	PRINTF_LIKE(5, 6);
/* The seq of the last entry that wrote this row in the replay, or -1. */
int64_t audit_row_seq(struct cx *cx, struct tx *tx, const struct table *t, const void *key);
/* Visits every row of a state table in key order (replayed, in memory). Of a city that began at a snapshot:
 * the rows that newer entries wrote. */
enum err audit_each(struct cx *cx, struct tx *tx, const struct table *t,
		    enum err (*visit)(struct cx *, void *arg, const void *row, int64_t seq),
		    void *arg) MUST_USE;
/* The city began at a snapshot: audit_each does not give all rows, so sums over a city cannot be made. */
bool audit_continues(const struct audit *a);
/* Memory of the owner's own, of zeros at first, from one check of a city to the next; NULL: cx->err. And the
 * arena in which what hangs on it lives as long. */
void *audit_memory(struct cx *cx, struct audit *a, const void *owner, size_t size) MUST_USE;
struct cx *audit_arena(struct audit *a);

#endif
