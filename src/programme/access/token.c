#include "codec/text.h"
#include "programme/access/own.h"
#include "programme/list.h"

enum { DAYS_DEFAULT = 90, DAYS_MAX = 730 };
#define US_PER_DAY INT64_C(86400000000)

static const struct field token_fields[] = {
	F_ID(struct token, city, COLUMN | REQ | HIDE, "city 0: the programme"),
	F_HEX(struct token, hash, COLUMN | REQ | HIDE, 32, "SHA-256 of the token"),
	F_INT(struct token, token, COLUMN | REQ, 0, JSON_INT_MAX, NULL, "number of the token"),
	F_ID(struct token, user, COLUMN | REQ, "whose it is"),
	F_TEXT(struct token, label, COLUMN | REQ, 1, 40, "what it is for"),
	F_US(struct token, issued_us, COLUMN | REQ, "when it was issued"),
	F_US(struct token, expires_us, COLUMN | REQ, "when it ends"),
	F_US(struct token, revoked_us, COLUMN, "when it was revoked"),
	F_END};
struct table token_table = {.name = "token",
			    .kind = TABLE_STATE,
			    .fields = token_fields,
			    .size = sizeof(struct token),
			    .keys = 2,
			    .doc = "bearer tokens, by digest"};

static const struct field token_index_fields[] = {
	F_ID(struct token_index, city, COLUMN | REQ, "city 0: the programme"),
	F_INT(struct token_index, token, COLUMN | REQ, 0, JSON_INT_MAX, NULL, "number of the token"),
	F_HEX(struct token_index, hash, COLUMN | REQ | HIDE, 32, "SHA-256 of the token"),
	F_END};
struct table token_index_table = {.name = "token_index", .kind = TABLE_STATE, .fields = token_index_fields,
				  .size = sizeof(struct token_index), .keys = 2, .doc = "tokens by number"};

/* out has TOKEN_TEXT + 1 bytes. */
static enum err token_text(struct cx *cx, const struct digest *secret, char *out)
{
	char *text = base64url_encode(cx, secret->byte, sizeof(secret->byte));

	if (!text)
		return cx->err;
	BUG(strlen(text) != TOKEN_TEXT - 3);
	memcpy(out, "rl_", 3);
	memcpy(out + 3, text, TOKEN_TEXT - 3 + 1);
	wipe(text, TOKEN_TEXT - 3);
	return ERR_OK;
}

enum err access_token_text(struct cx *cx, const struct reader *r, int64_t number, char *out)
{
	struct digest secret;

	if (reader_secret(cx, r, 0, "token", number, &secret))
		return cx->err;
	return token_text(cx, &secret, out);
}

/* --- access.token_issue --- */

const struct field token_issue_fields[] = {
	F_ID(struct token_issue, user, MUST | PATH, "for whom"),
	F_TEXT(struct token_issue, label, MUST, 1, 40,
	       "what it is for: letters, digits, '.', '_', '-'"),
	F_INT(struct token_issue, days, GIVEN, 1, DAYS_MAX, "days",
	      "how long it holds; 90 when absent"),
	F_HEX(struct token_issue, hash, LOG | REQ, 32, "SHA-256 of the token"),
	F_US(struct token_issue, expires_us, DERIVED | REQ, "when it ends"),
	F_INT(struct token_issue, number, DERIVED | REQ, 0, JSON_INT_MAX, NULL,
	      "number of the token"),
	F_TEXT(struct token_issue, token, OUT | SECRET, TOKEN_TEXT, TOKEN_TEXT,
	       "the token: shown here alone"),
	F_END};

static enum err check_issuer(struct cx *cx, struct tx *tx, int64_t user)
{
	struct user key = {.user = user};
	bool self = user == tx_who(tx)->user && user != 0;
	const struct user *u;

	if (!self && !tx_has_role(tx, ROLE_ADMIN | ROLE_SYSTEM))
		return cx_fail(cx, ERR_FORBIDDEN, "only an administrator issues a token for another user");
	u = self ? tx_get(cx, tx, &app_user_table, &key) : access_own_user(cx, tx, user);
	if (!u)
		return cx->err;
	if (u->disabled_us != FIELD_NONE)
		return cx_fail(cx, ERR_CONFLICT, "user %lld is disabled", (long long)user);
	return ERR_OK;
}

enum err token_issue_decide(struct cx *cx, struct tx *tx, void *record)
{
	struct token_issue *rec = record;
	struct digest secret, hash;
	char text[TOKEN_TEXT + 1];

	if (check_issuer(cx, tx, rec->user))
		return cx->err;
	if (strspn(rec->label,
		   "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-") !=
	    strlen(rec->label))
		return cx_fail(cx, ERR_INVALID, "label: letters, digits, '.', '_' and '-' only");
	rec->days = field_or(rec->days, DAYS_DEFAULT);
	rec->expires_us = tx_now_us(tx) + rec->days * US_PER_DAY;
	rec->number = tx_seq(tx);
	if (tx_secret(cx, tx, "token", rec->number, &secret) || token_text(cx, &secret, text))
		return cx->err;
	hash = sha256(text, TOKEN_TEXT);
	wipe(text, sizeof(text));
	wipe(&secret, sizeof(secret));
	rec->hash = (struct bytes){cx_memdup(cx, hash.byte, sizeof(hash.byte)), sizeof(hash.byte)};
	return rec->hash.p ? ERR_OK : cx->err;
}

enum err token_issue_apply(struct cx *cx, struct tx *tx, const struct entry *entry, const void *record)
{
	const struct token_issue *rec = record;
	struct token row = {.city = entry->city,
			    .hash = rec->hash,
			    .token = rec->number,
			    .user = rec->user,
			    .label = rec->label,
			    .issued_us = entry->recorded_us,
			    .expires_us = rec->expires_us,
			    .revoked_us = FIELD_NONE};
	struct token_index index = {.city = entry->city, .token = rec->number, .hash = rec->hash};

	return tx_put(cx, tx, &token_table, &row) ? cx->err : tx_put(cx, tx, &token_index_table, &index);
}

enum err token_issue_reveal(struct cx *cx, struct reader *r, const struct entry *entry, void *record)
{
	struct token_issue *rec = record;
	char text[TOKEN_TEXT + 1];

	(void)entry;
	if (access_token_text(cx, r, rec->number, text))
		return cx->err;
	rec->token = cx_strdup(cx, text);
	wipe(text, sizeof(text));
	return rec->token ? ERR_OK : cx->err;
}

/* --- access.token_revoke --- */

const struct field token_revoke_fields[] = {
	F_INT(struct token_revoke, token, MUST | PATH, 0, JSON_INT_MAX, NULL, "number of the token"), F_END};

static const struct token *token_row(struct cx *cx, struct tx *tx, int64_t number)
{
	struct token_index key = {.token = number};
	const struct token_index *index = tx_get(cx, tx, &token_index_table, &key);
	struct token token_key = {0};

	if (!index)
		return NULL;
	token_key.hash = index->hash;
	return tx_get(cx, tx, &token_table, &token_key);
}

enum err token_revoke_decide(struct cx *cx, struct tx *tx, void *record)
{
	const struct token_revoke *rec = record;
	const struct token *t = token_row(cx, tx, rec->token);

	if (!t)
		return cx->err;
	if (t->user != tx_who(tx)->user) {
		if (!tx_has_role(tx, ROLE_ADMIN | ROLE_SYSTEM))
			return cx_fail(cx, ERR_FORBIDDEN,
				       "only an administrator revokes another user's token");
		if (!access_own_user(cx, tx, t->user))
			return cx->err;
	}
	if (t->revoked_us != FIELD_NONE)
		return cx_fail(cx, ERR_CONFLICT, "token %lld has been revoked already",
			       (long long)rec->token);
	return ERR_OK;
}

enum err token_revoke_apply(struct cx *cx, struct tx *tx, const struct entry *entry, const void *record)
{
	const struct token_revoke *rec = record;
	const struct token *t = token_row(cx, tx, rec->token);
	struct token row;

	if (!t)
		return cx->err;
	row = *t;
	row.revoked_us = entry->recorded_us;
	return tx_put(cx, tx, &token_table, &row);
}

/* --- access.tokens --- */

const struct field access_token_params[] = {
	PAGE_FIELDS(struct access_token_params),
	F_ID(struct access_token_params, user, IN | REQ | PATH, "whose tokens"),
	F_END};
const struct field access_token_shown[] = {
	F_INT(struct token, token, OUT | REQ, 0, JSON_INT_MAX, NULL, "number of the token"),
	F_ID(struct token, user, OUT | REQ, "whose it is"),
	F_TEXT(struct token, label, OUT | REQ, 1, 40, "what it is for"),
	F_US(struct token, issued_us, OUT | REQ, "when it was issued"),
	F_US(struct token, expires_us, OUT | REQ, "when it ends"),
	F_US(struct token, revoked_us, OUT, "when it was revoked"),
	F_END};

static enum err check_viewer(struct cx *cx, struct reader *r, int64_t user)
{
	struct user key = {.city = 0, .user = user};
	const struct user *u;
	const void *row;

	if (r->who.user == user && user != 0)
		return ERR_OK;
	if (!(r->who.roles & (ROLE_ADMIN | ROLE_SYSTEM)))
		return cx_fail(cx, ERR_FORBIDDEN, "these are another user's tokens");
	if (reader_find(cx, r, &app_user_table, &key, &row))
		return cx->err;
	u = row;
	if (!u)
		return cx_fail(cx, ERR_NOT_FOUND, "there is no user %lld", (long long)user);
	if ((r->who.org != 0 && r->who.org != u->org) || (r->who.city != 0 && r->who.city != u->scope))
		return cx_fail(cx, ERR_FORBIDDEN, "this user belongs to another organisation or city");
	return ERR_OK;
}

enum err access_view_tokens(struct cx *cx, struct reader *r, const void *params, struct json_writer *w)
{
	const struct access_token_params *p = params;
	db_auto_rows *rows = NULL;
	int64_t after;
	char *sql = cx_printf(cx, "SELECT %s FROM token WHERE city = 0 AND \"user\" = $1 AND token > $2 "
			      "ORDER BY token LIMIT $3", reader_columns(&token_table));

	if (check_viewer(cx, r, p->user) || !sql || page_after(cx, p->after, &after) ||
	    db_query(cx, r->db, &rows, sql,
		     DB_ARGS(db_i64(p->user), db_i64(after), db_i64(list_ask(p->limit)))))
		return cx->err;
	return list_rows(cx, w, &token_table, "token", rows, p->limit, NULL);
}
