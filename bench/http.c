/* http: the HTTP door beside a bare one (bare.c), in the same run. Started by scripts/bench-http.
 *
 *   http bench RELODE-PID RELODE-PORT BARE-PID BARE-PORT TOKEN OWNER SITE SECONDS
 *   http book PORT TOKEN OWNER SITE CONNECTIONS SECONDS     one load of bookings, for a profile
 *   http get PORT TOKEN PATH CONNECTIONS SECONDS            one load of GETs
 *   http overload PID PORT GREEDY-TOKEN POLITE-TOKEN OWNER GREEDY-SITE POLITE-SITE CONNECTIONS SECONDS FILE
 *                                                           what scripts/test-overload needs to know
 *
 * bench prints a line a figure, `name value unit ratio goal ok|short`, medians of ROUNDS rounds; each
 * round measures both sides in turns, a slice at a time, so that a machine which is busy for a while is busy
 * for both.
 */
#include <errno.h>
#include <pthread.h>
#include <time.h>
#include <unistd.h>

#include "load.h"

enum { ROUNDS = 5, SLICES = 6, CONNECTIONS = 64 };

struct side {
	int pid, port;
};
struct plan {
	struct cx cx;
	struct side relode, bare;
	const char *token, *owner, *site;
	double seconds;
	int64_t run; /* number of the load: keys are never used twice */
	int64_t order; /* newest that was booked */
	size_t answer_n;
	const char *path; /* of GETs */
};

/* --- what is asked --- */

static size_t book(void *arg, int64_t n, char *buf, size_t size)
{
	struct plan *p = arg;
	char body[300];
	int body_n = snprintf(body, sizeof(body),
			      "{\"owner\":%s,\"site\":%s,\"items\":[{\"category\":\"phone\",\"answers\":"
			      "\"screen:scratched,body:worn\",\"storage_gb\":128,\"battery_percent\":84,"
			      "\"age_months\":30}]}",
			      p->owner, p->site);

	return (size_t)snprintf(buf, size,
				"POST /v1/cities/1/orders HTTP/1.1\r\nHost: 127.0.0.1\r\n"
				"Authorization: Bearer %s\r\nContent-Type: application/json\r\n"
				"Idempotency-Key: \"%d-%lld-%lld\"\r\nContent-Length: %d\r\n\r\n%s",
				p->token, (int)getpid(), (long long)p->run, (long long)n, body_n, body);
}

static size_t get(void *arg, int64_t n, char *buf, size_t size)
{
	struct plan *p = arg;

	(void)n;
	return (size_t)snprintf(buf, size,
				"GET %s HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: application/json\r\n"
				"Authorization: Bearer %s\r\n\r\n",
				p->path, p->token);
}

static void remember_order(void *arg, int64_t n, const char *body)
{
	struct plan *p = arg;
	const char *at = strstr(body, "\"order\":");

	(void)n;
	if (at)
		p->order = strtoll(at + 8, NULL, 10);
}

/* --- measuring --- */

static enum err cpu_us(struct cx *cx, int pid, double *out)
{
	char path[64], text[1024];
	unsigned long long user = 0, system = 0;
	const char *at;
	FILE *f;
	size_t n;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	f = fopen(path, "re");
	if (!f)
		return cx_errno(cx, "read", path);
	n = fread(text, 1, sizeof(text) - 1, f);
	fclose(f);
	text[n] = 0;
	at = strrchr(text, ')');
	if (!at || sscanf(at + 2, "%*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %llu %llu", &user,
			  &system) != 2)
		return cx_fail(cx, ERR_IO, "%s cannot be understood", path);
	*out = (double)(user + system) * 1e6 / (double)sysconf(_SC_CLK_TCK);
	return ERR_OK;
}

struct measured {
	double rate, p50_ms, p99_ms, cpu_us; /* cpu: of the server, a request */
};

/* Adds one slice's share. */
static enum err measure(struct plan *p, const struct side *s, bool write, struct measured *sum)
{
	struct load load = {.port = s->port, .connections = CONNECTIONS, .seconds = p->seconds / SLICES,
			    .request = write ? book : get, .arg = p};
	struct load_result r;
	double before, after;

	p->run++;
	if (write && s == &p->relode)
		load.answered = remember_order;
	if (cpu_us(&p->cx, s->pid, &before) || load_run(&p->cx, &load, &r) ||
	    cpu_us(&p->cx, s->pid, &after))
		return p->cx.err;
	if (r.failed || r.broken || r.done == 0)
		return cx_fail(&p->cx, ERR_CORRUPT,
			       "%lld answered, %lld busy, %lld failed (status %d), %lld broken",
			       (long long)r.done, (long long)r.busy, (long long)r.failed, r.last_failed,
			       (long long)r.broken);
	sum->rate += (double)r.done / r.seconds / SLICES;
	sum->p50_ms += (double)r.p50_us / 1e3 / SLICES;
	sum->p99_ms += (double)r.p99_us / 1e3 / SLICES;
	sum->cpu_us += (after - before) / (double)r.done / SLICES;
	return ERR_OK;
}

static enum err measure_both(struct plan *p, bool write, struct measured *relode, struct measured *bare)
{
	*relode = *bare = (struct measured){0};
	for (int i = 0; i < SLICES; i++)
		if (measure(p, &p->relode, write, relode) || measure(p, &p->bare, write, bare))
			return p->cx.err;
	return ERR_OK;
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double median(double *v)
{
	qsort(v, ROUNDS, sizeof(*v), by_value);
	return v[ROUNDS / 2];
}

enum figure { BOOK_RATE, BOOK_RATIO, BOOK_P50, BOOK_P99, BOOK_CPU, BARE_RATE, GET_RATIO, GET_CPU, GET_RATE,
	      GET_RATE_RATIO, BARE_CPU, FIGURES };

static enum err round_of(struct plan *p, double figure[FIGURES][ROUNDS], int i)
{
	struct measured book_us, book_bare, get_us, get_bare;
	char path[100];

	if (measure_both(p, true, &book_us, &book_bare))
		return p->cx.err;
	snprintf(path, sizeof(path), "/v1/cities/1/orders/%lld", (long long)p->order);
	p->path = path;
	if (measure_both(p, false, &get_us, &get_bare))
		return p->cx.err;
	figure[BOOK_RATE][i] = book_us.rate;
	figure[BOOK_RATIO][i] = book_us.rate / book_bare.rate;
	figure[BOOK_P50][i] = book_us.p50_ms;
	figure[BOOK_P99][i] = book_us.p99_ms;
	figure[BOOK_CPU][i] = book_us.cpu_us;
	figure[BARE_RATE][i] = book_bare.rate;
	figure[GET_RATIO][i] = get_us.cpu_us / get_bare.cpu_us;
	figure[GET_CPU][i] = get_us.cpu_us;
	figure[GET_RATE][i] = get_us.rate;
	figure[GET_RATE_RATIO][i] = get_us.rate / get_bare.rate;
	figure[BARE_CPU][i] = get_bare.cpu_us;
	return ERR_OK;
}

static const char *verdict(bool ok) { return ok ? "ok" : "short"; }

static void print_all(double figure[FIGURES][ROUNDS])
{
	double m[FIGURES];

	for (int i = 0; i < FIGURES; i++)
		m[i] = median(figure[i]);
	printf("http_book %.0f per_second %.2f ratio>=0.6,value>=10000 %s\n", m[BOOK_RATE], m[BOOK_RATIO],
	       verdict(m[BOOK_RATIO] >= 0.6 && m[BOOK_RATE] >= 10000));
	printf("http_book_bare %.0f per_second 1 - ok\n", m[BARE_RATE]);
	printf("http_book_p50 %.2f ms %.3f - ok\n", m[BOOK_P50], m[BOOK_P50] / 20);
	printf("http_book_p99 %.2f ms %.3f value<=20 %s\n", m[BOOK_P99], m[BOOK_P99] / 20,
	       verdict(m[BOOK_P99] <= 20));
	printf("http_book_cpu %.1f us_each %.2f - ok\n", m[BOOK_CPU], m[BOOK_CPU] / m[BARE_CPU]);
	printf("http_get_cpu %.1f us_each %.2f ratio<=1.5 %s\n", m[GET_CPU], m[GET_RATIO],
	       verdict(m[GET_RATIO] <= 1.5));
	printf("http_get %.0f per_second %.2f - ok\n", m[GET_RATE], m[GET_RATE_RATIO]);
}

static enum err bench(struct plan *p)
{
	static double figure[FIGURES][ROUNDS];

	for (int i = 0; i < ROUNDS; i++) {
		fprintf(stderr, "http: round %d of %d\n", i + 1, ROUNDS);
		if (round_of(p, figure, i))
			return p->cx.err;
	}
	print_all(figure);
	return ERR_OK;
}

static enum err once(struct plan *p, bool write, int connections)
{
	struct load load = {.port = p->relode.port, .connections = connections, .seconds = p->seconds,
			    .request = write ? book : get, .arg = p};
	struct load_result r;

	p->run = (int64_t)time(NULL);
	if (load_run(&p->cx, &load, &r))
		return p->cx.err;
	printf("%.0f per second, p50 %.2f ms, p99 %.2f ms; "
	       "%lld done, %lld busy, %lld failed (%d), %lld broken\n",
	       (double)r.done / r.seconds, (double)r.p50_us / 1e3, (double)r.p99_us / 1e3, (long long)r.done,
	       (long long)r.busy, (long long)r.failed, r.last_failed, (long long)r.broken);
	return ERR_OK;
}

/* --- overload: many connections of one merchant that never pause, a few of another, then quiet --- */

enum { POLITE = 4, AFTER = 10 };

struct crowd {
	struct plan plan;
	struct load load;
	struct load_result r;
	FILE *answered; /* the orders' numbers */
	enum err err;
};

static void write_order(void *arg, int64_t n, const char *body)
{
	struct crowd *c = arg;
	const char *at = strstr(body, "\"order\":");

	(void)n;
	fprintf(c->answered, "%lld\n", at ? strtoll(at + 8, NULL, 10) : -1);
}

static size_t book_of(void *arg, int64_t n, char *buf, size_t size)
{
	struct crowd *c = arg;

	return book(&c->plan, n, buf, size);
}

static void *run_crowd(void *arg)
{
	struct crowd *c = arg;

	c->err = load_run(&c->plan.cx, &c->load, &c->r);
	return NULL;
}

/* What the process has for itself. */
static enum err memory_mb(struct cx *cx, int pid, double *out)
{
	char path[64], text[4096];
	const char *at;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/status", pid);
	f = fopen(path, "re");
	if (!f)
		return cx_errno(cx, "read", path);
	text[fread(text, 1, sizeof(text) - 1, f)] = 0;
	fclose(f);
	at = strstr(text, "RssAnon:");
	if (!at)
		return cx_fail(cx, ERR_IO, "%s has no RssAnon", path);
	*out = strtod(at + 8, NULL) / 1024;
	return ERR_OK;
}

static void start_crowd(struct crowd *c, const struct plan *p, const char *token, const char *site,
			int64_t run, int connections, double seconds, FILE *answered)
{
	*c = (struct crowd){.plan = {.token = token, .owner = p->owner, .site = site, .run = run},
			    .load = {.port = p->relode.port, .connections = connections, .seconds = seconds,
				     .request = book_of, .answered = write_order, .arg = c},
			    .answered = answered};
	cx_init(&c->plan.cx, 0);
}

static void print_crowd(const char *name, struct crowd *c)
{
	printf("%s %lld answered, %lld busy, %lld failed (%d), %lld broken, p50 %.1f ms, p99 %.1f ms\n", name,
	       (long long)c->r.done, (long long)c->r.busy, (long long)c->r.failed, c->r.last_failed,
	       (long long)c->r.broken, (double)c->r.p50_us / 1e3, (double)c->r.p99_us / 1e3);
	cx_done(&c->plan.cx);
}

static enum err both_crowds(struct plan *p, struct crowd *greedy, struct crowd *polite)
{
	pthread_t thread[2];
	double early, late;

	if (pthread_create(&thread[0], NULL, run_crowd, greedy) ||
	    pthread_create(&thread[1], NULL, run_crowd, polite))
		return cx_fail(&p->cx, ERR_IO, "no thread");
	usleep((useconds_t)(p->seconds * 1e6 / 3));
	if (memory_mb(&p->cx, p->relode.pid, &early))
		return p->cx.err;
	usleep((useconds_t)(p->seconds * 1e6 * 0.6));
	if (memory_mb(&p->cx, p->relode.pid, &late))
		return p->cx.err;
	pthread_join(thread[0], NULL);
	pthread_join(thread[1], NULL);
	printf("memory %.1f MB after a third, %.1f MB at the end\n", early, late);
	return greedy->err || polite->err ? cx_fail(&p->cx, ERR_IO, "a load failed") : ERR_OK;
}

static enum err overload(struct plan *p, const char *polite_token, const char *polite_site, int connections,
			 const char *path)
{
	FILE *answered = fopen(path, "we"), *others = tmpfile();
	struct crowd calm, greedy, polite, after;
	int64_t run = (int64_t)getpid() * 100;
	enum err err;

	if (!answered || !others)
		return cx_errno(&p->cx, "write", path);
	start_crowd(&calm, p, p->token, p->site, run, CONNECTIONS, 2, answered);
	run_crowd(&calm);
	print_crowd("calm", &calm);
	start_crowd(&greedy, p, p->token, p->site, run + 1, connections, p->seconds, answered);
	start_crowd(&polite, p, polite_token, polite_site, run + 2, POLITE, p->seconds, others);
	err = both_crowds(p, &greedy, &polite);
	start_crowd(&after, p, p->token, p->site, run + 3, AFTER, 1, answered);
	run_crowd(&after);
	printf("rate calm %.0f, in overload %.0f\n", (double)calm.r.done / calm.r.seconds,
	       (double)greedy.r.done / greedy.r.seconds);
	print_crowd("greedy", &greedy);
	print_crowd("polite", &polite);
	print_crowd("after", &after);
	fclose(others);
	return fclose(answered) ? cx_errno(&p->cx, "write", path) : err;
}

static int number(const char *text) { return (int)strtol(text, NULL, 10); }

static enum err run(struct plan *p, int argc, char **argv)
{
	if (argc == 10 && strcmp(argv[1], "bench") == 0) {
		p->relode = (struct side){number(argv[2]), number(argv[3])};
		p->bare = (struct side){number(argv[4]), number(argv[5])};
		p->token = argv[6];
		p->owner = argv[7];
		p->site = argv[8];
		p->seconds = strtod(argv[9], NULL);
		return bench(p);
	}
	if (argc == 12 && strcmp(argv[1], "overload") == 0) {
		p->relode = (struct side){number(argv[2]), number(argv[3])};
		p->token = argv[4];
		p->owner = argv[6];
		p->site = argv[7];
		p->seconds = strtod(argv[10], NULL);
		return overload(p, argv[5], argv[8], number(argv[9]), argv[11]);
	}
	p->relode.port = argc > 3 ? number(argv[2]) : 0;
	p->token = argc > 3 ? argv[3] : NULL;
	if (argc == 8 && strcmp(argv[1], "book") == 0) {
		p->owner = argv[4];
		p->site = argv[5];
		p->seconds = strtod(argv[7], NULL);
		return once(p, true, number(argv[6]));
	}
	if (argc == 7 && strcmp(argv[1], "get") == 0) {
		p->path = argv[4];
		p->seconds = strtod(argv[6], NULL);
		return once(p, false, number(argv[5]));
	}
	return cx_fail(&p->cx, ERR_INPUT, "scripts/bench-http starts this; see its comment");
}

int main(int argc, char **argv)
{
	struct plan p = {.run = 0};
	enum err err;

	cx_init(&p.cx, 0);
	err = run(&p, argc, argv);
	if (err)
		fprintf(stderr, "http: %s\n", p.cx.msg);
	cx_done(&p.cx);
	return err ? 1 : 0;
}
