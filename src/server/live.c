/* What may change while the server runs. */
#include <arpa/inet.h>
#include <strings.h>

#include "server/http.h"
#include "server/tls.h"

const struct server_options *server_now(struct server *s) { return &atomic_load(&s->live)->options; }

static int or(int value, int otherwise) { return value > 0 ? value : otherwise; }

static struct limit_rate rate_or(struct limit_rate r, int rate, int burst)
{
	return r.rate == 0 && r.burst == 0 ? (struct limit_rate){rate, burst} : r;
}

static void set_defaults(struct server_options *o)
{
	o->threads = or(o->threads, 4);
	o->connections = or(o->connections, 1024);
	o->per_address = or(o->per_address, o->trusted_proxies ? o->connections : 256);
	o->read_s = or(o->read_s, 30);
	o->write_s = or(o->write_s, 300);
	o->view_threads = or(o->view_threads, 4);
	o->view_s = or(o->view_s, 120);
	o->drain_s = or(o->drain_s, 15);
	o->rate = rate_or(o->rate, 200000, 1000);
	o->rate_org = rate_or(o->rate_org, 1000000, 5000);
	o->rate_address = rate_or(o->rate_address, 2000000, 10000);
	o->rate_public = rate_or(o->rate_public, 50000, 500);
	o->rate_guest = rate_or(o->rate_guest, 333, 20);
	o->rate_failed = rate_or(o->rate_failed, 333, 20);
}

static enum err load_certificate(struct cx *cx, const struct server_options *o)
{
	if (!o->tls_certificate != !o->tls_key)
		return cx_fail(cx, ERR_INPUT, "a certificate and its key are given together, or neither");
	return o->tls_certificate ? tls_load(cx, o->tls_certificate, o->tls_key) : ERR_OK;
}

enum err live_set(struct cx *cx, struct server *s, const struct server_options *options)
{
	struct live *l = calloc(1, sizeof(*l));
	struct web *web = NULL;

	if (!l)
		return cx_fail(cx, ERR_MEMORY, "no memory for the server's options");
	l->options = *options;
	set_defaults(&l->options);
	if (proxies_read(cx, options->trusted_proxies, &l->proxies) ||
	    (options->web && web_open(cx, options->web, &web)) || load_certificate(cx, options)) {
		web_drop(web);
		free(l);
		return cx->err;
	}
	app_set(s, web);
	l->earlier = atomic_load(&s->live);
	atomic_store(&s->live, l);
	return ERR_OK;
}

void live_free(struct server *s)
{
	struct live *l = atomic_load(&s->live);

	while (l) {
		struct live *earlier = l->earlier;
		free(l);
		l = earlier;
	}
}

enum err server_reload(struct cx *cx, struct server *s, const struct server_options *options)
{
	if (!options->tls_certificate != !s->options.tls_certificate)
		return cx_fail(cx, ERR_INPUT, "TLS is switched on or off at a restart, not by reloading");
	return live_set(cx, s, options);
}

enum { HOST_MAX = 300 };

/* What the trusted proxy says of the request, or NULL. */
static const char *proxy_says(struct exchange *x, const char *name, const char *header)
{
	bool forwarded = server_now(x->server)->forwarded;
	const char *value = x->proxied ? exchange_header_all(x, forwarded ? "Forwarded" : header) : NULL;
	char word[HOST_MAX];

	if (!value || !proxy_word(value, forwarded, name, word, sizeof(word)))
		return NULL;
	return cx_strdup(&x->cx, word);
}

size_t live_net(const char *address, unsigned char out[16])
{
	memset(out, 0, 16);
	if (inet_pton(AF_INET, address, out) == 1 || inet_pton(AF_INET6, address, out) != 1)
		return 4;
	return 8;
}

enum err live_find_caller(struct exchange *x)
{
	const struct live *l = atomic_load(&x->server->live);
	bool forwarded = l->options.forwarded;
	char caller[ADDRESS_MAX];
	const char *value, *scheme;

	x->secure = x->server->options.tls_certificate != NULL;
	if (!proxies_trust(&l->proxies, x->address))
		return ERR_OK;
	x->proxied = true;
	scheme = proxy_says(x, "proto", "X-Forwarded-Proto");
	x->secure |= scheme && strcasecmp(scheme, "https") == 0;
	value = exchange_header_all(x, forwarded ? "Forwarded" : "X-Forwarded-For");
	if (x->cx.err)
		return x->cx.err;
	proxy_client(&l->proxies, x->address, value, forwarded, caller);
	memcpy(x->address, caller, sizeof(x->address));
	x->net_n = live_net(x->address, x->net);
	return ERR_OK;
}

const char *live_host(struct exchange *x)
{
	const char *host = proxy_says(x, "host", "X-Forwarded-Host");

	if (!host)
		host = x->heading[HEADING_HOST];
	return host ? host : "";
}
