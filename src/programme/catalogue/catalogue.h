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
	const char *
		code; /* manufacturers' or Android model codes, joined by ", "; others may share them */
	const char *category;
	const char *variants_gb;  /* "64,128,256" or NULL */
	const char *
		search; /* " apple iphone 13 …": its words in one form, each between spaces (search.h) */
	int64_t mass_mg;          /* FIELD_NONE: the category's */
	const char *mass_source;
	int64_t released_day;     /* days since 1970-01-01, FIELD_NONE unknown */
	int64_t launch_minor;     /* launch price, FIELD_NONE unknown */
	const char *launch_currency;
	const char *source;       /* list and version the row came from */
};
extern struct table model_table;
#define MODEL_ID(seq, n) ((int64_t)(seq) << 20 | (int64_t)(n))

/* Type allocation codes: the first eight digits of an IMEI. Only where an operator has loaded a list. */
struct tac {
	int64_t city, seq, n;
	const char *tac; /* 8 digits */
	const char *brand, *name;
	const char *source;
};
extern struct table tac_table;

/* Lists come in parts of at most CATALOGUE_PART rows, one entry each. A version of a list is in force when
 * its last part has come; then it replaces the earlier version in searches, and older models stay readable
 * by their id. The digest of a part covers the parts before it, so the last one's stands for the version. */
enum list_kind { LIST_CATEGORIES, LIST_MODELS, LIST_TACS };
extern const char *const list_kinds[];
enum { CATALOGUE_PART = 1000 };
struct catalogue_part { /* reference: one row an import */
	int64_t city, seq, n;
	int64_t kind;
	const char *list, *version;
	int64_t part, parts, rows;
	struct bytes digest; /* 32 */
};
extern struct table catalogue_part_table;
struct catalogue_list { /* state: the version in force, and the one that is coming */
	int64_t city;
	const char *list;
	int64_t kind;
	const char *version; /* NULL before the first is complete */
	int64_t first_seq, last_seq, rows;
	struct bytes digest;
	const char *next_version;
	int64_t next_part, next_parts, next_first_seq, next_rows; /* next_part: the last that has come */
	struct bytes next_digest;
};
extern struct table catalogue_list_table;
struct category_now { /* state: the row of each category in force */
	int64_t city;
	const char *code;
	int64_t seq, n;
};
extern struct table category_now_table;

/* What decisions need to know of a device's kind. */
struct product {
	int64_t model; /* FIELD_NONE when only the category is known */
	const char *brand, *name, *category, *unu_key;
	int64_t weee, storage, battery, mass_mg;
	const char *mass_source;
	struct digest digest; /* of the import that gave it: logged by catalogue_use */
};
/* decide(): by model id, or by category code alone when model is FIELD_NONE. Logs what it used. */
enum err catalogue_use(struct cx *cx, struct tx *tx, int64_t model, const char *category,
		       struct product *out) MUST_USE;
enum err catalogue_read(struct cx *cx, struct reader *r, int64_t model, const char *category,
			struct product *out) MUST_USE;
/* Candidates by text, code or TAC, best first, at most max. */
struct model_hit {
	int64_t model;
	const struct model *row;
	int64_t score; /* higher is better */
};
enum err catalogue_search(struct cx *cx, struct reader *r, const char *text, int64_t max,
			  struct model_hit **hits, int64_t *count) MUST_USE;

extern const struct feature catalogue_feature;

#endif
