/* web.h: the files of the built web app, read once into memory. Knows no web server.
 *
 * Only regular files of one directory with an ending that stands in a table are there: no links, no dotfiles,
 * no maps of sources. What a request asks for is looked up in the index, never in the file system, so no
 * address leads out of it. `NAME.br` and `NAME.gz` are other forms of NAME. Browsers take one of these, so
 * the file itself lies packed in memory until somebody wants it. Threads may share one; each holder keeps it
 * and drops it.
 */
#ifndef RELODE_SERVER_WEB_H
#define RELODE_SERVER_WEB_H

#include "base/cx.h"

enum {
	WEB_FILES_MAX = 2000,
	WEB_FILE_MAX = 8 * 1024 * 1024, /* bytes of a file */
	WEB_BYTES_MAX = 64 * 1024 * 1024, /* of all */
	WEB_DEPTH_MAX = 6,
	WEB_PATH_MAX = 200
};
enum web_coding { WEB_PLAIN, WEB_GZIP, WEB_BR, WEB_CODINGS };
extern const char *const web_codings[WEB_CODINGS]; /* as Content-Encoding has them */

struct web_body {
	const void *p; /* NULL: not in this form */
	size_t n;      /* bytes of the body: what web_read gives */
	size_t packed; /* bytes at p, a zstd frame; 0: the body itself lies there */
	char tag[2 * 16 + 1];
};
struct web_file {
	const char *path; /* "assets/index-B2x.js" */
	const char *type; /* media type */
	bool fixed;       /* its name changes with its content: may be kept for ever */
	bool runs;        /* a page or a script: its answer says what it may do */
	struct web_body body[WEB_CODINGS];
};

struct web;
/* ERR_NOT_FOUND: no such directory, or no index.html in it; ERR_TOO_LARGE: more than the limits above. */
enum err web_open(struct cx *cx, const char *dir, struct web **out) MUST_USE;
struct web *web_keep(struct web *w);
void web_drop(struct web *w); /* accepts NULL */
/* What a path of a request, as it came, shows: its file; index.html for an address of the app's own (no
 * ending, nothing unusual in it, not below the API's words); NULL: nothing. */
const struct web_file *web_find(const struct web *w, const char *path, size_t n);
/* The smallest form that the caller takes. accept: Accept-Encoding (RFC 9110 section 12.5.3), or NULL. */
enum web_coding web_choose(const struct web_file *f, const char *accept);
/* A body's b->n bytes: as they lie there, or in cx's arena. */
enum err web_read(struct cx *cx, const struct web_body *b, const void **out) MUST_USE;

#endif
