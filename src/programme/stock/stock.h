/* stock.h: devices for sale: disposition, stock at a site, fixed-price sale, delivery, return, repair,
 * stocktake.
 *
 * Money of a buyer is paid in ahead (stock.deposit). A sale promises price and tax by pending transfers;
 * delivery posts them, cancelling voids them. A return by the buyer gives the money back to the buyer's
 * account by new entries that name the delivery they reverse, and brings piece and mass back; the device
 * is then owned again and its erasure must be proven anew.
 *
 * All prices include tax. Under the margin scheme (Directive 2006/112/EC art. 315, and the like) tax is
 * owed on the margin over what the programme paid the owner.
 */
#ifndef RELODE_PROGRAMME_STOCK_STOCK_H
#define RELODE_PROGRAMME_STOCK_STOCK_H

#include "programme/city/city.h"
#include "programme/device/device.h"
#include "programme/party/party.h"
#include "programme/rule/rule.h"

enum {
	STOCK_SHELF_MAX = 100000,   /* devices in stock at one site */
	STOCK_SITE_MAX = 5000,      /* devices counted by one stocktake */
	STOCK_LOST_MAX = 100,       /* devices that one stocktake writes off */
	STOCK_PARTS_MAX = 40,       /* parts of one repair */
	STOCK_REPAIRS_MAX = 16      /* repairs that a disposition reckons with */
};

enum sale_state { SALE_RESERVED, SALE_DELIVERED, SALE_CANCELLED, SALE_RETURNED };
extern const char *const sale_states[];
extern const struct machine sale_machine;
enum return_reason { RETURN_CHANGED_MIND, RETURN_NOT_AS_DESCRIBED, RETURN_DEFECTIVE, RETURN_OTHER };
extern const char *const return_reasons[];

struct sale {
	int64_t city, sale;
	int64_t state, device, buyer, site;
	int64_t price_minor;          /* what the buyer pays, tax included */
	int64_t tax_minor;            /* of it */
	const char *tax_code;         /* NULL: no rate is set in the city */
	int64_t tax_bp, margin;       /* rate; bool: on the margin */
	int64_t cost_minor;           /* what the programme paid the owner */
	int64_t pending_seq, pending_n, pending_tax_n; /* the promises; no tax: FIELD_NONE */
	int64_t sold_us;
	int64_t delivered_us, delivered_seq, return_until_us; /* FIELD_NONE before */
	int64_t mass_mg;              /* delivered */
	int64_t returned_us, returned_seq;
	int64_t reason;               /* of the return */
};
extern struct table sale_table;

/* What stock keeps of a device. */
struct stock_device {
	int64_t city, device;
	int64_t received_us;   /* into stock, FIELD_NONE before */
	int64_t shelf_site;    /* the site whose shelf has it, or FIELD_NONE */
	int64_t opened_seq;    /* entry since which erasure must be proven anew; FIELD_NONE: always with us */
	int64_t choice;        /* newest disposition, FIELD_NONE: none */
	int64_t resale_minor, recovery_minor;
};
extern struct table stock_device_table;

/* Which devices came into stock at a site and have not been delivered, dismantled or written off. A
 * hint: the device's row says where it is. */
struct shelf {
	int64_t city, site, device;
};
extern struct table shelf_table;

/* Asking prices, one row a change. */
struct price_change {
	int64_t city, device, seq;
	int64_t at_us;
	int64_t price_minor; /* FIELD_NONE: taken off */
	int64_t sale;        /* sold at that price, or FIELD_NONE */
};

enum disposition_choice { DISPOSE_RESALE, DISPOSE_RECOVERY };
extern const char *const disposition_choices[];
enum disposition_reason { DISPOSE_LEGAL, DISPOSE_SAFETY, DISPOSE_DEMAND, DISPOSE_CUSTOMER, DISPOSE_TRIAL };
extern const char *const disposition_reasons[];
struct disposition {
	int64_t city, device, seq;
	int64_t at_us;
	int64_t choice, computed; /* what was decided; what the rule says */
	int64_t reason;           /* why they differ */
	int64_t price_minor;      /* the price list's price for the facts */
	int64_t resale_minor, recovery_minor; /* expected value of each way */
	int64_t repair_minor, sold_bp;
	struct bytes rule;        /* 32: digest of the recovery rule */
};

/* Money of buyers in and out of the bank, by the bank's reference, which counts once. */
enum buyer_payment_kind { BUYER_DEPOSIT, BUYER_REFUND };
extern const char *const buyer_payment_kinds[];
struct buyer_payment {
	int64_t city;
	const char *reference;
	int64_t kind, buyer, amount_minor, seq, at_us;
};
extern struct table buyer_payment_table;

/* Parts fitted and taken out. */
enum part_direction { PART_IN, PART_OUT };
extern const char *const part_directions[];
struct repair_part {
	int64_t city, repair, n;
	int64_t device, seq;
	const char *code;
	int64_t direction, mass_mg, cost_minor;
	int64_t medium;  /* the storage medium that it is, or FIELD_NONE */
	int64_t at_us;
};
extern struct table repair_part_table;

struct stocktake {
	int64_t city, stocktake;
	int64_t site, taken_us, expected, seen, lost, missing, unexpected;
};
extern struct table stocktake_table;
enum stocktake_result { TAKE_LOST, TAKE_MISSING, TAKE_UNEXPECTED, TAKE_UNKNOWN };
extern const char *const stocktake_results[];
struct stocktake_line {
	int64_t city, stocktake, device;
	int64_t result, state; /* what came of it; the device's state then, FIELD_NONE unknown */
};
extern struct table stocktake_line_table;

/* The decision between resale and recovery: a pure function. Amounts in `currency`. */
struct disposition_facts {
	const char *category, *currency;
	int64_t grade_c, grade_f;
	int64_t price_minor;       /* the price list's price for the inspected facts */
	const char *const *repair; /* codes of repairs that the device needs before sale */
	size_t repairs;
};
struct disposition_values {
	int64_t choice;
	int64_t sale_minor, sold_bp; /* expected sale price, how likely it is */
	int64_t repair_minor, selling_minor, erase_minor, processing_minor;
	int64_t resale_minor, recovery_minor;
};
enum err stock_disposition(struct cx *cx, const struct recovery *rule, const struct disposition_facts *facts,
			   struct disposition_values *out) MUST_USE;

/* The programme's purchase price of a device: what the owner agreed to, 0 when nothing was paid. */
enum err stock_cost(struct cx *cx, struct tx *tx, const struct device *d, int64_t *cost_minor) MUST_USE;
/* The device's row here; absent gives one with nothing set. */
enum err stock_device_find(struct cx *cx, struct tx *tx, int64_t device, struct stock_device *out) MUST_USE;
/* apply(): the device is on no shelf any more. */
enum err stock_off_shelf(struct cx *cx, struct tx *tx, int64_t device) MUST_USE;
/* apply(): the device is at this site now; when it is one that came into stock, on this site's shelf. */
enum err stock_arrived(struct cx *cx, struct tx *tx, int64_t device, int64_t site) MUST_USE;
/* apply(): the device was out of our hands: erasure must be proven anew, and what was decided about it was
 * decided of another condition. */
enum err stock_reopen(struct cx *cx, struct tx *tx, int64_t device) MUST_USE;
/* The entry records a repair: of this number. */
bool stock_is_repair(const struct entry *e, int64_t *repair);
/* A code that an outside party gave (a bank's reference, a certificate's number): letters, digits and
 * -._/:+ alone, so that no free text gets into the books. */
enum err stock_check_code(struct cx *cx, const char *name, const char *code) MUST_USE;

extern const struct feature stock_feature;

#endif
