#include "server/node.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/time.h"
#include "codec/sign.h"
#include "db/migrations.h"
#include "kernel/packer.h"
#include "programme/evidence/evidence.h"
#include "programme/programme.h"
#include "server/settle.h"

enum { BATCH_LEAST = 32, CACHE_SHARE = 4 }; /* a city's writer has a quarter of the cache at most */
#define CACHE_USUAL ((size_t)256 * 1024 * 1024)
#define BATCH_US INT64_C(100000) /* that a batch should take at most */
#define QUICK_US INT64_C(1000)   /* that a sync takes at most on a quick disk: as deciding BATCH_LEAST */

struct node {
	struct cx cx; /* paths, and the writing thread's errors */
	struct db *db;
	struct keys *keys;
	struct domain declared;
	const struct domain *domain; /* declared, or that of the node which this one stands beside */
	bool beside;
	char *where, *keys_path, *evidence, *projections;
	bool read_only;
	struct writer *writer[NODE_CITIES_MAX];
	struct kept { /* by a city's writer */
		size_t bytes;
		int64_t used; /* when, in batches */
		bool rows;
	} kept[NODE_CITIES_MAX];
	size_t cache, kept_bytes; /* of all: at most, and now */
	int64_t batch;		  /* number of the last one */
	int cities;		  /* that have a writer */
	pthread_mutex_t lock;
	pthread_cond_t some; /* the queue has something, or stopping */
	pthread_t thread;
	bool started, stopping, sleeping;
	size_t holds; /* bytes of rows for it; 0: nothing is held back */
	struct packer *packer;	 /* NULL: packs are made at once */
	struct settler *settler; /* NULL: a commit is durable when it ends */
	atomic_bool broken;	 /* the disk did not take one: nothing is done any more */
	void (*on_broken)(void *arg);
	void *on_broken_arg;
	struct writer *held; /* the one writer that may hold something back, or NULL */
	int64_t held_city;   /* whose writer that is, or was; 0: none */
	struct queue *queue;
	pthread_mutex_t idle_lock; /* idle, idles */
	struct db *idle[NODE_READERS_MAX];
	int idles;
	struct node_stats stats;
	struct waiting taken[BATCH_MAX]; /* the batch that is written */
	struct waiting late[BATCH_MAX];	 /* the one before, not answered yet: on PostgreSQL */
	size_t lates;
	_Atomic uint64_t version[NODE_CITIES_MAX]; /* by city */
};

static enum err open_database(struct cx *cx, struct node *n, const struct node_options *o)
{
	int flags = (o->create ? DB_CREATE : 0) | (o->read_only ? DB_READ_ONLY : DB_SOLE);
	int64_t tables;

	if (db_open(cx, o->where, flags, &n->db))
		return cx->err;
	if (o->create) {
		const char *const *names;
		int count;
		if (db_tables(cx, n->db, &names, &count))
			return cx->err;
		tables = count;
		if (tables > 0)
			return cx_fail(cx, ERR_CONFLICT,
				       "%s holds a programme already; nothing was changed",
				       db_where(n->db));
	}
	if ((o->create || o->upgrade) && db_migrate(cx, n->db, relode_migrations, relode_migration_count))
		return cx->err;
	return db_check_schema(cx, n->db, relode_migrations, relode_migration_count);
}

static enum err open_all(struct cx *cx, struct node *n, const struct node_options *o)
{
	const char *name = strcmp(o->where, ":memory:") == 0 ? "relode" : o->where;

	n->cache = o->cache ? o->cache : CACHE_USUAL;
	n->where = cx_strdup(&n->cx, o->where);
	n->keys_path = db_beside(&n->cx, o->keys, name, "keys");
	n->evidence = db_beside(&n->cx, o->evidence, name, "evidence");
	n->projections = db_beside(&n->cx, NULL, name, "lives");
	if (!n->where || !n->keys_path || !n->evidence || !n->projections)
		return cx_fail(cx, ERR_MEMORY, "no memory for a node");
	if (domain_init(cx, &n->declared, programme_features) || open_database(cx, n, o))
		return cx->err;
	if (keys_open(cx, n->keys_path, o->create, &n->keys))
		return cx->err;
	if (o->read_only && !file_exists(n->evidence))
		return ERR_OK; /* reading makes no folder */
	return evidence_open(cx, n->evidence);
}

static struct node *node_new(struct cx *cx, bool read_only)
{
	struct node *n = calloc(1, sizeof(*n));

	if (!n) {
		cx_fail(cx, ERR_MEMORY, "no memory for a node");
		return NULL;
	}
	sign_setup();
	cx_init(&n->cx, 0);
	pthread_mutex_init(&n->lock, NULL);
	pthread_mutex_init(&n->idle_lock, NULL);
	pthread_cond_init(&n->some, NULL);
	n->read_only = read_only;
	return n;
}

enum err node_beside(struct cx *cx, struct node *n, struct node **out)
{
	struct node *m = node_new(cx, n->read_only);

	if (!m)
		return cx->err;
	m->beside = true;
	m->keys = n->keys;
	m->domain = n->domain;
	m->where = n->where;
	m->cache = n->cache;
	m->projections = n->projections;
	if (db_open(cx, n->where, n->read_only ? DB_READ_ONLY : DB_SOLE, &m->db)) {
		node_close(m);
		return cx->err;
	}
	*out = m;
	return ERR_OK;
}

enum err node_open(struct cx *cx, const struct node_options *options, struct node **out)
{
	struct node *n = node_new(cx, options->read_only);

	if (!n)
		return cx->err;
	n->domain = &n->declared;
	if (open_all(cx, n, options)) {
		node_close(n);
		return cx->err;
	}
	*out = n;
	return ERR_OK;
}

void node_close(struct node *n)
{
	if (!n)
		return;
	if (n->started) {
		pthread_mutex_lock(&n->lock);
		n->stopping = true;
		pthread_cond_broadcast(&n->some);
		pthread_mutex_unlock(&n->lock);
		pthread_join(n->thread, NULL);
	}
	settler_free(n->settler);
	for (int i = 0; i < NODE_CITIES_MAX; i++)
		writer_free(n->writer[i]);
	packer_free(n->packer);
	while (n->idles)
		db_close(n->idle[--n->idles]);
	queue_free(n->queue);
	db_close(n->db);
	if (!n->beside)
		keys_close(n->keys);
	pthread_cond_destroy(&n->some);
	pthread_mutex_destroy(&n->lock);
	pthread_mutex_destroy(&n->idle_lock);
	cx_done(&n->cx);
	free(n);
}

const struct domain *node_domain(const struct node *n) { return n->domain; }
struct keys *node_keys(const struct node *n) { return n->keys; }
struct db *node_db(const struct node *n) { return n->db; }
const char *node_where(const struct node *n) { return db_where(n->db); }

const struct view *node_view(const struct node *n, const char *name)
{
	for (const struct feature *const *f = n->domain->features; *f; f++)
		for (const struct view *v = (*f)->views; v && v->name; v++)
			if (strcmp(v->name, name) == 0)
				return v;
	return NULL;
}

/* --- writing --- */

static void refuse(struct request *q, enum err err, const char *msg)
{
	q->err = cx_fail(q->cx, err, "%s", cx_say(q->cx, msg));
}

/* The writer of a city is made at its first request. */
static struct writer *writer_of(struct node *n, int64_t city)
{
	if (n->writer[city])
		return n->writer[city];
	if (writer_new(&n->cx, n->db, n->domain, n->keys, city, &n->writer[city]))
		return NULL;
	writer_keep(n->writer[city], n->cache / CACHE_SHARE);
	if (n->packer)
		writer_pack_apart(n->writer[city], n->packer);
	n->cities++;
	return n->writer[city];
}

/* What a city's writer keeps now. */
static void count_kept(struct node *n, int64_t city, bool rows)
{
	struct kept *k = &n->kept[city];
	size_t bytes = n->writer[city] ? writer_bytes(n->writer[city]) : 0;

	n->kept_bytes += bytes - k->bytes;
	*k = (struct kept){.bytes = bytes, .used = rows ? n->batch : k->used, .rows = rows};
}

static void drop_writer(struct node *n, int64_t city)
{
	writer_free(n->writer[city]);
	n->writer[city] = NULL;
	n->cities--;
	count_kept(n, city, false);
}

/* Of those who keep anything, or rows; not the one of the last batch. -1: none. */
static int64_t least_used(const struct node *n, bool rows)
{
	int64_t least = -1;

	for (int64_t city = 0; city < NODE_CITIES_MAX; city++) {
		const struct kept *k = &n->kept[city];
		if (n->writer[city] && k->used < n->batch && (k->rows || !rows) &&
		    (least < 0 || k->used < n->kept[least].used))
			least = city;
	}
	return least;
}

/* Rows are read again one by one, as they are asked for; keys are thousands of entries at once. */
static void make_room(struct node *n)
{
	size_t enough = n->cache / CACHE_SHARE * (CACHE_SHARE - 1);
	int64_t city;

	if (n->kept_bytes <= n->cache || n->holds)
		return;
	while (n->kept_bytes > enough && (city = least_used(n, true)) >= 0) {
		cx_clear(&n->cx);
		if (writer_rest(&n->cx, n->writer[city]))
			drop_writer(n, city);
		else
			count_kept(n, city, false);
	}
	while (n->kept_bytes > enough && (city = least_used(n, false)) >= 0)
		drop_writer(n, city);
}

/* One city after the other: the one before is over, and so are the rows that its writer keeps. */
static void hold(struct node *n, int64_t city, struct writer *w)
{
	if (n->held_city && n->held_city != city && n->writer[n->held_city])
		drop_writer(n, n->held_city);
	writer_hold(w, n->holds);
	n->held = w;
	n->held_city = city;
}

static void run_city(struct node *n, int64_t city, struct request **q, size_t count)
{
	struct writer *w;
	struct log_head head;

	if (city < 0 || city >= NODE_CITIES_MAX || n->read_only) {
		for (size_t i = 0; i < count; i++)
			refuse(q[i], n->read_only ? ERR_CONFLICT : ERR_NOT_FOUND,
			       n->read_only ? "the database was opened for reading only" :
					      "there is no such city");
		return;
	}
	cx_clear(&n->cx);
	w = writer_of(n, city);
	if (w && n->held && n->held != w && node_flush(&n->cx, n))
		w = NULL;
	if (!w) {
		for (size_t i = 0; i < count; i++)
			q[i]->err = cx_pass(q[i]->cx, &n->cx);
		return;
	}
	if (n->holds && city != 0)
		hold(n, city, w);
	writer_run(w, q, count);
	atomic_fetch_add(&n->version[city], 1);
	n->batch++;
	if (writer_head(w, &head)) {
		count_kept(n, city, true);
		return;
	}
	if (n->held == w) { /* nothing opened it: do not keep a writer for every number asked for */
		n->held = NULL;
		n->held_city = 0;
	}
	drop_writer(n, city);
}

void node_hold(struct node *n, size_t keep)
{
	BUG(n->started);
	n->holds = keep;
}

enum err node_flush(struct cx *cx, struct node *n)
{
	struct writer *w = n->held;

	n->held = NULL;
	return w ? writer_flush(cx, w) : ERR_OK;
}

static void run_cities(struct node *n, struct request **q, size_t count)
{
	for (size_t i = 0, k; i < count; i = k) {
		for (k = i + 1; k < count && q[k]->city == q[i]->city && k - i < BATCH_MAX; k++)
			;
		run_city(n, q[i]->city, q + i, k - i);
	}
}

void node_run(struct node *n, struct request **q, size_t count)
{
	run_cities(n, q, count);
	make_room(n);
}

static int by_city(const void *a, const void *b)
{
	const struct waiting *x = *(const struct waiting *const *)a, *y = *(const struct waiting *const *)b;

	if (x->q->city != y->q->city)
		return x->q->city < y->q->city ? -1 : 1;
	return x < y ? -1 : 1; /* the order of arrival within a city */
}

static void run_waiting(struct node *n, struct waiting *w, size_t count)
{
	struct waiting *order[BATCH_MAX];
	struct request *q[BATCH_MAX];
	bool sorted = true;

	for (size_t i = 0; i < count; i++) {
		order[i] = &w[i];
		sorted = sorted && (i == 0 || w[i].q->city >= w[i - 1].q->city);
	}
	if (!sorted)
		qsort(order, count, sizeof(order[0]), by_city);
	for (size_t i = 0; i < count; i++)
		q[i] = order[i]->q;
	if (!atomic_load(&n->broken))
		run_cities(n, q, count);
	for (size_t i = 0; i < count && atomic_load(&n->broken); i++)
		refuse(q[i], ERR_BUSY,
		       "the disk did not take what was written last: the server must be started again");
}

static void count_batch(struct node_stats *s, size_t count)
{
	int size = 0;

	while (((size_t)1 << size) < count)
		size++;
	s->batches[size]++;
	s->actions += (int64_t)count;
}

/* A batch shall not take long: whoever comes next waits for it, however few requests it has itself. Under
 * a flood on a slow machine fewer are taken at a time; as long as there is time, more. */
static size_t adapt(size_t take, size_t done, int64_t took_us)
{
	if (took_us > BATCH_US && done > BATCH_LEAST)
		return done / 2 > BATCH_LEAST ? done / 2 : BATCH_LEAST;
	if (took_us < BATCH_US / 2 && done == take)
		return take * 2 < BATCH_MAX ? take * 2 : BATCH_MAX;
	return take;
}

/* To wait for it costs less than to hand over to a thread that does, and what comes meanwhile makes a
 * batch. Then no more are taken than half of those who wait: while they are decided, the answers and the
 * next requests of the others are on their way (docs/adr/0044). */
static bool is_quick(const struct node *n)
{
	return n->settler && settler_took_us(n->settler) <= QUICK_US;
}

static size_t half(size_t waiting)
{
	return waiting > 2 * BATCH_LEAST ? (waiting + 1) / 2 : BATCH_LEAST;
}

static void answer_now(const struct waiting *w, size_t count)
{
	for (size_t i = 0; i < count; i++)
		w[i].done(w[i].q, w[i].arg);
}

static void answer_late(void *arg)
{
	struct node *n = arg;

	answer_now(n->late, n->lates);
	n->lates = 0;
}

/* PostgreSQL has most of a batch's time, and this thread then nothing to do: that is when it answers the
 * batch before, or when there is no next one (docs/adr/0051). */
static void answer(struct node *n, const struct waiting *w, size_t count, bool quick)
{
	if (quick) {
		settler_here(n->settler, &n->cx, w, count);
	} else if (n->settler) {
		settler_put(n->settler, w, count);
	} else if (db_engine(n->db) == DB_POSTGRESQL) {
		answer_late(n); /* where this batch wrote nothing, nobody has yet */
		memcpy(n->late, w, count * sizeof(*w));
		n->lates = count;
	} else {
		answer_now(w, count);
	}
}

/* Waits for something to do. 0: stopping. */
static size_t take_batch(struct node *n, size_t take, bool quick)
{
	size_t count;

	pthread_mutex_lock(&n->lock);
	n->stats.cities = n->cities;
	n->stats.cache_bytes = (int64_t)n->kept_bytes;
	if (n->lates && queue_length(n->queue) == 0) {
		pthread_mutex_unlock(&n->lock);
		answer_late(n);
		pthread_mutex_lock(&n->lock);
	}
	while (queue_length(n->queue) == 0 && !n->stopping) {
		n->sleeping = true;
		pthread_cond_wait(&n->some, &n->lock);
	}
	n->sleeping = false;
	count = quick ? half(queue_length(n->queue)) : take;
	count = queue_take(n->queue, n->taken, count < take ? count : take);
	if (count > 0)
		count_batch(&n->stats, count);
	pthread_mutex_unlock(&n->lock);
	return count;
}

static void *write_loop(void *arg)
{
	size_t take = BATCH_MAX / 4, count;
	struct node *n = arg;

	for (;;) {
		bool quick = is_quick(n);
		int64_t begun_us;
		count = take_batch(n, take, quick);
		if (count == 0)
			return NULL;
		begun_us = monotonic_us();
		run_waiting(n, n->taken, count);
		answer(n, n->taken, count, quick);
		make_room(n);
		take = adapt(take, count, monotonic_us() - begun_us);
	}
}

static void breaks(void *arg)
{
	struct node *n = arg;

	if (!atomic_exchange(&n->broken, true) && n->on_broken)
		n->on_broken(n->on_broken_arg);
}

void node_on_broken(struct node *n, void (*fn)(void *arg), void *arg)
{
	BUG(n->started);
	n->on_broken = fn;
	n->on_broken_arg = arg;
}

bool node_broken(const struct node *n) { return atomic_load(&n->broken); }
enum err node_settle(struct cx *cx, struct node *n) { return db_settle(cx, n->db); }

/* PostgreSQL leaves the writing thread time enough; what is held back is packed as it comes. */
static enum err pack_apart(struct cx *cx, struct node *n)
{
	if (db_engine(n->db) != DB_SQLITE || n->holds || n->read_only)
		return ERR_OK;
	if (packer_new(cx, n->where, &n->packer))
		return cx->err;
	for (int i = 0; i < NODE_CITIES_MAX; i++)
		if (n->writer[i])
			writer_pack_apart(n->writer[i], n->packer);
	return ERR_OK;
}

/* Where it can be: else commits are durable when they end, and the writing thread answers. */
static enum err settle_apart(struct cx *cx, struct node *n)
{
	if (db_defer(cx, n->db) == ERR_OK)
		return settler_new(cx, n->db, breaks, n, &n->settler);
	if (cx->err != ERR_UNSUPPORTED)
		return cx->err;
	cx_clear(cx);
	return ERR_OK;
}

enum err node_start(struct cx *cx, struct node *n)
{
	int no;

	if (queue_new(cx, NODE_QUEUE_MAX, NODE_CITIES_MAX, &n->queue) || pack_apart(cx, n) ||
	    settle_apart(cx, n))
		return cx->err;
	db_on_wait(n->db, answer_late, n);
	no = pthread_create(&n->thread, NULL, write_loop, n);
	if (no) {
		errno = no;
		return cx_errno(cx, "start", "the writing thread");
	}
	n->started = true;
	return ERR_OK;
}

static enum err no_room(struct cx *cx, const struct node *n)
{
	return cx_fail(cx, ERR_BUSY, n->stopping ? "the server is stopping" :
						   "too many of your requests wait; try again");
}

enum err node_room(struct cx *cx, struct node *n, int64_t city, const struct principal *who)
{
	bool room;

	pthread_mutex_lock(&n->lock);
	room = !n->stopping && queue_room(n->queue, city, who);
	n->stats.refused += !room;
	pthread_mutex_unlock(&n->lock);
	return room ? ERR_OK : no_room(cx, n);
}

enum err node_submit(struct cx *cx, struct node *n, struct request *q,
		     void (*done)(struct request *, void *arg), void *arg)
{
	bool taken;

	BUG(!n->started);
	writer_prepare(n->keys, q);
	pthread_mutex_lock(&n->lock);
	taken = !n->stopping && queue_put(n->queue, &(struct waiting){q, done, arg});
	n->stats.refused += !taken;
	if (taken && n->sleeping) {
		n->sleeping = false;
		pthread_cond_signal(&n->some);
	}
	pthread_mutex_unlock(&n->lock);
	return taken ? ERR_OK : no_room(cx, n);
}

struct rendezvous {
	pthread_mutex_t lock;
	pthread_cond_t done;
	bool is_done;
};

static void meet(struct request *q, void *arg)
{
	struct rendezvous *r = arg;

	(void)q;
	pthread_mutex_lock(&r->lock);
	r->is_done = true;
	pthread_cond_signal(&r->done);
	pthread_mutex_unlock(&r->lock);
}

enum err node_act(struct cx *cx, struct node *n, struct request *q)
{
	struct rendezvous r = {.lock = PTHREAD_MUTEX_INITIALIZER, .done = PTHREAD_COND_INITIALIZER};

	if (!n->started) {
		node_run(n, &q, 1);
		return q->err;
	}
	if (node_submit(cx, n, q, meet, &r))
		return cx->err;
	pthread_mutex_lock(&r.lock);
	while (!r.is_done)
		pthread_cond_wait(&r.done, &r.lock);
	pthread_mutex_unlock(&r.lock);
	return q->err;
}

size_t node_waiting(struct node *n)
{
	size_t count;

	pthread_mutex_lock(&n->lock);
	count = n->queue ? queue_length(n->queue) : 0;
	pthread_mutex_unlock(&n->lock);
	return count;
}

void node_stats(struct node *n, struct node_stats *out)
{
	pthread_mutex_lock(&n->lock);
	*out = n->stats;
	pthread_mutex_unlock(&n->lock);
}

/* --- reading --- */

uint64_t node_programme_version(const struct node *n) { return atomic_load(&n->version[0]); }

/* An SQLite file has one process that writes, which is this one unless it only reads. */
bool node_version(const struct node *n, int64_t city, uint64_t *out)
{
	if (n->read_only || db_engine(n->db) != DB_SQLITE || city < 0 || city >= NODE_CITIES_MAX)
		return false;
	*out = atomic_load(&n->version[city]);
	return true;
}

enum err node_session_open(struct cx *cx, struct node *n, struct db **out)
{
	return db_open(cx, n->where, 0, out);
}

enum err node_reader_get(struct cx *cx, struct node *n, int64_t city, struct principal who,
			 struct reader *out)
{
	struct db *db = NULL;

	if (!n->started) { /* one thread: the writing handle serves */
		*out = (struct reader){.db = n->db,
				       .domain = n->domain,
				       .keys = n->keys,
				       .who = who,
				       .city = city,
				       .projections = n->projections};
		return ERR_OK;
	}
	pthread_mutex_lock(&n->idle_lock);
	if (n->idles > 0)
		db = n->idle[--n->idles];
	pthread_mutex_unlock(&n->idle_lock);
	if (!db && db_open(cx, n->where, DB_READ_ONLY, &db))
		return cx->err;
	*out = (struct reader){.db = db, .domain = n->domain, .keys = n->keys, .who = who, .city = city,
			       .projections = n->projections};
	return ERR_OK;
}

void node_reader_put(struct node *n, struct reader *r)
{
	struct db *db = r->db;

	r->db = NULL;
	if (!db || db == n->db)
		return;
	pthread_mutex_lock(&n->idle_lock);
	if (n->idles < NODE_READERS_MAX) {
		n->idle[n->idles++] = db;
		db = NULL;
	}
	pthread_mutex_unlock(&n->idle_lock);
	db_close(db);
}
