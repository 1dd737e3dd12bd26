/* internal.h: what the files of erase share. */
#ifndef RELODE_PROGRAMME_ERASE_INTERNAL_H
#define RELODE_PROGRAMME_ERASE_INTERNAL_H

#include "programme/erase/erase.h"

#define NEEDED (COLUMN | REQ) /* a column that is always there */

extern const struct action erase_actions[];
extern const struct view erase_views[];

/* An attempt as it is shown: what its entry says. */
struct erase_shown {
	int64_t city, device, medium, attempt, seq, round, outcome, method, technique;
	const char *tool, *tool_version;
	int64_t started_us, ended_us;
	int64_t sectors, bytes;      /* addressed by the tool; absent where it cannot say */
	int64_t sampled, mismatched; /* sectors (or places, where sectors cannot be read) read back */
	struct bytes log;            /* 32: SHA-256 of the tool's log or of the evidence of destruction */
	int64_t reason;              /* why it was not verified, or why destroyed */
	int64_t operator_user, witness_user, recorded_us;
};
extern const struct field erase_shown_fields[];
/* false: the entry records no attempt. */
bool erase_shown_of(const struct entry *e, struct erase_shown *out);

#endif
