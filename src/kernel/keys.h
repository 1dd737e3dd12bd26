/* keys.h: the key store: every secret of a programme, in a small SQLite file of its own.
 *
 * It lies apart from the books, so that a copy of the database opens nothing, and so that a person is
 * erased by destroying one key while books and log still verify. It holds
 *   - secrets by name: the signing seed, the server's own keys;
 *   - one secret a city: for blind indexes and commitments;
 *   - one key a subject (city, subject), for personal data and devices, made at first use;
 *   - an index of subjects by keyed digests of what they may be searched by (a phone number, say), which
 *     exists nowhere else;
 *   - the list of destroyed subject keys.
 * The file has mode 0600; a file that others may read is refused. It is backed up apart from the
 * database (keys_backup), and after a restore the list of destroyed keys is replayed.
 *
 * Writing: a city's writer calls keys_subject_stage while it decides, keys_flush(city) before it commits
 * the batch, or keys_unstage(city) when it drops the batch. So no committed ciphertext is without its
 * key; a key without ciphertext is possible and harmless.
 *
 * Destroying: the subject leaves the index, the 32 bytes are overwritten, which is made durable, and the
 * write-ahead log is emptied; then neither the file nor its companions hold key or digest, for the file's
 * pages keep nothing of what was moved (docs/adr/0035). What a file system or a disk keeps of overwritten
 * blocks, and backups, are beyond this module: backups must expire. No other program may write to the file.
 *
 * All functions may be called by several threads at once, each with its own cx. No subject's key is
 * cached, so a key destroyed by any process is gone for all. ERR_BUSY: another process holds the file; try
 * again.
 */
#ifndef RELODE_KERNEL_KEYS_H
#define RELODE_KERNEL_KEYS_H

#include "base/sb.h"
#include "codec/sign.h"

struct keys;

enum {
	KEYS_NAME_MAX = 64,      /* bytes of a secret's name */
	KEYS_STAGED_MAX = 262144, /* keys staged by all cities together */
	KEYS_PAGE_MAX = 1024,    /* of the list of destroyed keys, read at once */
	KEYS_BLIND = 8,          /* bytes of a digest in the index: what is sealed decides */
	KEYS_BLINDS_MAX = 64     /* digests of a subject: the newest */
};

/* create: makes the file if it is absent. Else absent is ERR_NOT_FOUND, and ERR_CONFLICT says to
 * upgrade a file of an older schema. ERR_FORBIDDEN: group or others may read the file. */
enum err keys_open(struct cx *cx, const char *path, bool create, struct keys **out) MUST_USE;
void keys_close(struct keys *keys); /* accepts NULL; drops and wipes what is staged */

/* The secret of this name; create: makes it, durably, from cx's random if it is absent. Else absent is
 * ERR_NOT_FOUND. */
enum err keys_secret(struct cx *cx, struct keys *keys, const char *name, struct seal_key *out,
		     bool create) MUST_USE;
/* The secret named "signing" as an Ed25519 seed. */
enum err keys_signing_seed(struct cx *cx, struct keys *keys, struct sign_seed *out, bool create) MUST_USE;

/* A city's secret. ERR_NOT_FOUND before keys_city_set; setting another value is ERR_CONFLICT, the same
 * one is no error. */
enum err keys_city(struct cx *cx, struct keys *keys, int64_t city, struct seal_key *out) MUST_USE;
enum err keys_city_set(struct cx *cx, struct keys *keys, int64_t city, const struct seal_key *key) MUST_USE;

/* A subject's key, staged ones too. ERR_GONE when it was destroyed, ERR_NOT_FOUND when none was made. */
enum err keys_subject(struct cx *cx, struct keys *keys, int64_t city, int64_t subject,
		      struct seal_key *out) MUST_USE;
/* As keys_subject, and when none was made, makes one in memory. ERR_GONE when it was destroyed. */
enum err keys_subject_stage(struct cx *cx, struct keys *keys, int64_t city, int64_t subject,
			    struct seal_key *out) MUST_USE;
/* Writes the city's staged keys in one durable transaction. After a failure they stay staged.
 * ERR_CONFLICT: one of them has been destroyed, or made otherwise by another process, since it was
 * staged: keys_unstage and decide the batch again. */
enum err keys_flush(struct cx *cx, struct keys *keys, int64_t city) MUST_USE;
/* Half of the room for what is staged is taken: whoever holds a batch back should write it. */
bool keys_crowded(struct keys *keys);
void keys_unstage(struct keys *keys, int64_t city); /* forgets and wipes the city's staged keys */

/* From the next keys_flush of the city on, the subject, which has a key then, is found by the digest; staged
 * as a key is. It is not found any more when its key is destroyed; what it no longer says of itself stays
 * until then, or until it has KEYS_BLINDS_MAX newer ones (staging one again makes it the newest), so whoever
 * searches compares what is found with what is sealed. */
enum err keys_index_stage(struct cx *cx, struct keys *keys, int64_t city, int64_t subject,
			  const unsigned char blind[KEYS_BLIND]) MUST_USE;
/* The subjects above `after` that were indexed by the digest, in order; at most max (<= KEYS_PAGE_MAX). */
enum err keys_index_find(struct cx *cx, struct keys *keys, int64_t city,
			 const unsigned char blind[KEYS_BLIND], int64_t after, int64_t *subject,
			 size_t max, size_t *count) MUST_USE;

/* Destroys a subject's key for ever: see above. ERR_NOT_FOUND when there is none; destroying again is no
 * error and keeps the first time. ERR_BUSY when another process reads the file: the key cannot be had
 * any more, but its bytes may still lie in the write-ahead log; call again. */
enum err keys_destroy(struct cx *cx, struct keys *keys, int64_t city, int64_t subject,
		      int64_t now_us) MUST_USE;

struct keys_destroyed {
	int64_t city, subject, at_us;
};
/* The list of destroyed keys in order of (city, subject), after `after` (NULL: from the beginning): at
 * most max (<= KEYS_PAGE_MAX) into out; *count less than max says that it was the end. */
enum err keys_destroyed_after(struct cx *cx, struct keys *keys, const struct keys_destroyed *after,
			      struct keys_destroyed *out, size_t max, size_t *count) MUST_USE;
/* A whole list, in the arena. */
struct keys_list {
	struct keys_destroyed *item;
	size_t n;
};
/* All that were destroyed, in order of (city, subject). */
enum err keys_destroyed_all(struct cx *cx, struct keys *keys, struct keys_list *out) MUST_USE;
/* The list as CSV: city,subject,at_us; and a list from CSV, in its order. A line that is wrong is named. */
enum err keys_destroyed_csv(struct cx *cx, struct keys *keys, struct sb *sb) MUST_USE;
enum err keys_destroyed_read(struct cx *cx, const char *text, size_t n, struct keys_list *out) MUST_USE;

/* What a list says and this store knows. */
struct keys_compared {
	int64_t alive;   /* of the list: there is a key */
	int64_t gone;    /* destroyed here too */
	int64_t unknown; /* never had a key here */
	int64_t lacking; /* destroyed here, and not in the list: a newer list of this programme has them */
};
enum err keys_compare(struct cx *cx, struct keys *keys, const struct keys_list *list,
		      struct keys_compared *out) MUST_USE;

/* After a restore: destroys every key of a list, in one transaction. A subject that has no key here is
 * recorded too, so that it never gets one. The same list once more changes nothing. */
enum err keys_replay_destroyed(struct cx *cx, struct keys *keys, const struct keys_destroyed *list,
			       size_t count) MUST_USE;

/* Copies the store to a new file (mode 0600) while it is in use. What is only staged is not in it. */
enum err keys_backup(struct cx *cx, struct keys *keys, const char *path) MUST_USE;

#endif
