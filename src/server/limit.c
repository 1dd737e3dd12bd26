#include "server/limit.h"

#include <pthread.h>
#include <stdatomic.h>

#include "codec/hash.h"

enum { SETS = 4096, WAYS = 8, LOCKS = 64 };

/* The generic cell rate algorithm: a bucket is one time, that at which it will be full again. Who takes from
 * one holds its set's lock; who only looks, as at every token, does not. */
struct bucket {
	_Atomic uint64_t key;
	_Atomic int64_t full_us;
};
struct limit {
	pthread_mutex_t lock[LOCKS]; /* of the sets whose number ends so */
	unsigned char secret[16];
	struct bucket set[SETS][WAYS];
};

enum err limit_new(struct cx *cx, struct limit **out)
{
	struct limit *l = calloc(1, sizeof(*l));

	if (!l)
		return cx_fail(cx, ERR_MEMORY, "no memory for limits");
	for (int i = 0; i < LOCKS; i++)
		pthread_mutex_init(&l->lock[i], NULL);
	cx_random(cx, l->secret, sizeof(l->secret));
	*out = l;
	return ERR_OK;
}

void limit_free(struct limit *l)
{
	if (!l)
		return;
	for (int i = 0; i < LOCKS; i++)
		pthread_mutex_destroy(&l->lock[i]);
	free(l);
}

static struct bucket *bucket_of(struct limit *l, uint64_t key)
{
	struct bucket *set = l->set[key % SETS], *oldest = set;

	for (int i = 0; i < WAYS; i++) {
		if (set[i].key == key)
			return &set[i];
		if (set[i].full_us < oldest->full_us)
			oldest = &set[i];
	}
	oldest->full_us = 0; /* before the key: who looks at it meanwhile finds it full, not another's */
	oldest->key = key;
	return oldest;
}

/* When the bucket will be full; one that nobody took from is. */
static int64_t full_at(struct limit *l, uint64_t key)
{
	const struct bucket *set = l->set[key % SETS];

	for (int i = 0; i < WAYS; i++)
		if (set[i].key == key)
			return set[i].full_us;
	return 0;
}

static uint64_t key_of(const struct limit *l, char kind, const void *key, size_t n)
{
	unsigned char text[128] = {(unsigned char)kind};

	n = n < sizeof(text) - 1 ? n : sizeof(text) - 1;
	memcpy(text + 1, key, n);
	return short_hash(l->secret, text, n + 1);
}

/* When it would be full after one more was taken; 0 when that is more than it holds. */
static int64_t after_one(struct limit_rate rate, int64_t full_us, int64_t now_us, int *wait_s)
{
	int64_t one_us = INT64_C(1000000000) / rate.rate;
	int64_t next_us = (full_us > now_us ? full_us : now_us) + one_us;
	int64_t wait_us = next_us - now_us - one_us * rate.burst;

	if (wait_us <= 0)
		return next_us;
	*wait_s = (int)((wait_us + 999999) / 1000000);
	return 0;
}

bool limit_take(struct limit *l, struct limit_rate rate, char kind, const void *key, size_t n, int64_t now_us,
		int *wait_s)
{
	uint64_t id;
	struct bucket *b;
	int64_t next_us;

	if (rate.rate <= 0)
		return true;
	id = key_of(l, kind, key, n);
	pthread_mutex_lock(&l->lock[id % LOCKS]);
	b = bucket_of(l, id);
	next_us = after_one(rate, b->full_us, now_us, wait_s);
	if (next_us)
		b->full_us = next_us;
	pthread_mutex_unlock(&l->lock[id % LOCKS]);
	return next_us != 0;
}

bool limit_left(struct limit *l, struct limit_rate rate, char kind, const void *key, size_t n, int64_t now_us,
		int *wait_s)
{
	return rate.rate <= 0 || after_one(rate, full_at(l, key_of(l, kind, key, n)), now_us, wait_s) != 0;
}
