/* Whatever the configuration file holds: it is refused with file and line, or every number is within
 * its bounds and every choice one of its words. */
#include "fuzz.h"

#include <sys/mman.h>
#include <unistd.h>

#include "cli/settings.h"

/* A file in memory, which a path leads to. */
static char *file_of(struct cx *cx, const void *p, size_t n, int *fd)
{
	*fd = memfd_create("settings", MFD_CLOEXEC);
	HOLDS(*fd >= 0 && write(*fd, p, n) == (ssize_t)n);
	return cx_printf(cx, "/proc/self/fd/%d", *fd);
}

static void check(const struct settings *s)
{
	for (int i = 0; i < SETTINGS; i++) {
		const struct setting *t = &setting_table[i];
		int64_t n;
		if (!s->value[i])
			continue;
		HOLDS(*s->value[i] && s->from[i]);
		if (t->kind == SETTING_CHOICE)
			HOLDS(strstr(t->value, s->value[i]));
		if (t->kind != SETTING_NUMBER)
			continue;
		n = settings_number(s, (enum setting_id)i);
		HOLDS(n >= t->min && n <= t->max);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct settings s;
	struct args args;
	struct cx cx;
	char *path;
	int fd;

	cx_init(&cx, 0);
	path = file_of(&cx, data, size, &fd);
	args_init(&args);
	args_add(&args, setting_options);
	for (int i = 0; i < args.options; i++)
		if (strcmp(args.option[i]->name, "config") == 0)
			args.value[i] = path;
	if (settings_read(&cx, &args, &s) == ERR_OK)
		check(&s);
	else
		HOLDS(strstr(cx.msg, path));
	close(fd);
	cx_done(&cx);
	return 0;
}
