/* relode export: any table of the books as CSV or JSON lines; the journal line by line. */
#include "cli/command.h"
#include "codec/csv.h"
#include "kernel/books.h"
#include "server/node.h"

enum { LINE_MAX_BYTES = 16 * 1024 * 1024 };

static const struct arg_option options[] = {
	{"city", "N", "this city alone"},
	{"list", NULL, "list the tables"},
	{NULL, NULL, NULL},
};

static bool is_account(const char *column)
{
	return strcmp(column, "from_account") == 0 || strcmp(column, "to_account") == 0 ||
	       strcmp(column, "account") == 0 || strcmp(column, "custody") == 0 ||
	       strcmp(column, "subject") == 0;
}

/* A column as text: accounts and enumerations by name, bytes in hexadecimal. */
static const char *column_text(struct cx *cx, const struct domain *d, const struct field *f, const void *row)
{
	struct db_val v = field_value(f, row);
	char *hex;

	if (v.kind == DB_NULL)
		return "";
	if (v.kind == DB_TEXT)
		return v.p;
	if (v.kind == DB_BLOB) {
		hex = cx_alloc(cx, 2 * v.n + 1);
		if (hex)
			hex_encode(hex, v.p, v.n);
		return hex;
	}
	if (f->type == FIELD_ENUM)
		return f->names[v.i];
	if (is_account(f->name))
		return account_text(cx, d, v.i);
	return cx_printf(cx, "%lld", (long long)v.i);
}

static enum err write_row(struct cx *cx, const struct domain *d, const struct table *t,
			  const void *row, bool json)
{
	struct json_writer w;
	struct sb sb;

	sb_init(&sb, cx, LINE_MAX_BYTES);
	jw_init(&w, &sb, false);
	if (json)
		jw_object(&w);
	for (int i = 0; i < t->columns; i++) {
		const struct field *f = &t->fields[i];
		struct db_val v = field_value(f, row);
		const char *text = column_text(cx, d, f, row);
		if (!text)
			return cx->err;
		if (!json) {
			csv_put(&sb, i == 0, text);
			continue;
		}
		if (v.kind == DB_NULL)
			continue;
		jw_name(&w, f->name);
		if (v.kind == DB_I64 && f->type == FIELD_BOOL)
			jw_bool(&w, v.i != 0);
		else if (v.kind == DB_I64 && f->type == FIELD_INT && !is_account(f->name))
			jw_int(&w, v.i);
		else
			jw_text(&w, text);
	}
	if (json) {
		jw_object_end(&w);
		sb_char(&sb, '\n');
	} else {
		csv_put_end(&sb);
	}
	if (sb_end(&sb))
		return cx->err;
	if (fwrite(sb.data, 1, sb.len, stdout) != sb.len)
		return cx_errno(cx, "write", "the output");
	return ERR_OK;
}

static enum err write_table(struct cx *cx, struct node *n, const struct table *t, int64_t city, bool json)
{
	struct sb sql, head;
	db_auto_rows *rows = NULL;
	void *row = cx_alloc(cx, t->size);
	struct cx_mark mark;

	sb_init(&sql, cx, 20000);
	sb_printf(&sql, "SELECT %s FROM %s %s ORDER BY ", reader_columns(t), t->name,
		  city >= 0 ? "WHERE city = $1" : "");
	for (int i = 0; i < t->keys; i++)
		sb_printf(&sql, "%s%s", i ? ", " : "", t->fields[i].name);
	sb_init(&head, cx, 20000);
	for (int i = 0; i < t->columns; i++)
		csv_put(&head, i == 0, t->fields[i].name);
	csv_put_end(&head);
	if (!row || sb_end(&sql) || sb_end(&head) ||
	    db_query(cx, node_db(n), &rows, sql.data, city >= 0 ? DB_ARGS(db_i64(city)) : DB_NONE))
		return cx->err;
	if (!json)
		fputs(head.data, stdout);
	mark = cx_mark(cx);
	while (db_next(cx, rows)) {
		if (field_row(cx, t->fields, rows, row) || write_row(cx, node_domain(n), t, row, json))
			return cx->err;
		cx_restore(cx, mark);
		if (cx_stopping(cx))
			return cx_fail(cx, ERR_INTERRUPTED, "stopped; the output is not complete");
	}
	return cx->err;
}

/* The journal's own lines: exactly the bytes that the log's leaves are made of. */
static enum err write_journal(struct cx *cx, struct node *n, int64_t city)
{
	static const char sql[] = "SELECT city FROM log_head WHERE city >= $1 AND city <= $2 ORDER BY city";
	db_auto_rows *rows = NULL;

	if (db_query(cx, node_db(n), &rows, sql,
		     DB_ARGS(db_i64(city < 0 ? 0 : city), db_i64(city < 0 ? INT64_MAX : city))))
		return cx->err;
	while (db_next(cx, rows)) {
		journal_auto *j = NULL;
		struct journal_line line;
		if (journal_open(cx, node_db(n), db_get_i64(rows, 0), 0, &j))
			return cx->err;
		while (journal_next(cx, j, &line, NULL))
			if (puts(line.body) < 0)
				return cx_errno(cx, "write", "the output");
		if (cx->err)
			return cx->err;
	}
	return cx->err;
}

static enum err write_destroyed(struct cx *cx, struct node *n)
{
	struct sb sb;

	sb_init(&sb, cx, (size_t)1 << 30);
	if (keys_destroyed_csv(cx, node_keys(n), &sb) || sb_end(&sb))
		return cx->err;
	fputs(sb.data, stdout);
	return ERR_OK;
}

static enum err export(struct cx *cx, struct args *a, struct node *n, int64_t city) {
	const struct domain *d = node_domain(n); const struct table * t;

	if (args_has(a, "list") || a->words == 0){
		printf("%-22s %s\n", "journal", "What happened, one entry a line.");
		for (int i = 0; i < d->tables;
		     i++) if (d->table[i]->kind != TABLE_SESSION && d->table[i]->kind != TABLE_BOOK)
			printf("%-22s %s\n", d->table[i]->name, d->table[i]->doc);
		printf("%-22s %s\n", "destroyed",
		       "Keys that were destroyed: for relode restore --destroyed, relode import destroyed.");
		return ERR_OK;}
catch_interrupt(cx);
if (strcmp(a->word[0], "journal") == 0)
	return write_journal(cx, n, city);
if (strcmp(a->word[0], "destroyed") == 0)
	return write_destroyed(cx, n);
t = domain_table(d, a->word[0]);
if (!t || t->kind == TABLE_SESSION)
	return cx_fail(cx, ERR_NOT_FOUND,
		       "there is no table %.60s; relode export --list lists them", a->word[0]);
return write_table(cx, n, t, city, args_has(a, "json"));
}

static enum err run(struct cx *cx, struct args *a)
{
	struct node_options o = {.where = command_db(a), .keys = command_keys(a), .read_only = true};
	struct node *n;
	int64_t city;

	if (args_int(cx, a, "city", -1, 0, INT32_MAX, &city) || command_local(cx, a, "export") ||
	    node_open(cx, &o, &n))
		return cx->err;
	export(cx, a, n, city);
	node_close(n);
	return cx->err;
}

const struct command cmd_export = {
	"export", "export TABLE [--city N] [--json]",
	"Writes a table as CSV, or as JSON lines with --json; the journal is JSON lines always.\n\n"
	"relode export --list names the tables. Sealed personal data stays sealed.",
	options, run, NULL};
