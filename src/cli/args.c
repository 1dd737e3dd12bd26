#include "cli/args.h"

#include <errno.h>

const struct arg_option args_common[] = {
	{"db", "WHERE", "database: a file, or postgresql://… (default: $RELODE_DB, else relode.db)"},
	{"keys", "FILE", "key store ($RELODE_KEYS; default: WHERE.keys, for PostgreSQL relode.keys)"},
	{"server", "URL", "ask a running server instead of opening the database ($RELODE_SERVER)"},
	{"auth", "TOKEN", "bearer token for --server ($RELODE_TOKEN)"},
	{"json", NULL, "print JSON"},
	{"help", NULL, "print this"},
	{NULL, NULL, NULL},
};

void args_init(struct args *a)
{
	*a = (struct args){0};
	args_add(a, args_common);
}

void args_add_one(struct args *a, const struct arg_option *option)
{
	BUG(a->options == ARGS_MAX);
	a->option[a->options++] = option;
}

void args_add(struct args *a, const struct arg_option *list)
{
	for (; list && list->name; list++)
		args_add_one(a, list);
}

static int find(const struct args *a, const char *name, size_t n)
{
	for (int i = 0; i < a->options; i++)
		if (strlen(a->option[i]->name) == n && memcmp(a->option[i]->name, name, n) == 0)
			return i;
	return -1;
}

enum err args_parse(struct cx *cx, struct args *a, int argc, char **argv, int from)
{
	bool only_words = false;

	for (int i = from; i < argc; i++) {
		const char *arg = argv[i], *equals;
		size_t n;
		int k;

		if (!only_words && strcmp(arg, "--") == 0) {
			only_words = true;
			continue;
		}
		if (strcmp(arg, "-h") == 0 && !only_words)
			arg = "--help";
		if (only_words || strncmp(arg, "--", 2) != 0) {
			if (a->words == ARGS_WORDS_MAX)
				return cx_fail(cx, ERR_INPUT, "too many words on the command line");
			a->word[a->words++] = arg;
			continue;
		}
		equals = strchr(arg, '=');
		n = equals ? (size_t)(equals - arg - 2) : strlen(arg) - 2;
		k = find(a, arg + 2, n);
		if (k < 0)
			return cx_fail(cx, ERR_INPUT, "there is no option %.60s; see --help", arg);
		if (!a->option[k]->value) {
			if (equals)
				return cx_fail(cx, ERR_INPUT, "--%s takes no value", a->option[k]->name);
			a->value[k] = "";
		} else if (equals) {
			a->value[k] = equals + 1;
		} else if (i + 1 < argc) {
			a->value[k] = argv[++i];
		} else {
			return cx_fail(cx, ERR_INPUT, "--%s needs a value: %s", a->option[k]->name,
				       a->option[k]->value);
		}
	}
	return ERR_OK;
}

const char *args_get(const struct args *a, const char *name)
{
	int k = find(a, name, strlen(name));
	BUG(k < 0);
	return a->value[k];
}

bool args_has(const struct args *a, const char *name) { return args_get(a, name) != NULL; }

enum err args_int(struct cx *cx, const struct args *a, const char *name, int64_t otherwise,
		  int64_t min, int64_t max, int64_t *out)
{
	const char *text = args_get(a, name);
	char *end;
	long long value;

	if (!text) {
		*out = otherwise;
		return ERR_OK;
	}
	errno = 0;
	value = strtoll(text, &end, 10);
	if (end == text || *end || errno || value < min || value > max)
		return cx_fail(cx, ERR_INPUT,
			       "--%s: \"%.40s\" is not a whole number from %lld to %lld", name,
			       text, (long long)min, (long long)max);
	*out = value;
	return ERR_OK;
}

/* Broken between words; the first line begins where the option's name ends. */
static void print_doc(FILE *to, const char *doc)
{
	enum { INDENT = 29, WIDTH = 72 };

	while (strlen(doc) > WIDTH) {
		size_t n = WIDTH;
		while (n > 0 && doc[n] != ' ')
			n--;
		if (n == 0)
			break;
		fprintf(to, "%.*s\n%*s", (int)n, doc, INDENT, "");
		doc += n + 1;
	}
	fprintf(to, "%s\n", doc);
}

static void print_options(FILE *to, const struct arg_option *list)
{
	for (; list && list->name; list++) {
		char left[64];
		snprintf(left, sizeof(left), "--%s%s%s", list->name, list->value ? " " : "",
			 list->value ? list->value : "");
		fprintf(to, "  %-26s%s", left, strlen(left) > 26 ? "\n                             " : " ");
		print_doc(to, list->doc);
	}
}

void args_help(FILE *to, const char *usage, const char *doc, const struct arg_option *own)
{
	fprintf(to, "usage: relode %s\n\n%s\n", usage, doc);
	if (own && own->name) {
		fprintf(to, "\noptions:\n");
		print_options(to, own);
	}
	fprintf(to, "\nof every command:\n");
	print_options(to, args_common);
}
