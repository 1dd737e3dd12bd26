#include "cli/import.h"

#include <unistd.h>

#include "base/file.h"
#include "cli/command.h"
#include "cli/fields.h"
#include "codec/hash.h"

enum { RULE_BYTES_MAX = 900 * 1024 };

const struct shipped_rule shipped_rules[] = {
	{"price_list", "default", "rules/price_list.default.json"},
	{"price_list", "eur", "rules/price_list.eur.json"},
	{"rubric", "default", "rules/rubric.default.json"},
	{"recovery", "default", "rules/recovery.default.json"},
	{"commission", "default", "rules/commission.default.json"},
	{NULL, NULL, NULL},
};

/* --- what the books hold --- */

static enum err get(struct cx *cx, struct door *door, const char *view, const char *params,
		    const struct json **out)
{
	struct json *p;

	if (json_parse(cx, params, strlen(params), &json_limits_request, &p))
		return cx->err;
	return door_get(cx, door, 0, view, p, out);
}

static bool text_is(const struct json *v, const char *name, const char *want)
{
	const struct json *m = json_get(v, name);
	return m && m->type == JSON_TEXT && strcmp(m->text, want) == 0;
}

static int64_t number_of(const struct json *v, const char *name)
{
	const struct json *m = json_get(v, name);
	return m && m->type == JSON_INT ? m->number : -1;
}

/* The member of `items` whose member `name` is this text, or NULL. */
static const struct json *find_item(const struct json *answer, const char *name, const char *want)
{
	const struct json *items = json_get(answer, "items");

	for (size_t i = 0; items && items->type == JSON_ARRAY && i < items->count; i++)
		if (text_is(items->item[i], name, want))
			return items->item[i];
	return NULL;
}

/* --- the whole list is checked --- */

struct check {
	const struct import_job *job;
	const struct json *categories; /* the view's answer */
	struct import_result *result;
};

static enum err count_kind(struct cx *cx, struct import_result *r, const char *category)
{
	int i = 0;

	while (i < r->kinds && strcmp(r->kind[i].category, category) != 0)
		i++;
	if (i == r->kinds) {
		if (r->kinds == IMPORT_KINDS_MAX)
			return cx_fail(cx, ERR_TOO_LARGE, "more than %d categories in one list",
				       IMPORT_KINDS_MAX);
		snprintf(r->kind[i].category, sizeof(r->kind[i].category), "%s", category);
		r->kinds++;
	}
	r->kind[i].rows++;
	return ERR_OK;
}

static bool both_or_none(const struct json *v, const char *a, const char *b)
{
	return !json_get(v, a) == !json_get(v, b);
}

/* What catalogue.models would refuse, found before anything is written. */
static enum err check_variants(struct cx *cx, const char *variants)
{
	long long last = 0;

	for (const char *p = variants; p && *p; p += *p == ',') {
		char *end = NULL;
		long long gb = *p >= '0' && *p <= '9' ? strtoll(p, &end, 10) : 0;
		if (gb <= last || gb > 1000000 || (*end && (*end != ',' || !end[1])))
			return cx_fail(
				cx, ERR_INVALID,
				"variants_gb: \"%s\" is not of the form \"64,128,256\", rising",
				variants);
		last = gb;
		p = end;
	}
	return ERR_OK;
}

static enum err check_model(struct cx *cx, const struct check *c, const struct json *v)
{
	const char *category = json_get(v, "category")->text;
	const struct json *variants = json_get(v, "variants_gb");

	if (!find_item(c->categories, "code", category))
		return cx_fail(
			cx, ERR_INVALID,
			"category: there is no \"%s\"; relode show catalogue.categories lists them",
			category);
	if (!both_or_none(v, "mass_mg", "mass_source"))
		return cx_fail(cx, ERR_INVALID, "mass_mg, mass_source: give both or none");
	if (!both_or_none(v, "launch_minor", "launch_currency"))
		return cx_fail(cx, ERR_INVALID, "launch_minor, launch_currency: give both or none");
	if (check_variants(cx, variants ? variants->text : NULL))
		return cx->err;
	return count_kind(cx, c->result, category);
}

static enum err check_item(struct cx *cx, const struct check *c, const struct json *v)
{
	switch (c->job->source) {
	case IMPORT_CATEGORIES: /* one part: the action checks all of it */
		return ERR_OK;
	case IMPORT_TACS:
		if (strspn(json_get(v, "tac")->text, "0123456789") != 8)
			return cx_fail(cx, ERR_INVALID, "tac: \"%s\" is not eight digits",
				       json_get(v, "tac")->text);
		return ERR_OK;
	case IMPORT_IOS:
	case IMPORT_ANDROID:
	case IMPORT_MODELS:
	default:
		return check_model(cx, c, v);
	}
}

static enum err check_items(struct cx *cx, const struct check *c, const struct json *items)
{
	for (size_t i = 0; i < items->count; i++) {
		const struct json *v = items->item[i], *name = json_get(v, "name");
		if (check_item(cx, c, v))
			return cx_prefix(cx, "%s: record %lld (%s): ", c->job->path,
					 (long long)c->result->rows + (long long)i + 1,
					 name ? name->text : "");
	}
	return ERR_OK;
}

static void copy_name(char out[IMPORT_NAME_MAX + 1], const struct json *v, const char *name)
{
	snprintf(out, IMPORT_NAME_MAX + 1, "%s", json_get(v, name)->text);
}

/* Reads a part as the action will. */
static enum err check_part(struct cx *cx, void *arg, const char *type, const char *body, size_t n)
{
	const struct action *action = fields_action(type);
	struct check *c = arg;
	struct json *v;
	void *rec;

	BUG(!action);
	rec = cx_alloc(cx, action->size);
	if (!rec || json_parse(cx, body, n, &json_limits_request, &v) ||
	    field_read(cx, action->fields, IN, v, rec) || check_items(cx, c, json_get(v, "items")))
		return cx->err;
	copy_name(c->result->list, v, "list");
	copy_name(c->result->version, v, "version");
	c->result->rows += (int64_t)json_get(v, "items")->count;
	c->result->parts++;
	return ERR_OK;
}

/* --- and written --- */

struct sending {
	struct door *door;
	struct import_result *result;
	int64_t part, there; /* parts so far; those that had been written before */
	struct progress bar;
};

static enum err send_part(struct cx *cx, void *arg, const char *type, const char *body, size_t n)
{
	struct door_action act = {.city = 0, .type = type, .happened_us = FIELD_NONE};
	struct sending *s = arg;
	struct json *v;

	progress_step(&s->bar, s->part, s->result->parts);
	if (++s->part <= s->there)
		return ERR_OK;
	if (json_parse(cx, body, n, &json_limits_request, &v))
		return cx->err;
	act.body = v;
	if (door_act(cx, s->door, &act, 1))
		return cx->err;
	if (act.err) {
		if (!cx->err)
			cx_fail(cx, act.err, "%s", act.msg);
		return cx_prefix(cx, "part %lld of %lld was refused; the version in force is what it was: ",
				 (long long)s->part, (long long)s->result->parts);
	}
	s->result->written++;
	return ERR_OK;
}

/* What is there of this version: in force, or so many of its first parts. */
static enum err look(struct cx *cx, struct door *door, const struct import_job *job, struct sending *s)
{
	struct import_result *r = s->result;
	const struct json *lists, *l;

	if (get(cx, door, "catalogue.lists", "{}", &lists))
		return cx->err;
	l = find_item(lists, "list", r->list);
	if (!l || job->again)
		return ERR_OK;
	r->in_force = text_is(l, "version", r->version) && number_of(l, "rows") == r->rows;
	if (text_is(l, "next_version", r->version) && number_of(l, "next_parts") == r->parts)
		s->there = number_of(l, "next_part");
	return ERR_OK;
}

static const char *const what[] = {"categories", "iOS devices", "Android devices", "models",
				   "type allocation codes"};

enum err import_list(struct cx *cx, struct door *door, const struct import_job *job,
		     struct import_result *out)
{
	struct import_options o = {.path = job->path, .facts = job->facts, .version = job->version};
	struct import_result r = {.rows = 0};
	struct check check = {.job = job, .result = &r};
	struct sending s = {.door = door, .result = &r};
	struct cx_mark mark;

	if (get(cx, door, "catalogue.categories", "{}", &check.categories))
		return cx->err;
	mark = cx_mark(cx);
	if (catalogue_import_list(cx, job->source, &o, check_part, &check))
		return cx->err;
	cx_restore(cx, mark);
	if (look(cx, door, job, &s))
		return cx->err;
	if (!job->dry_run && !r.in_force) {
		progress_begin(&s.bar, what[job->source]);
		mark = cx_mark(cx);
		if (!catalogue_import_list(cx, job->source, &o, send_part, &s))
			cx_restore(cx, mark);
		progress_end(&s.bar);
		if (cx->err)
			return cx->err;
	}
	*out = r;
	return ERR_OK;
}

enum err import_categories(struct cx *cx, struct door *door, const char *path, int64_t *rows)
{
	struct import_job job = {.source = IMPORT_CATEGORIES, .path = path};
	struct import_result r;

	if (import_list(cx, door, &job, &r))
		return cx->err;
	*rows = r.rows;
	return ERR_OK;
}

/* --- rules --- */

static enum err rule_params(struct cx *cx, const char *kind, const char *name, const char *body,
			    const struct json **out)
{
	struct json_writer w;
	struct json *v;
	struct sb sb;

	sb_init(&sb, cx, json_limits_file.bytes);
	jw_init(&w, &sb, false);
	jw_object(&w);
	jw_text_at(&w, "kind", kind);
	jw_text_at(&w, "name", name);
	if (body)
		jw_text_at(&w, "body", body);
	jw_object_end(&w);
	if (sb_end(&sb) || json_parse(cx, sb.data, sb.len, &json_limits_file, &v))
		return cx->err;
	*out = v;
	return ERR_OK;
}

enum err import_rule_look(struct cx *cx, struct door *door, const char *kind, const char *name,
			  const char *path, const char **text, bool *in_force)
{
	const struct json *params, *now;
	char hex[DIGEST_HEX], *file;
	struct digest digest;
	struct json *parsed;
	size_t n;

	if (file_read(cx, path, RULE_BYTES_MAX, &file, &n))
		return cx->err;
	if (json_parse(cx, file, n, &json_limits_request, &parsed))
		return cx_prefix(cx, "%s: ", path);
	if (rule_params(cx, kind, name, NULL, &params))
		return cx->err;
	*in_force = false;
	if (!door_get(cx, door, 0, "rule.rule", params, &now)) {
		digest = sha256(file, n);
		hex_encode(hex, digest.byte, sizeof(digest.byte));
		*in_force = text_is(now, "digest", hex);
	} else if (cx->err == ERR_NOT_FOUND || cx->err == ERR_CONFLICT) {
		cx_clear(cx); /* the first of its name */
	} else {
		return cx->err;
	}
	*text = file;
	return ERR_OK;
}

enum err import_rule(struct cx *cx, struct door *door, const char *kind, const char *name, const char *path)
{
	struct door_action act = {.city = 0, .type = "rule.publish", .happened_us = FIELD_NONE};
	const char *text;
	bool in_force;

	if (import_rule_look(cx, door, kind, name, path, &text, &in_force))
		return cx->err;
	if (in_force)
		return ERR_OK;
	if (rule_params(cx, kind, name, text, &act.body) || door_act(cx, door, &act, 1))
		return cx->err;
	if (act.err) {
		if (!cx->err)
			cx_fail(cx, act.err, "%s", act.msg);
		return cx_prefix(cx, "%s: ", path);
	}
	return ERR_OK;
}

/* --- where packages lie --- */

enum err import_package(struct cx *cx, const char *package, const char **folder)
{
	const char *const place[] = {getenv("RELODE_DATA"), RELODE_DATA_INSTALLED,
				     RELODE_DATA_SOURCE "/../node_modules", "/usr/share/nodejs"};

	for (size_t i = 0; i < ARRAY_LEN(place); i++) {
		char *path = place[i] ? cx_printf(cx, "%s/%s", place[i], package) : NULL;
		if (cx->err)
			return cx->err;
		if (path && access(path, R_OK | X_OK) == 0) {
			*folder = path;
			return ERR_OK;
		}
	}
	return cx_fail(
		cx, ERR_NOT_FOUND,
		"the npm package %s is not found; `npm ci --ignore-scripts` in the source tree "
		"brings it, or name its folder: relode import %s FOLDER",
		package, strcmp(package, "ios-device-list") == 0 ? "ios" : "android");
}
