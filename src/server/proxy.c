#include "server/proxy.h"

#include <arpa/inet.h>
#include <strings.h>

/* Both families as 16 bytes. */
static bool read_address(const char *text, unsigned char out[16])
{
	static const unsigned char mapped[12] = {[10] = 0xff, [11] = 0xff};
	struct in_addr v4;

	if (inet_pton(AF_INET, text, &v4) == 1) {
		memcpy(out, mapped, 12);
		memcpy(out + 12, &v4, 4);
		return true;
	}
	return inet_pton(AF_INET6, text, out) == 1;
}

static bool same_net(const unsigned char *a, const unsigned char *b, int bits)
{
	int whole = bits / 8, rest = bits % 8;

	if (memcmp(a, b, (size_t)whole) != 0)
		return false;
	return rest == 0 || (a[whole] ^ b[whole]) >> (8 - rest) == 0;
}

static bool read_net(char *text, unsigned char address[16], int *bits)
{
	char *slash = strchr(text, '/'), *end;
	bool v4 = !strchr(text, ':');
	long given = v4 ? 32 : 128;

	if (slash) {
		*slash = 0;
		given = strtol(slash + 1, &end, 10);
		if (end == slash + 1 || *end || given < 0 || given > (v4 ? 32 : 128))
			return false;
	}
	*bits = (int)given + (v4 ? 96 : 0);
	return read_address(text, address);
}

enum err proxies_read(struct cx *cx, const char *text, struct proxies *out)
{
	static const char apart[] = ", \t";
	struct proxies p = {0};

	for (const char *at = text ? text : ""; *(at += strspn(at, apart)); at += strcspn(at, apart)) {
		size_t n = strcspn(at, apart);
		char one[ADDRESS_MAX];
		if (p.count == PROXIES_MAX)
			return cx_fail(cx, ERR_INPUT, "more than %d trusted proxies", PROXIES_MAX);
		snprintf(one, sizeof(one), "%.*s", (int)(n < sizeof(one) ? n : sizeof(one) - 1), at);
		if (n >= sizeof(one) || !read_net(one, p.net[p.count].address, &p.net[p.count].bits))
			return cx_fail(cx, ERR_INPUT,
				       "\"%.*s\" is no address or network, such as 10.0.0.0/8 or ::1",
				       (int)(n < 60 ? n : 60), at);
		p.count++;
	}
	*out = p;
	return ERR_OK;
}

bool proxies_trust(const struct proxies *p, const char *address)
{
	unsigned char a[16];

	if (p->count == 0 || !read_address(address, a))
		return false;
	for (int i = 0; i < p->count; i++)
		if (same_net(a, p->net[i].address, p->net[i].bits))
			return true;
	return false;
}

/* One hop as headers write it: 192.0.2.1, 192.0.2.1:80, 2001:db8::1, "[2001:db8::1]:80". */
static bool read_hop(const char *text, size_t n, char out[ADDRESS_MAX])
{
	unsigned char address[16];
	char copy[ADDRESS_MAX], *hop = copy, *end;

	while (n > 0 && strchr(" \t\"", text[0]))
		text++, n--;
	while (n > 0 && strchr(" \t\"", text[n - 1]))
		n--;
	if (n == 0 || n >= sizeof(copy))
		return false;
	memcpy(copy, text, n);
	copy[n] = 0;
	if (copy[0] == '[') {
		hop++;
		if (!(end = strchr(hop, ']')))
			return false;
		*end = 0;
	} else if ((end = strchr(hop, ':')) && !strchr(end + 1, ':')) {
		*end = 0;
	}
	if (!read_address(hop, address))
		return false;
	if (strncasecmp(hop, "::ffff:", 7) == 0 && inet_pton(AF_INET, hop + 7, address) == 1)
		hop += 7; /* IPv4 in IPv6's clothes */
	snprintf(out, ADDRESS_MAX, "%s", hop);
	return true;
}

/* The value of name= in one element of Forwarded; its length is *n. NULL: there is none. */
static const char *forwarded_value(const char *text, size_t *n, const char *name)
{
	const char *end = text + *n;
	size_t name_n = strlen(name);

	while (text < end) {
		size_t part = 0;
		bool quoted = false;
		text += strspn(text, " \t;");
		while (text + part < end && (quoted || text[part] != ';'))
			quoted ^= text[part++] == '"';
		if (part > name_n + 1 && strncasecmp(text, name, name_n) == 0 && text[name_n] == '=') {
			*n = part - name_n - 1;
			return text + name_n + 1;
		}
		text += part + 1;
	}
	return NULL;
}

static bool read_forwarded(const char *text, size_t n, char out[ADDRESS_MAX])
{
	const char *value = forwarded_value(text, &n, "for");

	return value && read_hop(value, n, out);
}

/* Where each hop begins, from the first; only the last PROXY_HOPS_MAX are kept. */
static int split_hops(const char *value, const char *at[PROXY_HOPS_MAX], size_t n[PROXY_HOPS_MAX])
{
	int count = 0;

	for (;;) {
		size_t part = 0;
		bool quoted = false;
		while (value[part] && (quoted || value[part] != ','))
			quoted ^= value[part++] == '"';
		if (count == PROXY_HOPS_MAX) {
			memmove(at, at + 1, (PROXY_HOPS_MAX - 1) * sizeof(*at));
			memmove(n, n + 1, (PROXY_HOPS_MAX - 1) * sizeof(*n));
			count--;
		}
		at[count] = value;
		n[count++] = part;
		if (!value[part])
			return count;
		value += part + 1;
	}
}

void proxy_client(const struct proxies *p, const char *peer, const char *value, bool forwarded,
		  char out[ADDRESS_MAX])
{
	const char *at[PROXY_HOPS_MAX];
	size_t n[PROXY_HOPS_MAX];
	char hop[ADDRESS_MAX];
	int left;

	snprintf(out, ADDRESS_MAX, "%s", peer);
	if (!value)
		return;
	left = split_hops(value, at, n);
	while (left-- > 0 && proxies_trust(p, out)) {
		if (!(forwarded ? read_forwarded : read_hop)(at[left], n[left], hop))
			return;
		memcpy(out, hop, ADDRESS_MAX);
	}
}

bool proxy_word(const char *value, bool forwarded, const char *name, char *out, size_t size)
{
	const char *at[PROXY_HOPS_MAX], *p;
	size_t n[PROXY_HOPS_MAX], len;
	int last = split_hops(value, at, n) - 1;

	len = n[last];
	p = forwarded ? forwarded_value(at[last], &len, name) : at[last];
	while (p && len > 0 && strchr(" \t\"", p[0]))
		p++, len--;
	while (p && len > 0 && strchr(" \t\"", p[len - 1]))
		len--;
	if (!p || len == 0 || len >= size)
		return false;
	memcpy(out, p, len);
	out[len] = 0;
	return true;
}
