/* zip.h: bytes made smaller, with zstd (RFC 8878).
 *
 * One frame with its content's size, whose bytes depend on zstd's version: what counts is what it gives
 * back. Reading takes untrusted input: a wrong frame, or one that would grow beyond max, is ERR_CORRUPT.
 */
#ifndef RELODE_CODEC_ZIP_H
#define RELODE_CODEC_ZIP_H

#include "base/cx.h"

struct zip_part {
	const void *p;
	size_t n;
};
/* The parts, one behind the other, as one frame in cx's arena. */
enum err zip_pack(struct cx *cx, const struct zip_part *part, size_t parts, const void **out,
		  size_t *n) MUST_USE;
/* In cx's arena, with a NUL behind the last byte. */
enum err zip_unpack(struct cx *cx, const void *frame, size_t n, size_t max, char **out,
		    size_t *outn) MUST_USE;

#endif
