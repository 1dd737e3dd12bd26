/* text.h: bytes as text: base64, base64url (RFC 4648), base58btc; and codes for people.
 */
#ifndef RELODE_CODEC_TEXT_H
#define RELODE_CODEC_TEXT_H

#include "base/cx.h"

char *base64_encode(struct cx *cx, const void *p, size_t n) MUST_USE;    /* with padding */
char *base64url_encode(struct cx *cx, const void *p, size_t n) MUST_USE; /* without padding */
/* Strict: alphabet, padding and unused bits must be exact; ERR_INPUT otherwise. */
enum err base64_decode(struct cx *cx, const char *s, size_t n, unsigned char **out, size_t *outn) MUST_USE;
enum err base64url_decode(struct cx *cx, const char *s, size_t n, unsigned char **out, size_t *outn) MUST_USE;
/* The Bitcoin alphabet, as multibase 'z' uses it (without the 'z'). At most 256 bytes: more is a bug
 * when encoding, ERR_INPUT when decoding. */
char *base58_encode(struct cx *cx, const void *p, size_t n) MUST_USE;
enum err base58_decode(struct cx *cx, const char *s, size_t n, unsigned char **out, size_t *outn) MUST_USE;

/* Codes that people read aloud (device labels, order numbers): base 32 without I, L, O, U (Crockford),
 * followed by one check character of ISO/IEC 7064 MOD 37-2 over that alphabet extended to 37 with
 * I, L, O, U and '*'; shown in groups of four with '-'.
 * code_make writes value (>= 0) with at least `digits` characters, e.g. "0F3K-2". code_read accepts
 * any case and spaces or '-', reads O as 0 and I or L as 1 among the digits, and refuses a wrong check
 * character with ERR_INVALID. Every single wrong character and every swap of two neighbours is found;
 * for that the check character is taken as it stands (O is not 0 there). digits is 1 to 24. */
enum { CODE_MAX = 32 };
void code_make(char out[CODE_MAX], int64_t value, int digits);
enum err code_read(struct cx *cx, const char *s, int64_t *out) MUST_USE;

#endif
