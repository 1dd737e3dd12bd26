/* relode lives: what became of every device, counted over columns that are fed from the journal. */
#include "base/time.h"
#include "cli/command.h"
#include "programme/device/device.h"
#include "programme/lives/lives.h"
#include "programme/tradein/tradein.h"
#include "server/node.h"

enum { OUTPUT_MAX = 64 * 1024 * 1024 };

static const struct arg_option options[] = {
	{"city", "N", "this city alone (default: all)"},
	{"from", "DATE", "taken in from this local day on (2026-01-31)"},
	{"to", "DATE", "until before this day"},
	{"booked", NULL, "the period is that of booking; counts what was never handed over, too"},
	{"category", "CODE", "devices of this category"},
	{"merchant", "ID", "devices that this merchant took"},
	{"stage", "STATE", "devices whose present state this is"},
	{"item", "STATE", "trade-in items whose present state this is"},
	{"by", "WHAT[,WHAT]",
	 "day, month, booked, merchant, category, stage, item, flags; or inspected_days, agreed_days, "
	 "paid_days, erased_days, sold_days, delivered_days, dismantled_days"},
	{"folder", "DIR", "where the columns are kept (default: the database's name with .lives)"},
	{NULL, NULL, NULL},
};

struct asking {
	const struct args *args;
	const char *folder;
	struct lives_question q;
	struct lives_answer answer;
	int64_t cities, lives, entries, fed;
};

/* --- the question --- */

static enum err day(struct cx *cx, const struct args *a, const char *name, int32_t *out)
{
	const char *text = args_get(a, name);

	if (text && day_parse(cx, text, out))
		return cx_prefix(cx, "--%s: ", name);
	return ERR_OK;
}

static enum err state(struct cx *cx, const struct args *a, const char *name, const char *const *names,
		      int *out)
{
	const char *text = args_get(a, name);

	if (!text)
		return ERR_OK;
	*out = (int)field_enum(names, text);
	return *out >= 0 ? ERR_OK : cx_fail(cx, ERR_INPUT, "--%s: there is no state \"%.40s\"", name, text);
}

static enum err dimensions(struct cx *cx, const char *by, struct lives_question *q)
{
	const char *comma = by ? strchr(by, ',') : NULL;

	for (int d = 0; by && d < 2; d++) {
		const char *name = d == 0 && comma ? cx_strndup(cx, by, (size_t)(comma - by)) : by;

		if (!name)
			return cx->err;
		q->by[d] = life_dimension(name);
		if (q->by[d] == BY_NOTHING)
			return cx_fail(cx, ERR_INPUT,
				       "--by: nothing is called \"%.40s\"; see relode lives --help", name);
		by = d == 0 && comma ? comma + 1 : NULL;
	}
	if (q->by[0] != BY_NOTHING && q->by[0] == q->by[1])
		return cx_fail(cx, ERR_INPUT, "--by: the same twice");
	return ERR_OK;
}

static enum err read_question(struct cx *cx, const struct args *a, struct lives_question *q)
{
	lives_all(q);
	q->booked = args_has(a, "booked");
	q->category = args_get(a, "category");
	q->threads = command_threads();
	if (day(cx, a, "from", &q->from_day) || day(cx, a, "to", &q->to_day) ||
	    args_int(cx, a, "merchant", 0, 1, ID_MAX, &q->merchant) ||
	    state(cx, a, "stage", device_states, &q->stage) || state(cx, a, "item", item_states, &q->item))
		return cx->err;
	if (q->from_day >= q->to_day)
		return cx_fail(cx, ERR_INPUT, "--from is not before --to");
	return dimensions(cx, args_get(a, "by"), q);
}

/* --- the answer --- */

static void write_key(const struct asking *k, const struct lives_row *row, int d, struct json_writer *w)
{
	enum life_dimension by = k->q.by[d];

	if (by == BY_NOTHING)
		return;
	jw_name(w, life_dimension_name(by));
	if (row->word[d])
		jw_text(w, row->word[d]);
	else if (row->number[d] != FIELD_NONE)
		jw_int(w, row->number[d]);
	else
		jw_null(w);
}

static char *answer_json(struct cx *cx, const struct asking *k)
{
	struct json_writer w;
	struct sb sb;

	sb_init(&sb, cx, OUTPUT_MAX);
	jw_init(&w, &sb, false);
	jw_object(&w);
	jw_int_at(&w, "cities", k->cities);
	jw_int_at(&w, "entries", k->entries);
	jw_int_at(&w, "fed_now", k->fed);
	jw_int_at(&w, "lives", k->lives);
	jw_name(&w, "rows");
	jw_array(&w);
	for (size_t i = 0; i < k->answer.rows; i++) {
		const struct lives_row *row = &k->answer.row[i];

		jw_object(&w);
		if (k->answer.by_merchant)
			jw_int_at(&w, "city", row->city);
		for (int d = 0; d < 2; d++)
			write_key(k, row, d, &w);
		jw_int_at(&w, "lives", row->lives);
		for (int m = 0; m < LIFE_MEASURES; m++) {
			jw_name(&w, life_measures[m]);
			jw_int(&w, row->sum[m]);
		}
		jw_object_end(&w);
	}
	jw_array_end(&w);
	jw_object_end(&w);
	return sb_end(&sb) ? NULL : sb.data;
}

/* The files are closed before the next city's are opened. */
static enum err ask_city(struct cx *cx, struct asking *k, const struct reader *r, int64_t city)
{
	struct lives_answer answer;
	struct lives_state s;
	struct lives *l;
	enum err err;

	if (lives_open(cx, k->folder, r->db, r->domain, city, NULL, &l))
		return cx->err;
	s = lives_state(l);
	if (s.anew)
		fprintf(stderr, "relode: lives of city %lld: %s; fed anew\n", (long long)city, s.anew);
	k->cities++;
	k->lives += (int64_t)s.rows;
	k->entries += s.size;
	k->fed += s.fed;
	err = lives_ask(cx, l, &k->q, &answer);
	lives_close(l);
	return err ? err : lives_add(cx, &k->answer, &answer);
}

static enum err ask_all(struct cx *cx, struct asking *k, const struct reader *r, int64_t city)
{
	static const char sql[] =
		"SELECT city FROM log_head WHERE city > 0 AND ($1 < 0 OR city = $1) ORDER BY city";
	int64_t cities[NODE_CITIES_MAX];
	size_t count = 0;

	{
		db_auto_rows *rows = NULL;

		if (db_query(cx, r->db, &rows, sql, DB_ARGS(db_i64(city))))
			return cx->err;
		while (count < NODE_CITIES_MAX && db_next(cx, rows))
			cities[count++] = db_get_i64(rows, 0);
	}
	if (!cx->err && count == 0)
		cx_fail(cx, ERR_NOT_FOUND, "there is no city to count lives of");
	for (size_t i = 0; !cx->err && i < count; i++)
		ask_city(cx, k, r, cities[i]);
	return cx->err;
}

static enum err print(struct cx *cx, const struct asking *k)
{
	char *text = answer_json(cx, k);
	struct json *v;

	if (!text || json_parse(cx, text, strlen(text), &json_limits_file, &v))
		return cx->err;
	return command_print(cx, k->args, v);
}

static enum err run(struct cx *cx, struct args *a)
{
	struct node_options o = {.where = command_db(a), .keys = command_keys(a), .read_only = true};
	struct asking k = {.args = a, .folder = args_get(a, "folder")};
	struct reader reader;
	struct node *n;
	int64_t city;
	enum err err;

	if (command_local(cx, a, "lives") || args_int(cx, a, "city", -1, 1, INT32_MAX, &city) ||
	    read_question(cx, a, &k.q))
		return cx->err;
	if (node_open(cx, &o, &n))
		return cx->err;
	catch_interrupt(cx);
	err = node_reader_get(cx, n, city < 0 ? 0 : city, (struct principal){.roles = (ROLE_SYSTEM << 1) - 1},
			      &reader);
	if (!err && !k.folder)
		k.folder = reader.projections;
	if (!err)
		err = ask_all(cx, &k, &reader, city);
	if (!err)
		err = print(cx, &k);
	node_reader_put(n, &reader);
	node_close(n);
	return err;
}

const struct command cmd_lives = {
	"lives", "lives [--city N] [--from DATE] [--to DATE] [--by WHAT[,WHAT]] [--json]",
	"Counts the lives of devices by what is asked, over years in a moment.\n\n"
	"The columns it counts over are fed from the journal as it goes; they lie in a folder beside the\n"
	"database, are no part of the books, and are made anew when they are deleted or damaged.",
	options, run, NULL};
