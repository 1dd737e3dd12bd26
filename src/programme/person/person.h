/* person.h: all that is held about a person or an organisation of a city, as one JSON document.
 *
 * It is made of the other features' views, as the asking officer may see them: who the party is with the
 * personal details out of the vault, its orders with their items, the devices that came by them, the
 * evidence kept for them, and the journal's entries that name it. Nothing is stored here. Asked for page
 * by page of its orders. Erasing is party.forget; afterwards this shows what the books keep without it.
 */
#ifndef RELODE_PROGRAMME_PERSON_PERSON_H
#define RELODE_PROGRAMME_PERSON_PERSON_H

#include "kernel/reader.h"

extern const struct feature person_feature;

#endif
