/* header.h: the few request headers whose values have a grammar. Pure; the values are untrusted.
 */
#ifndef RELODE_SERVER_HEADER_H
#define RELODE_SERVER_HEADER_H

#include "base/cx.h"

/* Idempotency-Key: a string of RFC 8941 ("…" with \" and \\), or a bare word of visible ASCII. At most
 * max bytes, at least one; else ERR_INPUT. */
enum err header_key(struct cx *cx, const char *value, size_t max, const char **out) MUST_USE;
/* The token of "Bearer TOKEN" (any case of the scheme, any number of spaces), or NULL. */
const char *header_bearer(const char *value);
/* A whole number from 0 to max, digits alone; else ERR_INPUT that names the header. */
enum err header_number(struct cx *cx, const char *name, const char *value, int64_t max,
		       int64_t *out) MUST_USE;
/* The media type is application/json, with whatever parameters but a charset that is not UTF-8. */
bool header_is_json(const char *value);
/* If-None-Match: '*' or the list has this tag (without quotes), compared weakly (RFC 9110 13.1.2). */
bool header_has_etag(const char *value, const char *tag);
/* Cookie: the value of this name (RFC 6265), in the arena. NULL: it is not there, it is there twice (who set
 * the second is not known), or it has bytes that no cookie has. */
const char *header_cookie(struct cx *cx, const char *value, const char *name);
/* Origin is that of this host ("relode.example.org:8443"), by HTTPS when secure. */
bool header_same_origin(const char *origin, const char *host, bool secure);
/* Accept-Encoding allows this coding: named, or by '*', and not at q=0 (RFC 9110 12.5.3). */
bool header_takes_coding(const char *value, const char *coding);
/* Accept-Language: of the languages that are spoken here the one with the highest weight, of equals the first
 * (RFC 9110 12.5.4). NULL: English, which is also for who names none of them. */
const struct tongue *header_tongue(const char *value);

#endif
