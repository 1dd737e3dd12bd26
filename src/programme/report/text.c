/* Cells for people, and the report for a terminal. */
#include "base/time.h"
#include "programme/report/parts.h"
#include "programme/settle/settle.h"

bool cell_is_number(enum report_unit unit)
{
	return unit != REPORT_WORD && unit != REPORT_TEXT;
}

/* 1234567 as "1,234,567"; the last `decimals` digits stand behind a point. */
static char *grouped(struct cx *cx, int64_t value, int decimals)
{
	uint64_t size = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
	char buf[64], *p = buf + sizeof(buf);
	int digits = 0;

	*--p = 0;
	while (size > 0 || digits <= decimals) {
		if (digits == decimals && decimals > 0)
			*--p = '.';
		else if (digits > decimals && (digits - decimals) % 3 == 0)
			*--p = ',';
		*--p = (char)('0' + size % 10);
		size /= 10;
		digits++;
	}
	if (value < 0)
		*--p = '-';
	return cx_strdup(cx, p);
}

static const char *money(struct cx *cx, int64_t minor, const char *currency)
{
	int digits = currency ? currency_digits(currency) : -1;

	return grouped(cx, minor, digits < 0 ? 2 : digits);
}

static const char *mass(struct cx *cx, int64_t mg)
{
	char *kg = grouped(cx, mg, 6);

	return kg ? cx_printf(cx, "%s kg", kg) : NULL;
}

/* Two units at most: "3 d 4 h", "12 min 5 s". */
static const char *duration(struct cx *cx, int64_t us, enum report_lang lang)
{
	static const struct {
		int64_t seconds;
		const char *en, *zh;
	} units[] = {{86400, "d", "天"}, {3600, "h", "小时"}, {60, "min", "分"}, {1, "s", "秒"}};
	int64_t s = (us < 0 ? -us : us) / TIME_SECOND_US;
	const char *sign = us < 0 ? "-" : "";
	size_t i = 0;

	while (i < ARRAY_LEN(units) - 1 && s < units[i].seconds)
		i++;
	if (i == ARRAY_LEN(units) - 1)
		return cx_printf(cx, "%s%lld %s", sign, (long long)s,
				 lang == REPORT_ZH ? units[i].zh : units[i].en);
	return cx_printf(cx, "%s%lld %s %lld %s", sign, (long long)(s / units[i].seconds),
		lang == REPORT_ZH ? units[i].zh : units[i].en,
		(long long)(s % units[i].seconds / units[i + 1].seconds),
		lang == REPORT_ZH ? units[i + 1].zh : units[i + 1].en);
}

static const char *word(const struct report *r, const char *code, enum report_lang lang)
{
	size_t i;

	for (i = 0; i < r->categories; i++) {
		if (strcmp(r->category[i].code, code) == 0)
			return lang == REPORT_ZH ? r->category[i].zh : r->category[i].en;
	}
	return report_word(code, lang);
}

/* The text of the row's column of this name, or NULL. */
static const char *beside(const struct report_section *s, const struct report_row *row, const char *id)
{
	int i;

	for (i = 0; i < s->columns; i++) {
		if (strcmp(s->column[i].id, id) == 0)
			return row->cell[i].text;
	}
	return NULL;
}

static const char *in_unit(struct cx *cx, int64_t number, const char *unit)
{
	if (unit && strcmp(unit, "mg") == 0)
		return mass(cx, number);
	if (unit && currency_digits(unit) >= 0)
		return money(cx, number, unit);
	return grouped(cx, number, 0);
}

/* Masses are shown with their unit, and counts need none. */
static bool said_by_value(const struct report_column *column, const char *text)
{
	return strcmp(column->id, "unit") == 0 && (strcmp(text, "mg") == 0 || strcmp(text, "count") == 0);
}

const char *cell_text(struct cx *cx, const struct report *r, const struct report_section *s,
		      const struct report_row *row, int column, enum report_lang lang)
{
	const struct report_cell *c = &row->cell[column];
	char *share;

	if (!cell_is_number(s->column[column].unit)) {
		if (!c->text || said_by_value(&s->column[column], c->text))
			return "";
		return s->column[column].unit == REPORT_WORD ? word(r, c->text, lang) : c->text;
	}
	if (c->number == FIELD_NONE)
		return "";
	switch (s->column[column].unit) {
	case REPORT_MINOR:
		return money(cx, c->number, beside(s, row, "currency"));
	case REPORT_MG:
		return mass(cx, c->number);
	case REPORT_US:
		return duration(cx, c->number, lang);
	case REPORT_TIME:
		return day_format(cx, time_day(c->number));
	case REPORT_BP:
		share = grouped(cx, c->number, 2);
		return share ? cx_printf(cx, "%s %%", share) : NULL;
	case REPORT_UNIT:
		return in_unit(cx, c->number, beside(s, row, "unit"));
	case REPORT_ID:
		return cx_printf(cx, "%lld", (long long)c->number);
	default:
		return grouped(cx, c->number, 0);
	}
}

const char *period_text(struct cx *cx, const struct report *r, enum report_lang lang)
{
	const char *from = r->from_us ? time_rfc3339(cx, r->from_us) : "";
	const char *to = r->to_us < JSON_INT_MAX ? time_rfc3339(cx, r->to_us) : time_rfc3339(cx, r->now_us);

	if (!from || !to)
		return NULL;
	if (lang == REPORT_ZH)
		return cx_printf(cx, "%s%s%s（UTC）", from, *from ? " 至 " : "截至 ", to);
	return cx_printf(cx, "%s%s%s (UTC)", from, *from ? " to " : "up to ", to);
}

/* --- the terminal --- */

/* Columns of a terminal that a text takes: Chinese, Japanese, Korean and full-width forms take two. */
static size_t width(const char *s)
{
	size_t n = 0;

	for (; *s; s++) {
		unsigned char c = (unsigned char)*s;

		if ((c & 0xC0) == 0x80)
			continue;
		n += c >= 0xE3 && c <= 0xED ? 2 : c == 0xEF ? 2 : 1;
	}
	return n;
}

static void pad(struct sb *out, size_t n)
{
	while (n-- > 0)
		sb_char(out, ' ');
}

struct grid {
	const char **text; /* rows + 1 times columns; the first row is the head */
	size_t width[REPORT_COLUMNS_MAX];
};

static enum err fill_grid(struct cx *cx, const struct report *r, const struct report_section *s,
			  enum report_lang lang, struct grid *g)
{
	size_t columns = (size_t)s->columns, k;
	int i;

	*g = (struct grid){.text = cx_array(cx, (s->rows + 1) * columns, sizeof(*g->text))};
	if (!g->text)
		return cx->err;
	for (i = 0; i < s->columns; i++)
		g->text[i] = report_word(s->column[i].id, lang);
	for (k = 0; k < s->rows; k++) {
		for (i = 0; i < s->columns; i++) {
			const char *text = cell_text(cx, r, s, &s->row[k], i, lang);

			if (!text)
				return cx->err;
			g->text[(k + 1) * columns + (size_t)i] = text;
		}
	}
	for (k = 0; k <= s->rows; k++) {
		for (i = 0; i < s->columns; i++) {
			size_t n = width(g->text[k * columns + (size_t)i]);

			if (n > g->width[i])
				g->width[i] = n;
		}
	}
	return ERR_OK;
}

static void print_line(const struct report_section *s, const struct grid *g, size_t line, struct sb *out)
{
	const char *const *text = g->text + line * (size_t)s->columns;
	int i;

	for (i = 0; i < s->columns; i++) {
		size_t gap = g->width[i] - width(text[i]);

		if (i == s->columns - 1 && !*text[i])
			break; /* nothing behind the last cell that has something */
		sb_str(out, "  ");
		if (cell_is_number(s->column[i].unit))
			pad(out, gap);
		sb_str(out, text[i]);
		if (!cell_is_number(s->column[i].unit) && i < s->columns - 1)
			pad(out, gap);
	}
	sb_char(out, '\n');
}

enum { NOTE_WIDTH = 96 };

/* Bytes of the UTF-8 character at p. */
static size_t character(const char *p)
{
	size_t n = 1;

	while (((unsigned char)p[n] & 0xC0) == 0x80)
		n++;
	return n;
}

/* A paragraph in lines; it breaks at spaces, and behind any character that takes two columns. */
static void print_note(const char *note, struct sb *out)
{
	const char *line = note, *cut = note, *p = note;
	size_t columns = 0;

	while (*p) {
		size_t bytes = character(p);

		p += bytes;
		columns += bytes > 1 ? 2 : 1;
		if (bytes > 1 || p[-1] == ' ')
			cut = p;
		if (columns < NOTE_WIDTH || cut == line)
			continue;
		sb_str(out, "  ");
		sb_add(out, line, (size_t)(cut - line) - (cut[-1] == ' '));
		sb_char(out, '\n');
		line = cut;
		columns = (size_t)(p - cut);
	}
	sb_printf(out, "  %s\n", line);
}

static enum err print_section(struct cx *cx, const struct report *r, const struct report_section *s,
			      enum report_lang lang, struct sb *out)
{
	struct grid g;
	size_t k;

	sb_printf(out, "\n%s\n", lang == REPORT_ZH ? s->zh : s->en);
	print_note(lang == REPORT_ZH ? s->note_zh : s->note_en, out);
	if (s->rows == 0) {
		sb_str(out, lang == REPORT_ZH ? "  （无）\n" : "  (nothing)\n");
		return ERR_OK;
	}
	if (fill_grid(cx, r, s, lang, &g))
		return cx->err;
	for (k = 0; k <= s->rows; k++)
		print_line(s, &g, k, out);
	return ERR_OK;
}

enum err report_text(struct cx *cx, const struct report *r, enum report_lang lang, struct sb *out)
{
	const char *period = period_text(cx, r, lang);
	const char *all = lang == REPORT_ZH ? "全部城市" : "all cities";
	size_t i;

	if (!period)
		return cx->err;
	sb_printf(out, "%s: %s\n%s\n", lang == REPORT_ZH ? "项目报告" : "Programme report",
		  r->name ? r->name : all, period);
	for (i = 0; i < r->sections; i++) {
		if (print_section(cx, r, &r->section[i], lang, out))
			return cx->err;
	}
	return sb_end(out);
}
