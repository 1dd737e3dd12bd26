/* outcome.c: one item for its owner: what was declared, what was agreed, and what became of the device. */
#include "programme/desk/parts.h"

const struct field desk_outcome_params[] = {
	F_ID(struct desk_outcome, item, IN | REQ | PATH, "the item"), F_END};

struct outcome {
	struct afterlife life; /* first: its fields serve for both */
	int64_t item, order, state, since_us, device, model, grade_c, grade_f;
	int64_t quoted_minor, bonus_minor, offered_minor, offer_until_us, agreed_minor;
	int64_t storage_gb, battery_percent, age_months;
	const char *label, *category, *name, *answers, *found_category, *found_name;
};
const struct field desk_outcome_shown[] = {
	F_ID(struct outcome, item, OUT | REQ, "the item"),
	F_ID(struct outcome, order, OUT | REQ, "its order"),
	F_ENUM(struct outcome, state, OUT | REQ, item_states, "where the item is"),
	F_US(struct outcome, since_us, OUT | REQ, "in this state since"),
	F_TEXT(struct outcome, category, OUT | REQ, 1, 40, "declared category"),
	F_ID(struct outcome, model, OUT, "declared model"),
	F_TEXT(struct outcome, name, OUT, 1, 400, "its brand and name"),
	F_TEXT(struct outcome, answers, OUT, 0, QUOTE_ANSWERS_MAX, "declared answers that are not the best"),
	F_INT(struct outcome, storage_gb, OUT, 0, 1000000, "GB", "declared storage"),
	F_INT(struct outcome, battery_percent, OUT, 0, 100, "percent", "declared battery health"),
	F_INT(struct outcome, age_months, OUT, 0, 1200, "months", "declared age"),
	F_MINOR(struct outcome, quoted_minor, OUT | REQ, "promised for that"),
	F_MINOR(struct outcome, bonus_minor, OUT, "the programme's bonus on top"),
	F_MINOR(struct outcome, offered_minor, OUT, "revised offer: inspect.list has its reasons and steps"),
	F_US(struct outcome, offer_until_us, OUT, "the offer stands until"),
	F_MINOR(struct outcome, agreed_minor, OUT, "agreed price"),
	F_ID(struct outcome, device, OUT, "the device; absent before it was handed in"),
	F_TEXT(struct outcome, label, OUT, 1, 32, "code on its label: its passport is public"),
	F_TEXT(struct outcome, found_category, OUT, 1, 40, "category as found, when it is another"),
	F_TEXT(struct outcome, found_name, OUT, 1, 400, "model as found, when it is another"),
	F_INT(struct outcome, grade_c, OUT, 0, 9, NULL, "cosmetic grade C0 to C9"),
	F_INT(struct outcome, grade_f, OUT, 1, 6, NULL, "functional grade F1 to F6"),
	AFTERLIFE_FIELDS,
	F_END};

static enum err add_device(struct cx *cx, struct reader *r, const struct item *i, struct outcome *o)
{
	const struct device key = {.city = r->city, .device = i->device};
	const struct device *d;
	const void *row;
	char label[32];

	if (i->device == FIELD_NONE)
		return ERR_OK;
	if (reader_find(cx, r, &device_table, &key, &row))
		return cx->err;
	d = row;
	if (!d)
		return cx_fail(cx, ERR_CORRUPT, "item %lld has a device that is not there",
			       (long long)i->item);
	device_label(label, d->device);
	o->label = cx_strdup(cx, label);
	o->device = d->device;
	o->grade_c = d->grade_c;
	o->grade_f = d->grade_f;
	if (strcmp(d->category, i->category) != 0)
		o->found_category = d->category;
	if (d->model != i->model && desk_model(cx, r, d->model, &o->found_name))
		return cx->err;
	return o->label ? desk_afterlife(cx, r, d, &o->life) : cx->err;
}

enum err desk_outcome_run(struct cx *cx, struct reader *r, const void *params, struct json_writer *w)
{
	const struct desk_outcome *p = params;
	const struct item *i;
	struct outcome o;

	if (desk_item(cx, r, p->item, &i))
		return cx->err;
	if (!i)
		return cx_fail(cx, ERR_NOT_FOUND, "there is no item %lld in city %lld", (long long)p->item,
			       (long long)r->city);
	if (order_read_check(cx, r, i->order))
		return cx->err;
	field_init(desk_outcome_shown, &o);
	o.item = i->item;
	o.order = i->order;
	o.state = i->state;
	o.since_us = i->since_us;
	o.category = i->category;
	o.model = i->model;
	o.answers = i->answers;
	o.storage_gb = i->storage_gb;
	o.battery_percent = i->battery_percent;
	o.age_months = i->age_months;
	o.quoted_minor = i->quoted_minor;
	o.bonus_minor = i->bonus_minor;
	o.offered_minor = i->offered_minor;
	o.offer_until_us = i->offer_until_us;
	o.agreed_minor = i->agreed_minor;
	if (desk_model(cx, r, i->model, &o.name) || add_device(cx, r, i, &o))
		return cx->err;
	field_write(w, desk_outcome_shown, OUT, &o);
	return ERR_OK;
}
