#include "programme/history.h"

#include "kernel/history.h"
#include "kernel/entry.h"
#include "kernel/journal.h"
#include "programme/list.h"

const struct field history_answer_fields[] = {
	F_INT(struct history_answer, seq, OUT, 0, JSON_INT_MAX, NULL,
	      "entry of the city's journal"),
	F_TEXT(struct history_answer, type, OUT, 1, 64, "what happened"),
	F_US(struct history_answer, happened_us, OUT, "happened at, as claimed"),
	F_US(struct history_answer, recorded_us, OUT, "recorded at"),
	F_ID(struct history_answer, actor, OUT, "user; absent: the system"),
	F_ID(struct history_answer, site, OUT, "where"),
	F_JSON(struct history_answer, data, OUT, 256 * 1024,
	       "what was recorded: an object by the action's fields"),
	F_END};

static void write_member(struct json_writer *w, const struct json *entry, const char *name)
{
	const struct json *v = json_get(entry, name);

	if (!v)
		return;
	jw_name(w, name);
	jw_value(w, v);
}

/* One payout, or one answer of a bank, speaks of many people: whoever sees one order, or one shop's,
 * sees that it was and when, and not what others were paid. */
static bool tells_of_others(const struct reader *r, const struct json *entry)
{
	const struct json *type = json_get(entry, "type");

	return (r->who.order != 0 || r->who.org != 0) && type && strncmp(type->text, "settle.", 7) == 0;
}

static enum err write_entry(struct cx *cx, struct json_writer *w, const struct reader *r, int64_t seq)
{
	struct journal_line line;
	struct json *v;

	if (journal_find(cx, r->db, r->city, seq, &line) ||
	    json_parse(cx, line.body, line.n, &json_limits_request, &v))
		return cx->err;
	jw_object(w);
	write_member(w, v, "seq");
	write_member(w, v, "type");
	write_member(w, v, "happened_us");
	write_member(w, v, "recorded_us");
	write_member(w, v, "actor");
	write_member(w, v, "site");
	if (!tells_of_others(r, v))
		write_member(w, v, "data");
	jw_object_end(w);
	return ERR_OK;
}

/* Entries after `after`, at most max: `first` among them, unless that is FIELD_NONE. */
static enum err entries_of(struct cx *cx, struct reader *r, int64_t first, int64_t subject, int64_t after,
			   size_t max, int64_t **seqs, size_t *count)
{
	int64_t *noted, *all = cx_array(cx, max, sizeof(*all));
	size_t n = first > after ? 1 : 0, have;

	if (!all || history_read(cx, r->db, r->city, subject, after, max, &noted, &have))
		return cx->err;
	if (n)
		all[0] = first;
	for (size_t i = 0; i < have && n < max; i++)
		all[n++] = noted[i];
	*seqs = all;
	*count = n;
	return ERR_OK;
}

enum err history_rows(struct cx *cx, struct reader *r, struct json_writer *w, int64_t first, int64_t subject,
		      const char *after, int64_t limit)
{
	int64_t last = -1, page = list_ask(limit) - 1, *seqs;
	size_t count;
	char *next;

	if ((after && page_after(cx, after, &last)) ||
	    entries_of(cx, r, first, subject, last, (size_t)page + 1, &seqs, &count))
		return cx->err;
	jw_name(w, "items");
	jw_array(w);
	for (size_t i = 0; i < count && i < (size_t)page; i++) {
		last = seqs[i];
		if (write_entry(cx, w, r, last))
			return cx->err;
	}
	jw_array_end(w);
	if (cx->err || count <= (size_t)page)
		return cx->err;
	next = page_cursor(cx, last);
	if (!next)
		return cx->err;
	jw_text_at(w, "next", next);
	return ERR_OK;
}

/* --- rows made of entries --- */

enum { AT_ONCE = 64 };

/* Writes the row that the entry makes, if it makes one and there is room for it. *more: there was none. */
static enum err write_row(struct cx *cx, struct reader *r, struct json_writer *w,
			  const struct history_list *l, int64_t seq, int64_t *left, bool *more)
{
	struct cx read; /* unpacking an entry takes more memory than the row */
	struct entry e;
	void *row;

	cx_init(&read, ENTRY_READ_MAX);
	row = cx_alloc(&read, l->size);
	if (!row || entry_read(&read, r->db, r->domain, r->city, seq, &e)) {
		cx_pass(cx, &read);
		cx_done(&read);
		return cx->err;
	}
	field_init(l->fields, row);
	if (l->row_of(&e, row)) {
		*more = *left == 0;
		if (!*more) {
			--*left;
			jw_object(w);
			field_write(w, l->fields, OUT, row);
			jw_object_end(w);
		}
	}
	cx_done(&read);
	return ERR_OK;
}

enum err history_list(struct cx *cx, struct reader *r, struct json_writer *w, const struct history_list *l)
{
	int64_t after = -1, last = 0, left = list_ask(l->limit) - 1, *seqs;
	bool more = false;
	size_t count;
	char *next;

	if (l->after && page_after(cx, l->after, &after))
		return cx->err;
	jw_name(w, "items");
	jw_array(w);
	do {
		if (history_read(cx, r->db, r->city, l->subject, after, AT_ONCE, &seqs, &count))
			return cx->err;
		for (size_t i = 0; i < count && !more; i++) {
			if (write_row(cx, r, w, l, seqs[i], &left, &more))
				return cx->err;
			after = seqs[i];
			last = more ? last : after;
		}
	} while (count == AT_ONCE && !more);
	jw_array_end(w);
	if (!more)
		return ERR_OK;
	next = page_cursor(cx, last);
	if (!next)
		return cx->err;
	jw_text_at(w, "next", next);
	return ERR_OK;
}
