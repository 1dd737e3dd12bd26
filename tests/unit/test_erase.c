/* Erasure: attempts and their outcomes, rounds, destruction before a witness. */
#include "lab.h"

static const char digest[] = "aa11223344556677889900aabbccddeeff00112233445566778899aabbccddee";

/* One attempt on medium 1 of a kind that the tool reports on. */
static const struct json *attempt(struct kit *k, int64_t device, int64_t medium, const char *rest)
{
	return kit_act(
		k, 1, "erase.attempt",
		"{\"device\":%lld,\"medium\":%lld,\"tool\":\"bench\",\"tool_version\":\"1\","
		"\"started_us\":%lld,"
		"\"ended_us\":%lld,%s}",
		(long long)device, (long long)medium, (long long)k->now_us - 100,
		(long long)k->now_us - 1, rest);
}

static const char *verified(struct kit *k)
{
	return cx_printf(
		&k->cx,
		"\"outcome\":\"verified\",\"method\":\"Purge\",\"technique\":\"cryptographic_erase\","
		"\"sampled\":64,\"mismatched\":0,\"log\":\"%s\"",
		digest);
}

static void one_medium_verified(void **state)
{
	struct lab lab;
	struct kit *k = &lab.t.k;
	const struct json *a;
	int64_t phone;

	(void)state;
	lab_open(&lab);
	phone = lab_phone(&lab);
	a = kit_act(k, 1, "erase.start", "{\"device\":%lld}", (long long)phone);
	assert_int_equal(kit_int(a, "round"), 1);
	a = attempt(k, phone, 1, verified(k));
	assert_int_equal(kit_int(a, "attempt"), 1);
	assert_string_equal(kit_text(a, "medium_state"), "erased");
	assert_string_equal(kit_text(a, "device_state"), "erased");
	a = kit_get(k, 1, "erase.attempts", "{\"device\":%lld}", (long long)phone);
	assert_string_equal(kit_text(a, "items.0.outcome"), "verified");
	assert_string_equal(kit_text(a, "items.0.technique"), "cryptographic_erase");
	assert_int_equal(kit_int(kit_get(k, 1, "erase.summary", "{}"), "purge_verified"), 1);
	kit_audit(k);
	lab_close(&lab);
}

static void failed_then_tried_again(void **state)
{
	struct lab lab;
	struct kit *k = &lab.t.k;
	const struct json *a;
	int64_t phone;

	(void)state;
	lab_open(&lab);
	phone = lab_phone(&lab);
	kit_act(k, 1, "device.medium", "{\"device\":%lld,\"kind\":\"card\",\"capacity_gb\":32}",
		(long long)phone);
	kit_act(k, 1, "erase.start", "{\"device\":%lld}", (long long)phone);
	a = attempt(k, phone, 1, "\"outcome\":\"failed\",\"method\":\"Purge\","
		"\"technique\":\"block_erase\","
		    "\"reason\":\"write_error\"");
	assert_string_equal(kit_text(a, "device_state"), "erasing"); /* the card is left to try */
	a = kit_act(
		k, 1, "erase.attempt",
		"{\"device\":%lld,\"medium\":2,\"outcome\":\"not_attempted\",\"reason\":\"no_access\"}",
		(long long)phone);
	assert_string_equal(kit_text(a, "medium_state"), "present");
	assert_string_equal(kit_text(a, "device_state"), "erase_failed");
	kit_refuse(k, 1, "stock.receive", ERR_CONFLICT, "erase_failed", "{\"device\":%lld}",
		   (long long)phone);
	kit_refuse(
		k, 1, "erase.attempt", ERR_CONFLICT, "erase_failed",
		"{\"device\":%lld,\"medium\":2,\"outcome\":\"not_attempted\",\"reason\":\"no_access\"}",
		(long long)phone);
	a = kit_act(k, 1, "erase.start", "{\"device\":%lld}", (long long)phone);
	assert_int_equal(kit_int(a, "round"), 2);
	a = attempt(k, phone, 2, verified(k));
	assert_string_equal(kit_text(a, "device_state"), "erasing"); /* what failed before is tried anew */
	a = attempt(k, phone, 1, verified(k));
	assert_int_equal(kit_int(a, "attempt"), 2);
	assert_string_equal(kit_text(a, "device_state"), "erased");
	kit_act(k, 1, "stock.receive", "{\"device\":%lld}", (long long)phone);
	kit_audit(k);
	lab_close(&lab);
}

static void destroyed_before_a_witness(void **state)
{
	struct lab lab;
	struct kit *k = &lab.t.k;
	const struct json *a;
	int64_t phone;

	(void)state;
	lab_open(&lab);
	phone = lab_phone(&lab);
	kit_act(k, 1, "erase.start", "{\"device\":%lld}", (long long)phone);
	attempt(k, phone, 1,
		"\"outcome\":\"unverifiable\",\"method\":\"Clear\",\"technique\":\"factory_reset\","
		"\"reason\":\"no_access\"");
	kit_refuse(
		k, 1, "erase.destroy", ERR_INVALID, "another user",
		"{\"device\":%lld,\"medium\":1,\"technique\":\"shred\",\"witness_user\":%lld,"
		"\"log\":\"%s\"}",
		(long long)phone, (long long)k->who.user, digest);
	kit_refuse(
		k, 1, "erase.destroy", ERR_INVALID, "no user 999",
		"{\"device\":%lld,\"medium\":1,\"technique\":\"shred\","
		"\"witness_user\":999,\"log\":\"%s\"}",
		(long long)phone, digest);
	kit_refuse(
		k, 1, "erase.destroy", ERR_INVALID, "no technique of Destroy",
		"{\"device\":%lld,\"medium\":1,\"technique\":\"overwrite\",\"witness_user\":%lld,"
		"\"log\":\"%s\"}",
		(long long)phone, (long long)lab.witness, digest);
	a = kit_act(
		k, 1, "erase.destroy",
		"{\"device\":%lld,\"medium\":1,\"technique\":\"shred\",\"witness_user\":%lld,"
		"\"log\":\"%s\"}",
		(long long)phone, (long long)lab.witness, digest);
	assert_string_equal(kit_text(a, "device_state"), "erased");
	kit_refuse(
		k, 1, "erase.destroy", ERR_CONFLICT, "erased",
		"{\"device\":%lld,\"medium\":1,\"technique\":\"shred\",\"witness_user\":%lld,"
		"\"log\":\"%s\"}",
		(long long)phone, (long long)lab.witness, digest);
	kit_audit(k);
	lab_close(&lab);
}

/* Attempts that say too little or what cannot be; each refused, nothing changed. */
static void wrong_attempts(void **state)
{
	static const struct {
		enum err err;
		const char *words, *body;
	} cases[] = {
		{ERR_INVALID, "read back without mismatch",
		 "\"outcome\":\"verified\",\"method\":\"Purge\",\"technique\":\"block_erase\","
		"\"sampled\":0,\"mismatched\":0"},
		{ERR_INVALID, "read back without mismatch",
		 "\"outcome\":\"verified\",\"method\":\"Purge\",\"technique\":\"block_erase\","
		"\"sampled\":9,\"mismatched\":1"},
		{ERR_INVALID, "digest of the tool's log",
		 "\"outcome\":\"verified\",\"method\":\"Purge\",\"technique\":\"block_erase\","
		"\"sampled\":9,\"mismatched\":0"},
		{ERR_INVALID, "no technique of Purge",
		 "\"outcome\":\"failed\",\"method\":\"Purge\",\"technique\":\"overwrite\","
		"\"reason\":\"timeout\""},
		{ERR_INVALID, "no technique of Purge for a medium of kind flash",
		 "\"outcome\":\"failed\",\"method\":\"Purge\",\"technique\":\"degauss\","
		"\"reason\":\"timeout\""},
		{ERR_INVALID, "erase.destroy",
		 "\"outcome\":\"failed\",\"method\":\"Destroy\",\"technique\":\"shred\","
		"\"reason\":\"timeout\""},
		{ERR_INVALID, "reason: is needed",
		 "\"outcome\":\"failed\",\"method\":\"Purge\",\"technique\":\"block_erase\""},
		{ERR_INVALID, "needs method, technique",
		 "\"outcome\":\"failed\",\"reason\":\"timeout\""},
		{ERR_INVALID, "not_attempted, but",
		 "\"outcome\":\"not_attempted\",\"method\":\"Purge\",\"technique\":\"block_erase\","
		"\"reason\":\"timeout\""},
		{ERR_INVALID, "than the medium has",
		 "\"outcome\":\"failed\",\"method\":\"Purge\",\"technique\":\"block_erase\","
		"\"reason\":\"timeout\","
		 "\"sectors\":5,\"sampled\":6"},
		{ERR_INVALID, "is not one of", "\"outcome\":\"fine\""},
	};
	struct lab lab;
	struct kit *k = &lab.t.k;
	int64_t phone;

	(void)state;
	lab_open(&lab);
	phone = lab_phone(&lab);
	kit_refuse(
		k, 1, "erase.attempt", ERR_CONFLICT, "owned",
		"{\"device\":%lld,\"medium\":1,\"outcome\":\"not_attempted\",\"reason\":\"no_power\"}",
		(long long)phone);
	kit_act(k, 1, "erase.start", "{\"device\":%lld}", (long long)phone);
	kit_refuse(k, 1, "erase.start", ERR_CONFLICT, "erasing", "{\"device\":%lld}", (long long)phone);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		kit_refuse(
			k, 1, "erase.attempt", cases[i].err, cases[i].words,
			"{\"device\":%lld,\"medium\":1,\"tool\":\"bench\",\"tool_version\":\"1\","
			"\"started_us\":%lld,"
			"\"ended_us\":%lld,%s}",
			(long long)phone, (long long)k->now_us - 100, (long long)k->now_us,
			cases[i].body);
	kit_refuse(
		k, 1, "erase.attempt", ERR_INVALID, "ended_us",
		"{\"device\":%lld,\"medium\":1,\"tool\":\"bench\",\"tool_version\":\"1\","
		"\"started_us\":%lld,"
		"\"ended_us\":%lld,\"outcome\":\"failed\",\"method\":\"Purge\","
		"\"technique\":\"block_erase\","
		"\"reason\":\"timeout\"}",
		(long long)phone, (long long)k->now_us, (long long)k->now_us - 100);
	kit_refuse(
		k, 1, "erase.attempt", ERR_NOT_FOUND, "no medium",
		"{\"device\":%lld,\"medium\":2,\"outcome\":\"not_attempted\",\"reason\":\"no_power\"}",
		(long long)phone);
	kit_audit(k);
	lab_close(&lab);
}

static void without_storage(void **state)
{
	struct lab lab;
	struct kit *k = &lab.t.k;
	int64_t washer;

	(void)state;
	lab_open(&lab);
	washer = lab_washer(&lab);
	kit_refuse(k, 1, "erase.start", ERR_CONFLICT, "no storage", "{\"device\":%lld}", (long long)washer);
	kit_act(k, 1, "stock.receive", "{\"device\":%lld}", (long long)washer);
	kit_audit(k);
	lab_close(&lab);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_medium_verified), cmocka_unit_test(failed_then_tried_again),
		cmocka_unit_test(destroyed_before_a_witness), cmocka_unit_test(wrong_attempts),
		cmocka_unit_test(without_storage)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
