/* known.h: who bearer tokens speak for, as it was found a moment ago: a table of fixed size.
 *
 * An answer holds as long as nothing was written in city 0 since it was asked for (node_programme_version:
 * tokens revoked, users changed), at most KNOWN_US (another process may write to the same database), and
 * not beyond the token's own end. Kept is a digest of the token under a key of the table's own, not the
 * token. Each web thread has one.
 */
#ifndef RELODE_SERVER_KNOWN_H
#define RELODE_SERVER_KNOWN_H

#include "codec/hash.h"
#include "kernel/tx.h"

#define KNOWN_US INT64_C(1000000)

struct known;
struct known_answer {
	struct principal who;
	int64_t expires_us; /* of the token, on the wall's clock */
};
enum err known_new(struct cx *cx, struct known **out) MUST_USE;
void known_free(struct known *k); /* accepts NULL */
struct short_digest known_digest(const struct known *k, const void *token, size_t n);
/* version: as it is now. now_us: of a clock that does not go back. */
bool known_find(struct known *k, const struct short_digest *token, uint64_t version, int64_t now_us,
		struct known_answer *out);
/* version, asked_us: as they were before the answer was asked for. */
void known_put(struct known *k, const struct short_digest *token, uint64_t version, int64_t asked_us,
	       const struct known_answer *a);

#endif
