/* Credentials to principals. */
#include "programme/access/own.h"

/* --- tokens --- */

static enum err no_token(struct cx *cx)
{
	return cx_fail(cx, ERR_UNAUTHENTICATED, "the token is unknown, expired or revoked");
}

static struct principal principal_of(const struct user *u)
{
	return (struct principal){
		.user = u->user, .roles = (unsigned)u->roles, .org = u->org, .city = u->scope};
}

static enum err user_find(struct cx *cx, struct reader *r, int64_t user, const struct user **out)
{
	struct user key = {.city = 0, .user = user};
	const void *row;

	if (reader_find(cx, r, &app_user_table, &key, &row))
		return cx->err;
	*out = row;
	return ERR_OK;
}

/* The row of a token that holds, and its user. */
static enum err token_find(struct cx *cx, struct reader *r, const char *bearer, const struct token **token,
			   const struct user **user)
{
	size_t n = strnlen(bearer, TOKEN_TEXT + 1);
	struct digest hash = sha256(bearer, n);
	struct token key = {.city = 0, .hash = {hash.byte, sizeof(hash.byte)}};
	const struct token *t;
	const struct user *u = NULL;
	struct digest kept;
	const void *row;

	if (n != TOKEN_TEXT || memcmp(bearer, "rl_", 3) != 0)
		return no_token(cx);
	if (reader_find(cx, r, &token_table, &key, &row))
		return cx->err;
	t = row;
	if (!t || t->hash.n != sizeof(kept.byte))
		return no_token(cx);
	memcpy(kept.byte, t->hash.p, sizeof(kept.byte));
	/* The index compared digests byte by byte; of a digest that tells nothing about the token. */
	if (!digest_equal(&kept, &hash) || t->revoked_us != FIELD_NONE || t->expires_us <= cx_now(cx))
		return no_token(cx);
	if (user_find(cx, r, t->user, &u))
		return cx->err;
	if (!u || u->disabled_us != FIELD_NONE)
		return no_token(cx);
	*token = t;
	*user = u;
	return ERR_OK;
}

enum err access_authenticate(struct cx *cx, struct reader *r, const char *bearer, struct principal *out,
			     int64_t *expires_us)
{
	const struct token *t;
	const struct user *u;

	if (token_find(cx, r, bearer, &t, &u))
		return cx->err;
	if (expires_us)
		*expires_us = t->expires_us;
	*out = principal_of(u);
	return ERR_OK;
}

enum err access_token_number(struct cx *cx, struct reader *r, const char *bearer, int64_t *number)
{
	const struct token *t;
	const struct user *u;

	if (token_find(cx, r, bearer, &t, &u))
		return cx->err;
	*number = t->token;
	return ERR_OK;
}

enum err access_user_login(struct cx *cx, struct reader *r, int64_t user, const char **login)
{
	const struct user *u;

	if (user_find(cx, r, user, &u))
		return cx->err;
	if (!u)
		return cx_fail(cx, ERR_NOT_FOUND, "there is no user %lld", (long long)user);
	*login = u->login;
	return ERR_OK;
}

enum err access_principal(struct cx *cx, struct reader *r, int64_t user, struct principal *out)
{
	const struct user *u = NULL;

	if (user_find(cx, r, user, &u))
		return cx->err;
	if (!u || u->disabled_us != FIELD_NONE)
		return cx_fail(cx, ERR_FORBIDDEN, "there is no user %lld, or it is disabled",
			       (long long)user);
	*out = principal_of(u);
	return ERR_OK;
}

/* --- passwords, with throttling --- */

/* Seconds to wait after so many failures in a row: 0, then 2, 4, 8, … */
static int64_t wait_s(int64_t failures)
{
	int64_t s = 2;

	if (failures < LOGIN_FREE_TRIES)
		return 0;
	for (int64_t i = LOGIN_FREE_TRIES; i < failures && s < LOGIN_WAIT_MAX_S; i++)
		s *= 2;
	return s < LOGIN_WAIT_MAX_S ? s : LOGIN_WAIT_MAX_S;
}

static enum err check_wait(struct cx *cx, const struct login_attempt *a)
{
	int64_t left_us = a->last_us + wait_s(a->failures) * 1000000 - cx_now(cx);

	if (left_us <= 0 || wait_s(a->failures) == 0)
		return ERR_OK;
	cx_fail(cx, ERR_RATE, "too many wrong tries; try again in %lld seconds",
		(long long)(left_us / 1000000 + 1));
	cx_hint(cx, "retry_after_s", "%lld", (long long)(left_us / 1000000 + 1));
	return cx->err;
}

/* What is older than a day is forgotten, so that made-up handles do not fill the table. */
static enum err attempt_write(struct cx *cx, struct reader *r, const struct login_attempt *a)
{
	static const char sql[] = "DELETE FROM login_attempt WHERE city = 0 AND last_us < $1";
	const struct db_val row[] = {db_i64(a->city), db_text(a->login), db_i64(a->failures),
				     db_i64(a->last_us)};

	if (db_begin(cx, r->db, true))
		return cx->err;
	if (db_exec(cx, r->db, sql, DB_ARGS(db_i64(a->last_us - INT64_C(86400000000)))) ||
	    db_upsert(cx, r->db, &login_attempt_table.shape, row, 1)) {
		db_rollback(r->db);
		return cx->err;
	}
	return db_commit(cx, r->db);
}

/* True when the password is the user's. Takes as long when there is no such user or password. */
static enum err matches(struct cx *cx, struct reader *r, const struct user *u, const char *password,
			bool *out)
{
	static const char nobody[] = "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$"
				     "RdescudvJCsgt3ub+b5dWRWJTmaaJObGRdescudvJCs";
	struct credential key = {.city = 0};
	const struct credential *c;
	const void *row = NULL;
	struct bytes plain;
	char *hash;

	if (u && u->credential_n != FIELD_NONE) {
		key.seq = u->credential_seq;
		key.n = u->credential_n;
		if (reader_find(cx, r, &credential_table, &key, &row))
			return cx->err;
	}
	c = row;
	if (!c) {
		*out = password_matches(nobody, password) && false;
		return ERR_OK;
	}
	if (reader_unseal(cx, r, 0, ACCOUNT(SUBJECT_USER, u->user), c->sealed, &plain))
		return cx->err;
	hash = cx_strndup(cx, plain.p, plain.n);
	if (!hash)
		return cx->err;
	*out = password_matches(hash, password);
	wipe(hash, plain.n);
	return ERR_OK;
}

static enum err find_by_login(struct cx *cx, struct reader *r, const char *login, const struct user **out)
{
	struct user_login key = {.city = 0, .login = login};
	const void *row;

	*out = NULL;
	if (reader_find(cx, r, &user_login_table, &key, &row))
		return cx->err;
	return row ? user_find(cx, r, ((const struct user_login *)row)->user, out) : ERR_OK;
}

static enum err attempt_read(struct cx *cx, struct reader *r, const char *what, struct login_attempt *out)
{
	const struct login_attempt key = {.city = 0, .login = what};
	const void *row;

	if (reader_find(cx, r, &login_attempt_table, &key, &row))
		return cx->err;
	*out = row ? *(const struct login_attempt *)row : key;
	return ERR_OK;
}

enum err access_tries(struct cx *cx, struct reader *r, const char *what)
{
	struct login_attempt a;

	return attempt_read(cx, r, what, &a) ? cx->err : check_wait(cx, &a);
}

enum err access_tried(struct cx *cx, struct reader *r, const char *what, bool right)
{
	struct login_attempt a;

	if (attempt_read(cx, r, what, &a) || (right && a.failures == 0))
		return cx->err;
	a.failures = right ? 0 : a.failures + 1;
	a.last_us = cx_now(cx);
	return attempt_write(cx, r, &a);
}

enum err access_login(struct cx *cx, struct reader *r, const char *login, const char *password,
		      struct principal *out)
{
	static const char no[] = "login or password is wrong";
	const struct user *u = NULL;
	bool same = false;

	if (strlen(login) < 2 || strlen(login) > 40 || strlen(password) > PASSWORD_MAX)
		return cx_fail(cx, ERR_UNAUTHENTICATED, "%s", cx_say(cx, no));
	if (access_tries(cx, r, login) || find_by_login(cx, r, login, &u) ||
	    matches(cx, r, u, password, &same))
		return cx->err;
	same = same && u && u->disabled_us == FIELD_NONE;
	/* Handles that do not exist are counted too, else the count would tell which do. */
	if (access_tried(cx, r, login, same))
		return cx->err;
	if (!same)
		return cx_fail(cx, ERR_UNAUTHENTICATED, "%s", cx_say(cx, no));
	*out = principal_of(u);
	return ERR_OK;
}
