/* relode init, upgrade: a new programme's files, and newer schemas of older ones. */
#include "base/file.h"
#include "cli/command.h"
#include "cli/import.h"
#include "server/node.h"

static const struct arg_option init_options[] = {
	{"name", "TEXT", "the programme's name (default: \"relode programme\")"},
	{"currency", "CODE", "currency of reports, ISO 4217 (default: CNY)"},
	{"time-zone", "ZONE", "IANA time zone of reports (default: Etc/UTC)"},
	{"bare", NULL, "publish no categories and no rules"},
	{"distribute", NULL, "PostgreSQL with Citus: spread the tables over its machines, by city"},
	{NULL, NULL, NULL},
};

static enum err add_text(struct json_writer *w, const struct args *a, const char *option, const char *name,
			 const char *otherwise)
{
	jw_name(w, name);
	jw_text(w, args_get(a, option) ? args_get(a, option) : otherwise);
	return ERR_OK;
}

static enum err open_programme(struct cx *cx, const struct args *a, struct door *door)
{
	struct door_action act = {.city = 0, .type = "city.open", .happened_us = FIELD_NONE};
	struct json_writer w;
	struct json *body;
	struct sb sb;

	sb_init(&sb, cx, 4000);
	jw_init(&w, &sb, false);
	jw_object(&w);
	jw_int_at(&w, "city", 0);
	add_text(&w, a, "name", "name", "relode programme");
	add_text(&w, a, "currency", "currency", "CNY");
	add_text(&w, a, "time-zone", "time_zone", "Etc/UTC");
	jw_object_end(&w);
	if (sb_end(&sb) || json_parse(cx, sb.data, sb.len, &json_limits_request, &body))
		return cx->err;
	act.body = body;
	if (door_act(cx, door, &act, 1))
		return cx->err;
	return act.err;
}

/* What a first city needs: the shipped categories and rules. */
static enum err publish_defaults(struct cx *cx, struct door *door, bool quiet, int64_t *categories)
{
	char *path;

	if (command_data(cx, "categories.csv", &path) || import_categories(cx, door, path, categories))
		return cx->err;
	if (!quiet)
		printf("%lld categories\n", (long long)*categories);
	for (const struct shipped_rule *r = shipped_rules; r->file; r++) {
		if (command_data(cx, r->file, &path) || import_rule(cx, door, r->kind, r->name, path))
			return cx->err;
		if (!quiet)
			printf("%s %s\n", r->kind, r->name);
	}
	return ERR_OK;
}

static enum err print_made(struct cx *cx, const struct args *a, const char *where, int64_t categories)
{
	struct json_writer w;
	struct sb sb;

	if (!args_has(a, "json")) {
		printf("made %s; back its key store up apart: without it personal data cannot be read\n",
		       where);
		return ERR_OK;
	}
	sb_init(&sb, cx, 100000);
	jw_init(&w, &sb, true);
	jw_object(&w);
	jw_text_at(&w, "database", where);
	jw_int_at(&w, "categories", categories);
	jw_name(&w, "rules");
	jw_array(&w);
	for (const struct shipped_rule *r = shipped_rules; r->file && !args_has(a, "bare"); r++)
		jw_text(&w, cx_printf(cx, "%s %s", r->kind, r->name));
	jw_array_end(&w);
	jw_object_end(&w);
	if (sb_end(&sb))
		return cx->err;
	puts(sb.data);
	return ERR_OK;
}

/* Before anything is made: a programme is made whole or not at all. */
static enum err check_shipped(struct cx *cx)
{
	char *path;

	if (command_data(cx, "categories.csv", &path))
		return cx->err;
	for (const struct shipped_rule *r = shipped_rules; r->file; r++)
		if (command_data(cx, r->file, &path))
			return cx->err;
	return ERR_OK;
}

/* A schema that was made in part is taken back; what is told is why. Of another's nothing is touched. */
static void undo_distributed(struct cx *cx, const char *where)
{
	struct cx other;
	struct db *db;

	cx_init(&other, 0);
	if (cx->err != ERR_CONFLICT && !db_open(&other, where, 0, &db)) {
		if (db_drop_tables(&other, db))
			cx_prefix(cx, "tables are left over (%s): ", other.msg);
		db_close(db);
	}
	cx_done(&other);
}

static enum err run_init(struct cx *cx, struct args *a)
{
	struct node_options o = {.where = command_db(a), .keys = command_keys(a), .create = true};
	int64_t categories = 0;
	struct door *door;
	struct node *n;
	enum err err;

	if (command_local(cx, a, "init"))
		return cx->err;
	if (!args_has(a, "bare") && check_shipped(cx))
		return cx->err;
	/* before there is a table: what follows is distributed as it is made */
	if (args_has(a, "distribute") && db_distribute(cx, o.where))
		return cx->err;
	if (node_open(cx, &o, &n)) {
		if (args_has(a, "distribute"))
			undo_distributed(cx, o.where);
		return cx->err;
	}
	node_close(n);
	if (door_open_local(cx, o.where, o.keys, false, &door))
		return cx->err;
	err = open_programme(cx, a, door);
	if (!err && !args_has(a, "bare"))
		err = publish_defaults(cx, door, args_has(a, "json"), &categories);
	if (!err)
		err = print_made(cx, a, node_where(door_node(door)), categories);
	door_close(door);
	return err;
}

const struct command cmd_init = {
	"init", "init [--db WHERE] [--name TEXT] [--currency CODE] [--distribute]",
	"Makes a new programme: database, key store, categories, rules.\n\n"
	"An existing programme is left as it is. Open a city next: relode act city.open --help.",
	init_options, run_init, NULL};

static enum err run_upgrade(struct cx *cx, struct args *a)
{
	struct node_options o = {.where = command_db(a), .keys = command_keys(a), .upgrade = true};
	struct node *n;

	if (command_local(cx, a, "upgrade") || node_open(cx, &o, &n))
		return cx->err;
	if (args_has(a, "json")) {
		struct json_writer w;
		struct sb sb;
		sb_init(&sb, cx, 10000);
		jw_init(&w, &sb, true);
		jw_object(&w);
		jw_text_at(&w, "database", node_where(n));
		jw_object_end(&w);
		if (!sb_end(&sb))
			puts(sb.data);
	} else {
		printf("%s has this program's schema\n", node_where(n));
	}
	node_close(n);
	return cx->err;
}

const struct command cmd_upgrade = {
	"upgrade", "upgrade [--db WHERE]",
	"Brings an older database to this program's schema.\n\n"
	"Migrations go forward only, each in one transaction; books are never rewritten. Back up first.",
	NULL, run_upgrade, NULL};
