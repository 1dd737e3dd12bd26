/* audit_note.h: what the last audit found, left beside the database for whoever looks at a screen.
 *
 * A note, not a proof: whoever can write the file can write anything into it. The proof is to run
 * `relode audit` oneself. The file lies with the other things that are made from the books and can be made
 * anew; deleting it loses nothing.
 */
#ifndef RELODE_PROGRAMME_REPORT_AUDIT_NOTE_H
#define RELODE_PROGRAMME_REPORT_AUDIT_NOTE_H

#include "kernel/audit.h"
#include "kernel/reader.h"

/* Replaces the note in this folder, which is made when it is missing. city: -1: all were looked at. */
enum err audit_note_write(struct cx *cx, const char *folder, const struct audit_result *result, int64_t city,
			  bool checkpoint, int64_t unseen) MUST_USE;

/* report.audit */
extern const struct field audit_note_fields[];
enum err audit_note_run(struct cx *cx, struct reader *r, const void *params, struct json_writer *w);

#endif
