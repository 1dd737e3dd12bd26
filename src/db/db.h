/* db.h: execute SQL, on SQLite or PostgreSQL, with one meaning.
 *
 * SQL is what both engines accept: parameters $1, $2, … alone, no clock, no random, no stored
 * procedures. Where nothing around a parameter says its type ("$1 IS NULL"), write CAST($1 AS bigint).
 * A handle belongs to one thread at a time; several threads may each have their own. Values are int64,
 * text (UTF-8 without U+0000, else ERR_INVALID), bytes, or null. Text is ordered by its bytes.
 * Errors are ERR_DB with the engine's words and the statement's beginning; ERR_CONFLICT for a unique
 * key; ERR_BUSY for what may succeed when tried again (serialization failure, deadlock, lock timeout,
 * lost connection, a server that is not reached or not up).
 */
#ifndef RELODE_DB_DB_H
#define RELODE_DB_DB_H

#include "base/cx.h"

struct db;
struct db_rows;

enum db_kind { DB_NULL, DB_I64, DB_TEXT, DB_BLOB };
struct db_val {
	enum db_kind kind;
	int64_t i;
	const void *p; /* text or bytes; the caller's, valid during the call */
	size_t n;
};
struct db_args {
	const struct db_val *val;
	int count;
};
static inline struct db_val db_i64(int64_t i) { return (struct db_val){.kind = DB_I64, .i = i}; }
static inline struct db_val db_null(void) { return (struct db_val){.kind = DB_NULL}; }
static inline struct db_val db_blob(const void *p, size_t n)
{
	return (struct db_val){.kind = DB_BLOB, .p = p, .n = n};
}
static inline struct db_val db_text(const char *s) /* NULL gives null, of kind text (.i) */
{
	return s ? (struct db_val){.kind = DB_TEXT, .p = s, .n = strlen(s)}
		 : (struct db_val){.kind = DB_NULL, .i = DB_TEXT};
}
#define DB_ARGS(...)                                                                                \
	((struct db_args){(const struct db_val[]){__VA_ARGS__},                                      \
			  (int)(sizeof((struct db_val[]){__VA_ARGS__}) / sizeof(struct db_val))})
#define DB_NONE ((struct db_args){NULL, 0})

enum db_engine { DB_SQLITE, DB_POSTGRESQL };
enum db_flags {
	DB_CREATE = 1,   /* SQLite: make the file (mode 0600) if it is absent */
	DB_READ_ONLY = 2,
	DB_SOLE = 4,     /* SQLite: this process will write; a second such process is refused with ERR_BUSY
			  * and a message that says which process holds the file */
	DB_FAST = 8,     /* SQLite: synchronous=OFF; tests and scratch files only */
	DB_TRACELESS = 16 /* SQLite: what this handle deletes, overwrites or moves is left nowhere in the file
			   * nor in its copies (db_backup). FILE-wal keeps old pages until it is truncated. */
};

/* where: a path, ":memory:", or "postgresql://…" (libpq's URI or "key=value" string). */
enum err db_open(struct cx *cx, const char *where, int flags, struct db **out) MUST_USE;
bool db_on_server(const char *where); /* it names a PostgreSQL server, no file */
/* A copy of given, or what stands beside a database: WHERE.what for a file, relode.what in this folder for a
 * server's. NULL: no memory. */
char *db_beside(struct cx *cx, const char *given, const char *where, const char *what);
void db_close(struct db *db); /* accepts NULL; rolls back what is open; rows must be freed before */
enum db_engine db_engine(const struct db *db);
bool db_is_sole(const struct db *db); /* DB_SOLE was asked for, and keeps other processes from writing */
/* where, without password */
const char *db_where(const struct db *db);

enum err db_exec(struct cx *cx, struct db *db, const char *sql, struct db_args args);
/* Rows that db_exec's INSERT, UPDATE or DELETE, just done, has changed; -1: not known (PostgreSQL). */
int64_t db_changed(const struct db *db);
/* Several statements separated by ';', without parameters. */
enum err db_script(struct cx *cx, struct db *db, const char *sql);
/* Rows are read one by one (PostgreSQL: in chunks; a query over a whole table takes bounded memory).
 * Prepared statements are cached by the address and text of sql. One query may be open while others
 * run on the same handle. */
enum err db_query(struct cx *cx, struct db *db, struct db_rows **out, const char *sql, struct db_args args);
/* false: the end, or cx->err. Clear an older error that was dealt with (cx_clear) before such a loop. */
bool db_next(struct cx *cx, struct db_rows *rows);
/* Columns count from 0. To read one as another kind than it has is a BUG; a sum, a count and a condition
 * are integers on both engines; text may be read as bytes. */
bool db_is_null(const struct db_rows *rows, int column);
int64_t db_get_i64(const struct db_rows *rows, int column);     /* null gives 0 */
const char *db_get_text(const struct db_rows *rows, int column); /* null gives NULL; valid until db_next */
const void *db_get_blob(const struct db_rows *rows, int column, size_t *n);
void db_rows_free(struct db_rows *rows); /* accepts NULL; before db_close */
static inline void db_rows_auto(struct db_rows **rows) { db_rows_free(*rows); }
#define db_auto_rows __attribute__((cleanup(db_rows_auto))) struct db_rows
/* One row, one integer: *out, or ERR_NOT_FOUND when there is no row. */
enum err db_one_i64(struct cx *cx, struct db *db, int64_t *out, const char *sql, struct db_args args);

/* Transactions. SQLite begins IMMEDIATE when write is true; PostgreSQL is READ COMMITTED then, so lock
 * what you decide on by an UPDATE. With write false the transaction sees one state and refuses to
 * write. After a failed statement (ERR_NOT_FOUND is none) only a rollback is possible. db_commit ends
 * the transaction even when it fails. Nesting is a BUG. A commit whose answer was lost is ERR_BUSY and
 * db_commit_unknown says true: ask the books whether it happened. Outside a transaction each call is
 * one of its own. After a lost connection the next call outside a transaction connects anew. */
enum err db_begin(struct cx *cx, struct db *db, bool write) MUST_USE;
/* As db_begin(…, true), for a batch of rows: db_exec, db_append, db_upsert and db_delete need not wait
 * for their answers then. Their failure may be told by a later call of the transaction, at the latest by
 * db_commit, with the same words. A query sees what was written before it. SQLite: nothing differs. */
enum err db_begin_batch(struct cx *cx, struct db *db) MUST_USE;
enum err db_commit(struct cx *cx, struct db *db) MUST_USE;
/* PostgreSQL: fn(arg) is called in the handle's thread where it begins to wait for its server: when all that
 * a transaction writes was sent, and before the server is connected to anew. That time is fn's, which must
 * not use the handle. SQLite calls nothing. */
void db_on_wait(struct db *db, void (*fn)(void *arg), void *arg);
void db_rollback(struct db *db); /* never fails; does nothing outside a transaction */
bool db_commit_unknown(const struct db *db);
/* From now on a commit of this handle ends when it is written, and is durable when db_settle, called after
 * it, is ERR_OK: a power failure before may take it, and all after it, as if they had never been; the end of
 * the process takes nothing. So nobody is told of a commit before it is settled. db_settle may be called by
 * any thread while another uses the handle. Once it has failed nobody knows what is on the disk, and it fails
 * for ever (ERR_IO): close the handle, and ask the books anew. ERR_UNSUPPORTED on PostgreSQL and in memory,
 * where db_settle has nothing to do. */
enum err db_defer(struct cx *cx, struct db *db) MUST_USE;
enum err db_settle(struct cx *cx, struct db *db) MUST_USE;

/* Ends the statement that a handle runs, if it runs one, which then fails: ERR_INTERRUPTED, or ERR_BUSY where
 * PostgreSQL ended it. From any thread, but only while the handle's own is within a transaction. */
void db_interrupt(struct db *db);

/* A table's shape for writing many rows at once, each engine's own way (SQLite: one prepared INSERT;
 * PostgreSQL: INSERT … SELECT … FROM unnest(binary arrays)). The first `keys` columns are the primary key. */
struct db_shape {
	const char *table;
	const char *const *column;
	const enum db_kind *kind; /* per column: DB_I64, DB_TEXT, DB_BLOB; any value may be null */
	int columns, keys;
};
/* rows: count x shape->columns values, row by row. */
enum err db_append(struct cx *cx, struct db *db, const struct db_shape *shape, const struct db_val *rows,
		   size_t count) MUST_USE;
/* As db_append; a row whose key is there replaces it. No key may come twice in one call. */
enum err db_upsert(struct cx *cx, struct db *db, const struct db_shape *shape, const struct db_val *rows,
		   size_t count) MUST_USE;
/* Deletes the rows with these keys: count x shape->keys values. A key that is not there is no error. */
enum err db_delete(struct cx *cx, struct db *db, const struct db_shape *shape, const struct db_val *keys,
		   size_t count) MUST_USE;

/* Migrations: forward only, in order, each once, in one transaction each, recorded in table
 * schema_version(version, name, digest) with the SHA-256 of its text. A file whose recorded digest
 * differs from the program's is refused, and so is one newer than the program. In the text: {int},
 * {blob}, {text} are the engine's types and {strict} its table suffix, {wide} that of
 * tables whose rows are large. */
struct db_migration {
	int version;
	const char *name, *sql;
};
enum err db_migrate(struct cx *cx, struct db *db, const struct db_migration *list, int count) MUST_USE;
/* ERR_CONFLICT with what to do ("run relode upgrade") when the schema is not exactly the list's. SQLite:
 * ERR_CORRUPT when a table or index is not what these migrations make, or there is one more. */
enum err db_check_schema(struct cx *cx, struct db *db, const struct db_migration *list, int count) MUST_USE;
/* An empty PostgreSQL database whose server has the citus extension: what db_migrate makes in it, now and
 * later, is distributed by city. ERR_UNSUPPORTED, saying why, when it cannot be; then nothing was made. */
enum err db_distribute(struct cx *cx, const char *where) MUST_USE;
/* Whether that has been done: then two cities may lie on two machines. */
enum err db_is_distributed(struct cx *cx, struct db *db, bool *out) MUST_USE;
/* Takes back a schema that could not be made whole: drops every table. */
enum err db_drop_tables(struct cx *cx, struct db *db) MUST_USE;
/* Names of all tables but schema_version and the engine's own; and of one table's columns with kinds. */
enum err db_tables(struct cx *cx, struct db *db, const char *const **names, int *count);
enum err db_columns(struct cx *cx, struct db *db, const char *table, const char *const **names,
		    const enum db_kind **kinds, int *count, int *keys);
/* Removes an SQLite file that nobody has open, with what stands beside it and would be taken for another's of
 * that name. What is not there is no error; false: errno says why. */
bool db_remove_file(const char *path);
/* SQLite: copies the open file to another path, online, durable, progress by pages (may be NULL).
 * PostgreSQL: ERR_UNSUPPORTED, saying to use pg_dump or pg_basebackup. */
enum err db_backup(struct cx *cx, struct db *db, const char *to,
		   void (*progress)(void *arg, int64_t done, int64_t total), void *arg) MUST_USE;

#endif
