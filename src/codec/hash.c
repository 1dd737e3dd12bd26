#include "codec/hash.h"

#include <openssl/evp.h>
#include <pthread.h>
#include <sodium.h>

/* The algorithm is fetched once (a fetch takes locks and a search), and each thread keeps one context:
 * hashing a Merkle node then costs little more than the compression itself. */

enum { BLOCK = 64 };

static pthread_once_t once = PTHREAD_ONCE_INIT;
static pthread_key_t at_thread_end;
static EVP_MD *algorithm;
static _Thread_local EVP_MD_CTX *mine;

struct sha256_stream {
	EVP_MD_CTX *md;
};

static void free_context(void *md)
{
	EVP_MD_CTX_free(md);
}

/* Only lack of memory or a broken OpenSSL can make these calls fail. */
static void fetch(void)
{
	algorithm = EVP_MD_fetch(NULL, "SHA256", NULL);
	BUG(!algorithm);
	BUG(pthread_key_create(&at_thread_end, free_context));
}

static void begin(EVP_MD_CTX *md)
{
	BUG(EVP_DigestInit_ex2(md, algorithm, NULL) != 1);
}

static EVP_MD_CTX *context(void)
{
	if (!mine) {
		BUG(pthread_once(&once, fetch));
		mine = EVP_MD_CTX_new();
		BUG(!mine);
		BUG(pthread_setspecific(at_thread_end, mine));
	}
	begin(mine);
	return mine;
}

static void add(EVP_MD_CTX *md, const void *p, size_t n)
{
	BUG(EVP_DigestUpdate(md, p, n) != 1);
}

static struct digest finish(EVP_MD_CTX *md)
{
	struct digest d;
	unsigned int n = 0;

	BUG(EVP_DigestFinal_ex(md, d.byte, &n) != 1 || n != sizeof(d.byte));
	return d;
}

struct digest sha256_2(const void *a, size_t an, const void *b, size_t bn)
{
	EVP_MD_CTX *md = context();

	add(md, a, an);
	add(md, b, bn);
	return finish(md);
}

struct digest sha256(const void *p, size_t n)
{
	EVP_MD_CTX *md = context();

	add(md, p, n);
	return finish(md);
}

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

	BUG(pthread_once(&once, fetch));
	if (!s || !(s->md = EVP_MD_CTX_new())) {
		free(s);
		return cx_fail(cx, ERR_MEMORY, "the machine has no memory left");
	}
	begin(s->md);
	*out = s;
	return ERR_OK;
}

void sha256_update(struct sha256_stream *s, const void *p, size_t n)
{
	add(s->md, p, n);
}

struct digest sha256_final(struct sha256_stream *s)
{
	struct digest d = finish(s->md);

	sha256_free(s);
	return d;
}

void sha256_free(struct sha256_stream *s)
{
	if (!s)
		return;
	EVP_MD_CTX_free(s->md);
	free(s);
}

bool digest_equal(const struct digest *a, const struct digest *b)
{
	unsigned char differ = 0;

	for (size_t i = 0; i < sizeof(a->byte); i++)
		differ |= a->byte[i] ^ b->byte[i];
	return differ == 0;
}

void hex_encode(char *out, const void *p, size_t n)
{
	static const char digit[] = "0123456789abcdef";
	const unsigned char *byte = p;

	for (size_t i = 0; i < n; i++) {
		*out++ = digit[byte[i] >> 4];
		*out++ = digit[byte[i] & 15];
	}
	*out = 0;
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
