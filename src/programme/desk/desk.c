#include "programme/desk/parts.h"

enum err desk_model(struct cx *cx, const struct reader *r, int64_t model, const char **out)
{
	const struct model key = {.city = 0, .seq = model >> 20, .n = model & 0xfffff};
	const struct model *m;
	const void *row;

	*out = NULL;
	if (model == FIELD_NONE)
		return ERR_OK;
	if (reader_find(cx, r, &model_table, &key, &row))
		return cx->err;
	m = row;
	if (m)
		*out = cx_printf(cx, "%s %s", m->brand, m->name);
	return m && !*out ? cx->err : ERR_OK;
}

enum err desk_item(struct cx *cx, const struct reader *r, int64_t item, const struct item **out)
{
	const struct item key = {.city = r->city, .item = item};
	const void *row;

	*out = NULL;
	if (item == FIELD_NONE)
		return ERR_OK;
	if (reader_find(cx, r, &item_table, &key, &row))
		return cx->err;
	*out = row;
	return ERR_OK;
}

enum err desk_allowed(struct cx *cx, enum err err, bool *yes)
{
	*yes = err == ERR_OK;
	if (err != ERR_FORBIDDEN && err != ERR_NOT_FOUND)
		return err;
	cx_clear(cx);
	return ERR_OK;
}

#define VIEW(f)                                                                                    \
	.name = "desk." #f, .params = desk_##f##_params, .params_size = sizeof(struct desk_##f),   \
	.fields = desk_##f##_shown, .run = desk_##f##_run

static const struct view views[] = {
	{VIEW(find), .path = CITY "find", .roles = STAFF | ROLE_BUYER, .list = true,
	 .doc = "What a scanned or typed text names: a device by label, id, IMEI or serial; an order, item, "
		"sale, batch, lot, consignment or payout by number; a site or an organisation by name."},
	{VIEW(next), .path = CITY "devices/{device}/next", .roles = STAFF,
	 .doc = "What is to be done with a device now: the usual next action, whom or what it waits for, and "
		"every action that its states allow."},
	{VIEW(outcome), .path = CITY "items/{item}/outcome", .roles = STAFF | ROLE_OWNER,
	 .doc = "An item for its owner: what was declared and agreed, how the data were erased, what became "
		"of the device and its materials. The holder of the order's link sees it."},
	{VIEW(items), .path = CITY "counter/items", .roles = STAFF, .list = true,
	 .doc = "Items taken in, or booked, on local days, oldest first: today's list of a counter, and what "
		"lies behind desk.counts. An organisation sees those that it takes."},
	{VIEW(counts), .path = CITY "counter/counts", .roles = STAFF,
	 .doc = "Counts and sums of items taken in, or booked, on local days, by site, merchant, category or "
		"state; how many offers were revised and declined. An organisation's own."},
	{VIEW(tasks), .path = CITY "bench/tasks", .roles = STAFF, .list = true,
	 .doc = "How many devices wait for what at the bench. An organisation's own."},
	{.name = "desk.waiting", .params = desk_waiting_params, .params_size = sizeof(struct desk_waiting),
	 .fields = device_row_fields, .run = desk_waiting_run, .path = CITY "bench/devices", .roles = STAFF,
	 .list = true, .doc = "Devices that wait for one task, the longest waiting first."},
	{VIEW(preview), .path = CITY "price-list/preview",
	 .roles = ROLE_ADMIN | ROLE_OFFICER | ROLE_ANALYST | ROLE_SYSTEM,
	 .doc = "What a price list that was published under another name would do to what was booked lately, "
		"or on one day: how many prices change, sums before and after, the models that change most."},
	{.name = NULL}};

const struct feature desk_feature = {.name = "desk", .views = views};
