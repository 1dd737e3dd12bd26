/* Every (situation, action) pair of items, devices and media.
 *
 * Situations are found by playing: from a few bookings, every action is tried in every situation that is
 * reached. The machines' tables say what must happen. Allowed: it happens, and leads where the tables say.
 * Not allowed: it is refused with a conflict that names the state and what is possible instead, and nothing
 * changes. A few are refused though the tables allow them, for a reason beyond the state (one side has
 * confirmed already, the data are not erased): each such reason is listed with its action.
 *
 * At the end every state has been reached, and every move of every table has been made.
 */
#include "lab.h"
#include "programme/settle/settle.h"

#define L(x) ((long long)(x))
enum { PATH_MAX_ = 24, SITUATIONS_MAX = 400, KEY_MAX = 120, IN_ONE_WORLD = 8 };

enum start { START_PHONE, START_TWO_MEDIA, START_WASHER, START_NETTED, START_KEPT, STARTS };

struct world {
	struct lab l;
	int64_t batch, deposits;
	enum start start;
	const char *tests[2];
	/* the entity that is played with */
	int64_t item, order, device, sale, payout;
};

/* What is known of it. */
struct view_of {
	struct item item;
	struct device device; /* device 0: none yet */
	int64_t medium, second; /* states of media 1 and 2, or -1 */
};

struct situation {
	char key[KEY_MAX];
	enum start start;
	unsigned char path[PATH_MAX_];
	int steps;
	bool leaf; /* pairs are tried, but nothing new is looked for behind it */
};

enum { ANY = 0, DEVICE = 1, SALE = 2, PAYING = 4, ONLY_ALLOWED = 8, SECOND = 16 };

struct player {
	const char *type;
	unsigned needs;
	const char *(*body)(struct world *w, const struct view_of *v);
	const char *refused; /* words of refusals though the tables allow it, separated by '|' */
	int64_t later_us;    /* when the tables allow it: the clock is moved on first */
};

static struct kit *kit_of(struct world *w) { return &w->l.t.k; }

#define BODY(name, ...)                                                                             \
	static const char *name(struct world *w, const struct view_of *v)                              \
	{                                                                                              \
		(void)v;                                                                               \
		return cx_printf(&kit_of(w)->cx, __VA_ARGS__);                                         \
	}

/* The test list does not change: it is asked for once a world. */
static const char *tests_of(struct world *w)
{
	int washer = w->start == START_WASHER;

	if (!w->tests[washer])
		w->tests[washer] = trade_all_pass(&w->l.t, washer ? "washing_machine" : "phone");
	return w->tests[washer];
}

static int64_t photo(struct world *w)
{
	return kit_int(kit_act(kit_of(w), 1, "evidence.add",
			       "{\"order\":%lld,\"content\":\"JVBERi0xLjQKZW1wdHkK\"}",
			       L(w->order)),
		       "evidence");
}

/* Another site than the one where the device is. */
static int64_t elsewhere(struct world *w, const struct view_of *v)
{
	return v->device.site == w->l.t.centre ? w->l.other_site : w->l.t.centre;
}

static int64_t a_payout(struct world *w) { return w->payout ? w->payout : 1; }

static const char log_digest[] = "aa11223344556677889900aabbccddeeff00112233445566778899aabbccddee";

BODY(item_body, "{\"item\":%lld}", L(w->item))
BODY(device_body, "{\"device\":%lld}", L(w->device))
BODY(give_body, "{\"item\":%lld%s}", L(w->item), w->start == START_KEPT ? ",\"custody_only\":true" : "")
BODY(propose_body, "{\"item\":%lld,\"stolen\":\"clear\"}", L(w->item))
BODY(propose_listed, "{\"item\":%lld,\"stolen\":\"listed\"}", L(w->item))
BODY(sale_body, "{\"sale\":%lld}", L(w->sale))
BODY(failed_body, "{\"item\":%lld,\"reason\":\"not_collected\",\"site\":%lld}", L(w->item),
     L(w->l.t.centre))
BODY(inspect_good, "{\"item\":%lld,\"battery_percent\":90,\"tests\":[%s]}", L(w->item), tests_of(w))
BODY(inspect_bad, "{\"item\":%lld,\"tests\":[{\"test\":\"power\",\"result\":\"fail\"}]}", L(w->item))
BODY(inspect_locked, "{\"item\":%lld,\"activation_lock\":\"on\"}", L(w->item))
BODY(inspect_more,
     "{\"item\":%lld,\"battery_percent\":90,\"tests\":[%s],\"media\":[{\"kind\":\"card\"}]}",
     L(w->item), tests_of(w))
BODY(inspect_absent,
     "{\"item\":%lld,\"battery_percent\":90,\"tests\":[%s],\"photos\":[{\"evidence\":%lld}],"
     "\"media\":[{\"medium\":1,\"kind\":\"flash\",\"absent\":true}]}", L(w->item), tests_of(w), L(photo(w)))
BODY(attempt_skip,
     "{\"device\":%lld,\"medium\":1,\"outcome\":\"not_attempted\",\"reason\":\"no_access\"}",
     L(w->device))
BODY(attempt_fail,
     "{\"device\":%lld,\"medium\":1,\"outcome\":\"failed\",\"method\":\"Purge\","
     "\"technique\":\"block_erase\","
     "\"tool\":\"bench\",\"tool_version\":\"1\",\"started_us\":1,\"ended_us\":2,\"reason\":\"write_error\"}",
     L(w->device))
BODY(attempt_unsure,
     "{\"device\":%lld,\"medium\":1,\"outcome\":\"unverifiable\",\"method\":\"Clear\","
     "\"technique\":\"factory_reset\","
     "\"tool\":\"bench\",\"tool_version\":\"1\",\"started_us\":1,\"ended_us\":2,\"reason\":\"no_access\"}",
     L(w->device))
BODY(attempt_good,
     "{\"device\":%lld,\"medium\":1,\"outcome\":\"verified\",\"method\":\"Purge\","
     "\"technique\":\"cryptographic_erase\","
     "\"tool\":\"bench\",\"tool_version\":\"1\",\"started_us\":1,\"ended_us\":2,\"sampled\":64,"
     "\"mismatched\":0,\"log\":\"%s\"}",
     L(w->device), log_digest)
BODY(attempt_second,
     "{\"device\":%lld,\"medium\":2,\"outcome\":\"not_attempted\",\"reason\":\"no_access\"}", L(w->device))
BODY(destroy_body,
     "{\"device\":%lld,\"medium\":1,\"technique\":\"shred\",\"witness_user\":%lld,\"log\":\"%s\"}",
     L(w->device), L(w->l.witness), log_digest)
BODY(list_body, "{\"device\":%lld,\"price_minor\":200000}", L(w->device))
BODY(sell_body, "{\"device\":%lld,\"buyer\":%lld}", L(w->device), L(w->l.buyer))
BODY(return_body, "{\"sale\":%lld,\"site\":%lld,\"reason\":\"changed_mind\"}", L(w->sale), L(w->l.t.centre))
BODY(repair_body, "{\"device\":%lld,\"labour_minor\":100}", L(w->device))
BODY(repair_card,
     "{\"device\":%lld,\"parts\":[{\"code\":\"card\",\"direction\":\"in\",\"mass_mg\":10,"
     "\"medium_kind\":\"card\"}]}",
     L(w->device))
BODY(repair_out,
     "{\"device\":%lld,\"parts\":[{\"code\":\"board\",\"direction\":\"out\",\"mass_mg\":10,\"medium\":1}]}",
     L(w->device))
BODY(stocktake_body, "{\"site\":%lld,\"seen\":[]}", L(v->device.site))
BODY(send_body, "{\"device\":%lld,\"reason\":\"damaged\"}", L(w->device))
BODY(weigh_in_body, "{\"batch\":%lld,\"device\":%lld,\"scale_mg\":171000}", L(w->batch), L(w->device))
BODY(identify_body, "{\"device\":%lld,\"add\":[{\"kind\":\"other\",\"value\":\"label %lld\"}]}",
     L(w->device), L(kit_of(w)->now_us))
BODY(weigh_body, "{\"device\":%lld,\"mass_mg\":172000}", L(w->device))
BODY(ship_body, "{\"device\":%lld,\"to_site\":%lld}", L(w->device), L(elsewhere(w, v)))
BODY(arrive_body, "{\"device\":%lld,\"site\":%lld}", L(w->device),
     L(v->device.to_site != FIELD_NONE ? v->device.to_site : w->l.t.centre))
BODY(medium_body, "{\"device\":%lld,\"kind\":\"card\"}", L(w->device))
BODY(hold_body, "{\"device\":%lld,\"reason\":\"dispute\"}", L(w->device))
BODY(find_body, "{\"device\":%lld,\"site\":%lld}", L(w->device), L(w->l.t.centre))
BODY(payout_body, "{\"items\":[{\"item\":%lld}]}", L(w->item))
BODY(cancel_body, "{\"payout\":%lld}", L(a_payout(w)))

/* The bank's answer for the only line of the payout, which is exported first. */
static const char *bank_answer(struct world *w, const char *status, const char *reason)
{
	struct kit *k = kit_of(w);
	const struct json *p = kit_get(k, 1, "settle.payout", "{\"payout\":%lld}", L(w->payout)), *file;
	char sum[AMOUNT_TEXT];

	amount_text(sum, kit_int(p, "lines.0.amount_minor"), "CNY");
	if (strcmp(kit_text(p, "state"), "created") == 0) {
		file = kit_get(k, 1, "settle.payout_file", "{\"payout\":%lld}", L(w->payout));
		kit_act(k, 1, "settle.payout_exported",
			"{\"payout\":%lld,\"format\":\"pain001\",\"digest\":\"%s\"}", L(w->payout),
			kit_text(file, "digest"));
	}
	return cx_printf(
		&k->cx,
		"{\"payout\":%lld,\"file\":\"end_to_end_id,amount,currency,status,reason\\r\\n"
		"R1-%lld-1,%s,CNY,%s,%s\\r\\nTOTAL,%s,CNY,1,\\r\\n\"}",
		L(w->payout), L(w->payout), sum, status, reason, sum);
}

static const char *bank_paid(struct world *w, const struct view_of *v)
{
	(void)v;
	return bank_answer(w, "paid", "");
}

static const char *bank_rejected(struct world *w, const struct view_of *v)
{
	(void)v;
	return bank_answer(w, "rejected", "AC04");
}

#define LATER (40 * DAY_US)
#define GATE "must be verified erased|should have a storage medium"
static const struct player players[] = {
	{"tradein.give", ANY, give_body, "was given already", 0},
	{"tradein.take_in", ANY, item_body, "was taken already", 0},
	{"tradein.cancel", ANY, item_body, "has left its owner's hands", 0},
	{"tradein.lapse", ANY, item_body, "one side has confirmed|has not been put to its owner", LATER},
	{"tradein.propose", ANY, propose_body, "was put to its owner already", 0},
	{"tradein.propose", ANY, propose_listed, NULL, 0},
	{"tradein.accept", ANY, item_body, "has not been put to its owner", 0},
	{"tradein.decline", ANY, item_body, NULL, 0},
	{"tradein.return_given", DEVICE, item_body, "was given back already", 0},
	{"tradein.return_taken", DEVICE, item_body, "was taken back already", 0},
	{"tradein.return_failed", DEVICE, failed_body, "was not sent back yet", 0},
	{"tradein.compensate", ANY, item_body, "was not given to us yet|device.lose comes first",
	 0},
	{"tradein.seized", DEVICE, item_body, "device.seize comes first", 0},
	{"inspect.record", ANY, inspect_good, "never came to us", 0},
	{"inspect.record", ANY, inspect_bad, "never came to us", 0},
	{"inspect.record", ANY, inspect_locked, "never came to us", 0},
	{"inspect.record", ANY, inspect_more, "never came to us", 0},
	{"inspect.record", DEVICE | ONLY_ALLOWED, inspect_absent,
	 "only before|which does not allow|no medium", 0},
	{"erase.start", DEVICE, device_body, "nothing to erase left|has no storage", 0},
	{"erase.attempt", DEVICE, attempt_skip, NULL, 0},
	{"erase.attempt", DEVICE, attempt_fail, NULL, 0},
	{"erase.attempt", DEVICE, attempt_unsure, NULL, 0},
	{"erase.attempt", DEVICE, attempt_good, NULL, 0},
	{"erase.attempt", DEVICE | SECOND, attempt_second, "which does not allow", 0},
	{"erase.destroy", DEVICE, destroy_body, "medium 1 of device|no medium", 0},
	{"stock.receive", DEVICE, device_body, GATE, 0},
	{"stock.dispose", DEVICE, device_body, "has no grade", 0},
	{"stock.list", DEVICE, list_body, NULL, 0},
	{"stock.unlist", DEVICE, device_body, NULL, 0},
	{"stock.sell", DEVICE, sell_body, NULL, 0},
	{"stock.cancel_sale", DEVICE | SALE, sale_body, "which does not allow", 0},
	{"stock.deliver", DEVICE | SALE, sale_body, "which does not allow", 0},
	{"stock.return", DEVICE | SALE, return_body, "which does not allow", 0},
	{"stock.repair", DEVICE, repair_body, NULL, 0},
	{"stock.repair", DEVICE, repair_card, NULL, 0},
	{"stock.repair", DEVICE, repair_out,
	 "erase or destroy it before|no medium|which does not allow", 0},
	{"stock.stocktake", DEVICE | ONLY_ALLOWED, stocktake_body, NULL, 0},
	{"recover.send", DEVICE, send_body, NULL, 0},
	{"recover.weigh_in", DEVICE, weigh_in_body, "is not at site", 0},
	{"device.identify", DEVICE, identify_body, NULL, 0},
	{"device.weigh", DEVICE, weigh_body, NULL, 0},
	{"device.ship", DEVICE, ship_body, "is at no site now", 0},
	{"device.arrive", DEVICE, arrive_body, "device.ship comes first", 0},
	{"device.medium", DEVICE, medium_body, NULL, 0},
	{"device.hold", DEVICE, hold_body, NULL, 0},
	{"device.release", DEVICE, device_body, NULL, 0},
	{"device.seize", DEVICE, device_body, "promised to a buyer", 0},
	{"device.lose", DEVICE, device_body, "promised to a buyer", 0},
	{"device.find", DEVICE, find_body, NULL, 0},
	{"settle.payout_create", ANY, payout_body, "a second payout|free to be paid", 0},
	{"settle.payout_result", PAYING | ONLY_ALLOWED, bank_paid, NULL, 0},
	{"settle.payout_result", PAYING | ONLY_ALLOWED, bank_rejected, NULL, 0},
	{"settle.payout_cancel", PAYING | ONLY_ALLOWED, cancel_body, NULL, 0},
};
enum { PLAYERS = ARRAY_LEN(players) };
_Static_assert(PLAYERS <= 255, "a path is bytes");

/* --- what the tables say --- */

static const struct machine *const machines[] = {&item_machine, &device_machine, &medium_machine};
enum { MOVES_MAX = 160 };
static uint64_t made[3][MOVES_MAX]; /* by move: the states from which it was made */
static uint64_t reached[3];

static bool names(const struct machine *m, const char *action)
{
	for (const struct machine_move *v = m->moves; v->action; v++)
		if (strcmp(v->action, action) == 0)
			return true;
	return false;
}

static bool allows(const struct machine *m, int64_t from, const char *action)
{
	for (const struct machine_move *v = m->moves; v->action; v++)
		if (strcmp(v->action, action) == 0 && v->from & STATE(from))
			return true;
	return false;
}

static void note_move(int machine, const char *action, int64_t from, int64_t to)
{
	const struct machine_move *v = machines[machine]->moves;

	reached[machine] |= STATE(to);
	for (int i = 0; v[i].action; i++) {
		assert_true(i < MOVES_MAX);
		if (strcmp(v[i].action, action) == 0 && v[i].from & STATE(from) && v[i].to == to) {
			made[machine][i] |= STATE(from);
			return;
		}
	}
	if (from != to)
		fail_msg("%s led a %s from %s to %s: no such move", action, machines[machine]->name,
			 machines[machine]->states[from], machines[machine]->states[to]);
}

/* The whole refusal: "item 7 is booked, which does not allow X; possible now: a, b". */
static const char *refusal(struct kit *k, const struct machine *m, const char *what, int64_t id,
			   int64_t from, const char *action)
{
	struct cx cx;
	const char *text;

	cx_init(&cx, 0);
	machine_refuse(&cx, m, what, id, (int)from, action);
	for (const struct machine_move *v = m->moves; v->action; v++)
		if (v->from & STATE(from))
			assert_non_null(strstr(cx.msg, v->action)); /* each possible action is named */
	text = cx_strdup(&k->cx, cx.msg);
	cx_done(&cx);
	return text;
}

/* --- the entity --- */

static void look(struct world *w, struct view_of *v)
{
	struct kit *k = kit_of(w);
	struct reader r = kit_reader(k, 1);
	const struct item key = {.city = 1, .item = w->item};
	const struct device dkey = {.city = 1, .device = w->device};
	const struct medium mkey = {.city = 1, .device = w->device, .medium = 1};
	const struct medium mkey2 = {.city = 1, .device = w->device, .medium = 2};
	const void *row;

	memset(v, 0, sizeof(*v));
	assert_int_equal(reader_find(&k->cx, &r, &item_table, &key, &row), ERR_OK);
	v->item = *(const struct item *)row;
	v->medium = v->second = -1;
	v->device.to_site = v->device.site = FIELD_NONE;
	assert_int_equal(reader_find(&k->cx, &r, &device_table, &dkey, &row), ERR_OK);
	if (!row)
		return;
	v->device = *(const struct device *)row;
	assert_int_equal(reader_find(&k->cx, &r, &medium_table, &mkey, &row), ERR_OK);
	if (row)
		v->medium = ((const struct medium *)row)->state;
	assert_int_equal(reader_find(&k->cx, &r, &medium_table, &mkey2, &row), ERR_OK);
	const struct medium *second = row;
	if (second) /* tried in vain counts as much as a state */
		v->second = second->state * 10 + (second->attempts > 0);
}

static bool in_transit(const struct view_of *v) { return v->device.to_site != FIELD_NONE; }

static const char *name_of(const char *const *names_, int64_t i)
{
	return i == FIELD_NONE ? "-" : names_[i];
}

/* Situations with the same key are taken to be the same. */
static void make_key(const struct world *w, const struct view_of *v, char key[KEY_MAX])
{
	const struct device *d = &v->device;
	bool handing = v->item.state == ITEM_BOOKED || v->item.state == ITEM_RETURNING;
	bool workshop = d->device && (d->state == DEVICE_OWNED || d->state == DEVICE_ERASING ||
				      d->state == DEVICE_ERASE_FAILED || d->state == DEVICE_TO_RECOVER ||
				      d->state == DEVICE_ERASED);

	snprintf(key, KEY_MAX, "%d %s %s from %s/%s media %lld %lld %s%s%s%s", w->start,
		 item_states[v->item.state], d->device ? device_states[d->state] : "none",
		 d->device && d->state == DEVICE_HELD ? name_of(device_states, d->held_from) : "-",
		 d->device && d->state == DEVICE_LOST ? name_of(device_states, d->lost_from) : "-",
		 workshop ? L(v->medium) : -1LL,
		 w->start == START_TWO_MEDIA && workshop ? L(v->second) : -1LL,
		 in_transit(v) ? "transit " : "",
		 handing && v->item.given_us != FIELD_NONE ? "given " : "",
		 handing && v->item.taken_us != FIELD_NONE ? "taken " : "",
		 v->item.state == ITEM_KEPT && v->item.offer_until_us != FIELD_NONE ? "proposed " : "");
}

/* Behind these nothing is looked for: it would be the same again beside another state of the item, or for
 * another booking. */
static bool is_leaf(const struct world *w, const struct view_of *v)
{
	const struct device *d = &v->device;

	if (in_transit(v) || v->item.state == ITEM_PAID || v->item.state == ITEM_NETTED ||
	    v->medium == MEDIUM_DESTROYED || v->medium == MEDIUM_REMOVED)
		return true;
	if (v->item.state == ITEM_PAYING || v->item.state == ITEM_PAYOUT_FAILED)
		return w->start != START_PHONE;
	if (w->start == START_PHONE)
		return v->item.state == ITEM_LOST && d->device && d->state != DEVICE_LOST;
	if (w->start == START_NETTED && v->item.state == ITEM_INSPECTED)
		return false;
	if (w->start == START_KEPT) /* from the owner's yes on it is like another */
		return v->item.state != ITEM_BOOKED && v->item.state != ITEM_KEPT;
	return v->item.state == ITEM_RETURNING || v->item.state == ITEM_LOST ||
	       (d->device &&
		(d->state == DEVICE_HELD || d->state == DEVICE_LOST || d->state >= DEVICE_STOCK));
}

/* Payment is followed from one state of the device; while it goes on, nothing else is. */
static bool is_followed(const struct view_of *before, const char *type)
{
	bool settles = strncmp(type, "settle.", 7) == 0;

	switch (before->item.state) {
	case ITEM_PAYING:
	case ITEM_PAYOUT_FAILED:
		return settles;
	case ITEM_LOST:
		return settles ? before->device.device == 0 : strcmp(type, "device.find") == 0;
	default:
		return !settles || (before->device.state == DEVICE_OWNED && before->medium == MEDIUM_PRESENT);
	}
}

static void start(struct world *w)
{
	struct trade *t = &w->l.t;
	struct kit *k = &t->k;
	const char *site = cx_printf(&k->cx, "\"site\":%lld", L(t->centre));

	if (w->start == START_WASHER)
		trade_book(t, site, "\"category\":\"washing_machine\",\"age_months\":24");
	else if (w->start == START_NETTED)
		trade_book(t,
			   cx_printf(&k->cx,
				     "\"site\":%lld,\"netted\":true,\"purchase_minor\":9000000",
				     L(t->store)),
			   cx_printf(&k->cx,
				     "\"model\":%lld,\"storage_gb\":128,\"battery_percent\":90",
				     L(t->phone)));
	else
		trade_book(t, site,
			   cx_printf(&k->cx,
				     "\"model\":%lld,\"storage_gb\":128,\"battery_percent\":90",
				     L(t->phone)));
	w->item = t->item;
	w->order = t->order;
	w->device = w->sale = w->payout = 0;
}

/* Tries it, and takes note of the numbers that it gives. */
static enum err play(struct world *w, const struct player *p, const struct view_of *v)
{
	struct kit *k = kit_of(w);
	const struct json *a;

	if (p->later_us)
		kit_at(k, k->now_us + p->later_us);
	if (kit_try(k, 1, p->type, &a, "%s", p->body(w, v)))
		return k->cx.err;
	if (strcmp(p->type, "tradein.take_in") == 0)
		w->device = kit_int(a, "device");
	if (strcmp(p->type, "stock.sell") == 0)
		w->sale = kit_int(a, "sale");
	if (strcmp(p->type, "settle.payout_create") == 0)
		w->payout = kit_int(a, "payout");
	return ERR_OK;
}

/* A second medium, before anything else is done with a device that begins so. */
static void second_medium(struct world *w, const char *type)
{
	struct view_of v;

	look(w, &v);
	if (w->start == START_TWO_MEDIA && v.device.device && v.device.state == DEVICE_CUSTODY &&
	    strncmp(type, "tradein.", 8) == 0 && v.item.inspection_seq == FIELD_NONE)
		kit_act(kit_of(w), 1, "device.medium", "{\"device\":%lld,\"kind\":\"card\"}", L(w->device));
}

/* A fresh entity in this situation. */
static void rebuild(struct world *w, const struct situation *s)
{
	struct view_of v;
	char key[KEY_MAX];

	w->start = s->start;
	start(w);
	for (int i = 0; i < s->steps; i++) {
		const struct player *p = &players[s->path[i]];
		look(w, &v);
		if (play(w, p, &v))
			fail_msg("%s: %s", p->type, kit_of(w)->cx.msg);
		if (strcmp(p->type, "tradein.take_in") == 0 || strcmp(p->type, "tradein.give") == 0)
			second_medium(w, p->type);
	}
	look(w, &v);
	make_key(w, &v, key);
	if (strcmp(key, s->key) != 0)
		fail_msg("the same actions led to \"%s\" and then to \"%s\"", s->key, key);
}

static void world_open(struct world *w)
{
	struct kit *k = &w->l.t.k;

	memset(w, 0, sizeof(*w));
	lab_open(&w->l);
	kit_act(k, 1, "stock.deposit",
		"{\"buyer\":%lld,\"amount_minor\":100000000,\"reference\":\"D1\"}", L(w->l.buyer));
	w->batch = kit_int(kit_act(k, 1, "recover.batch_open",
				   "{\"site\":%lld,\"dismantler\":%lld,\"scale\":\"S-1\"}",
				   L(w->l.t.centre), L(w->l.programme)),
			   "batch");
	kit_act(k, 1, "party.update",
		"{\"party\":%lld,\"name\":\"Li\",\"bank_account\":\"6222021234567890123\"}",
		L(w->l.t.owner));
	kit_act(k, 1, "party.update",
		"{\"party\":%lld,\"name\":\"City\",\"bank_account\":\"6222021234567890124\"}",
		L(w->l.programme));
}

/* --- the search --- */

static struct situation situation[SITUATIONS_MAX];
static int situations;
static long pairs, refusals;

static bool has_words(const char *words, const char *msg)
{
	for (const char *p = words; p && *p; p += strcspn(p, "|"), p += *p == '|') {
		char one[80];
		size_t n = strcspn(p, "|");
		assert_true(n < sizeof(one));
		memcpy(one, p, n);
		one[n] = 0;
		if (strstr(msg, one))
			return true;
	}
	return false;
}

static void add_situation(struct world *w, const struct situation *from, int player)
{
	struct view_of v;
	struct situation s = {.start = w->start};

	look(w, &v);
	make_key(w, &v, s.key);
	for (int i = 0; i < situations; i++)
		if (strcmp(situation[i].key, s.key) == 0)
			return;
	if (from) {
		memcpy(s.path, from->path, sizeof(s.path));
		s.steps = from->steps;
		assert_true(s.steps < PATH_MAX_);
		s.path[s.steps++] = (unsigned char)player;
	}
	s.leaf = is_leaf(w, &v);
	assert_true(situations < SITUATIONS_MAX);
	situation[situations++] = s;
	reached[0] |= STATE(v.item.state);
	if (v.device.device)
		reached[1] |= STATE(v.device.state);
	if (v.medium >= 0)
		reached[2] |= STATE(v.medium);
}

/* Refused by a table: which one speaks first, and what it must say. NULL: the tables allow it. */
static const char *table_refusal(struct world *w, const struct view_of *v, const struct player *p)
{
	const char *type = p->type;
	static const char *const on_the_way[] = {"device.arrive", "device.hold", "device.release",
						 "device.seize",  "device.lose", "device.find"};
	struct kit *k = kit_of(w);
	bool may_move = true;

	if (names(&item_machine, type) && !allows(&item_machine, v->item.state, type)) {
		if (v->item.state == ITEM_PAID && strcmp(type, "settle.payout_create") == 0)
			return "a second payout is refused";
		return refusal(k, &item_machine, "item", v->item.item, v->item.state, type);
	}
	if (!v->device.device || !names(&device_machine, type))
		return NULL;
	if (in_transit(v)) {
		may_move = false;
		for (size_t i = 0; i < ARRAY_LEN(on_the_way); i++)
			may_move |= strcmp(on_the_way[i], type) == 0;
	}
	if (!may_move)
		return "is on its way to site";
	if (!allows(&device_machine, v->device.state, type))
		return refusal(k, &device_machine, "device", v->device.device, v->device.state, type);
	if (strncmp(type, "erase.", 6) == 0 && names(&medium_machine, type) && v->medium >= 0 &&
	    !(p->needs & SECOND) && !allows(&medium_machine, v->medium, type))
		return refusal(k, &medium_machine, "medium 1 of device", v->device.device, v->medium, type);
	return NULL;
}

static void note_success(struct world *w, const struct view_of *before, const char *type)
{
	struct view_of after;

	look(w, &after);
	if (names(&item_machine, type))
		note_move(0, type, before->item.state, after.item.state);
	else
		assert_int_equal(before->item.state, after.item.state);
	if (before->device.device && names(&device_machine, type))
		note_move(1, type, before->device.state, after.device.state);
	else if (before->device.device)
		assert_int_equal(before->device.state, after.device.state);
	if (before->medium >= 0 && names(&medium_machine, type))
		note_move(2, type, before->medium, after.medium);
	else if (before->medium >= 0)
		assert_int_equal(before->medium, after.medium);
}

/* Tries one action on the entity. True: it happened, and the entity is not what it was. */
static bool try_player(struct world *w, const struct player *p)
{
	struct kit *k = kit_of(w);
	struct view_of v;
	const char *words;
	char msg[CX_MSG_MAX];
	enum err err;

	look(w, &v);
	if ((p->needs & SECOND && (w->start != START_TWO_MEDIA || v.second < 0)) ||
	    (p->needs & DEVICE && !v.device.device) || (p->needs & SALE && !w->sale) ||
	    (p->needs & PAYING && v.item.state != ITEM_PAYING))
		return false;
	words = table_refusal(w, &v, p);
	if (words && p->needs & ONLY_ALLOWED)
		return false;
	pairs++;
	if (words) {
		if (p->needs & SALE) { /* the sale's own state may speak first */
			assert_int_equal(play(w, p, &v), ERR_CONFLICT);
			memcpy(msg, k->cx.msg, sizeof(msg));
			assert_true(has_words("which does not allow|is on its way", msg));
			words = msg;
		}
		kit_refuse(k, 1, p->type, ERR_CONFLICT, words, "%s", p->body(w, &v));
		refusals++;
		return false;
	}
	err = play(w, p, &v);
	if (!err)
		return true;
	memcpy(msg, k->cx.msg, sizeof(msg));
	if (!has_words(p->refused, msg))
		fail_msg("%s in \"%s %s\" should be allowed: %s", p->type, item_states[v.item.state],
			 v.device.device ? device_states[v.device.state] : "none", msg);
	kit_refuse(k, 1, p->type, err, msg, "%s", p->body(w, &v)); /* and changes nothing */
	return false;
}

/* All pairs of one situation; what is reached by the allowed ones is looked into later. */
static void explore(struct world *w, int at)
{
	struct situation s = situation[at];
	struct view_of before;
	bool fresh = false;

	for (int p = 0; p < (int)PLAYERS; p++) {
		if (!fresh)
			rebuild(w, &s);
		fresh = true;
		look(w, &before);
		if (!try_player(w, &players[p]))
			continue;
		fresh = false;
		note_success(w, &before, players[p].type);
		if (!s.leaf && is_followed(&before, players[p].type))
			add_situation(w, &s, p);
	}
}

static void check_made(void)
{
	for (int m = 0; m < 3; m++) {
		for (int s = 0; machines[m]->states[s]; s++)
			if (!(reached[m] & STATE(s)))
				fail_msg("no %s was ever %s", machines[m]->name, machines[m]->states[s]);
		for (int i = 0; machines[m]->moves[i].action; i++) {
			const struct machine_move *v = &machines[m]->moves[i];
			for (int s = 0; machines[m]->states[s]; s++)
				if (v->from & STATE(s) && !(made[m][i] & STATE(s)))
					fail_msg("%s never led a %s from %s to %s", v->action,
						 machines[m]->name, machines[m]->states[s],
						 machines[m]->states[v->to]);
		}
	}
}

static void every_pair(void **state)
{
	/* The tables are the same on both databases, and the search asks a lot of one that is reached through
	 * a socket: there, what two of the bookings lead to is played, and no whole table is asked for. */
	bool on_postgresql = getenv("RELODE_KIT_PG") != NULL;
	struct world w;

	(void)state;
	world_open(&w);
	for (w.start = on_postgresql ? START_WASHER : 0; w.start < STARTS; w.start++) {
		start(&w);
		add_situation(&w, NULL, 0);
	}
	for (int i = 0; i < situations; i++) {
		if (i > 0 && i % IN_ONE_WORLD == 0) {
			kit_audit(kit_of(&w));
			lab_close(&w.l);
			world_open(&w);
		}
		explore(&w, i);
	}
	kit_audit(kit_of(&w));
	lab_close(&w.l);
	print_message("%d situations, %ld pairs, %ld refused by the tables\n", situations, pairs, refusals);
	if (!on_postgresql)
		check_made();
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(every_pair)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
