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
	GROW_STEP = 1 << 16, /* bytes by which what is appended to grows */
	BLOCKS_MAX = LIVES_ROWS_MAX / LIVES_BLOCK,
	HEAD_BYTES_MAX = 32 * 1024 * 1024,
	REDO_BYTES_MAX = 48 * 1024 * 1024,
	STOP_EVERY = 256,   /* entries after which it is asked whether to stop */
	MOMENT_MS = 10,     /* between two looks whether others have the files */
	CHECKED_MAX = 4096 /* cities of which it is known that their files are whole */
};
#define CHECK_AGAIN_US INT64_C(3600000000)
#define COUNT_MAX (UINT64_C(1) << 32) /* of a list */
static const char head_magic[8] = "lives-2", redo_magic[8] = "redo-1";

struct redo {
	char magic[8];
	uint64_t head_bytes, changes;
};
static const char *const suffixes[LIVES_FILES] = {
	[IN_COLUMNS] = "lives", [IN_IDS] = "ids", [IN_DAYS] = "days", [IN_ERASURES] = "erasures"};
static const char *const damages[LIVES_FILES] = {
	[IN_COLUMNS] = "its columns are damaged", [IN_IDS] = "its list of ids is damaged",
	[IN_DAYS] = "its sums of days are damaged", [IN_ERASURES] = "its list of erasures is damaged"};
/* Bytes of one of what is appended. */
static const size_t widths[LIVES_FILES] = {
	[IN_IDS] = sizeof(uint32_t), [IN_DAYS] = sizeof(struct day_sum),
	[IN_ERASURES] = sizeof(struct erased)};

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

static void drop_map(struct lives_file *f)
{
	if (f->map)
		munmap(f->map, f->mapped);
	f->map = NULL;
	f->mapped = 0;
}

static void follow_maps(struct lives *l)
{
	l->base = l->file[IN_COLUMNS].map;
	l->ids = l->file[IN_IDS].map;
	l->day = l->file[IN_DAYS].map;
	l->erasure = l->file[IN_ERASURES].map;
}

/* Maps so many bytes. Space is really taken, so that a full disk is an error here and not a signal at a later
 * write. */
static enum err map_file(struct cx *cx, struct lives *l, enum lives_files which, size_t want)
{
	struct lives_file *f = &l->file[which];
	struct stat st;
	int failed;

	if (f->mapped >= want)
		return ERR_OK;
	drop_map(f);
	follow_maps(l);
	if (fstat(f->fd, &st))
		return cx_errno(cx, "look at", f->path);
	failed = (size_t)st.st_size < want ? posix_fallocate(f->fd, 0, (off_t)want) : 0;
	if (failed) {
		errno = failed;
		return cx_errno(cx, "enlarge", f->path);
	}
	f->map = mmap(NULL, want, PROT_READ | PROT_WRITE, MAP_SHARED, f->fd, 0);
	if (f->map == MAP_FAILED) {
		f->map = NULL;
		return cx_errno(cx, "map", f->path);
	}
	f->mapped = want;
	follow_maps(l);
	return ERR_OK;
}

static enum err map_blocks(struct cx *cx, struct lives *l, size_t blocks)
{
	return map_file(cx, l, IN_COLUMNS, blocks * LIVES_BLOCK_BYTES);
}

/* Room for so many of what is appended, and for some more. */
static enum err map_list(struct cx *cx, struct lives *l, enum lives_files which, size_t count)
{
	size_t want = (count * widths[which] + GROW_STEP - 1) / GROW_STEP * GROW_STEP;

	if (l->file[which].mapped >= want)
		return ERR_OK;
	return map_file(cx, l, which, want + want / 4 / GROW_STEP * GROW_STEP);
}

static void unmap(struct lives *l)
{
	for (int i = 0; i < LIVES_FILES; i++)
		drop_map(&l->file[i]);
	follow_maps(l);
}

/* What is appended is written in place: what lies beyond the head's count is not there before a step has
 * taken it in, and then it is the same. */

/* --- ids --- */

static uint64_t id_check(uint64_t id, uint32_t value) { return value * (2 * id + 1); }

enum err lives_note_id(struct cx *cx, struct lives *l, int64_t id, uint32_t row)
{
	uint64_t n = (uint64_t)id & UINT32_MAX, *end = &l->head.count[IN_IDS];

	if (n < *end) {
		if (l->ids[n] == row + 1)
			return ERR_OK;
		return cx_fail(cx, ERR_CORRUPT, "id %lld of city %lld comes too late", (long long)id,
			(long long)l->head.city);
	}
	if (map_list(cx, l, IN_IDS, n + 1))
		return cx->err;
	for (uint64_t gap = *end; gap < n; gap++)
		l->ids[gap] = 0;
	l->ids[n] = row + 1;
	l->file[IN_IDS].written = true;
	*end = n + 1;
	l->head.check[IN_IDS] += id_check(n, row + 1);
	return ERR_OK;
}

enum err lives_row_of(struct cx *cx, const struct lives *l, int64_t id, uint32_t *row)
{
	uint64_t n = (uint64_t)id & UINT32_MAX;

	if (n >= l->head.count[IN_IDS] || !l->ids[n] || l->ids[n] > l->head.rows)
		return cx_fail(cx, ERR_CORRUPT, "no entry before brought %lld to city %lld", (long long)id,
			(long long)l->head.city);
	*row = l->ids[n] - 1;
	return ERR_OK;
}

/* --- sums of days, erasures --- */

/* Of the nth of a list whose elements are whole words. */
static uint64_t element_check(const void *element, size_t bytes, uint64_t n)
{
	uint64_t word, sum = 0, words = bytes / sizeof(word);

	for (uint64_t i = 0; i < words; i++) {
		memcpy(&word, (const char *)element + i * sizeof(word), sizeof(word));
		sum += word * (2 * (n * words + i) + 1);
	}
	return sum;
}

enum err lives_add_to_list(struct cx *cx, struct lives *l, enum lives_files which, const void *element)
{
	uint64_t n = l->head.count[which];
	size_t width = widths[which];

	if (map_list(cx, l, which, n + 1))
		return cx->err;
	memcpy((char *)l->file[which].map + n * width, element, width);
	l->file[which].written = true;
	l->head.count[which]++;
	l->head.check[which] += element_check(element, width, n);
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
	sb_add(sb, l->word, l->head.words * sizeof(l->word[0]));
	sb_add(sb, l->today, l->head.today * sizeof(*l->today));
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
	    h.words > WORDS_MAX || h.today > TODAY_MAX ||
	    h.larges > LARGE_MAX || h.rows > LIVES_ROWS_MAX || !memchr(h.zone, 0, ZONE_MAX) ||
	    h.blocks > BLOCKS_MAX || h.size < 0)
		return false;
	for (int i = IN_IDS; i < LIVES_FILES; i++) {
		if (h.count[i] > COUNT_MAX)
			return false;
	}
	if (n != sizeof(h) + h.categories * sizeof(l->category[0]) + h.merchants * sizeof(*l->merchant) +
			 h.words * sizeof(l->word[0]) + h.today * sizeof(*l->today) +
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
	take_bytes(l->word, h.words * sizeof(l->word[0]), &data);
	take_bytes(l->today, h.today * sizeof(*l->today), &data);
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
			return cx_errno(cx, "write", l->file[IN_COLUMNS].path);
	}
	l->head.blocks = (uint32_t)blocks;
	if (fsync(l->file[IN_COLUMNS].fd)) /* its size, too */
		return cx_errno(cx, "write", l->file[IN_COLUMNS].path);
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

	for (int i = IN_IDS; i < LIVES_FILES; i++) {
		struct lives_file *f = &l->file[i];

		if (f->written && (msync(f->map, f->mapped, MS_SYNC) || fsync(f->fd)))
			return cx_errno(cx, "write", f->path);
		f->written = false;
	}
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
	ino_t file[LIVES_FILES];
	struct timespec changed[LIVES_FILES];
	struct digest head;
};
static struct checked {
	struct files files;
	int64_t at_us; /* monotonic; 0: nothing is known */
} checked[CHECKED_MAX];
static pthread_mutex_t checked_lock = PTHREAD_MUTEX_INITIALIZER;

static bool look_at(const struct lives *l, struct files *f)
{
	memset(f, 0, sizeof(*f)); /* they are compared as bytes */
	for (int i = 0; i < LIVES_FILES; i++) {
		struct stat st;

		if (fstat(l->file[i].fd, &st))
			return false;
		f->dev = st.st_dev;
		f->file[i] = st.st_ino;
		f->changed[i] = st.st_ctim;
	}
	f->head = l->head_digest;
	return true;
}

static struct checked *place_of(const struct files *f) { return &checked[f->file[IN_COLUMNS] % CHECKED_MAX]; }

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
	if (l->read_us || c->files.file[IN_COLUMNS] != f.file[IN_COLUMNS] || c->files.dev != f.dev)
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
	memset(l->word, 0, sizeof(l->word));
	if (unlink(l->head_path) && errno != ENOENT)
		return cx_errno(cx, "remove", l->head_path);
	if (unlink(l->redo_path) && errno != ENOENT)
		return cx_errno(cx, "remove", l->redo_path);
	for (int i = 0; i < LIVES_FILES; i++) {
		if (ftruncate(l->file[i].fd, 0))
			return cx_errno(cx, "empty", l->file[i].path);
	}
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
	static const char hurt[] = "the file of an unfinished step is damaged";
	struct redo r;
	char *data;
	size_t n;

	if (read_whole(cx, l->redo_path, REDO_BYTES_MAX, &data, &n, hurt, why) || !data)
		return cx->err;
	*why = hurt;
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

static uint64_t list_check(const struct lives *l, enum lives_files which)
{
	const char *at = l->file[which].map;
	uint64_t sum = 0;

	for (uint64_t i = 0; i < l->head.count[which]; i++) {
		if (which == IN_IDS)
			sum += l->ids[i] ? id_check(i, l->ids[i]) : 0;
		else
			sum += element_check(at + i * widths[which], widths[which], i);
	}
	return sum;
}

/* Every block, every element of a list: as they were written. What this process knows is not read again. */
static enum err check_files(struct cx *cx, struct lives *l, const char **why)
{
	bool known = is_checked(l);

	*why = damages[IN_COLUMNS];
	if (l->head.blocks != blocks_of(l) ||
	    !long_enough(l->file[IN_COLUMNS].fd, blocks_of(l) * LIVES_BLOCK_BYTES))
		return ERR_OK;
	if (map_blocks(cx, l, blocks_of(l)))
		return cx->err;
	for (size_t b = 0; !known && b < l->head.blocks; b++) {
		if (column_check(l->base + b * LIVES_BLOCK_BYTES, LIVES_BLOCK_BYTES) != l->block_check[b])
			return ERR_OK;
	}
	for (int i = IN_IDS; i < LIVES_FILES; i++) {
		*why = damages[i];
		if (!long_enough(l->file[i].fd, l->head.count[i] * widths[i]))
			return ERR_OK;
		if (l->head.count[i] && map_list(cx, l, (enum lives_files)i, l->head.count[i]))
			return cx->err;
		if (!known && list_check(l, (enum lives_files)i) != l->head.check[i])
			return ERR_OK;
	}
	*why = NULL;
	l->read_us = known ? 0 : monotonic_us();
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
			if (!*why && long_enough(l->file[IN_COLUMNS].fd, 1))
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

static enum err lock(struct cx *cx, const struct lives_file *f, int64_t wait_ms)
{
	for (int64_t i = 0; flock(f->fd, wait_ms ? LOCK_EX | LOCK_NB : LOCK_EX); i++) {
		if (errno == EINTR && !cx_stopping(cx))
			continue;
		if (errno != EWOULDBLOCK)
			return cx_errno(cx, "lock", f->path);
		if (i * MOMENT_MS >= wait_ms)
			return cx_fail(cx, ERR_BUSY, "others are using them: try again later");
		poll(NULL, 0, MOMENT_MS);
	}
	return ERR_OK;
}

static char *path_of(struct cx *cx, const char *folder, int64_t city, const char *suffix)
{
	return cx_printf(cx, "%s/%lld.%s", folder, (long long)city, suffix);
}

/* The first is the one that is locked. */
static enum err open_files(struct cx *cx, struct lives *l, const char *folder, int64_t wait_ms)
{
	l->head_path = path_of(cx, folder, l->head.city, "head");
	l->redo_path = path_of(cx, folder, l->head.city, "redo");
	if (!l->head_path || !l->redo_path || file_make_dirs(cx, folder, 0700))
		return cx->err;
	for (int i = 0; i < LIVES_FILES; i++) {
		struct lives_file *f = &l->file[i];

		f->path = path_of(cx, folder, l->head.city, suffixes[i]);
		if (!f->path)
			return cx->err;
		f->fd = open(f->path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
		if (f->fd < 0)
			return cx_errno(cx, "open", f->path);
		if (i == 0 && lock(cx, f, wait_ms))
			return cx->err;
	}
	return ERR_OK;
}

/* There is no such city: nor are there files of it. */
static void remove_empty(const struct lives *l)
{
	for (int i = 0; i < LIVES_FILES; i++) {
		if (!long_enough(l->file[i].fd, 1))
			unlink(l->file[i].path);
	}
}

static enum err open_and_feed(struct cx *cx, struct lives *l, const char *folder, struct db *db,
			      const struct lives_options *o)
{
	struct log_head log;
	const char *why = NULL;
	int64_t end;

	/* The log is looked at when the files are ours: they were fed from no newer one. */
	if (open_files(cx, l, folder, o->wait_ms))
		return cx->err;
	if (log_head_read(cx, db, l->head.city, &log)) {
		if (cx->err == ERR_NOT_FOUND)
			remove_empty(l);
		return cx->err;
	}
	if (get_buffers(cx, l) || load(cx, l, db, log.size, &why))
		return cx->err;
	if (why && begin_anew(cx, l, why))
		return cx->err;
	memcpy(l->head.magic, head_magic, sizeof(l->head.magic));
	l->log = log.size;
	end = o->entries && o->entries < log.size - l->head.size ? l->head.size + o->entries : log.size;
	return feed_all(cx, l, db, end, o->step);
}

enum err lives_fed(struct cx *cx, const char *folder, int64_t city, int64_t *out)
{
	char *path = path_of(cx, folder, city, "head");
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
	for (int i = 0; i < LIVES_FILES; i++)
		file_close(&l->file[i].fd);
}

enum err lives_open(struct cx *cx, const char *folder, struct db *db, const struct domain *domain,
		    int64_t city, const struct lives_options *options, struct lives **out)
{
	static const struct lives_options everything = {.entries = 0};
	struct lives *l = CX_NEW(cx, struct lives);

	if (!l)
		return cx->err;
	l->domain = domain;
	l->head.city = city;
	for (int i = 0; i < LIVES_FILES; i++)
		l->file[i].fd = -1;
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
				    .log = l->log,
				    .fed = l->fed, .read = l->read_us != 0, .anew = l->anew,
				    .zone = l->head.zone};
}
