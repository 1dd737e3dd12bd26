/* command.h: the commands of the program, one file each, one line each in main.c's table.
 */
#ifndef RELODE_CLI_COMMAND_H
#define RELODE_CLI_COMMAND_H

#include "cli/args.h"
#include "cli/door.h"

struct command {
	const char *name, *usage, *doc;
	const struct arg_option *options;
	/* The options are parsed and --help is served already. Errors are printed by main. */
	enum err (*run)(struct cx *cx, struct args *a);
	/* Adds options that depend on the words (an action's fields) before they are parsed; or NULL. */
	enum err (*prepare)(struct cx *cx, struct args *a, int argc, char **argv);
};
extern const struct command cmd_init, cmd_upgrade, cmd_act, cmd_show, cmd_audit, cmd_import,
	cmd_search, cmd_report, cmd_lives, cmd_simulate, cmd_export, cmd_backup, cmd_restore,
	cmd_user, cmd_token, cmd_serve, cmd_completion, cmd_manual;
extern const struct command *const commands[]; /* ends with NULL */

/* --db, or $RELODE_DB, or relode.db. */
const char *command_db(const struct args *a);
/* --keys, or $RELODE_KEYS unless --db names another database than the environment's; NULL: beside it. */
const char *command_keys(const struct args *a);
/* ERR_INPUT for a command that works on the files themselves when a server is named: it would quietly look at
 * another programme than was meant. */
enum err command_local(struct cx *cx, const struct args *a, const char *command) MUST_USE;
/* A door as the options say: --server, else the database. */
enum err command_door(struct cx *cx, const struct args *a, bool read_only, struct door **out) MUST_USE;
/* The folder of shipped data: $RELODE_DATA, the installed one, the source tree's. */
enum err command_data(struct cx *cx, const char *file, char **path) MUST_USE;
/* The folder of the built web app, $RELODE_WEB aside: the installed one, the source tree's; NULL: neither. */
const char *command_web(void);
/* One a processor, at most 8: of a command that works in several where nobody says how many. */
int command_threads(void);
/* Prints v for people ("name: value" lines, tables for arrays of objects) or as JSON. */
enum err command_print(struct cx *cx, const struct args *a, const struct json *v);

/* A progress bar on stderr when it is a terminal, with how much is done a second and how long the rest will
 * take; else nothing, or a line now and then (lines: set after progress_begin). */
struct progress {
	const char *what;
	int64_t begin_us, drawn_us; /* of the process's clock */
	int64_t done;               /* as last told */
	int64_t before;             /* done when the clock was started */
	bool on, lines;
};
void progress_begin(struct progress *p, const char *what);
/* What was done until now went at another pace: the rate begins anew. */
void progress_anew(struct progress *p);
void progress_step(void *progress, int64_t done, int64_t total);
void progress_end(struct progress *p);
/* From now on Ctrl-C asks long work to stop (cx->stop) instead of ending the program. */
void catch_interrupt(struct cx *cx);

#endif
