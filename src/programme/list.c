#include "programme/list.h"

enum err list_end(struct cx *cx, struct json_writer *w, struct db_rows *rows, int64_t count, int64_t page,
		  int64_t last)
{
	char *next;

	jw_array_end(w);
	if (cx->err || count < page || !db_next(cx, rows))
		return cx->err;
	next = page_cursor(cx, last);
	if (!next)
		return cx->err;
	jw_text_at(w, "next", next);
	return ERR_OK;
}

enum err list_rows(struct cx *cx, struct json_writer *w, const struct table *t, const char *key,
		   struct db_rows *rows, int64_t limit,
		   void (*more)(struct cx *, struct json_writer *, const void *row))
{
	const struct field *f = field_find(t->fields, key);
	int64_t page = list_ask(limit) - 1, count = 0, last = 0;

	BUG(!f);
	jw_name(w, "items");
	jw_array(w);
	for (; count < page && db_next(cx, rows); count++) {
		void *row = cx_alloc(cx, t->size);
		if (!row || field_row(cx, t->fields, rows, row))
			return cx->err;
		jw_object(w);
		if (reader_write_row(cx, t, rows, w))
			return cx->err;
		if (more)
			more(cx, w, row);
		jw_object_end(w);
		last = field_int_of(f, row);
	}
	return list_end(cx, w, rows, count, page, last);
}
