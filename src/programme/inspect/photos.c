/* Which photos show the condition that an inspection found. */
#include "kernel/journal.h"
#include "programme/evidence/evidence.h"
#include "programme/inspect/parts.h"

enum { PICTURES_MAX = 100 };

/* The pictures about this device, by number. What came with the order is not among them. */
static enum err read_pictures(struct cx *cx, struct reader *r, int64_t device, int64_t *evidence,
			      size_t *count)
{
	static const char sql[] =
		"SELECT evidence FROM evidence WHERE city = $1 AND device = $2 AND purpose = $3 "
		"AND type IN ($4, $5) ORDER BY evidence DESC LIMIT $6";
	db_auto_rows *rows = NULL;
	size_t n = 0;

	if (db_query(cx, r->db, &rows, sql,
		     DB_ARGS(db_i64(r->city), db_i64(device), db_i64(EVIDENCE_PHOTO), db_i64(EVIDENCE_JPEG),
			     db_i64(EVIDENCE_PNG), db_i64(PICTURES_MAX))))
		return cx->err;
	for (; n < PICTURES_MAX && db_next(cx, rows); n++)
		evidence[n] = db_get_i64(rows, 0);
	*count = n;
	return cx->err;
}

static bool among(const int64_t *evidence, size_t count, int64_t one)
{
	for (size_t i = 0; i < count; i++)
		if (evidence[i] == one)
			return true;
	return false;
}

/* Those of `named` that are pictures about the device. */
static enum err keep_pictures(struct cx *cx, struct list named, const int64_t *picture, size_t pictures,
			      struct list *out)
{
	const struct found_photo *p = named.item;
	struct found_photo *kept = cx_array(cx, named.count + 1, sizeof(*kept));
	size_t n = 0;

	for (size_t i = 0; kept && i < named.count; i++) {
		if (!among(picture, pictures, p[i].evidence))
			continue;
		kept[n] = (struct found_photo){p[i].evidence, p[i].about ? cx_strdup(cx, p[i].about) : NULL};
		if (p[i].about && !kept[n].about)
			return cx->err;
		n++;
	}
	if (!kept)
		return cx->err;
	*out = (struct list){kept, n};
	return ERR_OK;
}

enum err inspect_photos(struct cx *cx, struct reader *r, int64_t device, int64_t item, struct list *out)
{
	static const char sql[] =
		"SELECT seq FROM inspection WHERE city = $1 AND item = $2 ORDER BY seq DESC LIMIT 1";
	int64_t picture[PICTURES_MAX];
	db_auto_rows *rows = NULL;
	size_t pictures;
	struct entry e;
	struct cx read; /* unpacking an entry takes more memory than what is kept of it */

	*out = (struct list){NULL, 0};
	if (read_pictures(cx, r, device, picture, &pictures) || pictures == 0 ||
	    db_query(cx, r->db, &rows, sql, DB_ARGS(db_i64(r->city), db_i64(item))) || !db_next(cx, rows))
		return cx->err;
	cx_init(&read, ENTRY_READ_MAX);
	if (entry_read(&read, r->db, r->domain, r->city, db_get_i64(rows, 0), &e))
		cx_pass(cx, &read);
	else
		(void)keep_pictures(cx, ((const struct inspect_record *)e.rec)->found.photos, picture,
				    pictures, out);
	cx_done(&read);
	return cx->err;
}
