/* Booking: a shown price becomes a promise in the books. */
#include "codec/text.h"
#include "programme/tradein/parts.h"

#include "programme/rule/rule.h"

static const struct field book_item_fields[] = {
	F_TEXT(struct book_item, token, IN, 1, PROMISE_MAX,
	       "a quote's token; or give the facts themselves"),
	F_ID(struct book_item, model, GIVEN, "model of the catalogue"),
	F_TEXT(struct book_item, category, GIVEN, 1, 40,
	       "category, when the model is not in the catalogue"),
	F_TEXT(struct book_item, answers, GIVEN, 0, QUOTE_ANSWERS_MAX,
	       "question:answer, separated by commas"),
	F_INT(struct book_item, storage_gb, GIVEN, 0, 1000000, "GB", "storage"),
	F_INT(struct book_item, battery_percent, GIVEN, 0, 100, "percent", "battery health"),
	F_INT(struct book_item, age_months, GIVEN, 0, 1200, "months",
	      "age, where no release date is known"),
	F_ID(struct book_item, item, DERIVED, "the item"),
	F_MINOR(struct book_item, quoted_minor, DERIVED, "promised price"),
	F_MINOR(struct book_item, bonus_minor, DERIVED, "bonus on top"),
	F_HEX(struct book_item, price_list, LOG, 32, "version of the price list"),
	F_US(struct book_item, priced_us, LOG, "quoted at, when that was before"),
	F_END};
const struct field tradein_book_fields[] = {
	PARTY_CONTACT_FIELDS,
	F_ID(struct tradein_book, owner, IN | LOG | OUT,
	     "party whose devices they are; or give name, and phone or email, of one that is not registered"),
	F_ID(struct tradein_book, merchant, GIVEN,
	     "who takes them; else who runs the site, else the programme"),
	F_ID(struct tradein_book, site, GIVEN, "where they are taken; not for a courier"),
	F_ENUM(struct tradein_book, channel, GIVEN, order_channels,
	       "how they come; drop_off when absent"),
	F_US(struct tradein_book, slot_us, GIVEN, "doorstep: begin of the slot"),
	F_BOOL(struct tradein_book, netted, GIVEN, "against a new purchase at the retailer"),
	F_MINOR(struct tradein_book, purchase_minor, GIVEN, "netted: price of the new purchase"),
	F_LIST(struct tradein_book, items, IN | LOG | OUT | REQ, ORDER_ITEMS_MAX, book_item_fields,
	       struct book_item, "the devices"),
	F_ID(struct tradein_book, order, DERIVED, "the order"),
	F_US(struct tradein_book, lapse_us, DERIVED, "lapses when nothing is handed over until"),
	F_HEX(struct tradein_book, access, LOG, ORDER_ACCESS, "digest of the link's token"),
	F_TEXT(struct tradein_book, link, OUT | SECRET, 1, 100,
	       "token of the order's link: whoever has it is the owner"),
	F_TEXT(struct tradein_book, order_code, OUT | SECRET, 1, CODE_MAX,
	       "the order's code, to be read aloud; with the PIN it opens the order"),
	F_TEXT(struct tradein_book, pin, OUT | SECRET, ORDER_PIN, ORDER_PIN, "the order's PIN"),
	F_END};

enum err tradein_book_reveal(struct cx *cx, struct reader *r, const struct entry *entry, void *arg)
{
	struct tradein_book *rec = arg;
	struct order_access a;
	struct digest secret;

	if (reader_secret(cx, r, entry->city, "order", rec->order, &secret) ||
	    order_access_of(cx, &secret, rec->order, &a))
		return cx->err;
	rec->link = a.link;
	rec->order_code = a.code;
	rec->pin = a.pin;
	return ERR_OK;
}

/* Tells the program that asked, too: a new quote is the way on. */
static enum err old_quote(struct cx *cx, enum err err)
{
	cx_hint(cx, "reason", "quote");
	return err;
}

/* The token's facts take the place of given ones; its version of the price list is the one that counts. */
static enum err take_token(struct cx *cx, struct tx *tx, struct book_item *i, struct promise *p)
{
	struct digest secret;

	if (i->model != FIELD_NONE || i->category || i->answers || i->storage_gb != FIELD_NONE ||
	    i->battery_percent != FIELD_NONE || i->age_months != FIELD_NONE)
		return cx_fail(cx, ERR_INVALID, "give either a quote's token or the facts, not both");
	if (tx_secret(cx, tx, QUOTE_PURPOSE, 0, &secret) || promise_read(cx, &secret, i->token, p))
		return cx->err;
	if (p->city != tx_city(tx))
		return cx_fail(cx, ERR_INVALID, "token: the quote is of city %lld", (long long)p->city);
	if (p->expires_us <= tx_now_us(tx))
		return old_quote(cx, cx_fail(cx, ERR_CONFLICT,
					     "token: the quote has expired; ask for a new one"));
	i->model = p->model;
	i->category = p->category;
	i->answers = p->answers;
	i->storage_gb = p->storage_gb;
	i->battery_percent = p->battery_percent;
	i->age_months = p->age_months;
	i->priced_us = p->at_us;
	return ERR_OK;
}

static enum err price_item(struct cx *cx, struct tx *tx, struct book_item *i, const struct rule *list,
			   const struct product *product)
{
	struct quote_facts facts = {i->answers, i->storage_gb, i->battery_percent, i->age_months};
	const struct city *city = city_get(cx, tx);
	struct quote_model model;
	struct quote q;

	if (!city || quote_model_use(cx, tx, product, &model) ||
	    quote_price(cx, list, &model, &facts, field_or(i->priced_us, tx_now_us(tx)),
			city->currency, &q))
		return cx->err;
	if (q.refuse)
		return cx_fail(cx, ERR_CONFLICT, "the programme does not buy this device: %s",
			       cx->tongue && q.refuse_zh ? q.refuse_zh : q.refuse);
	i->answers = q.answers;
	i->quoted_minor = q.price_minor;
	i->bonus_minor = q.bonus_minor;
	return ERR_OK;
}

static enum err decide_item(struct cx *cx, struct tx *tx, struct book_item *i)
{
	struct promise promise = {.price_list = {0}};
	const struct rule *list;
	struct product product;
	struct digest version;

	i->item = tx_new_id(tx);
	if (i->token) {
		if (take_token(cx, tx, i, &promise))
			return cx->err;
		memcpy(version.byte, promise.price_list.p, sizeof(version.byte));
		if (rule_use_version(cx, tx, RULE_PRICE_LIST, &version, &list))
			return cx->err;
	} else {
		if (i->model == FIELD_NONE && !i->category)
			return cx_fail(cx, ERR_INVALID, "give a quote's token, or a model, or a category");
		if (rule_use(cx, tx, RULE_PRICE_LIST, PRICE_LIST, &list))
			return cx->err;
	}
	if (catalogue_use(cx, tx, i->model, i->category, &product) || price_item(cx, tx, i, list, &product))
		return cx->err;
	if (i->token && (i->quoted_minor != promise.price_minor || i->bonus_minor != promise.bonus_minor))
		return old_quote(cx, cx_fail(cx, ERR_CONFLICT, "token: the catalogue has changed since; ask "
							       "for a new quote"));
	i->category = product.category;
	i->price_list = (struct bytes){cx_memdup(cx, list->digest.byte, 32), 32};
	return i->price_list.p ? ERR_OK : cx->err;
}

/* Who takes the devices, and where; fills what was left to the site. */
static enum err decide_place(struct cx *cx, struct tx *tx, struct tradein_book *rec,
			     const struct city *city)
{
	const struct site *site = NULL;

	rec->channel = field_or(rec->channel, CHANNEL_DROP_OFF);
	if (rec->site != FIELD_NONE) {
		site = site_get(cx, tx, rec->site);
		if (!site)
			return cx->err;
		if (!site->open)
			return cx_fail(cx, ERR_CONFLICT, "site %lld is closed", (long long)rec->site);
		tx_site(tx, rec->site);
	} else if (rec->channel == CHANNEL_DROP_OFF) {
		return cx_fail(cx, ERR_INVALID, "site: a drop-off is at a site");
	}
	rec->merchant = field_or(rec->merchant, site ? site->party : city->programme);
	if (site && rec->merchant != site->party && rec->channel == CHANNEL_DROP_OFF)
		return cx_fail(cx, ERR_INVALID, "merchant: site %lld is run by another",
			       (long long)rec->site);
	if (rec->channel == CHANNEL_DOORSTEP && rec->slot_us == FIELD_NONE)
		return cx_fail(cx, ERR_INVALID, "slot_us: a doorstep collection has a slot");
	if (rec->slot_us != FIELD_NONE && rec->slot_us <= tx_now_us(tx))
		return cx_fail(cx, ERR_INVALID, "slot_us: is past already");
	if (rec->merchant == city->programme || (site && site->party == rec->merchant))
		return ERR_OK;
	return party_check_role(cx, tx, rec->merchant, PARTY_MERCHANT);
}

static enum err check_caller(struct cx *cx, struct tx *tx, const struct tradein_book *rec)
{
	const struct principal *who = tx_who(tx);

	if (guest_is(who))
		return ERR_OK; /* guest_decide_owner has looked at it */
	if (who->org == 0 || who->org == rec->merchant || who->org == rec->owner)
		return ERR_OK;
	return cx_fail(cx, ERR_FORBIDDEN, "you may book for yourself or for your own shop only");
}

static enum err check_netting(struct cx *cx, struct tx *tx, const struct tradein_book *rec, int64_t total)
{
	if (field_or(rec->netted, 0) == 0)
		return rec->purchase_minor == FIELD_NONE ? ERR_OK :
		       cx_fail(cx, ERR_INVALID, "purchase_minor: only a netted order has a purchase");
	if (rec->purchase_minor == FIELD_NONE)
		return cx_fail(cx, ERR_INVALID, "purchase_minor: is missing; netted against what?");
	if (total > rec->purchase_minor)
		return cx_fail(cx, ERR_INVALID,
			       "purchase_minor: the devices are worth more than the purchase");
	return party_check_role(cx, tx, rec->merchant, PARTY_RETAILER);
}

enum err tradein_book_decide(struct cx *cx, struct tx *tx, void *arg)
{
	struct tradein_book *rec = arg;
	const struct city *city = city_get(cx, tx);
	struct book_item *items = rec->items.item;
	struct digest secret, access;
	int64_t total = 0;
	char *link;

	if (!city || guest_decide_owner(cx, tx, rec) || decide_place(cx, tx, rec, city) ||
	    check_caller(cx, tx, rec))
		return cx->err;
	rec->order = tx_new_id(tx);
	for (size_t n = 0; n < rec->items.count; n++) {
		if (decide_item(cx, tx, &items[n]))
			return cx_prefix(cx, "items[%zu].", n);
		total += items[n].quoted_minor + items[n].bonus_minor;
	}
	if (check_netting(cx, tx, rec, total) || tx_secret(cx, tx, "order", rec->order, &secret))
		return cx->err;
	link = order_link(cx, &secret, rec->order);
	if (!link)
		return cx->err;
	access = sha256(link, strlen(link));
	rec->access = (struct bytes){cx_memdup(cx, access.byte, ORDER_ACCESS), ORDER_ACCESS};
	rec->lapse_us = tx_now_us(tx) + city->quote_days * DAY_US;
	if (rec->slot_us != FIELD_NONE && rec->slot_us + DAY_US > rec->lapse_us)
		rec->lapse_us = rec->slot_us + DAY_US;
	return rec->access.p ? ERR_OK : cx->err;
}

static enum err put_item(struct cx *cx, struct tx *tx, int64_t seq, const struct tradein_book *rec, int64_t n,
			 const struct book_item *b)
{
	struct item i;

	if (b->item != order_item(rec->order, n))
		return cx_fail(cx, ERR_CORRUPT, "order %lld: its item %lld is numbered %lld, not %lld",
			       (long long)rec->order, (long long)n, (long long)b->item,
			       (long long)order_item(rec->order, n));
	field_init(item_table.fields, &i);
	i.order = rec->order;
	i.n = n;
	i.booked_seq = seq;
	i.item = b->item;
	i.state = ITEM_BOOKED;
	i.model = b->model;
	i.category = b->category;
	i.quoted_minor = b->quoted_minor;
	i.bonus_minor = b->bonus_minor;
	i.answers = b->answers;
	i.storage_gb = b->storage_gb;
	i.battery_percent = b->battery_percent;
	i.age_months = b->age_months;
	i.price_list = b->price_list;
	i.priced_us = field_or(b->priced_us, tx_now_us(tx));
	return item_set(cx, tx, &i);
}

enum err tradein_book_apply(struct cx *cx, struct tx *tx, const struct entry *entry, const void *arg)
{
	const struct tradein_book *rec = arg;
	const struct book_item *items = rec->items.item;
	const struct order o = {
		.city = tx_city(tx), .order = rec->order, .owner = rec->owner, .merchant = rec->merchant,
		.site = rec->site, .channel = rec->channel, .slot_us = rec->slot_us,
		.netted = field_or(rec->netted, 0), .purchase_minor = rec->purchase_minor,
		.items = (int64_t)rec->items.count, .booked_us = tx_now_us(tx), .lapse_us = rec->lapse_us,
		.access = rec->access, .account_seq = FIELD_NONE, .account_n = FIELD_NONE};

	if (rec->contact.vault_n != FIELD_NONE &&
	    party_put_owner(cx, tx, rec->owner, entry->seq, &rec->contact))
		return cx->err;
	if (tx_put(cx, tx, &order_table, &o) || tx_touch(cx, tx, ACCOUNT(SUBJECT_PARTY, o.owner)))
		return cx->err;
	for (size_t n = 0; n < rec->items.count; n++)
		if (put_item(cx, tx, entry->seq, rec, (int64_t)n + 1, &items[n]))
			return cx->err;
	return ERR_OK;
}
