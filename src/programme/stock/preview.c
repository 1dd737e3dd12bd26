/* Both expected values of a device before anything is decided: what stock.dispose would reckon. */
#include "programme/inspect/inspect.h"
#include "programme/stock/internal.h"

const struct field stock_preview_params[] = {
	F_ID(struct stock_preview, device, IN | REQ | PATH, "the device"),
	F_MINOR(struct stock_preview, price_minor, IN, "as stock.dispose takes it"),
	F_TEXT(struct stock_preview, repairs, IN, 1, 700,
	       "codes of repairs that it needs before sale, with commas between"),
	F_END};
const struct field stock_preview_shown[] = {
	F_ID(struct stock_dispose, device, OUT | REQ, "the device"),
	F_MINOR(struct stock_dispose, price_minor, OUT | REQ, "the price that it reckons with"),
	F_ENUM(struct stock_dispose, computed, OUT | REQ, disposition_choices, "what the rule says"),
	F_MINOR(struct stock_dispose, sale_minor, OUT | REQ, "expected sale price"),
	F_INT(struct stock_dispose, sold_bp, OUT | REQ, 0, 10000, "bp", "how likely a sale is"),
	F_MINOR(struct stock_dispose, repair_minor, OUT | REQ, "cost of the repairs"),
	F_MINOR(struct stock_dispose, selling_minor, OUT | REQ, "cost of selling"),
	F_MINOR(struct stock_dispose, erase_minor, OUT | REQ, "cost of erasing"),
	F_MINOR(struct stock_dispose, processing_minor, OUT | REQ, "cost of recovery"),
	SIGNED_MINOR(struct stock_dispose, resale_minor, OUT | REQ, "expected value by resale"),
	SIGNED_MINOR(struct stock_dispose, recovery_minor, OUT | REQ, "expected value by recovery"),
	F_HEX(struct stock_dispose, rule, OUT | REQ, 32, "digest of the recovery rule"),
	F_END};

static enum err read_device(struct cx *cx, struct reader *r, int64_t device, const struct device **out)
{
	const void *row;

	if (reader_find(cx, r, &device_table, &(struct device){.city = r->city, .device = device}, &row))
		return cx->err;
	if (!row)
		return cx_fail(cx, ERR_NOT_FOUND, "there is no device %lld in city %lld", (long long)device,
			       (long long)r->city);
	*out = row;
	return device_read_check(cx, r, *out);
}

/* What the newest inspection priced the found facts at; without one, what was agreed with the owner. */
static enum err facts_price(struct cx *cx, struct reader *r, const struct device *d, int64_t *price_minor)
{
	struct inspection found = {.city = r->city, .item = d->item};
	const struct item key = {.city = r->city, .item = d->item};
	const struct item *i;
	const void *row;

	*price_minor = 0;
	if (d->item == FIELD_NONE || reader_find(cx, r, &item_table, &key, &row) || !row)
		return cx->err;
	i = row;
	*price_minor = field_or(i->agreed_minor, 0);
	if (i->inspection_seq == FIELD_NONE)
		return ERR_OK;
	found.seq = i->inspection_seq;
	if (reader_find(cx, r, &inspection_table, &found, &row))
		return cx->err;
	if (row && ((const struct inspection *)row)->price_minor != FIELD_NONE)
		*price_minor = ((const struct inspection *)row)->price_minor;
	return ERR_OK;
}

static enum err split(struct cx *cx, const char *codes, struct list *out)
{
	struct stock_code *code = cx_array(cx, STOCK_REPAIRS_MAX, sizeof(*code));
	size_t n = 0;

	for (const char *at = codes; code && at && *at; n++) {
		size_t length = strcspn(at, ",");
		if (n == STOCK_REPAIRS_MAX)
			return cx_fail(cx, ERR_INVALID, "repairs: at most %d", STOCK_REPAIRS_MAX);
		code[n].code = cx_strndup(cx, at, length);
		if (!code[n].code)
			return cx->err;
		at += length + (at[length] == ',');
	}
	*out = (struct list){code, n};
	return code ? ERR_OK : cx->err;
}

enum err stock_preview_run(struct cx *cx, struct reader *r, const void *params, struct json_writer *w)
{
	const struct stock_preview *p = params;
	struct stock_dispose rec = {.device = p->device, .price_minor = p->price_minor};
	const struct device *d;
	const struct rule *rule;
	const void *city;

	if (read_device(cx, r, p->device, &d) || split(cx, p->repairs, &rec.repairs))
		return cx->err;
	if (d->grade_c == FIELD_NONE || d->grade_f == FIELD_NONE)
		return cx_fail(cx, ERR_CONFLICT, "device %lld has no grade: inspect it first",
			       (long long)d->device);
	if ((rec.price_minor == FIELD_NONE && facts_price(cx, r, d, &rec.price_minor)) ||
	    reader_find(cx, r, &city_table, &(struct city){.city = r->city}, &city) ||
	    rule_read(cx, r, RULE_RECOVERY, "default", &rule) ||
	    stock_reckon(cx, rule, city ? ((const struct city *)city)->currency : "", d, &rec))
		return cx->err;
	field_write(w, stock_preview_shown, OUT, &rec);
	return ERR_OK;
}
