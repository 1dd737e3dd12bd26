/* internal.h: what the files of stock share: the records of its actions, and a few checks.
 */
#ifndef RELODE_PROGRAMME_STOCK_INTERNAL_H
#define RELODE_PROGRAMME_STOCK_INTERNAL_H

#include "base/time.h"
#include "kernel/audit.h"
#include "kernel/reader.h"
#include "programme/erase/erase.h"
#include "programme/settle/settle.h"
#include "programme/stock/stock.h"
#include "programme/tradein/tradein.h"

#define NEEDED (COLUMN | REQ) /* a column that is always there */
#define SEQ(T, m, fl, doc) F_INT(T, m, fl, 0, JSON_INT_MAX, NULL, doc)
#define SIGNED_MINOR(T, m, fl, doc) F_INT(T, m, fl, -JSON_INT_MAX, JSON_INT_MAX, "minor", doc)

/* shelf.c */
struct stock_receive {
	int64_t device;
	int64_t site;
};
struct stock_code {
	const char *code;
};
struct stock_dispose {
	int64_t device, price_minor;
	struct list repairs; /* struct stock_code */
	int64_t choice, reason;
	int64_t computed, sale_minor, sold_bp, repair_minor, selling_minor, erase_minor, processing_minor;
	int64_t resale_minor, recovery_minor;
	struct bytes rule;
};
struct stock_list {
	int64_t device, price_minor;
	int64_t before_minor;
};
struct stock_unlist {
	int64_t device;
};
/* money.c */
struct stock_payment {
	int64_t buyer, amount_minor;
	const char *reference;
	int64_t balance_minor;
};
/* sale.c */
struct stock_sell {
	int64_t device, buyer, price_minor;
	int64_t sale, tax_minor;
	const char *tax_code;
	int64_t tax_bp, margin, cost_minor, pending_n, pending_tax_n;
};
struct stock_cancel {
	int64_t sale;
	int64_t device;
};
struct stock_deliver {
	int64_t sale;
	int64_t device, mass_mg, return_until_us;
};
/* return.c */
struct stock_return {
	int64_t sale, site, reason, complete, damaged, locked, mass_mg;
	int64_t device, reverses_seq, refund_minor, owner;
};
/* repair.c */
struct stock_part {
	const char *code;
	int64_t direction, mass_mg, cost_minor, medium_kind, capacity_gb, medium;
};
struct stock_repair {
	int64_t device, labour_minor;
	struct list parts; /* struct stock_part */
	int64_t repair, cost_minor, mass_mg, device_state;
};
/* stocktake.c */
struct stock_seen {
	int64_t device;
};
struct stock_difference {
	int64_t device, result, state;
};
struct stock_stocktake {
	int64_t site;
	const char *category;
	struct list seen; /* struct stock_seen */
	int64_t stocktake, expected, lost, missing, unexpected;
	struct list differences; /* struct stock_difference */
};

#define STOCK_ACTION(f)                                                                            \
	extern const struct field f##_fields[];                                                     \
	enum err f##_decide(struct cx *cx, struct tx *tx, void *rec);                               \
	enum err f##_apply(struct cx *cx, struct tx *tx, const struct entry *e, const void *rec)
STOCK_ACTION(stock_receive);
STOCK_ACTION(stock_dispose);
STOCK_ACTION(stock_list);
STOCK_ACTION(stock_unlist);
STOCK_ACTION(stock_deposit);
STOCK_ACTION(stock_refund);
STOCK_ACTION(stock_sell);
STOCK_ACTION(stock_cancel);
STOCK_ACTION(stock_deliver);
STOCK_ACTION(stock_return);
STOCK_ACTION(stock_repair);
STOCK_ACTION(stock_stocktake);
#undef STOCK_ACTION

extern const struct view stock_views[]; /* view.c */
/* shelf.c: fills what the rule reckons into the record, whose price and repairs stand. */
enum err stock_reckon(struct cx *cx, const struct rule *rule, const char *currency, const struct device *d,
		      struct stock_dispose *rec) MUST_USE;
/* preview.c */
struct stock_preview {
	int64_t device, price_minor;
	const char *repairs;
};
extern const struct field stock_preview_params[], stock_preview_shown[];
enum err stock_preview_run(struct cx *cx, struct reader *r, const void *params, struct json_writer *w);
/* photo.c */
struct stock_photos {
	int64_t device;
};
struct stock_photo {
	int64_t device, evidence;
};
extern const struct field stock_photos_params[], stock_photo_params[], stock_photo_row_fields[],
	stock_photo_fields[];
enum err stock_photos_run(struct cx *cx, struct reader *r, const void *params, struct json_writer *w);
enum err stock_photo_run(struct cx *cx, struct reader *r, const void *params, struct json_writer *w);
extern const struct field sale_fields[], price_change_fields[], disposition_fields[], stocktake_fields[],
	stocktake_line_fields[], repair_part_fields[];

const struct sale *sale_get(struct cx *cx, struct tx *tx, int64_t sale) MUST_USE;
enum err sale_check(struct cx *cx, struct tx *tx, const struct sale *s, int64_t to) MUST_USE; /* decide */
/* apply(): writes the changed sale, checks its move and notes it for sale and buyer. */
enum err sale_set(struct cx *cx, struct tx *tx, const struct sale *changed) MUST_USE;
/* decide(): ERR_CONFLICT while a statutory hold runs. */
enum err stock_check_hold(struct cx *cx, struct tx *tx, const struct device *d) MUST_USE;
/* apply(): the device is in stock at this site, and on no other shelf. */
enum err stock_put_on_shelf(struct cx *cx, struct tx *tx, int64_t device, int64_t site) MUST_USE;

/* check.c: invariant 4 from the records of erasure; sales and their money. */
enum err stock_check_entry(struct cx *cx, struct audit *a, struct tx *tx, const struct entry *e,
			   const void *rec);
enum err stock_check_city(struct cx *cx, struct audit *a, struct tx *tx, int64_t city);

#endif
