#include "programme/tradein/tradein.h"

#include "programme/evidence/evidence.h"
#include "programme/settle/settle.h"
#include "programme/tradein/parts.h"

const char *const item_states[] = {"booked",	"in_custody", "inspected", "offered",
				   "agreed",	"paying",     "paid",	   "payout_failed",
				   "returning", "returned",   "cancelled", "lapsed",
				   "lost",	"netted",     "seized",	   "kept", NULL};
const char *const order_channels[] = {"drop_off", "courier", "doorstep", NULL};

/* --- the machine --- */

#define I(name) STATE(ITEM_##name)
#define NOT_AGREED (I(CUSTODY) | I(INSPECTED) | I(OFFERED))

static const struct machine_move item_moves[] = {
	{"tradein.give", I(BOOKED), ITEM_BOOKED},
	{"tradein.give", I(BOOKED), ITEM_CUSTODY},
	{"tradein.give", I(BOOKED), ITEM_KEPT},
	{"tradein.take_in", I(BOOKED), ITEM_BOOKED},
	{"tradein.take_in", I(BOOKED), ITEM_CUSTODY},
	{"tradein.take_in", I(BOOKED), ITEM_KEPT},
	/* custody alone: nothing else is done with it before the owner's yes */
	{"tradein.propose", I(KEPT), ITEM_KEPT},
	{"tradein.accept", I(KEPT), ITEM_CUSTODY},
	{"tradein.cancel", I(BOOKED), ITEM_CANCELLED},
	{"tradein.lapse", I(BOOKED), ITEM_LAPSED},
	{"inspect.record", NOT_AGREED, ITEM_INSPECTED}, /* locked, or on the stolen list: no price yet */
	{"inspect.record", NOT_AGREED, ITEM_OFFERED},
	{"inspect.record", NOT_AGREED, ITEM_AGREED},
	{"inspect.record", NOT_AGREED, ITEM_NETTED},
	/* looked at again as ours: the grade may change, the price does not */
	{"inspect.record", I(AGREED), ITEM_AGREED},
	{"inspect.record", I(PAYING), ITEM_PAYING},
	{"inspect.record", I(PAID), ITEM_PAID},
	{"inspect.record", I(PAYOUT_FAILED), ITEM_PAYOUT_FAILED},
	{"inspect.record", I(NETTED), ITEM_NETTED},
	{"inspect.record", I(LOST), ITEM_LOST}, /* compensated, and found again */
	{"tradein.accept", I(OFFERED), ITEM_AGREED},
	{"tradein.accept", I(OFFERED), ITEM_NETTED},
	{"tradein.decline", NOT_AGREED | I(KEPT), ITEM_RETURNING},
	{"tradein.lapse", I(OFFERED) | I(INSPECTED) | I(KEPT), ITEM_RETURNING},
	{"tradein.return_given", I(RETURNING), ITEM_RETURNING},
	{"tradein.return_given", I(RETURNING), ITEM_RETURNED},
	{"tradein.return_taken", I(RETURNING), ITEM_RETURNING},
	{"tradein.return_taken", I(RETURNING), ITEM_RETURNED},
	{"tradein.return_failed", I(RETURNING), ITEM_RETURNING},
	{"tradein.compensate", I(BOOKED) | NOT_AGREED | I(KEPT) | I(RETURNING), ITEM_LOST},
	{"tradein.seized", NOT_AGREED | I(KEPT) | I(RETURNING), ITEM_SEIZED},
	/* payment; compensation for a lost device is paid like a price */
	{"settle.payout_create", I(AGREED) | I(PAYOUT_FAILED) | I(LOST), ITEM_PAYING},
	{"settle.payout_result", I(PAYING), ITEM_PAID},
	{"settle.payout_result", I(PAYING), ITEM_PAYOUT_FAILED},
	{"settle.payout_cancel", I(PAYING), ITEM_PAYOUT_FAILED},
	{NULL, 0, 0}};
const struct machine item_machine = {"item", item_states, item_moves};

/* --- tables --- */

static const struct field order_fields[] = {ORDER_COLUMNS, F_END};
struct table order_table = {.name = "trade_order",
			    .kind = TABLE_STATE,
			    .fields = order_fields,
			    .size = sizeof(struct order),
			    .keys = 2,
			    .fresh = FRESH_ID,
			    .doc = "orders: devices that an owner trades in at one time"};

static const struct field item_fields[] = {ITEM_COLUMNS, F_END};
struct table item_table = {
	.name = "item", .kind = TABLE_STATE, .fields = item_fields, .size = sizeof(struct item), .keys = 2,
	.fresh = FRESH_ID,
	.doc = "items of orders"};

static const struct account_kind tradein_accounts[] = {
	{SUBJECT_ORDER, "order", 0, "", "an order, for keys; its items have histories"},
	{SUBJECT_ITEM, "item", 0, "", "an item, for keys and histories"},
	{MONEY_OWNER, "money_owner", ACCOUNT_MIN0, "money", "owed to the owner of an item", SUBJECT_ITEM},
	{MONEY_DEVICE, "money_device", 0, "money", "a device's profit and loss so far", SUBJECT_DEVICE},
	{MONEY_BENEFIT_FUND, "money_benefit_fund", 0, "money", "pays bonuses"},
	{MONEY_BENEFIT, "money_benefit", ACCOUNT_ONCE | ACCOUNT_MIN0, "money",
	 "bonus of a device, once a life", SUBJECT_DEVICE},
	{0, NULL, 0, NULL, NULL}};
static struct table *const tradein_tables[] = {&order_table, &item_table, NULL};
static const struct machine *const tradein_machines[] = {&item_machine, NULL};

/* --- rows --- */

const struct order *order_get(struct cx *cx, struct tx *tx, int64_t order)
{
	const struct order key = {.city = tx_city(tx), .order = order};
	const void *row;

	if (tx_find(cx, tx, &order_table, &key, &row))
		return NULL;
	if (!row)
		cx_fail(cx, ERR_NOT_FOUND, "there is no order %lld in city %lld", (long long)order,
			(long long)tx_city(tx));
	return row;
}

const struct item *item_get(struct cx *cx, struct tx *tx, int64_t item)
{
	const struct item key = {.city = tx_city(tx), .item = item};
	const void *row;

	if (tx_find(cx, tx, &item_table, &key, &row))
		return NULL;
	if (!row)
		cx_fail(cx, ERR_NOT_FOUND, "there is no item %lld in city %lld", (long long)item,
			(long long)tx_city(tx));
	return row;
}

enum err item_set(struct cx *cx, struct tx *tx, const struct item *changed)
{
	struct item i = *changed;
	int64_t subject = ACCOUNT(SUBJECT_ITEM, i.item);
	const void *row;

	i.city = tx_city(tx);
	if (tx_find(cx, tx, &item_table, &i, &row))
		return cx->err;
	const struct item *old = row;
	if (!old || old->state != i.state)
		i.since_us = tx_now_us(tx);
	if (old && old->state != i.state) {
		if (tx_move(cx, tx, &item_machine, "item", subject, old->state, i.state))
			return cx->err;
	} else if (old && tx_touch(cx, tx, subject)) { /* a new one knows the entry itself */
		return cx->err;
	}
	if (tx_put(cx, tx, &item_table, &i))
		return cx->err;
	return settle_item_changed(cx, tx, &i);
}

enum err item_check(struct cx *cx, struct tx *tx, const struct item *i, int64_t to)
{
	return tx_check_move(cx, tx, &item_machine, "item", i->item, i->state, to);
}

/* --- who may --- */

enum { STAFF = ROLE_CLERK | ROLE_TECHNICIAN | ROLE_DISMANTLER | ROLE_ADMIN | ROLE_SYSTEM };

static bool is_owner(const struct principal *who, const struct order *o)
{
	return who->order == o->order || (who->order == 0 && who->org != 0 && who->org == o->owner);
}

enum err order_check_caller(struct cx *cx, struct tx *tx, const struct order *o)
{
	const struct principal *who = tx_who(tx);

	if (is_owner(who, o))
		return ERR_OK;
	if (who->order == 0 && who->org == 0 && tx_has_role(tx, STAFF))
		return ERR_OK;
	if (who->order == 0 && who->org != 0 && who->org == o->merchant && tx_has_role(tx, STAFF))
		return ERR_OK;
	return cx_fail(cx, ERR_FORBIDDEN, "order %lld belongs to others", (long long)o->order);
}

enum err order_check_owner(struct cx *cx, struct tx *tx, const struct order *o, const struct item *i,
			   int64_t evidence)
{
	if (order_check_caller(cx, tx, o))
		return cx->err;
	if (evidence != FIELD_NONE && evidence_check(cx, tx, evidence, i->device, o->order))
		return cx->err;
	if (is_owner(tx_who(tx), o) || evidence != FIELD_NONE || tx_has_role(tx, ROLE_ADMIN | ROLE_SYSTEM))
		return ERR_OK;
	return cx_fail(
		cx, ERR_FORBIDDEN,
		"this is the owner's to confirm, by the order's link; or give as evidence a "
		"document that shows it");
}

enum err item_open(struct cx *cx, struct tx *tx, int64_t item, const struct item **i,
		   const struct order **o)
{
	const struct item *found = item_get(cx, tx, item);
	const struct order *order = found ? order_get(cx, tx, found->order) : NULL;

	if (!order || order_check_caller(cx, tx, order))
		return cx->err;
	*i = found;
	*o = order;
	return ERR_OK;
}

/* --- the feature --- */

#define ITEM "/v1/cities/{city}/items/{item}/"
#define COUNTER (ROLE_CLERK | ROLE_TECHNICIAN | ROLE_ADMIN | ROLE_SYSTEM)
#define ANY_SIDE (ROLE_OWNER | COUNTER)
#define DOES(name, table)                                                                           \
	.v = 1, .method = "POST", .fields = table##_fields, .decide = name##_decide, .apply = name##_apply

static const struct action tradein_actions[] = {
	{.type = "tradein.book",
	 DOES(tradein_book, tradein_book),
	 .path = "/v1/cities/{city}/orders",
	 .size = sizeof(struct tradein_book),
	 .roles = ANY_SIDE | ROLE_PUBLIC,
	 .reveal = tradein_book_reveal,
	 .doc = "Books devices for trade-in at the prices that were quoted. Without an account: with name, "
		"phone or email, and a quote's token for each."},
	{.type = "tradein.give",
	 DOES(tradein_give, tradein_give),
	 .path = ITEM "give",
	 .size = sizeof(struct tradein_hand),
	 .roles = ANY_SIDE,
	 .doc = "The owner confirms the hand-over."},
	{.type = "tradein.take_in",
	 DOES(tradein_take, tradein_take),
	 .path = ITEM "take-in",
	 .size = sizeof(struct tradein_hand),
	 .roles = COUNTER,
	 .doc = "The clerk confirms the hand-over."},
	{.type = "tradein.propose",
	 DOES(tradein_propose, tradein_propose),
	 .path = ITEM "propose",
	 .size = sizeof(struct tradein_propose),
	 .roles = COUNTER,
	 .doc = "Of a device that was given into custody alone: notes what the list of stolen devices says, "
		"and puts the price to its owner; a listed device is held instead."},
	{.type = "tradein.account",
	 DOES(tradein_account, tradein_account),
	 .path = "/v1/cities/{city}/orders/{order}/account",
	 .size = sizeof(struct tradein_account),
	 .roles = ANY_SIDE,
	 .doc = "The owner names the account that this order is paid to, in place of the one known of him."},
	{.type = "tradein.cancel",
	 DOES(tradein_cancel, tradein_choice),
	 .path = ITEM "cancel",
	 .size = sizeof(struct tradein_choice),
	 .roles = ANY_SIDE,
	 .doc = "Ends a booking before the hand-over."},
	{.type = "tradein.lapse",
	 DOES(tradein_lapse, tradein_fate),
	 .path = ITEM "lapse",
	 .size = sizeof(struct tradein_choice),
	 .roles = ROLE_SYSTEM | ROLE_ADMIN,
	 .doc = "Ends a booking or an offer whose time is over."},
	{.type = "tradein.accept",
	 DOES(tradein_accept, tradein_accept),
	 .path = ITEM "accept",
	 .size = sizeof(struct tradein_choice),
	 .roles = ANY_SIDE,
	 .doc = "The owner accepts the revised offer; or, of a device given into custody alone, the price."},
	{.type = "tradein.decline",
	 DOES(tradein_decline, tradein_choice),
	 .path = ITEM "decline",
	 .size = sizeof(struct tradein_choice),
	 .roles = ANY_SIDE,
	 .doc = "The owner wants the device back, free of charge."},
	{.type = "tradein.return_given",
	 DOES(tradein_return_given, tradein_return_given),
	 .path = ITEM "return-given",
	 .size = sizeof(struct tradein_hand),
	 .roles = COUNTER,
	 .doc = "The device was given back, or to a carrier."},
	{.type = "tradein.return_taken",
	 DOES(tradein_return_taken, tradein_return_taken),
	 .path = ITEM "return-taken",
	 .size = sizeof(struct tradein_hand),
	 .roles = ANY_SIDE,
	 .doc = "The owner has the device back."},
	{.type = "tradein.return_failed",
	 DOES(tradein_return_failed, tradein_return_failed),
	 .path = ITEM "return-failed",
	 .size = sizeof(struct tradein_hand),
	 .roles = COUNTER,
	 .doc = "The device could not be given back and is with us again."},
	{.type = "tradein.compensate",
	 DOES(tradein_compensate, tradein_fate),
	 .path = ITEM "compensate",
	 .size = sizeof(struct tradein_choice),
	 .roles = COUNTER,
	 .doc = "Owes the owner the promised price of a device that was lost in our hands."},
	{.type = "tradein.seized",
	 DOES(tradein_seized, tradein_fate),
	 .path = ITEM "seized",
	 .size = sizeof(struct tradein_choice),
	 .roles = COUNTER,
	 .doc = "Closes an item whose device an authority has seized."},
	{.type = NULL}};

const struct feature tradein_feature = {.name = "tradein",
					.tables = tradein_tables,
					.accounts = tradein_accounts,
					.machines = tradein_machines,
					.actions = tradein_actions,
					.views = tradein_views,
					.check_entry = tradein_check_entry,
					.check_city = tradein_check_city};
