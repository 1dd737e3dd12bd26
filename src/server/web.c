#include "server/web.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "codec/hash.h"
#include "codec/zip.h"
#include "server/header.h"

const char *const web_codings[WEB_CODINGS] = {"identity", "gzip", "br"};

struct web {
	atomic_int holders;
	struct cx cx; /* the files' names: as long as this */
	struct web_file file[WEB_FILES_MAX];
	int count;
	size_t bytes;
};

static const struct {
	const char *ending, *type;
	bool runs;
} types[] = {{".html", "text/html; charset=utf-8", true},
	     {".js", "text/javascript; charset=utf-8", true},
	     {".css", "text/css; charset=utf-8", false},
	     {".svg", "image/svg+xml", false},
	     {".png", "image/png", false},
	     {".jpg", "image/jpeg", false},
	     {".webp", "image/webp", false},
	     {".ico", "image/x-icon", false},
	     {".webmanifest", "application/manifest+json", false},
	     {".json", "application/json", false},
	     {".woff2", "font/woff2", false},
	     {".txt", "text/plain; charset=utf-8", false}};

static bool ends_with(const char *text, size_t n, const char *end)
{
	size_t len = strlen(end);

	return n > len && memcmp(text + n - len, end, len) == 0;
}

/* --- reading the directory --- */

/* A directory on the way down. */
struct folder {
	int fd;
	int depth;
	const char *path; /* "" or "assets/" */
};
static enum err read_folder(struct cx *cx, struct web *w, const struct folder *f);

static enum err too_much(struct cx *cx, const char *path, const char *what, int max)
{
	return cx_fail(cx, ERR_TOO_LARGE, "web: %s: %s, at most %d; is this the folder of the built app?",
		       path, what, max);
}

/* The file of this path, without its coding's ending; a new one where there is none. */
static enum err file_of(struct cx *cx, struct web *w, const char *path, size_t n, struct web_file **out)
{
	size_t t = 0;

	for (int i = 0; i < w->count; i++)
		if (strlen(w->file[i].path) == n && memcmp(w->file[i].path, path, n) == 0) {
			*out = &w->file[i];
			return ERR_OK;
		}
	while (t < ARRAY_LEN(types) && !ends_with(path, n, types[t].ending))
		t++;
	*out = NULL;
	if (t == ARRAY_LEN(types))
		return ERR_OK;
	if (w->count == WEB_FILES_MAX)
		return too_much(cx, path, "too many files", WEB_FILES_MAX);
	w->file[w->count] = (struct web_file){.path = cx_strndup(&w->cx, path, n),
					      .type = types[t].type,
					      .runs = types[t].runs,
					      .fixed = strncmp(path, "assets/", 7) == 0};
	if (!w->file[w->count].path)
		return cx_fail(cx, ERR_MEMORY, "no memory for the web app");
	*out = &w->file[w->count++];
	return ERR_OK;
}

/* The bytes, packed where it is a file itself that becomes smaller, for as long as w is there. */
static enum err keep_body(struct cx *cx, struct web *w, const char *p, enum web_coding coding,
			  struct web_body *b)
{
	struct digest d = sha256(p, b->n);
	const void *frame = p;
	size_t n = b->n;
	void *kept;

	hex_encode(b->tag, d.byte, 16);
	if (coding == WEB_PLAIN && zip_pack(cx, &(struct zip_part){p, b->n}, 1, &frame, &n))
		return cx->err;
	if (n < b->n) {
		b->packed = n;
	} else {
		frame = p;
		n = b->n;
	}
	w->bytes += b->n;
	kept = malloc(n + 1); /* a block of its size: an arena's last piece would be half empty */
	if (!kept)
		return cx_fail(cx, ERR_MEMORY, "no memory for the web app");
	b->p = memcpy(kept, frame, n);
	return ERR_OK;
}

static enum err read_body(struct cx *cx, struct web *w, int fd, const char *path, size_t n,
			  enum web_coding coding, struct web_body *out)
{
	struct cx_mark mark = cx_mark(cx);
	char *p = cx_alloc(cx, n + 1);

	if (!p)
		return cx->err;
	*out = (struct web_body){0};
	while (out->n < n) {
		ssize_t done = read(fd, p + out->n, n - out->n);
		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0)
			return cx_errno(cx, "read", path);
		if (done == 0)
			break; /* it has become shorter */
		out->n += (size_t)done;
	}
	if (keep_body(cx, w, p, coding, out))
		return cx->err;
	cx_restore(cx, mark);
	return ERR_OK;
}

static enum err read_file(struct cx *cx, struct web *w, int fd, const char *path, off_t size)
{
	size_t n = strlen(path);
	enum web_coding coding = ends_with(path, n, ".br") ? WEB_BR :
				 ends_with(path, n, ".gz") ? WEB_GZIP :
							     WEB_PLAIN;
	struct web_file *f;

	if (file_of(cx, w, path, coding ? n - 3 : n, &f) || !f)
		return cx->err;
	if (size > WEB_FILE_MAX)
		return too_much(cx, path, "too many bytes", WEB_FILE_MAX);
	if (w->bytes + (size_t)size > WEB_BYTES_MAX)
		return too_much(cx, path, "too many bytes in all", WEB_BYTES_MAX);
	return read_body(cx, w, fd, path, (size_t)size, coding, &f->body[coding]);
}

static enum err read_entry(struct cx *cx, struct web *w, const struct folder *f, const char *name)
{
	char *path = cx_printf(cx, "%s%s", f->path, name);
	auto_fd fd = openat(f->fd, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
	struct stat st;

	if (!path)
		return cx->err;
	if (fd < 0 && (errno == ELOOP || errno == ENOENT))
		return ERR_OK; /* a link; or it went away meanwhile */
	if (fd < 0 || fstat(fd, &st))
		return cx_errno(cx, "read", path);
	if (strlen(path) > WEB_PATH_MAX)
		return too_much(cx, path, "too long a path", WEB_PATH_MAX);
	if (S_ISREG(st.st_mode))
		return read_file(cx, w, fd, path, st.st_size);
	if (!S_ISDIR(st.st_mode))
		return ERR_OK;
	if (f->depth == WEB_DEPTH_MAX)
		return too_much(cx, path, "too deep a folder", WEB_DEPTH_MAX);
	return read_folder(cx, w, &(struct folder){fd, f->depth + 1, cx_printf(cx, "%s/", path)});
}

static enum err read_folder(struct cx *cx, struct web *w, const struct folder *f)
{
	int fd = fcntl(f->fd, F_DUPFD_CLOEXEC, 0);
	DIR *d = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *e;
	enum err err = ERR_OK;
	int seen = 0;

	if (!d || !f->path) {
		err = f->path ? cx_errno(cx, "read", *f->path ? f->path : "the web app's folder") : cx->err;
		file_close(&fd);
		return err;
	}
	while (!err && (e = readdir(d))) {
		if (e->d_name[0] == '.')
			continue;
		if (++seen > 4 * WEB_FILES_MAX)
			err = too_much(cx, *f->path ? f->path : ".", "too many files", WEB_FILES_MAX);
		else
			err = read_entry(cx, w, f, e->d_name);
	}
	closedir(d);
	return err;
}

static int by_path(const void *a, const void *b)
{
	return strcmp(((const struct web_file *)a)->path, ((const struct web_file *)b)->path);
}

static void free_bodies(struct web_file *f)
{
	for (enum web_coding c = 0; c < WEB_CODINGS; c++)
		free((void *)(uintptr_t)f->body[c].p);
}

/* A form without the file itself is none. */
static void keep_whole(struct web *w)
{
	int kept = 0;

	for (int i = 0; i < w->count; i++)
		if (w->file[i].body[WEB_PLAIN].p)
			w->file[kept++] = w->file[i];
		else
			free_bodies(&w->file[i]);
	w->count = kept;
	qsort(w->file, (size_t)w->count, sizeof(w->file[0]), by_path);
}

static const struct web_file *find(const struct web *w, const char *path, size_t n)
{
	char text[WEB_PATH_MAX + 1];
	struct web_file key = {.path = text};

	if (n > WEB_PATH_MAX)
		return NULL;
	memcpy(text, path, n);
	text[n] = 0;
	return bsearch(&key, w->file, (size_t)w->count, sizeof(w->file[0]), by_path);
}

enum err web_open(struct cx *cx, const char *dir, struct web **out)
{
	auto_fd fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct web *w;

	if (fd < 0 && (errno == ENOENT || errno == ENOTDIR))
		return cx_fail(cx, ERR_NOT_FOUND, "web: there is no folder %s", dir);
	if (fd < 0)
		return cx_errno(cx, "open the web app's folder", dir);
	w = calloc(1, sizeof(*w));
	if (!w)
		return cx_fail(cx, ERR_MEMORY, "no memory for the web app");
	cx_init(&w->cx, 2 * (size_t)WEB_BYTES_MAX);
	atomic_store(&w->holders, 1);
	if (read_folder(cx, w, &(struct folder){fd, 1, ""})) {
		web_drop(w);
		return cx->err;
	}
	keep_whole(w);
	if (!find(w, "index.html", 10)) {
		web_drop(w);
		return cx_fail(cx, ERR_NOT_FOUND,
			       "web: %s has no index.html: give the folder of the built app "
			       "(npm run build in web/)",
			       dir);
	}
	*out = w;
	return ERR_OK;
}

struct web *web_keep(struct web *w)
{
	atomic_fetch_add(&w->holders, 1);
	return w;
}

void web_drop(struct web *w)
{
	if (!w || atomic_fetch_sub(&w->holders, 1) > 1)
		return;
	for (int i = 0; i < w->count; i++)
		free_bodies(&w->file[i]);
	cx_done(&w->cx);
	free(w);
}

/* --- finding --- */

/* An address that the API has, or may have one day: never the app's. */
static bool is_api(const char *path, size_t n)
{
	static const char *const words[] = {"v1", "healthz", "readyz", "metrics", "openapi.json", "problems"};

	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		if (strlen(words[i]) == n && memcmp(words[i], path, n) == 0)
			return true;
	return false;
}

/* One segment of an address of the app's own. What it means is the app's business; nothing in it looks like
 * a file, a step up, or another '/'. */
static bool is_segment(const char *p, size_t n)
{
	static const char *const refused[] = {"%0", "%1", "%2E", "%2F", "%5C", "%7F"};

	for (size_t i = 0; i < n; i++) {
		if (p[i] <= ' ' || p[i] > '~' || p[i] == '.' || p[i] == '\\')
			return false;
		for (size_t k = 0; p[i] == '%' && k < ARRAY_LEN(refused); k++)
			if (n - i < 3 || strncasecmp(p + i, refused[k], strlen(refused[k])) == 0)
				return false;
	}
	return true;
}

static bool is_own(const char *path, size_t n)
{
	size_t first = 0;

	while (first < n && path[first] != '/')
		first++;
	if (is_api(path, first) || memchr(path, '%', first))
		return false;
	for (size_t at = 0; at < n;) {
		size_t len = 0;
		while (at + len < n && path[at + len] != '/')
			len++;
		if (len == 0 || !is_segment(path + at, len))
			return false;
		at += len + 1;
	}
	return true;
}

const struct web_file *web_find(const struct web *w, const char *path, size_t n)
{
	const struct web_file *f;

	if (n == 0 || *path != '/')
		return NULL;
	path++, n--;
	f = n ? find(w, path, n) : NULL;
	return f || !is_own(path, n) ? f : find(w, "index.html", 10);
}

enum web_coding web_choose(const struct web_file *f, const char *accept)
{
	enum web_coding best = WEB_PLAIN;

	for (enum web_coding c = WEB_GZIP; accept && c < WEB_CODINGS; c++)
		if (f->body[c].p && f->body[c].n < f->body[best].n &&
		    header_takes_coding(accept, web_codings[c]))
			best = c;
	return best;
}

enum err web_read(struct cx *cx, const struct web_body *b, const void **out)
{
	char *p;
	size_t n;

	*out = b->p;
	if (b->packed == 0)
		return ERR_OK;
	if (zip_unpack(cx, b->p, b->packed, WEB_FILE_MAX, &p, &n))
		return cx->err;
	*out = p;
	return ERR_OK;
}
