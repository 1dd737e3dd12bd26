#include "programme/history.h"

#include "kernel/history.h"
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
	F_TEXT(struct history_answer, data, OUT, 0, 256 * 1024,
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
	write_member(w, v, "data");
	jw_object_end(w);
	return ERR_OK;
}

enum err history_rows(struct cx *cx, struct reader *r, struct json_writer *w, int64_t subject,
		      const char *after, int64_t limit)
{
	int64_t last = -1, page = list_ask(limit) - 1, *seqs;
	size_t count;
	char *next;

	if ((after && page_after(cx, after, &last)) ||
	    history_read(cx, r->db, r->city, subject, last, (size_t)page + 1, &seqs, &count))
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
