/* bench: quotes per second, whole lives per second, bytes on disk per life; beside the machine's own
 * rate of fdatasync, measured in the same run.
 *
 *   bench RELODE FOLDER LIVES     run from the root of the sources; FOLDER on the disk to measure
 *
 * Each of ROUNDS rounds measures all of them once, so that a machine which is busy for a while is busy
 * for each. Printed is the median of the rounds: `name value unit ratio goal ok|short`. The ratio of a rate
 * is its share of the rate of fdatasync; that of a size is its multiple of the 4 KiB that one fdatasync
 * wrote. None has a goal of its own.
 */
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file.h"
#include "base/time.h"
#include "codec/json.h"
#include "db/db.h"
#include "programme/device/device.h"
#include "programme/rule/own.h"
#include "programme/tradein/quote.h"

enum { ROUNDS = 5, BLOCK = 4096, SYNC_FILE_BLOCKS = 4096 };
#define ROUND_US INT64_C(1000000)
#define AT_US INT64_C(1767225600000000) /* 2026-01-01: the age of devices is counted to it */
#define PRICE_LIST "data/rules/price_list.default.json"

extern char **environ;

struct figure {
	const char *name, *unit;
	double round[ROUNDS];
};
struct bench {
	struct cx cx;
	const char *relode, *folder, *lives;
	struct figure sync, quotes, lives_rate, entries_rate, life_bytes;
};

static double per_second(int64_t count, int64_t us)
{
	return us > 0 ? (double)count * 1e6 / (double)us : 0;
}

/* --- the machine: 4 KiB written and made durable, one after the other, as a commit must --- */

static enum err measure_sync(struct bench *b, int round)
{
	char *path = cx_printf(&b->cx, "%s/fdatasync", b->folder);
	char block[BLOCK] = "relode";
	int64_t begin, count = 0;
	auto_fd fd = -1;

	if (!path)
		return b->cx.err;
	fd = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
	if (fd < 0)
		return cx_errno(&b->cx, "create", path);
	begin = monotonic_us();
	while (monotonic_us() - begin < ROUND_US) {
		off_t at = (off_t)(count % SYNC_FILE_BLOCKS) * BLOCK;
		block[BLOCK - 1] = (char)count;
		if (pwrite(fd, block, BLOCK, at) != BLOCK || fdatasync(fd))
			return cx_errno(&b->cx, "write", path);
		count++;
	}
	b->sync.round[round] = per_second(count, monotonic_us() - begin);
	unlink(path);
	return ERR_OK;
}

/* --- quotes: the pure rule, one thread, on the shipped price list --- */

static enum err read_price_list(struct cx *cx, struct rule *out)
{
	const struct rule_shape *shape = &rule_shapes[RULE_PRICE_LIST];
	struct json *json;
	char *text;
	size_t n;
	void *s;

	if (file_read(cx, PRICE_LIST, 1 << 20, &text, &n) ||
	    json_parse(cx, text, n, &json_limits_file, &json))
		return cx->err;
	s = cx_alloc(cx, shape->size);
	if (!s || field_read(cx, shape->fields, IN, json, s) || shape->check(cx, s))
		return cx->err;
	*out = (struct rule){.digest = sha256(text, n), .body = json, .shape = s};
	return ERR_OK;
}

/* Devices as owners describe them: with and without marks, known models and kinds alone. */
static const struct {
	struct quote_model model;
	struct quote_facts facts;
} asked[] = {
	{{"Apple", "iPhone 13 Pro", "phone", 18894, FIELD_NONE, NULL},
	 {"screen:cracked", 256, 84, FIELD_NONE}},
	{{"Apple", "iPhone 12", "phone", 18558, 79900, "USD"},
	 {"body:worn,box:complete", 128, 79, FIELD_NONE}},
	{{NULL, NULL, "phone", FIELD_NONE, FIELD_NONE, NULL},
	 {"power:dead", FIELD_NONE, FIELD_NONE, 60}},
	{{NULL, NULL, "tablet", FIELD_NONE, FIELD_NONE, NULL}, {NULL, 64, 90, 30}},
	{{NULL, NULL, "laptop", FIELD_NONE, FIELD_NONE, NULL},
	 {"screen:scratched,defect:minor", 512, 70, 48}},
	{{NULL, NULL, "tv", FIELD_NONE, FIELD_NONE, NULL},
	 {"parts:missing", FIELD_NONE, FIELD_NONE, 40}},
	{{NULL, NULL, "washing_machine", FIELD_NONE, FIELD_NONE, NULL},
	 {"noise:yes", FIELD_NONE, FIELD_NONE, 80}},
	{{NULL, NULL, "camera", FIELD_NONE, FIELD_NONE, NULL},
	 {"lens:dust", FIELD_NONE, FIELD_NONE, 90}},
};
enum { ASKED = sizeof(asked) / sizeof(asked[0]), QUOTES_BETWEEN_CLOCKS = 1000 };

static enum err measure_quotes(struct bench *b, int round)
{
	int64_t begin, count = 0;
	struct cx_mark mark;
	struct quote quote;
	struct rule rule;

	if (read_price_list(&b->cx, &rule))
		return b->cx.err;
	mark = cx_mark(&b->cx);
	begin = monotonic_us();
	while (monotonic_us() - begin < ROUND_US) {
		for (int i = 0; i < QUOTES_BETWEEN_CLOCKS; i++, count++) {
			size_t at = (size_t)count % ASKED;
			if (quote_price(&b->cx, &rule, &asked[at].model, &asked[at].facts, AT_US,
					"CNY", &quote))
				return b->cx.err;
			cx_restore(&b->cx, mark);
		}
	}
	b->quotes.round[round] = per_second(count, monotonic_us() - begin);
	return ERR_OK;
}

/* --- whole lives: simulate into a new SQLite file, one process --- */

static enum err run(struct cx *cx, const char *output, char *const argv[])
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
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return cx_errno(cx, "wait for", argv[0]);
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
		return cx_fail(cx, ERR_IO, "%s %s failed: see above", argv[0], argv[1]);
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

/* A life is whole when the device is where its life with the programme ends. */
static enum err count_lives(struct cx *cx, const char *path, int64_t *lives, int64_t *entries)
{
	static const char whole[] = "SELECT COUNT(*) FROM device WHERE state IN ($1, $2, $3, $4, $5)";
	struct db *db;

	if (db_open(cx, path, DB_READ_ONLY, &db))
		return cx->err;
	if (!db_one_i64(cx, db, lives, whole,
			DB_ARGS(db_i64(DEVICE_DELIVERED), db_i64(DEVICE_RECOVERED), db_i64(DEVICE_RETURNED),
				db_i64(DEVICE_SEIZED), db_i64(DEVICE_LOST))))
		db_one_i64(cx, db, entries, "SELECT COALESCE(SUM(size), 0) FROM log_head", DB_NONE);
	db_close(db);
	return cx->err;
}

static enum err measure_lives(struct bench *b, int round)
{
	char *folder = cx_printf(&b->cx, "%s/round-%d", b->folder, round);
	char *db = cx_printf(&b->cx, "%s/relode.db", folder),
	     *out = cx_printf(&b->cx, "%s/output", b->folder);
	char *init[] = {(char *)b->relode, "init", "--db", db, NULL};
	char *simulate[] = {(char *)b->relode, "simulate",	 "--db", db, "--seed", "1",
			    "--count",	       (char *)b->lives, NULL};
	int64_t empty, full, begin, us, before, lives, entries;

	if (!folder || !db || !out || file_make_dirs(&b->cx, folder, 0700) || run(&b->cx, out, init) ||
	    bytes_in(&b->cx, folder, &empty) || count_lives(&b->cx, db, &lives, &before))
		return b->cx.err;
	begin = monotonic_us();
	if (run(&b->cx, out, simulate))
		return b->cx.err;
	us = monotonic_us() - begin;
	if (bytes_in(&b->cx, folder, &full) || count_lives(&b->cx, db, &lives, &entries))
		return b->cx.err;
	if (lives == 0)
		return cx_fail(&b->cx, ERR_CORRUPT, "simulate left no device whose life is whole");
	b->lives_rate.round[round] = per_second(lives, us);
	b->entries_rate.round[round] = per_second(entries - before, us);
	b->life_bytes.round[round] = (double)(full - empty) / (double)lives;
	return ERR_OK;
}

/* --- all of it --- */

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double median(const struct figure *f)
{
	double sorted[ROUNDS];

	memcpy(sorted, f->round, sizeof(sorted));
	qsort(sorted, ROUNDS, sizeof(sorted[0]), by_value);
	return sorted[ROUNDS / 2];
}

static void print(const struct figure *f, double base)
{
	double value = median(f);

	printf("%s %.0f %s %.3f - ok\n", f->name, value, f->unit, value / base);
}

static enum err measure(struct bench *b)
{
	for (int round = 0; round < ROUNDS; round++) {
		fprintf(stderr, "round %d of %d\n", round + 1, ROUNDS);
		if (measure_sync(b, round) || measure_quotes(b, round) || measure_lives(b, round))
			return b->cx.err;
		cx_reset(&b->cx);
	}
	return ERR_OK;
}

int main(int argc, char **argv)
{
	struct bench b = {.sync = {"fdatasync", "per_second", {0}},
			  .quotes = {"quotes", "per_second", {0}},
			  .lives_rate = {"lives", "per_second", {0}},
			  .entries_rate = {"entries", "per_second", {0}},
			  .life_bytes = {"disk_per_life", "bytes", {0}}};
	enum err err;

	if (argc != 4) {
		fprintf(stderr, "usage: bench RELODE FOLDER LIVES\n");
		return 2;
	}
	b.relode = argv[1];
	b.folder = argv[2];
	b.lives = argv[3];
	cx_init(&b.cx, 64 << 20);
	err = measure(&b);
	if (err) {
		fprintf(stderr, "bench: %s\n", b.cx.msg);
		cx_done(&b.cx);
		return err_exit(err);
	}
	print(&b.sync, median(&b.sync));
	print(&b.quotes, median(&b.sync));
	print(&b.lives_rate, median(&b.sync));
	print(&b.entries_rate, median(&b.sync));
	print(&b.life_bytes, BLOCK);
	cx_done(&b.cx);
	return 0;
}
