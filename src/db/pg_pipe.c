/* Statements sent to PostgreSQL without waiting for each answer: libpq's pipeline mode. A batch goes out in
 * one round trip, from its beginning to its commit, however many tables it writes, unless it asks.
 */
#include "db/pg.h"

enum { END_MAX = 8 /* answers, and the ends of answers, before the pipeline's own end */ };

enum err pg_pipe_open(struct cx *cx, struct pg *pg)
{
	if (pg->piping)
		return ERR_OK;
	BUG(pg->sending);
	if (!PQenterPipelineMode(pg->conn))
		return cx_fail(cx, pg_lost(pg) ? ERR_BUSY : ERR_DB,
			       "PostgreSQL: %s", PQerrorMessage(pg->conn));
	pg->piping = true;
	pg->sent = 0;
	return ERR_OK;
}

enum err pg_pipe_sent(struct cx *cx, struct pg *pg, const char *sql)
{
	struct cx_mark mark = cx_mark(cx);

	snprintf(pg->brief[pg->sent++], BRIEF_MAX, "%s", sql_brief(cx, sql));
	cx_restore(cx, mark);
	return pg->sent < PIPE_MAX ? ERR_OK : pg_pipe_close(cx, pg);
}

/* After a failure the answers to what follows say only that it was skipped. */
static enum err take_answers(struct cx *cx, struct pg *pg)
{
	char msg[PG_ERROR_MAX];
	enum err err = ERR_OK;
	PGresult *res;

	for (int i = 0; i < pg->sent; i++) {
		bool answered = false;

		while ((res = PQgetResult(pg->conn))) {
			answered = true;
			snprintf(pg->tag, sizeof(pg->tag), "%s", PQcmdStatus(res));
			if (!err && !pg_success(res)) {
				err = pg_error(pg, res, msg);
				if (cx)
					cx_fail(cx, err, "%s (in: %s)", msg, pg->brief[i]);
			}
			PQclear(res);
		}
		if (!answered && !err) { /* the connection was lost before */
			pg->lost = true;
			err = pg_error(pg, NULL, msg);
			if (cx)
				cx_fail(cx, err, "%s (in: %s)", msg, pg->brief[i]);
		}
	}
	pg->sent = 0;
	return err;
}

/* A server that stops after the last answer says that instead of "ready", and is gone a moment later: the
 * answers stand. */
void pg_pipe_end(struct pg *pg)
{
	bool sync = false;

	if (!pg->piping)
		return;
	for (int i = 0; i < END_MAX && !sync && !pg_lost(pg); i++) {
		PGresult *res = PQgetResult(pg->conn);

		sync = PQresultStatus(res) == PGRES_PIPELINE_SYNC;
		PQclear(res);
	}
	if (!PQexitPipelineMode(pg->conn))
		pg->lost = true;
	pg->piping = false;
}

void pg_pipe_push(struct pg *pg)
{
	if (pg->piping)
		PQpipelineSync(pg->conn); /* when it fails, so do the answers */
}

enum err pg_pipe_take(struct cx *cx, struct pg *pg)
{
	enum err err = pg->piping ? take_answers(cx, pg) : ERR_OK;

	pg_pipe_end(pg);
	return err;
}

enum err pg_pipe_close(struct cx *cx, struct pg *pg)
{
	pg_pipe_push(pg);
	return pg_pipe_take(cx, pg);
}

enum err pg_pipe_turn(struct cx *cx, struct pg *pg)
{
	enum err err;
	PGresult *res;

	PQpipelineSync(pg->conn);
	err = take_answers(cx, pg);
	if (!err)
		return ERR_OK;
	while ((res = PQgetResult(pg->conn))) /* the query's own: skipped */
		PQclear(res);
	pg_pipe_end(pg);
	return err;
}
