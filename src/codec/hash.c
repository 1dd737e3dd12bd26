/* OpenSSL 3 calls the SHA256 functions deprecated in favour of EVP, which takes a context from the heap and
 * wipes it for each digest: a third of the time of a small one (docs/adr/0053). */
#define OPENSSL_SUPPRESS_DEPRECATED
#include "codec/hash.h"

#include <openssl/sha.h>
#include <sodium.h>

enum { BLOCK = 64 };

struct sha256_stream {
	SHA256_CTX at;
};

/* The low-level calls cannot fail. */
static void begin(SHA256_CTX *at) { BUG(SHA256_Init(at) != 1); }

static void add(SHA256_CTX *at, const void *p, size_t n) { BUG(SHA256_Update(at, p, n) != 1); }

static struct digest finish(SHA256_CTX *at)
{
	struct digest d;

	BUG(SHA256_Final(d.byte, at) != 1);
	return d;
}

struct digest sha256_2(const void *a, size_t an, const void *b, size_t bn)
{
	SHA256_CTX at;

	begin(&at);
	add(&at, a, an);
	add(&at, b, bn);
	return finish(&at);
}

struct digest sha256(const void *p, size_t n) { return sha256_2(p, n, NULL, 0); }

struct digest hmac_sha256(const void *key, size_t kn, const void *p, size_t n)
{
	unsigned char inner[BLOCK] = {0}, outer[BLOCK];
	struct digest d;

	if (kn > BLOCK) {
		d = sha256(key, kn);
		memcpy(inner, d.byte, sizeof(d.byte));
	} else if (kn > 0) {
		memcpy(inner, key, kn);
	}
	for (int i = 0; i < BLOCK; i++) {
		outer[i] = inner[i] ^ 0x5c;
		inner[i] ^= 0x36;
	}
	d = sha256_2(inner, BLOCK, p, n);
	d = sha256_2(outer, BLOCK, d.byte, sizeof(d.byte));
	explicit_bzero(inner, sizeof(inner));
	explicit_bzero(outer, sizeof(outer));
	return d;
}

enum err sha256_new(struct cx *cx, struct sha256_stream **out)
{
	struct sha256_stream *s = malloc(sizeof(*s));

	if (!s)
		return cx_fail(cx, ERR_MEMORY, "the machine has no memory left");
	begin(&s->at);
	*out = s;
	return ERR_OK;
}

void sha256_update(struct sha256_stream *s, const void *p, size_t n) { add(&s->at, p, n); }

struct digest sha256_final(struct sha256_stream *s)
{
	struct digest d = finish(&s->at);

	sha256_free(s);
	return d;
}

void sha256_free(struct sha256_stream *s)
{
	if (s)
		explicit_bzero(s, sizeof(*s));
	free(s);
}

bool digest_equal(const struct digest *a, const struct digest *b)
{
	unsigned char differ = 0;

	for (size_t i = 0; i < sizeof(a->byte); i++)
		differ |= a->byte[i] ^ b->byte[i];
	return differ == 0;
}

static char hex_digit(unsigned v) { return (char)(v + (v < 10 ? '0' : 'a' - 10)); }

void hex_encode(char *restrict out, const void *p, size_t n)
{
	const unsigned char *restrict byte = p;

	for (size_t i = 0; i < n; i++) {
		out[2 * i] = hex_digit(byte[i] >> 4);
		out[2 * i + 1] = hex_digit(byte[i] & 15);
	}
	out[2 * n] = 0;
}

char *hex_text(struct cx *cx, const void *p, size_t n)
{
	char *hex = cx_alloc(cx, 2 * n + 1);

	if (hex)
		hex_encode(hex, p, n);
	return hex;
}

static int hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool hex_decode(void *out, size_t n, const char *hex, size_t hexlen)
{
	unsigned char *byte = out;

	if (hexlen % 2 != 0 || hexlen / 2 != n)
		return false;
	for (size_t i = 0; i < hexlen; i++)
		if (hex_value(hex[i]) < 0)
			return false;
	for (size_t i = 0; i < n; i++)
		byte[i] = (unsigned char)(hex_value(hex[2 * i]) << 4 | hex_value(hex[2 * i + 1]));
	return true;
}

uint64_t short_hash(const unsigned char key[16], const void *p, size_t n)
{
	unsigned char out[crypto_shorthash_BYTES];
	uint64_t hash;

	crypto_shorthash(out, p, n, key);
	memcpy(&hash, out, sizeof(hash));
	return hash;
}

struct short_digest short_digest_of(const unsigned char key[16], const void *p, size_t n)
{
	struct short_digest m;

	crypto_shorthash_siphashx24(m.byte, p, n, key);
	return m;
}

bool short_digest_equal(const struct short_digest *a, const struct short_digest *b)
{
	return sodium_memcmp(a->byte, b->byte, sizeof(a->byte)) == 0;
}
