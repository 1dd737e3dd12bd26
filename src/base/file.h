/* file.h: whole files, read within a limit and replaced atomically. */
#ifndef RELODE_BASE_FILE_H
#define RELODE_BASE_FILE_H

#include <sys/types.h>

#include "base/cx.h"

/* A descriptor that closes itself: auto_fd fd = -1; */
#define auto_fd __attribute__((cleanup(file_close))) int
void file_close(int *fd); /* and sets -1; -1 is accepted */

/* The whole file, with a NUL behind its n bytes, in the arena. ERR_NOT_FOUND when it is not there,
 * ERR_TOO_LARGE beyond max bytes. Pipes and the like are read to their end. */
enum err file_read(struct cx *cx, const char *path, size_t max, char **out, size_t *n) MUST_USE;
/* The first n bytes, or as many as there are: *got. A file that is not there is ERR_NOT_FOUND. */
enum err file_begins(struct cx *cx, const char *path, void *out, size_t n, size_t *got) MUST_USE;
/* Replaces path with data, or leaves it as it was: written beside it, made durable, renamed. The file
 * has the given mode (0600 for secrets, 0644 else) whatever the umask; a symbolic link is replaced. */
enum err file_replace(struct cx *cx, const char *path, const void *data, size_t n, mode_t mode) MUST_USE;
/* Gives a file another name in the same file system, durably; what has that name is replaced. */
enum err file_rename(struct cx *cx, const char *from, const char *to) MUST_USE;
bool file_exists(const char *path); /* anything of that name, also a directory */
/* Creates the directory and those above it that are missing; it may be there already. mode is before
 * the umask. */
enum err file_make_dirs(struct cx *cx, const char *path, mode_t mode) MUST_USE;

#endif
