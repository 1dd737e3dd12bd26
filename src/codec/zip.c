#include "codec/zip.h"

#include <zstd.h>

/* Journals repeat long texts, and short matches cost more than they save: the fast search, for matches of
 * seven bytes and more. A small table: what is alike lies close, and near matches take fewer bytes to tell
 * (docs/adr/0036). */
static const struct {
	ZSTD_cParameter name;
	int value;
} settings[] = {
	{ZSTD_c_strategy, ZSTD_fast},
	{ZSTD_c_minMatch, 7},
	{ZSTD_c_hashLog, 12},
};

static enum err no_memory(struct cx *cx)
{
	return cx_fail(cx, ERR_MEMORY, "the machine has no memory left");
}

static char *join(struct cx *cx, const struct zip_part *part, size_t parts, size_t n)
{
	char *all = cx_raw(cx, n), *to = all;

	for (size_t i = 0; all && i < parts; i++) {
		if (part[i].n)
			memcpy(to, part[i].p, part[i].n);
		to += part[i].n;
	}
	return all;
}

/* At one stroke: zstd then needs no memory for what comes and goes. */
static enum err pack_joined(struct cx *cx, ZSTD_CCtx *z, const char *in, size_t n, ZSTD_outBuffer *out)
{
	size_t size;

	for (size_t i = 0; i < ARRAY_LEN(settings); i++)
		if (ZSTD_isError(ZSTD_CCtx_setParameter(z, settings[i].name, settings[i].value)))
			return no_memory(cx);
	size = ZSTD_compress2(z, out->dst, out->size, in, n);
	if (ZSTD_isError(size))
		return cx_fail(cx, ERR_MEMORY, "zstd: %s", ZSTD_getErrorName(size));
	out->pos = size;
	return ERR_OK;
}

enum err zip_pack(struct cx *cx, const struct zip_part *part, size_t parts, const void **out, size_t *n)
{
	ZSTD_outBuffer buffer = {0};
	struct cx_mark mark;
	size_t size = 0;
	ZSTD_CCtx *z;
	enum err err;
	char *in;

	for (size_t i = 0; i < parts; i++)
		size += part[i].n;
	buffer.size = ZSTD_compressBound(size);
	buffer.dst = cx_raw(cx, buffer.size);
	mark = cx_mark(cx);
	in = buffer.dst ? join(cx, part, parts, size) : NULL;
	if (!in)
		return cx->err;
	z = ZSTD_createCCtx();
	err = z ? pack_joined(cx, z, in, size, &buffer) : no_memory(cx);
	ZSTD_freeCCtx(z);
	cx_restore(cx, mark);
	if (err)
		return err;
	*out = buffer.dst;
	*n = buffer.pos;
	return ERR_OK;
}

enum err zip_unpack(struct cx *cx, const void *frame, size_t n, size_t max, char **out, size_t *outn)
{
	unsigned long long size = ZSTD_getFrameContentSize(frame, n);
	size_t got;
	char *p;

	if (size == ZSTD_CONTENTSIZE_ERROR || size == ZSTD_CONTENTSIZE_UNKNOWN || size > max ||
	    ZSTD_findFrameCompressedSize(frame, n) != n)
		return cx_fail(cx, ERR_CORRUPT, "this is no compressed block of at most %zu bytes", max);
	p = cx_alloc(cx, (size_t)size + 1);
	if (!p)
		return cx->err;
	got = ZSTD_decompress(p, (size_t)size, frame, n);
	if (ZSTD_isError(got) || got != size)
		return cx_fail(cx, ERR_CORRUPT, "a compressed block is damaged");
	*out = p;
	*outn = (size_t)size;
	return ERR_OK;
}
