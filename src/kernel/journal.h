/* journal.h: the journal as it lies in the database: a tail of rows, and packs.
 *
 * The newest entries lie in table `journal`, those of one transaction in a row, or in a few: their canonical
 * JSON, a line each (docs/adr/0045). When 512 entries that begin at a multiple of 512 are whole, they become
 * one row of table `journal_pack` instead, at once or some batches later (packer.h): 512 bytes that say which
 * group each entry belongs to, then their canonical JSON, a line each, group by group, compressed. A group is
 * a type: lines that are alike lie together (docs/adr/0036). A pack is what two nodes of level 8 of the log
 * stand for. Both hold exactly the bytes of the log's leaves.
 *
 * Readers see what was committed when they ask; entries that move into a pack meanwhile are not missed.
 */
#ifndef RELODE_KERNEL_JOURNAL_H
#define RELODE_KERNEL_JOURNAL_H

#include "kernel/entry.h"

enum {
	PACK_ENTRIES = 512,
	LEAF_CHECK = 8, /* bytes of the leaf's hash kept beside an entry of the tail: names a changed line */
	PACK_CHECK = 8, /* bytes of the SHA-256 of a pack's compressed bytes */
	TAIL_BYTES = 64 * 1024 /* of lines, from which on a row of the tail takes no more */
};

/* Row of table `journal`: entries from seq on, at most to the end of their pack. */
struct journal_row {
	int64_t city, seq;
	const char *body;  /* lines, a line's end between them */
	struct bytes leaf; /* LEAF_CHECK of each */
};
/* Row of table `journal_pack`: entries [512 pack, 512 pack + 512). */
struct pack_row {
	int64_t city, pack;
	struct bytes check; /* PACK_CHECK */
	struct bytes body;
};
extern struct table journal_table, journal_pack_table;

/* One entry's canonical bytes; NUL terminated. */
struct journal_line {
	int64_t seq;
	const char *body;
	size_t n;
	struct bytes check; /* of an entry of the tail; none in a pack */
};

/* Makes the pack of 512 bodies, in order. */
enum err pack_make(struct cx *cx, const struct journal_line *line, struct pack_row *out) MUST_USE;
/* Reads one: line has room for 512. ERR_CORRUPT when it is none, or its check does not fit. */
enum err pack_open(struct cx *cx, const struct pack_row *row, struct journal_line *line) MUST_USE;

/* The tail's row of the first of n lines, n >= 1, that go on without a gap, and of as many of those after it
 * as it takes: *taken. */
enum err tail_make(struct cx *cx, const struct journal_line *line, size_t n, struct journal_row *out,
		   size_t *taken) MUST_USE;

/* One entry. ERR_NOT_FOUND beyond the journal's end. */
enum err journal_find(struct cx *cx, struct db *db, int64_t city, int64_t seq,
		      struct journal_line *out) MUST_USE;

/* n entries from one on, copied into line; ERR_CORRUPT when they are not all there. */
enum err journal_lines(struct cx *cx, struct db *db, int64_t city, int64_t from, int n,
		       struct journal_line *line) MUST_USE;

/* All entries from one on, in order. A line is valid until the next call. */
struct journal;
enum err journal_open(struct cx *cx, struct db *db, int64_t city, int64_t from,
		      struct journal **out) MUST_USE;
/* false: the end, or cx->err. ERR_CORRUPT: the pack, or the tail's row, that begins at *damaged (may be NULL)
 * cannot be read; the next call goes on behind it. */
bool journal_next(struct cx *cx, struct journal *j, struct journal_line *out, int64_t *damaged);
void journal_close(struct journal *j); /* accepts NULL */
static inline void journal_auto_(struct journal **j) { journal_close(*j); }
#define journal_auto __attribute__((cleanup(journal_auto_))) struct journal

#endif
