/* field.h: one declaration of fields that feeds every door.
 *
 * A table of struct field describes a C struct: each member's name, type, unit, bounds and meaning.
 * From the same table come: reading a request's JSON (typed, bounded, unknown names refused), writing
 * answers and journal entries (canonical JSON), rows of database tables, OpenAPI schemas, command line
 * flags and CSV columns.
 *
 * Members are of these C types only:
 *   int64_t      FIELD_INT, FIELD_BOOL (0 or 1), FIELD_ENUM (index into names); FIELD_NONE when absent
 *   const char * FIELD_TEXT; NULL when absent. UTF-8 without U+0000
 *   struct bytes FIELD_HEX; .p NULL when absent. Written as lower-case hexadecimal in JSON
 *   struct list  FIELD_LIST; items are structs described by .sub
 *
 * Flags say where a field is seen. IN: in requests. LOG: in the journal's entry. OUT: in the answer.
 * PII is personal: given in requests, never logged (an action seals it into the vault).
 */
#ifndef RELODE_KERNEL_FIELD_H
#define RELODE_KERNEL_FIELD_H

#include "base/cx.h"
#include "codec/json.h"
#include "db/db.h"

#define FIELD_JSON_UNIT "json"
#define FIELD_SHOWN_UNIT "view"
#define FIELD_NONE INT64_MIN /* an integer that is not there */
#define ID_MAX ((INT64_C(1) << 47) - 1) /* largest id: 15 bits of city, 32 of number */

enum field_type { FIELD_INT, FIELD_BOOL, FIELD_ENUM, FIELD_TEXT, FIELD_HEX, FIELD_LIST };

enum field_flags {
	IN = 1,        /* a request may carry it */
	LOG = 2,       /* the entry carries it */
	OUT = 4,       /* the answer carries it */
	REQ = 8,       /* must be present: in the request if IN, else in the entry */
	PII = 16,      /* personal data: IN only */
	PATH = 32,     /* taken from the URL path, not from the body */
	SECRET = 64,   /* OUT only, never stored: re-derived */
	HIDE = 128,    /* a table's column that no view shows */
	MAY_NULL = 256 /* an answer may say null, where the member means "nobody" or "no figure" */
};
/* The common cases. */
#define GIVEN (IN | LOG)          /* asked for, optional, recorded */
#define MUST (IN | LOG | REQ)     /* asked for, required, recorded */
#define DERIVED (LOG | OUT)       /* made by the decision, recorded, answered */
#define COLUMN (LOG | OUT)        /* a column of a table */

struct bytes {
	const void *p;
	size_t n;
};
struct list {
	void *item;
	size_t count;
};

struct field {
	const char *name, *quoted; /* quoted: as a member of JSON, with its colon; may be NULL */
	enum field_type type;
	unsigned flags;
	size_t at;               /* offset in the struct */
	int64_t min, max;        /* INT: value; TEXT, HEX: bytes; LIST: count */
	const char *unit;        /* "us", "mg", "minor", "id", "percent", … or NULL */
	const char *const *names; /* ENUM: ends with NULL */
	const struct field *sub; /* LIST: the items' fields */
	size_t sub_size;         /* LIST: sizeof an item */
	const char *doc;         /* one sentence */
};

#define FIELD_NAME_(T, m) .name = #m, .quoted = JSON_QUOTED(#m), .at = offsetof(T, m)
#define FIELD_I_(T, m, ty, fl, lo, hi, u, d)                                                        \
	{FIELD_NAME_(T, m), .type = ty, .flags = fl, .min = lo, .max = hi, .unit = u, .doc = d}
#define F_INT(T, m, fl, lo, hi, unit, doc) FIELD_I_(T, m, FIELD_INT, fl, lo, hi, unit, doc)
#define F_ID(T, m, fl, doc) FIELD_I_(T, m, FIELD_INT, fl, 0, ID_MAX, "id", doc)
#define F_US(T, m, fl, doc) FIELD_I_(T, m, FIELD_INT, fl, 0, JSON_INT_MAX, "us", doc)
#define F_MINOR(T, m, fl, doc) FIELD_I_(T, m, FIELD_INT, fl, 0, 1000000000000, "minor", doc)
#define F_MG(T, m, fl, doc) FIELD_I_(T, m, FIELD_INT, fl, 0, 100000000000000, "mg", doc)
#define F_BOOL(T, m, fl, doc) FIELD_I_(T, m, FIELD_BOOL, fl, 0, 1, NULL, doc)
#define F_TEXT(T, m, fl, lo, hi, doc) FIELD_I_(T, m, FIELD_TEXT, fl, lo, hi, NULL, doc)
/* Of an answer alone, what the view writes itself: an object; the answer of another view, or a list of such;
 * a list of words out of `nm`. */
#define F_JSON(T, m, fl, hi, doc) FIELD_I_(T, m, FIELD_TEXT, fl, 0, hi, FIELD_JSON_UNIT, doc)
#define F_SHOWN(T, m, fl, view, d)                                                                   \
	{FIELD_NAME_(T, m), .type = FIELD_TEXT, .flags = fl, .unit = FIELD_SHOWN_UNIT,              \
	 .names = (const char *const[]){view, NULL}, .doc = d}
#define F_SHOWN_LIST(T, m, fl, hi, view, d)                                                          \
	{FIELD_NAME_(T, m), .type = FIELD_LIST, .flags = fl, .max = hi,                             \
	 .unit = FIELD_SHOWN_UNIT, .names = (const char *const[]){view, NULL}, .doc = d}
#define F_WORDS(T, m, fl, hi, nm, d)                                                                 \
	{FIELD_NAME_(T, m), .type = FIELD_LIST, .flags = fl, .max = hi, .names = nm, .doc = d}
#define F_HEX(T, m, fl, size, doc) FIELD_I_(T, m, FIELD_HEX, fl, size, size, NULL, doc)
#define F_BLOB(T, m, fl, hi, doc) FIELD_I_(T, m, FIELD_HEX, fl, 0, hi, NULL, doc)
#define F_ENUM(T, m, fl, nm, d)                                                                      \
	{FIELD_NAME_(T, m), .type = FIELD_ENUM, .flags = fl, .names = nm, .doc = d}
#define F_LIST(T, m, fl, hi, sb, ST, d)                                                              \
	{FIELD_NAME_(T, m), .type = FIELD_LIST, .flags = fl, .max = hi, .sub = sb,                  \
	 .sub_size = sizeof(ST), .doc = d}
#define F_END {.name = NULL}

/* Sets every member to absent. */
void field_init(const struct field *f, void *s);
/* Reads the members that have any of `mask`'s flags from object v; others must not be there.
 * ERR_INVALID names the path ("items[3].price_minor: must be at least 0"). Missing REQ members of the
 * mask are refused. Allocates from cx; texts may point into v. */
enum err field_read(struct cx *cx, const struct field *f, unsigned mask, const struct json *v,
		    void *out) MUST_USE;
/* Sets one member from text (command line, URL path, query, CSV). */
enum err field_parse(struct cx *cx, const struct field *f, const char *text, void *out) MUST_USE;
/* Checks bounds of members set by code: a violation is a BUG of the decision, given as ERR_INVALID. */
enum err field_check(struct cx *cx, const struct field *f, unsigned mask, const void *s) MUST_USE;
/* Copies into cx the texts, bytes and lists of members with any of `mask`'s flags, wherever they lie. */
enum err field_keep(struct cx *cx, const struct field *f, unsigned mask, void *s) MUST_USE;
/* Writes the present members with any of `mask`'s flags, names in sorted order (canonical). The caller
 * has opened the object. */
void field_write(struct json_writer *w, const struct field *f, unsigned mask, const void *s);
/* The same members as a tree, in the same order, with texts of its own and room for so many members more;
 * NULL when memory ends. */
struct json *field_tree(struct cx *cx, const struct field *f, unsigned mask, const void *s,
			size_t room) MUST_USE;
/* The name of the first member with all of the mask's flags that `asked` has and `kept` has not, or has
 * with another value; NULL when there is none. */
const char *field_differs(const struct field *f, unsigned mask, const void *asked, const void *kept);
const struct field *field_find(const struct field *f, const char *name); /* or NULL */
int field_count(const struct field *f);
/* ENUM: the index of name, or -1. */
int64_t field_enum(const char *const *names, const char *name);

/* Members as database values and back (LIST members are not columns: BUG). */
struct db_val field_value(const struct field *f, const void *s);
enum db_kind field_kind(const struct field *f);
/* Reads columns 0.. of the current row into a struct; copies text and bytes into cx. */
enum err field_row(struct cx *cx, const struct field *f, const struct db_rows *rows, void *out) MUST_USE;

static inline int64_t *field_int_at(const struct field *f, void *s)
{
	return (int64_t *)(void *)((char *)s + f->at);
}
static inline int64_t field_int_of(const struct field *f, const void *s)
{
	return *(const int64_t *)(const void *)((const char *)s + f->at);
}
/* A given integer, or what holds when it is absent. */
static inline int64_t field_or(int64_t value, int64_t otherwise)
{
	return value == FIELD_NONE ? otherwise : value;
}

#endif
