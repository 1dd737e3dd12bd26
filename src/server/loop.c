/* The web threads. */
#include "server/loop.h"

#include <errno.h>
#include <microhttpd.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/time.h"

enum { RANDOM_BYTES = 4096, LOG_BYTES = 64 * 1024, TURN_MS = 1000, FULL_US = 100 * 1000 };

struct loop {
	struct server *server;
	struct MHD_Daemon *daemon;
	pthread_t thread;
	bool running;
	int epoll_fd, wake_fd;
	atomic_bool quiesce, stop;
	atomic_bool quiet;       /* takes no more connections */
	pthread_mutex_t lock;    /* awake, last */
	struct exchange *awake, **last;
	atomic_int active, asleep, connections; /* counted by the thread alone */
	int connections_max;
	int64_t full_until_us;   /* the system had no room for one more connection */
	int number;
	struct known *known;     /* the thread's own from here on */
	struct exchange *kept;
	int kept_n;
	unsigned char random[RANDOM_BYTES];
	size_t random_left, log_n;
	char log[LOG_BYTES];
};

enum err loop_new(struct cx *cx, struct server *s, int number, struct loop **out)
{
	struct loop *l = calloc(1, sizeof(*l));

	if (!l)
		return cx_fail(cx, ERR_MEMORY, "no memory for a web thread");
	if (known_new(cx, &l->known)) {
		free(l);
		return cx->err;
	}
	l->server = s;
	l->number = number;
	l->last = &l->awake;
	pthread_mutex_init(&l->lock, NULL);
	l->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (l->wake_fd < 0) {
		known_free(l->known);
		free(l);
		return cx_errno(cx, "open", "an eventfd");
	}
	*out = l;
	return ERR_OK;
}

struct server *loop_server(struct loop *l) { return l->server; }
int loop_number(const struct loop *l) { return l->number; }
struct known *loop_known(struct loop *l) { return l->known; }

/* --- counting --- */

static void add(atomic_int *n, int by)
{
	atomic_store_explicit(n, atomic_load_explicit(n, memory_order_relaxed) + by, memory_order_release);
}

void loop_asleep(struct loop *l) { add(&l->asleep, 1); }
void loop_not_asleep(struct loop *l) { add(&l->asleep, -1); }

struct loop_load loop_load(const struct loop *l)
{
	struct loop_load load = {0};

	if (l) {
		load.active = atomic_load_explicit(&l->active, memory_order_acquire);
		load.asleep = atomic_load_explicit(&l->asleep, memory_order_acquire);
		load.connections = atomic_load_explicit(&l->connections, memory_order_acquire);
	}
	return load;
}

void loop_connections(struct loop *l, int by) { add(&l->connections, by); }

void loop_set_daemon(struct loop *l, struct MHD_Daemon *daemon, int connections_max)
{
	l->daemon = daemon;
	l->connections_max = connections_max;
	l->epoll_fd = MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd;
}

/* --- waking --- */

static void ring(struct loop *l)
{
	uint64_t one = 1;
	ssize_t done = write(l->wake_fd, &one, sizeof(one));

	(void)done; /* it can fail only when it is rung already */
}

void loop_wake(struct loop *l, struct exchange *x)
{
	bool first;

	pthread_mutex_lock(&l->lock);
	first = !l->awake;
	x->next_awake = NULL;
	*l->last = x;
	l->last = &x->next_awake;
	pthread_mutex_unlock(&l->lock);
	if (first)
		ring(l);
}

static void resume_all(struct loop *l)
{
	struct exchange *x, *next;
	uint64_t rung;
	ssize_t got = read(l->wake_fd, &rung, sizeof(rung));

	(void)got;
	pthread_mutex_lock(&l->lock);
	x = l->awake;
	l->awake = NULL;
	l->last = &l->awake;
	pthread_mutex_unlock(&l->lock);
	for (; x; x = next) {
		next = x->next_awake;
		x->stage = STAGE_AWAKE;
		loop_not_asleep(l);
		MHD_resume_connection(x->connection);
	}
}

/* --- new connections --- */

static int connections(const struct loop *l) { return loop_load(l).connections; }

static struct loop *with_fewest(const struct server *s)
{
	struct loop *least = s->loop[0];

	for (int i = 1; i < s->options.threads; i++)
		if (connections(s->loop[i]) < connections(least))
			least = s->loop[i];
	return least;
}

/* This thread waits for connections. The rest stay in the system's line: for a thread with fewer, or until
 * there is room. */
static bool takes_more(const struct loop *l)
{
	return !atomic_load(&l->quiet) && connections(l) < l->connections_max &&
	       connections(l) <= connections(with_fewest(l->server)) && monotonic_us() >= l->full_until_us;
}

/* Whoever has fewest now may have stopped waiting when he had not: he is told. */
static void take_one(struct loop *l)
{
	struct sockaddr_storage from;
	socklen_t n = sizeof(from);
	struct loop *next;
	int fd = accept4(l->server->listen_fd, (struct sockaddr *)&from, &n, SOCK_CLOEXEC | SOCK_NONBLOCK);

	if (fd < 0) { /* another thread was faster, the caller has gone, or it is too much for the system */
		if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM)
			l->full_until_us = monotonic_us() + FULL_US;
		return;
	}
	MHD_add_connection(l->daemon, fd, (struct sockaddr *)&from, n); /* closes it when it is refused */
	next = with_fewest(l->server);
	if (connections(next) < connections(l))
		ring(next);
}

/* --- the thread --- */

static void write_log(struct loop *l)
{
	int fd = server_now(l->server)->log_fd;
	const char *p = l->log;
	size_t left = l->log_n;

	while (left > 0) {
		ssize_t done = write(fd, p, left);
		if (done <= 0)
			break; /* a log that cannot be written must not stop the work */
		p += done;
		left -= (size_t)done;
	}
	l->log_n = 0;
}

void loop_log(struct loop *l, const char *line, size_t n)
{
	if (n > sizeof(l->log))
		return;
	if (n > sizeof(l->log) - l->log_n)
		write_log(l);
	memcpy(l->log + l->log_n, line, n);
	l->log_n += n;
}

static int wait_ms(struct loop *l)
{
	MHD_UNSIGNED_LONG_LONG ms;

	if (MHD_get_timeout(l->daemon, &ms) == MHD_YES && ms < TURN_MS)
		return (int)ms;
	return TURN_MS;
}

static void *turn(void *arg)
{
	struct loop *l = arg;
	enum { LIBRARY, WOKEN, LISTENING };
	struct pollfd fd[] = {[LIBRARY] = {.fd = l->epoll_fd, .events = POLLIN},
			      [WOKEN] = {.fd = l->wake_fd, .events = POLLIN},
			      [LISTENING] = {.events = POLLIN}};

	while (!atomic_load(&l->stop)) {
		if (atomic_load(&l->quiesce))
			atomic_store(&l->quiet, true);
		fd[LISTENING].fd = takes_more(l) ? l->server->listen_fd : -1;
		poll(fd, ARRAY_LEN(fd), wait_ms(l));
		if (fd[WOKEN].revents)
			resume_all(l);
		if (fd[LISTENING].revents)
			take_one(l);
		MHD_run(l->daemon);
		if (l->log_n > 0)
			write_log(l);
	}
	return NULL;
}

enum err loop_start(struct cx *cx, struct loop *l)
{
	sigset_t set, was;

	sigemptyset(&set);
	sigaddset(&set, SIGPIPE); /* a caller that went away is an error of write, no signal */
	pthread_sigmask(SIG_BLOCK, &set, &was);
	errno = pthread_create(&l->thread, NULL, turn, l);
	l->running = errno == 0;
	pthread_sigmask(SIG_SETMASK, &was, NULL);
	if (!l->running)
		return cx_errno(cx, "start", "a web thread");
	pthread_setname_np(l->thread, "web");
	return ERR_OK;
}

void loop_quiesce(struct loop *l)
{
	atomic_store(&l->quiesce, true);
	ring(l);
}

bool loop_is_quiet(struct loop *l) { return !l->running || atomic_load(&l->quiet); }

void loop_free(struct loop *l)
{
	if (!l)
		return;
	if (l->running) {
		atomic_store(&l->stop, true);
		ring(l);
		pthread_join(l->thread, NULL);
	}
	if (l->daemon)
		MHD_stop_daemon(l->daemon);
	if (l->log_n > 0)
		write_log(l);
	while (l->kept) {
		struct exchange *x = l->kept;
		l->kept = x->next_awake;
		cx_done(&x->cx);
		free(x);
	}
	known_free(l->known);
	close(l->wake_fd);
	pthread_mutex_destroy(&l->lock);
	free(l);
}

/* --- exchanges --- */

struct exchange *loop_exchange(struct loop *l)
{
	static const size_t from = offsetof(struct exchange, server), to = offsetof(struct exchange, query);
	struct exchange *x = l->kept;

	if (x) {
		l->kept = x->next_awake;
		l->kept_n--;
		memset((char *)x + from, 0, to - from);
		x->query.count = 0;
	} else {
		x = calloc(1, sizeof(*x));
		if (!x)
			return NULL;
		if (!cx_init(&x->cx, 2 * (size_t)ANSWER_MAX)) { /* it would be kept for others, too */
			free(x);
			return NULL;
		}
	}
	x->loop = l;
	add(&l->active, 1);
	return x;
}

void loop_exchange_done(struct exchange *x)
{
	struct loop *l = x->loop;

	add(&l->active, -1);
	if (l->kept_n == LOOP_KEPT_MAX) {
		cx_done(&x->cx);
		free(x);
		return;
	}
	cx_reset(&x->cx);
	x->next_awake = l->kept;
	l->kept = x;
	l->kept_n++;
}

void loop_random(struct loop *l, void *out, size_t n)
{
	BUG(n > RANDOM_BYTES);
	if (l->random_left < n) {
		cx_random(&l->server->cx, l->random, sizeof(l->random));
		l->random_left = sizeof(l->random);
	}
	memcpy(out, l->random + RANDOM_BYTES - l->random_left, n);
	l->random_left -= n;
}
