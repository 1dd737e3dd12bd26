/* Once a minute: what falls due, bookings and offers that lapse, as actions of the system, through the same
 * queue as everyone's; a simulated city has its own clock, and whoever simulates it looks to this. And the
 * lives of cities that somebody has asked for are fed with what is new, so that counts are of all of it. */
#include <errno.h>
#include <sys/resource.h>
#include <time.h>

#include "programme/lives/lives.h"
#include "programme/tradein/tradein.h"
#include "server/http.h"

enum {
	PERIOD_S = 60,
	DUE_MAX = 1000,
	CITIES_MAX = NODE_CITIES_MAX,
	FEED_FROM = 5000, /* entries: who asks feeds fewer himself, unnoticed */
	FEED_ENTRIES = 50000, /* at a time: files are locked meanwhile, and who asks waits */
	FEED_WAIT_MS = 2000
};

struct schedule {
	struct server *server;
	pthread_mutex_t lock;
	pthread_cond_t tick;
	pthread_t thread;
	bool stopping;
	struct cx cx;
};

struct due {
	const char *type;
	int64_t item;
};
struct due_list {
	struct due due[DUE_MAX];
	int count;
};
struct stands { /* where a city's log does */
	int64_t city, size;
	bool simulated;
};

static const struct principal system_itself = {.roles = ROLE_SYSTEM};

/* What does not fit waits for the next minute. */
static enum err note(struct cx *cx, void *arg, const char *type, int64_t item)
{
	struct due_list *list = arg;

	(void)cx;
	if (list->count < DUE_MAX)
		list->due[list->count++] = (struct due){type, item};
	return ERR_OK;
}

static enum err read_cities(struct cx *cx, struct node *n, struct stands *city, int *count)
{
	static const char sql[] = "SELECT city, size, simulated FROM log_head ORDER BY city LIMIT $1";
	db_auto_rows *rows = NULL;
	struct reader r;
	enum err err;

	*count = 0;
	if (node_reader_get(cx, n, 0, system_itself, &r))
		return cx->err;
	err = db_query(cx, r.db, &rows, sql, DB_ARGS(db_i64(CITIES_MAX)));
	while (!err && db_next(cx, rows))
		city[(*count)++] = (struct stands){db_get_i64(rows, 0), db_get_i64(rows, 1),
						 db_get_i64(rows, 2) != 0};
	db_rows_free(rows);
	rows = NULL;
	node_reader_put(n, &r);
	return cx->err;
}

static enum err act(struct cx *cx, struct node *n, int64_t city, const struct due *due)
{
	struct json item = {.type = JSON_INT, .number = due->item}, *items[] = {&item};
	const char *names[] = {"item"};
	struct json body = {.type = JSON_OBJECT};
	struct request q;

	body.item = items;
	body.name = names;
	body.count = 1;
	if (request_read(cx, node_domain(n), due->type, city, &body, &q))
		return cx->err;
	q.who = system_itself;
	return node_act(cx, n, &q);
}

static bool is_stopping(struct schedule *s)
{
	bool stopping;

	pthread_mutex_lock(&s->lock);
	stopping = s->stopping;
	pthread_mutex_unlock(&s->lock);
	return stopping;
}

/* One that is refused (its owner has accepted meanwhile) does not keep the others. */
static void run_city(struct schedule *s, int64_t city)
{
	struct node *n = s->server->node;
	struct due_list *list = cx_alloc(&s->cx, sizeof(*list));
	struct reader r;
	enum err err;

	if (!list || node_reader_get(&s->cx, n, city, system_itself, &r))
		return;
	err = tradein_due(&s->cx, &r, cx_now(&s->cx), note, list);
	node_reader_put(n, &r);
	for (int i = 0; !err && i < list->count && !is_stopping(s); i++) {
		struct cx_mark mark = cx_mark(&s->cx);
		if (act(&s->cx, n, city, &list->due[i]))
			cx_clear(&s->cx);
		cx_restore(&s->cx, mark);
	}
}

/* Some entries more. false: that was all, or it failed: whoever asks is told why. */
static bool feed_some(struct schedule *s, const struct stands *c)
{
	const struct lives_options o = {.entries = FEED_ENTRIES, .wait_ms = FEED_WAIT_MS};
	struct cx_mark mark = cx_mark(&s->cx);
	struct lives *l = NULL;
	struct reader r;
	bool more = false;
	int64_t fed;

	if (node_reader_get(&s->cx, s->server->node, c->city, system_itself, &r))
		return false;
	if (r.projections && !lives_fed(&s->cx, r.projections, c->city, &fed) && fed >= 0 &&
	    c->size - fed >= FEED_FROM && !lives_open(&s->cx, r.projections, r.db, r.domain, c->city, &o, &l))
		more = lives_state(l).size < c->size;
	lives_close(l);
	node_reader_put(s->server->node, &r);
	cx_restore(&s->cx, mark);
	return more;
}

static void run_all(struct schedule *s)
{
	struct stands *city = cx_array(&s->cx, CITIES_MAX, sizeof(*city));
	int count = 0;

	if (!city || read_cities(&s->cx, s->server->node, city, &count))
		return;
	for (int i = 0; i < count && !is_stopping(s); i++) {
		cx_clear(&s->cx);
		if (!city[i].simulated)
			run_city(s, city[i].city);
	}
	for (int i = 0; i < count; i++)
		do
			cx_clear(&s->cx);
		while (!is_stopping(s) && feed_some(s, &city[i]));
}

static void *work(void *arg)
{
	struct schedule *s = arg;

	setpriority(PRIO_PROCESS, 0, ASIDE_NICE); /* to Linux this thread alone */
	while (!is_stopping(s)) {
		struct timespec t;
		run_all(s);
		cx_clear(&s->cx);
		cx_reset(&s->cx);
		clock_gettime(CLOCK_REALTIME, &t);
		t.tv_sec += PERIOD_S;
		pthread_mutex_lock(&s->lock);
		if (!s->stopping)
			pthread_cond_timedwait(&s->tick, &s->lock, &t);
		pthread_mutex_unlock(&s->lock);
	}
	return NULL;
}

enum err schedule_start(struct cx *cx, struct server *server)
{
	struct schedule *s = calloc(1, sizeof(*s));

	if (!s)
		return cx_fail(cx, ERR_MEMORY, "no memory for the scheduler");
	s->server = server;
	cx_init(&s->cx, 0);
	pthread_mutex_init(&s->lock, NULL);
	pthread_cond_init(&s->tick, NULL);
	errno = pthread_create(&s->thread, NULL, work, s);
	if (errno) {
		cx_done(&s->cx);
		free(s);
		return cx_errno(cx, "start", "a thread");
	}
	server->schedule = s;
	return ERR_OK;
}

void schedule_stop(struct server *server)
{
	struct schedule *s = server->schedule;

	if (!s)
		return;
	pthread_mutex_lock(&s->lock);
	s->stopping = true;
	pthread_cond_signal(&s->tick);
	pthread_mutex_unlock(&s->lock);
	pthread_join(s->thread, NULL);
	pthread_cond_destroy(&s->tick);
	pthread_mutex_destroy(&s->lock);
	cx_done(&s->cx);
	free(s);
	server->schedule = NULL;
}
