/* Who a device is: dated claims, each sealed under the device's own key and found by a keyed digest. */
#include "programme/device/parts.h"
#include "programme/party/party.h"

#include "codec/hash.h"

const struct field claim_given_fields[] = {
	F_ENUM(struct claim_given, kind, IN | REQ, identifier_kinds, "kind of identity"),
	F_TEXT(struct claim_given, value, IN | REQ, 1, 64, "as it is printed or shown"),
	F_END};
const struct field claim_fields[] = {
	F_INT(struct claim, n, DERIVED, 1, 1000000, NULL, "number of the claim"),
	F_ENUM(struct claim, kind, DERIVED, identifier_kinds, "kind of identity"),
	F_HEX(struct claim, blind, LOG, 16, "keyed digest"),
	F_INT(struct claim, vault_n, LOG, 0, JSON_INT_MAX, NULL, "number of the sealed texts in this entry"),
	F_ID(struct claim, also, DERIVED, "another device on hand that claims the same"),
	F_END};
static const struct field claim_end_fields[] = {
	F_INT(struct claim_end, n, MUST, 1, 1000000, NULL, "number of the claim"), F_END};

const struct field device_identify_fields[] = {
	DEVICE_FIELD(struct device_identify),
	F_LIST(struct device_identify, add, IN | PII, CLAIMS_MAX, claim_given_fields,
	       struct claim_given, "identities that it now claims"),
	F_LIST(struct device_identify, end, GIVEN, CLAIMS_MAX, claim_end_fields, struct claim_end,
	       "claims that no longer hold: a board was changed, a label was wrong"),
	F_LIST(struct device_identify, claims, DERIVED, CLAIMS_MAX, claim_fields, struct claim,
	       "the new claims"),
	F_END};
const struct field device_merge_fields[] = {
	DEVICE_FIELD(struct device_merge),
	F_ID(struct device_merge, same_as, MUST,
	     "the other id of the same thing; both are the caller's, or the caller is the programme's"),
	F_END};

enum err device_same_claim(struct cx *cx, struct tx *tx, int64_t device, struct bytes blind,
			   const int64_t **others, size_t *count)
{
	const struct identifier_index key = {.city = tx_city(tx), .blind = blind};
	const void *const *rows;
	int64_t *found = cx_array(cx, SAME_CLAIM_MAX, sizeof(*found));
	size_t rows_n, n = 0;

	if (!found)
		return cx->err;
	if (tx_scan(cx, tx, &identifier_index_table, &key, 2, SAME_CLAIM_MAX, &rows, &rows_n)) {
		if (cx->err != ERR_TOO_LARGE)
			return cx->err;
		cx_clear(cx);
		rows_n = 0;
	}
	for (size_t i = 0; i < rows_n; i++) {
		const struct identifier_index *x = rows[i];
		if (x->device != device && (n == 0 || found[n - 1] != x->device))
			found[n++] = x->device;
	}
	*others = found;
	*count = n;
	return ERR_OK;
}

/* A claim that ended says what the device once was, not what it is. */
static enum err claims_still(struct cx *cx, struct tx *tx, int64_t device, struct bytes blind, bool *still)
{
	const struct identifier key = {.city = tx_city(tx), .device = device};
	const void *const *rows;
	size_t count;

	if (tx_scan(cx, tx, &identifier_table, &key, 2, CLAIMS_SCAN_MAX, &rows, &count))
		return cx->err;
	*still = false;
	for (size_t i = 0; i < count; i++) {
		const struct identifier *claim = rows[i];
		*still |= claim->to_us == FIELD_NONE && memcmp(claim->blind.p, blind.p, 16) == 0;
	}
	return ERR_OK;
}

/* A device other than this one, on hand, that claims the same identity. */
static enum err find_also(struct cx *cx, struct tx *tx, int64_t device, struct bytes blind, int64_t *also)
{
	const int64_t *others;
	size_t count;

	*also = FIELD_NONE;
	if (device_same_claim(cx, tx, device, blind, &others, &count))
		return cx->err;
	for (size_t i = 0; i < count && *also == FIELD_NONE; i++) {
		const struct device other = {.city = tx_city(tx), .device = others[i]};
		const void *row;
		bool claims;
		if (tx_find(cx, tx, &device_table, &other, &row))
			return cx->err;
		if (!row || !device_on_hand(row))
			continue;
		if (claims_still(cx, tx, others[i], blind, &claims))
			return cx->err;
		if (claims)
			*also = others[i];
	}
	return ERR_OK;
}

/* Of these devices the first that is held as stolen, or was seized. */
static enum err first_stolen(struct cx *cx, struct tx *tx, const int64_t *devices, size_t count,
			     int64_t *found)
{
	for (size_t i = 0; i < count && *found == FIELD_NONE; i++) {
		const struct device key = {.city = tx_city(tx), .device = devices[i]};
		const void *row;
		if (tx_find(cx, tx, &device_table, &key, &row))
			return cx->err;
		const struct device *d = row;
		if (d && (d->state == DEVICE_SEIZED ||
			  (d->state == DEVICE_HELD && d->hold_reason == HOLD_STOLEN_LIST)))
			*found = d->device;
	}
	return ERR_OK;
}

enum err device_found_stolen(struct cx *cx, struct tx *tx, int64_t device, int64_t *other)
{
	const struct identifier key = {.city = tx_city(tx), .device = device};
	const void *const *claims;
	const int64_t *others;
	size_t count, n;

	*other = FIELD_NONE;
	if (tx_scan(cx, tx, &identifier_table, &key, 2, CLAIMS_SCAN_MAX, &claims, &count))
		return cx->err;
	for (size_t i = 0; i < count && *other == FIELD_NONE; i++) {
		const struct identifier *claim = claims[i];
		if (device_same_claim(cx, tx, device, claim->blind, &others, &n) ||
		    first_stolen(cx, tx, others, n, other))
			return cx->err;
	}
	return ERR_OK;
}

/* texts: gets the claim's text as a line, "3 359303100000002". */
static enum err make_claim(struct cx *cx, struct tx *tx, int64_t device, const struct claim_given *given,
			   struct sb *texts, struct claim *out)
{
	char *normal, *searched;

	if (claim_normalise(cx, given->kind, given->value, &normal))
		return cx->err;
	searched = claim_searched(cx, given->kind, normal);
	if (!searched)
		return cx->err;
	out->kind = given->kind;
	if (tx_blind(cx, tx, identifier_kinds[given->kind], searched, &out->blind))
		return cx->err;
	sb_printf(texts, "%lld %s\n", (long long)out->n, normal);
	return find_also(cx, tx, device, out->blind, &out->also);
}

static enum err last_claim(struct cx *cx, struct tx *tx, int64_t device, int64_t *n)
{
	const struct identifier key = {.city = tx_city(tx), .device = device};
	const void *const *rows;
	size_t count;

	if (tx_scan(cx, tx, &identifier_table, &key, 2, CLAIMS_SCAN_MAX, &rows, &count))
		return cx->err;
	*n = count ? ((const struct identifier *)rows[count - 1])->n : 0;
	return ERR_OK;
}

enum err device_claim(struct cx *cx, struct tx *tx, int64_t device, struct list given, struct list *claims)
{
	const struct claim_given *g = given.item;
	struct claim *made = cx_array(cx, given.count, sizeof(*made));
	int64_t n, sealed = FIELD_NONE;
	struct sb texts;

	sb_init(&texts, cx, VAULT_BYTES_MAX);
	if (!made || last_claim(cx, tx, device, &n))
		return cx->err;
	for (size_t i = 0; i < given.count; i++) {
		made[i].n = ++n;
		if (make_claim(cx, tx, device, &g[i], &texts, &made[i]))
			return cx_prefix(cx, "identifier %zu: ", i + 1);
		for (size_t k = 0; k < i; k++)
			if (made[k].kind == made[i].kind &&
			    memcmp(made[k].blind.p, made[i].blind.p, 16) == 0)
				return cx_fail(cx, ERR_INVALID,
					       "identifier %zu is the same as identifier %zu",
					       i + 1, k + 1);
	}
	if (sb_end(&texts) || (given.count && vault_write(cx, tx, ACCOUNT(SUBJECT_DEVICE, device),
							  VAULT_IDENTIFIER, texts.data, texts.len, &sealed)))
		return cx->err;
	for (size_t i = 0; i < given.count; i++)
		made[i].vault_n = sealed;
	*claims = (struct list){made, given.count};
	return ERR_OK;
}

enum err device_claimed(struct cx *cx, struct tx *tx, int64_t device, struct list claims)
{
	const struct claim *c = claims.item;

	for (size_t i = 0; i < claims.count; i++, c++) {
		const struct identifier row = {.city = tx_city(tx),
					       .device = device,
					       .n = c->n,
					       .kind = c->kind,
					       .blind = c->blind,
					       .vault_seq = tx_seq(tx),
					       .vault_n = c->vault_n,
					       .from_us = tx_now_us(tx),
					       .to_us = FIELD_NONE};
		const struct identifier_index index = {
			.city = row.city, .blind = c->blind, .device = device, .n = c->n};
		if (tx_put(cx, tx, &identifier_table, &row) ||
		    tx_put(cx, tx, &identifier_index_table, &index))
			return cx->err;
	}
	return ERR_OK;
}

static const struct identifier *claim_get(struct cx *cx, struct tx *tx, int64_t device, int64_t n)
{
	const struct identifier key = {.city = tx_city(tx), .device = device, .n = n};

	return tx_get(cx, tx, &identifier_table, &key);
}

enum err device_identify_decide(struct cx *cx, struct tx *tx, void *arg)
{
	struct device_identify *rec = arg;
	const struct device *d = device_get(cx, tx, rec->device);
	const struct claim_end *end = rec->end.item;

	if (!d || device_check_caller(cx, tx, d) || device_check(cx, tx, d, d->state))
		return cx->err;
	if (rec->add.count + rec->end.count == 0)
		return cx_fail(cx, ERR_INVALID, "name at least one identity to add or one claim to end");
	for (size_t i = 0; i < rec->end.count; i++) {
		const struct identifier *old = claim_get(cx, tx, rec->device, end[i].n);
		if (!old)
			return cx->err;
		if (old->to_us != FIELD_NONE)
			return cx_fail(cx, ERR_CONFLICT, "claim %lld of device %lld has ended already",
				       (long long)old->n, (long long)d->device);
	}
	return device_claim(cx, tx, rec->device, rec->add, &rec->claims);
}

enum err device_identify_apply(struct cx *cx, struct tx *tx, const struct entry *entry, const void *arg)
{
	const struct device_identify *rec = arg;
	const struct claim_end *end = rec->end.item;

	(void)entry;
	for (size_t i = 0; i < rec->end.count; i++) {
		const struct identifier *old = claim_get(cx, tx, rec->device, end[i].n);
		if (!old)
			return cx->err;
		struct identifier ended = *old;
		ended.to_us = tx_now_us(tx);
		if (tx_put(cx, tx, &identifier_table, &ended))
			return cx->err;
	}
	if (device_claimed(cx, tx, rec->device, rec->claims))
		return cx->err;
	return tx_touch(cx, tx, ACCOUNT(SUBJECT_DEVICE, rec->device));
}

static enum err find_link(struct cx *cx, struct tx *tx, const struct device_merge *rec,
			  const struct device_link **link)
{
	const struct device_link key = {
		.city = tx_city(tx), .device = rec->device, .same_as = rec->same_as};
	const void *row;

	if (tx_find(cx, tx, &device_link_table, &key, &row))
		return cx->err;
	*link = row;
	return ERR_OK;
}

/* Both are the caller's to speak of: what is merged shares its benefits. One that came to two shops is the
 * programme's to merge. */
static enum err check_pair(struct cx *cx, struct tx *tx, const struct device_merge *rec)
{
	const struct device *d = device_get(cx, tx, rec->device), *same;

	if (!d || device_check_caller(cx, tx, d))
		return cx->err;
	same = device_get(cx, tx, rec->same_as);
	if (!same || device_check_caller(cx, tx, same))
		return cx->err;
	if (rec->device == rec->same_as)
		return cx_fail(cx, ERR_INVALID,
			       "same_as: name another device; device %lld is itself already",
			       (long long)rec->device);
	return ERR_OK;
}

enum err device_merge_decide(struct cx *cx, struct tx *tx, void *arg)
{
	struct device_merge *rec = arg;
	const struct device_link *link;

	if (check_pair(cx, tx, rec) || find_link(cx, tx, rec, &link))
		return cx->err;
	if (link && link->to_us == FIELD_NONE)
		return cx_fail(cx, ERR_CONFLICT,
			       "devices %lld and %lld are merged already; device.unmerge undoes it",
			       (long long)rec->device, (long long)rec->same_as);
	return ERR_OK;
}

enum err device_unmerge_decide(struct cx *cx, struct tx *tx, void *arg)
{
	struct device_merge *rec = arg;
	const struct device_link *link;

	if (check_pair(cx, tx, rec) || find_link(cx, tx, rec, &link))
		return cx->err;
	if (!link || link->to_us != FIELD_NONE)
		return cx_fail(cx, ERR_CONFLICT, "devices %lld and %lld are not merged",
			       (long long)rec->device, (long long)rec->same_as);
	return ERR_OK;
}

/* Both directions, so that each device's rows name the other. */
static enum err put_links(struct cx *cx, struct tx *tx, const struct device_merge *rec, bool merged)
{
	for (int way = 0; way < 2; way++) {
		const struct device_merge pair = {way ? rec->same_as : rec->device,
						  way ? rec->device : rec->same_as};
		const struct device_link *old;
		struct device_link link = {.city = tx_city(tx),
					   .device = pair.device,
					   .same_as = pair.same_as,
					   .from_us = tx_now_us(tx),
					   .to_us = FIELD_NONE};
		if (find_link(cx, tx, &pair, &old))
			return cx->err;
		if (!merged) {
			link.from_us = old ? old->from_us : link.from_us;
			link.to_us = tx_now_us(tx);
		}
		if (tx_put(cx, tx, &device_link_table, &link) ||
		    tx_touch(cx, tx, ACCOUNT(SUBJECT_DEVICE, pair.device)))
			return cx->err;
	}
	return ERR_OK;
}

enum err device_merge_apply(struct cx *cx, struct tx *tx, const struct entry *entry, const void *rec)
{
	(void)entry;
	return put_links(cx, tx, rec, true);
}

enum err device_unmerge_apply(struct cx *cx, struct tx *tx, const struct entry *entry, const void *rec)
{
	(void)entry;
	return put_links(cx, tx, rec, false);
}

/* Adds what this device is merged with to the ids found so far. */
static enum err add_merged(struct cx *cx, struct tx *tx, int64_t device, int64_t *same, size_t *n)
{
	const struct device_link key = {.city = tx_city(tx), .device = device};
	const void *const *rows;
	size_t count;

	if (tx_scan(cx, tx, &device_link_table, &key, 2, SAME_LINKS_MAX, &rows, &count)) {
		if (cx->err != ERR_TOO_LARGE)
			return cx->err;
		cx_clear(cx);
		return ERR_OK;
	}
	for (size_t i = 0; i < count; i++) {
		const struct device_link *link = rows[i];
		size_t k = 0;
		while (k < *n && same[k] != link->same_as)
			k++;
		if (link->to_us == FIELD_NONE && k == *n && k < SAME_THING_MAX)
			same[(*n)++] = link->same_as;
	}
	return ERR_OK;
}

enum err device_same_thing(struct cx *cx, struct tx *tx, int64_t device, const int64_t **same, size_t *count)
{
	int64_t *found = cx_array(cx, SAME_THING_MAX, sizeof(*found));
	size_t n = 1;

	if (!found)
		return cx->err;
	found[0] = device;
	for (size_t i = 0; i < n; i++)
		if (add_merged(cx, tx, found[i], found, &n))
			return cx->err;
	*same = found;
	*count = n;
	return ERR_OK;
}
