/* repair.c: parts in and out, with mass and cost. A storage medium fitted reopens the gate; one that is
 * taken out must have been erased or destroyed before.
 */
#include "programme/stock/internal.h"

static const struct field part_fields[] = {
	F_TEXT(struct stock_part, code, MUST, 1, 40, "what part"),
	F_ENUM(struct stock_part, direction, MUST, part_directions, "fitted or taken out"),
	F_MG(struct stock_part, mass_mg, MUST, "its mass"),
	F_MINOR(struct stock_part, cost_minor, GIVEN, "its cost; only of a part fitted"),
	F_ENUM(struct stock_part, medium_kind, GIVEN, medium_kinds,
	       "fitted: it is a storage medium of this kind"),
	F_INT(struct stock_part, capacity_gb, GIVEN, 0, 1000000, "GB", "its capacity"),
	F_INT(struct stock_part, medium, GIVEN, 1, MEDIA_MAX, NULL,
	      "taken out: it is this storage medium"),
	F_END};
const struct field stock_repair_fields[] = {
	F_ID(struct stock_repair, device, MUST | PATH, "the device"),
	F_MINOR(struct stock_repair, labour_minor, GIVEN, "cost of the work"),
	F_LIST(struct stock_repair, parts, GIVEN, STOCK_PARTS_MAX, part_fields, struct stock_part,
	       "parts in and out"),
	F_ID(struct stock_repair, repair, DERIVED, "the repair"),
	F_MINOR(struct stock_repair, cost_minor, DERIVED,
		"cost of parts and work, charged to the device"),
	F_MG(struct stock_repair, mass_mg, DERIVED, "the device's mass now"),
	F_ENUM(struct stock_repair, device_state, DERIVED, device_states, "the device's state now"),
	F_END};

/* Reads what a repair does to a device; next: number of the next new medium. */
struct sum {
	int64_t cost_minor, mass_mg, next;
	bool opened;
};

static enum err part_in(struct cx *cx, struct tx *tx, const struct device *d,
			struct stock_part *part, struct sum *sum)
{
	if (part->medium != FIELD_NONE)
		return cx_fail(
			cx, ERR_INVALID,
			"medium: the number of a medium that is fitted is given by the books");
	sum->cost_minor += field_or(part->cost_minor, 0);
	sum->mass_mg += part->mass_mg;
	if (part->medium_kind != FIELD_NONE) {
		if (sum->next > MEDIA_MAX)
			return cx_fail(cx, ERR_TOO_LARGE, "device %lld has %d storage media already",
				       (long long)d->device, MEDIA_MAX);
		part->medium = sum->next++;
		sum->opened = true;
	}
	return tx_move_amount(cx, tx, ACCOUNT(MG_PARTS_IN, 0), ACCOUNT(MG_DEVICE, d->device), "mg",
			      part->mass_mg);
}

static enum err part_out(struct cx *cx, struct tx *tx, const struct device *d, const struct stock_part *part,
			 struct sum *sum)
{
	const struct medium *m;

	if (part->cost_minor != FIELD_NONE || part->medium_kind != FIELD_NONE ||
	    part->capacity_gb != FIELD_NONE)
		return cx_fail(
			cx, ERR_INVALID,
			"a part that is taken out has no cost_minor, medium_kind or capacity_gb");
	if (part->mass_mg > sum->mass_mg)
		return cx_fail(
			cx, ERR_CONFLICT,
			"mass_mg: the part weighs more than what is left of device %lld, %lld mg",
			(long long)d->device, (long long)sum->mass_mg);
	sum->mass_mg -= part->mass_mg;
	if (part->medium != FIELD_NONE) {
		m = medium_get(cx, tx, d->device, part->medium);
		if (!m)
			return cx->err;
		if (m->state != MEDIUM_ERASED && m->state != MEDIUM_DESTROYED)
			return cx_fail(
				cx, ERR_CONFLICT,
				"medium %lld of device %lld is %s: erase or destroy it before it "
				"is taken out",
				(long long)m->medium, (long long)d->device,
				cx_say_code(cx, "medium", medium_states[m->state]));
		if (medium_check(cx, tx, m, MEDIUM_REMOVED))
			return cx->err;
	}
	return tx_move_amount(cx, tx, ACCOUNT(MG_DEVICE, d->device), ACCOUNT(MG_PARTS_OUT, 0), "mg",
			      part->mass_mg);
}

/* Two parts of one repair cannot be the same medium. */
static enum err check_twice(struct cx *cx, const struct stock_part *part, size_t count)
{
	for (size_t i = 0; i < count; i++)
		for (size_t k = i + 1; k < count; k++)
			if (part[i].medium != FIELD_NONE && part[i].medium == part[k].medium)
				return cx_fail(cx, ERR_INVALID,
					       "parts[%zu].medium: medium %lld is taken out twice",
					       k, (long long)part[i].medium);
	return ERR_OK;
}

enum err stock_repair_decide(struct cx *cx, struct tx *tx, void *p)
{
	struct stock_repair *rec = p;
	const struct device *d = device_get(cx, tx, rec->device);
	struct stock_part *part = rec->parts.item;
	const struct medium *const *media;
	const struct city *city;
	struct sum sum = {.cost_minor = field_or(rec->labour_minor, 0)};
	size_t count;

	if (!d || erase_check_bench(cx, tx, d) || device_media(cx, tx, d->device, &media, &count) ||
	    device_check(cx, tx, d, d->state) || check_twice(cx, part, rec->parts.count))
		return cx->err;
	city = city_get(cx, tx);
	if (!city)
		return cx->err;
	if (rec->parts.count == 0 && sum.cost_minor == 0)
		return cx_fail(cx, ERR_INVALID, "parts: a repair has parts or work");
	sum.mass_mg = d->mass_mg;
	sum.next = count ? media[count - 1]->medium + 1 : 1;
	for (size_t i = 0; i < rec->parts.count; i++)
		if (part[i].direction == PART_IN ? part_in(cx, tx, d, &part[i], &sum) :
						   part_out(cx, tx, d, &part[i], &sum))
			return cx_prefix(cx, "parts[%zu]: ", i);
	rec->repair = tx_new_id(tx);
	rec->cost_minor = sum.cost_minor;
	rec->mass_mg = sum.mass_mg;
	rec->device_state = sum.opened ? DEVICE_OWNED : d->state;
	if (device_check(cx, tx, d, rec->device_state))
		return cx->err;
	return tx_move_amount(cx, tx, ACCOUNT(MONEY_DEVICE, d->device), ACCOUNT(MONEY_REPAIR, 0),
			      city->currency, sum.cost_minor);
}

static enum err apply_part(struct cx *cx, struct tx *tx, const struct entry *e,
			   const struct stock_repair *rec, size_t i)
{
	const struct stock_part *part = (const struct stock_part *)rec->parts.item + i;
	struct medium m = {.city = e->city,
			   .device = rec->device,
			   .medium = part->medium,
			   .kind = part->medium_kind,
			   .state = MEDIUM_PRESENT,
			   .capacity_gb = part->capacity_gb,
			   .last_seq = FIELD_NONE};

	if (part->direction == PART_OUT && part->medium != FIELD_NONE) {
		const struct medium *old = medium_get(cx, tx, rec->device, part->medium);
		if (!old)
			return cx->err;
		m = *old;
		m.state = MEDIUM_REMOVED;
	}
	if (part->medium != FIELD_NONE && medium_set(cx, tx, &m))
		return cx->err;
	return tx_put(cx, tx, &repair_part_table,
		      &(struct repair_part){.city = e->city,
					    .repair = rec->repair,
					    .n = (int64_t)i + 1,
					    .device = rec->device,
					    .seq = e->seq,
					    .code = part->code,
					    .direction = part->direction,
					    .mass_mg = part->mass_mg,
					    .cost_minor = field_or(part->cost_minor, 0),
					    .medium = part->medium,
					    .at_us = e->recorded_us});
}

enum err stock_repair_apply(struct cx *cx, struct tx *tx, const struct entry *e, const void *p)
{
	const struct stock_repair *rec = p;
	const struct stock_part *part = rec->parts.item;
	const struct device *row = device_get(cx, tx, rec->device);
	struct device d;

	if (!row)
		return cx->err;
	d = *row;
	for (size_t i = 0; i < rec->parts.count; i++) {
		if (apply_part(cx, tx, e, rec, i))
			return cx->err;
		if (part[i].direction == PART_IN && part[i].medium != FIELD_NONE)
			d.storage = 1;
	}
	d.mass_mg = rec->mass_mg;
	d.state = rec->device_state;
	return device_set(cx, tx, &d);
}

bool stock_is_repair(const struct entry *e, int64_t *repair)
{
	if (strcmp(e->type, "stock.repair") != 0)
		return false;
	*repair = ((const struct stock_repair *)e->rec)->repair;
	return true;
}
