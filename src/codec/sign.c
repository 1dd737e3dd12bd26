#include "codec/sign.h"

#include <sodium.h>

#include "codec/hash.h"

enum {
	NONCE = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES,
	TAG = crypto_aead_xchacha20poly1305_ietf_ABYTES,
};
_Static_assert(NONCE + TAG == SEAL_OVERHEAD, "the overhead that sign.h states");
_Static_assert(PASSWORD_HASH_MAX == crypto_pwhash_STRBYTES, "the size that sign.h states");
_Static_assert(sizeof(struct sign_seed) == crypto_sign_SEEDBYTES, "seed");
_Static_assert(sizeof(struct sign_public) == crypto_sign_PUBLICKEYBYTES, "public key");
_Static_assert(sizeof(struct signature) == crypto_sign_BYTES, "signature");
_Static_assert(sizeof(struct seal_key) == crypto_aead_xchacha20poly1305_ietf_KEYBYTES, "key");

void sign_setup(void)
{
	BUG(sodium_init() < 0);
}

/* A batch signs with the same seed as the one before. Deriving its public half costs as much as a signature,
 * so each thread remembers the newest, by a digest of the seed: nothing secret is kept. */
static _Thread_local struct {
	bool is;
	struct digest seed;
	struct sign_public pub;
} newest;

struct sign_public sign_public_of(const struct sign_seed *seed)
{
	unsigned char secret[crypto_sign_SECRETKEYBYTES];
	struct digest d = sha256(seed->byte, sizeof(seed->byte));

	if (newest.is && digest_equal(&d, &newest.seed))
		return newest.pub;
	BUG(crypto_sign_seed_keypair(newest.pub.byte, secret, seed->byte));
	wipe(secret, sizeof(secret));
	newest.seed = d;
	newest.is = true;
	return newest.pub;
}

struct signature sign_bytes(const struct sign_seed *seed, const void *p, size_t n)
{
	struct sign_public pub = sign_public_of(seed);
	unsigned char secret[crypto_sign_SECRETKEYBYTES]; /* libsodium's: the seed, then the public key */
	struct signature sig;

	memcpy(secret, seed->byte, crypto_sign_SEEDBYTES);
	memcpy(secret + crypto_sign_SEEDBYTES, pub.byte, crypto_sign_PUBLICKEYBYTES);
	BUG(crypto_sign_detached(sig.byte, NULL, p, n, secret));
	wipe(secret, sizeof(secret));
	return sig;
}

bool sign_verify(const struct sign_public *pub, const struct signature *sig, const void *p, size_t n)
{
	return crypto_sign_verify_detached(sig->byte, p, n, pub->byte) == 0;
}

void seal_bytes(struct cx *cx, const struct seal_key *key, const void *p, size_t n, const void *ad,
		size_t adn, unsigned char *out)
{
	cx_random(cx, out, NONCE);
	BUG(crypto_aead_xchacha20poly1305_ietf_encrypt(out + NONCE, NULL, p, n, ad, adn, NULL, out,
						       key->byte));
}

enum err seal_open(struct cx *cx, const struct seal_key *key, const unsigned char *p, size_t n,
		   const void *ad, size_t adn, unsigned char *out)
{
	unsigned char *plain;
	size_t len;

	if (n < SEAL_OVERHEAD)
		return cx_fail(cx, ERR_CORRUPT, "%zu sealed bytes are too few", n);
	len = n - SEAL_OVERHEAD;
	plain = cx_alloc(cx, len); /* out stays untouched when the tag is wrong */
	if (!plain)
		return ERR_MEMORY;
	if (crypto_aead_xchacha20poly1305_ietf_decrypt(plain, NULL, NULL, p + NONCE, n - NONCE, ad,
						       adn, p, key->byte))
		return cx_fail(cx, ERR_CORRUPT, "the sealed bytes do not verify under this key");
	if (len > 0)
		memcpy(out, plain, len);
	wipe(plain, len);
	return ERR_OK;
}

enum err password_hash(struct cx *cx, const char *password, char *out)
{
	char hash[PASSWORD_HASH_MAX];

	if (crypto_pwhash_str(hash, password, strlen(password), crypto_pwhash_OPSLIMIT_INTERACTIVE,
			      crypto_pwhash_MEMLIMIT_INTERACTIVE))
		return cx_fail(cx, ERR_MEMORY, "argon2id needs %zu bytes of memory",
			       (size_t)crypto_pwhash_MEMLIMIT_INTERACTIVE);
	memcpy(out, hash, sizeof(hash));
	return ERR_OK;
}

bool password_matches(const char *hash, const char *password)
{
	char copy[PASSWORD_HASH_MAX] = {0}; /* libsodium reads an array of this size */
	size_t n = strnlen(hash, sizeof(copy));

	if (n == sizeof(copy))
		return false;
	memcpy(copy, hash, n);
	return crypto_pwhash_str_verify(copy, password, strlen(password)) == 0;
}

void wipe(void *p, size_t n)
{
	sodium_memzero(p, n);
}
