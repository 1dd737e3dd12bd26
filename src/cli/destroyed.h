/* destroyed.h: the list of destroyed keys, from one key store to a copy of it that was made before.
 *
 * Whoever was forgotten has no key any more, but an older copy of the key store has it. So a backup writes
 * the list of destroyed keys each time, and a restore destroys them in the copy before the copy is used. A
 * list is CSV (keys_destroyed_csv), or a newer key store of the same programme itself. It names no person: a
 * city, a subject's number, a time.
 */
#ifndef RELODE_CLI_DESTROYED_H
#define RELODE_CLI_DESTROYED_H

#include "cli/command.h"
#include "kernel/keys.h"

/* What a file holds: either kind. ERR_INPUT: neither. */
enum err destroyed_read(struct cx *cx, const char *file, struct keys_list *out) MUST_USE;

/* Replaces the file by the store's list, durably. ERR_CONFLICT: the file names keys that this store knows
 * nothing of or still has, so that it is of another programme, or the store is an older copy; it is kept. */
enum err destroyed_write(struct cx *cx, struct keys *keys, const char *file) MUST_USE;

/* A copy of the key store `from` at `to`, in which the list's keys are destroyed (list NULL: none); `to` is
 * there only when that was done. ERR_CONFLICT: the list lacks keys that were destroyed already when `from`
 * was made, so that it cannot be newer. *told: what the list said of the copy. */
enum err destroyed_copy(struct cx *cx, const char *from, const char *to, const struct keys_list *list,
			struct keys_compared *told) MUST_USE;

/* relode import destroyed FILE: the same in a key store that is in use. */
enum err destroyed_import(struct cx *cx, const struct args *a) MUST_USE;

#endif
