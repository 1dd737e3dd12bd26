/* erase.h: the record of each attempt to make the data on each storage medium unreadable.
 *
 * Words are those of NIST SP 800-88 Rev. 1: the methods Clear, Purge and Destroy (section 5), and the
 * techniques of its appendix A. An attempt has one of four outcomes: it was not made, it failed, it
 * ended but could not be verified, or it was verified by reading back. Only a verified attempt, or a
 * witnessed destruction, opens the gate to resale; the device feature keeps the gate
 * (device_check_erased), this feature keeps the evidence.
 *
 * A round begins with erase.start. When every medium has been tried in it, the device is erased, or
 * erase_failed; a failed one may be started again or goes to recovery, where the medium is destroyed.
 */
#ifndef RELODE_PROGRAMME_ERASE_ERASE_H
#define RELODE_PROGRAMME_ERASE_ERASE_H

#include "programme/device/device.h"
#include "programme/party/party.h"

enum erase_outcome { ERASE_NOT_ATTEMPTED, ERASE_FAILED, ERASE_UNVERIFIABLE, ERASE_VERIFIED };
extern const char *const erase_outcomes[];
enum erase_method { ERASE_CLEAR, ERASE_PURGE, ERASE_DESTROY };
extern const char *const erase_methods[];
enum erase_technique {
	ERASE_OVERWRITE,       /* Clear */
	ERASE_FACTORY_RESET,   /* Clear, Purge: the maker's full sanitize option of a mobile device */
	ERASE_ATA_SECURE,      /* SECURITY ERASE UNIT: Clear in normal, Purge in enhanced mode */
	ERASE_ATA_SANITIZE_OVERWRITE, ERASE_BLOCK, ERASE_CRYPTOGRAPHIC, ERASE_NVME_FORMAT, /* Purge */
	ERASE_DEGAUSS,         /* Purge, magnetic media only */
	ERASE_DISINTEGRATE, ERASE_PULVERIZE, ERASE_MELT, ERASE_INCINERATE, ERASE_SHRED /* Destroy */
};
extern const char *const erase_techniques[];
enum erase_reason {
	ERASE_NO_POWER, ERASE_LOCKED, ERASE_NO_ACCESS, ERASE_READ_ERROR, ERASE_WRITE_ERROR, ERASE_TIMEOUT,
	ERASE_MISMATCH, ERASE_INTERRUPTED, ERASE_UNSUPPORTED, ERASE_NOT_WORTH
};
extern const char *const erase_reasons[];

/* What is counted and compared of an attempt; the rest is in its entry. Written once; attempt counts from 1
 * within a medium. */
struct erasure {
	int64_t city, device, medium, attempt;
	int64_t seq;       /* entry that recorded it */
	int64_t round;     /* of the device; 0: destroyed before any */
	int64_t outcome, method; /* method: FIELD_NONE when not attempted */
	int64_t sampled, mismatched; /* sectors (or places, where sectors cannot be read) read back */
	int64_t logged;    /* bool: the entry has the digest of the tool's log, or of the evidence */
	int64_t operator_user, witness_user;
	int64_t recorded_us;
};
extern struct table erasure_table;

/* The rounds of a device. */
struct erase_run {
	int64_t city, device;
	int64_t rounds, started_seq;
};
extern struct table erase_run_table;

/* True when the technique belongs to the method, and can be used on this kind of medium. */
bool erase_technique_fits(int64_t technique, int64_t method, int64_t medium_kind);

/* Is every storage medium proven erased, by the erasure records alone? The states of device and media
 * are not asked, but for media that were taken out. Records of entries up to since_seq do not count,
 * because the device has been out of our hands since; a destruction counts for ever. *medium is 0 when
 * all are proven, the first that is not, or -1 when the device has storage but no medium is known. */
enum err erase_unproven(struct cx *cx, struct tx *tx, const struct device *d, int64_t since_seq,
			int64_t *medium) MUST_USE;

/* decide(): ERR_FORBIDDEN unless the caller acts for the programme or for who operates the device's
 * site; notes the site in the entry. */
enum err erase_check_bench(struct cx *cx, struct tx *tx, const struct device *d) MUST_USE;

/* An attempt as it is shown: what its entry says. */
struct erase_shown {
	int64_t city, device, medium, attempt, seq, round, outcome, method, technique;
	const char *tool, *tool_version;
	int64_t started_us, ended_us;
	int64_t sectors, bytes;      /* addressed by the tool; absent where it cannot say */
	int64_t sampled, mismatched; /* sectors (or places, where sectors cannot be read) read back */
	struct bytes log;            /* 32: SHA-256 of the tool's log or of the evidence of destruction */
	int64_t reason;              /* why it was not verified, or why destroyed */
	int64_t operator_user, witness_user, recorded_us;
};
extern const struct field erase_shown_fields[];
/* false: the entry records no attempt. */
bool erase_shown_of(const struct entry *e, struct erase_shown *out);

extern const struct feature erase_feature;

#endif
