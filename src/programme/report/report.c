/* Runs the queries of the declared sections, and of the exceptions, and keeps what they give. */
#include "programme/city/city.h"
#include "programme/exceptions/exceptions.h"
#include "programme/report/audit_note.h"
#include "programme/report/parts.h"

#include <math.h>

struct running {
	struct reader *r;
	struct scope scope;
	struct report *out;
};

void wilson(int64_t count, int64_t of, int64_t *share_bp, int64_t *low_bp, int64_t *high_bp)
{
	const double z = 1.959964, n = (double)of, p = (double)count / n;
	const double middle = p + z * z / (2 * n), below = 1 + z * z / n;
	const double spread = z * sqrt(p * (1 - p) / n + z * z / (4 * n * n));

	*share_bp = (count * 20000 + of) / (2 * of); /* half up, exactly */
	*low_bp = (int64_t)floor((middle - spread) / below * 10000 + 0.5);
	*high_bp = (int64_t)floor((middle + spread) / below * 10000 + 0.5);
}

/* --- rows --- */

static bool is_text(enum report_unit unit)
{
	return unit == REPORT_WORD || unit == REPORT_TEXT;
}

static enum err read_row(struct cx *cx, const struct section_spec *spec, const struct db_rows *rows,
			 struct report_row *out)
{
	int i;

	for (i = 0; i < spec->queried; i++) {
		struct report_cell *cell = &out->cell[i];

		cell->number = FIELD_NONE;
		if (db_is_null(rows, i))
			continue;
		if (!is_text(spec->column[i].unit)) {
			cell->number = db_get_i64(rows, i);
			continue;
		}
		cell->text = cx_strdup(cx, db_get_text(rows, i));
		if (!cell->text)
			return cx->err;
	}
	for (; i < REPORT_COLUMNS_MAX; i++)
		out->cell[i].number = FIELD_NONE;
	if (spec->derive)
		spec->derive(out);
	return ERR_OK;
}

static enum err grow_rows(struct cx *cx, struct report_section *s, size_t *size)
{
	size_t more = *size ? *size * 2 : 16;
	struct report_row *row;

	if (s->rows < *size)
		return ERR_OK;
	if (s->rows >= REPORT_ROWS_MAX)
		return cx_fail(cx, ERR_TOO_LARGE, "section %s of the report has more than %d rows", s->id,
			REPORT_ROWS_MAX);
	row = cx_array(cx, more, sizeof(*row));
	if (!row)
		return cx->err;
	if (s->rows)
		memcpy(row, s->row, s->rows * sizeof(*row));
	s->row = row;
	*size = more;
	return ERR_OK;
}

/* shown: the query over the books, which gives the same. */
static enum err run_query(struct cx *cx, struct running *run, const struct section_spec *spec,
			  const char *sql, const char *shown, struct report_section *s, size_t *size)
{
	db_auto_rows *rows = NULL;

	if (db_query(cx, run->r->db, &rows, sql, DB_NONE))
		return cx_prefix(cx, "report, section %s: ", spec->id);
	while (db_next(cx, rows)) {
		if (grow_rows(cx, s, size) || read_row(cx, spec, rows, &s->row[s->rows]))
			return cx->err;
		s->row[s->rows++].query = shown;
	}
	return cx->err;
}

/* --- sorting --- */

static int compare_cell(const struct report_cell *a, const struct report_cell *b)
{
	if (a->text || b->text)
		return strcmp(a->text ? a->text : "", b->text ? b->text : "");
	return a->number < b->number ? -1 : a->number > b->number;
}

static int compare_rows(const struct section_spec *spec, const struct report_row *a,
			const struct report_row *b)
{
	const struct report_cell *x = &a->cell[spec->sort_column], *y = &b->cell[spec->sort_column];
	int i, order = 0;

	if (spec->sort == REPORT_SORT_TEXT)
		return compare_cell(x, y);
	if (spec->sort == REPORT_SORT_DOWN)
		order = compare_cell(y, x);
	for (i = 0; order == 0 && i < spec->queried; i++)
		order = compare_cell(&a->cell[i], &b->cell[i]);
	return order;
}

/* Insertion keeps what is equal in its order; sections that are sorted are short. */
static void sort_rows(const struct section_spec *spec, struct report_section *s)
{
	size_t i, k;

	if (spec->sort == REPORT_SORT_NONE)
		return;
	for (i = 1; i < s->rows; i++) {
		const struct report_row row = s->row[i];

		for (k = i; k > 0 && compare_rows(spec, &s->row[k - 1], &row) > 0; k--)
			s->row[k] = s->row[k - 1];
		s->row[k] = row;
	}
}

/* --- sections --- */

static void head_of(const struct section_spec *spec, struct report_section *s)
{
	*s = (struct report_section){.id = spec->id, .en = spec->en, .zh = spec->zh, .note_en = spec->note_en,
		.note_zh = spec->note_zh, .column = spec->column, .queried = spec->queried,
		.chart = spec->chart};
	while (s->columns < REPORT_COLUMNS_MAX && spec->column[s->columns].id)
		s->columns++;
}

static enum err run_section(struct cx *cx, struct running *run, const struct section_spec *spec,
			    struct report_section *s)
{
	size_t size = 0, i;

	head_of(spec, s);
	for (i = 0; i < REPORT_QUERIES_MAX && spec->query[i]; i++) {
		char *sql = scope_query(cx, &run->scope, spec->query[i], true);
		char *shown = scope_query(cx, &run->scope, spec->query[i], false);

		if (!sql || !shown || run_query(cx, run, spec, sql, shown, s, &size))
			return cx->err;
	}
	sort_rows(spec, s);
	return ERR_OK;
}

/* What is stuck: one query a rule and city, which the exceptions feature gives. */
static const struct section_spec exceptions_section = {
	.id = "exceptions", .en = "Exceptions", .zh = "异常",
	.note_en = "What is stuck at the report's time, whenever it was taken in; see the view "
		   "exceptions.list.",
	.note_zh = "截至报告时间的滞留事项，不限收取时间；参见 exceptions.list。",
	.column = {{"kind", REPORT_WORD}, {"city", REPORT_ID}, {"count", REPORT_COUNT},
		   {"oldest_us", REPORT_TIME}},
	.queried = 4, .chart = 2};

static enum err run_rule(struct cx *cx, struct running *run, const struct exception_rule *rule, int64_t city,
			 struct report_section *s, size_t *size)
{
	char *inner = exceptions_query(cx, rule, city, run->scope.now_us);
	char *sql = inner ? cx_printf(cx, "WITH e(id, since_us, site, merchant, detail) AS (%s) SELECT '%s', "
		"%lld, COUNT(*), MIN(e.since_us) FROM e", inner, rule->code, (long long)city) : NULL;

	if (!sql || run_query(cx, run, &exceptions_section, sql, sql, s, size))
		return cx->err;
	if (s->rows > 0 && s->row[s->rows - 1].cell[2].number == 0)
		s->rows--;
	return ERR_OK;
}

static enum err run_exceptions(struct cx *cx, struct running *run, struct report_section *s)
{
	const struct exception_rule *rule;
	size_t size = 0, i;

	head_of(&exceptions_section, s);
	for (rule = exception_rules; rule->code; rule++) {
		for (i = 0; i < run->scope.cities; i++) {
			if (run_rule(cx, run, rule, run->scope.range[i].city, s, &size))
				return cx->err;
		}
	}
	return ERR_OK;
}

/* The newest names of the catalogue's categories. */
static enum err read_categories(struct cx *cx, struct running *run)
{
	static const char sql[] =
		"SELECT code, name_en, name_zh FROM category WHERE city = 0 ORDER BY seq DESC, n LIMIT 1000";
	struct report_name *name = cx_array(cx, 1000, sizeof(*name));
	db_auto_rows *rows = NULL;
	size_t n = 0;

	if (!name || db_query(cx, run->r->db, &rows, sql, DB_NONE))
		return cx->err;
	while (n < 1000 && db_next(cx, rows)) {
		name[n].code = cx_strdup(cx, db_get_text(rows, 0));
		name[n].en = cx_strdup(cx, db_get_text(rows, 1));
		name[n].zh = cx_strdup(cx, db_get_text(rows, 2));
		if (!name[n].code || !name[n].en || !name[n].zh)
			return cx->err;
		n++;
	}
	run->out->category = name;
	run->out->categories = n;
	return cx->err;
}

static enum err read_name(struct cx *cx, struct running *run)
{
	const struct city key = {.city = run->scope.city};
	const void *row;

	if (run->scope.city == REPORT_ALL)
		return ERR_OK;
	if (reader_find(cx, run->r, &city_table, &key, &row))
		return cx->err;
	run->out->name = row ? ((const struct city *)row)->name : NULL;
	return ERR_OK;
}

/* Whether the first id of a list with commas between is this one. */
static bool begins_with(const char *list, const char *id)
{
	size_t len = strcspn(list, ",");

	return strlen(id) == len && memcmp(list, id, len) == 0;
}

static const char *behind_first(const char *list)
{
	list += strcspn(list, ",");
	return list + (*list == ',');
}

/* Whether `id` is one of the ids in `only`. */
static bool wanted(const char *only, const char *id)
{
	bool found = !only;

	for (; !found && *only; only = behind_first(only))
		found = begins_with(only, id);
	return found;
}

static enum err check_only(struct cx *cx, const char *only)
{
	for (; only && *only; only = behind_first(only)) {
		size_t len = strcspn(only, ",");
		bool known = begins_with(only, exceptions_section.id);
		for (size_t i = 0; report_sections[i].id && !known; i++)
			known = begins_with(only, report_sections[i].id);
		if (!known)
			return cx_fail(cx, ERR_INVALID, "only: the report has no section \"%.*s\"",
				       len < 40 ? (int)len : 40, only);
	}
	return ERR_OK;
}

static unsigned cubes_of(const char *only)
{
	unsigned found = 0;

	for (size_t i = 0; report_sections[i].id; i++) {
		for (size_t n = 0; wanted(only, report_sections[i].id) && n < REPORT_QUERIES_MAX &&
				   report_sections[i].query[n]; n++)
			found |= scope_cubes(report_sections[i].query[n]);
	}
	return found;
}

/* The period, and what of it is known without its queries. */
static enum err set_scope(struct cx *cx, struct running *run, int64_t city, int64_t from_us, int64_t to_us,
			  const char *only)
{
	struct scope *s = &run->scope;
	unsigned cubes = cubes_of(only);
	struct gathered *g;

	if (columns_gather(cx, run->r, city, from_us, to_us, cubes, &g) ||
	    scope_init(cx, run->r, city, from_us, to_us, s) || columns_known(cx, g, s))
		return cx->err;
	for (int i = 0; i < CUBES; i++)
		run->out->columns |= s->known[i] != NULL;
	if (cubes >> CUBE_MOVED & 1 && !s->known[CUBE_MOVED])
		return scope_sum_moved(cx, run->r, s);
	return ERR_OK;
}

enum err report_run(struct cx *cx, struct reader *r, int64_t city, int64_t from_us, int64_t to_us,
		    const char *only, struct report **out)
{
	struct running *run = CX_NEW(cx, struct running);
	struct report *report = CX_NEW(cx, struct report);
	size_t n = 0, i;

	if (!run || !report)
		return cx->err;
	*report = (struct report){.columns = false};
	*run = (struct running){.r = r, .out = report};
	if (check_only(cx, only) || set_scope(cx, run, city, from_us, to_us, only))
		return cx->err;
	while (report_sections[n].id)
		n++;
	report->city = city;
	report->from_us = from_us;
	report->to_us = to_us;
	report->now_us = run->scope.now_us;
	report->section = cx_array(cx, n + 1, sizeof(*report->section));
	if (!report->section || read_name(cx, run) || read_categories(cx, run))
		return cx->err;
	for (i = 0; i < n; i++) {
		if (wanted(only, report_sections[i].id) &&
		    run_section(cx, run, &report_sections[i], &report->section[report->sections++]))
			return cx->err;
	}
	if (wanted(only, exceptions_section.id) &&
	    run_exceptions(cx, run, &report->section[report->sections++]))
		return cx->err;
	*out = report;
	return ERR_OK;
}

const struct report_section *report_section(const struct report *r, const char *id)
{
	size_t i;

	for (i = 0; i < r->sections; i++) {
		if (strcmp(r->section[i].id, id) == 0)
			return &r->section[i];
	}
	return NULL;
}

int64_t report_figure(const struct report *r, const char *id)
{
	const struct report_section *s = report_section(r, "figures");
	size_t i;

	for (i = 0; s && i < s->rows; i++) {
		if (strcmp(s->row[i].cell[0].text, id) == 0)
			return s->row[i].cell[1].number;
	}
	return FIELD_NONE;
}

/* --- as JSON --- */

static void write_cell(const struct report_section *s, const struct report_row *row, int i,
		       struct json_writer *w)
{
	const struct report_cell *cell = &row->cell[i];

	if (is_text(s->column[i].unit))
		jw_text(w, cell->text);
	else if (cell->number == FIELD_NONE)
		jw_null(w);
	else
		jw_int(w, cell->number);
}

static void write_section(const struct report_section *s, enum report_lang lang, struct json_writer *w)
{
	size_t k;
	int i;

	jw_object(w);
	jw_text_at(w, "id", s->id);
	jw_text_at(w, "title", lang == REPORT_ZH ? s->zh : s->en);
	jw_text_at(w, "note", lang == REPORT_ZH ? s->note_zh : s->note_en);
	jw_name(w, "rows");
	jw_array(w);
	for (k = 0; k < s->rows; k++) {
		jw_object(w);
		for (i = 0; i < s->columns; i++) {
			jw_name(w, s->column[i].id);
			write_cell(s, &s->row[k], i, w);
		}
		jw_text_at(w, "query", s->row[k].query);
		jw_object_end(w);
	}
	jw_array_end(w);
	jw_object_end(w);
}

void report_json(const struct report *r, enum report_lang lang, struct json_writer *w)
{
	const struct report_section *figures = report_section(r, "figures");
	size_t i;

	if (r->city == REPORT_ALL)
		jw_text_at(w, "city", "all");
	else
		jw_int_at(w, "city", r->city);
	for (i = 0; figures && i < figures->rows; i++) {
		jw_name(w, figures->row[i].cell[0].text);
		jw_int(w, figures->row[i].cell[1].number);
	}
	jw_int_at(w, "from_us", r->from_us);
	jw_int_at(w, "now_us", r->now_us);
	jw_name(w, "sections");
	jw_array(w);
	for (i = 0; i < r->sections; i++)
		write_section(&r->section[i], lang, w);
	jw_array_end(w);
	jw_int_at(w, "to_us", r->to_us);
}

/* --- the view --- */

static const char *const languages[] = {"en", "zh", NULL};
struct params {
	int64_t from_us, to_us, lang;
	const char *only;
};
static const struct field params_fields[] = {
	F_US(struct params, from_us, IN, "beginning of the period; the first entry when absent"),
	F_US(struct params, to_us, IN, "end of the period, not included; the last entry when absent"),
	F_ENUM(struct params, lang, IN, languages, "language of titles and notes; English when absent"),
	F_TEXT(struct params, only, IN, 1, 400,
	       "ids of the sections that are wanted, with commas between; all when absent. The figures by "
	       "name are there when `figures` is"),
	F_END};

static enum err view_report(struct cx *cx, struct reader *r, const void *params, struct json_writer *w)
{
	const struct params *p = params;
	struct report *report;

	if (reader_check_org(cx, r, 0) || report_run(cx, r, r->city, field_or(p->from_us, 0),
						     field_or(p->to_us, JSON_INT_MAX), p->only, &report))
		return cx->err;
	report_json(report, p->lang == REPORT_ZH ? REPORT_ZH : REPORT_EN, w);
	return ERR_OK;
}

/* What a report shows: the figures by name, and sections; a section's rows have its columns of all these. */
struct shown_row {
	const char *account, *category, *code, *currency, *figure, *flow, *kind, *method, *name, *outcome,
		*query, *reason, *share, *side, *source, *stage, *state, *unit;
	int64_t agreed, agreed_minor, amount_minor, attempts, bonus_minor, city, commission_minor, count,
		devices, high, items, low, mass_mg, media, median_us, merchant, of, oldest_us, owed_minor,
		p90_us, payments, percent, quoted_minor, returned_minor, transfers, value;
};
#define WORD(m, doc) F_TEXT(struct shown_row, m, OUT | MAY_NULL, 0, 200, doc)
#define COUNT(m, doc) F_INT(struct shown_row, m, OUT | MAY_NULL, 0, JSON_INT_MAX, NULL, doc)
#define MONEY(m, doc)                                                                                \
	F_INT(struct shown_row, m, OUT | MAY_NULL, -JSON_INT_MAX, JSON_INT_MAX, "minor", doc)
#define SPAN(m, doc) F_INT(struct shown_row, m, OUT | MAY_NULL, 0, JSON_INT_MAX, "us", doc)
#define SHARE(m, doc) F_INT(struct shown_row, m, OUT | MAY_NULL, 0, 10000, "basis points", doc)
static const struct field row_fields[] = {
	F_TEXT(struct shown_row, query, OUT | REQ, 1, REPORT_SQL_MAX, "gives this row"),
	WORD(account, "kind of account"), COUNT(agreed, "agreed on"), MONEY(agreed_minor, "prices agreed"),
	MONEY(amount_minor, "amount"), COUNT(attempts, "attempts"), MONEY(bonus_minor, "bonuses on top"),
	WORD(category, "category's code"), COUNT(city, "the city"), WORD(code, "tax code"),
	MONEY(commission_minor, "commissions"), COUNT(count, "how many"), WORD(currency, "of its amounts"),
	COUNT(devices, "devices"), WORD(figure, "which figure"), WORD(flow, "what was paid for"),
	SHARE(high, "upper end of the 95 % interval"), COUNT(items, "items"),
	WORD(kind, "kind of exception, or of medium"), SHARE(low, "lower end of the 95 % interval"),
	F_INT(struct shown_row, mass_mg, OUT | MAY_NULL, -JSON_INT_MAX, JSON_INT_MAX, "mg", "mass"),
	COUNT(media, "storage media"), SPAN(median_us, "half took no longer"),
	COUNT(merchant, "the merchant"), WORD(method, "method of erasure"), WORD(name, "the merchant's name"),
	COUNT(of, "of so many"), SPAN(oldest_us, "since when, the oldest"), WORD(outcome, "outcome"),
	MONEY(owed_minor, "tax owed"), SPAN(p90_us, "nine of ten took no longer"),
	COUNT(payments, "payments"), SHARE(percent, "the share"), MONEY(quoted_minor, "prices promised"),
	WORD(reason, "the bank's reason"),
	MONEY(returned_minor, "tax returned"), WORD(share, "which share"),
	WORD(side, "whether it came in, or is there now"), WORD(source, "what the margin comes from"),
	WORD(stage, "state"), WORD(state, "state"), COUNT(transfers, "transfers"),
	WORD(unit, "of the value: count, pc, mg, or a currency"),
	F_INT(struct shown_row, value, OUT | MAY_NULL, -JSON_INT_MAX, JSON_INT_MAX, NULL,
	      "in the row's unit"),
	F_END};
struct shown_section {
	const char *id, *title, *note;
	struct list rows;
};
struct shown {
	int64_t city, orders_booked, items_booked, devices_taken, devices_agreed, devices_given_back,
		sales_delivered, sales_returned, devices_dismantled;
	int64_t mass_in_mg, mass_out_mg, mass_remainder_mg;
	int64_t from_us, to_us, now_us;
	struct list sections;
};
static const struct field section_fields[] = {
	F_TEXT(struct shown_section, id, OUT | REQ, 1, 40, "section"),
	F_TEXT(struct shown_section, title, OUT | REQ, 1, 100, "title"),
	F_TEXT(struct shown_section, note, OUT | REQ, 1, 600, "what is counted, and how"),
	F_LIST(struct shown_section, rows, OUT | REQ, REPORT_ROWS_MAX, row_fields, struct shown_row,
	       "the columns differ from section to section; a figure that cannot be given is null"),
	F_END};
/* Absent when `only` does not name the figures. */
#define FIGURE(m, doc) F_INT(struct shown, m, OUT, 0, JSON_INT_MAX, NULL, doc)
#define MASS(m, doc) F_INT(struct shown, m, OUT, -JSON_INT_MAX, JSON_INT_MAX, "mg", doc)
static const struct field shown_fields[] = {
	F_ID(struct shown, city, OUT | REQ, "the city"),
	FIGURE(orders_booked, "orders booked within the period"),
	FIGURE(items_booked, "their items"),
	FIGURE(devices_taken, "devices taken in within the period"),
	FIGURE(devices_agreed, "of them, those agreed on"),
	FIGURE(devices_given_back, "of them, those given back"),
	FIGURE(sales_delivered, "sales delivered within the period"),
	FIGURE(sales_returned, "sales returned within the period"),
	FIGURE(devices_dismantled, "devices weighed into batches within the period"),
	MASS(mass_in_mg, "mass received within the period, with corrections"),
	MASS(mass_out_mg, "where it is now"),
	MASS(mass_remainder_mg, "the one less the other: 0"),
	F_US(struct shown, from_us, OUT | REQ, "beginning of the period"),
	F_US(struct shown, to_us, OUT | REQ, "end of the period"),
	F_US(struct shown, now_us, OUT | REQ, "the report's time"),
	F_LIST(struct shown, sections, OUT | REQ, 100, section_fields, struct shown_section,
	       "tables with their queries"),
	F_END};

static const struct view report_views[] = {
	{.name = "report.city",
	 .path = "/v1/cities/{city}/report",
	 .roles = ROLE_OFFICER | ROLE_ANALYST | ROLE_AUDITOR | ROLE_ADMIN | ROLE_SYSTEM,
	 .params = params_fields,
	 .params_size = sizeof(struct params),
	 .fields = shown_fields,
	 .apart = true,
	 .run = view_report,
	 .doc = "The programme's account over a period; every figure with the query that gives it again."},
	{.name = "report.moves",
	 .path = "/v1/cities/{city}/report/moves",
	 .roles = ROLE_OFFICER | ROLE_AUDITOR | ROLE_ADMIN,
	 .params = report_moves_params,
	 .params_size = sizeof(struct moves_params),
	 .fields = report_moves_shown,
	 .list = true,
	 .apart = true,
	 .run = report_moves_run,
	 .doc = "Every transfer behind a row of the report's money, oldest first."},
	{.name = "report.audit",
	 .path = "/v1/audit",
	 .roles = ROLE_OFFICER | ROLE_AUDITOR | ROLE_ADMIN | ROLE_SYSTEM,
	 .fields = audit_note_fields,
	 .run = audit_note_run,
	 .doc = "What the last `relode audit` beside this server found: a note, not a proof. The proof is to "
		"run it oneself, on a copy."},
	{.name = NULL}};

const struct feature report_feature = {.name = "report", .views = report_views};
