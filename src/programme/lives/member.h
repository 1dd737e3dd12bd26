/* member.h: members of canonical JSON (RFC 8785) where they lie, without making a tree of them.
 *
 * What is read was written by entry_encode: no white space, names without escapes. Text that is otherwise is
 * not there: an empty span. Nothing behind the span's end is ever read.
 */
#ifndef RELODE_PROGRAMME_LIVES_MEMBER_H
#define RELODE_PROGRAMME_LIVES_MEMBER_H

#include "kernel/field.h"

/* A value's bytes: an object with its braces, a text with its quotes; n 0: none. */
struct span {
	const char *p;
	size_t n;
};
/* The next member of an object; *at begins as 0, and is moved behind it. false: there is none. */
bool member_each(struct span object, size_t *at, struct span *name, struct span *value);
/* A member of an object. */
struct span member_get(struct span object, const char *name);
/* The next value of an array; *at begins as 0, and is moved behind it. */
struct span member_next(struct span array, size_t *at);
int64_t span_number(struct span value); /* FIELD_NONE: no such integer */
/* The text without its quotes, escapes as they are; n 0: none, or an empty one. */
struct span span_text(struct span value);
/* The same of a member. */
int64_t member_number(struct span object, const char *name);
struct span member_text(struct span object, const char *name);
bool span_is(struct span s, const char *text);

#endif
