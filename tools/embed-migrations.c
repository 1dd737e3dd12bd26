/* embed-migrations: turns migrations/NNNN_name.sql into a C file, so that the program carries them.
 *
 *     embed-migrations DIRECTORY OUTPUT.c OUTPUT.d
 *
 * Every file has a number of its own; they apply in its order. No file at all is an empty list.
 * OUTPUT.d tells ninja to run this again when a file changes or one is added. Runs while building, on
 * the builder's machine.
 */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FILES_MAX = 9999, BYTES_MAX = 1000 * 1000 };

static _Noreturn void die(const char *what, const char *why)
{
	fprintf(stderr, "embed-migrations: %s: %s\n", what, why);
	exit(1);
}

static int is_sql(const struct dirent *entry)
{
	size_t n = strlen(entry->d_name);

	return n > 4 && !strcmp(entry->d_name + n - 4, ".sql");
}

/* The version that a name like 0001_kernel.sql begins with. */
static int version_of(const char *name, int before)
{
	static const char digits[] = "0123456789", rest[] = "abcdefghijklmnopqrstuvwxyz0123456789_";
	int version = (int)strtol(name, NULL, 10);

	if (strspn(name, digits) != 4 || name[4] != '_' || name[5] == '.' ||
	    strspn(name + 5, rest) != strlen(name + 5) - 4)
		die(name, "is not named NNNN_name.sql, with name of a-z 0-9 _");
	if (version <= before)
		die(name, "has the number of the file before it, or 0000");
	return version;
}

static void write_char(FILE *out, int c)
{
	if (c == '\n')
		fputs("\\n\"\n\t \"", out);
	else if (c == '"' || c == '\\')
		fprintf(out, "\\%c", c);
	else if (c == '\t' || (c >= ' ' && c < 127))
		fputc(c, out);
	else
		fprintf(out, "\\%03o", (unsigned)c);
}

static void embed(FILE *out, const char *path)
{
	FILE *in = fopen(path, "rb");
	int c, last = 0;
	long n = 0;

	if (!in)
		die(path, strerror(errno));
	fputs("\"", out);
	for (; (c = getc(in)) != EOF; last = c) {
		if (c == 0)
			die(path, "holds a NUL");
		if (++n > BYTES_MAX)
			die(path, "is too long");
		if (c == '?' && last == '?')
			fputc('\\', out); /* no trigraphs */
		write_char(out, c);
	}
	fputs("\"", out);
	if (ferror(in) || fclose(in))
		die(path, strerror(errno));
}

int main(int argc, char **argv)
{
	struct dirent **entry = NULL;
	FILE *out, *dep;
	int n, version = 0;

	if (argc != 4)
		die("usage", "embed-migrations DIRECTORY OUTPUT.c OUTPUT.d");
	n = scandir(argv[1], &entry, is_sql, alphasort);
	if (n < 0 && errno == ENOENT)
		n = 0;
	if (n < 0 || n > FILES_MAX)
		die(argv[1], n < 0 ? strerror(errno) : "too many files");
	out = fopen(argv[2], "w");
	dep = fopen(argv[3], "w");
	if (!out || !dep)
		die(out ? argv[3] : argv[2], strerror(errno));
	fputs("/* Made by embed-migrations from migrations/; do not edit. */\n"
	      "#include \"db/migrations.h\"\n\n", out);
	fprintf(out, "const int relode_migration_count = %d;\n"
		     "const struct db_migration relode_migrations[] = {\n", n);
	fprintf(dep, "%s: %s", argv[2], argv[1]);
	for (int i = 0; i < n; i++) {
		const char *name = entry[i]->d_name;
		char path[4096];

		version = version_of(name, version);
		if (snprintf(path, sizeof(path), "%s/%s", argv[1], name) >= (int)sizeof(path))
			die(name, "its path is too long");
		fprintf(out, "\t{%d, \"%.*s\",\n\t ", version, (int)strlen(name + 5) - 4, name + 5);
		embed(out, path);
		fputs("},\n", out);
		fprintf(dep, " %s", path);
		free(entry[i]);
	}
	free(entry);
	fputs(n ? "};\n" : "\t{0}, /* an array has at least one */\n};\n", out);
	fputs("\n", dep);
	if (ferror(out) || fclose(out) || ferror(dep) || fclose(dep))
		die(argv[2], "cannot be written");
	return 0;
}
