/* sign.h: Ed25519 (RFC 8032, libsodium), authenticated encryption (XChaCha20-Poly1305), passwords
 * (argon2id). sign_setup must have been called once before anything else here.
 */
#ifndef RELODE_CODEC_SIGN_H
#define RELODE_CODEC_SIGN_H

#include "base/cx.h"

struct sign_seed {
	unsigned char byte[32]; /* the secret */
};
struct sign_public {
	unsigned char byte[32];
};
struct signature {
	unsigned char byte[64];
};
struct seal_key {
	unsigned char byte[32];
};
enum {
	SEAL_OVERHEAD = 24 + 16, /* nonce in front, tag behind */
	PASSWORD_HASH_MAX = 128, /* bytes of an encoded argon2id hash, with NUL */
};

void sign_setup(void);
struct sign_public sign_public_of(const struct sign_seed *seed);
struct signature sign_bytes(const struct sign_seed *seed, const void *p, size_t n);
bool sign_verify(const struct sign_public *pub, const struct signature *sig, const void *p, size_t n);

/* out has n + SEAL_OVERHEAD bytes; the nonce comes from cx's random; ad is authenticated only. */
void seal_bytes(struct cx *cx, const struct seal_key *key, const void *p, size_t n, const void *ad,
		size_t adn, unsigned char *out);
/* out has n - SEAL_OVERHEAD bytes. ERR_CORRUPT when the key, the ad or any byte differs. */
enum err seal_open(struct cx *cx, const struct seal_key *key, const unsigned char *p, size_t n,
		   const void *ad, size_t adn, unsigned char *out) MUST_USE;

/* argon2id, libsodium's interactive limits; out has PASSWORD_HASH_MAX bytes. */
enum err password_hash(struct cx *cx, const char *password, char *out) MUST_USE;
bool password_matches(const char *hash, const char *password);

/* Overwrites secrets; not optimised away. */
void wipe(void *p, size_t n);

#endif
