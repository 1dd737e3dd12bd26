/* disposition.c: resale or recovery, by expected value. A pure function over integers.
 *
 *   resale   = price x bp x sold_bp - selling - erasing - repairs
 *   recovery = sum over metals of ug x recovered_bp x minor_per_kg - processing
 *
 * with bp and sold_bp of the first line of the rule's `resale` that the grades reach. The shares are
 * rounded half-even; the sum over metals is rounded once. No line reached: recovery.
 */
#include "programme/stock/stock.h"

#define UG_PER_KG INT64_C(1000000000)
#define BP INT64_C(10000)

static const struct recovery_resale *reached(const struct recovery_category *c, int64_t grade_c,
					     int64_t grade_f)
{
	const struct recovery_resale *line = c->resale.item;

	for (size_t i = 0; i < c->resale.count; i++)
		if (grade_c >= line[i].c_min && grade_f >= line[i].f_min)
			return &line[i];
	return NULL;
}

static enum err metals_value(struct cx *cx, const struct recovery_category *c, int64_t *minor)
{
	const struct recovery_metal *m = c->metals.item;
	const __int128 den = (__int128)UG_PER_KG * BP;
	__int128 sum = 0, whole, rest;

	for (size_t i = 0; i < c->metals.count; i++)
		sum += (__int128)m[i].ug * m[i].recovered_bp * m[i].minor_per_kg;
	whole = sum / den;
	rest = sum % den * 2;
	if (rest > den || (rest == den && whole % 2 != 0))
		whole++;
	if (whole < 0 || whole > JSON_INT_MAX)
		return cx_fail(
			cx, ERR_INVALID,
			"recovery rule, category %s: the value of the metals is beyond reason",
			c->category);
	*minor = (int64_t)whole;
	return ERR_OK;
}

static enum err repairs_cost(struct cx *cx, const struct recovery_category *c,
			     const struct disposition_facts *f, int64_t *minor)
{
	const struct recovery_repair *r = c->repairs.item;
	int64_t sum = 0;

	for (size_t i = 0; i < f->repairs; i++) {
		size_t k = 0;
		while (k < c->repairs.count && strcmp(r[k].code, f->repair[i]) != 0)
			k++;
		if (k == c->repairs.count)
			return cx_fail(
				cx, ERR_INVALID,
				"repairs: the recovery rule knows no repair \"%.40s\" of category %s",
				f->repair[i], c->category);
		sum += r[k].cost_minor;
	}
	*minor = sum;
	return ERR_OK;
}

enum err stock_disposition(struct cx *cx, const struct recovery *rule, const struct disposition_facts *f,
			   struct disposition_values *out)
{
	const struct recovery_category *c = recovery_category_find(rule, f->category);
	const struct recovery_resale *line;
	struct disposition_values v = {0};
	int64_t metals, repairs;

	if (!c)
		return cx_fail(
			cx, ERR_CONFLICT,
			"the recovery rule has no category \"%s\": publish a version that has it",
			f->category);
	if (metals_value(cx, c, &metals) || repairs_cost(cx, c, f, &repairs) ||
	    rule_convert(cx, rule->rates, metals, rule->currency, f->currency, &metals) ||
	    rule_convert(cx, rule->rates, repairs, rule->currency, f->currency, &v.repair_minor) ||
	    rule_convert(cx, rule->rates, c->selling_minor, rule->currency, f->currency,
			 &v.selling_minor) ||
	    rule_convert(cx, rule->rates, c->erase_minor, rule->currency, f->currency,
			 &v.erase_minor) ||
	    rule_convert(cx, rule->rates, c->processing_minor, rule->currency, f->currency,
			 &v.processing_minor))
		return cx->err;
	v.recovery_minor = metals - v.processing_minor;
	v.choice = DISPOSE_RECOVERY;
	line = reached(c, f->grade_c, f->grade_f);
	if (line) {
		int64_t expected;
		if (rule_share(cx, f->price_minor, line->bp, BP, &v.sale_minor) ||
		    rule_share(cx, v.sale_minor, line->sold_bp, BP, &expected))
			return cx->err;
		v.sold_bp = line->sold_bp;
		v.resale_minor = expected - v.selling_minor - v.erase_minor - v.repair_minor;
		if (v.resale_minor > v.recovery_minor)
			v.choice = DISPOSE_RESALE;
	} else {
		v.resale_minor = -v.selling_minor - v.erase_minor - v.repair_minor;
	}
	*out = v;
	return ERR_OK;
}
