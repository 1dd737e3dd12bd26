/* What must hold in a rule beyond the bounds of its fields. */
#include "programme/city/city.h"
#include "programme/rule/own.h"

#define EACH(T, x, list)                                                                            \
	for (const T *x = (list).item, *x##_end = (list).count ? x + (list).count : x; x < x##_end; x++)
#define AT(list, T, x) ((int)((x) - (const T *)(list).item))

static const char *text_in(const void *item, size_t at)
{
	return *(const char *const *)(const void *)((const char *)item + at);
}

/* No two items have the same text at `at`; path: the list's, for messages. */
static enum err check_unique(struct cx *cx, struct list list, size_t size, size_t at, const char *path)
{
	for (size_t i = 1; i < list.count; i++) {
		const char *code = text_in((const char *)list.item + i * size, at);
		for (size_t j = 0; j < i; j++)
			if (strcmp(text_in((const char *)list.item + j * size, at), code) == 0)
				return cx_fail(cx, ERR_INVALID, "%s[%zu]: \"%s\" is there twice",
					       path, i, code);
	}
	return ERR_OK;
}
#define UNIQUE(cx, list, T, member, path) check_unique(cx, list, sizeof(T), offsetof(T, member), path)

static enum err check_currency(struct cx *cx, const char *currency)
{
	if (currency_digits(currency) < 0)
		return cx_fail(cx, ERR_INVALID, "currency: \"%s\" is no code of ISO 4217", currency);
	return ERR_OK;
}

static enum err check_rates(struct cx *cx, const char *currency, struct list rates)
{
	bool own = false;

	if (check_currency(cx, currency) || UNIQUE(cx, rates, struct price_rate, currency, "rates"))
		return cx->err;
	EACH(struct price_rate, r, rates) {
		if (check_currency(cx, r->currency))
			return cx_prefix(cx, "rates[%d].", AT(rates, struct price_rate, r));
		own |= strcmp(r->currency, currency) == 0 && r->per_10000 == 10000;
	}
	if (!own)
		return cx_fail(cx, ERR_INVALID,
			       "rates: the rule's own currency %s must be there with 10000",
			       currency);
	return ERR_OK;
}

/* --- price_list --- */

static enum err check_question(struct cx *cx, const struct price_question *q)
{
	const struct price_answer *first = q->answers.item;

	if (UNIQUE(cx, q->answers, struct price_answer, code, "answers"))
		return cx->err;
	if (field_or(first->bp, 0) != 0 || field_or(first->minor, 0) != 0 || first->refuse)
		return cx_fail(
			cx, ERR_INVALID,
			"answers[0]: the first answer holds when none is given, so it has no step");
	return ERR_OK;
}

static enum err check_curves(struct cx *cx, const struct price_category *c)
{
	const struct price_age *a = c->age.item;
	const struct price_storage *s = c->storage.item;

	if (a[0].months != 0)
		return cx_fail(cx, ERR_INVALID, "age[0].months: the curve begins at 0");
	for (size_t i = 1; i < c->age.count; i++)
		if (a[i].months <= a[i - 1].months)
			return cx_fail(cx, ERR_INVALID, "age[%zu].months: months must rise", i);
	for (size_t i = 1; i < c->storage.count; i++)
		if (s[i].gb <= s[i - 1].gb)
			return cx_fail(cx, ERR_INVALID, "storage[%zu].gb: sizes must rise", i);
	if ((c->battery_bp_per_point == FIELD_NONE) != (c->battery_unknown_percent == FIELD_NONE))
		return cx_fail(cx, ERR_INVALID,
			       "battery_bp_per_point, battery_unknown_percent: give both or none");
	return ERR_OK;
}

static enum err check_price_category(struct cx *cx, const struct price_category *c)
{
	if (check_curves(cx, c) || UNIQUE(cx, c->questions, struct price_question, code, "questions"))
		return cx->err;
	EACH(struct price_question, q, c->questions)
		if (check_question(cx, q))
			return cx_prefix(cx, "questions[%d].", AT(c->questions, struct price_question, q));
	return ERR_OK;
}

enum err price_list_check(struct cx *cx, const void *shape)
{
	const struct price_list *p = shape;

	if (check_rates(cx, p->currency, p->rates) ||
	    UNIQUE(cx, p->categories, struct price_category, category, "categories"))
		return cx->err;
	EACH(struct price_category, c, p->categories)
		if (check_price_category(cx, c))
			return cx_prefix(cx, "categories[%d].", AT(p->categories, struct price_category, c));
	return ERR_OK;
}

/* --- rubric --- */

static enum err check_tests_named(struct cx *cx, const struct rubric *r, struct list codes, const char *path)
{
	EACH(struct rubric_code, c, codes)
		if (!rubric_test_find(r, c->code))
			return cx_fail(cx, ERR_INVALID, "%s[%d].code: there is no test \"%s\"", path,
				       AT(codes, struct rubric_code, c), c->code);
	return ERR_OK;
}

static bool level_exists(struct cx *cx, const struct rubric *r, const char *code)
{
	const char *slash = strchr(code, '/');
	const struct rubric_observation *o;
	char *name;

	if (!slash)
		return false;
	name = cx_strndup(cx, code, (size_t)(slash - code));
	o = name ? rubric_observation_find(r, name) : NULL;
	if (!o)
		return false;
	EACH(struct rubric_level, l, o->levels)
		if (strcmp(l->code, slash + 1) == 0)
			return true;
	return false;
}

static enum err check_cause(struct cx *cx, const struct rubric *r, const struct rubric_cause *c)
{
	if (c->failed.count + c->observed.count == 0)
		return cx_fail(cx, ERR_INVALID,
			       "failed, observed: a cause needs at least one test or observation");
	if (check_tests_named(cx, r, c->failed, "failed"))
		return cx->err;
	EACH(struct rubric_code, o, c->observed)
		if (!level_exists(cx, r, o->code))
			return cx_fail(
				cx, ERR_INVALID,
				"observed[%d].code: there is no \"%s\"; write observation/level",
				AT(c->observed, struct rubric_code, o), o->code);
	return ERR_OK;
}

static enum err check_answers(struct cx *cx, const struct rubric *r)
{
	if (UNIQUE(cx, r->answers, struct rubric_answer, question, "answers"))
		return cx->err;
	EACH(struct rubric_answer, a, r->answers) {
		int at = AT(r->answers, struct rubric_answer, a);
		EACH(struct rubric_cause, c, a->causes)
			if (check_cause(cx, r, c))
				return cx_prefix(cx, "answers[%d].causes[%d].", at,
						 AT(a->causes, struct rubric_cause, c));
		if (check_tests_named(cx, r, a->needs, "needs"))
			return cx_prefix(cx, "answers[%d].", at);
	}
	return ERR_OK;
}

enum err rubric_check(struct cx *cx, const void *shape)
{
	const struct rubric *r = shape;
	const struct rubric_function *f = r->functions.item;

	if (UNIQUE(cx, r->tests, struct rubric_test, code, "tests") ||
	    UNIQUE(cx, r->observations, struct rubric_observation, code, "observations"))
		return cx->err;
	EACH(struct rubric_observation, o, r->observations)
		if (UNIQUE(cx, o->levels, struct rubric_level, code, "levels"))
			return cx_prefix(cx, "observations[%d].",
					 AT(r->observations, struct rubric_observation, o));
	for (size_t i = 1; i < r->functions.count; i++)
		if (f[i].f > f[i - 1].f)
			return cx_fail(cx, ERR_INVALID, "functions[%zu].f: the best grade comes first", i);
	return check_answers(cx, r);
}

/* --- recovery --- */

/* A tree: each parent stands before its parts, so there is no circle. */
static enum err check_components(struct cx *cx, const struct recovery *r, struct list list)
{
	const struct recovery_component *c = list.item;
	int64_t share = 0;

	if (UNIQUE(cx, list, struct recovery_component, code, "components"))
		return cx->err;
	for (size_t i = 0; i < list.count; i++) {
		bool found = c[i].parent == NULL;
		for (size_t j = 0; j < i && !found; j++)
			found = strcmp(c[j].code, c[i].parent) == 0;
		if (!found)
			return cx_fail(cx, ERR_INVALID,
				       "components[%zu].parent: no \"%s\" stands before it", i,
				       c[i].parent);
		if (!recovery_fraction_find(r, c[i].fraction))
			return cx_fail(cx, ERR_INVALID,
				       "components[%zu].fraction: there is no fraction \"%s\"", i,
				       c[i].fraction);
		share += field_or(c[i].share_bp, 0);
	}
	if (share > 10000)
		return cx_fail(cx, ERR_INVALID,
			       "components: their shares add up to %lld bp, more than the device",
			       (long long)share);
	return ERR_OK;
}

enum err recovery_check(struct cx *cx, const void *shape)
{
	const struct recovery *r = shape;

	if (check_rates(cx, r->currency, r->rates) ||
	    UNIQUE(cx, r->fractions, struct recovery_fraction, code, "fractions") ||
	    UNIQUE(cx, r->categories, struct recovery_category, category, "categories"))
		return cx->err;
	EACH(struct recovery_category, c, r->categories)
		if (UNIQUE(cx, c->repairs, struct recovery_repair, code, "repairs") ||
		    UNIQUE(cx, c->metals, struct recovery_metal, material, "metals") ||
		    check_components(cx, r, c->components))
			return cx_prefix(cx, "categories[%d].",
					 AT(r->categories, struct recovery_category, c));
	return ERR_OK;
}

/* --- commission --- */

enum err commission_check(struct cx *cx, const void *shape)
{
	const struct commission *c = shape;

	if (check_currency(cx, c->currency))
		return cx->err;
	return UNIQUE(cx, c->categories, struct commission_category, category, "categories");
}
