/* engine.h: what db.c asks of an engine, and what both engines share. For src/db alone.
 *
 * db.c checks arguments and keeps the state of the transaction; an engine may take both as given. A
 * handle and its rows are allocated with malloc, for they may outlive a context's arena.
 */
#ifndef RELODE_DB_ENGINE_H
#define RELODE_DB_ENGINE_H

#include "db/db.h"

enum write_how { WRITE_APPEND, WRITE_UPSERT, WRITE_DELETE };

struct db_ops {
	enum db_engine engine;
	const char *int_type, *text_type, *blob_type, *strict, *wide; /* what a migration's tokens become */
	const char *tables_sql;  /* every table's name, in order */
	const char *columns_sql; /* of table $1: name, kind (enum db_kind), 1 if of the primary key */
	const char *schema_sql;  /* the text of all that migrations made, or NULL: the engine keeps none */
	const char *lock_sql;    /* makes other programs that migrate wait; NULL when begin does */
	enum err (*distribute)(struct cx *cx, struct db *db); /* schema_version is there, alone; or NULL */
	enum err (*is_distributed)(struct cx *cx, struct db *db, bool *out); /* NULL when distribute is */
	enum err (*place)(struct cx *cx, struct db *db); /* what a migration made; or NULL */
	void (*close)(struct db *db);
	enum err (*exec)(struct cx *cx, struct db *db, const char *sql, struct db_args args);
	enum err (*script)(struct cx *cx, struct db *db, const char *sql);
	enum err (*query)(struct cx *cx, struct db *db, struct db_rows **out, const char *sql,
			  struct db_args args);
	enum err (*begin)(struct cx *cx, struct db *db, bool write);
	/* On failure the transaction is over too; sets db->unknown when nobody can tell. */
	enum err (*commit)(struct cx *cx, struct db *db);
	void (*rollback)(struct db *db);
	void (*interrupt)(struct db *db); /* by another thread than the handle's */
	enum err (*defer)(struct cx *cx, struct db *db);  /* or NULL: commits wait until they are durable */
	enum err (*settle)(struct cx *cx, struct db *db); /* NULL when defer is */
	/* Inside a transaction. rows: shape->columns values each (WRITE_DELETE: shape->keys). */
	enum err (*write)(struct cx *cx, struct db *db, enum write_how how, const struct db_shape *shape,
			  const struct db_val *rows, size_t count);
	enum err (*backup)(struct cx *cx, struct db *db, const char *to,
			   void (*progress)(void *arg, int64_t done, int64_t total), void *arg);
};

struct db {
	const struct db_ops *ops;
	char *where; /* without password; malloc */
	int flags;
	bool in_txn, writing; /* writing: in a transaction begun with write */
	bool batch;           /* in one begun with db_begin_batch; set before the engine's begin */
	bool failed;          /* a statement failed in this transaction: it can only be rolled back */
	bool unknown;         /* the last commit may or may not have happened */
	int open_rows;
	int64_t changed; /* SQLite: by the last exec */
	void (*on_wait)(void *arg); /* or NULL */
	void *on_wait_arg;
};

struct db_rows_ops {
	bool (*next)(struct cx *cx, struct db_rows *rows, enum err *err); /* false: the end, or *err */
	void (*value)(const struct db_rows *rows, int column, struct db_val *out);
	void (*free)(struct db_rows *rows);
};
struct db_rows {
	const struct db_rows_ops *ops;
	struct db *db;
	int columns;
	bool on_row; /* db_next said true last */
};

enum err sqlite_open(struct cx *cx, const char *where, int flags, struct db **out);
enum err pg_open(struct cx *cx, const char *where, int flags, struct db **out);

/* The process's hold on an SQLite file: FILE.lock, locked, with the process's number in it. One hold
 * serves all handles of the process. ERR_BUSY names the process that has it. */
struct sole;
enum err sole_take(struct cx *cx, const char *path, struct sole **out);
void sole_release(struct sole *sole); /* accepts NULL */
/* Handles of several threads write in turns: sole_turn waits for the one before, at most so long; SQLite
 * itself would ask again and again, with pauses. false: it did not end. */
bool sole_turn(struct sole *sole, int seconds) MUST_USE;
void sole_turn_end(struct sole *sole);

/* Text with one meaning on both engines: UTF-8 without U+0000. ERR_INVALID otherwise. */
enum err check_vals(struct cx *cx, const struct db_val *val, size_t count);
/* The first words of a statement, for messages; in the arena or "". */
const char *sql_brief(struct cx *cx, const char *sql);

/* Some rows in memory, packed: a value is a byte of kind, an int64 (the integer, or the length), and
 * for text and bytes these and a NUL. */
struct page {
	char *data;
	size_t len, cap, pos;
};
bool page_add(struct page *page, const struct db_val *val);            /* false: no memory */
bool page_take(struct page *page, struct db_val *row, int columns);    /* false: none left */
void page_reset(struct page *page);
void page_done(struct page *page);

/* Prepared statements by text and by a signature of the kinds of their values. Bounded: 64 sets of 4;
 * a new one drops the set's longest unused. A busy statement is neither found nor dropped. */
enum { CACHE_SETS = 64, CACHE_WAYS = 4 };
struct cached {
	uint64_t hash, used;
	char *sql; /* NULL: the slot is free */
	char *sig;
	void *stmt;
	bool busy;
};
struct stmt_cache {
	struct cached slot[CACHE_SETS][CACHE_WAYS];
	uint64_t clock;
	void (*drop)(void *owner, void *stmt);
	void *owner;
};
struct cached *cache_find(struct stmt_cache *cache, const char *sql, const char *sig);
/* NULL: the set is all busy or there is no memory; stmt is still the caller's. */
struct cached *cache_put(struct stmt_cache *cache, const char *sql, const char *sig, void *stmt);
void cache_clear(struct stmt_cache *cache); /* drops all that are not busy */

#endif
