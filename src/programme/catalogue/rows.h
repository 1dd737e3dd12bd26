/* rows.h: published lists of devices as rows of the catalogue; for this folder alone. */
#ifndef RELODE_PROGRAMME_CATALOGUE_ROWS_H
#define RELODE_PROGRAMME_CATALOGUE_ROWS_H

#include "programme/catalogue/own.h"

struct import_rows {
	const char *list, *version;
	void *item; /* struct model_in, category_in or tac_in */
	size_t count;
};
enum { ROWS_FILE_MAX = 64 * 1024 * 1024 };

/* folder/NAME.json, and the version that folder/package.json says. */
enum err rows_json(struct cx *cx, const char *folder, const char *name, struct json **out) MUST_USE;
enum err rows_version(struct cx *cx, const char *folder, const char **out) MUST_USE;

/* One row a generation: its identifiers are the codes; numbers of the models are words to find it by. */
enum err rows_ios(struct cx *cx, const char *folder, struct import_rows *out) MUST_USE;
/* One row a brand and name: all its model codes in one. Left out: devices without a brand, and such
 * that are of no category that is shipped (boxes, projectors). */
enum err rows_android(struct cx *cx, const char *folder, struct import_rows *out) MUST_USE;
/* The category that words of a brand and name say, else "phone"; NULL when it is none that is shipped. */
const char *rows_android_category(const char *words);

#endif
