/* relode backup, restore: copies while the programme runs, and a proof that the copy holds. */
#include <unistd.h>

#include "base/file.h"
#include "cli/destroyed.h"
#include "cli/replay.h"
#include "kernel/audit.h"
#include "kernel/checkpoint.h"
#include "programme/evidence/evidence.h"
#include "server/node.h"

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
	{"destroyed-to", "FILE",
	 "where the list of destroyed keys goes (default: TO.destroyed.csv); an earlier backup's is "
	 "replaced"},
	{NULL, NULL, NULL},
};

struct copies {
	const char *to, *keys_to, *evidence_to, *destroyed_to;
	bool books; /* copied here, and not by the server's own tools */
	struct evidence_copied evidence;
};

/* The books first, then what they name: an entry's photo and its key are durable before the entry. Last the
 * list of destroyed keys, which has all that the key store's copy has; also when a photo is missing. */
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
	if (!err)
		err = destroyed_write(cx, node_keys(n), c->destroyed_to);
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
		printf("%s (destroyed keys: a restore of any earlier backup needs the newest such list)\n",
		       c->destroyed_to);
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
	jw_text_at(&w, "destroyed", c->destroyed_to);
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
	const char *evidence = db_beside(cx, NULL, o.where, "evidence");
	struct node *n;
	enum err err;

	if (!c.to)
		return cx_fail(cx, ERR_INPUT, "backup where to? relode backup FILE");
	c.keys_to = db_beside(cx, args_get(a, "keys-to"), c.to, "keys");
	c.evidence_to = db_beside(cx, args_get(a, "evidence-to"), c.to, "evidence");
	c.destroyed_to = db_beside(cx, args_get(a, "destroyed-to"), c.to, "destroyed.csv");
	if (!evidence || !c.keys_to || !c.evidence_to || !c.destroyed_to || command_local(cx, a, "backup") ||
	    node_open(cx, &o, &n))
		return cx->err;
	catch_interrupt(cx);
	c.books = db_engine(node_db(n)) == DB_SQLITE;
	err = copy_all(cx, n, evidence, &c);
	node_close(n);
	return err ? err : print_backup(cx, a, &c);
}

const struct command cmd_backup = {
	"backup", "backup [--db WHERE] TO [--keys-to FILE] [--evidence-to DIR] [--destroyed-to FILE]",
	"Copies the database, its key store and its evidence, while a server may be running.\n\n"
	"Files of evidence that the folder has already are read and verified, and copied only when they are\n"
	"damaged: one folder serves many backups.\n"
	"The list of destroyed keys is written each time: with it a restore of this or an earlier backup\n"
	"forgets again whoever was forgotten since. It names no person. Keep the newest one where it does\n"
	"not go lost with the key store. A list that names more than this key store has destroyed is not\n"
	"replaced.\n"
	"A PostgreSQL database is backed up first with its own tools (pg_dump, pg_basebackup); keys,\n"
	"evidence and list are copied here, to TO.keys, TO.evidence and TO.destroyed.csv.\n"
	"relode restore proves a copy.",
	backup_options, run_backup, NULL};

/* --- restore --- */

static const struct arg_option restore_options[] = {
	{"keys-from", "FILE", "the key store's copy (default: FROM.keys)"},
	{"evidence-from", "DIR", "the evidence's copy (default: FROM.evidence)"},
	{"evidence-to", "DIR",
	 "where the evidence goes (default: NEW.evidence; of PostgreSQL: relode.evidence in this folder)"},
	{"destroyed", "FILE",
	 "the newest list of destroyed keys, of a later backup or relode export destroyed, or the newest key "
	 "store itself: destroyed again"},
	{"no-destroyed", NULL,
	 "there is no such list: whoever was forgotten since the backup is known again"},
	{"until", "TIME",
	 "keep what was recorded up to then, such as 2026-05-01T12:00:00Z: replays the journal"},
	{"until-seq", "N", "keep entries up to number N of --city: replays the journal"},
	{"city", "N", "cut this city alone; the others are kept whole"},
	{"replay", NULL, "replay the journal though nothing is cut: from one engine to the other"},
	{"published", "FILE",
	 "the newest checkpoint that was published: a log restored behind it gets a new origin"},
	{"checkpoint", "FILE",
	 "hold a published checkpoint against the restored books, as relode audit does"},
	{NULL, NULL, NULL},
};

struct restore {
	const char *from, *keys_from, *evidence_from, *published, *checkpoint;
	struct node_options to;
	struct rewind_options until;
	bool replay, quiet;
	bool listed;              /* a list of destroyed keys was given */
	struct keys_list list;
	struct keys_compared told; /* what it said of the copy */
};

/* Where all comes from and goes to; nothing is written before it is known to be given. */
static enum err restore_plan(struct cx *cx, struct args *a, struct restore *r)
{
	const char *list = args_get(a, "destroyed"), *to = command_db(a);

	r->from = a->words ? a->word[0] : NULL;
	r->published = args_get(a, "published");
	r->checkpoint = args_get(a, "checkpoint");
	r->quiet = args_has(a, "json");
	if (!r->from)
		return cx_fail(cx, ERR_INPUT, "restore from where? relode restore FILE --db NEW");
	if (command_local(cx, a, "restore") || replay_options(cx, a, &r->until))
		return cx->err;
	r->replay = args_has(a, "replay") || r->until.until_us != FIELD_NONE ||
		    r->until.until_seq != FIELD_NONE;
	r->keys_from = db_beside(cx, args_get(a, "keys-from"), r->from, "keys");
	r->evidence_from = db_beside(cx, args_get(a, "evidence-from"), r->from, "evidence");
	r->to = (struct node_options){
		.where = to,
		.keys = db_beside(cx, args_get(a, "keys"), to, "keys"),
		.evidence = db_beside(cx, args_get(a, "evidence-to"), to, "evidence"),
		.read_only = true};
	if (!r->keys_from || !r->evidence_from || !r->to.keys || !r->to.evidence)
		return cx->err;
	if (list && args_has(a, "no-destroyed"))
		return cx_fail(cx, ERR_INPUT, "--destroyed and --no-destroyed do not go together");
	if (!list && !args_has(a, "no-destroyed"))
		return cx_fail(cx, ERR_INPUT,
			       "no list of destroyed keys is given: whoever was forgotten since this backup "
			       "would be known again. --destroyed FILE: the newest list that a backup "
			       "wrote, or the newest key store itself; --no-destroyed: there is none");
	r->listed = list != NULL;
	return list ? destroyed_read(cx, list, &r->list) : ERR_OK;
}

/* A server's database was filled by its own tools; here it is only looked at. */
static enum err check_filled(struct cx *cx, const char *where)
{
	const char *const *names;
	struct db *db;
	int count = 0;
	enum err err;

	if (db_open(cx, where, DB_READ_ONLY, &db))
		return cx->err;
	err = db_tables(cx, db, &names, &count);
	if (!err && count == 0)
		err = cx_fail(cx, ERR_CONFLICT,
			      "%s is empty: put the books there first with PostgreSQL's own tools "
			      "(pg_restore), or move them from another database with --replay",
			      db_where(db));
	db_close(db);
	return err;
}

/* The books can be had: asked before anything is written. */
static enum err look_at_books(struct cx *cx, const struct restore *r)
{
	struct db *db;

	if (!r->replay && (db_on_server(r->from) ||
			   (db_on_server(r->to.where) && file_exists(r->from))))
		return cx_fail(cx, ERR_INPUT,
			       "a restore from or to a database on a server needs --replay, unless "
			       "pg_restore has put the books there");
	if (!r->replay && db_on_server(r->to.where))
		return check_filled(cx, r->to.where);
	if (db_open(cx, r->from, DB_READ_ONLY, &db))
		return cx->err;
	db_close(db);
	return ERR_OK;
}

static enum err books_in(struct cx *cx, struct restore *r)
{
	struct db *db;
	enum err err;

	if (r->replay)
		return replay_in(cx, r->from, &r->to, &r->until, r->quiet);
	if (db_on_server(r->to.where))
		return ERR_OK; /* they are there */
	if (db_open(cx, r->from, DB_READ_ONLY, &db))
		return cx->err;
	err = db_backup(cx, db, r->to.where, NULL, NULL);
	db_close(db);
	return err;
}

static enum err evidence_in(struct cx *cx, const struct restore *r)
{
	struct evidence_copied e;
	struct db *db;
	enum err err;

	if (db_open(cx, r->to.where, DB_READ_ONLY, &db))
		return cx->err;
	err = copy_evidence(cx, db, r->evidence_from, r->to.evidence, &e);
	db_close(db);
	if (!err && e.failed)
		err = lacking(cx, &e, r->evidence_from);
	return err;
}

/* No key store is ever at its place in which a key of the list is not destroyed. */
static enum err all_in(struct cx *cx, struct restore *r)
{
	const char *there = file_exists(r->to.where) ? r->to.where :
			    file_exists(r->to.keys)  ? r->to.keys :
						       NULL;

	if (there)
		return cx_fail(cx, ERR_CONFLICT, "%s is there already; restore to another place", there);
	if (look_at_books(cx, r) ||
	    destroyed_copy(cx, r->keys_from, r->to.keys, r->listed ? &r->list : NULL, &r->told))
		return cx->err;
	if (books_in(cx, r)) {
		if (!file_exists(r->to.where))
			unlink(r->to.keys); /* the same command may be given again */
		return cx->err;
	}
	return evidence_in(cx, r);
}

static void say_restored(const struct restore *r, const struct audit_result *audit)
{
	if (r->quiet) {
		printf("{\"holds\":true,\"entries\":%lld", (long long)audit->entries);
		if (r->listed)
			printf(",\"destroyed\":%lld,\"destroyed_before\":%lld,\"unknown\":%lld",
			       (long long)r->told.alive, (long long)r->told.gone,
			       (long long)r->told.unknown);
		printf("}\n");
		return;
	}
	if (r->listed)
		printf("destroyed again: %lld keys; %lld were in the copy already, %lld it never had\n",
		       (long long)r->told.alive, (long long)r->told.gone, (long long)r->told.unknown);
	printf("restored and audited: %lld entries, the books hold\n", (long long)audit->entries);
}

static enum err prove(struct cx *cx, struct node *n, const struct restore *r)
{
	struct audit_options o = {
		.city = -1, .where = r->to.where, .threads = command_threads(), .progress = progress_step};
	struct audit_result *result = cx_alloc(cx, sizeof(*result));
	struct progress bar;
	size_t size;
	char *text = NULL;
	enum err err;

	if (!result || (r->checkpoint && file_read(cx, r->checkpoint, NOTE_MAX, &text, &size)))
		return cx->err;
	o.checkpoint = text;
	progress_begin(&bar, "auditing");
	o.progress_arg = &bar;
	err = audit_run(cx, node_db(n), node_domain(n), node_keys(n), &o, result);
	progress_end(&bar);
	if (err)
		return err;
	if (result->findings)
		return cx_fail(cx, ERR_CORRUPT, "the restored books do not hold: %s; see relode audit",
			       result->finding[0].text);
	say_restored(r, result);
	return ERR_OK;
}

static enum err run_restore(struct cx *cx, struct args *a)
{
	struct restore r = {0};
	struct node *n;
	enum err err;

	if (restore_plan(cx, a, &r))
		return cx->err;
	if (!r.listed)
		fprintf(stderr,
			"relode: without a list of destroyed keys whoever was forgotten since this backup is "
			"known again; when a list turns up: relode import destroyed FILE\n");
	catch_interrupt(cx);
	if (all_in(cx, &r) || (r.published && replay_check_published(cx, &r.to, r.published, r.quiet)) ||
	    node_open(cx, &r.to, &n))
		return cx->err;
	err = prove(cx, n, &r);
	node_close(n);
	return err;
}

const struct command cmd_restore = {
	"restore",
	"restore FROM --db NEW --destroyed FILE|--no-destroyed [--keys-from FILE] [--evidence-from DIR] "
	"[--until TIME]",
	"Puts a backup to a new place and audits it, its evidence too.\n\n"
	"People who asked to be forgotten since the backup are forgotten again with --destroyed: in the\n"
	"copy of the key store the keys of the list are destroyed before the copy is at its place.\n"
	"A PostgreSQL database is filled first with its own tools (pg_restore); then FROM is what relode\n"
	"backup was given as TO, and keys and evidence are put back from FROM.keys and FROM.evidence.\n"
	"With --until, --until-seq or --replay the new books are made by replaying the old ones' journal;\n"
	"FROM and NEW may then be of either engine. A log that was cut is another one from there on: its\n"
	"checkpoints name a new origin, which says what it goes on from.",
	restore_options, run_restore, NULL};
