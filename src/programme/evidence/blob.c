/* Sealed files in a directory, each under the SHA-256 of its bytes: ab/cdef…. */
#include "base/file.h"
#include "codec/hash.h"
#include "codec/sign.h"
#include "programme/evidence/parts.h"

static char directory[4096];

enum err evidence_open(struct cx *cx, const char *dir)
{
	if (!dir) {
		directory[0] = 0;
		return ERR_OK;
	}
	if (strlen(dir) >= sizeof(directory))
		return cx_fail(cx, ERR_TOO_LARGE, "the evidence directory's path is too long");
	if (file_make_dirs(cx, dir, 0700))
		return cx->err;
	memcpy(directory, dir, strlen(dir) + 1);
	return ERR_OK;
}

const char *evidence_dir(void)
{
	return directory[0] ? directory : NULL;
}

char *blob_path(struct cx *cx, const char *dir, const unsigned char *digest)
{
	char hex[DIGEST_HEX];

	if (!dir[0]) {
		cx_fail(cx, ERR_UNSUPPORTED, "there is no directory for evidence here");
		return NULL;
	}
	hex_encode(hex, digest, 32);
	return cx_printf(cx, "%s/%.2s/%s", dir, hex, hex + 2);
}

enum err blob_write(struct cx *cx, struct bytes sealed, struct digest *digest)
{
	struct digest d = sha256(sealed.p, sealed.n);
	char *path = blob_path(cx, directory, d.byte), *dir;

	if (!path)
		return cx->err;
	dir = cx_strndup(cx, path, strlen(directory) + 3);
	if (!dir || file_make_dirs(cx, dir, 0700) || file_replace(cx, path, sealed.p, sealed.n, 0600))
		return cx->err;
	*digest = d;
	return ERR_OK;
}

static enum err blob_read(struct cx *cx, const struct evidence *e, struct bytes *out)
{
	char *path = blob_path(cx, directory, e->digest.p), *data;
	struct digest d;
	size_t n;

	if (!path || file_read(cx, path, EVIDENCE_BYTES_MAX + SEAL_OVERHEAD, &data, &n))
		return cx->err;
	d = sha256(data, n);
	if (memcmp(d.byte, e->digest.p, sizeof(d.byte)) != 0)
		return cx_fail(cx, ERR_CORRUPT, "evidence %lld: its file %s has been changed",
			       (long long)e->evidence, path);
	*out = (struct bytes){data, n};
	return ERR_OK;
}

enum err evidence_verify(struct cx *cx, const struct evidence *e)
{
	struct cx_mark mark = cx_mark(cx);
	struct bytes sealed;

	if (blob_read(cx, e, &sealed))
		return cx->err;
	cx_restore(cx, mark);
	return ERR_OK;
}

enum err evidence_content(struct cx *cx, struct reader *r, const struct evidence *e, struct bytes *out)
{
	struct bytes sealed;

	if (blob_read(cx, e, &sealed))
		return cx->err;
	return reader_unseal(cx, r, e->city, evidence_subject(e->device, e->order), sealed, out);
}
