/* relode backup, restore: copies while the programme runs, and a proof that the copy holds. */
#include "base/file.h"
#include "cli/replay.h"
#include "kernel/audit.h"
#include "programme/evidence/evidence.h"
#include "server/node.h"

enum { LIST_MAX = 64 * 1024 * 1024 };

/* What stands beside a database, where nothing else is said. */
static const char *beside(struct cx *cx, const char *given, const char *where, const char *what)
{
	bool server = strncmp(where, "postgresql:", 11) == 0 || strncmp(where, "postgres:", 9) == 0;

	if (given)
		return given;
	return server ? cx_printf(cx, "relode.%s", what) : cx_printf(cx, "%s.%s", where, what);
}

/* Every file of evidence that the database names, from one folder to another. */
static enum err copy_evidence(struct cx *cx, struct db *db, const char *from, const char *to,
			      struct evidence_copied *out)
{
	struct progress bar;
	enum err err;

	progress_begin(&bar, "copying evidence");
	err = evidence_copy(cx, db, from, to, progress_step, &bar, out);
	progress_end(&bar);
	return err;
}

static enum err lacking(struct cx *cx, const struct evidence_copied *e, const char *from)
{
	return cx_fail(cx, ERR_CORRUPT,
		       "%lld files of evidence are not in %s as the books say (%s); all else is copied",
		       (long long)e->failed, from, e->first);
}

/* --- backup --- */

static const struct arg_option backup_options[] = {
	{"keys-to", "FILE", "where the key store's copy goes (default: TO.keys); keep it apart from TO"},
	{"evidence-to", "DIR",
	 "where the evidence goes (default: TO.evidence); the folder of an earlier backup is gone on with"},
	{NULL, NULL, NULL},
};

struct copies {
	const char *to, *keys_to, *evidence_to;
	bool books; /* copied here, and not by the server's own tools */
	struct evidence_copied evidence;
};

/* The books first, then what they name: an entry's photo and its key are durable before the entry. */
static enum err copy_all(struct cx *cx, struct node *n, const char *evidence, struct copies *c)
{
	struct progress bar;
	enum err err = ERR_OK;

	if (c->books) {
		progress_begin(&bar, "copying");
		err = db_backup(cx, node_db(n), c->to, progress_step, &bar);
		progress_end(&bar);
	}
	if (!err)
		err = keys_backup(cx, node_keys(n), c->keys_to);
	if (!err)
		err = copy_evidence(cx, node_db(n), evidence, c->evidence_to, &c->evidence);
	if (!err && c->evidence.failed)
		err = lacking(cx, &c->evidence, evidence);
	return err;
}

static enum err print_backup(struct cx *cx, const struct args *a, const struct copies *c)
{
	const struct evidence_copied *e = &c->evidence;
	struct json_writer w;
	struct sb sb;

	if (!args_has(a, "json")) {
		printf("%s\n", c->books ? c->to : "(the database: with PostgreSQL's own tools)");
		printf("%s (keys: keep them apart)\n", c->keys_to);
		printf("%s (evidence: %lld files copied, %lld were there)\n", c->evidence_to,
		       (long long)e->copied, (long long)e->there);
		return ERR_OK;
	}
	sb_init(&sb, cx, 100000);
	jw_init(&w, &sb, true);
	jw_object(&w);
	if (c->books)
		jw_text_at(&w, "database", c->to);
	jw_text_at(&w, "keys", c->keys_to);
	jw_text_at(&w, "evidence", c->evidence_to);
	jw_int_at(&w, "evidence_copied", e->copied);
	jw_int_at(&w, "evidence_there", e->there);
	jw_object_end(&w);
	if (sb_end(&sb))
		return cx->err;
	puts(sb.data);
	return ERR_OK;
}

static enum err run_backup(struct cx *cx, struct args *a)
{
	struct node_options o = {.where = command_db(a), .keys = command_keys(a), .read_only = true};
	struct copies c = {.to = a->words ? a->word[0] : NULL};
	const char *evidence = beside(cx, NULL, o.where, "evidence");
	struct node *n;
	enum err err;

	if (!c.to)
		return cx_fail(cx, ERR_INPUT, "backup where to? relode backup FILE");
	c.keys_to = beside(cx, args_get(a, "keys-to"), c.to, "keys");
	c.evidence_to = beside(cx, args_get(a, "evidence-to"), c.to, "evidence");
	if (!evidence || !c.keys_to || !c.evidence_to || command_local(cx, a, "backup") ||
	    node_open(cx, &o, &n))
		return cx->err;
	catch_interrupt(cx);
	c.books = db_engine(node_db(n)) == DB_SQLITE;
	err = copy_all(cx, n, evidence, &c);
	node_close(n);
	return err ? err : print_backup(cx, a, &c);
}

const struct command cmd_backup = {
	"backup", "backup [--db WHERE] TO [--keys-to FILE] [--evidence-to DIR]",
	"Copies the database, its key store and its evidence, while a server may be running.\n\n"
	"Files of evidence that the folder has already are read and verified, and copied only when they are\n"
	"damaged: one folder serves many backups.\n"
	"A PostgreSQL database is backed up first with its own tools (pg_dump, pg_basebackup); keys and\n"
	"evidence are copied here, to TO.keys and TO.evidence.\n"
	"relode restore proves a copy.",
	backup_options, run_backup, NULL};

/* --- restore --- */

static const struct arg_option restore_options[] = {
	{"keys-from", "FILE", "the key store's copy (default: FROM.keys)"},
	{"evidence-from", "DIR", "the evidence's copy (default: FROM.evidence)"},
	{"destroyed", "FILE",
	 "CSV of keys destroyed since the backup (relode export destroyed): destroyed again"},
	{"until", "TIME",
	 "keep what was recorded up to then, such as 2026-05-01T12:00:00Z: replays the journal"},
	{"until-seq", "N", "keep entries up to number N of --city: replays the journal"},
	{"city", "N", "cut this city alone; the others are kept whole"},
	{"replay", NULL, "replay the journal though nothing is cut: from one engine to the other"},
	{"published", "FILE",
	 "the newest checkpoint that was published: a log restored behind it gets a new origin"},
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

static enum err evidence_in(struct cx *cx, const char *to, const char *from, const char *evidence_to)
{
	struct evidence_copied e;
	struct db *db;
	enum err err;

	if (db_open(cx, to, DB_READ_ONLY, &db))
		return cx->err;
	err = copy_evidence(cx, db, from, evidence_to, &e);
	db_close(db);
	if (!err && e.failed)
		err = lacking(cx, &e, from);
	return err;
}

static enum err prove(struct cx *cx, struct node *n, const char *where, bool as_json)
{
	struct audit_options o = {
		.city = -1, .where = where, .threads = command_threads(), .progress = progress_step};
	struct audit_result *r = cx_alloc(cx, sizeof(*r));
	struct progress bar;
	enum err err;

	if (!r)
		return cx->err;
	progress_begin(&bar, "auditing");
	o.progress_arg = &bar;
	err = audit_run(cx, node_db(n), node_domain(n), node_keys(n), &o, r);
	progress_end(&bar);
	if (err)
		return err;
	if (r->findings)
		return cx_fail(cx, ERR_CORRUPT,
			       "the restored books do not hold: %s; see relode audit",
			       r->finding[0].text);
	if (as_json)
		printf("{\"holds\":true,\"entries\":%lld}\n", (long long)r->entries);
	else
		printf("restored and audited: %lld entries, the books hold\n", (long long)r->entries);
	return ERR_OK;
}

static enum err run_restore(struct cx *cx, struct args *a)
{
	const char *from = a->words ? a->word[0] : NULL, *to = command_db(a), *keys_from, *keys_to,
		   *evidence_from, *evidence_to, *list = args_get(a, "destroyed");
	const char *published = args_get(a, "published");
	bool quiet = args_has(a, "json");
	struct rewind_options until;
	struct node_options o = {.where = to, .read_only = true};
	struct node *n;
	char *text;
	size_t size;
	enum err err = ERR_OK;

	if (!from)
		return cx_fail(cx, ERR_INPUT, "restore from where? relode restore FILE --db NEW");
	if (replay_options(cx, a, &until))
		return cx->err;
	keys_from = beside(cx, args_get(a, "keys-from"), from, "keys");
	evidence_from = beside(cx, args_get(a, "evidence-from"), from, "evidence");
	o.keys = keys_to = beside(cx, args_get(a, "keys"), to, "keys");
	evidence_to = beside(cx, NULL, to, "evidence");
	if (!keys_from || !evidence_from || !keys_to || !evidence_to)
		return cx->err;
	if (command_local(cx, a, "restore"))
		return cx->err;
	catch_interrupt(cx);
	if (args_has(a, "replay") || until.until_us != FIELD_NONE || until.until_seq != FIELD_NONE)
		err = replay_in(cx, from, keys_from, to, keys_to, &until, quiet);
	else
		err = copy_in(cx, from, keys_from, to, keys_to);
	if (err || evidence_in(cx, to, evidence_from, evidence_to))
		return cx->err;
	if (published && replay_check_published(cx, to, keys_to, published, quiet))
		return cx->err;
	if (node_open(cx, &o, &n))
		return cx->err;
	if (list) {
		err = file_read(cx, list, LIST_MAX, &text, &size);
		if (!err)
			err = keys_replay_csv(cx, node_keys(n), text, size);
	}
	if (!err)
		err = prove(cx, n, to, quiet);
	node_close(n);
	return err;
}

const struct command cmd_restore = {
	"restore", "restore FROM --db NEW [--keys-from FILE] [--evidence-from DIR] [--destroyed FILE] "
	"[--until TIME]",
	"Puts a backup to a new place and audits it, its evidence too.\n\n"
	"People who asked to be forgotten since the backup are forgotten again with --destroyed.\n"
	"With --until, --until-seq or --replay the new books are made by replaying the old ones' journal;\n"
	"FROM and NEW may then be of either engine. A log that was cut is another one from there on: its\n"
	"checkpoints name a new origin, which says what it goes on from.",
	restore_options, run_restore, NULL};
