/* amount.h: minor units as people and banks write them: 1234 of CNY is "12.34".
 *
 * How many digits follow the point is ISO 4217's exponent of the currency (city.h, currency_digits).
 */
#ifndef RELODE_PROGRAMME_SETTLE_AMOUNT_H
#define RELODE_PROGRAMME_SETTLE_AMOUNT_H

#include "programme/city/city.h"

enum { AMOUNT_TEXT = 48 }; /* bytes of any amount as text, with its NUL */

/* "12.34", "-0.05"; "12" for a currency without minor units. An unknown currency has two digits. */
void amount_text(char out[AMOUNT_TEXT], int64_t minor, const char *currency);
/* Reads digits with at most the currency's number of decimals ("12", "12.3", "12.34"); no sign, no
 * grouping, no exponent. ERR_INVALID says what is wrong. At most 10^12 minor units. */
enum err amount_read(struct cx *cx, const char *text, const char *currency, int64_t *minor) MUST_USE;

#endif
