#include "cli/simulate/scale.h"

#include <errno.h>
#include <unistd.h>

#include "base/file.h"

enum {
	RECORD_MAX = 64 * 1024 * 1024,
	RANK_OFFSET = 9,
	THERE_MAX = 4096,
	UNDER_WAY_DAYS = 60,   /* of a device, about */
	UNDER_WAY_FEW = 33000, /* lives for which SCALE_CACHE_LEAST was measured to be enough */
	LIFE_BYTES = 20000     /* for each one more: its rows, as much that a trim takes, a trim's own */
};
#define CITY_MEMORY_MAX ((size_t)4 << 30)

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

/* By the lives under way in the largest cities that are played at a time (docs/adr/0041). */
size_t scale_cache(const struct scale_plan *p)
{
	int64_t devices = part_of(p, p->scale->devices), lives = 0, bytes;
	int64_t days = p->days < UNDER_WAY_DAYS ? p->days : UNDER_WAY_DAYS;
	int64_t machine = (int64_t)sysconf(_SC_PHYS_PAGES) * sysconf(_SC_PAGESIZE);

	for (int city = 1; city <= p->threads; city++)
		lives += scale_share(devices, city, p->cities) * days / p->scale->days;
	bytes = (int64_t)SCALE_CACHE_LEAST + (lives - UNDER_WAY_FEW) * LIFE_BYTES;
	if (bytes < (int64_t)SCALE_CACHE_USUAL)
		bytes = (int64_t)SCALE_CACHE_USUAL;
	if (bytes > machine / 4)
		bytes = machine / 4;
	return bytes < (int64_t)SCALE_CACHE_LEAST ? SCALE_CACHE_LEAST : (size_t)bytes;
}

/* --- the record of cities that are finished --- */

struct record {
	const struct json *city[SCALE_CITIES_MAX]; /* all in the file, of other plans too */
	size_t count;
};

struct year {
	struct cx *cx;
	const struct scale_plan *plan;
	struct sim base;             /* a city's beginning */
	struct sim_crew crew;
	struct record *record;
	const struct json *shown[SCALE_CITIES_MAX]; /* by the city's place in the plan; NULL: no devices */
	struct {
		int64_t city;
		const char *name;
	} *there;                    /* cities of the database */
	size_t there_count;
	/* of the threads */
	pthread_mutex_t lock;        /* over what follows, record and there, and acting in city 0 */
	int begun;                   /* cities of the plan, up to this one */
	struct cx *failed;           /* of the first that failed, with its error; or NULL */
};

/* One that plays cities, in a thread of its own. */
struct player {
	struct year *year;
	struct sim s;
	struct cx cx;        /* what it found lives until the answer is written */
	struct cx_mark city; /* of cx, where the present city began */
	pthread_t thread;
};

static enum err read_record(struct year *y)
{
	struct cx *cx = y->cx;
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
static enum err write_record(struct cx *cx, struct year *y, const struct json *city)
{
	struct record *r = y->record;
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

static enum err read_cities(struct year *y, struct sim *s)
{
	const struct json *answer;
	const char *after = NULL;

	y->there = cx_array(y->cx, THERE_MAX, sizeof(*y->there));
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
			y->there[y->there_count++].name = cx_strdup(y->cx, got_text(c, "name"));
		}
		after = got_text(answer, "next");
	} while (after && !y->cx->err);
	cx_reset(&s->work);
	return y->cx->err;
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

static enum err begin_city(struct player *p, int city)
{
	const struct scale_plan *plan = p->year->plan;
	struct sim *s = &p->s;
	struct prng seeds = prng_of(p->year->base.seed, (UINT64_C(1) << 32) + (uint64_t)city);
	struct door *door = s->door;
	struct cx work = s->work;
	int64_t shops;

	*s = p->year->base;
	s->cx = &p->cx;
	s->work = work;
	s->door = door;
	s->seed = prng_next(&seeds);
	s->seed_text = cx_printf(s->cx, "%s/%s/%d", plan->seed, plan->scale->name, city);
	s->chance = prng_of(s->seed, 1);
	s->draws = prng_of(s->seed, 0);
	s->count = scale_share(devices_of(plan), city, plan->cities);
	shops = scale_share(part_of(plan, plan->scale->merchants), city, plan->cities);
	s->world.shops = shops > 0 ? (int)shops : 1;
	s->world.name = name_of(s->cx, plan, city);
	if (!s->seed_text || !s->world.name)
		return s->cx->err;
	s->world.city = number_of(p->year, s->world.name);
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

static enum err play_city(struct player *p, const struct json **out)
{
	struct sim *s = &p->s;
	char root[DIGEST_HEX];
	const char *text;
	struct json *v;
	int64_t size;

	if (sim_run_year(s) || sim_checkpoint(s, &size, root) || city_text(s, size, root, &text))
		return sim_failed(s);
	cx_restore(s->cx, p->city); /* the city is over: only its figures stay */
	if (json_parse(s->cx, text, strlen(text), &json_limits_request, &v))
		return s->cx->err;
	*out = v;
	return ERR_OK;
}

/* Finished before: the record says so, and the log is still that one. */
static enum err is_finished(struct player *p, const struct json **out)
{
	struct sim *s = &p->s;
	const struct json *v = recorded(p->year, s->world.city, s->world.name);
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

/* The year's lock is held: so users get their ids, and cities their numbers, in the order of the plan,
 * however many are played at a time. What is made last of a city's world are users, and before them is
 * written what was held back: so no kill takes a city whose successor is there. *before: it is finished. */
static enum err next_city(struct player *p, int city, const struct json **before)
{
	struct sim *s = &p->s;

	if (begin_city(p, city) || s->count == 0)
		return s->cx->err;
	p->city = cx_mark(&p->cx);
	if (is_finished(p, before))
		return s->cx->err;
	if (!*before)
		return sim_prepare_year(s);
	s->lives_done = (size_t)s->count;
	sim_tell(s);
	sim_tell_anew(s);
	return ERR_OK;
}

static void play_cities(struct player *p)
{
	struct year *y = p->year;

	while (!p->cx.err && !y->crew.failed && y->begun < y->plan->cities) {
		const struct json *figures = NULL;
		int city = ++y->begun;
		enum err err = next_city(p, city, &figures);

		pthread_mutex_unlock(&y->lock);
		if (!err && !figures && p->s.count > 0) {
			err = play_city(p, &figures);
			pthread_mutex_lock(&y->lock);
			if (!err)
				err = write_record(&p->cx, y, figures);
		} else {
			pthread_mutex_lock(&y->lock);
		}
		y->shown[city - 1] = figures;
	}
}

/* However it ends, what was answered is written. */
static void *play(void *arg)
{
	struct player *p = arg;
	struct year *y = p->year;

	pthread_mutex_lock(&y->lock);
	play_cities(p);
	pthread_mutex_unlock(&y->lock);
	cx_reset(&p->s.work);
	if (door_flush(&p->s.work, p->s.door))
		sim_failed(&p->s);
	pthread_mutex_lock(&y->lock);
	if (p->cx.err && !y->failed) {
		y->failed = &p->cx;
		y->crew.failed = true;
	}
	pthread_mutex_unlock(&y->lock);
	return NULL;
}

/* --- all of them --- */

static void write_answer(const struct year *y, struct json_writer *w)
{
	const struct scale_plan *p = y->plan;
	struct sim_totals sum = {0}, t;

	for (int i = 0; i < p->cities; i++)
		if (y->shown[i]) {
			totals_read(y->shown[i], &t);
			totals_add(&sum, &t);
		}
	jw_text_at(w, "scale", p->scale->name);
	jw_int_at(w, "fraction_per_billion", p->fraction);
	jw_int_at(w, "days", p->days);
	jw_text_at(w, "currency", y->base.world.currency);
	jw_text_at(w, "seed", p->seed);
	totals_write(w, &sum);
	jw_name(w, "cities");
	jw_array(w);
	for (int i = 0; i < p->cities; i++)
		if (y->shown[i])
			jw_value(w, y->shown[i]);
	jw_array_end(w);
}

/* The first plays in the thread and with the door of the caller. */
static enum err begin_player(struct year *y, struct player *p, bool first)
{
	int no;

	p->year = y;
	cx_init(&p->cx, CITY_MEMORY_MAX);
	cx_init(&p->s.work, CITY_MEMORY_MAX);
	p->cx.stop = p->s.work.stop = y->cx->stop;
	p->s.cx = &p->cx;
	p->s.door = y->base.door;
	if (!first && door_open_beside(y->cx, y->base.door, &p->s.door))
		return y->cx->err;
	/* what a kill takes is asked for again; in a trim, one at a time as a rule, half lies twice */
	door_hold(p->s.door, 2 * y->plan->cache / (2 * (size_t)y->plan->threads + 1));
	no = first ? 0 : pthread_create(&p->thread, NULL, play, p);
	if (no) {
		door_close(p->s.door);
		errno = no;
		return cx_errno(y->cx, "start", "a thread that plays cities");
	}
	return ERR_OK;
}

static enum err play_all(struct year *y, struct player *p)
{
	int begun = 0;

	if (y->plan->cache > SCALE_CACHE_USUAL)
		fprintf(stderr, "memory for rows: %zu MiB (--cache)\n", y->plan->cache >> 20);
	progress_begin(&y->crew.progress, "lives");
	y->crew.progress.lines = true;
	while (begun < y->plan->threads && !begin_player(y, &p[begun], begun == 0))
		begun++;
	if (y->cx->err)
		y->crew.failed = true;
	else
		play(&p[0]);
	for (int i = 1; i < begun; i++) {
		pthread_join(p[i].thread, NULL);
		door_close(p[i].s.door);
	}
	progress_end(&y->crew.progress);
	if (y->failed && !y->cx->err)
		cx_fail(y->cx, y->failed->err, "%s", y->failed->msg);
	return y->cx->err;
}

enum err scale_play(struct sim *s, const struct scale_plan *p, struct json_writer *w)
{
	struct player *player = cx_array(s->cx, (size_t)p->threads, sizeof(*player));
	struct year *y = CX_NEW(s->cx, struct year);

	if (!y || !player)
		return s->cx->err;
	s->year = true;
	s->days = p->days;
	s->payout_every = 1; /* assumption: what is due is paid every night */
	s->crew = &y->crew;
	if (sim_begin(s))
		return s->cx->err;
	*y = (struct year){.cx = s->cx, .plan = p, .base = *s, .lock = PTHREAD_MUTEX_INITIALIZER};
	y->crew.all = devices_of(p);
	pthread_mutex_init(&y->crew.lock, NULL);
	if (read_record(y) || read_cities(y, s))
		return sim_failed(s);
	if (!play_all(y, player))
		write_answer(y, w);
	for (int i = 0; i < p->threads && player[i].year; i++) {
		cx_done(&player[i].s.work);
		cx_done(&player[i].cx);
	}
	return s->cx->err;
}
