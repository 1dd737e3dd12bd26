/* relode act, relode show: every declared action and view, with its fields as options. */
#include "base/file.h"
#include "cli/command.h"
#include "cli/fields.h"
#include "kernel/books.h"

static const struct arg_option act_options[] = {
	{"city", "N", "the city; 0 is the programme itself"},
	{"data", "FILE", "the body as JSON, \"-\" for standard input; options are added to it"},
	{"key", "TEXT", "Idempotency-Key: the same action with the same key happens once"},
	{"happened_us", "US", "when it happened, microseconds UTC; now when absent"},
	{"list", NULL, "list the actions"},
	{NULL, NULL, NULL},
};

static const struct arg_option show_options[] = {
	{"city", "N", "the city"},
	{"list", NULL, "list the views"},
	{NULL, NULL, NULL},
};

/* The first word behind the command, before options are parsed. */
static const char *first_word(int argc, char **argv)
{
	return argc > 2 && argv[2][0] != '-' ? argv[2] : NULL;
}

static enum err prepare_act(struct cx *cx, struct args *a, int argc, char **argv)
{
	const char *type = first_word(argc, argv);
	const struct action *action = type ? fields_action(type) : NULL;

	return action ? fields_options(cx, a, action->fields, IN) : ERR_OK;
}

static void help_fields(const char *usage, const char *name, const char *doc, const struct field *f,
			unsigned mask, const struct arg_option *own)
{
	char line[200];

	snprintf(line, sizeof(line), "%s %s [--FIELD VALUE]…", usage, name);
	args_help(stdout, line, doc, own);
	printf("\nfields:\n");
	fields_help(stdout, f, mask);
}

/* Names with what they are for: a line each, or an array of objects. */
struct names {
	struct json_writer w;
	struct sb sb;
	bool json;
};

static void names_begin(struct cx *cx, const struct args *a, struct names *n)
{
	n->json = args_has(a, "json");
	sb_init(&n->sb, cx, 1 << 20);
	jw_init(&n->w, &n->sb, true);
	jw_array(&n->w);
}

static void names_add(struct names *n, const char *name, const char *doc)
{
	if (!n->json) {
		printf("%-26s %s\n", name, doc);
		return;
	}
	jw_object(&n->w);
	jw_text_at(&n->w, "doc", doc);
	jw_text_at(&n->w, "name", name);
	jw_object_end(&n->w);
}

static enum err names_end(struct names *n)
{
	jw_array_end(&n->w);
	if (n->json && !sb_end(&n->sb))
		puts(n->sb.data);
	return n->sb.err;
}

static enum err list_actions(struct cx *cx, const struct args *a)
{
	struct names n;

	names_begin(cx, a, &n);
	for (const struct feature *const *f = programme_features; *f; f++)
		for (const struct action *x = (*f)->actions; x && x->type; x++)
			names_add(&n, x->type, x->doc);
	return names_end(&n);
}

static enum err read_body(struct cx *cx, const struct args *a, const struct field *f, const struct json **out)
{
	const char *file = args_get(a, "data");
	struct json *base = NULL;
	char *text;
	size_t n;

	if (file) {
		if (file_read(cx, strcmp(file, "-") == 0 ? "/dev/stdin" : file,
			      json_limits_request.bytes, &text, &n) ||
		    json_parse(cx, text, n, &json_limits_request, &base))
			return cx_prefix(cx, "%s: ", file);
		if (base->type != JSON_OBJECT)
			return cx_fail(cx, ERR_INPUT, "%s: must be a JSON object", file);
	}
	return fields_body(cx, a, f, IN, base, out);
}

static enum err run_act(struct cx *cx, struct args *a)
{
	const struct action *action = a->words ? fields_action(a->word[0]) : NULL;
	struct door_action act = {.happened_us = FIELD_NONE, .key = args_get(a, "key")};
	struct door *door;
	enum err err;

	if (args_has(a, "list"))
		return list_actions(cx, a);
	if (a->words && !action)
		return cx_fail(cx, ERR_NOT_FOUND,
			       "there is no action %.60s; relode act --list lists them",
			       a->word[0]);
	if (args_has(a, "help") || a->words == 0) {
		if (action)
			help_fields("act", action->type, action->doc, action->fields, IN, act_options);
		else
			args_help(stdout, cmd_act.usage, cmd_act.doc, act_options);
		return ERR_OK;
	}
	if (!action)
		return cx_fail(cx, ERR_NOT_FOUND,
			       "there is no action %.60s; relode act --list lists them",
			       a->word[0]);
	act.type = action->type;
	if (args_int(cx, a, "city", 0, 0, INT32_MAX, &act.city) ||
	    args_int(cx, a, "happened_us", FIELD_NONE, 0, JSON_INT_MAX, &act.happened_us) ||
	    read_body(cx, a, action->fields, &act.body) || command_door(cx, a, false, &door))
		return cx->err;
	err = door_act(cx, door, &act, 1);
	if (!err && act.err)
		err = cx_prefix(cx, "%s: ", action->type);
	if (!err)
		err = command_print(cx, a, act.answer);
	door_close(door);
	return err;
}

const struct command cmd_act = {
	"act", "act TYPE [--city N] [--FIELD VALUE]… [--data FILE]",
	"Does one action: everything that changes the books is one.\n\n"
	"relode act --list names them; relode act TYPE --help shows its fields.",
	act_options, run_act, prepare_act};

/* --- show --- */

static enum err prepare_show(struct cx *cx, struct args *a, int argc, char **argv)
{
	const char *name = first_word(argc, argv);
	const struct view *view = name ? fields_view(name) : NULL;

	return view && view->params ? fields_options(cx, a, view->params, IN) : ERR_OK;
}

static enum err list_views(struct cx *cx, const struct args *a)
{
	struct names n;

	names_begin(cx, a, &n);
	for (const struct feature *const *f = programme_features; *f; f++)
		for (const struct view *v = (*f)->views; v && v->name; v++)
			names_add(&n, v->name, v->doc);
	return names_end(&n);
}

static enum err run_show(struct cx *cx, struct args *a)
{
	static const struct field none[] = {F_END};
	const struct view *view = a->words ? fields_view(a->word[0]) : NULL;
	const struct json *params, *answer;
	struct door *door;
	int64_t city;
	enum err err;

	if (args_has(a, "list"))
		return list_views(cx, a);
	if (a->words && !view)
		return cx_fail(cx, ERR_NOT_FOUND,
			       "there is no view %.60s; relode show --list lists them", a->word[0]);
	if (args_has(a, "help") || a->words == 0) {
		if (view)
			help_fields("show", view->name, view->doc,
				    view->params ? view->params : none, IN, show_options);
		else
			args_help(stdout, cmd_show.usage, cmd_show.doc, show_options);
		return ERR_OK;
	}
	if (!view)
		return cx_fail(cx, ERR_NOT_FOUND,
			       "there is no view %.60s; relode show --list lists them", a->word[0]);
	if (args_int(cx, a, "city", 0, 0, INT32_MAX, &city) ||
	    fields_body(cx, a, view->params ? view->params : none, IN, NULL, &params) ||
	    command_door(cx, a, true, &door))
		return cx->err;
	err = door_get(cx, door, city, view->name, params, &answer);
	if (!err)
		err = command_print(cx, a, answer);
	door_close(door);
	return err;
}

const struct command cmd_show = {
	"show", "show VIEW [--city N] [--PARAMETER VALUE]…",
	"Shows a view: a device, an order, a list, a balance.\n\n"
	"relode show --list names them; relode show VIEW --help shows its parameters.",
	show_options, run_show, prepare_show};
