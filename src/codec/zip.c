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

static enum err pack_all(struct cx *cx, ZSTD_CCtx *z, const struct zip_part *part, size_t parts,
			 ZSTD_outBuffer *out)
{
	for (size_t i = 0; i <= parts; i++) {
		ZSTD_inBuffer in = {i < parts ? part[i].p : "", i < parts ? part[i].n : 0, 0};
		ZSTD_EndDirective end = i < parts ? ZSTD_e_continue : ZSTD_e_end;
		size_t rest;
		do {
			rest = ZSTD_compressStream2(z, out, &in, end);
			if (ZSTD_isError(rest))
				return cx_fail(cx, ERR_MEMORY, "zstd: %s", ZSTD_getErrorName(rest));
		} while (in.pos < in.size || (i == parts && rest > 0));
	}
	return ERR_OK;
}

enum err zip_pack(struct cx *cx, const struct zip_part *part, size_t parts, const void **out, size_t *n)
{
	ZSTD_outBuffer buffer = {0};
	ZSTD_CCtx *z;
	size_t size = 0;
	enum err err = ERR_OK;

	for (size_t i = 0; i < parts; i++)
		size += part[i].n;
	buffer.size = ZSTD_compressBound(size);
	buffer.dst = cx_alloc(cx, buffer.size);
	if (!buffer.dst)
		return cx->err;
	z = ZSTD_createCCtx();
	if (!z)
		return no_memory(cx);
	for (size_t i = 0; i < ARRAY_LEN(settings) && !err; i++)
		if (ZSTD_isError(ZSTD_CCtx_setParameter(z, settings[i].name, settings[i].value)))
			err = no_memory(cx);
	if (!err && ZSTD_isError(ZSTD_CCtx_setPledgedSrcSize(z, size)))
		err = no_memory(cx);
	if (!err)
		err = pack_all(cx, z, part, parts, &buffer);
	ZSTD_freeCCtx(z);
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
