#include "kernel/log.h"

enum { LEAVES_STEP = 1 << LOG_NODE_STEP };

enum err log_head_read(struct cx *cx, struct db *db, int64_t city, struct log_head *out)
{
	static const char sql[] =
		"SELECT city, size, root, front, next_id, recorded_us, simulated, note FROM log_head "
		"WHERE city = $1";
	db_auto_rows *rows = NULL;

	if (db_query(cx, db, &rows, sql, DB_ARGS(db_i64(city))))
		return cx->err;
	if (!db_next(cx, rows))
		return cx->err ?
			       cx->err :
			       cx_fail(cx, ERR_NOT_FOUND, "there is no city %lld", (long long)city);
	return field_row(cx, log_head_table.fields, rows, out);
}

char *log_origin_after(struct cx *cx, int64_t city, int64_t size, const void *root)
{
	char hex[17];

	hex_encode(hex, root, 8);
	return cx_printf(cx, "relode/city/%lld/after/%lld/%s", (long long)city, (long long)size, hex);
}

/* Digits alone, without a leading zero, to 2^53 - 1. */
static bool read_number(const char **p, int64_t *out)
{
	int64_t number = 0;
	const char *begin = *p;

	for (; **p >= '0' && **p <= '9' && number <= JSON_INT_MAX / 10; ++*p)
		number = number * 10 + (**p - '0');
	*out = number;
	return *p > begin && (*begin != '0' || *p == begin + 1);
}

int64_t log_origin_read(const char *origin, int64_t *size, unsigned char root[8])
{
	static const char head[] = "relode/city/", after[] = "/after/";
	const char *p = origin;
	int64_t city;

	*size = -1;
	if (strncmp(p, head, strlen(head)) != 0)
		return -1;
	p += strlen(head);
	if (!read_number(&p, &city))
		return -1;
	if (!*p)
		return city;
	if (strncmp(p, after, strlen(after)) != 0)
		return -1;
	p += strlen(after);
	if (!read_number(&p, size) || *p++ != '/' || strlen(p) != 16 || !hex_decode(root, 8, p, 16))
		return -1;
	return city;
}

char *log_note_origin(struct cx *cx, const char *note)
{
	return cx_strndup(cx, note, strcspn(note, "\n"));
}

static enum err missing(struct cx *cx, const struct log_source *s, const char *what, int64_t number)
{
	return cx_fail(cx, ERR_CORRUPT,
		       "city %lld: %s %lld of the log is missing; run relode audit",
		       (long long)s->city, what, (long long)number);
}

/* The subtree over count complete subtrees (a power of two), in place. */
static struct digest fold(struct digest *node, size_t count)
{
	for (; count > 1; count /= 2)
		for (size_t i = 0; i < count / 2; i++)
			node[i] = merkle_node(&node[2 * i], &node[2 * i + 1]);
	return node[0];
}

/* Leaves [first, first + count). */
static enum err read_leaves(struct cx *cx, const struct log_source *s, int64_t first, size_t count,
			    struct digest *out)
{
	struct journal_line line;
	journal_auto *j = NULL;
	size_t n = 0;

	if (journal_open(cx, s->db, s->city, first, &j))
		return cx->err;
	for (; n < count && journal_next(cx, j, &line, NULL); n++)
		out[n] = merkle_leaf(line.body, line.n);
	if (cx->err)
		return cx->err;
	return n == count ? ERR_OK : missing(cx, s, "entry", first + (int64_t)n);
}

static enum err read_nodes(struct cx *cx, const struct log_source *s, int level, int64_t first, size_t count,
			   struct digest *out)
{
	static const char sql[] = "SELECT hash FROM log_node WHERE city = $1 AND level = $2 AND number >= $3 "
				  "AND number < $4 ORDER BY number";
	db_auto_rows *rows = NULL;
	size_t n = 0;

	if (db_query(cx, s->db, &rows, sql,
		     DB_ARGS(db_i64(s->city), db_i64(level), db_i64(first), db_i64(first + (int64_t)count))))
		return cx->err;
	for (; n < count && db_next(cx, rows); n++) {
		size_t len;
		const void *hash = db_get_blob(rows, 0, &len);
		if (len != sizeof(out[n].byte))
			return missing(cx, s, "subtree", first + (int64_t)n);
		memcpy(out[n].byte, hash, len);
	}
	if (cx->err)
		return cx->err;
	return n == count ? ERR_OK : missing(cx, s, "subtree", first + (int64_t)n);
}

enum err log_source(struct cx *cx, void *arg, int level, uint64_t index, struct digest *out)
{
	const struct log_source *s = arg;
	int above = level % LOG_NODE_STEP;
	int64_t first = (int64_t)(index << above);
	size_t count = (size_t)1 << above;
	struct digest node[LEAVES_STEP];

	if (level < LOG_NODE_STEP ? read_leaves(cx, s, first, count, node)
				  : read_nodes(cx, s, level - above, first, count, node))
		return cx->err;
	*out = fold(node, count);
	return ERR_OK;
}
