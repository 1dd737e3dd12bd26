/* hash.h: SHA-256 (FIPS 180-4, libcrypto: it uses the processor's instructions), HMAC-SHA-256
 * (RFC 2104), and hexadecimal.
 */
#ifndef RELODE_CODEC_HASH_H
#define RELODE_CODEC_HASH_H

#include "base/cx.h"

struct digest {
	unsigned char byte[32];
};
enum { DIGEST_HEX = 65 }; /* 64 hexadecimal digits and a NUL */

struct digest sha256(const void *p, size_t n);
struct digest sha256_2(const void *a, size_t an, const void *b, size_t bn); /* of a ‖ b */
struct digest hmac_sha256(const void *key, size_t kn, const void *p, size_t n);

/* SHA-256 in pieces: for long inputs. init/update/final as usual; done frees without a result. */
struct sha256_stream;
enum err sha256_new(struct cx *cx, struct sha256_stream **out) MUST_USE;
void sha256_update(struct sha256_stream *s, const void *p, size_t n);
struct digest sha256_final(struct sha256_stream *s); /* and frees s */
void sha256_free(struct sha256_stream *s);

bool digest_equal(const struct digest *a, const struct digest *b); /* constant time */
void hex_encode(char *out, const void *p, size_t n);               /* lower case; out has 2n+1 bytes */
char *hex_text(struct cx *cx, const void *p, size_t n) MUST_USE;   /* the same, in the arena */
/* Exactly n bytes from exactly 2n lower-case digits, else false and out untouched. */
bool hex_decode(void *out, size_t n, const char *hex, size_t hexlen);

/* SipHash-2-4: a short hash that nobody without the key can make collide; for tables in memory alone. */
uint64_t short_hash(const unsigned char key[16], const void *p, size_t n);

/* The same with 128 bits: nobody without the key can find another text with the same one. */
struct short_digest {
	unsigned char byte[16];
};
struct short_digest short_digest_of(const unsigned char key[16], const void *p, size_t n);
bool short_digest_equal(const struct short_digest *a, const struct short_digest *b); /* constant time */

#endif
