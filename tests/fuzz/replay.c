/* Runs every file of a corpus, and every beginning of it, through a fuzz target: an ordinary test.
 *
 *   replay_TARGET DIRECTORY     exits 0 when all held; aborts where the target does
 */
#include "fuzz.h"

#include <dirent.h>
#include <sys/stat.h>

#include "base/file.h"

enum { FILE_MAX = 1 << 20, CUTS_MAX = 300 };

/* Each cut is given in memory of its exact size: reading behind its end is seen. */
static void run_cut(const char *data, size_t n)
{
	uint8_t *exact = malloc(n ? n : 1);

	BUG(!exact);
	memcpy(exact, data, n);
	LLVMFuzzerTestOneInput(exact, n);
	free(exact);
}

static enum err run_file(struct cx *cx, const char *path)
{
	size_t n, step;
	char *data;

	if (file_read(cx, path, FILE_MAX, &data, &n))
		return cx->err;
	step = n / CUTS_MAX + 1;
	for (size_t cut = 0; cut < n; cut += step)
		run_cut(data, cut);
	run_cut(data, n);
	return ERR_OK;
}

static enum err run_dir(struct cx *cx, const char *dir, int *files)
{
	DIR *d = opendir(dir);

	if (!d)
		return cx_errno(cx, "open", dir);
	for (struct dirent *e; !cx->err && (e = readdir(d));) {
		char *path = cx_printf(cx, "%s/%s", dir, e->d_name);

		if (!path || e->d_name[0] == '.' || run_file(cx, path))
			continue;
		printf("ok %s\n", e->d_name);
		(*files)++;
	}
	closedir(d);
	return cx->err;
}

int main(int argc, char **argv)
{
	int files = 0;
	struct cx cx;

	if (argc != 2) {
		fprintf(stderr, "usage: %s DIRECTORY\n", argv[0]);
		return 2;
	}
	cx_init(&cx, 0);
	if (run_dir(&cx, argv[1], &files))
		fprintf(stderr, "%s: %s\n", argv[1], cx.msg);
	else if (files == 0)
		cx_fail(&cx, ERR_NOT_FOUND, "nothing to replay");
	printf("%d files\n", files);
	files = err_exit(cx.err);
	cx_done(&cx);
	return files;
}
