/* inspect.h: what the bench finds, the grade that follows, and what it means for the price.
 *
 * A grade is never typed in: it follows from facts under a version of the rubric (R2's axes, kept apart:
 * cosmetic C0 to C9, functional F1 to F6). The price follows from the same facts under the price list of
 * the promise: equal or better is agreed at once, at the promised price or better; worse is offered, with
 * each difference, its step and its photo. A device that is locked, or on the list of stolen devices, is
 * held and not priced; one that is ours already, held until it is released.
 *
 * An inspection's entry has everything that was found; looking again is another one.
 */
#ifndef RELODE_PROGRAMME_INSPECT_INSPECT_H
#define RELODE_PROGRAMME_INSPECT_INSPECT_H

#include "programme/rule/rule.h"
#include "programme/tradein/tradein.h"

enum test_result { TEST_PASS, TEST_FAIL, TEST_UNTESTED };
extern const char *const test_results[];
enum lock_answer { LOCK_OFF, LOCK_ON, LOCK_UNKNOWN };
extern const char *const lock_answers[];
enum stolen_answer { STOLEN_CLEAR, STOLEN_LISTED, STOLEN_UNKNOWN };
extern const char *const stolen_answers[];

enum { INSPECT_TESTS_MAX = 100, INSPECT_MARKS_MAX = 50, INSPECT_PHOTOS_MAX = 20 };

struct found_test {
	const char *test; /* code of the rubric */
	int64_t result;   /* enum test_result */
};
struct found_mark { /* of the outside */
	const char *part, *severity; /* observation of the rubric, and its level */
};
struct found_medium {
	int64_t medium;      /* one that is recorded; FIELD_NONE: one more was found */
	int64_t kind, capacity_gb;
	int64_t absent;      /* bool: it is not in the device */
};
struct found_photo {
	int64_t evidence;
	const char *about;   /* what it shows: "screen", "screen:cracked"; or NULL */
};
struct inspect_facts {
	struct list tests, marks, media, photos;
	int64_t looked_at;       /* bool: the outside was looked at; absent: yes */
	int64_t battery_percent, storage_gb, mass_mg; /* measured */
	int64_t refurbished;     /* bool */
	int64_t activation_lock, stolen;
	int64_t found_model;     /* another model than declared */
	const char *found_category;
};

struct grade {
	int64_t c, f;
};
/* The grade by a rubric: pure. ERR_INVALID names a test or mark that the rubric does not have for the
 * category, or that is reported twice. */
enum err inspect_grade(struct cx *cx, const struct rubric *rubric, const char *category, bool battery,
		       const struct inspect_facts *facts, struct grade *out) MUST_USE;
/* The answers to the price list's questions that the facts give; the declared one stands where they give
 * none. Text as in struct quote_facts. */
enum err inspect_answers(struct cx *cx, const struct rubric *rubric, const struct price_category *questions,
			 const char *category, const struct inspect_facts *facts, const char *declared,
			 const char **out) MUST_USE;

/* A difference to what was declared, and its effect on the price. All of them add up to the difference
 * between promise and offer. */
struct defect {
	const char *
		code; /* "screen:cracked", "battery", "storage", "other_model", "floor", "rounding" */
	const char *declared; /* the answer that was declared, where there was one */
	int64_t step_minor;   /* below 0: worse */
	struct bytes evidence; /* digest of the photo that shows it, or none */
};
enum { DEFECTS_MAX = QUOTE_STEPS_MAX };
enum err inspect_defects(struct cx *cx, const struct quote *declared, const struct quote *found,
			 bool other_model, struct list *out) MUST_USE;

/* What came of looking: the entry `seq` has the facts. */
struct inspection {
	int64_t city, item, seq;
	int64_t device;
	int64_t grade_c, grade_f;
	int64_t price_minor;  /* for the found facts; FIELD_NONE when it was not priced */
	int64_t inspected_us;
};
extern struct table inspection_table;

/* The photos of a device's condition that its item's newest inspection names, in its order (struct
 * found_photo): pictures about the device alone; no document, and nothing that came with the order. */
struct reader;
enum err inspect_photos(struct cx *cx, struct reader *r, int64_t device, int64_t item,
			struct list *out) MUST_USE;

extern const struct feature inspect_feature;

#endif
