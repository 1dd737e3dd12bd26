/* A file whose pages keep nothing of what they held before: a VFS around the default one.
 *
 * SQLite zeroes what it deletes when secure_delete is on; but when it spreads the rows of a full page over
 * its neighbours it leaves the moved rows' old bytes where they lay, in the page's unallocated room, and no
 * later deletion finds them there. A page's unallocated room is between the array of its cells' addresses
 * and the first cell ("B-tree Pages" in SQLite's description of its file format), and means nothing to any
 * reader: here it is zeroed whenever a page is written to the file. Pages in the write-ahead log go there as
 * they are, for the log has sums over them: a checkpoint brings them here, and truncates the log.
 */
#include <pthread.h>

#include "db/sqlite.h"

enum {
	PAGE_MIN = 512,
	PAGE_MAX = 65536,
	FILE_HEADER = 100, /* bytes at the beginning of the first page */
	/* The types of pages. No other kind of page begins so: an overflow page or a list of free ones begins
	 * with a page's number, and a file of so many pages (2^25) is none that this program makes. */
	INTERIOR_INDEX = 2,
	INTERIOR_TABLE = 5,
	LEAF_INDEX = 10,
	LEAF_TABLE = 13
};

/* The default VFS's own file lies behind it. */
struct wiped {
	sqlite3_file base;
	sqlite3_file *real;
};

static sqlite3_vfs *under, vfs;
static const char name[] = "relode-wipe";

static sqlite3_file *real_of(sqlite3_file *f)
{
	return ((struct wiped *)(void *)f)->real;
}

/* --- the page --- */

static size_t number(const unsigned char *p)
{
	return (size_t)p[0] << 8 | p[1];
}

/* The unallocated room of the page, from..to; false when it is no such page, or has none. */
static bool room_of(const unsigned char *page, size_t n, sqlite3_int64 at, size_t *from, size_t *to)
{
	size_t header = at == 0 ? FILE_HEADER : 0;
	unsigned char type;

	if (n < PAGE_MIN || n > PAGE_MAX || (n & (n - 1)) || at % (sqlite3_int64)n)
		return false;
	type = page[header];
	if (type != INTERIOR_INDEX && type != INTERIOR_TABLE && type != LEAF_INDEX && type != LEAF_TABLE)
		return false;
	*from = header + (type == LEAF_INDEX || type == LEAF_TABLE ? 8 : 12) + 2 * number(page + header + 3);
	*to = number(page + header + 5);
	if (*to == 0)
		*to = PAGE_MAX;
	return *from < *to && *to <= n;
}

static int w_write(sqlite3_file *f, const void *p, int n, sqlite3_int64 at)
{
	unsigned char page[PAGE_MAX];
	size_t from, to;

	if (n > 0 && room_of(p, (size_t)n, at, &from, &to)) {
		memcpy(page, p, (size_t)n);
		memset(page + from, 0, to - from);
		p = page;
	}
	return real_of(f)->pMethods->xWrite(real_of(f), p, n, at);
}

/* --- the rest of a file: as below --- */

static int w_close(sqlite3_file *f)
{
	return real_of(f)->pMethods->xClose(real_of(f));
}

static int w_read(sqlite3_file *f, void *p, int n, sqlite3_int64 at)
{
	return real_of(f)->pMethods->xRead(real_of(f), p, n, at);
}

static int w_truncate(sqlite3_file *f, sqlite3_int64 size)
{
	return real_of(f)->pMethods->xTruncate(real_of(f), size);
}

static int w_sync(sqlite3_file *f, int flags)
{
	return real_of(f)->pMethods->xSync(real_of(f), flags);
}

static int w_size(sqlite3_file *f, sqlite3_int64 *size)
{
	return real_of(f)->pMethods->xFileSize(real_of(f), size);
}

static int w_lock(sqlite3_file *f, int how)
{
	return real_of(f)->pMethods->xLock(real_of(f), how);
}

static int w_unlock(sqlite3_file *f, int how)
{
	return real_of(f)->pMethods->xUnlock(real_of(f), how);
}

static int w_reserved(sqlite3_file *f, int *out)
{
	return real_of(f)->pMethods->xCheckReservedLock(real_of(f), out);
}

static int w_control(sqlite3_file *f, int op, void *arg)
{
	return real_of(f)->pMethods->xFileControl(real_of(f), op, arg);
}

static int w_sector(sqlite3_file *f)
{
	return real_of(f)->pMethods->xSectorSize(real_of(f));
}

static int w_device(sqlite3_file *f)
{
	return real_of(f)->pMethods->xDeviceCharacteristics(real_of(f));
}

static int w_shm_map(sqlite3_file *f, int page, int size, int extend, void volatile **out)
{
	return real_of(f)->pMethods->xShmMap(real_of(f), page, size, extend, out);
}

static int w_shm_lock(sqlite3_file *f, int at, int n, int flags)
{
	return real_of(f)->pMethods->xShmLock(real_of(f), at, n, flags);
}

static void w_shm_barrier(sqlite3_file *f)
{
	real_of(f)->pMethods->xShmBarrier(real_of(f));
}

static int w_shm_unmap(sqlite3_file *f, int delete)
{
	return real_of(f)->pMethods->xShmUnmap(real_of(f), delete);
}

static int w_fetch(sqlite3_file *f, sqlite3_int64 at, int n, void **out)
{
	*out = NULL;
	return real_of(f)->pMethods->iVersion < 3 ? SQLITE_OK
						   : real_of(f)->pMethods->xFetch(real_of(f), at, n, out);
}

static int w_unfetch(sqlite3_file *f, sqlite3_int64 at, void *p)
{
	return real_of(f)->pMethods->iVersion < 3 ? SQLITE_OK
						   : real_of(f)->pMethods->xUnfetch(real_of(f), at, p);
}

static const sqlite3_io_methods methods = {
	.iVersion = 3, .xClose = w_close, .xRead = w_read, .xWrite = w_write, .xTruncate = w_truncate,
	.xSync = w_sync, .xFileSize = w_size, .xLock = w_lock, .xUnlock = w_unlock,
	.xCheckReservedLock = w_reserved, .xFileControl = w_control, .xSectorSize = w_sector,
	.xDeviceCharacteristics = w_device, .xShmMap = w_shm_map, .xShmLock = w_shm_lock,
	.xShmBarrier = w_shm_barrier, .xShmUnmap = w_shm_unmap, .xFetch = w_fetch, .xUnfetch = w_unfetch};

/* --- the VFS --- */

/* Journals and temporary files are the default VFS's own: they hold no pages for long. */
static int v_open(sqlite3_vfs *v, sqlite3_filename path, sqlite3_file *f, int flags, int *out)
{
	struct wiped *x = (struct wiped *)(void *)f;
	int rc;

	(void)v;
	if (!(flags & SQLITE_OPEN_MAIN_DB))
		return under->xOpen(under, path, f, flags, out);
	*x = (struct wiped){.real = (sqlite3_file *)(void *)(x + 1)};
	memset(x->real, 0, (size_t)under->szOsFile);
	rc = under->xOpen(under, path, x->real, flags, out);
	if (x->real->pMethods)
		x->base.pMethods = &methods;
	return rc;
}

static void set_up(void)
{
	under = sqlite3_vfs_find(NULL);
	if (!under)
		return;
	vfs = *under;
	vfs.zName = name;
	vfs.pNext = NULL;
	vfs.szOsFile = (int)sizeof(struct wiped) + under->szOsFile;
	vfs.xOpen = v_open;
	(void)sqlite3_vfs_register(&vfs, 0); /* a failure is told when a file is opened: "no such vfs" */
}

const char *sqlite_vfs(int flags)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	if (!(flags & DB_TRACELESS))
		return NULL;
	pthread_once(&once, set_up);
	return name;
}
