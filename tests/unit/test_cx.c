/* The context: arena limits, marks, errors, hints; strings that grow. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/cx.h"
#include "base/sb.h"

static void arena_has_a_limit(void **state)
{
	struct cx cx;

	(void)state;
	cx_init(&cx, 1024);
	assert_non_null(cx_alloc(&cx, 1000));
	assert_null(cx_alloc(&cx, 1000));
	assert_int_equal(cx.err, ERR_MEMORY);
	cx_reset(&cx);
	assert_non_null(cx_alloc(&cx, 1000));
	assert_int_equal(cx.err, ERR_OK);
	cx_done(&cx);
}

static void mark_gives_back(void **state)
{
	struct cx cx;

	(void)state;
	cx_init(&cx, 10 * 1024 * 1024);
	for (int i = 0; i < 1000; i++) {
		struct cx_mark mark = cx_mark(&cx);
		assert_non_null(cx_alloc(&cx, 1024 * 1024));
		cx_restore(&cx, mark);
	}
	cx_done(&cx);
}

/* A large arena's chunk that is wanted, given back and wanted again is as new. */
static void an_edge_is_crossed_often(void **state)
{
	enum { MIB = 1024 * 1024 };
	struct cx cx;

	(void)state;
	cx_init(&cx, (size_t)90 * MIB);
	assert_non_null(cx_alloc(&cx, (size_t)65 * MIB));
	for (int i = 0; i < 20; i++) {
		struct cx_mark mark = cx_mark(&cx);
		unsigned char *p = cx_alloc(&cx, (size_t)7 * MIB), *q = cx_alloc(&cx, (size_t)7 * MIB);
		assert_true(p && q && p[0] == 0 && p[7 * MIB - 1] == 0 && q[0] == 0 && q[7 * MIB - 1] == 0);
		memset(p, 0xff, (size_t)7 * MIB);
		memset(q, 0xff, (size_t)7 * MIB);
		cx_restore(&cx, mark);
		assert_int_equal(cx_used(&cx), 65 * MIB);
	}
	cx_done(&cx);
}

/* Large arenas and large memory come from huge pages, and are as zeroed, as bounded as others. */
static void large_memory_is_as_small(void **state)
{
	enum { MIB = 1024 * 1024, ALL = 80, STEP = 2000 };
	static const size_t sizes[] = {1, 4 * MIB - 1, 4 * MIB, 5 * MIB + 1};
	struct cx_mark mark;
	struct cx cx;

	(void)state;
	cx_init(&cx, (size_t)ALL * MIB);
	for (size_t n = 0; n + STEP <= (size_t)ALL * MIB; n += STEP) {
		unsigned char *p = cx_alloc(&cx, STEP);
		assert_non_null(p);
		assert_true(p[0] == 0 && p[STEP - 1] == 0);
		memset(p, 0xff, STEP);
		if (n == 0)
			mark = cx_mark(&cx);
	}
	assert_null(cx_alloc(&cx, STEP));
	cx_clear(&cx);
	cx_restore(&cx, mark);
	assert_int_equal(cx_used(&cx), STEP);
	assert_non_null(cx_alloc(&cx, (size_t)(ALL - 1) * MIB));
	cx_done(&cx);
	for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
		unsigned char *p = cx_large(sizes[i]);
		assert_non_null(p);
		for (size_t k = 0; k < sizes[i]; k++)
			assert_true(p[k] == 0);
		memset(p, 0xff, sizes[i]);
		free(p);
	}
}

static void errors_keep_words_and_hints(void **state)
{
	struct cx cx;

	(void)state;
	cx_init(&cx, 0);
	assert_int_equal(cx_fail(&cx, ERR_CONFLICT, "device %d is sold", 7), ERR_CONFLICT);
	cx_hint(&cx, "state", "%s", "sold");
	cx_prefix(&cx, "line %d: ", 3);
	assert_string_equal(cx.msg, "line 3: device 7 is sold");
	assert_int_equal(cx.hints, 1);
	assert_string_equal(cx.hint[0].text, "sold");
	cx_clear(&cx);
	assert_int_equal(cx.hints, 0);
	cx_done(&cx);
}

static void every_allocation_may_fail(void **state)
{
	struct cx cx;
	struct sb sb;
	int failures = 0;

	(void)state;
	for (long n = 1;; n++) {
		cx_init(&cx, 0);
		sb_init(&sb, &cx, 100000);
		cx_fail_allocation(n);
		for (int i = 0; i < 1000; i++)
			sb_i64(&sb, i);
		if (!sb_end(&sb))
			break;
		assert_int_equal(cx.err, ERR_MEMORY);
		failures++;
		cx_done(&cx);
	}
	cx_fail_allocation(0);
	assert_true(failures > 3);
	assert_int_equal(sb.len, 10 + 180 + 2700);
	cx_done(&cx);
}

static void strings_have_a_limit(void **state)
{
	struct cx cx;
	struct sb sb;

	(void)state;
	cx_init(&cx, 0);
	sb_init(&sb, &cx, 8);
	sb_str(&sb, "12345678");
	assert_int_equal(sb_end(&sb), ERR_OK);
	sb_char(&sb, '9');
	assert_int_equal(sb_end(&sb), ERR_TOO_LARGE);
	assert_string_equal(sb.data, "12345678");
	sb_init(&sb, &cx, 64);
	sb_i64(&sb, INT64_MIN);
	assert_string_equal(sb.data, "-9223372036854775808");
	cx_done(&cx);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(arena_has_a_limit),
		cmocka_unit_test(mark_gives_back),
		cmocka_unit_test(an_edge_is_crossed_often),
		cmocka_unit_test(large_memory_is_as_small),
		cmocka_unit_test(errors_keep_words_and_hints),
		cmocka_unit_test(every_allocation_may_fail),
		cmocka_unit_test(strings_have_a_limit),
	};
	return cmocka_run_group_tests_name("cx", tests, NULL, NULL);
}
