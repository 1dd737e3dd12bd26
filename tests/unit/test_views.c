/* Every view, asked in every way that its parameters allow, by several callers, of a city where much has
 * happened: no question is an error of the database, a list read page by page is the whole list, and
 * SQLite and PostgreSQL answer alike. */
#include "month.h"
#include "programme/report/audit_note.h"
#include "questions.h"

#define L(x) ((long long)(x))
enum { TOLD_MAX = 20000, PAGE = 2, PAGES_MAX = 1000, SHOWN = 5 };

struct told {
	const char *question, *answer;
};

struct answers {
	struct cx cx; /* what was told lives longer than the city */
	struct told *told;
	int count;
};

struct asker {
	struct kit *k;
	struct answers *answers;
	const char *who;
	bool staff;
};

/* --- asking --- */

/* The answer's JSON, or the refusal's words. */
static const char *run(struct asker *a, const struct view *v, const char *params)
{
	static const unsigned fair = 1u << ERR_INVALID | 1u << ERR_NOT_FOUND | 1u << ERR_CONFLICT |
				     1u << ERR_FORBIDDEN | 1u << ERR_GONE | 1u << ERR_UNSUPPORTED;
	struct kit *k = a->k;
	struct cx *cx = &k->cx;
	struct reader r = kit_reader(k, strstr(v->path, "{city}") ? 1 : 0);
	void *p = cx_alloc(cx, v->params_size + 1);
	struct json_writer w;
	struct json *given;
	struct sb sb;

	cx_clear(cx);
	sb_init(&sb, cx, 10000000);
	jw_init(&w, &sb, false);
	jw_object(&w);
	assert_int_equal(json_parse(cx, params, strlen(params), &json_limits_request, &given), ERR_OK);
	if ((v->params && field_read(cx, v->params, IN, given, p)) || view_run(cx, v, &r, p, &w)) {
		if (!(fair & 1u << cx->err))
			fail_msg("%s %s: %s: %s", v->name, params, err_slug(cx->err), cx->msg);
		return cx_printf(cx, "%s: %s", err_slug(cx->err), cx->msg);
	}
	jw_object_end(&w);
	assert_int_equal(sb_end(&sb), ERR_OK);
	return sb.data;
}

static const char *note(struct asker *a, const struct view *v, const char *params)
{
	struct answers *all = a->answers;
	const char *answer = run(a, v, params);

	assert_true(all->count < TOLD_MAX);
	all->told[all->count++] = (struct told){
		cx_printf(&all->cx, "%s %s by %s", v->name, params, a->who), cx_strdup(&all->cx, answer)};
	return answer;
}

static void add_items(struct kit *k, const char *answer, struct sb *items, const char **next)
{
	struct json *v;
	const struct json *list, *cursor;

	assert_int_equal(json_parse(&k->cx, answer, strlen(answer), &json_limits_file, &v), ERR_OK);
	list = json_get(v, "items");
	for (size_t i = 0; list && i < list->count; i++) {
		json_canonical(items, list->item[i]);
		sb_char(items, '\n');
	}
	cursor = json_get(v, "next");
	*next = cursor ? cursor->text : NULL;
}

/* A list by small pages is the list. members: the other parameters, each with a comma behind it. */
static void by_pages(struct asker *a, const struct view *v, const char *members, const char *answer)
{
	struct cx *cx = &a->k->cx;
	struct sb whole, pages;
	const char *next;

	sb_init(&whole, cx, 10000000);
	sb_init(&pages, cx, 10000000);
	add_items(a->k, answer, &whole, &next);
	assert_null(next);
	for (int i = 0; i == 0 || next; i++) {
		char *after = next ? cx_printf(cx, ",\"after\":\"%s\"", next) : "";
		assert_true(i < PAGES_MAX);
		answer = run(a, v, cx_printf(cx, "{%s\"limit\":%d%s}", members, PAGE, after));
		assert_int_equal(*answer, '{');
		add_items(a->k, answer, &pages, &next);
	}
	if (sb_end(&whole) || sb_end(&pages) || strcmp(whole.data, pages.data) != 0)
		fail_msg("%s {%s}: by pages it is\n%s, at once\n%s", v->name, members, pages.data,
			 whole.data);
}

/* members: as by_pages. */
static void ask(struct asker *a, const struct view *v, const char *members)
{
	struct cx_mark mark = cx_mark(&a->k->cx);
	bool paged = v->params && field_find(v->params, "limit");
	int most = paged ? (int)field_find(v->params, "limit")->max : 0;
	char *params = paged ? cx_printf(&a->k->cx, "{%s\"limit\":%d}", members, most)
			     : cx_printf(&a->k->cx, "{%.*s}", (int)strlen(members) - (*members != 0),
					 members);
	const char *answer = note(a, v, params);

	if (paged && a->staff && *answer == '{' && field_find(v->params, "after"))
		by_pages(a, v, members, answer);
	cx_restore(&a->k->cx, mark);
}

static void ask_all(struct asker *a, const struct view *v)
{
	struct kit *k = a->k;
	const char *value[VALUES_MAX], *required = all_at(k, v, false, 0);
	int most = 1;

	for (const struct field *f = v->params; f && f->name; f++) {
		int n = is_paging(f) ? 0 : values(k, f, value);
		if (f->flags & REQ) {
			most = n > most ? n : most;
			continue;
		}
		for (int i = 0; i < n; i++)
			ask(a, v, cx_printf(&k->cx, "%s\"%s\":%s,", required, f->name, value[i]));
	}
	for (int i = 0; i < most; i++)
		ask(a, v, all_at(k, v, false, i));
	for (int i = 0; i < 3; i++)
		ask(a, v, all_at(k, v, true, i));
}

static void ask_as(struct kit *k, struct answers *answers, const char *name, struct principal who)
{
	struct asker a = {.k = k, .answers = answers, .who = name, .staff = strcmp(name, "staff") == 0};
	struct cx_mark mark = cx_mark(&k->cx);

	k->who = who;
	for (const struct feature *const *f = k->domain.features; *f; f++)
		for (const struct view *v = (*f)->views; v && v->name; v++) {
			ask_all(&a, v);
			cx_restore(&k->cx, mark);
		}
	kit_staff(k);
}

/* --- what the month has not --- */

static void more_goods(struct lab *l)
{
	struct kit *k = &l->t.k;
	int64_t phone, sale, listed;

	phone = lab_stock_phone(l);
	kit_act(k, 1, "stock.repair",
		"{\"device\":%lld,\"labour_minor\":3000,\"parts\":["
		"{\"code\":\"screen\",\"direction\":\"out\",\"mass_mg\":30000},"
		"{\"code\":\"screen\",\"direction\":\"in\",\"mass_mg\":32000,\"cost_minor\":25000}]}",
		L(phone));
	kit_act(k, 1, "stock.dispose", "{\"device\":%lld}", L(lab_erased_phone(l)));
	listed = lab_stock_phone(l);
	kit_act(k, 1, "stock.list", "{\"device\":%lld,\"price_minor\":300000}", L(listed));
	sale = lab_stock_phone(l);
	kit_act(k, 1, "stock.list", "{\"device\":%lld,\"price_minor\":300000}", L(sale));
	kit_act(k, 1, "stock.sell", "{\"device\":%lld,\"buyer\":%lld}", L(sale), L(l->buyer));
	kit_act(k, 1, "stock.stocktake",
		"{\"site\":%lld,\"seen\":[{\"device\":%lld},{\"device\":%lld},{\"device\":5}]}",
		L(l->t.centre), L(phone), L(listed));
	kit_act(k, 1, "device.identify",
		"{\"device\":%lld,\"add\":[{\"kind\":\"other\",\"value\":\"label 7\"}]}", L(phone));
	kit_act(k, 1, "device.merge", "{\"device\":%lld,\"same_as\":%lld}", L(phone), L(listed));
	kit_act(k, 1, "device.hold", "{\"device\":%lld,\"reason\":\"dispute\"}", L(lab_phone(l)));
	kit_act(k, 1, "device.ship", "{\"device\":%lld,\"to_site\":%lld}", L(phone), L(l->other_site));
}

static void more_work(struct lab *l)
{
	struct kit *k = &l->t.k;
	int64_t washer = lab_washer(l), batch;

	kit_act(k, 1, "recover.send", "{\"device\":%lld,\"reason\":\"incomplete\"}", L(washer));
	batch = kit_int(kit_act(k, 1, "recover.batch_open",
				"{\"site\":%lld,\"dismantler\":%lld,\"scale\":\"S-1\"}", L(l->t.centre),
				L(l->programme)),
			"batch");
	kit_act(k, 1, "recover.weigh_in", "{\"batch\":%lld,\"device\":%lld,\"scale_mg\":70000000}",
		L(batch), L(washer));
	kit_act(k, 1, "recover.component",
		"{\"batch\":%lld,\"device\":%lld,\"components\":[{\"code\":\"motor\"},"
		"{\"code\":\"board\"},{\"code\":\"drum\"}]}",
		L(batch), L(washer));
	kit_act(k, 1, "evidence.add", "{\"order\":%lld,\"content\":\"JVBERi0xLjQKZW1wdHkK\"}",
		L(l->t.order));
	kit_act(k, 1, "map.publish", "{\"body\":\"%s\"}",
		"{\\\"type\\\":\\\"FeatureCollection\\\",\\\"features\\\":[{\\\"type\\\":\\\"Feature\\\","
		"\\\"properties\\\":{\\\"code\\\":\\\"a\\\",\\\"name\\\":\\\"A\\\"},\\\"geometry\\\":{"
		"\\\"type\\\":\\\"Polygon\\\",\\\"coordinates\\\":[[[0,0],[1,0],[1,1.5],[0,0]]]}}]}");
	kit_act(k, 0, "access.token_issue", "{\"user\":%lld,\"label\":\"scanner\"}", L(l->witness));
}

static void more_money(struct lab *l)
{
	const int64_t paid[] = {l->programme, l->t.owner, l->t.merchant};
	struct kit *k = &l->t.k;

	kit_act(k, 1, "city.rate", "{\"code\":\"VAT\",\"from_us\":%lld,\"rate_bp\":1300,\"margin\":false}",
		L(k->now_us));
	month_sell(l, lab_stock_phone(l), false);
	kit_act(k, 1, "settle.tax_pay", "{\"amount_minor\":7}");
	for (size_t i = 0; i < ARRAY_LEN(paid); i++)
		kit_act(k, 1, "party.update",
			"{\"party\":%lld,\"name\":\"Li\",\"phone\":\"13800000000\","
			"\"bank_account\":\"6222020200112233445\"}",
			L(paid[i]));
	kit_act(k, 1, "settle.payout_create", "{\"all_due\":true}");
}

static void leave_audit_note(struct kit *k)
{
	const struct audit_options all = {.city = -1};
	struct audit_result *r = cx_alloc(&k->cx, sizeof(*r));

	assert_non_null(r);
	assert_int_equal(audit_run(&k->cx, k->db, &k->domain, k->keys, &all, r), ERR_OK);
	assert_int_equal(audit_note_write(&k->cx, k->dir, r, -1, false, 0), ERR_OK);
}

static void tell(struct answers *out)
{
	struct lab l;
	struct kit *k = &l.t.k;

	cx_init(&out->cx, (size_t)1 << 30);
	out->told = cx_array(&out->cx, TOLD_MAX, sizeof(*out->told));
	out->count = 0;
	month_open(&l);
	more_goods(&l);
	more_work(&l);
	lab_offer(&l);
	more_money(&l);
	kit_audit(k);
	leave_audit_note(k);
	ask_as(k, out, "staff", k->who);
	ask_as(k, out, "a clerk of the shop",
	       (struct principal){.user = 2, .roles = ROLE_CLERK, .org = l.t.merchant, .city = 1});
	ask_as(k, out, "a buyer",
	       (struct principal){.user = 3, .roles = ROLE_BUYER, .org = l.buyer, .city = 1});
	ask_as(k, out, "the owner of an order",
	       (struct principal){.roles = ROLE_OWNER, .order = l.t.order});
	lab_close(&l);
}

/* --- the tests --- */

/* A view that only ever refused, or a list that never had a row, would prove nothing. */
static void check_told(const struct answers *a)
{
	struct domain d;
	struct cx cx;
	int dumb = 0;

	cx_init(&cx, 0);
	assert_int_equal(domain_init(&cx, &d, programme_features), ERR_OK);
	for (const struct feature *const *f = d.features; *f; f++)
		for (const struct view *v = (*f)->views; v && v->name; v++) {
			size_t n = strlen(v->name);
			bool told = false;
			for (int i = 0; i < a->count && !told; i++)
				told = strncmp(a->told[i].question, v->name, n) == 0 &&
				       a->told[i].question[n] == ' ' && a->told[i].answer[0] == '{' &&
				       !strstr(a->told[i].answer, "\"items\":[]");
			if (!told)
				print_error("%s never gave an answer with something in it\n", v->name);
			dumb += !told;
		}
	assert_int_equal(dumb, 0);
	cx_done(&cx);
}

static void every_view_answers(void **state)
{
	struct answers a;

	(void)state;
	tell(&a);
	check_told(&a);
	print_message("%d questions\n", a.count);
	cx_done(&a.cx);
}

static void both_engines_answer_alike(void **state)
{
	struct answers sqlite, pg;
	int differ = 0;

	(void)state;
	if (!getenv("RELODE_TEST_PG")) {
		print_message("no RELODE_TEST_PG: the answers of PostgreSQL were not compared\n");
		skip();
	}
	kit_place = KIT_ON_SQLITE;
	tell(&sqlite);
	kit_place = KIT_ON_POSTGRESQL;
	tell(&pg);
	kit_place = KIT_AS_ASKED;
	for (int i = 0; i < sqlite.count && i < pg.count; i++) {
		const struct told *s = &sqlite.told[i], *p = &pg.told[i];
		if (strcmp(s->question, p->question) == 0 && strcmp(s->answer, p->answer) == 0)
			continue;
		if (++differ <= SHOWN)
			print_error("%s\nSQLite: %s\n%s\nPostgreSQL: %s\n", s->question, s->answer,
				    p->question, p->answer);
	}
	assert_int_equal(differ, 0);
	assert_int_equal(sqlite.count, pg.count);
	cx_done(&sqlite.cx);
	cx_done(&pg.cx);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_view_answers),
		cmocka_unit_test(both_engines_answer_alike),
	};

	return cmocka_run_group_tests_name("views", tests, NULL, NULL);
}
