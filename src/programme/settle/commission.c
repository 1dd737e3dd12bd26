#include "programme/settle/commission.h"

int64_t settle_share(int64_t amount, int64_t numerator, int64_t denominator)
{
	__int128 exact, rest;
	int64_t whole;

	BUG(amount < 0 || amount > SETTLE_AMOUNT_MAX);
	BUG(numerator < 0 || numerator > SETTLE_WEIGHT_MAX * (int64_t)SETTLE_SHARES_MAX);
	BUG(denominator <= 0 || denominator > SETTLE_WEIGHT_MAX * (int64_t)SETTLE_SHARES_MAX);
	exact = (__int128)amount * numerator;
	whole = (int64_t)(exact / denominator);
	rest = exact % denominator * 2;
	if (rest > denominator || (rest == denominator && whole % 2 != 0))
		whole++;
	return whole;
}

int64_t settle_commission(int64_t agreed, int64_t bp, int64_t fixed)
{
	BUG(fixed < 0 || fixed > SETTLE_AMOUNT_MAX);
	return settle_share(agreed, bp, SETTLE_BP) + fixed;
}

int64_t settle_tax_included(int64_t gross, int64_t bp)
{
	return settle_share(gross, bp, SETTLE_BP + bp);
}

int64_t settle_tax_on_margin(int64_t gross, int64_t cost, int64_t bp)
{
	return gross > cost ? settle_tax_included(gross - cost, bp) : 0;
}

/* How much more than its rounded share i would get exactly, times the sum of weights. */
static __int128 owed(int64_t total, const int64_t *weight, int64_t sum, const int64_t *out, size_t i)
{
	return (__int128)total * weight[i] - (__int128)out[i] * sum;
}

/* Gives one unit (step 1) to the share that is owed most, or takes one (step -1) from the one owed
 * least. A share moves by less than one from its exact value, so none goes below 0. */
static void move_one(int64_t total, const int64_t *weight, int64_t sum, size_t count, int64_t *out,
		     int64_t step)
{
	size_t best = 0;
	size_t i;

	for (i = 1; i < count; i++) {
		if (step * owed(total, weight, sum, out, i) > step * owed(total, weight, sum, out, best))
			best = i;
	}
	out[best] += step;
}

enum err settle_split(struct cx *cx, int64_t total, const int64_t *weight, size_t count, int64_t *out)
{
	int64_t sum = 0, left = total;
	size_t i;

	if (total < 0 || total > SETTLE_AMOUNT_MAX || count == 0 || count > SETTLE_SHARES_MAX)
		return cx_fail(cx, ERR_INVALID, "cannot split %lld minor units into %zu shares",
			(long long)total, count);
	for (i = 0; i < count; i++) {
		if (weight[i] < 0 || weight[i] > SETTLE_WEIGHT_MAX)
			return cx_fail(cx, ERR_INVALID, "weight %zu: must be 0 to %d", i + 1,
				SETTLE_WEIGHT_MAX);
		sum += weight[i];
	}
	if (sum == 0)
		return cx_fail(cx, ERR_INVALID, "all weights of a split are 0: give one of them");
	for (i = 0; i < count; i++) {
		out[i] = settle_share(total, weight[i], sum);
		left -= out[i];
	}
	for (; left > 0; left--)
		move_one(total, weight, sum, count, out, 1);
	for (; left < 0; left++)
		move_one(total, weight, sum, count, out, -1);
	return ERR_OK;
}
