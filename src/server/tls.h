/* tls.h: the server's certificate and key (GnuTLS), replaced while it serves.
 *
 * TLS 1.2 and 1.3, ciphers that authenticate, key exchanges with forward secrecy. A handshake takes the
 * certificate of the moment; connections that are open keep theirs. libmicrohttpd's callback carries no
 * argument, so a process has one certificate at a time.
 */
#ifndef RELODE_SERVER_TLS_H
#define RELODE_SERVER_TLS_H

#include "base/cx.h"

enum { TLS_FILE_MAX = 1 << 20, TLS_CHAIN_MAX = 16 };
extern const char tls_priorities[];

/* Reads PEM files: the certificate with its chain, and its key. They take effect whole, or not at all:
 * ERR_NOT_FOUND, ERR_FORBIDDEN (others may read the key), ERR_INPUT (no PEM, not a pair, expired). */
enum err tls_load(struct cx *cx, const char *certificate, const char *key) MUST_USE;
void tls_unload(void);
/* When the certificate ends, microseconds UTC; 0: none is loaded. */
int64_t tls_ends_us(void);
/* For MHD_OPTION_HTTPS_CERT_CALLBACK2: a gnutls_certificate_retrieve_function3. */
void *tls_callback(void);

#endif
