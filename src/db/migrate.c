/* Migrations, and what the schema is. */
#include "base/sb.h"
#include "codec/hash.h"
#include "db/engine.h"

enum {
	MIGRATION_MAX = 1024 * 1024, /* bytes of one migration's text */
	TABLES_MAX = 1000,
	COLUMNS_MAX = 200
};

static const char versions_sql[] = "CREATE TABLE IF NOT EXISTS schema_version ("
				   "version {int} NOT NULL PRIMARY KEY, name {text} NOT NULL, "
				   "digest {blob} NOT NULL) {strict}";

static const char *expand(struct cx *cx, const struct db_ops *ops, const char *sql)
{
	const struct {
		const char *token, *text;
	} tokens[] = {{"{int}", ops->int_type},
		      {"{text}", ops->text_type},
		      {"{blob}", ops->blob_type},
		      {"{strict}", ops->strict},
		      {"{wide}", ops->wide}};
	struct sb sb;

	sb_init(&sb, cx, MIGRATION_MAX);
	while (*sql) {
		size_t plain = strcspn(sql, "{"), i;

		sb_add(&sb, sql, plain);
		sql += plain;
		for (i = 0; i < ARRAY_LEN(tokens); i++)
			if (!strncmp(sql, tokens[i].token, strlen(tokens[i].token)))
				break;
		if (i < ARRAY_LEN(tokens)) {
			sb_str(&sb, tokens[i].text);
			sql += strlen(tokens[i].token);
		} else if (*sql) {
			sb_char(&sb, *sql++);
		}
	}
	return sb_end(&sb) ? NULL : sb.data;
}

static enum err run_expanded(struct cx *cx, struct db *db, const char *sql)
{
	const char *text = expand(cx, db->ops, sql);

	return text ? db_script(cx, db, text) : cx->err;
}

static enum err has_versions(struct cx *cx, struct db *db, bool *out)
{
	db_auto_rows *rows = NULL;

	if (db_query(cx, db, &rows, db->ops->tables_sql, DB_NONE))
		return cx->err;
	*out = false;
	cx_clear(cx);
	while (db_next(cx, rows))
		*out |= !strcmp(db_get_text(rows, 0), "schema_version");
	return cx->err;
}

static enum err same_as(struct cx *cx, struct db *db, const struct db_rows *row,
			const struct db_migration *list, int count, int i)
{
	struct digest want;
	int64_t version = db_get_i64(row, 0);
	const void *digest;
	size_t n;

	if (i >= count)
		return cx_fail(
			cx, ERR_CONFLICT,
			"%s has schema version %lld, this program knows up to %d: use the newer relode "
			"that made it",
			db->where, (long long)version, count ? list[count - 1].version : 0);
	digest = db_get_blob(row, 2, &n);
	want = sha256(list[i].sql, strlen(list[i].sql));
	if (version == list[i].version && n == sizeof(want) && !memcmp(digest, &want, n))
		return ERR_OK;
	return cx_fail(
		cx, ERR_CONFLICT,
		"%s has schema version %lld (%s), made by another text than this program's version %d "
		"(%s): use the relode that made it",
		db->where, (long long)version, db_get_text(row, 1), list[i].version, list[i].name);
}

/* How many of the list the database has; all that it has must be the list's beginning. */
static enum err applied(struct cx *cx, struct db *db, const struct db_migration *list, int count,
			int *out)
{
	db_auto_rows *rows = NULL;
	bool there = false;
	int n = 0;

	for (int i = 1; i < count; i++)
		BUG(list[i].version <= list[i - 1].version);
	if (has_versions(cx, db, &there))
		return cx->err;
	if (there) {
		if (db_query(cx, db, &rows,
			     "SELECT version, name, digest FROM schema_version ORDER BY version",
			     DB_NONE))
			return cx->err;
		for (; db_next(cx, rows); n++)
			if (same_as(cx, db, rows, list, count, n))
				return cx->err;
		if (cx->err)
			return cx->err;
	}
	*out = n;
	return ERR_OK;
}

static enum err apply(struct cx *cx, struct db *db, const struct db_migration *m)
{
	struct digest digest = sha256(m->sql, strlen(m->sql));

	if (run_expanded(cx, db, m->sql) || (db->ops->place && db->ops->place(cx, db)))
		return cx_prefix(cx, "migration %d (%s): ", m->version, m->name);
	return db_exec(
		cx, db, "INSERT INTO schema_version(version, name, digest) VALUES ($1, $2, $3)",
		DB_ARGS(db_i64(m->version), db_text(m->name), db_blob(&digest, sizeof(digest))));
}

/* Looks again inside the transaction: another program may have migrated since. */
static enum err apply_next(struct cx *cx, struct db *db, const struct db_migration *list, int count,
			   int *done)
{
	enum err err = db_begin(cx, db, true);

	if (err)
		return err;
	if (db->ops->lock_sql)
		err = db_exec(cx, db, db->ops->lock_sql, DB_NONE);
	if (!err && *done == 0)
		err = run_expanded(cx, db, versions_sql);
	if (!err)
		err = applied(cx, db, list, count, done);
	if (!err && *done < count)
		err = apply(cx, db, &list[*done]);
	if (!err)
		return db_commit(cx, db);
	db_rollback(db);
	return err;
}

enum err db_migrate(struct cx *cx, struct db *db, const struct db_migration *list, int count)
{
	int done = 0;
	enum err err = applied(cx, db, list, count, &done);

	while (!err && done < count) {
		err = apply_next(cx, db, list, count, &done);
		done++;
	}
	return err;
}

static enum err distribute(struct cx *cx, struct db *db)
{
	const char *const *names;
	int count;
	enum err err;

	if (db_tables(cx, db, &names, &count) || db_begin(cx, db, true))
		return cx->err;
	err = db_exec(cx, db, db->ops->lock_sql, DB_NONE);
	if (!err && count > 0)
		err = cx_fail(cx, ERR_CONFLICT,
			      "%s holds tables already: only an empty database can be distributed; "
			      "nothing was changed",
			      db->where);
	if (!err)
		err = run_expanded(cx, db, versions_sql);
	if (!err)
		err = db->ops->distribute(cx, db);
	if (!err)
		return db_commit(cx, db);
	db_rollback(db);
	return err;
}

enum err db_distribute(struct cx *cx, const char *where)
{
	struct db *db;
	enum err err;

	if (!db_on_server(where))
		return cx_fail(cx, ERR_UNSUPPORTED,
			       "%s: only a PostgreSQL database can be distributed; nothing was made", where);
	err = db_open(cx, where, 0, &db);
	if (err)
		return err;
	err = distribute(cx, db);
	db_close(db);
	return err;
}

enum err db_drop_tables(struct cx *cx, struct db *db)
{
	const char *const *names;
	struct sb sb;
	int count;

	if (db_tables(cx, db, &names, &count))
		return cx->err;
	sb_init(&sb, cx, MIGRATION_MAX);
	for (int i = 0; i < count; i++)
		sb_printf(&sb, "DROP TABLE \"%s\";\n", names[i]);
	sb_str(&sb, "DROP TABLE IF EXISTS schema_version");
	return sb_end(&sb) ? cx->err : db_script(cx, db, sb.data);
}

static enum err differ(struct cx *cx, const struct db *db, const struct db_rows *row,
		       const char *what)
{
	return cx_fail(cx, ERR_CORRUPT, "%s: the %s %s %s", db->where, db_get_text(row, 0),
		       db_get_text(row, 1), what);
}

/* The version table may say what it likes: a table without its key, or a trigger more, is found here. */
static enum err same_schema(struct cx *cx, struct db *db, struct db *model)
{
	db_auto_rows *a = NULL, *b = NULL;

	if (db_query(cx, db, &a, db->ops->schema_sql, DB_NONE) ||
	    db_query(cx, model, &b, db->ops->schema_sql, DB_NONE))
		return cx->err;
	for (;;) {
		bool in_a = db_next(cx, a), in_b = !cx->err && db_next(cx, b);
		int order;

		if (cx->err || (!in_a && !in_b))
			return cx->err;
		order = !in_a ? 1 : !in_b ? -1 : strcmp(db_get_text(a, 0), db_get_text(b, 0));
		if (order == 0)
			order = strcmp(db_get_text(a, 1), db_get_text(b, 1));
		if (order < 0)
			return differ(cx, db, a, "is none of relode's");
		if (order > 0)
			return differ(cx, db, b, "is missing");
		if (strcmp(db_get_text(a, 2), db_get_text(b, 2)) != 0)
			return differ(cx, db, a, "is not as relode made it");
	}
}

static enum err check_text(struct cx *cx, struct db *db, const struct db_migration *list, int count)
{
	struct db *model = NULL;
	enum err err;

	if (!db->ops->schema_sql || count == 0)
		return ERR_OK;
	cx_clear(cx);
	err = db_open(cx, ":memory:", 0, &model);
	if (!err)
		err = db_migrate(cx, model, list, count);
	if (!err)
		err = same_schema(cx, db, model);
	db_close(model);
	return err;
}

enum err db_check_schema(struct cx *cx, struct db *db, const struct db_migration *list, int count)
{
	int done;
	enum err err = applied(cx, db, list, count, &done);

	if (err)
		return err;
	if (done == count)
		return check_text(cx, db, list, count);
	return cx_fail(cx, ERR_CONFLICT, "%s has %d of the %d schema versions: run relode upgrade",
		       db->where, done, count);
}

enum err db_tables(struct cx *cx, struct db *db, const char *const **names, int *count)
{
	const char **list = cx_array(cx, TABLES_MAX, sizeof(*list));
	db_auto_rows *rows = NULL;
	int n = 0;

	if (!list || db_query(cx, db, &rows, db->ops->tables_sql, DB_NONE))
		return cx->err;
	cx_clear(cx);
	while (db_next(cx, rows)) {
		const char *name = db_get_text(rows, 0);

		if (!strcmp(name, "schema_version"))
			continue;
		if (n == TABLES_MAX)
			return cx_fail(cx, ERR_TOO_LARGE, "%s has more than %d tables", db->where,
				       TABLES_MAX);
		list[n] = cx_strdup(cx, name);
		if (!list[n++])
			return cx->err;
	}
	if (cx->err)
		return cx->err;
	*names = list;
	*count = n;
	return ERR_OK;
}

enum err db_columns(struct cx *cx, struct db *db, const char *table, const char *const **names,
		    const enum db_kind **kinds, int *count, int *keys)
{
	const char **list = cx_array(cx, COLUMNS_MAX, sizeof(*list));
	enum db_kind *kind = cx_array(cx, COLUMNS_MAX, sizeof(*kind));
	db_auto_rows *rows = NULL;
	int n = 0, primary = 0;

	if (!list || !kind ||
	    db_query(cx, db, &rows, db->ops->columns_sql, DB_ARGS(db_text(table))))
		return cx->err;
	cx_clear(cx);
	for (; db_next(cx, rows); n++) {
		if (n == COLUMNS_MAX)
			return cx_fail(cx, ERR_TOO_LARGE, "table %s has more than %d columns",
				       table, COLUMNS_MAX);
		list[n] = cx_strdup(cx, db_get_text(rows, 0));
		kind[n] = (enum db_kind)db_get_i64(rows, 1);
		if (!list[n])
			return cx->err;
		if (kind[n] == DB_NULL)
			return cx_fail(cx, ERR_DB, "column %s.%s is no integer, text or bytes",
				       table, list[n]);
		primary += db_get_i64(rows, 2) != 0;
	}
	if (cx->err)
		return cx->err;
	if (n == 0)
		return cx_fail(cx, ERR_NOT_FOUND, "%s has no table %s", db->where, table);
	*names = list;
	*kinds = kind;
	*count = n;
	*keys = primary;
	return ERR_OK;
}
