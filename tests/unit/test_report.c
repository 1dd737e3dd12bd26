/* The report: every row by its own query, on both engines; sums counted from the journal; a page that
 * parses. */
#include <expat.h>

#include "base/file.h"
#include "db/migrations.h"
#include "kernel/journal.h"
#include "month.h"
#include "pg.h"
#include "programme/report/audit_note.h"
#include "programme/report/report.h"

#define L(x) ((long long)(x))
#define DAY (24 * 3600 * TIME_SECOND_US)

/* --- the tests --- */

static struct report *run(struct kit *k, int64_t city, int64_t from, int64_t to)
{
	struct reader r = kit_reader(k, city < 0 ? 0 : city);
	struct report *out;

	if (report_run(&k->cx, &r, city, from, to, NULL, &out))
		fail_msg("%s", k->cx.msg);
	return out;
}

static bool is_text(enum report_unit unit) { return unit == REPORT_WORD || unit == REPORT_TEXT; }

static bool same_row(const struct report_section *s, const struct report_row *row, const struct db_rows *rows)
{
	for (int i = 0; i < s->queried; i++) {
		const struct report_cell *c = &row->cell[i];
		const char *text = is_text(s->column[i].unit) ? db_get_text(rows, i) : NULL;

		if (is_text(s->column[i].unit) ? (!text != !c->text || (text && strcmp(text, c->text) != 0))
					       : db_is_null(rows, i) ? c->number != FIELD_NONE
								     : db_get_i64(rows, i) != c->number)
			return false;
	}
	return true;
}

/* Runs each row's query as a reader of the report would, and looks for the row in what it gives. */
static void rows_come_from_their_queries(struct kit *k, const struct report *r, size_t least)
{
	size_t checked = 0;

	for (size_t s = 0; s < r->sections; s++) {
		for (size_t i = 0; i < r->section[s].rows; i++, checked++) {
			const struct report_row *row = &r->section[s].row[i];
			db_auto_rows *rows = NULL;
			size_t found = 0;

			if (db_query(&k->cx, k->db, &rows, row->query, DB_NONE))
				fail_msg("%s: %s", k->cx.msg, row->query);
			while (db_next(&k->cx, rows))
				found += same_row(&r->section[s], row, rows);
			assert_int_equal(k->cx.err, ERR_OK);
			if (found != 1)
				fail_msg("section %s, row %zu: %zu times in: %s", r->section[s].id,
					 i, found, row->query);
		}
	}
	assert_true(checked >= least);
}

static const struct report_row *row_of(const struct report *r, const char *section, const char *code)
{
	const struct report_section *s = report_section(r, section);

	assert_non_null(s);
	for (size_t i = 0; i < s->rows; i++)
		if (s->row[i].cell[0].text && strcmp(s->row[i].cell[0].text, code) == 0)
			return &s->row[i];
	fail_msg("section %s has no row %s", section, code);
	return NULL;
}

/* What the journal says, counted without a query: transfers by kinds of accounts, devices by entries. */
struct counted {
	int64_t taken, agreed_minor, commissions_minor, paid_minor, sold_minor, tax_minor;
	int64_t mass_received_mg, mass_sold_mg, mass_lost_mg;
};

static bool kind_is(const struct json *transfer, const char *end, const char *kind)
{
	const char *text = json_get(transfer, end)->text;
	size_t n = strlen(kind);

	return strncmp(text, kind, n) == 0 && (text[n] == 0 || text[n] == '/');
}

static void count_transfer(struct counted *c, const struct json *t)
{
	static const struct {
		const char *from, *to;
		size_t at;
		int sign;
	} sums[] = {
		{"money_device", "money_owner", offsetof(struct counted, agreed_minor), 1},
		{"money_device", "money_merchant", offsetof(struct counted, commissions_minor), 1},
		{"money_owner", "money_bank", offsetof(struct counted, paid_minor), 1},
		{"money_buyer", "money_device", offsetof(struct counted, sold_minor), 1},
		{"money_buyer", "money_tax", offsetof(struct counted, tax_minor), 1},
		{"mg_outside", "mg_device", offsetof(struct counted, mass_received_mg), 1},
		{"mg_device", "mg_sold", offsetof(struct counted, mass_sold_mg), 1},
		{"mg_sold", "mg_device", offsetof(struct counted, mass_sold_mg), -1},
		{"mg_batch", "mg_loss", offsetof(struct counted, mass_lost_mg), 1},
		{"mg_device", "mg_loss", offsetof(struct counted, mass_lost_mg), 1},
	};
	const struct json *kind = json_get(t, "kind");

	if (kind && strcmp(kind->text, "posted") != 0 && strcmp(kind->text, "post") != 0)
		return;
	if (kind_is(t, "from", "pc_outside"))
		c->taken++;
	for (size_t i = 0; i < ARRAY_LEN(sums); i++)
		if (kind_is(t, "from", sums[i].from) && kind_is(t, "to", sums[i].to))
			*(int64_t *)(void *)((char *)c + sums[i].at) +=
				sums[i].sign * json_get(t, "amount")->number;
}

static struct counted count_journal(struct kit *k, int64_t from, int64_t to)
{
	struct counted c = {0};
	struct journal_line line;
	journal_auto *j = NULL;

	assert_int_equal(journal_open(&k->cx, k->db, 1, 0, &j), ERR_OK);
	while (journal_next(&k->cx, j, &line, NULL)) {
		const struct json *transfers;
		struct json *e;

		assert_int_equal(json_parse(&k->cx, line.body, line.n, &json_limits_file, &e), ERR_OK);
		transfers = json_get(e, "transfers");
		if (!transfers || kit_int(e, "recorded_us") < from || kit_int(e, "recorded_us") >= to)
			continue;
		for (size_t i = 0; i < transfers->count; i++)
			count_transfer(&c, transfers->item[i]);
	}
	return c;
}

/* A flow that there was none of has no row. */
static int64_t money_of(const struct report *r, const char *flow)
{
	const struct report_section *s = report_section(r, "money");

	for (size_t i = 0; i < s->rows; i++)
		if (strcmp(s->row[i].cell[0].text, flow) == 0)
			return s->row[i].cell[3].number;
	return 0;
}

static void agrees_with(const struct report *r, const struct counted *c)
{
	assert_int_equal(report_figure(r, "devices_taken"), c->taken);
	assert_int_equal(money_of(r, "price_agreed"), c->agreed_minor);
	assert_int_equal(money_of(r, "commissions"), c->commissions_minor);
	assert_int_equal(row_of(r, "mass", "mg_outside")->cell[2].number, c->mass_received_mg);
	assert_int_equal(report_figure(r, "mass_remainder_mg"), 0);
	assert_int_equal(report_figure(r, "mass_in_mg"), report_figure(r, "mass_out_mg"));
}

static void figures_agree_with_the_journal(void **state)
{
	struct lab l;
	struct report *r;
	struct counted c;
	int64_t half;

	(void)state;
	month_open(&l);
	c = count_journal(&l.t.k, 0, JSON_INT_MAX);
	r = run(&l.t.k, 1, 0, JSON_INT_MAX);
	agrees_with(r, &c);
	assert_true(c.commissions_minor > 0 && c.paid_minor > 0 && c.sold_minor > 0 && c.tax_minor > 0);
	assert_true(c.mass_lost_mg > 0 && c.mass_sold_mg > 0);
	assert_int_equal(money_of(r, "paid_to_owners"), c.paid_minor);
	assert_int_equal(money_of(r, "sold_without_tax"), c.sold_minor);
	assert_int_equal(money_of(r, "tax_on_sales"), c.tax_minor);
	assert_int_equal(row_of(r, "mass", "mg_sold")->cell[2].number, c.mass_sold_mg);
	assert_int_equal(row_of(r, "mass", "mg_loss")->cell[2].number, c.mass_lost_mg);
	assert_int_equal(report_figure(r, "devices_taken"), 9);
	assert_int_equal(report_figure(r, "devices_agreed"), 6);
	assert_int_equal(report_figure(r, "devices_given_back"), 1);
	assert_int_equal(report_figure(r, "sales_delivered"), 2);
	assert_int_equal(report_figure(r, "sales_returned"), 1);
	assert_int_equal(report_figure(r, "devices_dismantled"), 2);
	assert_int_equal(report_figure(r, "items_booked"), 10);
	/* a period: what happened within it, no more */
	half = KIT_START + 6 * DAY;
	for (int i = 0; i < 2; i++) {
		int64_t from = i ? half : 0, to = i ? JSON_INT_MAX : half;
		r = run(&l.t.k, 1, from, to);
		c = count_journal(&l.t.k, from, to);
		assert_true(c.taken > 0 && c.taken < 9);
		agrees_with(r, &c);
	}
	/* the other cities have none of it */
	r = run(&l.t.k, REPORT_ALL, 0, JSON_INT_MAX);
	assert_int_equal(report_figure(r, "devices_taken"), 9);
	lab_close(&l);
}

static void every_row_by_its_query(void **state)
{
	struct lab l;

	(void)state;
	month_open(&l);
	rows_come_from_their_queries(&l.t.k, run(&l.t.k, 1, 0, JSON_INT_MAX), 80);
	rows_come_from_their_queries(&l.t.k, run(&l.t.k, 1, KIT_START + DAY, KIT_START + 9 * DAY), 60);
	rows_come_from_their_queries(&l.t.k, run(&l.t.k, REPORT_ALL, KIT_START + DAY, JSON_INT_MAX), 60);
	lab_close(&l);
}

static void shares_with_their_intervals(void **state)
{
	/* Wilson 95 % by the formula, worked with 12 digits elsewhere */
	static const struct {
		const char *id;
		int64_t count, of, share_bp, low_bp, high_bp;
	} cases[] = {
		{"inspected_of_taken", 8, 9, 8889, 5650, 9801},
		{"revised_of_inspected", 3, 8, 3750, 1368, 6943},
		{"agreed_at_once_of_inspected", 5, 8, 6250, 3057, 8632},
		{"accepted_of_answered_offers", 1, 2, 5000, 945, 9055},
		{"declined_of_answered_offers", 1, 2, 5000, 945, 9055},
		{"returned_of_deliveries", 1, 2, 5000, 945, 9055},
		{"handed_over_of_booked", 9, 10, 9000, 5958, 9821},
		{"verified_of_erasure_attempts", 3, 3, 10000, 4385, 10000},
	};
	struct report *r;
	struct lab l;

	(void)state;
	month_open(&l);
	r = run(&l.t.k, 1, 0, JSON_INT_MAX);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const struct report_row *row = row_of(r, "rates", cases[i].id);
		int64_t want[] = {cases[i].count, cases[i].of, cases[i].share_bp, cases[i].low_bp,
				  cases[i].high_bp};

		for (int c = 0; c < 5; c++)
			if (row->cell[c + 1].number != want[c])
				fail_msg("%s, column %d: wanted %lld, got %lld", cases[i].id, c + 1,
					 L(want[c]), L(row->cell[c + 1].number));
	}
	/* nothing to divide by: no share */
	r = run(&l.t.k, 1, KIT_START + 300 * DAY, JSON_INT_MAX);
	assert_int_equal(row_of(r, "rates", "inspected_of_taken")->cell[2].number, 0);
	assert_true(row_of(r, "rates", "inspected_of_taken")->cell[3].number == FIELD_NONE);
	lab_close(&l);
}

static void times_between_stages(void **state)
{
	const struct report_row *row;
	struct report *r;
	struct lab l;
	int64_t hour = 3600 * TIME_SECOND_US;

	(void)state;
	month_open(&l);
	r = run(&l.t.k, 1, 0, JSON_INT_MAX);
	/* three of nine were booked three hours before */
	row = row_of(r, "stage_times", "booked_to_taken");
	assert_int_equal(row->cell[1].number, 9);
	assert_int_equal(row->cell[2].number, 0);
	assert_int_equal(row->cell[3].number, 3 * hour);
	row = row_of(r, "stage_times", "sold_to_delivered");
	assert_int_equal(row->cell[1].number, 2);
	assert_int_equal(row->cell[2].number, 5 * hour);
	row = row_of(r, "stage_times", "owed_to_paid");
	assert_true(row->cell[1].number == 6 && row->cell[2].number >= 26 * hour);
	row = row_of(r, "stage_ages", "in_custody");
	assert_int_equal(row->cell[1].number, 1);
	lab_close(&l);
}

static char *as_json(struct kit *k, const struct report *r, enum report_lang lang)
{
	struct json_writer w;
	struct sb sb;

	sb_init(&sb, &k->cx, 64 << 20);
	jw_init(&w, &sb, true);
	jw_object(&w);
	report_json(r, lang, &w);
	jw_object_end(&w);
	assert_int_equal(sb_end(&sb), ERR_OK);
	return sb.data;
}

/* What the pages of report.moves add up to. */
static int64_t moved(struct kit *k, const char *flow, int64_t from, int64_t to, int64_t *transfers)
{
	const char *after = "";
	int64_t sum = 0, last = 0;

	for (*transfers = 0; after;) {
		const struct json *v = kit_get(
			k, 1, "report.moves",
			"{\"flow\":\"%s\",\"from_us\":%lld,\"to_us\":%lld,\"limit\":2%s}", flow, L(from),
			L(to), after);
		const struct json *items = json_get(v, "items");
		for (size_t i = 0; i < items->count; i++) {
			int64_t at = kit_int(items->item[i], "at_us");
			int64_t place = kit_int(items->item[i], "seq") * 10000 + kit_int(items->item[i], "n");
			assert_true(at >= from && at < to && place > last);
			last = place;
			sum += kit_int(items->item[i], "amount_minor");
			++*transfers;
		}
		after = json_get(v, "next") ?
				cx_printf(&k->cx, ",\"after\":\"%s\"", kit_text(v, "next")) : NULL;
	}
	return sum;
}

/* Every row of money, of all days and of some, has its transfers behind it. */
static void money_opens_its_transfers(void **state)
{
	struct lab l;
	struct kit *k = &l.t.k;
	size_t checked = 0;

	(void)state;
	month_open(&l);
	const int64_t spans[][2] = {{0, JSON_INT_MAX}, {KIT_START + DAY, KIT_START + 8 * DAY}};
	for (size_t i = 0; i < ARRAY_LEN(spans); i++) {
		struct report *r = run(k, 1, spans[i][0], spans[i][1]);
		const struct report_section *s = report_section(r, "money");
		for (size_t n = 0; n < s->rows; n++, checked++) {
			const struct report_cell *c = s->row[n].cell;
			int64_t transfers, sum = moved(k, c[0].text, spans[i][0], spans[i][1], &transfers);
			if (sum != c[3].number || transfers != c[1].number)
				fail_msg("%s: %lld in %lld transfers, the report has %lld in %lld", c[0].text,
					 L(sum), L(transfers), L(c[3].number), L(c[1].number));
		}
	}
	assert_true(checked > 15);
	lab_close(&l);
}

static void json_for_machines(void **state)
{
	struct lab l;
	struct json *v;
	const struct json *some;
	char *text;

	(void)state;
	month_open(&l);
	text = as_json(&l.t.k, run(&l.t.k, 1, 0, JSON_INT_MAX), REPORT_EN);
	assert_int_equal(json_parse(&l.t.k.cx, text, strlen(text), &json_limits_file, &v), ERR_OK);
	assert_int_equal(kit_int(v, "devices_taken"), 9);
	assert_int_equal(kit_int(v, "mass_remainder_mg"), 0);
	assert_string_equal(kit_text(v, "sections.0.rows.2.figure"), "devices_taken");
	assert_non_null(strstr(kit_text(v, "sections.0.rows.2.query"), "FROM device d"));
	/* no clock: the same bytes again, and the view gives the same members */
	assert_string_equal(as_json(&l.t.k, run(&l.t.k, 1, 0, JSON_INT_MAX), REPORT_EN), text);
	assert_int_equal(kit_int(kit_get(&l.t.k, 1, "report.city", "{\"lang\":\"zh\"}"), "devices_taken"), 9);
	/* some sections: those that were asked for, as in the whole, and the figures by name with theirs */
	some = kit_get(&l.t.k, 1, "report.city", "{\"only\":\"exceptions,rates\"}");
	assert_null(json_get(some, "devices_taken"));
	assert_string_equal(kit_text(some, "sections.0.id"), "rates");
	assert_non_null(strstr(text, kit_text(some, "sections.0.rows.2.query")));
	assert_string_equal(kit_text(some, "sections.1.id"), "exceptions");
	some = kit_get(&l.t.k, 1, "report.city", "{\"only\":\"rates,figures\"}");
	assert_int_equal(kit_int(some, "devices_taken"), 9);
	assert_string_equal(kit_text(some, "sections.0.id"), "figures");
	assert_string_equal(kit_text(some, "sections.1.id"), "rates");
	assert_int_equal(json_get(some, "sections")->count, 2);
	kit_get_refused(&l.t.k, 1, "report.city", ERR_INVALID, "no section \"rate\"",
			"{\"only\":\"money,rate\"}");
	kit_get_refused(&l.t.k, 1, "report.city", ERR_INVALID, "no section \"\"",
			"{\"only\":\"money,,tax\"}");
	kit_as(&l.t.k, (struct principal){.user = 9, .roles = ROLE_ADMIN, .org = l.t.merchant});
	kit_get_refused(&l.t.k, 1, "report.city", ERR_FORBIDDEN, "another organisation", "{}");
	kit_staff(&l.t.k);
	lab_close(&l);
}

/* Well-formed as XML too, so every name was escaped; sections, tables and headings are counted. */
struct seen {
	int tables, headings, scripts, rects, depth;
};
static void XMLCALL on_start(void *arg, const char *name, const char **attr)
{
	struct seen *s = arg;

	(void)attr;
	s->depth++;
	s->tables += strcmp(name, "table") == 0;
	s->headings += strcmp(name, "h2") == 0;
	s->scripts += strcmp(name, "script") == 0;
	s->rects += strcmp(name, "rect") == 0;
}
static void XMLCALL on_end(void *arg, const char *name)
{
	(void)name;
	((struct seen *)arg)->depth--;
}

static void pages_for_people(void **state)
{
	struct lab l;
	struct report *r;

	(void)state;
	month_open(&l);
	kit_act(&l.t.k, 1, "city.settings", "{\"name\":\"A & B <city>\"}");
	r = run(&l.t.k, 1, 0, JSON_INT_MAX);
	for (int lang = REPORT_EN; lang <= REPORT_ZH; lang++) {
		XML_Parser p = XML_ParserCreate("UTF-8");
		struct seen seen = {0};
		struct sb html, text;

		sb_init(&html, &l.t.k.cx, 16 << 20);
		sb_init(&text, &l.t.k.cx, 16 << 20);
		assert_int_equal(report_html(&l.t.k.cx, r, (enum report_lang)lang, &html), ERR_OK);
		assert_int_equal(report_text(&l.t.k.cx, r, (enum report_lang)lang, &text), ERR_OK);
		XML_SetUserData(p, &seen);
		XML_SetElementHandler(p, on_start, on_end);
		if (XML_Parse(p, html.data, (int)html.len, 1) != XML_STATUS_OK)
			fail_msg("line %lu: %s", (unsigned long)XML_GetCurrentLineNumber(p),
				 XML_ErrorString(XML_GetErrorCode(p)));
		XML_ParserFree(p);
		assert_int_equal(seen.headings, r->sections);
		assert_true(seen.tables >= 14 && seen.rects > 20 && seen.scripts == 0 && seen.depth == 0);
		assert_non_null(strstr(html.data, "A &amp; B &lt;city&gt;"));
		assert_non_null(strstr(html.data, lang == REPORT_ZH ? "lang=\"zh-Hans\"" : "lang=\"en\""));
		assert_non_null(strstr(text.data, lang == REPORT_ZH ? "设备现状" : "Devices by stage"));
		assert_non_null(strstr(text.data, lang == REPORT_ZH ? "每一克的去向" : "Where every gram went"));
	}
	lab_close(&l);
}

/* Every code that a section shows has a word in both languages. */
static void every_code_has_words(void **state)
{
	struct lab l;
	struct report *r;

	(void)state;
	month_open(&l);
	r = run(&l.t.k, 1, 0, JSON_INT_MAX);
	for (size_t s = 0; s < r->sections; s++) {
		const struct report_section *sec = &r->section[s];
		for (int c = 0; c < sec->columns; c++) {
			if (report_word(sec->column[c].id, REPORT_ZH) == sec->column[c].id)
				fail_msg("no word for column %s", sec->column[c].id);
			if (sec->column[c].unit != REPORT_WORD || strcmp(sec->column[c].id, "category") == 0)
				continue;
			for (size_t i = 0; i < sec->rows; i++) {
				const char *code = sec->row[i].cell[c].text;
				if (code && report_word(code, REPORT_ZH) == code)
					fail_msg("no word for %s", code);
			}
		}
	}
	lab_close(&l);
}

/* --- the other engine --- */

static void copy_table(struct kit *k, struct cx *cx, struct db *to, const struct table *t)
{
	struct reader r = kit_reader(k, 0);
	const char *columns = reader_columns(t);
	db_auto_rows *rows = NULL;
	size_t n = 0, max = 4000;
	struct db_val *val = cx_array(cx, max * (size_t)t->columns, sizeof(*val));

	(void)r;
	assert_non_null(val);
	if (db_query(cx, k->db, &rows, cx_printf(cx, "SELECT %s FROM %s", columns, t->name), DB_NONE))
		fail_msg("%s", cx->msg);
	while (db_next(cx, rows)) {
		void *row = cx_alloc(cx, t->size);
		assert_int_equal(field_row(cx, t->fields, rows, row), ERR_OK);
		assert_true(n < max);
		for (int c = 0; c < t->columns; c++)
			val[n * (size_t)t->columns + (size_t)c] = field_value(&t->fields[c], row);
		n++;
	}
	if (n && db_append(cx, to, &t->shape, val, n))
		fail_msg("%s: %s", t->name, cx->msg);
}

static void the_same_on_postgresql(void **state)
{
	char address[512];
	struct lab l;
	struct kit *k = &l.t.k;
	struct db *sqlite, *pg;
	char *want;

	(void)state;
	if (!pg_scratch(address, sizeof(address))) {
		print_message("no RELODE_TEST_PG: the report on PostgreSQL was not run\n");
		skip();
	}
	month_open(&l);
	want = as_json(k, run(k, 1, KIT_START + DAY, JSON_INT_MAX), REPORT_EN);
	assert_int_equal(db_open(&k->cx, address, 0, &pg), ERR_OK);
	assert_int_equal(db_migrate(&k->cx, pg, relode_migrations, relode_migration_count), ERR_OK);
	assert_int_equal(db_begin(&k->cx, pg, true), ERR_OK);
	for (int i = 0; i < k->domain.tables; i++)
		copy_table(k, &k->cx, pg, k->domain.table[i]);
	assert_int_equal(db_commit(&k->cx, pg), ERR_OK);
	sqlite = k->db;
	k->db = pg;
	assert_string_equal(as_json(k, run(k, 1, KIT_START + DAY, JSON_INT_MAX), REPORT_EN), want);
	rows_come_from_their_queries(k, run(k, 1, 0, JSON_INT_MAX), 80);
	rows_come_from_their_queries(k, run(k, REPORT_ALL, 0, JSON_INT_MAX), 80);
	kit_get(k, 1, "exceptions.list", "{\"limit\":1000}");
	k->db = sqlite;
	db_close(pg);
	pg_scratch_drop(address);
	lab_close(&l);
}

/* --- periods that cut the blocks in which what moved is summed --- */

enum { PAYMENTS = 3 * TURNOVER_ENTRIES };

static int64_t payments_in(struct kit *k, int64_t from, int64_t to)
{
	const struct report_section *s = report_section(run(k, 1, from, to), "money");
	int64_t count = 0;

	for (size_t i = 0; i < s->rows; i++) {
		assert_string_equal(s->row[i].cell[0].text, "received_for_bonuses");
		assert_int_equal(s->row[i].cell[3].number, 100 * s->row[i].cell[1].number);
		count += s->row[i].cell[1].number;
	}
	return count;
}

static void periods_cut_blocks(void **state)
{
	static const int cut[] = {0, 1000, 1018, 1025, 1040, 2045, 2048, 3060, PAYMENTS};
	struct lab l;
	struct kit *k = &l.t.k;
	int64_t start;

	(void)state;
	lab_open(&l);
	start = KIT_START + 30 * DAY;
	for (int i = 0; i < PAYMENTS; i++) { /* one a second */
		kit_at(k, start + i * TIME_SECOND_US);
		kit_act(k, 1, "settle.receipt", "{\"source\":\"benefit_fund\",\"amount_minor\":100}");
	}
	for (size_t a = 0; a < ARRAY_LEN(cut); a++)
		for (size_t b = a + 1; b < ARRAY_LEN(cut); b++)
			assert_int_equal(payments_in(k, start + cut[a] * TIME_SECOND_US,
						     start + cut[b] * TIME_SECOND_US), cut[b] - cut[a]);
	assert_int_equal(payments_in(k, 0, JSON_INT_MAX), PAYMENTS);
	assert_int_equal(payments_in(k, start + 1500 * TIME_SECOND_US, JSON_INT_MAX), PAYMENTS - 1500);
	rows_come_from_their_queries(
		k, run(k, 1, start + 700 * TIME_SECOND_US, start + 2900 * TIME_SECOND_US), 4);
	lab_close(&l);
}

static void periods_that_are_none(void **state)
{
	struct lab l;
	struct reader r;
	struct report *out;

	(void)state;
	month_open(&l);
	r = kit_reader(&l.t.k, 1);
	assert_int_equal(report_run(&l.t.k.cx, &r, 1, 5, 5, NULL, &out), ERR_INVALID);
	cx_clear(&l.t.k.cx);
	assert_int_equal(report_run(&l.t.k.cx, &r, 77, 0, JSON_INT_MAX, NULL, &out), ERR_NOT_FOUND);
	cx_clear(&l.t.k.cx);
	lab_close(&l);
}

/* --- the note of the last audit --- */

static void the_last_audit_leaves_a_note(void **state)
{
	const struct audit_options all = {.city = -1};
	struct kit k;
	struct audit_result *r;
	const struct json *v;
	char *path;

	(void)state;
	kit_open(&k);
	kit_get_refused(&k, 0, "report.audit", ERR_NOT_FOUND, "relode audit", "{}");
	r = cx_alloc(&k.cx, sizeof(*r));
	assert_non_null(r);
	assert_int_equal(audit_run(&k.cx, k.db, &k.domain, k.keys, &all, r), ERR_OK);
	assert_int_equal(audit_note_write(&k.cx, k.dir, r, -1, false, 3), ERR_OK);
	v = kit_get(&k, 0, "report.audit", "{}");
	assert_true(json_get(v, "holds")->truth);
	assert_int_equal(kit_int(v, "entries"), r->entries);
	assert_int_equal(kit_int(v, "evidence_not_seen"), 3);
	assert_int_equal(json_get(v, "invariants")->count, INVARIANTS);
	assert_null(json_get(v, "findings"));
	assert_null(json_get(v, "city"));

	r->finding[0] = (struct audit_finding){
		.invariant = 3, .city = 1, .seq = 7, .text = "a gram is missing"};
	r->findings = 1;
	r->by_invariant[3] = 1;
	assert_int_equal(audit_note_write(&k.cx, k.dir, r, 1, true, 0), ERR_OK);
	v = kit_get(&k, 0, "report.audit", "{}");
	assert_false(json_get(v, "holds")->truth);
	assert_true(json_get(v, "checkpoint")->truth);
	assert_int_equal(kit_int(v, "city"), 1);
	assert_string_equal(kit_text(v, "findings.0.text"), "a gram is missing");
	assert_false(json_get(json_get(v, "invariants")->item[2], "holds")->truth);

	kit_as(&k, (struct principal){.user = 9, .roles = ROLE_AUDITOR, .city = 2});
	assert_null(json_get(kit_get(&k, 0, "report.audit", "{}"), "findings"));
	kit_staff(&k);

	/* Whatever someone wrote there is not believed to be a note. */
	path = cx_printf(&k.cx, "%s/audit.json", k.dir);
	assert_int_equal(file_replace(&k.cx, path, "{\"holds\":true}", 14, 0600), ERR_OK);
	kit_get_refused(&k, 0, "report.audit", ERR_NOT_FOUND, "cannot be read", "{}");
	kit_close(&k);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_last_audit_leaves_a_note),
		cmocka_unit_test(figures_agree_with_the_journal), cmocka_unit_test(every_row_by_its_query),
		cmocka_unit_test(shares_with_their_intervals), cmocka_unit_test(times_between_stages),
		cmocka_unit_test(money_opens_its_transfers),
		cmocka_unit_test(json_for_machines), cmocka_unit_test(pages_for_people),
		cmocka_unit_test(every_code_has_words), cmocka_unit_test(the_same_on_postgresql),
		cmocka_unit_test(periods_that_are_none), cmocka_unit_test(periods_cut_blocks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
