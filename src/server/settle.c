#include "server/settle.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>

#include "base/time.h"

struct settler {
	struct cx cx; /* the thread's */
	struct db *db;
	void (*broken)(void *arg);
	void *arg;
	_Atomic int64_t took_us; /* a sync, lately */
	pthread_t thread;
	pthread_mutex_t lock; /* over what follows */
	pthread_cond_t some, room;
	bool over;
	size_t n, turn; /* that wait, in list[turn]; the thread has the other */
	struct waiting list[2][BATCH_MAX];
};

static enum err not_known(struct cx *cx, const char *why)
{
	return cx_fail(cx, ERR_BUSY,
		       "%s; when the server has been started again, ask again with the same Idempotency-Key",
		       why);
}

/* It takes no time when there was nothing to sync: what is shorter than before counts for a quarter. */
static enum err settle(struct settler *s, struct cx *cx)
{
	int64_t begun_us = monotonic_us(), before_us = atomic_load(&s->took_us), took_us;
	enum err err = db_settle(cx, s->db);

	took_us = monotonic_us() - begun_us;
	atomic_store(&s->took_us, took_us > before_us ? took_us : before_us - (before_us - took_us) / 4);
	return err;
}

void settler_here(struct settler *s, struct cx *cx, const struct waiting *list, size_t n)
{
	enum err err;

	cx_clear(cx);
	err = settle(s, cx);
	if (err)
		s->broken(s->arg);
	for (size_t i = 0; i < n; i++) {
		struct request *q = list[i].q;
		if (err)
			q->err = not_known(q->cx, cx->msg);
		list[i].done(q, list[i].arg);
	}
}

static void *settle_loop(void *arg)
{
	struct settler *s = arg;

	for (;;) {
		const struct waiting *list;
		size_t n;

		pthread_mutex_lock(&s->lock);
		while (s->n == 0 && !s->over)
			pthread_cond_wait(&s->some, &s->lock);
		list = s->list[s->turn];
		n = s->n;
		s->turn ^= 1;
		s->n = 0;
		pthread_cond_signal(&s->room);
		pthread_mutex_unlock(&s->lock);
		if (n == 0)
			return NULL;
		settler_here(s, &s->cx, list, n);
	}
}

void settler_put(struct settler *s, const struct waiting *list, size_t n)
{
	BUG(n > BATCH_MAX);
	pthread_mutex_lock(&s->lock);
	while (s->n + n > BATCH_MAX)
		pthread_cond_wait(&s->room, &s->lock);
	memcpy(s->list[s->turn] + s->n, list, n * sizeof(*list));
	s->n += n;
	pthread_cond_signal(&s->some);
	pthread_mutex_unlock(&s->lock);
}

int64_t settler_took_us(const struct settler *s) { return atomic_load(&s->took_us); }

enum err settler_new(struct cx *cx, struct db *db, void (*broken)(void *arg), void *arg, struct settler **out)
{
	struct settler *s = calloc(1, sizeof(*s));

	if (!s)
		return cx_fail(cx, ERR_MEMORY, "no memory for the thread that answers");
	cx_init(&s->cx, 0);
	s->db = db;
	s->broken = broken;
	s->arg = arg;
	pthread_mutex_init(&s->lock, NULL);
	pthread_cond_init(&s->some, NULL);
	pthread_cond_init(&s->room, NULL);
	errno = pthread_create(&s->thread, NULL, settle_loop, s);
	if (errno) {
		cx_done(&s->cx);
		free(s);
		return cx_errno(cx, "start", "the thread that answers");
	}
	*out = s;
	return ERR_OK;
}

void settler_free(struct settler *s)
{
	if (!s)
		return;
	pthread_mutex_lock(&s->lock);
	s->over = true;
	pthread_cond_signal(&s->some);
	pthread_mutex_unlock(&s->lock);
	pthread_join(s->thread, NULL);
	pthread_cond_destroy(&s->some);
	pthread_cond_destroy(&s->room);
	pthread_mutex_destroy(&s->lock);
	cx_done(&s->cx);
	free(s);
}
