/* Counting over columns: keys of a tile of rows first, then one loop a sum; several threads, each with its
 * own sums. */
#include "programme/lives/column.h"

#include <pthread.h>
#include <sys/mman.h>

#include "base/time.h"

enum {
	TILE = 1024,      /* rows whose keys lie in the nearest cache */
	LANES = 4,        /* sums kept apart when groups are few, so that one need not wait for another */
	LANE_GROUPS = 4096,
	ALONE_ROWS = 500000 /* fewer are counted by one thread */
};
_Static_assert(sizeof(struct life) == LIFE_BYTES && LIVES_BLOCK % TILE == 0, "a life's columns fill it");

#define AT(member) offsetof(struct life, member)

/* The column that begins at byte `at` of a life, from a row on. */
static const void *column_at(const unsigned char *base, size_t at, size_t width, size_t row)
{
	return base + row / LIVES_BLOCK * LIVES_BLOCK_BYTES + at * LIVES_BLOCK + row % LIVES_BLOCK * width;
}

static const struct {
	size_t at, width;
} layout[] = {
	{AT(promised_minor), 4}, {AT(agreed_minor), 4}, {AT(bonus_minor), 4}, {AT(mass_mg), 4},
	{AT(booked), 2}, {AT(taken), 2}, {AT(merchant), 2}, {AT(category), 1}, {AT(stage), 1}, {AT(flags), 1},
	{AT(days), 1}, {AT(days) + 1, 1}, {AT(days) + 2, 1}, {AT(days) + 3, 1}, {AT(days) + 4, 1},
	{AT(days) + 5, 1}, {AT(days) + 6, 1}};

void column_get(const unsigned char *base, size_t row, struct life *out)
{
	for (size_t i = 0; i < ARRAY_LEN(layout); i++)
		memcpy((char *)out + layout[i].at, column_at(base, layout[i].at, layout[i].width, row),
			layout[i].width);
}

void column_put(unsigned char *base, size_t row, const struct life *life)
{
	unsigned char *block = base + row / LIVES_BLOCK * LIVES_BLOCK_BYTES;

	for (size_t i = 0; i < ARRAY_LEN(layout); i++)
		memcpy(block + layout[i].at * LIVES_BLOCK + row % LIVES_BLOCK * layout[i].width,
			(const char *)life + layout[i].at, layout[i].width);
}

uint16_t column_month(uint16_t day)
{
	struct civil c = civil_of_day(LIFE_DAY_EPOCH - 1 + day);

	return (uint16_t)((c.year - 2000) * 12 + c.month - 1);
}

uint64_t column_check(const void *p, size_t bytes)
{
	const unsigned char *at = p;
	uint64_t a = 1, b = 0;

	for (size_t i = 0; i < bytes; i += 8) {
		uint64_t word;

		memcpy(&word, at + i, 8);
		a += word;
		b += a;
	}
	return b ^ (a << 32 | a >> 32);
}

void column_all(struct column_query *q)
{
	*q = (struct column_query){.booked_to = LIFE_DAY_MAX, .taken_to = LIFE_DAY_MAX, .category = -1,
				   .merchant = -1, .stage = -1, .item = -1, .size = {1, 1}, .threads = 1};
}

/* --- keys --- */

/* The loops over keys are compiled twice: for every processor, and for those with AVX2. */
#define TWICE static inline __attribute__((always_inline))

/* The row's group in the dimension: alone, or added to the keys times the dimension's size. */
#define ADD_KEYS(type, expr)                                                                        \
	do {                                                                                        \
		const type *v = column;                                                             \
		for (size_t i = 0; first_one && i < n; i++) {                                        \
			uint32_t group = (uint32_t)(expr);                                          \
			key[i] = group < size ? group : size - 1;                                    \
		}                                                                                   \
		for (size_t i = 0; !first_one && i < n; i++) {                                       \
			uint32_t group = (uint32_t)(expr);                                          \
			key[i] = key[i] * size + (group < size ? group : size - 1);                  \
		}                                                                                   \
	} while (0)

TWICE void add_dimension(const unsigned char *base, size_t row, size_t n, enum life_dimension by,
			 uint32_t size, uint32_t first, const uint16_t *month, bool first_one, uint32_t *key)
{
	static const size_t at[] = {[BY_DAY] = AT(taken), [BY_MONTH] = AT(taken), [BY_BOOKED] = AT(booked),
				    [BY_MERCHANT] = AT(merchant), [BY_CATEGORY] = AT(category),
				    [BY_STAGE] = AT(stage), [BY_ITEM] = AT(stage), [BY_FLAGS] = AT(flags)};
	const void *column;

	if (by == BY_NOTHING)
		return;
	column = by >= BY_DAYS ? column_at(base, AT(days) + (size_t)(by - BY_DAYS), 1, row)
			       : column_at(base, at[by], by <= BY_MERCHANT ? 2 : 1, row);
	if (by == BY_MONTH)
		ADD_KEYS(uint16_t, month[v[i]] - first);
	else if (by <= BY_BOOKED)
		ADD_KEYS(uint16_t, v[i] - first);
	else if (by == BY_MERCHANT)
		ADD_KEYS(uint16_t, v[i]);
	else if (by == BY_STAGE)
		ADD_KEYS(uint8_t, v[i] & 15);
	else if (by == BY_ITEM)
		ADD_KEYS(uint8_t, v[i] >> 4);
	else
		ADD_KEYS(uint8_t, v[i]);
}

/* Rows that are not asked for get the keys from `none` on, in turn: one alone would be waited for. */
#define NONE(i) (none + (uint32_t)((i) % LANES))
TWICE void keep_days(const uint16_t *v, size_t n, uint16_t from, uint16_t to, uint32_t none, uint32_t *key)
{
	uint16_t span = (uint16_t)(to - from);

	if (from == 0 && to == LIFE_DAY_MAX)
		return;
	for (size_t i = 0; i < n; i++)
		key[i] = (uint16_t)(v[i] - from) > span ? NONE(i) : key[i];
}

TWICE void keep_byte(const uint8_t *v, size_t n, int shift, int mask, int want, uint32_t none, uint32_t *key)
{
	for (size_t i = 0; want >= 0 && i < n; i++)
		key[i] = (v[i] >> shift & mask) != want ? NONE(i) : key[i];
}

TWICE void keep_asked(const unsigned char *base, size_t row, size_t n, const struct column_query *q,
		      uint32_t none, uint32_t *key)
{
	const uint16_t *merchant = column_at(base, AT(merchant), 2, row);
	const uint8_t *stage = column_at(base, AT(stage), 1, row);

	keep_days(column_at(base, AT(booked), 2, row), n, q->booked_from, q->booked_to, none, key);
	keep_days(column_at(base, AT(taken), 2, row), n, q->taken_from, q->taken_to, none, key);
	keep_byte(column_at(base, AT(category), 1, row), n, 0, 255, q->category, none, key);
	keep_byte(stage, n, 0, 15, q->stage, none, key);
	keep_byte(stage, n, 4, 15, q->item, none, key);
	for (size_t i = 0; q->merchant >= 0 && i < n; i++)
		key[i] = merchant[i] != q->merchant ? NONE(i) : key[i];
}

TWICE void make_keys(const unsigned char *base, size_t row, size_t n, const struct column_query *q,
		     const uint16_t *month, uint32_t none, uint32_t *key)
{
	if (q->by[0] == BY_NOTHING)
		memset(key, 0, n * sizeof(*key));
	add_dimension(base, row, n, q->by[0], q->size[0], q->first[0], month, true, key);
	add_dimension(base, row, n, q->by[1], q->size[1], q->first[1], month, false, key);
	keep_asked(base, row, n, q, none, key);
}

/* --- sums --- */

/* The sums of one thread: lanes of groups + LANES numbers, the last for what is not asked. */
struct share {
	const struct columns *c;
	const struct column_query *q;
	const uint16_t *month;
	size_t first, end; /* rows */
	size_t stride, lanes, groups;
	uint64_t *count, *sum[LIFE_MEASURES];
	pthread_t thread;
	bool started;
};

static void count_tile(const struct share *s, const uint32_t *key, size_t n)
{
	size_t step = s->lanes > 1 ? s->stride : 0, i = 0;
	uint64_t *to = s->count;

	for (; i + LANES <= n; i += LANES) {
		to[key[i]]++;
		to[step + key[i + 1]]++;
		to[2 * step + key[i + 2]]++;
		to[3 * step + key[i + 3]]++;
	}
	for (; i < n; i++)
		to[key[i]]++;
}

static void sum_tile(const struct share *s, uint64_t *to, const uint32_t *v, const uint32_t *key, size_t n)
{
	size_t step = s->lanes > 1 ? s->stride : 0, i = 0;

	for (; i + LANES <= n; i += LANES) {
		to[key[i]] += v[i];
		to[step + key[i + 1]] += v[i + 1];
		to[2 * step + key[i + 2]] += v[i + 2];
		to[3 * step + key[i + 3]] += v[i + 3];
	}
	for (; i < n; i++)
		to[key[i]] += v[i];
}

TWICE void count_rows(struct share *s)
{
	uint32_t key[TILE];

	for (size_t row = s->first; row < s->end; row += TILE) {
		size_t n = s->end - row < TILE ? s->end - row : TILE;

		make_keys(s->c->base, row, n, s->q, s->month, (uint32_t)s->groups, key);
		count_tile(s, key, n);
		for (size_t m = 0; m < LIFE_MEASURES; m++) {
			if (s->sum[m])
				sum_tile(s, s->sum[m], column_at(s->c->base, layout[m].at, 4, row), key, n);
		}
	}
}

#ifdef __x86_64__
__attribute__((target("avx2"))) static void count_wide(struct share *s) { count_rows(s); }
static bool is_wide(void) { return __builtin_cpu_supports("avx2"); }
#else
static void count_wide(struct share *s) { count_rows(s); }
static bool is_wide(void) { return false; }
#endif
static void count_plain(struct share *s) { count_rows(s); }

static void *count_share(void *arg)
{
	struct share *s = arg;

	if (is_wide() && !s->q->plain)
		count_wide(s);
	else
		count_plain(s);
	return NULL;
}

static void add_large(const struct columns *c, const struct share *s)
{
	for (size_t i = 0; i < c->larges; i++) {
		const struct large *l = &c->large[i];
		uint32_t key;

		if (!s->sum[l->measure] || l->row >= c->rows)
			continue;
		make_keys(c->base, l->row, 1, s->q, s->month, (uint32_t)s->groups, &key);
		s->sum[l->measure][key] += l->value;
	}
}

static void add_lanes(uint64_t *to, const uint64_t *from, const struct share *s, size_t first)
{
	for (size_t lane = first; lane < s->lanes; lane++)
		for (size_t g = 0; g < s->groups; g++)
			to[g] += from[lane * s->stride + g];
}

/* Everything is added up in the first thread's first lane. */
static void gather(struct share *share, int threads)
{
	for (int t = 0; t < threads; t++) {
		add_lanes(share->count, share[t].count, share, t == 0);
		for (int m = 0; m < LIFE_MEASURES; m++) {
			if (share->sum[m])
				add_lanes(share->sum[m], share[t].sum[m], share, t == 0);
		}
	}
}

static void run_shares(struct share *share, int threads)
{
	for (int t = 1; t < threads; t++)
		share[t].started = pthread_create(&share[t].thread, NULL, count_share, &share[t]) == 0;
	count_share(&share[0]);
	for (int t = 1; t < threads; t++) {
		if (share[t].started)
			pthread_join(share[t].thread, NULL);
		else
			count_share(&share[t]); /* no thread to be had: then here */
	}
}

static int threads_for(const struct columns *c, const struct column_query *q)
{
	if (c->rows < ALONE_ROWS || q->threads < 1)
		return 1;
	return q->threads < LIVES_THREADS_MAX ? q->threads : LIVES_THREADS_MAX;
}

/* Whole blocks to each thread, its piece of the memory, and what it is to count. */
static void deal(struct share *share, int threads, const struct share *model, uint64_t *memory)
{
	size_t blocks = (model->c->rows + LIVES_BLOCK - 1) / LIVES_BLOCK;
	size_t numbers = model->lanes * model->stride;

	for (int t = 0; t < threads; t++) {
		struct share *s = &share[t];

		*s = *model;
		s->first = blocks * (size_t)t / (size_t)threads * LIVES_BLOCK;
		s->end = blocks * (size_t)(t + 1) / (size_t)threads * LIVES_BLOCK;
		if (s->end > s->c->rows)
			s->end = s->c->rows;
		s->count = memory;
		memory += numbers;
		for (int m = 0; m < LIFE_MEASURES; m++) {
			if (!(s->q->sums >> m & 1))
				continue;
			s->sum[m] = memory;
			memory += numbers;
		}
	}
}

enum err column_count(struct cx *cx, const struct columns *c, const struct column_query *q,
		      struct column_sums *out)
{
	struct share share[LIVES_THREADS_MAX], model = {.c = c, .q = q};
	int threads = threads_for(c, q), kept = 1 + __builtin_popcount(q->sums & ((1U << LIFE_MEASURES) - 1));
	size_t groups = (size_t)q->size[0] * q->size[1], bytes;
	uint16_t *month = NULL;
	void *memory;

	BUG(!q->size[0] || !q->size[1]);
	if (q->size[0] > LIVES_GROUPS_MAX || q->size[1] > LIVES_GROUPS_MAX || groups > LIVES_GROUPS_MAX)
		return cx_fail(cx, ERR_TOO_LARGE,
			       "the lives fall into %zu groups, and at most %d are counted: ask for less",
			       groups, LIVES_GROUPS_MAX);
	if (q->by[0] == BY_MONTH || q->by[1] == BY_MONTH) {
		month = cx_array(cx, LIFE_DAY_MAX + 1, sizeof(*month));
		for (int day = 1; month && day <= LIFE_DAY_MAX; day++)
			month[day] = column_month((uint16_t)day);
		if (!month)
			return cx->err;
	}
	model.month = month;
	model.groups = groups;
	model.stride = groups + LANES;
	model.lanes = groups <= LANE_GROUPS ? LANES : 1;
	bytes = model.lanes * model.stride * 8 * (size_t)kept * (size_t)threads;
	memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (memory == MAP_FAILED)
		return cx_fail(cx, ERR_MEMORY, "no memory to count %zu groups", groups);
	deal(share, threads, &model, memory);
	run_shares(share, threads);
	gather(share, threads);
	add_large(c, share);
	*out = (struct column_sums){
		.groups = groups, .count = share->count, .memory = memory, .bytes = bytes};
	memcpy(out->sum, share->sum, sizeof(out->sum));
	return ERR_OK;
}

void column_done(struct column_sums *s)
{
	if (s->memory)
		munmap(s->memory, s->bytes);
	*s = (struct column_sums){0};
}
