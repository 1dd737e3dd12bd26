/* Users, passwords, tokens: who gets in as what, and who does not. */
#include "kit.h"
#include "programme/access/access.h"

#define S INT64_C(1000000)

static int64_t add_user(struct kit *k, const char *login, const char *roles, const char *more)
{
	return kit_int(kit_act(k, 0, "access.user_create", "{\"login\":\"%s\",\"roles\":\"%s\"%s}",
			       login, roles, more),
		       "user");
}

static const struct json *issue(struct kit *k, int64_t user, const char *more)
{
	return kit_act(k, 0, "access.token_issue", "{\"user\":%lld,\"label\":\"test\"%s}",
		       (long long)user, more);
}

static enum err authenticate(struct kit *k, const char *token, struct principal *who)
{
	struct reader r = kit_reader(k, 0);
	enum err err = access_authenticate(&k->cx, &r, token, who, NULL);

	if (err)
		cx_clear(&k->cx);
	return err;
}

static void test_token(void **state)
{
	const struct json *t;
	const char *token;
	struct principal who = {0};
	struct kit k;
	int64_t user, n;

	(void)state;
	kit_open(&k);
	user = add_user(&k, "bench-1", "clerk,technician", ",\"scope\":1");
	t = issue(&k, user, ",\"days\":2");
	token = kit_text(t, "token");
	assert_int_equal(strlen(token), TOKEN_TEXT);
	assert_int_equal(strncmp(token, "rl_", 3), 0);
	assert_int_equal(kit_int(t, "expires_us"), KIT_START + 2 * DAY_US);
	assert_int_equal(authenticate(&k, token, &who), ERR_OK);
	assert_int_equal(who.user, user);
	assert_int_equal(who.roles, ROLE_CLERK | ROLE_TECHNICIAN);
	assert_int_equal(who.city, 1);
	assert_int_equal(who.org, 0);
	/* Neither the books nor the tables have it. */
	assert_int_equal(db_one_i64(&k.cx, k.db, &n, "SELECT COUNT(*) FROM journal WHERE body LIKE $1",
				    DB_ARGS(db_text(cx_printf(&k.cx, "%%%s%%", token + 3)))), ERR_OK);
	assert_int_equal(n, 0);
	assert_null(json_get(
		json_get(kit_get(&k, 0, "access.tokens", "{\"user\":%lld}", (long long)user),
			 "items")
			->item[0],
		"hash"));
	kit_at(&k, KIT_START + 2 * DAY_US);
	assert_int_equal(authenticate(&k, token, &who), ERR_UNAUTHENTICATED);
	kit_audit(&k);
	kit_close(&k);
}

/* The same request with the same key gives the same token again. */
static void test_token_again(void **state)
{
	const char *body = "{\"user\":%lld,\"label\":\"a\"}", *first, *second;
	struct kit k;
	int64_t user;

	(void)state;
	kit_open(&k);
	user = add_user(&k, "a1", "clerk", "");
	first = kit_text(kit_act_key(&k, 0, "access.token_issue", "key-1", body, (long long)user), "token");
	second = kit_text(kit_act_key(&k, 0, "access.token_issue", "key-1", body, (long long)user), "token");
	assert_string_equal(first, second);
	assert_string_not_equal(first, kit_text(issue(&k, user, ""), "token"));
	kit_close(&k);
}

static void test_token_refused(void **state)
{
	static const char *const bad[] = {"", "rl_", "ro_abc", "Bearer x",
					  "rl_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
					  "rl_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"};
	struct principal who = {.user = 77};
	const struct json *t;
	char *token;
	struct kit k;
	int64_t user;

	(void)state;
	kit_open(&k);
	user = add_user(&k, "a1", "clerk", "");
	t = issue(&k, user, "");
	token = cx_strdup(&k.cx, kit_text(t, "token"));
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		assert_int_equal(authenticate(&k, bad[i], &who), ERR_UNAUTHENTICATED);
	token[TOKEN_TEXT - 2] = token[TOKEN_TEXT - 2] == 'x' ? 'y' : 'x';
	assert_int_equal(authenticate(&k, token, &who), ERR_UNAUTHENTICATED);
	assert_int_equal(who.user, 77);
	/* Disabled, enabled again, revoked. */
	kit_act(&k, 0, "access.user_disable", "{\"user\":%lld}", (long long)user);
	assert_int_equal(authenticate(&k, kit_text(t, "token"), &who), ERR_UNAUTHENTICATED);
	kit_refuse(&k, 0, "access.token_issue", ERR_CONFLICT, "is disabled",
		   "{\"user\":%lld,\"label\":\"b\"}", (long long)user);
	kit_refuse(&k, 0, "access.user_disable", ERR_CONFLICT, "disabled already",
		   "{\"user\":%lld}", (long long)user);
	kit_act(&k, 0, "access.user_disable", "{\"user\":%lld,\"enable\":true}", (long long)user);
	assert_int_equal(authenticate(&k, kit_text(t, "token"), &who), ERR_OK);
	kit_act(&k, 0, "access.token_revoke", "{\"token\":%lld}", (long long)kit_int(t, "number"));
	assert_int_equal(authenticate(&k, kit_text(t, "token"), &who), ERR_UNAUTHENTICATED);
	kit_refuse(&k, 0, "access.token_revoke", ERR_CONFLICT, "revoked already", "{\"token\":%lld}",
		   (long long)kit_int(t, "number"));
	kit_refuse(&k, 0, "access.token_revoke", ERR_NOT_FOUND, "there is no", "{\"token\":1}");
	kit_audit(&k);
	kit_close(&k);
}

/* Nobody gets more than who gives it has; one sees one's own. */
static void test_callers(void **state)
{
	int64_t mine, other, own;
	struct kit k;

	(void)state;
	kit_open(&k);
	mine = add_user(&k, "shop-a", "clerk", ",\"scope\":1,\"org\":50");
	other = add_user(&k, "shop-b", "clerk", ",\"scope\":1,\"org\":51");
	own = kit_int(issue(&k, other, ""), "number");
	kit_as(&k, (struct principal){.user = mine, .roles = ROLE_ADMIN | ROLE_CLERK, .org = 50, .city = 1});
	add_user(&k, "shop-a2", "clerk", ",\"scope\":1,\"org\":50");
	kit_refuse(&k, 0, "access.user_create", ERR_FORBIDDEN, "do not have: officer",
		   "{\"login\":\"x1\",\"roles\":\"clerk,officer\",\"scope\":1,\"org\":50}");
	kit_refuse(&k, 0, "access.user_create", ERR_FORBIDDEN, "another organisation",
		   "{\"login\":\"x1\",\"roles\":\"clerk\",\"scope\":1,\"org\":51}");
	kit_refuse(&k, 0, "access.user_create", ERR_FORBIDDEN, "another organisation",
		   "{\"login\":\"x1\",\"roles\":\"clerk\"}");
	kit_refuse(&k, 0, "access.user_roles", ERR_FORBIDDEN, "another organisation",
		   "{\"user\":%lld,\"roles\":\"clerk\"}", (long long)other);
	kit_refuse(&k, 0, "access.user_roles", ERR_FORBIDDEN, "do not have",
		   "{\"user\":%lld,\"roles\":\"auditor\"}", (long long)mine);
	kit_refuse(&k, 0, "access.token_revoke", ERR_FORBIDDEN, "another organisation",
		   "{\"token\":%lld}", (long long)own);
	kit_refuse(&k, 0, "access.user_disable", ERR_CONFLICT, "yourself", "{\"user\":%lld}",
		   (long long)mine);
	assert_int_equal(json_get(kit_get(&k, 0, "access.users", "{}"), "items")->count, 2);
	kit_get_refused(&k, 0, "access.tokens", ERR_FORBIDDEN, "another organisation",
			"{\"user\":%lld}", (long long)other);
	/* A city's administrator: those of the city, also of its merchants. */
	kit_as(&k, (struct principal){.user = 90, .roles = ROLE_ADMIN | ROLE_CLERK, .city = 1});
	kit_act(&k, 0, "access.user_roles", "{\"user\":%lld,\"roles\":\"clerk\"}", (long long)other);
	kit_refuse(&k, 0, "access.user_create", ERR_FORBIDDEN, "another organisation or city",
		   "{\"login\":\"x1\",\"roles\":\"clerk\",\"scope\":2}");
	/* Without the administrator's role: oneself alone. */
	kit_as(&k, (struct principal){.user = mine, .roles = ROLE_CLERK, .org = 50, .city = 1});
	issue(&k, mine, "");
	kit_refuse(&k, 0, "access.token_issue", ERR_FORBIDDEN, "only an administrator",
		   "{\"user\":%lld,\"label\":\"x\"}", (long long)other);
	kit_refuse(&k, 0, "access.password", ERR_FORBIDDEN, "only an administrator",
		   "{\"user\":%lld,\"password\":\"0123456789\"}", (long long)other);
	kit_staff(&k);
	kit_audit(&k);
	kit_close(&k);
}

static void test_create_refused(void **state)
{
	static const struct {
		enum err err;
		const char *words, *body;
	} cases[] = {
		{ERR_CONFLICT, "is taken", "{\"login\":\"taken\",\"roles\":\"clerk\"}"},
		{ERR_INVALID, "login: lower case", "{\"login\":\"Ada@x.org\",\"roles\":\"clerk\"}"},
		{ERR_INVALID, "roles: \"system\"", "{\"login\":\"x1\",\"roles\":\"system\"}"},
		{ERR_INVALID, "roles: \"public\"", "{\"login\":\"x1\",\"roles\":\"clerk public\"}"},
		{ERR_INVALID, "roles: at least one", "{\"login\":\"x1\",\"roles\":\",\"}"},
		{ERR_INVALID, "password: needs at least 10",
		 "{\"login\":\"x1\",\"roles\":\"clerk\",\"password\":\"short\"}"},
		{ERR_INVALID, "scope: a party is one of a city",
		 "{\"login\":\"x1\",\"roles\":\"clerk\",\"org\":5}"},
	};
	struct kit k;

	(void)state;
	kit_open(&k);
	add_user(&k, "taken", "clerk", "");
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		kit_refuse(&k, 0, "access.user_create", cases[i].err, cases[i].words, "%s", cases[i].body);
	kit_close(&k);
}

static enum err login(struct kit *k, const char *name, const char *password, struct principal *who)
{
	struct reader r = kit_reader(k, 0);

	cx_clear(&k->cx);
	return access_login(&k->cx, &r, name, password, who);
}

static void test_login(void **state)
{
	struct principal who = {0};
	int64_t user, n;
	struct kit k;

	(void)state;
	kit_open(&k);
	user = add_user(&k, "ada", "auditor", ",\"password\":\"correct horse\"");
	assert_int_equal(login(&k, "ada", "correct horse", &who), ERR_OK);
	assert_int_equal(who.user, user);
	assert_int_equal(who.roles, ROLE_AUDITOR);
	assert_int_equal(login(&k, "ada", "wrong horse", &who), ERR_UNAUTHENTICATED);
	kit_act(&k, 0, "access.password", "{\"user\":%lld,\"password\":\"battery staple\"}", (long long)user);
	assert_int_equal(login(&k, "ada", "correct horse", &who), ERR_UNAUTHENTICATED);
	assert_int_equal(login(&k, "ada", "battery staple", &who), ERR_OK);
	kit_act(&k, 0, "access.user_disable", "{\"user\":%lld}", (long long)user);
	assert_int_equal(login(&k, "ada", "battery staple", &who), ERR_UNAUTHENTICATED);
	assert_int_equal(
		db_one_i64(
			&k.cx, k.db, &n,
			"SELECT COUNT(*) FROM credential WHERE CAST(sealed AS TEXT) LIKE '%argon2%'",
			DB_NONE),
		ERR_OK);
	assert_int_equal(n, 0);
	cx_clear(&k.cx);
	kit_audit(&k);
	kit_close(&k);
}

static void test_throttle(void **state)
{
	static const char *const names[] = {
		"ada", "nobody"}; /* whether the user exists makes no difference */
	struct principal who = {0};
	struct kit k;

	(void)state;
	kit_open(&k);
	add_user(&k, "ada", "auditor", ",\"password\":\"correct horse\"");
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		kit_at(&k, KIT_START);
		for (int n = 0; n < LOGIN_FREE_TRIES; n++)
			assert_int_equal(login(&k, names[i], "wrong", &who), ERR_UNAUTHENTICATED);
		assert_int_equal(login(&k, names[i], "correct horse", &who), ERR_RATE);
		assert_string_equal(k.cx.hint[0].key, "retry_after_s");
		kit_at(&k, KIT_START + 1 * S);
		assert_int_equal(login(&k, names[i], "correct horse", &who), ERR_RATE);
		kit_at(&k, KIT_START + 2 * S);
		assert_int_equal(login(&k, names[i], "wrong", &who), ERR_UNAUTHENTICATED);
		kit_at(&k, KIT_START + 5 * S); /* now four seconds from the last */
		assert_int_equal(login(&k, names[i], "correct horse", &who), ERR_RATE);
	}
	kit_at(&k, KIT_START + 6 * S);
	assert_int_equal(login(&k, "ada", "correct horse", &who), ERR_OK);
	assert_int_equal(login(&k, "ada", "wrong", &who), ERR_UNAUTHENTICATED); /* counted from 0 again */
	assert_int_equal(login(&k, "ada", "correct horse", &who), ERR_OK);
	cx_clear(&k.cx);
	kit_audit(&k);
	kit_close(&k);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_token),	       cmocka_unit_test(test_token_again),
		cmocka_unit_test(test_token_refused),  cmocka_unit_test(test_callers),
		cmocka_unit_test(test_create_refused), cmocka_unit_test(test_login),
		cmocka_unit_test(test_throttle),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
