/* access.h: who may do what: users, their roles, passwords and tokens. All of it in city 0.
 *
 * A user is a public handle, no personal data: who the person is stands in a party, if anywhere. Tokens
 * are opaque ("rl_" and 43 characters of base64url); the books hold SHA-256 of a token, never the token,
 * which is derived again from the key store when the answer to its issue is asked for again. Passwords
 * are argon2id hashes, sealed under the user's own key.
 */
#ifndef RELODE_PROGRAMME_ACCESS_ACCESS_H
#define RELODE_PROGRAMME_ACCESS_ACCESS_H

#include "kernel/reader.h"
#include "programme/programme.h"

struct user {
	int64_t city, user;
	const char *login;   /* public handle */
	int64_t roles;       /* enum role bits */
	int64_t org;         /* party on whose behalf it acts, in `scope`; 0: the programme */
	int64_t scope;       /* the one city that it may act in; 0: every city */
	int64_t created_us;
	int64_t disabled_us; /* FIELD_NONE: may act */
	int64_t credential_seq,
		credential_n; /* newest password hash in the table credential; FIELD_NONE: none */
};
extern struct table app_user_table;
struct user_login { /* login -> user */
	int64_t city;
	const char *login;
	int64_t user;
};
extern struct table user_login_table;
struct credential { /* vault: sealed argon2id hashes */
	int64_t city, seq, n;
	int64_t user;
	struct bytes sealed;
};
extern struct table credential_table;
struct token {
	int64_t city;
	struct bytes hash; /* 32: SHA-256 of the token's text */
	int64_t token;     /* its number, public: the entry that issued it */
	int64_t user;
	const char *label;
	int64_t issued_us, expires_us, revoked_us; /* revoked_us: FIELD_NONE while it holds */
};
extern struct table token_table;
/* token number -> hash */
struct token_index {
	int64_t city, token;
	struct bytes hash;
};
extern struct table token_index_table;
struct login_attempt { /* session: failed logins of a handle; worth nothing */
	int64_t city;
	const char *login;
	int64_t failures, last_us;
};
extern struct table login_attempt_table;

enum {
	TOKEN_TEXT = 3 + 43,        /* bytes of a token */
	PASSWORD_MIN = 10, PASSWORD_MAX = 128,
	LOGIN_FREE_TRIES = 5,       /* failures before waiting begins */
	LOGIN_WAIT_MAX_S = 900      /* the longest wait: doubles from 2 s with each failure */
};

/* Who a bearer token speaks for, and when it ends (expires_us may be NULL). ERR_UNAUTHENTICATED, with one
 * and the same message, when it is unknown, expired, revoked, or its user is disabled; then nothing is set.
 * Tokens of order links ("ro_…") are not known here: the door asks tradein. */
enum err access_authenticate(struct cx *cx, struct reader *r, const char *bearer, struct principal *out,
			     int64_t *expires_us) MUST_USE;
/* The number of a user's token that holds; ERR_UNAUTHENTICATED as above. */
enum err access_token_number(struct cx *cx, struct reader *r, const char *bearer, int64_t *number) MUST_USE;
/* The user's handle. ERR_NOT_FOUND. */
enum err access_user_login(struct cx *cx, struct reader *r, int64_t user, const char **login) MUST_USE;
/* Who a user is, without credentials: for an administrator who acts on its behalf. ERR_FORBIDDEN when
 * there is no such user, or it is disabled. */
enum err access_principal(struct cx *cx, struct reader *r, int64_t user, struct principal *out) MUST_USE;
/* Who a login and password speak for. ERR_UNAUTHENTICATED does not say which of them is wrong, nor whether
 * the user exists. After LOGIN_FREE_TRIES failures in a row: ERR_RATE with the hint `retry_after_s` until
 * the wait is over. Writes the session table through r->db, outside of any transaction. */
enum err access_login(struct cx *cx, struct reader *r, const char *login, const char *password,
		      struct principal *out) MUST_USE;
/* The same counting for other secrets that can be guessed: `what` names the thing that is tried, at most 40
 * bytes, whether it exists or not, with a ':' in it, which no handle has. access_tries: ERR_RATE while it
 * must wait. */
enum err access_tries(struct cx *cx, struct reader *r, const char *what) MUST_USE;
enum err access_tried(struct cx *cx, struct reader *r, const char *what, bool right) MUST_USE;
/* Words separated by ',' or spaces as role bits ("clerk,technician"). ERR_INVALID names what is none. */
enum err access_roles_parse(struct cx *cx, const char *text, int64_t *bits) MUST_USE;
char *access_roles_text(struct cx *cx, int64_t bits) MUST_USE;
/* The token with this number, as its holder got it. out has TOKEN_TEXT + 1 bytes. */
enum err access_token_text(struct cx *cx, const struct reader *r, int64_t number, char *out) MUST_USE;

extern const struct feature access_feature;

#endif
