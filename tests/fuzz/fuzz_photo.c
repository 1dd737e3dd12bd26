/* Whatever is sent as evidence: it is refused, or what is kept of it is no longer, and is kept whole
 * when it is stripped again. */
#include "fuzz.h"

#include "programme/evidence/evidence.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	enum evidence_type type, again;
	struct bytes kept, same;
	struct cx cx;

	cx_init(&cx, 0);
	if (evidence_strip(&cx, data, size, &type, &kept)) {
		HOLDS(cx.err == ERR_MEDIA_TYPE || cx.err == ERR_TOO_LARGE || cx.err == ERR_INVALID);
	} else {
		HOLDS(kept.n <= size && type <= EVIDENCE_PDF);
		HOLDS(evidence_strip(&cx, kept.p, kept.n, &again, &same) == ERR_OK);
		HOLDS(again == type && same.n == kept.n && memcmp(same.p, kept.p, kept.n) == 0);
	}
	cx_done(&cx);
	return 0;
}
