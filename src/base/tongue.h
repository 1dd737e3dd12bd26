/* tongue.h: what the program says to people in a language other than English.
 *
 * Texts stand in the sources in English, where they are said. words/LANGUAGE.po has for each of them what is
 * said instead, found by the English text itself, and is compiled in (tools/embed-words.c): a look-up is a
 * search in a sorted table, done only when something is refused. NULL is English, which needs no table.
 *
 * A text with conversions is a format, and both take the same arguments; %2$s stands where the order
 * differs. A code (a state, an action) is found with its context, for "open" is not one word in every
 * language.
 */
#ifndef RELODE_BASE_TONGUE_H
#define RELODE_BASE_TONGUE_H

#include <stdbool.h>
#include <stddef.h>

enum { TONGUE_KEY_MAX = 1024 }; /* bytes of an English text, with its context and NUL */

struct tongue_text {
	const char *key; /* the English text; or "context", a byte 4, the code */
	const char *text;
};
struct tongue {
	const char *tag; /* BCP 47: "zh-CN" */
	const struct tongue_text *list; /* by key, in the order of bytes */
	size_t count;
};
extern const struct tongue tongue_zh; /* Simplified Chinese */

/* A language by its BCP 47 tag: "zh", "zh-Hans-CN", in any case. true: it is spoken here, *out NULL being
 * English. */
bool tongue_named(const char *tag, size_t n, const struct tongue **out);
const char *tongue_tag(const struct tongue *t); /* "en" for NULL */
/* What is said instead; NULL: there is nothing. context may be NULL. */
const char *tongue_find(const struct tongue *t, const char *context, const char *english);

#endif
