/* server.h: the HTTP door: every declared action and view at its method and path, over a node.
 *
 * Parsing and answering run in the web server's threads, views with a reading handle each. While its
 * connection sleeps, an action is queued to the node's writing thread, and a view that goes through a whole
 * city to threads of its kind. Behind the declared routes stand a few of the door's own: /healthz, /readyz,
 * /metrics, /openapi.json, /problems/{slug}, /v1/login, /v1/session, the log's checkpoint, entries and
 * proofs, and the verifier key. Any other address is the web app's. See README.md here for what a request
 * must bring.
 */
#ifndef RELODE_SERVER_SERVER_H
#define RELODE_SERVER_SERVER_H

#include "server/limit.h"
#include "server/node.h"

enum server_log { SERVER_LOG_ALL, SERVER_LOG_WARN, SERVER_LOG_ERROR };
struct server_options {
	int listen_fd;       /* listen on this socket, which is then the server's; 0: open one at `listen` */
	const char *listen;  /* "127.0.0.1:8080", "[::1]:0", ":8080" (every address); port 0: any free one */
	int threads;         /* that parse, run views and answer; 0: 4 */
	int connections;     /* at once; 0: 1024 */
	int per_address;     /* of them from one address; 0: 256 */
	int read_s;          /* a request must have come whole after so many seconds; 0: 30 */
	int write_s;         /* and its answer must have been taken; 0: 300 */
	int view_threads;    /* that run views which go through a whole city; 0: 4 */
	int view_s;          /* such a view is ended after so many seconds; 0: 120 */
	int drain_s;         /* how long server_stop waits for callers that are slow; 0: 15 */
	struct limit_rate rate;        /* of one user or order link; {0}: 200 a second, 1000 at once */
	struct limit_rate rate_org;    /* of all users of one organisation; {0}: 1,000 and 5,000 */
	struct limit_rate rate_address; /* of all with credentials from one address; {0}: 2,000 and 10,000 */
	struct limit_rate rate_public; /* of an address without credentials; {0}: 50 a second, 500 at once */
	struct limit_rate rate_guest;  /* of its changes among them; {0}: one in 3 s, 20 at once */
	struct limit_rate rate_failed; /* wrong credentials from an address; {0}: one in 3 s, 20 at once */
	int log_fd;          /* one line a request; -1: none */
	enum server_log log; /* which requests get one */
	bool schedule;       /* take what falls due: lapses, once a minute */
	const char *tls_certificate, *tls_key; /* PEM files (tls.h); NULL: plain HTTP */
	const char *trusted_proxies;           /* addresses and networks (proxy.h); NULL: none */
	bool forwarded;      /* they write Forwarded; else X-Forwarded-For */
	const char *web;     /* folder of the built web app (web.h); NULL: the API alone */
};

struct server;
/* The node must have been started. Answers as soon as this returns. ERR_CORRUPT: the declared routes are
 * wrong; ERR_IO: the address cannot be listened on. */
enum err server_start(struct cx *cx, struct node *n, const struct server_options *options,
		      struct server **out) MUST_USE;
/* Takes new rates, seconds, log level, proxies, certificate and web app while requests run; what else options
 * say is left as it was at the start. On failure nothing has changed. One thread may call it at a time. */
enum err server_reload(struct cx *cx, struct server *s, const struct server_options *options) MUST_USE;
int server_port(const struct server *s);
const char *server_url(const struct server *s); /* "http://127.0.0.1:8080" */
/* Writes the OpenAPI document that such a server answers at /openapi.json. */
enum err server_openapi(struct cx *cx, const struct domain *d, struct sb *sb) MUST_USE;
/* Takes no more connections, answers 503 to requests that begin now, finishes what runs, closes. */
void server_stop(struct server *s); /* accepts NULL */

#endif
