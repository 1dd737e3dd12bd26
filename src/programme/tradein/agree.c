/* The moment at which a device becomes the programme's and its price is owed. */
#include "programme/rule/rule.h"
#include "programme/tradein/parts.h"

struct quote_facts item_facts(const struct item *i)
{
	return (struct quote_facts){i->answers, i->storage_gb, i->battery_percent, i->age_months};
}

enum err item_price(struct cx *cx, struct tx *tx, const struct item *i, const struct product *p,
		    const struct quote_facts *facts, struct quote *out)
{
	const struct city *city = city_get(cx, tx);
	const struct rule *list;
	struct quote_model model;
	struct digest version;

	if (!city)
		return cx->err;
	memcpy(version.byte, i->price_list.p, sizeof(version.byte));
	if (rule_use_version(cx, tx, RULE_PRICE_LIST, &version, &list) ||
	    quote_model_use(cx, tx, p, &model))
		return cx->err;
	return quote_price(cx, list, &model, facts, i->priced_us, city->currency, out);
}

/* Was this device bought with a bonus? */
static enum err bought_with_bonus(struct cx *cx, struct tx *tx, int64_t device, bool *had)
{
	const struct device key = {.city = tx_city(tx), .device = device};
	const struct item *i;
	const void *row;

	*had = false;
	if (tx_find(cx, tx, &device_table, &key, &row))
		return cx->err;
	const struct device *d = row;
	if (!d)
		return ERR_OK;
	i = item_get(cx, tx, d->item);
	if (!i)
		return cx->err;
	*had = i->agreed_minor != FIELD_NONE && i->bonus_minor > 0;
	return ERR_OK;
}

/* Has a device other than `device` that claims one of this one's identities been bought with a bonus? */
static enum err claims_had_bonus(struct cx *cx, struct tx *tx, int64_t device, int64_t claiming, bool *had)
{
	const struct identifier key = {.city = tx_city(tx), .device = claiming};
	const void *const *claims;
	const int64_t *others;
	size_t count, n;

	if (tx_scan(cx, tx, &identifier_table, &key, 2, CLAIMS_SCAN_MAX, &claims, &count))
		return cx->err;
	for (size_t i = 0; i < count && !*had; i++) {
		const struct identifier *claim = claims[i];
		if (device_same_claim(cx, tx, device, claim->blind, &others, &n))
			return cx->err;
		for (size_t k = 0; k < n && !*had; k++)
			if (bought_with_bonus(cx, tx, others[k], had))
				return cx->err;
	}
	return ERR_OK;
}

enum err device_had_bonus(struct cx *cx, struct tx *tx, int64_t device, bool *had)
{
	const int64_t *same;
	size_t count;

	*had = false;
	if (device_same_thing(cx, tx, device, &same, &count))
		return cx->err;
	for (size_t i = 0; i < count && !*had; i++)
		if ((i > 0 && bought_with_bonus(cx, tx, same[i], had)) ||
		    (!*had && claims_had_bonus(cx, tx, device, same[i], had)))
			return cx->err;
	return ERR_OK;
}

/* The merchant's own terms, or those of the published rule when it has none. The programme itself, where it
 * takes devices in, earns nothing. */
static enum err commission(struct cx *cx, struct tx *tx, const struct order *o, const char *category,
			   int64_t agreed_minor, int64_t programme, int64_t *out)
{
	const struct party *merchant;
	const struct rule *rule;
	const struct commission *c;
	const struct commission_category *own;
	int64_t bp, fixed, share;

	*out = 0;
	if (o->merchant == programme)
		return ERR_OK;
	merchant = party_get(cx, tx, o->merchant);
	if (!merchant)
		return cx->err;
	bp = field_or(merchant->commission_bp, 0);
	fixed = field_or(merchant->commission_minor, 0);
	if (bp == 0 && fixed == 0) {
		if (rule_use(cx, tx, RULE_COMMISSION, "default", &rule)) {
			if (cx->err != ERR_NOT_FOUND &&
			    cx->err != ERR_CONFLICT) /* no such rule: no commission */
				return cx->err;
			cx_clear(cx);
			return ERR_OK;
		}
		c = rule_commission(rule);
		bp = c->bp;
		fixed = c->minor;
		own = c->categories.item;
		for (size_t i = 0; i < c->categories.count; i++)
			if (strcmp(own[i].category, category) == 0) {
				bp = own[i].bp;
				fixed = own[i].minor;
			}
	}
	if (rule_share(cx, agreed_minor, bp, 10000, &share))
		return cx->err;
	*out = share + fixed;
	return ERR_OK;
}

static enum err propose(struct cx *cx, struct tx *tx, const struct item *i, const struct order *o,
			const struct agreement *a, const char *currency)
{
	int64_t device = ACCOUNT(MONEY_DEVICE, i->device), owner = ACCOUNT(MONEY_OWNER, i->item);
	int64_t benefit = ACCOUNT(MONEY_BENEFIT, i->device),
		merchant = ACCOUNT(MONEY_MERCHANT, o->merchant);

	if (tx_move_amount(cx, tx, device, owner, currency, a->agreed_minor) ||
	    tx_move_amount(cx, tx, ACCOUNT(MONEY_BENEFIT_FUND, 0), benefit, currency, a->bonus_minor) ||
	    tx_move_amount(cx, tx, benefit, owner, currency, a->bonus_minor) ||
	    tx_move_amount(cx, tx, device, merchant, currency, a->commission_minor))
		return cx->err;
	if (a->to != ITEM_NETTED)
		return ERR_OK;
	return tx_move_amount(cx, tx, owner, merchant, currency, a->agreed_minor + a->bonus_minor);
}

enum err tradein_agree(struct cx *cx, struct tx *tx, const struct item *i, int64_t agreed_minor,
		       int64_t bonus_minor, struct agreement *out)
{
	const struct order *o = order_get(cx, tx, i->order);
	const struct city *city = city_get(cx, tx);
	struct agreement a = {.agreed_minor = agreed_minor,
			      .bonus_minor = bonus_minor,
			      .hold_until_us = FIELD_NONE};
	bool had = false;

	if (!o || !city)
		return cx->err;
	a.to = o->netted == 1 ? ITEM_NETTED : ITEM_AGREED;
	a.owner = city->programme;
	if (item_check(cx, tx, i, a.to) ||
	    (bonus_minor > 0 && device_had_bonus(cx, tx, i->device, &had)) ||
	    commission(cx, tx, o, i->category, agreed_minor, city->programme, &a.commission_minor))
		return cx->err;
	if (had)
		a.bonus_minor = 0;
	if (city->hold_days > 0)
		a.hold_until_us = tx_now_us(tx) + city->hold_days * DAY_US;
	if (propose(cx, tx, i, o, &a, city->currency))
		return cx->err;
	*out = a;
	return ERR_OK;
}

void tradein_agreed(const struct agreement *a, struct item *i, struct device *d)
{
	i->state = a->to;
	i->agreed_minor = a->agreed_minor;
	i->bonus_minor = a->bonus_minor;
	i->commission_minor = a->commission_minor;
	i->offer_until_us = FIELD_NONE;
	d->state = DEVICE_OWNED;
	d->owner = a->owner;
	if (a->hold_until_us != FIELD_NONE)
		d->hold_until_us = a->hold_until_us;
}
