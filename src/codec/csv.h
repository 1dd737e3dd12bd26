/* csv.h: CSV in and out (RFC 4180).
 *
 * In: the whole text is given; a UTF-8 BOM is skipped, GB18030 is recognised when the bytes are no
 * UTF-8 and is converted (iconv); anything else is refused by name. Records end with LF or CRLF. The
 * first record names the columns. Errors say line and column, in characters from 1 ("line 7, column
 * 12: a quote is not closed"). Refused: mixed column counts, stray quotes, a carriage return without
 * line feed, empty or double column names, NUL bytes, more than the limits say. The text must stay
 * where it is while the csv is in use. Bytes of a western one-byte encoding can be GB18030 by
 * accident: such text is refused when fewer than half of its characters are of GB 2312.
 */
#ifndef RELODE_CODEC_CSV_H
#define RELODE_CODEC_CSV_H

#include "base/cx.h"
#include "base/sb.h"

enum {
	CSV_COLUMNS_MAX = 256,
	CSV_FIELD_MAX = 64 * 1024,      /* bytes of one field */
	CSV_BYTES_MAX = 256 * 1024 * 1024
};

struct csv; /* in the arena; no free */

enum err csv_open(struct cx *cx, const char *text, size_t n, struct csv **out) MUST_USE;
int csv_columns(const struct csv *c);
const char *csv_name(const struct csv *c, int column);
int csv_find(const struct csv *c, const char *name); /* column, or -1 */
/* True when there is a record; false at the end, or after an error (cx->err says which).
 * The fields of a record stay valid until the next call. */
bool csv_next(struct cx *cx, struct csv *c);
const char *csv_field(const struct csv *c, int column); /* NUL terminated, never NULL */
int csv_line(const struct csv *c);                      /* line on which the record began, from 1 */
/* A whole number in the field: digits, maybe after a minus sign. All else, empty too, is ERR_INVALID
 * with line, column name and text. */
enum err csv_int(struct cx *cx, const struct csv *c, int column, int64_t *out) MUST_USE;

/* Writes one field, quoted when it must be; a leading =, +, -, @, tab or CR of a text field is kept as
 * it is. Records end with CRLF: csv_put_end. A field may not be NULL. */
void csv_put(struct sb *sb, bool first, const char *field);
void csv_put_end(struct sb *sb);

#endif
