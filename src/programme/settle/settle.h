/* settle.h: what is owed, to whom, and how it is paid: payables, payouts through the bank, receipts,
 * corrections, and where every coin of a device went.
 *
 * A payout is one file for the bank: at most PAYOUT_LINES_MAX lines, each to an owner (one item), a
 * merchant or retailer (commissions and netted trade-ins) or a buyer (money given back). Making it
 * promises the money (a pending transfer a line, to the bank's account); the bank's return file posts or
 * voids each line, once. So "paid" means that the bank said so. A rejected line's money is owed again
 * and may go into another payout.
 *
 * Nobody's name or account is in the books: the file for the bank is made when it is asked for, from the
 * vault, and only its digest is logged.
 */
#ifndef RELODE_PROGRAMME_SETTLE_SETTLE_H
#define RELODE_PROGRAMME_SETTLE_SETTLE_H

#include "programme/settle/amount.h"
#include "programme/settle/bank.h"
#include "programme/settle/commission.h"
#include "programme/tradein/tradein.h"

enum {
	PAYOUT_LINES_MAX = 240,   /* an entry holds at most ENTRY_TRANSFERS_MAX transfers */
	DUE_MAX = 500000          /* payables of a city that wait at one time */
};

/* created -> exported -> settled when every line has its result; created -> cancelled. Before its export
 * single lines may be dropped. */
enum payout_state { PAYOUT_CREATED, PAYOUT_EXPORTED, PAYOUT_SETTLED, PAYOUT_CANCELLED };
extern const char *const payout_states[];
extern const struct machine payout_machine;
enum payout_line_state { LINE_PENDING, LINE_PAID, LINE_REJECTED, LINE_DROPPED };
extern const char *const payout_line_states[];
enum payee { PAYEE_OWNER, PAYEE_MERCHANT, PAYEE_BUYER };
extern const char *const payees[];
enum payout_format { FORMAT_PAIN001, FORMAT_CSV };
extern const char *const payout_formats[];

struct payout {
	int64_t city, payout;
	int64_t state;
	const char *currency;
	int64_t lines, total_minor; /* without those dropped */
	int64_t paid_lines, paid_minor, rejected_lines, rejected_minor;
	int64_t created_us, exported_us, settled_us; /* FIELD_NONE before */
	int64_t format;      /* of the file that was exported last, or FIELD_NONE */
	struct bytes digest; /* 32: SHA-256 of that file */
};
extern struct table payout_table;

struct payout_line {
	int64_t city, payout, line; /* line: 1.. */
	int64_t kind;               /* enum payee */
	int64_t item;               /* owners: the item; else FIELD_NONE */
	int64_t party;              /* who is paid */
	int64_t amount_minor;
	int64_t state;
	int64_t seq, n;             /* its pending transfer */
	int64_t owed_us;            /* owed since; kept when a rejected line is paid again */
	int64_t result_us;          /* FIELD_NONE before the bank's answer */
	const char *reason;         /* ISO 20022 code of a rejection, or NULL */
};
extern struct table payout_line_table;

/* What waits to be paid: ref is an item (owners) or a party (merchants). The row of a merchant says only
 * that something may be owed; how much is the balance of its account. */
struct due {
	int64_t city, kind, ref;
	int64_t from_us; /* owed since */
};
extern struct table due_table;

/* Transfers that were reversed, and the entry that did it. */
struct adjusted {
	int64_t city, seq, n;
	int64_t by_seq;
};
extern struct table adjusted_table;

/* apply(): keeps the table of what is due up to date; item_set calls it with each changed item. */
enum err settle_item_changed(struct cx *cx, struct tx *tx, const struct item *changed) MUST_USE;

extern const struct feature settle_feature;

#endif
