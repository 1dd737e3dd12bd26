/* What is held about a person: all of it while it is held, and what is left when it is forgotten. */
#include "trade.h"

static const struct json *data_of(struct kit *k, int64_t party)
{
	return kit_get(k, 1, "person.data", "{\"party\":%lld}", (long long)party);
}

static void test_data(void **state)
{
	const struct json *d, *order;
	struct trade t;
	struct kit *k = &t.k;

	(void)state;
	trade_open(&t);
	trade_book_phone(&t);
	trade_hand_in(&t);
	trade_book_phone(&t);
	d = data_of(k, t.owner);
	assert_string_equal(kit_text(d, "party.name"), "Li");
	assert_string_equal(kit_text(d, "party.phone"), "13800000000");
	assert_int_equal(json_get(d, "orders")->count, 2);
	order = json_get(d, "orders")->item[0];
	assert_int_equal(kit_int(order, "order.owner"), t.owner);
	assert_int_equal(json_get(order, "devices")->count, 1);
	assert_int_equal(json_get(json_get(d, "orders")->item[1], "devices")->count, 0);
	assert_int_equal(json_get(order, "evidence")->count, 0);
	assert_true(json_get(json_get(d, "entries"), "items")->count >=
		    3); /* registered, booked twice */
	assert_null(json_get(d, "next"));
	kit_audit(k);
	trade_close(&t);
}

/* Page by page, each order once. */
static void test_pages(void **state)
{
	const struct json *d;
	struct trade t;
	struct kit *k = &t.k;
	const char *next;

	(void)state;
	trade_open(&t);
	for (int i = 0; i < 21; i++)
		trade_book_phone(&t);
	d = data_of(k, t.owner);
	assert_int_equal(json_get(d, "orders")->count, 20);
	next = kit_text(d, "next");
	d = kit_get(k, 1, "person.data", "{\"party\":%lld,\"after\":\"%s\"}", (long long)t.owner,
		    next);
	assert_int_equal(json_get(d, "orders")->count, 1);
	assert_int_equal(kit_int(json_get(d, "orders")->item[0], "order.order"), t.order);
	assert_null(json_get(d, "next"));
	trade_close(&t);
}

/* Forgotten: the books keep what was done, and nothing of who it was; they still hold. */
static void test_forgotten(void **state)
{
	const struct json *d;
	struct trade t;
	struct kit *k = &t.k;

	(void)state;
	trade_open(&t);
	trade_book_phone(&t);
	trade_hand_in(&t);
	kit_act(k, 1, "party.forget", "{\"party\":%lld}", (long long)t.owner);
	d = data_of(k, t.owner);
	assert_null(json_get(json_get(d, "party"), "name"));
	assert_null(json_get(json_get(d, "party"), "phone"));
	assert_int_equal(json_get(d, "orders")->count, 1);
	kit_audit(k);
	trade_close(&t);
}

static void test_refused(void **state)
{
	struct trade t;
	struct kit *k = &t.k;

	(void)state;
	trade_open(&t);
	kit_get_refused(k, 1, "person.data", ERR_NOT_FOUND, "there is no party",
			"{\"party\":99999}");
	kit_get_refused(k, 1, "person.data", ERR_INVALID, "no cursor",
			"{\"party\":%lld,\"after\":\"x\"}", (long long)t.owner);
	kit_as(k, (struct principal){.user = 9, .roles = ROLE_ADMIN, .org = t.merchant, .city = 1});
	kit_get_refused(k, 1, "person.data", ERR_FORBIDDEN, "another organisation",
			"{\"party\":%lld}", (long long)t.owner);
	kit_staff(k);
	trade_close(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_data), cmocka_unit_test(test_pages),
		cmocka_unit_test(test_forgotten), cmocka_unit_test(test_refused)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
