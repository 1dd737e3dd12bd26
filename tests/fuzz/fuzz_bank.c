/* Whatever a bank's return file holds, CSV or XML: it is refused in words, or its lines are within
 * their bounds and, where it has a total, add up to it. */
#include "fuzz.h"

#include "base/utf8.h"
#include "programme/settle/bank.h"

static void must_end(const char *s, size_t max)
{
	HOLDS(memchr(s, 0, max) && utf8_valid(s, strlen(s)));
}

static void check_line(const struct bank_line *l)
{
	must_end(l->end_to_end, BANK_ID_MAX);
	must_end(l->reason, BANK_REASON_MAX);
	must_end(l->currency, sizeof(l->currency));
	HOLDS(l->outcome <= BANK_WAITING && l->amount_minor >= -1);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bank_result r;
	struct cx cx;
	char *text;

	cx_init(&cx, 0);
	text = cx_strndup(&cx, (const char *)data,
			  size); /* a request's text: ends with NUL, has none within */
	HOLDS(text);
	if (utf8_valid(text, strlen(text)) &&
	    bank_result_read(&cx, text, strlen(text), "CNY", &r) == ERR_OK) {
		HOLDS(r.lines <= BANK_LINES_MAX && r.count >= -1 && r.total_minor >= -1);
		must_end(r.message_id, BANK_ID_MAX);
		must_end(r.reason, BANK_REASON_MAX);
		for (size_t i = 0; i < r.lines; i++)
			check_line(&r.line[i]);
	} else {
		HOLDS(!cx.err || *cx.msg);
	}
	cx_done(&cx);
	return 0;
}
