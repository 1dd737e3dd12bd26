/* loop.h: a web thread: one libmicrohttpd daemon, its connections, and those of them that were woken. Of
 * src/server alone.
 *
 * Every thread has a daemon of its own and turns it itself. So a batch of the writing thread's wakes a web
 * thread once, however many answers it brings, and the two share no lock of the library's. New connections
 * are taken from the shared listening socket, one at a time, by a thread than which none has fewer: however
 * many come at once, no thread has all of them.
 */
#ifndef RELODE_SERVER_LOOP_H
#define RELODE_SERVER_LOOP_H

#include "server/http.h"

struct MHD_Daemon;
enum { LOOP_KEPT_MAX = 64 }; /* exchanges whose memory is kept for the next */

/* Takes the daemon over: loop_stop stops it. Its MHD callbacks get the loop from loop_of. */
enum err loop_new(struct cx *cx, struct server *s, int number, struct loop **out) MUST_USE;
void loop_set_daemon(struct loop *l, struct MHD_Daemon *daemon, int connections_max);
/* All loops of the server must be there. */
enum err loop_start(struct cx *cx, struct loop *l) MUST_USE;
struct server *loop_server(struct loop *l);
/* Takes no more connections from here on. */
void loop_quiesce(struct loop *l);
bool loop_is_quiet(struct loop *l); /* and does so */
/* Of the loop's own thread: a connection has begun (1), or has ended (-1). */
void loop_connections(struct loop *l, int by);
/* Ends the thread and the daemon. Nothing of it may be asleep. Accepts NULL. */
void loop_free(struct loop *l);

/* Of the loop's own thread: an exchange with a fresh context, zeroed, and its end. NULL: no memory. */
struct exchange *loop_exchange(struct loop *l);
void loop_exchange_done(struct exchange *x);
int loop_number(const struct loop *l); /* among the server's, from 0 */
struct known *loop_known(struct loop *l);
/* An exchange of the loop goes to another thread; or it has not gone after all. */
void loop_asleep(struct loop *l);
void loop_not_asleep(struct loop *l);
/* Random bytes for names of requests. */
void loop_random(struct loop *l, void *out, size_t n);
/* A line for the log, written with others at the end of the turn. */
void loop_log(struct loop *l, const char *line, size_t n);

/* From any thread: how many exchanges are between their first line and their end, how many of them with
 * another thread, and how many connections there are. Accepts NULL. */
struct loop_load {
	int active, asleep, connections;
};
struct loop_load loop_load(const struct loop *l);

/* From any thread: the connection of x is to be resumed. */
void loop_wake(struct loop *l, struct exchange *x);

#endif
