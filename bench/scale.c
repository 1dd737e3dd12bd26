/* scale: what a device's life costs `relode simulate --scale` when few, and when many, have gone before it.
 *
 *   scale RELODE FOLDER DEVICES...    run from the root of the sources; FOLDER on the disk to measure
 *
 * For each count of devices a new SQLite file takes them at a large city's pace of a year, one count after
 * the other, the rate of fdatasync in front of each. A line a figure: `name value unit ratio goal ok|short`.
 * Beside the rate of the clock stands the processor's time for a life, for a machine that has others to
 * serve too; `flat` is that of the last count beside that of the first. Memory is what the program has for
 * itself (RssAnon, at its largest of what was seen).
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
	OUTPUT_MAX = 8 * 1024 * 1024
};
#define SCALE_DEVICES INT64_C(23000000)
#define SYNC_US INT64_C(1000000)

extern char **environ;

struct round {
	int64_t devices, lives, us, cpu_us, bytes, memory_kib;
	double sync;
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

/* --- the program --- */

/* The largest of what /proc says of the program's memory. */
static void look(pid_t pid, struct round *r)
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
	if (kib > r->memory_kib)
		r->memory_kib = kib;
}

/* seen: looks at its memory meanwhile; may be NULL. */
static enum err run(struct cx *cx, const char *output, char *const argv[], struct rusage *used,
		    struct round *seen)
{
	posix_spawn_file_actions_t actions;
	int status = -1, failed;
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
		ended = wait4(pid, &status, seen ? WNOHANG : 0, used);
		if (ended < 0 && errno != EINTR)
			return cx_errno(cx, "wait for", argv[0]);
		if (ended == 0) {
			look(pid, seen);
			usleep(LOOK_US);
		}
	}
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
		return cx_fail(cx, ERR_IO, "%s %s failed: see above", argv[0], argv[1]);
	return ERR_OK;
}

static int64_t micros(struct timeval t) { return (int64_t)t.tv_sec * 1000000 + t.tv_usec; }

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
static enum err measure(struct cx *cx, const char *relode, const char *folder, struct round *r)
{
	int64_t few = (int64_t)CITIES_MIN * CITY_DEVICES;
	int64_t cities = r->devices > few ? (r->devices + CITY_DEVICES - 1) / CITY_DEVICES : CITIES_MIN;
	int64_t part = (r->devices * YEAR_DAYS + few - 1) / few;
	int64_t days = r->devices > few ? YEAR_DAYS : part, empty;
	double year = (double)r->devices * YEAR_DAYS / (double)days;
	char *at = cx_printf(cx, "%s/scale-%lld", folder, (long long)r->devices);
	char *db = cx_printf(cx, "%s/relode.db", at), *out = cx_printf(cx, "%s/output", folder);
	char *fraction = cx_printf(cx, "%.9f", year / (double)SCALE_DEVICES);
	char *count = cx_printf(cx, "%lld", (long long)cities);
	char *period = cx_printf(cx, "%lld", (long long)days), *cache = cx_printf(cx, "%d", CACHE_MIB);
	char *init[] = {(char *)relode, "init", "--db", db, NULL};
	char *simulate[] = {(char *)relode, "simulate",	  "--db",   db,	       "--scale", "atrenew-2020",
			    "--fraction",   fraction,	  "--cities", count,   "--days",  period,
			    "--cache",	    cache,	  "--json",   NULL};
	struct rusage used;
	int64_t begin;

	if (cx->err || measure_sync(cx, folder, &r->sync) || file_make_dirs(cx, at, 0700) ||
	    run(cx, out, init, &used, NULL) || bytes_in(cx, at, &empty))
		return cx->err;
	begin = monotonic_us();
	if (run(cx, out, simulate, &used, r))
		return cx->err;
	r->us = monotonic_us() - begin;
	r->cpu_us = micros(used.ru_utime) + micros(used.ru_stime);
	if (bytes_in(cx, at, &r->bytes) || read_lives(cx, out, &r->lives))
		return cx->err;
	r->bytes -= empty;
	return ERR_OK;
}

/* --- the lines --- */

static void line(const char *name, int64_t devices, double value, const char *unit, double goal, bool at_most)
{
	bool ok = at_most ? value <= goal : value >= goal;

	printf("%s_%lld %.0f %s %.3g %.0f %s\n", name, (long long)devices, value, unit, value / goal, goal,
	       ok ? "ok" : "short");
}

static void print(const struct round *r)
{
	double lives = (double)r->lives;

	printf("scale_fdatasync_%lld %.0f per_second 1 - -\n", (long long)r->devices, r->sync);
	line("scale_lives", r->devices, lives * 1e6 / (double)r->us, "per_second", 4000, false);
	line("scale_cpu", r->devices, (double)r->cpu_us / lives, "us_per_life", 250, true);
	line("scale_disk", r->devices, (double)r->bytes / lives, "bytes_per_life", 2500, true);
	line("scale_memory", r->devices, (double)r->memory_kib / 1024, "MiB", CACHE_MIB + BESIDE_MIB, true);
	fflush(stdout);
}

static void print_flat(const struct round *first, const struct round *last)
{
	double a = (double)first->cpu_us / (double)first->lives;
	double b = (double)last->cpu_us / (double)last->lives;

	printf("scale_flat %.0f us_per_life %.3g 1.25 %s\n", b, b / a, b <= 1.25 * a ? "ok" : "short");
}

int main(int argc, char **argv)
{
	struct round first = {0}, last = {0};
	struct cx cx;
	enum err err = ERR_OK;

	if (argc < 4) {
		fprintf(stderr, "usage: scale RELODE FOLDER DEVICES...\n");
		return 2;
	}
	cx_init(&cx, 64 << 20);
	for (int i = 3; i < argc && !err; i++) {
		last = (struct round){.devices = strtoll(argv[i], NULL, 10)};
		if (last.devices < 1000 || last.devices > SCALE_DEVICES)
			err = cx_fail(&cx, ERR_INPUT, "%s: from 1000 to 23000000 devices", argv[i]);
		else
			err = measure(&cx, argv[1], argv[2], &last);
		if (err)
			break;
		print(&last);
		if (i == 3)
			first = last;
		cx_reset(&cx);
	}
	if (err)
		fprintf(stderr, "scale: %s\n", cx.msg);
	else
		print_flat(&first, &last);
	cx_done(&cx);
	return err ? err_exit(err) : 0;
}
