/* Who the caller is behind proxies, as tables. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/sb.h"
#include "server/proxy.h"

static const struct {
	const char *text, *in, *out; /* in: trusted, out: not; NULL: nothing to ask */
	enum err want;
} lists[] = {
	{NULL, NULL, "127.0.0.1", ERR_OK},
	{"", NULL, "127.0.0.1", ERR_OK},
	{"127.0.0.1", "127.0.0.1", "127.0.0.2", ERR_OK},
	{"127.0.0.1", "::ffff:127.0.0.1", "::1", ERR_OK},
	{"::1, 10.0.0.0/8", "10.255.0.1", "11.0.0.1", ERR_OK},
	{"10.0.0.0/9", "10.127.255.255", "10.128.0.0", ERR_OK},
	{"2001:db8::/33", "2001:db8:7fff::1", "2001:db8:8000::1", ERR_OK},
	{"0.0.0.0/0", "198.51.100.1", "2001:db8::1", ERR_OK},
	{"::/0", "2001:db8::1", NULL, ERR_OK},
	{"192.0.2.1", NULL, "unknown", ERR_OK},
	{"localhost", NULL, NULL, ERR_INPUT},
	{"10.0.0.0/33", NULL, NULL, ERR_INPUT},
	{"10.0.0.0/", NULL, NULL, ERR_INPUT},
	{"10.0.0.0/8x", NULL, NULL, ERR_INPUT},
	{"10.0.0", NULL, NULL, ERR_INPUT},
	{"::1/129", NULL, NULL, ERR_INPUT},
	{"1111111111111111111111111111111111111111111111111111111111111111111111", NULL, NULL, ERR_INPUT},
};

static void test_lists(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(lists); i++) {
		struct proxies p;
		struct cx cx;
		cx_init(&cx, 0);
		if (proxies_read(&cx, lists[i].text, &p) != lists[i].want)
			fail_msg("list %zu: %s", i, cx.msg);
		if (!lists[i].want && lists[i].in && !proxies_trust(&p, lists[i].in))
			fail_msg("list %zu: %s is not trusted", i, lists[i].in);
		if (!lists[i].want && lists[i].out && proxies_trust(&p, lists[i].out))
			fail_msg("list %zu: %s is trusted", i, lists[i].out);
		cx_done(&cx);
	}
}

static void test_too_many(void **state)
{
	struct proxies p;
	struct sb sb;
	struct cx cx;

	(void)state;
	cx_init(&cx, 0);
	sb_init(&sb, &cx, 10000);
	for (int i = 0; i < PROXIES_MAX; i++)
		sb_str(&sb, "10.0.0.1,");
	assert_int_equal(proxies_read(&cx, sb.data, &p), ERR_OK);
	sb_str(&sb, "10.0.0.1");
	assert_int_equal(proxies_read(&cx, sb.data, &p), ERR_INPUT);
	cx_done(&cx);
}

static const struct {
	const char *peer, *value, *want;
	bool forwarded;
} callers[] = {
	{"10.0.0.1", NULL, "10.0.0.1", false},
	{"10.0.0.1", "", "10.0.0.1", false},
	{"10.0.0.1", "192.0.2.7", "192.0.2.7", false},
	{"192.0.2.9", "192.0.2.7", "192.0.2.9", false}, /* nobody's proxy */
	{"10.0.0.1", "203.0.113.1, 192.0.2.7", "192.0.2.7", false},
	{"10.0.0.1", "203.0.113.1, 192.0.2.7 , 10.0.0.2", "192.0.2.7", false},
	{"10.0.0.1", "10.0.0.3,10.0.0.2", "10.0.0.3", false}, /* proxies all the way */
	{"10.0.0.1", "192.0.2.7:4711", "192.0.2.7", false},
	{"10.0.0.1", "[2001:db8::7]:4711", "2001:db8::7", false},
	{"10.0.0.1", "2001:db8::7", "2001:db8::7", false},
	{"10.0.0.1", "::ffff:192.0.2.7", "192.0.2.7", false},
	{"10.0.0.1", "::ffff:1fff:192.0.2.7", "::ffff:1fff:192.0.2.7", false}, /* no IPv4 */
	{"10.0.0.1", "192.0.2.7, unknown", "10.0.0.1", false},
	{"10.0.0.1", "192.0.2.7, unknown, 10.0.0.2", "10.0.0.2", false},
	{"10.0.0.1", "for=192.0.2.7", "10.0.0.1", false},
	{"10.0.0.1", "for=192.0.2.7", "192.0.2.7", true},
	{"10.0.0.1", "for=203.0.113.1;by=10.0.0.9, proto=https; For=\"[2001:db8::7]:1\"", "2001:db8::7",
	 true},
	{"10.0.0.1", "for=192.0.2.7, for=_hidden", "10.0.0.1", true},
	{"10.0.0.1", "for=\"192.0.2.7", "192.0.2.7", true},
	{"10.0.0.1", "by=192.0.2.7", "10.0.0.1", true},
	{"10.0.0.1", ";;;;=,\"", "10.0.0.1", true},
	{"10.0.0.1", "1111111111111111111111111111111111111111111111111111111111111111111111", "10.0.0.1",
	 false},
};

static void test_callers(void **state)
{
	struct proxies p;
	struct cx cx;

	(void)state;
	cx_init(&cx, 0);
	assert_int_equal(proxies_read(&cx, "10.0.0.0/24", &p), ERR_OK);
	for (size_t i = 0; i < ARRAY_LEN(callers); i++) {
		char got[ADDRESS_MAX];
		proxy_client(&p, callers[i].peer, callers[i].value, callers[i].forwarded, got);
		if (strcmp(got, callers[i].want) != 0)
			fail_msg("caller %zu: %s, not %s", i, got, callers[i].want);
	}
	cx_done(&cx);
}

/* A list without end costs no more than its last hops. */
static void test_long_list(void **state)
{
	char got[ADDRESS_MAX];
	struct proxies p;
	struct sb sb;
	struct cx cx;

	(void)state;
	cx_init(&cx, 0);
	assert_int_equal(proxies_read(&cx, "10.0.0.0/24", &p), ERR_OK);
	sb_init(&sb, &cx, 100000);
	sb_str(&sb, "192.0.2.7");
	for (int i = 0; i < PROXY_HOPS_MAX; i++)
		sb_str(&sb, ",10.0.0.2");
	proxy_client(&p, "10.0.0.1", sb.data, false, got);
	assert_string_equal(got, "10.0.0.2");
	cx_done(&cx);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lists),
		cmocka_unit_test(test_too_many),
		cmocka_unit_test(test_callers),
		cmocka_unit_test(test_long_list),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
