/* Whatever a list of devices holds that is imported, CSV or JSON: it is refused in words, or becomes
 * requests that are JSON, and that their actions read. */
#include "all.h"

#include <sys/mman.h>
#include <unistd.h>

#include "kernel/writer.h"
#include "programme/catalogue/import.h"

static enum err visit(struct cx *cx, void *arg, const char *type, const char *body, size_t n)
{
	struct request q;
	struct json *v;

	(void)arg;
	HOLDS(json_parse(cx, body, n, &json_limits_file, &v) == ERR_OK);
	HOLDS(request_read(cx, domain_of_all(), type, 0, v, &q) == ERR_OK ||
	      cx->err == ERR_INVALID);
	cx_clear(cx);
	return ERR_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cx cx;
	int fd = memfd_create("list.json", MFD_CLOEXEC);

	HOLDS(fd >= 0 && write(fd, data, size) == (ssize_t)size);
	for (int source = 0; source <= IMPORT_TACS; source++) {
		struct import_options o = {.version = "1"};
		cx_init(&cx, (size_t)1 << 28);
		o.path = cx_printf(&cx, "/proc/self/fd/%d", fd);
		if (catalogue_import_list(&cx, (enum import_source)source, &o, visit, NULL))
			HOLDS(*cx.msg);
		cx_done(&cx);
	}
	close(fd);
	return 0;
}
