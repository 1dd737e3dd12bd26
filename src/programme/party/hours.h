/* hours.h: opening hours, as OpenStreetMap's opening_hours writes them; the part that shops use.
 *
 *   "24/7" | rule {";" rule}      rule: [days] (times | "off" | "closed")
 *   days: Mo Tu We Th Fr Sa Su PH SH, ranges "Mo-Fr", lists "Mo-Fr,Su"
 *   times: "09:00-12:00,13:00-18:30"; the end may be up to 48:00 or before the start (over midnight)
 */
#ifndef RELODE_PROGRAMME_PARTY_HOURS_H
#define RELODE_PROGRAMME_PARTY_HOURS_H

#include "base/cx.h"

/* ERR_INVALID names the character at which the text stops being opening hours. */
enum err hours_check(struct cx *cx, const char *text) MUST_USE;

#endif
