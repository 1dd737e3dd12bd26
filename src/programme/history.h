/* history.h: the entries behind a thing, oldest first: what happened to it, when, by whom.
 */
#ifndef RELODE_PROGRAMME_HISTORY_H
#define RELODE_PROGRAMME_HISTORY_H

#include "kernel/reader.h"

/* One row of the answer. */
struct history_answer {
	int64_t seq;
	const char *type;
	int64_t happened_us, recorded_us, actor, site;
	const char *data; /* in the answer: the object that was recorded */
};
extern const struct field history_answer_fields[];

/* Writes `items` and `next` into the object that is open. subject: ACCOUNT(SUBJECT_…, id). */
enum err history_rows(struct cx *cx, struct reader *r, struct json_writer *w, int64_t subject,
		      const char *after, int64_t limit) MUST_USE;

#endif
