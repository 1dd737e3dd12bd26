/* Trade-in: the price and its token, booking, hand-overs, offers, returns, losses. */
#include "codec/text.h"
#include "programme/rule/rule.h"
#include "trade.h"

#define L(x) ((long long)(x))

/* --- the price: a pure rule --- */

static const char list_body[] =
	"{\"title\":\"t\",\"sources\":[{\"what\":\"all\",\"source\":\"assumption\"}],"
	"\"currency\":\"CNY\",\"round_minor\":100,"
	"\"rates\":[{\"currency\":\"CNY\",\"per_10000\":10000},{\"currency\":\"EUR\",\"per_10000\":1250}],"
	"\"categories\":[{\"category\":\"phone\",\"launch_unknown_minor\":100000,\"age_unknown_months\":12,"
	"\"age\":[{\"months\":0,\"bp\":6500},{\"months\":12,\"bp\":5000}],"
	"\"storage\":[{\"gb\":64,\"bp\":-500},{\"gb\":128,\"bp\":0},{\"gb\":256,\"bp\":333}],"
	"\"battery_bp_per_point\":55,\"battery_unknown_percent\":85,"
	"\"questions\":[{\"code\":\"screen\",\"en\":\"s\",\"zh\":\"s\",\"answers\":["
	"{\"code\":\"fine\",\"en\":\"f\",\"zh\":\"f\"},{\"code\":\"cracked\",\"en\":\"c\","
	"\"zh\":\"c\",\"bp\":-1100,\"minor\":-7},"
	"{\"code\":\"gone\",\"en\":\"g\",\"zh\":\"g\",\"bp\":-10000}]},"
	"{\"code\":\"lock\",\"en\":\"l\",\"zh\":\"l\",\"answers\":[{\"code\":\"off\",\"en\":\"o\","
	"\"zh\":\"o\"},"
	"{\"code\":\"on\",\"en\":\"o\",\"zh\":\"o\",\"refuse\":\"locked\"}]}],"
	"\"floor_minor\":550,\"bonus_bp\":250,\"bonus_minor\":11}],"
	"\"models\":[{\"brand\":\"A\",\"name\":\"One\",\"storage_gb\":256,\"base_minor\":77777},"
	"{\"brand\":\"A\",\"name\":\"One\",\"base_minor\":66666}]}";

static void price_by_the_rule(void **state)
{
	static const struct {
		const char *name, *currency;
		int64_t gb, battery, launch, released, at_days;
		const char *answers;
		int64_t base, price, bonus, steps;
		const char *refuse, *normal;
	} cases[] = {
		/* launch unknown 100000 x 50 % = 50000, battery 85: -55 x 15 bp = -4125 */
		{NULL, "CNY", FIELD_NONE, FIELD_NONE, FIELD_NONE, FIELD_NONE, 0, NULL, 50000, 45800,
		 1156, 2, NULL, NULL},
		{NULL, "CNY", FIELD_NONE, 100, FIELD_NONE, FIELD_NONE, 0, NULL, 50000, 50000, 1261,
		 0, NULL, NULL},
		/* the largest storage not above; half-even: 50000 x 333 bp = 1665 */
		{NULL, "CNY", 300, 100, FIELD_NONE, FIELD_NONE, 0, NULL, 50000, 51600, 1301, 2,
		 NULL, NULL},
		{NULL, "CNY", 100, 100, FIELD_NONE, FIELD_NONE, 0, NULL, 50000, 47500, 1199, 1,
		 NULL, NULL},
		/* a model of the list: with its storage no storage step, else any */
		{"One", "CNY", 256, 100, FIELD_NONE, FIELD_NONE, 0, NULL, 77777, 77700, 1953, 1,
		 NULL, NULL},
		{"One", "CNY", 64, 100, FIELD_NONE, FIELD_NONE, 0, NULL, 66666, 63300, 1593, 2,
		 NULL, NULL},
		/* half-even: 66666 x -5 % = -3333.3; 66666 x -11 % = -7333.26, and -7 */
		{"One", "CNY", 64, 100, FIELD_NONE, FIELD_NONE, 0, "screen:cracked", 66666, 55900,
		 1409, 3, NULL, "screen:cracked"},
		/* released 6 months before: 57.5 % (182 days are 5 months: 58.75 %) */
		{NULL, "CNY", FIELD_NONE, 100, 200000, 100, 100 + 366, NULL, 100000, 100000, 2511,
		 0, NULL, NULL},
		{NULL, "CNY", FIELD_NONE, 100, 200000, 100, 100 + 182, NULL, 117500, 117500, 2949,
		 0, NULL, NULL},
		/* the floor holds, and rounding stops at it */
		{NULL, "CNY", FIELD_NONE, 85, FIELD_NONE, FIELD_NONE, 0, "screen:gone", 50000, 550,
		 25, 3, NULL, "screen:gone"},
		/* another currency: all amounts, launch price included */
		{NULL, "EUR", FIELD_NONE, 100, FIELD_NONE, FIELD_NONE, 0, NULL, 6250, 6200, 156, 1,
		 NULL, NULL},
		/* best answers are left out of the normalised text */
		{NULL, "CNY", FIELD_NONE, 100, FIELD_NONE, FIELD_NONE, 0, "lock:off,screen:fine",
		 50000, 50000, 1261, 0, NULL, NULL},
		{NULL, "CNY", FIELD_NONE, 100, FIELD_NONE, FIELD_NONE, 0, "lock:on", 50000, 0, 0, 0,
		 "locked", "lock:on"},
	};
	struct trade t;
	const struct rule *rule;
	struct reader r;

	(void)state;
	kit_open(&t.k);
	{
		struct sb sb;
		sb_init(&sb, &t.k.cx, 1 << 16);
		json_quote(&sb, list_body, strlen(list_body));
		kit_act(&t.k, 0, "rule.publish",
			"{\"kind\":\"price_list\",\"name\":\"default\",\"body\":%s}", sb.data);
	}
	r = kit_reader(&t.k, 1);
	assert_int_equal(rule_read(&t.k.cx, &r, RULE_PRICE_LIST, "default", &rule), ERR_OK);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const struct quote_model m = {
			"A", cases[i].name, "phone", cases[i].released, cases[i].launch, "CNY"};
		const struct quote_facts f = {cases[i].answers, cases[i].gb, cases[i].battery, FIELD_NONE};
		struct quote q;
		int64_t sum;
		if (quote_price(&t.k.cx, rule, &m, &f, cases[i].at_days * DAY_US, cases[i].currency, &q))
			fail_msg("case %zu: %s", i, t.k.cx.msg);
		sum = q.base_minor;
		for (size_t s = 0; s < q.steps.count; s++)
			sum += ((const struct quote_step *)q.steps.item)[s].effect_minor;
		if (q.base_minor != cases[i].base || q.price_minor != cases[i].price ||
		    q.bonus_minor != cases[i].bonus || q.steps.count != (size_t)cases[i].steps ||
		    (!q.refuse && sum != q.price_minor))
			fail_msg("case %zu: base %lld price %lld bonus %lld steps %zu sum %lld", i,
				 L(q.base_minor), L(q.price_minor), L(q.bonus_minor), q.steps.count,
				 L(sum));
		assert_true(!q.refuse == !cases[i].refuse &&
			    (!q.refuse || strcmp(q.refuse, cases[i].refuse) == 0));
		assert_true(!q.answers == !cases[i].normal &&
			    (!q.answers || strcmp(q.answers, cases[i].normal) == 0));
	}
	kit_close(&t.k);
}

static void price_refuses_nonsense(void **state)
{
	static const struct {
		const char *category, *answers, *words;
	} cases[] = {
		{"phone", "screen", "write question:answer"},
		{"phone", "colour:red", "no question \"colour\"; there are: power, screen"},
		{"phone", "screen:melted", "there are: screen:fine"},
		{"phone", "screen:fine,screen:cracked", "answered twice"},
		{"phone", ",", "write question:answer"},
	};
	struct trade t;

	(void)state;
	trade_open(&t);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		kit_get_refused(&t.k, 1, "tradein.quote", ERR_INVALID, cases[i].words,
				"{\"category\":\"%s\",\"answers\":\"%s\"}", cases[i].category,
				cases[i].answers);
	kit_get_refused(&t.k, 1, "tradein.quote", ERR_INVALID, "give a model", "{}");
	kit_get_refused(&t.k, 1, "tradein.quote", ERR_NOT_FOUND, "no category",
			"{\"category\":\"spaceship\"}");
	trade_close(&t);
}

/* --- the token --- */

static void token_is_honoured_until_it_expires(void **state)
{
	struct trade t;
	const struct json *q, *a;
	const char *token;
	char *forged;

	(void)state;
	trade_open(&t);
	q = kit_get(&t.k, 1, "tradein.quote",
		    "{\"model\":%lld,\"storage_gb\":128,\"answers\":\"screen:cracked\"}",
		    L(t.phone));
	token = kit_text(q, "token");
	assert_string_equal(kit_text(q, "brand"), "Apple");
	/* a new price list does not touch what was promised */
	kit_at(&t.k, KIT_START + 20 * DAY_US);
	{
		char *text;
		struct sb sb;
		size_t n;
		assert_int_equal(file_read(&t.k.cx, "data/rules/price_list.default.json", 1 << 20,
					   &text, &n),
				 ERR_OK);
		char *at = strstr(text, "\"round_minor\": 100");
		assert_non_null(at);
		memcpy(at, "\"round_minor\": 500", 18);
		sb_init(&sb, &t.k.cx, 4 << 20);
		json_quote(&sb, text, n);
		kit_act(&t.k, 0, "rule.publish",
			"{\"kind\":\"price_list\",\"name\":\"default\",\"body\":%s}", sb.data);
	}
	a = kit_act(&t.k, 1, "tradein.book",
		    "{\"owner\":%lld,\"site\":%lld,\"items\":[{\"token\":\"%s\"}]}", L(t.owner),
		    L(t.shop), token);
	assert_int_equal(kit_int(a, "items.0.quoted_minor"), kit_int(q, "price_minor"));
	a = kit_get(&t.k, 1, "tradein.item", "{\"item\":%lld}", L(kit_int(a, "items.0.item")));
	assert_string_equal(kit_text(a, "answers"), "screen:cracked");
	/* both facts and token */
	kit_refuse(
		&t.k, 1, "tradein.book", ERR_INVALID, "not both",
		"{\"owner\":%lld,\"site\":%lld,\"items\":[{\"token\":\"%s\",\"storage_gb\":64}]}",
		L(t.owner), L(t.shop), token);
	/* one bit elsewhere */
	forged = cx_strdup(&t.k.cx, token);
	forged[10] = forged[10] == 'A' ? 'B' : 'A';
	kit_refuse(&t.k, 1, "tradein.book", ERR_INVALID, "no quote of ours",
		   "{\"owner\":%lld,\"site\":%lld,\"items\":[{\"token\":\"%s\"}]}", L(t.owner),
		   L(t.shop), forged);
	kit_refuse(&t.k, 1, "tradein.book", ERR_INVALID, "no quote of ours",
		   "{\"owner\":%lld,\"site\":%lld,\"items\":[{\"token\":\"nonsense\"}]}",
		   L(t.owner), L(t.shop));
	kit_at(&t.k, KIT_START + 30 * DAY_US);
	kit_refuse(&t.k, 1, "tradein.book", ERR_CONFLICT, "has expired",
		   "{\"owner\":%lld,\"site\":%lld,\"items\":[{\"token\":\"%s\"}]}", L(t.owner),
		   L(t.shop), token);
	kit_audit(&t.k);
	trade_close(&t);
}

/* A simulated city's clock is its last entry: whenever it is asked, the price is that of then. */
static void a_simulated_city_prices_by_its_log(void **state)
{
	struct trade t;
	struct kit *k = &t.k;
	const struct json *q;
	int64_t price, until;
	char *token;

	(void)state;
	trade_open(&t);
	q = kit_get(k, 1, "tradein.quote", "{\"model\":%lld,\"storage_gb\":128}", L(t.phone));
	price = kit_int(q, "price_minor");
	until = kit_int(q, "valid_until_us");
	token = cx_strdup(&k->cx, kit_text(q, "token"));
	assert_int_equal(until, KIT_START + 30 * DAY_US);
	kit_at(k, KIT_START + 1000 * DAY_US);
	q = kit_get(k, 1, "tradein.quote", "{\"model\":%lld,\"storage_gb\":128}", L(t.phone));
	assert_int_equal(kit_int(q, "price_minor"), price);
	assert_int_equal(kit_int(q, "valid_until_us"), until);
	assert_string_equal(kit_text(q, "token"), token);
	kit_act(k, 1, "city.settings", "{\"name\":\"Shanghai\"}");
	q = kit_get(k, 1, "tradein.quote", "{\"model\":%lld,\"storage_gb\":128}", L(t.phone));
	assert_true(kit_int(q, "price_minor") < price); /* three years older */
	assert_int_equal(kit_int(q, "valid_until_us"), KIT_START + 1030 * DAY_US);
	kit_refuse(k, 1, "tradein.book", ERR_CONFLICT, "has expired",
		   "{\"owner\":%lld,\"site\":%lld,\"items\":[{\"token\":\"%s\"}]}", L(t.owner), L(t.shop),
		   token);
	trade_close(&t);
}

/* --- booking --- */

static void booking_checks_what_it_is_given(void **state)
{
	struct trade t;
	static const struct {
		enum err err;
		const char *words, *rest, *item;
	} cases[] = {
		{ERR_INVALID, "site: a drop-off", "\"channel\":\"drop_off\"",
		 "\"category\":\"phone\""},
		{ERR_INVALID, "slot_us: a doorstep", "\"channel\":\"doorstep\"",
		 "\"category\":\"phone\""},
		{ERR_INVALID, "slot_us: is past", "\"channel\":\"doorstep\",\"slot_us\":5",
		 "\"category\":\"phone\""},
		{ERR_INVALID, "or a model, or a category", "\"channel\":\"courier\"",
		 "\"storage_gb\":64"},
		{ERR_CONFLICT, "does not buy", "\"channel\":\"courier\"",
		 "\"category\":\"phone\",\"answers\":\"lock:on\""},
		{ERR_INVALID, "purchase_minor: is missing",
		 "\"channel\":\"courier\",\"netted\":true", "\"category\":\"phone\""},
		{ERR_INVALID, "worth more",
		 "\"channel\":\"courier\",\"netted\":true,\"purchase_minor\":1",
		 "\"category\":\"phone\""},
		{ERR_INVALID, "only a netted order", "\"channel\":\"courier\",\"purchase_minor\":1",
		 "\"category\":\"phone\""},
		{ERR_NOT_FOUND, "no category", "\"channel\":\"courier\"",
		 "\"category\":\"spaceship\""},
		{ERR_NOT_FOUND, "no model", "\"channel\":\"courier\"", "\"model\":77"},
		{ERR_INVALID, "items[0].battery_percent", "\"channel\":\"courier\"",
		 "\"category\":\"phone\",\"battery_percent\":101"},
	};

	(void)state;
	trade_open(&t);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		kit_refuse(&t.k, 1, "tradein.book", cases[i].err, cases[i].words,
			   "{\"owner\":%lld,%s,\"items\":[{%s}]}", L(t.owner), cases[i].rest,
			   cases[i].item);
	kit_refuse(&t.k, 1, "tradein.book", ERR_INVALID, "items: is missing",
		   "{\"owner\":%lld,\"channel\":\"courier\",\"items\":[]}", L(t.owner));
	/* another merchant's site, another merchant's clerk */
	kit_refuse(
		&t.k, 1, "tradein.book", ERR_INVALID, "is run by another",
		"{\"owner\":%lld,\"site\":%lld,\"merchant\":%lld,\"items\":[{\"category\":\"phone\"}]}",
		L(t.owner), L(t.shop), L(t.retailer));
	kit_as(&t.k, (struct principal){.user = 9, .roles = ROLE_CLERK, .org = t.retailer});
	kit_refuse(&t.k, 1, "tradein.book", ERR_FORBIDDEN, "your own shop",
		   "{\"owner\":%lld,\"site\":%lld,\"items\":[{\"category\":\"phone\"}]}",
		   L(t.owner), L(t.shop));
	trade_close(&t);
}

static void link_opens_its_order_alone(void **state)
{
	struct trade t;
	struct digest secret, d;
	struct reader r;
	const struct order key_fields = {.city = 1};
	struct order key = key_fields;
	const void *row;
	int64_t first, first_item;

	(void)state;
	trade_open(&t);
	trade_book_phone(&t);
	first = t.order;
	first_item = t.item;
	/* the link is re-derived, its digest is in the row */
	r = kit_reader(&t.k, 1);
	assert_int_equal(reader_secret(&t.k.cx, &r, 1, "order", t.order, &secret), ERR_OK);
	assert_string_equal(t.link, cx_printf(&t.k.cx, "ro_%lld.%s", L(t.order),
					      base64url_encode(&t.k.cx, secret.byte, 16)));
	key.order = t.order;
	assert_int_equal(reader_find(&t.k.cx, &r, &order_table, &key, &row), ERR_OK);
	d = sha256(t.link, strlen(t.link));
	assert_memory_equal(((const struct order *)row)->access.p, d.byte, ORDER_ACCESS);
	trade_book_phone(&t);
	kit_as(&t.k, (struct principal){.roles = ROLE_OWNER, .order = first});
	assert_string_equal(
		kit_text(kit_get(&t.k, 1, "tradein.order", "{\"order\":%lld}", L(first)),
			 "devices.0.state"),
		"booked");
	kit_get_refused(&t.k, 1, "tradein.order", ERR_FORBIDDEN, "others", "{\"order\":%lld}", L(t.order));
	kit_get_refused(&t.k, 1, "tradein.item", ERR_FORBIDDEN, "others", "{\"item\":%lld}", L(t.item));
	kit_get_refused(&t.k, 1, "tradein.orders", ERR_FORBIDDEN, "that order only", "{}");
	kit_refuse(&t.k, 1, "tradein.cancel", ERR_FORBIDDEN, "belongs to others", "{\"item\":%lld}",
		   L(t.item));
	kit_refuse(&t.k, 1, "tradein.give", ERR_FORBIDDEN, "belongs to others", "{\"item\":%lld}",
		   L(t.item));
	kit_act(&t.k, 1, "tradein.give", "{\"item\":%lld}", L(first_item));
	trade_close(&t);
}

/* --- hand-over --- */

static void either_side_may_be_first(void **state)
{
	struct trade t;
	const struct json *a;

	(void)state;
	trade_open(&t);
	for (int owner_first = 0; owner_first < 2; owner_first++) {
		int64_t pieces = kit_balance(
			&t.k, 1, cx_printf(&t.k.cx, "pc_custody/%lld", L(t.shop)), "pc");
		trade_book_phone(&t);
		if (owner_first) {
			kit_act(&t.k, 1, "tradein.give", "{\"item\":%lld}", L(t.item));
			kit_refuse(&t.k, 1, "tradein.give", ERR_CONFLICT, "given already",
				   "{\"item\":%lld}", L(t.item));
			assert_string_equal(trade_state(&t), "booked");
		}
		a = kit_act(
			&t.k, 1, "tradein.take_in",
			"{\"item\":%lld,\"identifiers\":[{\"kind\":\"imei\","
			"\"value\":\"49-015420-323751-8\"},"
			"{\"kind\":\"serial\",\"value\":\"f17 abc\"}]}",
			L(t.item));
		t.device = kit_int(a, "device");
		if (!owner_first) {
			assert_string_equal(trade_state(&t), "booked");
			kit_refuse(&t.k, 1, "tradein.take_in", ERR_CONFLICT, "taken already",
				   "{\"item\":%lld}", L(t.item));
			kit_act(&t.k, 1, "tradein.give", "{\"item\":%lld}", L(t.item));
		} else {
			/* the same IMEI is on hand already: said, not refused */
			assert_true(kit_int(a, "claims.0.also") > 0);
		}
		assert_string_equal(trade_state(&t), "in_custody");
		assert_string_equal(trade_device_state(&t), "in_custody");
		assert_int_equal(kit_balance(&t.k, 1,
					     cx_printf(&t.k.cx, "pc_custody/%lld", L(t.shop)),
					     "pc"),
				 pieces + 1);
		assert_int_equal(kit_balance(&t.k, 1,
					     cx_printf(&t.k.cx, "mg_device/%lld", L(t.device)),
					     "mg"),
				 174000);
		a = kit_get(&t.k, 1, "device.get", "{\"device\":%lld}", L(t.device));
		assert_string_equal(kit_text(a, "identifiers.1.ends_with"), "7518");
		assert_string_equal(kit_text(a, "media.0.state"), "present");
		assert_int_equal(kit_int(a, "owner"), t.owner);
	}
	kit_audit(&t.k);
	trade_close(&t);
}

static void sides_are_kept_apart(void **state)
{
	struct trade t;

	(void)state;
	trade_open(&t);
	trade_book_phone(&t);
	/* the clerk cannot speak for the owner, nor the owner for the clerk */
	kit_as(&t.k, (struct principal){.user = 9, .roles = ROLE_CLERK, .org = t.merchant});
	kit_refuse(&t.k, 1, "tradein.give", ERR_FORBIDDEN, "owner's to confirm", "{\"item\":%lld}",
		   L(t.item));
	kit_as(&t.k, (struct principal){.roles = ROLE_OWNER, .order = t.order});
	kit_refuse(&t.k, 1, "tradein.take_in", ERR_FORBIDDEN, "", "{\"item\":%lld}", L(t.item));
	kit_act(&t.k, 1, "tradein.give", "{\"item\":%lld}", L(t.item));
	/* another merchant may not */
	kit_as(&t.k, (struct principal){.user = 9, .roles = ROLE_CLERK, .org = t.retailer});
	kit_refuse(&t.k, 1, "tradein.take_in", ERR_FORBIDDEN, "belongs to others",
		   "{\"item\":%lld}", L(t.item));
	kit_as(&t.k, (struct principal){.user = 9, .roles = ROLE_CLERK, .org = t.merchant});
	kit_refuse(&t.k, 1, "tradein.take_in", ERR_CONFLICT, "list of stolen devices",
		   "{\"item\":%lld,\"stolen\":\"listed\"}", L(t.item));
	kit_refuse(
		&t.k, 1, "tradein.take_in", ERR_INVALID, "does not check",
		"{\"item\":%lld,\"identifiers\":[{\"kind\":\"imei\",\"value\":\"490154203237519\"}]}",
		L(t.item));
	kit_refuse(&t.k, 1, "tradein.take_in", ERR_FORBIDDEN, "", "{\"item\":%lld,\"site\":%lld}",
		   L(t.item), L(t.store));
	kit_act(&t.k, 1, "tradein.take_in", "{\"item\":%lld}", L(t.item));
	kit_staff(&t.k);
	kit_audit(&t.k);
	trade_close(&t);
}

static void time_ends_bookings_and_offers(void **state)
{
	struct trade t;

	(void)state;
	trade_open(&t);
	trade_book_phone(&t);
	kit_refuse(&t.k, 1, "tradein.lapse", ERR_CONFLICT, "not over yet", "{\"item\":%lld}", L(t.item));
	kit_at(&t.k, KIT_START + 30 * DAY_US);
	/* what has expired is refused even before the sweep */
	kit_refuse(&t.k, 1, "tradein.give", ERR_CONFLICT, "has lapsed", "{\"item\":%lld}", L(t.item));
	kit_refuse(&t.k, 1, "tradein.take_in", ERR_CONFLICT, "has lapsed", "{\"item\":%lld}", L(t.item));
	kit_act(&t.k, 1, "tradein.lapse", "{\"item\":%lld}", L(t.item));
	assert_string_equal(trade_state(&t), "lapsed");
	/* an offer */
	trade_book_phone(&t);
	trade_hand_in(&t);
	trade_inspect(&t, ",\"battery_percent\":60");
	assert_string_equal(trade_state(&t), "offered");
	kit_at(&t.k, t.k.now_us + 14 * DAY_US);
	kit_refuse(&t.k, 1, "tradein.accept", ERR_CONFLICT, "has lapsed", "{\"item\":%lld}", L(t.item));
	kit_act(&t.k, 1, "tradein.lapse", "{\"item\":%lld}", L(t.item));
	assert_string_equal(trade_state(&t), "returning");
	kit_audit(&t.k);
	trade_close(&t);
}

struct seen {
	int64_t item[8];
	int count;
};

static enum err note_due(struct cx *cx, void *arg, const char *type, int64_t item)
{
	struct seen *s = arg;

	(void)cx;
	assert_string_equal(type, "tradein.lapse");
	assert_true(s->count < 8);
	s->item[s->count++] = item;
	return ERR_OK;
}

static void scheduler_sees_what_is_due(void **state)
{
	struct trade t;
	struct seen s = {.count = 0};
	struct reader r;
	int64_t booked, offered;

	(void)state;
	trade_open(&t);
	trade_book_phone(&t);
	booked = t.item;
	trade_book_phone(&t); /* half handed over: a person must look */
	kit_act(&t.k, 1, "tradein.give", "{\"item\":%lld}", L(t.item));
	trade_book_phone(&t);
	trade_hand_in(&t);
	trade_inspect(&t, ",\"battery_percent\":60");
	offered = t.item;
	trade_book_phone(&t);
	trade_hand_in(&t);
	trade_inspect(&t, ",\"activation_lock\":\"on\""); /* held: waits for its release */
	r = kit_reader(&t.k, 1);
	assert_int_equal(tradein_due(&t.k.cx, &r, KIT_START + DAY_US, note_due, &s), ERR_OK);
	assert_int_equal(s.count, 0);
	/* in a simulated city nothing is due before its own clock says so */
	assert_int_equal(tradein_due(&t.k.cx, &r, KIT_START + 40 * DAY_US, note_due, &s), ERR_OK);
	assert_int_equal(s.count, 0);
	kit_at(&t.k, KIT_START + 40 * DAY_US);
	kit_act(&t.k, 1, "city.settings", "{\"name\":\"Shanghai\"}");
	assert_int_equal(tradein_due(&t.k.cx, &r, KIT_START + 40 * DAY_US, note_due, &s), ERR_OK);
	assert_int_equal(s.count, 2);
	assert_int_equal(s.item[0], booked);
	assert_int_equal(s.item[1], offered);
	trade_close(&t);
}

/* --- agreed, offered, returned, lost --- */

static void agreed_at_the_promised_price(void **state)
{
	struct trade t;
	const struct json *a;
	int64_t quoted, bonus;

	(void)state;
	trade_open(&t);
	trade_book_phone(&t);
	a = kit_get(&t.k, 1, "tradein.item", "{\"item\":%lld}", L(t.item));
	quoted = kit_int(a, "quoted_minor");
	bonus = kit_int(a, "bonus_minor");
	assert_true(quoted > 0 && bonus > 0);
	trade_hand_in(&t);
	a = trade_inspect(&t, ",\"battery_percent\":90,\"mass_mg\":171500");
	assert_string_equal(kit_text(a, "to"), "agreed");
	assert_int_equal(kit_int(a, "agreed_minor"), quoted);
	assert_string_equal(trade_device_state(&t), "owned");
	assert_int_equal(
		kit_balance(&t.k, 1, cx_printf(&t.k.cx, "money_owner/%lld", L(t.item)), "CNY"),
		quoted + bonus);
	assert_int_equal(
		kit_balance(&t.k, 1, cx_printf(&t.k.cx, "money_benefit/%lld", L(t.device)), "CNY"),
		0);
	assert_int_equal(kit_balance(&t.k, 1, "money_benefit_fund", "CNY"), -bonus);
	/* 5 % half-even and 100 fixed, on top of the price */
	assert_int_equal(kit_balance(&t.k, 1,
				     cx_printf(&t.k.cx, "money_merchant/%lld", L(t.merchant)),
				     "CNY"),
			 kit_int(a, "commission_minor"));
	assert_true(llabs(kit_int(a, "commission_minor") * 20 - 2000 - quoted) <= 10);
	assert_int_equal(kit_balance(&t.k, 1, cx_printf(&t.k.cx, "money_device/%lld", L(t.device)), "CNY"),
			 -quoted - kit_int(a, "commission_minor"));
	/* the scale's reading wins, and the difference is shown */
	assert_int_equal(
		kit_balance(&t.k, 1, cx_printf(&t.k.cx, "mg_device/%lld", L(t.device)), "mg"),
		171500);
	assert_int_equal(kit_balance(&t.k, 1, "mg_measurement", "mg"), 2500);
	kit_refuse(&t.k, 1, "tradein.decline", ERR_CONFLICT, "agreed", "{\"item\":%lld}", L(t.item));
	kit_audit(&t.k);
	trade_close(&t);
}

static void better_than_declared_pays_more(void **state)
{
	struct trade t;
	const struct json *a;

	(void)state;
	trade_open(&t);
	trade_book(
		&t, cx_printf(&t.k.cx, "\"site\":%lld", L(t.shop)),
		cx_printf(
			&t.k.cx,
			"\"model\":%lld,\"storage_gb\":128,\"battery_percent\":80,"
			"\"answers\":\"screen:cracked\"",
			L(t.phone)));
	trade_hand_in(&t);
	a = trade_inspect(&t, ",\"battery_percent\":95");
	assert_string_equal(kit_text(a, "to"), "agreed");
	assert_true(kit_int(a, "agreed_minor") >
		    kit_int(kit_get(&t.k, 1, "tradein.item", "{\"item\":%lld}", L(t.item)),
			    "quoted_minor"));
	kit_audit(&t.k);
	trade_close(&t);
}

static void worse_is_offered_with_reasons(void **state)
{
	struct trade t;
	const struct json *a, *d;
	int64_t quoted, sum = 0;

	(void)state;
	trade_open(&t);
	trade_book_phone(&t);
	quoted = kit_int(kit_get(&t.k, 1, "tradein.item", "{\"item\":%lld}", L(t.item)), "quoted_minor");
	trade_hand_in(&t);
	a = trade_inspect(
		&t,
		",\"battery_percent\":78,\"marks\":[{\"part\":\"screen\",\"severity\":\"cracked\"}]");
	assert_string_equal(kit_text(a, "to"), "offered");
	d = json_get(a, "defects");
	for (size_t i = 0; i < d->count; i++)
		sum += kit_int(d->item[i], "step_minor");
	assert_int_equal(sum, kit_int(a, "offered_minor") - quoted);
	assert_string_equal(kit_text(a, "defects.0.code"), "battery");
	assert_string_equal(kit_text(a, "defects.1.code"), "screen:cracked");
	assert_int_equal(kit_balance(&t.k, 1, cx_printf(&t.k.cx, "money_owner/%lld", L(t.item)), "CNY"), 0);
	/* the merchant's clerk cannot accept for the owner */
	kit_as(&t.k, (struct principal){.user = 9, .roles = ROLE_CLERK, .org = t.merchant});
	kit_refuse(&t.k, 1, "tradein.accept", ERR_FORBIDDEN, "owner's to confirm",
		   "{\"item\":%lld}", L(t.item));
	kit_as(&t.k, (struct principal){.roles = ROLE_OWNER, .order = t.order});
	kit_act(&t.k, 1, "tradein.accept", "{\"item\":%lld}", L(t.item));
	kit_staff(&t.k);
	assert_string_equal(trade_state(&t), "agreed");
	a = kit_get(&t.k, 1, "tradein.item", "{\"item\":%lld}", L(t.item));
	assert_int_equal(kit_int(a, "agreed_minor"), quoted + sum);
	assert_int_equal(kit_balance(&t.k, 1, cx_printf(&t.k.cx, "money_owner/%lld", L(t.item)), "CNY"),
			 quoted + sum + kit_int(a, "bonus_minor"));
	kit_refuse(&t.k, 1, "tradein.accept", ERR_CONFLICT, "agreed", "{\"item\":%lld}", L(t.item));
	kit_audit(&t.k);
	trade_close(&t);
}

static void declined_goes_back_free_of_charge(void **state)
{
	struct trade t;
	const char *mass;

	(void)state;
	trade_open(&t);
	trade_book_phone(&t);
	trade_hand_in(&t);
	mass = cx_printf(&t.k.cx, "mg_device/%lld", L(t.device));
	trade_inspect(&t, ",\"battery_percent\":50");
	kit_act(&t.k, 1, "tradein.decline", "{\"item\":%lld}", L(t.item));
	assert_string_equal(trade_device_state(&t), "returning");
	kit_refuse(&t.k, 1, "tradein.return_failed", ERR_CONFLICT, "not sent back",
		   "{\"item\":%lld,\"reason\":\"refused\"}", L(t.item));
	/* by carrier, not collected, and back */
	kit_act(&t.k, 1, "tradein.return_given", "{\"item\":%lld,\"carrier\":%lld}", L(t.item),
		L(t.carrier));
	assert_int_equal(
		kit_balance(&t.k, 1, cx_printf(&t.k.cx, "pc_transit/%lld", L(t.carrier)), "pc"), 1);
	kit_audit(&t.k);
	kit_act(&t.k, 1, "tradein.return_failed", "{\"item\":%lld,\"reason\":\"not_collected\"}",
		L(t.item));
	assert_int_equal(kit_balance(&t.k, 1, cx_printf(&t.k.cx, "pc_custody/%lld", L(t.shop)), "pc"), 1);
	/* over the counter, the owner first */
	kit_act(&t.k, 1, "tradein.return_taken", "{\"item\":%lld}", L(t.item));
	assert_string_equal(trade_state(&t), "returning");
	kit_act(&t.k, 1, "tradein.return_given", "{\"item\":%lld}", L(t.item));
	assert_string_equal(trade_state(&t), "returned");
	assert_string_equal(trade_device_state(&t), "returned");
	assert_int_equal(kit_balance(&t.k, 1, "pc_returned", "pc"), 1);
	assert_int_equal(kit_balance(&t.k, 1, mass, "mg"), 0);
	assert_int_equal(kit_balance(&t.k, 1, "mg_returned", "mg"), 174000);
	assert_int_equal(
		kit_balance(&t.k, 1, cx_printf(&t.k.cx, "money_device/%lld", L(t.device)), "CNY"),
		0);
	kit_audit(&t.k);
	trade_close(&t);
}

/* --- custody alone: no price was seen, none is agreed --- */

#define CLERK(t) ((struct principal){.user = 9, .roles = ROLE_CLERK, .org = (t)->merchant})
#define OWNER_OF(t) ((struct principal){.roles = ROLE_OWNER, .order = (t)->order})

static int64_t slip(struct trade *t)
{
	return kit_int(kit_act(&t->k, 1, "evidence.add",
			       "{\"order\":%lld,\"content\":\"JVBERi0xLjQKZW1wdHkK\"}", L(t->order)),
		       "evidence");
}

/* A phone at the counter while its server was away: the owner's slip speaks of custody. */
static void keep_phone(struct trade *t, const char *imei, bool clerk_first)
{
	struct kit *k = &t->k;
	const char *who =
		imei ? cx_printf(&k->cx, ",\"identifiers\":[{\"kind\":\"imei\",\"value\":\"%s\"}]",
				 imei) :
		       "";
	int64_t paper;

	trade_book_phone(t);
	kit_as(k, CLERK(t));
	paper = slip(t);
	for (int side = 0; side < 2; side++)
		if ((side == 0) == clerk_first)
			t->device = kit_int(kit_act(k, 1, "tradein.take_in", "{\"item\":%lld%s}",
						    L(t->item), who),
					    "device");
		else
			kit_act(k, 1, "tradein.give",
				"{\"item\":%lld,\"evidence\":%lld,\"custody_only\":true}",
				L(t->item), L(paper));
	assert_string_equal(trade_state(t), "kept");
	assert_string_equal(trade_device_state(t), "in_custody");
	kit_staff(k);
}

/* All that would make the device ours, or money the owner's, before the owner's yes. */
static void break_consent(struct trade *t, int64_t other_paper, int64_t commission)
{
	struct kit *k = &t->k;
	const char *item = cx_printf(&k->cx, "{\"item\":%lld}", L(t->item));
	const char *device = cx_printf(&k->cx, "{\"device\":%lld}", L(t->device));
	const struct {
		const char *type;
		enum err err;
		const char *words, *body;
	} tries[] = {
		{"inspect.record", ERR_CONFLICT, "is kept, which does not allow",
		 cx_printf(&k->cx, "{\"item\":%lld,\"battery_percent\":90,\"tests\":[%s]}", L(t->item),
			   trade_all_pass(t, "phone"))},
		{"inspect.record", ERR_CONFLICT, "is kept, which does not allow",
		 cx_printf(&k->cx, "{\"item\":%lld,\"activation_lock\":\"on\"}", L(t->item))},
		{"settle.payout_create", ERR_CONFLICT, "is kept, which does not allow",
		 cx_printf(&k->cx, "{\"items\":[{\"item\":%lld}]}", L(t->item))},
		{"tradein.give", ERR_CONFLICT, "is kept, which does not allow", item},
		{"tradein.take_in", ERR_CONFLICT, "is kept, which does not allow", item},
		{"tradein.cancel", ERR_CONFLICT, "is kept, which does not allow", item},
		{"erase.start", ERR_CONFLICT, "in_custody, which does not allow", device},
		{"stock.receive", ERR_CONFLICT, "in_custody, which does not allow", device},
		{"recover.send", ERR_CONFLICT, "in_custody, which does not allow",
		 cx_printf(&k->cx, "{\"device\":%lld,\"reason\":\"damaged\"}", L(t->device))},
	};

	for (size_t i = 0; i < ARRAY_LEN(tries); i++)
		kit_refuse(k, 1, tries[i].type, tries[i].err, tries[i].words, "%s", tries[i].body);
	kit_as(k, CLERK(t));
	kit_refuse(k, 1, "tradein.accept", ERR_FORBIDDEN, "owner's to confirm", "%s", item);
	kit_refuse(k, 1, "tradein.accept", ERR_INVALID, "about something else",
		   "{\"item\":%lld,\"evidence\":%lld}", L(t->item), L(other_paper));
	kit_as(k, (struct principal){.user = 9, .roles = ROLE_CLERK, .org = t->retailer});
	kit_refuse(k, 1, "tradein.accept", ERR_FORBIDDEN, "belongs to others", "%s", item);
	kit_refuse(k, 1, "tradein.propose", ERR_FORBIDDEN, "belongs to others",
		   "{\"item\":%lld,\"stolen\":\"clear\"}", L(t->item));
	kit_as(k, (struct principal){.roles = ROLE_OWNER, .order = t->order + 1});
	kit_refuse(k, 1, "tradein.accept", ERR_FORBIDDEN, "belongs to others", "%s", item);
	kit_staff(k);
	assert_string_equal(trade_state(t), "kept");
	assert_int_equal(
		kit_int(kit_get(k, 1, "device.get", "{\"device\":%lld}", L(t->device)), "owner"),
		t->owner);
	assert_int_equal(kit_balance(k, 1, cx_printf(&k->cx, "money_owner/%lld", L(t->item)), "CNY"), 0);
	assert_int_equal(
		kit_balance(k, 1, cx_printf(&k->cx, "money_merchant/%lld", L(t->merchant)), "CNY"),
		commission);
	kit_audit(k);
}

static void custody_alone_waits_for_the_yes(void **state)
{
	struct trade t;
	struct kit *k = &t.k;
	const struct json *a;
	int64_t quoted, other_paper, commission = 0;

	(void)state;
	trade_open(&t);
	trade_book_phone(&t);
	other_paper = slip(&t);
	for (int clerk_first = 0; clerk_first < 2; clerk_first++) {
		keep_phone(&t, NULL, clerk_first);
		quoted = kit_int(kit_get(k, 1, "tradein.item", "{\"item\":%lld}", L(t.item)), "quoted_minor");
		break_consent(&t, other_paper, commission);
		/* the owner cannot be asked before the list was */
		kit_as(k, OWNER_OF(&t));
		kit_refuse(k, 1, "tradein.accept", ERR_CONFLICT, "has not been put to its owner",
			   "{\"item\":%lld}", L(t.item));
		kit_as(k, CLERK(&t));
		a = kit_act(k, 1, "tradein.propose", "{\"item\":%lld,\"stolen\":\"clear\"}", L(t.item));
		assert_int_equal(kit_int(a, "promised_minor"), quoted);
		kit_refuse(k, 1, "tradein.propose", ERR_CONFLICT, "was put to its owner already",
			   "{\"item\":%lld,\"stolen\":\"clear\"}", L(t.item));
		kit_staff(k);
		break_consent(&t, other_paper, commission);
		/* the yes: by the owner's own phone, then by a slip at the counter */
		if (clerk_first) {
			kit_as(k, CLERK(&t));
			a = kit_act(k, 1, "tradein.accept", "{\"item\":%lld,\"evidence\":%lld}",
				    L(t.item), L(slip(&t)));
		} else {
			kit_as(k, OWNER_OF(&t));
			a = kit_act(k, 1, "tradein.accept", "{\"item\":%lld}", L(t.item));
		}
		kit_staff(k);
		assert_int_equal(kit_int(a, "promised_minor"), quoted);
		assert_string_equal(trade_state(&t), "in_custody");
		assert_int_equal(
			kit_balance(k, 1, cx_printf(&k->cx, "money_owner/%lld", L(t.item)), "CNY"),
			0);
		/* from here it is like any other */
		a = trade_inspect(&t, clerk_first ? ",\"battery_percent\":60" : ",\"battery_percent\":90");
		assert_string_equal(kit_text(a, "to"), clerk_first ? "offered" : "agreed");
		commission = clerk_first ? 0 : kit_int(a, "commission_minor");
		kit_audit(k);
	}
	kit_audit(k);
	trade_close(&t);
}

static void custody_alone_ends_without_a_yes(void **state)
{
	struct trade t;
	struct kit *k = &t.k;

	(void)state;
	trade_open(&t);
	/* wanted back before a price was named, and after */
	for (int told = 0; told < 2; told++) {
		keep_phone(&t, NULL, false);
		if (told)
			kit_act(k, 1, "tradein.propose", "{\"item\":%lld,\"stolen\":\"unknown\"}", L(t.item));
		kit_as(k, OWNER_OF(&t));
		kit_act(k, 1, "tradein.decline", "{\"item\":%lld}", L(t.item));
		kit_staff(k);
		kit_act(k, 1, "tradein.return_given", "{\"item\":%lld}", L(t.item));
		kit_act(k, 1, "tradein.return_taken", "{\"item\":%lld}", L(t.item));
		assert_string_equal(trade_state(&t), "returned");
	}
	/* nobody answers: it lapses, but not before a price was named */
	keep_phone(&t, NULL, false);
	kit_at(k, k->now_us + 40 * DAY_US);
	kit_refuse(k, 1, "tradein.lapse", ERR_CONFLICT, "has not been put to its owner",
		   "{\"item\":%lld}", L(t.item));
	kit_act(k, 1, "tradein.propose", "{\"item\":%lld,\"stolen\":\"clear\"}", L(t.item));
	kit_refuse(k, 1, "tradein.lapse", ERR_CONFLICT, "not over yet", "{\"item\":%lld}", L(t.item));
	kit_at(k, k->now_us + 14 * DAY_US);
	kit_as(k, OWNER_OF(&t));
	kit_refuse(k, 1, "tradein.accept", ERR_CONFLICT, "has lapsed", "{\"item\":%lld}", L(t.item));
	kit_staff(k);
	kit_act(k, 1, "tradein.lapse", "{\"item\":%lld}", L(t.item));
	assert_string_equal(trade_state(&t), "returning");
	/* lost with us: compensated as any other */
	keep_phone(&t, NULL, false);
	kit_act(k, 1, "device.lose", "{\"device\":%lld}", L(t.device));
	kit_act(k, 1, "tradein.compensate", "{\"item\":%lld}", L(t.item));
	assert_string_equal(trade_state(&t), "lost");
	kit_audit(k);
	trade_close(&t);
}

static void custody_alone_of_what_is_stolen(void **state)
{
	struct trade t;
	struct kit *k = &t.k;
	const struct json *a;
	int64_t first;

	(void)state;
	trade_open(&t);
	keep_phone(&t, "490154203237518", false);
	a = kit_act(k, 1, "tradein.propose", "{\"item\":%lld,\"stolen\":\"listed\"}", L(t.item));
	assert_string_equal(kit_text(a, "device_to"), "held");
	assert_null(json_get(a, "promised_minor"));
	assert_string_equal(trade_device_state(&t), "held");
	for (int owner = 0; owner < 2; owner++) { /* kept apart: no price, no way back */
		if (owner)
			kit_as(k, OWNER_OF(&t));
		kit_refuse(k, 1, "tradein.accept", ERR_CONFLICT, "is held", "{\"item\":%lld}", L(t.item));
		kit_refuse(k, 1, "tradein.decline", ERR_CONFLICT, "is held", "{\"item\":%lld}", L(t.item));
	}
	kit_staff(k);
	kit_refuse(k, 1, "tradein.propose", ERR_CONFLICT, "is held",
		   "{\"item\":%lld,\"stolen\":\"clear\"}", L(t.item));
	first = t.device;
	/* the same phone again, by the IMEISV: what the program knows itself goes before the answer given */
	keep_phone(&t, "4901542032375101", false);
	a = kit_act(k, 1, "tradein.propose", "{\"item\":%lld,\"stolen\":\"clear\"}", L(t.item));
	assert_int_equal(kit_int(a, "also"), first);
	assert_string_equal(kit_text(a, "device_to"), "held");
	kit_audit(k);
	/* cleared up: then a price */
	kit_act(k, 1, "device.release", "{\"device\":%lld}", L(first));
	kit_act(k, 1, "device.release", "{\"device\":%lld}", L(t.device));
	a = kit_act(k, 1, "tradein.propose", "{\"item\":%lld,\"stolen\":\"clear\"}", L(t.item));
	assert_true(kit_int(a, "promised_minor") > 0);
	/* listed after all, when the owner has the price already */
	a = kit_act(k, 1, "tradein.propose", "{\"item\":%lld,\"stolen\":\"listed\"}", L(t.item));
	kit_act(k, 1, "device.seize", "{\"device\":%lld}", L(t.device));
	kit_act(k, 1, "tradein.seized", "{\"item\":%lld}", L(t.item));
	assert_string_equal(trade_state(&t), "seized");
	kit_audit(k);
	trade_close(&t);
}

/* The account that an order is paid to is the owner's to name, and of that order alone. */
static void an_account_for_the_order(void **state)
{
	struct trade t;
	struct kit *k = &t.k;
	const char *body, *file;
	int64_t payout, first;

	(void)state;
	trade_open(&t);
	kit_act(k, 1, "party.update",
		"{\"party\":%lld,\"name\":\"Li\",\"phone\":\"13800000000\","
		"\"bank_account\":\"CN11 2222 3333\"}",
		L(t.owner));
	kit_act(k, 1, "party.update", "{\"party\":%lld,\"name\":\"City\",\"bank_account\":\"CN00000000\"}",
		L(kit_int(kit_get(k, 1, "city.city", "{}"), "programme")));
	trade_book_phone(&t);
	first = t.item;
	trade_hand_in(&t);
	trade_inspect(&t, ",\"battery_percent\":90");
	trade_book_phone(&t);
	trade_hand_in(&t);
	trade_inspect(&t, ",\"battery_percent\":90");
	body = cx_printf(&k->cx, "{\"order\":%lld,\"bank_account\":\"CN99 8888-7777\"}", L(t.order));
	assert_string_equal(kit_text(kit_get(k, 1, "tradein.order", "{\"order\":%lld}", L(t.order)),
				     "account_ends"),
			    "3333");
	kit_as(k, CLERK(&t));
	kit_refuse(k, 1, "tradein.account", ERR_FORBIDDEN, "owner's to confirm", "%s", body);
	kit_as(k, (struct principal){.user = 9, .roles = ROLE_CLERK, .org = t.retailer});
	kit_refuse(k, 1, "tradein.account", ERR_FORBIDDEN, "belongs to others", "%s", body);
	kit_as(k, (struct principal){.roles = ROLE_OWNER, .order = t.order - 1});
	kit_refuse(k, 1, "tradein.account", ERR_FORBIDDEN, "belongs to others", "%s", body);
	kit_as(k, CLERK(&t));
	kit_refuse(k, 1, "tradein.account", ERR_INVALID, "letters, digits",
		   "{\"order\":%lld,\"evidence\":%lld,\"bank_account\":\"CN/99\"}", L(t.order), L(slip(&t)));
	kit_act(k, 1, "tradein.account",
		"{\"order\":%lld,\"evidence\":%lld,\"bank_account\":\"CN99 8888-7777\"}",
		L(t.order), L(slip(&t)));
	assert_string_equal(kit_text(kit_get(k, 1, "tradein.order", "{\"order\":%lld}", L(t.order)),
				     "account_ends"),
			    "7777");
	/* whoever watches the city does not see even that */
	kit_as(k, (struct principal){.user = 8, .roles = ROLE_OFFICER});
	assert_null(json_get(kit_get(k, 1, "tradein.order", "{\"order\":%lld}", L(t.order)), "account_ends"));
	kit_staff(k);
	payout = kit_int(kit_act(k, 1, "settle.payout_create",
				 "{\"items\":[{\"item\":%lld},{\"item\":%lld}]}", L(first),
				 L(t.item)),
			 "payout");
	file = kit_text(kit_get(k, 1, "settle.payout_file", "{\"payout\":%lld,\"format\":\"csv\"}",
				L(payout)),
			"text");
	assert_non_null(strstr(file, "CN1122223333"));
	assert_non_null(strstr(file, "CN9988887777"));
	/* money that is on its way stays on it */
	kit_refuse(k, 1, "tradein.account", ERR_CONFLICT, "is being paid", "%s", body);
	kit_audit(k);
	/* the key that goes takes this account along */
	assert_int_equal(
		keys_destroy(&k->cx, k->keys, 1, ACCOUNT(SUBJECT_PARTY, t.owner), KIT_START),
		ERR_OK);
	assert_null(json_get(kit_get(k, 1, "tradein.order", "{\"order\":%lld}", L(t.order)), "account_ends"));
	trade_close(&t);
}

static void netted_against_a_purchase(void **state)
{
	struct trade t;
	const struct json *a;

	(void)state;
	trade_open(&t);
	kit_refuse(
		&t.k, 1, "tradein.book", ERR_INVALID, "",
		"{\"owner\":%lld,\"site\":%lld,\"netted\":true,\"purchase_minor\":899900,"
		"\"items\":[{\"model\":%lld}]}",
		L(t.owner), L(t.shop), L(t.phone)); /* that merchant is no retailer */
	trade_book(&t,
		   cx_printf(&t.k.cx, "\"site\":%lld,\"netted\":true,\"purchase_minor\":899900",
			     L(t.store)),
		   cx_printf(&t.k.cx, "\"model\":%lld,\"storage_gb\":128,\"battery_percent\":90",
			     L(t.phone)));
	trade_hand_in(&t);
	a = trade_inspect(&t, ",\"battery_percent\":90");
	assert_string_equal(kit_text(a, "to"), "netted");
	assert_int_equal(kit_balance(&t.k, 1, cx_printf(&t.k.cx, "money_owner/%lld", L(t.item)), "CNY"), 0);
	assert_int_equal(kit_balance(&t.k, 1,
				     cx_printf(&t.k.cx, "money_merchant/%lld", L(t.retailer)),
				     "CNY"),
			 kit_int(a, "agreed_minor") + kit_int(a, "bonus_minor"));
	assert_string_equal(trade_device_state(&t), "owned");
	kit_audit(&t.k);
	trade_close(&t);
}

static void lost_is_compensated_and_may_be_found(void **state)
{
	struct trade t;
	const struct json *a;
	int64_t quoted;

	(void)state;
	trade_open(&t);
	trade_book_phone(&t);
	trade_hand_in(&t);
	kit_refuse(&t.k, 1, "tradein.compensate", ERR_CONFLICT, "device.lose comes first",
		   "{\"item\":%lld}", L(t.item));
	kit_act(&t.k, 1, "device.lose", "{\"device\":%lld}", L(t.device));
	assert_int_equal(kit_balance(&t.k, 1, "pc_lost", "pc"), 1);
	a = kit_act(&t.k, 1, "tradein.compensate", "{\"item\":%lld}", L(t.item));
	quoted = kit_int(a, "agreed_minor");
	assert_int_equal(kit_int(kit_get(&t.k, 1, "tradein.item", "{\"item\":%lld}", L(t.item)),
				 "quoted_minor"),
			 quoted);
	assert_string_equal(trade_state(&t), "lost");
	assert_int_equal(
		kit_balance(&t.k, 1, cx_printf(&t.k.cx, "money_owner/%lld", L(t.item)), "CNY"),
		quoted);
	assert_int_equal(kit_balance(&t.k, 1, "money_loss", "CNY"), -quoted);
	kit_audit(&t.k);
	a = kit_act(&t.k, 1, "device.find", "{\"device\":%lld,\"site\":%lld}", L(t.device), L(t.centre));
	assert_string_equal(kit_text(a, "to"), "owned"); /* its owner was paid for it */
	assert_int_equal(kit_balance(&t.k, 1, "mg_loss", "mg"), 0);
	kit_audit(&t.k);
	/* found before compensation: back to where it was */
	trade_book_phone(&t);
	trade_hand_in(&t);
	kit_act(&t.k, 1, "device.lose", "{\"device\":%lld}", L(t.device));
	a = kit_act(&t.k, 1, "device.find", "{\"device\":%lld,\"site\":%lld}", L(t.device), L(t.centre));
	assert_string_equal(kit_text(a, "to"), "in_custody");
	/* lost by the courier, before it ever came */
	trade_book(&t, "\"channel\":\"courier\"", cx_printf(&t.k.cx, "\"model\":%lld", L(t.phone)));
	kit_refuse(&t.k, 1, "tradein.compensate", ERR_CONFLICT, "not given to us",
		   "{\"item\":%lld}", L(t.item));
	kit_act(&t.k, 1, "tradein.give", "{\"item\":%lld,\"carrier\":%lld}", L(t.item), L(t.carrier));
	kit_act(&t.k, 1, "tradein.compensate", "{\"item\":%lld}", L(t.item));
	assert_string_equal(trade_state(&t), "lost");
	kit_audit(&t.k);
	trade_close(&t);
}

static void seized_ends_it_without_pay(void **state)
{
	struct trade t;
	const struct json *a;

	(void)state;
	trade_open(&t);
	trade_book_phone(&t);
	trade_hand_in(&t);
	a = trade_inspect(&t, ",\"stolen\":\"listed\"");
	assert_string_equal(kit_text(a, "to"), "inspected");
	assert_string_equal(kit_text(a, "hold_reason"), "stolen_list");
	assert_string_equal(trade_device_state(&t), "held");
	kit_refuse(&t.k, 1, "tradein.decline", ERR_CONFLICT, "held", "{\"item\":%lld}", L(t.item));
	kit_refuse(&t.k, 1, "tradein.seized", ERR_CONFLICT, "device.seize comes first",
		   "{\"item\":%lld}", L(t.item));
	kit_act(&t.k, 1, "device.seize", "{\"device\":%lld}", L(t.device));
	kit_act(&t.k, 1, "tradein.seized", "{\"item\":%lld}", L(t.item));
	assert_string_equal(trade_state(&t), "seized");
	assert_int_equal(kit_balance(&t.k, 1, "pc_seized", "pc"), 1);
	assert_int_equal(kit_balance(&t.k, 1, "mg_loss", "mg"), 174000);
	kit_audit(&t.k);
	trade_close(&t);
}

static void one_bonus_a_life(void **state)
{
	struct trade t;
	const struct json *a;
	int64_t fund;

	(void)state;
	trade_open(&t);
	for (int round = 0; round < 2; round++) {
		trade_book_phone(&t);
		kit_act(&t.k, 1, "tradein.give", "{\"item\":%lld}", L(t.item));
		/* as IMEI, then as the IMEISV of the same device */
		t.device = kit_int(
			kit_act(&t.k, 1, "tradein.take_in",
				"{\"item\":%lld,\"identifiers\":[{\"kind\":\"imei\",\"value\":\"%s\"}]}",
				L(t.item), round ? "4901542032375101" : "490154203237518"),
			"device");
		fund = kit_balance(&t.k, 1, "money_benefit_fund", "CNY");
		a = trade_inspect(&t, ",\"battery_percent\":90");
		if (round) {
			assert_int_equal(kit_int(a, "bonus_minor"), 0);
			assert_int_equal(kit_balance(&t.k, 1, "money_benefit_fund", "CNY"), fund);
		} else {
			assert_true(kit_int(a, "bonus_minor") > 0);
		}
	}
	kit_audit(&t.k);
	trade_close(&t);
}

/* Staff speak for the owner with a paper that shows it; one of another order shows nothing. */
static void a_paper_is_about_its_order(void **state)
{
	static const char *const what[] = {"give", "decline", "return_taken"};
	struct trade t;
	int64_t other, about_other, about;

	(void)state;
	trade_open(&t);
	trade_book_phone(&t);
	other = t.order;
	trade_book_phone(&t);
	kit_as(&t.k, (struct principal){.user = 9, .roles = ROLE_CLERK, .org = t.merchant});
	about_other = kit_int(kit_act(&t.k, 1, "evidence.add",
				      "{\"order\":%lld,\"content\":\"JVBERi0xLjQKZW1wdHkK\"}", L(other)),
			      "evidence");
	about = kit_int(kit_act(&t.k, 1, "evidence.add",
				"{\"order\":%lld,\"content\":\"JVBERi0xLjQKZW1wdHkK\"}", L(t.order)),
			"evidence");
	kit_refuse(&t.k, 1, "tradein.cancel", ERR_INVALID, "about something else",
		   "{\"item\":%lld,\"evidence\":%lld}", L(t.item), L(about_other));
	for (size_t i = 0; i < ARRAY_LEN(what); i++) {
		const char *type = cx_printf(&t.k.cx, "tradein.%s", what[i]);
		kit_refuse(&t.k, 1, type, ERR_INVALID, "about something else",
			   "{\"item\":%lld,\"evidence\":%lld}", L(t.item), L(about_other));
		kit_act(&t.k, 1, type, "{\"item\":%lld,\"evidence\":%lld}", L(t.item), L(about));
		if (i == 0)
			kit_act(&t.k, 1, "tradein.take_in", "{\"item\":%lld}", L(t.item));
	}
	kit_staff(&t.k);
	kit_audit(&t.k);
	trade_close(&t);
}

/* No number tells it, but two records are merged, by way of a third: one thing, one bonus. */
static void one_bonus_for_what_is_merged(void **state)
{
	struct trade t;
	int64_t device[3];

	(void)state;
	trade_open(&t);
	for (int i = 0; i < 3; i++) {
		trade_book_phone(&t);
		trade_hand_in(&t);
		device[i] = t.device;
		if (i == 0)
			assert_true(kit_int(trade_inspect(&t, ",\"battery_percent\":90"), "bonus_minor") > 0);
	}
	for (int i = 0; i < 2; i++)
		kit_act(&t.k, 1, "device.merge", "{\"device\":%lld,\"same_as\":%lld}", L(device[i + 1]),
			L(device[i]));
	assert_int_equal(kit_int(trade_inspect(&t, ",\"battery_percent\":90"), "bonus_minor"), 0);
	kit_audit(&t.k);
	/* taken back, it is another thing again */
	trade_book_phone(&t);
	trade_hand_in(&t);
	kit_act(&t.k, 1, "device.merge", "{\"device\":%lld,\"same_as\":%lld}", L(t.device), L(device[0]));
	kit_act(&t.k, 1, "device.unmerge", "{\"device\":%lld,\"same_as\":%lld}", L(device[0]), L(t.device));
	assert_true(kit_int(trade_inspect(&t, ",\"battery_percent\":90"), "bonus_minor") > 0);
	kit_audit(&t.k);
	trade_close(&t);
}

static void organisations_see_their_own(void **state)
{
	struct trade t;
	int64_t order;

	(void)state;
	trade_open(&t);
	trade_book_phone(&t);
	trade_hand_in(&t);
	order = t.order;
	kit_as(&t.k, (struct principal){.user = 9, .roles = ROLE_CLERK, .org = t.merchant});
	assert_int_equal(kit_int(kit_get(&t.k, 1, "tradein.orders", "{}"), "items.0.order"), order);
	assert_int_equal(kit_int(kit_get(&t.k, 1, "device.list", "{}"), "items.0.device"), t.device);
	assert_int_equal(kit_int(kit_get(&t.k, 1, "tradein.items", "{\"state\":\"in_custody\"}"),
				 "items.0.item"),
			 t.item);
	kit_as(&t.k, (struct principal){.user = 9, .roles = ROLE_CLERK, .org = t.retailer});
	assert_int_equal(json_get(kit_get(&t.k, 1, "tradein.orders", "{}"), "items")->count, 0);
	assert_int_equal(json_get(kit_get(&t.k, 1, "device.list", "{}"), "items")->count, 0);
	assert_int_equal(
		json_get(kit_get(&t.k, 1, "tradein.items", "{\"state\":\"in_custody\"}"), "items")
			->count,
		0);
	kit_get_refused(&t.k, 1, "tradein.order", ERR_FORBIDDEN, "others", "{\"order\":%lld}", L(order));
	kit_get_refused(&t.k, 1, "device.get", ERR_FORBIDDEN, "others", "{\"device\":%lld}", L(t.device));
	kit_get_refused(&t.k, 1, "device.history", ERR_FORBIDDEN, "others", "{\"device\":%lld}",
			L(t.device));
	kit_refuse(&t.k, 1, "inspect.record", ERR_FORBIDDEN, "others", "{\"item\":%lld}", L(t.item));
	kit_refuse(&t.k, 1, "device.weigh", ERR_FORBIDDEN, "", "{\"device\":%lld,\"mass_mg\":1000}",
		   L(t.device));
	trade_close(&t);
}

/* Entries that were rewritten so that they are well formed, but do not add up: besides the log, which does
 * not verify any more, the features' own invariants name what is wrong. */
static void forged_books_do_not_add_up(void **state)
{
	struct trade t;
	struct kit *k = &t.k;

	(void)state;
	for (int c = 0; c < 6; c++) {
		const char *from = NULL, *to = NULL, *words = NULL;
		const struct json *a;
		int invariant = 0;
		trade_open(&t);
		trade_book_phone(&t);
		trade_hand_in(&t);
		a = trade_inspect(&t, ",\"battery_percent\":60");
		kit_act(k, 1, "tradein.accept", "{\"item\":%lld}", L(t.item));
		switch (c) {
		case 0: /* the piece went somewhere else than the device says */
			invariant = 2, words = "devices say that they are there";
			from = cx_printf(&k->cx, "\"to\":\"pc_custody/%lld\"", L(t.shop));
			to = cx_printf(&k->cx, "\"to\":\"pc_custody/%lld\"", L(t.store));
			break;
		case 1: /* a milligram more in the ledger than in the device */
			invariant = 3, words = "mg in its account";
			from = "\"amount\":174000", to = "\"amount\":174001";
			break;
		case 2: /* the owner is owed less than was accepted */
			invariant = 5, words = "accepted";
			from = cx_printf(&k->cx, "\"agreed_minor\":%lld", L(kit_int(a, "offered_minor")));
			to = cx_printf(&k->cx, "\"agreed_minor\":%lld", L(kit_int(a, "offered_minor") - 1));
			break;
		case 3: /* it had been given into custody alone */
			invariant = 5, words = "agreed to no price";
			from = cx_printf(&k->cx, "\"data\":{\"item\":%lld,\"to\":\"booked\"", L(t.item));
			to = cx_printf(
				&k->cx,
				"\"data\":{\"custody_only\":true,\"item\":%lld,\"to\":\"booked\"",
				L(t.item));
			break;
		case 4: /* an item that is not numbered after its order */
			invariant = 2, words = "is numbered";
			from = cx_printf(&k->cx, "\"item\":%lld,\"model\"", L(t.item));
			to = cx_printf(&k->cx, "\"item\":%lld,\"model\"", L(t.item + 1));
			break;
		default: /* a bonus that was not promised */
			invariant = 6, words = "a bonus of";
			from = cx_printf(&k->cx, "\"amount\":%lld,\"from\":\"money_benefit_fund\"",
					 L(kit_int(a, "bonus_minor")));
			to = cx_printf(&k->cx, "\"amount\":%lld,\"from\":\"money_benefit_fund\"",
				       L(kit_int(a, "bonus_minor") + 7));
		}
		kit_audit(k);
		assert_int_equal(db_exec(&k->cx, k->db,
					 "UPDATE journal SET body = replace(body, $1, $2) WHERE city = 1",
					 DB_ARGS(db_text(from), db_text(to))), ERR_OK);
		kit_audit_finds(k, invariant, words);
		trade_close(&t);
	}
}

/* A merchant's clerk finds its own customers by their exact phone number, and nobody else's. */
static void earlier_owners(void **state)
{
	static const struct {
		const char *phone;
		bool merchant, retailer, programme;
	} cases[] = {{"13800000000", true, false, true},  {"138-0000 0000", true, false, true},
		     {"1380000000", false, false, false}, {"13911112222", false, false, false},
		     {"13700000000", false, true, true}};
	struct trade t;
	const struct json *v;
	int64_t other, stranger;

	(void)state;
	trade_open(&t);
	trade_book_phone(&t); /* Li, with the merchant */
	other = trade_party(&t.k, "person", "owner", "\"name\":\"欧阳娜\",\"phone\":\"13700000000\"");
	stranger = trade_party(&t.k, "person", "owner", "\"name\":\"Xu\",\"phone\":\"13911112222\"");
	kit_act(&t.k, 1, "tradein.book",
		"{\"owner\":%lld,\"site\":%lld,\"items\":[{\"category\":\"phone\",\"age_months\":20}]}",
		(long long)other, (long long)t.store);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const int64_t org[] = {t.merchant, t.retailer, 0};
		const bool may[] = {cases[i].merchant, cases[i].retailer, cases[i].programme};
		for (int j = 0; j < 3; j++) {
			kit_as(&t.k, (struct principal){
					     .user = 9, .roles = ROLE_CLERK, .org = org[j], .city = 1});
			v = kit_get(&t.k, 1, "party.earlier", "{\"phone\":\"%s\"}", cases[i].phone);
			if (json_get(v, "items")->count != (may[j] ? 1u : 0u))
				fail_msg("%s of %d: %zu", cases[i].phone, j, json_get(v, "items")->count);
		}
	}
	/* number and first character alone; who is forgotten is not found */
	v = json_get(kit_get(&t.k, 1, "party.earlier", "{\"phone\":\"13700000000\"}"), "items")->item[0];
	assert_int_equal(kit_int(v, "party"), other);
	assert_string_equal(kit_text(v, "name"), "欧**");
	assert_int_equal(v->count, 2);
	kit_get_refused(&t.k, 1, "party.earlier", ERR_INVALID, "nothing in it", "{\"phone\":\"---\"}");
	assert_true(stranger > other);
	assert_int_equal(keys_destroy(&t.k.cx, t.k.keys, 1, ACCOUNT(SUBJECT_PARTY, other), KIT_START),
			 ERR_OK);
	v = kit_get(&t.k, 1, "party.earlier", "{\"phone\":\"13700000000\"}");
	assert_int_equal(json_get(v, "items")->count, 0);
	kit_staff(&t.k);
	trade_close(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(price_by_the_rule),
		cmocka_unit_test(price_refuses_nonsense),
		cmocka_unit_test(token_is_honoured_until_it_expires),
		cmocka_unit_test(a_simulated_city_prices_by_its_log),
		cmocka_unit_test(booking_checks_what_it_is_given),
		cmocka_unit_test(link_opens_its_order_alone),
		cmocka_unit_test(either_side_may_be_first),
		cmocka_unit_test(sides_are_kept_apart),
		cmocka_unit_test(time_ends_bookings_and_offers),
		cmocka_unit_test(scheduler_sees_what_is_due),
		cmocka_unit_test(agreed_at_the_promised_price),
		cmocka_unit_test(better_than_declared_pays_more),
		cmocka_unit_test(worse_is_offered_with_reasons),
		cmocka_unit_test(declined_goes_back_free_of_charge),
		cmocka_unit_test(custody_alone_waits_for_the_yes),
		cmocka_unit_test(custody_alone_ends_without_a_yes),
		cmocka_unit_test(custody_alone_of_what_is_stolen),
		cmocka_unit_test(an_account_for_the_order),
		cmocka_unit_test(netted_against_a_purchase),
		cmocka_unit_test(lost_is_compensated_and_may_be_found),
		cmocka_unit_test(seized_ends_it_without_pay),
		cmocka_unit_test(a_paper_is_about_its_order),
		cmocka_unit_test(one_bonus_a_life),
		cmocka_unit_test(one_bonus_for_what_is_merged),
		cmocka_unit_test(organisations_see_their_own),
		cmocka_unit_test(forged_books_do_not_add_up),
		cmocka_unit_test(earlier_owners),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
