/* relode: the command line. */
#include <signal.h>

#include "cli/command.h"
#include "codec/sign.h"

const struct command *const commands[] = {
#define COMMAND(name) &cmd_##name,
#include "cli/commands.inc"
#undef COMMAND
	NULL,
};

static void print_overview(FILE *to)
{
	fprintf(to,
		"relode %s: a city's used-electronics programme, from the drawer to the next owner or\n"
		"the smelter.\n\n"
		"usage: relode COMMAND [OPTION]…\n\n",
		RELODE_VERSION);
	for (const struct command *const *c = commands; *c; c++)
		fprintf(to, "  %-11s %.*s\n", (*c)->name, (int)strcspn((*c)->doc, "\n"), (*c)->doc);
	fprintf(to, "\nrelode COMMAND --help says more.\n");
}

static int report_error(struct cx *cx, const struct args *a)
{
	int help = a->options > 0 && args_has(a, "json");

	if (help) {
		struct json_writer w;
		struct sb sb;
		struct cx out;
		cx_init(&out, 0);
		sb_init(&sb, &out, 100000);
		jw_init(&w, &sb, false);
		jw_object(&w);
		jw_text_at(&w, "detail", cx->msg);
		for (int i = 0; i < cx->hints; i++) {
			jw_name(&w, cx->hint[i].key);
			jw_text(&w, cx->hint[i].text);
		}
		jw_text_at(&w, "error", err_slug(cx->err));
		jw_object_end(&w);
		fprintf(stderr, "%s\n", sb.data);
		cx_done(&out);
	} else {
		fprintf(stderr, "relode: %s\n", cx->msg[0] ? cx->msg : err_title(cx->err));
	}
	return err_exit(cx->err);
}

static enum err run(struct cx *cx, const struct command *c, struct args *a, int argc, char **argv)
{
	args_init(a);
	args_add(a, c->options);
	if (c->prepare && c->prepare(cx, a, argc, argv))
		return cx->err;
	if (args_parse(cx, a, argc, argv, 2))
		return cx->err;
	if (args_has(a, "help") && !c->prepare) {
		args_help(stdout, c->usage, c->doc, c->options);
		return ERR_OK;
	}
	return c->run(cx, a);
}

int main(int argc, char **argv)
{
	struct args args = {0};
	struct cx cx;
	int code = 0;

	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN); /* a file that may not grow is an error like a full disk, not an end */
	cx_large_goes_back();
	sign_setup();
	if (argc < 2 || strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 ||
	    strcmp(argv[1], "help") == 0) {
		print_overview(argc < 2 ? stderr : stdout);
		return argc < 2 ? 2 : 0;
	}
	if (strcmp(argv[1], "--version") == 0) {
		printf("relode %s\n", RELODE_VERSION);
		return 0;
	}
	cx_init(&cx, (size_t)8 << 30);
	for (const struct command *const *c = commands; *c; c++) {
		if (strcmp((*c)->name, argv[1]) != 0)
			continue;
		if (run(&cx, *c, &args, argc, argv))
			code = report_error(&cx, &args);
		if (fflush(stdout) && !code) {
			fprintf(stderr, "relode: cannot write the output\n");
			code = err_exit(ERR_IO);
		}
		cx_done(&cx);
		return code;
	}
	fprintf(stderr, "relode: there is no command %.60s; relode --help lists them\n", argv[1]);
	return 2;
}
