/* The Nth allocation fails, for N = 1, 2, … until none does: an action is done whole or not at all, and
 * the books hold after each. RELODE_FAULTS=all tries every N, else one in a few. */
#include "trade.h"

enum { STEP = 7 };

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

/* body_of: of an action that can be done once more; making it may do others first. At least so many N are
 * tried, for a failure may be survived (a retry). */
static void every_allocation(struct trade *t, const char *type, const char *(*body_of)(struct trade *),
			     int least)
{
	struct kit *k = &t->k;
	struct json *body = NULL;
	const char *all = getenv("RELODE_FAULTS");
	long step = all && strcmp(all, "all") == 0 ? 1 : STEP;
	struct writer *w;
	int failures = 0;

	for (long n = 1;; n += step) {
		struct state before, after;
		enum err err;
		if (!body) {
			const char *text = body_of(t);
			assert_int_equal(json_parse(&k->cx, text, strlen(text), &json_limits_request, &body),
					 ERR_OK);
			assert_int_equal(writer_new(&k->cx, k->db, &k->domain, k->keys, 1, &w), ERR_OK);
		}
		before = look(k);
		err = try(k, w, type, body, n);
		after = look(k);
		if (!err) {
			assert_int_equal(after.size, before.size + 1);
			writer_free(w);
			body = NULL;
			if (n > least)
				break;
			continue;
		}
		assert_int_equal(err, ERR_MEMORY);
		assert_memory_equal(&before, &after, sizeof(before));
		failures++;
	}
	assert_true(failures * step > 10);
	kit_audit(k);
}

static const char *settings(struct trade *t)
{
	(void)t;
	return "{\"offer_days\":3}";
}

static const char *person(struct trade *t)
{
	(void)t;
	return "{\"kind\":\"person\",\"roles\":\"owner\",\"name\":\"Li Wei\",\"phone\":\"+8613800138000\"}";
}

static const char *booking(struct trade *t)
{
	return cx_printf(&t->k.cx, "{\"owner\":%lld,\"site\":%lld,\"netted\":true,\"purchase_minor\":600000,"
				   "\"items\":[{\"model\":%lld,\"storage_gb\":128,\"battery_percent\":90}]}",
			 (long long)t->owner, (long long)t->store, (long long)t->phone);
}

static const char *hand_over(struct trade *t)
{
	trade_book_phone(t);
	kit_act(&t->k, 1, "tradein.give", "{\"item\":%lld}", (long long)t->item);
	return cx_printf(&t->k.cx,
			 "{\"item\":%lld,\"identifiers\":[{\"kind\":\"serial\",\"value\":\"S%lld\"}]}",
			 (long long)t->item, (long long)t->item);
}

static const char *inspection(struct trade *t)
{
	trade_book_phone(t);
	trade_hand_in(t);
	return cx_printf(&t->k.cx, "{\"item\":%lld,\"tests\":[%s]}", (long long)t->item,
			 trade_all_pass(t, "phone"));
}

static void allocations_of_actions(void **state)
{
	struct trade t;

	(void)state;
	trade_open(&t);
	every_allocation(&t, "city.settings", settings, 200);
	every_allocation(&t, "party.register", person, 400);
	every_allocation(&t, "tradein.book", booking, 400);
	every_allocation(&t, "tradein.take_in", hand_over, 300);
	every_allocation(&t, "inspect.record", inspection, 400);
	trade_close(&t);
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

/* In a batch, whichever allocation fails: who is done is in the log, and its root is right. */
static void failures_within_a_batch(void **state)
{
	enum { N = 3, LEAST = 600, MOST = 6000 };
	static const char text[] = "{\"kind\":\"organisation\",\"roles\":\"merchant\","
				   "\"public_name\":\"Shop\",\"name\":\"Shop Ltd\"}";
	struct request q[N], *list[N];
	int64_t size, failed = 0;
	struct cx cx[N];
	struct json *body;
	struct writer *w;
	struct kit k;
	bool whole = false;

	(void)state;
	kit_open(&k);
	assert_int_equal(json_parse(&k.cx, text, strlen(text), &json_limits_request, &body), ERR_OK);
	assert_int_equal(writer_new(&k.cx, k.db, &k.domain, k.keys, 1, &w), ERR_OK);
	for (long nth = 1; (!whole || nth < LEAST) && nth < MOST; nth++) {
		int64_t done = 0;
		size = look(&k).size;
		for (int i = 0; i < N; i++) {
			cx_init(&cx[i], 0);
			assert_int_equal(request_read(&cx[i], &k.domain, "party.register", 1, body, &q[i]),
					 ERR_OK);
			q[i].who = k.who;
			list[i] = &q[i];
		}
		cx_fail_allocation(nth);
		writer_run(w, list, N);
		cx_fail_allocation(0);
		for (int i = 0; i < N; i++) {
			done += !q[i].err;
			cx_done(&cx[i]);
		}
		whole = done == N;
		failed += N - done;
		assert_int_equal(look(&k).size, size + done);
	}
	assert_true(whole);
	assert_true(failed > 10);
	kit_audit(&k);
	writer_free(w);
	kit_close(&k);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(allocations_of_actions),
		cmocka_unit_test(one_failure_spares_the_others),
		cmocka_unit_test(failures_within_a_batch),
	};
	return cmocka_run_group_tests_name("faults", tests, NULL, NULL);
}
