/* catalogue.h: categories, brands, models, storage variants; type allocation codes.
 *
 * Reference rows of city 0, imported as whole lists; a model is known by its model id, which names the
 * import and the row: (seq << 20 | n). Facts (mass, storage, battery) come from the model where a
 * sourced value exists, else from its category; each mass names its source.
 */
#ifndef RELODE_PROGRAMME_CATALOGUE_CATALOGUE_H
#define RELODE_PROGRAMME_CATALOGUE_CATALOGUE_H

#include "kernel/reader.h"

struct category {
	int64_t city, seq, n;
	const char *code;    /* "phone" */
	const char *name_en, *name_zh;
	int64_t weee;        /* Directive 2012/19/EU annex III category 1..6 */
	const char *unu_key; /* "0306" */
	int64_t storage, battery; /* bools */
	int64_t mass_mg;
	const char *mass_source;
};
extern struct table category_table;

struct model {
	int64_t city, seq, n;
	const char *brand, *name; /* as people say them */
	const char *code;         /* manufacturer's or Android device code; may be shared by several models */
	const char *category;
	const char *variants_gb;  /* "64,128,256" or NULL */
	const char *search;       /* lower case: brand name code, for searching */
	int64_t mass_mg;          /* FIELD_NONE: the category's */
	const char *mass_source;
	int64_t released_day;     /* days since 1970-01-01, FIELD_NONE unknown */
	int64_t launch_minor;     /* launch price, FIELD_NONE unknown */
	const char *launch_currency;
	const char *source;       /* list and version the row came from */
};
extern struct table model_table;
#define MODEL_ID(seq, n) ((int64_t)(seq) << 20 | (int64_t)(n))

/* What decisions need to know of a device's kind. */
struct product {
	int64_t model; /* FIELD_NONE when only the category is known */
	const char *brand, *name, *category, *unu_key;
	int64_t weee, storage, battery, mass_mg;
	const char *mass_source;
	struct digest digest; /* of the import that gave it: logged by catalogue_use */
};
/* decide(): by model id, or by category code alone when model is FIELD_NONE. Logs what it used. */
enum err catalogue_use(struct cx *cx, struct tx *tx, int64_t model, const char *category, struct product *out) MUST_USE;
enum err catalogue_read(struct cx *cx, struct reader *r, int64_t model, const char *category, struct product *out) MUST_USE;
/* Candidates by text, code or TAC, best first, at most max. */
struct model_hit {
	int64_t model;
	const struct model *row;
	int64_t score; /* higher is better */
};
enum err catalogue_search(struct cx *cx, struct reader *r, const char *text, int64_t max, struct model_hit **hits,
			  int64_t *count) MUST_USE;

extern const struct feature catalogue_feature;

#endif
