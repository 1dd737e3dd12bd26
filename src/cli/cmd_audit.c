#include "base/file.h"
#include "base/time.h"
#include "cli/command.h"
#include "kernel/audit.h"
#include "programme/evidence/evidence.h"
#include "programme/report/audit_note.h"
#include "server/node.h"

enum { CHECKPOINT_MAX = 256 * 1024, TEXTS = 20 };

static const struct arg_option options[] = {
	{"city", "N", "this city alone"},
	{"checkpoint", "FILE", "hold a published checkpoint against the books: finds cutting and rewriting"},
	{"vkey", "KEY", "verifier key of the log, instead of the key store's"},
	{"threads", "N", "cities at a time, each held in memory (default: one a processor, at most 8)"},
	{"save", "FILE", "when nothing is found, save what --from needs: FILE and FILE.*.rows"},
	{"from", "FILE", "trust an audit saved in FILE and look at what is newer alone: fast, and not all"},
	{NULL, NULL, NULL},
};

/* An audit that did not look at all says so. */
static void print_not_looked_at(struct cx *cx, const struct audit_result *r)
{
	char *when = time_rfc3339(cx, r->trusted_us);

	printf("Not looked at: the %lld entries before %s, which the audit saved then had read: of their\n"
	       "text only the log's root, subtrees and last leaves; %lld rows that no newer entry wrote:\n"
	       "counted, not compared; sums of pieces and mass over a whole city. `relode audit` alone\n"
	       "looks at all.\n",
	       (long long)r->trusted_entries, when ? when : "then", (long long)r->counted);
}

static void print_text(struct cx *cx, const struct audit_result *r, int64_t unseen)
{
	for (int i = 1; i <= INVARIANTS; i++)
		printf("%d. %s: %s\n", i, invariant_text[i], r->by_invariant[i] ? "BROKEN" : "holds");
	for (int64_t i = 0; i < r->findings && i < TEXTS; i++) {
		const struct audit_finding *f = &r->finding[i];
		printf("   invariant %d, city %lld", f->invariant, (long long)f->city);
		if (f->seq >= 0)
			printf(", entry %lld", (long long)f->seq);
		printf(": %s\n", f->text);
	}
	if (r->findings > TEXTS)
		printf("   and %lld more\n", (long long)(r->findings - TEXTS));
	if (unseen)
		printf("%lld files of evidence were not looked at: their folder is not beside the database\n",
		       (long long)unseen);
	printf("%lld cities, %lld entries, %lld transfers, %lld rows: %s\n", (long long)r->cities,
	       (long long)r->entries, (long long)r->transfers, (long long)r->rows,
	       r->findings     ? "the books do NOT hold" :
	       r->continued ? "what is new holds" :
			      "the books hold");
	if (r->continued)
		print_not_looked_at(cx, r);
}

static enum err print_json(struct cx *cx, const struct audit_result *r, int64_t unseen)
{
	struct json_writer w;
	struct sb sb;

	sb_init(&sb, cx, 10000000);
	jw_init(&w, &sb, true);
	jw_object(&w);
	jw_bool_at(&w, "holds", r->findings == 0);
	jw_int_at(&w, "cities", r->cities);
	jw_int_at(&w, "entries", r->entries);
	jw_int_at(&w, "transfers", r->transfers);
	jw_int_at(&w, "rows", r->rows);
	if (r->continued) {
		jw_int_at(&w, "trusted_entries", r->trusted_entries);
		jw_int_at(&w, "trusted_us", r->trusted_us);
		jw_int_at(&w, "rows_counted", r->counted);
	}
	jw_name(&w, "invariants");
	jw_array(&w);
	for (int i = 1; i <= INVARIANTS; i++) {
		jw_object(&w);
		jw_int_at(&w, "number", i);
		jw_text_at(&w, "text", invariant_text[i]);
		jw_bool_at(&w, "holds", r->by_invariant[i] == 0);
		jw_object_end(&w);
	}
	jw_array_end(&w);
	jw_name(&w, "findings");
	jw_array(&w);
	for (int64_t i = 0; i < r->findings && i < AUDIT_FINDINGS_MAX; i++) {
		jw_object(&w);
		jw_int_at(&w, "invariant", r->finding[i].invariant);
		jw_int_at(&w, "city", r->finding[i].city);
		jw_int_at(&w, "seq", r->finding[i].seq);
		jw_text_at(&w, "text", r->finding[i].text);
		jw_object_end(&w);
	}
	jw_array_end(&w);
	jw_int_at(&w, "findings_total", r->findings);
	jw_int_at(&w, "evidence_not_seen", unseen);
	jw_object_end(&w);
	if (sb_end(&sb))
		return cx->err;
	puts(sb.data);
	return ERR_OK;
}

/* Leaves a note for whoever looks at a screen. It is no part of the audit: where it cannot be written, on a
 * disk that may only be read, that is said and no more. */
static void leave_note(struct cx *cx, struct node *n, const struct audit_options *o,
		       const struct audit_result *result, int64_t unseen)
{
	struct reader r;

	if (node_reader_get(cx, n, 0, (struct principal){.roles = ROLE_SYSTEM}, &r) == ERR_OK) {
		enum err err = audit_note_write(cx, r.projections, result, o->city, o->checkpoint != NULL,
						unseen);
		node_reader_put(n, &r);
		if (err == ERR_OK)
			return;
	}
	fprintf(stderr, "relode: the note of this audit was not left: %s\n", cx->msg);
	cx_clear(cx);
}

static enum err run(struct cx *cx, struct args *a)
{
	struct audit_options o = {.vkey = args_get(a, "vkey"),
				  .from = args_get(a, "from"),
				  .save = args_get(a, "save"),
				  .progress = progress_step};
	struct node_options where = {.where = command_db(a), .keys = command_keys(a), .read_only = true};
	struct audit_result *r = cx_alloc(cx, sizeof(*r));
	const char *file = args_get(a, "checkpoint");
	int64_t threads, unseen = 0; /* unseen: files of evidence, where their folder is not there */
	struct progress bar;
	struct node *n;
	enum err err;

	if (!r || args_int(cx, a, "city", -1, 0, INT32_MAX, &o.city) ||
	    args_int(cx, a, "threads", command_threads(), 1, AUDIT_THREADS_MAX, &threads))
		return cx->err;
	o.threads = (int)threads;
	o.where = where.where;
	if (file) {
		char *text;
		size_t size;
		if (file_read(cx, file, CHECKPOINT_MAX, &text, &size))
			return cx->err;
		o.checkpoint = text;
	}
	if (command_local(cx, a, "audit") || node_open(cx, &where, &n))
		return cx->err;
	catch_interrupt(cx);
	progress_begin(&bar, "auditing");
	o.progress_arg = &bar;
	err = audit_run(cx, node_db(n), node_domain(n), node_keys(n), &o, r);
	progress_end(&bar);
	if (!err && !evidence_dir())
		err = evidence_count(cx, node_db(n), &unseen);
	if (!err)
		leave_note(cx, n, &o, r, unseen);
	if (!err) {
		if (args_has(a, "json"))
			err = print_json(cx, r, unseen);
		else
			print_text(cx, r, unseen);
	}
	node_close(n);
	if (!err && r->findings)
		return cx_fail(cx, ERR_CORRUPT, "%lld findings", (long long)r->findings);
	return err;
}

const struct command cmd_audit = {
	"audit",
	"audit [--db WHERE] [--city N] [--threads N] [--checkpoint FILE] [--save FILE] [--from FILE]",
	"Proves the books from the books alone.\n\n"
	"Replays every entry, compares every row in both directions, verifies the log and its signed\n"
	"checkpoint, and checks the seven invariants. Exit code 0 only when all of them hold; else each\n"
	"finding names the invariant and the first entry, or the row, that breaks it.\n\n"
	"Cities are audited side by side, all in one state of the books, whatever is written\n"
	"meanwhile; with --save or --from one after the other. What is found is the same.\n\n"
	"--save keeps what was proved, sealed with the log's key; --from begins there: it checks that the\n"
	"log goes on, replays what is newer, compares the rows that it touched and counts the others. Both\n"
	"may name one file. Keep it where who runs the database cannot write.",
	options,
	run,
	NULL};
