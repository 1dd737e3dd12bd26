/* stock.c: the tables, the names, the machine of a sale, and the feature. */
#include "programme/stock/internal.h"

const char *const sale_states[] = {"reserved", "delivered", "cancelled", "returned", NULL};
const char *const return_reasons[] = {"changed_mind", "not_as_described", "defective", "other", NULL};
const char *const disposition_choices[] = {"resale", "recovery", NULL};
const char *const disposition_reasons[] = {"legal", "safety", "demand", "customer", "trial", NULL};
const char *const buyer_payment_kinds[] = {"deposit", "refund", NULL};
const char *const part_directions[] = {"in", "out", NULL};
const char *const stocktake_results[] = {"lost", "missing", "unexpected", "unknown", NULL};

static const struct machine_move sale_moves[] = {
	{"stock.cancel_sale", STATE(SALE_RESERVED), SALE_CANCELLED},
	{"stock.deliver", STATE(SALE_RESERVED), SALE_DELIVERED},
	{"stock.return", STATE(SALE_DELIVERED), SALE_RETURNED},
	{NULL, 0, 0}};
const struct machine sale_machine = {"sale", sale_states, sale_moves};

const struct field sale_fields[] = {
	F_ID(struct sale, city, NEEDED, "city"),
	F_ID(struct sale, sale, NEEDED, "the sale"),
	F_ENUM(struct sale, state, NEEDED, sale_states, "where it stands"),
	F_ID(struct sale, device, NEEDED, "the device"),
	F_ID(struct sale, buyer, NEEDED, "party that buys"),
	F_ID(struct sale, site, NEEDED, "site that the device leaves from"),
	F_MINOR(struct sale, price_minor, NEEDED, "price, tax included"),
	F_MINOR(struct sale, tax_minor, NEEDED, "tax in the price"),
	F_TEXT(struct sale, tax_code, COLUMN, 1, 16, "tax code"),
	F_INT(struct sale, tax_bp, COLUMN, 0, 10000, "bp", "tax rate"),
	F_BOOL(struct sale, margin, COLUMN, "taxed on the margin"),
	F_MINOR(struct sale, cost_minor, COLUMN, "what the programme paid for it"),
	SEQ(struct sale, pending_seq, NEEDED | HIDE, "entry of the promises"),
	SEQ(struct sale, pending_n, NEEDED | HIDE, "the promise of the price"),
	SEQ(struct sale, pending_tax_n, COLUMN | HIDE, "the promise of the tax"),
	F_US(struct sale, sold_us, NEEDED, "sold at"),
	F_US(struct sale, delivered_us, COLUMN, "delivered at"),
	SEQ(struct sale, delivered_seq, COLUMN, "entry of the delivery"),
	F_US(struct sale, return_until_us, COLUMN, "the buyer may return it before"),
	F_MG(struct sale, mass_mg, COLUMN, "mass delivered"),
	F_US(struct sale, returned_us, COLUMN, "returned at"),
	SEQ(struct sale, returned_seq, COLUMN, "entry of the return"),
	F_ENUM(struct sale, reason, COLUMN, return_reasons, "why it was returned"),
	F_END};
struct table sale_table = {.name = "sale",
			   .kind = TABLE_STATE,
			   .fields = sale_fields,
			   .size = sizeof(struct sale),
			   .keys = 2,
			   .fresh = FRESH_ID,
			   .doc = "sales at a fixed price"};

static const struct field stock_device_fields[] = {
	F_ID(struct stock_device, city, NEEDED, "city"),
	F_ID(struct stock_device, device, NEEDED, "the device"),
	F_US(struct stock_device, received_us, COLUMN, "in stock since"),
	F_ID(struct stock_device, shelf_site, COLUMN, "the site whose shelf has it"),
	SEQ(struct stock_device, opened_seq, COLUMN, "entry since which erasure must be proven anew"),
	F_ENUM(struct stock_device, choice, COLUMN, disposition_choices, "newest disposition"),
	SIGNED_MINOR(struct stock_device, resale_minor, COLUMN, "expected by resale"),
	SIGNED_MINOR(struct stock_device, recovery_minor, COLUMN, "expected by recovery"),
	F_END};
struct table stock_device_table = {.name = "stock_device",
				   .kind = TABLE_STATE,
				   .fields = stock_device_fields,
				   .size = sizeof(struct stock_device),
				   .keys = 2,
				   .fresh = FRESH_ID,
				   .doc = "what stock keeps of a device"};

static const struct field shelf_fields[] = {
	F_ID(struct shelf, city, NEEDED, "city"),
	F_ID(struct shelf, site, NEEDED, "site"),
	F_ID(struct shelf, device, NEEDED, "a device that came into stock there"),
	F_END};
struct table shelf_table = {.name = "shelf",
			    .kind = TABLE_STATE,
			    .fields = shelf_fields,
			    .size = sizeof(struct shelf),
			    .keys = 3,
			    .fresh = FRESH_ID,
			    .doc = "devices that came into stock at each site"};

const struct field price_change_fields[] = {
	F_ID(struct price_change, city, NEEDED, "city"),
	F_ID(struct price_change, device, NEEDED, "the device"),
	SEQ(struct price_change, seq, NEEDED, "entry"),
	F_US(struct price_change, at_us, NEEDED, "at"),
	F_MINOR(struct price_change, price_minor, COLUMN, "asking price; absent: taken off"),
	F_ID(struct price_change, sale, COLUMN, "the sale at this price"),
	F_END};
const struct field disposition_fields[] = {
	F_ID(struct disposition, city, NEEDED, "city"),
	F_ID(struct disposition, device, NEEDED, "the device"),
	SEQ(struct disposition, seq, NEEDED, "entry"),
	F_US(struct disposition, at_us, NEEDED, "decided at"),
	F_ENUM(struct disposition, choice, NEEDED, disposition_choices, "what was decided"),
	F_ENUM(struct disposition, computed, NEEDED, disposition_choices, "what the rule says"),
	F_ENUM(struct disposition, reason, COLUMN, disposition_reasons, "why they differ"),
	F_MINOR(struct disposition, price_minor, NEEDED, "the price list's price for the facts"),
	SIGNED_MINOR(struct disposition, resale_minor, NEEDED, "expected by resale"),
	SIGNED_MINOR(struct disposition, recovery_minor, NEEDED, "expected by recovery"),
	F_MINOR(struct disposition, repair_minor, NEEDED, "repairs reckoned with"),
	F_INT(struct disposition, sold_bp, NEEDED, 0, 10000, "bp", "how likely a sale is"),
	F_HEX(struct disposition, rule, NEEDED, 32, "digest of the recovery rule"),
	F_END};
static const struct field buyer_payment_fields[] = {
	F_ID(struct buyer_payment, city, NEEDED, "city"),
	F_TEXT(struct buyer_payment, reference, NEEDED, 1, 64, "the bank's reference"),
	F_ENUM(struct buyer_payment, kind, NEEDED, buyer_payment_kinds, "in or out"),
	F_ID(struct buyer_payment, buyer, NEEDED, "party"),
	F_MINOR(struct buyer_payment, amount_minor, NEEDED, "amount"),
	SEQ(struct buyer_payment, seq, NEEDED, "entry"),
	F_US(struct buyer_payment, at_us, NEEDED, "at"),
	F_END};
struct table buyer_payment_table = {.name = "buyer_payment",
				    .kind = TABLE_STATE,
				    .fields = buyer_payment_fields,
				    .size = sizeof(struct buyer_payment),
				    .keys = 2,
				    .doc = "money of buyers in and out of the bank"};

const struct field repair_part_fields[] = {
	F_ID(struct repair_part, city, NEEDED, "city"),
	F_ID(struct repair_part, repair, NEEDED, "the repair"),
	F_INT(struct repair_part, n, NEEDED, 1, STOCK_PARTS_MAX, NULL, "part of it"),
	F_ID(struct repair_part, device, NEEDED, "the device"),
	SEQ(struct repair_part, seq, NEEDED, "entry"),
	F_TEXT(struct repair_part, code, NEEDED, 1, 40, "what part"),
	F_ENUM(struct repair_part, direction, NEEDED, part_directions, "fitted or taken out"),
	F_MG(struct repair_part, mass_mg, NEEDED, "its mass"),
	F_MINOR(struct repair_part, cost_minor, NEEDED, "its cost"),
	F_INT(struct repair_part, medium, COLUMN, 1, MEDIA_MAX, NULL, "the storage medium that it is"),
	F_US(struct repair_part, at_us, NEEDED, "at"),
	F_END};
struct table repair_part_table = {.name = "repair_part",
				  .kind = TABLE_STATE,
				  .fields = repair_part_fields,
				  .size = sizeof(struct repair_part),
				  .keys = 3,
				  .fresh = FRESH_ID,
				  .doc = "parts fitted and taken out"};

const struct field stocktake_fields[] = {
	F_ID(struct stocktake, city, NEEDED, "city"),
	F_ID(struct stocktake, stocktake, NEEDED, "the stocktake"),
	F_ID(struct stocktake, site, NEEDED, "site"),
	F_US(struct stocktake, taken_us, NEEDED, "counted at"),
	F_INT(struct stocktake, expected, NEEDED, 0, STOCK_SITE_MAX, NULL,
	      "devices that the books have there"),
	F_INT(struct stocktake, seen, NEEDED, 0, STOCK_SITE_MAX, NULL, "devices counted"),
	F_INT(struct stocktake, lost, NEEDED, 0, STOCK_LOST_MAX, NULL, "written off"),
	F_INT(struct stocktake, missing, NEEDED, 0, STOCK_SITE_MAX, NULL,
	      "not seen, not written off"),
	F_INT(struct stocktake, unexpected, NEEDED, 0, STOCK_SITE_MAX, NULL,
	      "seen, but not there by the books"),
	F_END};
struct table stocktake_table = {.name = "stocktake", .kind = TABLE_STATE, .fields = stocktake_fields,
				.size = sizeof(struct stocktake), .keys = 2,
				.fresh = FRESH_ID, .doc = "stocktakes"};

const struct field stocktake_line_fields[] = {
	F_ID(struct stocktake_line, city, NEEDED, "city"),
	F_ID(struct stocktake_line, stocktake, NEEDED, "the stocktake"),
	F_ID(struct stocktake_line, device, NEEDED, "the device"),
	F_ENUM(struct stocktake_line, result, NEEDED, stocktake_results, "what was found"),
	F_ENUM(struct stocktake_line, state, COLUMN, device_states, "the device's state then"),
	F_END};
struct table stocktake_line_table = {.name = "stocktake_line",
				     .kind = TABLE_STATE,
				     .fields = stocktake_line_fields,
				     .size = sizeof(struct stocktake_line),
				     .keys = 3,
				     .fresh = FRESH_ID,
				     .doc = "what a stocktake found to differ"};

static const struct account_kind accounts[] = {
	{SUBJECT_SALE, "sale", 0, "", "a sale, for keys"},
	{MG_SOLD, "mg_sold", ACCOUNT_MIN0, "mg", "mass of a device that was sold", SUBJECT_DEVICE},
	{MG_PARTS_IN, "mg_parts_in", 0, "mg", "parts fitted come from here"},
	{MG_PARTS_OUT, "mg_parts_out", 0, "mg", "parts taken out go here"},
	{MONEY_BUYER, "money_buyer", ACCOUNT_MIN0, "money", "a buyer's deposits and refunds"},
	{MONEY_TAX, "money_tax", 0, "money", "tax owed"},
	{MONEY_REPAIR, "money_repair", 0, "money", "repair and parts cost"},
	{MONEY_LOSS, "money_loss", 0, "money", "compensation, shrinkage, write-off"},
	{0, NULL, 0, NULL, NULL}};

static struct table *const tables[] = {
	&sale_table, &stock_device_table, &shelf_table,
	&buyer_payment_table, &repair_part_table, &stocktake_table, &stocktake_line_table, NULL};
static const struct machine *const machines[] = {&sale_machine, NULL};

const struct sale *sale_get(struct cx *cx, struct tx *tx, int64_t sale)
{
	return tx_get(cx, tx, &sale_table, &(struct sale){.sale = sale});
}

enum err sale_check(struct cx *cx, struct tx *tx, const struct sale *s, int64_t to)
{
	return tx_check_move(cx, tx, &sale_machine, "sale", s->sale, s->state, to);
}

enum err sale_set(struct cx *cx, struct tx *tx, const struct sale *changed)
{
	const void *row;

	if (tx_find(cx, tx, &sale_table, changed, &row))
		return cx->err;
	if (row && tx_step(cx, tx, &sale_machine, "sale", changed->sale,
			   ((const struct sale *)row)->state, changed->state))
		return cx->err;
	if (tx_touch(cx, tx, ACCOUNT(SUBJECT_PARTY, changed->buyer)))
		return cx->err;
	return tx_put(cx, tx, &sale_table, changed);
}

enum err stock_device_find(struct cx *cx, struct tx *tx, int64_t device, struct stock_device *out)
{
	const void *row;

	if (tx_find(cx, tx, &stock_device_table, &(struct stock_device){.device = device}, &row))
		return cx->err;
	if (row) {
		*out = *(const struct stock_device *)row;
		return ERR_OK;
	}
	field_init(stock_device_fields, out);
	out->city = tx_city(tx);
	out->device = device;
	return ERR_OK;
}

enum err stock_off_shelf(struct cx *cx, struct tx *tx, int64_t device)
{
	struct stock_device kept;

	if (stock_device_find(cx, tx, device, &kept))
		return cx->err;
	if (kept.shelf_site == FIELD_NONE)
		return ERR_OK;
	if (tx_del(cx, tx, &shelf_table,
		   &(struct shelf){.city = kept.city, .site = kept.shelf_site, .device = device}))
		return cx->err;
	kept.shelf_site = FIELD_NONE;
	return tx_put(cx, tx, &stock_device_table, &kept);
}

enum err stock_reopen(struct cx *cx, struct tx *tx, int64_t device)
{
	struct stock_device kept;

	if (stock_off_shelf(cx, tx, device) || stock_device_find(cx, tx, device, &kept))
		return cx->err;
	kept.opened_seq = tx_seq(tx);
	kept.received_us = kept.choice = kept.resale_minor = kept.recovery_minor = FIELD_NONE;
	return tx_put(cx, tx, &stock_device_table, &kept);
}

enum err stock_put_on_shelf(struct cx *cx, struct tx *tx, int64_t device, int64_t site)
{
	struct stock_device kept;

	if (stock_device_find(cx, tx, device, &kept))
		return cx->err;
	if (kept.shelf_site == site)
		return ERR_OK;
	if (stock_off_shelf(cx, tx, device) ||
	    tx_put(cx, tx, &shelf_table, &(struct shelf){.city = kept.city, .site = site, .device = device}))
		return cx->err;
	kept.shelf_site = site;
	return tx_put(cx, tx, &stock_device_table, &kept);
}

enum err stock_arrived(struct cx *cx, struct tx *tx, int64_t device, int64_t site)
{
	struct stock_device kept;

	if (stock_device_find(cx, tx, device, &kept))
		return cx->err;
	return kept.received_us == FIELD_NONE ? ERR_OK : stock_put_on_shelf(cx, tx, device, site);
}

enum err stock_cost(struct cx *cx, struct tx *tx, const struct device *d, int64_t *cost_minor)
{
	const struct item *i;

	if (d->item == FIELD_NONE) {
		*cost_minor = 0;
		return ERR_OK;
	}
	i = item_get(cx, tx, d->item);
	if (!i)
		return cx->err;
	*cost_minor = field_or(i->agreed_minor, 0);
	return ERR_OK;
}

enum err stock_check_hold(struct cx *cx, struct tx *tx, const struct device *d)
{
	if (d->hold_until_us == FIELD_NONE || d->hold_until_us <= tx_now_us(tx))
		return ERR_OK;
	cx_fail(cx, ERR_CONFLICT,
		"device %lld is under a statutory hold: it may not be resold before %s",
		(long long)d->device, time_rfc3339(cx, d->hold_until_us));
	cx_hint(cx, "hold_until_us", "%lld", (long long)d->hold_until_us);
	return cx->err;
}

enum err stock_check_code(struct cx *cx, const char *name, const char *code)
{
	for (const char *p = code; *p; p++)
		if (!((*p >= '0' && *p <= '9') || (*p >= 'A' && *p <= 'Z') || (*p >= 'a' && *p <= 'z') ||
		      strchr("-._/:+", *p)))
			return cx_fail(cx, ERR_INVALID,
				       "%s: only letters, digits and -._/:+ may stand in it", name);
	return ERR_OK;
}

#define COUNTER (ROLE_CLERK | ROLE_TECHNICIAN | ROLE_ADMIN | ROLE_SYSTEM)
#define CITY "/v1/cities/{city}/"
#define DEVICE CITY "devices/{device}/"
#define SALE CITY "sales/{sale}/"
#define ACTION(f) .fields = f##_fields, .size = sizeof(struct f), .decide = f##_decide, .apply = f##_apply
#define PAYMENT(f) \
	.fields = f##_fields, .size = sizeof(struct stock_payment), .decide = f##_decide, .apply = f##_apply

static const struct action actions[] = {
	{.type = "stock.receive",
	 .v = 1,
	 .method = "POST",
	 .path = DEVICE "stock",
	 .roles = COUNTER,
	 ACTION(stock_receive),
	 .doc = "Takes an erased device, or one without storage, into stock."},
	{.type = "stock.dispose",
	 .v = 1,
	 .method = "POST",
	 .path = DEVICE "dispositions",
	 .roles = COUNTER,
	 ACTION(stock_dispose),
	 .doc = "Decides by expected value whether a device is resold or recovered."},
	{.type = "stock.list",
	 .v = 1,
	 .method = "POST",
	 .path = DEVICE "listing",
	 .roles = COUNTER,
	 ACTION(stock_list),
	 .doc = "Offers a device at a fixed price, or changes the price."},
	{.type = "stock.unlist",
	 .v = 1,
	 .method = "DELETE",
	 .path = DEVICE "listing",
	 .roles = COUNTER,
	 ACTION(stock_unlist),
	 .doc = "Takes an offer back."},
	{.type = "stock.deposit",
	 .v = 1,
	 .method = "POST",
	 .path = CITY "buyers/{buyer}/deposits",
	 .roles = ROLE_CLERK | ROLE_ADMIN | ROLE_SYSTEM,
	 PAYMENT(stock_deposit),
	 .doc = "Notes money that a buyer paid in to the bank."},
	{.type = "stock.refund",
	 .v = 1,
	 .method = "POST",
	 .path = CITY "buyers/{buyer}/refunds",
	 .roles = ROLE_CLERK | ROLE_ADMIN | ROLE_SYSTEM,
	 PAYMENT(stock_refund),
	 .doc = "Pays a buyer's credit back by the bank."},
	{.type = "stock.sell",
	 .v = 1,
	 .method = "POST",
	 .path = DEVICE "sales",
	 .roles = COUNTER | ROLE_BUYER,
	 ACTION(stock_sell),
	 .doc = "Sells a listed device to a buyer whose deposit covers the price."},
	{.type = "stock.cancel_sale",
	 .v = 1,
	 .method = "POST",
	 .path = SALE "cancellation",
	 .roles = COUNTER | ROLE_BUYER,
	 ACTION(stock_cancel),
	 .doc = "Cancels a sale before delivery."},
	{.type = "stock.deliver",
	 .v = 1,
	 .method = "POST",
	 .path = SALE "delivery",
	 .roles = COUNTER,
	 ACTION(stock_deliver),
	 .doc = "Hands a sold device to its buyer; the money becomes due."},
	{.type = "stock.return",
	 .v = 1,
	 .method = "POST",
	 .path = SALE "return",
	 .roles = COUNTER,
	 ACTION(stock_return),
	 .doc = "Takes a device back from its buyer within the window and credits the price."},
	{.type = "stock.repair",
	 .v = 1,
	 .method = "POST",
	 .path = DEVICE "repairs",
	 .roles = COUNTER,
	 ACTION(stock_repair),
	 .doc = "Records parts fitted and taken out, with their mass and cost."},
	{.type = "stock.stocktake",
	 .v = 1,
	 .method = "POST",
	 .path = CITY "sites/{site}/stocktakes",
	 .roles = COUNTER,
	 ACTION(stock_stocktake),
	 .doc = "Counts the stock of a site; what is missing is written off and shown."},
	{.type = NULL}};

const struct feature stock_feature = {
	.name = "stock", .tables = tables, .accounts = accounts, .machines = machines, .actions = actions,
	.views = stock_views, .check_entry = stock_check_entry, .check_city = stock_check_city};
