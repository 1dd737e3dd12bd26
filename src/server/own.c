/* The door's own routes: whether it lives, whether it can work, and what it counts. */
#include "codec/zip.h"
#include "kernel/books.h"
#include "server/loop.h"
#include "server/tls.h"

enum { METRICS_MAX = 16 << 20 };

enum err serve_health(struct exchange *x);
enum err serve_ready(struct exchange *x);
enum err serve_metrics(struct exchange *x);
enum err serve_openapi(struct exchange *x);

static void answer_word(struct exchange *x, const char *word)
{
	answer_text(x, 200, "text/plain; charset=utf-8", word, strlen(word));
}

enum err serve_health(struct exchange *x)
{
	answer_word(x, "ok\n");
	return ERR_OK;
}

enum err serve_ready(struct exchange *x)
{
	struct reader r;
	int64_t cities;
	enum err err;

	if (node_waiting(x->server->node) >= NODE_QUEUE_MAX)
		return cx_fail(&x->cx, ERR_BUSY, "the queue is full");
	if (exchange_reader(x, 0, &r))
		return cx_fail(&x->cx, ERR_BUSY, "the database cannot be opened");
	err = db_one_i64(&x->cx, r.db, &cities, "SELECT count(*) FROM log_head", DB_NONE);
	node_reader_put(x->server->node, &r);
	if (err)
		return cx_fail(&x->cx, ERR_BUSY, "the database does not answer");
	answer_word(x, "ready\n");
	return ERR_OK;
}

enum err serve_openapi(struct exchange *x)
{
	char *text;
	size_t n;

	if (zip_unpack(&x->cx, x->server->openapi, x->server->openapi_n, ANSWER_MAX, &text, &n))
		return x->cx.err;
	answer_text(x, 200, "application/json", text, n);
	answer_header(x, "Cache-Control", "no-cache");
	answer_etag(x);
	return ERR_OK;
}

/* --- metrics --- */

static void write_node(struct sb *sb, struct node *n)
{
	struct node_stats stats;
	int64_t sum = 0;

	node_stats(n, &stats);
	metrics_head(sb, "relode_queue_length", "gauge", "Actions that wait for the writing thread.");
	sb_printf(sb, "relode_queue_length %zu\n", node_waiting(n));
	metrics_head(sb, "relode_queue_capacity", "gauge", "Actions that may wait; then the answer is 503.");
	sb_printf(sb, "relode_queue_capacity %d\n", NODE_QUEUE_MAX);
	metrics_head(sb, "relode_queue_refused_total", "counter",
		     "Actions refused because the queue was full.");
	sb_printf(sb, "relode_queue_refused_total %lld\n", (long long)stats.refused);
	metrics_head(sb, "relode_cache_bytes", "gauge",
		     "Rows and idempotency keys that are kept for the next actions of all cities.");
	sb_printf(sb, "relode_cache_bytes %lld\n", (long long)stats.cache_bytes);
	metrics_head(sb, "relode_cache_cities", "gauge", "Cities whose rows or keys are kept.");
	sb_printf(sb, "relode_cache_cities %lld\n", (long long)stats.cities);
	metrics_head(sb, "relode_batch_actions", "histogram",
		     "Actions that the writing thread took at a time.");
	for (int i = 0; i < NODE_BATCH_SIZES; i++) {
		sum += stats.batches[i];
		sb_printf(sb, "relode_batch_actions_bucket{le=\"%d\"} %lld\n", 1 << i, (long long)sum);
	}
	sb_printf(sb,
		  "relode_batch_actions_bucket{le=\"+Inf\"} %lld\nrelode_batch_actions_sum %lld\n",
		  (long long)sum, (long long)stats.actions);
	sb_printf(sb, "relode_batch_actions_count %lld\n", (long long)sum);
}

static void write_connections(struct sb *sb, struct server *s)
{
	int connections = 0, active = 0;

	metrics_head(sb, "relode_http_thread_connections", "gauge", "Open connections, by web thread.");
	for (int i = 0; i < s->options.threads; i++) {
		struct loop_load load = loop_load(s->loop[i]);
		sb_printf(sb, "relode_http_thread_connections{thread=\"%d\"} %d\n", i, load.connections);
		connections += load.connections;
		active += load.active;
	}
	metrics_head(sb, "relode_http_connections", "gauge", "Open connections.");
	sb_printf(sb, "relode_http_connections %d\n", connections);
	metrics_head(sb, "relode_http_requests_active", "gauge",
		     "Requests between their first line and their answer.");
	sb_printf(sb, "relode_http_requests_active %d\n", active);
}

static void write_certificate(struct sb *sb)
{
	int64_t ends_us = tls_ends_us();

	if (ends_us == 0)
		return;
	metrics_head(sb, "relode_tls_certificate_expiry_timestamp_seconds", "gauge",
		     "When the certificate that is served ends.");
	sb_printf(sb, "relode_tls_certificate_expiry_timestamp_seconds %lld\n",
		  (long long)(ends_us / 1000000));
}

static enum err write_logs(struct exchange *x, struct sb *sb)
{
	db_auto_rows *rows = NULL;
	struct reader r;
	enum err err;

	if (exchange_reader(x, 0, &r))
		return x->cx.err;
	metrics_head(sb, "relode_log_entries", "gauge", "Entries in a city's log.");
	err = db_query(&x->cx, r.db, &rows, "SELECT city, size FROM log_head ORDER BY city", DB_NONE);
	while (!err && db_next(&x->cx, rows))
		sb_printf(sb, "relode_log_entries{city=\"%lld\"} %lld\n", (long long)db_get_i64(rows, 0),
			  (long long)db_get_i64(rows, 1));
	db_rows_free(rows);
	rows = NULL;
	node_reader_put(x->server->node, &r);
	return x->cx.err;
}

enum err serve_metrics(struct exchange *x)
{
	struct server *s = x->server;
	struct sb sb;

	if (!auth_is_local(x) && !(x->who.roles & (ROLE_AUDITOR | ROLE_OFFICER | ROLE_ADMIN)))
		return cx_fail(
			&x->cx, ERR_FORBIDDEN,
			"metrics are for this machine, auditors, officers and administrators");
	sb_init(&sb, &x->cx, METRICS_MAX);
	metrics_write(s->metrics, &sb, s->metric_route);
	write_connections(&sb, s);
	write_certificate(&sb);
	write_node(&sb, s->node);
	metrics_head(&sb, "relode_views_waiting", "gauge", "Views of a whole city that no thread has begun.");
	sb_printf(&sb, "relode_views_waiting %zu\n", apart_waiting(s));
	metrics_write_process(&sb);
	if (write_logs(x, &sb) || sb_end(&sb))
		return x->cx.err;
	answer_text(x, 200, "text/plain; version=0.0.4; charset=utf-8", sb.data, sb.len);
	return ERR_OK;
}
