#include "server/metrics.h"

#include <dirent.h>
#include <stdatomic.h>
#include <sys/resource.h>
#include <unistd.h>

static const int statuses[] = {200, 201, 204, 304, 400, 401, 403, 404, 405, 406, 409, 410, 412, 413, 415,
			       422, 429, 431, 500, 501, 503, 0};
enum { STATUSES = ARRAY_LEN(statuses) }; /* the last: any other */

/* Upper bounds in microseconds. */
static const int64_t bounds_us[] = {250,    500,    1000,   2500,    5000,    10000,  25000,
				    50000,  100000, 250000, 500000,  1000000, 2500000, 10000000};
enum { BOUNDS = ARRAY_LEN(bounds_us) };
static const char *const kind_names[] = {"read", "write", "other"};

struct histogram {
	atomic_llong bucket[BOUNDS + 1], sum_us;
};
struct counts { /* of a thread */
	struct histogram took[METRIC_KINDS];
	atomic_llong count[]; /* (routes + 1) x STATUSES */
};
struct metrics {
	int routes, threads;
	struct counts *of[];
};

enum err metrics_new(struct cx *cx, int routes, int threads, struct metrics **out)
{
	size_t counts = ((size_t)routes + 1) * STATUSES;
	struct metrics *m = calloc(1, sizeof(*m) + (size_t)threads * sizeof(struct counts *));

	if (!m)
		return cx_fail(cx, ERR_MEMORY, "no memory for metrics");
	m->routes = routes;
	for (; m->threads < threads; m->threads++) {
		struct counts *c = calloc(1, sizeof(*c) + counts * sizeof(c->count[0]));
		if (!c) {
			metrics_free(m);
			return cx_fail(cx, ERR_MEMORY, "no memory for metrics");
		}
		m->of[m->threads] = c;
	}
	*out = m;
	return ERR_OK;
}

void metrics_free(struct metrics *m)
{
	for (int i = 0; m && i < m->threads; i++)
		free(m->of[i]);
	free(m);
}

static int64_t get(const atomic_llong *n) { return atomic_load_explicit(n, memory_order_relaxed); }

/* One thread adds; others only read. */
static void add(atomic_llong *n, int64_t value)
{
	atomic_store_explicit(n, get(n) + value, memory_order_relaxed);
}

void metrics_count(struct metrics *m, int thread, int route, enum metric_kind kind, int status,
		   int64_t took_us)
{
	struct counts *c = m->of[thread];
	int s = 0, b = 0;

	while (statuses[s] && statuses[s] != status)
		s++;
	while (b < (int)BOUNDS && took_us > bounds_us[b])
		b++;
	add(&c->count[(route < 0 ? m->routes : route) * (int)STATUSES + s], 1);
	add(&c->took[kind].bucket[b], 1);
	add(&c->took[kind].sum_us, took_us);
}

static int64_t answered(const struct metrics *m, int place)
{
	int64_t sum = 0;

	for (int i = 0; i < m->threads; i++)
		sum += get(&m->of[i]->count[place]);
	return sum;
}

void metrics_head(struct sb *sb, const char *name, const char *type, const char *help)
{
	sb_printf(sb, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static void write_seconds(struct sb *sb, int64_t us)
{
	sb_printf(sb, "%lld.%06lld", (long long)(us / 1000000), (long long)(us % 1000000));
}

static void write_histogram(struct sb *sb, const struct metrics *m, int k)
{
	const char *kind = kind_names[k];
	int64_t sum = 0, sum_us = 0;

	for (int i = 0; i < m->threads; i++)
		sum_us += get(&m->of[i]->took[k].sum_us);
	for (int b = 0; b <= (int)BOUNDS; b++) {
		for (int i = 0; i < m->threads; i++)
			sum += get(&m->of[i]->took[k].bucket[b]);
		sb_printf(sb, "relode_http_request_duration_seconds_bucket{kind=\"%s\",le=\"", kind);
		if (b == (int)BOUNDS)
			sb_str(sb, "+Inf");
		else
			write_seconds(sb, bounds_us[b]);
		sb_printf(sb, "\"} %lld\n", (long long)sum);
	}
	sb_printf(sb, "relode_http_request_duration_seconds_sum{kind=\"%s\"} ", kind);
	write_seconds(sb, sum_us);
	sb_printf(sb, "\nrelode_http_request_duration_seconds_count{kind=\"%s\"} %lld\n", kind,
		  (long long)sum);
}

void metrics_write(const struct metrics *m, struct sb *sb, const struct metric_route *route)
{
	metrics_head(sb, "relode_http_requests_total", "counter", "Requests answered, by route and status.");
	for (int r = 0; r <= m->routes; r++) {
		for (int s = 0; s < (int)STATUSES; s++) {
			int64_t n = answered(m, r * (int)STATUSES + s);
			if (n == 0)
				continue;
			sb_printf(
				sb,
				"relode_http_requests_total{method=\"%s\",route=\"%s\",status=\"%d\"} %lld\n",
				r < m->routes ? route[r].method : "other",
				r < m->routes ? route[r].pattern : "other", statuses[s],
				(long long)n);
		}
	}
	metrics_head(sb, "relode_http_request_duration_seconds", "histogram",
		     "From a request's first line to its answer, by whether it read, wrote, or neither.");
	for (int k = 0; k < METRIC_KINDS; k++)
		write_histogram(sb, m, k);
}

static int64_t resident_bytes(void)
{
	long long size = 0, resident = 0;
	FILE *f = fopen("/proc/self/statm", "re");

	if (f && fscanf(f, "%lld %lld", &size, &resident) != 2)
		resident = 0;
	if (f)
		fclose(f);
	return resident * sysconf(_SC_PAGESIZE);
}

static int64_t open_files(void)
{
	DIR *d = opendir("/proc/self/fd");
	int64_t n = -3; /* ".", ".." and the directory itself */

	while (d && readdir(d))
		n++;
	if (d)
		closedir(d);
	return n < 0 ? 0 : n;
}

void metrics_write_process(struct sb *sb)
{
	struct rusage use = {0};

	getrusage(RUSAGE_SELF, &use);
	metrics_head(sb, "process_cpu_seconds_total", "counter",
		     "Processor time used, by the program and for it.");
	sb_str(sb, "process_cpu_seconds_total ");
	write_seconds(sb, (use.ru_utime.tv_sec + use.ru_stime.tv_sec) * 1000000 + use.ru_utime.tv_usec +
				  use.ru_stime.tv_usec);
	sb_char(sb, '\n');
	metrics_head(sb, "process_resident_memory_bytes", "gauge", "Memory of the process that is in use.");
	sb_printf(sb, "process_resident_memory_bytes %lld\n", (long long)resident_bytes());
	metrics_head(sb, "process_open_fds", "gauge", "Open files and connections.");
	sb_printf(sb, "process_open_fds %lld\n", (long long)open_files());
}
