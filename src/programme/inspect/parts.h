/* parts.h: what the files of this folder share.
 */
#ifndef RELODE_PROGRAMME_INSPECT_PARTS_H
#define RELODE_PROGRAMME_INSPECT_PARTS_H

#include "kernel/reader.h"
#include "programme/inspect/inspect.h"

#define RUBRIC "default" /* the name under which rubrics are published */

/* A medium as the inspection leaves it. */
struct medium_change {
	int64_t medium, kind, capacity_gb, state;
};
struct inspect_record {
	struct inspect_facts found; /* first: the fields of facts serve for both */
	int64_t item;
	int64_t device, to, device_to;
	int64_t grade_c, grade_f, hold_reason;
	int64_t held_from;            /* FIELD_NONE: the state before */
	int64_t price_minor;          /* for what was found; FIELD_NONE: not priced */
	int64_t model, storage;       /* as found, when they differ */
	const char *category;
	struct list changes;          /* struct medium_change */
	struct list defects;          /* struct defect */
	int64_t offered_minor, offer_until_us;
	int64_t agreed_minor, bonus_minor, commission_minor, owner, hold_until_us;
};
extern const struct field inspect_facts_fields[], inspect_record_fields[], defect_fields[];
enum err inspect_record_decide(struct cx *cx, struct tx *tx, void *rec);
enum err inspect_record_apply(struct cx *cx, struct tx *tx, const struct entry *entry, const void *rec);

/* preview.c: what comes in of facts while the bench looks. */
struct inspect_preview {
	struct inspect_facts found; /* first: the fields of facts serve for both */
	int64_t item;
	const char *passed, *failed, *marks;
};
extern const struct field inspect_preview_params[], inspect_preview_shown[];
enum err inspect_preview_run(struct cx *cx, struct reader *r, const void *params, struct json_writer *w);

extern const struct view inspect_views[]; /* view.c */

#endif
