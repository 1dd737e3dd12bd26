/* relode user, relode token: short forms of the access feature's actions and views. */
#include "cli/command.h"
#include "cli/fields.h"

static enum err act_and_print(struct cx *cx, struct args *a, const char *type)
{
	const struct action *action = fields_action(type);
	struct door_action act = {.type = type, .happened_us = FIELD_NONE};
	struct door *door;
	enum err err;

	BUG(!action);
	if (fields_body(cx, a, action->fields, IN, NULL, &act.body) || command_door(cx, a, false, &door))
		return cx->err;
	err = door_act(cx, door, &act, 1);
	if (!err)
		err = act.err;
	if (!err)
		err = command_print(cx, a, act.answer);
	door_close(door);
	return err;
}

static enum err get_and_print(struct cx *cx, struct args *a, const char *name)
{
	const struct view *view = fields_view(name);
	const struct json *params, *answer;
	struct door *door;
	enum err err;

	BUG(!view);
	if (fields_body(cx, a, view->params, IN, NULL, &params) || command_door(cx, a, true, &door))
		return cx->err;
	err = door_get(cx, door, 0, name, params, &answer);
	if (!err)
		err = command_print(cx, a, answer);
	door_close(door);
	return err;
}

struct verb {
	const char *word, *action, *view, *doc;
};

static const struct verb user_verbs[] = {
	{"create", "access.user_create", NULL, "a new user: --login, --roles …"},
	{"roles", "access.user_roles", NULL, "other roles: --user, --roles"},
	{"disable", "access.user_disable", NULL, "may act no more: --user"},
	{"password", "access.password", NULL, "sets a password: --user, --password"},
	{"list", NULL, "access.users", "all users"},
	{NULL, NULL, NULL, NULL},
};
static const struct verb token_verbs[] = {
	{"issue", "access.token_issue", NULL, "a new token: --user, --label; shown once"},
	{"revoke", "access.token_revoke", NULL, "ends a token: --token NUMBER"},
	{"list", NULL, "access.tokens", "a user's tokens: --user"},
	{NULL, NULL, NULL, NULL},
};

static const struct verb *find_verb(const struct verb *v, const char *word)
{
	for (; v->word; v++)
		if (strcmp(v->word, word) == 0)
			return v;
	return NULL;
}

static const struct field *verb_fields(const struct verb *v)
{
	return v->action ? fields_action(v->action)->fields : fields_view(v->view)->params;
}

static enum err prepare(struct cx *cx, struct args *a, int argc, char **argv, const struct verb *verbs)
{
	const struct verb *v = argc > 2 ? find_verb(verbs, argv[2]) : NULL;

	return v && verb_fields(v) ? fields_options(cx, a, verb_fields(v), IN) : ERR_OK;
}

static enum err run(struct cx *cx, struct args *a, const struct command *c, const struct verb *verbs)
{
	const struct verb *v = a->words ? find_verb(verbs, a->word[0]) : NULL;

	if (!v || args_has(a, "help")) {
		FILE *to = v || args_has(a, "help") ? stdout : stderr;
		args_help(to, c->usage, c->doc, NULL);
		fprintf(to, "\n");
		for (const struct verb *x = verbs; x->word; x++)
			fprintf(to, "  %s %-10s %s\n", c->name, x->word, x->doc);
		if (v && verb_fields(v)) {
			fprintf(to, "\nfields of %s:\n", v->word);
			fields_help(to, verb_fields(v), IN);
		}
		return args_has(a, "help") ?
			       ERR_OK :
			       cx_fail(cx, ERR_INPUT, "%s what? say one of the words above",
				       c->name);
	}
	return v->action ? act_and_print(cx, a, v->action) : get_and_print(cx, a, v->view);
}

static enum err prepare_user(struct cx *cx, struct args *a, int argc, char **argv)
{
	return prepare(cx, a, argc, argv, user_verbs);
}

static enum err run_user(struct cx *cx, struct args *a) { return run(cx, a, &cmd_user, user_verbs); }

const struct command cmd_user = {
	"user", "user create|roles|disable|password|list [--FIELD VALUE]…",
	"Users: who may do what.", NULL, run_user, prepare_user};

static enum err prepare_token(struct cx *cx, struct args *a, int argc, char **argv)
{
	return prepare(cx, a, argc, argv, token_verbs);
}

static enum err run_token(struct cx *cx, struct args *a) { return run(cx, a, &cmd_token, token_verbs); }

const struct command cmd_token = {
	"token", "token issue|revoke|list [--FIELD VALUE]…",
	"Bearer tokens of users, for the HTTP interface.", NULL, run_token, prepare_token};
