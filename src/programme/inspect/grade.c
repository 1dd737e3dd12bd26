/* The rules: facts to grade, facts to answers, two prices to their differences. No state, no clock. */
#include "programme/inspect/inspect.h"

const char *const test_results[] = {"pass", "fail", "untested", NULL};
const char *const lock_answers[] = {"off", "on", "unknown", NULL};
const char *const stolen_answers[] = {"clear", "listed", "unknown", NULL};

enum { CLASSES = 3 };

/* What was reported of a test; TEST_UNTESTED when nothing was. */
static enum test_result result_of(const struct inspect_facts *facts, const char *test)
{
	const struct found_test *t = facts->tests.item;

	for (size_t i = 0; i < facts->tests.count; i++)
		if (strcmp(t[i].test, test) == 0)
			return (enum test_result)t[i].result;
	return TEST_UNTESTED;
}

static enum err check_tests(struct cx *cx, const struct rubric *rubric, const char *category,
			    const struct inspect_facts *facts)
{
	const struct found_test *t = facts->tests.item;

	for (size_t i = 0; i < facts->tests.count; i++) {
		const struct rubric_test *known = rubric_test_find(rubric, t[i].test);
		if (!known || !rubric_applies(known->categories, category))
			return cx_fail(cx, ERR_INVALID,
				       "tests[%zu].test: the rubric has no test \"%.60s\" for a %s",
				       i, t[i].test, category);
		for (size_t k = 0; k < i; k++)
			if (strcmp(t[k].test, t[i].test) == 0)
				return cx_fail(cx, ERR_INVALID,
					       "tests[%zu].test: \"%s\" is reported twice", i,
					       t[i].test);
	}
	return ERR_OK;
}

static const struct rubric_level *level_find(const struct rubric_observation *o, const char *code)
{
	const struct rubric_level *l = o->levels.item;

	for (size_t i = 0; i < o->levels.count; i++)
		if (strcmp(l[i].code, code) == 0)
			return &l[i];
	return NULL;
}

static enum err cosmetic_grade(struct cx *cx, const struct rubric *rubric, const char *category,
			       const struct inspect_facts *facts, int64_t *c)
{
	const struct found_mark *m = facts->marks.item;

	*c = rubric->cosmetic_best;
	for (size_t i = 0; i < facts->marks.count; i++) {
		const struct rubric_observation *o = rubric_observation_find(rubric, m[i].part);
		const struct rubric_level *l;
		if (!o || !rubric_applies(o->categories, category))
			return cx_fail(cx, ERR_INVALID,
				       "marks[%zu].part: the rubric looks at no \"%.60s\" of a %s",
				       i, m[i].part, category);
		l = level_find(o, m[i].severity);
		if (!l)
			return cx_fail(cx, ERR_INVALID,
				       "marks[%zu].severity: the rubric has no \"%.60s\" for %s", i,
				       m[i].severity, m[i].part);
		if (l->c < *c)
			*c = l->c;
	}
	if (field_or(facts->looked_at, 1) == 0) {
		if (facts->marks.count)
			return cx_fail(cx, ERR_INVALID, "marks: there are some, though nobody looked");
		*c = 0;
	}
	return ERR_OK;
}

struct counts {
	int64_t failed[CLASSES], untested[CLASSES];
};

static bool at_most(int64_t count, int64_t limit)
{
	return limit == FIELD_NONE || count <= limit;
}

static bool function_holds(const struct rubric_function *f, const struct counts *n, bool battery,
			   const struct inspect_facts *facts, int64_t c)
{
	if (!at_most(n->failed[TEST_KEY], f->key_failed) ||
	    !at_most(n->failed[TEST_HARDWARE], f->hardware_failed) ||
	    !at_most(n->failed[TEST_OTHER], f->other_failed) ||
	    !at_most(n->untested[TEST_KEY], f->key_untested) ||
	    !at_most(n->untested[TEST_HARDWARE], f->hardware_untested) ||
	    !at_most(n->untested[TEST_OTHER], f->other_untested))
		return false;
	if (f->battery_percent != FIELD_NONE && battery &&
	    (facts->battery_percent == FIELD_NONE || facts->battery_percent < f->battery_percent))
		return false;
	if (field_or(f->refurbished, 0) == 1 && field_or(facts->refurbished, 0) != 1)
		return false;
	return f->cosmetic == FIELD_NONE || c >= f->cosmetic;
}

static int64_t functional_grade(const struct rubric *rubric, const char *category, bool battery,
				const struct inspect_facts *facts, int64_t c)
{
	const struct rubric_test *t = rubric->tests.item;
	const struct rubric_function *f = rubric->functions.item;
	struct counts n = {0};

	for (size_t i = 0; i < rubric->tests.count; i++) {
		if (!rubric_applies(t[i].categories, category))
			continue;
		enum test_result result = result_of(facts, t[i].code);
		n.failed[t[i].class] += result == TEST_FAIL;
		n.untested[t[i].class] += result == TEST_UNTESTED;
	}
	for (size_t i = 0; i < rubric->functions.count; i++)
		if (function_holds(&f[i], &n, battery, facts, c))
			return f[i].f;
	return rubric->function_otherwise;
}

enum err inspect_grade(struct cx *cx, const struct rubric *rubric, const char *category, bool battery,
		       const struct inspect_facts *facts, struct grade *out)
{
	int64_t c;

	if (check_tests(cx, rubric, category, facts) || cosmetic_grade(cx, rubric, category, facts, &c))
		return cx->err;
	*out = (struct grade){c, functional_grade(rubric, category, battery, facts, c)};
	return ERR_OK;
}

/* --- what the facts say to the price list's questions --- */

/* "observation/level" */
static bool was_seen(const struct inspect_facts *facts, const char *code)
{
	const struct found_mark *m = facts->marks.item;

	for (size_t i = 0; i < facts->marks.count; i++) {
		size_t n = strlen(m[i].part);
		if (strncmp(code, m[i].part, n) == 0 && code[n] == '/' &&
		    strcmp(code + n + 1, m[i].severity) == 0)
			return true;
	}
	return false;
}

static bool cause_holds(const struct rubric_cause *cause, const struct inspect_facts *facts)
{
	const struct rubric_code *failed = cause->failed.item, *observed = cause->observed.item;

	for (size_t i = 0; i < cause->failed.count; i++)
		if (result_of(facts, failed[i].code) == TEST_FAIL)
			return true;
	for (size_t i = 0; i < cause->observed.count; i++)
		if (was_seen(facts, observed[i].code))
			return true;
	return false;
}

static bool needs_passed(const struct rubric *rubric, const struct rubric_answer *a, const char *category,
			 const struct inspect_facts *facts)
{
	const struct rubric_code *needs = a->needs.item;

	for (size_t i = 0; i < a->needs.count; i++) {
		const struct rubric_test *t = rubric_test_find(rubric, needs[i].code);
		if (t && rubric_applies(t->categories, category) && result_of(facts, t->code) != TEST_PASS)
			return false;
	}
	return true;
}

/* Some of its causes can only be seen: without a look their absence says nothing. */
static bool needs_looking(const struct rubric_answer *a)
{
	const struct rubric_cause *cause = a->causes.item;

	for (size_t i = 0; i < a->causes.count; i++)
		if (cause[i].observed.count)
			return true;
	return false;
}

/* The answer that the facts give to a question, or NULL. */
static const char *found_answer(const struct rubric *rubric, const char *question, const char *category,
				const struct inspect_facts *facts)
{
	const struct rubric_answer *a = rubric->answers.item;

	for (size_t i = 0; i < rubric->answers.count; i++) {
		const struct rubric_cause *cause = a[i].causes.item;
		if (strcmp(a[i].question, question) != 0)
			continue;
		for (size_t k = 0; k < a[i].causes.count; k++)
			if (cause_holds(&cause[k], facts))
				return cause[k].answer;
		if (field_or(facts->looked_at, 1) == 0 && needs_looking(&a[i]))
			return NULL; /* what was declared stands */
		return needs_passed(rubric, &a[i], category, facts) ? a[i].otherwise : NULL;
	}
	return NULL;
}

/* The declared answer to a question within "question:answer,…": a part of the text, or NULL. */
static const char *declared_answer(const char *declared, const char *question, size_t *n)
{
	size_t len = strlen(question);

	for (const char *p = declared; p && *p; p += strcspn(p, ","), p += *p == ',') {
		if (strncmp(p, question, len) == 0 && p[len] == ':') {
			*n = strcspn(p + len + 1, ",");
			return p + len + 1;
		}
	}
	return NULL;
}

enum err inspect_answers(struct cx *cx, const struct rubric *rubric, const struct price_category *questions,
			 const char *category, const struct inspect_facts *facts, const char *declared,
			 const char **out)
{
	const struct price_question *q = questions->questions.item;
	struct sb sb;

	sb_init(&sb, cx, QUOTE_ANSWERS_MAX);
	for (size_t i = 0; i < questions->questions.count; i++) {
		const char *found = found_answer(rubric, q[i].code, category, facts);
		size_t n = found ? strlen(found) : 0;
		if (!found)
			found = declared_answer(declared, q[i].code, &n);
		if (!found)
			continue; /* neither declared nor found: the list's first */
		sb_printf(&sb, "%s%s:", sb.len ? "," : "", q[i].code);
		sb_add(&sb, found, n);
	}
	if (sb_end(&sb))
		return cx->err;
	*out = sb.data;
	return ERR_OK;
}

/* --- differences --- */

/* "screen:cracked" and "screen:fine" are about the same. */
static bool same_subject(const char *a, const char *b)
{
	size_t n = strcspn(a, ":");

	return n == strcspn(b, ":") && strncmp(a, b, n) == 0;
}

static const struct quote_step *step_about(const struct quote *q, const char *answer)
{
	const struct quote_step *s = q->steps.item;

	for (size_t i = 0; i < q->steps.count; i++)
		if (same_subject(s[i].answer, answer))
			return &s[i];
	return NULL;
}

static const char *answer_part(const char *step)
{
	const char *colon = step ? strchr(step, ':') : NULL;

	return colon ? colon + 1 : NULL;
}

enum err inspect_defects(struct cx *cx, const struct quote *declared, const struct quote *found,
			 bool other_model, struct list *out)
{
	const struct quote_step *was = declared->steps.item, *is = found->steps.item;
	struct defect *d = cx_array(cx, declared->steps.count + found->steps.count + 1, sizeof(*d));
	size_t n = 0;

	if (!d)
		return cx->err;
	if (found->refuse) {
		d[n++] = (struct defect){.code = found->refused_by, .step_minor = -declared->price_minor};
		*out = (struct list){d, n};
		return ERR_OK;
	}
	if (found->base_minor != declared->base_minor)
		d[n++] = (struct defect){.code = other_model ? "other_model" : "base",
					 .step_minor = found->base_minor - declared->base_minor};
	for (size_t i = 0; i < found->steps.count; i++) {
		const struct quote_step *before = step_about(declared, is[i].answer);
		int64_t step = is[i].effect_minor - (before ? before->effect_minor : 0);
		if (step)
			d[n++] = (struct defect){.code = is[i].answer, .step_minor = step,
						 .declared = before ? answer_part(before->answer) : NULL};
	}
	for (size_t i = 0; i < declared->steps.count; i++) {
		char *subject;
		if (step_about(found, was[i].answer) || !was[i].effect_minor)
			continue;
		subject = cx_strndup(cx, was[i].answer,
				     strcspn(was[i].answer, ":")); /* better than declared */
		if (!subject)
			return cx->err;
		d[n++] = (struct defect){.code = subject, .step_minor = -was[i].effect_minor,
					 .declared = answer_part(was[i].answer)};
	}
	*out = (struct list){d, n};
	return ERR_OK;
}
