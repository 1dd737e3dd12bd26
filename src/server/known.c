#include "server/known.h"

enum { SETS = 1024, WAYS = 4 };

struct place {
	struct short_digest token;
	uint64_t version;
	int64_t asked_us; /* 0: empty */
	struct known_answer answer;
};
struct known {
	unsigned char secret[16];
	struct place set[SETS][WAYS];
};

enum err known_new(struct cx *cx, struct known **out)
{
	struct known *k = calloc(1, sizeof(*k));

	if (!k)
		return cx_fail(cx, ERR_MEMORY, "no memory for known tokens");
	cx_random(cx, k->secret, sizeof(k->secret));
	*out = k;
	return ERR_OK;
}

void known_free(struct known *k) { free(k); }

struct short_digest known_digest(const struct known *k, const void *token, size_t n)
{
	return short_digest_of(k->secret, token, n);
}

static struct place *set_of(struct known *k, const struct short_digest *token)
{
	uint64_t number;

	memcpy(&number, token->byte, sizeof(number));
	return k->set[number % SETS];
}

bool known_find(struct known *k, const struct short_digest *token, uint64_t version, int64_t now_us,
		struct known_answer *out)
{
	struct place *set = set_of(k, token);

	for (int i = 0; i < WAYS; i++) {
		const struct place *p = &set[i];
		if (!p->asked_us || !short_digest_equal(&p->token, token) || p->version != version ||
		    now_us - p->asked_us > KNOWN_US)
			continue;
		*out = p->answer;
		return true;
	}
	return false;
}

void known_put(struct known *k, const struct short_digest *token, uint64_t version, int64_t asked_us,
	       const struct known_answer *a)
{
	struct place *set = set_of(k, token), *to = set;

	for (int i = 0; i < WAYS; i++) {
		if (set[i].asked_us && short_digest_equal(&set[i].token, token)) {
			to = &set[i];
			break;
		}
		if (set[i].asked_us < to->asked_us)
			to = &set[i];
	}
	*to = (struct place){*token, version, asked_us, *a};
}
