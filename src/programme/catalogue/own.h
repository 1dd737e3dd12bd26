/* own.h: what the files of catalogue/ share; for this folder alone. */
#ifndef RELODE_PROGRAMME_CATALOGUE_OWN_H
#define RELODE_PROGRAMME_CATALOGUE_OWN_H

#include "programme/catalogue/catalogue.h"

/* load.c: the three actions that load parts of lists. */
struct part_head { /* the first member of their records */
	const char *list, *version;
	int64_t part, parts;
	int64_t rows;
	struct bytes digest;
};
struct category_in {
	const char *code, *name_en, *name_zh, *unu_key, *mass_source;
	int64_t weee, storage, battery, mass_mg;
};
struct model_in {
	const char *brand, *name, *code, *category, *variants_gb, *words, *mass_source,
		*launch_currency, *source;
	int64_t mass_mg, released_day, launch_minor;
};
struct tac_in {
	const char *tac, *brand, *name;
};
struct categories_load {
	struct part_head head;
	struct list items; /* struct category_in */
	struct list codes; /* struct category_code: which row is which, for apply */
};
struct category_code {
	const char *code;
	int64_t n;
};
struct models_load {
	struct part_head head;
	struct list items; /* struct model_in */
};
struct tacs_load {
	struct part_head head;
	struct list items; /* struct tac_in */
};
extern const struct field categories_load_fields[], models_load_fields[], tacs_load_fields[];
enum err categories_load_decide(struct cx *cx, struct tx *tx, void *record);
enum err models_load_decide(struct cx *cx, struct tx *tx, void *record);
enum err tacs_load_decide(struct cx *cx, struct tx *tx, void *record);
enum err categories_load_apply(struct cx *cx, struct tx *tx, const struct entry *entry, const void *record);
enum err models_load_apply(struct cx *cx, struct tx *tx, const struct entry *entry, const void *record);
enum err tacs_load_apply(struct cx *cx, struct tx *tx, const struct entry *entry, const void *record);

extern const struct view catalogue_views[]; /* views.c */
extern const struct field category_fields[], catalogue_list_fields[];

#endif
