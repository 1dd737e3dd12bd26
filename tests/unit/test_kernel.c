/* The kernel with the programme's own features: batches, idempotency, refusals, audit. */
#include "kit.h"

static void opens_and_audits(void **state)
{
	struct kit k;

	(void)state;
	kit_open(&k);
	kit_audit(&k);
	kit_refuse(&k, 1, "city.open", ERR_CONFLICT, "open already",
		   "{\"city\":1,\"name\":\"X\",\"time_zone\":\"Etc/UTC\",\"currency\":\"CNY\"}");
	kit_refuse(&k, 2, "city.settings", ERR_NOT_FOUND, "no city 2", "{\"offer_days\":3}");
	kit_refuse(&k, 1, "city.settings", ERR_INVALID, "there is no such field", "{\"role\":\"admin\"}");
	kit_as(&k, (struct principal){.user = 9, .roles = ROLE_CLERK});
	kit_refuse(&k, 1, "city.settings", ERR_FORBIDDEN, "roles", "{\"offer_days\":3}");
	kit_staff(&k);
	kit_act(&k, 1, "city.settings", "{\"offer_days\":3}");
	/* a refused opening leaves no secret behind: the city can be opened otherwise */
	kit_refuse(&k, 2, "city.open", ERR_INVALID, "time_zone",
		   "{\"city\":2,\"name\":\"X\",\"time_zone\":\"Mars/Base\",\"currency\":\"CNY\"}");
	kit_act(&k, 2, "city.open",
		"{\"city\":2,\"name\":\"X\",\"time_zone\":\"Etc/UTC\",\"currency\":\"CNY\","
		"\"simulated\":true,\"sim_seed\":\"s\"}");
	kit_audit(&k);
	kit_close(&k);
}

static void keys_are_remembered(void **state)
{
	struct kit k;
	const struct json *a, *b;

	(void)state;
	kit_open(&k);
	kit_open_real(&k); /* a simulated city remembers no keys */
	a = kit_act_key(&k, 2, "city.settings", "k1", "{\"offer_days\":3}");
	b = kit_act_key(&k, 2, "city.settings", "k1", "{\"offer_days\":3}");
	assert_int_equal(kit_int(a, "seq"), kit_int(b, "seq"));
	b = kit_act_key(&k, 2, "city.settings", "k2", "{\"offer_days\":3}");
	assert_int_not_equal(kit_int(a, "seq"), kit_int(b, "seq"));
	kit_at(&k, KIT_START + 8 * DAY_US);
	b = kit_act_key(&k, 2, "city.settings", "k3", "{\"offer_days\":5}");
	b = kit_act_key(&k, 2, "city.settings", "k1", "{\"offer_days\":4}");
	assert_int_not_equal(kit_int(a, "seq"), kit_int(b, "seq"));
	kit_audit(&k);
	kit_close(&k);
}

enum { KEYS = 300 };

/* Of entry n's key; each writer but the last is another process that comes to the same books. */
static int64_t set_days(struct kit *k, int n)
{
	char key[20];

	snprintf(key, sizeof(key), "m-%d", n);
	if (n % 7 == 0) {
		writer_free(k->writer[2]);
		k->writer[2] = NULL;
		assert_int_equal(writer_new(&k->cx, k->db, &k->domain, k->keys, 2, &k->writer[2]), ERR_OK);
	}
	return kit_int(kit_act_key(k, 2, "city.settings", key, "{\"offer_days\":%d}", 1 + n % 9), "seq");
}

static int64_t count_keys(struct kit *k)
{
	int64_t n;

	assert_int_equal(db_one_i64(&k->cx, k->db, &n, "SELECT COUNT(*) FROM idem WHERE city = 2", DB_NONE),
			 ERR_OK);
	return n;
}

/* Keys move into their table in the order of their bytes, are found there for seven days by any process,
 * and are taken away when two weeks have passed. */
static void keys_move_and_go(void **state)
{
	int64_t seq[KEYS], days;
	struct kit k;

	(void)state;
	kit_open(&k);
	kit_open_real(&k);
	for (int n = 0; n < KEYS; n++)
		seq[n] = set_days(&k, n);
	days = count_keys(&k);
	assert_true(days > KEYS - 3 * KIT_GENERATION && days <= KEYS - KIT_GENERATION);
	kit_audit(&k);
	kit_at(&k, KIT_START + 7 * DAY_US); /* to the microsecond */
	for (int n = 0; n < KEYS; n++)
		assert_int_equal(set_days(&k, n), seq[n]);
	kit_at(&k, KIT_START + 7 * DAY_US + 1);
	for (int n = 0; n < KEYS; n += 50)
		assert_true(set_days(&k, n) > seq[KEYS - 1]);
	kit_audit(&k);
	kit_at(&k, KIT_START + 15 * DAY_US);
	for (int n = KEYS; n < KEYS + 2 * KIT_GENERATION; n++)
		set_days(&k, n);
	assert_true(count_keys(&k) <= 4 * KIT_GENERATION); /* what moved in these weeks */
	kit_audit(&k);
	kit_close(&k);
}

static void a_lost_key_is_found(void **state)
{
	struct kit k;

	(void)state;
	kit_open(&k);
	kit_open_real(&k);
	for (int n = 0; n < 4 * KIT_GENERATION; n++)
		set_days(&k, n);
	assert_int_equal(db_script(&k.cx, k.db, "UPDATE idem SET seq = seq + 1 WHERE city = 2"), ERR_OK);
	kit_audit_finds(&k, 7, "column seq is not what replaying the entries gives");
	assert_int_equal(db_script(&k.cx, k.db, "UPDATE idem SET seq = seq - 1 WHERE city = 2"), ERR_OK);
	assert_int_equal(db_exec(&k.cx, k.db, "INSERT INTO idem (city, key, seq) VALUES (2, $1, 3)",
				 DB_ARGS(db_blob("eighteen bytes long", IDEM_ROW))),
			 ERR_OK);
	kit_audit_finds(&k, 7, "stands in the database, but no entry made it");
	assert_int_equal(db_script(&k.cx, k.db, "DELETE FROM idem WHERE city = 2"), ERR_OK);
	kit_audit_finds(&k, 7, "idem");
	kit_close(&k);
}

/* One batch: later requests see what earlier ones did, refused ones leave nothing. */
static void a_batch_is_one_transaction(void **state)
{
	enum { N = 700 };
	static struct request q[N];
	static struct request *list[N];
	static struct cx cx[N];
	struct kit k;
	struct json *good, *bad;
	struct writer *w;
	struct log_head head;

	(void)state;
	kit_open(&k);
	assert_int_equal(json_parse(&k.cx, "{\"offer_days\":3}", 16, &json_limits_request, &good), ERR_OK);
	assert_int_equal(json_parse(&k.cx, "{}", 2, &json_limits_request, &bad), ERR_OK);
	writer_free(k.writer[1]);
	k.writer[1] = NULL;
	assert_int_equal(writer_new(&k.cx, k.db, &k.domain, k.keys, 1, &w), ERR_OK);
	for (int i = 0; i < N; i++) {
		cx_init(&cx[i], 0);
		assert_int_equal(request_read(&cx[i], &k.domain, "city.settings", 1,
					      i % 3 ? good : bad, &q[i]),
				 ERR_OK);
		q[i].who = k.who;
		q[i].happened_us = KIT_START + i;
		list[i] = &q[i];
	}
	writer_run(w, list, N);
	for (int i = 0; i < N; i++) {
		assert_int_equal(q[i].err, i % 3 ? ERR_OK : ERR_INVALID);
		if (i % 3)
			assert_int_equal(q[i].entry.seq, 1 + i - i / 3 - 1);
		cx_done(&cx[i]);
	}
	assert_true(writer_head(w, &head));
	assert_int_equal(head.size, 1 + N - (N + 2) / 3);
	kit_audit(&k);
	writer_free(w);
	kit_close(&k);
}

/* What the audit says when books were changed behind its back. */
static void changed_books_are_found(void **state)
{
	static const struct {
		const char *sql, *words;
	} cases[] = {
		{"UPDATE journal SET body = replace(body, '\"offer_days\":3', '\"offer_days\":4') "
		 "WHERE city = 1 AND seq = 1",
		 "text and its hash"},
		{"DELETE FROM journal WHERE city = 1 AND seq = 1", "missing"},
		{"DELETE FROM journal WHERE city = 1 AND seq = 2", "log_head says"},
		{"UPDATE journal SET seq = 7 WHERE city = 1 AND seq = 2", "missing"},
		{"UPDATE log_head SET size = 2 WHERE city = 1", "log_head says"},
		{"UPDATE log_head SET next_id = 9 WHERE city = 1", "next_id"},
		{"UPDATE log_head SET note = note || 'x' WHERE city = 1", "checkpoint"},
		{"UPDATE log_head SET simulated = 0 WHERE city = 1", "simulated"},
		{"UPDATE city SET offer_days = 9 WHERE city = 1", "column offer_days"},
		{"DELETE FROM city WHERE city = 1", "not in the database"},
		{"UPDATE history SET chunk = 5 WHERE city = 1 AND chunk = 0", "no entry made it"},
		{"UPDATE city SET city = 3 WHERE city = 1", "not in the database"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct kit k;
		kit_open(&k);
		kit_act(&k, 1, "city.settings", "{\"offer_days\":3}");
		kit_act(&k, 1, "city.settings", "{\"quote_days\":3}");
		kit_audit(&k);
		assert_int_equal(db_exec(&k.cx, k.db, cases[i].sql, DB_NONE), ERR_OK);
		kit_audit_finds(&k, 0, cases[i].words);
		kit_close(&k);
	}
}

static void published_checkpoint_finds_cutting(void **state)
{
	struct audit_options options = {.city = -1};
	static struct audit_result result;
	db_auto_rows *rows = NULL;
	struct kit k, other;

	(void)state;
	kit_open(&k);
	kit_act(&k, 1, "city.settings", "{\"offer_days\":3}");
	kit_act(&k, 1, "city.settings", "{\"quote_days\":3}");
	assert_int_equal(db_query(&k.cx, k.db, &rows, "SELECT note FROM log_head WHERE city = $1",
				  DB_ARGS(db_i64(1))),
			 0);
	assert_true(db_next(&k.cx, rows));
	options.checkpoint = cx_strdup(&k.cx, db_get_text(rows, 0));
	db_rows_free(rows);
	rows = NULL;
	assert_int_equal(audit_run(&k.cx, k.db, &k.domain, k.keys, &options, &result), ERR_OK);
	assert_int_equal(result.findings, 0);
	kit_act(&k, 1, "city.settings", "{\"quote_days\":4}");
	assert_int_equal(audit_run(&k.cx, k.db, &k.domain, k.keys, &options, &result), ERR_OK);
	assert_int_equal(result.findings, 0);
	/* Someone who holds the keys makes other books of the same city. */
	kit_open(&other);
	kit_act(&other, 1, "city.settings", "{\"offer_days\":3}");
	assert_int_equal(audit_run(&other.cx, other.db, &other.domain, k.keys, &options, &result), ERR_OK);
	assert_true(result.findings > 0);
	kit_close(&other);
	kit_close(&k);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(opens_and_audits),
		cmocka_unit_test(keys_are_remembered),
		cmocka_unit_test(keys_move_and_go),
		cmocka_unit_test(a_lost_key_is_found),
		cmocka_unit_test(a_batch_is_one_transaction),
		cmocka_unit_test(changed_books_are_found),
		cmocka_unit_test(published_checkpoint_finds_cutting),
	};
	return cmocka_run_group_tests_name("kernel", tests, NULL, NULL);
}
