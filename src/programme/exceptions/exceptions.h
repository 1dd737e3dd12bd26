/* exceptions.h: everything that is stuck, why, since when, and what would unblock it.
 *
 * A table of rules over the present state: each is one query, one text in English and in Simplified
 * Chinese, the number of days after which it counts, and the actions that would unblock it. Nothing is
 * stored here: an exception is gone when its cause is gone.
 *
 * The clock is the city's (city_now).
 */
#ifndef RELODE_PROGRAMME_EXCEPTIONS_EXCEPTIONS_H
#define RELODE_PROGRAMME_EXCEPTIONS_EXCEPTIONS_H

#include "kernel/reader.h"
#include "programme/programme.h"

enum {
	EXCEPTIONS_MAX = 20000,  /* listed of one city; all are counted */
	EXCEPTION_UNBLOCK_MAX = 6
};

struct exception_rule {
	const char *code;    /* "erase_failed" */
	const char *subject; /* what `id` names: "item", "device", … */
	int days;            /* counts when it has lasted so long; below 0: so long ahead */
	const int *states;   /* for the query's %s, ends with -1; or NULL */
	const char *sql;     /* $1 city, $2 the time before which it must have begun: id, since_us, site,
			      * merchant, detail; oldest first */
	const char *const *details;  /* names of detail when it is an enum; NULL: it is a text */
	const char *en, *zh;         /* why */
	const char *unblock_en, *unblock_zh;
	const char *unblock[EXCEPTION_UNBLOCK_MAX]; /* actions, NULL behind the last */
};
extern const struct exception_rule exception_rules[]; /* ends with code NULL */

struct exception_item {
	const struct exception_rule *rule;
	int64_t id, since_us;
	int64_t site, merchant; /* FIELD_NONE */
	const char *detail;     /* or NULL */
};
/* Visits every exception of a city at a time, rule by rule, oldest first. */
enum err exceptions_each(struct cx *cx, struct reader *r, int64_t city, int64_t now_us,
			 enum err (*visit)(struct cx *, void *arg, const struct exception_item *),
			 void *arg) MUST_USE;
/* A rule's query with city and time put in: runs as it stands. */
char *exceptions_query(struct cx *cx, const struct exception_rule *rule, int64_t city,
		       int64_t now_us) MUST_USE;

extern const struct feature exceptions_feature;

#endif
