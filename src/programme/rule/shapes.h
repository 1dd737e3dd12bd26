/* shapes.h: what the body of each kind of rule holds, as C structs; rule.h includes it.
 *
 * The field tables behind these structs check a rule when it is published (unknown names, missing
 * members and values out of bounds are refused with their path) and read it when it is used. The
 * meaning of each member, and the formulas, are in README.md, section "Shapes".
 *
 * Integers only. A share is in basis points (bp): 10,000 is the whole. Optional integers are
 * FIELD_NONE and optional texts NULL when absent. All is immutable and owned by the struct rule.
 */
#ifndef RELODE_PROGRAMME_RULE_SHAPES_H
#define RELODE_PROGRAMME_RULE_SHAPES_H

#include "kernel/field.h"

/* Where a number comes from: every rule lists its sources and its assumptions. */
struct rule_source {
	const char *what, *source;
};

/* --- price_list --- */
struct price_rate {
	const char *currency;
	int64_t per_10000; /* minor units of it for 10,000 minor units of the list's currency */
};
struct price_age {
	int64_t months, bp;
};
struct price_storage {
	int64_t gb, bp;
};
struct price_answer {
	const char *code, *en, *zh;
	int64_t bp;         /* step on the base, may be negative; FIELD_NONE is 0 */
	int64_t minor;      /* step in the list's currency, may be negative; FIELD_NONE is 0 */
	const char *refuse; /* the device is not taken: the reason in plain words; or NULL */
	const char *refuse_zh; /* the same in Simplified Chinese; NULL when the list has none */
};
struct price_question {
	const char *code, *en, *zh;
	struct list answers; /* struct price_answer; the first holds when none was given: it has no step */
};
struct price_category {
	const char *category;
	int64_t launch_unknown_minor; /* stands for a launch price that the catalogue does not know */
	int64_t age_unknown_months;   /* stands for an age that nobody knows */
	struct list age;              /* struct price_age, months rising from 0 */
	struct list storage;          /* struct price_storage, gb rising; may be empty */
	int64_t battery_bp_per_point; /* step for each percent below 100; FIELD_NONE: battery not asked */
	int64_t battery_unknown_percent;
	struct list questions;        /* struct price_question */
	int64_t floor_minor;          /* a device that is taken gets at least this */
	int64_t bonus_bp, bonus_minor; /* the programme's bonus on top; FIELD_NONE is 0 */
};
struct price_model {
	const char *brand, *name;
	int64_t storage_gb; /* FIELD_NONE: any */
	int64_t base_minor; /* in place of launch price times age curve */
};
struct price_list {
	const char *title, *currency;
	struct list sources;    /* struct rule_source */
	int64_t round_minor;    /* prices are rounded down to a multiple, in the city's currency */
	struct list rates;      /* struct price_rate; the list's own currency is 10,000 */
	struct list categories; /* struct price_category */
	struct list models;     /* struct price_model; may be empty */
};

/* --- rubric --- */
enum test_class { TEST_KEY, TEST_HARDWARE, TEST_OTHER };
struct rubric_category {
	const char *category;
};
struct rubric_test {
	const char *code, *en, *zh;
	int64_t class; /* enum test_class */
	struct list categories; /* struct rubric_category: where it is done; empty: everywhere */
};
struct rubric_level {
	const char *code, *en, *zh;
	int64_t c; /* the cosmetic grade is at most this */
};
struct rubric_observation {
	const char *code, *en, *zh;
	struct list categories; /* as for tests */
	struct list levels;     /* struct rubric_level, worst first */
};
struct rubric_function {
	int64_t f;              /* 1..6 */
	int64_t key_failed, hardware_failed, other_failed; /* at most; FIELD_NONE: any number */
	int64_t key_untested, hardware_untested, other_untested; /* at most; FIELD_NONE: any number */
	int64_t battery_percent; /* at least; FIELD_NONE: any. No battery in the device: holds */
	int64_t refurbished;    /* bool: must have been refurbished; FIELD_NONE: need not */
	int64_t cosmetic;       /* cosmetic grade at least; FIELD_NONE: any */
};
struct rubric_code {
	const char *code;
};
struct rubric_cause {
	const char *answer;
	struct list failed;   /* struct rubric_code: any of these tests failed */
	struct list observed; /* struct rubric_code: any of "observation/level" was seen */
};
struct rubric_answer {
	const char *question; /* of the price list */
	struct list causes;   /* struct rubric_cause, worst first: the first that holds gives the answer */
	const char *otherwise; /* when none holds and all of `needs` passed */
	struct list needs;    /* struct rubric_code: tests; may be empty */
};
struct rubric {
	const char *title;
	struct list sources;
	int64_t cosmetic_best;    /* no observation at all: this grade */
	struct list tests;        /* struct rubric_test */
	struct list observations; /* struct rubric_observation */
	struct list functions;    /* struct rubric_function, best first: the first that holds */
	int64_t function_otherwise;
	struct list answers;      /* struct rubric_answer */
};

/* --- recovery --- */
struct recovery_resale {
	int64_t c_min, f_min;
	int64_t bp;      /* expected sale price as a share of the price list's price for the same facts */
	int64_t sold_bp; /* how likely it sells within the horizon */
};
struct recovery_repair {
	const char *code, *en, *zh;
	int64_t cost_minor;
};
struct recovery_metal {
	const char *material;     /* "Au" */
	int64_t ug;               /* micrograms in one device */
	int64_t recovered_bp;     /* what of it reaches a fraction that is paid for */
	int64_t minor_per_kg;     /* price in the rule's currency */
	const char *source;
};
struct recovery_component {
	const char *code, *en, *zh;
	const char *parent;   /* code of the component that it is in; NULL: of the device */
	const char *fraction; /* where it goes when taken out */
	int64_t share_bp;     /* expected share of the device's mass; FIELD_NONE: unknown */
};
struct recovery_category {
	const char *category;
	int64_t erase_minor, selling_minor, processing_minor; /* expected cost of one device */
	struct list resale;     /* struct recovery_resale, best first: the first that holds; none: recovery */
	struct list repairs;    /* struct recovery_repair */
	struct list metals;     /* struct recovery_metal */
	struct list components; /* struct recovery_component: the component tree */
};
struct recovery_fraction {
	const char *code, *en, *zh;
	int64_t hazard; /* bool: kept apart */
	const char *waste_code; /* European List of Waste (2000/532/EC), e.g. "16 06 05" */
	int64_t minor_per_kg; /* expected revenue, negative: a fee; FIELD_NONE: unknown */
};
struct recovery {
	const char *title, *currency;
	struct list sources;
	struct list rates;      /* struct price_rate */
	struct list fractions;  /* struct recovery_fraction */
	struct list categories; /* struct recovery_category */
};

/* --- commission --- */
struct commission_category {
	const char *category;
	int64_t bp, minor;
};
struct commission {
	const char *title, *currency;
	struct list sources;
	int64_t bp, minor;      /* of the agreed price, and for each device */
	struct list categories; /* struct commission_category: in place of bp and minor */
};

/* Lookups; NULL when absent. */
const struct price_category *price_category_find(const struct price_list *p, const char *category);
const struct price_question *price_question_find(const struct price_category *c, const char *code);
const struct price_answer *price_answer_find(const struct price_question *q, const char *code);
const struct rubric_test *rubric_test_find(const struct rubric *r, const char *code);
const struct rubric_observation *rubric_observation_find(const struct rubric *r, const char *code);
const struct recovery_category *recovery_category_find(const struct recovery *r, const char *category);
const struct recovery_fraction *recovery_fraction_find(const struct recovery *r, const char *code);
/* True when a test or observation with these categories is for this one. */
bool rubric_applies(struct list categories, const char *category);
/* Basis points of the age curve at an age, between its points linearly, rounded half-even. */
int64_t price_age_bp(const struct price_category *c, int64_t months);
/* The step of the largest storage that is not above gb; 0 when there is none. */
int64_t price_storage_bp(const struct price_category *c, int64_t gb);

/* amount x num / den, rounded half-even; den > 0. ERR_INVALID when it does not fit. */
enum err rule_share(struct cx *cx, int64_t amount, int64_t num, int64_t den, int64_t *out) MUST_USE;
/* An amount in one currency of `rates` as one in another. ERR_CONFLICT names a currency that the rule
 * does not have. */
enum err rule_convert(struct cx *cx, struct list rates, int64_t amount, const char *from, const char *to,
		      int64_t *out) MUST_USE;

#endif
