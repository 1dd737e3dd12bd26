#include "kernel/history.h"

#include "kernel/overlay.h"

enum {
	VARINT_MAX = 9,                         /* bytes of a number below 2^63 */
	CHUNK_SEQS_MAX = HISTORY_CHUNK_BYTES    /* a number takes a byte at least */
};

static size_t put_varint(unsigned char *p, uint64_t v)
{
	size_t n = 0;

	for (; v >= 128; v >>= 7)
		p[n++] = (unsigned char)(v | 128);
	p[n++] = (unsigned char)v;
	return n;
}

/* Bytes read, or 0 when there is no number. */
static size_t get_varint(const unsigned char *p, size_t n, int64_t *out)
{
	uint64_t v = 0;

	for (size_t i = 0; i < n && i < VARINT_MAX; i++) {
		v |= (uint64_t)(p[i] & 127) << (7 * i);
		if (p[i] < 128) {
			*out = (int64_t)v;
			return i + 1;
		}
	}
	return 0;
}

/* The numbers of a list, newest first; -1 when it is none. */
static int read_list(const struct bytes *list, int64_t out[CHUNK_SEQS_MAX])
{
	const unsigned char *p = list->p;
	int64_t value, seq = 0;
	int count = 0;

	for (size_t at = 0, used; at < list->n; at += used, count++) {
		used = get_varint(p + at, list->n - at, &value);
		if (used == 0 || count == CHUNK_SEQS_MAX || (count > 0 && value > seq))
			return -1;
		seq = count == 0 ? value : seq - value;
		out[count] = seq;
	}
	return count;
}

/* The open chunk is full: it is kept under its oldest entry. */
static enum err close_chunk(struct cx *cx, struct overlay *o, const struct history *open)
{
	struct history closed = *open;
	int64_t seqs[CHUNK_SEQS_MAX];
	int count = read_list(&open->seqs, seqs);

	if (count < 1)
		return cx_fail(cx, ERR_CORRUPT, "a history's list is damaged; run relode audit");
	closed.chunk = seqs[count - 1] + 1;
	return overlay_put(cx, o, &history_table, &closed);
}

enum err history_note(struct cx *cx, struct overlay *o, int64_t subject, int64_t seq)
{
	unsigned char list[VARINT_MAX * 2 + HISTORY_CHUNK_BYTES];
	struct history key = {.subject = subject};
	const struct history *open;
	const void *row;
	int64_t last;
	size_t n, old;

	if (overlay_find(cx, o, &history_table, &key, &row))
		return cx->err;
	open = row;
	n = put_varint(list, (uint64_t)seq);
	if (open) {
		old = get_varint(open->seqs.p, open->seqs.n, &last);
		if (old == 0 || last > seq)
			return cx_fail(cx, ERR_CORRUPT, "a history's list is damaged; run relode audit");
		if (last == seq)
			return ERR_OK;
		n += put_varint(list + n, (uint64_t)(seq - last));
		if (n + open->seqs.n - old <= HISTORY_CHUNK_BYTES) {
			memcpy(list + n, (const unsigned char *)open->seqs.p + old, open->seqs.n - old);
			n += open->seqs.n - old;
		} else {
			if (close_chunk(cx, o, open))
				return cx->err;
			n = put_varint(list, (uint64_t)seq);
		}
	}
	key.seqs = (struct bytes){list, n};
	return overlay_put(cx, o, &history_table, &key);
}

int64_t history_of_account(const struct domain *d, int64_t account)
{
	const struct account_kind *k = domain_account(d, account_code(account));

	return k && k->subject ? ACCOUNT(k->subject, account_ref(account)) : account;
}

enum err history_read(struct cx *cx, struct db *db, int64_t city, int64_t subject, int64_t after, size_t max,
		      int64_t **seqs, size_t *count)
{
	/* from the last full chunk that begins at or before the entry asked for; the open one comes last */
	static const char sql[] =
		"SELECT seqs FROM history WHERE city = $1 AND subject = $2 AND (chunk = 0 OR chunk >= "
		"(SELECT COALESCE(MAX(h.chunk), 0) FROM history h WHERE h.city = $1 AND h.subject = $2 AND "
		"h.chunk <= $3)) ORDER BY CASE WHEN chunk = 0 THEN 1 ELSE 0 END, chunk";
	int64_t *out = cx_array(cx, max, sizeof(*out)), list[CHUNK_SEQS_MAX];
	db_auto_rows *rows = NULL;
	size_t n = 0;

	if (!out || db_query(cx, db, &rows, sql, DB_ARGS(db_i64(city), db_i64(subject), db_i64(after + 1))))
		return cx->err;
	while (n < max && db_next(cx, rows)) {
		struct bytes b;
		int have;
		b.p = db_get_blob(rows, 0, &b.n);
		have = read_list(&b, list);
		if (have < 0)
			return cx_fail(cx, ERR_CORRUPT, "a history's list is damaged; run relode audit");
		while (have-- > 0 && n < max)
			if (list[have] > after)
				out[n++] = list[have];
	}
	if (cx->err)
		return cx->err;
	*seqs = out;
	*count = n;
	return ERR_OK;
}
