/* pg_proxy.h: a wire between relode and PostgreSQL that can be cut: a socket in a folder of its own, and a
 * thread that passes whole messages on, both ways, until the nth one: that one is not passed on, and both
 * ends of its connection are closed. So an answer is lost after the server did the work, or a request
 * before it.
 */
#ifndef RELODE_TESTS_PG_PROXY_H
#define RELODE_TESTS_PG_PROXY_H

#include <stdbool.h>

struct pg_proxy;
/* uri: postgresql://…?host=FOLDER…, as scripts/with-postgresql gives it. Aborts when it cannot. */
struct pg_proxy *pg_proxy_start(const char *uri);
/* The same address through the wire; lives as long as the proxy. */
const char *pg_proxy_uri(const struct pg_proxy *p);
/* AWAY: and from then on the server cannot be reached, until the next call. FAREWELL: instead of the message
 * the client is told that the server stops, as one that is shut down says it. */
enum pg_proxy_end { PG_PROXY_CUT, PG_PROXY_AWAY, PG_PROXY_FAREWELL };
/* The nth message from now on is lost; 0: none. Returns whether one was lost since it was told last. */
bool pg_proxy_cut(struct pg_proxy *p, long nth, enum pg_proxy_end end);
void pg_proxy_stop(struct pg_proxy *p);

#endif
