/* secret.h: what is made from a city's secret (HMAC-SHA-256 under it): digests to search by, tokens that
 * are re-derived instead of stored, and the random numbers of a simulated city.
 */
#ifndef RELODE_KERNEL_SECRET_H
#define RELODE_KERNEL_SECRET_H

#include "codec/hash.h"
#include "codec/sign.h"

/* Of two texts and a number, kept apart by their lengths. purpose: 1 to 23 bytes. */
struct digest secret_digest(const struct seal_key *key, const char *purpose, const char *text,
			    size_t n, int64_t number);
/* The secret of a simulated city: the same for the same seed and city. */
struct seal_key secret_simulated(const char *seed, int64_t city);

#endif
