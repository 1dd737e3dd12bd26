/* view.c: attempts of a device, and outcomes summed up. */
#include "kernel/entry.h"
#include "programme/erase/internal.h"
#include "programme/list.h"

#define READERS                                                                                    \
	(ROLE_CLERK | ROLE_TECHNICIAN | ROLE_DISMANTLER | ROLE_OFFICER | ROLE_ANALYST |            \
	 ROLE_AUDITOR | ROLE_ADMIN)

/* --- erase.attempts --- */

struct attempts_params {
	int64_t device, limit;
	const char *after;
};
static const struct field attempts_params[] = {
	F_ID(struct attempts_params, device, IN | REQ | PATH, "the device"),
	PAGE_FIELDS(struct attempts_params),
	F_END};

/* Who runs the site where the device is may see what is known of it. */
static enum err check_reader(struct cx *cx, struct reader *r, int64_t device)
{
	const struct device *d;
	const struct site *site;
	const void *row;

	if (reader_find(cx, r, &device_table, &(struct device){.city = r->city, .device = device}, &row))
		return cx->err;
	d = row;
	if (!d)
		return cx_fail(cx, ERR_NOT_FOUND, "there is no device %lld in city %lld", (long long)device,
			       (long long)r->city);
	if (r->who.org == 0 || d->site == FIELD_NONE)
		return reader_check_org(cx, r, 0);
	if (reader_find(cx, r, &site_table, &(struct site){.city = r->city, .site = d->site}, &row))
		return cx->err;
	site = row;
	return reader_check_org(cx, r, site ? site->party : 0);
}

static enum err write_attempt(struct cx *cx, struct reader *r, int64_t seq, struct json_writer *w)
{
	struct erase_shown shown;
	struct entry e;
	struct cx read; /* unpacking an entry takes more memory than the row */

	cx_init(&read, ENTRY_READ_MAX);
	if (entry_read(&read, r->db, r->domain, r->city, seq, &e)) {
		cx_pass(cx, &read);
	} else if (!erase_shown_of(&e, &shown)) {
		cx_fail(cx, ERR_CORRUPT, "entry %lld records no erasure; run relode audit", (long long)seq);
	} else {
		jw_object(w);
		field_write(w, erase_shown_fields, OUT, &shown);
		jw_object_end(w);
	}
	cx_done(&read);
	return cx->err;
}

static enum err view_attempts(struct cx *cx, struct reader *r, const void *params, struct json_writer *w)
{
	static const char sql[] =
		"SELECT seq FROM erasure WHERE city = $1 AND device = $2 AND seq > $3 ORDER BY seq LIMIT $4";
	const struct attempts_params *p = params;
	int64_t after, page = list_ask(p->limit) - 1, count = 0, last = 0;
	db_auto_rows *rows = NULL;

	if (check_reader(cx, r, p->device) || page_after(cx, p->after, &after) ||
	    db_query(cx, r->db, &rows, sql,
		     DB_ARGS(db_i64(r->city), db_i64(p->device), db_i64(after), db_i64(page + 1))))
		return cx->err;
	jw_name(w, "items");
	jw_array(w);
	for (; count < page && db_next(cx, rows); count++) {
		last = db_get_i64(rows, 0);
		if (write_attempt(cx, r, last, w))
			return cx->err;
	}
	return list_end(cx, w, rows, count, page, last);
}

/* --- erase.summary --- */

struct summary_params {
	int64_t from_us, until_us;
};
static const struct field summary_params[] = {
	F_US(struct summary_params, from_us, IN, "recorded from then"),
	F_US(struct summary_params, until_us, IN, "and before then"),
	F_END};
struct summary {
	int64_t devices, attempts, not_attempted, failed, unverifiable, clear_verified,
		purge_verified, destroyed;
};
#define COUNT(m, doc) F_INT(struct summary, m, OUT | REQ, 0, JSON_INT_MAX, NULL, doc)
static const struct field summary_fields[] = {
	COUNT(devices, "devices with any record"),
	COUNT(attempts, "records"),
	COUNT(not_attempted, "not attempted"),
	COUNT(failed, "failed"),
	COUNT(unverifiable, "ended, but could not be verified"),
	COUNT(clear_verified, "verified by Clear"),
	COUNT(purge_verified, "verified by Purge"),
	COUNT(destroyed, "media destroyed before a witness"),
	F_END};

static enum err view_summary(struct cx *cx, struct reader *r, const void *params, struct json_writer *w)
{
	static const char sql[] =
		"SELECT COUNT(DISTINCT device), COUNT(*), "
		"COUNT(CASE WHEN outcome = 0 THEN 1 END), COUNT(CASE WHEN outcome = 1 THEN 1 END), "
		"COUNT(CASE WHEN outcome = 2 THEN 1 END), COUNT(CASE WHEN outcome = 3 AND method = 0 THEN "
		"1 END), "
		"COUNT(CASE WHEN outcome = 3 AND method = 1 THEN 1 END), COUNT(CASE WHEN method = 2 THEN "
		"1 END) "
		"FROM erasure WHERE city = $1 AND recorded_us >= $2 AND recorded_us < $3";
	const struct summary_params *p = params;
	db_auto_rows *rows = NULL;
	struct summary s;

	if (reader_check_org(cx, r, 0) ||
	    db_query(cx, r->db, &rows, sql,
		     DB_ARGS(db_i64(r->city), db_i64(field_or(p->from_us, 0)),
			     db_i64(field_or(p->until_us, JSON_INT_MAX)))))
		return cx->err;
	if (!db_next(cx, rows))
		return cx->err ? cx->err : cx_fail(cx, ERR_DB, "counting gave no row");
	s = (struct summary){db_get_i64(rows, 0), db_get_i64(rows, 1), db_get_i64(rows, 2),
			     db_get_i64(rows, 3), db_get_i64(rows, 4), db_get_i64(rows, 5),
			     db_get_i64(rows, 6), db_get_i64(rows, 7)};
	field_write(w, summary_fields, OUT, &s);
	return ERR_OK;
}

const struct view erase_views[] = {
	{.name = "erase.attempts",
	 .path = "/v1/cities/{city}/devices/{device}/erasures",
	 .roles = READERS,
	 .params = attempts_params,
	 .params_size = sizeof(struct attempts_params),
	 .fields = erase_shown_fields,
	 .list = true,
	 .run = view_attempts,
	 .doc = "Every attempt to erase the media of a device, in order."},
	{.name = "erase.summary",
	 .path = "/v1/cities/{city}/erasures/summary",
	 .roles = READERS,
	 .params = summary_params,
	 .params_size = sizeof(struct summary_params),
	 .fields = summary_fields,
	 .apart = true,
	 .run = view_summary,
	 .doc = "Outcomes of erasure in a time, by count."},
	{.name = NULL}};
