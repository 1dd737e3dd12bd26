/* questions.h: what each view may be asked, made from its declared parameters and from the rows of city 1.
 */
#ifndef RELODE_TESTS_QUESTIONS_H
#define RELODE_TESTS_QUESTIONS_H

#include "kit.h"

enum { VALUES_MAX = 64 };

/* --- what a parameter may be, by its name: a query, or words --- */

static const struct {
	const char *name, *values;
} known[] = {
	{"account", "SELECT DISTINCT account FROM balance WHERE city = 1 ORDER BY account LIMIT 60"},
	{"batch", "SELECT batch FROM batch WHERE city = 1 ORDER BY batch"},
	{"buyer", "SELECT party FROM party WHERE city = 1 ORDER BY party"},
	{"category", "phone|washing_machine|boat"},
	{"consignment", "SELECT consignment FROM consignment WHERE city = 1 ORDER BY consignment"},
	{"day", "2026-01-01|2026-01-05"},
	{"device", "SELECT device FROM device WHERE city = 1 ORDER BY device"},
	{"dismantler", "SELECT party FROM party WHERE city = 1 ORDER BY party"},
	{"east_e6", "180000000|121000000"},
	{"evidence", "SELECT evidence FROM evidence WHERE city = 1 ORDER BY evidence"},
	{"fraction", "ferrous|gold"},
	{"from", "2026-01-01|2025-12-20|x"},
	{"identifier", "label 7|nothing"},
	{"item", "SELECT item FROM item WHERE city = 1 ORDER BY item"},
	{"key", "phone|2026-01|1|paid|2026-01-05"},
	{"kind", "offer_unanswered|idle|nothing"},
	{"model", "SELECT DISTINCT model FROM device WHERE city = 1 AND model > 0 ORDER BY model"},
	{"merchant", "SELECT party FROM party WHERE city = 1 ORDER BY party"},
	{"name", "default|Shop Ltd|LI"},
	{"north_e6", "90000000|31000000"},
	{"order", "SELECT order_id FROM trade_order WHERE city = 1 ORDER BY order_id"},
	{"owner", "SELECT party FROM party WHERE city = 1 ORDER BY party"},
	{"party", "SELECT party FROM party WHERE city = 1 ORDER BY party"},
	{"payout", "SELECT payout FROM payout WHERE city = 1 ORDER BY payout"},
	{"phone", "138 0000 0000|+8613900000000"},
	{"q", "iphone|test|brik|苹果|_%"},
	{"recycler", "SELECT party FROM party WHERE city = 1 ORDER BY party"},
	{"repair", "SELECT DISTINCT repair FROM repair_part WHERE city = 1 ORDER BY repair"},
	{"sale", "SELECT sale FROM sale WHERE city = 1 ORDER BY sale"},
	{"site", "SELECT site FROM site WHERE city = 1 ORDER BY site"},
	{"south_e6", "-90000000|31000001"},
	{"stocktake", "SELECT stocktake FROM stocktake WHERE city = 1 ORDER BY stocktake"},
	{"text", "1|label 7|shop|0400-0001-3|nothing at all"},
	{"to", "2027-01-01|2026-01-02"},
	{"unit", "CNY|mg|pc|EUR"},
	{"user", "SELECT \"user\" FROM app_user WHERE city = 0 ORDER BY \"user\""},
	{"west_e6", "-180000000|120999999"},
};

static inline int words(struct kit *k, const struct field *f, const char *list, const char *out[VALUES_MAX])
{
	int n = 0;

	for (const char *p = list; *p; p += strcspn(p, "|"), p += *p == '|') {
		char *word = cx_printf(&k->cx, "%.*s", (int)strcspn(p, "|"), p);
		out[n++] = f->type == FIELD_TEXT ? cx_printf(&k->cx, "\"%s\"", word) : word;
	}
	return n;
}

static inline int queried(struct kit *k, const struct field *f, const char *sql, const char *out[VALUES_MAX])
{
	db_auto_rows *rows = NULL;
	int n = 0;

	cx_clear(&k->cx);
	assert_int_equal(db_query(&k->cx, k->db, &rows, sql, DB_NONE), ERR_OK);
	while (db_next(&k->cx, rows) && n < VALUES_MAX) {
		int64_t id = db_get_i64(rows, 0);
		out[n++] = strcmp(f->name, "account") == 0
				   ? cx_printf(&k->cx, "\"%s\"", account_text(&k->cx, &k->domain, id))
				   : cx_printf(&k->cx, "%lld", (long long)id);
	}
	assert_int_equal(k->cx.err, ERR_OK);
	return n;
}

static inline int values(struct kit *k, const struct field *f, const char *out[VALUES_MAX])
{
	int n = 0;

	if (f->type == FIELD_BOOL)
		return words(k, f, "true|false", out);
	for (; f->type == FIELD_ENUM && f->names[n]; n++)
		out[n] = cx_printf(&k->cx, "\"%s\"", f->names[n]);
	if (n > 0)
		return n;
	for (size_t i = 0; i < ARRAY_LEN(known); i++)
		if (strcmp(known[i].name, f->name) == 0)
			return strncmp(known[i].values, "SELECT", 6) == 0
				       ? queried(k, f, known[i].values, out)
				       : words(k, f, known[i].values, out);
	if (f->type != FIELD_INT)
		return words(k, f, f->type == FIELD_HEX ? "" : "x", out);
	out[n++] = cx_printf(&k->cx, "%lld", (long long)f->min);
	out[n++] = cx_printf(&k->cx, "%lld", (long long)f->max);
	if (f->unit && strcmp(f->unit, "us") == 0)
		out[n++] = cx_printf(&k->cx, "%lld", (long long)(KIT_START + 5 * DAY_US));
	return n;
}

static inline bool is_paging(const struct field *f)
{
	return strcmp(f->name, "limit") == 0 || strcmp(f->name, "after") == 0;
}

/* The nth value of every parameter that is required, or of all; the last one when there are fewer. */
static inline const char *all_at(struct kit *k, const struct view *v, bool optional, int nth)
{
	const char *value[VALUES_MAX];
	struct sb sb;

	sb_init(&sb, &k->cx, 10000);
	for (const struct field *f = v->params; f && f->name; f++) {
		int n = is_paging(f) || (!optional && !(f->flags & REQ)) ? 0 : values(k, f, value);
		if (n > 0)
			sb_printf(&sb, "\"%s\":%s,", f->name, value[nth < n ? nth : n - 1]);
	}
	assert_int_equal(sb_end(&sb), ERR_OK);
	return sb.data;
}

#endif
