/* Whatever the bytes: csv refuses them with a place, or what it reads can be written and read again
 * with the same result, and writing that gives the same bytes. */
#include "fuzz.h"

#include "codec/csv.h"
#include "base/utf8.h"

enum { OUT_MAX = 64 << 20 };

static void put_names(struct sb *sb, const struct csv *c)
{
	HOLDS(csv_columns(c) >= 1 && csv_columns(c) <= CSV_COLUMNS_MAX);
	for (int i = 0; i < csv_columns(c); i++) {
		HOLDS(*csv_name(c, i) && csv_find(c, csv_name(c, i)) == i);
		csv_put(sb, i == 0, csv_name(c, i));
	}
	csv_put_end(sb);
}

static void put_record(struct cx *cx, struct sb *sb, const struct csv *c)
{
	for (int i = 0; i < csv_columns(c); i++) {
		const char *field = csv_field(c, i);
		int64_t number;

		HOLDS(strlen(field) <= CSV_FIELD_MAX + 1 && utf8_valid(field, strlen(field)));
		csv_put(sb, i == 0, field);
		if (csv_int(cx, c, i, &number))
			cx_clear(cx);
	}
	csv_put_end(sb);
}

/* The text written anew, or NULL when it was refused. */
static char *rewrite(struct cx *cx, const char *text, size_t n, size_t *outn)
{
	struct csv *c = NULL;
	int line = 1;
	struct sb sb;

	if (csv_open(cx, text, n, &c)) {
		HOLDS(!c);
		return NULL;
	}
	sb_init(&sb, cx, OUT_MAX);
	put_names(&sb, c);
	while (csv_next(cx, c)) {
		HOLDS(csv_line(c) > line);
		line = csv_line(c);
		put_record(cx, &sb, c);
	}
	HOLDS(sb_end(&sb) == ERR_OK);
	*outn = sb.len;
	return cx->err ? NULL : sb.data;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t n = 0, n2 = 0;
	char *once, *twice;
	struct cx cx;

	cx_init(&cx, (size_t)1 << 30);
	once = rewrite(&cx, (const char *)data, size, &n);
	if (once) {
		twice = rewrite(&cx, once, n, &n2);
		HOLDS(twice && n == n2 && memcmp(once, twice, n) == 0);
	} else {
		HOLDS(cx.err == ERR_INPUT || cx.err == ERR_TOO_LARGE);
		HOLDS(strncmp(cx.msg, "line ", 5) == 0 || strstr(cx.msg, "UTF-16"));
	}
	cx_done(&cx);
	return 0;
}
