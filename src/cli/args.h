/* args.h: options of the command line, declared once: parsing, --help and completion come from it.
 */
#ifndef RELODE_CLI_ARGS_H
#define RELODE_CLI_ARGS_H

#include "base/cx.h"

enum { ARGS_MAX = 96, ARGS_WORDS_MAX = 64 };

struct arg_option {
	const char *name;  /* "db", without the dashes */
	const char *value; /* "FILE": takes a value; NULL: a switch */
	const char *doc;
};

struct args {
	const struct arg_option *option[ARGS_MAX]; /* all that are known */
	const char *value[ARGS_MAX]; /* of option[i]; "" for a switch that is on; NULL: not given */
	int options;
	const char *word[ARGS_WORDS_MAX];          /* what is no option */
	int words;
};

/* Every command takes these: db, keys, server, auth, json, help. */
extern const struct arg_option args_common[];

void args_init(struct args *a);
/* Adds a list that ends with name NULL. */
void args_add(struct args *a, const struct arg_option *list);
void args_add_one(struct args *a, const struct arg_option *option);
/* Parses argv[from..]. --name VALUE, --name=VALUE, -h; "--" ends the options. ERR_INPUT names the word. */
enum err args_parse(struct cx *cx, struct args *a, int argc, char **argv, int from) MUST_USE;
const char *args_get(const struct args *a, const char *name); /* NULL when not given */
bool args_has(const struct args *a, const char *name);
enum err args_int(struct cx *cx, const struct args *a, const char *name, int64_t otherwise,
		  int64_t min, int64_t max, int64_t *out) MUST_USE;
/* Prints usage, what it is for, and the options. */
void args_help(FILE *to, const char *usage, const char *doc, const struct arg_option *own);

#endif
