/* The actions that load parts of lists. */
#include "programme/catalogue/own.h"
#include "programme/catalogue/search.h"

#define NAME_CHARS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-"

/* Over struct part_head: every record begins with one. */
#define HEAD_FIELDS                                                                                 \
	F_TEXT(struct part_head, list, MUST, 1, 60, "name of the list: letters, digits, '.', '_', '-'"), \
	F_TEXT(struct part_head, version, MUST, 1, 60, "version of the list, in the same letters"),  \
	F_INT(struct part_head, part, MUST, 1, 1000000, NULL, "number of this part, from 1"),       \
	F_INT(struct part_head, parts, MUST, 1, 1000000, NULL, "how many parts this version has"),  \
	F_INT(struct part_head, rows, DERIVED | REQ, 1, CATALOGUE_PART, NULL, "rows of this part"), \
	F_HEX(struct part_head, digest, DERIVED | REQ, 32, "digest of this part and those before it")

static const struct field category_in_fields[] = {
	F_TEXT(struct category_in, code, IN | REQ, 1, 40, "code: lower case letters, digits, '_'"),
	F_TEXT(struct category_in, name_en, IN | REQ, 1, 100, "name, English"),
	F_TEXT(struct category_in, name_zh, IN | REQ, 1, 100, "name, Simplified Chinese"),
	F_INT(struct category_in, weee, IN | REQ, 1, 6, NULL, "category of Directive 2012/19/EU, annex III"),
	F_TEXT(struct category_in, unu_key, IN | REQ, 4, 4, "UNU-KEY"),
	F_BOOL(struct category_in, storage, IN | REQ, "has storage media"),
	F_BOOL(struct category_in, battery, IN | REQ, "has a battery"),
	F_MG(struct category_in, mass_mg, IN | REQ, "nominal mass"),
	F_TEXT(struct category_in, mass_source, IN | REQ, 1, 300, "where the mass comes from"),
	F_END};
static const struct field category_code_fields[] = {
	F_TEXT(struct category_code, code, LOG | REQ, 1, 40, "code"),
	F_INT(struct category_code, n, LOG | REQ, 1, CATALOGUE_PART, NULL, "its row in this entry"),
	F_END};
const struct field categories_load_fields[] = {
	HEAD_FIELDS,
	F_LIST(struct categories_load, items, IN | REQ, CATALOGUE_PART, category_in_fields,
	       struct category_in, "all categories"),
	F_LIST(struct categories_load, codes, LOG | REQ, CATALOGUE_PART, category_code_fields,
	       struct category_code, "which row is which"),
	F_END};

static const struct field model_in_fields[] = {
	F_TEXT(struct model_in, brand, IN | REQ, 1, 100, "brand"),
	F_TEXT(struct model_in, name, IN | REQ, 1, 200, "name"),
	F_TEXT(struct model_in, code, IN, 1, 1000, "model codes, joined by \", \""),
	F_TEXT(struct model_in, category, IN | REQ, 1, 40, "category code"),
	F_TEXT(struct model_in, variants_gb, IN, 1, 100, "storage sizes in GB, \"64,128\""),
	F_TEXT(struct model_in, words, IN, 1, 1500, "further words to be found by"),
	F_MG(struct model_in, mass_mg, IN, "nominal mass, with its source"),
	F_TEXT(struct model_in, mass_source, IN, 1, 300, "where the mass comes from"),
	F_INT(struct model_in, released_day, IN, -100000, 100000, "days", "release, days since 1970-01-01"),
	F_MINOR(struct model_in, launch_minor, IN, "launch price of the smallest variant, with its currency"),
	F_TEXT(struct model_in, launch_currency, IN, 3, 3, "currency of the launch price, ISO 4217"),
	F_TEXT(struct model_in, source, IN, 1, 300, "source of the row; absent: list and version"),
	F_END};
const struct field models_load_fields[] = {HEAD_FIELDS,
					   F_LIST(struct models_load, items, IN | REQ,
						  CATALOGUE_PART, model_in_fields, struct model_in,
						  "models"),
					   F_END};

static const struct field tac_in_fields[] = {
	F_TEXT(struct tac_in, tac, IN | REQ, 8, 8, "eight digits"),
	F_TEXT(struct tac_in, brand, IN | REQ, 1, 100, "brand"),
	F_TEXT(struct tac_in, name, IN | REQ, 1, 200, "name"),
	F_END};
const struct field tacs_load_fields[] = {HEAD_FIELDS,
					 F_LIST(struct tacs_load, items, IN | REQ, CATALOGUE_PART,
						tac_in_fields, struct tac_in, "codes"),
					 F_END};

/* --- the order of parts --- */

static enum err list_find(struct cx *cx, struct tx *tx, const char *list, const struct catalogue_list **out)
{
	struct catalogue_list key = {.city = tx_city(tx), .list = list};
	const void *row;

	if (tx_find(cx, tx, &catalogue_list_table, &key, &row))
		return cx->err;
	*out = row;
	return ERR_OK;
}

static enum err check_order(struct cx *cx, const struct part_head *h,
			    const struct catalogue_list *l, int64_t kind)
{
	if (l && l->kind != kind)
		return cx_fail(cx, ERR_CONFLICT, "list: \"%s\" is a list of %s", h->list,
			       cx_say_code(cx, "list", list_kinds[l->kind]));
	if (h->part > h->parts)
		return cx_fail(cx, ERR_INVALID, "part: %lld is more than the %lld parts",
			       (long long)h->part, (long long)h->parts);
	if (h->part == 1)
		return ERR_OK;
	if (!l || !l->next_version || strcmp(l->next_version, h->version) != 0 || l->next_parts != h->parts)
		return cx_fail(cx, ERR_CONFLICT,
			       "part: version %s of list %s has not been begun; load part 1 first",
			       h->version, h->list);
	if (l->next_part + 1 != h->part)
		return cx_fail(cx, ERR_CONFLICT, "part: after part %lld comes part %lld, not %lld",
			       (long long)l->next_part, (long long)l->next_part + 1,
			       (long long)h->part);
	return ERR_OK;
}

/* Checks the head and writes the part's row: digest over the part before it and these items. */
static enum err begin_part(struct cx *cx, struct tx *tx, struct part_head *h, int64_t kind,
			   const struct field *sub, struct list items, size_t size)
{
	struct catalogue_part row = {.kind = kind, .list = h->list, .version = h->version, .part = h->part,
				     .parts = h->parts, .rows = (int64_t)items.count};
	const struct catalogue_list *l = NULL;
	struct sha256_stream *s = NULL;
	struct json_writer w;
	struct digest digest;
	struct cx_mark mark;
	struct sb sb;
	int64_t n;

	if (tx_city(tx) != 0 || tx_check_org(cx, tx, 0))
		return cx->err ? cx->err :
				 cx_fail(cx, ERR_INVALID,
					 "the catalogue is kept in city 0, for all cities");
	if (strspn(h->list, NAME_CHARS) != strlen(h->list) ||
	    strspn(h->version, NAME_CHARS) != strlen(h->version))
		return cx_fail(cx, ERR_INVALID, "list, version: letters, digits, '.', '_' and '-' only");
	if (list_find(cx, tx, h->list, &l) || check_order(cx, h, l, kind) || sha256_new(cx, &s))
		return cx->err;
	if (h->part > 1)
		sha256_update(s, l->next_digest.p, l->next_digest.n);
	for (size_t i = 0; i < items.count; i++) {
		mark = cx_mark(cx);
		sb_init(&sb, cx, 64 * 1024);
		jw_init(&w, &sb, false);
		jw_object(&w);
		field_write(&w, sub, IN, (const char *)items.item + i * size);
		jw_object_end(&w);
		if (sb_end(&sb)) {
			sha256_free(s);
			return cx->err;
		}
		sha256_update(s, sb.data, sb.len);
		cx_restore(cx, mark);
	}
	digest = sha256_final(s);
	h->rows = row.rows;
	h->digest = row.digest = (struct bytes){cx_memdup(cx, digest.byte, sizeof(digest.byte)),
						sizeof(digest.byte)};
	return h->digest.p ? tx_write_once(cx, tx, &catalogue_part_table, &row, &n) : cx->err;
}

static enum err apply_part(struct cx *cx, struct tx *tx, const struct entry *entry, const struct part_head *h,
			   int64_t kind)
{
	const struct catalogue_list *old = NULL;
	struct catalogue_list row;

	if (list_find(cx, tx, h->list, &old))
		return cx->err;
	if (old) {
		row = *old;
	} else {
		field_init(catalogue_list_table.fields, &row);
		row.city = entry->city;
		row.list = h->list;
		row.kind = kind;
	}
	row.next_rows = h->rows + (h->part > 1 ? row.next_rows : 0);
	row.next_first_seq = h->part > 1 ? row.next_first_seq : entry->seq;
	row.next_version = h->version;
	row.next_part = h->part;
	row.next_parts = h->parts;
	row.next_digest = h->digest;
	if (h->part == h->parts) {
		row.version = h->version;
		row.first_seq = row.next_first_seq;
		row.last_seq = entry->seq;
		row.rows = row.next_rows;
		row.digest = h->digest;
		row.next_version = NULL;
		row.next_part = row.next_parts = row.next_first_seq = row.next_rows = FIELD_NONE;
		row.next_digest = (struct bytes){0};
	}
	return tx_put(cx, tx, &catalogue_list_table, &row);
}

/* --- catalogue.categories --- */

enum err categories_load_decide(struct cx *cx, struct tx *tx, void *record)
{
	struct categories_load *rec = record;
	const struct category_in *in = rec->items.item;
	struct category_code *code = cx_array(cx, rec->items.count, sizeof(*code));

	if (!code)
		return cx->err;
	if (rec->head.parts != 1)
		return cx_fail(cx, ERR_INVALID, "parts: categories come in one part");
	if (begin_part(cx, tx, &rec->head, LIST_CATEGORIES, category_in_fields, rec->items, sizeof(*in)))
		return cx->err;
	for (size_t i = 0; i < rec->items.count; i++) {
		struct category row = {.code = in[i].code,
				       .name_en = in[i].name_en,
				       .name_zh = in[i].name_zh,
				       .weee = in[i].weee,
				       .unu_key = in[i].unu_key,
				       .storage = in[i].storage,
				       .battery = in[i].battery,
				       .mass_mg = in[i].mass_mg,
				       .mass_source = in[i].mass_source};
		if (strspn(row.code, "abcdefghijklmnopqrstuvwxyz0123456789_") != strlen(row.code))
			return cx_fail(cx, ERR_INVALID,
				       "items[%zu].code: lower case letters, digits and '_' only",
				       i);
		if (strspn(row.unu_key, "0123456789") != 4)
			return cx_fail(cx, ERR_INVALID, "items[%zu].unu_key: four digits", i);
		for (size_t j = 0; j < i; j++)
			if (strcmp(in[j].code, row.code) == 0)
				return cx_fail(cx, ERR_INVALID,
					       "items[%zu].code: \"%s\" is there twice", i,
					       row.code);
		code[i].code = row.code;
		if (tx_write_once(cx, tx, &category_table, &row, &code[i].n))
			return cx->err;
	}
	rec->codes = (struct list){code, rec->items.count};
	return ERR_OK;
}

/* A category that a newer list leaves out stays in force: models and devices name it. */
enum err categories_load_apply(struct cx *cx, struct tx *tx, const struct entry *entry, const void *record)
{
	const struct categories_load *rec = record;
	const struct category_code *code = rec->codes.item;

	for (size_t i = 0; i < rec->codes.count; i++) {
		struct category_now row = {.city = entry->city,
					   .code = code[i].code,
					   .seq = entry->seq,
					   .n = code[i].n};
		if (tx_put(cx, tx, &category_now_table, &row))
			return cx->err;
	}
	return apply_part(cx, tx, entry, &rec->head, LIST_CATEGORIES);
}

/* --- catalogue.models --- */

static enum err check_category(struct cx *cx, struct tx *tx, size_t i, const char *code)
{
	struct category_now key = {.city = tx_city(tx), .code = code};
	const void *row;

	if (tx_find(cx, tx, &category_now_table, &key, &row))
		return cx->err;
	if (!row)
		return cx_fail(
			cx, ERR_INVALID,
			"items[%zu].category: there is no category \"%s\"; load categories first",
			i, code);
	return ERR_OK;
}

static enum err check_variants(struct cx *cx, size_t i, const char *variants)
{
	int64_t last = 0, gb = 0;

	for (const char *p = variants; p; p++) {
		if (*p >= '0' && *p <= '9' && gb < 1000000) {
			gb = gb * 10 + (*p - '0');
			continue;
		}
		if ((*p != ',' && *p) || gb <= last)
			return cx_fail(
				cx, ERR_INVALID,
				"items[%zu].variants_gb: whole numbers, rising, with ',' between",
				i);
		last = gb;
		gb = 0;
		if (!*p)
			break;
	}
	return ERR_OK;
}

static enum err check_model(struct cx *cx, size_t i, const struct model_in *in)
{
	if ((in->mass_mg != FIELD_NONE) != (in->mass_source != NULL))
		return cx_fail(cx, ERR_INVALID, "items[%zu]: mass_mg and mass_source: give both or none", i);
	if ((in->launch_minor != FIELD_NONE) != (in->launch_currency != NULL))
		return cx_fail(cx, ERR_INVALID,
			       "items[%zu]: launch_minor and launch_currency: give both or none",
			       i);
	return check_variants(cx, i, in->variants_gb);
}

enum err models_load_decide(struct cx *cx, struct tx *tx, void *record)
{
	struct models_load *rec = record;
	const struct model_in *in = rec->items.item;
	const char *source = cx_printf(cx, "%s %s", rec->head.list, rec->head.version), *category = "";
	int64_t n;

	if (!source || begin_part(cx, tx, &rec->head, LIST_MODELS, model_in_fields, rec->items, sizeof(*in)))
		return cx->err;
	for (size_t i = 0; i < rec->items.count; i++) {
		struct model row = {.brand = in[i].brand,
				    .name = in[i].name,
				    .code = in[i].code,
				    .category = in[i].category,
				    .variants_gb = in[i].variants_gb,
				    .mass_mg = in[i].mass_mg,
				    .mass_source = in[i].mass_source,
				    .released_day = in[i].released_day,
				    .launch_minor = in[i].launch_minor,
				    .launch_currency = in[i].launch_currency,
				    .source = in[i].source ? in[i].source : source};
		if (check_model(cx, i, &in[i]) ||
		    (strcmp(row.category, category) != 0 && check_category(cx, tx, i, row.category)))
			return cx->err;
		category = row.category;
		row.search = search_column(cx, row.brand, row.name, row.code, in[i].words);
		if (!row.search || tx_write_once(cx, tx, &model_table, &row, &n))
			return cx->err;
	}
	return ERR_OK;
}

enum err models_load_apply(struct cx *cx, struct tx *tx, const struct entry *entry, const void *record)
{
	return apply_part(cx, tx, entry, &((const struct models_load *)record)->head, LIST_MODELS);
}

/* --- catalogue.tacs --- */

enum err tacs_load_decide(struct cx *cx, struct tx *tx, void *record)
{
	struct tacs_load *rec = record;
	const struct tac_in *in = rec->items.item;
	const char *source = cx_printf(cx, "%s %s", rec->head.list, rec->head.version);
	int64_t n;

	if (!source || begin_part(cx, tx, &rec->head, LIST_TACS, tac_in_fields, rec->items, sizeof(*in)))
		return cx->err;
	for (size_t i = 0; i < rec->items.count; i++) {
		struct tac row = {.tac = in[i].tac,
				  .brand = in[i].brand,
				  .name = in[i].name,
				  .source = source};
		if (strspn(row.tac, "0123456789") != 8)
			return cx_fail(cx, ERR_INVALID,
				       "items[%zu].tac: \"%s\" is not eight digits", i, row.tac);
		if (tx_write_once(cx, tx, &tac_table, &row, &n))
			return cx->err;
	}
	return ERR_OK;
}

enum err tacs_load_apply(struct cx *cx, struct tx *tx, const struct entry *entry, const void *record)
{
	return apply_part(cx, tx, entry, &((const struct tacs_load *)record)->head, LIST_TACS);
}
