/* err.h: every way in which relode can fail, and what each door makes of it.
 *
 * One list gives an error its HTTP status, its slug (the last part of a problem type URI, RFC 9457),
 * its exit code on the command line and its title. ERR_OK is 0, so `if (f())` reads "if f failed".
 */
#ifndef RELODE_BASE_ERR_H
#define RELODE_BASE_ERR_H

#include <stdbool.h>

/*      name              http slug                    exit title */
#define ERR_LIST(X)                                                                                 \
	X(ERR_OK,             200, "ok",                   0, "no error")                              \
	X(ERR_INPUT,          400, "bad-input",            2, "the input is not well formed")          \
	X(ERR_UNAUTHENTICATED,401, "unauthenticated",      3, "no valid credentials")                  \
	X(ERR_SESSION,        401, "session-expired",      3, "the session has ended: log in again")  \
	X(ERR_FORBIDDEN,      403, "forbidden",            3, "not allowed to this caller")            \
	X(ERR_NOT_FOUND,      404, "not-found",            4, "there is no such thing")                \
	X(ERR_METHOD,         405, "method-not-allowed",   2, "the resource has no such method")       \
	X(ERR_CONFLICT,       409, "conflict",             5, "the present state does not allow it")   \
	X(ERR_GONE,           410, "gone",                 4, "it was there and has been erased")      \
	X(ERR_PRECONDITION,   412, "precondition-failed",  5, "the resource has changed")              \
	X(ERR_TOO_LARGE,      413, "too-large",            2, "a limit on size or count is exceeded")  \
	X(ERR_MEDIA_TYPE,     415, "media-type",           2, "the media type is not understood")      \
	X(ERR_INVALID,        422, "invalid",              2, "a value breaks a rule")                 \
	X(ERR_IDEMPOTENCY,    422, "idempotency-key-reused", 5, "the key was used with another body")  \
	X(ERR_RATE,           429, "too-many-requests",    6, "too many requests")                     \
	X(ERR_MEMORY,         500, "out-of-memory",        7, "memory ran out")                        \
	X(ERR_IO,             500, "input-output",         7, "reading or writing failed")             \
	X(ERR_DB,             500, "database",             7, "the database failed")                   \
	X(ERR_CORRUPT,        500, "corrupt",              8, "the books do not verify")               \
	X(ERR_UNSUPPORTED,    501, "unsupported",          2, "not supported by this build")           \
	X(ERR_BUSY,           503, "busy",                 6, "try again later")                       \
	X(ERR_INTERRUPTED,    503, "interrupted",          130, "stopped on request")

enum err {
#define X(name, http, slug, code, title) name,
	ERR_LIST(X)
#undef X
	ERR_COUNT
};

int err_http(enum err err);          /* HTTP status, e.g. 409 */
int err_exit(enum err err);          /* exit code of the command line */
const char *err_slug(enum err err);  /* e.g. "conflict" */
const char *err_title(enum err err); /* one English sentence, no full stop */
/* What failed inside: its message is for who runs the program, in the log, and not for the caller. */
bool err_inside(enum err err);

#endif
