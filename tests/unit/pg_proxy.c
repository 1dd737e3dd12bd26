#include "pg_proxy.h"

#include <poll.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { LINKS = 16, BUFFER = 1 << 22, URI_BYTES = 1024, POLL_MS = 20 };

/* One way of a connection: bytes that came and do not make a whole message yet. */
struct way {
	unsigned char *data;
	size_t n;
	bool begun; /* the client's first message has no letter */
};
struct link {
	int fd[2]; /* client, server; -1: free */
	struct way way[2];
};
struct pg_proxy {
	char dir[64], uri[URI_BYTES];
	struct sockaddr_un here, there;
	int listener;
	struct link link[LINKS];
	pthread_t thread;
	pthread_mutex_t mutex;
	long left;
	bool cut, stop;
	enum pg_proxy_end end;
};

static void must(bool ok, const char *what)
{
	if (ok)
		return;
	perror(what);
	abort();
}

static void close_link(struct link *l)
{
	for (int i = 0; i < 2; i++) {
		if (l->fd[i] >= 0)
			close(l->fd[i]);
		l->fd[i] = -1;
		free(l->way[i].data);
		l->way[i] = (struct way){0};
	}
}

static bool is_away(struct pg_proxy *p)
{
	bool away;

	pthread_mutex_lock(&p->mutex);
	away = p->end == PG_PROXY_AWAY && p->cut;
	pthread_mutex_unlock(&p->mutex);
	return away;
}

static void accept_link(struct pg_proxy *p)
{
	struct link *l = p->link;
	int client = accept(p->listener, NULL, NULL);

	if (client < 0)
		return;
	if (is_away(p)) {
		close(client);
		return;
	}
	while (l < p->link + LINKS && l->fd[0] >= 0)
		l++;
	must(l < p->link + LINKS, "more connections than the proxy takes");
	l->fd[0] = client;
	l->fd[1] = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	for (int i = 0; i < 2; i++) {
		l->way[i] = (struct way){.data = malloc(BUFFER), .begun = i == 1};
		must(l->way[i].data, "memory");
	}
	if (connect(l->fd[1], (const struct sockaddr *)&p->there, sizeof(p->there)))
		close_link(l);
}

static size_t whole_message(const struct way *w)
{
	size_t head = w->begun ? 1 : 0, n;

	if (w->n < head + 4)
		return 0;
	n = (size_t)w->data[head] << 24 | (size_t)w->data[head + 1] << 16 | (size_t)w->data[head + 2] << 8 |
	    w->data[head + 3];
	return w->n < head + n ? 0 : head + n;
}

static void say_farewell(int client)
{
	static const char words[] = "SFATAL\0VFATAL\0C57P01\0Mterminating connection due to administrator "
				    "command\0";
	unsigned char message[5 + sizeof(words)] = {'E', 0, 0, 0, 4 + sizeof(words)};

	memcpy(message + 5, words, sizeof(words));
	(void)!send(client, message, sizeof(message), MSG_NOSIGNAL); /* it may be gone itself */
}

/* This message is the one that is lost. */
static bool is_lost(struct pg_proxy *p, const struct link *l)
{
	bool lost, farewell;

	pthread_mutex_lock(&p->mutex);
	lost = p->left > 0 && --p->left == 0;
	p->cut |= lost;
	farewell = lost && p->end == PG_PROXY_FAREWELL;
	pthread_mutex_unlock(&p->mutex);
	if (farewell)
		say_farewell(l->fd[0]);
	return lost;
}

/* false: the connection is over. */
static bool pass_on(struct pg_proxy *p, struct link *l, int from)
{
	struct way *w = &l->way[from];
	ssize_t got = read(l->fd[from], w->data + w->n, BUFFER - w->n);

	if (got <= 0)
		return false;
	w->n += (size_t)got;
	for (size_t n; (n = whole_message(w)) > 0;) {
		if (is_lost(p, l))
			return false;
		if (send(l->fd[!from], w->data, n, MSG_NOSIGNAL) != (ssize_t)n)
			return false;
		w->begun = true;
		w->n -= n;
		memmove(w->data, w->data + n, w->n);
	}
	return w->n < BUFFER;
}

static bool stopping(struct pg_proxy *p)
{
	bool stop;

	pthread_mutex_lock(&p->mutex);
	stop = p->stop;
	pthread_mutex_unlock(&p->mutex);
	return stop;
}

static void *run(void *arg)
{
	struct pg_proxy *p = arg;
	struct pollfd poll_of[1 + 2 * LINKS];

	while (!stopping(p)) {
		poll_of[0] = (struct pollfd){.fd = p->listener, .events = POLLIN};
		for (int i = 0; i < 2 * LINKS; i++)
			poll_of[1 + i] = (struct pollfd){.fd = p->link[i / 2].fd[i % 2], .events = POLLIN};
		if (poll(poll_of, 1 + 2 * LINKS, POLL_MS) <= 0)
			continue;
		for (int i = 0; i < 2 * LINKS; i++) {
			struct link *l = &p->link[i / 2];
			if (l->fd[0] >= 0 && poll_of[1 + i].revents && !pass_on(p, l, i % 2)) {
				close_link(l);
				i |= 1; /* its other end is closed too */
			}
		}
		if (poll_of[0].revents)
			accept_link(p);
	}
	return NULL;
}

/* Splits the URI at the folder of its socket, which is written with %2F for /. */
static void find_server(struct pg_proxy *p, const char *uri)
{
	const char *host = strstr(uri, "host="), *end;
	char folder[sizeof(p->there.sun_path)];
	size_t n = 0;

	must(host, "the URI names no host=FOLDER");
	host += strlen("host=");
	end = host + strcspn(host, "&");
	for (const char *s = host; s < end && n + 1 < sizeof(folder); n++) {
		bool slash = strncmp(s, "%2F", 3) == 0;
		folder[n] = slash ? '/' : *s;
		s += slash ? 3 : 1;
	}
	folder[n] = 0;
	p->there.sun_family = p->here.sun_family = AF_UNIX;
	must((size_t)snprintf(p->there.sun_path, sizeof(p->there.sun_path), "%.80s/.s.PGSQL.5432", folder) <
		     sizeof(p->there.sun_path), "path");
	must((size_t)snprintf(p->here.sun_path, sizeof(p->here.sun_path), "%s/.s.PGSQL.5432", p->dir) <
		     sizeof(p->here.sun_path), "path");
	must((size_t)snprintf(p->uri, sizeof(p->uri), "%.*s%s%s", (int)(host - uri), uri, p->dir, end) <
		     sizeof(p->uri), "path");
}

struct pg_proxy *pg_proxy_start(const char *uri)
{
	struct pg_proxy *p = calloc(1, sizeof(*p));

	must(p, "memory");
	snprintf(p->dir, sizeof(p->dir), "/tmp/relode-proxy-XXXXXX");
	must(mkdtemp(p->dir), p->dir);
	find_server(p, uri);
	for (int i = 0; i < LINKS; i++)
		p->link[i].fd[0] = p->link[i].fd[1] = -1;
	p->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	must(!bind(p->listener, (const struct sockaddr *)&p->here, sizeof(p->here)), p->here.sun_path);
	must(!listen(p->listener, LINKS), "listen");
	must(!pthread_mutex_init(&p->mutex, NULL) && !pthread_create(&p->thread, NULL, run, p), "thread");
	return p;
}

const char *pg_proxy_uri(const struct pg_proxy *p)
{
	return p->uri;
}

bool pg_proxy_cut(struct pg_proxy *p, long nth, enum pg_proxy_end end)
{
	bool cut;

	pthread_mutex_lock(&p->mutex);
	cut = p->cut;
	p->cut = false;
	p->left = nth;
	p->end = end;
	pthread_mutex_unlock(&p->mutex);
	return cut;
}

void pg_proxy_stop(struct pg_proxy *p)
{
	pthread_mutex_lock(&p->mutex);
	p->stop = true;
	pthread_mutex_unlock(&p->mutex);
	pthread_join(p->thread, NULL);
	for (int i = 0; i < LINKS; i++)
		close_link(&p->link[i]);
	close(p->listener);
	unlink(p->here.sun_path);
	rmdir(p->dir);
	free(p);
}
