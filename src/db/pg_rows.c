/* Reading what PostgreSQL answers.
 *
 * A connection serves one query at a time. The rows of a query are taken off it page by page, so a
 * small answer leaves it free at once. When another statement comes while a long answer is still on its
 * way, the rest of that answer goes to a nameless temporary file: memory stays bounded, the rows are
 * those of the query's own moment, and no second connection or cursor is needed.
 */
#include <arpa/inet.h>
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "db/pg.h"

enum {
	PAGE_BYTES = 256 * 1024,  /* read ahead of the reader */
	SPILL_BYTES = 1024 * 1024 /* in memory before the file is begun */
};

struct pg_rows {
	struct db_rows base;
	struct pg *pg;
	Oid *type;
	struct db_val *row;
	struct page page, next; /* next: what was detached, when it is little */
	int fd; /* what was detached, when it is much: pages, each behind its length */
	off_t read, written;
	enum err err; /* what ended the rows before their end */
	char msg[PG_ERROR_MAX];
	char sql[];
};

static void broken(struct pg_rows *rows, enum err err, const char *why)
{
	if (rows->err)
		return;
	rows->err = err;
	snprintf(rows->msg, sizeof(rows->msg), "%s", why);
}

/* numeric, as sum() over bigint gives it: digits of base 10000. False: no 64-bit integer. */
static bool numeric(const char *p, int64_t *out)
{
	enum { NEGATIVE = 0x4000 };
	uint16_t head[4], digit;
	int64_t sum = 0; /* negative, for there is one more of these */

	memcpy(head, p, sizeof(head));
	int digits = ntohs(head[0]), weight = (int16_t)ntohs(head[1]), sign = ntohs(head[2]);

	if (sign != 0 && sign != NEGATIVE)
		return false;
	for (int i = 0; i <= weight || i < digits; i++) {
		digit = 0;
		if (i < digits)
			memcpy(&digit, p + sizeof(head) + 2 * (size_t)i, sizeof(digit));
		digit = ntohs(digit);
		if (i > weight && digit)
			return false;
		if (i <= weight && (__builtin_mul_overflow(sum, 10000, &sum) ||
				    __builtin_sub_overflow(sum, (int64_t)digit, &sum)))
			return false;
	}
	if (sign == 0 && sum == INT64_MIN)
		return false;
	*out = sign == NEGATIVE ? sum : -sum;
	return true;
}

static bool decode(Oid type, const char *p, size_t n, struct db_val *out)
{
	uint64_t eight;
	uint32_t four;
	uint16_t two;

	*out = (struct db_val){.kind = DB_I64};
	switch (type) {
	case OID_INT8:
		memcpy(&eight, p, sizeof(eight));
		out->i = (int64_t)be64toh(eight);
		return true;
	case OID_INT4:
		memcpy(&four, p, sizeof(four));
		out->i = (int32_t)ntohl(four);
		return true;
	case OID_OID:
		memcpy(&four, p, sizeof(four));
		out->i = ntohl(four);
		return true;
	case OID_INT2:
		memcpy(&two, p, sizeof(two));
		out->i = (int16_t)ntohs(two);
		return true;
	case OID_BOOL:
		out->i = *p;
		return true;
	case OID_NUMERIC:
		return numeric(p, &out->i);
	case OID_BYTEA:
		*out = db_blob(p, n);
		return true;
	case OID_TEXT:
	case OID_VARCHAR:
	case OID_BPCHAR:
	case OID_NAME:
	case OID_UNKNOWN:
		*out = (struct db_val){.kind = DB_TEXT, .p = p, .n = n};
		return true;
	default:
		return type == OID_VOID;
	}
}

static bool describe(struct pg_rows *rows, const PGresult *res)
{
	int columns = PQnfields(res);

	if (rows->type)
		return true;
	rows->type = calloc((size_t)columns + 1, sizeof(*rows->type));
	rows->row = calloc((size_t)columns + 1, sizeof(*rows->row));
	if (!rows->type || !rows->row)
		return false;
	for (int i = 0; i < columns; i++)
		rows->type[i] = PQftype(res, i);
	rows->base.columns = columns;
	return true;
}

static void take_row(struct pg_rows *rows, const PGresult *res, struct page *page)
{
	for (int i = 0; i < rows->base.columns; i++) {
		struct db_val val = db_null();

		if (!PQgetisnull(res, 0, i) && !decode(rows->type[i], PQgetvalue(res, 0, i),
						       (size_t)PQgetlength(res, 0, i), &val)) {
			char why[100];

			snprintf(why, sizeof(why),
				 "column %d is no 64-bit integer, text or bytes (type %u)", i,
				 rows->type[i]);
			broken(rows, ERR_DB, why);
			return;
		}
		if (!page_add(page, &val))
			broken(rows, ERR_MEMORY, "the machine has no memory left");
	}
}

/* Rows to page until it holds limit bytes. After a failure the rest is read and forgotten. */
static void pull(struct pg_rows *rows, struct page *page, size_t limit)
{
	struct pg *pg = rows->pg;
	PGresult *res;

	while (pg->sending && page->len < limit) {
		size_t before = page->len;

		res = PQgetResult(pg->conn);
		if (!res) {
			pg->sending = NULL;
			pg_pipe_end(pg);
			return;
		}
		switch (PQresultStatus(res)) {
		case PGRES_SINGLE_TUPLE:
		case PGRES_TUPLES_OK: /* after the last row, with none */
		case PGRES_COMMAND_OK:
			if (rows->err)
				break;
			if (!describe(rows, res))
				broken(rows, ERR_MEMORY, "the machine has no memory left");
			else if (PQntuples(res))
				take_row(rows, res, page);
			if (rows->err)
				page->len = before; /* never half a row */
			break;
		case PGRES_EMPTY_QUERY:
			broken(rows, ERR_DB, "one statement is wanted");
			break;
		default:
			if (!rows->err)
				rows->err = pg_error(pg, res, rows->msg);
		}
		PQclear(res);
	}
}

static bool spill(struct pg_rows *rows, const struct page *page)
{
	const char *dir = getenv("TMPDIR");
	uint64_t len = page->len;

	if (rows->fd < 0)
		rows->fd = open(dir && *dir ? dir : "/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	if (rows->fd < 0 || pwrite(rows->fd, &len, sizeof(len), rows->written) != sizeof(len))
		return false;
	rows->written += (off_t)sizeof(len);
	for (size_t done = 0; done < page->len;) {
		ssize_t n = pwrite(rows->fd, page->data + done, page->len - done, rows->written);

		if (n <= 0 && errno != EINTR)
			return false;
		done += n > 0 ? (size_t)n : 0;
		rows->written += n > 0 ? n : 0;
	}
	return true;
}

void pg_rows_detach(struct pg *pg)
{
	struct pg_rows *rows = pg->sending;

	if (!rows)
		return;
	pull(rows, &rows->next, SPILL_BYTES);
	while (pg->sending || (rows->fd >= 0 && rows->next.len)) {
		if (!rows->err && rows->next.len && !spill(rows, &rows->next))
			broken(rows, ERR_IO,
			       "cannot write the rows of an open query to a temporary file");
		page_reset(&rows->next);
		pull(rows, &rows->next, SPILL_BYTES);
	}
}

static bool read_all(int fd, void *to, size_t n, off_t *at)
{
	for (char *p = to; n > 0;) {
		ssize_t got = pread(fd, p, n, *at);

		if (got == 0 || (got < 0 && errno != EINTR))
			return false;
		p += got > 0 ? got : 0;
		n -= got > 0 ? (size_t)got : 0;
		*at += got > 0 ? got : 0;
	}
	return true;
}

static bool unspill(struct pg_rows *rows)
{
	struct page *page = &rows->page;
	uint64_t len;

	if (!read_all(rows->fd, &len, sizeof(len), &rows->read))
		return false;
	page_reset(page);
	if (len > page->cap) {
		char *data = realloc(page->data, len);
		if (!data)
			return false;
		page->data = data;
		page->cap = len;
	}
	page->len = len;
	return read_all(rows->fd, page->data, len, &rows->read);
}

static bool rows_next(struct cx *cx, struct db_rows *base, enum err *err)
{
	struct pg_rows *rows = (struct pg_rows *)base;

	while (!page_take(&rows->page, rows->row, base->columns)) {
		if (rows->pg->sending == rows) {
			page_reset(&rows->page);
			pull(rows, &rows->page, PAGE_BYTES);
		} else if (rows->read < rows->written) {
			if (!unspill(rows)) {
				broken(rows, ERR_IO, "cannot read the rows of an open query again");
				page_reset(&rows->page);
				rows->read = rows->written;
			}
		} else if (rows->next.len) {
			struct page old = rows->page;
			rows->page = rows->next;
			rows->next = old;
			page_reset(&rows->next);
		} else {
			if (rows->err)
				*err = cx_fail(cx, rows->err, "%s (in: %s)", rows->msg,
					       sql_brief(cx, rows->sql));
			return false;
		}
	}
	return true;
}

static void rows_value(const struct db_rows *base, int i, struct db_val *out)
{
	*out = ((const struct pg_rows *)base)->row[i];
}

/* Rows that nobody wants any more. Inside a transaction a cancelled query would spoil the rest. */
static void discard(struct pg_rows *rows)
{
	struct pg *pg = rows->pg;
	PGcancel *cancel = pg->base.in_txn ? NULL : PQgetCancel(pg->conn);
	char why[256];

	if (cancel)
		PQcancel(cancel, why, sizeof(why));
	PQfreeCancel(cancel);
	broken(rows, ERR_INTERRUPTED, "");
	pull(rows, &rows->next, SIZE_MAX);
}

static void rows_free(struct db_rows *base)
{
	struct pg_rows *rows = (struct pg_rows *)base;

	if (rows->pg->sending == rows)
		discard(rows);
	if (rows->fd >= 0)
		close(rows->fd);
	page_done(&rows->page);
	page_done(&rows->next);
	free(rows->type);
	free(rows->row);
	free(rows);
}

static const struct db_rows_ops rows_ops = {rows_next, rows_value, rows_free};

enum err pg_rows_new(struct cx *cx, struct pg *pg, const char *sql, struct db_rows **out)
{
	size_t n = strlen(sql) + 1;
	struct pg_rows *rows = calloc(1, sizeof(*rows) + n);
	enum err err;

	if (!rows) {
		for (PGresult *res; (res = PQgetResult(pg->conn));)
			PQclear(res);
		pg_pipe_end(pg);
		return cx_fail(cx, ERR_MEMORY, "the machine has no memory left");
	}
	memcpy(rows->sql, sql, n);
	rows->base.ops = &rows_ops;
	rows->pg = pg;
	rows->fd = -1;
	pg->sending = rows;
	pull(rows, &rows->page, PAGE_BYTES);
	if (!rows->err || rows->page.len) {
		*out = &rows->base;
		return ERR_OK;
	}
	pull(rows, &rows->page, SIZE_MAX); /* to the end of the failed answer */
	err = cx_fail(cx, rows->err, "%s (in: %s)", rows->msg, sql_brief(cx, sql));
	rows_free(&rows->base);
	return err;
}
