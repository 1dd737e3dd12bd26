/* list.h: one page of rows as an answer: {"items":[…],"next":"cursor"}.
 *
 * A list view asks its query for one row more than the page holds, ordered by one integer column, and
 * gives the open rows here. `next` is absent on the last page.
 */
#ifndef RELODE_PROGRAMME_LIST_H
#define RELODE_PROGRAMME_LIST_H

#include "kernel/reader.h"

enum { LIST_PAGE = 50 };
/* Rows to ask for: those of the page and one more. */
static inline int64_t list_ask(int64_t limit) { return field_or(limit, LIST_PAGE) + 1; }

/* Writes `items` and `next` into the object that is open: every row as its table says, then what `more`
 * adds to it (may be NULL). key: the table's integer column that orders the list. */
enum err list_rows(struct cx *cx, struct json_writer *w, const struct table *t, const char *key,
		   struct db_rows *rows, int64_t limit,
		   void (*more)(struct cx *, struct json_writer *, const void *row)) MUST_USE;

/* Of a list that is written otherwise: closes `items` behind `count` rows and says what comes next, when the
 * query has one row more than the page. last: the column's value in the last row. */
enum err list_end(struct cx *cx, struct json_writer *w, struct db_rows *rows, int64_t count, int64_t page,
		  int64_t last) MUST_USE;

#endif
