#include "codec/csv.h"

#include <iconv.h>

#include "base/utf8.h"

struct csv {
	const char *text; /* UTF-8 without BOM */
	size_t n, at;
	int line, column; /* of the byte at `at`; a column is a character */
	int record_line;
	struct sb buf; /* the fields of the record, each with a NUL behind it */
	size_t offset[CSV_COLUMNS_MAX];
	int fields, columns;
	const char **name;
	bool failed;
};

static const char bom[] = "\xef\xbb\xbf";

static enum err fail(struct cx *cx, struct csv *c, int line, int column, const char *what)
{
	c->failed = true;
	return cx_fail(cx, ERR_INPUT, "line %d, column %d: %s", line, column, cx_say(cx, what));
}

static enum err fail_here(struct cx *cx, struct csv *c, const char *what)
{
	return fail(cx, c, c->line, c->column, what);
}

static enum err too_large(struct cx *cx, struct csv *c, const char *what, int max)
{
	c->failed = true;
	return cx_fail(cx, ERR_TOO_LARGE, "line %d, column %d: %s %d", c->line, c->column,
		       cx_say(cx, what), max);
}

/* Moves over n bytes, counting lines and characters. */
static void advance(struct csv *c, size_t n)
{
	for (; n > 0; n--, c->at++) {
		unsigned char byte = (unsigned char)c->text[c->at];

		if (byte == '\n') {
			c->line++;
			c->column = 1;
		} else if ((byte & 0xc0) != 0x80) {
			c->column++;
		}
	}
}

/* ---- encoding ---- */

/* Western one-byte text can be valid GB18030 by accident ("Müller" is). In Chinese text most
 * two-byte characters are of GB 2312, where both bytes are above a0; in the accident the second byte
 * is a plain letter. */
static bool looks_chinese(const unsigned char *s, size_t n)
{
	size_t common = 0, other = 0;

	for (size_t i = 0; i + 1 < n; i++) {
		if (s[i] < 0x80)
			continue;
		if (s[i + 1] >= 0x30 && s[i + 1] <= 0x39) { /* four bytes: valid only by design */
			common++;
			i += 3;
			continue;
		}
		if (s[i] >= 0xa1 && s[i] <= 0xf7 && s[i + 1] >= 0xa1)
			common++;
		else
			other++;
		i++;
	}
	return common > other;
}

/* As fail, for the byte at `at` of the text; what stands before it is UTF-8, or nearly. */
static enum err fail_at(struct cx *cx, struct csv *c, size_t at, const char *what)
{
	advance(c, at);
	return fail_here(cx, c, what);
}

static enum err from_gb18030(struct cx *cx, struct csv *c)
{
	static const char neither[] = "the text is neither UTF-8 nor GB18030; save it as UTF-8";
	size_t left = c->n, room = c->n * 2; /* two bytes become at most three, four at most four */
	char *in = (char *)(uintptr_t)c->text, *out, *end; /* iconv does not write to its input */
	iconv_t conversion;
	size_t lost;

	if (!looks_chinese((const unsigned char *)c->text, c->n))
		return fail_at(cx, c, utf8_prefix(c->text, c->n), neither);
	out = end = cx_alloc(cx, room + 1);
	if (!out)
		return ERR_MEMORY;
	conversion = iconv_open("UTF-8", "GB18030");
	if (conversion == (iconv_t)-1)
		return cx_fail(cx, ERR_UNSUPPORTED,
			       "the text is GB18030, which this machine's iconv lacks");
	lost = iconv(conversion, &in, &left, &end, &room);
	iconv_close(conversion);
	if (lost != 0)
		return fail_at(cx, c, (size_t)(in - c->text), neither);
	c->text = out;
	c->n = (size_t)(end - out);
	return ERR_OK;
}

static enum err decode(struct cx *cx, struct csv *c)
{
	if (c->n >= 2 && (memcmp(c->text, "\xff\xfe", 2) == 0 || memcmp(c->text, "\xfe\xff", 2) == 0))
		return cx_fail(cx, ERR_INPUT, "the text is UTF-16; save it as UTF-8");
	if (strnlen(c->text, c->n) < c->n)
		return fail_at(cx, c, strnlen(c->text, c->n), "a NUL byte: this is no text");
	if (!utf8_valid(c->text, c->n) && from_gb18030(cx, c))
		return cx->err;
	if (c->n >= 3 && memcmp(c->text, bom, 3) == 0) {
		c->text += 3;
		c->n -= 3;
	}
	return ERR_OK;
}

/* ---- records ---- */

static int peek(const struct csv *c)
{
	return c->at < c->n ? (unsigned char)c->text[c->at] : -1;
}

/* Copies the bytes up to one of those in `stop` (or the end) into the field. */
static enum err take_until(struct cx *cx, struct csv *c, size_t field, const char *stop)
{
	size_t n = 0;

	while (c->at + n < c->n && !strchr(stop, c->text[c->at + n]))
		n++;
	if (c->buf.len - field + n > CSV_FIELD_MAX)
		return too_large(cx, c, "the bytes of a field are more than", CSV_FIELD_MAX);
	sb_add(&c->buf, c->text + c->at, n);
	advance(c, n);
	return ERR_OK;
}

static enum err take_quoted(struct cx *cx, struct csv *c, size_t field)
{
	int line = c->line, column = c->column;

	advance(c, 1);
	for (;;) {
		if (take_until(cx, c, field, "\""))
			return cx->err;
		if (peek(c) < 0)
			return fail(cx, c, line, column, "a quote is not closed");
		advance(c, 1);
		if (peek(c) != '"')
			break;
		sb_char(&c->buf, '"');
		advance(c, 1);
	}
	if (peek(c) >= 0 && !strchr(",\r\n", peek(c)))
		return fail_here(cx, c, "text behind a closing quote");
	return ERR_OK;
}

static enum err take_field(struct cx *cx, struct csv *c)
{
	size_t field = c->buf.len;

	if (c->fields == CSV_COLUMNS_MAX)
		return too_large(cx, c, "the fields of a record are more than", CSV_COLUMNS_MAX);
	c->offset[c->fields++] = field;
	if (peek(c) == '"') {
		if (take_quoted(cx, c, field))
			return cx->err;
	} else {
		if (take_until(cx, c, field, ",\"\r\n"))
			return cx->err;
		if (peek(c) == '"')
			return fail_here(cx, c, "a quote inside a field that is not quoted");
	}
	if (peek(c) == '\r' && (c->at + 1 == c->n || c->text[c->at + 1] != '\n'))
		return fail_here(cx, c, "a carriage return without a line feed");
	sb_char(&c->buf, 0);
	return ERR_OK;
}

/* One record with its line end. The cursor is not at the end of the text. */
static enum err take_record(struct cx *cx, struct csv *c)
{
	c->record_line = c->line;
	c->buf.len = 0;
	c->fields = 0;
	for (;;) {
		if (c->columns > 0 && c->fields == c->columns)
			return fail_here(cx, c, "more fields than the first line has columns");
		if (take_field(cx, c))
			return cx->err;
		if (peek(c) != ',')
			break;
		advance(c, 1);
	}
	if (c->columns > 0 && c->fields < c->columns)
		return fail_here(cx, c, c->buf.len == 1 ? "an empty line" :
							  "fewer fields than the first line has columns");
	if (peek(c) == '\r')
		advance(c, 1);
	if (peek(c) == '\n')
		advance(c, 1);
	return sb_end(&c->buf);
}

static enum err take_names(struct cx *cx, struct csv *c)
{
	if (take_record(cx, c))
		return cx->err;
	c->name = cx_array(cx, (size_t)c->fields, sizeof(*c->name));
	if (!c->name)
		return ERR_MEMORY;
	for (int i = 0; i < c->fields; i++) {
		const char *name = csv_field(c, i);

		if (!*name)
			return cx_fail(cx, ERR_INPUT, "line 1: column %d has no name", i + 1);
		if (csv_find(c, name) >= 0)
			return cx_fail(cx, ERR_INPUT, "line 1: columns %d and %d are both called '%.80s'",
				       csv_find(c, name) + 1, i + 1, name);
		c->name[i] = cx_strdup(cx, name);
		if (!c->name[i])
			return ERR_MEMORY;
		c->columns++;
	}
	return ERR_OK;
}

enum err csv_open(struct cx *cx, const char *text, size_t n, struct csv **out)
{
	struct csv *c;

	if (n > CSV_BYTES_MAX)
		return cx_fail(cx, ERR_TOO_LARGE, "%zu bytes of CSV, at most %d are read", n,
			       CSV_BYTES_MAX);
	c = CX_NEW(cx, struct csv);
	if (!c)
		return ERR_MEMORY;
	c->text = n ? text : "";
	c->n = n;
	c->line = c->column = 1;
	sb_init(&c->buf, cx, (size_t)CSV_COLUMNS_MAX * (CSV_FIELD_MAX + 1));
	if (decode(cx, c))
		return cx->err;
	if (c->n == 0)
		return fail_here(cx, c, "the text is empty, it must begin with column names");
	if (take_names(cx, c))
		return cx->err;
	*out = c;
	return ERR_OK;
}

int csv_columns(const struct csv *c)
{
	return c->columns;
}

const char *csv_name(const struct csv *c, int column)
{
	BUG(column < 0 || column >= c->columns);
	return c->name[column];
}

int csv_find(const struct csv *c, const char *name)
{
	for (int i = 0; i < c->columns; i++)
		if (strcmp(c->name[i], name) == 0)
			return i;
	return -1;
}

bool csv_next(struct cx *cx, struct csv *c)
{
	if (c->failed || c->at == c->n)
		return false;
	return take_record(cx, c) == ERR_OK;
}

const char *csv_field(const struct csv *c, int column)
{
	BUG(column < 0 || column >= c->fields);
	return c->buf.data + c->offset[column];
}

int csv_line(const struct csv *c)
{
	return c->record_line;
}

enum err csv_int(struct cx *cx, const struct csv *c, int column, int64_t *out)
{
	const char *text = csv_field(c, column), *p = text + (*text == '-');
	int64_t value = 0;
	bool good = *p != 0;

	for (; *p && good; p++) /* downwards: the smallest number has no positive counterpart */
		good = *p >= '0' && *p <= '9' && !__builtin_mul_overflow(value, 10, &value) &&
		       !__builtin_sub_overflow(value, *p - '0', &value);
	if (good && *text != '-')
		good = !__builtin_sub_overflow(0, value, &value);
	if (!good)
		return cx_fail(cx, ERR_INVALID, "line %d, %s: '%.40s' is not a whole number",
			       c->record_line, csv_name(c, column), text);
	*out = value;
	return ERR_OK;
}

/* ---- out ---- */

void csv_put(struct sb *sb, bool first, const char *field)
{
	if (!first)
		sb_char(sb, ',');
	if (!field[strcspn(field, ",\"\r\n")] && strncmp(field, bom, 3) != 0) {
		sb_str(sb, field);
		return;
	}
	sb_char(sb, '"');
	for (const char *quote; (quote = strchr(field, '"')); field = quote + 1) {
		sb_add(sb, field, (size_t)(quote - field));
		sb_str(sb, "\"\"");
	}
	sb_str(sb, field);
	sb_char(sb, '"');
}

void csv_put_end(struct sb *sb)
{
	sb_str(sb, "\r\n");
}
