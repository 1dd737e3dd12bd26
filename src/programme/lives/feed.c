/* What each entry means for the lives that it names. Released entries never change, so their members are read
 * by name. */
#include "base/time.h"
#include "base/tz.h"
#include "programme/device/device.h"
#include "programme/erase/erase.h"
#include "programme/lives/member.h"
#include "programme/lives/parts.h"
#include "programme/settle/settle.h"
#include "programme/stock/stock.h"
#include "programme/tradein/tradein.h"

enum { TYPE_WITHIN = 128 }; /* bytes at an entry's end in which its type stands */

struct feeding {
	struct cx *cx;
	struct lives *l;
	struct span data, transfers;
	int64_t seq, recorded_us, v;
	const char *type; /* of those that are read; else "" */
	uint16_t day;
	uint32_t row;
	struct life *life; /* of the device or item that data names, when the action says so */
};

static enum err corrupt(const struct feeding *f, const char *what)
{
	return cx_fail(f->cx, ERR_CORRUPT, "entry %lld (%s): %s", (long long)f->seq,
		f->type, what);
}

static enum err find_life(struct feeding *f, struct span v, const char *member)
{
	int64_t id = member_number(v, member);

	if (id == FIELD_NONE)
		return corrupt(f, "names no device and no item");
	if (lives_row_of(f->cx, f->l, id, &f->row))
		return cx_prefix(f->cx, "entry %lld (%s): ", (long long)f->seq,
			f->type);
	f->life = lives_change(f->cx, f->l, f->row);
	return f->cx->err;
}

static enum err set_number(struct feeding *f, enum life_measure measure, int64_t value)
{
	return value == FIELD_NONE ? ERR_OK : lives_number(f->cx, f->l, f->row, f->life, measure, value);
}

static void set_device(struct feeding *f, int64_t state)
{
	f->life->stage = (uint8_t)((f->life->stage & 0xf0) | (int)state);
	if (state == DEVICE_HELD)
		f->life->flags |= LIFE_IS_HELD;
	if (state == DEVICE_LOST)
		f->life->flags |= LIFE_IS_LOST;
}

static void set_item(struct feeding *f, int64_t state)
{
	f->life->stage = (uint8_t)((f->life->stage & 0x0f) | (int)state << 4);
}

/* A state's number from its name in a member. */
static enum err state_of(const struct feeding *f, const char *member, const char *const *names, int64_t *out)
{
	struct span text = member_text(f->data, member);

	*out = -1;
	for (int i = 0; names[i] && *out < 0; i++) {
		if (span_is(text, names[i]))
			*out = i;
	}
	return *out < 0 ? corrupt(f, "its state is none that this program knows") : ERR_OK;
}

static enum err device_to(struct feeding *f, const char *member)
{
	int64_t state;

	if (state_of(f, member, device_states, &state))
		return f->cx->err;
	set_device(f, state);
	return ERR_OK;
}

static enum err item_to(struct feeding *f, int64_t *state)
{
	if (state_of(f, "to", item_states, state))
		return f->cx->err;
	set_item(f, *state);
	return ERR_OK;
}

/* So many days until now; the last that the column can tell is 254. */
static void reach(struct feeding *f, enum life_duration stage)
{
	int days = f->day - f->life->taken;

	f->life->days[stage] = (uint8_t)(days < 0 ? 0 : days < LIFE_LATER ? days : LIFE_LATER - 1);
}

static void reach_first(struct feeding *f, enum life_duration stage)
{
	if (f->life->days[stage] == LIFE_LATER)
		reach(f, stage);
}

/* --- the city --- */

static enum err take_open(struct feeding *f)
{
	struct span zone = member_text(f->data, "time_zone");

	if (zone.n == 0 || zone.n >= ZONE_MAX)
		return corrupt(f, "has no time zone");
	memset(f->l->head.zone, 0, ZONE_MAX);
	memcpy(f->l->head.zone, zone.p, zone.n);
	return tz_open(f->cx, f->l->head.zone, &f->l->tz);
}

/* --- what a day brought --- */

static void count_event(struct feeding *f, enum day_event event)
{
	const struct way way = {.day = f->day, .from = (uint16_t)event};

	lives_add_sum(f->l, &way, 0);
}

static uint16_t kind_of(const struct feeding *f, struct span account)
{
	const char *slash = account.n ? memchr(account.p, '/', account.n) : NULL;
	size_t n = slash ? (size_t)(slash - account.p) : account.n;
	const struct account_kind *k = n ? domain_account_named(f->l->domain, account.p, n) : NULL;

	return k ? (uint16_t)k->code : 0;
}

struct move {
	struct span from, kind, tax, to, unit;
	int64_t amount;
};
static struct move read_move(struct span transfer)
{
	struct move m = {.amount = FIELD_NONE};
	struct span name, value;
	size_t at = 0;

	while (member_each(transfer, &at, &name, &value)) {
		if (span_is(name, "amount"))
			m.amount = span_number(value);
		else if (span_is(name, "from"))
			m.from = span_text(value);
		else if (span_is(name, "kind"))
			m.kind = span_text(value);
		else if (span_is(name, "tax"))
			m.tax = span_text(value);
		else if (span_is(name, "to"))
			m.to = span_text(value);
		else if (span_is(name, "unit"))
			m.unit = span_text(value);
	}
	return m;
}

/* What the entry moved; a promise, and the end of one that is void, moves nothing. */
static enum err take_transfers(struct feeding *f)
{
	struct span t;
	size_t at = 0;

	while ((t = member_next(f->transfers, &at)).n) {
		const struct move m = read_move(t);
		struct way way = {.day = f->day, .from = kind_of(f, m.from), .to = kind_of(f, m.to)};

		if (m.kind.n && !span_is(m.kind, transfer_names[TRANSFER_POST]))
			continue;
		if (!way.from || !way.to || m.unit.n == 0 || m.amount == FIELD_NONE)
			return corrupt(f, "a transfer without accounts, unit or amount");
		way.unit = lives_word_code(f->l, m.unit.p, m.unit.n);
		way.word = lives_word_code(f->l, m.tax.p, m.tax.n);
		lives_add_sum(f->l, &way, m.amount);
	}
	return ERR_OK;
}

/* The bank's answers, each with the transfer that it ended. */
static enum err count_payments(struct feeding *f)
{
	struct span lines = member_get(f->data, "lines"), line;
	size_t at = 0, transfer = 0;

	while ((line = member_next(lines, &at)).n) {
		const struct move m = read_move(member_next(f->transfers, &transfer));
		struct span reason = member_text(line, "reason");
		bool paid = span_is(m.kind, transfer_names[TRANSFER_POST]);
		struct way way = {.day = f->day, .from = paid ? DAY_PAID : DAY_REJECTED};

		if (m.unit.n == 0 || m.amount == FIELD_NONE)
			return corrupt(f, "an answer without a transfer");
		way.unit = lives_word_code(f->l, m.unit.p, m.unit.n);
		way.word = lives_word_code(f->l, reason.p, reason.n);
		lives_add_sum(f->l, &way, m.amount);
	}
	return ERR_OK;
}

/* --- the trade-in --- */

static enum err take_item(struct feeding *f, struct span item, uint16_t merchant)
{
	struct span category = member_text(item, "category");
	int64_t id = member_number(item, "item");

	if (category.n == 0 || id == FIELD_NONE)
		return corrupt(f, "an item without id or category");
	f->life = lives_append(f->cx, f->l, id, &f->row);
	if (!f->life || lives_category_code(f->cx, f->l, category.p, category.n, &f->life->category))
		return f->cx->err;
	f->life->booked = f->day;
	f->life->merchant = merchant;
	memset(f->life->days, LIFE_LATER, sizeof(f->life->days));
	set_item(f, ITEM_BOOKED);
	return set_number(f, LIFE_PROMISED, member_number(item, "quoted_minor"));
}

static enum err take_book(struct feeding *f)
{
	struct span items = member_get(f->data, "items"), item;
	uint16_t merchant;
	size_t at = 0;

	if (lives_merchant_code(f->cx, f->l, member_number(f->data, "merchant"), &merchant))
		return f->cx->err;
	while ((item = member_next(items, &at)).n) {
		if (take_item(f, item, merchant))
			return f->cx->err;
	}
	count_event(f, DAY_ORDERS);
	return at ? ERR_OK : corrupt(f, "has no items");
}

/* Both sides of the hand-over; with the second the device comes to be. */
static enum err take_hand(struct feeding *f)
{
	int64_t device = member_number(f->data, "device"), to;

	if (find_life(f, f->data, "item") || item_to(f, &to))
		return f->cx->err;
	if (device != FIELD_NONE && lives_note_id(f->cx, f->l, device, f->row))
		return f->cx->err;
	if (to == ITEM_BOOKED)
		return ERR_OK;
	f->life->taken = f->day;
	set_device(f, DEVICE_CUSTODY);
	return set_number(f, LIFE_MASS, member_number(f->data, "mass_mg"));
}

static enum err agree(struct feeding *f)
{
	f->life->flags |= LIFE_IS_AGREED;
	reach_first(f, LIFE_AGREED);
	if (set_number(f, LIFE_PRICE, member_number(f->data, "agreed_minor")))
		return f->cx->err;
	return set_number(f, LIFE_BONUS, field_or(member_number(f->data, "bonus_minor"), 0));
}

static enum err take_accept(struct feeding *f)
{
	int64_t to;

	if (find_life(f, f->data, "item") || item_to(f, &to))
		return f->cx->err;
	if (to == ITEM_CUSTODY) /* the price before inspection */
		return ERR_OK;
	set_device(f, DEVICE_OWNED);
	return agree(f);
}

static enum err take_propose(struct feeding *f)
{
	return find_life(f, f->data, "item") ? f->cx->err : device_to(f, "device_to");
}

/* Where the item goes, and the device with it when it goes back. */
static enum err take_choice(struct feeding *f)
{
	int64_t to;

	if (find_life(f, f->data, "item") || item_to(f, &to))
		return f->cx->err;
	if (to == ITEM_RETURNING)
		set_device(f, DEVICE_RETURNING);
	if (to == ITEM_RETURNED)
		set_device(f, DEVICE_RETURNED);
	return ERR_OK;
}

static enum err take_inspection(struct feeding *f)
{
	struct span category = member_text(f->data, "category");
	int64_t to;

	if (find_life(f, f->data, "item") || item_to(f, &to) || device_to(f, "device_to") ||
	    set_number(f, LIFE_MASS, member_number(f->data, "mass_mg")))
		return f->cx->err;
	if (category.n && lives_category_code(f->cx, f->l, category.p, category.n, &f->life->category))
		return f->cx->err;
	reach_first(f, LIFE_INSPECTED);
	if (member_number(f->data, "agreed_minor") != FIELD_NONE)
		return agree(f);
	if (member_number(f->data, "offered_minor") != FIELD_NONE)
		f->life->flags |= LIFE_IS_REVISED;
	else if (to == ITEM_OFFERED || to == ITEM_INSPECTED)
		f->life->flags &= (uint8_t)~LIFE_IS_REVISED;
	return ERR_OK;
}

/* --- money --- */

static enum err take_payout(struct feeding *f)
{
	struct span lines = member_get(f->data, "lines"), line;
	size_t at = 0;

	while ((line = member_next(lines, &at)).n) {
		if (!span_is(member_text(line, "kind"), payees[PAYEE_OWNER]))
			continue;
		if (find_life(f, line, "item"))
			return f->cx->err;
		set_item(f, ITEM_PAYING);
	}
	return ERR_OK;
}

/* What ends a payout's line takes the promise from the owner's account, which names the item. */
static enum err take_payout_end(struct feeding *f)
{
	static const char owner[] = "money_owner/";
	bool result = strcmp(f->type, "settle.payout_result") == 0;
	struct span t;
	size_t at = 0;

	while ((t = member_next(f->transfers, &at)).n) {
		struct span from = member_text(t, "from");
		bool paid = span_is(member_text(t, "kind"), transfer_names[TRANSFER_POST]);
		int64_t item = 0;

		if (from.n < sizeof(owner) || memcmp(from.p, owner, sizeof(owner) - 1) != 0)
			continue;
		for (size_t i = sizeof(owner) - 1; i < from.n && item <= ID_MAX; i++)
			item = item * 10 + (from.p[i] - '0');
		if (lives_row_of(f->cx, f->l, item, &f->row))
			return f->cx->err;
		f->life = lives_change(f->cx, f->l, f->row);
		if (!f->life)
			return f->cx->err;
		set_item(f, paid ? ITEM_PAID : ITEM_PAYOUT_FAILED);
		if (paid)
			reach_first(f, LIFE_PAID);
		else if (result)
			f->life->flags |= LIFE_IS_REJECTED;
	}
	return result ? count_payments(f) : ERR_OK;
}

/* --- the workshop --- */

static enum err take_erasure(struct feeding *f)
{
	struct erased e = {.day = f->day, .method = ERASE_DESTROY + 1, .outcome = ERASE_VERIFIED};
	int64_t outcome, method = -1;

	if (find_life(f, f->data, "device") || device_to(f, "device_state"))
		return f->cx->err;
	if (strcmp(f->type, "erase.destroy") != 0) {
		if (state_of(f, "outcome", erase_outcomes, &outcome) ||
		    (member_get(f->data, "method").n && state_of(f, "method", erase_methods, &method)))
			return f->cx->err;
		e.method = (uint8_t)(method + 1);
		e.outcome = (uint8_t)outcome;
	}
	if (e.outcome == ERASE_VERIFIED)
		reach_first(f, LIFE_ERASED);
	if (e.outcome == ERASE_FAILED)
		f->life->flags |= LIFE_IS_FAILED;
	e.row = f->row;
	return lives_add_to_list(f->cx, f->l, IN_ERASURES, &e);
}

static enum err take_weight(struct feeding *f)
{
	return find_life(f, f->data, "device") ? f->cx->err
					       : set_number(f, LIFE_MASS, member_number(f->data, "mass_mg"));
}

static enum err take_repair(struct feeding *f)
{
	return take_weight(f) ? f->cx->err : device_to(f, "device_state");
}

static enum err take_weigh_in(struct feeding *f)
{
	if (find_life(f, f->data, "device"))
		return f->cx->err;
	set_device(f, DEVICE_RECOVERED);
	reach_first(f, LIFE_DISMANTLED);
	count_event(f, DAY_WEIGHED);
	return set_number(f, LIFE_MASS, member_number(f->data, "scale_mg"));
}

/* Interruptions end where the entry says. */
static enum err take_to(struct feeding *f)
{
	return find_life(f, f->data, "device") ? f->cx->err : device_to(f, "to");
}

static enum err take_move(struct feeding *f)
{
	static const struct {
		const char *type;
		enum device_state to;
	} moves[] = {
		{"erase.start", DEVICE_ERASING}, {"stock.receive", DEVICE_STOCK},
		{"stock.list", DEVICE_LISTED}, {"stock.unlist", DEVICE_STOCK},
		{"recover.send", DEVICE_TO_RECOVER}, {"device.hold", DEVICE_HELD},
		{"device.seize", DEVICE_SEIZED}, {"device.lose", DEVICE_LOST},
	};

	for (size_t i = 0; i < ARRAY_LEN(moves); i++) {
		if (strcmp(moves[i].type, f->type) != 0)
			continue;
		if (find_life(f, f->data, "device"))
			return f->cx->err;
		set_device(f, moves[i].to);
		return ERR_OK;
	}
	BUG(true); /* a move without a state */
	return ERR_OK;
}

/* --- sales: what counts is the first that was not cancelled --- */

static enum err take_sale(struct feeding *f)
{
	bool sold = strcmp(f->type, "stock.sell") == 0;

	if (find_life(f, f->data, "device"))
		return f->cx->err;
	set_device(f, sold ? DEVICE_SOLD : DEVICE_STOCK);
	if (f->life->days[LIFE_DELIVERED] != LIFE_LATER)
		return ERR_OK;
	if (sold)
		reach(f, LIFE_SOLD);
	else
		f->life->days[LIFE_SOLD] = LIFE_LATER;
	return ERR_OK;
}

static enum err take_delivery(struct feeding *f)
{
	if (find_life(f, f->data, "device"))
		return f->cx->err;
	set_device(f, DEVICE_DELIVERED);
	reach_first(f, LIFE_DELIVERED);
	count_event(f, DAY_DELIVERED);
	return ERR_OK;
}

/* Counted with the day on which what comes back was delivered. */
static enum err take_return(struct feeding *f)
{
	struct way way = {.day = f->day, .from = DAY_RETURNED};
	int64_t delivered = member_number(f->data, "reverses_seq");

	if (find_life(f, f->data, "device"))
		return f->cx->err;
	set_device(f, DEVICE_OWNED);
	f->life->flags |= LIFE_IS_RETURNED;
	way.to = lives_day_of(f->l, delivered);
	if (!way.to && !f->l->head.days_lost)
		return corrupt(f, "reverses no delivery");
	lives_add_sum(f->l, &way, 0);
	return ERR_OK;
}

static enum err take_stocktake(struct feeding *f)
{
	struct span list = member_get(f->data, "differences"), line;
	size_t at = 0;

	while ((line = member_next(list, &at)).n) {
		if (!span_is(member_text(line, "result"), stocktake_results[TAKE_LOST]))
			continue;
		if (find_life(f, line, "device"))
			return f->cx->err;
		set_device(f, DEVICE_LOST);
	}
	return ERR_OK;
}

/* --- all of them --- */

static const struct {
	const char *type;
	enum err (*take)(struct feeding *f);
} reads[] = {
	{"city.open", take_open},
	{"tradein.book", take_book},
	{"tradein.give", take_hand},
	{"tradein.take_in", take_hand},
	{"tradein.propose", take_propose},
	{"tradein.accept", take_accept},
	{"tradein.cancel", take_choice},
	{"tradein.decline", take_choice},
	{"tradein.lapse", take_choice},
	{"tradein.return_given", take_choice},
	{"tradein.return_taken", take_choice},
	{"tradein.compensate", take_choice},
	{"tradein.seized", take_choice},
	{"inspect.record", take_inspection},
	{"settle.payout_create", take_payout},
	{"settle.payout_result", take_payout_end},
	{"settle.payout_cancel", take_payout_end},
	{"erase.start", take_move},
	{"erase.attempt", take_erasure},
	{"erase.destroy", take_erasure},
	{"stock.receive", take_move},
	{"stock.list", take_move},
	{"stock.unlist", take_move},
	{"stock.sell", take_sale},
	{"stock.cancel_sale", take_sale},
	{"stock.deliver", take_delivery},
	{"stock.return", take_return},
	{"stock.repair", take_repair},
	{"stock.stocktake", take_stocktake},
	{"recover.send", take_move},
	{"recover.weigh_in", take_weigh_in},
	{"device.weigh", take_weight},
	{"device.medium", take_to},
	{"device.hold", take_move},
	{"device.release", take_to},
	{"device.seize", take_move},
	{"device.lose", take_move},
	{"device.find", take_to},
};

static int reads_type(const char *type, size_t n)
{
	for (size_t i = 0; i < ARRAY_LEN(reads); i++) {
		if (strncmp(reads[i].type, type, n) == 0 && reads[i].type[n] == 0)
			return (int)i;
	}
	return -1;
}

bool lives_reads(const char *type) { return reads_type(type, strlen(type)) >= 0; }

/* Canonical entries end with `"type":"x.y","v":1}`: what concerns no life is not parsed at all. */
static int reads_body(const char *body, size_t n)
{
	static const char member[] = ",\"type\":\"";
	size_t at = n, length = sizeof(member) - 1;
	const char *type, *end;

	while (at > length && n - at < TYPE_WITHIN && memcmp(body + at - length, member, length) != 0)
		at--;
	if (at <= length || n - at >= TYPE_WITHIN)
		return -1;
	type = body + at;
	end = memchr(type, '"', n - at);
	return end ? reads_type(type, (size_t)(end - type)) : -1;
}

/* The log's time never goes back; a local day may, where clocks are put back over midnight, and is kept. */
static enum err take_day(struct feeding *f)
{
	struct lives_head *h = &f->l->head;
	int32_t day;

	if (f->recorded_us == FIELD_NONE || !f->l->tz)
		return corrupt(f, "comes before the city was opened, or has no time");
	day = tz_day(f->l->tz, f->recorded_us) - (LIFE_DAY_EPOCH - 1);
	if (day < 1 || day >= LIFE_DAY_MAX)
		return cx_fail(f->cx, ERR_UNSUPPORTED, "lives are kept of the years 2000 to 2179");
	f->day = (uint16_t)(day < (int32_t)h->last_day ? (int32_t)h->last_day : day);
	if (f->day == h->last_day)
		return ERR_OK;
	h->last_day = f->day;
	return lives_begin_day(f->cx, f->l, f->day, f->seq);
}

static void read_entry(struct feeding *f, struct span entry)
{
	struct span name, value;
	size_t at = 0;

	f->seq = f->recorded_us = f->v = FIELD_NONE;
	while (member_each(entry, &at, &name, &value)) {
		if (span_is(name, "data"))
			f->data = value;
		else if (span_is(name, "recorded_us"))
			f->recorded_us = span_number(value);
		else if (span_is(name, "seq"))
			f->seq = span_number(value);
		else if (span_is(name, "transfers"))
			f->transfers = value;
		else if (span_is(name, "v"))
			f->v = span_number(value);
	}
}

enum err lives_feed(struct cx *cx, struct lives *l, const char *body, size_t n)
{
	struct feeding f = {.cx = cx, .l = l, .type = ""};
	int action = reads_body(body, n);

	read_entry(&f, (struct span){body, n});
	if (action >= 0) {
		f.type = reads[action].type;
		if (f.v != 1)
			return cx_fail(cx, ERR_UNSUPPORTED, "lives cannot be told from a %s of version %lld",
				f.type, (long long)f.v);
		if (f.data.n == 0)
			return corrupt(&f, "has no data");
		if (reads[action].take == take_open)
			return take_open(&f);
	} else if (f.transfers.n == 0) {
		return ERR_OK;
	}
	if (take_day(&f) || take_transfers(&f))
		return cx->err;
	return action < 0 ? ERR_OK : reads[action].take(&f);
}
