/* Copying an open SQLite file, and making files durable. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <unistd.h>

#include "db/sqlite.h"

enum { BACKUP_PAGES = 1024 }; /* copied between two looks at progress */

enum err sqlite_sync_directory(struct cx *cx, const char *path)
{
	const char *slash = strrchr(path, '/');
	char *dir = slash ? cx_strndup(cx, path, (size_t)(slash - path) + 1) : cx_strdup(cx, ".");
	enum err err = ERR_OK;
	int fd;

	if (!dir)
		return cx->err;
	fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return cx_errno(cx, "open", dir);
	if (fsync(fd))
		err = cx_errno(cx, "make durable", dir);
	close(fd);
	return err;
}

/* Every page of the copy is on the disk before the copy has its name. */
static enum err publish(struct cx *cx, const char *tmp, const char *to)
{
	int fd = open(tmp, O_RDWR | O_CLOEXEC), rc;

	if (fd < 0)
		return cx_errno(cx, "open", tmp);
	rc = fsync(fd);
	close(fd);
	if (rc)
		return cx_errno(cx, "make durable", tmp);
	if (renameat2(AT_FDCWD, tmp, AT_FDCWD, to, RENAME_NOREPLACE)) {
		if (errno == EEXIST)
			return cx_fail(cx, ERR_CONFLICT, "%s exists: name a new file for the copy",
				       to);
		return cx_errno(cx, "create", to);
	}
	return sqlite_sync_directory(cx, to);
}

static enum err copy_pages(struct cx *cx, struct sqlite *db, sqlite3 *to,
			   void (*progress)(void *arg, int64_t done, int64_t total), void *arg)
{
	sqlite3_backup *b = sqlite3_backup_init(to, "main", db->h, "main");
	enum err err = ERR_OK;
	int rc;

	if (!b)
		return sqlite_fail(cx, to, sqlite3_errcode(to), "backup");
	do {
		rc = sqlite3_backup_step(b, BACKUP_PAGES);
		if (progress)
			progress(arg, sqlite3_backup_pagecount(b) - sqlite3_backup_remaining(b),
				 sqlite3_backup_pagecount(b));
		if (rc == SQLITE_OK && cx_stopping(cx))
			err = cx_fail(cx, ERR_INTERRUPTED,
				      "the backup was stopped: no copy was made");
	} while (rc == SQLITE_OK && !err);
	sqlite3_backup_finish(b);
	if (!err && rc != SQLITE_DONE)
		err = sqlite_fail(cx, NULL, rc, "backup");
	return err;
}

static enum err copy_to(struct cx *cx, struct sqlite *db, const char *tmp,
			void (*progress)(void *arg, int64_t done, int64_t total), void *arg)
{
	int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, rc;
	sqlite3 *to = NULL;
	enum err err;

	rc = sqlite3_open_v2(tmp, &to, flags, sqlite_vfs(db->base.flags));
	if (!rc) /* nobody reads the copy before it is whole, so it needs no journal; publish syncs */
		rc = sqlite3_exec(to, "PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF", NULL, NULL,
				  NULL);
	/* An open read holds one state of the file, so that writers do not make the copy start anew. */
	if (!rc)
		rc = sqlite3_exec(db->h, "BEGIN; SELECT count(*) FROM sqlite_schema", NULL, NULL,
				  NULL);
	err = rc ? sqlite_fail(cx, to, rc, "backup") : copy_pages(cx, db, to, progress, arg);
	db->base.ops->rollback(&db->base);
	sqlite3_close(to);
	return err;
}

/* The ends of the names of a file and of what SQLite puts beside it. */
static const char *const companion[] = {"", "-wal", "-journal", "-shm"};

bool db_remove_file(const char *path)
{
	for (size_t i = 0; i < ARRAY_LEN(companion); i++) {
		char name[PATH_MAX];
		int n = snprintf(name, sizeof(name), "%s%s", path, companion[i]);
		if (n < 0 || (size_t)n >= sizeof(name)) {
			errno = ENAMETOOLONG;
			return false;
		}
		if (unlink(name) && errno != ENOENT)
			return false;
	}
	return true;
}

enum err sqlite_backup(struct cx *cx, struct db *base, const char *to,
		       void (*progress)(void *arg, int64_t done, int64_t total), void *arg)
{
	char *tmp = cx_printf(cx, "%s.XXXXXX", to);
	enum err err;
	int fd;

	if (!tmp)
		return cx->err;
	for (size_t i = 0; i < ARRAY_LEN(companion); i++) {
		char *path = cx_printf(cx, "%s%s", to, companion[i]);
		if (!path)
			return cx->err;
		if (access(path, F_OK) == 0) /* an old -wal would be taken for the copy's */
			return cx_fail(cx, ERR_CONFLICT, "%s exists: name a new file for the copy",
				       path);
	}
	fd = mkostemp(tmp, O_CLOEXEC); /* mode 0600 */
	if (fd < 0)
		return cx_errno(cx, "create", tmp);
	close(fd);
	err = copy_to(cx, (struct sqlite *)base, tmp, progress, arg);
	if (!err)
		err = publish(cx, tmp, to);
	if (err)
		unlink(tmp);
	return err;
}
