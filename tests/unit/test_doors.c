/* Every route asked by every role of every kind of caller, over HTTP: who is let in. The outcome is
 * compared with tests/golden/doors.txt, line by line; a route without a line there fails, and so does a
 * line without a route. RELODE_GOLDEN=write writes the file anew: read its difference before it is kept.
 *
 * Requests are made of the declarations. What a path, a query or a body names is merchant A's, and has come
 * as far as the route wants it (steps, needs): so who is refused is refused for who it is. What a request
 * has changed is made anew before the next.
 */
#include "place.h"
#include "programme/catalogue/catalogue.h"
#include "programme/report/audit_note.h"
#include "server/http.h"

#define GOLDEN "tests/golden/doors.txt"
#define MARK "Marked Person" /* the name of the owner whose devices merchant A takes */
#define PHONE "13911112222"

enum { ROLES = 9, NAMES_MAX = 40 };

/* Whom the callers of a kind act for. */
struct tenant {
	const char *name;
	bool org_a, org_b;
	int64_t scope;
	int64_t user[ROLES];
	char *token[ROLES];
};
struct world {
	struct place p;
	CURL *curl;
	int64_t shop_a, shop_b;
	int64_t theirs;                  /* the newest number of what is B's */
	int64_t count;                   /* for texts that must be new each time */
	char link[100], other_link[100]; /* of the order of A's thing, of B's order */
	const char *tests, *price_list;  /* JSON: all tests pass; the rule's text */
	struct routes routes;
	struct {
		const char *name;
		int64_t id;
	} known[NAMES_MAX]; /* what a member or parameter of this name means: A's */
	int names;
};
static struct world w;
static struct tenant tenants[] = {{"other", false, true, 1},
				  {"away", false, false, 2},
				  {"own", true, false, 1},
				  {"staff", false, false, 0}};

static int64_t object(const char *name)
{
	for (int i = 0; i < w.names; i++)
		if (strcmp(w.known[i].name, name) == 0)
			return w.known[i].id;
	return FIELD_NONE;
}

static void know(const char *name, int64_t id)
{
	int i = 0;

	while (i < w.names && strcmp(w.known[i].name, name) != 0)
		i++;
	assert_true(i < NAMES_MAX);
	w.known[i].name = name;
	w.known[i].id = id;
	w.names += i == w.names;
}

/* --- the world --- */

/* The text with what its $names mean. */
static char *filled(const char *text)
{
	struct sb sb;

	sb_init(&sb, &w.p.cx, 4 << 20);
	for (; *text; text++) {
		char name[40];
		if (*text != '$') {
			sb_char(&sb, *text);
			continue;
		}
		snprintf(name, sizeof(name), "%.*s",
			 (int)strspn(text + 1, "abcdefghijklmnopqrstuvwxyz_"), text + 1);
		text += strlen(name);
		if (strcmp(name, "tests") == 0)
			sb_str(&sb, w.tests);
		else if (strcmp(name, "price_list") == 0)
			sb_str(&sb, w.price_list);
		else if (strcmp(name, "link") == 0)
			sb_str(&sb, w.link);
		else if (strcmp(name, "now") == 0)
			sb_i64(&sb, cx_now(&w.p.cx));
		else if (strcmp(name, "count") == 0)
			sb_i64(&sb, ++w.count);
		else if (object(name) != FIELD_NONE)
			sb_i64(&sb, object(name));
		else
			fail_msg("what is $%s?", name);
	}
	assert_int_equal(sb_end(&sb), ERR_OK);
	return sb.data;
}

static const struct json *does(int64_t city, const char *type, const char *text)
{
	return act_in(&w.p, city, type, filled(text));
}

static int64_t number(const struct json *v, const char *name)
{
	const struct json *n = json_get(v, name);

	if (!n || n->type != JSON_INT)
		fail_msg("no number %s", name);
	return n->number;
}

/* The shipped rule of a kind; returns its text, as JSON. */
static const char *publish(const char *kind)
{
	struct cx *cx = &w.p.cx;
	char *text;
	struct sb sb;
	size_t n;

	assert_int_equal(file_read(cx, cx_printf(cx, "data/rules/%s.default.json", kind), 1 << 20, &text, &n),
			 ERR_OK);
	sb_init(&sb, cx, 4 << 20);
	json_quote(&sb, text, n);
	does(0, "rule.publish",
	     cx_printf(cx, "{\"kind\":\"%s\",\"name\":\"default\",\"body\":%s}", kind, sb.data));
	return sb.data;
}

/* How far A's thing has come. */
enum point {
	NOTHING, SITE, USER, TOKEN, BOOKED, BROUGHT, TAKEN, LEFT, KEPT, OFFERED, RETURNING, GIVEN_BACK, HELD,
	SEIZED, LOST, ON_THE_WAY, MERGED, SHOWN, OWNED, PAYING, EXPORTED, FUNDED, ERASING, ERASED, STOCK,
	COUNTED, REPAIRED, LISTED, SOLD, DELIVERED, SENT, BATCH, WEIGHED, LOT, CONSIGNED, RECEIPTED
};
#define ITEM "{\"item\":$item}"
#define DEVICE "{\"device\":$device}"
#define PHOTO                                                                                      \
	"iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNgAAAAAgABSK+kcQAAAABJRU5ErkJggg=="
#define DIGEST "aa11223344556677889900aabbccddeeff00112233445566778899aabbccddee"
#define ERASURE                                                                                    \
	"\"medium\":1,\"outcome\":\"verified\",\"method\":\"Purge\","                              \
	"\"technique\":\"cryptographic_erase\",\"tool\":\"bench\",\"tool_version\":\"1\","         \
	"\"started_us\":$now,\"ended_us\":$now,\"sampled\":64,\"mismatched\":0,\"log\":\"" DIGEST "\""
#define CATEGORIES                                                                                 \
	"{\"list\":\"categories\",\"version\":\"$count\",\"part\":1,\"parts\":1,\"items\":["       \
	"{\"code\":\"phone\",\"name_en\":\"phone\",\"name_zh\":\"手机\",\"weee\":6,"               \
	"\"unu_key\":\"0306\",\"storage\":true,\"battery\":true,\"mass_mg\":180000,"               \
	"\"mass_source\":\"test\"}]}"
#define MODELS                                                                                     \
	"{\"list\":\"models\",\"version\":\"$count\",\"part\":1,\"parts\":1,\"items\":["           \
	"{\"brand\":\"Apple\",\"name\":\"iPhone 13\",\"category\":\"phone\","                      \
	"\"released_day\":18894,\"launch_minor\":599900,\"launch_currency\":\"CNY\","              \
	"\"mass_mg\":174000,\"mass_source\":\"test\"}]}"
#define TACS                                                                                       \
	"{\"version\":\"$count\",\"items\":["                                                      \
	"{\"tac\":\"35000000\",\"brand\":\"Apple\",\"name\":\"iPhone 13\"}]}"
#define MAP                                                                                        \
	"{\"body\":\"{\\\"type\\\":\\\"FeatureCollection\\\",\\\"features\\\":["                   \
	"{\\\"type\\\":\\\"Feature\\\",\\\"properties\\\":"                                        \
	"{\\\"code\\\":\\\"D\\\",\\\"name\\\":\\\"D $count\\\"},"                                  \
	"\\\"geometry\\\":{\\\"type\\\":\\\"Polygon\\\","                                          \
	"\\\"coordinates\\\":[[[121,31],[122,31],[122,32],[121,31]]]}}]}\"}"
#define PAID                                                                                       \
	"{\"file\":\"<Document xmlns='urn:iso:std:iso:20022:tech:xsd:pain.002.001.03'>"            \
	"<CstmrPmtStsRpt><OrgnlGrpInfAndSts><OrgnlMsgId>R1-$payout</OrgnlMsgId>"                   \
	"</OrgnlGrpInfAndSts><OrgnlPmtInfAndSts><TxInfAndSts>"                                     \
	"<OrgnlEndToEndId>R1-$payout-1</OrgnlEndToEndId><TxSts>ACSC</TxSts></TxInfAndSts>"         \
	"</OrgnlPmtInfAndSts></CstmrPmtStsRpt></Document>\"}"
/* By which action, from where. */
static const struct step {
	enum point to, from;
	const char *type, *body;
} steps[] = {
	{SITE, NOTHING, "party.site_open", "{\"party\":$party,\"kind\":\"store\",\"name\":\"S\"}"},
	{USER, NOTHING, "access.user_create",
	 "{\"login\":\"u$count\",\"roles\":\"clerk\",\"org\":$party,\"scope\":1}"},
	{TOKEN, USER, "access.token_issue", "{\"user\":$user,\"label\":\"t\"}"},
	/* traded in */
	{BOOKED, SITE, "tradein.book",
	 "{\"owner\":$owner,\"site\":$site,\"items\":"
	 "[{\"model\":$model,\"storage_gb\":128,\"battery_percent\":90}]}"},
	{BROUGHT, BOOKED, "tradein.give", ITEM},
	{TAKEN, BROUGHT, "tradein.take_in", ITEM},
	{LEFT, BOOKED, "tradein.give", "{\"item\":$item,\"custody_only\":true}"},
	{KEPT, LEFT, "tradein.take_in", ITEM},
	{OFFERED, TAKEN, "inspect.record",
	 "{\"item\":$item,\"tests\":$tests,\"battery_percent\":90,"
	 "\"marks\":[{\"part\":\"screen\",\"severity\":\"cracked\"}]}"},
	{RETURNING, OFFERED, "tradein.decline", ITEM},
	{GIVEN_BACK, RETURNING, "tradein.return_given", ITEM},
	{HELD, TAKEN, "device.hold", "{\"device\":$device,\"reason\":\"dispute\"}"},
	{SEIZED, HELD, "device.seize", DEVICE},
	{LOST, TAKEN, "device.lose", DEVICE},
	{ON_THE_WAY, TAKEN, "device.ship", "{\"device\":$device,\"to_site\":$to_site}"},
	{MERGED, TAKEN, "device.merge", "{\"device\":$device,\"same_as\":$same_as}"},
	{SHOWN, TAKEN, "evidence.add", "{\"device\":$device,\"content\":\"" PHOTO "\"}"},
	{OWNED, SHOWN, "inspect.record",
	 "{\"item\":$item,\"tests\":$tests,\"battery_percent\":90,\"storage_gb\":128,"
	 "\"photos\":[{\"evidence\":$evidence}]}"},
	/* paid */
	{PAYING, OWNED, "settle.payout_create", "{\"items\":[" ITEM "]}"},
	{EXPORTED, PAYING, "settle.payout_exported",
	 "{\"payout\":$payout,\"format\":\"csv\",\"digest\":\"" DIGEST "\"}"},
	{FUNDED, NOTHING, "settle.receipt", "{\"source\":\"benefit_fund\",\"amount_minor\":1}"},
	/* sold */
	{ERASING, OWNED, "erase.start", DEVICE},
	{ERASED, ERASING, "erase.attempt", "{\"device\":$device," ERASURE "}"},
	{STOCK, ERASED, "stock.receive", DEVICE},
	{COUNTED, STOCK, "stock.stocktake", "{\"site\":$site,\"seen\":[" DEVICE "]}"},
	{REPAIRED, STOCK, "stock.repair", "{\"device\":$device,\"labour_minor\":100}"},
	{LISTED, STOCK, "stock.list", "{\"device\":$device,\"price_minor\":1000}"},
	{SOLD, LISTED, "stock.sell", "{\"device\":$device,\"buyer\":$buyer}"},
	{DELIVERED, SOLD, "stock.deliver", "{\"sale\":$sale}"},
	/* taken apart */
	{SENT, ERASED, "recover.send", "{\"device\":$device,\"reason\":\"damaged\"}"},
	{BATCH, SENT, "recover.batch_open",
	 "{\"site\":$site,\"dismantler\":$dismantler,\"scale\":\"S-1\"}"},
	{WEIGHED, BATCH, "recover.weigh_in", "{\"batch\":$batch,\"device\":$device,\"scale_mg\":171000}"},
	{LOT, WEIGHED, "recover.weigh_out",
	 "{\"batch\":$batch,\"fraction\":\"ferrous\",\"mass_mg\":50000}"},
	{CONSIGNED, LOT, "recover.consign",
	 "{\"recycler\":$recycler,\"document\":\"T-1\",\"lots\":[{\"lot\":$lot}]}"},
	{RECEIPTED, CONSIGNED, "recover.receipt",
	 "{\"consignment\":$consignment,\"certificate\":\"C-$count\",\"dated_us\":1,\"value_minor\":12000,"
	 "\"lots\":[{\"lot\":$lot,\"received_mg\":49000}]}"},
};

/* What an answer may give a number to. */
static const char *const made[] = {"order", "item",  "device", "sale",	"batch",  "lot",     "consignment",
				   "site",  "payout", "evidence", "user", "token", "repair", "stocktake"};

static void learn(const struct json *answer)
{
	const struct json *items = json_get(answer, "items"), *link = json_get(answer, "link");

	for (size_t i = 0; i < ARRAY_LEN(made); i++) {
		const struct json *v = json_get(answer, strcmp(made[i], "token") == 0 ? "number" : made[i]);
		if (v && v->type == JSON_INT)
			know(made[i], v->number);
	}
	know("reverses", number(answer, "seq"));
	if (link) {
		know("item", number(items->item[0], "item"));
		snprintf(w.link, sizeof(w.link), "%s", link->text);
	}
}

/* A new thing of A's, come so far. */
static void reach(enum point to)
{
	const struct step *s = steps;
	struct cx_mark mark;

	if (to == NOTHING)
		return;
	while (s->to != to) {
		s++;
		assert_true(s < steps + ARRAY_LEN(steps));
	}
	reach(s->from);
	mark = cx_mark(&w.p.cx);
	learn(does(strncmp(s->type, "access.", 7) == 0 ? 0 : 1, s->type, s->body));
	cx_restore(&w.p.cx, mark);
}

/* Its data must be kept: party.forget is refused, and its users go on. */
static int64_t shop(const char *name)
{
	return number(does(1, "party.register",
			   cx_printf(&w.p.cx,
				     "{\"kind\":\"organisation\",\"public_name\":\"%s\","
				     "\"roles\":\"merchant,buyer,recycler\","
				     "\"keep_until_us\":4000000000000000}",
				     name)),
		      "party");
}

static int64_t person(const char *name, const char *phone)
{
	return number(does(1, "party.register",
			   cx_printf(&w.p.cx,
				     "{\"kind\":\"person\",\"roles\":\"owner\",\"name\":\"%s\","
				     "\"phone\":\"%s\",\"bank_account\":\"6222021234567890123\"}",
				     name, phone)),
		      "party");
}

static void be(int64_t party)
{
	static const char *const as[] = {"party", "org",	  "merchant",
					  "buyer", "recycler", "dismantler"};

	for (size_t i = 0; i < ARRAY_LEN(as); i++)
		know(as[i], party);
}

/* Every test of the category passes. */
static const char *all_pass(void)
{
	struct reply r = ask(&w.p, (struct call){"GET", "/v1/cities/1/tests?category=phone", w.p.admin});
	const struct json *tests = json_get(r.json, "tests");
	struct sb sb;

	assert_non_null(tests);
	sb_init(&sb, &w.p.cx, 20000);
	for (size_t i = 0; i < tests->count; i++)
		sb_printf(&sb, "%s{\"test\":\"%s\",\"result\":\"pass\"}", i ? "," : "[",
			  json_get(tests->item[i], "code")->text);
	sb_char(&sb, ']');
	return sb.data;
}

/* What an audit leaves for its view. */
static void leave_note(void)
{
	static const struct audit_result none;
	struct reader r;

	assert_int_equal(node_reader_get(&w.p.cx, w.p.node, 1, (struct principal){0}, &r), ERR_OK);
	assert_int_equal(audit_note_write(&w.p.cx, r.projections, &none, -1, false, 0), ERR_OK);
	node_reader_put(w.p.node, &r);
}

static const char *new_token(int64_t user)
{
	know("user", user);
	return json_get(does(0, "access.token_issue", "{\"user\":$user,\"label\":\"t\"}"), "token")->text;
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
			does(0, "access.user_create",
			     cx_printf(&w.p.cx, "{\"login\":\"%s-%s\",\"roles\":\"%s\"%s%s}", t->name,
				       role_names[i], role_names[i], more, scope));
		t->user[i] = number(a, "user");
		t->token[i] = cx_strdup(&w.p.cx, new_token(t->user[i]));
	}
}

static void make_cities(void)
{
	struct reply r;

	does(1, "city.open",
	     "{\"city\":1,\"name\":\"C\",\"time_zone\":\"Asia/Shanghai\",\"currency\":\"CNY\"}");
	does(2, "city.open",
	     "{\"city\":2,\"name\":\"C\",\"time_zone\":\"Asia/Shanghai\",\"currency\":\"CNY\"}");
	publish("rubric");
	publish("recovery");
	w.price_list = publish("price_list");
	does(0, "catalogue.categories", CATEGORIES);
	know("model", MODEL_ID(number(does(0, "catalogue.models", MODELS), "seq"), 1));
	does(1, "map.publish", MAP);
	does(1, "city.rate", "{\"code\":\"VAT\",\"from_us\":1,\"rate_bp\":1300}");
	r = ask(&w.p, (struct call){"GET", "/v1/cities/1", w.p.admin});
	know("party", number_of(&r, "programme"));
	does(1, "party.update", "{\"party\":$party,\"name\":\"P\",\"bank_account\":\"6222021234567890124\"}");
	w.tests = all_pass();
	leave_note();
}

/* An order of merchant B's first; then everything is A's. */
static void make_merchants(void)
{
	w.shop_a = shop("Shop A");
	w.shop_b = shop("Shop B");
	be(w.shop_b);
	know("owner", person("Other Person", "13900000000"));
	reach(BOOKED);
	w.theirs = object("item");
	memcpy(w.other_link, w.link, sizeof(w.link));
	be(w.shop_a);
	know("owner", person(MARK, PHONE));
	reach(TAKEN);
	know("same_as", object("device"));
	know("to_site", object("site"));
	know("witness_user", number(does(0, "access.user_create",
					 "{\"login\":\"witness\",\"roles\":\"technician\"}"),
				    "user"));
	does(1, "stock.deposit",
	     "{\"buyer\":$buyer,\"amount_minor\":1000000000,\"reference\":\"D-$count\"}");
}

static int setup(void **state)
{
	struct server_options o = {
		.rate = {0, 1}, .rate_public = {0, 1}, .rate_failed = {1000000, 100000}};

	(void)state;
	curl_global_init(CURL_GLOBAL_DEFAULT);
	on_postgresql = getenv("RELODE_KIT_PG") != NULL;
	start(&w.p, o);
	w.curl = curl_easy_init();
	w.count = 100; /* beyond the cities that there are */
	know("city", 1);
	know("limit", 10);
	make_cities();
	make_merchants();
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

/* Routes that need more than a device that A has taken in: how far A's thing has come, and what to give
 * beside what is required, or instead: members of a body, or parameters of a query. */
static const struct need {
	const char *id;
	enum point at;
	const char *more;
} needs[] = {
	{"server.session_open", NOTHING, "{\"login\":\"root\",\"password\":\"correct horse\"}"},
	{"server.login", NOTHING, "{\"login\":\"root\",\"password\":\"correct horse\"}"},
	{"server.order_session", TAKEN, "{\"link\":\"$link\"}"},
	{"city.open", NOTHING, "{\"city\":$count}"},
	{"city.settings", NOTHING, "{\"name\":\"C\"}"},
	{"city.rate", NOTHING, "{\"code\":\"T-$count\"}"},
	{"party.update", NOTHING, "{\"name\":\"N\"}"},
	{"party.roles", NOTHING, "{\"roles\":\"merchant,buyer,recycler\"}"},
	{"party.register", NOTHING, NULL},
	{"party.site_change", SITE, "{\"name\":\"S\"}"},
	{"party.site_close", SITE, NULL},
	{"party.earlier", TAKEN, "phone=" PHONE},
	{"access.user_create", NOTHING, "{\"login\":\"n$count\"}"},
	{"access.user_roles", USER, NULL},
	{"access.user_disable", USER, NULL},
	{"access.password", USER, NULL},
	{"access.token_issue", USER, NULL},
	{"access.token_revoke", TOKEN, NULL},
	{"access.users", USER, NULL},
	{"access.tokens", TOKEN, NULL},
	{"rule.publish", NOTHING, "{\"kind\":\"price_list\",\"name\":\"n$count\",\"body\":$price_list}"},
	{"catalogue.categories", NOTHING, CATEGORIES},
	{"catalogue.models", NOTHING, MODELS},
	{"catalogue.tacs", NOTHING, TACS},
	{"evidence.add", TAKEN, "{\"device\":$device,\"content\":\"" PHOTO "\"}"},
	{"evidence.get", SHOWN, NULL},
	{"device.identify", TAKEN, "{\"add\":[{\"kind\":\"serial\",\"value\":\"N$count\"}]}"},
	{"device.search", TAKEN, "kind=serial&identifier=N1"},
	{"device.unmerge", MERGED, NULL},
	{"device.arrive", ON_THE_WAY, "{\"site\":$to_site}"},
	{"device.release", HELD, NULL},
	{"device.seize", HELD, NULL},
	{"device.find", LOST, NULL},
	{"tradein.quote", NOTHING, "model=$model&storage_gb=128&battery_percent=90"},
	{"tradein.give", BOOKED, NULL},
	{"tradein.take_in", BROUGHT, NULL},
	{"tradein.propose", KEPT, NULL},
	{"tradein.cancel", BOOKED, NULL},
	{"tradein.lapse", BOOKED, NULL},
	{"tradein.accept", OFFERED, NULL},
	{"tradein.decline", OFFERED, NULL},
	{"tradein.return_given", RETURNING, NULL},
	{"tradein.return_taken", GIVEN_BACK, NULL},
	{"tradein.return_failed", GIVEN_BACK, NULL},
	{"tradein.compensate", LOST, NULL},
	{"tradein.seized", SEIZED, NULL},
	{"inspect.list", OWNED, NULL},
	{"erase.start", OWNED, NULL},
	{"erase.attempt", ERASING, "{" ERASURE "}"},
	{"erase.destroy", OWNED, "{\"technique\":\"shred\"}"},
	{"erase.attempts", ERASED, NULL},
	{"stock.receive", ERASED, NULL},
	{"stock.dispose", ERASED, NULL},
	{"stock.list", STOCK, NULL},
	{"stock.unlist", LISTED, NULL},
	{"stock.deposit", NOTHING, "{\"reference\":\"D-$count\"}"},
	{"stock.refund", NOTHING, "{\"reference\":\"R-$count\"}"},
	{"stock.sell", LISTED, NULL},
	{"stock.cancel_sale", SOLD, NULL},
	{"stock.deliver", SOLD, NULL},
	{"stock.return", DELIVERED, NULL},
	{"stock.repair", STOCK, "{\"labour_minor\":1}"},
	{"stock.stocktake", STOCK, "{\"seen\":[" DEVICE "]}"},
	{"stock.inventory", STOCK, NULL},
	{"stock.offers", LISTED, NULL},
	{"stock.photos", LISTED, NULL},
	{"stock.photo", LISTED, NULL},
	{"stock.sales", SOLD, NULL},
	{"stock.sale", SOLD, NULL},
	{"stock.prices", LISTED, NULL},
	{"stock.preview", ERASED, NULL},
	{"stock.parts", REPAIRED, NULL},
	{"stock.counts", COUNTED, NULL},
	{"stock.differences", COUNTED, NULL},
	{"recover.send", ERASED, "{\"reason\":\"damaged\"}"},
	{"recover.batch_open", SENT, NULL},
	{"recover.weigh_in", BATCH, NULL},
	{"recover.component", WEIGHED, NULL},
	{"recover.weigh_out", WEIGHED, "{\"fraction\":\"ferrous\"}"},
	{"recover.gain", WEIGHED, "{\"reason\":\"found\"}"},
	{"recover.batch_close", WEIGHED, "{\"reason\":\"dust\"}"},
	{"recover.consign", LOT, NULL},
	{"recover.receipt", CONSIGNED, "{\"certificate\":\"C-$count\"}"},
	{"recover.receipt_correct", RECEIPTED, "{\"certificate\":\"C-$count\"}"},
	{"recover.batches", WEIGHED, NULL},
	{"recover.batch", WEIGHED, NULL},
	{"recover.weighings", WEIGHED, NULL},
	{"recover.tree", WEIGHED, NULL},
	{"recover.lots", LOT, NULL},
	{"recover.consignments", CONSIGNED, NULL},
	{"recover.consignment", CONSIGNED, NULL},
	{"settle.payout_create", OWNED, "{\"items\":[" ITEM "]}"},
	{"settle.payout_exported", PAYING, NULL},
	{"settle.payout_cancel", PAYING, NULL},
	{"settle.payout_result", EXPORTED, PAID},
	{"settle.exchange", NOTHING, "{\"from_currency\":\"EUR\",\"to_currency\":\"CNY\"}"},
	{"settle.tax_pay", DELIVERED, NULL},
	{"settle.adjust", FUNDED, NULL},
	{"settle.receipt", RECEIPTED, "{\"party\":$recycler}"},
	{"settle.payout", PAYING, NULL},
	{"settle.payout_file", PAYING, NULL},
	{"settle.statement", SOLD, "account=money_buyer/$buyer"},
	{"settle.own", SOLD, "party=$party"},
	{"map.publish", NOTHING, MAP},
	{"desk.preview", TAKEN, "name=default"},
	{"desk.find", TAKEN, "text=$device"},
};

static const struct need *need_of(const struct route *r)
{
	static const struct need simple = {NULL, TAKEN, NULL};

	for (size_t i = 0; i < ARRAY_LEN(needs); i++)
		if (strcmp(needs[i].id, r->id) == 0)
			return &needs[i];
	return &simple;
}

static void write_value(struct json_writer *jw, const struct field *f);

static void write_body(struct json_writer *jw, const struct field *f, const struct json *more)
{
	for (; f->name; f++) {
		const struct json *given = more ? json_get(more, f->name) : NULL;
		bool wanted = given || f->flags & REQ || strcmp(f->name, "category") == 0 ||
			      strcmp(f->name, "site") == 0 || strcmp(f->name, "owner") == 0;
		if (!(f->flags & IN) || !wanted)
			continue;
		jw_name(jw, f->name);
		if (given)
			jw_value(jw, given);
		else
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
		write_body(jw, f->sub, NULL);
		jw_object_end(jw);
		jw_array_end(jw);
		return;
	}
}

static char *body_of(const struct route *r)
{
	const char *text = need_of(r)->more;
	struct json *more = NULL;
	struct json_writer jw;
	struct sb sb;

	if (!r->action && !(r->own && r->own->request))
		return NULL;
	if (text) {
		text = filled(text);
		if (json_parse(&w.p.cx, text, strlen(text), &json_limits_request, &more))
			fail_msg("%s: %s in %s", r->id, w.p.cx.msg, text);
	}
	sb_init(&sb, &w.p.cx, 1000000);
	jw_init(&jw, &sb, false);
	jw_object(&jw);
	write_body(&jw, r->action ? r->body : r->own->request, more);
	jw_object_end(&jw);
	return sb.data;
}

static void write_query(struct sb *sb, const struct route *r)
{
	const struct field *f = r->view ? r->view->params : r->own ? r->own->params : NULL;
	const char *more = r->action ? NULL : need_of(r)->more, *sep = "?";

	if (r->own && r->own->request)
		return;
	if (more) {
		sb_printf(sb, "?%s", filled(more));
		return;
	}
	for (; f && f->name; f++) {
		if (!(f->flags & REQ) || f->flags & PATH || strstr(r->pattern, f->name))
			continue;
		sb_printf(sb, "%s%s=%s", sep, f->name,
			  f->type == FIELD_ENUM		   ? f->names[0] :
			  f->type == FIELD_INT		   ? "1" :
			  strcmp(f->name, "category") == 0 ? "phone" :
							     "xxx");
		sep = "&";
	}
}

static char *path_of(const struct route *r)
{
	static const char *const words[][2] = {
		{"kind", "price_list"}, {"name", "default"}, {"slug", "conflict"}};
	struct sb sb;

	sb_init(&sb, &w.p.cx, 1000);
	for (const char *p = r->pattern; *p; p++) {
		const char *word = NULL;
		char name[40];
		if (*p != '{') {
			sb_char(&sb, *p);
			continue;
		}
		snprintf(name, sizeof(name), "%.*s", (int)strcspn(p + 1, "}"), p + 1);
		p += strlen(name) + 1;
		for (size_t i = 0; i < ARRAY_LEN(words); i++)
			if (strcmp(name, words[i][0]) == 0)
				word = words[i][1];
		if (!word && object(name) == FIELD_NONE)
			fail_msg("%s: what is {%s}?", r->id, name);
		if (word)
			sb_str(&sb, word);
		else
			sb_i64(&sb, object(name));
	}
	write_query(&sb, r);
	return sb.data;
}

/* --- asking --- */

/* A number in an answer is that of something of A's. Of what is made in the city the first is B's alone. */
static bool is_ours(const char *name, int64_t id)
{
	static const char *const made_before[] = {"party",	"merchant", "buyer", "recycler",
						  "dismantler", "owner",    "user",  "token", "org"};

	if (strcmp(name, "party") == 0 && id == object("owner"))
		return true;
	for (size_t i = 0; i < ARRAY_LEN(made_before); i++)
		if (strcmp(name, made_before[i]) == 0)
			return id == object(name);
	for (size_t i = 0; i < ARRAY_LEN(made); i++)
		if (strcmp(name, made[i]) == 0)
			return id > w.theirs;
	return strcmp(name, "id") == 0 && id > w.theirs;
}

static bool shows_ours(const struct json *v)
{
	for (size_t i = 0; v && (v->type == JSON_OBJECT || v->type == JSON_ARRAY) && i < v->count; i++) {
		const struct json *m = v->item[i];
		if (shows_ours(m) ||
		    (v->type == JSON_OBJECT && m->type == JSON_INT && is_ours(v->name[i], m->number)))
			return true;
	}
	return false;
}

/* The path names something. */
static bool names_ours(const struct route *r)
{
	const char *p = strstr(r->pattern, "{city}");

	return strchr(p ? p + 1 : r->pattern, '{') != NULL;
}

/* '+' done; 'o' refused for the state of things or for a value; '0' as if it were not there; '-' forbidden;
 * '!' not known. Any other answer says nothing of who may, and fails. */
static char outcome_of(long status)
{
	switch (status) {
	case 401:
		return '!';
	case 403:
		return '-';
	case 404:
		return '0';
	case 409:
	case 422:
		return 'o';
	default:
		return status >= 200 && status < 300 ? '+' : '?';
	}
}

static char asked(const struct route *r, const char *token, bool ours)
{
	struct cx_mark mark = cx_mark(&w.p.cx);
	struct call c = {.method = method_names[r->method],
			 .path = path_of(r),
			 .token = token,
			 .body = body_of(r)};
	bool open = r->roles & ROLE_PUBLIC;
	struct reply reply;
	CURLcode code = try_call(&w.p.cx, w.p.url, w.curl, &c, &reply);
	char out = outcome_of(reply.status);

	if (code)
		fail_msg("%s %s: %s", c.method, c.path, curl_easy_strerror(code));
	if (out == '?' || (ours && out == '0'))
		fail_msg("%s %s: %ld %s", c.method, c.path, reply.status, reply.body.data);
	if (!ours && (strstr(reply.body.data, MARK) || strstr(reply.body.data, PHONE)))
		fail_msg("%s %s shows another's person: %s", c.method, c.path, reply.body.data);
	if (!ours && !open && shows_ours(reply.json))
		fail_msg("%s %s shows what is another's: %s", c.method, c.path, reply.body.data);
	/* What the declaration says of roles holds, whatever else does. */
	if (!open && !token && out != '!')
		fail_msg("%s %s lets anyone in: %ld", c.method, c.path, reply.status);
	cx_restore(&w.p.cx, mark);
	return out;
}

/* A caller of A's. Refused for the state or a value it has come past the check of who it is only where `was`,
 * what another's caller came to with the same request, is '-'. */
static char of_ours(const struct route *r, const char *token, const char *other, char was)
{
	char out = asked(r, token, true);

	if (out == 'o' && was != '-')
		fail_msg("%s is refused, and nothing shows that the caller was looked at", r->id);
	if (out != '+' || r->method == METHOD_GET)
		return out;
	/* What has happened to it is no more told to others than what it was before. */
	if (was == '-' && asked(r, other, false) != '-')
		fail_msg("%s tells others how far it has come", r->id);
	reach(need_of(r)->at);
	return out;
}

static char of_another(const struct route *r, const char *token)
{
	bool named = names_ours(r) && !(r->roles & ROLE_PUBLIC);
	char out = asked(r, token, false);

	if (out == 'o' || (named && out == '+') || (!named && out == '0'))
		fail_msg("%s: '%c' to a caller whose it is not", r->id, out);
	if (out == '+' && r->method != METHOD_GET)
		reach(need_of(r)->at);
	return out;
}

static bool is_ours_tenant(const struct tenant *t) { return t->org_a || t->scope == 0; }

static char of_tenant(const struct route *r, const struct tenant *t, int role, char was)
{
	bool ends = strcmp(r->id, "server.session_close") == 0; /* the token's last request */
	const char *token = ends ? new_token(t->user[role]) : t->token[role];
	char out = is_ours_tenant(t) ? of_ours(r, token, tenants[0].token[role], was) : of_another(r, token);

	if (!(r->roles & (ROLE_PUBLIC | 1u << role)) && out != '-')
		fail_msg("%s lets %s in, whom its declaration does not name", r->id, role_names[role]);
	if (r->has_city && t->scope == 2 && out != '-' && !(r->roles & ROLE_PUBLIC) &&
	    !(r->action && r->action->any_city))
		fail_msg("%s lets a %s of another city in", r->id, role_names[role]);
	return out;
}

static void write_line(struct sb *sb, const struct route *r)
{
	char was[ROLES] = {0}, link, other_link;
	bool let_in;

	reach(need_of(r)->at);
	other_link = of_another(r, w.other_link);
	link = of_ours(r, w.link, w.other_link, other_link);
	let_in = link == '+' || link == 'o';
	sb_printf(sb, "%-24s anyone %c link %c other link %c", r->id, of_another(r, NULL), link, other_link);
	for (size_t t = 0; t < ARRAY_LEN(tenants); t++) {
		sb_printf(sb, "  %s ", tenants[t].name);
		for (int i = 0; i < ROLES; i++) {
			char out = of_tenant(r, &tenants[t], i, was[i]);
			if (t == 0)
				was[i] = out;
			else if (is_ours_tenant(&tenants[t]))
				let_in |= out == '+' || out == 'o';
			sb_char(sb, out);
		}
	}
	sb_printf(sb, "  %s %s\n", method_names[r->method], r->pattern);
	if (!let_in)
		fail_msg("%s lets nobody in", r->id);
}

static const char head[] =
	"# Who is let in where: each route asked by every role of every kind of caller (unit/test_doors.c).\n"
	"# roles, in order: owner clerk technician buyer dismantler officer analyst auditor admin\n"
	"# callers: anyone; an order's link and another order's; users of another merchant of the city\n"
	"# (other), of another city (away), of the merchant whose things are asked for (own), of the\n"
	"# programme (staff)\n"
	"# '+' done, '-' 403, '!' 401, '0' 404 as if it were not there, 'o' let in, then refused for the\n"
	"# state or a value: the same request by a caller of another merchant, or by the other link, got\n"
	"# '-'\n";

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

static void each_need_has_a_route(void **state)
{
	(void)state;
	for (size_t k = 0; k < ARRAY_LEN(needs); k++) {
		int i = 0;
		while (i < w.routes.count && strcmp(w.routes.route[i].id, needs[k].id) != 0)
			i++;
		if (i == w.routes.count)
			fail_msg("there is no route %s", needs[k].id);
	}
}

static void test_doors(void **state)
{
	const char *mode = getenv("RELODE_GOLDEN");
	char *want;
	struct sb sb;
	size_t n;

	(void)state;
	sb_init(&sb, &w.p.cx, 1 << 20);
	sb_str(&sb, head);
	for (int i = 0; i < w.routes.count; i++)
		write_line(&sb, &w.routes.route[i]);
	if (mode && strcmp(mode, "write") == 0)
		assert_int_equal(file_replace(&w.p.cx, GOLDEN, sb.data, sb.len, 0644), ERR_OK);
	assert_int_equal(file_read(&w.p.cx, GOLDEN, 1 << 20, &want, &n), ERR_OK);
	compare(sb.data, want);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(each_need_has_a_route),
					   cmocka_unit_test(test_doors)};
	return cmocka_run_group_tests(tests, setup, teardown);
}
