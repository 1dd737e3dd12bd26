/* Lives as columns: counting against a loop that anyone can read, the totals against the report's queries
 * (scripts/test runs them on both engines), and files that are interrupted, damaged or another log's. */
#include <fcntl.h>
#include <ftw.h>
#include <pthread.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/time.h"
#include "base/tz.h"
#include "month.h"
#include "programme/lives/member.h"
#include "programme/lives/parts.h"
#include "programme/report/report.h"

/* --- counting --- */

enum { ROWS = 3 * LIVES_BLOCK + 777, LARGES = 40, TICK_US = 20000 /* files' times are no finer */ };

struct sample {
	unsigned char *base;
	struct columns c;
	struct large large[LARGES];
};

static uint32_t draw(uint64_t *state, uint32_t below)
{
	*state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (uint32_t)(*state >> 33) % below;
}

static void sample_open(struct sample *s, struct cx *cx)
{
	uint64_t state = 7;

	cx_init(cx, (size_t)256 << 20);
	s->base = cx_alloc(cx, (size_t)4 * LIVES_BLOCK_BYTES);
	assert_non_null(s->base);
	for (size_t row = 0; row < ROWS; row++) {
		struct life life = {
			.promised_minor = draw(&state, 2000000), .agreed_minor = draw(&state, UINT32_MAX),
			.bonus_minor = draw(&state, 9000), .mass_mg = draw(&state, UINT32_MAX),
			.booked = (uint16_t)(9000 + row / 100), .merchant = (uint16_t)draw(&state, 60),
			.category = (uint8_t)draw(&state, 12), .stage = (uint8_t)draw(&state, 256),
			.flags = (uint8_t)draw(&state, 256)};

		life.taken = (uint16_t)(draw(&state, 9) ? life.booked + draw(&state, 20) : 0);
		for (int d = 0; d < LIFE_DURATIONS; d++)
			life.days[d] = (uint8_t)draw(&state, 256);
		column_put(s->base, row, &life);
	}
	for (uint32_t i = 0; i < LARGES; i++)
		s->large[i] = (struct large){.row = i * 1000, .measure = i % LIFE_MEASURES,
					     .value = UINT64_C(1) << 33};
	s->c = (struct columns){.base = s->base, .rows = ROWS, .large = s->large, .larges = LARGES};
}

static uint32_t group_of(const struct life *l, enum life_dimension by, uint32_t size, uint32_t first)
{
	uint32_t value = by == BY_NOTHING ? 0 : by == BY_DAY ? l->taken - first :
		by == BY_MONTH ? (l->taken ? column_month(l->taken) : 0U) - first :
		by == BY_BOOKED ? l->booked - first : by == BY_MERCHANT ? l->merchant :
		by == BY_CATEGORY ? l->category : by == BY_STAGE ? l->stage & 15U :
		by == BY_ITEM ? l->stage >> 4U : by == BY_FLAGS ? l->flags : l->days[by - BY_DAYS];

	return value < size ? value : size - 1;
}

static bool asked(const struct life *l, const struct column_query *q)
{
	return l->booked >= q->booked_from && l->booked <= q->booked_to && l->taken >= q->taken_from &&
	       l->taken <= q->taken_to && (q->category < 0 || l->category == q->category) &&
	       (q->merchant < 0 || l->merchant == q->merchant) &&
	       (q->stage < 0 || (l->stage & 15) == q->stage) && (q->item < 0 || l->stage >> 4 == q->item);
}

static void same_as_a_loop(struct sample *s, struct cx *cx, const struct column_query *q)
{
	size_t groups = (size_t)q->size[0] * q->size[1];
	uint64_t *want = cx_array(cx, groups * (LIFE_MEASURES + 1), sizeof(*want));
	struct column_sums got;

	assert_non_null(want);
	for (size_t row = 0, next = 0; row < ROWS; row++) {
		struct life l;
		size_t g;

		column_get(s->base, row, &l);
		g = (size_t)group_of(&l, q->by[0], q->size[0], q->first[0]) * q->size[1] +
		    group_of(&l, q->by[1], q->size[1], q->first[1]);
		if (next < LARGES && s->large[next].row == row) {
			size_t m = s->large[next].measure;

			want[groups * (1 + m) + g] += asked(&l, q) ? s->large[next].value : 0;
			next++;
		}
		if (!asked(&l, q))
			continue;
		want[g]++;
		want[groups * (1 + LIFE_PROMISED) + g] += l.promised_minor;
		want[groups * (1 + LIFE_PRICE) + g] += l.agreed_minor;
		want[groups * (1 + LIFE_BONUS) + g] += l.bonus_minor;
		want[groups * (1 + LIFE_MASS) + g] += l.mass_mg;
	}
	assert_int_equal(column_count(cx, &s->c, q, &got), ERR_OK);
	assert_int_equal(got.groups, groups);
	assert_memory_equal(got.count, want, groups * sizeof(*want));
	for (int m = 0; m < LIFE_MEASURES; m++) {
		if (q->sums >> m & 1)
			assert_memory_equal(got.sum[m], want + groups * (1 + (size_t)m), groups * 8);
		else
			assert_null(got.sum[m]);
	}
	column_done(&got);
}

static void counts_as_a_loop_does(void **state)
{
	static const uint32_t size[BY_DIMENSIONS] = {1, 300, 20, 600, 60, 12, 16, 16, 256, 256, 256, 256, 256,
						     256, 256, 256};
	struct column_query q;
	struct sample s;
	struct cx cx;

	(void)state;
	sample_open(&s, &cx);
	for (int a = 0; a < BY_DIMENSIONS; a++) {
		int b = (a * 5 + 3) % BY_DIMENSIONS;
		struct cx_mark mark = cx_mark(&cx);

		column_all(&q);
		q.by[0] = (enum life_dimension)a;
		q.by[1] = (enum life_dimension)(a == b ? BY_NOTHING : b);
		for (int d = 0; d < 2; d++) {
			q.size[d] = size[q.by[d]];
			q.first[d] = q.by[d] == BY_MONTH ? column_month(9000) : 9000;
		}
		q.sums = (unsigned)a % 16;
		same_as_a_loop(&s, &cx, &q);
		q.taken_from = 9050;
		q.taken_to = 9300;
		q.category = a % 3 ? -1 : 4;
		q.merchant = a % 4 ? -1 : 17;
		q.item = a % 5 ? -1 : 6;
		q.stage = a % 7 ? -1 : 8;
		q.sums = 15;
		same_as_a_loop(&s, &cx, &q);
		q.plain = true;
		same_as_a_loop(&s, &cx, &q);
		cx_restore(&cx, mark);
	}
	cx_done(&cx);
}

/* So many rows that several threads share them: the same sums as alone. */
static void threads_count_the_same(void **state)
{
	enum { MANY = 40 * LIVES_BLOCK - 5 };
	struct column_query q;
	struct column_sums one, four;
	unsigned char *many;
	struct sample s;
	struct cx cx;

	(void)state;
	sample_open(&s, &cx);
	s.c.base = many = cx_alloc(&cx, (size_t)40 * LIVES_BLOCK_BYTES);
	assert_non_null(many);
	for (size_t b = 0; b < 40; b++)
		memcpy(many + b * LIVES_BLOCK_BYTES, s.base + b % 3 * LIVES_BLOCK_BYTES, LIVES_BLOCK_BYTES);
	s.c.rows = MANY;
	column_all(&q);
	q.by[0] = BY_MERCHANT;
	q.by[1] = BY_CATEGORY;
	q.size[0] = 60;
	q.size[1] = 12;
	q.sums = 15;
	assert_int_equal(column_count(&cx, &s.c, &q, &one), ERR_OK);
	q.threads = 4;
	assert_int_equal(column_count(&cx, &s.c, &q, &four), ERR_OK);
	assert_memory_equal(one.count, four.count, one.groups * 8);
	for (int m = 0; m < LIFE_MEASURES; m++)
		assert_memory_equal(one.sum[m], four.sum[m], one.groups * 8);
	column_done(&one);
	column_done(&four);
	q.size[0] = LIVES_GROUPS_MAX;
	assert_int_equal(column_count(&cx, &s.c, &q, &one), ERR_TOO_LARGE);
	cx_done(&cx);
}

/* --- members --- */

static const struct {
	const char *object, *name, *text; /* text: of a number, too; NULL: none */
} members[] = {
	{"{\"a\":1,\"b\":-20}", "a", "1"},
	{"{\"a\":1,\"b\":-20}", "b", "-20"},
	{"{\"a\":1,\"b\":-20}", "c", NULL},
	{"{\"a\":{\"b\":5,\"c\":[{\"b\":6}]},\"b\":7}", "b", "7"},
	{"{\"a\":\"}]\\\"{,\\\\\",\"b\":\"x y\"}", "b", "x y"},
	{"{\"ab\":1,\"b\":[1,[2],\"3\"],\"c\":true,\"d\":\"\"}", "ab", "1"},
	{"{\"ab\":1,\"b\":[1,[2],\"3\"],\"c\":true,\"d\":9007199254740991}", "d", "9007199254740991"},
	{"{\"a\":99999999999999999999}", "a", NULL},
	{"{\"a\":1.5}", "a", NULL},
	{"{\"a\":-}", "a", NULL},
	{"{\"a\" :1}", "a", NULL},
	{"[\"a\",1]", "a", NULL},
	{"{}", "a", NULL},
	{"", "a", NULL},
};

static void members_where_they_lie(void **state)
{
	static const char list[] = "[{\"a\":[1,2]},\"x]\",[[]],-4]";
	static const char *const values[] = {"{\"a\":[1,2]}", "\"x]\"", "[[]]", "-4"};
	struct span array = {list, sizeof(list) - 1}, v;
	size_t at = 0, n = 0;
	char text[32];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(members); i++) {
		struct span object = {members[i].object, strlen(members[i].object)};
		struct span got = member_text(object, members[i].name);
		int64_t number = member_number(object, members[i].name);

		snprintf(text, sizeof(text), "%lld", (long long)number);
		if (members[i].text ? !span_is(got, members[i].text) && strcmp(text, members[i].text) != 0
				    : got.n || number != FIELD_NONE)
			fail_msg("%s of %s", members[i].name, members[i].object);
		/* cut anywhere: nothing behind the end is read (the sanitizer looks) */
		for (size_t cut = 0; cut < object.n; cut++) {
			char *copy = malloc(cut + 1);
			struct span part = {copy + 1, cut};

			assert_non_null(copy);
			memcpy(copy + 1, object.p, cut);
			member_number(part, members[i].name);
			for (size_t to = 0; member_next(part, &to).n;)
				;
			free(copy);
		}
	}
	for (; (v = member_next(array, &at)).n; n++)
		assert_true(n < ARRAY_LEN(values) && span_is(v, values[n]));
	assert_int_equal(n, ARRAY_LEN(values));
}

/* --- against the report --- */

static char *folder(struct kit *k, const char *name) { return cx_printf(&k->cx, "%s/%s", k->dir, name); }

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *at)
{
	(void)st;
	(void)type;
	(void)at;
	return remove(path);
}

static void forget(const char *path) { nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS); }

static struct lives *opened(struct kit *k, const char *path, int64_t entries, int64_t step)
{
	const struct lives_options o = {.entries = entries, .step = step};
	struct lives *l;

	if (lives_open(&k->cx, path, k->db, &k->domain, 1, &o, &l))
		fail_msg("%s", k->cx.msg);
	return l;
}

static struct lives_answer by(struct kit *k, const struct lives *l, struct lives_question *q,
			      enum life_dimension a, enum life_dimension b)
{
	struct lives_answer out;

	q->by[0] = a;
	q->by[1] = b;
	if (lives_ask(&k->cx, l, q, &out))
		fail_msg("%s", k->cx.msg);
	return out;
}

static const struct lives_row *row_named(const struct lives_answer *a, const char *word, int64_t number)
{
	for (size_t i = 0; i < a->rows; i++) {
		if (word ? a->row[i].word[0] && strcmp(a->row[i].word[0], word) == 0
			 : a->row[i].number[0] == number)
			return &a->row[i];
	}
	fail_msg("no row %s %lld", word ? word : "", (long long)number);
	return NULL;
}

/* Columns of a section that are a count or a sum of lives; the section's first tells the row. */
static const struct {
	const char *section, *column;
	enum life_dimension by;
	int measure; /* -1: lives */
	bool booked;
} figures[] = {
	{"devices_by_stage", "devices", BY_STAGE, -1, false},
	{"devices_by_stage", "mass_mg", BY_STAGE, LIFE_MASS, false},
	{"items_by_stage", "items", BY_ITEM, -1, true},
	{"devices_by_category", "devices", BY_CATEGORY, -1, false},
	{"devices_by_category", "quoted_minor", BY_CATEGORY, LIFE_PROMISED, false},
	{"devices_by_category", "agreed_minor", BY_CATEGORY, LIFE_PRICE, false},
	{"devices_by_category", "bonus_minor", BY_CATEGORY, LIFE_BONUS, false},
	{"merchants", "devices", BY_MERCHANT, -1, false},
	{"merchants", "agreed_minor", BY_MERCHANT, LIFE_PRICE, false},
};

static int column_named(const struct report_section *s, const char *id)
{
	for (int i = 0; i < s->columns; i++) {
		if (strcmp(s->column[i].id, id) == 0)
			return i;
	}
	fail_msg("section %s has no column %s", s->id, id);
	return -1;
}

static size_t same_figures(struct kit *k, const struct lives *l, struct lives_question q,
			   const struct report *r)
{
	size_t checked = 0;

	for (size_t f = 0; f < ARRAY_LEN(figures); f++) {
		const struct report_section *s = report_section(r, figures[f].section);
		int column = column_named(s, figures[f].column);
		struct lives_answer a;

		q.booked = figures[f].booked;
		a = by(k, l, &q, figures[f].by, BY_NOTHING);
		assert_int_equal(a.rows, s->rows);
		for (size_t i = 0; i < s->rows; i++, checked++) {
			const struct report_cell *cell = s->row[i].cell;
			const struct lives_row *row = row_named(&a, cell[0].text, cell[0].number);
			int64_t got = figures[f].measure < 0 ? row->lives : row->sum[figures[f].measure];

			if (got != cell[column].number)
				fail_msg("%s, row %zu, %s: %lld, the report says %lld", s->id, i,
					 figures[f].column, (long long)got, (long long)cell[column].number);
		}
	}
	return checked;
}

struct counts {
	int64_t taken, handed, booked, inspected, agreed, at_once, revised, answered, accepted;
};

static struct counts count_flags(struct kit *k, const struct lives *l, struct lives_question q)
{
	struct counts c = {0};
	struct lives_answer a = by(k, l, &q, BY_FLAGS, BY_ITEM);

	for (size_t i = 0; i < a.rows; i++) {
		int64_t n = a.row[i].lives, flags = a.row[i].number[0], item = a.row[i].number[1];
		bool agreed = flags & LIFE_IS_AGREED, revised = flags & LIFE_IS_REVISED;
		bool back = item == ITEM_RETURNING || item == ITEM_RETURNED;

		c.taken += n;
		c.agreed += agreed ? n : 0;
		c.at_once += agreed && !revised ? n : 0;
		c.revised += revised ? n : 0;
		c.answered += revised && (back || agreed) ? n : 0;
		c.accepted += revised && agreed && !back ? n : 0;
	}
	a = by(k, l, &q, BY_DAYS + LIFE_INSPECTED, BY_NOTHING);
	for (size_t i = 0; i < a.rows; i++)
		c.inspected += a.row[i].number[0] != FIELD_NONE ? a.row[i].lives : 0;
	q.booked = true;
	a = by(k, l, &q, BY_ITEM, BY_NOTHING);
	for (size_t i = 0; i < a.rows; i++) {
		int64_t item = a.row[i].number[0];

		c.booked += a.row[i].lives;
		if (item != ITEM_BOOKED && item != ITEM_CANCELLED && item != ITEM_LAPSED)
			c.handed += a.row[i].lives;
	}
	return c;
}

static void same_share(const struct report *r, const char *name, int64_t count, int64_t of)
{
	const struct report_section *s = report_section(r, "rates");

	for (size_t i = 0; i < s->rows; i++) {
		if (strcmp(s->row[i].cell[0].text, name) != 0)
			continue;
		assert_int_equal(s->row[i].cell[1].number, count);
		assert_int_equal(s->row[i].cell[2].number, of);
		return;
	}
	fail_msg("no share %s", name);
}

/* How many have come to a stage is what the report has times of. */
static void same_reached(struct kit *k, const struct lives *l, struct lives_question q,
			 const struct report *r)
{
	static const struct {
		const char *stage;
		enum life_duration reached;
	} stages[] = {{"taken_to_inspected", LIFE_INSPECTED}, {"owed_to_paid", LIFE_PAID},
		      {"taken_to_erased", LIFE_ERASED}, {"taken_to_sold", LIFE_SOLD},
		      {"taken_to_dismantled", LIFE_DISMANTLED}};
	const struct report_section *s = report_section(r, "stage_times");

	for (size_t i = 0; i < ARRAY_LEN(stages); i++) {
		struct lives_answer a = by(k, l, &q, BY_DAYS + stages[i].reached, BY_NOTHING);
		int64_t lives = 0, want = 0;

		for (size_t n = 0; n < a.rows; n++)
			lives += a.row[n].number[0] != FIELD_NONE ? a.row[n].lives : 0;
		for (size_t n = 0; n < s->rows; n++) {
			if (strcmp(s->row[n].cell[0].text, stages[i].stage) == 0)
				want += s->row[n].cell[1].number;
		}
		if (lives != want)
			fail_msg("%s: %lld, the report says %lld", stages[i].stage, (long long)lives,
				 (long long)want);
	}
}

static void same_rates(struct kit *k, const struct lives *l, struct lives_question q, const struct report *r)
{
	struct counts c = count_flags(k, l, q);

	same_share(r, "handed_over_of_booked", c.handed, c.booked);
	same_share(r, "inspected_of_taken", c.inspected, c.taken);
	same_share(r, "agreed_at_once_of_inspected", c.at_once, c.inspected);
	same_share(r, "revised_of_inspected", c.revised, c.inspected);
	same_share(r, "accepted_of_answered_offers", c.accepted, c.answered);
	same_share(r, "declined_of_answered_offers", c.answered - c.accepted, c.answered);
	assert_int_equal(report_figure(r, "devices_taken"), c.taken);
	assert_int_equal(report_figure(r, "devices_agreed"), c.agreed);
	assert_int_equal(report_figure(r, "items_booked"), c.booked);
}

/* Everything, and a part of the month from one local midnight to another. */
static void same_as_the_report(struct kit *k)
{
	static const struct {
		int32_t from, to; /* days of the month, or 0 */
	} periods[] = {{0, 0}, {2, 9}};
	struct lives *l = opened(k, folder(k, "lives"), 0, 0);
	int32_t first = time_day(KIT_START);
	struct tz *tz;

	assert_int_equal(tz_open(&k->cx, lives_state(l).zone, &tz), ERR_OK);
	for (size_t i = 0; i < ARRAY_LEN(periods); i++) {
		struct reader reader = kit_reader(k, 1);
		int64_t from = 0, to = JSON_INT_MAX;
		struct lives_question q;
		struct report *r;

		lives_all(&q);
		if (periods[i].to) {
			q.from_day = first + periods[i].from;
			q.to_day = first + periods[i].to;
			from = tz_day_start_us(tz, q.from_day);
			to = tz_day_start_us(tz, q.to_day);
		}
		assert_int_equal(report_run(&k->cx, &reader, 1, from, to, NULL, &r), ERR_OK);
		assert_true(report_figure(r, "devices_taken") >= 3);
		assert_true(same_figures(k, l, q, r) >= 10);
		same_rates(k, l, q, r);
		same_reached(k, l, q, r);
	}
	lives_close(l);
}

static void the_report_says_the_same(void **state)
{
	struct lab l;

	(void)state;
	month_open(&l);
	same_as_the_report(&l.t.k);
	lab_close(&l);
}

static void one_of(struct kit *k, const struct lives *l, struct lives_question q,
		   const struct lives_row *want)
{
	struct lives_answer a = by(k, l, &q, BY_NOTHING, BY_NOTHING);

	assert_int_equal(a.rows, 1);
	assert_int_equal(a.row[0].lives, want->lives);
	assert_memory_equal(a.row[0].sum, want->sum, sizeof(want->sum));
}

/* All rows, told by the columns and counted over the books; but for what is shown as their query. */
static void same_reports(const struct report *a, const struct report *b)
{
	assert_int_equal(a->sections, b->sections);
	for (size_t s = 0; s < a->sections; s++) {
		const struct report_section *x = &a->section[s], *y = &b->section[s];

		if (x->rows != y->rows)
			fail_msg("%s: %zu rows, over the books %zu", x->id, x->rows, y->rows);
		for (size_t i = 0; i < x->rows; i++) {
			assert_string_equal(x->row[i].query, y->row[i].query);
			for (int c = 0; c < x->columns; c++) {
				const struct report_cell *p = &x->row[i].cell[c], *q = &y->row[i].cell[c];

				if (p->number != q->number || !p->text != !q->text ||
				    (p->text && strcmp(p->text, q->text) != 0))
					fail_msg("%s, row %zu, %s: %s %lld, over the books %s %lld", x->id, i,
						 x->column[c].id, p->text ? p->text : "",
						 (long long)p->number, q->text ? q->text : "",
						 (long long)q->number);
			}
		}
	}
}

static const struct report *reported(struct kit *k, int64_t city, int64_t from_us, int64_t to_us,
				     const char *only, bool columns)
{
	struct reader reader = kit_reader(k, city < 0 ? 0 : city);
	struct report *r;

	reader.projections = columns ? folder(k, "lives") : NULL;
	if (report_run(&k->cx, &reader, city, from_us, to_us, only, &r))
		fail_msg("%s", k->cx.msg);
	return r;
}

/* Whole days, one and many, come from the columns; a period that cuts a day does not, and says the same. */
static void reports_from_columns(void **state)
{
	static const char *const only[] = {NULL, "money,erasure,mass", "rates", "devices_by_stage",
					   "payouts"};
	int32_t first = time_day(KIT_START);
	struct tz *tz;
	struct lab lab;
	struct kit *k = &lab.t.k;

	(void)state;
	month_open(&lab);
	assert_int_equal(tz_open(&k->cx, "Asia/Shanghai", &tz), ERR_OK);
	for (int from = -1; from < 12; from++) {
		for (int days = 0; days < 40; days += days < 3 ? 1 : 9) {
			struct cx_mark mark = cx_mark(&k->cx);
			int64_t from_us = from < 0 ? 0 : tz_day_start_us(tz, first + from);
			int64_t to_us = !days ? JSON_INT_MAX : tz_day_start_us(tz, first + from + days);
			const char *some = only[(size_t)(from + days + 1) % ARRAY_LEN(only)];
			const struct report *a = reported(k, 1, from_us, to_us, some, true);

			assert_true(a->columns);
			same_reports(a, reported(k, 1, from_us, to_us, some, false));
			cx_restore(&k->cx, mark);
		}
	}
	for (int i = 0; i < 2; i++) {
		int64_t from_us = tz_day_start_us(tz, first + 2) + i;
		int64_t to_us = from_us + 1 - i + INT64_C(86400000000) * 6;
		const struct report *a = reported(k, 1, from_us, to_us, NULL, true);

		assert_false(a->columns);
		same_reports(a, reported(k, 1, from_us, to_us, NULL, false));
	}
	same_reports(reported(k, REPORT_ALL, 0, JSON_INT_MAX, NULL, true),
		     reported(k, REPORT_ALL, 0, JSON_INT_MAX, NULL, false));
	assert_true(reported(k, REPORT_ALL, 0, JSON_INT_MAX, NULL, true)->columns);
	lab_close(&lab);
}

/* Each row of an answer is what the question for that row alone answers; together they are everything. */
static void rows_are_questions(void **state)
{
	static const enum life_dimension asked[] = {BY_DAY,	 BY_BOOKED, BY_MERCHANT,
						    BY_CATEGORY, BY_STAGE,  BY_ITEM};
	struct lives *l;
	struct lab lab;
	struct kit *k = &lab.t.k;

	(void)state;
	month_open(&lab);
	l = opened(k, folder(k, "lives"), 0, 0);
	for (size_t i = 0; i < ARRAY_LEN(asked); i++) {
		struct lives_question q, one;
		struct lives_answer a;
		int64_t lives = 0;

		lives_all(&q);
		q.booked = asked[i] == BY_BOOKED;
		a = by(k, l, &q, asked[i], BY_NOTHING);
		for (size_t n = 0; n < a.rows; n++) {
			const struct lives_row *row = &a.row[n];

			one = q;
			if (asked[i] == BY_DAY || asked[i] == BY_BOOKED) {
				assert_int_equal(day_parse(&k->cx, row->word[0], &one.from_day), ERR_OK);
				one.to_day = one.from_day + 1;
			}
			one.merchant = asked[i] == BY_MERCHANT ? row->number[0] : 0;
			one.category = asked[i] == BY_CATEGORY ? row->word[0] : NULL;
			one.stage = asked[i] == BY_STAGE ? (int)row->number[0] : -1;
			one.item = asked[i] == BY_ITEM ? (int)row->number[0] : -1;
			one_of(k, l, one, row);
			lives += row->lives;
		}
		assert_true(a.rows >= 1 && (asked[i] != BY_DAY || a.rows >= 4));
		q.by[0] = BY_NOTHING;
		assert_int_equal(by(k, l, &q, BY_NOTHING, BY_NOTHING).row[0].lives, lives);
		a = by(k, l, &q, BY_MONTH, asked[i] == BY_DAY ? BY_NOTHING : asked[i]);
		assert_true(row_named(&a, "2026-01", 0)->lives >= 1);
		q.category = "teapot";
		assert_int_equal(by(k, l, &q, asked[i], BY_NOTHING).rows, 0);
	}
	lives_close(l);
	forget(folder(k, "lives"));
	lab_close(&lab);
}

/* A move of a device or an item that no reading knows would leave its life behind. */
static void every_move_is_read(void **state)
{
	static const struct machine *const machines[] = {&device_machine, &item_machine};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(machines); i++) {
		for (const struct machine_move *m = machines[i]->moves; m->action; m++) {
			if (m->from != STATE(m->to) && !lives_reads(m->action))
				fail_msg("%s moves a %s, and lives do not read it", m->action,
					 machines[i]->name);
		}
	}
	assert_false(lives_reads("party.register"));
	assert_false(lives_reads("tradein.boo"));
}

/* --- files --- */

static const char *const names[] = {"1.lives", "1.ids", "1.days", "1.erasures", "1.head"};

static char *bytes_of(struct kit *k, const char *path, const char *name, size_t *n)
{
	char *data;

	if (file_read(&k->cx, cx_printf(&k->cx, "%s/%s", path, name), (size_t)64 << 20, &data, n))
		fail_msg("%s", k->cx.msg);
	return data;
}

static void same_files(struct kit *k, const char *a, const char *b)
{
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		size_t an, bn;
		const char *one = bytes_of(k, a, names[i], &an), *other = bytes_of(k, b, names[i], &bn);

		if (an != bn || memcmp(one, other, an) != 0)
			fail_msg("%s differs", names[i]);
	}
	assert_false(file_exists(cx_printf(&k->cx, "%s/1.redo", b)));
}

static void in_steps_as_at_once(void **state)
{
	static const int64_t limits[] = {9, 1000}, steps[] = {1000, 10};
	struct lives_state s;
	struct lives *l;
	struct kit *k;
	struct lab lab;

	(void)state;
	month_open(&lab);
	k = &lab.t.k;
	l = opened(k, folder(k, "once"), 0, 0);
	s = lives_state(l);
	assert_null(s.anew);
	assert_int_equal(s.fed, s.size);
	assert_true(s.size > 60 && s.rows > 5);
	lives_close(l);
	for (size_t i = 0; i < ARRAY_LEN(limits); i++) {
		const char *path = folder(k, "steps");
		int64_t size = 0;

		while (size < s.size) {
			l = opened(k, path, limits[i], steps[i]);
			assert_null(lives_state(l).anew);
			assert_int_equal(lives_state(l).fed,
					 s.size - size < limits[i] ? s.size - size : limits[i]);
			size = lives_state(l).size;
			lives_close(l);
		}
		same_files(k, folder(k, "once"), path);
		l = opened(k, path, 0, 0);
		assert_int_equal(lives_state(l).fed, 0);
		lives_close(l);
		forget(path);
	}
	forget(folder(k, "once"));
	lab_close(&lab);
}

enum { STEP = 50 };

/* An opening whose nth allocation fails, and one that does not. Did it leave a step to be finished? */
static bool interrupted(struct kit *k, const char *path, long nth)
{
	const struct lives_options o = {.step = STEP};
	struct cx_mark mark = cx_mark(&k->cx);
	struct lives *l;
	bool unfinished;

	cx_fail_allocation(nth);
	if (!lives_open(&k->cx, path, k->db, &k->domain, 1, &o, &l))
		fail_msg("allocation %ld was not missed", nth);
	cx_fail_allocation(0);
	cx_clear(&k->cx);
	unfinished = file_exists(cx_printf(&k->cx, "%s/1.redo", path));
	l = opened(k, path, 0, 0);
	if (lives_state(l).anew)
		fail_msg("allocation %ld: %s", nth, lives_state(l).anew);
	lives_close(l);
	same_files(k, folder(k, "once"), path);
	forget(path);
	cx_restore(&k->cx, mark);
	return unfinished;
}

/* At each allocation: most of them are made where the files are written. */
static void interrupted_anywhere(void **state)
{
	const char *path, *once;
	struct lives *l;
	struct kit *k;
	struct lab lab;
	int unfinished = 0;
	long all;

	(void)state;
	month_open(&lab);
	k = &lab.t.k;
	path = folder(k, "broken");
	once = folder(k, "once");
	cx_fail_allocation(0);
	l = opened(k, once, 0, STEP);
	all = cx_fail_allocation(0);
	lives_close(l);
	assert_true(all > 20);
	for (long nth = 1; nth <= all; nth++)
		unfinished += interrupted(k, path, nth);
	assert_true(unfinished >= 3);
	forget(once);
	lab_close(&lab);
}

static void flip(struct kit *k, const char *path, const char *name, long at)
{
	FILE *f = fopen(cx_printf(&k->cx, "%s/%s", path, name), "r+b");
	int c;

	assert_non_null(f);
	assert_int_equal(fseek(f, at, SEEK_SET), 0);
	c = fgetc(f);
	assert_int_equal(fseek(f, at, SEEK_SET), 0);
	assert_true(fputc(c ^ 0x10, f) != EOF);
	assert_int_equal(fclose(f), 0);
}

/* Ends a test whose files are, in the end, those of folder "once". */
static void as_at_once(struct lab *lab, const char *path)
{
	struct kit *k = &lab->t.k;

	same_files(k, folder(k, "once"), path);
	forget(path);
	forget(folder(k, "once"));
	lab_close(lab);
}

static void damaged_files_are_made_anew(void **state)
{
	static const struct {
		const char *name;
		long at; /* -1: the file is cut; -2: removed */
	} damages[] = {{"1.lives", 3}, {"1.lives", 400000}, {"1.lives", -1}, {"1.lives", -2}, {"1.head", 0},
		       {"1.head", 20}, {"1.head", 70}, {"1.head", 300}, {"1.head", -1}, {"1.head", -2},
		       {"1.ids", 40}, {"1.ids", -1}, {"1.days", 30}, {"1.days", -1}, {"1.erasures", 2},
		       {"1.erasures", -2}};
	const char *path;
	struct lives *l;
	struct kit *k;
	struct lab lab;

	(void)state;
	month_open(&lab);
	k = &lab.t.k;
	path = folder(k, "hurt");
	lives_close(opened(k, folder(k, "once"), 0, 0));
	lives_close(opened(k, path, 0, 0));
	for (size_t i = 0; i < ARRAY_LEN(damages); i++) {
		const char *file = cx_printf(&k->cx, "%s/%s", path, damages[i].name);

		usleep(TICK_US);
		if (damages[i].at == -1)
			assert_int_equal(truncate(file, 10), 0);
		else if (damages[i].at == -2)
			assert_int_equal(remove(file), 0);
		else
			flip(k, path, damages[i].name, damages[i].at);
		l = opened(k, path, 0, 0);
		if (!lives_state(l).anew)
			fail_msg("%s, byte %ld: the damage was not seen", damages[i].name, damages[i].at);
		lives_close(l);
		same_files(k, folder(k, "once"), path);
	}
	forget(path);
	lives_close(opened(k, path, 0, 0));
	as_at_once(&lab, path);
}

/* Every block is looked at once, and again when others have written; not after what this process wrote. */
static void whole_files_are_read_once(void **state)
{
	const char *path;
	struct lives *l;
	struct kit *k;
	struct lab lab;

	(void)state;
	month_open(&lab);
	k = &lab.t.k;
	path = folder(k, "lives");
	for (int i = 0; i < 4; i++) { /* the first makes them */
		l = opened(k, path, i ? 1 : 20, 0);
		assert_true(lives_state(l).read == (i == 0));
		assert_true(lives_state(l).fed > 0);
		lives_close(l);
	}
	usleep(TICK_US);
	flip(k, path, "1.ids", 4 * 5); /* somebody else, who then takes it back */
	flip(k, path, "1.ids", 4 * 5);
	l = opened(k, path, 0, 0);
	assert_true(lives_state(l).read);
	assert_null(lives_state(l).anew);
	lives_close(l);
	l = opened(k, path, 0, 0);
	assert_false(lives_state(l).read);
	lives_close(l);
	lives_close(opened(k, folder(k, "once"), 0, 0));
	as_at_once(&lab, path);
}

/* Shorter, of other entries, or longer than what was fed: never mixed. */
static void another_log_is_noticed(void **state)
{
	const char *path;
	struct lives *l;
	struct lab one, other;
	struct lives_answer a;
	struct lives_question q;

	(void)state;
	month_open(&one);
	path = folder(&one.t.k, "lives");
	lives_close(opened(&one.t.k, path, 0, 0));
	lab_open(&other);
	trade_book_phone(&other.t); /* its log is shorter */
	l = opened(&other.t.k, path, 0, 0);
	assert_string_equal(lives_state(l).anew, "it was fed from another log");
	assert_int_equal(lives_state(l).rows, 1);
	lives_close(l);
	l = opened(&one.t.k, path, 0, 0); /* its log is longer */
	assert_string_equal(lives_state(l).anew, "it was fed from another log");
	lives_all(&q);
	a = by(&one.t.k, l, &q, BY_NOTHING, BY_NOTHING);
	assert_int_equal(a.rows, 1);
	assert_true(a.row[0].lives > 5);
	lives_close(l);
	forget(path);
	lab_close(&other);
	lab_close(&one);
}

/* As many as several threads count, among few lives: what one thread counts, and a loop. */
static void threads_count_erasures(void **state)
{
	enum { TRIED = 600001, KINDS = 16 };
	const struct lives_days all = {DAY_MIN, DAY_MAX};
	int64_t attempts[KINDS] = {0}, devices[KINDS] = {0};
	bool seen[KINDS][64] = {{false}};
	struct lives_erasures e;
	uint64_t draws = 3;
	struct lives *l;
	struct lab lab;
	struct kit *k = &lab.t.k;

	(void)state;
	month_open(&lab);
	l = opened(k, folder(k, "lives"), 0, 0);
	l->head.count[IN_ERASURES] = 0; /* those of the month are in no step that is kept */
	for (int i = 0; i < TRIED; i++) {
		uint32_t most = l->head.rows < 64 ? (uint32_t)l->head.rows : 64, kind = draw(&draws, KINDS);
		struct erased one = {.row = draw(&draws, most), .day = (uint16_t)l->head.last_day,
				     .method = (uint8_t)(kind / 4), .outcome = (uint8_t)(kind % 4)};

		assert_int_equal(lives_add_to_list(&k->cx, l, IN_ERASURES, &one), ERR_OK);
		attempts[kind]++;
		devices[kind] += !seen[kind][one.row];
		seen[kind][one.row] = true;
	}
	for (int threads = 1; threads < 6; threads += 2) {
		assert_int_equal(lives_count_erasures(&k->cx, l, all, threads, &e), ERR_OK);
		assert_int_equal(e.rows, KINDS);
		for (int i = 0; i < KINDS; i++) {
			assert_int_equal(e.row[i].method, i / 4 - 1);
			assert_int_equal(e.row[i].outcome, i % 4);
			assert_int_equal(e.row[i].attempts, attempts[i]);
			assert_int_equal(e.row[i].devices, devices[i]);
		}
	}
	lives_close(l);
	forget(folder(k, "lives"));
	lab_close(&lab);
}

/* --- one after the other --- */

static void copy_files(struct kit *k, const char *from, const char *to)
{
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		size_t n;
		const char *data = bytes_of(k, from, names[i], &n);
		FILE *f = fopen(cx_printf(&k->cx, "%s/%s", to, names[i]), "wb"); /* the locked one */

		assert_non_null(f);
		assert_int_equal(fwrite(data, 1, n, f), n);
		assert_int_equal(fclose(f), 0);
	}
}

struct turn {
	struct kit *k;
	const char *path;
	enum err err;
	struct lives_state s;
};

static void *take_turn(void *arg)
{
	struct turn *t = arg;
	struct lives *l = NULL;
	struct cx cx;

	cx_init(&cx, 0);
	t->err = lives_open(&cx, t->path, t->k->db, &t->k->domain, 1, NULL, &l);
	if (!t->err)
		t->s = lives_state(l);
	lives_close(l);
	cx_done(&cx);
	return NULL;
}

/* Who waits while another feeds them what has come meanwhile does not take them for those of another log. */
static void waits_for_its_turn(void **state)
{
	struct turn t;
	struct lab lab;
	struct kit *k = &lab.t.k;
	pthread_t thread;
	int64_t size;
	struct lives *l;
	int fd;

	(void)state;
	month_open(&lab);
	t = (struct turn){.k = k, .path = folder(k, "lives")};
	l = opened(k, t.path, 0, 0);
	size = lives_state(l).size;
	lives_close(l);
	fd = open(cx_printf(&k->cx, "%s/1.lives", t.path), O_RDWR | O_CLOEXEC);
	assert_true(fd >= 0);
	assert_int_equal(flock(fd, LOCK_EX), 0);
	assert_int_equal(pthread_create(&thread, NULL, take_turn, &t), 0);
	usleep(10 * TICK_US);
	trade_book_phone(&lab.t);
	lives_close(opened(k, folder(k, "other"), 0, 0));
	copy_files(k, folder(k, "other"), t.path);
	assert_int_equal(close(fd), 0);
	assert_int_equal(pthread_join(thread, NULL), 0);
	assert_int_equal(t.err, ERR_OK);
	assert_null(t.s.anew);
	assert_true(t.s.size > size);
	forget(t.path);
	forget(folder(k, "other"));
	lab_close(&lab);
}

static void cities_add_up(void **state)
{
	struct lives_answer sum = {0}, a;
	struct cx cx;

	(void)state;
	cx_init(&cx, 0);
	a = (struct lives_answer){.rows = 1, .row = CX_NEW(&cx, struct lives_row)};
	a.row[0] = (struct lives_row){.city = 1, .word = {"phone"}, .lives = 2, .sum = {INT64_C(1) << 40}};
	assert_int_equal(lives_add(&cx, &sum, &a), ERR_OK);
	a.row[0].city = 2;
	assert_int_equal(lives_add(&cx, &sum, &a), ERR_OK);
	assert_int_equal(sum.rows, 1);
	assert_int_equal(sum.row[0].city, -1);
	assert_int_equal(sum.row[0].lives, 4);
	assert_true(sum.row[0].sum[LIFE_PROMISED] == INT64_C(1) << 41);
	a.by_merchant = true; /* the same number is another merchant in another city */
	sum = (struct lives_answer){0};
	assert_int_equal(lives_add(&cx, &sum, &a), ERR_OK);
	a.row[0].city = 1;
	assert_int_equal(lives_add(&cx, &sum, &a), ERR_OK);
	assert_int_equal(sum.rows, 2);
	assert_int_equal(sum.row[0].city, 1);
	cx_done(&cx);
}

/* The lives of a row, page by page: as many as it says, with its sums, each once, and of items and devices
 * that are there. */
static void lists_what_was_counted(struct kit *k, const char *question, const struct json *row)
{
	const struct json *then = json_get(row, "then"), *key = json_get(row, "by"), *v;
	int64_t lives = 0, agreed = 0, mass = 0, last = -1;
	const char *next = NULL;

	do {
		v = kit_get(k, 1, "lives.list", "{%s%s%s%s%s%s%s,\"limit\":3%s%s%s}", question,
			    key ? ",\"key\":\"" : "", key ? key->text : "", key ? "\"" : "",
			    then ? ",\"then_key\":\"" : "", then ? then->text : "", then ? "\"" : "",
			    next ? ",\"after\":\"" : "", next ? next : "", next ? "\"" : "");
		for (size_t i = 0; i < json_get(v, "items")->count; i++, lives++) {
			const struct json *x = json_get(v, "items")->item[i], *d = json_get(x, "device");
			assert_true(json_get(x, "item")->number > last);
			last = json_get(x, "item")->number;
			agreed += json_get(x, "agreed_minor")->number;
			mass += json_get(x, "mass_mg")->number;
			const struct json *item =
				kit_get(k, 1, "tradein.item", "{\"item\":%lld}", (long long)last);
			assert_string_equal(kit_text(item, "state"), json_get(x, "state")->text);
			if (d)
				assert_int_equal(kit_int(kit_get(k, 1, "device.get", "{\"device\":%lld}",
								 (long long)d->number), "item"), last);
		}
		next = json_get(v, "next") ? json_get(v, "next")->text : NULL;
	} while (next);
	if (lives != kit_int(row, "lives") || agreed != kit_int(row, "agreed_minor") ||
	    mass != kit_int(row, "mass_mg"))
		fail_msg("%s %s: %lld lives, and %lld were counted", question, key ? key->text : "not yet",
			 (long long)lives, (long long)kit_int(row, "lives"));
}

static void figures_open(void **state)
{
	static const char *const filters[] = {"", "\"booked\":true,", "\"category\":\"phone\","
					      "\"from\":\"2026-01-02\",\"to\":\"2026-01-20\","};
	struct lab l;
	struct kit *k = &l.t.k;
	int rows = 0;

	(void)state;
	month_open(&l);
	for (size_t f = 0; f < ARRAY_LEN(filters); f++)
		for (int by = 0; life_dimensions[by]; by++) {
			char *q = cx_printf(&k->cx, "%s\"by\":\"%s\"%s", filters[f], life_dimensions[by],
					    by % 2 ? ",\"then\":\"stage\"" : "");
			const struct json *v = json_get(kit_get(k, 1, "lives.count", "{%s}", q), "rows");
			for (size_t i = 0; v && i < v->count; i++, rows++)
				lists_what_was_counted(k, q, v->item[i]);
		}
	assert_true(rows > 100);
	kit_get_refused(k, 1, "lives.list", ERR_INVALID, "key: of what", "{\"key\":\"phone\"}");
	kit_get_refused(k, 1, "lives.list", ERR_INVALID, "no month", "{\"by\":\"month\",\"key\":\"May\"}");
	kit_get_refused(k, 1, "lives.list", ERR_INVALID, "no state", "{\"by\":\"stage\",\"key\":\"May\"}");
	kit_get_refused(k, 1, "lives.list", ERR_INVALID, "no number", "{\"by\":\"flags\",\"key\":\"May\"}");
	lab_close(&l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(counts_as_a_loop_does), cmocka_unit_test(threads_count_the_same),
		cmocka_unit_test(members_where_they_lie), cmocka_unit_test(the_report_says_the_same),
		cmocka_unit_test(reports_from_columns),
		cmocka_unit_test(every_move_is_read), cmocka_unit_test(rows_are_questions),
		cmocka_unit_test(in_steps_as_at_once), cmocka_unit_test(interrupted_anywhere),
		cmocka_unit_test(damaged_files_are_made_anew),
		cmocka_unit_test(whole_files_are_read_once), cmocka_unit_test(another_log_is_noticed),
		cmocka_unit_test(waits_for_its_turn), cmocka_unit_test(threads_count_erasures),
		cmocka_unit_test(cities_add_up), cmocka_unit_test(figures_open),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
