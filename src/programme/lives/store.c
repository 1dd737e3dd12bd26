/* The files of a city's lives: mapped, checked, changed in steps that are whole or not there. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/time.h"
#include "base/tz.h"
#include "kernel/journal.h"
#include "kernel/log.h"
#include "programme/lives/parts.h"

enum {
	IDS_STEP = 1 << 18, /* bytes by which CITY.ids grows */
	BLOCKS_MAX = LIVES_ROWS_MAX / LIVES_BLOCK,
	HEAD_BYTES_MAX = 32 * 1024 * 1024,
	REDO_BYTES_MAX = 48 * 1024 * 1024,
	STOP_EVERY = 256,   /* entries after which it is asked whether to stop */
	MOMENT_MS = 10, MOMENTS = 200, /* how long one who does not wait waits */
	CHECKED_MAX = 4096 /* cities of which it is known that their files are whole */
};
#define CHECK_AGAIN_US INT64_C(3600000000)
static const char head_magic[8] = "lives-1", redo_magic[8] = "redo-1";

struct redo {
	char magic[8];
	uint64_t head_bytes, changes;
};

/* --- memory --- */

static const struct {
	size_t at, bytes;
} buffers[] = {
	{offsetof(struct lives, changed), STEP_ROWS * sizeof(struct changed)},
	{offsetof(struct lives, changed_at), 2 * STEP_ROWS * sizeof(uint32_t)},
	{offsetof(struct lives, merchant), (LIVES_MERCHANTS_MAX + 1) * sizeof(int64_t)},
	{offsetof(struct lives, merchant_at), 2 * (LIVES_MERCHANTS_MAX + 1) * sizeof(uint32_t)},
	{offsetof(struct lives, large), LARGE_MAX * sizeof(struct large)},
	{offsetof(struct lives, block_check), BLOCKS_MAX * sizeof(uint64_t)},
};

static void free_buffers(struct lives *l)
{
	for (size_t i = 0; i < ARRAY_LEN(buffers); i++) {
		void **p = (void **)(void *)((char *)l + buffers[i].at);

		if (*p)
			munmap(*p, buffers[i].bytes);
		*p = NULL;
	}
}

/* Zeroed, and taken from the machine only as it is used. */
static enum err get_buffers(struct cx *cx, struct lives *l)
{
	for (size_t i = 0; i < ARRAY_LEN(buffers); i++) {
		void *p = mmap(NULL, buffers[i].bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
			       -1, 0);

		if (p == MAP_FAILED)
			return cx_fail(cx, ERR_MEMORY, "no memory to feed lives");
		*(void **)(void *)((char *)l + buffers[i].at) = p;
	}
	return ERR_OK;
}

/* Space is really taken, so that a full disk is an error here and not a signal at a later write. */
static enum err grow(struct cx *cx, const char *path, int fd, void **map, size_t have, size_t want)
{
	struct stat st;
	int failed;

	if (have >= want)
		return ERR_OK;
	if (*map)
		munmap(*map, have);
	*map = NULL;
	if (fstat(fd, &st))
		return cx_errno(cx, "look at", path);
	failed = (size_t)st.st_size < want ? posix_fallocate(fd, 0, (off_t)want) : 0;
	if (failed) {
		errno = failed;
		return cx_errno(cx, "enlarge", path);
	}
	*map = mmap(NULL, want, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (*map == MAP_FAILED) {
		*map = NULL;
		return cx_errno(cx, "map", path);
	}
	return ERR_OK;
}

static enum err map_blocks(struct cx *cx, struct lives *l, size_t blocks)
{
	void *p = l->base;
	size_t have = l->mapped;

	l->mapped = 0;
	if (grow(cx, l->columns_path, l->fd, &p, have * LIVES_BLOCK_BYTES, blocks * LIVES_BLOCK_BYTES)) {
		l->base = p;
		return cx->err;
	}
	l->base = p;
	l->mapped = blocks > have ? blocks : have;
	return ERR_OK;
}

static enum err map_ids(struct cx *cx, struct lives *l, size_t ids)
{
	size_t want = (ids * 4 + IDS_STEP - 1) / IDS_STEP * IDS_STEP, have = l->ids_mapped * 4;
	void *p = l->ids;

	if (have >= want)
		return ERR_OK;
	l->ids_mapped = 0;
	if (grow(cx, l->ids_path, l->ids_fd, &p, have, want + want / 4 / IDS_STEP * IDS_STEP)) {
		l->ids = p;
		return cx->err;
	}
	l->ids = p;
	l->ids_mapped = (want + want / 4 / IDS_STEP * IDS_STEP) / 4;
	return ERR_OK;
}

static void unmap(struct lives *l)
{
	if (l->base)
		munmap(l->base, l->mapped * LIVES_BLOCK_BYTES);
	if (l->ids)
		munmap(l->ids, l->ids_mapped * 4);
	l->base = NULL;
	l->ids = NULL;
	l->mapped = l->ids_mapped = 0;
}

/* --- ids --- */

static uint64_t id_check(uint64_t id, uint32_t value) { return value * (2 * id + 1); }

/* Written in place: an id above ids_end counts only when a step has taken it in, and then it is the same. */
enum err lives_note_id(struct cx *cx, struct lives *l, int64_t id, uint32_t row)
{
	uint64_t n = (uint64_t)id & UINT32_MAX;

	if (n < l->head.ids_end) {
		if (l->ids[n] == row + 1)
			return ERR_OK;
		return cx_fail(cx, ERR_CORRUPT, "id %lld of city %lld comes too late", (long long)id,
			(long long)l->head.city);
	}
	if (map_ids(cx, l, n + 1))
		return cx->err;
	for (uint64_t gap = l->head.ids_end; gap < n; gap++)
		l->ids[gap] = 0;
	l->ids[n] = row + 1;
	l->head.ids_end = n + 1;
	l->head.ids_check += id_check(n, row + 1);
	return ERR_OK;
}

enum err lives_row_of(struct cx *cx, const struct lives *l, int64_t id, uint32_t *row)
{
	uint64_t n = (uint64_t)id & UINT32_MAX;

	if (n >= l->head.ids_end || !l->ids[n] || l->ids[n] > l->head.rows)
		return cx_fail(cx, ERR_CORRUPT, "no entry before brought %lld to city %lld", (long long)id,
			(long long)l->head.city);
	*row = l->ids[n] - 1;
	return ERR_OK;
}

/* --- the head --- */

static size_t blocks_of(const struct lives *l) { return (l->head.rows + LIVES_BLOCK - 1) / LIVES_BLOCK; }

static struct digest add_digest(struct sb *sb)
{
	struct digest d = sha256(sb->data, sb->len);

	sb_add(sb, &d, sizeof(d));
	return d;
}

static void write_head(const struct lives *l, struct sb *sb)
{
	sb_add(sb, &l->head, sizeof(l->head));
	sb_add(sb, l->category, l->head.categories * sizeof(l->category[0]));
	sb_add(sb, l->merchant, l->head.merchants * sizeof(*l->merchant));
	sb_add(sb, l->large, l->head.larges * sizeof(*l->large));
	sb_add(sb, l->block_check, l->head.blocks * sizeof(*l->block_check));
}

static bool digest_fits(const char *data, size_t n)
{
	struct digest d;

	if (n < sizeof(d))
		return false;
	d = sha256(data, n - sizeof(d));
	return memcmp(&d, data + n - sizeof(d), sizeof(d)) == 0;
}

static void take_bytes(void *to, size_t n, const char **from)
{
	memcpy(to, *from, n);
	*from += n;
}

/* What its numbers promise is exactly what is there; the digest has been looked at. */
static bool read_head(struct cx *cx, struct lives *l, const char *data, size_t n)
{
	struct lives_head h;
	uint16_t code;

	if (n < sizeof(h))
		return false;
	take_bytes(&h, sizeof(h), &data);
	if (memcmp(h.magic, head_magic, sizeof(h.magic)) != 0 || h.city != l->head.city ||
	    h.categories > LIVES_CATEGORIES_MAX || h.merchants > LIVES_MERCHANTS_MAX ||
	    h.larges > LARGE_MAX || h.rows > LIVES_ROWS_MAX || h.ids_end > (UINT64_C(1) << 32) ||
	    !memchr(h.zone, 0, ZONE_MAX) ||
	    h.blocks > BLOCKS_MAX || h.size < 0)
		return false;
	if (n != sizeof(h) + h.categories * sizeof(l->category[0]) + h.merchants * sizeof(*l->merchant) +
			 h.larges * sizeof(*l->large) + h.blocks * sizeof(*l->block_check))
		return false;
	take_bytes(l->category, h.categories * sizeof(l->category[0]), &data);
	for (uint32_t i = 0; i < h.merchants; i++) {
		int64_t party;

		take_bytes(&party, sizeof(party), &data);
		l->head.merchants = i;
		if (lives_merchant_code(cx, l, party, &code) || code != i)
			return false;
	}
	take_bytes(l->large, h.larges * sizeof(*l->large), &data);
	take_bytes(l->block_check, h.blocks * sizeof(*l->block_check), &data);
	l->head = h;
	return true;
}

static enum err save_head(struct cx *cx, struct lives *l)
{
	struct sb sb;

	sb_init(&sb, cx, HEAD_BYTES_MAX);
	write_head(l, &sb);
	l->head_digest = add_digest(&sb);
	return sb_end(&sb) ? cx->err : file_replace(cx, l->head_path, sb.data, sb.len, 0600);
}

/* --- a step --- */

static enum err save_redo(struct cx *cx, const struct lives *l)
{
	struct redo r = {.changes = l->changes};
	struct sb head, sb;

	sb_init(&head, cx, HEAD_BYTES_MAX);
	write_head(l, &head);
	if (sb_end(&head))
		return cx->err;
	memcpy(r.magic, redo_magic, sizeof(r.magic));
	r.head_bytes = head.len;
	sb_init(&sb, cx, REDO_BYTES_MAX);
	sb_add(&sb, &r, sizeof(r));
	sb_add(&sb, head.data, head.len);
	sb_add(&sb, l->changed, l->changes * sizeof(*l->changed));
	add_digest(&sb);
	return sb_end(&sb) ? cx->err : file_replace(cx, l->redo_path, sb.data, sb.len, 0600);
}

static void check_block(struct lives *l, size_t block)
{
	l->block_check[block] = column_check(l->base + block * LIVES_BLOCK_BYTES, LIVES_BLOCK_BYTES);
}

/* Puts the step's lives into the columns; the same again does no harm. */
static enum err apply(struct cx *cx, struct lives *l)
{
	size_t blocks = blocks_of(l);
	unsigned char *touched = cx_alloc(cx, blocks);

	if (!touched || map_blocks(cx, l, blocks))
		return cx->err;
	for (size_t i = 0; i < l->changes; i++) {
		column_put(l->base, l->changed[i].row, &l->changed[i].life);
		touched[l->changed[i].row / LIVES_BLOCK] = 1;
	}
	for (size_t b = 0; b < blocks; b++) {
		if (!touched[b])
			continue;
		check_block(l, b);
		if (msync(l->base + b * LIVES_BLOCK_BYTES, LIVES_BLOCK_BYTES, MS_SYNC))
			return cx_errno(cx, "write", l->columns_path);
	}
	l->head.blocks = (uint32_t)blocks;
	if (fsync(l->fd)) /* its size, too */
		return cx_errno(cx, "write", l->columns_path);
	if (save_head(cx, l))
		return cx->err;
	if (unlink(l->redo_path))
		return cx_errno(cx, "remove", l->redo_path);
	memset(l->changed_at, 0, 2 * STEP_ROWS * sizeof(*l->changed_at));
	l->changes = 0;
	return ERR_OK;
}

enum err lives_keep(struct cx *cx, struct lives *l)
{
	struct cx_mark mark = cx_mark(cx);

	if (l->ids && (msync(l->ids, l->ids_mapped * 4, MS_SYNC) || fsync(l->ids_fd)))
		return cx_errno(cx, "write", l->ids_path);
	if (save_redo(cx, l) || apply(cx, l))
		return cx->err;
	cx_restore(cx, mark);
	return ERR_OK;
}

static enum err end_step(struct cx *cx, struct lives *l, struct db *db, int64_t size)
{
	struct log_source source = {.db = db, .city = l->head.city};
	struct cx_mark mark = cx_mark(cx);
	struct digest root;

	if (size == l->head.size)
		return ERR_OK;
	if (merkle_root(cx, log_source, &source, (uint64_t)size, &root))
		return cx->err;
	cx_restore(cx, mark);
	l->fed += size - l->head.size;
	l->head.size = size;
	memcpy(l->head.root, &root, sizeof(l->head.root));
	return lives_keep(cx, l);
}

/* One entry; what it takes is given back, but for a time zone that it opened. */
static enum err feed_line(struct cx *cx, struct lives *l, const struct journal_line *line)
{
	struct cx_mark mark = cx_mark(cx);
	const struct tz *before = l->tz;

	if (lives_feed(cx, l, line->body, line->n))
		return cx->err;
	if (l->tz == before)
		cx_restore(cx, mark);
	return ERR_OK;
}

static enum err feed_all(struct cx *cx, struct lives *l, struct db *db, int64_t end, int64_t step)
{
	journal_auto *j = NULL;
	struct journal_line line;
	int64_t size = l->head.size;

	if (size >= end)
		return ERR_OK;
	if (journal_open(cx, db, l->head.city, size, &j))
		return cx->err;
	while (size < end) {
		if (size % STOP_EVERY == 0 && cx_stopping(cx)) {
			if (end_step(cx, l, db, size))
				return cx->err;
			return cx_fail(cx, ERR_INTERRUPTED, "stopped; %lld of %lld entries are fed",
				(long long)size, (long long)end);
		}
		if (!journal_next(cx, j, &line, NULL) || line.seq != size)
			return cx->err ? cx->err : cx_fail(cx, ERR_CORRUPT, "entry %lld of city %lld is not "
				"there: run relode audit", (long long)size, (long long)l->head.city);
		if (feed_line(cx, l, &line))
			return cx->err;
		size++;
		if ((l->changes > STEP_ROWS - STEP_SPARE || (step && size - l->head.size >= step)) &&
		    end_step(cx, l, db, size))
			return cx->err;
	}
	return end_step(cx, l, db, end);
}

/* --- what was checked --- */

/* Files as this process left them or found them whole. Whoever feeds them changes the head, whoever writes
 * to them the time of their last change; what a disk does to them by itself is found within the hour. */
struct files {
	dev_t dev;
	ino_t columns, ids;
	struct timespec columns_changed, ids_changed;
	struct digest head;
};
static struct checked {
	struct files files;
	int64_t at_us; /* monotonic; 0: nothing is known */
} checked[CHECKED_MAX];
static pthread_mutex_t checked_lock = PTHREAD_MUTEX_INITIALIZER;

static bool look_at(const struct lives *l, struct files *f)
{
	struct stat columns, ids;

	if (fstat(l->fd, &columns) || fstat(l->ids_fd, &ids))
		return false;
	memset(f, 0, sizeof(*f)); /* they are compared as bytes */
	f->dev = columns.st_dev;
	f->columns = columns.st_ino;
	f->ids = ids.st_ino;
	f->columns_changed = columns.st_ctim;
	f->ids_changed = ids.st_ctim;
	f->head = l->head_digest;
	return true;
}

static struct checked *place_of(const struct files *f) { return &checked[f->columns % CHECKED_MAX]; }

static bool is_checked(const struct lives *l)
{
	const struct checked *c;
	struct files f;
	bool known;

	if (!look_at(l, &f))
		return false;
	pthread_mutex_lock(&checked_lock);
	c = place_of(&f);
	known = c->at_us && monotonic_us() - c->at_us < CHECK_AGAIN_US &&
		memcmp(&c->files, &f, sizeof(f)) == 0;
	pthread_mutex_unlock(&checked_lock);
	return known;
}

/* As they are now. Where not all of them was read this time, the time at which it was stays. */
static void note_checked(const struct lives *l)
{
	struct checked *c;
	struct files f;

	if (l->head.size == 0 || !look_at(l, &f))
		return;
	pthread_mutex_lock(&checked_lock);
	c = place_of(&f);
	if (l->read_us || c->files.columns != f.columns || c->files.dev != f.dev)
		c->at_us = l->read_us;
	c->files = f;
	pthread_mutex_unlock(&checked_lock);
}

/* --- opening --- */

static enum err begin_anew(struct cx *cx, struct lives *l, const char *why)
{
	int64_t city = l->head.city;

	unmap(l);
	free_buffers(l);
	l->anew = why;
	l->read_us = monotonic_us(); /* all that will be there is written now */
	l->tz = NULL;
	l->changes = 0;
	l->head = (struct lives_head){.city = city};
	memcpy(l->head.magic, head_magic, sizeof(l->head.magic));
	memset(l->category, 0, sizeof(l->category));
	if (unlink(l->head_path) && errno != ENOENT)
		return cx_errno(cx, "remove", l->head_path);
	if (unlink(l->redo_path) && errno != ENOENT)
		return cx_errno(cx, "remove", l->redo_path);
	if (ftruncate(l->fd, 0))
		return cx_errno(cx, "empty", l->columns_path);
	if (ftruncate(l->ids_fd, 0))
		return cx_errno(cx, "empty", l->ids_path);
	return get_buffers(cx, l);
}

/* A file of ours, whole; NULL when there is none or it is damaged: then *why says which. */
static enum err read_whole(struct cx *cx, const char *path, size_t max, char **data, size_t *n,
			   const char *damaged, const char **why)
{
	*data = NULL;
	if (!file_exists(path))
		return ERR_OK;
	if (file_read(cx, path, max, data, n)) {
		if (cx->err != ERR_TOO_LARGE)
			return cx->err;
		cx_clear(cx);
	} else if (digest_fits(*data, *n)) {
		*n -= sizeof(struct digest);
		return ERR_OK;
	}
	*data = NULL;
	*why = damaged;
	return ERR_OK;
}

/* Finishes a step that was to be written. */
static enum err finish(struct cx *cx, struct lives *l, const char **why)
{
	static const char damaged[] = "the file of an unfinished step is damaged";
	struct redo r;
	char *data;
	size_t n;

	if (read_whole(cx, l->redo_path, REDO_BYTES_MAX, &data, &n, damaged, why) || !data)
		return cx->err;
	*why = damaged;
	if (n < sizeof(r))
		return ERR_OK;
	memcpy(&r, data, sizeof(r));
	if (memcmp(r.magic, redo_magic, sizeof(r.magic)) != 0 || r.changes > STEP_ROWS ||
	    r.head_bytes > n - sizeof(r) ||
	    n != sizeof(r) + r.head_bytes + r.changes * sizeof(*l->changed) ||
	    !read_head(cx, l, data + sizeof(r), r.head_bytes))
		return ERR_OK;
	l->changes = r.changes;
	memcpy(l->changed, data + sizeof(r) + r.head_bytes, r.changes * sizeof(*l->changed));
	for (size_t i = 0; i < r.changes; i++) {
		if (l->changed[i].row >= l->head.rows)
			return ERR_OK;
	}
	*why = NULL;
	return apply(cx, l);
}

static bool long_enough(int fd, size_t bytes)
{
	struct stat st;

	return fstat(fd, &st) == 0 && (size_t)st.st_size >= bytes;
}

/* Every block, every id: as they were written. What this process knows is not read again. */
static enum err check_files(struct cx *cx, struct lives *l, const char **why)
{
	uint64_t check = 0;
	bool known = is_checked(l);

	*why = "its columns are damaged";
	if (l->head.blocks != blocks_of(l) || !long_enough(l->fd, blocks_of(l) * LIVES_BLOCK_BYTES))
		return ERR_OK;
	if (map_blocks(cx, l, blocks_of(l)))
		return cx->err;
	for (size_t b = 0; !known && b < l->head.blocks; b++) {
		if (column_check(l->base + b * LIVES_BLOCK_BYTES, LIVES_BLOCK_BYTES) != l->block_check[b])
			return ERR_OK;
	}
	*why = "its list of ids is damaged";
	if (!long_enough(l->ids_fd, l->head.ids_end * 4))
		return ERR_OK;
	if (l->head.ids_end && map_ids(cx, l, l->head.ids_end))
		return cx->err;
	for (uint64_t id = 0; !known && id < l->head.ids_end; id++)
		check += l->ids[id] ? id_check(id, l->ids[id]) : 0;
	if (known || check == l->head.ids_check)
		*why = NULL;
	l->read_us = known || *why ? 0 : monotonic_us();
	return ERR_OK;
}

/* Its beginning is the one that was fed? */
static enum err check_log(struct cx *cx, struct lives *l, struct db *db, int64_t size, const char **why)
{
	struct log_source source = {.db = db, .city = l->head.city};
	struct digest root;

	if (l->head.size <= size) {
		if (merkle_root(cx, log_source, &source, (uint64_t)l->head.size, &root))
			return cx->err;
		if (memcmp(&root, l->head.root, sizeof(root)) == 0)
			return ERR_OK;
	}
	*why = "it was fed from another log";
	return ERR_OK;
}

static enum err load(struct cx *cx, struct lives *l, struct db *db, int64_t size, const char **why)
{
	char *data;
	size_t n;

	if (finish(cx, l, why) || *why)
		return cx->err;
	if (l->head.size == 0) { /* no step was finished just now */
		if (read_whole(cx, l->head_path, HEAD_BYTES_MAX, &data, &n, "its head is damaged", why))
			return cx->err;
		if (!data) {
			if (!*why && long_enough(l->fd, 1))
				*why = "its head is missing";
			else if (!*why)
				l->read_us = monotonic_us(); /* nothing is there yet */
			return ERR_OK;
		}
		if (!read_head(cx, l, data, n)) {
			*why = "its head is of another format or city";
			return cx->err;
		}
		memcpy(&l->head_digest, data + n, sizeof(l->head_digest));
	}
	if (check_files(cx, l, why) || *why || check_log(cx, l, db, size, why) || *why)
		return cx->err;
	return l->head.zone[0] ? tz_open(cx, l->head.zone, &l->tz) : ERR_OK;
}

static enum err lock(struct cx *cx, const struct lives *l, bool no_wait)
{
	for (int i = 0; flock(l->fd, no_wait ? LOCK_EX | LOCK_NB : LOCK_EX); i++) {
		if (errno == EINTR && !cx_stopping(cx))
			continue;
		if (errno != EWOULDBLOCK)
			return cx_errno(cx, "lock", l->columns_path);
		if (i == MOMENTS)
			return cx_fail(cx, ERR_BUSY, "others are using them: try again later");
		poll(NULL, 0, MOMENT_MS);
	}
	return ERR_OK;
}

static enum err open_files(struct cx *cx, struct lives *l, const char *folder, bool no_wait)
{
	long long city = (long long)l->head.city;

	l->columns_path = cx_printf(cx, "%s/%lld.lives", folder, city);
	l->ids_path = cx_printf(cx, "%s/%lld.ids", folder, city);
	l->head_path = cx_printf(cx, "%s/%lld.head", folder, city);
	l->redo_path = cx_printf(cx, "%s/%lld.redo", folder, city);
	if (!l->columns_path || !l->ids_path || !l->head_path || !l->redo_path)
		return cx->err;
	if (file_make_dirs(cx, folder, 0700))
		return cx->err;
	l->fd = open(l->columns_path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (l->fd < 0)
		return cx_errno(cx, "open", l->columns_path);
	if (lock(cx, l, no_wait))
		return cx->err;
	l->ids_fd = open(l->ids_path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	return l->ids_fd < 0 ? cx_errno(cx, "open", l->ids_path) : ERR_OK;
}

static enum err open_and_feed(struct cx *cx, struct lives *l, const char *folder, struct db *db,
			      const struct lives_options *o)
{
	struct log_head log;
	const char *why = NULL;
	int64_t end;

	if (log_head_read(cx, db, l->head.city, &log) || open_files(cx, l, folder, o->no_wait) ||
	    get_buffers(cx, l) || load(cx, l, db, log.size, &why))
		return cx->err;
	if (why && begin_anew(cx, l, why))
		return cx->err;
	memcpy(l->head.magic, head_magic, sizeof(l->head.magic));
	end = o->entries && o->entries < log.size - l->head.size ? l->head.size + o->entries : log.size;
	return feed_all(cx, l, db, end, o->step);
}

enum err lives_fed(struct cx *cx, const char *folder, int64_t city, int64_t *out)
{
	char *path = cx_printf(cx, "%s/%lld.head", folder, (long long)city);
	struct lives_head h;
	size_t n;

	if (!path)
		return cx->err;
	*out = -1;
	if (!file_exists(path))
		return ERR_OK;
	if (file_begins(cx, path, &h, sizeof(h), &n))
		return cx->err;
	if (n == sizeof(h) && memcmp(h.magic, head_magic, sizeof(h.magic)) == 0)
		*out = h.size;
	return ERR_OK;
}

static void let_go(struct lives *l)
{
	unmap(l);
	free_buffers(l);
	file_close(&l->ids_fd);
	file_close(&l->fd);
}

enum err lives_open(struct cx *cx, const char *folder, struct db *db, int64_t city,
		    const struct lives_options *options, struct lives **out)
{
	static const struct lives_options everything = {.entries = 0};
	struct lives *l = CX_NEW(cx, struct lives);

	if (!l)
		return cx->err;
	l->head.city = city;
	l->fd = l->ids_fd = -1;
	if (open_and_feed(cx, l, folder, db, options ? options : &everything)) {
		cx_prefix(cx, "lives of city %lld: ", (long long)city);
		let_go(l);
		return cx->err;
	}
	*out = l;
	return ERR_OK;
}

void lives_close(struct lives *l)
{
	if (!l)
		return;
	note_checked(l);
	let_go(l);
}

struct lives_state lives_state(const struct lives *l)
{
	return (struct lives_state){.city = l->head.city, .rows = l->head.rows, .size = l->head.size,
				    .fed = l->fed, .read = l->read_us != 0, .anew = l->anew,
				    .zone = l->head.zone};
}
