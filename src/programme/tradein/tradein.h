/* tradein.h: quotes, orders and their items, from the price shown to the money owed.
 *
 * In SQL an order is a row of `trade_order`, and the member `order` is the column `order_id` ("order" is a
 * reserved word there). An order is booked for an owner with a merchant; each of its items becomes a
 * device when both sides have confirmed the hand-over.
 */
#ifndef RELODE_PROGRAMME_TRADEIN_TRADEIN_H
#define RELODE_PROGRAMME_TRADEIN_TRADEIN_H

#include "programme/catalogue/catalogue.h"
#include "programme/city/city.h"
#include "programme/device/device.h"
#include "programme/party/party.h"
#include "programme/rule/rule.h"
#include "programme/tradein/quote.h"

/* booked -> in_custody -> (inspected) -> agreed | offered; offered -> agreed | declined -> returning ->
 * returned; agreed -> paying -> paid | payout_failed -> paying; before hand-over: cancelled, lapsed.
 * Given into custody alone: booked -> kept -> in_custody, with the owner's yes to the price. */
enum item_state {
	ITEM_BOOKED, ITEM_CUSTODY, ITEM_INSPECTED, ITEM_OFFERED, ITEM_AGREED, ITEM_PAYING, ITEM_PAID,
	ITEM_PAYOUT_FAILED, ITEM_RETURNING, ITEM_RETURNED, ITEM_CANCELLED, ITEM_LAPSED, ITEM_LOST,
	ITEM_NETTED, /* settled against a new purchase at the retailer */
	ITEM_SEIZED,
	ITEM_KEPT /* given into custody alone: its owner has not agreed to a price */
};
extern const char *const item_states[];
extern const struct machine item_machine;

enum order_channel { CHANNEL_DROP_OFF, CHANNEL_COURIER, CHANNEL_DOORSTEP };
extern const char *const order_channels[];
enum { ORDER_ITEMS_MAX = 12 };
enum { ORDER_ACCESS = 16 }; /* a link has 128 secret bits, so has what it is known by */
struct order {
	int64_t city, order;
	int64_t owner;       /* party */
	int64_t merchant;    /* party: the organisation that takes the devices */
	int64_t site;        /* where they are taken, or FIELD_NONE for courier */
	int64_t channel;
	int64_t slot_us;     /* doorstep slot, or FIELD_NONE */
	int64_t netted;      /* bool: against a new purchase at the retailer (merchant) */
	int64_t purchase_minor; /* price of the new purchase, FIELD_NONE */
	int64_t items;
	int64_t booked_us, lapse_us; /* lapses when nothing is handed over until then */
	struct bytes access; /* ORDER_ACCESS: the first bytes of the SHA-256 of the order's link token */
	/* in the vault: the account that this order is paid to; FIELD_NONE: the owner's own */
	int64_t account_seq, account_n;
};
extern struct table order_table;

struct item {
	int64_t city, item;      /* its own id, for accounts and histories, too */
	int64_t order, n;        /* n: 1.. in the order; item is order_item(order, n) */
	int64_t booked_seq;      /* entry of its booking, with which its history begins: not a row of it */
	int64_t state, since_us;
	int64_t device;          /* FIELD_NONE before custody */
	int64_t model;
	const char *category;
	int64_t quoted_minor;    /* promised for the declared facts */
	int64_t bonus_minor;     /* programme bonus promised on top, 0 if none */
	int64_t offered_minor;   /* revised, FIELD_NONE */
	int64_t agreed_minor;    /* FIELD_NONE before */
	int64_t commission_minor; /* of the merchant; FIELD_NONE before, and for a compensated loss */
	int64_t offer_until_us;
	int64_t given_us,
		taken_us; /* both sides' confirmations of the hand-over (in, and again on return) */
	int64_t inspection_seq;  /* entry of the last inspection, FIELD_NONE */
	int64_t payout;          /* last payout, FIELD_NONE */
	/* the declared facts, and what the promise was made by */
	const char *answers;     /* as in struct quote_facts */
	int64_t storage_gb, battery_percent, age_months;
	struct bytes price_list; /* 32: version */
	int64_t priced_us;       /* the promise counts age to this time */
	int64_t taken_site;      /* where a clerk took it, FIELD_NONE before */
	int64_t carrier;         /* party that carries it now, to us or back; FIELD_NONE */
	int64_t custody_only;    /* 1: given without a price having been seen, and none accepted since */
};
extern struct table item_table;

/* An order's items have the ids directly after its own: the key of its item n, and in SQL the items i of an
 * order o. The range finds them; of an equality PostgreSQL knows how few they are. */
static inline int64_t order_item(int64_t order, int64_t n) { return order + n; }
#define ITEMS_OF_ORDER "i.order_id = o.order_id AND i.item > o.order_id AND i.item <= o.order_id + o.items"

const struct order *order_get(struct cx *cx, struct tx *tx, int64_t order) MUST_USE;
const struct item *item_get(struct cx *cx, struct tx *tx, int64_t item) MUST_USE;
/* The caller may act on this order: its owner (link), its merchant, or the programme. */
enum err order_check_caller(struct cx *cx, struct tx *tx, const struct order *o) MUST_USE;
enum err item_set(struct cx *cx, struct tx *tx, const struct item *changed) MUST_USE;      /* apply */
enum err item_check(struct cx *cx, struct tx *tx, const struct item *i, int64_t to) MUST_USE; /* decide */

#define ITEM_FIELD(T) F_ID(T, item, MUST | PATH, "the item")
/* decide(): the item with its order; ERR_FORBIDDEN when it is not the caller's business. */
enum err item_open(struct cx *cx, struct tx *tx, int64_t item, const struct item **i,
		   const struct order **o) MUST_USE;
/* ERR_FORBIDDEN unless the caller speaks for the owner: the holder of the order's link, the owner, an admin;
 * or staff with a document that shows the owner's will (evidence; FIELD_NONE: none), which must be about this
 * order, or about the item's device. */
enum err order_check_owner(struct cx *cx, struct tx *tx, const struct order *o, const struct item *i,
			   int64_t evidence) MUST_USE;

/* views: ERR_FORBIDDEN unless the caller may see this order: its owner (link), its merchant, the programme's
 * people. FIELD_NONE: the programme's people only. */
enum err order_read_check(struct cx *cx, struct reader *r, int64_t order) MUST_USE;
/* The item, if the caller may read its order. */
enum err item_read_check(struct cx *cx, struct reader *r, int64_t item, const struct item **out) MUST_USE;

/* What an owner and the programme agree on, in one entry, and what follows for the ledger. */
struct agreement {
	int64_t to;               /* item: ITEM_AGREED or ITEM_NETTED */
	int64_t agreed_minor;
	int64_t bonus_minor;      /* granted, 0 when this thing has had one in an earlier life */
	int64_t commission_minor; /* of the merchant */
	int64_t owner;            /* of the device from now on: the programme */
	int64_t hold_until_us;    /* not to be resold before, or FIELD_NONE */
};
/* decide(): proposes the transfers. */
enum err tradein_agree(struct cx *cx, struct tx *tx, const struct item *i, int64_t agreed_minor,
		       int64_t bonus_minor, struct agreement *out) MUST_USE;
/* apply(): changes the copies; the caller sets the rows. */
void tradein_agreed(const struct agreement *a, struct item *i, struct device *d);

/* The facts that the owner declared, and the price of the given facts under the promise's price list and
 * at its time. */
struct quote_facts item_facts(const struct item *i);
enum err item_price(struct cx *cx, struct tx *tx, const struct item *i, const struct product *p,
		    const struct quote_facts *facts, struct quote *out) MUST_USE;

/* What the scheduler has to do now; in a simulated city, whose clock stands still, what it has to do then.
 * visit gets the action's type and the item. */
enum err tradein_due(struct cx *cx, struct reader *r, int64_t now_us,
		     enum err (*visit)(struct cx *, void *arg, const char *type, int64_t item),
		     void *arg) MUST_USE;

/* Who the token of an order's link ("ro_…") speaks for: its owner, in the reader's city, for that order
 * alone. ERR_UNAUTHENTICATED when it is not one. */
enum err order_authenticate(struct cx *cx, struct reader *r, const char *bearer,
			    struct principal *out) MUST_USE;

/* What an owner opens an order with: the link's token, or the code that is read aloud and the PIN. All three
 * come from the order's secret. The code holds the order's number and 15 secret bits, so that codes cannot be
 * counted up; the PIN is six digits. */
enum { ORDER_PIN = 6 };
struct order_access {
	char *link, *code, *pin;
};
/* "ro_17.Qm9v…": 128 bits of the order's secret behind its number. NULL: cx->err. */
char *order_link(struct cx *cx, const struct digest *secret, int64_t order) MUST_USE;
enum err order_access_of(struct cx *cx, const struct digest *secret, int64_t order,
			 struct order_access *out) MUST_USE;
/* The link's token of the order with this code (as code_read reads it) and PIN, in the reader's city.
 * ERR_UNAUTHENTICATED, after the same work, when there is no such order, or code or PIN is wrong. Whoever
 * calls it counts wrong tries: a million PINs are soon tried. */
enum err order_open(struct cx *cx, struct reader *r, int64_t code, const char *pin, const char **link,
		    struct principal *out) MUST_USE;

/* For the programme's people: the order with this code, as code_read reads it; FIELD_NONE: there is none. */
enum err order_of_code(struct cx *cx, struct reader *r, int64_t code, int64_t *out) MUST_USE;

extern const struct feature tradein_feature;

#endif
