/* parts.h: what the files of this folder share.
 */
#ifndef RELODE_PROGRAMME_DESK_PARTS_H
#define RELODE_PROGRAMME_DESK_PARTS_H

#include "programme/desk/desk.h"
#include "programme/device/device.h"
#include "programme/list.h"
#include "programme/tradein/tradein.h"

#define CITY "/v1/cities/{city}/"
#define STAFF                                                                                      \
	(ROLE_CLERK | ROLE_TECHNICIAN | ROLE_DISMANTLER | ROLE_OFFICER | ROLE_ANALYST |            \
	 ROLE_AUDITOR | ROLE_ADMIN | ROLE_SYSTEM)

struct desk_find {
	const char *text;
};
struct desk_next {
	int64_t device;
};
struct desk_preview {
	const char *name, *day;
	int64_t last;
};
struct desk_outcome {
	int64_t item;
};
/* Items of a period of local days, and which of them. */
struct desk_asked {
	const char *from, *to, *category;
	int64_t of, site, merchant, state, device_state, revised;
};
struct desk_items {
	struct desk_asked asked;
	int64_t limit;
	const char *after;
};
struct desk_counts {
	struct desk_asked asked;
	int64_t by;
};
struct desk_tasks {
	int64_t site;
};
struct desk_waiting {
	int64_t task, site, limit;
	const char *after;
};
/* Parameters, answers and runs of the views, a line each. */
#define DESK_VIEW(f)                                                                               \
	extern const struct field desk_##f##_params[], desk_##f##_shown[];                         \
	enum err desk_##f##_run(struct cx *cx, struct reader *r, const void *params, struct json_writer *w)
DESK_VIEW(find);
DESK_VIEW(next);
DESK_VIEW(outcome);
DESK_VIEW(preview);
DESK_VIEW(items);
DESK_VIEW(counts);
DESK_VIEW(tasks);
extern const struct field desk_waiting_params[];
enum err desk_waiting_run(struct cx *cx, struct reader *r, const void *params, struct json_writer *w);

/* period.c: devices taken in, or orders booked, in a period: their ids are [first, end). */
struct desk_span {
	bool booked;
	int32_t from_day, to_day;
	int64_t first, end;
};
extern const char *const desk_bases[];
enum err desk_period(struct cx *cx, struct reader *r, const struct desk_asked *p,
		     struct desk_span *out) MUST_USE;
/* A query that is being put together: "SELECT …" stands there, and this adds FROM and WHERE: i is the item, o
 * its order, d the device (of what was booked, there may be none). An organisation's are those it takes. */
struct desk_query {
	struct sb sql;
	struct db_val val[16];
	int n;
};
void desk_from(struct desk_query *q, const struct reader *r, const struct desk_asked *p,
	       const struct desk_span *s);

/* "Apple iPhone 13": brand and name; NULL when the catalogue has no such model. */
enum err desk_model(struct cx *cx, const struct reader *r, int64_t model, const char **out) MUST_USE;
/* The item by its own id; NULL when there is none. */
enum err desk_item(struct cx *cx, const struct reader *r, int64_t item, const struct item **out) MUST_USE;
/* A check's outcome as a fact: what the caller may not see is not there for him. Other errors stay. */
enum err desk_allowed(struct cx *cx, enum err err, bool *yes) MUST_USE;

#endif
