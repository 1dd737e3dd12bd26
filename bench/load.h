/* load.h: many callers of one HTTP server, from one thread: epoll and keep-alive, as little work a request
 * as there can be, so that what is measured is the server.
 *
 * Each connection asks, waits for the whole answer, and asks again at once. Latencies are kept singly.
 * An answer needs Content-Length (or a status that has no body); a connection that the server closes is
 * opened again.
 */
#ifndef RELODE_BENCH_LOAD_H
#define RELODE_BENCH_LOAD_H

#include "base/cx.h"

enum { LOAD_CONNECTIONS_MAX = 20000, LOAD_SAMPLES_MAX = 8 << 20, LOAD_REQUEST_MAX = 4096 };

struct load {
	int port; /* of 127.0.0.1 */
	int connections;
	double seconds;
	/* Writes the whole request number n of this run into buf; returns its bytes. */
	size_t (*request)(void *arg, int64_t n, char *buf, size_t size);
	void *arg;
	/* Answers 200..299 alone, when not NULL: n is the request's number, body ends with a NUL. */
	void (*answered)(void *arg, int64_t n, const char *body);
};
struct load_result {
	double seconds;
	int64_t done;     /* 200..299 */
	int64_t busy;     /* 429 and 503 */
	int64_t failed;   /* any other status */
	int64_t broken;   /* connections lost, or not made */
	int last_failed;  /* newest of the failed statuses */
	int64_t p50_us, p99_us; /* of the done ones */
};
enum err load_run(struct cx *cx, const struct load *load, struct load_result *out) MUST_USE;

#endif
