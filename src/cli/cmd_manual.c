/* relode manual: manual pages, sample configuration and the table of settings, made from the declarations. */
#include "cli/command.h"
#include "cli/fields.h"
#include "cli/settings.h"
#include "server/server.h"

enum { PAGE_MAX = 16 << 20 };

/* Text for troff: backslashes and hyphens are themselves, a line begins no request. */
static void put_text(struct sb *sb, const char *text)
{
	bool first = true;

	for (; *text; text++) {
		if (first && (*text == '.' || *text == '\''))
			sb_str(sb, "\\&");
		first = *text == '\n';
		if (*text == '\\')
			sb_str(sb, "\\e");
		else if (*text == '-')
			sb_str(sb, "\\-");
		else if (*text == '\n' && text[1] == '\n') {
			sb_str(sb, "\n.PP");
		} else
			sb_char(sb, *text);
	}
	sb_char(sb, '\n');
}

static void put_head(struct sb *sb, const char *name, const char *section, const char *what)
{
	sb_str(sb, ".TH \"");
	for (const char *p = name; *p; p++)
		sb_char(sb, *p >= 'a' && *p <= 'z' ? (char)(*p - 32) : *p);
	sb_printf(sb, "\" \"%s\" \"\" \"relode %s\" \"relode\"\n.SH NAME\n", section, RELODE_VERSION);
	put_text(sb, name);
	sb_str(sb, "\\- ");
	put_text(sb, what);
}

static void put_options(struct sb *sb, const struct arg_option *list)
{
	for (; list && list->name; list++) {
		sb_str(sb, ".TP\n\\fB\\-\\-");
		for (const char *p = list->name; *p; p++)
			sb_str(sb, *p == '-' ? "\\-" : (char[]){*p, 0});
		sb_printf(sb, "\\fR%s%s%s\n", list->value ? " \\fI" : "", list->value ? list->value : "",
			  list->value ? "\\fR" : "");
		put_text(sb, list->doc);
	}
}

static void put_exit_codes(struct sb *sb)
{
	int last = -1;

	sb_str(sb, ".SH EXIT STATUS\n");
	for (int code = 0; code <= 255; code++) {
		for (enum err e = ERR_OK; e < ERR_COUNT && code != last; e++) {
			if (err_exit(e) != code)
				continue;
			sb_printf(sb, ".TP\n%d\n", code);
			put_text(sb, err_title(e));
			last = code;
		}
	}
}

static void put_overview(struct sb *sb)
{
	put_head(sb, "relode", "1",
		 "a city's used-electronics programme, from the drawer to the next owner or the smelter");
	sb_str(sb, ".SH SYNOPSIS\n\\fBrelode\\fR \\fICOMMAND\\fR [\\fIOPTION\\fR]...\n.SH COMMANDS\n");
	for (const struct command *const *c = commands; *c; c++) {
		sb_printf(sb, ".TP\n\\fB%s\\fR\n", (*c)->name);
		put_text(sb, (*c)->doc);
	}
	sb_str(sb, ".SH OPTIONS\nOf every command:\n");
	put_options(sb, args_common);
	put_exit_codes(sb);
	sb_str(sb, ".SH ENVIRONMENT\n"
		   ".TP\n\\fBRELODE_DB\\fR, \\fBRELODE_KEYS\\fR\n"
		   "where \\-\\-db is not given: the database and its key store\n"
		   ".TP\n\\fBRELODE_SERVER\\fR, \\fBRELODE_TOKEN\\fR\n"
		   "where \\-\\-server and \\-\\-auth are not given\n"
		   ".TP\n\\fBRELODE_DATA\\fR\nfolder of shipped data\n"
		   ".TP\n\\fBRELODE_CONFIG\\fR\nconfiguration file of relode serve\n"
		   ".SH SEE ALSO\n\\fBrelode.conf\\fR(5), \\fBrelode\\-serve\\fR(1), and a page for each "
		   "command\n");
}

/* What `act` and `show` know: one paragraph an action or view. */
static void put_declared(struct sb *sb, bool actions)
{
	sb_str(sb, actions ? ".SH ACTIONS\n" : ".SH VIEWS\n");
	for (const struct feature *const *f = programme_features; *f; f++) {
		for (const struct action *x = (*f)->actions; actions && x && x->type; x++) {
			sb_printf(sb, ".TP\n\\fB%s\\fR\n", x->type);
			put_text(sb, x->doc);
		}
		for (const struct view *v = (*f)->views; !actions && v && v->name; v++) {
			sb_printf(sb, ".TP\n\\fB%s\\fR\n", v->name);
			put_text(sb, v->doc);
		}
	}
}

static enum err put_command(struct cx *cx, struct sb *sb, const struct command *c)
{
	size_t first = strcspn(c->doc, "\n"), rest = first + strspn(c->doc + first, "\n");
	char *name = cx_printf(cx, "relode-%s", c->name), *what = cx_strndup(cx, c->doc, first);

	if (!name || !what)
		return cx->err;
	put_head(sb, name, "1", what);
	sb_str(sb, ".SH SYNOPSIS\n\\fBrelode\\fR ");
	put_text(sb, c->usage);
	sb_str(sb, ".SH DESCRIPTION\n");
	put_text(sb, c->doc[rest] ? c->doc + rest : what);
	sb_str(sb, ".SH OPTIONS\n");
	put_options(sb, c->options);
	put_options(sb, args_common);
	if (c == &cmd_act || c == &cmd_show)
		put_declared(sb, c == &cmd_act);
	sb_str(sb, ".SH SEE ALSO\n\\fBrelode\\fR(1)");
	sb_str(sb, c == &cmd_serve ? ", \\fBrelode.conf\\fR(5)\n" : "\n");
	return ERR_OK;
}

static enum err put_settings_page(struct cx *cx, struct sb *sb)
{
	put_head(sb, "relode.conf", "5", "settings of relode serve");
	sb_str(sb, ".SH DESCRIPTION\n"
		   "Lines \\fIname\\fR = \\fIvalue\\fR; empty lines and lines that begin with # say nothing. "
		   "An unknown name, one given twice and a value out of bounds are errors that name file and "
		   "line. The file is given by \\fB\\-\\-config\\fR or \\fBRELODE_CONFIG\\fR; the command "
		   "line comes before the environment, the environment before the file.\n.SH SETTINGS\n");
	for (int i = 0; i < SETTINGS; i++) {
		const struct setting *t = &setting_table[i];
		char *variable = setting_variable(cx, t);
		if (!variable)
			return cx->err;
		sb_str(sb, ".TP\n\\fB");
		put_text(sb, t->name);
		sb->len--; /* the same line */
		sb_str(sb, "\\fR = \\fI");
		put_text(sb, t->value);
		put_text(sb, t->doc);
		if (t->otherwise) {
			sb_str(sb, ".br\nDefault: ");
			put_text(sb, t->otherwise);
		}
		sb_printf(sb, ".br\nVariable: %s. A change is taken at %s.\n", variable,
			  t->live ? "a reload" : "the next start");
	}
	sb_str(sb, ".SH SEE ALSO\n\\fBrelode\\-serve\\fR(1)\n");
	return ERR_OK;
}

/* As docs/settings.md has it. */
static enum err put_settings_table(struct cx *cx, struct sb *sb)
{
	sb_str(sb, "# Settings of relode serve\n\n"
		   "Made by `relode manual settings`; a test holds it to the program. In the file a line is\n"
		   "`name = value`; on the command line `--name value`; in the environment the variable.\n\n"
		   "| setting | value | default | variable | a change is taken at | what it is |\n"
		   "|---|---|---|---|---|---|\n");
	for (int i = 0; i < SETTINGS; i++) {
		const struct setting *t = &setting_table[i];
		char *variable = setting_variable(cx, t);
		if (!variable)
			return cx->err;
		sb_printf(sb, "| `%s` | ", t->name);
		for (const char *p = t->value; *p; p++)
			sb_str(sb, *p == '|' ? ", " : (char[]){*p, 0});
		sb_printf(sb, " | %s | `%s` | %s | %s |\n", t->otherwise ? t->otherwise : "", variable,
			  t->live ? "reload" : "start", t->doc);
	}
	return ERR_OK;
}

static enum err put_openapi(struct cx *cx, struct sb *sb)
{
	struct domain d;

	return domain_init(cx, &d, programme_features) ? cx->err : server_openapi(cx, &d, sb);
}

static enum err put_page(struct cx *cx, struct sb *sb, const char *page)
{
	if (!page || strcmp(page, "relode") == 0) {
		put_overview(sb);
		return ERR_OK;
	}
	if (strcmp(page, "conf") == 0) {
		settings_sample(sb);
		return ERR_OK;
	}
	if (strcmp(page, "relode.conf") == 0)
		return put_settings_page(cx, sb);
	if (strcmp(page, "settings") == 0)
		return put_settings_table(cx, sb);
	if (strcmp(page, "openapi") == 0)
		return put_openapi(cx, sb);
	for (const struct command *const *c = commands; *c; c++)
		if (strcmp((*c)->name, page) == 0)
			return put_command(cx, sb, *c);
	return cx_fail(cx, ERR_NOT_FOUND,
		       "there is no page %.60s: relode, relode.conf, conf, settings, openapi, or a command",
		       page);
}

static enum err run(struct cx *cx, struct args *a)
{
	struct sb sb;

	sb_init(&sb, cx, PAGE_MAX);
	if (put_page(cx, &sb, a->words ? a->word[0] : NULL) || sb_end(&sb))
		return cx->err;
	fputs(sb.data, stdout);
	return ERR_OK;
}

const struct command cmd_manual = {
	"manual", "manual [relode|relode.conf|COMMAND|conf|settings|openapi]",
	"Prints a manual page, for man -l -.\n\n"
	"conf is a sample configuration file, settings the table of settings in Markdown,\n"
	"openapi the document of the HTTP interface.",
	NULL, run, NULL};
