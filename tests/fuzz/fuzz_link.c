/* Whatever is shown as a token, an order's link, its code and PIN: nobody is let in but by the very text that
 * was given out. The bytes are taken as they are, and as what stands behind a beginning of the right text, of
 * which the first byte says how much. */
#include "../unit/trade.h"
#include "fuzz.h"

#include "codec/text.h"
#include "programme/access/access.h"

static struct trade trade;
static const char *token, *code, *pin;
static int64_t order, user;

static void close_trade(void)
{
	trade_close(&trade);
}

static void open_trade(void)
{
	struct kit *k = &trade.k;
	const struct json *a;

	trade_open(&trade);
	a = kit_act(k, 1, "tradein.book",
		    "{\"owner\":%lld,\"site\":%lld,\"items\":[{\"model\":%lld,\"storage_gb\":128}]}",
		    (long long)trade.owner, (long long)trade.shop, (long long)trade.phone);
	order = kit_int(a, "order");
	trade.link = kit_text(a, "link");
	code = kit_text(a, "order_code");
	pin = kit_text(a, "pin");
	a = kit_act(k, 0, "access.user_create",
		    "{\"login\":\"ada\",\"roles\":\"clerk\",\"password\":\"long enough\"}");
	user = kit_int(a, "user");
	a = kit_act(k, 0, "access.token_issue", "{\"user\":%lld,\"label\":\"fuzz\"}", (long long)user);
	token = kit_text(a, "token");
	atexit(close_trade);
}

static void check_token(struct cx *cx, const char *text)
{
	struct reader r = kit_reader(&trade.k, 0);
	struct principal who;
	int64_t number;

	if (access_authenticate(cx, &r, text, &who, NULL) == ERR_OK)
		HOLDS(strcmp(text, token) == 0 && who.user == user && who.roles == ROLE_CLERK);
	else
		HOLDS(cx->err == ERR_UNAUTHENTICATED && strcmp(text, token) != 0);
	cx_clear(cx);
	HOLDS((access_token_number(cx, &r, text, &number) == ERR_OK) == (strcmp(text, token) == 0));
	cx_clear(cx);
}

static void check_link(struct cx *cx, const char *text)
{
	struct reader r = kit_reader(&trade.k, 1), other = kit_reader(&trade.k, 0);
	struct principal who;

	if (order_authenticate(cx, &r, text, &who) == ERR_OK)
		HOLDS(strcmp(text, trade.link) == 0 && who.order == order && who.roles == ROLE_OWNER);
	else
		HOLDS(cx->err == ERR_UNAUTHENTICATED && strcmp(text, trade.link) != 0);
	cx_clear(cx);
	HOLDS(order_authenticate(cx, &other, text, &who) == ERR_UNAUTHENTICATED);
	cx_clear(cx);
}

/* A code may be written in several ways, a PIN in one. */
static void check_open(struct cx *cx, const char *a, const char *b)
{
	struct reader r = kit_reader(&trade.k, 1);
	struct principal who;
	int64_t number, right;
	const char *link;

	HOLDS(code_read(cx, code, &right) == ERR_OK);
	if (code_read(cx, a, &number) == ERR_OK) {
		if (order_open(cx, &r, number, b, &link, &who) == ERR_OK)
			HOLDS(number == right && strcmp(b, pin) == 0 && strcmp(link, trade.link) == 0);
		else
			HOLDS(cx->err == ERR_UNAUTHENTICATED && (number != right || strcmp(b, pin) != 0));
	}
	cx_clear(cx);
}

static void check_all(struct cx *cx, const char *text)
{
	const char *bar = strchr(text, '|');

	check_token(cx, text);
	check_link(cx, text);
	check_open(cx, text, pin);
	check_open(cx, code, text);
	if (bar)
		check_open(cx, cx_strndup(cx, text, (size_t)(bar - text)), bar + 1);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *given[] = {token, trade.link, code, pin};
	struct cx cx;
	char *text;

	if (!token) {
		open_trade();
		return LLVMFuzzerTestOneInput(data, size);
	}
	cx_init(&cx, 0);
	cx.clock = trade.k.cx.clock; /* a token has its time */
	cx.clock_arg = trade.k.cx.clock_arg;
	text = cx_strndup(&cx, (const char *)data, size);
	HOLDS(text);
	check_all(&cx, text);
	for (size_t i = 0; *text && i < ARRAY_LEN(given); i++) {
		size_t byte = (unsigned char)*text, n = strlen(given[i]), keep = byte < n ? byte : n;
		char *spliced = cx_printf(&cx, "%.*s%s", (int)keep, given[i], text + 1);
		HOLDS(spliced);
		check_all(&cx, spliced);
	}
	cx_done(&cx);
	return 0;
}
