/* rule.h: published, versioned documents that decisions use: rubrics, price lists, recovery tables.
 *
 * A version is JSON text, written once in city 0 (reference table), known by its SHA-256. A decision
 * that uses it logs the digest (tx_ref), so an old entry still says by which rule it was made.
 */
#ifndef RELODE_PROGRAMME_RULE_RULE_H
#define RELODE_PROGRAMME_RULE_RULE_H

#include "kernel/reader.h"
#include "programme/rule/shapes.h"

enum rule_kind { RULE_PRICE_LIST, RULE_RUBRIC, RULE_RECOVERY, RULE_COMMISSION };
extern const char *const rule_kinds[]; /* "price_list", "rubric", "recovery", "commission" */

struct rule_text { /* table rule: reference, city 0 */
	int64_t city, seq, n;
	int64_t kind;
	const char *name, *body; /* name: "default" or e.g. a city's */
	struct bytes digest;     /* 32, of body */
};
extern struct table rule_table;
struct rule_now { /* table rule_now: state, city 0: the newest version of each name */
	int64_t city, kind;
	const char *name;
	int64_t seq, n;
	struct bytes digest;
};
extern struct table rule_now_table;

/* A parsed rule, cached by digest for the process's life (immutable). */
struct rule {
	struct digest digest;
	const struct json *body;
	const void *shape; /* of its kind: shapes.h */
};
/* The shape of a rule, of the kind that was asked for. */
static inline const struct price_list *rule_price_list(const struct rule *r) { return r->shape; }
static inline const struct rubric *rule_rubric(const struct rule *r) { return r->shape; }
static inline const struct recovery *rule_recovery(const struct rule *r) { return r->shape; }
static inline const struct commission *rule_commission(const struct rule *r) { return r->shape; }

/* decide(): the newest version, logged as used. */
enum err rule_use(struct cx *cx, struct tx *tx, enum rule_kind kind, const char *name,
		  const struct rule **out) MUST_USE;
/* decide(): a given version (from a quote), logged as used. */
enum err rule_use_version(struct cx *cx, struct tx *tx, enum rule_kind kind, const struct digest *d,
			  const struct rule **out) MUST_USE;
/* views: the newest version; a given one. */
enum err rule_read(struct cx *cx, struct reader *r, enum rule_kind kind, const char *name,
		   const struct rule **out) MUST_USE;
enum err rule_read_version(struct cx *cx, struct reader *r, enum rule_kind kind, const struct digest *d,
			   const struct rule **out) MUST_USE;

extern const struct feature rule_feature;

#endif
