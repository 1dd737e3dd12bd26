/* mutate: can the audit fail? Given a database with a row in every table, changes one thing at a time
 * behind the books' back and requires the audit to find each: every column of every declared table, a row
 * deleted, a row that no entry made, two rows with their contents exchanged. Each change is undone before
 * the next (one transaction, rolled back).
 *
 *     mutate DATABASE KEYS [EVERY [SNAPSHOT]]
 *
 * DATABASE: a file, or postgresql://…. EVERY: of so many changes one is tried, for a slow database. SNAPSHOT:
 * of an earlier audit (audit --save): then the audit begins there, and what entries since have written is
 * changed.
 * Prints one line for each change that went unseen, then "ok N changes found" or fails.
 */
#include "codec/sign.h"
#include "kernel/audit_snapshot.h"
#include "kernel/books.h"
#include "kernel/overlay.h"
#include "kernel/reader.h"
#include "programme/programme.h"

enum { ROWS_OF_A_TABLE = 3 };

struct run {
	struct cx cx;
	struct db *db;
	struct keys *keys;
	struct domain domain;
	struct audit_result result;
	long every, changes, tried, unseen, empty;
	const char *snapshot;
	struct snapshot *trusted; /* of it, to see what is newer */
};

static _Noreturn void die(struct run *r, const char *what)
{
	fprintf(stderr, "mutate: %s: %s\n", what, r->cx.msg);
	exit(1);
}

/* True when the audit finds something. */
static bool audit_fails(struct run *r)
{
	struct audit_options o = {.city = -1, .from = r->snapshot};

	cx_clear(&r->cx);
	if (audit_run(&r->cx, r->db, &r->domain, r->keys, &o, &r->result)) {
		if (r->cx.err != ERR_CORRUPT && r->cx.err != ERR_INVALID && r->cx.err != ERR_DB)
			die(r, "the audit did not run");
		cx_clear(&r->cx);
		return true; /* it refused to go on with such a file: found as well */
	}
	return r->result.findings > 0;
}

static void *copy_row(struct run *r, const struct table *t, const void *row)
{
	void *copy = cx_memdup(&r->cx, row, t->size);

	if (!copy)
		die(r, "memory");
	return copy;
}

/* Another value of the same kind, not equal to the one that stands there. */
static void change_value(struct run *r, const struct field *f, void *row)
{
	struct db_val v = field_value(f, row);

	if (f->type == FIELD_TEXT) {
		*(const char **)(void *)((char *)row + f->at) =
			v.kind == DB_NULL ? "x" : cx_printf(&r->cx, "%s~", (const char *)v.p);
	} else if (f->type == FIELD_HEX) {
		struct bytes *b = (struct bytes *)(void *)((char *)row + f->at);
		unsigned char *p = cx_alloc(&r->cx, v.n + 1);
		if (v.n)
			memcpy(p, v.p, v.n);
		p[v.n / 2] ^= 0x40;
		*b = (struct bytes){p, v.n ? v.n : 1};
	} else if (f->type == FIELD_BOOL) {
		*field_int_at(f, row) = v.kind == DB_NULL ? 1 : !v.i;
	} else if (f->type == FIELD_ENUM) {
		int64_t n = 0;
		while (f->names[n])
			n++;
		*field_int_at(f, row) = v.kind == DB_NULL || n < 2 ? n - 1 : (v.i + 1) % n;
	} else {
		*field_int_at(f, row) = v.kind == DB_NULL ? 1 : v.i + 1;
	}
}

static enum err delete_row(struct run *r, const struct table *t, const void *row)
{
	struct db_val key[16];

	for (int i = 0; i < t->keys; i++)
		key[i] = field_value(&t->fields[i], row);
	return db_delete(&r->cx, r->db, &t->shape, key, 1);
}

static enum err insert_row(struct run *r, const struct table *t, const void *row)
{
	struct db_val *val = cx_array(&r->cx, (size_t)t->columns, sizeof(*val));

	for (int i = 0; val && i < t->columns; i++)
		val[i] = field_value(&t->fields[i], row);
	return val ? db_append(&r->cx, r->db, &t->shape, val, 1) : r->cx.err;
}

static void judge(struct run *r, const struct table *t, const void *row, const char *what, const char *column)
{
	if (r->changes++ % r->every != 0)
		return;
	r->tried++;
	if (audit_fails(r))
		return;
	r->unseen++;
	printf("NOT FOUND: %s %s of %s\n", what, column, row_name(&r->cx, t, row));
}

static void begin(struct run *r)
{
	cx_clear(&r->cx);
	if (db_begin(&r->cx, r->db, true))
		die(r, "begin");
}

static void end(struct run *r)
{
	db_rollback(r->db);
	cx_clear(&r->cx);
}

static void change_columns(struct run *r, const struct table *t, const void *row)
{
	for (int i = 0; i < t->columns; i++) {
		void *changed = copy_row(r, t, row);
		change_value(r, &t->fields[i], changed);
		begin(r);
		if (delete_row(r, t, row))
			die(r, "delete");
		if (!insert_row(r, t, changed)) /* a key that another row has cannot be taken */
			judge(r, t, row, "changed column", t->fields[i].name);
		end(r);
	}
}

static void delete_and_invent(struct run *r, const struct table *t, const void *row)
{
	void *invented = copy_row(r, t, row);

	begin(r);
	if (delete_row(r, t, row))
		die(r, "delete");
	judge(r, t, row, "deleted row", "");
	end(r);
	for (int i = t->keys - 1; i > 0 || t->keys == 1; i--) {
		change_value(r, &t->fields[i], invented);
		if (t->fields[i].type == FIELD_INT)
			*field_int_at(&t->fields[i], invented) += 7;
		break;
	}
	begin(r);
	if (!insert_row(r, t, invented))
		judge(r, t, row, "copied row", "");
	end(r);
}

static void exchange(struct run *r, const struct table *t, const void *a, const void *b)
{
	void *x = copy_row(r, t, b), *y = copy_row(r, t, a);
	bool differ = false;

	for (int i = 0; i < t->columns; i++) {
		const struct field *f = &t->fields[i];
		size_t size = f->type == FIELD_TEXT ? sizeof(char *) :
			      f->type == FIELD_HEX  ? sizeof(struct bytes) :
						      8;
		if (i < t->keys) { /* keys stay, contents change places */
			memcpy((char *)x + f->at, (const char *)a + f->at, size);
			memcpy((char *)y + f->at, (const char *)b + f->at, size);
		} else if (row_compare(f, 1, a, b) != 0) {
			differ = true;
		}
	}
	if (!differ)
		return;
	begin(r);
	if (delete_row(r, t, a) || delete_row(r, t, b) || insert_row(r, t, x) || insert_row(r, t, y))
		die(r, "exchange");
	judge(r, t, a, "exchanged row", "");
	end(r);
}

/* Entries after the snapshot have written the row. */
static bool is_newer(struct run *r, const struct table *t, const void *row)
{
	struct log_head head;
	struct overlay *o;
	const void *before;
	bool known, equal;

	if (snapshot_head(&r->cx, r->trusted, field_value(&t->fields[0], row).i, &head, &known))
		die(r, "log_head");
	if (!known || t == &log_head_table)
		return true;
	if (t->kind != TABLE_STATE)
		return field_value(&t->fields[1], row).i >= head.size;
	if (overlay_new(&r->cx, &r->domain, snapshot_db(r->trusted), head.city, 1 << 20, &o) ||
	    overlay_find(&r->cx, o, t, row, &before))
		die(r, t->name);
	equal = before && row_compare(t->fields, t->columns, row, before) == 0;
	overlay_free(o);
	return !equal;
}

/* Of a table's newer rows the first and the last two. */
static int read_newer(struct run *r, const struct table *t, void *row[ROWS_OF_A_TABLE])
{
	db_auto_rows *rows = NULL;
	int n = 0;

	if (db_query(&r->cx, r->db, &rows,
		     cx_printf(&r->cx, "SELECT %s FROM \"%s\"", reader_columns(t), t->name), DB_NONE))
		die(r, t->name);
	while (db_next(&r->cx, rows)) {
		void *one = cx_alloc(&r->cx, t->size);
		if (!one || field_row(&r->cx, t->fields, rows, one))
			die(r, t->name);
		if (!is_newer(r, t, one))
			continue;
		if (n == ROWS_OF_A_TABLE)
			row[1] = row[--n];
		row[n++] = one;
	}
	if (r->cx.err)
		die(r, t->name);
	return n;
}

static int read_rows(struct run *r, const struct table *t, void *row[ROWS_OF_A_TABLE])
{
	int64_t count, step;
	int n = 0;

	if (db_one_i64(&r->cx, r->db, &count, cx_printf(&r->cx, "SELECT COUNT(*) FROM \"%s\"", t->name),
		       DB_NONE))
		die(r, t->name);
	step = count > ROWS_OF_A_TABLE ? (count - 1) / 2 : 1; /* the first, the middle, the last */
	for (int64_t i = 0; i < count && n < ROWS_OF_A_TABLE; i += step) {
		db_auto_rows *rows = NULL;
		struct sb sql;
		sb_init(&sql, &r->cx, 10000);
		sb_printf(&sql, "SELECT %s FROM \"%s\" ORDER BY ", reader_columns(t), t->name);
		for (int c = 0; c < t->keys; c++)
			sb_printf(&sql, "%s\"%s\"", c ? ", " : "", t->fields[c].name);
		sb_printf(&sql, " LIMIT 1 OFFSET %lld", (long long)i);
		row[n] = cx_alloc(&r->cx, t->size);
		if (!row[n] || db_query(&r->cx, r->db, &rows, sql.data, DB_NONE) || !db_next(&r->cx, rows) ||
		    field_row(&r->cx, t->fields, rows, row[n]))
			die(r, t->name);
		n++;
	}
	return n;
}

static void mutate_table(struct run *r, const struct table *t)
{
	void *row[ROWS_OF_A_TABLE];
	struct cx_mark mark = cx_mark(&r->cx);
	int n = r->trusted ? read_newer(r, t, row) : read_rows(r, t, row);

	if (n == 0 && !r->trusted) {
		r->empty++;
		printf("EMPTY: table %s has no row to change\n", t->name);
	}
	for (int i = 0; i < n; i++) {
		if (i == 0)
			change_columns(r, t, row[i]);
		delete_and_invent(r, t, row[i]);
		if (i > 0)
			exchange(r, t, row[i - 1], row[i]);
	}
	cx_restore(&r->cx, mark);
}

static void open_snapshot(struct run *r, const char *path)
{
	struct sign_seed seed;
	struct sign_public pub;
	struct vkey key;

	if (keys_signing_seed(&r->cx, r->keys, &seed, false))
		die(r, path);
	pub = sign_public_of(&seed);
	if (vkey_of(&r->cx, SNAPSHOT_ORIGIN, &pub, &key) || snapshot_open(&r->cx, path, &key, &r->trusted))
		die(r, path);
	r->snapshot = path;
}

int main(int argc, char **argv)
{
	static struct run r;

	r.every = argc >= 4 ? strtol(argv[3], NULL, 10) : 1;
	if (argc < 3 || argc > 5 || r.every < 1) {
		fprintf(stderr, "usage: mutate DATABASE KEYS [EVERY [SNAPSHOT]]\n");
		return 2;
	}
	sign_setup();
	cx_init(&r.cx, (size_t)4 << 30);
	if (domain_init(&r.cx, &r.domain, programme_features) ||
	    db_open(&r.cx, argv[1], DB_SOLE | DB_FAST, &r.db) ||
	    keys_open(&r.cx, argv[2], false, &r.keys))
		die(&r, argv[1]);
	if (argc == 5)
		open_snapshot(&r, argv[4]);
	if (audit_fails(&r)) {
		printf("the books do not hold before anything is changed: %s\n", r.result.finding[0].text);
		return 1;
	}
	for (int i = 0; i < r.domain.tables; i++) /* idem is empty here: test_kernel changes it */
		if (r.domain.table[i]->kind != TABLE_SESSION && r.domain.table[i] != &idem_table)
			mutate_table(&r, r.domain.table[i]);
	if (audit_fails(&r))
		die(&r, "the changes were not undone");
	snapshot_close(r.trusted);
	keys_close(r.keys);
	db_close(r.db);
	printf("%s %ld changes found, %ld not found, %ld tables empty\n",
	       r.unseen || r.empty ? "FAILED:" : "ok", r.tried - r.unseen, r.unseen, r.empty);
	cx_done(&r.cx);
	return r.unseen || r.empty ? 1 : 0;
}
