/* parts.h: what the files of settle share. */
#ifndef RELODE_PROGRAMME_SETTLE_PARTS_H
#define RELODE_PROGRAMME_SETTLE_PARTS_H

#include "kernel/audit.h"
#include "kernel/entry.h"
#include "kernel/reader.h"
#include "programme/settle/settle.h"

#define NEEDED (COLUMN | REQ) /* a column that is always there */
/* Who handles the programme's money. */
#define ROLES_MONEY (ROLE_OFFICER | ROLE_ADMIN | ROLE_SYSTEM)
#define ROLES_MONEY_VIEW (ROLES_MONEY | ROLE_AUDITOR)
/* Merchants, buyers and recyclers see their own account. */
#define ROLES_STATEMENT (ROLES_MONEY_VIEW | ROLE_CLERK | ROLE_BUYER | ROLE_DISMANTLER)

struct payout_item {
	int64_t item;
};
struct payout_party {
	int64_t party;
	int64_t amount_minor; /* buyers: FIELD_NONE means all that they have */
};
struct payout_made { /* a line as the entry records it */
	int64_t kind, item, party, amount_minor, owed_us, n;
	const char *end_to_end; /* in the answer alone: made again from numbers */
};
struct payout_create {
	int64_t all_due;
	struct list items, merchants, buyers; /* asked for */
	int64_t payout;
	const char *currency;
	int64_t total_minor;
	int64_t left; /* due, but beyond what one payout holds */
	struct list lines; /* struct payout_made */
};
struct payout_answer { /* a line's result as the entry records it */
	int64_t line, paid;
	const char *reason;
};
struct payout_result {
	int64_t payout;
	const char *file;
	struct bytes digest;
	int64_t format;
	int64_t paid_minor, rejected_minor, waiting;
	struct list lines; /* struct payout_answer */
};
struct payout_exported {
	int64_t payout, format;
	struct bytes digest;
};
struct payout_dropped {
	int64_t line;
};
struct payout_cancel {
	int64_t payout;
	const char *reason;
	struct list lines; /* struct payout_dropped */
};
struct receipt {
	int64_t source, party, amount_minor, paid_minor;
	const char *currency;
};
struct exchange {
	const char *from_currency, *to_currency;
	int64_t from_minor, to_minor;
};
struct tax_pay {
	int64_t amount_minor;
};
struct adjust {
	int64_t reverses, n, reason;
	int64_t count;
};

/* Parameters of views. */
struct payouts_params {
	int64_t limit;
	const char *after;
	int64_t state;
};
struct payout_params {
	int64_t payout;
};
struct file_params {
	int64_t payout, format;
};
struct payables_params {
	int64_t limit;
	const char *after;
	int64_t kind;
};
struct statement_params {
	int64_t limit;
	const char *after;
	const char *account, *unit;
};
struct own_params {
	int64_t party;
	const char *from;
};
struct profit_params {
	int64_t device;
};
extern const struct field payout_fields[], payout_line_fields[];

#define SETTLE_DECIDE(f)                                                                            \
	extern const struct field settle_##f##_fields[];                                            \
	enum err settle_##f##_decide(struct cx *cx, struct tx *tx, void *rec)
#define SETTLE_APPLY(f)                                                                             \
	enum err settle_##f##_apply(struct cx *cx, struct tx *tx, const struct entry *e, const void *rec)
SETTLE_DECIDE(payout_create);   /* payout.c */
SETTLE_APPLY(payout_create);
enum err settle_payout_create_reveal(struct cx *cx, struct reader *r, const struct entry *e, void *rec);
SETTLE_DECIDE(payout_exported);
SETTLE_APPLY(payout_exported);
SETTLE_DECIDE(payout_cancel);
SETTLE_APPLY(payout_cancel);
SETTLE_DECIDE(payout_result);   /* result.c */
SETTLE_APPLY(payout_result);
SETTLE_DECIDE(receipt);         /* cash.c */
SETTLE_APPLY(receipt);
SETTLE_DECIDE(exchange);
SETTLE_DECIDE(tax_pay);
SETTLE_APPLY(no_state);         /* money alone moved */
SETTLE_DECIDE(adjust);          /* adjust.c */
SETTLE_APPLY(adjust);

#define SETTLE_VIEW(f)                                                                              \
	extern const struct field settle_##f##_params[], settle_##f##_shown[];                      \
	enum err settle_##f##_run(struct cx *cx, struct reader *r, const void *params, struct json_writer *w)
SETTLE_VIEW(payouts);           /* payout_view.c */
SETTLE_VIEW(payout);
SETTLE_VIEW(file);
SETTLE_VIEW(payables);          /* account_view.c */
SETTLE_VIEW(statement);
SETTLE_VIEW(profit);
SETTLE_VIEW(taxes);
SETTLE_VIEW(own);               /* own.c */

const struct payout *payout_get(struct cx *cx, struct tx *tx, int64_t payout) MUST_USE;
/* All lines of a payout, in order. */
enum err payout_lines(struct cx *cx, struct tx *tx, int64_t payout, const struct payout_line *const **lines,
		      size_t *count) MUST_USE;
/* decide(): proposes that the promise of this line is kept (paid) or given up. */
enum err payout_line_end(struct cx *cx, struct tx *tx, const struct payout *p, const struct payout_line *l,
			 bool paid) MUST_USE;
/* apply(): writes the line's end, the item's, and what is due again. */
enum err payout_line_ended(struct cx *cx, struct tx *tx, struct payout *p, const struct payout_line *l,
			   enum payout_line_state end, const char *reason) MUST_USE;
/* apply(): something may be owed to this merchant. */
enum err settle_mark_merchant(struct cx *cx, struct tx *tx, int64_t party) MUST_USE;
/* The account that a line is paid from. */
int64_t payout_line_account(const struct payout_line *l);
/* decide(): the caller acts for the programme itself. */
enum err settle_check_programme(struct cx *cx, struct tx *tx) MUST_USE;
/* views: the caller is of the programme itself and handles or checks its money. */
enum err settle_check_viewer(struct cx *cx, const struct reader *r) MUST_USE;
/* account_view.c: the transfer moved something on the account, in this unit. */
bool settle_moves(const struct transfer *t, int64_t account, const char *unit);
enum err settle_currency(struct cx *cx, const struct reader *r, const char **out) MUST_USE;
/* What an owner is owed, or was: the agreed price and the bonus; 0 before anything was agreed. */
int64_t item_owed(const struct item *i);

enum err settle_check_entry(struct cx *cx, struct audit *a, struct tx *tx, const struct entry *e,
			    const void *rec); /* check.c */
enum err settle_check_city(struct cx *cx, struct audit *a, struct tx *tx, int64_t city);

#endif
