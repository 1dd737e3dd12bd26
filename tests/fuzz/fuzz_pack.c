/* Whatever the bytes of a pack of the journal, or what they give back: it is refused, or it is as many
 * lines as a pack has, which packed again give the same lines. With a line's end where one is missing it
 * is never refused. */
#include "fuzz.h"

#include "codec/hash.h"
#include "codec/zip.h"
#include "kernel/journal.h"

enum { GROWN_MAX = 1 << 20 };

/* true: it was a pack. */
static bool open_pack(struct cx *cx, const void *frame, size_t n)
{
	struct digest check = sha256(frame, n);
	struct pack_row row = {1, 3, {check.byte, PACK_CHECK}, {frame, n}}, again;
	struct journal_line line[PACK_ENTRIES], same[PACK_ENTRIES];

	if (pack_open(cx, &row, line)) {
		HOLDS(cx->err == ERR_CORRUPT || cx->err == ERR_MEMORY);
		cx_clear(cx);
		return false;
	}
	HOLDS(pack_make(cx, line, &again) == ERR_OK && pack_open(cx, &again, same) == ERR_OK);
	for (int i = 0; i < PACK_ENTRIES; i++)
		HOLDS(line[i].seq == 3 * PACK_ENTRIES + i && line[i].n == same[i].n &&
		      memcmp(line[i].body, same[i].body, line[i].n) == 0);
	return true;
}

/* The bytes as they may lie in a pack: a group for each entry, then as many lines, no more. */
static void open_lines(struct cx *cx, const uint8_t *data, size_t size)
{
	static const char none[PACK_ENTRIES];
	char ends[PACK_ENTRIES];
	size_t groups = size < PACK_ENTRIES ? size : PACK_ENTRIES, at = groups;
	int lines = 0;
	const void *frame;
	size_t n;

	memset(ends, '\n', sizeof(ends));
	while (at < size && lines < PACK_ENTRIES)
		lines += data[at++] == '\n';
	HOLDS(zip_pack(cx,
		       (const struct zip_part[]){{data, groups},
						 {none, PACK_ENTRIES - groups},
						 {data + groups, at - groups},
						 {ends, (size_t)(PACK_ENTRIES - lines)}},
		       4, &frame, &n) == ERR_OK);
	HOLDS(open_pack(cx, frame, n));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct zip_part part = {data, size};
	const void *frame;
	struct cx cx;
	char *text;
	size_t n;

	cx_init(&cx, (size_t)1 << 28);
	if (zip_unpack(&cx, data, size, GROWN_MAX, &text, &n) == ERR_OK)
		HOLDS(n <= GROWN_MAX && text[n] == 0);
	cx_reset(&cx);
	open_pack(&cx, data, size);
	cx_reset(&cx); /* a block may claim to grow to nearly all the memory that there is */
	HOLDS(zip_pack(&cx, &part, 1, &frame, &n) == ERR_OK);
	open_pack(&cx, frame, n);
	open_lines(&cx, data, size);
	cx_done(&cx);
	return 0;
}
