/* inspect.record: the facts come in, grade, price and what becomes of item and device go out. */
#include "codec/hash.h"
#include "programme/evidence/evidence.h"
#include "programme/inspect/parts.h"

#define DAY_US INT64_C(86400000000)

static const struct field found_test_fields[] = {
	F_TEXT(struct found_test, test, IN | LOG | OUT | REQ, 1, 64, "test of the rubric"),
	F_ENUM(struct found_test, result, IN | LOG | OUT | REQ, test_results, "its result"),
	F_END};
static const struct field found_mark_fields[] = {
	F_TEXT(struct found_mark, part, IN | LOG | OUT | REQ, 1, 64, "observation of the rubric"),
	F_TEXT(struct found_mark, severity, IN | LOG | OUT | REQ, 1, 64, "its level"),
	F_END};
static const struct field found_medium_fields[] = {
	F_INT(struct found_medium, medium, IN | LOG | OUT, 1, MEDIA_MAX, NULL,
	      "one that is recorded; absent: one more"),
	F_ENUM(struct found_medium, kind, IN | LOG | OUT | REQ, medium_kinds, "kind of medium"),
	F_INT(struct found_medium, capacity_gb, IN | LOG | OUT, 0, 1000000, "GB", "capacity"),
	F_BOOL(struct found_medium, absent, IN | LOG | OUT,
	       "it is not in the device; a photo shows it"),
	F_END};
static const struct field found_photo_fields[] = {
	F_ID(struct found_photo, evidence, IN | LOG | OUT | REQ, "the photo"),
	F_TEXT(struct found_photo, about, IN | LOG | OUT, 1, 130,
	       "what it shows: \"screen\" or \"screen:cracked\""),
	F_END};

/* The same members stand in the stored facts and, because a record begins with them, in a record. */
#define FACTS(where)											\
	F_LIST(struct inspect_facts, tests, where, INSPECT_TESTS_MAX, found_test_fields, struct found_test, \
	       "results of tests"),									\
	F_LIST(struct inspect_facts, marks, where, INSPECT_MARKS_MAX, found_mark_fields, struct found_mark, \
	       "what the outside shows"),								\
	F_LIST(struct inspect_facts, media, where, MEDIA_MAX, found_medium_fields, struct found_medium,	\
	       "storage media, where they differ from what is recorded"),				\
	F_LIST(struct inspect_facts, photos, where, INSPECT_PHOTOS_MAX, found_photo_fields,		\
	       struct found_photo, "evidence"),								\
	F_BOOL(struct inspect_facts, looked_at, where, "the outside was looked at; true when absent"),	\
	F_INT(struct inspect_facts, battery_percent, where, 0, 100, "percent", "battery health, measured"), \
	F_INT(struct inspect_facts, storage_gb, where, 0, 1000000, "GB", "storage found"),		\
	F_BOOL(struct inspect_facts, refurbished, where, "it has been refurbished"),			\
	F_ENUM(struct inspect_facts, activation_lock, where, lock_answers, "activation lock; off " \
		"when absent"), \
	F_ENUM(struct inspect_facts, stolen, where, stolen_answers,					\
	       "answer of the list of stolen devices; clear when absent"),				\
	F_ID(struct inspect_facts, found_model, where, "the model, when it is not the declared one"),	\
	F_TEXT(struct inspect_facts, found_category, where, 1, 40,					\
	       "the category, when no model of the catalogue fits")
#define SCALE(where)                                                                               \
	F_INT(struct inspect_facts, mass_mg, where, 1, INT64_C(100000000000000), "mg",             \
	      "what the scale says")

const struct field inspect_facts_fields[] = {FACTS(IN | LOG | OUT), SCALE(IN | LOG | OUT), F_END};

static const struct field change_fields[] = {
	F_INT(struct medium_change, medium, LOG, 1, MEDIA_MAX, NULL, "number within the device"),
	F_ENUM(struct medium_change, kind, LOG, medium_kinds, "kind of medium"),
	F_INT(struct medium_change, capacity_gb, LOG, 0, 1000000, "GB", "capacity"),
	F_ENUM(struct medium_change, state, LOG, medium_states, "present, or removed"),
	F_END};
const struct field defect_fields[] = {
	F_TEXT(struct defect, code, LOG | OUT | REQ, 1, 130, "what differs from what was declared"),
	F_TEXT(struct defect, declared, LOG | OUT, 1, 64, "what was declared"),
	F_INT(struct defect, step_minor, LOG | OUT | REQ, -JSON_INT_MAX, JSON_INT_MAX, "minor",
	      "its step in the price"),
	F_HEX(struct defect, evidence, LOG | OUT, 32, "digest of the photo that shows it"), F_END};

const struct field inspect_record_fields[] = {
	ITEM_FIELD(struct inspect_record),
	FACTS(GIVEN),
	SCALE(GIVEN),
	F_ID(struct inspect_record, device, DERIVED, "the device"),
	F_ENUM(struct inspect_record, to, DERIVED, item_states, "the item's state afterwards"),
	F_ENUM(struct inspect_record, device_to, DERIVED, device_states,
	       "the device's state afterwards"),
	F_INT(struct inspect_record, grade_c, DERIVED, 0, 9, NULL, "cosmetic grade C0 to C9"),
	F_INT(struct inspect_record, grade_f, DERIVED, 1, 6, NULL, "functional grade F1 to F6"),
	F_MINOR(struct inspect_record, price_minor, LOG, "price for what was found"),
	F_ENUM(struct inspect_record, hold_reason, DERIVED, hold_reasons, "why it is held"),
	F_ENUM(struct inspect_record, held_from, LOG, device_states,
	       "the state that the hold interrupts, where it is not the one before"),
	F_ID(struct inspect_record, model, DERIVED, "the model, when another was found"),
	F_TEXT(struct inspect_record, category, DERIVED, 1, 40,
	       "the category, when another was found"),
	F_BOOL(struct inspect_record, storage, LOG, "has storage media"),
	F_LIST(struct inspect_record, changes, LOG, MEDIA_MAX, change_fields, struct medium_change,
	       "media that changed"),
	F_LIST(struct inspect_record, defects, DERIVED, DEFECTS_MAX, defect_fields, struct defect,
	       "what differs from what was declared, when the offer is lower"),
	F_MINOR(struct inspect_record, offered_minor, DERIVED, "revised offer"),
	F_US(struct inspect_record, offer_until_us, DERIVED, "the owner's answer is awaited until"),
	F_MINOR(struct inspect_record, agreed_minor, DERIVED, "agreed price"),
	F_MINOR(struct inspect_record, bonus_minor, DERIVED, "bonus on top"),
	F_MINOR(struct inspect_record, commission_minor, DERIVED, "the merchant's commission"),
	F_ID(struct inspect_record, owner, DERIVED, "owner of the device from now on"),
	F_US(struct inspect_record, hold_until_us, DERIVED, "not to be resold before"),
	F_END};

struct judging {
	struct cx *cx;
	struct tx *tx;
	struct inspect_record *rec;
	const struct item *item;
	const struct order *order;
	const struct device *device;
	struct product declared, found; /* kinds of device */
	bool other;                     /* found differs from declared */
	bool priced;                    /* the owner has not agreed yet */
	const struct rule *rubric;
	struct grade grade;
	int64_t price_minor;
};

/* Another model, or another category, than declared; in what follows the found one counts. */
static enum err decide_kind(struct judging *j)
{
	const struct inspect_facts *f = &j->rec->found;
	int64_t model = j->device->model;
	const char *category = j->device->category;

	if (catalogue_use(j->cx, j->tx, j->item->model, j->item->category, &j->declared))
		return j->cx->err;
	if (f->found_model != FIELD_NONE) {
		model = f->found_model;
		category = NULL;
	} else if (f->found_category) {
		model = FIELD_NONE;
		category = f->found_category;
	}
	if (catalogue_use(j->cx, j->tx, model, category, &j->found))
		return j->cx->err;
	j->other = j->found.model != j->declared.model ||
		   strcmp(j->found.category, j->declared.category) != 0;
	j->rec->model = FIELD_NONE;
	if (f->found_model != FIELD_NONE || f->found_category) {
		j->rec->model = j->found.model;
		j->rec->category = j->found.category;
	}
	return ERR_OK;
}

static enum err decide_medium(struct judging *j, const struct found_medium *f,
			      struct medium_change *change, int64_t next)
{
	const struct medium *m = NULL;
	int64_t state = field_or(f->absent, 0) ? MEDIUM_REMOVED : MEDIUM_PRESENT;

	if (f->medium != FIELD_NONE) {
		m = medium_get(j->cx, j->tx, j->device->device, f->medium);
		if (!m || medium_check(j->cx, j->tx, m, state))
			return j->cx->err;
	} else if (state == MEDIUM_REMOVED) {
		return cx_fail(j->cx, ERR_INVALID, "absent: say which recorded medium it is");
	}
	if (state == MEDIUM_REMOVED && (!j->priced || j->rec->found.photos.count == 0))
		return cx_fail(
			j->cx, ERR_INVALID,
			"absent: a medium can be found absent only before the device is bought, "
			"with a photo that shows it");
	*change = (struct medium_change){m ? m->medium : next, f->kind, f->capacity_gb, state};
	return ERR_OK;
}

/* What is said of media; and a medium for a device that should have one, when none is recorded. */
static enum err decide_media(struct judging *j)
{
	const struct found_medium *f = j->rec->found.media.item;
	const struct medium *const *media;
	struct medium_change *change;
	size_t known, count = j->rec->found.media.count, n = 0;
	int64_t next;

	if (device_media(j->cx, j->tx, j->device->device, &media, &known))
		return j->cx->err;
	next = (int64_t)known + 1;
	change = cx_array(j->cx, count + 1, sizeof(*change));
	if (!change)
		return j->cx->err;
	for (size_t i = 0; i < count; i++) {
		if (decide_medium(j, &f[i], &change[n], next))
			return cx_prefix(j->cx, "media[%zu]: ", i);
		for (size_t k = 0; k < n; k++)
			if (change[k].medium == change[n].medium)
				return cx_fail(j->cx, ERR_INVALID, "media[%zu].medium: is named twice", i);
		next += change[n++].medium == next;
	}
	if (j->found.storage && known + n == 0) {
		change[n++] = (struct medium_change){1, medium_usual(j->found.category), FIELD_NONE,
						     MEDIUM_PRESENT};
		next++;
	}
	if (next - 1 > MEDIA_MAX)
		return cx_fail(j->cx, ERR_TOO_LARGE, "media: a device may have at most %d", MEDIA_MAX);
	j->rec->changes = (struct list){change, n};
	j->rec->storage = j->found.storage || next > 1;
	/* One more medium than there was: it must be erased first. */
	if (next - 1 > (int64_t)known &&
	    (j->rec->device_to == DEVICE_ERASED || j->rec->device_to == DEVICE_STOCK))
		j->rec->device_to = DEVICE_OWNED;
	return ERR_OK;
}

static enum err decide_photos(struct judging *j)
{
	const struct found_photo *p = j->rec->found.photos.item;

	for (size_t i = 0; i < j->rec->found.photos.count; i++)
		if (evidence_check(j->cx, j->tx, p[i].evidence, j->device->device, j->order->order))
			return cx_prefix(j->cx, "photos[%zu]: ", i);
	return ERR_OK;
}

/* The photo that is about this difference, or about its question. */
static enum err photo_of(struct judging *j, const char *code, struct bytes *digest)
{
	const struct found_photo *p = j->rec->found.photos.item;
	size_t n = strcspn(code, ":");

	for (size_t i = 0; i < j->rec->found.photos.count; i++) {
		const struct evidence key = {.city = tx_city(j->tx), .evidence = p[i].evidence};
		const struct evidence *e;
		if (!p[i].about || (strcmp(p[i].about, code) != 0 &&
				    (strlen(p[i].about) != n || strncmp(p[i].about, code, n) != 0)))
			continue;
		e = tx_get(j->cx, j->tx, &evidence_table, &key);
		if (!e)
			return j->cx->err;
		*digest = e->digest;
		return ERR_OK;
	}
	return ERR_OK;
}

static enum err decide_offer(struct judging *j, const struct quote *declared,
			     const struct quote *found, int64_t days)
{
	struct defect *d;

	if (inspect_defects(j->cx, declared, found, j->other, &j->rec->defects))
		return j->cx->err;
	d = j->rec->defects.item;
	for (size_t i = 0; i < j->rec->defects.count; i++)
		if (photo_of(j, d[i].code, &d[i].evidence))
			return j->cx->err;
	j->rec->to = ITEM_OFFERED;
	j->rec->offered_minor = found->price_minor;
	j->rec->bonus_minor = found->bonus_minor;
	j->rec->offer_until_us = tx_now_us(j->tx) + days * DAY_US;
	return item_check(j->cx, j->tx, j->item, ITEM_OFFERED);
}

static enum err decide_agreed(struct judging *j, int64_t price_minor, int64_t bonus_minor)
{
	struct inspect_record *rec = j->rec;
	struct agreement a;

	if (tradein_agree(j->cx, j->tx, j->item, price_minor, bonus_minor, &a))
		return j->cx->err;
	rec->to = a.to;
	rec->device_to = DEVICE_OWNED;
	rec->agreed_minor = a.agreed_minor;
	rec->bonus_minor = a.bonus_minor;
	rec->commission_minor = a.commission_minor;
	rec->owner = a.owner;
	rec->hold_until_us = a.hold_until_us;
	return ERR_OK;
}

/* The facts as the price list asks for them. */
static enum err found_facts(struct judging *j, struct quote_facts *out)
{
	const struct inspect_facts *f = &j->rec->found;
	const struct price_category *questions;
	const struct rule *list;
	struct digest version;

	*out = item_facts(j->item);
	memcpy(version.byte, j->item->price_list.p, sizeof(version.byte));
	if (rule_use_version(j->cx, j->tx, RULE_PRICE_LIST, &version, &list))
		return j->cx->err;
	questions = price_category_find(rule_price_list(list), j->found.category);
	if (!questions)
		return cx_fail(j->cx, ERR_CONFLICT,
			       "the price list of the promise has no prices for %s",
			       j->found.category);
	out->storage_gb = field_or(f->storage_gb, out->storage_gb);
	out->battery_percent = field_or(f->battery_percent, out->battery_percent);
	return inspect_answers(j->cx, rule_rubric(j->rubric), questions, j->found.category, f,
			       j->other ? NULL : out->answers, &out->answers);
}

/* Promise against findings. */
static enum err decide_price(struct judging *j, const struct city *city)
{
	struct quote_facts said = item_facts(j->item), seen;
	struct quote declared, found;
	int64_t price;

	if (found_facts(j, &seen) || item_price(j->cx, j->tx, j->item, &j->declared, &said, &declared) ||
	    item_price(j->cx, j->tx, j->item, &j->found, &seen, &found))
		return j->cx->err;
	j->price_minor = found.price_minor;
	if (found.price_minor < j->item->quoted_minor)
		return decide_offer(j, &declared, &found, city->offer_days);
	price = found.price_minor;
	return decide_agreed(j, price,
			     found.bonus_minor > declared.bonus_minor ? found.bonus_minor :
									declared.bonus_minor);
}

/* Locked or listed: held, and not priced until it is released. The owner has as long as for an offer.
 * One that is ours already is held all the same: a buyer's lock, or a list that came later. */
static enum err decide_hold(struct judging *j, int64_t reason, const struct city *city)
{
	j->rec->hold_reason = reason;
	if (j->rec->device_to != j->device->state) /* a medium more: behind the gate when it is released */
		j->rec->held_from = j->rec->device_to;
	j->rec->device_to = DEVICE_HELD;
	if (!j->priced)
		return ERR_OK;
	j->rec->to = ITEM_INSPECTED;
	j->rec->offer_until_us = tx_now_us(j->tx) + city->offer_days * DAY_US;
	return item_check(j->cx, j->tx, j->item, ITEM_INSPECTED);
}

static enum err judge(struct judging *j)
{
	const struct inspect_facts *f = &j->rec->found;
	const struct city *city = city_get(j->cx, j->tx);

	if (!city)
		return j->cx->err;
	if (field_or(f->stolen, STOLEN_CLEAR) == STOLEN_LISTED)
		return decide_hold(j, HOLD_STOLEN_LIST, city);
	if (field_or(f->activation_lock, LOCK_OFF) == LOCK_ON)
		return decide_hold(j, HOLD_ACTIVATION_LOCK, city);
	return j->priced ? decide_price(j, city) : ERR_OK;
}

/* Is the item's and the device's time right, and is it the caller's business? */
static enum err open_all(struct judging *j)
{
	struct inspect_record *rec = j->rec;
	int64_t state;

	if (item_open(j->cx, j->tx, rec->item, &j->item, &j->order))
		return j->cx->err;
	if (tx_who(j->tx)->order)
		return cx_fail(j->cx, ERR_FORBIDDEN, "the bench inspects, not the owner");
	state = j->item->state;
	j->priced = state == ITEM_CUSTODY || state == ITEM_INSPECTED || state == ITEM_OFFERED;
	rec->to = j->priced ? ITEM_OFFERED : state;
	if (item_check(j->cx, j->tx, j->item, rec->to))
		return j->cx->err;
	if (j->item->device == FIELD_NONE)
		return cx_fail(j->cx, ERR_CONFLICT, "the device of item %lld never came "
			"to us", (long long)rec->item);
	j->device = device_get(j->cx, j->tx, j->item->device);
	if (!j->device)
		return j->cx->err;
	rec->device = j->device->device;
	rec->device_to = j->device->state;
	return device_check(j->cx, j->tx, j->device, j->device->state);
}

enum err inspect_record_decide(struct cx *cx, struct tx *tx, void *arg)
{
	struct inspect_record *rec = arg;
	struct judging j = {.cx = cx, .tx = tx, .rec = rec, .price_minor = FIELD_NONE};

	if (open_all(&j) || decide_kind(&j) || rule_use(cx, tx, RULE_RUBRIC, RUBRIC, &j.rubric) ||
	    inspect_grade(cx, rule_rubric(j.rubric), j.found.category, j.found.battery, &rec->found,
			  &j.grade) ||
	    decide_media(&j) || decide_photos(&j))
		return cx->err;
	rec->grade_c = j.grade.c;
	rec->grade_f = j.grade.f;
	if (j.device->site != FIELD_NONE)
		tx_site(tx, j.device->site);
	if (rec->found.mass_mg != FIELD_NONE && device_weigh(cx, tx, j.device, rec->found.mass_mg))
		return cx->err;
	if (judge(&j))
		return cx->err;
	rec->price_minor = j.price_minor;
	return device_check(cx, tx, j.device, rec->device_to);
}

/* --- apply --- */

static enum err apply_media(struct cx *cx, struct tx *tx, const struct inspect_record *rec)
{
	const struct medium_change *c = rec->changes.item;

	for (size_t i = 0; i < rec->changes.count; i++) {
		struct medium m = {.city = tx_city(tx), .device = rec->device, .medium = c[i].medium,
				   .last_seq = FIELD_NONE};
		const void *old;
		if (tx_find(cx, tx, &medium_table, &m, &old))
			return cx->err;
		if (old)
			m = *(const struct medium *)old;
		m.kind = c[i].kind;
		m.state = c[i].state;
		if (c[i].capacity_gb != FIELD_NONE || !old)
			m.capacity_gb = c[i].capacity_gb;
		if (medium_set(cx, tx, &m))
			return cx->err;
	}
	return ERR_OK;
}

static void apply_item(const struct inspect_record *rec, int64_t seq, struct item *i, struct device *d)
{
	const struct agreement a = {rec->to,	      rec->agreed_minor,
				    rec->bonus_minor, rec->commission_minor,
				    rec->owner,	      rec->hold_until_us};

	i->inspection_seq = seq;
	if (rec->agreed_minor != FIELD_NONE) {
		tradein_agreed(&a, i, d);
		return;
	}
	i->state = rec->to;
	if (rec->to != ITEM_OFFERED && rec->to != ITEM_INSPECTED)
		return;
	i->offered_minor = rec->offered_minor;
	i->offer_until_us = rec->offer_until_us;
	if (rec->bonus_minor != FIELD_NONE)
		i->bonus_minor = rec->bonus_minor;
}

enum err inspect_record_apply(struct cx *cx, struct tx *tx, const struct entry *entry, const void *arg)
{
	const struct inspect_record *rec = arg;
	const struct item *old = item_get(cx, tx, rec->item);
	const struct device *dev = device_get(cx, tx, rec->device);

	if (!old || !dev || apply_media(cx, tx, rec))
		return cx->err;
	struct item i = *old;
	struct device d = *dev;
	d.state = rec->device_to;
	if (rec->device_to == DEVICE_HELD) {
		d.held_from = field_or(rec->held_from, dev->state);
		d.hold_reason = rec->hold_reason;
	}
	d.grade_c = rec->grade_c;
	d.grade_f = rec->grade_f;
	d.storage = rec->storage;
	if (rec->category) {
		d.model = rec->model;
		d.category = rec->category;
	}
	if (rec->found.mass_mg != FIELD_NONE)
		d.mass_mg = rec->found.mass_mg;
	apply_item(rec, entry->seq, &i, &d);
	if (tx_put(cx, tx, &inspection_table,
		   &(struct inspection){.item = rec->item, .seq = entry->seq, .device = rec->device,
					.grade_c = rec->grade_c, .grade_f = rec->grade_f,
					.price_minor = rec->price_minor, .inspected_us = entry->recorded_us}))
		return cx->err;
	return device_set(cx, tx, &d) ? cx->err : item_set(cx, tx, &i);
}
