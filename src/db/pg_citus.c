/* A database that Citus, PostgreSQL's extension, spreads over several machines by city.
 *
 * Distributing begins with an empty database: schema_version becomes a reference table, which marks the
 * programme as distributed. From then on each migration's new tables are distributed by their column city
 * in the migration's own transaction, all in one co-location group: a city's rows of all tables lie on one
 * machine, so its transactions and its joins stay there. An upgrade does the same without being told.
 */
#include "db/pg.h"

static enum err count(struct cx *cx, struct db *db, const char *sql, bool *any)
{
	int64_t n;

	if (db_one_i64(cx, db, &n, sql, DB_NONE))
		return cx->err;
	*any = n > 0;
	return ERR_OK;
}

enum err pg_distribute(struct cx *cx, struct db *db)
{
	bool there;

	if (count(cx, db, "SELECT count(*) FROM pg_available_extensions WHERE name = 'citus'", &there))
		return cx->err;
	if (!there)
		return cx_fail(cx, ERR_UNSUPPORTED,
			       "%s: this server has no citus extension, so nothing can be distributed and "
			       "nothing was made: install Citus on every node and add it to "
			       "shared_preload_libraries, or leave --distribute out",
			       db->where);
	if (count(cx, db, "SELECT count(*) FROM pg_extension WHERE extname = 'citus'", &there) ||
	    (!there && db_script(cx, db, "CREATE EXTENSION citus")))
		return cx->err;
	return db_exec(cx, db, "SELECT create_reference_table(CAST('schema_version' AS regclass))", DB_NONE);
}

/* The table whose group the others join; "" while there is none. */
static enum err first_placed(struct cx *cx, struct db *db, const char **out)
{
	static const char sql[] =
		"SELECT c.relname FROM pg_dist_partition p JOIN pg_class c ON c.oid = p.logicalrelid"
		" JOIN pg_namespace n ON n.oid = c.relnamespace"
		" WHERE n.nspname = current_schema() AND p.partmethod = 'h' ORDER BY 1 LIMIT 1";
	db_auto_rows *rows = NULL;

	if (db_query(cx, db, &rows, sql, DB_NONE))
		return cx->err;
	cx_clear(cx);
	*out = db_next(cx, rows) ? cx_strdup(cx, db_get_text(rows, 0)) : "";
	return cx->err;
}

enum err pg_is_distributed(struct cx *cx, struct db *db, bool *out)
{
	if (count(cx, db, "SELECT count(*) FROM pg_extension WHERE extname = 'citus'", out) || !*out)
		return cx->err;
	return count(cx, db,
		     "SELECT count(*) FROM pg_dist_partition"
		     " WHERE logicalrelid = to_regclass('schema_version')",
		     out);
}

enum err pg_place(struct cx *cx, struct db *db)
{
	static const char new_tables[] =
		"SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
		" WHERE n.nspname = current_schema() AND c.relkind IN ('r', 'p')"
		" AND NOT EXISTS (SELECT 1 FROM pg_dist_partition p WHERE p.logicalrelid = c.oid)"
		" ORDER BY c.relname";
	static const char place[] =
		"SELECT create_distributed_table(CAST(quote_ident($1) AS regclass), 'city',"
		" colocate_with => CASE WHEN $2 = '' THEN 'none' ELSE quote_ident($2) END)";
	db_auto_rows *rows = NULL;
	const char *first, *name;
	bool distributed;

	if (pg_is_distributed(cx, db, &distributed) || !distributed)
		return cx->err;
	if (first_placed(cx, db, &first) || db_query(cx, db, &rows, new_tables, DB_NONE))
		return cx->err;
	cx_clear(cx);
	while (db_next(cx, rows)) {
		name = cx_strdup(cx, db_get_text(rows, 0));
		if (!name || db_exec(cx, db, place, DB_ARGS(db_text(name), db_text(first))))
			return cx_prefix(cx, "distributing table %s: ", name ? name : "");
		if (!*first)
			first = name;
	}
	return cx->err;
}
