#include "base/sb.h"

enum { FIRST = 64, SMALL = 4096 }; /* bytes */

void sb_init(struct sb *sb, struct cx *cx, size_t max)
{
	static char empty[1];
	*sb = (struct sb){.cx = cx, .data = empty, .max = max};
}

static bool room(struct sb *sb, size_t n)
{
	size_t cap;
	char *data;

	if (sb->err)
		return false;
	if (n > sb->max - sb->len) {
		sb->err = ERR_TOO_LARGE;
		return false;
	}
	if (sb->len + n < sb->cap)
		return true;
	cap = sb->cap ? sb->cap : FIRST;
	while (cap <= sb->len + n)
		cap *= cap < SMALL ? 4 : 2; /* what is small is copied less often */
	data = cx_raw(sb->cx, cap);
	if (!data) {
		sb->err = ERR_MEMORY;
		return false;
	}
	memcpy(data, sb->data, sb->len + 1);
	sb->data = data;
	sb->cap = cap;
	return true;
}

void sb_add(struct sb *sb, const void *bytes, size_t n)
{
	if (n == 0 || !room(sb, n))
		return;
	memcpy(sb->data + sb->len, bytes, n);
	sb->len += n;
	sb->data[sb->len] = 0;
}

char *sb_grow(struct sb *sb, size_t n)
{
	char *p;

	if (!room(sb, n))
		return NULL;
	p = sb->data + sb->len;
	sb->len += n;
	sb->data[sb->len] = 0;
	return p;
}

void sb_str(struct sb *sb, const char *s)
{
	sb_add(sb, s, strlen(s));
}

void sb_one(struct sb *sb, char c)
{
	if (!room(sb, 1))
		return;
	sb->data[sb->len++] = c;
	sb->data[sb->len] = 0;
}

/* Two digits at a time: times have sixteen. */
void sb_i64(struct sb *sb, int64_t value)
{
	static const char pair[] =
		"00010203040506070809101112131415161718192021222324252627282930313233343536373839"
		"40414243444546474849505152535455565758596061626364656667686970717273747576777879"
		"8081828384858687888990919293949596979899";
	char digits[24], *p = digits + sizeof(digits);
	uint64_t rest = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;

	for (; rest >= 10; rest /= 100)
		memcpy(p -= 2, pair + 2 * (rest % 100), 2);
	if (rest > 0 || p == digits + sizeof(digits))
		*--p = (char)('0' + rest);
	if (value < 0)
		*--p = '-';
	sb_add(sb, p, (size_t)(digits + sizeof(digits) - p));
}

/* Tried where there is room already; only when it is too little, measured and written again. */
void sb_printf(struct sb *sb, const char *fmt, ...)
{
	size_t left = sb->cap > sb->len ? sb->cap - sb->len : 0;
	va_list ap, again;
	int n;

	if (sb->err)
		return;
	va_start(ap, fmt);
	va_copy(again, ap);
	n = vsnprintf(left ? sb->data + sb->len : NULL, left, fmt, again);
	va_end(again);
	BUG(n < 0);
	if (left && ((size_t)n >= left || (size_t)n > sb->max - sb->len)) {
		sb->data[sb->len] = 0;
		left = 0;
	}
	if (!left) {
		if (room(sb, (size_t)n))
			vsnprintf(sb->data + sb->len, (size_t)n + 1, fmt, ap);
	}
	if (!sb->err)
		sb->len += (size_t)n;
	va_end(ap);
}

enum err sb_end(struct sb *sb)
{
	if (sb->err == ERR_TOO_LARGE)
		return cx_fail(sb->cx, ERR_TOO_LARGE, "more than %zu bytes of text", sb->max);
	if (sb->err && sb->cx->err != sb->err) /* another error came between, or it was cleared */
		return cx_fail(sb->cx, sb->err, "memory ran out while writing text");
	return sb->err;
}
