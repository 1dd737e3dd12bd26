/* Stock: disposition, listing, sale, delivery, return, repair, stocktake, and the gate of erasure. */
#include "lab.h"

#include "programme/device/device.h"
#include "programme/stock/stock.h"

static long long ll(int64_t v) { return (long long)v; }

static void deposit(struct kit *k, int64_t buyer, int64_t minor, const char *reference)
{
	kit_act(k, 1, "stock.deposit",
		"{\"buyer\":%lld,\"amount_minor\":%lld,\"reference\":\"%s\"}", ll(buyer), ll(minor),
		reference);
}

static void list(struct kit *k, int64_t device, int64_t minor)
{
	kit_act(k, 1, "stock.list", "{\"device\":%lld,\"price_minor\":%lld}", ll(device), ll(minor));
}

static int64_t sell(struct kit *k, int64_t device, int64_t buyer)
{
	return kit_int(kit_act(k, 1, "stock.sell", "{\"device\":%lld,\"buyer\":%lld}", ll(device),
			       ll(buyer)),
		       "sale");
}

static void deliver(struct kit *k, int64_t sale)
{
	kit_act(k, 1, "stock.deliver", "{\"sale\":%lld}", ll(sale));
}

static void give_back(struct kit *k, const struct lab *l, int64_t sale)
{
	kit_act(k, 1, "stock.return",
		"{\"sale\":%lld,\"site\":%lld,\"reason\":\"changed_mind\","
		"\"complete\":true,\"damaged\":false}",
		ll(sale), ll(l->t.centre));
}

static int64_t device_money(struct kit *k, int64_t device)
{
	return kit_balance(k, 1, cx_printf(&k->cx, "money_device/%lld", ll(device)), "CNY");
}

static int64_t buyer_money(struct kit *k, int64_t buyer)
{
	return kit_balance(k, 1, cx_printf(&k->cx, "money_buyer/%lld", ll(buyer)), "CNY");
}

/* --- the disposition, a pure function --- */

static const struct recovery_resale resale_lines[] = {{4, 4, 12000, 9000}, {2, 3, 11000, 7000}};
static const struct recovery_repair repairs[] = {{"screen", "screen", "x", 25000}};
static const struct recovery_metal metals[] = {{"Au", 30000, 2560, 55000000, "s"},
					       {"Cu", 7100000, 6000, 7500, "s"}};
static const struct recovery_category categories[] = {
	{.category = "phone", .erase_minor = 500, .selling_minor = 3000, .processing_minor = 300,
	 .resale = {(void *)(uintptr_t)resale_lines, 2}, .repairs = {(void *)(uintptr_t)repairs, 1},
	 .metals = {(void *)(uintptr_t)metals, 2}}};
static const struct price_rate rates[] = {{"CNY", 10000}, {"EUR", 1250}};
static const struct recovery recovery_rule = {.title = "t",
					      .currency = "CNY",
					      .rates = {(void *)(uintptr_t)rates, 2},
					      .categories = {(void *)(uintptr_t)categories, 1}};

static void disposition_by_expected_value(void **state)
{
	/* metals: 30000 x 0.256 x 55000000 / 1e9 = 422.4; 7100000 x 0.6 x 7500 / 1e9 = 31.95;
	 * together 454.35, less 300 for processing */
	static const struct {
		int64_t c, f, price;
		size_t repairs;
		int64_t resale, recovery, choice;
	} cases[] = {
		{5, 5, 100000, 0, 104500, 154, DISPOSE_RESALE},  /* 100000 x 1.2 x 0.9 - 3500 */
		{5, 5, 100000, 1, 79500, 154, DISPOSE_RESALE},   /* and the screen */
		{3, 4, 100000, 0, 73500, 154, DISPOSE_RESALE},   /* the second line: x 1.1 x 0.7 */
		{1, 6, 100000, 0, -3500, 154, DISPOSE_RECOVERY}, /* no line */
		{5, 5, 3000, 0, -260, 154, DISPOSE_RECOVERY},    /* 3240 - 3500 */
		{5, 5, 3384, 0, 155, 154, DISPOSE_RESALE},       /* 3654.72 rounds twice: 4061, 3655 */
		{5, 5, 3383, 0, 154, 154, DISPOSE_RECOVERY},     /* as much is not more */
	};
	struct cx cx;

	(void)state;
	cx_init(&cx, 0);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const char *repair[] = {"screen"};
		const struct disposition_facts facts = {"phone",	 "CNY",		 cases[i].c,
							cases[i].f,	 cases[i].price, repair,
							cases[i].repairs};
		struct disposition_values v;

		if (stock_disposition(&cx, &recovery_rule, &facts, &v))
			fail_msg("%s", cx.msg);
		if (v.resale_minor != cases[i].resale || v.recovery_minor != cases[i].recovery ||
		    v.choice != cases[i].choice)
			fail_msg("case %zu: resale %lld, recovery %lld, choice %lld", i, ll(v.resale_minor),
				 ll(v.recovery_minor), ll(v.choice));
	}
	cx_done(&cx);
}

static void disposition_knows_its_limits(void **state)
{
	const char *repair[] = {"antenna"};
	struct disposition_facts facts = {"phone", "CNY", 5, 5, 100000, repair, 1};
	struct disposition_values v;
	struct cx cx;

	(void)state;
	cx_init(&cx, 0);
	assert_int_equal(stock_disposition(&cx, &recovery_rule, &facts, &v), ERR_INVALID);
	assert_non_null(strstr(cx.msg, "antenna"));
	facts.repairs = 0;
	facts.category = "boat";
	assert_int_equal(stock_disposition(&cx, &recovery_rule, &facts, &v), ERR_CONFLICT);
	facts.category = "phone";
	facts.currency = "USD";
	assert_int_equal(stock_disposition(&cx, &recovery_rule, &facts, &v), ERR_CONFLICT);
	cx_done(&cx);
}

/* --- the way to the buyer --- */

static void sold_and_returned_twice(void **state)
{
	struct lab l;
	struct kit *k = &l.t.k;
	const struct json *v;
	int64_t phone, sale;

	(void)state;
	lab_open(&l);
	kit_act(k, 1, "city.rate",
		"{\"code\":\"VAT\",\"from_us\":%lld,\"rate_bp\":1300,\"margin\":true}",
		ll(k->now_us));
	deposit(k, l.buyer, 900000, "B-1");
	phone = lab_stock_phone(&l);
	for (int round = 1; round <= 2; round++) {
		list(k, phone, l.cost + 50000);
		list(k, phone, l.cost + 45000);
		sale = sell(k, phone, l.buyer);
		/* margin 45000, of which 45000 x 13 / 113 = 5176.99 is tax */
		v = kit_get(k, 1, "stock.sale", "{\"sale\":%lld}", ll(sale));
		assert_int_equal(kit_int(v, "tax_minor"), 5177);
		assert_int_equal(kit_int(v, "cost_minor"), l.cost);
		assert_int_equal(buyer_money(k, l.buyer), 900000);
		deliver(k, sale);
		assert_string_equal(lab_state(&l, phone), "delivered");
		assert_int_equal(buyer_money(k, l.buyer), 900000 - l.cost - 45000);
		assert_int_equal(device_money(k, phone), 45000 - 5177);
		assert_int_equal(kit_balance(k, 1, "money_tax", "CNY"), 5177);
		kit_audit(k);
		give_back(k, &l, sale);
		assert_string_equal(lab_state(&l, phone), "owned");
		assert_int_equal(buyer_money(k, l.buyer), 900000);
		assert_int_equal(device_money(k, phone), -l.cost);
		assert_int_equal(kit_balance(k, 1, "money_tax", "CNY"), 0);
		kit_audit(k);
		kit_refuse(k, 1, "stock.return", ERR_CONFLICT, "returned",
			   "{\"sale\":%lld,\"site\":%lld,\"reason\":\"other\"}", ll(sale), ll(l.t.centre));
		/* what the buyer may have written on it is not known: the gate is shut again */
		kit_refuse(k, 1, "stock.receive", ERR_CONFLICT, "verified erased",
			   "{\"device\":%lld}", ll(phone));
		lab_erase(&l, phone);
		kit_act(k, 1, "stock.receive", "{\"device\":%lld}", ll(phone));
	}
	list(k, phone, 120000);
	deliver(k, sell(k, phone, l.buyer));
	v = kit_get(k, 1, "stock.prices", "{\"device\":%lld}", ll(phone));
	assert_int_equal(kit_int(v, "items.0.price_minor"), l.cost + 50000);
	assert_int_equal(kit_int(v, "items.2.sale") > 0, 1);
	v = kit_get(k, 1, "stock.sales", "{\"device\":%lld}", ll(phone));
	assert_string_equal(kit_text(v, "items.1.state"), "returned");
	assert_string_equal(kit_text(v, "items.2.state"), "delivered");
	kit_audit(k);
	lab_close(&l);
}

static void sold_before_erased(void **state)
{
	struct lab l;
	struct kit *k = &l.t.k;
	int64_t phone;

	(void)state;
	lab_open(&l);
	phone = lab_phone(&l);
	kit_refuse(k, 1, "stock.receive", ERR_CONFLICT, "verified erased", "{\"device\":%lld}", ll(phone));
	kit_refuse(k, 1, "stock.list", ERR_CONFLICT, "owned",
		   "{\"device\":%lld,\"price_minor\":1000}", ll(phone));
	kit_refuse(k, 1, "stock.sell", ERR_CONFLICT, "owned", "{\"device\":%lld,\"buyer\":%lld}",
		   ll(phone), ll(l.buyer));
	lab_erase(&l, phone);
	kit_act(k, 1, "stock.receive", "{\"device\":%lld}", ll(phone));
	/* a card is found behind the cover: back to the beginning */
	kit_act(k, 1, "device.medium", "{\"device\":%lld,\"kind\":\"card\",\"capacity_gb\":64}", ll(phone));
	assert_string_equal(lab_state(&l, phone), "owned");
	kit_refuse(k, 1, "stock.receive", ERR_CONFLICT, "medium 2", "{\"device\":%lld}", ll(phone));
	kit_audit(k);
	lab_close(&l);
}

/* Lost and found again: nobody knows who had it, so it is erased, received and listed as at first. */
static void found_is_erased_again(void **state)
{
	struct lab l;
	struct kit *k = &l.t.k;
	const struct json *v;
	int64_t phone, washer, broken;

	(void)state;
	lab_open(&l);
	deposit(k, l.buyer, 900000, "B-1");
	phone = lab_stock_phone(&l);
	kit_act(k, 1, "stock.dispose", "{\"device\":%lld}", ll(phone));
	list(k, phone, 150000);
	kit_act(k, 1, "device.lose", "{\"device\":%lld}", ll(phone));
	v = kit_act(k, 1, "device.find", "{\"device\":%lld,\"site\":%lld}", ll(phone), ll(l.other_site));
	assert_string_equal(kit_text(v, "to"), "owned");
	v = kit_get(k, 1, "device.get", "{\"device\":%lld}", ll(phone));
	assert_string_equal(kit_text(v, "media.0.state"), "present");
	assert_null(json_get(v, "listed_minor"));
	kit_refuse(k, 1, "stock.list", ERR_CONFLICT, "owned",
		   "{\"device\":%lld,\"price_minor\":150000}", ll(phone));
	kit_refuse(k, 1, "stock.receive", ERR_CONFLICT, "verified erased", "{\"device\":%lld}", ll(phone));
	/* it has left the shelf from which it was lost: a count does not miss it there */
	v = kit_act(k, 1, "stock.stocktake", "{\"site\":%lld}", ll(l.t.centre));
	assert_int_equal(kit_int(v, "expected"), 0);
	kit_audit(k);
	lab_erase(&l, phone);
	kit_act(k, 1, "stock.receive", "{\"device\":%lld}", ll(phone));
	list(k, phone, 150000);
	deliver(k, sell(k, phone, l.buyer));
	kit_audit(k);

	/* held when it was lost: the hold goes on, and what it gives back to is behind the gate */
	phone = lab_stock_phone(&l);
	kit_act(k, 1, "device.hold", "{\"device\":%lld,\"reason\":\"dispute\"}", ll(phone));
	kit_act(k, 1, "device.lose", "{\"device\":%lld}", ll(phone));
	v = kit_act(k, 1, "device.find", "{\"device\":%lld,\"site\":%lld}", ll(phone), ll(l.t.centre));
	assert_string_equal(kit_text(v, "to"), "held");
	assert_string_equal(kit_text(v, "held_from"), "owned");
	v = kit_act(k, 1, "device.release", "{\"device\":%lld}", ll(phone));
	assert_string_equal(kit_text(v, "to"), "owned");
	kit_refuse(k, 1, "stock.receive", ERR_CONFLICT, "verified erased", "{\"device\":%lld}", ll(phone));

	/* in the middle of an erasure: the round is over */
	broken = lab_phone(&l);
	kit_act(k, 1, "erase.start", "{\"device\":%lld}", ll(broken));
	kit_act(k, 1, "device.lose", "{\"device\":%lld}", ll(broken));
	v = kit_act(k, 1, "device.find", "{\"device\":%lld,\"site\":%lld}", ll(broken), ll(l.t.centre));
	assert_string_equal(kit_text(v, "to"), "erase_failed");
	lab_erase(&l, broken);
	assert_string_equal(lab_state(&l, broken), "erased");

	/* nothing to erase: received again, that is all */
	washer = lab_washer(&l);
	kit_act(k, 1, "stock.receive", "{\"device\":%lld}", ll(washer));
	kit_act(k, 1, "device.lose", "{\"device\":%lld}", ll(washer));
	kit_act(k, 1, "device.find", "{\"device\":%lld,\"site\":%lld}", ll(washer), ll(l.t.centre));
	kit_act(k, 1, "stock.receive", "{\"device\":%lld}", ll(washer));
	assert_string_equal(lab_state(&l, washer), "stock");
	kit_audit(k);
	lab_close(&l);
}

static void held_devices_stay(void **state)
{
	struct lab l;
	struct kit *k = &l.t.k;
	int64_t phone;

	(void)state;
	lab_open(&l);
	deposit(k, l.buyer, 500000, "B-1");
	phone = lab_stock_phone(&l);
	list(k, phone, 150000);
	kit_act(k, 1, "device.hold", "{\"device\":%lld,\"reason\":\"dispute\"}", ll(phone));
	kit_refuse(k, 1, "stock.sell", ERR_CONFLICT, "held", "{\"device\":%lld,\"buyer\":%lld}",
		   ll(phone), ll(l.buyer));
	kit_act(k, 1, "device.release", "{\"device\":%lld}", ll(phone));
	kit_act(k, 1, "device.hold", "{\"device\":%lld,\"reason\":\"dispute\","
		"\"until_us\":%lld}", ll(phone),
		ll(k->now_us + 30 * DAY_US));
	kit_act(k, 1, "device.release", "{\"device\":%lld}", ll(phone));
	/* released, but the law's time still runs */
	kit_refuse(k, 1, "stock.sell", ERR_CONFLICT, "statutory hold",
		   "{\"device\":%lld,\"buyer\":%lld}", ll(phone), ll(l.buyer));
	kit_refuse(k, 1, "stock.list", ERR_CONFLICT, "statutory hold",
		   "{\"device\":%lld,\"price_minor\":9}", ll(phone));
	kit_at(k, k->now_us + 30 * DAY_US);
	sell(k, phone, l.buyer);
	kit_audit(k);
	lab_close(&l);
}

static void money_comes_first(void **state)
{
	struct lab l;
	struct kit *k = &l.t.k;
	int64_t a, b, sale;

	(void)state;
	lab_open(&l);
	a = lab_stock_phone(&l);
	b = lab_stock_phone(&l);
	list(k, a, 150000);
	list(k, b, 150000);
	kit_refuse(k, 1, "stock.sell", ERR_CONFLICT, "deposit comes first",
		   "{\"device\":%lld,\"buyer\":%lld}", ll(a), ll(l.buyer));
	deposit(k, l.buyer, 200000, "B-1");
	kit_refuse(k, 1, "stock.deposit", ERR_CONFLICT, "counted already",
		   "{\"buyer\":%lld,\"amount_minor\":5,\"reference\":\"B-1\"}", ll(l.buyer));
	kit_refuse(k, 1, "stock.deposit", ERR_INVALID, "letters, digits",
		   "{\"buyer\":%lld,\"amount_minor\":5,\"reference\":\"from Mr Li\"}", ll(l.buyer));
	kit_refuse(k, 1, "stock.deposit", ERR_INVALID, "",
		   "{\"buyer\":%lld,\"amount_minor\":5,\"reference\":\"B-2\"}", ll(l.recycler));
	kit_refuse(k, 1, "stock.sell", ERR_CONFLICT, "is 1500.00 CNY now",
		   "{\"device\":%lld,\"buyer\":%lld,\"price_minor\":149999}", ll(a), ll(l.buyer));
	sale = sell(k, a, l.buyer);
	/* the first sale's promise counts: there are 50000 left */
	kit_refuse(k, 1, "stock.sell", ERR_CONFLICT, "500.00 CNY available",
		   "{\"device\":%lld,\"buyer\":%lld}", ll(b), ll(l.buyer));
	kit_refuse(k, 1, "stock.refund", ERR_CONFLICT, "500.00 CNY available",
		   "{\"buyer\":%lld,\"amount_minor\":50001,\"reference\":\"R-1\"}", ll(l.buyer));
	kit_refuse(k, 1, "stock.sell", ERR_CONFLICT, "sold", "{\"device\":%lld,\"buyer\":%lld}",
		   ll(a), ll(l.buyer));
	kit_act(k, 1, "stock.cancel_sale", "{\"sale\":%lld}", ll(sale));
	assert_string_equal(lab_state(&l, a), "stock");
	kit_refuse(k, 1, "stock.deliver", ERR_CONFLICT, "cancelled", "{\"sale\":%lld}", ll(sale));
	kit_act(k, 1, "stock.refund",
		"{\"buyer\":%lld,\"amount_minor\":200000,\"reference\":\"R-1\"}", ll(l.buyer));
	assert_int_equal(kit_balance(k, 1, "money_bank", "CNY"), 0);
	kit_audit(k);
	lab_close(&l);
}

/* The window is counted in days of the city: Shanghai is 8 hours ahead. */
static void the_window_of_return(void **state)
{
	struct lab l;
	struct kit *k = &l.t.k;
	int64_t phone, sale;
	const struct json *v;

	(void)state;
	lab_open(&l);
	kit_act(k, 1, "city.settings", "{\"return_days\":7}");
	deposit(k, l.buyer, 500000, "B-1");
	phone = lab_stock_phone(&l);
	list(k, phone, 150000);
	sale = sell(k, phone, l.buyer);
	kit_at(k, KIT_START + 17 * DAY_US / 24); /* 2026-01-02 01:00 in Shanghai */
	deliver(k, sale);
	v = kit_get(k, 1, "stock.sale", "{\"sale\":%lld}", ll(sale));
	assert_int_equal(kit_int(v, "return_until_us"),
			 KIT_START + 9 * DAY_US - 8 * DAY_US / 24); /* the 10th, 00:00 */
	kit_at(k, KIT_START + 9 * DAY_US - 8 * DAY_US / 24);
	kit_refuse(k, 1, "stock.return", ERR_CONFLICT, "window for returns has ended",
		   "{\"sale\":%lld,\"site\":%lld,\"reason\":\"other\"}", ll(sale), ll(l.t.centre));
	kit_audit(k);
	lab_close(&l);
}

static void others_business(void **state)
{
	struct lab l;
	struct kit *k = &l.t.k;
	int64_t phone, sale;

	(void)state;
	lab_open(&l);
	deposit(k, l.buyer, 500000, "B-1");
	deposit(k, l.buyer2, 500000, "B-2");
	phone = lab_stock_phone(&l);
	list(k, phone, 150000);
	kit_as(k, (struct principal){.user = 7, .roles = ROLE_BUYER, .org = l.buyer2, .city = 1});
	kit_refuse(k, 1, "stock.sell", ERR_FORBIDDEN, "", "{\"device\":%lld,\"buyer\":%lld}",
		   ll(phone), ll(l.buyer));
	kit_refuse(k, 1, "stock.list", ERR_FORBIDDEN, "roles",
		   "{\"device\":%lld,\"price_minor\":1}", ll(phone));
	assert_int_equal(kit_int(kit_get(k, 1, "stock.offers", "{}"), "items.0.price_minor"), 150000);
	sale = sell(k, phone, l.buyer2);
	kit_as(k, (struct principal){.user = 8, .roles = ROLE_BUYER, .org = l.buyer, .city = 1});
	kit_get_refused(k, 1, "stock.sale", ERR_NOT_FOUND, "no sale", "{\"sale\":%lld}", ll(sale));
	kit_refuse(k, 1, "stock.cancel_sale", ERR_FORBIDDEN, "", "{\"sale\":%lld}", ll(sale));
	kit_staff(k);
	kit_audit(k);
	lab_close(&l);
}

/* The smallest JPEG that has a scan, and a PDF. */
#define PICTURE "/9j/2gADAXNjYW7/2Q=="
#define PAPER "JVBERi0xLjQKZW1wdHkK"

static int64_t evidence(struct kit *k, const char *of, int64_t id, const char *content)
{
	return kit_int(kit_act(k, 1, "evidence.add", "{\"%s\":%lld,\"content\":\"%s\"}", of, ll(id), content),
		       "evidence");
}

/* A phone that was inspected with a photo of its condition beside other files, erased, in stock. */
struct shown {
	int64_t device, screen, back, own, paper, unnamed;
};
static void shown_phone(struct lab *l, struct shown *s)
{
	struct trade *t = &l->t;
	struct kit *k = &t->k;

	trade_book(t, cx_printf(&k->cx, "\"site\":%lld", ll(t->centre)),
		   cx_printf(&k->cx, "\"model\":%lld,\"storage_gb\":128,\"battery_percent\":90",
			     ll(t->phone)));
	s->own = evidence(k, "order", t->order, PICTURE);
	trade_hand_in(t);
	s->device = t->device;
	s->screen = evidence(k, "device", t->device, PICTURE);
	s->back = evidence(k, "device", t->device, PICTURE);
	s->paper = evidence(k, "device", t->device, PAPER);
	s->unnamed = evidence(k, "device", t->device, PICTURE);
	kit_act(k, 1, "inspect.record",
		"{\"item\":%lld,\"tests\":[%s],\"battery_percent\":90,\"storage_gb\":128,\"photos\":["
		"{\"evidence\":%lld,\"about\":\"screen\"},{\"evidence\":%lld},{\"evidence\":%lld},"
		"{\"evidence\":%lld}]}",
		ll(t->item), trade_all_pass(t, "phone"), ll(s->screen), ll(s->own), ll(s->paper),
		ll(s->back));
	lab_erase(l, s->device);
	kit_act(k, 1, "stock.receive", "{\"device\":%lld}", ll(s->device));
}

/* Who sees the photos of a device: anyone while it is on offer, then whoever bought it. */
static void photos_follow_the_offer(void **state)
{
	struct lab l;
	struct kit *k = &l.t.k;
	struct shown s;
	int64_t sale = 0, screen;
	const struct json *v;

	(void)state;
	lab_open(&l);
	const struct principal who[] = {
		{.roles = ROLE_PUBLIC},
		{.roles = ROLE_OWNER, .order = 999},
		{.user = 7, .roles = ROLE_BUYER, .org = l.buyer, .city = 1},
		{.user = 8, .roles = ROLE_BUYER, .org = l.buyer2, .city = 1},
		{.user = 9, .roles = ROLE_CLERK, .org = l.t.merchant, .city = 1},
		{.user = 10, .roles = ROLE_CLERK, .city = 1}};
	/* public, link, buyer, other buyer, a merchant's clerk, the programme's clerk */
	static const struct {
		const char *step, *may;
	} cases[] = {{"stock", "------"}, {"listed", "++++++"}, {"unlisted", "------"},
		     {"sold", "--+--+"},  {"cancelled", "------"}, {"delivered", "--+--+"},
		     {"returned", "------"}};
	shown_phone(&l, &s);
	deposit(k, l.buyer, 400000, "B-1");
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const char *step = cases[i].step;
		kit_staff(k);
		if (strcmp(step, "listed") == 0 || strcmp(step, "sold") == 0 ||
		    strcmp(step, "delivered") == 0)
			list(k, s.device, 150000);
		if (strcmp(step, "unlisted") == 0)
			kit_act(k, 1, "stock.unlist", "{\"device\":%lld}", ll(s.device));
		if (strcmp(step, "sold") == 0 || strcmp(step, "delivered") == 0)
			sale = sell(k, s.device, l.buyer);
		if (strcmp(step, "cancelled") == 0)
			kit_act(k, 1, "stock.cancel_sale", "{\"sale\":%lld}", ll(sale));
		if (strcmp(step, "delivered") == 0)
			deliver(k, sale);
		if (strcmp(step, "returned") == 0)
			give_back(k, &l, sale);
		for (size_t j = 0; j < ARRAY_LEN(who); j++) {
			kit_as(k, who[j]);
			if (cases[i].may[j] == '-') {
				kit_get_refused(k, 1, "stock.photos", ERR_NOT_FOUND, "not on offer",
						"{\"device\":%lld}", ll(s.device));
				kit_get_refused(k, 1, "stock.photo", ERR_NOT_FOUND, "not on offer",
						"{\"device\":%lld,\"evidence\":%lld}", ll(s.device),
						ll(s.screen));
				continue;
			}
			v = kit_get(k, 1, "stock.photos", "{\"device\":%lld}", ll(s.device));
			assert_int_equal(json_get(v, "items")->count, 2);
			assert_int_equal(kit_int(v, "items.0.evidence"), s.screen);
			assert_string_equal(kit_text(v, "items.0.about"), "screen");
			assert_int_equal(kit_int(v, "items.1.evidence"), s.back);
			v = kit_get(k, 1, "stock.photo", "{\"device\":%lld,\"evidence\":%lld}",
				    ll(s.device), ll(s.screen));
			assert_string_equal(kit_text(v, "content"), PICTURE);
			screen = s.own;
			for (int other = 0; other < 3; other++, screen = other == 1 ? s.paper : s.unnamed)
				kit_get_refused(k, 1, "stock.photo", ERR_NOT_FOUND, "no photo",
						"{\"device\":%lld,\"evidence\":%lld}", ll(s.device),
						ll(screen));
		}
	}
	kit_staff(k);
	kit_audit(k);
	lab_close(&l);
}

/* What an inspection names last is what is shown; the list of offers has it when it is asked for. */
static void offers_with_photos(void **state)
{
	struct lab l;
	struct kit *k = &l.t.k;
	const struct json *v;
	struct shown s;
	int64_t newer;

	(void)state;
	lab_open(&l);
	shown_phone(&l, &s);
	newer = evidence(k, "device", s.device, PICTURE);
	kit_act(k, 1, "inspect.record",
		"{\"item\":%lld,\"tests\":[%s],\"battery_percent\":90,\"storage_gb\":128,"
		"\"photos\":[{\"evidence\":%lld}]}",
		ll(l.t.item), trade_all_pass(&l.t, "phone"), ll(newer));
	list(k, s.device, 150000);
	kit_as(k, (struct principal){.roles = ROLE_PUBLIC});
	v = kit_get(k, 1, "stock.offers", "{\"photos\":true}");
	assert_int_equal(json_get(json_get(v, "items")->item[0], "photos")->count, 1);
	assert_int_equal(kit_int(v, "items.0.photos.0.evidence"), newer);
	v = kit_get(k, 1, "stock.offers", "{}");
	assert_null(json_get(json_get(v, "items")->item[0], "photos"));
	kit_get_refused(k, 1, "stock.offers", ERR_INVALID, "100 at most", "{\"photos\":true,\"limit\":101}");
	kit_staff(k);
	lab_close(&l);
}

static void decided_by_the_rule(void **state)
{
	static const char *const reckoned[] = {"price_minor",	"sale_minor",	    "sold_bp",
					       "repair_minor",	"selling_minor",    "erase_minor",
					       "resale_minor", "processing_minor", "recovery_minor"};
	struct lab l;
	struct kit *k = &l.t.k;
	const struct json *v, *before;
	int64_t phone;

	(void)state;
	lab_open(&l);
	phone = lab_stock_phone(&l);
	/* the preview says before what the decision says after, and nothing is recorded by it */
	before = kit_get(k, 1, "stock.preview", "{\"device\":%lld,\"repairs\":\"screen,battery\"}",
			 ll(phone));
	v = kit_get(k, 1, "stock.decisions", "{\"device\":%lld}", ll(phone));
	assert_int_equal(json_get(v, "items")->count, 0);
	v = kit_act(k, 1, "stock.dispose",
		    "{\"device\":%lld,\"repairs\":[{\"code\":\"screen\"},{\"code\":\"battery\"}]}",
		    ll(phone));
	for (size_t i = 0; i < ARRAY_LEN(reckoned); i++)
		assert_int_equal(kit_int(before, reckoned[i]), kit_int(v, reckoned[i]));
	assert_string_equal(kit_text(before, "computed"), kit_text(v, "computed"));
	assert_string_equal(kit_text(before, "rule"), kit_text(v, "rule"));
	kit_get_refused(k, 1, "stock.preview", ERR_INVALID, "antenna",
			"{\"device\":%lld,\"repairs\":\"antenna\"}", ll(phone));
	kit_get_refused(k, 1, "stock.preview", ERR_NOT_FOUND, "no device", "{\"device\":77}");
	kit_as(k, (struct principal){.user = 9, .roles = ROLE_CLERK, .org = l.t.retailer, .city = 1});
	kit_get_refused(k, 1, "stock.preview", ERR_FORBIDDEN, "others", "{\"device\":%lld}", ll(phone));
	kit_staff(k);
	v = kit_act(k, 1, "stock.dispose", "{\"device\":%lld}", ll(phone));
	assert_string_equal(kit_text(v, "choice"), "resale");
	assert_true(kit_int(v, "resale_minor") > kit_int(v, "recovery_minor"));
	kit_refuse(k, 1, "stock.dispose", ERR_INVALID, "another choice needs a reason",
		   "{\"device\":%lld,\"choice\":\"recovery\"}", ll(phone));
	kit_refuse(k, 1, "recover.send", ERR_CONFLICT, "no disposition",
		   "{\"device\":%lld,\"reason\":\"disposition\"}", ll(phone));
	kit_act(k, 1, "stock.dispose",
		"{\"device\":%lld,\"choice\":\"recovery\",\"reason\":\"safety\"}", ll(phone));
	kit_refuse(k, 1, "stock.list", ERR_CONFLICT, "goes to recovery",
		   "{\"device\":%lld,\"price_minor\":1}", ll(phone));
	v = kit_get(k, 1, "stock.decisions", "{\"device\":%lld}", ll(phone));
	assert_string_equal(kit_text(v, "items.2.computed"), "resale");
	assert_string_equal(kit_text(v, "items.2.choice"), "recovery");
	kit_act(k, 1, "recover.send", "{\"device\":%lld,\"reason\":\"disposition\"}", ll(phone));
	kit_audit(k);
	lab_close(&l);
}

static void repaired_with_parts(void **state)
{
	struct lab l;
	struct kit *k = &l.t.k;
	const struct json *v;
	int64_t phone, repair;

	(void)state;
	lab_open(&l);
	phone = lab_stock_phone(&l);
	v = kit_act(
		k, 1, "stock.repair",
		"{\"device\":%lld,\"labour_minor\":3000,\"parts\":[{\"code\":\"screen\","
		"\"direction\":\"out\",\"mass_mg\":30000},"
		"{\"code\":\"screen\",\"direction\":\"in\",\"mass_mg\":32000,\"cost_minor\":25000}]}",
		ll(phone));
	assert_int_equal(kit_int(v, "cost_minor"), 28000);
	assert_int_equal(kit_int(v, "mass_mg"), LAB_PHONE_MG + 2000);
	assert_string_equal(kit_text(v, "device_state"), "stock");
	repair = kit_int(v, "repair");
	assert_int_equal(device_money(k, phone), -l.cost - 28000);
	assert_int_equal(kit_balance(k, 1, "money_repair", "CNY"), 28000);
	assert_int_equal(kit_balance(k, 1, "mg_parts_in", "mg"), -32000);
	kit_refuse(
		k, 1, "stock.repair", ERR_CONFLICT, "weighs more",
		"{\"device\":%lld,\"parts\":[{\"code\":\"x\",\"direction\":\"out\",\"mass_mg\":176001}]}",
		ll(phone));
	kit_refuse(k, 1, "stock.repair", ERR_INVALID, "parts or work", "{\"device\":%lld}", ll(phone));
	v = kit_get(k, 1, "stock.parts", "{\"repair\":%lld}", ll(repair));
	assert_int_equal(kit_int(v, "items.1.cost_minor"), 25000);
	/* its memory is taken out, another is fitted: to be erased anew */
	v = kit_act(
		k, 1, "stock.repair",
		"{\"device\":%lld,\"parts\":[{\"code\":\"flash\",\"direction\":\"out\","
		"\"mass_mg\":1000,\"medium\":1},"
		"{\"code\":\"flash\",\"direction\":\"in\","
		"\"mass_mg\":1000,\"cost_minor\":9000,\"medium_kind\":\"flash\","
		"\"capacity_gb\":256}]}",
		ll(phone));
	assert_string_equal(kit_text(v, "device_state"), "owned");
	kit_refuse(k, 1, "stock.receive", ERR_CONFLICT, "medium 2", "{\"device\":%lld}", ll(phone));
	kit_refuse(
		k, 1, "stock.repair", ERR_CONFLICT, "erase or destroy it before",
		"{\"device\":%lld,\"parts\":[{\"code\":\"flash\",\"direction\":\"out\","
		"\"mass_mg\":1,\"medium\":2}]}",
		ll(phone));
	kit_audit(k);
	lab_close(&l);
}

static void counted(void **state)
{
	struct lab l;
	struct kit *k = &l.t.k;
	const struct json *v;
	int64_t here, gone, sold, elsewhere, take;

	(void)state;
	lab_open(&l);
	deposit(k, l.buyer, 500000, "B-1");
	here = lab_stock_phone(&l);
	gone = lab_stock_phone(&l);
	sold = lab_stock_phone(&l);
	elsewhere = lab_stock_phone(&l);
	list(k, gone, 150000);
	list(k, sold, 150000);
	sell(k, sold, l.buyer);
	kit_act(k, 1, "device.ship", "{\"device\":%lld,\"to_site\":%lld}", ll(elsewhere), ll(l.other_site));
	kit_refuse(k, 1, "stock.stocktake", ERR_INVALID, "twice",
		   "{\"site\":%lld,\"seen\":[{\"device\":%lld},{\"device\":%lld}]}", ll(l.t.centre),
		   ll(here), ll(here));
	v = kit_act(k, 1, "stock.stocktake",
		    "{\"site\":%lld,\"seen\":[{\"device\":%lld},{\"device\":%lld},{\"device\":5}]}",
		    ll(l.t.centre), ll(elsewhere), ll(here));
	take = kit_int(v, "stocktake");
	assert_int_equal(kit_int(v, "expected"), 3);
	assert_int_equal(kit_int(v, "lost"), 1);
	assert_int_equal(kit_int(v, "missing"), 1);
	assert_int_equal(kit_int(v, "unexpected"), 2);
	assert_string_equal(lab_state(&l, gone), "lost");
	assert_string_equal(lab_state(&l, sold), "sold");
	assert_int_equal(kit_balance(k, 1, "mg_loss", "mg"), LAB_PHONE_MG);
	v = kit_get(k, 1, "stock.differences", "{\"stocktake\":%lld}", ll(take));
	assert_string_equal(kit_text(v, "items.0.result"), "unknown");
	kit_audit(k);
	v = kit_act(k, 1, "stock.stocktake",
		    "{\"site\":%lld,\"seen\":[{\"device\":%lld},{\"device\":%lld}]}",
		    ll(l.t.centre), ll(here), ll(sold));
	assert_int_equal(kit_int(v, "expected"), 2);
	assert_int_equal(kit_int(v, "lost"), 0);
	/* what arrived elsewhere is counted on there */
	kit_act(k, 1, "device.arrive", "{\"device\":%lld,\"site\":%lld}", ll(elsewhere), ll(l.other_site));
	v = kit_act(k, 1, "stock.stocktake", "{\"site\":%lld,\"seen\":[{\"device\":%lld}]}",
		    ll(l.other_site), ll(elsewhere));
	assert_int_equal(kit_int(v, "expected"), 1);
	assert_int_equal(kit_int(v, "unexpected"), 0);
	v = kit_act(k, 1, "stock.stocktake", "{\"site\":%lld,\"category\":\"laptop\"}", ll(l.other_site));
	assert_int_equal(kit_int(v, "expected"), 0);
	v = kit_act(k, 1, "stock.stocktake", "{\"site\":%lld}", ll(l.other_site));
	assert_int_equal(kit_int(v, "lost"), 1);
	assert_string_equal(lab_state(&l, elsewhere), "lost");
	v = kit_get(k, 1, "stock.counts", "{\"site\":%lld}", ll(l.other_site));
	assert_int_equal(kit_int(v, "items.2.lost"), 1);
	v = kit_get(k, 1, "stock.facets", "{}");
	assert_string_equal(kit_text(v, "items.0.category"), "phone");
	assert_int_equal(kit_int(v, "items.0.devices"), 1);
	v = kit_get(k, 1, "stock.inventory", "{\"state\":\"sold\"}");
	assert_int_equal(kit_int(v, "items.0.device"), sold);
	/* also when it was never seen there */
	kit_act(k, 1, "device.ship", "{\"device\":%lld,\"to_site\":%lld}", ll(here), ll(l.other_site));
	kit_act(k, 1, "device.arrive", "{\"device\":%lld,\"site\":%lld}", ll(here), ll(l.other_site));
	v = kit_act(k, 1, "stock.stocktake", "{\"site\":%lld}", ll(l.other_site));
	assert_int_equal(kit_int(v, "lost"), 1);
	assert_string_equal(lab_state(&l, here), "lost");
	kit_audit(k);
	lab_close(&l);
}

/* Every state of a sale with every action on it: what the table does not have is refused by name. */
static void every_pair_of_a_sale(void **state)
{
	static const char *const action[] = {"stock.cancel_sale", "stock.deliver", "stock.return"};
	static const int64_t leads_to[] = {SALE_CANCELLED, SALE_DELIVERED, SALE_RETURNED};

	(void)state;
	for (int at = SALE_RESERVED; at <= SALE_RETURNED; at++) {
		for (size_t i = 0; i < ARRAY_LEN(action); i++) {
			struct lab l;
			struct kit *k = &l.t.k;
			int64_t phone, sale;
			const char *body;

			lab_open(&l);
			deposit(k, l.buyer, 900000, "B-1");
			phone = lab_stock_phone(&l);
			list(k, phone, 150000);
			sale = sell(k, phone, l.buyer);
			if (at == SALE_CANCELLED)
				kit_act(k, 1, "stock.cancel_sale", "{\"sale\":%lld}", ll(sale));
			if (at == SALE_DELIVERED || at == SALE_RETURNED)
				deliver(k, sale);
			if (at == SALE_RETURNED)
				give_back(k, &l, sale);
			body = cx_printf(&k->cx, "{\"sale\":%lld%s}", ll(sale),
					 i < 2 ? "" : cx_printf(&k->cx, ",\"reason\":\"other\","
						"\"site\":%lld",
								ll(l.t.centre)));
			if (machine_allows(&sale_machine, at, action[i], (int)leads_to[i]))
				kit_act(k, 1, action[i], "%s", body);
			else
				kit_refuse(k, 1, action[i], ERR_CONFLICT,
					   cx_printf(&k->cx, "is %s, which does not allow "
						"%s", sale_states[at],
						     action[i]), "%s", body);
			lab_close(&l);
		}
	}
}

/* --- the audit, when somebody got round the gate --- */

/* Says that a device is erased and in stock, with no record of any erasure. */
struct cheat {
	int64_t device;
};
static const struct field cheat_fields[] = {F_ID(struct cheat, device, MUST, "the device"), F_END};

static enum err cheat_decide(struct cx *cx, struct tx *tx, void *rec)
{
	(void)cx, (void)tx, (void)rec;
	return ERR_OK;
}

static enum err cheat_apply(struct cx *cx, struct tx *tx, const struct entry *e, const void *rec)
{
	const struct device *old = device_get(cx, tx, ((const struct cheat *)rec)->device);
	const struct medium *was = old ? medium_get(cx, tx, old->device, 1) : NULL;
	struct device d;
	struct medium m;

	(void)e;
	if (!was)
		return cx->err;
	d = *old;
	m = *was;
	d.state = DEVICE_STOCK;
	m.state = MEDIUM_ERASED;
	if (tx_put(cx, tx, &medium_table, &m))
		return cx->err;
	return tx_put(cx, tx, &device_table, &d);
}

static void with_cheat(struct kit *k)
{
	static const struct action actions[] = {{.type = "cheat.erase",
						 .v = 1,
						 .roles = ROLE_ADMIN,
						 .fields = cheat_fields,
						 .size = sizeof(struct cheat),
						 .decide = cheat_decide,
						 .apply = cheat_apply,
						 .doc = "Cheats."},
						{.type = NULL}};
	static const struct feature cheat = {.name = "cheat", .actions = actions};
	static const struct feature *list_of[64];
	int n = 0;

	for (; programme_features[n]; n++)
		list_of[n] = programme_features[n];
	list_of[n] = &cheat;
	if (domain_init(&k->cx, &k->domain, list_of))
		fail_msg("%s", k->cx.msg);
}

static void proof_of_erasure(void **state)
{
	struct lab l;
	struct kit *k = &l.t.k;
	int64_t phone;

	(void)state;
	lab_open(&l);
	with_cheat(k);
	deposit(k, l.buyer, 500000, "B-1");
	phone = lab_phone(&l);
	kit_act(k, 1, "cheat.erase", "{\"device\":%lld}", ll(phone));
	kit_audit(k);
	list(k, phone, 150000);
	kit_audit_finds(k, 4, "was listed, but no record proves that its medium 1 is erased");
	deliver(k, sell(k, phone, l.buyer));
	kit_audit_finds(k, 4, "was delivered, but no record");
	lab_close(&l);
}

/* The proof of before does not count for a device that was lost and found. */
static void proof_after_a_loss(void **state)
{
	struct lab l;
	struct kit *k = &l.t.k;
	int64_t phone;

	(void)state;
	lab_open(&l);
	with_cheat(k);
	phone = lab_stock_phone(&l);
	list(k, phone, 150000);
	kit_act(k, 1, "device.lose", "{\"device\":%lld}", ll(phone));
	kit_act(k, 1, "device.find", "{\"device\":%lld,\"site\":%lld}", ll(phone), ll(l.t.centre));
	kit_audit(k);
	kit_act(k, 1, "cheat.erase", "{\"device\":%lld}", ll(phone));
	list(k, phone, 150000);
	kit_audit_finds(k, 4, "was listed, but no record proves that its medium 1 is erased");
	lab_close(&l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(disposition_by_expected_value),
					   cmocka_unit_test(disposition_knows_its_limits),
					   cmocka_unit_test(sold_and_returned_twice),
					   cmocka_unit_test(sold_before_erased),
					   cmocka_unit_test(found_is_erased_again),
					   cmocka_unit_test(held_devices_stay),
					   cmocka_unit_test(money_comes_first),
					   cmocka_unit_test(the_window_of_return),
					   cmocka_unit_test(others_business),
					   cmocka_unit_test(photos_follow_the_offer),
					   cmocka_unit_test(offers_with_photos),
					   cmocka_unit_test(decided_by_the_rule),
					   cmocka_unit_test(repaired_with_parts),
					   cmocka_unit_test(counted),
					   cmocka_unit_test(every_pair_of_a_sale),
					   cmocka_unit_test(proof_of_erasure),
					   cmocka_unit_test(proof_after_a_loss)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
