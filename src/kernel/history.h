/* history.h: which entries concern a subject, and which moved something on an account.
 *
 * A subject is ACCOUNT(kind, id), as an account is. An account whose kind names a subject of its ref
 * (account_kind.subject) is found through that; every other account is a subject itself. Their entries'
 * numbers lie in chunks: rows of table `history` with a list of numbers, newest first, each as the
 * difference to the one before it. Chunk 0 is the open one; a full chunk is named by its oldest entry.
 */
#ifndef RELODE_KERNEL_HISTORY_H
#define RELODE_KERNEL_HISTORY_H

#include "kernel/domain.h"

struct overlay;

enum { HISTORY_CHUNK_BYTES = 96 }; /* of a chunk's list, at most */

struct history {
	int64_t city, subject, chunk; /* 0, or the oldest entry's number and 1 */
	struct bytes seqs;            /* LEB128: the newest number, then differences */
};
extern struct table history_table;

/* Notes an entry, once, in the subject's history. Entries come in order. */
enum err history_note(struct cx *cx, struct overlay *o, int64_t subject, int64_t seq) MUST_USE;
/* The subject under which an account's entries are found. */
int64_t history_of_account(const struct domain *d, int64_t account);
/* Numbers of entries after `after` (-1: from the first), oldest first, at most max. */
enum err history_read(struct cx *cx, struct db *db, int64_t city, int64_t subject, int64_t after, size_t max,
		      int64_t **seqs, size_t *count) MUST_USE;

#endif
