/* The figures of a simulation, by name. */
#include "cli/simulate/sim.h"

#define ROW(name, member) {name, offsetof(struct sim_totals, member)}
static const struct {
	const char *name;
	size_t at;
} rows[] = {
	ROW("lives", lives),
	ROW("actions", actions),
	ROW("quotes", quotes),
	ROW("orders", orders),
	ROW("booked", booked),
	ROW("cancelled", cancelled),
	ROW("lapsed", lapsed),
	ROW("taken", taken),
	ROW("inspections", inspections),
	ROW("agreed", agreed),
	ROW("agreed_at_once", agreed_at_once),
	ROW("netted", netted),
	ROW("offered", offered),
	ROW("accepted", accepted),
	ROW("declined", declined),
	ROW("offers_lapsed", offers_lapsed),
	ROW("returned", returned),
	ROW("held", held),
	ROW("seized", seized),
	ROW("lost", lost),
	ROW("found", found),
	ROW("erased", erased),
	ROW("erase_attempts", erase_attempts),
	ROW("erase_failed", erase_failed),
	ROW("erase_unverifiable", erase_unverifiable),
	ROW("media_destroyed", media_destroyed),
	ROW("repaired", repaired),
	ROW("listed", listed),
	ROW("sold", sold),
	ROW("delivered", delivered),
	ROW("sales_cancelled", sales_cancelled),
	ROW("buyer_returns", buyer_returns),
	ROW("to_recover", to_recover),
	ROW("dismantled", dismantled),
	ROW("batches", batches),
	ROW("dismantled_in_mg", in_mg),
	ROW("fractions_out_mg", out_mg),
	ROW("hazardous_mg", hazard_mg),
	ROW("consignments", consignments),
	ROW("receipt_difference_mg", receipt_difference_mg),
	ROW("agreed_minor", agreed_minor),
	ROW("bonus_minor", bonus_minor),
	ROW("paid_owners", paid_owners),
	ROW("paid_owners_minor", paid_minor),
	ROW("paid_merchants_minor", paid_merchants_minor),
	ROW("payments_rejected", rejected),
	ROW("revenue_minor", revenue_minor),
	ROW("forgotten", forgotten),
};

static int64_t *figure(struct sim_totals *t, size_t row)
{
	return (int64_t *)(void *)((char *)t + rows[row].at);
}

void totals_write(struct json_writer *w, const struct sim_totals *t)
{
	struct sim_totals copy = *t;

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		jw_name(w, rows[i].name);
		jw_int(w, *figure(&copy, i));
	}
}

void totals_add(struct sim_totals *sum, const struct sim_totals *more)
{
	struct sim_totals copy = *more;

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		*figure(sum, i) += *figure(&copy, i);
}

void totals_read(const struct json *v, struct sim_totals *out)
{
	*out = (struct sim_totals){0};
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		int64_t value = got_int(v, rows[i].name);
		*figure(out, i) = value == FIELD_NONE ? 0 : value;
	}
}
