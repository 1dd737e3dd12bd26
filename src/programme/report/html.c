/* The report as one page: tables with captions, bars drawn as SVG, each query behind a fold. */
#include "programme/report/parts.h"

static const char style[] =
	":root{--ink:#1b1f24;--soft:#57606a;--paper:#fff;--line:#d0d7de;--bar:#0b6e4f;--head:#f3f5f7}"
	"@media (prefers-color-scheme:dark){:root{--ink:#e6edf3;--soft:#9aa7b4;--paper:#0f141a;"
	"--line:#303a45;"
	"--bar:#3fb68b;--head:#19212a}}"
	"*{box-sizing:border-box}"
	"body{margin:0;background:var(--paper);color:var(--ink);font:16px/1.5 system-ui,\"Noto Sans CJK SC\","
	"\"PingFang SC\",\"Microsoft YaHei\",sans-serif}"
	"main{max-width:64rem;margin:0 auto;padding:1.5rem 1rem 4rem}"
	"h1{font-size:1.75rem;line-height:1.2;margin:0 0 .25rem}h2{font-size:1.25rem;margin:2.5rem 0 .25rem}"
	"p{margin:.25rem 0 .75rem}.note{color:var(--soft)}"
	"nav ul{display:flex;flex-wrap:wrap;gap:.25rem 1rem;list-style:none;margin:1rem 0;padding:0}"
	"a{color:inherit}a:focus-visible,summary:focus-visible,.wide:focus-visible{outline:3px solid "
	"var(--bar);"
	"outline-offset:2px}"
	".cards{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(11rem,45%),1fr));gap:.75rem;"
	"margin:1rem 0;"
	"padding:0;list-style:none}"
	".cards li{border:1px solid var(--line);border-radius:.5rem;padding:.75rem}"
	".cards b{display:block;font-size:1.25rem;font-variant-numeric:tabular-nums;overflow-wrap:anywhere}"
	".cards span{color:var(--soft)}"
	".wide{overflow-x:auto}"
	"table{border-collapse:collapse;width:100%}"
	"caption{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}"
	"th,td{padding:.35rem .6rem;border-bottom:1px solid var(--line);text-align:left;vertical-align:top}"
	"tr>:first-child{min-width:8.5em}"
	"thead th{background:var(--head);font-weight:600}tbody th{font-weight:400}"
	".n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}"
	".bar{width:9rem}.bar svg{display:block;width:9rem;height:1rem}.bar rect{fill:var(--bar)}"
	"details{margin:.5rem 0;color:var(--soft)}summary{cursor:pointer}"
	"pre{white-space:pre-wrap;overflow-wrap:anywhere;font:.8rem/1.4 ui-monospace,monospace;"
	"color:var(--ink)}"
	"@media print{:root{--ink:#000;--soft:#444;--paper:#fff;--line:#999;--bar:#444;--head:#eee}"
	"nav,details{display:none}h2{break-after:avoid}tr{break-inside:avoid}main{max-width:none;padding:0}"
	"body{font-size:10pt}}";

struct page {
	struct cx *cx;
	const struct report *r;
	enum report_lang lang;
	struct sb *out;
};

static const char *say(const struct page *p, const char *en, const char *zh)
{
	return p->lang == REPORT_ZH ? zh : en;
}

static void put(struct sb *out, const char *s)
{
	for (; *s; s++) {
		if (*s == '&')
			sb_str(out, "&amp;");
		else if (*s == '<')
			sb_str(out, "&lt;");
		else if (*s == '>')
			sb_str(out, "&gt;");
		else if (*s == '"')
			sb_str(out, "&quot;");
		else
			sb_char(out, *s);
	}
}

/* The largest number of the charted column; a bar is drawn for what is above 0. */
static int64_t chart_max(const struct report_section *s)
{
	int64_t max = 0;
	size_t k;

	for (k = 0; s->chart >= 0 && k < s->rows; k++) {
		int64_t number = s->row[k].cell[s->chart].number;

		if (number != FIELD_NONE && number > max)
			max = number;
	}
	return max;
}

/* Width in thousandths; the figure itself stands in the table, so the drawing is hidden from readers. */
static void put_bar(struct sb *out, int64_t number, int64_t max)
{
	int64_t width = number == FIELD_NONE || number <= 0 ? 0 : (int64_t)((__int128)number * 1000 / max);

	sb_printf(out, "<td class=\"bar\"><svg viewBox=\"0 0 1000 100\" preserveAspectRatio=\"none\" "
		"aria-hidden=\"true\"><rect width=\"%lld\" height=\"100\"/></svg></td>", (long long)width);
}

static void put_head(const struct page *p, const struct report_section *s, int64_t max)
{
	int i;

	sb_str(p->out, "<thead><tr>");
	for (i = 0; i < s->columns; i++) {
		sb_printf(p->out, "<th scope=\"col\"%s>",
			  cell_is_number(s->column[i].unit) ? " class=\"n\"" : "");
		put(p->out, report_word(s->column[i].id, p->lang));
		sb_str(p->out, "</th>");
	}
	if (max > 0)
		sb_str(p->out, "<td class=\"bar\"></td>");
	sb_str(p->out, "</tr></thead>\n");
}

static enum err put_row(const struct page *p, const struct report_section *s, const struct report_row *row,
			int64_t max)
{
	int i;

	sb_str(p->out, "<tr>");
	for (i = 0; i < s->columns; i++) {
		const char *text = cell_text(p->cx, p->r, s, row, i, p->lang);
		const char *number = cell_is_number(s->column[i].unit) ? " class=\"n\"" : "";

		if (!text)
			return p->cx->err;
		sb_printf(p->out, i == 0 ? "<th scope=\"row\"%s>" : "<td%s>", number);
		put(p->out, text);
		sb_str(p->out, i == 0 ? "</th>" : "</td>");
	}
	if (max > 0)
		put_bar(p->out, row->cell[s->chart].number, max);
	sb_str(p->out, "</tr>\n");
	return ERR_OK;
}

/* Each query once, in the order of the rows. */
static void put_queries(const struct page *p, const struct report_section *s)
{
	const char *last = NULL;
	size_t k;

	sb_printf(p->out, "<details><summary>%s</summary>\n",
		say(p, "How to compute this again (SQL)", "如何重新计算（SQL）"));
	for (k = 0; k < s->rows; k++) {
		if (s->row[k].query == last)
			continue;
		last = s->row[k].query;
		sb_str(p->out, "<pre>");
		put(p->out, last);
		sb_str(p->out, ";</pre>\n");
	}
	sb_str(p->out, "</details>\n");
}

static enum err put_table(const struct page *p, const struct report_section *s)
{
	int64_t max = chart_max(s);
	size_t k;

	sb_printf(p->out, "<div class=\"wide\" role=\"region\" tabindex=\"0\" aria-labelledby=\"%s\"><table>"
		"<caption>", s->id);
	put(p->out, say(p, s->en, s->zh));
	sb_str(p->out, "</caption>\n");
	put_head(p, s, max);
	sb_str(p->out, "<tbody>\n");
	for (k = 0; k < s->rows; k++) {
		if (put_row(p, s, &s->row[k], max))
			return p->cx->err;
	}
	sb_str(p->out, "</tbody></table></div>\n");
	return ERR_OK;
}

static enum err put_cards(const struct page *p, const struct report_section *s)
{
	size_t k;

	sb_str(p->out, "<ul class=\"cards\">\n");
	for (k = 0; k < s->rows; k++) {
		const char *value = cell_text(p->cx, p->r, s, &s->row[k], 1, p->lang);

		if (!value)
			return p->cx->err;
		sb_str(p->out, "<li><span>");
		put(p->out, report_word(s->row[k].cell[0].text, p->lang));
		sb_str(p->out, "</span> <b>");
		put(p->out, value);
		sb_str(p->out, "</b></li>\n");
	}
	sb_str(p->out, "</ul>\n");
	return ERR_OK;
}

static enum err put_section(const struct page *p, const struct report_section *s)
{
	sb_printf(p->out, "<section>\n<h2 id=\"%s\">", s->id);
	put(p->out, say(p, s->en, s->zh));
	sb_str(p->out, "</h2>\n<p class=\"note\">");
	put(p->out, say(p, s->note_en, s->note_zh));
	sb_str(p->out, "</p>\n");
	if (s->rows == 0)
		sb_printf(p->out, "<p>%s</p>\n", say(p, "Nothing.", "无。"));
	else if (strcmp(s->id, "figures") == 0 ? put_cards(p, s) : put_table(p, s))
		return p->cx->err;
	if (s->rows > 0)
		put_queries(p, s);
	sb_str(p->out, "</section>\n");
	return ERR_OK;
}

static void put_nav(const struct page *p)
{
	size_t i;

	sb_printf(p->out, "<nav aria-label=\"%s\"><ul>\n", say(p, "Sections", "章节"));
	for (i = 0; i < p->r->sections; i++) {
		const struct report_section *s = &p->r->section[i];

		sb_printf(p->out, "<li><a href=\"#%s\">", s->id);
		put(p->out, say(p, s->en, s->zh));
		sb_str(p->out, "</a></li>\n");
	}
	sb_str(p->out, "</ul></nav>\n");
}

static enum err put_title(const struct page *p)
{
	const char *period = period_text(p->cx, p->r, p->lang);
	const char *name = p->r->name ? p->r->name : say(p, "all cities", "全部城市");

	if (!period)
		return p->cx->err;
	sb_printf(p->out, "<!DOCTYPE html>\n<html lang=\"%s\">\n<head>\n<meta charset=\"utf-8\"/>\n"
		"<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n"
		"<meta name=\"color-scheme\" content=\"light dark\"/>\n<title>", say(p, "en", "zh-Hans"));
	put(p->out, say(p, "Programme report", "项目报告"));
	sb_str(p->out, say(p, ": ", "："));
	put(p->out, name);
	sb_printf(p->out, "</title>\n<style>%s</style>\n</head>\n<body>\n<main>\n<h1>", style);
	put(p->out, say(p, "Programme report", "项目报告"));
	sb_str(p->out, say(p, ": ", "："));
	put(p->out, name);
	sb_str(p->out, "</h1>\n<p>");
	put(p->out, period);
	sb_str(p->out, "</p>\n");
	return ERR_OK;
}

enum err report_html(struct cx *cx, const struct report *r, enum report_lang lang, struct sb *out)
{
	const struct page p = {.cx = cx, .r = r, .lang = lang, .out = out};
	size_t i;

	if (put_title(&p))
		return cx->err;
	put_nav(&p);
	for (i = 0; i < r->sections; i++) {
		if (put_section(&p, &r->section[i]))
			return cx->err;
	}
	sb_str(out, "</main>\n</body>\n</html>\n");
	return sb_end(out);
}
