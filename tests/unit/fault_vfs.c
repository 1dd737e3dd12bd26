#include "fault_vfs.h"

#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { DISKS = 8, SECTOR = 512, PATH_BYTES = 512, PIECE = 65536 /* SQLite writes no more at once */ };

/* A write or truncation that no sync has made sure of. */
struct promise {
	struct promise *next;
	sqlite3_int64 at;
	int n; /* -1: truncated to `at` */
	unsigned char data[];
};

/* What would survive of a file, and what only may. */
struct disk {
	char path[PATH_BYTES];
	unsigned char *safe;
	sqlite3_int64 size;
	struct promise *first, **end;
	sqlite3_file *real; /* an open one */
};

struct file {
	sqlite3_file base;
	sqlite3_file *real;
	struct disk *disk;
};

static sqlite3_vfs *under, vfs;
static struct {
	unsigned ops;
	long left, failed;
	bool lasting;
	enum fault_how how;
	int cut;
	long power; /* 0: no such test */
	uint64_t random;
	struct disk disk[DISKS];
} faults = {.cut = FAULT_CUTS / 2};

static sqlite3_file *real_of(sqlite3_file *f)
{
	return ((struct file *)(void *)f)->real;
}

/* --- calls that fail --- */

static bool fails(enum fault_op op)
{
	if (!(faults.ops & (unsigned)op) || faults.left == 0)
		return false;
	if (--faults.left > 0)
		return false;
	faults.left = faults.lasting ? 1 : 0;
	faults.failed++;
	return true;
}

static int failure(int error)
{
	if (faults.how == FAULT_FULL)
		return SQLITE_FULL;
	return faults.how == FAULT_READ_ONLY ? SQLITE_READONLY : error;
}

long fault_vfs_fail(unsigned ops, long nth, bool lasting, enum fault_how how)
{
	long failed = faults.failed;

	faults.ops = ops;
	faults.left = nth;
	faults.lasting = lasting;
	faults.how = how;
	faults.failed = 0;
	return failed;
}

void fault_vfs_cut(int parts)
{
	faults.cut = parts;
}

/* --- power --- */

static uint64_t chance(void)
{
	uint64_t z = faults.random += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	return z ^ z >> 29;
}

static void *must(void *p)
{
	if (!p)
		abort();
	return p;
}

/* All of the file as it is now is safe. */
static void disk_sync(struct disk *d)
{
	while (d->first) {
		struct promise *p = d->first;
		d->first = p->next;
		free(p);
	}
	d->end = &d->first;
	if (d->real->pMethods->xFileSize(d->real, &d->size))
		abort();
	d->safe = must(realloc(d->safe, (size_t)d->size + 1));
	if (d->size && d->real->pMethods->xRead(d->real, d->safe, (int)d->size, 0))
		abort();
}

static void disk_promise(struct disk *d, const void *data, int n, sqlite3_int64 at)
{
	struct promise *p = must(malloc(sizeof(*p) + (n > 0 ? (size_t)n : 0)));

	*p = (struct promise){.at = at, .n = n};
	if (n > 0)
		memcpy(p->data, data, (size_t)n);
	*d->end = p;
	d->end = &p->next;
}

static void keep_bytes(struct disk *d, const unsigned char *data, sqlite3_int64 n, sqlite3_int64 at)
{
	if (at + n > d->size) {
		d->safe = must(realloc(d->safe, (size_t)(at + n)));
		memset(d->safe + d->size, 0, (size_t)(at + n - d->size));
		d->size = at + n;
	}
	memcpy(d->safe + at, data, (size_t)n);
}

/* mode 0: nothing of what was promised is there, 1: all, else sector by sector by chance. */
static void disk_settle(struct disk *d, unsigned mode)
{
	for (const struct promise *p = d->first; p && mode; p = p->next) {
		if (p->n < 0 && (mode == 1 || chance() % 2)) {
			d->size = p->at < d->size ? p->at : d->size;
			continue;
		}
		for (int done = 0, n; done < p->n; done += n) {
			n = SECTOR - (int)((p->at + done) % SECTOR);
			n = n < p->n - done ? n : p->n - done;
			if (mode == 1 || chance() % 2)
				keep_bytes(d, p->data + done, n, p->at + done);
		}
	}
	if (d->real->pMethods->xTruncate(d->real, 0))
		abort();
	for (sqlite3_int64 at = 0, n; at < d->size; at += n) {
		n = d->size - at < PIECE ? d->size - at : PIECE;
		if (d->real->pMethods->xWrite(d->real, d->safe + at, (int)n, at))
			abort();
	}
}

static void power_goes(void)
{
	unsigned mode = (unsigned)(chance() % 4);

	for (int i = 0; i < DISKS; i++)
		if (faults.disk[i].real)
			disk_settle(&faults.disk[i], mode);
	_exit(FAULT_POWER_EXIT);
}

static void change(const struct file *f)
{
	if (f->disk && --faults.power == 0)
		power_goes();
}

void fault_vfs_power(long nth, uint64_t seed)
{
	faults.power = nth;
	faults.random = seed * UINT64_C(0x2545f4914f6cdd1d) + (uint64_t)nth;
}

/* The disk of a path, its content taken as safe when it is seen first. */
static struct disk *disk_of(const char *path, sqlite3_file *real)
{
	struct disk *d = faults.disk;

	while (d < faults.disk + DISKS && d->real && strcmp(d->path, path) != 0)
		d++;
	if (d == faults.disk + DISKS)
		abort();
	if (!d->real) {
		size_t n = strlen(path);
		if (n >= PATH_BYTES)
			abort();
		memcpy(d->path, path, n + 1);
		d->real = real;
		d->end = &d->first;
		disk_sync(d);
	}
	return d;
}

/* --- a file --- */

static int f_close(sqlite3_file *f)
{
	struct file *x = (struct file *)(void *)f;

	if (x->disk && x->disk->real == x->real)
		x->disk->real = NULL; /* tests do not go on after they close a file */
	return x->real->pMethods->xClose(x->real);
}

static int f_read(sqlite3_file *f, void *p, int n, sqlite3_int64 at)
{
	return fails(FAULT_READ) ? SQLITE_IOERR_READ : real_of(f)->pMethods->xRead(real_of(f), p, n, at);
}

static int f_write(sqlite3_file *f, const void *p, int n, sqlite3_int64 at)
{
	struct file *x = (struct file *)(void *)f;

	if (fails(FAULT_WRITE)) {
		if (n > SECTOR && faults.cut) /* a part of it, or all, may have been written */
			(void)x->real->pMethods->xWrite(x->real, p, n / FAULT_CUTS * faults.cut, at);
		return failure(SQLITE_IOERR_WRITE);
	}
	change(x);
	if (x->disk)
		disk_promise(x->disk, p, n, at);
	return x->real->pMethods->xWrite(x->real, p, n, at);
}

static int f_truncate(sqlite3_file *f, sqlite3_int64 size)
{
	struct file *x = (struct file *)(void *)f;

	if (fails(FAULT_TRUNCATE))
		return failure(SQLITE_IOERR_TRUNCATE);
	change(x);
	if (x->disk)
		disk_promise(x->disk, NULL, -1, size);
	return x->real->pMethods->xTruncate(x->real, size);
}

static int f_sync(sqlite3_file *f, int flags)
{
	struct file *x = (struct file *)(void *)f;

	if (fails(FAULT_SYNC))
		return failure(SQLITE_IOERR_FSYNC);
	change(x);
	if (x->disk)
		disk_sync(x->disk);
	return x->disk ? SQLITE_OK : x->real->pMethods->xSync(x->real, flags);
}

static int f_size(sqlite3_file *f, sqlite3_int64 *size)
{
	return real_of(f)->pMethods->xFileSize(real_of(f), size);
}

static int f_lock(sqlite3_file *f, int how)
{
	return real_of(f)->pMethods->xLock(real_of(f), how);
}

static int f_unlock(sqlite3_file *f, int how)
{
	return real_of(f)->pMethods->xUnlock(real_of(f), how);
}

static int f_reserved(sqlite3_file *f, int *out)
{
	return real_of(f)->pMethods->xCheckReservedLock(real_of(f), out);
}

static int f_control(sqlite3_file *f, int op, void *arg)
{
	return real_of(f)->pMethods->xFileControl(real_of(f), op, arg);
}

static int f_sector(sqlite3_file *f)
{
	return real_of(f)->pMethods->xSectorSize(real_of(f));
}

static int f_device(sqlite3_file *f)
{
	return real_of(f)->pMethods->xDeviceCharacteristics(real_of(f));
}

static int f_shm_map(sqlite3_file *f, int page, int size, int extend, void volatile **out)
{
	return real_of(f)->pMethods->xShmMap(real_of(f), page, size, extend, out);
}

static int f_shm_lock(sqlite3_file *f, int at, int n, int flags)
{
	return real_of(f)->pMethods->xShmLock(real_of(f), at, n, flags);
}

static void f_shm_barrier(sqlite3_file *f)
{
	real_of(f)->pMethods->xShmBarrier(real_of(f));
}

static int f_shm_unmap(sqlite3_file *f, int delete)
{
	return real_of(f)->pMethods->xShmUnmap(real_of(f), delete);
}

/* Version 2: no memory mapping, so that every read is a call. */
static const sqlite3_io_methods methods = {
	.iVersion = 2, .xClose = f_close, .xRead = f_read, .xWrite = f_write, .xTruncate = f_truncate,
	.xSync = f_sync, .xFileSize = f_size, .xLock = f_lock, .xUnlock = f_unlock,
	.xCheckReservedLock = f_reserved, .xFileControl = f_control, .xSectorSize = f_sector,
	.xDeviceCharacteristics = f_device, .xShmMap = f_shm_map, .xShmLock = f_shm_lock,
	.xShmBarrier = f_shm_barrier, .xShmUnmap = f_shm_unmap};

static int v_open(sqlite3_vfs *v, sqlite3_filename path, sqlite3_file *f, int flags, int *out)
{
	struct file *x = (struct file *)(void *)f;
	int rc;

	(void)v;
	memset(x, 0, sizeof(*x));
	if (fails(FAULT_OPEN))
		return SQLITE_CANTOPEN;
	x->real = (sqlite3_file *)(void *)(x + 1);
	rc = under->xOpen(under, path, x->real, flags, out);
	if (rc == SQLITE_OK && faults.power && path)
		x->disk = disk_of(path, x->real);
	if (x->real->pMethods)
		x->base.pMethods = &methods;
	return rc;
}

/* --- memory --- */

static sqlite3_mem_methods memory;

static void *m_alloc(int n)
{
	return fails(FAULT_MEMORY) ? NULL : memory.xMalloc(n);
}

static void *m_realloc(void *p, int n)
{
	return fails(FAULT_MEMORY) ? NULL : memory.xRealloc(p, n);
}

static void install_memory(void)
{
	sqlite3_mem_methods mine;

	if (sqlite3_config(SQLITE_CONFIG_GETMALLOC, &memory))
		abort();
	mine = memory;
	mine.xMalloc = m_alloc;
	mine.xRealloc = m_realloc;
	if (sqlite3_config(SQLITE_CONFIG_MALLOC, &mine))
		abort();
}

void fault_vfs_install(void)
{
	install_memory();
	under = sqlite3_vfs_find(NULL);
	vfs = *under;
	vfs.zName = "fault";
	vfs.pNext = NULL;
	vfs.szOsFile = (int)sizeof(struct file) + under->szOsFile;
	vfs.xOpen = v_open;
	if (sqlite3_vfs_register(&vfs, 1))
		abort();
}
