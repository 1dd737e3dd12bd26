/* all.h: the whole programme's declarations, for targets that read by them. */
#ifndef RELODE_TESTS_FUZZ_ALL_H
#define RELODE_TESTS_FUZZ_ALL_H

#include "fuzz.h"

#include "programme/programme.h"

static inline const struct domain *domain_of_all(void)
{
	static struct domain d;
	struct cx cx;

	if (d.tables)
		return &d;
	cx_init(&cx, 0);
	HOLDS(domain_init(&cx, &d, programme_features) == ERR_OK);
	cx_done(&cx);
	return &d;
}

#endif
