/* embed-words: turns words/LANGUAGE.po into a C file, so that the program speaks the language.
 *
 *     embed-words LANGUAGE.po OUTPUT.c
 *
 * Reads of gettext's format what the house uses: comments, msgctxt, msgid, msgstr, texts on several lines,
 * the escapes \" \\ \n. Refuses a text that is there twice, one without translation, and a translation
 * whose conversions are not the English text's: printf would read what is not there. Runs while building, on
 * the builder's machine.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TEXTS_MAX = 9999, TEXT_MAX = 1024, CONVERSIONS_MAX = 12, SPEC_MAX = 16 };
enum part { CONTEXT, ID, STR, PARTS };

struct text {
	char part[PARTS][TEXT_MAX];
	int line;
};
struct reader {
	const char *path;
	int line;
	struct text now;
	int part; /* of now, that a string continues; -1: none yet */
};

static struct text *list[TEXTS_MAX];
static size_t count;

static _Noreturn void die(const char *path, int line, const char *why, const char *what)
{
	fprintf(stderr, "%s:%d: %s%s%s\n", path, line, why, *what ? ": " : "", what);
	exit(1);
}

/* --- conversions --- */

/* One that begins at p, behind its '%': what it takes ("lld", ".*s"), and its number if it says one, else
 * 0. Returns where it ends, or NULL. */
static const char *conversion(const char *p, char spec[SPEC_MAX], int *number)
{
	size_t digits = strspn(p, "0123456789"), n;

	*number = 0;
	if (p[digits] == '$') {
		*number = (int)strtol(p, NULL, 10);
		p += digits + 1;
	}
	n = strcspn(p, "diouxXcsp");
	if (!p[n] || n + 2 > SPEC_MAX || strspn(p, "-+ #0123456789.*hlzj") < n)
		return NULL;
	snprintf(spec, SPEC_MAX, "%.*s", (int)n + 1, p);
	return p + n + 1;
}

/* The conversions of a text, by the argument that each takes. -1: not well formed. */
static int conversions(const char *text, char out[CONVERSIONS_MAX][SPEC_MAX])
{
	int n = 0, highest = 0, numbered = 0;

	for (const char *p = text; (p = strchr(p, '%'));) {
		char spec[SPEC_MAX];
		int number;
		if (p[1] == '%') {
			p += 2;
			continue;
		}
		p = conversion(p + 1, spec, &number);
		if (!p || n == CONVERSIONS_MAX || number > CONVERSIONS_MAX || (number && strchr(spec, '*')))
			return -1;
		numbered += number > 0;
		n++;
		number = number ? number : n;
		highest = number > highest ? number : highest;
		snprintf(out[number - 1], SPEC_MAX, "%s", spec);
	}
	for (int i = 0; i < highest; i++)
		if (!*out[i])
			return -1; /* what no conversion takes has no known type */
	return numbered && numbered != n ? -1 : highest;
}

static void check_conversions(const char *path, const struct text *t)
{
	char id[CONVERSIONS_MAX][SPEC_MAX] = {{0}}, str[CONVERSIONS_MAX][SPEC_MAX] = {{0}};
	int n = conversions(t->part[ID], id);

	if (n < 0)
		die(path, t->line, "its conversions are not understood", t->part[ID]);
	if (conversions(t->part[STR], str) != n)
		die(path, t->line, "takes other arguments", t->part[STR]);
	for (int i = 0; i < n; i++)
		if (strcmp(id[i], str[i]) != 0)
			die(path, t->line, "takes an argument as another type", t->part[STR]);
}

/* --- reading --- */

static void end_text(struct reader *r)
{
	struct text *t;

	if (r->part < 0)
		return;
	if (r->part != STR || !*r->now.part[STR])
		die(r->path, r->now.line, "has no translation", r->now.part[ID]);
	if (*r->now.part[ID]) { /* the first, of no text, is the file's own head */
		if (!*r->now.part[CONTEXT]) /* a code is no format */
			check_conversions(r->path, &r->now);
		t = malloc(sizeof(*t));
		if (!t || count == TEXTS_MAX)
			die(r->path, r->line, "is too much", "");
		*t = r->now;
		list[count++] = t;
	}
	r->part = -1;
	memset(&r->now, 0, sizeof(r->now));
}

/* Adds the string that begins at p. */
static void add_string(struct reader *r, const char *p)
{
	char *out = r->now.part[r->part];
	size_t n = strlen(out);

	for (p++; *p != '"'; p++) {
		if (!*p || n + 2 > TEXT_MAX || (*p == '\\' && !strchr("\"\\n", p[1])))
			die(r->path, r->line, "is no string, or too long", p);
		if (*p == '\\')
			p++;
		out[n++] = p[-1] == '\\' && *p == 'n' ? '\n' : *p;
	}
	out[n] = 0;
	if (p[1 + strspn(p + 1, " \r\n")])
		die(r->path, r->line, "nothing follows a string", "");
}

static void read_line(struct reader *r, const char *p)
{
	static const char *const words[PARTS] = {"msgctxt ", "msgid ", "msgstr "};
	int part = 0;

	if (strchr("\n\r#", *p)) {
		end_text(r);
		return;
	}
	while (part < PARTS && strncmp(p, words[part], strlen(words[part])) != 0)
		part++;
	if (part < PARTS) {
		if (part <= r->part || (part == STR && r->part != ID))
			die(r->path, r->line, "an empty line parts one text from the next", "");
		if (r->part < 0)
			r->now.line = r->line;
		r->part = part;
		p += strlen(words[part]);
	}
	if (*p != '"' || r->part < 0)
		die(r->path, r->line, "is not understood", p);
	add_string(r, p);
}

static void read_file(const char *path)
{
	struct reader r = {.path = path, .part = -1};
	char line[4 * TEXT_MAX];
	FILE *in = fopen(path, "r");

	if (!in)
		die(path, 0, strerror(errno), "");
	while (fgets(line, sizeof(line), in)) {
		r.line++;
		read_line(&r, line);
	}
	end_text(&r);
	if (ferror(in) || fclose(in))
		die(path, r.line, strerror(errno), "");
}

/* --- writing --- */

/* As the program compares them: by context, if any, then the text, as bytes. */
static const char *key_of(const struct text *t)
{
	static char key[2][2 * TEXT_MAX + 1];
	static int turn;
	char *out = key[turn ^= 1];

	snprintf(out, sizeof(key[0]), "%s%s%s", t->part[CONTEXT], *t->part[CONTEXT] ? "\4" : "", t->part[ID]);
	return out;
}

static int compare(const void *a, const void *b)
{
	return strcmp(key_of(*(struct text *const *)a), key_of(*(struct text *const *)b));
}

static void write_string(FILE *out, const char *p)
{
	fputc('"', out);
	for (; *p; p++) {
		if (*p == '"' || *p == '\\' || *p == '?')
			fprintf(out, "\\%c", *p);
		else if (*p >= ' ' && *p < 127)
			fputc(*p, out);
		else
			fprintf(out, "\\%03o", (unsigned)(unsigned char)*p);
	}
	fputc('"', out);
}

static void write_all(FILE *out, const char *path)
{
	qsort(list, count, sizeof(struct text *), compare);
	fprintf(out, "/* Made by embed-words from words/; do not edit. */\n"
		     "#include \"base/tongue.h\"\n\n"
		     "static const struct tongue_text list[] = {\n");
	for (size_t i = 0; i < count; i++) {
		if (i > 0 && compare(&list[i - 1], &list[i]) == 0)
			die(path, list[i]->line, "is there twice", list[i]->part[ID]);
		fputs("\t{", out);
		write_string(out, key_of(list[i]));
		fputs(", ", out);
		write_string(out, list[i]->part[STR]);
		fputs("},\n", out);
	}
	fprintf(out, "};\nconst struct tongue tongue_zh = {\"zh-CN\", list, %zu};\n", count);
}

int main(int argc, char **argv)
{
	FILE *out;

	if (argc != 3)
		die("usage", 0, "embed-words LANGUAGE.po OUTPUT.c", "");
	read_file(argv[1]);
	if (count == 0)
		die(argv[1], 0, "is empty", "");
	out = fopen(argv[2], "w");
	if (!out)
		die(argv[2], 0, strerror(errno), "");
	write_all(out, argv[1]);
	if (ferror(out) || fclose(out))
		die(argv[2], 0, "cannot be written", "");
	return 0;
}
