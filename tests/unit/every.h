/* every.h: a busy month (month.h), and then each kind of action that it has not: at its end every action type
 * of the programme was done at least once in the kit's cities.
 */
#ifndef RELODE_TESTS_EVERY_H
#define RELODE_TESTS_EVERY_H

#include "month.h"

#define EVERY_SLIP "JVBERi0xLjQKZW1wdHkK" /* a short PDF */
#define EVERY_LOG "aa11223344556677889900aabbccddeeff00112233445566778899aabbccddee"
#define EVERY_ID(x) ((long long)(x))

static inline int64_t every_slip(struct trade *t)
{
	return kit_int(kit_act(&t->k, 1, "evidence.add", "{\"order\":%lld,\"content\":\"" EVERY_SLIP "\"}",
			       EVERY_ID(t->order)),
		       "evidence");
}

static inline void every_user(struct kit *k)
{
	int64_t user = kit_int(kit_act(k, 0, "access.user_create",
				       "{\"login\":\"clerk\",\"roles\":\"clerk\",\"password\":\"correct "
				       "horse\"}"),
			       "user"),
		token;

	kit_act(k, 0, "access.user_roles", "{\"user\":%lld,\"roles\":\"clerk technician\"}", EVERY_ID(user));
	kit_act(k, 0, "access.password", "{\"user\":%lld,\"password\":\"battery staple\"}", EVERY_ID(user));
	token = kit_int(kit_act(k, 0, "access.token_issue", "{\"user\":%lld,\"label\":\"scanner\"}",
				EVERY_ID(user)),
			"number");
	kit_act(k, 0, "access.token_revoke", "{\"token\":%lld}", EVERY_ID(token));
	kit_act(k, 0, "access.user_disable", "{\"user\":%lld}", EVERY_ID(user));
}

static inline void every_party(struct lab *l)
{
	struct kit *k = &l->t.k;
	int64_t ada = trade_party(k, "person", "owner", "\"name\":\"Ada\",\"phone\":\"13800138000\""), site;

	kit_act(k, 1, "party.update", "{\"party\":%lld,\"name\":\"Ada King\",\"phone\":\"13800138001\"}",
		EVERY_ID(ada));
	kit_act(k, 1, "party.forget", "{\"party\":%lld}", EVERY_ID(ada));
	kit_act(k, 1, "party.roles", "{\"party\":%lld,\"roles\":\"buyer merchant\"}", EVERY_ID(l->buyer2));
	site = trade_site(k, l->t.retailer, "kiosk");
	kit_act(k, 1, "party.site_change", "{\"site\":%lld,\"address\":\"No. 1\"}", EVERY_ID(site));
	kit_act(k, 1, "party.site_close", "{\"site\":%lld}", EVERY_ID(site));
	kit_act(k, 1, "city.settings", "{\"offer_days\":4,\"name\":\"Y\"}");
	kit_act(k, 1, "map.publish", "{\"body\":\"%s\"}",
		"{\\\"type\\\":\\\"FeatureCollection\\\",\\\"features\\\":[{\\\"type\\\":\\\"Feature\\\","
		"\\\"properties\\\":{\\\"code\\\":\\\"a\\\",\\\"name\\\":\\\"A\\\"},\\\"geometry\\\":{"
		"\\\"type\\\":\\\"Polygon\\\",\\\"coordinates\\\":[[[0,0],[1,0],[1,1.5],[0,0]]]}}]}");
	kit_act(k, 0, "catalogue.tacs",
		"{\"list\":\"tacs\",\"version\":\"1\",\"part\":1,\"parts\":1,\"items\":["
		"{\"tac\":\"35123456\",\"brand\":\"Apple\",\"name\":\"iPhone 13\"}]}");
}

/* A phone whose owner said yes to custody alone; listed when its price was known already. */
static inline void every_consent(struct trade *t)
{
	struct kit *k = &t->k;

	trade_book_phone(t);
	kit_act(k, 1, "tradein.account",
		"{\"order\":%lld,\"evidence\":%lld,\"bank_account\":\"CN99 8888-7777\"}", EVERY_ID(t->order),
		EVERY_ID(every_slip(t)));
	kit_act(k, 1, "tradein.give", "{\"item\":%lld,\"custody_only\":true}", EVERY_ID(t->item));
	t->device = kit_int(kit_act(k, 1, "tradein.take_in", "{\"item\":%lld}", EVERY_ID(t->item)), "device");
	kit_act(k, 1, "tradein.propose", "{\"item\":%lld,\"stolen\":\"clear\"}", EVERY_ID(t->item));
	kit_act(k, 1, "tradein.propose", "{\"item\":%lld,\"stolen\":\"listed\"}", EVERY_ID(t->item));
	kit_act(k, 1, "device.seize", "{\"device\":%lld}", EVERY_ID(t->device));
	kit_act(k, 1, "tradein.seized", "{\"item\":%lld}", EVERY_ID(t->item));
}

static inline void every_booking(struct lab *l)
{
	struct trade *t = &l->t;
	struct kit *k = &t->k;

	every_consent(t);
	trade_book_phone(t);
	kit_act(k, 1, "tradein.cancel", "{\"item\":%lld}", EVERY_ID(t->item));
	trade_book_phone(t);
	month_later(k, 24 * 40);
	kit_act(k, 1, "tradein.lapse", "{\"item\":%lld}", EVERY_ID(t->item));
	month_offer(l, NULL);
	kit_act(k, 1, "tradein.decline", "{\"item\":%lld}", EVERY_ID(t->item));
	kit_act(k, 1, "tradein.return_given", "{\"item\":%lld,\"carrier\":%lld}", EVERY_ID(t->item),
		EVERY_ID(t->carrier));
	kit_act(k, 1, "tradein.return_failed", "{\"item\":%lld,\"reason\":\"not_collected\"}",
		EVERY_ID(t->item));
}

static inline void every_device(struct lab *l)
{
	struct kit *k = &l->t.k;
	int64_t one = lab_phone(l), two = lab_phone(l);

	kit_act(k, 1, "device.identify",
		"{\"device\":%lld,\"add\":[{\"kind\":\"imei\",\"value\":\"490154203237518\"}]}",
		EVERY_ID(one));
	kit_act(k, 1, "device.merge", "{\"device\":%lld,\"same_as\":%lld}", EVERY_ID(one), EVERY_ID(two));
	kit_act(k, 1, "device.unmerge", "{\"device\":%lld,\"same_as\":%lld}", EVERY_ID(two), EVERY_ID(one));
	kit_act(k, 1, "device.weigh", "{\"device\":%lld,\"mass_mg\":180001}", EVERY_ID(one));
	kit_act(k, 1, "device.medium", "{\"device\":%lld,\"kind\":\"card\",\"capacity_gb\":64}",
		EVERY_ID(two));
	kit_act(k, 1, "device.hold", "{\"device\":%lld,\"reason\":\"dispute\"}", EVERY_ID(one));
	kit_act(k, 1, "device.release", "{\"device\":%lld}", EVERY_ID(one));
	kit_act(k, 1, "device.ship", "{\"device\":%lld,\"to_site\":%lld,\"carrier\":%lld}", EVERY_ID(one),
		EVERY_ID(l->other_site), EVERY_ID(l->t.carrier));
	kit_act(k, 1, "device.arrive", "{\"device\":%lld,\"site\":%lld}", EVERY_ID(one),
		EVERY_ID(l->other_site));
	kit_act(k, 1, "device.lose", "{\"device\":%lld}", EVERY_ID(two));
	kit_act(k, 1, "device.find", "{\"device\":%lld,\"site\":%lld}", EVERY_ID(two),
		EVERY_ID(l->t.centre));
	kit_act(k, 1, "erase.start", "{\"device\":%lld}", EVERY_ID(one));
	kit_act(k, 1, "erase.destroy",
		"{\"device\":%lld,\"medium\":1,\"technique\":\"shred\",\"witness_user\":%lld,"
		"\"log\":\"" EVERY_LOG "\"}",
		EVERY_ID(one), EVERY_ID(l->witness));
}

static inline void every_stock(struct lab *l)
{
	struct kit *k = &l->t.k;
	int64_t phone = lab_erased_phone(l), sale;

	kit_get(k, 1, "stock.preview", "{\"device\":%lld}", EVERY_ID(phone)); /* the rule is in memory then */
	kit_act(k, 1, "stock.dispose", "{\"device\":%lld}", EVERY_ID(phone));
	phone = lab_stock_phone(l);
	kit_act(k, 1, "stock.repair",
		"{\"device\":%lld,\"labour_minor\":3000,\"parts\":["
		"{\"code\":\"screen\",\"direction\":\"out\",\"mass_mg\":30000},"
		"{\"code\":\"screen\",\"direction\":\"in\",\"mass_mg\":32000,\"cost_minor\":25000}]}",
		EVERY_ID(phone));
	kit_act(k, 1, "stock.list", "{\"device\":%lld,\"price_minor\":300000}", EVERY_ID(phone));
	kit_act(k, 1, "stock.unlist", "{\"device\":%lld}", EVERY_ID(phone));
	kit_act(k, 1, "stock.list", "{\"device\":%lld,\"price_minor\":300000}", EVERY_ID(phone));
	sale = kit_int(kit_act(k, 1, "stock.sell", "{\"device\":%lld,\"buyer\":%lld}", EVERY_ID(phone),
			       EVERY_ID(l->buyer)),
		       "sale");
	kit_act(k, 1, "stock.cancel_sale", "{\"sale\":%lld}", EVERY_ID(sale));
	kit_act(k, 1, "stock.refund", "{\"buyer\":%lld,\"amount_minor\":2000,\"reference\":\"R-1\"}",
		EVERY_ID(l->buyer));
	kit_act(k, 1, "stock.stocktake", "{\"site\":%lld,\"seen\":[{\"device\":%lld},{\"device\":5}]}",
		EVERY_ID(l->t.centre), EVERY_ID(phone));
}

static inline void every_recovery(struct lab *l)
{
	struct kit *k = &l->t.k;
	int64_t washer = lab_washer(l), batch, lot, consignment;

	kit_act(k, 1, "recover.send", "{\"device\":%lld,\"reason\":\"incomplete\"}", EVERY_ID(washer));
	batch = kit_int(kit_act(k, 1, "recover.batch_open",
				"{\"site\":%lld,\"dismantler\":%lld,\"scale\":\"S-1\"}",
				EVERY_ID(l->t.centre), EVERY_ID(l->programme)),
			"batch");
	kit_act(k, 1, "recover.weigh_in", "{\"batch\":%lld,\"device\":%lld,\"scale_mg\":70000000}",
		EVERY_ID(batch), EVERY_ID(washer));
	kit_act(k, 1, "recover.component",
		"{\"batch\":%lld,\"device\":%lld,\"components\":[{\"code\":\"motor\"},"
		"{\"code\":\"board\",\"fraction\":\"circuit_board\",\"mass_mg\":20000},"
		"{\"code\":\"shield\",\"parent\":2,\"material\":\"steel\",\"mass_mg\":3000}]}",
		EVERY_ID(batch), EVERY_ID(washer));
	lot = kit_int(kit_act(k, 1, "recover.weigh_out",
			      "{\"batch\":%lld,\"fraction\":\"ferrous\",\"mass_mg\":50000000}",
			      EVERY_ID(batch)),
		      "lot");
	kit_act(k, 1, "recover.gain", "{\"batch\":%lld,\"mass_mg\":1,\"reason\":\"scale\"}",
		EVERY_ID(batch));
	kit_act(k, 1, "recover.batch_close", "{\"batch\":%lld,\"reason\":\"dust\"}", EVERY_ID(batch));
	consignment = kit_int(kit_act(k, 1, "recover.consign",
				      "{\"recycler\":%lld,\"document\":\"T-2\",\"lots\":[{\"lot\":%lld}]}",
				      EVERY_ID(l->recycler), EVERY_ID(lot)),
			      "consignment");
	kit_act(k, 1, "recover.receipt",
		"{\"consignment\":%lld,\"certificate\":\"C-2\",\"dated_us\":%lld,"
		"\"value_minor\":12000,\"fee_minor\":500,\"lots\":[{\"lot\":%lld,\"received_mg\":49000000}]}",
		EVERY_ID(consignment), EVERY_ID(k->now_us), EVERY_ID(lot));
	kit_act(k, 1, "recover.receipt_correct",
		"{\"consignment\":%lld,\"certificate\":\"C-2b\",\"dated_us\":%lld,"
		"\"value_minor\":12500,\"reason\":\"typing\",\"lots\":[{\"lot\":%lld,\"received_mg\":"
		"49500000}]}",
		EVERY_ID(consignment), EVERY_ID(k->now_us), EVERY_ID(lot));
}

static inline void every_money(struct lab *l)
{
	struct kit *k = &l->t.k;
	const int64_t paid[] = {l->programme, l->t.owner, l->t.merchant};
	int64_t seq, payout;

	kit_act(k, 1, "city.rate", "{\"code\":\"VAT\",\"from_us\":%lld,\"rate_bp\":1300,\"margin\":false}",
		EVERY_ID(k->now_us));
	month_sell(l, lab_stock_phone(l), false);
	kit_act(k, 1, "settle.tax_pay", "{\"amount_minor\":7}");
	seq = kit_int(kit_act(k, 1, "settle.receipt",
			      "{\"source\":\"benefit_fund\",\"amount_minor\":780000,\"currency\":\"EUR\","
			      "\"paid_minor\":100000}"),
		      "seq");
	kit_act(k, 1, "settle.exchange",
		"{\"from_currency\":\"EUR\",\"from_minor\":100000,\"to_currency\":\"CNY\","
		"\"to_minor\":779500}");
	kit_act(k, 1, "settle.adjust", "{\"reverses\":%lld,\"reason\":\"mistake\"}", EVERY_ID(seq));
	payout = kit_int(kit_act(k, 1, "settle.payout_create", "{\"all_due\":true}"), "payout");
	kit_act(k, 1, "settle.payout_cancel", "{\"payout\":%lld}", EVERY_ID(payout));
	for (size_t i = 0; i < ARRAY_LEN(paid); i++)
		kit_act(k, 1, "party.update",
			"{\"party\":%lld,\"name\":\"Li\",\"phone\":\"13800000000\","
			"\"bank_account\":\"6222020200112233445\"}",
			EVERY_ID(paid[i]));
	kit_act(k, 1, "settle.payout_create", "{\"all_due\":true}");
}

/* A city that keeps keys and takes its secrets from chance; the other one goes over to the world's clock. */
static inline void every_real(struct lab *l)
{
	struct kit *k = &l->t.k;

	kit_open_real(k);
	for (int i = 0; i < 3 * KIT_GENERATION; i++) {
		char key[16];
		snprintf(key, sizeof(key), "k-%d", i);
		kit_act_key(k, 2, "party.register", key,
			    "{\"kind\":\"person\",\"roles\":\"owner\",\"name\":\"Li %d\"}", i);
	}
	kit_act(k, 1, "city.live", "{}");
	trade_book_phone(&l->t);
}

static inline void every_open(struct lab *l)
{
	month_open(l);
	every_user(&l->t.k);
	every_party(l);
	every_device(l);
	every_stock(l);
	every_recovery(l);
	every_money(l);
	every_booking(l);
	lab_offer(l);
	every_real(l);
}

#endif
