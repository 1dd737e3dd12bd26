/* Whatever stands in the journal's place: it is refused, or it is an entry whose canonical form it is. */
#include "all.h"

#include "kernel/entry.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct domain *d = domain_of_all();
	struct entry e, again;
	struct cx cx;
	struct sb sb;

	cx_init(&cx, 0);
	if (entry_decode(&cx, d, (const char *)data, size, &e)) {
		HOLDS(cx.err == ERR_CORRUPT || cx.err == ERR_MEMORY);
	} else {
		HOLDS(e.action && e.rec && e.transfers.count <= ENTRY_TRANSFERS_MAX);
		sb_init(&sb, &cx, ENTRY_BYTES_MAX);
		HOLDS(entry_encode(&cx, d, &e, &sb) == ERR_OK && sb_end(&sb) == ERR_OK);
		HOLDS(sb.len == size && memcmp(sb.data, data, size) == 0);
		HOLDS(entry_decode(&cx, d, sb.data, sb.len, &again) == ERR_OK);
	}
	cx_done(&cx);
	return 0;
}
