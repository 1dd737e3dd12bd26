#include "kernel/secret.h"

static void put64(unsigned char *p, uint64_t v)
{
	for (int i = 0; i < 8; i++)
		p[i] = (unsigned char)(v >> (56 - 8 * i));
}

static struct digest of_purpose(const struct seal_key *key, const char *purpose)
{
	return hmac_sha256(key->byte, sizeof(key->byte), purpose, strlen(purpose));
}

static struct digest digest_under(const struct digest *key, const char *text, size_t n, int64_t number)
{
	unsigned char head[16 + 32] = {0};
	struct digest inner = sha256(text, n);

	put64(head, (uint64_t)n);
	put64(head + 8, (uint64_t)number);
	memcpy(head + 16, inner.byte, 32);
	return hmac_sha256(key->byte, sizeof(key->byte), head, sizeof(head));
}

struct digest secret_digest(const struct seal_key *key, const char *purpose, const char *text,
			    size_t n, int64_t number)
{
	struct digest under = of_purpose(key, purpose);

	return digest_under(&under, text, n, number);
}

struct digest secret_digest_again(struct secret_purpose *kept, const struct seal_key *secret,
				  const char *purpose, const char *text, size_t n, int64_t number)
{
	if (!kept->made || memcmp(kept->secret.byte, secret->byte, sizeof(secret->byte)) != 0)
		*kept = (struct secret_purpose){*secret, of_purpose(secret, purpose), true};
	return digest_under(&kept->key, text, n, number);
}

struct seal_key secret_simulated(const char *seed, int64_t city)
{
	static const char label[] = "relode simulated city";
	struct seal_key base = {0}, out;
	struct digest d;

	memcpy(base.byte, label, sizeof(label) - 1);
	d = secret_digest(&base, "city", seed, strlen(seed), city);
	memcpy(out.byte, d.byte, sizeof(out.byte));
	return out;
}
