/* What happens to a device by hand: it is weighed, shipped from site to site, opened. */
#include "programme/device/parts.h"
#include "programme/party/party.h"
#include "programme/stock/stock.h"

const struct field device_reading_fields[] = {
	DEVICE_FIELD(struct device_reading),
	F_INT(struct device_reading, mass_mg, MUST, 1, INT64_C(100000000000000), "mg",
	      "what the scale says"),
	F_MG(struct device_reading, before_mg, DERIVED, "the mass until now"), F_END};
const struct field device_ship_fields[] = {
	DEVICE_FIELD(struct device_ship),
	F_ID(struct device_ship, to_site, MUST, "the site to which it goes"),
	F_ID(struct device_ship, carrier, GIVEN, "party that carries it; none: our own hands"),
	F_END};
const struct field device_arrive_fields[] = {
	DEVICE_FIELD(struct device_arrive),
	F_ID(struct device_arrive, site, MUST, "the site where it has arrived"),
	F_END};
const struct field device_medium_fields[] = {
	DEVICE_FIELD(struct device_medium),
	F_ENUM(struct device_medium, kind, MUST, medium_kinds, "kind of medium"),
	F_INT(struct device_medium, capacity_gb, GIVEN, 0, 1000000, "GB", "capacity"),
	F_INT(struct device_medium, medium, DERIVED, 1, MEDIA_MAX, NULL, "its number within the device"),
	F_ENUM(struct device_medium, to, DERIVED, device_states, "the device's state afterwards"),
	F_END};

enum err device_check_caller(struct cx *cx, struct tx *tx, const struct device *d)
{
	const struct principal *who = tx_who(tx);
	int64_t at = d->to_site != FIELD_NONE ? d->to_site : d->site;
	const struct site *site;

	if (who->order)
		return cx_fail(cx, ERR_FORBIDDEN, "the link of an order does not allow this");
	if (who->org == 0)
		return ERR_OK;
	if (at == FIELD_NONE)
		return cx_fail(cx, ERR_FORBIDDEN, "device %lld is at none of your sites",
			       (long long)d->device);
	site = site_get(cx, tx, at);
	if (!site)
		return cx->err;
	return tx_check_org(cx, tx, site->party);
}

enum err device_reading_decide(struct cx *cx, struct tx *tx, void *arg)
{
	struct device_reading *rec = arg;
	const struct device *d = device_get(cx, tx, rec->device);

	if (!d || device_check_caller(cx, tx, d) || device_check(cx, tx, d, d->state))
		return cx->err;
	rec->before_mg = d->mass_mg;
	return device_weigh(cx, tx, d, rec->mass_mg);
}

enum err device_reading_apply(struct cx *cx, struct tx *tx, const struct entry *entry, const void *arg)
{
	const struct device_reading *rec = arg;
	const struct device *old = device_get(cx, tx, rec->device);

	(void)entry;
	if (!old)
		return cx->err;
	struct device d = *old;
	d.mass_mg = rec->mass_mg;
	return device_set(cx, tx, &d);
}

enum err device_ship_decide(struct cx *cx, struct tx *tx, void *arg)
{
	struct device_ship *rec = arg;
	const struct device *d = device_get(cx, tx, rec->device);

	if (!d || device_check_caller(cx, tx, d) || device_check(cx, tx, d, d->state))
		return cx->err;
	if (account_code(d->custody) != PC_CUSTODY)
		return cx_fail(cx, ERR_CONFLICT, "device %lld is at no site now", (long long)d->device);
	if (!site_get(cx, tx, rec->to_site))
		return cx->err;
	if (rec->to_site == d->site)
		return cx_fail(cx, ERR_CONFLICT, "device %lld is at site %lld already",
			       (long long)d->device, (long long)d->site);
	if (rec->carrier != FIELD_NONE && party_check_role(cx, tx, rec->carrier, PARTY_CARRIER))
		return cx->err;
	tx_site(tx, d->site);
	return device_move_piece(cx, tx, d, ACCOUNT(PC_TRANSIT, field_or(rec->carrier, 0)));
}

enum err device_ship_apply(struct cx *cx, struct tx *tx, const struct entry *entry, const void *arg)
{
	const struct device_ship *rec = arg;
	const struct device *old = device_get(cx, tx, rec->device);

	(void)entry;
	if (!old)
		return cx->err;
	struct device d = *old;
	d.custody = ACCOUNT(PC_TRANSIT, field_or(rec->carrier, 0));
	d.site = FIELD_NONE;
	d.to_site = rec->to_site;
	return device_set(cx, tx, &d);
}

enum err device_arrive_decide(struct cx *cx, struct tx *tx, void *arg)
{
	struct device_arrive *rec = arg;
	const struct device *d = device_get(cx, tx, rec->device);
	const struct site *site = d ? site_get(cx, tx, rec->site) : NULL;

	if (!d || !site || tx_check_org(cx, tx, site->party) ||
	    tx_check_move(cx, tx, &device_machine, "device", d->device, d->state, d->state))
		return cx->err;
	if (d->to_site == FIELD_NONE)
		return cx_fail(cx, ERR_CONFLICT,
			       "device %lld is on no way between sites: device.ship comes first",
			       (long long)d->device);
	tx_site(tx, rec->site);
	return device_move_piece(cx, tx, d, ACCOUNT(PC_CUSTODY, rec->site));
}

enum err device_arrive_apply(struct cx *cx, struct tx *tx, const struct entry *entry, const void *arg)
{
	const struct device_arrive *rec = arg;
	const struct device *old = device_get(cx, tx, rec->device);

	(void)entry;
	if (!old)
		return cx->err;
	struct device d = *old;
	d.custody = ACCOUNT(PC_CUSTODY, rec->site);
	d.site = rec->site;
	d.to_site = FIELD_NONE;
	if (stock_arrived(cx, tx, rec->device, rec->site))
		return cx->err;
	return device_set(cx, tx, &d);
}

enum err device_medium_decide(struct cx *cx, struct tx *tx, void *arg)
{
	struct device_medium *rec = arg;
	const struct device *d = device_get(cx, tx, rec->device);
	const struct medium *const *media;
	size_t count;

	if (!d)
		return cx->err;
	/* What was ready to leave is not any more: the new medium must be erased first. */
	rec->to = d->state;
	if (d->state == DEVICE_ERASED || d->state == DEVICE_STOCK || d->state == DEVICE_LISTED)
		rec->to = DEVICE_OWNED;
	if (device_check_caller(cx, tx, d) || device_check(cx, tx, d, rec->to) ||
	    device_media(cx, tx, d->device, &media, &count))
		return cx->err;
	if (count == MEDIA_MAX)
		return cx_fail(cx, ERR_TOO_LARGE, "device %lld has %d media already, which is the limit",
			       (long long)d->device, MEDIA_MAX);
	rec->medium = (int64_t)count + 1;
	return ERR_OK;
}

enum err device_medium_apply(struct cx *cx, struct tx *tx, const struct entry *entry, const void *arg)
{
	const struct device_medium *rec = arg;
	const struct device *old = device_get(cx, tx, rec->device);
	const struct medium m = {.city = tx_city(tx),
				 .device = rec->device,
				 .medium = rec->medium,
				 .kind = rec->kind,
				 .state = MEDIUM_PRESENT,
				 .capacity_gb = rec->capacity_gb,
				 .last_seq = FIELD_NONE};

	(void)entry;
	if (!old)
		return cx->err;
	struct device d = *old;
	d.state = rec->to;
	d.storage = 1;
	if (rec->to != old->state)
		d.listed_minor = FIELD_NONE;
	return medium_set(cx, tx, &m) ? cx->err : device_set(cx, tx, &d);
}
