#include "base/utf8.h"

#include <stdint.h>
#include <string.h>

/* Bytes 2.. of a sequence are 80..bf; the second has narrower bounds after some first bytes. */
static size_t sequence(const unsigned char *s, size_t n)
{
	unsigned char low = 0x80, high = 0xbf;
	size_t len;

	if (s[0] < 0x80)
		return 1;
	if (s[0] < 0xc2 || s[0] > 0xf4)
		return 0;
	len = s[0] < 0xe0 ? 2 : s[0] < 0xf0 ? 3 : 4;
	if (len > n)
		return 0;
	if (s[0] == 0xe0)
		low = 0xa0; /* overlong */
	else if (s[0] == 0xed)
		high = 0x9f; /* surrogates */
	else if (s[0] == 0xf0)
		low = 0x90; /* overlong */
	else if (s[0] == 0xf4)
		high = 0x8f; /* beyond U+10FFFF */
	if (s[1] < low || s[1] > high)
		return 0;
	for (size_t i = 2; i < len; i++)
		if ((s[i] & 0xc0) != 0x80)
			return 0;
	return len;
}

size_t utf8_prefix(const char *s, size_t n)
{
	size_t at = 0;

	while (at < n) {
		uint64_t eight;
		size_t len;

		if (n - at >= sizeof(eight)) { /* most text is ASCII: eight bytes in one look */
			memcpy(&eight, s + at, sizeof(eight));
			if ((eight & UINT64_C(0x8080808080808080)) == 0) {
				at += sizeof(eight);
				continue;
			}
		}
		len = sequence((const unsigned char *)s + at, n - at);
		if (len == 0)
			break;
		at += len;
	}
	return at;
}

bool utf8_valid(const char *s, size_t n)
{
	return utf8_prefix(s, n) == n;
}
