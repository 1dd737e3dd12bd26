/* The Nth allocation fails, for N = 1, 2, … until none does: an action is done whole or not at all, and
 * the books hold after each. */
#include "kit.h"

struct state {
	int64_t size, next_id, balances;
};

static struct state look(struct kit *k)
{
	struct state s = {0};

	assert_int_equal(db_one_i64(&k->cx, k->db, &s.size,
				    "SELECT size FROM log_head WHERE city = 1", DB_NONE),
			 0);
	assert_int_equal(db_one_i64(&k->cx, k->db, &s.next_id,
				    "SELECT next_id FROM log_head WHERE city = 1", DB_NONE),
			 0);
	assert_int_equal(db_one_i64(&k->cx, k->db, &s.balances,
				    "SELECT COUNT(*) FROM party WHERE city = 1", DB_NONE),
			 0);
	return s;
}

/* Runs one request with its own context; the allocations counted are those of deciding and writing. */
static enum err try(struct kit *k, struct writer *w, const char *type, const struct json *body, long nth)
{
	struct request q, *list[1] = {&q};
	struct cx cx;
	enum err err;

	cx_init(&cx, 0);
	assert_int_equal(request_read(&cx, &k->domain, type, 1, body, &q), ERR_OK);
	q.who = k->who;
	q.happened_us = k->now_us;
	cx_fail_allocation(nth);
	writer_run(w, list, 1);
	cx_fail_allocation(0);
	err = q.err;
	cx_done(&cx);
	return err;
}

static void every_allocation(struct kit *k, const char *type, const char *text, int least)
{
	struct json *body;
	struct writer *w;
	int failures = 0;

	assert_int_equal(json_parse(&k->cx, text, strlen(text), &json_limits_request, &body), ERR_OK);
	assert_int_equal(writer_new(&k->cx, k->db, &k->domain, k->keys, 1, &w), ERR_OK);
	for (long n = 1;; n++) {
		struct state before = look(k), after;
		enum err err = try(k, w, type, body, n);
		after = look(k);
		if (!err) {
			assert_int_equal(after.size, before.size + 1);
			if (n > least)
				break; /* a failure may be survived (a retry); go on until none is met */
			continue;
		}
		assert_int_equal(err, ERR_MEMORY);
		assert_memory_equal(&before, &after, sizeof(before));
		failures++;
	}
	assert_true(failures > 10);
	writer_free(w);
	kit_audit(k);
}

static void allocations_of_actions(void **state)
{
	struct kit k;

	(void)state;
	kit_open(&k);
	every_allocation(&k, "city.settings", "{\"offer_days\":3}", 200);
	every_allocation(
		&k, "party.register",
		"{\"kind\":\"person\",\"roles\":\"owner\",\"name\":\"Li Wei\",\"phone\":\"+8613800138000\"}",
		400);
	kit_close(&k);
}

/* A batch in which one request runs out of memory: the others are done. */
static void one_failure_spares_the_others(void **state)
{
	enum { N = 40 };
	struct request q[N], *list[N];
	struct cx cx[N];
	struct json *body;
	struct writer *w;
	struct kit k;
	int done = 0;

	(void)state;
	kit_open(&k);
	assert_int_equal(json_parse(&k.cx, "{\"offer_days\":3}", 16, &json_limits_request, &body), ERR_OK);
	assert_int_equal(writer_new(&k.cx, k.db, &k.domain, k.keys, 1, &w), ERR_OK);
	for (int i = 0; i < N; i++) {
		cx_init(&cx[i], 0);
		assert_int_equal(request_read(&cx[i], &k.domain, "city.settings", 1, body, &q[i]), ERR_OK);
		q[i].who = k.who;
		list[i] = &q[i];
	}
	cx_fail_allocation(500);
	writer_run(w, list, N);
	cx_fail_allocation(0);
	for (int i = 0; i < N; i++) {
		done += !q[i].err;
		cx_done(&cx[i]);
	}
	assert_true(done >= N - 1);
	kit_audit(&k);
	writer_free(w);
	kit_close(&k);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(allocations_of_actions),
		cmocka_unit_test(one_failure_spares_the_others),
	};
	return cmocka_run_group_tests_name("faults", tests, NULL, NULL);
}
