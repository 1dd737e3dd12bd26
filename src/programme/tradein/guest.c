/* Booking without an account: a person who was shown a price says who it is, and has an order. */
#include "programme/tradein/parts.h"

/* Of one phone number or email: orders that were booked so and not handed over yet; and bookings ever. */
enum { GUEST_OPEN_MAX = 3, GUEST_EVER_MAX = 256, GUEST_STEP = 64 };

/* Nobody, or who holds an order's link and books another. */
bool guest_is(const struct principal *who)
{
	return who->user == 0 && (who->order != 0 || !(who->roles & ~(unsigned)ROLE_PUBLIC));
}

/* --- how many are open --- */

static enum err is_open(struct cx *cx, struct tx *tx, int64_t order, bool *out)
{
	const struct order *o = order_get(cx, tx, order);
	bool open = false;

	if (!o)
		return cx->err;
	for (int64_t n = 1; n <= o->items && o->lapse_us > tx_now_us(tx) && !open; n++) {
		const struct item *i = item_get(cx, tx, order_item(order, n));
		if (!i)
			return cx->err;
		open = i->state == ITEM_BOOKED;
	}
	*out = open;
	return ERR_OK;
}

/* The order with which the party came: the entry that sealed its details is the booking. */
static enum err came_with(struct cx *cx, struct tx *tx, int64_t party, int64_t *order)
{
	const struct party key = {.city = tx_city(tx), .party = party};
	const struct party *p;
	struct entry e;
	const void *row;

	*order = 0;
	if (tx_find(cx, tx, &party_table, &key, &row))
		return cx->err;
	p = row;
	if (!p || p->forgotten_us != FIELD_NONE || p->vault_seq == FIELD_NONE)
		return ERR_OK;
	if (tx_entry(cx, tx, p->vault_seq, &e))
		return cx->err;
	if (strcmp(e.type, "tradein.book") == 0)
		*order = ((const struct tradein_book *)e.rec)->order;
	return ERR_OK;
}

static enum err too_many(struct cx *cx, const char *what)
{
	return cx_fail(cx, ERR_CONFLICT,
		       "%s: too many orders were booked with it and not handed over; hand one over or "
		       "cancel it, or book at a shop",
		       what);
}

static enum err check_open(struct cx *cx, struct tx *tx, const struct party_contact *c, bool by_email)
{
	int64_t party[GUEST_STEP], after = 0, order;
	size_t count = GUEST_STEP, ever = 0;
	int open = 0;

	while (count == GUEST_STEP) {
		if (party_reached_by(cx, tx, c, by_email, after, party, GUEST_STEP, &count))
			return cx->err;
		ever += count;
		for (size_t i = 0; i < count; i++) {
			bool is = false;
			after = party[i];
			if (came_with(cx, tx, after, &order) || (order && is_open(cx, tx, order, &is)))
				return cx->err;
			open += is;
		}
		if (open >= GUEST_OPEN_MAX || ever >= GUEST_EVER_MAX)
			return too_many(cx, by_email ? "email" : "phone");
	}
	return ERR_OK;
}

/* --- what a guest may --- */

/* The price was shown: a guest takes no part in making it. */
static enum err check_booking(struct cx *cx, struct tx *tx, const struct tradein_book *rec)
{
	const struct book_item *items = rec->items.item;

	(void)tx;
	for (size_t n = 0; n < rec->items.count; n++)
		if (!items[n].token)
			return cx_fail(cx, ERR_INVALID,
				       "items[%zu].token: without an account a booking needs a quote's token",
				       n);
	if (field_or(rec->netted, 0))
		return cx_fail(cx, ERR_FORBIDDEN, "netted: the retailer books it");
	if (field_or(rec->channel, CHANNEL_DROP_OFF) != CHANNEL_DROP_OFF && !rec->contact.address)
		return cx_fail(cx, ERR_INVALID, "address: is missing; where shall it be collected?");
	return ERR_OK;
}

static enum err check_guest(struct cx *cx, struct tx *tx, const struct tradein_book *rec)
{
	if (!party_contact_given(&rec->contact) && tx_who(tx)->order)
		return cx_fail(cx, ERR_FORBIDDEN, "the link of an order does not allow booking in its name");
	if (!party_contact_given(&rec->contact))
		return cx_fail(cx, ERR_UNAUTHENTICATED,
			       "log in, or give name and phone or email, and a quote's token for each item");
	if (check_booking(cx, tx, rec) || check_open(cx, tx, &rec->contact, false))
		return cx->err;
	return check_open(cx, tx, &rec->contact, true);
}

/* The route is open to everyone, so that guests come in: whoever is known must be one who books. */
static enum err check_roles(struct cx *cx, struct tx *tx)
{
	return tx_has_role(tx, BOOKERS) ?
		       ERR_OK :
		       cx_fail(cx, ERR_FORBIDDEN, "tradein.book is not open to this caller's roles");
}

enum err guest_decide_owner(struct cx *cx, struct tx *tx, struct tradein_book *rec)
{
	bool contact = party_contact_given(&rec->contact);

	if (guest_is(tx_who(tx)) ? check_guest(cx, tx, rec) : check_roles(cx, tx))
		return cx->err;
	if (contact == (rec->owner != FIELD_NONE))
		return contact ? cx_fail(cx, ERR_INVALID,
					 "owner: give it, or name and phone or email, not both") :
				 cx_fail(cx, ERR_INVALID, "owner: is missing");
	if (contact)
		return party_new_owner(cx, tx, &rec->contact, &rec->owner);
	return party_get(cx, tx, rec->owner) ? ERR_OK : cx->err;
}
