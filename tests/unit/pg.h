/* pg.h: a PostgreSQL schema of a test's own, so that many tests may share one cluster.
 *
 * RELODE_TEST_PG holds the cluster's URI (scripts/with-postgresql sets it). Without it pg_scratch
 * gives NULL and the test says by name that it was skipped.
 */
#ifndef RELODE_TESTS_PG_H
#define RELODE_TESTS_PG_H

#include <stdlib.h>
#include <unistd.h>

#include "db/db.h"

/* One count for the whole program: the kit and the test that links it both include this file. */
__attribute__((weak)) int pg_scratch_nth;

static inline bool pg_run(const char *sql)
{
	struct cx cx;
	struct db *db;
	bool ok;

	cx_init(&cx, 0);
	ok = !db_open(&cx, getenv("RELODE_TEST_PG"), 0, &db);
	if (ok) {
		ok = !db_exec(&cx, db, sql, DB_NONE);
		db_close(db);
	}
	if (!ok)
		fprintf(stderr, "%s: %s\n", sql, cx.msg);
	cx_done(&cx);
	return ok;
}

/* An address whose tables are in a new, empty schema; NULL when there is no cluster. */
static inline const char *pg_scratch(char *out, size_t size)
{
	const char *uri = getenv("RELODE_TEST_PG");
	char sql[100];
	int nth;

	if (!uri || !*uri)
		return NULL;
	nth = ++pg_scratch_nth;
	snprintf(sql, sizeof(sql), "CREATE SCHEMA t%d_%d", (int)getpid(), nth);
	if (!pg_run(sql))
		abort();
	snprintf(out, size, "%s%coptions=-csearch_path%%3Dt%d_%d", uri, strchr(uri, '?') ? '&' : '?',
		 (int)getpid(), nth);
	return out;
}

/* For a test that needs the cluster. */
#define PG_OR_SKIP()                                                                                \
	do {                                                                                        \
		if (!getenv("RELODE_TEST_PG")) {                                                    \
			print_message("skipped: RELODE_TEST_PG is not set\n");                       \
			skip();                                                                     \
		}                                                                                   \
	} while (0)

/* Drops the schema of an address that pg_scratch gave. */
static inline void pg_scratch_drop(const char *address)
{
	char sql[100];

	snprintf(sql, sizeof(sql), "DROP SCHEMA %s CASCADE", strstr(address, "search_path%3D") + 14);
	if (!pg_run(sql))
		abort();
}

#endif
