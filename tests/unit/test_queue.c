/* The queue before the writing thread: order, fairness, bounds. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "server/queue.h"

enum { MAX = 16, CITIES = 4 };

static struct cx cx;

static void put(struct queue *q, int64_t city, struct principal who, const char *name, bool taken)
{
	struct request *r = CX_NEW(&cx, struct request);

	assert_non_null(r);
	r->city = city;
	r->who = who;
	assert_int_equal(queue_room(q, city, &r->who), taken);
	assert_int_equal(queue_put(q, &(struct waiting){.q = r, .arg = (void *)(uintptr_t)name}), taken);
}

static struct principal org(int64_t id) { return (struct principal){.org = id, .user = 900 + id}; }

/* What is taken, as the names that were put, in order. */
static void takes(struct queue *q, size_t max, const char *want)
{
	struct waiting out[MAX];
	size_t n = queue_take(q, out, max);
	struct sb sb;

	sb_init(&sb, &cx, 1000);
	for (size_t i = 0; i < n; i++)
		sb_str(&sb, out[i].arg);
	assert_string_equal(sb.data, want);
}

static struct queue *new(void)
{
	struct queue *q;

	cx_init(&cx, 0);
	assert_int_equal(queue_new(&cx, MAX, CITIES, &q), ERR_OK);
	return q;
}

static void done(struct queue *q)
{
	queue_free(q);
	cx_done(&cx);
}

static void test_callers_in_turn(void **state)
{
	struct queue *q = new();

	(void)state;
	for (const char *const *n = (const char *const[]){"a", "b", "c", "d", "e", NULL}; *n; n++)
		put(q, 1, org(7), *n, true);
	put(q, 1, org(8), "1", true);
	put(q, 1, org(8), "2", true);
	put(q, 1, org(9), "x", true);
	takes(q, 4, "a1xb");
	put(q, 1, org(9), "y", true);
	takes(q, 10, "2cyde");
	assert_int_equal(queue_length(q), 0);
	done(q);
}

static void test_cities_in_turn(void **state)
{
	struct queue *q = new();

	(void)state;
	put(q, 1, org(7), "a", true);
	put(q, 1, org(8), "b", true);
	put(q, 1, org(7), "c", true);
	put(q, 2, org(7), "1", true); /* another city's organisation, though of the same number */
	put(q, 2, org(7), "2", true);
	put(q, 3, org(7), "x", true);
	put(q, 77, org(7), "?", true); /* no such city: it is refused later, in its turn */
	takes(q, 16, "a1x?b2c");
	takes(q, 16, "");
	done(q);
}

/* Users of one organisation are one caller; of the programme each is one; so is an order's link. */
static void test_who_is_a_caller(void **state)
{
	struct queue *q = new();

	(void)state;
	put(q, 1, (struct principal){.org = 7, .user = 1}, "a", true);
	put(q, 1, (struct principal){.org = 7, .user = 2}, "b", true);
	put(q, 1, (struct principal){.user = 7}, "c", true);
	put(q, 1, (struct principal){.order = 7}, "d", true);
	put(q, 1, (struct principal){.user = 8}, "e", true);
	takes(q, 16, "acdeb");
	done(q);
}

/* One greedy caller gets half; with a second one each gets a third; there is room for who comes new. */
static void test_bounds(void **state)
{
	struct queue *q = new();

	(void)state;
	for (int i = 0; i < MAX / 2; i++)
		put(q, 1, org(7), "a", true);
	put(q, 1, org(7), "a", false);
	put(q, 2, org(7), "a", true); /* elsewhere it is another */
	for (int i = 0; i < 3; i++)
		put(q, 1, org(8), "b", true);
	put(q, 1, org(8), "b", true);
	put(q, 1, org(8), "b", false);
	put(q, 1, org(9), "c", true);
	put(q, 1, org(10), "d", true);
	put(q, 1, org(11), "e", true);
	assert_int_equal(queue_length(q), MAX);
	put(q, 1, org(12), "f", false); /* full is full */
	takes(q, 6, "aabcde");
	put(q, 1, org(12), "f", true);
	takes(q, MAX, "abfababaaaa");
	assert_int_equal(queue_length(q), 0);
	done(q);
}

/* Much in and out: nothing is lost, nothing doubled, order kept within a caller. */
static void test_many(void **state)
{
	static int64_t next[8][CITIES], seen[8][CITIES];
	struct queue *q = new();
	uint32_t r = 1;

	(void)state;
	for (int step = 0; step < 20000; step++) {
		struct waiting out[MAX];
		size_t n;
		int who, city;
		r = r * 1664525u + 1013904223u;
		who = (int)(r >> 28) & 7;
		city = (int)(r >> 20) & (CITIES - 1);
		if (r & 0x10000) {
			struct request *q1 = calloc(1, sizeof(*q1));
			q1->city = city;
			q1->who = org(who + 1);
			q1->happened_us = next[who][city];
			if (queue_put(q, &(struct waiting){.q = q1}))
				next[who][city]++;
			else
				free(q1);
			continue;
		}
		n = queue_take(q, out, (r >> 17) & 7);
		for (size_t i = 0; i < n; i++) {
			int64_t *at = &seen[out[i].q->who.org - 1][out[i].q->city];
			assert_int_equal(out[i].q->happened_us, (*at)++);
			free(out[i].q);
		}
	}
	for (struct waiting w; queue_take(q, &w, 1) == 1; free(w.q))
		seen[w.q->who.org - 1][w.q->city]++;
	assert_memory_equal(next, seen, sizeof(next));
	done(q);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_callers_in_turn), cmocka_unit_test(test_cities_in_turn),
		cmocka_unit_test(test_who_is_a_caller), cmocka_unit_test(test_bounds),
		cmocka_unit_test(test_many),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
