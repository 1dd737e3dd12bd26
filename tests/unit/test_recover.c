/* Recovery: weighed in, weighed out, consigned, receipted; and where every milligram went. */
#include "lab.h"

#include "base/file.h"
#include "codec/csv.h"
#include "programme/device/device.h"
#include "programme/recover/recover.h"

static const char digest[] = "aa11223344556677889900aabbccddeeff00112233445566778899aabbccddee";

static long long ll(int64_t v) { return (long long)v; }

static int64_t open_batch(struct kit *k, const struct lab *l)
{
	return kit_int(kit_act(k, 1, "recover.batch_open",
			       "{\"site\":%lld,\"dismantler\":%lld,\"scale\":\"S-1\"}",
			       ll(l->t.centre), ll(l->programme)),
		       "batch");
}

static void weigh_in(struct kit *k, int64_t batch, int64_t device, int64_t mg)
{
	kit_act(k, 1, "recover.weigh_in", "{\"batch\":%lld,\"device\":%lld,\"scale_mg\":%lld}",
		ll(batch), ll(device), ll(mg));
}

static int64_t weigh_out(struct kit *k, int64_t batch, const char *fraction, int64_t mg)
{
	return kit_int(kit_act(k, 1, "recover.weigh_out",
			       "{\"batch\":%lld,\"fraction\":\"%s\",\"mass_mg\":%lld}", ll(batch),
			       fraction, ll(mg)),
		       "lot");
}

static int64_t to_recover(struct kit *k, struct lab *l)
{
	int64_t phone = lab_erased_phone(l);

	kit_act(k, 1, "recover.send", "{\"device\":%lld,\"reason\":\"damaged\"}", ll(phone));
	return phone;
}

static int64_t consign(struct kit *k, const struct lab *l, int64_t a, int64_t b, const char *document)
{
	return kit_int(
		kit_act(k, 1, "recover.consign",
			"{\"recycler\":%lld,\"document\":\"%s\",\"lots\":[{\"lot\":%lld},{\"lot\":%lld}]}",
			ll(l->recycler), document, ll(a), ll(b)),
		"consignment");
}

static int64_t balance(struct kit *k, const char *account, int64_t ref, const char *unit)
{
	return kit_balance(k, 1, cx_printf(&k->cx, "%s/%lld", account, ll(ref)), unit);
}

/* The list of fractions in the program is the one in data/. */
static void the_list_of_fractions(void **state)
{
	struct cx cx;
	struct csv *csv;
	char *text;
	size_t n, i = 0;

	(void)state;
	cx_init(&cx, 0);
	if (file_read(&cx, "data/fractions.csv", 1000000, &text, &n) || csv_open(&cx, text, n, &csv))
		fail_msg("%s", cx.msg);
	for (; csv_next(&cx, csv); i++) {
		const struct fraction *f = fraction_at(i);
		const char *waste = csv_field(csv, csv_find(csv, "waste_code"));

		assert_non_null(f);
		assert_string_equal(f->code, csv_field(csv, csv_find(csv, "code")));
		assert_string_equal(f->name_en, csv_field(csv, csv_find(csv, "name_en")));
		assert_string_equal(f->name_zh, csv_field(csv, csv_find(csv, "name_zh")));
		assert_string_equal(f->hazard ? "1" : "0", csv_field(csv, csv_find(csv, "hazard")));
		assert_string_equal(f->kind, csv_field(csv, csv_find(csv, "class")));
		assert_string_equal(f->waste_code, waste);
		/* hazardous waste is always kept apart */
		assert_true(f->hazard || !strchr(waste, '*'));
		assert_true(strlen(csv_field(csv, csv_find(csv, "source"))) > 0);
		assert_ptr_equal(fraction_find(f->code), f);
	}
	assert_int_equal(cx.err, ERR_OK);
	assert_true(i >= 20);
	assert_null(fraction_at(i));
	cx_done(&cx);
}

/* A phone and a washing machine become a lot of batteries and one of iron; the rest is lost. */
static void dismantle(struct lab *l, int64_t *battery, int64_t *ferrous)
{
	struct kit *k = &l->t.k;
	const struct json *v;
	int64_t batch, phone, washer;

	phone = to_recover(k, l);
	washer = lab_washer(l);
	kit_act(k, 1, "recover.send", "{\"device\":%lld,\"reason\":\"incomplete\"}", ll(washer));
	batch = open_batch(k, l);
	weigh_in(k, batch, phone, 171000); /* nominal 174000 */
	weigh_in(k, batch, washer, 72000000); /* nominal 70000000 */
	assert_int_equal(kit_balance(k, 1, "mg_measurement", "mg"), 3000 - 2000000);
	assert_string_equal(lab_state(l, phone), "recovered");
	kit_act(k, 1, "recover.component",
		"{\"batch\":%lld,\"device\":%lld,\"components\":[{\"code\":\"battery\","
		"\"fraction\":\"battery\",\"mass_mg\":40000},"
		"{\"code\":\"main_board\",\"fraction\":\"circuit_board\",\"mass_mg\":20000},"
		"{\"code\":\"shield\",\"parent\":2,\"material\":\"steel\",\"mass_mg\":3000}]}",
		ll(batch), ll(phone));
	v = kit_get(k, 1, "recover.tree", "{\"device\":%lld}", ll(phone));
	assert_string_equal(kit_text(v, "items.0.hazard"), "battery");
	assert_int_equal(kit_int(v, "items.2.parent"), 2);
	*battery = weigh_out(k, batch, "battery", 40000);
	*ferrous = weigh_out(k, batch, "ferrous", 50000000);
	kit_act(k, 1, "recover.weigh_out",
		"{\"batch\":%lld,\"fraction\":\"ferrous\",\"mass_mg\":5000000,\"lot\":%lld}",
		ll(batch), ll(*ferrous));
	v = kit_get(k, 1, "recover.batch", "{\"batch\":%lld}", ll(batch));
	assert_int_equal(kit_int(v, "in_mg"), 72171000);
	assert_int_equal(kit_int(v, "unaccounted_mg"), 72171000 - 55040000);
	assert_string_equal(kit_text(v, "fractions.0.fraction"), "battery");
	v = kit_get(k, 1, "recover.weighings", "{\"batch\":%lld}", ll(batch));
	assert_int_equal(kit_int(v, "items.0.nominal_mg"), LAB_PHONE_MG);
	kit_refuse(k, 1, "recover.batch_close", ERR_INVALID, "17131000 mg", "{\"batch\":%lld}", ll(batch));
	kit_act(k, 1, "recover.batch_close", "{\"batch\":%lld,\"reason\":\"dust\"}", ll(batch));
	assert_int_equal(balance(k, "mg_loss", batch, "mg"), 17131000);
	kit_refuse(k, 1, "recover.weigh_out", ERR_CONFLICT, "closed",
		   "{\"batch\":%lld,\"fraction\":\"glass\",\"mass_mg\":1}", ll(batch));
	kit_audit(k);
}

/* One phone and one washing machine were dismantled: 16830 ug of gold in such a phone by its source, of which
 * 25.6 % are expected back. What the rule does not know stays unknown, and other days had none. */
static void metals_are_estimates(struct kit *k)
{
	const struct json *v = kit_get(k, 1, "recover.metals", "{}"), *row;
	int seen = 0;

	for (size_t i = 0; i < json_get(v, "items")->count; i++) {
		row = json_get(v, "items")->item[i];
		if (strcmp(kit_text(row, "category"), "phone") != 0)
			continue;
		assert_int_equal(kit_int(row, "devices"), 1);
		assert_true(strlen(kit_text(row, "source")) > 10);
		if (strcmp(kit_text(row, "material"), "Au") == 0) {
			assert_int_equal(kit_int(row, "device_ug"), 16830);
			assert_int_equal(kit_int(row, "contained_mg"), 17);
			assert_int_equal(kit_int(row, "expected_mg"), 4);
			assert_null(json_get(row, "fraction"));
			seen++;
		}
		if (strcmp(kit_text(row, "material"), "Cu") == 0) {
			assert_int_equal(kit_int(row, "contained_mg"), 7100);
			assert_int_equal(kit_int(row, "expected_mg"), 4260);
			assert_string_equal(kit_text(row, "fraction"), "copper");
			seen++;
		}
	}
	assert_int_equal(seen, 2);
	v = kit_get(k, 1, "recover.dismantled", "{\"category\":\"phone\"}");
	assert_int_equal(json_get(v, "items")->count, 1);
	assert_int_equal(kit_int(v, "items.0.scale_mg"), 171000);
	for (int i = 0; i < 2; i++) {
		const char *what = i ? "recover.dismantled" : "recover.metals";
		v = kit_get(k, 1, what, "{\"from_us\":%lld}", ll(k->now_us + 1));
		assert_int_equal(json_get(v, "items")->count, 0);
		v = kit_get(k, 1, what, "{\"until_us\":%lld}", ll(KIT_START));
		assert_int_equal(json_get(v, "items")->count, 0);
	}
	v = kit_get(k, 1, "recover.lots", "{\"from_us\":%lld}", ll(k->now_us + 1));
	assert_int_equal(json_get(v, "items")->count, 0);
}

static void from_device_to_receipt(void **state)
{
	struct lab l;
	struct kit *k = &l.t.k;
	const struct json *v;
	int64_t battery, ferrous, consignment, receipt;

	(void)state;
	lab_open(&l);
	dismantle(&l, &battery, &ferrous);
	consignment = consign(k, &l, battery, ferrous, "T-1");
	kit_refuse(k, 1, "recover.consign", ERR_CONFLICT, "shipped",
		   "{\"recycler\":%lld,\"document\":\"T-2\",\"lots\":[{\"lot\":%lld}]}",
		   ll(l.recycler), ll(battery));
	kit_audit(k);
	v = kit_act(
		k, 1, "recover.receipt",
		"{\"consignment\":%lld,\"certificate\":\"C-1\",\"dated_us\":%lld,"
		"\"value_minor\":12000,\"fee_minor\":500,"
		"\"lots\":[{\"lot\":%lld,\"received_mg\":41000},{\"lot\":%lld,\"received_mg\":54000000}]}",
		ll(consignment), ll(k->now_us), ll(battery), ll(ferrous));
	assert_int_equal(kit_int(v, "difference_mg"), 1000 - 1000000);
	assert_int_equal(kit_int(v, "lots.0.difference_mg"), 1000);
	assert_int_equal(balance(k, "mg_receipt_difference", consignment, "mg"), 999000);
	assert_int_equal(balance(k, "money_batch", consignment, "CNY"), 11500);
	assert_int_equal(balance(k, "money_recycler", l.recycler, "CNY"), -11500);
	kit_audit(k);

	v = kit_act(
		k, 1, "recover.receipt_correct",
		"{\"consignment\":%lld,\"certificate\":\"C-1b\",\"dated_us\":%lld,"
		"\"value_minor\":12500,\"reason\":\"typing\","
		"\"lots\":[{\"lot\":%lld,\"received_mg\":40000},{\"lot\":%lld,\"received_mg\":54900000}]}",
		ll(consignment), ll(k->now_us), ll(battery), ll(ferrous));
	assert_true(kit_int(v, "reverses_seq") > 0);
	receipt = kit_int(v, "seq");
	assert_int_equal(balance(k, "mg_receipt_difference", consignment, "mg"), 100000);
	assert_int_equal(balance(k, "mg_downstream", consignment, "mg"), 54940000);
	assert_int_equal(balance(k, "money_batch", consignment, "CNY"), 12500);
	v = kit_get(k, 1, "recover.consignment", "{\"consignment\":%lld}", ll(consignment));
	assert_int_equal(kit_int(v, "difference_mg"), -100000);
	assert_int_equal(kit_int(v, "history.1.reverses_seq"), kit_int(v, "history.0.seq"));
	v = kit_get(k, 1, "recover.consignments", "{\"differs\":true}");
	assert_int_equal(kit_int(v, "items.0.consignment"), consignment);
	v = kit_get(k, 1, "recover.balance", "{}");
	assert_int_equal(kit_int(v, "received_mg"), LAB_PHONE_MG + LAB_WASHER_MG);
	assert_int_equal(kit_int(v, "measured_mg"), 1997000);
	assert_int_equal(kit_int(v, "receipted_mg"), 54940000);
	assert_int_equal(kit_int(v, "not_confirmed_mg"), 100000);
	assert_int_equal(kit_int(v, "dismantling_loss_mg"), 17131000);
	v = kit_get(k, 1, "recover.mass", "{}");
	assert_string_equal(kit_text(v, "items.0.category"), "phone");
	assert_int_equal(kit_int(v, "items.0.weighed_in_mg"), 171000);
	assert_int_equal(kit_int(v, "items.1.on_hand_mg"), 0);
	assert_string_equal(kit_text(kit_get(k, 1, "recover.lots", "{\"hazard\":true}"), "items.0.fraction"),
			    "battery");
	assert_string_equal(kit_text(kit_get(k, 1, "recover.fractions", "{}"), "items.0.code"), "battery");
	kit_refuse(k, 1, "settle.adjust", ERR_CONFLICT, "recover.receipt_correct",
		   "{\"reverses\":%lld,\"n\":10,\"reason\":\"mistake\"}", ll(receipt));
	v = kit_get(k, 1, "recover.yield", "{}");
	assert_int_equal(kit_int(v, "items.1.receipted_mg"), 54900000);
	metals_are_estimates(k);
	kit_audit(k);
	lab_close(&l);
}

static void no_more_out_than_in(void **state)
{
	struct lab l;
	struct kit *k = &l.t.k;
	int64_t batch, phone;

	(void)state;
	lab_open(&l);
	phone = to_recover(k, &l);
	batch = open_batch(k, &l);
	weigh_in(k, batch, phone, 170000);
	kit_refuse(k, 1, "recover.weigh_in", ERR_CONFLICT, "recovered",
		   "{\"batch\":%lld,\"device\":%lld,\"scale_mg\":1}", ll(batch), ll(phone));
	weigh_out(k, batch, "circuit_board", 150000);
	kit_refuse(k, 1, "recover.weigh_out", ERR_CONFLICT, "weights out would exceed weights in",
		   "{\"batch\":%lld,\"fraction\":\"plastics\",\"mass_mg\":20001}", ll(batch));
	kit_refuse(k, 1, "recover.gain", ERR_INVALID, "a gain comes from",
		   "{\"batch\":%lld,\"mass_mg\":1,\"reason\":\"dust\"}", ll(batch));
	kit_refuse(k, 1, "recover.gain", ERR_INVALID, "reason", "{\"batch\":%lld,"
		"\"mass_mg\":1}", ll(batch));
	kit_act(k, 1, "recover.gain", "{\"batch\":%lld,\"mass_mg\":1,\"reason\":\"scale\"}", ll(batch));
	weigh_out(k, batch, "plastics", 20001);
	kit_refuse(k, 1, "recover.batch_close", ERR_INVALID, "nothing",
		   "{\"batch\":%lld,\"reason\":\"dust\"}", ll(batch));
	kit_act(k, 1, "recover.batch_close", "{\"batch\":%lld}", ll(batch));
	kit_audit(k);
	lab_close(&l);
}

static void hazards_are_kept_apart(void **state)
{
	struct lab l;
	struct kit *k = &l.t.k;
	int64_t batch, plastics;

	(void)state;
	lab_open(&l);
	batch = open_batch(k, &l);
	weigh_in(k, batch, to_recover(k, &l), 170000);
	plastics = weigh_out(k, batch, "plastics", 1000);
	kit_refuse(k, 1, "recover.weigh_out", ERR_CONFLICT, "kept apart",
		   "{\"batch\":%lld,\"fraction\":\"battery\",\"mass_mg\":1,\"lot\":%lld}",
		   ll(batch), ll(plastics));
	kit_refuse(k, 1, "recover.weigh_out", ERR_CONFLICT, "holds plastics, not glass",
		   "{\"batch\":%lld,\"fraction\":\"glass\",\"mass_mg\":1,\"lot\":%lld}", ll(batch),
		   ll(plastics));
	kit_refuse(k, 1, "recover.weigh_out", ERR_INVALID, "not in the list of fractions",
		   "{\"batch\":%lld,\"fraction\":\"gold\",\"mass_mg\":1}", ll(batch));
	kit_refuse(k, 1, "recover.weigh_out", ERR_INVALID, "at least 1",
		   "{\"batch\":%lld,\"fraction\":\"glass\",\"mass_mg\":0}", ll(batch));
	kit_audit(k);
	lab_close(&l);
}

static void data_does_not_leave(void **state)
{
	struct lab l;
	struct kit *k = &l.t.k;
	int64_t batch, phone;

	(void)state;
	lab_open(&l);
	phone = lab_phone(&l);
	kit_refuse(k, 1, "recover.send", ERR_INVALID, "erasure has not failed",
		   "{\"device\":%lld,\"reason\":\"erase_failed\"}", ll(phone));
	kit_act(k, 1, "recover.send", "{\"device\":%lld,\"reason\":\"damaged\"}", ll(phone));
	batch = open_batch(k, &l);
	weigh_in(k, batch, phone, 170000);
	weigh_out(k, batch, "circuit_board", 170000);
	kit_refuse(k, 1, "recover.batch_close", ERR_CONFLICT, "cannot be closed",
		   "{\"batch\":%lld}", ll(batch));
	kit_act(k, 1, "erase.destroy",
		"{\"device\":%lld,\"medium\":1,\"technique\":\"shred\",\"witness_user\":%lld,"
		"\"log\":\"%s\"}",
		ll(phone), ll(l.witness), digest);
	kit_act(k, 1, "recover.batch_close", "{\"batch\":%lld}", ll(batch));
	kit_audit(k);
	lab_close(&l);
}

static void receipts_belong_to_their_consignment(void **state)
{
	struct lab l;
	struct kit *k = &l.t.k;
	int64_t batch, lot[4], first, second;

	(void)state;
	lab_open(&l);
	batch = open_batch(k, &l);
	weigh_in(k, batch, to_recover(k, &l), 170000);
	lot[0] = weigh_out(k, batch, "battery", 10000);
	lot[1] = weigh_out(k, batch, "glass", 20000);
	lot[2] = weigh_out(k, batch, "plastics", 30000);
	lot[3] = weigh_out(k, batch, "copper", 40000);
	first = consign(k, &l, lot[0], lot[1], "T-1");
	second = consign(k, &l, lot[2], lot[3], "T-2");
	kit_refuse(
		k, 1, "recover.receipt", ERR_CONFLICT, "the receipt of another one?",
		"{\"consignment\":%lld,\"certificate\":\"C-1\",\"dated_us\":1,\"lots\":[{\"lot\":%lld,"
		"\"received_mg\":1},"
		"{\"lot\":%lld,\"received_mg\":1}]}",
		ll(first), ll(lot[2]), ll(lot[3]));
	kit_refuse(
		k, 1, "recover.receipt", ERR_INVALID, "has 2 lots, the receipt names 1",
		"{\"consignment\":%lld,\"certificate\":\"C-1\",\"dated_us\":1,\"lots\":[{\"lot\":%lld,"
		"\"received_mg\":1}]}",
		ll(first), ll(lot[0]));
	kit_refuse(
		k, 1, "recover.receipt", ERR_INVALID, "twice",
		"{\"consignment\":%lld,\"certificate\":\"C-1\",\"dated_us\":1,\"lots\":[{\"lot\":%lld,"
		"\"received_mg\":1},"
		"{\"lot\":%lld,\"received_mg\":1}]}",
		ll(first), ll(lot[0]), ll(lot[0]));
	kit_refuse(
		k, 1, "recover.receipt_correct", ERR_CONFLICT, "shipped",
		"{\"consignment\":%lld,\"certificate\":\"C-1\",\"dated_us\":1,\"reason\":\"typing\","
		"\"lots\":[{\"lot\":%lld,\"received_mg\":1},{\"lot\":%lld,\"received_mg\":1}]}",
		ll(first), ll(lot[0]), ll(lot[1]));
	kit_act(k, 1, "recover.receipt",
		"{\"consignment\":%lld,\"certificate\":\"C-1\",\"dated_us\":1,\"lots\":[{\"lot\":%lld,"
		"\"received_mg\":10000},"
		"{\"lot\":%lld,\"received_mg\":0}]}",
		ll(first), ll(lot[0]), ll(lot[1]));
	kit_refuse(
		k, 1, "recover.receipt", ERR_CONFLICT, "is for consignment",
		"{\"consignment\":%lld,\"certificate\":\"C-1\",\"dated_us\":1,\"lots\":[{\"lot\":%lld,"
		"\"received_mg\":1},"
		"{\"lot\":%lld,\"received_mg\":1}]}",
		ll(second), ll(lot[2]), ll(lot[3]));
	kit_refuse(
		k, 1, "recover.receipt", ERR_CONFLICT, "receipted",
		"{\"consignment\":%lld,\"certificate\":\"C-9\",\"dated_us\":1,\"lots\":[{\"lot\":%lld,"
		"\"received_mg\":1},"
		"{\"lot\":%lld,\"received_mg\":1}]}",
		ll(first), ll(lot[0]), ll(lot[1]));
	kit_audit(k);
	lab_close(&l);
}

static void components_do_not_outweigh_the_device(void **state)
{
	struct lab l;
	struct kit *k = &l.t.k;
	int64_t batch, phone;

	(void)state;
	lab_open(&l);
	phone = to_recover(k, &l);
	batch = open_batch(k, &l);
	kit_refuse(k, 1, "recover.component", ERR_CONFLICT, "was not weighed into",
		   "{\"batch\":%lld,\"device\":%lld,\"components\":[{\"code\":\"x\"}]}", ll(batch),
		   ll(phone));
	weigh_in(k, batch, phone, 170000);
	kit_refuse(
		k, 1, "recover.component", ERR_CONFLICT, "the device only 170000",
		"{\"batch\":%lld,\"device\":%lld,\"components\":[{\"code\":\"a\",\"mass_mg\":170001}]}",
		ll(batch), ll(phone));
	kit_refuse(k, 1, "recover.component", ERR_CONFLICT, "it only 10",
		   "{\"batch\":%lld,\"device\":%lld,\"components\":[{\"code\":\"a\",\"mass_mg\":10},"
		   "{\"code\":\"b\",\"parent\":1,\"mass_mg\":11}]}", ll(batch), ll(phone));
	kit_refuse(
		k, 1, "recover.component", ERR_INVALID, "is not recorded before",
		"{\"batch\":%lld,\"device\":%lld,\"components\":[{\"code\":\"a\",\"parent\":1}]}",
		ll(batch), ll(phone));
	kit_audit(k);
	lab_close(&l);
}

static void a_dismantler_sees_its_own(void **state)
{
	struct lab l;
	struct kit *k = &l.t.k;
	int64_t batch, own;

	(void)state;
	lab_open(&l);
	batch = open_batch(k, &l);
	kit_as(k, (struct principal){.user = 7, .roles = ROLE_DISMANTLER, .org = l.recycler, .city = 1});
	kit_refuse(k, 1, "recover.gain", ERR_FORBIDDEN, "",
		   "{\"batch\":%lld,\"mass_mg\":1,\"reason\":\"scale\"}", ll(batch));
	kit_get_refused(k, 1, "recover.batch", ERR_FORBIDDEN, "", "{\"batch\":%lld}", ll(batch));
	kit_act(k, 1, "recover.batch_open", "{\"site\":%lld,\"dismantler\":%lld,\"scale\":\"S-2\"}",
		ll(l.t.centre), ll(l.recycler));
	assert_string_equal(kit_text(kit_get(k, 1, "recover.batches", "{}"), "items.0.scale"), "S-2");
	/* at the programme's depots and at its own, not in a shop */
	kit_refuse(k, 1, "recover.batch_open", ERR_FORBIDDEN, "another organisation",
		   "{\"site\":%lld,\"dismantler\":%lld,\"scale\":\"S-2\"}", ll(l.t.shop), ll(l.recycler));
	kit_staff(k);
	own = trade_site(k, l.recycler, "recycler");
	kit_as(k, (struct principal){.user = 7, .roles = ROLE_DISMANTLER, .org = l.recycler, .city = 1});
	kit_act(k, 1, "recover.batch_open", "{\"site\":%lld,\"dismantler\":%lld,\"scale\":\"S-2\"}", ll(own),
		ll(l.recycler));
	kit_staff(k);
	kit_audit(k);
	lab_close(&l);
}

/* A closed batch takes nothing and gives nothing; neither does a lot that was shipped. */
static void what_is_closed_stays_closed(void **state)
{
	static const struct {
		const char *type, *rest;
	} cases[] = {
		{"recover.weigh_in", "\"device\":%lld,\"scale_mg\":1"},
		{"recover.component", "\"device\":%lld,\"components\":[{\"code\":\"a\"}]"},
		{"recover.weigh_out", "\"fraction\":\"glass\",\"mass_mg\":1"},
		{"recover.gain", "\"mass_mg\":1,\"reason\":\"scale\""},
		{"recover.batch_close", "\"reason\":\"dust\""},
	};
	struct lab l;
	struct kit *k = &l.t.k;
	int64_t phone, closed, open, lot;

	(void)state;
	lab_open(&l);
	closed = open_batch(k, &l);
	kit_act(k, 1, "recover.batch_close", "{\"batch\":%lld}", ll(closed));
	phone = to_recover(k, &l);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const char *rest = cx_printf(&k->cx, cases[i].rest, ll(phone));

		kit_refuse(k, 1, cases[i].type, ERR_CONFLICT, "is closed, which does not allow",
			   "{\"batch\":%lld,%s}", ll(closed), rest);
	}
	open = open_batch(k, &l);
	weigh_in(k, open, phone, 170000);
	lot = weigh_out(k, open, "glass", 10);
	consign(k, &l, lot, weigh_out(k, open, "wood", 10), "T-1");
	kit_refuse(k, 1, "recover.weigh_out", ERR_CONFLICT, "is shipped, which does not allow",
		   "{\"batch\":%lld,\"fraction\":\"glass\",\"mass_mg\":1,\"lot\":%lld}", ll(open), ll(lot));
	kit_refuse(k, 1, "recover.consign", ERR_CONFLICT, "is shipped, which does not allow",
		   "{\"recycler\":%lld,\"document\":\"T-2\","
		"\"lots\":[{\"lot\":%lld}]}", ll(l.recycler), ll(lot));
	kit_audit(k);
	lab_close(&l);
}

/* --- the audit, when mass goes where it cannot --- */

struct leak {
	int64_t device, mass_mg;
};
static const struct field leak_fields[] = {
	F_ID(struct leak, device, MUST, "the device"), F_MG(struct leak, mass_mg, MUST, "how much"), F_END};

static enum err leak_decide(struct cx *cx, struct tx *tx, void *rec)
{
	const struct leak *l = rec;

	return tx_move_amount(cx, tx, ACCOUNT(MG_DEVICE, l->device), ACCOUNT(MG_OUTSIDE, 0), "mg",
			      l->mass_mg);
}

static enum err leak_apply(struct cx *cx, struct tx *tx, const struct entry *e, const void *rec)
{
	const struct leak *l = rec;
	const struct device *old = device_get(cx, tx, l->device);
	struct device d;

	(void)e;
	if (!old)
		return cx->err;
	d = *old;
	d.mass_mg -= l->mass_mg;
	return tx_put(cx, tx, &device_table, &d);
}

static void mass_does_not_leak(void **state)
{
	static const struct action actions[] = {{.type = "leak.leak",
						 .v = 1,
						 .roles = ROLE_ADMIN,
						 .fields = leak_fields,
						 .size = sizeof(struct leak),
						 .decide = leak_decide,
						 .apply = leak_apply,
						 .doc = "Leaks."},
						{.type = NULL}};
	static const struct feature leak = {.name = "leak", .actions = actions};
	const struct feature *list[64] = {NULL};
	struct lab l;
	struct kit *k = &l.t.k;
	int64_t phone;
	int n = 0;

	(void)state;
	lab_open(&l);
	for (; programme_features[n]; n++)
		list[n] = programme_features[n];
	list[n] = &leak;
	if (domain_init(&k->cx, &k->domain, list))
		fail_msg("%s", k->cx.msg);
	phone = lab_phone(&l);
	kit_audit(k);
	kit_act(k, 1, "leak.leak", "{\"device\":%lld,\"mass_mg\":5}", ll(phone));
	kit_audit_finds(k, 3, "mass cannot go that way");
	kit_audit_finds(k, 3, "its transfers 174000 mg");
	lab_close(&l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(the_list_of_fractions),
					   cmocka_unit_test(from_device_to_receipt),
					   cmocka_unit_test(no_more_out_than_in),
					   cmocka_unit_test(hazards_are_kept_apart),
					   cmocka_unit_test(data_does_not_leave),
					   cmocka_unit_test(receipts_belong_to_their_consignment),
					   cmocka_unit_test(components_do_not_outweigh_the_device),
					   cmocka_unit_test(a_dismantler_sees_its_own),
					   cmocka_unit_test(what_is_closed_stays_closed),
		cmocka_unit_test(mass_does_not_leak)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
