/* The npm package ios-device-list (MIT): a JSON file a family, an object a generation and radio. */
#include "base/file.h"
#include "codec/json.h"
#include "programme/catalogue/rows.h"

static const struct {
	const char *file, *category;
} families[] = {
	{"iphone", "phone"},      {"ipad", "tablet"},         {"ipad_air", "tablet"},   {"ipad_mini", "tablet"},
	{"ipad_pro", "tablet"},   {"apple_watch", "watch"},
}; /* the others (players, boxes, speakers, headphones) are of no category that is shipped */
enum { ROWS_MAX = 2000, SIZES_MAX = 16, WORDS_BYTES = 1200, CODE_BYTES = 900 };

enum err rows_json(struct cx *cx, const char *folder, const char *name, struct json **out)
{
	char *path = cx_printf(cx, "%s/%s.json", folder, name), *text;
	size_t n;

	if (!path || file_read(cx, path, ROWS_FILE_MAX, &text, &n))
		return cx->err;
	return json_parse(cx, text, n, &json_limits_file, out) ? cx_prefix(cx, "%s: ", path) : ERR_OK;
}

enum err rows_version(struct cx *cx, const char *folder, const char **out)
{
	const struct json *v;
	struct json *package;

	if (rows_json(cx, folder, "package", &package))
		return cx->err;
	v = json_get(package, "version");
	if (!v || v->type != JSON_TEXT)
		return cx_fail(cx, ERR_INVALID, "%s/package.json says no version", folder);
	*out = v->text;
	return ERR_OK;
}

/* One generation, gathered from all objects that name it. */
struct gather {
	const char *name, *category;
	struct sb code, words;
	int64_t gb[SIZES_MAX];
	int sizes;
};

static bool has_word(const struct sb *sb, const char *word, size_t n)
{
	for (const char *p = sb->data; sb->len > 0 && *p;) {
		size_t len = strcspn(p, " ");
		size_t bare = len > 0 && p[len - 1] == ',' ? len - 1 : len;
		if (bare == n && memcmp(p, word, n) == 0)
			return true;
		p += len;
		p += strspn(p, " ");
	}
	return false;
}

/* Adds a word that is not there yet, as far as there is room. */
static void add_word(struct sb *sb, const char *between, size_t max, const char *word)
{
	size_t n = strlen(word);

	if (n == 0 || sb->len + n + 2 > max || has_word(sb, word, n))
		return;
	if (sb->len > 0)
		sb_str(sb, between);
	sb_add(sb, word, n);
}

/* A text, or a list of texts. */
static void add_texts(struct sb *sb, const char *between, size_t max, const struct json *v)
{
	if (v && v->type == JSON_TEXT)
		add_word(sb, between, max, v->text);
	for (size_t i = 0; v && v->type == JSON_ARRAY && i < v->count; i++)
		if (v->item[i]->type == JSON_TEXT)
			add_word(sb, between, max, v->item[i]->text);
}

/* "64 GB", "1 TB"; the list also writes "1 T". */
static void add_size(struct gather *g, const struct json *storage)
{
	int64_t gb = 0;
	const char *p;
	int i;

	if (!storage || storage->type != JSON_TEXT)
		return;
	for (p = storage->text; *p >= '0' && *p <= '9' && gb < 100000; p++)
		gb = gb * 10 + (*p - '0');
	p += strspn(p, " ");
	if (*p == 'T')
		gb *= 1024;
	if (gb == 0 || (*p != 'T' && *p != 'G') || g->sizes == SIZES_MAX)
		return;
	for (i = 0; i < g->sizes && g->gb[i] < gb; i++)
		;
	if (i < g->sizes && g->gb[i] == gb)
		return;
	memmove(&g->gb[i + 1], &g->gb[i], (size_t)(g->sizes - i) * sizeof(g->gb[0]));
	g->gb[i] = gb;
	g->sizes++;
}

static void add_object(struct gather *g, const struct json *v)
{
	const struct json *models = json_get(v, "Models");

	add_texts(&g->code, ", ", CODE_BYTES, json_get(v, "Identifier"));
	add_texts(&g->words, " ", WORDS_BYTES, json_get(v, "ANumber"));
	for (size_t i = 0; models && models->type == JSON_ARRAY && i < models->count; i++) {
		add_size(g, json_get(models->item[i], "Storage"));
		add_texts(&g->words, " ", WORDS_BYTES, json_get(models->item[i], "Model"));
	}
}

static struct gather *gather_of(struct cx *cx, struct gather **all, size_t *count, const char *name)
{
	struct gather *g;

	for (size_t i = 0; i < *count; i++)
		if (strcmp(all[i]->name, name) == 0)
			return all[i];
	if (*count == ROWS_MAX) {
		cx_fail(cx, ERR_TOO_LARGE, "more than %d generations", ROWS_MAX);
		return NULL;
	}
	g = CX_NEW(cx, struct gather);
	if (!g)
		return NULL;
	*g = (struct gather){.name = name};
	sb_init(&g->code, cx, 4096);
	sb_init(&g->words, cx, 4096);
	return all[(*count)++] = g;
}

static enum err read_family(struct cx *cx, const char *folder, size_t family, struct gather **all, size_t *count)
{
	struct json *list;

	if (rows_json(cx, folder, families[family].file, &list))
		return cx->err;
	if (list->type != JSON_ARRAY)
		return cx_fail(cx, ERR_INVALID, "%s/%s.json is no list", folder, families[family].file);
	for (size_t i = 0; i < list->count; i++) {
		const struct json *name = json_get(list->item[i], "Generation");
		struct gather *g;
		if (!name || name->type != JSON_TEXT || name->len == 0)
			return cx_fail(cx, ERR_INVALID, "%s/%s.json: object %zu has no Generation", folder,
				       families[family].file, i + 1);
		g = gather_of(cx, all, count, name->text);
		if (!g)
			return cx->err;
		g->category = families[family].category;
		add_object(g, list->item[i]);
	}
	return ERR_OK;
}

static enum err to_model(struct cx *cx, struct gather *g, const char *source, struct model_in *m)
{
	struct sb sizes;

	sb_init(&sizes, cx, 200);
	for (int i = 0; i < g->sizes; i++)
		sb_printf(&sizes, "%s%lld", i ? "," : "", (long long)g->gb[i]);
	if (sb_end(&g->code) || sb_end(&g->words) || sb_end(&sizes))
		return cx->err;
	*m = (struct model_in){.brand = "Apple", .name = g->name, .category = g->category,
			       .code = g->code.len ? g->code.data : NULL, .words = g->words.len ? g->words.data : NULL,
			       .variants_gb = g->sizes ? sizes.data : NULL, .mass_mg = FIELD_NONE,
			       .released_day = FIELD_NONE, .launch_minor = FIELD_NONE, .source = source};
	return ERR_OK;
}

enum err rows_ios(struct cx *cx, const char *folder, struct import_rows *out)
{
	struct gather **all = cx_array(cx, ROWS_MAX, sizeof(*all));
	struct import_rows r = {.list = "ios-device-list"};
	struct model_in *m;
	char *source;

	if (!all || rows_version(cx, folder, &r.version))
		return cx->err;
	for (size_t f = 0; f < ARRAY_LEN(families); f++)
		if (read_family(cx, folder, f, all, &r.count))
			return cx->err;
	source = cx_printf(cx, "npm ios-device-list %s (MIT)", r.version);
	m = cx_array(cx, r.count, sizeof(*m));
	if (!source || !m)
		return cx->err;
	for (size_t i = 0; i < r.count; i++)
		if (to_model(cx, all[i], source, &m[i]))
			return cx->err;
	r.item = m;
	*out = r;
	return ERR_OK;
}
