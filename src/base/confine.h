/* confine.h: a process that answers strangers gives up what it never needs, for good.
 *
 * Afterwards it cannot start another program, trace a process, mount, load a module, change its name space
 * or make rings of asynchronous calls: the kernel answers EPERM. No program it could start would gain
 * rights, and no core file with keys in it is written. What remains is what files and sockets need; the
 * service's unit (packaging/relode.service) takes more away. Where the processor's call numbers are not
 * known here, only the rights and the core file are given up.
 */
#ifndef RELODE_BASE_CONFINE_H
#define RELODE_BASE_CONFINE_H

#include "base/cx.h"

/* Before threads are started: they inherit it. */
enum err confine(struct cx *cx) MUST_USE;

#endif
