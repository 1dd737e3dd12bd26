/* Every case runs on SQLite in memory, on an SQLite file, and on PostgreSQL when there is one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file.h"
#include "db/db.h"
#include "db/migrations.h"
#include "pg.h"

enum place { MEMORY, FILE_, PG };
static const char *const place_name[] = {"memory", "file", "PostgreSQL"};
static enum place place;

struct fixture {
	struct cx cx;
	struct db *db;
	char dir[64], where[512];
};

struct writer {
	pthread_t thread;
	const char *where;
	int64_t city;
	int flags, failures;
};

struct interrupted {
	struct db *db;
	atomic_bool over;
};

#define OK(call)                                                                                   \
	do {                                                                                       \
		if ((call) != ERR_OK)                                                              \
			fail_msg("%s: %s", #call, f->cx.msg);                                      \
	} while (0)
#define FAILS(want, call)                                                                          \
	do {                                                                                       \
		enum err got_ = (call);                                                            \
		if (got_ != (want))                                                                \
			fail_msg("%s: %d (%s) where %d is right", #call, got_, f->cx.msg, (want)); \
		cx_clear(&f->cx);                                                                  \
	} while (0)

static const char *const item_column[] = {"city", "id", "name", "data", "grams"};
static const enum db_kind item_kind[] = {DB_I64, DB_I64, DB_TEXT, DB_BLOB, DB_I64};
static const struct db_shape item = {"item", item_column, item_kind, 5, 2};

static const struct db_migration migrations[] = {
	{1, "first",
	 "CREATE TABLE item (city {int} NOT NULL, id {int} NOT NULL, name {text}, data {blob}, grams {int},"
	 " PRIMARY KEY (city, id)) {strict};\n"
	 "CREATE UNIQUE INDEX item_name ON item (city, name);"},
	{2, "second",
	 "CREATE TABLE extra (id {int} NOT NULL PRIMARY KEY, note {text} NOT NULL) {strict}"},
	{3, "third", "INSERT INTO extra(id, note) VALUES (1, 'made by {curly} third')"},
};

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	*state = f;
	cx_init(&f->cx, 0);
	snprintf(f->dir, sizeof(f->dir), "/tmp/relode-db-XXXXXX");
	assert_non_null(mkdtemp(f->dir));
	if (place == MEMORY)
		snprintf(f->where, sizeof(f->where), ":memory:");
	else if (place == FILE_)
		snprintf(f->where, sizeof(f->where), "%s/test.db", f->dir);
	else
		assert_non_null(pg_scratch(f->where, sizeof(f->where)));
	OK(db_open(&f->cx, f->where, DB_CREATE, &f->db));
	OK(db_migrate(&f->cx, f->db, migrations, 1));
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;
	char command[128];

	db_close(f->db);
	if (place == PG)
		pg_scratch_drop(f->where);
	snprintf(command, sizeof(command), "rm -rf %s", f->dir);
	assert_int_equal(system(command), 0);
	cx_done(&f->cx);
	free(f);
	return 0;
}

static int64_t one(struct fixture *f, const char *sql)
{
	int64_t n = -1;

	OK(db_one_i64(&f->cx, f->db, &n, sql, DB_NONE));
	return n;
}

static enum err append_range(struct fixture *f, int64_t from, size_t count, int64_t grams)
{
	struct db_val *rows = calloc(count * 5, sizeof(*rows)), *v = rows;
	char(*names)[24] = calloc(count, sizeof(*names));
	enum err err;

	for (size_t i = 0; i < count; i++, v += 5) {
		int64_t id = from + (int64_t)i;

		snprintf(names[i], sizeof(names[i]), "n%lld", (long long)id);
		v[0] = db_i64(1);
		v[1] = db_i64(id);
		v[2] = db_text(names[i]);
		v[3] = id % 3 ? db_blob(names[i], strlen(names[i])) : db_null();
		v[4] = db_i64(grams);
	}
	err = db_append(&f->cx, f->db, &item, rows, count);
	free(names);
	free(rows);
	return err;
}

static void kinds_come_back_as_they_went(void **state)
{
	static const char all[] = {0, 1, '\'', '"', '\\', '{', '}', ',', (char)0xff, 0};
	static const struct {
		const char *label;
		struct db_val name, data, grams;
	} cases[] = {
		{"plain", {DB_TEXT, 0, "abc", 3}, {DB_BLOB, 0, "xyz", 3}, {DB_I64, 7}},
		{"nulls", {DB_NULL}, {DB_NULL}, {DB_NULL}},
		{"empty", {DB_TEXT, 0, "", 0}, {DB_BLOB, 0, "", 0}, {DB_I64, 0}},
		{"empty without a pointer",
		 {DB_TEXT, 0, NULL, 0},
		 {DB_BLOB, 0, NULL, 0},
		 {DB_I64, -1}},
		{"any bytes",
		 {DB_TEXT, 0, "NULL", 4},
		 {DB_BLOB, 0, all, sizeof(all)},
		 {DB_I64, INT64_MAX}},
		{"marks",
		 {DB_TEXT, 0, "{\"a\\',}\n\t", 9},
		 {DB_BLOB, 0, "\0", 1},
		 {DB_I64, INT64_MIN}},
		{"languages", {DB_TEXT, 0, "手机 📱 é", 14}, {DB_BLOB, 0, "é", 2}, {DB_I64, 1}},
		{"a part of a text",
		 {DB_TEXT, 0, "abcdef", 2},
		 {DB_BLOB, 0, "abcdef", 2},
		 {DB_I64, 2}},
	};
	struct fixture *f = *state;

	for (size_t way = 0; way < 2; way++) {
		for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
			const struct db_val row[] = {db_i64((int64_t)(way * 100 + i)),
						     db_i64((int64_t)i), cases[i].name,
						     cases[i].data, cases[i].grams};
			if (way == 0)
				OK(db_append(&f->cx, f->db, &item, row, 1));
			else
				OK(db_exec(&f->cx, f->db,
					   "INSERT INTO item(city, id, grams, data, name) "
					   "VALUES ($1, $2, $5, $4, $3)",
					   (struct db_args){row, 5}));
		}
		for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
			db_auto_rows *rows = NULL;
			size_t n;
			const void *p;

			OK(db_query(
				&f->cx, f->db, &rows,
				"SELECT name, data, grams FROM item WHERE id = $2 AND city = $1",
				DB_ARGS(db_i64((int64_t)(way * 100 + i)), db_i64((int64_t)i))));
			assert_true(db_next(&f->cx, rows));
			assert_int_equal(db_is_null(rows, 0), cases[i].name.kind == DB_NULL);
			p = db_get_blob(rows, 0, &n);
			assert_int_equal(n, cases[i].name.n);
			assert_int_equal(p == NULL, cases[i].name.kind == DB_NULL);
			if (p) {
				assert_memory_equal(p, cases[i].name.p ? cases[i].name.p : "", n);
				assert_int_equal(strlen(db_get_text(rows, 0)), n);
			}
			p = db_get_blob(rows, 1, &n);
			assert_int_equal(n, cases[i].data.n);
			assert_int_equal(p == NULL, cases[i].data.kind == DB_NULL);
			if (n)
				assert_memory_equal(p, cases[i].data.p, n);
			assert_int_equal(db_is_null(rows, 2), cases[i].grams.kind == DB_NULL);
			assert_int_equal(db_get_i64(rows, 2), cases[i].grams.i);
			assert_false(db_next(&f->cx, rows));
			assert_int_equal(f->cx.err, ERR_OK);
		}
	}
}

static void text_that_cannot_be_stored_is_refused(void **state)
{
	static const struct {
		const char *label, *text;
		size_t n;
	} cases[] = {
		{"U+0000", "a\0b", 3},
		{"half a character", "\xe6\x89", 2},
		{"a lone surrogate", "\xed\xa0\x80", 3},
		{"an overlong form", "\xc0\xaf", 2},
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct db_val text = {.kind = DB_TEXT, .p = cases[i].text, .n = cases[i].n};
		const struct db_val row[] = {db_i64(1), db_i64(1), text, db_null(), db_null()};

		FAILS(ERR_INVALID, db_append(&f->cx, f->db, &item, row, 1));
		FAILS(ERR_INVALID,
		      db_exec(&f->cx, f->db, "INSERT INTO item(city, id, name) VALUES (1, 1, $1)",
			      DB_ARGS(text)));
	}
	assert_int_equal(one(f, "SELECT count(*) FROM item"), 0);
}

/* What the engines would give in types of their own comes out as an integer all the same. */
static void sums_and_conditions_are_integers(void **state)
{
	static const struct {
		const char *sql;
		int64_t want;
	} cases[] = {
		{"SELECT count(*) FROM item", 5},
		{"SELECT sum(grams) FROM item", 5000000000000000000},
		{"SELECT sum(-grams) FROM item", -5000000000000000000},
		{"SELECT sum(id * 10001) FROM item", 150015},
		{"SELECT sum(id * 100000000) FROM item", 1500000000},
		{"SELECT max(id) FROM item", 5},
		{"SELECT max(id) FROM item WHERE id > 99", 0},
		{"SELECT 7", 7},
		{"SELECT id > 4 FROM item WHERE id = 5", 1},
		{"SELECT 'a' < 'B'", 0},
		{"SELECT count(*) FROM item WHERE name LIKE 'N%'", 0},
		{"SELECT count(*) FROM item WHERE name LIKE 'n%'", 5},
		{"SELECT coalesce(sum(grams), 0) FROM item WHERE id < 0", 0},
		{"SELECT 9223372036854775807", INT64_MAX},
	};
	struct fixture *f = *state;

	OK(append_range(f, 1, 5, 1000000000000000000));
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		if (one(f, cases[i].sql) != cases[i].want && (i != 9 || place != PG))
			fail_msg("%s gives %lld", cases[i].sql, (long long)one(f, cases[i].sql));
	OK(append_range(f, 6, 5, 1000000000000000000));
	FAILS(ERR_DB,
	      db_one_i64(&f->cx, f->db, &(int64_t){0}, "SELECT sum(grams) FROM item", DB_NONE));
	FAILS(ERR_DB, db_one_i64(&f->cx, f->db, &(int64_t){0}, "SELECT 1.5", DB_NONE));
}

static void text_is_ordered_by_its_bytes(void **state)
{
	static const char *const in[] = {"b", "a", "é", "B", "Z", "_", "10", "9", "手", "aa"};
	static const char *const want[] = {"10", "9", "B", "Z", "_", "a", "aa", "b", "é", "手"};
	struct fixture *f = *state;
	db_auto_rows *rows = NULL;

	for (size_t i = 0; i < ARRAY_LEN(in); i++)
		OK(db_exec(&f->cx, f->db, "INSERT INTO item(city, id, name) VALUES (1, $1, $2)",
			   DB_ARGS(db_i64((int64_t)i), db_text(in[i]))));
	OK(db_query(&f->cx, f->db, &rows, "SELECT name FROM item ORDER BY name", DB_NONE));
	for (size_t i = 0; i < ARRAY_LEN(want); i++) {
		assert_true(db_next(&f->cx, rows));
		assert_string_equal(db_get_text(rows, 0), want[i]);
	}
}

static void ten_thousand_rows_at_once(void **state)
{
	enum { ROWS = 10000 };
	struct fixture *f = *state;
	db_auto_rows *rows = NULL;
	char name[24];
	int n = 0;

	OK(append_range(f, 1, ROWS, 5));
	assert_int_equal(one(f, "SELECT count(*) FROM item"), ROWS);
	assert_int_equal(one(f, "SELECT count(*) FROM item WHERE data IS NULL"), ROWS / 3);
	OK(db_query(&f->cx, f->db, &rows, "SELECT id, name, data, grams FROM item ORDER BY id",
		    DB_NONE));
	while (db_next(&f->cx, rows)) {
		size_t len;
		const void *data = db_get_blob(rows, 2, &len);

		snprintf(name, sizeof(name), "n%d", ++n);
		assert_int_equal(db_get_i64(rows, 0), n);
		assert_string_equal(db_get_text(rows, 1), name);
		if (n % 3)
			assert_memory_equal(data, name, len);
		else
			assert_null(data);
	}
	assert_int_equal(n, ROWS);
	OK(db_append(&f->cx, f->db, &item, NULL, 0));
}

static void values_of_many_megabytes(void **state)
{
	enum { SIZE = 9 * 1000 * 1000, ROWS = 3 };
	struct fixture *f = *state;
	unsigned char *big = malloc(SIZE);
	db_auto_rows *rows = NULL;
	struct db_val row[ROWS * 5];
	size_t n;

	for (size_t i = 0; i < SIZE; i++)
		big[i] = (unsigned char)(i * 7 ^ i >> 8);
	for (int i = 0; i < ROWS; i++)
		memcpy(&row[i * 5],
		       ((struct db_val[]){db_i64(1), db_i64(i), db_null(), db_blob(big, SIZE),
					  db_null()}),
		       5 * sizeof(row[0]));
	OK(db_append(&f->cx, f->db, &item, row, ROWS));
	OK(db_query(&f->cx, f->db, &rows, "SELECT data FROM item", DB_NONE));
	for (int i = 0; i < ROWS; i++) {
		assert_true(db_next(&f->cx, rows));
		assert_memory_equal(db_get_blob(rows, 0, &n), big, SIZE);
		assert_int_equal(n, SIZE);
	}
	free(big);
}

static void a_key_twice_is_a_conflict(void **state)
{
	struct fixture *f = *state;

	OK(append_range(f, 1, 10, 1));
	FAILS(ERR_CONFLICT, append_range(f, 10, 5, 2));
	assert_int_equal(one(f, "SELECT count(*) FROM item"), 10);
	FAILS(ERR_CONFLICT,
	      db_exec(&f->cx, f->db, "INSERT INTO item(city, id) VALUES (1, 3)", DB_NONE));
	assert_int_equal(one(f, "SELECT sum(grams) FROM item"), 10);

	OK(db_begin(&f->cx, f->db, true));
	OK(append_range(f, 11, 5, 1));
	FAILS(ERR_CONFLICT, append_range(f, 15, 5, 1));
	FAILS(ERR_DB, db_exec(&f->cx, f->db, "DELETE FROM item", DB_NONE));
	FAILS(ERR_DB, db_commit(&f->cx, f->db));
	assert_int_equal(one(f, "SELECT count(*) FROM item"), 10);
	OK(append_range(f, 11, 5, 1));
	assert_int_equal(one(f, "SELECT count(*) FROM item"), 15);
}

static void upsert_replaces_by_key_alone(void **state)
{
	const struct db_val change[] = {
		db_i64(1), db_i64(2), db_text("two"),  db_null(),	db_i64(22),
		db_i64(1), db_i64(9), db_text("nine"), db_blob("x", 1), db_null(),
		db_i64(2), db_i64(2), db_text("two"),  db_null(),	db_i64(33),
	};
	/* 4's name is another row's: the other must stay */
	const struct db_val taken[] = {db_i64(1), db_i64(4), db_text("n1"), db_null(), db_i64(0)};
	const struct db_val twice[] = {
		db_i64(1), db_i64(5), db_text("a"), db_null(), db_i64(0),
		db_i64(1), db_i64(6), db_text("b"), db_null(), db_i64(0),
		db_i64(1), db_i64(5), db_text("c"), db_null(), db_i64(0),
	};
	const struct db_val no_key[] = {db_i64(1), db_null(), db_text("a"), db_null(), db_i64(0)};
	struct fixture *f = *state;

	OK(append_range(f, 1, 3, 1));
	OK(db_upsert(&f->cx, f->db, &item, change, 3));
	assert_int_equal(one(f, "SELECT count(*) FROM item"), 5);
	assert_int_equal(one(f, "SELECT grams FROM item WHERE city = 1 AND id = 2"), 22);
	assert_int_equal(one(f, "SELECT grams FROM item WHERE city = 2 AND id = 2"), 33);
	assert_int_equal(one(f, "SELECT count(*) FROM item WHERE id = 2 AND data IS NULL"), 2);
	assert_int_equal(one(f, "SELECT count(*) FROM item WHERE id = 9 AND grams IS NULL"), 1);
	FAILS(ERR_CONFLICT, db_upsert(&f->cx, f->db, &item, taken, 1));
	FAILS(ERR_INVALID, db_upsert(&f->cx, f->db, &item, twice, 3));
	FAILS(ERR_INVALID, db_upsert(&f->cx, f->db, &item, no_key, 1));
	FAILS(ERR_INVALID, db_append(&f->cx, f->db, &item, no_key, 1));
	assert_int_equal(one(f, "SELECT count(*) FROM item"), 5);
	assert_int_equal(one(f, "SELECT count(*) FROM item WHERE name = 'n1' AND id = 1"), 1);
}

/* More than one statement takes at once, and each number around that. */
static void many_rows_are_as_one_by_one(void **state)
{
	enum { MANY = 50 };
	struct db_val rows[5 * MANY], *taken = &rows[5 * 37];
	struct fixture *f = *state;
	char name[MANY][8];

	for (int64_t n = 1; n < MANY; n++)
		OK(append_range(f, 100 * n, (size_t)n, n));
	assert_int_equal(one(f, "SELECT count(*) FROM item"), MANY * (MANY - 1) / 2);
	assert_int_equal(one(f, "SELECT count(*) FROM item WHERE id < 100 * grams OR id >= 101 * grams"), 0);
	for (int i = 0; i < MANY; i++) { /* half of them are there */
		snprintf(name[i], sizeof(name[i]), "m%d", i);
		rows[5 * i] = db_i64(1);
		rows[5 * i + 1] = db_i64(4900 + 2 * i);
		rows[5 * i + 2] = i % 5 ? db_text(name[i]) : db_text(NULL);
		rows[5 * i + 3] = i % 3 ? db_blob(name[i], (size_t)i % 3) : db_null();
		rows[5 * i + 4] = db_i64(i);
	}
	OK(db_upsert(&f->cx, f->db, &item, rows, MANY));
	assert_int_equal(one(f, "SELECT count(*) FROM item"), MANY * (MANY - 1) / 2 + MANY / 2);
	assert_int_equal(one(f, "SELECT count(*) FROM item WHERE id >= 4900 AND id % 2 = 0 AND "
				"grams = (id - 4900) / 2 AND (name IS NULL) = (grams % 5 = 0) AND "
				"COALESCE(length(data), 0) = grams % 3"),
			 MANY);
	OK(db_begin(&f->cx, f->db, true));
	taken[2] = db_text("n4901"); /* of a row that is not among these: all or none */
	FAILS(ERR_CONFLICT, db_upsert(&f->cx, f->db, &item, rows, MANY));
	db_rollback(f->db);
	for (int i = 0; i < MANY; i++)
		rows[5 * i + 1].i = 9000 + i, rows[5 * i + 2] = db_null();
	taken[1] = db_i64(9010);
	FAILS(ERR_CONFLICT, db_append(&f->cx, f->db, &item, rows, MANY));
	FAILS(ERR_INVALID, db_upsert(&f->cx, f->db, &item, rows, MANY));
	assert_int_equal(one(f, "SELECT count(*) FROM item WHERE id >= 9000 OR name = 'm38'"), 1);
	assert_int_equal(one(f, "SELECT grams FROM item WHERE id = 4976"), 38);
}

static void a_table_of_keys_alone(void **state)
{
	static const char *const column[] = {"a", "b"};
	static const enum db_kind kind[] = {DB_I64, DB_TEXT};
	static const struct db_shape pair = {"order", column, kind, 2, 2};
	const struct db_val rows[] = {db_i64(1), db_text("x"), db_i64(2), db_text("y")};
	struct fixture *f = *state;

	OK(db_script(
		&f->cx, f->db,
		"CREATE TABLE \"order\" (a bigint NOT NULL, b text NOT NULL, PRIMARY KEY (a, b));"));
	OK(db_append(&f->cx, f->db, &pair, rows, 1));
	OK(db_upsert(&f->cx, f->db, &pair, rows, 2));
	assert_int_equal(one(f, "SELECT count(*) FROM \"order\""), 2);
	OK(db_delete(&f->cx, f->db, &pair, rows, 1));
	assert_int_equal(one(f, "SELECT a FROM \"order\""), 2);
}

static void delete_takes_keys(void **state)
{
	const struct db_val keys[] = {db_i64(1), db_i64(2),  db_i64(1), db_i64(4),
				      db_i64(1), db_i64(99), db_i64(2), db_i64(1)};
	struct fixture *f = *state;

	OK(append_range(f, 1, 5, 1));
	OK(db_delete(&f->cx, f->db, &item, keys, 4));
	assert_int_equal(one(f, "SELECT count(*) FROM item"), 3);
	assert_int_equal(one(f, "SELECT sum(id) FROM item"), 9);
}

static void an_engine_that_knows_says_how_many_rows_changed(void **state)
{
	bool knows;
	struct fixture *f = *state;

	knows = db_engine(f->db) == DB_SQLITE;
	OK(append_range(f, 1, 3, 1));
	OK(db_exec(&f->cx, f->db, "UPDATE item SET grams = 7 WHERE id > 1", DB_NONE));
	assert_int_equal(db_changed(f->db), knows ? 2 : -1);
	OK(db_exec(&f->cx, f->db, "UPDATE item SET grams = 7 WHERE id > 9", DB_NONE));
	assert_int_equal(db_changed(f->db), knows ? 0 : -1);
	OK(db_exec(&f->cx, f->db, "DELETE FROM item WHERE id = 1", DB_NONE));
	assert_int_equal(db_changed(f->db), knows ? 1 : -1);
}

/* What is bound once is not there the next time: null is null. */
static void nulls_follow_values(void **state)
{
	struct fixture *f = *state;
	const char *sql =
		"SELECT count(*) FROM item WHERE CAST($1 AS TEXT) IS NULL AND CAST($2 AS TEXT) IS NULL";

	OK(append_range(f, 1, 48, 1)); /* by 16: each has its nulls elsewhere */
	assert_int_equal(one(f, "SELECT count(*) FROM item WHERE data IS NULL"), 16);
	assert_int_equal(one(f, "SELECT count(*) FROM item WHERE data IS NULL AND id % 3 <> 0"), 0);
	for (int i = 0; i < 3; i++) {
		struct db_val a = i == 1 ? db_text("x") : db_null(), b = i == 2 ? db_text("y") : db_null();
		int64_t n;
		OK(db_one_i64(&f->cx, f->db, &n, sql, DB_ARGS(a, b)));
		assert_int_equal(n, i == 0 ? 48 : 0);
	}
}

static void transactions_keep_all_or_nothing(void **state)
{
	struct fixture *f = *state;

	OK(db_begin(&f->cx, f->db, true));
	OK(append_range(f, 1, 3, 1));
	OK(db_exec(&f->cx, f->db, "UPDATE item SET grams = grams + $1 WHERE id = 1",
		   DB_ARGS(db_i64(5))));
	assert_int_equal(one(f, "SELECT grams FROM item WHERE id = 1"), 6);
	db_rollback(f->db);
	assert_int_equal(one(f, "SELECT count(*) FROM item"), 0);
	db_rollback(f->db);

	OK(db_begin(&f->cx, f->db, true));
	OK(append_range(f, 1, 3, 1));
	OK(db_commit(&f->cx, f->db));
	assert_false(db_commit_unknown(f->db));
	assert_int_equal(one(f, "SELECT count(*) FROM item"), 3);

	OK(db_begin(&f->cx, f->db, false));
	assert_int_equal(one(f, "SELECT count(*) FROM item"), 3);
	FAILS(ERR_DB, db_exec(&f->cx, f->db, "DELETE FROM item", DB_NONE));
	db_rollback(f->db);
	OK(db_begin(&f->cx, f->db, false));
	assert_int_equal(one(f, "SELECT count(*) FROM item"), 3);
	OK(db_commit(&f->cx, f->db));
}

static void closing_rolls_back(void **state)
{
	struct fixture *f = *state;

	OK(db_begin(&f->cx, f->db, true));
	OK(append_range(f, 1, 3, 1));
	db_close(f->db);
	OK(db_open(&f->cx, f->where, 0, &f->db));
	assert_int_equal(one(f, "SELECT count(*) FROM item"), 0);
}

static void a_failed_script_leaves_nothing(void **state)
{
	struct fixture *f = *state;

	FAILS(ERR_DB, db_script(&f->cx, f->db,
				"INSERT INTO item(city, id) VALUES (1, 1); INSERT INTO nowhere"
				" VALUES (1);"));
	assert_int_equal(one(f, "SELECT count(*) FROM item"), 0);
	OK(db_script(&f->cx, f->db,
		     "INSERT INTO item(city, id) VALUES (1, 1);\n"
		     "-- a comment; with a semicolon\n"
		     "INSERT INTO item(city, id, name) VALUES (1, 2, 'a;b');\n"));
	assert_int_equal(one(f, "SELECT count(*) FROM item WHERE id = 1 OR name = 'a;b'"), 2);
}

/* A query over many rows stays open while others read and write, and gives what was there when it
 * began and not the rows that are written meanwhile. */
static void nested_in(struct fixture *f, int rows_wanted)
{
	db_auto_rows *rows = NULL;
	int64_t n = 0, name;

	OK(db_query(&f->cx, f->db, &rows, "SELECT id, name FROM item WHERE city = $1 ORDER BY id",
		    DB_ARGS(db_i64(1))));
	while (db_next(&f->cx, rows)) {
		db_auto_rows *inner = NULL;

		n++;
		assert_int_equal(db_get_i64(rows, 0), n);
		if (n % 100)
			continue;
		OK(db_query(&f->cx, f->db, &inner,
			    "SELECT length(name) FROM item WHERE city = $1 AND id = $2",
			    DB_ARGS(db_i64(1), db_i64(n))));
		assert_true(db_next(&f->cx, inner));
		name = db_get_i64(inner, 0);
		assert_int_equal(name, strlen(db_get_text(rows, 1)));
		OK(db_exec(&f->cx, f->db, "INSERT INTO item(city, id, grams) VALUES (2, $1, $2)",
			   DB_ARGS(db_i64(n), db_i64(name))));
	}
	assert_int_equal(f->cx.err, ERR_OK);
	assert_int_equal(n, rows_wanted);
}

static void queries_nest(void **state)
{
	enum { ROWS = 30000 };
	struct fixture *f = *state;

	OK(append_range(f, 1, ROWS, 1));
	nested_in(f, ROWS);
	assert_int_equal(one(f, "SELECT count(*) FROM item WHERE city = 2"), ROWS / 100);
	OK(db_exec(&f->cx, f->db, "DELETE FROM item WHERE city = 2", DB_NONE));
	OK(db_begin(&f->cx, f->db, true));
	nested_in(f, ROWS);
	OK(db_commit(&f->cx, f->db));
	assert_int_equal(one(f, "SELECT count(*) FROM item WHERE city = 2"), ROWS / 100);
}

/* More than is kept in memory while another statement runs. */
static void long_answers_wait_on_disk(void **state)
{
	enum { ROWS = 4000, SIZE = 3000 };
	struct fixture *f = *state;
	db_auto_rows *rows = NULL;
	struct db_val *row = calloc(ROWS * 5, sizeof(*row));
	unsigned char(*data)[SIZE] = calloc(ROWS, SIZE);
	size_t n;

	for (int i = 0; i < ROWS; i++) {
		struct db_val *v = &row[i * 5];

		memset(data[i], i % 251, SIZE);
		v[0] = db_i64(1);
		v[1] = db_i64(i);
		v[3] = db_blob(data[i], i % 50 ? SIZE : (size_t)(i / 50));
	}
	OK(db_append(&f->cx, f->db, &item, row, ROWS));
	OK(db_begin(&f->cx, f->db, true));
	OK(db_query(&f->cx, f->db, &rows, "SELECT id, data FROM item ORDER BY id", DB_NONE));
	for (int i = 0; i < ROWS; i++) {
		const void *p;

		assert_true(db_next(&f->cx, rows));
		if (i == 1 || i == 1000 || i == ROWS - 1)
			OK(db_exec(&f->cx, f->db, "INSERT INTO item(city, id) VALUES (2, $1)",
				   DB_ARGS(db_i64(i))));
		if (i == 2000)
			OK(db_commit(&f->cx, f->db));
		assert_int_equal(db_get_i64(rows, 0), i);
		p = db_get_blob(rows, 1, &n);
		assert_int_equal(n, i % 50 ? SIZE : i / 50);
		assert_memory_equal(p, data[i], n);
	}
	assert_false(db_next(&f->cx, rows));
	assert_int_equal(f->cx.err, ERR_OK);
	assert_int_equal(one(f, "SELECT count(*) FROM item WHERE city = 2"), 3);
	free(data);
	free(row);
}

/* The same statement may be open twice, and rows may be left before their end. */
static void rows_may_be_left(void **state)
{
	static const char sql[] = "SELECT id FROM item WHERE city = 1 ORDER BY id";
	struct fixture *f = *state;

	OK(append_range(f, 1, 20000, 1));
	for (int turn = 0; turn < 6; turn++) {
		db_auto_rows *a = NULL, *b = NULL, *c = NULL;
		bool txn = turn % 3 == 1;

		if (txn)
			OK(db_begin(&f->cx, f->db, true));
		OK(db_query(&f->cx, f->db, &a, sql, DB_NONE));
		assert_true(db_next(&f->cx, a));
		OK(db_query(&f->cx, f->db, &b, sql, DB_NONE));
		for (int i = 1; i <= 3; i++)
			assert_true(db_next(&f->cx, b) && db_get_i64(b, 0) == i);
		OK(db_query(&f->cx, f->db, &c, sql, DB_NONE));
		for (int i = 2; i <= 20000; i++)
			assert_true(db_next(&f->cx, a) && db_get_i64(a, 0) == i);
		assert_false(db_next(&f->cx, a));
		assert_false(db_next(&f->cx, a));
		if (txn)
			OK(db_commit(&f->cx, f->db));
		assert_true(db_next(&f->cx, b) && db_get_i64(b, 0) == 4);
	}
	assert_int_equal(one(f, "SELECT count(*) FROM item"), 20000);
}

static void returning_gives_what_was_written(void **state)
{
	static const char sql[] =
		"UPDATE item SET grams = grams + 1 WHERE city = 1 AND id <= $1 RETURNING id";
	struct fixture *f = *state;
	db_auto_rows *rows = NULL;

	OK(append_range(f, 1, 9, 1));
	OK(db_begin(&f->cx, f->db, true));
	OK(db_query(&f->cx, f->db, &rows, sql, DB_ARGS(db_i64(4))));
	assert_true(db_next(&f->cx, rows));
	OK(db_commit(&f->cx, f->db)); /* with rows still open */
	assert_int_equal(one(f, "SELECT sum(grams) FROM item"), 13);
	assert_true(db_next(&f->cx, rows));
	FAILS(ERR_NOT_FOUND, db_one_i64(&f->cx, f->db, &(int64_t){0}, sql, DB_ARGS(db_i64(0))));
	OK(db_begin(&f->cx, f->db, true));
	FAILS(ERR_NOT_FOUND, db_one_i64(&f->cx, f->db, &(int64_t){0}, sql, DB_ARGS(db_i64(0))));
	OK(append_range(f, 20, 1, 1)); /* not found is no failure of the transaction */
	OK(db_commit(&f->cx, f->db));
}

static void parameters_may_be_null_or_not(void **state)
{
	static const char sql[] =
		"SELECT count(*) FROM item WHERE id > $1 AND (CAST($2 AS text) IS NULL OR name = $2)";
	struct fixture *f = *state;
	int64_t n;

	OK(append_range(f, 1, 9, 1));
	for (int i = 0; i < 3; i++) {
		OK(db_one_i64(&f->cx, f->db, &n, sql, DB_ARGS(db_i64(2), db_text("n4"))));
		assert_int_equal(n, 1);
		OK(db_one_i64(&f->cx, f->db, &n, sql, DB_ARGS(db_i64(2), db_null())));
		assert_int_equal(n, 7);
		OK(db_one_i64(&f->cx, f->db, &n, sql, DB_ARGS(db_null(), db_text("n4"))));
		assert_int_equal(n, 0);
		OK(db_one_i64(&f->cx, f->db, &n, "SELECT count(*) FROM item WHERE $1 IS NULL",
			      DB_ARGS(db_text(NULL))));
		assert_int_equal(n, 9);
	}
}

static void more_statements_than_the_cache_holds(void **state)
{
	struct fixture *f = *state;
	char sql[100];

	OK(append_range(f, 1, 9, 1));
	for (int turn = 0; turn < 2; turn++)
		for (int i = 0; i < 1000; i++) {
			snprintf(sql, sizeof(sql), "SELECT id + %d FROM item WHERE id = 3", i);
			assert_int_equal(one(f, sql), i + 3);
		}
}

static void errors_say_what_and_where(void **state)
{
	static const struct {
		const char *sql;
		enum err err;
		const char *sqlite, *pg;
	} cases[] = {
		{"SELECT  colour\n FROM item", ERR_DB,
		 "no such column: colour (in: SELECT colour FROM item)",
		 "column \"colour\" does not exist (in: SELECT colour FROM item)"},
		{"SELEC 1", ERR_DB, "near \"SELEC\": syntax error",
		 "syntax error at or near \"SELEC\""},
		{"INSERT INTO item(city) VALUES (1)", ERR_DB, "NOT NULL constraint failed: item.id",
		 "null value in column \"id\""},
		{"SELECT 1; SELECT 2", ERR_DB, "one statement", "multiple commands"},
		{"SELECT $1", ERR_DB, "0 values for a statement with 1",
		 "bind message supplies 0 parameters"},
		{"INSERT INTO item(city, id, grams) VALUES (1, 1, 'abc')", ERR_DB,
		 "cannot store TEXT value", "invalid input syntax"},
		{"INSERT INTO item(city, id) VALUES (1, 1), (1, 1)", ERR_CONFLICT, "UNIQUE",
		 "unique"},
		{"", ERR_DB, "one statement", "statement"},
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const char *want = place == PG ? cases[i].pg : cases[i].sqlite;
		enum err err = db_exec(&f->cx, f->db, cases[i].sql, DB_NONE);

		if (err != cases[i].err || !strstr(f->cx.msg, want))
			fail_msg("%s: %d %s", cases[i].sql, err, f->cx.msg);
		cx_clear(&f->cx);
	}
	FAILS(ERR_DB, db_exec(&f->cx, f->db, "INSERT INTO item(city, id) VALUES ($1, $2)",
			      DB_ARGS(db_i64(1))));
	OK(append_range(f, 1, 1, 1));
}

static void schemas_are_read(void **state)
{
	struct fixture *f = *state;
	const char *const *names;
	const enum db_kind *kinds;
	int n, keys;

	OK(db_migrate(&f->cx, f->db, migrations, 3));
	OK(db_tables(&f->cx, f->db, &names, &n));
	assert_int_equal(n, 2);
	assert_string_equal(names[0], "extra");
	assert_string_equal(names[1], "item");
	OK(db_columns(&f->cx, f->db, "item", &names, &kinds, &n, &keys));
	assert_int_equal(n, 5);
	assert_int_equal(keys, 2);
	for (int i = 0; i < n; i++) {
		assert_string_equal(names[i], item_column[i]);
		assert_int_equal(kinds[i], item_kind[i]);
	}
	FAILS(ERR_NOT_FOUND, db_columns(&f->cx, f->db, "nowhere", &names, &kinds, &n, &keys));
}

static void an_older_file_is_upgraded(void **state)
{
	struct fixture *f = *state;

	OK(append_range(f, 1, 3, 1));
	OK(db_check_schema(&f->cx, f->db, migrations, 1));
	assert_int_equal(db_check_schema(&f->cx, f->db, migrations, 3), ERR_CONFLICT);
	assert_non_null(strstr(f->cx.msg, "run relode upgrade"));
	cx_clear(&f->cx);
	OK(db_migrate(&f->cx, f->db, migrations, 3));
	OK(db_check_schema(&f->cx, f->db, migrations, 3));
	OK(db_migrate(&f->cx, f->db, migrations, 3));
	assert_int_equal(one(f, "SELECT count(*) FROM schema_version"), 3);
	assert_int_equal(one(f, "SELECT count(*) FROM item"), 3);
	assert_int_equal(one(f, "SELECT count(*) FROM extra WHERE note = 'made by {curly} third'"),
			 1);
	/* a newer file */
	FAILS(ERR_CONFLICT, db_check_schema(&f->cx, f->db, migrations, 2));
	FAILS(ERR_CONFLICT, db_migrate(&f->cx, f->db, migrations, 2));
	assert_int_equal(one(f, "SELECT count(*) FROM schema_version"), 3);
}

static void an_empty_list_is_a_list(void **state)
{
	struct fixture *f = *state;

	FAILS(ERR_CONFLICT, db_migrate(&f->cx, f->db, NULL, 0));
	OK(db_exec(&f->cx, f->db, "DROP TABLE schema_version", DB_NONE));
	OK(db_check_schema(&f->cx, f->db, NULL, 0));
	OK(db_migrate(&f->cx, f->db, NULL, 0));
}

static void what_does_not_match_is_refused(void **state)
{
	struct fixture *f = *state;
	struct db_migration other[3];

	memcpy(other, migrations, sizeof(other));
	OK(db_migrate(&f->cx, f->db, migrations, 2));
	other[0].sql = "CREATE TABLE item (id {int})";
	FAILS(ERR_CONFLICT, db_migrate(&f->cx, f->db, other, 3));
	FAILS(ERR_CONFLICT, db_check_schema(&f->cx, f->db, other, 2));
	OK(db_check_schema(&f->cx, f->db, migrations, 2));
	OK(db_exec(&f->cx, f->db, "UPDATE schema_version SET digest = $1 WHERE version = 2",
		   DB_ARGS(db_blob("abc", 3))));
	FAILS(ERR_CONFLICT, db_check_schema(&f->cx, f->db, migrations, 2));
	assert_int_equal(one(f, "SELECT count(*) FROM schema_version"), 2);
}

static void what_was_changed_by_hand_is_found(void **state)
{
	static const struct {
		const char *sql, *words;
	} cases[] = {
		{"CREATE TRIGGER t AFTER INSERT ON item BEGIN DELETE FROM item; END",
		 "trigger t is none of"},
		{"CREATE TABLE other (a)", "table other is none of relode's"},
		{"DROP INDEX item_name", "index item_name is missing"},
		{"ALTER TABLE item ADD COLUMN more INTEGER", "table item is not as"},
		{"DROP TABLE item; CREATE TABLE item (a) STRICT", NULL},
		{"DROP TABLE extra; CREATE TABLE extra (id INTEGER NOT NULL, note TEXT)",
		 "table extra is not as"},
		{"ANALYZE", ""},
	};
	struct fixture *f = *state;

	OK(db_migrate(&f->cx, f->db, migrations, 3));
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct db *db;
		enum err err;

		OK(db_open(&f->cx, ":memory:", 0, &db));
		OK(db_migrate(&f->cx, db, migrations, 3));
		err = db_script(&f->cx, db, cases[i].sql);
		assert_int_equal(err, cases[i].words ? ERR_OK : ERR_DB);
		if (!err) {
			err = db_check_schema(&f->cx, db, migrations, 3);
			assert_int_equal(err, *cases[i].words ? ERR_CORRUPT : ERR_OK);
			assert_true(!err || strstr(f->cx.msg, cases[i].words));
		}
		cx_clear(&f->cx);
		db_close(db);
	}
}

static void *migrate_all(void *arg)
{
	struct writer *w = arg;
	struct cx cx;
	struct db *db = NULL;

	cx_init(&cx, 0);
	w->failures = db_open(&cx, w->where, 0, &db) || db_migrate(&cx, db, migrations, 3) ||
		      db_check_schema(&cx, db, migrations, 3);
	if (w->failures)
		fprintf(stderr, "%s\n", cx.msg);
	db_close(db);
	cx_done(&cx);
	return NULL;
}

static void many_may_migrate_at_once(void **state)
{
	struct fixture *f = *state;
	struct writer w[6];

	OK(db_script(&f->cx, f->db, "DROP TABLE schema_version; DROP TABLE item"));
	for (size_t i = 0; i < ARRAY_LEN(w); i++) {
		w[i] = (struct writer){.where = f->where};
		assert_int_equal(pthread_create(&w[i].thread, NULL, migrate_all, &w[i]), 0);
	}
	for (size_t i = 0; i < ARRAY_LEN(w); i++) {
		assert_int_equal(pthread_join(w[i].thread, NULL), 0);
		assert_int_equal(w[i].failures, 0);
	}
	assert_int_equal(one(f, "SELECT count(*) FROM extra"), 1);
}

/* What migrations/ holds is in the program, and fits both engines. */
static void the_program_has_its_migrations(void **state)
{
	struct fixture *f = *state;
	const char *const *names, *const *columns;
	const enum db_kind *kinds;
	int n, count, keys;

	OK(db_script(&f->cx, f->db, "DROP TABLE schema_version; DROP TABLE item"));
	OK(db_migrate(&f->cx, f->db, relode_migrations, relode_migration_count));
	OK(db_check_schema(&f->cx, f->db, relode_migrations, relode_migration_count));
	OK(db_tables(&f->cx, f->db, &names, &n));
	assert_true(relode_migration_count > 0 && n > 0);
	for (int i = 0; i < n; i++) {
		OK(db_columns(&f->cx, f->db, names[i], &columns, &kinds, &count, &keys));
		if (keys < 1)
			fail_msg("table %s has no primary key", names[i]);
	}
}

static void a_failed_migration_leaves_the_version_before(void **state)
{
	static const struct db_migration bad[] = {
		{1, "good", "CREATE TABLE a (id {int} NOT NULL PRIMARY KEY) {strict}"},
		{2, "bad",
		 "CREATE TABLE b (id {int} NOT NULL PRIMARY KEY) {strict}; INSERT INTO c VALUES (1)"},
	};
	struct fixture *f = *state;
	const char *const *names;
	int n;

	OK(db_script(&f->cx, f->db, "DROP TABLE schema_version; DROP TABLE item"));
	assert_int_equal(db_migrate(&f->cx, f->db, bad, 2), ERR_DB);
	assert_non_null(strstr(f->cx.msg, "migration 2 (bad): "));
	OK(db_tables(&f->cx, f->db, &names, &n));
	assert_int_equal(n, 1);
	assert_string_equal(names[0], "a");
	OK(db_check_schema(&f->cx, f->db, bad, 1));
}

static void copies_are_whole(void **state)
{
	struct fixture *f = *state, copy = {0};
	char to[128], other[160];
	struct stat st;

	snprintf(to, sizeof(to), "%s/copy.db", f->dir);
	if (place == PG) {
		FAILS(ERR_UNSUPPORTED, db_backup(&f->cx, f->db, to, NULL, NULL));
		return;
	}
	OK(append_range(f, 1, 20000, 3));
	OK(db_backup(&f->cx, f->db, to, NULL, NULL));
	assert_int_equal(stat(to, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	FAILS(ERR_CONFLICT, db_backup(&f->cx, f->db, to, NULL, NULL));
	cx_init(&copy.cx, 0);
	assert_int_equal(db_open(&copy.cx, to, DB_READ_ONLY, &copy.db), ERR_OK);
	assert_int_equal(one(&copy, "SELECT sum(grams) FROM item"), 60000);
	assert_int_equal(db_check_schema(&copy.cx, copy.db, migrations, 1), ERR_OK);
	db_close(copy.db);
	cx_done(&copy.cx);
	assert_int_equal(unlink(to), 0);
	snprintf(other, sizeof(other), "%s-wal", to); /* would be taken for the copy's own */
	assert_return_code(close(open(other, O_CREAT | O_RDWR | O_TRUNC, 0600)), 0);
	FAILS(ERR_CONFLICT, db_backup(&f->cx, f->db, to, NULL, NULL));
	OK(append_range(f, 20001, 1, 3));
}

static bool always(void)
{
	return true;
}

static void count_calls(void *arg, int64_t done, int64_t total)
{
	assert_in_range(done, 0, total);
	++*(int *)arg;
}

/* Bytes other than zero in the unallocated room of a file's pages, where what was moved may lie still. */
static size_t stale_bytes(struct fixture *f, const char *path)
{
	enum { PAGE = 4096 };
	size_t size, stale = 0;
	char *text;

	OK(file_read(&f->cx, path, 16 << 20, &text, &size));
	assert_int_equal(size % PAGE, 0);
	for (size_t at = 0; at < size; at += PAGE) {
		const unsigned char *page = (const unsigned char *)text + at, *h = page + (at ? 0 : 100);
		size_t from = (size_t)(h - page) + (h[0] & 8 ? 8 : 12) + 2 * (size_t)(h[3] << 8 | h[4]);
		size_t to = (size_t)(h[5] << 8 | h[6]);
		if (h[0] != 2 && h[0] != 5 && h[0] != 10 && h[0] != 13)
			continue;
		assert_true(from <= to && to <= PAGE);
		for (; from < to; from++)
			stale += page[from] != 0;
	}
	return stale;
}

static size_t stale_after_moving(struct fixture *f, const char *path, const char *copy, int flags)
{
	unsigned char key[16];
	struct db *db;

	OK(db_open(&f->cx, path, DB_CREATE | DB_FAST | flags, &db));
	OK(db_migrate(&f->cx, db, migrations, 3));
	for (int i = 0; i < 3000; i++) {
		cx_random(&f->cx, key, sizeof(key));
		OK(db_exec(&f->cx, db, "INSERT INTO item(city, id, data) VALUES ($1, $2, $3)",
			   DB_ARGS(db_i64(key[0]), db_i64(key[1] << 12 | i), db_blob(key, sizeof(key)))));
		if (i % 3 == 0)
			OK(db_exec(&f->cx, db, "DELETE FROM item WHERE city = $1",
				   DB_ARGS(db_i64(key[2]))));
	}
	OK(db_backup(&f->cx, db, copy, NULL, NULL));
	db_close(db);
	return stale_bytes(f, path) + stale_bytes(f, copy);
}

static void a_traceless_file_keeps_nothing(void **state)
{
	struct fixture *f = *state;
	char *path = cx_printf(&f->cx, "%s/t", f->dir), *copy = cx_printf(&f->cx, "%s/u", f->dir);

	assert_int_equal(stale_after_moving(f, path, copy, DB_TRACELESS), 0);
	/* and any other file does */
	path = cx_printf(&f->cx, "%s/v", f->dir);
	copy = cx_printf(&f->cx, "%s/w", f->dir);
	assert_true(stale_after_moving(f, path, copy, 0) > 0);
}

static void a_copy_can_be_stopped(void **state)
{
	struct fixture *f = *state;
	int calls = 0;
	char to[128];

	OK(db_exec(&f->cx, f->db,
		   "INSERT INTO item(city, id, data) VALUES (1, 1, zeroblob(9000000))", DB_NONE));
	snprintf(to, sizeof(to), "%s/copy.db", f->dir);
	f->cx.stop = always;
	FAILS(ERR_INTERRUPTED, db_backup(&f->cx, f->db, to, count_calls, &calls));
	assert_int_equal(calls, 1);
	f->cx.stop = NULL;
	OK(db_backup(&f->cx, f->db, to, count_calls, &calls));
	assert_true(calls > 2);
}

static void readers_do_not_write(void **state)
{
	struct fixture *f = *state;

	OK(append_range(f, 1, 3, 1));
	db_close(f->db);
	f->db = NULL;
	OK(db_open(&f->cx, f->where, DB_READ_ONLY | DB_SOLE, &f->db));
	assert_int_equal(one(f, "SELECT count(*) FROM item"), 3);
	FAILS(ERR_DB, db_exec(&f->cx, f->db, "DELETE FROM item", DB_NONE));
	FAILS(ERR_DB, db_begin(&f->cx, f->db, true));
	FAILS(ERR_DB, append_range(f, 4, 1, 1));
	OK(db_begin(&f->cx, f->db, false));
	assert_int_equal(one(f, "SELECT count(*) FROM item"), 3);
	OK(db_commit(&f->cx, f->db));
}

static void what_names_a_server(void **state)
{
	static const char *const server[] = {"postgresql://u@h/n", "postgres://h", "host=/run/db dbname=n",
					     "dbname=n", "service=books"};
	static const char *const file[] = {"relode.db", "postgres.db", "postgresql", "a=b.db", "./host=x",
					   ":memory:"};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(server); i++)
		assert_true(db_on_server(server[i]));
	for (size_t i = 0; i < ARRAY_LEN(file); i++)
		assert_false(db_on_server(file[i]));
}

static void files_that_are_no_database(void **state)
{
	struct fixture *f = *state;
	struct db *db = NULL;
	char path[128];
	struct stat st;

	assert_int_equal(stat(f->where, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	snprintf(path, sizeof(path), "%s/none.db", f->dir);
	FAILS(ERR_NOT_FOUND, db_open(&f->cx, path, 0, &db));
	FAILS(ERR_NOT_FOUND, db_open(&f->cx, path, DB_READ_ONLY | DB_CREATE, &db));
	assert_int_not_equal(access(path, F_OK), 0);
	snprintf(path, sizeof(path), "%s/none/none.db", f->dir);
	FAILS(ERR_IO, db_open(&f->cx, path, DB_CREATE, &db));
	snprintf(path, sizeof(path), "%s/text", f->dir);
	FILE *file = fopen(path, "w");
	for (int i = 0; i < 1000; i++)
		fprintf(file, "this is no database\n");
	fclose(file);
	FAILS(ERR_DB, db_open(&f->cx, path, 0, &db));
	FAILS(ERR_DB, db_open(&f->cx, path, DB_READ_ONLY, &db));
	assert_null(db);
}

/* By another user, where nothing can be written: not even SQLite's -shm. */
static void a_file_that_cannot_be_written_is_read(void **state)
{
	struct fixture *f = *state;
	char path[128];
	int status;
	pid_t pid;

	OK(append_range(f, 1, 3, 1));
	snprintf(path, sizeof(path), "%s/100%%_copy?x=#.db", f->dir);
	OK(db_backup(&f->cx, f->db, path, NULL, NULL));
	assert_int_equal(chmod(path, 0444) | chmod(f->dir, 0555), 0);
	pid = fork();
	if (pid == 0) {
		struct fixture g = {0};
		int64_t n = 0;

		cx_init(&g.cx, 0);
		if (getuid() == 0 && (setegid(65534) || seteuid(65534)))
			_exit(98);
		if (db_open(&g.cx, path, DB_READ_ONLY, &g.db) ||
		    db_one_i64(&g.cx, g.db, &n, "SELECT sum(grams) FROM item", DB_NONE))
			fprintf(stderr, "%s\n", g.cx.msg);
		db_close(g.db);
		cx_done(&g.cx);
		_exit(n == 3 ? 0 : 97);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(chmod(f->dir, 0755), 0);
	assert_int_equal(status, 0);
}

/* Opens where in a process of its own; its exit code is the error, and its message is checked. */
static int open_elsewhere(const char *where, int flags, const char *words)
{
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		struct cx cx;
		struct db *db = NULL;
		enum err err;

		cx_init(&cx, 0);
		err = db_open(&cx, where, flags, &db);
		if (err && words && !strstr(cx.msg, words)) {
			fprintf(stderr, "%s\n", cx.msg);
			_exit(99);
		}
		db_close(db);
		_exit((int)err);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void one_process_writes(void **state)
{
	struct fixture *f = *state;
	struct db *second, *third;
	char words[64], link[128];

	snprintf(words, sizeof(words), "in use by process %d", (int)getpid());
	snprintf(link, sizeof(link), "%s/link.db", f->dir);
	assert_int_equal(symlink(f->where, link), 0);
	OK(db_open(&f->cx, f->where, DB_SOLE, &second));
	OK(db_open(&f->cx, link, DB_SOLE, &third));
	assert_int_equal(open_elsewhere(f->where, DB_SOLE, words), ERR_BUSY);
	db_close(second);
	assert_int_equal(open_elsewhere(link, DB_SOLE, words), ERR_BUSY);
	assert_int_equal(open_elsewhere(f->where, DB_READ_ONLY, NULL), ERR_OK);
	db_close(third);
	assert_int_equal(open_elsewhere(f->where, DB_SOLE, NULL), ERR_OK);
	OK(db_open(&f->cx, f->where, DB_SOLE, &second));
	db_close(second);
}

/* However a transaction ends, the next handle of this process that writes has its turn. */
static void a_turn_ends_with_its_transaction(void **state)
{
	struct fixture *f = *state;
	struct db *a, *b;

	OK(db_open(&f->cx, f->where, DB_SOLE, &a));
	OK(db_open(&f->cx, f->where, DB_SOLE, &b));
	for (int i = 0; i < 3; i++) {
		const struct db_val row[] = {db_i64(1), db_i64(i), db_null(), db_null(), db_i64(1)};

		OK(db_begin(&f->cx, a, true));
		OK(db_append(&f->cx, a, &item, row, 1));
		if (i == 0)
			OK(db_commit(&f->cx, a));
		else if (i == 1)
			db_rollback(a);
		else
			db_close(a);
		OK(db_begin(&f->cx, b, true));
		OK(db_exec(&f->cx, b, "UPDATE item SET grams = grams + 1", DB_NONE));
		OK(db_commit(&f->cx, b));
	}
	db_close(b);
	assert_int_equal(one(f, "SELECT sum(grams) FROM item"), 4);
}

static void *write_many(void *arg)
{
	struct writer *w = arg;
	struct fixture f = {0};

	cx_init(&f.cx, 0);
	w->failures = db_open(&f.cx, w->where, w->flags, &f.db) != ERR_OK;
	for (int i = 0; i < 50 && !w->failures; i++) {
		const struct db_val row[] = {db_i64(w->city), db_i64(i), db_null(), db_null(),
					     db_i64(1)};

		w->failures += db_begin(&f.cx, f.db, true) != ERR_OK;
		w->failures += db_append(&f.cx, f.db, &item, row, 1) != ERR_OK;
		w->failures += db_commit(&f.cx, f.db) != ERR_OK;
	}
	if (w->failures)
		fprintf(stderr, "%s\n", f.cx.msg);
	db_close(f.db);
	cx_done(&f.cx);
	return NULL;
}

static void threads_have_handles_of_their_own(void **state)
{
	struct fixture *f = *state;
	struct writer w[4];

	for (size_t i = 0; i < ARRAY_LEN(w); i++) {
		w[i] = (struct writer){
			.where = f->where, .city = (int64_t)i + 1, .flags = i % 2 ? DB_SOLE : 0};
		assert_int_equal(pthread_create(&w[i].thread, NULL, write_many, &w[i]), 0);
	}
	for (size_t i = 0; i < ARRAY_LEN(w); i++) {
		assert_int_equal(pthread_join(w[i].thread, NULL), 0);
		assert_int_equal(w[i].failures, 0);
	}
	assert_int_equal(one(f, "SELECT sum(grams) FROM item"), 200);
}

/* Somebody else's lock is waited for, and then it is ERR_BUSY. */
static void a_lock_is_waited_for(void **state)
{
	struct fixture *f = *state;
	struct db *other;

	OK(db_open(&f->cx, f->where, 0, &other));
	OK(append_range(f, 1, 1, 1));
	if (place == FILE_)
		OK(db_exec(&f->cx, other, "PRAGMA busy_timeout = 100", DB_NONE));
	else
		OK(db_exec(&f->cx, other, "SET lock_timeout = 100", DB_NONE));
	OK(db_begin(&f->cx, f->db, true));
	OK(db_exec(&f->cx, f->db, "UPDATE item SET grams = 2", DB_NONE));
	FAILS(ERR_BUSY, db_exec(&f->cx, other, "UPDATE item SET grams = 3", DB_NONE));
	db_rollback(f->db);
	OK(db_exec(&f->cx, other, "UPDATE item SET grams = 3", DB_NONE));
	db_close(other);
	assert_int_equal(one(f, "SELECT grams FROM item"), 3);
}

static void *interrupt_until(void *arg)
{
	struct interrupted *i = arg;

	while (!atomic_load(&i->over)) {
		db_interrupt(i->db);
		usleep(10000);
	}
	return NULL;
}

/* A statement that would never end is ended by another thread; the handle serves on. */
static void a_statement_is_interrupted(void **state)
{
	static const char endless[] = "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT 1 - n FROM c) "
				      "SELECT count(*) FROM c";
	struct fixture *f = *state;
	struct interrupted i = {.db = f->db};
	pthread_t thread;
	int64_t n;

	OK(append_range(f, 1, 3, 1));
	for (int round = 0; round < 2; round++) {
		OK(db_begin(&f->cx, f->db, false));
		atomic_store(&i.over, false);
		assert_int_equal(pthread_create(&thread, NULL, interrupt_until, &i), 0);
		FAILS(place == PG ? ERR_BUSY : ERR_INTERRUPTED,
		      db_one_i64(&f->cx, f->db, &n, endless, DB_NONE));
		atomic_store(&i.over, true);
		assert_int_equal(pthread_join(thread, NULL), 0);
		db_rollback(f->db);
		assert_int_equal(one(f, "SELECT count(*) FROM item"), 3);
	}
	OK(append_range(f, 4, 2, 1));
	assert_int_equal(one(f, "SELECT count(*) FROM item"), 5);
}

/* A transaction for reading sees one state, whatever others write. */
static void readers_see_one_state(void **state)
{
	struct fixture *f = *state;
	struct db *other;
	int64_t n;

	OK(db_open(&f->cx, f->where, 0, &other));
	OK(append_range(f, 1, 3, 1));
	OK(db_begin(&f->cx, f->db, false));
	assert_int_equal(one(f, "SELECT count(*) FROM item"), 3);
	OK(db_exec(&f->cx, other, "DELETE FROM item WHERE id = 1", DB_NONE));
	assert_int_equal(one(f, "SELECT count(*) FROM item"), 3);
	OK(db_one_i64(&f->cx, other, &n, "SELECT count(*) FROM item", DB_NONE));
	assert_int_equal(n, 2);
	OK(db_commit(&f->cx, f->db));
	assert_int_equal(one(f, "SELECT count(*) FROM item"), 2);
	db_close(other);
}

/* PostgreSQL: the server ends our connection while it is idle, and in a transaction. */
static void a_lost_connection_is_made_again(void **state)
{
	struct fixture *f = *state;
	struct db *killer;
	int64_t pid, done;

	OK(db_open(&f->cx, f->where, 0, &killer));
	for (int turn = 0; turn < 4; turn++) {
		pid = one(f, "SELECT pg_backend_pid()");
		if (turn >= 2) {
			OK(db_begin(&f->cx, f->db, true));
			OK(append_range(f, 100, 1, 1));
		}
		OK(db_one_i64(&f->cx, killer, &done,
			      "SELECT pg_terminate_backend(CAST($1 AS int), 5000)",
			      DB_ARGS(db_i64(pid))));
		assert_int_equal(done, 1);
		if (turn == 0) /* between transactions nothing is lost */
			OK(db_exec(&f->cx, f->db, "DELETE FROM item", DB_NONE));
		if (turn == 2) {
			FAILS(ERR_BUSY, append_range(f, 101, 1, 1));
			FAILS(ERR_DB, db_commit(&f->cx, f->db));
			assert_false(db_commit_unknown(f->db));
		}
		if (turn == 3) {
			FAILS(ERR_BUSY, db_commit(&f->cx, f->db));
			assert_true(db_commit_unknown(f->db));
		}
		OK(db_begin(&f->cx, f->db,
			    true)); /* after turn 1 without a word: nothing was lost */
		assert_false(db_commit_unknown(f->db));
		OK(append_range(f, turn, 1, 1));
		OK(db_commit(&f->cx, f->db));
	}
	assert_int_equal(one(f, "SELECT count(*) FROM item"), 4);
	db_close(killer);
}

/* What a pooler does that gives one session to many: the statements prepared in it are not there any more. */
static void a_shared_session_is_named(void **state)
{
	static const char sql[] = "SELECT count(*) FROM item";
	struct fixture *f = *state;

	assert_int_equal(one(f, sql), 0);
	OK(db_exec(&f->cx, f->db, "DEALLOCATE ALL", DB_NONE));
	assert_int_equal(db_exec(&f->cx, f->db, sql, DB_NONE), ERR_UNSUPPORTED);
	assert_non_null(strstr(f->cx.msg, "pool_mode = session"));
	cx_clear(&f->cx);
}

/* What relode asks of Citus, in a schema of its own that is looked at before PostgreSQL's catalogue; the
 * table "refused" cannot be distributed. */
static const char citus[] =
	"CREATE TABLE @.pg_available_extensions AS SELECT CAST('citus' AS text) AS name;"
	"CREATE TABLE @.pg_extension AS SELECT CAST('citus' AS text) AS extname;"
	"CREATE TABLE @.pg_dist_partition (logicalrelid regclass, partmethod \"char\", town text);"
	"CREATE FUNCTION @.create_reference_table(regclass) RETURNS void LANGUAGE sql AS"
	" $$ INSERT INTO @.pg_dist_partition VALUES ($1, 'n', '') $$;"
	"CREATE FUNCTION @.create_distributed_table(regclass, text, colocate_with text) RETURNS void"
	" LANGUAGE plpgsql AS $$ BEGIN IF CAST($1 AS text) LIKE '%refused' THEN RAISE EXCEPTION 'no'; END IF;"
	" INSERT INTO @.pg_dist_partition VALUES ($1, 'h', $2 || ':' || $3); END $$;";

/* The address of an empty schema on a server that has Citus, or what stands in for it. */
static void with_citus(struct fixture *f, char *out, size_t size)
{
	const char *own = strstr(f->where, "search_path%3D") + 14;
	char sql[4000], *to = sql;

	for (const char *p = citus; *p; p++)
		if (*p == '@')
			to += snprintf(to, 64, "%s_citus", own);
		else
			*to++ = *p;
	*to = 0;
	OK(db_script(&f->cx, f->db,
		     cx_printf(&f->cx, "CREATE SCHEMA %s_citus; CREATE SCHEMA %s_empty", own, own)));
	OK(db_script(&f->cx, f->db, sql));
	snprintf(out, size, "%.*s%s_empty,%s_citus,pg_catalog", (int)(own - f->where), f->where, own, own);
}

static void a_schema_is_distributed_by_city(void **state)
{
	static const struct db_migration later[] = {
		{1, "a", "CREATE TABLE item (city {int} NOT NULL PRIMARY KEY) {strict};"
			 "CREATE TABLE \"order\" (city {int} NOT NULL PRIMARY KEY) {strict};"},
		{2, "b", "CREATE TABLE aaa (city {int} NOT NULL PRIMARY KEY) {strict};"},
		{3, "c", "CREATE TABLE fine (city {int} NOT NULL PRIMARY KEY) {strict};"
			 "CREATE TABLE refused (city {int} NOT NULL PRIMARY KEY) {strict};"},
	};
	static const char placed[] =
		"SELECT count(*) FROM pg_dist_partition WHERE town = 'city:none'"
		" AND logicalrelid = to_regclass('item') OR town = 'city:item'"
		" AND logicalrelid IN (to_regclass('\"order\"'), to_regclass('aaa'))"
		" OR partmethod = 'n' AND logicalrelid = to_regclass('schema_version')";
	struct fixture *f = *state;
	const char *const *names, *name;
	char where[700];
	struct db *db;
	int64_t n;
	int count;
	bool is;

	OK(db_is_distributed(&f->cx, f->db, &is));
	assert_false(is);
	OK(db_drop_tables(&f->cx, f->db));
	FAILS(ERR_UNSUPPORTED, db_distribute(&f->cx, f->where)); /* Debian has no Citus */
	FAILS(ERR_UNSUPPORTED, db_distribute(&f->cx, "books.db"));
	with_citus(f, where, sizeof(where));
	OK(db_distribute(&f->cx, where));
	OK(db_open(&f->cx, where, 0, &db));
	OK(db_is_distributed(&f->cx, db, &is));
	assert_true(is);
	OK(db_migrate(&f->cx, db, later, 1));
	OK(db_one_i64(&f->cx, db, &n, placed, DB_NONE));
	assert_int_equal(n, 3);
	FAILS(ERR_CONFLICT, db_distribute(&f->cx, where)); /* it is not empty any more */
	FAILS(ERR_DB, db_migrate(&f->cx, db, later, 3));
	OK(db_check_schema(&f->cx, db, later, 2)); /* the second, and nothing of the third */
	OK(db_one_i64(&f->cx, db, &n, placed, DB_NONE));
	assert_int_equal(n, 4);
	OK(db_tables(&f->cx, db, &names, &count));
	assert_int_equal(count, 3);
	OK(db_drop_tables(&f->cx, db));
	OK(db_tables(&f->cx, db, &names, &count));
	assert_int_equal(count, 0);
	db_close(db);
	name = strstr(f->where, "search_path%3D") + 14;
	OK(db_script(&f->cx, f->db,
		     cx_printf(&f->cx, "DROP SCHEMA %s_citus CASCADE; DROP SCHEMA %s_empty CASCADE", name,
			       name)));
}

/* A batch: many writes, few answers; what is read meanwhile, and what is kept, is as ever. */
static void a_batch_is_written_as_one(void **state)
{
	enum { WRITES = 150 }; /* more than are sent without an answer */
	const struct db_val keys[] = {db_i64(1), db_i64(3), db_i64(1), db_i64(4)};
	struct fixture *f = *state;
	db_auto_rows *rows = NULL;

	OK(db_begin_batch(&f->cx, f->db));
	OK(append_range(f, 1, 9, 1));
	assert_int_equal(one(f, "SELECT count(*) FROM item"), 9);
	OK(db_query(&f->cx, f->db, &rows, "SELECT id FROM item ORDER BY id", DB_NONE));
	assert_true(db_next(&f->cx, rows));
	OK(db_delete(&f->cx, f->db, &item, keys, 2)); /* while a query is open */
	for (int i = 1; i < WRITES; i++)
		OK(append_range(f, 10 * i, 3, 1));
	assert_true(db_next(&f->cx, rows));
	assert_int_equal(db_get_i64(rows, 0), 2);
	db_rows_free(rows);
	rows = NULL;
	OK(db_exec(&f->cx, f->db, "UPDATE item SET grams = 2 WHERE id = 1", DB_NONE));
	OK(db_commit(&f->cx, f->db));
	assert_int_equal(one(f, "SELECT count(*) FROM item"), 7 + 3 * (WRITES - 1));
	assert_int_equal(one(f, "SELECT sum(grams) FROM item"), 8 + 3 * (WRITES - 1));
	OK(db_begin_batch(&f->cx, f->db));
	OK(db_commit(&f->cx, f->db));
}

/* It fails at once or later, but it fails, in the words of the statement that failed, and nothing is kept. */
static void a_failed_batch_leaves_nothing(void **state)
{
	static const char *const column[] = {"city", "id"};
	static const struct db_shape no_such = {"nothing", column, item_kind, 2, 2};
	struct db_val key[] = {db_i64(1), db_i64(1)};
	struct fixture *f = *state;

	OK(append_range(f, 1, 3, 1));
	for (int turn = 0; turn < 6; turn++) {
		enum err err;
		OK(db_begin_batch(&f->cx, f->db));
		OK(append_range(f, 10, 5, 1));
		err = turn < 4 ? append_range(f, 3, 1, 1) : db_append(&f->cx, f->db, &no_such, key, 1);
		if (!err && turn & 1)
			err = db_query(&f->cx, f->db, &(struct db_rows *){NULL}, "SELECT 1", DB_NONE);
		for (int i = 0; !err && i < 70 * (turn & 2); i++)
			err = append_range(f, 1000 + i, 1, 1);
		if (!err)
			err = db_commit(&f->cx, f->db);
		assert_int_equal(err, turn < 4 ? ERR_CONFLICT : ERR_DB);
		if (!strstr(f->cx.msg, turn < 4 ? "item" : "nothing"))
			fail_msg("it says: %s", f->cx.msg);
		assert_false(db_commit_unknown(f->db));
		cx_clear(&f->cx);
		db_rollback(f->db);
		assert_int_equal(one(f, "SELECT count(*) FROM item"), 3);
	}
}

static void count_wait(void *arg) { ++*(int *)arg; }

/* PostgreSQL: once a commit, and where the server is connected to anew. */
static void who_waits_is_told(void **state)
{
	struct fixture *f = *state;
	int waits = 0, on_server = db_engine(f->db) == DB_POSTGRESQL;
	struct db *killer;
	int64_t done;

	db_on_wait(f->db, count_wait, &waits);
	for (int i = 0; i < 2; i++) {
		OK(db_begin_batch(&f->cx, f->db));
		OK(append_range(f, 10 * i, 3, 1));
		assert_int_equal(waits, on_server * i);
		OK(db_commit(&f->cx, f->db));
		assert_int_equal(waits, on_server * (i + 1));
	}
	OK(db_begin_batch(&f->cx, f->db));
	OK(append_range(f, 100, 3, 1));
	db_rollback(f->db);
	assert_int_equal(waits, on_server * 2);
	if (on_server) {
		int64_t pid = one(f, "SELECT pg_backend_pid()");
		OK(db_open(&f->cx, f->where, 0, &killer));
		OK(db_one_i64(&f->cx, killer, &done, "SELECT pg_terminate_backend(CAST($1 AS int), 5000)",
			      DB_ARGS(db_i64(pid))));
		db_close(killer);
		assert_int_equal(one(f, "SELECT count(*) FROM item"), 6);
		assert_int_equal(waits, 3);
	}
	db_on_wait(f->db, NULL, NULL);
	OK(db_begin(&f->cx, f->db, true));
	OK(db_commit(&f->cx, f->db));
	assert_int_equal(waits, on_server * 3);
}

static void a_batch_may_lose_its_connection(void **state)
{
	struct fixture *f = *state;
	struct db *killer;
	int64_t pid, done;

	OK(append_range(f, 1, 1, 1)); /* prepared: what follows is sent and not answered */
	OK(db_open(&f->cx, f->where, 0, &killer));
	for (int turn = 0; turn < 4; turn++) {
		pid = one(f, "SELECT pg_backend_pid()");
		OK(db_begin_batch(&f->cx, f->db));
		if (turn == 1)
			OK(append_range(f, 100, 1, 1));
		if (turn == 2)
			assert_int_equal(one(f, "SELECT count(*) FROM item"), 1);
		OK(db_one_i64(&f->cx, killer, &done, "SELECT pg_terminate_backend(CAST($1 AS int), 5000)",
			      DB_ARGS(db_i64(pid))));
		if (turn < 3) {
			FAILS(ERR_BUSY, db_commit(&f->cx, f->db));
			assert_true(db_commit_unknown(f->db));
		}
		db_rollback(f->db);
		assert_int_equal(one(f, "SELECT count(*) FROM item"), 1);
	}
	db_close(killer);
}

static pthread_barrier_t both_hold;

static void *update_both(void *arg)
{
	struct writer *w = arg;
	struct fixture f = {0};
	static const char sql[] = "UPDATE item SET grams = grams + 1 WHERE id = $1";

	cx_init(&f.cx, 0);
	w->failures = db_open(&f.cx, w->where, 0, &f.db) || db_begin(&f.cx, f.db, true) ||
		      db_exec(&f.cx, f.db, sql, DB_ARGS(db_i64(w->city)));
	pthread_barrier_wait(&both_hold); /* one row each */
	if (!w->failures && db_exec(&f.cx, f.db, sql, DB_ARGS(db_i64(3 - w->city))))
		w->failures = f.cx.err == ERR_BUSY ? 2 : 1;
	else if (!w->failures)
		w->failures = db_commit(&f.cx, f.db) != ERR_OK;
	db_close(f.db);
	cx_done(&f.cx);
	return NULL;
}

static void one_of_a_deadlock_may_try_again(void **state)
{
	struct fixture *f = *state;
	struct writer w[2];

	OK(append_range(f, 1, 2, 0));
	assert_int_equal(pthread_barrier_init(&both_hold, NULL, 2), 0);
	for (size_t i = 0; i < ARRAY_LEN(w); i++) {
		w[i] = (struct writer){.where = f->where, .city = (int64_t)i + 1};
		assert_int_equal(pthread_create(&w[i].thread, NULL, update_both, &w[i]), 0);
	}
	for (size_t i = 0; i < ARRAY_LEN(w); i++)
		assert_int_equal(pthread_join(w[i].thread, NULL), 0);
	pthread_barrier_destroy(&both_hold);
	assert_int_equal(w[0].failures + w[1].failures, 2);
	assert_int_equal(one(f, "SELECT sum(grams) FROM item"), 2);
}

static void addresses_hide_passwords(void **state)
{
	struct fixture *f = *state;
	const char *uri = getenv("RELODE_TEST_PG");
	struct db *db = NULL;
	char where[600];

	snprintf(where, sizeof(where), "%s%cpassword=sesame", uri, strchr(uri, '?') ? '&' : '?');
	OK(db_open(&f->cx, where, DB_READ_ONLY, &db));
	assert_null(strstr(db_where(db), "sesame"));
	assert_non_null(strstr(db_where(db), "/postgres?"));
	snprintf(where, sizeof(where), "%s", db_where(db));
	db_close(db);
	OK(db_open(&f->cx, where, 0, &db)); /* it is an address */
	db_close(db);
	db = NULL;
	assert_int_equal(db_open(&f->cx, "postgresql://me:sesame@[::1/x", 0, &db), ERR_INPUT);
	assert_null(strstr(f->cx.msg, "sesame"));
	assert_int_equal(db_open(&f->cx, "host=/nowhere user=me password=sesame", 0, &db), ERR_BUSY);
	assert_null(strstr(f->cx.msg, "sesame"));
	assert_null(db);
	cx_clear(&f->cx);
}

/* Whichever allocation fails, the call says so and nothing leaks or is half done. */
static void every_allocation_may_fail(void **state)
{
	struct fixture *f = *state;
	const struct db_val row[] = {db_i64(1), db_i64(1), db_text("x"), db_null(), db_null()};
	long n = 1;

	for (;; n++) {
		enum err err;

		cx_fail_allocation(n);
		err = db_upsert(&f->cx, f->db, &item, row, 1);
		if (!err)
			break;
		assert_int_equal(err, ERR_MEMORY);
		assert_int_equal(one(f, "SELECT count(*) FROM item"), 0);
		cx_clear(&f->cx);
	}
	cx_fail_allocation(0);
	assert_true(n > 1);
	assert_int_equal(one(f, "SELECT count(*) FROM item"), 1);
}

/* Where a case means something. */
enum { IN_A_FILE = 1 << FILE_, ON_A_SERVER = 1 << PG, ON_SQLITE = 1 << MEMORY | IN_A_FILE,
       NOT_IN_MEMORY = IN_A_FILE | ON_A_SERVER, ANYWHERE = ON_SQLITE | ON_A_SERVER };
#define CASE(name) AT(ANYWHERE, name)
#define AT(places, name) {places, cmocka_unit_test_setup_teardown(name, setup, teardown)}

static const struct {
	int places;
	struct CMUnitTest test;
} cases[] = {
	CASE(kinds_come_back_as_they_went),
	CASE(text_that_cannot_be_stored_is_refused),
	CASE(sums_and_conditions_are_integers),
	CASE(text_is_ordered_by_its_bytes),
	CASE(ten_thousand_rows_at_once),
	CASE(values_of_many_megabytes),
	CASE(a_key_twice_is_a_conflict),
	CASE(upsert_replaces_by_key_alone),
	CASE(many_rows_are_as_one_by_one),
	CASE(a_table_of_keys_alone),
	CASE(delete_takes_keys),
	CASE(an_engine_that_knows_says_how_many_rows_changed),
	CASE(nulls_follow_values),
	CASE(transactions_keep_all_or_nothing),
	CASE(a_batch_is_written_as_one),
	CASE(a_failed_batch_leaves_nothing),
	CASE(who_waits_is_told),
	AT(NOT_IN_MEMORY, closing_rolls_back),
	CASE(a_failed_script_leaves_nothing),
	CASE(queries_nest),
	CASE(long_answers_wait_on_disk),
	CASE(rows_may_be_left),
	CASE(returning_gives_what_was_written),
	CASE(parameters_may_be_null_or_not),
	CASE(more_statements_than_the_cache_holds),
	CASE(errors_say_what_and_where),
	CASE(schemas_are_read),
	CASE(an_older_file_is_upgraded),
	CASE(an_empty_list_is_a_list),
	CASE(what_does_not_match_is_refused),
	AT(ON_SQLITE, what_was_changed_by_hand_is_found),
	AT(NOT_IN_MEMORY, many_may_migrate_at_once),
	CASE(the_program_has_its_migrations),
	CASE(a_failed_migration_leaves_the_version_before),
	CASE(copies_are_whole),
	AT(ON_SQLITE, a_copy_can_be_stopped),
	AT(IN_A_FILE, a_traceless_file_keeps_nothing),
	AT(NOT_IN_MEMORY, readers_do_not_write),
	AT(IN_A_FILE, what_names_a_server),
	AT(IN_A_FILE, files_that_are_no_database),
	AT(IN_A_FILE, a_file_that_cannot_be_written_is_read),
	AT(IN_A_FILE, one_process_writes),
	AT(IN_A_FILE, a_turn_ends_with_its_transaction),
	AT(NOT_IN_MEMORY, threads_have_handles_of_their_own),
	AT(NOT_IN_MEMORY, a_lock_is_waited_for),
	AT(NOT_IN_MEMORY, readers_see_one_state),
	AT(ON_A_SERVER, a_lost_connection_is_made_again),
	AT(ON_A_SERVER, a_batch_may_lose_its_connection),
	AT(ON_A_SERVER, a_shared_session_is_named),
	AT(ON_A_SERVER, a_schema_is_distributed_by_city),
	AT(ON_A_SERVER, one_of_a_deadlock_may_try_again),
	AT(ON_A_SERVER, addresses_hide_passwords),
	CASE(a_statement_is_interrupted),
	CASE(every_allocation_may_fail),
};

int main(void)
{
	int failures = 0;

	for (place = MEMORY; place <= PG; place++) {
		if (place == PG && !getenv("RELODE_TEST_PG")) {
			printf("skipped: no PostgreSQL (RELODE_TEST_PG is not set)\n");
			break;
		}
		struct CMUnitTest tests[ARRAY_LEN(cases)] = {0}; /* one without a name is none */
		for (size_t i = 0, n = 0; i < ARRAY_LEN(cases); i++)
			if (cases[i].places & 1 << place)
				tests[n++] = cases[i].test;
		failures += cmocka_run_group_tests_name(place_name[place], tests, NULL, NULL);
	}
	return failures;
}
