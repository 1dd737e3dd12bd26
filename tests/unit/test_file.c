/* Files: read within a limit, replaced whole or not at all. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"

static struct cx cx;
static char dir[64];

static int start(void **state)
{
	(void)state;
	cx_init(&cx, 0);
	snprintf(dir, sizeof(dir), "/tmp/relode-file-XXXXXX");
	return mkdtemp(dir) ? 0 : -1;
}

static int entries(const char *path)
{
	DIR *d = opendir(path);
	int n = 0;

	assert_non_null(d);
	while (readdir(d))
		n++;
	closedir(d);
	return n - 2; /* . and .. */
}

static void empty_dir(const char *path)
{
	DIR *d = opendir(path);

	assert_non_null(d);
	for (struct dirent *e; (e = readdir(d));) {
		char *name = cx_printf(&cx, "%s/%s", path, e->d_name);

		if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
			continue;
		if (unlink(name) && rmdir(name)) {
			empty_dir(name);
			rmdir(name);
		}
	}
	closedir(d);
}

static int finish(void **state)
{
	(void)state;
	cx_fail_allocation(0);
	empty_dir(dir);
	rmdir(dir);
	cx_done(&cx);
	return 0;
}

static char *in_dir(const char *name)
{
	char *path = cx_printf(&cx, "%s/%s", dir, name);

	assert_non_null(path);
	return path;
}

static void put(const char *path, const void *data, size_t n)
{
	assert_int_equal(file_replace(&cx, path, data, n, 0644), ERR_OK);
}

static const size_t sizes[] = {0, 1, 100, 65535, 65536, 65537, 200000};

static void what_is_written_is_read(void **state)
{
	char *path = in_dir("f"), *bytes = malloc(200000), *out;
	size_t n;

	(void)state;
	assert_non_null(bytes);
	for (size_t i = 0; i < 200000; i++)
		bytes[i] = (char)(i * 7 % 251);
	for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
		put(path, bytes, sizes[i]);
		assert_int_equal(file_read(&cx, path, sizes[i], &out, &n), ERR_OK);
		assert_int_equal(n, sizes[i]);
		assert_memory_equal(out, bytes, n);
		assert_int_equal(out[n], 0);
		if (sizes[i] > 0)
			assert_int_equal(file_read(&cx, path, sizes[i] - 1, &out, &n), ERR_TOO_LARGE);
		assert_int_equal(entries(dir), 1); /* nothing is left beside it */
	}
	free(bytes);
}

static void modes_are_as_told(void **state)
{
	static const mode_t modes[] = {0600, 0644, 0600};
	mode_t before = umask(0077);
	struct stat st;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(modes); i++) {
		assert_int_equal(file_replace(&cx, in_dir("f"), "x", 1, modes[i]), ERR_OK);
		assert_int_equal(stat(in_dir("f"), &st), 0);
		assert_int_equal(st.st_mode & 07777, modes[i]);
	}
	umask(before);
}

static void errors_say_what_and_where(void **state)
{
	char *out = NULL;
	size_t n = 7;

	(void)state;
	assert_int_equal(file_read(&cx, in_dir("none"), 10, &out, &n), ERR_NOT_FOUND);
	assert_non_null(strstr(cx.msg, "/none"));
	assert_int_equal(file_read(&cx, dir, 10, &out, &n), ERR_IO);
	assert_non_null(strstr(cx.msg, "cannot read"));
	assert_int_equal(file_replace(&cx, in_dir("none/f"), "x", 1, 0600), ERR_IO);
	assert_non_null(strstr(cx.msg, "No such file"));
	assert_true(out == NULL && n == 7);
	assert_false(file_exists(in_dir("none")));
	assert_true(file_exists(dir));
}

/* A directory cannot be replaced by a file: it stays, and no temporary file stays beside it. */
static void a_failed_replacement_leaves_nothing(void **state)
{
	(void)state;
	assert_int_equal(mkdir(in_dir("d"), 0700), 0);
	put(in_dir("d/inside"), "x", 1);
	assert_int_equal(file_replace(&cx, in_dir("d"), "x", 1, 0600), ERR_IO);
	assert_int_equal(entries(dir), 1);
	assert_int_equal(entries(in_dir("d")), 1);
}

static void a_link_is_replaced_not_followed(void **state)
{
	char *out;
	size_t n;

	(void)state;
	put(in_dir("target"), "old", 3);
	assert_int_equal(symlink(in_dir("target"), in_dir("link")), 0);
	put(in_dir("link"), "new", 3);
	assert_int_equal(file_read(&cx, in_dir("target"), 10, &out, &n), ERR_OK);
	assert_string_equal(out, "old");
	assert_int_equal(file_read(&cx, in_dir("link"), 10, &out, &n), ERR_OK);
	assert_string_equal(out, "new");
}

static void *feed(void *arg)
{
	auto_fd fd = open(arg, O_WRONLY);
	char bytes[1000];

	memset(bytes, 'p', sizeof(bytes));
	for (int i = 0; i < 300; i++)
		if (write(fd, bytes, sizeof(bytes)) != (ssize_t)sizeof(bytes))
			break;
	return NULL;
}

static void pipes_are_read_to_their_end(void **state)
{
	char *path = in_dir("pipe"), *out;
	pthread_t thread;
	size_t n;

	(void)state;
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_int_equal(pthread_create(&thread, NULL, feed, path), 0);
	assert_int_equal(file_read(&cx, path, 1000000, &out, &n), ERR_OK);
	assert_int_equal(pthread_join(thread, NULL), 0);
	assert_int_equal(n, 300000);
	assert_int_equal(strspn(out, "p"), 300000);
}

static void directories_are_made_with_their_parents(void **state)
{
	(void)state;
	assert_int_equal(file_make_dirs(&cx, in_dir("a/b/c"), 0700), ERR_OK);
	assert_int_equal(file_make_dirs(&cx, in_dir("a/b/c"), 0700), ERR_OK);
	assert_int_equal(file_make_dirs(&cx, in_dir("a//d/"), 0700), ERR_OK);
	assert_true(file_exists(in_dir("a/b/c")));
	assert_true(file_exists(in_dir("a/d")));
	put(in_dir("a/file"), "x", 1);
	assert_int_equal(file_make_dirs(&cx, in_dir("a/file"), 0700), ERR_IO);
	assert_int_equal(file_make_dirs(&cx, in_dir("a/file/x"), 0700), ERR_IO);
	assert_non_null(strstr(cx.msg, "Not a directory"));
	assert_int_equal(file_make_dirs(&cx, "", 0700), ERR_IO);
}

static void every_allocation_may_fail(void **state)
{
	char *path = in_dir("f"), *deep = in_dir("x/y"), *out = NULL;
	long nth = 1;
	size_t n;

	(void)state;
	for (; nth <= 2; nth++) {
		cx_fail_allocation(nth);
		assert_int_equal(file_replace(&cx, path, "x", 1, 0600), ERR_MEMORY);
		cx_fail_allocation(0);
		assert_int_equal(entries(dir), 0);
	}
	put(path, "x", 1);
	cx_fail_allocation(1);
	assert_int_equal(file_read(&cx, path, 10, &out, &n), ERR_MEMORY);
	assert_null(out);
	for (nth = 1;; nth++) {
		enum err err;
		cx_fail_allocation(nth);
		err = file_make_dirs(&cx, deep, 0700);
		if (cx_fail_allocation(0) < nth)
			break;
		assert_int_equal(err, ERR_MEMORY);
	}
	assert_true(nth > 3 && file_exists(deep));
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, start, finish)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(what_is_written_is_read),
		CASE(modes_are_as_told),
		CASE(errors_say_what_and_where),
		CASE(a_failed_replacement_leaves_nothing),
		CASE(a_link_is_replaced_not_followed),
		CASE(pipes_are_read_to_their_end),
		CASE(directories_are_made_with_their_parents),
		CASE(every_allocation_may_fail),
	};
	return cmocka_run_group_tests_name("file", tests, NULL, NULL);
}
