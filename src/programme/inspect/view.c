/* What can be asked about inspections, and the test list that the bench works from. */
#include "programme/inspect/parts.h"
#include "programme/list.h"

#define STAFF \
	(ROLE_CLERK | ROLE_TECHNICIAN | ROLE_DISMANTLER | ROLE_OFFICER | ROLE_ANALYST | \
	 ROLE_AUDITOR | ROLE_ADMIN | ROLE_SYSTEM)

/* --- the test list --- */

struct tests_params {
	const char *category;
};
static const struct field tests_params_fields[] = {
	F_TEXT(struct tests_params, category, IN | REQ, 1, 40, "category"), F_END};
static const char *const class_names[] = {"key", "hardware", "other", NULL};
static const struct field test_fields[] = {
	F_TEXT(struct rubric_test, code, OUT, 1, 64, "code"),
	F_TEXT(struct rubric_test, en, OUT, 1, 500, "English"),
	F_TEXT(struct rubric_test, zh, OUT, 1, 500, "Simplified Chinese"),
	F_ENUM(struct rubric_test, class, OUT, class_names, "how much hangs on it"), F_END};
static const struct field level_fields[] = {
	F_TEXT(struct rubric_level, code, OUT, 1, 64, "code"),
	F_TEXT(struct rubric_level, en, OUT, 1, 500, "English"),
	F_TEXT(struct rubric_level, zh, OUT, 1, 500, "Simplified Chinese"),
	F_INT(struct rubric_level, c, OUT, 1, 9, NULL, "cosmetic grade at most"), F_END};
static const struct field observation_fields[] = {
	F_TEXT(struct rubric_observation, code, OUT, 1, 64, "code"),
	F_TEXT(struct rubric_observation, en, OUT, 1, 500, "English"),
	F_TEXT(struct rubric_observation, zh, OUT, 1, 500, "Simplified Chinese"),
	F_LIST(struct rubric_observation, levels, OUT, 20, level_fields, struct rubric_level,
	       "levels, worst first"),
	F_END};
struct tests_answer {
	struct list tests, observations;
	struct bytes rubric;
};
static const struct field tests_answer_fields[] = {
	F_LIST(struct tests_answer, tests, OUT, 200, test_fields, struct rubric_test,
	       "tests of this category"),
	F_LIST(struct tests_answer, observations, OUT, 200, observation_fields,
	       struct rubric_observation, "what to look for"),
	F_HEX(struct tests_answer, rubric, OUT, 32, "version of the rubric"), F_END};

static enum err tests_run(struct cx *cx, struct reader *r, const void *arg, struct json_writer *w)
{
	const struct tests_params *p = arg;
	const struct rule *rule;

	if (rule_read(cx, r, RULE_RUBRIC, RUBRIC, &rule))
		return cx->err;
	const struct rubric *rubric = rule_rubric(rule);
	const struct rubric_test *t = rubric->tests.item;
	const struct rubric_observation *o = rubric->observations.item;
	struct rubric_test *tests = cx_array(cx, rubric->tests.count, sizeof(*tests));
	struct rubric_observation *marks = cx_array(cx, rubric->observations.count, sizeof(*marks));
	struct tests_answer a = {.rubric = {rule->digest.byte, 32}};

	if (!tests || !marks)
		return cx->err;
	for (size_t i = 0; i < rubric->tests.count; i++)
		if (rubric_applies(t[i].categories, p->category))
			tests[a.tests.count++] = t[i];
	for (size_t i = 0; i < rubric->observations.count; i++)
		if (rubric_applies(o[i].categories, p->category))
			marks[a.observations.count++] = o[i];
	a.tests.item = tests;
	a.observations.item = marks;
	field_write(w, tests_answer_fields, OUT, &a);
	return ERR_OK;
}

/* --- inspections of an item --- */

struct inspections_params {
	int64_t item;
	int64_t limit;
	const char *after;
};
static const struct field inspections_params_fields[] = {
	F_ID(struct inspections_params, item, IN | REQ | PATH, "the item"),
	PAGE_FIELDS(struct inspections_params), F_END};

static void add_facts(struct cx *cx, struct json_writer *w, const void *row)
{
	const struct inspection *x = row;
	struct json *v;

	if (json_parse(cx, x->facts, strlen(x->facts), &json_limits_request, &v))
		return; /* list_rows sees cx->err */
	jw_name(w, "facts");
	jw_array(w); /* a list of one */
	jw_value(w, v);
	jw_array_end(w);
}

static enum err inspections_run(struct cx *cx, struct reader *r, const void *arg, struct json_writer *w)
{
	const struct inspections_params *p = arg;
	const struct item_index key = {.city = r->city, .item = p->item};
	db_auto_rows *rows = NULL;
	const void *index;
	int64_t after;
	char *sql;

	if (reader_find(cx, r, &item_index_table, &key, &index))
		return cx->err;
	if (!index)
		return cx_fail(cx, ERR_NOT_FOUND, "there is no item %lld in city %lld", (long long)p->item,
			       (long long)r->city);
	if (order_read_check(cx, r, ((const struct item_index *)index)->order) ||
	    page_after(cx, p->after, &after))
		return cx->err;
	sql = cx_printf(
		cx,
		"SELECT %s FROM inspection WHERE city = $1 AND item = $2 AND seq > $3 ORDER BY seq LIMIT $4",
		reader_columns(cx, &inspection_table));
	if (!sql || db_query(cx, r->db, &rows, sql,
			     DB_ARGS(db_i64(r->city), db_i64(p->item), db_i64(after),
				     db_i64(list_ask(p->limit)))))
		return cx->err;
	return list_rows(cx, w, &inspection_table, "seq", rows, p->limit, add_facts);
}

const struct view inspect_views[] = {
	{.name = "inspect.tests",
	 .path = "/v1/cities/{city}/tests",
	 .roles = STAFF | ROLE_OWNER | ROLE_PUBLIC,
	 .params = tests_params_fields,
	 .params_size = sizeof(struct tests_params),
	 .fields = tests_answer_fields,
	 .run = tests_run,
	 .doc = "What the bench tests and looks for, by category."},
	{.name = "inspect.list",
	 .path = "/v1/cities/{city}/items/{item}/inspections",
	 .roles = STAFF | ROLE_OWNER,
	 .params = inspections_params_fields,
	 .params_size = sizeof(struct inspections_params),
	 .fields = inspection_answer_fields,
	 .list = true,
	 .run = inspections_run,
	 .doc = "An item's inspections with everything that was found, oldest first."},
	{.name = NULL}};
