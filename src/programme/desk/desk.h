/* desk.h: views that put together what several features know, for one screen of a person at work.
 *
 * Nothing is kept here. What is shown of a thing is what the thing's own view shows to the same caller.
 */
#ifndef RELODE_PROGRAMME_DESK_DESK_H
#define RELODE_PROGRAMME_DESK_DESK_H

#include "kernel/reader.h"
#include "programme/programme.h"

extern const struct feature desk_feature;

#endif
