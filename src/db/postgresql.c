/* PostgreSQL, through libpq. */
#include "db/engine.h"

bool pg_is_address(const char *where)
{
	return !strncmp(where, "postgresql://", 13) || !strncmp(where, "postgres://", 11);
}

enum err pg_open(struct cx *cx, const char *where, int flags, struct db **out)
{
	(void)where, (void)flags, (void)out;
	return cx_fail(cx, ERR_UNSUPPORTED, "PostgreSQL is not there yet");
}
