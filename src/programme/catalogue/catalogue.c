#include "programme/catalogue/catalogue.h"

#include "programme/catalogue/own.h"
#include "programme/catalogue/search.h"

const char *const list_kinds[] = {"categories", "models", "tacs", NULL};

#define ROW_KEY(T)                                                                                  \
	F_ID(T, city, COLUMN | REQ | HIDE, "city 0: the programme"),                                 \
	F_INT(T, seq, COLUMN | REQ, 0, JSON_INT_MAX, NULL, "the entry that wrote the row"),          \
	F_INT(T, n, COLUMN | REQ, 0, JSON_INT_MAX, NULL, "its number there")

const struct field category_fields[] = {
	ROW_KEY(struct category),
	F_TEXT(struct category, code, COLUMN | REQ, 1, 40, "code"),
	F_TEXT(struct category, name_en, COLUMN | REQ, 1, 100, "name, English"),
	F_TEXT(struct category, name_zh, COLUMN | REQ, 1, 100, "name, Simplified Chinese"),
	F_INT(struct category, weee, COLUMN | REQ, 1, 6, NULL, "category of Directive 2012/19/EU, annex III"),
	F_TEXT(struct category, unu_key, COLUMN | REQ, 4, 4, "UNU-KEY"),
	F_BOOL(struct category, storage, COLUMN | REQ, "has storage media"),
	F_BOOL(struct category, battery, COLUMN | REQ, "has a battery"),
	F_MG(struct category, mass_mg, COLUMN | REQ, "nominal mass"),
	F_TEXT(struct category, mass_source, COLUMN | REQ, 1, 300, "where the mass comes from"),
	F_END};
struct table category_table = {.name = "category", .kind = TABLE_REFERENCE, .fields = category_fields,
			       .size = sizeof(struct category), .keys = 3, .doc = "kinds of devices"};

static const struct field model_fields[] = {
	ROW_KEY(struct model),
	F_TEXT(struct model, brand, COLUMN | REQ, 1, 100, "brand"),
	F_TEXT(struct model, name, COLUMN | REQ, 1, 200, "name"),
	F_TEXT(struct model, code, COLUMN, 1, 1000, "model codes, joined by \", \""),
	F_TEXT(struct model, category, COLUMN | REQ, 1, 40, "category code"),
	F_TEXT(struct model, variants_gb, COLUMN, 1, 100, "storage sizes in GB, \"64,128\""),
	F_TEXT(struct model, search, COLUMN | REQ | HIDE, 1, SEARCH_COLUMN_MAX + 2,
	       "its words, for searching"),
	F_MG(struct model, mass_mg, COLUMN, "nominal mass; absent: the category's"),
	F_TEXT(struct model, mass_source, COLUMN, 1, 300, "where the mass comes from"),
	F_INT(struct model, released_day, COLUMN, -100000, 100000, "days",
	      "release, days since 1970-01-01"),
	F_MINOR(struct model, launch_minor, COLUMN, "launch price of the smallest variant"),
	F_TEXT(struct model, launch_currency, COLUMN, 3, 3, "its currency"),
	F_TEXT(struct model, source, COLUMN | REQ, 1, 300,
	       "list and version that the row came from"),
	F_END};
struct table model_table = {.name = "model", .kind = TABLE_REFERENCE, .fields = model_fields,
			    .size = sizeof(struct model), .keys = 3, .doc = "brands and models"};

static const struct field tac_fields[] = {
	ROW_KEY(struct tac),
	F_TEXT(struct tac, tac, COLUMN | REQ, 8, 8, "type allocation code"),
	F_TEXT(struct tac, brand, COLUMN | REQ, 1, 100, "brand"),
	F_TEXT(struct tac, name, COLUMN | REQ, 1, 200, "name"),
	F_TEXT(struct tac, source, COLUMN | REQ, 1, 300, "list and version that the row came from"),
	F_END};
struct table tac_table = {.name = "tac",
			  .kind = TABLE_REFERENCE,
			  .fields = tac_fields,
			  .size = sizeof(struct tac),
			  .keys = 3,
			  .doc = "type allocation codes, where an operator has loaded a list"};

#define LIST_NAME(T) F_TEXT(T, list, COLUMN | REQ, 1, 60, "name of the list")
static const struct field part_fields[] = {
	ROW_KEY(struct catalogue_part),
	F_ENUM(struct catalogue_part, kind, COLUMN | REQ, list_kinds, "what it lists"),
	LIST_NAME(struct catalogue_part),
	F_TEXT(struct catalogue_part, version, COLUMN | REQ, 1, 60, "version of the list"),
	F_INT(struct catalogue_part, part, COLUMN | REQ, 1, 1000000, NULL, "number of the part"),
	F_INT(struct catalogue_part, parts, COLUMN | REQ, 1, 1000000, NULL, "parts of this version"),
	F_INT(struct catalogue_part, rows, COLUMN | REQ, 0, CATALOGUE_PART, NULL, "rows of this part"),
	F_HEX(struct catalogue_part, digest, COLUMN | REQ, 32, "digest of this part and those before it"),
	F_END};
struct table catalogue_part_table = {.name = "catalogue_part",
				     .kind = TABLE_REFERENCE,
				     .fields = part_fields,
				     .size = sizeof(struct catalogue_part),
				     .keys = 3,
				     .doc = "imported parts of lists"};

const struct field catalogue_list_fields[] = {
	F_ID(struct catalogue_list, city, COLUMN | REQ | HIDE, "city 0: the programme"),
	LIST_NAME(struct catalogue_list),
	F_ENUM(struct catalogue_list, kind, COLUMN | REQ, list_kinds, "what it lists"),
	F_TEXT(struct catalogue_list, version, COLUMN, 1, 60, "version in force"),
	F_INT(struct catalogue_list, first_seq, COLUMN, 0, JSON_INT_MAX, NULL,
	      "entry of its first part"),
	F_INT(struct catalogue_list, last_seq, COLUMN, 0, JSON_INT_MAX, NULL,
	      "entry of its last part"),
	F_INT(struct catalogue_list, rows, COLUMN, 0, JSON_INT_MAX, NULL, "its rows"),
	F_HEX(struct catalogue_list, digest, COLUMN, 32, "its digest"),
	F_TEXT(struct catalogue_list, next_version, COLUMN, 1, 60, "version that is coming"),
	F_INT(struct catalogue_list, next_part, COLUMN, 1, 1000000, NULL,
	      "its last part that has come"),
	F_INT(struct catalogue_list, next_parts, COLUMN, 1, 1000000, NULL, "its parts"),
	F_INT(struct catalogue_list, next_first_seq, COLUMN | HIDE, 0, JSON_INT_MAX, NULL,
	      "entry of its first part"),
	F_INT(struct catalogue_list, next_rows, COLUMN, 0, JSON_INT_MAX, NULL, "its rows so far"),
	F_HEX(struct catalogue_list, next_digest, COLUMN | HIDE, 32, "digest so far"),
	F_END};
struct table catalogue_list_table = {.name = "catalogue_list",
				     .kind = TABLE_STATE,
				     .fields = catalogue_list_fields,
				     .size = sizeof(struct catalogue_list),
				     .keys = 2,
				     .doc = "lists and their versions"};

static const struct field category_now_fields[] = {
	F_ID(struct category_now, city, COLUMN | REQ, "city 0: the programme"),
	F_TEXT(struct category_now, code, COLUMN | REQ, 1, 40, "category code"),
	F_INT(struct category_now, seq, COLUMN | REQ, 0, JSON_INT_MAX, NULL, "the entry that wrote its row"),
	F_INT(struct category_now, n, COLUMN | REQ, 0, JSON_INT_MAX, NULL, "the row's number there"),
	F_END};
struct table category_now_table = {.name = "category_now",
				   .kind = TABLE_STATE,
				   .fields = category_now_fields,
				   .size = sizeof(struct category_now),
				   .keys = 2,
				   .doc = "categories in force"};

/* --- what is known of a product --- */

/* Rows of city 0, from a decision or from a view. */
struct source {
	struct tx *tx;
	struct reader *r;
};

static enum err find(struct cx *cx, struct source s, const struct table *t, const void *key, const void **row)
{
	return s.tx ? tx_programme_find(cx, s.tx, t, key, row) : reader_find(cx, s.r, t, key, row);
}

/* The digest that stands for the rows of an entry: the version's if it is in force, else the part's own. */
static enum err version_digest(struct cx *cx, struct source s, int64_t seq, const char **list,
			       struct digest *out)
{
	struct catalogue_part part_key = {.seq = seq, .n = 1};
	struct catalogue_list list_key = {0};
	const struct catalogue_part *part;
	const struct catalogue_list *l;
	const void *row;
	struct bytes b;

	if (find(cx, s, &catalogue_part_table, &part_key, &row))
		return cx->err;
	part = row;
	if (!part)
		return cx_fail(cx, ERR_CORRUPT, "the import that entry %lld made is missing", (long long)seq);
	list_key.list = part->list;
	if (find(cx, s, &catalogue_list_table, &list_key, &row))
		return cx->err;
	l = row;
	b = l && l->version && seq >= l->first_seq && seq <= l->last_seq ? l->digest : part->digest;
	if (b.n != sizeof(out->byte))
		return cx_fail(cx, ERR_CORRUPT, "list %s has no digest", part->list);
	memcpy(out->byte, b.p, sizeof(out->byte));
	*list = part->list;
	return ERR_OK;
}

static enum err log_use(struct cx *cx, struct source s, const char *list, const struct digest *digest)
{
	char *name;

	if (!s.tx)
		return ERR_OK;
	name = cx_join(cx, "catalogue", '/', list);
	return name ? tx_ref(cx, s.tx, name, digest) : cx->err;
}

static enum err add_category(struct cx *cx, struct source s, const char *code, struct product *p)
{
	struct category_now now_key = {.code = code};
	struct category key = {0};
	const struct category *c;
	const char *list;
	const void *row;

	if (find(cx, s, &category_now_table, &now_key, &row))
		return cx->err;
	if (!row)
		return cx_fail(cx, ERR_NOT_FOUND,
			       "there is no category \"%s\"; see the list of categories", code);
	key.seq = ((const struct category_now *)row)->seq;
	key.n = ((const struct category_now *)row)->n;
	if (find(cx, s, &category_table, &key, &row))
		return cx->err;
	c = row;
	if (!c)
		return cx_fail(cx, ERR_CORRUPT, "the row of category \"%s\" is missing", code);
	p->category = c->code;
	p->unu_key = c->unu_key;
	p->weee = c->weee;
	p->storage = c->storage;
	p->battery = c->battery;
	p->mass_mg = c->mass_mg;
	p->mass_source = c->mass_source;
	return version_digest(cx, s, key.seq, &list, &p->digest) ? cx->err : log_use(cx, s, list, &p->digest);
}

static enum err product_of(struct cx *cx, struct source s, int64_t model, const char *category,
			   struct product *out)
{
	struct product p = {.model = model};
	struct model key = {.seq = model >> 20, .n = model & 0xfffff};
	const struct model *m;
	const char *list;
	const void *row;

	if (model == FIELD_NONE) {
		if (!category)
			return cx_fail(cx, ERR_INVALID,
				       "model, category: give the model, or at least the category");
		if (add_category(cx, s, category, &p))
			return cx->err;
		*out = p;
		return ERR_OK;
	}
	if (model < 0)
		return cx_fail(cx, ERR_NOT_FOUND, "there is no model %lld", (long long)model);
	if (find(cx, s, &model_table, &key, &row))
		return cx->err;
	m = row;
	if (!m)
		return cx_fail(cx, ERR_NOT_FOUND, "there is no model %lld; search the catalogue",
			       (long long)model);
	if (category && strcmp(category, m->category) != 0)
		return cx_fail(cx, ERR_INVALID, "category: %s %s is in category %s, not %s",
			       m->brand, m->name, m->category, category);
	if (add_category(cx, s, m->category, &p))
		return cx->err;
	p.brand = m->brand;
	p.name = m->name;
	if (m->mass_mg != FIELD_NONE) {
		p.mass_mg = m->mass_mg;
		p.mass_source = m->mass_source;
	}
	if (version_digest(cx, s, m->seq, &list, &p.digest) || log_use(cx, s, list, &p.digest))
		return cx->err;
	*out = p;
	return ERR_OK;
}

enum err catalogue_use(struct cx *cx, struct tx *tx, int64_t model, const char *category, struct product *out)
{
	return product_of(cx, (struct source){.tx = tx}, model, category, out);
}

enum err catalogue_read(struct cx *cx, struct reader *r, int64_t model, const char *category,
			struct product *out)
{
	return product_of(cx, (struct source){.r = r}, model, category, out);
}

static struct table *const tables[] = {&category_table, &model_table, &tac_table, &catalogue_part_table,
				       &catalogue_list_table, &category_now_table, NULL};
#define ACTION(x, T, d)                                                                             \
	{.type = "catalogue." #x, .v = 1, .method = "POST", .path = "/v1/catalogue/" #x,             \
	 .roles = ROLE_ADMIN | ROLE_SYSTEM, .fields = x##_load_fields, .size = sizeof(T),            \
	 .decide = x##_load_decide, .apply = x##_load_apply, .doc = d}
static const struct action actions[] = {
	ACTION(categories, struct categories_load, "Loads the list of categories, whole."),
	ACTION(models, struct models_load,
	       "Loads one part of a list of models; the last part puts the version in force."),
	ACTION(tacs, struct tacs_load, "Loads one part of a list of type allocation codes."),
	{0}};

const struct feature catalogue_feature = {
	.name = "catalogue", .tables = tables, .actions = actions, .views = catalogue_views};
