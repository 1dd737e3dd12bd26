/* What each entry means for the lives that it names. Released entries never change, so their members are read
 * by name. */
#include "base/time.h"
#include "base/tz.h"
#include "programme/device/device.h"
#include "programme/erase/erase.h"
#include "programme/lives/parts.h"
#include "programme/stock/stock.h"
#include "programme/tradein/tradein.h"

enum { TYPE_WITHIN = 128 }; /* bytes at an entry's end in which its type stands */

struct feeding {
	struct cx *cx;
	struct lives *l;
	const struct json *entry, *data;
	const char *type;
	uint16_t day;
	uint32_t row;
	struct life *life; /* of the device or item that data names, when the action says so */
};

static int64_t number_of(const struct json *v, const char *name)
{
	const struct json *m = json_get(v, name);

	return m && m->type == JSON_INT ? m->number : FIELD_NONE;
}

static const char *text_of(const struct json *v, const char *name)
{
	const struct json *m = json_get(v, name);

	return m && m->type == JSON_TEXT ? m->text : NULL;
}

static bool text_is(const struct json *v, const char *name, const char *want)
{
	const char *text = text_of(v, name);

	return text && strcmp(text, want) == 0;
}

static enum err corrupt(const struct feeding *f, const char *what)
{
	return cx_fail(f->cx, ERR_CORRUPT, "entry %lld (%s): %s", (long long)number_of(f->entry, "seq"),
		f->type, what);
}

static enum err find_life(struct feeding *f, const struct json *v, const char *member)
{
	int64_t id = number_of(v, member);

	if (id == FIELD_NONE)
		return corrupt(f, "names no device and no item");
	if (lives_row_of(f->cx, f->l, id, &f->row))
		return cx_prefix(f->cx, "entry %lld (%s): ", (long long)number_of(f->entry, "seq"), f->type);
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
	const char *text = text_of(f->data, member);

	*out = text ? field_enum(names, text) : -1;
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
	const char *zone = text_of(f->data, "time_zone");

	if (!zone || strlen(zone) >= ZONE_MAX)
		return corrupt(f, "has no time zone");
	snprintf(f->l->head.zone, sizeof(f->l->head.zone), "%s", zone);
	return tz_open(f->cx, f->l->head.zone, &f->l->tz);
}

/* --- the trade-in --- */

static enum err take_item(struct feeding *f, const struct json *item, uint16_t merchant)
{
	const char *category = text_of(item, "category");
	int64_t id = number_of(item, "item");

	if (!category || id == FIELD_NONE)
		return corrupt(f, "an item without id or category");
	f->life = lives_append(f->cx, f->l, id, &f->row);
	if (!f->life || lives_category_code(f->cx, f->l, category, &f->life->category))
		return f->cx->err;
	f->life->booked = f->day;
	f->life->merchant = merchant;
	memset(f->life->days, LIFE_LATER, sizeof(f->life->days));
	set_item(f, ITEM_BOOKED);
	return set_number(f, LIFE_PROMISED, number_of(item, "quoted_minor"));
}

static enum err take_book(struct feeding *f)
{
	const struct json *items = json_get(f->data, "items");
	uint16_t merchant;

	if (!items || items->type != JSON_ARRAY)
		return corrupt(f, "has no items");
	if (lives_merchant_code(f->cx, f->l, number_of(f->data, "merchant"), &merchant))
		return f->cx->err;
	for (size_t i = 0; i < items->count; i++) {
		if (take_item(f, items->item[i], merchant))
			return f->cx->err;
	}
	return ERR_OK;
}

/* Both sides of the hand-over; with the second the device comes to be. */
static enum err take_hand(struct feeding *f)
{
	int64_t device = number_of(f->data, "device"), to;

	if (find_life(f, f->data, "item") || item_to(f, &to))
		return f->cx->err;
	if (device != FIELD_NONE && lives_note_id(f->cx, f->l, device, f->row))
		return f->cx->err;
	if (to != ITEM_CUSTODY)
		return ERR_OK;
	f->life->taken = f->day;
	set_device(f, DEVICE_CUSTODY);
	return set_number(f, LIFE_MASS, number_of(f->data, "mass_mg"));
}

static enum err agree(struct feeding *f)
{
	f->life->flags |= LIFE_IS_AGREED;
	reach_first(f, LIFE_AGREED);
	if (set_number(f, LIFE_PRICE, number_of(f->data, "agreed_minor")))
		return f->cx->err;
	return set_number(f, LIFE_BONUS, field_or(number_of(f->data, "bonus_minor"), 0));
}

static enum err take_accept(struct feeding *f)
{
	int64_t to;

	if (find_life(f, f->data, "item") || item_to(f, &to))
		return f->cx->err;
	set_device(f, DEVICE_OWNED);
	return agree(f);
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
	const char *category = text_of(f->data, "category");
	int64_t to;

	if (find_life(f, f->data, "item") || item_to(f, &to) || device_to(f, "device_to") ||
	    set_number(f, LIFE_MASS, number_of(f->data, "mass_mg")))
		return f->cx->err;
	if (category && lives_category_code(f->cx, f->l, category, &f->life->category))
		return f->cx->err;
	reach_first(f, LIFE_INSPECTED);
	if (number_of(f->data, "agreed_minor") != FIELD_NONE)
		return agree(f);
	if (number_of(f->data, "offered_minor") != FIELD_NONE)
		f->life->flags |= LIFE_IS_REVISED;
	else if (to == ITEM_OFFERED || to == ITEM_INSPECTED)
		f->life->flags &= (uint8_t)~LIFE_IS_REVISED;
	return ERR_OK;
}

/* --- money --- */

static enum err take_payout(struct feeding *f)
{
	const struct json *lines = json_get(f->data, "lines");

	for (size_t i = 0; lines && lines->type == JSON_ARRAY && i < lines->count; i++) {
		if (!text_is(lines->item[i], "kind", "owner"))
			continue;
		if (find_life(f, lines->item[i], "item"))
			return f->cx->err;
		set_item(f, ITEM_PAYING);
	}
	return ERR_OK;
}

/* What ends a payout's line takes the promise from the owner's account, which names the item. */
static enum err take_payout_end(struct feeding *f)
{
	static const char owner[] = "money_owner/";
	const struct json *transfers = json_get(f->entry, "transfers");
	bool result = strcmp(f->type, "settle.payout_result") == 0;

	for (size_t i = 0; transfers && transfers->type == JSON_ARRAY && i < transfers->count; i++) {
		const char *from = text_of(transfers->item[i], "from");
		bool paid = text_is(transfers->item[i], "kind", "post");
		int64_t item = 0;

		if (!from || strncmp(from, owner, sizeof(owner) - 1) != 0)
			continue;
		for (const char *p = from + sizeof(owner) - 1; *p >= '0' && *p <= '9' && item <= ID_MAX; p++)
			item = item * 10 + (*p - '0');
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
	return ERR_OK;
}

/* --- the workshop --- */

static enum err take_erasure(struct feeding *f)
{
	bool destroyed = strcmp(f->type, "erase.destroy") == 0;

	if (find_life(f, f->data, "device") || device_to(f, "device_state"))
		return f->cx->err;
	if (destroyed || text_is(f->data, "outcome", erase_outcomes[ERASE_VERIFIED]))
		reach_first(f, LIFE_ERASED);
	if (text_is(f->data, "outcome", erase_outcomes[ERASE_FAILED]))
		f->life->flags |= LIFE_IS_FAILED;
	return ERR_OK;
}

static enum err take_weight(struct feeding *f)
{
	return find_life(f, f->data, "device") ? f->cx->err
					       : set_number(f, LIFE_MASS, number_of(f->data, "mass_mg"));
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
	return set_number(f, LIFE_MASS, number_of(f->data, "scale_mg"));
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
	BUG("a move without a state");
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
	return ERR_OK;
}

static enum err take_return(struct feeding *f)
{
	if (find_life(f, f->data, "device"))
		return f->cx->err;
	set_device(f, DEVICE_OWNED);
	f->life->flags |= LIFE_IS_RETURNED;
	return ERR_OK;
}

static enum err take_stocktake(struct feeding *f)
{
	const struct json *list = json_get(f->data, "differences");

	for (size_t i = 0; list && list->type == JSON_ARRAY && i < list->count; i++) {
		if (!text_is(list->item[i], "result", stocktake_results[TAKE_LOST]))
			continue;
		if (find_life(f, list->item[i], "device"))
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
	{"city.open", take_open}, {"tradein.book", take_book}, {"tradein.give", take_hand},
	{"tradein.take_in", take_hand}, {"tradein.accept", take_accept}, {"tradein.cancel", take_choice},
	{"tradein.decline", take_choice}, {"tradein.lapse", take_choice},
	{"tradein.return_given", take_choice}, {"tradein.return_taken", take_choice},
	{"tradein.compensate", take_choice}, {"tradein.seized", take_choice},
	{"inspect.record", take_inspection}, {"settle.payout_create", take_payout},
	{"settle.payout_result", take_payout_end}, {"settle.payout_cancel", take_payout_end},
	{"erase.start", take_move}, {"erase.attempt", take_erasure}, {"erase.destroy", take_erasure},
	{"stock.receive", take_move}, {"stock.list", take_move}, {"stock.unlist", take_move},
	{"stock.sell", take_sale}, {"stock.cancel_sale", take_sale}, {"stock.deliver", take_delivery},
	{"stock.return", take_return}, {"stock.repair", take_repair}, {"stock.stocktake", take_stocktake},
	{"recover.send", take_move}, {"recover.weigh_in", take_weigh_in}, {"device.weigh", take_weight},
	{"device.medium", take_to}, {"device.hold", take_move}, {"device.release", take_to},
	{"device.seize", take_move}, {"device.lose", take_move}, {"device.find", take_to},
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

static enum err take_day(struct feeding *f)
{
	int64_t us = number_of(f->entry, "recorded_us");
	int32_t day;

	if (us == FIELD_NONE || !f->l->tz)
		return corrupt(f, "comes before the city was opened, or has no time");
	day = tz_day(f->l->tz, us) - (LIFE_DAY_EPOCH - 1);
	if (day < 1 || day >= LIFE_DAY_MAX)
		return cx_fail(f->cx, ERR_UNSUPPORTED, "lives are kept of the years 2000 to 2179");
	f->day = (uint16_t)day;
	f->l->head.last_day = f->day; /* the log's time never goes back */
	return ERR_OK;
}

enum err lives_feed(struct cx *cx, struct lives *l, const char *body, size_t n)
{
	struct feeding f = {.cx = cx, .l = l};
	int action = reads_body(body, n);
	struct json *entry;

	if (action < 0)
		return ERR_OK;
	if (json_parse(cx, body, n, &json_limits_file, &entry))
		return cx->err;
	f.type = reads[action].type;
	f.entry = entry;
	f.data = json_get(entry, "data");
	if (number_of(entry, "v") != 1)
		return cx_fail(cx, ERR_UNSUPPORTED, "lives cannot be told from a %s of version %lld", f.type,
			(long long)number_of(entry, "v"));
	if (!f.data)
		return corrupt(&f, "has no data");
	if (reads[action].take != take_open && take_day(&f))
		return cx->err;
	return reads[action].take(&f);
}
