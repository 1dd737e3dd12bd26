#include "cli/settings.h"

#include <ctype.h>
#include <errno.h>

#include "base/file.h"

#define VALUE_OR(text) text
#define VALUE_NONE NULL
#define DOC_OR(text) " (default: " text ")"
#define DOC_NONE ""
#define IS_LIVE true
#define IS_START false

const struct setting setting_table[SETTINGS] = {
#define X(id, name, value, kind, min, max, otherwise, change, doc)                                  \
	{name, value, SETTING_##kind, min, max, VALUE_##otherwise, IS_##change, doc},
	SETTINGS_COMMON(X) SETTINGS_SERVE(X)
#undef X
};

const struct arg_option setting_options[] = {
	{"config", "FILE", "configuration file ($RELODE_CONFIG): lines name = value, see relode.conf(5)"},
#define X(id, name, value, kind, min, max, otherwise, change, doc) {name, value, doc DOC_##otherwise},
	SETTINGS_SERVE(X)
#undef X
	{"quiet", NULL, "as --log none"},
	{"no-schedule", NULL, "as --schedule no"},
	{NULL, NULL, NULL},
};

char *setting_variable(struct cx *cx, const struct setting *t)
{
	char *name = cx_printf(cx, "RELODE_%s", t->name);

	for (char *p = name; p && *p; p++)
		*p = *p == '-' ? '_' : (char)toupper((unsigned char)*p);
	return name;
}

static bool is_choice(const struct setting *t, const char *value)
{
	size_t n = strlen(value);

	for (const char *p = t->value;; p++) {
		size_t part = strcspn(p, "|");
		if (part == n && memcmp(p, value, n) == 0)
			return true;
		p += part;
		if (!*p)
			return false;
	}
}

static bool is_number(const struct setting *t, const char *value)
{
	char *end;
	long long number;

	errno = 0;
	number = strtoll(value, &end, 10);
	return end != value && !*end && !errno && number >= t->min && number <= t->max;
}

static enum err set(struct cx *cx, struct settings *s, int id, const char *value, const char *from)
{
	const struct setting *t = &setting_table[id];

	if (t->kind == SETTING_NUMBER && !is_number(t, value))
		return cx_fail(cx, ERR_INPUT, "%s: %s: \"%.40s\" is not a whole number from %lld to %lld",
			       from, t->name, value, (long long)t->min, (long long)t->max);
	if (t->kind == SETTING_CHOICE && !is_choice(t, value))
		return cx_fail(cx, ERR_INPUT, "%s: %s: \"%.40s\" is none of %s", from, t->name, value,
			       t->value);
	if (!*value)
		return cx_fail(cx, ERR_INPUT, "%s: %s has no value; leave it out for the default", from,
			       t->name);
	s->value[id] = value;
	s->from[id] = from;
	return ERR_OK;
}

/* --- the file --- */

static int find(const char *name, size_t n)
{
	for (int i = 0; i < SETTINGS; i++)
		if (strlen(setting_table[i].name) == n && memcmp(setting_table[i].name, name, n) == 0)
			return i;
	return -1;
}

static enum err read_line(struct cx *cx, struct settings *s, const char *line, size_t n, int number)
{
	char *from = cx_printf(cx, "%s:%d", s->file, number), *text, *value;
	size_t name_n;
	int id;

	while (n > 0 && strchr(" \t\r", line[n - 1]))
		n--;
	while (n > 0 && strchr(" \t", line[0]))
		line++, n--;
	if (n == 0 || line[0] == '#')
		return ERR_OK;
	text = cx_strndup(cx, line, n);
	if (!from || !text)
		return cx->err;
	if (n > SETTINGS_LINE_MAX || strlen(text) != n)
		return cx_fail(cx, ERR_INPUT, "%s: no line of text of at most %d bytes", from,
			       SETTINGS_LINE_MAX);
	name_n = strcspn(text, " \t=");
	value = text + name_n + strspn(text + name_n, " \t");
	if (*value++ != '=')
		return cx_fail(cx, ERR_INPUT, "%s: write it as: name = value", from);
	value += strspn(value, " \t");
	id = find(text, name_n);
	if (id < 0)
		return cx_fail(cx, ERR_INPUT,
			       "%s: there is no setting \"%.*s\"; relode serve --help lists them",
			       from, (int)(name_n < 60 ? name_n : 60), text);
	if (s->value[id])
		return cx_fail(cx, ERR_INPUT, "%s: %s was given at %s already", from, setting_table[id].name,
			       s->from[id]);
	return set(cx, s, id, value, from);
}

static enum err read_file(struct cx *cx, struct settings *s)
{
	int number = 1;
	char *text;
	size_t n;

	if (file_read(cx, s->file, SETTINGS_FILE_MAX, &text, &n))
		return cx_prefix(cx, "the configuration: ");
	for (size_t at = 0; at < n; number++) {
		const char *end = memchr(text + at, '\n', n - at);
		size_t length = end ? (size_t)(end - text) - at : n - at;
		if (read_line(cx, s, text + at, length, number))
			return cx->err;
		at += length + 1;
	}
	return ERR_OK;
}

/* --- all of it --- */

enum err settings_read(struct cx *cx, const struct args *a, struct settings *out)
{
	struct settings s = {.file = args_get(a, "config")};

	if (!s.file)
		s.file = getenv("RELODE_CONFIG");
	if (s.file && read_file(cx, &s))
		return cx->err;
	for (int i = 0; i < SETTINGS; i++) {
		const struct setting *t = &setting_table[i];
		char *variable = setting_variable(cx, t);
		const char *given = args_get(a, t->name);
		if (!variable)
			return cx->err;
		if (given && set(cx, &s, i, given, "the command line"))
			return cx->err;
		if (!given && getenv(variable) && set(cx, &s, i, getenv(variable), variable))
			return cx->err;
		if (!s.value[i]) {
			s.value[i] = t->otherwise;
			s.from[i] = "default";
		}
	}
	*out = s;
	return ERR_OK;
}

int64_t settings_number(const struct settings *s, enum setting_id id)
{
	BUG(setting_table[id].kind != SETTING_NUMBER);
	return s->value[id] ? strtoll(s->value[id], NULL, 10) : -1;
}

bool settings_is(const struct settings *s, enum setting_id id, const char *word)
{
	BUG(setting_table[id].kind != SETTING_CHOICE);
	return strcmp(s->value[id], word) == 0;
}

void settings_sample(struct sb *sb)
{
	sb_str(sb, "# relode.conf: what relode serve reads with --config FILE or RELODE_CONFIG.\n"
		   "# The command line and the environment come before this file. After a change:\n"
		   "# systemctl reload relode takes what is marked (reload), a restart takes all.\n");
	for (int i = 0; i < SETTINGS; i++) {
		const struct setting *t = &setting_table[i];
		sb_printf(sb, "\n# %s%s\n#%s = %s\n", t->doc, t->live ? " (reload)" : "", t->name,
			  t->otherwise ? t->otherwise : t->value);
	}
}
