/* metrics.h: what the server counts about itself, as Prometheus reads it (text format 0.0.4).
 *
 * Each thread counts for itself, so that counting takes no lock and shares no memory; reading adds up. A
 * route is known by its number in the server's table.
 */
#ifndef RELODE_SERVER_METRICS_H
#define RELODE_SERVER_METRICS_H

#include "base/sb.h"

enum metric_kind { METRIC_READ, METRIC_WRITE, METRIC_OTHER, METRIC_KINDS };
struct metrics;
struct metric_route {
	const char *method, *pattern;
};

/* routes: the table's length; one more place stands for what is at no route. threads: that count. */
enum err metrics_new(struct cx *cx, int routes, int threads, struct metrics **out) MUST_USE;
void metrics_free(struct metrics *m); /* accepts NULL */
/* thread: its number, from 0; no other thread counts under it. */
void metrics_count(struct metrics *m, int thread, int route, enum metric_kind kind, int status,
		   int64_t took_us);
/* Requests by route and status, and how long they took. route: as many as metrics_new was told. */
void metrics_write(const struct metrics *m, struct sb *sb, const struct metric_route *route);
/* Memory, processor time, open files of the process, from /proc. */
void metrics_write_process(struct sb *sb);
/* One metric's HELP and TYPE lines. */
void metrics_head(struct sb *sb, const char *name, const char *type, const char *help);

#endif
