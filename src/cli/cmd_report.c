/* relode report: the programme's account, every figure with the query it came from. */
#include "base/time.h"
#include "cli/command.h"
#include "programme/report/report.h"
#include "server/node.h"

enum { OUTPUT_MAX = 256 * 1024 * 1024 };

static const struct arg_option options[] = {
	{"city", "N", "this city alone (default: all)"},
	{"from", "DATE", "from this day or instant on, RFC 3339 (2026-01-31 or 2026-01-31T08:00:00Z)"},
	{"to", "DATE", "until before this day or instant"},
	{"books", NULL, "count everything over the books, nothing from the columns of lives"},
	{"lang", "LANG", "en or zh (default: en)"},
	{"html", NULL, "print a page that needs nothing else"},
	{NULL, NULL, NULL},
};

static enum err instant(struct cx *cx, const struct args *a, const char *name, int64_t otherwise,
			int64_t *out)
{
	const char *text = args_get(a, name);

	*out = otherwise;
	if (!text)
		return ERR_OK;
	if (strlen(text) == 10 && !(text = cx_printf(cx, "%sT00:00:00Z", text)))
		return cx->err;
	if (time_parse(cx, text, out))
		return cx_prefix(cx, "--%s: ", name);
	return ERR_OK;
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
	int64_t city, from, to;
	struct report *r;
	struct reader reader;
	struct node *n;
	enum err err;

	if (lang && strcmp(lang, "en") != 0 && strcmp(lang, "zh") != 0)
		return cx_fail(cx, ERR_INPUT, "--lang: \"%.20s\" is neither en nor zh", lang);
	if (args_int(cx, a, "city", REPORT_ALL, 0, INT32_MAX, &city) || instant(cx, a, "from", 0, &from) ||
	    instant(cx, a, "to", JSON_INT_MAX, &to))
		return cx->err;
	if (from >= to)
		return cx_fail(cx, ERR_INPUT, "--from is not before --to");
	if (node_open(cx, &o, &n))
		return cx->err;
	err = node_reader_get(cx, n, city < 0 ? 0 : city,
			      (struct principal){.roles = (ROLE_SYSTEM << 1) - 1}, &reader);
	if (!err && args_has(a, "books"))
		reader.projections = NULL;
	if (!err)
		err = report_run(cx, &reader, city, from, to, NULL, &r);
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
