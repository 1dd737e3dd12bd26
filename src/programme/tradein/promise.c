/* The token of a quote: what was promised, in the owner's hands, and proof that it came from here. */
#include "codec/text.h"
#include "kernel/field.h"
#include "programme/tradein/quote.h"

static const struct field promise_fields[] = {
	F_ID(struct promise, city, MUST, "city"),
	F_ID(struct promise, model, GIVEN, "model of the catalogue"),
	F_TEXT(struct promise, category, MUST, 1, 40, "category of the catalogue"),
	F_TEXT(struct promise, answers, GIVEN, 0, QUOTE_ANSWERS_MAX, "answers that are not the best"),
	F_INT(struct promise, storage_gb, GIVEN, 0, 1000000, "GB", "storage"),
	F_INT(struct promise, battery_percent, GIVEN, 0, 100, "percent", "battery health"),
	F_INT(struct promise, age_months, GIVEN, 0, 1200, "months", "age"),
	F_MINOR(struct promise, price_minor, MUST, "promised price"),
	F_MINOR(struct promise, bonus_minor, MUST, "promised bonus"),
	F_HEX(struct promise, price_list, MUST, 32, "version of the price list"),
	F_US(struct promise, at_us, MUST, "quoted at"),
	F_US(struct promise, expires_us, MUST, "honoured until"),
	F_END};

char *promise_write(struct cx *cx, const struct digest *secret, const struct promise *p)
{
	struct json_writer w;
	struct digest mac;
	struct sb sb;
	char *body, *tag;

	sb_init(&sb, cx, PROMISE_MAX);
	jw_init(&w, &sb, false);
	jw_object(&w);
	field_write(&w, promise_fields, LOG, p);
	jw_object_end(&w);
	if (sb_end(&sb))
		return NULL;
	mac = hmac_sha256(secret->byte, sizeof(secret->byte), sb.data, sb.len);
	body = base64url_encode(cx, sb.data, sb.len);
	tag = base64url_encode(cx, mac.byte, sizeof(mac.byte));
	return body && tag ? cx_printf(cx, "%s.%s", body, tag) : NULL;
}

static enum err forged(struct cx *cx)
{
	return cx_fail(cx, ERR_INVALID,
		       "token: this is no quote of ours, or it was changed; ask for a new quote");
}

enum err promise_read(struct cx *cx, const struct digest *secret, const char *token, struct promise *out)
{
	const char *dot = strchr(token, '.');
	unsigned char *body, *tag;
	size_t body_n, tag_n;
	struct digest mac, given;
	struct json *v;

	if (!dot || base64url_decode(cx, token, (size_t)(dot - token), &body, &body_n) ||
	    base64url_decode(cx, dot + 1, strlen(dot + 1), &tag, &tag_n) || tag_n != sizeof(given.byte))
		return forged(cx);
	memcpy(given.byte, tag, sizeof(given.byte));
	mac = hmac_sha256(secret->byte, sizeof(secret->byte), body, body_n);
	if (!digest_equal(&mac, &given))
		return forged(cx);
	if (json_parse(cx, (const char *)body, body_n, &json_limits_request, &v))
		return cx->err;
	return field_read(cx, promise_fields, IN, v, out);
}
