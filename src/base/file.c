#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FIRST_READ = 64 * 1024 };

void file_close(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

/* As read, over interruptions. */
static ssize_t read_some(int fd, void *p, size_t n)
{
	ssize_t got;

	do
		got = read(fd, p, n);
	while (got < 0 && errno == EINTR);
	return got;
}

static size_t first_size(int fd, size_t max)
{
	struct stat st;
	size_t size = FIRST_READ;

	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size > 0)
		size = (size_t)st.st_size;
	return size < max ? size : max;
}

/* -1: cx is told. */
static int open_to_read(struct cx *cx, const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0 && errno == ENOENT)
		cx_fail(cx, ERR_NOT_FOUND, "there is no file %s", path);
	else if (fd < 0)
		cx_errno(cx, "open", path);
	return fd;
}

enum err file_begins(struct cx *cx, const char *path, void *out, size_t n, size_t *got)
{
	auto_fd fd = open_to_read(cx, path);
	ssize_t more = 1;

	if (fd < 0)
		return cx->err;
	for (*got = 0; *got < n && more > 0; *got += more > 0 ? (size_t)more : 0)
		more = read_some(fd, (char *)out + *got, n - *got);
	return more < 0 ? cx_errno(cx, "read", path) : ERR_OK;
}

enum err file_read(struct cx *cx, const char *path, size_t max, char **out, size_t *n)
{
	auto_fd fd = open_to_read(cx, path);
	size_t len = 0, size;
	char *data;

	if (fd < 0)
		return cx->err;
	size = first_size(fd, max);
	data = cx_alloc(cx, size + 1); /* the byte for the NUL also shows that the file ends */
	for (; data;) {
		ssize_t got = read_some(fd, data + len, size + 1 - len);
		char *more;

		if (got < 0)
			return cx_errno(cx, "read", path);
		len += (size_t)got;
		if (got == 0)
			break;
		if (len > max)
			return cx_fail(cx, ERR_TOO_LARGE, "%s has more than %zu bytes", path, max);
		if (len <= size)
			continue;
		size = size < max / 2 ? size * 2 : max;
		more = cx_alloc(cx, size + 1);
		if (more)
			memcpy(more, data, len);
		data = more;
	}
	if (!data)
		return ERR_MEMORY;
	data[len] = 0;
	*out = data;
	*n = len;
	return ERR_OK;
}

static int write_all(int fd, const char *p, size_t n)
{
	while (n > 0) {
		ssize_t put = write(fd, p, n);

		if (put < 0 && errno == EINTR)
			continue;
		if (put < 0)
			return -1;
		p += put;
		n -= (size_t)put;
	}
	return 0;
}

/* A rename is durable when its directory is. */
static int sync_dir(const char *dir)
{
	auto_fd fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return fd < 0 ? -1 : fsync(fd);
}

static char *dir_of(struct cx *cx, const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? cx_strndup(cx, path, (size_t)(slash - path) + 1) : cx_strdup(cx, ".");
}

enum err file_rename(struct cx *cx, const char *from, const char *to)
{
	char *dir = dir_of(cx, to);

	if (!dir)
		return ERR_MEMORY;
	return rename(from, to) || sync_dir(dir) ? cx_errno(cx, "make", to) : ERR_OK;
}

enum err file_replace(struct cx *cx, const char *path, const void *data, size_t n, mode_t mode)
{
	char *dir = dir_of(cx, path);
	char *tmp = cx_printf(cx, "%s.XXXXXX", path);
	auto_fd fd = -1;

	if (!dir || !tmp)
		return ERR_MEMORY;
	fd = mkostemp(tmp, O_CLOEXEC);
	if (fd < 0)
		return cx_errno(cx, "create", tmp);
	if (write_all(fd, data, n) || fchmod(fd, mode) || fsync(fd) || rename(tmp, path)) {
		cx_errno(cx, "replace", path);
		unlink(tmp);
		return ERR_IO;
	}
	if (sync_dir(dir))
		return cx_errno(cx, "make durable", path);
	return ERR_OK;
}

bool file_exists(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0;
}

/* A new directory is durable when the one above it is; one that could not be made so does not stay, or the
 * next call would take it for one that is. */
static enum err make_dir(struct cx *cx, const char *path, mode_t mode)
{
	char *above = cx_printf(cx, "%s/..", path);
	struct stat st;

	if (!above)
		return cx->err;
	if (mkdir(path, mode) == 0) {
		if (sync_dir(above) == 0)
			return ERR_OK;
		cx_errno(cx, "make the directory", path);
		(void)rmdir(path);
		return cx->err;
	}
	if (errno != EEXIST || stat(path, &st))
		return cx_errno(cx, "make the directory", path);
	errno = ENOTDIR;
	return S_ISDIR(st.st_mode) ? ERR_OK : cx_errno(cx, "make the directory", path);
}

enum err file_make_dirs(struct cx *cx, const char *path, mode_t mode)
{
	char *part = cx_strdup(cx, path);

	if (!part)
		return ERR_MEMORY;
	for (char *slash = part; *slash && (slash = strchr(slash + 1, '/'));) {
		*slash = 0;
		if (make_dir(cx, part, mode))
			return cx->err;
		*slash = '/';
	}
	return make_dir(cx, part, mode);
}
