/* relode simulate: a programme's actors, played from a seed. */
#include "cli/command.h"
#include "cli/simulate/sim.h"
#include "codec/hash.h"
#include "codec/text.h"

enum { COUNT_DEFAULT = 1000, DAYS_MAX = 3650, NAME_MAX_BYTES = 100 };

static const struct arg_option options[] = {
	{"seed", "N", "the only source of chance (default: 1)"},
	{"devices", "FILE",
	 "CSV of devices, one hand-in a row: columns model, price, storage, battery, cracked, …"},
	{"count", "N",
	 "devices that are drawn, or rows of the file that are taken (default: 1000, or all)"},
	{"days", "N", "hand-ins are spread over so many days (default: 60)"},
	{"until", "N",
	 "stop after so many days, with devices, payments and batches in the middle of their way"},
	{"city-name", "TEXT", "the city's name (default: Vilnius with a file, else Shanghai)"},
	{NULL, NULL, NULL},
};

static enum err read_options(struct cx *cx, const struct args *a, struct sim *s)
{
	const char *file = args_get(a, "devices"), *name = args_get(a, "city-name");
	int64_t seed;

	if (a->words)
		return cx_fail(cx, ERR_INPUT, "simulate takes no word \"%.40s\"; see --help", a->word[0]);
	if (args_int(cx, a, "seed", 1, 0, JSON_INT_MAX, &seed) ||
	    args_int(cx, a, "days", PLAN_PERIOD, 1, DAYS_MAX, &s->days) ||
	    args_int(cx, a, "until", 0, 1, 2 * DAYS_MAX, &s->until) ||
	    args_int(cx, a, "count", file ? SIM_LIVES_MAX : COUNT_DEFAULT, 1, SIM_LIVES_MAX, &s->count))
		return cx->err;
	if (name && (!*name || strlen(name) > NAME_MAX_BYTES))
		return cx_fail(cx, ERR_INPUT, "--city-name: 1 to %d bytes", NAME_MAX_BYTES);
	s->seed = (uint64_t)seed;
	s->seed_text = cx_printf(cx, "%lld", (long long)seed);
	s->chance = prng_of(s->seed, 1);
	s->draws = prng_of(s->seed, 0);
	s->payout_every = PLAN_PAYOUT_EVERY;
	s->world = file ? (struct sim_world){.name = "Vilnius",
					     .currency = "EUR",
					     .time_zone = "Europe/Vilnius",
					     .offset_us = INT64_C(7200000000),
					     .lat_e6 = 54687200,
					     .lon_e6 = 25279700,
					     .vat_bp = 2100,
					     .vat_margin = true}
			  /* Directive 2006/112/EC art. 315 */
			  :
			  (struct sim_world){.name = "Shanghai",
					     .currency = "CNY",
					     .time_zone = "Asia/Shanghai",
					     .offset_us = INT64_C(28800000000),
					     .lat_e6 = 31230400,
					     .lon_e6 = 121473700,
					     .vat_bp = 200}; /* assumption: used goods */
	if (name)
		s->world.name = name;
	if (file && devices_read(cx, file, &s->devices))
		return cx->err;
	if (file && s->count > (int64_t)s->devices.devices)
		s->count = (int64_t)s->devices.devices;
	return s->seed_text ? ERR_OK : cx->err;
}

/* --- the summary --- */

static void write_counts(struct json_writer *w, const struct sim_totals *t)
{
	const struct {
		const char *name;
		int64_t value;
	} rows[] = {{"lives", t->lives},
		    {"actions", t->actions},
		    {"quotes", t->quotes},
		    {"orders", t->orders},
		    {"booked", t->booked},
		    {"cancelled", t->cancelled},
		    {"lapsed", t->lapsed},
		    {"taken", t->taken},
		    {"inspections", t->inspections},
		    {"agreed", t->agreed},
		    {"agreed_at_once", t->agreed_at_once},
		    {"netted", t->netted},
		    {"offered", t->offered},
		    {"accepted", t->accepted},
		    {"declined", t->declined},
		    {"offers_lapsed", t->offers_lapsed},
		    {"returned", t->returned},
		    {"held", t->held},
		    {"seized", t->seized},
		    {"lost", t->lost},
		    {"found", t->found},
		    {"erased", t->erased},
		    {"erase_attempts", t->erase_attempts},
		    {"erase_failed", t->erase_failed},
		    {"erase_unverifiable", t->erase_unverifiable},
		    {"media_destroyed", t->media_destroyed},
		    {"repaired", t->repaired},
		    {"listed", t->listed},
		    {"sold", t->sold},
		    {"delivered", t->delivered},
		    {"sales_cancelled", t->sales_cancelled},
		    {"buyer_returns", t->buyer_returns},
		    {"to_recover", t->to_recover},
		    {"dismantled", t->dismantled},
		    {"batches", t->batches},
		    {"dismantled_in_mg", t->in_mg},
		    {"fractions_out_mg", t->out_mg},
		    {"hazardous_mg", t->hazard_mg},
		    {"consignments", t->consignments},
		    {"receipt_difference_mg", t->receipt_difference_mg},
		    {"agreed_minor", t->agreed_minor},
		    {"bonus_minor", t->bonus_minor},
		    {"paid_owners", t->paid_owners},
		    {"paid_owners_minor", t->paid_minor},
		    {"paid_merchants_minor", t->paid_merchants_minor},
		    {"payments_rejected", t->rejected},
		    {"revenue_minor", t->revenue_minor},
		    {"forgotten", t->forgotten}};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		jw_int_at(w, rows[i].name, rows[i].value);
}

static enum err summary(struct cx *cx, const struct args *a, struct sim *s)
{
	struct json_writer w;
	char root[DIGEST_HEX];
	struct json *v;
	int64_t size;
	struct sb sb;

	if (sim_checkpoint(s, &size, root))
		return cx->err;
	sb_init(&sb, cx, 100000);
	jw_init(&w, &sb, false);
	jw_object(&w);
	jw_int_at(&w, "city", s->world.city);
	jw_text_at(&w, "name", s->world.name);
	jw_text_at(&w, "currency", s->world.currency);
	jw_text_at(&w, "seed", s->seed_text);
	write_counts(&w, &s->totals);
	jw_int_at(&w, "log_size", size);
	jw_text_at(&w, "log_root", root);
	jw_object_end(&w);
	if (sb_end(&sb) || json_parse(cx, sb.data, sb.len, &json_limits_request, &v))
		return cx->err;
	return command_print(cx, a, v);
}

static enum err run_simulate(struct cx *cx, struct args *a)
{
	struct sim *s = CX_NEW(cx, struct sim);

	if (!s || read_options(cx, a, s) || command_door(cx, a, false, &s->door))
		return cx->err;
	s->cx = cx;
	cx_init(&s->work, (size_t)4 << 30);
	catch_interrupt(cx);
	s->work.stop = cx->stop;
	if (!sim_run(s))
		summary(cx, a, s);
	cx_done(&s->work);
	door_close(s->door);
	return cx->err;
}

const struct command cmd_simulate = {
	"simulate",
	"simulate [--seed N] [--devices FILE.csv | --count N] [--days N] [--until N]",
	"Plays a programme in a new simulated city: owners, clerks, bench, buyers, recyclers, the bank.\n\n"
	"The same seed, devices and programme give the same log, here or over HTTP (--server). Its\n"
	"price list is in force while it runs; afterwards the one before is published again.",
	options,
	run_simulate,
	NULL};
