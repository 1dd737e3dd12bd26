/* The bench: what is found, what the owner says to a lower offer, the way back, erasure, and whether a
 * device is worth another life. */
#include "cli/simulate/sim.h"

static event_fn inspect, answer_offer, lapse_offer, unlock, police, give_back;

enum {
	WORSE_MAX = 10 * SIM_QUESTIONS_MAX * SIM_ANSWERS_MAX,
	WEAK_BATTERY = 76,   /* percent */
	WORTH_REPAIRING = 3, /* a repair costs at most this part of the price; assumption */
	HEAVY_BP = 2500      /* an answer that takes more than a quarter of the price is a heavy fault */
};

#define ERASING_US INT64_C(7200000000) /* a round of erasure is begun so long before its results are in */

/* --- the truth about a device --- */

/* A worse answer to a question of which the bench can see the difference; mostly a small fault. */
static void make_worse(struct sim *s, struct sim_life *l)
{
	const struct sim_category *c = &s->rules.category[l->found.category];
	signed char question[WORSE_MAX], answer[WORSE_MAX];
	int n = 0, k;

	for (int q = 0; q < c->questions; q++) {
		const struct sim_answer *said = &c->question[q].answer[l->found.answer[q]];
		for (int a = 0; a < c->question[q].answers; a++) {
			const struct sim_answer *x = &c->question[q].answer[a];
			int times = x->bp < -HEAVY_BP ? 1 : 10;
			if (!x->shown || x->refused || x->bp >= said->bp)
				continue;
			for (; times > 0 && n < WORSE_MAX; times--, n++) {
				question[n] = (signed char)q;
				answer[n] = (signed char)a;
			}
		}
	}
	if (n == 0)
		return;
	k = (int)prng_below(&l->chance, n);
	l->worse = question[k];
	l->found.answer[l->worse] = answer[k];
}

static void make_better(struct sim *s, struct sim_life *l)
{
	const struct sim_category *c = &s->rules.category[l->found.category];

	for (int q = 0; q < c->questions; q++)
		if (l->found.answer[q] > 0 && c->question[q].answer[0].shown) {
			l->found.answer[q] = 0;
			return;
		}
}

/* Another thing than was declared: its own answers, its own size. */
static void make_other(struct sim *s, struct sim_life *l)
{
	const char *is = s->rules.category[l->found.category].code;
	int other = rules_category(&s->rules, strcmp(is, "phone") == 0 ? "tablet" : "phone");

	l->wrong = l->storage && other >= 0 && !l->locked;
	if (!l->wrong)
		return;
	memset(l->found.answer, 0, sizeof(l->found.answer));
	l->found.category = other;
	l->found.storage_gb = l->found.battery_percent = FIELD_NONE;
}

static void find_truth(struct sim *s, struct sim_life *l)
{
	l->looked = true;
	if (l->wrong) {
		make_other(s, l);
		return;
	}
	if (prng_chance(&l->chance, PLAN_WORSE))
		make_worse(s, l);
	else if (prng_chance(&l->chance, PLAN_BETTER))
		make_better(s, l);
	if (l->worse < 0 && l->found.battery_percent > 70 && prng_chance(&l->chance, PLAN_WORSE / 5))
		l->found.battery_percent -= prng_between(&l->chance, 2, 9);
}

/* --- inspection --- */

static enum err has_photo(struct sim *s, void *arg, const struct json *answer)
{
	struct sim_life *l = arg;

	l->evidence = got_int(answer, "evidence");
	return sim_soon(s, &l->chance, inspect, l);
}

/* A picture of one pixel stands for the photo. */
static enum err take_photo(struct sim *s, struct sim_life *l, int64_t at_us)
{
	static const char pixel[] =
		"iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5E"
		"rkJggg==";
	struct json *body = sim_body(s, "device", l->device);

	body_text(&s->work, body, "purpose", "photo");
	body_text(&s->work, body, "content", pixel);
	return sim_ask(s, at_us, s->world.bench, "evidence.add", body, has_photo, l);
}

enum err bench_begin(struct sim *s, void *arg, int64_t at_us)
{
	struct sim_life *l = arg;

	if (l->ours) /* it was lost and found: its owner has been compensated */
		return bench_erase(s, l, at_us);
	find_truth(s, l);
	if (l->worse >= 0 && prng_chance(&l->chance, s->year ? PLAN_YEAR_PHOTO : PLAN_PHOTO))
		return take_photo(s, l, at_us);
	return inspect(s, l, at_us);
}

static void add_photo(struct sim *s, const struct sim_life *l, struct json *body)
{
	const struct sim_question *q =
		&s->rules.category[l->found.category].question[l->worse < 0 ? 0 : l->worse];
	struct json *list, *photo;

	if (l->evidence == FIELD_NONE)
		return;
	list = body_list(&s->work, 1);
	photo = sim_body(s, "evidence", l->evidence);
	body_text(&s->work, photo, "about", q->code);
	body_push(list, photo);
	body_at(body, "photos", list);
}

/* A memory card that nobody spoke of is one more medium to erase. */
static void add_card(struct sim *s, struct sim_life *l, struct json *body)
{
	struct json *list, *card;

	if (!l->storage || l->media != 1 || !prng_chance(&l->chance, PLAN_CARD))
		return;
	list = body_list(&s->work, 1);
	card = body_new(&s->work);
	body_text(&s->work, card, "kind", "card");
	body_int(&s->work, card, "capacity_gb", 32);
	body_push(list, card);
	body_at(body, "media", list);
	l->medium_kind[1] = 3;
	l->media = 2;
}

static enum err agreed(struct sim *s, struct sim_life *l, const struct json *answer)
{
	int64_t bonus = got_int(answer, "bonus_minor");

	l->price_minor = got_int(answer, "agreed_minor");
	s->totals.agreed++;
	s->totals.netted += l->order->netted;
	s->totals.agreed_minor += l->price_minor;
	s->totals.bonus_minor += bonus > 0 ? bonus : 0;
	bank_owes(s, l, !l->order->netted);
	return sim_soon(s, &l->chance, bench_erase, l);
}

static enum err inspected(struct sim *s, void *arg, const struct json *answer)
{
	struct sim_life *l = arg;

	if (got_is(answer, "to", "agreed") || got_is(answer, "to", "netted")) {
		s->totals.agreed_at_once++;
		return agreed(s, l, answer);
	}
	if (got_is(answer, "to", "offered")) {
		s->totals.offered++;
		l->price_minor = got_int(answer, "offered_minor");
		if (prng_chance(&l->chance, PLAN_SILENT))
			return sim_days(s, &l->chance, PLAN_OFFER + 1, PLAN_OFFER + 2, lapse_offer, l);
		return sim_days(s, &l->chance, 1, 9, answer_offer, l);
	}
	s->totals.held++;
	if (l->stolen)
		return sim_days(s, &l->chance, 3, 8, police, l);
	if (prng_chance(&l->chance, PLAN_UNLOCKED))
		return sim_days(s, &l->chance, 1, 8, unlock, l);
	return sim_days(s, &l->chance, PLAN_OFFER + 1, PLAN_OFFER + 3, lapse_offer, l);
}

static enum err inspect(struct sim *s, void *arg, int64_t at_us)
{
	struct sim_life *l = arg;
	struct json *body = sim_body(s, "item", l->item);

	rules_found(s, &l->found, body);
	add_photo(s, l, body);
	add_card(s, l, body);
	if (l->wrong)
		body_text(&s->work, body, "found_category", s->rules.category[l->found.category].code);
	body_int(&s->work, body, "battery_percent", l->found.battery_percent);
	body_int(&s->work, body, "storage_gb", l->found.storage_gb);
	if (!l->wrong) {
		l->mass_mg += l->mass_mg * prng_between(&l->chance, -PLAN_SCALE_OFF, PLAN_SCALE_OFF) / 10000;
		body_int(&s->work, body, "mass_mg", l->mass_mg);
	}
	if (l->storage)
		body_text(&s->work, body, "activation_lock", l->locked ? "on" : "off");
	body_text(&s->work, body, "stolen", l->stolen ? "listed" : "clear");
	s->totals.inspections++;
	return sim_ask(s, at_us, s->world.bench, "inspect.record", body, inspected, l);
}

/* --- held --- */

static enum err release(struct sim *s, const struct sim_life *l, int64_t at_us)
{
	return sim_ask(s, at_us, s->world.counter, "device.release",
		       sim_body(s, "device", l->device), NULL, NULL);
}

static enum err unlock(struct sim *s, void *arg, int64_t at_us)
{
	struct sim_life *l = arg;

	l->locked = false;
	if (release(s, l, at_us))
		return s->cx->err;
	return inspect(s, l, at_us);
}

static enum err police(struct sim *s, void *arg, int64_t at_us)
{
	struct sim_life *l = arg;

	if (prng_chance(&l->chance, PLAN_STOLEN_CLEARED)) {
		l->stolen = false;
		if (release(s, l, at_us))
			return s->cx->err;
		return inspect(s, l, at_us);
	}
	s->totals.seized++;
	sim_done(s, l);
	if (sim_ask(s, at_us, s->world.counter, "device.seize", sim_body(s, "device", l->device), NULL, NULL))
		return s->cx->err;
	return sim_ask(s, at_us, s->world.counter, "tradein.seized", sim_body(s, "item", l->item),
		       NULL, NULL);
}

/* --- the owner's answer --- */

static enum err accepted(struct sim *s, void *arg, const struct json *answer)
{
	return agreed(s, arg, answer);
}

static enum err answer_offer(struct sim *s, void *arg, int64_t at_us)
{
	struct sim_life *l = arg;
	struct json *body = sim_body(s, "item", l->item);

	if (!prng_chance(&l->chance, PLAN_DECLINED)) {
		s->totals.accepted++;
		return sim_ask_owner(s, at_us, l->order->link, "tradein.accept", body, accepted, l);
	}
	s->totals.declined++;
	if (sim_ask_owner(s, at_us, l->order->link, "tradein.decline", body, NULL, NULL))
		return s->cx->err;
	return sim_days(s, &l->chance, 1, 3, give_back, l);
}

/* No answer in time, or a lock that nobody took off: it goes back, free of charge. */
static enum err lapse_offer(struct sim *s, void *arg, int64_t at_us)
{
	struct sim_life *l = arg;

	s->totals.offers_lapsed++;
	if (l->locked && release(s, l, at_us))
		return s->cx->err;
	if (sim_ask(s, at_us, s->world.admin, "tradein.lapse", sim_body(s, "item", l->item), NULL, NULL))
		return s->cx->err;
	return sim_days(s, &l->chance, 1, 3, give_back, l);
}

static enum err not_collected(struct sim *s, void *arg, int64_t at_us)
{
	struct sim_life *l = arg;
	struct json *body = sim_body(s, "item", l->item);

	body_text(&s->work, body, "reason", "not_collected");
	body_int(&s->work, body, "site", s->world.centre);
	if (sim_ask(s, at_us, s->world.counter, "tradein.return_failed", body, NULL, NULL))
		return s->cx->err;
	return sim_days(s, &l->chance, 2, 5, give_back, l);
}

static enum err take_back(struct sim *s, void *arg, int64_t at_us)
{
	struct sim_life *l = arg;

	s->totals.returned++;
	sim_done(s, l);
	return sim_ask_owner(s, at_us, l->order->link, "tradein.return_taken",
			     sim_body(s, "item", l->item), NULL, NULL);
}

static enum err give_back(struct sim *s, void *arg, int64_t at_us)
{
	struct sim_life *l = arg;
	struct json *body = sim_body(s, "item", l->item);
	bool courier = l->order->channel != SIM_DROP_OFF;

	if (courier)
		body_int(&s->work, body, "carrier", s->world.carrier);
	if (sim_ask(s, at_us, s->world.counter, "tradein.return_given", body, NULL, NULL))
		return s->cx->err;
	if (!courier)
		return take_back(s, l, at_us);
	if (prng_chance(&l->chance, PLAN_NOT_COLLECTED))
		return sim_days(s, &l->chance, 2, 4, not_collected, l);
	return sim_days(s, &l->chance, 1, 3, take_back, l);
}

/* --- worth another life? --- */

/* Its first fault that can be repaired, when that costs little beside what the device is worth. */
static const char *needed_repair(struct sim *s, struct sim_life *l)
{
	const struct sim_category *c = &s->rules.category[l->found.category];

	for (int i = 0; i < c->repairs; i++) {
		const struct sim_repair *r = &c->repair[i];
		int q = rules_question(c, r->code);
		bool broken = q >= 0 && c->question[q].answer[l->found.answer[q]].bp < 0;
		bool weak = strcmp(r->code, "battery") == 0 && l->found.battery_percent != FIELD_NONE &&
			    l->found.battery_percent < WEAK_BATTERY;
		if ((broken || weak) && r->cost_minor * WORTH_REPAIRING < l->price_minor)
			return prng_chance(&l->chance, PLAN_REPAIR) ? r->code : NULL;
	}
	return NULL;
}

static enum err looked_again(struct sim *s, void *arg, const struct json *answer)
{
	struct sim_life *l = arg;

	(void)answer;
	return sim_soon(s, &l->chance, shop_stock, l);
}

/* A part out, a part of the same mass in; then it is looked at again. */
static enum err repair(struct sim *s, void *arg, int64_t at_us)
{
	static const char *const ways[] = {"out", "in"};
	struct sim_life *l = arg;
	struct json *body = sim_body(s, "device", l->device), *parts = body_list(&s->work, 2);
	int q = rules_question(&s->rules.category[l->found.category], l->repair);

	for (int i = 0; i < 2; i++) {
		struct json *p = body_new(&s->work);
		body_text(&s->work, p, "code", l->repair);
		body_text(&s->work, p, "direction", ways[i]);
		body_int(&s->work, p, "mass_mg", l->mass_mg / 20);
		if (i == 1)
			body_int(&s->work, p, "cost_minor", l->price_minor / 12);
		body_push(parts, p);
	}
	body_int(&s->work, body, "labour_minor", l->price_minor / 20);
	body_at(body, "parts", parts);
	s->totals.repaired++;
	if (sim_ask(s, at_us, s->world.bench, "stock.repair", body, NULL, NULL))
		return s->cx->err;
	if (q >= 0)
		l->found.answer[q] = 0;
	else
		l->found.battery_percent = 100;
	l->repair = NULL;
	body = sim_body(s, "item", l->item);
	rules_found(s, &l->found, body);
	body_bool(&s->work, body, "refurbished", true);
	body_int(&s->work, body, "battery_percent", l->found.battery_percent);
	s->totals.inspections++;
	return sim_ask(s, at_us, s->world.bench, "inspect.record", body, looked_again, l);
}

static enum err send(struct sim *s, void *arg, int64_t at_us)
{
	struct sim_life *l = arg;
	struct json *body = sim_body(s, "device", l->device);

	bool dirty = l->storage && l->clean != (1u << l->media) - 1;

	body_text(&s->work, body, "reason", dirty ? "erase_failed" : "disposition");
	if (sim_ask(s, at_us, s->world.bench, "recover.send", body, NULL, NULL))
		return s->cx->err;
	return yard_take(s, l, at_us);
}

static enum err disposed(struct sim *s, void *arg, const struct json *answer)
{
	struct sim_life *l = arg;

	if (got_is(answer, "choice", "recovery"))
		return sim_soon(s, &l->chance, send, l);
	return sim_soon(s, &l->chance, l->repair ? repair : shop_stock, l);
}

static enum err dispose(struct sim *s, void *arg, int64_t at_us)
{
	struct sim_life *l = arg;
	struct json *body = sim_body(s, "device", l->device), *list;

	if (l->ours) /* never inspected, so it has no grade: sold as it is */
		return shop_stock(s, l, at_us);
	l->repair = needed_repair(s, l);
	if (l->repair) {
		struct json *code = body_new(&s->work);
		list = body_list(&s->work, 1);
		body_text(&s->work, code, "code", l->repair);
		body_push(list, code);
		body_at(body, "repairs", list);
	}
	return sim_ask(s, at_us, s->world.bench, "stock.dispose", body, disposed, l);
}

/* --- erasure --- */

static const char *const outcomes[] = {"not_attempted", "failed", "unverifiable", "verified"};
static const char *const reasons[] = {"no_power", "write_error", "no_access", NULL};
enum { OUT_SKIPPED, OUT_FAILED, OUT_UNVERIFIABLE, OUT_VERIFIED };

static int draw_outcome(struct sim_life *l)
{
	int64_t at = prng_below(&l->chance, 10000);

	if (l->dead)
		return OUT_FAILED;
	if (at < PLAN_ERASE_SKIPPED)
		return OUT_SKIPPED;
	if (at < PLAN_ERASE_SKIPPED + PLAN_ERASE_FAILED)
		return OUT_FAILED;
	return at < PLAN_ERASE_SKIPPED + PLAN_ERASE_FAILED + PLAN_ERASE_UNVERIFIABLE ?
		       OUT_UNVERIFIABLE :
		       OUT_VERIFIED;
}

static void add_run(struct sim *s, struct sim_life *l, int kind, int outcome, int64_t at_us,
		    struct json *body)
{
	static const struct {
		const char *method, *technique;
	} how[] = {{"Purge", "factory_reset"}, {"Purge", "nvme_format"}, {"Purge", "ata_sanitize_overwrite"},
		   {"Clear", "overwrite"}, {"Clear", "overwrite"}, {"Purge", "cryptographic_erase"}};
	int64_t gb = l->found.storage_gb == FIELD_NONE ? 16 : l->found.storage_gb;

	body_text(&s->work, body, "method", how[kind].method);
	body_text(&s->work, body, "technique", how[kind].technique);
	body_text(&s->work, body, "tool", "simulated-eraser");
	body_text(&s->work, body, "tool_version", "1");
	body_int(&s->work, body, "started_us", at_us - prng_between(&l->chance, 600, 3600) * 1000000);
	body_int(&s->work, body, "ended_us", at_us - 60 * 1000000);
	body_int(&s->work, body, "bytes", gb * 1000000000);
	body_int(&s->work, body, "sampled", outcome == OUT_UNVERIFIABLE ? FIELD_NONE : 1000);
	body_int(&s->work, body, "mismatched",
		 outcome == OUT_VERIFIED ? 0 :
		 outcome == OUT_FAILED	 ? 17 :
					   FIELD_NONE);
	body_text(&s->work, body, "log", sim_digest(s, &l->chance));
}

static void count_outcome(struct sim *s, struct sim_life *l, int medium, int outcome)
{
	s->totals.erase_attempts++;
	s->totals.erase_failed += outcome == OUT_FAILED;
	s->totals.erase_unverifiable += outcome == OUT_UNVERIFIABLE;
	if (outcome == OUT_VERIFIED)
		l->clean |= (unsigned char)(1u << medium);
}

static event_fn destroy;

static bool has_drive(const struct sim_life *l) { return l->medium_kind[0] == 1 || l->medium_kind[0] == 2; }

/* Twice in vain: a drive is taken out and destroyed, or the whole device goes to recovery. */
static enum err give_up(struct sim *s, struct sim_life *l)
{
	return sim_soon(s, &l->chance, has_drive(l) ? destroy : send, l);
}

static enum err tried(struct sim *s, void *arg, const struct json *answer)
{
	struct sim_life *l = arg;

	if (got_is(answer, "device_state", "erased")) {
		s->totals.erased++;
		return sim_soon(s, &l->chance, dispose, l);
	}
	if (l->rounds < 2)
		return sim_days(s, &l->chance, 1, 2, bench_erase, l);
	return give_up(s, l);
}

static enum err try_media(struct sim *s, struct sim_life *l, int64_t at_us)
{
	unsigned char was = l->clean;
	int last = l->media - 1;

	while (was & 1u << last)
		last--;
	for (int m = 0; m <= last; m++) {
		struct json *body;
		int outcome;
		if (was & 1u << m)
			continue;
		outcome = draw_outcome(l);
		body = sim_body(s, "device", l->device);
		body_int(&s->work, body, "medium", m + 1);
		body_text(&s->work, body, "outcome", outcomes[outcome]);
		if (outcome != OUT_SKIPPED)
			add_run(s, l, l->medium_kind[m], outcome, at_us, body);
		body_text(&s->work, body, "reason", outcome == OUT_VERIFIED ? NULL : reasons[outcome]);
		count_outcome(s, l, m, outcome);
		if (sim_ask(s, at_us, s->world.bench, "erase.attempt", body, m == last ? tried : NULL, l))
			return s->cx->err;
	}
	return ERR_OK;
}

enum err bench_erase(struct sim *s, void *arg, int64_t at_us)
{
	struct sim_life *l = arg;

	if (!l->storage ||
	    l->clean == (1u << l->media) - 1) /* nothing to erase, or only what was destroyed */
		return dispose(s, l, at_us);
	if (!s->one_dead && !has_drive(l)) /* one device is taken apart for sure; others by chance */
		s->one_dead = l->dead = true;
	l->rounds++;
	if (sim_ask(s, at_us - ERASING_US, s->world.bench, "erase.start",
		    sim_body(s, "device", l->device), NULL, NULL))
		return s->cx->err;
	return try_media(s, l, at_us);
}

enum err bench_destroy(struct sim *s, struct sim_life *l, int64_t at_us)
{
	for (int m = 0; m < l->media; m++) {
		struct json *body;
		if (l->clean & 1u << m)
			continue;
		body = sim_body(s, "device", l->device);
		body_int(&s->work, body, "medium", m + 1);
		body_text(&s->work, body, "technique", "shred");
		body_int(&s->work, body, "witness_user", s->world.bench2);
		body_text(&s->work, body, "log", sim_digest(s, &l->chance));
		body_text(&s->work, body, "reason", l->rounds ? "write_error" : "not_worth");
		if (sim_ask(s, at_us, s->world.bench, "erase.destroy", body, NULL, NULL))
			return s->cx->err;
		l->gone |= (unsigned char)(1u << m);
		s->totals.media_destroyed++;
	}
	l->clean = (unsigned char)((1u << l->media) - 1);
	return ERR_OK;
}

static enum err destroy(struct sim *s, void *arg, int64_t at_us)
{
	struct sim_life *l = arg;

	if (bench_destroy(s, l, at_us))
		return s->cx->err;
	return sim_soon(s, &l->chance, dispose, l);
}
