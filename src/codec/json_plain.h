/* json_plain.h: the quick way of json_parse, for JSON as programs write it. Of src/codec alone.
 */
#ifndef RELODE_CODEC_JSON_PLAIN_H
#define RELODE_CODEC_JSON_PLAIN_H

#include "codec/json.h"

/* Reads text without escapes, integers, true, false, null, arrays, and objects of few names, within the
 * limits. PLAIN_NOT: it is something else, or not well formed, or more than the limits; nothing is said of
 * it. PLAIN_FAILED: no memory, which cx says. */
enum plain { PLAIN_READ, PLAIN_NOT, PLAIN_FAILED };
enum plain json_plain(struct cx *cx, const char *text, size_t n, const struct json_limits *limits,
		      struct json **out) MUST_USE;

#endif
