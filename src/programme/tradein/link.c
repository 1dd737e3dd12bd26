/* Who the token of an order's link speaks for. */
#include "programme/tradein/tradein.h"

#include "codec/hash.h"

enum { LINK_MAX = 100 };

static enum err no_link(struct cx *cx)
{
	return cx_fail(cx, ERR_UNAUTHENTICATED, "the link of the order is not valid");
}

enum err order_authenticate(struct cx *cx, struct reader *r, const char *bearer, struct principal *out)
{
	size_t n = strnlen(bearer, LINK_MAX + 1);
	struct digest hash = sha256(bearer, n), kept;
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
	if (!o || o->access.n != sizeof(kept.byte))
		return no_link(cx);
	memcpy(kept.byte, o->access.p, sizeof(kept.byte));
	if (!digest_equal(&kept, &hash))
		return no_link(cx);
	*out = (struct principal){.roles = ROLE_OWNER, .city = r->city, .order = id};
	return ERR_OK;
}
