/* Restoring by replaying the journal: a point in time, another engine; and logs behind what was published. */
#include "cli/replay.h"

#include "base/file.h"
#include "base/time.h"
#include "db/migrations.h"
#include "kernel/checkpoint.h"
#include "kernel/log.h"
#include "server/node.h"

enum err replay_options(struct cx *cx, const struct args *a, struct rewind_options *o)
{
	const char *until = args_get(a, "until");

	*o = (struct rewind_options){.until_us = FIELD_NONE};
	if (args_int(cx, a, "city", -1, 0, NODE_CITIES_MAX - 1, &o->city) ||
	    args_int(cx, a, "until-seq", FIELD_NONE, 0, JSON_INT_MAX, &o->until_seq))
		return cx->err;
	if (until && time_parse(cx, until, &o->until_us))
		return cx_prefix(cx, "--until: ");
	if (o->until_seq != FIELD_NONE && o->city < 0)
		return cx_fail(cx, ERR_INPUT, "--until-seq counts in one city: name it with --city");
	return ERR_OK;
}

static enum err replay(struct cx *cx, struct node *n, const char *from, struct rewind_options *o, bool quiet)
{
	struct rewind_result r;
	struct progress bar;
	struct db *db;
	enum err err;

	if (db_open(cx, from, DB_READ_ONLY, &db))
		return cx->err;
	progress_begin(&bar, "replaying");
	o->progress = progress_step;
	o->progress_arg = &bar;
	err = db_check_schema(cx, db, relode_migrations, relode_migration_count);
	if (err)
		cx_prefix(cx, "%s: restore it without replaying and upgrade that first: ", db_where(db));
	else
		err = rewind_books(cx, db, node_db(n), node_domain(n), node_keys(n), o, &r);
	progress_end(&bar);
	db_close(db);
	if (!err && r.entries == 0)
		err = cx_fail(cx, ERR_INVALID, "nothing was recorded up to then");
	if (!err && !quiet)
		printf("replayed %lld entries of %lld cities; %lld later ones left out\n",
		       (long long)r.entries, (long long)r.cities, (long long)r.left_out);
	return err;
}

enum err replay_in(struct cx *cx, const char *from, const struct node_options *to,
		   struct rewind_options *until, bool quiet)
{
	struct node_options o = {
		.where = to->where, .keys = to->keys, .evidence = to->evidence, .create = true};
	struct node *n;
	enum err err;

	if (node_open(cx, &o, &n))
		return cx->err;
	err = replay(cx, n, from, until, quiet);
	node_close(n);
	if (err)
		cx_prefix(cx, "%s is not whole, remove it: ", to->where);
	return err;
}

/* A log that is shorter than what was published of it is another from here on. */
enum err replay_check_published(struct cx *cx, const struct node_options *to, const char *file, bool quiet)
{
	struct node_options o = {.where = to->where, .keys = to->keys, .evidence = to->evidence};
	unsigned char root[8];
	struct log_head head;
	struct node *n;
	int64_t city, size;
	const char *line;
	char *text;
	size_t length;

	if (file_read(cx, file, NOTE_MAX, &text, &length))
		return cx->err;
	line = strchr(text, '\n');
	city = line ? log_origin_read(cx_strndup(cx, text, (size_t)(line - text)), &size, root) : -1;
	size = line ? strtoll(line + 1, NULL, 10) : 0;
	if (city < 0 || city >= NODE_CITIES_MAX || size <= 0)
		return cx_fail(cx, ERR_INPUT, "%s is no checkpoint of a city's log", file);
	if (node_open(cx, &o, &n))
		return cx->err;
	if (!log_head_read(cx, node_db(n), city, &head) && head.size < size &&
	    !rewind_new_origin(cx, node_db(n), node_keys(n), city) && !quiet)
		printf("city %lld: %lld entries were published, %lld are restored: the log goes on under "
		       "a new origin\n",
		       (long long)city, (long long)size, (long long)head.size);
	node_close(n);
	return cx->err;
}
