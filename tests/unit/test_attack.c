/* What someone may send who means harm, byte by byte: each is refused or shut out within its time, and
 * the server goes on answering others. */
#include <poll.h>

#include "place.h"

enum { READ_S = 2, WRITE_S = 2, PER_ADDRESS = 24, ANSWER_MAX = 100000, WAIT_MS = 20000 };

static struct place place;

static int setup(void **state)
{
	struct server_options o = {.read_s = READ_S,
				   .write_s = WRITE_S,
				   .per_address = PER_ADDRESS,
				   .connections = 256,
				   .rate_public = {0, 1},
				   .rate_failed = {1000000, 1000}};

	(void)state;
	curl_global_init(CURL_GLOBAL_DEFAULT);
	start(&place, o);
	open_city(&place);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	stop(&place);
	curl_global_cleanup();
	return 0;
}

static int64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* The server still answers others. */
static void answers(void)
{
	assert_int_equal(ask(&place, (struct call){"GET", "/v1/cities", NULL, NULL}).status, 200);
}

static int64_t gauge(const char *name)
{
	struct reply r = ask(&place, (struct call){"GET", "/metrics", place.admin, NULL});
	const char *at = strstr(r.body.data, cx_printf(&place.cx, "\n%s ", name));

	assert_non_null(at);
	return strtoll(at + strlen(name) + 2, NULL, 10);
}

/* The one is who asks. */
static void falls_to_one(const char *name)
{
	int64_t until = now_ms() + 1000 * (WRITE_S + 60), n;

	while ((n = gauge(name)) > 1 && now_ms() < until)
		usleep(100000);
	assert_int_equal(n, 1);
}

static void send_all(int fd, const char *p, size_t n)
{
	while (n > 0) {
		ssize_t done = send(fd, p, n, MSG_NOSIGNAL);
		if (done <= 0)
			return; /* shut out already */
		p += done;
		n -= (size_t)done;
	}
}

/* All that comes until the server closes, or until nothing more comes: *closed says which. */
static size_t receive(int fd, char *out, bool *closed)
{
	int64_t until = now_ms() + WAIT_MS;
	size_t n = 0;

	*closed = false;
	while (now_ms() < until && n < ANSWER_MAX - 1) {
		struct pollfd p = {.fd = fd, .events = POLLIN};
		ssize_t got;
		if (poll(&p, 1, n ? 200 : WAIT_MS) <= 0)
			break;
		got = recv(fd, out + n, ANSWER_MAX - 1 - n, 0);
		if (got <= 0) {
			*closed = true;
			break;
		}
		n += (size_t)got;
	}
	out[n] = 0;
	return n;
}

/* --- one request --- */

#define HOST "Host: x\r\n"
#define POST "POST /v1/cities/1/parties HTTP/1.1\r\n" HOST "Content-Type: application/json\r\n"
#define NEXT "GET /healthz HTTP/1.1\r\n" HOST "\r\n"

/* begin, then `unit` repeated to about `bytes`, then end. want: statuses that are right, or "closed" when
 * the connection is just ended. alone: what comes behind it (NEXT) is not answered. */
static const struct {
	const char *name, *begin, *unit;
	size_t bytes;
	const char *end, *want;
	bool alone;
} cases[] = {
	{"both lengths", POST "Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
	 NULL, 0, NEXT, "400", true},
	{"two lengths", POST "Content-Length: 2\r\nContent-Length: 40\r\n\r\n{}", NULL, 0, NEXT,
	 "400", true},
	{"the same length twice", POST "Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}", NULL, 0,
	 NEXT, "400", true},
	{"an unknown coding", POST "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", NULL, 0,
	 NEXT, "400", true},
	{"a coding in disguise", POST "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n", NULL, 0, NEXT,
	 "400", true},
	{"two codings",
	 POST "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n", NULL, 0,
	 NEXT, "400", true},
	{"a chunk size that is none",
	 POST "Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n", NULL, 0, NEXT,
	 "400 closed", true},
	{"a negative chunk", POST "Transfer-Encoding: chunked\r\n\r\n-1\r\n{}\r\n0\r\n\r\n", NULL,
	 0, NEXT, "400 closed", true},
	{"a chunk size beyond all",
	 POST "Transfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n{}\r\n", NULL, 0, NEXT,
	 "400 413 closed", true},
	{"an endless chunk size", POST "Transfer-Encoding: chunked\r\n\r\n", "0", 60000, "1\r\n",
	 "400 413 closed", true},
	{"a signed length", POST "Content-Length: +2\r\n\r\n{}", NULL, 0, "", "400", true},
	{"a hexadecimal length", POST "Content-Length: 0x2\r\n\r\n{}", NULL, 0, "", "400", true},
	{"a length beyond all", POST "Content-Length: 99999999999999999999999\r\n\r\n{}", NULL, 0,
	 "", "400 413", true},
	{"a negative length", POST "Content-Length: -1\r\n\r\n{}", NULL, 0, "", "400", true},
	{"many headers", "GET /healthz HTTP/1.1\r\n" HOST, "X-A: b\r\n", 700, "\r\n", "431", true},
	{"a flood of headers", "GET /healthz HTTP/1.1\r\n" HOST, "X-A: b\r\n", 500000, "\r\n",
	 "431 413 closed", true},
	{"a large header", "GET /healthz HTTP/1.1\r\n" HOST "X-A: ", "a", 200000, "\r\n\r\n",
	 "431 413 closed", true},
	{"a long address", "GET /", "a", 10000, " HTTP/1.1\r\n" HOST "\r\n", "414", true},
	{"a very long address", "GET /", "a", 300000, " HTTP/1.1\r\n" HOST "\r\n", "414 closed",
	 true},
	{"many parameters", "GET /v1/cities?", "a&", 4000, " HTTP/1.1\r\n" HOST "\r\n",
	 "400 413 414 422 closed", true},
	{"a compressed body",
	 POST "Idempotency-Key: a\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\n"
	      "\x1f\x8b\x08\x01",
	 NULL, 0, "", "415", true},
	{"a large body", POST "Content-Length: 3000000\r\n\r\n", "a", 3000000, "", "413", true},
	{"a body without end", POST "Transfer-Encoding: chunked\r\n\r\n", "4\r\naaaa\r\n", 30000000,
	 "", "413 closed", true},
	{"a nested body", POST "Idempotency-Key: a\r\nContent-Length: 200000\r\n\r\n", "[", 200000,
	 "", "400 413 422", true},
	{"many values", POST "Idempotency-Key: a\r\nContent-Length: 600002\r\n\r\n[", "0,", 600000,
	 "0", "400 413 422", true},
	{"another protocol", "\x16\x03\x01\x02\x01\x01\xfc\x03\x03", "\x01", 600, "", "400 closed",
	 false},
	{"a line without end", "", "A", 100000, "", "400 405 414 431 413 closed", false},
	{"a space before the colon", "GET /healthz HTTP/1.1\r\nHost : x\r\n\r\n", NULL, 0, "",
	 "400", true},
	{"no host", "GET /healthz HTTP/1.1\r\n\r\n", NULL, 0, "", "400", true},
	{"a zero byte in the address", "GET /%00 HTTP/1.1\r\n" HOST "\r\n", NULL, 0, "", "400",
	 true},
	{"up and out", "GET /../../etc/passwd HTTP/1.1\r\n" HOST "\r\n", NULL, 0, "", "404", true},
};

static char *text_of_case(size_t i, size_t *n)
{
	struct sb sb;
	size_t unit = cases[i].unit ? strlen(cases[i].unit) : 0;

	sb_init(&sb, &place.cx, 64 << 20);
	sb_str(&sb, cases[i].begin);
	for (size_t done = 0; done < cases[i].bytes; done += unit)
		sb_str(&sb, cases[i].unit);
	sb_str(&sb, cases[i].end);
	*n = sb.len;
	return sb.data;
}

static void test_requests(void **state)
{
	static char answer[ANSWER_MAX];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct cx_mark mark = cx_mark(&place.cx);
		char status[8] = "closed";
		bool closed;
		size_t n;
		char *text = text_of_case(i, &n);
		int fd = connect_to(&place);
		send_all(fd, text, n);
		if (receive(fd, answer, &closed) > 12)
			snprintf(status, sizeof(status), "%.3s", answer + 9);
		close(fd);
		if (!strstr(cases[i].want, status))
			fail_msg("%s: wanted %s, got %s: %.300s", cases[i].name, cases[i].want,
				 status, answer);
		if (cases[i].alone && strstr(answer, "\r\n\r\nok\n"))
			fail_msg("%s: what came behind it was answered: %s", cases[i].name, answer);
		cx_restore(&place.cx, mark);
		answers();
	}
	falls_to_one("relode_http_requests_active"); /* nothing is left of them */
}

/* --- many connections, slow ones --- */

/* How many of them the server has ended: asked until `enough` are, for at most `ms`. */
static int ended(int *fd, int count, int enough, int64_t ms)
{
	int64_t until = now_ms() + ms;
	bool over[PER_ADDRESS + 40] = {false};
	int n = 0;

	while (n < enough && now_ms() < until) {
		for (int i = 0; i < count; i++) {
			char text[4000];
			ssize_t got = over[i] ? 1 : recv(fd[i], text, sizeof(text), MSG_DONTWAIT);
			if (got == 0 || (got < 0 && errno != EAGAIN)) {
				over[i] = true;
				n++;
			}
		}
		usleep(20000);
	}
	return n;
}

static void close_all(int *fd, int count)
{
	for (int i = 0; i < count; i++)
		close(fd[i]);
}

/* Nearly all that an address may have, each slow in its own way: others are answered meanwhile, and the
 * slow ones are shut out in time. */
static void test_slow(void **state)
{
	static const char *const begin[] = {"", "G", "GET /healthz HTTP/1.1\r\nHost: x\r\nX-A: ",
					    POST "Content-Length: 1000\r\n\r\n{",
					    POST "Transfer-Encoding: chunked\r\n\r\n4\r\n{"};
	enum { SLOW = PER_ADDRESS - 4 };
	int64_t from = now_ms();
	int fd[SLOW];

	(void)state;
	for (int i = 0; i < SLOW; i++) {
		fd[i] = connect_to(&place);
		send_all(fd[i], begin[(size_t)i % ARRAY_LEN(begin)],
			 strlen(begin[(size_t)i % ARRAY_LEN(begin)]));
	}
	for (int step = 0; step < 15; step++) {
		usleep(100000);
		for (int i = 0; i < SLOW; i++)
			send_all(fd[i], "a", 1);
		answers();
	}
	assert_int_equal(ended(fd, SLOW, SLOW, WAIT_MS), SLOW);
	assert_true(now_ms() - from >= (READ_S - 1) * 1000);
	close_all(fd, SLOW);
	answers();
}

/* Asks much and reads nothing: shut out when its answer is not taken. */
static void test_never_reads(void **state)
{
	static const char get[] = "GET /openapi.json HTTP/1.1\r\nHost: x\r\n\r\n";
	int64_t until = now_ms() + WAIT_MS;
	int fd = connect_to(&place), small = 4096;

	(void)state;
	setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small));
	for (int i = 0; i < 200; i++)
		send(fd, get, sizeof(get) - 1, MSG_NOSIGNAL | MSG_DONTWAIT);
	while (gauge("relode_http_connections") < 2 && now_ms() < until) /* and the one that asks */
		usleep(1000);
	falls_to_one("relode_http_connections");
	until = now_ms() + WAIT_MS;
	while (now_ms() < until && (send(fd, "G", 1, MSG_NOSIGNAL | MSG_DONTWAIT) == 1 || errno == EAGAIN))
		usleep(10000);
	assert_true(now_ms() < until); /* what it sends is not taken any more */
	close(fd);
}

/* --- guessing --- */

/* Wrong passwords: of one login, from anywhere; from one address, whatever the login. */
static void test_guessing(void **state)
{
	struct server_options o = {.rate_failed = {1, 8}, .rate_public = {0, 1}};
	struct place p;
	struct reply r;

	(void)state;
	start(&p, o);
	for (int i = 0; i < 8; i++) {
		r = ask(&p,
			(struct call){"POST", "/v1/login", NULL,
				      cx_printf(&p.cx,
						"{\"login\":\"user%d\",\"password\":\"guess %d\"}",
						i, i)});
		assert_problem(&r, 401, "unauthenticated", "login or password");
	}
	r = ask(&p, (struct call){"POST", "/v1/login", NULL,
				  "{\"login\":\"root\",\"password\":\"correct horse\"}"});
	assert_problem(&r, 429, "too-many-requests", "try again");
	assert_non_null(header_of(&p, &r, "Retry-After"));
	r = ask(&p, (struct call){"GET", "/v1/users", "rl_guess", NULL});
	assert_problem(&r, 429, "too-many-requests", "try again");
	stop(&p);
}

/* All users of one merchant share a bucket, and so do all of one address. */
static void test_shared_rates(void **state)
{
	struct server_options o = {.rate = {1, 100}, /* one in 1,000 s: none comes back meanwhile */
				   .rate_org = {1, 5},
				   .rate_address = {1, 20},
				   .rate_public = {0, 1}};
	char *token[4], *mine;
	struct place p;
	struct reply r;

	(void)state;
	start(&p, o);
	open_city(&p);
	for (int i = 0; i < 4; i++)
		token[i] = user_token(&p, cx_printf(&p.cx, "shop%d", i), "clerk", 7);
	mine = user_token(&p, "staff", "clerk", 0);
	for (int i = 0; i < 5; i++)
		assert_int_equal(
			ask(&p, (struct call){"GET", "/v1/cities", token[i % 4], NULL}).status,
			200);
	for (int i = 0; i < 4; i++) {
		r = ask(&p, (struct call){"GET", "/v1/cities", token[i], NULL});
		assert_problem(&r, 429, "too-many-requests", "try again");
		assert_in_range(strtol(header_of(&p, &r, "Retry-After"), NULL, 10), 500, 1000);
	}
	for (int i = 0; i < 15; i++)
		assert_int_equal(ask(&p, (struct call){"GET", "/v1/cities", mine, NULL}).status,
				 200);
	r = ask(&p, (struct call){"GET", "/v1/cities", mine, NULL});
	assert_problem(&r, 429, "too-many-requests", "try again");
	stop(&p);
}

/* Whether a phone number is a customer's is asked as seldom as a guest may write; by each caller. */
static void test_guarded(void **state)
{
	struct server_options o = {.rate_guest = {1, 3}, .rate_public = {0, 1}};
	const char *path = "/v1/cities/1/earlier-owners?phone=13800000000";
	char *one, *two;
	struct place p;
	struct reply r;

	(void)state;
	start(&p, o);
	open_city(&p);
	one = user_token(&p, "guesser", "clerk", 7);
	two = user_token(&p, "colleague", "clerk", 7);
	for (int i = 0; i < 3; i++)
		assert_int_equal(ask(&p, (struct call){"GET", path, one, NULL}).status, 200);
	r = ask(&p, (struct call){"GET", path, one, NULL});
	assert_problem(&r, 429, "too-many-requests", "try again");
	assert_int_equal(ask(&p, (struct call){"GET", "/v1/cities", one, NULL}).status, 200);
	assert_int_equal(ask(&p, (struct call){"GET", path, two, NULL}).status, 200);
	stop(&p);
}

/* A revoked token, a disabled user: out at the next request, though it was known a moment ago. */
static void test_revoked(void **state)
{
	struct reply r;
	char *token = user_token(&place, "leaver", "clerk", 0);
	int64_t number, user;

	(void)state;
	r = must(&place, "GET", "/v1/users", NULL);
	user = json_get(json_get(r.json, "items")->item[json_get(r.json, "items")->count - 1],
			"user")
		       ->number;
	r = must(&place, "GET", cx_printf(&place.cx, "/v1/users/%lld/tokens", (long long)user),
		 NULL);
	number = json_get(json_get(r.json, "items")->item[0], "token")->number;
	for (int i = 0; i < 3; i++)
		assert_int_equal(
			ask(&place, (struct call){"GET", "/v1/cities", token, NULL}).status, 200);
	must(&place, "POST", cx_printf(&place.cx, "/v1/tokens/%lld/revoke", (long long)number),
	     "{}");
	assert_int_equal(ask(&place, (struct call){"GET", "/v1/cities", token, NULL}).status, 401);
	r = must(&place, "POST", cx_printf(&place.cx, "/v1/users/%lld/tokens", (long long)user),
		 "{\"label\":\"again\"}");
	token = cx_strdup(&place.cx, text_of(&r, "token"));
	assert_int_equal(ask(&place, (struct call){"GET", "/v1/cities", token, NULL}).status, 200);
	must(&place, "POST", cx_printf(&place.cx, "/v1/users/%lld/disable", (long long)user), "{}");
	assert_int_equal(ask(&place, (struct call){"GET", "/v1/cities", token, NULL}).status, 401);
}

/* One address has at most its share; what it has beyond is closed at once. Here nothing is shut out for being
 * slow, however slow the machine is. */
static void test_many_connections(void **state)
{
	struct server_options o = {.per_address = PER_ADDRESS};
	int fd[PER_ADDRESS + 40], n;
	struct place p;

	(void)state;
	start(&p, o);
	for (int i = 0; i < PER_ADDRESS + 40; i++)
		fd[i] = connect_to(&p);
	n = ended(fd, PER_ADDRESS + 40, 36, WAIT_MS);
	assert_in_range(n, 36, 44); /* each web thread counts for itself, a moment late */
	n = ended(fd, PER_ADDRESS + 40, 45, 500);
	assert_in_range(n, 36, 44);
	close_all(fd, PER_ADDRESS + 40);
	stop(&p);
}

int main(void)
{
	/* Declarations point into the newest node: those that open another one come last. */
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_requests),     cmocka_unit_test(test_slow),
		cmocka_unit_test(test_never_reads),  cmocka_unit_test(test_revoked),
		cmocka_unit_test(test_guessing),     cmocka_unit_test(test_guarded),
		cmocka_unit_test(test_shared_rates),
		cmocka_unit_test(test_many_connections),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
