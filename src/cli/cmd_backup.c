/* relode backup, restore: copies while the programme runs, and a proof that the copy holds. */
#include <fcntl.h>
#include <unistd.h>

#include "base/file.h"
#include "cli/command.h"
#include "kernel/audit.h"
#include "server/node.h"

enum { LIST_MAX = 64 * 1024 * 1024 };

static const struct arg_option backup_options[] = {
	{"keys-to", "FILE", "where the key store's copy goes (default: TO.keys); keep it apart from TO"},
	{NULL, NULL, NULL},
};

static enum err run_backup(struct cx *cx, struct args *a)
{
	struct node_options o = {.where = command_db(a), .keys = args_get(a, "keys"), .read_only = true};
	const char *to = a->words ? a->word[0] : NULL, *keys_to = args_get(a, "keys-to");
	struct progress bar;
	struct node *n;
	enum err err;

	if (!to)
		return cx_fail(cx, ERR_INPUT, "backup where to? relode backup FILE");
	if (!keys_to)
		keys_to = cx_printf(cx, "%s.keys", to);
	if (!keys_to || node_open(cx, &o, &n))
		return cx->err;
	catch_interrupt(cx);
	progress_begin(&bar, "copying");
	/* Keys last: a copy of the books never lacks the key of what it holds. */
	err = db_backup(cx, node_db(n), to, progress_step, &bar);
	if (!err)
		err = keys_backup(cx, node_keys(n), keys_to);
	progress_end(&bar);
	node_close(n);
	if (!err)
		printf("%s\n%s (keys: keep them apart)\n", to, keys_to);
	return err;
}

const struct command cmd_backup = {
	"backup", "backup [--db WHERE] TO [--keys-to FILE]",
	"Copies the database and its key store, while a server may be running.\n\n"
	"PostgreSQL is backed up with its own tools (pg_dump, pg_basebackup); the key store still here.\n"
	"relode restore proves a copy.",
	backup_options, run_backup, NULL};

static const struct arg_option restore_options[] = {
	{"keys-from", "FILE", "the key store's copy (default: FROM.keys)"},
	{"destroyed", "FILE",
	 "CSV of keys destroyed since the backup (relode export destroyed): destroyed again"},
	{NULL, NULL, NULL},
};

static enum err copy_in(struct cx *cx, const char *from, const char *keys_from, const char *to,
			const char *keys_to)
{
	struct keys *keys;
	struct db *db;
	enum err err;

	if (file_exists(to) || file_exists(keys_to))
		return cx_fail(cx, ERR_CONFLICT, "%s is there already; restore to another place",
			       file_exists(to) ? to : keys_to);
	if (db_open(cx, from, DB_READ_ONLY, &db))
		return cx->err;
	err = db_backup(cx, db, to, NULL, NULL);
	db_close(db);
	if (err || keys_open(cx, keys_from, false, &keys))
		return cx->err;
	err = keys_backup(cx, keys, keys_to);
	keys_close(keys);
	return err;
}

static enum err prove(struct cx *cx, struct node *n)
{
	struct audit_options o = {.city = -1};
	struct audit_result *r = cx_alloc(cx, sizeof(*r));

	if (!r || audit_run(cx, node_db(n), node_domain(n), node_keys(n), &o, r))
		return cx->err;
	if (r->findings)
		return cx_fail(cx, ERR_CORRUPT,
			       "the restored books do not hold: %s; see relode audit",
			       r->finding[0].text);
	printf("restored and audited: %lld entries, the books hold\n", (long long)r->entries);
	return ERR_OK;
}

static enum err run_restore(struct cx *cx, struct args *a)
{
	const char *from = a->words ? a->word[0] : NULL, *to = command_db(a),
		   *keys_from = args_get(a, "keys-from");
	const char *keys_to = args_get(a, "keys"), *list = args_get(a, "destroyed");
	struct node_options o = {.where = to, .read_only = true};
	struct node *n;
	char *text;
	size_t size;
	enum err err = ERR_OK;

	if (!from)
		return cx_fail(cx, ERR_INPUT, "restore from where? relode restore FILE --db NEW");
	keys_from = keys_from ? keys_from : cx_printf(cx, "%s.keys", from);
	o.keys = keys_to = keys_to ? keys_to : cx_printf(cx, "%s.keys", to);
	if (!keys_from || !keys_to || copy_in(cx, from, keys_from, to, keys_to) || node_open(cx, &o, &n))
		return cx->err;
	if (list) {
		err = file_read(cx, list, LIST_MAX, &text, &size);
		if (!err)
			err = keys_replay_csv(cx, node_keys(n), text, size);
	}
	if (!err)
		err = prove(cx, n);
	node_close(n);
	return err;
}

const struct command cmd_restore = {
	"restore", "restore FROM --db NEW [--keys-from FILE] [--destroyed FILE]",
	"Puts a backup to a new place and audits it.\n\n"
	"People who asked to be forgotten since the backup are forgotten again with --destroyed.",
	restore_options, run_restore, NULL};
