/* bank.h: the files that go to the bank and come back. Pure text in and out: no state, no clock.
 *
 * Out: ISO 20022 pain.001.001.03 (customer credit transfer initiation), or a CSV with a TOTAL record.
 * The same batch always gives the same bytes, so the digest of a file can be logged and made again.
 *
 * Back: ISO 20022 pain.002.001.03 (customer payment status report), read through libexpat, or a CSV
 *
 *     end_to_end_id,amount,currency,status,reason
 *     R1-17-1,12.34,CNY,paid,
 *     R1-17-2,500.00,CNY,rejected,AC04
 *     TOTAL,512.34,CNY,2,
 *
 * whose last record must be TOTAL: the sum of the amounts above it, and in the column status how many
 * they are. So a file that was cut is found out. Reasons are ISO 20022 external status reason codes.
 *
 * Limits: a file of BANK_FILE_MAX bytes; XML 32 elements deep, no document type declaration (so no
 * entities of its own).
 */
#ifndef RELODE_PROGRAMME_SETTLE_BANK_H
#define RELODE_PROGRAMME_SETTLE_BANK_H

#include "base/cx.h"
#include "base/sb.h"

enum {
	BANK_FILE_MAX = 768 * 1024,
	BANK_ID_MAX = 36,    /* Max35Text with its NUL */
	BANK_REASON_MAX = 5, /* four characters and a NUL */
	BANK_LINES_MAX = 1000
};

struct bank_account {
	const char *name;    /* of its holder */
	const char *account; /* IBAN, or the bank's own number */
	const char *bic;     /* of the bank, or NULL */
};
struct bank_payment {
	char end_to_end[BANK_ID_MAX];
	struct bank_account to;
	int64_t amount_minor;
	const char *purpose; /* unstructured remittance information */
};
struct bank_batch {
	char message_id[BANK_ID_MAX];
	const char *currency;
	int64_t created_us;
	struct bank_account from;
	const struct bank_payment *payment;
	size_t count;
};

/* Ids are made from numbers, so that they can be made again: "R1-17" and "R1-17-3". */
void bank_message_id(char out[BANK_ID_MAX], int64_t city, int64_t payout);
void bank_end_to_end(char out[BANK_ID_MAX], int64_t city, int64_t payout, int64_t line);

/* ISO 13616: country, check digits and a length within bounds, mod 97 = 1. */
bool iban_valid(const char *account);

/* ERR_INVALID names the payment whose account or name cannot be written. */
enum err bank_pain001(struct cx *cx, const struct bank_batch *b, struct sb *out) MUST_USE;
enum err bank_csv(struct cx *cx, const struct bank_batch *b, struct sb *out) MUST_USE;

enum bank_outcome { BANK_PAID, BANK_REJECTED, BANK_WAITING };
struct bank_line {
	char end_to_end[BANK_ID_MAX];
	enum bank_outcome outcome;
	char reason[BANK_REASON_MAX]; /* "" when none was given */
	int64_t amount_minor;         /* -1: not given */
	char currency[4];             /* "" when not given */
};
struct bank_result {
	bool xml;
	char message_id[BANK_ID_MAX]; /* of the message it answers; "" when the file does not say */
	int64_t count;                /* payments of the message that it answers; -1: not given */
	int64_t total_minor;          /* their sum; -1: not given */
	bool whole;                   /* the status is of the whole message, and no line is listed */
	enum bank_outcome outcome;    /* of the whole */
	char reason[BANK_REASON_MAX];
	struct bank_line *line;
	size_t lines;
};
/* currency: of the payout, by which amounts without one are read. ERR_INVALID with line and words. */
enum err bank_result_read(struct cx *cx, const char *text, size_t n, const char *currency,
			  struct bank_result *out) MUST_USE;

/* For bank.c's readers alone. */
enum err bank_pain002(struct cx *cx, const char *text, size_t n, const char *currency,
		      struct bank_result *out) MUST_USE;
enum err bank_reason_set(struct cx *cx, char out[BANK_REASON_MAX], const char *text) MUST_USE;

#endif
