/* service.h: the service manager's side of `relode serve`: systemd's protocols, a datagram and a few
 * variables. Without systemd all of it does nothing.
 *
 * sd_notify(3): lines of text to the socket that NOTIFY_SOCKET names. sd_listen_fds(3): a listening socket
 * as descriptor 3, meant for the process LISTEN_PID. sd_watchdog_enabled(3): WATCHDOG_USEC.
 */
#ifndef RELODE_CLI_SERVICE_H
#define RELODE_CLI_SERVICE_H

#include "base/cx.h"

/* Sends "READY=1\nSTATUS=…". Never fails: a manager that does not listen is no reason to stop. */
void service_notify(const char *fmt, ...) PRINTF_LIKE(1, 2);
/* The socket to listen on, or 0 when none was passed. ERR_INPUT: more than one, or nonsense. */
enum err service_listen_fd(struct cx *cx, int *out) MUST_USE;
/* How often the manager wants to hear WATCHDOG=1, microseconds; 0: it does not. */
int64_t service_watchdog_us(void);

#endif
