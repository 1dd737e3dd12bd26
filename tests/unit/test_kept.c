/* Answers that are kept: for whom, until when, how many. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "server/kept.h"

enum { MANY = 5000 };

static const struct principal clerk = {.user = 7, .roles = ROLE_CLERK, .org = 3};
static const struct principal others[] = {{.user = 8, .roles = ROLE_CLERK, .org = 3},
					  {.user = 7, .roles = ROLE_CLERK | ROLE_ADMIN, .org = 3},
					  {.user = 7, .roles = ROLE_CLERK, .org = 4},
					  {.user = 7, .roles = ROLE_CLERK, .org = 3, .city = 1},
					  {.user = 7, .roles = ROLE_CLERK, .org = 3, .order = 5}};
static struct cx cx;
static struct kept *kept;

static int setup(void **state)
{
	(void)state;
	cx_init(&cx, 0);
	return kept_new(&cx, &kept);
}

static int teardown(void **state)
{
	(void)state;
	kept_free(kept);
	cx_done(&cx);
	return 0;
}

static struct kept_key key(const char *target, uint64_t city, uint64_t programme)
{
	return (struct kept_key){target, &clerk, city, programme};
}

static bool has(struct kept_key k, const char *want)
{
	struct kept_answer a;

	if (!kept_find(&cx, kept, &k, &a))
		return false;
	assert_int_equal(a.n, strlen(want));
	assert_memory_equal(a.body, want, a.n);
	assert_string_equal(a.tag, "tag");
	return true;
}

static void put(struct kept_key k, const char *body)
{
	kept_put(kept, &k, &(struct kept_answer){body, strlen(body), "tag"});
}

static void test_versions(void **state)
{
	(void)state;
	assert_false(has(key("/a", 1, 1), ""));
	put(key("/a", 1, 1), "one");
	assert_true(has(key("/a", 1, 1), "one"));
	assert_false(has(key("/a", 2, 1), ""));
	assert_false(has(key("/a", 1, 2), ""));
	assert_false(has(key("/a?x", 1, 1), ""));
	put(key("/a", 2, 1), "two");
	assert_true(has(key("/a", 2, 1), "two"));
	assert_false(has(key("/a", 1, 1), ""));
}

static void test_callers(void **state)
{
	(void)state;
	put(key("/a", 1, 1), "mine");
	for (size_t i = 0; i < ARRAY_LEN(others); i++) {
		struct kept_key k = key("/a", 1, 1);
		k.who = &others[i];
		assert_false(has(k, ""));
	}
	assert_true(has(key("/a", 1, 1), "mine"));
}

static void test_bounds(void **state)
{
	char *body = calloc(1, KEPT_BYTES_MAX + 1), target[20];
	int left = 0;

	(void)state;
	assert_non_null(body);
	memset(body, 'x', KEPT_BYTES_MAX);
	put(key("/a", 1, 1), body); /* with its target it is too long */
	assert_false(has(key("/a", 1, 1), body));
	body[KEPT_BYTES_MAX - 2] = 0;
	put(key("/a", 1, 1), body);
	assert_true(has(key("/a", 1, 1), body));
	for (int i = 0; i < MANY; i++) {
		snprintf(target, sizeof(target), "/%d", i);
		put(key(target, 1, 1), target);
		assert_true(has(key(target, 1, 1), target));
	}
	for (int i = 0; i < MANY; i++) {
		snprintf(target, sizeof(target), "/%d", i);
		left += has(key(target, 1, 1), target);
	}
	assert_true(left > 500 && left <= 1024);
	free(body);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_versions, setup, teardown),
		cmocka_unit_test_setup_teardown(test_callers, setup, teardown),
		cmocka_unit_test_setup_teardown(test_bounds, setup, teardown),
	};

	return cmocka_run_group_tests_name("kept", tests, NULL, NULL);
}
