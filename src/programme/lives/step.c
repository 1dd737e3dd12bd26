/* The lives of one step, and the lists that every step may add to. */
#include "programme/lives/parts.h"

enum { CHANGED_PLACES = 2 * STEP_ROWS, MERCHANT_PLACES = 2 * (LIVES_MERCHANTS_MAX + 1) };

static size_t place(uint64_t key, size_t places) /* places: a power of two */
{
	return (size_t)(key * UINT64_C(0x9E3779B97F4A7C15) >> 32) & (places - 1);
}

/* --- lives --- */

static struct life *find_change(struct lives *l, uint32_t row, size_t *at)
{
	for (*at = place(row, CHANGED_PLACES); l->changed_at[*at]; *at = (*at + 1) & (CHANGED_PLACES - 1)) {
		struct changed *c = &l->changed[l->changed_at[*at] - 1];

		if (c->row == row)
			return &c->life;
	}
	return NULL;
}

static struct life *add_change(struct cx *cx, struct lives *l, uint32_t row, size_t at)
{
	struct changed *c = &l->changed[l->changes];

	if (l->changes == STEP_ROWS) {
		cx_fail(cx, ERR_TOO_LARGE, "one entry changes more than %d lives", STEP_SPARE);
		return NULL;
	}
	l->changed_at[at] = (uint32_t)++l->changes;
	*c = (struct changed){.row = row};
	return &c->life;
}

struct life *lives_change(struct cx *cx, struct lives *l, uint32_t row)
{
	size_t at;
	struct life *life = find_change(l, row, &at);

	if (life)
		return life;
	life = add_change(cx, l, row, at);
	if (life)
		column_get(l->base, row, life);
	return life;
}

struct life *lives_append(struct cx *cx, struct lives *l, int64_t item, uint32_t *row)
{
	size_t at;

	if (l->head.rows == LIVES_ROWS_MAX) {
		cx_fail(cx, ERR_TOO_LARGE, "city %lld has more than %d lives", (long long)l->head.city,
			LIVES_ROWS_MAX);
		return NULL;
	}
	*row = (uint32_t)l->head.rows;
	if (lives_note_id(cx, l, item, *row))
		return NULL;
	BUG(find_change(l, *row, &at));
	l->head.rows++;
	return add_change(cx, l, *row, at);
}

/* --- numbers that do not fit --- */

/* The place of a row's number in the list, or where it would be. */
static size_t large_place(const struct lives *l, uint32_t row, uint32_t measure)
{
	size_t low = 0, high = l->head.larges;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		const struct large *at = &l->large[middle];

		if (at->row < row || (at->row == row && at->measure < measure))
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

enum err lives_number(struct cx *cx, struct lives *l, uint32_t row, struct life *life,
		      enum life_measure measure, int64_t value)
{
	uint32_t *column[] = {&life->promised_minor, &life->agreed_minor, &life->bonus_minor, &life->mass_mg};
	size_t at = large_place(l, row, measure), after;
	bool there = at < l->head.larges && l->large[at].row == row && l->large[at].measure == measure;

	if (value < 0)
		return cx_fail(cx, ERR_CORRUPT, "a %s below 0", life_measures[measure]);
	*column[measure] = value > UINT32_MAX ? 0 : (uint32_t)value;
	after = l->head.larges - at - there;
	if (value > UINT32_MAX) {
		if (!there && l->head.larges == LARGE_MAX)
			return cx_fail(cx, ERR_TOO_LARGE,
				       "more than %d numbers of city %lld do not fit 32 bits", LARGE_MAX,
				       (long long)l->head.city);
		if (!there)
			memmove(&l->large[at + 1], &l->large[at], after * sizeof(*l->large));
		l->head.larges += !there;
		l->large[at] = (struct large){.row = row, .measure = measure, .value = (uint64_t)value};
	} else if (there) {
		memmove(&l->large[at], &l->large[at + 1], after * sizeof(*l->large));
		l->head.larges--;
	}
	return ERR_OK;
}

/* --- names --- */

int lives_category_find(const struct lives *l, const char *category, size_t n)
{
	for (uint32_t i = 0; i < l->head.categories; i++) {
		if (strlen(l->category[i]) == n && memcmp(l->category[i], category, n) == 0)
			return (int)i;
	}
	return -1;
}

enum err lives_category_code(struct cx *cx, struct lives *l, const char *category, size_t n, uint8_t *code)
{
	int found = lives_category_find(l, category, n);

	if (found < 0) {
		if (l->head.categories == LIVES_CATEGORIES_MAX || n > LIVES_CODE_MAX)
			return cx_fail(cx, ERR_TOO_LARGE,
				       "city %lld has more than %d categories, or one of over %d letters",
				       (long long)l->head.city, LIVES_CATEGORIES_MAX, LIVES_CODE_MAX);
		found = (int)l->head.categories++;
		memset(l->category[found], 0, sizeof(l->category[found]));
		memcpy(l->category[found], category, n);
	}
	*code = (uint8_t)found;
	return ERR_OK;
}

static size_t merchant_place(const struct lives *l, int64_t party)
{
	size_t at = place((uint64_t)party, MERCHANT_PLACES);

	while (l->merchant_at[at] && l->merchant[l->merchant_at[at] - 1] != party)
		at = (at + 1) & (MERCHANT_PLACES - 1);
	return at;
}

int lives_merchant_find(const struct lives *l, int64_t party)
{
	return (int)l->merchant_at[merchant_place(l, party)] - 1;
}

enum err lives_merchant_code(struct cx *cx, struct lives *l, int64_t party, uint16_t *code)
{
	size_t at = merchant_place(l, party);

	if (!l->merchant_at[at]) {
		if (l->head.merchants == LIVES_MERCHANTS_MAX)
			return cx_fail(cx, ERR_TOO_LARGE, "city %lld has more than %d merchants",
				(long long)l->head.city, LIVES_MERCHANTS_MAX);
		l->merchant[l->head.merchants++] = party;
		l->merchant_at[at] = l->head.merchants;
	}
	*code = (uint16_t)(l->merchant_at[at] - 1);
	return ERR_OK;
}

/* --- what a day brought --- */

static void lose_days(struct lives *l)
{
	l->head.days_lost = 1;
	l->head.today = 0;
}

uint8_t lives_word_code(struct lives *l, const char *word, size_t n)
{
	uint32_t at = 0;

	if (l->head.words == 0)
		l->head.words = 1; /* "" */
	if (n == 0)
		return 0;
	while (at < l->head.words && (strlen(l->word[at]) != n || memcmp(l->word[at], word, n) != 0))
		at++;
	if (at < l->head.words)
		return (uint8_t)at;
	if (at == WORDS_MAX || n > WORD_MAX) {
		lose_days(l);
		return 0;
	}
	memset(l->word[at], 0, sizeof(l->word[at]));
	memcpy(l->word[at], word, n);
	l->head.words++;
	return (uint8_t)at;
}

enum err lives_begin_day(struct cx *cx, struct lives *l, uint16_t day, int64_t seq)
{
	const struct way way = {.day = day, .from = DAY_BEGAN};

	for (uint32_t i = 0; i < l->head.today; i++) {
		if (lives_add_to_list(cx, l, IN_DAYS, &l->today[i]))
			return cx->err;
	}
	l->head.today = 0;
	lives_add_sum(l, &way, seq);
	return ERR_OK;
}

uint16_t lives_day_of(const struct lives *l, int64_t seq)
{
	uint64_t low = 0, high = l->head.count[IN_DAYS];

	if (l->head.today && seq >= l->today[0].amount)
		return l->today[0].way.day;
	while (low < high) { /* the first sum of a day that begins behind seq lies there, or at high */
		uint64_t middle = low + (high - low) / 2, begin = middle;

		while (l->day[begin].way.from != DAY_BEGAN)
			begin--;
		if (l->day[begin].amount > seq)
			high = begin;
		else
			low = middle + 1;
	}
	return low ? l->day[low - 1].way.day : 0;
}

void lives_add_sum(struct lives *l, const struct way *way, int64_t amount)
{
	uint32_t at = 0;

	if (l->head.days_lost)
		return;
	while (at < l->head.today && memcmp(&l->today[at].way, way, sizeof(*way)) != 0)
		at++;
	if (at == TODAY_MAX) {
		lose_days(l);
		return;
	}
	if (at == l->head.today)
		l->today[l->head.today++] = (struct day_sum){.way = *way};
	l->today[at].count++;
	if (__builtin_add_overflow(l->today[at].amount, amount, &l->today[at].amount))
		lose_days(l);
}
