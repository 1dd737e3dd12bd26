/* tx_internal.h: the inside of a tx, for the kernel's own files (writer, ledger, audit).
 */
#ifndef RELODE_KERNEL_TX_INTERNAL_H
#define RELODE_KERNEL_TX_INTERNAL_H

#include "kernel/books.h"
#include "kernel/keys.h"
#include "kernel/overlay.h"
#include "kernel/secret.h"

enum { TX_PROOFS_MAX = 8 };

struct tx_proof {
	const struct table *table;
	struct sha256_stream *digest;
	int64_t count;
};

struct tx {
	const struct domain *domain;
	struct overlay *overlay;   /* of the entry's city */
	struct overlay *programme; /* of city 0, for reading; NULL in replay and in city 0 */
	struct db *db;             /* NULL in replay */
	const struct journal_line *line; /* the batch's entries so far, from line_first on */
	int64_t line_first;
	struct keys *keys;         /* NULL in replay */
	struct seal_key secret;    /* the city's */
	bool simulated;
	bool deciding;
	uint64_t draws;            /* of a simulated city's random numbers */
	struct entry *entry;
	const struct principal *who;
	int64_t next_id;
	int transfers, refs, proofs;
	struct transfer transfer[ENTRY_TRANSFERS_MAX];
	struct ref_use ref[ENTRY_REFS_MAX];
	struct tx_proof proof[TX_PROOFS_MAX];
};

/* Makes tx ready for one entry. */
void tx_begin(struct tx *tx, struct entry *e, const struct principal *who);
void tx_end(struct tx *tx); /* frees streams of an abandoned decision */
/* Moves transfers, refs and proofs of the decision into the entry. */
enum err tx_finish(struct cx *cx, struct tx *tx) MUST_USE;

/* Applies the entry's transfers to balances and pending transfers, and sums what moved.
 * ERR_CONFLICT: an account has not enough; ERR_INVALID: wrong unit, overflow, no such pending one. */
enum err ledger_apply(struct cx *cx, struct tx *tx, const struct entry *e) MUST_USE;

/* Adds a row of a write-once table to its digest: for each column a letter of its kind, then 8 bytes of
 * number or length, most significant first, then the bytes. */
void row_digest_add(struct sha256_stream *s, const struct table *t, const void *row);

#endif
