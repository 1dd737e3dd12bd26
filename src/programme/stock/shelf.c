/* shelf.c: into stock, the disposition, on and off the list. */
#include "programme/inspect/inspect.h"
#include "programme/stock/internal.h"

/* --- stock.receive --- */

const struct field stock_receive_fields[] = {
	F_ID(struct stock_receive, device, MUST | PATH, "the device"),
	F_ID(struct stock_receive, site, DERIVED, "site where it is in stock"),
	F_END};

enum err stock_receive_decide(struct cx *cx, struct tx *tx, void *p)
{
	struct stock_receive *rec = p;
	const struct device *d = device_get(cx, tx, rec->device);

	if (!d || erase_check_bench(cx, tx, d) || device_check(cx, tx, d, DEVICE_STOCK) ||
	    device_check_erased(cx, tx, d))
		return cx->err;
	if (account_code(d->custody) != PC_CUSTODY)
		return cx_fail(cx, ERR_CONFLICT, "device %lld is at no site now: device.arrive comes first",
			       (long long)d->device);
	rec->site = d->site;
	return ERR_OK;
}

enum err stock_receive_apply(struct cx *cx, struct tx *tx, const struct entry *e, const void *p)
{
	const struct stock_receive *rec = p;
	const struct device *row = device_get(cx, tx, rec->device);
	struct stock_device s;
	struct device d;

	if (!row || stock_put_on_shelf(cx, tx, rec->device, rec->site) ||
	    stock_device_find(cx, tx, rec->device, &s))
		return cx->err;
	d = *row;
	d.state = DEVICE_STOCK;
	s.received_us = e->recorded_us;
	if (tx_put(cx, tx, &stock_device_table, &s))
		return cx->err;
	return device_set(cx, tx, &d);
}

/* --- stock.dispose --- */

static const struct field code_fields[] = {
	F_TEXT(struct stock_code, code, MUST, 1, 40, "code of a repair in the recovery rule"),
	F_END};
const struct field stock_dispose_fields[] = {
	F_ID(struct stock_dispose, device, MUST | PATH, "the device"),
	F_MINOR(struct stock_dispose, price_minor, IN | LOG | OUT,
		"the price list's price for the facts; absent: that of the newest inspection, else what was "
		"agreed with the owner"),
	F_LIST(struct stock_dispose, repairs, GIVEN, STOCK_REPAIRS_MAX, code_fields, struct stock_code,
	       "repairs that it needs before sale"),
	F_ENUM(struct stock_dispose, choice, IN | LOG | OUT, disposition_choices,
	       "the decision; absent: as the rule says"),
	F_ENUM(struct stock_dispose, reason, GIVEN, disposition_reasons, "why it is not as the rule says"),
	F_ENUM(struct stock_dispose, computed, DERIVED, disposition_choices, "what the rule says"),
	F_MINOR(struct stock_dispose, sale_minor, DERIVED, "expected sale price"),
	F_INT(struct stock_dispose, sold_bp, DERIVED, 0, 10000, "bp", "how likely a sale is"),
	F_MINOR(struct stock_dispose, repair_minor, DERIVED, "cost of the repairs"),
	F_MINOR(struct stock_dispose, selling_minor, DERIVED, "cost of selling"),
	F_MINOR(struct stock_dispose, erase_minor, DERIVED, "cost of erasing"),
	F_MINOR(struct stock_dispose, processing_minor, DERIVED, "cost of recovery"),
	SIGNED_MINOR(struct stock_dispose, resale_minor, DERIVED, "expected value by resale"),
	SIGNED_MINOR(struct stock_dispose, recovery_minor, DERIVED, "expected value by recovery"),
	F_HEX(struct stock_dispose, rule, DERIVED, 32, "digest of the recovery rule"),
	F_END};

/* What the newest inspection priced the found facts at; without one, what was agreed with the owner. */
static enum err facts_price(struct cx *cx, struct tx *tx, const struct device *d, int64_t *price_minor)
{
	const struct item *i = d->item == FIELD_NONE ? NULL : item_get(cx, tx, d->item);
	const struct inspection *found;
	const void *row = NULL;

	if (cx->err)
		return cx->err;
	if (i && i->inspection_seq != FIELD_NONE &&
	    tx_find(cx, tx, &inspection_table,
		    &(struct inspection){.item = i->item, .seq = i->inspection_seq}, &row))
		return cx->err;
	found = row;
	if (found && found->price_minor != FIELD_NONE) {
		*price_minor = found->price_minor;
		return ERR_OK;
	}
	return stock_cost(cx, tx, d, price_minor);
}

enum err stock_reckon(struct cx *cx, const struct rule *rule, const char *currency, const struct device *d,
		      struct stock_dispose *rec)
{
	const struct stock_code *code = rec->repairs.item;
	struct disposition_facts facts = {.category = d->category,
					  .currency = currency,
					  .grade_c = d->grade_c,
					  .grade_f = d->grade_f,
					  .price_minor = rec->price_minor,
					  .repairs = rec->repairs.count};
	const char **repair = cx_array(cx, rec->repairs.count, sizeof(*repair));
	struct disposition_values v;

	if (!repair)
		return cx->err;
	for (size_t i = 0; i < rec->repairs.count; i++)
		repair[i] = code[i].code;
	facts.repair = repair;
	if (stock_disposition(cx, rule_recovery(rule), &facts, &v))
		return cx->err;
	rec->computed = v.choice;
	rec->sale_minor = v.sale_minor;
	rec->sold_bp = v.sold_bp;
	rec->repair_minor = v.repair_minor;
	rec->selling_minor = v.selling_minor;
	rec->erase_minor = v.erase_minor;
	rec->processing_minor = v.processing_minor;
	rec->resale_minor = v.resale_minor;
	rec->recovery_minor = v.recovery_minor;
	rec->rule = (struct bytes){cx_memdup(cx, rule->digest.byte, 32), 32};
	return rec->rule.p ? ERR_OK : cx->err;
}

static enum err compute(struct cx *cx, struct tx *tx, const struct device *d, struct stock_dispose *rec)
{
	const struct city *city = city_get(cx, tx);
	const struct rule *rule;

	if (!city || rule_use(cx, tx, RULE_RECOVERY, "default", &rule))
		return cx->err;
	return stock_reckon(cx, rule, city->currency, d, rec);
}

enum err stock_dispose_decide(struct cx *cx, struct tx *tx, void *p)
{
	struct stock_dispose *rec = p;
	const struct device *d = device_get(cx, tx, rec->device);

	if (!d || erase_check_bench(cx, tx, d) || device_check(cx, tx, d, d->state))
		return cx->err;
	if (d->grade_c == FIELD_NONE || d->grade_f == FIELD_NONE)
		return cx_fail(cx, ERR_CONFLICT, "device %lld has no grade: inspect it first",
			       (long long)d->device);
	if (rec->price_minor == FIELD_NONE && facts_price(cx, tx, d, &rec->price_minor))
		return cx->err;
	if (compute(cx, tx, d, rec))
		return cx->err;
	if (rec->choice == FIELD_NONE)
		rec->choice = rec->computed;
	if (rec->choice != rec->computed && rec->reason == FIELD_NONE)
		return cx_fail(cx, ERR_INVALID, "reason: the rule says %s, so another choice needs a "
			"reason",
			       cx_say_code(cx, "choice", disposition_choices[rec->computed]));
	if (rec->choice == rec->computed && rec->reason != FIELD_NONE)
		return cx_fail(cx, ERR_INVALID, "reason: the choice is what the rule says and needs none");
	return ERR_OK;
}

enum err stock_dispose_apply(struct cx *cx, struct tx *tx, const struct entry *e, const void *p)
{
	const struct stock_dispose *rec = p;
	struct stock_device s;

	(void)e;
	if (stock_device_find(cx, tx, rec->device, &s))
		return cx->err;
	s.choice = rec->choice;
	s.resale_minor = rec->resale_minor;
	s.recovery_minor = rec->recovery_minor;
	if (tx_put(cx, tx, &stock_device_table, &s))
		return cx->err;
	return tx_touch(cx, tx, ACCOUNT(SUBJECT_DEVICE, rec->device));
}

/* --- stock.list, stock.unlist --- */

const struct field stock_list_fields[] = {
	F_ID(struct stock_list, device, MUST | PATH, "the device"),
	F_INT(struct stock_list, price_minor, MUST, 1, 1000000000000, "minor", "asking price, tax "
		"included"),
	F_MINOR(struct stock_list, before_minor, DERIVED, "asking price until now"),
	F_END};

enum err stock_list_decide(struct cx *cx, struct tx *tx, void *p)
{
	struct stock_list *rec = p;
	const struct device *d = device_get(cx, tx, rec->device);
	struct stock_device s;

	if (!d || erase_check_bench(cx, tx, d) || device_check(cx, tx, d, DEVICE_LISTED) ||
	    device_check_erased(cx, tx, d) || stock_check_hold(cx, tx, d) ||
	    stock_device_find(cx, tx, d->device, &s))
		return cx->err;
	if (s.choice == DISPOSE_RECOVERY)
		return cx_fail(cx, ERR_CONFLICT, "device %lld goes to recovery by its last disposition: "
			       "decide anew with stock.dispose before it is listed", (long long)d->device);
	rec->before_minor = d->listed_minor;
	return ERR_OK;
}

static enum err set_listed(struct cx *cx, struct tx *tx, int64_t device, int64_t state, int64_t price_minor)
{
	const struct device *row = device_get(cx, tx, device);
	struct device d;

	if (!row)
		return cx->err;
	d = *row;
	d.state = state;
	d.listed_minor = price_minor;
	if (tx_touch(cx, tx, ACCOUNT(SUBJECT_DEVICE, device)) || /* a price alone moves nothing */
	    (d.site != FIELD_NONE && stock_put_on_shelf(cx, tx, device, d.site)))
		return cx->err;
	return device_set(cx, tx, &d);
}

enum err stock_list_apply(struct cx *cx, struct tx *tx, const struct entry *e, const void *p)
{
	const struct stock_list *rec = p;

	(void)e;
	return set_listed(cx, tx, rec->device, DEVICE_LISTED, rec->price_minor);
}

const struct field stock_unlist_fields[] = {
	F_ID(struct stock_unlist, device, MUST | PATH, "the device"),
	F_END};

enum err stock_unlist_decide(struct cx *cx, struct tx *tx, void *p)
{
	struct stock_unlist *rec = p;
	const struct device *d = device_get(cx, tx, rec->device);

	if (!d || erase_check_bench(cx, tx, d))
		return cx->err;
	return device_check(cx, tx, d, DEVICE_STOCK);
}

enum err stock_unlist_apply(struct cx *cx, struct tx *tx, const struct entry *e, const void *p)
{
	const struct stock_unlist *rec = p;

	(void)e;
	return set_listed(cx, tx, rec->device, DEVICE_STOCK, FIELD_NONE);
}
