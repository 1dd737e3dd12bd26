/* What days brought: sums that are kept as such, and erasures, which are counted by device.
 *
 * A list of either is in order of its days, so a period is a piece of it. */
#include <pthread.h>
#include <sys/mman.h>

#include "base/time.h"
#include "base/tz.h"
#include "programme/erase/erase.h"
#include "programme/lives/parts.h"
#include "programme/settle/settle.h"

enum {
	WAYS_MAX = 8192, WAY_PLACES = 2 * WAYS_MAX, /* ways of a period */
	METHODS = ERASE_DESTROY + 2, OUTCOMES = ERASE_VERIFIED + 1, /* the first method is none */
	KINDS = METHODS * OUTCOMES,
	ALONE = 500000 /* erasures that one thread counts */
};

bool lives_whole_days(const struct lives *l, int64_t from_us, int64_t to_us, struct lives_days *out)
{
	*out = (struct lives_days){DAY_MIN, DAY_MAX};
	if (!l->tz)
		return false;
	if (from_us > 0)
		out->from = tz_day(l->tz, from_us);
	if (to_us < JSON_INT_MAX)
		out->to = tz_day(l->tz, to_us);
	return (from_us <= 0 || tz_day_start_us(l->tz, out->from) == from_us) &&
	       (to_us >= JSON_INT_MAX || tz_day_start_us(l->tz, out->to) == to_us);
}

/* The first element of a list that is of this day or later; at, width: of its day, and of an element. */
static uint64_t first_of(const struct lives *l, enum lives_files which, size_t at, size_t width, int32_t day)
{
	const char *list = l->file[which].map;
	uint64_t low = 0, high = l->head.count[which];

	while (low < high) {
		uint64_t middle = low + (high - low) / 2;
		uint16_t there;

		memcpy(&there, list + middle * width + at, sizeof(there));
		if (there < day)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* --- sums --- */

struct summing {
	const struct lives *l;
	uint16_t from, to; /* days, both within */
	struct day_sum *sum;
	uint16_t *place; /* sum + 1, by its way's hash */
	size_t sums;
	struct lives_sums *out;
};

static enum err add_sum(struct cx *cx, struct summing *s, const struct day_sum *d)
{
	struct way way = {.from = d->way.from, .to = d->way.to, .unit = d->way.unit, .word = d->way.word};
	uint64_t key;
	size_t at;

	memcpy(&key, &way, sizeof(key));
	at = (size_t)(key * UINT64_C(0x9E3779B97F4A7C15) >> 32) & (WAY_PLACES - 1);
	while (s->place[at] && memcmp(&s->sum[s->place[at] - 1].way, &way, sizeof(way)) != 0)
		at = (at + 1) & (WAY_PLACES - 1);
	if (!s->place[at]) {
		if (s->sums == WAYS_MAX)
			return cx_fail(cx, ERR_TOO_LARGE, "more than %d ways of transfers", WAYS_MAX);
		s->sum[s->sums] = (struct day_sum){.way = way};
		s->place[at] = (uint16_t)++s->sums;
	}
	s->sum[s->place[at] - 1].count += d->count;
	if (__builtin_add_overflow(s->sum[s->place[at] - 1].amount, d->amount,
				   &s->sum[s->place[at] - 1].amount))
		return cx_fail(cx, ERR_TOO_LARGE, "more moved than can be counted");
	return ERR_OK;
}

/* Returns of what was delivered within the period count whenever they came. */
static enum err take_sum(struct cx *cx, struct summing *s, const struct day_sum *d)
{
	struct lives_sums *out = s->out;
	int64_t n = (int64_t)d->count;

	if (d->way.from == DAY_RETURNED && d->way.to >= s->from && d->way.to <= s->to)
		out->delivered_returned += n;
	if (d->way.day > s->to)
		return ERR_OK;
	switch (d->way.from) {
	case DAY_BEGAN:
		return ERR_OK;
	case DAY_ORDERS:
		out->orders += n;
		return ERR_OK;
	case DAY_DELIVERED:
		out->delivered += n;
		return ERR_OK;
	case DAY_RETURNED:
		out->returned += n;
		return ERR_OK;
	case DAY_WEIGHED:
		out->weighed += n;
		return ERR_OK;
	default:
		return add_sum(cx, s, d);
	}
}

static enum err write_sums(struct cx *cx, const struct summing *s)
{
	struct lives_sums *out = s->out;

	out->move = cx_array(cx, s->sums, sizeof(*out->move));
	out->payment = cx_array(cx, s->sums, sizeof(*out->payment));
	for (size_t i = 0; out->move && out->payment && i < s->sums; i++) {
		const struct day_sum *d = &s->sum[i];
		const char *unit = cx_strdup(cx, s->l->word[d->way.unit]);
		const char *word = cx_strdup(cx, s->l->word[d->way.word]);

		if (!unit || !word)
			return cx->err;
		if (d->way.from == DAY_PAID || d->way.from == DAY_REJECTED)
			out->payment[out->payments++] = (struct lives_payment){
				.state = d->way.from == DAY_PAID ? LINE_PAID : LINE_REJECTED,
				.reason = *word ? word : NULL, .currency = unit,
				.payments = (int64_t)d->count, .amount_minor = d->amount};
		else
			out->move[out->moves++] = (struct lives_move){
				.from = d->way.from, .to = d->way.to, .unit = unit, .tax = word,
				.transfers = (int64_t)d->count, .amount = d->amount};
	}
	return cx->err;
}

enum err lives_sum_days(struct cx *cx, const struct lives *l, struct lives_days days, struct lives_sums *out)
{
	struct summing s = {.l = l, .from = lives_column_day(days.from), .to = lives_column_day(days.to - 1),
			    .sum = cx_array(cx, WAYS_MAX, sizeof(*s.sum)),
			    .place = cx_array(cx, WAY_PLACES, sizeof(*s.place)), .out = out};
	uint64_t first;

	*out = (struct lives_sums){.orders = 0};
	if (!s.sum || !s.place)
		return cx->err;
	if (l->head.days_lost)
		return cx_fail(cx, ERR_UNSUPPORTED,
			       "city %lld has more units, tax codes and reasons of banks than are kept by "
			       "day", (long long)l->head.city);
	first = first_of(l, IN_DAYS, offsetof(struct day_sum, way.day), sizeof(struct day_sum), s.from);
	for (uint64_t i = first; days.from < days.to && i < l->head.count[IN_DAYS]; i++) {
		if (take_sum(cx, &s, &l->day[i]))
			return cx->err;
	}
	for (uint32_t i = 0; days.from < days.to && i < l->head.today; i++) {
		if (l->today[i].way.day >= s.from && take_sum(cx, &s, &l->today[i]))
			return cx->err;
	}
	return write_sums(cx, &s);
}

/* --- erasures --- */

static uint64_t first_erasure(const struct lives *l, int32_t day)
{
	return first_of(l, IN_ERASURES, offsetof(struct erased, day), sizeof(struct erased), day);
}

/* One thread's piece of the list. */
struct erasing {
	const struct erased *e;
	uint64_t count;
	size_t rows;
	uint64_t *bits; /* of each kind, a bit a life: there was one */
	size_t words;   /* of one kind's */
	int64_t attempts[KINDS];
	pthread_t thread;
	bool started;
};

static void *count_erasures(void *arg)
{
	struct erasing *x = arg;

	for (uint64_t i = 0; i < x->count; i++) {
		const struct erased *e = &x->e[i];
		size_t kind = (size_t)e->method * OUTCOMES + e->outcome;

		if (e->row >= x->rows || kind >= KINDS)
			continue;
		x->attempts[kind]++;
		x->bits[kind * x->words + e->row / 64] |= UINT64_C(1) << (e->row & 63);
	}
	return NULL;
}

static void run_counts(struct erasing *x, int threads)
{
	for (int t = 1; t < threads; t++)
		x[t].started = pthread_create(&x[t].thread, NULL, count_erasures, &x[t]) == 0;
	count_erasures(&x[0]);
	for (int t = 1; t < threads; t++) {
		if (x[t].started)
			pthread_join(x[t].thread, NULL);
		else
			count_erasures(&x[t]); /* no thread to be had: then here */
	}
}

/* Lives that any of the threads has seen. */
static int64_t count_devices(const struct erasing *x, int threads, size_t kind)
{
	int64_t devices = 0;

	for (size_t w = 0; w < x->words; w++) {
		uint64_t word = 0;

		for (int t = 0; t < threads; t++)
			word |= x[t].bits[kind * x->words + w];
		devices += __builtin_popcountll(word);
	}
	return devices;
}

static enum err write_erasures(struct cx *cx, const struct erasing *x, int threads,
			       struct lives_erasures *out)
{
	out->row = cx_array(cx, KINDS, sizeof(*out->row));
	for (int kind = 0; out->row && kind < KINDS; kind++) {
		struct lives_erasure row = {.method = kind / OUTCOMES - 1, .outcome = kind % OUTCOMES};

		for (int t = 0; t < threads; t++)
			row.attempts += x[t].attempts[kind];
		if (!row.attempts)
			continue;
		row.devices = count_devices(x, threads, (size_t)kind);
		out->row[out->rows++] = row;
	}
	return cx->err;
}

static int threads_for(uint64_t count, int threads)
{
	if (count < ALONE || threads < 1)
		return 1;
	return threads < LIVES_THREADS_MAX ? threads : LIVES_THREADS_MAX;
}

enum err lives_count_erasures(struct cx *cx, const struct lives *l, struct lives_days days, int threads,
			      struct lives_erasures *out)
{
	const size_t words = (l->head.rows + 63) / 64, bits = KINDS * words;
	uint64_t first, count = 0, *memory;
	struct erasing x[LIVES_THREADS_MAX];
	enum err err;

	*out = (struct lives_erasures){.rows = 0};
	first = first_erasure(l, lives_column_day(days.from));
	if (days.from < days.to)
		count = first_erasure(l, lives_column_day(days.to - 1) + 1) - first;
	if (count == 0)
		return ERR_OK;
	threads = threads_for(count, threads);
	memory = mmap(NULL, (size_t)threads * bits * 8, PROT_READ | PROT_WRITE,
		      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (memory == MAP_FAILED)
		return cx_fail(cx, ERR_MEMORY, "no memory to count erasures of %zu lives",
			(size_t)l->head.rows);
	for (int t = 0; t < threads; t++) {
		uint64_t from = count * (uint64_t)t / (uint64_t)threads;
		uint64_t to = count * (uint64_t)(t + 1) / (uint64_t)threads;

		x[t] = (struct erasing){.e = l->erasure + first + from, .count = to - from,
					.rows = l->head.rows, .words = words,
					.bits = memory + (size_t)t * bits};
	}
	run_counts(x, threads);
	err = write_erasures(cx, x, threads, out);
	munmap(memory, (size_t)threads * bits * 8);
	return err;
}
