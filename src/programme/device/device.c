#include "programme/device/device.h"

#include "codec/text.h"
#include "programme/device/parts.h"

const struct field device_fields[] = {DEVICE_COLUMNS, F_END};
struct table device_table = {.name = "device",
			     .kind = TABLE_STATE,
			     .fields = device_fields,
			     .size = sizeof(struct device),
			     .keys = 2,
			     .fresh = FRESH_ID,
			     .doc = "every device that was ever taken in, as it is now"};

static const struct field identifier_fields[] = {
	F_ID(struct identifier, city, COLUMN, "city"),
	F_ID(struct identifier, device, COLUMN, "the device"),
	F_INT(struct identifier, n, COLUMN, 1, 1000000, NULL, "number of the claim"),
	F_ENUM(struct identifier, kind, COLUMN, identifier_kinds, "kind of identity"),
	F_HEX(struct identifier, blind, HIDDEN, 16, "keyed digest for searching"),
	F_INT(struct identifier, vault_seq, HIDDEN, 0, JSON_INT_MAX, NULL, "entry that sealed the text"),
	F_INT(struct identifier, vault_n, HIDDEN, 0, JSON_INT_MAX, NULL, "its number in that entry"),
	F_US(struct identifier, from_us, COLUMN, "claimed since"),
	F_US(struct identifier, to_us, COLUMN, "claimed until"),
	F_END};
struct table identifier_table = {
	.name = "identifier", .kind = TABLE_STATE, .fields = identifier_fields,
	.size = sizeof(struct identifier), .keys = 3,
	.fresh = FRESH_ID, .doc = "dated claims of a device's identity"};

static const struct field identifier_index_fields[] = {
	F_ID(struct identifier_index, city, COLUMN, "city"),
	F_HEX(struct identifier_index, blind, COLUMN, 16, "keyed digest of a claim"),
	F_ID(struct identifier_index, device, COLUMN, "a device that claims it"),
	F_INT(struct identifier_index, n, COLUMN, 1, 1000000, NULL, "number of the claim"),
	F_END};
struct table identifier_index_table = {
	.name = "identifier_index", .kind = TABLE_STATE, .fields = identifier_index_fields,
	.size = sizeof(struct identifier_index), .keys = 4, .doc = "claims of identity by keyed digest"};

const struct field medium_fields[] = {
	F_ID(struct medium, city, COLUMN, "city"),
	F_ID(struct medium, device, COLUMN, "the device"),
	F_INT(struct medium, medium, COLUMN, 1, MEDIA_MAX, NULL, "number within the device"),
	F_ENUM(struct medium, kind, COLUMN, medium_kinds, "kind of medium"),
	F_ENUM(struct medium, state, COLUMN, medium_states, "what is known of its data"),
	F_INT(struct medium, capacity_gb, COLUMN, 0, 1000000, "GB", "capacity"),
	F_INT(struct medium, attempts, COLUMN, 0, 1000000, NULL, "erasures attempted"),
	F_INT(struct medium, last_seq, COLUMN, 0, JSON_INT_MAX, NULL, "entry of the last attempt"),
	F_END};
struct table medium_table = {.name = "medium",
			     .kind = TABLE_STATE,
			     .fields = medium_fields,
			     .size = sizeof(struct medium),
			     .keys = 3,
			     .fresh = FRESH_ID,
			     .doc = "storage media of devices"};

static const struct field device_link_fields[] = {
	F_ID(struct device_link, city, COLUMN, "city"),
	F_ID(struct device_link, device, COLUMN, "a device"),
	F_ID(struct device_link, same_as, COLUMN, "another id of the same thing"),
	F_US(struct device_link, from_us, COLUMN, "merged at"),
	F_US(struct device_link, to_us, COLUMN, "merge undone at"),
	F_END};
struct table device_link_table = {.name = "device_link",
				  .kind = TABLE_STATE,
				  .fields = device_link_fields,
				  .size = sizeof(struct device_link),
				  .keys = 3,
				  .fresh = FRESH_ID,
				  .doc = "device ids that are the same thing, reversible"};

static const struct account_kind device_accounts[] = {
	{SUBJECT_DEVICE, "device", 0, "", "a device, for keys and histories"},
	{SUBJECT_MEDIUM, "medium", 0, "", "a storage medium, for keys"},
	{PC_OUTSIDE, "pc_outside", 0, "pc", "where devices come from"},
	{PC_CUSTODY, "pc_custody", ACCOUNT_PLACE | ACCOUNT_MIN0, "pc", "devices at a site"},
	{PC_TRANSIT, "pc_transit", ACCOUNT_PLACE | ACCOUNT_MIN0, "pc", "devices with a carrier"},
	{PC_BUYER, "pc_buyer", ACCOUNT_PLACE | ACCOUNT_MIN0, "pc", "devices delivered to a buyer"},
	{PC_DISMANTLED, "pc_dismantled", ACCOUNT_PLACE | ACCOUNT_MIN0, "pc", "devices taken apart"},
	{PC_RETURNED, "pc_returned", ACCOUNT_PLACE | ACCOUNT_MIN0, "pc", "devices back with their owners"},
	{PC_LOST, "pc_lost", ACCOUNT_PLACE | ACCOUNT_MIN0, "pc", "devices lost"},
	{PC_SEIZED, "pc_seized", ACCOUNT_PLACE | ACCOUNT_MIN0, "pc", "devices given to an authority"},
	{MG_OUTSIDE, "mg_outside", 0, "mg", "where mass comes from"},
	{MG_DEVICE, "mg_device", ACCOUNT_MIN0, "mg", "mass of a device on hand", SUBJECT_DEVICE},
	{MG_RETURNED, "mg_returned", ACCOUNT_MIN0, "mg", "mass returned to owners"},
	{MG_LOSS, "mg_loss", 0, "mg", "recorded loss: dust, moisture, lost or seized devices"},
	{MG_GAIN, "mg_gain", 0, "mg", "recorded gain is given from here"},
	{MG_MEASUREMENT, "mg_measurement", 0, "mg", "nominal mass against the scale's reading"},
	{0, NULL, 0, NULL, NULL}};

static struct table *const device_tables[] = {
	&device_table, &identifier_table, &identifier_index_table, &medium_table,
	&device_link_table, NULL};
static const struct machine *const device_machines[] = {&device_machine, &medium_machine, NULL};

void device_label(char out[32], int64_t device)
{
	code_make(out, device, 8);
}

const struct device *device_get(struct cx *cx, struct tx *tx, int64_t device)
{
	const struct device key = {.city = tx_city(tx), .device = device};

	return tx_get(cx, tx, &device_table, &key);
}

enum err device_set(struct cx *cx, struct tx *tx, const struct device *changed)
{
	struct device d = *changed;
	const void *row;
	int64_t subject = ACCOUNT(SUBJECT_DEVICE, d.device);

	d.city = tx_city(tx);
	if (tx_find(cx, tx, &device_table, &d, &row))
		return cx->err;
	const struct device *old = row;
	if (!old || old->state != d.state)
		d.since_us = tx_now_us(tx);
	if (!old || old->custody != d.custody)
		d.moved_us = tx_now_us(tx);
	if (old && old->state != d.state) {
		if (tx_move(cx, tx, &device_machine, "device", subject, old->state, d.state))
			return cx->err;
	} else if (tx_touch(cx, tx, subject)) {
		return cx->err;
	}
	return tx_put(cx, tx, &device_table, &d);
}

enum err device_check(struct cx *cx, struct tx *tx, const struct device *d, int64_t to)
{
	if (d->to_site != FIELD_NONE)
		return cx_fail(cx, ERR_CONFLICT,
			       "device %lld is on its way to site %lld: device.arrive comes first",
			       (long long)d->device, (long long)d->to_site);
	return tx_check_move(cx, tx, &device_machine, "device", d->device, d->state, to);
}

bool device_on_hand(const struct device *d)
{
	return account_code(d->custody) == PC_CUSTODY || account_code(d->custody) == PC_TRANSIT;
}

enum err device_move_piece(struct cx *cx, struct tx *tx, const struct device *d, int64_t to_account)
{
	return tx_move_amount(cx, tx, d->custody, to_account, "pc", 1);
}

enum err device_weigh(struct cx *cx, struct tx *tx, const struct device *d, int64_t mass_mg)
{
	int64_t own = ACCOUNT(MG_DEVICE, d->device), scale = ACCOUNT(MG_MEASUREMENT, 0);

	if (mass_mg >= d->mass_mg)
		return tx_move_amount(cx, tx, scale, own, "mg", mass_mg - d->mass_mg);
	return tx_move_amount(cx, tx, own, scale, "mg", d->mass_mg - mass_mg);
}


#define AT "/v1/cities/{city}/devices/{device}/"
#define BENCH (ROLE_TECHNICIAN | ROLE_DISMANTLER | ROLE_ADMIN)
#define STAFF (BENCH | ROLE_CLERK)

static const struct action device_actions[] = {
	{.type = "device.identify",
	 .v = 1,
	 .method = "POST",
	 .path = AT "identifiers",
	 .roles = STAFF,
	 .fields = device_identify_fields,
	 .size = sizeof(struct device_identify),
	 .decide = device_identify_decide,
	 .apply = device_identify_apply,
	 .doc = "Adds claims of identity, or ends them."},
	{.type = "device.merge",
	 .v = 1,
	 .method = "POST",
	 .path = AT "merge",
	 .roles = BENCH,
	 .fields = device_merge_fields,
	 .size = sizeof(struct device_merge),
	 .decide = device_merge_decide,
	 .apply = device_merge_apply,
	 .doc = "Says that two device ids are one thing."},
	{.type = "device.unmerge",
	 .v = 1,
	 .method = "POST",
	 .path = AT "unmerge",
	 .roles = BENCH,
	 .fields = device_merge_fields,
	 .size = sizeof(struct device_merge),
	 .decide = device_unmerge_decide,
	 .apply = device_unmerge_apply,
	 .doc = "Takes a merge back."},
	{.type = "device.weigh",
	 .v = 1,
	 .method = "POST",
	 .path = AT "weighings",
	 .roles = STAFF,
	 .fields = device_reading_fields,
	 .size = sizeof(struct device_reading),
	 .decide = device_reading_decide,
	 .apply = device_reading_apply,
	 .doc = "Records the scale's reading, which replaces the mass so far."},
	{.type = "device.medium",
	 .v = 1,
	 .method = "POST",
	 .path = AT "media",
	 .roles = BENCH,
	 .fields = device_medium_fields,
	 .size = sizeof(struct device_medium),
	 .decide = device_medium_decide,
	 .apply = device_medium_apply,
	 .doc = "Adds a storage medium, which must be erased before the device leaves."},
	{.type = "device.ship",
	 .v = 1,
	 .method = "POST",
	 .path = AT "ship",
	 .roles = STAFF,
	 .fields = device_ship_fields,
	 .size = sizeof(struct device_ship),
	 .decide = device_ship_decide,
	 .apply = device_ship_apply,
	 .doc = "Sends a device to another site."},
	{.type = "device.arrive",
	 .v = 1,
	 .method = "POST",
	 .path = AT "arrive",
	 .roles = STAFF,
	 .fields = device_arrive_fields,
	 .size = sizeof(struct device_arrive),
	 .decide = device_arrive_decide,
	 .apply = device_arrive_apply,
	 .doc = "Takes a device in that another site sent."},
	{.type = "device.hold",
	 .v = 1,
	 .method = "POST",
	 .path = AT "hold",
	 .roles = STAFF,
	 .fields = device_hold_fields,
	 .size = sizeof(struct device_hold),
	 .decide = device_hold_decide,
	 .apply = device_hold_apply,
	 .doc = "Interrupts a device's life until it is released."},
	{.type = "device.release",
	 .v = 1,
	 .method = "POST",
	 .path = AT "release",
	 .roles = STAFF,
	 .fields = device_release_fields,
	 .size = sizeof(struct device_release),
	 .decide = device_release_decide,
	 .apply = device_release_apply,
	 .doc = "Ends a hold; the device goes on where it was."},
	{.type = "device.seize",
	 .v = 1,
	 .method = "POST",
	 .path = AT "seize",
	 .roles = ROLE_ADMIN | ROLE_CLERK,
	 .fields = device_gone_fields,
	 .size = sizeof(struct device_gone),
	 .decide = device_seize_decide,
	 .apply = device_seize_apply,
	 .doc = "Gives a held device to an authority."},
	{.type = "device.lose",
	 .v = 1,
	 .method = "POST",
	 .path = AT "lose",
	 .roles = STAFF,
	 .fields = device_gone_fields,
	 .size = sizeof(struct device_gone),
	 .decide = device_lose_decide,
	 .apply = device_lose_apply,
	 .doc = "Records that a device cannot be found."},
	{.type = "device.find",
	 .v = 1,
	 .method = "POST",
	 .path = AT "find",
	 .roles = STAFF,
	 .fields = device_find_fields,
	 .size = sizeof(struct device_find),
	 .decide = device_find_decide,
	 .apply = device_find_apply,
	 .doc = "Records that a lost device was found again."},
	{.type = NULL}};

const struct feature device_feature = {
	.name = "device", .tables = device_tables, .accounts = device_accounts, .machines = device_machines,
	.actions = device_actions, .views = device_views, .check_city = device_audit_city};
