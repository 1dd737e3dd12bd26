/* json.h: JSON in (bounded, strict), JSON out, and canonical JSON (RFC 8785).
 *
 * A parsed value is a tree in the context's arena: plain structs, read directly. Object members keep
 * the order of the text. Integers that fit |x| <= 2^53-1 and are written without fraction or exponent
 * are JSON_INT; every other number is JSON_REAL. Text is UTF-8, NUL terminated, and holds no U+0000.
 *
 * Refused while parsing, each with line and column: malformed text, invalid UTF-8, lone surrogates,
 * U+0000 in a string, duplicate names, integers beyond 2^53-1, numbers that are not finite, nesting
 * deeper, or more values, than the limits say, anything but white space behind the value, a BOM.
 * Also refused: a real such as 1e17, whose canonical form would be such an integer, and a number of
 * more than 128 characters. So what is read can always be written as canonical JSON and read again.
 * Sizes that exceed a limit are ERR_TOO_LARGE, all the rest is ERR_INPUT.
 */
#ifndef RELODE_CODEC_JSON_H
#define RELODE_CODEC_JSON_H

#include "base/cx.h"
#include "base/sb.h"

#define JSON_INT_MAX INT64_C(9007199254740991) /* 2^53 - 1, RFC 8259 section 6 and RFC 7493 */

enum json_type { JSON_NULL, JSON_BOOL, JSON_INT, JSON_REAL, JSON_TEXT, JSON_ARRAY, JSON_OBJECT };

struct json {
	enum json_type type;
	union {
		bool truth;
		int64_t number;
		double real;
		struct {
			const char *text;
			size_t len; /* bytes */
		};
		struct {
			struct json **item; /* array: values; object: values of name[i] */
			const char **name;  /* object only */
			size_t count;
		};
	};
};

struct json_limits {
	size_t bytes, depth, values;
};
extern const struct json_limits json_limits_request; /* 1 MiB, 32 deep, 20,000 values */
extern const struct json_limits json_limits_file;    /* 64 MiB, 64 deep, 4,000,000 values */

enum err json_parse(struct cx *cx, const char *text, size_t n, const struct json_limits *limits,
		    struct json **out) MUST_USE;
/* The member's value, or NULL when v is no object or has no such member. */
const struct json *json_get(const struct json *v, const char *name);

/* Writes v as canonical JSON (RFC 8785): names sorted by UTF-16 code units, numbers as ECMAScript
 * writes them, no white space. Appends to sb. */
void json_canonical(struct sb *sb, const struct json *v);
/* Writes s as a JSON string with its quotes, escaped as RFC 8785 says. A byte that is not UTF-8 (part
 * of a cut error message, say) is written as U+FFFD: what must be stored exactly is checked before. */
void json_quote(struct sb *sb, const char *s, size_t n);
/* The same as a member's name: with its colon, and a comma unless it is the first. */
void json_name(struct sb *sb, const char *s, size_t n, bool first);
/* Writes a number as ECMAScript's Number::toString does (RFC 8785 section 3.2.2.3). What is not
 * finite is ERR_INVALID in the sb. (jansson, which is linked too, owns the names json_real and
 * json_integer.) */
void json_double(struct sb *sb, double value);
void json_int(struct sb *sb, int64_t value); /* ERR_INVALID in the sb beyond JSON_INT_MAX */
/* <0, 0, >0: the order of a and b as sequences of UTF-16 code units. */
int json_name_cmp(const char *a, const char *b);

/* A writer for JSON in the order of the calls; commas and quotes are its business. Nesting deeper than
 * JSON_WRITE_DEPTH is ERR_INVALID; errors stick in the sb. With indent it writes for people. A value
 * without a name in an object, a name outside of one and an end that fits no beginning are bugs. */
enum { JSON_WRITE_DEPTH = 64 };
struct json_writer {
	struct sb *sb;
	int depth; /* open arrays and objects */
	bool indent;
	bool some[JSON_WRITE_DEPTH + 1];   /* this level has a value already */
	bool object[JSON_WRITE_DEPTH + 1]; /* this level is an object */
	bool named;                        /* a name has been written, its value has not */
};
void jw_init(struct json_writer *w, struct sb *sb, bool indent);
void jw_object(struct json_writer *w);
void jw_object_end(struct json_writer *w);
void jw_array(struct json_writer *w);
void jw_array_end(struct json_writer *w);
void jw_name(struct json_writer *w, const char *name);
/* A name that has its quotes and its colon: n bytes. JW_NAME: a literal's, put around it by the compiler. */
void jw_quoted(struct json_writer *w, const char *quoted, size_t n);
#define JSON_QUOTED(name) "\"" name "\":"
#define JW_NAME(w, name) jw_quoted(w, JSON_QUOTED(name), sizeof(JSON_QUOTED(name)) - 1)
void jw_text(struct json_writer *w, const char *s); /* NULL writes null; once memory has
							* run out it may stand for a text: sb_end fails */
void jw_hex(struct json_writer *w, const void *p, size_t n); /* as text: lower-case hexadecimal */
void jw_int(struct json_writer *w, int64_t value);
void jw_real(struct json_writer *w, double value);
void jw_bool(struct json_writer *w, bool value);
void jw_null(struct json_writer *w);
void jw_value(struct json_writer *w, const struct json *v);
/* name and value in one call; the name is a literal */
#define jw_text_at(w, name, s) (JW_NAME(w, name), jw_text(w, s))
#define jw_int_at(w, name, value) (JW_NAME(w, name), jw_int(w, value))
#define jw_bool_at(w, name, value) (JW_NAME(w, name), jw_bool(w, value))

#endif
