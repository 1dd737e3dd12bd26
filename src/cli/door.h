/* door.h: one way to act and to look, whether the books are opened here or asked over HTTP.
 *
 * The command line and the simulation speak JSON through a door and cannot tell which kind it is: one
 * opens the database itself, the other talks to `relode serve`.
 */
#ifndef RELODE_CLI_DOOR_H
#define RELODE_CLI_DOOR_H

#include "codec/json.h"
#include "kernel/tx.h"

struct door;

struct door_action {
	int64_t city;
	const char *type;         /* "tradein.book" */
	const struct json *body;  /* object */
	const char *key;          /* Idempotency-Key or NULL */
	int64_t happened_us;      /* or FIELD_NONE */
	int64_t user;             /* on whose behalf: a user id of city 0; 0: the door's own caller */
	const char *order_link;   /* acts as the holder of this order link instead, or NULL */
	bool quiet;               /* nobody reads its answer: a door may leave it NULL */
	/* answer */
	enum err err;
	const char *msg;          /* when err */
	const struct json *answer;
};

/* A door lives in cx: close it before cx ends, and open it before any mark that is restored.
 * Opens the books here. The caller is the local administrator. */
enum err door_open_local(struct cx *cx, const char *where, const char *keys, bool read_only,
			 struct door **out) MUST_USE;
/* Talks to a server ("http://127.0.0.1:8080") with a bearer token. */
enum err door_open_http(struct cx *cx, const char *url, const char *token, struct door **out) MUST_USE;
/* A further door to the books of a local one, for another thread that acts in other cities (node_beside).
 * It shares nothing of d but the files and the keys; d is closed after it. */
enum err door_open_beside(struct cx *cx, struct door *d, struct door **out) MUST_USE;
void door_close(struct door *d); /* accepts NULL */

/* Does all of them, in order; each has its answer. Only a failure of the door itself is returned. */
enum err door_act(struct cx *cx, struct door *d, struct door_action *list, size_t count) MUST_USE;
/* Answers a list of actions of one city from the entries that the journal has of them already, from entry
 * `seq` on; nothing is written. ERR_CONFLICT when an entry is not what the list would have made: another
 * action, other members, somebody else, another time. Doors over HTTP cannot: ERR_INPUT. */
enum err door_recall(struct cx *cx, struct door *d, int64_t seq, struct door_action *list,
		     size_t count) MUST_USE;
/* From now on a local door may write what it has answered later, with one commit for more (writer_hold):
 * for the one simulation that can ask again. Views and checkpoints flush first; close without a flush
 * drops it. keep: bytes of rows that stay in memory. */
void door_hold(struct door *d, size_t keep);
enum err door_flush(struct cx *cx, struct door *d) MUST_USE;
/* A view's answer. params: object of its parameters. */
enum err door_get(struct cx *cx, struct door *d, int64_t city, const char *view, const struct json *params,
		  const struct json **out) MUST_USE;
/* The newest signed checkpoint of a city's log (C2SP note: origin, size, root in base64, signature). */
enum err door_checkpoint(struct cx *cx, struct door *d, int64_t city, const char **note) MUST_USE;
struct node; /* local doors only: the node behind it, or NULL */
struct node *door_node(struct door *d);

#endif
