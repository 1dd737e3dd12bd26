/* Whatever short texts from outside hold: cursors, quotes' tokens, codes for people, identities of
 * devices, names of accounts, base58 and base64, single fields as in a URL. Each is refused, or means
 * what it says again. */
#include "all.h"

#include "codec/hash.h"
#include "base/utf8.h"
#include "codec/text.h"
#include "kernel/reader.h"
#include "programme/device/device.h"
#include "programme/tradein/quote.h"

static const struct digest secret = {{7}};

static void as_token(struct cx *cx, const char *text)
{
	struct digest mac = hmac_sha256(secret.byte, sizeof(secret.byte), text, strlen(text));
	struct promise p;
	char *made;

	if (promise_read(cx, &secret, text, &p))
		HOLDS(cx->err == ERR_INVALID || cx->err == ERR_INPUT || cx->err == ERR_TOO_LARGE);
	cx_clear(cx);
	/* and as if it were signed */
	made = cx_printf(cx, "%s.%s", base64url_encode(cx, text, strlen(text)),
			 base64url_encode(cx, mac.byte, sizeof(mac.byte)));
	if (promise_read(cx, &secret, made, &p) == ERR_OK)
		HOLDS(promise_write(cx, &secret, &p));
	cx_clear(cx);
}

static void as_numbers(struct cx *cx, const char *text)
{
	const struct domain *d = domain_of_all();
	int64_t number, again;
	char code[CODE_MAX];

	if (page_after(cx, text, &number) == ERR_OK)
		HOLDS(number >= 0);
	cx_clear(cx);
	if (code_read(cx, text, &number) == ERR_OK) {
		code_make(code, number, 1);
		HOLDS(code_read(cx, code, &again) == ERR_OK && again == number);
	}
	cx_clear(cx);
	if (account_parse(cx, d, text, &number) == ERR_OK)
		HOLDS(account_parse(cx, d, account_text(cx, d, number), &again) == ERR_OK &&
		      again == number);
	cx_clear(cx);
}

static void as_identity(struct cx *cx, const char *text)
{
	char imei[17], again[17], *normal, *same;

	if (imei_normalise(cx, text, imei) == ERR_OK)
		HOLDS(imei_normalise(cx, imei, again) == ERR_OK && strcmp(imei, again) == 0);
	cx_clear(cx);
	for (int64_t kind = 0; identifier_kinds[kind]; kind++) {
		if (claim_normalise(cx, kind, text, &normal) == ERR_OK)
			HOLDS(claim_normalise(cx, kind, normal, &same) == ERR_OK &&
			      strcmp(normal, same) == 0 && claim_searched(cx, kind, normal));
		cx_clear(cx);
	}
}

static void as_bytes(struct cx *cx, const char *text, size_t n)
{
	unsigned char *p;
	size_t out;

	if (base64_decode(cx, text, n, &p, &out) == ERR_OK)
		HOLDS(strlen(base64_encode(cx, p, out)) == n &&
		      memcmp(base64_encode(cx, p, out), text, n) == 0);
	cx_clear(cx);
	if (base64url_decode(cx, text, n, &p, &out) == ERR_OK)
		HOLDS(strlen(base64url_encode(cx, p, out)) == n);
	cx_clear(cx);
	if (base58_decode(cx, text, n, &p, &out) == ERR_OK)
		HOLDS(strlen(base58_encode(cx, p, out)) == n &&
		      memcmp(base58_encode(cx, p, out), text, n) == 0);
	cx_clear(cx);
}

static void as_fields(struct cx *cx, const char *text)
{
	const struct domain *d = domain_of_all();

	for (int i = 0; i < d->actions; i++) {
		void *rec = cx_alloc(cx, d->action[i]->size);
		HOLDS(rec);
		field_init(d->action[i]->fields, rec);
		for (const struct field *f = d->action[i]->fields; f->name; f++) {
			if (f->type != FIELD_LIST && f->flags & IN &&
			    field_parse(cx, f, text, rec) == ERR_OK)
				HOLDS(f->type == FIELD_TEXT || f->type == FIELD_HEX ||
				      field_int_of(f, rec) != FIELD_NONE);
			cx_clear(cx);
		}
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cx cx;
	char *text;

	cx_init(&cx, 0);
	text = cx_strndup(&cx, (const char *)data, size);
	HOLDS(text);
	as_bytes(&cx, text, strlen(text));
	if (utf8_valid(text, strlen(text))) {
		as_token(&cx, text);
		as_numbers(&cx, text);
		as_identity(&cx, text);
		as_fields(&cx, text);
	}
	cx_done(&cx);
	return 0;
}
