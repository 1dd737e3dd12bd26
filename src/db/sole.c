/* One writing process an SQLite file. flock, because it goes away with the process, however it ends;
 * a list of what this process holds, because its other threads may open the same file. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "db/engine.h"

struct sole {
	struct sole *next;
	dev_t dev;
	ino_t ino;
	int fd, handles;
	pthread_mutex_t lock; /* over taken: a handle writes */
	pthread_cond_t over;
	bool taken;
	pid_t pid; /* a child made by fork must not take its parent's hold for its own */
};

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static struct sole *held;

static struct sole *find(const struct stat *st)
{
	for (struct sole *s = held; s; s = s->next)
		if (s->dev == st->st_dev && s->ino == st->st_ino && s->pid == getpid())
			return s;
	return NULL;
}

static enum err refused(struct cx *cx, const char *path, int fd)
{
	char text[32] = "";
	ssize_t n = pread(fd, text, sizeof(text) - 1, 0);

	text[n > 0 ? strcspn(text, "\n") : 0] = 0;
	return cx_fail(cx, ERR_BUSY, "%s is in use by process %s: use that one, or stop it first",
		       path, text[0] ? text : "(unknown)");
}

static void make_turn(struct sole *s)
{
	pthread_condattr_t attr;

	BUG(pthread_condattr_init(&attr) || pthread_condattr_setclock(&attr, CLOCK_MONOTONIC) ||
	    pthread_cond_init(&s->over, &attr) || pthread_mutex_init(&s->lock, NULL));
	pthread_condattr_destroy(&attr);
}

static enum err lock(struct cx *cx, const char *path, const char *lock_path, int fd,
		     const struct stat *st, struct sole **out)
{
	char text[32];
	int n = snprintf(text, sizeof(text), "%ld\n", (long)getpid());
	struct sole *s;

	if (flock(fd, LOCK_EX | LOCK_NB))
		return errno == EWOULDBLOCK ? refused(cx, path, fd) :
					      cx_errno(cx, "lock", lock_path);
	if (ftruncate(fd, 0) || pwrite(fd, text, (size_t)n, 0) != n)
		return cx_errno(cx, "write", lock_path);
	s = malloc(sizeof(*s));
	if (!s)
		return cx_fail(cx, ERR_MEMORY, "the machine has no memory left");
	*s = (struct sole){.next = held, .dev = st->st_dev, .ino = st->st_ino, .fd = fd, .handles = 1,
			   .pid = getpid()};
	make_turn(s);
	*out = held = s;
	return ERR_OK;
}

enum err sole_take(struct cx *cx, const char *path, struct sole **out)
{
	char *lock_path = cx_printf(cx, "%s.lock", path);
	struct stat st;
	enum err err = ERR_OK;
	int fd;

	if (!lock_path)
		return cx->err;
	fd = open(lock_path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return cx_errno(cx, "open", lock_path);
	if (fstat(fd, &st)) {
		err = cx_errno(cx, "look at", lock_path);
		close(fd);
		return err;
	}
	pthread_mutex_lock(&mutex);
	struct sole *mine = find(&st);
	if (mine) {
		mine->handles++;
		*out = mine;
	} else {
		err = lock(cx, path, lock_path, fd, &st, out);
	}
	if (mine || err)
		close(fd); /* a second open file description: the hold is the first one's */
	pthread_mutex_unlock(&mutex);
	return err;
}

void sole_release(struct sole *sole)
{
	if (!sole)
		return;
	pthread_mutex_lock(&mutex);
	if (--sole->handles == 0) {
		struct sole **p = &held;
		while (*p != sole)
			p = &(*p)->next;
		*p = sole->next;
		close(sole->fd);
		pthread_cond_destroy(&sole->over);
		pthread_mutex_destroy(&sole->lock);
		free(sole);
	}
	pthread_mutex_unlock(&mutex);
}

bool sole_turn(struct sole *sole, int seconds)
{
	struct timespec t;
	bool mine;

	clock_gettime(CLOCK_MONOTONIC, &t);
	t.tv_sec += seconds;
	pthread_mutex_lock(&sole->lock);
	while (sole->taken && pthread_cond_timedwait(&sole->over, &sole->lock, &t) == 0)
		;
	mine = !sole->taken;
	sole->taken = true;
	pthread_mutex_unlock(&sole->lock);
	return mine;
}

void sole_turn_end(struct sole *sole)
{
	pthread_mutex_lock(&sole->lock);
	sole->taken = false;
	pthread_cond_signal(&sole->over);
	pthread_mutex_unlock(&sole->lock);
}
