/* SQLite: the embedded engine. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/sb.h"
#include "db/sqlite.h"

enum {
	BUSY_WAIT_S = 10,         /* for another handle's write to end */
	SQL_MAX = 64 * 1024,	  /* bytes of a statement made from a shape */
};

/* Rows that one statement writes, when there are as many: to begin and to end one takes as long as to write a
 * row. Kept under the table's name and these, which are found sooner than their text is made. */
static const struct at_once {
	size_t rows;
	const char *as[WRITE_DELETE + 1];
} at_once[] = {
	{16, {[WRITE_APPEND] = "append 16", [WRITE_UPSERT] = "upsert 16"}},
	{8, {[WRITE_APPEND] = "append 8", [WRITE_UPSERT] = "upsert 8"}},
	{4, {[WRITE_APPEND] = "append 4", [WRITE_UPSERT] = "upsert 4"}},
	{2, {[WRITE_APPEND] = "append 2", [WRITE_UPSERT] = "upsert 2"}},
	{1, {[WRITE_APPEND] = "append 1", [WRITE_UPSERT] = "upsert 1", [WRITE_DELETE] = "delete 1"}},
};

struct stmt {
	sqlite3_stmt *h;
	int params, highest; /* highest: the n of the highest $n */
	bool clear;	     /* nothing is bound: all are null */
	int arg[];	     /* of parameter i + 1: its n, less 1 */
};

struct sqlite_rows {
	struct db_rows base;
	struct stmt *stmt;
	struct cached *slot;
	bool ready, done; /* ready: a row is there that db_next has not given yet */
	/* What a statement wrote and RETURNs is taken to its end at once, so that it is complete and
	 * does not stand in the way of a commit. */
	bool packed;
	struct page page;
	struct db_val row[]; /* the values of the row that was read last */
};

static struct sqlite *of(struct db *db)
{
	return (struct sqlite *)db;
}

enum err sqlite_fail(struct cx *cx, sqlite3 *h, int rc, const char *sql)
{
	enum err err;

	switch (rc & 0xff) {
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		err = ERR_BUSY;
		break;
	case SQLITE_NOMEM:
		err = ERR_MEMORY;
		break;
	case SQLITE_CORRUPT:
		err = ERR_CORRUPT;
		break;
	case SQLITE_INTERRUPT:
		err = ERR_INTERRUPTED;
		break;
	default:
		err = rc == SQLITE_CONSTRAINT_PRIMARYKEY || rc == SQLITE_CONSTRAINT_UNIQUE ||
				      rc == SQLITE_CONSTRAINT_ROWID ?
			      ERR_CONFLICT :
			      ERR_DB;
	}
	return cx_fail(cx, err, "SQLite: %s (in: %s)", h ? sqlite3_errmsg(h) : sqlite3_errstr(rc),
		       sql_brief(cx, sql));
}

static void stmt_drop(void *owner, void *stmt)
{
	struct stmt *s = stmt;

	(void)owner;
	sqlite3_finalize(s->h);
	free(s);
}

/* SQLite numbers parameters by first appearance and takes ?, :a and @a too; here $n is the nth value. */
static enum err read_params(struct cx *cx, struct stmt *s, const char *sql)
{
	for (int i = 0; i < s->params; i++) {
		const char *name = sqlite3_bind_parameter_name(s->h, i + 1);
		char *end;
		long n = name && name[0] == '$' ? strtol(name + 1, &end, 10) : 0;

		if (n < 1 || n > INT16_MAX || *end)
			return cx_fail(cx, ERR_DB, "parameters are written $1, $2, not %s (in: %s)",
				       name ? name : "?", sql_brief(cx, sql));
		s->arg[i] = (int)n - 1;
		s->highest = n > s->highest ? (int)n : s->highest;
	}
	return ERR_OK;
}

static enum err stmt_new(struct cx *cx, struct sqlite *db, const char *sql, struct stmt **out)
{
	sqlite3_stmt *h;
	const char *rest;
	struct stmt *s;
	int rc = sqlite3_prepare_v3(db->h, sql, -1, SQLITE_PREPARE_PERSISTENT, &h, &rest), params;
	enum err err;

	if (rc)
		return sqlite_fail(cx, db->h, rc, sql);
	if (!h || rest[strspn(rest, " \t\n;")]) {
		sqlite3_finalize(h);
		return cx_fail(cx, ERR_DB, "one statement is wanted (in: %s)", sql_brief(cx, sql));
	}
	params = sqlite3_bind_parameter_count(h);
	s = calloc(1, sizeof(*s) + (size_t)params * sizeof(s->arg[0]));
	if (!s) {
		sqlite3_finalize(h);
		return cx_fail(cx, ERR_MEMORY, "the machine has no memory left");
	}
	s->h = h;
	s->params = params;
	s->clear = true;
	err = read_params(cx, s, sql);
	if (err)
		stmt_drop(NULL, s);
	else
		*out = s;
	return err;
}

static void stmt_put(struct stmt *s, struct cached *slot)
{
	sqlite3_reset(s->h);
	sqlite3_clear_bindings(s->h);
	s->clear = true;
	if (slot)
		slot->busy = false;
	else
		stmt_drop(NULL, s);
}

/* c: the statement's place in the cache; NULL: it has none. */
static enum err stmt_use(struct cx *cx, struct sqlite *db, struct stmt *s, struct cached *c, const char *sql,
			 int args, struct stmt **out, struct cached **slot)
{
	enum err err;

	if (c)
		c->busy = true;
	if (s->highest != args)
		err = cx_fail(cx, ERR_DB, "%d values for a statement with %d parameters (in: %s)",
			      args, s->highest, sql_brief(cx, sql));
	else if (db->base.in_txn && !db->base.writing && !sqlite3_stmt_readonly(s->h))
		err = cx_fail(cx, ERR_DB, "a write in a transaction for reading (in: %s)",
			      sql_brief(cx, sql));
	else
		err = ERR_OK;
	if (err) {
		stmt_put(s, c);
		return err;
	}
	*out = s;
	*slot = c;
	return ERR_OK;
}

static enum err stmt_get(struct cx *cx, struct sqlite *db, const char *sql, int args,
			 struct stmt **out, struct cached **slot)
{
	struct cached *c = cache_find(&db->cache, sql, "");
	struct stmt *s = c ? c->stmt : NULL;
	enum err err = c ? ERR_OK : stmt_new(cx, db, sql, &s);

	if (err)
		return err;
	if (!c)
		c = cache_put(&db->cache, sql, "", s);
	return stmt_use(cx, db, s, c, sql, args, out, slot);
}

static int bind(struct stmt *s, const struct db_val *val, sqlite3_destructor_type life)
{
	int rc = SQLITE_OK;

	for (int i = 1; i <= s->params && !rc; i++) {
		const struct db_val *v = &val[s->arg[i - 1]];

		switch (v->kind) {
		case DB_NULL:
			rc = s->clear ? SQLITE_OK : sqlite3_bind_null(s->h, i);
			break;
		case DB_I64:
			rc = sqlite3_bind_int64(s->h, i, v->i);
			break;
		case DB_TEXT:
			rc = sqlite3_bind_text64(s->h, i, v->n ? v->p : "", v->n, life,
						 SQLITE_UTF8);
			break;
		case DB_BLOB: /* no pointer would mean null */
			rc = sqlite3_bind_blob64(s->h, i, v->n ? v->p : "", v->n, life);
			break;
		}
	}
	s->clear = false;
	return rc;
}

static int run(struct stmt *s)
{
	int rc;

	do
		rc = sqlite3_step(s->h);
	while (rc == SQLITE_ROW);
	return rc == SQLITE_DONE ? SQLITE_OK : rc;
}

static enum err sqlite_exec(struct cx *cx, struct db *base, const char *sql, struct db_args args)
{
	struct sqlite *db = of(base);
	struct cached *slot;
	struct stmt *s;
	enum err err = stmt_get(cx, db, sql, args.count, &s, &slot);
	int rc;

	if (err)
		return err;
	rc = bind(s, args.val, SQLITE_STATIC);
	if (!rc)
		rc = run(s);
	if (rc)
		err = sqlite_fail(cx, db->h, rc, sql);
	base->changed = sqlite3_changes64(db->h);
	stmt_put(s, slot);
	return err;
}

static enum err sqlite_script(struct cx *cx, struct db *base, const char *sql)
{
	int rc = sqlite3_exec(of(base)->h, sql, NULL, NULL, NULL);

	return rc ? sqlite_fail(cx, of(base)->h, rc, sql) : ERR_OK;
}

/* false: a number with a fraction. */
static bool column(sqlite3_stmt *h, int i, struct db_val *out)
{
	*out = db_null();
	switch (sqlite3_column_type(h, i)) {
	case SQLITE_INTEGER:
		*out = db_i64(sqlite3_column_int64(h, i));
		break;
	case SQLITE_TEXT:
		out->kind = DB_TEXT;
		out->p = sqlite3_column_text(h, i);
		out->n = (size_t)sqlite3_column_bytes(h, i);
		break;
	case SQLITE_BLOB:
		out->kind = DB_BLOB;
		out->p = sqlite3_column_blob(h, i);
		out->n = (size_t)sqlite3_column_bytes(h, i);
		out->p = out->p ? out->p : "";
		break;
	case SQLITE_FLOAT:
		return false;
	default:
		break;
	}
	return true;
}

static enum err step(struct cx *cx, struct sqlite_rows *rows)
{
	sqlite3_stmt *h = rows->stmt->h;
	int rc = sqlite3_step(h);

	rows->ready = rc == SQLITE_ROW;
	rows->done = !rows->ready;
	if (rc != SQLITE_ROW && rc != SQLITE_DONE)
		return sqlite_fail(cx, sqlite3_db_handle(h), rc, sqlite3_sql(h));
	for (int i = 0; rows->ready && i < rows->base.columns; i++)
		if (!column(h, i, &rows->row[i]))
			return cx_fail(cx, ERR_DB, "column %d is no 64-bit integer (in: %s)", i,
				       sql_brief(cx, sqlite3_sql(h)));
	return ERR_OK;
}

static enum err pack(struct cx *cx, struct sqlite_rows *rows)
{
	enum err err = ERR_OK;

	while (!err && rows->ready) {
		for (int i = 0; i < rows->base.columns; i++)
			if (!page_add(&rows->page, &rows->row[i]))
				return cx_fail(cx, ERR_MEMORY, "the machine has no memory left");
		err = step(cx, rows);
	}
	rows->packed = true;
	return err;
}

static void rows_free(struct db_rows *base)
{
	struct sqlite_rows *rows = (struct sqlite_rows *)base;

	if (rows->stmt)
		stmt_put(rows->stmt, rows->slot);
	page_done(&rows->page);
	free(rows);
}

static bool rows_next(struct cx *cx, struct db_rows *base, enum err *err)
{
	struct sqlite_rows *rows = (struct sqlite_rows *)base;

	if (rows->packed)
		return page_take(&rows->page, rows->row, base->columns);
	if (!rows->ready && !rows->done)
		*err = step(cx, rows);
	if (*err || !rows->ready)
		return false;
	rows->ready = false;
	return true;
}

static void rows_value(const struct db_rows *base, int i, struct db_val *out)
{
	*out = ((const struct sqlite_rows *)base)->row[i];
}

static const struct db_rows_ops rows_ops = {rows_next, rows_value, rows_free};

static enum err sqlite_query(struct cx *cx, struct db *base, struct db_rows **out, const char *sql,
			     struct db_args args)
{
	struct sqlite *db = of(base);
	struct sqlite_rows *rows;
	struct cached *slot;
	struct stmt *s;
	int rc, columns;
	enum err err = stmt_get(cx, db, sql, args.count, &s, &slot);

	if (err)
		return err;
	columns = sqlite3_column_count(s->h);
	rows = calloc(1, sizeof(*rows) + (size_t)columns * sizeof(rows->row[0]));
	if (!rows) {
		stmt_put(s, slot);
		return cx_fail(cx, ERR_MEMORY, "the machine has no memory left");
	}
	rows->base = (struct db_rows){.ops = &rows_ops, .columns = columns};
	rows->stmt = s;
	rows->slot = slot;
	rc = bind(s, args.val, SQLITE_TRANSIENT);
	/* The first step is taken here, so that a statement that fails does so where it stands. */
	err = rc ? sqlite_fail(cx, db->h, rc, sql) : step(cx, rows);
	if (!err && !sqlite3_stmt_readonly(s->h)) {
		err = pack(cx, rows);
		stmt_put(s, slot);
		rows->stmt = NULL;
	}
	if (err)
		rows_free(&rows->base);
	else
		*out = &rows->base;
	return err;
}

static void end_turn(struct sqlite *db)
{
	if (db->turn)
		sole_turn_end(db->sole);
	db->turn = false;
}

/* A transaction that stayed open would take in all that follows, and never be durable: so this needs no
 * memory. Some failures have rolled back already. */
static void sqlite_rollback(struct db *base)
{
	struct sqlite *db = of(base);

	if (!sqlite3_get_autocommit(db->h)) {
		sqlite3_step(db->rollback);
		sqlite3_reset(db->rollback);
	}
	if (!sqlite3_get_autocommit(db->h))
		sqlite3_exec(db->h, "ROLLBACK", NULL, NULL, NULL);
	end_turn(db);
}

static enum err sqlite_begin(struct cx *cx, struct db *base, bool write)
{
	struct sqlite *db = of(base);
	enum err err;

	sqlite_rollback(base); /* in case even that failed */
	if (write && db->sole && !(db->turn = sole_turn(db->sole, BUSY_WAIT_S)))
		return cx_fail(cx, ERR_BUSY, "another thread writes to %s for more than %d s", base->where,
			       BUSY_WAIT_S);
	err = sqlite_exec(cx, base, write ? "BEGIN IMMEDIATE" : "BEGIN", DB_NONE);
	if (err)
		end_turn(db);
	return err;
}

static enum err sqlite_commit(struct cx *cx, struct db *base)
{
	struct sqlite *db = of(base);
	int rc = sqlite3_step(db->commit);
	enum err err;

	sqlite3_reset(db->commit);
	rc = rc == SQLITE_DONE ? SQLITE_OK : rc;
	if (!rc) {
		end_turn(db);
		return ERR_OK;
	}
	err = sqlite_fail(cx, db->h, rc, "COMMIT");
	/* The frames may have reached the file although the disk said no. */
	base->unknown = (rc & 0xff) == SQLITE_IOERR;
	sqlite_rollback(base);
	return err;
}

static enum err sqlite_defer(struct cx *cx, struct db *base)
{
	struct sqlite *db = of(base);
	int rc = db->deferred ? SQLITE_OK : sqlite_vfs_defer(db->h, &db->deferred);

	if (rc)
		return cx_fail(cx, rc == SQLITE_NOTFOUND ? ERR_UNSUPPORTED : ERR_DB,
			       "the log of %s cannot be synced apart: SQLite: %s", base->where,
			       sqlite3_errstr(rc));
	/* Many commits, each of which walks through the cache: 2 MiB of it, and still 8 before changed pages
	 * leave it early. */
	if (db_exec(cx, base, "PRAGMA cache_size = -2048", DB_NONE) ||
	    db_exec(cx, base, "PRAGMA cache_spill = 2048", DB_NONE))
		return cx->err;
	return ERR_OK;
}

static enum err sqlite_settle(struct cx *cx, struct db *base)
{
	struct sqlite *db = of(base);
	int rc = db->deferred ? sqlite_vfs_settle(db->deferred) : SQLITE_OK;

	if (!rc)
		return ERR_OK;
	return cx_fail(cx, ERR_IO,
		       "the disk did not take what was written to %s (SQLite: %s); what became of it is "
		       "not known", base->where, sqlite3_errstr(rc));
}

static void add_names(struct sb *sb, const struct db_shape *shape, int from, int to,
		      const char *fmt)
{
	for (int i = from; i < to; i++) {
		if (i > from)
			sb_str(sb, ",");
		sb_printf(sb, fmt, shape->column[i], shape->column[i]);
	}
}

static enum err write_sql(struct cx *cx, enum write_how how, const struct db_shape *shape, size_t rows,
			  const char **out)
{
	struct sb sb;

	sb_init(&sb, cx, SQL_MAX);
	if (how == WRITE_DELETE) {
		sb_printf(&sb, "DELETE FROM \"%s\" WHERE ", shape->table);
		for (int i = 0; i < shape->keys; i++)
			sb_printf(&sb, "%s\"%s\"=$%d", i ? " AND " : "", shape->column[i], i + 1);
		*out = sb.data;
		return sb_end(&sb);
	}
	/* FAIL: the whole transaction ends with a row that cannot be, so SQLite need not keep each page as it
	 * was before the statement. */
	sb_printf(&sb, "INSERT OR FAIL INTO \"%s\"(", shape->table);
	add_names(&sb, shape, 0, shape->columns, "\"%s\"");
	sb_str(&sb, ") VALUES ");
	for (int i = 0; i < (int)rows * shape->columns; i++)
		sb_printf(&sb, "%s$%d", i % shape->columns ? "," : i ? "),(" : "(", i + 1);
	sb_str(&sb, ")");
	if (how == WRITE_UPSERT) {
		sb_str(&sb, " ON CONFLICT(");
		add_names(&sb, shape, 0, shape->keys, "\"%s\"");
		sb_str(&sb, shape->keys < shape->columns ? ") DO UPDATE SET " : ") DO NOTHING");
		add_names(&sb, shape, shape->keys, shape->columns, "\"%s\"=excluded.\"%s\"");
	}
	*out = sb.data;
	return sb_end(&sb);
}

static enum err write_get(struct cx *cx, struct sqlite *db, enum write_how how, const struct db_shape *shape,
			  const struct at_once *n, struct stmt **out, struct cached **slot)
{
	struct cached *c = cache_find(&db->cache, shape->table, n->as[how]);
	struct stmt *s = c ? c->stmt : NULL;
	int columns = how == WRITE_DELETE ? shape->keys : shape->columns;
	const char *sql;

	if (!c) {
		if (write_sql(cx, how, shape, n->rows, &sql) || stmt_new(cx, db, sql, &s))
			return cx->err;
		c = cache_put(&db->cache, shape->table, n->as[how], s);
	}
	return stmt_use(cx, db, s, c, sqlite3_sql(s->h), (int)n->rows * columns, out, slot);
}

/* So many times: each takes the values behind those before. */
static enum err run_times(struct cx *cx, struct sqlite *db, struct stmt *s, const struct db_val *val,
			  size_t times)
{
	enum err err = ERR_OK;

	for (int rc; times > 0 && !err; times--, val += s->highest) {
		rc = bind(s, val, SQLITE_STATIC);
		if (!rc)
			rc = run(s);
		if (rc)
			err = sqlite_fail(cx, db->h, rc, sqlite3_sql(s->h));
		sqlite3_reset(s->h);
	}
	return err;
}

static void sqlite_interrupt(struct db *base) { sqlite3_interrupt(of(base)->h); }

static enum err sqlite_write(struct cx *cx, struct db *base, enum write_how how,
			     const struct db_shape *shape, const struct db_val *rows, size_t count)
{
	struct sqlite *db = of(base);
	enum err err = ERR_OK;

	for (size_t i = 0; i < ARRAY_LEN(at_once) && !err; i++) {
		size_t times = count / at_once[i].rows;
		struct cached *slot;
		struct stmt *s;

		if (!times || !at_once[i].as[how])
			continue;
		err = write_get(cx, db, how, shape, &at_once[i], &s, &slot);
		if (err)
			break;
		err = run_times(cx, db, s, rows, times);
		rows += times * (size_t)s->highest;
		count -= times * at_once[i].rows;
		stmt_put(s, slot);
	}
	return err;
}

static void sqlite_close_db(struct db *base)
{
	struct sqlite *db = of(base);

	cache_clear(&db->cache);
	sqlite3_finalize(db->commit);
	sqlite3_finalize(db->rollback);
	if (db->deferred)
		(void)sqlite_vfs_settle(db->deferred); /* who had to know has asked */
	BUG(sqlite3_close(db->h) != SQLITE_OK);
	sqlite_vfs_undefer(db->deferred);
	end_turn(db);
	sole_release(db->sole);
	free(db);
}

static const struct db_ops sqlite_ops = {
	.engine = DB_SQLITE,
	.int_type = "INTEGER",
	.text_type = "TEXT",
	.blob_type = "BLOB",
	.strict = "STRICT, WITHOUT ROWID",
	.wide = "STRICT",
	.tables_sql =
		"SELECT name FROM sqlite_schema WHERE type = 'table' AND substr(name, 1, 7) <> 'sqlite_'"
		" ORDER BY name",
	.columns_sql =
		"SELECT name, CASE type WHEN 'INTEGER' THEN 1 WHEN 'TEXT' THEN 2 WHEN 'BLOB' THEN 3"
		" ELSE 0 END, pk > 0 FROM pragma_table_info($1) ORDER BY cid",
	.schema_sql =
		"SELECT type, name, sql FROM sqlite_schema WHERE substr(name, 1, 7) <> 'sqlite_'"
		" ORDER BY type, name",
	.close = sqlite_close_db,
	.exec = sqlite_exec,
	.script = sqlite_script,
	.query = sqlite_query,
	.begin = sqlite_begin,
	.commit = sqlite_commit,
	.rollback = sqlite_rollback,
	.interrupt = sqlite_interrupt,
	.defer = sqlite_defer,
	.settle = sqlite_settle,
	.write = sqlite_write,
	.backup = sqlite_backup,
};

/* Made here and not by SQLite, which would let others of this machine read it. */
static enum err make_file(struct cx *cx, const char *path)
{
	int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	if (fd < 0)
		return errno == EEXIST ? ERR_OK : cx_errno(cx, "create", path);
	close(fd);
	return sqlite_sync_directory(cx, path);
}

static enum err prepare_file(struct cx *cx, const char *path, int flags, struct sole **sole)
{
	char real[PATH_MAX];
	enum err err;

	if (flags & DB_CREATE && !(flags & DB_READ_ONLY)) {
		err = make_file(cx, path);
		if (err)
			return err;
	}
	if (!realpath(path, real)) /* so that a link to the file meets the same lock */
		return errno == ENOENT ? cx_fail(cx, ERR_NOT_FOUND, "there is no file %s", path) :
					 cx_errno(cx, "open", path);
	if (flags & DB_SOLE && !(flags & DB_READ_ONLY))
		return sole_take(cx, real, sole);
	return ERR_OK;
}

static int set_up(sqlite3 *h, int flags, bool memory)
{
	static const struct {
		int option, value;
	} config[] = {
		{SQLITE_DBCONFIG_DEFENSIVE, 1},	  {SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0},
		{SQLITE_DBCONFIG_ENABLE_FKEY, 0}, {SQLITE_DBCONFIG_ENABLE_TRIGGER, 0},
		{SQLITE_DBCONFIG_DQS_DML, 0}, /* "a" is a name, never a text: as on PostgreSQL */
		{SQLITE_DBCONFIG_DQS_DDL, 0},
	};
	int rc = sqlite3_busy_timeout(h, BUSY_WAIT_S * 1000);

	for (size_t i = 0; i < ARRAY_LEN(config) && !rc; i++)
		rc = sqlite3_db_config(h, config[i].option, config[i].value, NULL);
	/* LIKE tells a from A, as on PostgreSQL; WAL kept near 32 MiB. 8 MiB of cache a handle: each commit
	 * that split a page walks through all of it. The file is not mapped: a mapped page would be checked
	 * cell by cell each time it is looked at, and one that cannot be read would end the process. */
	if (!rc)
		rc = sqlite3_exec(h,
				  "PRAGMA case_sensitive_like=ON; PRAGMA cell_size_check=ON;"
				  "PRAGMA temp_store=MEMORY; PRAGMA cache_size=-8192;"
				  "PRAGMA mmap_size=0; PRAGMA wal_autocheckpoint=8192;"
				  "PRAGMA journal_size_limit=67108864; PRAGMA secure_delete=FAST",
				  NULL, NULL, NULL);
	if (!rc && flags & DB_TRACELESS)
		rc = sqlite3_exec(h, "PRAGMA secure_delete=ON", NULL, NULL, NULL);
	if (!rc && flags & DB_READ_ONLY)
		return sqlite3_exec(h, "PRAGMA query_only=ON; SELECT count(*) FROM sqlite_schema",
				    NULL, NULL, NULL);
	if (!rc && !memory)
		rc = sqlite3_exec(h, "PRAGMA journal_mode=WAL", NULL, NULL, NULL);
	if (!rc)
		rc = sqlite3_exec(
			h, flags & DB_FAST ? "PRAGMA synchronous=OFF" : "PRAGMA synchronous=FULL",
			NULL, NULL, NULL);
	if (!rc && !memory && !(flags & DB_FAST))
		rc = sqlite_vfs_join(h);
	return rc;
}

/* The path as a URI for a file that nobody writes: SQLite then needs neither -wal nor -shm. */
static const char *immutable_uri(struct cx *cx, const char *where)
{
	struct sb sb;

	sb_init(&sb, cx, 3 * PATH_MAX);
	sb_str(&sb, "file:");
	for (; *where; where++)
		if (strchr("%?#", *where))
			sb_printf(&sb, "%%%02X", (unsigned char)*where);
		else
			sb_char(&sb, *where);
	sb_str(&sb, "?immutable=1");
	return sb_end(&sb) ? NULL : sb.data;
}

/* Nothing waits in a -wal that reading the file alone would miss. */
static bool is_whole(struct cx *cx, const char *where)
{
	char *wal = cx_printf(cx, "%s-wal", where);
	struct stat st;

	return wal && (stat(wal, &st) ? errno == ENOENT : st.st_size == 0);
}

static int open_handle(struct cx *cx, struct sqlite *db, const char *where, bool memory)
{
	bool read_only = db->base.flags & DB_READ_ONLY && !memory;
	/* NOMUTEX: a handle is one thread's at a time, so it needs no lock of its own */
	int mode = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, rc;
	const char *vfs = sqlite_vfs(db->base.flags), *uri;

	mode |= read_only ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE;
	rc = sqlite3_open_v2(where, &db->h, mode, vfs);
	if (!rc)
		rc = set_up(db->h, db->base.flags, memory);
	if (((rc & 0xff) != SQLITE_CANTOPEN && (rc & 0xff) != SQLITE_READONLY) || !read_only ||
	    !is_whole(cx, where))
		return rc;
	uri = immutable_uri(cx, where); /* on a disk that cannot be written, say */
	if (!uri)
		return rc;
	sqlite3_close(db->h);
	db->h = NULL;
	rc = sqlite3_open_v2(uri, &db->h, mode | SQLITE_OPEN_URI, vfs);
	return rc ? rc : set_up(db->h, db->base.flags, memory);
}

/* Before the library's first use: no statistics of its memory, for which all threads would share a lock. */
static pthread_once_t configured = PTHREAD_ONCE_INIT;
static void configure(void) { sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0); }

enum err sqlite_open(struct cx *cx, const char *where, int flags, struct db **out)
{
	bool memory = strcmp(where, ":memory:") == 0;
	struct sqlite *db;
	enum err err;

	BUG(!sqlite3_threadsafe()); /* handles of several threads share the library */
	pthread_once(&configured, configure);
	db = calloc(1, sizeof(*db));
	if (db)
		db->base.where = strdup(where);
	if (!db || !db->base.where) {
		free(db);
		return cx_fail(cx, ERR_MEMORY, "the machine has no memory left");
	}
	db->base.ops = &sqlite_ops;
	db->base.flags = flags;
	db->cache.drop = stmt_drop;
	err = memory ? ERR_OK : prepare_file(cx, where, flags, &db->sole);
	if (!err) {
		int rc = open_handle(cx, db, where, memory);

		if (!rc)
			rc = sqlite3_prepare_v3(db->h, "ROLLBACK", -1, SQLITE_PREPARE_PERSISTENT,
						&db->rollback, NULL);
		if (!rc)
			rc = sqlite3_prepare_v3(db->h, "COMMIT", -1, SQLITE_PREPARE_PERSISTENT,
						&db->commit, NULL);
		if (rc)
			err = cx_fail(cx, (rc & 0xff) == SQLITE_BUSY ? ERR_BUSY : ERR_DB,
				      "cannot open %s: SQLite: %s", where,
				      db->h ? sqlite3_errmsg(db->h) : sqlite3_errstr(rc));
	}
	if (err)
		db_close(&db->base);
	else
		*out = &db->base;
	return err;
}
