/* What people at a counter, a bench and a desk ask: each thing is found by whoever may see it and by nobody
 * else, and what is said to come next can be done. */
#include "lab.h"

#define L(x) ((long long)(x))

static struct principal clerk_of(int64_t party)
{
	return (struct principal){.user = 9, .roles = ROLE_CLERK, .org = party, .city = 1};
}

/* --- desk.find --- */

static bool finds(struct kit *k, const char *text, const char *kind, int64_t id)
{
	const struct json *items = json_get(kit_get(k, 1, "desk.find", "{\"text\":\"%s\"}", text), "items");

	for (size_t i = 0; i < items->count; i++)
		if (strcmp(json_get(items->item[i], "kind")->text, kind) == 0 &&
		    json_get(items->item[i], "id")->number == id)
			return true;
	return false;
}

static size_t found(struct kit *k, const char *text)
{
	return json_get(kit_get(k, 1, "desk.find", "{\"text\":\"%s\"}", text), "items")->count;
}

static void a_text_is_what_it_names(void **state)
{
	struct lab l;
	struct trade *t = &l.t;
	struct kit *k = &t->k;
	const struct json *v;
	const char *label;
	char wrong[32];

	(void)state;
	lab_open(&l);
	trade_book_phone(t);
	kit_act(k, 1, "tradein.give", "{\"item\":%lld}", L(t->item));
	v = kit_act(k, 1, "tradein.take_in",
		    "{\"item\":%lld,\"identifiers\":[{\"kind\":\"imei\",\"value\":\"356938035643809\"},"
		    "{\"kind\":\"serial\",\"value\":\"F2LX-1\"}]}",
		    L(t->item));
	t->device = kit_int(v, "device");
	v = kit_get(k, 1, "device.get", "{\"device\":%lld}", L(t->device));
	label = kit_text(v, "label");
	assert_true(finds(k, label, "device", t->device));
	assert_true(finds(k, cx_printf(&k->cx, " https://x.example/p/%s ", label), "device", t->device));
	assert_true(finds(k, "356938035643809", "device", t->device));
	assert_true(finds(k, "35 693803 564380-9", "device", t->device));
	assert_true(finds(k, "f2lx-1", "device", t->device));
	assert_true(finds(k, cx_printf(&k->cx, "#%lld", L(t->order)), "order", t->order));
	assert_true(finds(k, cx_printf(&k->cx, "%lld", L(t->item)), "item", t->item));
	assert_true(finds(k, cx_printf(&k->cx, "%lld", L(t->shop)), "site", t->shop));
	v = kit_act(k, 1, "tradein.book", "{\"owner\":%lld,\"site\":%lld,\"items\":[{\"model\":%lld}]}",
		    L(t->owner), L(t->shop), L(t->phone));
	assert_true(finds(k, kit_text(v, "order_code"), "order", kit_int(v, "order")));
	assert_true(finds(k, "sMELT", "party", l.recycler));
	assert_true(finds(k, "ite", "site", t->centre));
	/* A wrong check character is no label; a person's name is nothing; nor is a pattern. */
	snprintf(wrong, sizeof(wrong), "%s", label);
	wrong[0] = wrong[0] == '0' ? '1' : '0';
	assert_int_equal(found(k, wrong), 0);
	assert_int_equal(found(k, "Li"), 0);
	assert_int_equal(found(k, "%"), 0);
	assert_int_equal(found(k, "_"), 0);
	assert_int_equal(found(k, "   "), 0);
	assert_false(finds(k, cx_printf(&k->cx, "%lld", L(t->owner)), "party", t->owner));

	/* The shop sees its own; another one does not. */
	kit_as(k, clerk_of(t->merchant));
	assert_true(finds(k, label, "device", t->device));
	assert_true(finds(k, "356938035643809", "device", t->device));
	assert_true(finds(k, cx_printf(&k->cx, "%lld", L(t->order)), "order", t->order));
	assert_true(finds(k, "shop", "party", t->merchant));
	assert_int_equal(found(k, "smelt"), 0);
	kit_as(k, clerk_of(t->retailer));
	assert_int_equal(found(k, label), 0);
	assert_int_equal(found(k, "356938035643809"), 0);
	assert_false(finds(k, cx_printf(&k->cx, "%lld", L(t->order)), "order", t->order));
	assert_false(finds(k, cx_printf(&k->cx, "%lld", L(t->item)), "item", t->item));
	kit_as(k, (struct principal){.roles = ROLE_OWNER, .order = t->order});
	kit_get_refused(k, 1, "desk.find", ERR_FORBIDDEN, "link", "{\"text\":\"%s\"}", label);
	kit_staff(k);
	lab_close(&l);
}

static void goods_are_found_by_number(void **state)
{
	struct lab l;
	struct kit *k = &l.t.k;
	int64_t device, sale, washer, batch;

	(void)state;
	lab_open(&l);
	device = lab_stock_phone(&l);
	kit_act(k, 1, "stock.list", "{\"device\":%lld,\"price_minor\":300000}", L(device));
	kit_act(k, 1, "stock.deposit", "{\"buyer\":%lld,\"amount_minor\":400000,\"reference\":\"R1\"}",
		L(l.buyer));
	sale = kit_int(kit_act(k, 1, "stock.sell", "{\"device\":%lld,\"buyer\":%lld}", L(device), L(l.buyer)),
		       "sale");
	washer = lab_washer(&l);
	kit_act(k, 1, "recover.send", "{\"device\":%lld,\"reason\":\"damaged\"}", L(washer));
	batch = kit_int(kit_act(k, 1, "recover.batch_open",
				"{\"site\":%lld,\"dismantler\":%lld,\"scale\":\"S-1\"}", L(l.t.centre),
				L(l.programme)),
			"batch");
	assert_true(finds(k, cx_printf(&k->cx, "%lld", L(sale)), "sale", sale));
	assert_true(finds(k, cx_printf(&k->cx, "%lld", L(batch)), "batch", batch));
	kit_as(k, (struct principal){.user = 9, .roles = ROLE_BUYER, .org = l.buyer, .city = 1});
	assert_true(finds(k, cx_printf(&k->cx, "%lld", L(sale)), "sale", sale));
	assert_false(finds(k, cx_printf(&k->cx, "%lld", L(batch)), "batch", batch));
	assert_false(finds(k, cx_printf(&k->cx, "%lld", L(device)), "device", device));
	/* Whoever takes devices apart sees those that wait for it, wherever they lie. */
	kit_as(k, (struct principal){.user = 9, .roles = ROLE_DISMANTLER, .org = l.recycler, .city = 1});
	assert_true(finds(k, cx_printf(&k->cx, "%lld", L(washer)), "device", washer));
	assert_false(finds(k, cx_printf(&k->cx, "%lld", L(device)), "device", device));
	kit_as(k, (struct principal){.user = 9, .roles = ROLE_BUYER, .org = l.buyer2, .city = 1});
	assert_false(finds(k, cx_printf(&k->cx, "%lld", L(sale)), "sale", sale));
	kit_staff(k);
	lab_close(&l);
}

/* --- desk.next --- */

/* The usual next action is this one; NULL: none, and it waits for this. */
static const struct json *next_is(struct kit *k, int64_t device, const char *action, const char *waits)
{
	const struct json *v = kit_get(k, 1, "desk.next", "{\"device\":%lld}", L(device)), *a, *w;

	a = json_get(v, "action");
	w = json_get(v, "waits_for");
	if ((a ? !action || strcmp(a->text, action) != 0 : action != NULL) ||
	    (w ? !waits || strcmp(w->text, waits) != 0 : waits != NULL))
		fail_msg("next is %s, waiting for %s; wanted %s, %s", a ? a->text : "nothing",
			 w ? w->text : "nothing", action ? action : "nothing", waits ? waits : "nothing");
	return v;
}

static bool possible(const struct json *next, const char *action)
{
	const struct json *all = json_get(next, "possible");

	for (size_t i = 0; all && i < all->count; i++)
		if (strcmp(json_get(all->item[i], "action")->text, action) == 0)
			return true;
	return false;
}

static void the_bench_is_led_through_a_life(void **state)
{
	struct lab l;
	struct trade *t = &l.t;
	struct kit *k = &t->k;
	const struct json *v;
	int64_t device, sale;

	(void)state;
	lab_open(&l);
	trade_book(t, cx_printf(&k->cx, "\"site\":%lld", L(t->centre)),
		   cx_printf(&k->cx, "\"model\":%lld,\"storage_gb\":128,\"battery_percent\":90",
			     L(t->phone)));
	trade_hand_in(t);
	device = t->device;
	v = next_is(k, device, "inspect.record", NULL);
	assert_string_equal(kit_text(v, "model"), "Apple iPhone 13");
	assert_string_equal(kit_text(v, "method"), "POST");
	assert_string_equal(kit_text(v, "path"), "/v1/cities/{city}/items/{item}/inspections");
	trade_inspect(t, ",\"battery_percent\":40,\"storage_gb\":128");
	v = next_is(k, device, NULL, "owner");
	assert_true(kit_int(v, "until_us") > k->now_us);
	assert_true(possible(v, "tradein.accept"));
	assert_true(possible(v, "tradein.decline"));
	assert_false(possible(v, "stock.list"));
	kit_act(k, 1, "tradein.accept", "{\"item\":%lld}", L(t->item));
	v = next_is(k, device, "erase.start", NULL);
	assert_int_equal(kit_int(v, "medium"), 1);
	assert_string_equal(kit_text(v, "open.0.kind"), "flash");
	kit_act(k, 1, "erase.start", "{\"device\":%lld}", L(device));
	v = next_is(k, device, "erase.attempt", NULL);
	assert_int_equal(kit_int(v, "medium"), 1);
	kit_act(k, 1, "erase.attempt",
		"{\"device\":%lld,\"medium\":1,\"outcome\":\"not_attempted\",\"reason\":\"no_power\"}",
		L(device));
	v = next_is(k, device, "erase.start", NULL);
	assert_string_equal(kit_text(v, "why"), "erase_failed");
	lab_erase(&l, device);
	v = next_is(k, device, "stock.dispose", NULL);
	assert_null(json_get(v, "open"));
	kit_act(k, 1, "stock.dispose", "{\"device\":%lld,\"choice\":\"resale\"%s}", L(device),
		strcmp(kit_text(kit_act(k, 1, "stock.dispose", "{\"device\":%lld}", L(device)), "computed"),
		       "resale") == 0 ? "" : ",\"reason\":\"demand\"");
	next_is(k, device, "stock.receive", NULL);
	kit_act(k, 1, "stock.receive", "{\"device\":%lld}", L(device));
	next_is(k, device, "stock.list", NULL);
	kit_act(k, 1, "stock.list", "{\"device\":%lld,\"price_minor\":300000}", L(device));
	next_is(k, device, NULL, "buyer");
	kit_act(k, 1, "stock.deposit", "{\"buyer\":%lld,\"amount_minor\":400000,\"reference\":\"R1\"}",
		L(l.buyer));
	sale = kit_int(kit_act(k, 1, "stock.sell", "{\"device\":%lld,\"buyer\":%lld}", L(device), L(l.buyer)),
		       "sale");
	v = next_is(k, device, "stock.deliver", NULL);
	assert_int_equal(kit_int(v, "sale"), sale);
	kit_act(k, 1, "stock.deliver", "{\"sale\":%lld}", L(sale));
	next_is(k, device, NULL, NULL);
	lab_close(&l);
}

static void other_ways_are_shown_too(void **state)
{
	struct lab l;
	struct kit *k = &l.t.k;
	const struct json *v;
	int64_t washer, phone, held;

	(void)state;
	lab_open(&l);
	washer = lab_washer(&l);
	next_is(k, washer, "stock.dispose", NULL);
	kit_act(k, 1, "recover.send", "{\"device\":%lld,\"reason\":\"damaged\"}", L(washer));
	next_is(k, washer, "recover.weigh_in", NULL);
	phone = lab_phone(&l);
	kit_act(k, 1, "recover.send", "{\"device\":%lld,\"reason\":\"damaged\"}", L(phone));
	v = next_is(k, phone, "erase.destroy", NULL);
	assert_int_equal(kit_int(v, "medium"), 1);
	held = lab_phone(&l);
	kit_act(k, 1, "device.ship", "{\"device\":%lld,\"to_site\":%lld}", L(held), L(l.other_site));
	next_is(k, held, "device.arrive", NULL);
	kit_act(k, 1, "device.arrive", "{\"device\":%lld,\"site\":%lld}", L(held), L(l.other_site));
	kit_act(k, 1, "device.hold", "{\"device\":%lld,\"reason\":\"dispute\"}", L(held));
	v = next_is(k, held, NULL, "hold");
	assert_string_equal(kit_text(v, "hold_reason"), "dispute");
	assert_true(possible(v, "device.release"));
	/* What the caller's roles do not allow is said. */
	kit_as(k, (struct principal){.user = 9, .roles = ROLE_ANALYST});
	v = kit_get(k, 1, "desk.next", "{\"device\":%lld}", L(washer));
	assert_false(json_get(v, "may")->truth);
	kit_as(k, clerk_of(l.t.retailer));
	kit_get_refused(k, 1, "desk.next", ERR_FORBIDDEN, "", "{\"device\":%lld}", L(washer));
	kit_staff(k);
	kit_get_refused(k, 1, "desk.next", ERR_NOT_FOUND, "no device", "{\"device\":77}");
	lab_close(&l);
}

/* --- a counter's day --- */

static size_t items(struct kit *k, const char *params)
{
	return json_get(kit_get(k, 1, "desk.items", "%s", params), "items")->count;
}

static void later(struct kit *k, int64_t us)
{
	kit_at(k, us);
	kit_act(k, 1, "city.settings", "{\"name\":\"Shanghai\"}"); /* the clock is its last entry */
}

/* KIT_START is eight in the morning in Shanghai: its day ends at 16:00 UTC. */
static void a_day_is_the_citys(void **state)
{
	struct lab l;
	struct trade *t = &l.t;
	struct kit *k = &t->k;
	const struct json *v;

	(void)state;
	lab_open(&l);
	assert_int_equal(items(k, "{}"), 0);
	later(k, KIT_START + DAY_US * 2 / 3 - 1); /* the last instant of 1 January there */
	trade_book_phone(t);
	trade_hand_in(t);
	trade_inspect(t, ",\"battery_percent\":40,\"storage_gb\":128");
	kit_act(k, 1, "tradein.decline", "{\"item\":%lld}", L(t->item));
	later(k, k->now_us + 1);
	assert_int_equal(items(k, "{}"), 0);
	trade_book_phone(t);
	assert_int_equal(items(k, "{}"), 0);
	assert_int_equal(items(k, "{\"of\":\"booked\"}"), 1);
	trade_hand_in(t);
	trade_inspect(t, ",\"battery_percent\":90,\"storage_gb\":128");
	v = kit_get(k, 1, "desk.items", "{}");
	assert_int_equal(kit_int(v, "items.0.item"), t->item);
	assert_string_equal(kit_text(v, "items.0.name"), "Apple iPhone 13");
	assert_string_equal(kit_text(v, "items.0.state"), "agreed");
	assert_int_equal(kit_int(v, "items.0.site"), t->shop);
	assert_non_null(kit_text(v, "items.0.label"));
	assert_int_equal(items(k, "{\"from\":\"2026-01-01\"}"), 2);
	assert_int_equal(items(k, "{\"from\":\"2026-01-01\",\"to\":\"2026-01-02\"}"), 1);
	assert_int_equal(items(k, "{\"from\":\"2026-01-01\",\"revised\":true}"), 1);
	assert_int_equal(items(k, "{\"from\":\"2026-01-01\",\"state\":\"agreed\"}"), 1);
	assert_int_equal(items(k, "{\"from\":\"2026-01-01\",\"category\":\"laptop\"}"), 0);

	v = kit_get(k, 1, "desk.counts", "{\"from\":\"2026-01-01\",\"by\":\"site\"}");
	assert_int_equal(json_get(v, "rows")->count, 1);
	assert_int_equal(kit_int(v, "rows.0.id"), t->shop);
	assert_int_equal(kit_int(v, "rows.0.items"), 2);
	assert_int_equal(kit_int(v, "rows.0.revised"), 1);
	assert_int_equal(kit_int(v, "rows.0.revised_bp"), 5000);
	assert_int_equal(kit_int(v, "rows.0.declined_bp"), 10000);
	assert_int_equal(kit_int(v, "rows.0.agreed"), 1);
	assert_int_equal(kit_int(v, "rows.0.lat_e6"), 31000000);
	v = kit_get(k, 1, "desk.counts", "{\"from\":\"2026-01-01\",\"by\":\"merchant\"}");
	assert_string_equal(kit_text(v, "rows.0.name"), "Shop");
	v = kit_get(k, 1, "desk.counts", "{\"from\":\"2026-01-01\",\"by\":\"state\"}");
	assert_int_equal(json_get(v, "rows")->count, 2);
	v = kit_get(k, 1, "desk.counts", "{}");
	assert_string_equal(kit_text(v, "from"), "2026-01-02");
	assert_string_equal(kit_text(v, "to"), "2026-01-03");
	assert_int_equal(kit_int(v, "rows.0.items"), 1);
	kit_get_refused(k, 1, "desk.counts", ERR_INVALID, "ends before",
			"{\"from\":\"2026-01-02\",\"to\":\"2026-01-02\"}");

	kit_as(k, clerk_of(t->merchant));
	assert_int_equal(items(k, "{\"from\":\"2026-01-01\"}"), 2);
	kit_as(k, clerk_of(t->retailer));
	assert_int_equal(items(k, "{\"from\":\"2026-01-01\"}"), 0);
	assert_int_equal(items(k, cx_printf(&k->cx, "{\"from\":\"2026-01-01\",\"merchant\":%lld}",
					    L(t->merchant))), 0);
	kit_staff(k);
	lab_close(&l);
}

/* Pages of what was booked go over orders with several items. */
static void booked_items_by_pages(void **state)
{
	struct trade t;
	struct kit *k = &t.k;
	const struct json *v;
	const char *next = NULL;
	int64_t seen = 0, last = 0;

	(void)state;
	trade_open(&t);
	for (int i = 0; i < 5; i++)
		trade_book(&t, cx_printf(&k->cx, "\"site\":%lld", L(t.shop)),
			   "\"category\":\"phone\",\"age_months\":20},{\"category\":\"phone\","
			   "\"age_months\":20},{\"category\":\"washing_machine\"");
	do {
		v = kit_get(k, 1, "desk.items", "{\"of\":\"booked\",\"limit\":2%s}",
			    next ? cx_printf(&k->cx, ",\"after\":\"%s\"", next) : "");
		for (size_t i = 0; i < json_get(v, "items")->count; i++, seen++) {
			int64_t item = json_get(json_get(v, "items")->item[i], "item")->number;
			assert_true(item > last);
			last = item;
		}
		next = json_get(v, "next") ? json_get(v, "next")->text : NULL;
	} while (next);
	assert_int_equal(seen, 15);
	trade_close(&t);
}

static void a_merchant_sees_what_it_is_owed(void **state)
{
	struct trade t;
	struct kit *k = &t.k;
	const struct json *v;
	int64_t payout, commission;

	(void)state;
	trade_open(&t);
	kit_act(k, 1, "party.update",
		"{\"party\":%lld,\"name\":\"Li\",\"bank_account\":\"6222020200112233445\"}", L(t.merchant));
	trade_book_phone(&t);
	trade_hand_in(&t);
	commission = kit_int(trade_inspect(&t, ",\"battery_percent\":90,\"storage_gb\":128"),
			     "commission_minor");
	kit_as(k, clerk_of(t.merchant));
	v = kit_get(k, 1, "settle.own", "{}");
	assert_int_equal(kit_int(v, "party"), t.merchant);
	assert_string_equal(kit_text(v, "from"), "2026-01-01");
	assert_string_equal(kit_text(v, "accounts.0.kind"), "merchant");
	assert_int_equal(kit_int(v, "accounts.0.available_minor"), commission);
	assert_string_equal(kit_text(v, "accounts.0.lines.0.what"), "commission");
	assert_int_equal(kit_int(v, "accounts.0.lines.0.in_minor"), commission);
	kit_staff(k);
	payout = kit_int(kit_act(k, 1, "settle.payout_create", "{\"merchants\":[{\"party\":%lld}]}",
				 L(t.merchant)), "payout");
	assert_true(payout > 0);
	v = kit_get(k, 1, "settle.own", "{\"party\":%lld}", L(t.merchant));
	assert_int_equal(kit_int(v, "accounts.0.promised_minor"), commission);
	assert_int_equal(kit_int(v, "accounts.0.available_minor"), 0);
	later(k, KIT_START + 40 * DAY_US);
	v = kit_get(k, 1, "settle.own", "{\"party\":%lld}", L(t.merchant));
	assert_string_equal(kit_text(v, "from"), "2026-02-01");
	assert_null(json_get(json_get(v, "accounts")->item[0], "lines"));
	kit_get_refused(k, 1, "settle.own", ERR_INVALID, "whose", "{}");
	kit_as(k, clerk_of(t.retailer));
	kit_get_refused(k, 1, "settle.own", ERR_FORBIDDEN, "", "{\"party\":%lld}", L(t.merchant));
	kit_staff(k);
	trade_close(&t);
}

/* --- what became of it --- */

static void an_owner_sees_what_became_of_it(void **state)
{
	struct lab l;
	struct trade *t = &l.t;
	struct kit *k = &t->k;
	struct principal owner;
	const struct json *v;
	int64_t device, photo, item, sum;

	(void)state;
	lab_open(&l);
	trade_book(t, cx_printf(&k->cx, "\"site\":%lld", L(t->centre)),
		   cx_printf(&k->cx, "\"model\":%lld,\"storage_gb\":128,\"battery_percent\":90",
			     L(t->phone)));
	item = t->item;
	owner = (struct principal){.roles = ROLE_OWNER, .order = t->order, .city = 1};
	kit_as(k, owner);
	v = kit_get(k, 1, "desk.outcome", "{\"item\":%lld}", L(item));
	assert_string_equal(kit_text(v, "state"), "booked");
	assert_string_equal(kit_text(v, "name"), "Apple iPhone 13");
	assert_int_equal(kit_int(v, "battery_percent"), 90);
	assert_null(json_get(v, "fate"));
	kit_staff(k);
	trade_hand_in(t);
	device = t->device;
	photo = kit_int(kit_act(k, 1, "evidence.add",
				"{\"device\":%lld,\"content\":\"JVBERi0xLjQKZW1wdHkK\"}", L(device)),
			"evidence");
	trade_inspect(t, cx_printf(&k->cx, ",\"battery_percent\":40,\"storage_gb\":128,\"photos\":["
				   "{\"evidence\":%lld,\"about\":\"battery\"}]", L(photo)));
	/* The reasons, item by item: promise and steps add up to the offer. */
	kit_as(k, owner);
	v = kit_get(k, 1, "inspect.list", "{\"item\":%lld}", L(item));
	v = json_get(v, "items")->item[0];
	assert_string_equal(kit_text(v, "defects.0.code"), "battery");
	assert_int_equal(kit_int(v, "defects.0.photo"), photo);
	sum = kit_int(kit_get(k, 1, "desk.outcome", "{\"item\":%lld}", L(item)), "quoted_minor");
	for (size_t i = 0; i < json_get(v, "defects")->count; i++)
		sum += json_get(json_get(v, "defects")->item[i], "step_minor")->number;
	assert_int_equal(sum, kit_int(v, "offered_minor"));
	kit_act(k, 1, "tradein.accept", "{\"item\":%lld}", L(item));
	kit_staff(k);
	lab_erase(&l, device);
	kit_act(k, 1, "stock.receive", "{\"device\":%lld}", L(device));
	kit_act(k, 1, "stock.repair",
		"{\"device\":%lld,\"labour_minor\":3000,\"parts\":["
		"{\"code\":\"screen\",\"direction\":\"out\",\"mass_mg\":30000},"
		"{\"code\":\"screen\",\"direction\":\"in\",\"mass_mg\":32000,\"cost_minor\":25000}]}",
		L(device));
	kit_as(k, owner);
	v = kit_get(k, 1, "desk.outcome", "{\"item\":%lld}", L(item));
	assert_string_equal(kit_text(v, "fate"), "for_sale");
	assert_int_equal(kit_int(v, "owners"), 1);
	assert_int_equal(kit_int(v, "repairs"), 1);
	assert_int_equal(json_get(v, "parts")->count, 2);
	assert_string_equal(kit_text(v, "erasures.0.outcome"), "verified");
	assert_string_equal(kit_text(v, "erasures.0.method"), "Purge");
	assert_int_equal(kit_int(v, "agreed_minor"), sum);
	assert_non_null(kit_text(v, "metals.0.source"));
	kit_as(k, (struct principal){.roles = ROLE_OWNER, .order = t->order + 1, .city = 1});
	kit_get_refused(k, 1, "desk.outcome", ERR_FORBIDDEN, "", "{\"item\":%lld}", L(item));
	kit_as(k, (struct principal){.roles = ROLE_PUBLIC});
	v = kit_get(k, 1, "device.passport", "{\"device\":%lld}", L(device));
	assert_int_equal(kit_int(v, "repairs"), 1);
	assert_int_equal(kit_int(v, "owners"), 1);
	assert_null(json_get(v, "agreed_minor"));
	kit_staff(k);
	lab_close(&l);
}

static void materials_are_those_that_were_weighed(void **state)
{
	struct lab l;
	struct kit *k = &l.t.k;
	const struct json *v;
	int64_t washer, batch;

	(void)state;
	lab_open(&l);
	washer = lab_washer(&l);
	kit_act(k, 1, "recover.send", "{\"device\":%lld,\"reason\":\"damaged\"}", L(washer));
	batch = kit_int(kit_act(k, 1, "recover.batch_open",
				"{\"site\":%lld,\"dismantler\":%lld,\"scale\":\"S-1\"}", L(l.t.centre),
				L(l.programme)),
			"batch");
	kit_act(k, 1, "recover.weigh_in", "{\"batch\":%lld,\"device\":%lld,\"scale_mg\":69000000}", L(batch),
		L(washer));
	kit_act(k, 1, "recover.component",
		"{\"batch\":%lld,\"device\":%lld,\"components\":["
		"{\"code\":\"drum\",\"fraction\":\"ferrous\",\"mass_mg\":20000000},"
		"{\"code\":\"case\",\"fraction\":\"ferrous\",\"mass_mg\":10000000},{\"code\":\"hose\"}]}",
		L(batch), L(washer));
	v = kit_get(k, 1, "device.passport", "{\"device\":%lld}", L(washer));
	assert_string_equal(kit_text(v, "fate"), "recovered");
	assert_int_equal(kit_int(v, "weighed_mg"), 69000000);
	assert_int_equal(kit_int(v, "batch_devices"), 1);
	assert_int_equal(json_get(v, "materials")->count, 2);
	for (size_t i = 0; i < 2; i++) {
		const struct json *m = json_get(v, "materials")->item[i], *f = json_get(m, "fraction");
		if (!f) {
			assert_null(json_get(m, "mass_mg"));
			continue;
		}
		assert_string_equal(f->text, "ferrous");
		assert_int_equal(kit_int(m, "mass_mg"), 30000000);
		assert_int_equal(kit_int(m, "pieces"), 2);
		assert_non_null(kit_text(m, "zh"));
	}
	lab_close(&l);
}

/* --- a price list before it is in force --- */

/* The shipped list with one thing changed, under another name. */
static void publish_draft(struct kit *k, const char *name, const char *was, const char *is)
{
	char *text, *at;
	struct sb sb, quoted;
	size_t n;

	assert_int_equal(file_read(&k->cx, "data/rules/price_list.default.json", 1 << 20, &text, &n), ERR_OK);
	sb_init(&sb, &k->cx, 4 << 20);
	for (at = strstr(text, was); at; text = at + strlen(was), at = strstr(text, was))
		sb_printf(&sb, "%.*s%s", (int)(at - text), text, is);
	sb_str(&sb, text);
	assert_int_equal(sb_end(&sb), ERR_OK);
	sb_init(&quoted, &k->cx, 4 << 20);
	json_quote(&quoted, sb.data, sb.len);
	kit_act(k, 0, "rule.publish", "{\"kind\":\"price_list\",\"name\":\"%s\",\"body\":%s}", name,
		quoted.data);
}

static void a_draft_is_tried_on_what_was_booked(void **state)
{
	struct trade t;
	struct kit *k = &t.k;
	const struct json *v, *promise;
	int64_t quoted;

	(void)state;
	trade_open(&t);
	kit_get_refused(k, 1, "desk.preview", ERR_NOT_FOUND, "draft", "{\"name\":\"draft\"}");
	trade_book_phone(&t);
	promise = kit_get(k, 1, "tradein.item", "{\"item\":%lld}", L(t.item));
	quoted = kit_int(promise, "quoted_minor");
	trade_book(&t, cx_printf(&k->cx, "\"site\":%lld", L(t.shop)), "\"category\":\"washing_machine\"");
	publish_draft(k, "same", "\"title\":", "\"title\": ");
	v = kit_get(k, 1, "desk.preview", "{\"name\":\"same\"}");
	assert_int_equal(kit_int(v, "items"), 2);
	assert_int_equal(kit_int(v, "changed"), 0);
	assert_int_equal(kit_int(v, "before_minor"), kit_int(v, "after_minor"));
	assert_null(json_get(v, "models"));
	/* What the list in force says is what was promised under it. */
	v = kit_get(k, 1, "desk.preview", "{\"name\":\"same\",\"last\":1}");
	assert_int_equal(kit_int(v, "items"), 1);
	publish_draft(k, "draft", "\"category\": \"phone\"", "\"category\": \"phones\"");
	v = kit_get(k, 1, "desk.preview", "{\"name\":\"draft\",\"day\":\"2026-01-01\"}");
	assert_int_equal(kit_int(v, "items"), 2);
	assert_int_equal(kit_int(v, "not_bought"), 1);
	assert_int_equal(kit_int(v, "down"), 1);
	assert_int_equal(kit_int(v, "before_minor") - kit_int(v, "after_minor"), quoted);
	assert_string_equal(kit_text(v, "models.0.name"), "Apple iPhone 13");
	assert_int_equal(kit_int(v, "models.0.before_minor"), quoted);
	assert_int_equal(kit_int(v, "models.0.after_minor"), 0);
	v = kit_get(k, 1, "desk.preview", "{\"name\":\"draft\",\"day\":\"2025-12-31\"}");
	assert_int_equal(kit_int(v, "items"), 0);
	/* Nobody is quoted by a draft. */
	v = kit_get(k, 1, "tradein.quote", "{\"model\":%lld,\"storage_gb\":128,\"battery_percent\":90}",
		    L(t.phone));
	assert_int_equal(kit_int(v, "price_minor"), quoted);
	trade_close(&t);
}

/* --- desk.tasks, desk.waiting --- */

static int64_t waits_for(struct kit *k, const char *task)
{
	const struct json *items = json_get(kit_get(k, 1, "desk.tasks", "{}"), "items");

	for (size_t i = 0; i < items->count; i++)
		if (strcmp(kit_text(items->item[i], "task"), task) == 0)
			return kit_int(items->item[i], "count");
	fail_msg("no task %s", task);
	return -1;
}

static const struct json *waiting(struct kit *k, const char *task, const char *rest)
{
	return kit_get(k, 1, "desk.waiting", "{\"task\":\"%s\"%s}", task, rest);
}

/* Devices in the order in which they began to wait, page by page; each waits for one thing. */
static void the_longest_waiting_first(void **state)
{
	struct lab l;
	struct kit *k = &l.t.k;
	int64_t device[5], moved;
	const char *after = "";
	const struct json *v;
	size_t n = 0;

	(void)state;
	lab_open(&l);
	for (int i = 0; i < 5; i++) {
		device[i] = lab_phone(&l);
		kit_at(k, k->now_us + DAY_US);
	}
	/* the first is erased last: it begins to wait anew, for another thing */
	assert_int_equal(waits_for(k, "erase"), 5);
	lab_erase(&l, device[0]);
	assert_int_equal(waits_for(k, "erase"), 4);
	assert_int_equal(waits_for(k, "decide"), 1);
	for (int pages = 1; after; pages++) {
		v = waiting(k, "erase", cx_printf(&k->cx, ",\"limit\":3%s", after));
		for (size_t i = 0; i < json_get(v, "items")->count; i++)
			assert_int_equal(kit_int(json_get(v, "items")->item[i], "device"), device[++n]);
		after = json_get(v, "next") ?
				cx_printf(&k->cx, ",\"after\":\"%s\"", kit_text(v, "next")) : NULL;
		assert_true(pages < 3);
	}
	assert_int_equal(n, 4);
	/* in the order of waiting, not of numbers */
	kit_at(k, k->now_us + DAY_US);
	lab_erase(&l, device[3]);
	lab_erase(&l, device[1]);
	v = waiting(k, "decide", "");
	assert_int_equal(kit_int(v, "items.0.device"), device[0]);
	assert_string_equal(kit_text(v, "items.0.place"), "site");
	assert_true(kit_int(v, "items.1.since_us") <= kit_int(v, "items.2.since_us"));
	/* what is on its way waits to arrive, and for nothing else */
	moved = device[2];
	kit_act(k, 1, "device.ship", "{\"device\":%lld,\"to_site\":%lld}", L(moved), L(l.other_site));
	assert_int_equal(waits_for(k, "erase"), 1);
	assert_int_equal(kit_int(waiting(k, "arrive", ""), "items.0.device"), moved);
	/* not inspected, and then offered */
	trade_book_phone(&l.t);
	trade_hand_in(&l.t);
	assert_int_equal(waits_for(k, "inspect"), 1);
	v = waiting(k, "inspect", cx_printf(&k->cx, ",\"site\":%lld", L(l.t.shop)));
	assert_int_equal(kit_int(v, "items.0.device"), l.t.device);
	v = waiting(k, "inspect", cx_printf(&k->cx, ",\"site\":%lld", L(l.t.centre)));
	assert_int_equal(json_get(v, "items")->count, 0);
	kit_get_refused(k, 1, "desk.waiting", ERR_INVALID, "no cursor",
			"{\"task\":\"erase\",\"after\":\"1\"}");
	/* an organisation has its own */
	kit_as(k, clerk_of(l.t.merchant));
	assert_int_equal(waits_for(k, "inspect"), 1);
	assert_int_equal(waits_for(k, "decide"), 0);
	kit_as(k, clerk_of(l.t.retailer));
	assert_int_equal(waits_for(k, "inspect"), 0);
	assert_int_equal(json_get(waiting(k, "inspect", ""), "items")->count, 0);
	kit_staff(k);
	lab_close(&l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_text_is_what_it_names),
		cmocka_unit_test(goods_are_found_by_number),
		cmocka_unit_test(the_bench_is_led_through_a_life),
		cmocka_unit_test(other_ways_are_shown_too),
		cmocka_unit_test(a_day_is_the_citys),
		cmocka_unit_test(booked_items_by_pages),
		cmocka_unit_test(a_merchant_sees_what_it_is_owed),
		cmocka_unit_test(an_owner_sees_what_became_of_it),
		cmocka_unit_test(materials_are_those_that_were_weighed),
		cmocka_unit_test(a_draft_is_tried_on_what_was_booked),
		cmocka_unit_test(the_longest_waiting_first),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
