/* Many rows at once on PostgreSQL: one statement a table, its values as one array a column. */
#include <endian.h>

#include "base/sb.h"
#include "db/pg.h"

enum {
	SQL_MAX = 64 * 1024,           /* bytes of a statement made from a shape */
	CHUNK_BYTES = 8 * 1024 * 1024, /* of arrays sent in one statement */
	CHUNK_ROWS = 20000
};

/* An array in PostgreSQL's binary form: any bytes, any nulls, nothing to escape. */
struct array {
	char *data;
	size_t len;
};

static char *put32(char *p, uint32_t value)
{
	value = htobe32(value);
	memcpy(p, &value, sizeof(value));
	return p + sizeof(value);
}

static size_t size_in_array(const struct db_val *val)
{
	return 4 + (val->kind == DB_I64 ? 8 : val->kind == DB_NULL ? 0 : val->n);
}

static bool array_make(struct array *a, Oid type, const struct db_val *val, size_t stride,
		       size_t count)
{
	size_t size = 20, nulls = 0;
	uint64_t number;
	char *p;

	for (size_t i = 0; i < count; i++) {
		size += size_in_array(&val[i * stride]);
		nulls += val[i * stride].kind == DB_NULL;
	}
	a->len = size;
	a->data = p = malloc(size);
	if (!p)
		return false;
	p = put32(p, 1); /* one dimension */
	p = put32(p, nulls > 0);
	p = put32(p, type);
	p = put32(p, (uint32_t)count);
	p = put32(p, 1); /* the first index */
	for (size_t i = 0; i < count; i++) {
		const struct db_val *v = &val[i * stride];

		p = put32(p, v->kind == DB_NULL ? UINT32_MAX : (uint32_t)size_in_array(v) - 4);
		if (v->kind == DB_I64) {
			number = htobe64((uint64_t)v->i);
			memcpy(p, &number, sizeof(number));
		} else if (v->kind != DB_NULL && v->n) {
			memcpy(p, v->p, v->n);
		}
		p += size_in_array(v) - 4;
	}
	BUG(p != a->data + size);
	return true;
}

static void add_names(struct sb *sb, const struct db_shape *shape, int from, int to,
		      const char *between, const char *fmt)
{
	for (int i = from; i < to; i++) {
		if (i > from)
			sb_str(sb, between);
		sb_printf(sb, fmt, shape->column[i], shape->column[i]);
	}
}

static void add_unnest(struct sb *sb, const struct db_shape *shape, int width)
{
	static const char *const type[] = {
		[DB_I64] = "bigint", [DB_TEXT] = "text", [DB_BLOB] = "bytea"};

	sb_str(sb, "unnest(");
	for (int i = 0; i < width; i++)
		sb_printf(sb, "%s$%d::%s[]", i ? "," : "", i + 1, type[shape->kind[i]]);
	sb_str(sb, ")");
}

static enum err write_sql(struct cx *cx, enum write_how how, const struct db_shape *shape,
			  int width, bool one_first, const char **out)
{
	struct sb sb;

	sb_init(&sb, cx, SQL_MAX);
	if (how == WRITE_DELETE) {
		sb_printf(&sb, "DELETE FROM \"%s\" AS t USING ", shape->table);
		add_unnest(&sb, shape, width);
		sb_str(&sb, " AS k(");
		add_names(&sb, shape, 0, width, ",", "\"%s\"");
		sb_str(&sb, ") WHERE ");
		add_names(&sb, shape, 0, width, " AND ", "t.\"%s\"=k.\"%s\"");
		if (one_first) /* a distributed database sees from it where they lie */
			sb_printf(&sb, " AND t.\"%s\"=$%d", shape->column[0], width + 1);
		*out = sb.data;
		return sb_end(&sb);
	}
	sb_printf(&sb, "INSERT INTO \"%s\"(", shape->table);
	add_names(&sb, shape, 0, width, ",", "\"%s\"");
	sb_str(&sb, ") SELECT * FROM ");
	add_unnest(&sb, shape, width);
	if (how == WRITE_UPSERT) {
		sb_str(&sb, " ON CONFLICT(");
		add_names(&sb, shape, 0, shape->keys, ",", "\"%s\"");
		sb_str(&sb, shape->keys < width ? ") DO UPDATE SET " : ") DO NOTHING");
		add_names(&sb, shape, shape->keys, width, ",", "\"%s\"=excluded.\"%s\"");
	}
	*out = sb.data;
	return sb_end(&sb);
}

static size_t chunk(const struct db_val *rows, int width, size_t left)
{
	size_t bytes = 0, n = 0;

	for (; n < left && n < CHUNK_ROWS; n++) {
		for (int c = 0; c < width; c++)
			bytes += size_in_array(&rows[n * (size_t)width + (size_t)c]);
		if (n > 0 && bytes > CHUNK_BYTES)
			break;
	}
	return n;
}

static enum err write_chunk(struct cx *cx, struct pg *pg, const char *sql,
			    const struct db_shape *shape, int width, bool one_first,
			    const struct db_val *rows, size_t count)
{
	static const struct {
		Oid one, array;
	} type[] = {[DB_I64] = {OID_INT8, OID_INT8_ARRAY},
		    [DB_TEXT] = {OID_TEXT, OID_TEXT_ARRAY},
		    [DB_BLOB] = {OID_BYTEA, OID_BYTEA_ARRAY}};
	struct array array[VALUES_MAX];
	struct values v = {.count = 0};
	enum err err;
	int made = 0;

	for (; made < width; made++) {
		enum db_kind kind = shape->kind[made];

		if (!array_make(&array[made], type[kind].one, rows + made, (size_t)width, count))
			break;
		pg_add_value(&v, type[kind].array, array[made].data, array[made].len, 'a');
	}
	if (one_first) {
		v.number[made] = htobe64((uint64_t)rows->i);
		pg_add_value(&v, OID_INT8, &v.number[made], sizeof(v.number[made]), 'i');
	}
	err = made == width ? pg_send(cx, pg, sql, &v) :
			      cx_fail(cx, ERR_MEMORY, "the machine has no memory left");
	while (made)
		free(array[--made].data);
	return err;
}

/* Whether the rows have one integer in their first column: a batch is of one city. */
static bool is_one_first(const struct db_shape *shape, int width, const struct db_val *rows, size_t count)
{
	bool same = shape->kind[0] == DB_I64 && count > 0;

	for (size_t r = 1; same && r < count; r++)
		same = rows[r * (size_t)width].i == rows->i;
	return same;
}

enum err pg_write(struct cx *cx, struct db *base, enum write_how how, const struct db_shape *shape,
		  const struct db_val *rows, size_t count)
{
	int width = how == WRITE_DELETE ? shape->keys : shape->columns;
	bool one_first = how == WRITE_DELETE && is_one_first(shape, width, rows, count);
	const char *sql;
	enum err err = write_sql(cx, how, shape, width, one_first, &sql);

	BUG(width >= VALUES_MAX);
	while (!err && count > 0) {
		size_t n = chunk(rows, width, count);

		err = write_chunk(cx, (struct pg *)base, sql, shape, width, one_first, rows, n);
		rows += n * (size_t)width;
		count -= n;
	}
	return err;
}
