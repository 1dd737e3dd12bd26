/* lives: how fast years of devices' lives are counted, beside the memory's own speed.
 *
 *   lives DATABASE [LIVES]    100,000,000 when nothing is said; 60 bytes each, beside the database
 *
 * Lives are drawn into the files that `relode lives` keeps (programme/lives/lives.h), of a city 1 whose log
 * has none: four years of one huge city, 50,000 merchants, most lives whole; sixty ways of transfers a day,
 * and an erasure for each life that came, for some a second. Then the same threads add up all bytes of the
 * columns, which is what the memory can do, and every question of the report and the dashboard is asked five
 * times. A line a question: `name value unit ratio goal ok|short`, the median, the ratio being the bytes that
 * it reads a second, beside the plain sum's.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/time.h"
#include "programme/erase/erase.h"
#include "programme/lives/parts.h"

enum {
	ROUNDS = 5,
	LIVES = 100000000,
	LIVES_MIN = LIVES_BLOCK,
	DAYS = 1461,
	FIRST_DAY = 8767, /* 2024-01-01 in a column of days */
	MERCHANTS = 50000,
	CATEGORIES = 12,
	TAKEN_WITHIN = 6, /* days of booking */
	IDS = 5,          /* that a life takes of its city's */
	WAYS = 60         /* of transfers, each day */
};

static int64_t id_of(int64_t n) { return (INT64_C(1) << 32) + 1000 + n; }

static double now_s(void)
{
	return (double)monotonic_us() / 1e6;
}

/* --- lives --- */

static uint32_t draw(uint64_t *state, uint32_t below)
{
	*state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (uint32_t)((*state >> 32) * below >> 32);
}

static uint8_t later(uint64_t *state, uint32_t days) { return (uint8_t)(1 + draw(state, days)); }

/* Phones before all, few merchants with much, most lives at their end. */
static struct life draw_life(uint64_t *state, size_t row, size_t rows)
{
	static const uint8_t category[16] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 2, 2, 3, 4, 5};
	uint32_t kind = draw(state, 16), m = draw(state, MERCHANTS);
	struct life l = {
		.promised_minor = 2000 + draw(state, 300000),
		.booked = (uint16_t)(FIRST_DAY + row * DAYS / rows),
		.merchant = (uint16_t)((uint64_t)m * m / MERCHANTS),
		.category = kind == 15 ? (uint8_t)(5 + draw(state, CATEGORIES - 5)) : category[kind],
		.stage = 10 << 4}; /* cancelled */

	memset(l.days, LIFE_LATER, sizeof(l.days));
	if (draw(state, 100) < 4)
		return l;
	l.taken = (uint16_t)(l.booked + draw(state, TAKEN_WITHIN));
	l.mass_mg = 120000 + draw(state, 90000);
	l.days[LIFE_INSPECTED] = later(state, 4);
	if (draw(state, 100) < 22)
		l.flags |= LIFE_IS_REVISED;
	if (draw(state, 100) < 8) {
		l.stage = 12 | 9 << 4; /* given back */
		return l;
	}
	l.flags |= LIFE_IS_AGREED;
	l.agreed_minor = l.promised_minor - draw(state, l.promised_minor / 4);
	l.bonus_minor = draw(state, 3) ? 0 : l.agreed_minor / 50;
	l.days[LIFE_AGREED] = later(state, 9);
	l.days[LIFE_PAID] = later(state, 15);
	l.days[LIFE_ERASED] = later(state, 12);
	if (draw(state, 100) < 3) {
		l.stage = 10 | 6 << 4;
		l.days[LIFE_DISMANTLED] = later(state, 60);
		return l;
	}
	l.stage = 8 | 6 << 4;
	l.days[LIFE_SOLD] = later(state, 90);
	l.days[LIFE_DELIVERED] = (uint8_t)(l.days[LIFE_SOLD] + draw(state, 5));
	return l;
}

static enum err draw_codes(struct cx *cx, struct lives *l)
{
	for (int i = 0; i < CATEGORIES; i++) {
		char code[16];
		uint8_t at;

		snprintf(code, sizeof(code), "category_%02d", i);
		if (lives_category_code(cx, l, code, strlen(code), &at))
			return cx->err;
	}
	for (int i = 0; i < MERCHANTS; i++) {
		uint16_t at;

		if (lives_merchant_code(cx, l, id_of(i), &at))
			return cx->err;
	}
	return ERR_OK;
}

/* What a day brought: so much of each way. */
static enum err draw_day(struct cx *cx, struct lives *l, uint16_t day, uint64_t *state)
{
	const uint8_t unit = lives_word_code(l, "EUR", 3);

	if (day == l->head.last_day)
		return ERR_OK;
	l->head.last_day = day;
	if (lives_begin_day(cx, l, day, day))
		return cx->err;
	for (uint16_t i = 0; i < WAYS; i++) {
		const struct way way = {.day = day, .from = (uint16_t)(MONEY_BANK + i % 14),
					.to = (uint16_t)(MONEY_BANK + i / 4), .unit = unit};

		lives_add_sum(l, &way, 1 + draw(state, 1000000));
	}
	return ERR_OK;
}

static enum err draw_erasures(struct cx *cx, struct lives *l, uint16_t day, uint32_t row, uint64_t *state)
{
	struct erased e = {.row = row, .day = day, .method = (uint8_t)(1 + draw(state, 2)),
			   .outcome = ERASE_VERIFIED};

	if (draw(state, 100) < 4) { /* failed, and tried again */
		e.outcome = ERASE_FAILED;
		if (lives_add_to_list(cx, l, IN_ERASURES, &e))
			return cx->err;
		e.outcome = ERASE_VERIFIED;
	}
	return lives_add_to_list(cx, l, IN_ERASURES, &e);
}

/* Into the files, in steps, as feeding does. */
static enum err draw_lives(struct cx *cx, struct lives *l, size_t rows)
{
	uint64_t state = 1, more = 2;

	for (size_t n = 0; n < rows; n++) {
		struct life drawn = draw_life(&state, n, rows), *life;
		int64_t item = id_of((int64_t)n * IDS);
		uint32_t row;

		life = lives_append(cx, l, item, &row);
		if (!life || (drawn.taken && lives_note_id(cx, l, item + 1, row)) ||
		    draw_day(cx, l, drawn.booked, &more) ||
		    (drawn.taken && draw_erasures(cx, l, drawn.booked, row, &more)))
			return cx->err;
		*life = drawn;
		if (l->changes == STEP_ROWS && lives_keep(cx, l))
			return cx->err;
	}
	l->head.last_day = FIRST_DAY + DAYS + TAKEN_WITHIN + LIFE_LATER;
	return lives_keep(cx, l);
}

static enum err check_room(struct cx *cx, const char *where, size_t rows)
{
	double bytes = (double)rows * (LIFE_BYTES + IDS * sizeof(uint32_t) + sizeof(struct erased));
	struct statvfs disk;

	if (statvfs(where, &disk))
		return cx_errno(cx, "look at", where);
	if ((double)disk.f_bavail * (double)disk.f_frsize > 1.2 * bytes &&
	    (double)sysconf(_SC_PHYS_PAGES) * (double)sysconf(_SC_PAGESIZE) > 1.5 * bytes)
		return ERR_OK;
	return cx_fail(cx, ERR_INPUT,
		       "%zu lives take %.0f MB of disk and of memory, which are not there: say fewer", rows,
		       bytes / 1e6);
}

/* The lives of city 1, whose log stays as short as it is. */
static enum err make_lives(struct cx *cx, const char *where, size_t rows, struct db **db, struct lives **out)
{
	struct domain *domain = CX_NEW(cx, struct domain);
	char *folder = db_beside(cx, NULL, where, "lives");

	if (!domain || domain_init(cx, domain, programme_features) || !folder ||
	    check_room(cx, where, rows) || db_open(cx, where, DB_READ_ONLY, db) ||
	    lives_open(cx, folder, *db, domain, 1, NULL, out))
		return cx->err;
	if ((*out)->head.rows)
		return cx_fail(cx, ERR_INPUT, "%s: city 1 has lives already", where);
	return draw_codes(cx, *out) ? cx->err : draw_lives(cx, *out, rows);
}

/* --- the memory --- */

struct adding {
	const unsigned char *base;
	size_t bytes;
	uint64_t sum;
	pthread_t thread;
};

static void *add_up(void *arg)
{
	struct adding *a = arg;
	uint64_t sum[4] = {0};

	for (size_t i = 0; i < a->bytes; i += sizeof(sum)) {
		uint64_t word[4];

		memcpy(word, a->base + i, sizeof(word));
		for (int lane = 0; lane < 4; lane++)
			sum[lane] += word[lane];
	}
	a->sum = sum[0] + sum[1] + sum[2] + sum[3];
	return NULL;
}

static double add_all(const struct columns *c, int threads, uint64_t *sum)
{
	struct adding a[LIVES_THREADS_MAX];
	size_t blocks = c->rows / LIVES_BLOCK;
	double begin = now_s();

	for (int t = 0; t < threads; t++) {
		size_t first = blocks * (size_t)t / (size_t)threads;
		size_t end = blocks * (size_t)(t + 1) / (size_t)threads;

		a[t] = (struct adding){.base = c->base + first * LIVES_BLOCK_BYTES,
				       .bytes = (end - first) * LIVES_BLOCK_BYTES};
		BUG(pthread_create(&a[t].thread, NULL, add_up, &a[t]) != 0);
	}
	for (int t = 0; t < threads; t++) {
		pthread_join(a[t].thread, NULL);
		*sum += a[t].sum;
	}
	return now_s() - begin;
}

/* --- the questions --- */

enum { S_PROMISED = 1 << LIFE_PROMISED, S_PRICE = 1 << LIFE_PRICE, S_BONUS = 1 << LIFE_BONUS,
       S_MASS = 1 << LIFE_MASS };

static const struct question {
	const char *name;
	enum life_dimension by[2];
	unsigned sums;
	bool booked, year; /* of all that was booked, else taken in; of one year and category alone */
	int bytes;         /* of a life, that are read */
} questions[] = {
	{"lives_stages", {BY_STAGE, BY_NOTHING}, S_MASS, false, false, 1 + 2 + 4},
	{"lives_items", {BY_ITEM, BY_NOTHING}, 0, true, false, 1},
	{"lives_categories", {BY_CATEGORY, BY_FLAGS}, S_PROMISED | S_PRICE | S_BONUS, false, false,
	 1 + 1 + 2 + 12},
	{"lives_merchants", {BY_MERCHANT, BY_NOTHING}, S_PRICE, false, false, 2 + 2 + 4},
	{"lives_rates", {BY_FLAGS, BY_ITEM}, 0, false, false, 1 + 1 + 2},
	{"lives_times", {BY_DAYS, BY_NOTHING}, 0, false, false, LIFE_DURATIONS * 3}, /* one after the other */
	{"lives_days", {BY_DAY, BY_NOTHING}, S_PRICE | S_MASS, false, false, 2 + 2 + 8},
	{"lives_months", {BY_MONTH, BY_CATEGORY}, S_PRICE | S_MASS, false, false, 2 + 1 + 2 + 8},
	{"lives_year", {BY_DAY, BY_STAGE}, S_PRICE, false, true, 2 + 1 + 2 + 1 + 4},
	{"lives_everything", {BY_CATEGORY, BY_STAGE}, 15, false, false, 1 + 1 + 2 + 16},
};

static void set_sizes(struct column_query *q)
{
	static const uint32_t size[BY_DIMENSIONS] = {
		[BY_NOTHING] = 1, [BY_MERCHANT] = MERCHANTS, [BY_CATEGORY] = CATEGORIES, [BY_STAGE] = 16,
		[BY_ITEM] = 16};

	for (int d = 0; d < 2; d++) {
		uint16_t least = q->taken_from, most = q->taken_to;

		q->size[d] = size[q->by[d]] ? size[q->by[d]] : 256;
		if (q->by[d] != BY_DAY && q->by[d] != BY_MONTH)
			continue;
		if (least < FIRST_DAY)
			least = FIRST_DAY;
		if (most > FIRST_DAY + DAYS + TAKEN_WITHIN)
			most = FIRST_DAY + DAYS + TAKEN_WITHIN;
		q->first[d] = q->by[d] == BY_MONTH ? column_month(least) : least;
		most = q->by[d] == BY_MONTH ? column_month(most) : most;
		q->size[d] = (uint32_t)(most - q->first[d]) + 2;
	}
}

static enum err ask(struct cx *cx, const struct columns *c, const struct question *in, int threads,
		    uint64_t *lives)
{
	int last = in->by[0] == BY_DAYS ? BY_DAYS + LIFE_DURATIONS - 1 : (int)in->by[0];

	for (int by = (int)in->by[0]; by <= last; by++) {
		struct column_sums s;
		struct column_query q;

		column_all(&q);
		q.threads = threads;
		q.by[0] = (enum life_dimension)by;
		q.by[1] = in->by[1];
		q.sums = in->sums;
		q.taken_from = !in->booked;
		if (in->year) {
			q.taken_from = FIRST_DAY + 366;
			q.taken_to = FIRST_DAY + 366 + 364;
			q.category = 0;
		}
		set_sizes(&q);
		if (column_count(cx, c, &q, &s))
			return cx->err;
		*lives = 0;
		for (size_t g = 0; g < s.groups; g++)
			*lives += s.count[g];
		column_done(&s);
	}
	return ERR_OK;
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double median(double *value)
{
	qsort(value, ROUNDS, sizeof(*value), by_value);
	return value[ROUNDS / 2];
}

/* What days brought, and the erasures; read: bytes. */
static enum err ask_days(struct cx *cx, const struct lives *l, bool erasures, int threads, int64_t *found,
			 double *read)
{
	const struct lives_days all = {DAY_MIN, DAY_MAX};
	struct lives_erasures e;
	struct lives_sums s;

	*read = (double)l->head.count[IN_DAYS] * sizeof(struct day_sum);
	*found = 0;
	if (!erasures) {
		if (lives_sum_days(cx, l, all, &s))
			return cx->err;
		for (size_t i = 0; i < s.moves; i++)
			*found += s.move[i].transfers;
		return ERR_OK;
	}
	*read = (double)l->head.count[IN_ERASURES] * sizeof(struct erased);
	if (lives_count_erasures(cx, l, all, threads, &e))
		return cx->err;
	for (size_t i = 0; i < e.rows; i++)
		*found += e.row[i].devices;
	return ERR_OK;
}

static enum err measure_days(struct cx *cx, const struct lives *l, int threads, double bandwidth)
{
	for (int erasures = 0; erasures < 2; erasures++) {
		const char *name = erasures ? "lives_erasures" : "lives_money";
		double took[ROUNDS], read, s;
		int64_t found;

		for (int r = 0; r < ROUNDS; r++) {
			struct cx_mark mark = cx_mark(cx);
			double begin = now_s();

			if (ask_days(cx, l, erasures, threads, &found, &read))
				return cx->err;
			took[r] = now_s() - begin;
			cx_restore(cx, mark);
		}
		if (found == 0)
			return cx_fail(cx, ERR_CORRUPT, "%s: nothing was found", name);
		s = median(took);
		printf("%s %.4f s %.2f value<1 %s\n", name, s, read / s / bandwidth, s < 1 ? "ok" : "short");
	}
	return ERR_OK;
}

static enum err measure(struct cx *cx, const struct lives *l, const struct columns *c, int threads)
{
	double took[ROUNDS], bandwidth;
	uint64_t sum = 0, lives;

	for (int r = 0; r < ROUNDS; r++)
		took[r] = add_all(c, threads, &sum);
	bandwidth = (double)c->rows * LIFE_BYTES / median(took);
	printf("lives_memory %.2f GB/s 1 - ok\n", bandwidth / 1e9);
	for (size_t i = 0; i < ARRAY_LEN(questions); i++) {
		const struct question *q = &questions[i];
		double s, read = (double)c->rows * q->bytes;

		for (int r = 0; r < ROUNDS; r++) {
			struct cx_mark mark = cx_mark(cx);
			double begin = now_s();

			if (ask(cx, c, q, threads, &lives))
				return cx->err;
			took[r] = now_s() - begin;
			cx_restore(cx, mark);
		}
		if (lives == 0 || lives > c->rows)
			return cx_fail(cx, ERR_CORRUPT, "%s: %llu lives of %zu", q->name,
				       (unsigned long long)lives, c->rows);
		s = median(took);
		printf("%s %.3f s %.2f value<1 %s\n", q->name, s, read / s / bandwidth,
		       s < 1 ? "ok" : "short");
		fflush(stdout);
	}
	if (sum == 42)
		return cx_fail(cx, ERR_CORRUPT, "the sum is as if it were not made");
	return measure_days(cx, l, threads, bandwidth);
}

int main(int argc, char **argv)
{
	long processors = sysconf(_SC_NPROCESSORS_ONLN);
	int threads = processors < 2 ? 1 : 2;
	char *end = NULL;
	size_t rows = argc == 3 ? strtoul(argv[2], &end, 10) : LIVES;
	struct lives *l = NULL;
	struct db *db = NULL;
	struct cx cx;
	enum err err;

	if (argc < 2 || argc > 3 || (end && *end) || rows < LIVES_MIN || rows > LIVES * 5UL) {
		fprintf(stderr, "usage: %s DATABASE [LIVES]    %d to %lu\n", argv[0], LIVES_MIN, LIVES * 5UL);
		return 2;
	}
	rows = (rows + LIVES_BLOCK - 1) / LIVES_BLOCK * LIVES_BLOCK; /* whole blocks */
	cx_init(&cx, 0);
	err = make_lives(&cx, argv[1], rows, &db, &l);
	if (!err) {
		printf("lives_counted %zu lives %.3f - ok\n", rows, (double)rows / LIVES);
		printf("lives_bytes %d B_per_life %.3f value<=32 %s\n", LIFE_BYTES,
		       LIFE_BYTES / 32.0, LIFE_BYTES <= 32 ? "ok" : "short");
		err = measure(&cx, l, &(struct columns){.base = l->base, .rows = rows}, threads);
	}
	if (err)
		fprintf(stderr, "%s: %s\n", argv[0], cx.msg);
	lives_close(l);
	db_close(db);
	cx_done(&cx);
	return err ? 1 : 0;
}
