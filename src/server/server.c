/* The web server (libmicrohttpd): connections, threads, start and stop. */
#include "server/server.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <microhttpd.h>
#include <netdb.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/time.h"
#include "codec/hash.h"
#include "codec/zip.h"
#include "server/exchange.h"
#include "server/loop.h"
#include "server/tls.h"

enum { STOP_STEP_US = 10000, STOP_GRACE_US = 50000, REAP_STEP_S = 1, BACKLOG = 512 };

/* --- exchanges: from the first line to the last byte --- */

static void make_id(struct exchange *x)
{
	static const int part[] = {4, 2, 2, 2, 6}; /* bytes between the hyphens */
	unsigned char b[16], *from = b;
	char *to = x->id;

	loop_random(x->loop, b, sizeof(b));
	b[6] = (unsigned char)((b[6] & 0x0f) | 0x40); /* RFC 9562, version 4 */
	b[8] = (unsigned char)((b[8] & 0x3f) | 0x80);
	for (size_t i = 0; i < ARRAY_LEN(part); i++) {
		if (i > 0)
			*to++ = '-';
		hex_encode(to, from, (size_t)part[i]);
		from += part[i];
		to += 2 * part[i];
	}
}

static struct conn *conn_of(struct MHD_Connection *connection)
{
	const union MHD_ConnectionInfo *info =
		MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);

	return info ? info->socket_context : NULL;
}

static void conn_set(struct conn *c, enum conn_state state)
{
	if (!c)
		return;
	atomic_store_explicit(&c->since_us, monotonic_coarse_us(), memory_order_relaxed);
	atomic_store_explicit(&c->state, state, memory_order_relaxed);
}

/* As text, once a connection. */
static void name_peer(struct conn *c, const struct sockaddr *a)
{
	snprintf(c->peer, sizeof(c->peer), "unknown");
	if (a && a->sa_family == AF_INET)
		inet_ntop(AF_INET, &((const struct sockaddr_in *)(const void *)a)->sin_addr, c->peer,
			  sizeof(c->peer));
	if (a && a->sa_family == AF_INET6)
		inet_ntop(AF_INET6, &((const struct sockaddr_in6 *)(const void *)a)->sin6_addr, c->peer,
			  sizeof(c->peer));
	if (strncmp(c->peer, "::ffff:", 7) == 0 && strchr(c->peer, '.')) /* IPv4 in IPv6 */
		memmove(c->peer, c->peer + 7, strlen(c->peer + 7) + 1);
}

static void end_exchange(struct exchange *x)
{
	conn_set(x->conn, CONN_READING);
	x->conn->exchange = NULL;
	web_drop(x->web);
	loop_exchange_done(x);
}

/* libmicrohttpd's first word of a request: its target, before anything was decoded. */
static void *on_target(void *arg, const char *uri, struct MHD_Connection *connection)
{
	struct conn *conn = conn_of(connection);
	struct exchange *x;

	if (!conn)
		return NULL;
	if (conn->exchange)
		end_exchange(conn->exchange);
	x = loop_exchange(arg);
	if (!x)
		return NULL;
	x->server = loop_server(arg);
	x->connection = connection;
	x->conn = conn;
	conn->exchange = x;
	x->begun_us = monotonic_us();
	x->raw = cx_strdup(&x->cx, uri);
	make_id(x);
	memcpy(x->address, conn->peer, sizeof(x->address));
	memcpy(x->net, conn->net, sizeof(x->net));
	x->net_n = conn->net_n;
	return x;
}

/* Not called for a request that the library itself could not take, such as one with too many parameters:
 * then the connection ends, and conn_close ends the exchange. */
static void on_completed(void *arg, struct MHD_Connection *connection, void **state,
			 enum MHD_RequestTerminationCode code)
{
	struct exchange *x = *state;
	const struct route *r;

	(void)arg;
	(void)connection;
	if (!x)
		return;
	*state = NULL;
	r = x->route;
	if (x->answer.status) {
		int64_t took_us = monotonic_us() - x->begun_us;
		metrics_count(x->server->metrics, loop_number(x->loop), r ? r->index : -1,
			      !r || r->own ? METRIC_OTHER :
			      r->action	   ? METRIC_WRITE :
					     METRIC_READ,
			      x->answer.status, took_us);
		answer_log(x, took_us, code != MHD_REQUEST_TERMINATED_COMPLETED_OK);
	}
	end_exchange(x);
}

/* --- sending --- */

static bool has_header(const struct exchange *x, const char *name)
{
	for (int i = 0; i < x->answer.headers; i++)
		if (strcmp(x->answer.header[i].name, name) == 0)
			return true;
	return false;
}

static void add_headers(struct exchange *x, struct MHD_Response *r)
{
	if (x->answer.type)
		MHD_add_response_header(r, "Content-Type", x->answer.type);
	for (int i = 0; i < x->answer.headers; i++)
		MHD_add_response_header(r, x->answer.header[i].name, x->answer.header[i].value);
	if (!has_header(x, "Cache-Control"))
		MHD_add_response_header(r, "Cache-Control", "no-store");
	MHD_add_response_header(r, "X-Content-Type-Options", "nosniff");
	if (!has_header(x, "Content-Security-Policy"))
		MHD_add_response_header(r, "Content-Security-Policy",
					"default-src 'none'; frame-ancestors 'none'");
	MHD_add_response_header(r, "Referrer-Policy", "no-referrer");
	MHD_add_response_header(r, "Cross-Origin-Resource-Policy", "same-origin");
	MHD_add_response_header(r, "Relode-Request-Id", x->id);
	if (x->close || atomic_load(&x->server->draining))
		MHD_add_response_header(r, "Connection", "close");
}

static enum MHD_Result send_answer(struct exchange *x)
{
	/* The bytes lie in x's arena, which lives until on_completed. */
	struct MHD_Response *r = MHD_create_response_from_buffer(
		x->answer.n, (void *)(uintptr_t)x->answer.body, MHD_RESPMEM_PERSISTENT);
	enum MHD_Result done;

	if (!r)
		return MHD_NO;
	add_headers(x, r);
	x->stage = STAGE_ANSWERED;
	conn_set(x->conn, CONN_WRITING);
	done = MHD_queue_response(x->connection, (unsigned)x->answer.status, r);
	MHD_destroy_response(r);
	return done;
}

static enum MHD_Result on_request(void *arg, struct MHD_Connection *connection, const char *url,
				  const char *method, const char *version, const char *data,
				  size_t *n, void **state)
{
	struct exchange *x = *state;

	(void)arg;
	(void)connection;
	(void)url;
	(void)version;
	if (!x || !x->raw)
		return MHD_NO;
	if (!x->begun)
		return exchange_begin(x, method) ? MHD_YES : send_answer(x);
	if (*n > 0) {
		size_t got = *n;
		*n = 0;
		return exchange_upload(x, data, got) ? MHD_YES : MHD_NO;
	}
	if (x->stage == STAGE_BODY) {
		conn_set(x->conn, CONN_WORKING);
		return exchange_run(x) ? send_answer(x) : MHD_YES; /* called again when it is woken */
	}
	if (x->stage != STAGE_AWAKE)
		return MHD_YES;
	exchange_finish(x);
	return send_answer(x);
}

/* --- connections and their deadlines --- */

/* IPv6: of the network, which is one customer's. */
static uint64_t address_digest(const struct server *s, const struct sockaddr *a)
{
	unsigned char text[20] = {0};

	if (a && a->sa_family == AF_INET)
		memcpy(text, &((const struct sockaddr_in *)(const void *)a)->sin_addr, 4);
	if (a && a->sa_family == AF_INET6) {
		const unsigned char *six = ((const struct sockaddr_in6 *)(const void *)a)->sin6_addr.s6_addr;
		if (IN6_IS_ADDR_V4MAPPED(&((const struct sockaddr_in6 *)(const void *)a)->sin6_addr))
			memcpy(text, six + 12, 4);
		else
			memcpy(text + 4, six, 8);
	}
	return short_hash(s->secret, text, sizeof(text));
}

/* Before a connection is taken: not too many from one address. */
static enum MHD_Result may_connect(void *arg, const struct sockaddr *a, socklen_t n)
{
	struct server *s = loop_server(arg);
	uint64_t id = address_digest(s, a);
	int count = 0;

	(void)n;
	pthread_mutex_lock(&s->lock);
	for (const struct conn *c = s->conns[id % CONN_BUCKETS]; c; c = c->next)
		count += c->address == id;
	pthread_mutex_unlock(&s->lock);
	return count < s->options.per_address ? MHD_YES : MHD_NO;
}

static void conn_open(struct server *s, struct MHD_Connection *connection, struct conn *c)
{
	const union MHD_ConnectionInfo *fd =
		MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
	const union MHD_ConnectionInfo *from =
		MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
	struct conn **bucket;

	c->fd = fd ? fd->connect_fd : -1;
	c->since_us = monotonic_us();
	c->address = address_digest(s, from ? from->client_addr : NULL);
	name_peer(c, from ? from->client_addr : NULL);
	c->net_n = live_net(c->peer, c->net);
	bucket = &s->conns[c->address % CONN_BUCKETS];
	pthread_mutex_lock(&s->lock);
	c->next = *bucket;
	if (c->next)
		c->next->previous = c;
	*bucket = c;
	pthread_mutex_unlock(&s->lock);
}

static void conn_close(struct server *s, struct conn *c)
{
	if (c->exchange)
		end_exchange(c->exchange);
	pthread_mutex_lock(&s->lock);
	if (c->previous)
		c->previous->next = c->next;
	else
		s->conns[c->address % CONN_BUCKETS] = c->next;
	if (c->next)
		c->next->previous = c->previous;
	pthread_mutex_unlock(&s->lock);
	free(c);
}

static void on_connection(void *arg, struct MHD_Connection *connection, void **context,
			  enum MHD_ConnectionNotificationCode code)
{
	struct server *s = loop_server(arg);

	loop_connections(arg, code == MHD_CONNECTION_NOTIFY_STARTED ? 1 : -1);
	if (code == MHD_CONNECTION_NOTIFY_STARTED) {
		struct conn *c = calloc(1, sizeof(*c));
		*context = c;
		if (c)
			conn_open(s, connection, c);
	} else if (*context) {
		conn_close(s, *context);
		*context = NULL;
	}
}

/* A caller that sends a byte now and then is never idle: what counts is when the whole request is here.
 * The socket is only shut; libmicrohttpd closes it, after on_connection took it from the list. */
static void reap_slow(struct server *s, struct conn *first)
{
	const struct server_options *o = server_now(s);
	int64_t now = monotonic_us();

	for (struct conn *c = first; c; c = c->next) {
		int limit_s = c->state == CONN_READING ? o->read_s : o->write_s;
		if (c->state != CONN_WORKING && c->fd >= 0 &&
		    now - c->since_us > limit_s * INT64_C(1000000)) {
			shutdown(c->fd, SHUT_RDWR);
			c->fd = -1;
		}
	}
}

static void *reap_loop(void *arg)
{
	struct server *s = arg;

	pthread_mutex_lock(&s->lock);
	while (s->reaping) {
		struct timespec t;
		for (int i = 0; i < CONN_BUCKETS; i++)
			reap_slow(s, s->conns[i]);
		clock_gettime(CLOCK_REALTIME, &t);
		t.tv_sec += REAP_STEP_S;
		pthread_mutex_unlock(&s->lock);
		apart_tick(s);
		pthread_mutex_lock(&s->lock);
		if (s->reaping)
			pthread_cond_timedwait(&s->tick, &s->lock, &t);
	}
	pthread_mutex_unlock(&s->lock);
	return NULL;
}

/* --- the socket --- */

static enum err bad_listen(struct cx *cx, const char *text)
{
	return cx_fail(
		cx, ERR_INPUT,
		"--listen %.100s: write it as ADDRESS:PORT, such as 127.0.0.1:8080 or [::1]:8080",
		text);
}

static enum err split_listen(struct cx *cx, const char *text, char **host, char **port)
{
	const char *colon = strrchr(text, ':');
	size_t n;

	if (!colon || !colon[1] || strlen(colon + 1) > 5 ||
	    colon[1 + strspn(colon + 1, "0123456789")] || strtol(colon + 1, NULL, 10) > 65535)
		return bad_listen(cx, text);
	n = (size_t)(colon - text);
	if (n >= 2 && text[0] == '[' && text[n - 1] == ']')
		*host = cx_strndup(cx, text + 1, n - 2);
	else if (memchr(text, ':', n))
		return bad_listen(cx, text);
	else
		*host = cx_strndup(cx, text, n);
	*port = cx_strdup(cx, colon + 1);
	return *host && *port ? ERR_OK : cx->err;
}

static enum err bind_to(struct cx *cx, struct server *s, const struct addrinfo *a)
{
	int one = 1;

	s->listen_fd = socket(a->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (s->listen_fd < 0)
		return cx_errno(cx, "open", "a socket");
	setsockopt(s->listen_fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(s->listen_fd, a->ai_addr, a->ai_addrlen) || listen(s->listen_fd, BACKLOG))
		return cx_errno(cx, "listen on", s->options.listen);
	return ERR_OK;
}

static enum err name_url(struct cx *cx, struct server *s)
{
	struct sockaddr_storage a;
	socklen_t n = sizeof(a);
	const char *scheme = s->options.tls_certificate ? "https" : "http";
	char host[64] = "";

	if (getsockname(s->listen_fd, (struct sockaddr *)&a, &n))
		return cx_errno(cx, "name", "the listening socket");
	if (a.ss_family == AF_INET6) {
		const struct sockaddr_in6 *in6 = (const void *)&a;
		inet_ntop(AF_INET6, &in6->sin6_addr, host, sizeof(host));
		s->port = ntohs(in6->sin6_port);
		s->url = cx_printf(&s->cx, "%s://[%s]:%d", scheme, host, s->port);
	} else {
		const struct sockaddr_in *in = (const void *)&a;
		inet_ntop(AF_INET, &in->sin_addr, host, sizeof(host));
		s->port = ntohs(in->sin_port);
		s->url = cx_printf(&s->cx, "%s://%s:%d", scheme, host, s->port);
	}
	return s->url ? ERR_OK : cx_fail(cx, ERR_MEMORY, "no memory for the server");
}

/* One that was given: by systemd, or by a test. */
static enum err take_socket(struct cx *cx, struct server *s)
{
	int fd = s->options.listen_fd, listening = 0, type = 0, family = 0;
	socklen_t n = sizeof(int);

	if (getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listening, &n) ||
	    getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &n) ||
	    getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &family, &n))
		return cx_errno(cx, "use", "the socket that was passed");
	if (!listening || type != SOCK_STREAM || (family != AF_INET && family != AF_INET6))
		return cx_fail(cx, ERR_INPUT, "the socket that was passed does not listen for TCP");
	if (fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK) || fcntl(fd, F_SETFD, FD_CLOEXEC))
		return cx_errno(cx, "use", "the socket that was passed");
	s->listen_fd = fd;
	return name_url(cx, s);
}

static enum err open_socket(struct cx *cx, struct server *s)
{
	struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM,
				 .ai_flags = AI_PASSIVE | AI_NUMERICHOST | AI_NUMERICSERV}, *found = NULL;
	char *host, *port;
	enum err err;
	int no;

	if (s->options.listen_fd > 0)
		return take_socket(cx, s);
	if (split_listen(cx, s->options.listen, &host, &port))
		return cx->err;
	if (strcmp(host, "localhost") == 0)
		host = cx_strdup(cx, "127.0.0.1");
	no = getaddrinfo(*host ? host : NULL, port, &hints, &found);
	if (no)
		return cx_fail(cx, ERR_INPUT, "--listen %.100s: %s", s->options.listen, gai_strerror(no));
	err = bind_to(cx, s, found);
	freeaddrinfo(found);
	return err ? err : name_url(cx, s);
}

/* --- start and stop --- */

static void ignore_log(void *arg, const char *format, va_list ap)
{
	(void)arg;
	(void)format;
	(void)ap; /* its messages are about callers that went away */
}

static struct MHD_Daemon *start_daemon(struct server *s, struct loop *l, int connections)
{
	const struct server_options *o = &s->options;
	unsigned flags = MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ITC | MHD_USE_ERROR_LOG |
			 MHD_USE_NO_LISTEN_SOCKET | (o->tls_certificate ? MHD_USE_TLS : 0);

	return MHD_start_daemon(
		flags, 0, may_connect, l, on_request, l, MHD_OPTION_EXTERNAL_LOGGER, ignore_log, NULL,
		MHD_OPTION_CONNECTION_LIMIT, (unsigned)connections,
		MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)o->read_s,
		MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)REQUEST_HEADER_BYTES_MAX,
		MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_SIGPIPE_HANDLED_BY_APP, 1,
		MHD_OPTION_URI_LOG_CALLBACK, on_target, l, MHD_OPTION_NOTIFY_COMPLETED, on_completed, l,
		MHD_OPTION_NOTIFY_CONNECTION, on_connection, l,
		/* without a certificate the list ends here */
		o->tls_certificate ? MHD_OPTION_HTTPS_PRIORITIES : MHD_OPTION_END, tls_priorities,
		MHD_OPTION_HTTPS_CERT_CALLBACK2, tls_callback(), MHD_OPTION_END);
}

static enum err start_loops(struct cx *cx, struct server *s)
{
	int connections = (s->options.connections + s->options.threads - 1) / s->options.threads;

	s->loop = cx_array(&s->cx, (size_t)s->options.threads, sizeof(*s->loop));
	if (!s->loop)
		return cx_fail(cx, ERR_MEMORY, "no memory for the web threads");
	for (int i = 0; i < s->options.threads; i++) {
		struct MHD_Daemon *daemon;
		if (loop_new(cx, s, i, &s->loop[i]))
			return cx->err;
		daemon = start_daemon(s, s->loop[i], connections);
		if (!daemon)
			return cx_errno(cx, "start", "the web server");
		loop_set_daemon(s->loop[i], daemon, connections);
	}
	for (int i = 0; i < s->options.threads; i++)
		if (loop_start(cx, s->loop[i]))
			return cx->err;
	return ERR_OK;
}

/* Written once, and packed: few ask for it. Writing takes several times what is kept of it. */
static enum err prepare_openapi(struct cx *cx, struct server *s)
{
	struct cx work;
	struct sb sb;
	const void *frame;

	cx_init(&work, 0);
	sb_init(&sb, &work, ANSWER_MAX);
	if (!openapi_write(&work, node_domain(s->node), &s->routes, &sb) &&
	    !zip_pack(&work, &(struct zip_part){sb.data, sb.len}, 1, &frame, &s->openapi_n))
		s->openapi = cx_memdup(&s->cx, frame, s->openapi_n);
	if (work.err)
		cx_fail(cx, work.err, "%s", work.msg);
	else if (!s->openapi)
		cx_fail(cx, s->cx.err, "%s", s->cx.msg);
	cx_done(&work);
	return cx->err;
}

static enum err prepare(struct cx *cx, struct server *s)
{
	if (routes_new(&s->cx, node_domain(s->node), &s->routes))
		return cx_fail(cx, s->cx.err, "%s", s->cx.msg);
	s->metric_route = cx_array(&s->cx, (size_t)s->routes.count, sizeof(*s->metric_route));
	if (!s->metric_route)
		return cx_fail(cx, s->cx.err, "%s", s->cx.msg);
	for (int i = 0; i < s->routes.count; i++)
		s->metric_route[i] = (struct metric_route){method_names[s->routes.route[i].method],
							   s->routes.route[i].pattern};
	if (prepare_openapi(cx, s) || limit_new(cx, &s->limit) || kept_new(cx, &s->kept) ||
	    metrics_new(cx, s->routes.count, s->options.threads, &s->metrics))
		return cx->err;
	return ERR_OK;
}

static enum err start_reaper(struct cx *cx, struct server *s)
{
	s->reaping = true;
	errno = pthread_create(&s->reaper, NULL, reap_loop, s);
	if (!errno)
		return ERR_OK;
	s->reaping = false;
	return cx_errno(cx, "start", "a thread");
}

enum err server_start(struct cx *cx, struct node *n, const struct server_options *options,
		      struct server **out)
{
	struct server *s = calloc(1, sizeof(*s));

	if (!s)
		return cx_fail(cx, ERR_MEMORY, "no memory for the server");
	cx_init(&s->cx, 0);
	s->node = n;
	s->listen_fd = -1;
	pthread_mutex_init(&s->lock, NULL);
	pthread_mutex_init(&s->web_lock, NULL);
	pthread_cond_init(&s->tick, NULL);
	cx_random(&s->cx, s->secret, sizeof(s->secret));
	if (live_set(cx, s, options)) {
		server_stop(s);
		return cx->err;
	}
	s->options = *server_now(s);
	if (prepare(cx, s) || open_socket(cx, s) || login_start(cx, s) || apart_start(cx, s) ||
	    (s->options.schedule && schedule_start(cx, s)) || start_reaper(cx, s) || start_loops(cx, s)) {
		server_stop(s);
		return cx->err;
	}
	malloc_trim(0); /* starting took more than running does */
	*out = s;
	return ERR_OK;
}

int server_port(const struct server *s) { return s->port; }
const char *server_url(const struct server *s) { return s->url; }

static bool is_idle(const struct server *s, bool slow_too)
{
	bool idle = true;

	for (int i = 0; i < s->options.threads; i++) {
		struct loop_load load = loop_load(s->loop[i]);
		idle &= load.asleep == 0 && (load.active == 0 || !slow_too);
	}
	return idle;
}

/* Those with the writing thread are waited for; callers that are slow, until the deadline. */
static void wait_idle(struct server *s)
{
	int64_t deadline = monotonic_us() + s->options.drain_s * INT64_C(1000000);

	while (!is_idle(s, monotonic_us() < deadline))
		usleep(STOP_STEP_US);
}

/* From here on new connections wait in the socket, for whoever holds it next. A call that is on its way on a
 * connection that was taken is answered: it gets a moment to arrive. */
static void take_no_more(struct server *s)
{
	for (int i = 0; i < s->options.threads; i++)
		if (s->loop[i])
			loop_quiesce(s->loop[i]);
	for (int i = 0; i < s->options.threads; i++)
		while (s->loop[i] && !loop_is_quiet(s->loop[i]))
			usleep(STOP_STEP_US);
	usleep(STOP_GRACE_US);
}

static void stop_loops(struct server *s)
{
	if (!s->loop)
		return;
	take_no_more(s);
	wait_idle(s);
	for (int i = 0; i < s->options.threads; i++)
		loop_free(s->loop[i]);
}

void server_stop(struct server *s)
{
	if (!s)
		return;
	atomic_store(&s->draining, true);
	schedule_stop(s);
	apart_end(s);
	stop_loops(s);
	login_stop(s);
	if (s->reaping) {
		pthread_mutex_lock(&s->lock);
		s->reaping = false;
		pthread_cond_broadcast(&s->tick);
		pthread_mutex_unlock(&s->lock);
		pthread_join(s->reaper, NULL);
	}
	apart_stop(s);
	if (s->listen_fd >= 0)
		close(s->listen_fd);
	if (s->options.tls_certificate)
		tls_unload();
	live_free(s);
	app_set(s, NULL);
	metrics_free(s->metrics);
	limit_free(s->limit);
	kept_free(s->kept);
	pthread_cond_destroy(&s->tick);
	pthread_mutex_destroy(&s->lock);
	pthread_mutex_destroy(&s->web_lock);
	cx_done(&s->cx);
	free(s);
}
