/* scale: what a device's life costs `relode simulate --scale` when few, and when many, have gone before it,
 * beside a plain SQLite file that takes the rows of as many lives.
 *
 *   scale RELODE FLOOR FOLDER DEVICES...    run from the root of the sources; FOLDER on the disk to measure
 *
 * In each of ROUNDS rounds every count of devices has its turn: the rate of fdatasync, a new SQLite file that
 * takes the devices at a large city's pace of a year, and the floor (floor.c) with as many lives as were
 * taken. Counts that take minutes are measured in the first round alone. A line a figure, the median of the
 * rounds: `name value unit ratio goal ok|short`. A ratio to the floor is that of one round, and of these the
 * median. Beside the rate of the clock stands the processor's time for a life, for a machine that has others
 * to serve too; `flat` is that of the last count beside that of the first. Memory is what the program has
 * for itself (RssAnon, at its largest of what was seen). How much of it is beside the cache of rows cannot be
 * seen while that is part empty, as one of 256 MiB may be; so memory_after is of a run with one so small that
 * 100,000 devices fill it many times over.
 */
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file.h"
#include "base/time.h"
#include "codec/json.h"

enum {
	BLOCK = 4096,
	SYNC_BLOCKS = 4096,
	LOOK_US = 20000,
	CITY_DEVICES = 100000, /* of a city in a year */
	CITIES_MIN = 2,        /* that `simulate` plays at a time; of fewer devices a part of their year */
	YEAR_DAYS = 365,
	CACHE_MIB = 256,       /* of rows: what the program takes by itself for these cities */
	BESIDE_MIB = 200,      /* that it may have for itself beside it */
	AFTER_DEVICES = 100000,
	AFTER_CACHE_MIB = 64,  /* for memory_after */
	ROUNDS = 5,
	LONG_DEVICES = 100000, /* more than these: one round */
	COUNTS_MAX = 16,
	OUTPUT_MAX = 8 * 1024 * 1024
};
#define SCALE_DEVICES INT64_C(23000000)
#define SYNC_US INT64_C(1000000)

extern char **environ;

/* What a program was seen to need. */
struct used {
	int64_t us, cpu_us, bytes, memory_kib;
};
enum figure {
	SYNC, LIVES, CPU, DISK, MEMORY, FLOOR_LIVES, FLOOR_CPU, FLOOR_DISK,
	LIVES_RATIO, CPU_RATIO, DISK_RATIO, /* to the floor */
	FIGURES
};
struct count {
	int64_t devices;
	int rounds; /* that were measured */
	double round[FIGURES][ROUNDS];
};
struct bench {
	struct cx cx;
	char *relode, *floor;
	const char *folder;
	struct count count[COUNTS_MAX];
	int counts;
	double after[ROUNDS]; /* MB beside the cache */
	int afters;
};

/* --- the machine --- */

static enum err measure_sync(struct cx *cx, const char *folder, double *out)
{
	char *path = cx_printf(cx, "%s/fdatasync", folder);
	char block[BLOCK] = "relode";
	int64_t begin, count = 0;
	auto_fd fd = -1;

	if (!path)
		return cx->err;
	fd = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
	if (fd < 0)
		return cx_errno(cx, "create", path);
	for (begin = monotonic_us(); monotonic_us() - begin < SYNC_US; count++) {
		block[BLOCK - 1] = (char)count;
		if (pwrite(fd, block, BLOCK, (off_t)(count % SYNC_BLOCKS) * BLOCK) != BLOCK || fdatasync(fd))
			return cx_errno(cx, "write", path);
	}
	*out = (double)count * 1e6 / (double)(monotonic_us() - begin);
	unlink(path);
	return ERR_OK;
}

static int64_t folder_bytes; /* nftw has no argument to pass on */

static int add_bytes(const char *path, const struct stat *st, int type, struct FTW *at)
{
	(void)path;
	(void)at;
	if (type == FTW_F)
		folder_bytes += st->st_size;
	return 0;
}

static enum err bytes_in(struct cx *cx, const char *folder, int64_t *bytes)
{
	folder_bytes = 0;
	if (nftw(folder, add_bytes, 16, FTW_PHYS))
		return cx_errno(cx, "read", folder);
	*bytes = folder_bytes;
	return ERR_OK;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *at)
{
	(void)st;
	(void)type;
	(void)at;
	return remove(path);
}

static enum err remove_all(struct cx *cx, const char *folder)
{
	return nftw(folder, remove_one, 16, FTW_PHYS | FTW_DEPTH) ? cx_errno(cx, "remove", folder) : ERR_OK;
}

/* --- the program --- */

static int64_t micros(struct timeval t) { return (int64_t)t.tv_sec * 1000000 + t.tv_usec; }

/* The largest of what /proc says of the program's memory. */
static void look(pid_t pid, struct used *u)
{
	static const char name[] = "RssAnon:";
	char path[64], text[8192];
	const char *at;
	int64_t kib;
	auto_fd fd = -1;
	ssize_t n;

	snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	n = fd < 0 ? 0 : read(fd, text, sizeof(text) - 1);
	text[n < 0 ? 0 : n] = 0;
	at = strstr(text, name);
	kib = at ? strtoll(at + strlen(name), NULL, 10) : 0;
	if (kib > u->memory_kib)
		u->memory_kib = kib;
}

/* bytes: the caller's to count. */
static enum err run(struct cx *cx, const char *output, char *const argv[], struct used *out)
{
	posix_spawn_file_actions_t actions;
	struct used u = {0};
	struct rusage rusage;
	int status = -1, failed;
	int64_t begin = monotonic_us();
	pid_t pid;

	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, 1, output, O_CREAT | O_TRUNC | O_WRONLY, 0600);
	failed = posix_spawn(&pid, argv[0], &actions, NULL, argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	if (failed) {
		errno = failed;
		return cx_errno(cx, "start", argv[0]);
	}
	for (pid_t ended = 0; ended != pid;) {
		ended = wait4(pid, &status, WNOHANG, &rusage);
		if (ended < 0 && errno != EINTR)
			return cx_errno(cx, "wait for", argv[0]);
		if (ended == 0) {
			look(pid, &u);
			usleep(LOOK_US);
		}
	}
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
		return cx_fail(cx, ERR_IO, "%s %s failed: see above", argv[0], argv[1]);
	u.us = monotonic_us() - begin;
	u.cpu_us = micros(rusage.ru_utime) + micros(rusage.ru_stime);
	*out = u;
	return ERR_OK;
}

/* Lives are devices that were taken; those that end are nearly all of them. */
static enum err read_lives(struct cx *cx, const char *path, int64_t *lives)
{
	const struct json *taken;
	struct json *v;
	char *text;
	size_t n;

	if (file_read(cx, path, OUTPUT_MAX, &text, &n) || json_parse(cx, text, n, &json_limits_file, &v))
		return cx->err;
	taken = json_get(v, "taken");
	if (!taken || taken->type != JSON_INT || taken->number <= 0)
		return cx_fail(cx, ERR_CORRUPT, "simulate took no device");
	*lives = taken->number;
	return ERR_OK;
}

/* So many devices: of two cities in part of their year, or of several cities' years. */
static enum err simulate(struct bench *b, int64_t devices, int cache_mib, struct used *out, int64_t *lives)
{
	struct cx *cx = &b->cx;
	int64_t few = (int64_t)CITIES_MIN * CITY_DEVICES;
	int64_t cities = devices > few ? (devices + CITY_DEVICES - 1) / CITY_DEVICES : CITIES_MIN;
	int64_t part = (devices * YEAR_DAYS + few - 1) / few;
	int64_t days = devices > few ? YEAR_DAYS : part, empty;
	double year = (double)devices * YEAR_DAYS / (double)days;
	char *at = cx_printf(cx, "%s/scale", b->folder);
	char *db = cx_printf(cx, "%s/relode.db", at), *answer = cx_printf(cx, "%s/output", b->folder);
	char *fraction = cx_printf(cx, "%.9f", year / (double)SCALE_DEVICES);
	char *count = cx_printf(cx, "%lld", (long long)cities);
	char *period = cx_printf(cx, "%lld", (long long)days), *cache = cx_printf(cx, "%d", cache_mib);
	char *init[] = {b->relode, "init", "--db", db, NULL};
	char *play[] = {b->relode,  "simulate", "--db",	    db,	   "--scale", "atrenew-2020", "--fraction",
			fraction,   "--cities", count,	    "--days", period, "--cache",      cache,
			"--json",   NULL};

	if (cx->err || file_make_dirs(cx, at, 0700) || run(cx, answer, init, out) ||
	    bytes_in(cx, at, &empty) || run(cx, answer, play, out) || bytes_in(cx, at, &out->bytes) ||
	    read_lives(cx, answer, lives))
		return cx->err;
	out->bytes -= empty;
	return remove_all(cx, at);
}

static enum err bare(struct bench *b, int64_t lives, struct used *out)
{
	struct cx *cx = &b->cx;
	char *at = cx_printf(cx, "%s/floor", b->folder), *output = cx_printf(cx, "%s/output", b->folder);
	char *file = cx_printf(cx, "%s/floor.db", at), *count = cx_printf(cx, "%lld", (long long)lives);
	char *write[] = {b->floor, file, count, NULL};

	if (cx->err || file_make_dirs(cx, at, 0700) || run(cx, output, write, out) ||
	    bytes_in(cx, at, &out->bytes))
		return cx->err;
	return remove_all(cx, at);
}

static enum err measure(struct bench *b, struct count *c)
{
	struct used ours, theirs;
	double figure[FIGURES], n;
	int64_t lives;

	if (measure_sync(&b->cx, b->folder, &figure[SYNC]) ||
	    simulate(b, c->devices, CACHE_MIB, &ours, &lives) || bare(b, lives, &theirs))
		return b->cx.err;
	n = (double)lives;
	figure[LIVES] = n * 1e6 / (double)ours.us;
	figure[CPU] = (double)ours.cpu_us / n;
	figure[DISK] = (double)ours.bytes / n;
	figure[MEMORY] = (double)ours.memory_kib / 1024;
	figure[FLOOR_LIVES] = n * 1e6 / (double)theirs.us;
	figure[FLOOR_CPU] = (double)theirs.cpu_us / n;
	figure[FLOOR_DISK] = (double)theirs.bytes / n;
	figure[LIVES_RATIO] = figure[LIVES] / figure[FLOOR_LIVES];
	figure[CPU_RATIO] = figure[CPU] / figure[FLOOR_CPU];
	figure[DISK_RATIO] = figure[DISK] / figure[FLOOR_DISK];
	for (int i = 0; i < FIGURES; i++)
		c->round[i][c->rounds] = figure[i];
	c->rounds++;
	return ERR_OK;
}

static enum err measure_after(struct bench *b)
{
	struct used u;
	int64_t lives;

	if (simulate(b, AFTER_DEVICES, AFTER_CACHE_MIB, &u, &lives))
		return b->cx.err;
	b->after[b->afters++] = ((double)u.memory_kib / 1024 - AFTER_CACHE_MIB) * (1 << 20) / 1e6;
	return ERR_OK;
}

static enum err measure_all(struct bench *b)
{
	for (int round = 0; round < ROUNDS; round++) {
		fprintf(stderr, "scale: round %d of %d\n", round + 1, ROUNDS);
		for (int i = 0; i < b->counts; i++) {
			struct count *c = &b->count[i];
			if ((round == 0 || c->devices <= LONG_DEVICES) && measure(b, c))
				return b->cx.err;
			if (c->devices == AFTER_DEVICES && measure_after(b))
				return b->cx.err;
			cx_reset(&b->cx);
		}
	}
	return ERR_OK;
}

/* --- the lines --- */

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double median(const double *round, int n)
{
	double sorted[ROUNDS];

	memcpy(sorted, round, (size_t)n * sizeof(*round));
	qsort(sorted, (size_t)n, sizeof(sorted[0]), by_value);
	return sorted[n / 2];
}

static const char *verdict(bool ok) { return ok ? "ok" : "short"; }

static void print(const struct count *c)
{
	long long devices = c->devices;
	double m[FIGURES], memory_max = CACHE_MIB + BESIDE_MIB;

	for (int i = 0; i < FIGURES; i++)
		m[i] = median(c->round[i], c->rounds);
	printf("scale_fdatasync_%lld %.0f per_second 1 - ok\n", devices, m[SYNC]);
	printf("scale_floor_lives_%lld %.0f per_second 1 - ok\n", devices, m[FLOOR_LIVES]);
	printf("scale_lives_%lld %.0f per_second %.3f value>=4000 %s\n", devices, m[LIVES], m[LIVES_RATIO],
	       verdict(m[LIVES] >= 4000));
	printf("scale_floor_cpu_%lld %.0f us_per_life 1 - ok\n", devices, m[FLOOR_CPU]);
	printf("scale_cpu_%lld %.0f us_per_life %.3f value<=250 %s\n", devices, m[CPU], m[CPU_RATIO],
	       verdict(m[CPU] <= 250));
	printf("scale_floor_disk_%lld %.0f bytes_per_life 1 - ok\n", devices, m[FLOOR_DISK]);
	printf("scale_disk_%lld %.0f bytes_per_life %.3f value<=2500 %s\n", devices, m[DISK], m[DISK_RATIO],
	       verdict(m[DISK] <= 2500));
	printf("scale_memory_%lld %.0f MiB %.3f value<=%.0f %s\n", devices, m[MEMORY], m[MEMORY] / memory_max,
	       memory_max, verdict(m[MEMORY] <= memory_max));
}

static void print_all(const struct bench *b)
{
	const struct count *first = &b->count[0], *last = &b->count[b->counts - 1];
	int rounds = first->rounds < last->rounds ? first->rounds : last->rounds;
	double flat[ROUNDS], ratio, after;

	for (int i = 0; i < b->counts; i++)
		print(&b->count[i]);
	for (int i = 0; i < rounds; i++)
		flat[i] = last->round[CPU][i] / first->round[CPU][i];
	ratio = median(flat, rounds);
	printf("scale_flat %.0f us_per_life %.3f ratio<=1.25 %s\n", median(last->round[CPU], last->rounds),
	       ratio, verdict(ratio <= 1.25));
	if (b->afters == 0)
		return;
	after = median(b->after, b->afters);
	printf("memory_after %.0f MB %.3f value<=%d %s\n", after, after / BESIDE_MIB, BESIDE_MIB,
	       verdict(after <= BESIDE_MIB));
}

static enum err read_counts(struct bench *b, char **argv, int n)
{
	for (int i = 0; i < n; i++) {
		int64_t devices = strtoll(argv[i], NULL, 10);
		if (devices < 1000 || devices > SCALE_DEVICES)
			return cx_fail(&b->cx, ERR_INPUT, "%s: from 1000 to 23000000 devices", argv[i]);
		b->count[b->counts++].devices = devices;
	}
	return ERR_OK;
}

int main(int argc, char **argv)
{
	static struct bench b;
	enum err err;

	if (argc < 5 || argc > 4 + COUNTS_MAX) {
		fprintf(stderr, "usage: scale RELODE FLOOR FOLDER DEVICES...\n");
		return 2;
	}
	b.relode = argv[1];
	b.floor = argv[2];
	b.folder = argv[3];
	cx_init(&b.cx, 64 << 20);
	err = read_counts(&b, argv + 4, argc - 4);
	if (!err)
		err = measure_all(&b);
	if (err)
		fprintf(stderr, "scale: %s\n", b.cx.msg);
	else
		print_all(&b);
	cx_done(&b.cx);
	return err ? err_exit(err) : 0;
}
