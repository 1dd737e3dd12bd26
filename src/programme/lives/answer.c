/* Questions in people's terms, and what the columns answer. */
#include "base/time.h"
#include "programme/device/device.h"
#include "programme/lives/parts.h"
#include "programme/tradein/tradein.h"

const char *const life_measures[] = {"promised_minor", "agreed_minor", "bonus_minor", "mass_mg", NULL};

#define NAME(by) [(by) - BY_DAY]
const char *const life_dimensions[] = {
	NAME(BY_DAY) = "day", NAME(BY_MONTH) = "month", NAME(BY_BOOKED) = "booked",
	NAME(BY_MERCHANT) = "merchant", NAME(BY_CATEGORY) = "category", NAME(BY_STAGE) = "stage",
	NAME(BY_ITEM) = "item", NAME(BY_FLAGS) = "flags", NAME(BY_DAYS + LIFE_INSPECTED) = "inspected_days",
	NAME(BY_DAYS + LIFE_AGREED) = "agreed_days", NAME(BY_DAYS + LIFE_PAID) = "paid_days",
	NAME(BY_DAYS + LIFE_ERASED) = "erased_days", NAME(BY_DAYS + LIFE_SOLD) = "sold_days",
	NAME(BY_DAYS + LIFE_DELIVERED) = "delivered_days",
	NAME(BY_DAYS + LIFE_DISMANTLED) = "dismantled_days", NAME(BY_DIMENSIONS) = NULL};

enum life_dimension life_dimension(const char *name)
{
	return (enum life_dimension)(BY_DAY + field_enum(life_dimensions, name)); /* -1: BY_NOTHING */
}

const char *life_dimension_name(enum life_dimension by)
{
	return by == BY_NOTHING ? "" : life_dimensions[by - BY_DAY];
}

void lives_all(struct lives_question *q)
{
	*q = (struct lives_question){.from_day = DAY_MIN, .to_day = DAY_MAX, .stage = -1, .item = -1,
				     .sums = (1U << LIFE_MEASURES) - 1, .threads = 2};
}

/* --- the question --- */

static struct columns columns_of(const struct lives *l)
{
	return (struct columns){.base = l->base, .rows = l->head.rows, .large = l->large,
				.larges = l->head.larges};
}

uint16_t lives_column_day(int32_t day)
{
	int32_t n = day - (LIFE_DAY_EPOCH - 1);

	return (uint16_t)(n < 1 ? 1 : n > LIFE_DAY_MAX ? LIFE_DAY_MAX : n);
}

/* The groups of a dimension of days: from the first booking to the last entry, within the period. */
static void set_days(const struct lives *l, struct column_query *q, int d)
{
	bool booked = q->by[d] == BY_BOOKED, month = q->by[d] == BY_MONTH;
	uint16_t from = booked ? q->booked_from : q->taken_from, to = booked ? q->booked_to : q->taken_to;
	uint16_t least, most = (uint16_t)l->head.last_day;
	struct life first;

	column_get(l->base, 0, &first);
	least = first.booked < from ? from : first.booked;
	if (most > to)
		most = to;
	if (most < least)
		most = least;
	q->first[d] = month ? column_month(least) : least;
	q->size[d] = (uint32_t)((month ? column_month(most) : most) - q->first[d]) + 2; /* last: not yet */
}

static void set_dimension(const struct lives *l, struct column_query *q, int d)
{
	enum life_dimension by = q->by[d];

	if (by == BY_DAY || by == BY_MONTH || by == BY_BOOKED)
		set_days(l, q, d);
	else if (by == BY_MERCHANT)
		q->size[d] = l->head.merchants ? l->head.merchants : 1;
	else if (by == BY_CATEGORY)
		q->size[d] = l->head.categories ? l->head.categories : 1;
	else if (by == BY_STAGE || by == BY_ITEM)
		q->size[d] = 16;
	else if (by != BY_NOTHING)
		q->size[d] = 256;
}

/* false: nothing can fit. A stage is that of a device, so it asks for what was taken in. */
bool lives_translate(const struct lives *l, const struct lives_question *in, struct column_query *q)
{
	uint16_t from = lives_column_day(in->from_day), to = lives_column_day(in->to_day - 1);

	if (l->head.rows == 0 || in->from_day >= in->to_day)
		return false;
	column_all(q);
	if (in->booked) {
		q->booked_from = from;
		q->booked_to = to;
	} else {
		q->taken_from = from;
		q->taken_to = to;
	}
	if (in->booked && (in->stage >= 0 || in->by[0] == BY_STAGE || in->by[1] == BY_STAGE))
		q->taken_from = 1;
	q->category = in->category ? lives_category_find(l, in->category, strlen(in->category)) : -1;
	q->merchant = in->merchant ? lives_merchant_find(l, in->merchant) : -1;
	q->stage = in->stage;
	q->item = in->item;
	q->sums = in->sums;
	q->threads = in->threads;
	memcpy(q->by, in->by, sizeof(q->by));
	for (int d = 0; d < 2; d++)
		set_dimension(l, q, d);
	return (!in->category || q->category >= 0) && (!in->merchant || q->merchant >= 0);
}

/* --- the answer --- */

static const char *month_text(struct cx *cx, uint32_t month)
{
	return cx_printf(cx, "%04u-%02u", 2000 + month / 12, month % 12 + 1);
}

/* What group g of a dimension is called. */
static enum err name_group(struct cx *cx, const struct lives *l, const struct column_query *q, int d,
			   uint32_t g, struct lives_row *row)
{
	enum life_dimension by = q->by[d];
	bool last = g + 1 == q->size[d];

	row->number[d] = FIELD_NONE;
	if (by == BY_DAY || by == BY_BOOKED)
		row->word[d] = last ? NULL : day_format(cx, LIFE_DAY_EPOCH - 1 + q->first[d] + (int32_t)g);
	else if (by == BY_MONTH)
		row->word[d] = last ? NULL : month_text(cx, q->first[d] + g);
	else if (by == BY_CATEGORY)
		row->word[d] = cx_strdup(cx, l->category[g]);
	else if (by == BY_MERCHANT)
		row->number[d] = l->merchant[g];
	else if (by == BY_FLAGS || (by >= BY_DAYS && g != LIFE_LATER))
		row->number[d] = g;
	else if (by == BY_STAGE || by == BY_ITEM) {
		row->number[d] = g;
		row->word[d] = by == BY_STAGE ? device_states[g] : item_states[g];
	}
	return cx->err;
}

static int compare_rows(const struct lives_row *a, const struct lives_row *b, bool by_city)
{
	if (by_city && a->city != b->city)
		return a->city < b->city ? -1 : 1;
	for (int d = 0; d < 2; d++) {
		int words;

		if (a->number[d] != b->number[d])
			return a->number[d] < b->number[d] ? -1 : 1;
		if (!a->word[d] || !b->word[d])
			words = (a->word[d] != NULL) - (b->word[d] != NULL);
		else
			words = strcmp(a->word[d], b->word[d]);
		if (words)
			return words;
	}
	return 0;
}

static int by_keys(const void *a, const void *b) { return compare_rows(a, b, true); }

static enum err write_rows(struct cx *cx, const struct lives *l, const struct column_query *q,
			   const struct column_sums *s, struct lives_answer *out)
{
	size_t rows = 0, at = 0;

	for (size_t g = 0; g < s->groups; g++)
		rows += s->count[g] != 0;
	if (rows > LIVES_ANSWER_MAX)
		return cx_fail(cx, ERR_TOO_LARGE,
			       "the answer has %zu rows, and at most %d are given: ask for less at a time",
			       rows, LIVES_ANSWER_MAX);
	*out = (struct lives_answer){.rows = rows, .row = cx_array(cx, rows, sizeof(*out->row)),
				     .by_merchant = q->by[0] == BY_MERCHANT || q->by[1] == BY_MERCHANT};
	for (size_t g = 0; out->row && g < s->groups; g++) {
		struct lives_row *row = &out->row[at];

		if (!s->count[g])
			continue;
		*row = (struct lives_row){.city = l->head.city, .lives = (int64_t)s->count[g]};
		if (name_group(cx, l, q, 0, (uint32_t)(g / q->size[1]), row) ||
		    name_group(cx, l, q, 1, (uint32_t)(g % q->size[1]), row))
			return cx->err;
		for (int m = 0; m < LIFE_MEASURES; m++)
			row->sum[m] = s->sum[m] ? (int64_t)s->sum[m][g] : 0;
		at++;
	}
	if (out->row && rows)
		qsort(out->row, rows, sizeof(*out->row), by_keys);
	return cx->err;
}

enum err lives_ask(struct cx *cx, const struct lives *l, const struct lives_question *q,
		   struct lives_answer *out)
{
	struct columns c = columns_of(l);
	struct column_query query;
	struct column_sums sums;
	enum err err;

	if (!lives_translate(l, q, &query)) {
		*out = (struct lives_answer){.by_merchant = false};
		return ERR_OK;
	}
	if (column_count(cx, &c, &query, &sums))
		return cx->err;
	err = write_rows(cx, l, &query, &sums, out);
	column_done(&sums);
	return err;
}

enum err lives_add(struct cx *cx, struct lives_answer *to, const struct lives_answer *more)
{
	struct lives_answer sum = {.by_merchant = to->by_merchant || more->by_merchant};
	size_t a = 0, b = 0;

	sum.row = cx_array(cx, to->rows + more->rows, sizeof(*sum.row));
	if (!sum.row)
		return cx->err;
	while (a < to->rows || b < more->rows) {
		int order = a == to->rows ? 1 : b == more->rows ? -1 :
			compare_rows(&to->row[a], &more->row[b], sum.by_merchant);
		struct lives_row *row = &sum.row[sum.rows++];

		*row = order <= 0 ? to->row[a++] : more->row[b];
		if (order < 0)
			continue;
		if (order == 0) {
			row->city = -1;
			row->lives += more->row[b].lives;
			for (int m = 0; m < LIFE_MEASURES; m++)
				row->sum[m] += more->row[b].sum[m];
		}
		b++;
	}
	if (sum.rows > LIVES_ANSWER_MAX)
		return cx_fail(cx, ERR_TOO_LARGE, "the answer has more than %d rows: ask for less at a time",
			LIVES_ANSWER_MAX);
	*to = sum;
	return ERR_OK;
}
