/* lives.list: the lives behind a figure: those that a question counted in one of its rows, by their ids. */
#include "base/time.h"
#include "programme/lives/parts.h"

enum { ROWS_AT_ONCE = 4000000 /* looked at by one request */ };

const struct field lives_list_params[] = {
	LIVES_ASKED,
	F_TEXT(struct lives_list, key, IN, 1, LIVES_CODE_MAX,
	       "of `by`: the row's; absent: the row of those that are not there yet"),
	F_TEXT(struct lives_list, then_key, IN, 1, LIVES_CODE_MAX, "of `then`: the same"),
	PAGE_FIELDS(struct lives_list),
	F_END};

struct shown_life {
	int64_t item, device, merchant, state, device_state, flags;
	int64_t promised_minor, agreed_minor, bonus_minor, mass_mg;
	int64_t days[LIFE_DURATIONS];
	const char *label, *category, *booked, *taken, *merchant_name;
};
#define DAYS(nm, at_, d)                                                                            \
	{.name = nm, .type = FIELD_INT, .flags = OUT, .at = offsetof(struct shown_life, days) +        \
	 (at_) * sizeof(int64_t), .max = 254, .unit = "days", .doc = d}
const struct field lives_list_shown[] = {
	F_ID(struct shown_life, item, OUT | REQ, "the item: tradein.item, tradein.history"),
	F_ID(struct shown_life, device, OUT, "the device: device.get, device.history; absent before it came"),
	F_TEXT(struct shown_life, label, OUT, 1, 32, "code on the device's label"),
	F_TEXT(struct shown_life, category, OUT | REQ, 1, LIVES_CODE_MAX, "category"),
	F_ID(struct shown_life, merchant, OUT | REQ, "who took it"),
	F_TEXT(struct shown_life, merchant_name, OUT, 1, 200, "the merchant's trade name"),
	F_ENUM(struct shown_life, state, OUT | REQ, item_states, "where the item is"),
	F_ENUM(struct shown_life, device_state, OUT, device_states, "where the device is"),
	F_TEXT(struct shown_life, booked, OUT | REQ, 10, 10, "local day of booking"),
	F_TEXT(struct shown_life, taken, OUT, 10, 10, "local day of taking in"),
	F_MINOR(struct shown_life, promised_minor, OUT | REQ, "promised before inspection"),
	F_MINOR(struct shown_life, agreed_minor, OUT | REQ, "agreed"),
	F_MINOR(struct shown_life, bonus_minor, OUT | REQ, "bonus of those agreed"),
	F_MG(struct shown_life, mass_mg, OUT | REQ, "mass as last known"),
	F_INT(struct shown_life, flags, OUT | REQ, 0, 255, NULL,
	      "bits: 1 agreed, 2 revised, 4 returned by a buyer, 8 erasure failed, 16 payment rejected, "
	      "32 held, 64 lost"),
	DAYS("inspected_days", LIFE_INSPECTED, "from taking in; 254: so many or more"),
	DAYS("agreed_days", LIFE_AGREED, "the same"),
	DAYS("paid_days", LIFE_PAID, "the same"),
	DAYS("erased_days", LIFE_ERASED, "the same"),
	DAYS("sold_days", LIFE_SOLD, "the same"),
	DAYS("delivered_days", LIFE_DELIVERED, "the same"),
	DAYS("dismantled_days", LIFE_DISMANTLED, "the same"),
	F_END};

/* --- which lives --- */

/* One row of a question: the values of its dimensions. */
struct wanted {
	struct column_query q;
	int64_t value[2]; /* as value_of gives it */
};

static int64_t value_of(const struct life *l, enum life_dimension by)
{
	switch (by) {
	case BY_DAY:
		return l->taken;
	case BY_MONTH:
		return l->taken ? column_month(l->taken) : -1;
	case BY_BOOKED:
		return l->booked;
	case BY_MERCHANT:
		return l->merchant;
	case BY_CATEGORY:
		return l->category;
	case BY_STAGE:
		return l->stage & 15;
	case BY_ITEM:
		return l->stage >> 4;
	case BY_FLAGS:
		return l->flags;
	case BY_NOTHING:
		return 0;
	default:
		return l->days[by - BY_DAYS];
	}
}

static bool fits(const struct life *l, const struct wanted *x)
{
	const struct column_query *q = &x->q;

	return l->booked >= q->booked_from && l->booked <= q->booked_to && l->taken >= q->taken_from &&
	       l->taken <= q->taken_to && (q->category < 0 || l->category == q->category) &&
	       (q->merchant < 0 || l->merchant == q->merchant) &&
	       (q->stage < 0 || (l->stage & 15) == q->stage) && (q->item < 0 || l->stage >> 4 == q->item) &&
	       value_of(l, q->by[0]) == x->value[0] && value_of(l, q->by[1]) == x->value[1];
}

static enum err read_number(struct cx *cx, const char *name, const char *text, int64_t *out)
{
	size_t n = strlen(text);

	if (n > 15 || strspn(text, "0123456789") != n)
		return cx_fail(cx, ERR_INVALID, "%s: \"%s\" is no number", name, text);
	*out = strtoll(text, NULL, 10);
	return ERR_OK;
}

static enum err read_month(struct cx *cx, const char *name, const char *text, int64_t *out)
{
	char *day = cx_printf(cx, "%s-01", text);
	int32_t d;

	if (!day || day_parse(cx, day, &d))
		return cx->err != ERR_INVALID ? cx->err :
		       cx_fail(cx, ERR_INVALID, "%s: \"%s\" is no month like 2026-01", name, text);
	*out = column_month(lives_column_day(d));
	return ERR_OK;
}

/* What a row of lives.count calls its group, as its value; -2 when no life can have it. */
static enum err read_key(struct cx *cx, const struct lives *l, enum life_dimension by, const char *name,
			 const char *key, int64_t *out)
{
	int32_t day;

	if (by == BY_NOTHING)
		return key ? cx_fail(cx, ERR_INVALID, "%s: of what? say it with `%s`", name,
				     *name == 't' ? "then" : "by") : ERR_OK;
	if (!key) {
		*out = by >= BY_DAYS ? LIFE_LATER :
		       by == BY_MONTH ? -1 :
		       by == BY_DAY || by == BY_BOOKED ? 0 : -2;
		return ERR_OK;
	}
	if (by == BY_DAY || by == BY_BOOKED) {
		if (day_parse(cx, key, &day))
			return cx_prefix(cx, "%s: ", name);
		*out = lives_column_day(day);
	} else if (by == BY_MONTH) {
		return read_month(cx, name, key, out);
	} else if (by == BY_CATEGORY) {
		int code = lives_category_find(l, key, strlen(key));
		*out = code < 0 ? -2 : code;
	} else if (by == BY_STAGE || by == BY_ITEM) {
		*out = field_enum(by == BY_STAGE ? device_states : item_states, key);
		if (*out < 0)
			return cx_fail(cx, ERR_INVALID, "%s: there is no state \"%s\"", name, key);
	} else if (read_number(cx, name, key, out)) {
		return cx->err;
	} else if (by == BY_MERCHANT) {
		int code = lives_merchant_find(l, *out);
		*out = code < 0 ? -2 : code;
	}
	return ERR_OK;
}

/* --- finding them --- */

struct found_life {
	uint32_t row;
	int64_t item, device; /* numbers of the city; 0: none */
};

/* Lives from row `at` on; *next is the row to go on with, or 0 at the end. */
static size_t scan(const struct lives *l, const struct wanted *x, size_t at, struct found_life *out,
		   size_t max, size_t *next)
{
	size_t end = l->head.rows - at > ROWS_AT_ONCE ? at + ROWS_AT_ONCE : l->head.rows, n = 0;
	struct life life;

	for (; at < end && n < max; at++) {
		column_get(l->base, at, &life);
		if (fits(&life, x))
			out[n++] = (struct found_life){.row = (uint32_t)at};
	}
	*next = at < l->head.rows ? at : 0;
	return n;
}

static struct found_life *at_row(struct found_life *f, size_t n, uint32_t row)
{
	size_t low = 0;

	while (n > 0) {
		size_t half = n / 2;
		if (f[low + half].row == row)
			return &f[low + half];
		if (f[low + half].row < row) {
			low += half + 1;
			n -= half + 1;
		} else {
			n = half;
		}
	}
	return NULL;
}

/* The ids of a life: that of its item, and later that of its device. */
static void find_ids(const struct lives *l, struct found_life *f, size_t n)
{
	if (n == 0)
		return;
	for (uint64_t id = 1; id < l->head.count[IN_IDS]; id++) {
		uint32_t row = l->ids[id] - 1; /* none: beyond all rows */
		struct found_life *x;

		if (row < f[0].row || row > f[n - 1].row)
			continue;
		x = at_row(f, n, row);
		if (x && !x->item)
			x->item = (int64_t)id;
		else if (x)
			x->device = (int64_t)id;
	}
}

/* --- showing them --- */

static int64_t number_of(const struct lives *l, uint32_t row, enum life_measure m, uint32_t value)
{
	for (uint32_t i = 0; value == 0 && i < l->head.larges; i++)
		if (l->large[i].row == row && l->large[i].measure == m)
			return (int64_t)l->large[i].value;
	return value;
}

static enum err name_of(struct cx *cx, struct reader *r, int64_t party, const char **out)
{
	const struct party key = {.city = r->city, .party = party};
	const void *row;

	if (reader_find(cx, r, &party_table, &key, &row))
		return cx->err;
	*out = row ? ((const struct party *)row)->public_name : NULL;
	return ERR_OK;
}

static enum err write_life(struct cx *cx, struct reader *r, const struct lives *l, const struct found_life *f,
			   struct json_writer *w)
{
	struct shown_life s;
	struct life x;
	char label[32];

	column_get(l->base, f->row, &x);
	field_init(lives_list_shown, &s);
	s.item = f->item;
	if (f->device) {
		s.device = (l->head.city << 32) + f->device;
		device_label(label, s.device);
		s.label = label;
		s.device_state = x.stage & 15;
	}
	s.category = l->category[x.category];
	s.merchant = l->merchant[x.merchant];
	s.state = x.stage >> 4;
	s.booked = day_format(cx, LIFE_DAY_EPOCH - 1 + x.booked);
	s.taken = x.taken ? day_format(cx, LIFE_DAY_EPOCH - 1 + x.taken) : NULL;
	s.promised_minor = number_of(l, f->row, LIFE_PROMISED, x.promised_minor);
	s.agreed_minor = number_of(l, f->row, LIFE_PRICE, x.agreed_minor);
	s.bonus_minor = number_of(l, f->row, LIFE_BONUS, x.bonus_minor);
	s.mass_mg = number_of(l, f->row, LIFE_MASS, x.mass_mg);
	s.flags = x.flags;
	for (int d = 0; d < LIFE_DURATIONS; d++)
		s.days[d] = x.days[d] == LIFE_LATER ? FIELD_NONE : x.days[d];
	if (name_of(cx, r, s.merchant, &s.merchant_name))
		return cx->err;
	jw_object(w);
	field_write(w, lives_list_shown, OUT, &s);
	jw_object_end(w);
	return cx->err;
}

static enum err show_page(struct cx *cx, struct reader *r, const struct lives *l,
			  const struct lives_question *q, const struct lives_list *p, struct json_writer *w)
{
	size_t max = (size_t)list_ask(p->limit) - 1, n = 0, next = 0;
	struct found_life *f = cx_array(cx, max, sizeof(*f));
	struct wanted x = {.value = {0, 0}};
	int64_t at;
	char *cursor;

	if (!f || page_after(cx, p->after, &at) || read_key(cx, l, q->by[0], "key", p->key, &x.value[0]) ||
	    read_key(cx, l, q->by[1], "then_key", p->then_key, &x.value[1]))
		return cx->err;
	if (lives_translate(l, q, &x.q) && (size_t)at < l->head.rows)
		n = scan(l, &x, (size_t)at, f, max, &next);
	find_ids(l, f, n);
	jw_name(w, "items");
	jw_array(w);
	for (size_t i = 0; i < n; i++)
		if (write_life(cx, r, l, &f[i], w))
			return cx->err;
	jw_array_end(w);
	cursor = next ? page_cursor(cx, (int64_t)next) : NULL;
	if (cursor)
		jw_text_at(w, "next", cursor);
	return cx->err;
}

enum err lives_list_run(struct cx *cx, struct reader *r, const void *params, struct json_writer *w)
{
	const struct lives_options o = {.entries = VIEW_ENTRIES_MAX, .wait_ms = LIVES_WAIT_MS};
	const struct lives_list *p = params;
	struct lives_question q;
	struct lives *l;
	enum err err;

	if (reader_check_org(cx, r, 0) || lives_asked(cx, &p->asked, &q))
		return cx->err;
	if (!r->projections)
		return cx_fail(cx, ERR_UNSUPPORTED, "there is no folder for columns here");
	if (lives_open(cx, r->projections, r->db, r->domain, r->city, &o, &l))
		return cx->err;
	err = show_page(cx, r, l, &q, p, w);
	lives_close(l);
	return err;
}
