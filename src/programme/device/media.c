/* A device's storage media, and the gate that stands before listing and sale. */
#include "programme/device/device.h"

enum err device_media(struct cx *cx, struct tx *tx, int64_t device,
		      const struct medium *const **media, size_t *count)
{
	const struct medium key = {.city = tx_city(tx), .device = device};
	const void *const *rows;

	if (tx_scan(cx, tx, &medium_table, &key, 2, MEDIA_MAX, &rows, count))
		return cx->err;
	*media = (const struct medium *const *)(const void *)rows;
	return ERR_OK;
}

const struct medium *medium_get(struct cx *cx, struct tx *tx, int64_t device, int64_t medium)
{
	const struct medium key = {.city = tx_city(tx), .device = device, .medium = medium};

	return tx_get(cx, tx, &medium_table, &key);
}

/* A medium is named by its device in messages and histories: its own number says little alone. */
static const char *medium_name(struct cx *cx, const struct medium *m)
{
	const char *name = cx_printf(cx, cx_say(cx, "medium %lld of device"), (long long)m->medium);

	return name ? name : "medium of device";
}

enum err medium_check(struct cx *cx, struct tx *tx, const struct medium *m, int64_t to)
{
	return tx_check_move(cx, tx, &medium_machine, medium_name(cx, m), m->device, m->state, to);
}

enum err medium_set(struct cx *cx, struct tx *tx, const struct medium *changed)
{
	struct medium m = *changed;
	const void *row;

	m.city = tx_city(tx);
	if (tx_find(cx, tx, &medium_table, &m, &row))
		return cx->err;
	const struct medium *old = row;
	if (old && old->state != m.state &&
	    tx_move(cx, tx, &medium_machine, medium_name(cx, &m), ACCOUNT(SUBJECT_DEVICE, m.device),
		    old->state, m.state))
		return cx->err;
	return tx_put(cx, tx, &medium_table, &m);
}

enum err device_reopen_media(struct cx *cx, struct tx *tx, int64_t device)
{
	const struct medium *const *media;
	size_t count;

	if (device_media(cx, tx, device, &media, &count))
		return cx->err;
	for (size_t i = 0; i < count; i++) {
		if (media[i]->state != MEDIUM_ERASED)
			continue;
		struct medium m = *media[i];
		m.state = MEDIUM_PRESENT;
		if (medium_set(cx, tx, &m))
			return cx->err;
	}
	return ERR_OK;
}

static bool is_clear(int64_t state)
{
	return state == MEDIUM_ERASED || state == MEDIUM_DESTROYED || state == MEDIUM_REMOVED;
}

enum err device_check_erased(struct cx *cx, struct tx *tx, const struct device *d)
{
	const struct medium *const *media;
	size_t count;

	if (device_media(cx, tx, d->device, &media, &count))
		return cx->err;
	for (size_t i = 0; i < count; i++) {
		if (is_clear(media[i]->state))
			continue;
		cx_fail(cx, ERR_CONFLICT,
			"medium %lld (%s) of device %lld is %s: every medium must be verified "
			"erased, or destroyed, before "
			"the device may leave",
			(long long)media[i]->medium, cx_say_code(cx, "kind", medium_kinds[media[i]->kind]),
			(long long)d->device, cx_say_code(cx, "medium", medium_states[media[i]->state]));
		cx_hint(cx, "medium", "%lld", (long long)media[i]->medium);
		return cx->err;
	}
	if (d->storage == 1 && count == 0)
		return cx_fail(
			cx, ERR_CONFLICT,
			"device %lld should have a storage medium but none is recorded: "
			"device.medium adds it",
			(long long)d->device);
	return ERR_OK;
}

enum medium_kind medium_usual(const char *category)
{
	static const struct {
		const char *category;
		enum medium_kind kind;
	} usual[] = {{"phone", MEDIUM_FLASH}, {"tablet", MEDIUM_FLASH}, {"watch", MEDIUM_FLASH},
		     {"tv", MEDIUM_FLASH},    {"laptop", MEDIUM_SSD},	{"desktop", MEDIUM_HDD}};

	for (size_t i = 0; i < ARRAY_LEN(usual); i++)
		if (strcmp(usual[i].category, category) == 0)
			return usual[i].kind;
	return MEDIUM_OTHER;
}
