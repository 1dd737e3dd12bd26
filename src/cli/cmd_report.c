/* relode report: the programme's account, every figure with the query it came from. */
#include "base/time.h"
#include "base/tz.h"
#include "cli/command.h"
#include "programme/report/report.h"
#include "server/node.h"

enum { OUTPUT_MAX = 256 * 1024 * 1024 };

static const struct arg_option options[] = {
	{"city", "N", "this city alone (default: all)"},
	{"from", "DATE", "from this local day on (2026-01-31), or instant (2026-01-31T08:00:00Z)"},
	{"to", "DATE", "until before this day or instant"},
	{"books", NULL, "count everything over the books, nothing from the columns of lives"},
	{"lang", "LANG", "en or zh (default: en)"},
	{"html", NULL, "print a page that needs nothing else"},
	{NULL, NULL, NULL},
};

/* A day of the cities' time zone, or an instant. */
struct bound {
	const char *name;
	bool is_day;
	int32_t day;
	int64_t us;
};

static enum err read_bound(struct cx *cx, const struct args *a, struct bound *b)
{
	const char *text = args_get(a, b->name);
	enum err err = ERR_OK;

	if (!text)
		return ERR_OK;
	b->is_day = strlen(text) == 10;
	err = b->is_day ? day_parse(cx, text, &b->day) : time_parse(cx, text, &b->us);
	return err ? cx_prefix(cx, "--%s: ", b->name) : ERR_OK;
}

static enum err read_zone(struct cx *cx, struct db *db, int64_t city, struct tz **out)
{
	static const char sql[] =
		"SELECT DISTINCT time_zone FROM city WHERE city > 0 AND ($1 < 0 OR city = $1)";
	const char *zone = "Etc/UTC";
	db_auto_rows *rows = NULL;

	if (db_query(cx, db, &rows, sql, DB_ARGS(db_i64(city))))
		return cx->err;
	if (db_next(cx, rows))
		zone = cx_strdup(cx, db_get_text(rows, 0));
	if (db_next(cx, rows)) {
		zone = "Etc/UTC";
		fprintf(stderr, "relode: the cities are in several time zones: days are those of UTC\n");
	}
	return cx->err ? cx->err : tz_open(cx, zone, out);
}

static enum err place_days(struct cx *cx, struct db *db, int64_t city, struct bound *from, struct bound *to)
{
	struct tz *tz;

	if ((from->is_day || to->is_day) && read_zone(cx, db, city, &tz))
		return cx->err;
	if (from->is_day)
		from->us = tz_day_start_us(tz, from->day);
	if (to->is_day)
		to->us = tz_day_start_us(tz, to->day);
	return from->us < to->us ? ERR_OK : cx_fail(cx, ERR_INPUT, "--from is not before --to");
}

static enum err print(struct cx *cx, const struct args *a, const struct report *r, enum report_lang lang)
{
	struct json_writer w;
	struct sb sb;

	sb_init(&sb, cx, OUTPUT_MAX);
	if (args_has(a, "json")) {
		jw_init(&w, &sb, true);
		jw_object(&w);
		report_json(r, lang, &w);
		jw_object_end(&w);
		sb_char(&sb, '\n');
	} else if (args_has(a, "html") ? report_html(cx, r, lang, &sb) : report_text(cx, r, lang, &sb)) {
		return cx->err;
	}
	if (sb_end(&sb))
		return cx->err;
	if (fwrite(sb.data, 1, sb.len, stdout) != sb.len)
		return cx_errno(cx, "write", "the report");
	return ERR_OK;
}

static enum err run(struct cx *cx, struct args *a)
{
	struct node_options o = {.where = command_db(a), .keys = command_keys(a), .read_only = true};
	const char *lang = args_get(a, "lang");
	struct bound from = {.name = "from"}, to = {.name = "to", .us = JSON_INT_MAX};
	int64_t city;
	struct report *r;
	struct reader reader;
	struct node *n;
	enum err err;

	if (lang && strcmp(lang, "en") != 0 && strcmp(lang, "zh") != 0)
		return cx_fail(cx, ERR_INPUT, "--lang: \"%.20s\" is neither en nor zh", lang);
	if (args_int(cx, a, "city", REPORT_ALL, 0, INT32_MAX, &city) || read_bound(cx, a, &from) ||
	    read_bound(cx, a, &to))
		return cx->err;
	if (node_open(cx, &o, &n))
		return cx->err;
	err = node_reader_get(cx, n, city < 0 ? 0 : city,
			      (struct principal){.roles = (ROLE_SYSTEM << 1) - 1}, &reader);
	if (!err && args_has(a, "books"))
		reader.projections = NULL;
	if (!err)
		err = place_days(cx, reader.db, city, &from, &to);
	if (!err)
		err = report_run(cx, &reader, city, from.us, to.us, NULL, &r);
	if (!err)
		err = print(cx, a, r, lang && *lang == 'z' ? REPORT_ZH : REPORT_EN);
	node_reader_put(n, &reader);
	node_close(n);
	return err;
}

const struct command cmd_report = {
	"report", "report [--city N] [--from DATE] [--to DATE] [--books] [--json|--html] [--lang en|zh]",
	"The programme's account: devices, rates, times, money, every gram, erasures, merchants.\n\n"
	"Every figure comes with the query from which it can be computed again. What the columns of lives\n"
	"(`relode lives`) can say comes from them; --books counts it over the books, and says the same.",
	options, run, NULL};
