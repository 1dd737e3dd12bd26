#include "programme/access/access.h"

#include "programme/access/own.h"
#include "programme/list.h"

/* --- tables --- */

static const struct field user_fields[] = {
	F_ID(struct user, city, COLUMN | REQ | HIDE, "city 0: the programme"),
	F_ID(struct user, user, COLUMN | REQ, "the user"),
	F_TEXT(struct user, login, COLUMN | REQ, 1, 40, "public handle"),
	F_INT(struct user, roles, COLUMN | REQ | HIDE, 0, USER_ROLES, NULL, "roles as bits"),
	F_ID(struct user, org, COLUMN | REQ, "party on whose behalf it acts; 0: the programme"),
	F_ID(struct user, scope, COLUMN | REQ, "the one city that it may act in; 0: every city"),
	F_US(struct user, created_us, COLUMN | REQ, "when it was created"),
	F_US(struct user, disabled_us, COLUMN, "since when it may not act"),
	F_INT(struct user, credential_seq, COLUMN | HIDE, 0, JSON_INT_MAX, NULL,
	      "entry of the newest password hash"),
	F_INT(struct user, credential_n, COLUMN | HIDE, 0, JSON_INT_MAX, NULL, "its number there"),
	F_END};
struct table app_user_table = {.name = "app_user", .kind = TABLE_STATE, .fields = user_fields,
			       .size = sizeof(struct user), .keys = 2, .doc = "users of this programme"};

static const struct field user_login_fields[] = {
	F_ID(struct user_login, city, COLUMN | REQ, "city 0: the programme"),
	F_TEXT(struct user_login, login, COLUMN | REQ, 1, 40, "public handle"),
	F_ID(struct user_login, user, COLUMN | REQ, "the user"),
	F_END};
struct table user_login_table = {.name = "user_login", .kind = TABLE_STATE, .fields = user_login_fields,
				 .size = sizeof(struct user_login), .keys = 2, .doc = "users by handle"};

static const struct field credential_fields[] = {
	F_ID(struct credential, city, COLUMN | REQ, "city 0: the programme"),
	F_INT(struct credential, seq, COLUMN | REQ, 0, JSON_INT_MAX, NULL,
	      "the entry that wrote the row"),
	F_INT(struct credential, n, COLUMN | REQ, 0, JSON_INT_MAX, NULL, "its number there"),
	F_ID(struct credential, user, COLUMN | REQ, "the user"),
	F_BLOB(struct credential, sealed, COLUMN | REQ | HIDE, 1024,
	       "argon2id hash, sealed under the user's key"),
	F_END};
struct table credential_table = {.name = "credential",
				 .kind = TABLE_VAULT,
				 .fields = credential_fields,
				 .size = sizeof(struct credential),
				 .keys = 3,
				 .doc = "password hashes, sealed"};

static const struct field attempt_fields[] = {
	F_ID(struct login_attempt, city, COLUMN | REQ, "city 0: the programme"),
	F_TEXT(struct login_attempt, login, COLUMN | REQ, 1, 40, "the handle that was tried"),
	F_INT(struct login_attempt, failures, COLUMN | REQ, 0, JSON_INT_MAX, NULL, "failures in a row"),
	F_US(struct login_attempt, last_us, COLUMN | REQ, "when the last was"),
	F_END};
struct table login_attempt_table = {.name = "login_attempt", .kind = TABLE_SESSION, .fields = attempt_fields,
				    .size = sizeof(struct login_attempt), .keys = 2, .doc = "failed logins"};

/* --- roles as words --- */

enum err access_roles_parse(struct cx *cx, const char *text, int64_t *bits)
{
	int64_t got = 0;

	for (const char *p = text; *p; p += strspn(p, ", ")) {
		size_t n = strcspn(p, ", ");
		int i = 0;
		while (role_names[i] && !(strlen(role_names[i]) == n && memcmp(role_names[i], p, n) == 0))
			i++;
		if (n > 0 && (!role_names[i] || !(USER_ROLES & 1 << i)))
			return cx_fail(
				cx, ERR_INVALID,
				"roles: \"%.*s\" is none of owner, clerk, technician, buyer, "
				"dismantler, officer, analyst, auditor, admin",
				(int)n, p);
		if (n > 0)
			got |= INT64_C(1) << i;
		p += n;
	}
	*bits = got;
	return ERR_OK;
}

char *access_roles_text(struct cx *cx, int64_t bits)
{
	struct sb sb;

	sb_init(&sb, cx, 200);
	for (int i = 0; role_names[i]; i++)
		if (bits & INT64_C(1) << i)
			sb_printf(&sb, "%s%s", sb.len ? "," : "", role_names[i]);
	return sb_end(&sb) ? NULL : sb.data;
}

/* --- who may administer whom --- */

static bool is_root(struct tx *tx)
{
	const struct principal *who = tx_who(tx);
	return who->org == 0 && who->city == 0 && who->order == 0;
}

static enum err check_admin(struct cx *cx, struct tx *tx, int64_t org, int64_t scope)
{
	const struct principal *who = tx_who(tx);

	if (is_root(tx))
		return ERR_OK;
	if (who->order == 0 && (who->org == 0 || who->org == org) && (who->city == 0 || who->city == scope))
		return ERR_OK;
	return cx_fail(cx, ERR_FORBIDDEN, "this user belongs to another organisation or city");
}

/* Nobody gives roles that the giver does not have. */
static enum err check_roles(struct cx *cx, struct tx *tx, int64_t bits)
{
	int64_t mine = (int64_t)tx_who(tx)->roles;
	char *more;

	if (bits == 0)
		return cx_fail(cx, ERR_INVALID, "roles: at least one is needed");
	if (is_root(tx) || (bits & ~mine) == 0)
		return ERR_OK;
	more = access_roles_text(cx, bits & ~mine);
	return more ? cx_fail(cx, ERR_FORBIDDEN,
			      "roles: you cannot give a role that you do not have: %s", more) :
		      cx->err;
}

static const struct user *user_row(struct cx *cx, struct tx *tx, int64_t user)
{
	struct user key = {.user = user};
	return tx_get(cx, tx, &app_user_table, &key);
}

const struct user *access_own_user(struct cx *cx, struct tx *tx, int64_t user)
{
	const struct user *u = user_row(cx, tx, user);
	return u && check_admin(cx, tx, u->org, u->scope) == ERR_OK ? u : NULL;
}

/* --- passwords --- */

static enum err credential_write(struct cx *cx, struct tx *tx, int64_t user, const char *password, int64_t *n)
{
	char hash[PASSWORD_HASH_MAX];
	struct credential row = {.user = user};
	enum err err;

	if (password_hash(cx, password, hash))
		return cx->err;
	err = tx_seal(cx, tx, ACCOUNT(SUBJECT_USER, user), hash, strlen(hash), &row.sealed);
	wipe(hash, sizeof(hash));
	return err ? err : tx_write_once(cx, tx, &credential_table, &row, n);
}

/* --- access.user_create --- */

struct user_create {
	const char *login, *roles, *password;
	int64_t org, scope;
	int64_t user, role_bits, credential_n;
};
#define PASSWORD_FIELD(T, flags)                                                                   \
	F_TEXT(T, password, flags | PII, PASSWORD_MIN, PASSWORD_MAX,                               \
	       "password: at least ten bytes; only its argon2id hash is kept")
static const struct field create_fields[] = {
	F_TEXT(struct user_create, login, MUST, 2, 40,
	       "public handle: lower case letters, digits, '.', '_', '-'; no e-mail"),
	F_TEXT(struct user_create, roles, IN | REQ, 1, 200, "roles, separated by ','"),
	F_ID(struct user_create, org, GIVEN,
	     "party on whose behalf it acts, in `scope`; absent: the programme"),
	F_INT(struct user_create, scope, GIVEN, 0, 32767, "id",
	      "the one city that it may act in; absent: every city"),
	PASSWORD_FIELD(struct user_create, IN),
	F_ID(struct user_create, user, DERIVED | REQ, "the user"),
	F_INT(struct user_create, role_bits, LOG | REQ, 1, USER_ROLES, NULL, "roles as bits"),
	F_INT(struct user_create, credential_n, LOG, 0, JSON_INT_MAX, NULL,
	      "number of the password's row in this entry"),
	F_END};

static enum err create_decide(struct cx *cx, struct tx *tx, void *record)
{
	struct user_create *rec = record;
	struct user_login key = {.login = rec->login};
	const void *taken;

	rec->org = field_or(rec->org, 0);
	rec->scope = field_or(rec->scope, 0);
	if (tx_city(tx) != 0)
		return cx_fail(cx, ERR_INVALID, "users are kept in city 0");
	if (access_roles_parse(cx, rec->roles, &rec->role_bits) || check_roles(cx, tx, rec->role_bits) ||
	    check_admin(cx, tx, rec->org, rec->scope))
		return cx->err;
	if (strspn(rec->login, "abcdefghijklmnopqrstuvwxyz0123456789._-") != strlen(rec->login))
		return cx_fail(cx, ERR_INVALID, "login: lower case letters, digits, '.', '_' and '-' only");
	if (rec->org != 0 && rec->scope == 0)
		return cx_fail(cx, ERR_INVALID, "scope: a party is one of a city; say which");
	if (tx_find(cx, tx, &user_login_table, &key, &taken))
		return cx->err;
	if (taken)
		return cx_fail(cx, ERR_CONFLICT, "login: \"%s\" is taken", rec->login);
	rec->user = tx_new_id(tx);
	return rec->password ?
		       credential_write(cx, tx, rec->user, rec->password, &rec->credential_n) :
		       ERR_OK;
}

static enum err create_apply(struct cx *cx, struct tx *tx, const struct entry *entry, const void *record)
{
	const struct user_create *rec = record;
	struct user_login login = {.city = entry->city, .login = rec->login, .user = rec->user};
	struct user row = {.city = entry->city,
			   .user = rec->user,
			   .login = rec->login,
			   .roles = rec->role_bits,
			   .org = rec->org,
			   .scope = rec->scope,
			   .created_us = entry->recorded_us,
			   .disabled_us = FIELD_NONE,
			   .credential_seq = FIELD_NONE,
			   .credential_n = rec->credential_n};

	if (rec->credential_n != FIELD_NONE)
		row.credential_seq = entry->seq;
	if (tx_put(cx, tx, &user_login_table, &login))
		return cx->err;
	return tx_put(cx, tx, &app_user_table, &row);
}

/* --- access.user_roles --- */

struct user_roles {
	int64_t user, role_bits;
	const char *roles;
};
static const struct field roles_fields[] = {
	F_ID(struct user_roles, user, MUST | PATH, "the user"),
	F_TEXT(struct user_roles, roles, IN | REQ, 1, 200,
	       "all roles that it has from now on, separated by ','"),
	F_INT(struct user_roles, role_bits, LOG | REQ, 1, USER_ROLES, NULL, "roles as bits"),
	F_END};

static enum err roles_decide(struct cx *cx, struct tx *tx, void *record)
{
	struct user_roles *rec = record;

	if (!access_own_user(cx, tx, rec->user) || access_roles_parse(cx, rec->roles, &rec->role_bits))
		return cx->err;
	return check_roles(cx, tx, rec->role_bits);
}

static enum err roles_apply(struct cx *cx, struct tx *tx, const struct entry *entry, const void *record)
{
	const struct user_roles *rec = record;
	const struct user *u = user_row(cx, tx, rec->user);
	struct user row;

	(void)entry;
	if (!u)
		return cx->err;
	row = *u;
	row.roles = rec->role_bits;
	return tx_put(cx, tx, &app_user_table, &row);
}

/* --- access.user_disable --- */

struct user_disable {
	int64_t user, enable;
};
static const struct field disable_fields[] = {
	F_ID(struct user_disable, user, MUST | PATH, "the user"),
	F_BOOL(struct user_disable, enable, GIVEN, "true: may act again"),
	F_END};

static enum err disable_decide(struct cx *cx, struct tx *tx, void *record)
{
	struct user_disable *rec = record;
	const struct user *u = access_own_user(cx, tx, rec->user);

	if (!u)
		return cx->err;
	rec->enable = field_or(rec->enable, 0);
	if (rec->user == tx_who(tx)->user)
		return cx_fail(cx, ERR_CONFLICT, "you cannot disable yourself; ask another administrator");
	if ((u->disabled_us == FIELD_NONE) == (rec->enable == 1))
		return cx_fail(cx, ERR_CONFLICT, "user %lld is %s already", (long long)rec->user,
			       cx_say(cx, rec->enable ? "enabled" : "disabled"));
	return ERR_OK;
}

static enum err disable_apply(struct cx *cx, struct tx *tx, const struct entry *entry, const void *record)
{
	const struct user_disable *rec = record;
	const struct user *u = user_row(cx, tx, rec->user);
	struct user row;

	if (!u)
		return cx->err;
	row = *u;
	row.disabled_us = rec->enable ? FIELD_NONE : entry->recorded_us;
	return tx_put(cx, tx, &app_user_table, &row);
}

/* --- access.password --- */

struct password_set {
	int64_t user, credential_n;
	const char *password;
};
static const struct field password_fields[] = {
	F_ID(struct password_set, user, MUST | PATH, "the user"),
	PASSWORD_FIELD(struct password_set, IN | REQ),
	F_INT(struct password_set, credential_n, LOG | REQ, 0, JSON_INT_MAX, NULL,
	      "number of the password's row in this entry"),
	F_END};

static enum err password_decide(struct cx *cx, struct tx *tx, void *record)
{
	struct password_set *rec = record;
	bool self = rec->user == tx_who(tx)->user && rec->user != 0;

	if (!self && !tx_has_role(tx, ROLE_ADMIN | ROLE_SYSTEM))
		return cx_fail(cx, ERR_FORBIDDEN, "only an administrator sets another user's password");
	if (!(self ? user_row(cx, tx, rec->user) : access_own_user(cx, tx, rec->user)))
		return cx->err;
	return credential_write(cx, tx, rec->user, rec->password, &rec->credential_n);
}

static enum err password_apply(struct cx *cx, struct tx *tx, const struct entry *entry, const void *record)
{
	const struct password_set *rec = record;
	const struct user *u = user_row(cx, tx, rec->user);
	struct user row;

	if (!u)
		return cx->err;
	row = *u;
	row.credential_seq = entry->seq;
	row.credential_n = rec->credential_n;
	return tx_put(cx, tx, &app_user_table, &row);
}

/* --- views --- */

struct list_params {
	int64_t limit;
	const char *after;
};
static const struct field list_params[] = {PAGE_FIELDS(struct list_params), F_END};
struct user_shown {
	int64_t user, org, scope, created_us, disabled_us;
	const char *login, *roles;
};
static const struct field user_shown_fields[] = {
	F_ID(struct user_shown, user, OUT | REQ, "the user"),
	F_TEXT(struct user_shown, login, OUT | REQ, 1, 40, "public handle"),
	F_TEXT(struct user_shown, roles, OUT | REQ, 0, 200, "roles: \"clerk,technician\""),
	F_ID(struct user_shown, org, OUT | REQ, "party on whose behalf it acts; 0: the programme"),
	F_ID(struct user_shown, scope, OUT | REQ, "the one city that it may act in; 0: every city"),
	F_US(struct user_shown, created_us, OUT | REQ, "when it was created"),
	F_US(struct user_shown, disabled_us, OUT, "since when it may not act"),
	F_END};

static void write_roles(struct cx *cx, struct json_writer *w, const void *row)
{
	const struct user *u = row;
	jw_text_at(w, "roles", access_roles_text(cx, u->roles));
}

static enum err view_users(struct cx *cx, struct reader *r, const void *params, struct json_writer *w)
{
	const struct list_params *p = params;
	db_auto_rows *rows = NULL;
	int64_t after;
	char *sql = cx_printf(cx,
		"SELECT %s FROM app_user WHERE city = 0 AND \"user\" > $1 AND ($2 = 0 OR org = $2) "
		"AND ($3 = 0 OR scope = $3) ORDER BY \"user\" LIMIT $4", reader_columns(&app_user_table));

	if (!sql || page_after(cx, p->after, &after) ||
	    db_query(cx, r->db, &rows, sql, DB_ARGS(db_i64(after), db_i64(r->who.org), db_i64(r->who.city),
						    db_i64(list_ask(p->limit)))))
		return cx->err;
	return list_rows(cx, w, &app_user_table, "user", rows, p->limit, write_roles);
}

static struct table *const tables[] = {&app_user_table, &user_login_table, &credential_table, &token_table,
				       &token_index_table, &login_attempt_table, NULL};
static const struct account_kind accounts[] = {
	{SUBJECT_USER, "user", ACCOUNT_ELSEWHERE, "", "a user, as the subject of a key"},
	{0}};
#define ADMIN (ROLE_ADMIN | ROLE_SYSTEM)
static const struct action actions[] = {
	{.type = "access.user_create",
	 .v = 1,
	 .method = "POST",
	 .path = "/v1/users",
	 .roles = ADMIN,
	 .fields = create_fields,
	 .size = sizeof(struct user_create),
	 .decide = create_decide,
	 .apply = create_apply,
	 .any_city = true,
	 .doc = "Creates a user."},
	{.type = "access.user_roles",
	 .v = 1,
	 .method = "PUT",
	 .path = "/v1/users/{user}/roles",
	 .roles = ADMIN,
	 .fields = roles_fields,
	 .size = sizeof(struct user_roles),
	 .decide = roles_decide,
	 .apply = roles_apply,
	 .any_city = true,
	 .doc = "Says which roles a user has."},
	{.type = "access.user_disable",
	 .v = 1,
	 .method = "POST",
	 .path = "/v1/users/{user}/disable",
	 .roles = ADMIN,
	 .fields = disable_fields,
	 .size = sizeof(struct user_disable),
	 .decide = disable_decide,
	 .apply = disable_apply,
	 .any_city = true,
	 .doc = "Disables a user and all its tokens, or enables it again."},
	{.type = "access.password",
	 .v = 1,
	 .method = "PUT",
	 .path = "/v1/users/{user}/password",
	 .roles = ADMIN | USER_ROLES,
	 .fields = password_fields,
	 .size = sizeof(struct password_set),
	 .decide = password_decide,
	 .apply = password_apply,
	 .any_city = true,
	 .doc = "Sets one's own password, or a user's."},
	{.type = "access.token_issue",
	 .v = 1,
	 .method = "POST",
	 .path = "/v1/users/{user}/tokens",
	 .roles = ADMIN | USER_ROLES,
	 .fields = token_issue_fields,
	 .size = sizeof(struct token_issue),
	 .decide = token_issue_decide,
	 .apply = token_issue_apply,
	 .reveal = token_issue_reveal,
	 .any_city = true,
	 .doc = "Issues a bearer token for oneself, or for a user that one administers."},
	{.type = "access.token_revoke",
	 .v = 1,
	 .method = "POST",
	 .path = "/v1/tokens/{token}/revoke",
	 .roles = ADMIN | USER_ROLES,
	 .fields = token_revoke_fields,
	 .size = sizeof(struct token_revoke),
	 .decide = token_revoke_decide,
	 .apply = token_revoke_apply,
	 .any_city = true,
	 .doc = "Ends a token, for ever."},
	{0}};
static const struct view views[] = {
	{.name = "access.users",
	 .path = "/v1/users",
	 .roles = ADMIN | ROLE_AUDITOR,
	 .params = list_params,
	 .params_size = sizeof(struct list_params),
	 .fields = user_shown_fields,
	 .list = true,
	 .run = view_users,
	 .doc = "Users, of one's own organisation and city alone unless one acts for the whole programme."},
	{.name = "access.tokens",
	 .path = "/v1/users/{user}/tokens",
	 .roles = ADMIN | USER_ROLES,
	 .params = access_token_params,
	 .params_size = sizeof(struct access_token_params),
	 .fields = access_token_shown,
	 .list = true,
	 .run = access_view_tokens,
	 .doc = "A user's tokens, without their text."},
	{0}};

const struct feature access_feature = {
	.name = "access", .tables = tables, .accounts = accounts, .actions = actions, .views = views};
