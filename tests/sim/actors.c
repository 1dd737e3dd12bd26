/* actors: owners, clerks, the bench, buyers and dismantlers act at random, through several writers at
 * once, and everything is compared with the model (model.h).
 *
 * One seed is the life of two cities in one database, with other money and other days, and always the same
 * one: the scheduler, the clock and the actors draw from it, and all run in one thread. Several processes,
 * each a database handle, a key store and a city's writers of its own, take batches of all sizes. While one
 * decides, another may write (the clock that it asks lets it): so it must find that out, read, and decide
 * again. What is asked of one city, also with the keys and the devices of the other, leaves the other as it
 * was. Requests are sent again with the same key, as by callers
 * whose answer was lost, also days later, also with another body; writers are dropped and made anew; the
 * clock jumps, also back. Each answer is compared with what the model says, and after each step every row of
 * items, devices, media, sales, payouts, batches, lots, consignments and balances is. At the end the
 * books are audited.
 *
 *     actors [--seconds N] [--seed S] [--steps N] [--bend RULE] [--trace] | --bends
 *
 * Without --seed the seeds go on from the date's. Exits 1 and names the seed when there is a difference.
 */
#include <time.h>

#include "actors.h"

/* --- chance --- */

static uint64_t draw(struct sim *s)
{
	uint64_t z = s->state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

int64_t below(struct sim *s, int64_t n)
{
	return (int64_t)(draw(s) % (uint64_t)n);
}
bool one_in(struct sim *s, int64_t n)
{
	return below(s, n) == 0;
}

int newest(struct sim *s, int count)
{
	int64_t span = one_in(s, 4) || count < 30 ? count : 30;

	return count - 1 - (int)below(s, span);
}

/* --- processes --- */

static void process_start(struct sim *s, int n)
{
	struct process *p = &s->process[n];
	char path[128];

	cx_init(&p->cx, 0);
	p->cx.clock = s->t.k.cx.clock;
	p->cx.clock_arg = s->t.k.cx.clock_arg;
	snprintf(path, sizeof(path), "%s/keys", s->t.k.dir);
	if (db_open(&p->cx, s->where, 0, &p->db) || keys_open(&p->cx, path, false, &p->keys))
		fail_msg("%s", p->cx.msg);
	for (int i = 0; i < HOMES; i++)
		if (writer_new(&p->cx, p->db, &s->t.k.domain, p->keys, s->home[i].city, &p->writer[i]))
			fail_msg("%s", p->cx.msg);
}

static void process_end(struct process *p)
{
	for (int i = 0; i < HOMES; i++)
		writer_free(p->writer[i]);
	keys_close(p->keys);
	db_close(p->db);
	cx_done(&p->cx);
}

static void run_batch(struct sim *s, struct calls *b)
{
	writer_run(s->process[b->process].writer[b->h - s->home], b->list, (size_t)b->n);
}

int64_t clock_of_call(void *arg)
{
	struct sim *s = arg;

	if (s->until_nested > 0 && --s->until_nested == 0) {
		s->tally.interleaved++;
		run_batch(s, &s->nested);
	}
	return s->t.k.now_us;
}

/* --- a city's life --- */

static int64_t party(struct sim *s, const char *kind, const char *roles, struct m_party p)
{
	p.id = kit_int(kit_act(&s->t.k, s->h->city, "party.register",
			       "{\"kind\":\"%s\",\"roles\":\"%s\",\"name\":\"N\"%s}", kind, roles,
			       *kind == 'o' ? ",\"public_name\":\"N\"" : ""),
		       "party");
	s->h->m.party[s->h->m.parties++] = p;
	return p.id;
}

static void site(struct sim *s, int64_t party)
{
	int64_t id = kit_int(
		kit_act(&s->t.k, s->h->city, "party.site_open",
			"{\"party\":%lld,\"kind\":\"%s\",\"name\":\"Site\",\"address\":\"1 Road\","
			"\"lat_e6\":31000000,\"lon_e6\":121000000,\"hours\":\"Mo-Sa 09:00-19:00\"}",
			L(party), party == s->h->m.programme ? "centre" : "store"),
		"site");

	s->h->m.site[s->h->m.sites++] = (struct m_site){id, party};
}

static void open_place(struct sim *s)
{
	kit_open(&s->t.k);
	if (s->t.k.scratch[0]) {
		snprintf(s->where, sizeof(s->where), "%s", s->t.k.scratch);
		return;
	}
	kit_close(&s->t.k);
	/* nothing is cut off here that a disk would have to keep: memory is faster */
	snprintf(s->dir, sizeof(s->dir), "/dev/shm/relode-actors-XXXXXX");
	if (!mkdtemp(s->dir)) {
		snprintf(s->dir, sizeof(s->dir), "/tmp/relode-actors-XXXXXX");
		assert_non_null(mkdtemp(s->dir));
	}
	snprintf(s->where, sizeof(s->where), "%s/t.db", s->dir);
	kit_open_at(&s->t.k, s->where);
}

/* A recovery rule so plain that the model (model_bench.c) knows it by heart. */
static void recovery_rule(struct sim *s)
{
	static const char rule[] =
		"{\"title\":\"of the model\",\"currency\":\"CNY\",\"sources\":[{\"what\":\"all\","
		"\"source\":\"test\"}],\"rates\":[{\"currency\":\"CNY\",\"per_10000\":10000},"
		"{\"currency\":\"EUR\",\"per_10000\":5000}],"
		"\"fractions\":[{\"code\":\"ferrous\",\"en\":\"iron\",\"zh\":\"铁\",\"hazard\":false}],"
		"\"categories\":[{\"category\":\"phone\",\"erase_minor\":500,\"selling_minor\":3000,"
		"\"processing_minor\":300,\"resale\":[{\"c_min\":0,\"f_min\":1,\"bp\":12000,"
		"\"sold_bp\":9000}],\"repairs\":[{\"code\":\"screen\",\"en\":\"screen\",\"zh\":\"屏\","
		"\"cost_minor\":18000},{\"code\":\"battery\",\"en\":\"battery\",\"zh\":\"池\","
		"\"cost_minor\":9000}],\"metals\":[{\"material\":\"Au\",\"ug\":40000,"
		"\"recovered_bp\":5000,\"minor_per_kg\":100000000,\"source\":\"test\"}],"
		"\"components\":[]},{\"category\":\"washing_machine\",\"erase_minor\":0,"
		"\"selling_minor\":18000,\"processing_minor\":4000,\"resale\":[{\"c_min\":0,\"f_min\":1,"
		"\"bp\":11000,\"sold_bp\":8000}],\"repairs\":[{\"code\":\"pump\",\"en\":\"pump\","
		"\"zh\":\"泵\",\"cost_minor\":12000}],\"metals\":[{\"material\":\"Fe\","
		"\"ug\":36000000000,\"recovered_bp\":9000,\"minor_per_kg\":250,\"source\":\"test\"}],"
		"\"components\":[]}]}";
	struct sb sb;

	sb_init(&sb, &s->t.k.cx, 10000);
	json_quote(&sb, rule, sizeof(rule) - 1);
	kit_act(&s->t.k, 0, "rule.publish",
		"{\"kind\":\"recovery\",\"name\":\"default\",\"body\":%s}", sb.data);
}

static void open_programme(struct sim *s)
{
	struct kit *k = &s->t.k;

	trade_rule(k, "price_list", "data/rules/price_list.default.json");
	trade_rule(k, "rubric", "data/rules/rubric.default.json");
	recovery_rule(s);
	trade_catalogue(&s->t);
	s->witness = kit_int(kit_act(k, 0, "access.user_create",
				     "{\"login\":\"witness\",\"roles\":\"technician\"}"),
			     "user");
	kit_act(k, 0, "access.user_create", "{\"login\":\"other\",\"roles\":\"technician\"}");
	if (s->witness == 1)
		s->witness++;
}

/* rate_bp: what the rules' money is worth in this currency. */
static void open_city(struct sim *s, const char *currency, int64_t rate_bp, const char *zone,
		      int64_t east_hours)
{
	struct kit *k = &s->t.k;
	struct home *h = s->h;

	h->currency = currency;
	h->m.rate_bp = rate_bp;
	h->m.east_hours = east_hours;
	h->next_key = h->next_ref = 1;
	kit_act(k, s->h->city, "city.open",
		"{\"city\":%lld,\"name\":\"City\",\"time_zone\":\"%s\",\"currency\":\"%s\"}",
		L(h->city), zone, currency);
	s->h->m.programme = kit_int(kit_get(k, s->h->city, "city.city", "{}"), "programme");
	s->h->m.party[s->h->m.parties++] = (struct m_party){.id = s->h->m.programme, .operates = true};
	s->h->owner = party(s, "person", "owner", (struct m_party){0});
	s->h->shop = party(s, "organisation", "merchant",
			(struct m_party){.merchant = true, .share_bp = 537, .fixed = 100});
	s->h->store = party(s, "organisation", "merchant,retailer",
			 (struct m_party){.merchant = true, .retailer = true});
	s->h->buyer = party(s, "organisation", "buyer", (struct m_party){.buyer = true});
	s->h->buyer2 = party(s, "organisation", "buyer", (struct m_party){.buyer = true});
	s->h->carrier = party(s, "organisation", "carrier", (struct m_party){.carrier = true});
	s->h->recycler = party(s, "organisation", "recycler", (struct m_party){.recycler = true});
	kit_act(k, s->h->city, "party.terms",
		"{\"party\":%lld,\"commission_bp\":537,\"commission_minor\":100}", L(s->h->shop));
	site(s, s->h->shop);
	site(s, s->h->store);
	site(s, s->h->m.programme);
	site(s, s->h->m.programme);
	site(s, s->h->recycler);
	s->h->m.last_us = k->now_us;
}

static void move_clock(struct sim *s)
{
	int64_t how = below(s, 100), step = below(s, 3600 * INT64_C(1000000));

	if (how < 4)
		step = below(s, 10 * DAY_US);
	else if (how < 5)
		step = below(s, 40 * DAY_US);
	else if (how < 9)
		step = -below(s, 2 * DAY_US);
	kit_at(&s->t.k, s->t.k.now_us + step);
}

static void end_calls(struct calls *b)
{
	for (int i = 0; i < b->n; i++)
		cx_done(&b->call[i].cx);
	b->n = 0;
}

static void compare_batch(struct sim *s, struct calls *b)
{
	s->h = b->h;
	for (int i = 0; i < b->n && !s->why[0]; i++)
		compare_call(s, &b->call[i]);
}

static void compare_homes(struct sim *s)
{
	for (int i = 0; i < HOMES && !s->why[0]; i++) {
		s->h = &s->home[i];
		compare_all(s);
		if (!s->why[0] && s->h->m.papers) {
			struct ask who = somebody(s);
			compare_sight(s, &who);
		}
	}
}

static struct home *home_any(struct sim *s)
{
	return &s->home[one_in(s, 3)];
}

static void one_step(struct sim *s)
{
	int first = (int)below(s, PROCESSES),
	    second = (first + 1 + (int)below(s, PROCESSES - 1)) % PROCESSES;
	bool nested = one_in(s, 3);

	move_clock(s);
	make_batch(s, &s->outer, first, home_any(s));
	if (nested)
		make_batch(s, &s->nested, second, one_in(s, 3) ? home_any(s) : s->h);
	s->until_nested = nested ? 1 + (int)below(s, 2 * s->outer.n) : -1;
	run_batch(s, &s->outer);
	if (nested && s->until_nested == 0)
		compare_batch(s, &s->nested);
	compare_batch(s, &s->outer);
	if (nested && s->until_nested > 0) { /* the other was slower than all of this */
		s->until_nested = -1;
		run_batch(s, &s->nested);
		compare_batch(s, &s->nested);
	}
	if (!s->why[0])
		compare_homes(s);
	end_calls(&s->outer);
	if (nested)
		end_calls(&s->nested);
	if (one_in(s, 15)) {
		process_end(&s->process[first]);
		process_start(s, first);
	}
}

/* The books hold, by their own proof. */
static void prove(struct sim *s)
{
	struct audit_options options = {.city = -1};
	struct audit_result *r = cx_alloc(&s->t.k.cx, sizeof(*r));

	if (audit_run(&s->t.k.cx, s->t.k.db, &s->t.k.domain, s->t.k.keys, &options, r))
		differs(s, "audit: %s", s->t.k.cx.msg);
	else if (r->findings)
		differs(s, "audit: invariant %d, city %lld, entry %lld: %s",
			r->finding[0].invariant, L(r->finding[0].city), L(r->finding[0].seq),
			r->finding[0].text);
}

static int64_t log_size(struct sim *s)
{
	int64_t size;

	if (db_one_i64(&s->t.k.cx, s->t.k.db, &size, "SELECT size FROM log_head WHERE city = $1",
		       DB_ARGS(db_i64(s->h->city))))
		fail_msg("%s", s->t.k.cx.msg);
	return size;
}

static bool is_full(const struct sim *s)
{
	return model_full(&s->home[0].m) || model_full(&s->home[1].m);
}

/* false: there was a difference, which is told. */
static bool live(struct sim *s, uint64_t seed, int64_t steps, int64_t bent, bool trace)
{
	char command[128];

	memset(s, 0, sizeof(*s));
	s->seed = s->state = seed;
	s->trace = trace;
	s->until_nested = -1;
	open_place(s);
	open_programme(s);
	for (int i = 0; i < HOMES; i++) {
		s->h = &s->home[i];
		s->h->city = 2 + i;
		s->h->m.bent = bent;
		s->h->m.city = s->h->city;
		open_city(s, i ? "EUR" : "CNY", i ? 5000 : 10000, i ? "Asia/Tokyo" : "Asia/Shanghai", 8 + i);
		s->h->m.size = log_size(s);
	}
	if (evidence_open(&s->t.k.cx, cx_printf(&s->t.k.cx, "%s/evidence",
						      s->dir[0] ? s->dir : s->t.k.dir)))
		fail_msg("%s", s->t.k.cx.msg);
	for (int i = 0; i < PROCESSES; i++)
		process_start(s, i);
	for (s->step = 0; s->step < steps && !s->why[0] && !is_full(s); s->step++)
		one_step(s);
	if (!s->why[0])
		prove(s);
	for (int i = 0; i < PROCESSES; i++)
		process_end(&s->process[i]);
	if (evidence_open(&s->t.k.cx, NULL))
		fail_msg("%s", s->t.k.cx.msg);
	kit_close(&s->t.k);
	snprintf(command, sizeof(command), "rm -rf %s", s->dir);
	return (!s->dir[0] || system(command) == 0) && !s->why[0];
}

/* --- the command --- */

struct options {
	int64_t seconds, steps, bent;
	uint64_t seed;
	bool one, trace;
};

static bool read_options(int argc, char **argv, struct options *o)
{
	for (int i = 1; i < argc; i++) {
		const char *value = i + 1 < argc ? argv[i + 1] : NULL;
		if (strcmp(argv[i], "--trace") == 0) {
			o->trace = true;
			continue;
		}
		if (!value)
			return false;
		i++;
		if (strcmp(argv[i - 1], "--seconds") == 0) {
			o->seconds = strtoll(value, NULL, 10);
		} else if (strcmp(argv[i - 1], "--steps") == 0) {
			o->steps = strtoll(value, NULL, 10);
		} else if (strcmp(argv[i - 1], "--seed") == 0) {
			o->seed = strtoull(value, NULL, 10);
			o->one = true;
		} else if (strcmp(argv[i - 1], "--bend") == 0) {
			for (o->bent = BENDS - 1;
			     o->bent > 0 && strcmp(bent_names[o->bent], value) != 0;)
				o->bent--;
			if (o->bent == 0)
				return false;
		} else {
			return false;
		}
	}
	o->one &= o->seconds == 0;
	return true;
}

static void add(struct tally *all, const struct tally *t)
{
	all->allowed += t->allowed;
	all->replayed += t->replayed;
	all->interleaved += t->interleaved;
	all->so_refused += t->so_refused;
	for (int i = 0; i < ERR_COUNT; i++)
		all->refused[i] += t->refused[i];
}

static void report(int lives, uint64_t seed, const struct tally *t)
{
	int64_t refused = 0;

	for (int i = 0; i < ERR_COUNT; i++)
		refused += t->refused[i];
	printf("%d times two cities, to seed %llu: %lld actions done, %lld refused (", lives,
	       (unsigned long long)seed, L(t->allowed), L(refused));
	for (int i = 0; i < ERR_COUNT; i++)
		if (t->refused[i])
			printf("%s %lld, ", err_slug((enum err)i), L(t->refused[i]));
	printf("%lld of them in the way that the model says), %lld answered again, %lld batches while "
	       "another decided: all as the model says, the books hold\n",
	       L(t->so_refused), L(t->replayed), L(t->interleaved));
}

int main(int argc, char **argv)
{
	static struct sim s;
	struct options o = {.steps = STEPS, .seed = (uint64_t)time(NULL) / 86400};
	time_t end;
	int lives = 0;
	struct tally all = {0};

	if (argc == 2 && strcmp(argv[1], "--bends") == 0) {
		for (int i = STRAIGHT + 1; i < BENDS; i++)
			printf("%s\n", bent_names[i]);
		return 0;
	}
	if (!read_options(argc, argv, &o)) {
		fprintf(stderr, "usage: actors [--seconds N] [--seed S] [--steps N] [--bend RULE] "
				"[--trace] | --bends\n");
		return 2;
	}
	setvbuf(stdout, NULL, _IOLBF, 0);
	end = time(NULL) + (time_t)o.seconds;
	do {
		if (!live(&s, o.seed, o.steps, o.bent, o.trace)) {
			printf("seed %llu, step %lld: %s\n", (unsigned long long)o.seed, L(s.step),
			       s.why);
			return 1;
		}
		lives++;
		add(&all, &s.tally);
		o.seed++;
	} while (!o.one && time(NULL) < end);
	report(lives, o.seed - 1, &all);
	return 0;
}
