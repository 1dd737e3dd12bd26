#include "kernel/reader.h"

#include "kernel/secret.h"

enum err view_run(struct cx *cx, const struct view *v, struct reader *r, const void *params,
		  struct json_writer *w)
{
	enum err err = v->run(cx, r, params, w);

	return err ? err : cx->err;
}

enum err reader_unseal(struct cx *cx, const struct reader *r, int64_t city, int64_t subject,
		       struct bytes sealed, struct bytes *out)
{
	struct seal_key key;
	unsigned char *plain;
	char ad[64];
	enum err err;

	if (sealed.n < SEAL_OVERHEAD)
		return cx_fail(cx, ERR_CORRUPT, "sealed data is too short");
	if (keys_subject(cx, r->keys, city, subject, &key))
		return cx->err;
	snprintf(ad, sizeof(ad), "%lld/%lld", (long long)city, (long long)subject);
	plain = cx_alloc(cx, sealed.n - SEAL_OVERHEAD + 1);
	err = plain ? seal_open(cx, &key, sealed.p, sealed.n, ad, strlen(ad), plain) : cx->err;
	wipe(&key, sizeof(key));
	if (!err)
		*out = (struct bytes){plain, sealed.n - SEAL_OVERHEAD};
	return err;
}

enum err reader_blind(struct cx *cx, const struct reader *r, int64_t city, const char *kind, const char *text,
		      struct bytes *out)
{
	char *purpose = cx_printf(cx, "blind %s", kind);
	struct seal_key key;
	struct digest d;
	void *p;

	if (!purpose || keys_city(cx, r->keys, city, &key))
		return cx->err;
	d = secret_digest(&key, purpose, text, strlen(text), 0);
	wipe(&key, sizeof(key));
	p = cx_memdup(cx, d.byte, 16);
	if (!p)
		return cx->err;
	*out = (struct bytes){p, 16};
	return ERR_OK;
}

enum err reader_search(struct cx *cx, const struct reader *r, int64_t city, const char *kind,
		       const char *text, int64_t after, int64_t *subject, size_t max, size_t *count)
{
	struct bytes blind;

	if (reader_blind(cx, r, city, kind, text, &blind))
		return cx->err;
	return keys_index_find(cx, r->keys, city, blind.p, after, subject, max, count);
}

enum err reader_secret(struct cx *cx, const struct reader *r, int64_t city, const char *purpose,
		       int64_t number, struct digest *out)
{
	struct seal_key key;

	if (keys_city(cx, r->keys, city, &key))
		return cx->err;
	*out = secret_digest(&key, purpose, "", 0, number);
	wipe(&key, sizeof(key));
	return ERR_OK;
}

static void add_quoted(struct sb *sb, const char *name)
{
	sb_char(sb, '"');
	sb_str(sb, name);
	sb_char(sb, '"');
}

const char *reader_columns(const struct table *t)
{
	return t->listed;
}

enum err reader_find(struct cx *cx, const struct reader *r, const struct table *t, const void *key,
		     const void **row)
{
	db_auto_rows *rows = NULL;
	struct db_val val[8];
	struct sb sql;
	void *out = cx_alloc(cx, t->size);

	BUG(t->keys > 8);
	if (!out)
		return cx->err;
	sb_init(&sql, cx, 10000);
	sb_str(&sql, "SELECT ");
	sb_str(&sql, reader_columns(t));
	sb_str(&sql, " FROM ");
	add_quoted(&sql, t->name);
	sb_str(&sql, " WHERE ");
	for (int i = 0; i < t->keys; i++) {
		if (i > 0)
			sb_str(&sql, " AND ");
		add_quoted(&sql, t->fields[i].name);
		sb_str(&sql, " = $");
		sb_i64(&sql, i + 1);
		val[i] = field_value(&t->fields[i], key);
	}
	if (sb_end(&sql) || db_query(cx, r->db, &rows, sql.data, (struct db_args){val, t->keys}))
		return cx->err;
	if (!db_next(cx, rows)) {
		if (cx->err)
			return cx->err;
		*row = NULL;
		return ERR_OK;
	}
	if (field_row(cx, t->fields, rows, out))
		return cx->err;
	*row = out;
	return ERR_OK;
}

enum err reader_write_row(struct cx *cx, const struct table *t, const struct db_rows *rows,
			  struct json_writer *w)
{
	struct field shown[64];
	void *row = cx_alloc(cx, t->size);
	int n = 0;

	BUG(t->columns >= 64);
	if (!row || field_row(cx, t->fields, rows, row))
		return cx->err;
	for (int i = 0; i < t->columns; i++)
		if (!(t->fields[i].flags & HIDE))
			shown[n++] = t->fields[i];
	shown[n] = (struct field)F_END;
	field_write(w, shown, COLUMN, row);
	return ERR_OK;
}

enum err reader_check_org(struct cx *cx, const struct reader *r, int64_t org)
{
	if (r->who.org == 0 && r->who.order == 0)
		return ERR_OK;
	if (r->who.org != 0 && r->who.org == org)
		return ERR_OK;
	return cx_fail(cx, ERR_FORBIDDEN, "this belongs to another organisation");
}

enum err page_after(struct cx *cx, const char *after, int64_t *key)
{
	char *end;

	*key = 0;
	if (!after)
		return ERR_OK;
	if (*after < '0' || *after > '9')
		return cx_fail(cx, ERR_INVALID, "after: \"%.40s\" is no cursor of this list", after);
	*key = strtoll(after, &end, 10);
	if (*end || *key < 0 || *key > JSON_INT_MAX)
		return cx_fail(cx, ERR_INVALID, "after: \"%.40s\" is no cursor of this list", after);
	return ERR_OK;
}

char *page_cursor(struct cx *cx, int64_t key)
{
	return cx_printf(cx, "%lld", (long long)key);
}
