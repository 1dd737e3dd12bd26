#include "programme/report/audit_note.h"

#include "base/file.h"

enum { NOTE_FINDINGS = 20, NOTE_BYTES_MAX = 64 * 1024, NOTE_TEXT_MAX = 400 };
#define NOTE_NAME "audit.json"

struct note_invariant {
	int64_t number, holds;
	const char *text;
};
static const struct field invariant_fields[] = {
	F_INT(struct note_invariant, number, IN | OUT | REQ, 1, INVARIANTS, NULL, "number"),
	F_TEXT(struct note_invariant, text, IN | OUT | REQ, 1, NOTE_TEXT_MAX, "what must hold"),
	F_BOOL(struct note_invariant, holds, IN | OUT | REQ, "it does"),
	F_END};
struct note_finding {
	int64_t invariant, city, seq;
	const char *text;
};
static const struct field finding_fields[] = {
	F_INT(struct note_finding, invariant, IN | OUT | REQ, 1, INVARIANTS, NULL, "which does not hold"),
	F_ID(struct note_finding, city, IN | OUT | REQ, "where"),
	F_INT(struct note_finding, seq, IN | OUT, 0, JSON_INT_MAX, NULL, "first entry that breaks it"),
	F_TEXT(struct note_finding, text, IN | OUT | REQ, 1, NOTE_TEXT_MAX, "in words"),
	F_END};
struct note {
	int64_t at_us, city, holds, continued, checkpoint, cities, entries, transfers, rows;
	int64_t findings_total, evidence_not_seen;
	struct list invariants, findings;
};
#define COUNT(m, d) F_INT(struct note, m, IN | OUT | REQ, 0, JSON_INT_MAX, NULL, d)
const struct field audit_note_fields[] = {
	F_US(struct note, at_us, IN | OUT | REQ, "when it ended, by the clock of whoever ran it"),
	F_ID(struct note, city, IN | OUT, "the one city that was looked at; absent: all"),
	F_BOOL(struct note, holds, IN | OUT | REQ, "the books hold"),
	F_BOOL(struct note, continued, IN | OUT | REQ,
	       "only what is newer than an earlier audit was looked at"),
	F_BOOL(struct note, checkpoint, IN | OUT | REQ, "a published checkpoint was held against the books"),
	COUNT(cities, "cities"),
	COUNT(entries, "entries of journals"),
	COUNT(transfers, "transfers"),
	COUNT(rows, "rows that were compared"),
	COUNT(findings_total, "findings"),
	COUNT(evidence_not_seen, "files of evidence that were not looked at"),
	F_LIST(struct note, invariants, IN | OUT, INVARIANTS, invariant_fields, struct note_invariant,
	       "what must hold, and whether it does"),
	F_LIST(struct note, findings, IN | OUT, NOTE_FINDINGS, finding_fields, struct note_finding,
	       "the first findings"),
	F_END};

static char *path_in(struct cx *cx, const char *folder) { return cx_printf(cx, "%s/" NOTE_NAME, folder); }

enum err audit_note_write(struct cx *cx, const char *folder, const struct audit_result *r, int64_t city,
			  bool checkpoint, int64_t unseen)
{
	struct note_invariant invariant[INVARIANTS];
	struct note_finding finding[NOTE_FINDINGS];
	struct note n = {.at_us = cx_now(cx), .city = city < 0 ? FIELD_NONE : city, .holds = r->findings == 0,
			 .continued = r->continued, .checkpoint = checkpoint, .cities = r->cities,
			 .entries = r->entries, .transfers = r->transfers, .rows = r->rows,
			 .findings_total = r->findings, .evidence_not_seen = unseen,
			 .invariants = {invariant, INVARIANTS}, .findings = {finding, 0}};
	char *path = path_in(cx, folder);
	struct json_writer w;
	struct sb sb;

	for (int i = 0; i < INVARIANTS; i++)
		invariant[i] = (struct note_invariant){i + 1, r->by_invariant[i + 1] == 0,
						       invariant_text[i + 1]};
	for (size_t i = 0; i < NOTE_FINDINGS && (int64_t)i < r->findings; i++) {
		const struct audit_finding *f = &r->finding[i];
		finding[i] = (struct note_finding){f->invariant, f->city, f->seq < 0 ? FIELD_NONE : f->seq,
						   f->text};
		n.findings.count++;
	}
	sb_init(&sb, cx, NOTE_BYTES_MAX);
	jw_init(&w, &sb, true);
	jw_object(&w);
	field_write(&w, audit_note_fields, OUT, &n);
	jw_object_end(&w);
	if (!path || sb_end(&sb) || file_make_dirs(cx, folder, 0700))
		return cx->err;
	return file_replace(cx, path, sb.data, sb.len, 0600);
}

/* Who acts in one city alone sees the findings of that city. */
static void keep_city(struct note *n, int64_t city)
{
	struct note_finding *f = n->findings.item;
	size_t kept = 0;

	for (size_t i = 0; i < n->findings.count; i++)
		if (f[i].city == city)
			f[kept++] = f[i];
	n->findings.count = kept;
}

enum err audit_note_run(struct cx *cx, struct reader *r, const void *params, struct json_writer *w)
{
	static const struct json_limits limits = {NOTE_BYTES_MAX, 8, 1000};
	const char *path = r->projections ? path_in(cx, r->projections) : NULL;
	struct json *json;
	struct note n;
	char *text;
	size_t size;

	(void)params;
	if (reader_check_org(cx, r, 0) || cx->err)
		return cx->err;
	if (!path || !file_exists(path))
		return cx_fail(cx, ERR_NOT_FOUND, "no audit has left a note here; run `relode audit`");
	if (file_read(cx, path, NOTE_BYTES_MAX, &text, &size))
		return cx->err;
	if (json_parse(cx, text, size, &limits, &json) || field_read(cx, audit_note_fields, IN, json, &n))
		return cx->err == ERR_MEMORY ? cx->err :
					       cx_fail(cx, ERR_NOT_FOUND, "the note of the last audit cannot "
						       "be read; run `relode audit`");
	if (r->who.city != 0)
		keep_city(&n, r->who.city);
	field_write(w, audit_note_fields, OUT, &n);
	return ERR_OK;
}
