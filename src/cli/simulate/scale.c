#include "cli/simulate/scale.h"

#include "base/file.h"

enum { RECORD_MAX = 64 * 1024 * 1024, RANK_OFFSET = 9, THERE_MAX = 4096 };

/* ATRenew 2020: more than 23 million second-hand products a year, more than 100,000 merchants that can offer
 * trade-ins (JD corporate blog 2021-12-08); stores in 241 to 266 cities (2022, in press), here 250. */
static const struct scale scales[] = {{"atrenew-2020", 23000000, 100000, 365, 250}};

const struct scale *scale_named(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(scales); i++)
		if (strcmp(scales[i].name, name) == 0)
			return &scales[i];
	return NULL;
}

enum err scale_fraction(struct cx *cx, const char *text, int64_t *out)
{
	int64_t v = 0, unit = SCALE_WHOLE;
	const char *p = text;

	for (; *p >= '0' && *p <= '9' && v <= 1; p++)
		v = v * 10 + (*p - '0');
	v *= SCALE_WHOLE;
	if (*p == '.' && p > text)
		for (p++; *p >= '0' && *p <= '9' && unit > 1; p++) {
			unit /= 10;
			v += (*p - '0') * unit;
		}
	if (*p || v <= 0 || v > SCALE_WHOLE)
		return cx_fail(cx, ERR_INPUT,
			       "--fraction: \"%.40s\" is not a number above 0 and up to 1, such as 0.01",
			       text);
	*out = v;
	return ERR_OK;
}

/* --- sizes --- */

/* Cities by rank, Zipf's law with Mandelbrot's offset: the n-th has a weight of 1 / (n + 9). Assumption: of
 * 250 the first has 3 % of all devices and the last a ninth of a hundredth. Merchants are spread alike. */
static int64_t weights_to(int city)
{
	int64_t sum = 0;

	for (int n = 1; n <= city; n++)
		sum += 1000000000 / (n + RANK_OFFSET);
	return sum;
}

int64_t scale_share(int64_t whole, int city, int cities)
{
	int64_t all = weights_to(cities);

	return whole * weights_to(city) / all - whole * weights_to(city - 1) / all;
}

static int64_t part_of(const struct scale_plan *p, int64_t whole)
{
	return whole * p->fraction / SCALE_WHOLE; /* 23 million billionths: far from overflow */
}

static int64_t devices_of(const struct scale_plan *p)
{
	return part_of(p, p->scale->devices) * p->days / p->scale->days;
}

/* --- the record of cities that are finished --- */

struct record {
	const struct json *city[SCALE_CITIES_MAX]; /* all in the file, of other plans too */
	size_t count;
};

struct year {
	struct sim *s;
	const struct scale_plan *plan;
	struct sim base;                     /* a city's beginning */
	struct record *record;
	const struct json *shown[SCALE_CITIES_MAX];
	size_t cities;
	struct sim_totals sum;
	struct {
		int64_t city;
		const char *name;
	} *there;                            /* cities of the database */
	size_t there_count;
};

static enum err read_record(struct year *y)
{
	struct cx *cx = y->s->cx;
	struct json *v;
	char *text;
	size_t n;

	y->record = CX_NEW(cx, struct record);
	if (!y->record)
		return cx->err;
	if (!file_exists(y->plan->record))
		return ERR_OK;
	if (file_read(cx, y->plan->record, RECORD_MAX, &text, &n))
		return cx->err;
	if (json_parse(cx, text, n, &json_limits_file, &v))
		return cx_prefix(cx, "%s (cities that are finished; without this file they are read back): ",
				 y->plan->record);
	for (size_t i = 0; i < got_count(v, "cities") && i < SCALE_CITIES_MAX; i++)
		y->record->city[y->record->count++] = got_item(v, "cities", i);
	return ERR_OK;
}

static const struct json *recorded(const struct year *y, int64_t city, const char *name)
{
	for (size_t i = y->record->count; i > 0; i--) {
		const struct json *v = y->record->city[i - 1];
		if (got_is(v, "name", name) && got_int(v, "city") == city)
			return v;
	}
	return NULL;
}

/* The newest last; when the record is full the oldest one goes. */
static enum err write_record(struct year *y, const struct json *city)
{
	struct record *r = y->record;
	struct cx *cx = y->s->cx;
	struct cx_mark mark;
	struct json_writer w;
	struct sb sb;

	if (r->count == SCALE_CITIES_MAX)
		memmove(r->city, r->city + 1, --r->count * sizeof(struct json *));
	r->city[r->count++] = city;
	mark = cx_mark(cx);
	sb_init(&sb, cx, RECORD_MAX);
	jw_init(&w, &sb, false);
	jw_object(&w);
	jw_name(&w, "cities");
	jw_array(&w);
	for (size_t i = 0; i < r->count; i++)
		jw_value(&w, r->city[i]);
	jw_array_end(&w);
	jw_object_end(&w);
	if (sb_end(&sb) || file_replace(cx, y->plan->record, sb.data, sb.len, 0644))
		return cx->err;
	cx_restore(cx, mark);
	return ERR_OK;
}

/* --- the cities that are there --- */

static enum err read_cities(struct year *y)
{
	struct sim *s = y->s;
	const struct json *answer;
	const char *after = NULL;

	y->there = cx_array(s->cx, THERE_MAX, sizeof(*y->there));
	if (!y->there)
		return s->cx->err;
	do {
		struct json *params = body_new(&s->work);
		body_int(&s->work, params, "limit", 1000);
		body_text(&s->work, params, "after", after);
		if (sim_get(s, 0, "city.list", params, &answer))
			return s->cx->err;
		for (size_t i = 0; i < got_count(answer, "items") && y->there_count < THERE_MAX; i++) {
			const struct json *c = got_item(answer, "items", i);
			y->there[y->there_count].city = got_int(c, "city");
			y->there[y->there_count++].name = cx_strdup(s->cx, got_text(c, "name"));
		}
		after = got_text(answer, "next");
	} while (after && !s->cx->err);
	cx_reset(&s->work);
	return s->cx->err;
}

/* The number of the city of this name, or the next that is free. */
static int64_t number_of(struct year *y, const char *name)
{
	int64_t next = 1;

	for (size_t i = 0; i < y->there_count; i++) {
		if (strcmp(y->there[i].name, name) == 0)
			return y->there[i].city;
		if (y->there[i].city >= next)
			next = y->there[i].city + 1;
	}
	if (y->there_count < THERE_MAX) {
		y->there[y->there_count].city = next;
		y->there[y->there_count++].name = name;
	}
	return next;
}

/* --- one city --- */

/* The name says all that the city's books depend on but the program and its rules. */
static char *name_of(struct cx *cx, const struct scale_plan *p, int city)
{
	char fraction[48], days[32] = "";

	snprintf(fraction, sizeof(fraction), "%lld.%09lld", (long long)(p->fraction / SCALE_WHOLE),
		 (long long)(p->fraction % SCALE_WHOLE));
	for (size_t n = strlen(fraction); fraction[n - 1] == '0' || fraction[n - 1] == '.'; n--) {
		bool point = fraction[n - 1] == '.';
		fraction[n - 1] = 0;
		if (point)
			break;
	}
	if (p->days != p->scale->days)
		snprintf(days, sizeof(days), ", %lld days", (long long)p->days);
	return cx_printf(cx, "City %03d of %d (%s, %s, seed %s%s)", city, p->cities, p->scale->name, fraction,
			 p->seed, days);
}

/* Somewhere in the east of China, where most people live: assumption. */
static void place(struct sim *s)
{
	struct prng p = prng_of(s->seed, UINT64_C(1) << 40);

	s->world.lat_e6 = prng_between(&p, 23000000, 41000000);
	s->world.lon_e6 = prng_between(&p, 104000000, 121000000);
}

static enum err begin_city(struct year *y, int city)
{
	const struct scale_plan *p = y->plan;
	struct sim *s = y->s;
	struct prng seeds = prng_of(y->base.seed, (UINT64_C(1) << 32) + (uint64_t)city);
	int64_t base = s->progress_base + (int64_t)s->lives_done, shops;
	struct progress progress = s->progress;

	*s = y->base;
	s->progress = progress;
	s->progress_base = base;
	s->progress_all = devices_of(p);
	s->seed = prng_next(&seeds);
	s->seed_text = cx_printf(s->cx, "%s/%s/%d", p->seed, p->scale->name, city);
	s->chance = prng_of(s->seed, 1);
	s->draws = prng_of(s->seed, 0);
	s->count = scale_share(devices_of(p), city, p->cities);
	shops = scale_share(part_of(p, p->scale->merchants), city, p->cities);
	s->world.shops = shops > 0 ? (int)shops : 1;
	s->world.name = name_of(s->cx, p, city);
	if (!s->seed_text || !s->world.name)
		return s->cx->err;
	s->world.city = number_of(y, s->world.name);
	place(s);
	return ERR_OK;
}

/* What the summary says of a city, as text that outlives the city's memory. */
static enum err city_text(struct sim *s, int64_t size, const char *root, const char **out)
{
	struct json_writer w;
	struct sb sb;

	sb_init(&sb, &s->work, 100000);
	jw_init(&w, &sb, false);
	jw_object(&w);
	jw_int_at(&w, "city", s->world.city);
	jw_text_at(&w, "name", s->world.name);
	jw_int_at(&w, "merchants", s->world.shops);
	totals_write(&w, &s->totals);
	jw_int_at(&w, "log_size", size);
	jw_text_at(&w, "log_root", root);
	jw_object_end(&w);
	if (sb_end(&sb))
		return sim_failed(s);
	*out = sb.data;
	return ERR_OK;
}

static void show(struct year *y, const struct json *city)
{
	struct sim_totals t;

	totals_read(city, &t);
	totals_add(&y->sum, &t);
	y->shown[y->cities++] = city;
}

static enum err play_city(struct year *y)
{
	struct sim *s = y->s;
	struct cx_mark mark = cx_mark(s->cx);
	char root[DIGEST_HEX];
	const char *text;
	struct json *v;
	int64_t size;

	if (sim_run_year(s) || sim_checkpoint(s, &size, root) || city_text(s, size, root, &text))
		return sim_failed(s);
	cx_restore(s->cx, mark); /* the city is over: only its figures stay */
	if (json_parse(s->cx, text, strlen(text), &json_limits_request, &v))
		return s->cx->err;
	show(y, v);
	return write_record(y, v);
}

/* Finished before: the record says so, and the log is still that one. */
static enum err is_finished(struct year *y, const struct json **out)
{
	struct sim *s = y->s;
	const struct json *v = recorded(y, s->world.city, s->world.name);
	char root[DIGEST_HEX] = "";
	int64_t size;

	*out = NULL;
	if (!v)
		return ERR_OK;
	if (sim_checkpoint(s, &size, root))
		return sim_failed(s);
	if (got_int(v, "log_size") == size && got_is(v, "log_root", root))
		*out = v;
	cx_reset(&s->work);
	return ERR_OK;
}

static enum err next_city(struct year *y, int city)
{
	const struct json *before;
	struct sim *s = y->s;

	if (begin_city(y, city))
		return s->cx->err;
	if (s->count == 0)
		return ERR_OK;
	if (is_finished(y, &before))
		return s->cx->err;
	if (!before)
		return play_city(y);
	show(y, before);
	s->lives_done = (size_t)s->count;
	progress_step(&s->progress, s->progress_base + s->count, s->progress_all);
	progress_anew(&s->progress);
	return ERR_OK;
}

/* --- all of them --- */

static void write_answer(struct year *y, struct json_writer *w)
{
	const struct scale_plan *p = y->plan;

	jw_text_at(w, "scale", p->scale->name);
	jw_int_at(w, "fraction_per_billion", p->fraction);
	jw_int_at(w, "days", p->days);
	jw_text_at(w, "currency", y->base.world.currency);
	jw_text_at(w, "seed", p->seed);
	totals_write(w, &y->sum);
	jw_name(w, "cities");
	jw_array(w);
	for (size_t i = 0; i < y->cities; i++)
		jw_value(w, y->shown[i]);
	jw_array_end(w);
}

enum err scale_play(struct sim *s, const struct scale_plan *p, struct json_writer *w)
{
	struct year *y = CX_NEW(s->cx, struct year);

	if (!y)
		return s->cx->err;
	s->year = true;
	s->days = p->days;
	s->payout_every = 1; /* assumption: what is due is paid every night */
	if (sim_begin(s))
		return s->cx->err;
	*y = (struct year){.s = s, .plan = p, .base = *s};
	if (read_record(y) || read_cities(y))
		return sim_failed(s);
	door_hold(s->door); /* what a kill takes is asked for again */
	progress_begin(&s->progress, "lives");
	s->progress.lines = true;
	for (int city = 1; city <= p->cities && !s->cx->err; city++)
		next_city(y, city);
	progress_end(&s->progress);
	if (door_flush(&s->work, s->door) && !s->cx->err)
		sim_failed(s);
	if (s->cx->err)
		return s->cx->err;
	write_answer(y, w);
	return ERR_OK;
}
