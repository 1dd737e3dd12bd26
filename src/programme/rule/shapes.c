#include "programme/rule/own.h"

enum { SOURCES_MAX = 200, CATEGORIES_MAX = 100, LIST_MAX = 200, TEXT_MAX = 500 };

#define CODE(T, m, flags, doc) F_TEXT(T, m, flags, 1, 64, doc)
#define EN(T) F_TEXT(T, en, IN | REQ, 1, TEXT_MAX, "for people, English")
#define ZH(T) F_TEXT(T, zh, IN | REQ, 1, TEXT_MAX, "for people, Simplified Chinese")
#define BP(T, m, flags, doc) F_INT(T, m, flags, 0, 100000, "bp", doc)
#define STEP_MAX INT64_C(1000000000)

static const struct field source_fields[] = {
	F_TEXT(struct rule_source, what, IN | REQ, 1, TEXT_MAX, "which number"),
	F_TEXT(struct rule_source, source, IN | REQ, 1, 1000,
	       "where it comes from, or \"assumption\" and why"),
	F_END};
static const struct field rate_fields[] = {
	F_TEXT(struct price_rate, currency, IN | REQ, 3, 3, "ISO 4217"),
	F_INT(struct price_rate, per_10000, IN | REQ, 1, INT64_C(1000000000), "minor",
	      "for 10,000 minor units of the rule's"),
	F_END};
#define SOURCES(T)                                                                                 \
	F_LIST(T, sources, IN | REQ, SOURCES_MAX, source_fields, struct rule_source,               \
	       "sources and assumptions")
#define RATES(T)                                                                                   \
	F_LIST(T, rates, IN | REQ, CATEGORIES_MAX, rate_fields, struct price_rate,                 \
	       "exchange rates of this rule")
#define TITLE(T) F_TEXT(T, title, IN | REQ, 1, 200, "title")
#define CURRENCY(T) F_TEXT(T, currency, IN | REQ, 3, 3, "currency of all amounts in minor units, ISO 4217")

/* --- price_list --- */

static const struct field age_fields[] = {
	F_INT(struct price_age, months, IN | REQ, 0, 1200, "months", "since release"),
	BP(struct price_age, bp, IN | REQ, "of the launch price"),
	F_END};
static const struct field storage_fields[] = {
	F_INT(struct price_storage, gb, IN | REQ, 1, 1000000, "GB", "storage"),
	F_INT(struct price_storage, bp, IN | REQ, -10000, 100000, "bp", "step on the base"),
	F_END};
static const struct field answer_fields[] = {
	CODE(struct price_answer, code, IN | REQ, "code"), EN(struct price_answer), ZH(struct price_answer),
	F_INT(struct price_answer, bp, IN, -10000, 100000, "bp", "step on the base"),
	F_INT(struct price_answer, minor, IN, -STEP_MAX, STEP_MAX, "minor", "step as an amount"),
	F_TEXT(struct price_answer, refuse, IN, 1, TEXT_MAX, "the device is not taken: why"),
	F_TEXT(struct price_answer, refuse_zh, IN, 1, TEXT_MAX, "why, in Simplified Chinese"),
	F_END};
static const struct field question_fields[] = {CODE(struct price_question, code, IN | REQ, "code"),
					       EN(struct price_question), ZH(struct price_question),
					       F_LIST(struct price_question, answers, IN | REQ, 50,
						      answer_fields, struct price_answer,
						      "the first holds when none is given"),
					       F_END};
static const struct field price_category_fields[] = {
	CODE(struct price_category, category, IN | REQ, "category code"),
	F_MINOR(struct price_category, launch_unknown_minor, IN | REQ,
		"stands for an unknown launch price"),
	F_INT(struct price_category, age_unknown_months, IN | REQ, 0, 1200, "months",
	      "stands for an unknown age"),
	F_LIST(struct price_category, age, IN | REQ, LIST_MAX, age_fields, struct price_age,
	       "age curve"),
	F_LIST(struct price_category, storage, IN, LIST_MAX, storage_fields, struct price_storage,
	       "storage steps"),
	F_INT(struct price_category, battery_bp_per_point, IN, 0, 1000, "bp",
	      "step for each percent below 100"),
	F_INT(struct price_category, battery_unknown_percent, IN, 0, 100, "percent",
	      "stands for an unknown battery"),
	F_LIST(struct price_category, questions, IN, 100, question_fields, struct price_question,
	       "what the owner is asked"),
	F_MINOR(struct price_category, floor_minor, IN | REQ,
		"a device that is taken gets at least this"),
	BP(struct price_category, bonus_bp, IN, "bonus: share of the price"),
	F_MINOR(struct price_category, bonus_minor, IN, "bonus: fixed amount"),
	F_END};
static const struct field price_model_fields[] = {
	F_TEXT(struct price_model, brand, IN | REQ, 1, 100, "brand"),
	F_TEXT(struct price_model, name, IN | REQ, 1, 200, "name"),
	F_INT(struct price_model, storage_gb, IN, 1, 1000000, "GB", "storage; absent: any"),
	F_MINOR(struct price_model, base_minor, IN | REQ, "base in place of launch price times age curve"),
	F_END};
static const struct field price_list_fields[] = {
	TITLE(struct price_list),
	CURRENCY(struct price_list),
	SOURCES(struct price_list),
	RATES(struct price_list),
	F_INT(struct price_list, round_minor, IN | REQ, 1, 1000000, "minor",
	      "prices are rounded down to a multiple"),
	F_LIST(struct price_list, categories, IN | REQ, CATEGORIES_MAX, price_category_fields,
	       struct price_category, "prices by category"),
	F_LIST(struct price_list, models, IN, 20000, price_model_fields, struct price_model,
	       "bases of single models"),
	F_END};

/* --- rubric --- */

static const char *const test_classes[] = {"key", "hardware", "other", NULL};
static const struct field rubric_category_fields[] = {
	CODE(struct rubric_category, category, IN | REQ, "category code"), F_END};
#define CATEGORIES(T)                                                                              \
	F_LIST(T, categories, IN, CATEGORIES_MAX, rubric_category_fields, struct rubric_category,  \
	       "absent: for all")
static const struct field code_fields[] = {F_TEXT(struct rubric_code, code, IN | REQ, 1, 130, "code"), F_END};
#define CODES(T, m, doc) F_LIST(T, m, IN, LIST_MAX, code_fields, struct rubric_code, doc)

static const struct field test_fields[] = {
	CODE(struct rubric_test, code, IN | REQ, "code"), EN(struct rubric_test), ZH(struct rubric_test),
	F_ENUM(struct rubric_test, class, IN | REQ, test_classes, "how much hangs on it"),
	CATEGORIES(struct rubric_test),
	F_END};
static const struct field level_fields[] = {
	CODE(struct rubric_level, code, IN | REQ, "code"), EN(struct rubric_level), ZH(struct rubric_level),
	F_INT(struct rubric_level, c, IN | REQ, 1, 9, NULL, "the cosmetic grade is at most this"),
	F_END};
static const struct field observation_fields[] = {
	CODE(struct rubric_observation, code, IN | REQ, "code"),
	EN(struct rubric_observation),
	ZH(struct rubric_observation),
	CATEGORIES(struct rubric_observation),
	F_LIST(struct rubric_observation, levels, IN | REQ, 20, level_fields, struct rubric_level,
	       "worst first"),
	F_END};
#define AT_MOST(m)                                                                                 \
	F_INT(struct rubric_function, m, IN, 0, LIST_MAX, NULL,                                    \
	      "at most so many; absent: any number")
static const struct field function_fields[] = {
	F_INT(struct rubric_function, f, IN | REQ, 1, 6, NULL, "the functional grade"),
	AT_MOST(key_failed), AT_MOST(hardware_failed), AT_MOST(other_failed),
	AT_MOST(key_untested), AT_MOST(hardware_untested), AT_MOST(other_untested),
	F_INT(struct rubric_function, battery_percent, IN, 0, 100, "percent", "battery at least"),
	F_BOOL(struct rubric_function, refurbished, IN, "must have been refurbished"),
	F_INT(struct rubric_function, cosmetic, IN, 0, 9, NULL, "cosmetic grade at least"),
	F_END};
static const struct field cause_fields[] = {
	CODE(struct rubric_cause, answer, IN | REQ, "the answer that follows"),
	CODES(struct rubric_cause, failed, "any of these tests failed"),
	CODES(struct rubric_cause, observed, "any of these was seen: \"observation/level\""),
	F_END};
static const struct field rubric_answer_fields[] = {
	CODE(struct rubric_answer, question, IN | REQ, "question of the price list"),
	F_LIST(struct rubric_answer, causes, IN | REQ, 50, cause_fields, struct rubric_cause, "worst first"),
	CODE(struct rubric_answer, otherwise, IN | REQ, "the answer when no cause holds"),
	CODES(struct rubric_answer, needs, "tests that must have passed for `otherwise`"),
	F_END};
static const struct field rubric_fields[] = {
	TITLE(struct rubric), SOURCES(struct rubric),
	F_INT(struct rubric, cosmetic_best, IN | REQ, 1, 9, NULL, "cosmetic grade when nothing was seen"),
	F_LIST(struct rubric, tests, IN | REQ, LIST_MAX, test_fields, struct rubric_test, "the test list"),
	F_LIST(struct rubric, observations, IN | REQ, LIST_MAX, observation_fields, struct rubric_observation,
	       "what is looked for"),
	F_LIST(struct rubric, functions, IN | REQ, 20, function_fields, struct rubric_function, "best first"),
	F_INT(struct rubric, function_otherwise, IN | REQ, 1, 6, NULL, "functional grade when none holds"),
	F_LIST(struct rubric, answers, IN, 100, rubric_answer_fields, struct rubric_answer,
	       "what findings mean for the price"),
	F_END};

/* --- recovery --- */

static const struct field resale_fields[] = {
	F_INT(struct recovery_resale, c_min, IN | REQ, 0, 9, NULL, "cosmetic grade at least"),
	F_INT(struct recovery_resale, f_min, IN | REQ, 1, 6, NULL, "functional grade at least"),
	BP(struct recovery_resale, bp, IN | REQ, "sale price as a share of the price list's price"),
	F_INT(struct recovery_resale, sold_bp, IN | REQ, 0, 10000, "bp", "how likely it sells"),
	F_END};
static const struct field repair_fields[] = {
	CODE(struct recovery_repair, code, IN | REQ, "code"), EN(struct recovery_repair),
	ZH(struct recovery_repair),
	F_MINOR(struct recovery_repair, cost_minor, IN | REQ, "expected cost"), F_END};
static const struct field metal_fields[] = {
	F_TEXT(struct recovery_metal, material, IN | REQ, 1, 20, "element or material"),
	F_INT(struct recovery_metal, ug, IN | REQ, 0, JSON_INT_MAX, "ug", "in one device"),
	F_INT(struct recovery_metal, recovered_bp, IN | REQ, 0, 10000, "bp", "what reaches a paid fraction"),
	F_MINOR(struct recovery_metal, minor_per_kg, IN | REQ, "price of a kilogram"),
	F_TEXT(struct recovery_metal, source, IN | REQ, 1, 1000, "source of the content"),
	F_END};
static const struct field component_fields[] = {
	CODE(struct recovery_component, code, IN | REQ, "code"), EN(struct recovery_component),
	ZH(struct recovery_component),
	CODE(struct recovery_component, parent, IN, "component that it is in"),
	CODE(struct recovery_component, fraction, IN | REQ, "fraction that it goes to"),
	F_INT(struct recovery_component, share_bp, IN, 0, 10000, "bp", "expected share of the device's mass"),
	F_END};
static const struct field recovery_category_fields[] = {
	CODE(struct recovery_category, category, IN | REQ, "category code"),
	F_MINOR(struct recovery_category, erase_minor, IN | REQ, "expected cost of erasing"),
	F_MINOR(struct recovery_category, selling_minor, IN | REQ, "expected cost of selling"),
	F_MINOR(struct recovery_category, processing_minor, IN | REQ,
		"expected cost of dismantling"),
	F_LIST(struct recovery_category, resale, IN, 20, resale_fields, struct recovery_resale,
	       "best first"),
	F_LIST(struct recovery_category, repairs, IN, 50, repair_fields, struct recovery_repair,
	       "repairs"),
	F_LIST(struct recovery_category, metals, IN, 50, metal_fields, struct recovery_metal,
	       "what is in it"),
	F_LIST(struct recovery_category, components, IN, 100, component_fields,
	       struct recovery_component, "component tree"),
	F_END};
static const struct field fraction_fields[] = {
	CODE(struct recovery_fraction, code, IN | REQ, "code"),
	EN(struct recovery_fraction),
	ZH(struct recovery_fraction),
	F_BOOL(struct recovery_fraction, hazard, IN | REQ, "kept apart"),
	F_TEXT(struct recovery_fraction, waste_code, IN, 6, 12, "European List of Waste"),
	F_INT(struct recovery_fraction, minor_per_kg, IN, -STEP_MAX, STEP_MAX, "minor",
	      "revenue; negative: a fee"),
	F_END};
static const struct field recovery_fields[] = {
	TITLE(struct recovery),
	CURRENCY(struct recovery),
	SOURCES(struct recovery),
	RATES(struct recovery),
	F_LIST(struct recovery, fractions, IN | REQ, LIST_MAX, fraction_fields,
	       struct recovery_fraction, "fractions"),
	F_LIST(struct recovery, categories, IN | REQ, CATEGORIES_MAX, recovery_category_fields,
	       struct recovery_category, "expected values by category"),
	F_END};

/* --- commission --- */

static const struct field commission_category_fields[] = {
	CODE(struct commission_category, category, IN | REQ, "category code"),
	F_INT(struct commission_category, bp, IN | REQ, 0, 10000, "bp", "share of the agreed price"),
	F_MINOR(struct commission_category, minor, IN | REQ, "for each device"),
	F_END};
static const struct field commission_fields[] = {
	TITLE(struct commission),
	CURRENCY(struct commission),
	SOURCES(struct commission),
	F_INT(struct commission, bp, IN | REQ, 0, 10000, "bp", "share of the agreed price"),
	F_MINOR(struct commission, minor, IN | REQ, "for each device"),
	F_LIST(struct commission, categories, IN, CATEGORIES_MAX, commission_category_fields,
	       struct commission_category, "in place of bp and minor"),
	F_END};

/* --- lookups --- */

#define ITEM(list, T, i) (&((const T *)(list).item)[i])
/* The item whose member equals s. */
#define FIND(list, T, member, s)                                                                    \
	do {                                                                                        \
		for (size_t i = 0; i < (list).count; i++)                                           \
			if (strcmp(ITEM(list, T, i)->member, s) == 0)                               \
				return ITEM(list, T, i);                                            \
		return NULL;                                                                        \
	} while (0)

const struct price_category *price_category_find(const struct price_list *p, const char *category)
{
	FIND(p->categories, struct price_category, category, category);
}

const struct price_question *price_question_find(const struct price_category *c, const char *code)
{
	FIND(c->questions, struct price_question, code, code);
}

const struct price_answer *price_answer_find(const struct price_question *q, const char *code)
{
	FIND(q->answers, struct price_answer, code, code);
}

const struct rubric_test *rubric_test_find(const struct rubric *r, const char *code)
{
	FIND(r->tests, struct rubric_test, code, code);
}

const struct rubric_observation *rubric_observation_find(const struct rubric *r, const char *code)
{
	FIND(r->observations, struct rubric_observation, code, code);
}

const struct recovery_category *recovery_category_find(const struct recovery *r, const char *category)
{
	FIND(r->categories, struct recovery_category, category, category);
}

const struct recovery_fraction *recovery_fraction_find(const struct recovery *r, const char *code)
{
	FIND(r->fractions, struct recovery_fraction, code, code);
}

bool rubric_applies(struct list categories, const char *category)
{
	for (size_t i = 0; i < categories.count; i++)
		if (strcmp(ITEM(categories, struct rubric_category, i)->category, category) == 0)
			return true;
	return categories.count == 0;
}

/* --- arithmetic --- */

/* num / den rounded half-even; den > 0. */
static __int128 divide_half_even(__int128 num, __int128 den)
{
	__int128 q = num / den, rest = num % den;

	if (rest < 0) {
		rest += den;
		q--;
	}
	if (2 * rest > den || (2 * rest == den && q % 2 != 0))
		q++;
	return q;
}

enum err rule_share(struct cx *cx, int64_t amount, int64_t num, int64_t den, int64_t *out)
{
	__int128 q;

	BUG(den <= 0);
	q = divide_half_even((__int128)amount * num, den);
	if (q > JSON_INT_MAX || q < -JSON_INT_MAX)
		return cx_fail(cx, ERR_INVALID, "%lld x %lld / %lld does not fit into an amount",
			       (long long)amount, (long long)num, (long long)den);
	*out = (int64_t)q;
	return ERR_OK;
}

static const struct price_rate *rate_find(struct list rates, const char *currency)
{
	FIND(rates, struct price_rate, currency, currency);
}

enum err rule_convert(struct cx *cx, struct list rates, int64_t amount, const char *from, const char *to,
		      int64_t *out)
{
	const struct price_rate *a, *b;

	if (strcmp(from, to) == 0) {
		*out = amount;
		return ERR_OK;
	}
	a = rate_find(rates, from);
	b = rate_find(rates, to);
	if (!a || !b)
		return cx_fail(
			cx, ERR_CONFLICT,
			"the rule has no exchange rate for %s; publish a version that has one",
			a ? to : from);
	return rule_share(cx, amount, b->per_10000, a->per_10000, out);
}

int64_t price_age_bp(const struct price_category *c, int64_t months)
{
	const struct price_age *a = c->age.item;
	size_t i = 0;

	while (i + 1 < c->age.count && a[i + 1].months <= months)
		i++;
	if (i + 1 == c->age.count || months <= a[i].months)
		return a[i].bp;
	return a[i].bp + (int64_t)divide_half_even((__int128)(a[i + 1].bp - a[i].bp) * (months - a[i].months),
						   a[i + 1].months - a[i].months);
}

int64_t price_storage_bp(const struct price_category *c, int64_t gb)
{
	int64_t bp = 0;

	for (size_t i = 0; i < c->storage.count; i++)
		if (ITEM(c->storage, struct price_storage, i)->gb <= gb)
			bp = ITEM(c->storage, struct price_storage, i)->bp;
	return bp;
}

const struct rule_shape rule_shapes[] = {
	[RULE_PRICE_LIST] = {price_list_fields, sizeof(struct price_list), price_list_check},
	[RULE_RUBRIC] = {rubric_fields, sizeof(struct rubric), rubric_check},
	[RULE_RECOVERY] = {recovery_fields, sizeof(struct recovery), recovery_check},
	[RULE_COMMISSION] = {commission_fields, sizeof(struct commission), commission_check},
};
