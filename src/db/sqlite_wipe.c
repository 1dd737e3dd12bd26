/* A file whose pages keep nothing of what they held before: the pages' part (sqlite_vfs.c calls it).
 *
 * SQLite zeroes what it deletes when secure_delete is on; but when it spreads the rows of a full page over
 * its neighbours it leaves the moved rows' old bytes where they lay, in the page's unallocated room, and no
 * later deletion finds them there. A page's unallocated room is between the array of its cells' addresses
 * and the first cell ("B-tree Pages" in SQLite's description of its file format), and means nothing to any
 * reader: here it is zeroed whenever a page is written to the file. Pages in the write-ahead log go there as
 * they are, for the log has sums over them: a checkpoint brings them here, and truncates the log.
 */
#include "db/sqlite.h"

enum {
	PAGE_MIN = 512,
	FILE_HEADER = 100, /* bytes at the beginning of the first page */
	/* The types of pages. No other kind of page begins so: an overflow page or a list of free ones begins
	 * with a page's number, and a file of so many pages (2^25) is none that this program makes. */
	INTERIOR_INDEX = 2,
	INTERIOR_TABLE = 5,
	LEAF_INDEX = 10,
	LEAF_TABLE = 13
};

static size_t number(const unsigned char *p)
{
	return (size_t)p[0] << 8 | p[1];
}

/* The unallocated room of the page, from..to; false when it is no such page, or has none. */
static bool room_of(const unsigned char *page, size_t n, sqlite3_int64 at, size_t *from, size_t *to)
{
	size_t header = at == 0 ? FILE_HEADER : 0;
	unsigned char type;

	if (n < PAGE_MIN || n > SQLITE_PAGE_MAX || (n & (n - 1)) || at % (sqlite3_int64)n)
		return false;
	type = page[header];
	if (type != INTERIOR_INDEX && type != INTERIOR_TABLE && type != LEAF_INDEX && type != LEAF_TABLE)
		return false;
	*from = header + (type == LEAF_INDEX || type == LEAF_TABLE ? 8 : 12) + 2 * number(page + header + 3);
	*to = number(page + header + 5);
	if (*to == 0)
		*to = SQLITE_PAGE_MAX;
	return *from < *to && *to <= n;
}

const void *sqlite_wipe(const void *page, int n, sqlite3_int64 at, unsigned char copy[SQLITE_PAGE_MAX])
{
	size_t from, to;

	if (n <= 0 || !room_of(page, (size_t)n, at, &from, &to))
		return page;
	memcpy(copy, page, (size_t)n);
	memset(copy + from, 0, to - from);
	return copy;
}
