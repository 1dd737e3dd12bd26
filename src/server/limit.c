#include "server/limit.h"

#include <pthread.h>

#include "codec/hash.h"

enum { SETS = 4096, WAYS = 8 };

/* The generic cell rate algorithm: a bucket is one time, that at which it will be full again. */
struct bucket {
	uint64_t key;
	int64_t full_us;
};
struct limit {
	pthread_mutex_t lock;
	unsigned char secret[16];
	struct bucket set[SETS][WAYS];
};

enum err limit_new(struct cx *cx, struct limit **out)
{
	struct limit *l = calloc(1, sizeof(*l));

	if (!l)
		return cx_fail(cx, ERR_MEMORY, "no memory for limits");
	pthread_mutex_init(&l->lock, NULL);
	cx_random(cx, l->secret, sizeof(l->secret));
	*out = l;
	return ERR_OK;
}

void limit_free(struct limit *l)
{
	if (!l)
		return;
	pthread_mutex_destroy(&l->lock);
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
	*oldest = (struct bucket){.key = key};
	return oldest;
}

static bool ask(struct limit *l, struct limit_rate rate, char kind, const void *key, size_t n, int64_t now_us,
		bool take, int *wait_s)
{
	unsigned char text[128] = {(unsigned char)kind};
	struct bucket *b;
	int64_t one_us, full_us, wait_us;
	uint64_t id;

	if (rate.rate <= 0)
		return true;
	one_us = INT64_C(1000000000) / rate.rate;
	n = n < sizeof(text) - 1 ? n : sizeof(text) - 1;
	memcpy(text + 1, key, n);
	id = short_hash(l->secret, text, n + 1);
	pthread_mutex_lock(&l->lock);
	b = bucket_of(l, id);
	full_us = (b->full_us > now_us ? b->full_us : now_us) + one_us;
	wait_us = full_us - now_us - one_us * rate.burst;
	if (take && wait_us <= 0)
		b->full_us = full_us;
	pthread_mutex_unlock(&l->lock);
	if (wait_us > 0)
		*wait_s = (int)((wait_us + 999999) / 1000000);
	return wait_us <= 0;
}

bool limit_take(struct limit *l, struct limit_rate rate, char kind, const void *key, size_t n, int64_t now_us,
		int *wait_s)
{
	return ask(l, rate, kind, key, n, now_us, true, wait_s);
}

bool limit_left(struct limit *l, struct limit_rate rate, char kind, const void *key, size_t n, int64_t now_us,
		int *wait_s)
{
	return ask(l, rate, kind, key, n, now_us, false, wait_s);
}
