/* Copying sealed files for a backup: what is there already and whole is left alone. */
#include "base/file.h"
#include "codec/hash.h"
#include "codec/sign.h"
#include "programme/evidence/parts.h"

enum { PAGE = 500 };

struct copying {
	const char *from, *to;
	struct evidence_copied *done;
};

/* Reads a file and compares it with its name. *sealed is empty when it is absent, or is not what it should
 * be: then *wrong says so. */
static enum err read_blob(struct cx *cx, const char *dir, const unsigned char *digest, struct bytes *sealed,
			  const char **wrong)
{
	char *path = blob_path(cx, dir, digest), *data;
	struct digest d;
	size_t n;

	*sealed = (struct bytes){NULL, 0};
	*wrong = NULL;
	if (!path)
		return cx->err;
	if (file_read(cx, path, EVIDENCE_BYTES_MAX + SEAL_OVERHEAD, &data, &n)) {
		if (cx->err != ERR_NOT_FOUND && cx->err != ERR_TOO_LARGE)
			return cx->err;
		*wrong = cx->err == ERR_NOT_FOUND ? "is missing" : "has been changed";
		cx_clear(cx);
		return ERR_OK;
	}
	d = sha256(data, n);
	if (memcmp(d.byte, digest, sizeof(d.byte)) != 0)
		*wrong = "has been changed";
	else
		*sealed = (struct bytes){data, n};
	return ERR_OK;
}

static enum err write_blob(struct cx *cx, const struct copying *c, const unsigned char *digest,
			   struct bytes sealed)
{
	char *path = blob_path(cx, c->to, digest), *dir;

	if (!path)
		return cx->err;
	dir = cx_strndup(cx, path, strlen(c->to) + 3);
	if (!dir || file_make_dirs(cx, dir, 0700))
		return cx->err;
	return file_replace(cx, path, sealed.p, sealed.n, 0600);
}

static enum err copy_one(struct cx *cx, const struct copying *c, int64_t city, int64_t evidence,
			 const unsigned char *digest)
{
	struct evidence_copied *done = c->done;
	struct bytes sealed;
	const char *wrong;

	if (read_blob(cx, c->to, digest, &sealed, &wrong))
		return cx->err;
	if (!wrong) {
		done->there++;
		return ERR_OK;
	}
	if (read_blob(cx, c->from, digest, &sealed, &wrong))
		return cx->err;
	if (!wrong) {
		done->copied++;
		done->bytes += (int64_t)sealed.n;
		return write_blob(cx, c, digest, sealed);
	}
	if (done->failed++ == 0)
		snprintf(done->first, sizeof(done->first), "evidence %lld of city %lld %s",
			 (long long)evidence, (long long)city, wrong);
	return ERR_OK;
}

enum err evidence_count(struct cx *cx, struct db *db, int64_t *count)
{
	return db_one_i64(cx, db, count, "SELECT COUNT(*) FROM evidence", DB_NONE);
}

/* The next files that the database names, after *city and *evidence. A page at a time, so that a long copy
 * does not hold an old state of the books. *rows_n below PAGE: these were the last. */
static enum err copy_page(struct cx *cx, struct db *db, const struct copying *c, int64_t *city,
			  int64_t *evidence, int *rows_n)
{
	static const char sql[] =
		"SELECT city, evidence, digest FROM evidence WHERE (city, evidence) > ($1, $2) "
		"ORDER BY city, evidence LIMIT 500";
	db_auto_rows *rows = NULL;

	if (db_query(cx, db, &rows, sql, DB_ARGS(db_i64(*city), db_i64(*evidence))))
		return cx->err;
	for (*rows_n = 0; db_next(cx, rows); ++*rows_n) {
		const struct cx_mark mark = cx_mark(cx);
		const unsigned char *digest;
		size_t size;

		*city = db_get_i64(rows, 0);
		*evidence = db_get_i64(rows, 1);
		digest = db_get_blob(rows, 2, &size);
		if (size != sizeof(struct digest))
			return cx_fail(cx, ERR_CORRUPT, "evidence %lld has no digest", (long long)*evidence);
		if (copy_one(cx, c, *city, *evidence, digest))
			return cx->err;
		cx_restore(cx, mark);
	}
	return cx->err;
}

enum err evidence_copy(struct cx *cx, struct db *db, const char *from, const char *to,
		       void (*progress)(void *arg, int64_t done, int64_t total), void *arg,
		       struct evidence_copied *out)
{
	struct evidence_copied done = {0};
	const struct copying c = {from, to, &done};
	int64_t total, n = 0, city = -1, evidence = -1;
	int got = PAGE;

	if (evidence_count(cx, db, &total))
		return cx->err;
	for (; got == PAGE; n += got) {
		if (progress)
			progress(arg, n, total);
		if (cx_stopping(cx))
			return cx_fail(cx, ERR_INTERRUPTED,
				       "stopped: %lld of %lld files of evidence are copied; again goes on",
				       (long long)n, (long long)total);
		if (copy_page(cx, db, &c, &city, &evidence, &got))
			return cx->err;
	}
	*out = done;
	return ERR_OK;
}
