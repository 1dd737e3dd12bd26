#include "kernel/rewind.h"

#include "kernel/checkpoint.h"
#include "kernel/log.h"
#include "kernel/writer.h"

enum { CITIES_MAX = 4096, BATCH_BYTES = 8 * 1024 * 1024, ROWS = 500 };

struct rewind {
	struct db *from, *to;
	const struct domain *domain;
	struct keys *keys;
	const struct rewind_options *options;
	struct rewind_result *result;
	int64_t total; /* entries of all cities */
};

/* --- the head --- */

static enum err sign_as(struct cx *cx, struct db *db, struct keys *keys, const struct log_head *head,
			const char *origin)
{
	static const char sql[] = "UPDATE log_head SET note = $1 WHERE city = $2";
	struct sign_seed seed;
	struct digest root;
	enum err err;
	char *note;

	memcpy(root.byte, head->root.p, sizeof(root.byte));
	if (keys_signing_seed(cx, keys, &seed, false))
		return cx->err;
	err = checkpoint_write(cx, origin, origin, &seed, (uint64_t)head->size, &root, &note);
	wipe(&seed, sizeof(seed));
	return err ? err : db_exec(cx, db, sql, DB_ARGS(db_text(note), db_i64(head->city)));
}

enum err rewind_new_origin(struct cx *cx, struct db *db, struct keys *keys, int64_t city)
{
	struct log_head head;
	char *origin;

	if (log_head_read(cx, db, city, &head))
		return cx->err;
	origin = log_origin_after(cx, city, head.size, head.root.p);
	return origin ? sign_as(cx, db, keys, &head, origin) : cx->err;
}

/* --- rows that are written once --- */

static enum err copy_rows(struct cx *cx, const struct rewind *w, const struct table *t, int64_t city,
			  int64_t size)
{
	char *sql = cx_printf(cx, "SELECT %s FROM \"%s\" WHERE city = $1 AND seq < $2 ORDER BY seq, n",
			      reader_columns(t), t->name);
	struct db_val *rows = cx_array(cx, (size_t)ROWS * (size_t)t->columns, sizeof(*rows));
	db_auto_rows *found = NULL;
	struct cx_mark mark;
	size_t count = 0;
	bool more = true;

	if (!sql || !rows || db_query(cx, w->from, &found, sql, DB_ARGS(db_i64(city), db_i64(size))))
		return cx->err;
	mark = cx_mark(cx);
	while (more) {
		void *row = NULL;
		more = db_next(cx, found);
		if (more) {
			row = cx_alloc(cx, t->size);
			if (!row || field_row(cx, t->fields, found, row))
				return cx->err;
			for (int i = 0; i < t->columns; i++)
				rows[count * (size_t)t->columns + (size_t)i] =
					field_value(&t->fields[i], row);
			count++;
		}
		if (cx->err)
			return cx->err;
		if (count < ROWS && more)
			continue;
		if (count > 0 && db_append(cx, w->to, &t->shape, rows, count))
			return cx->err;
		count = 0;
		cx_restore(cx, mark);
	}
	return ERR_OK;
}

static enum err copy_written_once(struct cx *cx, const struct rewind *w, int64_t city, int64_t size)
{
	for (int i = 0; i < w->domain->tables; i++) {
		const struct table *t = w->domain->table[i];
		struct cx_mark mark = cx_mark(cx);
		if (t->kind != TABLE_REFERENCE && t->kind != TABLE_VAULT)
			continue;
		if (copy_rows(cx, w, t, city, size))
			return cx->err;
		cx_restore(cx, mark);
	}
	return ERR_OK;
}

/* --- entries --- */

/* Whether the entry is kept; those after one that is not are not either: recorded_us never falls. */
static enum err is_kept(struct cx *cx, const struct rewind *w, int64_t city, int64_t seq, const char *body,
			size_t n, bool *kept)
{
	const struct rewind_options *o = w->options;
	struct entry e;

	*kept = true;
	if (o->city >= 0 && o->city != city)
		return ERR_OK;
	if (o->until_seq != FIELD_NONE && seq > o->until_seq)
		*kept = false;
	if (o->until_us == FIELD_NONE || !*kept)
		return ERR_OK;
	if (entry_decode(cx, w->domain, body, n, &e))
		return cx->err;
	*kept = e.recorded_us <= o->until_us;
	return ERR_OK;
}

/* Up to a batch of entries from *seq; *end when the last that is kept was read. */
static enum err replay_batch(struct cx *cx, const struct rewind *w, struct writer *writer, int64_t city,
			     int64_t size, int64_t *seq, bool *end)
{
	struct logged *list = cx_array(cx, BATCH_MAX, sizeof(*list));
	journal_auto *j = NULL;
	struct journal_line line;
	size_t count = 0, bytes = 0;

	if (!list || journal_open(cx, w->from, city, *seq, &j))
		return cx->err;
	while (!*end && count < BATCH_MAX && bytes < BATCH_BYTES) {
		struct logged *e = &list[count];
		bool kept = *seq < size;
		if (kept && !journal_next(cx, j, &line, NULL))
			return cx->err ? cx->err :
					 cx_fail(cx, ERR_CORRUPT, "entry %lld is missing", (long long)*seq);
		if (kept && is_kept(cx, w, city, *seq, line.body, line.n, &kept))
			return cx->err;
		*end = !kept;
		if (!kept)
			break;
		*e = (struct logged){cx_strndup(cx, line.body, line.n), line.n};
		if (!e->body)
			return cx->err;
		bytes += e->n;
		count++;
		++*seq;
	}
	return count > 0 ? writer_replay(cx, writer, list, count) : ERR_OK;
}

static enum err replay_entries(struct cx *cx, struct rewind *w, struct writer *writer, int64_t city,
			       int64_t size, int64_t *kept)
{
	int64_t seq = 0;
	bool end = false;

	while (!end) {
		struct cx_mark mark = cx_mark(cx);
		if (replay_batch(cx, w, writer, city, size, &seq, &end))
			return cx->err;
		cx_restore(cx, mark);
		if (w->options->progress)
			w->options->progress(w->options->progress_arg, w->result->entries + seq, w->total);
		if (cx_stopping(cx))
			return cx_fail(cx, ERR_INTERRUPTED, "stopped at entry %lld of city %lld",
				       (long long)seq, (long long)city);
	}
	*kept = seq;
	return ERR_OK;
}

/* --- a city --- */

static enum err finish_city(struct cx *cx, const struct rewind *w, const struct log_head *old, int64_t kept)
{
	struct log_head head;
	char *origin;

	if (kept < old->size)
		return rewind_new_origin(cx, w->to, w->keys, old->city);
	/* all of it: the same log, and the same origin */
	origin = log_note_origin(cx, old->note);
	if (!origin || log_head_read(cx, w->to, old->city, &head))
		return cx->err;
	if (head.root.n != old->root.n || memcmp(head.root.p, old->root.p, head.root.n) != 0)
		return cx_fail(cx, ERR_CORRUPT, "city %lld: the entries give another root than log_head's; "
						"run relode audit on what is restored from",
			       (long long)old->city);
	return sign_as(cx, w->to, w->keys, &head, origin);
}

static enum err rewind_city(struct cx *cx, struct rewind *w, int64_t city)
{
	struct writer *writer;
	struct log_head old;
	int64_t kept;
	enum err err;

	if (log_head_read(cx, w->from, city, &old) ||
	    writer_new(cx, w->to, w->domain, w->keys, city, &writer))
		return cx->err;
	err = replay_entries(cx, w, writer, city, old.size, &kept);
	writer_free(writer);
	w->result->entries += err ? 0 : kept;
	w->result->left_out += err ? 0 : old.size - kept;
	if (err || kept == 0)
		return err;
	w->result->cities++;
	return copy_written_once(cx, w, city, kept) ? cx->err : finish_city(cx, w, &old, kept);
}

enum err rewind_books(struct cx *cx, struct db *from, struct db *to, const struct domain *d,
		      struct keys *keys, const struct rewind_options *options, struct rewind_result *result)
{
	struct rewind w = {from, to, d, keys, options, result, 0};
	int64_t *city = cx_array(cx, CITIES_MAX, sizeof(*city));
	db_auto_rows *rows = NULL;
	int count = 0;

	*result = (struct rewind_result){0};
	if (!city || db_query(cx, from, &rows, "SELECT city, size FROM log_head ORDER BY city", DB_NONE))
		return cx->err;
	while (db_next(cx, rows)) {
		if (count == CITIES_MAX)
			return cx_fail(cx, ERR_TOO_LARGE, "more than %d cities", CITIES_MAX);
		city[count++] = db_get_i64(rows, 0);
		w.total += db_get_i64(rows, 1);
	}
	for (int i = 0; !cx->err && i < count; i++) { /* city 0 first: others ask it for rules */
		struct cx_mark mark = cx_mark(cx);
		if (rewind_city(cx, &w, city[i]))
			return cx_prefix(cx, "city %lld: ", (long long)city[i]);
		cx_restore(cx, mark);
	}
	return cx->err;
}
