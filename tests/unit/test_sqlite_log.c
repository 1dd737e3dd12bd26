/* Commits that go to SQLite's log in few writes: what was committed is in the files, whole, and nothing else
 * is, whoever writes next, however large, rolled back in part or failed the transactions were. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <unistd.h>

#include "base/file.h"
#include "db/db.h"
#include "fault_vfs.h"

enum {
	ROWS = 2000,	/* some 120 pages */
	HANDLES = 3,
	CACHE_PAGES = 16, /* so that large transactions write before they commit */
	LOG_PAGES = 256,
	FILE_MAX = 16 << 20
};

struct fixture {
	struct cx cx;
	char dir[64], path[128], copy[128];
	struct db *db[HANDLES];
	int64_t now[ROWS], committed[ROWS]; /* the rows' values as the transaction has them, and the books */
	uint64_t chance;
};

#define OK(call)                                                                                   \
	do {                                                                                       \
		if ((call) != ERR_OK)                                                              \
			fail_msg("%s: %s", #call, f->cx.msg);                                      \
	} while (0)

static uint64_t chance(struct fixture *f, uint64_t below)
{
	uint64_t z = f->chance += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return (z ^ z >> 31) % below;
}

static struct db *open_file(struct fixture *f, const char *path)
{
	struct db *db;
	int64_t pages;

	OK(db_open(&f->cx, path, DB_CREATE, &db));
	OK(db_exec(&f->cx, db, "PRAGMA cache_size=16", DB_NONE));
	OK(db_exec(&f->cx, db, "PRAGMA wal_autocheckpoint=256", DB_NONE));
	OK(db_one_i64(&f->cx, db, &pages, "PRAGMA cache_size", DB_NONE));
	assert_int_equal(pages, CACHE_PAGES);
	OK(db_one_i64(&f->cx, db, &pages, "PRAGMA wal_autocheckpoint", DB_NONE));
	assert_int_equal(pages, LOG_PAGES);
	return db;
}

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	*state = f;
	cx_init(&f->cx, 64 << 20);
	snprintf(f->dir, sizeof(f->dir), "/tmp/relode-log-XXXXXX");
	assert_non_null(mkdtemp(f->dir));
	snprintf(f->path, sizeof(f->path), "%s/books", f->dir);
	snprintf(f->copy, sizeof(f->copy), "%s/copy", f->dir);
	f->db[0] = open_file(f, f->path);
	OK(db_script(&f->cx, f->db[0], "CREATE TABLE t (id INTEGER NOT NULL PRIMARY KEY, v INTEGER NOT NULL,"
				       " room BLOB) STRICT, WITHOUT ROWID"));
	OK(db_begin(&f->cx, f->db[0], true));
	for (int i = 0; i < ROWS; i++)
		OK(db_exec(&f->cx, f->db[0], "INSERT INTO t VALUES ($1, 0, zeroblob(200))",
			   DB_ARGS(db_i64(i))));
	OK(db_commit(&f->cx, f->db[0]));
	for (int i = 1; i < HANDLES; i++)
		f->db[i] = open_file(f, f->path);
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;
	char command[128];

	for (int i = 0; i < HANDLES; i++)
		db_close(f->db[i]);
	cx_done(&f->cx);
	snprintf(command, sizeof(command), "rm -rf %s", f->dir);
	assert_int_equal(system(command), 0);
	free(f);
	return 0;
}

static void must_be(struct fixture *f, struct db *db, const int64_t value[ROWS], const char *who)
{
	struct cx_mark mark = cx_mark(&f->cx);
	struct db_rows *rows = NULL;
	int64_t there = 0;
	int i = 0;

	OK(db_query(&f->cx, db, &rows, "SELECT id, v FROM t ORDER BY id", DB_NONE));
	while (i < ROWS && db_next(&f->cx, rows) && db_get_i64(rows, 0) == i &&
	       (there = db_get_i64(rows, 1)) == value[i])
		i++;
	assert_false(i == ROWS && db_next(&f->cx, rows));
	db_rows_free(rows);
	if (i < ROWS)
		fail_msg("%s: row %d is %lld where %lld was written (%s)", who, i, (long long)there,
			 (long long)value[i], f->cx.msg);
	cx_restore(&f->cx, mark);
}

/* The files as they are now, opened elsewhere: what a machine that stops here would find. */
static void files_must_be(struct fixture *f)
{
	static const char *const of[] = {"", "-wal"};
	struct cx_mark mark = cx_mark(&f->cx);
	struct db *db;
	int64_t sound;

	for (size_t i = 0; i < ARRAY_LEN(of); i++) {
		char *from = cx_printf(&f->cx, "%s%s", f->path, of[i]), *data;
		char *to = cx_printf(&f->cx, "%s%s", f->copy, of[i]);
		size_t n;
		OK(file_read(&f->cx, from, FILE_MAX, &data, &n));
		OK(file_replace(&f->cx, to, data, n, 0600));
	}
	unlink(cx_printf(&f->cx, "%s-shm", f->copy));
	db = open_file(f, f->copy);
	must_be(f, db, f->committed, "the files");
	OK(db_one_i64(&f->cx, db, &sound, "SELECT COUNT(*) FROM pragma_integrity_check WHERE "
					  "integrity_check = 'ok'", DB_NONE));
	assert_int_equal(sound, 1);
	db_close(db);
	cx_restore(&f->cx, mark);
}

/* Changes so many rows and reads as many others. */
static enum err change(struct fixture *f, struct db *db, uint64_t rows)
{
	while (rows-- > 0) {
		int64_t v = (int64_t)chance(f, 1u << 30), got;
		uint64_t to = chance(f, ROWS), from = chance(f, ROWS);
		if (db_exec(&f->cx, db, "UPDATE t SET v = $1 WHERE id = $2",
			    DB_ARGS(db_i64(v), db_i64((int64_t)to))))
			return f->cx.err;
		f->now[to] = v;
		if (db_one_i64(&f->cx, db, &got, "SELECT v FROM t WHERE id = $1",
			       DB_ARGS(db_i64((int64_t)from))))
			return f->cx.err;
		assert_int_equal(got, f->now[from]);
	}
	return ERR_OK;
}

/* A part that is undone inside the transaction: what comes after lies where its pages lay. */
static enum err change_in_vain(struct fixture *f, struct db *db)
{
	int64_t before[ROWS];

	memcpy(before, f->now, sizeof(before));
	if (db_exec(&f->cx, db, "SAVEPOINT part", DB_NONE) || change(f, db, 1 + chance(f, 300)) ||
	    db_exec(&f->cx, db, "ROLLBACK TO part", DB_NONE))
		return f->cx.err;
	memcpy(f->now, before, sizeof(before));
	return change(f, db, chance(f, 60));
}

/* One transaction of one handle; false: it failed. */
static bool transaction(struct fixture *f, struct db *db)
{
	bool commits = chance(f, 3) > 0;

	cx_clear(&f->cx);
	memcpy(f->now, f->committed, sizeof(f->now));
	if (db_begin(&f->cx, db, true) || change(f, db, 1 + chance(f, chance(f, 2) ? 400 : 20)) ||
	    (chance(f, 3) == 0 && change_in_vain(f, db))) {
		db_rollback(db);
		return false;
	}
	if (!commits) {
		db_rollback(db);
		return true;
	}
	if (db_commit(&f->cx, db))
		return false;
	memcpy(f->committed, f->now, sizeof(f->now));
	return true;
}

static void what_was_committed_is_in_the_files(void **state)
{
	struct fixture *f = *state;

	for (int i = 0; i < 150; i++) {
		assert_true(transaction(f, f->db[chance(f, HANDLES)]));
		must_be(f, f->db[chance(f, HANDLES)], f->committed, "another handle");
		if (i % 5 == 0)
			files_must_be(f);
	}
	files_must_be(f);
}

static void what_failed_leaves_nothing(void **state)
{
	static const unsigned op[] = {FAULT_WRITE, FAULT_SYNC, FAULT_READ,
				      FAULT_WRITE | FAULT_READ | FAULT_SYNC};
	static const enum fault_how how[] = {FAULT_ERROR, FAULT_FULL};
	struct fixture *f = *state;
	int failed = 0;

	for (int i = 0; i < 200; i++) {
		struct db *db = f->db[chance(f, HANDLES)];
		fault_vfs_cut((int)chance(f, FAULT_CUTS + 1));
		fault_vfs_fail(op[chance(f, ARRAY_LEN(op))], 1 + (long)chance(f, 40), chance(f, 2),
			       how[chance(f, ARRAY_LEN(how))]);
		failed += !transaction(f, db);
		fault_vfs_fail(0, 0, false, FAULT_ERROR);
		cx_clear(&f->cx);
		must_be(f, f->db[chance(f, HANDLES)], f->committed, "another handle");
		while (!transaction(f, f->db[chance(f, HANDLES)]))
			fail_msg("the machine is well again: %s", f->cx.msg);
		if (i % 10 == 0) {
			memcpy(f->now, f->committed, sizeof(f->now));
			OK(db_begin(&f->cx, f->db[0], true)); /* over what failed last */
			OK(change(f, f->db[0], 200));
			OK(db_commit(&f->cx, f->db[0]));
			memcpy(f->committed, f->now, sizeof(f->now));
			files_must_be(f);
		}
	}
	assert_true(failed > 50);
}

/* 60 pages: 240 kB in pieces of 64 KiB, where SQLite itself would write 120 times. */
static void a_commit_takes_few_writes(void **state)
{
	struct fixture *f = *state;

	OK(db_exec(&f->cx, f->db[0], "PRAGMA cache_size=1000", DB_NONE));
	OK(db_begin(&f->cx, f->db[0], true));
	OK(db_exec(&f->cx, f->db[0], "UPDATE t SET v = 1 WHERE id < 1000", DB_NONE));
	fault_vfs_fail(FAULT_WRITE, 9, true, FAULT_ERROR);
	OK(db_commit(&f->cx, f->db[0]));
	assert_int_equal(fault_vfs_fail(0, 0, false, FAULT_ERROR), 0);
	for (int i = 0; i < 1000; i++)
		f->committed[i] = 1;
	files_must_be(f);
}

/* Its commits are in the files and seen by others when they end, though the disk takes no sync; and one sync
 * that fails is one too many. */
static void syncs_are_put_off(void **state)
{
	struct fixture *f = *state;

	OK(db_defer(&f->cx, f->db[0]));
	for (int i = 0; i < 20; i++) { /* the first writes the log's head, whose sync is not put off */
		fault_vfs_fail(FAULT_SYNC, i ? 1 : 0, true, FAULT_ERROR);
		OK(db_exec(&f->cx, f->db[0], "UPDATE t SET v = v + 1 WHERE id < 100", DB_NONE));
		for (int k = 0; k < 100; k++)
			f->committed[k]++;
		must_be(f, f->db[1], f->committed, "another handle");
		fault_vfs_fail(0, 0, false, FAULT_ERROR);
		if (i % 2)
			OK(db_settle(&f->cx, f->db[0]));
	}
	files_must_be(f);
	for (int i = 0; i < 100; i++) /* between those of handles that wait */
		assert_true(transaction(f, f->db[chance(f, HANDLES)]));
	OK(db_settle(&f->cx, f->db[0]));
	fault_vfs_fail(FAULT_SYNC, 1, true, FAULT_ERROR);
	OK(db_settle(&f->cx, f->db[0])); /* nothing to sync */
	OK(db_exec(&f->cx, f->db[0], "UPDATE t SET v = 0 WHERE id = 0", DB_NONE));
	f->committed[0] = 0;
	assert_int_equal(db_settle(&f->cx, f->db[0]), ERR_IO);
	fault_vfs_fail(0, 0, false, FAULT_ERROR);
	cx_clear(&f->cx);
	assert_int_equal(db_settle(&f->cx, f->db[0]), ERR_IO); /* the system tells it once */
	cx_clear(&f->cx);
	files_must_be(f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(what_was_committed_is_in_the_files, setup, teardown),
		cmocka_unit_test_setup_teardown(what_failed_leaves_nothing, setup, teardown),
		cmocka_unit_test_setup_teardown(a_commit_takes_few_writes, setup, teardown),
		cmocka_unit_test_setup_teardown(syncs_are_put_off, setup, teardown),
	};

	fault_vfs_install();
	return cmocka_run_group_tests_name("sqlite_log", tests, NULL, NULL);
}
