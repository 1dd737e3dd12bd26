/* next.c: what is to be done with a device now.
 *
 * What is possible stands in the machines of device and item, and is read from them. Which of it is usual is
 * the order of work: take in, inspect, agree, erase, decide, sell or recover. The actions themselves decide;
 * this says where to begin.
 */
#include "programme/desk/parts.h"
#include "programme/erase/erase.h"
#include "programme/stock/stock.h"

enum { POSSIBLE_MAX = 64, TRIES = 2 /* rounds of erasing before a device is given up */ };

const struct field desk_next_params[] = {
	F_ID(struct desk_next, device, IN | REQ | PATH, "the device"), F_END};

static const char *const waits[] = {"owner", "buyer", "hold", "time", NULL};
enum wait { WAIT_OWNER, WAIT_BUYER, WAIT_HOLD, WAIT_TIME };
static const char *const movers[] = {"device", "item", NULL};

struct possible {
	const char *action, *method, *path;
	int64_t of, may;
};
static const struct field possible_fields[] = {
	F_TEXT(struct possible, action, OUT | REQ, 1, 64, "an action's type"),
	F_TEXT(struct possible, method, OUT, 1, 8, "of its door"),
	F_TEXT(struct possible, path, OUT, 1, 200, "of its door"),
	F_ENUM(struct possible, of, OUT | REQ, movers, "whose state allows it"),
	F_BOOL(struct possible, may, OUT | REQ, "the caller's roles allow it"),
	F_END};
struct open_medium {
	int64_t medium, kind, state, attempts;
};
static const struct field open_fields[] = {
	F_INT(struct open_medium, medium, OUT | REQ, 1, MEDIA_MAX, NULL, "number within the device"),
	F_ENUM(struct open_medium, kind, OUT | REQ, medium_kinds, "kind of medium"),
	F_ENUM(struct open_medium, state, OUT | REQ, medium_states, "what is known of its data"),
	F_INT(struct open_medium, attempts, OUT | REQ, 0, 1000000, NULL, "erasure attempts so far"),
	F_END};
struct answer {
	int64_t device, state, item, item_state, order, site, hold_reason;
	const char *label, *category, *model;
	/* the usual */
	const char *action, *method, *path, *why;
	int64_t may, medium, sale, waits_for, until_us;
	struct list open, possible;
};
const struct field desk_next_shown[] = {
	F_ID(struct answer, device, OUT | REQ, "the device"),
	F_TEXT(struct answer, label, OUT | REQ, 1, 32, "code on its label"),
	F_TEXT(struct answer, category, OUT | REQ, 1, 40, "category of the catalogue"),
	F_TEXT(struct answer, model, OUT, 1, 400, "brand and name"),
	F_ENUM(struct answer, state, OUT | REQ, device_states, "where the device is in its life"),
	F_ID(struct answer, item, OUT, "the trade-in item by which it came"),
	F_ENUM(struct answer, item_state, OUT, item_states, "where the item is"),
	F_ID(struct answer, order, OUT, "the item's order"),
	F_ID(struct answer, site, OUT, "where the device is"),
	F_TEXT(struct answer, action, OUT, 1, 64, "the usual next action; absent: nothing, or it waits"),
	F_TEXT(struct answer, method, OUT, 1, 8, "of its door"),
	F_TEXT(struct answer, path, OUT, 1, 200, "of its door"),
	F_BOOL(struct answer, may, OUT, "the caller's roles allow it"),
	F_TEXT(struct answer, why, OUT, 1, 40, "why this and not the usual way, as a code"),
	F_INT(struct answer, medium, OUT, 1, MEDIA_MAX, NULL, "the storage medium that comes next"),
	F_ID(struct answer, sale, OUT, "the sale that it is about"),
	F_ENUM(struct answer, waits_for, OUT, waits, "whom or what it waits for"),
	F_US(struct answer, until_us, OUT, "it waits until"),
	F_ENUM(struct answer, hold_reason, OUT, hold_reasons, "why it is held"),
	F_LIST(struct answer, open, OUT, MEDIA_MAX, open_fields, struct open_medium,
	       "storage media whose data are not known to be gone"),
	F_LIST(struct answer, possible, OUT, POSSIBLE_MAX, possible_fields, struct possible,
	       "all that the states allow"),
	F_END};

/* What the usual next thing depends on. */
struct bench {
	const struct device *d;
	const struct item *item; /* or NULL */
	struct stock_device stock;
	int64_t now_us, media;
	struct open_medium open[MEDIA_MAX];
	size_t opens;
	int64_t untried; /* the first open medium that this round has not tried; or FIELD_NONE */
};

static void does(struct answer *a, const char *action) { a->action = action; }

static void awaits(struct answer *a, enum wait wait, int64_t until_us)
{
	a->waits_for = wait;
	a->until_us = until_us;
}

static bool on_its_way(const struct device *d) { return account_code(d->custody) == PC_TRANSIT; }

static void before_agreement(const struct bench *b, struct answer *a)
{
	bool kept = b->item && b->item->state == ITEM_KEPT;

	if (kept && b->item->offer_until_us == FIELD_NONE) {
		does(a, "tradein.propose");
		return;
	}
	if (!b->item || (!kept && b->item->state != ITEM_OFFERED)) {
		does(a, "inspect.record");
		return;
	}
	if (b->item->offer_until_us != FIELD_NONE && b->item->offer_until_us <= b->now_us) {
		does(a, "tradein.lapse");
		a->why = "offer_over";
		return;
	}
	awaits(a, WAIT_OWNER, b->item->offer_until_us);
}

/* Erased, or without anything to erase: sold or taken apart. */
static void after_erasure(const struct bench *b, struct answer *a)
{
	if (b->stock.choice == DISPOSE_RECOVERY) {
		does(a, "recover.send");
		a->why = "disposition";
	} else if (b->d->state == DEVICE_STOCK) {
		does(a, "stock.list");
		if (b->d->hold_until_us != FIELD_NONE && b->d->hold_until_us > b->now_us) {
			does(a, NULL);
			awaits(a, WAIT_TIME, b->d->hold_until_us);
		}
	} else {
		does(a, b->stock.choice == DISPOSE_RESALE ? "stock.receive" : "stock.dispose");
	}
}

static void ours(const struct bench *b, struct answer *a)
{
	if (b->media == 0 && b->d->storage == 1) {
		does(a, "device.medium");
		a->why = "no_medium_known";
	} else if (b->opens > 0) {
		does(a, "erase.start");
		a->medium = b->open[0].medium;
	} else {
		after_erasure(b, a);
	}
}

static void erase_failed(const struct bench *b, struct answer *a)
{
	int64_t most = 0;

	for (size_t i = 0; i < b->opens; i++)
		most = b->open[i].attempts > most ? b->open[i].attempts : most;
	does(a, most < TRIES ? "erase.start" : "recover.send");
	a->why = "erase_failed";
	if (b->opens > 0)
		a->medium = b->open[0].medium;
}

static void erasing(const struct bench *b, struct answer *a)
{
	does(a, "erase.attempt");
	a->medium = b->untried;
}

/* Data go before the hammer does. */
static void taken_apart(const struct bench *b, struct answer *a, const char *then)
{
	does(a, b->opens > 0 ? "erase.destroy" : then);
	if (b->opens > 0)
		a->medium = b->open[0].medium;
}

static void giving_back(const struct bench *b, struct answer *a)
{
	if (b->item && b->item->given_us != FIELD_NONE)
		awaits(a, WAIT_OWNER, FIELD_NONE);
	else
		does(a, "tradein.return_given");
}

static void held(const struct bench *b, struct answer *a)
{
	if (b->d->hold_until_us != FIELD_NONE && b->d->hold_until_us > b->now_us) {
		awaits(a, WAIT_TIME, b->d->hold_until_us);
		return;
	}
	does(a, b->d->hold_reason == HOLD_STATUTORY ? "device.release" : NULL);
	if (!a->action)
		awaits(a, WAIT_HOLD, FIELD_NONE);
}

static void gone(const struct bench *b, struct answer *a)
{
	bool not_agreed = b->item && (b->item->state == ITEM_CUSTODY || b->item->state == ITEM_INSPECTED ||
				      b->item->state == ITEM_OFFERED || b->item->state == ITEM_KEPT ||
				      b->item->state == ITEM_RETURNING);

	if (not_agreed)
		does(a, b->d->state == DEVICE_SEIZED ? "tradein.seized" : "tradein.compensate");
}

static void usual(const struct bench *b, struct answer *a)
{
	if (device_on_hand(b->d) && on_its_way(b->d) && b->d->state != DEVICE_RETURNING) {
		does(a, "device.arrive");
		return;
	}
	switch ((enum device_state)b->d->state) {
	case DEVICE_CUSTODY:
		before_agreement(b, a);
		break;
	case DEVICE_OWNED:
		ours(b, a);
		break;
	case DEVICE_ERASING:
		erasing(b, a);
		break;
	case DEVICE_ERASE_FAILED:
		erase_failed(b, a);
		break;
	case DEVICE_ERASED:
	case DEVICE_STOCK:
		after_erasure(b, a);
		break;
	case DEVICE_LISTED:
		awaits(a, WAIT_BUYER, FIELD_NONE);
		break;
	case DEVICE_SOLD:
		does(a, "stock.deliver");
		a->sale = b->d->sale;
		break;
	case DEVICE_TO_RECOVER:
		taken_apart(b, a, "recover.weigh_in");
		break;
	case DEVICE_RECOVERED:
		taken_apart(b, a, "recover.component");
		break;
	case DEVICE_RETURNING:
		giving_back(b, a);
		break;
	case DEVICE_HELD:
		held(b, a);
		break;
	case DEVICE_LOST:
	case DEVICE_SEIZED:
		gone(b, a);
		break;
	case DEVICE_DELIVERED:
	case DEVICE_RETURNED:
		break;
	}
}

/* --- reading --- */

static enum err read_stock(struct cx *cx, struct reader *r, int64_t device, struct stock_device *out)
{
	const struct stock_device key = {.city = r->city, .device = device};
	const void *row;

	*out = (struct stock_device){.choice = FIELD_NONE};
	if (reader_find(cx, r, &stock_device_table, &key, &row))
		return cx->err;
	if (row)
		*out = *(const struct stock_device *)row;
	return ERR_OK;
}

static enum err read_media(struct cx *cx, struct reader *r, struct bench *b)
{
	const struct erase_run key = {.city = r->city, .device = b->d->device};
	char *sql = cx_printf(cx, "SELECT %s FROM medium WHERE city = $1 AND device = $2 ORDER BY medium "
			      "LIMIT %d", reader_columns(&medium_table), MEDIA_MAX);
	db_auto_rows *rows = NULL;
	int64_t begun = -1;
	const void *run;

	b->untried = FIELD_NONE;
	if (!sql || reader_find(cx, r, &erase_run_table, &key, &run) ||
	    db_query(cx, r->db, &rows, sql, DB_ARGS(db_i64(r->city), db_i64(b->d->device))))
		return cx->err;
	if (run)
		begun = ((const struct erase_run *)run)->started_seq;
	for (; db_next(cx, rows); b->media++) {
		struct medium m;
		if (field_row(cx, medium_table.fields, rows, &m))
			return cx->err;
		if (m.state == MEDIUM_ERASED || m.state == MEDIUM_DESTROYED || m.state == MEDIUM_REMOVED)
			continue;
		b->open[b->opens++] = (struct open_medium){m.medium, m.kind, m.state, m.attempts};
		if (b->untried == FIELD_NONE && (m.last_seq == FIELD_NONE || m.last_seq <= begun))
			b->untried = m.medium;
	}
	return cx->err;
}

/* --- what is possible --- */

static bool is_there(const struct list *all, const char *action)
{
	const struct possible *p = all->item;

	for (size_t i = 0; i < all->count; i++)
		if (strcmp(p[i].action, action) == 0)
			return true;
	return false;
}

static void add_moves(const struct reader *r, const struct machine *m, int64_t state, int64_t of,
		      struct list *out)
{
	struct possible *p = out->item;

	for (const struct machine_move *v = m->moves; v->action; v++) {
		const struct action *a = domain_action(r->domain, v->action);
		if (!(v->from & STATE(state)) || is_there(out, v->action) || out->count == POSSIBLE_MAX)
			continue;
		p[out->count++] = (struct possible){
			.action = v->action, .method = a ? a->method : NULL, .path = a ? a->path : NULL,
			.of = of, .may = a && (a->roles & r->who.roles) != 0};
	}
}

static enum err possible(struct cx *cx, const struct reader *r, const struct bench *b, struct answer *a)
{
	const struct possible *p;

	a->possible.item = cx_array(cx, POSSIBLE_MAX, sizeof(struct possible));
	if (!a->possible.item)
		return cx->err;
	add_moves(r, &device_machine, b->d->state, 0, &a->possible);
	if (b->item)
		add_moves(r, &item_machine, b->item->state, 1, &a->possible);
	p = a->possible.item;
	for (size_t i = 0; a->action && i < a->possible.count; i++)
		if (strcmp(p[i].action, a->action) == 0) {
			a->method = p[i].method;
			a->path = p[i].path;
			a->may = p[i].may;
		}
	if (a->action && a->may == FIELD_NONE) { /* not in the machines: recover.component */
		const struct action *x = domain_action(r->domain, a->action);
		a->method = x ? x->method : NULL;
		a->path = x ? x->path : NULL;
		a->may = x && (x->roles & r->who.roles) != 0;
	}
	return ERR_OK;
}

enum err desk_next_run(struct cx *cx, struct reader *r, const void *params, struct json_writer *w)
{
	const struct desk_next *p = params;
	const struct device key = {.city = r->city, .device = p->device};
	struct bench b = {0};
	struct answer a;
	const void *row;
	char label[32];

	if (reader_find(cx, r, &device_table, &key, &row))
		return cx->err;
	b.d = row;
	if (!b.d)
		return cx_fail(cx, ERR_NOT_FOUND, "there is no device %lld in city %lld",
			       (long long)p->device, (long long)r->city);
	if (device_read_check(cx, r, b.d) || desk_item(cx, r, b.d->item, &b.item) ||
	    read_stock(cx, r, b.d->device, &b.stock) || read_media(cx, r, &b) ||
	    city_now(cx, r, r->city, &b.now_us))
		return cx->err;
	field_init(desk_next_shown, &a);
	device_label(label, b.d->device);
	a.device = b.d->device;
	a.label = label;
	a.category = b.d->category;
	a.state = b.d->state;
	a.item = b.item ? b.item->item : FIELD_NONE;
	a.item_state = b.item ? b.item->state : FIELD_NONE;
	a.order = b.item ? b.item->order : FIELD_NONE;
	a.site = b.d->site;
	a.hold_reason = b.d->hold_reason;
	a.open = (struct list){b.open, b.opens};
	usual(&b, &a);
	if (desk_model(cx, r, b.d->model, &a.model) || possible(cx, r, &b, &a))
		return cx->err;
	field_write(w, desk_next_shown, OUT, &a);
	return ERR_OK;
}
