/* import.h: lists and rules from files into the books, through a door.
 *
 * A list is read and checked whole before its first part is written; a list with one bad line changes
 * nothing. It goes in parts, and comes in force with its last one: until then the version before it
 * stays. Stopped imports go on at the part that is missing.
 */
#ifndef RELODE_CLI_IMPORT_H
#define RELODE_CLI_IMPORT_H

#include "cli/door.h"
#include "programme/catalogue/import.h"

enum { IMPORT_NAME_MAX = 60, IMPORT_KINDS_MAX = 40 };

struct import_job {
	enum import_source source;
	const char *path;    /* CSV file; for the npm packages: folder or JSON file */
	const char *facts;   /* IMPORT_IOS: CSV of cited facts to put on top, or NULL */
	const char *version; /* of CSV files; NULL: the beginning of the file's digest */
	bool dry_run;        /* check and count, write nothing */
	bool again;          /* even if this version is in force */
};
struct import_result {
	char list[IMPORT_NAME_MAX + 1], version[IMPORT_NAME_MAX + 1];
	int64_t rows, parts;
	int64_t written; /* parts written now: less than parts when some were there */
	bool in_force;   /* this version had been in force already; nothing was written */
	struct {
		char category[41];
		int64_t rows;
	} kind[IMPORT_KINDS_MAX]; /* models by category, in the order of the list */
	int kinds;
};
enum err import_list(struct cx *cx, struct door *door, const struct import_job *job,
		     struct import_result *out) MUST_USE;

/* data/categories.csv, or one like it. */
enum err import_categories(struct cx *cx, struct door *door, const char *path, int64_t *rows) MUST_USE;
/* Publishes the file as the newest version of a rule; the version in force is not published again. */
enum err import_rule(struct cx *cx, struct door *door, const char *kind, const char *name,
		     const char *path) MUST_USE;
/* Reads the file as JSON and tells whether exactly this version is in force. Writes nothing. */
enum err import_rule_look(struct cx *cx, struct door *door, const char *kind, const char *name,
			  const char *path, const char **text, bool *in_force) MUST_USE;
/* The folder of an npm package: beside the shipped data, of the source tree, or of the system. */
enum err import_package(struct cx *cx, const char *package, const char **folder) MUST_USE;

struct shipped_rule {
	const char *kind, *name;
	const char *file; /* in the folder of shipped data */
};
extern const struct shipped_rule shipped_rules[]; /* ends with file NULL */

#endif
