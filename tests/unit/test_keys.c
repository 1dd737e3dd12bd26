/* The key store: what it keeps, what it refuses, and that what it destroys is not in its files. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <ftw.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file.h"
#include "db/db.h"
#include "kernel/keys.h"
#include "kernel/secret.h"

static struct cx cx;
static char dir[64];

static char *in_dir(const char *name)
{
	char *path = cx_printf(&cx, "%s/%s", dir, name);
	assert_non_null(path);
	return path;
}

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *ftw)
{
	(void)st;
	(void)kind;
	(void)ftw;
	return remove(path);
}

static int set_up(void **state)
{
	(void)state;
	cx_init(&cx, 0);
	snprintf(dir, sizeof(dir), "%s", "/tmp/relode-keys-XXXXXX");
	return mkdtemp(dir) ? 0 : -1;
}

static int tear_down(void **state)
{
	(void)state;
	cx_fail_allocation(0);
	cx_done(&cx);
	return nftw(dir, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

static struct keys *opened(const char *name, bool create)
{
	struct keys *keys;

	if (keys_open(&cx, in_dir(name), create, &keys))
		fail_msg("%s", cx.msg);
	return keys;
}

static void assert_ok(enum err err)
{
	if (err)
		fail_msg("%s", cx.msg);
}

static void assert_key(const struct seal_key *a, const struct seal_key *b)
{
	assert_memory_equal(a->byte, b->byte, sizeof(a->byte));
}

/* How often the bytes stand in the store's file and its companions. */
static int traces_of(const char *name, const void *what, size_t size)
{
	static const char *const companion[] = {"", "-wal", "-shm", "-journal"};
	int found = 0;

	for (size_t i = 0; i < ARRAY_LEN(companion); i++) {
		struct cx_mark mark = cx_mark(&cx);
		FILE *f = fopen(cx_printf(&cx, "%s/%s%s", dir, name, companion[i]), "rb");
		struct stat st;
		char *bytes, *at;
		size_t n;
		if (!f)
			continue;
		assert_int_equal(fstat(fileno(f), &st), 0);
		n = (size_t)st.st_size;
		bytes = cx_alloc(&cx, n);
		assert_non_null(bytes);
		assert_int_equal(fread(bytes, 1, n, f), n);
		fclose(f);
		for (at = bytes; (at = memmem(at, n - (size_t)(at - bytes), what, size)); at++)
			found++;
		cx_restore(&cx, mark);
	}
	return found;
}

static int traces(const char *name, const struct seal_key *key)
{
	return traces_of(name, key->byte, sizeof(key->byte));
}

/* --- secrets and cities --- */

static void secrets_stay(void **state)
{
	struct keys *keys = opened("k", true);
	struct seal_key a, b, none = {{7}};
	struct sign_seed seed;

	(void)state;
	assert_int_equal(keys_secret(&cx, keys, "signing", &none, false), ERR_NOT_FOUND);
	assert_int_equal(none.byte[0], 7);
	assert_ok(keys_signing_seed(&cx, keys, &seed, true));
	assert_ok(keys_secret(&cx, keys, "signing", &a, true));
	assert_memory_equal(&seed, &a, 32);
	assert_ok(keys_secret(&cx, keys, "token", &b, true));
	assert_memory_not_equal(&a, &b, 32);
	keys_close(keys);

	keys = opened("k", false);
	assert_ok(keys_secret(&cx, keys, "token", &a, false));
	assert_key(&a, &b);
	assert_ok(keys_signing_seed(&cx, keys, &seed, false));
	keys_close(keys);
}

static void a_citys_secret_is_set_once(void **state)
{
	struct keys *keys = opened("k", true);
	struct seal_key one = {{1}}, two = {{2}}, got;

	(void)state;
	assert_int_equal(keys_city(&cx, keys, 1, &got), ERR_NOT_FOUND);
	assert_ok(keys_city_set(&cx, keys, 1, &one));
	assert_ok(keys_city_set(&cx, keys, 1, &one));
	assert_int_equal(keys_city_set(&cx, keys, 1, &two), ERR_CONFLICT);
	assert_ok(keys_city_set(&cx, keys, 2, &two));
	assert_ok(keys_city(&cx, keys, 1, &got));
	assert_key(&got, &one);
	assert_ok(keys_city(&cx, keys, 2, &got));
	assert_key(&got, &two);
	keys_close(keys);
}

/* --- the file --- */

static void the_file_is_private(void **state)
{
	struct keys *keys = opened("k", true);
	struct stat st;

	(void)state;
	assert_ok(keys_city_set(&cx, keys, 1, &(struct seal_key){{1}}));
	assert_int_equal(stat(in_dir("k"), &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_equal(stat(in_dir("k-wal"), &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	keys_close(keys);
	assert_int_equal(chmod(in_dir("k"), 0640), 0);
	assert_int_equal(keys_open(&cx, in_dir("k"), false, &keys), ERR_FORBIDDEN);
	assert_int_equal(keys_open(&cx, in_dir("k"), true, &keys), ERR_FORBIDDEN);
}

static void what_is_no_key_store(void **state)
{
	struct keys *keys = NULL;
	struct db *db;
	FILE *f;

	(void)state;
	assert_int_equal(keys_open(&cx, in_dir("absent"), false, &keys), ERR_NOT_FOUND);
	assert_int_equal(access(in_dir("absent"), F_OK), -1);
	f = fopen(in_dir("text"), "w");
	assert_non_null(f);
	for (int i = 0; i < 1000; i++)
		fputs("no database at all\n", f);
	assert_int_equal(fclose(f), 0);
	assert_int_equal(chmod(in_dir("text"), 0600), 0);
	assert_int_equal(keys_open(&cx, in_dir("text"), true, &keys), ERR_DB);
	assert_ok(db_open(&cx, in_dir("other"), DB_CREATE, &db));
	assert_ok(db_script(&cx, db, "CREATE TABLE t (i INTEGER)"));
	db_close(db);
	assert_int_equal(keys_open(&cx, in_dir("other"), false, &keys), ERR_CONFLICT);
	assert_null(keys);
}

/* --- subjects --- */

static void staged_then_flushed(void **state)
{
	struct keys *keys = opened("k", true);
	struct seal_key a, b, c, got;

	(void)state;
	assert_int_equal(keys_subject(&cx, keys, 1, 10, &got), ERR_NOT_FOUND);
	assert_ok(keys_subject_stage(&cx, keys, 1, 10, &a));
	assert_ok(keys_subject_stage(&cx, keys, 1, 10, &got));
	assert_key(&a, &got);
	assert_ok(keys_subject(&cx, keys, 1, 10, &got));
	assert_key(&a, &got);
	assert_ok(keys_subject_stage(&cx, keys, 2, 10, &b)); /* another city's */
	assert_memory_not_equal(&a, &b, 32);
	assert_ok(keys_subject_stage(&cx, keys, 1, 11, &c));
	assert_int_equal(traces("k", &a), 0);
	assert_ok(keys_flush(&cx, keys, 1));
	assert_int_equal(traces("k", &a), 1);
	assert_int_equal(traces("k", &b), 0);
	keys_unstage(keys, 1); /* nothing left to drop */
	assert_ok(keys_subject(&cx, keys, 1, 11, &got));
	assert_key(&c, &got);
	assert_ok(keys_subject_stage(&cx, keys, 1, 11, &got)); /* not made anew */
	assert_key(&c, &got);
	keys_close(keys);

	keys = opened("k", false);
	assert_ok(keys_subject(&cx, keys, 1, 10, &got));
	assert_key(&a, &got);
	assert_int_equal(keys_subject(&cx, keys, 2, 10, &got), ERR_NOT_FOUND); /* was staged alone */
	keys_close(keys);
}

static void unstaged_is_forgotten_by_city(void **state)
{
	struct keys *keys = opened("k", true);
	struct seal_key one[200], two[200], got;

	(void)state;
	for (int i = 0; i < 200; i++) {
		assert_ok(keys_subject_stage(&cx, keys, 1, i, &one[i]));
		assert_ok(keys_subject_stage(&cx, keys, 2, i, &two[i]));
	}
	keys_unstage(keys, 1);
	assert_ok(keys_flush(&cx, keys, 1));
	assert_ok(keys_flush(&cx, keys, 2));
	for (int i = 0; i < 200; i++) {
		assert_int_equal(keys_subject(&cx, keys, 1, i, &got), ERR_NOT_FOUND);
		assert_ok(keys_subject(&cx, keys, 2, i, &got));
		assert_key(&got, &two[i]);
	}
	keys_close(keys);
}

static void staging_has_a_limit(void **state)
{
	struct keys *keys = opened("k", true);
	struct seal_key got;

	(void)state;
	for (int i = 0; i < KEYS_STAGED_MAX; i += 256)
		for (int j = 0; j < 256; j++)
			assert_ok(keys_subject_stage(&cx, keys, i, j, &got));
	assert_int_equal(keys_subject_stage(&cx, keys, 1, 1, &got), ERR_BUSY);
	assert_ok(keys_flush(&cx, keys, 0));
	assert_ok(keys_subject_stage(&cx, keys, 1, 1, &got));
	keys_close(keys);
}

/* Two processes that share a file: what one makes, the other finds; what both make is a conflict. */
static void another_handle_is_seen(void **state)
{
	struct keys *a = opened("k", true), *b = opened("k", false);
	struct seal_key ka, kb, got;

	(void)state;
	assert_ok(keys_subject_stage(&cx, a, 1, 1, &ka));
	assert_ok(keys_subject_stage(&cx, b, 1, 1, &kb));
	assert_ok(keys_flush(&cx, a, 1));
	assert_int_equal(keys_flush(&cx, b, 1), ERR_CONFLICT);
	keys_unstage(b, 1);
	assert_ok(keys_subject_stage(&cx, b, 1, 1, &got));
	assert_key(&got, &ka);
	assert_ok(keys_subject_stage(&cx, b, 1, 2, &kb));
	assert_ok(keys_subject_stage(&cx, a, 1, 2, &ka));
	assert_ok(keys_flush(&cx, a, 1));
	assert_ok(keys_destroy(&cx, a, 1, 2, 5));
	assert_int_equal(keys_flush(&cx, b, 1), ERR_CONFLICT); /* never brought back */
	keys_unstage(b, 1);
	assert_int_equal(keys_subject(&cx, b, 1, 2, &got), ERR_GONE);
	keys_close(a);
	keys_close(b);
}

/* --- destroying --- */

static void destroyed_is_gone(void **state)
{
	struct keys *keys = opened("k", true);
	struct keys_destroyed list[4];
	struct seal_key a, b, got = {{7}};
	size_t count;

	(void)state;
	assert_int_equal(keys_destroy(&cx, keys, 1, 10, 100), ERR_NOT_FOUND);
	assert_ok(keys_subject_stage(&cx, keys, 1, 10, &a));
	assert_ok(keys_subject_stage(&cx, keys, 1, 11, &b));
	assert_ok(keys_flush(&cx, keys, 1));
	assert_int_equal(traces("k", &a), 1);
	assert_ok(keys_destroy(&cx, keys, 1, 10, 100));
	assert_int_equal(traces("k", &a), 0);
	assert_int_equal(traces("k", &b), 1);
	assert_int_equal(keys_subject(&cx, keys, 1, 10, &got), ERR_GONE);
	assert_int_equal(keys_subject_stage(&cx, keys, 1, 10, &got), ERR_GONE);
	assert_int_equal(got.byte[0], 7);
	assert_ok(keys_destroy(&cx, keys, 1, 10, 200)); /* again */
	assert_ok(keys_destroyed_after(&cx, keys, NULL, list, 4, &count));
	assert_int_equal(count, 1);
	assert_int_equal(list[0].subject, 10);
	assert_int_equal(list[0].at_us, 100);
	/* one that is only staged */
	assert_ok(keys_subject_stage(&cx, keys, 1, 12, &a));
	assert_ok(keys_destroy(&cx, keys, 1, 12, 300));
	assert_ok(keys_flush(&cx, keys, 1));
	assert_int_equal(keys_subject(&cx, keys, 1, 12, &got), ERR_GONE);
	assert_int_equal(traces("k", &a), 0);
	assert_ok(keys_subject(&cx, keys, 1, 11, &got));
	assert_key(&got, &b);
	keys_close(keys);
}

/* Thousands of keys over many pages, in no order, destroyed while others come: of the destroyed ones
 * there is no trace, and of each other there is exactly one copy: none lies about to be forgotten. */
static void no_trace_among_thousands(void **state)
{
	enum { KEYS = 3000, BATCH = 75 };
	struct seal_key *key = cx_array(&cx, KEYS, sizeof(*key));
	bool *gone = cx_array(&cx, KEYS, sizeof(*gone));
	struct keys *keys = opened("k", true);
	struct keys_destroyed list[BATCH];

	(void)state;
	for (int i = 0; i < KEYS; i++) {
		int subject = (int)((int64_t)i * 1999 % KEYS); /* 1999 and 3000 have no common factor */
		assert_ok(keys_subject_stage(&cx, keys, subject % 3, subject, &key[subject]));
		if (i % BATCH != BATCH - 1)
			continue;
		for (int city = 0; city < 3; city++)
			assert_ok(keys_flush(&cx, keys, city));
		/* this one, and one of the early ones; a dozen at once now and then */
		assert_ok(keys_destroy(&cx, keys, subject % 3, subject, i));
		gone[subject] = true;
		subject = (int)((int64_t)(i / 2) * 1999 % KEYS);
		assert_ok(keys_destroy(&cx, keys, subject % 3, subject, i));
		gone[subject] = true;
		for (int j = 0; j < 12; j++) {
			subject = (int)((int64_t)(i - 5 * j) * 1999 % KEYS);
			list[j] = (struct keys_destroyed){subject % 3, subject, i};
			gone[subject] = gone[subject] || i % (3 * BATCH) == BATCH - 1;
		}
		if (i % (3 * BATCH) == BATCH - 1)
			assert_ok(keys_replay_destroyed(&cx, keys, list, 12));
	}
	for (int pass = 0; pass < 2; pass++) {
		int destroyed = 0;
		for (int i = 0; i < KEYS; i++) {
			struct seal_key got;
			assert_int_equal(keys_subject(&cx, keys, i % 3, i, &got),
					 gone[i] ? ERR_GONE : ERR_OK);
			destroyed += gone[i];
			if (gone[i] || i % 10 == 0)
				assert_int_equal(traces("k", &key[i]), gone[i] ? 0 : 1);
			if (!gone[i])
				assert_key(&got, &key[i]);
		}
		assert_true(destroyed > 200);
		keys_close(keys); /* and once more after closing and opening */
		keys = opened("k", false);
	}
	keys_close(keys);
}

/* --- the index --- */

static size_t found_by(struct keys *keys, int64_t city, const unsigned char *blind, int64_t after,
		       int64_t *subject, size_t max)
{
	size_t count = 77;

	assert_ok(keys_index_find(&cx, keys, city, blind, after, subject, max, &count));
	return count;
}

static void found_by_digest(void **state)
{
	static const unsigned char a[KEYS_BLIND] = "aaaaaaa", b[KEYS_BLIND] = "bbbbbbb";
	struct keys *keys = opened("k", true), *other;
	struct seal_key key;
	int64_t subject[8];

	(void)state;
	for (int i = 1; i <= 5; i++) {
		assert_ok(keys_subject_stage(&cx, keys, 1, i, &key));
		assert_ok(keys_index_stage(&cx, keys, 1, i, a));
		assert_ok(keys_index_stage(&cx, keys, 1, i, a)); /* twice is once */
	}
	assert_ok(keys_index_stage(&cx, keys, 2, 9, a));
	assert_int_equal(found_by(keys, 1, a, 0, subject, 8), 0); /* not before it is written */
	assert_ok(keys_flush(&cx, keys, 1));
	assert_int_equal(found_by(keys, 1, a, 0, subject, 8), 5);
	assert_int_equal(subject[4], 5);
	assert_int_equal(found_by(keys, 1, a, 2, subject, 2), 2);
	assert_int_equal(subject[0], 3);
	assert_int_equal(found_by(keys, 1, b, 0, subject, 8), 0);
	assert_int_equal(found_by(keys, 2, a, 0, subject, 8), 0);
	keys_unstage(keys, 2);
	assert_ok(keys_flush(&cx, keys, 2));
	assert_int_equal(found_by(keys, 2, a, 0, subject, 8), 0);
	/* whoever is destroyed leaves it, what is staged of him too, and does not come back */
	other = opened("k", false);
	assert_ok(keys_index_stage(&cx, keys, 1, 3, b));
	assert_ok(keys_index_stage(&cx, other, 1, 3, b));
	assert_ok(keys_destroy(&cx, keys, 1, 3, 100));
	assert_ok(keys_flush(&cx, keys, 1));
	assert_ok(keys_flush(&cx, other, 1));
	assert_int_equal(found_by(keys, 1, a, 0, subject, 8), 4);
	assert_int_equal(subject[2], 4);
	assert_int_equal(found_by(keys, 1, b, 0, subject, 8), 0);
	keys_close(other);
	keys_close(keys);
}

/* Who gives ever new numbers is found by the newest, and by what he gives again and again. */
static void the_newest_digests_stay(void **state)
{
	enum { GIVEN = 3 * KEYS_BLINDS_MAX, OFTEN = GIVEN };
	struct keys *keys = opened("k", true);
	unsigned char blind[GIVEN + 1][KEYS_BLIND];
	struct seal_key key;
	int64_t subject[2];

	(void)state;
	cx_random(&cx, blind, sizeof(blind));
	assert_ok(keys_subject_stage(&cx, keys, 1, 5, &key));
	for (int i = 0; i < GIVEN; i++) {
		assert_ok(keys_index_stage(&cx, keys, 1, 5, blind[OFTEN]));
		assert_ok(keys_index_stage(&cx, keys, 1, 5, blind[i]));
		if (i % 100 == 99 || i > 120) /* batches of many, of one */
			assert_ok(keys_flush(&cx, keys, 1));
	}
	for (int i = 0; i <= GIVEN; i++)
		assert_int_equal(found_by(keys, 1, blind[i], 0, subject, 2),
				 i > GIVEN - KEYS_BLINDS_MAX ? 1 : 0);
	assert_ok(keys_destroy(&cx, keys, 1, 5, 1));
	for (int i = 0; i <= GIVEN; i++) {
		assert_int_equal(found_by(keys, 1, blind[i], 0, subject, 2), 0);
		assert_int_equal(traces_of("k", blind[i], KEYS_BLIND), 0);
	}
	keys_close(keys);
}

/* Persons with a digest of their own and one that many share, in two cities; some are destroyed while others
 * come. */
enum { PEOPLE = 1500, SHARED_BY = 50, COPIES = 2 /* of a digest in the file, for each who has it */ };
struct person {
	unsigned char own[KEYS_BLIND], shared[KEYS_BLIND];
	struct seal_key key;
	bool gone;
};
/* How often a digest, or the beginning of a key, stands in a file. */
struct count {
	unsigned char bytes[KEYS_BLIND];
	int wanted, found;
};

static int64_t city_of(int subject) { return 1 + subject % 2; }

static int chance(int below)
{
	uint32_t r;

	cx_random(&cx, &r, sizeof(r));
	return (int)(r % (uint32_t)below);
}

static void destroy_some(struct keys *keys, struct person *people, int made)
{
	struct keys_destroyed list[12];
	size_t count = 0;

	for (int n = chance(12); n > 0; n--) {
		int subject = chance(3) ? chance(made) : made - 1 - chance(made < 20 ? made : 20);
		list[count++] = (struct keys_destroyed){city_of(subject), subject, made};
		people[subject].gone = true;
	}
	for (size_t i = 0; i < count && count < 4; i++)
		assert_ok(keys_destroy(&cx, keys, list[i].city, list[i].subject, made));
	if (count >= 4)
		assert_ok(keys_replay_destroyed(&cx, keys, list, count));
}

static void come_and_go(struct keys *keys, struct person *people)
{
	unsigned char shared[SHARED_BY][KEYS_BLIND];

	cx_random(&cx, shared, sizeof(shared));
	for (int i = 0; i < PEOPLE; i++) {
		cx_random(&cx, people[i].own, KEYS_BLIND);
		memcpy(people[i].shared, shared[chance(1 + chance(SHARED_BY))], KEYS_BLIND);
		assert_ok(keys_subject_stage(&cx, keys, city_of(i), i, &people[i].key));
		assert_ok(keys_index_stage(&cx, keys, city_of(i), i, people[i].own));
		assert_ok(keys_index_stage(&cx, keys, city_of(i), i, people[i].shared));
		if (chance(30) && i < PEOPLE - 1)
			continue;
		assert_ok(keys_flush(&cx, keys, 1));
		assert_ok(keys_flush(&cx, keys, 2));
		destroy_some(keys, people, i + 1);
	}
}

static int by_bytes(const void *a, const void *b)
{
	return memcmp(a, b, KEYS_BLIND);
}

static void count_in(const char *name, struct count *c, size_t n)
{
	size_t size;
	char *bytes;

	assert_ok(file_read(&cx, in_dir(name), 16 << 20, &bytes, &size));
	for (size_t at = 0; at + KEYS_BLIND <= size; at++) {
		struct count *hit = bsearch(bytes + at, c, n, sizeof(*c), by_bytes);
		if (hit)
			hit->found++;
	}
}

/* Equal bytes become one; in order. */
static size_t add_up(struct count *c, size_t n)
{
	size_t kept = 0;

	qsort(c, n, sizeof(*c), by_bytes);
	for (size_t i = 0; i < n; i++)
		if (kept > 0 && !by_bytes(&c[kept - 1], &c[i]))
			c[kept - 1].wanted += c[i].wanted;
		else
			c[kept++] = c[i];
	return kept;
}

/* Of the living each key and digest stands in the file as often as its rows say, of the destroyed none:
 * wherever SQLite moved a row, nothing stayed behind. */
static void assert_copies(const char *name, const struct person *people)
{
	struct count *c = cx_array(&cx, 3 * PEOPLE, sizeof(*c));
	size_t n = 0;

	for (int i = 0; i < PEOPLE; i++) {
		const struct person *p = &people[i];
		memcpy(c[n].bytes, p->own, KEYS_BLIND);
		c[n++].wanted = p->gone ? 0 : COPIES;
		memcpy(c[n].bytes, p->shared, KEYS_BLIND);
		c[n++].wanted = p->gone ? 0 : COPIES;
		memcpy(c[n].bytes, p->key.byte, KEYS_BLIND);
		c[n++].wanted = p->gone ? 0 : 1;
	}
	n = add_up(c, n);
	count_in(name, c, n);
	for (size_t i = 0; i < n; i++)
		if (c[i].found != c[i].wanted)
			fail_msg("%s: a secret stands there %d times, not %d", name, c[i].found, c[i].wanted);
}

static void assert_people_found(struct keys *keys, const struct person *people)
{
	for (int i = 0; i < PEOPLE; i++) {
		int64_t subject[KEYS_PAGE_MAX];
		size_t n = found_by(keys, city_of(i), people[i].own, -1, subject, 4);
		assert_int_equal(n, people[i].gone ? 0 : 1);
		n = found_by(keys, city_of(i), people[i].shared, i - 1, subject, 1);
		assert_true(n <= 1);
		assert_int_equal(n == 1 && subject[0] == i, !people[i].gone);
	}
}

static void nothing_of_the_destroyed_is_left(void **state)
{
	(void)state;
	for (int round = 0; round < 4; round++) {
		struct cx_mark mark = cx_mark(&cx);
		const char *name = cx_printf(&cx, "k%d", round), *copy = cx_printf(&cx, "copy%d", round);
		struct person *people = cx_array(&cx, PEOPLE, sizeof(*people));
		struct keys *keys = opened(name, true);

		come_and_go(keys, people);
		assert_people_found(keys, people);
		assert_ok(keys_backup(&cx, keys, in_dir(copy)));
		keys_close(keys);
		assert_copies(name, people);
		assert_copies(copy, people);
		keys = opened(name, false);
		assert_people_found(keys, people);
		keys_close(keys);
		cx_restore(&cx, mark);
	}
}

/* The process dies after the commit and before the log is emptied: the next opening does it. */
static void a_crash_leaves_no_trace(void **state)
{
	struct keys *keys = opened("k", true);
	struct seal_key key, zero = {{0}};
	int status;
	pid_t pid;

	(void)state;
	keys_close(keys);
	cx_random(&cx, key.byte, 32);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		struct db *db;
		_exit(db_open(&cx, in_dir("k"), 0, &db) ||
		      db_exec(&cx, db, "INSERT INTO subject_key VALUES (1, 1, $1, x'')",
			      DB_ARGS(db_blob(&key, 32))) ||
		      db_exec(&cx, db, "UPDATE subject_key SET key = $1", DB_ARGS(db_blob(&zero, 32))));
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	assert_int_equal(traces("k", &key), 1);
	keys = opened("k", false);
	assert_int_equal(traces("k", &key), 0);
	keys_close(keys);
}

/* A reader of another process keeps the log from being emptied: said, and healed by trying again. */
static void a_reader_in_the_way(void **state)
{
	struct keys *keys = opened("k", true);
	struct db_rows *rows;
	struct seal_key key, got;
	struct db *db;

	(void)state;
	assert_ok(keys_subject_stage(&cx, keys, 1, 1, &key));
	assert_ok(keys_flush(&cx, keys, 1));
	assert_ok(db_open(&cx, in_dir("k"), DB_READ_ONLY, &db));
	assert_ok(db_begin(&cx, db, false));
	assert_ok(db_query(&cx, db, &rows, "SELECT key FROM subject_key", DB_NONE));
	assert_true(db_next(&cx, rows));
	assert_int_equal(keys_destroy(&cx, keys, 1, 1, 1), ERR_BUSY);
	assert_int_equal(keys_subject(&cx, keys, 1, 1, &got), ERR_GONE);
	db_rows_free(rows);
	db_close(db);
	assert_ok(keys_destroy(&cx, keys, 1, 1, 1));
	assert_int_equal(traces("k", &key), 0);
	keys_close(keys);
}

/* --- backup, restore, replay --- */

static void fill(struct keys *keys, struct seal_key *key, int count)
{
	for (int i = 0; i < count; i++)
		assert_ok(keys_subject_stage(&cx, keys, i % 2, i, &key[i]));
	assert_ok(keys_flush(&cx, keys, 0));
	assert_ok(keys_flush(&cx, keys, 1));
}

static void assert_compared(const struct keys_compared *c, int64_t alive, int64_t gone, int64_t unknown,
			    int64_t lacking)
{
	assert_int_equal(c->alive, alive);
	assert_int_equal(c->gone, gone);
	assert_int_equal(c->unknown, unknown);
	assert_int_equal(c->lacking, lacking);
}

static void a_restore_replays(void **state)
{
	enum { KEYS = 2500, GONE = 2 * KEYS_PAGE_MAX + 5 };
	struct seal_key *key = cx_array(&cx, KEYS, sizeof(*key)), got;
	struct keys_destroyed *list = cx_array(&cx, GONE, sizeof(*list));
	struct keys *keys = opened("k", true), *copy, *third;
	struct keys_compared told;
	struct keys_list read;
	struct stat st;
	struct sb csv;

	(void)state;
	fill(keys, key, KEYS);
	assert_ok(keys_backup(&cx, keys, in_dir("copy")));
	assert_ok(keys_backup(&cx, keys, in_dir("third")));
	assert_int_equal(keys_backup(&cx, keys, in_dir("copy")), ERR_CONFLICT);
	assert_int_equal(stat(in_dir("copy"), &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	for (int i = 0; i < GONE; i++)
		list[i] = (struct keys_destroyed){i % 2, i, 1000 + i};
	assert_ok(keys_replay_destroyed(&cx, keys, list, GONE));
	sb_init(&csv, &cx, 1024 * 1024);
	assert_ok(keys_destroyed_csv(&cx, keys, &csv));
	keys_close(keys);

	copy = opened("copy", false);
	third = opened("third", false);
	assert_ok(keys_subject(&cx, copy, 0, 0, &got));
	assert_ok(keys_destroyed_read(&cx, csv.data, csv.len, &read));
	assert_int_equal(read.n, GONE);
	list[0] = read.item[3]; /* destroyed before the copy was made */
	assert_ok(keys_replay_destroyed(&cx, third, &list[0], 1));
	assert_ok(keys_compare(&cx, third, &read, &told));
	assert_compared(&told, GONE - 1, 1, 0, 0);
	for (int again = 0; again < 2; again++) {
		assert_ok(keys_replay_destroyed(&cx, copy, read.item, read.n));
		assert_ok(keys_replay_destroyed(&cx, third, read.item, read.n));
		assert_ok(keys_compare(&cx, third, &read, &told));
		assert_compared(&told, 0, GONE, 0, 0);
	}
	read.n -= 2; /* an older list */
	read.item[0] = read.item[1];
	read.item[2].city = 7;
	assert_ok(keys_compare(&cx, third, &read, &told));
	assert_compared(&told, 0, GONE - 4, 1, 4);
	for (int i = 0; i < KEYS; i++) {
		assert_int_equal(keys_subject(&cx, copy, i % 2, i, &got), i < GONE ? ERR_GONE : ERR_OK);
		assert_int_equal(keys_subject(&cx, third, i % 2, i, &got), i < GONE ? ERR_GONE : ERR_OK);
		if (i % 50 == 0) {
			assert_int_equal(traces("copy", &key[i]), i < GONE ? 0 : 1);
			assert_int_equal(traces("third", &key[i]), i < GONE ? 0 : 1);
		}
	}
	struct sb again;
	sb_init(&again, &cx, 1024 * 1024);
	assert_ok(keys_destroyed_csv(&cx, third, &again));
	assert_string_equal(again.data, csv.data);
	keys_close(copy);
	keys_close(third);
}

static void an_older_copy_never_makes_it_anew(void **state)
{
	struct keys *keys = opened("k", true);
	struct keys_destroyed one = {3, 33, 333}, list[2];
	struct seal_key got;
	size_t count;

	(void)state;
	assert_ok(keys_replay_destroyed(&cx, keys, &one, 1)); /* no key here */
	assert_int_equal(keys_subject_stage(&cx, keys, 3, 33, &got), ERR_GONE);
	assert_ok(keys_destroyed_after(&cx, keys, NULL, list, 2, &count));
	assert_int_equal(count, 1);
	assert_ok(keys_destroyed_after(&cx, keys, &list[0], list, 2, &count));
	assert_int_equal(count, 0);
	keys_close(keys);
}

static void wrong_lists_are_refused(void **state)
{
	static const char *const lists[] = {
		"",
		"city,subject\r\n1,1\r\n",
		"city,subject,at_us\r\n1,1,5\r\n1,x,6\r\n",
		"city,subject,at_us\r\n1,1,5\r\n1,2\r\n",
		"city,subject,at_us\r\n1,1,5\r\n1,2,99999999999999999999\r\n",
	};
	struct keys_list list = {NULL, 99};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(lists); i++) {
		assert_int_not_equal(keys_destroyed_read(&cx, lists[i], strlen(lists[i]), &list), ERR_OK);
		assert_int_equal(list.n, 99);
	}
	assert_ok(keys_destroyed_read(&cx, "city,subject,at_us\r\n", 20, &list)); /* nobody yet */
	assert_int_equal(list.n, 0);
}

/* --- threads, failures --- */

enum { SHARED = 400, READERS = 4 };
static struct {
	struct keys *keys;
	struct seal_key key[SHARED];
	atomic_bool going[SHARED]; /* to be destroyed */
	atomic_int made, wrong, reads;
	atomic_bool done;
} shared;

static void *read_on(void *arg)
{
	unsigned at = (unsigned)(uintptr_t)arg;
	struct cx own;

	cx_init(&own, 0);
	while (!atomic_load(&shared.done)) {
		int made = atomic_load(&shared.made), i;
		struct seal_key got;
		enum err err;
		if (made == 0)
			continue;
		at = at * 1103515245u + 12345u;
		i = (int)((at >> 8) % (unsigned)made);
		err = keys_subject(&own, shared.keys, 1, i, &got);
		if (err ? err != ERR_GONE || !atomic_load(&shared.going[i])
			: memcmp(&got, &shared.key[i], sizeof(got)) != 0)
			atomic_fetch_add(&shared.wrong, 1);
		atomic_fetch_add(&shared.reads, 1);
		cx_reset(&own);
	}
	cx_done(&own);
	return NULL;
}

static void *write_other_city(void *arg)
{
	struct seal_key key;
	struct cx own;

	(void)arg;
	cx_init(&own, 0);
	for (int i = 0; i < SHARED; i++) {
		if (keys_subject_stage(&own, shared.keys, 2, i, &key))
			atomic_fetch_add(&shared.wrong, 1);
		if (i % 7 == 0 && keys_flush(&own, shared.keys, 2))
			atomic_fetch_add(&shared.wrong, 1);
		if (i % 11 == 0)
			keys_unstage(shared.keys, 2);
		cx_reset(&own);
	}
	cx_done(&own);
	return NULL;
}

static void threads_agree(void **state)
{
	pthread_t thread[READERS + 1];

	(void)state;
	shared.keys = opened("k", true);
	for (uintptr_t i = 0; i < READERS; i++)
		assert_int_equal(pthread_create(&thread[i], NULL, read_on, (void *)(i + 1)), 0);
	assert_int_equal(pthread_create(&thread[READERS], NULL, write_other_city, NULL), 0);
	for (int i = 0; i < SHARED; i++) {
		assert_ok(keys_subject_stage(&cx, shared.keys, 1, i, &shared.key[i]));
		if (i % 8 == 7) {
			atomic_store(&shared.made, i + 1);
			assert_ok(keys_flush(&cx, shared.keys, 1));
		}
		if (i % 16 == 15) {
			atomic_store(&shared.going[i / 2], true);
			assert_ok(keys_destroy(&cx, shared.keys, 1, i / 2, i));
		}
	}
	while (atomic_load(&shared.reads) <= SHARED) /* on a busy machine they may have come to few */
		sched_yield();
	atomic_store(&shared.done, true);
	for (int i = 0; i <= READERS; i++)
		assert_int_equal(pthread_join(thread[i], NULL), 0);
	assert_int_equal(atomic_load(&shared.wrong), 0);
	keys_close(shared.keys);
}

static void every_allocation_may_fail(void **state)
{
	int failed = 0;

	(void)state;
	for (long n = 1;; n++) {
		char *path = in_dir(cx_printf(&cx, "k%ld", n));
		struct keys *keys = NULL;
		struct keys_compared told;
		struct keys_list list;
		struct seal_key key;
		struct sb csv;
		cx_clear(&cx);
		cx_fail_allocation(n);
		sb_init(&csv, &cx, 4096);
		if (!keys_open(&cx, path, true, &keys) && !keys_subject_stage(&cx, keys, 1, 1, &key) &&
		    !keys_index_stage(&cx, keys, 1, 1, (const unsigned char *)"0123456789abcdef") &&
		    !keys_flush(&cx, keys, 1) && !keys_destroy(&cx, keys, 1, 1, 1) &&
		    !keys_destroyed_csv(&cx, keys, &csv) &&
		    !keys_destroyed_read(&cx, csv.data, csv.len, &list) &&
		    !keys_compare(&cx, keys, &list, &told) &&
		    !keys_replay_destroyed(&cx, keys, list.item, list.n)) {
			keys_close(keys);
			break;
		}
		assert_int_equal(cx.err, ERR_MEMORY);
		cx_fail_allocation(0);
		/* What was staged is not lost by a failure, and the store works on. */
		if (keys) {
			enum err err = keys_subject_stage(&cx, keys, 1, 1, &key);
			assert_true(err == ERR_OK || err == ERR_GONE);
			assert_ok(keys_flush(&cx, keys, 1));
			assert_ok(keys_destroy(&cx, keys, 1, 1, 1));
		}
		keys_close(keys);
		failed++;
	}
	cx_fail_allocation(0);
	assert_true(failed > 5);
}

static void a_purpose_that_is_kept_gives_the_same(void **state)
{
	enum { SECRETS = 12, PURPOSES = 4 }; /* more than are kept */
	struct digest first[SECRETS][PURPOSES];

	(void)state;
	for (int round = 0; round < 3; round++)
		for (int i = 0; i < SECRETS * PURPOSES; i++) {
			int s = round == 1 ? i % SECRETS : i / PURPOSES;
			int p = round == 1 ? i / SECRETS : i % PURPOSES;
			struct seal_key secret = {.byte = {(unsigned char)s}};
			char purpose[] = {(char)('a' + p), 0};
			struct digest d = secret_digest(&secret, purpose, "text", 4, 7);
			if (round == 0)
				first[s][p] = d;
			assert_memory_equal(first[s][p].byte, d.byte, sizeof(d.byte));
		}
	for (int i = 1; i < SECRETS * PURPOSES; i++)
		assert_memory_not_equal(first[0], &first[i / PURPOSES][i % PURPOSES], sizeof(struct digest));
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(secrets_stay),
		TEST(a_purpose_that_is_kept_gives_the_same),
		TEST(a_citys_secret_is_set_once),
		TEST(the_file_is_private),
		TEST(what_is_no_key_store),
		TEST(staged_then_flushed),
		TEST(unstaged_is_forgotten_by_city),
		TEST(staging_has_a_limit),
		TEST(another_handle_is_seen),
		TEST(destroyed_is_gone),
		TEST(no_trace_among_thousands),
		TEST(found_by_digest),
		TEST(the_newest_digests_stay),
		TEST(nothing_of_the_destroyed_is_left),
		TEST(a_crash_leaves_no_trace),
		TEST(a_reader_in_the_way),
		TEST(a_restore_replays),
		TEST(an_older_copy_never_makes_it_anew),
		TEST(wrong_lists_are_refused),
		TEST(threads_agree),
		TEST(every_allocation_may_fail),
	};
	return cmocka_run_group_tests_name("keys", tests, NULL, NULL);
}
