/* The HTTP door as a caller meets it: a server on a free port, and libcurl. */
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/stat.h>

#include "codec/sign.h"
#include "kernel/audit.h"
#include "kernel/checkpoint.h"
#include "kernel/merkle.h"
#include "place.h"

enum { CLIENTS = 64, WRITES = 8, READ_S = 2, SLOW_S = 60 /* of a machine that has much to do */ };

/* One server for the tests that do not stop it. */
static struct place shared;

static int setup(void **state)
{
	struct server_options o = {.read_s = READ_S, .rate_failed = {1000000, 1000}, .rate_public = {0, 1}};

	curl_global_init(CURL_GLOBAL_DEFAULT);
	start(&shared, o);
	open_city(&shared);
	*state = &shared;
	return 0;
}

static int teardown(void **state)
{
	stop(*state);
	curl_global_cleanup();
	return 0;
}

/* --- what is refused --- */

#define PARTIES "/v1/cities/1/parties"
#define SITES "/v1/cities/1/sites"
#define PERSON "{\"kind\":\"person\",\"roles\":\"owner\",\"name\":\"Li\"}"
#define TOKEN "$admin"

static const struct {
	const char *name;
	struct call call;
	long status;
	const char *slug, *words;
} refused[] = {
	{"malformed", {"POST", PARTIES, TOKEN, "{\"kind\":"}, 400, "bad-input", "line 1"},
	{"not an object", {"POST", PARTIES, TOKEN, "[]"}, 422, "invalid", "must be an object"},
	{"two values", {"POST", PARTIES, TOKEN, PERSON "{}"}, 400, "bad-input", "line 1"},
	{"deep",
	 {"POST", PARTIES, TOKEN,
	  "{\"a\":[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]}"},
	 413,
	 "too-large",
	 "deep"},
	{"huge number",
	 {"POST", SITES, TOKEN, "{\"party\":123456789012345678901234567890}"},
	 400,
	 "bad-input",
	 "line 1"},
	{"beyond 2^53",
	 {"POST", SITES, TOKEN, "{\"party\":9007199254740992}"},
	 400,
	 "bad-input",
	 "line 1"},
	{"a real number", {"POST", SITES, TOKEN, "{\"party\":1.5}"}, 422, "invalid", "party"},
	{"below its bound", {"POST", SITES, TOKEN, "{\"party\":-1}"}, 422, "invalid", "party"},
	{"unknown field",
	 {"POST", PARTIES, TOKEN, "{\"kind\":\"person\",\"colour\":1}"},
	 422,
	 "invalid",
	 "colour"},
	{"derived field",
	 {"POST", PARTIES, TOKEN, "{\"kind\":\"person\",\"roles\":\"owner\",\"party\":7}"},
	 422,
	 "invalid",
	 "party"},
	{"duplicate name",
	 {"POST", PARTIES, TOKEN, "{\"kind\":\"person\",\"kind\":\"person\"}"},
	 400,
	 "bad-input",
	 "line 1"},
	{"invalid UTF-8",
	 {"POST", PARTIES, TOKEN, "{\"name\":\"\xff\"}"},
	 400,
	 "bad-input",
	 "line 1"},
	{"lone surrogate",
	 {"POST", PARTIES, TOKEN, "{\"name\":\"\\ud800\"}"},
	 400,
	 "bad-input",
	 "line 1"},
	{"zero in text",
	 {"POST", PARTIES, TOKEN, "{\"name\":\"\\u0000\"}"},
	 400,
	 "bad-input",
	 "line 1"},
	{"missing field",
	 {"POST", PARTIES, TOKEN, "{\"kind\":\"person\"}"},
	 422,
	 "invalid",
	 "roles: is missing"},
	{"no body", {"POST", PARTIES, TOKEN, NULL}, 422, "invalid", "is missing"},
	{"wrong enum",
	 {"POST", PARTIES, TOKEN, "{\"kind\":\"ghost\",\"roles\":\"owner\"}"},
	 422,
	 "invalid",
	 "ghost"},
	{"form",
	 {"POST",
	  PARTIES,
	  TOKEN,
	  "kind=person",
	  0,
	  {"Content-Type: application/x-www-form-urlencoded"},
	  .no_type = true},
	 415,
	 "media-type",
	 "application/json"},
	{"no type",
	 {"POST", PARTIES, TOKEN, PERSON, 0, {"Content-Type:"}, .no_type = true},
	 415,
	 "media-type",
	 "JSON"},
	{"no key",
	 {"POST", PARTIES, TOKEN, PERSON, .no_key = true},
	 400,
	 "bad-input",
	 "Idempotency-Key"},
	{"bad key",
	 {"POST", PARTIES, TOKEN, PERSON, 0, {"Idempotency-Key: \"open"}},
	 400,
	 "bad-input",
	 "Idempotency-Key"},
	{"bad time",
	 {"POST", PARTIES, TOKEN, PERSON, 0, {"Relode-Happened-Us: yesterday"}},
	 400,
	 "bad-input",
	 "Relode-Happened-Us"},
	{"old time",
	 {"POST", PARTIES, TOKEN, PERSON, 0, {"Relode-Happened-Us: 1000"}},
	 422,
	 "invalid",
	 "days back"},
	{"query of a write",
	 {"POST", PARTIES "?kind=person", TOKEN, PERSON},
	 422,
	 "invalid",
	 "kind"},
	{"nobody", {"POST", SITES, NULL, "{}"}, 401, "unauthenticated", "bearer"},
	{"unknown token",
	 {"POST", PARTIES, "rl_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", PERSON},
	 401,
	 "unauthenticated",
	 "token"},
	{"forged link",
	 {"GET", "/v1/cities/1/orders/1", "ro_1.AAAAAAAAAAAAAAAAAAAAAA", NULL},
	 401,
	 "unauthenticated",
	 "link"},
	{"basic",
	 {"GET", PARTIES, NULL, NULL, 0, {"Authorization: Basic cm9vdDpyb290"}},
	 401,
	 "unauthenticated",
	 "Bearer"},
	{"wrong token on a public path",
	 {"GET", "/v1/cities", "rl_x", NULL},
	 401,
	 "unauthenticated",
	 "token"},
	{"unknown route",
	 {"GET", "/v1/nothing", TOKEN, NULL},
	 404,
	 "not-found",
	 "nothing at this address"},
	{"slash at the end", {"GET", "/v1/cities/", TOKEN, NULL}, 404, "not-found", "nothing"},
	{"dots", {"GET", "/v1/../healthz", TOKEN, NULL}, 404, "not-found", "nothing"},
	{"unknown city",
	 {"GET", "/v1/cities/99/parties/1", TOKEN, NULL},
	 404,
	 "not-found",
	 "city 99"},
	{"write to an unknown city",
	 {"POST", "/v1/cities/99/parties", TOKEN, PERSON},
	 404,
	 "not-found",
	 "city 99"},
	{"no number for a city",
	 {"GET", "/v1/cities/x/parties", TOKEN, NULL},
	 404,
	 "not-found",
	 "city x"},
	{"city out of bounds",
	 {"GET", "/v1/cities/4096/parties", TOKEN, NULL},
	 404,
	 "not-found",
	 "city"},
	{"unknown thing", {"GET", PARTIES "/4711", TOKEN, NULL}, 404, "not-found", "4711"},
	{"word for an id", {"GET", PARTIES "/abc", TOKEN, NULL}, 422, "invalid", "party"},
	{"method",
	 {"DELETE", PARTIES, TOKEN, NULL},
	 405,
	 "method-not-allowed",
	 "GET, HEAD, POST, OPTIONS"},
	{"odd method", {"BREW", PARTIES, TOKEN, NULL}, 405, "method-not-allowed", "BREW"},
	{"bad percent", {"GET", "/v1/cities/%zz", TOKEN, NULL}, 400, "bad-input", "%"},
	{"zero in the path", {"GET", "/v1/cities/%00", TOKEN, NULL}, 400, "bad-input", "zero"},
	{"unknown parameter",
	 {"GET", PARTIES "?colour=red", TOKEN, NULL},
	 422,
	 "invalid",
	 "colour"},
	{"parameter twice",
	 {"GET", PARTIES "?limit=1&limit=2", TOKEN, NULL},
	 400,
	 "bad-input",
	 "limit"},
	{"parameter out of bounds",
	 {"GET", PARTIES "?limit=1001", TOKEN, NULL},
	 422,
	 "invalid",
	 "limit"},
	{"parameter of the path",
	 {"GET", PARTIES "/2?party=3", TOKEN, NULL},
	 422,
	 "invalid",
	 "party"},
	{"no cursor", {"GET", PARTIES "?after=zz", TOKEN, NULL}, 422, "invalid", "cursor"},
	{"body longer than said to be allowed",
	 {"POST", PARTIES, TOKEN, "$big"},
	 413,
	 "too-large",
	 "1048576"},
	{"the same, asked first",
	 {"POST", PARTIES, TOKEN, "$big", 0, {"Expect: 100-continue"}},
	 413,
	 "too-large",
	 "1048576"},
	{"the same, in chunks",
	 {"POST", PARTIES, TOKEN, "$big", 0, {"Transfer-Encoding: chunked"}},
	 413,
	 "too-large",
	 "1048576"},
	{"on behalf of nobody",
	 {"GET", PARTIES, TOKEN, NULL, 0, {"Relode-On-Behalf-Of: 4711"}},
	 422,
	 "invalid",
	 "4711"},
	{"proof beyond the end",
	 {"GET", "/v1/cities/1/log/proof/inclusion?seq=100000", TOKEN, NULL},
	 404,
	 "not-found",
	 "no entry 100000"},
	{"proof backwards",
	 {"GET", "/v1/cities/1/log/proof/consistency?from=1&to=0", TOKEN, NULL},
	 422,
	 "invalid",
	 "from"},
	{"proof of nothing",
	 {"GET", "/v1/cities/1/log/proof/inclusion", TOKEN, NULL},
	 422,
	 "invalid",
	 "seq: is missing"},
	{"no problem", {"GET", "/problems/nothing", NULL, NULL}, 404, "not-found", "problem"},
};

static int64_t log_size(struct place *p, int64_t city)
{
	struct reader r;
	int64_t size;

	assert_int_equal(node_reader_get(&p->cx, p->node, city, (struct principal){0}, &r), ERR_OK);
	assert_int_equal(db_one_i64(&p->cx, r.db, &size, "SELECT size FROM log_head WHERE city = $1",
				    DB_ARGS(db_i64(city))), ERR_OK);
	node_reader_put(p->node, &r);
	return size;
}

static void test_refused(void **state)
{
	static char big[(1 << 20) + 100];
	struct place *p = *state;
	int64_t before = log_size(p, 1);

	memset(big, ' ', sizeof(big) - 1);
	memcpy(big, PERSON, sizeof(PERSON) - 1);
	for (size_t i = 0; i < ARRAY_LEN(refused); i++) {
		struct call c = refused[i].call;
		struct reply r;
		if (c.token && strcmp(c.token, TOKEN) == 0)
			c.token = p->admin;
		if (c.body && strcmp(c.body, "$big") == 0)
			c.body = big;
		print_message("%s\n", refused[i].name);
		r = ask(p, c);
		assert_problem(&r, refused[i].status, refused[i].slug, refused[i].words);
		if (r.status == 405)
			assert_string_equal(header_of(p, &r, "Allow"), "GET, HEAD, POST, OPTIONS");
		if (r.status == 401)
			assert_int_equal(
				strncmp(header_of(p, &r, "WWW-Authenticate"), "Bearer realm=", 13),
				0);
	}
	assert_int_equal(log_size(p, 1), before);
}

static void test_too_many_headers(void **state)
{
	struct place *p = *state;
	CURL *curl = curl_easy_init();
	struct curl_slist *list = NULL;
	long status = 0;

	for (int i = 0; i < 100; i++)
		list = curl_slist_append(list, cx_printf(&p->cx, "X-%d: y", i));
	curl_easy_setopt(curl, CURLOPT_URL, cx_printf(&p->cx, "%s/healthz", p->url));
	curl_easy_setopt(curl, CURLOPT_HTTPHEADER, list);
	curl_easy_setopt(curl, CURLOPT_NOBODY, 1L);
	assert_int_equal(curl_easy_perform(curl), CURLE_OK);
	curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
	assert_int_equal(status, 431);
	curl_slist_free_all(list);
	list = curl_slist_append(NULL, cx_printf(&p->cx, "X-Long: %0*d", 40000, 1));
	curl_easy_setopt(curl, CURLOPT_HTTPHEADER, list);
	assert_int_equal(curl_easy_perform(curl), CURLE_OK);
	curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
	assert_int_equal(status, 431);
	curl_slist_free_all(list);
	curl_easy_cleanup(curl);
}

/* --- what is done --- */

static void test_write_and_read(void **state)
{
	struct place *p = *state;
	struct reply r = must(p, "POST", PARTIES, PERSON), again;
	int64_t party = number_of(&r, "party");
	char *path = cx_printf(&p->cx, PARTIES "/%lld", (long long)party), *etag;

	assert_int_equal(number_of(&r, "city"), 1);
	assert_true(number_of(&r, "seq") > 0);
	assert_true(has_header(&r, "Cache-Control: no-store"));
	r = must(p, "GET", path, NULL);
	assert_string_equal(text_of(&r, "name"), "Li");
	etag = header_of(p, &r, "ETag");
	assert_non_null(etag);
	again = ask(p, (struct call){"GET",
				     path,
				     p->admin,
				     NULL,
				     0,
				     {cx_printf(&p->cx, "If-None-Match: %s", etag)}});
	assert_int_equal(again.status, 304);
	assert_int_equal(again.body.len, 0);
	assert_string_equal(header_of(p, &again, "ETag"), etag);
	again = ask(p, (struct call){"GET", path, p->admin, NULL, 0, {"If-None-Match: \"other\""}});
	assert_int_equal(again.status, 200);
	again = ask(p, (struct call){"HEAD", path, p->admin, NULL});
	assert_int_equal(again.status, 200);
	assert_int_equal(again.body.len, 0);
	assert_string_equal(header_of(p, &again, "ETag"), etag);
	assert_int_equal(strtoll(header_of(p, &again, "Content-Length"), NULL, 10), (long long)r.body.len);
	again = ask(p, (struct call){"OPTIONS", path, NULL, NULL});
	assert_int_equal(again.status, 204);
	assert_true(strstr(header_of(p, &again, "Allow"), "PATCH") ||
		    strstr(header_of(p, &again, "Allow"), "GET"));
	assert_true(has_header(&r, "X-Content-Type-Options: nosniff"));
	assert_true(has_header(&r, "Content-Security-Policy: default-src 'none'; frame-ancestors 'none'"));
}

static void test_idempotency(void **state)
{
	struct place *p = *state;
	struct call c = {"POST", PARTIES, p->admin, PERSON, 0, {"Idempotency-Key: \"once\""}};
	struct reply first = ask(p, c), second, third;
	int64_t size = log_size(p, 1);

	assert_int_equal(first.status, 201);
	assert_null(header_of(p, &first, "Idempotency-Replayed"));
	second = ask(p, c);
	assert_int_equal(second.status, 200);
	assert_true(has_header(&second, "Idempotency-Replayed: true"));
	assert_string_equal(second.body.data, first.body.data);
	c.header[0] = "Idempotency-Key: once"; /* the bare word is the same key */
	second = ask(p, c);
	assert_int_equal(second.status, 200);
	c.body = "{\"kind\":\"person\",\"roles\":\"owner\",\"name\":\"Wang\"}";
	third = ask(p, c);
	assert_problem(&third, 422, "idempotency-key-reused", "Idempotency-Key");
	assert_int_equal(log_size(p, 1), size);
	c.path = "/v1/cities/0/parties"; /* another city: another key */
	third = ask(p, c);
	assert_int_equal(third.status, 201);
}

static void test_paging(void **state)
{
	struct place *p = *state;
	const char *path = PARTIES "?kind=person&limit=2";
	int64_t last = 0, seen = 0;

	for (int i = 0; i < 5; i++)
		must(p, "POST", PARTIES, PERSON);
	for (int pages = 0; pages < 100; pages++) {
		struct reply r = must(p, "GET", path, NULL);
		const struct json *items = json_get(r.json, "items");
		char *link = header_of(p, &r, "Link"), *end;
		for (size_t i = 0; i < items->count; i++, seen++) {
			int64_t party = json_get(items->item[i], "party")->number;
			assert_true(party > last);
			last = party;
		}
		assert_int_equal(link != NULL, json_get(r.json, "next") != NULL);
		if (!link)
			break;
		end = strchr(link, '>');
		assert_string_equal(end, ">; rel=\"next\"");
		*end = 0;
		assert_non_null(strstr(link, "kind=person&limit=2&after="));
		path = link + 1;
	}
	assert_true(seen >= 5);
}

/* A merchant's clerk sees and does what is its own. */
static void test_roles(void **state)
{
	struct place *p = *state;
	struct reply a =
		must(p, "POST", PARTIES,
		     "{\"kind\":\"organisation\",\"roles\":\"merchant\",\"public_name\":\"A\"}");
	struct reply b =
		must(p, "POST", PARTIES,
		     "{\"kind\":\"organisation\",\"roles\":\"merchant\",\"public_name\":\"B\"}");
	int64_t org_a = number_of(&a, "party"), org_b = number_of(&b, "party");
	char *clerk = user_token(p, "clerk-a", "clerk", org_a), *other;
	struct reply r;

	r = ask(p, (struct call){"GET", cx_printf(&p->cx, PARTIES "/%lld", (long long)org_a), clerk, NULL});
	assert_int_equal(r.status, 200);
	r = ask(p, (struct call){"GET", cx_printf(&p->cx, PARTIES "/%lld", (long long)org_b), clerk, NULL});
	assert_problem(&r, 403, "forbidden", "another organisation");
	r = ask(p, (struct call){"POST", "/v1/users", clerk, "{\"login\":\"me2\",\"roles\":\"admin\"}"});
	assert_problem(&r, 403, "forbidden", "roles");
	r = ask(p, (struct call){"GET", "/v1/users", clerk, NULL});
	assert_problem(&r, 403, "forbidden", "roles");
	r = ask(p, (struct call){"GET", "/v1/cities/0/parties", clerk, NULL});
	assert_problem(&r, 403, "forbidden", "city 1 only");
	r = ask(p, (struct call){"GET", "/v1/cities/1/log/entries", clerk, NULL});
	assert_problem(&r, 403, "forbidden", "roles");
	r = ask(p, (struct call){"GET", PARTIES, clerk, NULL, 0, {"Relode-On-Behalf-Of: 1"}});
	assert_problem(&r, 403, "forbidden", "administrators");
	other = user_token(p, "auditor", "auditor", 0);
	r = ask(p, (struct call){"POST", SITES, other, "{\"party\":1}"});
	assert_problem(&r, 403, "forbidden", "roles");
	r = ask(p, (struct call){"GET", "/v1/cities/1/log/entries", other, NULL});
	assert_int_equal(r.status, 200);
}

/* --- an order, from the shop's side, the owner's, and another shop's --- */

static void publish(struct place *p, const char *kind, const char *file)
{
	char *text;
	struct sb sb;
	size_t n;

	if (file_read(&p->cx, file, 1 << 20, &text, &n))
		fail_msg("%s: %s", file, p->cx.msg);
	sb_init(&sb, &p->cx, 4 << 20);
	sb_printf(&sb, "{\"kind\":\"%s\",\"name\":\"default\",\"body\":", kind);
	json_quote(&sb, text, n);
	sb_char(&sb, '}');
	must(p, "POST", "/v1/rules", sb.data);
}

static int64_t shop_of(struct place *p, int64_t merchant)
{
	struct reply r = must(
		p, "POST", SITES,
		cx_printf(
			&p->cx,
			"{\"party\":%lld,\"kind\":\"store\",\"name\":\"S\",\"address\":\"1 Road\","
			"\"lat_e6\":31000000,\"lon_e6\":121000000,\"hours\":\"Mo-Sa 09:00-19:00\"}",
			(long long)merchant));
	return number_of(&r, "site");
}

static struct reply book(struct place *p, int64_t owner, int64_t site)
{
	return must(p, "POST", "/v1/cities/1/orders",
		    cx_printf(&p->cx, "{\"owner\":%lld,\"site\":%lld,\"items\":[{\"category\":\"phone\"}]}",
			      (long long)owner, (long long)site));
}

static int64_t register_merchant(struct place *p, const char *name)
{
	struct reply r = must(
		p, "POST", PARTIES,
		cx_printf(
			&p->cx,
			"{\"kind\":\"organisation\",\"roles\":\"merchant\",\"public_name\":\"%s\"}",
			name));
	return number_of(&r, "party");
}

static const char *must_see(struct place *p, const char *path, const char *token)
{
	struct reply r = ask(p, (struct call){"GET", path, token, NULL});

	assert_int_equal(r.status, 200);
	return r.body.data;
}

static void test_order(void **state)
{
	struct place *p = *state;
	int64_t a = register_merchant(p, "Shop A"), b = register_merchant(p, "Shop B"), order, other;
	char *clerk_a = user_token(p, "shop-a", "clerk", a),
	     *clerk_b = user_token(p, "shop-b", "clerk", b), *link;
	struct reply r = must(p, "POST", PARTIES, PERSON);
	int64_t owner = number_of(&r, "party"), site;
	const char *path, *cancel;

	publish(p, "price_list", "data/rules/price_list.default.json");
	publish(p, "rubric", "data/rules/rubric.default.json");
	must(p, "POST", "/v1/catalogue/categories",
	     "{\"list\":\"c\",\"version\":\"1\",\"part\":1,\"parts\":1,"
	     "\"items\":[{\"code\":\"phone\",\"name_en\":\"phone\","
	     "\"name_zh\":\"\xe6\x89\x8b\xe6\x9c\xba\",\"weee\":6,\"unu_key\":\"0306\","
	     "\"storage\":true,\"battery\":true,"
	     "\"mass_mg\":180000,\"mass_source\":\"test\"}]}");
	site = shop_of(p, a);
	r = book(p, owner, site);
	order = number_of(&r, "order");
	link = cx_strdup(&p->cx, text_of(&r, "link"));
	path = cx_printf(&p->cx, "/v1/cities/1/orders/%lld", (long long)order);
	cancel = cx_printf(&p->cx, "/v1/cities/1/items/%lld/cancel",
			   (long long)json_get(json_get(r.json, "items")->item[0], "item")->number);
	r = book(p, owner, site);
	other = number_of(&r, "order");
	/* the shop, and whoever holds the link, see it; another shop does not, nor can it touch it */
	assert_non_null(strstr(must_see(p, path, clerk_a), "\"state\":\"booked\""));
	assert_string_equal(must_see(p, path, clerk_a), must_see(p, path, link));
	r = ask(p, (struct call){"GET", path, clerk_b, NULL});
	assert_problem(&r, 403, "forbidden", "");
	r = ask(p, (struct call){"POST", cancel, clerk_b, "{}"});
	assert_problem(&r, 403, "forbidden", "");
	r = ask(p, (struct call){"GET",
				 cx_printf(&p->cx, "/v1/cities/1/orders/%lld", (long long)other),
				 link, NULL});
	assert_problem(&r, 403, "forbidden", "");
	r = ask(p, (struct call){"GET", path, NULL, NULL});
	assert_problem(&r, 401, "unauthenticated", "bearer");
	r = ask(p, (struct call){"GET", path, cx_printf(&p->cx, "%.*sA", (int)strlen(link) - 3, link), NULL});
	assert_problem(&r, 401, "unauthenticated", "link");
	/* the owner's own decision; a second time the state stands against it, and says so */
	assert_int_equal(ask(p, (struct call){"POST", cancel, link, NULL}).status, 201);
	assert_non_null(strstr(must_see(p, path, clerk_a), "\"state\":\"cancelled\""));
	assert_string_equal(must_see(p, path, clerk_a), must_see(p, path, link));
	r = ask(p, (struct call){"POST", cancel, link, NULL});
	assert_problem(&r, 409, "conflict", "cancelled");
	assert_string_equal(text_of(&r, "state"), "cancelled");
	assert_int_equal(json_get(r.json, "allowed")->type, JSON_ARRAY);
	assert_int_equal(json_get(r.json, "allowed")->count, 0);
	r = ask(p,
		(struct call){"POST",
			      cx_printf(&p->cx, "/v1/cities/1/items/%lld/accept",
					(long long)strtoll(strstr(cancel, "items/") + 6, NULL, 10)),
			      link, NULL});
	assert_problem(&r, 409, "conflict", "cancelled");
}

static void test_on_behalf(void **state)
{
	struct place *p = *state;
	struct reply u = must(p, "POST", "/v1/users", "{\"login\":\"clerk-x\",\"roles\":\"clerk\"}"), r;
	char *header = cx_printf(&p->cx, "Relode-On-Behalf-Of: %lld", (long long)number_of(&u, "user"));

	r = ask(p, (struct call){"POST", PARTIES, p->admin, PERSON, 0, {header}});
	assert_int_equal(r.status, 201);
	r = ask(p, (struct call){"GET",
				 cx_printf(&p->cx, "/v1/cities/1/log/entries?from=%lld&limit=1",
					   (long long)number_of(&r, "seq")),
				 p->admin, NULL});
	assert_int_equal(number_of(&r, "actor"), number_of(&u, "user"));
	r = ask(p, (struct call){"POST",
				 "/v1/users",
				 p->admin,
				 "{\"login\":\"x\",\"roles\":\"clerk\"}",
				 0,
				 {header}});
	assert_problem(&r, 403, "forbidden", "roles");
}

static void test_login(void **state)
{
	struct place *p = *state;
	struct call c = {"POST", "/v1/login", NULL, "{\"login\":\"root\",\"password\":\"correct horse\"}"};
	struct reply r = ask(p, c);

	assert_int_equal(r.status, 200);
	r = ask(p, (struct call){"GET", "/v1/users", cx_strdup(&p->cx, text_of(&r, "token")), NULL});
	assert_int_equal(r.status, 200);
	/* a user of one organisation in one city logs in where all users are kept */
	user_token(p, "bound", "clerk", register_merchant(p, "Bound"));
	c.body = "{\"login\":\"bound\",\"password\":\"long enough bound\"}";
	r = ask(p, c);
	assert_int_equal(r.status, 200);
	r = ask(p, (struct call){"GET", PARTIES, cx_strdup(&p->cx, text_of(&r, "token")), NULL});
	assert_int_equal(r.status, 200);
	c.body = "{\"login\":\"root\",\"password\":\"wrong horse\"}";
	for (int i = 0; i < LOGIN_FREE_TRIES; i++) {
		r = ask(p, c);
		assert_problem(&r, 401, "unauthenticated", "login or password");
	}
	r = ask(p, c);
	assert_problem(&r, 429, "too-many-requests", "seconds");
	assert_true(strtol(header_of(p, &r, "Retry-After"), NULL, 10) >= 1);
	assert_true(number_of(&r, "retry_after_s") >= 1);
	c.body = "{\"login\":\"root\"}";
	r = ask(p, c);
	assert_problem(&r, 422, "invalid", "password");
}

static void test_own_routes(void **state)
{
	struct place *p = *state;
	struct reply r = ask(p, (struct call){"GET", "/healthz", NULL, NULL});

	assert_int_equal(r.status, 200);
	assert_string_equal(r.body.data, "ok\n");
	r = ask(p, (struct call){"GET", "/readyz", NULL, NULL});
	assert_int_equal(r.status, 200);
	r = ask(p, (struct call){"GET", "/metrics", NULL, NULL});
	assert_int_equal(r.status, 200);
	assert_non_null(strstr(r.body.data, "\nrelode_log_entries{city=\"1\"} "));
	assert_non_null(strstr(r.body.data, "route=\"/healthz\",status=\"200\"}"));
	assert_non_null(strstr(r.body.data, "\nrelode_batch_actions_count "));
	/* behind a proxy, this machine is nobody in particular */
	r = ask(p, (struct call){"GET", "/metrics", NULL, NULL, 0, {"X-Forwarded-For: 203.0.113.7"}});
	assert_problem(&r, 403, "forbidden", "metrics");
	r = ask(p, (struct call){"GET", "/metrics", p->admin, NULL, 0, {"X-Forwarded-For: 203.0.113.7"}});
	assert_int_equal(r.status, 200);
	r = ask(p, (struct call){"GET", "/problems/conflict", NULL, NULL});
	assert_non_null(strstr(r.body.data, "status 409"));
	r = ask(p, (struct call){"GET", "/openapi.json", NULL, NULL});
	assert_int_equal(r.status, 200);
	assert_string_equal(text_of(&r, "openapi"), "3.1.0");
	assert_non_null(json_get(
		json_get(json_get(r.json, "paths"), PARTIES[0] ? "/v1/cities/{city}/parties" : ""),
		"post"));
}

/* Every declared action and view stands in the document, under its own name. */
static void test_openapi_complete(void **state)
{
	struct place *p = *state;
	struct reply r = ask(p, (struct call){"GET", "/openapi.json", NULL, NULL});
	int found = 0;

	for (const struct feature *const *f = node_domain(p->node)->features; *f; f++) {
		for (const struct action *a = (*f)->actions; a && a->type; a++, found++)
			if (a->path &&
			    !strstr(r.body.data,
				    cx_printf(&p->cx, "\"operationId\":\"%s\"", a->type)))
				fail_msg("%s is missing", a->type);
		for (const struct view *v = (*f)->views; v && v->name; v++, found++)
			if (v->path && !strstr(r.body.data,
					       cx_printf(&p->cx, "\"operationId\":\"%s", v->name)))
				fail_msg("%s is missing", v->name);
	}
	assert_true(found > 10);
}

/* --- the log, checked by one who trusts nobody --- */

static struct digest hex_digest(const struct reply *r, const char *name)
{
	struct digest d;
	const char *text = text_of(r, name);

	assert_true(hex_decode(d.byte, 32, text, strlen(text)));
	return d;
}

static size_t hex_proof(const struct reply *r, struct digest *out)
{
	const char *text = text_of(r, "proof");
	size_t count = strlen(text) / 64;

	assert_true(count <= MERKLE_PROOF_MAX && strlen(text) % 64 == 0);
	for (size_t i = 0; i < count; i++)
		assert_true(hex_decode(out[i].byte, 32, text + 64 * i, 64));
	return count;
}

static void check_inclusion(struct place *p, int64_t seq, int64_t size, const char *body)
{
	struct reply r = ask(
		p, (struct call){"GET",
				 cx_printf(&p->cx,
					   "/v1/cities/1/log/proof/inclusion?seq=%lld&size=%lld",
					   (long long)seq, (long long)size),
				 NULL, NULL});
	struct digest proof[MERKLE_PROOF_MAX], leaf = merkle_leaf(body, strlen(body)),
					       root = hex_digest(&r, "root");
	size_t count = hex_proof(&r, proof);

	if (!merkle_verify_inclusion(&leaf, (uint64_t)seq, (uint64_t)size, &root, proof, count))
		fail_msg("entry %lld is not proved in %lld", (long long)seq, (long long)size);
	leaf.byte[0] ^= 1;
	assert_false(merkle_verify_inclusion(&leaf, (uint64_t)seq, (uint64_t)size, &root, proof, count));
}

static struct digest check_consistency(struct place *p, int64_t from, int64_t to)
{
	struct reply r = ask(
		p, (struct call){"GET",
				 cx_printf(&p->cx,
					   "/v1/cities/1/log/proof/consistency?from=%lld&to=%lld",
					   (long long)from, (long long)to),
				 NULL, NULL});
	struct digest proof[MERKLE_PROOF_MAX], a = hex_digest(&r, "from_root"), b = hex_digest(&r, "to_root");
	size_t count = hex_proof(&r, proof);

	if (!merkle_verify_consistency((uint64_t)from, &a, (uint64_t)to, &b, proof, count))
		fail_msg("%lld is not proved to be the beginning of %lld", (long long)from, (long long)to);
	return b;
}

static struct checkpoint read_checkpoint(struct place *p)
{
	struct reply keys = ask(p, (struct call){"GET", "/v1/verifier-key", NULL, NULL});
	struct reply note = ask(p, (struct call){"GET", "/v1/cities/1/log/checkpoint", NULL, NULL});
	const char *line = strstr(keys.body.data, "relode/city/1+");
	struct checkpoint c;
	struct vkey key;

	assert_true(has_header(&note, "Content-Type: text/plain; charset=utf-8"));
	assert_non_null(line);
	assert_int_equal(vkey_read(&p->cx, line, strcspn(line, "\n"), &key), ERR_OK);
	assert_int_equal(checkpoint_read(&p->cx, note.body.data, note.body.len, &key, &c), ERR_OK);
	assert_string_equal(c.origin, "relode/city/1");
	return c;
}

static void test_log(void **state)
{
	static const int64_t sizes[] = {1, 2, 3, 255, 256, 257, 300, 511, 512, 513, 600};
	struct place *p = *state;
	struct checkpoint c;
	struct digest root;
	int64_t size;

	while (log_size(p, 1) < 601) /* more than two subtrees of 256 */
		must(p, "POST", PARTIES, PERSON);
	size = log_size(p, 1);
	for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
		struct reply r =
			ask(p, (struct call){"GET",
					     cx_printf(&p->cx,
						       "/v1/cities/1/log/entries?from=%lld&limit=1",
						       (long long)sizes[i] - 1),
					     p->admin, NULL});
		char *body = cx_strndup(&p->cx, r.body.data, r.body.len - 1);
		assert_true(has_header(&r, "Content-Type: application/x-ndjson"));
		assert_non_null(header_of(p, &r, "Link"));
		check_inclusion(p, sizes[i] - 1, sizes[i], body);
		check_inclusion(p, sizes[i] - 1, size, body);
		for (size_t k = i; k < ARRAY_LEN(sizes); k++)
			check_consistency(p, sizes[i], sizes[k]);
	}
	c = read_checkpoint(p);
	assert_int_equal(c.size, size);
	root = check_consistency(p, 100, size);
	assert_true(digest_equal(&c.root, &root));
}

/* --- many at once --- */

struct client {
	pthread_t thread;
	struct place *p;
	const char *token;
	int number, done, busy, gone, other;
};

static void *write_many(void *arg)
{
	struct client *c = arg;
	CURL *curl = curl_easy_init();
	struct cx cx;

	cx_init(&cx, 0);
	for (int i = 0; i < WRITES; i++) {
		struct call call = {"POST", PARTIES, c->token, PERSON, 0,
				    {cx_printf(&cx, "Idempotency-Key: \"%d-%d\"", c->number, i)}};
		struct reply r;
		if (try_call(&cx, c->p->url, curl, &call, &r))
			c->gone++;
		else if (r.status == 201)
			c->done++;
		else if (r.status == 503)
			c->busy++;
		else
			c->other++;
	}
	curl_easy_cleanup(curl);
	cx_done(&cx);
	return NULL;
}

static void start_clients(struct place *p, struct client *client, const char *token)
{
	for (int i = 0; i < CLIENTS; i++) {
		client[i] = (struct client){.p = p, .number = i, .token = token};
		assert_int_equal(pthread_create(&client[i].thread, NULL, write_many, &client[i]), 0);
	}
}

static void test_concurrent(void **state)
{
	struct client client[CLIENTS];
	struct place *p = *state;
	int64_t before = log_size(p, 1);
	int done = 0;

	start_clients(p, client, p->admin);
	for (int i = 0; i < CLIENTS; i++) {
		pthread_join(client[i].thread, NULL);
		done += client[i].done;
	}
	assert_int_equal(done, CLIENTS * WRITES);
	assert_int_equal(log_size(p, 1), before + done);
}

/* --- slow callers --- */

static int64_t now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

/* A byte now and then keeps no connection open for longer than a request may take. */
static void test_slow_client(void **state)
{
	static const char *const beginnings[] = {
		"GET /healthz HTTP/1.1\r\nHost: x\r\nX-A: ",
		"POST /v1/cities/1/parties HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
		"Content-Length: 1000\r\n\r\n{",
	};
	struct place *p = *state;

	for (size_t i = 0; i < ARRAY_LEN(beginnings); i++) {
		struct timespec step = {0, 200 * 1000000};
		int64_t from = now_us(), took = 0;
		int fd = connect_to(p);
		bool open = true;
		assert_true(write(fd, beginnings[i], strlen(beginnings[i])) > 0);
		while (open && took < SLOW_S * INT64_C(1000000)) {
			char c;
			nanosleep(&step, NULL);
			open = send(fd, "a", 1, MSG_NOSIGNAL) == 1 && recv(fd, &c, 1, MSG_DONTWAIT) != 0;
			took = now_us() - from;
		}
		assert_false(open);
		assert_true(took >= (READ_S - 1) * INT64_C(1000000));
		close(fd);
	}
	assert_int_equal(ask(p, (struct call){"GET", "/healthz", NULL, NULL}).status, 200);
}

/* Two requests in one packet, and a request in many. */
static void test_pieces(void **state)
{
	static const char two[] = "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"
				  "GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
	struct place *p = *state;
	char text[4000];
	size_t n = 0;
	ssize_t got;
	int fd = connect_to(p);

	for (const char *s = two; *s; s++)
		assert_int_equal(send(fd, s, 1, MSG_NOSIGNAL), 1);
	while (n < sizeof(text) - 1 && (got = recv(fd, text + n, sizeof(text) - 1 - n, 0)) > 0)
		n += (size_t)got;
	text[n] = 0;
	close(fd);
	assert_non_null(strstr(text, "ok\n"));
	assert_non_null(strstr(strstr(text, "ok\n") + 1, "ok\n"));
}

/* --- limits --- */

static void test_rates(void **state)
{
	/* one in 1,000 s: none comes back meanwhile */
	struct server_options o = {.rate_public = {1, 3}, .rate_failed = {1, 2}, .rate = {1, 4}};
	struct place p;
	struct reply r;
	char *clerk;

	(void)state;
	start(&p, o);
	open_city(&p);
	clerk = user_token(&p, "clerk", "clerk", 0);
	for (int i = 0; i < 10; i++) /* administrators and the machine's own checks are not counted */
		assert_int_equal(ask(&p, (struct call){"GET", "/v1/users", p.admin, NULL}).status, 200);
	for (int i = 0; i < 10; i++)
		assert_int_equal(ask(&p, (struct call){"GET", "/healthz", NULL, NULL}).status, 200);
	for (int i = 0; i < 10; i++)
		assert_int_equal(
			ask(&p,
			    (struct call){
				    "GET", PARTIES, p.admin, NULL, 0, {"Relode-On-Behalf-Of: 2"}})
				.status,
			200);
	for (int i = 0; i < 4; i++)
		assert_int_equal(ask(&p, (struct call){"GET", PARTIES, clerk, NULL}).status, 200);
	r = ask(&p, (struct call){"GET", PARTIES, clerk, NULL});
	assert_problem(&r, 429, "too-many-requests", "try again");
	assert_in_range(strtol(header_of(&p, &r, "Retry-After"), NULL, 10), 500, 1000);
	for (int i = 0; i < 3; i++)
		assert_int_equal(ask(&p, (struct call){"GET", "/v1/cities", NULL, NULL}).status, 200);
	r = ask(&p, (struct call){"GET", "/v1/cities", NULL, NULL});
	assert_problem(&r, 429, "too-many-requests", "try again");
	for (int i = 0; i < 2; i++)
		assert_int_equal(ask(&p, (struct call){"GET", "/v1/cities", "rl_wrong", NULL}).status, 401);
	r = ask(&p, (struct call){"GET", "/v1/cities", "rl_wrong", NULL});
	assert_problem(&r, 429, "too-many-requests", "try again");
	stop(&p);
}

/* --- views of a whole city --- */

struct asked {
	pthread_t thread;
	struct place *p;
	const char *path;
	struct cx cx;
	struct reply r;
	atomic_bool over;
};

static void *ask_alone(void *arg)
{
	struct asked *a = arg;
	CURL *curl = curl_easy_init();
	struct call c = {"GET", a->path, a->p->admin, NULL};

	if (try_call(&a->cx, a->p->url, curl, &c, &a->r))
		a->r.status = -1;
	curl_easy_cleanup(curl);
	atomic_store(&a->over, true);
	return NULL;
}

static void begin_asking(struct place *p, struct asked *a, const char *path)
{
	a->p = p;
	a->path = path;
	atomic_store(&a->over, false);
	cx_init(&a->cx, 100 << 20);
	assert_int_equal(pthread_create(&a->thread, NULL, ask_alone, a), 0);
}

static void end_asking(struct asked *a)
{
	assert_int_equal(pthread_join(a->thread, NULL), 0);
}

/* A server with one view thread, which stands still until the descriptor is closed, and one view behind. */
struct held {
	struct place p;
	struct asked first, second;
	int fd;
};

/* It reads a file that never ends. */
static int hold_view(struct place *p, struct asked *a)
{
	char *folder = cx_printf(&p->cx, "%s/t.db.lives", p->dir);
	char *head = cx_printf(&p->cx, "%s/1.head", folder);
	int fd;

	if (mkdir(folder, 0700))
		unlink(head);
	assert_int_equal(mkfifo(head, 0600), 0);
	begin_asking(p, a, "/v1/cities/1/lives?by=stage");
	do { /* fails until somebody reads */
		usleep(1000);
		fd = open(head, O_WRONLY | O_NONBLOCK | O_CLOEXEC);
	} while (fd < 0);
	return fd;
}

static void wait_for_line(struct place *p, const char *line)
{
	while (!strstr(ask(p, (struct call){"GET", "/metrics", NULL, NULL}).body.data, line))
		usleep(1000);
}

/* However many come at once, no web thread has more than its share of them. */
static void test_connections_are_spread(void **state)
{
	enum { THREADS = 3, EACH = 20, ALL = THREADS * EACH };
	int fd[ALL], most = 0, least = ALL + 1;
	const char *at, *text;
	struct place p;

	(void)state;
	start(&p, (struct server_options){.threads = THREADS});
	for (int i = 0; i < ALL; i++)
		fd[i] = connect_to(&p);
	wait_for_line(&p, "\nrelode_http_connections 61\n"); /* with the one that asks */
	text = ask(&p, (struct call){"GET", "/metrics", NULL, NULL}).body.data;
	for (int i = 0; i < THREADS; i++) {
		at = strstr(text, cx_printf(&p.cx, "\nrelode_http_thread_connections{thread=\"%d\"} ", i));
		assert_non_null(at);
		int n = (int)strtol(strchr(at, '}') + 1, NULL, 10);
		most = n > most ? n : most;
		least = n < least ? n : least;
	}
	assert_int_equal(least, EACH);
	assert_int_equal(most, EACH + 1);
	for (int i = 0; i < ALL; i += 2) /* the first thread's and the others' alike */
		close(fd[i]);
	wait_for_line(&p, "\nrelode_http_connections 31\n");
	for (int i = 0; i < ALL; i += 2)
		fd[i] = connect_to(&p);
	wait_for_line(&p, "\nrelode_http_connections 61\n");
	for (int i = 0; i < ALL; i++)
		close(fd[i]);
	stop(&p);
}

/* The same owner for the same key, as often as it is asked; *replayed: this was not the first time. */
static int64_t register_once(struct place *p, int64_t city, int n, bool *replayed)
{
	const char *text =
		cx_printf(&p->cx, "{\"kind\":\"person\",\"roles\":\"owner\",\"name\":\"Li %d\"}", n);
	struct json *body;
	struct request q;

	if (json_parse(&p->cx, text, strlen(text), &json_limits_request, &body) ||
	    request_read(&p->cx, node_domain(p->node), "party.register", city, body, &q))
		fail_msg("%s", p->cx.msg);
	q.who = (struct principal){.roles = (ROLE_SYSTEM << 1) - 1};
	q.idem_key = cx_printf(&p->cx, "%lld/%d", (long long)city, n);
	if (node_act(&p->cx, p->node, &q))
		fail_msg("%s", p->cx.msg);
	*replayed = q.replayed;
	return field_int_of(field_find(q.action->fields, "party"), q.rec);
}

/* What is kept of many cities is bounded: what was asked for least lately goes, and is found again. */
static void test_cache(void **state)
{
	enum { CITIES = 14, OWNERS = 150, CACHE = 128 * 1024 };
	int64_t party[CITIES][OWNERS], most = 0;
	struct node_stats stats;
	struct place p;
	bool replayed;

	(void)state;
	cache = CACHE;
	start(&p, (struct server_options){.threads = 1});
	cache = 0;
	for (int c = 0; c < CITIES; c++)
		act_in(&p, c + 1, "city.open", cx_printf(&p.cx, "{\"city\":%d,\"name\":\"C\",\"time_zone\":"
								"\"Etc/UTC\",\"currency\":\"CNY\"}", c + 1));
	for (int round = 0; round < 3; round++)
		for (int c = 0; c < CITIES; c++)
			for (int i = 0; i < OWNERS; i++) {
				int64_t got = register_once(&p, c + 1, i, &replayed);
				assert_int_equal(replayed, round > 0);
				if (round > 0)
					assert_int_equal(got, party[c][i]);
				party[c][i] = got;
				node_stats(p.node, &stats);
				if (stats.cache_bytes > most)
					most = stats.cache_bytes;
			}
	assert_in_range(most, CACHE / 2, 2 * CACHE); /* with what the last batch added */
	node_stats(p.node, &stats);
	assert_in_range(stats.cities, 1, CITIES); /* and there is city 0 */
	stop(&p);
}

static void hold(struct held *h)
{
	memset(h, 0, sizeof(*h));
	start(&h->p, (struct server_options){.threads = 1, .view_threads = 1});
	open_city(&h->p);
	h->fd = hold_view(&h->p, &h->first);
	begin_asking(&h->p, &h->second, "/v1/cities/1/report");
	wait_for_line(&h->p, "\nrelode_views_waiting 1\n");
}

static void let_go(struct held *h)
{
	close(h->fd);
	end_asking(&h->first);
	end_asking(&h->second);
}

static void end_held(struct held *h)
{
	cx_done(&h->first.cx);
	cx_done(&h->second.cx);
	stop(&h->p);
}

/* Nobody but its own kind waits for a view that takes long; it is answered, and so are those behind it. */
static void test_apart(void **state)
{
	struct held h;

	(void)state;
	if (on_postgresql) /* whose files beside the database are all servers' */
		return;
	hold(&h);
	for (int i = 0; i < 10; i++)
		must(&h.p, "GET", "/v1/cities/1/sites", NULL);
	must(&h.p, "POST", PARTIES, "{\"kind\":\"person\",\"roles\":\"owner\",\"name\":\"Li\"}");
	assert_false(atomic_load(&h.first.over) || atomic_load(&h.second.over));
	let_go(&h);
	assert_int_equal(h.first.r.status, 200);
	assert_int_equal(h.second.r.status, 200);
	assert_int_equal(number_of(&h.second.r, "city"), 1);
	end_held(&h);
}

static void *stop_alone(void *arg)
{
	struct place *p = arg;

	server_stop(p->server);
	return NULL;
}

/* A server that takes no more connections leaves them without an answer. */
static bool answers(struct place *p)
{
	static const char text[] = "GET /healthz HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n";
	int fd = connect_to(p), got;

	assert_int_equal(write(fd, text, sizeof(text) - 1), sizeof(text) - 1);
	got = poll(&(struct pollfd){.fd = fd, .events = POLLIN}, 1, 2000);
	close(fd);
	return got > 0;
}

/* When it stops, what runs ends, with an answer or without, and what waits is told to come again. */
static void test_apart_at_the_end(void **state)
{
	struct held h;
	pthread_t stopping;

	(void)state;
	if (on_postgresql)
		return;
	hold(&h);
	assert_int_equal(pthread_create(&stopping, NULL, stop_alone, &h.p), 0);
	while (answers(&h.p))
		;
	let_go(&h);
	assert_int_equal(pthread_join(stopping, NULL), 0);
	h.p.server = NULL;
	assert_true(h.first.r.status == 200 || h.first.r.status == 503);
	assert_problem(&h.second.r, 503, "busy", "is stopping");
	assert_non_null(header_of(&h.p, &h.second.r, "Retry-After"));
	end_held(&h);
}

/* What takes longer than it may is ended, and the handle that it had serves others. PostgreSQL, where a lock
 * makes a view wait. */
static void test_apart_too_long(void **state)
{
	struct place p;
	struct reply r;
	struct db *db;

	(void)state;
	if (!on_postgresql)
		return;
	start(&p, (struct server_options){.threads = 1, .view_threads = 1, .view_s = 1});
	open_city(&p);
	assert_int_equal(db_open(&p.cx, p.scratch, 0, &db), ERR_OK);
	assert_int_equal(db_begin(&p.cx, db, true), ERR_OK);
	assert_int_equal(db_exec(&p.cx, db, "LOCK TABLE device IN ACCESS EXCLUSIVE MODE", DB_NONE), ERR_OK);
	r = ask(&p, (struct call){"GET", "/v1/cities/1/report", p.admin, NULL});
	assert_problem(&r, 413, "too-large", "longer than 1 s");
	db_rollback(db);
	for (int i = 0; i < 3; i++)
		must(&p, "GET", "/v1/cities/1/report", NULL);
	db_close(db);
	stop(&p);
}

/* --- the end --- */

static void audit(struct place *p)
{
	struct audit_options o = {.city = -1};
	struct audit_result *r = cx_alloc(&p->cx, sizeof(*r));

	if (audit_run(&p->cx, node_db(p->node), node_domain(p->node), node_keys(p->node), &o, r))
		fail_msg("%s", p->cx.msg);
	if (r->findings)
		fail_msg("%s", r->finding[0].text);
}

/* Whoever was answered is in the books; nobody is who was not; the books hold. */
static void test_stop_under_load(void **state)
{
	struct client client[CLIENTS];
	struct timespec some = {0, 150 * 1000000};
	struct place p;
	int64_t before, size;
	int done = 0, other = 0, gone = 0;

	(void)state;
	start(&p, (struct server_options){.drain_s = 5});
	open_city(&p);
	before = log_size(&p, 1);
	start_clients(&p, client, p.admin);
	nanosleep(&some, NULL);
	server_stop(p.server);
	p.server = NULL;
	for (int i = 0; i < CLIENTS; i++) {
		pthread_join(client[i].thread, NULL);
		done += client[i].done;
		other += client[i].other;
		gone += client[i].gone;
	}
	assert_int_equal(other, 0);
	size = log_size(&p, 1);
	print_message("%d answered, %d gone, %lld recorded\n", done, gone, (long long)(size - before));
	assert_true(size - before >= done);
	assert_true(size - before <= done + gone);
	audit(&p);
	stop(&p);
}

/* The log has a line for each request, and nothing that is personal or secret. */
static void test_log_lines(void **state)
{
	struct place *p = *state;
	char line[4000];
	int lines = 0, found = 0;
	FILE *log;

	ask(p, (struct call){"GET", PARTIES "?phone=13800001111", p->admin, NULL});
	/* opened for itself: the server may still write its last line, which moves the place it shares with
	 * p->log to the end */
	log = fopen(cx_printf(&p->cx, "/proc/self/fd/%d", fileno(p->log)), "r");
	assert_non_null(log);
	while (fgets(line, sizeof(line), log) && strchr(line, '\n')) {
		lines++;
		assert_int_equal(strncmp(line, "time=20", 7), 0);
		assert_non_null(strstr(line, " status="));
		assert_null(strstr(line, "13800001111"));
		assert_null(strstr(line, p->admin));
		assert_null(strstr(line, "rl_"));
		assert_null(strstr(line, "horse"));
		found += strstr(line, "route=/v1/cities/{city}/parties status=201") != NULL;
	}
	fclose(log);
	assert_true(lines > 100 && found > 100);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_too_many_headers),
		cmocka_unit_test(test_write_and_read),
		cmocka_unit_test(test_idempotency),
		cmocka_unit_test(test_paging),
		cmocka_unit_test(test_roles),
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_on_behalf),
		cmocka_unit_test(test_login),
		cmocka_unit_test(test_own_routes),
		cmocka_unit_test(test_openapi_complete),
		cmocka_unit_test(test_log),
		cmocka_unit_test(test_concurrent),
		cmocka_unit_test(test_slow_client),
		cmocka_unit_test(test_pieces),
		cmocka_unit_test(test_rates),
		cmocka_unit_test(test_connections_are_spread),
		cmocka_unit_test(test_cache),
		cmocka_unit_test(test_apart),
		cmocka_unit_test(test_apart_at_the_end),
		cmocka_unit_test(test_apart_too_long),
		cmocka_unit_test(test_stop_under_load),
		cmocka_unit_test(test_log_lines),
	};
	int failed = cmocka_run_group_tests_name("server, SQLite", tests, setup, teardown);

	on_postgresql = true;
	if (getenv("RELODE_TEST_PG"))
		return failed + cmocka_run_group_tests_name("server, PostgreSQL", tests, setup, teardown);
	print_message("skipped: PostgreSQL (RELODE_TEST_PG is not set)\n");
	return failed;
}
