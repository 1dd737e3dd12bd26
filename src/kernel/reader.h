/* reader.h: what a view sees: a database handle for reading, who asks, and the keys.
 */
#ifndef RELODE_KERNEL_READER_H
#define RELODE_KERNEL_READER_H

#include "kernel/keys.h"
#include "kernel/tx.h"

struct reader {
	struct db *db;
	const struct domain *domain;
	struct keys *keys;
	struct principal who;
	int64_t city; /* the city of the path; 0 when the path has none */
	const char *projections; /* folder for what is made from the books and can be made anew; NULL: none */
};

/* Runs a view, as every door does. A member that there was no memory for, or that could not be read, is
 * written as null and the view goes on: it is no answer then, and this fails. cx has no error before. */
enum err view_run(struct cx *cx, const struct view *v, struct reader *r, const void *params,
		  struct json_writer *w) MUST_USE;
/* Opens what tx_seal sealed. ERR_GONE when the subject's key was destroyed. */
enum err reader_unseal(struct cx *cx, const struct reader *r, int64_t city, int64_t subject,
		       struct bytes sealed, struct bytes *out) MUST_USE;
/* The digest that tx_blind gives for this city. */
enum err reader_blind(struct cx *cx, const struct reader *r, int64_t city, const char *kind, const char *text,
		      struct bytes *out) MUST_USE;
/* The subjects above `after` that tx_index made known by this text, in order, at most max (<= KEYS_PAGE_MAX).
 * They said so once: compare it with what is sealed now. */
enum err reader_search(struct cx *cx, const struct reader *r, int64_t city, const char *kind,
		       const char *text, int64_t after, int64_t *subject, size_t max,
		       size_t *count) MUST_USE;
/* 32 secret bytes of a purpose, the same at every call: for tokens that are re-derived, not stored. */
enum err reader_secret(struct cx *cx, const struct reader *r, int64_t city, const char *purpose,
		       int64_t number, struct digest *out) MUST_USE;
/* One row of a table by key, from the database; NULL when absent. */
enum err reader_find(struct cx *cx, const struct reader *r, const struct table *t, const void *key,
		     const void **row) MUST_USE;
/* Writes the current row of a query "SELECT <all columns in order> FROM table" as members (COLUMN, not
 * HIDE); the caller opens and closes the object. */
enum err reader_write_row(struct cx *cx, const struct table *t, const struct db_rows *rows,
			  struct json_writer *w) MUST_USE;
/* "col1, col2, …" of a table, for a SELECT. */
const char *reader_columns(const struct table *t) MUST_USE;
/* ERR_FORBIDDEN unless the caller acts for the programme or this org. */
enum err reader_check_org(struct cx *cx, const struct reader *r, int64_t org) MUST_USE;

/* Paging of lists: parameters that every list view has. In its params struct put `struct page page`
 * through PAGE_FIELDS(T). The cursor is the last row's key, opaque to callers. */
struct page_params {
	int64_t limit;     /* 1..1000, 50 when absent */
	const char *after; /* cursor */
};
#define PAGE_FIELDS(T)                                                                              \
	F_INT(T, limit, IN, 1, 1000, NULL, "rows of one page; 50 when absent"),                      \
	F_TEXT(T, after, IN, 1, 64, "cursor: the `next` of the page before")
/* A cursor over one int64 key: after == NULL gives 0. */
enum err page_after(struct cx *cx, const char *after, int64_t *key) MUST_USE;
char *page_cursor(struct cx *cx, int64_t key) MUST_USE;

#endif
