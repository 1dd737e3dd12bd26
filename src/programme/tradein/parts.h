/* parts.h: what the files of this folder share: the records of its actions and where they are done.
 */
#ifndef RELODE_PROGRAMME_TRADEIN_PARTS_H
#define RELODE_PROGRAMME_TRADEIN_PARTS_H

#include "kernel/audit.h"
#include "kernel/reader.h"
#include "programme/tradein/tradein.h"

#define DAY_US INT64_C(86400000000)
#define PRICE_LIST "default" /* the name under which price lists are published */
#define EVIDENCE_FIELD(T)                                                                          \
	F_ID(T, evidence, GIVEN,                                                                   \
	     "document that shows the owner's will, when staff act in the owner's place")
#define DECIDES(name)                                                                               \
	enum err name##_decide(struct cx *cx, struct tx *tx, void *rec);                               \
	enum err name##_apply(struct cx *cx, struct tx *tx, const struct entry *entry, const void *rec)

/* book.c; guest.c: for those who have no account */
struct book_item {
	const char *token;
	int64_t model;
	const char *category, *answers;
	int64_t storage_gb, battery_percent, age_months;
	int64_t item, quoted_minor, bonus_minor;
	struct bytes price_list;
	int64_t priced_us;
};
struct tradein_book {
	struct party_contact contact; /* of an owner who is not registered yet */
	int64_t owner, merchant, site, channel, slot_us, netted, purchase_minor;
	struct list items; /* struct book_item */
	int64_t order, lapse_us;
	struct bytes access;
	const char *link, *order_code, *pin;
};
extern const struct field tradein_book_fields[];
DECIDES(tradein_book);
/* Fills rec->owner: the given one, or a new party of the given contact; checks what guests may do. */
enum err guest_decide_owner(struct cx *cx, struct tx *tx, struct tradein_book *rec) MUST_USE;
bool guest_is(const struct principal *who);
#define BOOKERS (ROLE_OWNER | ROLE_CLERK | ROLE_TECHNICIAN | ROLE_ADMIN | ROLE_SYSTEM)
enum err tradein_book_reveal(struct cx *cx, struct reader *r, const struct entry *entry, void *rec);

/* handover.c: in, and back again; both sides confirm */
struct tradein_hand {
	int64_t item;
	int64_t site, carrier, evidence, reason; /* as the action has them; else absent */
	int64_t stolen;                           /* take_in */
	int64_t custody_only;                     /* give */
	struct list identifiers;                  /* take_in: struct claim_given */
	struct list claims;                       /* take_in: struct claim */
	int64_t device, to;
	int64_t mass_mg, storage, medium_kind; /* when the device comes into custody */
};
extern const struct field tradein_give_fields[], tradein_take_fields[], tradein_return_given_fields[],
	tradein_return_taken_fields[], tradein_return_failed_fields[];
DECIDES(tradein_give);
DECIDES(tradein_take);
DECIDES(tradein_return_given);
DECIDES(tradein_return_taken);
DECIDES(tradein_return_failed);

/* propose.c: a price for what was given into custody alone; account.c: where an order's money goes */
struct tradein_propose {
	int64_t item, stolen;
	int64_t device_to, hold_reason, also;
	int64_t promised_minor, bonus_minor, offer_until_us;
};
struct tradein_account {
	int64_t order, evidence;
	const char *bank_account;
	int64_t vault_n;
};
extern const struct field tradein_propose_fields[], tradein_account_fields[];
DECIDES(tradein_propose);
DECIDES(tradein_account);
extern const char *const tradein_stolen_answers[];
enum { STOLEN_LISTED = 1 };

/* choice.c: what the owner decides, and what time or fate decides */
struct tradein_choice {
	int64_t item, evidence;
	int64_t to;
	int64_t agreed_minor, bonus_minor, commission_minor, owner, hold_until_us;
	int64_t promised_minor; /* accepted before inspection, of what was given into custody alone */
};
extern const struct field tradein_accept_fields[], tradein_choice_fields[], tradein_fate_fields[];
DECIDES(tradein_accept);
DECIDES(tradein_decline);
DECIDES(tradein_cancel);
DECIDES(tradein_lapse);
DECIDES(tradein_compensate);
DECIDES(tradein_seized);

/* Has another device been bought with a bonus that is the same thing: by a merge, or by an identity that it
 * claims, or did? */
enum err device_had_bonus(struct cx *cx, struct tx *tx, int64_t device, bool *had) MUST_USE;

/* --- columns, for the tables and for answers that begin with the row's struct --- */
#define HIDDEN (LOG | HIDE) /* a column for us, not for answers */
/* The member `order`, whose column cannot be called so. */
#define F_ORDER(T)                                                                                  \
	{.name = "order_id", .type = FIELD_INT, .flags = HIDDEN, .at = offsetof(T, order), .max = ID_MAX, \
	 .unit = "id", .doc = "the order"}
#define ORDER_COLUMNS											\
	F_ID(struct order, city, COLUMN, "city"),							\
	F_ORDER(struct order),										\
	F_ID(struct order, owner, COLUMN, "party whose devices they are"),				\
	F_ID(struct order, merchant, COLUMN, "party that takes the devices"),				\
	F_ID(struct order, site, COLUMN, "where they are taken"),					\
	F_ENUM(struct order, channel, COLUMN, order_channels, "how they come"),				\
	F_US(struct order, slot_us, COLUMN, "doorstep: begin of the slot"),				\
	F_BOOL(struct order, netted, COLUMN, "against a new purchase at the retailer"),			\
	F_MINOR(struct order, purchase_minor, COLUMN, "price of the new purchase"),			\
	F_INT(struct order, items, COLUMN, 1, ORDER_ITEMS_MAX, NULL, "number of items"),		\
	F_US(struct order, booked_us, COLUMN, "booked at"),						\
	F_US(struct order, lapse_us, COLUMN, "lapses when nothing is handed over until"),		\
	F_HEX(struct order, access, HIDDEN, ORDER_ACCESS, "digest of the order's link"),		\
	F_INT(struct order, account_seq, HIDDEN, 0, JSON_INT_MAX, NULL, "entry of its own account"),	\
	F_INT(struct order, account_n, HIDDEN, 0, JSON_INT_MAX, NULL, "its number there")
#define ITEM_COLUMNS                                                                               \
	F_ID(struct item, city, COLUMN, "city"), F_ID(struct item, item, COLUMN, "the item"),      \
		F_ORDER(struct item),                                                              \
		F_INT(struct item, n, COLUMN, 1, ORDER_ITEMS_MAX, NULL, "number in the order"),    \
		F_INT(struct item, booked_seq, COLUMN, 0, JSON_INT_MAX, NULL,                      \
		      "entry of its booking"),                                                     \
		F_ENUM(struct item, state, COLUMN, item_states,                                    \
		       "where it is between the price shown and "                                  \
		       "the money"),                                                               \
		F_US(struct item, since_us, COLUMN, "in this state since"),                        \
		F_ID(struct item, device, COLUMN, "the device that was handed in"),                \
		F_ID(struct item, model, COLUMN, "declared model"),                                \
		F_TEXT(struct item, category, COLUMN, 1, 40, "declared category"),                 \
		F_MINOR(struct item, quoted_minor, COLUMN, "promised for the declared facts"),     \
		F_MINOR(struct item, bonus_minor, COLUMN, "the programme's bonus on top"),         \
		F_MINOR(struct item, offered_minor, COLUMN, "revised offer"),                      \
		F_MINOR(struct item, agreed_minor, COLUMN, "agreed price"),                        \
		F_MINOR(struct item, commission_minor, HIDDEN, "the merchant's commission"),       \
		F_US(struct item, offer_until_us, COLUMN, "the offer stands until"),               \
		F_US(struct item, given_us, COLUMN, "the giving side confirmed at"),               \
		F_US(struct item, taken_us, COLUMN, "the taking side confirmed at"),               \
		F_INT(struct item, inspection_seq, COLUMN, 0, JSON_INT_MAX, NULL,                  \
		      "entry of the last inspection"),                                             \
		F_ID(struct item, payout, COLUMN, "its last payout"),                              \
		F_TEXT(struct item, answers, COLUMN, 0, QUOTE_ANSWERS_MAX,                         \
		       "declared answers that are not "                                            \
		       "the best"),                                                                \
		F_INT(struct item, storage_gb, COLUMN, 0, 1000000, "GB", "declared storage"),      \
		F_INT(struct item, battery_percent, COLUMN, 0, 100, "percent",                     \
		      "declared battery health"),                                                  \
		F_INT(struct item, age_months, COLUMN, 0, 1200, "months", "declared age"),         \
		F_HEX(struct item, price_list, COLUMN, 32,                                         \
		      "version of the price list of the promise"),                                 \
		F_US(struct item, priced_us, COLUMN, "the promise counts age to this time"),       \
		F_ID(struct item, taken_site, HIDDEN, "where a clerk took it"),                    \
		F_ID(struct item, carrier, COLUMN, "party that carries it"),                       \
		F_BOOL(struct item, custody_only, COLUMN,                                          \
		       "given into custody alone: its owner has agreed to no price yet")

extern const struct view tradein_views[]; /* view.c */
/* check.c */
enum err tradein_check_entry(struct cx *cx, struct audit *a, struct tx *tx, const struct entry *e,
			     const void *rec);
enum err tradein_check_city(struct cx *cx, struct audit *a, struct tx *tx, int64_t city);

#endif
