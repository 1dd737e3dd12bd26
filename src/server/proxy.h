/* proxy.h: who the caller is when a reverse proxy stands between.
 *
 * Only what a trusted proxy wrote counts: each hop adds the address it saw at the end of the list, so the
 * list is read from its end, and the first address that is no trusted proxy's is the caller's. What
 * stands before it may be anyone's invention. Pure; the header's value is untrusted.
 */
#ifndef RELODE_SERVER_PROXY_H
#define RELODE_SERVER_PROXY_H

#include "base/cx.h"

enum { PROXIES_MAX = 64, PROXY_HOPS_MAX = 32, ADDRESS_MAX = 64 };

struct proxies {
	int count;
	struct {
		unsigned char address[16]; /* IPv4 as ::ffff:a.b.c.d */
		int bits;
	} net[PROXIES_MAX];
};
/* "127.0.0.1, ::1, 10.0.0.0/8"; NULL or empty: none. ERR_INPUT names the part that is wrong. */
enum err proxies_read(struct cx *cx, const char *text, struct proxies *out) MUST_USE;
bool proxies_trust(const struct proxies *p, const char *address);
/* The caller of a connection from `peer`. value: all X-Forwarded-For lines joined by commas, or with
 * forwarded those of Forwarded (RFC 7239); NULL: no such header. A hop that is no address ("unknown",
 * "_hidden") ends the list: the caller is then the proxy that wrote it. */
void proxy_client(const struct proxies *p, const char *peer, const char *value, bool forwarded,
		  char out[ADDRESS_MAX]);
/* What the last hop says of the request that it took: `name` is "proto" or "host". value: all lines of
 * X-Forwarded-Proto, X-Forwarded-Host or Forwarded joined by commas. false: it says nothing of it. */
bool proxy_word(const char *value, bool forwarded, const char *name, char *out, size_t size);

#endif
