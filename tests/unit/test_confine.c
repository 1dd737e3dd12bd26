/* A confined process starts no program, and goes on with its work. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/confine.h"

static void *nothing(void *arg) { return arg; }

/* The number of the first thing that is not as it should be; 0: all is. Runs in a child. */
static int look(void)
{
	char *const argv[] = {"/bin/true", NULL};
	struct rlimit core;
	pthread_t thread;
	struct cx cx;
	int fd;

	cx_init(&cx, 0);
	if (confine(&cx))
		return 1;
	if (execv(argv[0], argv) != -1 || errno != EPERM)
		return 2;
	if (unshare(CLONE_NEWUSER) != -1 || errno != EPERM)
		return 3;
	if (mount("none", "/mnt", "tmpfs", 0, NULL) != -1 || errno != EPERM)
		return 4;
	if (prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1)
		return 5;
	if (getrlimit(RLIMIT_CORE, &core) || core.rlim_max != 0)
		return 6;
	fd = open("/tmp", O_TMPFILE | O_RDWR, 0600);
	if (fd < 0 || write(fd, "x", 1) != 1 || fdatasync(fd))
		return 7;
	if (socket(AF_INET, SOCK_STREAM, 0) < 0)
		return 8;
	if (pthread_create(&thread, NULL, nothing, NULL) || pthread_join(thread, NULL))
		return 9;
	if (confine(&cx)) /* again: no harm */
		return 10;
	return 0;
}

static void test_confine(void **state)
{
	int status;
	pid_t pid = fork();

	(void)state;
	if (pid == 0)
		_exit(look());
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_confine)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
