/* recover.c: the tables, the names, the machines, the feature. */
#include "programme/recover/internal.h"

const char *const send_reasons[] = {"disposition", "erase_failed", "damaged", "incomplete", "recall", NULL};
const char *const batch_states[] = {"open", "closed", NULL};
const char *const mass_reasons[] = {"dust",    "moisture", "evaporated", "scale",
				    "spilled", "found",	   "mixed_up",	 NULL};
const char *const lot_states[] = {"open", "shipped", "receipted", NULL};
const char *const consignment_states[] = {"shipped", "receipted", NULL};
const char *const correct_reasons[] = {"typing", "wrong_lot", "reweighed", "price", "other", NULL};

static const struct machine_move batch_moves[] = {
	{"recover.weigh_in", STATE(BATCH_OPEN), BATCH_OPEN},
	{"recover.component", STATE(BATCH_OPEN), BATCH_OPEN},
	{"recover.weigh_out", STATE(BATCH_OPEN), BATCH_OPEN},
	{"recover.gain", STATE(BATCH_OPEN), BATCH_OPEN},
	{"recover.batch_close", STATE(BATCH_OPEN), BATCH_CLOSED},
	{NULL, 0, 0}};
const struct machine batch_machine = {"batch", batch_states, batch_moves};
static const struct machine_move lot_moves[] = {
	{"recover.weigh_out", STATE(LOT_OPEN), LOT_OPEN},
	{"recover.consign", STATE(LOT_OPEN), LOT_SHIPPED},
	{"recover.receipt", STATE(LOT_SHIPPED), LOT_RECEIPTED},
	{NULL, 0, 0}};
const struct machine lot_machine = {"lot", lot_states, lot_moves};
static const struct machine_move consignment_moves[] = {
	{"recover.receipt", STATE(CONSIGNMENT_SHIPPED), CONSIGNMENT_RECEIPTED},
	{"recover.receipt_correct", STATE(CONSIGNMENT_RECEIPTED), CONSIGNMENT_RECEIPTED},
	{NULL, 0, 0}};
const struct machine consignment_machine = {"consignment", consignment_states, consignment_moves};

const struct field batch_fields[] = {
	F_ID(struct batch, city, NEEDED, "city"),
	F_ID(struct batch, batch, NEEDED, "the dismantling batch"),
	F_ENUM(struct batch, state, NEEDED, batch_states, "open or closed"),
	F_ID(struct batch, site, NEEDED, "site"),
	F_ID(struct batch, dismantler, NEEDED, "party that takes the devices apart"),
	F_TEXT(struct batch, scale, NEEDED, 1, 40, "id of the scale"),
	F_INT(struct batch, devices, NEEDED, 0, RECOVER_DEVICES_MAX, NULL, "devices weighed in"),
	F_MG(struct batch, in_mg, NEEDED, "weighed in"),
	F_MG(struct batch, out_mg, NEEDED, "weighed out into fractions"),
	F_MG(struct batch, gain_mg, NEEDED, "recorded gain"),
	F_MG(struct batch, loss_mg, NEEDED, "recorded loss"),
	F_US(struct batch, opened_us, NEEDED, "opened at"),
	F_US(struct batch, closed_us, COLUMN, "closed at"),
	F_ENUM(struct batch, loss_reason, COLUMN, mass_reasons, "why the rest was lost"),
	F_END};
struct table batch_table = {.name = "batch",
			    .kind = TABLE_STATE,
			    .fields = batch_fields,
			    .size = sizeof(struct batch),
			    .keys = 2,
			    .fresh = FRESH_ID,
			    .doc = "dismantling batches"};

const struct field batch_device_fields[] = {
	F_ID(struct batch_device, city, NEEDED, "city"),
	F_ID(struct batch_device, batch, NEEDED, "the batch"),
	F_ID(struct batch_device, device, NEEDED, "a device weighed in"),
	F_MG(struct batch_device, nominal_mg, NEEDED, "its mass by the books before"),
	F_MG(struct batch_device, scale_mg, NEEDED, "what the scale said"),
	F_US(struct batch_device, weighed_us, NEEDED, "weighed at"),
	SEQ(struct batch_device, seq, NEEDED, "entry"),
	F_END};
struct table batch_device_table = {.name = "batch_device",
				   .kind = TABLE_STATE,
				   .fields = batch_device_fields,
				   .size = sizeof(struct batch_device),
				   .keys = 3,
				   .fresh = FRESH_ID,
				   .doc = "devices weighed in"};

static const struct field device_batch_fields[] = {
	F_ID(struct device_batch, city, NEEDED, "city"),
	F_ID(struct device_batch, device, NEEDED, "the device"),
	F_ID(struct device_batch, batch, NEEDED, "the batch that it was dismantled in"),
	F_END};
struct table device_batch_table = {.name = "device_batch",
				   .kind = TABLE_STATE,
				   .fields = device_batch_fields,
				   .size = sizeof(struct device_batch),
				   .keys = 2,
				   .fresh = FRESH_ID,
				   .doc = "the batch of each device"};

const struct field component_fields[] = {
	F_ID(struct component, city, NEEDED, "city"),
	F_ID(struct component, device, NEEDED, "the device"),
	F_INT(struct component, component, NEEDED, 1, RECOVER_TREE_MAX, NULL,
	      "number within the device"),
	F_INT(struct component, parent, NEEDED, 0, RECOVER_TREE_MAX, NULL,
	      "the component that it is in; 0: the device"),
	F_TEXT(struct component, code, NEEDED, 1, 40, "what it is"),
	F_TEXT(struct component, material, COLUMN, 1, 40, "what it is of"),
	F_TEXT(struct component, fraction, COLUMN, 1, 40, "fraction that it goes to"),
	F_TEXT(struct component, hazard, COLUMN, 1, 40, "kind of hazard"),
	F_MG(struct component, mass_mg, COLUMN, "what the scale said"),
	F_ID(struct component, batch, NEEDED, "batch"),
	SEQ(struct component, seq, NEEDED, "entry"),
	F_END};
struct table component_table = {.name = "component",
				.kind = TABLE_STATE,
				.fields = component_fields,
				.size = sizeof(struct component),
				.keys = 3,
				.fresh = FRESH_ID,
				.doc = "what was found in devices, as a tree"};

const struct field lot_fields[] = {
	F_ID(struct lot, city, NEEDED, "city"),
	F_ID(struct lot, lot, NEEDED, "the lot"),
	F_ENUM(struct lot, state, NEEDED, lot_states, "on hand, shipped, receipted"),
	F_ID(struct lot, site, NEEDED, "site"),
	F_TEXT(struct lot, fraction, NEEDED, 1, 40, "the fraction that it holds"),
	F_TEXT(struct lot, waste_code, NEEDED, 1, 12, "European List of Waste; '*': hazardous"),
	F_BOOL(struct lot, hazard, NEEDED, "kept apart"),
	F_MG(struct lot, mass_mg, NEEDED, "weighed out into it"),
	F_ID(struct lot, consignment, COLUMN, "consignment that it went with"),
	F_US(struct lot, opened_us, NEEDED, "begun at"),
	F_END};
struct table lot_table = {.name = "lot",
			  .kind = TABLE_STATE,
			  .fields = lot_fields,
			  .size = sizeof(struct lot),
			  .keys = 2,
			  .fresh = FRESH_ID,
			  .doc = "lots of one fraction each"};

const struct field batch_lot_fields[] = {
	F_ID(struct batch_lot, city, NEEDED, "city"),
	F_ID(struct batch_lot, batch, NEEDED, "the batch"),
	F_ID(struct batch_lot, lot, NEEDED, "the lot"),
	F_MG(struct batch_lot, mass_mg, NEEDED, "what of the lot came from the batch"),
	F_END};
struct table batch_lot_table = {.name = "batch_lot",
				.kind = TABLE_STATE,
				.fields = batch_lot_fields,
				.size = sizeof(struct batch_lot),
				.keys = 3,
				.fresh = FRESH_ID,
				.doc = "which lots a batch gave to"};

const struct field consignment_fields[] = {
	F_ID(struct consignment, city, NEEDED, "city"),
	F_ID(struct consignment, consignment, NEEDED, "the consignment"),
	F_ENUM(struct consignment, state, NEEDED, consignment_states, "shipped, or receipted"),
	F_ID(struct consignment, site, NEEDED, "site that it left from"),
	F_ID(struct consignment, recycler, NEEDED, "party that receives it"),
	F_ID(struct consignment, carrier, COLUMN, "party that carries it"),
	F_TEXT(struct consignment, document, NEEDED, 1, 40, "number of the transport document"),
	F_INT(struct consignment, lots, NEEDED, 1, RECOVER_LOTS_MAX, NULL, "lots"),
	F_MG(struct consignment, mass_mg, NEEDED, "mass shipped"),
	F_US(struct consignment, shipped_us, NEEDED, "shipped at"),
	F_INT(struct consignment, receipts, NEEDED, 0, 1000000, NULL, "receipts and corrections"),
	SEQ(struct consignment, receipt_seq, COLUMN, "entry of the receipt that holds"),
	F_MG(struct consignment, received_mg, COLUMN, "mass received by it"),
	F_MINOR(struct consignment, value_minor, COLUMN, "what the recycler pays"),
	F_MINOR(struct consignment, fee_minor, COLUMN, "what the recycler charges"),
	F_TEXT(struct consignment, certificate, COLUMN, 1, 64, "number of its certificate"),
	F_END};
struct table consignment_table = {.name = "consignment", .kind = TABLE_STATE, .fields = consignment_fields,
				  .size = sizeof(struct consignment), .keys = 2,
				  .fresh = FRESH_ID,
				  .doc = "what was shipped to recyclers"};

const struct field consignment_lot_fields[] = {
	F_ID(struct consignment_lot, city, NEEDED, "city"),
	F_ID(struct consignment_lot, consignment, NEEDED, "the consignment"),
	F_ID(struct consignment_lot, lot, NEEDED, "the lot"),
	F_MG(struct consignment_lot, shipped_mg, NEEDED, "mass shipped"),
	F_MG(struct consignment_lot, received_mg, COLUMN, "mass by the recycler's receipt"),
	F_END};
struct table consignment_lot_table = {.name = "consignment_lot",
				      .kind = TABLE_STATE,
				      .fields = consignment_lot_fields,
				      .size = sizeof(struct consignment_lot),
				      .keys = 3,
				      .fresh = FRESH_ID,
				      .doc = "lots of consignments"};

const struct field receipt_fields[] = {
	F_ID(struct receipt, city, NEEDED, "city"),
	F_ID(struct receipt, consignment, NEEDED, "the consignment"),
	F_INT(struct receipt, n, NEEDED, 1, 1000000, NULL, "1: the receipt; others: corrections"),
	SEQ(struct receipt, seq, NEEDED, "entry"),
	F_US(struct receipt, at_us, NEEDED, "recorded at"),
	F_TEXT(struct receipt, certificate, NEEDED, 1, 64, "number of the recycler's certificate"),
	F_US(struct receipt, dated_us, NEEDED, "the recycler's date"),
	F_MG(struct receipt, received_mg, NEEDED, "mass by the recycler's scale"),
	F_MINOR(struct receipt, value_minor, NEEDED, "what the recycler pays"),
	F_MINOR(struct receipt, fee_minor, NEEDED, "what the recycler charges"),
	SEQ(struct receipt, reverses_seq, COLUMN, "entry that this one corrects"),
	F_ENUM(struct receipt, reason, COLUMN, correct_reasons, "why it corrects"),
	F_END};
struct table receipt_table = {.name = "receipt",
			      .kind = TABLE_STATE,
			      .fields = receipt_fields,
			      .size = sizeof(struct receipt),
			      .keys = 3,
			      .fresh = FRESH_ID,
			      .doc = "recyclers' receipts and corrections"};

static const struct field certificate_fields[] = {
	F_ID(struct certificate, city, NEEDED, "city"),
	F_ID(struct certificate, recycler, NEEDED, "party"),
	F_TEXT(struct certificate, certificate, NEEDED, 1, 64, "number of its certificate"),
	F_ID(struct certificate, consignment, NEEDED, "the consignment that it is for"),
	F_END};
struct table certificate_table = {.name = "certificate", .kind = TABLE_STATE, .fields = certificate_fields,
				  .size = sizeof(struct certificate), .keys = 3,
				  .fresh = FRESH_ID,
				  .doc = "which consignment a recycler's certificate is for"};

static const struct account_kind accounts[] = {
	{SUBJECT_BATCH, "batch", 0, "", "a dismantling batch, for keys"},
	{SUBJECT_CONSIGNMENT, "consignment", 0, "", "a consignment, for keys"},
	{PC_DOWNSTREAM, "pc_downstream", ACCOUNT_PLACE | ACCOUNT_MIN0, "pc",
	 "whole devices consigned to a recycler"},
	{MG_BATCH, "mg_batch", ACCOUNT_MIN0, "mg", "a batch: weighed in and not yet out"},
	{MG_FRACTION, "mg_fraction", ACCOUNT_MIN0, "mg", "a lot of one fraction on hand"},
	{MG_CONSIGNMENT, "mg_consignment", ACCOUNT_MIN0, "mg",
	 "a consignment: shipped, receipt awaited"},
	{MG_DOWNSTREAM, "mg_downstream", 0, "mg",
	 "a consignment: received by the recycler's weights"},
	{MG_RECEIPT_DIFFERENCE, "mg_receipt_difference", 0, "mg",
	 "a consignment: shipped mass that the receipt does not confirm, or more"},
	{MONEY_RECYCLER, "money_recycler", 0, "money",
	 "what a recycler is owed; below zero: what it owes"},
	{MONEY_BATCH, "money_batch", 0, "money", "revenue and cost of a consignment"},
	{0, NULL, 0, NULL, NULL}};

static struct table *const tables[] = {&batch_table,
				       &batch_device_table,
				       &device_batch_table,
				       &component_table,
				       &lot_table,
				       &batch_lot_table,
				       &consignment_table,
				       &consignment_lot_table,
				       &receipt_table,
				       &certificate_table,
				       NULL};
static const struct machine *const machines[] = {&batch_machine, &lot_machine, &consignment_machine, NULL};

const struct batch *batch_get(struct cx *cx, struct tx *tx, int64_t batch)
{
	return tx_get(cx, tx, &batch_table, &(struct batch){.batch = batch});
}

const struct lot *lot_get(struct cx *cx, struct tx *tx, int64_t lot)
{
	return tx_get(cx, tx, &lot_table, &(struct lot){.lot = lot});
}

const struct consignment *consignment_get(struct cx *cx, struct tx *tx, int64_t consignment)
{
	return tx_get(cx, tx, &consignment_table, &(struct consignment){.consignment = consignment});
}

enum err batch_set(struct cx *cx, struct tx *tx, const struct batch *changed)
{
	const void *row;

	if (tx_find(cx, tx, &batch_table, changed, &row))
		return cx->err;
	if (row && tx_step(cx, tx, &batch_machine, "batch", changed->batch,
			   ((const struct batch *)row)->state, changed->state))
		return cx->err;
	return tx_put(cx, tx, &batch_table, changed);
}

enum err lot_set(struct cx *cx, struct tx *tx, const struct lot *changed)
{
	const void *row;

	if (tx_find(cx, tx, &lot_table, changed, &row))
		return cx->err;
	if (row && tx_step(cx, tx, &lot_machine, "lot", changed->lot,
			   ((const struct lot *)row)->state, changed->state))
		return cx->err;
	return tx_put(cx, tx, &lot_table, changed);
}

enum err consignment_set(struct cx *cx, struct tx *tx, const struct consignment *changed)
{
	const void *row;

	if (tx_find(cx, tx, &consignment_table, changed, &row))
		return cx->err;
	if (row && tx_step(cx, tx, &consignment_machine, "consignment", changed->consignment,
			   ((const struct consignment *)row)->state, changed->state))
		return cx->err;
	return tx_put(cx, tx, &consignment_table, changed);
}

#define STAFF (ROLE_CLERK | ROLE_TECHNICIAN | ROLE_ADMIN | ROLE_SYSTEM)
#define BENCH (ROLE_DISMANTLER | ROLE_TECHNICIAN | ROLE_ADMIN | ROLE_SYSTEM)
#define CITY "/v1/cities/{city}/"
#define ACTION(f) .fields = f##_fields, .size = sizeof(struct f), .decide = f##_decide, .apply = f##_apply

static const struct action actions[] = {
	{.type = "recover.send",
	 .v = 1,
	 .method = "POST",
	 .path = CITY "devices/{device}/recovery",
	 .roles = STAFF | ROLE_DISMANTLER,
	 ACTION(recover_send),
	 .doc = "Sends a device to recovery."},
	{.type = "recover.batch_open",
	 .v = 1,
	 .method = "POST",
	 .path = CITY "batches",
	 .roles = BENCH,
	 ACTION(recover_open),
	 .doc = "Opens a dismantling batch."},
	{.type = "recover.weigh_in",
	 .v = 1,
	 .method = "POST",
	 .path = CITY "batches/{batch}/devices",
	 .roles = BENCH,
	 ACTION(recover_weigh_in),
	 .doc = "Weighs a device into a batch; the scale's reading wins."},
	{.type = "recover.component",
	 .v = 1,
	 .method = "POST",
	 .path = CITY "batches/{batch}/components",
	 .roles = BENCH,
	 ACTION(recover_components),
	 .doc = "Records components found in a device of the batch."},
	{.type = "recover.weigh_out",
	 .v = 1,
	 .method = "POST",
	 .path = CITY "batches/{batch}/fractions",
	 .roles = BENCH,
	 ACTION(recover_weigh_out),
	 .doc = "Weighs a fraction out of a batch into a lot."},
	{.type = "recover.gain",
	 .v = 1,
	 .method = "POST",
	 .path = CITY "batches/{batch}/gains",
	 .roles = BENCH,
	 ACTION(recover_gain),
	 .doc = "Records that a batch holds more than was weighed in, with the reason."},
	{.type = "recover.batch_close",
	 .v = 1,
	 .method = "POST",
	 .path = CITY "batches/{batch}/closing",
	 .roles = BENCH,
	 ACTION(recover_close),
	 .doc = "Closes a batch; what is left is a recorded loss with its reason."},
	{.type = "recover.consign",
	 .v = 1,
	 .method = "POST",
	 .path = CITY "consignments",
	 .roles = STAFF | ROLE_DISMANTLER,
	 ACTION(recover_consign),
	 .doc = "Ships lots to a recycler."},
	{.type = "recover.receipt",
	 .v = 1,
	 .method = "POST",
	 .path = CITY "consignments/{consignment}/receipt",
	 .roles = STAFF,
	 ACTION(recover_receipt),
	 .doc = "Records the recycler's receipt: its weights, certificate and payment."},
	{.type = "recover.receipt_correct",
	 .v = 1,
	 .method = "POST",
	 .path = CITY "consignments/{consignment}/corrections",
	 .roles = STAFF,
	 .fields = recover_correct_fields,
	 .size = sizeof(struct recover_receipt),
	 .decide = recover_correct_decide,
	 .apply = recover_correct_apply,
	 .doc = "Corrects a receipt by a new entry that reverses the one before."},
	{.type = NULL}};

const struct feature recover_feature = {
	.name = "recover", .tables = tables, .accounts = accounts, .machines = machines, .actions = actions,
	.views = recover_views, .check_entry = recover_check_entry, .check_city = recover_check_city};
