/* commission.h: the arithmetic of shares: commissions, taxes, and sums split among several.
 *
 * Pure functions over integers. Amounts are in minor units of one currency, rates in basis points
 * (1/10,000). A share is rounded half to even; what a sum split among several then has too much or too
 * little goes to the shares that were rounded furthest the other way (largest remainder), so a split
 * always adds up to its sum.
 */
#ifndef RELODE_PROGRAMME_SETTLE_COMMISSION_H
#define RELODE_PROGRAMME_SETTLE_COMMISSION_H

#include "base/cx.h"

enum {
	SETTLE_BP = 10000,        /* basis points of a whole */
	SETTLE_SHARES_MAX = 1024, /* shares of one split */
	SETTLE_WEIGHT_MAX = 1000000000
};
#define SETTLE_AMOUNT_MAX INT64_C(1000000000000) /* as F_MINOR */

/* amount * numerator / denominator, half to even. 0 <= amount <= SETTLE_AMOUNT_MAX, 0 <= numerator,
 * 0 < denominator, both at most SETTLE_WEIGHT_MAX * SETTLE_SHARES_MAX: anything else is a BUG. */
int64_t settle_share(int64_t amount_minor, int64_t numerator, int64_t denominator);

/* What a merchant earns by one device, by the party's terms: a part of the agreed price and a fixed sum.
 * Nothing of it is taken from the owner: it is the programme's cost of the device. */
int64_t settle_commission(int64_t agreed_minor, int64_t commission_bp, int64_t fixed_minor);

/* The tax that a gross price contains: gross * rate / (1 + rate). Under the margin scheme for
 * second-hand goods the taxed part is the margin over what was paid for the device; a loss owes none. */
int64_t settle_tax_included(int64_t gross_minor, int64_t rate_bp);
int64_t settle_tax_on_margin(int64_t gross_minor, int64_t cost_minor, int64_t rate_bp);

/* Splits total (>= 0) in proportion to weights (>= 0, not all 0). Of equal remainders the first wins. */
enum err settle_split(struct cx *cx, int64_t total_minor, const int64_t *weight, size_t count,
		      int64_t *out) MUST_USE;

#endif
