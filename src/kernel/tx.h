/* tx.h: what a decision and its application see: rows, ids, transfers, the vault.
 *
 * A tx is one action inside a city's batch. Reads go through the batch's overlay over the database, so
 * an action sees what earlier actions of the same batch did. A refused action leaves the overlay as it
 * was. Rows are structs described by their table's fields; a returned row is valid until the batch ends
 * and must not be written to: copy it, change the copy, tx_put it.
 *
 * decide(): tx_find, tx_get, tx_scan, tx_entry, tx_reference_*, tx_new_id, tx_transfer, tx_check_move,
 *           tx_seal, tx_index, tx_search, tx_reference_put, tx_ref.
 * apply():  tx_find, tx_get, tx_scan, tx_put, tx_del, tx_step, tx_move, tx_touch. Nothing else.
 */
#ifndef RELODE_KERNEL_TX_H
#define RELODE_KERNEL_TX_H

#include "codec/hash.h"
#include "kernel/domain.h"

/* Who asks: made by the door from credentials. user 0 is the system itself. */
struct principal {
	int64_t user;
	unsigned roles;
	int64_t org;   /* party on whose behalf; 0: the programme */
	int64_t city;  /* 0: every city */
	int64_t order; /* ≠ 0: a bearer of one order's link; may touch that order only */
};

enum transfer_kind { TRANSFER_POSTED, TRANSFER_PENDING, TRANSFER_POST, TRANSFER_VOID };
extern const char *const transfer_names[];
struct transfer {
	int64_t from, to; /* accounts */
	const char *unit; /* "pc", "mg", "gCO2e" or a currency "CNY" */
	int64_t amount;   /* > 0 */
	int64_t kind;     /* enum transfer_kind */
	int64_t pending_seq,
		pending_n; /* POST, VOID: the pending transfer; POST may take less, the rest is voided */
	const char *tax;  /* tax code or NULL */
};
/* What moved from one kind of account to another within TURNOVER_ENTRIES entries, summed. A promise moves
 * nothing, nor does its end without posting. */
struct turnover {
	int64_t city, seq; /* seq: the first entry of the block, a multiple of TURNOVER_ENTRIES */
	int64_t from_kind, to_kind;
	const char *unit;
	const char *tax; /* "" when there is none */
	int64_t transfers, amount;
};
enum { TURNOVER_ENTRIES = 1024 };
/* What an account holds in one unit. available = posted - pending_out. */
struct balance {
	int64_t city, account;
	const char *unit;
	int64_t posted, pending_in, pending_out;
};
/* A two-phase transfer that was neither posted nor voided yet. */
struct pending {
	int64_t city, seq, n;
	int64_t from_account, to_account;
	const char *unit;
	int64_t amount;
};
extern struct table turnover_table, balance_table, pending_table;
/* The transfer moves something: it is no promise, nor the end of one that was voided. */
static inline bool transfer_moves(const struct transfer *t)
{
	return t->kind == TRANSFER_POSTED || t->kind == TRANSFER_POST;
}

/* Rows that an entry wrote to a reference or vault table. */
struct row_proof {
	const char *table;
	int64_t count;
	struct bytes digest; /* 32 bytes: SHA-256 over the rows, see row_digest_add */
};
/* A reference version that a decision used. */
struct ref_use {
	const char *name;
	struct bytes digest;
};

enum { ENTRY_TRANSFERS_MAX = 4096, ENTRY_REFS_MAX = 16, ENTRY_BYTES_MAX = 4 * 1024 * 1024 };

/* One line of the journal. */
struct entry {
	int64_t city, seq;
	const char *type;
	int64_t v;
	int64_t actor;       /* user id; 0: system */
	int64_t site;        /* where, or FIELD_NONE */
	int64_t happened_us; /* claimed */
	int64_t recorded_us; /* never goes back within a city */
	int64_t ids;         /* ids allotted by this entry */
	struct bytes idem;   /* 32 bytes: 16 of key and caller, 16 of body; or none */
	struct list transfers; /* struct transfer */
	struct list refs;      /* struct ref_use */
	struct list rows;      /* struct row_proof */
	const struct action *action;
	void *rec;           /* the action's record */
};

/* --- reading --- */
const struct domain *tx_domain(const struct tx *tx);
int64_t tx_city(const struct tx *tx);
int64_t tx_seq(const struct tx *tx);          /* the entry being decided or applied */
int64_t tx_now_us(const struct tx *tx);       /* its recorded_us */
int64_t tx_happened_us(const struct tx *tx);  /* its happened_us */
const struct principal *tx_who(const struct tx *tx);
void tx_site(struct tx *tx, int64_t site);    /* decide: where it happened */

/* key: a row struct with its key members set (city is set for you). *row is NULL when absent. */
enum err tx_find(struct cx *cx, struct tx *tx, const struct table *t, const void *key,
		 const void **row) MUST_USE;
/* As tx_find; absent is ERR_NOT_FOUND ("no device 7 in city 1"). Returns NULL on failure. */
const void *tx_get(struct cx *cx, struct tx *tx, const struct table *t, const void *key) MUST_USE;
/* Rows whose first `prefix` key columns (city counts as one) equal key's, in key order, at most max:
 * more is ERR_TOO_LARGE. *rows is an array of row pointers. */
enum err tx_scan(struct cx *cx, struct tx *tx, const struct table *t, const void *key, int prefix, size_t max,
		 const void *const **rows, size_t *count) MUST_USE;
/* A reference or state row of city 0, read past the batch: published rules, users. NULL when absent. */
enum err tx_programme_find(struct cx *cx, struct tx *tx, const struct table *t, const void *key,
			   const void **row) MUST_USE;
/* One query for what rows by key cannot give, on city 0's published reference tables only. */
enum err tx_programme_query(struct cx *cx, struct tx *tx, struct db_rows **rows, const char *sql,
			    struct db_args args) MUST_USE;
/* decide: an earlier entry of the city. ERR_NOT_FOUND beyond the log's end. */
enum err tx_entry(struct cx *cx, struct tx *tx, int64_t seq, struct entry *out) MUST_USE;
/* posted and available of an account in a unit; 0 when it was never used. */
enum err tx_balance(struct cx *cx, struct tx *tx, int64_t account, const char *unit, int64_t *posted,
		    int64_t *available) MUST_USE;

/* --- deciding --- */
int64_t tx_new_id(struct tx *tx);      /* unique in the city */
int64_t tx_new_device(struct tx *tx);  /* unique everywhere: city * 2^32 + number */
/* Proposes a transfer; amount 0 proposes nothing. Funds are checked when the decision is complete. */
enum err tx_transfer(struct cx *cx, struct tx *tx, struct transfer t) MUST_USE;
enum err tx_move_amount(struct cx *cx, struct tx *tx, int64_t from, int64_t to, const char *unit,
			int64_t amount) MUST_USE;
/* The number of the last proposed transfer in this entry: with tx_seq it names a pending transfer. */
int64_t tx_transfer_n(const struct tx *tx);
/* The move from → to is in the table for this action; else ERR_CONFLICT naming state and what is allowed. */
enum err tx_check_move(struct cx *cx, struct tx *tx, const struct machine *m, const char *what, int64_t id,
		       int64_t from, int64_t to) MUST_USE;
/* The version of a rule that the decision used: logged. The name is not copied: it lies in cx, or stays. */
enum err tx_ref(struct cx *cx, struct tx *tx, const char *name, const struct digest *digest) MUST_USE;
/* Writes a row to a reference or vault table: seq and n are set for you (n counts per table and entry);
 * returns n through *n. Its digest goes into the entry. */
enum err tx_write_once(struct cx *cx, struct tx *tx, const struct table *t, const void *row,
		       int64_t *n) MUST_USE;
/* Seals bytes under the subject's key (made at first use; subject: ACCOUNT(kind, id)). */
enum err tx_seal(struct cx *cx, struct tx *tx, int64_t subject, const void *p, size_t n,
		 struct bytes *out) MUST_USE;
/* ERR_GONE when the subject's key was destroyed. */
enum err tx_check_subject(struct cx *cx, struct tx *tx, int64_t subject) MUST_USE;
/* 16 bytes of keyed digest of text for searching without storing it (kind keeps uses apart). */
enum err tx_blind(struct cx *cx, struct tx *tx, const char *kind, const char *text,
		  struct bytes *out) MUST_USE;
/* The subject, whose key must have been made (tx_seal), is found by the text (reader_search) until its key is
 * destroyed. Nothing of it gets into the books. */
enum err tx_index(struct cx *cx, struct tx *tx, int64_t subject, const char *kind, const char *text) MUST_USE;
/* decide: the subjects above `after` that tx_index made known by this text in earlier batches, in order, at
 * most max (<= KEYS_PAGE_MAX). They said so once. */
enum err tx_search(struct cx *cx, struct tx *tx, const char *kind, const char *text, int64_t after,
		   int64_t *subject, size_t max, size_t *count) MUST_USE;
/* 32 secret bytes of a purpose, the same at every call: for tokens that are re-derived, not stored. */
enum err tx_secret(struct cx *cx, struct tx *tx, const char *purpose, int64_t number,
		   struct digest *out) MUST_USE;
/* ERR_FORBIDDEN unless the caller acts for the programme, or for this org. */
enum err tx_check_org(struct cx *cx, struct tx *tx, int64_t org) MUST_USE;
bool tx_has_role(const struct tx *tx, unsigned roles);

/* --- applying --- */
enum err tx_put(struct cx *cx, struct tx *tx, const struct table *t, const void *row) MUST_USE;
enum err tx_del(struct cx *cx, struct tx *tx, const struct table *t, const void *key) MUST_USE;
/* Checks that a recorded move stands in the table: replay finds books that were not made by the rules. */
enum err tx_step(struct cx *cx, struct tx *tx, const struct machine *m, const char *what, int64_t id,
		 int64_t from, int64_t to) MUST_USE;
/* That, and notes the entry in the subject's history. Of what no history is shown of none is kept. */
enum err tx_move(struct cx *cx, struct tx *tx, const struct machine *m, const char *what, int64_t subject,
		 int64_t from, int64_t to) MUST_USE;
/* Notes the entry in a subject's history (subject: ACCOUNT(kind, id)). */
enum err tx_touch(struct cx *cx, struct tx *tx, int64_t subject) MUST_USE;

#endif
