/* trade.h: a city ready to trade in, for tests: shipped rules, a small catalogue, parties, sites.
 */
#ifndef RELODE_TESTS_TRADE_H
#define RELODE_TESTS_TRADE_H

#include "base/file.h"
#include "programme/catalogue/catalogue.h"
#include "programme/device/device.h"
#include "programme/evidence/evidence.h"
#include "programme/inspect/inspect.h"
#include "programme/tradein/tradein.h"
#include "kit.h"

struct trade {
	struct kit k;
	int64_t owner, merchant, retailer, carrier;
	int64_t shop, store, centre;       /* sites of merchant, retailer, programme */
	int64_t phone, laptop, old_phone;  /* models */
	int64_t order, item, device;       /* of the last booking */
	const char *link;
};

static inline void trade_rule(struct kit *k, const char *kind, const char *file)
{
	char *text;
	struct sb sb;
	size_t n;

	if (file_read(&k->cx, file, 1 << 20, &text, &n))
		fail_msg("%s: %s", file, k->cx.msg);
	sb_init(&sb, &k->cx, 4 << 20);
	json_quote(&sb, text, n);
	kit_act(k, 0, "rule.publish", "{\"kind\":\"%s\",\"name\":\"default\",\"body\":%s}", kind, sb.data);
}

static inline void trade_catalogue(struct trade *t)
{
	const struct json *a;
	int64_t seq;

	kit_act(&t->k, 0, "catalogue.categories",
		"{\"list\":\"categories\",\"version\":\"1\",\"part\":1,\"parts\":1,\"items\":["
		"{\"code\":\"phone\",\"name_en\":\"phone\",\"name_zh\":\"手机\",\"weee\":6,"
		"\"unu_key\":\"0306\","
		"\"storage\":true,\"battery\":true,\"mass_mg\":180000,\"mass_source\":\"test\"},"
		"{\"code\":\"laptop\",\"name_en\":\"laptop\",\"name_zh\":\"笔记本\",\"weee\":2,"
		"\"unu_key\":\"0303\","
		"\"storage\":true,\"battery\":true,\"mass_mg\":2000000,\"mass_source\":\"test\"},"
		"{\"code\":\"washing_machine\",\"name_en\":\"washing "
		"machine\",\"name_zh\":\"洗衣机\",\"weee\":4,"
		"\"unu_key\":\"0104\",\"storage\":false,\"battery\":false,\"mass_mg\":70000000,"
		"\"mass_source\":\"test\"}]}");
	a = kit_act(
		&t->k, 0, "catalogue.models",
		"{\"list\":\"models\",\"version\":\"1\",\"part\":1,\"parts\":1,\"items\":["
		"{\"brand\":\"Apple\",\"name\":\"iPhone 13\",\"category\":\"phone\",\"released_day\":18894,"
		"\"launch_minor\":599900,\"launch_currency\":\"CNY\",\"mass_mg\":174000,"
		"\"mass_source\":\"test\"},"
		"{\"brand\":\"Test\",\"name\":\"Book\",\"category\":\"laptop\",\"released_day\":19000,"
		"\"launch_minor\":700000,\"launch_currency\":\"CNY\"},"
		"{\"brand\":\"Test\",\"name\":\"Brick\",\"category\":\"phone\",\"released_day\":14000,"
		"\"launch_minor\":100000,\"launch_currency\":\"CNY\"}]}");
	seq = kit_int(a, "seq");
	t->phone = MODEL_ID(seq, 1);
	t->laptop = MODEL_ID(seq, 2);
	t->old_phone = MODEL_ID(seq, 3);
}

static inline int64_t trade_party(struct kit *k, const char *kind, const char *roles, const char *name)
{
	return kit_int(kit_act(k, 1, "party.register", "{\"kind\":\"%s\",\"roles\":\"%s\",%s}",
			       kind, roles, name),
		       "party");
}

static inline int64_t trade_site(struct kit *k, int64_t party, const char *kind)
{
	return kit_int(
		kit_act(k, 1, "party.site_open",
			"{\"party\":%lld,\"kind\":\"%s\",\"name\":\"Site\",\"address\":\"1 "
			"Road\",\"lat_e6\":31000000,"
			"\"lon_e6\":121000000,\"hours\":\"Mo-Sa 09:00-19:00\"}",
			(long long)party, kind),
		"site");
}

static inline void trade_open(struct trade *t)
{
	struct kit *k = &t->k;
	const struct json *city;

	memset(t, 0, sizeof(*t));
	kit_open(k);
	trade_rule(k, "price_list", "data/rules/price_list.default.json");
	trade_rule(k, "rubric", "data/rules/rubric.default.json");
	trade_catalogue(t);
	t->owner = trade_party(k, "person", "owner", "\"name\":\"Li\",\"phone\":\"13800000000\"");
	t->merchant = trade_party(k, "organisation", "merchant",
				  "\"public_name\":\"Shop\",\"name\":\"Shop Ltd\"");
	t->retailer = trade_party(k, "organisation", "merchant,retailer",
				  "\"public_name\":\"Store\",\"name\":\"Store Ltd\"");
	t->carrier = trade_party(k, "organisation", "carrier",
				 "\"public_name\":\"Van\",\"name\":\"Van Ltd\"");
	kit_act(k, 1, "party.terms", "{\"party\":%lld,\"commission_bp\":500,\"commission_minor\":100}",
		(long long)t->merchant);
	city = kit_get(k, 1, "city.city", "{}");
	t->shop = trade_site(k, t->merchant, "store");
	t->store = trade_site(k, t->retailer, "store");
	t->centre = trade_site(k, kit_int(city, "programme"), "centre");
	assert_int_equal(evidence_open(&k->cx, cx_printf(&k->cx, "%s/evidence", k->dir)), ERR_OK);
}

static inline void trade_close(struct trade *t)
{
	assert_int_equal(evidence_open(&t->k.cx, NULL), ERR_OK);
	kit_close(&t->k);
}

/* rest: further members of the order; what: members of its one item. */
static inline void trade_book(struct trade *t, const char *rest, const char *what)
{
	const struct json *a = kit_act(&t->k, 1, "tradein.book", "{\"owner\":%lld,%s,\"items\":[{%s}]}",
				       (long long)t->owner, rest, what);

	t->order = kit_int(a, "order");
	t->item = kit_int(a, "items.0.item");
	t->link = kit_text(a, "link");
	t->device = 0;
}

/* A phone at the shop, 128 GB, battery 90 %, all else at its best. */
static inline void trade_book_phone(struct trade *t)
{
	trade_book(t, cx_printf(&t->k.cx, "\"site\":%lld", (long long)t->shop),
		   cx_printf(&t->k.cx, "\"model\":%lld,\"storage_gb\":128,\"battery_percent\":90",
			     (long long)t->phone));
}

static inline void trade_hand_in(struct trade *t)
{
	kit_act(&t->k, 1, "tradein.give", "{\"item\":%lld}", (long long)t->item);
	t->device =
		kit_int(kit_act(&t->k, 1, "tradein.take_in", "{\"item\":%lld}", (long long)t->item),
			"device");
}

/* Every test of the category passes. */
static inline const char *trade_all_pass(struct trade *t, const char *category)
{
	const struct json *list = kit_get(&t->k, 1, "inspect.tests", "{\"category\":\"%s\"}", category);
	const struct json *tests = json_get(list, "tests");
	struct sb sb;

	sb_init(&sb, &t->k.cx, 20000);
	for (size_t i = 0; i < tests->count; i++)
		sb_printf(&sb, "%s{\"test\":\"%s\",\"result\":\"pass\"}", i ? "," : "",
			  json_get(tests->item[i], "code")->text);
	assert_int_equal(sb_end(&sb), ERR_OK);
	return sb.data;
}

/* rest begins with ",": further facts. */
static inline const struct json *trade_inspect(struct trade *t, const char *rest)
{
	return kit_act(&t->k, 1, "inspect.record", "{\"item\":%lld,\"tests\":[%s]%s}", (long long)t->item,
		       trade_all_pass(t, "phone"), rest);
}

static inline const char *trade_state(struct trade *t)
{
	return kit_text(kit_get(&t->k, 1, "tradein.item", "{\"item\":%lld}", (long long)t->item), "state");
}

static inline const char *trade_device_state(struct trade *t)
{
	return kit_text(kit_get(&t->k, 1, "device.get", "{\"device\":%lld}", (long long)t->device),
			"state");
}

#endif
