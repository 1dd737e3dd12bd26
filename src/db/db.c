/* The part that both engines share: which engine, checks of values, the transaction's state. */
#include "db/db.h"

#include "base/utf8.h"
#include "db/engine.h"

bool db_on_server(const char *where)
{
	static const char *const word[] = {"host=", "hostaddr=", "port=",	  "dbname=",
					   "user=", "service=",	 "postgresql://", "postgres://"};

	for (size_t i = 0; i < ARRAY_LEN(word); i++)
		if (!strncmp(where, word[i], strlen(word[i])))
			return true;
	return false;
}

char *db_beside(struct cx *cx, const char *given, const char *where, const char *what)
{
	if (given)
		return cx_strdup(cx, given);
	return cx_printf(cx, "%s.%s", db_on_server(where) ? "relode" : where, what);
}

enum err db_open(struct cx *cx, const char *where, int flags, struct db **out)
{
	BUG(!where);
	return db_on_server(where) ? pg_open(cx, where, flags, out) : sqlite_open(cx, where, flags, out);
}

void db_close(struct db *db)
{
	if (!db)
		return;
	BUG(db->open_rows);
	db_rollback(db);
	free(db->where);
	db->ops->close(db);
}

bool db_is_sole(const struct db *db)
{
	return db->ops->engine == DB_SQLITE && (db->flags & (DB_SOLE | DB_READ_ONLY)) == DB_SOLE;
}

enum db_engine db_engine(const struct db *db)
{
	return db->ops->engine;
}

const char *db_where(const struct db *db)
{
	return db->where;
}

bool db_commit_unknown(const struct db *db)
{
	return db->unknown;
}

const char *sql_brief(struct cx *cx, const char *sql)
{
	enum { SHOWN = 160 };
	char brief[SHOWN + 4], *to = brief;
	const char *copy;

	for (; *sql && to < brief + SHOWN; sql++) {
		bool space = *sql == ' ' || *sql == '\n' || *sql == '\t';
		if (!space)
			*to++ = *sql;
		else if (to > brief && to[-1] != ' ')
			*to++ = ' ';
	}
	while (*sql && to > brief && ((unsigned char)to[-1] & 0xc0) == 0x80)
		to--; /* never half a character */
	memcpy(to, *sql ? "..." : "", *sql ? 4 : 1);
	copy = cx_strdup(cx, brief);
	return copy ? copy : "";
}

enum err check_vals(struct cx *cx, const struct db_val *val, size_t count)
{
	enum { VALUE_MAX = 512 * 1024 * 1024 };

	for (size_t i = 0; i < count; i++) {
		if (val[i].kind != DB_TEXT && val[i].kind != DB_BLOB)
			continue;
		if (val[i].n > VALUE_MAX)
			return cx_fail(cx, ERR_TOO_LARGE,
				       "a value of %zu bytes: at most %d can be stored", val[i].n,
				       VALUE_MAX);
		if (val[i].kind == DB_TEXT && val[i].n &&
		    (memchr(val[i].p, 0, val[i].n) || !utf8_valid(val[i].p, val[i].n)))
			return cx_fail(cx, ERR_INVALID,
				       "a text holds U+0000 or is not UTF-8: it cannot be stored");
	}
	return ERR_OK;
}

static enum err may_run(struct cx *cx, struct db *db, const char *sql, struct db_args args)
{
	if (db->in_txn && db->failed)
		return cx_fail(cx, ERR_DB,
			       "a statement of this transaction failed: roll it back (in: %s)",
			       sql_brief(cx, sql));
	return check_vals(cx, args.val, (size_t)args.count);
}

/* PostgreSQL refuses all that follows a failure in a transaction; so SQLite shall too. */
static enum err noted(struct db *db, enum err err)
{
	if (err && db->in_txn)
		db->failed = true;
	return err;
}

enum err db_exec(struct cx *cx, struct db *db, const char *sql, struct db_args args)
{
	enum err err = may_run(cx, db, sql, args);

	return err ? err : noted(db, db->ops->exec(cx, db, sql, args));
}

int64_t db_changed(const struct db *db) { return db->ops->engine == DB_SQLITE ? db->changed : -1; }

static enum err end_own(struct cx *cx, struct db *db, enum err err, bool own)
{
	if (!own)
		return err;
	if (!err)
		return db_commit(cx, db);
	db_rollback(db);
	return err;
}

enum err db_script(struct cx *cx, struct db *db, const char *sql)
{
	enum err err = may_run(cx, db, sql, DB_NONE);
	bool own = !db->in_txn;

	if (err || (own && (err = db_begin(cx, db, true))))
		return err;
	err = noted(db, db->ops->script(cx, db, sql));
	return end_own(cx, db, err, own);
}

enum err db_query(struct cx *cx, struct db *db, struct db_rows **out, const char *sql,
		  struct db_args args)
{
	struct db_rows *rows;
	enum err err = may_run(cx, db, sql, args);

	if (err || (err = noted(db, db->ops->query(cx, db, &rows, sql, args))))
		return err;
	rows->db = db;
	db->open_rows++;
	*out = rows;
	return ERR_OK;
}

bool db_next(struct cx *cx, struct db_rows *rows)
{
	enum err err = ERR_OK;

	rows->on_row = rows->ops->next(cx, rows, &err);
	noted(rows->db, err);
	return rows->on_row;
}

static struct db_val value(const struct db_rows *rows, int column, enum db_kind want)
{
	struct db_val val;

	BUG(!rows->on_row || column < 0 || column >= rows->columns);
	rows->ops->value(rows, column, &val);
	BUG(want != DB_NULL && val.kind != DB_NULL && val.kind != want &&
	    !(want == DB_BLOB && val.kind == DB_TEXT));
	return val;
}

bool db_is_null(const struct db_rows *rows, int column)
{
	return value(rows, column, DB_NULL).kind == DB_NULL;
}

int64_t db_get_i64(const struct db_rows *rows, int column)
{
	return value(rows, column, DB_I64).i;
}

const char *db_get_text(const struct db_rows *rows, int column)
{
	return value(rows, column, DB_TEXT).p;
}

const void *db_get_blob(const struct db_rows *rows, int column, size_t *n)
{
	struct db_val val = value(rows, column, DB_BLOB);

	*n = val.n;
	return val.p;
}

void db_rows_free(struct db_rows *rows)
{
	if (!rows)
		return;
	rows->db->open_rows--;
	rows->ops->free(rows);
}

enum err db_one_i64(struct cx *cx, struct db *db, int64_t *out, const char *sql,
		    struct db_args args)
{
	db_auto_rows *rows = NULL;
	enum err err = db_query(cx, db, &rows, sql, args);

	if (err)
		return err;
	rows->on_row = rows->ops->next(cx, rows, &err);
	if (err)
		return noted(db, err);
	if (!rows->on_row)
		return cx_fail(cx, ERR_NOT_FOUND, "no such row (in: %s)", sql_brief(cx, sql));
	*out = db_get_i64(rows, 0);
	return ERR_OK;
}

static enum err begin(struct cx *cx, struct db *db, bool write, bool batch)
{
	enum err err;

	BUG(db->in_txn);
	db->unknown = false;
	db->batch = batch;
	if (write && db->flags & DB_READ_ONLY)
		return cx_fail(cx, ERR_DB, "%s is open for reading only", db->where);
	err = db->ops->begin(cx, db, write);
	if (err)
		return err;
	db->in_txn = true;
	db->writing = write;
	db->failed = false;
	return ERR_OK;
}

enum err db_begin(struct cx *cx, struct db *db, bool write)
{
	return begin(cx, db, write, false);
}

enum err db_begin_batch(struct cx *cx, struct db *db)
{
	return begin(cx, db, true, true);
}

enum err db_commit(struct cx *cx, struct db *db)
{
	enum err err;

	BUG(!db->in_txn);
	if (db->failed) {
		db_rollback(db);
		return cx_fail(cx, ERR_DB,
			       "a statement of this transaction failed: nothing of it is kept");
	}
	err = db->ops->commit(cx, db);
	db->in_txn = false;
	return err;
}

enum err db_defer(struct cx *cx, struct db *db)
{
	BUG(db->in_txn);
	if (!db->ops->defer)
		return cx_fail(cx, ERR_UNSUPPORTED, "commits on %s are durable when they end", db->where);
	return db->ops->defer(cx, db);
}

enum err db_settle(struct cx *cx, struct db *db)
{
	return db->ops->settle ? db->ops->settle(cx, db) : ERR_OK;
}

enum err db_is_distributed(struct cx *cx, struct db *db, bool *out)
{
	*out = false;
	return db->ops->is_distributed ? db->ops->is_distributed(cx, db, out) : ERR_OK;
}

void db_on_wait(struct db *db, void (*fn)(void *arg), void *arg)
{
	db->on_wait = fn;
	db->on_wait_arg = arg;
}

void db_interrupt(struct db *db) { db->ops->interrupt(db); }

void db_rollback(struct db *db)
{
	if (!db->in_txn)
		return;
	db->ops->rollback(db);
	db->in_txn = false;
}

static enum err check_rows(struct cx *cx, const struct db_shape *shape, int width,
			   const struct db_val *rows, size_t count)
{
	const struct db_val *val = rows;

	BUG(shape->keys < 1 || shape->keys > shape->columns);
	for (size_t r = 0; r < count; r++)
		for (int c = 0; c < width; c++, val++) {
			BUG(val->kind != DB_NULL && val->kind != shape->kind[c]);
			if (c < shape->keys && val->kind == DB_NULL)
				return cx_fail(cx, ERR_INVALID,
					       "row %zu for table %s: %s is null but a key", r,
					       shape->table, shape->column[c]);
		}
	return check_vals(cx, rows, count * (size_t)width);
}

static uint64_t hash_key(const struct db_val *row, int keys)
{
	uint64_t h = 0x9e3779b97f4a7c15u;

	for (int k = 0; k < keys; k++) {
		const unsigned char *p = row[k].p;
		h = (h ^ (uint64_t)row[k].i) * 0xff51afd7ed558ccdu;
		for (size_t i = 0; row[k].kind != DB_I64 && i < row[k].n; i++)
			h = (h ^ p[i]) * 0x100000001b3u;
		h ^= h >> 32;
	}
	return h;
}

static int compare(const struct db_val *a, const struct db_val *b)
{
	size_t n = a->n < b->n ? a->n : b->n;
	int order;

	if (a->kind == DB_I64)
		return (a->i > b->i) - (a->i < b->i);
	order = n ? memcmp(a->p, b->p, n) : 0;
	return order ? order : (a->n > b->n) - (a->n < b->n);
}

static int compare_keys(const struct db_val *a, const struct db_val *b, int keys)
{
	int order = 0;

	for (int k = 0; k < keys && !order; k++)
		order = compare(&a[k], &b[k]);
	return order;
}

/* Rows in the order of their keys, as they mostly come: none comes twice. */
static bool ascend(const struct db_shape *shape, const struct db_val *rows, size_t count)
{
	size_t width = (size_t)shape->columns, r = 1;

	while (r < count && compare_keys(rows + (r - 1) * width, rows + r * width, shape->keys) < 0)
		r++;
	return r >= count;
}

/* The engines differ in what they do with a key that comes twice, so it never reaches them. */
static enum err check_twice(struct cx *cx, const struct db_shape *shape, const struct db_val *rows,
			    size_t count)
{
	size_t slots = 16, *slot;

	if (ascend(shape, rows, count))
		return ERR_OK;
	while (slots < count * 2)
		slots *= 2;
	slot = cx_array(cx, slots, sizeof(*slot));
	if (!slot)
		return cx->err;
	for (size_t r = 0; r < count; r++) {
		const struct db_val *row = rows + r * (size_t)shape->columns;
		size_t i = hash_key(row, shape->keys) & (slots - 1);

		for (; slot[i]; i = (i + 1) & (slots - 1))
			if (compare_keys(rows + (slot[i] - 1) * (size_t)shape->columns, row,
					 shape->keys) == 0)
				return cx_fail(cx, ERR_INVALID,
					       "rows %zu and %zu for table %s have one key",
					       slot[i] - 1, r, shape->table);
		slot[i] = r + 1;
	}
	return ERR_OK;
}

static enum err write_rows(struct cx *cx, struct db *db, enum write_how how,
			   const struct db_shape *shape, const struct db_val *rows, size_t count)
{
	struct cx_mark mark = cx_mark(cx);
	bool own = !db->in_txn;
	enum err err = may_run(cx, db, shape->table, DB_NONE);

	if (err || count == 0)
		return err;
	err = check_rows(cx, shape, how == WRITE_DELETE ? shape->keys : shape->columns, rows,
			 count);
	if (!err && how == WRITE_UPSERT)
		err = check_twice(cx, shape, rows, count);
	if (!err && own)
		err = db_begin(cx, db, true);
	if (!err)
		err = end_own(cx, db, noted(db, db->ops->write(cx, db, how, shape, rows, count)),
			      own);
	cx_restore(cx, mark);
	return err;
}

enum err db_append(struct cx *cx, struct db *db, const struct db_shape *shape,
		   const struct db_val *rows, size_t count)
{
	return write_rows(cx, db, WRITE_APPEND, shape, rows, count);
}

enum err db_upsert(struct cx *cx, struct db *db, const struct db_shape *shape,
		   const struct db_val *rows, size_t count)
{
	return write_rows(cx, db, WRITE_UPSERT, shape, rows, count);
}

enum err db_delete(struct cx *cx, struct db *db, const struct db_shape *shape,
		   const struct db_val *keys, size_t count)
{
	return write_rows(cx, db, WRITE_DELETE, shape, keys, count);
}

enum err db_backup(struct cx *cx, struct db *db, const char *to,
		   void (*progress)(void *arg, int64_t done, int64_t total), void *arg)
{
	if (db->in_txn)
		return cx_fail(cx, ERR_DB, "a backup cannot begin inside a transaction");
	return db->ops->backup(cx, db, to, progress, arg);
}
