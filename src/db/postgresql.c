/* PostgreSQL, through libpq. Values travel in binary; statements are prepared once a connection. */
#include <endian.h>

#include "base/sb.h"
#include "db/pg.h"

enum { ADDRESS_MAX = 64 * 1024, VERSION_MIN = 150000 };

struct pg_stmt {
	char name[24];
};

static struct pg *of(struct db *db)
{
	return (struct pg *)db;
}

static enum err meaning(const char *state)
{
	static const struct {
		const char *state; /* its beginning */
		enum err err;
	} table[] = {
		{"23505", ERR_CONFLICT}, /* unique violation */
		{"22012", ERR_CONFLICT}, /* division by zero: a statement expected something else */
		{"40", ERR_BUSY},	 /* serialization failure, deadlock */
		{"55P03", ERR_BUSY},	 /* lock timeout */
		{"57014", ERR_BUSY},	 /* statement timeout */
		{"57P", ERR_BUSY},	 /* the server stops, starts or crashed */
		{"25P03", ERR_BUSY},	 /* the transaction was idle for too long */
		{"53300", ERR_BUSY},	 /* too many connections */
		{"XX001", ERR_CORRUPT},	 /* a damaged page */
		{"XX002", ERR_CORRUPT},	 /* a damaged index */
	};

	for (size_t i = 0; i < ARRAY_LEN(table); i++)
		if (!strncmp(state, table[i].state, strlen(table[i].state)))
			return table[i].err;
	return ERR_DB;
}

bool pg_lost(const struct pg *pg)
{
	return pg->lost || PQstatus(pg->conn) != CONNECTION_OK;
}

enum err pg_error(struct pg *pg, const PGresult *res, char msg[PG_ERROR_MAX])
{
	const char *state = res ? PQresultErrorField(res, PG_DIAG_SQLSTATE) : NULL;
	const char *words = res ? PQresultErrorField(res, PG_DIAG_MESSAGE_PRIMARY) : NULL;

	/* The detail is left out: it quotes values, which may be somebody's data. */
	if (!words)
		words = PQerrorMessage(pg->conn);
	/* Every error of a server has a state: this one is libpq's. */
	if (res && !state && PQresultStatus(res) == PGRES_FATAL_ERROR)
		pg->lost = true;
	if (res && PQresultStatus(res) == PGRES_EMPTY_QUERY)
		words = "one statement is wanted";
	snprintf(msg, PG_ERROR_MAX, "PostgreSQL: %.*s", (int)strcspn(words, "\n"), words);
	return pg_lost(pg) ? ERR_BUSY : meaning(state ? state : "");
}

/* Statements are prepared once a session, and settings made: another's session has other ones. */
static bool session_is_shared(const PGresult *res)
{
	const char *state = res ? PQresultErrorField(res, PG_DIAG_SQLSTATE) : NULL;

	return state && (!strcmp(state, "42P05") || !strcmp(state, "26000"));
}

static enum err fail(struct cx *cx, struct pg *pg, const PGresult *res, const char *sql)
{
	char msg[PG_ERROR_MAX];
	enum err err = pg_error(pg, res, msg);

	if (session_is_shared(res))
		return cx_fail(cx, ERR_UNSUPPORTED,
			       "%s: a pooler gives this connection to others between transactions; give "
			       "relode one with pool_mode = session, or PostgreSQL itself (%s)",
			       pg->base.where, msg);
	return cx_fail(cx, err, "%s (in: %s)", msg, sql_brief(cx, sql));
}

bool pg_success(const PGresult *res)
{
	ExecStatusType status = PQresultStatus(res);

	return status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK;
}

static enum err check(struct cx *cx, struct pg *pg, PGresult *res, const char *sql)
{
	enum err err = pg_success(res) ? ERR_OK : fail(cx, pg, res, sql);

	PQclear(res);
	return err;
}

static void stmt_drop(void *owner, void *stmt)
{
	struct pg *pg = owner;
	struct pg_stmt *s = stmt;
	char sql[48];

	if (!pg->forget) {
		snprintf(sql, sizeof(sql), "DEALLOCATE %s", s->name);
		PQclear(PQexec(pg->conn, sql));
	}
	free(s);
}

static void forget_statements(struct pg *pg)
{
	pg->forget = true;
	cache_clear(&pg->cache);
	pg->forget = false;
}

static void no_notice(void *arg, const char *message)
{
	(void)arg, (void)message;
}

/* Settings that the address did not make itself. A lock or a lost client must not stop others for
 * ever; jit costs more than it gives on short statements; an answer must not be given before the commit
 * is durable, on a synchronous standby too where there is one. */
static const char set_up_sql[] =
	"SELECT set_config(v.name, v.value, false) FROM (VALUES ('lock_timeout', '10s'),"
	" ('statement_timeout', '1h'), ('idle_in_transaction_session_timeout', '10min'), ('jit', 'off'),"
	" ('timezone', 'UTC'), ('synchronous_commit', CASE current_setting('synchronous_commit')"
	" WHEN 'remote_apply' THEN 'remote_apply' ELSE 'on' END)) AS v(name, value)"
	" JOIN pg_settings s ON lower(s.name) = v.name"
	" WHERE s.source NOT IN ('client', 'user', 'database user', 'database')";

static enum err set_up(struct cx *cx, struct pg *pg)
{
	static const char strings[] = "SET standard_conforming_strings = on";
	const char *encoding = PQparameterStatus(pg->conn, "server_encoding");
	int flags = pg->base.flags;
	enum err err;

	PQfreeCancel(pg->cancel);
	pg->cancel = PQgetCancel(pg->conn);
	if (!pg->cancel)
		return cx_fail(cx, ERR_MEMORY, "the machine has no memory left");
	if (PQserverVersion(pg->conn) < VERSION_MIN)
		return cx_fail(cx, ERR_UNSUPPORTED, "%s is PostgreSQL %d: 15 or newer is wanted",
			       pg->base.where, PQserverVersion(pg->conn) / 10000);
	if (!encoding || strcmp(encoding, "UTF8") != 0)
		return cx_fail(cx, ERR_UNSUPPORTED,
			       "%s is in encoding %s: make the database with UTF8", pg->base.where,
			       encoding ? encoding : "(unknown)");
	err = check(cx, pg, PQexec(pg->conn, strings), strings);
	if (!err)
		err = check(cx, pg, PQexec(pg->conn, set_up_sql), set_up_sql);
	if (!err && flags & DB_READ_ONLY)
		err = check(cx, pg, PQexec(pg->conn, "SET default_transaction_read_only = on"),
			    "SET");
	if (!err && flags & DB_FAST)
		err = check(cx, pg, PQexec(pg->conn, "SET synchronous_commit = off"), "SET");
	return err;
}

static void begins_to_wait(struct pg *pg)
{
	if (pg->base.on_wait)
		pg->base.on_wait(pg->base.on_wait_arg);
}

static enum err reconnect(struct cx *cx, struct pg *pg)
{
	begins_to_wait(pg);
	forget_statements(pg);
	pg->piping = pg->lost = false;
	pg->sent = 0;
	PQreset(pg->conn); /* of several hosts, the one that fits the address now */
	if (PQstatus(pg->conn) != CONNECTION_OK)
		return cx_fail(cx, ERR_BUSY, "no connection to %s: %s", pg->base.where,
			       PQerrorMessage(pg->conn));
	return set_up(cx, pg);
}

/* The connection, free for a statement. A server that is gone has closed it: between transactions nothing
 * is lost by that, and nobody needs to hear of it. */
static enum err ready(struct cx *cx, struct pg *pg)
{
	pg_rows_detach(pg);
	for (int i = 0; i < 2 && !pg->base.in_txn; i++) /* its last words, and the end */
		PQconsumeInput(pg->conn);
	if (!pg_lost(pg))
		return ERR_OK;
	if (pg->base.in_txn)
		return cx_fail(cx, ERR_BUSY,
			       "the connection to %s was lost: the transaction is undone",
			       pg->base.where);
	return reconnect(cx, pg);
}

void pg_add_value(struct values *v, Oid type, const void *p, size_t n, char sig)
{
	v->type[v->count] = type;
	v->p[v->count] = p;
	v->len[v->count] = (int)n;
	v->binary[v->count] = 1;
	v->sig[v->count++] = sig;
	v->sig[v->count] = 0;
}

static void take_args(struct values *v, struct db_args args)
{
	BUG(args.count > VALUES_MAX);
	v->count = 0;
	v->sig[0] = 0;
	for (int i = 0; i < args.count; i++) {
		const struct db_val *val = &args.val[i];

		switch (val->kind) {
		case DB_NULL: /* of the type that the server finds fit, unless db_text made it */
			pg_add_value(v, val->i == DB_TEXT ? OID_TEXT : 0, NULL, 0,
				     val->i == DB_TEXT ? 't' : '-');
			break;
		case DB_I64:
			v->number[i] = htobe64((uint64_t)val->i);
			pg_add_value(v, OID_INT8, &v->number[i], sizeof(v->number[i]), 'i');
			break;
		case DB_TEXT:
			pg_add_value(v, OID_TEXT, val->n ? val->p : "", val->n, 't');
			break;
		case DB_BLOB:
			pg_add_value(v, OID_BYTEA, val->n ? val->p : "", val->n, 'b');
			break;
		}
	}
}

static enum err prepare(struct cx *cx, struct pg *pg, const char *sql, const struct values *v,
			char name[sizeof(((struct pg_stmt *)0)->name)])
{
	struct cached *c;
	struct pg_stmt *s;
	enum err err = ready(cx, pg);

	if (err)
		return err;
	c = cache_find(&pg->cache, sql, v->sig);
	if (c) {
		memcpy(name, ((struct pg_stmt *)c->stmt)->name, sizeof(s->name));
		return ERR_OK;
	}
	err = pg_pipe_close(cx, pg);
	if (err)
		return err;
	s = malloc(sizeof(*s));
	if (!s)
		return cx_fail(cx, ERR_MEMORY, "the machine has no memory left");
	snprintf(s->name, sizeof(s->name), "s%lu", ++pg->next_name);
	err = check(cx, pg, PQprepare(pg->conn, s->name, sql, v->count, v->type), sql);
	if (!err && !cache_put(&pg->cache, sql, v->sig, s))
		err = cx_fail(cx, ERR_MEMORY, "the machine has no memory left");
	if (err)
		free(s);
	else
		memcpy(name, s->name, sizeof(s->name));
	return err;
}

static enum err run(struct cx *cx, struct pg *pg, const char *sql, const struct values *v)
{
	char name[sizeof(((struct pg_stmt *)0)->name)];
	enum err err = prepare(cx, pg, sql, v, name);

	if (!err)
		err = pg_pipe_close(cx, pg);
	if (err)
		return err;
	return check(cx, pg, PQexecPrepared(pg->conn, name, v->count, v->p, v->len, v->binary, 1),
		     sql);
}

enum err pg_send(struct cx *cx, struct pg *pg, const char *sql, const struct values *v)
{
	char name[sizeof(((struct pg_stmt *)0)->name)];
	enum err err;

	if (!pg->base.batch)
		return run(cx, pg, sql, v);
	err = prepare(cx, pg, sql, v, name);
	if (!err)
		err = pg_pipe_open(cx, pg);
	if (err)
		return err;
	if (!PQsendQueryPrepared(pg->conn, name, v->count, v->p, v->len, v->binary, 1))
		return fail(cx, pg, NULL, sql);
	return pg_pipe_sent(cx, pg, sql);
}

static enum err pg_exec(struct cx *cx, struct db *base, const char *sql, struct db_args args)
{
	struct values v;

	take_args(&v, args);
	return pg_send(cx, of(base), sql, &v);
}

static enum err pg_script(struct cx *cx, struct db *base, const char *sql)
{
	struct pg *pg = of(base);
	enum err err = ready(cx, pg);

	if (!err)
		err = pg_pipe_close(cx, pg);
	if (err)
		return err;
	/* A script changes tables, and statements prepared before may no longer fit. */
	forget_statements(pg);
	err = check(cx, pg, PQexec(pg->conn, "DEALLOCATE ALL"), sql);
	return err ? err : check(cx, pg, PQexec(pg->conn, sql), sql);
}

static enum err pg_query(struct cx *cx, struct db *base, struct db_rows **out, const char *sql,
			 struct db_args args)
{
	struct pg *pg = of(base);
	char name[sizeof(((struct pg_stmt *)0)->name)];
	struct values v;
	enum err err;

	take_args(&v, args);
	err = prepare(cx, pg, sql, &v, name);
	if (err)
		return err;
	if (!PQsendQueryPrepared(pg->conn, name, v.count, v.p, v.len, v.binary, 1))
		return fail(cx, pg, NULL, sql);
	if (pg->piping && pg_pipe_turn(cx, pg))
		return cx->err;
	BUG(!PQsetSingleRowMode(pg->conn));
	return pg_rows_new(cx, pg, sql, out);
}

static enum err send_plain(struct cx *cx, struct pg *pg, const char *sql)
{
	enum err err = pg_pipe_open(cx, pg);

	if (err)
		return err;
	if (!PQsendQueryParams(pg->conn, sql, 0, NULL, NULL, NULL, NULL, 0))
		return fail(cx, pg, NULL, sql);
	return pg_pipe_sent(cx, pg, sql);
}

/* Writers lock what they change first (a city's log_head) and then see what others committed; readers
 * see one state throughout. */
static enum err pg_begin(struct cx *cx, struct db *base, bool write)
{
	const char *sql = write ? "BEGIN ISOLATION LEVEL READ COMMITTED" :
				  "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
	struct pg *pg = of(base);
	enum err err = ready(cx, pg);

	if (err)
		return err;
	if (base->batch)
		return send_plain(cx, pg, sql);
	err = check(cx, pg, PQexec(pg->conn, sql), sql);
	if (err && pg_lost(pg)) { /* it was lost while idle: nothing is undone */
		err = reconnect(cx, pg);
		if (!err)
			err = check(cx, pg, PQexec(pg->conn, sql), sql);
	}
	return err;
}

static enum err pg_commit(struct cx *cx, struct db *base)
{
	struct pg *pg = of(base);
	enum err err;

	pg_rows_detach(pg);
	if (pg_lost(pg)) {
		pg_pipe_close(NULL, pg);
		return cx_fail(cx, ERR_BUSY,
			       "the connection to %s was lost: the transaction is undone",
			       base->where);
	}
	err = send_plain(cx, pg, "COMMIT");
	if (!err) {
		pg_pipe_push(pg);
		begins_to_wait(pg);
		err = pg_pipe_take(cx, pg);
	}
	if (!err && strcmp(pg->tag, "COMMIT") != 0)
		err = cx_fail(cx, ERR_DB,
			      "PostgreSQL: the transaction had failed: nothing of it is kept");
	/* A statement that the server refused is known to be undone, whatever became of the connection. */
	base->unknown = err == ERR_BUSY && pg_lost(pg);
	if (err && !base->unknown) {
		pg_pipe_close(NULL, pg);
		PQclear(PQexec(pg->conn, "ROLLBACK"));
	}
	return err;
}

static void pg_rollback(struct db *base)
{
	struct pg *pg = of(base);

	pg_rows_detach(pg);
	pg_pipe_close(NULL, pg);
	if (!pg_lost(pg))
		PQclear(PQexec(pg->conn, "ROLLBACK"));
}

static enum err pg_backup(struct cx *cx, struct db *base, const char *to,
			  void (*progress)(void *arg, int64_t done, int64_t total), void *arg)
{
	(void)to, (void)progress, (void)arg;
	return cx_fail(
		cx, ERR_UNSUPPORTED,
		"%s is copied by PostgreSQL's own tools: pg_dump, or pg_basebackup for the cluster",
		base->where);
}

static void pg_close(struct db *base)
{
	struct pg *pg = of(base);

	forget_statements(pg);
	PQfreeCancel(pg->cancel);
	PQfinish(pg->conn);
	free(pg);
}

/* Asks the server on a connection of its own. */
static void pg_interrupt(struct db *base)
{
	char why[256];

	PQcancel(of(base)->cancel, why, sizeof(why)); /* who cannot be reached has stopped, too */
}

static const struct db_ops pg_ops = {
	.engine = DB_POSTGRESQL,
	.int_type = "bigint",
	.text_type = "text COLLATE \"C\"", /* ordered and compared by bytes, as SQLite does */
	.blob_type = "bytea",
	.strict = "",
	.wide = "",
	.tables_sql =
		"SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
		" WHERE n.nspname = current_schema() AND c.relkind IN ('r', 'p') ORDER BY c.relname",
	.columns_sql =
		"SELECT a.attname, CASE a.atttypid WHEN 20 THEN 1 WHEN 25 THEN 2 WHEN 17 THEN 3"
		" ELSE 0 END, EXISTS (SELECT 1 FROM pg_index i WHERE i.indrelid = a.attrelid"
		" AND i.indisprimary AND a.attnum = ANY (i.indkey))"
		" FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid"
		" JOIN pg_namespace n ON n.oid = c.relnamespace"
		" WHERE n.nspname = current_schema() AND c.relname = $1 AND a.attnum > 0"
		" AND NOT a.attisdropped ORDER BY a.attnum",
	.lock_sql = "SELECT pg_advisory_xact_lock(7308604900)", /* a number of our own: "relod" */
	.distribute = pg_distribute,
	.is_distributed = pg_is_distributed,
	.place = pg_place,
	.close = pg_close,
	.exec = pg_exec,
	.script = pg_script,
	.query = pg_query,
	.begin = pg_begin,
	.commit = pg_commit,
	.rollback = pg_rollback,
	.interrupt = pg_interrupt,
	.write = pg_write,
	.backup = pg_backup,
};

static void add_encoded(struct sb *sb, const char *s)
{
	for (; s && *s; s++)
		if (strchr("-._~", *s) || (*s >= '0' && *s <= '9') || (*s >= 'a' && *s <= 'z') ||
		    (*s >= 'A' && *s <= 'Z'))
			sb_char(sb, *s);
		else
			sb_printf(sb, "%%%02X", (unsigned char)*s);
}

/* The address in one form, without its password. */
static char *public_address(struct cx *cx, PGconn *conn)
{
	const char *options = PQoptions(conn), *host = PQhost(conn);
	bool is_socket = host && host[0] == '/';
	struct sb sb;

	sb_init(&sb, cx, ADDRESS_MAX);
	sb_str(&sb, "postgresql://");
	add_encoded(&sb, PQuser(conn));
	sb_str(&sb, "@");
	add_encoded(&sb, is_socket ? "" : host);
	sb_str(&sb, ":");
	add_encoded(&sb, PQport(conn));
	sb_str(&sb, "/");
	add_encoded(&sb, PQdb(conn));
	if (is_socket) {
		sb_str(&sb, "?host=");
		add_encoded(&sb, host);
	}
	if (options && *options) {
		sb_str(&sb, is_socket ? "&options=" : "?options=");
		add_encoded(&sb, options);
	}
	return sb_end(&sb) ? NULL : strdup(sb.data);
}

static enum err check_address(struct cx *cx, const char *where)
{
	char *why = NULL;
	PQconninfoOption *options = PQconninfoParse(where, &why);
	bool fine = options != NULL;

	PQconninfoFree(options);
	PQfreemem(why); /* not shown: it may quote the password */
	if (fine)
		return ERR_OK;
	return cx_fail(cx, ERR_INPUT,
		       "the PostgreSQL address is not well formed: "
		       "postgresql://USER:PASSWORD@HOST:PORT/NAME is wanted, with %%XX for "
		       "characters that have a meaning there");
}

/* A server that says no is asked in vain again; one that is away, starts or steps down is not. */
static enum err not_connected(PGconn *conn)
{
	static const char *const passing[] = {"starting up", "shutting down", "recovery mode", "too many",
					      "connection slots", "read-only", "hot standby mode",
					      "not accepting connections"};
	const char *why = PQerrorMessage(conn);

	for (size_t i = 0; i < ARRAY_LEN(passing); i++)
		if (strstr(why, passing[i]))
			return ERR_BUSY;
	return strstr(why, "FATAL") || strstr(why, "could not translate host name") ? ERR_DB : ERR_BUSY;
}

static enum err connect_to(struct cx *cx, struct pg *pg, const char *where)
{
	/* What stands before dbname is a default that the address may change. */
	static const char *const word[] = {"connect_timeout",
					   "application_name",
					   "keepalives_idle", /* a machine that is gone is given up */
					   "keepalives_interval", /* after 25 s */
					   "keepalives_count",
					   "tcp_user_timeout",
					   "dbname",
					   "client_encoding",
					   NULL};
	const char *const value[] = {"10", "relode", "10", "5", "3", "25000", where, "UTF8", NULL};

	pg->conn = PQconnectdbParams(word, value, 1);
	if (!pg->conn)
		return cx_fail(cx, ERR_MEMORY, "the machine has no memory left");
	PQsetNoticeProcessor(pg->conn, no_notice, NULL);
	pg->base.where = public_address(cx, pg->conn);
	if (!pg->base.where)
		return cx_fail(cx, ERR_MEMORY, "the machine has no memory left");
	if (PQstatus(pg->conn) != CONNECTION_OK)
		return cx_fail(cx, not_connected(pg->conn), "cannot connect to %s: %s", pg->base.where,
			       PQerrorMessage(pg->conn));
	return set_up(cx, pg);
}

enum err pg_open(struct cx *cx, const char *where, int flags, struct db **out)
{
	enum err err = check_address(cx, where);
	struct pg *pg;

	BUG(!PQisthreadsafe()); /* handles of several threads share the library */
	if (err)
		return err;
	pg = calloc(1, sizeof(*pg));
	if (!pg)
		return cx_fail(cx, ERR_MEMORY, "the machine has no memory left");
	pg->base.ops = &pg_ops;
	pg->base.flags = flags;
	pg->cache.drop = stmt_drop;
	pg->cache.owner = pg;
	err = connect_to(cx, pg, where);
	if (err)
		db_close(&pg->base);
	else
		*out = &pg->base;
	return err;
}
