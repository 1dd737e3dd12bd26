/* What is said in another language: the table, how a request asks for it, and that it reaches whom it is for
 * and nobody else. That each text has its row is found by tools/words; what codes are called, here. */
#include "place.h"

#include <pthread.h>

#include "base/utf8.h"
#include "programme/catalogue/catalogue.h"
#include "programme/erase/erase.h"
#include "programme/programme.h"
#include "programme/settle/settle.h"
#include "programme/stock/stock.h"
#include "server/header.h"
#include "server/http.h"

static struct place place;
static struct domain domain;

static int setup(void **state)
{
	struct server_options o = {.rate_failed = {1000000, 1000}, .rate_public = {0, 1}};

	(void)state;
	curl_global_init(CURL_GLOBAL_DEFAULT);
	start(&place, o);
	open_city(&place);
	assert_int_equal(domain_init(&place.cx, &domain, programme_features), ERR_OK);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	stop(&place);
	curl_global_cleanup();
	return 0;
}

/* --- the table --- */

static void table_is_sorted_and_utf8(void **state)
{
	const struct tongue *t = &tongue_zh;

	(void)state;
	assert_true(t->count > 500);
	for (size_t i = 0; i < t->count; i++) {
		if (i > 0 && strcmp(t->list[i - 1].key, t->list[i].key) >= 0)
			fail_msg("\"%s\" is not sorted", t->list[i].key);
		if (!utf8_valid(t->list[i].text, strlen(t->list[i].text)) || !*t->list[i].text)
			fail_msg("\"%s\" has no text", t->list[i].key);
		assert_true(strlen(t->list[i].key) < TONGUE_KEY_MAX);
	}
	assert_string_equal(tongue_find(t, NULL, t->list[0].key), t->list[0].text);
	assert_string_equal(tongue_find(t, "batch", "open"), "进行中");
	assert_null(tongue_find(t, NULL, "open"));
	assert_null(tongue_find(t, NULL, "nobody says this"));
	assert_null(tongue_find(NULL, NULL, "text"));
}

/* What else cx_say_code is given. */
static const struct {
	const char *context;
	const char *const *codes;
} coded[] = {
	{"kind", medium_kinds},
	{"technique", erase_techniques},
	{"method", erase_methods},
	{"outcome", erase_outcomes},
	{"choice", disposition_choices},
	{"payee", payees},
	{"line", payout_line_states},
	{"list", list_kinds},
	{"rule", rule_kinds},
	{"role", party_role_names},
};

/* The states of a machine, its own name, and the actions that a refusal names. */
static void codes_have_words(void **state)
{
	const struct tongue *t = &tongue_zh;

	(void)state;
	for (const struct feature *const *f = programme_features; *f; f++)
		for (const struct machine *const *m = (*f)->machines; m && *m; m++) {
			if (!tongue_find(t, "thing", (*m)->name))
				fail_msg("a %s has no name", (*m)->name);
			for (const char *const *s = (*m)->states; *s; s++)
				if (!tongue_find(t, (*m)->name, *s))
					fail_msg("a %s that is %s has no word", (*m)->name, *s);
		}
	for (size_t i = 0; i < ARRAY_LEN(coded); i++)
		for (const char *const *c = coded[i].codes; *c; c++)
			if (!tongue_find(t, coded[i].context, *c))
				fail_msg("%s %s has no word", coded[i].context, *c);
	for (int i = 0; i < domain.actions; i++)
		if (!tongue_find(t, "action", domain.action[i]->type))
			fail_msg("%s has no name", domain.action[i]->type);
	for (size_t i = 0; i < t->count; i++) {
		const char *key = t->list[i].key;
		if (strncmp(key, "action\4", 7) == 0 && !domain_action(&domain, key + 7))
			fail_msg("there is no action %s any more", key + 7);
	}
}

static bool has_field(const struct field *f, const char *name)
{
	for (; f && f->name; f++)
		if (strcmp(f->name, name) == 0 || (f->type == FIELD_LIST && has_field(f->sub, name)))
			return true;
	return false;
}

static bool is_field(const char *name)
{
	bool found = has_field(login_request_fields, name) || has_field(session_order_fields, name);

	for (int i = 0; i < domain.actions; i++)
		found |= has_field(domain.action[i]->fields, name);
	for (const struct feature *const *f = programme_features; *f; f++)
		for (const struct view *v = (*f)->views; v && v->name; v++)
			found |= has_field(v->params, name) || has_field(v->fields, name);
	return found;
}

/* What is called something is still there, and its own name stands with the word for it. */
static void fields_are_named(void **state)
{
	(void)state;
	for (size_t i = 0; i < tongue_zh.count; i++) {
		const struct tongue_text *row = &tongue_zh.list[i];
		if (strncmp(row->key, "field\4", 6) != 0)
			continue;
		if (!is_field(row->key + 6))
			fail_msg("no request has a field %s any more", row->key + 6);
		if (!strcasestr(row->text, row->key + 6))
			fail_msg("\"%s\" does not name %s", row->text, row->key + 6);
	}
}

/* --- the context --- */

static void a_context_speaks(void **state)
{
	static const char said[] = "there is no user %lld", none[] = "nobody ever says %d of these";
	struct cx cx, other;

	(void)state;
	cx_init(&cx, 0);
	cx_init(&other, 0);
	cx_fail(&cx, ERR_NOT_FOUND, said, 7LL);
	assert_string_equal(cx.msg, "there is no user 7");
	assert_int_equal(cx_pass(&other, &cx), ERR_NOT_FOUND);
	assert_string_equal(other.msg, cx.msg);

	cx.tongue = &tongue_zh;
	cx_fail(&cx, ERR_NOT_FOUND, said, 7LL);
	cx_hint(&cx, "state", "%s", "open");
	assert_string_equal(cx.msg, "没有用户 7");
	assert_false(cx.foreign);
	cx_fail(&cx, ERR_CONFLICT, none, 2);
	assert_true(cx.foreign);
	cx_fail(&cx, ERR_CONFLICT, "%s", cx_say(&cx, "true or false"));
	assert_string_equal(cx.msg, "true 或 false");
	assert_false(cx.foreign);
	cx_prefix(&cx, "line %d: ", 3);
	assert_string_equal(cx.msg, "第 3 行：true 或 false");
	cx_fail(&cx, ERR_CORRUPT, said, 7LL); /* for the log */
	assert_string_equal(cx.msg, "there is no user 7");

	/* from one that serves nobody: what has no arguments is found, and the rest is marked */
	cx_fail(&other, ERR_BUSY, "the server is stopping");
	cx_pass(&cx, &other);
	assert_string_equal(cx.msg, "服务器正在停止");
	assert_false(cx.foreign);
	cx_fail(&other, ERR_NOT_FOUND, said, 7LL);
	cx_pass(&cx, &other);
	assert_true(cx.foreign);
	cx_clear(&cx);
	assert_false(cx.foreign);

	cx_done(&other);
	cx_share(&other, &cx);
	assert_ptr_equal(other.tongue, &tongue_zh);
	cx_reset(&cx);
	assert_null(cx.tongue);
	cx_done(&cx);
}

static void messages_are_utf8(void **state)
{
	char text[2 * CX_MSG_MAX + 1];
	struct cx cx;

	(void)state;
	for (size_t i = 0; i < sizeof(text) - 1; i++)
		text[i] = "机主"[i % 6];
	text[sizeof(text) - 1] = 0;
	cx_init(&cx, 0);
	for (int i = 0; i < 3; i++) { /* three bytes a character: the end cuts each way */
		cx_fail(&cx, ERR_INVALID, "%.*s%s", i, "abc", text);
		assert_true(utf8_valid(cx.msg, strlen(cx.msg)));
		assert_true(strlen(cx.msg) > CX_MSG_MAX - 5);
		cx_prefix(&cx, "%.*s: ", i + 1, "abc");
		assert_true(utf8_valid(cx.msg, strlen(cx.msg)));
	}
	cx_fail(&cx, ERR_INVALID, "'%.4s' \xed\xa0\x80\xff\xc0\xaf.", "机主");
	assert_string_equal(cx.msg, "'机' .");
	cx_done(&cx);
}

/* --- Accept-Language --- */

static const struct {
	const char *accept, *tag;
} accepts[] = {
	{"", "en"},
	{"zh", "zh-CN"},
	{"zh-CN,zh;q=0.9,en;q=0.8", "zh-CN"},
	{"ZH-hans-cn", "zh-CN"},
	{"zh-TW", "zh-CN"},
	{"en-GB,en;q=0.9,zh;q=0.8", "en"},
	{"en;q=0.3, zh;q=0.31", "zh-CN"},
	{"fr, zh;q=0.001", "zh-CN"},
	{"fr-FR,fr;q=0.9", "en"},
	{"zh;q=0", "en"},
	{"zh;q=0.000,en;q=0.1", "en"},
	{"zh;q=", "en"},
	{"zh;", "en"},
	{"zh;level=1", "en"},
	{"zh ; q=1.0", "zh-CN"},
	{"zh;q=9", "en"},
	{"en,zh", "en"},
	{"zh,en", "zh-CN"},
	{"zhx, xzh, z, h", "en"},
	{"*", "en"},
	{"*;q=0.1, zh;q=0.05", "zh-CN"},
	{",, ,;zh", "en"},
	{" ,,\tzh", "zh-CN"},
};

static void languages_are_understood(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(accepts); i++)
		if (strcmp(tongue_tag(header_tongue(accepts[i].accept)), accepts[i].tag) != 0)
			fail_msg("\"%s\" is not understood", accepts[i].accept);
}

/* --- over HTTP --- */

static const struct {
	const char *method, *path, *body;
	long status;
	const char *english, *chinese;
} refusals[] = {
	{"GET", "/v1/cities/1/devices/9", NULL, 404, "there is no device 9 in city 1", "城市 1 没有设备 9"},
	{"GET", "/v1/cities/77x", NULL, 404, "there is no city 77x", "没有城市 77x"},
	{"GET", "/v1/nothing", NULL, 404, "there is nothing at this address", "此地址没有内容"},
	{"PUT", "/v1/cities", "{}", 405, "there is no PUT here; there is: GET, HEAD, POST, OPTIONS",
	 "此处不支持 PUT；支持：GET, HEAD, POST, OPTIONS"},
	{"POST", "/v1/login", "{\"login\":\"nobody\",\"password\":\"wrong\"}", 401,
	 "login or password is wrong", "用户名或密码不正确"},
	{"POST", "/v1/login", "{\"login\":\"nobody\"}", 422, "password: is missing", "请填写：密码（password）"},
	{"POST", "/v1/login", "{", 400, "line 1, column 1:", "第 1 行第 1 列：JSON 在此处格式不正确"},
	{"POST", "/v1/cities/1/sites/5/close", "{}", 404, "there is no site 5 in city 1", "城市 1 没有网点 5"},
	{"POST", "/v1/cities/1/parties", "{\"kind\":\"company\"}", 422,
	 "kind: \"company\" is not one of: person, organisation",
	 "种类（kind）：“company”不在可选值中：person, organisation"},
};

static void check(const struct reply *r, size_t i, bool chinese)
{
	const char *want = chinese ? refusals[i].chinese : refusals[i].english;
	const struct json *detail = json_get(r->json, "detail");

	if (r->status != refusals[i].status || !detail || strncmp(detail->text, want, strlen(want)) != 0)
		fail_msg("%s %s: wanted \"%s\", got %ld %s", refusals[i].method, refusals[i].path, want,
			 r->status, r->body.data);
	assert_true(has_header(r, chinese ? "Content-Language: zh-CN" : "Content-Language: en"));
	assert_true(has_header(r, "Vary: Accept-Language"));
}

static struct reply refused(struct place *p, size_t i, bool chinese, const char *key)
{
	struct call c = {.method = refusals[i].method, .path = refusals[i].path, .body = refusals[i].body,
			 .token = place.admin,
			 .header = {chinese ? "Accept-Language: zh-CN,zh;q=0.9,en;q=0.8" :
					      "Accept-Language: en-US,en;q=0.9,zh;q=0.8",
				    key}};

	return ask(p, c);
}

/* Twice each: no answer is kept in the other's language, and a key's neither. */
static void refusals_speak_the_callers_language(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(refusals); i++)
		for (int turn = 0; turn < 4; turn++) {
			const char *key = cx_printf(&place.cx, "Idempotency-Key: \"tongue-%zu\"", i);
			struct reply r = refused(&place, i, turn % 2, key);
			check(&r, i, turn % 2);
		}
}

/* What the writing thread decides in one batch, for callers of both languages. */
static void *ask_often(void *arg)
{
	bool chinese = *(bool *)arg;
	struct place p = place;

	cx_init(&p.cx, 0);
	for (int n = 0; n < 40; n++) {
		struct reply r = refused(&p, 7, chinese, NULL);
		check(&r, 7, chinese);
		cx_reset(&p.cx);
	}
	cx_done(&p.cx);
	return NULL;
}

static void a_batch_has_callers_of_both(void **state)
{
	bool chinese[8];
	pthread_t thread[8];

	(void)state;
	for (int i = 0; i < 8; i++) {
		chinese[i] = i % 2;
		assert_int_equal(pthread_create(&thread[i], NULL, ask_often, &chinese[i]), 0);
	}
	for (int i = 0; i < 8; i++)
		pthread_join(thread[i], NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(table_is_sorted_and_utf8),
		cmocka_unit_test(codes_have_words),
		cmocka_unit_test(fields_are_named),
		cmocka_unit_test(a_context_speaks),
		cmocka_unit_test(messages_are_utf8),
		cmocka_unit_test(languages_are_understood),
		cmocka_unit_test(refusals_speak_the_callers_language),
		cmocka_unit_test(a_batch_has_callers_of_both),
	};
	return cmocka_run_group_tests_name("tongue", tests, setup, teardown);
}
