#include "kernel/audit_crew.h"

#include "codec/hash.h"

enum { TRIES = 100 };

/* Begins to read: which entries are seen is settled by the first row read. */
static enum err begin(struct cx *cx, struct db *db, struct digest *state)
{
	struct cx_mark mark = cx_mark(cx);
	db_auto_rows *rows = NULL;
	struct sha256_stream *s;

	if (db_begin(cx, db, false) || sha256_new(cx, &s))
		return cx->err;
	if (db_query(cx, db, &rows, "SELECT city, size, root FROM log_head ORDER BY city", DB_NONE)) {
		sha256_free(s);
		return cx->err;
	}
	while (db_next(cx, rows)) {
		int64_t head[2] = {db_get_i64(rows, 0), db_get_i64(rows, 1)};
		size_t n;
		const void *root = db_get_blob(rows, 2, &n);
		sha256_update(s, head, sizeof(head));
		sha256_update(s, root, n);
	}
	*state = sha256_final(s);
	cx_restore(cx, mark);
	return cx->err;
}

/* *same: how many see what the first sees; those that do not are moved behind them. */
static enum err begin_all(struct cx *cx, struct db **handle, int count, int *same)
{
	struct digest first, state;

	for (int i = 0; i < count; i++)
		db_rollback(handle[i]);
	*same = 0;
	for (int i = 0; i < count; i++) {
		struct db *db = handle[i];
		if (begin(cx, db, i ? &state : &first))
			return cx->err;
		if (i && !digest_equal(&first, &state))
			continue;
		handle[i] = handle[*same];
		handle[(*same)++] = db;
	}
	return ERR_OK;
}

enum err audit_handles_open(struct cx *cx, const char *where, struct db **handle, int *count)
{
	int open = 1, same = 0;
	enum err err = ERR_OK;

	while (!err && open < *count)
		if (!(err = db_open(cx, where, DB_READ_ONLY, &handle[open])))
			open++;
	for (int i = 0; !err && i < TRIES && same < open; i++)
		err = begin_all(cx, handle, open, &same);
	if (err)
		same = 1;
	for (int i = same; i < open; i++)
		db_close(handle[i]);
	*count = same;
	return err;
}

void audit_handles_close(struct db **handle, int count)
{
	for (int i = 1; i < count; i++)
		db_close(handle[i]);
	db_rollback(handle[0]);
}

void audit_crew_init(struct audit_crew *c, const struct audit_options *options, int cities, int64_t total)
{
	*c = (struct audit_crew){.options = options, .cities = cities, .total = total};
	pthread_mutex_init(&c->lock, NULL);
}

void audit_crew_done(struct audit_crew *c)
{
	pthread_mutex_destroy(&c->lock);
}

int audit_crew_take(struct audit_crew *c)
{
	int i = -1;

	pthread_mutex_lock(&c->lock);
	if (!c->failed && c->next < c->cities)
		i = c->next++;
	pthread_mutex_unlock(&c->lock);
	return i;
}

enum err audit_crew_step(struct cx *cx, struct audit_crew *c, int64_t entries)
{
	int64_t done;
	bool failed;

	pthread_mutex_lock(&c->lock);
	done = c->done += entries;
	failed = c->failed;
	if (entries && c->options->progress)
		c->options->progress(c->options->progress_arg, done, c->total);
	pthread_mutex_unlock(&c->lock);
	if (failed || cx_stopping(cx))
		return cx_fail(cx, ERR_INTERRUPTED, "stopped after %lld entries", (long long)done);
	return ERR_OK;
}

bool audit_crew_fail(struct audit_crew *c)
{
	bool first;

	pthread_mutex_lock(&c->lock);
	first = !c->failed;
	c->failed = true;
	pthread_mutex_unlock(&c->lock);
	return first;
}
