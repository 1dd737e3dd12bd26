/* Memory runs out in a running server: the Nth allocation of a context, or the Nth of malloc and its kin,
 * in whichever of its threads makes it, for N = 1, 2, … until none fails. A request is answered rightly, or
 * by a server's error, or its connection ends; the process lives; asked again, it is answered, and done
 * once.
 *
 * The linker puts what stands here in the place of malloc and of cx_alloc and their kin, for the program's
 * own objects (meson.build); what libraries take by themselves is not failed. RELODE_FAULTS=all tries every
 * N. */
#include "kernel/audit.h"
#include "place.h"

enum { N_MAX = 20000 };

/* What fails: the context's allocations, or the system's. */
enum kind { OF_CONTEXTS, OF_SYSTEM, KINDS };

static struct place place;
static _Thread_local bool spared; /* the test's own thread */
static _Atomic long fails_at[KINDS], made[KINDS];

static bool due(enum kind kind)
{
	return !spared && ++made[kind] == fails_at[kind];
}

void *__real_malloc(size_t n);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *p, size_t n);
void *__real_aligned_alloc(size_t align, size_t n);
char *__real_strdup(const char *s);
void *__wrap_malloc(size_t n);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *p, size_t n);
void *__wrap_aligned_alloc(size_t align, size_t n);
char *__wrap_strdup(const char *s);

void *__wrap_malloc(size_t n) { return due(OF_SYSTEM) ? NULL : __real_malloc(n); }
void *__wrap_calloc(size_t n, size_t size) { return due(OF_SYSTEM) ? NULL : __real_calloc(n, size); }
void *__wrap_realloc(void *p, size_t n) { return due(OF_SYSTEM) ? NULL : __real_realloc(p, n); }
char *__wrap_strdup(const char *s) { return due(OF_SYSTEM) ? NULL : __real_strdup(s); }
void *__wrap_aligned_alloc(size_t align, size_t n)
{
	return due(OF_SYSTEM) ? NULL : __real_aligned_alloc(align, n);
}

/* The next allocation of a context in this thread. */
static void fail_next_if_due(void)
{
	if (due(OF_CONTEXTS))
		(void)cx_fail_allocation(1);
}

#define STANDS_FOR(f, params, args)                                                                 \
	void *__real_##f params;                                                                    \
	void *__wrap_##f params;                                                                    \
	void *__wrap_##f params                                                                     \
	{                                                                                           \
		fail_next_if_due();                                                                 \
		return __real_##f args;                                                             \
	}

STANDS_FOR(cx_raw, (struct cx * cx, size_t n), (cx, n))
STANDS_FOR(cx_alloc, (struct cx * cx, size_t n), (cx, n))
STANDS_FOR(cx_array, (struct cx * cx, size_t count, size_t size), (cx, count, size))
STANDS_FOR(cx_memdup, (struct cx * cx, const void *p, size_t n), (cx, p, n))
STANDS_FOR(cx_strdup, (struct cx * cx, const char *s), (cx, s))
STANDS_FOR(cx_strndup, (struct cx * cx, const char *s, size_t n), (cx, s, n))
STANDS_FOR(cx_join, (struct cx * cx, const char *a, char between, const char *b), (cx, a, between, b))
STANDS_FOR(cx_vprintf, (struct cx * cx, const char *fmt, va_list ap), (cx, fmt, ap))

char *__wrap_cx_printf(struct cx *cx, const char *fmt, ...) PRINTF_LIKE(2, 3);
char *__wrap_cx_printf(struct cx *cx, const char *fmt, ...)
{
	va_list ap;
	char *s;

	va_start(ap, fmt);
	s = __wrap_cx_vprintf(cx, fmt, ap);
	va_end(ap);
	return s;
}

/* --- asking --- */

static const struct asked {
	const char *method, *path, *body;
	long status;
	bool same;  /* its answer is the same each time, to the byte */
	bool guest; /* without the administrator's token */
	int step;   /* one N in so many */
} asked[] = {
	{"GET", "/v1/cities/1", NULL, 200, true, false, 1},
	{"GET", "/v1/cities/1/parties?limit=2", NULL, 200, true, false, 1},
	{"GET", "/v1/cities", NULL, 200, true, true, 1},
	{"GET", "/v1/cities/1/orders", NULL, 200, true, false, 1},
	{"GET", "/v1/cities/9", NULL, 404, false, false, 1},
	{"GET", "/nothing", NULL, 404, false, true, 1},
	{"GET", "/openapi.json", NULL, 200, true, true, 29},
	{"GET", "/healthz", NULL, 200, true, true, 1},
	{"GET", "/metrics", NULL, 200, false, false, 1},
	{"GET", "/v1/cities/1/report", NULL, 200, false, false, 11},
	{"POST", "/v1/cities/1/parties", "{\"kind\":\"person\",\"roles\":\"owner\",\"name\":\"Li\"}", 201,
	 false, false, 1},
	{"POST", "/v1/cities/1/parties", "{\"kind\":\"person\",\"roles\":\"own", 400, false, false, 1},
	{"POST", "/v1/cities/1/parties", "{\"kind\":\"nobody\"}", 422, false, false, 1},
	{"POST", "/v1/login", "{\"login\":\"root\",\"password\":\"correct horse\"}", 201, false, true, 5},
	{"POST", "/v1/login", "{\"login\":\"nobody\",\"password\":\"wrong\"}", 401, false, true, 5},
};

static CURLcode call(const struct asked *a, const char *key, struct reply *r)
{
	struct call c = {a->method, a->path, a->guest ? NULL : place.admin, a->body, .header = {key}};
	CURL *curl = curl_easy_init();
	CURLcode code = try_call(&place.cx, place.url, curl, &c, r);

	curl_easy_cleanup(curl);
	return code;
}

static const char *body_of(const struct reply *r) { return r->body.data ? r->body.data : ""; }

/* The entry of a change, or -1. */
static int64_t seq_of(const struct reply *r)
{
	const struct json *v = r->json ? json_get(r->json, "seq") : NULL;

	return v && v->type == JSON_INT ? v->number : -1;
}

/* A change whose key is known was done before; who guesses wrong waits at last. */
static bool right(const struct asked *a, long status)
{
	return status == a->status || (a->status == 201 && status == 200) ||
	       (a->status == 401 && status == 429);
}

static void check(const struct asked *a, const struct reply *r, const char *whole, const char *when, long nth)
{
	if (!right(a, r->status))
		fail_msg("%s %s, %s %ld: %ld %s", a->method, a->path, when, nth, r->status, body_of(r));
	if (a->same && strcmp(body_of(r), whole) != 0)
		fail_msg("%s %s, %s %ld: %s, and whole %s", a->method, a->path, when, nth, body_of(r), whole);
}

/* One request without the nth allocation, and once more with all. False: so many were not made. */
static bool one_fault(const struct asked *a, enum kind kind, long nth, const char *whole, int64_t *seq)
{
	char *key = cx_printf(&place.cx, "Idempotency-Key: \"f-%d-%d-%ld\"", (int)(a - asked), kind, nth);
	struct reply r, again;
	CURLcode code;
	bool met;

	made[kind] = 0;
	fails_at[kind] = nth;
	code = call(a, key, &r);
	fails_at[kind] = 0;
	met = made[kind] >= nth;
	if (!code && r.status < 500)
		check(a, &r, whole, "without allocation", nth);
	else if (!met)
		fail_msg("%s %s: %s, status %ld", a->method, a->path, curl_easy_strerror(code), r.status);
	assert_int_equal(call(a, key, &again), CURLE_OK);
	check(a, &again, whole, "after allocation", nth);
	if (a->status == 201 && !a->guest) { /* done once, whatever was told the first time */
		assert_int_equal(seq_of(&again), *seq + 1);
		++*seq;
	}
	return met;
}

static void every_allocation(const struct asked *a, enum kind kind)
{
	const char *all = getenv("RELODE_FAULTS");
	long step = all && strcmp(all, "all") == 0 ? 1 : a->step, n = 1, failed = 0;
	char *whole;
	struct reply r;
	int64_t seq;

	assert_int_equal(call(a, NULL, &r), CURLE_OK);
	whole = cx_strdup(&place.cx, body_of(&r));
	check(a, &r, whole, "with allocation", 0);
	seq = seq_of(&r);
	for (; one_fault(a, kind, n, whole, &seq); n += step, failed++)
		assert_true(n < N_MAX);
	if (getenv("FAULTS_TELL"))
		print_message("%s %s: %ld of %ld\n", a->method, a->path, failed, n);
	assert_true(failed > 0 || kind == OF_SYSTEM);
}

static void allocations_of_contexts_fail(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(asked); i++)
		every_allocation(&asked[i], OF_CONTEXTS);
}

static void allocations_of_the_system_fail(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(asked); i++)
		every_allocation(&asked[i], OF_SYSTEM);
}

static int setup(void **state)
{
	const struct limit_rate none = {1000000, 1000000};
	struct server_options o = {.rate = none, .rate_org = none, .rate_address = none, .rate_public = none,
				   .rate_guest = none, .rate_failed = none, .per_address = 1000};

	(void)state;
	spared = true;
	curl_global_init(CURL_GLOBAL_DEFAULT);
	start(&place, o);
	open_city(&place);
	must(&place, "POST", "/v1/cities/1/parties", "{\"kind\":\"organisation\",\"roles\":\"merchant\","
	     "\"public_name\":\"Shop\"}");
	return 0;
}

static int teardown(void **state)
{
	const struct audit_options all = {.city = -1};
	struct audit_result *found = CX_NEW(&place.cx, struct audit_result);
	struct reader r;

	(void)state;
	if (node_reader_get(&place.cx, place.node, 0, (struct principal){.roles = ROLE_ADMIN}, &r) ||
	    audit_run(&place.cx, r.db, r.domain, r.keys, &all, found))
		fail_msg("%s", place.cx.msg);
	node_reader_put(place.node, &r);
	assert_int_equal(found->findings, 0); /* the books hold */
	stop(&place);
	curl_global_cleanup();
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(allocations_of_contexts_fail),
		cmocka_unit_test(allocations_of_the_system_fail),
	};

	return cmocka_run_group_tests_name("faults_door", tests, setup, teardown);
}
