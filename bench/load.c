#include "load.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/time.h"

enum { ANSWER_MAX = 256 * 1024, EVENTS = 256 };

struct caller {
	int fd;
	int64_t n, begun_us;
	size_t have, need; /* bytes of the answer; need 0: its head is not whole yet */
	size_t cap;
	int status;
	char *in;
};

struct run {
	struct cx *cx;
	const struct load *load;
	struct load_result r;
	struct caller *caller;
	int epoll;
	int64_t next, until_us;
	int32_t *sample;
	size_t samples;
};

static bool ask(struct run *u, struct caller *c)
{
	char buf[LOAD_REQUEST_MAX];
	size_t n;

	c->n = u->next++;
	n = u->load->request(u->load->arg, c->n, buf, sizeof(buf));
	c->have = c->need = 0;
	c->begun_us = monotonic_us();
	return send(c->fd, buf, n, MSG_NOSIGNAL) == (ssize_t)n;
}

static bool dial(struct run *u, struct caller *c)
{
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)u->load->port),
				 .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	struct epoll_event e = {.events = EPOLLIN, .data.ptr = c};
	int one = 1;

	c->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (c->fd < 0)
		return false;
	setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	if (!connect(c->fd, (struct sockaddr *)&to, sizeof(to)) &&
	    !epoll_ctl(u->epoll, EPOLL_CTL_ADD, c->fd, &e))
		return true;
	close(c->fd);
	c->fd = -1;
	return false;
}

static void again(struct run *u, struct caller *c)
{
	u->r.broken++;
	if (c->fd >= 0)
		close(c->fd);
	c->fd = -1;
	if (monotonic_us() < u->until_us && dial(u, c) && !ask(u, c)) {
		close(c->fd);
		c->fd = -1;
	}
}

/* The head is whole: where the body ends. false: this is no answer that we understand. */
static bool read_head(struct caller *c)
{
	const char *end = memmem(c->in, c->have, "\r\n\r\n", 4), *length;

	if (!end)
		return c->have < c->cap - 1;
	if (c->have < 12 || memcmp(c->in, "HTTP/1.", 7) != 0)
		return false;
	c->status = (int)strtol(c->in + 9, NULL, 10);
	length = strcasestr(c->in, "\r\nContent-Length:");
	c->need = (size_t)(end - c->in) + 4;
	if (length && length < end)
		c->need += (size_t)strtoul(length + 17, NULL, 10);
	return c->need < ANSWER_MAX;
}

static void count(struct run *u, struct caller *c)
{
	int64_t took = monotonic_us() - c->begun_us;

	if (c->status >= 200 && c->status < 300) {
		u->r.done++;
		if (u->samples < LOAD_SAMPLES_MAX)
			u->sample[u->samples++] = (int32_t)took;
		if (u->load->answered)
			u->load->answered(u->load->arg, c->n, strstr(c->in, "\r\n\r\n") + 4);
	} else if (c->status == 429 || c->status == 503) {
		u->r.busy++;
	} else {
		u->r.failed++;
		u->r.last_failed = c->status;
	}
}

static bool grow(struct caller *c, size_t cap)
{
	char *bigger = cap < ANSWER_MAX ? realloc(c->in, cap) : NULL;

	if (bigger) {
		c->in = bigger;
		c->cap = cap;
	}
	return bigger != NULL;
}

static void hear(struct run *u, struct caller *c)
{
	ssize_t got = recv(c->fd, c->in + c->have, c->cap - 1 - c->have, 0);

	if (got <= 0) {
		again(u, c);
		return;
	}
	c->have += (size_t)got;
	c->in[c->have] = 0;
	if ((c->need == 0 && !read_head(c)) || (c->need >= c->cap && !grow(c, c->need + 1))) {
		again(u, c);
		return;
	}
	if (c->need == 0 || c->have < c->need)
		return;
	count(u, c);
	if (monotonic_us() < u->until_us && !ask(u, c))
		again(u, c);
	else if (monotonic_us() >= u->until_us)
		c->begun_us = 0; /* has nothing to wait for */
}

static int by_number(const void *a, const void *b)
{
	int32_t x = *(const int32_t *)a, y = *(const int32_t *)b;

	return (x > y) - (x < y);
}

static bool waits(const struct run *u)
{
	for (int i = 0; i < u->load->connections; i++)
		if (u->caller[i].fd >= 0 && u->caller[i].begun_us)
			return true;
	return false;
}

/* Until the time is over and what was asked has been answered, or two seconds later. */
static void turn(struct run *u)
{
	struct epoll_event e[EVENTS];

	while (monotonic_us() < u->until_us || (monotonic_us() < u->until_us + 2000000 && waits(u))) {
		int n = epoll_wait(u->epoll, e, EVENTS, 100);
		for (int i = 0; i < n; i++)
			hear(u, e[i].data.ptr);
	}
}

static enum err prepare(struct run *u)
{
	const struct load *l = u->load;
	struct rlimit files = {(rlim_t)l->connections + 100, (rlim_t)l->connections + 100}, have;

	if (!getrlimit(RLIMIT_NOFILE, &have) && have.rlim_cur < files.rlim_cur) {
		files.rlim_max = have.rlim_max > files.rlim_max ? have.rlim_max : files.rlim_max;
		setrlimit(RLIMIT_NOFILE, &files);
	}
	u->caller = calloc((size_t)l->connections, sizeof(*u->caller));
	u->sample = malloc(LOAD_SAMPLES_MAX * sizeof(*u->sample));
	u->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (!u->caller || !u->sample || u->epoll < 0)
		return cx_fail(u->cx, ERR_MEMORY, "no memory for %d callers", l->connections);
	for (int i = 0; i < l->connections; i++) {
		u->caller[i].fd = -1;
		if (!grow(&u->caller[i], 4096))
			return cx_fail(u->cx, ERR_MEMORY, "no memory for %d callers", l->connections);
		if (!dial(u, &u->caller[i]))
			u->r.broken++;
	}
	return ERR_OK;
}

static void finish(struct run *u)
{
	for (int i = 0; u->caller && i < u->load->connections; i++) {
		if (u->caller[i].fd >= 0)
			close(u->caller[i].fd);
		free(u->caller[i].in);
	}
	free(u->caller);
	free(u->sample);
	if (u->epoll >= 0)
		close(u->epoll);
}

enum err load_run(struct cx *cx, const struct load *load, struct load_result *out)
{
	struct run u = {.cx = cx, .load = load, .epoll = -1};
	int64_t begin;

	BUG(load->connections < 1 || load->connections > LOAD_CONNECTIONS_MAX);
	if (prepare(&u)) {
		finish(&u);
		return cx->err;
	}
	begin = monotonic_us();
	u.until_us = begin + (int64_t)(load->seconds * 1e6);
	for (int i = 0; i < load->connections; i++)
		if (u.caller[i].fd >= 0 && !ask(&u, &u.caller[i]))
			again(&u, &u.caller[i]);
	turn(&u);
	u.r.seconds = (double)(monotonic_us() - begin) / 1e6;
	qsort(u.sample, u.samples, sizeof(*u.sample), by_number);
	if (u.samples) {
		u.r.p50_us = u.sample[u.samples / 2];
		u.r.p99_us = u.sample[u.samples - 1 - u.samples / 100];
	}
	*out = u.r;
	finish(&u);
	return ERR_OK;
}
