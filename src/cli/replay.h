/* replay.h: `relode restore` by replaying the journal (kernel/rewind.h), and what was published of a log.
 */
#ifndef RELODE_CLI_REPLAY_H
#define RELODE_CLI_REPLAY_H

#include "cli/command.h"
#include "kernel/rewind.h"
#include "server/node.h"

/* --until, --until-seq, --city. */
enum err replay_options(struct cx *cx, const struct args *a, struct rewind_options *out) MUST_USE;
/* A new programme where `to` says, whose key store is there already, from the journal at `from`; either may
 * be of either engine. */
enum err replay_in(struct cx *cx, const char *from, const struct node_options *to,
		   struct rewind_options *until, bool quiet) MUST_USE;
/* file: a checkpoint that was published. A log that is shorter is another from here on (docs/adr/0021). */
enum err replay_check_published(struct cx *cx, const struct node_options *to, const char *file,
				bool quiet) MUST_USE;

#endif
