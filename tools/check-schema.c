/* check-schema: part of the build. Applies the migrations to a database in memory and fails when a table
 * is not declared by a feature, or differs from its declaration, so such a program cannot be built.
 *
 *     check-schema STAMP     writes STAMP when all is well
 */
#include "db/migrations.h"
#include "kernel/domain.h"
#include "programme/programme.h"

static enum err check(struct cx *cx, const char *stamp)
{
	static struct domain domain;
	struct db *db;
	enum err err;
	FILE *f;

	if (domain_init(cx, &domain, programme_features) || db_open(cx, ":memory:", DB_CREATE, &db))
		return cx->err;
	err = db_migrate(cx, db, relode_migrations, relode_migration_count);
	if (!err)
		err = domain_check_schema(cx, &domain, db);
	db_close(db);
	if (err)
		return err;
	f = fopen(stamp, "w");
	if (!f || fclose(f))
		return cx_errno(cx, "write", stamp);
	return ERR_OK;
}

int main(int argc, char **argv)
{
	struct cx cx;
	int code = 0;

	if (argc != 2)
		return 2;
	cx_init(&cx, 0);
	if (check(&cx, argv[1])) {
		fprintf(stderr, "check-schema: %s\n", cx.msg);
		code = 1;
	}
	cx_done(&cx);
	return code;
}
