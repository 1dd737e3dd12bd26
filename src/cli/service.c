#include "cli/service.h"

#include <errno.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { FIRST_FD = 3, STATE_MAX = 1000 };

static void send_state(const char *path, const char *text)
{
	struct sockaddr_un to = {.sun_family = AF_UNIX};
	size_t n = strlen(path);
	socklen_t size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n);
	int fd;

	if ((path[0] != '/' && path[0] != '@') || n >= sizeof(to.sun_path))
		return;
	memcpy(to.sun_path, path, n);
	if (path[0] == '@') /* the abstract name space */
		to.sun_path[0] = 0;
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return;
	if (sendto(fd, text, strlen(text), MSG_NOSIGNAL, (const struct sockaddr *)&to, size) < 0)
		fprintf(stderr, "relode: NOTIFY_SOCKET: %m\n");
	close(fd);
}

void service_notify(const char *fmt, ...)
{
	const char *path = getenv("NOTIFY_SOCKET");
	char text[STATE_MAX];
	va_list ap;

	if (!path)
		return;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	send_state(path, text);
}

static int64_t number_of(const char *name)
{
	const char *text = getenv(name);
	char *end;
	long long value;

	if (!text)
		return -1;
	errno = 0;
	value = strtoll(text, &end, 10);
	return end == text || *end || errno || value < 0 ? -1 : value;
}

enum err service_listen_fd(struct cx *cx, int *out)
{
	int64_t fds = number_of("LISTEN_FDS");

	*out = 0;
	if (!getenv("LISTEN_FDS") || number_of("LISTEN_PID") != getpid())
		return ERR_OK; /* meant for another process */
	if (fds != 1)
		return cx_fail(cx, ERR_INPUT, "LISTEN_FDS is %.20s: relode listens on one socket",
			       getenv("LISTEN_FDS"));
	*out = FIRST_FD;
	return ERR_OK;
}

int64_t service_watchdog_us(void)
{
	int64_t us = number_of("WATCHDOG_USEC");

	if (getenv("WATCHDOG_PID") && number_of("WATCHDOG_PID") != getpid())
		return 0;
	return us > 0 ? us : 0;
}
