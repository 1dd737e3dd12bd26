#include "server/kept.h"

#include <pthread.h>

#include "codec/hash.h"

enum { SETS = 256, WAYS = 4, LOCKS = 16 };

struct place {
	uint64_t hash, city, programme;
	struct principal who;
	char tag[KEPT_TAG_MAX];
	size_t target_n, n;
	char *bytes; /* the target, then the body; NULL: empty */
};
struct kept {
	pthread_mutex_t lock[LOCKS]; /* of the sets whose number ends so */
	unsigned char secret[16];
	unsigned char turn[SETS]; /* which place is written over next */
	struct place set[SETS][WAYS];
};

enum err kept_new(struct cx *cx, struct kept **out)
{
	struct kept *k = calloc(1, sizeof(*k));

	if (!k)
		return cx_fail(cx, ERR_MEMORY, "no memory for answers");
	for (int i = 0; i < LOCKS; i++)
		pthread_mutex_init(&k->lock[i], NULL);
	cx_random(cx, k->secret, sizeof(k->secret));
	*out = k;
	return ERR_OK;
}

void kept_free(struct kept *k)
{
	if (!k)
		return;
	for (int i = 0; i < SETS; i++)
		for (int j = 0; j < WAYS; j++)
			free(k->set[i][j].bytes);
	for (int i = 0; i < LOCKS; i++)
		pthread_mutex_destroy(&k->lock[i]);
	free(k);
}

static bool same_caller(const struct principal *a, const struct principal *b)
{
	return a->user == b->user && a->roles == b->roles && a->org == b->org && a->city == b->city &&
	       a->order == b->order;
}

static struct place *find(struct kept *k, uint64_t hash, const struct kept_key *key, size_t target_n)
{
	struct place *set = k->set[hash % SETS];

	for (int i = 0; i < WAYS; i++)
		if (set[i].bytes && set[i].hash == hash && set[i].target_n == target_n &&
		    same_caller(&set[i].who, key->who) &&
		    memcmp(set[i].bytes, key->target, target_n) == 0)
			return &set[i];
	return NULL;
}

bool kept_find(struct cx *cx, struct kept *k, const struct kept_key *key, struct kept_answer *out)
{
	size_t target_n = strlen(key->target);
	uint64_t hash = short_hash(k->secret, key->target, target_n);
	pthread_mutex_t *lock = &k->lock[hash % LOCKS];
	const struct place *p;
	bool found;

	pthread_mutex_lock(lock);
	p = find(k, hash, key, target_n);
	found = p && p->city == key->city && p->programme == key->programme;
	if (found) {
		out->n = p->n;
		out->body = cx_memdup(cx, p->bytes + target_n, p->n);
		memcpy(out->tag, p->tag, sizeof(out->tag));
		found = out->body != NULL;
	}
	pthread_mutex_unlock(lock);
	return found;
}

void kept_put(struct kept *k, const struct kept_key *key, const struct kept_answer *a)
{
	size_t target_n = strlen(key->target);
	uint64_t hash = short_hash(k->secret, key->target, target_n);
	pthread_mutex_t *lock = &k->lock[hash % LOCKS];
	struct place *p;
	char *bytes;

	if (a->n > KEPT_BYTES_MAX || target_n > KEPT_BYTES_MAX - a->n)
		return;
	bytes = malloc(target_n + a->n + 1);
	if (!bytes)
		return;
	memcpy(bytes, key->target, target_n);
	memcpy(bytes + target_n, a->body, a->n);
	pthread_mutex_lock(lock);
	p = find(k, hash, key, target_n);
	if (!p)
		p = &k->set[hash % SETS][k->turn[hash % SETS]++ % WAYS];
	free(p->bytes);
	*p = (struct place){hash, key->city, key->programme, *key->who, "", target_n, a->n, bytes};
	memcpy(p->tag, a->tag, sizeof(p->tag));
	pthread_mutex_unlock(lock);
}
