#include "programme/catalogue/import.h"

#include "base/file.h"
#include "base/time.h"
#include "codec/csv.h"
#include "codec/hash.h"
#include "programme/catalogue/lists.h"
#include "programme/catalogue/own.h"
#include "programme/catalogue/search.h"

const char *const import_sources[] = {"categories", "ios", "android", "models", "tacs", NULL};

enum { LIST_FILE_MAX = 64 * 1024 * 1024, BODY_MAX = 1024 * 1024 };

struct import_rows {
	const char *list, *version;
	void *item; /* struct model_in, category_in or tac_in */
	size_t count;
};

/* --- rows to requests --- */

static enum err write_part(struct cx *cx, const struct import_rows *r, const struct field *sub, size_t size,
			   size_t from, size_t count, struct sb *sb)
{
	struct json_writer w;

	jw_init(&w, sb, false);
	jw_object(&w);
	jw_text_at(&w, "list", r->list);
	jw_text_at(&w, "version", r->version);
	jw_int_at(&w, "part", (int64_t)(from / CATALOGUE_PART) + 1);
	jw_int_at(&w, "parts", (int64_t)((r->count + CATALOGUE_PART - 1) / CATALOGUE_PART));
	jw_name(&w, "items");
	jw_array(&w);
	for (size_t i = 0; i < count; i++) {
		jw_object(&w);
		field_write(&w, sub, IN, (const char *)r->item + (from + i) * size);
		jw_object_end(&w);
	}
	jw_array_end(&w);
	jw_object_end(&w);
	return sb_end(sb) ? cx_prefix(cx, "list %s: ", r->list) : ERR_OK;
}

static enum err send(struct cx *cx, const struct import_rows *r, const char *type, const struct field *record,
		     import_visit *visit, void *arg)
{
	const struct field *items = field_find(record, "items");

	if (r->count == 0)
		return cx_fail(cx, ERR_INVALID, "list %s is empty", r->list);
	for (size_t from = 0; from < r->count; from += CATALOGUE_PART) {
		struct cx_mark mark = cx_mark(cx);
		size_t left = r->count - from;
		struct sb sb;
		if (cx_stopping(cx))
			return cx_fail(cx, ERR_INTERRUPTED,
				       "stopped; the list is not in force yet, import it again");
		sb_init(&sb, cx, BODY_MAX);
		if (write_part(cx, r, items->sub, items->sub_size, from,
			       left < CATALOGUE_PART ? left : CATALOGUE_PART, &sb) ||
		    visit(cx, arg, type, sb.data, sb.len))
			return cx->err;
		cx_restore(cx, mark);
	}
	return ERR_OK;
}

/* --- CSV --- */

/* The version of a file without one: the beginning of its digest. */
static enum err csv_read(struct cx *cx, const char *path, const char *version, struct csv **csv,
			 const char **out)
{
	char hex[DIGEST_HEX], *text;
	struct digest d;
	size_t n;

	if (file_read(cx, path, LIST_FILE_MAX, &text, &n) || csv_open(cx, text, n, csv))
		return cx->err == ERR_NOT_FOUND ? cx->err : cx_prefix(cx, "%s: ", path);
	d = sha256(text, n);
	hex_encode(hex, d.byte, sizeof(d.byte));
	*out = version ? version : cx_strndup(cx, hex, 12);
	return *out ? ERR_OK : cx->err;
}

/* Empty is absent; a truth may be written 1 or 0. */
static enum err csv_member(struct cx *cx, const struct field *f, const char *text, void *out)
{
	char *copy = cx_strdup(cx, text);

	if (!copy || !*copy)
		return cx->err;
	if (f->type == FIELD_BOOL && strcmp(copy, "1") == 0)
		return field_parse(cx, f, "true", out);
	if (f->type == FIELD_BOOL && strcmp(copy, "0") == 0)
		return field_parse(cx, f, "false", out);
	return field_parse(cx, f, copy, out);
}

/* Reads every record by the field table: a column for each field by its name. */
static enum err csv_rows(struct cx *cx, struct csv *csv, const struct field *fields, size_t size,
			 void **items, size_t *count)
{
	size_t cap = 1024, n = 0;
	char *item = cx_array(cx, cap, size);

	for (int c = 0; c < csv_columns(csv); c++)
		if (!field_find(fields, csv_name(csv, c)))
			return cx_fail(cx, ERR_INVALID, "there is no column \"%s\" in such a list",
				       csv_name(csv, c));
	while (item && csv_next(cx, csv)) {
		if (n == cap) {
			char *more = cx_array(cx, cap * 2, size);
			if (!more)
				return cx->err;
			memcpy(more, item, cap * size);
			item = more;
			cap *= 2;
		}
		field_init(fields, item + n * size);
		for (int c = 0; c < csv_columns(csv); c++) {
			if (csv_member(cx, field_find(fields, csv_name(csv, c)), csv_field(csv, c),
				       item + n * size))
				return cx_prefix(cx, "line %d: ", csv_line(csv));
		}
		if (field_check(cx, fields, IN, item + n * size))
			return cx_prefix(cx, "line %d: ", csv_line(csv));
		n++;
	}
	if (cx->err)
		return cx->err;
	*items = item;
	*count = n;
	return ERR_OK;
}

/* A list straight from CSV, whose columns are the members of the action's items. */
static enum err import_csv(struct cx *cx, const struct import_options *o, const char *list,
			   const struct field *record, struct import_rows *out)
{
	const struct field *items = field_find(record, "items");
	struct import_rows r = {.list = list};
	struct csv *csv = NULL;

	if (csv_read(cx, o->path, o->version, &csv, &r.version))
		return cx->err;
	if (csv_rows(cx, csv, items->sub, items->sub_size, &r.item, &r.count))
		return cx_prefix(cx, "%s: ", o->path);
	*out = r;
	return ERR_OK;
}

/* --- the lists of the npm packages --- */

static enum err import_npm(struct cx *cx, const char *path,
			   enum err (*read)(struct cx *cx, const char *path, struct model_list *out),
			   struct import_rows *out)
{
	struct import_rows r = {0};
	struct model_list list = {0};
	struct model_in *m;
	char *source;

	if (read(cx, path, &list))
		return cx->err;
	source = cx_printf(cx, "npm %s %s (MIT)", list.list, list.version);
	m = cx_array(cx, list.models, sizeof(*m));
	if (!source || !m)
		return cx->err;
	for (size_t i = 0; i < list.models; i++) {
		const struct list_model *l = &list.model[i];
		if (strcmp(l->category, "other") ==
		    0) /* boxes, players, headphones: no category that is shipped */
			continue;
		m[r.count++] = (struct model_in){.brand = l->brand,
						 .name = l->name,
						 .code = l->code,
						 .category = l->category,
						 .variants_gb = l->variants_gb,
						 .words = l->words,
						 .source = source,
						 .mass_mg = FIELD_NONE,
						 .released_day = FIELD_NONE,
						 .launch_minor = FIELD_NONE};
	}
	r.list = list.list;
	r.version = list.version;
	r.item = m;
	*out = r;
	return ERR_OK;
}

/* --- data/models.csv: people write days and money --- */

struct model_line {
	const char *brand, *name, *code, *category, *variants_gb, *words, *mass_source, *released,
		*launch_currency, *source;
	int64_t mass_mg, launch_minor;
};
static const struct field model_line_fields[] = {
	F_TEXT(struct model_line, brand, IN | REQ, 1, 100, "brand"),
	F_TEXT(struct model_line, name, IN | REQ, 1, 200, "name"),
	F_TEXT(struct model_line, code, IN, 1, 1000, "model codes"),
	F_TEXT(struct model_line, category, IN | REQ, 1, 40, "category code"),
	F_TEXT(struct model_line, variants_gb, IN, 1, 100, "storage sizes"),
	F_TEXT(struct model_line, words, IN, 1, 1000, "further words"),
	F_MG(struct model_line, mass_mg, IN, "nominal mass"),
	F_TEXT(struct model_line, mass_source, IN, 1, 300, "its source"),
	F_TEXT(struct model_line, released, IN, 10, 10, "release, YYYY-MM-DD"),
	F_MINOR(struct model_line, launch_minor, IN, "launch price"),
	F_TEXT(struct model_line, launch_currency, IN, 3, 3, "its currency"),
	F_TEXT(struct model_line, source, IN | REQ, 1, 300, "source of name, release and price"),
	F_END};

static enum err import_models(struct cx *cx, const char *path, const char *version, struct import_rows *out)
{
	struct import_rows r = {.list = "models"};
	struct model_line *line;
	struct model_in *m;
	struct csv *csv = NULL;
	void *items = NULL;

	if (csv_read(cx, path, version, &csv, &r.version))
		return cx->err;
	if (csv_rows(cx, csv, model_line_fields, sizeof(*line), &items, &r.count))
		return cx_prefix(cx, "%s: ", path);
	line = items;
	m = cx_array(cx, r.count, sizeof(*m));
	if (!m)
		return cx->err;
	for (size_t i = 0; i < r.count; i++) {
		int32_t day = 0;
		if (line[i].released && day_parse(cx, line[i].released, &day))
			return cx_prefix(cx, "%s: %s %s: ", path, line[i].brand, line[i].name);
		m[i] = (struct model_in){.brand = line[i].brand,
					 .name = line[i].name,
					 .code = line[i].code,
					 .category = line[i].category,
					 .variants_gb = line[i].variants_gb,
					 .words = line[i].words,
					 .mass_mg = line[i].mass_mg,
					 .mass_source = line[i].mass_source,
					 .released_day = line[i].released ? day : FIELD_NONE,
					 .launch_minor = line[i].launch_minor,
					 .launch_currency = line[i].launch_currency,
					 .source = line[i].source};
	}
	r.item = m;
	*out = r;
	return ERR_OK;
}

/* --- facts on top of a list --- */

static enum err same_model(struct cx *cx, const struct model_in *a, const struct model_in *b, bool *same)
{
	char *x = search_words(cx, a->name), *y = search_words(cx, b->name);

	if (!x || !y)
		return cx->err;
	*same = strcmp(x, y) == 0 && strcmp(a->brand, b->brand) == 0;
	return ERR_OK;
}

static enum err merge(struct cx *cx, struct model_in *m, const struct model_in *fact)
{
	if (fact->mass_mg != FIELD_NONE) {
		m->mass_mg = fact->mass_mg;
		m->mass_source = fact->mass_source;
	}
	m->released_day = field_or(fact->released_day, m->released_day);
	if (fact->launch_minor != FIELD_NONE) {
		m->launch_minor = fact->launch_minor;
		m->launch_currency = fact->launch_currency;
	}
	if (fact->words)
		m->words = m->words ? cx_printf(cx, "%s %s", fact->words, m->words) : fact->words;
	m->source = cx_printf(cx, "%.100s; %.190s", m->source, fact->source);
	return m->words && m->source ? ERR_OK : cx->err;
}

/* Facts override what the list says of the same brand and name; what it does not have is put behind. */
static enum err add_facts(struct cx *cx, const char *path, struct import_rows *r)
{
	struct import_rows facts = {0};
	struct model_in *m, *fact;
	size_t n = r->count;
	char *version;

	if (import_models(cx, path, NULL, &facts))
		return cx->err;
	m = cx_array(cx, r->count + facts.count, sizeof(*m));
	version = cx_printf(cx, "%s-%.12s", r->version, facts.version);
	if (!m || !version)
		return cx->err;
	memcpy(m, r->item, r->count * sizeof(*m));
	fact = facts.item;
	for (size_t f = 0; f < facts.count; f++) {
		bool found = false;
		for (size_t i = 0; i < r->count && !found; i++)
			if (same_model(cx, &m[i], &fact[f], &found) || (found && merge(cx, &m[i], &fact[f])))
				return cx->err;
		if (!found)
			m[n++] = fact[f];
	}
	r->item = m;
	r->count = n;
	r->version = version;
	return ERR_OK;
}

enum err catalogue_import_list(struct cx *cx, enum import_source source, const struct import_options *o,
			       import_visit *visit, void *arg)
{
	const struct field *record = models_load_fields;
	const char *type = "catalogue.models";
	struct import_rows rows = {0};
	enum err err;

	switch (source) {
	case IMPORT_CATEGORIES:
		type = "catalogue.categories";
		record = categories_load_fields;
		err = import_csv(cx, o, "categories", record, &rows);
		break;
	case IMPORT_TACS:
		type = "catalogue.tacs";
		record = tacs_load_fields;
		err = import_csv(cx, o, "tacs", record, &rows);
		break;
	case IMPORT_IOS:
		err = import_npm(cx, o->path, lists_read_ios, &rows);
		if (!err && o->facts)
			err = add_facts(cx, o->facts, &rows);
		break;
	case IMPORT_ANDROID:
		err = import_npm(cx, o->path, lists_read_android, &rows);
		break;
	case IMPORT_MODELS:
	default:
		err = import_models(cx, o->path, o->version, &rows);
	}
	return err ? err : send(cx, &rows, type, record, visit, arg);
}
