/* What can be asked about inspections, and the test list that the bench works from. */
#include "kernel/journal.h"
#include "programme/evidence/evidence.h"
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

/* The row, and what its entry has besides. */
struct inspection_answer {
	int64_t city, item, seq, device, grade_c, grade_f, price_minor, inspected_us;
	struct bytes rubric;
	int64_t inspector;
	struct list facts, defects; /* struct shown_defect */
	int64_t offered_minor, offer_until_us, agreed_minor;
};
struct shown_defect {
	const char *code, *declared;
	int64_t step_minor, photo;
};
static const struct field shown_defect_fields[] = {
	F_TEXT(struct shown_defect, code, OUT, 1, 130, "what differs from what was declared"),
	F_TEXT(struct shown_defect, declared, OUT, 1, 64, "what was declared"),
	F_INT(struct shown_defect, step_minor, OUT, -JSON_INT_MAX, JSON_INT_MAX, "minor",
	      "its step in the price: promise and steps add up to the offer"),
	F_ID(struct shown_defect, photo, OUT, "the evidence that shows it"),
	F_END};
static const struct field inspection_answer_fields[] = {
	F_ID(struct inspection_answer, city, OUT, "city"),
	F_INT(struct inspection_answer, seq, OUT, 0, JSON_INT_MAX, NULL, "entry that recorded it"),
	F_ID(struct inspection_answer, item, OUT, "the item"),
	F_ID(struct inspection_answer, device, OUT, "the device"),
	F_INT(struct inspection_answer, grade_c, OUT, 0, 9, NULL, "cosmetic grade C0 to C9"),
	F_INT(struct inspection_answer, grade_f, OUT, 1, 6, NULL, "functional grade F1 to F6"),
	F_MINOR(struct inspection_answer, price_minor, OUT, "price for what was found"),
	F_HEX(struct inspection_answer, rubric, OUT, 32, "version of the rubric"),
	F_ID(struct inspection_answer, inspector, OUT, "user who inspected"),
	F_US(struct inspection_answer, inspected_us, OUT, "recorded at"),
	F_LIST(struct inspection_answer, facts, OUT, 1, inspect_facts_fields, struct inspect_facts,
	       "what was found"),
	F_LIST(struct inspection_answer, defects, OUT, DEFECTS_MAX, shown_defect_fields, struct shown_defect,
	       "why the offer is lower, item by item"),
	F_MINOR(struct inspection_answer, offered_minor, OUT, "revised offer"),
	F_US(struct inspection_answer, offer_until_us, OUT, "the owner's answer was awaited until"),
	F_MINOR(struct inspection_answer, agreed_minor, OUT, "agreed at once, at this price"),
	F_END};

/* Which of the photos has this digest; FIELD_NONE: none. */
static enum err photo_of(struct cx *cx, const struct reader *r, const struct inspect_record *rec,
			 struct bytes digest, int64_t *out)
{
	const struct found_photo *p = rec->found.photos.item;
	const void *row;

	*out = FIELD_NONE;
	for (size_t i = 0; digest.p && i < rec->found.photos.count; i++) {
		const struct evidence key = {.city = r->city, .evidence = p[i].evidence}, *e;
		if (reader_find(cx, r, &evidence_table, &key, &row))
			return cx->err;
		e = row;
		if (e && e->digest.n == digest.n && memcmp(e->digest.p, digest.p, digest.n) == 0) {
			*out = e->evidence;
			return ERR_OK;
		}
	}
	return ERR_OK;
}

static enum err show_defects(struct cx *cx, const struct reader *r, const struct inspect_record *rec,
			     struct list *out)
{
	const struct defect *d = rec->defects.item;
	struct shown_defect *s = cx_array(cx, rec->defects.count, sizeof(*s));

	for (size_t i = 0; s && i < rec->defects.count; i++) {
		s[i] = (struct shown_defect){d[i].code, d[i].declared, d[i].step_minor, FIELD_NONE};
		if (photo_of(cx, r, rec, d[i].evidence, &s[i].photo))
			return cx->err;
	}
	*out = (struct list){s, rec->defects.count};
	return s ? ERR_OK : cx->err;
}

static enum err write_inspection(struct cx *cx, const struct reader *r, const struct db_rows *rows,
				 int64_t *seq, struct json_writer *w)
{
	struct inspection_answer a;
	const struct ref_use *ref;
	struct inspect_record *rec;
	struct inspection row;
	struct entry e;

	if (field_row(cx, inspection_table.fields, rows, &row) ||
	    entry_read(cx, r->db, r->domain, r->city, row.seq, &e))
		return cx->err;
	rec = e.rec;
	a = (struct inspection_answer){row.city, row.item, row.seq, row.device,
				       row.grade_c, row.grade_f, row.price_minor, row.inspected_us,
				       .inspector = e.actor, .facts = {&rec->found, 1},
				       .offered_minor = rec->offered_minor,
				       .offer_until_us = rec->offer_until_us,
				       .agreed_minor = rec->agreed_minor};
	if (show_defects(cx, r, rec, &a.defects))
		return cx->err;
	ref = e.refs.item;
	for (size_t i = 0; i < e.refs.count; i++)
		if (strncmp(ref[i].name, "rubric/", 7) == 0)
			a.rubric = ref[i].digest;
	jw_object(w);
	field_write(w, inspection_answer_fields, OUT, &a);
	jw_object_end(w);
	*seq = row.seq;
	return ERR_OK;
}

static enum err write_inspections(struct cx *cx, const struct reader *r, struct db_rows *rows, int64_t page,
				  struct json_writer *w)
{
	int64_t count = 0, last = 0;

	jw_name(w, "items");
	jw_array(w);
	for (; count < page && db_next(cx, rows); count++) {
		if (write_inspection(cx, r, rows, &last, w))
			return cx->err;
	}
	return list_end(cx, w, rows, count, page, last);
}

static enum err inspections_run(struct cx *cx, struct reader *r, const void *arg, struct json_writer *w)
{
	const struct inspections_params *p = arg;
	const struct item *item;
	db_auto_rows *rows = NULL;
	int64_t after;
	char *sql;

	if (item_read_check(cx, r, p->item, &item) || page_after(cx, p->after, &after))
		return cx->err;
	sql = cx_printf(
		cx,
		"SELECT %s FROM inspection WHERE city = $1 AND item = $2 AND seq > $3 ORDER BY seq LIMIT $4",
		reader_columns(&inspection_table));
	if (!sql || db_query(cx, r->db, &rows, sql,
			     DB_ARGS(db_i64(r->city), db_i64(p->item), db_i64(after),
				     db_i64(list_ask(p->limit)))))
		return cx->err;
	return write_inspections(cx, r, rows, list_ask(p->limit) - 1, w);
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
	{.name = "inspect.preview",
	 .path = "/v1/cities/{city}/items/{item}/preview",
	 .roles = ROLE_CLERK | ROLE_TECHNICIAN | ROLE_ADMIN,
	 .params = inspect_preview_params,
	 .params_size = sizeof(struct inspect_preview),
	 .fields = inspect_preview_shown,
	 .run = inspect_preview_run,
	 .doc = "Grade and price for facts, as an inspection would find them; nothing is recorded."},
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
