/* pg.h: what postgresql.c (the connection), pg_pipe.c (statements sent without waiting), pg_rows.c
 * (reading), pg_write.c (many rows at once) and pg_citus.c (many machines) share. For src/db alone. */
#ifndef RELODE_DB_PG_H
#define RELODE_DB_PG_H

#include <libpq-fe.h>

#include "db/engine.h"

/* Types by their fixed numbers in pg_type. */
enum {
	OID_BOOL = 16,
	OID_BYTEA = 17,
	OID_NAME = 19,
	OID_INT8 = 20,
	OID_INT2 = 21,
	OID_INT4 = 23,
	OID_TEXT = 25,
	OID_OID = 26,
	OID_UNKNOWN = 705,
	OID_BYTEA_ARRAY = 1001,
	OID_TEXT_ARRAY = 1009,
	OID_INT8_ARRAY = 1016,
	OID_BPCHAR = 1042,
	OID_VARCHAR = 1043,
	OID_NUMERIC = 1700,
	OID_VOID = 2278
};

enum {
	PG_ERROR_MAX = 700,
	PIPE_MAX = 64,  /* statements sent before their answers are read */
	BRIEF_MAX = 168 /* bytes of a statement's beginning, for messages */
};

struct pg_rows;

struct pg {
	struct db base;
	PGconn *conn;
	PGcancel *cancel; /* what the connection runs */
	struct stmt_cache cache;
	unsigned long next_name;
	bool forget;             /* the server has forgotten our statements, or soon will */
	struct pg_rows *sending; /* the query whose rows the connection still has to give, or NULL */
	bool piping;             /* in libpq's pipeline mode */
	bool lost;               /* of no use any more, though libpq may not say so: see pg_lost */
	int sent;                /* statements whose answers were not read yet */
	char brief[PIPE_MAX][BRIEF_MAX];
	char tag[24]; /* of the last answer read: "COMMIT", "ROLLBACK" */
};

/* A statement's parameters, in binary. */
enum { VALUES_MAX = 256 };
struct values {
	int count;
	Oid type[VALUES_MAX];
	const char *p[VALUES_MAX];
	int len[VALUES_MAX], binary[VALUES_MAX];
	uint64_t number[VALUES_MAX]; /* in network order */
	char sig[VALUES_MAX + 1];    /* a statement is prepared anew for other types */
};
/* p: kept, valid until the statement was sent. sig: a letter for the type. */
void pg_add_value(struct values *v, Oid type, const void *p, size_t n, char sig);

/* What an answer that is no success means; its words go to msg. res may be NULL. */
enum err pg_error(struct pg *pg, const PGresult *res, char msg[PG_ERROR_MAX]);

/* The connection is gone: what was sent last may have been done or not. libpq calls one good that it could
 * not write to, or whose server said farewell where it should have said that it is ready. */
bool pg_lost(const struct pg *pg);

bool pg_success(const PGresult *res);
/* Runs a statement; in a batch only sends it: its failure is told later. */
enum err pg_send(struct cx *cx, struct pg *pg, const char *sql, const struct values *v);
enum err pg_write(struct cx *cx, struct db *base, enum write_how how, const struct db_shape *shape,
		  const struct db_val *rows, size_t count);

enum err pg_distribute(struct cx *cx, struct db *db);
enum err pg_is_distributed(struct cx *cx, struct db *db, bool *out);
enum err pg_place(struct cx *cx, struct db *db);

/* Pipeline mode. pg_pipe_open, send with libpq, pg_pipe_sent, and so on; pg_pipe_push makes the server do all
 * of it, pg_pipe_take reads the answers and gives the first failure, for the server skips what follows one;
 * pg_pipe_close is both. cx may be NULL: nobody asks. */
enum err pg_pipe_open(struct cx *cx, struct pg *pg);
enum err pg_pipe_sent(struct cx *cx, struct pg *pg, const char *sql);
void pg_pipe_push(struct pg *pg);
enum err pg_pipe_take(struct cx *cx, struct pg *pg);
enum err pg_pipe_close(struct cx *cx, struct pg *pg);
/* Of a query that was sent last: the answers to what was sent before it. Then the connection gives the
 * query's own rows, and after them pg_pipe_end leaves the mode (it does nothing outside of it). */
enum err pg_pipe_turn(struct cx *cx, struct pg *pg);
void pg_pipe_end(struct pg *pg);

/* Takes over the answer to the query that was just sent in single-row mode. */
enum err pg_rows_new(struct cx *cx, struct pg *pg, const char *sql, struct db_rows **out);
/* Takes the rest of the open query's rows off the connection, so that it can serve another. */
void pg_rows_detach(struct pg *pg);

#endif
