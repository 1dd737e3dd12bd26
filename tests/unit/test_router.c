/* The parts of the HTTP door that know no web server: router, headers, rates. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "server/header.h"
#include "server/limit.h"
#include "server/router.h"

static const struct {
	enum method method;
	const char *pattern;
} patterns[] = {
	{METHOD_GET, "/v1/cities"},
	{METHOD_POST, "/v1/cities"},
	{METHOD_GET, "/v1/cities/{city}"},
	{METHOD_PATCH, "/v1/cities/{city}"},
	{METHOD_GET, "/v1/cities/{city}/orders/{order}"},
	{METHOD_GET, "/v1/cities/{city}/orders/open"},
	{METHOD_GET, "/v1/cities/{city}/orders/{order}/items/{item}"},
	{METHOD_GET, "/v1/cities/{city}/orders/open/items"},
	{METHOD_PUT, "/v1/users/{user}/roles"},
	{METHOD_GET, "/healthz"},
};

static struct router *make(struct cx *cx)
{
	struct router *r;

	assert_int_equal(router_new(cx, &r), ERR_OK);
	for (size_t i = 0; i < ARRAY_LEN(patterns); i++)
		assert_int_equal(
			router_add(cx, r, patterns[i].method, patterns[i].pattern, &patterns[i]),
			ERR_OK);
	return r;
}

/* target: index of patterns; -1: the path is there, the method is not; -2: refused. */
static const struct {
	enum method method;
	const char *path;
	int target;
	enum err err;
	const char *params; /* "name=value " */
} finds[] = {
	{METHOD_GET, "/healthz", 9, ERR_OK, ""},
	{METHOD_POST, "/healthz", -1, ERR_OK, ""},
	{METHOD_GET, "/v1/cities", 0, ERR_OK, ""},
	{METHOD_POST, "/v1/cities", 1, ERR_OK, ""},
	{METHOD_GET, "/v1/cities/1", 2, ERR_OK, "city=1 "},
	{METHOD_PATCH, "/v1/cities/1", 3, ERR_OK, "city=1 "},
	{METHOD_DELETE, "/v1/cities/1", -1, ERR_OK, "city=1 "},
	{METHOD_GET, "/v1/cities/1/orders/17", 4, ERR_OK, "city=1 order=17 "},
	{METHOD_GET, "/v1/cities/1/orders/open", 5, ERR_OK, "city=1 "},
	{METHOD_GET, "/v1/cities/1/orders/%6Fpen", 5, ERR_OK, "city=1 "},
	{METHOD_GET, "/v1/cities/1/orders/open/items/3", 6, ERR_OK, "city=1 order=open item=3 "},
	{METHOD_GET, "/v1/cities/1/orders/open/items", 7, ERR_OK, "city=1 "},
	{METHOD_GET, "/v1/cities/%E4%B8%8A%E6%B5%B7", 2, ERR_OK, "city=上海 "},
	{METHOD_GET, "/v1/cities/a%2Fb", 2, ERR_OK, "city=a/b "},
	{METHOD_GET, "/v1/cities/a+b", 2, ERR_OK, "city=a+b "},
	{METHOD_GET, "/v1/cities/..", 2, ERR_OK, "city=.. "},
	{METHOD_GET, "/", -2, ERR_NOT_FOUND, ""},
	{METHOD_GET, "/v1", -2, ERR_NOT_FOUND, ""},
	{METHOD_GET, "/v1/", -2, ERR_NOT_FOUND, ""},
	{METHOD_GET, "/v1/cities/", -2, ERR_NOT_FOUND, ""},
	{METHOD_GET, "/v1//cities", -2, ERR_NOT_FOUND, ""},
	{METHOD_GET, "//v1/cities", -2, ERR_NOT_FOUND, ""},
	{METHOD_GET, "/v1/./cities", -2, ERR_NOT_FOUND, ""},
	{METHOD_GET, "/v1/../v1/cities", -2, ERR_NOT_FOUND, ""},
	{METHOD_GET, "/v1/cities/1/orders/", -2, ERR_NOT_FOUND, ""},
	{METHOD_GET, "/V1/cities", -2, ERR_NOT_FOUND, ""},
	{METHOD_GET, "/healthz/", -2, ERR_NOT_FOUND, ""},
	{METHOD_GET, "/{city}", -2, ERR_NOT_FOUND, ""},
	{METHOD_GET, "/1/2/3/4/5/6/7/8/9/10/11/12/13/14/15/16/17", -2, ERR_NOT_FOUND, ""},
	{METHOD_GET, "healthz", -2, ERR_INPUT, ""},
	{METHOD_GET, "", -2, ERR_INPUT, ""},
	{METHOD_GET, "/v1/cities/%", -2, ERR_INPUT, ""},
	{METHOD_GET, "/v1/cities/%4", -2, ERR_INPUT, ""},
	{METHOD_GET, "/v1/cities/%4g", -2, ERR_INPUT, ""},
	{METHOD_GET, "/v1/cities/%00", -2, ERR_INPUT, ""},
	{METHOD_GET, "/v1/cities/%ff", -2, ERR_INPUT, ""},
	{METHOD_GET, "/v1/cities/%C0%AF", -2, ERR_INPUT, ""},
	{METHOD_GET, "/v1/cities/\xff", -2, ERR_INPUT, ""},
};

static void test_find(void **state)
{
	struct cx cx;
	struct router *r;

	(void)state;
	cx_init(&cx, 0);
	r = make(&cx);
	for (size_t i = 0; i < ARRAY_LEN(finds); i++) {
		struct route_match m = {0};
		char params[200] = "";
		enum err err = router_find(&cx, r, finds[i].method, finds[i].path, strlen(finds[i].path), &m);
		if (err != finds[i].err)
			fail_msg("%s: %s", finds[i].path, err_slug(err));
		for (int k = 0; k < m.params; k++) {
			size_t n = strlen(params);
			snprintf(params + n, sizeof(params) - n, "%s=%s ", m.param[k].name, m.param[k].value);
		}
		if (finds[i].target >= 0 && m.target != &patterns[finds[i].target])
			fail_msg("%s: the wrong route", finds[i].path);
		if (finds[i].target < 0)
			assert_null(m.target);
		assert_string_equal(params, finds[i].params);
		cx_clear(&cx);
	}
	cx_done(&cx);
}

static void test_allow(void **state)
{
	struct route_match m;
	struct cx cx;

	(void)state;
	cx_init(&cx, 0);
	assert_int_equal(router_find(&cx, make(&cx), METHOD_DELETE, "/v1/cities/7", 12, &m), ERR_OK);
	assert_string_equal(router_allow_text(&cx, m.allow), "GET, HEAD, PATCH, OPTIONS");
	assert_int_equal(method_of("PATCH"), METHOD_PATCH);
	assert_int_equal(method_of("BREW"), -1);
	cx_done(&cx);
}

/* Declarations that are wrong. */
static void test_add_refused(void **state)
{
	static const char *const wrong[] = {"/v1/cities", "/v1/cities/{town}", "v1", "/", "/a//b", "",
					    "/{a}/{b}/{c}/{d}/{e}/{f}/{g}",
					    "/1/2/3/4/5/6/7/8/9/10/11/12/13/14/15/16/17"};
	struct cx cx;

	(void)state;
	cx_init(&cx, 0);
	for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
		if (router_add(&cx, make(&cx), METHOD_GET, wrong[i], &cx) != ERR_CORRUPT)
			fail_msg("%s was taken", wrong[i]);
		cx_clear(&cx);
	}
	cx_done(&cx);
}

static const struct {
	const char *raw, *path, *query;
	enum err err;
} targets[] = {
	{"/a", "/a", NULL, ERR_OK},
	{"/a?", "/a", "", ERR_OK},
	{"/a?b=c?d", "/a", "b=c?d", ERR_OK},
	{"http://host:80/a?b", "/a", "b", ERR_OK},
	{"http://host", NULL, NULL, ERR_INPUT},
	{"*", NULL, NULL, ERR_INPUT},
	{"a/b", NULL, NULL, ERR_INPUT},
	{"", NULL, NULL, ERR_INPUT},
};

static void test_split(void **state)
{
	static char longest[ROUTER_TARGET_MAX + 2];
	struct target t;
	struct cx cx;

	(void)state;
	cx_init(&cx, 0);
	for (size_t i = 0; i < ARRAY_LEN(targets); i++) {
		assert_int_equal(target_split(&cx, targets[i].raw, strlen(targets[i].raw), &t),
				 targets[i].err);
		if (targets[i].err)
			continue;
		assert_int_equal(t.path_n, strlen(targets[i].path));
		assert_memory_equal(t.path, targets[i].path, t.path_n);
		assert_int_equal(t.query != NULL, targets[i].query != NULL);
		if (t.query) {
			assert_int_equal(t.query_n, strlen(targets[i].query));
			assert_memory_equal(t.query, targets[i].query, t.query_n);
		}
	}
	memset(longest, 'a', sizeof(longest));
	longest[0] = '/';
	assert_int_equal(target_split(&cx, longest, ROUTER_TARGET_MAX, &t), ERR_OK);
	assert_int_equal(target_split(&cx, longest, ROUTER_TARGET_MAX + 1, &t), ERR_TOO_LARGE);
	cx_done(&cx);
}

static const struct {
	const char *query, *pairs; /* "name=value " */
	enum err err;
} queries[] = {
	{"", "", ERR_OK},
	{"a=1", "a=1 ", ERR_OK},
	{"a=1&b=2", "a=1 b=2 ", ERR_OK},
	{"a&b=", "a= b= ", ERR_OK},
	{"&&a=1&", "a=1 ", ERR_OK},
	{"a=b=c", "a=b=c ", ERR_OK},
	{"a=x+y%2Bz", "a=x y+z ", ERR_OK},
	{"%61=%E4%B8%8A", "a=上 ", ERR_OK},
	{"a=1&a=2", NULL, ERR_INPUT},
	{"a=1&%61=2", NULL, ERR_INPUT},
	{"a=%", NULL, ERR_INPUT},
	{"a=%0", NULL, ERR_INPUT},
	{"a=%00", NULL, ERR_INPUT},
	{"a=%80", NULL, ERR_INPUT},
};

static void test_query(void **state)
{
	struct query q;
	struct cx cx;
	struct sb sb;

	(void)state;
	cx_init(&cx, 0);
	for (size_t i = 0; i < ARRAY_LEN(queries); i++) {
		char pairs[200] = "";
		if (query_read(&cx, queries[i].query, strlen(queries[i].query), &q) != queries[i].err)
			fail_msg("%s: %s", queries[i].query, cx.msg);
		cx_clear(&cx);
		if (queries[i].err)
			continue;
		for (int k = 0; k < q.count; k++) {
			size_t n = strlen(pairs);
			snprintf(pairs + n, sizeof(pairs) - n, "%s=%s ", q.pair[k].name, q.pair[k].value);
		}
		assert_string_equal(pairs, queries[i].pairs);
	}
	sb_init(&sb, &cx, 10000);
	for (int i = 0; i <= ROUTER_QUERY_MAX; i++)
		sb_printf(&sb, "a%d&", i);
	assert_int_equal(query_read(&cx, sb.data, sb.len, &q), ERR_TOO_LARGE);
	cx_done(&cx);
}

static void test_encode(void **state)
{
	struct cx cx;
	struct sb sb;

	(void)state;
	cx_init(&cx, 0);
	sb_init(&sb, &cx, 100);
	router_encode(&sb, "a/b c?d%上~");
	assert_string_equal(sb.data, "a%2Fb%20c%3Fd%25%E4%B8%8A~");
	cx_done(&cx);
}

/* --- headers --- */

static const struct {
	const char *value, *key; /* NULL: refused */
} keys[] = {
	{"\"8e03978e-40d5-43dd-bc93-6894a57f9324\"", "8e03978e-40d5-43dd-bc93-6894a57f9324"},
	{"  \"a b\"  ", "a b"},
	{"\"say \\\"hi\\\" \\\\\"", "say \"hi\" \\"},
	{"bare-token_1.2:3", "bare-token_1.2:3"},
	{"0123456789", "0123456789"},
	{"", NULL},
	{"\"\"", NULL},
	{"\"open", NULL},
	{"\"open\\", NULL},
	{"\"a\\n\"", NULL},
	{"\"a\";b", NULL},
	{"\"a\" \"b\"", NULL},
	{"a b", NULL},
	{"a,b", NULL},
	{"a;b=c", NULL},
	{"caf\xc3\xa9", NULL},
	{"\"caf\xc3\xa9\"", NULL},
	{"\"tab\t\"", NULL},
	{"01234567890", NULL},
	{"\"01234567890\"", NULL},
};

static void test_key(void **state)
{
	struct cx cx;

	(void)state;
	cx_init(&cx, 0);
	for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
		size_t max = strchr(keys[i].value, '9') && strlen(keys[i].value) < 20 ? 10 : 255;
		const char *key = NULL;
		enum err err = header_key(&cx, keys[i].value, max, &key);
		if (!keys[i].key) {
			if (err != ERR_INPUT || key)
				fail_msg("%s was taken", keys[i].value);
		} else {
			assert_int_equal(err, ERR_OK);
			assert_string_equal(key, keys[i].key);
		}
		cx_clear(&cx);
	}
	cx_done(&cx);
}

static void test_headers(void **state)
{
	int64_t n;
	struct cx cx;

	(void)state;
	cx_init(&cx, 0);
	assert_string_equal(header_bearer("Bearer abc"), "abc");
	assert_string_equal(header_bearer("bEARER   abc"), "abc");
	assert_null(header_bearer("Bearer"));
	assert_null(header_bearer("Bearer "));
	assert_null(header_bearer("Bearerabc"));
	assert_null(header_bearer("Basic abc"));
	assert_true(header_is_json("application/json"));
	assert_true(header_is_json("Application/JSON ; charset=UTF-8"));
	assert_true(header_is_json("application/json;charset=\"utf-8\""));
	assert_false(header_is_json("application/json; charset=gb18030"));
	assert_false(header_is_json("application/jsonp"));
	assert_false(header_is_json("application/x-www-form-urlencoded"));
	assert_false(header_is_json(""));
	assert_int_equal(header_number(&cx, "H", "0", 10, &n), ERR_OK);
	assert_int_equal(n, 0);
	assert_int_equal(header_number(&cx, "H", "10", 10, &n), ERR_OK);
	assert_int_equal(n, 10);
	assert_int_equal(header_number(&cx, "H", "11", 10, &n), ERR_INPUT);
	assert_int_equal(header_number(&cx, "H", "-1", 10, &n), ERR_INPUT);
	assert_int_equal(header_number(&cx, "H", "+1", 10, &n), ERR_INPUT);
	assert_int_equal(header_number(&cx, "H", "1 ", 10, &n), ERR_INPUT);
	assert_int_equal(header_number(&cx, "H", "", 10, &n), ERR_INPUT);
	assert_int_equal(header_number(&cx, "H", "99999999999999999999999", INT64_MAX, &n), ERR_INPUT);
	assert_int_equal(n, 10);
	assert_true(header_has_etag("*", "a"));
	assert_true(header_has_etag("\"b\", W/\"a\"", "a"));
	assert_false(header_has_etag("\"b\", \"aa\"", "a"));
	assert_false(header_has_etag("\"a", "a"));
	assert_false(header_has_etag("", "a"));
	cx_done(&cx);
}

/* --- rates --- */

static void test_limit(void **state)
{
	const struct limit_rate rate = {2000, 3}; /* two a second, three at once */
	const int64_t second = 1000000, start = 1000 * second;
	struct limit *l;
	struct cx cx;
	int wait_s = 0;

	(void)state;
	cx_init(&cx, 0);
	assert_int_equal(limit_new(&cx, &l), ERR_OK);
	for (int i = 0; i < 3; i++)
		assert_true(limit_take(l, rate, 'u', "a", 1, start, &wait_s));
	assert_false(limit_left(l, rate, 'u', "a", 1, start, &wait_s));
	assert_false(limit_take(l, rate, 'u', "a", 1, start, &wait_s));
	assert_int_equal(wait_s, 1);
	assert_true(limit_take(l, rate, 'u', "b", 1, start, &wait_s)); /* another caller */
	assert_true(limit_take(l, rate, 'f', "a", 1, start, &wait_s)); /* another use */
	assert_true(limit_left(l, rate, 'u', "a", 1, start + second / 2, &wait_s));
	assert_true(limit_take(l, rate, 'u', "a", 1, start + second / 2, &wait_s));
	assert_false(limit_take(l, rate, 'u', "a", 1, start + second / 2, &wait_s));
	for (int i = 0; i < 3; i++) /* full again, and not fuller */
		assert_true(limit_take(l, rate, 'u', "a", 1, start + 100 * second, &wait_s));
	assert_false(limit_take(l, rate, 'u', "a", 1, start + 100 * second, &wait_s));
	for (int i = 0; i < 1000; i++) /* no limit */
		assert_true(limit_take(l, (struct limit_rate){0, 1}, 'u', "a", 1, start, &wait_s));
	/* A table full of callers that come once does not free one that has had its share for long. */
	for (int i = 0; i < 200000; i++)
		limit_take(l, rate, 'u', &i, sizeof(i), start + 100 * second, &wait_s);
	limit_free(l);
	cx_done(&cx);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_find), cmocka_unit_test(test_allow), cmocka_unit_test(test_add_refused),
		cmocka_unit_test(test_split), cmocka_unit_test(test_query), cmocka_unit_test(test_encode),
		cmocka_unit_test(test_key), cmocka_unit_test(test_headers), cmocka_unit_test(test_limit),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
