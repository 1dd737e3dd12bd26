/* own.h: what the files of rule/ share; for this folder alone. */
#ifndef RELODE_PROGRAMME_RULE_OWN_H
#define RELODE_PROGRAMME_RULE_OWN_H

#include "programme/rule/rule.h"

/* How a kind of rule is read, and what must hold beyond the bounds of its fields. */
struct rule_shape {
	const struct field *fields;
	size_t size;
	enum err (*check)(struct cx *cx, const void *shape); /* ERR_INVALID names the path */
};
extern const struct rule_shape rule_shapes[]; /* by enum rule_kind */

/* check.c */
enum err price_list_check(struct cx *cx, const void *shape);
enum err rubric_check(struct cx *cx, const void *shape);
enum err recovery_check(struct cx *cx, const void *shape);
enum err commission_check(struct cx *cx, const void *shape);

#endif
