/* attempt.c: the actions: a round begins, an attempt is recorded, a medium is destroyed. */
#include "programme/access/access.h"
#include "programme/erase/internal.h"

#define DEVICE_PATH "/v1/cities/{city}/devices/{device}/"

/* What the round has come to, when the medium's state becomes medium_to by an attempt of this round. */
static enum err round_result(struct cx *cx, struct tx *tx, const struct device *d, int64_t round,
			     int64_t medium, int64_t medium_to, int64_t *device_to)
{
	const struct medium *const *media;
	bool left = false, stuck = false;
	size_t count;

	if (device_media(cx, tx, d->device, &media, &count))
		return cx->err;
	for (size_t i = 0; i < count; i++) {
		const struct medium *m = media[i];
		int64_t state = m->medium == medium ? medium_to : m->state;
		const void *last = NULL;

		if (state == MEDIUM_ERASED || state == MEDIUM_DESTROYED || state == MEDIUM_REMOVED)
			continue;
		if (m->medium == medium) {
			stuck = true;
			continue;
		}
		if (m->attempts > 0 && tx_find(cx, tx, &erasure_table,
					       &(struct erasure){.device = m->device,
								 .medium = m->medium,
								 .attempt = m->attempts},
					       &last))
			return cx->err;
		if (last && ((const struct erasure *)last)->round == round)
			stuck = true;
		else
			left = true;
	}
	if (!left && !stuck)
		*device_to = DEVICE_ERASED;
	else if (d->state == DEVICE_ERASING)
		*device_to = left ? DEVICE_ERASING : DEVICE_ERASE_FAILED;
	else
		*device_to = d->state;
	return ERR_OK;
}

static enum err rounds_of(struct cx *cx, struct tx *tx, int64_t device, int64_t *rounds)
{
	const void *row;

	if (tx_find(cx, tx, &erase_run_table, &(struct erase_run){.device = device}, &row))
		return cx->err;
	*rounds = row ? ((const struct erase_run *)row)->rounds : 0;
	return ERR_OK;
}

/* --- erase.start --- */

struct start {
	int64_t device;
	int64_t round;
};
static const struct field start_fields[] = {
	F_ID(struct start, device, MUST | PATH, "the device"),
	F_INT(struct start, round, DERIVED, 1, 1000000, NULL, "round of erasure, from 1"),
	F_END};

static enum err start_decide(struct cx *cx, struct tx *tx, void *p)
{
	struct start *rec = p;
	const struct device *d = device_get(cx, tx, rec->device);
	const struct medium *const *media;
	size_t count;

	if (!d || erase_check_bench(cx, tx, d) || device_check(cx, tx, d, DEVICE_ERASING) ||
	    device_media(cx, tx, d->device, &media, &count))
		return cx->err;
	if (count == 0 && d->storage != 1)
		return cx_fail(cx, ERR_CONFLICT, "device %lld has no storage: nothing is to be erased; "
			       "take it into stock with stock.receive", (long long)d->device);
	if (count == 0)
		return cx_fail(cx, ERR_CONFLICT, "device %lld has storage, but none of its media is known: "
			       "record it with device.medium", (long long)d->device);
	/* A round without a medium to try would never end. */
	if (device_check_erased(cx, tx, d) == ERR_OK)
		return cx_fail(
			cx, ERR_CONFLICT,
			"device %lld has nothing to erase left: every medium is erased, destroyed "
			"or removed; take it into stock with stock.receive",
			(long long)d->device);
	if (cx->err != ERR_CONFLICT)
		return cx->err;
	cx_clear(cx);
	if (rounds_of(cx, tx, d->device, &rec->round))
		return cx->err;
	rec->round++;
	return ERR_OK;
}

static enum err start_apply(struct cx *cx, struct tx *tx, const struct entry *e, const void *p)
{
	const struct start *rec = p;
	const struct device *row = device_get(cx, tx, rec->device);
	struct device d;

	if (!row)
		return cx->err;
	d = *row;
	d.state = DEVICE_ERASING;
	if (tx_put(cx, tx, &erase_run_table,
		   &(struct erase_run){.city = e->city, .device = rec->device, .rounds = rec->round,
				       .started_seq = e->seq}))
		return cx->err;
	return device_set(cx, tx, &d);
}

/* --- erase.attempt --- */

struct attempt {
	int64_t device, medium, outcome, method, technique;
	const char *tool, *tool_version;
	int64_t started_us, ended_us, sectors, bytes, sampled, mismatched;
	struct bytes log;
	int64_t reason;
	int64_t attempt, round, medium_state, device_state;
};
static const struct field attempt_fields[] = {
	F_ID(struct attempt, device, MUST | PATH, "the device"),
	F_INT(struct attempt, medium, MUST, 1, MEDIA_MAX, NULL,
	      "the storage medium within the device"),
	F_ENUM(struct attempt, outcome, MUST, erase_outcomes, "what came of it"),
	F_ENUM(struct attempt, method, GIVEN, erase_methods,
	       "Clear or Purge (NIST SP 800-88 Rev. 1)"),
	F_ENUM(struct attempt, technique, GIVEN, erase_techniques, "technique within the method"),
	F_TEXT(struct attempt, tool, GIVEN, 1, 64, "the erasing tool's name"),
	F_TEXT(struct attempt, tool_version, GIVEN, 1, 32, "its version"),
	F_US(struct attempt, started_us, GIVEN, "began at"),
	F_US(struct attempt, ended_us, GIVEN, "ended at"),
	F_INT(struct attempt, sectors, GIVEN, 0, JSON_INT_MAX, "sectors",
	      "sectors that the tool addressed"),
	F_INT(struct attempt, bytes, GIVEN, 0, JSON_INT_MAX, "bytes",
	      "bytes that the tool addressed"),
	F_INT(struct attempt, sampled, GIVEN, 0, JSON_INT_MAX, "sectors",
	      "sectors (or places, where sectors cannot be read) read back to verify"),
	F_INT(struct attempt, mismatched, GIVEN, 0, JSON_INT_MAX, "sectors",
	      "of these, not as they should be"),
	F_HEX(struct attempt, log, GIVEN, 32, "SHA-256 of the tool's log"),
	F_ENUM(struct attempt, reason, GIVEN, erase_reasons, "why it is not verified"),
	F_INT(struct attempt, attempt, DERIVED, 1, 1000000, NULL, "attempt on this medium, from 1"),
	F_INT(struct attempt, round, DERIVED, 1, 1000000, NULL, "round of the device"),
	F_ENUM(struct attempt, medium_state, DERIVED, medium_states, "the medium's state now"),
	F_ENUM(struct attempt, device_state, DERIVED, device_states, "the device's state now"),
	F_END};

static enum err check_made(struct cx *cx, struct tx *tx, const struct attempt *rec, const struct medium *m)
{
	if (rec->method == FIELD_NONE || rec->technique == FIELD_NONE || !rec->tool || !rec->tool_version ||
	    rec->started_us == FIELD_NONE || rec->ended_us == FIELD_NONE)
		return cx_fail(cx, ERR_INVALID, "an attempt that was made needs method, technique, tool, "
			       "tool_version, started_us and ended_us");
	if (rec->method == ERASE_DESTROY)
		return cx_fail(cx, ERR_INVALID, "method: a destruction needs a witness: use erase.destroy");
	if (!erase_technique_fits(rec->technique, rec->method, m->kind))
		return cx_fail(cx, ERR_INVALID,
			       "technique: %s is no technique of %s for a medium of kind %s",
			       cx_say_code(cx, "technique", erase_techniques[rec->technique]),
			       cx_say_code(cx, "method", erase_methods[rec->method]),
			       cx_say_code(cx, "kind", medium_kinds[m->kind]));
	if (rec->ended_us < rec->started_us || rec->ended_us > tx_now_us(tx))
		return cx_fail(cx, ERR_INVALID, "ended_us: must not be before started_us, nor in the "
			"future");
	if (rec->sampled != FIELD_NONE && rec->sectors != FIELD_NONE && rec->sampled > rec->sectors)
		return cx_fail(cx, ERR_INVALID, "sampled: more sectors were read back than the medium has");
	if (rec->mismatched != FIELD_NONE && rec->mismatched > field_or(rec->sampled, 0))
		return cx_fail(cx, ERR_INVALID, "mismatched: more than were read back");
	return ERR_OK;
}

static enum err check_outcome(struct cx *cx, struct tx *tx, const struct attempt *rec, const struct medium *m)
{
	if (rec->outcome != ERASE_VERIFIED && rec->reason == FIELD_NONE)
		return cx_fail(cx, ERR_INVALID, "reason: is needed when the outcome is %s",
			       cx_say_code(cx, "outcome", erase_outcomes[rec->outcome]));
	if (rec->outcome == ERASE_NOT_ATTEMPTED) {
		if (rec->method != FIELD_NONE || rec->technique != FIELD_NONE || rec->sampled != FIELD_NONE)
			return cx_fail(
				cx, ERR_INVALID,
				"outcome: not_attempted, but method, technique or sample is given");
		return ERR_OK;
	}
	if (check_made(cx, tx, rec, m))
		return cx->err;
	if (rec->outcome != ERASE_VERIFIED)
		return ERR_OK;
	if (field_or(rec->sampled, 0) == 0 || field_or(rec->mismatched, 1) != 0)
		return cx_fail(
			cx, ERR_INVALID,
			"outcome: verified means that a sample was read back without mismatch: "
			"give sampled above 0 and mismatched 0, or the outcome unverifiable or failed");
	if (!rec->log.p)
		return cx_fail(cx, ERR_INVALID, "log: the digest of the tool's log is needed for verified");
	return ERR_OK;
}

static enum err attempt_decide(struct cx *cx, struct tx *tx, void *p)
{
	static const enum medium_state leads_to[] = {
		[ERASE_NOT_ATTEMPTED] = MEDIUM_PRESENT, [ERASE_FAILED] = MEDIUM_FAILED,
		[ERASE_UNVERIFIABLE] = MEDIUM_UNVERIFIABLE, [ERASE_VERIFIED] = MEDIUM_ERASED};
	struct attempt *rec = p;
	const struct device *d = device_get(cx, tx, rec->device);
	const struct medium *m;

	if (!d || erase_check_bench(cx, tx, d) || device_check(cx, tx, d, DEVICE_ERASING))
		return cx->err;
	m = medium_get(cx, tx, d->device, rec->medium);
	if (!m || check_outcome(cx, tx, rec, m))
		return cx->err;
	rec->medium_state = leads_to[rec->outcome];
	if (medium_check(cx, tx, m, rec->medium_state) || rounds_of(cx, tx, d->device, &rec->round))
		return cx->err;
	rec->attempt = m->attempts + 1;
	if (round_result(cx, tx, d, rec->round, m->medium, rec->medium_state, &rec->device_state))
		return cx->err;
	return device_check(cx, tx, d, (int)rec->device_state);
}

/* Writes medium and device; the record itself is the caller's. */
static enum err settle(struct cx *cx, struct tx *tx, const struct entry *e, const struct erasure *record,
		       int64_t medium_state, int64_t device_state)
{
	const struct device *row = device_get(cx, tx, record->device);
	const struct medium *was = medium_get(cx, tx, record->device, record->medium);
	struct device d;
	struct medium m;

	if (!row || !was)
		return cx->err;
	d = *row;
	m = *was;
	m.state = medium_state;
	m.attempts = record->attempt;
	m.last_seq = e->seq;
	d.state = device_state;
	if (tx_put(cx, tx, &erasure_table, record) || medium_set(cx, tx, &m))
		return cx->err;
	return device_set(cx, tx, &d);
}

static enum err attempt_apply(struct cx *cx, struct tx *tx, const struct entry *e, const void *p)
{
	const struct attempt *rec = p;
	const struct erasure record = {
		.city = e->city, .device = rec->device, .medium = rec->medium, .attempt = rec->attempt,
		.seq = e->seq, .round = rec->round, .outcome = rec->outcome, .method = rec->method,
		.sampled = rec->sampled, .mismatched = rec->mismatched, .logged = rec->log.p != NULL,
		.operator_user = e->actor, .witness_user = FIELD_NONE, .recorded_us = e->recorded_us};

	return settle(cx, tx, e, &record, rec->medium_state, rec->device_state);
}

/* --- erase.destroy --- */

struct destroy {
	int64_t device, medium, technique, witness_user;
	const char *tool;
	struct bytes log;
	int64_t reason;
	int64_t attempt, round, device_state;
};
static const struct field destroy_fields[] = {
	F_ID(struct destroy, device, MUST | PATH, "the device"),
	F_INT(struct destroy, medium, MUST, 1, MEDIA_MAX, NULL,
	      "the storage medium within the device"),
	F_ENUM(struct destroy, technique, MUST, erase_techniques,
	       "technique of Destroy (NIST SP 800-88 Rev. 1)"),
	F_ID(struct destroy, witness_user, MUST, "user who saw it; not the one who did it"),
	F_TEXT(struct destroy, tool, GIVEN, 1, 64, "machine or contractor"),
	F_HEX(struct destroy, log, MUST, 32, "SHA-256 of the evidence: photo or certificate"),
	F_ENUM(struct destroy, reason, GIVEN, erase_reasons,
	       "why it was destroyed instead of erased"),
	F_INT(struct destroy, attempt, DERIVED, 1, 1000000, NULL, "attempt on this medium, from 1"),
	F_INT(struct destroy, round, DERIVED, 0, 1000000, NULL,
	      "round of the device; 0: before any"),
	F_ENUM(struct destroy, device_state, DERIVED, device_states, "the device's state now"),
	F_END};

/* A witness is another user who may act. */
static enum err check_witness(struct cx *cx, struct tx *tx, int64_t witness)
{
	const struct user *user;
	const void *row;

	if (witness == tx_who(tx)->user)
		return cx_fail(cx, ERR_INVALID,
			       "witness_user: must be another user than the one who destroys");
	if (tx_programme_find(cx, tx, &app_user_table, &(struct user){.user = witness}, &row))
		return cx->err;
	user = row;
	if (!user || user->disabled_us != FIELD_NONE)
		return cx_fail(cx, ERR_INVALID, "witness_user: there is no user %lld who may act",
			       (long long)witness);
	return ERR_OK;
}

static enum err destroy_decide(struct cx *cx, struct tx *tx, void *p)
{
	struct destroy *rec = p;
	const struct device *d = device_get(cx, tx, rec->device);
	const struct medium *m;

	if (!d || erase_check_bench(cx, tx, d) || device_check(cx, tx, d, (int)d->state))
		return cx->err;
	m = medium_get(cx, tx, d->device, rec->medium);
	if (!m || medium_check(cx, tx, m, MEDIUM_DESTROYED))
		return cx->err;
	if (!erase_technique_fits(rec->technique, ERASE_DESTROY, m->kind))
		return cx_fail(cx, ERR_INVALID,
			       "technique: %s is no technique of Destroy for a medium of kind %s",
			       cx_say_code(cx, "technique", erase_techniques[rec->technique]),
			       cx_say_code(cx, "kind", medium_kinds[m->kind]));
	if (check_witness(cx, tx, rec->witness_user))
		return cx->err;
	rec->attempt = m->attempts + 1;
	if (rounds_of(cx, tx, d->device, &rec->round))
		return cx->err;
	rec->device_state = d->state;
	if ((d->state == DEVICE_OWNED || d->state == DEVICE_ERASING || d->state == DEVICE_ERASE_FAILED) &&
	    round_result(cx, tx, d, rec->round, m->medium, MEDIUM_DESTROYED, &rec->device_state))
		return cx->err;
	return device_check(cx, tx, d, (int)rec->device_state);
}

static enum err destroy_apply(struct cx *cx, struct tx *tx, const struct entry *e, const void *p)
{
	const struct destroy *rec = p;
	const struct erasure record = {
		.city = e->city, .device = rec->device, .medium = rec->medium, .attempt = rec->attempt,
		.seq = e->seq, .round = rec->round, .outcome = ERASE_VERIFIED, .method = ERASE_DESTROY,
		.sampled = FIELD_NONE, .mismatched = FIELD_NONE, .logged = rec->log.p != NULL,
		.operator_user = e->actor, .witness_user = rec->witness_user, .recorded_us = e->recorded_us};

	return settle(cx, tx, e, &record, MEDIUM_DESTROYED, rec->device_state);
}

/* --- as it is shown --- */

const struct field erase_shown_fields[] = {
	F_ID(struct erase_shown, city, OUT | REQ, "city"),
	F_ID(struct erase_shown, device, OUT | REQ, "the device"),
	F_INT(struct erase_shown, medium, OUT | REQ, 1, MEDIA_MAX, NULL,
	      "the storage medium within the device"),
	F_INT(struct erase_shown, attempt, OUT | REQ, 1, 1000000, NULL, "attempt on this medium, from 1"),
	F_INT(struct erase_shown, seq, OUT | REQ, 0, JSON_INT_MAX, NULL, "entry that recorded it"),
	F_INT(struct erase_shown, round, OUT | REQ, 0, 1000000, NULL, "round of the device; 0: before any"),
	F_ENUM(struct erase_shown, outcome, OUT | REQ, erase_outcomes, "what came of it"),
	F_ENUM(struct erase_shown, method, OUT, erase_methods, "method of NIST SP 800-88 Rev. 1"),
	F_ENUM(struct erase_shown, technique, OUT, erase_techniques, "technique within the method"),
	F_TEXT(struct erase_shown, tool, OUT, 1, 64, "tool, machine or contractor"),
	F_TEXT(struct erase_shown, tool_version, OUT, 1, 32, "its version"),
	F_US(struct erase_shown, started_us, OUT, "began at"),
	F_US(struct erase_shown, ended_us, OUT, "ended at"),
	F_INT(struct erase_shown, sectors, OUT, 0, JSON_INT_MAX, "sectors", "sectors addressed by the tool"),
	F_INT(struct erase_shown, bytes, OUT, 0, JSON_INT_MAX, "bytes", "bytes addressed by the tool"),
	F_INT(struct erase_shown, sampled, OUT, 0, JSON_INT_MAX, "sectors", "sectors or places read back"),
	F_INT(struct erase_shown, mismatched, OUT, 0, JSON_INT_MAX, "sectors",
	      "of these, not as they should be"),
	F_HEX(struct erase_shown, log, OUT, 32,
	      "SHA-256 of the tool's log, or of the evidence of destruction"),
	F_ENUM(struct erase_shown, reason, OUT, erase_reasons, "why it is not verified, or why destroyed"),
	F_ID(struct erase_shown, operator_user, OUT | REQ, "user who did it"),
	F_ID(struct erase_shown, witness_user, OUT, "user who saw the destruction"),
	F_US(struct erase_shown, recorded_us, OUT | REQ, "recorded at"),
	F_END};

static void show_attempt(const struct attempt *a, struct erase_shown *s)
{
	s->device = a->device;
	s->medium = a->medium;
	s->attempt = a->attempt;
	s->round = a->round;
	s->outcome = a->outcome;
	s->method = a->method;
	s->technique = a->technique;
	s->tool = a->tool;
	s->tool_version = a->tool_version;
	s->started_us = a->started_us;
	s->ended_us = a->ended_us;
	s->sectors = a->sectors;
	s->bytes = a->bytes;
	s->sampled = a->sampled;
	s->mismatched = a->mismatched;
	s->log = a->log;
	s->reason = a->reason;
}

static void show_destroyed(const struct destroy *d, struct erase_shown *s)
{
	s->device = d->device;
	s->medium = d->medium;
	s->attempt = d->attempt;
	s->round = d->round;
	s->outcome = ERASE_VERIFIED;
	s->method = ERASE_DESTROY;
	s->technique = d->technique;
	s->tool = d->tool;
	s->log = d->log;
	s->reason = d->reason;
	s->witness_user = d->witness_user;
}

bool erase_shown_of(const struct entry *e, struct erase_shown *out)
{
	field_init(erase_shown_fields, out);
	out->city = e->city;
	out->seq = e->seq;
	out->operator_user = e->actor;
	out->recorded_us = e->recorded_us;
	if (strcmp(e->type, "erase.attempt") == 0)
		show_attempt(e->rec, out);
	else if (strcmp(e->type, "erase.destroy") == 0)
		show_destroyed(e->rec, out);
	else
		return false;
	return true;
}

#define BENCH (ROLE_TECHNICIAN | ROLE_ADMIN | ROLE_SYSTEM)
#define ACTION(f) .fields = f##_fields, .size = sizeof(struct f), .decide = f##_decide, .apply = f##_apply

const struct action erase_actions[] = {
	{.type = "erase.start",
	 .v = 1,
	 .method = "POST",
	 .path = DEVICE_PATH "erasure-rounds",
	 .roles = BENCH,
	 ACTION(start),
	 .doc = "Begins a round of erasure of a device's storage media."},
	{.type = "erase.attempt",
	 .v = 1,
	 .method = "POST",
	 .path = DEVICE_PATH "erasures",
	 .roles = BENCH,
	 ACTION(attempt),
	 .doc = "Records one attempt to erase one medium. When each medium has been tried in this round, "
		"the "
		"device is erased, or its erasure has failed."},
	{.type = "erase.destroy",
	 .v = 1,
	 .method = "POST",
	 .path = DEVICE_PATH "destructions",
	 .roles = BENCH | ROLE_DISMANTLER,
	 ACTION(destroy),
	 .doc = "Records the witnessed destruction of one medium."},
	{.type = NULL}};
