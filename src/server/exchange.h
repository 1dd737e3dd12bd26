/* exchange.h: the steps of a request, as the web server's callbacks take them. Of src/server alone.
 */
#ifndef RELODE_SERVER_EXCHANGE_H
#define RELODE_SERVER_EXCHANGE_H

#include "server/http.h"

/* The headers are there. false: there is an answer already, and the body will not be read. */
bool exchange_begin(struct exchange *x, const char *method);
/* A piece of the body. false: more than is read even to be thrown away; the connection must end. */
bool exchange_upload(struct exchange *x, const char *data, size_t n);
/* The connection was woken: makes the answer of what another thread did. */
void exchange_finish(struct exchange *x);

#endif
