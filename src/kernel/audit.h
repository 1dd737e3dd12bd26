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
};
struct audit_options {
	int64_t city;           /* -1: all */
	const char *checkpoint; /* text of a published checkpoint to hold against the books, or NULL */
	const char *vkey;       /* verifier key; NULL: from the key store, or from the books' first entry */
	void (*progress)(void *arg, int64_t done, int64_t total);
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
/* Visits every row of a state table in key order (replayed, in memory). */
enum err audit_each(struct cx *cx, struct tx *tx, const struct table *t,
		    enum err (*visit)(struct cx *, void *arg, const void *row, int64_t seq),
		    void *arg) MUST_USE;

#endif
