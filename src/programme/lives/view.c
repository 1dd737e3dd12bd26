/* lives.count: the same over HTTP, with bounded work: so many entries are fed, so many rows are given. */
#include "base/time.h"
#include "kernel/log.h"
#include "programme/lives/parts.h"

enum {
	VIEW_ROWS_MAX = 5000,
	VIEW_THREADS = 2
};

static const struct field asked_fields[] = {LIVES_ASKED, F_END};

struct shown_row {
	const char *by, *then;
	int64_t lives, promised_minor, agreed_minor, bonus_minor, mass_mg;
};
static const struct field row_fields[] = {
	F_TEXT(struct shown_row, by, OUT, 1, LIVES_CODE_MAX, "what was asked for; absent: not yet"),
	F_TEXT(struct shown_row, then, OUT, 1, LIVES_CODE_MAX, "the second; absent: not yet"),
	F_INT(struct shown_row, lives, OUT, 0, JSON_INT_MAX, NULL, "how many"),
	F_INT(struct shown_row, promised_minor, OUT, 0, JSON_INT_MAX, "minor", "promised before inspection"),
	F_INT(struct shown_row, agreed_minor, OUT, 0, JSON_INT_MAX, "minor", "agreed"),
	F_INT(struct shown_row, bonus_minor, OUT, 0, JSON_INT_MAX, "minor", "bonus of those agreed"),
	F_INT(struct shown_row, mass_mg, OUT, 0, JSON_INT_MAX, "mg", "mass as last known"),
	F_END};
struct shown {
	int64_t lives, entries, behind;
	struct list rows;
};
static const struct field shown_fields[] = {
	F_INT(struct shown, lives, OUT, 0, JSON_INT_MAX, NULL, "lives that are known, asked for or not"),
	F_INT(struct shown, entries, OUT, 0, JSON_INT_MAX, NULL, "entries of the journal that count"),
	F_INT(struct shown, behind, OUT, 0, JSON_INT_MAX, NULL, "entries that are not: ask again"),
	F_LIST(struct shown, rows, OUT, VIEW_ROWS_MAX, row_fields, struct shown_row, "what was counted"),
	F_END};

enum err lives_asked(struct cx *cx, const struct asked *a, struct lives_question *q)
{
	lives_all(q);
	if (a->from && day_parse(cx, a->from, &q->from_day))
		return cx_prefix(cx, "from: ");
	if (a->to && day_parse(cx, a->to, &q->to_day))
		return cx_prefix(cx, "to: ");
	if (q->from_day >= q->to_day)
		return cx_fail(cx, ERR_INVALID, "from: the period ends before it begins");
	q->booked = a->booked == 1;
	q->category = a->category;
	q->merchant = field_or(a->merchant, 0);
	q->stage = (int)field_or(a->stage, -1);
	q->item = (int)field_or(a->item, -1);
	q->by[0] = a->by == FIELD_NONE ? BY_NOTHING : (enum life_dimension)(a->by + 1);
	q->by[1] = a->then == FIELD_NONE ? BY_NOTHING : (enum life_dimension)(a->then + 1);
	q->threads = VIEW_THREADS;
	return ERR_OK;
}

static const char *key_text(struct cx *cx, const struct lives_row *row, int d)
{
	if (row->word[d] || row->number[d] == FIELD_NONE)
		return row->word[d];
	return cx_printf(cx, "%lld", (long long)row->number[d]);
}

static enum err show(struct cx *cx, const struct lives_answer *a, struct list *out)
{
	struct shown_row *rows = cx_array(cx, a->rows, sizeof(*rows));

	for (size_t i = 0; rows && i < a->rows; i++) {
		const struct lives_row *row = &a->row[i];

		rows[i] = (struct shown_row){
			.by = key_text(cx, row, 0), .then = key_text(cx, row, 1), .lives = row->lives,
			.promised_minor = row->sum[LIFE_PROMISED], .agreed_minor = row->sum[LIFE_PRICE],
			.bonus_minor = row->sum[LIFE_BONUS], .mass_mg = row->sum[LIFE_MASS]};
	}
	*out = (struct list){.item = rows, .count = a->rows};
	return cx->err;
}

static enum err answer(struct cx *cx, const struct lives *l, const struct lives_question *q,
		       struct shown *out)
{
	struct lives_answer a;

	if (lives_ask(cx, l, q, &a))
		return cx->err;
	if (a.rows > VIEW_ROWS_MAX)
		return cx_fail(cx, ERR_TOO_LARGE, "%zu rows, and at most %d are given: ask for less", a.rows,
			VIEW_ROWS_MAX);
	out->lives = (int64_t)l->head.rows;
	out->entries = l->head.size;
	return show(cx, &a, &out->rows);
}

static enum err view_count(struct cx *cx, struct reader *r, const void *params, struct json_writer *w)
{
	const struct lives_options o = {.entries = VIEW_ENTRIES_MAX, .wait_ms = LIVES_WAIT_MS};
	struct lives_question q;
	struct log_head log;
	struct shown shown;
	struct lives *l;
	enum err err;

	if (reader_check_org(cx, r, 0) || lives_asked(cx, params, &q))
		return cx->err;
	if (!r->projections)
		return cx_fail(cx, ERR_UNSUPPORTED, "there is no folder for columns here");
	if (lives_open(cx, r->projections, r->db, r->domain, r->city, &o, &l))
		return cx->err;
	err = answer(cx, l, &q, &shown);
	lives_close(l);
	if (err || log_head_read(cx, r->db, r->city, &log))
		return cx->err;
	shown.behind = log.size > shown.entries ? log.size - shown.entries : 0;
	field_write(w, shown_fields, OUT, &shown);
	return ERR_OK;
}

static const struct view views[] = {
	{.name = "lives.count", .path = "/v1/cities/{city}/lives",
	 .roles = ROLE_OFFICER | ROLE_ANALYST | ROLE_AUDITOR | ROLE_ADMIN | ROLE_SYSTEM,
	 .params = asked_fields, .params_size = sizeof(struct asked), .fields = shown_fields,
	 .apart = true,
	 .run = view_count,
	 .doc = "Counts and sums over the lives of all devices, by what is asked. From columns that are fed "
		"from the journal: `behind` says how many entries were not read yet."},
	{.name = "lives.list", .path = "/v1/cities/{city}/lives/list",
	 .roles = ROLE_OFFICER | ROLE_ANALYST | ROLE_AUDITOR | ROLE_ADMIN | ROLE_SYSTEM,
	 .params = lives_list_params, .params_size = sizeof(struct lives_list), .fields = lives_list_shown,
	 .list = true, .apart = true, .run = lives_list_run,
	 .doc = "The lives behind a figure of lives.count: the same question and one of its rows. A page may "
		"hold less than was asked for: there is more while there is `next`."},
	{.name = NULL}};

const struct feature lives_feature = {.name = "lives", .views = views};
