/* Whatever the bytes of a pack of the journal, or what they give back: it is refused, or it is 256
 * lines, which packed again give the same lines. */
#include "fuzz.h"

#include "codec/hash.h"
#include "codec/zip.h"
#include "kernel/journal.h"

enum { GROWN_MAX = 1 << 20 };

static void open_pack(struct cx *cx, const void *frame, size_t n)
{
	struct digest check = sha256(frame, n);
	struct pack_row row = {1, 3, {check.byte, PACK_CHECK}, {frame, n}}, again;
	struct journal_line line[PACK_ENTRIES], same[PACK_ENTRIES];

	if (pack_open(cx, &row, line)) {
		HOLDS(cx->err == ERR_CORRUPT || cx->err == ERR_MEMORY);
		cx_clear(cx);
		return;
	}
	HOLDS(pack_make(cx, line, &again) == ERR_OK && pack_open(cx, &again, same) == ERR_OK);
	for (int i = 0; i < PACK_ENTRIES; i++)
		HOLDS(line[i].seq == 3 * PACK_ENTRIES + i && line[i].n == same[i].n &&
		      memcmp(line[i].body, same[i].body, line[i].n) == 0);
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
	cx_clear(&cx);
	open_pack(&cx, data, size);
	HOLDS(zip_pack(&cx, &part, 1, &frame, &n) == ERR_OK);
	open_pack(&cx, frame, n);
	cx_done(&cx);
	return 0;
}
