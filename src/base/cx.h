/* cx.h: the context that every function is given first: arena, error, clock, random.
 *
 * A context belongs to one thread. All that cx_alloc and its kin return lives until cx_reset or
 * cx_done; nothing is freed singly. The arena has a stated maximum: an allocation beyond it fails
 * with ERR_MEMORY, so outside input can never take more than the limit of its request.
 *
 * Errors: a function that can fail returns enum err and has called cx_fail, so cx->err and cx->msg
 * say what, where and what to do. Outputs are written only on success. Hints are extra members of
 * the error for machines (RFC 9457 extension members), such as the present state.
 *
 * A context that serves a person may have a language (tongue.h): then cx_fail and cx_prefix say in it what
 * they are given in English. What failed inside (err_inside) stays in English: it is for the log. Nothing
 * that is kept, hashed or compared is ever made of cx->msg.
 *
 * Programmer errors are not errors of this kind: BUG(condition) aborts, in release too.
 */
#ifndef RELODE_BASE_CX_H
#define RELODE_BASE_CX_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/tongue.h"

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))
#define PRINTF_LIKE(fmt, args) __attribute__((format(printf, fmt, args)))
#define MUST_USE __attribute__((warn_unused_result))

/* Aborts with file and line when the condition holds: a mistake of ours, never of the input. */
#define BUG(condition)                                                                              \
	do {                                                                                        \
		if (__builtin_expect(!!(condition), 0))                                             \
			cx_bug(__FILE__, __LINE__, #condition);                                     \
	} while (0)
_Noreturn void cx_bug(const char *file, int line, const char *condition);

enum {
	CX_MSG_MAX = 1024,                 /* bytes of an error message, with its NUL */
	CX_HINT_MAX = 8,                   /* hints of one error */
	CX_ARENA_DEFAULT = 64 * 1024 * 1024 /* bytes an ordinary request may take */
};

struct cx_hint {
	const char *key;
	const char *text; /* in the arena; a list is written "a, b, c" */
};

/* Microseconds since 1970-01-01T00:00:00Z. */
typedef int64_t cx_clock_fn(void *arg);
/* Fills n bytes with randomness fit for keys. */
typedef void cx_random_fn(void *arg, void *out, size_t n);

struct arena;

struct cx {
	struct arena *arena;
	enum err err; /* ERR_OK while nothing failed */
	char msg[CX_MSG_MAX]; /* always UTF-8 */
	const struct tongue *tongue; /* of msg; NULL: English */
	bool foreign; /* msg is in English all the same: the language has no such text */
	struct cx_hint hint[CX_HINT_MAX];
	int hints;
	cx_clock_fn *clock;
	void *clock_arg;
	cx_random_fn *random;
	void *random_arg;
	bool (*stop)(void); /* long work asks it now and then; true: end with ERR_INTERRUPTED */
};

/* A context with the system's clock and random numbers; arena_max 0 means CX_ARENA_DEFAULT. False: not even
 * the first kilobytes can be had; it may be used as any, and every allocation of it fails. */
bool cx_init(struct cx *cx, size_t arena_max);
void cx_done(struct cx *cx);
/* A context with an error of its own whose memory and language are another one's, in the same thread: for
 * the many requests of a batch. Ends with the other; cx_reset and cx_done are for the other alone. */
void cx_share(struct cx *cx, const struct cx *with);
/* Forgets the error, the language and everything allocated; keeps a chunk or two for the next use. */
void cx_reset(struct cx *cx);

/* A place in the arena to go back to. Restoring frees what was allocated since. */
struct cx_mark {
	void *chunk;
	size_t used, total;
};
size_t cx_used(const struct cx *cx); /* bytes handed out and not given back */
void cx_limit(struct cx *cx, size_t arena_max); /* from now on; not less than what is handed out */
struct cx_mark cx_mark(struct cx *cx);
void cx_restore(struct cx *cx, struct cx_mark mark);

/* n zeroed bytes, aligned for any type; NULL after cx_fail(ERR_MEMORY). n may be 0. */
void *cx_alloc(struct cx *cx, size_t n) MUST_USE;
void *cx_raw(struct cx *cx, size_t n) MUST_USE; /* the same of whatever was there: for who sets it all */
void *cx_array(struct cx *cx, size_t count, size_t size) MUST_USE; /* overflow is ERR_MEMORY */
void *cx_memdup(struct cx *cx, const void *p, size_t n) MUST_USE;
char *cx_strdup(struct cx *cx, const char *s) MUST_USE;
char *cx_strndup(struct cx *cx, const char *s, size_t n) MUST_USE; /* always NUL terminated */
char *cx_join(struct cx *cx, const char *a, char between, const char *b) MUST_USE; /* "a/b" */
char *cx_printf(struct cx *cx, const char *fmt, ...) PRINTF_LIKE(2, 3) MUST_USE;
char *cx_vprintf(struct cx *cx, const char *fmt, va_list ap) MUST_USE;
#define CX_NEW(cx, type) ((type *)cx_alloc((cx), sizeof(type)))

/* n zeroed bytes of no arena, for free(); NULL: there are none. Where n is many MiB, they are huge pages on a
 * system that has them on request: what is read all over them is found sooner. */
void *cx_large(size_t n) MUST_USE;
/* Once, before a program's first thread: blocks of many MiB go back to the system when they are freed, so
 * that what a thread needs for a moment is not its for ever. */
void cx_large_goes_back(void);

/* Records the error and its message, drops older hints, returns err. */
enum err cx_fail(struct cx *cx, enum err err, const char *fmt, ...) PRINTF_LIKE(3, 4);
/* As cx_fail(ERR_IO) with errno's text: "cannot VERB WHAT: No such file or directory". */
enum err cx_errno(struct cx *cx, const char *verb, const char *what);
/* Puts text before the message: where it happened ("line 7: "). */
enum err cx_prefix(struct cx *cx, const char *fmt, ...) PRINTF_LIKE(2, 3);
/* Takes over the error of another context, without its hints. */
enum err cx_pass(struct cx *cx, const struct cx *from);
/* A text that will stand in a message, in the context's language: for what cx_fail is given as %s. */
const char *cx_say(struct cx *cx, const char *text);
/* The same of a code ("erasing"), found in words/ with its context; the code itself where there is none. */
const char *cx_say_code(struct cx *cx, const char *context, const char *code);
void cx_hint(struct cx *cx, const char *key, const char *fmt, ...) PRINTF_LIKE(3, 4);
void cx_clear(struct cx *cx); /* forgets the error, keeps the memory */

int64_t cx_now(struct cx *cx);                          /* microseconds UTC, from cx->clock */
void cx_random(struct cx *cx, void *out, size_t n);     /* from cx->random */
bool cx_stopping(struct cx *cx);                        /* true: the caller should end now */

/* Tests only: the nth allocation from now (1 is the next) fails, once. 0 switches it off. Returns
 * how many allocations were made since the last call. */
long cx_fail_allocation(long nth);

#endif
