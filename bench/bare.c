/* bare: the least that could stand in relode's place: libmicrohttpd, one writing thread, SQLite.
 *
 *   bare FILE THREADS POST-BYTES GET-BYTES
 *
 * GET answers from memory, GET-BYTES with the head. POST queues the body; the one writing thread takes
 * what waits, inserts a row each into a table in FILE (write-ahead log, synchronous=FULL, checkpoints as
 * relode's), commits once, and wakes the connections, which answer POST-BYTES: the same shape as relode's
 * write path, and as many bytes, with nothing parsed, checked or decided. Ends when its standard input ends.
 */
#include <microhttpd.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sqlite3.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/cx.h"

enum { BODY_MAX = 64 * 1024, HEAD_BYTES = 109 }; /* head: of a 200 with three digits of length */

struct call {
	struct call *next;
	struct MHD_Connection *connection;
	size_t n;
	bool is_post, done;
	char body[];
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t some = PTHREAD_COND_INITIALIZER;
static struct call *first, **last = &first;
static sqlite3 *db;
static char *answer;
static size_t post_n, get_n; /* of bodies */

static void must(bool ok, const char *what)
{
	if (!ok) {
		fprintf(stderr, "bare: %s failed\n", what);
		_exit(1);
	}
}

static void sql(const char *text)
{
	must(sqlite3_exec(db, text, NULL, NULL, NULL) == SQLITE_OK, text);
}

static void insert(sqlite3_stmt *s, const struct call *c)
{
	sqlite3_bind_blob(s, 1, c->body, (int)c->n, SQLITE_STATIC);
	must(sqlite3_step(s) == SQLITE_DONE, "insert");
	sqlite3_reset(s);
}

static void *write_loop(void *arg)
{
	sqlite3_stmt *s;

	(void)arg;
	must(!sqlite3_prepare_v2(db, "INSERT INTO t (body) VALUES (?)", -1, &s, NULL), "prepare");
	for (;;) {
		struct call *taken, *c;
		pthread_mutex_lock(&lock);
		while (!first)
			pthread_cond_wait(&some, &lock);
		taken = first;
		first = NULL;
		last = &first;
		pthread_mutex_unlock(&lock);
		sql("BEGIN IMMEDIATE");
		for (c = taken; c; c = c->next)
			insert(s, c);
		sql("COMMIT");
		for (c = taken; c; c = taken) {
			taken = c->next;
			c->done = true;
			MHD_resume_connection(c->connection);
		}
	}
	return NULL;
}

static enum MHD_Result send_answer(struct MHD_Connection *connection, unsigned status, size_t n)
{
	struct MHD_Response *r = MHD_create_response_from_buffer(n, answer, MHD_RESPMEM_PERSISTENT);
	enum MHD_Result done;

	MHD_add_response_header(r, "Content-Type", "application/json");
	done = MHD_queue_response(connection, status, r);
	MHD_destroy_response(r);
	return done;
}

static enum MHD_Result on_request(void *arg, struct MHD_Connection *connection, const char *url,
				  const char *method, const char *version, const char *data, size_t *n,
				  void **state)
{
	struct call *c = *state;

	(void)arg;
	(void)url;
	(void)version;
	if (!c) {
		bool is_post = strcmp(method, "POST") == 0;
		c = calloc(1, sizeof(*c) + (is_post ? BODY_MAX : 0));
		must(c, "calloc");
		c->connection = connection;
		c->is_post = is_post;
		*state = c;
		return MHD_YES;
	}
	if (*n > 0) {
		must(c->is_post && c->n + *n <= BODY_MAX, "a body within the limit");
		memcpy(c->body + c->n, data, *n);
		c->n += *n;
		*n = 0;
		return MHD_YES;
	}
	if (!c->is_post)
		return send_answer(connection, 200, get_n);
	if (c->done)
		return send_answer(connection, 201, post_n);
	MHD_suspend_connection(connection);
	pthread_mutex_lock(&lock);
	*last = c;
	last = &c->next;
	pthread_cond_signal(&some);
	pthread_mutex_unlock(&lock);
	return MHD_YES;
}

static void on_completed(void *arg, struct MHD_Connection *connection, void **state,
			 enum MHD_RequestTerminationCode code)
{
	(void)arg;
	(void)connection;
	(void)code;
	free(*state);
	*state = NULL;
}

static void listen_and_say(int threads)
{
	struct MHD_Daemon *d = MHD_start_daemon(
		MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME, 0, NULL, NULL, on_request,
		NULL, MHD_OPTION_THREAD_POOL_SIZE, (unsigned)threads, MHD_OPTION_NOTIFY_COMPLETED,
		on_completed, NULL, MHD_OPTION_CONNECTION_LIMIT, 4096u, MHD_OPTION_SOCK_ADDR,
		(const struct sockaddr *)&(struct sockaddr_in){
			.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)},
		MHD_OPTION_END);

	must(d, "listening");
	printf("listening on http://127.0.0.1:%u\n",
	       (unsigned)MHD_get_daemon_info(d, MHD_DAEMON_INFO_BIND_PORT)->port);
	fflush(stdout);
}

int main(int argc, char **argv)
{
	pthread_t writer;
	char c;

	if (argc != 5) {
		fputs("usage: bare FILE THREADS POST-BYTES GET-BYTES\n", stderr);
		return 2;
	}
	post_n = strtoul(argv[3], NULL, 10) - HEAD_BYTES - strlen("Created") + strlen("OK");
	get_n = strtoul(argv[4], NULL, 10) - HEAD_BYTES;
	must(post_n < BODY_MAX && get_n < BODY_MAX, "an answer within the limit");
	answer = malloc(BODY_MAX);
	must(answer, "malloc");
	memset(answer, 'x', BODY_MAX);
	must(!sqlite3_open(argv[1], &db), "opening the file");
	sql("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA wal_autocheckpoint=4096;"
	    "CREATE TABLE t (n INTEGER PRIMARY KEY, body BLOB NOT NULL) STRICT");
	must(!pthread_create(&writer, NULL, write_loop, NULL), "a thread");
	listen_and_say((int)strtol(argv[2], NULL, 10));
	while (read(0, &c, 1) > 0)
		;
	_exit(0);
}
