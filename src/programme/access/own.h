/* own.h: what the files of access/ share; for this folder alone. */
#ifndef RELODE_PROGRAMME_ACCESS_OWN_H
#define RELODE_PROGRAMME_ACCESS_OWN_H

#include "programme/access/access.h"

/* Roles that a user may be given; the scheduler and the public are no users. */
enum { USER_ROLES = ROLE_SYSTEM - 1 };

/* decide(): the user, if the caller may administer it: the programme's administrators any, an
 * organisation's administrator those of the organisation. NULL: cx says why not. */
const struct user *access_own_user(struct cx *cx, struct tx *tx, int64_t user) MUST_USE;

/* token.c */
struct token_issue {
	int64_t user, days;
	const char *label;
	struct bytes hash;
	int64_t expires_us, number;
	const char *token;
};
struct token_revoke {
	int64_t token;
};
extern const struct field token_issue_fields[], token_revoke_fields[];
enum err token_issue_decide(struct cx *cx, struct tx *tx, void *record);
enum err token_issue_apply(struct cx *cx, struct tx *tx, const struct entry *entry, const void *record);
enum err token_issue_reveal(struct cx *cx, struct reader *r, const struct entry *entry, void *record);
enum err token_revoke_decide(struct cx *cx, struct tx *tx, void *record);
enum err token_revoke_apply(struct cx *cx, struct tx *tx, const struct entry *entry, const void *record);
struct access_token_params {
	int64_t limit;
	const char *after;
	int64_t user;
};
extern const struct field access_token_params[], access_token_shown[];
enum err access_view_tokens(struct cx *cx, struct reader *r, const void *params, struct json_writer *w);

#endif
