/* books.h: the kernel's own tables: the two books and what is derived from them.
 */
#ifndef RELODE_KERNEL_BOOKS_H
#define RELODE_KERNEL_BOOKS_H

#include "kernel/journal.h"

/* Where a city's log stands. One row a city; simulated cities take their clock from the entries. */
struct log_head {
	int64_t city;
	int64_t size;        /* entries */
	struct bytes root;   /* 32: RFC 6962 root */
	struct bytes front;  /* complete subtrees, merkle_front_encode */
	int64_t next_id;     /* next id to allot */
	int64_t recorded_us; /* of the last entry */
	int64_t simulated;   /* bool */
	const char *note;    /* signed checkpoint of exactly this size */
};
/* Roots of complete subtrees at levels 8, 16, …: with at most 255 leaves they give every proof. */
struct log_node {
	int64_t city, level, number;
	struct bytes hash; /* 32 */
};
/* Which entry answered an idempotency key, once it is not of the newest any more (recent.h). */
struct idem {
	int64_t city;
	struct bytes key; /* IDEM_ROW: week, run and digest */
	int64_t seq;
};
extern struct table log_head_table, log_node_table, idem_table;
enum { LOG_NODE_STEP = 8 };

extern const struct feature kernel_feature; /* the first of every domain */

#endif
