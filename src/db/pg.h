/* pg.h: what postgresql.c (the connection) and pg_rows.c (reading) share. For src/db alone. */
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

struct pg_rows;

struct pg {
	struct db base;
	PGconn *conn;
	struct stmt_cache cache;
	unsigned long next_name;
	bool forget;             /* the server has forgotten our statements, or soon will */
	struct pg_rows *sending; /* the query whose rows the connection still has to give, or NULL */
};

enum { PG_ERROR_MAX = 700 };
/* What an answer that is no success means; its words go to msg. res may be NULL. */
enum err pg_error(const struct pg *pg, const PGresult *res, char msg[PG_ERROR_MAX]);

/* Takes over the answer to the query that was just sent in single-row mode. */
enum err pg_rows_new(struct cx *cx, struct pg *pg, const char *sql, struct db_rows **out);
/* Takes the rest of the open query's rows off the connection, so that it can serve another. */
void pg_rows_detach(struct pg *pg);

#endif
