/* The Nth allocation fails, for N = 1, 2, … until none does: an action is done whole or not at all, and
 * the books hold after each. Every action type of the programme, as a month's life asks for it (every.h); its
 * answer; every view; batches. RELODE_FAULTS=all tries every N, else one in a few. */
#include <limits.h>

#include "every.h"
#include "programme/report/audit_note.h"
#include "questions.h"

enum { STEP = 11, STEP_COLD = 19, STEP_ANSWER = 5, STEP_VIEW = 17, PLAYS_MAX = 8, KEPT_MAX = 4096 };

/* A writer that has rows in memory, and one that reads them all again. */
enum warmth { WARM, COLD, WARMTHS };

/* An action type: what was tried of it. */
struct trial {
	const struct action *action;
	long next;    /* the allocation that fails next */
	long failures, survived;
	bool whole, answered;
};

static struct {
	struct trial of[DOMAIN_ACTIONS];
	enum warmth warmth;
	struct cx *kept[KEPT_MAX]; /* of requests that were done: as long as the kit */
	int kepts;
} trials;

static long step_of(long step)
{
	const char *all = getenv("RELODE_FAULTS");

	if (all && strcmp(all, "all") == 0)
		return 1;
	return getenv("RELODE_KIT_PG") ? 3 * step : step; /* each is a trip to a server */
}

static int64_t log_size(struct kit *k, int64_t city)
{
	int64_t size;

	assert_int_equal(db_one_i64(&k->cx, k->db, &size,
				    "SELECT COALESCE(MAX(size), 0) FROM log_head WHERE city = $1",
				    DB_ARGS(db_i64(city))),
			 ERR_OK);
	return size;
}

static void context(struct cx *cx, const struct kit *k)
{
	cx_init(cx, 0);
	cx->clock = k->cx.clock;
	cx->clock_arg = k->cx.clock_arg;
}

static struct trial *trial_of(const struct action *a)
{
	struct trial *t = trials.of;

	while (t->action && t->action != a)
		t++;
	if (!t->action)
		*t = (struct trial){.action = a, .next = 1};
	return t;
}

/* One try in a context of its own, so that what stays behind of one that failed is seen. True: it was met. */
static bool one_try(struct kit *k, struct writer *w, const struct json *body, long nth, struct request *q)
{
	struct request *list[1] = {q}, asked = *q;
	struct cx *cx = CX_NEW(&k->cx, struct cx);

	context(cx, k);
	assert_int_equal(request_read(cx, &k->domain, q->action->type, q->city, body, q), ERR_OK);
	q->who = asked.who;
	q->idem_key = asked.idem_key;
	q->happened_us = asked.happened_us;
	cx_fail_allocation(nth);
	writer_run(w, list, 1);
	if (cx_fail_allocation(0) < nth)
		nth = 0;
	assert_true(trials.kepts < KEPT_MAX);
	if (!q->err)
		trials.kept[trials.kepts++] = cx;
	return nth > 0;
}

/* What follows an entry failed: it is in the books, and a writer that begins there does what follows. */
static bool only_what_follows(struct kit *k, struct request *q)
{
	struct writer *next;

	if (!q->action->after || strncmp(q->cx->msg, "recorded as entry", 17) != 0)
		return false;
	assert_int_equal(writer_new(&k->cx, k->db, &k->domain, k->keys, q->city, &next), ERR_OK);
	writer_free(next);
	trials.kept[trials.kepts++] = q->cx;
	cx_clear(q->cx);
	q->err = ERR_OK;
	return true;
}

/* The answer is whole and the same, or none. */
static void every_allocation_of_answer(struct kit *k, struct request *q)
{
	struct reader r = kit_reader(k, q->city);
	char *whole = NULL;
	bool met = false;

	for (long nth = LONG_MAX; nth == LONG_MAX || met; nth += step_of(STEP_ANSWER)) {
		struct request copy = *q;
		struct json_writer w;
		struct sb sb;
		struct cx cx;
		enum err err;
		if (nth == LONG_MAX)
			nth = 0; /* none: how it should be */
		cx_init(&cx, 0);
		copy.cx = &cx;
		copy.rec = copy.entry.rec = cx_memdup(&cx, q->rec, q->action->size);
		cx_fail_allocation(nth);
		sb_init(&sb, &cx, 10000000);
		jw_init(&w, &sb, false);
		jw_object(&w);
		err = request_answer(&cx, &r, &copy, &w);
		jw_object_end(&w);
		err = err ? err : sb_end(&sb);
		met = cx_fail_allocation(0) >= nth;
		if (!whole)
			whole = cx_strdup(&k->cx, sb.data);
		if (err)
			assert_true(met && err == ERR_MEMORY);
		else
			assert_string_equal(sb.data, whole);
		cx_done(&cx);
	}
}

static void every_allocation(struct kit *k, struct writer *w, const struct json *body, struct request *q)
{
	struct trial *t = trial_of(q->action);
	struct digest before, after;
	int64_t size;
	bool met;

	if (trials.warmth == COLD)
		writer_hold(w, 0); /* nothing is held back, and no row kept */
	if (t->whole) {
		one_try(k, w, body, 0, q);
		return;
	}
	size = log_size(k, q->city);
	before = kit_fingerprint(k);
	for (;; t->next += step_of(trials.warmth == COLD ? STEP_COLD : STEP)) {
		met = one_try(k, w, body, t->next, q);
		if (q->err && only_what_follows(k, q))
			t->failures++;
		if (!q->err)
			break;
		if (!met || q->err != ERR_MEMORY)
			fail_msg("%s, allocation %ld: %s: %s", q->action->type, t->next, err_slug(q->err),
				 q->cx->msg);
		cx_done(q->cx);
		t->failures++;
		after = kit_fingerprint(k);
		if (!digest_equal(&before, &after))
			fail_msg("%s, allocation %ld: it failed, and something changed", q->action->type,
				 t->next);
	}
	assert_int_equal(log_size(k, q->city), size + 1);
	t->whole = !met;
	t->survived += met;
	t->next += met ? step_of(STEP) : 0;
	if (!t->answered)
		every_allocation_of_answer(k, q);
	t->answered = true;
}

static void play(void)
{
	struct lab l;

	trials.kepts = 0;
	kit_runs = every_allocation;
	every_open(&l);
	kit_runs = NULL;
	kit_audit(&l.t.k);
	for (int i = 0; i < trials.kepts; i++)
		cx_done(trials.kept[i]);
	lab_close(&l);
}

/* How many action types were not tried until none of their allocations failed; and says which. */
static int missing(bool say)
{
	struct domain d;
	int n = 0;
	struct cx cx;

	cx_init(&cx, 0);
	assert_int_equal(domain_init(&cx, &d, programme_features), ERR_OK);
	for (int i = 0; i < d.actions; i++) {
		struct trial *t = trial_of(d.action[i]);
		bool lacks = !t->whole || t->failures == 0;
		if (lacks && say)
			print_error("%s: %ld failures, %s\n", t->action->type, t->failures,
				    t->whole ? "none met" : "not tried to its end");
		n += lacks;
	}
	cx_done(&cx);
	return n;
}

/* Where a failure was survived, the action is done, and the next one of its type goes on. */
static void every_action(enum warmth warmth)
{
	long failures = 0, survived = 0;
	int plays = 0;

	memset(&trials, 0, sizeof(trials));
	trials.warmth = warmth;
	do
		play();
	while (++plays < PLAYS_MAX && missing(false));
	assert_int_equal(missing(true), 0);
	for (struct trial *t = trials.of; t->action; t++) {
		failures += t->failures;
		survived += t->survived;
	}
	print_message("%d plays, %ld actions failed, %ld times one was done all the same\n", plays, failures,
		      survived);
}

static void every_action_on_rows_in_memory(void **state)
{
	(void)state;
	every_action(WARM);
}

static void every_action_on_rows_that_are_read(void **state)
{
	(void)state;
	every_action(COLD);
}

/* --- views --- */

/* What the view says to members, each with a comma behind it; NULL: cx says why not. *met: the nth failed. */
static char *told(struct kit *k, struct cx *cx, const struct view *v, const char *members, long nth,
		  bool *met)
{
	struct reader r = kit_reader(k, strstr(v->path, "{city}") ? 1 : 0);
	char *text = cx_printf(cx, "{%.*s}", (int)strlen(members) - (*members != 0), members);
	void *p = cx_alloc(cx, v->params_size + 1);
	struct json_writer w;
	struct json *given;
	struct sb sb;
	enum err err;

	assert_int_equal(json_parse(cx, text, strlen(text), &json_limits_request, &given), ERR_OK);
	cx_fail_allocation(nth);
	sb_init(&sb, cx, 10000000);
	jw_init(&w, &sb, false);
	jw_object(&w);
	err = v->params ? field_read(cx, v->params, IN, given, p) : ERR_OK;
	if (!err)
		err = view_run(cx, v, &r, p, &w);
	if (!err) {
		jw_object_end(&w);
		err = sb_end(&sb);
	}
	*met = cx_fail_allocation(0) >= nth;
	return err ? NULL : sb.data;
}

/* True: the question is answered with something in it. *found: one that is answered at all. */
static bool suits(struct kit *k, const struct view *v, const char *members, const char **found)
{
	const char *answer;
	struct cx cx;
	bool met, some;

	context(&cx, k);
	answer = told(k, &cx, v, members, 0, &met);
	some = answer && !strstr(answer, "\"items\":[]");
	if (some || (answer && !*found))
		*found = members;
	cx_done(&cx);
	return some;
}

/* A question of the view that is answered, with something in it where there is one; NULL: none is. */
static const char *question_of(struct kit *k, const struct view *v)
{
	const char *value[VALUES_MAX], *found = NULL;

	for (int i = 0; i < VALUES_MAX; i++)
		if (suits(k, v, all_at(k, v, false, i), &found))
			return found;
	for (const struct field *f = v->params; f && f->name; f++) {
		int n = is_paging(f) || f->flags & REQ ? 0 : values(k, f, value);
		for (int i = 0; i < n; i++)
			if (suits(k, v, cx_printf(&k->cx, "%s\"%s\":%s,", all_at(k, v, false, 0), f->name,
						  value[i]), &found))
				return found;
	}
	return found;
}

struct view_trial {
	long failures;
	bool wrong;
};

/* The view says all, or that there is no memory. */
static void check_told(const struct view *v, const char *members, long nth, const struct cx *cx,
		       const char *answer, const char *whole, struct view_trial *t)
{
	if (!answer && cx->err != ERR_MEMORY)
		print_error("%s {%s}, allocation %ld: %s: %s\n", v->name, members, nth, err_slug(cx->err),
			    cx->msg);
	else if (answer && strcmp(answer, whole) != 0)
		print_error("%s {%s}, allocation %ld: it says\n%s\nand whole\n%s\n", v->name, members, nth,
			    answer, whole);
	else
		return;
	t->wrong = true;
}

static struct view_trial every_allocation_of_view(struct kit *k, const struct view *v)
{
	const char *members = question_of(k, v), *whole, *answer;
	struct view_trial t = {0, !members};
	bool met = true;

	if (!members) {
		print_error("%s was never answered\n", v->name);
		return t;
	}
	whole = told(k, &k->cx, v, members, 0, &met);
	assert_non_null(whole);
	met = true;
	for (long nth = 1; met && !t.wrong; nth += step_of(STEP_VIEW)) {
		struct cx cx;
		context(&cx, k);
		answer = told(k, &cx, v, members, nth, &met);
		t.failures += !answer;
		check_told(v, members, nth, &cx, answer, whole, &t);
		cx_done(&cx);
	}
	if (t.failures == 0)
		print_error("%s: no allocation of it failed\n", v->name);
	t.wrong |= t.failures == 0;
	return t;
}

static void every_view(void **state)
{
	const struct audit_options all = {.city = -1};
	struct audit_result *r;
	long failures = 0, wrong = 0;
	struct kit *k;
	struct lab l;

	(void)state;
	every_open(&l);
	k = &l.t.k;
	r = CX_NEW(&k->cx, struct audit_result);
	assert_int_equal(audit_run(&k->cx, k->db, &k->domain, k->keys, &all, r), ERR_OK);
	assert_int_equal(audit_note_write(&k->cx, k->dir, r, -1, false, 0), ERR_OK);
	for (const struct feature *const *f = k->domain.features; *f; f++)
		for (const struct view *v = (*f)->views; v && v->name; v++) {
			struct cx_mark mark = cx_mark(&k->cx);
			struct view_trial t = every_allocation_of_view(k, v);
			failures += t.failures;
			wrong += t.wrong;
			cx_restore(&k->cx, mark);
		}
	assert_int_equal(wrong, 0);
	print_message("%ld views failed\n", failures);
	lab_close(&l);
}

/* --- batches --- */

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
		size = log_size(&k, 1);
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
		assert_int_equal(log_size(&k, 1), size + done);
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
		cmocka_unit_test(every_action_on_rows_in_memory),
		cmocka_unit_test(every_action_on_rows_that_are_read),
		cmocka_unit_test(every_view),
		cmocka_unit_test(one_failure_spares_the_others),
		cmocka_unit_test(failures_within_a_batch),
	};
	return cmocka_run_group_tests_name("faults", tests, NULL, NULL);
}
