/* door_local.h: the inside of doors, for the two kinds.
 */
#ifndef RELODE_CLI_DOOR_LOCAL_H
#define RELODE_CLI_DOOR_LOCAL_H

#include "cli/door.h"
#include "server/node.h"

struct door {
	enum err (*act)(struct cx *cx, struct door *d, struct door_action *list, size_t count);
	enum err (*recall)(struct cx *cx, struct door *d, int64_t seq, struct door_action *list,
			   size_t count); /* may be NULL */
	enum err (*get)(struct cx *cx, struct door *d, int64_t city, const char *view,
			const struct json *params, const struct json **out);
	enum err (*checkpoint)(struct cx *cx, struct door *d, int64_t city, const char **note);
	void (*hold)(struct door *d, size_t keep); /* with flush, or both NULL */
	enum err (*flush)(struct cx *cx, struct door *d);
	void (*close)(struct door *d);
	struct node *node; /* local */
};

#endif
