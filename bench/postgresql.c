/* postgresql: the two measurements of relode's own side that scripts/bench-postgresql puts beside pgbench.
 *
 *   postgresql rows URI SECONDS [waiting]       rows a second of the writing path: batches as a city's writer
 *                                               sends them; waiting: each statement waits for its answer
 *   postgresql transfers PORT TOKEN SECONDS N   transfers a second over HTTP, N connections
 *
 * Prints one number. The table is there and empty: see the script.
 */
#include <time.h>
#include <unistd.h>

#include "base/time.h"
#include "db/db.h"
#include "load.h"

enum { CALLS = 8, ROWS = 128, COLUMNS = 11 }; /* of a batch: eight tables' worth, 1,024 rows */

static const char *const column[COLUMNS] = {"city", "seq", "n", "from_account", "to_account", "unit",
					    "amount", "kind", "pending_seq", "pending_n", "tax"};
static const enum db_kind kind[COLUMNS] = {DB_I64, DB_I64, DB_I64, DB_I64, DB_I64, DB_TEXT,
					   DB_I64, DB_I64, DB_I64, DB_I64, DB_TEXT};
static const struct db_shape moved = {"bench_batch", column, kind, COLUMNS, 3};

static void fill(struct db_val *row, int64_t seq)
{
	for (int i = 0; i < ROWS; i++, row += COLUMNS) {
		const struct db_val one[COLUMNS] = {db_i64(1),   db_i64(seq),      db_i64(i),  db_i64(5 + i),
						    db_i64(7),   db_text("mg"),    db_i64(99), db_i64(0),
						    db_null(),   db_null(),        db_null()};
		memcpy(row, one, sizeof(one));
	}
}

/* As a writer does: the head moves from the size known, then a call a table, then the commit. */
static enum err batch(struct cx *cx, struct db *db, int64_t *size, bool waiting)
{
	static const char asked[] =
		"UPDATE bench_head SET size = $1 WHERE city = 1 AND size = $2 RETURNING size";
	static const char head[] = "UPDATE bench_head SET size = $1 WHERE city = 1 AND size = $2";
	const struct db_args args = DB_ARGS(db_i64(*size + CALLS), db_i64(*size));
	static struct db_val row[ROWS * COLUMNS];
	int64_t at;

	if (waiting ? db_begin(cx, db, true) : db_begin_batch(cx, db))
		return cx->err;
	if (waiting ? db_one_i64(cx, db, &at, asked, args) : db_exec(cx, db, head, args))
		return cx->err;
	for (int i = 0; i < CALLS; i++) {
		fill(row, (*size)++);
		if (db_append(cx, db, &moved, row, ROWS))
			return cx->err;
	}
	return db_commit(cx, db);
}

static enum err rows(struct cx *cx, const char *uri, double seconds, bool waiting)
{
	int64_t begin, us, size, count = 0;
	struct db *db;

	if (db_open(cx, uri, 0, &db))
		return cx->err;
	if (!db_one_i64(cx, db, &size, "SELECT size FROM bench_head WHERE city = 1", DB_NONE)) {
		begin = monotonic_us();
		do {
			struct cx_mark mark = cx_mark(cx);
			if (batch(cx, db, &size, waiting))
				break;
			cx_restore(cx, mark);
			count += CALLS * ROWS;
			us = monotonic_us() - begin;
		} while ((double)us < seconds * 1e6);
		if (!cx->err)
			printf("%.0f\n", (double)count * 1e6 / (double)us);
	}
	db_close(db);
	return cx->err;
}

struct transfers {
	const char *token;
	int64_t run;
};

/* One action with one transfer: money from the bank to the fund that pays bonuses. */
static size_t transfer(void *arg, int64_t n, char *buf, size_t size)
{
	static const char body[] = "{\"source\":\"benefit_fund\",\"amount_minor\":100}";
	struct transfers *t = arg;

	return (size_t)snprintf(buf, size,
				"POST /v1/cities/1/receipts HTTP/1.1\r\nHost: 127.0.0.1\r\n"
				"Authorization: Bearer %s\r\nContent-Type: application/json\r\n"
				"Idempotency-Key: \"%d-%lld-%lld\"\r\nContent-Length: %zu\r\n\r\n%s",
				t->token, (int)getpid(), (long long)t->run, (long long)n, strlen(body), body);
}

static enum err transfers(struct cx *cx, int port, const char *token, double seconds, int connections)
{
	struct transfers t = {token, (int64_t)time(NULL)};
	struct load load = {.port = port, .connections = connections, .seconds = seconds,
			    .request = transfer, .arg = &t};
	struct load_result r;

	if (load_run(cx, &load, &r))
		return cx->err;
	if (r.failed || r.broken || r.done == 0)
		return cx_fail(cx, ERR_CORRUPT,
			       "%lld answered, %lld busy, %lld failed (status %d), %lld broken",
			       (long long)r.done, (long long)r.busy, (long long)r.failed, r.last_failed,
			       (long long)r.broken);
	printf("%.0f\n", (double)r.done / r.seconds);
	return ERR_OK;
}

int main(int argc, char **argv)
{
	struct cx cx;
	enum err err;

	cx_init(&cx, 0);
	if (argc >= 4 && strcmp(argv[1], "rows") == 0)
		err = rows(&cx, argv[2], strtod(argv[3], NULL), argc > 4);
	else if (argc == 6 && strcmp(argv[1], "transfers") == 0)
		err = transfers(&cx, (int)strtol(argv[2], NULL, 10), argv[3], strtod(argv[4], NULL),
				(int)strtol(argv[5], NULL, 10));
	else
		err = cx_fail(&cx, ERR_INPUT, "scripts/bench-postgresql starts this; see its comment");
	if (err)
		fprintf(stderr, "postgresql: %s\n", cx.msg);
	cx_done(&cx);
	return err ? 1 : 0;
}
