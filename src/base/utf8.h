/* utf8.h: which bytes are UTF-8 (RFC 3629: no surrogates, no overlong forms). */
#ifndef RELODE_BASE_UTF8_H
#define RELODE_BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>

bool utf8_valid(const char *s, size_t n);
size_t utf8_prefix(const char *s, size_t n); /* bytes in front that are valid UTF-8 */

#endif
