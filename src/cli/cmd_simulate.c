/* relode simulate: a programme's actors, played from a seed. */
#include "cli/command.h"
#include "base/time.h"
#include "cli/simulate/scale.h"

enum { COUNT_DEFAULT = 1000, DAYS_MAX = 3650, NAME_MAX_BYTES = 100, SUMMARY_MAX = 8 * 1024 * 1024 };

static const struct arg_option options[] = {
	{"seed", "N", "the only source of chance (default: 1)"},
	{"devices", "FILE",
	 "CSV of devices, one hand-in a row: columns model, price, storage, battery, cracked, …"},
	{"count", "N",
	 "devices that are drawn, or rows of the file that are taken (default: 1000, or all)"},
	{"days", "N", "hand-ins are spread over so many days (default: 60); of a scale: its first days"},
	{"until", "N",
	 "stop after so many days, with devices, payments and batches in the middle of their way"},
	{"start", "DATE", "the first day, 2026-01-05 when absent"},
	{"scale", "NAME", "a year of a whole country, city by city: atrenew-2020; the same command goes on"},
	{"fraction", "X", "of a scale's devices and merchants, every day (default: 1)"},
	{"cities", "N", "of a scale (default: 250)"},
	{"threads", "N", "cities of a scale that are played at a time (default: 2); the logs are the same"},
	{"cache", "MIB",
	 "memory for rows of a scale's cities (default: 256, more for large ones, at most a quarter of all)"},
	{"city-name", "TEXT", "the city's name (default: Vilnius with a file, else Shanghai)"},
	{NULL, NULL, NULL},
};

static struct sim_world world_of(bool file)
{
	if (file)
		return (struct sim_world){.name = "Vilnius",
					  .currency = "EUR",
					  .time_zone = "Europe/Vilnius",
					  .offset_us = INT64_C(7200000000),
					  .lat_e6 = 54687200,
					  .lon_e6 = 25279700,
					  .vat_bp = 2100,
					  .vat_margin = true}; /* Directive 2006/112/EC art. 315 */
	return (struct sim_world){.name = "Shanghai",
				  .currency = "CNY",
				  .time_zone = "Asia/Shanghai",
				  .offset_us = INT64_C(28800000000),
				  .lat_e6 = 31230400,
				  .lon_e6 = 121473700,
				  .vat_bp = 200}; /* assumption: used goods */
}

static enum err read_start(struct cx *cx, const char *text, struct civil *out)
{
	struct civil c = {2026, 1, 5};
	char rest;

	if (text && (sscanf(text, "%4d-%2d-%2d%c", &c.year, &c.month, &c.day, &rest) != 3 || !civil_valid(c)))
		return cx_fail(cx, ERR_INPUT, "--start: \"%.40s\" is no day; write it as 2026-01-05", text);
	*out = c;
	return ERR_OK;
}

static enum err read_options(struct cx *cx, const struct args *a, struct sim *s)
{
	const char *file = args_get(a, "devices"), *name = args_get(a, "city-name");
	int64_t seed;

	if (a->words)
		return cx_fail(cx, ERR_INPUT, "simulate takes no word \"%.40s\"; see --help", a->word[0]);
	if (args_int(cx, a, "seed", 1, 0, JSON_INT_MAX, &seed) ||
	    args_int(cx, a, "days", PLAN_PERIOD, 1, DAYS_MAX, &s->days) ||
	    args_int(cx, a, "until", 0, 1, 2 * DAYS_MAX, &s->until) ||
	    args_int(cx, a, "count", file ? SIM_LIVES_MAX : COUNT_DEFAULT, 1, SIM_LIVES_MAX, &s->count) ||
	    read_start(cx, args_get(a, "start"), &s->first_day))
		return cx->err;
	if (name && (!*name || strlen(name) > NAME_MAX_BYTES))
		return cx_fail(cx, ERR_INPUT, "--city-name: 1 to %d bytes", NAME_MAX_BYTES);
	s->seed = (uint64_t)seed;
	s->seed_text = cx_printf(cx, "%lld", (long long)seed);
	s->chance = prng_of(s->seed, 1);
	s->draws = prng_of(s->seed, 0);
	s->payout_every = PLAN_PAYOUT_EVERY;
	s->world = world_of(file != NULL);
	if (name)
		s->world.name = name;
	if (file && devices_read(cx, file, &s->devices))
		return cx->err;
	if (file && s->count > (int64_t)s->devices.devices)
		s->count = (int64_t)s->devices.devices;
	return s->seed_text ? ERR_OK : cx->err;
}

/* --- a year --- */

static enum err read_plan(struct cx *cx, const struct args *a, struct sim *s, struct scale_plan *out)
{
	static const char *const alone[] = {"devices", "count", "until", "city-name", "start"};
	const char *name = args_get(a, "scale"), *fraction = args_get(a, "fraction"), *where = command_db(a);
	int64_t cities, threads, cache;

	*out = (struct scale_plan){.scale = scale_named(name), .fraction = SCALE_WHOLE, .seed = s->seed_text};
	if (!out->scale)
		return cx_fail(cx, ERR_INPUT, "--scale: \"%.40s\" is not one of: atrenew-2020", name);
	for (size_t i = 0; i < ARRAY_LEN(alone); i++)
		if (args_get(a, alone[i]))
			return cx_fail(cx, ERR_INPUT, "--%s is not for a scale; see --help", alone[i]);
	if ((fraction && scale_fraction(cx, fraction, &out->fraction)) ||
	    args_int(cx, a, "cities", out->scale->cities, 1, SCALE_CITIES_MAX, &cities) ||
	    args_int(cx, a, "threads", SCALE_THREADS, 1, SCALE_THREADS_MAX, &threads) ||
	    args_int(cx, a, "days", out->scale->days, 1, out->scale->days, &out->days))
		return cx->err;
	out->cities = (int)cities;
	out->threads = (int)(threads < cities ? threads : cities);
	if (args_int(cx, a, "cache", (int64_t)(scale_cache(out) >> 20), 1, SCALE_CACHE_MAX, &cache))
		return cx->err;
	out->cache = (size_t)cache << 20;
	if (args_get(a, "server") || (!args_get(a, "db") && getenv("RELODE_SERVER")))
		return cx_fail(cx, ERR_INPUT,
			       "--scale writes to the database itself: give --db, not --server");
	out->record = db_beside(cx, NULL, where, "simulated");
	return out->record ? ERR_OK : cx->err;
}

static enum err run_scale(struct cx *cx, const struct args *a, struct sim *s)
{
	struct scale_plan plan;
	struct json_writer w;
	struct json *v;
	struct sb sb;

	if (read_plan(cx, a, s, &plan) || command_door(cx, a, false, &s->door))
		return cx->err;
	sb_init(&sb, cx, SUMMARY_MAX);
	jw_init(&w, &sb, false);
	jw_object(&w);
	if (!scale_play(s, &plan, &w)) {
		jw_object_end(&w);
		if (!sb_end(&sb) && !json_parse(cx, sb.data, sb.len, &json_limits_file, &v))
			command_print(cx, a, v);
	}
	return cx->err;
}

/* --- the summary --- */

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
	totals_write(&w, &s->totals);
	jw_int_at(&w, "log_size", size);
	jw_text_at(&w, "log_root", root);
	jw_object_end(&w);
	if (sb_end(&sb) || json_parse(cx, sb.data, sb.len, &json_limits_request, &v))
		return cx->err;
	return command_print(cx, a, v);
}

static enum err run_city(struct cx *cx, const struct args *a, struct sim *s)
{
	if (args_get(a, "fraction") || args_get(a, "cities") || args_get(a, "threads") ||
	    args_get(a, "cache"))
		return cx_fail(cx, ERR_INPUT, "--fraction, --cities, --threads and --cache are of a scale: "
					      "give --scale atrenew-2020");
	if (command_door(cx, a, false, &s->door) || sim_run(s))
		return cx->err;
	return summary(cx, a, s);
}

static enum err run_simulate(struct cx *cx, struct args *a)
{
	struct sim *s = CX_NEW(cx, struct sim);

	if (!s || read_options(cx, a, s))
		return cx->err;
	s->cx = cx;
	cx_init(&s->work, (size_t)4 << 30);
	catch_interrupt(cx);
	s->work.stop = cx->stop;
	if (args_get(a, "scale"))
		run_scale(cx, a, s);
	else
		run_city(cx, a, s);
	cx_done(&s->work);
	door_close(s->door);
	return cx->err;
}

const struct command cmd_simulate = {
	"simulate",
	"simulate [--seed N] [--devices FILE.csv | --count N | --scale NAME [--fraction X]] [--days N] "
	"[--until N]",
	"Plays a programme in a new simulated city: owners, clerks, bench, buyers, recyclers, the bank.\n\n"
	"The same seed, devices and programme give the same log, here or over HTTP (--server). Its\n"
	"price list is in force while it runs; afterwards the one before is published again.\n\n"
	"--scale atrenew-2020 plays a year of 23 million devices, 100,000 merchants and 250 cities; with\n"
	"--fraction 0.01 a hundredth of it. However it was stopped, the same command goes on, and ends with\n"
	"the same logs. What is finished is noted in a file beside the database (.simulated).",
	options,
	run_simulate,
	NULL};
