/* The writing thread on PostgreSQL: who is answered when. Batches are made to wait by another session, which
 * has locked the head of their city's log. */
#include <stdatomic.h>
#include <unistd.h>

#include "kit.h"
#include "pg.h"
#include "server/node.h"

enum { WAIT_US = 20000000, LOOK_US = 1000 };

struct ask {
	struct cx cx;
	struct request q;
	atomic_bool done;
};

struct house {
	struct kit k;
	struct cx cx;
	struct node *n;
	struct db *lock[2]; /* of city 1, of city 2 */
};

static void must(struct cx *cx, enum err err)
{
	if (err)
		fail_msg("%s", cx->msg);
}

static void house_open(struct house *h)
{
	static const char sql[] = "UPDATE log_head SET size = size WHERE city = $1";
	struct node_options o = {0};

	PG_OR_SKIP();
	kit_place = KIT_ON_POSTGRESQL;
	kit_open(&h->k);
	kit_open_real(&h->k);
	cx_init(&h->cx, 0);
	o.where = h->k.scratch;
	o.keys = cx_printf(&h->cx, "%s/keys", h->k.dir);
	o.evidence = cx_printf(&h->cx, "%s/evidence", h->k.dir);
	must(&h->cx, node_open(&h->cx, &o, &h->n));
	must(&h->cx, node_start(&h->cx, h->n));
	for (int i = 0; i < 2; i++) {
		must(&h->cx, db_open(&h->cx, h->k.scratch, 0, &h->lock[i]));
		must(&h->cx, db_begin(&h->cx, h->lock[i], true));
		must(&h->cx, db_exec(&h->cx, h->lock[i], sql, DB_ARGS(db_i64(1 + i))));
	}
}

static void house_close(struct house *h)
{
	node_close(h->n);
	for (int i = 0; i < 2; i++)
		db_close(h->lock[i]);
	cx_done(&h->cx);
	kit_close(&h->k);
}

static void done(struct request *q, void *arg)
{
	struct ask *a = arg;

	assert_ptr_equal(q, &a->q);
	atomic_store(&a->done, true);
}

static bool is_done(struct ask *a) { return atomic_load(&a->done); }

static void ask(struct house *h, struct ask *a, int64_t city, int64_t days)
{
	struct json *body;
	char *text;

	cx_init(&a->cx, 0);
	atomic_init(&a->done, false);
	text = cx_printf(&a->cx, "{\"offer_days\":%lld}", (long long)days);
	must(&a->cx, json_parse(&a->cx, text, strlen(text), &json_limits_request, &body));
	must(&a->cx, request_read(&a->cx, node_domain(h->n), "city.settings", city, body, &a->q));
	a->q.who = (struct principal){.user = 1, .roles = (ROLE_ADMIN << 1) - 1};
	a->q.happened_us = FIELD_NONE;
	must(&h->cx, node_submit(&h->cx, h->n, &a->q, done, a));
}

/* Until nothing waits any more; then all that was asked for is being written. */
static bool all_taken(struct house *h)
{
	for (int64_t us = 0; us < WAIT_US && node_waiting(h->n); us += LOOK_US)
		usleep(LOOK_US);
	return node_waiting(h->n) == 0;
}

static bool comes(struct ask *a)
{
	for (int64_t us = 0; us < WAIT_US && !is_done(a); us += LOOK_US)
		usleep(LOOK_US);
	return is_done(a);
}

static void an_answer_waits_for_no_other_batch(void **state)
{
	struct house h;
	struct ask a, b;

	(void)state;
	house_open(&h);
	ask(&h, &a, 1, 3);
	assert_true(all_taken(&h));
	ask(&h, &b, 2, 4); /* waits its turn: a's batch does not end */
	usleep(10 * LOOK_US);
	assert_false(is_done(&a));
	assert_int_equal(node_waiting(h.n), 1);
	db_rollback(h.lock[0]);
	assert_true(comes(&a)); /* and b's batch waits for the other lock */
	assert_int_equal(a.q.err, ERR_OK);
	assert_true(all_taken(&h));
	usleep(10 * LOOK_US);
	assert_false(is_done(&b));
	db_rollback(h.lock[1]);
	assert_true(comes(&b));
	assert_int_equal(b.q.err, ERR_OK);
	cx_done(&a.cx);
	cx_done(&b.cx);
	house_close(&h);
}

/* One that writes nothing sends nothing, and the answer before it is given all the same; so is the last one,
 * which nothing follows, and what waits when the node is closed. */
static void an_answer_needs_no_other_batch(void **state)
{
	struct house h;
	struct ask a, refused, last[2];

	(void)state;
	house_open(&h);
	ask(&h, &a, 1, 3);
	assert_true(all_taken(&h));
	ask(&h, &refused, 3, 4); /* there is no city 3 */
	db_rollback(h.lock[0]);
	assert_true(comes(&a));
	assert_true(comes(&refused));
	assert_int_equal(a.q.err, ERR_OK);
	assert_int_equal(refused.q.err, ERR_NOT_FOUND);
	db_rollback(h.lock[1]);
	for (int i = 0; i < 2; i++)
		ask(&h, &last[i], 2, 5 + i);
	node_close(h.n);
	h.n = NULL;
	for (int i = 0; i < 2; i++) {
		assert_true(is_done(&last[i]));
		assert_int_equal(last[i].q.err, ERR_OK);
		cx_done(&last[i].cx);
	}
	cx_done(&a.cx);
	cx_done(&refused.cx);
	house_close(&h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_answer_waits_for_no_other_batch),
		cmocka_unit_test(an_answer_needs_no_other_batch),
	};

	return cmocka_run_group_tests_name("node", tests, NULL, NULL);
}
