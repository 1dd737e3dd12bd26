/* The list of destroyed keys: written by a backup, followed by a restore. */
#include "cli/destroyed.h"

#include "base/file.h"

enum { LIST_MAX = 256 * 1024 * 1024, HEAD = 16 };

static enum err read_store(struct cx *cx, const char *file, struct keys_list *out)
{
	struct keys *keys;
	enum err err;

	if (keys_open(cx, file, false, &keys))
		return cx->err;
	err = keys_destroyed_all(cx, keys, out);
	keys_close(keys);
	return err;
}

enum err destroyed_read(struct cx *cx, const char *file, struct keys_list *out)
{
	static const char sqlite[HEAD] = "SQLite format 3";
	char head[HEAD], *text;
	size_t n;

	if (file_begins(cx, file, head, HEAD, &n))
		return cx->err;
	if (n == HEAD && memcmp(head, sqlite, HEAD) == 0)
		return read_store(cx, file, out);
	if (file_read(cx, file, LIST_MAX, &text, &n))
		return cx->err;
	if (keys_destroyed_read(cx, text, n, out))
		return cx_prefix(cx, "%s is no list of destroyed keys: ", file);
	return ERR_OK;
}

/* --- backup --- */

static enum err check_earlier(struct cx *cx, struct keys *keys, const char *file)
{
	struct keys_compared c;
	struct keys_list earlier;

	if (destroyed_read(cx, file, &earlier) || keys_compare(cx, keys, &earlier, &c))
		return cx->err;
	if (c.alive || c.unknown)
		return cx_fail(cx, ERR_CONFLICT,
			       "%s names %lld keys that this key store does not know as destroyed: it is "
			       "another programme's, or this key store is an older copy. The list is kept as "
			       "it is, all else is copied. If the programme is the same: relode import "
			       "destroyed %s",
			       file, (long long)(c.alive + c.unknown), file);
	return ERR_OK;
}

enum err destroyed_write(struct cx *cx, struct keys *keys, const char *file)
{
	struct sb sb;

	if (file_exists(file) && check_earlier(cx, keys, file))
		return cx->err;
	sb_init(&sb, cx, LIST_MAX);
	if (keys_destroyed_csv(cx, keys, &sb))
		return cx->err;
	return file_replace(cx, file, sb.data, sb.len, 0600);
}

/* --- restore --- */

static enum err replay(struct cx *cx, const char *store, const struct keys_list *list,
		       struct keys_compared *told)
{
	struct keys *keys;
	enum err err;

	if (keys_open(cx, store, false, &keys))
		return cx->err;
	err = keys_compare(cx, keys, list, told);
	if (!err && told->lacking)
		err = cx_fail(cx, ERR_CONFLICT,
			      "the list of destroyed keys is not newer than this backup: it lacks %lld keys "
			      "that were destroyed already when the backup was made. Give the newest list of "
			      "this programme; if there is none, --no-destroyed",
			      (long long)told->lacking);
	if (!err)
		err = keys_replay_destroyed(cx, keys, list->item, list->n);
	keys_close(keys);
	return err;
}

static enum err copy_store(struct cx *cx, const char *from, const char *to)
{
	struct keys *keys;
	enum err err;

	if (keys_open(cx, from, false, &keys))
		return cx->err;
	err = keys_backup(cx, keys, to);
	keys_close(keys);
	return err;
}

enum err destroyed_copy(struct cx *cx, const char *from, const char *to, const struct keys_list *list,
			struct keys_compared *told)
{
	char *part = cx_printf(cx, "%s.part", to);
	enum err err;

	if (!part)
		return cx->err;
	(void)db_remove_file(part); /* what a crash left; what stays is refused by the copying */
	err = copy_store(cx, from, part);
	if (!err && list)
		err = replay(cx, part, list, told);
	if (!err)
		err = file_rename(cx, part, to);
	if (err)
		(void)db_remove_file(part);
	return err;
}

/* --- import --- */

static enum err print_told(struct cx *cx, const struct args *a, const struct keys_compared *c)
{
	bool dry = args_has(a, "dry-run");
	struct json_writer w;
	struct sb sb;

	if (!args_has(a, "json")) {
		printf("%lld keys %s, %lld were destroyed already, %lld were never here%s\n",
		       (long long)c->alive, dry ? "would be destroyed" : "are destroyed now",
		       (long long)c->gone, (long long)c->unknown,
		       dry ? "; nothing was written" : " and never will be");
		return ERR_OK;
	}
	sb_init(&sb, cx, 1000);
	jw_init(&w, &sb, true);
	jw_object(&w);
	jw_bool_at(&w, "dry_run", dry);
	jw_int_at(&w, "destroyed", c->alive);
	jw_int_at(&w, "destroyed_before", c->gone);
	jw_int_at(&w, "unknown", c->unknown);
	jw_object_end(&w);
	if (sb_end(&sb))
		return cx->err;
	puts(sb.data);
	return ERR_OK;
}

enum err destroyed_import(struct cx *cx, const struct args *a)
{
	const char *db = command_db(a), *store = db_beside(cx, command_keys(a), db, "keys");
	struct keys_compared told;
	struct keys_list list;
	struct keys *keys;
	enum err err;

	if (a->words != 2)
		return cx_fail(cx, ERR_INPUT, "import the list of destroyed keys from where? relode import "
					      "destroyed FILE");
	if (!store || command_local(cx, a, "import destroyed") || destroyed_read(cx, a->word[1], &list) ||
	    keys_open(cx, store, false, &keys))
		return cx->err;
	err = keys_compare(cx, keys, &list, &told);
	if (!err && !args_has(a, "dry-run"))
		err = keys_replay_destroyed(cx, keys, list.item, list.n);
	keys_close(keys);
	return err ? err : print_told(cx, a, &told);
}
