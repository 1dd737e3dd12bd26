/* The connection to PostgreSQL is cut at the Nth message, whichever way it goes, for N = 1, 2, … until none
 * is lost: the answer to a COMMIT among them; without a word, or with those of a server that stops. An action
 * happens once, whole, or not at all; asked again with its key it gives the same answer; and the books hold.
 *
 * RELODE_FAULTS=all tries every N, else one in a few. */
#include "kit.h"
#include "pg.h"
#include "pg_proxy.h"

enum { CITY = 2, N_MAX = 2000, STEP = 11, STEP_AGAIN = 41, MANY = 8 /* of a batch */ };

static const char *const actions[][2] = {
	{"city.settings", "{\"offer_days\":%d}"},
	{"party.register",
	 "{\"kind\":\"person\",\"roles\":\"owner\",\"name\":\"Li %d\",\"phone\":\"+8613800138000\"}"},
};

/* One N in so many. The tests of the kit are run once more with the kit on a server: here it is always. */
static long step_of_n(void)
{
	const char *all = getenv("RELODE_FAULTS");

	if (all && strcmp(all, "all") == 0)
		return 1;
	return getenv("RELODE_KIT_PG") ? STEP_AGAIN : STEP;
}

/* With its own context, as a door does it. */
static void prepare(struct kit *k, struct cx *cx, int kind, int nth, bool keyed, struct request *q)
{
	struct json *body;
	char *text;

	cx_init(cx, 0);
	cx->clock = k->cx.clock;
	cx->clock_arg = k->cx.clock_arg;
	text = cx_printf(cx, actions[kind][1], 1 + nth % 20);
	assert_int_equal(json_parse(cx, text, strlen(text), &json_limits_request, &body), ERR_OK);
	assert_int_equal(request_read(cx, &k->domain, actions[kind][0], CITY, body, q), ERR_OK);
	q->who = k->who;
	q->idem_key = keyed ? cx_printf(cx, "cut-%d-%d", kind, nth) : NULL;
	q->happened_us = k->now_us;
}

static void told_as_lost(const struct request *q)
{
	if (q->err && q->err != ERR_BUSY && q->err != ERR_DB)
		fail_msg("a lost connection is told as %s: %s", err_slug(q->err), q->cx->msg);
}

static enum err act(struct kit *k, struct writer *w, int kind, int nth, bool keyed, int64_t *seq)
{
	struct request q, *list[1] = {&q};
	struct cx cx;

	prepare(k, &cx, kind, nth, keyed, &q);
	writer_run(w, list, 1);
	told_as_lost(&q);
	if (!q.err)
		*seq = q.entry.seq;
	cx_done(&cx);
	return q.err;
}

/* MANY at once, of both kinds. seq: of those that were done, else -1. How many were. */
static int act_many(struct kit *k, struct writer *w, int nth, bool keyed, int64_t seq[MANY])
{
	struct request q[MANY], *list[MANY];
	struct cx cx[MANY];
	int done = 0;

	for (int i = 0; i < MANY; i++) {
		prepare(k, &cx[i], i % (int)ARRAY_LEN(actions), nth * MANY + i, keyed, &q[i]);
		list[i] = &q[i];
	}
	writer_run(w, list, MANY);
	for (int i = 0; i < MANY; i++) {
		told_as_lost(&q[i]);
		seq[i] = q[i].err ? -1 : q[i].entry.seq;
		done += !q[i].err;
		cx_done(&cx[i]);
	}
	return done;
}

/* What the database has, by a handle of its own that is not cut. */
static int64_t log_size(struct db *straight, struct cx *cx)
{
	int64_t size;

	if (db_one_i64(cx, straight, &size, "SELECT size FROM log_head WHERE city = 2", DB_NONE))
		fail_msg("%s", cx->msg);
	return size;
}

/* A programme behind a wire that can be cut, and a handle on the same books that is not. */
struct wire {
	struct kit k;
	char address[512];
	struct pg_proxy *proxy;
	struct db *straight;
	struct writer *w;
};

static void wire_open(struct wire *e)
{
	struct kit *k = &e->k;

	assert_non_null(pg_scratch(e->address, sizeof(e->address)));
	e->proxy = pg_proxy_start(e->address);
	kit_open_at(k, pg_proxy_uri(e->proxy));
	kit_act(k, CITY, "city.open", /* a simulated one keeps no keys */
		"{\"city\":%d,\"name\":\"X\",\"time_zone\":\"Etc/UTC\",\"currency\":\"CNY\"}", CITY);
	assert_int_equal(db_open(&k->cx, e->address, 0, &e->straight), ERR_OK);
	assert_int_equal(writer_new(&k->cx, k->db, &k->domain, k->keys, CITY, &e->w), ERR_OK);
}

static void wire_close(struct wire *e)
{
	kit_audit(&e->k);
	writer_free(e->w);
	db_close(e->straight);
	kit_close(&e->k);
	pg_proxy_stop(e->proxy);
	pg_scratch_drop(e->address);
}

static void every_message(int kind, bool keyed, enum pg_proxy_end end)
{
	long n = 1, cuts = 0, step = step_of_n(), unanswered = 0;
	struct wire e;
	struct kit *k = &e.k;

	wire_open(&e);
	for (int nth = 0;; nth++, n += step) {
		int64_t before = log_size(e.straight, &k->cx), after, seq = -1, same = -1;
		enum err err;
		assert_true(n < N_MAX);
		pg_proxy_cut(e.proxy, n, end);
		err = act(k, e.w, kind, nth, keyed, &seq);
		if (!pg_proxy_cut(e.proxy, 0, PG_PROXY_CUT) && !err)
			break;
		cuts++;
		after = log_size(e.straight, &k->cx);
		assert_true(after == before || after == before + 1);
		if (!err) {
			assert_int_equal(after, before + 1);
			assert_int_equal(seq, before);
		}
		unanswered += err && after > before;
		if (keyed) {
			assert_int_equal(act(k, e.w, kind, nth, true, &same), ERR_OK);
			assert_int_equal(same, before);
			assert_int_equal(log_size(e.straight, &k->cx), before + 1);
		}
		if (cuts % 8 == 0 || step == 1)
			kit_audit(k);
	}
	assert_true(cuts * step > 5);
	print_message("%ld messages lost, %ld times done without an answer\n", cuts, unanswered);
	wire_close(&e);
}

/* Each of the batch is in the books once and at the place that it was told, or not yet: then asking again
 * brings it there. */
static void ask_all_again(struct wire *e, int nth, int64_t before, const int64_t told[MANY])
{
	int64_t seq[MANY];
	bool there[MANY] = {false};

	assert_int_equal(act_many(&e->k, e->w, nth, true, seq), MANY);
	for (int i = 0; i < MANY; i++) {
		assert_true(seq[i] >= before && seq[i] < before + MANY && !there[seq[i] - before]);
		there[seq[i] - before] = true;
		assert_true(told[i] < 0 || told[i] == seq[i]);
	}
	assert_int_equal(log_size(e->straight, &e->k.cx), before + MANY);
}

static void every_message_of_a_batch(bool keyed, enum pg_proxy_end end)
{
	long n = 1, cuts = 0, step = step_of_n(), unanswered = 0;
	struct wire e;

	wire_open(&e);
	for (int nth = 0;; nth++, n += step) {
		int64_t before = log_size(e.straight, &e.k.cx), after, seq[MANY];
		int done;
		assert_true(n < N_MAX);
		pg_proxy_cut(e.proxy, n, end);
		done = act_many(&e.k, e.w, nth, keyed, seq);
		if (!pg_proxy_cut(e.proxy, 0, PG_PROXY_CUT) && done == MANY)
			break;
		cuts++;
		after = log_size(e.straight, &e.k.cx);
		assert_true(after >= before + done && after <= before + MANY);
		unanswered += after > before + done;
		if (keyed)
			ask_all_again(&e, nth, before, seq);
		if (cuts % 8 == 0 || step == 1)
			kit_audit(&e.k);
	}
	assert_true(cuts * step > 5);
	print_message("%ld messages lost, %ld times some done without an answer\n", cuts, unanswered);
	wire_close(&e);
}

static void the_nth_message_is_lost(void **state)
{
	(void)state;
	PG_OR_SKIP();
	for (int kind = 0; kind < (int)ARRAY_LEN(actions); kind++)
		for (int keyed = 0; keyed < 2; keyed++)
			every_message(kind, keyed, PG_PROXY_CUT);
}

/* Eight requests of two kinds in one transaction. */
static void the_nth_message_of_a_batch_is_lost(void **state)
{
	(void)state;
	PG_OR_SKIP();
	for (int keyed = 0; keyed < 2; keyed++) {
		every_message_of_a_batch(keyed, PG_PROXY_CUT);
		every_message_of_a_batch(keyed, PG_PROXY_AWAY);
	}
}

/* Nobody can tell then what became of a commit; whoever asks again with the key learns it. */
static void the_server_is_away_after_the_nth_message(void **state)
{
	(void)state;
	PG_OR_SKIP();
	for (int keyed = 0; keyed < 2; keyed++)
		every_message(0, keyed, PG_PROXY_AWAY);
}

/* false: n is beyond the batch's last message. */
static bool cut_batch(struct cx *cx, struct pg_proxy *proxy, struct db *db, struct db *straight, long n)
{
	int64_t there;
	enum err err;
	bool cut;

	pg_proxy_cut(proxy, n, PG_PROXY_FAREWELL);
	err = db_begin_batch(cx, db);
	if (!err && db_exec(cx, db, "INSERT INTO t VALUES ($1)", DB_ARGS(db_i64(n)))) {
		err = cx->err;
		db_rollback(db);
	} else if (!err) {
		err = db_commit(cx, db);
	}
	cut = pg_proxy_cut(proxy, 0, PG_PROXY_CUT);
	if (err)
		assert_int_equal(cx->err, ERR_BUSY);
	assert_int_equal(db_one_i64(cx, straight, &there, "SELECT count(*) FROM t WHERE n = $1",
				    DB_ARGS(db_i64(n))), ERR_OK);
	assert_true(there == !err || (err && db_commit_unknown(db)));
	cx_clear(cx);
	return cut;
}

/* A server that is shut down in order, as for a switchover, says so before it closes: also where it would
 * have said that it is ready, when all that was asked is done. The handle connects again by itself. */
static void the_server_says_farewell_instead_of_the_nth_message(void **state)
{
	struct db *db, *straight;
	struct pg_proxy *proxy;
	char address[512];
	struct cx cx;
	long n = 1;

	(void)state;
	if (!pg_scratch(address, sizeof(address))) {
		print_message("skipped: RELODE_TEST_PG is not set\n");
		skip();
	}
	cx_init(&cx, 0);
	proxy = pg_proxy_start(address);
	assert_int_equal(db_open(&cx, address, 0, &straight), ERR_OK);
	assert_int_equal(db_script(&cx, straight, "CREATE TABLE t (n BIGINT)"), ERR_OK);
	assert_int_equal(db_open(&cx, pg_proxy_uri(proxy), 0, &db), ERR_OK);
	while (cut_batch(&cx, proxy, db, straight, n))
		assert_true(++n < N_MAX);
	assert_true(n > 10);
	db_close(db);
	db_close(straight);
	pg_proxy_stop(proxy);
	pg_scratch_drop(address);
	cx_done(&cx);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_server_says_farewell_instead_of_the_nth_message),
		cmocka_unit_test(the_nth_message_is_lost),
		cmocka_unit_test(the_nth_message_of_a_batch_is_lost),
		cmocka_unit_test(the_server_is_away_after_the_nth_message),
	};
	return cmocka_run_group_tests_name("faults_pg", tests, NULL, NULL);
}
