/* Whatever X-Forwarded-For and Forwarded hold: the caller is an address, and without a trusted peer it is the
 * peer; whatever a list of proxies holds, it is refused or its nets are nets. */
#include "fuzz.h"

#include <arpa/inet.h>

#include "server/proxy.h"

static bool is_address(const char *text)
{
	unsigned char a[16];

	return inet_pton(AF_INET, text, a) == 1 || inet_pton(AF_INET6, text, a) == 1;
}

static void check_caller(const struct proxies *p, const char *peer, const char *value, bool forwarded)
{
	char caller[ADDRESS_MAX];

	proxy_client(p, peer, value, forwarded, caller);
	HOLDS(is_address(caller));
	HOLDS(proxies_trust(p, peer) || strcmp(caller, peer) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct proxies trusted, read;
	struct cx cx;
	char *text;

	cx_init(&cx, 0);
	text = cx_strndup(&cx, (const char *)data, size);
	HOLDS(text && proxies_read(&cx, "10.0.0.0/8, fd00::/8", &trusted) == ERR_OK);
	for (int forwarded = 0; forwarded < 2; forwarded++) {
		check_caller(&trusted, "10.0.0.1", text, forwarded);
		check_caller(&trusted, "fd00::1", text, forwarded);
		check_caller(&trusted, "192.0.2.1", text, forwarded);
	}
	if (proxies_read(&cx, text, &read) == ERR_OK) {
		HOLDS(read.count <= PROXIES_MAX);
		for (int i = 0; i < read.count; i++)
			HOLDS(read.net[i].bits >= 0 && read.net[i].bits <= 128);
	}
	cx_done(&cx);
	return 0;
}
