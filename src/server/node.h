/* node.h: a running relode: database, keys, declarations, and the one thread that writes.
 *
 * Requests are queued (bounded and fair: queue.h; no room is ERR_BUSY) and taken by the writing thread as
 * they wait: one batch a city, one commit, then each is answered. Without node_start there is no thread and
 * node_run writes in the caller's (the command line, simulations). Readers each have a handle of their own.
 */
#ifndef RELODE_SERVER_NODE_H
#define RELODE_SERVER_NODE_H

#include "kernel/writer.h"

enum {
	NODE_QUEUE_MAX = 2048, /* requests that wait: queue.h says who may have how many of them */
	NODE_CITIES_MAX = 4096,
	NODE_READERS_MAX = 64  /* idle reading handles that are kept */
};

struct node;
struct node_options {
	const char *where;     /* path or postgresql:// URI */
	const char *keys;      /* key store; NULL: "<where>.keys" for a file, "relode.keys" otherwise */
	const char *evidence;  /* folder of evidence blobs; NULL: "<where>.evidence" or "relode.evidence" */
	bool create;           /* make a new programme's files; an existing programme is ERR_CONFLICT */
	bool read_only;
	bool upgrade;          /* apply newer migrations */
	/* Bytes of rows and idempotency keys that the cities' writers keep in memory from one batch to the
	 * next, all together; one has a quarter at most. When it is more, the rows of those who were asked
	 * for least lately go, and then their keys. 0: 256 MiB. */
	size_t cache;
};
/* Checks the schema. The file is locked against a second writing process unless read_only. */
enum err node_open(struct cx *cx, const struct node_options *options, struct node **out) MUST_USE;
void node_close(struct node *n); /* accepts NULL; lets the queue run empty first */

/* A further node on the books of n, for another thread of the command line: with writers and a handle of its
 * own, keys and declarations are n's, which is closed after it. On SQLite the two write in turns. What one
 * has acted on in a city the other finds when it acts there: give each its own cities. */
enum err node_beside(struct cx *cx, struct node *n, struct node **out) MUST_USE;

const struct domain *node_domain(const struct node *n);
struct keys *node_keys(const struct node *n);
struct db *node_db(const struct node *n); /* the writing handle: only without node_start */
const char *node_where(const struct node *n);

/* Requests in order, of any cities; each has its own answer. In the caller's thread. */
void node_run(struct node *n, struct request **q, size_t count);

/* Before node_start: what node_run answers from now on may be written later (writer_hold): when there is
 * enough of it, when another city is asked for something, or by node_flush. Readers need a flush first;
 * closing the node without one drops what was held. keep: bytes of rows that stay in memory. */
void node_hold(struct node *n, size_t keep);
enum err node_flush(struct cx *cx, struct node *n) MUST_USE;

enum err node_start(struct cx *cx, struct node *n) MUST_USE;
/* Before node_start: fn(arg) is called, in a thread of the node's, when the disk did not take what was
 * written (settle.h). Then nobody knows what is on it, and until the process is started again every action
 * is refused. */
void node_on_broken(struct node *n, void (*fn)(void *arg), void *arg);
bool node_broken(const struct node *n);
/* What a reader has read becomes durable: before it is given to those who hold it against later books. */
enum err node_settle(struct cx *cx, struct node *n) MUST_USE;
/* Queues q; done(q, arg) is called once, by a thread of the node's, when q->err is set and what it wrote is
 * durable. Until then q and its cx belong to the node. ERR_BUSY (cx told) when there is no room for this
 * caller, or the node is stopping: done is not called. */
enum err node_submit(struct cx *cx, struct node *n, struct request *q,
		     void (*done)(struct request *, void *arg), void *arg) MUST_USE;
/* ERR_BUSY when node_submit would answer it now: asked before a body is read and understood. */
enum err node_room(struct cx *cx, struct node *n, int64_t city, const struct principal *who) MUST_USE;
/* Queues and waits. */
enum err node_act(struct cx *cx, struct node *n, struct request *q) MUST_USE;
size_t node_waiting(struct node *n); /* length of the queue */

/* What the writing thread has done since node_start. */
enum { NODE_BATCH_SIZES = 11 }; /* of 1, 2, 3..4, 5..8, … BATCH_MAX */
struct node_stats {
	int64_t batches[NODE_BATCH_SIZES]; /* by how many actions were taken at a time */
	int64_t actions, refused;          /* taken; refused because the queue was full */
	int64_t cities, cache_bytes;       /* that have a writer; what these keep in memory, after a batch */
};
void node_stats(struct node *n, struct node_stats *out);

/* Another one after each batch of city 0 in this process, before its requests are answered: what was read
 * of users and tokens before may hold no more. */
uint64_t node_programme_version(const struct node *n);
/* The same of any city. false: another process may write there, so this one does not know. */
bool node_version(const struct node *n, int64_t city, uint64_t *out);

/* A reader with a handle of its own; give it back with node_reader_put. */
enum err node_reader_get(struct cx *cx, struct node *n, int64_t city, struct principal who,
			 struct reader *out) MUST_USE;
void node_reader_put(struct node *n, struct reader *r); /* accepts a reader with db NULL */

/* A further handle that writes, for session tables alone (failed logins): each write of it waits its turn
 * beside the writing thread's. Close it before the node. */
enum err node_session_open(struct cx *cx, struct node *n, struct db **out) MUST_USE;

/* Finds a view by name, and runs it into an open object. */
const struct view *node_view(const struct node *n, const char *name);

#endif
