#include "server/tls.h"

#include <gnutls/abstract.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <pthread.h>
#include <sys/stat.h>

#include "base/file.h"
#include "codec/sign.h"

const char tls_priorities[] = "SECURE128:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2:-RSA:-AES-128-CBC:-AES-256-CBC:"
			      "%SERVER_PRECEDENCE";

struct tls {
	gnutls_x509_crt_t chain[TLS_CHAIN_MAX];
	unsigned count;
	gnutls_x509_privkey_t key;
};
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct tls now; /* count 0: none */

static void forget(struct tls *t)
{
	for (unsigned i = 0; i < t->count; i++)
		gnutls_x509_crt_deinit(t->chain[i]);
	if (t->key)
		gnutls_x509_privkey_deinit(t->key);
	*t = (struct tls){0};
}

static enum err fail(struct cx *cx, const char *path, int no)
{
	return cx_fail(cx, ERR_INPUT, "%s: %s", path, gnutls_strerror(no));
}

static enum err read_chain(struct cx *cx, const char *path, struct tls *t)
{
	unsigned count = TLS_CHAIN_MAX;
	gnutls_datum_t pem;
	char *text;
	size_t n;
	int no;

	if (file_read(cx, path, TLS_FILE_MAX, &text, &n))
		return cx->err;
	pem = (gnutls_datum_t){(unsigned char *)text, (unsigned)n};
	no = gnutls_x509_crt_list_import(t->chain, &count, &pem, GNUTLS_X509_FMT_PEM,
					 GNUTLS_X509_CRT_LIST_IMPORT_FAIL_IF_EXCEED |
						 GNUTLS_X509_CRT_LIST_FAIL_IF_UNSORTED);
	if (no < 0)
		return fail(cx, path, no);
	t->count = count;
	if (count == 0)
		return cx_fail(cx, ERR_INPUT, "%s holds no certificate in PEM", path);
	if (gnutls_x509_crt_get_expiration_time(t->chain[0]) * INT64_C(1000000) < cx_now(cx))
		return cx_fail(cx, ERR_INPUT, "%s: the certificate has expired; renew it", path);
	return ERR_OK;
}

static enum err read_key(struct cx *cx, const char *path, struct tls *t)
{
	gnutls_datum_t pem;
	struct stat st;
	char *text;
	size_t n;
	int no;

	if (stat(path, &st) == 0 && st.st_mode & 07)
		return cx_fail(cx, ERR_FORBIDDEN, "%s may be read by everyone: chmod o= it", path);
	if (file_read(cx, path, TLS_FILE_MAX, &text, &n))
		return cx->err;
	pem = (gnutls_datum_t){(unsigned char *)text, (unsigned)n};
	no = gnutls_x509_privkey_init(&t->key);
	if (no >= 0)
		no = gnutls_x509_privkey_import2(t->key, &pem, GNUTLS_X509_FMT_PEM, NULL, 0);
	wipe(text, n);
	return no < 0 ? fail(cx, path, no) : ERR_OK;
}

static enum err check_pair(struct cx *cx, const struct tls *t, const char *certificate, const char *key)
{
	unsigned char a[64], b[64];
	size_t na = sizeof(a), nb = sizeof(b);

	if (gnutls_x509_crt_get_key_id(t->chain[0], GNUTLS_KEYID_USE_SHA256, a, &na) < 0 ||
	    gnutls_x509_privkey_get_key_id(t->key, GNUTLS_KEYID_USE_SHA256, b, &nb) < 0 || na != nb ||
	    memcmp(a, b, na) != 0)
		return cx_fail(cx, ERR_INPUT, "%s is not the key of the first certificate in %s", key,
			       certificate);
	return ERR_OK;
}

enum err tls_load(struct cx *cx, const char *certificate, const char *key)
{
	struct tls t = {0}, old;

	if (read_chain(cx, certificate, &t) || read_key(cx, key, &t) ||
	    check_pair(cx, &t, certificate, key)) {
		forget(&t);
		return cx->err;
	}
	pthread_mutex_lock(&lock);
	old = now;
	now = t;
	pthread_mutex_unlock(&lock);
	forget(&old);
	return ERR_OK;
}

void tls_unload(void)
{
	struct tls old;

	pthread_mutex_lock(&lock);
	old = now;
	now = (struct tls){0};
	pthread_mutex_unlock(&lock);
	forget(&old);
}

int64_t tls_ends_us(void)
{
	int64_t us = 0;

	pthread_mutex_lock(&lock);
	if (now.count > 0)
		us = gnutls_x509_crt_get_expiration_time(now.chain[0]) * INT64_C(1000000);
	pthread_mutex_unlock(&lock);
	return us;
}

/* A copy for one handshake, so that a reload takes nothing from under it. GnuTLS frees it. */
static int copy(gnutls_pcert_st **certificates, unsigned *count, gnutls_privkey_t *key)
{
	gnutls_pcert_st *list = gnutls_calloc(now.count, sizeof(*list));
	unsigned n = 0;
	int no = list ? 0 : GNUTLS_E_MEMORY_ERROR;

	while (no >= 0 && n < now.count && (no = gnutls_pcert_import_x509(&list[n], now.chain[n], 0)) >= 0)
		n++;
	*key = NULL;
	if (no >= 0)
		no = gnutls_privkey_init(key);
	if (no >= 0)
		no = gnutls_privkey_import_x509(*key, now.key, GNUTLS_PRIVKEY_IMPORT_COPY);
	if (no >= 0) {
		*certificates = list;
		*count = n;
		return 0;
	}
	if (*key)
		gnutls_privkey_deinit(*key);
	while (n > 0)
		gnutls_pcert_deinit(&list[--n]);
	gnutls_free(list);
	return -1;
}

static int retrieve(gnutls_session_t session, const struct gnutls_cert_retr_st *info,
		    gnutls_pcert_st **certificates, unsigned *count, gnutls_ocsp_data_st **ocsp,
		    unsigned *ocsps, gnutls_privkey_t *key, unsigned *flags)
{
	int no;

	(void)session;
	(void)info;
	*ocsp = NULL;
	*ocsps = 0;
	*flags = GNUTLS_CERT_RETR_DEINIT_ALL;
	pthread_mutex_lock(&lock);
	no = now.count > 0 ? copy(certificates, count, key) : -1;
	pthread_mutex_unlock(&lock);
	return no;
}

void *tls_callback(void)
{
	gnutls_certificate_retrieve_function3 *f = retrieve;

	return *(void **)(void *)&f; /* libmicrohttpd takes it as a variable argument of this type */
}
