/* An order's link, code and PIN, and who they speak for. */
#include "programme/tradein/tradein.h"

#include "codec/text.h"

enum { LINK_MAX = 100, CODE_SECRET_BITS = 15, CODE_DIGITS = 8 };

static enum err no_link(struct cx *cx)
{
	return cx_fail(cx, ERR_UNAUTHENTICATED, "the link of the order is not valid");
}

enum err order_authenticate(struct cx *cx, struct reader *r, const char *bearer, struct principal *out)
{
	size_t n = strnlen(bearer, LINK_MAX + 1);
	struct digest hash = sha256(bearer, n), kept = hash;
	const struct order *o;
	const void *row;
	char *end;
	int64_t id;

	if (n > LINK_MAX || strncmp(bearer, "ro_", 3) != 0 || bearer[3] < '1' || bearer[3] > '9')
		return no_link(cx);
	id = strtoll(bearer + 3, &end, 10);
	if (*end != '.' || id < 1 || id > ID_MAX)
		return no_link(cx);
	if (reader_find(cx, r, &order_table, &(struct order){.city = r->city, .order = id}, &row))
		return cx->err;
	o = row;
	if (!o || o->access.n != ORDER_ACCESS)
		return no_link(cx);
	memcpy(kept.byte, o->access.p, ORDER_ACCESS);
	if (!digest_equal(&kept, &hash))
		return no_link(cx);
	*out = (struct principal){.roles = ROLE_OWNER, .city = r->city, .order = id};
	return ERR_OK;
}

char *order_link(struct cx *cx, const struct digest *secret, int64_t order)
{
	const char *tail = base64url_encode(cx, secret->byte, 16);
	struct sb sb;

	sb_init(&sb, cx, 60);
	sb_str(&sb, "ro_");
	sb_i64(&sb, order);
	sb_char(&sb, '.');
	sb_str(&sb, tail ? tail : "");
	return tail && !sb_end(&sb) ? sb.data : NULL;
}

/* The code has the next bits of the secret; the PIN is made of all of it. */
enum err order_access_of(struct cx *cx, const struct digest *secret, int64_t order, struct order_access *out)
{
	char code[CODE_MAX];
	int64_t bits = (secret->byte[16] << 8 | secret->byte[17]) & ((1 << CODE_SECRET_BITS) - 1);
	struct digest d = sha256_2("order pin", 9, secret->byte, sizeof(secret->byte));
	uint64_t number = 0;

	for (int i = 0; i < 8; i++)
		number = number << 8 | d.byte[i];
	code_make(code, order << CODE_SECRET_BITS | bits, CODE_DIGITS);
	*out = (struct order_access){order_link(cx, secret, order), cx_strdup(cx, code),
				     cx_printf(cx, "%06llu", (unsigned long long)(number % 1000000))};
	return out->link && out->code && out->pin ? ERR_OK : cx->err;
}

enum err order_open(struct cx *cx, struct reader *r, int64_t code, const char *pin, const char **link,
		    struct principal *out)
{
	int64_t id = code >> CODE_SECRET_BITS, right;
	struct order_access access;
	struct digest secret, given, kept;
	const void *row;

	if (reader_secret(cx, r, r->city, "order", id, &secret) ||
	    order_access_of(cx, &secret, id, &access) || code_read(cx, access.code, &right) ||
	    reader_find(cx, r, &order_table, &(struct order){.city = r->city, .order = id}, &row))
		return cx->err;
	/* both digests over code and PIN at once: one comparison, which tells nothing of either */
	given = sha256_2(&code, sizeof(code), pin, strlen(pin));
	kept = sha256_2(&right, sizeof(right), access.pin, ORDER_PIN);
	if (!digest_equal(&given, &kept) || !row)
		return cx_fail(cx, ERR_UNAUTHENTICATED, "there is no order with this code and PIN");
	*link = access.link;
	*out = (struct principal){.roles = ROLE_OWNER, .city = r->city, .order = id};
	return ERR_OK;
}

enum err order_of_code(struct cx *cx, struct reader *r, int64_t code, int64_t *out)
{
	int64_t id = code >> CODE_SECRET_BITS, right;
	struct order_access access;
	struct digest secret;

	*out = FIELD_NONE;
	if (id < 1)
		return ERR_OK;
	if (reader_secret(cx, r, r->city, "order", id, &secret) ||
	    order_access_of(cx, &secret, id, &access) || code_read(cx, access.code, &right))
		return cx->err;
	if (right == code)
		*out = id;
	return ERR_OK;
}
