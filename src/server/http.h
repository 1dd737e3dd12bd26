/* http.h: inside of the HTTP door: routes, requests on their way, answers. Of src/server alone.
 */
#ifndef RELODE_SERVER_HTTP_H
#define RELODE_SERVER_HTTP_H

#include <pthread.h>
#include <stdatomic.h>

#include "server/kept.h"
#include "server/known.h"
#include "server/metrics.h"
#include "server/node.h"
#include "server/proxy.h"
#include "server/router.h"
#include "server/server.h"
#include "server/web.h"

enum {
	ASIDE_NICE = 10, /* of threads for what can wait: the writing thread and the web threads come first */
	REQUEST_HEADERS_MAX = 64,
	REQUEST_HEADER_BYTES_MAX =
		16 * 1024, /* request line and headers, and what libmicrohttpd needs beside */
	REQUEST_DISCARD_MAX =
		8 * 1024 * 1024, /* of a refused body, so that the caller can read why */
	ANSWER_MAX = 64 * 1024 * 1024,
	ANSWER_HEADERS_MAX = 12,
	LOGIN_QUEUE_MAX = 16
};

struct MHD_Connection;
struct exchange;
struct loop;

/* One route: an action, a view, or one of the door's own. */
struct route {
	enum method method;
	const char *pattern, *id; /* id: operationId */
	unsigned roles;
	int index;                /* in the table and the metrics */
	const struct action *action;
	const struct view *view;
	const struct own_route *own;
	bool has_city;            /* {city} in the pattern */
	const struct field *body; /* action: its fields that are not in the path */
};
/* The door's own routes. serve runs in a web thread and fills x->answer, or fails. */
struct own_route {
	enum method method;
	const char *pattern, *id;
	unsigned roles;
	enum err (*serve)(struct exchange *x);
	bool no_limit;  /* not rate limited */
	bool queued;    /* serve has queued it and the connection sleeps (login) */
	enum err (*work)(struct exchange *x, struct db *db); /* queued: what the thread does; login.c */
	bool session;   /* of the cookie itself: any order's cookie counts, and none need be alive */
	bool hidden;    /* not in the OpenAPI document */
	const char *tag, *doc;
	const struct field *params; /* of the query and path */
	size_t params_size;
	const struct field *request, *answer; /* JSON; answer NULL: see type */
	const char *type;                     /* of the answer */
};
extern const struct own_route own_routes[]; /* ends with pattern NULL */

struct routes {
	struct route *route;
	int count;
	struct router *router;
};
enum err routes_new(struct cx *cx, const struct domain *d, struct routes *out) MUST_USE;

/* A connection, for the deadlines that libmicrohttpd does not keep. */
enum conn_state { CONN_READING, CONN_WORKING, CONN_WRITING };
enum { CONN_BUCKETS = 1024 };
struct conn {
	struct conn *next, *previous; /* in its bucket */
	uint64_t address; /* a digest of it */
	char peer[ADDRESS_MAX]; /* it, as text */
	struct exchange *exchange; /* of the request that it is at, or NULL */
	unsigned char net[16];    /* it, as limits know it; net_n bytes */
	size_t net_n;
	int fd;
	atomic_int state;         /* enum conn_state */
	_Atomic int64_t since_us; /* monotonic, within some milliseconds */
};

struct answer {
	int status;
	const char *type; /* media type */
	const void *body;
	size_t n;
	struct {
		const char *name, *value;
	} header[ANSWER_HEADERS_MAX];
	int headers;
};

/* Headers that the door asks for, in the order of their names' lengths. */
enum heading {
	HEADING_HOST,
	HEADING_COOKIE,
	HEADING_EXPECT,
	HEADING_ORIGIN,
	HEADING_FORWARDED,
	HEADING_CONTENT_TYPE,
	HEADING_AUTHORIZATION,
	HEADING_IF_NONE_MATCH,
	HEADING_CONTENT_LENGTH,
	HEADING_SEC_FETCH_SITE,
	HEADING_ACCEPT_LANGUAGE,
	HEADING_IDEMPOTENCY_KEY,
	HEADING_X_FORWARDED_FOR,
	HEADING_CONTENT_ENCODING,
	HEADING_TRANSFER_ENCODING,
	HEADING_RELODE_HAPPENED_US,
	HEADING_RELODE_ON_BEHALF_OF,
	HEADINGS
};

enum stage { STAGE_BODY, STAGE_ASLEEP, STAGE_AWAKE, STAGE_ANSWERED };
struct exchange {
	struct cx cx; /* stays; what follows, up to the query's pairs, is zeroed for every request */
	struct server *server;
	struct loop *loop;
	struct MHD_Connection *connection;
	struct conn *conn;
	char id[37];             /* UUID: the problem's instance, the log's id */
	int64_t begun_us;        /* monotonic */
	int64_t now_us;          /* monotonic, when its headers were there */
	const char *heading[HEADINGS]; /* the first line of each, or NULL */
	const char *raw;         /* the target as it came */
	bool begun, head, close, discard, unframed;
	enum stage stage;
	struct target target;
	struct route_match match;
	const struct route *route; /* NULL: none */
	int64_t city;
	const char *bearer;      /* the token, of whichever header; NULL: nobody's */
	bool cookie;             /* it came as a cookie */
	bool dead;               /* there was a cookie, but its session has ended */
	int64_t expires_us;      /* of a user's token */
	int64_t cookie_city;     /* of an order's link that came as a cookie */
	struct principal who;
	bool trusted;            /* not rate limited */
	bool proxied;            /* a trusted proxy brought it */
	bool secure;             /* by HTTPS, to us or to that proxy */
	char address[ADDRESS_MAX]; /* the peer's, then the caller's: proxy.h */
	unsigned char net[16];     /* the same as limits know it: net_of; net_n bytes */
	size_t net_n;
	struct sb body;
	size_t body_seen;
	struct request q;
	struct answer answer;
	void *params;            /* of a view or own route */
	struct web *web;         /* kept, or NULL: app.c */
	const struct web_file *file; /* of it, when the request is for one */
	struct exchange *next_login; /* login.c */
	struct exchange *next_awake; /* loop.c */
	struct query query;          /* of its pairs only as many mean something as it counts */
};

/* Options as they are now. Threads read them without a lock: a reload puts a new one before the others,
 * and all live as long as the server. */
struct live {
	struct live *earlier;
	struct server_options options;
	struct proxies proxies;
};
struct login;
struct apart;
struct schedule;
struct server {
	struct cx cx; /* routes, document: as long as the server */
	struct node *node;
	struct server_options options;  /* as it was started; what may change since is in server_now */
	_Atomic(struct live *) live;
	struct routes routes;
	struct metric_route *metric_route;
	struct metrics *metrics;
	struct limit *limit;
	struct kept *kept;
	unsigned char secret[16]; /* of hashes in memory */
	struct loop **loop; /* options.threads of them */
	int listen_fd, port;
	char *url;
	const void *openapi; /* the document, packed by zip.h */
	size_t openapi_n;
	struct login *login;
	struct apart *apart;
	struct schedule *schedule;
	atomic_bool draining;
	pthread_mutex_t web_lock;
	struct web *web;      /* as it is now, or NULL: app.c */
	pthread_mutex_t lock; /* conns, reaping */
	pthread_cond_t tick;  /* wakes the reaper when it shall end */
	struct conn *conns[CONN_BUCKETS]; /* by address */
	pthread_t reaper;
	bool reaping;
};

/* --- live.c: what a reload may change --- */
const struct server_options *server_now(struct server *s);
enum err live_set(struct cx *cx, struct server *s, const struct server_options *options) MUST_USE;
void live_free(struct server *s);
/* Once the headers are there: sets x->secure, and x->address to the caller's where a trusted proxy says
 * it. */
enum err live_find_caller(struct exchange *x) MUST_USE;
/* An address as limits know it: of IPv6 the network, which is one customer's. Returns its length. */
size_t live_net(const char *address, unsigned char out[16]);
/* The host that the caller asked for. */
const char *live_host(struct exchange *x);

/* --- exchange.c: a request's way --- */
/* When all of it is there. false: the connection sleeps until it is woken, and until then x belongs to
 * the thread that works for it; true: x has its answer. */
bool exchange_run(struct exchange *x);
/* Makes the answer of a view whose parameters were read, from r, whose transaction it begins and ends. t: the
 * thread apart that runs it (apart.c), or NULL. */
struct apart_thread;
enum err exchange_view(struct exchange *x, struct reader *r, struct apart_thread *t) MUST_USE;
/* Wakes a sleeping connection from another thread. */
void exchange_wake(struct exchange *x);
/* All lines of a header, joined by commas, in their order; NULL: none, or cx->err. */
const char *exchange_header_all(struct exchange *x, const char *name);
enum err exchange_reader(struct exchange *x, int64_t city, struct reader *out) MUST_USE;
/* Reads the JSON body of an own route by its request fields. */
enum err exchange_body(struct exchange *x, const struct field *f, void *out) MUST_USE;

/* --- app.c: the web app's files --- */
/* Serves w from now on, which is then the server's; NULL: none. */
void app_set(struct server *s, struct web *w);
/* Where no route is: whether a file or page of the app is; then x has it and no error. */
bool app_find(struct exchange *x);

/* --- auth.c --- */
/* Fills x->who from the credentials, or ERR_UNAUTHENTICATED; checks the route's roles and the rate. */
enum err auth_check(struct exchange *x) MUST_USE;
/* Wrong credentials from this address: ERR_RATE after too many; one more. */
enum err auth_failures(struct exchange *x) MUST_USE;
void auth_failed(struct exchange *x);
/* A peer on this machine, that did not come through a proxy. */
bool auth_is_local(struct exchange *x);

/* --- answer.c --- */
void answer_header(struct exchange *x, const char *name, const char *value);
void answer_json(struct exchange *x, int status, const struct sb *sb);
void answer_text(struct exchange *x, int status, const char *type, const char *text, size_t n);
/* From x->cx's error: problem+json (RFC 9457). */
void answer_problem(struct exchange *x);
/* The ETag of the answer as it is now. */
void answer_tag(const struct exchange *x, char out[KEPT_TAG_MAX]);
/* Adds it as ETag; answers 304 instead when the caller has it. */
void answer_tagged(struct exchange *x, const char *tag);
void answer_etag(struct exchange *x); /* both */
/* One logfmt line; never a body, a query, a credential. */
void answer_log(struct exchange *x, int64_t took_us, bool broken);
/* "RFC 9457: what this problem type means", GET /problems/{slug} */
enum err serve_problem(struct exchange *x);

/* --- login.c: POST /v1/login, one at a time in a thread of its own: argon2id takes time and memory --- */
enum err login_start(struct cx *cx, struct server *s) MUST_USE;
void login_stop(struct server *s);
enum err login_queue(struct exchange *x); /* the route's `work` will be done by that thread */
enum err login_work(struct exchange *x, struct db *db);
/* Who the login and password of the body speak for, counting wrong ones. */
enum err login_check(struct exchange *x, struct db *db, struct principal *who) MUST_USE;
/* A token for a user, as the answer of access.token_issue. */
enum err login_issue(struct exchange *x, struct principal who, const char *label,
		     struct json_writer *w) MUST_USE;

/* --- apart.c: views that go through a whole city, in threads of their own --- */
enum err apart_start(struct cx *cx, struct server *s) MUST_USE; /* on failure, apart_end and apart_stop */
/* From now on what waits is refused and what runs is ended, at once and again with each tick. */
void apart_end(struct server *s);
void apart_stop(struct server *s); /* after apart_end */
/* x's view, its parameters read: ERR_BUSY, or it is another thread's until it is awake. */
enum err apart_queue(struct exchange *x) MUST_USE;
size_t apart_waiting(struct server *s); /* that no thread has begun */
/* Once a second, by one thread: ends what takes too long. */
void apart_tick(struct server *s);
/* While t's view reads db it may be ended; NULL: it reads no more. */
void apart_watch(struct apart_thread *t, struct db *db);

/* --- session.c: the same tokens in a cookie --- */
/* The cookie's value into x->bearer (and x->cookie_city), where one was sent that may count here: not with a
 * GET that another site caused; ERR_FORBIDDEN for anything else that another site caused. */
enum err session_cookie(struct exchange *x) MUST_USE;
enum err serve_session(struct exchange *x);
enum err session_open_work(struct exchange *x, struct db *db);
enum err session_close_work(struct exchange *x, struct db *db);
enum err session_order_work(struct exchange *x, struct db *db);
extern const struct field session_order_fields[], session_fields[];
extern const struct field login_request_fields[], login_answer_fields[];

/* --- schedule.c: what falls due --- */
enum err schedule_start(struct cx *cx, struct server *s) MUST_USE;
void schedule_stop(struct server *s);

/* --- log.c: the log for those who check it --- */
enum err serve_checkpoint(struct exchange *x);
enum err serve_entries(struct exchange *x);
enum err serve_inclusion(struct exchange *x);
enum err serve_consistency(struct exchange *x);
enum err serve_verifier_key(struct exchange *x);
struct log_params {
	int64_t from, to, limit, seq, size;
};
extern const struct field log_entries_params[], log_inclusion_params[], log_consistency_params[],
	inclusion_fields[], consistency_fields[];

/* --- openapi.c --- */
enum err openapi_write(struct cx *cx, const struct domain *d, const struct routes *routes,
		       struct sb *sb) MUST_USE;

#endif
