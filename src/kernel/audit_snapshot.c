/* The snapshot is a database that the writer's own overlay reads and whose rows are written as a batch's are:
 * nothing here knows a table's columns. */
#include "kernel/audit_snapshot.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <unistd.h>

#include "base/file.h"
#include "db/migrations.h"
#include "kernel/log.h"
#include "kernel/reader.h"
#include "kernel/recent.h"

enum { FORMAT = 1, SUFFIX_HEX = 16, PIECE = 1 << 20, UPSERT_ROWS = 1000 };

struct snapshot {
	struct db *db;
	const char *path, *rows_path; /* rows_path: of a save, the file that is not sealed yet */
	struct snapshot_facts facts;
	bool saving;
};

static struct digest schema_digest(void)
{
	struct digest d = {{0}};

	for (int i = 0; i < relode_migration_count; i++) {
		const char *sql = relode_migrations[i].sql;
		struct digest one = sha256(sql, strlen(sql));
		d = sha256_2(d.byte, sizeof(d.byte), one.byte, sizeof(one.byte));
	}
	return d;
}

static char *rows_name(struct cx *cx, const char *path, const char *rows_hex)
{
	return cx_printf(cx, "%s.%.*s.rows", path, SUFFIX_HEX, rows_hex);
}

/* --- files --- */

static enum err digest_fd(struct cx *cx, int fd, const char *path, struct digest *out)
{
	unsigned char *buffer = cx_alloc(cx, PIECE);
	struct sha256_stream *s;
	ssize_t n;

	if (!buffer || sha256_new(cx, &s))
		return cx->err;
	while ((n = read(fd, buffer, PIECE)) > 0)
		sha256_update(s, buffer, (size_t)n);
	*out = sha256_final(s);
	return n < 0 ? cx_errno(cx, "read", path) : ERR_OK;
}

static enum err digest_file(struct cx *cx, const char *path, bool durable, struct digest *out)
{
	struct cx_mark mark = cx_mark(cx);
	auto_fd fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return cx_errno(cx, "open", path);
	if (durable && fsync(fd))
		return cx_errno(cx, "make durable", path);
	if (digest_fd(cx, fd, path, out))
		return cx->err;
	cx_restore(cx, mark);
	return ERR_OK;
}

static enum err copy_file(struct cx *cx, const char *from, const char *to)
{
	auto_fd in = open(from, O_RDONLY | O_CLOEXEC), out = -1;
	ssize_t n;

	if (in < 0)
		return cx_errno(cx, "open", from);
	out = open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (out < 0)
		return cx_errno(cx, "create", to);
	do
		n = copy_file_range(in, NULL, out, NULL, PIECE, 0);
	while (n > 0);
	return n < 0 ? cx_errno(cx, "write", to) : ERR_OK;
}

/* --- the sealed text --- */

struct sealed {
	char schema[DIGEST_HEX], rows[DIGEST_HEX];
	struct snapshot_facts facts;
	int format;
};

static char *sealed_text(struct cx *cx, const struct sealed *t)
{
	return cx_printf(cx, "%s\nformat %d\nschema %s\nrows %s\nsaved_us %lld\ncities %lld\nentries %lld\n",
			 SNAPSHOT_ORIGIN, t->format, t->schema, t->rows, (long long)t->facts.saved_us,
			 (long long)t->facts.cities, (long long)t->facts.entries);
}

static bool sealed_read(const char *text, struct sealed *t)
{
	return sscanf(text,
		      SNAPSHOT_ORIGIN "\nformat %9d\nschema %64[0-9a-f]\nrows %64[0-9a-f]\n"
				      "saved_us %18" SCNd64 "\ncities %9" SCNd64 "\nentries %18" SCNd64,
		      &t->format, t->schema, t->rows, &t->facts.saved_us, &t->facts.cities,
		      &t->facts.entries) == 6 &&
	       strlen(t->rows) == DIGEST_HEX - 1;
}

static enum err read_sealed(struct cx *cx, const char *path, const struct vkey *key, struct sealed *out)
{
	char schema[DIGEST_HEX], *note, *text;
	struct digest d = schema_digest();
	size_t n, text_n;

	if (file_read(cx, path, NOTE_MAX, &note, &n))
		return cx->err;
	if (note_read(cx, note, n, key, &text_n))
		return cx_prefix(cx, "the snapshot %s: ", path);
	text = cx_strndup(cx, note, text_n);
	if (!text)
		return cx->err;
	if (!sealed_read(text, out) || out->format != FORMAT)
		return cx_fail(cx, ERR_INPUT, "%s is no snapshot of an audit that this program reads: "
			"audit in full with --save", path);
	hex_encode(schema, d.byte, sizeof(d.byte));
	if (strcmp(schema, out->schema) != 0)
		return cx_fail(cx, ERR_CONFLICT, "the snapshot %s was saved under another schema: audit in "
			"full with --save", path);
	return ERR_OK;
}

enum err snapshot_open(struct cx *cx, const char *path, const struct vkey *key, struct snapshot **out)
{
	struct snapshot *s = CX_NEW(cx, struct snapshot);
	struct sealed sealed;
	struct digest d;
	char hex[DIGEST_HEX];

	if (!s || read_sealed(cx, path, key, &sealed))
		return cx->err;
	s->path = path;
	s->rows_path = rows_name(cx, path, sealed.rows);
	s->facts = sealed.facts;
	if (!s->rows_path || digest_file(cx, s->rows_path, false, &d))
		return cx->err;
	hex_encode(hex, d.byte, sizeof(d.byte));
	if (strcmp(hex, sealed.rows) != 0)
		return cx_fail(cx, ERR_CORRUPT, "%s is not the file that %s sealed: it was changed; audit in "
			"full", s->rows_path, path);
	if (db_open(cx, s->rows_path, DB_READ_ONLY, &s->db))
		return cx->err;
	*out = s;
	return ERR_OK;
}

struct snapshot_facts snapshot_facts(const struct snapshot *s)
{
	return s->facts;
}

struct db *snapshot_db(struct snapshot *s)
{
	return s->db;
}

void snapshot_close(struct snapshot *s)
{
	if (!s)
		return;
	db_close(s->db);
	s->db = NULL;
	if (s->saving)
		unlink(s->rows_path);
	s->saving = false;
}

/* --- the log --- */

enum err snapshot_head(struct cx *cx, struct snapshot *s, int64_t city, struct log_head *head, bool *known)
{
	enum err err = log_head_read(cx, s->db, city, head);

	*known = !err;
	if (err == ERR_NOT_FOUND) {
		cx_clear(cx);
		err = ERR_OK;
	}
	return err;
}

static enum err trusted_root(struct cx *cx, const struct log_head *head, struct digest *out)
{
	struct merkle_front front;

	if (merkle_front_decode(cx, head->front.p, head->front.n, &front))
		return cx->err;
	*out = merkle_front_root(&front);
	return ERR_OK;
}

enum err snapshot_check_log(struct cx *cx, struct audit *a, struct db *live, const struct log_head *head)
{
	struct log_source source = {live, head->city};
	struct digest trusted, now;
	int64_t size;

	if (db_one_i64(cx, live, &size, "SELECT COALESCE(MAX(size), 0) FROM log_head WHERE city = $1",
		       DB_ARGS(db_i64(head->city))))
		return cx->err;
	if (size < head->size) {
		audit_finding(a, 7, head->city, size,
			      "the log has %lld entries, but %lld were there at the last trusted audit: it "
			      "was cut, or an older copy is in its place",
			      (long long)size, (long long)head->size);
		return ERR_OK;
	}
	if (trusted_root(cx, head, &trusted) ||
	    merkle_root(cx, log_source, &source, (uint64_t)head->size, &now))
		return cx->err;
	if (!digest_equal(&trusted, &now))
		audit_finding(a, 7, head->city, -1,
			      "the first %lld entries are not those of the last trusted audit: the log was "
			      "rewritten", (long long)head->size);
	return ERR_OK;
}

enum err snapshot_check_published(struct cx *cx, struct audit *a, struct db *live,
				  const struct log_head *head, const struct checkpoint *published)
{
	struct log_source source = {live, head->city};
	struct merkle_proof proof;
	struct digest trusted;

	if (trusted_root(cx, head, &trusted) ||
	    merkle_prove_consistency(cx, log_source, &source, published->size, (uint64_t)head->size, &proof))
		return cx->err;
	if (!merkle_verify_consistency(published->size, &published->root, (uint64_t)head->size, &trusted,
				       proof.node, (size_t)proof.count))
		audit_finding(a, 7, head->city, -1,
			      "the first %lld entries are not those of the published checkpoint: the log "
			      "was rewritten", (long long)published->size);
	return ERR_OK;
}

/* --- rows --- */

static enum err count_rows(struct cx *cx, struct db *db, const struct table *t, int64_t city, int64_t *out)
{
	return db_one_i64(cx, db, out, cx_printf(cx, "SELECT COUNT(*) FROM \"%s\" WHERE city = $1", t->name),
			  DB_ARGS(db_i64(city)));
}

/* Idempotency keys of this week and later ones. */
static enum err count_keys(struct cx *cx, struct db *db, int64_t city, int64_t week, int64_t *out)
{
	unsigned char bound[IDEM_ROW], none[IDEM_DIGEST] = {0};

	idem_row_key(bound, week, 0, none);
	return db_one_i64(cx, db, out, "SELECT COUNT(*) FROM idem WHERE city = $1 AND key >= $2",
			  DB_ARGS(db_i64(city), db_blob(bound, 2)));
}

static enum err stored_count(struct cx *cx, struct snapshot *s, const struct table *t, int64_t city,
			     int64_t *out)
{
	return db_one_i64(cx, s->db, out, "SELECT n FROM audit_count WHERE city = $1 AND name = $2",
			  DB_ARGS(db_i64(city), db_text(t->name)));
}

static const char *key_sql(struct cx *cx, const struct table *t)
{
	struct sb sb;

	sb_init(&sb, cx, 8000);
	sb_printf(&sb, "SELECT %s FROM \"%s\" WHERE ", reader_columns(t), t->name);
	for (int i = 0; i < t->keys; i++)
		sb_printf(&sb, "%s\"%s\" = $%d", i ? " AND " : "", t->fields[i].name, i + 1);
	return sb_end(&sb) ? NULL : sb.data;
}

/* *row NULL: there is none with this key. */
static enum err row_by_key(struct cx *cx, struct db *db, const char *sql, const struct table *t,
			   const void *key, void **row)
{
	struct db_val val[16];
	db_auto_rows *rows = NULL;

	BUG(t->keys > (int)ARRAY_LEN(val));
	for (int i = 0; i < t->keys; i++)
		val[i] = field_value(&t->fields[i], key);
	*row = NULL;
	if (db_query(cx, db, &rows, sql, (struct db_args){val, t->keys}) || !db_next(cx, rows))
		return cx->err;
	*row = cx_alloc(cx, t->size);
	return *row ? field_row(cx, t->fields, rows, *row) : cx->err;
}

static void hold_against(struct cx *cx, struct audit *a, const struct table *t, struct overlay *o,
			 int64_t city, const struct overlay_change *c, const void *live)
{
	int invariant = t == &balance_table || t == &turnover_table ? 1 : 7;
	bool found, equal;
	const char *column;
	int64_t seq;

	if (!c->present && live)
		audit_finding(a, 7, city, c->seq, "%s stands in the database, but the entry took it away",
			      row_name(cx, t, c->row));
	else if (c->present && !live)
		audit_finding(a, invariant, city, c->seq, "%s is not in the database",
			      row_name(cx, t, c->row));
	if (!c->present || !live)
		return;
	overlay_match(o, t, live, &found, &equal, &column, &seq);
	if (!equal)
		audit_finding(a, invariant, city, seq,
			      "%s: column %s is not what replaying the entries gives",
			      row_name(cx, t, c->row), column ? column : t->fields[0].name);
}

static void hold_count(struct audit *a, const struct table *t, int64_t city, int64_t is, int64_t should)
{
	if (is != should)
		audit_finding(a, 7, city, -1,
			      "%s has %lld rows, the entries made %lld: audit in full to see which",
			      t->name, (long long)is, (long long)should);
}

enum err snapshot_compare(struct cx *cx, struct audit *a, struct snapshot *s, struct db *live,
			  const struct table *t, struct overlay *o, int64_t city, int64_t last_us,
			  struct audit_result *result)
{
	const char *sql = key_sql(cx, t);
	int64_t should, is, week = t == &idem_table ? idem_week(last_us) - 1 : -1;
	struct overlay_change *change;
	struct cx_mark mark;
	size_t count;

	if (!sql || overlay_changes(cx, o, t, &change, &count) ||
	    (week < 0 ? stored_count(cx, s, t, city, &should) : count_keys(cx, s->db, city, week, &should)))
		return cx->err;
	mark = cx_mark(cx);
	for (size_t i = 0; i < count; i++) {
		const struct overlay_change *c = &change[i];
		void *now, *before = NULL;
		if (week >= 0 && idem_week_of(((const struct idem *)c->row)->key.p) < week)
			continue;
		if (row_by_key(cx, live, sql, t, c->row, &now) ||
		    row_by_key(cx, s->db, sql, t, c->row, &before))
			return cx->err;
		hold_against(cx, a, t, o, city, c, now);
		should += (c->present ? 1 : 0) - (before ? 1 : 0);
		cx_restore(cx, mark);
	}
	if (week < 0 ? count_rows(cx, live, t, city, &is) : count_keys(cx, live, city, week, &is))
		return cx->err;
	hold_count(a, t, city, is, should);
	result->rows += (int64_t)count;
	result->counted += is > (int64_t)count ? is - (int64_t)count : 0;
	return ERR_OK;
}

enum err snapshot_count_before(struct cx *cx, struct audit *a, struct snapshot *s, struct db *live,
			       const struct table *t, int64_t city, int64_t size, struct audit_result *result)
{
	int64_t should, is;

	if (stored_count(cx, s, t, city, &should) ||
	    db_one_i64(cx, live, &is,
		       cx_printf(cx, "SELECT COUNT(*) FROM \"%s\" WHERE city = $1 AND seq < $2", t->name),
		       DB_ARGS(db_i64(city), db_i64(size))))
		return cx->err;
	hold_count(a, t, city, is, should);
	result->counted += is;
	return ERR_OK;
}

/* --- rules --- */

enum err snapshot_rules(struct cx *cx, struct snapshot *s,
			enum err (*visit)(struct cx *, void *, const struct snapshot_rule *), void *arg)
{
	db_auto_rows *rows = NULL;

	if (db_query(cx, s->db, &rows, "SELECT digest, name, city, seq FROM audit_rule ORDER BY digest",
		     DB_NONE))
		return cx->err;
	while (db_next(cx, rows)) {
		struct snapshot_rule r = {.name = db_get_text(rows, 1), .city = db_get_i64(rows, 2),
					  .seq = db_get_i64(rows, 3)};
		size_t n;
		const void *p = db_get_blob(rows, 0, &n);
		if (n != sizeof(r.digest))
			return cx_fail(cx, ERR_CORRUPT, "%s: a rule without digest", s->rows_path);
		memcpy(r.digest, p, n);
		if (visit(cx, arg, &r))
			return cx->err;
	}
	return cx->err;
}

enum err snapshot_put_rule(struct cx *cx, struct snapshot *s, const struct snapshot_rule *r)
{
	return db_exec(cx, s->db,
		       "INSERT INTO audit_rule (digest, name, city, seq) VALUES ($1, $2, $3, $4) "
		       "ON CONFLICT (digest) DO NOTHING",
		       DB_ARGS(db_blob(r->digest, sizeof(r->digest)), db_text(r->name), db_i64(r->city),
			       db_i64(r->seq)));
}

/* --- saving --- */

static enum err make_tables(struct cx *cx, struct db *db)
{
	static const char sql[] =
		"CREATE TABLE audit_count (city INTEGER NOT NULL, name TEXT NOT NULL, n INTEGER NOT NULL, "
		"PRIMARY KEY (city, name)) STRICT;"
		"CREATE TABLE audit_rule (digest BLOB NOT NULL PRIMARY KEY, name TEXT NOT NULL, "
		"city INTEGER NOT NULL, seq INTEGER NOT NULL) STRICT;";

	return db_migrate(cx, db, relode_migrations, relode_migration_count) || db_script(cx, db, sql) ?
		       cx->err :
		       ERR_OK;
}

enum err snapshot_begin(struct cx *cx, const char *path, const struct snapshot *from, struct snapshot **out)
{
	struct snapshot *s = CX_NEW(cx, struct snapshot);

	if (!s || !(s->rows_path = cx_printf(cx, "%s.new", path)))
		return cx->err;
	s->path = path;
	/* what a save that was killed left: its write-ahead log would be played into the new file */
	if (!db_remove_file(s->rows_path))
		return cx_errno(cx, "remove", s->rows_path);
	s->saving = true;
	if ((from && copy_file(cx, from->rows_path, s->rows_path)) ||
	    db_open(cx, s->rows_path, DB_CREATE | DB_FAST, &s->db) || (!from && make_tables(cx, s->db))) {
		snapshot_close(s);
		return cx->err;
	}
	*out = s;
	return ERR_OK;
}

/* At most UPSERT_ROWS changes. */
static enum err put_some(struct cx *cx, struct db *db, const struct table *t,
			 const struct overlay_change *change, size_t count)
{
	struct db_val *put = cx_array(cx, count * (size_t)t->columns, sizeof(*put));
	struct db_val *del = cx_array(cx, count * (size_t)t->keys, sizeof(*del));
	size_t puts = 0, dels = 0;

	if (!put || !del)
		return cx->err;
	for (size_t i = 0; i < count; i++) {
		int n = change[i].present ? t->columns : t->keys;
		struct db_val *v = change[i].present ? &put[puts++ * (size_t)n] : &del[dels++ * (size_t)n];
		for (int c = 0; c < n; c++)
			v[c] = field_value(&t->fields[c], change[i].row);
	}
	if (puts && db_upsert(cx, db, &t->shape, put, puts))
		return cx->err;
	return dels ? db_delete(cx, db, &t->shape, del, dels) : ERR_OK;
}

static enum err put_table(struct cx *cx, struct db *db, const struct table *t, struct overlay *o)
{
	struct overlay_change *change;
	struct cx_mark mark;
	size_t count;

	if (overlay_changes(cx, o, t, &change, &count))
		return cx->err;
	mark = cx_mark(cx);
	for (size_t i = 0; i < count; i += UPSERT_ROWS) {
		size_t n = count - i < UPSERT_ROWS ? count - i : UPSERT_ROWS;
		if (put_some(cx, db, t, &change[i], n))
			return cx->err;
		cx_restore(cx, mark);
	}
	return ERR_OK;
}

static enum err put_head(struct cx *cx, struct snapshot *s, struct db *live, int64_t city)
{
	struct log_head head;
	struct db_val val[16];
	const struct table *t = &log_head_table;

	BUG(t->columns > (int)ARRAY_LEN(val));
	if (log_head_read(cx, live, city, &head))
		return cx->err;
	for (int i = 0; i < t->columns; i++)
		val[i] = field_value(&t->fields[i], &head);
	s->facts.cities++;
	s->facts.entries += head.size;
	return db_upsert(cx, s->db, &t->shape, val, 1);
}

static enum err put_count(struct cx *cx, struct snapshot *s, struct db *live, const struct table *t,
			  int64_t city)
{
	int64_t n;

	if (count_rows(cx, live, t, city, &n))
		return cx->err;
	return db_exec(cx, s->db,
		       "INSERT INTO audit_count (city, name, n) VALUES ($1, $2, $3) "
		       "ON CONFLICT (city, name) DO UPDATE SET n = $3",
		       DB_ARGS(db_i64(city), db_text(t->name), db_i64(n)));
}

/* Transfers are not kept: no entry changes an earlier one's. */
static enum err put_tables(struct cx *cx, struct snapshot *s, struct db *live, const struct domain *d,
			   struct overlay *o, int64_t city)
{
	for (int i = 0; i < d->tables; i++) {
		const struct table *t = d->table[i];
		struct cx_mark mark = cx_mark(cx);
		if (t->kind == TABLE_SESSION || t == &log_head_table)
			continue;
		if ((t->kind == TABLE_STATE && put_table(cx, s->db, t, o)) || put_count(cx, s, live, t, city))
			return cx->err;
		cx_restore(cx, mark);
	}
	return put_head(cx, s, live, city);
}

enum err snapshot_put_city(struct cx *cx, struct snapshot *s, struct db *live, const struct domain *d,
			   struct overlay *o, int64_t city)
{
	if (db_begin(cx, s->db, true))
		return cx->err;
	if (put_tables(cx, s, live, d, o, city)) {
		db_rollback(s->db);
		return cx->err;
	}
	return db_commit(cx, s->db);
}

/* The rows file of an older save under the same name, which is of no use once FILE is replaced; or NULL. */
static char *older_rows(struct cx *cx, const char *path, const char *rows_hex)
{
	struct sealed old;
	char *text;
	size_t n;

	if (file_read(cx, path, NOTE_MAX, &text, &n)) {
		cx_clear(cx);
		return NULL;
	}
	return sealed_read(text, &old) && strcmp(old.rows, rows_hex) != 0 ? rows_name(cx, path, old.rows) :
									     NULL;
}

enum err snapshot_seal(struct cx *cx, struct snapshot *s, const struct sign_seed *seed)
{
	struct sealed sealed = {.format = FORMAT, .facts = s->facts};
	struct digest rows, schema = schema_digest();
	char *text, *note, *name, *old;

	sealed.facts.saved_us = cx_now(cx);
	if (db_exec(cx, s->db, "PRAGMA journal_mode=DELETE", DB_NONE)) /* one file, whole in itself */
		return cx->err;
	db_close(s->db);
	s->db = NULL;
	if (digest_file(cx, s->rows_path, true, &rows))
		return cx->err;
	hex_encode(sealed.rows, rows.byte, sizeof(rows.byte));
	hex_encode(sealed.schema, schema.byte, sizeof(schema.byte));
	name = rows_name(cx, s->path, sealed.rows);
	text = sealed_text(cx, &sealed);
	if (!name || !text || note_write(cx, text, strlen(text), SNAPSHOT_ORIGIN, seed, &note))
		return cx->err;
	if (rename(s->rows_path, name))
		return cx_errno(cx, "rename", s->rows_path);
	s->saving = false;
	old = older_rows(cx, s->path, sealed.rows);
	if (file_replace(cx, s->path, note, strlen(note), 0600))
		return cx->err;
	if (old)
		unlink(old);
	return ERR_OK;
}
