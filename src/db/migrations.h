/* migrations.h: the program's own migrations, made from migrations/NNNN_name.sql by
 * tools/embed-migrations.c while building. For db_migrate and db_check_schema.
 */
#ifndef RELODE_DB_MIGRATIONS_H
#define RELODE_DB_MIGRATIONS_H

#include "db/db.h"

extern const struct db_migration relode_migrations[];
extern const int relode_migration_count;

#endif
