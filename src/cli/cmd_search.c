/* relode search: models by what people know of a device. */
#include "cli/command.h"
#include "programme/device/device.h"

enum { CODES_SHOWN = 40 };

static const struct arg_option options[] = {
	{"imei", NULL, "TEXT is an IMEI: its check digit must be right; found by its first eight digits"},
	{"category", "CODE", "of this category alone"},
	{"limit", "N", "most models shown (default: 20)"},
	{NULL, NULL, NULL},
};

/* The words of the command line as one text. */
static enum err words_of(struct cx *cx, const struct args *a, const char **out)
{
	struct sb sb;

	sb_init(&sb, cx, 1000);
	for (int i = 0; i < a->words; i++)
		sb_printf(&sb, "%s%s", i ? " " : "", a->word[i]);
	if (sb_end(&sb))
		return cx->err;
	if (sb.len == 0)
		return cx_fail(cx, ERR_INPUT, "search what? relode search iphone 13");
	*out = sb.data;
	return ERR_OK;
}

static enum err params_of(struct cx *cx, const struct args *a, const char *text, const struct json **out)
{
	struct json_writer w;
	struct json *v;
	struct sb sb;
	int64_t limit;

	if (args_int(cx, a, "limit", 20, 1, 200, &limit))
		return cx->err;
	sb_init(&sb, cx, 4000);
	jw_init(&w, &sb, false);
	jw_object(&w);
	jw_text_at(&w, "q", text);
	jw_int_at(&w, "limit", limit);
	if (args_get(a, "category"))
		jw_text_at(&w, "category", args_get(a, "category"));
	jw_object_end(&w);
	if (sb_end(&sb) || json_parse(cx, sb.data, sb.len, &json_limits_request, &v))
		return cx->err;
	*out = v;
	return ERR_OK;
}

static bool same_code(const char *code, size_t n, const char *text)
{
	if (strlen(text) != n)
		return false;
	for (size_t i = 0; i < n; i++) {
		char a = code[i], b = text[i];
		if (a >= 'A' && a <= 'Z')
			a = (char)(a + 'a' - 'A');
		if (b >= 'A' && b <= 'Z')
			b = (char)(b + 'a' - 'A');
		if (a != b)
			return false;
	}
	return true;
}

/* True when text is one of the model's codes (", " between them). */
static bool has_code(const char *codes, const char *text)
{
	while (codes && *codes) {
		const char *end = strstr(codes, ", ");
		size_t n = end ? (size_t)(end - codes) : strlen(codes);
		if (same_code(codes, n, text))
			return true;
		codes = end ? end + 2 : NULL;
	}
	return false;
}

static const char *text_at(const struct json *v, const char *name)
{
	const struct json *m = json_get(v, name);
	return m && m->type == JSON_TEXT ? m->text : NULL;
}

/* The code that was asked for, else as many as fit a line. */
static char *codes_shown(struct cx *cx, const char *codes, const char *text)
{
	size_t n = codes ? strlen(codes) : 0;

	if (has_code(codes, text))
		return cx_printf(cx, "%s%s", text, strlen(text) < n ? ", …" : "");
	if (n <= CODES_SHOWN)
		return cx_strdup(cx, codes ? codes : "");
	for (n = CODES_SHOWN; n > 0 && !(codes[n] == ',' && codes[n + 1] == ' '); n--)
		;
	return cx_printf(cx, "%.*s%s…", (int)n, codes, n ? ", " : "");
}

/* The hits for people: what tells them apart. */
static enum err shorten(struct cx *cx, const struct json *items, const char *text, const struct json **out)
{
	static const char *const shown[] = {"brand", "name", "category", "variants_gb"};
	struct json_writer w;
	struct json *v;
	struct sb sb;

	sb_init(&sb, cx, 1000000);
	jw_init(&w, &sb, false);
	jw_object(&w);
	jw_name(&w, "models");
	jw_array(&w);
	for (size_t i = 0; i < items->count; i++) {
		const struct json *m = items->item[i];
		jw_object(&w);
		jw_name(&w, "model");
		jw_value(&w, json_get(m, "model"));
		for (size_t k = 0; k < ARRAY_LEN(shown); k++) {
			jw_name(&w, shown[k]);
			jw_text(&w, text_at(m, shown[k]) ? text_at(m, shown[k]) : "");
		}
		jw_text_at(&w, "codes", codes_shown(cx, text_at(m, "code"), text));
		jw_object_end(&w);
	}
	jw_array_end(&w);
	jw_object_end(&w);
	if (cx->err || sb_end(&sb) || json_parse(cx, sb.data, sb.len, &json_limits_file, &v))
		return cx->err;
	*out = v;
	return ERR_OK;
}

static enum err print(struct cx *cx, const struct args *a, const struct json *items, const char *text)
{
	const struct json *table;
	size_t owners = 0;

	for (size_t i = 0; i < items->count; i++)
		owners += has_code(text_at(items->item[i], "code"), text);
	if (shorten(cx, items, text, &table) || command_print(cx, a, table))
		return cx->err;
	if (owners > 1)
		printf("%zu models have the code %s: it takes more to say which one it is\n", owners, text);
	return ERR_OK;
}

static void nothing(struct cx *cx, const struct args *a, const char *text)
{
	if (args_has(a, "imei"))
		cx_fail(cx, ERR_NOT_FOUND,
			"no model is known by that IMEI; relode import tac loads type allocation codes");
	else
		cx_fail(cx, ERR_NOT_FOUND, "no model is known by \"%.80s\"", text);
}

static enum err run(struct cx *cx, struct args *a)
{
	const struct json *params, *answer, *items;
	struct door *door;
	const char *text;
	char imei[17];

	if (words_of(cx, a, &text))
		return cx->err;
	if (args_has(a, "imei")) {
		if (imei_normalise(cx, text, imei))
			return cx->err;
		text = imei;
	}
	if (params_of(cx, a, text, &params) || command_door(cx, a, true, &door))
		return cx->err;
	if (!door_get(cx, door, 0, "catalogue.search", params, &answer)) {
		items = json_get(answer, "items");
		if (args_has(a, "json"))
			command_print(cx, a, answer);
		else if (items && items->count > 0)
			print(cx, a, items, text);
		if (!cx->err && (!items || items->count == 0))
			nothing(cx, a, text);
	}
	door_close(door);
	return cx->err;
}

const struct command cmd_search = {
	"search",
	"search TEXT… [--imei] [--category CODE] [--limit N]",
	"Finds models by brand, name, model code, IMEI or type allocation code.\n\n"
	"Best first; where several fit, all of them are shown and none is picked. The number in front is\n"
	"the model's: quotes and bookings take it. Exit code 4 when there is none.",
	options,
	run,
	NULL};
