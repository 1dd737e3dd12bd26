#include "cli/command.h"
#include "cli/fields.h"

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
	printf("\" -- \"$cur\")); return\n  fi\n  case $cmd in\n");
	for (const struct command *const *c = commands; *c; c++) {
		printf("  %s) COMPREPLY=($(compgen -f -W \"", (*c)->name);
		for (const struct arg_option *o = (*c)->options; o && o->name; o++)
			printf("--%s ", o->name);
		for (const struct arg_option *o = args_common; o->name; o++)
			printf("--%s ", o->name);
		if (*c == &cmd_act)
			for (const struct feature *const *f = programme_features; *f; f++)
				for (const struct action *x = (*f)->actions; x && x->type; x++)
					printf("%s ", x->type);
		if (*c == &cmd_show)
			for (const struct feature *const *f = programme_features; *f; f++)
				for (const struct view *v = (*f)->views; v && v->name; v++)
					printf("%s ", v->name);
		printf("\" -- \"$cur\"));;\n");
	}
	printf("  esac\n}\ncomplete -F _relode relode\n");
	return ERR_OK;
}

const struct command cmd_completion = {
	"completion", "completion",
	"Prints bash completion.\n\nUse it with: source <(relode completion)", NULL, run, NULL};
