/* fault_vfs.h: the machine below SQLite, failing when told to: a VFS around the default one.
 *
 * Failing calls: the nth call of the chosen kinds fails, once or for good. Losing power: what is written and
 * not synced is only a promise; at the nth write, truncation or sync the power goes, each file keeps what
 * was synced, and of the rest whole 512-byte sectors by chance, or none, or all; then the process ends at
 * once. Made and deleted names are taken as durable. For one thread.
 */
#ifndef RELODE_TESTS_FAULT_VFS_H
#define RELODE_TESTS_FAULT_VFS_H

#include <stdbool.h>
#include <stdint.h>

enum fault_op {
	FAULT_READ = 1,
	FAULT_WRITE = 2,
	FAULT_SYNC = 4,
	FAULT_TRUNCATE = 8,
	FAULT_OPEN = 16,
	FAULT_ANY = 31,
	FAULT_MEMORY = 32 /* SQLite's own allocations */
};
enum fault_how { FAULT_ERROR, FAULT_FULL, FAULT_READ_ONLY };
enum { FAULT_POWER_EXIT = 42, FAULT_CUTS = 8 };

void fault_vfs_install(void); /* before any file is opened; it stays */
/* nth 0: nothing fails any more. Returns how many calls failed since it was told last. */
long fault_vfs_fail(unsigned ops, long nth, bool lasting, enum fault_how how);
/* Of a large write that fails, so many of FAULT_CUTS parts are in the file all the same (at first: half). */
void fault_vfs_cut(int parts);
/* In a child process, before it opens files: the nth change of a file is not made, for the power goes. */
void fault_vfs_power(long nth, uint64_t seed);

#endif
