/* lab.h: a small programme for the tests of what comes after the trade-in: devices that were booked,
 * handed in, inspected and bought at the centre, through the actions alone.
 */
#ifndef RELODE_TESTS_LAB_H
#define RELODE_TESTS_LAB_H

#include "trade.h"

enum { LAB_PHONE_MG = 174000, LAB_WASHER_MG = 70000000 }; /* nominal, of the test catalogue */

struct lab {
	struct trade t;
	int64_t programme, other_site, buyer, buyer2, recycler;
	int64_t witness; /* a user who may see destructions */
	int64_t cost;    /* what the owner of the last device was paid */
};

static inline void lab_open(struct lab *l)
{
	struct kit *k = &l->t.k;

	memset(l, 0, sizeof(*l));
	trade_open(&l->t);
	trade_rule(k, "recovery", "data/rules/recovery.default.json");
	l->programme = kit_int(kit_get(k, 1, "city.city", "{}"), "programme");
	l->other_site = trade_site(k, l->programme, "centre");
	l->buyer = trade_party(k, "organisation", "buyer",
			       "\"public_name\":\"Buyer\",\"name\":\"Buyer Ltd\"");
	l->buyer2 = trade_party(k, "organisation", "buyer",
				"\"public_name\":\"Other\",\"name\":\"Other Ltd\"");
	l->recycler = trade_party(k, "organisation", "recycler",
				  "\"public_name\":\"Smelter\",\"name\":\"Smelter Ltd\"");
	l->witness = kit_int(kit_act(k, 0, "access.user_create",
				     "{\"login\":\"witness\",\"roles\":\"technician\"}"),
			     "user");
	assert_int_not_equal(l->witness, k->who.user);
}

static inline void lab_close(struct lab *l) { trade_close(&l->t); }

static inline const char *lab_state(struct lab *l, int64_t device)
{
	return kit_text(kit_get(&l->t.k, 1, "device.get", "{\"device\":%lld}", (long long)device), "state");
}

static inline int64_t lab_buy(struct lab *l, const char *what, const char *category, const char *facts)
{
	struct trade *t = &l->t;

	trade_book(t, cx_printf(&t->k.cx, "\"site\":%lld", (long long)t->centre), what);
	trade_hand_in(t);
	kit_act(&t->k, 1, "inspect.record", "{\"item\":%lld,\"tests\":[%s]%s}", (long long)t->item,
		trade_all_pass(t, category), facts);
	assert_string_equal(lab_state(l, t->device), "owned");
	l->cost = kit_int(kit_get(&t->k, 1, "tradein.item", "{\"item\":%lld}", (long long)t->item),
			  "agreed_minor");
	return t->device;
}

/* Devices bought at the centre: in state owned. The phone has one flash medium, the washer no storage. */
static inline int64_t lab_phone(struct lab *l)
{
	return lab_buy(l,
		       cx_printf(&l->t.k.cx,
				 "\"model\":%lld,\"storage_gb\":128,\"battery_percent\":90",
				 (long long)l->t.phone),
		       "phone", ",\"battery_percent\":90,\"storage_gb\":128");
}

static inline int64_t lab_washer(struct lab *l)
{
	return lab_buy(l, "\"category\":\"washing_machine\"", "washing_machine", "");
}

static inline void lab_erase(struct lab *l, int64_t device)
{
	struct kit *k = &l->t.k;

	kit_act(k, 1, "erase.start", "{\"device\":%lld}", (long long)device);
	kit_act(k, 1, "erase.attempt",
		"{\"device\":%lld,\"medium\":1,\"outcome\":\"verified\",\"method\":\"Purge\","
		"\"technique\":\"cryptographic_erase\",\"tool\":\"bench\",\"tool_version\":\"1\","
		"\"started_us\":%lld,"
		"\"ended_us\":%lld,\"sampled\":64,\"mismatched\":0,"
		"\"log\":\"aa11223344556677889900aabbccddeeff00112233445566778899aabbccddee\"}",
		(long long)device, (long long)k->now_us - 100, (long long)k->now_us - 1);
}

static inline int64_t lab_erased_phone(struct lab *l)
{
	int64_t device = lab_phone(l);

	lab_erase(l, device);
	return device;
}

static inline int64_t lab_stock_phone(struct lab *l)
{
	int64_t device = lab_erased_phone(l);

	kit_act(&l->t.k, 1, "stock.receive", "{\"device\":%lld}", (long long)device);
	return device;
}

/* A phone that stays on offer, with a photo of its back. */
static inline void lab_offer(struct lab *l)
{
	struct kit *k = &l->t.k;
	int64_t phone = lab_stock_phone(l), photo;

	photo = kit_int(kit_act(k, 1, "evidence.add",
				"{\"device\":%lld,\"content\":\"/9j/2gADAXNjYW7/2Q==\"}", (long long)phone),
			"evidence");
	kit_act(k, 1, "inspect.record",
		"{\"item\":%lld,\"tests\":[%s],\"battery_percent\":90,\"storage_gb\":128,"
		"\"photos\":[{\"evidence\":%lld,\"about\":\"back\"}]}",
		(long long)l->t.item, trade_all_pass(&l->t, "phone"), (long long)photo);
	kit_act(k, 1, "stock.list", "{\"device\":%lld,\"price_minor\":300000}", (long long)phone);
}

#endif
