#include "cli/command.h"
#include "cli/fields.h"

/* What may follow a command's name, beside what its options say. */
static const struct {
	const struct command *command;
	const char *words;
} second_words[] = {{&cmd_user, "create roles disable password list"},
		    {&cmd_token, "issue revoke list"},
		    {&cmd_import, "categories models ios android tac rule destroyed"}};

static void print_fields(const char *name, const struct field *f)
{
	printf("      %s) more=\"", name);
	for (; f && f->name; f++)
		if (f->flags & IN)
			printf("--%s ", f->name);
	printf("\";;\n");
}

/* An action's fields and a view's parameters, once it is named. */
static void print_named(const struct command *c)
{
	printf("    case ${COMP_WORDS[2]} in\n");
	for (const struct feature *const *f = programme_features; *f; f++) {
		for (const struct action *x = (*f)->actions; c == &cmd_act && x && x->type; x++)
			print_fields(x->type, x->fields);
		for (const struct view *v = (*f)->views; c == &cmd_show && v && v->name; v++)
			print_fields(v->name, v->params);
	}
	printf("      *) more=\"");
	for (const struct feature *const *f = programme_features; *f; f++) {
		for (const struct action *x = (*f)->actions; c == &cmd_act && x && x->type; x++)
			printf("%s ", x->type);
		for (const struct view *v = (*f)->views; c == &cmd_show && v && v->name; v++)
			printf("%s ", v->name);
	}
	printf("\";;\n    esac\n");
}

/* bash completion, made from the declarations. */
static enum err run(struct cx *cx, struct args *a)
{
	(void)cx;
	(void)a;
	printf("# bash completion of relode: source it, or save it as /etc/bash_completion.d/relode\n"
	       "_relode() {\n"
	       "  local cur=${COMP_WORDS[COMP_CWORD]} cmd=${COMP_WORDS[1]}\n"
	       "  if [ \"$COMP_CWORD\" = 1 ]; then\n    COMPREPLY=($(compgen -W \"");
	for (const struct command *const *c = commands; *c; c++)
		printf("%s ", (*c)->name);
	printf("\" -- \"$cur\")); return\n  fi\n  local more=\n  case $cmd in\n");
	for (const struct command *const *c = commands; *c; c++) {
		printf("  %s)\n", (*c)->name);
		if (*c == &cmd_act || *c == &cmd_show)
			print_named(*c);
		printf("    more+=\" ");
		for (size_t i = 0; i < ARRAY_LEN(second_words); i++)
			if (second_words[i].command == *c)
				printf("%s ", second_words[i].words);
		for (const struct arg_option *o = (*c)->options; o && o->name; o++)
			printf("--%s ", o->name);
		for (const struct arg_option *o = args_common; o->name; o++)
			printf("--%s ", o->name);
		printf("\";;\n");
	}
	printf("  esac\n  COMPREPLY=($(compgen -f -W \"$more\" -- \"$cur\"))\n}\n"
	       "complete -F _relode relode\n");
	return ERR_OK;
}

const struct command cmd_completion = {
	"completion", "completion",
	"Prints bash completion.\n\nUse it with: source <(relode completion)", NULL, run, NULL};
