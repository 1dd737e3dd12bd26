#include "base/cx.h"

#include <errno.h>
#include <malloc.h>
#include <stdalign.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <time.h>

#include "base/utf8.h"

enum {
	CHUNK_MIN = 16 * 1024,
	HUGE = 2 * 1024 * 1024,        /* bytes of a huge page */
	LARGE = 4 * 1024 * 1024,       /* from so many bytes on they are asked for */
	SMALL_KEPT = 32 * 1024 * 1024, /* bytes at the end of a heap of smaller ones that may stay there */
	LARGE_CHUNK = 8 * 1024 * 1024, /* with its head, of an arena of LARGE_ARENA */
	LARGE_ARENA = 64 * 1024 * 1024
};

struct chunk {
	struct chunk *prev;
	size_t size, used;
	alignas(max_align_t) unsigned char data[];
};
enum { LARGE_DATA = LARGE_CHUNK - sizeof(struct chunk) };

struct arena {
	struct chunk *top;
	struct chunk *spare; /* a large one that was given back: may be wanted again at once */
	size_t total, max;   /* bytes handed out and their limit */
};

/* Of contexts that there was no memory for: nothing is ever taken from it. */
static struct chunk no_chunk;
static struct arena no_arena = {.top = &no_chunk};

static _Thread_local long fail_at, fail_count;

_Noreturn void cx_bug(const char *file, int line, const char *condition)
{
	fprintf(stderr, "relode: bug at %s:%d: %s\n", file, line, condition);
	abort();
}

static int64_t system_clock(void *arg)
{
	struct timespec ts;
	(void)arg;
	clock_gettime(CLOCK_REALTIME, &ts);
	return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

static void system_random(void *arg, void *out, size_t n)
{
	unsigned char *p = out;
	(void)arg;
	while (n > 0) {
		ssize_t got = getrandom(p, n, 0);
		if (got < 0) {
			BUG(errno != EINTR);
			continue;
		}
		p += got;
		n -= (size_t)got;
	}
}

/* Not zeroed. That the system gives no huge pages is no failure. */
static void *get_memory(size_t n)
{
	void *p;

	if (n < LARGE || n > SIZE_MAX - HUGE)
		return malloc(n);
	n = (n + HUGE - 1) / HUGE * HUGE;
	p = aligned_alloc(HUGE, n);
	if (p)
		(void)madvise(p, n, MADV_HUGEPAGE);
	return p;
}

/* By itself malloc takes ever larger blocks from its heaps, which give back nothing from within. */
void cx_large_goes_back(void)
{
	(void)mallopt(M_MMAP_THRESHOLD, LARGE);
	(void)mallopt(M_TRIM_THRESHOLD, SMALL_KEPT);
}

void *cx_large(size_t n)
{
	void *p = n < LARGE ? malloc(n) : get_memory(n);

	/* written at once: memory that calloc has from the system would be touched twice, page by page, where
	 * it is read before it is written */
	return p ? memset(p, 0, n) : p;
}

static struct chunk *chunk_new(struct arena *a, size_t size, struct chunk *prev)
{
	struct chunk *c = a->spare && a->spare->size == size ? a->spare : NULL;
	if (c)
		a->spare = NULL;
	else
		c = get_memory(sizeof(*c) + size);
	if (!c)
		return NULL;
	*c = (struct chunk){.prev = prev, .size = size};
	return c;
}

bool cx_init(struct cx *cx, size_t arena_max)
{
	*cx = (struct cx){.clock = system_clock, .random = system_random};
	cx->arena = malloc(sizeof(*cx->arena));
	if (cx->arena) {
		*cx->arena = (struct arena){.max = arena_max ? arena_max : CX_ARENA_DEFAULT};
		cx->arena->top = chunk_new(cx->arena, CHUNK_MIN, NULL);
		if (cx->arena->top)
			return true;
		free(cx->arena);
	}
	cx->arena = &no_arena;
	return false;
}

static void free_down_to(struct arena *a, const struct chunk *keep)
{
	while (a->top != keep) {
		struct chunk *prev = a->top->prev;
		if (!a->spare && a->top->size == LARGE_DATA)
			a->spare = a->top;
		else
			free(a->top);
		a->top = prev;
	}
}

void cx_done(struct cx *cx)
{
	if (!cx || !cx->arena)
		return;
	if (cx->arena != &no_arena) {
		free_down_to(cx->arena, NULL);
		free(cx->arena->spare);
		free(cx->arena);
	}
	*cx = (struct cx){0};
}

void cx_share(struct cx *cx, const struct cx *with)
{
	cx_clear(cx);
	cx->arena = with->arena;
	cx->clock = with->clock;
	cx->clock_arg = with->clock_arg;
	cx->random = with->random;
	cx->random_arg = with->random_arg;
	cx->stop = with->stop;
	cx->tongue = with->tongue;
}

void cx_reset(struct cx *cx)
{
	struct chunk *first = cx->arena->top;
	while (first->prev)
		first = first->prev;
	cx_restore(cx, (struct cx_mark){.chunk = first});
	cx_clear(cx);
	cx->tongue = NULL;
}

size_t cx_used(const struct cx *cx)
{
	return cx->arena->total;
}

void cx_limit(struct cx *cx, size_t arena_max)
{
	BUG(arena_max < cx->arena->total);
	if (cx->arena != &no_arena)
		cx->arena->max = arena_max;
}

struct cx_mark cx_mark(struct cx *cx)
{
	return (struct cx_mark){cx->arena->top, cx->arena->top->used, cx->arena->total};
}

void cx_restore(struct cx *cx, struct cx_mark mark)
{
	free_down_to(cx->arena, mark.chunk);
	BUG(!cx->arena->top);
	if (cx->arena == &no_arena)
		return;
	cx->arena->top->used = mark.used;
	cx->arena->total = mark.total;
}

static bool told_to_fail(void)
{
	fail_count++;
	return fail_at > 0 && --fail_at == 0;
}

long cx_fail_allocation(long nth)
{
	long made = fail_count;
	fail_count = 0;
	fail_at = nth;
	return made;
}

/* Of the chunk that follows: twice the one before, up to a MiB; in a large arena, of whole huge pages. */
static size_t next_size(const struct arena *a, size_t need)
{
	size_t size = a->top->size < 1024 * 1024 ? a->top->size * 2 : 1024 * 1024;

	if (a->total >= LARGE_ARENA)
		size = LARGE_DATA;
	return need > size ? need : size;
}

void *cx_raw(struct cx *cx, size_t n)
{
	struct arena *a = cx->arena;
	size_t need = (n + alignof(max_align_t) - 1) & ~(alignof(max_align_t) - 1);
	void *p;

	if (need < n || need > a->max - a->total || told_to_fail() || a == &no_arena) {
		cx_fail(cx, ERR_MEMORY, "memory limit of %zu bytes reached", a->max);
		return NULL;
	}
	if (need > a->top->size - a->top->used) {
		struct chunk *c = chunk_new(a, next_size(a, need), a->top);
		if (!c) {
			cx_fail(cx, ERR_MEMORY, "the machine has no memory left");
			return NULL;
		}
		a->top = c;
	}
	p = a->top->data + a->top->used;
	a->top->used += need;
	a->total += need;
	return p;
}

void *cx_alloc(struct cx *cx, size_t n)
{
	void *p = cx_raw(cx, n);

	return p ? memset(p, 0, n) : NULL;
}

void *cx_array(struct cx *cx, size_t count, size_t size)
{
	size_t n;
	if (__builtin_mul_overflow(count, size, &n)) {
		cx_fail(cx, ERR_MEMORY, "an array of %zu x %zu bytes is too large", count, size);
		return NULL;
	}
	return cx_alloc(cx, n);
}

void *cx_memdup(struct cx *cx, const void *p, size_t n)
{
	void *copy = cx_raw(cx, n);
	if (copy && n)
		memcpy(copy, p, n);
	return copy;
}

char *cx_strndup(struct cx *cx, const char *s, size_t n)
{
	char *copy = cx_raw(cx, n + 1);
	if (!copy)
		return NULL;
	if (n)
		memcpy(copy, s, n);
	copy[n] = 0;
	return copy;
}

char *cx_join(struct cx *cx, const char *a, char between, const char *b)
{
	size_t an = strlen(a), bn = strlen(b);
	char *text = cx_raw(cx, an + bn + 2);

	if (!text)
		return NULL;
	memcpy(text, a, an);
	text[an] = between;
	memcpy(text + an + 1, b, bn + 1);
	return text;
}

char *cx_strdup(struct cx *cx, const char *s)
{
	return cx_strndup(cx, s, strlen(s));
}

char *cx_vprintf(struct cx *cx, const char *fmt, va_list ap)
{
	char most[256];
	va_list again;
	char *s;
	int n;

	va_copy(again, ap);
	n = vsnprintf(most, sizeof(most), fmt, again);
	va_end(again);
	BUG(n < 0);
	if ((size_t)n < sizeof(most))
		return cx_strndup(cx, most, (size_t)n);
	s = cx_alloc(cx, (size_t)n + 1);
	if (s)
		vsnprintf(s, (size_t)n + 1, fmt, ap);
	return s;
}

char *cx_printf(struct cx *cx, const char *fmt, ...)
{
	va_list ap;
	char *s;

	va_start(ap, fmt);
	s = cx_vprintf(cx, fmt, ap);
	va_end(ap);
	return s;
}

/* --- messages --- */

/* A conversion such as %.40s may have cut a character: what is left of one goes. */
static void mend_utf8(char *msg)
{
	size_t left = strlen(msg), n;

	for (; (n = utf8_prefix(msg, left)) < left; left -= n + 1) {
		msg += n;
		memmove(msg, msg + 1, left - n); /* the NUL too */
	}
}

static const char *in_tongue(struct cx *cx, const char *fmt)
{
	const char *text = tongue_find(cx->tongue, NULL, fmt);

	cx->foreign = !text && strcmp(fmt, "%s") != 0;
	return text ? text : fmt;
}

enum err cx_fail(struct cx *cx, enum err err, const char *fmt, ...)
{
	char msg[CX_MSG_MAX]; /* the arguments may point into cx->msg */
	va_list ap;

	BUG(err == ERR_OK);
	cx->foreign = false;
	if (cx->tongue && !err_inside(err))
		fmt = in_tongue(cx, fmt);
	va_start(ap, fmt);
	vsnprintf(msg, sizeof(msg), fmt, ap);
	va_end(ap);
	mend_utf8(msg);
	memcpy(cx->msg, msg, sizeof(msg));
	cx->hints = 0;
	return cx->err = err;
}

enum err cx_pass(struct cx *cx, const struct cx *from)
{
	const char *text = from->msg;
	bool foreign = from->foreign;

	if (cx->tongue && cx->tongue != from->tongue && !err_inside(from->err)) {
		text = tongue_find(cx->tongue, NULL, from->msg);
		foreign = !text;
		text = text ? text : from->msg;
	}
	cx_fail(cx, from->err, "%s", text);
	cx->foreign = foreign;
	return cx->err;
}

const char *cx_say(struct cx *cx, const char *text)
{
	const char *said = tongue_find(cx->tongue, NULL, text);

	return said ? said : text;
}

const char *cx_say_code(struct cx *cx, const char *context, const char *code)
{
	const char *said = tongue_find(cx->tongue, context, code);

	return said ? said : code;
}

enum err cx_errno(struct cx *cx, const char *verb, const char *what)
{
	char text[128];
	int no = errno;

	return cx_fail(cx, ERR_IO, "cannot %s %s: %s", verb, what, strerror_r(no, text, sizeof(text)));
}

enum err cx_prefix(struct cx *cx, const char *fmt, ...)
{
	char msg[CX_MSG_MAX];
	va_list ap;
	int n;

	BUG(cx->err == ERR_OK);
	if (cx->tongue && !err_inside(cx->err))
		fmt = cx_say(cx, fmt);
	va_start(ap, fmt);
	n = vsnprintf(msg, sizeof(msg), fmt, ap);
	va_end(ap);
	if (n >= 0 && (size_t)n < sizeof(msg))
		snprintf(msg + n, sizeof(msg) - (size_t)n, "%s", cx->msg);
	mend_utf8(msg);
	memcpy(cx->msg, msg, sizeof(msg));
	return cx->err;
}

void cx_hint(struct cx *cx, const char *key, const char *fmt, ...)
{
	enum err err = cx->err;
	bool foreign = cx->foreign;
	char msg[CX_MSG_MAX];
	va_list ap;
	char *text;

	BUG(err == ERR_OK);
	if (cx->hints == CX_HINT_MAX || err == ERR_MEMORY)
		return;
	memcpy(msg, cx->msg, sizeof(msg));
	va_start(ap, fmt);
	text = cx_vprintf(cx, fmt, ap);
	va_end(ap);
	if (text)
		cx->hint[cx->hints++] = (struct cx_hint){key, text};
	cx->err = err;
	cx->foreign = foreign;
	memcpy(cx->msg, msg, sizeof(msg));
}

void cx_clear(struct cx *cx)
{
	cx->err = ERR_OK;
	cx->msg[0] = 0;
	cx->foreign = false;
	cx->hints = 0;
}

int64_t cx_now(struct cx *cx)
{
	return cx->clock(cx->clock_arg);
}

void cx_random(struct cx *cx, void *out, size_t n)
{
	cx->random(cx->random_arg, out, n);
}

bool cx_stopping(struct cx *cx)
{
	return cx->stop && cx->stop();
}
