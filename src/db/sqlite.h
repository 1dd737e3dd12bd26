/* sqlite.h: what sqlite.c (statements, rows), sqlite_backup.c (copies), sqlite_vfs.c (how files are written)
 * and sqlite_wipe.c (files without traces) share. For src/db alone. */
#ifndef RELODE_DB_SQLITE_H
#define RELODE_DB_SQLITE_H

#include <sqlite3.h>

#include "db/engine.h"

enum { SQLITE_PAGE_MAX = 65536 };

struct sqlite_deferred;
struct sqlite {
	struct db base;
	sqlite3 *h;
	sqlite3_stmt *commit, *rollback; /* made when there is memory for them */
	struct stmt_cache cache;
	struct sole *sole;
	bool turn; /* has the turn of those that write */
	struct sqlite_deferred *deferred; /* NULL: each commit is synced */
};

/* Tells cx what the engine said; h may be NULL when rc is all that is known. */
enum err sqlite_fail(struct cx *cx, sqlite3 *h, int rc, const char *sql);
/* The VFS for a handle with these flags. */
const char *sqlite_vfs(int flags);
/* Of a handle that syncs each of its commits: a commit's writes to the log go to the file joined. */
int sqlite_vfs_join(sqlite3 *h);
/* Of a handle that joins them: commits are not synced from now on, but by settle, which any thread may call.
 * After a sync that failed nobody knows what is on the disk: settle fails from then on. SQLite's codes. */
int sqlite_vfs_defer(sqlite3 *h, struct sqlite_deferred **out);
int sqlite_vfs_settle(struct sqlite_deferred *d);
void sqlite_vfs_undefer(struct sqlite_deferred *d); /* accepts NULL; when the handle is closed */
/* The page as it may be written to byte `at` of a traceless file: it, or the copy without what it held. */
const void *sqlite_wipe(const void *page, int n, sqlite3_int64 at, unsigned char copy[SQLITE_PAGE_MAX]);
enum err sqlite_sync_directory(struct cx *cx, const char *path); /* of the file path: names are durable */
enum err sqlite_backup(struct cx *cx, struct db *base, const char *to,
		       void (*progress)(void *arg, int64_t done, int64_t total), void *arg);

#endif
