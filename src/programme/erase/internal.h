/* internal.h: what the files of erase share. */
#ifndef RELODE_PROGRAMME_ERASE_INTERNAL_H
#define RELODE_PROGRAMME_ERASE_INTERNAL_H

#include "programme/erase/erase.h"

#define NEEDED (COLUMN | REQ) /* a column that is always there */

extern const struct action erase_actions[];
extern const struct view erase_views[];

#endif
