#include "programme/catalogue/own.h"
#include "programme/catalogue/search.h"
#include "programme/list.h"

#define ANYONE (~0u)

static enum err view_categories(struct cx *cx, struct reader *r, const void *params, struct json_writer *w)
{
	static const char sql[] =
		"SELECT c.city, c.seq, c.n, c.code, c.name_en, c.name_zh, c.weee, c.unu_key, c.storage, "
		"c.battery, c.mass_mg, c.mass_source FROM category c JOIN category_now w ON "
		"w.city = c.city AND w.code = c.code AND w.seq = c.seq AND w.n = c.n "
		"WHERE c.city = 0 ORDER BY c.seq, c.n";
	db_auto_rows *rows = NULL;

	(void)params;
	if (db_query(cx, r->db, &rows, sql, DB_NONE))
		return cx->err;
	return list_rows(cx, w, &category_table, "n", rows, CATALOGUE_PART, NULL);
}

static enum err view_lists(struct cx *cx, struct reader *r, const void *params, struct json_writer *w)
{
	char *sql = cx_printf(cx, "SELECT %s FROM catalogue_list WHERE city = 0 ORDER BY list",
			      reader_columns(&catalogue_list_table));
	db_auto_rows *rows = NULL;

	(void)params;
	if (!sql || db_query(cx, r->db, &rows, sql, DB_NONE))
		return cx->err;
	return list_rows(cx, w, &catalogue_list_table, "kind", rows, CATALOGUE_PART, NULL);
}

/* --- models --- */

struct model_shown {
	int64_t model, score;
	const char *brand, *name, *code, *category, *variants_gb, *launch_currency, *source;
	int64_t released_day, launch_minor;
	/* of one model alone */
	int64_t weee, storage, battery, mass_mg;
	const char *unu_key, *mass_source;
};
#define SHOWN_FIELDS                                                                               \
	F_INT(struct model_shown, model, OUT | REQ, 0, JSON_INT_MAX, "id", "the model"),           \
		F_TEXT(struct model_shown, brand, OUT | REQ, 1, 100, "brand"),                     \
		F_TEXT(struct model_shown, name, OUT | REQ, 1, 200, "name"),                       \
		F_TEXT(struct model_shown, code, OUT, 1, 1000, "model codes, joined by \", \""),   \
		F_TEXT(struct model_shown, category, OUT | REQ, 1, 40, "category code"),           \
		F_TEXT(struct model_shown, variants_gb, OUT, 1, 100, "storage sizes in GB"),       \
		F_INT(struct model_shown, released_day, OUT, -100000, 100000, "days",              \
		      "release, days since 1970-01-01"),                                           \
		F_MINOR(struct model_shown, launch_minor, OUT,                                     \
			"launch price of the smallest variant"),                                   \
		F_TEXT(struct model_shown, launch_currency, OUT, 3, 3, "its currency"),            \
		F_TEXT(struct model_shown, source, OUT | REQ, 1, 300, "where the row comes from")
static const struct field hit_fields[] = {
	SHOWN_FIELDS,
	F_INT(struct model_shown, score, OUT | REQ, 0, JSON_INT_MAX, NULL, "how well it fits; best first"),
	F_END};
static const struct field model_shown_fields[] = {
	SHOWN_FIELDS,
	F_INT(struct model_shown, weee, OUT | REQ, 1, 6, NULL, "category of Directive 2012/19/EU, annex III"),
	F_TEXT(struct model_shown, unu_key, OUT | REQ, 4, 4, "UNU-KEY"),
	F_BOOL(struct model_shown, storage, OUT | REQ, "has storage media"),
	F_BOOL(struct model_shown, battery, OUT | REQ, "has a battery"),
	F_MG(struct model_shown, mass_mg, OUT | REQ, "nominal mass"),
	F_TEXT(struct model_shown, mass_source, OUT | REQ, 1, 300, "where the mass comes from"),
	F_END};

static void fill(struct model_shown *s, const struct model *m, int64_t score)
{
	field_init(model_shown_fields, s);
	*s = (struct model_shown){.model = MODEL_ID(m->seq, m->n),
				  .score = score,
				  .brand = m->brand,
				  .name = m->name,
				  .code = m->code,
				  .category = m->category,
				  .variants_gb = m->variants_gb,
				  .released_day = m->released_day,
				  .launch_minor = m->launch_minor,
				  .launch_currency = m->launch_currency,
				  .source = m->source};
}

struct search_params {
	int64_t limit;
	const char *q, *category;
};
static const struct field search_params[] = {
	F_TEXT(struct search_params, q, IN | REQ, 1, SEARCH_TEXT_MAX,
	       "brand, name, model code, IMEI or type allocation code"),
	F_INT(struct search_params, limit, IN, 1, 200, NULL, "most hits; 20 when absent"),
	F_TEXT(struct search_params, category, IN, 1, 40, "of this category alone"), F_END};

static enum err view_search(struct cx *cx, struct reader *r, const void *params, struct json_writer *w)
{
	const struct search_params *p = params;
	int64_t max = field_or(p->limit, 20), count, written = 0;
	struct model_hit *hit;
	struct model_shown shown;

	/* With a category some hits are dropped: ask for more. */
	if (catalogue_search(cx, r, p->q, p->category ? 4 * max : max, &hit, &count))
		return cx->err;
	jw_name(w, "items");
	jw_array(w);
	for (int64_t i = 0; i < count && written < max; i++) {
		if (p->category && strcmp(p->category, hit[i].row->category) != 0)
			continue;
		fill(&shown, hit[i].row, hit[i].score);
		jw_object(w);
		field_write(w, hit_fields, OUT, &shown);
		jw_object_end(w);
		written++;
	}
	jw_array_end(w);
	return ERR_OK;
}

struct model_params {
	int64_t model;
};
static const struct field model_params[] = {
	F_INT(struct model_params, model, IN | REQ | PATH, 0, JSON_INT_MAX, "id", "the model"), F_END};

static enum err view_model(struct cx *cx, struct reader *r, const void *params, struct json_writer *w)
{
	const struct model_params *p = params;
	struct model key = {.city = 0, .seq = p->model >> 20, .n = p->model & 0xfffff};
	struct model_shown shown;
	struct product product;
	const void *row;

	if (catalogue_read(cx, r, p->model, NULL, &product) || reader_find(cx, r, &model_table, &key, &row))
		return cx->err;
	fill(&shown, row, 0);
	shown.weee = product.weee;
	shown.unu_key = product.unu_key;
	shown.storage = product.storage;
	shown.battery = product.battery;
	shown.mass_mg = product.mass_mg;
	shown.mass_source = product.mass_source;
	field_write(w, model_shown_fields, OUT, &shown);
	return ERR_OK;
}

const struct view catalogue_views[] = {
	{.name = "catalogue.categories",
	 .path = "/v1/catalogue/categories",
	 .roles = ANYONE,
	 .fields = category_fields,
	 .list = true,
	 .run = view_categories,
	 .doc = "Categories of devices, with WEEE category, UNU-KEY and nominal mass."},
	{.name = "catalogue.lists",
	 .path = "/v1/catalogue/lists",
	 .roles = ANYONE,
	 .fields = catalogue_list_fields,
	 .list = true,
	 .run = view_lists,
	 .doc = "Imported lists and the version of each that is in force."},
	{.name = "catalogue.search",
	 .path = "/v1/catalogue/models",
	 .roles = ANYONE,
	 .params = search_params,
	 .params_size = sizeof(struct search_params),
	 .fields = hit_fields,
	 .list = true,
	 .run = view_search,
	 .doc = "Models by brand, name, code, IMEI or type allocation code, best first; "
		"several when it is not plain which."},
	{.name = "catalogue.model",
	 .path = "/v1/catalogue/models/{model}",
	 .roles = ANYONE,
	 .params = model_params,
	 .params_size = sizeof(struct model_params),
	 .fields = model_shown_fields,
	 .steady = true,
	 .run = view_model,
	 .doc = "One model with what its category adds."},
	{0}};
