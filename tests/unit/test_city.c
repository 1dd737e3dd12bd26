/* Cities: opening, settings, dated tax rates; currencies. */
#include "kit.h"
#include "programme/city/city.h"

static void test_currencies(void **state)
{
	static const struct {
		const char *code;
		int digits;
	} cases[] = {{"CNY", 2}, {"EUR", 2}, {"JPY", 0}, {"KWD", 3}, {"XXX", -1}, {"cny", -1}, {"CN", -1},
		     {"CNYE", -1}, {"NY ", -1}, {"", -1}, {"D A", -1}};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		assert_int_equal(currency_digits(cases[i].code), cases[i].digits);
}

#define CITY2 "\"city\":2,\"name\":\"X\",\"time_zone\":\"Europe/Vilnius\",\"currency\":\"EUR\""

static void test_open(void **state)
{
	const struct json *answer, *city;
	struct kit k;

	(void)state;
	kit_open(&k);
	answer = kit_act(&k, 2, "city.open", "{" CITY2 ",\"hold_days\":30}");
	assert_int_equal(kit_int(answer, "city"), 2);
	city = kit_get(&k, 2, "city.city", "{}");
	assert_string_equal(kit_text(city, "currency"), "EUR");
	assert_int_equal(kit_int(city, "hold_days"), 30);
	assert_int_equal(kit_int(city, "quote_days"), 30);
	assert_int_equal(kit_int(city, "offer_days"), 14);
	assert_int_equal(kit_int(city, "programme"), kit_int(answer, "programme"));
	/* The programme's own party is there. */
	assert_string_equal(kit_text(kit_get(&k, 2, "party.party", "{\"party\":%lld}",
					     (long long)kit_int(city, "programme")), "roles"), "operator");
	assert_int_equal(kit_int(kit_get(&k, 0, "city.list", "{}"), "items.2.city"), 2);
	assert_int_equal(kit_int(kit_get(&k, 0, "city.list", "{\"limit\":1,\"after\":\"0\"}"),
				 "items.0.city"),
			 1);
	assert_string_equal(
		kit_text(kit_get(&k, 0, "city.list", "{\"limit\":1,\"after\":\"0\"}"), "next"),
		"1");
	kit_audit(&k);
	kit_close(&k);
}

static void test_open_refused(void **state)
{
	static const struct {
		enum err err;
		const char *words, *body;
	} cases[] = {
		{ERR_INVALID, "time_zone",
		 "{\"city\":2,\"name\":\"X\",\"time_zone\":\"Mars/North\",\"currency\":\"EUR\"}"},
		{ERR_INVALID, "ISO 4217",
		 "{\"city\":2,\"name\":\"X\",\"time_zone\":\"Etc/UTC\",\"currency\":\"EUX\"}"},
		{ERR_INVALID, "sim_seed", "{" CITY2 ",\"simulated\":true}"},
		{ERR_INVALID, "quote_days: must be at least 1", "{" CITY2 ",\"quote_days\":0}"},
		{ERR_INVALID, "name",
		 "{\"city\":2,\"name\":\"\",\"time_zone\":\"Etc/UTC\",\"currency\":\"EUR\"}"},
		{ERR_INVALID, "no such field", "{" CITY2 ",\"mayor\":1}"},
	};
	struct kit k;

	(void)state;
	kit_open(&k);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		kit_refuse(&k, 2, "city.open", cases[i].err, cases[i].words, "%s", cases[i].body);
	kit_refuse(
		&k, 3, "city.open", ERR_INVALID, "sim_seed",
		"{\"city\":3,\"name\":\"X\",\"time_zone\":\"Etc/UTC\","
		   "\"currency\":\"EUR\",\"sim_seed\":\"7\"}");
	kit_as(&k, (struct principal){.user = 7, .roles = ROLE_ADMIN, .city = 1});
	kit_refuse(&k, 2, "city.open", ERR_FORBIDDEN, "acts in city 1 only", "{" CITY2 "}");
	kit_as(&k, (struct principal){.user = 7, .roles = ROLE_ADMIN, .org = 4});
	kit_refuse(&k, 2, "city.open", ERR_FORBIDDEN, "administrators", "{" CITY2 "}");
	kit_staff(&k);
	kit_refuse(
		&k, 1, "city.open", ERR_CONFLICT, "",
		"{\"city\":1,\"name\":\"again\",\"time_zone\":\"Etc/UTC\",\"currency\":\"CNY\"}");
	kit_close(&k);
}

static void test_settings(void **state)
{
	struct kit k;

	(void)state;
	kit_open(&k);
	kit_act(&k, 1, "city.settings", "{\"offer_days\":7,\"name\":\"Y\"}");
	assert_int_equal(kit_int(kit_get(&k, 1, "city.city", "{}"), "offer_days"), 7);
	assert_int_equal(kit_int(kit_get(&k, 1, "city.city", "{}"), "return_days"), 14);
	assert_string_equal(kit_text(kit_get(&k, 1, "city.city", "{}"), "name"), "Y");
	kit_refuse(&k, 1, "city.settings", ERR_INVALID, "nothing to change", "{}");
	kit_as(&k, (struct principal){.user = 7, .roles = ROLE_ADMIN, .city = 1, .org = 5});
	kit_refuse(&k, 1, "city.settings", ERR_FORBIDDEN, "organisation", "{\"offer_days\":7}");
	kit_staff(&k);
	kit_audit(&k);
	kit_close(&k);
}

static void test_rates(void **state)
{
	struct kit k;

	(void)state;
	kit_open(&k);
	kit_act(&k, 1, "city.rate", "{\"code\":\"VAT\",\"from_us\":0,\"rate_bp\":1300}");
	kit_act(&k, 1, "city.rate",
		"{\"code\":\"VAT\",\"from_us\":%lld,\"rate_bp\":300,\"margin\":true}",
		(long long)KIT_START);
	kit_act(&k, 1, "city.rate", "{\"code\":\"GST\",\"from_us\":5,\"rate_bp\":0}");
	kit_refuse(&k, 1, "city.rate", ERR_CONFLICT, "must begin later",
		   "{\"code\":\"VAT\",\"from_us\":7,\"rate_bp\":1}");
	kit_refuse(&k, 1, "city.rate", ERR_INVALID, "capital letters",
		   "{\"code\":\"vat\",\"from_us\":7,\"rate_bp\":1}");
	kit_refuse(&k, 1, "city.rate", ERR_INVALID, "at most 10000 bp",
		   "{\"code\":\"A\",\"from_us\":7,\"rate_bp\":10001}");
	assert_int_equal(kit_int(kit_get(&k, 1, "city.rates", "{}"), "items.2.rate_bp"), 300);
	assert_string_equal(kit_text(kit_get(&k, 1, "city.rates", "{}"), "items.0.code"), "GST");
	kit_audit(&k);
	kit_close(&k);
}

/* A simulated city goes on by the world's clock; from then on it remembers idempotency keys. */
static void test_live(void **state)
{
	static const char body[] = "{\"name\":\"Shanghai\"}";
	struct kit k;
	int64_t seq;

	(void)state;
	kit_open(&k);
	seq = kit_int(kit_act_key(&k, 1, "city.settings", "k", body), "seq");
	assert_int_equal(kit_int(kit_act_key(&k, 1, "city.settings", "k", body), "seq"), seq + 1);
	kit_act(&k, 1, "city.live", "{}");
	kit_refuse(&k, 1, "city.live", ERR_CONFLICT, "is not simulated", "{}");
	seq = kit_int(kit_act_key(&k, 1, "city.settings", "k", body), "seq");
	assert_int_equal(kit_int(kit_act_key(&k, 1, "city.settings", "k", body), "seq"), seq);
	kit_audit(&k);
	kit_close(&k);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_currencies),   cmocka_unit_test(test_open),
		cmocka_unit_test(test_open_refused), cmocka_unit_test(test_settings),
		cmocka_unit_test(test_rates),
		cmocka_unit_test(test_live),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
