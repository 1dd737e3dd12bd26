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

/* Writes `items` and `next` into the object that is open. first: the entry that made the thing, where its own
 * row knows it and its history does not; or FIELD_NONE. subject: ACCOUNT(SUBJECT_…, id). */
enum err history_rows(struct cx *cx, struct reader *r, struct json_writer *w, int64_t first, int64_t subject,
		      const char *after, int64_t limit) MUST_USE;

/* Of a subject's entries those that `row_of` makes a row of, as items and next. row_of: false, or the row is
 * filled; its members are written as the fields say. after, limit: as a list view has them. */
struct history_list {
	int64_t subject;
	const char *after;
	int64_t limit;
	const struct field *fields;
	size_t size; /* of a row */
	bool (*row_of)(const struct entry *e, void *row);
};
enum err history_list(struct cx *cx, struct reader *r, struct json_writer *w,
		      const struct history_list *list) MUST_USE;

#endif
