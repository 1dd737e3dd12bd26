#include "kernel/secret.h"

static void put64(unsigned char *p, uint64_t v)
{
	for (int i = 0; i < 8; i++)
		p[i] = (unsigned char)(v >> (56 - 8 * i));
}

struct digest secret_digest(const struct seal_key *key, const char *purpose, const char *text,
			    size_t n, int64_t number)
{
	unsigned char head[16 + 32] = {0};
	struct digest inner = sha256(text, n);
	struct digest name = hmac_sha256(key->byte, sizeof(key->byte), purpose, strlen(purpose));

	put64(head, (uint64_t)n);
	put64(head + 8, (uint64_t)number);
	memcpy(head + 16, inner.byte, 32);
	return hmac_sha256(name.byte, sizeof(name.byte), head, sizeof(head));
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
