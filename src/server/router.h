/* router.h: from a request's target to what serves it. Pure: no web server, no database.
 *
 * A route is a method and a pattern, "/v1/cities/{city}/orders/{order}"; {name} stands for one segment
 * that is not empty. Where a segment could be the pattern's own word or a parameter, the word is tried
 * first. Nothing is normalised: "//", a slash at the end, "." and ".." are ordinary segments, which no
 * word equals. Segments are compared after percent-decoding, so "/%761" is "/v1".
 *
 * Targets are untrusted. Decoding refuses broken %XX, U+0000, what is not UTF-8, and what is too much.
 */
#ifndef RELODE_SERVER_ROUTER_H
#define RELODE_SERVER_ROUTER_H

#include "base/cx.h"
#include "base/sb.h"

enum {
	ROUTER_SEGMENTS_MAX = 16,   /* of a path */
	ROUTER_PARAMS_MAX = 6,      /* of a pattern */
	ROUTER_TARGET_MAX = 8192,   /* bytes of a target */
	ROUTER_QUERY_MAX = 64       /* name=value pairs of a query */
};
enum method { METHOD_GET, METHOD_POST, METHOD_PUT, METHOD_PATCH, METHOD_DELETE, METHODS };
extern const char *const method_names[]; /* by enum method; ends with NULL */
/* The method's number, or -1. HEAD is not one of them: the door serves it as GET. */
int method_of(const char *name);

/* A target's two halves, still encoded. "http://host/path" loses its beginning. */
struct target {
	const char *path, *query; /* query: NULL when there is no '?' */
	size_t path_n, query_n;
};
enum err target_split(struct cx *cx, const char *raw, size_t n, struct target *out) MUST_USE;

struct query_pair {
	const char *name, *value; /* decoded; '+' is a space */
	const char *raw;          /* the pair as it came */
	size_t raw_n;
};
struct query {
	struct query_pair pair[ROUTER_QUERY_MAX];
	int count;
};
/* ERR_INPUT: a name that is not decodable or comes twice; ERR_TOO_LARGE: too many. */
enum err query_read(struct cx *cx, const char *query, size_t n, struct query *out) MUST_USE;

struct route_param {
	const char *name, *value; /* value: decoded */
};
struct route_match {
	const void *target;   /* what router_add was given; NULL: the path is there, the method is not */
	const char *pattern;
	unsigned allow;       /* bits of enum method that the path has */
	struct route_param param[ROUTER_PARAMS_MAX];
	int params;
};

struct router;
/* All memory is cx's: the router lives as long as it. */
enum err router_new(struct cx *cx, struct router **out) MUST_USE;
/* pattern and target are kept. The same method and path twice, or one path's parameter named in two
 * ways, is ERR_CORRUPT: the declarations are wrong. */
enum err router_add(struct cx *cx, struct router *r, enum method method, const char *pattern,
		    const void *target) MUST_USE;
/* ERR_NOT_FOUND: no such path. ERR_INPUT: it cannot be decoded. A router that is not being added to may
 * be used by several threads at once. */
enum err router_find(struct cx *cx, const struct router *r, enum method method, const char *path, size_t n,
		     struct route_match *out) MUST_USE;

/* "GET, HEAD, OPTIONS, POST" */
char *router_allow_text(struct cx *cx, unsigned allow) MUST_USE;
/* Writes text as a path segment or a query's value: all but unreserved characters as %XX. */
void router_encode(struct sb *sb, const char *text);

#endif
