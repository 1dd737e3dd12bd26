/* media.c: the media of a device, and the proof that they are erased. */
#include "programme/erase/internal.h"

#define METHOD(m) (1u << (m))
#define KIND(k) (1u << (k))
enum {
	ALL_KINDS = 0xff,
	MAGNETIC = 1u << MEDIUM_HDD | 1u << MEDIUM_OTHER,
	SEMICONDUCTOR = ALL_KINDS & ~(1u << MEDIUM_HDD)
};

/* NIST SP 800-88 Rev. 1, table 5-1 and appendix A. */
static const struct {
	unsigned methods, kinds;
} technique_fits[] = {
	[ERASE_OVERWRITE] = {METHOD(ERASE_CLEAR), ALL_KINDS},
	[ERASE_FACTORY_RESET] = {METHOD(ERASE_CLEAR) | METHOD(ERASE_PURGE), SEMICONDUCTOR},
	[ERASE_ATA_SECURE] = {METHOD(ERASE_CLEAR) | METHOD(ERASE_PURGE),
			      KIND(MEDIUM_SSD) | KIND(MEDIUM_HDD) | KIND(MEDIUM_OTHER)},
	[ERASE_ATA_SANITIZE_OVERWRITE] = {METHOD(ERASE_PURGE),
					  KIND(MEDIUM_SSD) | KIND(MEDIUM_HDD) | KIND(MEDIUM_OTHER)},
	[ERASE_BLOCK] = {METHOD(ERASE_PURGE), SEMICONDUCTOR},
	[ERASE_CRYPTOGRAPHIC] = {METHOD(ERASE_PURGE), ALL_KINDS},
	[ERASE_NVME_FORMAT] = {METHOD(ERASE_PURGE), KIND(MEDIUM_SSD) | KIND(MEDIUM_OTHER)},
	[ERASE_DEGAUSS] = {METHOD(ERASE_PURGE) | METHOD(ERASE_DESTROY), MAGNETIC},
	[ERASE_DISINTEGRATE] = {METHOD(ERASE_DESTROY), ALL_KINDS},
	[ERASE_PULVERIZE] = {METHOD(ERASE_DESTROY), ALL_KINDS},
	[ERASE_MELT] = {METHOD(ERASE_DESTROY), ALL_KINDS},
	[ERASE_INCINERATE] = {METHOD(ERASE_DESTROY), ALL_KINDS},
	[ERASE_SHRED] = {METHOD(ERASE_DESTROY), ALL_KINDS},
};

bool erase_technique_fits(int64_t technique, int64_t method, int64_t kind)
{
	BUG(technique < 0 || technique >= (int64_t)ARRAY_LEN(technique_fits) || method < 0 || kind < 0);
	return technique_fits[technique].methods & METHOD(method) &&
	       technique_fits[technique].kinds & KIND(kind);
}

enum err erase_check_bench(struct cx *cx, struct tx *tx, const struct device *d)
{
	if (device_check_caller(cx, tx, d))
		return cx->err;
	if (d->site != FIELD_NONE)
		tx_site(tx, d->site);
	return ERR_OK;
}

/* A record that proves erasure says how it was verified, or who saw the destruction. */
static bool proves(const struct erasure *e, int64_t since_seq)
{
	if (e->outcome != ERASE_VERIFIED || !e->logged)
		return false;
	if (e->method == ERASE_DESTROY)
		return e->witness_user != FIELD_NONE && e->witness_user != e->operator_user;
	return e->seq > since_seq && e->sampled != FIELD_NONE && e->sampled > 0 && e->mismatched == 0;
}

/* The newest record decides, unless an older one is a destruction. */
static enum err medium_proven(struct cx *cx, struct tx *tx, const struct medium *m,
			      int64_t since_seq, bool *proven)
{
	const struct erasure key = {.device = m->device, .medium = m->medium};
	const void *const *rows;
	size_t count;

	if (tx_scan(cx, tx, &erasure_table, &key, 3, 100000, &rows, &count))
		return cx->err;
	*proven = count > 0 && proves(rows[count - 1], since_seq);
	for (size_t i = 0; i < count && !*proven; i++) {
		const struct erasure *e = rows[i];
		*proven = e->method == ERASE_DESTROY && proves(e, since_seq);
	}
	return ERR_OK;
}

enum err erase_unproven(struct cx *cx, struct tx *tx, const struct device *d, int64_t since_seq,
			int64_t *medium)
{
	const struct medium *const *media;
	int64_t unproven = 0;
	size_t count;

	if (device_media(cx, tx, d->device, &media, &count))
		return cx->err;
	if (count == 0 && d->storage == 1)
		unproven = -1;
	for (size_t i = 0; i < count && unproven == 0; i++) {
		bool proven = media[i]->state == MEDIUM_REMOVED;
		if (!proven && medium_proven(cx, tx, media[i], since_seq, &proven))
			return cx->err;
		if (!proven)
			unproven = media[i]->medium;
	}
	*medium = unproven;
	return ERR_OK;
}
