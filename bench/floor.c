/* floor: what the rows of a device's life cost when nothing is decided: a plain SQLite file.
 *
 *   floor FILE LIVES
 *
 * A life is 12 journal rows of 80 bytes whose key is their time, 24 transfers, and for each of these the
 * balances of its two accounts. The file has relode's settings: pages of 4 KiB, write-ahead log,
 * synchronous=FULL, the log written back at 4,096 pages, 8 MiB of cache. One transaction takes 4,096 lives,
 * 49,152 journal rows: `relode simulate --scale` commits some 50,000 actions at a time.
 */
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cx.h"

enum {
	ROWS = 12, /* of the journal, a life */
	BODY = 80, /* bytes of one */
	ROW_TRANSFERS = 2,
	UNITS = 4, /* pieces, milligrams, money, gCO2e */
	ACCOUNTS = 1000,
	COMMIT_LIVES = 4096
};
#define BEGIN_US INT64_C(1767225600000000) /* 2026-01-01 */
#define STEP_US INT64_C(26280000)          /* 1,200,000 rows fill a year */

static sqlite3 *db;
static sqlite3_stmt *journal, *transfer, *balance;

static void must(bool ok, const char *what)
{
	if (!ok) {
		fprintf(stderr, "floor: %s: %s\n", what, db ? sqlite3_errmsg(db) : "failed");
		exit(1);
	}
}

static void sql(const char *text)
{
	must(sqlite3_exec(db, text, NULL, NULL, NULL) == SQLITE_OK, text);
}

static sqlite3_stmt *prepare(const char *text)
{
	sqlite3_stmt *s;

	must(sqlite3_prepare_v3(db, text, -1, SQLITE_PREPARE_PERSISTENT, &s, NULL) == SQLITE_OK, text);
	return s;
}

static void run(sqlite3_stmt *s, const int64_t *value, int n)
{
	for (int i = 0; i < n; i++)
		sqlite3_bind_int64(s, i + 1, value[i]);
	must(sqlite3_step(s) == SQLITE_DONE, sqlite3_sql(s));
	sqlite3_reset(s);
}

static void open_file(const char *path)
{
	must(sqlite3_open(path, &db) == SQLITE_OK, path);
	sql("PRAGMA page_size=4096; PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
	    "PRAGMA wal_autocheckpoint=4096; PRAGMA journal_size_limit=67108864; PRAGMA cache_size=-8192;"
	    "CREATE TABLE journal (at INTEGER PRIMARY KEY, body BLOB NOT NULL) STRICT;"
	    "CREATE TABLE transfer (at INTEGER NOT NULL, n INTEGER NOT NULL, from_account INTEGER NOT NULL,"
	    " to_account INTEGER NOT NULL, unit INTEGER NOT NULL, amount INTEGER NOT NULL,"
	    " PRIMARY KEY (at, n)) STRICT, WITHOUT ROWID;"
	    "CREATE TABLE balance (account INTEGER NOT NULL, unit INTEGER NOT NULL, posted INTEGER NOT NULL,"
	    " PRIMARY KEY (account, unit)) STRICT, WITHOUT ROWID");
	journal = prepare("INSERT INTO journal VALUES (?, ?)");
	transfer = prepare("INSERT INTO transfer VALUES (?, ?, ?, ?, ?, ?)");
	balance = prepare("INSERT INTO balance VALUES (?, ?, ?)"
			  " ON CONFLICT (account, unit) DO UPDATE SET posted = posted + excluded.posted");
}

/* The next of a sequence that looks like chance (splitmix64). */
static uint64_t draw(uint64_t *state)
{
	uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

static void write_transfer(int64_t at, int64_t n, uint64_t *state)
{
	uint64_t r = draw(state);
	int64_t from = 1 + (int64_t)(r % ACCOUNTS), to = 1 + (int64_t)((r >> 20) % ACCOUNTS);
	int64_t unit = (int64_t)(r >> 40) % UNITS, amount = (int64_t)(r >> 44);

	run(transfer, (const int64_t[]){at, n, from, to, unit, amount}, 6);
	run(balance, (const int64_t[]){from, unit, -amount}, 3);
	run(balance, (const int64_t[]){to, unit, amount}, 3);
}

static void write_row(int64_t at, uint64_t *state)
{
	uint64_t body[BODY / sizeof(uint64_t)];

	for (size_t i = 0; i < ARRAY_LEN(body); i++)
		body[i] = draw(state);
	sqlite3_bind_blob(journal, 2, body, sizeof(body), SQLITE_STATIC);
	run(journal, &at, 1);
	for (int n = 0; n < ROW_TRANSFERS; n++)
		write_transfer(at, n, state);
}

int main(int argc, char **argv)
{
	int64_t lives = argc == 3 ? strtoll(argv[2], NULL, 10) : 0, at = BEGIN_US;
	uint64_t state = 1;

	if (lives < 1) {
		fputs("usage: floor FILE LIVES\n", stderr);
		return 2;
	}
	open_file(argv[1]);
	for (int64_t done = 0; done < lives;) {
		sql("BEGIN IMMEDIATE");
		for (int i = 0; i < COMMIT_LIVES && done < lives; i++, done++)
			for (int row = 0; row < ROWS; row++)
				write_row(at += STEP_US, &state);
		sql("COMMIT");
	}
	sqlite3_finalize(journal);
	sqlite3_finalize(transfer);
	sqlite3_finalize(balance);
	must(sqlite3_close(db) == SQLITE_OK, "closing the file");
	return 0;
}
