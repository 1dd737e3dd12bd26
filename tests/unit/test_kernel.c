/* The kernel with the programme's own features: batches, idempotency, refusals, audit. */
#include "kernel/packer.h"
#include "kernel/recent.h"
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

/* n settings in one batch; every third from the first on is refused when some_bad. How many were done. */
static int64_t act_at_once(struct kit *k, int n, bool some_bad)
{
	static struct request q[BATCH_MAX];
	static struct request *list[BATCH_MAX];
	static struct cx cx[BATCH_MAX];
	struct log_head before, after;
	struct json *good, *bad;
	int64_t done = 0;

	assert_int_equal(json_parse(&k->cx, "{\"offer_days\":3}", 16, &json_limits_request, &good), ERR_OK);
	assert_int_equal(json_parse(&k->cx, "{}", 2, &json_limits_request, &bad), ERR_OK);
	assert_true(writer_head(k->writer[1], &before));
	for (int i = 0; i < n; i++) {
		bool is_bad = some_bad && i % 3 == 0;
		cx_init(&cx[i], 0);
		assert_int_equal(request_read(&cx[i], &k->domain, "city.settings", 1, is_bad ? bad : good,
					      &q[i]),
				 ERR_OK);
		q[i].who = k->who;
		q[i].happened_us = KIT_START + i;
		list[i] = &q[i];
	}
	writer_run(k->writer[1], list, (size_t)n);
	for (int i = 0; i < n; i++) {
		assert_int_equal(q[i].err, some_bad && i % 3 == 0 ? ERR_INVALID : ERR_OK);
		if (!q[i].err)
			assert_int_equal(q[i].entry.seq, before.size + done++);
		cx_done(&cx[i]);
	}
	assert_true(writer_head(k->writer[1], &after));
	assert_int_equal(after.size, before.size + done);
	return done;
}

/* Later requests see what earlier ones did, refused ones leave nothing. */
static void a_batch_is_one_transaction(void **state)
{
	struct kit k;

	(void)state;
	kit_open(&k);
	assert_int_equal(act_at_once(&k, 700, true), 700 - 234);
	kit_audit(&k);
	kit_close(&k);
}

/* The city's entries are there, each by itself and in order from any on; so many rows of the tail. */
static void reads_all(struct kit *k, int64_t size, int64_t rows)
{
	int64_t from[] = {0, 1, size / 2, size - 1, size}, n;
	struct entry e;

	assert_int_equal(db_one_i64(&k->cx, k->db, &n, "SELECT COUNT(*) FROM journal WHERE city = 1",
				    DB_NONE),
			 ERR_OK);
	assert_int_equal(n, rows);
	for (int64_t seq = 0; seq < size; seq += 1 + size / 50) {
		assert_int_equal(entry_read(&k->cx, k->db, &k->domain, 1, seq, &e), ERR_OK);
		assert_int_equal(e.seq, seq);
	}
	assert_int_equal(entry_read(&k->cx, k->db, &k->domain, 1, size, &e), ERR_NOT_FOUND);
	cx_clear(&k->cx);
	for (size_t i = 0; i < ARRAY_LEN(from); i++) {
		struct journal_line line;
		journal_auto *j = NULL;
		int64_t seq = from[i];
		assert_int_equal(journal_open(&k->cx, k->db, 1, seq, &j), ERR_OK);
		for (; journal_next(&k->cx, j, &line, NULL); seq++)
			assert_int_equal(line.seq, seq);
		assert_int_equal(k->cx.err, ERR_OK);
		assert_int_equal(seq, size);
	}
	kit_audit(k);
}

static void a_batch_is_a_row_of_the_tail(void **state)
{
	struct kit k;

	(void)state;
	kit_open(&k);
	reads_all(&k, 1, 1);
	act_at_once(&k, 5, false);
	reads_all(&k, 6, 2);
	act_at_once(&k, 1, false);
	reads_all(&k, 7, 3);
	act_at_once(&k, PACK_ENTRIES - 7, false); /* a whole pack */
	reads_all(&k, PACK_ENTRIES, 0);
	act_at_once(&k, PACK_ENTRIES + 40, false); /* one, and 40 */
	reads_all(&k, 2 * PACK_ENTRIES + 40, 1);
	act_at_once(&k, 470, false); /* more than a row takes */
	reads_all(&k, 2 * PACK_ENTRIES + 510, 3);
	kit_close(&k);
}

static int64_t packs(struct kit *k)
{
	int64_t n;

	assert_int_equal(db_one_i64(&k->cx, k->db, &n, "SELECT COUNT(*) FROM journal_pack WHERE city = 1",
				    DB_NONE),
			 ERR_OK);
	return n;
}

/* The thread finds no books where it looks: then who asked it makes the packs, a few behind. */
static void packs_that_cannot_be_made_apart(void **state)
{
	struct packer *packer;
	int64_t size = 1;
	struct kit k;

	(void)state;
	kit_open(&k);
	assert_int_equal(packer_new(&k.cx, "/nowhere/at/all.db", &packer), ERR_OK);
	writer_pack_apart(k.writer[1], packer);
	for (int i = 0; i < 9; i++) {
		size += act_at_once(&k, PACK_ENTRIES - 5, false);
		assert_true(size - packs(&k) * PACK_ENTRIES < 4 * PACK_ENTRIES);
	}
	assert_true(packs(&k) > 4);
	kit_audit(&k);
	writer_free(k.writer[1]); /* the next one packs at once, what was left, too */
	k.writer[1] = NULL;
	assert_int_equal(writer_new(&k.cx, k.db, &k.domain, k.keys, 1, &k.writer[1]), ERR_OK);
	size += act_at_once(&k, 1, false);
	assert_int_equal(packs(&k), size / PACK_ENTRIES);
	reads_all(&k, size, 3); /* two batches end in it, and this one */
	kit_close(&k);
	packer_free(packer);
}

static void keys_move_into_runs(void **state)
{
	const int64_t four = 4 * KIT_GENERATION;
	int run = -1;

	(void)state;
	assert_int_equal(idem_run(0), -1);
	assert_int_equal(idem_run(KIT_GENERATION - 1), -1);
	assert_int_equal(idem_run(KIT_GENERATION), 0);
	assert_int_equal(idem_run(KIT_GENERATION + four), 1);
	for (int64_t seq = KIT_GENERATION, begun = seq; seq < 4000 * four; seq += four) {
		int now = idem_run(seq);
		assert_true(now == run || now == run + 1); /* one after the other */
		if (now != run) {
			int64_t length = seq - begun;
			assert_true(run < 8 ? length <= four : length * 16 >= begun && length * 8 <= seq);
			begun = seq;
		}
		run = now;
	}
	assert_true(run < 128 && idem_run(INT64_MAX) < 1 << 16);
}

/* Books that hold are changed behind the audit's back, and it says so. */
static void change(struct kit *k, const char *sql, int invariant, const char *words)
{
	kit_audit(k);
	assert_int_equal(db_exec(&k->cx, k->db, sql, DB_NONE), ERR_OK);
	kit_audit_finds(k, invariant, words);
}

static void changed_rows_of_the_tail_are_found(void **state)
{
	static const struct {
		const char *sql, *words;
	} cases[] = {
		{"UPDATE journal SET body = replace(body, '\"seq\":3', '\"seq\":4') "
		 "WHERE city = 1 AND seq = 1",
		 "text and its hash"},
		{"UPDATE journal SET leaf = substr(leaf, 1, 32) WHERE city = 1 AND seq = 1",
		 "not as they were written"},
		{"UPDATE journal SET leaf = substr(leaf, 2) WHERE city = 1 AND seq = 1",
		 "not as they were written"},
		{"UPDATE journal SET leaf = substr(leaf, 41) WHERE city = 1 AND seq = 1",
		 "not as they were written"},
		{"UPDATE journal SET body = replace(body, '\n', ' ') WHERE city = 1 AND seq = 1",
		 "not as they were written"},
		{"UPDATE journal SET body = replace(body, '\n', '\n\n') WHERE city = 1 AND seq = 1",
		 "not as they were written"},
		{"INSERT INTO journal (city, seq, body, leaf) SELECT city, 3, body, leaf FROM journal "
		 "WHERE city = 1 AND seq = 1",
		 "entry 3 stands twice"},
		{"UPDATE journal SET seq = 2 WHERE city = 1 AND seq = 1", "entry 1 is missing"},
		{"DELETE FROM journal WHERE city = 1 AND seq = 1", "entry 1 is missing"},
	};
	struct entry e;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct kit k;
		kit_open(&k);
		act_at_once(&k, 5, false);
		act_at_once(&k, 5, false);
		change(&k, cases[i].sql, 7, cases[i].words);
		if (entry_read(&k.cx, k.db, &k.domain, 1, 3, &e))
			cx_clear(&k.cx); /* whatever it finds */
		assert_int_equal(entry_read(&k.cx, k.db, &k.domain, 1, 8, &e), ERR_OK); /* behind it */
		kit_close(&k);
	}
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
		change(&k, cases[i].sql, 0, cases[i].words);
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
		cmocka_unit_test(a_batch_is_a_row_of_the_tail),
		cmocka_unit_test(packs_that_cannot_be_made_apart),
		cmocka_unit_test(keys_move_into_runs),
		cmocka_unit_test(changed_rows_of_the_tail_are_found),
		cmocka_unit_test(a_lost_key_is_found),
		cmocka_unit_test(a_batch_is_one_transaction),
		cmocka_unit_test(changed_books_are_found),
		cmocka_unit_test(published_checkpoint_finds_cutting),
	};
	return cmocka_run_group_tests_name("kernel", tests, NULL, NULL);
}
