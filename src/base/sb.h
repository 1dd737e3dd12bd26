/* sb.h: a growing string in a context's arena, with a stated maximum.
 *
 * Writing never needs checking call by call: the first failure (the maximum, or memory) sticks, and
 * sb_end reports it. The bytes are always NUL terminated behind their length.
 */
#ifndef RELODE_BASE_SB_H
#define RELODE_BASE_SB_H

#include "base/cx.h"

struct sb {
	struct cx *cx;
	char *data;
	size_t len, cap, max;
	enum err err;
};

void sb_init(struct sb *sb, struct cx *cx, size_t max); /* max: bytes, without the NUL */
void sb_add(struct sb *sb, const void *bytes, size_t n);
void sb_str(struct sb *sb, const char *s);
char *sb_grow(struct sb *sb, size_t n); /* n more bytes, for the caller to set; NULL: as above */
void sb_one(struct sb *sb, char c); /* sb_char where there is no room yet */
static inline void sb_char(struct sb *sb, char c)
{
	if (sb->err || sb->len + 1 >= sb->cap || sb->len >= sb->max) {
		sb_one(sb, c);
		return;
	}
	sb->data[sb->len++] = c;
	sb->data[sb->len] = 0;
}
void sb_i64(struct sb *sb, int64_t value); /* decimal */
void sb_printf(struct sb *sb, const char *fmt, ...) PRINTF_LIKE(2, 3);
/* ERR_OK, or the first failure (ERR_TOO_LARGE, ERR_MEMORY) with cx told. */
enum err sb_end(struct sb *sb) MUST_USE;

#endif
