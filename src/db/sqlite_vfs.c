/* How SQLite's files are written: a VFS around the default one.
 *
 * The write-ahead log. SQLite writes each page of a commit to it in two calls, the frame's head and the page,
 * then syncs, and only then tells other handles, through the shared index, that the frames are there. Here
 * they wait in memory and go to the file a piece at a time: before the sync, so that what was synced, told
 * or answered is in the file as it is without this; before what waits is read; and when much waits. What
 * waits without a sync is of a transaction that has not been committed. It is forgotten when its handle
 * gives up the right to write, for another handle's frames will lie in its place (docs/adr/0038).
 *
 * That holds for handles that sync each commit (sqlite_vfs_join says so of one), on a disk whose sectors need
 * no padding: else SQLite would write behind a sync what it tells at once. Others' writes are not held back.
 *
 * A handle may put off the syncs of its commits (sqlite_vfs_defer): then what was committed is in the file,
 * and told, but durable only when sqlite_vfs_settle has said so. The syncs on which the log's order rests are
 * made as ever: after a new head of the log, before frames follow it; and those of a checkpoint
 * (docs/adr/0043).
 *
 * The database's file. Pages of a traceless one are wiped as they are written (sqlite_wipe.c).
 */
#include <pthread.h>
#include <stdatomic.h>

#include "db/sqlite.h"

enum {
	WAITING_MAX = 64 * 1024, /* bytes: as many as SQLite itself writes at once */
	CONTROL_JOIN = 7101,     /* a file control of ours; those below 100 are SQLite's */
	CONTROL_DEFER = 7102,
	WRITE_LOCK = 0,          /* of the shared index's locks: the right to write */
	CHECKPOINT_LOCK = 1      /* and to write the log back */
};

/* The log's syncs that were put off. It has a file of its own, for another thread syncs it. */
struct sqlite_deferred {
	pthread_mutex_t lock; /* failed, file */
	atomic_bool owed;     /* something was committed since the last sync began */
	int failed;	      /* SQLite's word for the first sync that failed */
	sqlite3_file *file;
};

struct file {
	sqlite3_file base;
	sqlite3_file *real; /* the default VFS's own, which lies behind this one */
	/* a database's */
	bool wipes, joins, writes_back; /* writes_back: the log's frames, just now */
	struct sqlite_deferred *deferred; /* NULL: each commit is synced */
	struct file *log; /* its write-ahead log, NULL: not open */
	/* a log's */
	struct file *database;
	bool begun; /* its head was written, and not synced */
	unsigned char *waiting; /* NULL until something waits */
	int n;		        /* bytes that wait, for the file's bytes from `at` on */
	sqlite3_int64 at;
};

static sqlite3_vfs *under, plain, wiping;

static struct file *of(sqlite3_file *f)
{
	return (struct file *)(void *)f;
}

static sqlite3_file *real_of(sqlite3_file *f)
{
	return of(f)->real;
}

/* --- the write-ahead log --- */

/* What could not be handed on still waits: the transaction may be rolled back to an earlier statement only,
 * and be committed then. */
static int hand_on(struct file *x)
{
	int rc = x->n ? x->real->pMethods->xWrite(x->real, x->waiting, x->n, x->at) : SQLITE_OK;

	if (!rc)
		x->n = 0;
	return rc;
}

static bool can_wait(struct file *x, int n)
{
	if (!x->database->joins || n > WAITING_MAX)
		return false;
	if (!x->waiting)
		x->waiting = sqlite3_malloc(WAITING_MAX);
	return x->waiting != NULL;
}

static int l_write(sqlite3_file *f, const void *p, int n, sqlite3_int64 at)
{
	struct file *x = of(f);
	bool waits = can_wait(x, n);

	x->begun = x->begun || at == 0;
	if (x->n && at >= x->at && at + n <= x->at + x->n) { /* written early, and now again */
		memcpy(x->waiting + (at - x->at), p, (size_t)n);
		return SQLITE_OK;
	}
	if (!waits || at != x->at + x->n || x->n + n > WAITING_MAX) {
		int rc = hand_on(x);
		if (rc || !waits)
			return rc ? rc : x->real->pMethods->xWrite(x->real, p, n, at);
		x->at = at;
	}
	memcpy(x->waiting + x->n, p, (size_t)n);
	x->n += n;
	return SQLITE_OK;
}

static int l_read(sqlite3_file *f, void *p, int n, sqlite3_int64 at)
{
	struct file *x = of(f);
	int rc = at < x->at + x->n && x->at < at + n ? hand_on(x) : SQLITE_OK;

	return rc ? rc : x->real->pMethods->xRead(x->real, p, n, at);
}

static int l_truncate(sqlite3_file *f, sqlite3_int64 size)
{
	int rc = hand_on(of(f));

	return rc ? rc : real_of(f)->pMethods->xTruncate(real_of(f), size);
}

static int l_sync(sqlite3_file *f, int flags)
{
	struct file *x = of(f);
	struct sqlite_deferred *d = x->database->deferred;
	int rc = hand_on(x);

	if (!rc && d && !x->begun && !x->database->writes_back) {
		atomic_store(&d->owed, true);
		return SQLITE_OK;
	}
	if (!rc)
		rc = x->real->pMethods->xSync(x->real, flags);
	if (!rc)
		x->begun = false;
	return rc;
}

static int l_size(sqlite3_file *f, sqlite3_int64 *size)
{
	int rc = hand_on(of(f));

	return rc ? rc : real_of(f)->pMethods->xFileSize(real_of(f), size);
}

static int l_close(sqlite3_file *f)
{
	struct file *x = of(f);

	x->database->log = NULL;
	sqlite3_free(x->waiting);
	return x->real->pMethods->xClose(x->real);
}

/* --- the database's file --- */

static int f_write(sqlite3_file *f, const void *p, int n, sqlite3_int64 at)
{
	unsigned char page[SQLITE_PAGE_MAX];

	if (of(f)->wipes)
		p = sqlite_wipe(p, n, at, page);
	return real_of(f)->pMethods->xWrite(real_of(f), p, n, at);
}

static int f_control(sqlite3_file *f, int op, void *arg)
{
	if (op == CONTROL_JOIN) {
		of(f)->joins = real_of(f)->pMethods->xDeviceCharacteristics(real_of(f)) &
			       SQLITE_IOCAP_POWERSAFE_OVERWRITE;
		return SQLITE_OK;
	}
	if (op == CONTROL_DEFER) {
		of(f)->deferred = of(f)->joins ? arg : NULL;
		return of(f)->joins ? SQLITE_OK : SQLITE_NOTFOUND;
	}
	return real_of(f)->pMethods->xFileControl(real_of(f), op, arg);
}

static int f_shm_lock(sqlite3_file *f, int at, int n, int flags)
{
	int rc;

	if (of(f)->log && at == WRITE_LOCK && flags == (SQLITE_SHM_UNLOCK | SQLITE_SHM_EXCLUSIVE))
		of(f)->log->n = 0;
	rc = real_of(f)->pMethods->xShmLock(real_of(f), at, n, flags);
	if (!rc && flags & SQLITE_SHM_EXCLUSIVE && at <= CHECKPOINT_LOCK && CHECKPOINT_LOCK < at + n)
		of(f)->writes_back = flags & SQLITE_SHM_LOCK;
	return rc;
}

/* --- the rest of a file: as below --- */

static int f_close(sqlite3_file *f)
{
	return real_of(f)->pMethods->xClose(real_of(f));
}

static int f_read(sqlite3_file *f, void *p, int n, sqlite3_int64 at)
{
	return real_of(f)->pMethods->xRead(real_of(f), p, n, at);
}

static int f_truncate(sqlite3_file *f, sqlite3_int64 size)
{
	return real_of(f)->pMethods->xTruncate(real_of(f), size);
}

static int f_sync(sqlite3_file *f, int flags)
{
	return real_of(f)->pMethods->xSync(real_of(f), flags);
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

static int l_control(sqlite3_file *f, int op, void *arg)
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

static void f_shm_barrier(sqlite3_file *f)
{
	real_of(f)->pMethods->xShmBarrier(real_of(f));
}

static int f_shm_unmap(sqlite3_file *f, int delete)
{
	return real_of(f)->pMethods->xShmUnmap(real_of(f), delete);
}

static int f_fetch(sqlite3_file *f, sqlite3_int64 at, int n, void **out)
{
	*out = NULL;
	return real_of(f)->pMethods->iVersion < 3 ? SQLITE_OK
						   : real_of(f)->pMethods->xFetch(real_of(f), at, n, out);
}

static int f_unfetch(sqlite3_file *f, sqlite3_int64 at, void *p)
{
	return real_of(f)->pMethods->iVersion < 3 ? SQLITE_OK
						   : real_of(f)->pMethods->xUnfetch(real_of(f), at, p);
}

static const sqlite3_io_methods database_methods = {
	.iVersion = 3, .xClose = f_close, .xRead = f_read, .xWrite = f_write, .xTruncate = f_truncate,
	.xSync = f_sync, .xFileSize = f_size, .xLock = f_lock, .xUnlock = f_unlock,
	.xCheckReservedLock = f_reserved, .xFileControl = f_control, .xSectorSize = f_sector,
	.xDeviceCharacteristics = f_device, .xShmMap = f_shm_map, .xShmLock = f_shm_lock,
	.xShmBarrier = f_shm_barrier, .xShmUnmap = f_shm_unmap, .xFetch = f_fetch, .xUnfetch = f_unfetch};

/* A log is neither mapped nor locked: its database's file is. */
static const sqlite3_io_methods log_methods = {
	.iVersion = 1, .xClose = l_close, .xRead = l_read, .xWrite = l_write, .xTruncate = l_truncate,
	.xSync = l_sync, .xFileSize = l_size, .xLock = f_lock, .xUnlock = f_unlock,
	.xCheckReservedLock = f_reserved, .xFileControl = l_control, .xSectorSize = f_sector,
	.xDeviceCharacteristics = f_device};

/* --- the VFS --- */

/* Journals and temporary files are the default VFS's own: they hold no pages for long. */
static int v_open(sqlite3_vfs *v, sqlite3_filename path, sqlite3_file *f, int flags, int *out)
{
	struct file *x = of(f);
	int rc;

	if (!(flags & (SQLITE_OPEN_MAIN_DB | SQLITE_OPEN_WAL)))
		return under->xOpen(under, path, f, flags, out);
	*x = (struct file){.real = (sqlite3_file *)(void *)(x + 1), .wipes = v == &wiping};
	memset(x->real, 0, (size_t)under->szOsFile);
	rc = under->xOpen(under, path, x->real, flags, out);
	if (!x->real->pMethods)
		return rc;
	x->base.pMethods = &database_methods;
	if (flags & SQLITE_OPEN_WAL) {
		x->base.pMethods = &log_methods;
		x->database = of(sqlite3_database_file_object(path));
		x->database->log = x;
	}
	return rc;
}

static void add(sqlite3_vfs *v, const char *name)
{
	*v = *under;
	v->zName = name;
	v->pNext = NULL;
	v->szOsFile = (int)sizeof(struct file) + under->szOsFile;
	v->xOpen = v_open;
	(void)sqlite3_vfs_register(v, 0); /* a failure is told when a file is opened: "no such vfs" */
}

static void set_up(void)
{
	under = sqlite3_vfs_find(NULL);
	if (!under)
		return;
	add(&plain, "relode");
	add(&wiping, "relode-wipe");
}

const char *sqlite_vfs(int flags)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	pthread_once(&once, set_up);
	return flags & DB_TRACELESS ? "relode-wipe" : "relode";
}

int sqlite_vfs_join(sqlite3 *h)
{
	return sqlite3_file_control(h, "main", CONTROL_JOIN, NULL);
}

/* --- syncs that are put off --- */

void sqlite_vfs_undefer(struct sqlite_deferred *d)
{
	if (!d)
		return;
	if (d->file->pMethods)
		d->file->pMethods->xClose(d->file);
	pthread_mutex_destroy(&d->lock);
	sqlite3_free(d);
}

int sqlite_vfs_defer(sqlite3 *h, struct sqlite_deferred **out)
{
	const char *path = sqlite3_filename_wal(sqlite3_db_filename(h, "main"));
	struct sqlite_deferred *d = sqlite3_malloc((int)sizeof(*d) + under->szOsFile);
	int rc, got;

	if (!d)
		return SQLITE_NOMEM;
	memset(d, 0, sizeof(*d) + (size_t)under->szOsFile);
	pthread_mutex_init(&d->lock, NULL);
	d->file = (sqlite3_file *)(void *)(d + 1);
	rc = under->xOpen(under, path, d->file, SQLITE_OPEN_WAL | SQLITE_OPEN_READWRITE, &got);
	if (!rc)
		rc = sqlite3_file_control(h, "main", CONTROL_DEFER, d);
	if (rc)
		sqlite_vfs_undefer(d);
	else
		*out = d;
	return rc;
}

int sqlite_vfs_settle(struct sqlite_deferred *d)
{
	int rc;

	pthread_mutex_lock(&d->lock);
	rc = d->failed;
	if (!rc && atomic_exchange(&d->owed, false))
		rc = d->failed = d->file->pMethods->xSync(d->file, SQLITE_SYNC_NORMAL);
	pthread_mutex_unlock(&d->lock);
	return rc;
}
