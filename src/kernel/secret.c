#include "kernel/secret.h"

#include <pthread.h>

enum { KEPT = 16, PURPOSE_MAX = 23 };

/* What purposes make of secrets: half of the work of a digest, and the same few are asked for again and
 * again. Each thread keeps some, and wipes them at its end. */
struct purpose {
	struct seal_key secret;
	struct digest key;
	char name[PURPOSE_MAX + 1]; /* "": free */
};
static _Thread_local struct {
	struct purpose of[KEPT];
	int next; /* the place that another one takes */
	bool begun;
} mine;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static pthread_key_t at_thread_end;

static void forget(void *p)
{
	wipe(p, sizeof(mine));
}

static void set_up(void)
{
	BUG(pthread_key_create(&at_thread_end, forget));
}

static void put64(unsigned char *p, uint64_t v)
{
	for (int i = 0; i < 8; i++)
		p[i] = (unsigned char)(v >> (56 - 8 * i));
}

static const struct digest *of_purpose(const struct seal_key *secret, const char *name)
{
	struct purpose *p = mine.of;

	for (; p < mine.of + KEPT; p++)
		if (strcmp(p->name, name) == 0 &&
		    memcmp(p->secret.byte, secret->byte, sizeof(secret->byte)) == 0)
			return &p->key;
	if (!mine.begun) {
		BUG(pthread_once(&once, set_up) || pthread_setspecific(at_thread_end, &mine));
		mine.begun = true;
	}
	BUG(!*name || strlen(name) > PURPOSE_MAX);
	p = &mine.of[mine.next];
	mine.next = (mine.next + 1) % KEPT;
	p->secret = *secret;
	p->key = hmac_sha256(secret->byte, sizeof(secret->byte), name, strlen(name));
	memcpy(p->name, name, strlen(name) + 1);
	return &p->key;
}

/* SHA-256 of no bytes (NIST CAVP, SHA256ShortMsg, Len = 0): most purposes have a number and no text. */
static const struct digest of_nothing = {
	{0xe3, 0xb0, 0xc4, 0x42, 0x98, 0xfc, 0x1c, 0x14, 0x9a, 0xfb, 0xf4, 0xc8, 0x99, 0x6f, 0xb9, 0x24,
	 0x27, 0xae, 0x41, 0xe4, 0x64, 0x9b, 0x93, 0x4c, 0xa4, 0x95, 0x99, 0x1b, 0x78, 0x52, 0xb8, 0x55}};

static struct digest digest_under(const struct digest *key, const char *text, size_t n, int64_t number)
{
	unsigned char head[16 + 32] = {0};
	struct digest inner = n ? sha256(text, n) : of_nothing;

	put64(head, (uint64_t)n);
	put64(head + 8, (uint64_t)number);
	memcpy(head + 16, inner.byte, 32);
	return hmac_sha256(key->byte, sizeof(key->byte), head, sizeof(head));
}

struct digest secret_digest(const struct seal_key *key, const char *purpose, const char *text,
			    size_t n, int64_t number)
{
	return digest_under(of_purpose(key, purpose), text, n, number);
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
