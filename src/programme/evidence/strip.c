/* Recognising files, and taking out what they say beside the picture. */
#include "programme/evidence/evidence.h"

struct cut {
	struct cx *cx;
	const unsigned char *p;
	size_t n, at;        /* of the file */
	unsigned char *out;  /* n bytes: the result is never longer */
	size_t len;
};

static enum err damaged(struct cut *c, const char *type)
{
	return cx_fail(c->cx, ERR_MEDIA_TYPE,
		       "content: this %s file is damaged at byte %zu; make it again", type, c->at);
}

static void keep(struct cut *c, size_t n)
{
	memcpy(c->out + c->len, c->p + c->at, n);
	c->len += n;
}

/* --- JPEG (ITU-T T.81) --- */

enum {
	JPEG_RST0 = 0xd0,
	JPEG_RST7 = 0xd7,
	JPEG_SOI = 0xd8,
	JPEG_EOI = 0xd9,
	JPEG_SOS = 0xda,
	JPEG_APP0 = 0xe0,
	JPEG_APP2 = 0xe2,
	JPEG_APP14 = 0xee,
	JPEG_APP15 = 0xef,
	JPEG_COM = 0xfe
};

/* Application segments that decoding needs. Exif, XMP, IPTC, further pictures, makers' own segments and
 * comments go. */
static bool jpeg_kept(int marker, const unsigned char *body, size_t n)
{
	static const struct {
		int marker;
		const char *begin;
		size_t n;
	} kept[] = {{JPEG_APP0, "JFIF", 5}, {JPEG_APP2, "ICC_PROFILE", 12}, {JPEG_APP14, "Adobe", 5}};

	if (marker != JPEG_COM && (marker < JPEG_APP0 || marker > JPEG_APP15))
		return true;
	for (size_t i = 0; i < ARRAY_LEN(kept); i++)
		if (kept[i].marker == marker && n >= kept[i].n &&
		    memcmp(body, kept[i].begin, kept[i].n) == 0)
			return true;
	return false;
}

/* From the byte behind a scan's header to the next marker: coded data, in which 0xff is followed by 0, by the
 * number of a restart, or by another 0xff that fills up. */
static enum err jpeg_scan(struct cut *c)
{
	size_t from = c->at;

	while (c->at + 1 < c->n &&
	       (c->p[c->at] != 0xff || c->p[c->at + 1] == 0 || c->p[c->at + 1] == 0xff ||
		(c->p[c->at + 1] >= JPEG_RST0 && c->p[c->at + 1] <= JPEG_RST7)))
		c->at++;
	if (c->at + 1 >= c->n)
		return damaged(c, "JPEG");
	memcpy(c->out + c->len, c->p + from, c->at - from);
	c->len += c->at - from;
	return ERR_OK;
}

static enum err strip_jpeg(struct cut *c)
{
	keep(c, 2); /* SOI */
	c->at = 2;
	for (;;) {
		int marker;
		size_t length;
		while (c->at + 1 < c->n && c->p[c->at] == 0xff && c->p[c->at + 1] == 0xff)
			c->at++; /* fill bytes */
		if (c->at + 2 > c->n || c->p[c->at] != 0xff)
			return damaged(c, "JPEG");
		marker = c->p[c->at + 1];
		if (marker == JPEG_EOI) {
			keep(c, 2);
			return ERR_OK;
		}
		if (c->at + 4 > c->n)
			return damaged(c, "JPEG");
		length = 2 + ((size_t)c->p[c->at + 2] << 8 | c->p[c->at + 3]);
		if (length < 4 || length > c->n - c->at || marker < 0xc0 ||
		    (marker >= JPEG_RST0 && marker <= JPEG_SOI)) /* these have no length */
			return damaged(c, "JPEG");
		if (jpeg_kept(marker, c->p + c->at + 4, length - 4))
			keep(c, length);
		c->at += length;
		if (marker == JPEG_SOS && jpeg_scan(c))
			return c->cx->err;
	}
}

/* --- PNG (ISO/IEC 15948) --- */

static const unsigned char png_signature[8] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};

static bool png_kept(const unsigned char *type)
{
	static const char kept[][5] = {"IHDR", "PLTE", "IDAT", "IEND", "tRNS", "gAMA", "cHRM", "sRGB",
				       "iCCP", "sBIT", "bKGD", "pHYs", "acTL", "fcTL", "fdAT"};

	for (size_t i = 0; i < ARRAY_LEN(kept); i++)
		if (memcmp(kept[i], type, 4) == 0)
			return true;
	return false;
}

static enum err strip_png(struct cut *c)
{
	keep(c, sizeof(png_signature));
	c->at = sizeof(png_signature);
	for (;;) {
		const unsigned char *p = c->p + c->at;
		size_t length;
		if (c->at + 12 > c->n)
			return damaged(c, "PNG");
		length = (size_t)p[0] << 24 | (size_t)p[1] << 16 | (size_t)p[2] << 8 | p[3];
		if (length > c->n - c->at - 12 || (c->at == 8 && memcmp(p + 4, "IHDR", 4) != 0))
			return damaged(c, "PNG");
		if (png_kept(p + 4))
			keep(c, length + 12);
		if (memcmp(p + 4, "IEND", 4) == 0)
			return ERR_OK;
		c->at += length + 12;
	}
}

enum err evidence_strip(struct cx *cx, const void *p, size_t n, enum evidence_type *type, struct bytes *out)
{
	struct cut c = {.cx = cx, .p = p, .n = n, .out = cx_alloc(cx, n)};

	if (!c.out)
		return cx->err;
	if (n >= 4 && c.p[0] == 0xff && c.p[1] == JPEG_SOI && c.p[2] == 0xff) {
		*type = EVIDENCE_JPEG;
		if (strip_jpeg(&c))
			return cx->err;
	} else if (n >= 8 && memcmp(p, png_signature, 8) == 0) {
		*type = EVIDENCE_PNG;
		if (strip_png(&c))
			return cx->err;
	} else if (n >= 8 && memcmp(p, "%PDF-", 5) == 0) {
		*type = EVIDENCE_PDF;
		keep(&c, n);
	} else {
		return cx_fail(cx, ERR_MEDIA_TYPE,
			       "content: neither a JPEG or PNG picture nor a PDF document");
	}
	*out = (struct bytes){c.out, c.len};
	return ERR_OK;
}
