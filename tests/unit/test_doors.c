/* Every route asked by every role of every kind of caller, over HTTP: who is let in. The outcome is
 * compared with tests/golden/doors.txt, line by line; a route without a line there fails, and so does a
 * line without a route. RELODE_GOLDEN=write writes the file anew: read its difference before it is kept.
 *
 * Requests are made of the declarations: paths name objects of merchant A, bodies have what is required.
 * Before each kind of caller the objects are made anew, so that none is used up by the one before.
 */
#include "place.h"
#include "server/http.h"

#define GOLDEN "tests/golden/doors.txt"
#define MARK "Marked Person" /* the name of the owner whose devices merchant A takes */
#define PHONE "13911112222"

enum { ROLES = 9, AT_LINE_MAX = 400 };

/* Whom the callers of a kind act for. */
struct tenant {
	const char *name;
	bool org_a, org_b;
	int64_t scope;
	char *token[ROLES];
};
struct world {
	struct place p;
	CURL *curl;
	int64_t shop_a, shop_b, site_a, user, token, owner, order, item, device, model;
	char *link, *other_link; /* tokens */
	struct routes routes;
};
static struct world w;
static struct tenant tenants[] = {{"other", false, true, 1},
				  {"away", false, false, 2},
				  {"own", true, false, 1},
				  {"staff", false, false, 0}};

static int64_t number(const struct json *v, const char *name)
{
	const struct json *n = json_get(v, name);

	if (!n || n->type != JSON_INT)
		fail_msg("no number %s", name);
	return n->number;
}

PRINTF_LIKE(3, 4)
static const struct json *does(int64_t city, const char *type, const char *format, ...)
{
	va_list ap;
	char *body;

	va_start(ap, format);
	body = cx_vprintf(&w.p.cx, format, ap);
	va_end(ap);
	return act_in(&w.p, city, type, body);
}

/* --- the world --- */

static void publish(const char *kind, const char *file)
{
	char *text;
	struct sb sb;
	size_t n;

	assert_int_equal(file_read(&w.p.cx, file, 1 << 20, &text, &n), ERR_OK);
	sb_init(&sb, &w.p.cx, 4 << 20);
	json_quote(&sb, text, n);
	does(0, "rule.publish", "{\"kind\":\"%s\",\"name\":\"default\",\"body\":%s}", kind,
	     sb.data);
}

static int64_t shop(const char *name)
{
	return number(
		does(1, "party.register",
		     "{\"kind\":\"organisation\",\"public_name\":\"%s\","
		     "\"roles\":\"merchant,buyer,recycler\"}",
		     name),
		"party");
}

static int64_t site(int64_t party)
{
	return number(does(1, "party.site_open",
			   "{\"party\":%lld,\"kind\":\"store\",\"name\":\"S\"}", (long long)party),
		      "site");
}

static char *book(int64_t site_id, int64_t *order, int64_t *item)
{
	const struct json *a = does(
		1, "tradein.book",
		"{\"owner\":%lld,\"site\":%lld,\"items\":[{\"category\":\"phone\",\"age_months\":20}]}",
		(long long)w.owner, (long long)site_id);

	*order = number(a, "order");
	*item = number(json_get(a, "items")->item[0], "item");
	return cx_strdup(&w.p.cx, json_get(a, "link")->text);
}

/* One order at A, booked; one whose device A has taken; a user of A, with a token. */
static void make_objects(void)
{
	static int count;
	int64_t order, item;

	w.user = number(does(0, "access.user_create",
			     "{\"login\":\"u%d\",\"roles\":\"clerk\",\"org\":%lld,\"scope\":1}",
			     count++, (long long)w.shop_a),
			"user");
	w.token = number(
		does(0, "access.token_issue", "{\"user\":%lld,\"label\":\"t\"}", (long long)w.user),
		"number");
	w.link = book(w.site_a, &order, &item);
	does(1, "tradein.give", "{\"item\":%lld}", (long long)item);
	w.device = number(does(1, "tradein.take_in", "{\"item\":%lld}", (long long)item), "device");
	w.link = book(w.site_a, &w.order, &w.item);
}

static void make_users(struct tenant *t)
{
	for (int i = 0; i < ROLES; i++) {
		int64_t org = t->org_a ? w.shop_a : t->org_b ? w.shop_b : 0;
		char *more = org ? cx_printf(&w.p.cx, ",\"org\":%lld", (long long)org) :
				   cx_strdup(&w.p.cx, "");
		char *scope = t->scope ?
				      cx_printf(&w.p.cx, ",\"scope\":%lld", (long long)t->scope) :
				      more + strlen(more);
		const struct json *a =
			does(0, "access.user_create", "{\"login\":\"%s-%s\",\"roles\":\"%s\"%s%s}",
			     t->name, role_names[i], role_names[i], more, scope);
		int64_t user = number(a, "user");
		a = does(0, "access.token_issue", "{\"user\":%lld,\"label\":\"t\"}",
			 (long long)user);
		t->token[i] = cx_strdup(&w.p.cx, json_get(a, "token")->text);
	}
}

static int setup(void **state)
{
	struct server_options o = {
		.rate = {0, 1}, .rate_public = {0, 1}, .rate_failed = {1000000, 100000}};
	int64_t order, item;

	(void)state;
	curl_global_init(CURL_GLOBAL_DEFAULT);
	start(&w.p, o);
	w.curl = curl_easy_init();
	for (int city = 1; city <= 2; city++)
		does(city, "city.open",
		     "{\"city\":%d,\"name\":\"C\",\"time_zone\":\"Asia/Shanghai\",\"currency\":\"CNY\"}",
		     city);
	publish("price_list", "data/rules/price_list.default.json");
	publish("rubric", "data/rules/rubric.default.json");
	publish("recovery", "data/rules/recovery.default.json");
	does(0, "catalogue.categories",
	     "{\"list\":\"categories\",\"version\":\"1\",\"part\":1,\"parts\":1,"
	     "\"items\":[{\"code\":\"phone\","
	     "\"name_en\":\"phone\",\"name_zh\":\"手机\",\"weee\":6,\"unu_key\":\"0306\",\"storage\":true,"
	     "\"battery\":true,\"mass_mg\":180000,\"mass_source\":\"test\"}]}");
	w.owner = number(does(1, "party.register",
			      "{\"kind\":\"person\",\"roles\":\"owner\",\"name\":\"" MARK
			      "\",\"phone\":\"" PHONE "\"}"),
			 "party");
	w.shop_a = shop("Shop A");
	w.shop_b = shop("Shop B");
	w.site_a = site(w.shop_a);
	w.other_link = book(site(w.shop_b), &order, &item);
	for (size_t i = 0; i < ARRAY_LEN(tenants); i++)
		make_users(&tenants[i]);
	return routes_new(&w.p.cx, node_domain(w.p.node), &w.routes);
}

static int teardown(void **state)
{
	(void)state;
	curl_easy_cleanup(w.curl);
	stop(&w.p);
	curl_global_cleanup();
	return 0;
}

/* --- requests out of declarations --- */

static int64_t object(const char *name)
{
	const struct {
		const char *name;
		int64_t id;
	} known[] = {{"city", 1},	  {"party", w.shop_a},	  {"merchant", w.shop_a},
		     {"buyer", w.shop_a}, {"recycler", w.shop_a}, {"owner", w.owner},
		     {"site", w.site_a},  {"to_site", w.site_a},  {"order", w.order},
		     {"item", w.item},	  {"device", w.device},	  {"user", w.user},
		     {"token", w.token},  {"limit", 10}};

	for (size_t i = 0; i < ARRAY_LEN(known); i++)
		if (strcmp(known[i].name, name) == 0)
			return known[i].id;
	return FIELD_NONE;
}

static void write_value(struct json_writer *jw, const struct field *f);

static void write_body(struct json_writer *jw, const struct field *f)
{
	for (; f->name; f++) {
		bool wanted = f->flags & REQ || strcmp(f->name, "category") == 0 ||
			      strcmp(f->name, "site") == 0 || strcmp(f->name, "owner") == 0;
		if (!(f->flags & IN) || !wanted)
			continue;
		jw_name(jw, f->name);
		write_value(jw, f);
	}
}

static void write_text(struct json_writer *jw, const struct field *f)
{
	static const char filler[] =
		"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx";
	static const char *const known[][2] = {{"category", "phone"},
					       {"currency", "CNY"},
					       {"time_zone", "Etc/UTC"},
					       {"password", "long enough pw"}};
	size_t n = (size_t)(f->min > 3 ? f->min : 3);

	if (strcmp(f->name, "roles") == 0) { /* of a user; of a party */
		jw_text(jw, f->doc && strstr(f->doc, "owner") ? "owner" : "clerk");
		return;
	}
	for (size_t i = 0; i < ARRAY_LEN(known); i++)
		if (strcmp(f->name, known[i][0]) == 0) {
			jw_text(jw, known[i][1]);
			return;
		}
	n = n > (size_t)f->max ? (size_t)f->max : n;
	jw_text(jw, filler + (n < sizeof(filler) ? sizeof(filler) - 1 - n : 0));
}

static void write_hex(struct json_writer *jw, const struct field *f)
{
	char text[2 * 64 + 1];
	size_t n = 2 * (size_t)(f->min > 1 ? f->min : 1);

	assert_true(n < sizeof(text));
	memset(text, 'a', n);
	text[n] = 0;
	jw_text(jw, text);
}

static void write_value(struct json_writer *jw, const struct field *f)
{
	int64_t id = object(f->name);

	switch (f->type) {
	case FIELD_INT:
		jw_int(jw, id != FIELD_NONE ? id : f->min > 1 ? f->min : 1);
		return;
	case FIELD_BOOL:
		jw_bool(jw, true);
		return;
	case FIELD_ENUM:
		jw_text(jw, f->names[0]);
		return;
	case FIELD_TEXT:
		write_text(jw, f);
		return;
	case FIELD_HEX:
		write_hex(jw, f);
		return;
	case FIELD_LIST:
		jw_array(jw);
		jw_object(jw);
		write_body(jw, f->sub);
		jw_object_end(jw);
		jw_array_end(jw);
		return;
	}
}

static char *body_of(const struct route *r)
{
	struct json_writer jw;
	struct sb sb;

	if (!r->action && !(r->own && r->own->request))
		return NULL;
	sb_init(&sb, &w.p.cx, 100000);
	jw_init(&jw, &sb, false);
	jw_object(&jw);
	write_body(&jw, r->action ? r->body : r->own->request);
	jw_object_end(&jw);
	return sb.data;
}

static char *path_of(const struct route *r)
{
	const struct field *params = r->view ? r->view->params : r->own ? r->own->params : NULL;
	const char *sep = "?";
	struct sb sb;

	sb_init(&sb, &w.p.cx, 1000);
	for (const char *p = r->pattern; *p; p++) {
		char name[40];
		if (*p != '{') {
			sb_char(&sb, *p);
			continue;
		}
		snprintf(name, sizeof(name), "%.*s", (int)strcspn(p + 1, "}"), p + 1);
		p += strlen(name) + 1;
		if (object(name) != FIELD_NONE)
			sb_i64(&sb, object(name));
		else
			sb_str(&sb, strcmp(name, "kind") == 0 ? "price_list" :
				    strcmp(name, "name") == 0 ? "default" :
								"1");
	}
	for (; params && params->name; params++) {
		if (!(params->flags & REQ) || params->flags & PATH ||
		    strstr(r->pattern, params->name))
			continue;
		sb_printf(&sb, "%s%s=%s", sep, params->name,
			  params->type == FIELD_ENUM		? params->names[0] :
			  params->type == FIELD_INT		? "1" :
			  strcmp(params->name, "category") == 0 ? "phone" :
								  "xxx");
		sep = "&";
	}
	return sb.data;
}

/* --- asking --- */

/* '+' done, 'o' let in and refused for another reason, '-' forbidden, '!' not known. An own or staff
 * caller's 'o' is a '+': what it may do, one of the same kind may have done before. */
static char outcome(const struct route *r, const char *token, bool ours)
{
	struct cx_mark mark = cx_mark(&w.p.cx);
	struct call c = {.method = method_names[r->method],
			 .path = path_of(r),
			 .token = token,
			 .body = body_of(r)};
	struct reply reply;
	CURLcode code = try_call(&w.p.cx, w.p.url, w.curl, &c, &reply);
	char out;

	if (code)
		fail_msg("%s %s: %s", c.method, c.path, curl_easy_strerror(code));
	if (reply.status >= 500)
		fail_msg("%s %s: %ld %s", c.method, c.path, reply.status, reply.body.data);
	out = reply.status == 401	 ? '!' :
	      reply.status == 403	 ? '-' :
	      reply.status < 300 || ours ? '+' :
					   'o';
	if (!ours && (strstr(reply.body.data, MARK) || strstr(reply.body.data, PHONE)))
		fail_msg("%s %s shows another's person: %s", c.method, c.path, reply.body.data);
	/* What the declaration says of roles holds, whatever else does. */
	if (!(r->roles & ROLE_PUBLIC) && !token && out != '!')
		fail_msg("%s %s lets anyone in: %ld", c.method, c.path, reply.status);
	cx_restore(&w.p.cx, mark);
	return out;
}

static void write_line(struct sb *sb, const struct route *r)
{
	bool changes = r->method != METHOD_GET && strchr(r->pattern, '{');

	sb_printf(sb, "%-24s anyone %c link", r->id, outcome(r, NULL, false));
	sb_printf(sb, " %c other link %c", outcome(r, w.link, true),
		  outcome(r, w.other_link, false));
	for (size_t t = 0; t < ARRAY_LEN(tenants); t++) {
		bool ours = tenants[t].org_a || tenants[t].scope == 0;
		if (changes)
			make_objects();
		sb_printf(sb, "  %s ", tenants[t].name);
		for (int i = 0; i < ROLES; i++) {
			char out = outcome(r, tenants[t].token[i], ours);
			if (!(r->roles & (ROLE_PUBLIC | 1u << i)) && out != '-')
				fail_msg("%s lets %s in, whom its declaration does not name", r->id,
					 role_names[i]);
			if (r->has_city && tenants[t].scope == 2 && out == '+' &&
			    !(r->roles & ROLE_PUBLIC) && !(r->action && r->action->any_city))
				fail_msg("%s lets a %s of another city in", r->id, role_names[i]);
			sb_char(sb, out);
		}
	}
	sb_printf(sb, "  %s %s\n", method_names[r->method], r->pattern);
}

static const char head[] =
	"# Who is let in where: each route asked by every role of every kind of caller (unit/test_doors.c).\n"
	"# roles, in order: owner clerk technician buyer dismantler officer analyst auditor admin\n"
	"# callers: anyone; an order's link and another order's; users of another merchant of the city\n"
	"# (other), of another city (away), of the merchant whose objects are asked for (own), of the\n"
	"# programme (staff)\n"
	"# '+' let in, 'o' let in and refused for another reason (other, away), '-' 403, '!' 401\n";

/* --- */

static void compare(const char *have, const char *want)
{
	int differ = 0, line = 1;

	for (; *have || *want; line++) {
		size_t n = strcspn(have, "\n"), m = strcspn(want, "\n");
		if (n != m || memcmp(have, want, n) != 0) {
			print_message("line %d\n  is:       %.*s\n  was:      %.*s\n", line, (int)n,
				      have, (int)m, want);
			differ++;
		}
		have += n + (have[n] == '\n');
		want += m + (want[m] == '\n');
	}
	if (differ)
		fail_msg("%d lines of " GOLDEN " differ; RELODE_GOLDEN=write writes it anew",
			 differ);
}

static void test_doors(void **state)
{
	const char *mode = getenv("RELODE_GOLDEN");
	char *want;
	struct sb sb;
	size_t n;

	(void)state;
	make_objects();
	sb_init(&sb, &w.p.cx, 1 << 20);
	sb_str(&sb, head);
	for (int i = 0; i < w.routes.count; i++)
		if (!w.routes.route[i].own || !w.routes.route[i].own->queued)
			write_line(&sb, &w.routes.route[i]);
	if (mode && strcmp(mode, "write") == 0)
		assert_int_equal(file_replace(&w.p.cx, GOLDEN, sb.data, sb.len, 0644), ERR_OK);
	assert_int_equal(file_read(&w.p.cx, GOLDEN, 1 << 20, &want, &n), ERR_OK);
	compare(sb.data, want);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_doors)};
	return cmocka_run_group_tests(tests, setup, teardown);
}
