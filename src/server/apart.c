/* Views that go through a whole city, in threads of their own: a web thread that ran one would let all its
 * connections wait. Callers take turns (queue.h); what takes too long is ended, and so is all of it when the
 * server stops. */
#include <errno.h>
#include <sys/resource.h>

#include "base/time.h"
#include "server/http.h"
#include "server/queue.h"

enum { APART_QUEUE_MAX = 256 };

struct apart_thread {
	struct apart *apart;
	pthread_t thread;
	pthread_mutex_t lock; /* of what follows */
	struct db *db;        /* that a view reads, or NULL */
	int64_t begun_us;     /* monotonic */
	bool ended;           /* it was told to end */
};
struct apart {
	struct server *server;
	pthread_mutex_t lock; /* queue */
	pthread_cond_t some;
	struct queue *queue;
	atomic_bool stopping;
	int threads; /* that were started */
	struct apart_thread thread[];
};

static enum err stops(struct cx *cx) { return cx_fail(cx, ERR_BUSY, "the server is stopping"); }

void apart_watch(struct apart_thread *t, struct db *db)
{
	pthread_mutex_lock(&t->lock);
	t->db = db;
	if (db)
		t->begun_us = monotonic_us();
	pthread_mutex_unlock(&t->lock);
}

/* Its own words are the database's, of a statement that was interrupted. */
static enum err say_ended(struct apart *a, struct cx *cx)
{
	cx_clear(cx);
	if (atomic_load(&a->stopping))
		return stops(cx);
	return cx_fail(cx, ERR_TOO_LARGE,
		       "this takes longer than %d s: ask for a shorter period or for less, or raise "
		       "view-timeout", server_now(a->server)->view_s);
}

static enum err run(struct apart_thread *t, struct exchange *x)
{
	struct reader r;
	enum err err;

	if (atomic_load(&t->apart->stopping))
		return stops(&x->cx);
	err = exchange_reader(x, x->city, &r);
	if (err)
		return err;
	t->ended = false;
	err = exchange_view(x, &r, t);
	if (err && t->ended)
		err = say_ended(t->apart, &x->cx);
	node_reader_put(x->server->node, &r);
	return err;
}

static void *work(void *arg)
{
	struct apart_thread *t = arg;
	struct apart *a = t->apart;

	setpriority(PRIO_PROCESS, 0, ASIDE_NICE); /* to Linux this thread alone */
	for (;;) {
		struct waiting w;
		struct exchange *x;
		size_t n;
		pthread_mutex_lock(&a->lock);
		while (!(n = queue_take(a->queue, &w, 1)) && !atomic_load(&a->stopping))
			pthread_cond_wait(&a->some, &a->lock);
		pthread_mutex_unlock(&a->lock);
		if (!n)
			return NULL;
		x = w.arg;
		x->q.err = run(t, x);
		exchange_wake(x);
	}
}

enum err apart_queue(struct exchange *x)
{
	struct apart *a = x->server->apart;
	bool taken;

	x->q.who = x->who;
	x->q.city = x->city;
	pthread_mutex_lock(&a->lock);
	taken = queue_put(a->queue, &(struct waiting){.q = &x->q, .arg = x});
	if (taken)
		pthread_cond_signal(&a->some);
	pthread_mutex_unlock(&a->lock);
	return taken ? ERR_OK : cx_fail(&x->cx, ERR_BUSY, "too many of your requests wait; try again");
}

size_t apart_waiting(struct server *s)
{
	size_t n;

	pthread_mutex_lock(&s->apart->lock);
	n = queue_length(s->apart->queue);
	pthread_mutex_unlock(&s->apart->lock);
	return n;
}

void apart_tick(struct server *s)
{
	struct apart *a = s->apart;
	int64_t limit_us = server_now(s)->view_s * INT64_C(1000000);

	for (int i = 0; a && i < a->threads; i++) {
		struct apart_thread *t = &a->thread[i];
		pthread_mutex_lock(&t->lock);
		if (t->db && (atomic_load(&a->stopping) || monotonic_us() - t->begun_us > limit_us)) {
			t->ended = true;
			db_interrupt(t->db);
		}
		pthread_mutex_unlock(&t->lock);
	}
}

enum err apart_start(struct cx *cx, struct server *s)
{
	int threads = s->options.view_threads;
	struct apart *a = calloc(1, sizeof(*a) + (size_t)threads * sizeof(a->thread[0]));

	if (!a)
		return cx_fail(cx, ERR_MEMORY, "no memory for a server's threads");
	a->server = s;
	pthread_mutex_init(&a->lock, NULL);
	pthread_cond_init(&a->some, NULL);
	s->apart = a;
	if (queue_new(cx, APART_QUEUE_MAX, NODE_CITIES_MAX, &a->queue))
		return cx->err;
	for (; a->threads < threads; a->threads++) {
		struct apart_thread *t = &a->thread[a->threads];
		t->apart = a;
		pthread_mutex_init(&t->lock, NULL);
		errno = pthread_create(&t->thread, NULL, work, t);
		if (errno) {
			pthread_mutex_destroy(&t->lock);
			return cx_errno(cx, "start", "a thread");
		}
		pthread_setname_np(t->thread, "view");
	}
	return ERR_OK;
}

void apart_end(struct server *s)
{
	struct apart *a = s->apart;

	if (!a)
		return;
	pthread_mutex_lock(&a->lock);
	atomic_store(&a->stopping, true);
	pthread_cond_broadcast(&a->some);
	pthread_mutex_unlock(&a->lock);
	apart_tick(s);
}

void apart_stop(struct server *s)
{
	struct apart *a = s->apart;

	if (!a)
		return;
	for (int i = 0; i < a->threads; i++) {
		pthread_join(a->thread[i].thread, NULL);
		pthread_mutex_destroy(&a->thread[i].lock);
	}
	queue_free(a->queue);
	pthread_cond_destroy(&a->some);
	pthread_mutex_destroy(&a->lock);
	free(a);
	s->apart = NULL;
}
