/* Shares, taxes and splits: tables of cases worked by hand, and a split of every small sum. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "programme/settle/commission.h"

static void commission(void **state)
{
	static const struct {
		int64_t agreed, bp, fixed, want;
	} cases[] = {
		{0, 0, 0, 0},
		{100000, 250, 500, 3000},
		{50, 100, 0, 0},    /* 0.5 -> 0 */
		{150, 100, 0, 2},   /* 1.5 -> 2 */
		{250, 100, 0, 2},   /* 2.5 -> 2 */
		{251, 100, 0, 3},   /* 2.51 */
		{249, 100, 10, 12}, /* 2.49 */
		{SETTLE_AMOUNT_MAX, SETTLE_BP, 0, SETTLE_AMOUNT_MAX},
		{SETTLE_AMOUNT_MAX - 1, 1, 1, 100000001},
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(cases); i++)
		assert_int_equal(settle_commission(cases[i].agreed, cases[i].bp, cases[i].fixed),
			cases[i].want);
}

static void tax(void **state)
{
	static const struct {
		int64_t gross, bp, want;
	} cases[] = {
		{11300, 1300, 1300}, {0, 1300, 0}, {100, 0, 0}, {12000, 2000, 2000},
		{3, 10000, 2},  /* 1.5 -> 2 */
		{5, 10000, 2},  /* 2.5 -> 2 */
		{99, 1300, 11}, /* 11.389 */
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(cases); i++)
		assert_int_equal(settle_tax_included(cases[i].gross, cases[i].bp), cases[i].want);
	assert_int_equal(settle_tax_on_margin(22600, 11300, 1300), 1300);
	assert_int_equal(settle_tax_on_margin(11300, 11300, 1300), 0);
	assert_int_equal(settle_tax_on_margin(10000, 11300, 1300), 0);
}

static void split(void **state)
{
	static const struct {
		int64_t total, weight[4];
		size_t count;
		int64_t want[4];
	} cases[] = {
		{100, {1, 1, 1}, 3, {34, 33, 33}},
		{200, {1, 1, 1}, 3, {66, 67, 67}}, /* 67 each is one too many; the first gives it */
		{0, {5, 7}, 2, {0, 0}},
		{1, {1, 1}, 2, {1, 0}},            /* both round to 0 */
		{3, {1, 1}, 2, {1, 2}},            /* both round to 2 */
		{10, {0, 1, 0}, 3, {0, 10, 0}},
		{1000, {333, 333, 334}, 3, {333, 333, 334}},
		{7, {1, 2, 3, 4}, 4, {1, 1, 2, 3}},
	};
	int64_t out[4];
	struct cx cx;
	size_t i, j;

	(void)state;
	cx_init(&cx, 0);
	for (i = 0; i < ARRAY_LEN(cases); i++) {
		assert_int_equal(settle_split(&cx, cases[i].total, cases[i].weight, cases[i].count, out),
			ERR_OK);
		for (j = 0; j < cases[i].count; j++)
			assert_int_equal(out[j], cases[i].want[j]);
	}
	cx_done(&cx);
}

/* Every split adds up, and no share is further than one unit from its exact value. */
static void split_adds_up(void **state)
{
	struct cx cx;
	int64_t total, a, b;

	(void)state;
	cx_init(&cx, 0);
	for (total = 0; total < 60; total++) {
		for (a = 0; a < 8; a++) {
			for (b = 1; b < 8; b++) {
				const int64_t weight[] = {a, b, 3, 3};
				int64_t out[4], sum = 0;
				size_t i;

				assert_int_equal(settle_split(&cx, total, weight, 4, out), ERR_OK);
				for (i = 0; i < 4; i++) {
					int64_t off = out[i] * (a + b + 6) - total * weight[i];

					assert_true(out[i] >= 0);
					assert_true(off < a + b + 6 && -off < a + b + 6);
					sum += out[i];
				}
				assert_int_equal(sum, total);
			}
		}
	}
	cx_done(&cx);
}

static void split_refuses(void **state)
{
	const int64_t zero[] = {0, 0}, below[] = {1, -1}, fine[] = {1, 1};
	int64_t out[2] = {77, 77};
	struct cx cx;

	(void)state;
	cx_init(&cx, 0);
	assert_int_equal(settle_split(&cx, 5, zero, 2, out), ERR_INVALID);
	assert_int_equal(settle_split(&cx, 5, below, 2, out), ERR_INVALID);
	assert_int_equal(settle_split(&cx, -1, fine, 2, out), ERR_INVALID);
	assert_int_equal(settle_split(&cx, 5, fine, 0, out), ERR_INVALID);
	assert_int_equal(out[0], 77);
	assert_int_equal(out[1], 77);
	cx_done(&cx);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(commission), cmocka_unit_test(tax), cmocka_unit_test(split),
		cmocka_unit_test(split_adds_up), cmocka_unit_test(split_refuses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
